/* SPDX-License-Identifier: BSD-2-Clause */
#include "daa_issuer.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "constants.h"
#include "primes.h"
#include "primitives.h"

#define E 65537u

/* Which of the keys that there are (primes.h). */
#define ROOT_KEY 2u
#define LAST_KEY 3u
#define N_KEY	 1u

/* A prime of 208 bits that divides gamma - 1; both were drawn at random. */
static const char q_hex[] =
	"bd250ebf0d2c519710e841b0b3347e2b560b2270105d83ca558f";
static const char gamma_hex[] =
	"d60ec488f02245851aa4825f93d64b04c3f0a5785717f5f75d8720039cb5b411"
	"90199deb458131bb58a2f49ebcd256d7263820f6824eba6fc573532e0d8f4cef"
	"6d23a4a7a531e979e4c3ccfa97807a2d81b2da57856a3cbe1c9950bd18e20af6"
	"0389fb7597f42f996fabd1713ed0b3739d043b1655ec24b9cb4defd10128e1dd";

/* ---- Numbers: all of them are ctx's ---- */

static BIGNUM *number(BN_CTX *ctx, const uint8_t *p, size_t len)
{
	BIGNUM *n = BN_CTX_get(ctx);

	ck_assert_ptr_nonnull(n);
	ck_assert_ptr_nonnull(BN_bin2bn(p, (int)len, n));
	return n;
}

static BIGNUM *bytes_number(BN_CTX *ctx, struct daa_bytes b)
{
	return number(ctx, b.p, b.len);
}

static void bytes_of(const BIGNUM *n, uint8_t *p, size_t len)
{
	ck_assert_int_eq(BN_bn2binpad(n, p, (int)len), (int)len);
}

static BN_CTX *begin(void)
{
	BN_CTX *ctx = BN_CTX_new();

	ck_assert_ptr_nonnull(ctx);
	BN_CTX_start(ctx);
	return ctx;
}

static void end(BN_CTX *ctx)
{
	BN_CTX_end(ctx);
	BN_CTX_free(ctx);
}

/* acc = acc * base ^ e mod n */
static void times_power(BIGNUM *acc, const BIGNUM *base, const BIGNUM *e,
			const BIGNUM *n, BN_CTX *ctx)
{
	BIGNUM *p = BN_CTX_get(ctx);

	ck_assert_int_eq(BN_mod_exp(p, base, e, n, ctx), 1);
	ck_assert_int_eq(BN_mod_mul(acc, acc, p, n, ctx), 1);
}

/* acc = acc * base ^ -e mod n */
static void over_power(BIGNUM *acc, const BIGNUM *base, const BIGNUM *e,
		       const BIGNUM *n, BN_CTX *ctx)
{
	BIGNUM *inverse = BN_CTX_get(ctx);

	ck_assert_ptr_nonnull(BN_mod_inverse(inverse, base, n, ctx));
	times_power(acc, inverse, e, n, ctx);
}

static BIGNUM *one(BN_CTX *ctx)
{
	BIGNUM *n = BN_CTX_get(ctx);

	ck_assert_int_eq(BN_one(n), 1);
	return n;
}

/* ---- The issuer's RSA keys ---- */

static void key_modulus(unsigned int which, uint8_t n[DAA_MODULUS])
{
	uint8_t p[DAA_MODULUS / 2], q[DAA_MODULUS / 2];
	BN_CTX *ctx = begin();
	BIGNUM *product = BN_CTX_get(ctx);

	ck_assert_int_eq(primes_take(2048, which, p, q), 0);
	ck_assert_int_eq(BN_mul(product, number(ctx, p, sizeof(p)),
				number(ctx, q, sizeof(q)), ctx),
			 1);
	bytes_of(product, n, DAA_MODULUS);
	end(ctx);
}

/* EMSA-PKCS1-v1_5 (RFC 8017, 9.2) of a SHA-1 digest. */
static void pad(const uint8_t digest[20], uint8_t em[DAA_MODULUS])
{
	static const uint8_t info[] = { 0x30, 0x21, 0x30, 0x09, 0x06,
					0x05, 0x2b, 0x0e, 0x03, 0x02,
					0x1a, 0x05, 0x00, 0x04, 0x14 };
	const size_t fill = DAA_MODULUS - 3 - sizeof(info) - 20;

	em[0] = 0;
	em[1] = 1;
	memset(em + 2, 0xff, fill);
	em[2 + fill] = 0;
	memcpy(em + 3 + fill, info, sizeof(info));
	memcpy(em + DAA_MODULUS - 20, digest, 20);
}

