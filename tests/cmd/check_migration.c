/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part 3, section 11: Migration, of keys without an authority: from a TPM to
 * another that shares nothing with it.
 */
#include "migration_rig.h"

static void assert_refused(uint32_t want)
{
	struct snapshot before = snapshot_take_calm(m), after;
	struct moved moved;

	ck_assert_result(call_create_migration_blob(m, &wish, &moved), want);
	after = snapshot_take_calm(m);
	ck_assert(snapshot_equal(&before, &after));
	snapshot_free(&before);
	snapshot_free(&after);
}

/* Something in which a private half is not: Part 2, 9.3. */
static struct key_blob sealed(void)
{
	const struct client_bytes data = { "a seal", 7 };
	struct key_blob b;

	ck_assert_result(call_seal(m, TPM_KH_SRK, &secret_srk, none, data,
				   &secret_key, &b),
			 0);
	return b;
}

/* ---- 11.1 TPM_CreateMigrationBlob ---- */

static const uint16_t sizes[] = { 2048, 1024, 512 };

START_TEST(a_migrated_key_signs_on_the_other_tpm)
{
	struct key_kind kind = kind_movable;
	struct key_blob converted;
	struct moved moved;

	kind.bits = sizes[_i];
	m->primes_taken = 0;
	ck_assert_result(
		call_create_wrap_key(m, TPM_KH_SRK, &secret_srk, &kind, &key),
		0);
	wish.encData = blob_view(&key).encData;
	ck_assert_result(call_create_migration_blob(m, &wish, &moved), 0);
	ck_assert_result(call_convert_migration_blob(other, TPM_KH_SRK,
						     &secret_srk, &moved,
						     &converted),
			 0);
	assert_signs(other, bytes_of(&converted));
	/* And stays where it was. */
	assert_signs(m, blob_view(&key).encData);
}
END_TEST

START_TEST(a_rewrapped_key_signs_on_the_other_tpm)
{
	struct moved moved;

	wish.type = TPM_MS_REWRAP;
	ck_assert_result(call_create_migration_blob(m, &wish, &moved), 0);
	ck_assert_uint_eq(moved.random.len, 0);
	assert_signs(other, bytes_of(&moved.data));
}
END_TEST

START_TEST(a_key_does_not_load_where_it_was_not_sent)
{
	uint32_t handle;

	ck_assert_result(load(other, &key, &handle), TPM_DECRYPT_ERROR);
}
END_TEST

/* Step 6, in the client's own words. */
START_TEST(what_travels_is_what_the_specification_says)
{
	const struct blob_view v = blob_view(&key);
	struct client_rsa *rsa = client_rsa_new(2048, 0);
	struct key_blob plain, half = { .len = 0 };
	struct tss_digest pub_digest =
		sha1_of((struct client_bytes){ key.b, v.public_len }, none);
	struct moved moved;
	struct outer o;
	uint8_t p[RSA_MAX / 2];

	client_rsa_prime(rsa, p);
	ck_assert_result(call_create_migration_blob(m, &wish, &moved), 0);
	plain.len = client_open_oaep(other_srk, bytes_of(&moved.data), plain.b);
	ck_assert_uint_eq(plain.len, 198);
	ck_assert_uint_eq(moved.random.len, 198);
	blob_xor(&plain, &moved.random);
	ck_assert(outer_decode(&plain, &o));
	ck_assert_uint_eq(o.payload, TPM_PT_MIGRATE);
	ck_assert_digest(o.usage, secret_key);
	ck_assert_digest(o.label, secret_migration);
	ck_assert_digest(o.pub_digest, pub_digest);
	blob_put_number(&half, sizeof(p), 4);
	blob_put(&half, p, sizeof(p));
	ck_assert_uint_eq(o.private.len, half.len);
	ck_assert_mem_eq(o.private.b, half.b, half.len);
	client_rsa_free(rsa);
}
END_TEST

START_TEST(each_blob_has_a_random_string_of_its_own)
{
	struct moved a, b;

	ck_assert_result(call_create_migration_blob(m, &wish, &a), 0);
	ck_assert_result(call_create_migration_blob(m, &wish, &b), 0);
	ck_assert_mem_ne(a.random.b, b.random.b, 20);
}
END_TEST

