/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's and the worker's messages: see channel.h. */

#include "config.h"

#include <errno.h>
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

int channel_send(int fd, const struct message *m)
{
	ssize_t n = send(fd, m, messages[m->type].size,
			 MSG_NOSIGNAL | MSG_DONTWAIT);

	return n < 0 ? -errno : 0;
}

int channel_receive(int fd, bool to_worker, bool wait, struct message *m)
{
	ssize_t n;

	memset(m, 0, sizeof(*m));
	do {
		n = recv(fd, m, sizeof(*m), wait ? 0 : MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	if (n == 0)
		return -EPIPE;
	if (m->type < MESSAGE_START || m->type >= MESSAGE_TYPES ||
	    messages[m->type].to_worker != to_worker ||
	    (size_t)n != messages[m->type].size)
		return -EBADMSG;
	if (m->type == MESSAGE_FAILED)
		m->u.failed.text[sizeof(m->u.failed.text) - 1] = '\0';
	if (m->type == MESSAGE_LOG)
		m->u.log.text[sizeof(m->u.log.text) - 1] = '\0';
	return 0;
}
