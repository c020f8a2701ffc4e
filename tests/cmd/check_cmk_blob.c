/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part 3, section 11: Migration: keys with migration authorities go to another
 * TPM.
 */
#include "cmk_rig.h"

/* A wish to send it that is granted. */
static struct key_blob auth, restriction;
static struct tss_digest ticket;
static struct cmk_create_blob wish;

static void authorize(struct machine *where, unsigned int scheme,
		      const struct key_blob *pub)
{
	ck_assert_result(
		call_authorize_migration_key(where, scheme, pub, &auth), 0);
}

/* To the other TPM, as the authority approves. */
static void set_up_wish(void)
{
	authority_approves(m, &msa, &other_pub, &key, &restriction, &ticket);
	authorize(m, TPM_MS_RESTRICT_APPROVE, &other_pub);
	wish = (struct cmk_create_blob){
		.parent = TPM_KH_SRK,
		.secret = &secret_srk,
		.type = TPM_MS_RESTRICT_APPROVE,
		.auth = &auth,
		.source = source,
		.list = bytes_of(&msa.list),
		.restriction = bytes_of(&restriction),
		.ticket = digest_of(&ticket),
		.encData = blob_view(&key).encData,
	};
}

/* To the authority itself; which then is a key that encrypts. */
static void set_up_wish_to_authority(void)
{
	authority_free(&msa);
	authority_new(&msa, &kind_storage);
	m->primes_taken = 0;
	make_cmk(m, &msa, &key);
	authorize(m, TPM_MS_RESTRICT_MIGRATE, &msa.pub);
	wish = (struct cmk_create_blob){
		.parent = TPM_KH_SRK,
		.secret = &secret_srk,
		.type = TPM_MS_RESTRICT_MIGRATE,
		.auth = &auth,
		.source = digest_of_pub(&key),
		.list = bytes_of(&msa.list),
		.encData = blob_view(&key).encData,
	};
}

static uint32_t send(struct moved *moved)
{
	return call_cmk_create_blob(m, &wish, moved);
}

static void assert_not_sent(uint32_t want)
{
	struct snapshot before = snapshot_take_calm(m), after;
	struct moved moved;

	ck_assert_result(send(&moved), want);
	after = snapshot_take_calm(m);
	ck_assert(snapshot_equal(&before, &after));
	snapshot_free(&before);
	snapshot_free(&after);
}

/* ---- 11.9 TPM_CMK_CreateBlob ---- */

/* Where both authorities have the same key: one encrypts, the other signs. */
START_TEST(an_authority_passes_a_key_on)
{
	struct machine *ma = machine_started();
	struct tss_digest both[2];
	struct key_blob pub;
	struct moved moved;
	uint32_t handle;

	setup_owner(ma);
	ma->primes_taken = AUTHORITY_PRIMES;
	handle = make_key(ma, &kind_migrate);
	rsa_pubkey(msa.rsa, &kind_migrate, &pub);
	both[0] = sha1_of(bytes_of(&pub), none);
	both[1] = msa.id;
	msa_list(both, 2, &msa.list);
	msa.list_digest = sha1_of(bytes_of(&msa.list), none);
	m->primes_taken = 0;
	make_cmk(m, &msa, &key);
	authorize(m, TPM_MS_RESTRICT_MIGRATE, &pub);
	wish = (struct cmk_create_blob){
		.parent = TPM_KH_SRK,
		.secret = &secret_srk,
		.type = TPM_MS_RESTRICT_MIGRATE,
		.auth = &auth,
		.source = source,
		.list = bytes_of(&msa.list),
		.encData = blob_view(&key).encData,
	};
	ck_assert_result(send(&moved), 0);
	ck_assert_result(call_migrate_key(ma, handle, &secret_key, &other_pub,
					  bytes_of(&moved.data), &moved.data),
			 0);
	set_up_taking(&moved);
	assert_taken();
	machine_free(ma);
}
END_TEST

START_TEST(a_key_goes_where_an_authority_approves)
{
	struct moved moved;

	set_up_wish();
	ck_assert_result(send(&moved), 0);
	set_up_taking(&moved);
	assert_taken();
	/* And stays where it was. */
	assert_signs(m, blob_view(&key).encData);
}
END_TEST

