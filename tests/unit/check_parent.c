/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon: its devices, workers that fail or are hostile, and its end. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin_socket.h"
#include "parent_rig.h"
#include "settings.h"
#include "suite.h"
#include "template.h"
#include "vring.h"
#include "worker_fake.h"
#include "xenbus.h"

/* ---- Life ---- */

START_TEST(a_device_lives_from_attach_to_detach)
{
	start_daemon();
	attach_connected(7);
	ck_assert_uint_eq(lines_with(LOG_LEVEL_INFO, "made a new fake TPM"), 1);
	wait_lines(LOG_LEVEL_INFO, "connected (instance 1)", 1);
	front(7, "state", "5");
	wait_state(7, XENBUS_CLOSING);
	front(7, "state", "6");
	wait_state(7, XENBUS_INIT_WAIT);
	connect_guest(7);
	detach(7);
	check_nothing_left();
	wait_lines(LOG_LEVEL_INFO, "domain 7 vtpm 0: gone", 1);
	ck_assert_uint_eq(complaints(), 0);
}
END_TEST

/* With all that the real one gives up; root only. */
START_TEST(a_worker_lives_in_its_sandbox)
{
	pid_t pid = 0;
	struct stat st;
	char path[128];

	if (geteuid() != 0)
		return;
	start_daemon();
	behave(1, "sandbox");
	attach_connected(7);
	ck_assert_uint_eq(workers(&pid), 1);
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	ck_assert_int_eq(stat(path, &st), 0);
	snprintf(path, sizeof(path), "%s/1", h.state);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_uid, STATEDIR_UID_BASE + 1);
	snprintf(path, sizeof(path), "%s/1/permanent", h.state);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_uid, STATEDIR_UID_BASE + 1);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	wait_lines(LOG_LEVEL_ERROR, "ended by signal 9", 1);
	wait_workers(1);
	ck_assert_int_eq(state(7), XENBUS_CONNECTED);
	detach(7);
	check_nothing_left();
}
END_TEST

START_TEST(what_is_there_at_the_start_is_found)
{
	attach(7);
	attach(8);
	/* What is no device of a domain's. */
	put(XS_NO_TRANSACTION, "/local/domain/0/backend/vtpm/x/0/frontend", "");
	put(XS_NO_TRANSACTION, "/local/domain/0/backend/vtpm/32752/0/frontend",
	    "");
	put(XS_NO_TRANSACTION, "/local/domain/0/backend/vtpm/9/00/frontend",
	    "");
	put(XS_NO_TRANSACTION,
	    "/local/domain/0/backend/vtpm/9/4294967296/frontend", "");
	start_daemon();
	wait_state(7, XENBUS_INIT_WAIT);
	wait_state(8, XENBUS_INIT_WAIT);
	wait_workers(2);
	put(XS_NO_TRANSACTION, "/local/domain/0/backend/vtpm/9/-1/frontend",
	    "");
	usleep(50000);
	wait_workers(2);
	ck_assert_uint_eq(complaints(), 0);
}
END_TEST

START_TEST(a_daemon_that_is_started_again_adopts)
{
	start_daemon();
	attach_connected(7);
	ck_assert_int_eq(stop_daemon(), 0);
	ck_assert_int_eq(state(7), XENBUS_CONNECTED);
	start_daemon();
	wait_workers(1);
	usleep(300000);
	ck_assert_int_eq(state(7), XENBUS_CONNECTED);
	wait_workers(1);
	ck_assert_uint_eq(lines_with(LOG_LEVEL_INFO, "made a new"), 1);
	wait_lines(LOG_LEVEL_INFO, "domain 7 vtpm 0: goes on (instance 1)", 1);
	ck_assert_uint_eq(complaints(), 0);
	detach(7);
	check_nothing_left();
}
END_TEST

START_TEST(a_worker_that_is_killed_is_replaced)
{
	pid_t first = 0, second = 0;

	start_daemon();
	attach_connected(7);
	ck_assert_uint_eq(workers(&first), 1);
	kill(first, SIGKILL);
	wait_lines(LOG_LEVEL_ERROR, "its worker was ended by signal 9", 1);
	wait_workers(1);
	ck_assert_uint_eq(workers(&second), 1);
	ck_assert_int_ne(first, second);
	ck_assert_int_eq(state(7), XENBUS_CONNECTED);
	detach(7);
	check_nothing_left();
}
END_TEST

