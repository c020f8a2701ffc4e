/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A directory on a disk that loses power, in memory: the linker sends the
 * system calls of the code under test here (-Wl,--wrap=NAME).
 *
 * What a file holds is on the disk when the file was synced, and what names
 * there are when the directory was.  Of all that came after that, a cut of the
 * power leaves any part, in any order: of a file's sectors each as it was or
 * as it is, its length as it was or as it is or between, and of the changes of
 * names (each whole) any.
 */
#ifndef DISK_H
#define DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The directory's descriptor; what openat gives is behind it. */
#define DISK_DIR 1000

struct disk;

/* An empty directory, but for an empty file of that name (NULL: none). */
struct disk *disk_new(const char *name);
void disk_free(struct disk *disk);

/*
 * The disk that system calls go to from now on; the one before.  Its files
 * must be closed.
 */
struct disk *disk_use(struct disk *disk);

/*
 * What is left of it if power fails now: one of the many, by chance, that are
 * possible; the same seed gives the same.
 */
struct disk *disk_cut(const struct disk *disk, uint64_t seed);

/* Called before each change of the disk in use, and after it. */
void disk_watch(void (*function)(void *ctx), void *ctx);

/*
 * The nth change from now (1: the next; 0: none any more) fails with `error`,
 * a write half done; whether the last such was reached.
 */
bool disk_fail(unsigned int nth, int error);

/* Since disk_count was last called. */
struct disk_counts {
	unsigned int writes, syncs, changes;
	size_t bytes;
};
struct disk_counts disk_count(void);

#endif
