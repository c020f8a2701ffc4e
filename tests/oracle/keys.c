/* SPDX-License-Identifier: BSD-2-Clause */
/* Known keys, with libcrypto. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

#include "primes.h"
#include "primitives.h"

#define SIZES	 3
#define NUMBERS	 8
#define EXPONENT 65537u

/* RFC 8017, 7.1.1 and 7.2.1. */
#define OAEP_OVERHEAD  42u
#define PKCS1_OVERHEAD 11u

static const unsigned int sizes[SIZES] = { 512, 1024, 2048 };

int keys_set(RSA *rsa, unsigned int bits, uint32_t number)
{
	uint8_t p_bytes[KEY_BYTES_MAX / 2], q_bytes[KEY_BYTES_MAX / 2];
	const int len = (int)bits / 16;
	BIGNUM *p, *q, *p1, *q1, *n, *d, *e, *phi;
	BN_CTX *ctx;
	int ok;

	if (bits > KEY_BYTES_MAX * 8 ||
	    primes_take(bits, number, p_bytes, q_bytes))
		return 0;
	ctx = BN_CTX_new();
	p = BN_bin2bn(p_bytes, len, NULL);
	q = BN_bin2bn(q_bytes, len, NULL);
	p1 = BN_dup(p);
	q1 = BN_dup(q);
	n = BN_new();
	d = BN_new();
	e = BN_new();
	phi = BN_new();
	ok = BN_set_word(e, EXPONENT) && BN_mul(n, p, q, ctx) &&
	     BN_sub_word(p1, 1) && BN_sub_word(q1, 1) &&
	     BN_mul(phi, p1, q1, ctx) && BN_mod_inverse(d, e, phi, ctx) &&
	     RSA_set0_key(rsa, n, e, d) && RSA_set0_factors(rsa, p, q);
	BN_free(phi);
	BN_free(p1);
	BN_free(q1);
	BN_CTX_free(ctx);
	return ok;
}

static void die(const char *what)
{
	fprintf(stderr, "keys: %s\n", what);
	exit(1);
}

/* Made once; NULL: there is none. */
static RSA *known(unsigned int bits, uint32_t number)
{
	static RSA *made[SIZES][NUMBERS];

	for (unsigned int i = 0; i < SIZES; i++) {
		RSA **rsa = &made[i][number % NUMBERS];

		if (sizes[i] != bits)
			continue;
		if (!*rsa) {
			*rsa = RSA_new();
			if (!keys_set(*rsa, bits, number % NUMBERS))
				die("no such key");
		}
		return *rsa;
	}
	die("no such size");
	return NULL;
}

void keys_modulus(unsigned int bits, uint32_t number, uint8_t *n)
{
	BN_bn2binpad(RSA_get0_n(known(bits, number)), n, (int)bits / 8);
}

void keys_prime(unsigned int bits, uint32_t number, uint8_t *p)
{
	BN_bn2binpad(RSA_get0_p(known(bits, number)), p, (int)bits / 16);
}

bool keys_seal(const uint8_t *n, size_t len, const void *msg, size_t msg_len,
	       uint8_t *out)
{
	if (msg_len + OAEP_OVERHEAD > len)
		return false;
	client_rsa_encrypt(n, len, true, msg, msg_len, out);
	return true;
}

bool keys_bind(const uint8_t *n, size_t len, const void *msg, size_t msg_len,
	       uint8_t *out)
{
	if (msg_len + PKCS1_OVERHEAD > len)
		return false;
	client_rsa_encrypt(n, len, false, msg, msg_len, out);
	return true;
}

static RSA *find(const uint8_t *n, size_t len)
{
	uint8_t modulus[KEY_BYTES_MAX];

	for (unsigned int i = 0; i < SIZES; i++) {
		if (len != sizes[i] / 8)
			continue;
		for (uint32_t j = 0; j < NUMBERS; j++) {
			keys_modulus(sizes[i], j, modulus);
			if (!memcmp(modulus, n, len))
				return known(sizes[i], j);
		}
	}
	return NULL;
}

bool keys_open(const uint8_t *n, size_t len, const uint8_t *in, uint8_t *out,
	       size_t *out_len)
{
	static const unsigned char label[] = { 'T', 'C', 'P', 'A' };
	uint8_t padded[KEY_BYTES_MAX];
	RSA *rsa = find(n, len);
	int got;

	if (!rsa || RSA_private_decrypt((int)len, in, padded, rsa,
					RSA_NO_PADDING) != (int)len)
		return false;
	got = RSA_padding_check_PKCS1_OAEP_mgf1(out, (int)len, padded, (int)len,
						(int)len, label, sizeof(label),
						NULL, NULL);
	*out_len = got < 0 ? 0 : (size_t)got;
	return got >= 0;
}

void keys_sign(unsigned int bits, uint32_t number, const uint8_t digest[20],
	       uint8_t *sig)
{
	unsigned int len;

	if (!RSA_sign(NID_sha1, digest, 20, sig, &len, known(bits, number)))
		die("cannot sign");
}
