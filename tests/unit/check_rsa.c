/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RSA in emulator/crypto.h against answers of the openssl program, and
 * against damaged keys, ciphertexts and signatures.
 */
#include "crypto.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>

#include "hex.h"
#include "suite.h"

static struct tpm_crypto *crypto;

static void setup(void)
{
	crypto = tpm_crypto_new(NULL, NULL);
	ck_assert_ptr_nonnull(crypto);
}

static void teardown(void)
{
	ck_assert(!tpm_crypto_failed(crypto));
	tpm_crypto_free(crypto);
}

static int counting(void *ctx, uint8_t *buf, size_t len)
{
	uint8_t *next = ctx;

	for (size_t i = 0; i < len; i++)
		buf[i] = (*next)++;
	return 0;
}

static int zeros(void *ctx, uint8_t *buf, size_t len)
{
	unsigned int *calls = ctx;

	++*calls;
	memset(buf, 0, len);
	return 0;
}

/* ---- RSA, with answers of the openssl program ---- */

#define RSA_N                                                              \
	"B5C16081862B76BAE7D5E9F1079FEBBC3C6374B7408700727C175DF1D2DE34A5" \
	"1F080704D317DF78E843E7A431402EF3ECD7494E9195FADD9B9FE71C4C75A858" \
	"051B38343D5F194E3B34D431154E1CAB332D0794BA694AF0166B8957609EEA5E" \
	"FE58FC29C71D5952D389D7722E7A4F7F14E942AA247667647EADB24DBE88AB1F"
#define RSA_P                                                              \
	"DD620D971C4AE395D3016F5CC6FEFD7719BDEF4773F4D2DD830FCD5509C7E0B9" \
	"545EADC7D2157FB0C68E2552809873DB4031715D63FA4A032EE62FD9FB969FB1"
#define RSA_Q                                                              \
	"D22D083C430F98F4873F94A7D930FB6DEB89746BB6319D03F258B1691F1F91EF" \
	"445840EA25EE443FF5D4F6A12780DE439233FF22C06807FB52CFC6A0419BFBCF"
#define RSA_OAEP                                                           \
	"98576c68cfaeb469b8ea68eae7b4a42826872084a66577089bdd11aa9b55605f" \
	"b3208c4a071251be4d12a46119bdfb269c753cd374de16e3935e3230065ab599" \
	"e4e64c2d7ceab199757b1e212a0b14766fb853aa395957021ae0fc84517a775b" \
	"d59a6a18a13eec46f95d1db13401c91e272ea7d0961a5acddd6f41c4826499ae"
#define RSA_PKCS1                                                          \
	"2ec91cb71fea78b9d408996c4b22397856ea4b0c0c93caac3a103f1efd079b8e" \
	"7a5f4d7ff9c1a532784c6a5fead5df8d44928394e25bc31841e2dec1a02059a0" \
	"aa53ba09844ef4c2862253f762137f93d9ee36f2699a6b8a9902e9f60f1a84ba" \
	"92906ded3335dfd87487c8e3b65652c2e8d48258e375e1766a2a6eefd749be9f"
#define RSA_SIG_SHA1                                                       \
	"4fc278776992c00c3e691aca9dd882f843a8a063ffc5124607ea17014d68bfe8" \
	"7e9832902104a62476d9c441cea9e55dce7ee37bc62a66080def1a9802945613" \
	"8ba6fa1c93691a8e036bde0e3fa1105ea080ddebfcaf6ecbbb2288a48e68e5cb" \
	"c67703b2ac267902bcf2bc6e18870962dec64ea4b8bf6818eae04d5733170343"
#define RSA_SIG_DER                                                        \
	"4a44b8520409aa4f22d4753975c6cbaa051cde68b683c164beb415b2d7c13b57" \
	"739489a86852fba5b2299b5d619fff4449a5ec8c4d15b011815564d1b4fc3237" \
	"a6bf031a8925b0fd7d61bb6ffa7f1baf89ff7d3ac4eadb988f9c9b2bbc08def2" \
	"d08a40db234b074756cf625041d08197574e8ba305b1da3418e1e03eb66fd688"

static const uint8_t rsa_text[] = "a secret of a TPM";
#define RSA_TEXT_LEN (sizeof(rsa_text) - 1)

static const struct tpm_bytes no_exponent = { NULL, 0 };

