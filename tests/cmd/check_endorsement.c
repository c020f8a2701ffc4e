/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 14: Endorsement Key Handling. */
#include "chapter.h"
#include "nv_calls.h"

#include "keycalls.h"
#include "nv_calls.h"
#include "ownercalls.h"
#include "primes.h"
#include "rsa.h"

static const struct tss_digest anti_replay = { "not seen before, so" };

/*
 * What precedes the modulus in the answer: algorithm, schemes, parameters
 * (2048 bits, two primes, the usual exponent), the modulus' size.
 */
static const uint8_t ek_public[] = {
	0, 0, 0, 1, 0, 3, 0, 1, 0, 0, 0, 12, 0, 0,
	8, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0,  1, 0,
};

/* TPM_KEY_PARMS as 14.1 takes them. */
struct parms {
	uint32_t algorithm;
	uint32_t size; /* of what follows, as it is said */
	uint32_t key_length;
	uint32_t primes;
	uint32_t exponent_size;
	uint32_t result;
};

static const struct parms good = { TPM_ALG_RSA, 12, 2048, 2, 0, 0 };

static uint32_t create(const struct parms *p)
{
	static const uint8_t exponent[] = { 1, 0, 1 };
	struct tss_command c;

	tss_begin(&c, ORD_CreateEndorsementKeyPair);
	tss_put_bytes(&c, anti_replay.b, sizeof(anti_replay.b));
	tss_put_u32(&c, p->algorithm);
	tss_put_u16(&c, TPM_ES_RSAESOAEP_SHA1_MGF1);
	tss_put_u16(&c, TPM_SS_NONE);
	tss_put_u32(&c, p->size);
	tss_put_u32(&c, p->key_length);
	tss_put_u32(&c, p->primes);
	tss_put_u32(&c, p->exponent_size);
	tss_put_bytes(&c, exponent, p->exponent_size);
	return machine_run(m, &c);
}

static uint32_t read_pubek(void)
{
	return call_digest(m, ORD_ReadPubek, &anti_replay);
}

/* The answer is a public key and SHA1(key || antiReplay); the modulus. */
static const uint8_t *assert_pubek_answer(void)
{
	const uint8_t *key = tss_get_bytes(&m->answer, sizeof(ek_public) + 256);
	struct tss_digest checksum;
	uint8_t want[CLIENT_SHA1];

	ck_assert_ptr_nonnull(key);
	tss_get_digest(&m->answer, &checksum);
	ck_assert(tss_end(&m->answer));
	ck_assert_mem_eq(key, ek_public, sizeof(ek_public));
	client_sha1(
		(const struct client_bytes[]){
			{ key, sizeof(ek_public) + 256 },
			{ anti_replay.b, sizeof(anti_replay.b) } },
		2, want);
	ck_assert_mem_eq(checksum.b, want, sizeof(want));
	return key + sizeof(ek_public);
}

/* ---- 14.1 TPM_CreateEndorsementKeyPair ---- */

START_TEST(a_key_where_there_was_none)
{
	uint8_t modulus[256];

	setup_no_ek(m);
	ck_assert_result(create(&good), 0);
	memcpy(modulus, assert_pubek_answer(), sizeof(modulus));
	ck_assert(permanent_flag(m, PF_CEKP_USED));
	ck_assert(!permanent_flag(m, PF_ENABLE_REVOKE_EK));
	machine_reboot(m);
	ck_assert_result(read_pubek(), 0);
	ck_assert_mem_eq(assert_pubek_answer(), modulus, sizeof(modulus));
	ck_assert(permanent_flag(m, PF_CEKP_USED));
}
END_TEST

START_TEST(there_is_one_already)
{
	/* Promised at first, then made. */
	for (unsigned int i = 0; i < 2; i++) {
		ck_assert_result(create(&good), TPM_DISABLED_CMD);
		ck_assert_int_eq(tpm12_make_ek(m->tpm), 0);
	}
	ck_assert(!permanent_flag(m, PF_CEKP_USED));
}
END_TEST

