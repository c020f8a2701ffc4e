/* SPDX-License-Identifier: BSD-2-Clause */
/* Small files: see files.h. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fileio.h"
#include "files.h"

static int read_bytes(int fd, size_t size, char **bytes, size_t *len)
{
	char *buf = malloc(size + 1);
	size_t got = 0;
	int r;

	if (!buf)
		return -ENOMEM;
	r = file_read(fd, (uint8_t *)buf, size, 0, &got);
	if (!r && got < size)
		r = -EIO;
	if (r) {
		explicit_bzero(buf, size);
		free(buf);
		return r;
	}
	buf[size] = '\0';
	*bytes = buf;
	*len = size;
	return 0;
}

int files_read(int dir_fd, const char *name, size_t max, char **bytes,
	       size_t *len)
{
	struct stat st;
	int fd, r;

	fd = openat(dir_fd, name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode) || (size_t)st.st_size > max)
		r = -EFBIG;
	else
		r = read_bytes(fd, (size_t)st.st_size, bytes, len);
	close(fd);
	return r;
}

static int write_new(int dir_fd, const char *name, const char *bytes,
		     size_t len)
{
	int fd, r;

	fd = openat(dir_fd, name,
		    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return -errno;
	r = file_write(fd, (const uint8_t *)bytes, len, 0);
	if (!r && fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && !r)
		r = -errno;
	return r;
}

int files_replace(int dir_fd, const char *name, const char *bytes, size_t len)
{
	char new_name[FILES_NAME_MAX + sizeof(".new")];
	int r;

	snprintf(new_name, sizeof(new_name), "%s.new", name);
	r = write_new(dir_fd, new_name, bytes, len);
	if (!r && renameat(dir_fd, new_name, dir_fd, name) < 0)
		r = -errno;
	if (r)
		unlinkat(dir_fd, new_name, 0);
	else if (fsync(dir_fd) < 0)
		r = -errno;
	return r;
}

DIR *files_list(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir && fd >= 0)
		close(fd);
	return dir;
}
