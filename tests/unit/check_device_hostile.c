/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device whose guest writes what it must not.  Each time the device is
 * closed with one line in the log, another guest's goes on as if nothing were,
 * and nothing is left behind; a guest that mends its ways is served again.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device_rig.h"
#include "suite.h"
#include "vring.h"

static struct rig *rig;
static struct rig_device *bad, *good;
static char *before; /* the store without the hostile guest's vTPM */

static void setup_in(uint32_t back_domid)
{
	rig = rig_new(back_domid);
	/* The first of a rig is the one whose states are noted. */
	good = rig_attach(rig, 8, 0);
	rig_run(rig, 1000);
	rig_connect(good);
	before = xs_fake_dump(rig->store);
	bad = rig_attach(rig, 7, 0);
	rig_run(rig, 1000);
	rig_complaints(rig);
	memset(rig->states, 0, sizeof(rig->states));
}

static void setup(void)
{
	setup_in(0);
}

/* In a domain of its own the back end may not read everything. */
static void setup_driver_domain(void)
{
	setup_in(5);
}

static void teardown(void)
{
	rig_free(rig);
	free(before);
}

static void check_good_untouched(void)
{
	ck_assert_str_eq(rig->states, "4");
	ck_assert(good->running);
	ck_assert_uint_eq(good->starts, 1);
	ck_assert_uint_eq(good->connects, 1);
	ck_assert_uint_eq(good->stops, 0);
}

static void check_nothing_left(bool destroy)
{
	char *after;

	ck_assert_uint_lt(rig_detach(bad, destroy), 1000);
	rig_run(rig, 1000);
	ck_assert_ptr_null(bad->device);
	ck_assert(!bad->running);
	after = xs_fake_dump(rig->store);
	ck_assert_str_eq(after, before);
	free(after);
	check_good_untouched();
	/* The other guest's device still does what devices do. */
	rig_front(good, "state", "5");
	rig_run(rig, 100);
	rig_front(good, "state", "6");
	rig_run(rig, 500);
	ck_assert_int_eq(rig_state(good), XENBUS_INIT_WAIT);
	rig_connect(good);
}

static void check_closed_with_one_line(void)
{
	unsigned int i, n = 0;

	ck_assert_int_eq(rig_state(bad), XENBUS_CLOSED);
	for (i = 0; i < rig->n_lines; i++) {
		if (rig->levels[i] > LOG_LEVEL_WARNING)
			continue;
		n++;
		ck_assert_msg(strstr(rig->lines[i], "domain 7 vtpm 0: ") ==
				      rig->lines[i],
			      "%s", rig->lines[i]);
	}
	ck_assert_uint_eq(n, 1);
	rig_complaints(rig);
	/* It does not come back by itself, nor does it go on complaining. */
	rig_run(rig, 100000);
	ck_assert_int_eq(rig_state(bad), XENBUS_CLOSED);
	ck_assert_uint_eq(rig_complaints(rig), 0);
	/* Nothing of the guest's is held. */
	ck_assert(bad->device->worker == DEVICE_WORKER_NONE ||
		  bad->device->worker == DEVICE_WORKER_READY);
	check_good_untouched();
}

static void mend(void)
{
	rig_front(bad, "state", "6");
	rig_run(rig, 1000);
	ck_assert_int_eq(rig_state(bad), XENBUS_INIT_WAIT);
	rig_front(bad, "state", "1");
	rig_connect(bad);
	/* An error that is over is not shown any more. */
	ck_assert(!rig_exists(rig, "/local/domain/0/error/backend/vtpm/7"));
	ck_assert_uint_eq(rig_complaints(rig), 0);
}

/* ---- Rings that are none ---- */

static const char zeros[400];
static const char long_text[] = /* 260 digits */
	"11111111111111111111111111111111111111111111111111111111111111111"
	"11111111111111111111111111111111111111111111111111111111111111111"
	"11111111111111111111111111111111111111111111111111111111111111111"
	"11111111111111111111111111111111111111111111111111111111111111111";

#define TEXT(text) text, sizeof(text) - 1

