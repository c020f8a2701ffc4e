/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 14: Endorsement Key Handling. */

#include "keys.h"

/* Part 1, "Endorsement Key": the parameters that every one has. */
static const struct tpm_key_entry ek_kind = {
	.keyUsage = TPM_KEY_STORAGE,
	.authDataUsage = TPM_AUTH_NEVER,
	.encScheme = TPM_ES_RSAESOAEP_SHA1_MGF1,
	.sigScheme = TPM_SS_NONE,
	.ver = { .major = 1, .minor = 1 },
};

static enum tpm_rc make_ek(struct tpm *t)
{
	struct tpm_endorsement *ek = &t->s.ek;

	tpm_touch(t);
	ek->key = ek_kind;
	TRY(key_generate(t, TPM_EK_BITS, &ek->key));
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

/* The key, and SHA1(key || antiReplay) for who asked. */
static enum tpm_rc ek_answer(struct tpm *t, struct tpm_call *c,
			     const struct tpm_digest *antiReplay,
			     struct tpm_pubkey *pub,
			     struct tpm_digest *checksum)
{
	uint8_t b[KEY_WIRE_MAX];
	struct wr w = wr_over(b, sizeof(b));

	TRY(key_pubkey(c, &t->s.ek.key, pub));
	wr_pubkey(&w, pub);
	tpm_sha1(t->crypto, checksum->b,
		 TPM_PARTS({ b, (size_t)(w.p - b) },
			   { antiReplay->b, sizeof(antiReplay->b) }));
	return w.rc;
}

/* The kind that there is, whatever the schemes. */
static enum tpm_rc check_ek_parms(const struct tpm_key_parms *parms)
{
	struct tpm_key_parms kind = *parms;

	kind.encScheme = ek_kind.encScheme;
	kind.sigScheme = ek_kind.sigScheme;
	return key_check_parms(&kind, ek_kind.keyUsage, TPM_EK_BITS);
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
	return ek_answer(t, c, &in->antiReplay, &out->pubEndorsementKey,
			 &out->checksum);
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
	return ek_answer(t, c, &in->antiReplay, &out->pubEndorsementKey,
			 &out->checksum);
}

/* 14.5 TPM_OwnerReadInternalPub */
enum tpm_rc tpm_OwnerReadInternalPub(struct tpm *t, struct tpm_call *c,
				     const struct OwnerReadInternalPub_in *in,
				     struct OwnerReadInternalPub_out *out)
{
	struct tpm_endorsement *ek;

	switch (in->keyHandle) {
	case TPM_KH_EK:
		TRY(endorsement_get(t, &ek));
		return key_pubkey(c, &ek->key, &out->publicPortion);
	case TPM_KH_SRK:
		return key_pubkey(c, &t->s.srk, &out->publicPortion);
	default:
		return TPM_BAD_PARAMETER;
	}
}
