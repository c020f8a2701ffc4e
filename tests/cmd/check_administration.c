/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 9: Administrative Management. */
#include "chapter.h"

#include "ownercalls.h"

#define SECOND 1000000u

static uint32_t reset_as(const struct tss_digest *secret)
{
	struct tss_command c;
	struct tss_session s;

	tss_begin(&c, ORD_ResetLockValue);
	use_oiap(m, &c, &s, secret);
	return machine_run(m, &c);
}

static uint32_t owner_does_something(void)
{
	return call_owner_u8(m, ORD_OwnerSetDisable, 0);
}

/* Until the TPM does not listen any more. */
static void guess(unsigned int times)
{
	for (unsigned int i = 0; i < times; i++) {
		struct tss_command c;
		struct tss_session s;

		tss_begin(&c, ORD_OwnerSetDisable);
		tss_put_u8(&c, 1);
		use_oiap(m, &c, &s, &secret_wrong);
		ck_assert_result(machine_run(m, &c), TPM_AUTHFAIL);
	}
}

/* Part 2, 21.9: the state, the failures so far, and seconds left. */
struct defence {
	unsigned int state;
	unsigned int failures;
	unsigned int seconds;
};

static struct defence defence(void)
{
	static const uint8_t owner[] = { 0, TPM_ET_OWNER };
	const uint8_t *b;
	size_t len;

	ck_assert_result(call_get_capability(m, TPM_CAP_DA_LOGIC, owner, 2), 0);
	b = tss_get_blob(&m->answer, &len);
	ck_assert_uint_eq(len, 21);
	return (struct defence){
		.state = b[2],
		.failures = (unsigned int)b[3] << 8 | b[4],
		.seconds = (unsigned int)b[15] << 8 | b[16],
	};
}

/* ---- 9.3 TPM_ResetLockValue ---- */

START_TEST(the_owner_ends_the_lockout)
{
	setup_owner(m);
	guess(5);
	ck_assert_result(owner_does_something(), TPM_DEFEND_LOCK_RUNNING);
	ck_assert_uint_eq(defence().state, 1);
	ck_assert_result(reset_as(&secret_owner), 0);
	ck_assert_uint_eq(defence().state, 0);
	ck_assert_uint_eq(defence().failures, 0);
	ck_assert_result(owner_does_something(), 0);
	/* And guesses are borne again. */
	guess(4);
	ck_assert_result(owner_does_something(), 0);
	machine_reboot(m);
	ck_assert_uint_eq(defence().failures, 4);
}
END_TEST

START_TEST(failures_below_the_threshold_are_forgotten_too)
{
	setup_owner(m);
	guess(4);
	ck_assert_uint_eq(defence().failures, 4);
	ck_assert_result(reset_as(&secret_owner), 0);
	ck_assert_uint_eq(defence().failures, 0);
	machine_reboot(m);
	ck_assert_uint_eq(defence().failures, 0);
}
END_TEST

START_TEST(one_try_while_locked_out)
{
	setup_owner(m);
	guess(5);
	ck_assert_result(reset_as(&secret_wrong), TPM_AUTHFAIL);
	/* It locks as any wrong secret, and longer. */
	ck_assert_uint_eq(defence().failures, 6);
	ck_assert_uint_eq(defence().seconds, 2);
	/* From now on not even the right one, and none of them is counted. */
	for (unsigned int i = 0; i < 3; i++)
		ck_assert_result(reset_as(_i ? &secret_owner : &secret_wrong),
				 TPM_AUTHFAIL);
	ck_assert_uint_eq(defence().failures, 6);
	ck_assert_uint_eq(defence().seconds, 2);
}
END_TEST

START_TEST(another_try_when_the_time_is_over)
{
	setup_owner(m);
	guess(5);
	ck_assert_result(reset_as(&secret_wrong), TPM_AUTHFAIL);
	m->clock_us += 2 * SECOND - 1;
	ck_assert_result(reset_as(&secret_owner), TPM_AUTHFAIL);
	m->clock_us += 1;
	ck_assert_result(reset_as(&secret_owner), 0);
	ck_assert_uint_eq(defence().failures, 0);
}
END_TEST

START_TEST(another_try_after_a_start)
{
	setup_owner(m);
	guess(5);
	ck_assert_result(reset_as(&secret_wrong), TPM_AUTHFAIL);
	ck_assert_result(reset_as(&secret_owner), TPM_AUTHFAIL);
	machine_reboot(m);
	ck_assert_uint_eq(defence().state, 1);
	ck_assert_result(owner_does_something(), TPM_DEFEND_LOCK_RUNNING);
	ck_assert_result(reset_as(&secret_owner), 0);
}
END_TEST

START_TEST(another_process_knows_that_the_try_is_spent)
{
	setup_owner(m);
	guess(5);
	ck_assert_result(reset_as(&secret_wrong), TPM_AUTHFAIL);
	machine_take_over(m);
	ck_assert_result(reset_as(&secret_owner), TPM_AUTHFAIL);
}
END_TEST

START_TEST(without_a_lockout_a_wrong_secret_spends_nothing)
{
	setup_owner(m);
	ck_assert_result(reset_as(&secret_wrong), TPM_AUTHFAIL);
	ck_assert_uint_eq(defence().failures, 1);
	ck_assert_result(reset_as(&secret_owner), 0);
}
END_TEST

/* Optional, and absent: 9.1 TPM_FieldUpgrade, 9.2 TPM_SetRedirection. */
START_TEST(nothing_to_upgrade_or_redirect)
{
	setup_owner(m);
	ck_assert_result(call(m, ORD_FieldUpgrade), TPM_BAD_ORDINAL);
	ck_assert_result(call_owner(m, ORD_FieldUpgrade), TPM_BAD_ORDINAL);
	ck_assert_result(call(m, ORD_SetRedirection), TPM_BAD_ORDINAL);
}
END_TEST

/* ---- */

int main(void)
{
	Suite *s = suite_create("administration");
	TCase *t = section(s, "9.3 TPM_ResetLockValue");

	tcase_add_test(t, the_owner_ends_the_lockout);
	tcase_add_test(t, failures_below_the_threshold_are_forgotten_too);
	tcase_add_loop_test(t, one_try_while_locked_out, 0, 2);
	tcase_add_test(t, another_try_when_the_time_is_over);
	tcase_add_test(t, another_try_after_a_start);
	tcase_add_test(t, another_process_knows_that_the_try_is_spent);
	tcase_add_test(t, without_a_lockout_a_wrong_secret_spends_nothing);
	t = section(s, "9.1 TPM_FieldUpgrade, 9.2 TPM_SetRedirection");
	tcase_add_test(t, nothing_to_upgrade_or_redirect);
	return suite_run(s);
}
