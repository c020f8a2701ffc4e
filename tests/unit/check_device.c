/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a device: guests, toolstack and workers that behave. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device_rig.h"
#include "suite.h"
#include "vring.h"

static struct rig *rig;
static char *before; /* the store without any vTPM */

static void setup(void)
{
	rig = rig_new(0);
	before = xs_fake_dump(rig->store);
}

static void teardown(void)
{
	rig_free(rig);
	free(before);
}

static void check_nothing_left(void)
{
	char *after = xs_fake_dump(rig->store);

	ck_assert_str_eq(after, before);
	free(after);
	/* Its own directory is still watched. */
	ck_assert_uint_eq(xs_fake_watches(rig->daemon), 1);
}

static struct rig_device *attach_connected(uint32_t domid)
{
	struct rig_device *d = rig_attach(rig, domid, 0);

	rig_run(rig, 1000);
	rig_connect(d);
	return d;
}

/* ---- Opening ---- */

START_TEST(a_device_is_offered_when_its_tpm_is_there)
{
	struct rig_device *d = rig_attach(rig, 7, 0);

	rig_run(rig, 10);
	ck_assert_int_eq(rig_state(d), XENBUS_INITIALISING);
	ck_assert_uint_eq(d->starts, 1);
	ck_assert_uint_eq(d->adoptions, 0);
	rig_run(rig, 10);
	ck_assert_int_eq(rig_state(d), XENBUS_INIT_WAIT);
	ck_assert_str_eq(rig_read(d, "feature-protocol-v2"), "1");
	ck_assert_str_eq(rig_read(d, "instance"), "1");
	rig_run(rig, 10000);
	ck_assert_int_eq(rig_state(d), XENBUS_INIT_WAIT);
	ck_assert_uint_eq(rig_complaints(rig), 0);
}
END_TEST

/* libxl must see InitWait, even if the guest's driver is faster. */
START_TEST(the_offer_stands_for_libxl_to_see)
{
	struct rig_device *d = rig_attach(rig, 7, 0);

	rig_front_ring(d, RIG_REF(7), RIG_PORT(7));
	rig_front(d, "state", "3");
	rig_run(rig, 20);
	ck_assert_int_eq(rig_state(d), XENBUS_INIT_WAIT);
	rig_run(rig, 240);
	ck_assert_int_eq(rig_state(d), XENBUS_INIT_WAIT);
	rig_run(rig, 30);
	ck_assert_int_eq(rig_state(d), XENBUS_CONNECTED);
}
END_TEST

/* Linux talks to its TPM as Initialised, mini-os says Connected at once. */
START_TEST(the_ring_is_taken_from_either_state)
{
	struct rig_device *d = rig_attach(rig, 7, 0);

	rig_run(rig, 1000);
	rig_front_ring(d, RIG_REF(7), RIG_PORT(7));
	rig_front(d, "state", _i ? "4" : "3");
	rig_run(rig, 50);
	ck_assert_int_eq(rig_state(d), XENBUS_CONNECTED);
	ck_assert_uint_eq(d->ring.protocol, VRING_V2);
	ck_assert_uint_eq(d->ring.ring_ref, RIG_REF(7));
	ck_assert_uint_eq(d->ring.event_channel, RIG_PORT(7));
	ck_assert_uint_eq(d->connects, 1);
}
END_TEST

START_TEST(connected_is_said_after_the_ring_was_mapped)
{
	struct rig_device *d = rig_attach(rig, 7, 0);

	d->slow_ms = 300;
	rig_run(rig, 1000);
	rig_front_ring(d, RIG_REF(7), RIG_PORT(7));
	rig_front(d, "state", "3");
	rig_run(rig, 250);
	ck_assert_uint_eq(d->connects, 1);
	ck_assert_int_eq(rig_state(d), XENBUS_INIT_WAIT);
	rig_run(rig, 250);
	ck_assert_int_eq(rig_state(d), XENBUS_CONNECTED);
}
END_TEST

/* ---- Closing and opening again ---- */

