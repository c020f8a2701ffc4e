/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The daemon and domains that are suspended: what is saved when, who gets it,
 * and that no vTPM is ever two domains'.
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "live.h"
#include "parent_rig.h"
#include "settings.h"
#include "suite.h"
#include "template.h"
#include "worker_fake.h"
#include "xenbus.h"

#define UUID  "0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a01"
#define SAVED "state/1/saved"

#define RESUMED "goes on as it was when its guest was suspended"

/* The guest in domain 7, and what it is restored as. */
static void connect_first(void)
{
	attach_uuid(7, UUID);
	connect_guest(7);
}

static void attach_restored(uint32_t domid)
{
	domain_is_machine(domid, 7);
	attach_uuid(domid, UUID);
}

static void destroy(uint32_t domid)
{
	detach(domid);
	domain_is(domid, DOMAIN_GONE);
}

static void save_first(void)
{
	connect_first();
	domain_is(7, DOMAIN_SUSPENDED);
	destroy(7);
}

static unsigned int times_resumed(void)
{
	return lines_with(LOG_LEVEL_INFO, RESUMED);
}

/* ---- Save and restore ---- */

START_TEST(a_suspended_guest_is_saved_and_goes_on)
{
	start_daemon();
	save_first();
	/* On disk before the toolstack could end the domain. */
	ck_assert(exists(SAVED));
	ck_assert(!exists("run/live-1-7"));
	wait_exists("run/suspended-1-7", false);
	attach_restored(8);
	wait_state(8, XENBUS_INIT_WAIT);
	ck_assert_uint_eq(times_resumed(), 1);
	ck_assert(exists(SAVED));
	ck_assert(exists("run/live-1-8"));
	connect_guest(8);
	ck_assert(!exists(SAVED));
	/* It is the domain's now, whatever ends the worker. */
	front(8, "state", "5");
	wait_state(8, XENBUS_CLOSING);
	front(8, "state", "6");
	connect_guest(8);
	ck_assert_uint_eq(times_resumed(), 1);
	ck_assert_uint_eq(complaints(), 0);
	destroy(8);
	check_nothing_left();
	wait_exists("run/live-1-8", false);
	ck_assert(!exists(SAVED));
}
END_TEST

/* Halted, or destroyed as it ran: its power is off. */
START_TEST(a_domain_that_ended_otherwise_is_not_saved)
{
	start_daemon();
	connect_first();
	if (_i == 0)
		domain_is(7, DOMAIN_SHUTDOWN);
	destroy(7);
	wait_exists("run/live-1-7", false);
	ck_assert(!exists(SAVED));
	attach_restored(8);
	connect_guest(8);
	ck_assert_uint_eq(times_resumed(), 0);
	ck_assert_uint_eq(complaints(), 0);
}
END_TEST

START_TEST(what_was_saved_is_for_that_guest_only)
{
	start_daemon();
	save_first();
	attach_uuid(8, UUID);
	wait_state(8, XENBUS_INIT_WAIT);
	ck_assert_uint_eq(lines_with(LOG_LEVEL_WARNING, "is given up"), 1);
	/* Not until it is sure that it runs. */
	ck_assert(exists(SAVED));
	connect_guest(8);
	ck_assert(!exists(SAVED));
	ck_assert_uint_eq(times_resumed(), 0);
	ck_assert_uint_eq(complaints(), 1);
}
END_TEST

START_TEST(a_failed_restore_can_be_tried_again)
{
	start_daemon();
	save_first();
	attach_restored(8);
	wait_state(8, XENBUS_INIT_WAIT);
	detach(8);
	ck_assert(exists(SAVED));
	ck_assert(!exists("run/live-1-8"));
	attach_restored(9);
	connect_guest(9);
	ck_assert_uint_eq(times_resumed(), 2);
	ck_assert(!exists(SAVED));
	ck_assert_uint_eq(complaints(), 0);
}
END_TEST

/* A guest without a driver, say: what follows is a boot, not a resumption. */
START_TEST(a_restored_guest_that_ran_has_used_it_up)
{
	start_daemon();
	save_first();
	attach_restored(8);
	wait_state(8, XENBUS_INIT_WAIT);
	domain_is(8, _i ? DOMAIN_SHUTDOWN : DOMAIN_RUNNING);
	detach(8);
	ck_assert(!exists(SAVED));
	domain_is(8, DOMAIN_GONE);
	attach_restored(9);
	connect_guest(9);
	ck_assert_uint_eq(times_resumed(), 1);
	ck_assert_uint_eq(complaints(), 0);
}
END_TEST