static const struct {
	const char *bytes; /* NULL: the node is missing */
	size_t len;
} rings[] = {
	{ NULL, 0 },
	{ TEXT("") },
	{ TEXT(" ") },
	{ TEXT("ring") },
	{ TEXT("-1") },
	{ TEXT("+708") },
	{ TEXT("0708") },
	{ TEXT("0x2c4") },
	{ TEXT(" 708") },
	{ TEXT("708 ") },
	{ TEXT("708\n") },
	{ TEXT("708,709") },
	{ TEXT("7.08e2") },
	{ TEXT("4294967296") },
	{ TEXT("4294968004") },		  /* 708 + 2^32 */
	{ TEXT("18446744073709552324") }, /* 708 + 2^64 */
	{ TEXT("708\0") },
	{ TEXT("708\0009") },
	{ zeros, sizeof(zeros) },
	{ TEXT(long_text) },
	{ TEXT("\xff\xfe\x1b[2J") },
	{ TEXT("%s%s%n") },
	{ TEXT("/local/domain/8/device/vtpm/0/ring-ref") },
	/* Numbers, but of nothing that this guest has granted. */
	{ TEXT("0") },
	{ TEXT("1") },
	{ TEXT("4294967295") },
	{ TEXT("808") }, /* domain 8's */
	{ TEXT("811") },
};
#define RINGS (int)(sizeof(rings) / sizeof(rings[0]))

static void break_node(const char *node, int i)
{
	char path[2 * XS_PATH_MAX];

	if (!rings[i].bytes) {
		rig_front_remove(bad, node);
		return;
	}
	snprintf(path, sizeof(path), "%s/%s", bad->front, node);
	ck_assert_int_eq(xs_fake_write_bytes(bad->guest, path, rings[i].bytes,
					     rings[i].len),
			 0);
}

static void offer_broken(const char *node, int i)
{
	rig_front_ring(bad, RIG_REF(7), RIG_PORT(7));
	break_node(node, i);
	rig_front(bad, "state", "3");
	rig_run(rig, 1000);
	check_closed_with_one_line();
	mend();
	check_nothing_left(false);
}

START_TEST(a_broken_ring_ref_is_not_connected)
{
	offer_broken("ring-ref", _i);
}
END_TEST

START_TEST(a_broken_event_channel_is_not_connected)
{
	offer_broken("event-channel", _i);
}
END_TEST

START_TEST(a_ring_broken_while_connected_ends_the_connection)
{
	rig_connect(bad);
	break_node("ring-ref", _i);
	rig_front(bad, "state", "4");
	rig_run(rig, 1000);
	check_closed_with_one_line();
	mend();
	check_nothing_left(true);
}
END_TEST

/* Left by the guest while there was no daemon to see it. */
START_TEST(a_ring_broken_meanwhile_is_not_adopted)
{
	rig_connect(bad);
	rig_run(rig, 1000);
	rig_kill_daemon(rig);
	break_node("event-channel", _i);
	rig_discover(bad);
	rig_run(rig, 1000);
	ck_assert_int_eq(rig_state(bad), XENBUS_CLOSED);
	ck_assert_uint_eq(rig_complaints(rig), 1);
	ck_assert_uint_lt(rig_detach(bad, false), 1000);
	ck_assert(!rig_exists(rig, "/local/domain/0/error/backend/vtpm/7"));
}
END_TEST

static const char *const no_v2[] = { "0", "2", "", "yes", "1 ", "01" };

/* All else is the ring of 2006. */
START_TEST(only_1_announces_the_protocol)
{
	rig_front_ring(bad, RIG_REF(7), RIG_PORT(7));
	rig_front(bad, "feature-protocol-v2", no_v2[_i]);
	rig_front(bad, "state", "3");
	rig_run(rig, 1000);
	ck_assert_int_eq(rig_state(bad), XENBUS_CONNECTED);
	ck_assert_uint_eq(bad->ring.protocol, VRING_V1_64);
	check_nothing_left(false);
}
END_TEST

/* ---- States that no front end has ---- */

static const struct {
	const char *bytes;
	size_t len;
} states[] = {
	{ TEXT("2") },	     { TEXT("7") },	    { TEXT("8") },
	{ TEXT("9") },	     { TEXT("10") },	    { TEXT("-4") },
	{ TEXT("") },	     { TEXT("04") },	    { TEXT("4 ") },
	{ TEXT("4\0") },     { TEXT("Connected") }, { TEXT("4294967300") },
	{ TEXT(long_text) }, { TEXT("\xff") },	    { TEXT("0") },
};
#define STATES (int)(sizeof(states) / sizeof(states[0]))

