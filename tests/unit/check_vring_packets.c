/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libvring's packets on a hypervisor in memory: what vring.h says of receiving,
 * answering and withdrawing them, with guests that keep to the protocol and
 * guests that do not.
 *
 * Under valgrind: CK_FORK=no valgrind tests/unit/check_vring_packets
 */

#include "config.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "vring_rig.h"

/* vring_receive. */

START_TEST(test_receive_lengths)
{
	static const uint32_t lengths[] = { 1, 2, 10, 4087, 4088 };
	struct rig r;
	size_t i;

	rig_start(&r, 0);
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		guest_submit(&r, lengths[i], (uint8_t)i);
		ck_assert_int_eq(receive(&r, lengths[i], (uint8_t)i),
				 lengths[i]);
		assert_silent(&r);
		ck_assert_uint_eq(r.page->state, TPMIF_STATE_SUBMIT);
		ck_assert_int_eq(send_pattern(&r, 10, 77), 0);
		assert_answer(&r, 10, 77);
	}
	rig_stop(&r);
}
END_TEST

START_TEST(test_receive_waiting)
{
	struct rig r;

	rig_guest(&r, 0);
	guest_submit(&r, 22, 1);
	ck_assert_int_eq(rig_connect(&r), 0);
	ck_assert_int_eq(receive(&r, 4088, 1), 22);
	rig_stop(&r);
}
END_TEST

START_TEST(test_receive_impossible)
{
	static const struct {
		uint32_t len;
		size_t cap;
	} cases[] = {
		{ 0, 5000 },	      { 4089, 5000 },
		{ 4096, 5000 },	      { 0x7fffffff, 5000 },
		{ 0x80000000, 5000 }, { UINT32_MAX, SIZE_MAX / 4 },
		{ 101, 100 },	      { 1, 0 },
	};
	uint8_t buf[1], locality;
	struct rig r;
	size_t i;

	rig_start(&r, 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		guest_submit(&r, cases[i].len, 1);
		ck_assert_int_eq(
			vring_receive(r.ring, buf, cases[i].cap, &locality),
			-EMSGSIZE);
		assert_idle(&r);
		ck_assert_int_eq(vring_send(r.ring, buf, 1), -EINVAL);
		ck_assert_int_eq(receive(&r, 100, 1), 0);
	}
	/* And then it is served as if nothing had been. */
	guest_submit(&r, 100, 2);
	ck_assert_int_eq(receive(&r, 100, 2), 100);
	rig_stop(&r);
}
END_TEST

/* Other extra pages than when it connected. */
START_TEST(test_receive_extra_changed)
{
	static const uint8_t others[] = { 0, 1, 3, 255 };
	struct rig r;
	size_t i;

	rig_start(&r, 2);
	for (i = 0; i < sizeof(others); i++) {
		r.page->nr_extra_pages = others[i];
		guest_submit(&r, 10, 1);
		ck_assert_int_eq(receive(&r, 5000, 1), -EMSGSIZE);
		assert_idle(&r);
	}
	r.page->nr_extra_pages = 2;
	/* Their grants are not looked at again. */
	r.page->extra_pages[0] = 0;
	guest_submit(&r, 9000, 1);
	ck_assert_int_eq(receive(&r, 9000, 1), 9000);
	rig_stop(&r);
}
END_TEST

START_TEST(test_receive_extra_lengths)
{
	const uint32_t first = tpmif_first_room(2);
	const uint32_t lengths[] = { first - 1,	       first,
				     first + 1,	       first + PAGE - 1,
				     first + PAGE,     first + PAGE + 1,
				     first + 2 * PAGE, 1 };
	struct rig r;
	size_t i;

	rig_start(&r, 2);
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		guest_submit(&r, lengths[i], (uint8_t)i);
		ck_assert_int_eq(receive(&r, lengths[i], (uint8_t)i),
				 lengths[i]);
		ck_assert_int_eq(send_pattern(&r, lengths[i], 99), 0);
		assert_answer(&r, lengths[i], 99);
	}
	guest_submit(&r, first + 2 * PAGE + 1, 0);
	ck_assert_int_eq(receive(&r, VRING_PACKET_MAX, 0), -EMSGSIZE);
	assert_idle(&r);
	rig_stop(&r);
}
END_TEST