/* The one of a template that was killed is no worse than any. */
START_TEST(workers_outlive_their_template)
{
	pid_t template = 0, other = 0, worker = 0;

	start_daemon();
	attach_connected(7);
	ck_assert_uint_eq(processes(TEMPLATE_NAME, &template, 1), 1);
	kill(template, SIGKILL);
	while (processes(TEMPLATE_NAME, &other, 1))
		usleep(5000);
	ck_assert_uint_eq(workers(&worker), 1);
	attach_connected(8);
	ck_assert_uint_eq(workers(&worker), 2);
	ck_assert_uint_eq(processes(TEMPLATE_NAME, &other, 1), 1);
	ck_assert_int_ne(template, other);
	ck_assert_int_eq(state(7), XENBUS_CONNECTED);
	ck_assert_uint_eq(complaints(), 0);
	/* There is one for all of them. */
	attach_connected(9);
	ck_assert_uint_eq(processes(TEMPLATE_NAME, &template, 1), 1);
	ck_assert_int_eq(template, other);
}
END_TEST

/* What a guest that brings its worker down can learn is of no use to it. */
START_TEST(a_crash_is_the_end_of_the_template)
{
	pid_t before = 0, after = 0, worker = 0;

	start_daemon();
	attach_connected(7);
	ck_assert_uint_eq(processes(TEMPLATE_NAME, &before, 1), 1);
	ck_assert_uint_eq(workers(&worker), 1);
	kill(worker, _i ? SIGABRT : SIGKILL);
	wait_lines(LOG_LEVEL_INFO, "domain 7 vtpm 0: goes on", 1);
	ck_assert_uint_eq(processes(TEMPLATE_NAME, &after, 1), 1);
	ck_assert((before != after) == (_i == 1));
}
END_TEST

static void mark_moved(bool moved)
{
	struct settings s = SETTINGS_DEFAULT;
	int fd = open(h.state, O_RDONLY | O_DIRECTORY);

	s.moved = moved;
	snprintf(s.moved_to, sizeof(s.moved_to), "%s", moved ? "hostb" : "");
	ck_assert_int_eq(settings_write(fd, 1, &s), 0);
	close(fd);
}

#define MOVED_UUID "0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a01"

/* Moved before, or just while its worker starts. */
START_TEST(a_vtpm_that_was_moved_is_not_started)
{
	start_daemon();
	attach_uuid(7, MOVED_UUID);
	wait_state(7, XENBUS_INIT_WAIT);
	detach(7);
	wait_workers(0);
	if (_i == 0)
		mark_moved(true);
	behave(1, "patient");
	attach_uuid(8, MOVED_UUID);
	if (_i == 1) {
		wait_workers(1);
		mark_moved(true);
	}
	unlink("behave-1");
	wait_lines(LOG_LEVEL_ERROR, "has moved to hostb", 1);
	wait_workers(0);
	ck_assert_int_ne(state(8), XENBUS_INIT_WAIT);
	detach(8);
	mark_moved(false);
	attach_uuid(9, MOVED_UUID);
	wait_state(9, XENBUS_INIT_WAIT);
}
END_TEST

/* vtpmctl's question. */
static unsigned int ask_control(struct control_reply *d, unsigned int most)
{
	const struct control_request q = { CONTROL_VERSION, CONTROL_LIST };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	unsigned int n = 0;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/" CONTROL_FILE, h.run);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(send(fd, &q, sizeof(q), 0), (int)sizeof(q));
	while (n < most) {
		ck_assert_int_eq(recv(fd, &d[n], sizeof(d[n]), 0),
				 (int)sizeof(d[n]));
		if (d[n].type == CONTROL_END)
			break;
		ck_assert_uint_eq(d[n++].type, CONTROL_DEVICE);
	}
	close(fd);
	return n;
}

