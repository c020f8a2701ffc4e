/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Self-test (Part 1, "Self-Test"): known answers of every algorithm that the
 * TPM uses.  What is tested is this machine and this libcrypto, so that a
 * broken one is noticed before it signs anything.
 */

#include "tpm.h"

static const uint8_t abc[] = { 'a', 'b', 'c' };

/* FIPS 180-4, "abc". */
static const uint8_t sha1_abc[TPM_SHA1_SIZE] = {
	0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a, 0xba, 0x3e,
	0x25, 0x71, 0x78, 0x50, 0xc2, 0x6c, 0x9c, 0xd0, 0xd8, 0x9d,
};

/* RFC 2202, HMAC-SHA-1, test case 2. */
static const uint8_t hmac_key[] = { 'J', 'e', 'f', 'e' };
static const uint8_t hmac_data[] = "what do ya want for nothing?";
static const uint8_t hmac_answer[TPM_SHA1_SIZE] = {
	0xef, 0xfc, 0xdf, 0x6a, 0xe5, 0xeb, 0x2f, 0xa2, 0xd2, 0x74,
	0x16, 0xd5, 0xf1, 0x84, 0xdf, 0x9c, 0x25, 0x9a, 0x7c, 0x79,
};

/* NIST SP 800-38A, F.5.1, first block. */
static const uint8_t aes_key[TPM_AES128_SIZE] = {
	0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
	0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c,
};
static const uint8_t aes_counter[TPM_AES_BLOCK] = {
	0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7,
	0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
};
static const uint8_t aes_plain[TPM_AES_BLOCK] = {
	0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96,
	0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a,
};
static const uint8_t aes_answer[TPM_AES_BLOCK] = {
	0x87, 0x4d, 0x61, 0x91, 0xb6, 0x20, 0xe3, 0x26,
	0x1b, 0xef, 0x68, 0x64, 0x99, 0x0d, 0xb6, 0xce,
};

/* A key of 512 bits made for this, and its signature of SHA1("abc"). */
static const uint8_t rsa_p[] = {
	0xec, 0xb7, 0x54, 0x73, 0x8a, 0xbc, 0x45, 0x0a,
	0x2a, 0x90, 0xf2, 0x4c, 0xc0, 0x1c, 0xc2, 0x63,
	0x2c, 0xc0, 0xd6, 0x78, 0xfa, 0x80, 0xe4, 0x22,
	0xf4, 0x20, 0x16, 0x8d, 0x78, 0xbf, 0x4c, 0x4b,
};

static const uint8_t rsa_q[] = {
	0xc8, 0x3a, 0xa7, 0x09, 0x60, 0x27, 0x07, 0xc8,
	0xa8, 0xe8, 0x30, 0x6d, 0x28, 0x33, 0x56, 0xfe,
	0x28, 0xd2, 0x3b, 0xdb, 0xeb, 0x43, 0x33, 0xdb,
	0xf2, 0x21, 0x37, 0xa9, 0x07, 0x94, 0xb0, 0x5d,
};

static const uint8_t rsa_signature[] = {
	0x7f, 0x5b, 0x0f, 0x66, 0xc4, 0xed, 0x2d, 0x39,
	0x90, 0x68, 0xe7, 0xad, 0xca, 0x2c, 0xc7, 0x04,
	0x31, 0xbc, 0x52, 0x1d, 0xba, 0x43, 0xe7, 0x17,
	0x08, 0x95, 0x54, 0x39, 0xe0, 0xd0, 0x65, 0x91,
	0x2e, 0x99, 0xfc, 0xb2, 0x34, 0x54, 0x80, 0xc4,
	0x4c, 0x05, 0x04, 0xc2, 0xde, 0x5b, 0x56, 0x07,
	0xde, 0xf1, 0x6f, 0x65, 0x23, 0x00, 0x3d, 0x78,
	0xaf, 0x8a, 0x95, 0x3d, 0x84, 0x36, 0xc9, 0xd6,
};
static bool sha1_works(struct tpm *t)
{
	uint8_t digest[TPM_SHA1_SIZE];

	tpm_sha1(t->crypto, digest, TPM_PARTS({ abc, sizeof(abc) }));
	return tpm_equal(digest, sha1_abc, sizeof(digest));
}

static bool hmac_works(struct tpm *t)
{
	uint8_t hmac[TPM_SHA1_SIZE];

	tpm_hmac_sha1(t->crypto, hmac, hmac_key, sizeof(hmac_key),
		      TPM_PARTS({ hmac_data, sizeof(hmac_data) - 1 }));
	return tpm_equal(hmac, hmac_answer, sizeof(hmac));
}

/* Two draws are never the same. */
static bool random_works(struct tpm *t)
{
	uint8_t a[TPM_SHA1_SIZE], b[TPM_SHA1_SIZE];

	tpm_random(t->crypto, a, sizeof(a));
	tpm_random(t->crypto, b, sizeof(b));
	return !tpm_equal(a, b, sizeof(a));
}

static bool aes_works(struct tpm *t)
{
	uint8_t out[TPM_AES_BLOCK];

	tpm_aes128_ctr(t->crypto, aes_key, aes_counter, aes_plain, out,
		       sizeof(out));
	return tpm_equal(out, aes_answer, sizeof(out));
}

static bool rsa_signs(struct tpm_rsa *key)
{
	uint8_t sig[sizeof(rsa_signature)];
	const struct tpm_bytes known = { rsa_signature, sizeof(rsa_signature) };

	return !tpm_rsa_sign_sha1(key, sha1_abc, sig) &&
	       tpm_equal(sig, rsa_signature, sizeof(sig)) &&
	       !tpm_rsa_verify_sha1(key, sha1_abc, known);
}

static bool rsa_decrypts(struct tpm *t, struct tpm_rsa *key)
{
	uint8_t sealed[sizeof(rsa_signature)];
	uint8_t opened[TPM_RSA_MAX_BYTES];
	size_t len;

	return !tpm_rsa_encrypt_oaep(t->crypto, key, abc, sizeof(abc),
				     sealed) &&
	       !tpm_rsa_decrypt_oaep(
		       key, (struct tpm_bytes){ sealed, sizeof(sealed) },
		       opened, &len) &&
	       len == sizeof(abc) && tpm_equal(opened, abc, sizeof(abc));
}

static bool rsa_works(struct tpm *t)
{
	struct tpm_rsa *key =
		tpm_rsa_from_primes(rsa_p, rsa_q, sizeof(rsa_p));
	const bool ok = key && rsa_signs(key) && rsa_decrypts(t, key);

	tpm_rsa_free(key);
	return ok;
}

static enum tpm_rc conclude(struct tpm *t, bool ok, enum tpm_test_state state)
{
	if (tpm_crypto_failed(t->crypto))
		ok = false;
	t->s.test = ok ? state : TEST_FAILED;
	return ok ? TPM_SUCCESS : TPM_FAILEDSELFTEST;
}

enum tpm_rc selftest_limited(struct tpm *t)
{
	return conclude(t, sha1_works(t), TEST_LIMITED);
}

enum tpm_rc selftest_full(struct tpm *t)
{
	const bool ok = sha1_works(t) && hmac_works(t) && random_works(t) &&
			aes_works(t) && rsa_works(t);

	return conclude(t, ok, TEST_FULL);
}
