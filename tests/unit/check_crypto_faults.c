/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * emulator/crypto.h when memory runs out: each allocation of each operation
 * fails in turn, libcrypto's (through its own hooks) and ours (--wrap=calloc).
 * An operation then gives the right answer or says that it failed, and keeps
 * nothing.
 */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "crypto.h"
#include "suite.h"

#define BITS 512u
#define SIZE (BITS / 8)
#define LEN  (BITS / 16)

/* The allocation that fails, counted from arm(); 0: none. */
static struct {
	unsigned int countdown;
	bool hit;
} fault;

static bool fails_now(void)
{
	if (fault.countdown == 0 || --fault.countdown > 0)
		return false;
	fault.hit = true;
	return true;
}

static void arm(unsigned int nth)
{
	fault.countdown = nth;
	fault.hit = false;
}

/* Returns whether the armed allocation was reached. */
static bool disarm(void)
{
	fault.countdown = 0;
	return fault.hit;
}

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *__wrap_calloc(size_t n, size_t size)
{
	return fails_now() ? NULL : __real_calloc(n, size);
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

/* ---- What the operations work on, made before anything fails ---- */

static struct {
	struct tpm_crypto *crypto;
	uint8_t p[LEN], q[LEN], n[SIZE];
	struct tpm_rsa *key;
	uint8_t oaep[SIZE], pkcs1[SIZE], sig[SIZE];
} world;

static const uint8_t text[] = "a text of 20 letters";
#define TEXT_LEN 20u

static void setup(void)
{
	world.crypto = tpm_crypto_new(NULL, NULL);
	ck_assert_ptr_nonnull(world.crypto);
	ck_assert_int_eq(
		tpm_rsa_make_primes(BITS, world.p, world.q, NULL, NULL), 0);
	world.key = tpm_rsa_from_primes(world.p, world.q, LEN);
	ck_assert_ptr_nonnull(world.key);
	tpm_rsa_modulus(world.key, world.n);
	ck_assert_int_eq(tpm_rsa_encrypt_oaep(world.crypto, world.key, text,
					      TEXT_LEN, world.oaep),
			 0);
	ck_assert_int_eq(tpm_rsa_encrypt_pkcs1(world.crypto, world.key, text,
					       TEXT_LEN, world.pkcs1),
			 0);
	ck_assert_int_eq(tpm_rsa_sign_sha1(world.key, text, world.sig), 0);
}

static void teardown(void)
{
	tpm_rsa_free(world.key);
	tpm_crypto_free(world.crypto);
}

static struct tpm_rsa *fresh_key(void)
{
	return tpm_rsa_from_primes(world.p, world.q, LEN);
}

/* ---- Operations: 0 and a right answer, or -1 ---- */

static int do_new(void)
{
	struct tpm_crypto *c = tpm_crypto_new(NULL, NULL);
	const int r = c != NULL ? 0 : -1;

	tpm_crypto_free(c);
	return r;
}

/* Hashes and ciphers have no result: zeros, and the TPM is told. */
static int settled(const uint8_t *out, size_t len, const uint8_t *want)
{
	static const uint8_t zeros[64];

	if (tpm_crypto_failed(world.crypto)) {
		ck_assert_mem_eq(out, zeros, len);
		return -1;
	}
	ck_assert_mem_eq(out, want, len);
	return 0;
}

static int do_hmac(void)
{
	static const uint8_t long_key[100];
	/* Of 20 letters under 100 zero bytes. */
	static const uint8_t want[TPM_SHA1_SIZE] = {
		0x3f, 0x7b, 0x7b, 0xc8, 0x15, 0x7a, 0x1f, 0x97, 0x58, 0x2d,
		0x6f, 0x9c, 0xdf, 0x11, 0xf7, 0x38, 0x17, 0x38, 0x2e, 0x11,
	};
	uint8_t out[TPM_SHA1_SIZE];

	tpm_hmac_sha1(world.crypto, out, long_key, sizeof(long_key),
		      TPM_PARTS({ text, TEXT_LEN }));
	return settled(out, sizeof(out), want);
}

static int do_aes(void)
{
	/* SP 800-38A, F.5.1, with a key and a counter of zeros. */
	static const uint8_t zeros[16];
	static const uint8_t want[16] = {
		0x66, 0xe9, 0x4b, 0xd4, 0xef, 0x8a, 0x2c, 0x3b,
		0x88, 0x4c, 0xfa, 0x59, 0xca, 0x34, 0x2b, 0x2e,
	};
	uint8_t out[16];

	tpm_aes128_ctr(world.crypto, zeros, zeros, zeros, out, sizeof(out));
	return settled(out, sizeof(out), want);
}

static int do_primes(void)
{
	uint8_t p[LEN], q[LEN];
	int r = tpm_rsa_make_primes(BITS, p, q, NULL, NULL);

	if (r == 0)
		ck_assert(p[0] & 0x80);
	return r;
}

static int do_public(void)
{
	struct tpm_rsa *key =
		tpm_rsa_public((struct tpm_bytes){ world.n, SIZE },
			       (struct tpm_bytes){ NULL, 0 });
	const int r = key != NULL ? 0 : -1;

	tpm_rsa_free(key);
	return r;
}

/* Loading a key, and its first private operation. */
static int do_private(void)
{
	struct tpm_rsa *key =
		tpm_rsa_private((struct tpm_bytes){ world.n, SIZE },
				(struct tpm_bytes){ NULL, 0 },
				(struct tpm_bytes){ world.p, LEN });
	uint8_t sig[TPM_RSA_MAX_BYTES];
	int r = -1;

	if (key != NULL)
		r = tpm_rsa_sign_sha1(key, text, sig);
	if (r == 0)
		ck_assert_mem_eq(sig, world.sig, SIZE);
	tpm_rsa_free(key);
	return r;
}

static int do_two_primes(void)
{
	struct tpm_rsa *key = fresh_key();
	uint8_t n[SIZE];

	if (key == NULL)
		return -1;
	tpm_rsa_modulus(key, n);
	ck_assert_mem_eq(n, world.n, SIZE);
	tpm_rsa_free(key);
	return 0;
}

static int do_encrypt(void)
{
	uint8_t out[2][SIZE], plain[TPM_RSA_MAX_BYTES];
	size_t len;

	if (tpm_rsa_encrypt_oaep(world.crypto, world.key, text, TEXT_LEN,
				 out[0]) ||
	    tpm_rsa_encrypt_pkcs1(world.crypto, world.key, text, TEXT_LEN,
				  out[1]) ||
	    tpm_crypto_failed(world.crypto))
		return -1;
	disarm();
	ck_assert_int_eq(tpm_rsa_decrypt_oaep(
				 world.key, (struct tpm_bytes){ out[0], SIZE },
				 plain, &len),
			 0);
	ck_assert_uint_eq(len, TEXT_LEN);
	return 0;
}

static int do_decrypt(void)
{
	uint8_t out[TPM_RSA_MAX_BYTES];
	size_t len;

	if (tpm_rsa_decrypt_oaep(world.key,
				 (struct tpm_bytes){ world.oaep, SIZE }, out,
				 &len))
		return -1;
	ck_assert_uint_eq(len, TEXT_LEN);
	ck_assert_mem_eq(out, text, TEXT_LEN);
	if (tpm_rsa_decrypt_pkcs1(world.key,
				  (struct tpm_bytes){ world.pkcs1, SIZE }, out,
				  &len))
		return -1;
	ck_assert_uint_eq(len, TEXT_LEN);
	ck_assert_mem_eq(out, text, TEXT_LEN);
	return 0;
}

static int do_verify(void)
{
	return tpm_rsa_verify_sha1(world.key, text,
				   (struct tpm_bytes){ world.sig, SIZE });
}

static int do_numbers(void)
{
	static const uint8_t three[] = { 3 }, five[] = { 5 }, nine[] = { 9 };
	uint8_t out[1];

	if (tpm_bn_mod_exp(out, 1, (struct tpm_bytes){ five, 1 },
			   (struct tpm_bytes){ three, 1 },
			   (struct tpm_bytes){ nine, 1 }))
		return -1;
	ck_assert_uint_eq(out[0], 125 % 9);
	if (tpm_bn_mod_mul(out, 1, (struct tpm_bytes){ five, 1 },
			   (struct tpm_bytes){ three, 1 },
			   (struct tpm_bytes){ nine, 1 }))
		return -1;
	ck_assert_uint_eq(out[0], 15 % 9);
	if (tpm_bn_mul_add(out, 1, (struct tpm_bytes){ five, 1 },
			   (struct tpm_bytes){ three, 1 },
			   (struct tpm_bytes){ nine, 1 }))
		return -1;
	ck_assert_uint_eq(out[0], 24);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} operations[] = {
	{ "new", do_new },
	{ "hmac", do_hmac },
	{ "aes", do_aes },
	{ "primes", do_primes },
	{ "public", do_public },
	{ "private", do_private },
	{ "two primes", do_two_primes },
	{ "encrypt", do_encrypt },
	{ "decrypt", do_decrypt },
	{ "verify", do_verify },
	{ "numbers", do_numbers },
};
#define OPERATIONS (int)(sizeof(operations) / sizeof(operations[0]))

/*
 * Whether the operation works again.  A key whose blinding factors could not be
 * made anew has wrong ones until libcrypto's next turn, 32 uses later.
 */
static bool recovers(int (*run)(void))
{
	unsigned int tries = 33;

	while (run() != 0)
		if (--tries == 0)
			return false;
	return true;
}

START_TEST(every_allocation_may_fail)
{
	int (*run)(void) = operations[_i].run;
	unsigned int nth, refused = 0;

	ck_assert_int_eq(run(), 0);
	for (nth = 1; nth < 5000; nth++) {
		arm(nth);
		if (run() != 0)
			refused++;
		if (!disarm())
			break;
		if (tpm_crypto_failed(world.crypto))
			refused++;
		ck_assert_msg(recovers(run), "%s after failure %u",
			      operations[_i].name, nth);
	}
	ck_assert_uint_lt(nth, 5000);
	/* Where nothing is allocated nothing fails. */
	ck_assert(refused > 0 || nth == 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("crypto faults");
	TCase *t = tcase_create("memory");

	if (!CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc,
				      crypto_free))
		return EXIT_FAILURE;
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, every_allocation_may_fail, 0, OPERATIONS);
	suite_add_tcase(s, t);
	return suite_run(s);
}
