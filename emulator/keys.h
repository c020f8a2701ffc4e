/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys: the slots they are loaded into, and their two forms on the wire, the
 * public one (TPM_KEY, TPM_PUBKEY) and the private one that a parent encrypts
 * (TPM_STORE_ASYMKEY).
 *
 * A struct tpm_key_entry is plain data and part of the TPM's state; libcrypto's
 * form of it is made at the first private operation and kept beside the slot
 * until the key goes.
 */
#ifndef TPM_KEYS_H
#define TPM_KEYS_H

#include "tpm.h"

/* The largest TPM_KEY, and TPM_STORE_ASYMKEY, in bytes. */
#define KEY_WIRE_MAX   1024u
#define KEY_SECRET_MAX 256u

/* ---- Slots: keys.c ---- */

/* The storage root key or a loaded one; NULL: there is none. */
struct tpm_key_entry *key_find(struct tpm *t, uint32_t handle);

/*
 * The key of a handle that a command names, for use: Part 1, "Validate Key for
 * use": its registers and locality fit.
 *
 * Errors: TPM_KEYNOTFOUND (the SRK, without an owner; the EK),
 * TPM_INVALID_RESOURCE (another reserved handle), TPM_INVALID_KEYHANDLE,
 * TPM_WRONGPCRVAL, TPM_BAD_LOCALITY.
 */
enum tpm_rc key_use(struct tpm *t, const struct tpm_call *c, uint32_t handle,
		    struct tpm_key_entry **key) TPM_CHECKED;

/*
 * The same for what only reads its public half, which some keys allow at any
 * time; and the proof that it wants, by session i if attached: TPM_AUTHFAIL.
 */
enum tpm_rc key_use_public(struct tpm *t, const struct tpm_call *c,
			   uint32_t handle,
			   struct tpm_key_entry **key) TPM_CHECKED;
enum tpm_rc key_verify_public(struct tpm *t, struct tpm_call *c, bool attached,
			      unsigned int i,
			      const struct tpm_key_entry *key) TPM_CHECKED;

/* The same without looking at registers and locality. */
enum tpm_rc key_named(struct tpm *t, uint32_t handle,
		      struct tpm_key_entry **key) TPM_CHECKED;

/* Whether it can only be used while registers have some value. */
bool key_uses_pcrs(const struct tpm_key_entry *key);

/*
 * Puts a copy into a free slot under a new handle, or under its own when that
 * is not 0 and nobody has it.  Errors: TPM_NOSPACE.
 */
enum tpm_rc key_add(struct tpm *t, const struct tpm_key_entry *key,
		    struct tpm_key_entry **slot) TPM_CHECKED;

/* Wipes a slot, and ends the sessions that were opened for its key. */
void key_flush(struct tpm *t, struct tpm_key_entry *key);

/* All but those that the owner keeps; and those too. */
void keys_flush_volatile(struct tpm *t);
void keys_flush_all(struct tpm *t);

unsigned int keys_loaded(const struct tpm *t);

/*
 * libcrypto's form of a key of a slot, of the SRK or the EK's entry
 * (endorsement.c); the TPM keeps it.  NULL: it is no key.
 */
struct tpm_rsa *key_rsa(struct tpm *t, const struct tpm_key_entry *key);

/* The same of a key that has no slot; the caller frees it. */
struct tpm_rsa *key_make_rsa(const struct tpm_key_entry *key) TPM_MUST_CHECK;

/* The slots changed under our feet: nothing that is kept is to be trusted. */
void keys_forget_rsa(struct tpm *t);

/*
 * TPM_LoadKey and TPM_LoadKey2 (Part 3, 10.5): unwraps, validates and puts into
 * a slot a key of this parent, which has been authorised.
 *
 * Errors: TPM_INVALID_KEYUSAGE, TPM_NOSPACE, TPM_BAD_PARAMETER (the halves do
 * not belong together), and those of key_check_properties and key_unwrap.
 */
enum tpm_rc key_load(struct tpm *t, const struct tpm_key_entry *parent,
		     const struct tpm_key *wire, uint32_t *handle) TPM_CHECKED;

