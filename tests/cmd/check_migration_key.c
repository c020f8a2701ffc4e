/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 11: Migration: the keys with which others are moved. */
#include "migration_rig.h"

/* ---- 11.3 TPM_AuthorizeMigrationKey ---- */

START_TEST(the_answer_is_what_was_asked_and_a_digest)
{
	ck_assert_uint_eq(auth.len, other_pub.len + 2 + 20);
	ck_assert_mem_eq(auth.b, other_pub.b, other_pub.len);
	ck_assert_uint_eq(auth.b[other_pub.len], 0);
	ck_assert_uint_eq(auth.b[other_pub.len + 1], TPM_MS_MIGRATE);
}
END_TEST

/* Steps 7 and 8; tpmProof is looked up where only a test can. */
START_TEST(the_digest_is_of_key_scheme_and_proof)
{
	const struct tss_digest proof = setup_tpm_proof(m);
	const struct tss_digest want =
		sha1_of((struct client_bytes){ auth.b, auth.len - 20 },
			digest_of(&proof));

	ck_assert_mem_eq(auth.b + auth.len - 20, want.b, sizeof(want.b));
}
END_TEST

static uint32_t authorize(const struct key_blob *pub)
{
	struct key_blob out;

	return call_authorize_migration_key(m, TPM_MS_MIGRATE, pub, &out);
}

/* Step 1. */
START_TEST(the_key_must_be_strong)
{
	struct client_rsa *weak = client_rsa_new(1024, 0);
	struct key_kind kind = kind_storage;
	struct key_blob pub;

	rsa_pubkey(weak, &kind, &pub);
	client_rsa_free(weak);
	ck_assert_result(authorize(&pub), TPM_BAD_KEY_PROPERTY);
	/* It says that it is longer. */
	pub.b[14] = 0x08;
	ck_assert_result(authorize(&pub), TPM_BAD_KEY_PROPERTY);
	kind.exponent = (struct client_bytes){ "\3", 1 };
	rsa_pubkey(other_srk, &kind, &pub);
	ck_assert_result(authorize(&pub), TPM_BAD_KEY_PROPERTY);
	kind.exponent = (struct client_bytes){ "\1\0\1", 3 };
	rsa_pubkey(other_srk, &kind, &pub);
	ck_assert_result(authorize(&pub), 0);
}
END_TEST

START_TEST(the_key_must_be_of_rsa)
{
	struct key_blob pub = other_pub;

	pub.b[3] = TPM_ALG_AES128;
	ck_assert_result(authorize(&pub), TPM_BAD_KEY_PROPERTY);
}
END_TEST

/* Step 4. */
START_TEST(the_key_must_encrypt_with_oaep)
{
	struct key_kind kind = kind_storage;
	struct key_blob pub;

	kind.enc = TPM_ES_RSAESPKCSv15;
	rsa_pubkey(other_srk, &kind, &pub);
	ck_assert_result(authorize(&pub), TPM_INAPPROPRIATE_ENC);
	kind.enc = TPM_ES_NONE;
	rsa_pubkey(other_srk, &kind, &pub);
	ck_assert_result(authorize(&pub), TPM_INAPPROPRIATE_ENC);
}
END_TEST

/* ---- 11.4 TPM_MigrateKey ---- */

/* A third TPM, and the key with which it moves others. */
static struct machine *ma;
static uint32_t ma_key;
static struct key_blob ma_pub;

static void ma_set_up(void)
{
	struct client_rsa *rsa = client_rsa_new(2048, AUTHORITY_PRIMES);

	ma = machine_started();
	setup_owner(ma);
	ma->primes_taken = AUTHORITY_PRIMES;
	ma_key = make_key(ma, &kind_migrate);
	rsa_pubkey(rsa, &kind_migrate, &ma_pub);
	client_rsa_free(rsa);
}

static void ma_tear_down(void)
{
	machine_free(ma);
}

static uint32_t migrate(const struct key_blob *pub, struct client_bytes what,
			struct key_blob *out)
{
	return call_migrate_key(ma, ma_key, &secret_key, pub, what, out);
}

START_TEST(a_key_that_an_authority_passed_on_signs)
{
	struct key_blob converted;
	struct moved moved;

	wish.type = _i ? TPM_MS_REWRAP : TPM_MS_MIGRATE;
	ck_assert_result(
		call_authorize_migration_key(m, wish.type, &ma_pub, &auth), 0);
	send(&moved);
	ck_assert_result(
		migrate(&other_pub, bytes_of(&moved.data), &moved.data), 0);
	if (_i)
		converted = moved.data;
	else
		ck_assert_result(call_convert_migration_blob(
					 other, TPM_KH_SRK, &secret_srk, &moved,
					 &converted),
				 0);
	assert_signs(other, bytes_of(&converted));
}
END_TEST

static struct client_bytes for_ma(size_t len)
{
	return encrypt_for(AUTHORITY_PRIMES,
			   (struct client_bytes){ key.b, len });
}

