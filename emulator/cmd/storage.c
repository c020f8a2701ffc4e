/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 10: Storage Functions. */

#include "keys.h"
#include "pcr.h"

/* ---- What is sealed ---- */

/* A key that nobody else can have. */
static enum tpm_rc check_seal_key(const struct tpm_key_entry *key)
{
	if (key->keyUsage != TPM_KEY_STORAGE || key_is_migratable(key))
		return TPM_INVALID_KEYUSAGE;
	return TPM_SUCCESS;
}

static enum tpm_rc sealed_digest(struct tpm *t, const struct tpm_sealed *sealed,
				 struct tpm_digest *digest)
{
	uint8_t b[128];
	struct wr w = wr_over(b, sizeof(b));

	wr_sealed_clear(&w, sealed);
	tpm_sha1(t->crypto, digest->b, TPM_PARTS({ b, (size_t)(w.p - b) }));
	return w.rc;
}

/* Both forms of pcrInfo, as it will be part of what is sealed. */
static enum tpm_rc take_seal_info(struct tpm *t, struct tpm_call *c,
				  struct tpm_bytes pcrInfo,
				  struct tpm_sealed *sealed)
{
	struct tpm_pcr_info_long info;

	if (!pcrInfo.len)
		return TPM_SUCCESS;
	if (pcr_info_read(pcrInfo, sealed->is12, &info) != TPM_SUCCESS)
		return TPM_BADINDEX;
	pcr_info_create(t, c->locality, &info);
	return pcr_info_write(c, &info, sealed->is12, &sealed->sealInfo);
}

static bool is_long(struct tpm_bytes pcrInfo)
{
	struct rd r = rd_over(pcrInfo.p, pcrInfo.len);
	uint16_t tag;

	rd_u16(&r, &tag);
	return tag == TPM_TAG_PCR_INFO_LONG;
}

/* Encrypts the data, and all that must be so when it is given back. */
static enum tpm_rc seal(struct tpm *t, struct tpm_call *c,
			const struct tpm_digest *auth, struct tpm_bytes data,
			struct tpm_sealed *sealed)
{
	uint8_t b[KEY_SECRET_MAX];
	struct wr w = wr_over(b, sizeof(b));
	struct tpm_sealed_data secret = {
		.payload = TPM_PT_SEAL,
		.authData = *auth,
		.tpmProof = t->s.owner.tpmProof,
		.data = data,
	};
	enum tpm_rc rc = sealed_digest(t, sealed, &secret.storedDigest);

	wr_sealed_data(&w, &secret);
	if (rc == TPM_SUCCESS && w.rc != TPM_SUCCESS)
		rc = TPM_BAD_DATASIZE;
	if (rc == TPM_SUCCESS)
		rc = key_encrypt(t, c, c->key[0],
				 (struct tpm_bytes){ b, (size_t)(w.p - b) },
				 &sealed->encData);
	tpm_wipe(&secret, sizeof(secret));
	tpm_wipe(b, sizeof(b));
	return rc;
}

/* 10.1 TPM_Seal */
enum tpm_rc tpm_Seal(struct tpm *t, struct tpm_call *c,
		     const struct Seal_in *in, struct Seal_out *out)
{
	struct tpm_sealed *sealed = &out->sealedData;
	struct tpm_digest auth;
	enum tpm_rc rc;

	if (!in->inData.len)
		return TPM_BAD_PARAMETER;
	TRY(check_seal_key(c->key[0]));
	sealed->is12 = is_long(in->pcrInfo);
	sealed->ver = (struct tpm_struct_ver){ .major = 1, .minor = 1 };
	TRY(take_seal_info(t, c, in->pcrInfo, sealed));
	TRY(auth_decrypt(t, c, 0, false, &in->encAuth, &auth));
	rc = seal(t, c, &auth, in->inData, sealed);
	tpm_wipe(&auth, sizeof(auth));
	return rc;
}

/*
 * What protects the secrets of TPM_Sealx on their way through the session that
 * authorises the key; the same in both directions.
 */
