/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 6: how a TPM gets an owner. */
#include "chapter.h"

#include "ownercalls.h"
#include "rsa.h"

/* ---- 6.1 TPM_TakeOwnership ---- */

/* A request of which a test spoils one part. */
struct taking {
	uint16_t protocol;
	struct client_bytes owner;
	struct client_bytes srk;
	struct key_kind kind;
	const struct tss_digest *proof;
};

static struct taking good_taking(void)
{
	return (struct taking){
		.protocol = TPM_PID_OWNER,
		.owner = { secret_owner.b, sizeof(secret_owner.b) },
		.srk = { secret_srk.b, sizeof(secret_srk.b) },
		.kind = kind_srk,
		.proof = &secret_owner,
	};
}

static uint32_t take(const struct taking *t)
{
	const struct client_bytes none = { NULL, 0 };
	struct tss_command c;
	struct tss_session s;

	tss_begin(&c, ORD_TakeOwnership);
	tss_put_u16(&c, t->protocol);
	put_for_ek(m, &c, t->owner);
	put_for_ek(m, &c, t->srk);
	put_key(&c, &t->kind, none, none);
	use_oiap(m, &c, &s, t->proof);
	return machine_run(m, &c);
}

/* Refused, and nothing is left of it. */
static void assert_not_taken(const struct taking *t, uint32_t want)
{
	struct snapshot before, after;

	ck_assert_int_eq(tpm12_make_ek(m->tpm), 0);
	before = snapshot_take_calm(m);
	ck_assert_result(take(t), want);
	after = snapshot_take_calm(m);
	ck_assert(snapshot_equal(&before, &after));
	snapshot_free(&before);
	snapshot_free(&after);
}

START_TEST(an_owner_from_then_on)
{
	ck_assert(!is_owned(m));
	ck_assert_result(call_take_ownership(m, &kind_srk), 0);
	ck_assert(is_owned(m));
	ck_assert_result(call_owner_u8(m, ORD_OwnerSetDisable, 0), 0);
	machine_reboot(m);
	ck_assert(is_owned(m));
	ck_assert_result(call_owner_u8(m, ORD_OwnerSetDisable, 0), 0);
}
END_TEST

/* The answer is the storage root key's public half, as it was asked for. */
START_TEST(the_storage_root_key_is_told)
{
	static const uint8_t head[] = { 1,  1, 0, 0, 0, 0x11, 0, 0, 0, 0, 1,
					0,  0, 0, 1, 0, 3,    0, 1, 0, 0, 0,
					12, 0, 0, 8, 0, 0,    0, 0, 2, 0, 0,
					0,  0, 0, 0, 0, 0,    0, 0, 1, 0 };
	struct client_rsa *srk = client_rsa_new(2048, 1);
	uint8_t n[RSA_MAX];
	const uint8_t *b;

	ck_assert_result(call_take_ownership(m, &kind_srk), 0);
	client_rsa_modulus(srk, n);
	client_rsa_free(srk);
	b = tss_get_bytes(&m->answer, sizeof(head));
	ck_assert_ptr_nonnull(b);
	ck_assert_mem_eq(b, head, sizeof(head));
	ck_assert_mem_eq(tss_get_bytes(&m->answer, sizeof(n)), n, sizeof(n));
	/* encData */
	ck_assert_uint_eq(tss_get_u32(&m->answer), 0);
	ck_assert(tss_end(&m->answer));
}
END_TEST

START_TEST(keys_are_made_under_it_with_its_secret)
{
	ck_assert_result(call_take_ownership(m, &kind_srk), 0);
	make_key(m, &kind_signing);
	machine_reboot(m);
	make_key(m, &kind_signing);
}
END_TEST

START_TEST(a_storage_root_key_of_the_newer_structure_with_registers)
{
	static const uint8_t info[] = {
		0, 6, 1, 0x1f, 0, 3, 1, 0, 0, 0, 3, 1, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	};
	struct taking t = good_taking();
	struct key_blob key;

	t.kind.is12 = true;
	t.kind.pcr_info = (struct client_bytes){ info, sizeof(info) };
	ck_assert_result(take(&t), 0);
	ck_assert_uint_eq(tss_get_u32(&m->answer), TPM_TAG_KEY12 << 16);
	/* Register 0 is not what the key wants. */
	ck_assert_result(call_create_wrap_key(m, TPM_KH_SRK, &secret_srk,
					      &kind_signing, &key),
			 TPM_WRONGPCRVAL);
}
END_TEST

