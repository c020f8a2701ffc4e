/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Seals bytes against reading and change: AES-256-GCM (NIST SP 800-38D) under
 * a key of one vTPM's.
 *
 * A sealed blob, integers big-endian:
 *	 8  "vTPMseal"
 *	 4  format version, 1
 *	16  salt, new for each sealer; the blob's key is
 *	    HMAC-SHA256(key, "vtpm-userback seal" || salt || context)
 *	 8  counter; the nonce is four zero bytes and this
 *	 4  length of what follows less the tag
 *	 n  ciphertext
 *	16  tag, over all of the above
 * A sealer counts up and no two sealers share a salt, so that no nonce is used
 * twice.  The context is not stored: a blob opens only in the place that it
 * was sealed for (which instance, which file).
 */
#ifndef SEAL_H
#define SEAL_H

#include <stddef.h>
#include <stdint.h>

#define SEAL_KEY_SIZE 32
#define SEAL_HEADER   (8u + 4u + 16u + 8u + 4u)
#define SEAL_OVERHEAD (SEAL_HEADER + 16u)

/* Salt and counter: no two blobs that were ever sealed have the same. */
#define SEAL_ID_OFFSET (8u + 4u)
#define SEAL_ID_SIZE   (16u + 8u)

/*
 * For main(), before anything of libcrypto is used: the process does without
 * the texts of its errors (54 KiB) and without its configuration, in which
 * somebody may forbid, for TLS, what a TPM 1.2 is made of.
 */
void seal_prepare_process(void);

struct sealer;

/*
 * context: what the blobs are and whose, at most 64 bytes of text.
 * Returns NULL when memory, random bytes or libcrypto's algorithms fail.  All
 * of libcrypto that it will need is loaded now, before a sandbox closes.
 */
struct sealer *sealer_new(const uint8_t key[SEAL_KEY_SIZE],
			  const char *context);
void sealer_free(struct sealer *s);

/* The highest counter that it has given or opened; 0: none. */
uint64_t sealer_counter(const struct sealer *s);

/* No blob is sealed any more with a counter up to this. */
void sealer_skip(struct sealer *s, uint64_t counter);

/*
 * Seals len bytes of plain into out[len + SEAL_OVERHEAD] with the next
 * counter, which is always higher than any that this sealer opened.
 * 0 or -EIO.
 */
int sealer_seal(struct sealer *s, const uint8_t *plain, size_t len,
		uint8_t *out);

/*
 * Opens a blob of len bytes into plain[len - SEAL_OVERHEAD].  *counter tells
 * how new it is.
 *
 * Errors: -EBADMSG (truncated, changed, another key or another context),
 * -ENOTSUP (a later format), -EIO (libcrypto).
 */
int sealer_open(struct sealer *s, const uint8_t *blob, size_t len,
		uint8_t *plain, uint64_t *counter);

/*
 * The key of one vTPM: HMAC-SHA256(master, "vtpm-userback instance" || n).
 * A worker never sees the master key.  0 or -EIO.
 */
int seal_derive_key(const uint8_t master[SEAL_KEY_SIZE], uint32_t instance,
		    uint8_t key[SEAL_KEY_SIZE]);

/*
 * A key out of a passphrase: scrypt (RFC 7914) with a salt of SEAL_KEY_SIZE
 * bytes, N = 2^16, r = 8, p = 1.  0, or -EIO (there is not so much memory,
 * among others).
 */
#define SEAL_PASSPHRASE_MIB 64u
int seal_passphrase(const uint8_t *text, size_t len,
		    const uint8_t salt[SEAL_KEY_SIZE],
		    uint8_t key[SEAL_KEY_SIZE]);

/*
 * What tells a master key from another and nothing about it:
 * HMAC-SHA256(master, "vtpm-userback key check").  0 or -EIO.
 */
int seal_key_check(const uint8_t master[SEAL_KEY_SIZE],
		   uint8_t sum[SEAL_KEY_SIZE]);

/* len unpredictable bytes; 0 or -EIO. */
int seal_random(uint8_t *buf, size_t len);

#endif
