/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the daemon and a worker say to one another: fixed-size messages over a
 * SOCK_SEQPACKET pair, one table of them.  No message carries a path, and
 * descriptors are only ever inherited (WORKER_FD_*).
 *
 *	daemon                          worker
 *	  START  ------------------------>   take the state, enter the sandbox
 *	       <------------------------  READY, or FAILED and the end
 *	  CONNECT ----------------------->   map the ring, bind the channel
 *	       <---------------------  CONNECTED, or FAILED and the end; of
 *	                               an adopted ring when what was waiting
 *	                               in it is answered
 *	  STOP  ------------------------->   keep the state, let go, exit 0
 *	       <------------------------  LOG, at any time
 *
 * Anything else, or the same out of turn, ends the worker: the daemon kills
 * it, or it ends itself.
 */
#ifndef CHANNEL_H
#define CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "log.h"

/* The descriptors that a worker finds when it starts. */
enum worker_fd {
	WORKER_FD_CHANNEL = 3,
	WORKER_FD_STATE = 4, /* the vTPM's directory */
	WORKER_FD_LIVE = 5,  /* the file of its volatile state */
	WORKER_FD_END
};

#define CHANNEL_KEY_SIZE   32
#define CHANNEL_GUEST_SIZE 16

enum sandbox_mode {
	SANDBOX_OFF,	 /* for debugging: chroot and uid only */
	SANDBOX_LOG,	 /* system calls out of line are logged */
	SANDBOX_ENFORCE, /* ... and end the worker */
};

enum message_type {
	MESSAGE_START = 1,
	MESSAGE_CONNECT,
	MESSAGE_STOP,
	MESSAGE_READY,
	MESSAGE_CONNECTED,
	MESSAGE_FAILED,
	MESSAGE_LOG,
	MESSAGE_TYPES
};

struct message_start {
	uint32_t instance;
	uint32_t domid;
	uint32_t uid;	     /* user and group to become */
	uint32_t localities; /* bit n: the guest may use locality n */
	uint32_t sandbox;    /* enum sandbox_mode */
	uint32_t log_level;  /* enum log_level */
	uint32_t adopt;	     /* 1: a guest is connected; its volatile state
				   must be there */
	uint8_t guest[CHANNEL_GUEST_SIZE]; /* the machine's uuid: what was saved
					      is for this one only */
	uint32_t crashes; /* how many workers in a row have died by their
				   own fault, each but the first before it had
				   answered what it found waiting */
	uint8_t key[CHANNEL_KEY_SIZE]; /* seals this vTPM's state */
};

struct message_connect {
	uint32_t protocol; /* enum vring_protocol */
	uint32_t ring_ref;
	uint32_t event_channel;
};

struct message_failed {
	char text[LOG_LINE_MAX]; /* what, why, what to do */
};

struct message_log {
	uint32_t level;
	char text[LOG_LINE_MAX];
};

struct message {
	uint32_t type;
	union {
		struct message_start start;
		struct message_connect connect;
		struct message_failed failed;
		struct message_log log;
	} u;
};

/* Makes the pair; both ends close on exec.  0 or -errno. */
int channel_pair(int fds[2]);

/* Waits until there is something to receive: 0, -ETIMEDOUT or -errno. */
int channel_wait(int fd, int ms);

/* Sends; never waits.  0 or -errno (-EPIPE: the other end is gone). */
int channel_send(int fd, const struct message *m);

/*
 * Receives one message that the other end may send in this direction, of the
 * right size, its texts terminated and of printable ASCII.
 *
 * to_worker: the direction that is read
 * wait:      whether to wait for it
 *
 * Returns 0, -EAGAIN (none, and not waiting), -EPIPE (the other end is gone),
 * -EBADMSG (not a message of this direction).
 */
int channel_receive(int fd, bool to_worker, bool wait, struct message *m);

#endif
