/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part 3, section 26: the stages in which a TPM proves what it knows; and what
 * only a signature has.
 */

#include "daa_stage.h"
#include "keys.h"

/* Part 2, 22.2 */
#define SIZE_W	256u
#define SIZE_NT 20u

/* ---- Stages of a signature ---- */

/* 1: what join_end gave. */
enum tpm_rc daa_sign_tpm(struct daa_step *d)
{
	struct tpm_digest digest;
	struct tpm_bytes plain;
	struct rd r;

	TRY(daa_unwrap(d->t, d->c, TPM_RT_DAA_TPM, d->in0, &plain));
	r = rd_over(plain.p, plain.len);
	rd_daa_tpm(&r, &d->s->tpm);
	if (rd_done(&r) != TPM_SUCCESS)
		return TPM_DAA_INPUT_DATA0;
	daa_issuer_digest(d, &digest);
	return tpm_equal(digest.b, d->s->tpm.DAA_digestIssuer.b, TPM_SHA1_SIZE)
		       ? TPM_SUCCESS
		       : TPM_DAA_ISSUER_SETTINGS;
}

static enum tpm_rc find_identity(struct daa_step *d, struct tpm_key_entry **key)
{
	uint32_t handle;

	if (!daa_read_u32(d->in1, &handle) ||
	    key_use(d->t, d->c, handle, key) != TPM_SUCCESS ||
	    (*key)->keyUsage != TPM_KEY_IDENTITY)
		return TPM_DAA_INPUT_DATA1;
	return TPM_SUCCESS;
}

/* 10: what is signed: an identity key of this TPM (0), or a digest (1). */
enum tpm_rc daa_sign_what(struct daa_step *d)
{
	struct tpm_digest *digest = &d->s->context.DAA_digest;
	struct tpm_bytes what = d->in1;
	struct tpm_key_entry *key;

	if (d->in0.len != 1 || d->in0.p[0] > 1)
		return TPM_DAA_INPUT_DATA0;
	if (d->in0.p[0] == 0) {
		TRY(find_identity(d, &key));
		what = (struct tpm_bytes){ key->n.b, key->n.len };
	} else if (what.len != TPM_SHA1_SIZE) {
		return TPM_DAA_INPUT_DATA1;
	}
	tpm_sha1(d->t->crypto, digest->b,
		 TPM_PARTS({ digest->b, TPM_SHA1_SIZE }, d->in0, what));
	return daa_answer_digest(d);
}

/* ---- Stages of both ---- */

/* The TPM's name for the issuer: SHA1(product || count || n0). */
static void set_name(struct daa_step *d)
{
	struct tpm_daa_session *s = d->s;
	uint8_t count[4];
	struct wr w = wr_over(count, sizeof(count));

	wr_u32(&w, &s->tpm.DAA_count);
	tpm_sha1(d->t->crypto, s->context.DAA_digest.b,
		 TPM_PARTS(daa_scratch(s), { count, sizeof(count) },
			   { s->join.DAA_digest_n0.b, TPM_SHA1_SIZE }));
}

/* product = base ^ number mod n, times what it was before. */
static enum tpm_rc multiply(struct daa_step *d, uint8_t *product)
{
	uint8_t y[DAA_NUMBER];
	size_t len;
	int r;

	TRY(daa_number(d->t, d->s, d->stage->number, y, &len));
	r = tpm_bn_mod_exp(product, DAA_NUMBER, d->in0,
			   (struct tpm_bytes){ y, len }, d->in1);
	tpm_wipe(y, sizeof(y));
	if (!r && !(d->stage->flags & FIRST))
		r = tpm_bn_mod_mul(product, DAA_NUMBER,
				   (struct tpm_bytes){ product, DAA_NUMBER },
				   daa_scratch(d->s), d->in1);
	return r ? TPM_DAA_INPUT_DATA0 : TPM_SUCCESS;
}

enum tpm_rc daa_power(struct daa_step *d)
{
	struct tpm_daa_session *s = d->s;
	uint8_t product[DAA_NUMBER];

