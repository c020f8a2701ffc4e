/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The volatile state of a vTPM whose guest is suspended, in its directory:
 *
 *   saved       written when the guest is saved or migrated away, read when
 *               it is resumed, and removed before its first command then.
 *
 * It belongs to one write of `permanent`: neither of the two opens beside
 * another state of the other, so that putting an older one back shows.  What is
 * sealed (seal.h), in this order:
 *	24  salt and counter of the `permanent` that it belongs to
 *	16  the guest: the uuid that the toolstack gave the machine
 *	 n  the volatile state
 *
 * Functions return 0 or a negative errno value.
 */
#ifndef STORE_SAVED_H
#define STORE_SAVED_H

#include "store.h"

#define STORE_GUEST_SIZE 16

/*
 * Keeps the volatile state; on disk before it returns.  On an error an earlier
 * one stands; only if the directory could not be synced, the new one may.
 * The permanent state must have been loaded or saved: -EINVAL.
 */
int store_saved_save(struct store *store, const uint8_t guest[STORE_GUEST_SIZE],
		     const uint8_t *buf, size_t len);

/*
 * Reads it into buf[size], and whose it is.
 *
 * Errors: -ENOENT (there is none), -ESTALE (it belongs to another permanent
 * state than the one that was loaded or saved last), -EBADMSG (truncated,
 * damaged, another vTPM's or another host's), -ENOTSUP (a later version's),
 * -ENOBUFS, or what reading said.
 */
int store_saved_load(struct store *store, uint8_t guest[STORE_GUEST_SIZE],
		     uint8_t *buf, size_t size, size_t *len);

/*
 * Removes it from a vTPM's directory, durably, whether or not there is one.
 * What unlinkat or fsync say.
 */
int store_saved_remove(int dir_fd);

#endif
