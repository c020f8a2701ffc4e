/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and writing all of what was asked for, however it is interrupted. */
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

#endif
