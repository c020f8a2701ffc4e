/* SPDX-License-Identifier: BSD-2-Clause */
/* See fileio.h. */

#include "config.h"

#include <errno.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "fileio.h"

#define LOCK_STEP_MS 20

int file_read(int fd, uint8_t *buf, size_t len, off_t offset, size_t *got)
{
	ssize_t n;

	for (*got = 0; *got < len; *got += (size_t)n) {
		n = pread(fd, buf + *got, len - *got, offset + (off_t)*got);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			return -errno;
		else if (n == 0)
			break;
	}
	return 0;
}

int file_write(int fd, const uint8_t *buf, size_t len, off_t offset)
{
	size_t done;
	ssize_t n;

	for (done = 0; done < len; done += (size_t)n) {
		n = pwrite(fd, buf + done, len - done, offset + (off_t)done);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			return n < 0 ? -errno : -EIO;
	}
	return 0;
}

int file_lock(int fd, int patience_ms)
{
	const struct timespec step = { 0, LOCK_STEP_MS * 1000000L };

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (patience_ms <= 0)
			return -EBUSY;
		nanosleep(&step, NULL);
		patience_ms -= LOCK_STEP_MS;
	}
	return 0;
}
