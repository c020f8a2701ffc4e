/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part 3, section 11: Migration, of keys with a migration authority: certified
 * migratable keys.  What the TPM has to remember of owner and authorities it
 * gives away, as tickets: HMACs with tpmProof.
 */

#include "migration.h"
#include "pcr.h"

/* ---- Tickets ---- */

static void ticket(struct tpm *t, const uint8_t *b, const struct wr *w,
		   struct tpm_digest *hmac)
{
	const struct tpm_digest *proof = &t->s.owner.tpmProof;

	tpm_hmac_sha1(t->crypto, hmac->b, proof->b, sizeof(proof->b),
		      TPM_PARTS({ b, (size_t)(w->p - b) }));
}

/* The owner allows these authorities: 11.6 */
static void approval_ticket(struct tpm *t, const struct tpm_digest *authority,
			    struct tpm_digest *hmac)
{
	uint8_t b[32];
	struct wr w = wr_over(b, sizeof(b));

	wr_cmk_ma_approval(&w, &(struct tpm_cmk_ma_approval){ *authority });
	ticket(t, b, &w, hmac);
}

/* This key signed this: 11.5 */
static void signature_ticket(struct tpm *t, const struct tpm_digest *key,
			     const struct tpm_digest *data,
			     struct tpm_digest *hmac)
{
	uint8_t b[64];
	struct wr w = wr_over(b, sizeof(b));

	wr_cmk_sigticket(&w, &(struct tpm_cmk_sigticket){ *key, *data });
	ticket(t, b, &w, hmac);
}

/* These authorities are the key's; it is its migrationAuth. */
static void migauth_ticket(struct tpm *t, const struct tpm_digest *authority,
			   const struct tpm_digest *key,
			   struct tpm_digest *hmac)
{
	uint8_t b[64];
	struct wr w = wr_over(b, sizeof(b));

	wr_cmk_migauth(&w, &(struct tpm_cmk_migauth){ *authority, *key });
	ticket(t, b, &w, hmac);
}

static bool equal(const struct tpm_digest *a, const struct tpm_digest *b)
{
	return tpm_equal(a->b, b->b, sizeof(a->b));
}

static void sha1_of(struct tpm *t, struct tpm_bytes in,
		    struct tpm_digest *digest)
{
	tpm_sha1(t->crypto, digest->b, TPM_PARTS({ in.p, in.len }));
}

/* ---- TPM_MSA_COMPOSITE ---- */

/* The authorities; there is one at least (Part 2, 5.13). */
static enum tpm_rc read_msa_list(struct tpm_bytes in,
				 struct tpm_msa_composite *msa)
{
	struct rd r = rd_over(in.p, in.len);

	rd_msa_composite(&r, msa);
	TRY(rd_done(&r));
	if (!msa->MSAlist)
		return TPM_INVALID_STRUCTURE;
	if (msa->migAuthDigest.len % TPM_SHA1_SIZE ||
	    msa->migAuthDigest.len / TPM_SHA1_SIZE != msa->MSAlist)
		return TPM_BAD_PARAM_SIZE;
	return TPM_SUCCESS;
}

static void msa_get(const struct tpm_msa_composite *msa, uint32_t i,
		    struct tpm_digest *digest)
{
	memcpy(digest->b, msa->migAuthDigest.p + (size_t)i * TPM_SHA1_SIZE,
	       sizeof(digest->b));
}

/* The key is an authority's. */
static enum tpm_rc check_authority(const struct tpm_msa_composite *msa,
				   const struct tpm_digest *key)
{
	struct tpm_digest one;

	for (uint32_t i = 0; i < msa->MSAlist; i++) {
		msa_get(msa, i, &one);
		if (equal(&one, key))
			return TPM_SUCCESS;
	}
	return TPM_MA_TICKET_SIGNATURE;
}

/* An authority signed it, and the ticket says so. */
static enum tpm_rc check_sigticket(struct tpm *t,
				   const struct tpm_msa_composite *msa,
				   const struct tpm_digest *data,
				   const struct tpm_digest *sigTicket)
{
	struct tpm_digest one, hmac;

	for (uint32_t i = 0; i < msa->MSAlist; i++) {
		msa_get(msa, i, &one);
		signature_ticket(t, &one, data, &hmac);
		if (equal(&hmac, sigTicket))
			return TPM_SUCCESS;
	}
	return TPM_MA_TICKET_SIGNATURE;
}

