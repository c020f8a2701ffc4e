/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting a program: see launch.h. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "launch.h"

/* Descriptors above all that it inherits, to arrange them from. */
static int lift(int fd)
{
	int lifted = fcntl(fd, F_DUPFD_CLOEXEC, WORKER_FD_END);

	return lifted < 0 ? -errno : lifted;
}

static int arrange(posix_spawn_file_actions_t *actions, const int *fds,
		   unsigned int n)
{
	unsigned int i;
	int r = 0;

	for (i = 0; !r && i < WORKER_FD_CHANNEL; i++)
		r = posix_spawn_file_actions_addopen(actions, (int)i,
						     "/dev/null", O_RDWR, 0);
	for (i = 0; !r && i < n; i++)
		r = posix_spawn_file_actions_adddup2(
			actions, fds[i], (int)(WORKER_FD_CHANNEL + i));
	if (!r)
		r = posix_spawn_file_actions_addclosefrom_np(
			actions, (int)(WORKER_FD_CHANNEL + n));
	return r;
}

static int clean_signals(posix_spawnattr_t *attr)
{
	sigset_t none, all;
	int r;

	sigemptyset(&none);
	sigfillset(&all);
	r = posix_spawnattr_setsigmask(attr, &none);
	if (!r)
		r = posix_spawnattr_setsigdefault(attr, &all);
	/* A group of its own: a Ctrl-C is the daemon's to deal with. */
	if (!r)
		r = posix_spawnattr_setpgroup(attr, 0);
	if (!r)
		r = posix_spawnattr_setflags(attr,
					     POSIX_SPAWN_SETSIGMASK |
						     POSIX_SPAWN_SETSIGDEF |
						     POSIX_SPAWN_SETPGROUP);
	return r;
}

static int spawn(const char *path, const char *argv0, const int *fds,
		 unsigned int n, pid_t *pid)
{
	char name[32], lang[] = "LC_ALL=C";
	char *const argv[] = { name, NULL }, *const envp[] = { lang, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int r;

	snprintf(name, sizeof(name), "%s", argv0);
	r = posix_spawn_file_actions_init(&actions);
	if (r)
		return -r;
	r = posix_spawnattr_init(&attr);
	if (!r) {
		r = arrange(&actions, fds, n);
		if (!r)
			r = clean_signals(&attr);
		if (!r)
			r = posix_spawn(pid, path, &actions, &attr, argv, envp);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

int launch(const char *path, const char *argv0, const int *fds, unsigned int n,
	   pid_t *pid, int *channel_fd)
{
	int pair[2], lifted[LAUNCH_FDS_MAX + 1];
	unsigned int i;
	int r;

	r = channel_pair(pair);
	if (r)
		return r;
	for (i = 0; i <= n; i++) {
		lifted[i] = lift(i ? fds[i - 1] : pair[1]);
		if (!r && lifted[i] < 0)
			r = lifted[i];
	}
	if (!r)
		r = spawn(path, argv0, lifted, n + 1, pid);
	for (i = 0; i <= n; i++)
		if (lifted[i] >= 0)
			close(lifted[i]);
	close(pair[1]);
	if (r)
		close(pair[0]);
	else
		*channel_fd = pair[0];
	return r;
}
