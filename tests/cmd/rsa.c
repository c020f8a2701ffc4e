/* SPDX-License-Identifier: BSD-2-Clause */
/* See rsa.h. */
#include "rsa.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "primes.h"

struct client_rsa {
	EVP_PKEY *pkey;
	BIGNUM *n;
	BIGNUM *p;
	size_t size;
};

/* d for e = 65537. */
static BIGNUM *private_exponent(const BIGNUM *p, const BIGNUM *q,
				const BIGNUM *e, BN_CTX *ctx)
{
	BIGNUM *p1 = BN_dup(p), *q1 = BN_dup(q), *phi = BN_new();
	BIGNUM *d = BN_new();

	ck_assert_int_eq(BN_sub_word(p1, 1), 1);
	ck_assert_int_eq(BN_sub_word(q1, 1), 1);
	ck_assert_int_eq(BN_mul(phi, p1, q1, ctx), 1);
	ck_assert_ptr_nonnull(BN_mod_inverse(d, e, phi, ctx));
	BN_free(p1);
	BN_free(q1);
	BN_free(phi);
	return d;
}

static EVP_PKEY *import(const BIGNUM *n, const BIGNUM *e, const BIGNUM *d)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *pkey = NULL;
	OSSL_PARAM *params;

	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_D, d);
	params = OSSL_PARAM_BLD_to_param(bld);
	ck_assert_int_eq(EVP_PKEY_fromdata_init(ctx), 1);
	ck_assert_int_eq(
		EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params), 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

struct client_rsa *client_rsa_new(unsigned int bits, unsigned int nth)
{
	struct client_rsa *key = calloc(1, sizeof(*key));
	uint8_t p[RSA_MAX / 2], q[RSA_MAX / 2];
	const int half = (int)bits / 16;
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *q_bn, *e = BN_new(), *d;

	ck_assert_ptr_nonnull(key);
	ck_assert_int_eq(primes_take(bits, nth, p, q), 0);
	key->size = bits / 8;
	key->p = BN_bin2bn(p, half, NULL);
	q_bn = BN_bin2bn(q, half, NULL);
	key->n = BN_new();
	ck_assert_int_eq(BN_mul(key->n, key->p, q_bn, ctx), 1);
	ck_assert_int_eq(BN_set_word(e, 65537), 1);
	d = private_exponent(key->p, q_bn, e, ctx);
	key->pkey = import(key->n, e, d);
	BN_free(d);
	BN_free(e);
	BN_free(q_bn);
	BN_CTX_free(ctx);
	return key;
}

void client_rsa_free(struct client_rsa *key)
{
	EVP_PKEY_free(key->pkey);
	BN_free(key->n);
	BN_free(key->p);
	free(key);
}

size_t client_rsa_size(const struct client_rsa *key)
{
	return key->size;
}

void client_rsa_modulus(const struct client_rsa *key, uint8_t *n)
{
	BN_bn2bin(key->n, n);
}

void client_rsa_prime(const struct client_rsa *key, uint8_t *p)
{
	BN_bn2bin(key->p, p);
}

static EVP_PKEY_CTX *context(const struct client_rsa *key)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);

	ck_assert_ptr_nonnull(ctx);
	return ctx;
}

static void set_oaep(EVP_PKEY_CTX *ctx)
{
	char *label = OPENSSL_strdup("TCPA");

	ck_assert_int_eq(
		EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha1()), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, label, 4), 1);
}

void client_raw(const struct client_rsa *key, const uint8_t *em, uint8_t *out)
{
	EVP_PKEY_CTX *ctx = context(key);
	size_t len = RSA_MAX;

	ck_assert_int_eq(EVP_PKEY_encrypt_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING), 1);
	ck_assert_int_eq(EVP_PKEY_encrypt(ctx, out, &len, em, key->size), 1);
	ck_assert_uint_eq(len, key->size);
	EVP_PKEY_CTX_free(ctx);
}

/* RFC 8017, B.2.1. */
static void mask(uint8_t *to, size_t len, const uint8_t *seed, size_t seed_len)
{
	uint8_t block[CLIENT_SHA1];

	for (size_t at = 0; at < len; at++) {
		const uint8_t count[4] = { 0, 0, 0,
					   (uint8_t)(at / CLIENT_SHA1) };
		const struct client_bytes pieces[] = { { seed, seed_len },
						       { count, 4 } };

		if (at % CLIENT_SHA1 == 0)
			client_sha1(pieces, 2, block);
		to[at] ^= block[at % CLIENT_SHA1];
	}
}

