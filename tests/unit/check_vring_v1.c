/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libvring's protocol 1 on a hypervisor in memory, with guests of both word
 * sizes, guests that keep to the protocol and guests that do not.
 *
 * Under valgrind: CK_FORK=no valgrind tests/unit/check_vring_v1
 */

#include "config.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "vring_v1_rig.h"

/* Every check is run twice: with a guest of 32 bits, and with one of 64. */
#define WIDE (_i == 1)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Connecting. */

START_TEST(test_connect)
{
	uint8_t before[PAGE];
	struct rig r;

	rig_guest(&r, WIDE);
	/* Front ends of 2006 do not clear their page. */
	memset(r.page, 0xa5, PAGE);
	memcpy(before, r.page, PAGE);
	ck_assert_int_eq(rig_connect(&r), 0);
	ck_assert_uint_eq(xen_fake_mapped(r.x), 1);
	ck_assert_uint_eq(xen_fake_bound(r.x), 1);
	ck_assert_uint_eq(vring_packet_max(r.ring), 4096);
	ck_assert_int_lt(receive(&r, PAGE, 0), 0);
	ck_assert_int_eq(memcmp(before, r.page, PAGE), 0);
	assert_silent(&r);
	rig_stop(&r);
}
END_TEST

START_TEST(test_connect_faults)
{
	struct rig r;

	rig_guest(&r, WIDE);
	xen_fake_fail(r.x, XEN_FAKE_MAP, 1, -ENOSPC);
	ck_assert_int_eq(rig_connect(&r), -ENOSPC);
	xen_fake_fail(r.x, XEN_FAKE_EVTCHN_BIND, 1, -EBUSY);
	ck_assert_int_eq(rig_connect(&r), -EBUSY);
	ck_assert_ptr_null(r.ring);
	ck_assert_uint_eq(xen_fake_mapped(r.x), 0);
	xen_fake_revoke(r.x, DOMID, RING_REF);
	ck_assert_int_eq(rig_connect(&r), -EINVAL);
	rig_stop(&r);
}
END_TEST

/* Each packet brings a grant, so mapping is not given up. */
START_TEST(test_restrict)
{
	struct rig r;

	rig_start(&r, WIDE);
	ck_assert_int_eq(vring_restrict(r.ring), 0);
	ck_assert(xen_fake_restricted(r.x, DOMID));
	ck_assert(!xen_fake_map_dropped(r.x));
	guest_submit(&r, 50, 1);
	ck_assert_int_eq(vring_event(r.ring), 0);
	ck_assert_int_eq(receive(&r, 50, 1), 50);
	ck_assert_int_eq(send_packet(&r, 60, 2), 0);
	assert_answer(&r, 60, 2);
	rig_stop(&r);
}
END_TEST

/* Packets. */

START_TEST(test_lengths)
{
	static const uint32_t lengths[] = { 10, 11, 34, 2048, 4095, 4096, 10 };
	struct rig r;
	size_t i, j;

	rig_start(&r, WIDE);
	for (i = 0; i < COUNT(lengths); i++)
		for (j = 0; j < COUNT(lengths); j++) {
			guest_submit(&r, lengths[i], (uint8_t)i);
			ck_assert_int_eq(receive(&r, lengths[i], (uint8_t)i),
					 lengths[i]);
			assert_silent(&r);
			ck_assert_uint_eq(xen_fake_mapped(r.x), 2);
			ck_assert_int_eq(
				send_packet(&r, lengths[j], (uint8_t)(9 + j)),
				0);
			assert_answer(&r, lengths[j], (uint8_t)(9 + j));
			ck_assert_int_eq(receive(&r, PAGE, 0), 0);
			assert_silent(&r);
		}
	rig_stop(&r);
}
END_TEST

/* A packet need not start where its page does. */
START_TEST(test_offsets)
{
	static const uint32_t offsets[] = { 1, 16, 2047, 4000, 4086 };
	struct rig r;
	size_t i, j, kept;

	rig_start(&r, WIDE);
	for (i = 0; i < COUNT(offsets); i++) {
		const uint32_t room = PAGE - offsets[i];

		r.offset = offsets[i];
		memset(r.packet, 0x77, r.offset);
		guest_submit(&r, room, 3);
		ck_assert_int_eq(receive(&r, PAGE, 3), room);
		ck_assert_uint_eq(vring_packet_max(r.ring), room);
		ck_assert_int_eq(send_packet(&r, room, 4), 0);
		assert_answer(&r, room, 4);
		for (j = 0, kept = 0; j < r.offset; j++)
			kept += r.packet[j] == 0x77;
		ck_assert_uint_eq(kept, r.offset);
		ck_assert_uint_eq(vring_packet_max(r.ring), PAGE);
	}
	rig_stop(&r);
}
END_TEST

