/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A daemon that is killed takes its workers along, whatever they do: the next
 * ones need what they have locked.  Only root can enter a sandbox.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"
#include "suite.h"

#define UID 2000000123u

/* Tells through the pipe that it is in its sandbox, and stays there. */
static void be_worker(int pipe_fd, enum sandbox_mode mode, bool serving)
{
	const int root_fd = open("/tmp", O_RDONLY | O_DIRECTORY);
	const char *what;

	if (sandbox_enter(mode, root_fd, UID, &what) ||
	    (serving && sandbox_close(mode, false)) ||
	    write(pipe_fd, "x", 1) != 1)
		_exit(1);
	for (;;)
		poll(NULL, 0, -1);
}

static pid_t start_daemon(int pipe_fd, enum sandbox_mode mode, bool serving)
{
	const pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid)
		return pid;
	if (fork() == 0)
		be_worker(pipe_fd, mode, serving);
	close(pipe_fd);
	for (;;)
		pause();
}

START_TEST(a_worker_ends_with_its_daemon)
{
	const enum sandbox_mode mode = _i & 2 ? SANDBOX_ENFORCE : SANDBOX_OFF;
	int fds[2];
	pid_t daemon;
	char c;

	ck_assert_int_eq(pipe(fds), 0);
	daemon = start_daemon(fds[1], mode, _i & 1);
	close(fds[1]);
	ck_assert_int_eq((int)read(fds[0], &c, 1), 1);
	kill(daemon, SIGKILL);
	ck_assert_int_eq(waitpid(daemon, NULL, 0), daemon);
	/* The worker's end of the pipe closes with it. */
	ck_assert_int_eq((int)read(fds[0], &c, 1), 0);
	close(fds[0]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("orphan");
	TCase *t = tcase_create("orphan");

	if (geteuid() != 0) {
		puts("only root can enter a sandbox");
		return SUITE_SKIPPED;
	}
	tcase_add_loop_test(t, a_worker_ends_with_its_daemon, 0, 4);
	suite_add_tcase(s, t);
	return suite_run(s);
}
