/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's control socket: what it tells, and whom it does not wait for. */
#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "admin_socket.h"
#include "log.h"
#include "suite.h"

static char dir[64], path[80];
static struct event_base *base;
static struct control *control;
static unsigned int devices, asked, lines;

static void count_line(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)line;
	lines += level <= LOG_LEVEL_WARNING;
}

static void list(void *ctx,
		 void (*each)(void *arg, const struct control_reply *d),
		 void *arg)
{
	struct control_reply d = { .handle = 3, .state = 4, .uuid = "u" };
	unsigned int i;

	ck_assert_ptr_eq(ctx, &devices);
	asked++;
	for (i = 0; i < devices; i++) {
		d.domid = i + 1;
		each(arg, &d);
	}
}

static const struct control_ops ops = { .devices = list };

static void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/check_control.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/control", dir);
	devices = asked = lines = 0;
	log_to_function(count_line, NULL);
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	control = control_start(base, path, &ops, &devices);
}

static void teardown(void)
{
	control_stop(control);
	event_base_free(base);
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

/* Gives the daemon its turns. */
static void turn(void)
{
	int i;

	for (i = 0; i < 20; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static int dial(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	memcpy(a.sun_path, path, strlen(path) + 1);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void ask(int fd, uint32_t version, uint32_t verb)
{
	const struct control_request q = { version, verb };

	ck_assert_int_eq(send(fd, &q, sizeof(q), 0), (int)sizeof(q));
}

/* The next reply's type; 0: closed; -1: nothing yet. */
static int hear(int fd, struct control_reply *d)
{
	ssize_t n = recv(fd, d, sizeof(*d), 0);

	if (n < 0)
		return errno == EAGAIN ? -1 : 0;
	if (n == 0)
		return 0;
	ck_assert_int_eq(n, (int)sizeof(*d));
	return (int)d->type;
}

/* Hears a whole list; how many devices it had. */
static unsigned int hear_list(int fd)
{
	struct control_reply d;
	unsigned int n = 0, quiet = 0;
	int type;

	while ((type = hear(fd, &d)) != CONTROL_END) {
		ck_assert_int_ne(type, 0);
		if (type == CONTROL_DEVICE) {
			ck_assert_uint_eq(d.domid, ++n);
			ck_assert_uint_eq(d.handle, 3);
			ck_assert_uint_eq(d.state, 4);
			ck_assert_str_eq(d.uuid, "u");
			quiet = 0;
		} else {
			ck_assert_int_eq(type, -1);
			ck_assert_uint_lt(quiet++, 100);
			turn();
		}
	}
	turn();
	ck_assert_int_eq(hear(fd, &d), 0);
	return n;
}

START_TEST(tells_what_is_served)
{
	int fd = dial();

	devices = (unsigned int)_i;
	ask(fd, CONTROL_VERSION, CONTROL_LIST);
	turn();
	ck_assert_uint_eq(hear_list(fd), devices);
	ck_assert_uint_eq(asked, 1);
	close(fd);
}
END_TEST

START_TEST(more_than_a_socket_holds_arrives)
{
	int fd = dial();

	devices = 5000;
	ask(fd, CONTROL_VERSION, CONTROL_LIST);
	ck_assert_uint_eq(hear_list(fd), 5000);
	close(fd);
}
END_TEST

START_TEST(is_for_its_owner_alone)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert(S_ISSOCK(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
}
END_TEST

/* What keeps others out even where the file's mode does not. */
START_TEST(another_user_is_sent_away)
{
	struct control_reply d;
	int status, fd;
	pid_t pid;

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chmod(path, 0666), 0);
	ck_assert_int_eq(chmod(dir, 0711), 0);
	pid = fork();
	if (pid == 0) {
		if (setresuid(12345, 12345, 12345))
			_exit(2);
		fd = dial();
		ask(fd, CONTROL_VERSION, CONTROL_LIST);
		usleep(200000);
		_exit(hear(fd, &d) == 0 ? 0 : 1);
	}
	usleep(100000);
	turn();
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(asked, 0);
}
END_TEST

START_TEST(nonsense_is_refused)
{
	static const struct {
		uint32_t version, verb;
	} rows[] = {
		{ CONTROL_VERSION, 0 },
		{ CONTROL_VERSION, 2 },
		{ CONTROL_VERSION + 1, CONTROL_LIST },
		{ 0, CONTROL_LIST },
	};
	struct control_reply d;
	int fd = dial();

	ask(fd, rows[_i].version, rows[_i].verb);
	turn();
	ck_assert_int_eq(hear(fd, &d), CONTROL_REFUSED);
	turn();
	ck_assert_int_eq(hear(fd, &d), 0);
	ck_assert_uint_eq(asked, 0);
	close(fd);
}
END_TEST

START_TEST(a_request_of_another_size_is_refused)
{
	static const char bytes[64];
	struct control_reply d;
	int fd = dial();

	ck_assert_int_eq(send(fd, bytes, (size_t)_i, 0), _i);
	turn();
	ck_assert_int_eq(hear(fd, &d), CONTROL_REFUSED);
	close(fd);
}
END_TEST

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Silent ones, and one that asks and does not listen: they are sent away. */
START_TEST(stuck_clients_keep_nobody_out_for_long)
{
	const double start = now_s();
	struct control_reply d;
	int fds[20], i, last;

	devices = 5000;
	for (i = 0; i < 8; i++)
		fds[i] = dial();
	ask(fds[0], CONTROL_VERSION, CONTROL_LIST);
	ask(fds[1], CONTROL_VERSION, CONTROL_LIST);
	turn();
	last = dial();
	ask(last, CONTROL_VERSION, CONTROL_LIST);
	while (hear(last, &d) == -1 && now_s() - start < 20) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		usleep(1000);
	}
	ck_assert(now_s() - start < 8);
	ck_assert_int_eq((int)d.type, CONTROL_DEVICE);
	for (i = 0; i < 8; i++)
		close(fds[i]);
	close(last);
	turn();
}
END_TEST

START_TEST(clients_that_leave_are_forgotten)
{
	int i, fd;

	devices = 5000;
	for (i = 0; i < 50; i++) {
		fd = dial();
		if (i % 2)
			ask(fd, CONTROL_VERSION, CONTROL_LIST);
		turn();
		close(fd);
		turn();
	}
	fd = dial();
	ask(fd, CONTROL_VERSION, CONTROL_LIST);
	ck_assert_uint_eq(hear_list(fd), 5000);
	close(fd);
}
END_TEST

START_TEST(a_killed_daemons_socket_is_replaced)
{
	struct control *second = control_start(base, path, &ops, &devices);
	int fd;

	ck_assert_ptr_nonnull(second);
	fd = dial();
	ask(fd, CONTROL_VERSION, CONTROL_LIST);
	turn();
	ck_assert_uint_eq(hear_list(fd), 0);
	close(fd);
	control_stop(second);
	ck_assert_int_ne(faccessat(AT_FDCWD, path, F_OK, 0), 0);
}
END_TEST

START_TEST(a_path_that_cannot_be_is_told)
{
	char long_path[200];

	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	ck_assert_ptr_null(control_start(base, long_path, &ops, NULL));
	ck_assert_ptr_null(control_start(base, "/nowhere/c", &ops, NULL));
	ck_assert_uint_eq(lines, 2);
	control_stop(NULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("admin_socket");
	TCase *t = tcase_create("control");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, tells_what_is_served, 0, 40);
	tcase_add_test(t, more_than_a_socket_holds_arrives);
	tcase_add_test(t, is_for_its_owner_alone);
	tcase_add_test(t, another_user_is_sent_away);
	tcase_add_loop_test(t, nonsense_is_refused, 0, 4);
	tcase_add_loop_test(t, a_request_of_another_size_is_refused, 1, 8);
	tcase_add_test(t, stuck_clients_keep_nobody_out_for_long);
	tcase_add_test(t, clients_that_leave_are_forgotten);
	tcase_add_test(t, a_killed_daemons_socket_is_replaced);
	tcase_add_test(t, a_path_that_cannot_be_is_told);
	suite_add_tcase(s, t);
	return suite_run(s);
}