/* A parent without a secret: one session, and that is the migration's. */
START_TEST(a_parent_without_a_secret_needs_no_session)
{
	struct key_kind kind = kind_storage;
	struct key_blob converted;
	struct moved moved;

	kind.auth = TPM_AUTH_NEVER;
	m->primes_taken = AUTHORITY_PRIMES;
	wish.parent = make_key(m, &kind);
	m->primes_taken = 0;
	ck_assert_result(call_create_wrap_key(m, wish.parent, &secret_key,
					      &kind_movable, &key),
			 0);
	wish.encData = blob_view(&key).encData;
	wish.secret = NULL;
	ck_assert_result(call_create_migration_blob(m, &wish, &moved), 0);
	ck_assert_result(call_convert_migration_blob(other, TPM_KH_SRK,
						     &secret_srk, &moved,
						     &converted),
			 0);
	assert_signs(other, bytes_of(&converted));
	wish.migration = &secret_wrong;
	assert_refused(TPM_AUTH2FAIL);
}
END_TEST

START_TEST(a_parent_with_a_secret_needs_a_session)
{
	wish.secret = NULL;
	assert_refused(TPM_AUTHFAIL);
}
END_TEST

/* Step 1. */
START_TEST(the_parents_secret_must_be_known)
{
	wish.secret = &secret_wrong;
	assert_refused(TPM_AUTHFAIL);
}
END_TEST

/* Step 2. */
START_TEST(the_parent_must_be_a_storage_key)
{
	wish.parent = make_key(m, &kind_bind);
	wish.secret = &secret_key;
	assert_refused(TPM_INVALID_KEYUSAGE);
}
END_TEST

/* Step 3. */
START_TEST(what_is_not_under_the_parent_does_not_migrate)
{
	uint8_t noise[RSA_MAX] = { 1, 2, 3 };

	wish.encData = (struct client_bytes){ noise, sizeof(noise) };
	assert_refused(TPM_DECRYPT_ERROR);
	wish.encData = none;
	assert_refused(TPM_DECRYPT_ERROR);
}
END_TEST

START_TEST(sealed_data_does_not_migrate)
{
	struct key_blob b = sealed();
	struct tss_answer a = { .p = b.b, .end = b.b + b.len };
	size_t len;

	tss_get_bytes(&a, 4);
	tss_get_blob(&a, &len);
	wish.encData.p = tss_get_blob(&a, &wish.encData.len);
	assert_refused(TPM_INVALID_STRUCTURE);
}
END_TEST

/* Step 3a. */
START_TEST(a_key_with_an_authority_does_not_migrate)
{
	struct authority a;
	struct key_blob cmk;

	authority_new(&a, &kind_authority);
	make_cmk(m, &a, &cmk);
	authority_free(&a);
	wish.encData = blob_view(&cmk).encData;
	assert_refused(TPM_BAD_MIGRATION);
}
END_TEST

/* Anybody can encrypt for the SRK. */
START_TEST(a_private_half_of_no_size_that_there_is)
{
	static const size_t bad[] = { 0, 1, 15, 129, 148 };
	uint8_t prime[RSA_MAX] = { 0 };
	struct key_blob half;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		store_asymkey(TPM_PT_ASYM, &secret_migration, &zeros,
			      (struct client_bytes){ prime, bad[i] }, &half);
		wish.encData = encrypt_for(SRK_PRIMES, bytes_of(&half));
		assert_refused(TPM_BAD_KEY_PROPERTY);
	}
}
END_TEST

START_TEST(a_private_half_that_is_cut)
{
	uint8_t prime[RSA_MAX / 2] = { 0 };
	struct key_blob half;

	store_asymkey(TPM_PT_ASYM, &secret_migration, &zeros,
		      (struct client_bytes){ prime, sizeof(prime) }, &half);
	for (size_t len = 1; len < half.len; len += 13) {
		wish.encData = encrypt_for(
			SRK_PRIMES, (struct client_bytes){ half.b, len });
		assert_refused(TPM_BAD_PARAM_SIZE);
	}
	wish.encData =
		encrypt_for(SRK_PRIMES, (struct client_bytes){ half.b, 0 });
	assert_refused(TPM_INVALID_STRUCTURE);
}
END_TEST

