/* SPDX-License-Identifier: BSD-2-Clause */
/* The template's side: what it makes of requests, right and wrong. */
#include "config.h"

#include <check.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "suite.h"
#include "template.h"

static pid_t template;
static int ours; /* our end of its channel */

/* What a worker here does: says its name, and whose child it is. */
static int work(void)
{
	char text[64] = "", name[32] = "";
	int fd = open("/proc/self/comm", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, name, sizeof(name) - 1);

	close(fd);
	if (n <= 0)
		return 1;
	name[strcspn(name, "\n")] = '\0';
	snprintf(text, sizeof(text), "%s %d", name, (int)getppid());
	return write(WORKER_FD_LIVE, text, strlen(text)) > 0 ? 42 : 1;
}

static void setup(void)
{
	char name[] = TEMPLATE_NAME;
	int pair[2];

	ck_assert_int_eq(channel_pair(pair), 0);
	ours = pair[0];
	template = fork();
	if (!template) {
		if (dup2(pair[1], WORKER_FD_CHANNEL) < 0)
			_exit(99);
		closefrom(WORKER_FD_CHANNEL + 1);
		_exit(template_serve(name, work));
	}
	close(pair[1]);
}

static void teardown(void)
{
	close(ours);
}

static int status_of(pid_t pid)
{
	int status = 0;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 100;
}

/* A request with n descriptors of fds. */
static void request(const int *fds, unsigned int n)
{
	char space[CMSG_SPACE(4 * sizeof(int))] = { 0 };
	struct iovec byte = { &(char){ 0 }, 1 };
	struct msghdr m = { .msg_iov = &byte, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (n) {
		m.msg_control = space;
		m.msg_controllen = CMSG_SPACE(n * sizeof(int));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	}
	ck_assert_int_eq(sendmsg(ours, &m, 0), 1);
}

static pid_t answer(void)
{
	int32_t a = 0;

	ck_assert_int_eq(recv(ours, &a, sizeof(a), 0), sizeof(a));
	return a;
}

START_TEST(it_ends_when_it_is_let_go)
{
	close(ours);
	ck_assert_int_eq(status_of(template), 0);
	ours = -1;
}
END_TEST

START_TEST(a_request_that_makes_no_sense_ends_it)
{
	const int fds[4] = { 0, 0, 0, 0 };

	request(fds, (unsigned int)_i);
	ck_assert_int_eq(status_of(template), 1);
	ck_assert_int_eq(recv(ours, &(char){ 0 }, 1, 0), 0);
}
END_TEST

START_TEST(workers_are_children_of_who_asks)
{
	char file[] = "/tmp/check_template.XXXXXX", text[64], wanted[64];
	int fds[3];
	pid_t worker;
	ssize_t n;

	fds[1] = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 3; i++) {
		fds[0] = fds[2] = mkstemp(file);
		ck_assert_int_ge(fds[2], 0);
		unlink(file);
		request(fds, 3);
		worker = answer();
		ck_assert_int_gt(worker, 0);
		ck_assert_int_eq(status_of(worker), 42);
		n = pread(fds[2], text, sizeof(text) - 1, 0);
		ck_assert_int_gt(n, 0);
		text[n] = '\0';
		snprintf(wanted, sizeof(wanted), WORKER_NAME " %d",
			 (int)getpid());
		ck_assert_str_eq(text, wanted);
		close(fds[2]);
		snprintf(file, sizeof(file), "/tmp/check_template.XXXXXX");
	}
	close(fds[1]);
	close(ours);
	ck_assert_int_eq(status_of(template), 0);
	ours = -1;
}
END_TEST

int main(void)
{
	Suite *s = suite_create("template");
	TCase *t = tcase_create("template");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, it_ends_when_it_is_let_go);
	/* 3 descriptors it would take. */
	tcase_add_loop_test(t, a_request_that_makes_no_sense_ends_it, 0, 3);
	tcase_add_test(t, workers_are_children_of_who_asks);
	suite_add_tcase(s, t);
	return suite_run(s);
}