/* RFC 8017, 7.1.1, with a seed that is no secret. */
void client_oaep(const struct client_rsa *key, struct client_bytes in,
		 uint8_t *out)
{
	const struct client_bytes label = { "TCPA", 4 };
	uint8_t em[RSA_MAX] = { 0 };
	uint8_t *seed = em + 1, *db = em + 1 + CLIENT_SHA1;
	const size_t db_len = key->size - 1 - CLIENT_SHA1;

	ck_assert_uint_le(in.len + CLIENT_SHA1 + 1, db_len);
	memset(seed, 0x5e, CLIENT_SHA1);
	client_sha1(&label, 1, db);
	db[db_len - in.len - 1] = 1;
	if (in.len)
		memcpy(db + db_len - in.len, in.p, in.len);
	mask(db, db_len, seed, CLIENT_SHA1);
	mask(seed, CLIENT_SHA1, db, db_len);
	client_raw(key, em, out);
}

/* RFC 8017, 7.2.1. */
void client_pkcs1(const struct client_rsa *key, struct client_bytes in,
		  uint8_t *out)
{
	uint8_t em[RSA_MAX] = { 0, 2 };

	ck_assert_uint_le(in.len + 11, key->size);
	memset(em + 2, 0x5e, key->size - 3 - in.len);
	if (in.len)
		memcpy(em + key->size - in.len, in.p, in.len);
	client_raw(key, em, out);
}

static size_t decrypt(const struct client_rsa *key, bool oaep,
		      struct client_bytes in, uint8_t *out)
{
	EVP_PKEY_CTX *ctx = context(key);
	size_t len = RSA_MAX;

	ck_assert_int_eq(EVP_PKEY_decrypt_init(ctx), 1);
	if (oaep)
		set_oaep(ctx);
	ck_assert_int_eq(EVP_PKEY_decrypt(ctx, out, &len, in.p, in.len), 1);
	EVP_PKEY_CTX_free(ctx);
	return len;
}

size_t client_open_oaep(const struct client_rsa *key, struct client_bytes in,
			uint8_t *out)
{
	return decrypt(key, true, in, out);
}

size_t client_open_pkcs1(const struct client_rsa *key, struct client_bytes in,
			 uint8_t *out)
{
	return decrypt(key, false, in, out);
}

bool client_signed(const struct client_rsa *key, struct client_bytes what,
		   struct client_bytes sig)
{
	EVP_PKEY_CTX *ctx = context(key);
	bool ok;

	ck_assert_int_eq(EVP_PKEY_verify_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING),
			 1);
	ok = EVP_PKEY_verify(ctx, sig.p, sig.len, what.p, what.len) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

/* DigestInfo of a SHA-1 digest (RFC 8017, 9.2). */
#define DIGEST_INFO (15u + CLIENT_SHA1)

static void digest_info(const void *digest, uint8_t info[DIGEST_INFO])
{
	static const uint8_t head[] = { 0x30, 0x21, 0x30, 0x09, 0x06,
					0x05, 0x2b, 0x0e, 0x03, 0x02,
					0x1a, 0x05, 0x00, 0x04, 0x14 };

	memcpy(info, head, sizeof(head));
	memcpy(info + sizeof(head), digest, CLIENT_SHA1);
}

bool client_signed_sha1(const struct client_rsa *key, const void *digest,
			struct client_bytes sig)
{
	uint8_t info[DIGEST_INFO];

	digest_info(digest, info);
	return client_signed(key, (struct client_bytes){ info, sizeof(info) },
			     sig);
}

void client_sign_sha1(const struct client_rsa *key, const void *digest,
		      uint8_t *sig)
{
	EVP_PKEY_CTX *ctx = context(key);
	uint8_t info[DIGEST_INFO];
	size_t len = RSA_MAX;

	digest_info(digest, info);
	ck_assert_int_eq(EVP_PKEY_sign_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING),
			 1);
	ck_assert_int_eq(EVP_PKEY_sign(ctx, sig, &len, info, sizeof(info)), 1);
	ck_assert_uint_eq(len, key->size);
	EVP_PKEY_CTX_free(ctx);
}