/* Only its lowest bits say where the packet is, but all that there is one. */
START_TEST(test_addresses)
{
	static const uint64_t frames[] = {
		0x1000,	     0x80000000,	 0xfffff000,
		0x100000000, 0x8000000000000000, 0xfffffffffffff000
	};
	struct rig r;
	size_t i;

	rig_start(&r, WIDE);
	for (i = 0; i < COUNT(frames); i++) {
		if (!WIDE && frames[i] > UINT32_MAX)
			continue;
		r.frame = frames[i];
		guest_submit(&r, 20, 3);
		ck_assert_int_eq(receive(&r, PAGE, 3), 20);
		ck_assert_int_eq(send_packet(&r, 20, 4), 0);
		assert_answer(&r, 20, 4);
	}
	rig_stop(&r);
}
END_TEST

START_TEST(test_no_address)
{
	uint8_t before[PAGE];
	struct rig r;

	rig_start(&r, WIDE);
	guest_write(&r, 20, 1);
	set_addr(&r, 0);
	memcpy(before, r.page, PAGE);
	ck_assert_int_eq(receive(&r, PAGE, 1), 0);
	ck_assert_int_eq(memcmp(before, r.page, PAGE), 0);
	ck_assert_uint_eq(xen_fake_calls(r.x, XEN_FAKE_MAP), 1);
	assert_silent(&r);
	rig_stop(&r);
}
END_TEST

/* The request's slot and page are as they were, and it may be mended. */
static void assert_left_alone(struct rig *r, size_t cap, int error)
{
	uint8_t ring[PAGE], packet[PAGE];

	memcpy(ring, r->page, PAGE);
	memcpy(packet, r->packet, PAGE);
	ck_assert_int_eq(receive(r, cap, 1), error);
	ck_assert_int_eq(memcmp(ring, r->page, PAGE), 0);
	ck_assert_int_eq(memcmp(packet, r->packet, PAGE), 0);
	ck_assert_uint_eq(xen_fake_mapped(r->x), 1);
	assert_silent(r);
	ck_assert_int_eq(send_packet(r, 10, 1), -EINVAL);
	guest_submit(r, 30, 9);
	ck_assert_int_eq(receive(r, 30, 9), 30);
	ck_assert_int_eq(send_packet(r, 31, 8), 0);
	assert_answer(r, 31, 8);
}

START_TEST(test_impossible_sizes)
{
	static const struct {
		uint32_t offset, size;
		size_t cap;
	} cases[] = {
		{ 0, 0, PAGE },	    { 0, 1, PAGE },
		{ 0, 9, PAGE },	    { 0, 4097, 70000 },
		{ 0, 8192, 70000 }, { 0, 0xffff, 70000 },
		{ 1, 4096, PAGE },  { 4087, 10, PAGE },
		{ 4095, 10, PAGE }, { 4095, 0xffff, PAGE },
		{ 0, 100, 99 },	    { 0, 10, 0 },
	};
	struct rig r;
	size_t i;

	rig_start(&r, WIDE);
	for (i = 0; i < COUNT(cases); i++) {
		const unsigned int maps = xen_fake_calls(r.x, XEN_FAKE_MAP);

		guest_write(&r, 100, 1);
		set_addr(&r, r.frame + cases[i].offset);
		tail(&r)->is.size = (uint16_t)cases[i].size;
		assert_left_alone(&r, cases[i].cap, -EMSGSIZE);
		/* The one is that of the packet that came after. */
		ck_assert_uint_eq(xen_fake_calls(r.x, XEN_FAKE_MAP), maps + 1);
	}
	rig_stop(&r);
}
END_TEST

/* The packet says another length than its slot. */
START_TEST(test_other_lengths)
{
	static const uint32_t lengths[] = { 0,		10,	 99,	    101,
					    0x64000000, 0x10064, UINT32_MAX };
	struct rig r;
	size_t i, j;

	rig_start(&r, WIDE);
	for (i = 0; i < COUNT(lengths); i++) {
		guest_write(&r, 100, 1);
		for (j = 0; j < 4; j++)
			r.packet[2 + j] =
				(uint8_t)(lengths[i] >> (8 * (3 - j)));
		assert_left_alone(&r, PAGE, -EMSGSIZE);
	}
	rig_stop(&r);
}
END_TEST