START_TEST(a_closed_front_end_finds_the_device_open_again)
{
	struct rig_device *d = attach_connected(7);

	for (unsigned int i = 1; i <= 3; i++) {
		/* Connections of a healthy length. */
		rig_run(rig, 5000);
		rig_front(d, "state", "5");
		rig_run(rig, 200);
		ck_assert_int_eq(rig_state(d), XENBUS_CLOSING);
		ck_assert(d->running);
		rig_front(d, "state", "6");
		rig_run(rig, 20);
		ck_assert_int_eq(rig_state(d), XENBUS_CLOSED);
		ck_assert(!d->running);
		ck_assert_uint_eq(d->stops, i);
		rig_run(rig, 150);
		ck_assert_int_eq(rig_state(d), XENBUS_INIT_WAIT);
		ck_assert_uint_eq(d->starts, i + 1);
		rig_front(d, "state", "1");
		rig_run(rig, 10);
		rig_connect(d);
	}
	ck_assert_uint_eq(d->adoptions, 0);
	ck_assert_uint_eq(rig_complaints(rig), 0);
}
END_TEST

/* A kexec'ed Linux waits for Closed and then for InitWait. */
START_TEST(closed_lasts_long_enough_to_be_seen)
{
	struct rig_device *d = attach_connected(7);

	rig_front(d, "state", "5");
	rig_run(rig, 20);
	rig_front(d, "state", "6");
	rig_run(rig, 20);
	ck_assert_int_eq(rig_state(d), XENBUS_CLOSED);
	rig_front(d, "state", "1");
	rig_run(rig, 80);
	ck_assert_int_eq(rig_state(d), XENBUS_CLOSED);
	rig_run(rig, 60);
	ck_assert_int_eq(rig_state(d), XENBUS_INIT_WAIT);
	rig_connect(d);
	ck_assert_uint_eq(rig_complaints(rig), 0);
}
END_TEST

/* Linux after a suspend in the same domain: a new ring, no Closed between. */
START_TEST(another_ring_is_taken_without_leaving_connected)
{
	struct rig_device *d = attach_connected(7);

	rig_run(rig, 5000);
	memset(rig->states, 0, sizeof(rig->states));
	rig_front_ring(d, RIG_REF(7) + 1, RIG_PORT(7) + 1);
	rig_front(d, "state", "3");
	rig_run(rig, 500);
	rig_front(d, "state", "4");
	rig_run(rig, 500);
	ck_assert_str_eq(rig->states, "4");
	ck_assert_uint_eq(d->ring.ring_ref, RIG_REF(7) + 1);
	ck_assert_uint_eq(d->ring.event_channel, RIG_PORT(7) + 1);
	ck_assert_uint_eq(d->starts, 2);
	ck_assert_uint_eq(d->adoptions, 1);
	/* The same ring announced again is no reason for anything. */
	rig_front_ring(d, RIG_REF(7) + 1, RIG_PORT(7) + 1);
	rig_run(rig, 500);
	ck_assert_uint_eq(d->starts, 2);
	ck_assert_uint_eq(rig_complaints(rig), 0);
}
END_TEST

/*
 * A driver that is unloaded while it probes: its next ring may have the same
 * numbers and be another page.
 */
START_TEST(a_front_end_that_gives_up_while_connecting_is_let_go)
{
	struct rig_device *d = rig_attach(rig, 7, 0);

	rig_run(rig, 1000);
	d->slow_ms = _i ? 50 : 0;
	rig_front_ring(d, RIG_REF(7), RIG_PORT(7));
	rig_front(d, "state", "3");
	rig_run(rig, _i ? 20 : 4);
	ck_assert_int_eq(rig_state(d), XENBUS_INIT_WAIT);
	rig_front(d, "state", "6");
	rig_run(rig, 200);
	ck_assert_int_eq(rig_state(d), XENBUS_INIT_WAIT);
	ck_assert_uint_eq(d->stops, 1);
	/* The next worker is ready before it is needed. */
	ck_assert_uint_eq(d->starts, 2);
	ck_assert_uint_eq(d->connects, 1);
	rig_connect(d);
	ck_assert_uint_eq(d->connects, 2);
	ck_assert_uint_eq(rig_complaints(rig), 0);
}
END_TEST

/* ---- Workers that end ---- */

