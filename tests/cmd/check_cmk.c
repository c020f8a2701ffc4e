/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part 3, section 11: Migration: what makes a key with migration authorities,
 * and the tickets.
 */
#include "cmk_rig.h"

static struct tss_digest ticket;

/* ---- 11.5 TPM_CMK_CreateTicket ---- */

static struct key_blob signature(const struct client_rsa *by)
{
	struct key_blob sig = { .len = client_rsa_size(by) };

	client_sign_sha1(by, ones.b, sig.b);
	return sig;
}

static uint32_t create_ticket(const struct key_blob *pub,
			      const struct key_blob *sig)
{
	return call_cmk_create_ticket(m, pub, &ones, bytes_of(sig), &ticket);
}

/* Steps 4 and 5: TPM_CMK_SIGTICKET (Part 2, 5.16). */
START_TEST(a_ticket_says_who_signed_what)
{
	struct key_blob sig = signature(msa.rsa), want = { .len = 0 };
	struct tss_digest hmac;

	ck_assert_result(create_ticket(&msa.pub, &sig), 0);
	blob_put_number(&want, 0x0034, 2);
	blob_put(&want, msa.id.b, 20);
	blob_put(&want, ones.b, 20);
	hmac = hmac_proof(m, &want);
	ck_assert_digest(ticket, hmac);
}
END_TEST

START_TEST(a_ticket_for_a_key_that_signs_structures)
{
	struct key_kind kind = kind_authority;
	struct key_blob pub, sig = signature(msa.rsa);

	kind.sig = TPM_SS_RSASSAPKCS1v15_INFO;
	rsa_pubkey(msa.rsa, &kind, &pub);
	ck_assert_result(create_ticket(&pub, &sig), 0);
}
END_TEST

START_TEST(keys_of_all_sizes_get_tickets)
{
	static const unsigned int bits[] = { 512, 1024 };
	struct client_rsa *rsa = client_rsa_new(bits[_i], 0);
	struct key_blob pub, sig = signature(rsa);

	rsa_pubkey(rsa, &kind_authority, &pub);
	ck_assert_result(create_ticket(&pub, &sig), 0);
	client_rsa_free(rsa);
}
END_TEST

/* Step 2. */
START_TEST(keys_that_are_not_for_signing)
{
	struct key_kind kind = kind_authority;
	struct key_blob pub = msa.pub, sig = signature(msa.rsa);

	pub.b[3] = TPM_ALG_AES128;
	ck_assert_result(create_ticket(&pub, &sig), TPM_BAD_KEY_PROPERTY);
	kind.enc = TPM_ES_RSAESOAEP_SHA1_MGF1;
	rsa_pubkey(msa.rsa, &kind, &pub);
	ck_assert_result(create_ticket(&pub, &sig), TPM_INAPPROPRIATE_ENC);
	kind.enc = TPM_ES_NONE;
	kind.sig = TPM_SS_RSASSAPKCS1v15_DER;
	rsa_pubkey(msa.rsa, &kind, &pub);
	ck_assert_result(create_ticket(&pub, &sig), TPM_INVALID_KEYUSAGE);
	kind.sig = TPM_SS_NONE;
	rsa_pubkey(msa.rsa, &kind, &pub);
	ck_assert_result(create_ticket(&pub, &sig), TPM_INVALID_KEYUSAGE);
}
END_TEST

START_TEST(a_key_that_is_none)
{
	struct key_blob pub = msa.pub, sig = signature(msa.rsa);

	/* Its modulus is even. */
	pub.b[pub.len - 1] ^= 1;
	ck_assert_result(create_ticket(&pub, &sig), TPM_BAD_KEY_PROPERTY);
}
END_TEST

/* Step 3. */
START_TEST(signatures_that_are_none)
{
	struct client_rsa *wrong = client_rsa_new(2048, 0);
	struct key_blob sig = signature(wrong);

	client_rsa_free(wrong);
	ck_assert_result(create_ticket(&msa.pub, &sig), TPM_BAD_SIGNATURE);
	sig = signature(msa.rsa);
	sig.b[RSA_MAX - 1] ^= 1;
	ck_assert_result(create_ticket(&msa.pub, &sig), TPM_BAD_SIGNATURE);
	sig = signature(msa.rsa);
	sig.len--;
	ck_assert_result(create_ticket(&msa.pub, &sig), TPM_BAD_SIGNATURE);
	sig.len = 0;
	ck_assert_result(create_ticket(&msa.pub, &sig), TPM_BAD_SIGNATURE);
}
END_TEST

