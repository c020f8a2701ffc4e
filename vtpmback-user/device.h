/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One vTPM as the daemon's parent process sees it: its nodes in xenstore and
 * its worker.  The state nodes are the truth; device_update looks at them and
 * takes the next step, and may be called at any time and as often as anybody
 * likes.
 *
 * It neither starts processes nor waits: it asks that of struct device_ops.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "xenbus.h"
#include "xs.h"

struct device;

/* What the front end offers. */
struct device_ring {
	uint32_t protocol;	/* enum vring_protocol */
	uint32_t ring_ref;
	uint32_t event_channel;
};

enum device_worker {
	DEVICE_WORKER_NONE,
	DEVICE_WORKER_STARTING,		/* it reads the vTPM's state */
	DEVICE_WORKER_READY,		/* it has the TPM, but no ring */
	DEVICE_WORKER_CONNECTING,
	DEVICE_WORKER_CONNECTED,
	DEVICE_WORKER_STOPPING,
};

struct device_ops {
	/* A clock that never goes back. */
	uint64_t (*now_ms)(void *ctx);
	/* Calls device_update after ms; replaces the device's earlier timer. */
	void (*set_timer)(void *ctx, struct device *d, unsigned int ms);

	/*
	 * Starts the device's worker; device_worker_ready or
	 * device_worker_failed follows.  adopt: a guest is connected.
	 * -EAGAIN: not now, another domain has the vTPM; an error was logged.
	 */
	int (*worker_start)(void *ctx, struct device *d, bool adopt);
	/*
	 * How many bits a word of the guest's has, 32 or 64, which protocol 1
	 * needs; -EACCES: its vTPM's settings refuse that protocol; or
	 * another -errno.
	 */
	int (*word_bits)(void *ctx, struct device *d);
	/* device_worker_connected or device_worker_failed follows. */
	int (*worker_connect)(void *ctx, struct device *d,
			      const struct device_ring *ring);
	/* device_worker_gone follows. */
	void (*worker_stop)(void *ctx, struct device *d);

	/*
	 * The toolstack lets the device go and it has no worker: settles what
	 * becomes of its vTPM.  May be called more than once.  -EAGAIN: not
	 * now; other errors were logged and change nothing.
	 */
	int (*let_go)(void *ctx, struct device *d);
};

struct device {
	uint32_t domid;			/* the guest */
	uint32_t handle;		/* which of its vTPMs */
	uint32_t instance;		/* set by worker_start; 0: not yet */
	char back[XS_PATH_MAX];		/* our directory */
	char front[XS_PATH_MAX];	/* the guest's */
	char error[XS_PATH_MAX];	/* where an error is written */
	char front_state[XS_PATH_MAX];	/* the guest's node that we watch */
	struct xs xs;
	const struct device_ops *ops;
	void *ctx;			/* for ops */

	enum device_worker worker;
	struct device_ring ring;	/* the worker's, from CONNECTING on */
	bool adopts;	/* the worker was started for a connected guest */
	bool refused;	/* its vTPM cannot be had: for the device's life */
	bool failed;	/* until the front end gives its ring up */
	bool error_written;
	bool moved;	/* we wrote a state: Initialising is a new life */
	bool offline_seen;
	uint64_t settle_until;	/* the state was changed: stay in it so long */
	uint64_t grace_until;	/* while it is being detached */
	uint64_t restart_at;	/* not to start a dying worker at full speed */
	uint64_t connected_at;
	unsigned int short_lives;	/* attempts without success, in a row */
	unsigned int brief_lives;	/* ... and those with, for a moment */
	unsigned int deaths;		/* of workers, in a row */
};

/* The back end's directory of vTPMs. */
#define DEVICE_DIRECTORY "backend/vtpm"

/*
 * A device of domain domid; back_domid is the domain that we are in.  Starts
 * to watch its front end.  NULL: no memory, or xenstore is gone.
 */
struct device *device_new(const struct xs *xs, const struct device_ops *ops,
			  void *ctx, uint32_t back_domid, uint32_t domid,
			  uint32_t handle);

/* Its worker must be gone. */
void device_free(struct device *d);

/*
 * Takes the next step.  Returns false when the device is no more and its
 * worker is gone: the caller frees it.
 */
bool device_update(struct device *d);

/* The guest's domain is gone: nothing is started for it any more. */
void device_domain_gone(struct device *d);

/* Ends its worker: another domain is to have the vTPM. */
void device_yield(struct device *d);

/*
 * News of the worker.  The caller follows each with device_update.
 *
 * gone: it ended; expected or not.  was_killed: by somebody else, for no fault
 * of its own.
 */
void device_worker_ready(struct device *d);
void device_worker_connected(struct device *d);
void device_worker_failed(struct device *d, const char *text);
void device_worker_gone(struct device *d, bool was_killed);

#endif
