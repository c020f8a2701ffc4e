/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking the daemon what it serves: see ctl.h and control.h. */

#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl.h"
#include "log.h"

/* A daemon answers from what it knows: who does not is stuck. */
#define PATIENCE_S 10

/* -ECONNREFUSED: a daemon was killed, and has left its socket. */
static int connect_to(const char *path)
{
	const struct timeval tv = { PATIENCE_S, 0 };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd, r = 0;

	if (strlen(path) >= sizeof(a.sun_path))
		return -ENAMETOOLONG;
	memcpy(a.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) < 0 ||
	    connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		r = -errno;
	if (!r)
		return fd;
	close(fd);
	return r;
}

static int keep(struct ctl *ctl, struct control_reply *d)
{
	struct control_reply *more;

	more = realloc(ctl->served, (ctl->n_served + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	d->uuid[sizeof(d->uuid) - 1] = '\0';
	more[ctl->n_served++] = *d;
	ctl->served = more;
	return 0;
}

static int take_list(struct ctl *ctl, int fd)
{
	const struct control_request q = { CONTROL_VERSION, CONTROL_LIST };
	struct control_reply d;
	ssize_t n;
	int r = 0;

	if (send(fd, &q, sizeof(q), MSG_NOSIGNAL) < 0)
		return -errno;
	while (!r) {
		n = recv(fd, &d, sizeof(d), MSG_TRUNC);
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EPIPE;
		if (n != (ssize_t)sizeof(d) || d.type == CONTROL_REFUSED)
			return -EPROTO;
		if (d.type == CONTROL_END)
			return 0;
		r = keep(ctl, &d);
	}
	return r;
}

static void ask_one(struct ctl *ctl, const char *name)
{
	char path[512];
	int fd, r;

	snprintf(path, sizeof(path), "%s/%s", ctl->dirs.run_path, name);
	fd = r = connect_to(path);
	if (r == -ECONNREFUSED || r == -ENOENT)
		return;
	ctl->daemon = true;
	if (fd >= 0) {
		r = take_list(ctl, fd);
		close(fd);
	}
	if (r < 0)
		log_warning("%s: vtpm-userback does not say what it serves: "
			    "%s%s",
			    path, strerror(-r),
			    r == -EPROTO ? "; it is of another version" : "");
}

void daemon_ask(struct ctl *ctl)
{
	int fd = openat(ctl->dirs.run_fd, ".",
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const size_t len = strlen(CONTROL_FILE);
	struct dirent *entry;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(dir)))
		if (!strncmp(entry->d_name, CONTROL_FILE, len) &&
		    (!entry->d_name[len] || entry->d_name[len] == '-'))
			ask_one(ctl, entry->d_name);
	closedir(dir);
}

const struct control_reply *daemon_serves(const struct ctl *ctl,
					  uint32_t instance)
{
	const struct control_reply *found = NULL;
	size_t i;

	/* Of two devices the one with a worker has it. */
	for (i = 0; i < ctl->n_served; i++)
		if (ctl->served[i].instance == instance &&
		    (!found || ctl->served[i].pid))
			found = &ctl->served[i];
	return found;
}
