/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 6: Admin Ownership. */
#include "chapter.h"

#include "ownercalls.h"

#define HW_DISABLE    TPM_PHYSICAL_PRESENCE_HW_DISABLE
#define CMD_DISABLE   TPM_PHYSICAL_PRESENCE_CMD_DISABLE
#define LIFETIME_LOCK TPM_PHYSICAL_PRESENCE_LIFETIME_LOCK
#define HW_ENABLE     TPM_PHYSICAL_PRESENCE_HW_ENABLE
#define CMD_ENABLE    TPM_PHYSICAL_PRESENCE_CMD_ENABLE
#define NOTPRESENT    TPM_PHYSICAL_PRESENCE_NOTPRESENT
#define PRESENT	      TPM_PHYSICAL_PRESENCE_PRESENT
#define LOCK	      TPM_PHYSICAL_PRESENCE_LOCK

/* ---- 6.2 TPM_OwnerClear, 6.3 TPM_ForceClear ---- */

/* Either way; somebody is there. */
static uint32_t clear(int way)
{
	return way ? call(m, ORD_ForceClear) : call_owner(m, ORD_OwnerClear);
}

/* Enabled and activated again, and started. */
static void revive(void)
{
	ck_assert_result(call(m, ORD_PhysicalEnable), 0);
	ck_assert_result(call_u8(m, ORD_PhysicalSetDeactivated, 0), 0);
	machine_reboot(m);
}

static void take_and_be_there(void)
{
	setup_presence(m);
	ck_assert_result(call_take_ownership(m, &kind_srk), 0);
}

START_TEST(no_owner_any_more)
{
	take_and_be_there();
	ck_assert_result(clear(_i), 0);
	ck_assert(!is_owned(m));
	revive();
	ck_assert(!is_owned(m));
	ck_assert_result(call_owner(m, ORD_OwnerClear), TPM_NOSRK);
	ck_assert_result(call_take_ownership(m, &kind_srk), 0);
}
END_TEST

/* "disable ... deactivated ... readPubek ..." to defaults; the rest as told. */
START_TEST(flags_of_a_cleared_tpm)
{
	static const unsigned int set[] = { PF_DISABLE, PF_DEACTIVATED,
					    PF_READ_PUBEK, PF_OWNERSHIP,
					    PF_ALLOW_MAINTENANCE };
	static const unsigned int cleared[] = { PF_DISABLE_OWNER_CLEAR,
						PF_OPERATOR, PF_READ_SRK_PUB,
						PF_MAINTENANCE_DONE,
						PF_DISABLE_FULL_DA_LOGIC_INFO };

	take_and_be_there();
	setup_all_flags(m);
	if (!_i)
		setup_owner_clearable(m);
	ck_assert_result(clear(_i), 0);
	for (size_t i = 0; i < sizeof(set) / sizeof(*set); i++)
		ck_assert(permanent_flag(m, set[i]));
	for (size_t i = 0; i < sizeof(cleared) / sizeof(*cleared); i++)
		ck_assert(!permanent_flag(m, cleared[i]));
	/* These are the platform's, not the owner's. */
	ck_assert(permanent_flag(m, PF_PP_LIFETIME_LOCK));
	ck_assert(permanent_flag(m, PF_NV_LOCKED));
	ck_assert(permanent_flag(m, PF_TPM_ESTABLISHED));
}
END_TEST

START_TEST(disabled_at_once_deactivated_from_the_next_start)
{
	take_and_be_there();
	ck_assert_result(clear(_i), 0);
	ck_assert_result(call_pcr_read(m, 0, NULL), TPM_DISABLED);
	ck_assert_result(call(m, ORD_PhysicalEnable), 0);
	ck_assert_result(call_pcr_read(m, 0, NULL), 0);
	machine_reboot(m);
	ck_assert_result(call_pcr_read(m, 0, NULL), TPM_DEACTIVATED);
}
END_TEST