START_TEST(test_receive_state)
{
	const uint8_t state = (uint8_t)_i;
	uint8_t before[PAGE];
	struct rig r;

	if (state == TPMIF_STATE_SUBMIT || state == TPMIF_STATE_CANCEL)
		return;
	rig_start(&r, 0);
	guest_submit(&r, 12, 1);
	guest_state(&r, state);
	memcpy(before, r.page, PAGE);
	ck_assert_int_eq(receive(&r, 5000, 1), 0);
	ck_assert_int_eq(memcmp(before, r.page, PAGE), 0);
	assert_silent(&r);
	rig_stop(&r);
}
END_TEST

START_TEST(test_receive_locality)
{
	struct rig r;

	rig_start(&r, 0);
	r.page->locality = (uint8_t)_i;
	guest_submit(&r, 12, 1);
	ck_assert_int_eq(receive(&r, 12, 1), 12);
	rig_stop(&r);
}
END_TEST

START_TEST(test_receive_busy)
{
	struct rig r;

	rig_start(&r, 0);
	guest_submit(&r, 12, 1);
	ck_assert_int_eq(receive(&r, 12, 1), 12);
	guest_submit(&r, 13, 2);
	ck_assert_int_eq(receive(&r, 13, 2), -EBUSY);
	ck_assert_int_eq(send_pattern(&r, 14, 3), 0);
	assert_answer(&r, 14, 3);
	rig_stop(&r);
}
END_TEST

START_TEST(test_receive_copies)
{
	uint8_t buf[64], copy[64], locality;
	struct rig r;

	rig_start(&r, 0);
	guest_submit(&r, 64, 1);
	ck_assert_int_eq(vring_receive(r.ring, buf, 64, &locality), 64);
	memcpy(copy, buf, 64);
	memset((uint8_t *)r.page + 8, 0xff, 64);
	ck_assert_int_eq(memcmp(copy, buf, 64), 0);
	rig_stop(&r);
}
END_TEST

START_TEST(test_receive_notify_fault)
{
	struct rig r;

	rig_start(&r, 0);
	guest_submit(&r, 0, 1);
	xen_fake_fail(r.x, XEN_FAKE_EVTCHN_NOTIFY, 1, -EIO);
	ck_assert_int_eq(receive(&r, 10, 1), -EIO);
	ck_assert_uint_eq(r.page->state, TPMIF_STATE_IDLE);
	guest_state(&r, TPMIF_STATE_CANCEL);
	xen_fake_fail(r.x, XEN_FAKE_EVTCHN_NOTIFY, 1, -EIO);
	ck_assert_int_eq(receive(&r, 10, 1), -EIO);
	ck_assert_uint_eq(r.page->state, TPMIF_STATE_IDLE);
	rig_stop(&r);
}
END_TEST

/* vring_send, vring_abort. */

START_TEST(test_send_lengths)
{
	static const uint32_t lengths[] = { 1, 10, 4087, 4088, 4000, 1 };
	struct rig r;
	size_t i;

	rig_start(&r, 0);
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		guest_submit(&r, 4088, 1);
		ck_assert_int_eq(receive(&r, 4088, 1), 4088);
		ck_assert_int_eq(send_pattern(&r, lengths[i], 9), 0);
		assert_answer(&r, lengths[i], 9);
	}
	rig_stop(&r);
}
END_TEST

START_TEST(test_send_impossible)
{
	static const size_t lengths[] = { 0, 4089, 4096, (size_t)UINT32_MAX + 1,
					  SIZE_MAX };
	uint8_t rsp[1] = { 1 };
	struct rig r;
	size_t i;

	rig_start(&r, 0);
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		guest_submit(&r, 4088, 1);
		ck_assert_int_eq(receive(&r, 4088, 1), 4088);
		ck_assert_int_eq(vring_send(r.ring, rsp, lengths[i]),
				 -EMSGSIZE);
		assert_idle(&r);
		ck_assert_int_eq(vring_send(r.ring, rsp, 1), -EINVAL);
	}
	guest_submit(&r, 10, 1);
	ck_assert_int_eq(receive(&r, 10, 1), 10);
	xen_fake_fail(r.x, XEN_FAKE_EVTCHN_NOTIFY, 1, -EIO);
	ck_assert_int_eq(vring_send(r.ring, rsp, 0), -EIO);
	rig_stop(&r);
}
END_TEST