static const struct parms parms[] = {
	{ TPM_ALG_SHA, 12, 2048, 2, 0, TPM_BAD_KEY_PROPERTY },
	{ TPM_ALG_AES128, 12, 2048, 2, 0, TPM_BAD_KEY_PROPERTY },
	{ 0, 12, 2048, 2, 0, TPM_BAD_KEY_PROPERTY },
	{ TPM_ALG_RSA, 12, 512, 2, 0, TPM_BAD_KEY_PROPERTY },
	{ TPM_ALG_RSA, 12, 1024, 2, 0, TPM_BAD_KEY_PROPERTY },
	{ TPM_ALG_RSA, 12, 2047, 2, 0, TPM_BAD_KEY_PROPERTY },
	{ TPM_ALG_RSA, 12, 4096, 2, 0, TPM_BAD_KEY_PROPERTY },
	{ TPM_ALG_RSA, 12, 0xffffffff, 2, 0, TPM_BAD_KEY_PROPERTY },
	{ TPM_ALG_RSA, 12, 2048, 0, 0, TPM_BAD_KEY_PROPERTY },
	{ TPM_ALG_RSA, 12, 2048, 3, 0, TPM_BAD_KEY_PROPERTY },
	/* Inside the size that is said there is less, or more. */
	{ TPM_ALG_RSA, 13, 2048, 2, 3, TPM_BAD_PARAM_SIZE },
	{ TPM_ALG_RSA, 11, 2048, 2, 0, TPM_BAD_PARAM_SIZE },
	{ TPM_ALG_RSA, 16, 2048, 2, 3, TPM_BAD_PARAM_SIZE },
};

START_TEST(parameters_of_the_key)
{
	setup_no_ek(m);
	ck_assert_result(create(&parms[_i]), parms[_i].result);
	ck_assert_result(read_pubek(), TPM_NO_ENDORSEMENT);
}
END_TEST

/* The key's size, two primes, and then the exponent. */
#define RSA 0, 0, 8, 0, 0, 0, 0, 2, 0, 0, 0

static uint32_t create_rsa(const void *rsa, size_t len)
{
	struct tss_command c;

	tss_begin(&c, ORD_CreateEndorsementKeyPair);
	tss_put_bytes(&c, anti_replay.b, sizeof(anti_replay.b));
	tss_put_u32(&c, TPM_ALG_RSA);
	tss_put_u16(&c, TPM_ES_RSAESOAEP_SHA1_MGF1);
	tss_put_u16(&c, TPM_SS_NONE);
	tss_put_blob(&c, rsa, len);
	return machine_run(m, &c);
}

START_TEST(an_exponent_that_is_not_there)
{
	static const uint8_t cut[] = { RSA, 9, 1, 0, 1 };

	setup_no_ek(m);
	ck_assert_result(create_rsa(cut, sizeof(cut)), TPM_BAD_KEY_PROPERTY);
}
END_TEST

START_TEST(an_exponent_that_no_key_here_has)
{
	static const uint8_t three[] = { RSA, 1, 3 };
	static const uint8_t larger[] = { RSA, 3, 1, 0, 3 };
	static const uint8_t huge[] = { RSA, 9, 1, 0, 0, 0, 0, 0, 1, 0, 1 };

	setup_no_ek(m);
	ck_assert_result(create_rsa(three, sizeof(three)),
			 TPM_BAD_KEY_PROPERTY);
	ck_assert_result(create_rsa(larger, sizeof(larger)),
			 TPM_BAD_KEY_PROPERTY);
	ck_assert_result(create_rsa(huge, sizeof(huge)), TPM_BAD_KEY_PROPERTY);
}
END_TEST

/* TPM_KEY_PARMS have it as it was given. */
START_TEST(the_usual_exponent_in_full)
{
	static const uint8_t usual[] = { RSA, 4, 0, 1, 0, 1 };
	const uint8_t *given;
	size_t len;

	setup_no_ek(m);
	ck_assert_result(create_rsa(usual, sizeof(usual)), 0);
	tss_get_bytes(&m->answer, 4 + 2 + 2);
	given = tss_get_blob(&m->answer, &len);
	ck_assert_uint_eq(len, sizeof(usual));
	ck_assert_mem_eq(given, usual, sizeof(usual));
}
END_TEST

START_TEST(no_primes_no_key)
{
	setup_no_ek(m);
	m->no_primes = true;
	ck_assert_result(create(&good), TPM_FAIL);
	ck_assert(!permanent_flag(m, PF_CEKP_USED));
	m->no_primes = false;
	ck_assert_result(read_pubek(), TPM_NO_ENDORSEMENT);
	ck_assert_result(create(&good), 0);
}
END_TEST

START_TEST(what_was_not_stored_was_not_made)
{
	setup_no_ek(m);
	m->fail_store = 1;
	ck_assert_result(create(&good), TPM_FAIL);
	ck_assert_result(read_pubek(), TPM_NO_ENDORSEMENT);
	ck_assert(!permanent_flag(m, PF_CEKP_USED));
	ck_assert_result(create(&good), 0);
}
END_TEST