START_TEST(a_worker_that_dies_is_replaced_unseen)
{
	struct rig_device *d = attach_connected(7);

	rig_run(rig, 5000);
	memset(rig->states, 0, sizeof(rig->states));
	rig_worker_dies(d);
	rig_run(rig, 200);
	ck_assert_str_eq(rig->states, "4");
	ck_assert(d->running);
	ck_assert_uint_eq(d->adoptions, 1);
	ck_assert_uint_eq(d->connects, 2);
	ck_assert_uint_eq(d->ring.ring_ref, RIG_REF(7));
}
END_TEST

START_TEST(a_worker_that_dies_before_its_ring_is_replaced)
{
	struct rig_device *d = rig_attach(rig, 7, 0);

	rig_run(rig, 1000);
	rig_worker_dies(d);
	rig_run(rig, 200);
	ck_assert(d->running);
	rig_connect(d);
	ck_assert_uint_eq(d->starts, 2);
}
END_TEST

START_TEST(workers_that_die_are_replaced_ever_later_and_then_given_up)
{
	struct rig_device *d = attach_connected(7), *other;
	uint64_t start = rig->now;

	other = attach_connected(8);
	rig_complaints(rig);
	d->dies_connected = true;
	rig_worker_dies(d);
	rig_run(rig, 30000);
	ck_assert_int_eq(rig_state(d), XENBUS_CLOSED);
	ck_assert_uint_eq(d->starts, 6);
	ck_assert(!d->running);
	ck_assert_uint_eq(rig_complaints(rig), 1);
	ck_assert_str_ne(rig_read(d, "state"), "");
	ck_assert(rig_exists(rig, "/local/domain/0/error/backend/vtpm/7/0/"
				  "error"));
	ck_assert(rig->now - start > 30000);
	/* It stays so, whatever the guest does, until it is attached anew. */
	rig_front(d, "state", "6");
	rig_run(rig, 1000);
	rig_front(d, "state", "1");
	rig_run(rig, 60000);
	ck_assert_int_eq(rig_state(d), XENBUS_CLOSED);
	ck_assert_uint_eq(d->starts, 6);
	ck_assert_int_eq(rig_state(other), XENBUS_CONNECTED);
	ck_assert_uint_eq(other->starts, 1);
	rig_detach(d, false);
	rig_detach(other, false);
	check_nothing_left();
	d->dies_connected = false;
	attach_connected(7);
}
END_TEST

START_TEST(workers_that_last_are_replaced_without_end)
{
	struct rig_device *d = attach_connected(7);

	for (int i = 0; i < 30; i++) {
		rig_run(rig, 2000);
		ck_assert(d->running);
		rig_worker_dies(d);
		rig_run(rig, 200);
	}
	ck_assert_int_eq(rig_state(d), XENBUS_CONNECTED);
}
END_TEST

/* At random, and more often than not before they have lasted. */
START_TEST(workers_that_are_killed_are_replaced_without_end)
{
	struct rig_device *d = attach_connected(7);
	unsigned int adoptions;

	d->killed = true;
	for (unsigned int i = 0; i < 60; i++) {
		rig_run(rig, 300 + i * 7);
		adoptions = d->adoptions;
		rig_worker_dies(d);
		rig_run(rig, 100);
		ck_assert_uint_eq(d->adoptions, adoptions + 1);
	}
	ck_assert_int_eq(rig_state(d), XENBUS_CONNECTED);
	/* But not if it is done in a loop. */
	d->dies_connected = true;
	rig_worker_dies(d);
	adoptions = d->adoptions;
	rig_run(rig, 30000);
	ck_assert_uint_le(d->adoptions, adoptions + 5);
	ck_assert_int_eq(rig_state(d), XENBUS_CLOSED);
}
END_TEST

START_TEST(idle_workers_that_die_are_given_up_too)
{
	struct rig_device *d = rig_attach(rig, 7, 0);

	for (int i = 0; i < 10; i++) {
		rig_run(rig, 10000);
		if (d->running)
			rig_worker_dies(d);
	}
	rig_run(rig, 1000);
	ck_assert_uint_eq(d->starts, 6);
	ck_assert_int_eq(rig_state(d), XENBUS_CLOSED);
	ck_assert_uint_eq(rig_complaints(rig), 1);
}
END_TEST