/* d = E^-1 mod (p - 1)(q - 1) */
static BIGNUM *private_exponent(BN_CTX *ctx, BIGNUM *p, BIGNUM *q)
{
	BIGNUM *phi = BN_CTX_get(ctx), *e = BN_CTX_get(ctx);
	BIGNUM *d = BN_CTX_get(ctx);

	ck_assert_int_eq(BN_sub_word(p, 1) && BN_sub_word(q, 1) &&
				 BN_mul(phi, p, q, ctx) && BN_set_word(e, E),
			 1);
	ck_assert_ptr_nonnull(BN_mod_inverse(d, e, phi, ctx));
	return d;
}

static void sign(unsigned int which, const struct client_bytes *pieces,
		 size_t n_pieces, uint8_t sig[DAA_MODULUS])
{
	uint8_t p[DAA_MODULUS / 2], q[DAA_MODULUS / 2], n[DAA_MODULUS];
	uint8_t digest[20], em[DAA_MODULUS];
	BN_CTX *ctx = begin();
	BIGNUM *s = one(ctx);

	client_sha1(pieces, n_pieces, digest);
	pad(digest, em);
	key_modulus(which, n);
	ck_assert_int_eq(primes_take(2048, which, p, q), 0);
	times_power(s, number(ctx, em, sizeof(em)),
		    private_exponent(ctx, number(ctx, p, sizeof(p)),
				     number(ctx, q, sizeof(q))),
		    number(ctx, n, sizeof(n)), ctx);
	bytes_of(s, sig, DAA_MODULUS);
	end(ctx);
}

/* ---- The issuer's numbers ---- */

/* A square mod n: a power of a number that depends on its name. */
static void make_base(const struct daa_issuer *i, const char *name,
		      uint8_t *out)
{
	uint8_t seed[20];
	const struct client_bytes piece = { name, strlen(name) };
	BN_CTX *ctx = begin();
	BIGNUM *n = number(ctx, i->n, DAA_MODULUS), *base = one(ctx);
	BIGNUM *e = BN_CTX_get(ctx);

	client_sha1(&piece, 1, seed);
	BN_set_word(e, 202);
	times_power(base, number(ctx, seed, sizeof(seed)), e, n, ctx);
	bytes_of(base, out, DAA_MODULUS);
	end(ctx);
}

static void make_s1(struct daa_issuer *i)
{
	BN_CTX *ctx = begin();
	BIGNUM *s1 = one(ctx), *e = BN_CTX_get(ctx);

	ck_assert_int_eq(BN_set_bit(e, 1024), 1);
	times_power(s1, number(ctx, i->s0, DAA_MODULUS), e,
		    number(ctx, i->n, DAA_MODULUS), ctx);
	bytes_of(s1, i->s1, DAA_MODULUS);
	end(ctx);
}

/* x ^ ((gamma - 1) / q) mod gamma */
static void make_w(struct daa_issuer *i, unsigned int x)
{
	BN_CTX *ctx = begin();
	BIGNUM *gamma = number(ctx, i->gamma, DAA_GAMMA);
	BIGNUM *e = BN_dup(gamma), *base = BN_CTX_get(ctx), *w = one(ctx);

	ck_assert_int_eq(BN_sub_word(e, 1) && BN_set_word(base, x) &&
				 BN_div(e, NULL, e,
					number(ctx, i->q, DAA_Q), ctx),
			 1);
	times_power(w, base, e, gamma, ctx);
	bytes_of(w, i->w, DAA_MODULUS);
	BN_free(e);
	end(ctx);
}

static void from_hex(const char *hex, uint8_t *p, size_t len)
{
	BIGNUM *n = NULL;

	ck_assert_int_ne(BN_hex2bn(&n, hex), 0);
	bytes_of(n, p, len);
	BN_free(n);
}

void daa_issuer_make(struct daa_issuer *i)
{
	const struct client_bytes key = { i->key, DAA_MODULUS };

	key_modulus(ROOT_KEY, i->root);
	key_modulus(LAST_KEY, i->key);
	key_modulus(N_KEY, i->n);
	sign(ROOT_KEY, &key, 1, i->key_signature);
	make_base(i, "R0", i->r0);
	make_base(i, "R1", i->r1);
	make_base(i, "S0", i->s0);
	make_s1(i);
	from_hex(gamma_hex, i->gamma, DAA_GAMMA);
	from_hex(q_hex, i->q, DAA_Q);
	make_w(i, 2);
	daa_issuer_sign(i);
}

void daa_other_w(struct daa_issuer *i)
{
	make_w(i, 3);
}