/* ---- 14.2 TPM_CreateRevocableEK, 14.3 TPM_RevokeTrust ---- */

static void create_revocable(bool generate, struct tss_digest *reset)
{
	setup_no_ek(m);
	setup_presence(m);
	ck_assert_result(call_create_revocable_ek(m, generate, reset), 0);
	/* The key and its checksum, as 14.1 answers them. */
	tss_get_bytes(&m->answer, sizeof(ek_public) + 256 + CLIENT_SHA1);
	tss_get_digest(&m->answer, reset);
	ck_assert(tss_end(&m->answer));
}

START_TEST(a_key_that_can_be_revoked)
{
	struct tss_digest reset = secret_key;
	const uint8_t *b;

	create_revocable(false, &reset);
	ck_assert_digest(reset, secret_key);
	b = m->answer.b + TSS_HEADER;
	ck_assert_mem_eq(b, ek_public, sizeof(ek_public));
	ck_assert(permanent_flag(m, PF_CEKP_USED));
	ck_assert(permanent_flag(m, PF_ENABLE_REVOKE_EK));
	machine_reboot(m);
	ck_assert(permanent_flag(m, PF_ENABLE_REVOKE_EK));
	ck_assert_result(call_digest(m, ORD_RevokeTrust, &secret_key), 0);
}
END_TEST

START_TEST(a_secret_of_the_tpm_s_own_choice)
{
	struct tss_digest reset = secret_key;

	create_revocable(true, &reset);
	ck_assert_mem_ne(reset.b, secret_key.b, sizeof(reset.b));
	ck_assert_mem_ne(reset.b, zeros.b, sizeof(reset.b));
	ck_assert_result(call_digest(m, ORD_RevokeTrust, &secret_key),
			 TPM_AUTHFAIL);
	ck_assert_result(call_digest(m, ORD_RevokeTrust, &reset), 0);
}
END_TEST

START_TEST(no_second_key_that_can_be_revoked)
{
	ck_assert_result(call_create_revocable_ek(m, true, &zeros),
			 TPM_DISABLED_CMD);
	ck_assert_int_eq(tpm12_make_ek(m->tpm), 0);
	ck_assert_result(call_create_revocable_ek(m, true, &zeros),
			 TPM_DISABLED_CMD);
	ck_assert(!permanent_flag(m, PF_ENABLE_REVOKE_EK));
}
END_TEST

START_TEST(parameters_of_a_key_that_can_be_revoked)
{
	struct tss_command c;

	setup_no_ek(m);
	tss_begin(&c, ORD_CreateRevocableEK);
	tss_put_bytes(&c, anti_replay.b, sizeof(anti_replay.b));
	put_ek_parms(&c);
	tss_put_u8(&c, 1);
	tss_put_bytes(&c, zeros.b, sizeof(zeros.b));
	/* 1024 bits: in the middle of the size. */
	c.params[CLIENT_SHA1 + 14] = 4;
	ck_assert_result(machine_run(m, &c), TPM_BAD_KEY_PROPERTY);
	ck_assert_result(read_pubek(), TPM_NO_ENDORSEMENT);
}
END_TEST

START_TEST(what_revoked_trust_leaves)
{
	struct tss_digest reset = secret_key;

	create_revocable(false, &reset);
	setup_owner(m);
	setup_all_flags(m);
	ck_assert_result(call_digest(m, ORD_RevokeTrust, &secret_key), 0);
	ck_assert(permanent_flag(m, PF_DISABLE));
	ck_assert(!permanent_flag(m, PF_NV_LOCKED));
	ck_assert(!permanent_flag(m, PF_CEKP_USED));
	ck_assert_result(call(m, ORD_PhysicalEnable), 0);
	ck_assert_result(call_owner(m, ORD_OwnerClear), TPM_NOSRK);
	ck_assert_result(read_pubek(), TPM_NO_ENDORSEMENT);
	machine_reboot(m);
	ck_assert_result(call_u8(m, ORD_PhysicalSetDeactivated, 0), 0);
	machine_reboot(m);
	ck_assert_result(read_pubek(), TPM_NO_ENDORSEMENT);
	/* And may be given a key again. */
	ck_assert_result(create(&good), 0);
}
END_TEST