static struct tpm_rsa *known_key(void)
{
	const struct hex n = hex(RSA_N), p = hex(RSA_P);
	struct tpm_rsa *key =
		tpm_rsa_private(bytes(&n), no_exponent, bytes(&p));

	ck_assert_ptr_nonnull(key);
	return key;
}

START_TEST(two_primes_give_the_same_key)
{
	const struct hex p = hex(RSA_P), q = hex(RSA_Q);
	struct tpm_rsa *key = tpm_rsa_from_primes(p.p, q.p, p.len);
	uint8_t n[TPM_RSA_MAX_BYTES];

	ck_assert_ptr_nonnull(key);
	ck_assert_uint_eq(tpm_rsa_size(key), 128);
	tpm_rsa_modulus(key, n);
	ck_assert_hex(n, RSA_N);
	tpm_rsa_free(key);
}
END_TEST

START_TEST(decrypts_what_openssl_encrypted)
{
	const struct hex oaep = hex(RSA_OAEP), pkcs1 = hex(RSA_PKCS1);
	struct tpm_rsa *key = known_key();
	uint8_t out[TPM_RSA_MAX_BYTES];
	size_t len;

	ck_assert_int_eq(tpm_rsa_decrypt_oaep(key, bytes(&oaep), out, &len), 0);
	ck_assert_uint_eq(len, RSA_TEXT_LEN);
	ck_assert_mem_eq(out, rsa_text, len);
	ck_assert_int_eq(tpm_rsa_decrypt_pkcs1(key, bytes(&pkcs1), out, &len),
			 0);
	ck_assert_uint_eq(len, RSA_TEXT_LEN);
	ck_assert_mem_eq(out, rsa_text, len);

	/* In place, and each padding is not the other. */
	memcpy(out, oaep.p, oaep.len);
	ck_assert_int_eq(
		tpm_rsa_decrypt_oaep(key, (struct tpm_bytes){ out, oaep.len },
				     out, &len),
		0);
	ck_assert_mem_eq(out, rsa_text, len);
	ck_assert_int_eq(tpm_rsa_decrypt_oaep(key, bytes(&pkcs1), out, &len),
			 -1);
	ck_assert_int_eq(tpm_rsa_decrypt_pkcs1(key, bytes(&oaep), out, &len),
			 -1);
	tpm_rsa_free(key);
}
END_TEST

START_TEST(signs_as_openssl_does)
{
	struct tpm_rsa *key = known_key();
	uint8_t digest[TPM_SHA1_SIZE], sig[TPM_RSA_MAX_BYTES];

	tpm_sha1(crypto, digest, TPM_PARTS({ rsa_text, RSA_TEXT_LEN }));
	ck_assert_int_eq(tpm_rsa_sign_sha1(key, digest, sig), 0);
	ck_assert_hex(sig, RSA_SIG_SHA1);
	ck_assert_int_eq(tpm_rsa_verify_sha1(
				 key, digest,
				 (struct tpm_bytes){ sig, tpm_rsa_size(key) }),
			 0);
	ck_assert_int_eq(tpm_rsa_sign_der(key, rsa_text, RSA_TEXT_LEN, sig), 0);
	ck_assert_hex(sig, RSA_SIG_DER);
	ck_assert_int_eq(tpm_rsa_verify_sha1(
				 key, digest,
				 (struct tpm_bytes){ sig, tpm_rsa_size(key) }),
			 -1);
	tpm_rsa_free(key);
}
END_TEST

START_TEST(verify_refuses_every_damaged_signature)
{
	struct tpm_rsa *key = known_key();
	const struct hex good = hex(RSA_SIG_SHA1);
	uint8_t digest[TPM_SHA1_SIZE];
	struct hex bad;

	tpm_sha1(crypto, digest, TPM_PARTS({ rsa_text, RSA_TEXT_LEN }));
	for (size_t i = 0; i < good.len; i++) {
		bad = good;
		bad.p[i] ^= 1;
		ck_assert_int_eq(tpm_rsa_verify_sha1(key, digest, bytes(&bad)),
				 -1);
	}
	bad = good;
	bad.len--;
	ck_assert_int_eq(tpm_rsa_verify_sha1(key, digest, bytes(&bad)), -1);
	bad.len = 0;
	ck_assert_int_eq(tpm_rsa_verify_sha1(key, digest, bytes(&bad)), -1);
	digest[0] ^= 1;
	ck_assert_int_eq(tpm_rsa_verify_sha1(key, digest, bytes(&good)), -1);
	tpm_rsa_free(key);
}
END_TEST

