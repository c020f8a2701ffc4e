/* SPDX-License-Identifier: BSD-2-Clause */
/* A key on the wire and under its parent: see keys.h. */

#include "keys.h"

#include "pcr.h"

/* TPM_RSA_KEY_PARMS with an exponent. */
#define RSA_PARMS_MAX 20u

/* Part 2, 5.10. */
#define KEY_FLAGS                                            \
	(TPM_REDIRECTION | TPM_MIGRATABLE | TPM_ISVOLATILE | \
	 TPM_PCRIGNOREDONREAD | TPM_MIGRATEAUTHORITY)

static bool is_size(uint32_t bits)
{
	return bits == 512 || bits == 1024 || bits == 2048;
}

/* ---- Properties: Part 2, 5.8.1 ---- */

#define ES(scheme) (1u << TPM_ES_##scheme)
#define SS(scheme) (1u << TPM_SS_##scheme)
#define ES_ANY	   (ES(RSAESOAEP_SHA1_MGF1) | ES(RSAESPKCSv15))

static const struct usage {
	uint16_t usage;
	uint8_t enc_schemes; /* a bit each */
	uint8_t sig_schemes;
	bool strong; /* 2048 bits and the usual exponent, and no less */
} usages[] = {
	{ TPM_KEY_SIGNING, ES(NONE),
	  SS(RSASSAPKCS1v15_SHA1) | SS(RSASSAPKCS1v15_DER) |
		  SS(RSASSAPKCS1v15_INFO),
	  false },
	{ TPM_KEY_STORAGE, ES(RSAESOAEP_SHA1_MGF1), SS(NONE), true },
	{ TPM_KEY_IDENTITY, ES(NONE), SS(RSASSAPKCS1v15_SHA1), true },
	{ TPM_KEY_AUTHCHANGE, ES(RSAESOAEP_SHA1_MGF1), SS(NONE), false },
	{ TPM_KEY_BIND, ES_ANY, SS(NONE), false },
	{ TPM_KEY_LEGACY, ES_ANY,
	  SS(RSASSAPKCS1v15_SHA1) | SS(RSASSAPKCS1v15_DER), false },
	{ TPM_KEY_MIGRATE, ES(RSAESOAEP_SHA1_MGF1), SS(NONE), true },
};

static const struct usage *usage_find(uint16_t usage)
{
	for (size_t i = 0; i < sizeof(usages) / sizeof(*usages); i++)
		if (usages[i].usage == usage)
			return &usages[i];
	return NULL;
}

static bool in_set(uint8_t set, uint16_t scheme)
{
	return scheme < 8 && (set & 1u << scheme);
}

/* The parameters of an RSA key; false: of another, or of none that we have. */
static bool read_rsa_parms(const struct tpm_key_parms *parms,
			   struct tpm_rsa_key_parms *rsa)
{
	struct rd r = rd_over(parms->parms.p, parms->parms.len);

	if (parms->algorithmID != TPM_ALG_RSA)
		return false;
	rd_rsa_key_parms(&r, rsa);
	return rd_done(&r) == TPM_SUCCESS && is_size(rsa->keyLength) &&
	       rsa->numPrimes == 2 &&
	       rsa->exponent.len <= sizeof(((struct tpm_exponent *)0)->b);
}

/* 65537, said or left out. */
static bool is_usual(struct tpm_bytes e)
{
	while (e.len && !*e.p) {
		e.p++;
		e.len--;
	}
	return !e.len || (e.len == 3 && tpm_equal(e.p, "\1\0\1", 3));
}

enum tpm_rc key_check_parms(const struct tpm_key_parms *parms,
			    uint16_t keyUsage, unsigned int bits)
{
	const struct usage *u = usage_find(keyUsage);
	struct tpm_rsa_key_parms rsa;

	if (!u || !read_rsa_parms(parms, &rsa) ||
	    (bits && rsa.keyLength != bits))
		return TPM_BAD_KEY_PROPERTY;
	if (!in_set(u->enc_schemes, parms->encScheme) ||
	    !in_set(u->sig_schemes, parms->sigScheme))
		return TPM_BAD_KEY_PROPERTY;
	if (u->strong && (rsa.keyLength < 2048 || !is_usual(rsa.exponent)))
		return TPM_BAD_KEY_PROPERTY;
	return TPM_SUCCESS;
}

