/* SPDX-License-Identifier: BSD-2-Clause */
/* Sealed blobs: the documented format, and nothing that was touched opens. */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "seal.h"
#include "suite.h"

static const uint8_t key[SEAL_KEY_SIZE] = "a key of thirty-two bytes, no 0";
static const uint8_t text[] = "the state of a TPM";
#define LEN	 sizeof(text)
#define BLOB_LEN (LEN + SEAL_OVERHEAD)

static struct sealer *sealer;

/* The allocation of libcrypto's that fails, counted from 1; 0: none. */
static unsigned int countdown;
static bool hit;

static bool fails_now(void)
{
	if (countdown == 0 || --countdown > 0)
		return false;
	hit = true;
	return true;
}

static void *crypto_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails_now() ? NULL : malloc(size);
}

static void *crypto_realloc(void *p, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails_now() ? NULL : realloc(p, size);
}

static void crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

static struct sealer *new_sealer(const char *context)
{
	struct sealer *s = sealer_new(key, context);

	ck_assert_ptr_nonnull(s);
	return s;
}

static void setup(void)
{
	sealer = new_sealer("permanent 1");
}

static void teardown(void)
{
	sealer_free(sealer);
}

static void seal(struct sealer *s, uint8_t blob[BLOB_LEN])
{
	ck_assert_int_eq(sealer_seal(s, text, LEN, blob), 0);
}

/* Opens it, or sees that nothing of it shows. */
static int open_blob(struct sealer *s, const uint8_t *blob, size_t len)
{
	uint8_t *exact = malloc(len ? len : 1), plain[2 * BLOB_LEN];
	static const uint8_t zeros[2 * BLOB_LEN];
	uint64_t counter = 0;
	size_t n = len > SEAL_OVERHEAD ? len - SEAL_OVERHEAD : 0;
	int r;

	/* Of its exact size, so that a sanitizer sees one byte too many. */
	ck_assert_ptr_nonnull(exact);
	memcpy(exact, blob, len);
	memset(plain, 0, sizeof(plain));
	r = sealer_open(s, exact, len, plain, &counter);
	if (r == 0) {
		ck_assert_uint_eq(n, LEN);
		ck_assert_mem_eq(plain, text, LEN);
		ck_assert_uint_gt(counter, 0);
	} else {
		ck_assert_mem_eq(plain, zeros, sizeof(plain));
		ck_assert_uint_eq(counter, 0);
	}
	free(exact);
	return r;
}

START_TEST(what_is_sealed_opens)
{
	uint8_t plain[300], blob[sizeof(plain) + SEAL_OVERHEAD];
	uint8_t back[sizeof(plain)];
	uint64_t counter;
	size_t len;

	for (len = 0; len <= sizeof(plain); len++) {
		memset(plain, (int)len, len);
		ck_assert_int_eq(sealer_seal(sealer, plain, len, blob), 0);
		ck_assert_int_eq(sealer_open(sealer, blob, len + SEAL_OVERHEAD,
					     back, &counter),
				 0);
		ck_assert_mem_eq(back, plain, len);
		ck_assert_uint_eq(counter, len + 1);
	}
}
END_TEST

START_TEST(another_sealer_of_the_same_place_opens_it)
{
	struct sealer *other = new_sealer("permanent 1");
	uint8_t blob[BLOB_LEN];

	seal(sealer, blob);
	ck_assert_int_eq(open_blob(other, blob, BLOB_LEN), 0);
	sealer_free(other);
}
END_TEST

START_TEST(another_place_or_key_does_not)
{
	static const char *const places[] = {
		"permanent 2",
		"permanent 11",
		"permanent",
		"live 1 domain 1",
		"",
		"Permanent 1",
		"permanent 1 ",
	};
	uint8_t blob[BLOB_LEN], other_key[SEAL_KEY_SIZE];
	struct sealer *other;
	size_t i;

	seal(sealer, blob);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		other = new_sealer(places[i]);
		ck_assert_int_eq(open_blob(other, blob, BLOB_LEN), -EBADMSG);
		sealer_free(other);
	}
	for (i = 0; i < SEAL_KEY_SIZE * 8; i++) {
		memcpy(other_key, key, SEAL_KEY_SIZE);
		other_key[i / 8] ^= (uint8_t)(1u << i % 8);
		other = sealer_new(other_key, "permanent 1");
		ck_assert_ptr_nonnull(other);
		ck_assert_int_eq(open_blob(other, blob, BLOB_LEN), -EBADMSG);
		sealer_free(other);
	}
}
END_TEST