/* ... but one that is suspended again without has not. */
START_TEST(a_guest_without_a_driver_is_saved_again)
{
	start_daemon();
	save_first();
	attach_restored(8);
	wait_state(8, XENBUS_INIT_WAIT);
	domain_is(8, DOMAIN_SUSPENDED);
	destroy(8);
	ck_assert(exists(SAVED));
	attach_restored(9);
	connect_guest(9);
	ck_assert_uint_eq(times_resumed(), 2);
}
END_TEST

/* xl save -c, and a save or a migration that failed. */
START_TEST(a_guest_that_is_resumed_in_place_notices_nothing)
{
	pid_t before = 0, after = 0;

	start_daemon();
	connect_first();
	ck_assert_uint_eq(workers(&before), 1);
	domain_is(7, DOMAIN_SUSPENDED);
	wait_exists("run/suspended-1-7", true);
	domain_runs(7);
	usleep(100000);
	ck_assert_uint_eq(workers(&after), 1);
	ck_assert_int_eq(before, after);
	ck_assert_int_eq(state(7), XENBUS_CONNECTED);
	ck_assert(!exists(SAVED));
	/* The next news of any domain has the mark taken away. */
	domain_is(9, DOMAIN_GONE);
	wait_exists("run/suspended-1-7", false);
	domain_is(7, DOMAIN_SHUTDOWN);
	destroy(7);
	ck_assert(!exists(SAVED));
	ck_assert_uint_eq(complaints(), 0);
}
END_TEST

/* A vTPM that is only detached stays powered, and what is saved is not its. */
START_TEST(a_detached_device_is_not_a_suspended_one)
{
	start_daemon();
	connect_first();
	detach(7);
	ck_assert(exists("run/live-1-7"));
	ck_assert(!exists(SAVED));
	attach_uuid(7, UUID);
	connect_guest(7);
	ck_assert_uint_eq(complaints(), 0);
}
END_TEST

/* ---- Without room ---- */

START_TEST(what_cannot_be_saved_waits_in_the_run_directory)
{
	start_daemon();
	connect_first();
	domain_is(7, DOMAIN_SUSPENDED);
	wait_exists("run/suspended-1-7", true);
	/* No file takes this name. */
	ck_assert_int_eq(mkdir(SAVED, 0700), 0);
	ck_assert_int_eq(mkdir(SAVED "/x", 0700), 0);
	destroy(7);
	ck_assert(lines_with(LOG_LEVEL_ERROR, "cannot be saved") >= 1);
	ck_assert(exists("run/live-1-7"));
	/* Never a fresh boot's registers for a guest that goes on. */
	attach_restored(8);
	usleep(200000);
	ck_assert_int_eq(state(8), XENBUS_INITIALISING);
	detach(8);
	ck_assert(exists("run/live-1-7"));
	rmdir(SAVED "/x");
	rmdir(SAVED);
	attach_restored(9);
	connect_guest(9);
	ck_assert_uint_eq(times_resumed(), 1);
	ck_assert(!exists("run/live-1-7"));
	ck_assert(!exists("run/suspended-1-7"));
}
END_TEST

/* ---- A daemon that was not there ---- */

/* The domain went with its nodes while nobody looked. */
static void vanish(uint32_t domid)
{
	take(XS_NO_TRANSACTION, node_path(domid, false, ""));
	take(XS_NO_TRANSACTION, node_path(domid, true, ""));
	domain_is(domid, DOMAIN_GONE);
}

START_TEST(a_suspension_is_remembered)
{
	start_daemon();
	connect_first();
	domain_is(7, DOMAIN_SUSPENDED);
	wait_exists("run/suspended-1-7", true);
	ck_assert_int_eq(stop_daemon(), 0);
	vanish(7);
	start_daemon();
	wait_exists(SAVED, true);
	wait_exists("run/live-1-7", false);
	ck_assert(!exists("run/suspended-1-7"));
	ck_assert_uint_eq(complaints(), 0);
	attach_restored(8);
	connect_guest(8);
	ck_assert_uint_eq(times_resumed(), 1);
}
END_TEST

/* What nobody can open has been written since. */
static void write_live(const char *name)
{
	static const uint8_t key[SEAL_KEY_SIZE];
	const int fd = open(name, O_RDWR);
	struct live *live;

	ck_assert_int_eq(live_open(&live, fd, key, 1, 7), 0);
	ck_assert_int_eq(live_save(live, 1, 0), 0);
	live_close(live);
	close(fd);
}