START_TEST(test_send_out_of_turn)
{
	struct rig r;

	rig_start(&r, 0);
	ck_assert_int_eq(send_pattern(&r, 10, 1), -EINVAL);
	ck_assert_int_eq(vring_abort(r.ring), -EINVAL);
	guest_submit(&r, 10, 1);
	ck_assert_int_eq(send_pattern(&r, 10, 1), -EINVAL);
	ck_assert_int_eq(receive(&r, 10, 1), 10);
	ck_assert_int_eq(send_pattern(&r, 10, 1), 0);
	ck_assert_int_eq(send_pattern(&r, 10, 1), -EINVAL);
	ck_assert_int_eq(vring_abort(r.ring), -EINVAL);
	assert_answer(&r, 10, 1);
	rig_stop(&r);
}
END_TEST

START_TEST(test_send_notify_fault)
{
	struct rig r;

	rig_start(&r, 0);
	guest_submit(&r, 10, 1);
	ck_assert_int_eq(receive(&r, 10, 1), 10);
	xen_fake_fail(r.x, XEN_FAKE_EVTCHN_NOTIFY, 1, -EIO);
	ck_assert_int_eq(send_pattern(&r, 10, 1), -EIO);
	/* A front end that polls has its answer. */
	ck_assert_uint_eq(r.page->state, TPMIF_STATE_FINISH);
	rig_stop(&r);
}
END_TEST

START_TEST(test_abort)
{
	struct rig r;

	rig_start(&r, 1);
	guest_submit(&r, 5000, 1);
	ck_assert_int_eq(receive(&r, 5000, 1), 5000);
	ck_assert_int_eq(vring_abort(r.ring), 0);
	assert_idle(&r);
	guest_submit(&r, 10, 1);
	ck_assert_int_eq(receive(&r, 10, 1), 10);
	rig_stop(&r);
}
END_TEST

/* CANCEL: with nothing running, while it runs, and too late. */

START_TEST(test_cancel_idle)
{
	struct rig r;

	rig_guest(&r, 0);
	guest_state(&r, TPMIF_STATE_CANCEL);
	ck_assert_int_eq(rig_connect(&r), 0);
	ck_assert(!vring_cancelled(r.ring));
	ck_assert_int_eq(receive(&r, 10, 1), 0);
	assert_idle(&r);
	ck_assert_int_eq(receive(&r, 10, 1), 0);
	assert_silent(&r);
	rig_stop(&r);
}
END_TEST

START_TEST(test_cancel_before)
{
	struct rig r;

	rig_start(&r, 0);
	guest_submit(&r, 10, 1);
	guest_state(&r, TPMIF_STATE_CANCEL);
	ck_assert_int_eq(receive(&r, 10, 1), 0);
	assert_idle(&r);
	rig_stop(&r);
}
END_TEST

START_TEST(test_cancel_during)
{
	struct rig r;

	rig_start(&r, 0);
	guest_submit(&r, 10, 1);
	ck_assert_int_eq(receive(&r, 10, 1), 10);
	ck_assert(!vring_cancelled(r.ring));
	guest_state(&r, TPMIF_STATE_CANCEL);
	ck_assert(vring_cancelled(r.ring));
	assert_silent(&r);
	ck_assert_int_eq(vring_abort(r.ring), 0);
	assert_idle(&r);
	ck_assert(!vring_cancelled(r.ring));
	/* Its event comes after its end. */
	ck_assert_int_eq(vring_event(r.ring), 0);
	ck_assert_int_eq(receive(&r, 10, 1), 0);
	assert_silent(&r);
	rig_stop(&r);
}
END_TEST

START_TEST(test_cancel_finished)
{
	struct rig r;

	rig_start(&r, 0);
	guest_submit(&r, 10, 1);
	ck_assert_int_eq(receive(&r, 10, 1), 10);
	guest_state(&r, TPMIF_STATE_CANCEL);
	ck_assert_int_eq(send_pattern(&r, 20, 2), 0);
	assert_answer(&r, 20, 2);
	ck_assert_int_eq(receive(&r, 10, 1), 0);
	assert_silent(&r);
	rig_stop(&r);
}
END_TEST

/* It was written over our FINISH: the front end no longer wants the answer. */
START_TEST(test_cancel_after)
{
	struct rig r;

	rig_start(&r, 0);
	guest_submit(&r, 10, 1);
	ck_assert_int_eq(receive(&r, 10, 1), 10);
	ck_assert_int_eq(send_pattern(&r, 20, 2), 0);
	assert_answer(&r, 20, 2);
	guest_state(&r, TPMIF_STATE_CANCEL);
	ck_assert(!vring_cancelled(r.ring));
	ck_assert_int_eq(receive(&r, 10, 1), 0);
	assert_idle(&r);
	guest_submit(&r, 11, 3);
	ck_assert_int_eq(receive(&r, 11, 3), 11);
	rig_stop(&r);
}
END_TEST

