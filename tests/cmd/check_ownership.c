/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 6: Admin Ownership. */
#include "chapter.h"

#define HW_DISABLE    TPM_PHYSICAL_PRESENCE_HW_DISABLE
#define CMD_DISABLE   TPM_PHYSICAL_PRESENCE_CMD_DISABLE
#define LIFETIME_LOCK TPM_PHYSICAL_PRESENCE_LIFETIME_LOCK
#define HW_ENABLE     TPM_PHYSICAL_PRESENCE_HW_ENABLE
#define CMD_ENABLE    TPM_PHYSICAL_PRESENCE_CMD_ENABLE
#define NOTPRESENT    TPM_PHYSICAL_PRESENCE_NOTPRESENT
#define PRESENT	      TPM_PHYSICAL_PRESENCE_PRESENT
#define LOCK	      TPM_PHYSICAL_PRESENCE_LOCK

static uint32_t presence(unsigned int bits)
{
	return call_u16(m, ORD_PhysicalPresence, bits);
}

static void assert_refused(unsigned int bits)
{
	struct snapshot before = snapshot_take(m), after;

	ck_assert_result(presence(bits), TPM_BAD_PARAMETER);
	after = snapshot_take(m);
	ck_assert(snapshot_equal(&before, &after));
	snapshot_free(&before);
	snapshot_free(&after);
}

/* ---- 6.6 TSC_PhysicalPresence ---- */

/* Part 2, 4.9, in the numbers that firmware sends. */
START_TEST(bits_are_those_of_part_2)
{
	ck_assert_uint_eq(HW_DISABLE, 0x0200);
	ck_assert_uint_eq(CMD_DISABLE, 0x0100);
	ck_assert_uint_eq(LIFETIME_LOCK, 0x0080);
	ck_assert_uint_eq(HW_ENABLE, 0x0040);
	ck_assert_uint_eq(CMD_ENABLE, 0x0020);
	ck_assert_uint_eq(NOTPRESENT, 0x0010);
	ck_assert_uint_eq(PRESENT, 0x0008);
	ck_assert_uint_eq(LOCK, 0x0004);
}
END_TEST

static const struct {
	unsigned int bits;
	unsigned int flag;
	bool value;
} lifetime[] = {
	{ HW_ENABLE, PF_PP_HW_ENABLE, true },
	{ CMD_ENABLE, PF_PP_CMD_ENABLE, true },
	{ LIFETIME_LOCK, PF_PP_LIFETIME_LOCK, true },
	{ HW_DISABLE, PF_PP_HW_ENABLE, false },
	{ CMD_DISABLE, PF_PP_CMD_ENABLE, false },
};

START_TEST(a_lifetime_setting_is_for_ever)
{
	if (!lifetime[_i].value)
		ck_assert_result(presence(HW_ENABLE | CMD_ENABLE), 0);
	ck_assert_result(presence(lifetime[_i].bits), 0);
	machine_reboot(m);
	for (unsigned int i = 0; i < sizeof(lifetime) / sizeof(*lifetime); i++)
		if (lifetime[i].flag == lifetime[_i].flag)
			ck_assert(permanent_flag(m, lifetime[i].flag) ==
				  lifetime[_i].value);
}
END_TEST

START_TEST(all_lifetime_settings_in_one)
{
	ck_assert_result(presence(HW_DISABLE | CMD_ENABLE | LIFETIME_LOCK), 0);
	ck_assert(!permanent_flag(m, PF_PP_HW_ENABLE));
	ck_assert(permanent_flag(m, PF_PP_CMD_ENABLE));
	ck_assert(permanent_flag(m, PF_PP_LIFETIME_LOCK));
}
END_TEST

START_TEST(the_lifetime_lock_ends_lifetime_settings)
{
	ck_assert_result(presence(LIFETIME_LOCK), 0);
	for (unsigned int i = 0; i < sizeof(lifetime) / sizeof(*lifetime); i++)
		assert_refused(lifetime[i].bits);
	machine_reboot(m);
	assert_refused(CMD_ENABLE);
}
END_TEST

START_TEST(the_lifetime_lock_leaves_the_session_settings)
{
	ck_assert_result(presence(CMD_ENABLE | LIFETIME_LOCK), 0);
	ck_assert_result(presence(PRESENT), 0);
	ck_assert_result(presence(NOTPRESENT), 0);
	ck_assert_result(presence(LOCK), 0);
}
END_TEST

START_TEST(contradictions_are_refused)
{
	static const unsigned int both[] = {
		HW_ENABLE | HW_DISABLE,
		CMD_ENABLE | CMD_DISABLE,
		HW_ENABLE | PRESENT,
		CMD_ENABLE | PRESENT,
		LIFETIME_LOCK | PRESENT,
		CMD_ENABLE | LOCK,
		CMD_DISABLE | NOTPRESENT,
		PRESENT | NOTPRESENT,
		PRESENT | LOCK,
		PRESENT | NOTPRESENT | LOCK,
		HW_ENABLE | HW_DISABLE | CMD_ENABLE | CMD_DISABLE,
	};

	ck_assert_result(presence(CMD_ENABLE), 0);
	for (size_t i = 0; i < sizeof(both) / sizeof(*both); i++)
		assert_refused(both[i]);
}
END_TEST

