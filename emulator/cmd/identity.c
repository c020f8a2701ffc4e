/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 15: Identity Creation and Activation. */

#include "keys.h"
#include "pcr.h"

/* ---- 15.1 TPM_MakeIdentity ---- */

static enum tpm_rc check_identity(const struct tpm *t,
				  const struct tpm_key *params)
{
	TRY(key_check_properties(t, params, 2048));
	if (params->keyUsage != TPM_KEY_IDENTITY ||
	    params->keyFlags & (TPM_MIGRATABLE | TPM_MIGRATEAUTHORITY))
		return TPM_INVALID_KEYUSAGE;
	return TPM_SUCCESS;
}

/*
 * The owner was proved, in the last session; the storage root key, which no
 * parameter names, in the first of two.
 */
static enum tpm_rc verify_srk(struct tpm *t, struct tpm_call *c,
			      struct tpm_key_entry **srk)
{
	TRY(key_use(t, c, TPM_KH_SRK, srk));
	TRY(auth_verify_key(t, c, c->n_auth == 2, 0, *srk));
	c->auth[0].continueAuthSession = false;
	return TPM_SUCCESS;
}

static enum tpm_rc contents_digest(struct tpm *t, struct tpm_call *c,
				   const struct tpm_digest *label,
				   const struct tpm_key_entry *key,
				   struct tpm_digest *digest)
{
	struct tpm_identity_contents contents = {
		.ver = { .major = 1, .minor = 1 },
		.ordinal = TPM_ORD_MakeIdentity,
		.labelPrivCADigest = *label,
	};
	uint8_t b[KEY_WIRE_MAX];
	struct wr w = wr_over(b, sizeof(b));

	TRY(key_pubkey(c, key, &contents.identityPubKey));
	wr_identity_contents(&w, &contents);
	tpm_sha1(t->crypto, digest->b, TPM_PARTS({ b, (size_t)(w.p - b) }));
	return w.rc;
}

/* The new key signs who it belongs to; it is in no slot yet. */
static enum tpm_rc bind_identity(struct tpm *t, struct tpm_call *c,
				 const struct tpm_digest *label,
				 const struct tpm_key_entry *key,
				 struct tpm_bytes *binding)
{
	struct tpm_digest digest;
	struct tpm_rsa *rsa;
	uint8_t *b = tpm_scratch(c, key->n.len);
	int r;

	if (!b)
		return TPM_SIZE;
	TRY(contents_digest(t, c, label, key, &digest));
	rsa = key_make_rsa(key);
	if (!rsa)
		return TPM_FAIL;
	r = tpm_rsa_sign_sha1(rsa, digest.b, b);
	tpm_rsa_free(rsa);
	*binding = (struct tpm_bytes){ b, key->n.len };
	return r ? TPM_FAIL : TPM_SUCCESS;
}

static enum tpm_rc make_identity(struct tpm *t, struct tpm_call *c,
				 const struct MakeIdentity_in *in,
				 const struct tpm_key_entry *srk,
				 struct tpm_key_entry *key,
				 struct MakeIdentity_out *out)
{
	unsigned int bits;

	TRY(key_new_size(&in->idKeyParams.algorithmParms, &bits));
	TRY(key_read_public(&in->idKeyParams, key));
	TRY(auth_decrypt(t, c, c->n_auth - 1, false, &in->identityAuth,
			 &key->usageAuth));
	key->migrationAuth = t->s.owner.tpmProof;
	key->payload = TPM_PT_ASYM;
	if (key->hasPCRInfo)
		pcr_info_create(t, c->locality, &key->PCRInfo);
	TRY(key_generate(t, bits, key));
	TRY(key_wrap(t, c, srk, key, &out->idKey));
	return bind_identity(t, c, &in->labelPrivCADigest, key,
			     &out->identityBinding);
}

enum tpm_rc tpm_MakeIdentity(struct tpm *t, struct tpm_call *c,
			     const struct MakeIdentity_in *in,
			     struct MakeIdentity_out *out)
{
	struct tpm_key_entry *srk;
	struct tpm_key_entry key;
	enum tpm_rc rc;

