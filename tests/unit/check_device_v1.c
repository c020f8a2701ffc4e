/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a device whose guest is of 2006. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "device_rig.h"
#include "suite.h"
#include "vring.h"

static struct rig *rig;
static struct rig_device *d;
static char *before; /* the store without any vTPM */

static void setup(void)
{
	rig = rig_new(0);
	before = xs_fake_dump(rig->store);
	d = rig_attach(rig, 7, 0);
	rig_run(rig, 1000);
}

static void teardown(void)
{
	rig_free(rig);
	free(before);
}

/* It says Connected at once, and waits for the back end to say so. */
static void connect(uint32_t ref)
{
	rig_front_ring_v1(d, ref, RIG_PORT(7));
	rig_front(d, "state", "4");
	rig_run(rig, 1000);
}

static void check_serves(uint32_t ref, uint32_t protocol)
{
	ck_assert_int_eq(rig_state(d), XENBUS_CONNECTED);
	ck_assert_uint_eq(d->ring.ring_ref, ref);
	ck_assert_uint_eq(d->ring.event_channel, RIG_PORT(7));
	ck_assert_uint_eq(d->ring.protocol, protocol);
	ck_assert_uint_eq(rig_complaints(rig), 0);
}

static void check_nothing_left(void)
{
	char *after;

	ck_assert_uint_lt(rig_detach(d, false), 1000);
	rig_run(rig, 1000);
	after = xs_fake_dump(rig->store);
	ck_assert_str_eq(after, before);
	free(after);
}

START_TEST(the_word_size_is_half_the_protocol)
{
	d->word_bits = _i ? 32 : 64;
	ck_assert_uint_eq(d->asked, 0);
	connect(RIG_REF(7));
	check_serves(RIG_REF(7), _i ? VRING_V1_32 : VRING_V1_64);
	ck_assert_uint_eq(d->asked, 1);
	/* It is the kernel's, and stays. */
	d->word_bits = -EIO;
	rig_front(d, "state", "4");
	rig_run(rig, 1000);
	check_serves(RIG_REF(7), _i ? VRING_V1_32 : VRING_V1_64);
	ck_assert_uint_eq(d->connects, 1);
	check_nothing_left();
}
END_TEST

START_TEST(a_guest_of_2013_is_not_asked_for)
{
	rig_connect(d);
	check_serves(RIG_REF(7), VRING_V2);
	ck_assert_uint_eq(d->asked, 0);
	ck_assert_str_eq(rig_read(d, "ready"), "");
}
END_TEST

/* With Connected, and not a moment earlier. */
START_TEST(ready_is_said)
{
	d->slow_ms = 300;
	rig_front_ring_v1(d, RIG_REF(7), RIG_PORT(7));
	rig_front(d, "state", "4");
	rig_run(rig, 250);
	ck_assert_int_eq(rig_state(d), XENBUS_INIT_WAIT);
	ck_assert_str_eq(rig_read(d, "ready"), "");
	rig_run(rig, 250);
	ck_assert_int_eq(rig_state(d), XENBUS_CONNECTED);
	ck_assert_str_eq(rig_read(d, "ready"), "1");
}
END_TEST

START_TEST(an_unknown_word_size_closes)
{
	unsigned int said = 0;

	d->word_bits = _i ? -EPERM : -ESRCH;
	connect(RIG_REF(7));
	ck_assert_int_eq(rig_state(d), XENBUS_CLOSED);
	ck_assert_uint_eq(d->connects, 0);
	for (unsigned int i = 0; i < rig->n_lines; i++)
		said += strstr(rig->lines[i], "word size") != NULL;
	ck_assert_uint_eq(said, 1);
	ck_assert_uint_eq(rig_complaints(rig), 1);
	/* Its front end may try again. */
	rig_front(d, "state", "6");
	rig_run(rig, 1000);
	d->word_bits = 32;
	connect(RIG_REF(7));
	check_serves(RIG_REF(7), VRING_V1_32);
	check_nothing_left();
}
END_TEST