size_t key_parms_size(const struct tpm_key_parms *parms)
{
	struct tpm_rsa_key_parms rsa;

	return read_rsa_parms(parms, &rsa) ? rsa.keyLength / 8 : 0;
}

enum tpm_rc key_new_size(const struct tpm_key_parms *parms, unsigned int *bits)
{
	struct tpm_rsa_key_parms rsa;

	if (!read_rsa_parms(parms, &rsa) || !is_usual(rsa.exponent))
		return TPM_BAD_KEY_PROPERTY;
	*bits = rsa.keyLength;
	return TPM_SUCCESS;
}

enum tpm_rc key_check_properties(const struct tpm *t,
				 const struct tpm_key *wire, unsigned int bits)
{
	struct tpm_rsa_key_parms rsa;

	if (wire->keyFlags & ~KEY_FLAGS)
		return TPM_BAD_KEY_PROPERTY;
	TRY(key_check_parms(&wire->algorithmParms, wire->keyUsage, bits));
	if (!t->s.flags.FIPS)
		return TPM_SUCCESS;
	if (!read_rsa_parms(&wire->algorithmParms, &rsa) ||
	    rsa.keyLength < 1024 || wire->authDataUsage == TPM_AUTH_NEVER ||
	    wire->keyUsage == TPM_KEY_LEGACY)
		return TPM_NOTFIPS;
	return TPM_SUCCESS;
}

/* ---- The public half ---- */

static void keep_exponent(const struct tpm_rsa_key_parms *rsa,
			  struct tpm_exponent *e)
{
	e->len = (uint16_t)rsa->exponent.len;
	if (e->len)
		memcpy(e->b, rsa->exponent.p, e->len);
}

enum tpm_rc key_exponent(const struct tpm_key_parms *parms,
			 struct tpm_exponent *e)
{
	struct tpm_rsa_key_parms rsa;

	if (!read_rsa_parms(parms, &rsa))
		return TPM_BAD_KEY_PROPERTY;
	keep_exponent(&rsa, e);
	return TPM_SUCCESS;
}

enum tpm_rc key_read_public(const struct tpm_key *wire,
			    struct tpm_key_entry *key)
{
	struct tpm_rsa_key_parms rsa;

	memset(key, 0, sizeof(*key));
	if (!read_rsa_parms(&wire->algorithmParms, &rsa) ||
	    wire->pubKey.len > sizeof(key->n.b))
		return TPM_BAD_KEY_PROPERTY;
	key->hasPCRInfo = wire->PCRInfo.len != 0;
	if (key->hasPCRInfo)
		TRY(pcr_info_read(wire->PCRInfo, wire->is12, &key->PCRInfo));
	key->is12 = wire->is12;
	key->ver = wire->ver;
	key->keyUsage = wire->keyUsage;
	key->keyFlags = wire->keyFlags;
	key->authDataUsage = wire->authDataUsage;
	key->encScheme = wire->algorithmParms.encScheme;
	key->sigScheme = wire->algorithmParms.sigScheme;
	keep_exponent(&rsa, &key->e);
	key->n.len = (uint16_t)wire->pubKey.len;
	if (key->n.len)
		memcpy(key->n.b, wire->pubKey.p, key->n.len);
	return TPM_SUCCESS;
}

static void write_rsa_parms(struct wr *w, const struct tpm_key_entry *key,
			    unsigned int bits)
{
	const struct tpm_rsa_key_parms rsa = {
		.keyLength = bits,
		.numPrimes = 2,
		.exponent = { key->e.b, key->e.len },
	};

	wr_rsa_key_parms(w, &rsa);
}

enum tpm_rc key_parms(struct tpm_call *c, const struct tpm_key_entry *key,
		      struct tpm_key_parms *parms)
{
	uint8_t *b = tpm_scratch(c, RSA_PARMS_MAX);
	struct wr w = wr_over(b, RSA_PARMS_MAX);

