/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part 3, section 11: Migration: keys with migration authorities arrive at
 * another TPM.
 */
#include "cmk_rig.h"

static void assert_not_taken(uint32_t want)
{
	struct snapshot before = snapshot_take_calm(other), after;
	struct key_blob out;

	ck_assert_result(call_cmk_convert_migration(other, &taking, &out),
			 want);
	after = snapshot_take_calm(other);
	ck_assert(snapshot_equal(&before, &after));
	snapshot_free(&before);
	snapshot_free(&after);
}

/* ---- 11.10 TPM_CMK_ConvertMigration ---- */

/* All is as it should be; each test spoils something. */
static void arrive(void)
{
	struct moved moved;

	send_cmk(m, &msa, &other_pub, &key, &moved);
	set_up_taking(&moved);
}

/* The authority approves of something else. */
static void reapprove(const struct key_blob *destination,
		      const struct key_blob *which)
{
	authority_approves(other, &msa, destination, which, &taking.restriction,
			   &taking.ticket);
}

/* Step 1. */
START_TEST(taking_wants_the_parents_secret)
{
	arrive();
	taking.secret = &secret_wrong;
	assert_not_taken(TPM_AUTHFAIL);
}
END_TEST

/* Step 2. */
START_TEST(a_parent_that_is_no_storage_key)
{
	arrive();
	taking.parent = make_key(other, &kind_bind);
	taking.secret = &secret_key;
	assert_not_taken(TPM_INVALID_KEYUSAGE);
}
END_TEST

/* Step 3. */
START_TEST(what_is_for_another_tpm_is_not_taken)
{
	arrive();
	taking.key = key;
	assert_not_taken(TPM_DECRYPT_ERROR);
}
END_TEST

/* Step 4. */
START_TEST(the_random_string_has_its_length)
{
	arrive();
	taking.random.len--;
	assert_not_taken(TPM_BAD_PARAMETER);
	taking.random = none;
	assert_not_taken(TPM_BAD_PARAMETER);
}
END_TEST

/* Step 5. */
START_TEST(another_random_string_does_not_do)
{
	uint8_t changed[RSA_MAX];

	arrive();
	memcpy(changed, taking.random.p, taking.random.len);
	changed[taking.random.len - 1] ^= 1;
	taking.random.p = changed;
	assert_not_taken(TPM_DECRYPT_ERROR);
}
END_TEST

/* Step 6. */
START_TEST(another_list_of_authorities)
{
	struct tss_digest two[2] = { msa.id, zeros };
	struct key_blob list;

	arrive();
	msa_list(two, 2, &list);
	taking.list = bytes_of(&list);
	assert_not_taken(TPM_AUTHFAIL);
}
END_TEST

START_TEST(a_list_that_is_none)
{
	struct key_blob list = { .len = 0 };

	arrive();
	blob_put_number(&list, 0, 4);
	taking.list = bytes_of(&list);
	assert_not_taken(TPM_INVALID_STRUCTURE);
	taking.list = none;
	assert_not_taken(TPM_BAD_PARAM_SIZE);
}
END_TEST

START_TEST(another_public_half)
{
	struct key_blob another;

	arrive();
	make_cmk(m, &msa, &another);
	blob_replace(&another, blob_view(&taking.key).encData, &taking.key);
	assert_not_taken(TPM_AUTHFAIL);
}
END_TEST

/* Step 9. */
START_TEST(a_parent_that_moves_itself)
{
	struct key_kind kind = kind_storage;
	struct client_rsa *rsa = client_rsa_new(2048, 0);
	struct key_blob pub;
	struct moved moved;
	uint32_t handle;

	kind.flags = TPM_MIGRATABLE;
	handle = make_key(other, &kind);
	rsa_pubkey(rsa, &kind_storage, &pub);
	client_rsa_free(rsa);
	send_cmk(m, &msa, &pub, &key, &moved);
	other_pub = pub;
	set_up_taking(&moved);
	taking.parent = handle;
	taking.secret = &secret_key;
	assert_not_taken(TPM_INVALID_KEYUSAGE);
}
END_TEST

/* What the other TPM is given, but by somebody who knows what is in it. */
static void forge(void (*change)(struct outer *o))
{
	struct client_rsa *srk = client_rsa_new(2048, OTHER_SRK_PRIMES);
	static uint8_t nothing[RSA_MAX], enc[RSA_MAX];
	struct key_blob plain, random = { .len = taking.random.len };
	struct outer o;

	memcpy(random.b, taking.random.p, random.len);
	plain.len =
		client_open_oaep(srk, blob_view(&taking.key).encData, plain.b);
	blob_xor(&plain, &random);
	ck_assert(outer_decode(&plain, &o));
	change(&o);
	outer_encode(&o, &plain);
	client_oaep(srk, bytes_of(&plain), enc);
	client_rsa_free(srk);
	blob_replace(&key, (struct client_bytes){ enc, sizeof(enc) },
		     &taking.key);
	taking.random = (struct client_bytes){ nothing, plain.len };
}