START_TEST(the_control_socket_tells_what_is_served)
{
	struct control_reply d[4];
	pid_t pid = 0;

	start_daemon();
	attach_uuid(7, MOVED_UUID);
	wait_state(7, XENBUS_INIT_WAIT);
	ck_assert_uint_eq(ask_control(d, 4), 1);
	ck_assert_uint_eq(d[0].connected, 0);
	connect_guest(7);
	ck_assert_uint_eq(workers(&pid), 1);
	ck_assert_uint_eq(ask_control(d, 4), 1);
	ck_assert_uint_eq(d[0].domid, 7);
	ck_assert_uint_eq(d[0].handle, 0);
	ck_assert_uint_eq(d[0].instance, 1);
	ck_assert_uint_eq(d[0].state, XENBUS_CONNECTED);
	ck_assert_uint_eq(d[0].pid, (unsigned int)pid);
	ck_assert_uint_eq(d[0].connected, 1);
	ck_assert(d[0].connected_ms < 60000);
	ck_assert_str_eq(d[0].uuid, MOVED_UUID);
	kill(pid, SIGKILL);
	wait_lines(LOG_LEVEL_ERROR, "ended by signal 9", 1);
	wait_workers(1);
	ck_assert_uint_eq(ask_control(d, 4), 1);
	ck_assert_uint_eq(d[0].deaths, 1);
}
END_TEST

/* ---- Hostile guests and workers ---- */

START_TEST(a_hostile_guest_is_alone_with_its_fate)
{
	start_daemon();
	attach_connected(8);
	attach(7);
	wait_state(7, XENBUS_INIT_WAIT);
	offer_ring(7, _i == 0 ? "junk" : _i == 1 ? "9" : "4294967296");
	wait_state(7, XENBUS_CLOSED);
	ck_assert_uint_eq(complaints(), 1);
	ck_assert_uint_eq(lines_with(LOG_LEVEL_ERROR, "domain 7 vtpm 0: "), 1);
	ck_assert_int_eq(state(8), XENBUS_CONNECTED);
	detach(7);
	detach(8);
	check_nothing_left();
}
END_TEST

static const struct {
	const char *how, *said;
} hostile[] = {
	{ "out of turn", "its worker spoke out of turn: killed" },
	{ "ready twice", "its worker spoke out of turn: killed" },
	{ "wrong direction", "its worker sent what is no message: killed" },
	{ "empty", "its worker sent what is no message: killed" },
	{ "garbage", "its worker sent what is no message: killed" },
	{ "flood of nonsense", "its worker sent what is no message: killed" },
	{ "deaf", "its worker was ended by signal 9" },
	{ "closed", "its worker was ended by signal 9" },
	{ "crash", "its worker was ended by signal 6" },
	{ "status 9", "its worker ended with status 9" },
};
#define HOSTILE (int)(sizeof(hostile) / sizeof(hostile[0]))

/* Killed, with a line each time, and given up after the sixth. */
/* Of workers that were killed none is at fault. */
START_TEST(a_worker_is_told_how_many_crashed_before_it)
{
	start_daemon();
	behave(1, _i ? "is killed connecting" : "crashes connecting");
	attach(7);
	wait_state(7, XENBUS_INIT_WAIT);
	wait_lines(LOG_LEVEL_INFO, "crashes: 0", 1);
	offer_ring(7, "9");
	/* They follow one another faster than we look. */
	if (_i) {
		wait_some_lines(LOG_LEVEL_INFO, "crashes: 0", 4);
		ck_assert_uint_eq(lines_with(LOG_LEVEL_INFO, "crashes: 1"), 0);
	} else {
		wait_some_lines(LOG_LEVEL_INFO, "crashes: 1", 1);
		wait_some_lines(LOG_LEVEL_INFO, "crashes: 2", 1);
	}
}
END_TEST

START_TEST(a_hostile_worker_is_killed_and_given_up)
{
	start_daemon();
	behave(1, hostile[_i].how);
	attach(7);
	wait_lines(LOG_LEVEL_ERROR, hostile[_i].said, 1);
	attach_connected(8);
	/* Each line is about the hostile one, and there is one for each. */
	ck_assert_uint_le(complaints(), 7);
	ck_assert_uint_eq(lines_with(LOG_LEVEL_WARNING, "domain 7 vtpm 0: "),
			  complaints());
	ck_assert_int_eq(state(8), XENBUS_CONNECTED);
}
END_TEST

START_TEST(a_flood_of_lines_drowns_nobody)
{
	pid_t flooding = 0;

	start_daemon();
	behave(1, "flood of lines");
	attach(7);
	wait_lines(LOG_LEVEL_WARNING, "its worker says too much", 1);
	ck_assert_uint_eq(workers(&flooding), 1);
	/* The others have their turn meanwhile. */
	attach_connected(8);
	ck_assert_uint_le(lines_with(LOG_LEVEL_INFO, "domain 7"), 110);
	ck_assert_uint_eq(complaints(),
			  lines_with(LOG_LEVEL_WARNING, "says too much"));
	/* It would not hear that it is to end. */
	behave(1, "status 9");
	kill(flooding, SIGKILL);
	wait_lines(LOG_LEVEL_ERROR, "domain 7 vtpm 0: its worker was ended", 1);
}
END_TEST

