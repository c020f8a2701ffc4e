/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Delegation (Part 2, section 20; Part 3, section 19): a secret that proves
 * the owner, or a key, for some commands only.
 *
 * A delegation belongs to a family and is void while that is not enabled, or
 * counts differently.  It lies in the delegate table, or outside as a blob
 * that only this TPM can make: its secret is encrypted with delegateKey, and
 * all of it authenticated with tpmProof.
 */
#ifndef TPM_DELEGATION_H
#define TPM_DELEGATION_H

#include "tpm.h"

/* ---- Tables ---- */

/* NULL: there is none of this number; there is no free row. */
struct tpm_family_table_entry *family_find(struct tpm *t, uint32_t familyID);
struct tpm_family_table_entry *family_find_free(struct tpm *t);

/* A row of the delegate table that holds something; NULL: it does not. */
struct tpm_delegate_table_row *delegation_row(struct tpm *t, uint32_t index);

/* As the owner leaves it: no families, no delegations. */
void delegation_owner_clear(struct tpm *t);

/* ---- What a delegation is worth ---- */

/*
 * Whether its family lets it live.
 * Errors: TPM_BADINDEX, TPM_DISABLED_CMD, TPM_FAMILYCOUNT.
 */
enum tpm_rc delegation_alive(struct tpm *t,
			     const struct tpm_delegate_public *pub) TPM_CHECKED;

/*
 * Whether the command may be proved with it in the entity's place.
 *
 * Errors: those of delegation_alive; TPM_AUTHFAIL (not for this command),
 * TPM_WRONGPCRVAL, TPM_BAD_LOCALITY; TPM_INVALID_KEYUSAGE (a certifiable
 * migratable key that the owner excepts: TPM_CMK_SetRestrictions).
 */
enum tpm_rc delegation_permits(struct tpm *t, const struct tpm_call *c,
			       const struct tpm_delegate_public *pub,
			       const struct tpm_entity *e) TPM_CHECKED;

/*
 * The delegation that session i of the command was verified with; NULL: it was
 * the secret itself.
 */
const struct tpm_delegate_public *delegation_used(const struct tpm_call *c,
						  unsigned int i);

/* ---- Blobs ---- */

/* TPM_DELEGATE_KEY_BLOB, or TPM_DELEGATE_OWNER_BLOB: that has no key. */
struct tpm_delegation {
	bool of_key;
	struct tpm_delegate_key_blob blob;
};

/*
 * Errors: TPM_BAD_PARAMETER (no such structure), TPM_BAD_PARAM_SIZE, and those
 * of delegate_public_check (types.h).
 */
enum tpm_rc delegation_read(struct tpm_bytes in,
			    struct tpm_delegation *d) TPM_CHECKED;

/* It is one of ours: TPM_AUTHFAIL. */
enum tpm_rc delegation_intact(struct tpm *t,
			      const struct tpm_delegation *d) TPM_CHECKED;

/* The secret of one that is intact: TPM_BAD_DELEGATE. */
enum tpm_rc delegation_secret(struct tpm *t, const struct tpm_delegation *d,
			      struct tpm_digest *secret) TPM_CHECKED;

/* The same of one that is not encrypted: TPM_INVALID_STRUCTURE. */
enum tpm_rc delegation_plain_secret(const struct tpm_delegation *d,
				    struct tpm_digest *secret) TPM_CHECKED;

/* Encrypts the secret into it; in the call's scratch space: TPM_SIZE. */
enum tpm_rc delegation_set_secret(struct tpm *t, struct tpm_call *c,
				  struct tpm_delegation *d,
				  const struct tpm_digest *secret) TPM_CHECKED;

/* Authenticates it, and writes it into scratch space: TPM_SIZE. */
enum tpm_rc delegation_write(struct tpm *t, struct tpm_call *c,
			     struct tpm_delegation *d,
			     struct tpm_bytes *out) TPM_CHECKED;

/* Tells keys apart: pubKeyDigest (Part 2, 20.12). */
void delegation_key_digest(struct tpm *t, const struct tpm_key_entry *key,
			   struct tpm_digest *digest);

#endif
