/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 3: Admin Startup and State. */
#include "chapter.h"

#include "keycalls.h"

/* What every PC's TPM begins with (PC Client TIS, 7.2). */
static void assert_pcr_defaults(void)
{
	for (unsigned int i = 0; i < 24; i++) {
		const struct tss_digest pcr = pcr_value(m, i);

		if (i >= 17 && i <= 22)
			ck_assert_digest(pcr, ones);
		else
			ck_assert_digest(pcr, zeros);
	}
}

static void assert_not_started(void)
{
	ck_assert_result(call_pcr_read(m, 0, NULL), TPM_INVALID_POSTINIT);
}

/* ---- 3.2 TPM_Startup ---- */

START_TEST(a_started_tpm_is_not_started_again)
{
	for (unsigned int type = 0; type <= 4; type++)
		ck_assert_result(call_u16(m, ORD_Startup, type),
				 TPM_INVALID_POSTINIT);
}
END_TEST

START_TEST(unknown_types_are_refused_and_start_nothing)
{
	static const unsigned int types[] = { 0, 4, 0x100, 0x0201, 0xffff };

	machine_power_cycle(m);
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		ck_assert_result(call_u16(m, ORD_Startup, types[i]),
				 TPM_BAD_PARAMETER);
	assert_not_started();
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_CLEAR), 0);
}
END_TEST

START_TEST(clear_gives_registers_their_defaults)
{
	for (unsigned int i = 0; i <= 16; i++)
		ck_assert_result(call_extend(m, i, &ones, NULL), 0);
	machine_reboot(m);
	assert_pcr_defaults();
}
END_TEST

START_TEST(clear_ends_sessions)
{
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	machine_reboot(m);
	ck_assert_result(call_u32(m, ORD_Terminate_Handle, s.handle),
			 TPM_INVALID_AUTHHANDLE);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_AUTHSESS),
			  property(m, TPM_CAP_PROP_MAX_AUTHSESS));
}
END_TEST

START_TEST(clear_takes_presence_and_its_lock_back)
{
	ck_assert_result(call_u16(m, ORD_PhysicalPresence,
				  TPM_PHYSICAL_PRESENCE_CMD_ENABLE),
			 0);
	ck_assert_result(call_u16(m, ORD_PhysicalPresence,
				  TPM_PHYSICAL_PRESENCE_PRESENT),
			 0);
	ck_assert(stclear_flag(m, SF_PHYSICAL_PRESENCE));
	ck_assert_result(
		call_u16(m, ORD_PhysicalPresence, TPM_PHYSICAL_PRESENCE_LOCK),
		0);
	ck_assert(stclear_flag(m, SF_PHYSICAL_PRESENCE_LOCK));
	machine_reboot(m);
	for (unsigned int i = 0; i < SF_COUNT; i++)
		ck_assert(!stclear_flag(m, i));
}
END_TEST

START_TEST(clear_deactivates_as_the_permanent_flag_says)
{
	setup_presence(m);
	ck_assert_result(call_u8(m, ORD_PhysicalSetDeactivated, 1), 0);
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_CLEAR), 0);
	ck_assert(stclear_flag(m, SF_DEACTIVATED));
}
END_TEST

START_TEST(state_brings_static_registers_back)
{
	struct tss_digest before[16], after;

	for (unsigned int i = 0; i < 16; i++)
		ck_assert_result(call_extend(m, i, &ones, &before[i]), 0);
	ck_assert_result(call(m, ORD_SaveState), 0);
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), 0);
	for (unsigned int i = 0; i < 16; i++) {
		after = pcr_value(m, i);
		ck_assert_digest(after, before[i]);
	}
}
END_TEST

START_TEST(state_does_not_bring_resettable_registers_back)
{
	struct tss_digest pcr;

	ck_assert_result(call_extend(m, 16, &ones, NULL), 0);
	ck_assert_result(call_extend(m, 23, &ones, NULL), 0);
	m->locality = 2;
	for (unsigned int i = 17; i <= 22; i++)
		ck_assert_result(call_extend(m, i, &ones, NULL), 0);
	m->locality = 0;
	ck_assert_result(call(m, ORD_SaveState), 0);
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), 0);
	for (unsigned int i = 16; i < 24; i++) {
		pcr = pcr_value(m, i);
		ck_assert_digest(pcr, i == 16 || i == 23 ? zeros : ones);
	}
}
END_TEST

