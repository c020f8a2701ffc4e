/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RSA keys: searching primes, and building libcrypto's form of a key from the
 * little that a TPM keeps of it (Part 2, TPM_STORE_PRIVKEY: one prime).
 */
#include "crypto_impl.h"

#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

static bool known_bits(size_t bits)
{
	return bits == 512 || bits == 1024 || bits == 2048;
}

/* ---- Primes ---- */

struct search {
	bool (*cancelled)(void *ctx);
	void *ctx;
};

/* libcrypto calls this for each candidate; 0 ends the search. */
static int search_goes_on(EVP_PKEY_CTX *ctx)
{
	const struct search *s = EVP_PKEY_CTX_get_app_data(ctx);

	return s->cancelled == NULL || !s->cancelled(s->ctx);
}

static EVP_PKEY *make_key(unsigned int bits, struct search *s)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *pkey = NULL;

	if (ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits) == 1) {
		EVP_PKEY_CTX_set_app_data(ctx, s);
		EVP_PKEY_CTX_set_cb(ctx, search_goes_on);
		if (EVP_PKEY_generate(ctx, &pkey) != 1)
			pkey = NULL;
	}
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

/*
 * One prime of the key, which must have exactly its share of the bits: a key
 * whose first bits are missing has been somebody's CVE.
 */
static bool take_prime(const EVP_PKEY *pkey, const char *name, size_t len,
		       uint8_t *out)
{
	BIGNUM *prime = NULL;
	const bool ok = EVP_PKEY_get_bn_param(pkey, name, &prime) == 1 &&
			(size_t)BN_num_bits(prime) == len * 8 &&
			BN_bn2binpad(prime, out, (int)len) == (int)len;

	BN_clear_free(prime);
	return ok;
}

int tpm_rsa_make_primes(unsigned int bits, uint8_t *p, uint8_t *q,
			bool (*cancelled)(void *ctx), void *ctx)
{
	struct search s = { cancelled, ctx };
	const size_t len = bits / 16;
	EVP_PKEY *pkey;
	bool ok;

	if (!known_bits(bits))
		return -1;
	pkey = make_key(bits, &s);
	ok = pkey != NULL && (unsigned int)EVP_PKEY_get_bits(pkey) == bits &&
	     take_prime(pkey, OSSL_PKEY_PARAM_RSA_FACTOR1, len, p) &&
	     take_prime(pkey, OSSL_PKEY_PARAM_RSA_FACTOR2, len, q);
	EVP_PKEY_free(pkey);
	return ok ? 0 : tpm_crypto_refuse();
}

/* ---- Keys ---- */

static BIGNUM *read_number(struct tpm_bytes b)
{
	return b.len <= TPM_RSA_MAX_BYTES ? BN_bin2bn(b.p, (int)b.len, NULL)
					  : NULL;
}

/* Numbers whose flag says "secret" keep it through assignments. */
static BIGNUM *read_secret(struct tpm_bytes b)
{
	BIGNUM *bn = read_number(b);

	if (bn != NULL)
		BN_set_flags(bn, BN_FLG_CONSTTIME);
	return bn;
}