START_TEST(every_bit_counts)
{
	uint8_t blob[BLOB_LEN];
	size_t bit;
	int want;

	seal(sealer, blob);
	for (bit = 0; bit < sizeof(blob) * 8; bit++) {
		blob[bit / 8] ^= (uint8_t)(1u << bit % 8);
		/* Bytes 8 to 11 are the version. */
		want = bit / 32 == 2 ? -ENOTSUP : -EBADMSG;
		ck_assert_int_eq(open_blob(sealer, blob, BLOB_LEN), want);
		blob[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	ck_assert_int_eq(open_blob(sealer, blob, BLOB_LEN), 0);
}
END_TEST

START_TEST(every_length_but_its_own_is_refused)
{
	uint8_t blob[2 * BLOB_LEN] = { 0 };
	size_t len;

	seal(sealer, blob);
	for (len = 0; len <= sizeof(blob); len++)
		ck_assert_int_eq(open_blob(sealer, blob, len),
				 len == BLOB_LEN ? 0 : -EBADMSG);
}
END_TEST

/* A header that promises more or less than there is. */
START_TEST(a_false_length_is_refused)
{
	static const uint32_t lengths[] = {
		0,	    LEN - 1,	    LEN + 1, INT32_MAX, INT32_MAX + 1u,
		UINT32_MAX, UINT32_MAX - 60
	};
	uint8_t blob[BLOB_LEN];
	size_t i, j;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		seal(sealer, blob);
		for (j = 0; j < 4; j++)
			blob[SEAL_HEADER - 4 + j] =
				(uint8_t)(lengths[i] >> (24 - 8 * j));
		ck_assert_int_eq(open_blob(sealer, blob, BLOB_LEN), -EBADMSG);
	}
}
END_TEST

/* The nonce is the counter: it must not come again under one key. */
START_TEST(no_salt_and_counter_come_twice)
{
	uint8_t blobs[40][BLOB_LEN];
	struct sealer *s = NULL;
	size_t i, j;

	for (i = 0; i < 40; i++) {
		/* A new one every ten: a worker that is started again. */
		if (i % 10 == 0) {
			sealer_free(s);
			s = new_sealer("permanent 1");
			if (i)
				ck_assert_int_eq(
					open_blob(s, blobs[i - 1], BLOB_LEN),
					0);
		}
		seal(s, blobs[i]);
		for (j = 0; j < i; j++)
			ck_assert_int_ne(
				memcmp(blobs[i] + 12, blobs[j] + 12, 16 + 8),
				0);
	}
	sealer_free(s);
}
END_TEST

START_TEST(counters_go_on_above_what_was_opened)
{
	struct sealer *next = new_sealer("permanent 1");
	uint8_t old[BLOB_LEN], newer[BLOB_LEN], blob[BLOB_LEN], plain[LEN];
	uint64_t counter[3];

	seal(sealer, old);
	seal(sealer, newer);
	ck_assert_int_eq(sealer_open(next, newer, BLOB_LEN, plain, &counter[0]),
			 0);
	/* An older one does not turn it back. */
	ck_assert_int_eq(sealer_open(next, old, BLOB_LEN, plain, &counter[1]),
			 0);
	seal(next, blob);
	ck_assert_int_eq(sealer_open(next, blob, BLOB_LEN, plain, &counter[2]),
			 0);
	ck_assert_uint_eq(counter[0], 2);
	ck_assert_uint_eq(counter[1], 1);
	ck_assert_uint_eq(counter[2], 3);
	sealer_free(next);
}
END_TEST

/* What cannot be opened does not move the counter either. */
START_TEST(a_forged_counter_is_not_believed)
{
	uint8_t blob[BLOB_LEN], plain[LEN];
	uint64_t counter;

	seal(sealer, blob);
	memset(blob + 28, 0xff, 8);
	ck_assert_int_eq(open_blob(sealer, blob, BLOB_LEN), -EBADMSG);
	seal(sealer, blob);
	ck_assert_int_eq(sealer_open(sealer, blob, BLOB_LEN, plain, &counter),
			 0);
	ck_assert_uint_eq(counter, 2);
}
END_TEST

/* seal.h's description, followed by hand with libcrypto. */
START_TEST(the_format_is_the_documented_one)
{
	static const char context[] = "permanent 1";
	uint8_t blob[BLOB_LEN], data[18 + 16 + 11], blob_key[32], nonce[12];
	uint8_t plain[LEN];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t n;
	int len;

	seal(sealer, blob);
	ck_assert_mem_eq(blob, "vTPMseal\0\0\0\1", 12);
	memcpy(data, "vtpm-userback seal", 18);
	memcpy(data + 18, blob + 12, 16);
	memcpy(data + 34, context, 11);
	ck_assert_ptr_nonnull(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key,
					sizeof(key), data, sizeof(data),
					blob_key, sizeof(blob_key), &n));
	memset(nonce, 0, 4);
	memcpy(nonce + 4, blob + 28, 8);
	ck_assert_int_eq(EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL,
					    blob_key, nonce),
			 1);
	ck_assert_int_eq(EVP_DecryptUpdate(ctx, NULL, &len, blob, 40), 1);
	ck_assert_int_eq(
		EVP_DecryptUpdate(ctx, plain, &len, blob + 40, (int)LEN), 1);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16, blob + 40 + LEN);
	ck_assert_int_eq(EVP_DecryptFinal_ex(ctx, plain + LEN, &len), 1);
	ck_assert_mem_eq(plain, text, LEN);
	EVP_CIPHER_CTX_free(ctx);
}
END_TEST