START_TEST(state_brings_flags_back)
{
	ck_assert_result(call_u16(m, ORD_PhysicalPresence,
				  TPM_PHYSICAL_PRESENCE_CMD_ENABLE),
			 0);
	ck_assert_result(
		call_u16(m, ORD_PhysicalPresence, TPM_PHYSICAL_PRESENCE_LOCK),
		0);
	ck_assert_result(call(m, ORD_SaveState), 0);
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), 0);
	ck_assert(stclear_flag(m, SF_PHYSICAL_PRESENCE_LOCK));
	ck_assert(!stclear_flag(m, SF_PHYSICAL_PRESENCE));
}
END_TEST

START_TEST(state_keeps_a_tpm_active_that_is_to_be_deactivated)
{
	setup_presence(m);
	ck_assert_result(call_u8(m, ORD_PhysicalSetDeactivated, 1), 0);
	ck_assert_result(call(m, ORD_SaveState), 0);
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), 0);
	ck_assert(permanent_flag(m, PF_DEACTIVATED));
	ck_assert(!stclear_flag(m, SF_DEACTIVATED));
}
END_TEST

/* "returns TPM_FAILEDSELFTEST to all subsequent commands" */
static void assert_failure_mode(void)
{
	size_t len;

	ck_assert_result(call_pcr_read(m, 0, NULL), TPM_FAILEDSELFTEST);
	ck_assert_result(call(m, ORD_OIAP), TPM_FAILEDSELFTEST);
	ck_assert_result(call(m, ORD_SelfTestFull), TPM_FAILEDSELFTEST);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_CLEAR),
			 TPM_INVALID_POSTINIT);
	/* Part 1: but one can ask what the matter is. */
	ck_assert_result(call(m, ORD_GetTestResult), 0);
	ck_assert_ptr_nonnull(tss_get_blob(&m->answer, &len));
	ck_assert_result(call_get_capability(m, TPM_CAP_VERSION, NULL, 0), 0);
}

START_TEST(state_without_any_is_failure_mode_until_the_power_goes)
{
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), TPM_FAIL);
	assert_failure_mode();
	machine_reboot(m);
	assert_pcr_defaults();
}
END_TEST

START_TEST(state_works_once)
{
	ck_assert_result(call(m, ORD_SaveState), 0);
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), 0);
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), TPM_FAIL);
	assert_failure_mode();
}
END_TEST

START_TEST(clear_drops_what_was_saved)
{
	ck_assert_result(call(m, ORD_SaveState), 0);
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_CLEAR), 0);
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), TPM_FAIL);
}
END_TEST

START_TEST(deactivated_lasts_until_the_next_clear)
{
	struct tss_digest pcr;

	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_DEACTIVATED), 0);
	ck_assert(stclear_flag(m, SF_DEACTIVATED));
	ck_assert(!permanent_flag(m, PF_DEACTIVATED));
	ck_assert_result(call_pcr_read(m, 0, NULL), TPM_DEACTIVATED);
	ck_assert_result(call_extend(m, 0, &ones, &pcr), 0);
	ck_assert_digest(pcr, zeros);
	machine_reboot(m);
	ck_assert(!stclear_flag(m, SF_DEACTIVATED));
}
END_TEST

/* "postInitialise is still set to FALSE": so that it can be asked. */
START_TEST(a_tpm_that_fails_at_power_on_is_started_but_fails)
{
	static const unsigned int types[] = { TPM_ST_CLEAR, TPM_ST_STATE,
					      TPM_ST_DEACTIVATED };

	machine_power_cycle(m);
	setup_failed(m);
	ck_assert_result(call_u16(m, ORD_Startup, types[_i]),
			 TPM_FAILEDSELFTEST);
	assert_failure_mode();
}
END_TEST

