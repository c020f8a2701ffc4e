/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 14: Endorsement Key Handling. */

#include "keys.h"
#include "nv.h"

/* Part 1, "Endorsement Key": the parameters that every one has. */
static const struct tpm_key_entry ek_kind = {
	.keyUsage = TPM_KEY_STORAGE,
	.authDataUsage = TPM_AUTH_NEVER,
	.encScheme = TPM_ES_RSAESOAEP_SHA1_MGF1,
	.sigScheme = TPM_SS_NONE,
	.ver = { .major = 1, .minor = 1 },
};

static enum tpm_rc make_ek(struct tpm *t, struct tpm_exponent e)
{
	struct tpm_endorsement *ek = &t->s.ek;

	tpm_touch(t);
	ek->key = ek_kind;
	ek->key.e = e;
	TRY(key_generate(t, TPM_EK_BITS, &ek->key));
	ek->promised = false;
	ek->present = true;
	return TPM_SUCCESS;
}

enum tpm_rc endorsement_get(struct tpm *t, struct tpm_endorsement **ek)
{
	*ek = &t->s.ek;
	if (t->s.ek.promised)
		TRY(make_ek(t, (struct tpm_exponent){ .len = 0 }));
	return t->s.ek.present ? TPM_SUCCESS : TPM_NO_ENDORSEMENT;
}

/* Part 2, 22: what DAA keys of this TPM are made from, and known by. */
void endorsement_renew_daa(struct tpm *t)
{
	struct tpm_permanent_data *d = &t->s.data;

	tpm_random(t->crypto, d->tpmDAASeed.b, sizeof(d->tpmDAASeed.b));
	tpm_random(t->crypto, d->daaProof.b, sizeof(d->daaProof.b));
	tpm_random(t->crypto, d->daaBlobKey.b, sizeof(d->daaBlobKey.b));
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

/* What 14.1 and 14.2 share.  Who gives the exponent in full has it back so. */
static enum tpm_rc create_ek(struct tpm *t, const struct tpm_key_parms *keyInfo)
{
	struct tpm_exponent e;

	if (t->s.ek.present || t->s.ek.promised)
		return TPM_DISABLED_CMD;
	TRY(check_ek_parms(keyInfo));
	TRY(key_exponent(keyInfo, &e));
	TRY(make_ek(t, e));
	endorsement_renew_daa(t);
	t->s.flags.CEKPUsed = true;
	return TPM_SUCCESS;
}

/* 14.1 TPM_CreateEndorsementKeyPair */
enum tpm_rc
tpm_CreateEndorsementKeyPair(struct tpm *t, struct tpm_call *c,
			     const struct CreateEndorsementKeyPair_in *in,
			     struct CreateEndorsementKeyPair_out *out)
{
	TRY(create_ek(t, &in->keyInfo));
	t->s.flags.enableRevokeEK = false;
	return ek_answer(t, c, &in->antiReplay, &out->pubEndorsementKey,
			 &out->checksum);
}

/* 14.2 TPM_CreateRevocableEK */
enum tpm_rc tpm_CreateRevocableEK(struct tpm *t, struct tpm_call *c,
				  const struct CreateRevocableEK_in *in,
				  struct CreateRevocableEK_out *out)
{
	struct tpm_digest *reset = &t->s.data.EKReset;

	TRY(create_ek(t, &in->keyInfo));
	t->s.flags.enableRevokeEK = true;
	if (in->generateReset)
		tpm_random(t->crypto, reset->b, sizeof(reset->b));
	else
		*reset = in->inputEKreset;
	out->outputEKreset = *reset;
	return ek_answer(t, c, &in->antiReplay, &out->pubEndorsementKey,
			 &out->checksum);
}

/* A secret that is sent in the clear can be guessed at like any other. */
static enum tpm_rc verify_reset(struct tpm *t, struct tpm_call *c,
				const struct tpm_digest *EKReset)
{
	if (lockout_running(t))
		return TPM_DEFEND_LOCK_RUNNING;
	c->wrong_secret =
		!tpm_equal(EKReset->b, t->s.data.EKReset.b, sizeof(EKReset->b));
	return c->wrong_secret ? TPM_AUTHFAIL : TPM_SUCCESS;
}

/* 14.3 TPM_RevokeTrust: as if there had never been an owner, or a key. */
enum tpm_rc tpm_RevokeTrust(struct tpm *t, struct tpm_call *c,
			    const struct RevokeTrust_in *in,
			    struct RevokeTrust_out *out)
{
	if (!t->s.flags.enableRevokeEK)
		return TPM_PERMANENTEK;
	TRY(verify_reset(t, c, &in->EKReset));
	if (!presence_asserted(t))
		return TPM_BAD_PRESENCE;
	owner_clear(t);
	nv_revoke_trust(t);
	t->s.flags.nvLocked = false;
	endorsement_renew_daa(t);
	key_flush(t, &t->s.ek.key);
	t->s.ek.present = false;
	t->s.flags.CEKPUsed = false;
	return TPM_SUCCESS;
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