START_TEST(a_vtpm_that_cannot_be_had_stays_unoffered)
{
	struct rig_device *d;

	rig->devices[0].start_error = _i ? 0 : -EBUSY;
	rig->devices[0].start_text = _i ? "its state is damaged" : NULL;
	d = rig_attach(rig, 7, 0);
	rig_run(rig, 20000);
	ck_assert_int_eq(rig_state(d), XENBUS_INITIALISING);
	ck_assert_uint_eq(d->starts, 1);
	ck_assert_uint_eq(rig_complaints(rig), 1);
	ck_assert(rig_exists(rig, "/local/domain/0/error/backend/vtpm/7/0/"
				  "error"));
	ck_assert_uint_le(rig_detach(d, false), 100);
	check_nothing_left();
}
END_TEST

START_TEST(a_worker_that_cannot_be_told_of_the_ring_is_replaced)
{
	struct rig_device *d = rig_attach(rig, 7, 0);

	rig_run(rig, 1000);
	d->connect_error = -EAGAIN;
	rig_front_ring(d, RIG_REF(7), RIG_PORT(7));
	rig_front(d, "state", "3");
	rig_run(rig, 5);
	d->connect_error = 0;
	rig_run(rig, 200);
	ck_assert_int_eq(rig_state(d), XENBUS_CONNECTED);
	ck_assert_uint_eq(d->starts, 2);
}
END_TEST

/* ---- The daemon is started again ---- */

START_TEST(a_connected_device_is_adopted)
{
	struct rig_device *d = attach_connected(7);

	rig_front(d, "state", _i ? "4" : "3");
	rig_run(rig, 100);
	rig_kill_daemon(rig);
	memset(rig->states, 0, sizeof(rig->states));
	rig_run(rig, 1000);
	rig_discover(d);
	rig_run(rig, 1000);
	ck_assert_str_eq(rig->states, "4");
	ck_assert_uint_eq(d->adoptions, 1);
	ck_assert_uint_eq(d->connects, 2);
	ck_assert_uint_eq(d->ring.ring_ref, RIG_REF(7));
	ck_assert(d->running);
	rig_detach(d, false);
	check_nothing_left();
	ck_assert_uint_eq(rig_complaints(rig), 0);
}
END_TEST

START_TEST(a_device_that_cannot_be_adopted_is_closed)
{
	struct rig_device *d = attach_connected(7);

	rig_kill_daemon(rig);
	if (_i == 0)
		d->start_text = "its volatile state is missing";
	else if (_i == 1)
		d->start_error = -ENOENT;
	else
		d->connect_text = "its ring is gone";
	rig_discover(d);
	rig_run(rig, 1000);
	ck_assert_int_eq(rig_state(d), XENBUS_CLOSED);
	ck_assert_uint_eq(rig_complaints(rig), 1);
	rig_detach(d, false);
	check_nothing_left();
}
END_TEST

/* Killed at any other moment: the handshake goes on from where it was. */
START_TEST(the_handshake_is_taken_up_anywhere)
{
	struct rig_device *d = rig_make(rig, 7, 0);
	char state[2] = { (char)('0' + _i), '\0' };

	rig_front_ring(d, RIG_REF(7), RIG_PORT(7));
	rig_front(d, "state", "3");
	rig_back(d, "state", state);
	rig_discover(d);
	rig_run(rig, 2000);
	ck_assert_int_eq(rig_state(d), XENBUS_CONNECTED);
	ck_assert(d->running);
	rig_detach(d, false);
	check_nothing_left();
}
END_TEST

/* ---- Detaching ---- */

START_TEST(detach_gives_a_connected_front_end_half_a_second)
{
	struct rig_device *d = attach_connected(7);
	unsigned int waited = rig_detach(d, false);

	ck_assert_uint_ge(waited, 490);
	ck_assert_uint_le(waited, 600);
	ck_assert_ptr_null(d->device);
	ck_assert_str_eq(rig->states, "124560");
	check_nothing_left();
	ck_assert_uint_eq(rig_complaints(rig), 0);
}
END_TEST