/* Python: hmac.new(bytes(range(32)), b"vtpm-userback instance" + n, sha256) */
START_TEST(each_instance_has_its_own_key)
{
	static const uint8_t want[2][SEAL_KEY_SIZE] = {
		{ 0x95, 0x16, 0x45, 0x2e, 0x7f, 0xf0, 0x84, 0x44,
		  0x65, 0x5d, 0xc1, 0xd1, 0x41, 0x2c, 0x3a, 0xb9,
		  0x50, 0x42, 0x6e, 0xba, 0x65, 0x26, 0x02, 0xff,
		  0xb3, 0x44, 0x58, 0x88, 0xa5, 0x07, 0x7f, 0x5a },
		{ 0x6e, 0x78, 0xf8, 0xc3, 0x27, 0x15, 0x0b, 0x40,
		  0xf7, 0xb5, 0x4b, 0x03, 0x03, 0x47, 0x9e, 0xde,
		  0xe3, 0xbb, 0x20, 0x8a, 0xd1, 0xcf, 0x54, 0x7f,
		  0x1b, 0x4b, 0xb9, 0xa9, 0xe3, 0x7c, 0x15, 0x0c },
	};
	uint8_t master[SEAL_KEY_SIZE], derived[SEAL_KEY_SIZE];
	size_t i;

	for (i = 0; i < sizeof(master); i++)
		master[i] = (uint8_t)i;
	ck_assert_int_eq(seal_derive_key(master, 1, derived), 0);
	ck_assert_mem_eq(derived, want[0], sizeof(derived));
	ck_assert_int_eq(seal_derive_key(master, 258, derived), 0);
	ck_assert_mem_eq(derived, want[1], sizeof(derived));
}
END_TEST

/* As another implementation makes them. */
START_TEST(a_passphrase_and_its_check_are_the_documented_ones)
{
	static const uint8_t want_key[SEAL_KEY_SIZE] = {
		0x6d, 0xb3, 0x3a, 0x5d, 0x06, 0x2a, 0x38, 0xd6,
		0xfc, 0x2b, 0x45, 0x5e, 0xe5, 0x87, 0xb9, 0x4f,
		0x54, 0x9e, 0x1e, 0xf2, 0x85, 0x78, 0x45, 0x41,
		0x35, 0xc8, 0x4f, 0x39, 0xbc, 0x3a, 0x90, 0x3a,
	};
	static const uint8_t want_sum[SEAL_KEY_SIZE] = {
		0x58, 0xfd, 0x3b, 0x14, 0x00, 0xf1, 0x48, 0x3d,
		0xa4, 0xf9, 0x8d, 0x8d, 0x1b, 0xd7, 0x76, 0xb8,
		0x80, 0x77, 0xf2, 0xc4, 0x7f, 0x09, 0xe1, 0x34,
		0x7f, 0xcd, 0x88, 0xa3, 0xa0, 0x28, 0x6f, 0xeb,
	};
	uint8_t salt[SEAL_KEY_SIZE], out[SEAL_KEY_SIZE];
	size_t i;

	for (i = 0; i < sizeof(salt); i++)
		salt[i] = (uint8_t)i;
	ck_assert_int_eq(
		seal_passphrase((const uint8_t *)"open sesame", 11, salt, out),
		0);
	ck_assert_mem_eq(out, want_key, sizeof(out));
	ck_assert_int_eq(seal_key_check(salt, out), 0);
	ck_assert_mem_eq(out, want_sum, sizeof(out));
}
END_TEST

