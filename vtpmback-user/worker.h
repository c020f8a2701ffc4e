/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One vTPM: ring -> engine -> ring, in a process of its own.
 *
 * The life of a worker is that of channel.h; it ends when the daemon says so
 * or is gone.
 */
#ifndef WORKER_H
#define WORKER_H

#include "engine.h"
#include "xen_ops.h"

struct worker_setup {
	const struct engine *engine;
	const struct xen_ops *xen;
	void *xen_ctx;
	int channel_fd, state_fd, live_fd;
	/* Called once with the limits wished for; tests leave them out. */
	bool sandbox;
};

/*
 * Serves until the daemon ends it; the process' exit status: 0 when the state
 * was kept, 1 after a failure, which the daemon has been told.
 */
int worker_run(const struct worker_setup *setup);

#endif
