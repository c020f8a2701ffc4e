/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part 3, section 12: Maintenance: a TPM becomes another, by way of the
 * manufacturer, whose both halves the tests have.
 */
#include "chapter.h"

#include "migrationcalls.h"

static const struct client_bytes none;
static const struct client_bytes text = { "what nobody else sees", 21 };

/* The manufacturer's key is like an authority's. */
static struct authority maker;

static void maker_set_up(void)
{
	authority_new(&maker, &kind_storage);
}

static void maker_tear_down(void)
{
	authority_free(&maker);
}

static void install(struct machine *where)
{
	struct tss_digest checksum;

	ck_assert_result(
		call_load_manu_maint_pub(where, &ones, &maker.pub, &checksum),
		0);
}

/* ---- 12.4 TPM_LoadManuMaintPub, 12.5 TPM_ReadManuMaintPub ---- */

START_TEST(the_key_is_loaded_and_told_by_its_digest)
{
	const struct tss_digest want =
		sha1_of(bytes_of(&maker.pub), digest_of(&ones));
	struct tss_digest checksum;

	ck_assert_result(
		call_load_manu_maint_pub(m, &ones, &maker.pub, &checksum), 0);
	ck_assert_digest(checksum, want);
	ck_assert(is_stored(m));
	ck_assert_result(call_read_manu_maint_pub(m, &ones, &checksum), 0);
	ck_assert_digest(checksum, want);
	ck_assert_result(call_read_manu_maint_pub(m, &zeros, &checksum), 0);
	ck_assert_mem_ne(checksum.b, want.b, 20);
}
END_TEST

START_TEST(the_key_is_for_ever)
{
	const struct tss_digest want =
		sha1_of(bytes_of(&maker.pub), digest_of(&ones));
	struct tss_digest checksum;

	install(m);
	machine_reboot(m);
	ck_assert_result(call_read_manu_maint_pub(m, &ones, &checksum), 0);
	ck_assert_digest(checksum, want);
}
END_TEST

/* 12.4, step 4. */
START_TEST(there_is_but_one_key)
{
	struct tss_digest checksum;

	install(m);
	ck_assert_result(
		call_load_manu_maint_pub(m, &ones, &maker.pub, &checksum),
		TPM_DISABLED_CMD);
	machine_reboot(m);
	ck_assert_result(
		call_load_manu_maint_pub(m, &ones, &maker.pub, &checksum),
		TPM_DISABLED_CMD);
}
END_TEST

START_TEST(a_key_that_cannot_be_stored_is_not_loaded)
{
	struct tss_digest checksum;

	m->fail_store = 1;
	ck_assert_result(
		call_load_manu_maint_pub(m, &ones, &maker.pub, &checksum),
		TPM_FAIL);
	ck_assert_result(call_read_manu_maint_pub(m, &ones, &checksum),
			 TPM_KEYNOTFOUND);
	install(m);
}
END_TEST

START_TEST(there_is_no_key_at_the_start)
{
	struct tss_digest checksum;

	ck_assert_result(call_read_manu_maint_pub(m, &ones, &checksum),
			 TPM_KEYNOTFOUND);
}
END_TEST

static void assert_unfit(const struct key_blob *pub)
{
	struct snapshot before = snapshot_take(m), after;
	struct tss_digest checksum;

	ck_assert_result(call_load_manu_maint_pub(m, &ones, pub, &checksum),
			 TPM_BAD_KEY_PROPERTY);
	after = snapshot_take(m);
	ck_assert(snapshot_equal(&before, &after));
	snapshot_free(&before);
	snapshot_free(&after);
}

/* "strength is not less than the RSA algorithm with 2048 bit keys" */
START_TEST(keys_that_will_not_do)
{
	struct client_rsa *weak = client_rsa_new(1024, 0);
	struct key_kind kind = kind_storage;
	struct key_blob pub;

	rsa_pubkey(weak, &kind, &pub);
	client_rsa_free(weak);
	assert_unfit(&pub);
	pub.b[14] = 0x08;
	assert_unfit(&pub);
	kind.enc = TPM_ES_RSAESPKCSv15;
	rsa_pubkey(maker.rsa, &kind, &pub);
	assert_unfit(&pub);
	kind = kind_storage;
	kind.sig = TPM_SS_RSASSAPKCS1v15_SHA1;
	rsa_pubkey(maker.rsa, &kind, &pub);
	assert_unfit(&pub);
	kind = kind_storage;
	kind.exponent = (struct client_bytes){ "\3", 1 };
	rsa_pubkey(maker.rsa, &kind, &pub);
	assert_unfit(&pub);
	pub = maker.pub;
	pub.b[3] = TPM_ALG_AES128;
	assert_unfit(&pub);
}
END_TEST