/* Step 4. */
START_TEST(the_migration_secret_must_be_known)
{
	wish.migration = &secret_key;
	assert_refused(TPM_AUTH2FAIL);
}
END_TEST

/* Its migration secret is tpmProof, which nobody knows. */
START_TEST(nobody_migrates_a_key_that_stays)
{
	struct key_blob fixed;

	ck_assert_result(call_create_wrap_key(m, TPM_KH_SRK, &secret_srk,
					      &kind_signing, &fixed),
			 0);
	wish.encData = blob_view(&fixed).encData;
	assert_refused(TPM_AUTH2FAIL);
}
END_TEST

START_TEST(the_migration_secret_is_proved_by_oiap)
{
	struct tss_session s[2];
	struct tss_command c;

	tss_begin(&c, ORD_CreateMigrationBlob);
	tss_put_handle(&c, TPM_KH_SRK);
	tss_put_u16(&c, TPM_MS_MIGRATE);
	tss_put_bytes(&c, auth.b, auth.len);
	tss_put_blob(&c, wish.encData.p, wish.encData.len);
	use_oiap(m, &c, &s[0], &secret_srk);
	use_osap(m, &c, &s[1], TPM_KH_SRK, &secret_srk);
	ck_assert_result(machine_run(m, &c), TPM_BAD_MODE);
}
END_TEST

/* Step 5. */
START_TEST(the_owner_must_have_said_where)
{
	const size_t parts[] = { auth.len - 1, auth.len - 21, 0 };
	struct key_blob changed = auth;

	wish.auth = &changed;
	changed.b[parts[_i] ? parts[_i] : 60] ^= 1;
	assert_refused(TPM_AUTHFAIL);
}
END_TEST

START_TEST(the_owner_must_be_this_tpms)
{
	ck_assert_result(call_authorize_migration_key(other, TPM_MS_MIGRATE,
						      &other_pub, &auth),
			 0);
	assert_refused(TPM_AUTHFAIL);
}
END_TEST

/* Step 8. */
START_TEST(ways_that_there_are_not)
{
	static const uint16_t types[] = { 0,
					  TPM_MS_MAINT,
					  TPM_MS_RESTRICT_MIGRATE,
					  TPM_MS_RESTRICT_APPROVE,
					  6,
					  0xffff };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		wish.type = types[i];
		assert_refused(TPM_BAD_PARAMETER);
	}
}
END_TEST

/* ---- 11.2 TPM_ConvertMigrationBlob ---- */

static void assert_not_converted(const struct moved *moved, uint32_t want)
{
	struct snapshot before = snapshot_take_calm(other), after;
	struct key_blob out;

	ck_assert_result(call_convert_migration_blob(other, TPM_KH_SRK,
						     &secret_srk, moved, &out),
			 want);
	after = snapshot_take_calm(other);
	ck_assert(snapshot_equal(&before, &after));
	snapshot_free(&before);
	snapshot_free(&after);
}

/* Its migration secret came with it. */
START_TEST(a_key_goes_there_and_back)
{
	struct client_rsa *srk = client_rsa_new(2048, SRK_PRIMES);
	struct key_blob pub, converted;
	struct moved moved;

	send(&moved);
	ck_assert_result(call_convert_migration_blob(other, TPM_KH_SRK,
						     &secret_srk, &moved,
						     &converted),
			 0);
	rsa_pubkey(srk, &kind_storage, &pub);
	ck_assert_result(call_authorize_migration_key(other, TPM_MS_MIGRATE,
						      &pub, &auth),
			 0);
	wish.encData = bytes_of(&converted);
	ck_assert_result(call_create_migration_blob(other, &wish, &moved), 0);
	ck_assert_result(call_convert_migration_blob(m, TPM_KH_SRK, &secret_srk,
						     &moved, &converted),
			 0);
	assert_signs(m, bytes_of(&converted));
	client_rsa_free(srk);
}
END_TEST

