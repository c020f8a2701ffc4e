/* SPDX-License-Identifier: BSD-2-Clause */
/* Private halves on their way: see migration.h. */

#include "migration.h"

/* The length in front of a TPM_STORE_PRIVKEY is part of K1. */
#define LENGTH_SIZE 4u
/* TPM_MIGRATE_ASYMKEY without K2. */
#define MIGRATE_ASYMKEY_SIZE (1u + 2u * TPM_SHA1_SIZE + LENGTH_SIZE)

/* A K1 of 20 bytes must be had, and there is no larger prime. */
static enum tpm_rc check_prime(struct tpm_bytes p)
{
	if (p.len + LENGTH_SIZE < TPM_SHA1_SIZE ||
	    p.len > sizeof(((struct tpm_prime *)0)->b))
		return TPM_BAD_KEY_PROPERTY;
	return TPM_SUCCESS;
}

/* ---- Under a parent ---- */

static enum tpm_rc read_half(struct private_half *half)
{
	struct rd r = rd_over(half->b, half->len);

	rd_store_asymkey(&r, &half->key);
	if (half->key.payload != TPM_PT_ASYM &&
	    half->key.payload != TPM_PT_MIGRATE_RESTRICTED &&
	    half->key.payload != TPM_PT_MIGRATE_EXTERNAL)
		return TPM_INVALID_STRUCTURE;
	TRY(rd_done(&r));
	return check_prime(half->key.privKey);
}

enum tpm_rc private_half_open(struct tpm *t, const struct tpm_key_entry *parent,
			      struct tpm_bytes encData,
			      struct private_half *half)
{
	TRY(key_decrypt(t, parent, encData, half->b, &half->len));
	return read_half(half);
}

enum tpm_rc private_half_close(struct tpm *t, struct tpm_call *c,
			       const struct tpm_key_entry *parent,
			       const struct tpm_store_asymkey *key,
			       struct tpm_bytes *encData)
{
	uint8_t b[KEY_SECRET_MAX];
	struct wr w = wr_over(b, sizeof(b));
	enum tpm_rc rc;

	wr_store_asymkey(&w, key);
	rc = w.rc;
	if (rc == TPM_SUCCESS)
		rc = key_encrypt(t, c, parent,
				 (struct tpm_bytes){ b, (size_t)(w.p - b) },
				 encData);
	tpm_wipe(b, sizeof(b));
	return rc;
}

/* ---- On the way ---- */

static void xor_bytes(uint8_t *to, const uint8_t *with, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] ^= with[i];
}

size_t migration_size(const struct tpm_store_asymkey *key)
{
	return TPM_OAEP_OVERHEAD + MIGRATE_ASYMKEY_SIZE + LENGTH_SIZE +
	       key->privKey.len - TPM_SHA1_SIZE;
}

/* o1 */
static enum tpm_rc encode(struct tpm *t, const struct tpm_store_asymkey *key,
			  uint8_t *o1, size_t len)
{
	uint8_t k[KEY_SECRET_MAX], msg[TPM_RSA_MAX_BYTES];
	struct wr k_w = wr_over(k, sizeof(k));
	struct wr msg_w = wr_over(msg, sizeof(msg));
	int failed;

	wr_blob(&k_w, &key->privKey);
	wr_migrate_asymkey(
		&msg_w,
		&(struct tpm_migrate_asymkey){
			.payload = key->payload,
			.usageAuth = key->usageAuth,
			.pubDataDigest = key->pubDataDigest,
			.partPrivKey = { k + TPM_SHA1_SIZE,
					 LENGTH_SIZE + key->privKey.len -
						 TPM_SHA1_SIZE },
		});
	failed = tpm_oaep_encode(t->crypto, o1, len, msg,
				 (size_t)(msg_w.p - msg), key->migrationAuth.b,
				 k);
	tpm_wipe(k, sizeof(k));
	tpm_wipe(msg, sizeof(msg));
	return failed ? TPM_SIZE : TPM_SUCCESS;
}

enum tpm_rc migration_wrap(struct tpm *t, struct tpm_call *c,
			   const struct tpm_store_asymkey *key,
			   const uint8_t *random, const struct tpm_pubkey *to,
			   struct tpm_bytes *out)
{
	uint8_t o1[TPM_RSA_MAX_BYTES];
	const size_t len = migration_size(key);
	enum tpm_rc rc;

	if (len > sizeof(o1))
		return TPM_SIZE;
	rc = encode(t, key, o1, len);
	if (rc == TPM_SUCCESS) {
		xor_bytes(o1, random, len);
		rc = pubkey_encrypt(t, c, to, (struct tpm_bytes){ o1, len },
				    out);
	}
	tpm_wipe(o1, sizeof(o1));
	return rc;
}

enum tpm_rc migration_decrypt(struct tpm *t, const struct tpm_key_entry *parent,
			      struct tpm_bytes encData,
			      struct private_half *half)
{
	return key_decrypt(t, parent, encData, half->b, &half->len);
}

/* K1 and K2 become a TPM_STORE_PRIVKEY again, in b. */
static enum tpm_rc join(struct private_half *half, const uint8_t *k1,
			const struct tpm_migrate_asymkey *m)
{
	struct wr w = wr_over(half->b, sizeof(half->b));
	struct rd r;

	wr_bytes(&w, k1, TPM_SHA1_SIZE);
	wr_bytes(&w, m->partPrivKey.p, m->partPrivKey.len);
	if (w.rc != TPM_SUCCESS)
		return w.rc;
	half->len = (size_t)(w.p - half->b);
	half->key.payload = m->payload;
	half->key.usageAuth = m->usageAuth;
	half->key.pubDataDigest = m->pubDataDigest;
	r = rd_over(half->b, half->len);
	rd_blob(&r, &half->key.privKey);
	TRY(rd_done(&r));
	return check_prime(half->key.privKey);
}