/* It was resumed, used its TPM, and ended. */
START_TEST(a_suspension_that_was_over_is_not_remembered)
{
	start_daemon();
	connect_first();
	domain_is(7, DOMAIN_SUSPENDED);
	wait_exists("run/suspended-1-7", true);
	ck_assert_int_eq(stop_daemon(), 0);
	write_live("run/live-1-7");
	vanish(7);
	start_daemon();
	wait_exists("run/live-1-7", false);
	ck_assert(!exists(SAVED));
	ck_assert(!exists("run/suspended-1-7"));
	ck_assert_uint_eq(lines_with(LOG_LEVEL_WARNING,
				     "domain 7 ended while no daemon ran"),
			  1);
}
END_TEST

/* Nobody knows: the power is off, and the log says so. */
START_TEST(an_end_that_nobody_saw_is_told)
{
	start_daemon();
	connect_first();
	ck_assert_int_eq(stop_daemon(), 0);
	vanish(7);
	start_daemon();
	wait_exists("run/live-1-7", false);
	ck_assert(!exists(SAVED));
	ck_assert_uint_eq(complaints(), 1);
	ck_assert_uint_eq(lines_with(LOG_LEVEL_WARNING, "find its PCRs reset"),
			  1);
	attach_restored(8);
	connect_guest(8);
	ck_assert_uint_eq(times_resumed(), 0);
}
END_TEST

/* The toolstack waits ten seconds for us: time to be started again. */
START_TEST(a_daemon_that_starts_while_a_device_goes_saves_it)
{
	start_daemon();
	connect_first();
	ck_assert_int_eq(stop_daemon(), 0);
	domain_is(7, DOMAIN_SUSPENDED);
	take(XS_NO_TRANSACTION, node_path(7, true, ""));
	back(7, "online", "0");
	back(7, "state", "5");
	start_daemon();
	wait_state(7, XENBUS_CLOSED);
	ck_assert(exists(SAVED));
	ck_assert(!exists("run/live-1-7"));
	ck_assert_uint_eq(complaints(), 0);
}
END_TEST

/* ---- Migration within the host ---- */

START_TEST(a_suspended_domain_hands_its_vtpm_over)
{
	start_daemon();
	connect_first();
	domain_is(7, DOMAIN_SUSPENDED);
	attach_restored(8);
	wait_state(8, XENBUS_INIT_WAIT);
	ck_assert_uint_eq(lines_with(LOG_LEVEL_INFO, "handed over by domain 7"),
			  1);
	ck_assert_uint_eq(times_resumed(), 1);
	wait_workers(1);
	ck_assert_int_eq(state(7), XENBUS_CONNECTED);
	ck_assert(!exists("run/live-1-7"));
	/* The first may go before the second has a driver, or after. */
	if (_i == 0)
		destroy(7);
	connect_guest(8);
	ck_assert(!exists(SAVED));
	if (_i == 1)
		destroy(7);
	ck_assert(!exists(SAVED));
	wait_workers(1);
	ck_assert_int_eq(state(8), XENBUS_CONNECTED);
	ck_assert_uint_eq(complaints(), 0);
	destroy(8);
	check_nothing_left();
}
END_TEST

START_TEST(a_failed_migration_leaves_the_source_as_it_was)
{
	start_daemon();
	connect_first();
	domain_is(7, DOMAIN_SUSPENDED);
	attach_restored(8);
	wait_state(8, XENBUS_INIT_WAIT);
	detach(8);
	/* Served again before it is resumed, of which nobody tells. */
	wait_exists("run/live-1-7", true);
	wait_exists(SAVED, false);
	wait_workers(1);
	domain_runs(7);
	ck_assert_int_eq(state(7), XENBUS_CONNECTED);
	ck_assert_uint_eq(times_resumed(), 2);
	ck_assert_uint_eq(complaints(), 0);
	domain_is(7, DOMAIN_SHUTDOWN);
	destroy(7);
	ck_assert(!exists(SAVED));
	check_nothing_left();
}
END_TEST

/* The receiver was killed: its domain stays, and never runs. */
START_TEST(a_source_that_runs_again_takes_its_vtpm_back)
{
	start_daemon();
	connect_first();
	domain_is(7, DOMAIN_SUSPENDED);
	attach_restored(8);
	wait_state(8, XENBUS_INIT_WAIT);
	domain_runs(7);
	wait_lines(LOG_LEVEL_INFO, "handed over by domain 8", 1);
	wait_exists("run/live-1-7", true);
	wait_exists(SAVED, false);
	wait_workers(1);
	ck_assert(!exists("run/live-1-8"));
	ck_assert_int_eq(state(7), XENBUS_CONNECTED);
	/* The other waits, says so, and is refused. */
	wait_lines(LOG_LEVEL_ERROR, "domain 8 vtpm 0: its vTPM (instance 1) is "
				    "in use by domain 7",
		   1);
	ck_assert_int_eq(state(7), XENBUS_CONNECTED);
	destroy(8);
	wait_workers(1);
}
END_TEST

