/* SPDX-License-Identifier: BSD-2-Clause */
/* A client's socket: see conn.h. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn.h"

void conn_init(struct conn *c)
{
	memset(c, 0, sizeof(*c));
	c->fd = -1;
	c->passed_fd = -1;
}

void conn_open(struct conn *c, int fd)
{
	conn_init(c);
	c->fd = fd;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static void forget_out(struct conn *c)
{
	if (c->out)
		explicit_bzero(c->out, c->out_len);
	free(c->out);
	c->out = NULL;
	c->out_len = c->out_sent = 0;
}

void conn_close(struct conn *c)
{
	if (c->fd >= 0)
		close(c->fd);
	conn_drop_descriptor(c);
	forget_out(c);
	explicit_bzero(c->in, sizeof(c->in));
	conn_init(c);
}

bool conn_is_flushed(const struct conn *c)
{
	return c->out_sent == c->out_len;
}

short conn_events(const struct conn *c)
{
	if (c->fd < 0)
		return 0;
	/* Who does not take his answers is not asked for more requests. */
	return conn_is_flushed(c) ? POLLIN : POLLOUT;
}

/* Keeps the first descriptor and closes the others. */
static void keep_descriptors(struct conn *c, struct msghdr *msg)
{
	struct cmsghdr *cmsg;
	size_t i, n;
	int fd;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(int),
			       sizeof(fd));
			if (c->passed_fd < 0)
				c->passed_fd = fd;
			else
				close(fd);
		}
	}
}

int conn_receive(struct conn *c)
{
	union {
		char b[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { c->in + c->in_len, sizeof(c->in) - c->in_len };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	ssize_t n;

	if (c->fd < 0 || iov.iov_len == 0)
		return -EAGAIN;
	do
		n = recvmsg(c->fd, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return -EAGAIN;
	if (n <= 0) {
		conn_close(c);
		return -EPIPE;
	}
	keep_descriptors(c, &msg);
	c->in_len += (size_t)n;
	return 0;
}

void conn_take(struct conn *c, size_t n)
{
	memmove(c->in, c->in + n, c->in_len - n);
	explicit_bzero(c->in + c->in_len - n, n);
	c->in_len -= n;
}

int conn_take_descriptor(struct conn *c)
{
	const int fd = c->passed_fd;

	c->passed_fd = -1;
	return fd;
}

void conn_drop_descriptor(struct conn *c)
{
	if (c->passed_fd >= 0)
		close(c->passed_fd);
	c->passed_fd = -1;
}

/* Not realloc: it would leave a copy behind. */
void conn_queue(struct conn *c, const uint8_t *buf, size_t len)
{
	const size_t left = c->out_len - c->out_sent;
	uint8_t *out;

	if (c->fd < 0 || len == 0)
		return;
	out = malloc(left + len);
	if (!out) {
		conn_close(c);
		return;
	}
	if (left)
		memcpy(out, c->out + c->out_sent, left);
	memcpy(out + left, buf, len);
	forget_out(c);
	c->out = out;
	c->out_len = left + len;
}

void conn_flush(struct conn *c)
{
	ssize_t n;

	while (!conn_is_flushed(c)) {
		n = send(c->fd, c->out + c->out_sent, c->out_len - c->out_sent,
			 MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n <= 0) {
			conn_close(c);
			return;
		}
		c->out_sent += (size_t)n;
	}
	forget_out(c);
	if (c->ending && c->fd >= 0)
		conn_close(c);
}