/* ---- 11.6 TPM_CMK_ApproveMA ---- */

/* TPM_CMK_MA_APPROVAL (Part 2, 5.18). */
START_TEST(an_approval_is_of_the_list)
{
	struct tss_digest approval, hmac;
	struct key_blob want = { .len = 0 };

	ck_assert_result(call_cmk_approve_ma(m, &ones, &approval), 0);
	blob_put_number(&want, 0x0035, 2);
	blob_put(&want, ones.b, 20);
	hmac = hmac_proof(m, &want);
	ck_assert_digest(approval, hmac);
}
END_TEST

/* ---- 11.7 TPM_CMK_CreateKey ---- */

static struct cmk_create_key birth;

static void set_up_birth(void)
{
	birth = (struct cmk_create_key){
		.parent = TPM_KH_SRK,
		.secret = &secret_srk,
		.kind = &kind_cmk,
		.authority = msa.list_digest,
	};
	ck_assert_result(
		call_cmk_approve_ma(m, &birth.authority, &birth.approval), 0);
	m->primes_taken = 0;
}

static void assert_not_born(uint32_t want)
{
	struct snapshot before = snapshot_take_calm(m), after;
	struct key_blob out;

	ck_assert_result(call_cmk_create_key(m, &birth, &out), want);
	after = snapshot_take_calm(m);
	ck_assert(snapshot_equal(&before, &after));
	snapshot_free(&before);
	snapshot_free(&after);
}

START_TEST(a_key_with_an_authority_is_used_like_any)
{
	assert_signs(m, blob_view(&key).encData);
}
END_TEST

/* Step 14. */
START_TEST(its_secret_comes_in_either_way)
{
	set_up_birth();
	birth.adip = TSS_ADIP_AES_CTR;
	ck_assert_result(call_cmk_create_key(m, &birth, &key), 0);
	assert_signs(m, blob_view(&key).encData);
}
END_TEST

/* Step 17; its migrationAuth is of TPM_CMK_MIGAUTH (Part 2, 5.15). */
START_TEST(its_private_half_says_whose_it_is)
{
	const struct blob_view v = blob_view(&key);
	const struct tss_digest pub_digest =
		sha1_of((struct client_bytes){ key.b, v.public_len }, none);
	struct client_rsa *srk = client_rsa_new(2048, SRK_PRIMES);
	struct client_rsa *rsa = client_rsa_new(2048, 0);
	struct key_blob migauth = { .len = 0 }, want, got;
	struct tss_digest hmac;
	uint8_t p[RSA_MAX / 2];

	blob_put_number(&migauth, 0x0033, 2);
	blob_put(&migauth, msa.list_digest.b, 20);
	blob_put(&migauth, source.b, 20);
	hmac = hmac_proof(m, &migauth);
	client_rsa_prime(rsa, p);
	store_asymkey(TPM_PT_MIGRATE_RESTRICTED, &hmac, &pub_digest,
		      (struct client_bytes){ p, sizeof(p) }, &want);
	got.len = client_open_oaep(srk, v.encData, got.b);
	ck_assert_uint_eq(got.len, want.len);
	ck_assert_mem_eq(got.b, want.b, want.len);
	client_rsa_free(srk);
	client_rsa_free(rsa);
}
END_TEST

/* Step 18. */
START_TEST(its_registers_at_creation_are_noted)
{
	static const uint8_t info[] = { 0, 6, 1, 0x1f, 0, 3, 0x80,
					0, 0, 0, 3,    0, 0, 0 };
	uint8_t long_info[sizeof(info) + 40] = { 0 };
	struct key_kind kind = kind_cmk;
	struct tss_answer a;
	struct key_blob made;
	const uint8_t *got;
	size_t len;

	memcpy(long_info, info, sizeof(info));
	kind.pcr_info = (struct client_bytes){ long_info, sizeof(long_info) };
	set_up_birth();
	birth.kind = &kind;
	m->locality = 2;
	ck_assert_result(call_cmk_create_key(m, &birth, &made), 0);
	a = (struct tss_answer){ .p = made.b, .end = made.b + made.len };
	tss_get_bytes(&a, 4 + 2 + 4 + 1 + 4 + 2 + 2 + 4 + 12);
	got = tss_get_blob(&a, &len);
	ck_assert_uint_eq(len, sizeof(long_info));
	ck_assert_uint_eq(got[2], 1u << 2);
	ck_assert_mem_ne(got + sizeof(info), long_info + sizeof(info), 20);
}
END_TEST