/* ---- 12.3 TPM_KillMaintenanceFeature ---- */

START_TEST(the_owner_ends_maintenance)
{
	struct moved moved;

	setup_owner(m);
	install(m);
	ck_assert(permanent_flag(m, PF_ALLOW_MAINTENANCE));
	ck_assert_result(call_kill_maintenance_feature(m), 0);
	ck_assert(is_stored(m));
	ck_assert(!permanent_flag(m, PF_ALLOW_MAINTENANCE));
	machine_reboot(m);
	ck_assert_result(call_create_maintenance_archive(m, true, &moved),
			 TPM_DISABLED_CMD);
	ck_assert(!permanent_flag(m, PF_MAINTENANCE_DONE));
}
END_TEST

/* ---- 12.1 TPM_CreateMaintenanceArchive ---- */

/* Both TPMs; the second's owner has another secret if the test says so. */
static struct machine *other;
static struct client_rsa *other_srk;
static const struct tss_digest *other_secret; /* its owner's */

/* A key of the first TPM, and data that is sealed to it. */
static struct key_blob key, sealed;

/* What the first TPM gives the manufacturer, and he the second. */
static struct moved given;
static struct archive archive;

static void set_up(void)
{
	maker_set_up();
	setup_owner(m);
	install(m);
	other = machine_started();
	setup_other_owner(other);
	install(other);
	other_srk = client_rsa_new(2048, OTHER_SRK_PRIMES);
	other_secret = &secret_owner;
	ck_assert_result(call_create_wrap_key(m, TPM_KH_SRK, &secret_srk,
					      &kind_signing, &key),
			 0);
	ck_assert_result(call_seal(m, TPM_KH_SRK, &secret_srk, none, text,
				   &secret_key, &sealed),
			 0);
}

static void tear_down(void)
{
	client_rsa_free(other_srk);
	machine_free(other);
	maker_tear_down();
}

static void give(bool random)
{
	ck_assert_result(call_create_maintenance_archive(m, random, &given), 0);
	manufacturer_sends(maker.rsa, &given, other_srk, &archive);
}

/* Steps 4 to 13, in the client's own words. */
static void assert_archived(const struct key_blob *mask)
{
	const struct blob_view v = blob_view(&given.data);
	const struct tss_digest proof = setup_tpm_proof(m);
	const struct tss_digest pub_digest = sha1_of(
		(struct client_bytes){ given.data.b, v.public_len }, none);
	struct client_rsa *srk = client_rsa_new(2048, SRK_PRIMES);
	struct key_blob plain, pub, want;
	struct outer o;
	uint8_t p[RSA_MAX / 2];

	blob_pubkey(&given.data, &pub);
	rsa_pubkey(srk, &kind_storage, &want);
	ck_assert_uint_eq(pub.len, want.len);
	ck_assert_mem_eq(pub.b, want.b, want.len);
	plain.len = client_open_oaep(maker.rsa, v.encData, plain.b);
	ck_assert_uint_eq(plain.len, 198);
	blob_xor(&plain, mask);
	ck_assert(outer_decode(&plain, &o));
	ck_assert_uint_eq(o.payload, TPM_PT_MAINT);
	ck_assert_digest(o.usage, proof);
	ck_assert_digest(o.label, secret_owner);
	ck_assert_digest(o.pub_digest, pub_digest);
	client_rsa_prime(srk, p);
	ck_assert_mem_eq(o.private.b + 4, p, sizeof(p));
	client_rsa_free(srk);
}

START_TEST(an_archive_is_what_the_specification_says)
{
	give(true);
	ck_assert_uint_eq(given.random.len, 198);
	assert_archived(&given.random);
	ck_assert(permanent_flag(m, PF_MAINTENANCE_DONE));
	ck_assert(is_stored(m));
}
END_TEST

/* The owner's secret makes the mask, and no random string is told. */
START_TEST(an_archive_under_the_owners_secret)
{
	struct key_blob mask = { .len = 198 };

	memset(mask.b, 0, sizeof(mask.b));
	blob_mask(&mask, digest_of(&secret_owner));
	give(false);
	ck_assert_uint_eq(given.random.len, 0);
	assert_archived(&mask);
}
END_TEST

