/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One client's socket, which is never waited for: what came so far is in `in`,
 * what could not be sent yet in `out`.  Both may hold secrets and are wiped.
 */
#ifndef CONN_H
#define CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More than any request that must be whole has. */
#define CONN_IN_MAX 8192u

struct conn {
	int fd;	       /* -1: nobody is there */
	bool ending;   /* closes when all is sent */
	int passed_fd; /* the descriptor that came along (SCM_RIGHTS); -1 */
	uint8_t in[CONN_IN_MAX];
	size_t in_len;
	uint8_t *out;
	size_t out_len;
	size_t out_sent;
};

void conn_init(struct conn *c);

/* Takes over a connected socket; nobody must be there. */
void conn_open(struct conn *c, int fd);
void conn_close(struct conn *c);

/* What to poll for; 0: nobody is there. */
short conn_events(const struct conn *c);

/*
 * Adds what came to `in`.  Returns 0; -EAGAIN (nothing did, or there is no room
 * for it); -EPIPE (the client is gone, and with it the connection).
 */
int conn_receive(struct conn *c);

/* Removes n bytes from the beginning of `in`. */
void conn_take(struct conn *c, size_t n);

/* The passed descriptor, which is the caller's from now on. */
int conn_take_descriptor(struct conn *c);
/* Closes it, if there is one. */
void conn_drop_descriptor(struct conn *c);

/* Adds to what is to be sent.  Where there is no memory the client is left. */
void conn_queue(struct conn *c, const uint8_t *buf, size_t len);

/* Sends what can be sent, all of it in one piece. */
void conn_flush(struct conn *c);

/* Nothing waits to be sent: the next request may be served. */
bool conn_is_flushed(const struct conn *c);

#endif
