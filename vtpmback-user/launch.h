/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting a worker's process: what it inherits is what channel.h says, and
 * nothing else.
 */
#ifndef LAUNCH_H
#define LAUNCH_H

#include <sys/types.h>

/*
 * Starts the program at path with state_fd and live_fd, and /dev/null for its
 * standard streams.  *channel_fd is our end of its channel, the caller's to
 * close.  The given descriptors stay the caller's.
 *
 * Returns 0 or -errno.
 */
int launch_worker(const char *path, int state_fd, int live_fd, pid_t *pid,
		  int *channel_fd);

#endif