/* ---- 11.5 TPM_CMK_CreateTicket ---- */

static enum tpm_rc check_verification_key(const struct tpm_key_parms *parms)
{
	if (parms->algorithmID != TPM_ALG_RSA)
		return TPM_BAD_KEY_PROPERTY;
	if (parms->encScheme != TPM_ES_NONE)
		return TPM_INAPPROPRIATE_ENC;
	if (parms->sigScheme != TPM_SS_RSASSAPKCS1v15_SHA1 &&
	    parms->sigScheme != TPM_SS_RSASSAPKCS1v15_INFO)
		return TPM_INVALID_KEYUSAGE;
	return TPM_SUCCESS;
}

enum tpm_rc tpm_CMK_CreateTicket(struct tpm *t, struct tpm_call *c,
				 const struct CMK_CreateTicket_in *in,
				 struct CMK_CreateTicket_out *out)
{
	struct tpm_digest key;
	struct tpm_rsa *rsa;
	int wrong;

	TRY(check_verification_key(&in->verificationKey.algorithmParms));
	rsa = pubkey_rsa(&in->verificationKey);
	if (!rsa)
		return TPM_BAD_KEY_PROPERTY;
	wrong = tpm_rsa_verify_sha1(rsa, in->signedData.b, in->signatureValue);
	tpm_rsa_free(rsa);
	if (wrong)
		return TPM_BAD_SIGNATURE;
	TRY(pubkey_digest(t, &in->verificationKey, &key));
	signature_ticket(t, &key, &in->signedData, &out->sigTicket);
	return TPM_SUCCESS;
}

/* ---- 11.6 TPM_CMK_ApproveMA ---- */

enum tpm_rc tpm_CMK_ApproveMA(struct tpm *t, struct tpm_call *c,
			      const struct CMK_ApproveMA_in *in,
			      struct CMK_ApproveMA_out *out)
{
	approval_ticket(t, &in->migrationAuthorityDigest, &out->outData);
	return TPM_SUCCESS;
}

/* ---- 11.7 TPM_CMK_CreateKey ---- */

static enum tpm_rc check_new_key(const struct tpm *t,
				 const struct tpm_key_entry *parent,
				 const struct tpm_key *info)
{
	const uint32_t wanted = TPM_MIGRATABLE | TPM_MIGRATEAUTHORITY;

	TRY(key_check_properties(t, info, 0));
	if (parent->keyUsage != TPM_KEY_STORAGE || key_is_migratable(parent) ||
	    (info->keyFlags & wanted) != wanted)
		return TPM_INVALID_KEYUSAGE;
	return TPM_SUCCESS;
}

/* Identities stay, and keys of TPM_ChangeAuthAsymStart are made by it. */
static enum tpm_rc check_new_usage(const struct tpm_key *info)
{
	if (info->keyUsage == TPM_KEY_IDENTITY ||
	    info->keyUsage == TPM_KEY_AUTHCHANGE)
		return TPM_INVALID_KEYUSAGE;
	return info->is12 ? TPM_SUCCESS : TPM_INVALID_STRUCTURE;
}

static enum tpm_rc check_approval(struct tpm *t,
				  const struct CMK_CreateKey_in *in)
{
	struct tpm_digest hmac;

	approval_ticket(t, &in->migrationAuthorityDigest, &hmac);
	return equal(&hmac, &in->migrationAuthorityApproval) ? TPM_SUCCESS
							     : TPM_MA_AUTHORITY;
}

static enum tpm_rc entry_digest(struct tpm *t, struct tpm_call *c,
				const struct tpm_key_entry *key,
				struct tpm_digest *digest)
{
	struct tpm_pubkey pub;

	TRY(key_pubkey(c, key, &pub));
	return pubkey_digest(t, &pub, digest);
}

static enum tpm_rc make_key(struct tpm *t, struct tpm_call *c,
			    const struct CMK_CreateKey_in *in,
			    struct tpm_key_entry *key)
{
	struct tpm_digest digest;
	unsigned int bits;