START_TEST(what_is_passed_on_is_the_same)
{
	uint8_t plain[RSA_MAX];
	struct key_kind kind = kind_storage;
	struct key_blob pub, out;

	ck_assert_result(migrate(&other_pub, for_ma(198), &out), 0);
	ck_assert_uint_eq(client_open_oaep(other_srk, bytes_of(&out), plain),
			  198);
	ck_assert_mem_eq(plain, key.b, 198);
	kind.enc = TPM_ES_RSAESPKCSv15;
	rsa_pubkey(other_srk, &kind, &pub);
	ck_assert_result(migrate(&pub, for_ma(198), &out), 0);
	ck_assert_uint_eq(client_open_pkcs1(other_srk, bytes_of(&out), plain),
			  198);
	ck_assert_mem_eq(plain, key.b, 198);
}
END_TEST

START_TEST(an_authority_without_a_secret_needs_no_session)
{
	struct key_kind kind = kind_migrate;
	struct key_blob out;

	ck_assert_result(call_migrate_key(ma, ma_key, NULL, &other_pub,
					  for_ma(10), &out),
			 TPM_AUTHFAIL);
	kind.auth = TPM_AUTH_NEVER;
	ma->primes_taken = AUTHORITY_PRIMES;
	ma_key = make_key(ma, &kind);
	ck_assert_result(call_migrate_key(ma, ma_key, NULL, &other_pub,
					  for_ma(10), &out),
			 0);
}
END_TEST

START_TEST(the_authoritys_secret_must_be_known)
{
	struct key_blob out;

	ck_assert_result(call_migrate_key(ma, ma_key, &secret_wrong, &other_pub,
					  for_ma(10), &out),
			 TPM_AUTHFAIL);
}
END_TEST

/* Step 2. */
START_TEST(only_a_migration_key_passes_on)
{
	struct key_blob out;

	ma_key = make_key(ma, &kind_storage);
	ck_assert_result(migrate(&other_pub, for_ma(10), &out),
			 TPM_INVALID_KEYUSAGE);
	ma_key = TPM_KH_SRK;
	ck_assert_result(call_migrate_key(ma, ma_key, &secret_srk, &other_pub,
					  for_ma(10), &out),
			 TPM_INVALID_KEYUSAGE);
}
END_TEST

/* Step 3. */
START_TEST(the_next_key_must_be_one_and_large_enough)
{
	struct client_rsa *small = client_rsa_new(1024, 0);
	struct key_blob pub, out;

	rsa_pubkey(small, &kind_storage, &pub);
	client_rsa_free(small);
	ck_assert_result(migrate(&pub, for_ma(129), &out), TPM_BAD_DATASIZE);
	ck_assert_result(migrate(&pub, for_ma(100), &out), TPM_ENCRYPT_ERROR);
	ck_assert_result(migrate(&pub, for_ma(80), &out), 0);
	pub.b[14] = 0x08;
	ck_assert_result(migrate(&pub, for_ma(80), &out), TPM_BAD_KEY_PROPERTY);
}
END_TEST

START_TEST(the_next_key_must_encrypt)
{
	struct key_kind kind = kind_storage;
	struct key_blob pub, out;

	kind.enc = TPM_ES_NONE;
	rsa_pubkey(other_srk, &kind, &pub);
	ck_assert_result(migrate(&pub, for_ma(10), &out),
			 TPM_INAPPROPRIATE_ENC);
}
END_TEST

/* Step 4. */
START_TEST(what_is_not_for_the_authority)
{
	struct key_blob out;

	ck_assert_result(migrate(&other_pub, blob_view(&key).encData, &out),
			 TPM_DECRYPT_ERROR);
}
END_TEST

/* ---- */

static void add_authorize(Suite *s)
{
	TCase *t = between(s, "11.3 TPM_AuthorizeMigrationKey");

	tcase_add_test(t, the_answer_is_what_was_asked_and_a_digest);
	tcase_add_test(t, the_digest_is_of_key_scheme_and_proof);
	tcase_add_test(t, the_key_must_be_strong);
	tcase_add_test(t, the_key_must_be_of_rsa);
	tcase_add_test(t, the_key_must_encrypt_with_oaep);
}

static void add_migrate_key(Suite *s)
{
	TCase *t = between(s, "11.4 TPM_MigrateKey");

	tcase_add_checked_fixture(t, ma_set_up, ma_tear_down);
	tcase_add_loop_test(t, a_key_that_an_authority_passed_on_signs, 0, 2);
	tcase_add_test(t, what_is_passed_on_is_the_same);
	tcase_add_test(t, an_authority_without_a_secret_needs_no_session);
	tcase_add_test(t, the_authoritys_secret_must_be_known);
	tcase_add_test(t, only_a_migration_key_passes_on);
	tcase_add_test(t, the_next_key_must_be_one_and_large_enough);
	tcase_add_test(t, the_next_key_must_encrypt);
	tcase_add_test(t, what_is_not_for_the_authority);
}

int main(void)
{
	Suite *s = suite_create("migration_key");

	add_authorize(s);
	add_migrate_key(s);
	return suite_run(s);
}