/* Step 1. */
START_TEST(a_birth_wants_the_parents_secret)
{
	set_up_birth();
	birth.secret = &secret_wrong;
	assert_not_born(TPM_AUTHFAIL);
}
END_TEST

/* Step 2. */
START_TEST(a_birth_wants_osap)
{
	struct tss_session s;
	struct tss_command c;

	set_up_birth();
	tss_begin(&c, ORD_CMK_CreateKey);
	tss_put_handle(&c, TPM_KH_SRK);
	tss_put_bytes(&c, zeros.b, 20);
	put_key(&c, &kind_cmk, none, none);
	tss_put_bytes(&c, birth.approval.b, 20);
	tss_put_bytes(&c, birth.authority.b, 20);
	use_oiap(m, &c, &s, &secret_srk);
	ck_assert_result(machine_run(m, &c), TPM_BAD_MODE);
}
END_TEST

static void usage_unknown(struct key_kind *k)
{
	k->usage = 0x0f;
}

static void storage_of_1024_bits(struct key_kind *k)
{
	k->usage = TPM_KEY_STORAGE;
	k->enc = TPM_ES_RSAESOAEP_SHA1_MGF1;
	k->sig = TPM_SS_NONE;
	k->bits = 1024;
}

static void size_unknown(struct key_kind *k)
{
	k->bits = 768;
}

static void not_migratable(struct key_kind *k)
{
	k->flags &= ~TPM_MIGRATABLE;
}

static void no_authority(struct key_kind *k)
{
	k->flags &= ~TPM_MIGRATEAUTHORITY;
}

static void identity(struct key_kind *k)
{
	k->usage = TPM_KEY_IDENTITY;
}

static void authchange(struct key_kind *k)
{
	k->usage = TPM_KEY_AUTHCHANGE;
	k->enc = TPM_ES_RSAESOAEP_SHA1_MGF1;
	k->sig = TPM_SS_NONE;
}

static void old_structure(struct key_kind *k)
{
	k->is12 = false;
}

static const struct {
	void (*change)(struct key_kind *k);
	uint32_t want;
} kinds[] = {
	{ usage_unknown, TPM_BAD_KEY_PROPERTY },	/* 3 */
	{ storage_of_1024_bits, TPM_BAD_KEY_PROPERTY }, /* 3, 11 */
	{ size_unknown, TPM_BAD_KEY_PROPERTY },		/* 3 */
	{ not_migratable, TPM_INVALID_KEYUSAGE },	/* 6 */
	{ no_authority, TPM_INVALID_KEYUSAGE },		/* 7 */
	{ identity, TPM_INVALID_KEYUSAGE },		/* 9 */
	{ authchange, TPM_INVALID_KEYUSAGE },		/* 9 */
	{ old_structure, TPM_INVALID_STRUCTURE },	/* 12 */
};

START_TEST(kinds_that_are_not_made)
{
	struct key_kind kind = kind_cmk;

	kinds[_i].change(&kind);
	set_up_birth();
	birth.kind = &kind;
	assert_not_born(kinds[_i].want);
}
END_TEST

/* Steps 4 and 5. */
START_TEST(parents_that_have_no_such_keys)
{
	struct key_kind kind = kind_storage;

	set_up_birth();
	birth.secret = &secret_key;
	birth.parent = make_key(m, &kind_bind);
	assert_not_born(TPM_INVALID_KEYUSAGE);
	kind.flags = TPM_MIGRATABLE;
	birth.parent = make_key(m, &kind);
	assert_not_born(TPM_INVALID_KEYUSAGE);
}
END_TEST

/* Step 8. */
START_TEST(an_authority_that_the_owner_did_not_approve)
{
	set_up_birth();
	birth.approval.b[19] ^= 1;
	assert_not_born(TPM_MA_AUTHORITY);
	birth.approval.b[19] ^= 1;
	birth.authority.b[0] ^= 1;
	assert_not_born(TPM_MA_AUTHORITY);
}
END_TEST

START_TEST(an_approval_of_another_owner)
{
	set_up_birth();
	ck_assert_result(
		call_cmk_approve_ma(other, &birth.authority, &birth.approval),
		0);
	assert_not_born(TPM_MA_AUTHORITY);
}
END_TEST