START_TEST(test_bad_grants)
{
	static const uint32_t refs[] = { 0, 1, 77, UINT32_MAX };
	struct rig r;
	size_t i;

	rig_start(&r, WIDE);
	xen_fake_grant(r.x, DOMID + 1, 77);
	for (i = 0; i < COUNT(refs); i++) {
		guest_write(&r, 100, 1);
		set_ref(&r, refs[i]);
		assert_left_alone(&r, PAGE, -EINVAL);
	}
	rig_stop(&r);
}
END_TEST

/* A packet that is said to be in the ring's own page. */
START_TEST(test_ring_as_packet)
{
	struct rig r;

	rig_start(&r, WIDE);
	guest_write(&r, 100, 1);
	make_packet((uint8_t *)r.page + 64, 100, 1);
	set_addr(&r, r.frame + 64);
	set_ref(&r, RING_REF);
	assert_left_alone(&r, PAGE, -EMSGSIZE);
	rig_stop(&r);
}
END_TEST

START_TEST(test_map_faults)
{
	static const int errors[] = { -ENOMEM, -EINVAL, -EAGAIN, -EIO };
	struct rig r;
	size_t i;

	rig_start(&r, WIDE);
	for (i = 0; i < COUNT(errors); i++) {
		guest_write(&r, 100, 1);
		xen_fake_fail(r.x, XEN_FAKE_MAP, 1, errors[i]);
		assert_left_alone(&r, PAGE, errors[i]);
	}
	rig_stop(&r);
}
END_TEST

/* What the guest makes of its grant and its slot while it waits. */
START_TEST(test_changed_while_executed)
{
	struct rig r;

	rig_start(&r, WIDE);
	guest_submit(&r, 100, 1);
	ck_assert_int_eq(receive(&r, PAGE, 1), 100);
	xen_fake_revoke(r.x, DOMID, PACKET_REF);
	set_addr(&r, UINT64_MAX);
	tail(&r)->word = UINT32_MAX;
	memset(r.packet, 0xff, PAGE);
	ck_assert_int_eq(send_packet(&r, 200, 2), 0);
	assert_answer(&r, 200, 2);
	guest_submit(&r, 100, 1);
	ck_assert_int_eq(receive(&r, PAGE, 1), -EINVAL);
	rig_stop(&r);
}
END_TEST

START_TEST(test_copies)
{
	uint8_t buf[64], copy[64], locality;
	struct rig r;

	rig_start(&r, WIDE);
	guest_submit(&r, 64, 1);
	ck_assert_int_eq(vring_receive(r.ring, buf, 64, &locality), 64);
	memcpy(copy, buf, 64);
	memset(r.packet, 0xff, PAGE);
	ck_assert_int_eq(memcmp(copy, buf, 64), 0);
	rig_stop(&r);
}
END_TEST

START_TEST(test_busy)
{
	struct rig r;

	rig_start(&r, WIDE);
	ck_assert_int_eq(send_packet(&r, 10, 1), -EINVAL);
	ck_assert_int_eq(vring_abort(r.ring), -EINVAL);
	guest_submit(&r, 12, 1);
	ck_assert_int_eq(receive(&r, 12, 1), 12);
	ck_assert_int_eq(receive(&r, 12, 1), -EBUSY);
	ck_assert(!vring_cancelled(r.ring));
	ck_assert_int_eq(send_packet(&r, 14, 3), 0);
	assert_answer(&r, 14, 3);
	ck_assert_int_eq(send_packet(&r, 14, 3), -EINVAL);
	rig_stop(&r);
}
END_TEST

/* There is no word for "no answer". */
START_TEST(test_abort)
{
	struct rig r;

	rig_start(&r, WIDE);
	guest_submit(&r, 3000, 1);
	ck_assert_int_eq(receive(&r, PAGE, 1), 3000);
	ck_assert_int_eq(vring_abort(r.ring), 0);
	assert_failed(&r);
	r.offset = 4086;
	guest_submit(&r, 10, 1);
	ck_assert_int_eq(receive(&r, PAGE, 1), 10);
	ck_assert_int_eq(vring_abort(r.ring), 0);
	assert_failed(&r);
	rig_stop(&r);
}
END_TEST