/* "NV items with the pubInfo -> nvIndex D value set MUST be deleted" */
START_TEST(what_manufacturers_stored_goes_with_the_trust)
{
	static const uint32_t indices[] = { 0x1000f000, 0x10000002,
					    0x00010001 };
	struct tss_digest reset = secret_key;

	create_revocable(false, &reset);
	setup_presence(m);
	for (size_t i = 0; i < sizeof(indices) / sizeof(*indices); i++)
		ck_assert_result(
			nv_define_plain(m, indices[i], TPM_NV_PER_PPWRITE, 8),
			0);
	ck_assert_result(nv_lock(m), 0);
	ck_assert_result(call_digest(m, ORD_RevokeTrust, &secret_key), 0);
	ck_assert_result(nv_read(m, NV_ANYBODY, indices[0], 0, 1),
			 TPM_BADINDEX);
	ck_assert_result(nv_read(m, NV_ANYBODY, indices[1], 0, 1),
			 TPM_BADINDEX);
	ck_assert_result(nv_read(m, NV_ANYBODY, indices[2], 0, 1), 0);
	ck_assert(is_stored(m));
}
END_TEST

START_TEST(a_key_that_is_never_revoked)
{
	setup_presence(m);
	/* The maker's; one of 14.1. */
	ck_assert_result(call_digest(m, ORD_RevokeTrust, &zeros),
			 TPM_PERMANENTEK);
	setup_no_ek(m);
	ck_assert_result(create(&good), 0);
	ck_assert_result(call_digest(m, ORD_RevokeTrust, &zeros),
			 TPM_PERMANENTEK);
}
END_TEST

START_TEST(nobody_there_to_revoke_it)
{
	struct tss_digest reset = secret_key;

	create_revocable(false, &reset);
	m->present = false;
	ck_assert_result(call_digest(m, ORD_RevokeTrust, &secret_wrong),
			 TPM_AUTHFAIL);
	ck_assert_result(call_digest(m, ORD_RevokeTrust, &secret_key),
			 TPM_BAD_PRESENCE);
	ck_assert_result(read_pubek(), 0);
}
END_TEST

START_TEST(guesses_at_the_reset_secret_are_counted)
{
	struct tss_digest reset = secret_key;

	create_revocable(false, &reset);
	for (unsigned int i = 0; i < 5; i++)
		ck_assert_result(call_digest(m, ORD_RevokeTrust, &secret_wrong),
				 TPM_AUTHFAIL);
	ck_assert_result(call_digest(m, ORD_RevokeTrust, &secret_key),
			 TPM_DEFEND_LOCK_RUNNING);
	m->clock_us += 1000000;
	ck_assert_result(call_digest(m, ORD_RevokeTrust, &secret_key), 0);
}
END_TEST

/* ---- 14.4 TPM_ReadPubek ---- */

START_TEST(what_linux_reads)
{
	uint8_t p[128], q[128];
	const uint8_t *n;

	ck_assert_result(read_pubek(), 0);
	ck_assert_uint_eq(m->answer.len, 314);
	n = assert_pubek_answer();
	/* The product of the primes that the machine gave first. */
	ck_assert_int_eq(primes_take(2048, 0, p, q), 0);
	ck_assert_uint_eq(n[255], (uint8_t)(p[127] * q[127]));
	ck_assert_uint_ge(n[0], 0x80);
}
END_TEST

START_TEST(a_promised_key_is_made_once_and_kept)
{
	uint8_t modulus[256];

	ck_assert(tpm12_needs_ek(m->tpm));
	ck_assert_result(read_pubek(), 0);
	memcpy(modulus, assert_pubek_answer(), sizeof(modulus));
	ck_assert(!tpm12_needs_ek(m->tpm));
	machine_reboot(m);
	ck_assert_result(read_pubek(), 0);
	ck_assert_mem_eq(assert_pubek_answer(), modulus, sizeof(modulus));
	ck_assert_uint_eq(m->primes_taken, 1);
}
END_TEST

START_TEST(a_promised_key_that_was_not_stored_was_not_shown)
{
	m->fail_store = 1;
	ck_assert_result(read_pubek(), TPM_FAIL);
	ck_assert(tpm12_needs_ek(m->tpm));
	ck_assert_result(read_pubek(), 0);
}
END_TEST

START_TEST(without_a_key)
{
	setup_no_ek(m);
	ck_assert_result(read_pubek(), TPM_NO_ENDORSEMENT);
}
END_TEST

START_TEST(when_it_may_not_be_read)
{
	setup_no_read_pubek(m);
	ck_assert_result(read_pubek(), TPM_DISABLED_CMD);
	/* Which is looked at first. */
	setup_no_ek(m);
	ck_assert_result(read_pubek(), TPM_DISABLED_CMD);
}
END_TEST

