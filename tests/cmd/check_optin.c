/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 5: Admin Opt-in. */
#include "chapter.h"

#include "ownercalls.h"

static void presence_by_command(void)
{
	ck_assert_result(call_u16(m, ORD_PhysicalPresence,
				  TPM_PHYSICAL_PRESENCE_CMD_ENABLE),
			 0);
	ck_assert_result(call_u16(m, ORD_PhysicalPresence,
				  TPM_PHYSICAL_PRESENCE_PRESENT),
			 0);
}

static void start(void)
{
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_CLEAR), 0);
}

/* ---- 5.1 TPM_SetOwnerInstall ---- */

START_TEST(whether_owners_are_wanted)
{
	setup_presence(m);
	ck_assert_result(call_u8(m, ORD_SetOwnerInstall, 0), 0);
	ck_assert(!permanent_flag(m, PF_OWNERSHIP));
	start();
	ck_assert(!permanent_flag(m, PF_OWNERSHIP));
	ck_assert_result(call_u8(m, ORD_SetOwnerInstall, 1), 0);
	ck_assert(permanent_flag(m, PF_OWNERSHIP));
}
END_TEST

START_TEST(nobody_there_to_want_owners)
{
	ck_assert_result(call_u8(m, ORD_SetOwnerInstall, 0), TPM_BAD_PRESENCE);
	ck_assert(permanent_flag(m, PF_OWNERSHIP));
}
END_TEST

/* "immediately returns with TPM_SUCCESS", whoever is there. */
START_TEST(with_an_owner_it_changes_nothing)
{
	setup_owner(m);
	ck_assert_result(call_u8(m, ORD_SetOwnerInstall, 0), 0);
	setup_presence(m);
	ck_assert_result(call_u8(m, ORD_SetOwnerInstall, 0), 0);
	ck_assert(permanent_flag(m, PF_OWNERSHIP));
}
END_TEST

/* ---- 5.2 TPM_OwnerSetDisable ---- */

START_TEST(the_owner_disables_and_enables)
{
	setup_owner(m);
	ck_assert_result(call_owner_u8(m, ORD_OwnerSetDisable, 1), 0);
	ck_assert(permanent_flag(m, PF_DISABLE));
	ck_assert_result(call_pcr_read(m, 0, NULL), TPM_DISABLED);
	machine_reboot(m);
	ck_assert_result(call_pcr_read(m, 0, NULL), TPM_DISABLED);
	ck_assert_result(call_owner_u8(m, ORD_OwnerSetDisable, 0), 0);
	ck_assert_result(call_pcr_read(m, 0, NULL), 0);
}
END_TEST

START_TEST(the_owner_of_a_deactivated_tpm_disables)
{
	setup_owner(m);
	setup_deactivated(m);
	ck_assert_result(call_owner_u8(m, ORD_OwnerSetDisable, 1), 0);
	ck_assert(permanent_flag(m, PF_DISABLE));
}
END_TEST

/* ---- 5.3 TPM_PhysicalEnable, 5.4 TPM_PhysicalDisable ---- */

START_TEST(nobody_there)
{
	static const uint32_t ordinals[] = { ORD_PhysicalEnable,
					     ORD_PhysicalDisable };

	ck_assert_result(call(m, ordinals[_i]), TPM_BAD_PRESENCE);
	/* A signal that the platform's maker has not wired does not count. */
	m->present = true;
	ck_assert_result(call(m, ordinals[_i]), TPM_BAD_PRESENCE);
	ck_assert(!permanent_flag(m, PF_DISABLE));
}
END_TEST

START_TEST(disabled_at_once_and_for_ever)
{
	setup_presence(m);
	ck_assert_result(call(m, ORD_PhysicalDisable), 0);
	ck_assert(permanent_flag(m, PF_DISABLE));
	ck_assert_result(call_pcr_read(m, 0, NULL), TPM_DISABLED);
	start();
	ck_assert(permanent_flag(m, PF_DISABLE));
	ck_assert_result(call_pcr_read(m, 0, NULL), TPM_DISABLED);
}
END_TEST

START_TEST(enabled_at_once_and_for_ever)
{
	setup_presence(m);
	ck_assert_result(call(m, ORD_PhysicalDisable), 0);
	ck_assert_result(call(m, ORD_PhysicalEnable), 0);
	ck_assert_result(call_pcr_read(m, 0, NULL), 0);
	start();
	ck_assert(!permanent_flag(m, PF_DISABLE));
	ck_assert_result(call_pcr_read(m, 0, NULL), 0);
}
END_TEST

