/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part 3, section 7: what of the state can be set one by one.  Numbers are
 * those of Part 2, 21.4.
 */
#include "chapter.h"

#include "ownercalls.h"

/* ---- 7.2 TPM_SetCapability ---- */

enum who {
	NOBODY = 0,
	OWNER = 1,
	PRESENT = 2,
	LOCALITY_4 = 4
};

static uint32_t set(unsigned int who, uint32_t area, uint32_t sub,
		    const void *value, size_t len)
{
	m->present = who & PRESENT;
	m->locality = who & LOCALITY_4 ? 4 : 0;
	return call_set_capability(m, who & OWNER, area, sub, value, len);
}

static uint32_t set_bool(unsigned int who, uint32_t area, uint32_t sub,
			 unsigned int v)
{
	const uint8_t b = (uint8_t)v;

	return set(who, area, sub, &b, 1);
}

/*
 * Part 2, 7.1: every flag that can be set, by whom alone, with which values,
 * and whether the TPM must be enabled and active for it.
 */
static const struct settable {
	uint32_t area;
	uint32_t sub;
	unsigned int flag; /* PF_ or SF_ */
	unsigned int who;
	unsigned int or_who;
	uint32_t refusal; /* of anybody else */
	bool enabled;
	bool active;
	bool may_be[2]; /* false, true */
} settables[] = {
	{ TPM_SET_PERM_FLAGS,
	  1,
	  PF_DISABLE,
	  OWNER,
	  PRESENT,
	  TPM_AUTHFAIL,
	  false,
	  false,
	  { true, true } },
	{ TPM_SET_PERM_FLAGS,
	  3,
	  PF_DEACTIVATED,
	  PRESENT,
	  PRESENT,
	  TPM_AUTHFAIL,
	  true,
	  false,
	  { true, true } },
	{ TPM_SET_PERM_FLAGS,
	  4,
	  PF_READ_PUBEK,
	  OWNER,
	  OWNER,
	  TPM_AUTHFAIL,
	  true,
	  true,
	  { true, true } },
	{ TPM_SET_PERM_FLAGS,
	  5,
	  PF_DISABLE_OWNER_CLEAR,
	  OWNER,
	  OWNER,
	  TPM_AUTHFAIL,
	  true,
	  true,
	  { false, true } },
	{ TPM_SET_PERM_FLAGS,
	  6,
	  PF_ALLOW_MAINTENANCE,
	  OWNER,
	  OWNER,
	  TPM_AUTHFAIL,
	  true,
	  true,
	  { true, false } },
	{ TPM_SET_PERM_FLAGS,
	  17,
	  PF_READ_SRK_PUB,
	  OWNER,
	  OWNER,
	  TPM_AUTHFAIL,
	  true,
	  true,
	  { true, true } },
	{ TPM_SET_PERM_FLAGS,
	  18,
	  PF_TPM_ESTABLISHED,
	  LOCALITY_4,
	  LOCALITY_4,
	  TPM_BAD_LOCALITY,
	  false,
	  false,
	  { true, false } },
	{ TPM_SET_PERM_FLAGS,
	  20,
	  PF_DISABLE_FULL_DA_LOGIC_INFO,
	  OWNER,
	  OWNER,
	  TPM_AUTHFAIL,
	  false,
	  false,
	  { true, true } },
	{ TPM_SET_STCLEAR_FLAGS,
	  2,
	  SF_DISABLE_FORCE_CLEAR,
	  NOBODY,
	  NOBODY,
	  0,
	  true,
	  true,
	  { false, true } },
};

static bool is_set(const struct settable *s)
{
	return s->area == TPM_SET_PERM_FLAGS ? permanent_flag(m, s->flag)
					     : stclear_flag(m, s->flag);
}

/* All that there is, of everybody but these. */
static void assert_nobody_else(const struct settable *s)
{
	for (unsigned int who = 0; who < 8; who++) {
		const bool before = is_set(s);

		if (who & (s->who | s->or_who) || !s->who)
			continue;
		ck_assert_result(set_bool(who, s->area, s->sub, !before),
				 s->refusal);
		ck_assert_int_eq(is_set(s), before);
	}
}

static void set_up_setting(void)
{
	setup_owner(m);
	setup_presence(m);
	m->present = false;
}