/* ---- 14.5 TPM_OwnerReadInternalPub ---- */

static uint32_t read_internal(uint32_t key, const struct tss_digest *secret)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_OwnerReadInternalPub);
	tss_put_u32(&c, key);
	use_oiap(m, &c, &s, secret);
	return machine_run(m, &c);
}

/* The answer is the public key with these primes. */
static void assert_internal(unsigned int nth)
{
	struct client_rsa *rsa = client_rsa_new(2048, nth);
	const uint8_t *p =
		tss_get_bytes(&m->answer, sizeof(ek_public) + RSA_MAX);
	uint8_t n[RSA_MAX];

	ck_assert_ptr_nonnull(p);
	ck_assert(tss_end(&m->answer));
	ck_assert_mem_eq(p, ek_public, sizeof(ek_public));
	client_rsa_modulus(rsa, n);
	ck_assert_mem_eq(p + sizeof(ek_public), n, sizeof(n));
	client_rsa_free(rsa);
}

START_TEST(the_owner_reads_what_nobody_else_may)
{
	setup_owner(m);
	setup_no_read_pubek(m);
	ck_assert_result(read_internal(TPM_KH_SRK, &secret_owner), 0);
	assert_internal(1);
	ck_assert_result(read_internal(TPM_KH_EK, &secret_owner), 0);
	assert_internal(0);
	ck_assert_result(read_internal(TPM_KH_EK, &secret_wrong), TPM_AUTHFAIL);
}
END_TEST

START_TEST(other_keys_are_not_internal)
{
	static const uint32_t handles[] = { 0, TPM_KH_OWNER, TPM_KH_ADMIN,
					    0xffffffff };
	const uint32_t key = setup_owner_and_key(m, &kind_signing);

	ck_assert_result(read_internal(key, &secret_owner), TPM_BAD_PARAMETER);
	for (size_t i = 0; i < sizeof(handles) / sizeof(*handles); i++)
		ck_assert_result(read_internal(handles[i], &secret_owner),
				 TPM_BAD_PARAMETER);
}
END_TEST

START_TEST(no_endorsement_key_to_read)
{
	setup_owner(m);
	setup_no_ek(m);
	ck_assert_result(read_internal(TPM_KH_EK, &secret_owner),
			 TPM_NO_ENDORSEMENT);
}
END_TEST

/* ---- */

int main(void)
{
	Suite *s = suite_create("endorsement");
	TCase *t = section(s, "14.1 TPM_CreateEndorsementKeyPair");

	tcase_add_test(t, a_key_where_there_was_none);
	tcase_add_test(t, there_is_one_already);
	tcase_add_loop_test(t, parameters_of_the_key, 0,
			    (int)(sizeof(parms) / sizeof(*parms)));
	tcase_add_test(t, an_exponent_that_is_not_there);
	tcase_add_test(t, an_exponent_that_no_key_here_has);
	tcase_add_test(t, the_usual_exponent_in_full);
	tcase_add_test(t, no_primes_no_key);
	tcase_add_test(t, what_was_not_stored_was_not_made);
	t = section(s, "14.2 TPM_CreateRevocableEK, 14.3 TPM_RevokeTrust");
	tcase_add_test(t, a_key_that_can_be_revoked);
	tcase_add_test(t, a_secret_of_the_tpm_s_own_choice);
	tcase_add_test(t, no_second_key_that_can_be_revoked);
	tcase_add_test(t, parameters_of_a_key_that_can_be_revoked);
	tcase_add_test(t, what_revoked_trust_leaves);
	tcase_add_test(t, what_manufacturers_stored_goes_with_the_trust);
	tcase_add_test(t, a_key_that_is_never_revoked);
	tcase_add_test(t, nobody_there_to_revoke_it);
	tcase_add_test(t, guesses_at_the_reset_secret_are_counted);
	t = section(s, "14.4 TPM_ReadPubek");
	tcase_add_test(t, what_linux_reads);
	tcase_add_test(t, a_promised_key_is_made_once_and_kept);
	tcase_add_test(t, a_promised_key_that_was_not_stored_was_not_shown);
	tcase_add_test(t, without_a_key);
	tcase_add_test(t, when_it_may_not_be_read);
	t = section(s, "14.5 TPM_OwnerReadInternalPub");
	tcase_add_test(t, the_owner_reads_what_nobody_else_may);
	tcase_add_test(t, other_keys_are_not_internal);
	tcase_add_test(t, no_endorsement_key_to_read);
	return suite_run(s);
}
