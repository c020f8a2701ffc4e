/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A xenstore in memory, for tests: xs.h's other instance.
 *
 * As with xenstored: domain 0 may do everything; others need the permissions
 * of a node, and what they create is theirs; writing makes the parents that
 * are missing; removing takes the subtree; a watch fires once when it is set,
 * and then for each change at or below its path and when its path goes with a
 * subtree; a transaction sees the store as it was at its start, and its end
 * says -EAGAIN when others have changed what it looked at.
 *
 * Connections of one store may be used by different threads.  Running out of
 * memory aborts.
 */
#ifndef XS_FAKE_H
#define XS_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xs.h"

extern const struct xs_ops xs_fake;

struct xs_fake_store;
struct xs_fake_store *xs_fake_new(void);
/* With the connections that are left. */
void xs_fake_free(struct xs_fake_store *store);

/* A connection of domain domid: the calls and their ctx. */
struct xs xs_fake_connect(struct xs_fake_store *store, uint32_t domid);
/* Takes its watches and transactions with it. */
void xs_fake_disconnect(struct xs xs);

/* From now on every call fails as if xenstored were gone; fd is readable. */
void xs_fake_lose(struct xs xs);

/* Writes any bytes, as a guest can. */
int xs_fake_write_bytes(struct xs xs, const char *path, const void *bytes,
			size_t len);

/*
 * Gives a node, made if need be, to domain `owner`; `reader` may read it and
 * all others may not.  As the toolstack does: no permission is needed.
 */
void xs_fake_give(struct xs_fake_store *store, const char *path, uint32_t owner,
		  uint32_t reader);

/* Fires a special watch ("@releaseDomain") on all connections. */
void xs_fake_fire(struct xs_fake_store *store, const char *name);

/*
 * The store as text, "PATH = VALUE" line by line, in an order of its own that
 * depends on the contents alone; the caller's to free.
 */
char *xs_fake_dump(struct xs_fake_store *store);

/* The calls of struct xs_ops that can fail. */
enum xs_fake_call {
	XS_FAKE_READ,
	XS_FAKE_WRITE,
	XS_FAKE_REMOVE,
	XS_FAKE_LIST,
	XS_FAKE_START,
	XS_FAKE_END,
	XS_FAKE_WATCH,
	XS_FAKE_UNWATCH,
	XS_FAKE_CALLS
};

/*
 * Faults: the connection's nth such call from now (1: the next) and the
 * times - 1 that follow return `error`, a negative errno value, and do nothing
 * else; the end of a transaction then loses it.
 */
void xs_fake_fail(struct xs xs, enum xs_fake_call call, unsigned int nth,
		  unsigned int times, int error);

/* How often the connection made such a call. */
unsigned int xs_fake_calls(struct xs xs, enum xs_fake_call call);

/*
 * Calls hook(arg) each time before the connection's transactions end, when what
 * it has looked at may still be changed; NULL: no more.
 */
void xs_fake_before_end(struct xs xs, void (*hook)(void *arg), void *arg);

/* What the connection holds: 0 when it leaks nothing. */
unsigned int xs_fake_transactions(struct xs xs);
unsigned int xs_fake_watches(struct xs xs);

#endif
