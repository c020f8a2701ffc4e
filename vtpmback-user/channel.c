/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's and the worker's messages: see channel.h. */

#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "channel.h"

#define SIZE_OF(member)                                                        \
	(offsetof(struct message, u) + sizeof(((struct message *)0)->u.member))
#define SIZE_OF_EMPTY offsetof(struct message, u)

static const struct {
	bool to_worker;
	size_t size;
} messages[MESSAGE_TYPES] = {
	[MESSAGE_START] = { true, SIZE_OF(start) },
	[MESSAGE_CONNECT] = { true, SIZE_OF(connect) },
	[MESSAGE_STOP] = { true, SIZE_OF_EMPTY },
	[MESSAGE_READY] = { false, SIZE_OF_EMPTY },
	[MESSAGE_CONNECTED] = { false, SIZE_OF_EMPTY },
	[MESSAGE_FAILED] = { false, SIZE_OF(failed) },
	[MESSAGE_LOG] = { false, SIZE_OF(log) },
};

int channel_pair(int fds[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	return 0;
}

int channel_wait(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n;

	do {
		n = poll(&p, 1, ms);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n ? 0 : -ETIMEDOUT;
}

int channel_send(int fd, const struct message *m)
{
	ssize_t n = send(fd, m, messages[m->type].size,
			 MSG_NOSIGNAL | MSG_DONTWAIT);

	return n < 0 ? -errno : 0;
}

/* An empty message reads like the other end's close; only that hangs up. */
static int nothing_read(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLHUP) ? -EPIPE : -EBADMSG;
}

/* Texts go on to logs and xenstore, where terminals read them. */
static void make_plain(char text[LOG_LINE_MAX])
{
	text[LOG_LINE_MAX - 1] = '\0';
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

int channel_receive(int fd, bool to_worker, bool wait, struct message *m)
{
	const int flags = MSG_TRUNC | (wait ? 0 : MSG_DONTWAIT);
	ssize_t n;

	memset(m, 0, sizeof(*m));
	/* Reset: it went without reading all; what it said is still there. */
	do {
		n = recv(fd, m, sizeof(*m), flags);
	} while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return -errno;
	if (n == 0)
		return nothing_read(fd);
	if (m->type < MESSAGE_START || m->type >= MESSAGE_TYPES ||
	    messages[m->type].to_worker != to_worker ||
	    (size_t)n != messages[m->type].size)
		return -EBADMSG;
	if (m->type == MESSAGE_FAILED)
		make_plain(m->u.failed.text);
	if (m->type == MESSAGE_LOG)
		make_plain(m->u.log.text);
	return 0;
}