/* ---- Forms: keyblob.c ---- */

static inline bool key_is_migratable(const struct tpm_key_entry *key)
{
	return key->keyFlags & TPM_MIGRATABLE;
}

/*
 * Whether the TPM has keys of this kind: algorithm, size, and the schemes that
 * Part 2, 5.8.1 allows for the usage.  bits 0: any size.
 * Errors: TPM_BAD_KEY_PROPERTY; TPM_NOTFIPS when the TPM is in that mode.
 */
enum tpm_rc key_check_properties(const struct tpm *t,
				 const struct tpm_key *wire,
				 unsigned int bits) TPM_CHECKED;

/* The same for parameters alone. */
enum tpm_rc key_check_parms(const struct tpm_key_parms *parms,
			    uint16_t keyUsage, unsigned int bits) TPM_CHECKED;

/* The size of the modulus in bytes; 0: no parameters of a key that we have. */
size_t key_parms_size(const struct tpm_key_parms *parms);

/*
 * The size of a key that is to be made; which we only do with the usual
 * exponent, 65537.  Errors: TPM_BAD_KEY_PROPERTY.
 */
enum tpm_rc key_new_size(const struct tpm_key_parms *parms,
			 unsigned int *bits) TPM_CHECKED;

/*
 * The exponent as it is given; len 0: it is not.
 * Errors: TPM_BAD_KEY_PROPERTY.
 */
enum tpm_rc key_exponent(const struct tpm_key_parms *parms,
			 struct tpm_exponent *e) TPM_CHECKED;

/*
 * The public half of a TPM_KEY; all of the entry is set, its private half to
 * zeros.  PCRInfo must be well formed, pubKey may be empty.
 *
 * Errors: TPM_BAD_KEY_PROPERTY (no RSA key of a size that we have),
 * TPM_INVALID_PCR_INFO, TPM_BAD_PARAM_SIZE.
 */
enum tpm_rc key_read_public(const struct tpm_key *wire,
			    struct tpm_key_entry *key) TPM_CHECKED;

/*
 * The public half as a TPM_KEY whose parts lie in the call's scratch space;
 * encData is empty.  Errors: TPM_SIZE.
 */
enum tpm_rc key_wire(struct tpm_call *c, const struct tpm_key_entry *key,
		     struct tpm_key *wire) TPM_CHECKED;

/* Its PCRInfo alone, in the form that the key came in. */
enum tpm_rc key_pcr_info(struct tpm_call *c, const struct tpm_key_entry *key,
			 struct tpm_bytes *info) TPM_CHECKED;

/* Its parameters alone. */
enum tpm_rc key_parms(struct tpm_call *c, const struct tpm_key_entry *key,
		      struct tpm_key_parms *parms) TPM_CHECKED;

/* As a TPM_PUBKEY, in the same way. */
enum tpm_rc key_pubkey(struct tpm_call *c, const struct tpm_key_entry *key,
		       struct tpm_pubkey *pub) TPM_CHECKED;

/* SHA-1 of the TPM_STORE_PUBKEY; of a whole TPM_PUBKEY. */
void key_store_pubkey_digest(struct tpm *t, const struct tpm_key_entry *key,
			     struct tpm_digest *digest);
enum tpm_rc pubkey_digest(struct tpm *t, const struct tpm_pubkey *pub,
			  struct tpm_digest *digest) TPM_CHECKED;

/*
 * What TPM_STORE_ASYMKEY.migrationAuth of a certified migratable key is: the
 * HMAC of its TPM_CMK_MIGAUTH (Part 2, 5.15) under tpmProof.
 * Errors: TPM_SIZE.
 */
enum tpm_rc key_cmk_auth(struct tpm *t, const struct tpm_digest *msaDigest,
			 const struct tpm_digest *pubKeyDigest,
			 struct tpm_digest *hmac) TPM_CHECKED;

/* libcrypto's form of somebody's public key; NULL: it is none. */
struct tpm_rsa *pubkey_rsa(const struct tpm_pubkey *pub);