START_TEST(the_public_key_is_not_read_by_all_any_more)
{
	ck_assert(permanent_flag(m, PF_READ_PUBEK));
	ck_assert_result(call_take_ownership(m, &kind_srk), 0);
	ck_assert(!permanent_flag(m, PF_READ_PUBEK));
	ck_assert_result(call_digest(m, ORD_ReadPubek, &zeros),
			 TPM_DISABLED_CMD);
}
END_TEST

START_TEST(there_is_an_owner_already)
{
	struct taking t = good_taking();

	ck_assert_result(take(&t), 0);
	/* Whatever else is wrong. */
	t.protocol = 0;
	assert_not_taken(&t, TPM_OWNER_SET);
}
END_TEST

START_TEST(owners_are_not_wanted)
{
	const struct taking t = good_taking();

	setup_presence(m);
	ck_assert_result(call_u8(m, ORD_SetOwnerInstall, 0), 0);
	assert_not_taken(&t, TPM_INSTALL_DISABLED);
	ck_assert_result(call_u8(m, ORD_SetOwnerInstall, 1), 0);
	ck_assert_result(take(&t), 0);
}
END_TEST

START_TEST(no_endorsement_key_no_owner)
{
	struct tss_command c;
	struct tss_session s;

	build_take_ownership(m, &c, &s, &kind_srk);
	setup_no_ek(m);
	ck_assert_result(machine_run(m, &c), TPM_NO_ENDORSEMENT);
	ck_assert(!is_owned(m));
}
END_TEST

START_TEST(taken_in_an_oiap_session_only)
{
	const struct client_bytes none = { NULL, 0 };
	struct tss_command c;
	struct tss_session s;

	setup_owner(m);
	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_OWNER,
				  TPM_KH_OWNER, &secret_owner),
			 0);
	setup_no_owner(m);
	tss_begin(&c, ORD_TakeOwnership);
	tss_put_u16(&c, TPM_PID_OWNER);
	put_for_ek(m, &c, (struct client_bytes){ secret_owner.b, 20 });
	put_for_ek(m, &c, (struct client_bytes){ secret_srk.b, 20 });
	put_key(&c, &kind_srk, none, none);
	tss_use(&c, &s, &secret_owner, false);
	ck_assert_result(machine_run(m, &c), TPM_AUTHFAIL);
	ck_assert(!is_owned(m));
}
END_TEST

START_TEST(another_protocol)
{
	struct taking t = good_taking();

	t.protocol = TPM_PID_OSAP;
	assert_not_taken(&t, TPM_BAD_PARAMETER);
}
END_TEST

START_TEST(secrets_of_another_length)
{
	static const uint8_t bytes[40];
	static const size_t lengths[] = { 0, 1, 19, 21, 40 };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		struct taking t = good_taking();

		t.owner = (struct client_bytes){ bytes, lengths[i] };
		assert_not_taken(&t, TPM_BAD_KEY_PROPERTY);
		t = good_taking();
		t.srk = (struct client_bytes){ bytes, lengths[i] };
		assert_not_taken(&t, TPM_BAD_KEY_PROPERTY);
	}
}
END_TEST

START_TEST(secrets_for_another_key)
{
	static const uint8_t noise[256] = { 0, 1, 2, 3 };
	const struct client_bytes none = { NULL, 0 };
	struct tss_command c;
	struct tss_session s;

	tss_begin(&c, ORD_TakeOwnership);
	tss_put_u16(&c, TPM_PID_OWNER);
	if (_i)
		put_for_ek(m, &c, (struct client_bytes){ secret_owner.b, 20 });
	else
		tss_put_blob(&c, noise, sizeof(noise));
	tss_put_blob(&c, noise, sizeof(noise));
	put_key(&c, &kind_srk, none, none);
	use_oiap(m, &c, &s, &secret_owner);
	ck_assert_result(machine_run(m, &c), TPM_DECRYPT_ERROR);
	ck_assert(!is_owned(m));
	ck_assert(permanent_flag(m, PF_READ_PUBEK));
}
END_TEST

START_TEST(who_encrypted_it_need_not_know_it)
{
	struct taking t = good_taking();

	t.proof = &secret_wrong;
	assert_not_taken(&t, TPM_AUTHFAIL);
}
END_TEST