START_TEST(a_flag_is_set_by_whom_part_2_says)
{
	const struct settable *s = &settables[_i];

	set_up_setting();
	assert_nobody_else(s);
	for (unsigned int v = 0; v < 2; v++) {
		const unsigned int who = v ? s->who : s->or_who;
		const bool before = is_set(s);
		const uint32_t want = s->may_be[v] ? 0 : TPM_BAD_PARAMETER;

		ck_assert_result(set_bool(who, s->area, s->sub, v), want);
		ck_assert_int_eq(is_set(s), want ? before : v);
	}
}
END_TEST

START_TEST(a_flag_that_a_disabled_tpm_does_not_set)
{
	const struct settable *s = &settables[_i];
	const unsigned int v = s->may_be[1];

	set_up_setting();
	setup_disabled(m);
	ck_assert_result(set_bool(s->who, s->area, s->sub, v),
			 s->enabled ? TPM_DISABLED : 0);
}
END_TEST

START_TEST(a_flag_that_a_deactivated_tpm_does_not_set)
{
	const struct settable *s = &settables[_i];
	const unsigned int v = s->may_be[1];

	set_up_setting();
	setup_deactivated(m);
	ck_assert_result(set_bool(s->who, s->area, s->sub, v),
			 s->active ? TPM_DEACTIVATED : 0);
}
END_TEST

START_TEST(a_value_that_is_no_flag)
{
	const struct settable *s = &settables[_i];
	static const uint8_t b[4] = { 1, 0, 0, 0 };

	set_up_setting();
	ck_assert_result(set_bool(s->who, s->area, s->sub, 2),
			 TPM_BAD_PARAMETER);
	ck_assert_result(set(s->who, s->area, s->sub, b, 0), TPM_BAD_PARAMETER);
	ck_assert_result(set(s->who, s->area, s->sub, b, 4), TPM_BAD_PARAMETER);
	ck_assert_int_eq(is_set(s), s->flag == PF_READ_PUBEK ||
					    s->flag == PF_ALLOW_MAINTENANCE);
}
END_TEST

START_TEST(a_flag_is_kept_as_long_as_the_others_of_its_kind)
{
	const struct settable *s = &settables[_i];
	const unsigned int v = s->may_be[1];

	set_up_setting();
	ck_assert_result(set_bool(s->who, s->area, s->sub, v), 0);
	machine_reboot(m);
	ck_assert_int_eq(is_set(s), s->area == TPM_SET_PERM_FLAGS && v);
}
END_TEST

/* The table above is all, but for three numbers below. */
START_TEST(nothing_else_can_be_set)
{
	static const uint8_t value[4] = { 0, 0, 0, 1 };

	set_up_setting();
	for (uint32_t area = 0; area < 10; area++) {
		for (uint32_t sub = 0; sub < 32; sub++) {
			bool known = area == 1 && sub == 2;

			known |= area == 2 && (sub == 23 || sub == 25);
			known |= area == 4 && sub == 6;
			known |= area == 5 && sub == 4;
			for (size_t i = 0; i < 9; i++)
				known |= settables[i].area == area &&
					 settables[i].sub == sub;
			if (known)
				continue;
			ck_assert_result(set_bool(7, area, sub, 1),
					 TPM_BAD_PARAMETER);
			ck_assert_result(set(7, area, sub, value, 4),
					 TPM_BAD_PARAMETER);
		}
	}
}
END_TEST

START_TEST(whether_owners_are_wanted)
{
	setup_presence(m);
	ck_assert_result(set_bool(NOBODY, 1, TPM_PF_OWNERSHIP, 0),
			 TPM_AUTHFAIL);
	ck_assert_result(set_bool(PRESENT, 1, TPM_PF_OWNERSHIP, 0), 0);
	ck_assert(!permanent_flag(m, PF_OWNERSHIP));
	setup_owner(m);
	ck_assert_result(set_bool(PRESENT, 1, TPM_PF_OWNERSHIP, 1),
			 TPM_OWNER_SET);
	ck_assert_result(set_bool(OWNER, 1, TPM_PF_OWNERSHIP, 1),
			 TPM_OWNER_SET);
	ck_assert(!permanent_flag(m, PF_OWNERSHIP));
}
END_TEST