START_TEST(a_new_parent_without_a_secret_needs_no_session)
{
	struct client_rsa *parent = client_rsa_new(2048, AUTHORITY_PRIMES);
	struct key_kind kind = kind_storage;
	struct key_blob pub, converted;
	struct moved moved;
	uint32_t handle;

	kind.auth = TPM_AUTH_NEVER;
	other->primes_taken = AUTHORITY_PRIMES;
	handle = make_key(other, &kind);
	rsa_pubkey(parent, &kind_storage, &pub);
	client_rsa_free(parent);
	ck_assert_result(
		call_authorize_migration_key(m, TPM_MS_MIGRATE, &pub, &auth),
		0);
	send(&moved);
	ck_assert_result(call_convert_migration_blob(other, handle, NULL,
						     &moved, &converted),
			 0);
	blob_replace(&key, bytes_of(&converted), &key);
	ck_assert_result(call_load_key2(other, handle, NULL, &key, &handle), 0);
}
END_TEST

START_TEST(the_new_parents_secret_must_be_known)
{
	struct key_blob out;
	struct moved moved;

	send(&moved);
	ck_assert_result(call_convert_migration_blob(other, TPM_KH_SRK,
						     &secret_wrong, &moved,
						     &out),
			 TPM_AUTHFAIL);
	ck_assert_result(call_convert_migration_blob(other, TPM_KH_SRK, NULL,
						     &moved, &out),
			 TPM_AUTHFAIL);
}
END_TEST

/* Step 2. */
START_TEST(the_new_parent_must_be_a_storage_key)
{
	struct key_blob out;
	struct moved moved;

	send(&moved);
	ck_assert_result(
		call_convert_migration_blob(other, make_key(other, &kind_bind),
					    &secret_key, &moved, &out),
		TPM_INVALID_KEYUSAGE);
}
END_TEST

/* Step 3. */
START_TEST(what_is_for_another_tpm_is_not_converted)
{
	struct key_blob out;
	struct moved moved;

	send(&moved);
	ck_assert_result(call_convert_migration_blob(m, TPM_KH_SRK, &secret_srk,
						     &moved, &out),
			 TPM_DECRYPT_ERROR);
}
END_TEST

/* Step 4. */
START_TEST(the_random_string_has_its_length)
{
	/* Set, also behind what is sent at first. */
	struct moved moved = { .random.len = 0 };

	send(&moved);
	moved.random.len--;
	assert_not_converted(&moved, TPM_BAD_PARAMETER);
	moved.random.len += 2;
	assert_not_converted(&moved, TPM_BAD_PARAMETER);
	moved.random.len = 0;
	assert_not_converted(&moved, TPM_BAD_PARAMETER);
}
END_TEST

/* Step 5. */
START_TEST(another_random_string_does_not_do)
{
	struct moved moved;

	send(&moved);
	moved.random.b[moved.random.len - 1] ^= 1;
	assert_not_converted(&moved, TPM_DECRYPT_ERROR);
}
END_TEST

/* As the first TPM sends it, then changed; without a random string. */
static void forge(struct outer *o, void (*change)(struct outer *o),
		  struct moved *out)
{
	struct key_blob plain;
	struct client_bytes enc;

	change(o);
	outer_encode(o, &plain);
	enc = encrypt_for(OTHER_SRK_PRIMES, bytes_of(&plain));
	out->data.len = 0;
	blob_put(&out->data, enc.p, enc.len);
	memset(out->random.b, 0, plain.len);
	out->random.len = plain.len;
}

static void not_at_all(struct outer *o)
{
	(void)o;
}

static void payload_bind(struct outer *o)
{
	o->payload = TPM_PT_BIND;
}

static void payload_asym(struct outer *o)
{
	o->payload = TPM_PT_ASYM;
}

static void payload_cmk(struct outer *o)
{
	o->payload = TPM_PT_CMK_MIGRATE;
}

static void payload_maint(struct outer *o)
{
	o->payload = TPM_PT_MAINT;
}

static void prime_too_short(struct outer *o)
{
	o->private.len--;
}

static void prime_too_long(struct outer *o)
{
	o->private.len++;
}

static void prime_of_15(struct outer *o)
{
	o->private.b[3] = 15;
	o->private.len = 20;
}

static void prime_of_129(struct outer *o)
{
	o->private.b[3] = 129;
	o->private.len = 133;
}