START_TEST(of_two_that_run_the_second_is_refused)
{
	start_daemon();
	connect_first();
	if (_i == 0)
		domain_runs(8);
	attach_restored(8);
	/* One that was not started yet may be a migration: it may wait. */
	usleep(200000);
	ck_assert_uint_eq(complaints(), _i == 0 ? 1 : 0);
	wait_lines(LOG_LEVEL_ERROR, "in use by domain 7: not started twice", 1);
	ck_assert_int_eq(state(8), XENBUS_INITIALISING);
	ck_assert_int_eq(state(7), XENBUS_CONNECTED);
	wait_workers(1);
}
END_TEST

START_TEST(an_early_device_waits_for_the_suspension)
{
	start_daemon();
	connect_first();
	attach_restored(8);
	usleep(300000);
	ck_assert_int_eq(state(8), XENBUS_INITIALISING);
	domain_is(7, DOMAIN_SUSPENDED);
	connect_guest(8);
	ck_assert_uint_eq(times_resumed(), 1);
	ck_assert_uint_eq(complaints(), 0);
}
END_TEST

/* A copy of a guest that runs on: both at once is one too many. */
START_TEST(a_source_that_comes_back_late_is_closed)
{
	start_daemon();
	connect_first();
	domain_is(7, DOMAIN_SUSPENDED);
	attach_restored(8);
	connect_guest(8);
	domain_runs(7);
	wait_state(7, XENBUS_CLOSED);
	ck_assert_uint_eq(lines_with(LOG_LEVEL_ERROR,
				     "domain 7 vtpm 0: its vTPM (instance 1) "
				     "is in use by domain 8"),
			  1);
	ck_assert_int_eq(state(8), XENBUS_CONNECTED);
}
END_TEST

/* ---- Attached late ---- */

static struct settings said_of(uint32_t instance)
{
	struct settings s;

	ck_assert_int_eq(settings_read(h.dirs.state_fd, instance, &s), 0);
	return s;
}

START_TEST(a_new_vtpm_for_a_guest_that_runs_is_told)
{
	start_daemon();
	domain_runs(7);
	attach_uuid(7, UUID);
	connect_guest(7);
	ck_assert_uint_eq(lines_with(LOG_LEVEL_WARNING,
				     "is new and the guest runs already"),
			  1);
	ck_assert(said_of(1).attached_late);
	/* It is not new any more. */
	detach(7);
	attach_uuid(7, UUID);
	connect_guest(7);
	ck_assert_uint_eq(complaints(), 1);
}
END_TEST

START_TEST(a_new_vtpm_for_a_guest_that_runs_is_refused)
{
	h.options.no_late_attach = true;
	start_daemon();
	domain_runs(7);
	attach_uuid(7, UUID);
	wait_lines(LOG_LEVEL_ERROR, "refused (--no-late-attach)", 1);
	usleep(100000);
	ck_assert_int_eq(state(7), XENBUS_INITIALISING);
	detach(7);
	/* A guest that is being created may have it. */
	attach_uuid(8, UUID);
	connect_guest(8);
	ck_assert_uint_eq(complaints(), 1);
	ck_assert(!said_of(1).attached_late);
}
END_TEST

/* ---- What the administrator says ---- */

static void say_of(const struct settings *s)
{
	ck_assert_int_eq(settings_write(h.dirs.state_fd, 1, s), 0);
}

START_TEST(a_vtpm_that_moved_does_not_start)
{
	struct settings s = { .localities = 1, .moved = true };

	if (_i)
		snprintf(s.moved_to, sizeof(s.moved_to), "host B");
	start_daemon();
	save_first();
	say_of(&s);
	attach_restored(8);
	wait_lines(LOG_LEVEL_ERROR,
		   _i ? "has moved to host B:" : "has moved to another host:",
		   1);
	usleep(100000);
	ck_assert_int_eq(state(8), XENBUS_INITIALISING);
	detach(8);
	/* What it had is not touched.  Told to start, it goes on. */
	ck_assert(exists(SAVED));
	s.moved = false;
	say_of(&s);
	attach_restored(9);
	connect_guest(9);
	ck_assert_uint_eq(times_resumed(), 1);
}
END_TEST

