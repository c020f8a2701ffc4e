/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 26.1: the stages that only a join has. */

#include "daa_stage.h"
#include "keys.h"

/* Part 2, 22.2 */
#define SIZE_ISSUER_MODULUS 256u
#define SIZE_NE		    256u

/* in1 is a signature of the digest with the key in the scratch area. */
static enum tpm_rc verify_issuer(struct daa_step *d,
				 const struct tpm_digest *digest)
{
	struct tpm_rsa *key;
	int r;

	if (d->in1.len != SIZE_ISSUER_MODULUS)
		return TPM_DAA_INPUT_DATA1;
	key = tpm_rsa_public(daa_scratch(d->s), (struct tpm_bytes){ NULL, 0 });
	if (!key)
		return TPM_DAA_ISSUER_VALIDITY;
	r = tpm_rsa_verify_sha1(key, digest->b, d->in1);
	tpm_rsa_free(key);
	return r ? TPM_DAA_ISSUER_VALIDITY : TPM_SUCCESS;
}

/* 0: how many keys the issuer's chain has. */
enum tpm_rc daa_join_begin(struct daa_step *d)
{
	if (!daa_read_u32(d->in0, &d->s->tpm.DAA_count) || !d->s->tpm.DAA_count)
		return TPM_DAA_INPUT_DATA0;
	return TPM_SUCCESS;
}

/* The root of the chain, of which f will depend. */
static void chain_begin(struct daa_step *d)
{
	struct tpm_digest *n0 = &d->s->join.DAA_digest_n0;

	daa_scratch_set(d->s, d->in0.p);
	tpm_sha1(d->t->crypto, n0->b, TPM_PARTS({ d->in0.p, d->in0.len }));
	tpm_sha1(d->t->crypto, d->s->tpm.DAA_rekey.b,
		 TPM_PARTS({ d->t->s.data.tpmDAASeed.b, TPM_SHA1_SIZE },
			   { n0->b, TPM_SHA1_SIZE }));
}

static enum tpm_rc chain_next(struct daa_step *d)
{
	struct tpm_digest digest;

	tpm_sha1(d->t->crypto, digest.b, &d->in0, 1);
	TRY(verify_issuer(d, &digest));
	daa_scratch_set(d->s, d->in0.p);
	return TPM_SUCCESS;
}

/* 1: each of these keys, signed by the one before. */
enum tpm_rc daa_join_chain(struct daa_step *d)
{
	if (d->in0.len != SIZE_ISSUER_MODULUS)
		return TPM_DAA_INPUT_DATA0;
	if (d->s->has_scratch)
		TRY(chain_next(d));
	else
		chain_begin(d);
	d->s->tpm.DAA_count--;
	return TPM_SUCCESS;
}

/* 2: the issuer's settings, signed by the last of them. */
enum tpm_rc daa_join_issuer(struct daa_step *d)
{
	struct tpm_daa_session *s = d->s;
	struct tpm_digest digest;

	TRY(daa_read_issuer(d));
	tpm_sha1(d->t->crypto, digest.b,
		 TPM_PARTS({ s->join.DAA_digest_n0.b, TPM_SHA1_SIZE },
			   { d->in0.p, d->in0.len }));
	TRY(verify_issuer(d, &digest));
	daa_issuer_digest(d, &s->tpm.DAA_digestIssuer);
	daa_scratch_clear(s);
	return TPM_SUCCESS;
}

/* 3: which of the TPM's secrets for this issuer; and how it is blinded. */
enum tpm_rc daa_join_count(struct daa_step *d)
{
	struct tpm_daa_joindata *join = &d->s->join;

	if (!daa_read_u32(d->in0, &d->s->tpm.DAA_count))
		return TPM_DAA_INPUT_DATA0;
	tpm_random(d->t->crypto, join->DAA_join_u0.b,
		   sizeof(join->DAA_join_u0.b));
	tpm_random(d->t->crypto, join->DAA_join_u1.b,
		   sizeof(join->DAA_join_u1.b));
	return TPM_SUCCESS;
}

