/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The daemon's control socket, a SOCK_SEQPACKET one in the run directory, for
 * root alone: who serves what, now.  Nothing is changed through it.
 *
 *	client                       daemon
 *	  request  ------------------->
 *	         <-------------------  a device, as often as there are any
 *	         <-------------------  the end, and the connection's
 *
 * Its name is CONTROL_FILE, or with --domain=N "CONTROL_FILE-N".
 */
#ifndef ADMIN_SOCKET_H
#define ADMIN_SOCKET_H

#include <stdint.h>
#include <sys/types.h>

#define CONTROL_FILE	"control"
#define CONTROL_VERSION 1u

#define CONTROL_UUID_MAX 40

enum control_verb {
	CONTROL_LIST = 1,
};

struct control_request {
	uint32_t version; /* CONTROL_VERSION */
	uint32_t verb;	  /* enum control_verb */
};

enum control_type {
	CONTROL_DEVICE = 1,
	CONTROL_END,
	CONTROL_REFUSED, /* a request that makes no sense to this daemon */
};

struct control_reply {
	uint32_t type; /* enum control_type; the rest is a device's */
	uint32_t domid, handle;
	uint32_t instance;     /* 0: not known yet */
	uint32_t state;	       /* enum xenbus_state, of the back end */
	uint32_t pid;	       /* of its worker; 0: none */
	uint32_t deaths;       /* of workers, in a row */
	uint32_t connected;    /* 1: its guest has it, */
	uint64_t connected_ms; /* and for so long */
	char uuid[CONTROL_UUID_MAX];
};

/* What the socket asks of the daemon. */
struct control_ops {
	/* Calls `each` for every device; fills in all but `type`. */
	void (*devices)(void *ctx,
			void (*each)(void *arg, const struct control_reply *d),
			void *arg);
};

struct control;
struct event_base;

/*
 * Makes the socket at path and answers on the loop.  A client that is slow,
 * stuck or not root keeps nobody waiting but other clients, and is sent away.
 *
 * NULL: it cannot be had, which was logged; everything else goes on.
 */
struct control *control_start(struct event_base *base, const char *path,
			      const struct control_ops *ops, void *ctx);

/* Ends it and removes the socket.  NULL is allowed. */
void control_stop(struct control *control);

#endif