	write_rsa_parms(&w, key, key->n.len * 8u);
	if (w.rc != TPM_SUCCESS)
		return w.rc;
	*parms = (struct tpm_key_parms){
		.algorithmID = TPM_ALG_RSA,
		.encScheme = key->encScheme,
		.sigScheme = key->sigScheme,
		.parms = { b, (size_t)(w.p - b) },
	};
	return TPM_SUCCESS;
}

enum tpm_rc key_pcr_info(struct tpm_call *c, const struct tpm_key_entry *key,
			 struct tpm_bytes *info)
{
	*info = (struct tpm_bytes){ NULL, 0 };
	return key->hasPCRInfo
		       ? pcr_info_write(c, &key->PCRInfo, key->is12, info)
		       : TPM_SUCCESS;
}

/* What is answered outlives the key that it is of. */
static enum tpm_rc key_modulus(struct tpm_call *c,
			       const struct tpm_key_entry *key,
			       struct tpm_bytes *n)
{
	uint8_t *b = tpm_scratch(c, key->n.len);

	*n = (struct tpm_bytes){ b, key->n.len };
	if (!b)
		return TPM_SIZE;
	memcpy(b, key->n.b, key->n.len);
	return TPM_SUCCESS;
}

enum tpm_rc key_wire(struct tpm_call *c, const struct tpm_key_entry *key,
		     struct tpm_key *wire)
{
	*wire = (struct tpm_key){
		.is12 = key->is12,
		.ver = key->ver,
		.keyUsage = key->keyUsage,
		.keyFlags = key->keyFlags,
		.authDataUsage = key->authDataUsage,
	};
	TRY(key_modulus(c, key, &wire->pubKey));
	TRY(key_pcr_info(c, key, &wire->PCRInfo));
	return key_parms(c, key, &wire->algorithmParms);
}

enum tpm_rc key_pubkey(struct tpm_call *c, const struct tpm_key_entry *key,
		       struct tpm_pubkey *pub)
{
	TRY(key_modulus(c, key, &pub->pubKey));
	return key_parms(c, key, &pub->algorithmParms);
}

void key_store_pubkey_digest(struct tpm *t, const struct tpm_key_entry *key,
			     struct tpm_digest *digest)
{
	tpm_sha1(t->crypto, digest->b, TPM_PARTS({ key->n.b, key->n.len }));
}

enum tpm_rc pubkey_digest(struct tpm *t, const struct tpm_pubkey *pub,
			  struct tpm_digest *digest)
{
	uint8_t b[KEY_WIRE_MAX];
	struct wr w = wr_over(b, sizeof(b));

	wr_pubkey(&w, pub);
	tpm_sha1(t->crypto, digest->b, TPM_PARTS({ b, (size_t)(w.p - b) }));
	return w.rc;
}

struct tpm_rsa *pubkey_rsa(const struct tpm_pubkey *pub)
{
	struct tpm_rsa_key_parms rsa;

	if (!read_rsa_parms(&pub->algorithmParms, &rsa) ||
	    pub->pubKey.len * 8 != rsa.keyLength)
		return NULL;
	return tpm_rsa_public(pub->pubKey, rsa.exponent);
}

enum tpm_rc key_cmk_auth(struct tpm *t, const struct tpm_digest *msaDigest,
			 const struct tpm_digest *pubKeyDigest,
			 struct tpm_digest *hmac)
{
	const struct tpm_digest *proof = &t->s.owner.tpmProof;
	const struct tpm_cmk_migauth auth = { *msaDigest, *pubKeyDigest };
	uint8_t b[2 + 2 * TPM_SHA1_SIZE];
	struct wr w = wr_over(b, sizeof(b));

	wr_cmk_migauth(&w, &auth);
	tpm_hmac_sha1(t->crypto, hmac->b, proof->b, sizeof(proof->b),
		      TPM_PARTS({ b, sizeof(b) }));
	return w.rc;
}

enum tpm_rc key_public_digest(struct tpm *t, const struct tpm_key *wire,
			      struct tpm_digest *digest)
{
	uint8_t b[KEY_WIRE_MAX];
	struct wr w = wr_over(b, sizeof(b));

	wr_key_public(&w, wire);
	tpm_sha1(t->crypto, digest->b, TPM_PARTS({ b, (size_t)(w.p - b) }));
	return w.rc;
}