START_TEST(presence_that_software_asserts_will_do)
{
	presence_by_command();
	ck_assert_result(call(m, ORD_PhysicalDisable), 0);
	ck_assert_result(call(m, ORD_PhysicalEnable), 0);
}
END_TEST

START_TEST(a_disabled_tpm_is_not_disabled_again)
{
	setup_presence(m);
	ck_assert_result(call(m, ORD_PhysicalDisable), 0);
	ck_assert_result(call(m, ORD_PhysicalDisable), TPM_DISABLED);
}
END_TEST

START_TEST(a_deactivated_tpm_is_enabled_and_disabled)
{
	setup_presence(m);
	setup_deactivated(m);
	ck_assert_result(call(m, ORD_PhysicalDisable), 0);
	ck_assert_result(call(m, ORD_PhysicalEnable), 0);
}
END_TEST

/* ---- 5.5 TPM_PhysicalSetDeactivated ---- */

START_TEST(nobody_there_to_deactivate)
{
	ck_assert_result(call_u8(m, ORD_PhysicalSetDeactivated, 1),
			 TPM_BAD_PRESENCE);
	ck_assert(!permanent_flag(m, PF_DEACTIVATED));
}
END_TEST

START_TEST(deactivated_from_the_next_start_on)
{
	setup_presence(m);
	ck_assert_result(call_u8(m, ORD_PhysicalSetDeactivated, 1), 0);
	ck_assert(permanent_flag(m, PF_DEACTIVATED));
	ck_assert(!stclear_flag(m, SF_DEACTIVATED));
	ck_assert_result(call_pcr_read(m, 0, NULL), 0);
	start();
	ck_assert(stclear_flag(m, SF_DEACTIVATED));
	ck_assert_result(call_pcr_read(m, 0, NULL), TPM_DEACTIVATED);
}
END_TEST

START_TEST(activated_from_the_next_start_on)
{
	setup_presence(m);
	ck_assert_result(call_u8(m, ORD_PhysicalSetDeactivated, 1), 0);
	start();
	ck_assert_result(call_u8(m, ORD_PhysicalSetDeactivated, 0), 0);
	ck_assert_result(call_pcr_read(m, 0, NULL), TPM_DEACTIVATED);
	start();
	ck_assert_result(call_pcr_read(m, 0, NULL), 0);
}
END_TEST

START_TEST(a_disabled_tpm_is_not_deactivated)
{
	setup_presence(m);
	ck_assert_result(call(m, ORD_PhysicalDisable), 0);
	ck_assert_result(call_u8(m, ORD_PhysicalSetDeactivated, 1),
			 TPM_DISABLED);
}
END_TEST

START_TEST(neither_true_nor_false)
{
	setup_presence(m);
	ck_assert_result(call_u8(m, ORD_PhysicalSetDeactivated, 2),
			 TPM_BAD_PARAMETER);
	ck_assert_result(call_u8(m, ORD_PhysicalSetDeactivated, 0xff),
			 TPM_BAD_PARAMETER);
	ck_assert(!permanent_flag(m, PF_DEACTIVATED));
}
END_TEST

/* ---- 5.6 TPM_SetTempDeactivated ---- */

static uint32_t deactivate_as(const struct tss_digest *secret)
{
	struct tss_command c;
	struct tss_session s;

	tss_begin(&c, ORD_SetTempDeactivated);
	use_oiap(m, &c, &s, secret);
	return machine_run(m, &c);
}

static void assert_deactivated_for_now(void)
{
	ck_assert(stclear_flag(m, SF_DEACTIVATED));
	ck_assert(!permanent_flag(m, PF_DEACTIVATED));
	ck_assert_result(call_pcr_read(m, 0, NULL), TPM_DEACTIVATED);
	start();
	ck_assert_result(call_pcr_read(m, 0, NULL), 0);
}

START_TEST(somebody_there_deactivates_for_now)
{
	setup_presence(m);
	ck_assert_result(call(m, ORD_SetTempDeactivated), 0);
	assert_deactivated_for_now();
}
END_TEST

START_TEST(the_operator_deactivates_for_now)
{
	setup_presence(m);
	ck_assert_result(call_digest(m, ORD_SetOperatorAuth, &secret_key), 0);
	m->present = false;
	ck_assert_result(deactivate_as(&secret_wrong), TPM_AUTHFAIL);
	ck_assert(!stclear_flag(m, SF_DEACTIVATED));
	ck_assert_result(deactivate_as(&secret_key), 0);
	assert_deactivated_for_now();
}
END_TEST

START_TEST(there_is_no_operator)
{
	setup_presence(m);
	ck_assert_result(deactivate_as(&zeros), TPM_NOOPERATOR);
	ck_assert(!stclear_flag(m, SF_DEACTIVATED));
}
END_TEST

