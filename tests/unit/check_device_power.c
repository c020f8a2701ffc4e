/* SPDX-License-Identifier: BSD-2-Clause */
/* A device whose vTPM is another domain's for a time, or goes for good. */
#include "config.h"

#include <errno.h>

#include "device_rig.h"
#include "suite.h"

static struct rig *rig;

static void setup(void)
{
	rig = rig_new(0);
}

static void teardown(void)
{
	rig_free(rig);
}

static struct rig_device *attach_connected(uint32_t domid)
{
	struct rig_device *d = rig_attach(rig, domid, 0);

	rig_run(rig, 1000);
	rig_connect(d);
	return d;
}

/* Asked for again and again, without a word, and then had. */
START_TEST(a_device_waits_for_its_vtpm)
{
	struct rig_device *d = rig_attach(rig, 7, 0);

	d->start_error = -EAGAIN;
	rig_run(rig, 2000);
	ck_assert_int_eq(rig_state(d), XENBUS_INITIALISING);
	ck_assert_uint_ge(d->starts, 10);
	ck_assert_uint_le(d->starts, 40);
	d->start_error = 0;
	rig_run(rig, 200);
	ck_assert_int_eq(rig_state(d), XENBUS_INIT_WAIT);
	rig_connect(d);
	ck_assert_uint_eq(rig_complaints(rig), 0);
}
END_TEST

/* The source of a migration: its guest sees nothing of it. */
START_TEST(a_vtpm_that_was_yielded_comes_back_to_the_same_ring)
{
	struct rig_device *d = attach_connected(7);
	const unsigned int starts = d->starts;

	d->start_error = -EAGAIN;
	device_yield(d->device);
	rig_run(rig, 1000);
	ck_assert(!d->running);
	ck_assert_int_eq(rig_state(d), XENBUS_CONNECTED);
	ck_assert_uint_gt(d->starts, starts);
	d->start_error = 0;
	rig_run(rig, 200);
	ck_assert(d->running);
	ck_assert_uint_eq(d->adoptions, 1);
	ck_assert_uint_eq(d->connects, 2);
	ck_assert_int_eq(rig_state(d), XENBUS_CONNECTED);
	ck_assert_uint_eq(rig_complaints(rig), 0);
}
END_TEST

/* Or it never does: its domain is done. */
START_TEST(a_device_that_yielded_is_detached_at_once)
{
	struct rig_device *d = attach_connected(7);

	d->start_error = -EAGAIN;
	device_yield(d->device);
	rig_run(rig, 1000);
	ck_assert_uint_le(rig_detach(d, true), 50);
	ck_assert_ptr_null(d->device);
	ck_assert_uint_ge(d->let_gos, 1);
	ck_assert_uint_eq(rig_complaints(rig), 0);
}
END_TEST

/* The toolstack ends the domain when it has seen Closed, and not before. */
START_TEST(closed_waits_for_what_is_to_be_kept)
{
	struct rig_device *d = attach_connected(7);

	d->let_go_error = -EAGAIN;
	rig_front_remove(d, "");
	rig_back(d, "online", "0");
	rig_back(d, "state", "5");
	rig_run(rig, 2000);
	ck_assert_int_eq(rig_state(d), XENBUS_CLOSING);
	ck_assert(!d->running);
	ck_assert_uint_ge(d->let_gos, 10);
	/* An error that stays keeps nobody waiting. */
	d->let_go_error = _i ? -EIO : 0;
	rig_run(rig, 200);
	ck_assert_int_eq(rig_state(d), XENBUS_CLOSED);
}
END_TEST

/* A directory that was taken away counts as much. */
START_TEST(a_device_without_nodes_is_let_go)
{
	struct rig_device *d = attach_connected(7);

	d->let_go_error = -EAGAIN;
	rig->tool.ops->remove(rig->tool.ctx, XS_NO_TRANSACTION, d->back);
	rig_run(rig, 1000);
	ck_assert_ptr_nonnull(d->device);
	ck_assert(!d->running);
	d->let_go_error = 0;
	rig_run(rig, 200);
	ck_assert_ptr_null(d->device);
}
END_TEST

/* A front end that closes and comes again is no end. */
START_TEST(a_device_that_reopens_is_not_let_go)
{
	struct rig_device *d = attach_connected(7);

	rig_front(d, "state", "5");
	rig_run(rig, 100);
	rig_front(d, "state", "6");
	rig_run(rig, 1000);
	ck_assert_int_eq(rig_state(d), XENBUS_INIT_WAIT);
	ck_assert_uint_eq(d->let_gos, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("device and power");
	TCase *t = tcase_create("power");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_device_waits_for_its_vtpm);
	tcase_add_test(t, a_vtpm_that_was_yielded_comes_back_to_the_same_ring);
	tcase_add_test(t, a_device_that_yielded_is_detached_at_once);
	tcase_add_loop_test(t, closed_waits_for_what_is_to_be_kept, 0, 2);
	tcase_add_test(t, a_device_without_nodes_is_let_go);
	tcase_add_test(t, a_device_that_reopens_is_not_let_go);
	suite_add_tcase(s, t);
	return suite_run(s);
}