START_TEST(limits_are_refused)
{
	char context[66];
	struct sealer *s;

	memset(context, 'x', 65);
	context[65] = '\0';
	ck_assert_ptr_null(sealer_new(key, context));
	context[64] = '\0';
	s = sealer_new(key, context);
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(sealer_seal(s, text, (size_t)INT32_MAX, NULL), -EIO);
	sealer_free(s);
	sealer_free(NULL);
}
END_TEST

START_TEST(random_bytes_differ)
{
	uint8_t a[32] = { 0 }, b[32] = { 0 };

	ck_assert_int_eq(seal_random(a, sizeof(a)), 0);
	ck_assert_int_eq(seal_random(b, sizeof(b)), 0);
	ck_assert_int_ne(memcmp(a, b, sizeof(a)), 0);
}
END_TEST

/* ---- When libcrypto has no memory ---- */

static int make_one(void)
{
	struct sealer *s = sealer_new(key, "permanent 1");

	sealer_free(s);
	return s ? 0 : -EIO;
}

static int seal_one(void)
{
	uint8_t blob[BLOB_LEN];
	int r = sealer_seal(sealer, text, LEN, blob);

	countdown = 0;
	if (r == 0)
		ck_assert_int_eq(open_blob(sealer, blob, BLOB_LEN), 0);
	return r;
}

/* Lack of memory is no damage: nobody shall look for a backup then. */
static int open_one(void)
{
	static uint8_t blob[BLOB_LEN];

	if (!blob[0])
		seal(sealer, blob);
	return open_blob(sealer, blob, BLOB_LEN);
}

static int derive_one(void)
{
	uint8_t derived[SEAL_KEY_SIZE];

	return seal_derive_key(key, 1, derived);
}

START_TEST(lack_of_memory_is_told_as_such)
{
	static int (*const run[])(void) = { make_one, seal_one, open_one,
					    derive_one };
	unsigned int nth;
	int r;

	ck_assert_int_eq(run[_i](), 0);
	for (nth = 1; nth < 1000; nth++) {
		countdown = nth;
		hit = false;
		r = run[_i]();
		countdown = 0;
		if (!hit)
			break;
		ck_assert(r == 0 || r == -EIO);
		ck_assert_int_eq(run[_i](), 0);
	}
	ck_assert_uint_lt(nth, 1000);
}
END_TEST

/* main() made it so before all else: configured badly, libcrypto would fail. */
START_TEST(what_libcrypto_is_not_asked_for_it_does_not_load)
{
	char text_of[256];

	ERR_error_string_n(ERR_PACK(ERR_LIB_EVP, 0, EVP_R_BAD_DECRYPT), text_of,
			   sizeof(text_of));
	ck_assert_msg(!strstr(text_of, "bad decrypt"), "%s", text_of);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("seal");
	TCase *t = tcase_create("seal");

	if (!CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc,
				      crypto_free))
		return EXIT_FAILURE;
	setenv("OPENSSL_CONF", "/dev/null/none", 1);
	seal_prepare_process();
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_is_sealed_opens);
	tcase_add_test(t, another_sealer_of_the_same_place_opens_it);
	tcase_add_test(t, another_place_or_key_does_not);
	tcase_add_test(t, every_bit_counts);
	tcase_add_test(t, every_length_but_its_own_is_refused);
	tcase_add_test(t, a_false_length_is_refused);
	tcase_add_test(t, no_salt_and_counter_come_twice);
	tcase_add_test(t, counters_go_on_above_what_was_opened);
	tcase_add_test(t, a_forged_counter_is_not_believed);
	tcase_add_test(t, the_format_is_the_documented_one);
	tcase_add_test(t, each_instance_has_its_own_key);
	tcase_add_test(t, a_passphrase_and_its_check_are_the_documented_ones);
	tcase_add_test(t, limits_are_refused);
	tcase_add_test(t, random_bytes_differ);
	tcase_add_loop_test(t, lack_of_memory_is_told_as_such, 0, 4);
	tcase_add_test(t, what_libcrypto_is_not_asked_for_it_does_not_load);
	suite_add_tcase(s, t);
	return suite_run(s);
}