	if (!daa_base_fits(d))
		return TPM_DAA_INPUT_DATA0;
	if (!daa_is_digest_of(d->t, s->issuer.DAA_digest_n.b, d->in1) ||
	    !daa_is_modulus(d->in1))
		return TPM_DAA_INPUT_DATA1;
	if (d->stage->flags & NEW_SEED)
		tpm_random(d->t->crypto, s->context.DAA_contextSeed.b,
			   TPM_SHA1_SIZE);
	TRY(multiply(d, product));
	daa_scratch_set(s, product);
	tpm_wipe(product, sizeof(product));
	if (d->stage->flags & NAME)
		set_name(d);
	if (!(d->stage->flags & TELL))
		return TPM_SUCCESS;
	TRY(daa_answer(d, s->context.DAA_scratch.b, DAA_NUMBER));
	daa_scratch_clear(s);
	return TPM_SUCCESS;
}

static bool is_one(const uint8_t *number)
{
	uint8_t rest = 0;

	for (unsigned int i = 0; i < DAA_NUMBER - 1; i++)
		rest |= number[i];
	return !rest && number[DAA_NUMBER - 1] == 1;
}

/* w generates the group of order q: w ^ q mod gamma = 1. */
enum tpm_rc daa_pseudonym_base(struct daa_step *d)
{
	const struct tpm_bytes26 *q = &d->s->issuer.DAA_generic_q;
	uint8_t w1[DAA_NUMBER];

	if (!daa_base_fits(d) || !daa_is_modulus(d->in0))
		return TPM_DAA_INPUT_DATA0;
	if (d->in1.len != SIZE_W ||
	    tpm_bn_mod_exp(w1, sizeof(w1), d->in1,
			   (struct tpm_bytes){ q->b, sizeof(q->b) }, d->in0))
		return TPM_DAA_INPUT_DATA1;
	if (!is_one(w1))
		return TPM_DAA_WRONG_W;
	daa_scratch_set(d->s, d->in1.p);
	return TPM_SUCCESS;
}

/* w ^ exponent mod gamma */
static enum tpm_rc answer_power_of_w(struct daa_step *d, const uint8_t e[DAA_F])
{
	uint8_t number[DAA_NUMBER];

	if (!daa_base_fits(d) || !daa_is_modulus(d->in0) ||
	    tpm_bn_mod_exp(number, sizeof(number), daa_scratch(d->s),
			   (struct tpm_bytes){ e, DAA_F }, d->in0))
		return TPM_DAA_INPUT_DATA0;
	return daa_answer_number(d, number);
}

/* E = w ^ f: the same for all signatures with this w. */
enum tpm_rc daa_pseudonym(struct daa_step *d)
{
	uint8_t f[DAA_F];
	enum tpm_rc rc;

	TRY(daa_f(d->t, d->s, f));
	rc = answer_power_of_w(d, f);
	tpm_wipe(f, sizeof(f));
	return rc;
}

/* r = r0 + 2^power0 * r1 mod q */
static enum tpm_rc pseudonym_mask(struct daa_step *d, uint8_t r[DAA_F])
{
	const struct tpm_bytes26 *q = &d->s->issuer.DAA_generic_q;
	uint8_t r0[DAA_NUMBER], r1[DAA_NUMBER], sum[DAA_NUMBER];
	size_t len0, len1;
	int failed;

	TRY(daa_number(d->t, d->s, DAA_R0, r0, &len0));
	TRY(daa_number(d->t, d->s, DAA_R1, r1, &len1));
	memset(r1 + len1, 0, DAA_POWER0);
	failed = daa_add(sum, (struct tpm_bytes){ r1, len1 + DAA_POWER0 },
			 (struct tpm_bytes){ r0, len0 }) ||
		 tpm_bn_mod(r, DAA_F, (struct tpm_bytes){ sum, sizeof(sum) },
			    (struct tpm_bytes){ q->b, sizeof(q->b) });
	tpm_wipe(r0, sizeof(r0));
	tpm_wipe(r1, sizeof(r1));
	tpm_wipe(sum, sizeof(sum));
	return failed ? TPM_DAA_ISSUER_SETTINGS : TPM_SUCCESS;
}

