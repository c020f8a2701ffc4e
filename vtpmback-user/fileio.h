/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading, writing and locking, however it is interrupted. */
#ifndef FILEIO_H
#define FILEIO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Reads up to len bytes at offset: fewer only where the file ends.  *got tells
 * how many.  0 or -errno.
 */
int file_read(int fd, uint8_t *buf, size_t len, off_t offset, size_t *got);

/* Writes len bytes at offset.  0 or -errno. */
int file_write(int fd, const uint8_t *buf, size_t len, off_t offset);

/*
 * Takes the exclusive lock (flock) of an open file or directory, for which it
 * waits up to patience_ms.  0, -EBUSY: another had it all the time, or -errno.
 */
int file_lock(int fd, int patience_ms);

#endif
