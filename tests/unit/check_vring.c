/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libvring's connections on a hypervisor in memory: made, refused, failing at
 * every call, restricted, adopted; and their events.
 *
 * Under valgrind: CK_FORK=no valgrind tests/unit/check_vring
 */

#include "config.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "vring_rig.h"

/* The arithmetic of tpmif_page.h. */

START_TEST(test_page)
{
	ck_assert_uint_eq(tpmif_data_offset(0), 8);
	ck_assert_uint_eq(tpmif_data_offset(1), 12);
	ck_assert_uint_eq(tpmif_data_offset(255), 1028);
	ck_assert_uint_eq(tpmif_room(0), 4088);
	ck_assert_uint_eq(tpmif_room(1), 4084 + 4096);
	ck_assert_uint_eq(tpmif_room(255), VRING_PACKET_MAX);
	ck_assert_uint_eq(tpmif_first_part(0, 0), 0);
	ck_assert_uint_eq(tpmif_first_part(0, 4088), 4088);
	ck_assert_uint_eq(tpmif_first_part(1, 4084), 4084);
	ck_assert_uint_eq(tpmif_first_part(1, 4085), 4084);
	ck_assert_uint_eq(tpmif_first_part(255, UINT32_MAX), 3068);
}
END_TEST

/* vring_connect, vring_restrict, vring_close. */

START_TEST(test_connect)
{
	struct rig r;

	rig_guest(&r, 0);
	ck_assert_int_eq(rig_connect(&r), 0);
	ck_assert_uint_eq(xen_fake_mapped(r.x), 1);
	ck_assert_uint_eq(xen_fake_bound(r.x), 1);
	ck_assert_uint_eq(vring_packet_max(r.ring), 4088);
	assert_silent(&r);
	rig_stop(&r);
}
END_TEST

START_TEST(test_connect_protocol)
{
	static const int others[] = { 0, 4, 1000, -1 };
	struct rig r;
	size_t i;

	rig_guest(&r, 0);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		r.ring = (void *)&r;
		ck_assert_int_eq(vring_connect(&xen_ops_fake, r.x,
					       (enum vring_protocol)others[i],
					       DOMID, REF, PORT, &r.ring),
				 -EPROTONOSUPPORT);
		ck_assert_ptr_null(r.ring);
		assert_nothing_held(&r);
	}
	rig_stop(&r);
}
END_TEST

START_TEST(test_connect_wrong_numbers)
{
	static const uint32_t wrong[][3] = {
		{ DOMID + 1, REF, PORT },   { DOMID, REF + 1, PORT },
		{ DOMID, REF, PORT + 1 },   { DOMID, UINT32_MAX, PORT },
		{ DOMID, REF, UINT32_MAX },
	};
	struct rig r;
	size_t i;

	rig_guest(&r, 0);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_int_eq(vring_connect(&xen_ops_fake, r.x, VRING_V2,
					       wrong[i][0], wrong[i][1],
					       wrong[i][2], &r.ring),
				 -EINVAL);
		ck_assert_ptr_null(r.ring);
		assert_nothing_held(&r);
	}
	rig_stop(&r);
}
END_TEST

/* Each call that connecting makes fails in turn. */
START_TEST(test_connect_faults)
{
	static const struct {
		enum xen_fake_op op;
		unsigned int nth;
	} faults[] = {
		{ XEN_FAKE_MAP, 1 },
		{ XEN_FAKE_MAP, 2 },
		{ XEN_FAKE_EVTCHN_BIND, 1 },
	};
	const size_t n = sizeof(faults) / sizeof(faults[0]);
	struct rig r;
	size_t i;

	rig_guest(&r, 3);
	for (i = 0; i < n; i++) {
		xen_fake_fail(r.x, faults[i].op, faults[i].nth, -ENOSPC);
		ck_assert_int_eq(rig_connect(&r), -ENOSPC);
		ck_assert_ptr_null(r.ring);
		assert_nothing_held(&r);
	}
	ck_assert_int_eq(rig_connect(&r), 0);
	rig_stop(&r);
}
END_TEST