/* ---- The private half ---- */

static bool cancelled(void *ctx)
{
	const struct tpm *t = ctx;

	return t->platform.cancelled && t->platform.cancelled(t->ctx);
}

static int make_primes(struct tpm *t, unsigned int bits, uint8_t *p, uint8_t *q)
{
	if (t->platform.rsa_primes)
		return t->platform.rsa_primes(t->ctx, bits, p, q);
	return tpm_rsa_make_primes(bits, p, q, cancelled, t);
}

enum tpm_rc key_generate(struct tpm *t, unsigned int bits,
			 struct tpm_key_entry *key)
{
	uint8_t q[TPM_RSA_MAX_BYTES / 2];
	const size_t len = TPM12_PRIME_BYTES(bits);
	struct tpm_rsa *rsa = NULL;

	if (!make_primes(t, bits, key->p.b, q))
		rsa = tpm_rsa_from_primes(key->p.b, q, len);
	tpm_wipe(q, sizeof(q));
	if (!rsa)
		return TPM_FAIL;
	/* Part 2, 5.1: whatever revision the template said. */
	key->ver = (struct tpm_struct_ver){ .major = 1, .minor = 1 };
	key->p.len = (uint16_t)len;
	key->n.len = (uint16_t)tpm_rsa_size(rsa);
	tpm_rsa_modulus(rsa, key->n.b);
	tpm_rsa_free(rsa);
	return TPM_SUCCESS;
}

struct tpm_rsa *key_make_rsa(const struct tpm_key_entry *key)
{
	return tpm_rsa_private((struct tpm_bytes){ key->n.b, key->n.len },
			       (struct tpm_bytes){ key->e.b, key->e.len },
			       (struct tpm_bytes){ key->p.b, key->p.len });
}

enum tpm_rc key_encrypt(struct tpm *t, struct tpm_call *c,
			const struct tpm_key_entry *key, struct tpm_bytes in,
			struct tpm_bytes *out)
{
	const struct tpm_rsa *rsa = key_rsa(t, key);
	uint8_t *b;

	if (!rsa)
		return TPM_FAIL;
	b = tpm_scratch(c, tpm_rsa_size(rsa));
	if (!b)
		return TPM_SIZE;
	*out = (struct tpm_bytes){ b, tpm_rsa_size(rsa) };
	if (tpm_rsa_encrypt_oaep(t->crypto, rsa, in.p, in.len, b))
		return TPM_BAD_DATASIZE;
	return TPM_SUCCESS;
}

enum tpm_rc key_decrypt(struct tpm *t, const struct tpm_key_entry *key,
			struct tpm_bytes in, uint8_t *out, size_t *len)
{
	struct tpm_rsa *rsa;
	int r;

	if (in.len > key->n.len)
		return TPM_BAD_DATASIZE;
	rsa = key_rsa(t, key);
	if (!rsa)
		return TPM_DECRYPT_ERROR;
	r = key->encScheme == TPM_ES_RSAESPKCSv15
		    ? tpm_rsa_decrypt_pkcs1(rsa, in, out, len)
		    : tpm_rsa_decrypt_oaep(rsa, in, out, len);
	return r ? TPM_DECRYPT_ERROR : TPM_SUCCESS;
}

/* Room for a signature, and the key to make it. */
static enum tpm_rc sign_with(struct tpm *t, struct tpm_call *c,
			     const struct tpm_key_entry *key,
			     struct tpm_rsa **rsa, uint8_t **b)
{
	*rsa = key_rsa(t, key);
	if (!*rsa)
		return TPM_FAIL;
	*b = tpm_scratch(c, tpm_rsa_size(*rsa));
	return *b ? TPM_SUCCESS : TPM_SIZE;
}

enum tpm_rc key_sign(struct tpm *t, struct tpm_call *c,
		     const struct tpm_key_entry *key,
		     const struct tpm_digest *digest, struct tpm_bytes *sig)
{
	struct tpm_rsa *rsa;
	uint8_t *b;

	TRY(sign_with(t, c, key, &rsa, &b));
	*sig = (struct tpm_bytes){ b, tpm_rsa_size(rsa) };
	return tpm_rsa_sign_sha1(rsa, digest->b, b) ? TPM_FAIL : TPM_SUCCESS;
}

