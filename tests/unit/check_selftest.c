/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The self-test notices each algorithm that is broken: the linker puts what is
 * below in the algorithm's place (--wrap).
 */
#include <check.h>
#include <string.h>

#include "calls.h"
#include "constants.h"
#include "machine.h"
#include "ordinals.h"
#include "suite.h"
#include "tpm.h"

/* What is broken in the test that runs. */
static enum broken {
	NOTHING,
	SHA1,
	HMAC,
	AES,
	RSA_KEY,
	RSA_SIGN,
	RSA_SIGN_REFUSED,
	RSA_VERIFY,
	RSA_ENCRYPT,
	RSA_DECRYPT,
	RSA_DECRYPT_LENGTH,
	RSA_DECRYPT_REFUSED,
	RANDOM_FIRST,
	RANDOM_SECOND,
	RANDOM_STUCK,
	N_BROKEN
} broken;

typedef const struct tpm_bytes *parts;

void __real_tpm_sha1(struct tpm_crypto *c, uint8_t *out, parts p, size_t n);
void __wrap_tpm_sha1(struct tpm_crypto *c, uint8_t *out, parts p, size_t n);
void __wrap_tpm_sha1(struct tpm_crypto *c, uint8_t *out, parts p, size_t n)
{
	__real_tpm_sha1(c, out, p, n);
	out[19] ^= broken == SHA1;
}

void __real_tpm_hmac_sha1(struct tpm_crypto *c, uint8_t *out, const void *key,
			  size_t key_len, parts p, size_t n);
void __wrap_tpm_hmac_sha1(struct tpm_crypto *c, uint8_t *out, const void *key,
			  size_t key_len, parts p, size_t n);
void __wrap_tpm_hmac_sha1(struct tpm_crypto *c, uint8_t *out, const void *key,
			  size_t key_len, parts p, size_t n)
{
	__real_tpm_hmac_sha1(c, out, key, key_len, p, n);
	out[0] ^= broken == HMAC;
}

void __real_tpm_aes128_ctr(struct tpm_crypto *c, const uint8_t *key,
			   const uint8_t *iv, const uint8_t *in, uint8_t *out,
			   size_t len);
void __wrap_tpm_aes128_ctr(struct tpm_crypto *c, const uint8_t *key,
			   const uint8_t *iv, const uint8_t *in, uint8_t *out,
			   size_t len);
void __wrap_tpm_aes128_ctr(struct tpm_crypto *c, const uint8_t *key,
			   const uint8_t *iv, const uint8_t *in, uint8_t *out,
			   size_t len)
{
	__real_tpm_aes128_ctr(c, key, iv, in, out, len);
	out[len - 1] ^= broken == AES;
}

struct tpm_rsa *__real_tpm_rsa_from_primes(const uint8_t *p, const uint8_t *q,
					   size_t len);
struct tpm_rsa *__wrap_tpm_rsa_from_primes(const uint8_t *p, const uint8_t *q,
					   size_t len);
struct tpm_rsa *__wrap_tpm_rsa_from_primes(const uint8_t *p, const uint8_t *q,
					   size_t len)
{
	return broken == RSA_KEY ? NULL : __real_tpm_rsa_from_primes(p, q, len);
}

int __real_tpm_rsa_sign_sha1(struct tpm_rsa *key, const uint8_t *digest,
			     uint8_t *sig);
int __wrap_tpm_rsa_sign_sha1(struct tpm_rsa *key, const uint8_t *digest,
			     uint8_t *sig);
int __wrap_tpm_rsa_sign_sha1(struct tpm_rsa *key, const uint8_t *digest,
			     uint8_t *sig)
{
	const int r = __real_tpm_rsa_sign_sha1(key, digest, sig);

	sig[7] ^= broken == RSA_SIGN;
	return broken == RSA_SIGN_REFUSED ? -1 : r;
}

int __real_tpm_rsa_verify_sha1(const struct tpm_rsa *key, const uint8_t *digest,
			       struct tpm_bytes sig);
int __wrap_tpm_rsa_verify_sha1(const struct tpm_rsa *key, const uint8_t *digest,
			       struct tpm_bytes sig);
int __wrap_tpm_rsa_verify_sha1(const struct tpm_rsa *key, const uint8_t *digest,
			       struct tpm_bytes sig)
{
	return broken == RSA_VERIFY
		       ? -1
		       : __real_tpm_rsa_verify_sha1(key, digest, sig);
}

int __real_tpm_rsa_encrypt_oaep(struct tpm_crypto *c, const struct tpm_rsa *key,
				const uint8_t *msg, size_t len, uint8_t *out);
int __wrap_tpm_rsa_encrypt_oaep(struct tpm_crypto *c, const struct tpm_rsa *key,
				const uint8_t *msg, size_t len, uint8_t *out);
int __wrap_tpm_rsa_encrypt_oaep(struct tpm_crypto *c, const struct tpm_rsa *key,
				const uint8_t *msg, size_t len, uint8_t *out)
{
	return broken == RSA_ENCRYPT
		       ? -1
		       : __real_tpm_rsa_encrypt_oaep(c, key, msg, len, out);
}