START_TEST(a_store_that_fails_does_not_bring_state_back_for_free)
{
	ck_assert_result(call_extend(m, 0, &ones, NULL), 0);
	ck_assert_result(call(m, ORD_SaveState), 0);
	machine_power_cycle(m);
	m->fail_store = 1;
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), TPM_FAIL);
	assert_not_started();
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), 0);
}
END_TEST

/* ---- 3.3 TPM_SaveState ---- */

START_TEST(it_is_kept_when_the_answer_arrives)
{
	const unsigned int stores = m->stores;

	ck_assert_result(call(m, ORD_SaveState), 0);
	ck_assert_uint_eq(m->stores, stores + 1);
}
END_TEST

START_TEST(any_later_command_makes_it_stale)
{
	ck_assert_result(call(m, ORD_SaveState), 0);
	switch (_i) {
	case 0:
		ck_assert_result(call_extend(m, 0, &ones, NULL), 0);
		break;
	case 1:
		ck_assert_result(
			call_get_capability(m, TPM_CAP_VERSION, NULL, 0), 0);
		break;
	default:
		ck_assert_result(call_extend(m, 24, &ones, NULL), TPM_BADINDEX);
	}
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), TPM_FAIL);
}
END_TEST

START_TEST(the_last_of_several_counts)
{
	struct tss_digest before, after;

	ck_assert_result(call(m, ORD_SaveState), 0);
	ck_assert_result(call_extend(m, 3, &ones, &before), 0);
	ck_assert_result(call(m, ORD_SaveState), 0);
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), 0);
	after = pcr_value(m, 3);
	ck_assert_digest(after, before);
}
END_TEST

/* Firmware that looks whether the TPM is there before it starts it. */
START_TEST(what_is_refused_before_startup_leaves_it)
{
	ck_assert_result(call(m, ORD_SaveState), 0);
	machine_power_cycle(m);
	ck_assert_result(call_pcr_read(m, 0, NULL), TPM_INVALID_POSTINIT);
	ck_assert_result(call_get_capability(m, TPM_CAP_VERSION, NULL, 0),
			 TPM_INVALID_POSTINIT);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), 0);
}
END_TEST

START_TEST(a_store_that_fails_saves_nothing)
{
	m->fail_store = 1;
	ck_assert_result(call(m, ORD_SaveState), TPM_FAIL);
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), TPM_FAIL);
}
END_TEST

START_TEST(a_store_that_fails_to_forget_refuses_the_command)
{
	struct tss_digest pcr;

	ck_assert_result(call(m, ORD_SaveState), 0);
	m->fail_store = 1;
	ck_assert_result(call_extend(m, 0, &ones, NULL), TPM_FAIL);
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), 0);
	pcr = pcr_value(m, 0);
	ck_assert_digest(pcr, zeros);
}
END_TEST

START_TEST(a_disabled_or_deactivated_tpm_saves)
{
	if (_i)
		setup_disabled(m);
	else
		setup_deactivated(m);
	ck_assert_result(call(m, ORD_SaveState), 0);
}
END_TEST

/* ---- Keys, in both ---- */

static bool is_loaded(uint32_t key)
{
	struct key_blob pub;
	const uint32_t result = call_get_pub_key(m, key, &secret_key, &pub);

	ck_assert(!result || result == TPM_INVALID_KEYHANDLE);
	return !result;
}

static void restart(void)
{
	ck_assert_result(call(m, ORD_SaveState), 0);
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), 0);
}

START_TEST(state_brings_keys_back)
{
	const uint32_t a = setup_owner_and_key(m, &kind_signing);
	const uint32_t b = make_key(m, &kind_bind);
	uint32_t c;

	ck_assert_result(call_evict_key(m, a), 0);
	restart();
	ck_assert(!is_loaded(a));
	ck_assert(is_loaded(b));
	c = make_key(m, &kind_signing);
	ck_assert_uint_ne(c, b);
	ck_assert(is_loaded(c));
}
END_TEST

START_TEST(clear_takes_keys)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	const uint32_t n = property(m, TPM_CAP_PROP_MAX_KEYS);

	machine_reboot(m);
	ck_assert(!is_loaded(key));
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_KEYS), n);
}
END_TEST