static const struct refused_kind not_srks[] = {
	REFUSED(TPM_KEY_BIND, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE, 2048, 0,
		"", TPM_INVALID_KEYUSAGE),
	REFUSED(TPM_KEY_SIGNING, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_SHA1, 2048,
		0, "", TPM_INVALID_KEYUSAGE),
	REFUSED(TPM_KEY_STORAGE, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE, 2048,
		TPM_MIGRATABLE, "", TPM_INVALID_KEYUSAGE),
	REFUSED(TPM_KEY_STORAGE, TPM_ES_RSAESPKCSv15, TPM_SS_NONE, 2048, 0, "",
		TPM_BAD_KEY_PROPERTY),
	REFUSED(TPM_KEY_STORAGE, TPM_ES_RSAESOAEP_SHA1_MGF1,
		TPM_SS_RSASSAPKCS1v15_SHA1, 2048, 0, "", TPM_BAD_KEY_PROPERTY),
	REFUSED(TPM_KEY_STORAGE, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE, 1024,
		0, "", TPM_BAD_KEY_PROPERTY),
	REFUSED(TPM_KEY_STORAGE, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE, 4096,
		0, "", TPM_BAD_KEY_PROPERTY),
	/* Even if it is the usual one. */
	REFUSED(TPM_KEY_STORAGE, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE, 2048,
		0, "\1\0\1", TPM_BAD_KEY_PROPERTY),
};

START_TEST(keys_that_are_no_storage_root)
{
	struct taking t = good_taking();

	t.kind = not_srks[_i].kind;
	assert_not_taken(&t, not_srks[_i].result);
}
END_TEST

START_TEST(each_owner_has_a_tpm_of_his_own)
{
	const struct client_bytes data = { "ours", 4 }, none = { NULL, 0 };
	struct key_blob sealed;

	ck_assert_result(call_take_ownership(m, &kind_srk), 0);
	ck_assert_result(call_seal(m, TPM_KH_SRK, &secret_srk, none, data,
				   &secret_key, &sealed),
			 0);
	setup_no_owner(m);
	/* The very same storage root key. */
	m->primes_taken = 1;
	ck_assert_result(call_take_ownership(m, &kind_srk), 0);
	ck_assert_result(
		call_unseal(m, TPM_KH_SRK, &secret_srk, &sealed, &secret_key),
		TPM_NOTSEALED_BLOB);
}
END_TEST

START_TEST(a_deactivated_tpm_can_be_taken)
{
	setup_deactivated(m);
	ck_assert_result(call_take_ownership(m, &kind_srk), 0);
}
END_TEST

START_TEST(no_primes_no_owner)
{
	const struct taking t = good_taking();

	ck_assert_int_eq(tpm12_make_ek(m->tpm), 0);
	m->no_primes = true;
	assert_not_taken(&t, TPM_FAIL);
	m->no_primes = false;
	ck_assert_result(take(&t), 0);
}
END_TEST

/* ---- */

#define N(table) ((int)(sizeof(table) / sizeof(*(table))))

int main(void)
{
	Suite *s = suite_create("takeownership");
	TCase *t = section(s, "6.1 TPM_TakeOwnership");

	tcase_add_test(t, an_owner_from_then_on);
	tcase_add_test(t, the_storage_root_key_is_told);
	tcase_add_test(t, keys_are_made_under_it_with_its_secret);
	tcase_add_test(
		t, a_storage_root_key_of_the_newer_structure_with_registers);
	tcase_add_test(t, the_public_key_is_not_read_by_all_any_more);
	tcase_add_test(t, there_is_an_owner_already);
	tcase_add_test(t, owners_are_not_wanted);
	tcase_add_test(t, no_endorsement_key_no_owner);
	tcase_add_test(t, taken_in_an_oiap_session_only);
	tcase_add_test(t, another_protocol);
	tcase_add_test(t, secrets_of_another_length);
	tcase_add_loop_test(t, secrets_for_another_key, 0, 2);
	tcase_add_test(t, who_encrypted_it_need_not_know_it);
	tcase_add_loop_test(t, keys_that_are_no_storage_root, 0, N(not_srks));
	tcase_add_test(t, each_owner_has_a_tpm_of_his_own);
	tcase_add_test(t, a_deactivated_tpm_can_be_taken);
	tcase_add_test(t, no_primes_no_owner);
	return suite_run(s);
}