	TRY(key_new_size(&in->keyInfo.algorithmParms, &bits));
	if (key->hasPCRInfo)
		pcr_info_create(t, c->locality, &key->PCRInfo);
	TRY(key_generate(t, bits, key));
	key->payload = TPM_PT_MIGRATE_RESTRICTED;
	TRY(entry_digest(t, c, key, &digest));
	migauth_ticket(t, &in->migrationAuthorityDigest, &digest,
		       &key->migrationAuth);
	return TPM_SUCCESS;
}

static enum tpm_rc create_key(struct tpm *t, struct tpm_call *c,
			      const struct CMK_CreateKey_in *in,
			      struct tpm_key_entry *key, struct tpm_key *wire)
{
	struct tpm_digest usageAuth = key->usageAuth;
	enum tpm_rc rc;

	TRY(check_new_key(t, c->key[0], &in->keyInfo));
	TRY(check_approval(t, in));
	TRY(check_new_usage(&in->keyInfo));
	rc = key_read_public(&in->keyInfo, key);
	key->usageAuth = usageAuth;
	tpm_wipe(&usageAuth, sizeof(usageAuth));
	TRY(rc);
	TRY(make_key(t, c, in, key));
	return key_wrap(t, c, c->key[0], key, wire);
}

enum tpm_rc tpm_CMK_CreateKey(struct tpm *t, struct tpm_call *c,
			      const struct CMK_CreateKey_in *in,
			      struct CMK_CreateKey_out *out)
{
	struct tpm_key_entry key;
	enum tpm_rc rc;

	TRY(auth_decrypt(t, c, 0, false, &in->dataUsageAuth, &key.usageAuth));
	rc = create_key(t, c, in, &key, &out->wrappedKey);
	tpm_wipe(&key, sizeof(key));
	return rc;
}

/* ---- 11.8 TPM_CMK_SetRestrictions ---- */

enum tpm_rc tpm_CMK_SetRestrictions(struct tpm *t, struct tpm_call *c,
				    const struct CMK_SetRestrictions_in *in,
				    struct CMK_SetRestrictions_out *out)
{
	if (t->s.data.restrictDelegate == in->restriction)
		return TPM_SUCCESS;
	tpm_touch(t);
	t->s.data.restrictDelegate = in->restriction;
	return TPM_SUCCESS;
}

/* ---- 11.9 TPM_CMK_CreateBlob ---- */

/* TPM_MS_RESTRICT_MIGRATE: to an authority itself, who needs no ticket. */
static enum tpm_rc check_migrate(const struct CMK_CreateBlob_in *in,
				 const struct tpm_msa_composite *msa,
				 const struct tpm_digest *destination)
{
	const struct tpm_key_parms *parms =
		&in->migrationKeyAuth.migrationKey.algorithmParms;

	TRY(check_authority(msa, destination));
	if (parms->algorithmID != TPM_ALG_RSA)
		return TPM_BAD_KEY_PROPERTY;
	if (parms->encScheme != TPM_ES_RSAESOAEP_SHA1_MGF1)
		return TPM_INAPPROPRIATE_ENC;
	if (parms->sigScheme != TPM_SS_NONE)
		return TPM_INVALID_KEYUSAGE;
	if (in->restrictTicket.len || in->sigTicket.len)
		return TPM_BAD_PARAMETER;
	return TPM_SUCCESS;
}

/* TPM_MS_RESTRICT_APPROVE: to where an authority signed that it may go. */
static enum tpm_rc check_approve(struct tpm *t,
				 const struct CMK_CreateBlob_in *in,
				 const struct tpm_msa_composite *msa,
				 const struct tpm_digest *destination)
{
	struct rd sig_r = rd_over(in->sigTicket.p, in->sigTicket.len);
	struct rd auth_r =
		rd_over(in->restrictTicket.p, in->restrictTicket.len);
	struct tpm_digest sigTicket, data;
	struct tpm_cmk_auth auth;

	rd_digest(&sig_r, &sigTicket);
	TRY(rd_done(&sig_r));
	sha1_of(t, in->restrictTicket, &data);
	TRY(check_sigticket(t, msa, &data, &sigTicket));
	rd_cmk_auth(&auth_r, &auth);
	TRY(rd_done(&auth_r));
	if (!equal(&auth.destinationKeyDigest, destination))
		return TPM_MA_DESTINATION;
	if (!equal(&auth.sourceKeyDigest, &in->pubSourceKeyDigest))
		return TPM_MA_SOURCE;
	return TPM_SUCCESS;
}

