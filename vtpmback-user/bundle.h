/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One vTPM as a file, for another host or for the shelf: encrypted and
 * authenticated under a secret that both ends know, and nothing else.
 *
 * Format, integers big-endian:
 *	 8  "vTPMcopy"
 *	 4  format version, 1
 *	 4  kind of the secret: 1 passphrase, 2 key
 *	32  a passphrase's salt (seal_passphrase); of a key, zeros
 *	 n  the fields, sealed (seal.h, context "copy") under the
 *	    passphrase's key, or the secret itself
 * The fields are any of these, each once at most, in any order:
 *	 4  name, 4 letters
 *	 4  length
 *	 n  bytes
 *
 *	UUID, NAME	texts; one of them is there
 *	INST		the instance that it was, 4 bytes
 *	CNTR		how often the permanent state was written, 8 bytes
 *	LOCS		the localities that the guest may use, 4 bytes
 *	LATE		1: it was made for a guest that already ran, 4 bytes
 *	NOV1		1: a front end of protocol 1 is refused, 4 bytes
 *	PERM		the permanent state
 *	SAVE		the volatile one of a suspended domain, and
 *	GUES		which that is, 16 bytes (store_saved.h)
 *
 * CNTR and PERM are always there, SAVE and GUES both or neither.
 *
 * Functions return 0 or a negative errno value; they touch no file.
 */
#ifndef BUNDLE_H
#define BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "vtpmdb.h"

/* No such file is larger, in bytes. */
#define BUNDLE_MAX (4u * 1024u * 1024u)

#define BUNDLE_GUEST_SIZE 16

/* What of it is the reader's to wipe and free is freed by bundle_free. */
struct bundle {
	char uuid[VTPMDB_KEY_MAX]; /* or empty */
	char name[VTPMDB_KEY_MAX];
	uint32_t instance; /* 0: not said */
	uint64_t counter;
	uint32_t localities; /* bit N: locality N; 0: not said */
	uint32_t late;
	uint32_t no_protocol_1;
	uint8_t *permanent, *saved; /* saved: NULL when switched off, */
	size_t permanent_len, saved_len;
	uint8_t guest[BUNDLE_GUEST_SIZE]; /* else whose it is */
};

enum bundle_kind {
	BUNDLE_PASSPHRASE = 1,
	BUNDLE_KEY = 2, /* SEAL_KEY_SIZE bytes */
};

struct bundle_secret {
	enum bundle_kind kind;
	const uint8_t *bytes;
	size_t len;
};

/*
 * The whole file, the caller's to free.
 * -EINVAL (an empty secret, a key of another length, no name), -EFBIG,
 * -ENOMEM, -EIO (libcrypto).
 */
int bundle_pack(const struct bundle *b, const struct bundle_secret *secret,
		uint8_t **file, size_t *len);

/*
 * The kind of secret that a file wants.  -EBADMSG: it is no such file;
 * -ENOTSUP: a later format.
 */
int bundle_kind(const uint8_t *file, size_t len, enum bundle_kind *kind);

/*
 * -EBADMSG (truncated, changed, or another secret), -ENOTSUP (a later format,
 * or a field of it), -EINVAL (a secret of the other kind), -ENOMEM, -EIO.
 */
int bundle_unpack(struct bundle *b, const struct bundle_secret *secret,
		  const uint8_t *file, size_t len);
void bundle_free(struct bundle *b);

#endif