START_TEST(protocol_1_can_be_refused)
{
	unsigned int said = 0;

	d->word_bits = -EACCES;
	connect(RIG_REF(7));
	ck_assert_int_eq(rig_state(d), XENBUS_CLOSED);
	ck_assert_uint_eq(d->connects, 0);
	for (unsigned int i = 0; i < rig->n_lines; i++)
		said += strstr(rig->lines[i], "protocol-1=yes") != NULL;
	ck_assert_uint_eq(said, 1);
	ck_assert_uint_eq(rig_complaints(rig), 1);
	rig_front(d, "state", "6");
	rig_run(rig, 1000);
	rig_connect(d);
	check_serves(RIG_REF(7), VRING_V2);
	check_nothing_left();
}
END_TEST

/* It was resumed in the same domain, as after a checkpoint. */
START_TEST(another_ring_is_taken)
{
	connect(RIG_REF(7));
	rig_run(rig, 5000);
	connect(RIG_REF(7) + 1);
	check_serves(RIG_REF(7) + 1, VRING_V1_64);
	ck_assert_uint_eq(d->connects, 2);
	ck_assert_uint_eq(d->starts, 2);
}
END_TEST

/* A driver of the other protocol comes in place of the first. */
START_TEST(another_protocol_is_taken)
{
	connect(RIG_REF(7));
	rig_run(rig, 5000);
	rig_front(d, "feature-protocol-v2", "1");
	rig_front(d, "state", "3");
	rig_run(rig, 1000);
	check_serves(RIG_REF(7), VRING_V2);
	rig_run(rig, 5000);
	rig_front_remove(d, "feature-protocol-v2");
	rig_front(d, "state", "4");
	rig_run(rig, 1000);
	check_serves(RIG_REF(7), VRING_V1_64);
	ck_assert_uint_eq(d->connects, 3);
}
END_TEST

START_TEST(its_ring_is_adopted)
{
	d->word_bits = 32;
	connect(RIG_REF(7));
	rig_run(rig, 1000);
	if (_i) {
		rig_worker_dies(d);
	} else {
		rig_kill_daemon(rig);
		rig_discover(d);
	}
	rig_run(rig, 1000);
	ck_assert_int_eq(rig_state(d), XENBUS_CONNECTED);
	ck_assert_uint_eq(d->adoptions, 1);
	ck_assert_uint_eq(d->connects, 2);
	ck_assert_uint_eq(d->ring.protocol, VRING_V1_32);
	ck_assert_str_eq(rig_read(d, "ready"), "1");
	check_nothing_left();
}
END_TEST

START_TEST(it_closes_and_opens_again)
{
	connect(RIG_REF(7));
	rig_run(rig, 5000);
	rig_front(d, "state", "5");
	rig_run(rig, 200);
	ck_assert_int_eq(rig_state(d), XENBUS_CLOSING);
	rig_front(d, "state", "6");
	rig_run(rig, 500);
	ck_assert_int_eq(rig_state(d), XENBUS_INIT_WAIT);
	connect(RIG_REF(7) + 1);
	check_serves(RIG_REF(7) + 1, VRING_V1_64);
	check_nothing_left();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("device_v1");
	TCase *t = tcase_create("v1");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, the_word_size_is_half_the_protocol, 0, 2);
	tcase_add_test(t, a_guest_of_2013_is_not_asked_for);
	tcase_add_test(t, ready_is_said);
	tcase_add_loop_test(t, an_unknown_word_size_closes, 0, 2);
	tcase_add_test(t, protocol_1_can_be_refused);
	tcase_add_test(t, another_ring_is_taken);
	tcase_add_test(t, another_protocol_is_taken);
	tcase_add_loop_test(t, its_ring_is_adopted, 0, 2);
	tcase_add_test(t, it_closes_and_opens_again);
	suite_add_tcase(s, t);
	return suite_run(s);
}