/* 8: only the TPM with this endorsement key can tell. */
enum tpm_rc daa_join_endorsement(struct daa_step *d)
{
	const struct tpm_key_entry *ek = &d->t->s.ek.key;
	uint8_t ne[TPM_RSA_MAX_BYTES];
	struct tpm_digest digest;
	size_t len;

	if (d->in0.len != SIZE_NE)
		return TPM_DAA_INPUT_DATA0;
	/* One that is merely promised nobody can have encrypted for. */
	if (!d->t->s.ek.present)
		return TPM_DECRYPT_ERROR;
	TRY(key_decrypt(d->t, ek, d->in0, ne, &len));
	tpm_sha1(d->t->crypto, digest.b,
		 TPM_PARTS({ d->s->context.DAA_digest.b, TPM_SHA1_SIZE },
			   { ne, len }));
	tpm_wipe(ne, sizeof(ne));
	memset(&d->s->context.DAA_digest, 0, sizeof(digest));
	return daa_answer(d, digest.b, sizeof(digest.b));
}

/* 22: v0 = u2 + u0 mod 2^power1; what is above it goes into v1. */
enum tpm_rc daa_join_v0(struct daa_step *d)
{
	const struct tpm_bytes128 *u0 = &d->s->join.DAA_join_u0;
	uint8_t sum[DAA_NUMBER], high[DAA_NUMBER] = { 0 };
	const uint8_t *v0 = sum + DAA_NUMBER - DAA_POWER1;
	enum tpm_rc rc;

	if (d->in0.len != DAA_V0 ||
	    daa_add(sum, d->in0, (struct tpm_bytes){ u0->b, sizeof(u0->b) }))
		return TPM_DAA_INPUT_DATA0;
	tpm_sha1(d->t->crypto, d->s->tpm.DAA_digest_v0.b,
		 TPM_PARTS({ v0, DAA_V0 }));
	memcpy(high + DAA_POWER1, sum, DAA_NUMBER - DAA_POWER1);
	daa_scratch_set(d->s, high);
	rc = daa_wrap(d->t, d->c, TPM_RT_DAA_V0,
		      (struct tpm_bytes){ v0, DAA_V0 }, &d->out);
	tpm_wipe(sum, sizeof(sum));
	tpm_wipe(high, sizeof(high));
	return rc;
}

/* The sum has no more than the bytes of v1. */
static bool is_v1(const uint8_t *sum)
{
	uint8_t above = 0;

	for (unsigned int i = 0; i < DAA_NUMBER - DAA_V1; i++)
		above |= sum[i];
	return !above;
}

/* 23: v1 = u3 + u1 + what was above v0. */
enum tpm_rc daa_join_v1(struct daa_step *d)
{
	const struct tpm_bytes138 *u1 = &d->s->join.DAA_join_u1;
	uint8_t sum[DAA_NUMBER];
	const struct tpm_bytes all = { sum, sizeof(sum) };
	const struct tpm_bytes v1 = { sum + DAA_NUMBER - DAA_V1, DAA_V1 };
	enum tpm_rc rc;

	if (d->in0.len != DAA_V1)
		return TPM_DAA_INPUT_DATA0;
	if (daa_add(sum, d->in0, (struct tpm_bytes){ u1->b, sizeof(u1->b) }) ||
	    daa_add(sum, all, daa_scratch(d->s)) || !is_v1(sum))
		return TPM_DAA_INPUT_DATA0;
	tpm_sha1(d->t->crypto, d->s->tpm.DAA_digest_v1.b, &v1, 1);
	daa_scratch_clear(d->s);
	rc = daa_wrap(d->t, d->c, TPM_RT_DAA_V1, v1, &d->out);
	tpm_wipe(sum, sizeof(sum));
	return rc;
}

/* 24: what the host will begin to sign with. */
enum tpm_rc daa_join_end(struct daa_step *d)
{
	uint8_t b[sizeof(struct tpm_daa_tpm) + 2];
	struct wr w = wr_over(b, sizeof(b));
	enum tpm_rc rc;

	wr_daa_tpm(&w, &d->s->tpm);
	rc = daa_wrap(d->t, d->c, TPM_RT_DAA_TPM,
		      (struct tpm_bytes){ b, (size_t)(w.p - b) }, &d->out);
	tpm_wipe(b, sizeof(b));
	return rc;
}
