/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * emulator/crypto.h less RSA: against published answers, against libcrypto's
 * own schemes, and against damaged input.
 */
#include "crypto_impl.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

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

/* ---- SHA-1, HMAC, MGF1 ---- */

struct digest_case {
	const char *text;
	unsigned int times;
	const char *digest;
};

/* FIPS 180's examples, and the empty message. */
static const struct digest_case sha1_cases[] = {
	{ "", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
	{ "abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	  "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  15625, "34aa973cd4c4daa4f61eeb2bdbad27316534016f" },
};

START_TEST(sha1_gives_published_digests)
{
	const struct digest_case *t = &sha1_cases[_i];
	const size_t len = strlen(t->text);
	uint8_t *all = malloc(len * t->times + 1);
	uint8_t out[TPM_SHA1_SIZE];

	ck_assert_ptr_nonnull(all);
	for (unsigned int i = 0; i < t->times; i++)
		memcpy(all + len * i, t->text, len);
	tpm_sha1(crypto, out, TPM_PARTS({ all, len * t->times }));
	ck_assert_hex(out, t->digest);
	free(all);
}
END_TEST

START_TEST(sha1_joins_its_parts)
{
	static const uint8_t text[] = "abcdbcdecdefdefgefghfghighijhijkijkljk"
				      "lmklmnlmnomnopnopq";
	uint8_t out[TPM_SHA1_SIZE];

	tpm_sha1(crypto, out,
		 TPM_PARTS({ text, 1 }, { NULL, 0 }, { text + 1, 55 }));
	ck_assert_hex(out, sha1_cases[2].digest);
}
END_TEST

/* An Extend: the register is both a part and the result. */
START_TEST(sha1_may_overwrite_a_part)
{
	uint8_t pcr[TPM_SHA1_SIZE] = { 0 };
	static const uint8_t event[TPM_SHA1_SIZE] = { 0 };

	tpm_sha1(crypto, pcr,
		 TPM_PARTS({ pcr, sizeof(pcr) }, { event, sizeof(event) }));
	ck_assert_hex(pcr, "b80de5d138758541c5f05265ad144ab9fa86d1db");
	tpm_sha1(crypto, pcr,
		 TPM_PARTS({ pcr, sizeof(pcr) }, { event, sizeof(event) }));
	ck_assert_hex(pcr, "850659b18eb6fb4ccdcb113ca4266eb945449466");
}
END_TEST

/* Each length of the last piece, after none, one and many whole blocks. */
START_TEST(sha1_thread_can_be_moved_and_ended_at_any_length)
{
	static const size_t whole[] = { 0, 64, 64 * 63 };
	uint8_t data[64 * 63 + 130], want[TPM_SHA1_SIZE], out[TPM_SHA1_SIZE];
	struct tpm_sha1_thread t, moved;

	tpm_random(crypto, data, sizeof(data));
	for (size_t last = 0; last <= 130; last++) {
		const size_t first = whole[_i];

		tpm_sha1(crypto, want, TPM_PARTS({ data, first + last }));
		tpm_sha1_thread_start(&t);
		tpm_sha1_thread_update(&t, data, first);
		memcpy(moved.h, t.h, sizeof(t.h));
		moved.bytes = t.bytes;
		tpm_sha1_thread_complete(&moved, data + first, last, out);
		ck_assert_mem_eq(out, want, sizeof(want));
		ck_assert_uint_eq(moved.bytes, 0);
	}
}
END_TEST

struct hmac_case {
	const char *key, *data, *mac;
};

/* RFC 2202, section 3. */
static const struct hmac_case hmac_cases[] = {
	{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
	  "b617318655057264e28bc0b6fb378c8ef146be00" },
	{ "4a656665",
	  "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
	  "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  "dddddddddddddddddddddddddddddddddddddddddddddddddd"
	  "dddddddddddddddddddddddddddddddddddddddddddddddddd",
	  "125d7342b9ac11cd91a39af48aa17b4f63f175d3" },
	{ "0102030405060708090a0b0c0d0e0f10111213141516171819",
	  "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
	  "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
	  "4c9007f4026250c6bc8414f9bf50c86c2d7235da" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a"
	  "65204b6579202d2048617368204b6579204669727374",
	  "aa4ae5e15272d00e95705637ce8a3b55ed402112" },
};

START_TEST(hmac_gives_published_macs)
{
	const struct hmac_case *t = &hmac_cases[_i];
	const struct hex key = hex(t->key), data = hex(t->data);
	uint8_t out[TPM_SHA1_SIZE];

	tpm_hmac_sha1(crypto, out, key.p, key.len,
		      TPM_PARTS({ data.p, 3 }, { data.p + 3, data.len - 3 }));
	ck_assert_hex(out, t->mac);
}
END_TEST

START_TEST(hmac_takes_keys_of_any_length)
{
	uint8_t key[100], data[200], out[TPM_SHA1_SIZE], want[TPM_SHA1_SIZE];
	const size_t key_len = (size_t)_i;
	size_t len = 0;

	tpm_random(crypto, key, sizeof(key));
	tpm_random(crypto, data, sizeof(data));
	ck_assert_ptr_nonnull(EVP_Q_mac(NULL, "HMAC", NULL, "SHA1", NULL, key,
					key_len, data, sizeof(data), want,
					sizeof(want), &len));
	tpm_hmac_sha1(crypto, out, key, key_len,
		      TPM_PARTS({ data, sizeof(data) }));
	ck_assert_mem_eq(out, want, sizeof(want));
}
END_TEST

START_TEST(mgf1_gives_a_known_mask)
{
	static const uint8_t seed[] = "seed";
	uint8_t mask[50] = { 0 };

	tpm_mgf1_xor(crypto, mask, sizeof(mask),
		     TPM_PARTS({ seed, 2 }, { seed + 2, 2 }));
	ck_assert_hex(mask, "09d8db2214e56d4dec8f9a3099b851a46886fe3f682e3c4f"
			    "6a35ff98dd072c1124a6b7b411e543f204ffbe1792ab5116"
			    "4538");
	tpm_mgf1_xor(crypto, mask, sizeof(mask), TPM_PARTS({ seed, 4 }));
	for (size_t i = 0; i < sizeof(mask); i++)
		ck_assert_uint_eq(mask[i], 0);
}
END_TEST

START_TEST(equal_sees_each_byte_and_wipe_clears)
{
	uint8_t a[20], b[20];

	tpm_random(crypto, a, sizeof(a));
	memcpy(b, a, sizeof(b));
	ck_assert(tpm_equal(a, b, sizeof(a)));
	for (size_t i = 0; i < sizeof(a); i++) {
		b[i] ^= 0x80;
		ck_assert(!tpm_equal(a, b, sizeof(a)));
		b[i] ^= 0x80;
	}
	ck_assert(tpm_equal(a, b, 0));
	tpm_wipe(a, sizeof(a));
	for (size_t i = 0; i < sizeof(a); i++)
		ck_assert_uint_eq(a[i], 0);
}
END_TEST

/* ---- The source of random bytes ---- */

static int counting(void *ctx, uint8_t *buf, size_t len)
{
	uint8_t *next = ctx;

	for (size_t i = 0; i < len; i++)
		buf[i] = (*next)++;
	return 0;
}

static int dry(void *ctx, uint8_t *buf, size_t len)
{
	(void)ctx;
	memset(buf, 0xaa, len);
	return -5;
}

START_TEST(random_bytes_come_from_the_given_source)
{
	uint8_t next = 7, buf[4];
	struct tpm_crypto *c = tpm_crypto_new(counting, &next);

	tpm_random(c, buf, sizeof(buf));
	ck_assert_hex(buf, "0708090a");
	ck_assert(!tpm_crypto_failed(c));
	tpm_crypto_free(c);
}
END_TEST

START_TEST(a_dry_source_gives_zeros_and_is_remembered)
{
	struct tpm_crypto *c = tpm_crypto_new(dry, NULL);
	uint8_t buf[4];

	tpm_random(c, buf, sizeof(buf));
	ck_assert_hex(buf, "00000000");
	ck_assert(tpm_crypto_failed(c));
	ck_assert(!tpm_crypto_failed(c));
	tpm_crypto_free(c);
	tpm_crypto_free(NULL);
}
END_TEST

/* Of several draws; what is given out is nowhere any more. */
START_TEST(nonces_that_are_drawn_ahead_come_once)
{
	uint8_t nonces[100][20];

	for (size_t i = 0; i < 100; i++) {
		tpm_random(crypto, nonces[i], sizeof(nonces[i]));
		for (size_t k = 0; k < i; k++)
			ck_assert_mem_ne(nonces[k], nonces[i], 20);
	}
	ck_assert(!tpm_crypto_failed(crypto));
	ck_assert_uint_gt(crypto->n_ahead, 0);
	for (size_t i = crypto->n_ahead; i < sizeof(crypto->ahead); i++)
		ck_assert_uint_eq(crypto->ahead[i], 0);
}
END_TEST

START_TEST(what_is_stirred_in_counts_from_then_on)
{
	uint8_t b[20];

	tpm_random(crypto, b, sizeof(b));
	tpm_random_stir(crypto, "chaos", 5);
	ck_assert_uint_eq(crypto->n_ahead, 0);
	for (size_t i = 0; i < sizeof(crypto->ahead); i++)
		ck_assert_uint_eq(crypto->ahead[i], 0);
}
END_TEST

/* ---- AES: SP 800-38A, F.5.1 and F.4.1 ---- */

#define AES_KEY "2b7e151628aed2a6abf7158809cf4f3c"
#define AES_TEXT                                                           \
	"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51" \
	"30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
#define AES_CTR                                                            \
	"874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff" \
	"5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee"
#define AES_OFB                                                            \
	"3b3fd92eb72dad20333449f8e83cfb4a7789508d16918f03f53c52dac54ed825" \
	"9740051e9c5fecf64344f7a82260edcc304c6528f659c77866a510d9c1d6ae5e"

START_TEST(aes_gives_published_ciphertexts_at_any_length)
{
	const struct hex key = hex(AES_KEY), text = hex(AES_TEXT);
	const struct hex ctr_iv = hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
	const struct hex ofb_iv = hex("000102030405060708090a0b0c0d0e0f");
	uint8_t out[64];

	/* Every length, and in the middle of a block. */
	for (size_t len = 0; len <= 64; len++) {
		const struct hex ctr = hex(AES_CTR), ofb = hex(AES_OFB);

		tpm_aes128_ctr(crypto, key.p, ctr_iv.p, text.p, out, len);
		ck_assert_mem_eq(out, ctr.p, len);
		tpm_aes128_ctr(crypto, key.p, ctr_iv.p, out, out, len);
		ck_assert_mem_eq(out, text.p, len);
		tpm_aes128_ofb(crypto, key.p, ofb_iv.p, text.p, out, len);
		ck_assert_mem_eq(out, ofb.p, len);
	}
}
END_TEST

/* The whole block counts: after ff..ff comes 0. */
START_TEST(aes_counts_over_the_whole_block)
{
	const struct hex key = hex(AES_KEY);
	const struct hex last = hex("ffffffffffffffffffffffffffffffff");
	static const uint8_t zero[32];
	uint8_t two[32], one[16];

	tpm_aes128_ctr(crypto, key.p, last.p, zero, two, 32);
	tpm_aes128_ctr(crypto, key.p, zero, zero, one, 16);
	ck_assert_mem_eq(two + 16, one, 16);
}
END_TEST
/* ---- OAEP by itself ---- */

#define OAEP_EM                                                            \
	"a98762b390c1a6bd9da077afe3eb94fd7c2a0684f5f8347f9610c15512f52225" \
	"db265a5db2ad226099f37263a574171d607880917aefce0c47f8dce4"

START_TEST(oaep_gives_a_known_encoding)
{
	uint8_t seed[TPM_SHA1_SIZE], hash[TPM_SHA1_SIZE];
	uint8_t em[60], got_seed[20], got_hash[20], msg[60];
	size_t len;

	for (size_t i = 0; i < sizeof(seed); i++)
		seed[i] = (uint8_t)i;
	tpm_sha1(crypto, hash, TPM_PARTS({ (const uint8_t *)"TCPA", 4 }));
	ck_assert_int_eq(tpm_oaep_encode(crypto, em, sizeof(em),
					 (const uint8_t *)"hello", 5, hash,
					 seed),
			 0);
	ck_assert_hex(em, OAEP_EM);
	ck_assert_int_eq(tpm_oaep_decode(crypto, em, sizeof(em), msg, &len,
					 got_hash, got_seed),
			 0);
	ck_assert_uint_eq(len, 5);
	ck_assert_mem_eq(msg, "hello", 5);
	ck_assert_mem_eq(got_seed, seed, 20);
	ck_assert_mem_eq(got_hash, hash, 20);
}
END_TEST

START_TEST(oaep_takes_every_length_that_fits)
{
	uint8_t seed[20], hash[20], msg[256], em[256], out[256];
	uint8_t got_seed[20], got_hash[20];
	size_t len;

	tpm_random(crypto, seed, sizeof(seed));
	tpm_random(crypto, hash, sizeof(hash));
	tpm_random(crypto, msg, sizeof(msg));
	for (size_t n = 0; n + TPM_OAEP_OVERHEAD <= 256; n++) {
		for (size_t em_len = n + TPM_OAEP_OVERHEAD; em_len <= 256;
		     em_len += 1 + em_len / 3) {
			ck_assert_int_eq(tpm_oaep_encode(crypto, em, em_len,
							 msg, n, hash, seed),
					 0);
			ck_assert_int_eq(tpm_oaep_decode(crypto, em, em_len,
							 out, &len, got_hash,
							 got_seed),
					 0);
			ck_assert_uint_eq(len, n);
			ck_assert_mem_eq(out, msg, n);
			ck_assert_mem_eq(got_seed, seed, 20);
			ck_assert_mem_eq(got_hash, hash, 20);
		}
		ck_assert_int_eq(tpm_oaep_encode(crypto, em,
						 n + TPM_OAEP_OVERHEAD - 1, msg,
						 n, hash, seed),
				 -1);
	}
	for (size_t em_len = 0; em_len < TPM_OAEP_OVERHEAD; em_len++)
		ck_assert_int_eq(tpm_oaep_decode(crypto, em, em_len, out, &len,
						 got_hash, got_seed),
				 -1);
	ck_assert_int_eq(
		tpm_oaep_decode(crypto, em, 257, out, &len, got_hash, got_seed),
		-1);
}
END_TEST

/* Every bit of what is not the message: a wrong padding or another label. */
START_TEST(oaep_notices_every_bit)
{
	static const uint8_t text[] = "a message";
	const uint8_t seed[20] = { 1 }, hash[20] = { 2 };
	uint8_t em[80], out[80], got_seed[20], got_hash[20];
	size_t len;

	ck_assert_int_eq(
		tpm_oaep_encode(crypto, em, sizeof(em), text, 9, hash, seed),
		0);
	for (size_t bit = 0; bit < 8 * (sizeof(em) - 9); bit++) {
		em[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert(tpm_oaep_decode(crypto, em, sizeof(em), out, &len,
					  got_hash, got_seed) != 0 ||
			  !tpm_equal(got_hash, hash, sizeof(hash)));
		em[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}
END_TEST

/* ---- Numbers ---- */

#define BN_M "9e2feb89414c343c1027c4d1c386bbc4cd613e30d8f16adf91b7584a2265b1f5"
#define BN_A                                                               \
	"07ce18072e8c35bf992dc9e9c616612e7696a6cecc1b78e510617311d8a3c2ce" \
	"6f447ed4d57b"
#define BN_B "c39b810e766ec9d28663ca828dd5f4b3b2e4b06ce60741c7a8"
#define BN_C "8a05a6c4647159"
#define BN_MOD \
	"1d3ca92a5b56ff6d890901cffa4b4a4a6664a9bc5c3873e4368db86fd255f97c"
#define BN_MUL \
	"39da709f77d8a6fec315f67cb9fe49d02039c2e8865f7d974eba0f654c313266"
#define BN_EXP \
	"354e24d3729c459aa10a3ef168f727ef91db02699a41f0dd668a41bfebd1e87a"
#define BN_MULADD                                                          \
	"05f6ba054fcb4a778e01021a1ae99243ab7773215c38050c8cf1469d83dee725" \
	"28d290d0cd419fe80eb4522f4cc259b64bfcb94cf8a1617e34ff94033e2711"

START_TEST(numbers_give_known_results)
{
	const struct hex m = hex(BN_M), a = hex(BN_A), b = hex(BN_B);
	const struct hex c = hex(BN_C);
	uint8_t out[128];

	ck_assert_int_eq(tpm_bn_mod(out, 32, bytes(&a), bytes(&m)), 0);
	ck_assert_hex(out, BN_MOD);
	ck_assert_int_eq(
		tpm_bn_mod_mul(out, 32, bytes(&a), bytes(&b), bytes(&m)), 0);
	ck_assert_hex(out, BN_MUL);
	ck_assert_int_eq(
		tpm_bn_mod_exp(out, 32, bytes(&a), bytes(&b), bytes(&m)), 0);
	ck_assert_hex(out, BN_EXP);
	ck_assert_int_eq(
		tpm_bn_mul_add(out, 63, bytes(&a), bytes(&b), bytes(&c)), 0);
	ck_assert_hex(out, BN_MULADD);
	/* The result in front of which zeros stand. */
	ck_assert_int_eq(tpm_bn_mod(out, 40, bytes(&a), bytes(&m)), 0);
	ck_assert_hex(out, "0000000000000000" BN_MOD);
}
END_TEST

START_TEST(numbers_refuse_what_has_no_result)
{
	static const uint8_t big[513] = { 1 };
	const struct hex a = hex(BN_A), zero = hex("0000"), even = hex("0100");
	const struct hex none = hex("");
	uint8_t out[513];

	ck_assert_int_eq(tpm_bn_mod(out, 4, bytes(&a), bytes(&zero)), -1);
	ck_assert_int_eq(tpm_bn_mod(out, 4, bytes(&a), bytes(&none)), -1);
	ck_assert_int_eq(
		tpm_bn_mod_exp(out, 4, bytes(&a), bytes(&a), bytes(&even)), -1);
	ck_assert_int_eq(
		tpm_bn_mod_exp(out, 4, bytes(&a), bytes(&a), bytes(&zero)), -1);
	ck_assert_int_eq(
		tpm_bn_mul_add(out, 20, bytes(&a), bytes(&a), bytes(&a)), -1);
	ck_assert_int_eq(
		tpm_bn_mul_add(out, 513, bytes(&a), bytes(&a), bytes(&a)), -1);
	ck_assert_int_eq(tpm_bn_mod(out, 512,
				    (struct tpm_bytes){ big, sizeof(big) },
				    bytes(&a)),
			 -1);
	/* Empty strings are zero, and anything to the power of zero is one. */
	ck_assert_int_eq(
		tpm_bn_mod_exp(out, 2, bytes(&a), bytes(&none), bytes(&a)), 0);
	ck_assert_hex(out, "0001");
	ck_assert_int_eq(
		tpm_bn_mul_add(out, 2, bytes(&none), bytes(&a), bytes(&even)),
		0);
	ck_assert_hex(out, "0100");
}
END_TEST

/* ---- */

static void add_hashes(Suite *s)
{
	TCase *t = tcase_create("hashes");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, sha1_gives_published_digests, 0, 4);
	tcase_add_test(t, sha1_joins_its_parts);
	tcase_add_test(t, sha1_may_overwrite_a_part);
	tcase_add_loop_test(t, sha1_thread_can_be_moved_and_ended_at_any_length,
			    0, 3);
	tcase_add_loop_test(t, hmac_gives_published_macs, 0, 5);
	tcase_add_loop_test(t, hmac_takes_keys_of_any_length, 1, 100);
	tcase_add_test(t, mgf1_gives_a_known_mask);
	tcase_add_test(t, equal_sees_each_byte_and_wipe_clears);
	tcase_add_test(t, random_bytes_come_from_the_given_source);
	tcase_add_test(t, a_dry_source_gives_zeros_and_is_remembered);
	tcase_add_test(t, nonces_that_are_drawn_ahead_come_once);
	tcase_add_test(t, what_is_stirred_in_counts_from_then_on);
	tcase_add_test(t, aes_gives_published_ciphertexts_at_any_length);
	tcase_add_test(t, aes_counts_over_the_whole_block);
	suite_add_tcase(s, t);
}

static void add_encodings(Suite *s)
{
	TCase *t = tcase_create("oaep and numbers");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, oaep_gives_a_known_encoding);
	tcase_add_test(t, oaep_takes_every_length_that_fits);
	tcase_add_test(t, oaep_notices_every_bit);
	tcase_add_test(t, numbers_give_known_results);
	tcase_add_test(t, numbers_refuse_what_has_no_result);
	suite_add_tcase(s, t);
}

int main(void)
{
	Suite *s = suite_create("crypto");

	add_hashes(s);
	add_encodings(s);
	return suite_run(s);
}