START_TEST(last_words_are_heard)
{
	start_daemon();
	behave(1, "last words");
	attach(7);
	wait_lines(LOG_LEVEL_ERROR, "domain 7 vtpm 0: last words", 1);
	usleep(100000);
	wait_workers(0);
	ck_assert_int_eq(state(7), XENBUS_INITIALISING);
	ck_assert_uint_eq(lines_with(LOG_LEVEL_ERROR, ""), 1);
}
END_TEST

/* Protocol 1 is two, by the guest's word size. */
START_TEST(the_guests_word_size_goes_to_the_worker)
{
	char text[64];

	h.narrow = _i ? 7 : 8;
	start_daemon();
	behave(1, "protocol");
	attach(7);
	wait_state(7, XENBUS_INIT_WAIT);
	offer_ring_v1(7, "8");
	snprintf(text, sizeof(text), "domain 7 vtpm 0: protocol %d",
		 _i ? VRING_V1_32 : VRING_V1_64);
	wait_lines(LOG_LEVEL_ERROR, text, 1);
}
END_TEST

START_TEST(a_worker_that_does_not_end_is_killed)
{
	start_daemon();
	behave(1, "stubborn");
	attach(7);
	wait_state(7, XENBUS_INIT_WAIT);
	detach(7);
	ck_assert_uint_eq(complaints(), 1);
	ck_assert_uint_eq(
		lines_with(LOG_LEVEL_ERROR, "its worker does not end: killed"),
		1);
	check_nothing_left();
}
END_TEST

START_TEST(a_worker_inherits_what_it_needs)
{
	start_daemon();
	behave(1, "inspect");
	attach(7);
	wait_lines(LOG_LEVEL_ERROR, "domain 7 vtpm 0: ", 1);
	ck_assert_msg(lines_with(LOG_LEVEL_ERROR, "inherited what it should"),
		      "%s", h.lines[h.n_lines - 1]);
}
END_TEST

START_TEST(a_worker_program_that_is_missing_is_told)
{
	unlink(TEMPLATE_NAME);
	start_daemon();
	attach(7);
	wait_lines(LOG_LEVEL_ERROR, "/" TEMPLATE_NAME ": No such file", 1);
	ck_assert_int_eq(state(7), XENBUS_INITIALISING);
	detach(7);
	check_nothing_left();
}
END_TEST

/* ---- Whose vTPM ---- */

#define UUID "0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a01"

static const char *const no_uuids[] = {
	NULL,
	"",
	"guest",
	"0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a0",
	"0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a011",
	"0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a0g",
	"0d7c1a52/9c44/4f0e/9a3b/5b6f2f6b7a01",
	"0d7c1a52 9c44 4f0e 9a3b 5b6f2f6b7a01",
};
#define NO_UUIDS (int)(sizeof(no_uuids) / sizeof(no_uuids[0]))

START_TEST(a_device_without_uuid_is_refused)
{
	start_daemon();
	attach_uuid(7, no_uuids[_i]);
	wait_lines(LOG_LEVEL_ERROR, "it has no usable uuid node", 1);
	ck_assert_int_eq(state(7), XENBUS_INITIALISING);
	detach(7);
	check_nothing_left();
	ck_assert_uint_eq(complaints(), 1);
}
END_TEST

START_TEST(one_vtpm_serves_one_domain)
{
	start_daemon();
	attach_uuid(7, UUID);
	connect_guest(7);
	attach_uuid(8, UUID);
	wait_lines(LOG_LEVEL_ERROR, "in use by domain 7: not started twice", 1);
	ck_assert_int_eq(state(8), XENBUS_INITIALISING);
	ck_assert_int_eq(state(7), XENBUS_CONNECTED);
	detach(8);
	detach(7);
	/* It is free again. */
	attach_uuid(9, UUID);
	connect_guest(9);
	wait_lines(LOG_LEVEL_INFO, "connected (instance 1)", 2);
	detach(9);
	check_nothing_left();
}
END_TEST