static enum tpm_rc seal_crypt(struct tpm *t, const struct tpm_call *c,
			      unsigned int adip, struct tpm_bytes in,
			      uint8_t *out)
{
	static const uint8_t label[] = { 'X', 'O', 'R' };
	const struct tpm_auth *a = &c->auth[0];
	const struct tpm_session *s = a->session;
	const struct tpm_bytes even = { s->nonceEven.b,
					sizeof(s->nonceEven.b) };
	const struct tpm_bytes odd = { a->nonceOdd.b, sizeof(a->nonceOdd.b) };
	struct tpm_digest iv;

	if (adip == TPM_ET_AES128_CTR) {
		tpm_sha1(t->crypto, iv.b, TPM_PARTS(even, odd));
		tpm_aes128_ctr(t->crypto, s->sharedSecret.b, iv.b, in.p, out,
			       in.len);
		return TPM_SUCCESS;
	}
	if (adip != TPM_ET_XOR)
		return TPM_INAPPROPRIATE_ENC;
	memcpy(out, in.p, in.len);
	tpm_mgf1_xor(
		t->crypto, out, in.len,
		TPM_PARTS(even, odd, { label, sizeof(label) },
			  { s->sharedSecret.b, sizeof(s->sharedSecret.b) }));
	return TPM_SUCCESS;
}

/* 0 says that a secret is given back as it is, so XOR needs another name. */
static uint16_t seal_et(const struct tpm_session *s)
{
	if (s->adip == TPM_ET_XOR)
		return TPM_ET_XOR << 8 | TPM_ET_KEY;
	return (uint16_t)(s->adip << 8);
}

/* 10.7 TPM_Sealx */
enum tpm_rc tpm_Sealx(struct tpm *t, struct tpm_call *c,
		      const struct Sealx_in *in, struct Sealx_out *out)
{
	struct tpm_sealed *sealed = &out->sealedData;
	struct tpm_digest auth;
	uint8_t *data;
	enum tpm_rc rc;

	if (!in->inData.len)
		return TPM_BAD_PARAMETER;
	TRY(check_seal_key(c->key[0]));
	sealed->is12 = true;
	TRY(take_seal_info(t, c, in->pcrInfo, sealed));
	data = tpm_scratch(c, in->inData.len);
	if (!data)
		return TPM_BAD_DATASIZE;
	TRY(auth_decrypt(t, c, 0, false, &in->encAuth, &auth));
	sealed->et = seal_et(c->auth[0].session);
	rc = seal_crypt(t, c, c->auth[0].session->adip, in->inData, data);
	if (rc == TPM_SUCCESS)
		rc = seal(t, c, &auth,
			  (struct tpm_bytes){ data, in->inData.len }, sealed);
	tpm_wipe(&auth, sizeof(auth));
	return rc;
}

/*
 * Decrypts into the call's scratch space, where secret then borrows.  Whatever
 * is wrong with it, it is no sealed blob of ours.
 */
static enum tpm_rc unseal(struct tpm *t, struct tpm_call *c,
			  const struct tpm_sealed *sealed,
			  struct tpm_sealed_data *secret)
{
	uint8_t *b = tpm_scratch(c, TPM_RSA_MAX_BYTES);
	const struct tpm_digest *proof = &t->s.owner.tpmProof;
	struct tpm_digest digest;
	struct rd r;
	size_t len;

	if (!b)
		return TPM_SIZE;
	if (key_decrypt(t, c->key[0], sealed->encData, b, &len) != TPM_SUCCESS)
		return TPM_NOTSEALED_BLOB;
	r = rd_over(b, len);
	rd_sealed_data(&r, secret);
	if (rd_done(&r) != TPM_SUCCESS || secret->payload != TPM_PT_SEAL ||
	    sealed_digest(t, sealed, &digest) != TPM_SUCCESS ||
	    !tpm_equal(secret->tpmProof.b, proof->b, sizeof(proof->b)) ||
	    !tpm_equal(secret->storedDigest.b, digest.b, sizeof(digest.b)))
		return TPM_NOTSEALED_BLOB;
	return TPM_SUCCESS;
}

