/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop: see server.h. */

#include "config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "data.h"
#include "log.h"
#include "server.h"

enum {
	END,
	DATA_LISTENER,
	DATA,
	CONTROL_LISTENER,
	CONTROL,
	N_FDS
};

void server_init(struct server *s)
{
	memset(s, 0, sizeof(*s));
	conn_init(&s->data_conn);
	conn_init(&s->control_conn);
	s->data_fd = s->control_fd = s->end_fd = -1;
}

bool server_withdrawn(void *ctx)
{
	struct server *s = ctx;

	return s->control_conn.fd >= 0 && control_cancels(&s->control);
}

static void welcome(struct conn *conn, int listener, const char *what)
{
	const int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		return;
	log_debug("%s: a client", what);
	conn_open(conn, fd);
}

/* What came, or room for what is to go. */
static bool has_news(struct conn *conn, short revents)
{
	if (conn->fd < 0 || !revents)
		return false;
	if (!conn_is_flushed(conn)) {
		conn_flush(conn);
		/* A request may have waited for that. */
		return conn->fd >= 0 && conn_is_flushed(conn);
	}
	return !conn_receive(conn);
}

static void watch(struct pollfd *fd, int listener, struct pollfd *client,
		  const struct conn *conn)
{
	fd->fd = conn->fd < 0 ? listener : -1;
	fd->events = POLLIN;
	client->fd = conn->fd;
	client->events = conn_events(conn);
}

static void serve_control(struct server *s, const struct pollfd *fds)
{
	if (fds[CONTROL_LISTENER].revents)
		welcome(&s->control_conn, s->control_fd, "control");
	else if (has_news(&s->control_conn, fds[CONTROL].revents))
		control_serve(&s->control);
}

/* The control channel may have brought a client meanwhile. */
static void serve_data(struct server *s, const struct pollfd *fds)
{
	if (fds[DATA].fd >= 0 && has_news(&s->data_conn, fds[DATA].revents))
		data_serve(&s->data_conn, s->chip);
	else if (fds[DATA_LISTENER].revents && s->data_conn.fd < 0)
		welcome(&s->data_conn, s->data_fd, "data");
}

static void serve(struct server *s, const struct pollfd *fds)
{
	serve_control(s, fds);
	if (s->control.shutdown)
		return;
	serve_data(s, fds);
	/* What server_withdrawn read and did not know. */
	if (s->control_conn.in_len)
		control_serve(&s->control);
	if (s->control_conn.fd < 0)
		control_forget(&s->control);
}

static int loop(struct server *s)
{
	struct pollfd fds[N_FDS] = { { .fd = s->end_fd, .events = POLLIN } };

	while (!s->control.shutdown) {
		watch(&fds[DATA_LISTENER], s->data_fd, &fds[DATA],
		      &s->data_conn);
		watch(&fds[CONTROL_LISTENER], s->control_fd, &fds[CONTROL],
		      &s->control_conn);
		if (poll(fds, N_FDS, -1) < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (fds[END].revents)
			break;
		serve(s, fds);
	}
	return 0;
}

int server_run(struct server *s)
{
	int r;

	control_init(&s->control, &s->control_conn, s->chip, &s->data_conn);
	r = loop(s);
	control_forget(&s->control);
	conn_close(&s->control_conn);
	conn_close(&s->data_conn);
	return r;
}