static void write_state(int i)
{
	char path[2 * XS_PATH_MAX];

	snprintf(path, sizeof(path), "%s/state", bad->front);
	ck_assert_int_eq(xs_fake_write_bytes(bad->guest, path, states[i].bytes,
					     states[i].len),
			 0);
}

START_TEST(a_senseless_state_closes_the_offer)
{
	write_state(_i);
	rig_run(rig, 1000);
	check_closed_with_one_line();
	mend();
	check_nothing_left(false);
}
END_TEST

START_TEST(a_senseless_state_ends_the_connection)
{
	rig_connect(bad);
	write_state(_i);
	rig_run(rig, 1000);
	check_closed_with_one_line();
	mend();
	check_nothing_left(true);
}
END_TEST

/* Back to the beginning without having closed. */
START_TEST(a_state_that_goes_backwards_ends_the_connection)
{
	rig_connect(bad);
	rig_front(bad, "state", "1");
	rig_run(rig, 50);
	ck_assert_int_eq(rig_state(bad), XENBUS_CLOSED);
	rig_run(rig, 1000);
	ck_assert_uint_eq(rig_complaints(rig), 1);
	/* That is what a kexec looks like: it is served again at once. */
	ck_assert_int_eq(rig_state(bad), XENBUS_INIT_WAIT);
	rig_connect(bad);
	check_nothing_left(false);
}
END_TEST

/* ---- Directories that go ---- */

/* How far the guest's driver has come when its directory disappears. */
static void advance(int steps)
{
	static const char *const story[] = { "1", "3", "4", "5", "6" };
	int i;

	rig_front_ring(bad, RIG_REF(7), RIG_PORT(7));
	for (i = 0; i < steps; i++) {
		rig_front(bad, "state", story[i]);
		rig_run(rig, 200);
	}
}

START_TEST(a_front_end_without_its_directory_is_closed)
{
	advance(_i);
	rig_front_remove(bad, "");
	rig_run(rig, 1000);
	ck_assert_int_eq(rig_state(bad), XENBUS_CLOSED);
	/* From Closing on there is nothing to say about it. */
	ck_assert_uint_eq(rig_complaints(rig), _i == 4 ? 0 : 1);
	check_good_untouched();
	check_nothing_left(false);
}
END_TEST

/* Sooner or later after it was written, the daemon not yet at rest. */
START_TEST(a_directory_may_go_at_any_moment)
{
	const unsigned int ms = (unsigned int)_i;

	rig_front_ring(bad, RIG_REF(7), RIG_PORT(7));
	rig_front(bad, "state", "3");
	rig_run(rig, ms);
	rig_front_remove(bad, "");
	rig_run(rig, 1000);
	ck_assert_int_eq(rig_state(bad), XENBUS_CLOSED);
	ck_assert_uint_eq(rig_complaints(rig), 1);
	check_nothing_left(ms % 2);
}
END_TEST

START_TEST(our_directory_may_go_at_any_moment)
{
	rig_front_ring(bad, RIG_REF(7), RIG_PORT(7));
	rig_front(bad, "state", "3");
	rig_run(rig, (unsigned int)_i);
	rig->tool.ops->remove(rig->tool.ctx, XS_NO_TRANSACTION, bad->back);
	rig_run(rig, 1000);
	ck_assert(!rig_exists(rig, bad->back));
	ck_assert_ptr_null(bad->device);
	ck_assert_uint_eq(rig_complaints(rig), 0);
	check_good_untouched();
}
END_TEST

/* ---- Paths and permissions ---- */

/* What the guest says of paths is nobody's business. */
START_TEST(a_guests_paths_are_not_followed)
{
	rig_front(bad, "backend", "/local/domain/0/backend/vtpm/8/0");
	rig_front(bad, "frontend", "/local/domain/8/device/vtpm/0");
	rig_front(bad, "backend-id", "8");
	rig_connect(bad);
	ck_assert_uint_eq(bad->ring.ring_ref, RIG_REF(7));
	ck_assert_uint_eq(rig_complaints(rig), 0);
	check_nothing_left(false);
}
END_TEST

