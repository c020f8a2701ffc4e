/* SPDX-License-Identifier: BSD-2-Clause */
/* Arithmetic on large numbers, for DAA (Part 3, section 26). */
#include "crypto_impl.h"

#include <openssl/bn.h>

/* Bounds the time that one operation can take. */
#define NUMBER_MAX 512u

/* The next temporary of ctx with b's value, all of them treated as secrets. */
static BIGNUM *read_number(BN_CTX *ctx, struct tpm_bytes b)
{
	BIGNUM *bn = b.len <= NUMBER_MAX ? BN_CTX_get(ctx) : NULL;

	if (bn == NULL || BN_bin2bn(b.p, (int)b.len, bn) == NULL)
		return NULL;
	BN_set_flags(bn, BN_FLG_CONSTTIME);
	return bn;
}

static bool write_number(const BIGNUM *bn, uint8_t *out, size_t out_len)
{
	return out_len <= NUMBER_MAX &&
	       BN_bn2binpad(bn, out, (int)out_len) == (int)out_len;
}

/* result = f(x, y, z); a temporary of ctx, or false. */
typedef bool compute_fn(BIGNUM *result, BIGNUM *x, BIGNUM *y, BIGNUM *z,
			BN_CTX *ctx);

static bool compute_in(BN_CTX *ctx, compute_fn *compute, uint8_t *out,
		       size_t out_len, const struct tpm_bytes in[3])
{
	BIGNUM *result = BN_CTX_get(ctx);
	BIGNUM *x = read_number(ctx, in[0]);
	BIGNUM *y = read_number(ctx, in[1]);
	BIGNUM *z = read_number(ctx, in[2]);

	return result != NULL && x != NULL && y != NULL && z != NULL &&
	       compute(result, x, y, z, ctx) &&
	       write_number(result, out, out_len);
}

static int run(compute_fn *compute, uint8_t *out, size_t out_len,
	       struct tpm_bytes x, struct tpm_bytes y, struct tpm_bytes z)
{
	const struct tpm_bytes in[3] = { x, y, z };
	BN_CTX *ctx = BN_CTX_new(); /* wipes what it is made of */
	bool ok = false;

	if (ctx != NULL) {
		BN_CTX_start(ctx);
		ok = compute_in(ctx, compute, out, out_len, in);
		BN_CTX_end(ctx);
	}
	BN_CTX_free(ctx);
	return ok ? 0 : tpm_crypto_refuse();
}

static bool mod_mul(BIGNUM *result, BIGNUM *a, BIGNUM *b, BIGNUM *m,
		    BN_CTX *ctx)
{
	return !BN_is_zero(m) && BN_mod_mul(result, a, b, m, ctx);
}

/* Montgomery's form, which alone takes constant time, wants m to be odd. */
static bool mod_exp(BIGNUM *result, BIGNUM *base, BIGNUM *exp, BIGNUM *m,
		    BN_CTX *ctx)
{
	return BN_is_odd(m) && BN_mod(base, base, m, ctx) &&
	       BN_mod_exp_mont_consttime(result, base, exp, m, ctx, NULL);
}

static bool mul_add(BIGNUM *result, BIGNUM *a, BIGNUM *b, BIGNUM *c,
		    BN_CTX *ctx)
{
	return BN_mul(result, a, b, ctx) && BN_add(result, result, c);
}

static const uint8_t one_byte[] = { 1 };
static const struct tpm_bytes one = { one_byte, sizeof(one_byte) };

int tpm_bn_mod(uint8_t *out, size_t out_len, struct tpm_bytes a,
	       struct tpm_bytes m)
{
	return run(mod_mul, out, out_len, a, one, m);
}

int tpm_bn_mod_mul(uint8_t *out, size_t out_len, struct tpm_bytes a,
		   struct tpm_bytes b, struct tpm_bytes m)
{
	return run(mod_mul, out, out_len, a, b, m);
}

int tpm_bn_mod_exp(uint8_t *out, size_t out_len, struct tpm_bytes base,
		   struct tpm_bytes exp, struct tpm_bytes m)
{
	return run(mod_exp, out, out_len, base, exp, m);
}

int tpm_bn_mul_add(uint8_t *out, size_t out_len, struct tpm_bytes a,
		   struct tpm_bytes b, struct tpm_bytes c)
{
	return run(mul_add, out, out_len, a, b, c);
}