/* As xl makes them without uuid=, and as it names what it migrates. */
START_TEST(a_guest_keeps_its_vtpm_under_new_uuids)
{
	put(XS_NO_TRANSACTION, "/local/domain/7/name", "U1");
	put(XS_NO_TRANSACTION, "/local/domain/8/name", "U2");
	put(XS_NO_TRANSACTION, "/local/domain/9/name", "U1--incoming");
	start_daemon();
	attach_connected(7);
	attach_connected(8);
	detach(7);
	attach_connected(9);
	wait_lines(LOG_LEVEL_INFO, "connected (instance 1)", 2);
	wait_lines(LOG_LEVEL_INFO, "connected (instance 2)", 1);
	ck_assert_uint_eq(lines_with(LOG_LEVEL_INFO, "made a new"), 2);
	ck_assert_uint_eq(complaints(), 0);
}
END_TEST

/* To go on without a name would be to give the guest a new vTPM. */
START_TEST(a_read_that_fails_makes_no_new_vtpm)
{
	int i;

	put(XS_NO_TRANSACTION, "/local/domain/7/name", "U1");
	put(XS_NO_TRANSACTION, "/local/domain/8/name", "U1");
	start_daemon();
	attach(7);
	wait_state(7, XENBUS_INIT_WAIT);
	detach(7);
	xs_fake_fail(h.daemon, XS_FAKE_READ, (unsigned int)_i, 1, -EIO);
	attach(8);
	for (i = 0; i < 2000 && state(8) != XENBUS_INIT_WAIT && !complaints();
	     i++)
		usleep(5000);
	ck_assert_int_lt(i, 2000);
	ck_assert_uint_eq(lines_with(LOG_LEVEL_INFO, "made instance"), 1);
	/* Of the reads before the worker starts, that of the name is one. */
	if (lines_with(LOG_LEVEL_ERROR, "/local/domain/8/name: "))
		ck_assert_int_eq(state(8), XENBUS_INITIALISING);
}
END_TEST

/* ---- Ends ---- */

START_TEST(a_domain_that_is_gone_leaves_nothing)
{
	start_daemon();
	attach_connected(7);
	attach_connected(8);
	ck_assert(exists("run/live-1-7"));
	domain_is(7, DOMAIN_GONE);
	wait_workers(1);
	ck_assert(!exists("run/live-1-7"));
	ck_assert(exists("run/live-2-8"));
	ck_assert_int_eq(state(8), XENBUS_CONNECTED);
	detach(7);
	detach(8);
	check_nothing_left();
}
END_TEST

START_TEST(one_domain_alone_is_served_to_its_end)
{
	h.options.domain = 7;
	attach(8);
	start_daemon();
	attach_connected(7);
	wait_workers(1);
	usleep(100000);
	ck_assert_int_eq(state(8), XENBUS_INITIALISING);
	take(XS_NO_TRANSACTION, node_path(7, true, ""));
	take(XS_NO_TRANSACTION, node_path(7, false, ""));
	domain_is(7, DOMAIN_GONE);
	ck_assert_int_eq(join_daemon(), 0);
}
END_TEST

START_TEST(a_lost_xenstore_is_the_end_with_1)
{
	start_daemon();
	attach_connected(7);
	xs_fake_lose(h.daemon);
	ck_assert_int_eq(join_daemon(), 1);
	ck_assert_int_eq(state(7), XENBUS_CONNECTED);
	ck_assert_uint_eq(lines_with(LOG_LEVEL_ERROR, "xenstore is gone"), 1);
}
END_TEST

START_TEST(a_daemon_without_its_watches_does_not_start)
{
	h.failing_watch = 1 + (unsigned int)_i;
	start_daemon();
	ck_assert_int_eq(join_daemon(), 1);
	ck_assert_uint_ge(complaints(), 1);
}
END_TEST