START_TEST(keys_and_sessions_go)
{
	struct tss_session s;

	take_and_be_there();
	make_key(m, &kind_signing);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(clear(_i), 0);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_KEYS),
			  property(m, TPM_CAP_PROP_MAX_KEYS));
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_AUTHSESS),
			  property(m, TPM_CAP_PROP_MAX_AUTHSESS));
}
END_TEST

START_TEST(keys_that_the_owner_kept_go)
{
	struct tss_command c;
	struct key_blob pub;
	uint32_t key;

	take_and_be_there();
	key = make_key(m, &kind_signing);
	ck_assert_result(call_get_pub_key(m, key, &secret_key, &pub), 0);
	tss_begin(&c, ORD_KeyControlOwner);
	tss_put_handle(&c, key);
	tss_put_bytes(&c, pub.b, pub.len);
	tss_put_u32(&c, TPM_KEY_CONTROL_OWNER_EVICT);
	tss_put_u8(&c, 1);
	ck_assert_result(run_owner(m, &c), 0);
	ck_assert_result(clear(_i), 0);
	machine_reboot(m);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_KEYS),
			  property(m, TPM_CAP_PROP_MAX_KEYS));
}
END_TEST

START_TEST(what_belongs_to_nobody_stays)
{
	struct tss_digest measured;

	take_and_be_there();
	ck_assert_result(call_extend(m, 7, &ones, &measured), 0);
	ck_assert_result(clear(_i), 0);
	ck_assert_result(call(m, ORD_PhysicalEnable), 0);
	ck_assert_digest(pcr_value(m, 7), measured);
	/* And the endorsement key: it still opens what was made for it. */
	ck_assert_result(call_digest(m, ORD_ReadPubek, &zeros), 0);
	ck_assert_result(call_take_ownership(m, &kind_srk), 0);
	ck_assert_uint_eq(m->primes_taken, 3);
}
END_TEST

START_TEST(what_was_sealed_stays_sealed)
{
	const struct client_bytes data = { "ours", 4 }, none = { NULL, 0 };
	struct key_blob sealed;

	take_and_be_there();
	ck_assert_result(call_seal(m, TPM_KH_SRK, &secret_srk, none, data,
				   &secret_key, &sealed),
			 0);
	ck_assert_result(clear(_i), 0);
	revive();
	/* The same owner, and the very same storage root key. */
	m->primes_taken = 1;
	ck_assert_result(call_take_ownership(m, &kind_srk), 0);
	ck_assert_result(
		call_unseal(m, TPM_KH_SRK, &secret_srk, &sealed, &secret_key),
		TPM_NOTSEALED_BLOB);
}
END_TEST

START_TEST(a_new_owner_does_not_wait_for_what_others_guessed)
{
	take_and_be_there();
	setup_locked_out(m);
	ck_assert_result(call_owner(m, ORD_OwnerClear),
			 TPM_DEFEND_LOCK_RUNNING);
	ck_assert_result(call(m, ORD_ForceClear), 0);
	revive();
	ck_assert_result(call_take_ownership(m, &kind_srk), 0);
}
END_TEST

START_TEST(nobody_there_to_force_it)
{
	ck_assert_result(call_take_ownership(m, &kind_srk), 0);
	ck_assert_result(call(m, ORD_ForceClear), TPM_BAD_PRESENCE);
	/* Which is looked at first. */
	ck_assert_result(call(m, ORD_DisableForceClear), 0);
	ck_assert_result(call(m, ORD_ForceClear), TPM_BAD_PRESENCE);
	ck_assert(is_owned(m));
}
END_TEST

START_TEST(forced_without_an_owner)
{
	setup_presence(m);
	ck_assert_result(call(m, ORD_ForceClear), 0);
	ck_assert(permanent_flag(m, PF_DISABLE));
}
END_TEST

/* ---- 6.4 TPM_DisableOwnerClear, 6.5 TPM_DisableForceClear ---- */

