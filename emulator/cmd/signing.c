/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 13: Cryptographic Functions, those that sign. */

#include "keys.h"

/* What is signed instead: a TPM_SIGN_INFO with the caller's nonce. */
static enum tpm_rc sign_info(struct tpm *t, struct tpm_call *c,
			     const struct tpm_key_entry *key,
			     struct tpm_bytes data, struct tpm_bytes *sig)
{
	static const uint8_t fixed[] = {
		0, TPM_TAG_SIGNINFO, 'S', 'I', 'G', 'N'
	};
	const struct tpm_digest *replay = &c->auth[0].nonceOdd;
	uint8_t len[4];
	struct wr w = wr_over(len, sizeof(len));
	struct tpm_digest digest;

	if (!c->n_auth)
		return TPM_BAD_PARAMETER;
	wr_number(&w, data.len, sizeof(len));
	tpm_sha1(t->crypto, digest.b,
		 TPM_PARTS({ fixed, sizeof(fixed) },
			   { replay->b, sizeof(replay->b) },
			   { len, sizeof(len) }, data));
	return key_sign(t, c, key, &digest, sig);
}

static enum tpm_rc sign_sha1(struct tpm *t, struct tpm_call *c,
			     const struct tpm_key_entry *key,
			     struct tpm_bytes data, struct tpm_bytes *sig)
{
	struct tpm_digest digest;

	if (data.len != sizeof(digest.b))
		return TPM_BAD_PARAMETER;
	memcpy(digest.b, data.p, sizeof(digest.b));
	return key_sign(t, c, key, &digest, sig);
}

/* 13.5 TPM_Sign */
enum tpm_rc tpm_Sign(struct tpm *t, struct tpm_call *c,
		     const struct Sign_in *in, struct Sign_out *out)
{
	const struct tpm_key_entry *key = c->key[0];

	if (!in->areaToSign.len)
		return TPM_BAD_PARAMETER;
	if (key->keyUsage != TPM_KEY_SIGNING && key->keyUsage != TPM_KEY_LEGACY)
		return TPM_INVALID_KEYUSAGE;
	switch (key->sigScheme) {
	case TPM_SS_RSASSAPKCS1v15_SHA1:
		return sign_sha1(t, c, key, in->areaToSign, &out->sig);
	case TPM_SS_RSASSAPKCS1v15_DER:
		return key_sign_der(t, c, key, in->areaToSign, &out->sig);
	case TPM_SS_RSASSAPKCS1v15_INFO:
		return sign_info(t, c, key, in->areaToSign, &out->sig);
	default:
		return TPM_INVALID_KEYUSAGE;
	}
}