START_TEST(service_managers_and_scripts_hear_of_it)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char text[64] = "", path[80];
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	FILE *f;

	snprintf(path, sizeof(path), "%s/notify", h.dir);
	memcpy(addr.sun_path, path, strlen(path));
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&addr, sizeof(addr)),
			 0);
	setenv("NOTIFY_SOCKET", path, 1);
	h.options.pid_file = h.pid_file;
	start_daemon();
	ck_assert_int_eq(recv(fd, text, sizeof(text), 0), 7);
	ck_assert_mem_eq(text, "READY=1", 7);
	f = fopen(h.pid_file, "re");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), f));
	fclose(f);
	ck_assert_int_eq(strtol(text, NULL, 10), getpid());
	/* SIGHUP opens the log anew, and ends nothing. */
	kill(getpid(), SIGHUP);
	attach_connected(7);
	ck_assert_int_eq(stop_daemon(), 0);
	ck_assert_int_eq(recv(fd, text, sizeof(text), 0), 10);
	ck_assert_mem_eq(text, "STOPPING=1", 10);
	ck_assert_int_eq(faccessat(AT_FDCWD, h.pid_file, F_OK, 0), -1);
	close(fd);
	unsetenv("NOTIFY_SOCKET");
}
END_TEST

START_TEST(a_pid_file_that_cannot_be_written_is_told)
{
	h.options.pid_file = "/nowhere/pid";
	start_daemon();
	wait_lines(LOG_LEVEL_ERROR, "/nowhere/pid: No such file", 1);
	attach_connected(7);
}
END_TEST

/* ---- */

static void add_life(Suite *s)
{
	TCase *t = tcase_create("life");

	tcase_add_checked_fixture(t, rig_setup, rig_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_device_lives_from_attach_to_detach);
	tcase_add_test(t, a_worker_lives_in_its_sandbox);
	tcase_add_test(t, what_is_there_at_the_start_is_found);
	tcase_add_test(t, a_daemon_that_is_started_again_adopts);
	tcase_add_test(t, a_worker_that_is_killed_is_replaced);
	tcase_add_test(t, workers_outlive_their_template);
	tcase_add_loop_test(t, a_crash_is_the_end_of_the_template, 0, 2);
	tcase_add_loop_test(t, a_vtpm_that_was_moved_is_not_started, 0, 2);
	tcase_add_test(t, the_control_socket_tells_what_is_served);
	tcase_add_loop_test(t, a_device_without_uuid_is_refused, 0, NO_UUIDS);
	tcase_add_test(t, one_vtpm_serves_one_domain);
	tcase_add_test(t, a_guest_keeps_its_vtpm_under_new_uuids);
	tcase_add_loop_test(t, a_read_that_fails_makes_no_new_vtpm, 1, 11);
	suite_add_tcase(s, t);
}

static void add_hostile(Suite *s)
{
	TCase *t = tcase_create("hostile");

	tcase_add_checked_fixture(t, rig_setup, rig_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_hostile_guest_is_alone_with_its_fate, 0, 3);
	tcase_add_loop_test(t, a_worker_is_told_how_many_crashed_before_it, 0,
			    2);
	tcase_add_loop_test(t, a_hostile_worker_is_killed_and_given_up, 0,
			    HOSTILE);
	tcase_add_test(t, a_flood_of_lines_drowns_nobody);
	tcase_add_test(t, last_words_are_heard);
	tcase_add_loop_test(t, the_guests_word_size_goes_to_the_worker, 0, 2);
	tcase_add_test(t, a_worker_that_does_not_end_is_killed);
	tcase_add_test(t, a_worker_inherits_what_it_needs);
	suite_add_tcase(s, t);
}

/*
 * Valgrind makes vfork a fork, where glibc's posix_spawn no longer hears that
 * the program cannot be started: tests/all leaves this tag out there.
 */
static void add_unstartable(Suite *s)
{
	TCase *t = tcase_create("unstartable");

	tcase_add_checked_fixture(t, rig_setup, rig_teardown);
	tcase_set_timeout(t, 60);
	tcase_set_tags(t, "vfork");
	tcase_add_test(t, a_worker_program_that_is_missing_is_told);
	suite_add_tcase(s, t);
}

static void add_ends(Suite *s)
{
	TCase *t = tcase_create("ends");

	tcase_add_checked_fixture(t, rig_setup, rig_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_domain_that_is_gone_leaves_nothing);
	tcase_add_test(t, one_domain_alone_is_served_to_its_end);
	tcase_add_test(t, a_lost_xenstore_is_the_end_with_1);
	tcase_add_loop_test(t, a_daemon_without_its_watches_does_not_start, 0,
			    2);
	tcase_add_test(t, service_managers_and_scripts_hear_of_it);
	tcase_add_test(t, a_pid_file_that_cannot_be_written_is_told);
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
	s = suite_create("parent");
	add_life(s);
	add_hostile(s);
	add_unstartable(s);
	add_ends(s);
	return suite_run(s);
}
