/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The xenbus handshake of a vTPM's back end as a table: what to do, given the
 * two states and whether the toolstack wants the device.  Pure: it reads and
 * writes nothing.
 *
 * Sources: Xen, public/io/xenbus.h (states) and public/io/tpmif.h (the vTPM's
 * life); the ways of Linux' xen-tpmfront, mini-os and libxl that forced a row
 * are named in xenbus.c.
 */
#ifndef XENBUS_H
#define XENBUS_H

#include <stdbool.h>

/* public/io/xenbus.h, enum xenbus_state; the names are Xen's. */
enum xenbus_state {
	XENBUS_UNKNOWN = 0,	/* also: the node does not exist */
	XENBUS_INITIALISING = 1,
	XENBUS_INIT_WAIT = 2,
	XENBUS_INITIALISED = 3,
	XENBUS_CONNECTED = 4,
	XENBUS_CLOSING = 5,
	XENBUS_CLOSED = 6,
	XENBUS_RECONFIGURING = 7,
	XENBUS_RECONFIGURED = 8,
	XENBUS_INVALID = 9,	/* not Xen's: the node holds something else */
	XENBUS_STATES
};

enum xenbus_action {
	XENBUS_NOTHING,
	XENBUS_OFFER,		/* say that we are ready: InitWait */
	XENBUS_REOPEN,		/* the same after Closed: InitWait */
	XENBUS_CONNECT,		/* take the ring: Connected */
	XENBUS_KEEP,		/* stay Connected; the ring may be another */
	XENBUS_CLOSING_TOO,	/* follow the front end: Closing */
	XENBUS_CLOSE,		/* let go of the ring: Closed */
	XENBUS_DETACH,		/* the same for good, after a short grace */
};

/*
 * own, front:  the states as xenstore has them now
 * online:      the toolstack wants the device to stay; the node `online`
 */
enum xenbus_action xenbus_action(enum xenbus_state own, enum xenbus_state front,
				 bool online);

/*
 * The state that a node's text says: the decimal number 0..8, nothing else.
 * NULL (no node) is XENBUS_UNKNOWN.
 */
enum xenbus_state xenbus_state_parse(const char *text);

/* Xen's name for a state. */
const char *xenbus_state_name(enum xenbus_state state);

#endif
