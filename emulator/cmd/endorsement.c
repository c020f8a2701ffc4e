/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 14: Endorsement Key Handling. */

#include "tpm.h"

static bool cancelled(void *ctx)
{
	const struct tpm *t = ctx;

	return t->platform.cancelled && t->platform.cancelled(t->ctx);
}

static int make_primes(struct tpm *t, uint8_t *p, uint8_t *q)
{
	if (t->platform.rsa_primes)
		return t->platform.rsa_primes(t->ctx, TPM_EK_BITS, p, q);
	return tpm_rsa_make_primes(TPM_EK_BITS, p, q, cancelled, t);
}

static enum tpm_rc make_ek(struct tpm *t)
{
	struct tpm_endorsement *ek = &t->s.ek;
	uint8_t q[TPM12_PRIME_BYTES(TPM_EK_BITS)];
	struct tpm_rsa *rsa = NULL;

	tpm_touch(t);
	if (!make_primes(t, ek->p.b, q))
		rsa = tpm_rsa_from_primes(ek->p.b, q, sizeof(q));
	tpm_wipe(q, sizeof(q));
	if (!rsa)
		return TPM_FAIL;
	ek->p.len = sizeof(q);
	ek->n.len = (uint16_t)tpm_rsa_size(rsa);
	tpm_rsa_modulus(rsa, ek->n.b);
	tpm_rsa_free(rsa);
	ek->promised = false;
	ek->present = true;
	return TPM_SUCCESS;
}

enum tpm_rc endorsement_get(struct tpm *t, struct tpm_endorsement **ek)
{
	*ek = &t->s.ek;
	if (t->s.ek.promised)
		TRY(make_ek(t));
	return t->s.ek.present ? TPM_SUCCESS : TPM_NO_ENDORSEMENT;
}

/* Part 1, "Endorsement Key": the parameters that every one has. */
static enum tpm_rc ek_public(struct tpm_call *c,
			     const struct tpm_endorsement *ek,
			     struct tpm_pubkey *pub)
{
	const struct tpm_rsa_key_parms rsa = {
		.keyLength = TPM_EK_BITS,
		.numPrimes = 2,
	};
	const size_t parms_size = 12;
	uint8_t *parms = tpm_scratch(c, parms_size);
	struct wr w = wr_over(parms, parms_size);

	if (!parms)
		return TPM_SIZE;
	wr_rsa_key_parms(&w, &rsa);
	*pub = (struct tpm_pubkey){
		.algorithmParms = {
			.algorithmID = TPM_ALG_RSA,
			.encScheme = TPM_ES_RSAESOAEP_SHA1_MGF1,
			.sigScheme = TPM_SS_NONE,
			.parms = { parms, parms_size },
		},
		.pubKey = { ek->n.b, ek->n.len },
	};
	return TPM_SUCCESS;
}

/* The key, and SHA1(key || antiReplay) for who asked. */
static enum tpm_rc ek_answer(struct tpm *t, struct tpm_call *c,
			     const struct tpm_endorsement *ek,
			     const struct tpm_digest *antiReplay,
			     struct tpm_pubkey *pub,
			     struct tpm_digest *checksum)
{
	const size_t cap = 512;
	uint8_t *bytes = tpm_scratch(c, cap);
	struct wr w = wr_over(bytes, cap);

	if (!bytes)
		return TPM_SIZE;
	TRY(ek_public(c, ek, pub));
	wr_pubkey(&w, pub);
	if (w.rc != TPM_SUCCESS)
		return w.rc;
	tpm_sha1(t->crypto, checksum->b,
		 TPM_PARTS({ bytes, (size_t)(w.p - bytes) },
			   { antiReplay->b, sizeof(antiReplay->b) }));
	return TPM_SUCCESS;
}

/* None stands for 65537 (Part 2, 10.4), and no other is to be had. */
static bool exponent_is_usual(struct tpm_bytes exponent)
{
	struct rd r = rd_over(exponent.p, exponent.len);

	return !exponent.len || (exponent.len <= sizeof(uint64_t) &&
				 rd_number(&r, exponent.len) == 65537);
}

static enum tpm_rc check_ek_parms(const struct tpm_key_parms *parms)
{
	struct rd r = rd_over(parms->parms.p, parms->parms.len);
	struct tpm_rsa_key_parms rsa;

	if (parms->algorithmID != TPM_ALG_RSA)
		return TPM_BAD_KEY_PROPERTY;
	rd_rsa_key_parms(&r, &rsa);
	if (rd_done(&r) != TPM_SUCCESS || rsa.keyLength != TPM_EK_BITS ||
	    rsa.numPrimes != 2 || !exponent_is_usual(rsa.exponent))
		return TPM_BAD_KEY_PROPERTY;
	return TPM_SUCCESS;
}

/* 14.1 TPM_CreateEndorsementKeyPair */
enum tpm_rc
tpm_CreateEndorsementKeyPair(struct tpm *t, struct tpm_call *c,
			     const struct CreateEndorsementKeyPair_in *in,
			     struct CreateEndorsementKeyPair_out *out)
{
	if (t->s.ek.present || t->s.ek.promised)
		return TPM_DISABLED_CMD;
	TRY(check_ek_parms(&in->keyInfo));
	TRY(make_ek(t));
	t->s.flags.CEKPUsed = true;
	t->s.flags.enableRevokeEK = false;
	return ek_answer(t, c, &t->s.ek, &in->antiReplay,
			 &out->pubEndorsementKey, &out->checksum);
}

/* 14.4 TPM_ReadPubek */
enum tpm_rc tpm_ReadPubek(struct tpm *t, struct tpm_call *c,
			  const struct ReadPubek_in *in,
			  struct ReadPubek_out *out)
{
	struct tpm_endorsement *ek;

	if (!t->s.flags.readPubek)
		return TPM_DISABLED_CMD;
	TRY(endorsement_get(t, &ek));
	return ek_answer(t, c, ek, &in->antiReplay, &out->pubEndorsementKey,
			 &out->checksum);
}