/* TPM_PT_MIGRATE_EXTERNAL. */
START_TEST(a_key_that_came_goes_back)
{
	struct client_rsa *srk = client_rsa_new(2048, SRK_PRIMES);
	struct key_blob here, converted, there;
	struct moved moved;

	set_up_wish();
	ck_assert_result(send(&moved), 0);
	set_up_taking(&moved);
	ck_assert_result(call_cmk_convert_migration(other, &taking, &converted),
			 0);
	rsa_pubkey(srk, &kind_storage, &here);
	client_rsa_free(srk);
	blob_replace(&key, bytes_of(&converted), &there);
	send_cmk(other, &msa, &here, &there, &moved);
	authority_approves(m, &msa, &here, &key, &taking.restriction,
			   &taking.ticket);
	blob_replace(&key, bytes_of(&moved.data), &taking.key);
	taking.random = bytes_of(&moved.random);
	ck_assert_result(call_cmk_convert_migration(m, &taking, &converted), 0);
	assert_signs(m, bytes_of(&converted));
}
END_TEST

/* Any one of the list approves. */
START_TEST(each_authority_of_a_list_will_do)
{
	struct tss_digest three[3] = { zeros, ones, secret_wrong };
	struct moved moved;

	three[_i] = msa.id;
	msa_list(three, 3, &msa.list);
	msa.list_digest = sha1_of(bytes_of(&msa.list), none);
	m->primes_taken = 0;
	make_cmk(m, &msa, &key);
	set_up_wish();
	ck_assert_result(send(&moved), 0);
	set_up_taking(&moved);
	assert_taken();
}
END_TEST

/* Steps 11 to 17, in the client's own words. */
START_TEST(what_travels_is_what_the_specification_says)
{
	struct client_rsa *srk = client_rsa_new(2048, OTHER_SRK_PRIMES);
	struct tss_digest label =
		sha1_of(digest_of(&msa.list_digest), digest_of(&source));
	struct key_blob plain;
	struct moved moved;
	struct outer o;

	set_up_wish();
	ck_assert_result(send(&moved), 0);
	plain.len = client_open_oaep(srk, bytes_of(&moved.data), plain.b);
	ck_assert_uint_eq(plain.len, 198);
	blob_xor(&plain, &moved.random);
	ck_assert(outer_decode(&plain, &o));
	ck_assert_uint_eq(o.payload, TPM_PT_CMK_MIGRATE);
	ck_assert_digest(o.usage, secret_key);
	ck_assert_digest(o.label, label);
	ck_assert_uint_eq(o.private.len, 4 + 128);
	client_rsa_free(srk);
}
END_TEST

/* Step 1. */
START_TEST(sending_wants_the_parents_secret)
{
	set_up_wish();
	wish.secret = &secret_wrong;
	assert_not_sent(TPM_AUTHFAIL);
}
END_TEST

/* Step 3. */
START_TEST(parents_that_send_no_such_keys)
{
	struct key_kind kind = kind_storage;

	set_up_wish();
	wish.secret = &secret_key;
	wish.parent = make_key(m, &kind_bind);
	assert_not_sent(TPM_INVALID_KEYUSAGE);
	kind.flags = TPM_MIGRATABLE;
	wish.parent = make_key(m, &kind);
	assert_not_sent(TPM_INVALID_KEYUSAGE);
}
END_TEST

/* Step 4. */
START_TEST(what_is_not_under_the_parent_is_not_sent)
{
	set_up_wish();
	wish.encData = none;
	assert_not_sent(TPM_DECRYPT_ERROR);
}
END_TEST

/* Step 5. */
START_TEST(sending_wants_the_owners_word)
{
	const size_t parts[] = { 19, 21, 60 };

	set_up_wish();
	auth.b[parts[_i] < 60 ? auth.len - parts[_i] : 60] ^= 1;
	assert_not_sent(TPM_AUTHFAIL);
}
END_TEST

/* Step 6. */
START_TEST(a_key_without_an_authority_is_not_sent)
{
	struct key_blob plain;

	set_up_wish();
	ck_assert_result(call_create_wrap_key(m, TPM_KH_SRK, &secret_srk,
					      &kind_movable, &plain),
			 0);
	wish.encData = blob_view(&plain).encData;
	assert_not_sent(TPM_INVALID_STRUCTURE);
}
END_TEST