/* Step 3. */
START_TEST(without_a_manufacturer_there_is_no_archive)
{
	struct machine *plain = machine_started();

	setup_owner(plain);
	ck_assert_result(call_create_maintenance_archive(plain, true, &given),
			 TPM_KEYNOTFOUND);
	ck_assert(!permanent_flag(plain, PF_MAINTENANCE_DONE));
	machine_free(plain);
}
END_TEST

/* ---- 12.2 TPM_LoadMaintenanceArchive ---- */

static void change_owner(void)
{
	other_secret = &secret_key;
	setup_owner_secret(other, other_secret);
}

static uint32_t load(void)
{
	return call_load_maintenance_archive(
		other, other_secret, bytes_of(&archive.key),
		bytes_of(&archive.sig), bytes_of(&archive.random));
}

static void assert_not_loaded(uint32_t want)
{
	struct snapshot before = snapshot_take_calm(other), after;

	ck_assert_result(load(), want);
	after = snapshot_take_calm(other);
	ck_assert(snapshot_equal(&before, &after));
	snapshot_free(&before);
	snapshot_free(&after);
}

/* As TPM_OwnerClear leaves it, it is disabled: 5.3. */
static void enable(struct machine *where)
{
	setup_presence(where);
	ck_assert_result(call(where, ORD_PhysicalEnable), 0);
}

/*
 * The second TPM has the first's storage root key, whose secret is now the
 * first owner's, and its tpmProof.
 */
static void assert_is_the_first(void)
{
	struct client_rsa *rsa = client_rsa_new(2048, 0);
	struct client_bytes sig;
	struct tss_session s;
	struct tss_command c;
	const uint8_t *p;
	uint32_t handle;
	size_t len;

	ck_assert_result(
		call_load_key2(other, TPM_KH_SRK, &secret_owner, &key, &handle),
		0);
	tss_begin(&c, ORD_Sign);
	tss_put_handle(&c, handle);
	tss_put_blob(&c, ones.b, sizeof(ones.b));
	use_oiap(other, &c, &s, &secret_key);
	ck_assert_result(machine_run(other, &c), 0);
	sig.p = tss_get_blob(&other->answer, &sig.len);
	ck_assert(client_signed_sha1(rsa, ones.b, sig));
	client_rsa_free(rsa);
	ck_assert_result(call_unseal(other, TPM_KH_SRK, &secret_owner, &sealed,
				     &secret_key),
			 0);
	p = tss_get_blob(&other->answer, &len);
	ck_assert_uint_eq(len, text.len);
	ck_assert_mem_eq(p, text.p, len);
}

START_TEST(the_second_tpm_becomes_the_first)
{
	give(_i);
	/* The random string's owner need not know the other's secret. */
	if (_i)
		change_owner();
	ck_assert_result(load(), 0);
	ck_assert(is_stored(other));
	enable(other);
	assert_is_the_first();
	machine_reboot(other);
	ck_assert(permanent_flag(other, PF_MAINTENANCE_DONE));
}
END_TEST

/* The owner's secret came as well. */
START_TEST(the_owner_is_the_first_tpms)
{
	give(true);
	change_owner();
	ck_assert_result(load(), 0);
	enable(other);
	ck_assert_result(call_kill_maintenance_feature(other), 0);
}
END_TEST

/* Step 5: the actions of TPM_OwnerClear. */
START_TEST(what_was_the_second_owners_is_gone)
{
	struct tss_session s;

	ck_assert_result(call_kill_maintenance_feature(other), 0);
	ck_assert_result(call_cmk_set_restrictions(other, 1u << 31), 0);
	make_key(other, &kind_signing);
	ck_assert_result(tss_oiap(&other->tss, &s), 0);
	give(true);
	ck_assert_result(load(), 0);
	ck_assert(permanent_flag(other, PF_DISABLE));
	ck_assert(permanent_flag(other, PF_DEACTIVATED));
	ck_assert(permanent_flag(other, PF_ALLOW_MAINTENANCE));
	ck_assert(permanent_flag(other, PF_OWNERSHIP));
	ck_assert(permanent_flag(other, PF_READ_PUBEK));
	ck_assert_uint_eq(property(other, TPM_CAP_PROP_CMK_RESTRICTION), 0);
	ck_assert_uint_eq(property(other, TPM_CAP_PROP_KEYS),
			  property(other, TPM_CAP_PROP_MAX_KEYS));
	ck_assert_uint_eq(property(other, TPM_CAP_PROP_AUTHSESS),
			  property(other, TPM_CAP_PROP_MAX_AUTHSESS));
}
END_TEST

