/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a private half travels from one TPM to another (Part 3, sections 11 and
 * 12).  K1, the first 20 bytes of its TPM_STORE_PRIVKEY, is the seed of an OAEP
 * encoding o1, whose message is the TPM_MIGRATE_ASYMKEY with K2, the rest of
 * it; o1 is XORed with a random string, and that encrypted with the public key
 * of who is next.
 */
#ifndef TPM_MIGRATION_H
#define TPM_MIGRATION_H

#include "keys.h"

/*
 * A private half that belongs to no key entry.  The structure borrows from b.
 * Whoever has one wipes it.
 */
struct private_half {
	uint8_t b[TPM_RSA_MAX_BYTES];
	size_t len;
	struct tpm_store_asymkey key;
};

/*
 * What a parent protects; b is the TPM_STORE_ASYMKEY.
 *
 * Errors: TPM_DECRYPT_ERROR, TPM_BAD_PARAM_SIZE, TPM_INVALID_STRUCTURE (it is
 * no private half), TPM_BAD_KEY_PROPERTY (of no size that we have).
 */
enum tpm_rc private_half_open(struct tpm *t, const struct tpm_key_entry *parent,
			      struct tpm_bytes encData,
			      struct private_half *half) TPM_CHECKED;

/* The reverse, into the call's scratch space. */
enum tpm_rc private_half_close(struct tpm *t, struct tpm_call *c,
			       const struct tpm_key_entry *parent,
			       const struct tpm_store_asymkey *key,
			       struct tpm_bytes *encData) TPM_CHECKED;

/* The bytes of o1, and so of the random string: 198 for a key of 2048 bits. */
size_t migration_size(const struct tpm_store_asymkey *key);

/*
 * Encrypts o1 XOR random, which is migration_size() bytes, for `to`, into the
 * call's scratch space.  migrationAuth is the encoding's pHash.
 * Errors: those of pubkey_encrypt.
 */
enum tpm_rc migration_wrap(struct tpm *t, struct tpm_call *c,
			   const struct tpm_store_asymkey *key,
			   const uint8_t *random, const struct tpm_pubkey *to,
			   struct tpm_bytes *out) TPM_CHECKED;

/*
 * The reverse; random is as long as what was encrypted.
 *
 * Errors: TPM_DECRYPT_ERROR, TPM_BAD_PARAMETER (random has another length),
 * TPM_BAD_PARAM_SIZE, TPM_INVALID_STRUCTURE, TPM_BAD_KEY_PROPERTY.
 */
enum tpm_rc migration_unwrap(struct tpm *t, const struct tpm_key_entry *parent,
			     struct tpm_bytes encData, struct tpm_bytes random,
			     struct private_half *half) TPM_CHECKED;

/* The two steps of that, for who makes the random string himself. */
enum tpm_rc migration_decrypt(struct tpm *t, const struct tpm_key_entry *parent,
			      struct tpm_bytes encData,
			      struct private_half *half) TPM_CHECKED;
enum tpm_rc migration_decode(struct tpm *t, const uint8_t *random,
			     struct private_half *half) TPM_CHECKED;

/*
 * Encrypts with somebody's public key and its scheme, into the call's scratch
 * space.
 *
 * Errors: TPM_BAD_KEY_PROPERTY (it is no key), TPM_BAD_DATASIZE,
 * TPM_INAPPROPRIATE_ENC, TPM_ENCRYPT_ERROR, TPM_SIZE.
 */
enum tpm_rc pubkey_encrypt(struct tpm *t, struct tpm_call *c,
			   const struct tpm_pubkey *pub, struct tpm_bytes in,
			   struct tpm_bytes *out) TPM_CHECKED;

/* Whether it is an RSA key of 2048 bits with the usual exponent. */
bool pubkey_is_strong(const struct tpm_pubkey *pub);

/*
 * What the owner said of a migration key: SHA-1 of the key, its scheme and
 * tpmProof.  check: TPM_AUTHFAIL.
 */
enum tpm_rc
migrationkeyauth_sign(struct tpm *t,
		      struct tpm_migrationkeyauth *auth) TPM_CHECKED;
enum tpm_rc
migrationkeyauth_check(struct tpm *t,
		       const struct tpm_migrationkeyauth *auth) TPM_CHECKED;

#endif