/* E1 = w ^ r: what proves that E is what it should be. */
enum tpm_rc daa_pseudonym_proof(struct daa_step *d)
{
	uint8_t r[DAA_F];
	enum tpm_rc rc;

	TRY(pseudonym_mask(d, r));
	rc = answer_power_of_w(d, r);
	tpm_wipe(r, sizeof(r));
	daa_scratch_clear(d->s);
	return rc;
}

/* The challenge, in which the TPM has a part. */
enum tpm_rc daa_challenge(struct daa_step *d)
{
	uint8_t nt[SIZE_NT];

	if (d->in0.len != TPM_SHA1_SIZE)
		return TPM_DAA_INPUT_DATA0;
	tpm_random(d->t->crypto, nt, sizeof(nt));
	tpm_sha1(d->t->crypto, d->s->context.DAA_digest.b,
		 TPM_PARTS(d->in0, { nt, sizeof(nt) }));
	return daa_answer(d, nt, sizeof(nt));
}

/* What the challenge is multiplied with. */
static enum tpm_rc get_secret(struct daa_step *d, uint8_t *x, size_t *len)
{
	const bool is_v0 = d->stage->blob == TPM_RT_DAA_V0;
	const struct tpm_digest *digest =
		is_v0 ? &d->s->tpm.DAA_digest_v0 : &d->s->tpm.DAA_digest_v1;
	struct tpm_bytes v;

	if (!d->stage->blob)
		return daa_number(d->t, d->s, d->stage->secret, x, len);
	TRY(daa_unwrap(d->t, d->c, d->stage->blob, d->in0, &v));
	if (v.len != (is_v0 ? DAA_V0 : DAA_V1) ||
	    !daa_is_digest_of(d->t, digest->b, v))
		return TPM_DAA_INPUT_DATA0;
	memcpy(x, v.p, v.len);
	*len = v.len;
	return TPM_SUCCESS;
}

/* sum = mask + challenge * secret */
static enum tpm_rc blind(struct daa_step *d, uint8_t *sum)
{
	uint8_t mask[DAA_NUMBER], x[DAA_NUMBER];
	size_t mask_len, len;
	int r;

	TRY(get_secret(d, x, &len));
	TRY(daa_number(d->t, d->s, d->stage->number, mask, &mask_len));
	r = tpm_bn_mul_add(
		sum, DAA_NUMBER,
		(struct tpm_bytes){ d->s->context.DAA_digest.b, TPM_SHA1_SIZE },
		(struct tpm_bytes){ x, len },
		(struct tpm_bytes){ mask, mask_len });
	if (!r && d->stage->flags & ADD_HIGH)
		r = daa_add(sum, (struct tpm_bytes){ sum, DAA_NUMBER },
			    daa_scratch(d->s));
	tpm_wipe(mask, sizeof(mask));
	tpm_wipe(x, sizeof(x));
	return r ? TPM_FAIL : TPM_SUCCESS;
}

/* Over the integers; v's answer comes in two stages and two parts. */
enum tpm_rc daa_response(struct daa_step *d)
{
	const unsigned int flags = d->stage->flags;
	uint8_t sum[DAA_NUMBER], high[DAA_NUMBER] = { 0 };
	enum tpm_rc rc = TPM_SUCCESS;

	TRY(blind(d, sum));
	if (flags & HIGH) {
		memcpy(high + DAA_POWER1, sum, DAA_NUMBER - DAA_POWER1);
		daa_scratch_set(d->s, high);
	} else if (flags & LOW) {
		rc = daa_answer(d, sum + DAA_NUMBER - DAA_POWER1, DAA_POWER1);
	} else {
		rc = daa_answer_number(d, sum);
	}
	if (flags & ADD_HIGH)
		daa_scratch_clear(d->s);
	if (flags & TELL_DIGEST)
		rc = daa_answer_digest(d);
	tpm_wipe(sum, sizeof(sum));
	tpm_wipe(high, sizeof(high));
	return rc;
}