static const char *const paths[] = {
	"/local/domain/8/device/vtpm/0",
	"/local/domain/7/device/vtpm/1",
	"/local/domain/7/device/vtpm/0/",
	"/local/domain/7/device/vtpm/../../../8/device/vtpm/0",
	"",
	long_text,
};
#define PATHS (int)(sizeof(paths) / sizeof(paths[0]))

/* Our own directory names another domain's front end. */
START_TEST(another_domains_front_end_is_refused)
{
	if (_i < PATHS)
		rig_connect(bad);
	rig_back(bad, "frontend", paths[_i % PATHS]);
	rig_run(rig, 1000);
	if (rig_state(bad) == XENBUS_CLOSING) {
		rig_front(bad, "state", "6");
		rig_run(rig, 1000);
	}
	check_closed_with_one_line();
	check_nothing_left(false);
}
END_TEST

/* Where the back end does not live in domain 0 a guest can shut it out. */
START_TEST(a_state_that_may_not_be_read_is_senseless)
{
	char path[2 * XS_PATH_MAX];

	if (_i)
		rig_connect(bad);
	snprintf(path, sizeof(path), "%s/state", bad->front);
	xs_fake_give(rig->store, path, 7, 7);
	rig_front(bad, "state", "3");
	/* It is not told either: what it hears of is something else. */
	rig_back(bad, "online", "1");
	rig_run(rig, 1000);
	check_closed_with_one_line();
	check_nothing_left(false);
}
END_TEST

START_TEST(a_ring_that_may_not_be_read_is_not_connected)
{
	char path[2 * XS_PATH_MAX];

	rig_front_ring(bad, RIG_REF(7), RIG_PORT(7));
	snprintf(path, sizeof(path), "%s/%s", bad->front,
		 _i ? "ring-ref" : "event-channel");
	xs_fake_give(rig->store, path, 7, 7);
	rig_front(bad, "state", "3");
	rig_run(rig, 1000);
	check_closed_with_one_line();
	xs_fake_give(rig->store, path, 7, 5);
	mend();
	check_nothing_left(false);
}
END_TEST

/* ---- Guests that mean no harm ---- */

/* A module that is loaded again and again never has to wait for long. */
START_TEST(a_driver_may_be_loaded_a_hundred_times)
{
	unsigned int ms;

	rig_connect(bad);
	for (unsigned int i = 0; i < 100; i++) {
		rig_run(rig, 300);
		rig_front(bad, "state", "6");
		rig_run(rig, 50);
		rig_front_ring(bad, RIG_REF(7), RIG_PORT(7));
		rig_front(bad, "state", "1");
		for (ms = 0; rig_state(bad) != XENBUS_INIT_WAIT; ms += 50)
			rig_run(rig, 50);
		ck_assert_uint_lt(ms, 2000);
		rig_front(bad, "state", "3");
		rig_run(rig, 100);
		ck_assert_int_eq(rig_state(bad), XENBUS_CONNECTED);
		rig_front(bad, "state", "4");
	}
	ck_assert_uint_eq(rig_complaints(rig), 0);
}
END_TEST

/*
 * Looked at while the toolstack takes the front end away: the states are from
 * before, its ring is from after.  Where the states stay, it is its own fault.
 */
START_TEST(a_front_end_that_goes_is_not_to_blame)
{
	rig_connect(bad);
	rig_run(rig, 5000);
	/* It is read behind two nodes and two states. */
	xs_fake_fail(rig->daemon, XS_FAKE_READ, 5, _i ? 1 : 2, -ENOENT);
	rig_front(bad, "state", "4");
	rig_run(rig, 1000);
	ck_assert_uint_eq(rig_complaints(rig), _i ? 1 : 0);
	ck_assert_int_eq(rig_state(bad) == XENBUS_CONNECTED, !_i);
	ck_assert_uint_eq(bad->starts, 1);
}
END_TEST

/* ---- Guests that do not rest ---- */

/*
 * A second of its host's time is all that a minute of this is worth.  What is
 * not wrong in itself may happen once a second.
 */
static void check_bounded(unsigned int starts, unsigned int lines)
{
	ck_assert_msg(bad->starts <= starts, "%u starts", bad->starts);
	ck_assert_uint_le(rig_complaints(rig), lines);
	check_good_untouched();
	check_nothing_left(false);
}