/* A guest that writes all over its page while it is served. */

struct vandal {
	struct rig *rig;
	atomic_bool stop;
};

static void *vandalise(void *arg)
{
	static const uint32_t lengths[] = { 0, 1, 64, 4088, 4089, UINT32_MAX };
	struct vandal *v = arg;
	struct tpmif_shared_page *p = v->rig->page;
	uint32_t i;

	for (i = 0; !atomic_load(&v->stop); i++) {
		__atomic_store_n(&p->length, lengths[i % 6], __ATOMIC_RELAXED);
		__atomic_store_n(&p->nr_extra_pages, (uint8_t)(i % 31 == 0),
				 __ATOMIC_RELAXED);
		__atomic_store_n(&p->state, (uint8_t)(i % 5), __ATOMIC_RELAXED);
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
	int i;

	rig_start(&r, 0);
	v.rig = &r;
	ck_assert_int_eq(pthread_create(&thread, NULL, vandalise, &v), 0);
	for (i = 0; i < ROUNDS; i++) {
		n = vring_receive(r.ring, buf, CAP, &locality);
		ck_assert(n == -EMSGSIZE || (n >= 0 && n <= CAP));
		vring_cancelled(r.ring);
		ck_assert_int_eq(vring_send(r.ring, rsp, sizeof(rsp)),
				 n > 0 ? 0 : -EINVAL);
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

	for (i = 1; i <= 200; i++) {
		guest_submit(r, i, (uint8_t)i);
		if (!xen_fake_wait(r->x, DOMID, PORT, 10000) ||
		    __atomic_load_n(&r->page->state, __ATOMIC_ACQUIRE) !=
			    TPMIF_STATE_FINISH ||
		    r->page->length != i + 1)
			return r;
	}
	return NULL;
}

START_TEST(test_two_sides)
{
	struct pollfd fd = { .events = POLLIN };
	pthread_t thread;
	void *failed;
	uint8_t i = 1;
	struct rig r;
	ssize_t n;

	rig_start(&r, 0);
	fd.fd = vring_fd(r.ring);
	ck_assert_int_eq(pthread_create(&thread, NULL, guest_thread, &r), 0);
	while (i <= 200) {
		ck_assert_int_eq(poll(&fd, 1, 10000), 1);
		ck_assert_int_eq(vring_event(r.ring), 0);
		n = receive(&r, 4088, i);
		ck_assert_int_ge(n, 0);
		if (n > 0)
			ck_assert_int_eq(send_pattern(&r, (size_t)n + 1, i++),
					 0);
	}
	pthread_join(thread, &failed);
	ck_assert_ptr_null(failed);
	rig_stop(&r);
}
END_TEST

static void add_tests(TCase *t)
{
	tcase_add_test(t, test_receive_lengths);
	tcase_add_test(t, test_receive_waiting);
	tcase_add_test(t, test_receive_impossible);
	tcase_add_test(t, test_receive_extra_changed);
	tcase_add_test(t, test_receive_extra_lengths);
	tcase_add_loop_test(t, test_receive_state, 0, 256);
	tcase_add_loop_test(t, test_receive_locality, 0, 256);
	tcase_add_test(t, test_receive_busy);
	tcase_add_test(t, test_receive_copies);
	tcase_add_test(t, test_receive_notify_fault);
	tcase_add_test(t, test_send_lengths);
	tcase_add_test(t, test_send_impossible);
	tcase_add_test(t, test_send_out_of_turn);
	tcase_add_test(t, test_send_notify_fault);
	tcase_add_test(t, test_abort);
	tcase_add_test(t, test_cancel_idle);
	tcase_add_test(t, test_cancel_before);
	tcase_add_test(t, test_cancel_during);
	tcase_add_test(t, test_cancel_finished);
	tcase_add_test(t, test_cancel_after);
	tcase_add_test(t, test_vandal);
	tcase_add_test(t, test_two_sides);
}

int main(void)
{
	Suite *s = suite_create("vring_packets");
	TCase *t = tcase_create("vring_packets");
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
