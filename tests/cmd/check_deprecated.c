/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 27: Deprecated Commands. */
#include "chapter.h"

#include "ownercalls.h"

static uint32_t terminate(uint32_t handle)
{
	struct tss_command c;

	tss_begin(&c, ORD_Terminate_Handle);
	tss_put_handle(&c, handle);
	return machine_run(m, &c);
}

/* ---- 27.1.2 TPM_Terminate_Handle ---- */

START_TEST(a_session_is_gone)
{
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(terminate(s.handle), 0);
	ck_assert_result(terminate(s.handle), TPM_INVALID_AUTHHANDLE);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_AUTHSESS),
			  property(m, TPM_CAP_PROP_MAX_AUTHSESS));
}
END_TEST

START_TEST(a_session_that_never_was)
{
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(terminate(0), TPM_INVALID_AUTHHANDLE);
	ck_assert_result(terminate(s.handle + 1), TPM_INVALID_AUTHHANDLE);
	ck_assert_result(terminate(0xffffffff), TPM_INVALID_AUTHHANDLE);
	ck_assert_result(terminate(s.handle), 0);
}
END_TEST

/* ---- 27.5 TPM_Reset ---- */

START_TEST(all_sessions_end_and_nothing_else)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	struct tss_digest measured;
	struct key_blob pub;
	struct tss_session s;

	ck_assert_result(call_extend(m, 7, &ones, &measured), 0);
	ck_assert_result(call(m, ORD_DisableForceClear), 0);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_OWNER,
				  TPM_KH_OWNER, &secret_owner),
			 0);
	ck_assert_result(call(m, ORD_Reset), 0);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_AUTHSESS),
			  property(m, TPM_CAP_PROP_MAX_AUTHSESS));
	ck_assert_result(terminate(s.handle), TPM_INVALID_AUTHHANDLE);
	ck_assert_digest(pcr_value(m, 7), measured);
	ck_assert(stclear_flag(m, SF_DISABLE_FORCE_CLEAR));
	ck_assert_result(call_get_pub_key(m, key, &secret_key, &pub), 0);
}
END_TEST

START_TEST(a_disabled_or_deactivated_tpm_resets_sessions)
{
	if (_i)
		setup_disabled(m);
	else
		setup_deactivated(m);
	ck_assert_result(call(m, ORD_Reset), 0);
}
END_TEST

/* ---- 27.6 TPM_OwnerReadPubek, 27.7 TPM_DisablePubekRead ---- */

START_TEST(the_owner_reads_the_same_key_as_everybody)
{
	uint8_t pub[284];

	ck_assert_result(call_digest(m, ORD_ReadPubek, &zeros), 0);
	memcpy(pub, tss_get_bytes(&m->answer, sizeof(pub)), sizeof(pub));
	setup_owner(m);
	ck_assert_result(call_owner(m, ORD_OwnerReadPubek), 0);
	ck_assert_mem_eq(tss_get_bytes(&m->answer, sizeof(pub)), pub,
			 sizeof(pub));
	ck_assert(tss_end(&m->answer));
}
END_TEST

START_TEST(the_owner_reads_a_key_that_was_promised)
{
	setup_owner(m);
	ck_assert(tpm12_needs_ek(m->tpm));
	ck_assert_result(call_owner(m, ORD_OwnerReadPubek), 0);
	ck_assert(!tpm12_needs_ek(m->tpm));
}
END_TEST

START_TEST(the_owner_of_a_tpm_without_a_key)
{
	setup_owner(m);
	setup_no_ek(m);
	ck_assert_result(call_owner(m, ORD_OwnerReadPubek), TPM_NO_ENDORSEMENT);
}
END_TEST

START_TEST(nobody_but_the_owner_reads_it_then)
{
	setup_owner(m);
	ck_assert_result(call_owner(m, ORD_DisablePubekRead), 0);
	ck_assert(!permanent_flag(m, PF_READ_PUBEK));
	ck_assert_result(call_digest(m, ORD_ReadPubek, &zeros),
			 TPM_DISABLED_CMD);
	machine_reboot(m);
	ck_assert_result(call_digest(m, ORD_ReadPubek, &zeros),
			 TPM_DISABLED_CMD);
	ck_assert_result(call_owner(m, ORD_OwnerReadPubek), 0);
}
END_TEST

/* ---- */

int main(void)
{
	Suite *s = suite_create("deprecated");
	TCase *t = section(s, "27.1.2 TPM_Terminate_Handle");

	tcase_add_test(t, a_session_is_gone);
	tcase_add_test(t, a_session_that_never_was);
	t = section(s, "27.5 TPM_Reset");
	tcase_add_test(t, all_sessions_end_and_nothing_else);
	tcase_add_loop_test(t, a_disabled_or_deactivated_tpm_resets_sessions, 0,
			    2);
	t = section(s, "27.6 TPM_OwnerReadPubek, 27.7 TPM_DisablePubekRead");
	tcase_add_test(t, the_owner_reads_the_same_key_as_everybody);
	tcase_add_test(t, the_owner_reads_a_key_that_was_promised);
	tcase_add_test(t, the_owner_of_a_tpm_without_a_key);
	tcase_add_test(t, nobody_but_the_owner_reads_it_then);
	return suite_run(s);
}