static EVP_PKEY *import(int selection, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *pkey = NULL;

	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, selection, params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

#define NUMBERS 8

/* A key's numbers as libcrypto takes them, in one place that is wiped. */
struct import_buffer {
	OSSL_PARAM params[NUMBERS + 1];
	uint8_t bytes[NUMBERS][TPM_RSA_MAX_BYTES];
	size_t n;
	bool bad;
};

static void add_number(struct import_buffer *b, const char *name,
		       const BIGNUM *bn)
{
	uint8_t *to = b->bytes[b->n];
	const int len = BN_num_bytes(bn);

	if (BN_bn2nativepad(bn, to, (int)sizeof(b->bytes[0])) < 0)
		b->bad = true;
	b->params[b->n++] = OSSL_PARAM_construct_BN(name, to, (size_t)len);
	b->params[b->n] = OSSL_PARAM_construct_end();
}

static EVP_PKEY *import_buffer(struct import_buffer *b, int selection)
{
	EVP_PKEY *pkey = b->bad ? NULL : import(selection, b->params);

	tpm_wipe(b, sizeof(*b));
	return pkey;
}

static EVP_PKEY *import_public(const struct tpm_rsa *key)
{
	struct import_buffer b = { .n = 0 };

	add_number(&b, OSSL_PKEY_PARAM_RSA_N, key->n);
	add_number(&b, OSSL_PKEY_PARAM_RSA_E, key->e);
	return import_buffer(&b, EVP_PKEY_PUBLIC_KEY);
}

/* What a private key has besides n, e, p and q (RFC 8017, 3.2). */
struct crt {
	BIGNUM *d;
	BIGNUM *dp;
	BIGNUM *dq;
	BIGNUM *qinv;
};

/* From p1 = p - 1 and q1 = q - 1; false also when e has no inverse. */
static bool crt_exponents(const struct tpm_rsa *key, struct crt *crt,
			  BIGNUM *p1, BIGNUM *q1, BN_CTX *ctx)
{
	BIGNUM *phi = BN_CTX_get(ctx);

	if (phi == NULL)
		return false;
	BN_set_flags(p1, BN_FLG_CONSTTIME);
	BN_set_flags(q1, BN_FLG_CONSTTIME);
	BN_set_flags(phi, BN_FLG_CONSTTIME);
	BN_set_flags(crt->d, BN_FLG_CONSTTIME);
	return BN_sub(p1, key->p, BN_value_one()) &&
	       BN_sub(q1, key->q, BN_value_one()) && BN_mul(phi, p1, q1, ctx) &&
	       BN_mod_inverse(crt->d, key->e, phi, ctx) != NULL &&
	       BN_mod(crt->dp, crt->d, p1, ctx) &&
	       BN_mod(crt->dq, crt->d, q1, ctx) &&
	       BN_mod_inverse(crt->qinv, key->q, key->p, ctx) != NULL;
}

static bool crt_derive(const struct tpm_rsa *key, struct crt *crt, BN_CTX *ctx)
{
	BIGNUM *p1 = BN_CTX_get(ctx);
	BIGNUM *q1 = BN_CTX_get(ctx);

	crt->d = BN_CTX_get(ctx);
	crt->dp = BN_CTX_get(ctx);
	crt->dq = BN_CTX_get(ctx);
	crt->qinv = BN_CTX_get(ctx);
	return crt->qinv != NULL && crt_exponents(key, crt, p1, q1, ctx);
}

static EVP_PKEY *import_crt(const struct tpm_rsa *key, const struct crt *crt)
{
	struct import_buffer b = { .n = 0 };

	add_number(&b, OSSL_PKEY_PARAM_RSA_N, key->n);
	add_number(&b, OSSL_PKEY_PARAM_RSA_E, key->e);
	add_number(&b, OSSL_PKEY_PARAM_RSA_D, crt->d);
	add_number(&b, OSSL_PKEY_PARAM_RSA_FACTOR1, key->p);
	add_number(&b, OSSL_PKEY_PARAM_RSA_FACTOR2, key->q);
	add_number(&b, OSSL_PKEY_PARAM_RSA_EXPONENT1, crt->dp);
	add_number(&b, OSSL_PKEY_PARAM_RSA_EXPONENT2, crt->dq);
	add_number(&b, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, crt->qinv);
	return import_buffer(&b, EVP_PKEY_KEYPAIR);
}

static EVP_PKEY *import_private(const struct tpm_rsa *key)
{
	BN_CTX *ctx = BN_CTX_new(); /* wipes what it is made of */
	EVP_PKEY *pkey = NULL;
	struct crt crt;

	if (ctx == NULL)
		return NULL;
	BN_CTX_start(ctx);
	if (crt_derive(key, &crt, ctx))
		pkey = import_crt(key, &crt);
	BN_CTX_end(ctx);
	BN_CTX_free(ctx);
	return pkey;
}

/* Its public half does all that the other one did. */
static void keep_private(struct tpm_rsa *key, EVP_PKEY *pkey)
{
	EVP_PKEY_free(key->public);
	key->public = pkey;
	key->private = pkey;
	BN_clear_free(key->p);
	BN_clear_free(key->q);
	key->p = NULL;
	key->q = NULL;
}

EVP_PKEY *tpm_rsa_pkey_private(struct tpm_rsa *key)
{
	EVP_PKEY *pkey;

	if (key->private == NULL && key->p != NULL) {
		pkey = import_private(key);
		if (pkey != NULL)
			keep_private(key, pkey);
	}
	return key->private;
}

/* q = n / p, when that leaves nothing. */
static bool divide(struct tpm_rsa *key)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *rest = BN_new();
	bool ok;

	key->q = BN_new();
	if (key->q != NULL)
		BN_set_flags(key->q, BN_FLG_CONSTTIME);
	ok = ctx != NULL && rest != NULL && key->q != NULL &&
	     BN_div(key->q, rest, key->n, key->p, ctx) && BN_is_zero(rest);
	BN_clear_free(rest);
	BN_CTX_free(ctx);
	return ok;
}