static void not_at_all(struct outer *o)
{
	(void)o;
}

static void payload_migrate(struct outer *o)
{
	o->payload = TPM_PT_MIGRATE;
}

static void another_prime(struct outer *o)
{
	struct client_rsa *rsa = client_rsa_new(2048, OTHER_SRK_PRIMES);

	client_rsa_prime(rsa, o->private.b + 4);
	client_rsa_free(rsa);
}

static void a_shorter_prime(struct outer *o)
{
	o->private.b[3] = 64;
	o->private.len = 4 + 64;
}

/* Steps 10 and 14. */
static const struct {
	void (*change)(struct outer *o);
	uint32_t want;
} forged[] = {
	{ payload_migrate, TPM_BAD_MIGRATION },
	{ another_prime, TPM_BAD_PARAMETER },
	{ a_shorter_prime, TPM_BAD_PARAMETER },
};

START_TEST(what_somebody_else_made)
{
	arrive();
	forge(not_at_all);
	assert_taken();
	forge(forged[_i].change);
	assert_not_taken(forged[_i].want);
}
END_TEST

/* Step 11. */
START_TEST(no_authority_approves_of_taking_it)
{
	arrive();
	taking.ticket.b[19] ^= 1;
	assert_not_taken(TPM_MA_TICKET_SIGNATURE);
	taking.ticket.b[19] ^= 1;
	taking.restriction.b[59] ^= 1;
	assert_not_taken(TPM_MA_TICKET_SIGNATURE);
}
END_TEST

START_TEST(the_first_tpms_ticket_is_worth_nothing_here)
{
	struct key_blob restriction;

	arrive();
	authority_approves(m, &msa, &other_pub, &key, &restriction,
			   &taking.ticket);
	assert_not_taken(TPM_MA_TICKET_SIGNATURE);
}
END_TEST

/* Step 13. */
START_TEST(an_approval_for_another_destination)
{
	arrive();
	reapprove(&msa.pub, &key);
	assert_not_taken(TPM_MA_DESTINATION);
}
END_TEST

/* Steps 15 and 16: byte 9 is the last of keyFlags. */
START_TEST(flags_of_no_such_key)
{
	arrive();
	taking.key.b[9] = TPM_MIGRATEAUTHORITY;
	assert_not_taken(TPM_INVALID_KEYUSAGE);
	taking.key.b[9] = TPM_MIGRATABLE;
	assert_not_taken(TPM_INVALID_KEYUSAGE);
}
END_TEST

/* Step 17. */
START_TEST(an_approval_for_another_key)
{
	struct key_blob another;

	arrive();
	make_cmk(m, &msa, &another);
	reapprove(&other_pub, &another);
	assert_not_taken(TPM_MA_SOURCE);
}
END_TEST

/* Steps 18 and 19: what it is under its new parent. */
START_TEST(its_private_half_says_that_it_came)
{
	struct client_rsa *srk = client_rsa_new(2048, OTHER_SRK_PRIMES);
	struct key_blob converted, got, want = { .len = 0 };
	struct tss_digest hmac;

	arrive();
	ck_assert_result(call_cmk_convert_migration(other, &taking, &converted),
			 0);
	blob_put_number(&want, 0x0033, 2);
	blob_put(&want, msa.list_digest.b, 20);
	blob_put(&want, source.b, 20);
	hmac = hmac_proof(other, &want);
	got.len = client_open_oaep(srk, bytes_of(&converted), got.b);
	client_rsa_free(srk);
	ck_assert_uint_eq(got.b[0], TPM_PT_MIGRATE_EXTERNAL);
	ck_assert_mem_eq(got.b + 1, secret_key.b, 20);
	ck_assert_mem_eq(got.b + 21, hmac.b, 20);
}
END_TEST

/* ---- */

static void add_convert(Suite *s)
{
	TCase *t = between(s, "11.10 TPM_CMK_ConvertMigration");

	tcase_add_test(t, its_private_half_says_that_it_came);
	tcase_add_test(t, taking_wants_the_parents_secret);
	tcase_add_test(t, a_parent_that_is_no_storage_key);
	tcase_add_test(t, what_is_for_another_tpm_is_not_taken);
	tcase_add_test(t, the_random_string_has_its_length);
	tcase_add_test(t, another_random_string_does_not_do);
	tcase_add_test(t, another_list_of_authorities);
	tcase_add_test(t, a_list_that_is_none);
	tcase_add_test(t, another_public_half);
	tcase_add_test(t, a_parent_that_moves_itself);
	tcase_add_loop_test(t, what_somebody_else_made, 0,
			    sizeof(forged) / sizeof(*forged));
	tcase_add_test(t, no_authority_approves_of_taking_it);
	tcase_add_test(t, the_first_tpms_ticket_is_worth_nothing_here);
	tcase_add_test(t, an_approval_for_another_destination);
	tcase_add_test(t, flags_of_no_such_key);
	tcase_add_test(t, an_approval_for_another_key);
}

int main(void)
{
	Suite *s = suite_create("cmk_convert");

	add_convert(s);
	return suite_run(s);
}