START_TEST(test_send_impossible)
{
	static const struct {
		uint32_t offset;
		size_t len;
	} cases[] = {
		{ 0, 0 },	 { 0, 4097 },  { 0, 65536 + 10 },
		{ 0, SIZE_MAX }, { 4000, 97 }, { 4086, 11 },
	};
	uint8_t rsp[1] = { 1 };
	struct rig r;
	size_t i;

	rig_start(&r, WIDE);
	for (i = 0; i < COUNT(cases); i++) {
		r.offset = cases[i].offset;
		guest_submit(&r, 10, 1);
		ck_assert_int_eq(receive(&r, PAGE, 1), 10);
		ck_assert_int_eq(vring_send(r.ring, rsp, cases[i].len),
				 -EMSGSIZE);
		assert_failed(&r);
	}
	rig_stop(&r);
}
END_TEST

START_TEST(test_unmap_fault)
{
	struct rig r;

	rig_start(&r, WIDE);
	guest_submit(&r, 10, 1);
	ck_assert_int_eq(receive(&r, PAGE, 1), 10);
	xen_fake_fail(r.x, XEN_FAKE_UNMAP, 1, -EIO);
	ck_assert_int_eq(send_packet(&r, 10, 2), 0);
	ck_assert_uint_eq(xen_fake_events(r.x, DOMID, PORT), 1);
	ck_assert_uint_eq(get_addr(&r), 0);
	vring_close(r.ring);
	xen_fake_free(r.x);
}
END_TEST

/* What is in the guest's other slots is nobody's concern. */
START_TEST(test_other_slots)
{
	const size_t slot = WIDE ? 16 : 12;
	uint8_t before[PAGE];
	struct rig r;

	rig_start(&r, WIDE);
	memset((uint8_t *)r.page + slot, 0x99, PAGE - slot);
	memcpy(before, r.page, PAGE);
	guest_submit(&r, 10, 1);
	ck_assert_int_eq(receive(&r, PAGE, 1), 10);
	ck_assert_int_eq(send_packet(&r, 10, 2), 0);
	assert_answer(&r, 10, 2);
	ck_assert_int_eq(
		memcmp(before + slot, (uint8_t *)r.page + slot, PAGE - slot),
		0);
	rig_stop(&r);
}
END_TEST

/* A next back end takes the ring over. */

static void reconnect(struct rig *r)
{
	vring_close(r->ring);
	ck_assert_uint_eq(xen_fake_mapped(r->x), 0);
	ck_assert_int_eq(rig_connect(r), 0);
}

START_TEST(test_adopt)
{
	struct rig r;

	rig_start(&r, WIDE);
	guest_submit(&r, 30, 9);
	reconnect(&r);
	ck_assert_int_eq(receive(&r, 100, 9), 30);
	reconnect(&r);
	ck_assert_int_eq(receive(&r, 100, 9), 30);
	ck_assert_int_eq(send_packet(&r, 11, 8), 0);
	reconnect(&r);
	assert_answer(&r, 11, 8);
	ck_assert_int_eq(receive(&r, 100, 9), 0);
	assert_silent(&r);
	/* The same length again, which the slot had already. */
	guest_submit(&r, 11, 7);
	reconnect(&r);
	ck_assert_int_eq(receive(&r, 100, 7), 11);
	rig_stop(&r);
}
END_TEST

/* The event could not be sent: it is, once, by the next back end. */
START_TEST(test_event_lost)
{
	struct rig r;

	rig_start(&r, WIDE);
	guest_submit(&r, 30, 9);
	ck_assert_int_eq(receive(&r, 100, 9), 30);
	xen_fake_fail(r.x, XEN_FAKE_EVTCHN_NOTIFY, 1, -EIO);
	ck_assert_int_eq(send_packet(&r, 11, 8), -EIO);
	assert_answered(&r, 11, 8);
	assert_silent(&r);
	reconnect(&r);
	ck_assert_int_eq(vring_resume(r.ring, 0, 0, NULL, 0), 0);
	assert_answer(&r, 11, 8);
	ck_assert_int_eq(receive(&r, 100, 9), 0);
	reconnect(&r);
	ck_assert_int_eq(vring_resume(r.ring, 0, 0, NULL, 0), 0);
	assert_silent(&r);
	rig_stop(&r);
}
END_TEST

/* A guest that writes all over its slot while it is served. */

struct vandal {
	struct rig *rig;
	atomic_bool stop;
};

static void *vandalise(void *arg)
{
	static const uint32_t refs[] = { PACKET_REF, RING_REF, 0, 77 };
	struct vandal *v = arg;
	struct rig *r = v->rig;
	uint32_t i;

	for (i = 0; !atomic_load(&v->stop); i++) {
		set_addr(r, i % 7 ? r->frame + (i & 4095u) : 0);
		set_ref(r, refs[i / 3 % 4]);
		__atomic_store_n(&tail(r)->word,
				 i * 0x9e3779b9u >> (i % 5 ? 5 : 0),
				 __ATOMIC_RELAXED);
		make_packet(r->packet, 10 + (i & 63), (uint8_t)i);
	}
	return NULL;
}

