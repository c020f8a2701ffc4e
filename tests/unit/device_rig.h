/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host in memory around struct device: a xenstore, a clock that is turned by
 * hand, a toolstack that does as libxl does, guests, a hypervisor that knows
 * which rings were granted, and workers that answer as real ones.
 */
#ifndef DEVICE_RIG_H
#define DEVICE_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "device.h"
#include "log.h"
#include "xs_fake.h"

#define RIG_DEVICES 3
#define RIG_LINES   128

/* What a worker has said, or is about to say. */
enum rig_news {
	RIG_SILENT,
	RIG_READY,
	RIG_CONNECTED,
	RIG_FAILED,
	RIG_GONE
};

/* One vTPM: the daemon's part, its guest and its worker. */
struct rig_device {
	struct rig *rig;
	uint32_t domid, handle;
	struct device *device; /* NULL: the daemon knows it not */
	struct xs guest;       /* the guest's connection */
	char back[XS_PATH_MAX], front[XS_PATH_MAX];
	bool dirty;
	uint64_t timer; /* 0: none */

	/* The worker. */
	bool running;
	enum rig_news news;
	uint64_t news_at;
	struct device_ring ring; /* what it was given last */
	unsigned int starts, adoptions, connects, stops, let_gos;

	/* How it behaves. */
	int start_error, connect_error, let_go_error;
	const char *start_text;	  /* what it fails with; NULL: READY */
	const char *connect_text; /* the same of CONNECTED */
	bool dies_connected;	  /* as soon as it serves */
	bool killed;		  /* when it dies, by somebody else */
	unsigned int slow_ms;	  /* takes so much longer for everything */

	/* The guest's words, or -errno, and how often that was asked. */
	int word_bits; /* 0: 64 */
	unsigned int asked;
};

struct rig {
	struct xs_fake_store *store;
	struct xs tool, daemon;
	uint32_t back_domid;
	uint64_t now;
	struct rig_device devices[RIG_DEVICES];
	unsigned int updates;
	char lines[RIG_LINES][LOG_LINE_MAX];
	enum log_level levels[RIG_LINES];
	unsigned int n_lines;
	char states[RIG_LINES]; /* of the first device's directory */
};

/* A host whose back end is domain back_domid; takes over the log. */
struct rig *rig_new(uint32_t back_domid);
void rig_free(struct rig *rig);

/*
 * The toolstack makes a device, as libxl does: both directories in one
 * transaction, states 1.  The daemon learns of it.
 */
struct rig_device *rig_attach(struct rig *rig, uint32_t domid, uint32_t handle);
/* The same without the daemon: rig_discover is its start. */
struct rig_device *rig_make(struct rig *rig, uint32_t domid, uint32_t handle);
void rig_discover(struct rig_device *d);

/* The daemon is killed, with its workers. */
void rig_kill_daemon(struct rig *rig);

/*
 * The toolstack unplugs: online = 0, state = 5 unless it is 6, waits up to ten
 * seconds for 6, and removes the directories.  destroy: the front end's goes
 * first, as in xl destroy.  Returns how many milliseconds it had to wait.
 */
unsigned int rig_detach(struct rig_device *d, bool destroy);

/* Lets time pass. */
void rig_run(struct rig *rig, unsigned int ms);

/* The worker ends by itself, now. */
void rig_worker_dies(struct rig_device *d);

/* A guest's writing, and the toolstack's. */
void rig_front(struct rig_device *d, const char *node, const char *value);
void rig_back(struct rig_device *d, const char *node, const char *value);
void rig_front_remove(struct rig_device *d, const char *node);

/*
 * The guest offers a ring: ref and port that it has granted; of 2013, or of
 * 2006.
 */
void rig_front_ring(struct rig_device *d, uint32_t ref, uint32_t port);
void rig_front_ring_v1(struct rig_device *d, uint32_t ref, uint32_t port);
/* The ring that a hypervisor lets a back end of that domain map. */
bool rig_granted(uint32_t domid, const struct device_ring *ring);
#define RIG_REF(domid)	((domid)*100u + 8)
#define RIG_PORT(domid) ((domid)*100u + 11)

/* The guest's driver as Linux does it, up to both being Connected. */
void rig_connect(struct rig_device *d);

/* The back end's state; 0 when there is no such node. */
int rig_state(const struct rig_device *d);
bool rig_exists(const struct rig *rig, const char *path);
/* The back end's node as text; "" when there is none. */
const char *rig_read(const struct rig_device *d, const char *node);

/* How many errors and warnings were logged since the last call. */
unsigned int rig_complaints(struct rig *rig);

#endif
