/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a storage key protects, opened to give it another secret: the encData
 * of a key, or of sealed data.
 */
#ifndef TPM_WRAPPED_H
#define TPM_WRAPPED_H

#include "keys.h"

struct tpm_wrapped {
	bool is_key;
	/* Of the one that it is; they borrow from plain. */
	struct tpm_store_asymkey key;
	struct tpm_sealed_data data;
	uint8_t plain[TPM_RSA_MAX_BYTES];
};

/*
 * entityType is TPM_ET_KEY or TPM_ET_DATA.  The caller wipes it, whatever
 * happens.
 *
 * Errors: TPM_DECRYPT_ERROR, TPM_INVALID_STRUCTURE (something else), and
 * TPM_AUTHFAIL (sealed by another TPM).
 */
enum tpm_rc wrapped_open(struct tpm *t, const struct tpm_key_entry *parent,
			 uint16_t entityType, struct tpm_bytes encData,
			 struct tpm_wrapped *w) TPM_CHECKED;

struct tpm_digest *wrapped_secret(struct tpm_wrapped *w);

/* Encrypts it again, into the call's scratch space: TPM_SIZE, TPM_FAIL. */
enum tpm_rc wrapped_close(struct tpm *t, struct tpm_call *c,
			  const struct tpm_key_entry *parent,
			  const struct tpm_wrapped *w,
			  struct tpm_bytes *encData) TPM_CHECKED;

#endif
