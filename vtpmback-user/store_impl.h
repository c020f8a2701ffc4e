/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the store share: for store*.c only. */
#ifndef STORE_IMPL_H
#define STORE_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "seal.h"

struct store {
	int dir_fd;
	bool reader; /* changes nothing */
	struct sealer *permanent;
	struct sealer *saved;
	uint64_t counter; /* of what was loaded or saved last */
	/* Of the file `permanent` that was loaded or saved last. */
	uint8_t permanent_id[SEAL_ID_SIZE];
	bool permanent_known;
	uint8_t *blob; /* what is sealed or opened */
	size_t blob_size;
};

/* Makes room for size bytes in s->blob; -ENOMEM. */
int store_need_blob(struct store *s, size_t size);

/*
 * Reads a file of the directory into s->blob.  -ENOENT, -ELOOP, -EBADMSG (no
 * regular file), -EFBIG, -ENOMEM, or what reading said.
 */
int store_read_file(struct store *s, const char *name, size_t *len);

/*
 * Replaces a file with len bytes of s->blob as a whole; its own bytes are on
 * disk, its place in the directory (s->dir_fd) is the caller's to sync.  On an
 * error the earlier file stands.
 */
int store_replace_file(struct store *s, const char *name, size_t len);

#endif