START_TEST(what_cannot_be_stored_has_not_happened)
{
	give(true);
	other->fail_store = 1;
	assert_not_loaded(TPM_FAIL);
	ck_assert_result(load(), 0);
}
END_TEST

/* Step 2. */
START_TEST(only_the_manufacturer_sends_archives)
{
	struct client_rsa *stranger = client_rsa_new(2048, 0);
	struct tss_digest digest;

	give(true);
	digest = sha1_of(bytes_of(&archive.key), none);
	client_sign_sha1(stranger, digest.b, archive.sig.b);
	client_rsa_free(stranger);
	assert_not_loaded(TPM_BAD_SIGNATURE);
	archive.sig.len = 0;
	assert_not_loaded(TPM_BAD_SIGNATURE);
}
END_TEST

START_TEST(an_archive_is_signed_as_a_whole)
{
	give(true);
	for (size_t i = 0; i < archive.key.len; i += 97) {
		archive.key.b[i] ^= 1;
		assert_not_loaded(TPM_BAD_SIGNATURE);
		archive.key.b[i] ^= 1;
	}
	archive.key.len--;
	assert_not_loaded(TPM_BAD_SIGNATURE);
}
END_TEST

START_TEST(without_a_manufacturer_none_is_loaded)
{
	give(true);
	machine_free(other);
	other = machine_started();
	setup_other_owner(other);
	assert_not_loaded(TPM_KEYNOTFOUND);
}
END_TEST

/* What the manufacturer signs must still be an archive. */
static void sign(void)
{
	const struct tss_digest digest = sha1_of(bytes_of(&archive.key), none);

	client_sign_sha1(maker.rsa, digest.b, archive.sig.b);
}

START_TEST(archives_that_are_cut)
{
	static const size_t cuts[] = { 558, 500, 302, 40, 13, 4, 2, 1, 0 };

	give(true);
	for (size_t i = 0; i < sizeof(cuts) / sizeof(*cuts); i++) {
		ck_assert_uint_lt(cuts[i], archive.key.len);
		archive.key.len = cuts[i];
		sign();
		assert_not_loaded(TPM_BAD_PARAM_SIZE);
	}
}
END_TEST

static void usage_signing(struct key_blob *b)
{
	b->b[5] = TPM_KEY_SIGNING;
}

static void migratable(struct key_blob *b)
{
	b->b[9] = TPM_MIGRATABLE;
}

static void pkcs1(struct key_blob *b)
{
	b->b[16] = TPM_ES_RSAESPKCSv15;
}

static void of_1024_bits(struct key_blob *b)
{
	b->b[25] = 0x04;
}

static void another_key(struct key_blob *b)
{
	const struct blob_view v = blob_view(b);
	struct key_blob pub;

	rsa_pubkey(other_srk, &kind_storage, &pub);
	memcpy(b->b + v.public_len - RSA_MAX, pub.b + pub.len - RSA_MAX,
	       RSA_MAX);
}

static void another_secret_usage(struct key_blob *b)
{
	b->b[10] = TPM_AUTH_NEVER;
}

static const struct {
	void (*change)(struct key_blob *b);
	uint32_t want;
} halves[] = {
	{ usage_signing, TPM_INVALID_KEYUSAGE },
	{ migratable, TPM_INVALID_KEYUSAGE },
	{ pkcs1, TPM_BAD_KEY_PROPERTY },
	{ of_1024_bits, TPM_BAD_KEY_PROPERTY },
	{ another_key, TPM_AUTHFAIL },
	{ another_secret_usage, TPM_AUTHFAIL },
};

START_TEST(public_halves_that_are_no_srks)
{
	give(true);
	halves[_i].change(&archive.key);
	sign();
	assert_not_loaded(halves[_i].want);
}
END_TEST

/* Step 4. */
START_TEST(an_archive_for_another_tpm)
{
	give(true);
	archive.key = given.data;
	sign();
	assert_not_loaded(TPM_DECRYPT_ERROR);
}
END_TEST

