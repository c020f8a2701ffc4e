/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libvring reads and writes of the shared page, access by access: each
 * field is read once, also by a guest that changes it just then, and an answer
 * is written in vring.h's order.
 *
 * Only where page_trap.h can be had; elsewhere the test is skipped.
 */

#include "config.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "page_trap.h"
#include "tpmif_page.h"
#include "vring.h"
#include "xen_ops_fake.h"

#define SKIP 77

#define DOMID	  3u
#define REF	  9u
#define PORT	  4u
#define PAGE	  TPMIF_PAGE_SIZE
#define NOTES_MAX 20000

enum kind {
	READ,
	WRITE,
	NOTIFY
};

struct note {
	enum kind kind;
	unsigned int offset;
};

struct trace {
	uint8_t *page; /* the back end's mapping */
	struct tpmif_shared_page *guest;
	bool hostile;
	struct note notes[NOTES_MAX];
	unsigned int n;
};

/* Signal handlers have no other way to it. */
static struct trace trace;

static void note(enum kind kind, unsigned int offset)
{
	if (trace.n == NOTES_MAX)
		abort();
	trace.notes[trace.n].kind = kind;
	trace.notes[trace.n].offset = offset;
	trace.n++;
}

static void on_access(bool write, unsigned int offset)
{
	note(write ? WRITE : READ, offset);
}

/* The guest gives every field another value as soon as it was read. */
static void change_fields(bool write, unsigned int offset)
{
	if (!trace.hostile || write)
		return;
	if (offset == 0) {
		trace.guest->length = UINT32_MAX;
	} else if (offset == 4) {
		trace.guest->state = TPMIF_STATE_CANCEL;
		trace.guest->locality = 0xff;
		trace.guest->nr_extra_pages = 0xff;
	}
}

static int map(void *ctx, uint32_t domid, const uint32_t *refs, unsigned int n,
	       void **pages)
{
	int r = xen_ops_fake.map(ctx, domid, refs, n, pages);

	trace.page = *pages;
	return r;
}

static int notify(void *ctx, uint32_t local_port)
{
	note(NOTIFY, 0);
	return xen_ops_fake.evtchn_notify(ctx, local_port);
}

struct rig {
	struct xen_fake *x;
	struct xen_ops ops;
	struct vring *ring;
};

static void rig_start(struct rig *r)
{
	memset(&trace, 0, sizeof(trace));
	r->x = xen_fake_new();
	r->ops = xen_ops_fake;
	r->ops.map = map;
	r->ops.evtchn_notify = notify;
	trace.guest = (void *)xen_fake_grant(r->x, DOMID, REF);
	xen_fake_offer(r->x, DOMID, PORT);
	ck_assert_int_eq(vring_connect(&r->ops, r->x, VRING_V2, DOMID, REF,
				       PORT, &r->ring),
			 0);
}

static void rig_stop(struct rig *r)
{
	vring_close(r->ring);
	xen_fake_free(r->x);
}

static void submit(uint32_t len)
{
	memset((uint8_t *)trace.guest + 8, 0x5a, len);
	trace.guest->length = len;
	trace.guest->locality = 3;
	trace.guest->nr_extra_pages = 0;
	trace.guest->state = TPMIF_STATE_SUBMIT;
}

static void watch_start(void)
{
	static const struct page_trap trap = { on_access, change_fields };

	trace.n = 0;
	page_trap_start(trace.page, &trap);
}

static unsigned int count(enum kind kind, unsigned int offset)
{
	unsigned int i, n = 0;

	for (i = 0; i < trace.n; i++)
		n += trace.notes[i].kind == kind &&
		     trace.notes[i].offset == offset;
	return n;
}

/* The position of the last access to the data, or 0. */
static unsigned int last_data(enum kind kind)
{
	unsigned int i, last = 0;

	for (i = 0; i < trace.n; i++)
		if (trace.notes[i].kind == kind && trace.notes[i].offset >= 8)
			last = i;
	return last;
}

static void assert_read_once(void)
{
	unsigned int i;

	/* The length, and the word of all the others. */
	ck_assert_uint_eq(count(READ, 0), 1);
	ck_assert_uint_eq(count(READ, 4), 1);
	for (i = 5; i < 8; i++)
		ck_assert_uint_eq(count(READ, i), 0);
	/* The state is what says that the length may be read. */
	ck_assert_int_eq(trace.notes[0].kind, READ);
	ck_assert_uint_eq(trace.notes[0].offset, 4);
}

START_TEST(test_receive)
{
	uint8_t buf[PAGE] = { 0 }, locality = 0;
	struct rig r;
	ssize_t n;

	rig_start(&r);
	submit(100);
	trace.hostile = _i == 1;
	watch_start();
	n = vring_receive(r.ring, buf, sizeof(buf), &locality);
	page_trap_stop();
	ck_assert_int_eq(n, 100);
	ck_assert_uint_eq(locality, 3);
	ck_assert_uint_eq(buf[99], 0x5a);
	ck_assert_uint_eq(buf[100], 0);
	assert_read_once();
	ck_assert_uint_gt(last_data(READ), 0);
	rig_stop(&r);
}
END_TEST

/* Ends with: length, state and mark in one, event. */
static void assert_published(void)
{
	const struct note *end = &trace.notes[trace.n - 3];
	unsigned int i;

	ck_assert_uint_ge(trace.n, 4);
	ck_assert_int_eq(end[0].kind, WRITE);
	ck_assert_uint_eq(end[0].offset, 0);
	ck_assert_int_eq(end[1].kind, WRITE);
	ck_assert_uint_eq(end[1].offset, 4);
	ck_assert_int_eq(end[2].kind, NOTIFY);
	for (i = 0; i < trace.n - 3; i++) {
		if (trace.notes[i].kind == WRITE && trace.notes[i].offset < 8)
			ck_abort_msg("a header field is written early");
	}
}

START_TEST(test_send)
{
	uint8_t buf[PAGE];
	uint8_t locality;
	struct rig r;

	rig_start(&r);
	submit(100);
	ck_assert_int_eq(vring_receive(r.ring, buf, sizeof(buf), &locality),
			 100);
	watch_start();
	vring_send(r.ring, buf, 50);
	page_trap_stop();
	assert_published();
	/* The clearing comes after the answer and before its length. */
	ck_assert_uint_gt(trace.notes[last_data(WRITE)].offset, 8 + 49);
	ck_assert_uint_eq(last_data(WRITE), trace.n - 4);
	ck_assert_uint_eq(last_data(READ), 0);
	rig_stop(&r);
}
END_TEST

START_TEST(test_refuse)
{
	uint8_t buf[1], locality;
	struct rig r;

	rig_start(&r);
	submit(100);
	trace.hostile = true;
	watch_start();
	ck_assert_int_lt(vring_receive(r.ring, buf, 1, &locality), 0);
	page_trap_stop();
	assert_read_once();
	assert_published();
	ck_assert_uint_eq(last_data(READ), 0);
	rig_stop(&r);
}
END_TEST

static int run(void)
{
	Suite *s = suite_create("vring_order");
	TCase *t = tcase_create("order");
	SRunner *runner;
	int failed;

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, test_receive, 0, 2);
	tcase_add_test(t, test_send);
	tcase_add_test(t, test_refuse);
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}

int main(void)
{
	return page_trap_possible() ? run() : SKIP;
}