/* A key of each size, its primes made by the function that is tested. */
static const unsigned int sizes[] = { 512, 1024, 2048 };

static struct tpm_rsa *new_key(unsigned int bits)
{
	uint8_t p[128], q[128];
	struct tpm_rsa *key;

	ck_assert_int_eq(tpm_rsa_make_primes(bits, p, q, NULL, NULL), 0);
	key = tpm_rsa_from_primes(p, q, bits / 16);
	ck_assert_ptr_nonnull(key);
	ck_assert_uint_eq(tpm_rsa_size(key), bits / 8);
	return key;
}

/* Every message length that fits, and the first that does not. */
START_TEST(every_length_that_fits_comes_back)
{
	struct tpm_rsa *key = new_key(sizes[_i]);
	const size_t size = tpm_rsa_size(key);
	uint8_t msg[TPM_RSA_MAX_BYTES], em[TPM_RSA_MAX_BYTES];
	uint8_t out[TPM_RSA_MAX_BYTES];
	const struct tpm_bytes in = { em, size };
	const size_t step = size / 16;
	size_t len;

	tpm_random(crypto, msg, sizeof(msg));
	for (size_t n = 0; n <= size - 42;
	     n += n + step > size - 42 ? 1 : step) {
		ck_assert_int_eq(tpm_rsa_encrypt_oaep(crypto, key, msg, n, em),
				 0);
		ck_assert_int_eq(tpm_rsa_decrypt_oaep(key, in, out, &len), 0);
		ck_assert_uint_eq(len, n);
		ck_assert_mem_eq(out, msg, n);
	}
	ck_assert_int_eq(tpm_rsa_encrypt_oaep(crypto, key, msg, size - 41, em),
			 -1);
	for (size_t n = 0; n <= size - 11;
	     n += n + step > size - 11 ? 1 : step) {
		ck_assert_int_eq(tpm_rsa_encrypt_pkcs1(crypto, key, msg, n, em),
				 0);
		ck_assert_int_eq(tpm_rsa_decrypt_pkcs1(key, in, out, &len), 0);
		ck_assert_uint_eq(len, n);
		ck_assert_mem_eq(out, msg, n);
	}
	ck_assert_int_eq(tpm_rsa_encrypt_pkcs1(crypto, key, msg, size - 10, em),
			 -1);
	ck_assert_int_eq(tpm_rsa_sign_der(key, msg, size - 11, out), 0);
	ck_assert_int_eq(tpm_rsa_sign_der(key, msg, size - 10, out), -1);
	tpm_rsa_free(key);
}
END_TEST

/* The same prime from storage gives the same key. */
START_TEST(one_prime_gives_the_key_back)
{
	static const uint8_t f4[] = { 0, 1, 0, 1 };
	uint8_t p[128], q[128], n[TPM_RSA_MAX_BYTES], sig[2][TPM_RSA_MAX_BYTES];
	const uint8_t digest[TPM_SHA1_SIZE] = { 1 };
	const size_t len = sizes[_i] / 16;
	struct tpm_rsa *made, *stored;

	ck_assert_int_eq(tpm_rsa_make_primes(sizes[_i], p, q, NULL, NULL), 0);
	ck_assert(p[0] & 0x80);
	ck_assert(q[0] & 0x80);
	made = tpm_rsa_from_primes(p, q, len);
	tpm_rsa_modulus(made, n);
	ck_assert(n[0] & 0x80);
	stored = tpm_rsa_private((struct tpm_bytes){ n, 2 * len },
				 (struct tpm_bytes){ f4, sizeof(f4) },
				 (struct tpm_bytes){ q, len });
	ck_assert_ptr_nonnull(stored);
	ck_assert_int_eq(tpm_rsa_sign_sha1(made, digest, sig[0]), 0);
	ck_assert_int_eq(tpm_rsa_sign_sha1(stored, digest, sig[1]), 0);
	ck_assert_mem_eq(sig[0], sig[1], 2 * len);
	tpm_rsa_free(made);
	tpm_rsa_free(stored);
}
END_TEST