START_TEST(changing_the_ring_without_end_is_slowed_down)
{
	unsigned int i;

	rig_connect(bad);
	for (i = 0; i < 3000; i++) {
		rig_front_ring(bad, RIG_REF(7) + (i & 1u), RIG_PORT(7));
		rig_front(bad, "state", "3");
		rig_run(rig, 10);
	}
	check_bounded(20 + 3000 * 10 / 1000, 0);
}
END_TEST

START_TEST(opening_and_closing_without_end_is_slowed_down)
{
	static const unsigned int pauses[] = { 1, 4, 7, 15, 30 };
	unsigned int i;

	rig_front_ring(bad, RIG_REF(7), RIG_PORT(7));
	for (i = 0; i < 3000; i++) {
		rig_front(bad, "state", i % 2 ? "3" : "6");
		rig_run(rig, pauses[_i]);
	}
	check_bounded(20 + 3000 * pauses[_i] / 1000, 40);
}
END_TEST

START_TEST(bad_rings_without_end_are_slowed_down)
{
	unsigned int i;

	rig_front_ring(bad, RIG_REF(8), RIG_PORT(7));
	for (i = 0; i < 600; i++) {
		rig_front(bad, "state", "3");
		rig_run(rig, 50);
		rig_front(bad, "state", "6");
		rig_run(rig, 50);
	}
	check_bounded(20, 20);
}
END_TEST

START_TEST(senseless_states_without_end_are_slowed_down)
{
	unsigned int i;

	for (i = 0; i < 600; i++) {
		rig_front(bad, "state", "9");
		rig_run(rig, 50);
		rig_front(bad, "state", "1");
		rig_run(rig, 50);
	}
	check_bounded(20, 20);
}
END_TEST

/* ---- */

static void add_rings(Suite *s)
{
	TCase *t = tcase_create("rings");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_broken_ring_ref_is_not_connected, 0, RINGS);
	tcase_add_loop_test(t, a_broken_event_channel_is_not_connected, 0,
			    RINGS);
	tcase_add_loop_test(
		t, a_ring_broken_while_connected_ends_the_connection, 0, RINGS);
	tcase_add_loop_test(t, a_ring_broken_meanwhile_is_not_adopted, 0,
			    RINGS);
	tcase_add_loop_test(t, only_1_announces_the_protocol, 0, 6);
	suite_add_tcase(s, t);
}

static void add_states(Suite *s)
{
	TCase *t = tcase_create("states");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_senseless_state_closes_the_offer, 0, STATES);
	tcase_add_loop_test(t, a_senseless_state_ends_the_connection, 0,
			    STATES);
	tcase_add_test(t, a_state_that_goes_backwards_ends_the_connection);
	tcase_add_loop_test(t, a_front_end_without_its_directory_is_closed, 0,
			    5);
	tcase_add_loop_test(t, a_directory_may_go_at_any_moment, 0, 40);
	tcase_add_loop_test(t, our_directory_may_go_at_any_moment, 0, 40);
	suite_add_tcase(s, t);
}

static void add_paths(Suite *s)
{
	TCase *t = tcase_create("paths");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_guests_paths_are_not_followed);
	tcase_add_loop_test(t, another_domains_front_end_is_refused, 0,
			    2 * PATHS);
	suite_add_tcase(s, t);
	t = tcase_create("permissions");
	tcase_add_checked_fixture(t, setup_driver_domain, teardown);
	tcase_add_loop_test(t, a_state_that_may_not_be_read_is_senseless, 0, 2);
	tcase_add_loop_test(t, a_ring_that_may_not_be_read_is_not_connected, 0,
			    2);
	suite_add_tcase(s, t);
}

static void add_restless(Suite *s)
{
	TCase *t = tcase_create("restless");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_driver_may_be_loaded_a_hundred_times);
	tcase_add_loop_test(t, a_front_end_that_goes_is_not_to_blame, 0, 2);
	tcase_add_test(t, changing_the_ring_without_end_is_slowed_down);
	tcase_add_loop_test(t, opening_and_closing_without_end_is_slowed_down,
			    0, 5);
	tcase_add_test(t, bad_rings_without_end_are_slowed_down);
	tcase_add_test(t, senseless_states_without_end_are_slowed_down);
	suite_add_tcase(s, t);
}

int main(void)
{
	Suite *s = suite_create("device with a hostile guest");

	add_rings(s);
	add_states(s);
	add_paths(s);
	add_restless(s);
	return suite_run(s);
}