/* Step 10. */
START_TEST(kinds_that_fips_does_not_allow)
{
	struct key_kind weak = kind_cmk, open = kind_cmk, legacy = kind_cmk;
	const struct key_kind *all[] = { &weak, &open, &legacy };

	weak.bits = 512;
	open.auth = TPM_AUTH_NEVER;
	legacy.usage = TPM_KEY_LEGACY;
	legacy.enc = TPM_ES_RSAESPKCSv15;
	set_up_birth();
	setup_fips(m);
	/* Nor does it allow XOR. */
	birth.adip = TSS_ADIP_AES_CTR;
	for (size_t i = 0; i < 3; i++) {
		birth.kind = all[i];
		assert_not_born(TPM_NOTFIPS);
	}
}
END_TEST

START_TEST(nothing_to_make_it_of)
{
	set_up_birth();
	m->no_primes = true;
	assert_not_born(TPM_FAIL);
}
END_TEST

/* ---- 11.8 TPM_CMK_SetRestrictions ---- */

START_TEST(restrictions_are_for_ever)
{
	const uint32_t some =
		TPM_CMK_DELEGATE_SIGNING | TPM_CMK_DELEGATE_MIGRATE;

	ck_assert_uint_eq(property(m, TPM_CAP_PROP_CMK_RESTRICTION), 0);
	ck_assert_result(call_cmk_set_restrictions(m, some), 0);
	ck_assert(is_stored(m));
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_CMK_RESTRICTION), some);
	machine_reboot(m);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_CMK_RESTRICTION), some);
	ck_assert_result(call_cmk_set_restrictions(m, 0), 0);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_CMK_RESTRICTION), 0);
}
END_TEST

START_TEST(the_same_restrictions_again_are_not_stored)
{
	unsigned int stores;

	ck_assert_result(call_cmk_set_restrictions(m, 1u << 31), 0);
	stores = m->stores;
	ck_assert_result(call_cmk_set_restrictions(m, 1u << 31), 0);
	ck_assert_uint_eq(m->stores, stores);
}
END_TEST

START_TEST(restrictions_that_cannot_be_stored_are_none)
{
	m->fail_store = 1;
	ck_assert_result(call_cmk_set_restrictions(m, 1u << 31), TPM_FAIL);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_CMK_RESTRICTION), 0);
}
END_TEST

/* ---- */

static void add_tickets(Suite *s)
{
	TCase *t = between(s, "11.5 TPM_CMK_CreateTicket");

	tcase_add_test(t, a_ticket_says_who_signed_what);
	tcase_add_test(t, a_ticket_for_a_key_that_signs_structures);
	tcase_add_loop_test(t, keys_of_all_sizes_get_tickets, 0, 2);
	tcase_add_test(t, keys_that_are_not_for_signing);
	tcase_add_test(t, a_key_that_is_none);
	tcase_add_test(t, signatures_that_are_none);
	t = between(s, "11.6 TPM_CMK_ApproveMA");
	tcase_add_test(t, an_approval_is_of_the_list);
}

static void add_create_key(Suite *s)
{
	TCase *t = between(s, "11.7 TPM_CMK_CreateKey");

	tcase_add_test(t, a_key_with_an_authority_is_used_like_any);
	tcase_add_test(t, its_secret_comes_in_either_way);
	tcase_add_test(t, its_private_half_says_whose_it_is);
	tcase_add_test(t, its_registers_at_creation_are_noted);
	tcase_add_test(t, a_birth_wants_the_parents_secret);
	tcase_add_test(t, a_birth_wants_osap);
	tcase_add_loop_test(t, kinds_that_are_not_made, 0,
			    sizeof(kinds) / sizeof(*kinds));
	tcase_add_test(t, parents_that_have_no_such_keys);
	tcase_add_test(t, an_authority_that_the_owner_did_not_approve);
	tcase_add_test(t, an_approval_of_another_owner);
	tcase_add_test(t, kinds_that_fips_does_not_allow);
	tcase_add_test(t, nothing_to_make_it_of);
	t = between(s, "11.8 TPM_CMK_SetRestrictions");
	tcase_add_test(t, restrictions_are_for_ever);
	tcase_add_test(t, the_same_restrictions_again_are_not_stored);
	tcase_add_test(t, restrictions_that_cannot_be_stored_are_none);
}

int main(void)
{
	Suite *s = suite_create("cmk");

	add_tickets(s);
	add_create_key(s);
	return suite_run(s);
}
