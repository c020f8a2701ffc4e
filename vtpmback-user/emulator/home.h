/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TPM's state in a directory, sealed (store.h), with the key beside it:
 *
 *   key		32 random bytes, readable by the owner alone
 *   permanent, new	what survives power: see store.h
 *   volatile		what was stored of a power cycle's loss, or nothing
 *
 * The key guards a backup of the other files, not against who can read this
 * directory.
 *
 * Functions return 0 or a negative errno value.
 */
#ifndef HOME_H
#define HOME_H

#include <stddef.h>
#include <stdint.h>

struct home;

/*
 * Opens the directory, made if there is none, and locks it for this process.
 * Logs what is wrong and what to do.
 */
int home_open(struct home **home, const char *path);
void home_close(struct home *home);

/* For messages. */
const char *home_path(const struct home *home);

/* As store_load and store_save. */
int home_load(struct home *home, uint8_t **state, size_t *len);
int home_save(struct home *home, const uint8_t *state, size_t len);

/*
 * Reads it into buf[size].  Errors: -ENOENT (there is none), -EBADMSG, -ENOTSUP
 * (sealer_open), -ENOBUFS, -ENOMEM, or what reading said.
 */
int home_load_volatile(struct home *home, uint8_t *buf, size_t size,
		       size_t *len);

/* Durably; len 0: there is none any more. */
int home_save_volatile(struct home *home, const uint8_t *buf, size_t len);

#endif