START_TEST(detach_waits_no_longer_than_the_front_end_needs)
{
	struct rig_device *d = attach_connected(7);

	rig_back(d, "online", "0");
	rig_back(d, "state", "5");
	rig_run(rig, 50);
	ck_assert(d->running);
	rig_front(d, "state", "6");
	rig_run(rig, 20);
	ck_assert_int_eq(rig_state(d), XENBUS_CLOSED);
	ck_assert(!d->running);
	/* libxl counts a step back from Closed as failure. */
	rig_run(rig, 5000);
	ck_assert_int_eq(rig_state(d), XENBUS_CLOSED);
	rig_detach(d, false);
	check_nothing_left();
}
END_TEST

START_TEST(detach_of_an_idle_device_is_quick)
{
	static const char *const states[] = { "0", "1", "2", "6", "7", "x" };
	struct rig_device *d = rig_attach(rig, 7, 0);

	rig_front(d, "state", states[_i]);
	ck_assert_uint_le(rig_detach(d, false), 50);
	check_nothing_left();
}
END_TEST

START_TEST(destroy_takes_the_front_end_away_first)
{
	struct rig_device *d = attach_connected(7);

	ck_assert_uint_le(rig_detach(d, true), 50);
	ck_assert_ptr_null(d->device);
	check_nothing_left();
	ck_assert_uint_eq(rig_complaints(rig), 0);
}
END_TEST

START_TEST(detach_during_a_start_waits_for_the_worker)
{
	struct rig_device *d = rig_attach(rig, 7, 0);

	d->slow_ms = 1000;
	rig_run(rig, 10);
	ck_assert_uint_ge(rig_detach(d, false), 1000);
	ck_assert_ptr_null(d->device);
	check_nothing_left();
}
END_TEST

START_TEST(a_device_that_is_wanted_again_stays)
{
	struct rig_device *d = attach_connected(7);

	rig_back(d, "online", "0");
	rig_run(rig, 100);
	ck_assert_int_eq(rig_state(d), XENBUS_CLOSING);
	rig_back(d, "online", "1");
	rig_front(d, "state", "6");
	rig_run(rig, 500);
	ck_assert_int_eq(rig_state(d), XENBUS_INIT_WAIT);
	rig_connect(d);
}
END_TEST

/* The directory is another device's before the daemon looked again. */
START_TEST(a_device_made_anew_in_the_same_place_starts_over)
{
	struct rig_device *d = attach_connected(7);

	if (_i) {
		d->dies_connected = true;
		rig_worker_dies(d);
		rig_run(rig, 30000);
		ck_assert_int_eq(rig_state(d), XENBUS_CLOSED);
		d->dies_connected = false;
	}
	rig->tool.ops->remove(rig->tool.ctx, XS_NO_TRANSACTION, d->back);
	rig->tool.ops->remove(rig->tool.ctx, XS_NO_TRANSACTION, d->front);
	rig_make(rig, 7, 0);
	rig_run(rig, 1000);
	ck_assert_int_eq(rig_state(d), XENBUS_INIT_WAIT);
	/* Its uuid may be another, so the worker is. */
	ck_assert_uint_eq(d->starts, _i ? 7 : 2);
	rig_connect(d);
	rig_detach(d, false);
	check_nothing_left();
}
END_TEST

START_TEST(a_domain_that_is_gone_takes_its_worker_along)
{
	struct rig_device *d = attach_connected(7);

	rig_front_remove(d, "");
	device_domain_gone(d->device);
	d->dirty = true;
	rig_run(rig, 1000);
	ck_assert(!d->running);
	ck_assert_uint_eq(d->starts, 1);
	rig_detach(d, true);
	check_nothing_left();
}
END_TEST

START_TEST(two_vtpms_of_one_domain_are_two)
{
	struct rig_device *a = attach_connected(7), *b;

	b = rig_attach(rig, 7, 1);
	b->start_text = "its state is missing";
	rig_run(rig, 1000);
	a->connect_text = "its ring is gone";
	rig_worker_dies(a);
	rig_run(rig, 1000);
	ck_assert_uint_eq(rig_complaints(rig), 2);
	rig_detach(b, false);
	/* The other's error stays. */
	ck_assert(rig_exists(rig, "/local/domain/0/error/backend/vtpm/7/0"));
	ck_assert(!rig_exists(rig, "/local/domain/0/error/backend/vtpm/7/1"));
	rig_detach(a, false);
	check_nothing_left();
}
END_TEST

