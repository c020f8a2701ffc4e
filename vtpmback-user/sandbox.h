/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a worker gives up before it looks at a guest's bytes, in two steps:
 *
 *   sandbox_enter   before it reads its state, which an earlier worker, taken
 *                   over by its guest, may have written: root directory, user,
 *                   privileges for ever, core dumps, new processes, and all
 *                   system calls but a list
 *   sandbox_close   when the ring is mapped: the rest of the list that only
 *                   connecting needs; but if each packet is to be mapped
 *                   (protocol 1), the calls for that stay
 *
 * Both bind all threads of the process; but without a filter (SANDBOX_OFF)
 * "privileges for ever" binds the calling thread alone.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"

/* The exit status of a worker that made a system call out of line. */
#define SANDBOX_EXIT 3

/*
 * Makes directory root_fd the root, becomes user and group uid for good, and
 * installs the list (SANDBOX_OFF: none).  From then on the process is killed
 * when the one that started it ends.
 *
 * Returns 0 or -errno; *what then names the step that failed.
 */
int sandbox_enter(enum sandbox_mode mode, int root_fd, uint32_t uid,
		  const char **what);

/* The second step; 0 or -errno. */
int sandbox_close(enum sandbox_mode mode, bool maps_packets);

#endif