START_TEST(settings_that_make_no_sense_stop_the_vtpm)
{
	FILE *f;

	start_daemon();
	save_first();
	f = fopen("state/1.conf", "we");
	fputs("moved perhaps\n", f);
	fclose(f);
	attach_restored(8);
	wait_lines(LOG_LEVEL_ERROR, "1.conf line 1", 1);
	usleep(100000);
	ck_assert_int_eq(state(8), XENBUS_INITIALISING);
}
END_TEST

START_TEST(localities_are_the_administrators)
{
	const struct settings s = { .localities = 1u << 0 | 1u << 4 };

	start_daemon();
	behave(1, "localities");
	attach_uuid(7, UUID);
	wait_lines(LOG_LEVEL_ERROR, "localities 1", 1);
	detach(7);
	say_of(&s);
	attach_uuid(7, UUID);
	wait_lines(LOG_LEVEL_ERROR, "localities 11", 1);
}
END_TEST

START_TEST(protocol_1_is_refused_where_they_say_so)
{
	struct settings s = SETTINGS_DEFAULT;

	s.protocol_1 = false;
	start_daemon();
	attach_uuid(7, UUID);
	wait_state(7, XENBUS_INIT_WAIT);
	detach(7);
	say_of(&s);
	attach_uuid(7, UUID);
	wait_state(7, XENBUS_INIT_WAIT);
	offer_ring_v1(7, "8");
	wait_lines(LOG_LEVEL_ERROR, "vtpmctl set 1 protocol-1=yes", 1);
	ck_assert_uint_eq(complaints(), 1);
}
END_TEST

/* ---- */

static void add_save(Suite *s)
{
	TCase *t = tcase_create("save");

	tcase_add_checked_fixture(t, rig_setup, rig_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_suspended_guest_is_saved_and_goes_on);
	tcase_add_loop_test(t, a_domain_that_ended_otherwise_is_not_saved, 0,
			    2);
	tcase_add_test(t, what_was_saved_is_for_that_guest_only);
	tcase_add_test(t, a_failed_restore_can_be_tried_again);
	tcase_add_loop_test(t, a_restored_guest_that_ran_has_used_it_up, 0, 2);
	tcase_add_test(t, a_guest_without_a_driver_is_saved_again);
	tcase_add_test(t, a_guest_that_is_resumed_in_place_notices_nothing);
	tcase_add_test(t, a_detached_device_is_not_a_suspended_one);
	tcase_add_test(t, what_cannot_be_saved_waits_in_the_run_directory);
	tcase_add_test(t, a_suspension_is_remembered);
	tcase_add_test(t, a_suspension_that_was_over_is_not_remembered);
	tcase_add_test(t, an_end_that_nobody_saw_is_told);
	tcase_add_test(t, a_daemon_that_starts_while_a_device_goes_saves_it);
	suite_add_tcase(s, t);
}

static void add_migration(Suite *s)
{
	TCase *t = tcase_create("migration");

	tcase_add_checked_fixture(t, rig_setup, rig_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_suspended_domain_hands_its_vtpm_over, 0, 2);
	tcase_add_test(t, a_failed_migration_leaves_the_source_as_it_was);
	tcase_add_test(t, a_source_that_runs_again_takes_its_vtpm_back);
	tcase_add_loop_test(t, of_two_that_run_the_second_is_refused, 0, 2);
	tcase_add_test(t, an_early_device_waits_for_the_suspension);
	tcase_add_test(t, a_source_that_comes_back_late_is_closed);
	suite_add_tcase(s, t);
}

static void add_settings(Suite *s)
{
	TCase *t = tcase_create("settings");

	tcase_add_checked_fixture(t, rig_setup, rig_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_new_vtpm_for_a_guest_that_runs_is_told);
	tcase_add_test(t, a_new_vtpm_for_a_guest_that_runs_is_refused);
	tcase_add_loop_test(t, a_vtpm_that_moved_does_not_start, 0, 2);
	tcase_add_test(t, settings_that_make_no_sense_stop_the_vtpm);
	tcase_add_test(t, localities_are_the_administrators);
	tcase_add_test(t, protocol_1_is_refused_where_they_say_so);
	suite_add_tcase(s, t);
}

int main(int argc, char **argv)
{
	Suite *s;

	if (argc == 1 && !strcmp(argv[0], TEMPLATE_NAME)) {
		/* suite.h's, not the daemon's. */
		unsetenv("CK_DEFAULT_TIMEOUT");
		return template_serve(argv[0], worker_fake_main);
	}
	signal(SIGPIPE, SIG_IGN);
	s = suite_create("suspend");
	add_save(s);
	add_migration(s);
	add_settings(s);
	return suite_run(s);
}
