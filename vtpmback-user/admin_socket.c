/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's control socket: see admin_socket.h. */

#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin_socket.h"
#include "log.h"

#define CLIENTS_MAX 8

/* From its first byte to its last: who needs more is stuck. */
#define CLIENT_TIMEOUT_S 5

struct client {
	LIST_ENTRY(client) link;
	struct control *control;
	struct event *event; /* readable, and later writable */
	struct event *deadline;
	int fd;
	struct control_reply *replies; /* NULL: it has not asked yet */
	size_t n, sent, size;
};

struct control {
	LIST_HEAD(, client) clients;
	unsigned int n_clients;
	struct event_base *base;
	struct event *event; /* of connections; off when there are enough */
	int fd;
	struct sockaddr_un address;
	const struct control_ops *ops;
	void *ctx;
};

static void client_free(struct client *c)
{
	struct control *control = c->control;

	LIST_REMOVE(c, link);
	if (c->event)
		event_free(c->event);
	if (c->deadline)
		event_free(c->deadline);
	close(c->fd);
	free(c->replies);
	free(c);
	if (control->n_clients-- == CLIENTS_MAX)
		event_add(control->event, NULL);
}

static void add_reply(void *arg, const struct control_reply *d)
{
	struct client *c = arg;
	const size_t size = c->size ? c->size * 2 : 16;
	struct control_reply *more;

	if (c->n == c->size) {
		more = realloc(c->replies, size * sizeof(*more));
		if (!more)
			return;
		c->replies = more;
		c->size = size;
	}
	c->replies[c->n++] = *d;
}

static void add_device(void *arg, const struct control_reply *d)
{
	struct control_reply reply = *d;

	reply.type = CONTROL_DEVICE;
	add_reply(arg, &reply);
}

/* Sends what the client takes; false: that is all of it, or it is gone. */
static bool send_replies(struct client *c)
{
	for (; c->sent < c->n; c->sent++)
		if (send(c->fd, &c->replies[c->sent], sizeof(c->replies[0]),
			 MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			return errno == EAGAIN || errno == EINTR;
	return false;
}

static void on_writable(evutil_socket_t fd, short what, void *ctx)
{
	struct client *c = ctx;

	if (!send_replies(c))
		client_free(c);
}

static void on_deadline(evutil_socket_t fd, short what, void *ctx)
{
	client_free(ctx);
}

/* From now on the client is to take. */
static void answer(struct client *c)
{
	if (!send_replies(c) ||
	    event_assign(c->event, c->control->base, c->fd,
			 EV_WRITE | EV_PERSIST, on_writable, c) ||
	    event_add(c->event, NULL))
		client_free(c);
}

static void on_request(evutil_socket_t fd, short what, void *ctx)
{
	const struct control_reply refused = { .type = CONTROL_REFUSED };
	const struct control_reply end = { .type = CONTROL_END };
	struct control_request q = { 0 };
	struct client *c = ctx;
	ssize_t n;

	n = recv(fd, &q, sizeof(q), MSG_TRUNC | MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_free(c);
		return;
	}
	event_del(c->event);
	if (n == (ssize_t)sizeof(q) && q.version == CONTROL_VERSION &&
	    q.verb == CONTROL_LIST) {
		c->control->ops->devices(c->control->ctx, add_device, c);
		add_reply(c, &end);
	} else {
		add_reply(c, &refused);
	}
	answer(c);
}

/* The directory and the socket's mode keep others out already. */
static bool is_root(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) &&
	       cred.uid == geteuid();
}

static void on_connection(evutil_socket_t fd, short what, void *ctx)
{
	const struct timeval tv = { CLIENT_TIMEOUT_S, 0 };
	struct control *control = ctx;
	struct client *c;
	int client_fd;

	client_fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (client_fd < 0)
		return;
	c = is_root(client_fd) ? calloc(1, sizeof(*c)) : NULL;
	if (!c) {
		close(client_fd);
		return;
	}
	c->control = control;
	c->fd = client_fd;
	LIST_INSERT_HEAD(&control->clients, c, link);
	if (++control->n_clients == CLIENTS_MAX)
		event_del(control->event);
	c->event = event_new(control->base, client_fd, EV_READ | EV_PERSIST,
			     on_request, c);
	c->deadline = evtimer_new(control->base, on_deadline, c);
	if (!c->event || !c->deadline || event_add(c->event, NULL) ||
	    evtimer_add(c->deadline, &tv))
		client_free(c);
}

static int open_socket(struct control *control, const char *path)
{
	struct sockaddr_un *a = &control->address;
	mode_t mask;
	int r;

	a->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(a->sun_path))
		return -ENAMETOOLONG;
	memcpy(a->sun_path, path, strlen(path) + 1);
	control->fd = socket(AF_UNIX,
			     SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->fd < 0)
		return -errno;
	/* A daemon that was killed has left its own; no other can run. */
	unlink(path);
	mask = umask(0177);
	r = bind(control->fd, (struct sockaddr *)a, sizeof(*a)) ? -errno : 0;
	umask(mask);
	if (!r && listen(control->fd, CLIENTS_MAX) < 0)
		r = -errno;
	return r;
}

struct control *control_start(struct event_base *base, const char *path,
			      const struct control_ops *ops, void *ctx)
{
	struct control *control = calloc(1, sizeof(*control));
	int r = -ENOMEM;

	if (control) {
		LIST_INIT(&control->clients);
		control->fd = -1;
		control->base = base;
		control->ops = ops;
		control->ctx = ctx;
		r = open_socket(control, path);
	}
	if (!r) {
		control->event =
			event_new(base, control->fd, EV_READ | EV_PERSIST,
				  on_connection, control);
		if (!control->event || event_add(control->event, NULL))
			r = -ENOMEM;
	}
	if (!r)
		return control;
	log_warning("%s: %s; vtpmctl will not see which guests are served",
		    path, strerror(-r));
	control_stop(control);
	return NULL;
}

void control_stop(struct control *control)
{
	struct client *c;

	if (!control)
		return;
	while ((c = LIST_FIRST(&control->clients)))
		client_free(c);
	if (control->event)
		event_free(control->event);
	if (control->fd >= 0) {
		close(control->fd);
		unlink(control->address.sun_path);
	}
	free(control);
}