/* ---- Xenstore in the way ---- */

static unsigned int commits_left;

static void remove_at_commit(void *arg)
{
	struct rig_device *d = arg;

	if (commits_left && --commits_left == 0)
		rig->tool.ops->remove(rig->tool.ctx, XS_NO_TRANSACTION,
				      d->back);
}

/* The directory goes between our looking and our writing, each time. */
START_TEST(no_ghost_of_a_removed_directory_is_written)
{
	struct rig_device *d = rig_attach(rig, 7, 0);

	xs_fake_before_end(rig->daemon, remove_at_commit, d);
	commits_left = (unsigned int)_i;
	rig_front_ring(d, RIG_REF(7), RIG_PORT(7));
	rig_front(d, "state", "3");
	rig_run(rig, 1000);
	rig_front(d, "state", "5");
	rig_run(rig, 100);
	rig_front(d, "state", "6");
	rig_run(rig, 1000);
	ck_assert_uint_eq(commits_left, 0);
	ck_assert(!rig_exists(rig, d->back));
	ck_assert_ptr_null(d->device);
	ck_assert(!d->running);
	ck_assert_uint_eq(rig_complaints(rig), 0);
}
END_TEST

static void offline_at_commit(void *arg)
{
	struct rig_device *d = arg;

	if (commits_left && --commits_left == 0) {
		rig_back(d, "online", "0");
		rig_back(d, "state", "5");
	}
}

/* The toolstack unplugs between our looking and our writing. */
START_TEST(a_detach_is_not_overwritten)
{
	struct rig_device *d = rig_attach(rig, 7, 0);

	xs_fake_before_end(rig->daemon, offline_at_commit, d);
	commits_left = (unsigned int)_i;
	rig_front_ring(d, RIG_REF(7), RIG_PORT(7));
	rig_front(d, "state", "3");
	rig_run(rig, 3000);
	ck_assert_uint_eq(commits_left, 0);
	ck_assert_int_eq(rig_state(d), XENBUS_CLOSED);
	ck_assert(!d->running);
	rig_detach(d, false);
	check_nothing_left();
}
END_TEST

START_TEST(conflicts_are_tried_again)
{
	struct rig_device *d = rig_attach(rig, 7, 0);

	xs_fake_fail(rig->daemon, XS_FAKE_END, 1, (unsigned int)_i, -EAGAIN);
	rig_run(rig, 2000);
	ck_assert_int_eq(rig_state(d), XENBUS_INIT_WAIT);
	rig_connect(d);
	ck_assert_uint_eq(rig_complaints(rig), 0);
}
END_TEST

/* One whole life, from attach to detach. */
static void live(void)
{
	struct rig_device *d = rig_attach(rig, 7, 0);

	rig_run(rig, 1000);
	rig_connect(d);
	rig_run(rig, 2000);
	rig_front(d, "state", "5");
	rig_run(rig, 200);
	rig_front(d, "state", "6");
	rig_run(rig, 1000);
	ck_assert_int_eq(rig_state(d), XENBUS_INIT_WAIT);
	rig_connect(d);
	rig_worker_dies(d);
	rig_run(rig, 1000);
	ck_assert_int_eq(rig_state(d), XENBUS_CONNECTED);
	ck_assert(d->running);
	ck_assert_uint_lt(rig_detach(d, false), 2000);
	rig_run(rig, 1000);
	ck_assert_ptr_null(d->device);
}

static const enum xs_fake_call failing[] = { XS_FAKE_READ, XS_FAKE_WRITE,
					     XS_FAKE_START, XS_FAKE_END };

/* Each call of a life fails, alone and five times over. */
START_TEST(a_failing_call_only_delays)
{
	unsigned int calls, nth, before_life;

	before_life = xs_fake_calls(rig->daemon, failing[_i]);
	live();
	calls = xs_fake_calls(rig->daemon, failing[_i]) - before_life;
	ck_assert_uint_gt(calls, 4);
	for (nth = 1; nth <= calls; nth++) {
		xs_fake_fail(rig->daemon, failing[_i], nth, nth % 2 ? 1 : 5,
			     -EIO);
		live();
		check_nothing_left();
		ck_assert_uint_eq(rig_complaints(rig), 0);
	}
}
END_TEST