START_TEST(a_public_key_does_nothing_private)
{
	const struct hex n = hex(RSA_N), oaep = hex(RSA_OAEP);
	const struct hex sig = hex(RSA_SIG_SHA1);
	struct tpm_rsa *key = tpm_rsa_public(bytes(&n), no_exponent);
	uint8_t digest[TPM_SHA1_SIZE], out[TPM_RSA_MAX_BYTES];
	size_t len;

	ck_assert_ptr_nonnull(key);
	tpm_rsa_modulus(key, out);
	ck_assert_mem_eq(out, n.p, n.len);
	tpm_sha1(crypto, digest, TPM_PARTS({ rsa_text, RSA_TEXT_LEN }));
	ck_assert_int_eq(tpm_rsa_verify_sha1(key, digest, bytes(&sig)), 0);
	ck_assert_int_eq(tpm_rsa_encrypt_oaep(crypto, key, digest, 20, out), 0);
	ck_assert_int_eq(tpm_rsa_sign_sha1(key, digest, out), -1);
	ck_assert_int_eq(tpm_rsa_decrypt_oaep(key, bytes(&oaep), out, &len),
			 -1);
	tpm_rsa_free(key);
	tpm_rsa_free(NULL);
}
END_TEST

/* ---- Keys that are none ---- */

static bool takes_private(struct hex n, struct hex e, struct hex p)
{
	struct tpm_rsa *key = tpm_rsa_private(bytes(&n), bytes(&e), bytes(&p));
	const bool taken = key != NULL;

	tpm_rsa_free(key);
	return taken;
}

START_TEST(refuses_keys_that_are_none)
{
	const struct hex n = hex(RSA_N), f4 = hex("010001"), p = hex(RSA_P);
	struct hex bad;

	ck_assert(takes_private(n, f4, p));
	ck_assert(takes_private(n, hex("11"), p));
	ck_assert(!takes_private(n, hex("01"), p));
	ck_assert(!takes_private(n, hex("00"), p));
	ck_assert(!takes_private(n, hex("010000"), p));
	ck_assert(!takes_private(n, n, p));
	ck_assert(!takes_private(hex(""), f4, p));
	ck_assert(!takes_private(n, f4, hex("")));
	ck_assert(!takes_private(n, f4, hex("00")));
	ck_assert(!takes_private(n, f4, hex("01")));
	ck_assert(!takes_private(n, f4, n));
	for (size_t i = 0; i < p.len; i++) {
		bad = p;
		bad.p[i] ^= 2;
		ck_assert(!takes_private(n, f4, bad));
	}
	bad = n;
	bad.p[0] &= 0x7f;
	ck_assert(!takes_private(bad, f4, p));
	bad = n;
	bad.len = 256 + 1;
	ck_assert(!takes_private(bad, f4, p));
	bad = n;
	bad.p[n.len - 1] ^= 1;
	ck_assert(!takes_private(bad, f4, p));
}
END_TEST

/*
 * Odd numbers of the right length that are no primes, or the same one twice,
 * reach the arithmetic: it must end, whatever comes out.
 */
START_TEST(false_primes_do_no_harm)
{
	const struct hex p = hex(RSA_P);
	uint8_t q[64], sig[TPM_RSA_MAX_BYTES];
	const uint8_t digest[TPM_SHA1_SIZE] = { 1 };
	struct tpm_rsa *key;

	ck_assert_ptr_null(tpm_rsa_from_primes(p.p, p.p, p.len));
	for (unsigned int i = 0; i < 50; i++) {
		tpm_random(crypto, q, sizeof(q));
		q[0] |= 0xc0;
		q[63] |= 1;
		key = tpm_rsa_from_primes(p.p, q, p.len);
		if (key != NULL && tpm_rsa_sign_sha1(key, digest, sig) != 0)
			ck_assert(!tpm_crypto_failed(crypto));
		tpm_rsa_free(key);
	}
	q[63] &= 0xfe;
	ck_assert_ptr_null(tpm_rsa_from_primes(p.p, q, p.len));
}
END_TEST

static bool at_once(void *ctx)
{
	++*(int *)ctx;
	return true;
}

/*
 * libcrypto does not look at each answer, so it asks a few times more; a whole
 * search asks hundreds of times.
 */
