/* SPDX-License-Identifier: BSD-2-Clause */
/* The template's side: see template.h. */

#include "config.h"

#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "channel.h"
#include "seal.h"
#include "template.h"

#define FDS (WORKER_FD_END - WORKER_FD_CHANNEL)

_Static_assert(sizeof(WORKER_NAME) <= sizeof(TEMPLATE_NAME),
	       "the one is written over the other");

static int forget_state(void *ctx, const uint8_t *state, size_t len,
			size_t answer_len)
{
	(void)ctx;
	(void)state;
	(void)len;
	(void)answer_len;
	return 0;
}

static bool never_cancelled(void *ctx)
{
	(void)ctx;
	return false;
}

void template_warm_up(const struct engine *e)
{
	static const struct engine_host host = {
		.store = forget_state,
		.cancelled = never_cancelled,
	};
	void *tpm;

	seal_prepare_process();
	tpm = e->create(&host, NULL);
	if (tpm && !e->manufacture(tpm))
		(void)e->power_on(tpm);
	e->destroy(tpm);
	malloc_trim(0);
}

static void close_all(const int fds[FDS])
{
	unsigned int i;

	for (i = 0; i < FDS; i++)
		close(fds[i]);
}

/* 0, -EPIPE when the daemon is gone, or -EBADMSG. */
static int receive_request(int fds[FDS])
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(FDS * sizeof(int))];
	} control;
	struct iovec byte = { &(char){ 0 }, 1 };
	struct msghdr m = { .msg_iov = &byte,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t n;

	do {
		n = recvmsg(WORKER_FD_CHANNEL, &m, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return -EPIPE;
	c = CMSG_FIRSTHDR(&m);
	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
	    c->cmsg_len != CMSG_LEN(FDS * sizeof(int)))
		return -EBADMSG;
	memcpy(fds, CMSG_DATA(c), FDS * sizeof(int));
	return 0;
}

/* Their places were not free when they came: none is in another's. */
static int become_worker(const int fds[FDS], char *argv0)
{
	int i;

	for (i = 0; i < FDS; i++)
		if (dup2(fds[i], WORKER_FD_CHANNEL + i) < 0)
			return -errno;
	closefrom(WORKER_FD_END);
	/* A group of its own: a Ctrl-C is the daemon's to deal with. */
	if (setpgid(0, 0) < 0)
		return -errno;
	memset(argv0, 0, sizeof(TEMPLATE_NAME));
	memcpy(argv0, WORKER_NAME, sizeof(WORKER_NAME));
	prctl(PR_SET_NAME, WORKER_NAME);
	/* As the template, until it is who it is going to be. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return 0;
}

/*
 * As fork does, but with the template's parent for the copy's.  There is one
 * thread, so nothing of the C library's is locked; what it knows of itself and
 * fork would mend is the thread's id, which it asks the kernel for where it
 * tells it to anybody.
 */
static pid_t copy_process(void)
{
	return (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL,
			      NULL, NULL);
}

int template_serve(char *argv0, int (*worker)(void))
{
	int fds[FDS], r;
	int32_t answer;
	pid_t pid;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, TEMPLATE_NAME);
	/* The places that a worker's other descriptors are going to have. */
	for (r = WORKER_FD_CHANNEL + 1; r < WORKER_FD_END; r++)
		if (dup2(WORKER_FD_CHANNEL, r) < 0)
			return 1;
	for (;;) {
		r = receive_request(fds);
		if (r)
			return r == -EPIPE ? 0 : 1;
		pid = copy_process();
		if (!pid)
			return become_worker(fds, argv0) ? 1 : worker();
		answer = pid < 0 ? -errno : pid;
		close_all(fds);
		if (send(WORKER_FD_CHANNEL, &answer, sizeof(answer),
			 MSG_NOSIGNAL) != (ssize_t)sizeof(answer))
			return 0;
	}
}
