/* SPDX-License-Identifier: BSD-2-Clause */
/* A vTPM's directory that is made aside: see ctl.h. */

#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl.h"

static int open_directory(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fd;
}

/* What is in it is files: a worker can make nothing else. */
static int remove_files(int fd)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	int r = 0;

	if (!dir) {
		r = -errno;
		close(fd);
		return r;
	}
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0 &&
		    unlinkat(dirfd(dir), entry->d_name, 0) < 0)
			r = -errno;
	closedir(dir);
	return r;
}

int nest_remove(int state_fd, const char *name)
{
	int fd = open_directory(state_fd, name), r;

	if (fd < 0)
		return fd;
	r = remove_files(fd);
	if (unlinkat(state_fd, name, AT_REMOVEDIR) < 0 && !r)
		r = -errno;
	if (!r && fsync(state_fd) < 0)
		r = -errno;
	return r;
}

/* What an earlier vtpmctl left that did not come to its end. */
static int remove_stale(int state_fd, const char *name)
{
	int fd = open_directory(state_fd, name), r = 0;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		r = -EBUSY;
	if (!r)
		r = nest_remove(state_fd, name);
	close(fd);
	return r;
}

int nest_make(const struct ctl *ctl, uint32_t instance, struct nest *nest)
{
	const uid_t uid = STATEDIR_UID_BASE + instance;
	const int state_fd = ctl->dirs.state_fd;
	int r;

	*nest = (struct nest){ .ctl = ctl, .instance = instance, .fd = -1 };
	snprintf(nest->name, sizeof(nest->name), "%u.tmp", instance);
	r = remove_stale(state_fd, nest->name);
	if (r)
		return r;
	if (mkdirat(state_fd, nest->name, 0700) < 0)
		return errno == EEXIST ? -EBUSY : -errno;
	nest->fd = open_directory(state_fd, nest->name);
	if (nest->fd < 0)
		r = nest->fd;
	else if (flock(nest->fd, LOCK_EX | LOCK_NB) < 0)
		r = -EBUSY;
	else if (geteuid() == 0 && fchown(nest->fd, uid, uid) < 0)
		r = -errno;
	if (r)
		nest_close(nest);
	return r;
}

int nest_install(struct nest *nest, bool replace)
{
	const int state_fd = nest->ctl->dirs.state_fd;
	const unsigned int how = replace ? RENAME_EXCHANGE : RENAME_NOREPLACE;
	char name[16];
	int r;

	snprintf(name, sizeof(name), "%u", nest->instance);
	if (fsync(nest->fd) < 0 || fsync(state_fd) < 0)
		return -errno;
	if (renameat2(state_fd, nest->name, state_fd, name, how) < 0)
		return -errno;
	if (fsync(state_fd) < 0) {
		r = -errno;
		(void)renameat2(state_fd, name, state_fd, nest->name, how);
		return r;
	}
	/* Who made the TPM may have a copy yet, on its way to its end. */
	(void)flock(nest->fd, LOCK_UN);
	close(nest->fd);
	nest->fd = -1;
	/* What was there has the nest's name now.  Left, it harms nobody. */
	if (replace)
		(void)nest_remove(state_fd, nest->name);
	return 0;
}

void nest_close(struct nest *nest)
{
	if (nest->fd < 0)
		return;
	(void)nest_remove(nest->ctl->dirs.state_fd, nest->name);
	close(nest->fd);
	nest->fd = -1;
}