START_TEST(a_subcap_of_another_size_is_none)
{
	struct tss_command c;

	setup_owner(m);
	for (size_t n = 0; n < 8; n++) {
		if (n == 4)
			continue;
		tss_begin(&c, ORD_SetCapability);
		tss_put_u32(&c, TPM_SET_PERM_FLAGS);
		tss_put_blob(&c, "\0\0\0\1\0\0\0\1", n);
		tss_put_blob(&c, "\1", 1);
		ck_assert_result(run_owner(m, &c), TPM_BAD_PARAMETER);
	}
}
END_TEST

/* A secret of zeros is nobody's, even if no owner ever chose another. */
START_TEST(an_owner_that_there_is_not)
{
	struct tss_command c;
	struct tss_session s;

	tss_begin(&c, ORD_SetCapability);
	tss_put_u32(&c, TPM_SET_PERM_FLAGS);
	tss_put_blob(&c, "\0\0\0\4", 4);
	tss_put_blob(&c, "\0", 1);
	use_oiap(m, &c, &s, &zeros);
	ck_assert_result(machine_run(m, &c), TPM_AUTHFAIL);
	ck_assert(permanent_flag(m, PF_READ_PUBEK));
}
END_TEST

START_TEST(restrictions_of_delegated_keys)
{
	static const uint8_t value[] = { 0xf8, 0, 0, 0 };

	setup_owner(m);
	ck_assert_result(set(NOBODY, 2, 23, value, 4), TPM_AUTHFAIL);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_CMK_RESTRICTION), 0);
	ck_assert_result(set(OWNER, 2, 23, value, 3), TPM_BAD_PARAMETER);
	ck_assert_result(set(OWNER, 2, 23, value, 4), 0);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_CMK_RESTRICTION),
			  0xf8000000);
	setup_deactivated(m);
	ck_assert_result(set(OWNER, 2, 23, value, 4), TPM_DEACTIVATED);
	setup_disabled(m);
	ck_assert_result(set(OWNER, 2, 23, value, 4), TPM_DISABLED);
}
END_TEST

/* Or any process of the guest could void what the owner has joined. */
START_TEST(daa_secrets_are_renewed_by_the_owner_only)
{
	struct snapshot before, after;

	setup_owner(m);
	setup_presence(m);
	before = snapshot_take_calm(m);
	ck_assert_result(set(PRESENT | LOCALITY_4, 2, 25, NULL, 0),
			 TPM_AUTHFAIL);
	after = snapshot_take_calm(m);
	ck_assert(snapshot_equal(&before, &after));
	snapshot_free(&after);
	ck_assert_result(set(OWNER, 2, 25, NULL, 0), 0);
	ck_assert(is_stored(m));
	after = snapshot_take_calm(m);
	ck_assert(!snapshot_equal(&before, &after));
	snapshot_free(&before);
	snapshot_free(&after);
}
END_TEST

/* Whoever was there can have left: what he allowed stays until the reset. */
START_TEST(deferred_presence)
{
	static const uint8_t none[4], one[] = { 0, 0, 0, 1 };

	setup_presence(m);
	setup_owner(m);
	ck_assert_result(set(NOBODY, 4, 6, one, 4), TPM_BAD_PRESENCE);
	ck_assert_result(set(OWNER, 4, 6, one, 4), TPM_BAD_PRESENCE);
	ck_assert_result(set(NOBODY, 4, 6, none, 4), 0);
	ck_assert_result(set(PRESENT, 4, 6, one, 4), 0);
	/* Given already. */
	ck_assert_result(set(NOBODY, 4, 6, one, 4), 0);
	ck_assert_result(set(NOBODY, 4, 6, none, 4), 0);
	ck_assert_result(set(NOBODY, 4, 6, one, 4), TPM_BAD_PRESENCE);
	ck_assert_result(set(PRESENT, 4, 6, one, 4), 0);
	ck_assert_result(set(PRESENT, 4, 6, one, 3), TPM_BAD_PARAMETER);
	machine_reboot(m);
	ck_assert_result(set(NOBODY, 4, 6, one, 4), TPM_BAD_PRESENCE);
}
END_TEST

