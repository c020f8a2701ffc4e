/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 13: Cryptographic Functions, those that sign. */

#include "keys.h"
#include "pcr.h"

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

/* ---- 13.8, 13.9: what the TPM says of a key ---- */

/* More than TPM_CERTIFY_INFO2 takes. */
#define CERTIFY_MAX 256u

static enum tpm_rc check_certifier(const struct tpm_key_entry *key)
{
	if (key->sigScheme != TPM_SS_RSASSAPKCS1v15_SHA1 &&
	    key->sigScheme != TPM_SS_RSASSAPKCS1v15_INFO)
		return TPM_BAD_KEY_PROPERTY;
	if (key->keyUsage != TPM_KEY_SIGNING &&
	    key->keyUsage != TPM_KEY_IDENTITY &&
	    key->keyUsage != TPM_KEY_LEGACY)
		return TPM_INVALID_KEYUSAGE;
	return TPM_SUCCESS;
}

static enum tpm_rc check_certified(const struct tpm_key_entry *key)
{
	switch (key->keyUsage) {
	case TPM_KEY_SIGNING:
	case TPM_KEY_STORAGE:
	case TPM_KEY_IDENTITY:
	case TPM_KEY_BIND:
	case TPM_KEY_LEGACY:
		return TPM_SUCCESS;
	default:
		return TPM_INVALID_KEYUSAGE;
	}
}

static bool is_cmk(const struct tpm_key_entry *key)
{
	return key->payload == TPM_PT_MIGRATE_RESTRICTED ||
	       key->payload == TPM_PT_MIGRATE_EXTERNAL;
}

/* The newer structure tells more than the older one can. */
static bool needs_info2(const struct tpm_key_entry *key)
{
	const struct tpm_pcr_info_long *info = &key->PCRInfo;

	return key->hasPCRInfo && (info->releasePCRSelection.select[2] ||
				   info->localityAtRelease != LOCALITY_ANY);
}

/* The structure that was written is signed as it is told. */
static enum tpm_rc sign_what(struct tpm *t, struct tpm_call *c,
			     const struct tpm_key_entry *key, const uint8_t *b,
			     const struct wr *w, struct tpm_bytes *info,
			     struct tpm_bytes *sig)
{
	struct tpm_digest digest;

	if (w->rc != TPM_SUCCESS)
		return w->rc;
	*info = (struct tpm_bytes){ b, (size_t)(w->p - b) };
	tpm_sha1(t->crypto, digest.b, info, 1);
	return key_sign(t, c, key, &digest, sig);
}

/* 13.8, step 9b: 44 bytes, since no register above the 15th is selected. */
static enum tpm_rc short_selection(struct tpm_call *c,
				   const struct tpm_key_entry *key,
				   struct tpm_bytes *out)
{
	struct tpm_pcr_info_long info = key->PCRInfo;

	if (!key->hasPCRInfo)
		return TPM_SUCCESS;
	info.releasePCRSelection.size = 2;
	memset(info.digestAtCreation.b, 0, sizeof(info.digestAtCreation.b));
	return pcr_info_write(c, &info, false, out);
}

static enum tpm_rc certify(struct tpm *t, struct tpm_call *c,
			   const struct tpm_key_entry *key,
			   const struct tpm_digest *antiReplay, struct wr *w)
{
	struct tpm_certify_info info = {
		.version = { .major = 1, .minor = 1 },
		.keyUsage = key->keyUsage,
		.keyFlags = key->keyFlags,
		.authDataUsage = key->authDataUsage,
		.data = *antiReplay,
		.parentPCRStatus = key->parentPCRStatus,
	};

	TRY(key_parms(c, key, &info.algorithmParms));
	key_store_pubkey_digest(t, key, &info.pubkeyDigest);
	TRY(short_selection(c, key, &info.PCRInfo));
	wr_certify_info(w, &info);
	return w->rc;
}

static enum tpm_rc certify2(struct tpm *t, struct tpm_call *c,
			    const struct tpm_key_entry *key,
			    const struct tpm_digest *antiReplay,
			    struct tpm_bytes migrationAuthority, struct wr *w)
{
	struct tpm_certify_info2 info = {
		.payloadType = key->payload,
		.keyUsage = key->keyUsage,
		.keyFlags = key->keyFlags,
		.authDataUsage = key->authDataUsage,
		.data = *antiReplay,
		.parentPCRStatus = key->parentPCRStatus,
		.migrationAuthority = migrationAuthority,
	};