/* The data has no handle, so that no session can be bound to it. */
static enum tpm_rc authorise_data(struct tpm *t, struct tpm_call *c,
				  const struct tpm_digest *secret)
{
	const unsigned int i = c->n_auth - 1;
	struct tpm_entity data = { .type = TPM_ET_DATA, .secret = *secret };
	enum tpm_rc rc;

	if (c->auth[i].session->protocol != TPM_PID_OIAP)
		return TPM_BAD_MODE;
	rc = auth_verify(t, c, i, &data);
	tpm_wipe(&data, sizeof(data));
	return rc;
}

/* As the caller wanted it to be given back. */
static enum tpm_rc reveal(struct tpm *t, struct tpm_call *c, uint16_t et,
			  struct tpm_bytes data, struct tpm_bytes *secret)
{
	uint8_t *b;

	*secret = data;
	if (!et)
		return TPM_SUCCESS;
	if (c->n_auth < 2)
		return TPM_AUTHFAIL;
	if (c->auth[0].session->protocol == TPM_PID_OIAP)
		return TPM_BAD_MODE;
	b = tpm_scratch(c, data.len);
	if (!b)
		return TPM_SIZE;
	secret->p = b;
	c->auth[0].continueAuthSession = false;
	return seal_crypt(t, c, et >> 8, data, b);
}

/* 10.2 TPM_Unseal */
enum tpm_rc tpm_Unseal(struct tpm *t, struct tpm_call *c,
		       const struct Unseal_in *in, struct Unseal_out *out)
{
	const struct tpm_sealed *sealed = &in->inData;
	struct tpm_pcr_info_long info;
	struct tpm_sealed_data secret;
	enum tpm_rc rc;

	TRY(check_seal_key(c->key[0]));
	if (sealed->sealInfo.len)
		TRY(pcr_info_read(sealed->sealInfo, sealed->is12, &info));
	rc = unseal(t, c, sealed, &secret);
	if (rc == TPM_SUCCESS && sealed->sealInfo.len)
		rc = pcr_check_release(t, c->locality, &info);
	if (rc == TPM_SUCCESS)
		rc = authorise_data(t, c, &secret.authData);
	if (rc == TPM_SUCCESS)
		rc = reveal(t, c, sealed->et, secret.data, &out->secret);
	tpm_wipe(&secret, sizeof(secret));
	return rc;
}

/* ---- What is bound, by anybody who has the public key ---- */

/* A TPM_BOUND_DATA's payload; of another version it may go on as it likes. */
static enum tpm_rc take_bound(struct tpm_bytes in, struct tpm_bytes *out)
{
	struct rd r = rd_over(in.p, in.len);
	struct tpm_bound_data bound;

	rd_bound_data(&r, &bound);
	if (in.len >= sizeof(bound.ver) &&
	    (bound.ver.major != 1 || bound.ver.minor != 1))
		return TPM_BAD_VERSION;
	TRY(rd_done(&r));
	if (bound.payload != TPM_PT_BIND)
		return TPM_INVALID_STRUCTURE;
	*out = bound.payloadData;
	return TPM_SUCCESS;
}

/*
 * With the older padding nobody learns whether it was that or what was in it:
 * the one would help to guess the other.
 */
static enum tpm_rc unbind(const struct tpm_key_entry *key, struct tpm_bytes in,
			  struct tpm_bytes *out)
{
	enum tpm_rc rc;

	if (key->encScheme == TPM_ES_RSAESOAEP_SHA1_MGF1)
		return take_bound(in, out);
	*out = in;
	if (key->keyUsage == TPM_KEY_LEGACY)
		return TPM_SUCCESS;
	rc = take_bound(in, out);
	return rc == TPM_SUCCESS ? TPM_SUCCESS : TPM_DECRYPT_ERROR;
}