static bool multiply(struct tpm_rsa *key)
{
	BN_CTX *ctx = BN_CTX_new();
	bool ok;

	key->n = BN_new();
	ok = ctx != NULL && key->n != NULL &&
	     BN_mul(key->n, key->p, key->q, ctx);
	BN_CTX_free(ctx);
	return ok;
}

static bool plausible_prime(const BIGNUM *prime, size_t size)
{
	return BN_is_odd(prime) && (size_t)BN_num_bits(prime) == size * 4;
}

static bool plausible_public(struct tpm_rsa *key)
{
	const size_t bits = (size_t)BN_num_bits(key->n);

	key->size = bits / 8;
	return known_bits(bits) && BN_is_odd(key->n) && BN_is_odd(key->e) &&
	       !BN_is_one(key->e) && BN_cmp(key->e, key->n) < 0;
}

static bool plausible(struct tpm_rsa *key)
{
	if (!plausible_public(key))
		return false;
	return key->p == NULL || (plausible_prime(key->p, key->size) &&
				  plausible_prime(key->q, key->size) &&
				  BN_cmp(key->p, key->q) != 0);
}

/* The last step of all three ways to a key. */
static struct tpm_rsa *finish(struct tpm_rsa *key, bool ok)
{
	if (ok && plausible(key))
		key->public = import_public(key);
	if (key->public != NULL)
		return key;
	tpm_rsa_free(key);
	(void)tpm_crypto_refuse();
	return NULL;
}

static BIGNUM *read_exponent(struct tpm_bytes e)
{
	static const uint8_t f4[] = { 1, 0, 1 };

	return read_number(e.len > 0 ? e
				     : (struct tpm_bytes){ f4, sizeof(f4) });
}

struct tpm_rsa *tpm_rsa_public(struct tpm_bytes n, struct tpm_bytes e)
{
	struct tpm_rsa *key = calloc(1, sizeof(*key));

	if (key == NULL)
		return NULL;
	key->n = read_number(n);
	key->e = read_exponent(e);
	return finish(key, key->n != NULL && key->e != NULL);
}

struct tpm_rsa *tpm_rsa_private(struct tpm_bytes n, struct tpm_bytes e,
				struct tpm_bytes p)
{
	struct tpm_rsa *key = calloc(1, sizeof(*key));

	if (key == NULL)
		return NULL;
	key->n = read_number(n);
	key->e = read_exponent(e);
	key->p = read_secret(p);
	return finish(key, key->n != NULL && key->e != NULL && key->p != NULL &&
				   !BN_is_zero(key->p) && divide(key));
}

struct tpm_rsa *tpm_rsa_from_primes(const uint8_t *p, const uint8_t *q,
				    size_t len)
{
	struct tpm_rsa *key = calloc(1, sizeof(*key));

	if (key == NULL)
		return NULL;
	key->e = read_exponent((struct tpm_bytes){ NULL, 0 });
	key->p = read_secret((struct tpm_bytes){ p, len });
	key->q = read_secret((struct tpm_bytes){ q, len });
	return finish(key, key->e != NULL && key->p != NULL && key->q != NULL &&
				   multiply(key));
}

void tpm_rsa_free(struct tpm_rsa *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->public);
	BN_free(key->n);
	BN_free(key->e);
	BN_clear_free(key->p);
	BN_clear_free(key->q);
	free(key);
}

size_t tpm_rsa_size(const struct tpm_rsa *key)
{
	return key->size;
}

void tpm_rsa_modulus(const struct tpm_rsa *key, uint8_t *n)
{
	(void)BN_bn2bin(key->n, n); /* size bytes: the top bit is set */
}
