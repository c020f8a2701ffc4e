/* SPDX-License-Identifier: BSD-2-Clause */
/* Entities under their parents: see wrapped.h. */

#include "wrapped.h"

static enum tpm_rc check_key(const struct rd *r, const struct tpm_wrapped *w)
{
	return rd_done(r) == TPM_SUCCESS && key_is_payload(w->key.payload)
		       ? TPM_SUCCESS
		       : TPM_INVALID_STRUCTURE;
}

static enum tpm_rc check_data(const struct tpm *t, const struct rd *r,
			      const struct tpm_wrapped *w)
{
	const struct tpm_digest *proof = &t->s.owner.tpmProof;

	if (rd_done(r) != TPM_SUCCESS || w->data.payload != TPM_PT_SEAL)
		return TPM_INVALID_STRUCTURE;
	return tpm_equal(w->data.tpmProof.b, proof->b, sizeof(proof->b))
		       ? TPM_SUCCESS
		       : TPM_AUTHFAIL;
}

enum tpm_rc wrapped_open(struct tpm *t, const struct tpm_key_entry *parent,
			 uint16_t entityType, struct tpm_bytes encData,
			 struct tpm_wrapped *w)
{
	struct rd r;
	size_t len;

	TRY(key_decrypt(t, parent, encData, w->plain, &len));
	r = rd_over(w->plain, len);
	w->is_key = entityType == TPM_ET_KEY;
	if (w->is_key) {
		rd_store_asymkey(&r, &w->key);
		return check_key(&r, w);
	}
	rd_sealed_data(&r, &w->data);
	return check_data(t, &r, w);
}

struct tpm_digest *wrapped_secret(struct tpm_wrapped *w)
{
	return w->is_key ? &w->key.usageAuth : &w->data.authData;
}

enum tpm_rc wrapped_close(struct tpm *t, struct tpm_call *c,
			  const struct tpm_key_entry *parent,
			  const struct tpm_wrapped *w,
			  struct tpm_bytes *encData)
{
	uint8_t b[TPM_RSA_MAX_BYTES];
	struct wr out = wr_over(b, sizeof(b));
	enum tpm_rc rc;

	if (w->is_key)
		wr_store_asymkey(&out, &w->key);
	else
		wr_sealed_data(&out, &w->data);
	rc = out.rc;
	if (rc == TPM_SUCCESS)
		rc = key_encrypt(t, c, parent,
				 (struct tpm_bytes){ b, (size_t)(out.p - b) },
				 encData);
	tpm_wipe(b, sizeof(b));
	return rc;
}
