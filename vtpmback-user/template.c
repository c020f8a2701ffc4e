/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's side: see template.h. */

#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "launch.h"
#include "template.h"

/* It has nothing else to do; a machine may be slow. */
#define PATIENCE_MS 10000

void template_init(struct template *t, const char *path)
{
	t->path = path;
	t->fd = -1;
	t->pid = 0;
}

/* It has nothing that it could lose. */
void template_end(struct template *t)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	if (t->pid > 0) {
		kill(t->pid, SIGKILL);
		while (waitpid(t->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	t->pid = 0;
}

void template_ended(struct template *t, pid_t pid)
{
	if (pid != t->pid)
		return;
	t->pid = 0;
	template_end(t);
}

static int send_request(int fd, const int fds[3])
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(3 * sizeof(int))];
	} control = { 0 };
	struct iovec byte = { &(char){ 0 }, 1 };
	struct msghdr m = { .msg_iov = &byte,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(3 * sizeof(int));
	memcpy(CMSG_DATA(c), fds, 3 * sizeof(int));
	return sendmsg(fd, &m, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int receive_answer(int fd, pid_t *pid)
{
	int r = channel_wait(fd, PATIENCE_MS);
	int32_t answer;
	ssize_t got;

	if (r)
		return r;
	got = recv(fd, &answer, sizeof(answer), MSG_DONTWAIT);
	if (got != (ssize_t)sizeof(answer))
		return -EPIPE;
	*pid = answer;
	return answer < 0 ? answer : 0;
}

/* Asks the template that there is. */
static int ask(struct template *t, const int fds[3], pid_t *pid)
{
	int r = send_request(t->fd, fds);

	if (!r)
		r = receive_answer(t->fd, pid);
	if (r == -EPIPE || r == -ECONNRESET || r == -ETIMEDOUT)
		template_end(t);
	return r;
}

int template_start_worker(struct template *t, int state_fd, int live_fd,
			  pid_t *pid, int *channel_fd)
{
	int pair[2], fds[3], r;

	r = channel_pair(pair);
	if (r)
		return r;
	fds[0] = pair[1];
	fds[1] = state_fd;
	fds[2] = live_fd;
	/* One that somebody killed is no reason to have no worker. */
	r = t->fd < 0 ? -EPIPE : ask(t, fds, pid);
	if (r && t->fd < 0) {
		r = launch(t->path, TEMPLATE_NAME, NULL, 0, &t->pid, &t->fd);
		if (!r)
			r = ask(t, fds, pid);
	}
	close(pair[1]);
	if (r)
		close(pair[0]);
	else
		*channel_fd = pair[0];
	return r;
}