static const struct {
	void (*change)(struct outer *o);
	uint32_t want;
} forged[] = {
	{ not_at_all, 0 },
	{ payload_bind, TPM_INVALID_STRUCTURE },
	{ payload_asym, TPM_INVALID_STRUCTURE },
	{ payload_cmk, TPM_BAD_MIGRATION },
	{ payload_maint, TPM_BAD_MIGRATION },
	{ prime_too_short, TPM_BAD_PARAM_SIZE },
	{ prime_too_long, TPM_BAD_PARAM_SIZE },
	{ prime_of_15, TPM_BAD_PARAM_SIZE },
	{ prime_of_129, TPM_BAD_KEY_PROPERTY },
};

/* Steps 5 to 7: whoever made it, and knew the secrets. */
START_TEST(what_comes_from_elsewhere)
{
	struct outer o = { .payload = TPM_PT_MIGRATE,
			   .usage = secret_key,
			   .label = secret_migration };
	struct moved moved;
	struct key_blob out;

	blob_put_number(&o.private, 128, 4);
	blob_put(&o.private, key.b, 128);
	forge(&o, forged[_i].change, &moved);
	ck_assert_result(call_convert_migration_blob(other, TPM_KH_SRK,
						     &secret_srk, &moved, &out),
			 forged[_i].want);
}
END_TEST

START_TEST(too_short_for_any_padding)
{
	const struct client_bytes few = encrypt_for(
		OTHER_SRK_PRIMES, (struct client_bytes){ key.b, 40 });
	struct moved moved = { .random = { .len = 40 } };

	blob_put(&moved.data, few.p, few.len);
	assert_not_converted(&moved, TPM_DECRYPT_ERROR);
}
END_TEST

/* ---- */

static void add_create_blob(Suite *s)
{
	TCase *t = between(s, "11.1 TPM_CreateMigrationBlob");

	tcase_add_loop_test(t, a_migrated_key_signs_on_the_other_tpm, 0, 3);
	tcase_add_test(t, a_rewrapped_key_signs_on_the_other_tpm);
	tcase_add_test(t, a_key_does_not_load_where_it_was_not_sent);
	tcase_add_test(t, what_travels_is_what_the_specification_says);
	tcase_add_test(t, each_blob_has_a_random_string_of_its_own);
	tcase_add_test(t, a_parent_without_a_secret_needs_no_session);
	tcase_add_test(t, a_parent_with_a_secret_needs_a_session);
	tcase_add_test(t, the_parents_secret_must_be_known);
	tcase_add_test(t, the_parent_must_be_a_storage_key);
	tcase_add_test(t, what_is_not_under_the_parent_does_not_migrate);
	tcase_add_test(t, sealed_data_does_not_migrate);
	tcase_add_test(t, a_key_with_an_authority_does_not_migrate);
	tcase_add_test(t, a_private_half_of_no_size_that_there_is);
	tcase_add_test(t, a_private_half_that_is_cut);
	tcase_add_test(t, the_migration_secret_must_be_known);
	tcase_add_test(t, nobody_migrates_a_key_that_stays);
	tcase_add_test(t, the_migration_secret_is_proved_by_oiap);
	tcase_add_loop_test(t, the_owner_must_have_said_where, 0, 3);
	tcase_add_test(t, the_owner_must_be_this_tpms);
	tcase_add_test(t, ways_that_there_are_not);
}

static void add_convert_blob(Suite *s)
{
	TCase *t = between(s, "11.2 TPM_ConvertMigrationBlob");

	tcase_add_test(t, a_key_goes_there_and_back);
	tcase_add_test(t, a_new_parent_without_a_secret_needs_no_session);
	tcase_add_test(t, the_new_parents_secret_must_be_known);
	tcase_add_test(t, the_new_parent_must_be_a_storage_key);
	tcase_add_test(t, what_is_for_another_tpm_is_not_converted);
	tcase_add_test(t, the_random_string_has_its_length);
	tcase_add_test(t, another_random_string_does_not_do);
	tcase_add_loop_test(t, what_comes_from_elsewhere, 0,
			    sizeof(forged) / sizeof(*forged));
	tcase_add_test(t, too_short_for_any_padding);
}

int main(void)
{
	Suite *s = suite_create("migration");

	add_create_blob(s);
	add_convert_blob(s);
	return suite_run(s);
}
