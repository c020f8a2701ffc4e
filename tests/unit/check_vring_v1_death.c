/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Protocol 1, access by access: a slot's fields are read once, and a back end
 * that dies at any access to the ring's page, or at any call of the hypervisor,
 * is followed by one that goes on: its guest has its answer, and its event.
 *
 * Only where page_trap.h can be had; elsewhere the test is skipped.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "page_trap.h"
#include "suite.h"
#include "vring_v1_rig.h"

#define BEFORE 41u
#define MARK   42u

#define WIDE (_i == 1)

/* Signal handlers have no other way to it. */
static struct {
	struct rig r;
	struct xen_ops ops;
	void *ring_page;     /* the back end's mapping */
	unsigned int n_maps; /* the ring's is the first */
	/* Dying. */
	sigjmp_buf death;
	unsigned int step, dies_at; /* 0: never */
	bool told, answers_at_once;
	/* Reading. */
	unsigned int reads[16], n_reads, first_read;
	bool hostile;
} t;

static void step(void)
{
	if (++t.step == t.dies_at)
		siglongjmp(t.death, 1);
}

static int map(void *ctx, uint32_t domid, const uint32_t *refs, unsigned int n,
	       void **pages)
{
	int r = xen_ops_fake.map(ctx, domid, refs, n, pages);

	if (t.n_maps++ == 0)
		t.ring_page = *pages;
	return r;
}

static int unmap(void *ctx, void *pages, unsigned int n)
{
	int r;

	step();
	r = xen_ops_fake.unmap(ctx, pages, n);
	step();
	return r;
}

static int notify(void *ctx, uint32_t local_port)
{
	int r;

	step();
	r = xen_ops_fake.evtchn_notify(ctx, local_port);
	t.told = true;
	/* The guest may be as fast as that. */
	if (t.answers_at_once)
		guest_write(&t.r, 11, 77);
	step();
	return r;
}

static void connect(void)
{
	t.n_maps = 0;
	ck_assert_int_eq(vring_connect(&t.ops, t.r.x,
				       t.r.wide ? VRING_V1_64 : VRING_V1_32,
				       DOMID, RING_REF, PORT, &t.r.ring),
			 0);
}

static void start(bool wide)
{
	memset(&t, 0, sizeof(t));
	rig_guest(&t.r, wide);
	t.ops = xen_ops_fake;
	t.ops.map = map;
	t.ops.unmap = unmap;
	t.ops.evtchn_notify = notify;
	connect();
}

/* ---- Reading ---- */

static void on_read(bool write, unsigned int offset)
{
	ck_assert(!write);
	ck_assert_uint_lt(offset, 16);
	if (t.n_reads++ == 0)
		t.first_read = offset;
	t.reads[offset]++;
}

static void change_slot(bool write, unsigned int offset)
{
	(void)write;
	(void)offset;
	if (t.hostile)
		memset(t.r.page, 0xff, 16);
}

static void receive_watched(bool wide, bool hostile)
{
	static const struct page_trap trap = { on_read, change_slot };
	uint8_t buf[PAGE], locality;
	ssize_t n;

	start(wide);
	guest_write(&t.r, 100, 1);
	t.hostile = hostile;
	page_trap_start(t.ring_page, &trap);
	n = vring_receive(t.r.ring, buf, sizeof(buf), &locality);
	page_trap_stop();
	/* The address of one moment, with the rest of another: no request. */
	ck_assert_int_eq(n, hostile ? -EMSGSIZE : 100);
}

START_TEST(each_field_is_read_once)
{
	const unsigned int ref = WIDE ? 8 : 4, last = WIDE ? 12 : 8;
	unsigned int hostile;

	for (hostile = 0; hostile < 2; hostile++) {
		receive_watched(WIDE, hostile);
		/* The address is what says that there is a request. */
		ck_assert_uint_eq(t.first_read, 0);
		ck_assert_uint_eq(t.n_reads, 3);
		ck_assert_uint_eq(t.reads[0], 1);
		ck_assert_uint_eq(t.reads[ref], 1);
		ck_assert_uint_eq(t.reads[last], 1);
		rig_stop(&t.r);
	}
}
END_TEST

/* ---- Dying ---- */

static void before_access(bool write, unsigned int offset)
{
	(void)write;
	(void)offset;
	step();
}

/* Answers the request, and is dead after so many steps; false: it lived. */
static bool die_answering(unsigned int after)
{
	static const struct page_trap trap = { before_access, NULL };
	uint8_t rsp[20];
	bool died;

	make_packet(rsp, sizeof(rsp), 9);
	vring_set_mark(t.r.ring, MARK);
	t.step = 0;
	t.dies_at = after;
	page_trap_start(t.ring_page, &trap);
	died = sigsetjmp(t.death, 1) != 0;
	if (!died)
		vring_send(t.r.ring, rsp, sizeof(rsp));
	page_trap_stop();
	t.dies_at = 0;
	/* What the kernel does for who is dead. */
	vring_close(t.r.ring);
	connect();
	return died;
}

/* Up to the request whose answer is not to be lost: of the same size. */
static void ask_twice(bool wide)
{
	start(wide);
	guest_submit(&t.r, 11, 1);
	ck_assert_int_eq(receive(&t.r, 11, 1), 11);
	vring_set_mark(t.r.ring, BEFORE);
	ck_assert_int_eq(send_packet(&t.r, 20, 2), 0);
	assert_answer(&t.r, 20, 2);
	guest_submit(&t.r, 20, 3);
	ck_assert_int_eq(receive(&t.r, 20, 3), 20);
	t.told = false;
}