static enum tpm_rc check_scheme(struct tpm *t,
				const struct CMK_CreateBlob_in *in,
				const struct tpm_msa_composite *msa)
{
	const struct tpm_migrationkeyauth *auth = &in->migrationKeyAuth;
	struct tpm_digest destination;

	TRY(pubkey_digest(t, &auth->migrationKey, &destination));
	if (auth->migrationScheme == TPM_MS_RESTRICT_MIGRATE)
		return check_migrate(in, msa, &destination);
	if (auth->migrationScheme == TPM_MS_RESTRICT_APPROVE)
		return check_approve(t, in, msa, &destination);
	return TPM_BAD_PARAMETER;
}

/* The authorities of the list are the key's. */
static enum tpm_rc check_migauth(struct tpm *t, const struct tpm_digest *msa,
				 const struct tpm_digest *key,
				 const struct tpm_digest *migrationAuth)
{
	struct tpm_digest hmac;

	migauth_ticket(t, msa, key, &hmac);
	return equal(&hmac, migrationAuth) ? TPM_SUCCESS : TPM_MA_AUTHORITY;
}

static void set_hash(struct tpm *t, const struct tpm_digest *msa,
		     const struct tpm_digest *key, struct tpm_digest *hash)
{
	tpm_sha1(t->crypto, hash->b,
		 TPM_PARTS({ msa->b, sizeof(msa->b) },
			   { key->b, sizeof(key->b) }));
}

static enum tpm_rc create_blob(struct tpm *t, struct tpm_call *c,
			       const struct CMK_CreateBlob_in *in,
			       struct tpm_store_asymkey *key,
			       struct CMK_CreateBlob_out *out)
{
	struct tpm_msa_composite msa;
	struct tpm_digest list;
	const size_t len = migration_size(key);
	uint8_t *random;

	TRY(migrationkeyauth_check(t, &in->migrationKeyAuth));
	if (key->payload != TPM_PT_MIGRATE_RESTRICTED &&
	    key->payload != TPM_PT_MIGRATE_EXTERNAL)
		return TPM_INVALID_STRUCTURE;
	TRY(read_msa_list(in->msaList, &msa));
	sha1_of(t, in->msaList, &list);
	TRY(check_migauth(t, &list, &in->pubSourceKeyDigest,
			  &key->migrationAuth));
	TRY(check_scheme(t, in, &msa));
	random = tpm_scratch(c, len);
	if (!random)
		return TPM_SIZE;
	tpm_random(t->crypto, random, len);
	out->random = (struct tpm_bytes){ random, len };
	key->payload = TPM_PT_CMK_MIGRATE;
	set_hash(t, &list, &in->pubSourceKeyDigest, &key->migrationAuth);
	return migration_wrap(t, c, key, random,
			      &in->migrationKeyAuth.migrationKey,
			      &out->outData);
}

enum tpm_rc tpm_CMK_CreateBlob(struct tpm *t, struct tpm_call *c,
			       const struct CMK_CreateBlob_in *in,
			       struct CMK_CreateBlob_out *out)
{
	struct private_half half;
	enum tpm_rc rc;

	if (key_is_migratable(c->key[0]) ||
	    c->key[0]->keyUsage != TPM_KEY_STORAGE)
		return TPM_INVALID_KEYUSAGE;
	rc = private_half_open(t, c->key[0], in->encData, &half);
	if (rc == TPM_SUCCESS)
		rc = create_blob(t, c, in, &half.key, out);
	tpm_wipe(&half, sizeof(half));
	return rc;
}

/* ---- 11.10 TPM_CMK_ConvertMigration ---- */