START_TEST(a_search_ends_when_cancelled)
{
	uint8_t p[128], q[128];
	int asked = 0;

	ck_assert_int_eq(tpm_rsa_make_primes(sizes[_i], p, q, at_once, &asked),
			 -1);
	ck_assert_int_ge(asked, 1);
	ck_assert_int_le(asked, 100);
}
END_TEST

START_TEST(primes_of_unknown_sizes_are_not_made)
{
	uint8_t p[128], q[128];

	ck_assert_int_eq(tpm_rsa_make_primes(2048 + 16, p, q, NULL, NULL), -1);
	ck_assert_int_eq(tpm_rsa_make_primes(0, p, q, NULL, NULL), -1);
}
END_TEST

/* ---- Ciphertexts that are wrong ---- */

/* What a private key then finds, to the byte. */
static struct hex encrypt_raw(const struct hex *em)
{
	const struct hex n = hex(RSA_N);
	BIGNUM *m = BN_bin2bn(em->p, (int)em->len, NULL);
	BIGNUM *mod = BN_bin2bn(n.p, (int)n.len, NULL);
	BIGNUM *e = BN_new(), *c = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	struct hex out = { .len = n.len };

	BN_set_word(e, 65537);
	ck_assert_int_eq(BN_mod_exp(c, m, e, mod, ctx), 1);
	BN_bn2binpad(c, out.p, (int)out.len);
	BN_CTX_free(ctx);
	BN_free(c);
	BN_free(e);
	BN_free(mod);
	BN_free(m);
	return out;
}

/* An encoded message under RSA_N's key, made for damage. */
static struct hex oaep_em(const char *label)
{
	uint8_t hash[TPM_SHA1_SIZE];
	const uint8_t seed[TPM_SHA1_SIZE] = { 42 };
	struct hex em = { .len = 128 };

	tpm_sha1(crypto, hash,
		 TPM_PARTS({ (const uint8_t *)label, strlen(label) }));
	ck_assert_int_eq(tpm_oaep_encode(crypto, em.p + 1, 127, rsa_text,
					 RSA_TEXT_LEN, hash, seed),
			 0);
	return em;
}

static int decrypt_em_oaep(struct tpm_rsa *key, const struct hex *em)
{
	const struct hex c = encrypt_raw(em);
	uint8_t out[TPM_RSA_MAX_BYTES];
	size_t len;

	return tpm_rsa_decrypt_oaep(key, bytes(&c), out, &len);
}

START_TEST(oaep_refuses_every_damaged_byte)
{
	struct tpm_rsa *key = known_key();
	const struct hex good = oaep_em("TCPA"), other = oaep_em("TCPa");
	struct hex bad;

	ck_assert_int_eq(decrypt_em_oaep(key, &good), 0);
	ck_assert_int_eq(decrypt_em_oaep(key, &other), -1);
	for (size_t i = 0; i < good.len - RSA_TEXT_LEN; i++) {
		bad = good;
		bad.p[i] ^= i == 0 ? 0x01 : 0x55;
		ck_assert_int_eq(decrypt_em_oaep(key, &bad), -1);
	}
	tpm_rsa_free(key);
}
END_TEST

START_TEST(ciphertexts_have_the_length_of_the_modulus)
{
	const struct hex oaep = hex(RSA_OAEP), n = hex(RSA_N);
	struct tpm_rsa *key = known_key();
	uint8_t out[TPM_RSA_MAX_BYTES];
	struct hex in = oaep;
	size_t len;

	for (in.len = 0; in.len < 300; in.len++) {
		if (in.len == oaep.len)
			continue;
		ck_assert_int_eq(
			tpm_rsa_decrypt_oaep(key, bytes(&in), out, &len), -1);
		ck_assert_int_eq(
			tpm_rsa_decrypt_pkcs1(key, bytes(&in), out, &len), -1);
	}
	/* Not below the modulus. */
	ck_assert_int_eq(tpm_rsa_decrypt_oaep(key, bytes(&n), out, &len), -1);
	ck_assert_int_eq(tpm_rsa_decrypt_pkcs1(key, bytes(&n), out, &len), -1);
	tpm_rsa_free(key);
}
END_TEST

static int decrypt_em_pkcs1(struct tpm_rsa *key, const struct hex *em,
			    size_t *len)
{
	const struct hex c = encrypt_raw(em);
	uint8_t out[TPM_RSA_MAX_BYTES];

	return tpm_rsa_decrypt_pkcs1(key, bytes(&c), out, len);
}