/* SHA-1 of a TPM_KEY without encData. */
enum tpm_rc key_public_digest(struct tpm *t, const struct tpm_key *wire,
			      struct tpm_digest *digest) TPM_CHECKED;

/*
 * Makes the key's two primes, from the platform's pool if it has one, and sets
 * n and p.  Errors: TPM_FAIL.
 */
enum tpm_rc key_generate(struct tpm *t, unsigned int bits,
			 struct tpm_key_entry *key) TPM_CHECKED;

/*
 * Encrypts the private half under the parent as wire->encData, in the call's
 * scratch space, and sets key->pubDataDigest and wire's public half.
 * Errors: TPM_SIZE, TPM_FAIL.
 */
enum tpm_rc key_wrap(struct tpm *t, struct tpm_call *c,
		     const struct tpm_key_entry *parent,
		     struct tpm_key_entry *key,
		     struct tpm_key *wire) TPM_CHECKED;

/*
 * The reverse, into key, whose public half is read and checked against it.
 * Errors: those of key_read_public; TPM_DECRYPT_ERROR; TPM_AUTHFAIL
 * (pubDataDigest is another key's); TPM_INVALID_STRUCTURE (no key's payload);
 * TPM_BAD_PARAMETER (the prime's size is wrong).
 */
enum tpm_rc key_unwrap(struct tpm *t, const struct tpm_key_entry *parent,
		       const struct tpm_key *wire,
		       struct tpm_key_entry *key) TPM_CHECKED;

/* Of the TPM_STORE_ASYMKEY of a key that can be loaded. */
bool key_is_payload(uint8_t payload);

/*
 * Decrypts in the key's scheme, which is RSAES-OAEP in a storage key: what a
 * parent protects.  out has TPM_RSA_MAX_BYTES bytes.
 * Errors: TPM_BAD_DATASIZE (too long for the key), TPM_DECRYPT_ERROR.
 */
enum tpm_rc key_decrypt(struct tpm *t, const struct tpm_key_entry *key,
			struct tpm_bytes in, uint8_t *out,
			size_t *len) TPM_CHECKED;

/*
 * Encrypts with RSAES-OAEP, into the call's scratch space.
 * Errors: TPM_BAD_DATASIZE (too long for the key), TPM_SIZE, TPM_FAIL.
 */
enum tpm_rc key_encrypt(struct tpm *t, struct tpm_call *c,
			const struct tpm_key_entry *key, struct tpm_bytes in,
			struct tpm_bytes *out) TPM_CHECKED;

/*
 * Signs a SHA-1 digest with PKCS #1 v1.5, into the call's scratch space.
 * Errors: TPM_SIZE, TPM_FAIL.
 */
enum tpm_rc key_sign(struct tpm *t, struct tpm_call *c,
		     const struct tpm_key_entry *key,
		     const struct tpm_digest *digest,
		     struct tpm_bytes *sig) TPM_CHECKED;

/*
 * The same with bytes that are padded as they are.
 * Errors: TPM_BAD_PARAMETER (too many for the key), TPM_SIZE, TPM_FAIL.
 */
enum tpm_rc key_sign_der(struct tpm *t, struct tpm_call *c,
			 const struct tpm_key_entry *key, struct tpm_bytes data,
			 struct tpm_bytes *sig) TPM_CHECKED;
/* ---- What the TPM states and signs: sign.c ---- */

/* Whether the usage is one that signs, and the scheme one for statements. */
bool key_is_for_signing(const struct tpm_key_entry *key);
bool key_signs_info(const struct tpm_key_entry *key);

/*
 * Signs SHA-1 of the structure, into the call's scratch space.
 * Errors: TPM_SIZE, TPM_FAIL.
 */
enum tpm_rc key_sign_info(struct tpm *t, struct tpm_call *c,
			  const struct tpm_key_entry *key,
			  const struct tpm_sign_info *info,
			  struct tpm_bytes *sig) TPM_CHECKED;

#endif