START_TEST(bits_that_are_none_are_refused)
{
	ck_assert_result(presence(CMD_ENABLE), 0);
	assert_refused(0);
	assert_refused(0x0001);
	assert_refused(0x0002);
	for (unsigned int bit = 0x0400; bit <= 0x8000; bit <<= 1) {
		assert_refused(bit);
		assert_refused(bit | PRESENT);
		assert_refused(bit | HW_ENABLE);
	}
}
END_TEST

START_TEST(software_asserts_presence_only_if_it_may)
{
	assert_refused(PRESENT);
	assert_refused(NOTPRESENT);
	assert_refused(LOCK);
	assert_refused(NOTPRESENT | LOCK);
}
END_TEST

START_TEST(present_and_not_present)
{
	ck_assert_result(presence(CMD_ENABLE), 0);
	ck_assert_result(call(m, ORD_PhysicalEnable), TPM_BAD_PRESENCE);
	ck_assert_result(presence(PRESENT), 0);
	ck_assert(stclear_flag(m, SF_PHYSICAL_PRESENCE));
	ck_assert_result(call(m, ORD_PhysicalEnable), 0);
	ck_assert_result(presence(NOTPRESENT), 0);
	ck_assert(!stclear_flag(m, SF_PHYSICAL_PRESENCE));
	ck_assert_result(call(m, ORD_PhysicalEnable), TPM_BAD_PRESENCE);
}
END_TEST

/* What firmware sends before it leaves the machine to the system. */
START_TEST(the_lock_takes_presence_away_until_the_next_start)
{
	const unsigned int bits = _i ? NOTPRESENT | LOCK : LOCK;

	ck_assert_result(presence(CMD_ENABLE), 0);
	ck_assert_result(presence(PRESENT), 0);
	ck_assert_result(presence(bits), 0);
	ck_assert(!stclear_flag(m, SF_PHYSICAL_PRESENCE));
	ck_assert(stclear_flag(m, SF_PHYSICAL_PRESENCE_LOCK));
	assert_refused(PRESENT);
	assert_refused(NOTPRESENT);
	assert_refused(LOCK);
	machine_reboot(m);
	ck_assert_result(presence(PRESENT), 0);
}
END_TEST

START_TEST(presence_asserted_before_it_was_forbidden_does_not_count)
{
	ck_assert_result(presence(CMD_ENABLE), 0);
	ck_assert_result(presence(PRESENT), 0);
	ck_assert_result(presence(CMD_DISABLE), 0);
	ck_assert_result(call(m, ORD_PhysicalEnable), TPM_BAD_PRESENCE);
}
END_TEST

START_TEST(the_wire_counts_while_it_may)
{
	m->present = true;
	ck_assert_result(presence(HW_ENABLE), 0);
	ck_assert_result(call(m, ORD_PhysicalEnable), 0);
	m->present = false;
	ck_assert_result(call(m, ORD_PhysicalEnable), TPM_BAD_PRESENCE);
	m->present = true;
	ck_assert_result(presence(HW_DISABLE), 0);
	ck_assert_result(call(m, ORD_PhysicalEnable), TPM_BAD_PRESENCE);
}
END_TEST

START_TEST(a_disabled_or_deactivated_tpm_listens)
{
	if (_i)
		setup_disabled(m);
	else
		setup_deactivated(m);
	ck_assert_result(presence(CMD_ENABLE), 0);
	ck_assert_result(presence(PRESENT), 0);
}
END_TEST

/* ---- */

static void add_physical_presence(Suite *s)
{
	TCase *t = section(s, "6.6 TSC_PhysicalPresence");

	tcase_add_test(t, bits_are_those_of_part_2);
	tcase_add_loop_test(t, a_lifetime_setting_is_for_ever, 0,
			    (int)(sizeof(lifetime) / sizeof(*lifetime)));
	tcase_add_test(t, all_lifetime_settings_in_one);
	tcase_add_test(t, the_lifetime_lock_ends_lifetime_settings);
	tcase_add_test(t, the_lifetime_lock_leaves_the_session_settings);
	tcase_add_test(t, contradictions_are_refused);
	tcase_add_test(t, bits_that_are_none_are_refused);
	tcase_add_test(t, software_asserts_presence_only_if_it_may);
	tcase_add_test(t, present_and_not_present);
	tcase_add_loop_test(
		t, the_lock_takes_presence_away_until_the_next_start, 0, 2);
	tcase_add_test(
		t, presence_asserted_before_it_was_forbidden_does_not_count);
	tcase_add_test(t, the_wire_counts_while_it_may);
	tcase_add_loop_test(t, a_disabled_or_deactivated_tpm_listens, 0, 2);
}

int main(void)
{
	Suite *s = suite_create("ownership");

	add_physical_presence(s);
	return suite_run(s);
}