/* Step 7. */
START_TEST(authorities_that_are_not_the_keys)
{
	struct key_blob list;

	set_up_wish();
	msa_list(&zeros, 1, &list);
	wish.list = bytes_of(&list);
	assert_not_sent(TPM_MA_AUTHORITY);
	wish.list = bytes_of(&msa.list);
	wish.source = zeros;
	assert_not_sent(TPM_MA_AUTHORITY);
}
END_TEST

/* Part 2, 5.13. */
START_TEST(lists_that_are_none)
{
	struct key_blob list = { .len = 0 };

	set_up_wish();
	wish.list = none;
	assert_not_sent(TPM_BAD_PARAM_SIZE);
	blob_put_number(&list, 0, 4);
	wish.list = bytes_of(&list);
	assert_not_sent(TPM_INVALID_STRUCTURE);
	list = msa.list;
	list.len--;
	wish.list = bytes_of(&list);
	assert_not_sent(TPM_BAD_PARAM_SIZE);
	list.len += 2;
	wish.list = bytes_of(&list);
	assert_not_sent(TPM_BAD_PARAM_SIZE);
	list = msa.list;
	list.b[3]++;
	wish.list = bytes_of(&list);
	assert_not_sent(TPM_BAD_PARAM_SIZE);
	/* So many that their size is small again. */
	list.b[0] = 0xff;
	wish.list = bytes_of(&list);
	assert_not_sent(TPM_BAD_PARAM_SIZE);
}
END_TEST

/* Step 8a. */
START_TEST(a_destination_that_is_no_authority)
{
	set_up_wish_to_authority();
	authorize(m, TPM_MS_RESTRICT_MIGRATE, &other_pub);
	assert_not_sent(TPM_MA_TICKET_SIGNATURE);
}
END_TEST

/* Step 8b: the owner allows only keys that encrypt, but any sigScheme. */
START_TEST(an_authority_that_signs_gets_no_key)
{
	struct key_kind kind = kind_storage;

	set_up_wish_to_authority();
	kind.sig = TPM_SS_RSASSAPKCS1v15_SHA1;
	rsa_pubkey(msa.rsa, &kind, &msa.pub);
	msa.id = sha1_of(bytes_of(&msa.pub), none);
	msa_list(&msa.id, 1, &msa.list);
	msa.list_digest = sha1_of(bytes_of(&msa.list), none);
	make_cmk(m, &msa, &key);
	authorize(m, TPM_MS_RESTRICT_MIGRATE, &msa.pub);
	wish.source = digest_of_pub(&key);
	wish.list = bytes_of(&msa.list);
	wish.encData = blob_view(&key).encData;
	assert_not_sent(TPM_INVALID_KEYUSAGE);
}
END_TEST

/* Steps 8c and 8d. */
START_TEST(an_authority_itself_needs_no_tickets)
{
	struct moved moved;

	set_up_wish_to_authority();
	wish.restriction = digest_of(&zeros);
	assert_not_sent(TPM_BAD_PARAMETER);
	wish.restriction = none;
	wish.ticket = digest_of(&zeros);
	assert_not_sent(TPM_BAD_PARAMETER);
	wish.ticket = none;
	ck_assert_result(send(&moved), 0);
}
END_TEST

/* Step 9a i. */
START_TEST(a_ticket_of_no_authority)
{
	set_up_wish();
	ticket.b[0] ^= 1;
	assert_not_sent(TPM_MA_TICKET_SIGNATURE);
	ticket.b[0] ^= 1;
	restriction.b[0] ^= 1;
	assert_not_sent(TPM_MA_TICKET_SIGNATURE);
}
END_TEST

START_TEST(a_ticket_of_another_tpm)
{
	set_up_wish();
	authority_approves(other, &msa, &other_pub, &key, &restriction,
			   &ticket);
	assert_not_sent(TPM_MA_TICKET_SIGNATURE);
}
END_TEST

/* Whoever is not on the list may sign what he likes. */
START_TEST(a_ticket_of_somebody_else)
{
	struct authority stranger = { .rsa = client_rsa_new(2048, 0) };

	set_up_wish();
	rsa_pubkey(stranger.rsa, &kind_authority, &stranger.pub);
	authority_approves(m, &stranger, &other_pub, &key, &restriction,
			   &ticket);
	assert_not_sent(TPM_MA_TICKET_SIGNATURE);
	authority_free(&stranger);
}
END_TEST