/* The private half is the public one's. */
static enum tpm_rc check_pair(const struct tpm_key *wire,
			      const struct tpm_store_asymkey *key)
{
	struct tpm_rsa_key_parms parms;
	struct rd r = rd_over(wire->algorithmParms.parms.p,
			      wire->algorithmParms.parms.len);
	struct tpm_rsa *rsa;

	rd_rsa_key_parms(&r, &parms);
	if (rd_done(&r) != TPM_SUCCESS)
		return TPM_BAD_KEY_PROPERTY;
	rsa = tpm_rsa_private(wire->pubKey, parms.exponent, key->privKey);
	if (!rsa)
		return TPM_BAD_PARAMETER;
	tpm_rsa_free(rsa);
	return TPM_SUCCESS;
}

/* An authority sent this key, and here. */
static enum tpm_rc check_restriction(struct tpm *t, struct tpm_call *c,
				     const struct CMK_ConvertMigration_in *in,
				     const struct tpm_msa_composite *msa)
{
	uint8_t b[64];
	struct wr w = wr_over(b, sizeof(b));
	struct tpm_digest data, parent;

	wr_cmk_auth(&w, &in->restrictTicket);
	sha1_of(t, (struct tpm_bytes){ b, (size_t)(w.p - b) }, &data);
	TRY(check_sigticket(t, msa, &data, &in->sigTicket));
	TRY(entry_digest(t, c, c->key[0], &parent));
	if (!equal(&in->restrictTicket.destinationKeyDigest, &parent))
		return TPM_MA_DESTINATION;
	return TPM_SUCCESS;
}

static enum tpm_rc check_migrated(const struct CMK_ConvertMigration_in *in,
				  const struct tpm_store_asymkey *key,
				  const struct tpm_digest *digest)
{
	const uint32_t wanted = TPM_MIGRATABLE | TPM_MIGRATEAUTHORITY;

	TRY(check_pair(&in->migratedKey, key));
	if ((in->migratedKey.keyFlags & wanted) != wanted)
		return TPM_INVALID_KEYUSAGE;
	if (!equal(&in->restrictTicket.sourceKeyDigest, digest))
		return TPM_MA_SOURCE;
	return TPM_SUCCESS;
}

static enum tpm_rc convert(struct tpm *t, struct tpm_call *c,
			   const struct CMK_ConvertMigration_in *in,
			   struct tpm_store_asymkey *key,
			   struct tpm_bytes *outData)
{
	const struct tpm_pubkey pub = {
		.algorithmParms = in->migratedKey.algorithmParms,
		.pubKey = in->migratedKey.pubKey,
	};
	struct tpm_msa_composite msa;
	struct tpm_digest digest, list, hash;

	TRY(read_msa_list(in->msaList, &msa));
	TRY(pubkey_digest(t, &pub, &digest));
	sha1_of(t, in->msaList, &list);
	set_hash(t, &list, &digest, &hash);
	if (!equal(&hash, &key->migrationAuth))
		return TPM_AUTHFAIL;
	if (key_is_migratable(c->key[0]))
		return TPM_INVALID_KEYUSAGE;
	if (key->payload != TPM_PT_CMK_MIGRATE)
		return TPM_BAD_MIGRATION;
	TRY(check_restriction(t, c, in, &msa));
	TRY(check_migrated(in, key, &digest));
	key->payload = TPM_PT_MIGRATE_EXTERNAL;
	migauth_ticket(t, &list, &digest, &key->migrationAuth);
	return private_half_close(t, c, c->key[0], key, outData);
}

enum tpm_rc tpm_CMK_ConvertMigration(struct tpm *t, struct tpm_call *c,
				     const struct CMK_ConvertMigration_in *in,
				     struct CMK_ConvertMigration_out *out)
{
	struct private_half half;
	enum tpm_rc rc;

	if (c->key[0]->keyUsage != TPM_KEY_STORAGE)
		return TPM_INVALID_KEYUSAGE;
	rc = migration_unwrap(t, c->key[0], in->migratedKey.encData, in->random,
			      &half);
	if (rc == TPM_SUCCESS)
		rc = convert(t, c, in, &half.key, &out->outData);
	tpm_wipe(&half, sizeof(half));
	return rc;
}