/* The linker has calls of calloc come here (--wrap). */
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

static unsigned int fail_calloc; /* the call that fails; 0: none */

void *__wrap_calloc(size_t n, size_t size)
{
	if (fail_calloc && --fail_calloc == 0)
		return NULL;
	return __real_calloc(n, size);
}

START_TEST(test_connect_memory)
{
	struct rig r;

	rig_guest(&r, 0);
	fail_calloc = 1;
	ck_assert_int_eq(rig_connect(&r), -ENOMEM);
	fail_calloc = 2;
	ck_assert_int_eq(rig_connect(&r), -ENOMEM);
	ck_assert_uint_eq(fail_calloc, 0);
	assert_nothing_held(&r);
	rig_stop(&r);
}
END_TEST

START_TEST(test_connect_extra)
{
	const uint8_t n = (uint8_t)_i;
	struct rig r;

	rig_start(&r, n);
	ck_assert_uint_eq(xen_fake_mapped(r.x), 1u + n);
	ck_assert_uint_eq(vring_packet_max(r.ring), tpmif_room(n));
	guest_submit(&r, tpmif_room(n), 3);
	ck_assert_int_eq(receive(&r, VRING_PACKET_MAX, 3), tpmif_room(n));
	ck_assert_int_eq(send_pattern(&r, tpmif_room(n), 4), 0);
	assert_answer(&r, tpmif_room(n), 4);
	rig_stop(&r);
}
END_TEST

START_TEST(test_connect_extra_impossible)
{
	struct rig r;

	rig_guest(&r, 3);
	r.page->extra_pages[1] = REF;
	ck_assert_int_eq(rig_connect(&r), -EPROTO);
	r.page->extra_pages[1] = r.page->extra_pages[2];
	ck_assert_int_eq(rig_connect(&r), -EPROTO);
	r.page->extra_pages[1] = REF + 77;
	ck_assert_int_eq(rig_connect(&r), -EINVAL);
	xen_fake_revoke(r.x, DOMID, REF + 3);
	r.page->extra_pages[1] = REF + 2;
	ck_assert_int_eq(rig_connect(&r), -EINVAL);
	assert_nothing_held(&r);
	rig_stop(&r);
}
END_TEST

START_TEST(test_restrict)
{
	struct rig r;

	rig_start(&r, 1);
	ck_assert_int_eq(vring_restrict(r.ring), 0);
	ck_assert(xen_fake_restricted(r.x, DOMID));
	ck_assert(xen_fake_map_dropped(r.x));
	guest_submit(&r, 5000, 1);
	ck_assert_int_eq(vring_event(r.ring), 0);
	ck_assert_int_eq(receive(&r, 5000, 1), 5000);
	ck_assert_int_eq(send_pattern(&r, 5001, 2), 0);
	assert_answer(&r, 5001, 2);
	rig_stop(&r);
}
END_TEST

START_TEST(test_restrict_faults)
{
	struct rig r;

	rig_start(&r, 0);
	xen_fake_fail(r.x, XEN_FAKE_EVTCHN_RESTRICT, 1, -ENOTTY);
	ck_assert_int_eq(vring_restrict(r.ring), -ENOTTY);
	ck_assert(!xen_fake_map_dropped(r.x));
	xen_fake_fail(r.x, XEN_FAKE_MAP_DROP, 1, -EIO);
	ck_assert_int_eq(vring_restrict(r.ring), -EIO);
	rig_stop(&r);
}
END_TEST

START_TEST(test_close)
{
	uint8_t before[PAGE];
	struct rig r;

	vring_close(NULL);
	rig_start(&r, 1);
	guest_submit(&r, 77, 5);
	memcpy(before, r.page, PAGE);
	/* The extra page's mapping goes even if the channel's end fails. */
	xen_fake_fail(r.x, XEN_FAKE_EVTCHN_UNBIND, 1, -EIO);
	vring_close(r.ring);
	ck_assert_uint_eq(xen_fake_mapped(r.x), 0);
	ck_assert_int_eq(memcmp(before, r.page, PAGE), 0);
	assert_silent(&r);
	xen_fake_free(r.x);
}
END_TEST

