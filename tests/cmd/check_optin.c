/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 5: Admin Opt-in. */
#include "chapter.h"

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

/* ---- */

int main(void)
{
	Suite *s = suite_create("optin");
	TCase *t =
		section(s, "5.3 TPM_PhysicalEnable, 5.4 TPM_PhysicalDisable");

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
	return suite_run(s);
}
