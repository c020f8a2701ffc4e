/* SPDX-License-Identifier: BSD-2-Clause */
/* What the stages of DAA share: see daa_stage.h. */

#include "daa_stage.h"

bool daa_is_digest_of(struct tpm *t, const void *digest, struct tpm_bytes b)
{
	struct tpm_digest got;

	tpm_sha1(t->crypto, got.b, &b, 1);
	return tpm_equal(got.b, digest, sizeof(got.b));
}

/* in0 is what the stage's row says it is. */
bool daa_base_fits(const struct daa_step *d)
{
	return daa_is_digest_of(
		d->t, (const uint8_t *)&d->s->issuer + d->stage->base, d->in0);
}

struct tpm_bytes daa_scratch(const struct tpm_daa_session *s)
{
	return (struct tpm_bytes){ s->context.DAA_scratch.b, DAA_NUMBER };
}

void daa_scratch_set(struct tpm_daa_session *s, const uint8_t *number)
{
	memcpy(s->context.DAA_scratch.b, number, DAA_NUMBER);
	s->has_scratch = true;
}

void daa_scratch_clear(struct tpm_daa_session *s)
{
	tpm_wipe(s->context.DAA_scratch.b, DAA_NUMBER);
	s->has_scratch = false;
}

/* The session may be gone before the answer is out: so it gets a copy. */
enum tpm_rc daa_answer(struct daa_step *d, const void *p, size_t len)
{
	uint8_t *copy = tpm_scratch(d->c, len);

	if (!copy)
		return TPM_SIZE;
	memcpy(copy, p, len);
	d->out = (struct tpm_bytes){ copy, len };
	return TPM_SUCCESS;
}

/* A number of DAA_NUMBER bytes, without the zeros in front. */
enum tpm_rc daa_answer_number(struct daa_step *d, const uint8_t *number)
{
	size_t zeros = 0;

	while (zeros < DAA_NUMBER && !number[zeros])
		zeros++;
	return daa_answer(d, number + zeros, DAA_NUMBER - zeros);
}

enum tpm_rc daa_answer_digest(struct daa_step *d)
{
	return daa_answer(d, d->s->context.DAA_digest.b, TPM_SHA1_SIZE);
}

bool daa_is_modulus(struct tpm_bytes n)
{
	return n.len && n.len <= DAA_NUMBER && n.p[n.len - 1] & 1;
}

bool daa_read_u32(struct tpm_bytes in, uint32_t *v)
{
	struct rd r = rd_over(in.p, in.len);

	rd_u32(&r, v);
	return rd_done(&r) == TPM_SUCCESS;
}

int daa_add(uint8_t out[DAA_NUMBER], struct tpm_bytes a, struct tpm_bytes b)
{
	static const uint8_t one[] = { 1 };

	return tpm_bn_mul_add(out, DAA_NUMBER, a,
			      (struct tpm_bytes){ one, sizeof(one) }, b);
}

enum tpm_rc daa_read_issuer(struct daa_step *d)
{
	struct rd r = rd_over(d->in0.p, d->in0.len);

	rd_daa_issuer(&r, &d->s->issuer);
	return rd_done(&r) == TPM_SUCCESS ? TPM_SUCCESS : TPM_DAA_INPUT_DATA0;
}

void daa_issuer_digest(const struct daa_step *d, struct tpm_digest *digest)
{
	uint8_t b[sizeof(struct tpm_daa_issuer) + 2];
	struct wr w = wr_over(b, sizeof(b));

	wr_daa_issuer(&w, &d->s->issuer);
	tpm_sha1(d->t->crypto, digest->b, TPM_PARTS({ b, (size_t)(w.p - b) }));
}
