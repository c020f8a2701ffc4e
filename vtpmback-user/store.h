/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where one vTPM's state is kept, sealed (seal.h), as its worker sees it:
 *
 *   permanent   in the vTPM's own directory: what survives power.  Replaced as
 *               a whole; on disk before store_save returns.
 *   new         beside it: an empty file that says that this vTPM has not been
 *               manufactured yet.  Without it a missing `permanent` is a loss,
 *               never a reason for a fresh TPM.
 *   live        a file on tmpfs, of one running domain: the volatile state
 *               after each command.  Two slots, written in turn, so that the
 *               death of the process at any instant leaves one whole.
 *
 * Functions return 0 or a negative errno value.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "seal.h"

/* The largest state that is taken, in bytes. */
#define STORE_MAX (1024u * 1024u)

struct store;

/*
 * Takes over directory dir_fd and the file live_fd for the life of the store,
 * and locks the directory: one process serves a vTPM.  Waits up to
 * STORE_LOCK_MS for an earlier one to end.
 *
 * Errors: -EBUSY (locked), -EIO (libcrypto), -ENOMEM.
 */
#define STORE_LOCK_MS 5000
int store_open(struct store **store, int dir_fd, int live_fd,
	       const uint8_t key[SEAL_KEY_SIZE], uint32_t instance,
	       uint32_t domid);
void store_close(struct store *store);

/*
 * Reads the permanent state; *state is the caller's to free.
 *
 * Errors: -ENOENT (there is none yet: manufacture it), -ENODATA (it is
 * missing), -EBADMSG (truncated, damaged, another vTPM's or another host's),
 * -ENOTSUP (a later version's), -EFBIG, or what reading said.
 */
int store_load(struct store *store, uint8_t **state, size_t *len);

/*
 * Replaces the permanent state, durably and as a whole.  On an error the
 * earlier one stands; only if the directory could not be synced, the last step,
 * the new one may.
 */
int store_save(struct store *store, const uint8_t *state, size_t len);

/*
 * Reads the newest volatile state into buf[size].
 *
 * Errors: -ENOENT (none was ever written), -EBADMSG (damaged), -ENOBUFS.
 */
int store_live_load(struct store *store, uint8_t *buf, size_t size,
		    size_t *len);

/*
 * Keeps it.  On an error what was kept before is given up: it must not come
 * back as if it were the newest.
 */
int store_live_save(struct store *store, const uint8_t *buf, size_t len);

#endif