/* 10.3 TPM_UnBind */
enum tpm_rc tpm_UnBind(struct tpm *t, struct tpm_call *c,
		       const struct UnBind_in *in, struct UnBind_out *out)
{
	const struct tpm_key_entry *key = c->key[0];
	uint8_t *b;
	size_t len;

	if (!in->inData.len)
		return TPM_BAD_PARAMETER;
	if (key->keyUsage != TPM_KEY_BIND && key->keyUsage != TPM_KEY_LEGACY)
		return TPM_INVALID_KEYUSAGE;
	b = tpm_scratch(c, TPM_RSA_MAX_BYTES);
	if (!b)
		return TPM_SIZE;
	TRY(key_decrypt(t, key, in->inData, b, &len));
	return unbind(key, (struct tpm_bytes){ b, len }, &out->outData);
}

/* ---- Keys ---- */

static enum tpm_rc check_new_key(const struct tpm *t,
				 const struct tpm_key_entry *parent,
				 const struct tpm_key *keyInfo)
{
	TRY(key_check_properties(t, keyInfo, 0));
	if (parent->keyUsage != TPM_KEY_STORAGE)
		return TPM_INVALID_KEYUSAGE;
	if (key_is_migratable(parent) && !(keyInfo->keyFlags & TPM_MIGRATABLE))
		return TPM_INVALID_KEYUSAGE;
	if (keyInfo->keyUsage == TPM_KEY_IDENTITY ||
	    keyInfo->keyUsage == TPM_KEY_AUTHCHANGE ||
	    keyInfo->keyFlags & TPM_MIGRATEAUTHORITY)
		return TPM_INVALID_KEYUSAGE;
	return TPM_SUCCESS;
}

static enum tpm_rc take_secrets(struct tpm *t, struct tpm_call *c,
				const struct CreateWrapKey_in *in,
				struct tpm_key_entry *key)
{
	TRY(auth_decrypt(t, c, 0, false, &in->dataUsageAuth, &key->usageAuth));
	TRY(auth_decrypt(t, c, 0, true, &in->dataMigrationAuth,
			 &key->migrationAuth));
	if (!key_is_migratable(key))
		key->migrationAuth = t->s.owner.tpmProof;
	return TPM_SUCCESS;
}

static enum tpm_rc create(struct tpm *t, struct tpm_call *c,
			  const struct CreateWrapKey_in *in,
			  struct tpm_key_entry *key, struct tpm_key *wrapped)
{
	unsigned int bits;

	TRY(key_new_size(&in->keyInfo.algorithmParms, &bits));
	TRY(key_read_public(&in->keyInfo, key));
	TRY(take_secrets(t, c, in, key));
	if (key->hasPCRInfo)
		pcr_info_create(t, c->locality, &key->PCRInfo);
	key->payload = TPM_PT_ASYM;
	TRY(key_generate(t, bits, key));
	return key_wrap(t, c, c->key[0], key, wrapped);
}

/* 10.4 TPM_CreateWrapKey */
enum tpm_rc tpm_CreateWrapKey(struct tpm *t, struct tpm_call *c,
			      const struct CreateWrapKey_in *in,
			      struct CreateWrapKey_out *out)
{
	struct tpm_key_entry key;
	enum tpm_rc rc;

	TRY(check_new_key(t, c->key[0], &in->keyInfo));
	rc = create(t, c, in, &key, &out->wrappedKey);
	tpm_wipe(&key, sizeof(key));
	return rc;
}

/* 10.5 TPM_LoadKey2 */
enum tpm_rc tpm_LoadKey2(struct tpm *t, struct tpm_call *c,
			 const struct LoadKey2_in *in, struct LoadKey2_out *out)
{
	return key_load(t, c->key[0], &in->inKey, &out->inkeyHandle);
}

/* 10.6 TPM_GetPubKey */
enum tpm_rc tpm_GetPubKey(struct tpm *t, struct tpm_call *c,
			  const struct GetPubKey_in *in,
			  struct GetPubKey_out *out)
{
	struct tpm_key_entry *key;

	TRY(key_use_public(t, c, in->keyHandle, &key));
	TRY(key_verify_public(t, c, c->n_auth, 0, key));
	if (in->keyHandle == TPM_KH_SRK && !t->s.flags.readSRKPub)
		return TPM_INVALID_KEYHANDLE;
	return key_pubkey(c, key, &out->pubKey);
}