	TRY(key_parms(c, key, &info.algorithmParms));
	key_store_pubkey_digest(t, key, &info.pubkeyDigest);
	if (key->hasPCRInfo)
		TRY(pcr_info_write_short(c, &key->PCRInfo, &info.PCRInfo));
	wr_certify_info2(w, &info);
	return w->rc;
}

/*
 * 13.8 TPM_CertifyKey: the certifier's session is the first of two.
 */
enum tpm_rc tpm_CertifyKey(struct tpm *t, struct tpm_call *c,
			   const struct CertifyKey_in *in,
			   struct CertifyKey_out *out)
{
	static const struct tpm_bytes none;
	const struct tpm_key_entry *certifier = c->key[0];
	uint8_t *b = tpm_scratch(c, CERTIFY_MAX);
	struct wr w = wr_over(b, CERTIFY_MAX);
	struct tpm_key_entry *key;

	TRY(key_use_public(t, c, in->keyHandle, &key));
	TRY(key_verify_public(t, c, c->n_auth, c->n_auth - 1, key));
	TRY(check_certifier(certifier));
	if (key->payload != TPM_PT_ASYM)
		return TPM_INVALID_KEYUSAGE;
	if (certifier->keyUsage == TPM_KEY_IDENTITY && key_is_migratable(key))
		return TPM_MIGRATEFAIL;
	TRY(check_certified(key));
	if (needs_info2(key))
		TRY(certify2(t, c, key, &in->antiReplay, none, &w));
	else
		TRY(certify(t, c, key, &in->antiReplay, &w));
	return sign_what(t, c, certifier, b, &w, &out->certifyInfo,
			 &out->outData);
}

/* Whose word it takes to migrate the key, if that is what the caller says. */
static enum tpm_rc migration_authority(struct tpm *t, struct tpm_call *c,
				       const struct tpm_key_entry *key,
				       const struct tpm_digest *msaDigest,
				       struct tpm_bytes *authority)
{
	struct tpm_pubkey pub;
	struct tpm_digest digest, hmac;
	uint8_t *b;

	if (!is_cmk(key))
		return TPM_SUCCESS;
	TRY(key_pubkey(c, key, &pub));
	TRY(pubkey_digest(t, &pub, &digest));
	TRY(key_cmk_auth(t, msaDigest, &digest, &hmac));
	if (!tpm_equal(hmac.b, key->migrationAuth.b, sizeof(hmac.b)))
		return TPM_MA_SOURCE;
	b = tpm_scratch(c, TPM_SHA1_SIZE);
	if (!b)
		return TPM_SIZE;
	tpm_sha1(t->crypto, b,
		 TPM_PARTS({ msaDigest->b, sizeof(msaDigest->b) },
			   { &key->payload, 1 }));
	*authority = (struct tpm_bytes){ b, TPM_SHA1_SIZE };
	return TPM_SUCCESS;
}

/*
 * 13.9 TPM_CertifyKey2: the certifier's handle and session are the second of
 * two.
 */
enum tpm_rc tpm_CertifyKey2(struct tpm *t, struct tpm_call *c,
			    const struct CertifyKey2_in *in,
			    struct CertifyKey2_out *out)
{
	const struct tpm_key_entry *certifier = c->key[1];
	uint8_t *b = tpm_scratch(c, CERTIFY_MAX);
	struct wr w = wr_over(b, CERTIFY_MAX);
	struct tpm_bytes authority = { NULL, 0 };
	struct tpm_key_entry *key;

	TRY(key_use_public(t, c, in->keyHandle, &key));
	TRY(key_verify_public(t, c, c->n_auth == 2, 0, key));
	TRY(check_certifier(certifier));
	if (certifier->keyUsage == TPM_KEY_IDENTITY && key_is_migratable(key) &&
	    !(key->keyFlags & TPM_MIGRATEAUTHORITY && is_cmk(key)))
		return TPM_MIGRATEFAIL;
	TRY(check_certified(key));
	TRY(migration_authority(t, c, key, &in->migrationPubDigest,
				&authority));
	TRY(certify2(t, c, key, &in->antiReplay, authority, &w));
	return sign_what(t, c, certifier, b, &w, &out->certifyInfo,
			 &out->outData);
}