START_TEST(a_session_of_the_owner_is_none_of_the_operator)
{
	struct tss_command c;
	struct tss_session s;

	setup_presence(m);
	setup_owner(m);
	ck_assert_result(call_digest(m, ORD_SetOperatorAuth, &secret_owner), 0);
	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_OWNER,
				  TPM_KH_OWNER, &secret_owner),
			 0);
	tss_begin(&c, ORD_SetTempDeactivated);
	tss_use(&c, &s, &secret_owner, false);
	ck_assert_result(machine_run(m, &c), TPM_AUTHFAIL);
}
END_TEST

START_TEST(nobody_there_to_deactivate_for_now)
{
	ck_assert_result(call(m, ORD_SetTempDeactivated), TPM_BAD_PRESENCE);
	ck_assert(!stclear_flag(m, SF_DEACTIVATED));
}
END_TEST

START_TEST(a_disabled_tpm_is_deactivated_for_now)
{
	setup_presence(m);
	setup_disabled(m);
	ck_assert_result(call(m, ORD_SetTempDeactivated), 0);
	ck_assert(stclear_flag(m, SF_DEACTIVATED));
}
END_TEST

/* ---- 5.7 TPM_SetOperatorAuth ---- */

START_TEST(an_operator_for_ever)
{
	setup_presence(m);
	ck_assert_result(call_digest(m, ORD_SetOperatorAuth, &secret_wrong), 0);
	ck_assert(permanent_flag(m, PF_OPERATOR));
	/* The last one counts. */
	ck_assert_result(call_digest(m, ORD_SetOperatorAuth, &secret_key), 0);
	machine_reboot(m);
	ck_assert(permanent_flag(m, PF_OPERATOR));
	ck_assert_result(deactivate_as(&secret_wrong), TPM_AUTHFAIL);
	ck_assert_result(deactivate_as(&secret_key), 0);
}
END_TEST

START_TEST(nobody_there_to_be_the_operator)
{
	ck_assert_result(call_digest(m, ORD_SetOperatorAuth, &secret_key),
			 TPM_BAD_PRESENCE);
	ck_assert(!permanent_flag(m, PF_OPERATOR));
}
END_TEST

/* ---- */

static void add_temporary(Suite *s)
{
	TCase *t = section(s, "5.6 TPM_SetTempDeactivated");

	tcase_add_test(t, somebody_there_deactivates_for_now);
	tcase_add_test(t, the_operator_deactivates_for_now);
	tcase_add_test(t, there_is_no_operator);
	tcase_add_test(t, a_session_of_the_owner_is_none_of_the_operator);
	tcase_add_test(t, nobody_there_to_deactivate_for_now);
	tcase_add_test(t, a_disabled_tpm_is_deactivated_for_now);
	t = section(s, "5.7 TPM_SetOperatorAuth");
	tcase_add_test(t, an_operator_for_ever);
	tcase_add_test(t, nobody_there_to_be_the_operator);
}

int main(void)
{
	Suite *s = suite_create("optin");
	TCase *t = section(s, "5.1 TPM_SetOwnerInstall");

	tcase_add_test(t, whether_owners_are_wanted);
	tcase_add_test(t, nobody_there_to_want_owners);
	tcase_add_test(t, with_an_owner_it_changes_nothing);
	t = section(s, "5.2 TPM_OwnerSetDisable");
	tcase_add_test(t, the_owner_disables_and_enables);
	tcase_add_test(t, the_owner_of_a_deactivated_tpm_disables);
	t = section(s, "5.3 TPM_PhysicalEnable, 5.4 TPM_PhysicalDisable");
	tcase_add_loop_test(t, nobody_there, 0, 2);
	tcase_add_test(t, disabled_at_once_and_for_ever);
	tcase_add_test(t, enabled_at_once_and_for_ever);
	tcase_add_test(t, presence_that_software_asserts_will_do);
	tcase_add_test(t, a_disabled_tpm_is_not_disabled_again);
	tcase_add_test(t, a_deactivated_tpm_is_enabled_and_disabled);
	t = section(s, "5.5 TPM_PhysicalSetDeactivated");
	tcase_add_test(t, nobody_there_to_deactivate);
	tcase_add_test(t, deactivated_from_the_next_start_on);
	tcase_add_test(t, activated_from_the_next_start_on);
	tcase_add_test(t, a_disabled_tpm_is_not_deactivated);
	tcase_add_test(t, neither_true_nor_false);
	add_temporary(s);
	return suite_run(s);
}