static void resume(void)
{
	uint8_t rsp[20];

	make_packet(rsp, sizeof(rsp), 9);
	ck_assert_int_eq(vring_resume(t.r.ring, BEFORE, MARK, rsp, sizeof(rsp)),
			 0);
}

START_TEST(an_answer_is_published_once)
{
	unsigned int after, doubled = 0, events;
	bool died, told;

	for (after = 1, died = true; died; after++) {
		ask_twice(WIDE);
		died = die_answering(after);
		told = t.told;
		resume();
		assert_answered(&t.r, 20, 9);
		/* Twice, only if it died before it could note that it had. */
		events = xen_fake_events(t.r.x, DOMID, PORT);
		ck_assert(events == 1 || (told && events == 2));
		doubled += events == 2;
		ck_assert_int_eq(receive(&t.r, PAGE, 0), 0);
		/* And the next. */
		guest_submit(&t.r, 20, 4);
		ck_assert_int_eq(receive(&t.r, 20, 4), 20);
		ck_assert_int_eq(send_packet(&t.r, 30, 5), 0);
		assert_answer(&t.r, 30, 5);
		rig_stop(&t.r);
	}
	ck_assert_uint_ge(after, 8);
	ck_assert_uint_le(doubled, 2);
}
END_TEST

/* The guest has its answer, and its next request is no old one. */
START_TEST(the_next_request_is_executed)
{
	unsigned int after;
	bool died;

	for (after = 1, died = true; died; after++) {
		ask_twice(WIDE);
		t.answers_at_once = true;
		died = die_answering(after);
		t.answers_at_once = false;
		if (t.told) {
			xen_fake_events(t.r.x, DOMID, PORT);
			resume();
			assert_silent(&t.r);
			ck_assert_int_eq(receive(&t.r, 20, 77), 11);
			ck_assert_int_eq(send_packet(&t.r, 30, 5), 0);
			assert_answer(&t.r, 30, 5);
		}
		rig_stop(&t.r);
	}
}
END_TEST

/* It had not even begun to answer; or nothing had ever been answered. */
START_TEST(a_request_that_waits_is_answered_from_what_is_kept)
{
	ask_twice(WIDE);
	vring_close(t.r.ring);
	connect();
	resume();
	assert_answer(&t.r, 20, 9);
	rig_stop(&t.r);
}
END_TEST

START_TEST(a_request_whose_answer_is_not_kept_is_executed)
{
	ask_twice(WIDE);
	vring_close(t.r.ring);
	connect();
	/* What is kept is the answer before. */
	ck_assert_int_eq(vring_resume(t.r.ring, BEFORE - 1, BEFORE,
				      (const uint8_t *)"", 1),
			 0);
	assert_silent(&t.r);
	ck_assert_int_eq(receive(&t.r, 20, 3), 20);
	ck_assert_int_eq(send_packet(&t.r, 30, 5), 0);
	assert_answer(&t.r, 30, 5);
	rig_stop(&t.r);
}
END_TEST

/* A page of which no back end knows, whatever its guest left in it. */
START_TEST(a_new_page_is_marked_and_nothing_else)
{
	uint8_t before[PAGE];
	unsigned int byte;

	start(WIDE);
	for (byte = 0; byte < 256; byte++) {
		memset(t.r.page, (int)byte, PAGE);
		memcpy(before, t.r.page, PAGE);
		ck_assert_int_eq(vring_resume(t.r.ring, 0, MARK, NULL, 0), 0);
		assert_silent(&t.r);
		tail(&t.r)->is.unused = (uint16_t)(byte << 8 | byte);
		ck_assert_int_eq(memcmp(t.r.page, before, PAGE), 0);
	}
	rig_stop(&t.r);
}
END_TEST

/* The grant of a request that waits for its answer is no good any more. */
START_TEST(an_answer_without_its_page_is_an_error)
{
	ask_twice(WIDE);
	vring_close(t.r.ring);
	xen_fake_revoke(t.r.x, DOMID, PACKET_REF);
	connect();
	ck_assert_int_eq(vring_resume(t.r.ring, BEFORE, MARK,
				      (const uint8_t *)"0123456789", 10),
			 -EINVAL);
	assert_silent(&t.r);
	rig_stop(&t.r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vring_v1_death");
	TCase *c = tcase_create("access");

	if (!page_trap_possible())
		return SUITE_SKIPPED;
	tcase_add_loop_test(c, each_field_is_read_once, 0, 2);
	tcase_add_loop_test(c, an_answer_is_published_once, 0, 2);
	tcase_add_loop_test(c, the_next_request_is_executed, 0, 2);
	tcase_add_loop_test(
		c, a_request_that_waits_is_answered_from_what_is_kept, 0, 2);
	tcase_add_loop_test(c, a_request_whose_answer_is_not_kept_is_executed,
			    0, 2);
	tcase_add_loop_test(c, a_new_page_is_marked_and_nothing_else, 0, 2);
	tcase_add_loop_test(c, an_answer_without_its_page_is_an_error, 0, 2);
	suite_add_tcase(s, c);
	return suite_run(s);
}