/* A next back end takes the ring over: waiting, received or answered. */
START_TEST(test_adopt)
{
	struct rig r;

	rig_start(&r, 0);
	guest_submit(&r, 30, 9);
	vring_close(r.ring);
	ck_assert_int_eq(rig_connect(&r), 0);
	ck_assert_int_eq(receive(&r, 100, 9), 30);
	vring_close(r.ring);
	ck_assert_int_eq(rig_connect(&r), 0);
	ck_assert_int_eq(receive(&r, 100, 9), 30);
	ck_assert_int_eq(send_pattern(&r, 11, 8), 0);
	vring_close(r.ring);
	ck_assert_int_eq(rig_connect(&r), 0);
	ck_assert_int_eq(receive(&r, 100, 9), 0);
	assert_answer(&r, 11, 8);
	rig_stop(&r);
}
END_TEST

/* vring_fd, vring_event. */

static bool readable(struct rig *r)
{
	struct pollfd fd = { .fd = vring_fd(r->ring), .events = POLLIN };

	return poll(&fd, 1, 0) == 1;
}

START_TEST(test_event)
{
	struct rig r;
	int i;

	rig_guest(&r, 0);
	ck_assert_int_eq(rig_connect(&r), 0);
	ck_assert(readable(&r));
	ck_assert_int_eq(vring_event(r.ring), 0);
	ck_assert(!readable(&r));
	ck_assert_int_eq(vring_event(r.ring), -EAGAIN);
	for (i = 0; i < 1000; i++)
		xen_fake_event(r.x, DOMID, PORT);
	ck_assert(readable(&r));
	ck_assert_int_eq(vring_event(r.ring), 0);
	ck_assert_int_eq(vring_event(r.ring), -EAGAIN);
	rig_stop(&r);
}
END_TEST

START_TEST(test_event_faults)
{
	struct rig r;

	rig_start(&r, 0);
	xen_fake_event(r.x, DOMID, PORT);
	xen_fake_fail(r.x, XEN_FAKE_EVTCHN_PENDING, 1, -EIO);
	ck_assert_int_eq(vring_event(r.ring), -EIO);
	xen_fake_fail(r.x, XEN_FAKE_EVTCHN_UNMASK, 1, -EIO);
	ck_assert_int_eq(vring_event(r.ring), -EIO);
	rig_stop(&r);
}
END_TEST

START_TEST(test_event_of_another)
{
	struct rig r;
	int local;

	rig_start(&r, 0);
	xen_fake_offer(r.x, DOMID, PORT + 1);
	local = xen_ops_fake.evtchn_bind(r.x, DOMID, PORT + 1);
	ck_assert_int_gt(local, 0);
	ck_assert_int_eq(vring_event(r.ring), -EAGAIN);
	ck_assert_uint_eq(xen_fake_calls(r.x, XEN_FAKE_EVTCHN_UNMASK), 1);
	xen_ops_fake.evtchn_unbind(r.x, (uint32_t)local);
	rig_stop(&r);
}
END_TEST

static void add_tests(TCase *t)
{
	tcase_add_test(t, test_page);
	tcase_add_test(t, test_connect);
	tcase_add_test(t, test_connect_protocol);
	tcase_add_test(t, test_connect_wrong_numbers);
	tcase_add_test(t, test_connect_faults);
	tcase_add_test(t, test_connect_memory);
	tcase_add_loop_test(t, test_connect_extra, 0, 256);
	tcase_add_test(t, test_connect_extra_impossible);
	tcase_add_test(t, test_restrict);
	tcase_add_test(t, test_restrict_faults);
	tcase_add_test(t, test_close);
	tcase_add_test(t, test_adopt);
	tcase_add_test(t, test_event);
	tcase_add_test(t, test_event_faults);
	tcase_add_test(t, test_event_of_another);
}

int main(void)
{
	Suite *s = suite_create("vring");
	TCase *t = tcase_create("vring");
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
