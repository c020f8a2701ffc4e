/* SPDX-License-Identifier: BSD-2-Clause */
/* What the stages of TPM_DAA_Join and TPM_DAA_Sign share: see daa.h. */

#include "daa.h"

/* ---- Sessions ---- */

struct tpm_daa_session *daa_find(struct tpm *t, uint32_t handle)
{
	for (unsigned int i = 0; handle && i < TPM_MAX_DAA; i++)
		if (t->s.daa[i].handle == handle)
			return &t->s.daa[i];
	return NULL;
}

struct tpm_daa_session *daa_free(struct tpm *t)
{
	for (unsigned int i = 0; i < TPM_MAX_DAA; i++)
		if (!t->s.daa[i].handle)
			return &t->s.daa[i];
	return NULL;
}

struct tpm_daa_session *daa_open(struct tpm *t)
{
	struct tpm_daa_session *s = daa_free(t);

	if (s)
		s->handle = tpm_new_handle(t, TPM_RT_DAA_TPM);
	return s;
}

void daa_flush(struct tpm_daa_session *s)
{
	tpm_wipe(s, sizeof(*s));
}

void daa_flush_all(struct tpm *t)
{
	tpm_wipe(t->s.daa, sizeof(t->s.daa));
}

uint32_t daa_left(const struct tpm *t)
{
	uint32_t n = 0;

	for (unsigned int i = 0; i < TPM_MAX_DAA; i++)
		n += !t->s.daa[i].handle;
	return n;
}

void daa_list(const struct tpm *t, struct wr *w)
{
	wr_number(w, TPM_MAX_DAA - daa_left(t), 2);
	for (unsigned int i = 0; i < TPM_MAX_DAA; i++)
		if (t->s.daa[i].handle)
			wr_u32(w, &t->s.daa[i].handle);
}

/* ---- Numbers ---- */

/* f = SHA1(rekey || count || 0) || SHA1(rekey || count || 1) mod q */
enum tpm_rc daa_f(struct tpm *t, const struct tpm_daa_session *s,
		  uint8_t f[DAA_F])
{
	const struct tpm_bytes26 *q = &s->issuer.DAA_generic_q;
	uint8_t count[4], wide[2 * TPM_SHA1_SIZE];
	struct wr w = wr_over(count, sizeof(count));
	int r;

	wr_u32(&w, &s->tpm.DAA_count);
	for (uint8_t i = 0; i < 2; i++)
		tpm_sha1(t->crypto, wide + i * TPM_SHA1_SIZE,
			 TPM_PARTS({ s->tpm.DAA_rekey.b, TPM_SHA1_SIZE },
				   { count, sizeof(count) }, { &i, 1 }));
	r = tpm_bn_mod(f, DAA_F, (struct tpm_bytes){ wide, sizeof(wide) },
		       (struct tpm_bytes){ q->b, sizeof(q->b) });
	tpm_wipe(wide, sizeof(wide));
	return r ? TPM_DAA_ISSUER_SETTINGS : TPM_SUCCESS;
}

/* Part 2, 22.2: DAA_SIZE_r0 to DAA_SIZE_r4. */
static const struct mask {
	const char *label;
	size_t len;
} masks[] = {
	{ "r0", 43 }, { "r1", 43 }, { "r2", 128 }, { "r3", 168 }, { "r4", 219 },
};

/* MGF1(label || contextSeed): the same again in each stage that asks. */
static void get_mask(struct tpm *t, const struct tpm_daa_session *s,
		     const struct mask *mask, uint8_t *out)
{
	memset(out, 0, mask->len);
	tpm_mgf1_xor(
		t->crypto, out, mask->len,
		TPM_PARTS({ (const uint8_t *)mask->label, 2 },
			  { s->context.DAA_contextSeed.b, TPM_SHA1_SIZE }));
}

/* The low half of f, or the high one. */
static enum tpm_rc get_half(struct tpm *t, const struct tpm_daa_session *s,
			    bool low, uint8_t *out)
{
	uint8_t f[DAA_F];

	TRY(daa_f(t, s, f));
	memcpy(out, low ? f + DAA_POWER0 : f, DAA_POWER0);
	tpm_wipe(f, sizeof(f));
	return TPM_SUCCESS;
}