enum tpm_rc key_sign_der(struct tpm *t, struct tpm_call *c,
			 const struct tpm_key_entry *key, struct tpm_bytes data,
			 struct tpm_bytes *sig)
{
	const size_t padding = 11;
	struct tpm_rsa *rsa;
	uint8_t *b;

	if (data.len + padding > key->n.len)
		return TPM_BAD_PARAMETER;
	TRY(sign_with(t, c, key, &rsa, &b));
	*sig = (struct tpm_bytes){ b, tpm_rsa_size(rsa) };
	return tpm_rsa_sign_der(rsa, data.p, data.len, b) ? TPM_FAIL
							  : TPM_SUCCESS;
}

enum tpm_rc key_wrap(struct tpm *t, struct tpm_call *c,
		     const struct tpm_key_entry *parent,
		     struct tpm_key_entry *key, struct tpm_key *wire)
{
	uint8_t b[KEY_SECRET_MAX];
	struct wr w = wr_over(b, sizeof(b));
	struct tpm_store_asymkey secret = {
		.payload = key->payload,
		.usageAuth = key->usageAuth,
		.migrationAuth = key->migrationAuth,
		.privKey = { key->p.b, key->p.len },
	};
	enum tpm_rc rc;

	TRY(key_wire(c, key, wire));
	TRY(key_public_digest(t, wire, &key->pubDataDigest));
	secret.pubDataDigest = key->pubDataDigest;
	wr_store_asymkey(&w, &secret);
	rc = w.rc;
	if (rc == TPM_SUCCESS)
		rc = key_encrypt(t, c, parent,
				 (struct tpm_bytes){ b, (size_t)(w.p - b) },
				 &wire->encData);
	tpm_wipe(&secret, sizeof(secret));
	tpm_wipe(b, sizeof(b));
	return rc;
}

/* Part 2, 10.6; those of certified migratable keys have their own. */
bool key_is_payload(uint8_t payload)
{
	return payload == TPM_PT_ASYM || payload == TPM_PT_MIGRATE_RESTRICTED ||
	       payload == TPM_PT_MIGRATE_EXTERNAL;
}

/* What the parent protected belongs to this public half and no other. */
static enum tpm_rc take_private(struct tpm *t, const struct tpm_key *wire,
				const struct tpm_store_asymkey *secret,
				struct tpm_key_entry *key)
{
	struct tpm_digest digest;

	TRY(key_public_digest(t, wire, &digest));
	if (!tpm_equal(digest.b, secret->pubDataDigest.b, sizeof(digest.b)))
		return TPM_AUTHFAIL;
	if (!key_is_payload(secret->payload))
		return TPM_INVALID_STRUCTURE;
	if (secret->privKey.len * 2 != key->n.len)
		return TPM_BAD_PARAMETER;
	key->payload = secret->payload;
	key->usageAuth = secret->usageAuth;
	key->migrationAuth = secret->migrationAuth;
	key->pubDataDigest = digest;
	key->p.len = (uint16_t)secret->privKey.len;
	memcpy(key->p.b, secret->privKey.p, key->p.len);
	return TPM_SUCCESS;
}

enum tpm_rc key_unwrap(struct tpm *t, const struct tpm_key_entry *parent,
		       const struct tpm_key *wire, struct tpm_key_entry *key)
{
	uint8_t b[TPM_RSA_MAX_BYTES];
	struct tpm_store_asymkey secret;
	struct rd r;
	size_t len;
	enum tpm_rc rc;

	TRY(key_read_public(wire, key));
	if (key->n.len != key_parms_size(&wire->algorithmParms))
		return TPM_BAD_KEY_PROPERTY;
	TRY(key_decrypt(t, parent, wire->encData, b, &len));
	r = rd_over(b, len);
	rd_store_asymkey(&r, &secret);
	rc = rd_done(&r);
	if (rc == TPM_SUCCESS)
		rc = take_private(t, wire, &secret, key);
	if (rc != TPM_SUCCESS)
		tpm_wipe(key, sizeof(*key));
	tpm_wipe(&secret, sizeof(secret));
	tpm_wipe(b, sizeof(b));
	return rc;
}
