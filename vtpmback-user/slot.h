/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device with its worker's process, in the daemon's parent: starts and ends
 * the process, takes what it says, and tells the device.
 */
#ifndef SLOT_H
#define SLOT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "admin_socket.h"
#include "device.h"
#include "domains.h"
#include "options.h"
#include "statedir.h"
#include "template.h"
#include "xs.h"

struct event;
struct event_base;

struct slot {
	TAILQ_ENTRY(slot) link;
	struct slots *all;
	struct device *device;
	struct event *timer;
	struct event *channel;
	struct event *deadline;
	int channel_fd;
	pid_t pid;		/* 0: no worker */
	bool killed;		/* what it says does not count any more */
	bool told;		/* the log knows why */
	bool known;		/* it was more than half a directory */
	bool dirty;		/* something may have changed */
	bool holds;		/* its instance is its domain's */
	bool no_protocol_1;	/* its settings refuse that */
	uint64_t waits_since;	/* for one that is another's; 0: it does not */
	uint32_t crashes;	/* channel.h */
	uint64_t log_since;	/* the period's start, */
	unsigned int log_lines; /* and the lines in it */
};

/* All of them, and what they have in common. */
struct slots {
	TAILQ_HEAD(, slot) list;
	struct event_base *base;
	struct xs xs;
	struct domains domains;
	const struct options *options;
	struct statedir *dirs;
	struct template template; /* of workers */
	uint32_t own_domid;
	/* Called when slots have become dirty in an event of their own. */
	void (*changed)(void *ctx);
	void *ctx;
};

/* How a message of the log names a slot's device. */
#define SLOT_NAME	"domain %u vtpm %u: "
#define SLOT_NAME_OF(s) (s)->device->domid, (s)->device->handle

/* Adds the device, dirty; when there is no memory that is logged. */
void slot_new(struct slots *all, uint32_t domid, uint32_t handle);

/* NULL: there is none. */
struct slot *slot_find(struct slots *all, uint32_t domid, uint32_t handle);

/* Its domain may have been suspended, resumed, or ended. */
void slot_domain_changed(struct slot *s);

/* Asks its worker to end, whatever the device wants. */
void slot_stop(struct slot *s);

/* What the control socket tells of it: all but the type. */
void slot_describe(const struct slot *s, struct control_reply *d);

/* Its process, s->pid, was waited for: status is waitpid's. */
void slot_worker_ended(struct slot *s, int status);

/* Takes it off the list; its worker must be gone. */
void slot_free(struct slot *s);

#endif
