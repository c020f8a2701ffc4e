/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where one vTPM's state is kept, sealed (seal.h), as its worker sees it:
 *
 *   permanent   in the vTPM's own directory: what survives power.  Replaced as
 *               a whole; on disk before store_save returns.
 *   new         beside it: an empty file that says that this vTPM has not been
 *               manufactured yet.  Without it a missing `permanent` is a loss,
 *               never a reason for a fresh TPM.
 *   permanent.new, permanent.old
 *               while it is replaced.
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
 * Takes over directory dir_fd for the life of the store, and locks it: one
 * process serves a vTPM.  Waits up to STORE_LOCK_MS for an earlier one to end.
 *
 * Errors: -EBUSY (locked), -EIO (libcrypto), -ENOMEM.
 */
#define STORE_LOCK_MS 5000
int store_open(struct store **store, int dir_fd,
	       const uint8_t key[SEAL_KEY_SIZE], uint32_t instance);
void store_close(struct store *store);

/*
 * The same without a lock, for who only looks: nothing may be saved, and
 * loading leaves everything as it is.  What is read may change meanwhile.
 */
int store_open_reader(struct store **store, int dir_fd,
		      const uint8_t key[SEAL_KEY_SIZE], uint32_t instance);

/*
 * Reads the permanent state; *state is the caller's to free.
 *
 * Errors: -ENOENT (there is none yet: manufacture it), -ENODATA (it is
 * missing), -EBADMSG (truncated, damaged, another vTPM's or another host's),
 * -ENOTSUP (a later version's), -EFBIG, or what reading said.
 */
int store_load(struct store *store, uint8_t **state, size_t *len);

/*
 * The write counter of the state that was loaded or saved last, 0 if none was;
 * and that of the next to be saved.  Each attempt has a higher one.
 */
uint64_t store_counter(const struct store *store);
uint64_t store_next_counter(const struct store *store);

/*
 * The next store_save has this counter, at least 1: for a state that comes from
 * elsewhere.  Before any other use of the store.
 */
void store_set_counter(struct store *store, uint64_t counter);

/*
 * Replaces the permanent state, durably and as a whole.  On an error the
 * earlier one stands (-EFBIG: more than STORE_MAX; -ENOMEM, -EIO, -ENOSPC and
 * what else the files say).
 */
int store_save(struct store *store, const uint8_t *state, size_t len);

#endif