enum tpm_rc daa_number(struct tpm *t, const struct tpm_daa_session *s,
		       enum daa_number which, uint8_t out[DAA_NUMBER],
		       size_t *len)
{
	switch (which) {
	case DAA_F0:
	case DAA_F1:
		*len = DAA_POWER0;
		return get_half(t, s, which == DAA_F0, out);
	case DAA_U0:
		*len = sizeof(s->join.DAA_join_u0.b);
		memcpy(out, s->join.DAA_join_u0.b, *len);
		return TPM_SUCCESS;
	case DAA_U1:
		*len = sizeof(s->join.DAA_join_u1.b);
		memcpy(out, s->join.DAA_join_u1.b, *len);
		return TPM_SUCCESS;
	default:
		*len = masks[which - DAA_R0].len;
		get_mask(t, s, &masks[which - DAA_R0], out);
		return TPM_SUCCESS;
	}
}

/* ---- Blobs ---- */

/* HMAC(daaProof, the blob without its HMAC); false: it is longer than ours. */
static bool blob_integrity(struct tpm *t, const struct tpm_daa_blob *blob,
			   struct tpm_digest *hmac)
{
	struct tpm_daa_blob copy = *blob;
	uint8_t b[512];
	struct wr w = wr_over(b, sizeof(b));

	memset(&copy.blobIntegrity, 0, sizeof(copy.blobIntegrity));
	wr_daa_blob(&w, &copy);
	tpm_hmac_sha1(t->crypto, hmac->b, t->s.data.daaProof.b, TPM_SHA1_SIZE,
		      TPM_PARTS({ b, (size_t)(w.p - b) }));
	return w.rc == TPM_SUCCESS;
}

/* additionalData is the counter's start. */
enum tpm_rc daa_wrap(struct tpm *t, struct tpm_call *c, uint32_t type,
		     struct tpm_bytes secret, struct tpm_bytes *blob)
{
	const struct tpm_daa_sensitive sensitive = { .internalData = secret };
	uint8_t iv[TPM_AES_BLOCK];
	const size_t len = 2 + 4 + secret.len, cap = len + 128;
	uint8_t *plain = tpm_scratch(c, len), *out = tpm_scratch(c, cap);
	struct wr plain_w = wr_over(plain, len), w = wr_over(out, cap);
	struct tpm_daa_blob b = {
		.resourceType = type,
		.additionalData = { iv, sizeof(iv) },
		.sensitiveData = { plain, len },
	};

	if (!plain || !out)
		return TPM_SIZE;
	wr_daa_sensitive(&plain_w, &sensitive);
	tpm_random(t->crypto, iv, sizeof(iv));
	tpm_aes128_ctr(t->crypto, t->s.data.daaBlobKey.b, iv, plain, plain,
		       len);
	if (!blob_integrity(t, &b, &b.blobIntegrity))
		return TPM_SIZE;
	wr_daa_blob(&w, &b);
	*blob = (struct tpm_bytes){ out, (size_t)(w.p - out) };
	return w.rc;
}

static bool blob_is_ours(struct tpm *t, const struct tpm_daa_blob *b,
			 uint32_t type)
{
	struct tpm_digest hmac;

	return blob_integrity(t, b, &hmac) &&
	       tpm_equal(hmac.b, b->blobIntegrity.b, TPM_SHA1_SIZE) &&
	       b->resourceType == type &&
	       b->additionalData.len == TPM_AES_BLOCK;
}

enum tpm_rc daa_unwrap(struct tpm *t, struct tpm_call *c, uint32_t type,
		       struct tpm_bytes blob, struct tpm_bytes *secret)
{
	struct rd r = rd_over(blob.p, blob.len);
	struct tpm_daa_sensitive sensitive;
	struct tpm_daa_blob b;
	uint8_t *plain;

	rd_daa_blob(&r, &b);
	if (rd_done(&r) != TPM_SUCCESS || !blob_is_ours(t, &b, type))
		return TPM_DAA_INPUT_DATA0;
	plain = tpm_scratch(c, b.sensitiveData.len);
	if (!plain)
		return TPM_SIZE;
	tpm_aes128_ctr(t->crypto, t->s.data.daaBlobKey.b, b.additionalData.p,
		       b.sensitiveData.p, plain, b.sensitiveData.len);
	r = rd_over(plain, b.sensitiveData.len);
	rd_daa_sensitive(&r, &sensitive);
	*secret = sensitive.internalData;
	return rd_done(&r) == TPM_SUCCESS ? TPM_SUCCESS : TPM_DAA_INPUT_DATA0;
}