START_TEST(test_vandal)
{
	enum {
		CAP = 64,
		ROUNDS = 20000
	};
	struct vandal v = { .stop = false };
	uint8_t *buf = malloc(CAP);
	uint8_t rsp[32] = { 1 }, locality;
	pthread_t thread;
	struct rig r;
	ssize_t n;
	int i, ret;

	rig_start(&r, WIDE);
	v.rig = &r;
	ck_assert_int_eq(pthread_create(&thread, NULL, vandalise, &v), 0);
	for (i = 0; i < ROUNDS; i++) {
		n = vring_receive(r.ring, buf, CAP, &locality);
		ck_assert(n == -EMSGSIZE || n == -EINVAL ||
			  (n >= 0 && n <= CAP));
		ret = vring_send(r.ring, rsp, sizeof(rsp));
		ck_assert(n > 0 ? ret == 0 || ret == -EMSGSIZE
				: ret == -EINVAL);
		ck_assert_uint_eq(xen_fake_mapped(r.x), 1);
	}
	atomic_store(&v.stop, true);
	pthread_join(thread, NULL);
	free(buf);
	rig_stop(&r);
}
END_TEST

/* The front end waits in a thread of its own, as a guest's does. */

static void *guest_thread(void *arg)
{
	struct rig *r = arg;
	uint32_t i;

	for (i = 10; i <= 200; i++) {
		guest_submit(r, i, (uint8_t)i);
		if (!xen_fake_wait(r->x, DOMID, PORT, 10000) ||
		    get_addr(r) != 0 || tail(r)->is.size != i + 1)
			return r;
	}
	return NULL;
}

START_TEST(test_two_sides)
{
	struct pollfd fd = { .events = POLLIN };
	pthread_t thread;
	void *failed;
	uint8_t i = 10;
	struct rig r;
	ssize_t n;

	rig_start(&r, WIDE);
	fd.fd = vring_fd(r.ring);
	ck_assert_int_eq(pthread_create(&thread, NULL, guest_thread, &r), 0);
	while (i <= 200) {
		ck_assert_int_eq(poll(&fd, 1, 10000), 1);
		ck_assert_int_eq(vring_event(r.ring), 0);
		n = receive(&r, PAGE, i);
		ck_assert_int_ge(n, 0);
		if (n > 0)
			ck_assert_int_eq(send_packet(&r, (size_t)n + 1, i++),
					 0);
	}
	pthread_join(thread, &failed);
	ck_assert_ptr_null(failed);
	rig_stop(&r);
}
END_TEST

static void add_tests(TCase *t)
{
	tcase_add_loop_test(t, test_connect, 0, 2);
	tcase_add_loop_test(t, test_connect_faults, 0, 2);
	tcase_add_loop_test(t, test_restrict, 0, 2);
	tcase_add_loop_test(t, test_lengths, 0, 2);
	tcase_add_loop_test(t, test_offsets, 0, 2);
	tcase_add_loop_test(t, test_addresses, 0, 2);
	tcase_add_loop_test(t, test_no_address, 0, 2);
	tcase_add_loop_test(t, test_impossible_sizes, 0, 2);
	tcase_add_loop_test(t, test_other_lengths, 0, 2);
	tcase_add_loop_test(t, test_bad_grants, 0, 2);
	tcase_add_loop_test(t, test_ring_as_packet, 0, 2);
	tcase_add_loop_test(t, test_map_faults, 0, 2);
	tcase_add_loop_test(t, test_changed_while_executed, 0, 2);
	tcase_add_loop_test(t, test_copies, 0, 2);
	tcase_add_loop_test(t, test_busy, 0, 2);
	tcase_add_loop_test(t, test_abort, 0, 2);
	tcase_add_loop_test(t, test_send_impossible, 0, 2);
	tcase_add_loop_test(t, test_unmap_fault, 0, 2);
	tcase_add_loop_test(t, test_other_slots, 0, 2);
	tcase_add_loop_test(t, test_adopt, 0, 2);
	tcase_add_loop_test(t, test_event_lost, 0, 2);
	tcase_add_loop_test(t, test_vandal, 0, 2);
	tcase_add_loop_test(t, test_two_sides, 0, 2);
}

int main(void)
{
	Suite *s = suite_create("vring_v1");
	TCase *t = tcase_create("vring_v1");
	SRunner *runner = srunner_create(s);
	int failed;

	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	add_tests(t);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