/* TOSPresent, which keeps registers from being reset as a rule. */
START_TEST(the_trusted_system_is_gone)
{
	setup_launched(m);
	setup_owner(m);
	ck_assert_result(set_bool(OWNER, 5, 4, 0), TPM_BAD_LOCALITY);
	ck_assert_result(set_bool(LOCALITY_4, 5, 4, 1), TPM_BAD_PARAMETER);
	setup_deactivated(m);
	ck_assert_result(set_bool(LOCALITY_4, 5, 4, 0), TPM_DEACTIVATED);
	setup_disabled(m);
	ck_assert_result(set_bool(LOCALITY_4, 5, 4, 0), TPM_DISABLED);
}
END_TEST

START_TEST(the_trusted_system_is_gone_and_registers_are_reset_so)
{
	setup_launched(m);
	m->locality = 2;
	ck_assert_result(call_pcr_reset(m, 1 << 20), 0);
	ck_assert_digest(pcr_value(m, 20), zeros);
	ck_assert_result(set_bool(LOCALITY_4, 5, 4, 0), 0);
	m->locality = 2;
	ck_assert_result(call_pcr_reset(m, 1 << 20), 0);
	ck_assert_digest(pcr_value(m, 20), ones);
}
END_TEST

/* ---- 7.3 TPM_GetCapabilityOwner ---- */

START_TEST(flags_as_bits)
{
	setup_owner(m);
	ck_assert_result(call_owner(m, ORD_GetCapabilityOwner), 0);
	/* The version is the TPM's, not that of structures. */
	ck_assert_uint_eq(tss_get_u32(&m->answer), 0x01020001);
	ck_assert_uint_eq(tss_get_u32(&m->answer),
			  1 << PF_OWNERSHIP | 1 << PF_READ_PUBEK |
				  1 << PF_ALLOW_MAINTENANCE);
	ck_assert_uint_eq(tss_get_u32(&m->answer), 0);
	ck_assert(tss_end(&m->answer));
}
END_TEST

START_TEST(each_flag_at_its_bit)
{
	setup_owner(m);
	setup_all_flags(m);
	ck_assert_result(call(m, ORD_DisableForceClear), 0);
	ck_assert_result(call_owner(m, ORD_GetCapabilityOwner), 0);
	(void)tss_get_u32(&m->answer);
	ck_assert_uint_eq(tss_get_u32(&m->answer),
			  0xfffffu & ~(1u << PF_DISABLE | 1u << PF_DEACTIVATED |
				       1u << PF_FIPS));
	ck_assert_uint_eq(tss_get_u32(&m->answer), 1 << SF_DISABLE_FORCE_CLEAR);
}
END_TEST

/* ---- */

#define N(table) ((int)(sizeof(table) / sizeof(*(table))))

int main(void)
{
	Suite *s = suite_create("setcapability");
	TCase *t = section(s, "7.2 TPM_SetCapability");
	const int n = N(settables);

	tcase_add_loop_test(t, a_flag_is_set_by_whom_part_2_says, 0, n);
	tcase_add_loop_test(t, a_flag_that_a_disabled_tpm_does_not_set, 0, n);
	tcase_add_loop_test(t, a_flag_that_a_deactivated_tpm_does_not_set, 0,
			    n);
	tcase_add_loop_test(t, a_value_that_is_no_flag, 0, n);
	tcase_add_loop_test(t, a_flag_is_kept_as_long_as_the_others_of_its_kind,
			    0, n);
	tcase_add_test(t, nothing_else_can_be_set);
	tcase_add_test(t, whether_owners_are_wanted);
	tcase_add_test(t, a_subcap_of_another_size_is_none);
	tcase_add_test(t, an_owner_that_there_is_not);
	tcase_add_test(t, restrictions_of_delegated_keys);
	tcase_add_test(t, daa_secrets_are_renewed_by_the_owner_only);
	tcase_add_test(t, deferred_presence);
	tcase_add_test(t, the_trusted_system_is_gone);
	tcase_add_test(t,
		       the_trusted_system_is_gone_and_registers_are_reset_so);
	t = section(s, "7.3 TPM_GetCapabilityOwner");
	tcase_add_test(t, flags_as_bits);
	tcase_add_test(t, each_flag_at_its_bit);
	return suite_run(s);
}
