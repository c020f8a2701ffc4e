/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting a program of ours that works for another: it inherits its end of a
 * channel, what it is given, and nothing else.
 */
#ifndef LAUNCH_H
#define LAUNCH_H

#include <sys/types.h>

#define LAUNCH_FDS_MAX 2u

/*
 * Starts the program at path under the name argv0, with /dev/null for its
 * standard streams, its end of a channel (channel_pair) as WORKER_FD_CHANNEL
 * and the n descriptors of fds, at most LAUNCH_FDS_MAX, behind it.
 * *channel_fd is our end, the caller's to close.  fds stay the caller's.
 *
 * Returns 0 or -errno.
 */
int launch(const char *path, const char *argv0, const int *fds, unsigned int n,
	   pid_t *pid, int *channel_fd);

#endif