static enum tpm_rc read_message(const uint8_t *msg, size_t len,
				struct tpm_migrate_asymkey *m)
{
	struct rd r = rd_over(msg, len);

	rd_migrate_asymkey(&r, m);
	if (m->payload != TPM_PT_MIGRATE && m->payload != TPM_PT_MAINT &&
	    m->payload != TPM_PT_CMK_MIGRATE)
		return TPM_INVALID_STRUCTURE;
	return rd_done(&r);
}

enum tpm_rc migration_decode(struct tpm *t, const uint8_t *random,
			     struct private_half *half)
{
	uint8_t msg[TPM_RSA_MAX_BYTES], k1[TPM_SHA1_SIZE];
	struct tpm_migrate_asymkey m;
	size_t len;
	enum tpm_rc rc = TPM_DECRYPT_ERROR;

	xor_bytes(half->b, random, half->len);
	if (!tpm_oaep_decode(t->crypto, half->b, half->len, msg, &len,
			     half->key.migrationAuth.b, k1))
		rc = read_message(msg, len, &m);
	if (rc == TPM_SUCCESS)
		rc = join(half, k1, &m);
	tpm_wipe(msg, sizeof(msg));
	tpm_wipe(k1, sizeof(k1));
	tpm_wipe(&m, sizeof(m));
	return rc;
}

enum tpm_rc migration_unwrap(struct tpm *t, const struct tpm_key_entry *parent,
			     struct tpm_bytes encData, struct tpm_bytes random,
			     struct private_half *half)
{
	TRY(migration_decrypt(t, parent, encData, half));
	if (half->len != random.len)
		return TPM_BAD_PARAMETER;
	return migration_decode(t, random.p, half);
}

/* ---- Public keys ---- */

static int encrypt(struct tpm *t, const struct tpm_rsa *rsa, uint16_t scheme,
		   struct tpm_bytes in, uint8_t *out)
{
	if (scheme == TPM_ES_RSAESPKCSv15)
		return tpm_rsa_encrypt_pkcs1(t->crypto, rsa, in.p, in.len, out);
	return tpm_rsa_encrypt_oaep(t->crypto, rsa, in.p, in.len, out);
}

static enum tpm_rc encrypt_for(struct tpm *t, struct tpm_call *c,
			       const struct tpm_rsa *rsa, uint16_t scheme,
			       struct tpm_bytes in, struct tpm_bytes *out)
{
	const size_t size = tpm_rsa_size(rsa);
	uint8_t *b;

	if (in.len > size)
		return TPM_BAD_DATASIZE;
	if (scheme != TPM_ES_RSAESPKCSv15 &&
	    scheme != TPM_ES_RSAESOAEP_SHA1_MGF1)
		return TPM_INAPPROPRIATE_ENC;
	b = tpm_scratch(c, size);
	if (!b)
		return TPM_SIZE;
	*out = (struct tpm_bytes){ b, size };
	return encrypt(t, rsa, scheme, in, b) ? TPM_ENCRYPT_ERROR : TPM_SUCCESS;
}

enum tpm_rc pubkey_encrypt(struct tpm *t, struct tpm_call *c,
			   const struct tpm_pubkey *pub, struct tpm_bytes in,
			   struct tpm_bytes *out)
{
	struct tpm_rsa *rsa = pubkey_rsa(pub);
	enum tpm_rc rc;

	if (!rsa)
		return TPM_BAD_KEY_PROPERTY;
	rc = encrypt_for(t, c, rsa, pub->algorithmParms.encScheme, in, out);
	tpm_rsa_free(rsa);
	return rc;
}

/* A storage key is strong; the schemes are somebody else's question. */
bool pubkey_is_strong(const struct tpm_pubkey *pub)
{
	struct tpm_key_parms parms = pub->algorithmParms;
	struct tpm_rsa *rsa;

	parms.encScheme = TPM_ES_RSAESOAEP_SHA1_MGF1;
	parms.sigScheme = TPM_SS_NONE;
	if (key_check_parms(&parms, TPM_KEY_STORAGE, 0) != TPM_SUCCESS)
		return false;
	rsa = pubkey_rsa(pub);
	if (!rsa)
		return false;
	tpm_rsa_free(rsa);
	return true;
}

/* ---- The owner's word ---- */

static enum tpm_rc key_auth_digest(struct tpm *t,
				   const struct tpm_migrationkeyauth *auth,
				   struct tpm_digest *digest)
{
	uint8_t b[KEY_WIRE_MAX];
	struct wr w = wr_over(b, sizeof(b));
	const struct tpm_digest *proof = &t->s.owner.tpmProof;

	wr_pubkey(&w, &auth->migrationKey);
	wr_u16(&w, &auth->migrationScheme);
	tpm_sha1(t->crypto, digest->b,
		 TPM_PARTS({ b, (size_t)(w.p - b) },
			   { proof->b, sizeof(proof->b) }));
	return w.rc;
}

enum tpm_rc migrationkeyauth_sign(struct tpm *t,
				  struct tpm_migrationkeyauth *auth)
{
	return key_auth_digest(t, auth, &auth->digest);
}

enum tpm_rc migrationkeyauth_check(struct tpm *t,
				   const struct tpm_migrationkeyauth *auth)
{
	struct tpm_digest digest;

	TRY(key_auth_digest(t, auth, &digest));
	return tpm_equal(digest.b, auth->digest.b, sizeof(digest.b))
		       ? TPM_SUCCESS
		       : TPM_AUTHFAIL;
}