START_TEST(volatile_keys_do_not_come_back)
{
	struct key_kind kind = kind_signing;
	uint32_t key;

	kind.flags = TPM_ISVOLATILE;
	key = setup_owner_and_key(m, &kind);
	ck_assert(is_loaded(key));
	restart();
	ck_assert(!is_loaded(key));
}
END_TEST

/* What such a key vouches for ends with the start (Part 3, 10.5). */
START_TEST(keys_of_parents_with_registers_do_not_come_back)
{
	const struct tss_digest release = composite(m, 1);
	struct key_kind kind = kind_storage;
	struct key_blob blob;
	struct pcr_blob info;
	uint32_t parent, key;

	pcr_info(&info, 1, &release);
	kind.pcr_info = (struct client_bytes){ info.b, info.len };
	parent = setup_owner_and_key(m, &kind);
	ck_assert_result(call_create_wrap_key(m, parent, &secret_key,
					      &kind_signing, &blob),
			 0);
	ck_assert_result(
		call_load_key2(m, parent, &secret_key, &blob, &key), 0);
	restart();
	ck_assert(is_loaded(parent));
	ck_assert(!is_loaded(key));
}
END_TEST

/* The next process has them all, whatever they depend on. */
START_TEST(a_take_over_loses_no_key)
{
	struct key_kind kind = kind_signing;
	uint32_t a, b;

	kind.flags = TPM_ISVOLATILE;
	a = setup_owner_and_key(m, &kind);
	b = make_key(m, &kind_signing);
	machine_take_over(m);
	ck_assert(is_loaded(a));
	ck_assert(is_loaded(b));
}
END_TEST

/* ---- */

static void add_startup(Suite *s)
{
	TCase *t = section(s, "3.2 TPM_Startup");

	tcase_add_test(t, a_started_tpm_is_not_started_again);
	tcase_add_test(t, unknown_types_are_refused_and_start_nothing);
	tcase_add_test(t, clear_gives_registers_their_defaults);
	tcase_add_test(t, clear_ends_sessions);
	tcase_add_test(t, clear_takes_presence_and_its_lock_back);
	tcase_add_test(t, clear_deactivates_as_the_permanent_flag_says);
	tcase_add_test(t, state_brings_static_registers_back);
	tcase_add_test(t, state_does_not_bring_resettable_registers_back);
	tcase_add_test(t, state_brings_flags_back);
	tcase_add_test(t, state_keeps_a_tpm_active_that_is_to_be_deactivated);
	tcase_add_test(t,
		       state_without_any_is_failure_mode_until_the_power_goes);
	tcase_add_test(t, state_works_once);
	tcase_add_test(t, clear_drops_what_was_saved);
	tcase_add_test(t, deactivated_lasts_until_the_next_clear);
	tcase_add_loop_test(
		t, a_tpm_that_fails_at_power_on_is_started_but_fails, 0, 3);
	tcase_add_test(t,
		       a_store_that_fails_does_not_bring_state_back_for_free);
}

static void add_save_state(Suite *s)
{
	TCase *t = section(s, "3.3 TPM_SaveState");

	tcase_add_test(t, it_is_kept_when_the_answer_arrives);
	tcase_add_loop_test(t, any_later_command_makes_it_stale, 0, 3);
	tcase_add_test(t, the_last_of_several_counts);
	tcase_add_test(t, what_is_refused_before_startup_leaves_it);
	tcase_add_test(t, a_store_that_fails_saves_nothing);
	tcase_add_test(t, a_store_that_fails_to_forget_refuses_the_command);
	tcase_add_loop_test(t, a_disabled_or_deactivated_tpm_saves, 0, 2);
}

int main(void)
{
	Suite *s = suite_create("startup");
	TCase *t;

	add_startup(s);
	add_save_state(s);
	t = section(s, "3.2 TPM_Startup, 3.3 TPM_SaveState: keys");
	tcase_add_test(t, state_brings_keys_back);
	tcase_add_test(t, clear_takes_keys);
	tcase_add_test(t, volatile_keys_do_not_come_back);
	tcase_add_test(t, keys_of_parents_with_registers_do_not_come_back);
	tcase_add_test(t, a_take_over_loses_no_key);
	return suite_run(s);
}