START_TEST(pkcs1_refuses_wrong_paddings)
{
	struct tpm_rsa *key = known_key();
	struct hex em = { .len = 128 };
	size_t len;

	memset(em.p, 0x77, em.len);
	em.p[0] = 0;
	em.p[1] = 2;
	ck_assert_int_eq(decrypt_em_pkcs1(key, &em, &len), -1);
	em.p[127] = 0;
	ck_assert_int_eq(decrypt_em_pkcs1(key, &em, &len), 0);
	ck_assert_uint_eq(len, 0);
	em.p[10] = 0; /* eight bytes of padding, the least */
	ck_assert_int_eq(decrypt_em_pkcs1(key, &em, &len), 0);
	ck_assert_uint_eq(len, 117);
	em.p[9] = 0;
	ck_assert_int_eq(decrypt_em_pkcs1(key, &em, &len), -1);
	em.p[9] = 1;
	em.p[1] = 1;
	ck_assert_int_eq(decrypt_em_pkcs1(key, &em, &len), -1);
	em.p[1] = 2;
	em.p[0] = 1;
	ck_assert_int_eq(decrypt_em_pkcs1(key, &em, &len), -1);
	tpm_rsa_free(key);
}
END_TEST

/* Two TPMs with the same random bytes answer the same. */
START_TEST(equal_random_bytes_give_equal_ciphertexts)
{
	struct tpm_rsa *key = known_key();
	uint8_t out[4][TPM_RSA_MAX_BYTES] = { { 0 } };

	for (size_t i = 0; i < 2; i++) {
		uint8_t next = 0;
		struct tpm_crypto *c = tpm_crypto_new(counting, &next);

		ck_assert_int_eq(
			tpm_rsa_encrypt_oaep(c, key, rsa_text, 17, out[2 * i]),
			0);
		ck_assert_int_eq(tpm_rsa_encrypt_pkcs1(c, key, rsa_text, 17,
						       out[2 * i + 1]),
				 0);
		ck_assert(!tpm_crypto_failed(c));
		tpm_crypto_free(c);
	}
	ck_assert_mem_eq(out[0], out[2], 128);
	ck_assert_mem_eq(out[1], out[3], 128);
	tpm_rsa_free(key);
}
END_TEST

START_TEST(a_source_of_zeros_does_not_hang_pkcs1)
{
	unsigned int calls = 0;
	struct tpm_crypto *c = tpm_crypto_new(zeros, &calls);
	struct tpm_rsa *key = known_key();
	uint8_t out[TPM_RSA_MAX_BYTES];

	ck_assert_int_eq(tpm_rsa_encrypt_pkcs1(c, key, rsa_text, 17, out), 0);
	ck_assert(tpm_crypto_failed(c));
	ck_assert_uint_le(calls, 2000);
	tpm_rsa_free(key);
	tpm_crypto_free(c);
}
END_TEST

/* ---- */

static void add_rsa(Suite *s)
{
	TCase *t = tcase_create("rsa");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, two_primes_give_the_same_key);
	tcase_add_test(t, decrypts_what_openssl_encrypted);
	tcase_add_test(t, signs_as_openssl_does);
	tcase_add_test(t, verify_refuses_every_damaged_signature);
	tcase_add_loop_test(t, every_length_that_fits_comes_back, 0, 3);
	tcase_add_loop_test(t, one_prime_gives_the_key_back, 0, 3);
	tcase_add_test(t, a_public_key_does_nothing_private);
	tcase_add_test(t, refuses_keys_that_are_none);
	tcase_add_test(t, false_primes_do_no_harm);
	tcase_add_loop_test(t, a_search_ends_when_cancelled, 0, 3);
	tcase_add_test(t, primes_of_unknown_sizes_are_not_made);
	tcase_add_test(t, oaep_refuses_every_damaged_byte);
	tcase_add_test(t, ciphertexts_have_the_length_of_the_modulus);
	tcase_add_test(t, pkcs1_refuses_wrong_paddings);
	tcase_add_test(t, equal_random_bytes_give_equal_ciphertexts);
	tcase_add_test(t, a_source_of_zeros_does_not_hang_pkcs1);
	suite_add_tcase(s, t);
}

int main(void)
{
	Suite *s = suite_create("rsa");

	add_rsa(s);
	return suite_run(s);
}