int __real_tpm_rsa_decrypt_oaep(struct tpm_rsa *key, struct tpm_bytes in,
				uint8_t *out, size_t *len);
int __wrap_tpm_rsa_decrypt_oaep(struct tpm_rsa *key, struct tpm_bytes in,
				uint8_t *out, size_t *len);
int __wrap_tpm_rsa_decrypt_oaep(struct tpm_rsa *key, struct tpm_bytes in,
				uint8_t *out, size_t *len)
{
	const int r = __real_tpm_rsa_decrypt_oaep(key, in, out, len);

	out[1] ^= broken == RSA_DECRYPT;
	*len -= broken == RSA_DECRYPT_LENGTH;
	return broken == RSA_DECRYPT_REFUSED ? -1 : r;
}

void __real_tpm_random(struct tpm_crypto *c, void *buf, size_t len);
void __wrap_tpm_random(struct tpm_crypto *c, void *buf, size_t len);
void __wrap_tpm_random(struct tpm_crypto *c, void *buf, size_t len)
{
	__real_tpm_random(c, buf, len);
	if (broken == RANDOM_STUCK)
		memset(buf, 0x5a, len);
}

static struct machine *m;

static void setup(void)
{
	broken = NOTHING;
	m = machine_started();
}

static void teardown(void)
{
	machine_free(m);
}

static void break_it(enum broken what)
{
	broken = what;
	if (what == RANDOM_FIRST)
		m->fail_random = 1;
	if (what == RANDOM_SECOND)
		m->fail_random = 2;
}

static void repair(void)
{
	broken = NOTHING;
	m->fail_random = 0;
}

START_TEST(all_works)
{
	ck_assert_int_eq(selftest_full(m->tpm), TPM_SUCCESS);
	ck_assert_int_eq(m->tpm->s.test, TEST_FULL);
	ck_assert_int_eq(selftest_limited(m->tpm), TPM_SUCCESS);
	ck_assert_int_eq(m->tpm->s.test, TEST_LIMITED);
}
END_TEST

START_TEST(a_broken_algorithm_is_failure_mode)
{
	break_it((enum broken)_i);
	ck_assert_int_eq(selftest_full(m->tpm), TPM_FAILEDSELFTEST);
	ck_assert_int_eq(m->tpm->s.test, TEST_FAILED);
	repair();
	ck_assert_result(call(m, ORD_OIAP), TPM_FAILEDSELFTEST);
	ck_assert_result(call_pcr_read(m, 0, NULL), TPM_FAILEDSELFTEST);
}
END_TEST

START_TEST(a_guest_is_told_by_the_first_command_that_needs_it)
{
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_CLEAR), 0);
	break_it((enum broken)_i);
	ck_assert_result(call_u32(m, ORD_GetRandom, 8), TPM_FAILEDSELFTEST);
	repair();
	ck_assert_result(call(m, ORD_SelfTestFull), TPM_FAILEDSELFTEST);
	ck_assert_result(call(m, ORD_GetTestResult), 0);
}
END_TEST

START_TEST(power_brings_a_repaired_tpm_back)
{
	break_it((enum broken)_i);
	ck_assert_int_eq(selftest_full(m->tpm), TPM_FAILEDSELFTEST);
	repair();
	machine_reboot(m);
	ck_assert_int_eq(m->tpm->s.test, TEST_FULL);
}
END_TEST

START_TEST(power_on_tests_what_measuring_needs)
{
	broken = SHA1;
	machine_power_cycle(m);
	ck_assert_int_eq(m->tpm->s.test, TEST_FAILED);
	broken = NOTHING;
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_CLEAR),
			 TPM_FAILEDSELFTEST);
	ck_assert_result(call_pcr_read(m, 0, NULL), TPM_FAILEDSELFTEST);
}
END_TEST

START_TEST(power_on_leaves_the_rest_for_later)
{
	broken = RSA_SIGN;
	machine_power_cycle(m);
	ck_assert_int_eq(m->tpm->s.test, TEST_LIMITED);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_CLEAR), 0);
	ck_assert_result(call_pcr_read(m, 0, NULL), 0);
	ck_assert_result(call(m, ORD_OIAP), TPM_FAILEDSELFTEST);
}
END_TEST

START_TEST(a_source_that_dries_up_later_is_noticed)
{
	m->fail_random = 1;
	ck_assert_result(call_u32(m, ORD_GetRandom, 8), TPM_FAIL);
	ck_assert_int_eq(m->tpm->s.test, TEST_FAILED);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("selftest");
	TCase *t = tcase_create("selftest");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, all_works);
	tcase_add_loop_test(t, a_broken_algorithm_is_failure_mode, SHA1,
			    N_BROKEN);
	tcase_add_loop_test(t,
			    a_guest_is_told_by_the_first_command_that_needs_it,
			    SHA1, N_BROKEN);
	tcase_add_loop_test(t, power_brings_a_repaired_tpm_back, SHA1,
			    N_BROKEN);
	tcase_add_test(t, power_on_tests_what_measuring_needs);
	tcase_add_test(t, power_on_leaves_the_rest_for_later);
	tcase_add_test(t, a_source_that_dries_up_later_is_noticed);
	suite_add_tcase(s, t);
	return suite_run(s);
}
