/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key that all state of this host is sealed under, and where it comes from:
 *
 *   a file of the administrator's	32 bytes
 *   a passphrase			scrypt (RFC 7914) of it and of the
 *					random salt in STATE/key.salt
 *   neither				STATE/key: made at the first start
 *
 * STATE/key.check tells the right key from any other: the HMAC-SHA256, in hex,
 * of a fixed text under it.  It is made at the first start.
 */
#ifndef MASTERKEY_H
#define MASTERKEY_H

#include <stdbool.h>
#include <stdint.h>

#include "seal.h"

/* Where it comes from, as paths; at most one is not NULL. */
struct masterkey_source {
	const char *key_file;
	const char *passphrase_file; /* a last newline is no part of it */
};

/* The longest passphrase, in bytes. */
#define MASTERKEY_PASSPHRASE_MAX 1024u

/*
 * Reads or makes the key of the vTPMs in the directory state_fd, whose path is
 * for messages.  Nothing is made anew where vTPMs exist: has_vtpms.
 *
 * Returns 0 or a negative errno value, after logging what is wrong and what to
 * do: -ENODATA (what was made is missing), -EKEYREJECTED (another key),
 * -EBADMSG (a file that makes no sense), -EPERM (a file that others can read),
 * -EIO (libcrypto), or what reading or writing said.
 */
int masterkey_get(int state_fd, const char *state_path,
		  const struct masterkey_source *source, bool has_vtpms,
		  uint8_t master[SEAL_KEY_SIZE]);

#endif