	TRY(verify_srk(t, c, &srk));
	TRY(check_identity(t, &in->idKeyParams));
	memset(&key, 0, sizeof(key));
	rc = make_identity(t, c, in, srk, &key, out);
	tpm_wipe(&key, sizeof(key));
	return rc;
}

/* ---- 15.2 TPM_ActivateIdentity ---- */

static bool is_same(const struct tpm_digest *a, const struct tpm_digest *b)
{
	return tpm_equal(a->b, b->b, sizeof(a->b));
}

static enum tpm_rc identity_digest(struct tpm *t, struct tpm_call *c,
				   struct tpm_digest *digest)
{
	struct tpm_pubkey pub;

	TRY(key_pubkey(c, c->key[0], &pub));
	return pubkey_digest(t, &pub, digest);
}

/* What a certification authority of version 1.1 sends. */
static enum tpm_rc take_contents(struct tpm_bytes b,
				 const struct tpm_digest *idDigest,
				 struct tpm_symmetric_key *key)
{
	struct rd r = rd_over(b.p, b.len);
	struct tpm_asym_ca_contents contents;

	rd_asym_ca_contents(&r, &contents);
	TRY(rd_done(&r));
	if (!is_same(idDigest, &contents.idDigest))
		return TPM_BAD_PARAMETER;
	*key = contents.sessionKey;
	return TPM_SUCCESS;
}

/* Of version 1.2: it may say in which state of the machine. */
static enum tpm_rc take_activate(struct tpm *t, struct tpm_call *c,
				 struct tpm_bytes b,
				 const struct tpm_digest *idDigest,
				 struct tpm_symmetric_key *key)
{
	struct rd r = rd_over(b.p, b.len);
	struct tpm_ek_blob_activate activate;

	rd_ek_blob_activate(&r, &activate);
	TRY(rd_done(&r));
	if (!localities_exist(activate.pcrInfo.localityAtRelease))
		return TPM_INVALID_STRUCTURE;
	if (!is_same(idDigest, &activate.idDigest))
		return TPM_BAD_PARAMETER;
	TRY(pcr_check_short(t, c->locality, &activate.pcrInfo));
	*key = activate.sessionKey;
	return TPM_SUCCESS;
}

static enum tpm_rc take_ek_blob(struct tpm *t, struct tpm_call *c,
				struct tpm_bytes b,
				const struct tpm_digest *idDigest,
				struct tpm_symmetric_key *key)
{
	struct rd r = rd_over(b.p, b.len);
	struct tpm_ek_blob blob;

	rd_ek_blob(&r, &blob);
	TRY(rd_done(&r));
	if (blob.ekType != TPM_EK_TYPE_ACTIVATE)
		return TPM_BAD_TYPE;
	return take_activate(t, c, blob.blob, idDigest, key);
}

/* The older form has no tag, but an algorithm that is none of a blob's. */
static bool is_ek_blob(struct tpm_bytes b)
{
	struct rd r = rd_over(b.p, b.len);
	uint16_t tag;

	rd_u16(&r, &tag);
	return tag == TPM_TAG_EK_BLOB;
}

enum tpm_rc tpm_ActivateIdentity(struct tpm *t, struct tpm_call *c,
				 const struct ActivateIdentity_in *in,
				 struct ActivateIdentity_out *out)
{
	struct tpm_endorsement *ek;
	struct tpm_digest idDigest;
	struct tpm_bytes blob;
	uint8_t *b;

	if (c->key[0]->keyUsage != TPM_KEY_IDENTITY)
		return TPM_BAD_PARAMETER;
	TRY(identity_digest(t, c, &idDigest));
	TRY(endorsement_get(t, &ek));
	b = tpm_scratch(c, TPM_RSA_MAX_BYTES);
	if (!b)
		return TPM_SIZE;
	blob.p = b;
	TRY(key_decrypt(t, &ek->key, in->blob, b, &blob.len));
	if (is_ek_blob(blob))
		return take_ek_blob(t, c, blob, &idDigest, &out->symmetricKey);
	return take_contents(blob, &idDigest, &out->symmetricKey);
}