START_TEST(only_force_clears_then)
{
	take_and_be_there();
	ck_assert_result(call_owner(m, ORD_DisableOwnerClear), 0);
	ck_assert(permanent_flag(m, PF_DISABLE_OWNER_CLEAR));
	ck_assert_result(call_owner(m, ORD_OwnerClear), TPM_CLEAR_DISABLED);
	machine_reboot(m);
	ck_assert_result(call_owner(m, ORD_OwnerClear), TPM_CLEAR_DISABLED);
	ck_assert_result(call(m, ORD_ForceClear), 0);
	ck_assert(!permanent_flag(m, PF_DISABLE_OWNER_CLEAR));
}
END_TEST

START_TEST(not_by_force_until_the_next_start)
{
	take_and_be_there();
	ck_assert_result(call(m, ORD_DisableForceClear), 0);
	ck_assert(stclear_flag(m, SF_DISABLE_FORCE_CLEAR));
	ck_assert_result(call(m, ORD_ForceClear), TPM_CLEAR_DISABLED);
	ck_assert(is_owned(m));
	machine_reboot(m);
	ck_assert_result(call(m, ORD_ForceClear), 0);
}
END_TEST

/* ---- 6.7 TSC_ResetEstablishmentBit ---- */

START_TEST(no_dynamic_launch_any_more)
{
	setup_all_flags(m);
	m->locality = (unsigned int)_i;
	if (_i < 3) {
		ck_assert_result(call(m, ORD_ResetEstablishmentBit),
				 TPM_BAD_LOCALITY);
		ck_assert(permanent_flag(m, PF_TPM_ESTABLISHED));
		return;
	}
	ck_assert_result(call(m, ORD_ResetEstablishmentBit), 0);
	ck_assert(!permanent_flag(m, PF_TPM_ESTABLISHED));
	machine_reboot(m);
	ck_assert(!permanent_flag(m, PF_TPM_ESTABLISHED));
}
END_TEST

START_TEST(a_disabled_or_deactivated_tpm_resets_it)
{
	m->locality = 4;
	if (_i)
		setup_disabled(m);
	else
		setup_deactivated(m);
	ck_assert_result(call(m, ORD_ResetEstablishmentBit), 0);
}
END_TEST

/* ---- 6.6 TSC_PhysicalPresence ---- */

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

#define N(table) ((int)(sizeof(table) / sizeof(*(table))))

static void add_clear(Suite *s)
{
	TCase *t = section(s, "6.2 TPM_OwnerClear, 6.3 TPM_ForceClear");

	tcase_add_loop_test(t, no_owner_any_more, 0, 2);
	tcase_add_loop_test(t, flags_of_a_cleared_tpm, 0, 2);
	tcase_add_loop_test(t, disabled_at_once_deactivated_from_the_next_start,
			    0, 2);
	tcase_add_loop_test(t, keys_and_sessions_go, 0, 2);
	tcase_add_loop_test(t, keys_that_the_owner_kept_go, 0, 2);
	tcase_add_loop_test(t, what_belongs_to_nobody_stays, 0, 2);
	tcase_add_loop_test(t, what_was_sealed_stays_sealed, 0, 2);
	tcase_add_test(t, a_new_owner_does_not_wait_for_what_others_guessed);
	tcase_add_test(t, nobody_there_to_force_it);
	tcase_add_test(t, forced_without_an_owner);
	t = section(s, "6.4 TPM_DisableOwnerClear, 6.5 TPM_DisableForceClear");
	tcase_add_test(t, only_force_clears_then);
	tcase_add_test(t, not_by_force_until_the_next_start);
	t = section(s, "6.7 TSC_ResetEstablishmentBit");
	tcase_add_loop_test(t, no_dynamic_launch_any_more, 0, 5);
	tcase_add_loop_test(t, a_disabled_or_deactivated_tpm_resets_it, 0, 2);
}

static void add_physical_presence(Suite *s)
{
	TCase *t = section(s, "6.6 TSC_PhysicalPresence");

	tcase_add_test(t, bits_are_those_of_part_2);
	tcase_add_loop_test(t, a_lifetime_setting_is_for_ever, 0, N(lifetime));
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

	add_clear(s);
	add_physical_presence(s);
	return suite_run(s);
}