void daa_issuer_sign(struct daa_issuer *i)
{
	const struct client_bytes numbers[] = {
		{ i->r0, DAA_MODULUS }, { i->r1, DAA_MODULUS },
		{ i->s0, DAA_MODULUS }, { i->s1, DAA_MODULUS },
		{ i->n, DAA_MODULUS },	{ i->gamma, DAA_GAMMA },
	};
	const struct client_bytes root = { i->root, DAA_MODULUS };
	uint8_t n0[20], *p = i->settings;
	const struct client_bytes signed_data[] = {
		{ n0, sizeof(n0) },
		{ i->settings, DAA_SETTINGS },
	};

	*p++ = TPM_TAG_DAA_ISSUER >> 8;
	*p++ = TPM_TAG_DAA_ISSUER & 0xff;
	for (size_t k = 0; k < sizeof(numbers) / sizeof(*numbers); k++, p += 20)
		client_sha1(&numbers[k], 1, p);
	memcpy(p, i->q, DAA_Q);
	client_sha1(&root, 1, n0);
	sign(LAST_KEY, signed_data, 2, i->settings_signature);
}

void daa_certified(const struct daa_issuer *i, const uint8_t *u,
		   const uint8_t u2[DAA_V0], const uint8_t u3[DAA_V1],
		   uint8_t v[DAA_MODULUS])
{
	BN_CTX *ctx = begin();
	BIGNUM *n = number(ctx, i->n, DAA_MODULUS);
	BIGNUM *product = number(ctx, u, DAA_MODULUS);

	times_power(product, number(ctx, i->s0, DAA_MODULUS),
		    number(ctx, u2, DAA_V0), n, ctx);
	times_power(product, number(ctx, i->s1, DAA_MODULUS),
		    number(ctx, u3, DAA_V1), n, ctx);
	bytes_of(product, v, DAA_MODULUS);
	end(ctx);
}

/* ---- Who verifies ---- */

bool daa_proof_holds(const struct daa_issuer *i, const uint8_t *product,
		     const uint8_t *commitment, const struct daa_responses *r)
{
	BN_CTX *ctx = begin();
	BIGNUM *n = number(ctx, i->n, DAA_MODULUS), *t = one(ctx);
	bool holds;

	over_power(t, number(ctx, product, DAA_MODULUS),
		   bytes_number(ctx, r->c), n, ctx);
	times_power(t, number(ctx, i->r0, DAA_MODULUS),
		    bytes_number(ctx, r->s0), n, ctx);
	times_power(t, number(ctx, i->r1, DAA_MODULUS),
		    bytes_number(ctx, r->s1), n, ctx);
	times_power(t, number(ctx, i->s0, DAA_MODULUS),
		    bytes_number(ctx, r->s2), n, ctx);
	times_power(t, number(ctx, i->s1, DAA_MODULUS),
		    bytes_number(ctx, r->s3), n, ctx);
	holds = !BN_cmp(t, number(ctx, commitment, DAA_MODULUS));
	end(ctx);
	return holds;
}

bool daa_pseudonym_holds(const struct daa_issuer *i, struct daa_bytes e,
			 struct daa_bytes e1, const struct daa_responses *r)
{
	BN_CTX *ctx = begin();
	BIGNUM *gamma = number(ctx, i->gamma, DAA_GAMMA), *t = one(ctx);
	BIGNUM *s = bytes_number(ctx, r->s1);
	bool holds;

	ck_assert_int_eq(BN_lshift(s, s, 104) &&
				 BN_add(s, s, bytes_number(ctx, r->s0)),
			 1);
	over_power(t, bytes_number(ctx, e), bytes_number(ctx, r->c), gamma,
		   ctx);
	times_power(t, number(ctx, i->w, DAA_MODULUS), s, gamma, ctx);
	holds = !BN_cmp(t, bytes_number(ctx, e1));
	end(ctx);
	return holds;
}

/* ---- For the endorsement key ---- */

static EVP_PKEY *public_key(const uint8_t n[DAA_MODULUS])
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *modulus = BN_bin2bn(n, DAA_MODULUS, NULL);
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params;

	ck_assert_int_eq(OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N,
						modulus) &&
				 OSSL_PARAM_BLD_push_uint(
					 bld, OSSL_PKEY_PARAM_RSA_E, E),
			 1);
	params = OSSL_PARAM_BLD_to_param(bld);
	ck_assert_int_eq(EVP_PKEY_fromdata_init(ctx), 1);
	ck_assert_int_eq(
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	BN_free(modulus);
	return key;
}

void daa_encrypt(const uint8_t n[DAA_MODULUS], struct daa_bytes msg,
		 uint8_t out[DAA_MODULUS])
{
	EVP_PKEY *key = public_key(n);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	void *label = OPENSSL_memdup("TCPA", 4);
	size_t len = DAA_MODULUS;

	ck_assert_int_eq(EVP_PKEY_encrypt_init(ctx), 1);
	ck_assert_int_eq(
		EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, label, 4), 1);
	ck_assert_int_eq(EVP_PKEY_encrypt(ctx, out, &len, msg.p, msg.len), 1);
	ck_assert_uint_eq(len, DAA_MODULUS);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
}