START_TEST(a_device_without_its_watch_is_none)
{
	struct rig_device *d = rig_make(rig, 7, 0);
	static const struct device_ops none;

	xs_fake_fail(rig->daemon, XS_FAKE_WATCH, 1, 1, -ENOSPC);
	ck_assert_ptr_null(device_new(&rig->daemon, &none, d, 0, 7, 0));
	ck_assert_uint_eq(xs_fake_watches(rig->daemon), 1);
}
END_TEST

/* ---- */

static void add_life(Suite *s)
{
	TCase *t = tcase_create("life");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_device_is_offered_when_its_tpm_is_there);
	tcase_add_test(t, the_offer_stands_for_libxl_to_see);
	tcase_add_loop_test(t, the_ring_is_taken_from_either_state, 0, 2);
	tcase_add_test(t, connected_is_said_after_the_ring_was_mapped);
	tcase_add_test(t, a_closed_front_end_finds_the_device_open_again);
	tcase_add_test(t, closed_lasts_long_enough_to_be_seen);
	tcase_add_test(t, another_ring_is_taken_without_leaving_connected);
	tcase_add_loop_test(
		t, a_front_end_that_gives_up_while_connecting_is_let_go, 0, 2);
	suite_add_tcase(s, t);
}

static void add_workers(Suite *s)
{
	TCase *t = tcase_create("workers");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_worker_that_dies_is_replaced_unseen);
	tcase_add_test(t, a_worker_that_dies_before_its_ring_is_replaced);
	tcase_add_test(
		t, workers_that_die_are_replaced_ever_later_and_then_given_up);
	tcase_add_test(t, workers_that_last_are_replaced_without_end);
	tcase_add_test(t, workers_that_are_killed_are_replaced_without_end);
	tcase_add_test(t, idle_workers_that_die_are_given_up_too);
	tcase_add_loop_test(t, a_vtpm_that_cannot_be_had_stays_unoffered, 0, 2);
	tcase_add_test(t, a_worker_that_cannot_be_told_of_the_ring_is_replaced);
	tcase_add_loop_test(t, a_connected_device_is_adopted, 0, 2);
	tcase_add_loop_test(t, a_device_that_cannot_be_adopted_is_closed, 0, 3);
	tcase_add_loop_test(t, the_handshake_is_taken_up_anywhere, 1, 9);
	suite_add_tcase(s, t);
}

static void add_ends(Suite *s)
{
	TCase *t = tcase_create("ends");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, detach_gives_a_connected_front_end_half_a_second);
	tcase_add_test(t, detach_waits_no_longer_than_the_front_end_needs);
	tcase_add_loop_test(t, detach_of_an_idle_device_is_quick, 0, 6);
	tcase_add_test(t, destroy_takes_the_front_end_away_first);
	tcase_add_test(t, detach_during_a_start_waits_for_the_worker);
	tcase_add_test(t, a_device_that_is_wanted_again_stays);
	tcase_add_loop_test(t, a_device_made_anew_in_the_same_place_starts_over,
			    0, 2);
	tcase_add_test(t, a_domain_that_is_gone_takes_its_worker_along);
	tcase_add_test(t, two_vtpms_of_one_domain_are_two);
	suite_add_tcase(s, t);
}

static void add_xenstore(Suite *s)
{
	TCase *t = tcase_create("xenstore");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, no_ghost_of_a_removed_directory_is_written, 1,
			    6);
	tcase_add_loop_test(t, a_detach_is_not_overwritten, 1, 3);
	tcase_add_loop_test(t, conflicts_are_tried_again, 1, 30);
	tcase_add_loop_test(t, a_failing_call_only_delays, 0, 4);
	tcase_add_test(t, a_device_without_its_watch_is_none);
	suite_add_tcase(s, t);
}

int main(void)
{
	Suite *s = suite_create("device");

	add_life(s);
	add_workers(s);
	add_ends(s);
	add_xenstore(s);
	return suite_run(s);
}