START_TEST(tickets_that_are_none)
{
	set_up_wish();
	wish.ticket = none;
	assert_not_sent(TPM_BAD_PARAM_SIZE);
	wish.ticket = (struct client_bytes){ ticket.b, 19 };
	assert_not_sent(TPM_BAD_PARAM_SIZE);
	wish.ticket = digest_of(&ticket);
	wish.restriction = none;
	assert_not_sent(TPM_MA_TICKET_SIGNATURE);
}
END_TEST

/* The authority signed, but not a TPM_CMK_AUTH. */
START_TEST(a_restriction_that_is_none)
{
	struct tss_digest what;
	struct key_blob sig = { .len = RSA_MAX };

	set_up_wish();
	restriction.len--;
	what = sha1_of(bytes_of(&restriction), none);
	client_sign_sha1(msa.rsa, what.b, sig.b);
	ck_assert_result(call_cmk_create_ticket(m, &msa.pub, &what,
						bytes_of(&sig), &ticket),
			 0);
	wish.restriction = bytes_of(&restriction);
	assert_not_sent(TPM_BAD_PARAM_SIZE);
}
END_TEST

/* Step 9a ii. */
START_TEST(a_ticket_for_another_destination)
{
	set_up_wish();
	authority_approves(m, &msa, &msa.pub, &key, &restriction, &ticket);
	assert_not_sent(TPM_MA_DESTINATION);
}
END_TEST

/* Step 9a iii. */
START_TEST(a_ticket_for_another_key)
{
	struct key_blob another;

	set_up_wish();
	make_cmk(m, &msa, &another);
	authority_approves(m, &msa, &other_pub, &another, &restriction,
			   &ticket);
	assert_not_sent(TPM_MA_SOURCE);
}
END_TEST

/* Step 10: what the owner said of the destination, not migrationType. */
START_TEST(ways_that_there_are_not)
{
	static const uint16_t schemes[] = {
		0, TPM_MS_MIGRATE, TPM_MS_REWRAP, TPM_MS_MAINT, 6, 0xffff
	};
	struct moved moved;

	set_up_wish();
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		authorize(m, schemes[i], &other_pub);
		assert_not_sent(TPM_BAD_PARAMETER);
	}
	authorize(m, TPM_MS_RESTRICT_APPROVE, &other_pub);
	wish.type = 0xffff;
	ck_assert_result(send(&moved), 0);
}
END_TEST

/* ---- */

static void add_create_blob(Suite *s)
{
	TCase *t = between(s, "11.9 TPM_CMK_CreateBlob");

	tcase_add_test(t, an_authority_passes_a_key_on);
	tcase_add_test(t, a_key_goes_where_an_authority_approves);
	tcase_add_test(t, a_key_that_came_goes_back);
	tcase_add_loop_test(t, each_authority_of_a_list_will_do, 0, 3);
	tcase_add_test(t, what_travels_is_what_the_specification_says);
	tcase_add_test(t, sending_wants_the_parents_secret);
	tcase_add_test(t, parents_that_send_no_such_keys);
	tcase_add_test(t, what_is_not_under_the_parent_is_not_sent);
	tcase_add_loop_test(t, sending_wants_the_owners_word, 0, 3);
	tcase_add_test(t, a_key_without_an_authority_is_not_sent);
	tcase_add_test(t, authorities_that_are_not_the_keys);
	tcase_add_test(t, lists_that_are_none);
	tcase_add_test(t, a_destination_that_is_no_authority);
	tcase_add_test(t, an_authority_that_signs_gets_no_key);
	tcase_add_test(t, an_authority_itself_needs_no_tickets);
	tcase_add_test(t, a_ticket_of_no_authority);
	tcase_add_test(t, a_ticket_of_another_tpm);
	tcase_add_test(t, a_ticket_of_somebody_else);
	tcase_add_test(t, tickets_that_are_none);
	tcase_add_test(t, a_restriction_that_is_none);
	tcase_add_test(t, a_ticket_for_another_destination);
	tcase_add_test(t, a_ticket_for_another_key);
	tcase_add_test(t, ways_that_there_are_not);
}

int main(void)
{
	Suite *s = suite_create("cmk_blob");

	add_create_blob(s);
	return suite_run(s);
}
