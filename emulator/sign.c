/* SPDX-License-Identifier: BSD-2-Clause */
/* What a TPM states and signs: TPM_SIGN_INFO (Part 2, 5.12). */

#include "keys.h"

/* The structure around the data. */
#define SIGN_INFO_MAX 128u

bool key_signs_info(const struct tpm_key_entry *key)
{
	return key->sigScheme == TPM_SS_RSASSAPKCS1v15_SHA1 ||
	       key->sigScheme == TPM_SS_RSASSAPKCS1v15_INFO;
}

bool key_is_for_signing(const struct tpm_key_entry *key)
{
	return key->keyUsage == TPM_KEY_SIGNING ||
	       key->keyUsage == TPM_KEY_IDENTITY ||
	       key->keyUsage == TPM_KEY_LEGACY;
}

enum tpm_rc key_sign_info(struct tpm *t, struct tpm_call *c,
			  const struct tpm_key_entry *key,
			  const struct tpm_sign_info *info,
			  struct tpm_bytes *sig)
{
	uint8_t b[SIGN_INFO_MAX];
	struct wr w = wr_over(b, sizeof(b));
	struct tpm_digest digest;

	wr_sign_info(&w, info);
	if (w.rc != TPM_SUCCESS)
		return w.rc;
	tpm_sha1(t->crypto, digest.b, TPM_PARTS({ b, (size_t)(w.p - b) }));
	return key_sign(t, c, key, &digest, sig);
}
