/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small files in directories that are root's: read whole, replaced whole.
 *
 * Functions return 0 or a negative errno value, and log nothing.
 */
#ifndef FILES_H
#define FILES_H

#include <dirent.h>
#include <stddef.h>

/* The longest name of a file here, with its final 0. */
#define FILES_NAME_MAX 64

/*
 * Reads the regular file `name`, which a symbolic link is not; *bytes is the
 * caller's to free, and has a 0 behind its *len bytes.
 *
 * Errors: -ENOENT, -ELOOP (a link), -EFBIG (longer than max, or no regular
 * file), -ENOMEM, or what reading said.
 */
int files_read(int dir_fd, const char *name, size_t max, char **bytes,
	       size_t *len);

/*
 * Replaces `name`, or makes it, with mode 0600: on disk, as a whole, before
 * it returns.  On an error the earlier file stands; only if the directory
 * could not be synced, the last step, the new one may.  The caller sees to it
 * that no two do this at once; NAME.new is used on the way.
 */
int files_replace(int dir_fd, const char *name, const char *bytes, size_t len);

/* The directory's entries, for readdir; the caller's to close.  NULL: errno. */
DIR *files_list(int dir_fd);

#endif