START_TEST(the_random_string_must_be_the_archives)
{
	give(true);
	archive.random.b[0] ^= 1;
	assert_not_loaded(TPM_DECRYPT_ERROR);
	archive.random.b[0] ^= 1;
	archive.random.len--;
	assert_not_loaded(TPM_BAD_PARAMETER);
	archive.random.len = 0;
	assert_not_loaded(TPM_DECRYPT_ERROR);
}
END_TEST

START_TEST(the_owners_must_have_the_same_secret)
{
	give(false);
	change_owner();
	assert_not_loaded(TPM_DECRYPT_ERROR);
}
END_TEST

static void payload_migrate(struct outer *o)
{
	o->payload = TPM_PT_MIGRATE;
}

static void another_prime(struct outer *o)
{
	client_rsa_prime(other_srk, o->private.b + 4);
}

static const struct {
	void (*change)(struct outer *o);
	uint32_t want;
} forged[] = {
	{ payload_migrate, TPM_BAD_MIGRATION },
	{ another_prime, TPM_BAD_PARAMETER },
};

/* The manufacturer looks into it, which he cannot, and changes it. */
START_TEST(private_halves_that_are_no_srks)
{
	uint8_t enc[RSA_MAX];
	struct key_blob plain;
	struct outer o;

	give(true);
	plain.len = client_open_oaep(other_srk, blob_view(&archive.key).encData,
				     plain.b);
	blob_xor(&plain, &archive.random);
	ck_assert(outer_decode(&plain, &o));
	forged[_i].change(&o);
	outer_encode(&o, &plain);
	blob_xor(&plain, &archive.random);
	client_oaep(other_srk, bytes_of(&plain), enc);
	blob_replace(&archive.key, (struct client_bytes){ enc, sizeof(enc) },
		     &archive.key);
	sign();
	assert_not_loaded(forged[_i].want);
}
END_TEST

/* ---- */

static void add_keys(Suite *s)
{
	TCase *t = section(s, "12.4 TPM_LoadManuMaintPub");

	tcase_add_checked_fixture(t, maker_set_up, maker_tear_down);
	tcase_add_test(t, the_key_is_loaded_and_told_by_its_digest);
	tcase_add_test(t, the_key_is_for_ever);
	tcase_add_test(t, there_is_but_one_key);
	tcase_add_test(t, a_key_that_cannot_be_stored_is_not_loaded);
	tcase_add_test(t, there_is_no_key_at_the_start);
	tcase_add_test(t, keys_that_will_not_do);
	t = section(s, "12.3 TPM_KillMaintenanceFeature");
	tcase_add_checked_fixture(t, maker_set_up, maker_tear_down);
	tcase_add_test(t, the_owner_ends_maintenance);
}

static void add_create(Suite *s)
{
	TCase *t = section(s, "12.1 TPM_CreateMaintenanceArchive");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, an_archive_is_what_the_specification_says);
	tcase_add_test(t, an_archive_under_the_owners_secret);
	tcase_add_test(t, without_a_manufacturer_there_is_no_archive);
}

static void add_load(Suite *s)
{
	TCase *t = section(s, "12.2 TPM_LoadMaintenanceArchive");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, the_second_tpm_becomes_the_first, 0, 2);
	tcase_add_test(t, the_owner_is_the_first_tpms);
	tcase_add_test(t, what_was_the_second_owners_is_gone);
	tcase_add_test(t, what_cannot_be_stored_has_not_happened);
	tcase_add_test(t, only_the_manufacturer_sends_archives);
	tcase_add_test(t, an_archive_is_signed_as_a_whole);
	tcase_add_test(t, without_a_manufacturer_none_is_loaded);
	tcase_add_test(t, archives_that_are_cut);
	tcase_add_loop_test(t, public_halves_that_are_no_srks, 0,
			    sizeof(halves) / sizeof(*halves));
	tcase_add_test(t, an_archive_for_another_tpm);
	tcase_add_test(t, the_random_string_must_be_the_archives);
	tcase_add_test(t, the_owners_must_have_the_same_secret);
	tcase_add_loop_test(t, private_halves_that_are_no_srks, 0,
			    sizeof(forged) / sizeof(*forged));
}

int main(void)
{
	Suite *s = suite_create("maintenance");

	add_keys(s);
	add_create(s);
	add_load(s);
	return suite_run(s);
}
