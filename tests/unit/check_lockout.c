/* SPDX-License-Identifier: BSD-2-Clause */
/* The defence against dictionary attacks (emulator/lockout.c), by the clock. */
#include <check.h>

#include "machine.h"
#include "suite.h"
#include "tpm.h"

#define SECOND 1000000u
#define MINUTE (60u * SECOND)

static struct machine *m;

static void setup(void)
{
	m = machine_started();
}

static void teardown(void)
{
	machine_free(m);
}

static void fail_times(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		lockout_failure(m->tpm);
		ck_assert_int_eq(tpm_commit(m->tpm), 0);
	}
}

START_TEST(nothing_is_locked_at_first)
{
	ck_assert(!lockout_running(m->tpm));
	ck_assert_uint_eq(lockout_left(m->tpm), 0);
}
END_TEST

START_TEST(failures_below_the_threshold_are_borne)
{
	for (unsigned int i = 1; i < LOCKOUT_THRESHOLD; i++) {
		fail_times(1);
		ck_assert(!lockout_running(m->tpm));
		ck_assert_uint_eq(m->tpm->s.lockout.failures, i);
	}
}
END_TEST

START_TEST(the_threshold_locks_for_a_second)
{
	fail_times(LOCKOUT_THRESHOLD);
	ck_assert(lockout_running(m->tpm));
	ck_assert_uint_eq(lockout_left(m->tpm), 1);
	m->clock_us += SECOND - 1;
	ck_assert(lockout_running(m->tpm));
	m->clock_us++;
	ck_assert(!lockout_running(m->tpm));
	ck_assert_uint_eq(lockout_left(m->tpm), 0);
}
END_TEST

START_TEST(each_failure_more_doubles_up_to_a_limit)
{
	uint32_t seconds = 1;

	fail_times(LOCKOUT_THRESHOLD);
	for (unsigned int i = 0; i < 20; i++) {
		ck_assert_uint_eq(lockout_left(m->tpm), seconds);
		fail_times(1);
		if (seconds < 4096)
			seconds *= 2;
	}
	ck_assert_uint_eq(seconds, 4096);
}
END_TEST

START_TEST(waiting_does_not_forgive)
{
	fail_times(LOCKOUT_THRESHOLD);
	m->clock_us += SECOND;
	ck_assert(!lockout_running(m->tpm));
	fail_times(1);
	ck_assert_uint_eq(lockout_left(m->tpm), 2);
}
END_TEST

START_TEST(time_forgets_a_failure_each_ten_minutes)
{
	fail_times(3);
	m->clock_us += 10 * MINUTE - 1;
	ck_assert(!lockout_running(m->tpm));
	ck_assert_uint_eq(m->tpm->s.lockout.failures, 3);
	m->clock_us++;
	ck_assert(!lockout_running(m->tpm));
	ck_assert_uint_eq(m->tpm->s.lockout.failures, 2);
	m->clock_us += 10 * MINUTE;
	ck_assert(!lockout_running(m->tpm));
	ck_assert_uint_eq(m->tpm->s.lockout.failures, 1);
	m->clock_us += 100 * MINUTE;
	ck_assert(!lockout_running(m->tpm));
	ck_assert_uint_eq(m->tpm->s.lockout.failures, 0);
}
END_TEST

START_TEST(a_failure_sees_what_time_forgot)
{
	fail_times(LOCKOUT_THRESHOLD);
	m->clock_us += 20 * MINUTE;
	fail_times(1);
	ck_assert_uint_eq(m->tpm->s.lockout.failures, LOCKOUT_THRESHOLD - 1);
	ck_assert(!lockout_running(m->tpm));
}
END_TEST

START_TEST(a_long_lock_is_not_forgotten_before_its_end)
{
	fail_times(LOCKOUT_THRESHOLD + 12);
	ck_assert_uint_eq(lockout_left(m->tpm), 4096);
	m->clock_us += 4095ull * SECOND;
	ck_assert(lockout_running(m->tpm));
	ck_assert_uint_eq(lockout_left(m->tpm), 1);
	m->clock_us += SECOND;
	ck_assert(!lockout_running(m->tpm));
	/* And what was forgotten meanwhile does not bring it back. */
	ck_assert(!lockout_running(m->tpm));
	ck_assert_uint_eq(lockout_left(m->tpm), 0);
}
END_TEST

START_TEST(a_guess_at_its_end_locks_again)
{
	fail_times(LOCKOUT_THRESHOLD + 12);
	m->clock_us += 4096ull * SECOND;
	ck_assert(!lockout_running(m->tpm));
	fail_times(1);
	ck_assert(lockout_running(m->tpm));
}
END_TEST

START_TEST(power_does_not_help)
{
	fail_times(LOCKOUT_THRESHOLD + 6);
	m->clock_us += 63 * SECOND;
	ck_assert_uint_eq(lockout_left(m->tpm), 1);
	machine_reboot(m);
	ck_assert(lockout_running(m->tpm));
	ck_assert_uint_eq(lockout_left(m->tpm), 64);
	m->clock_us += 64 * SECOND;
	ck_assert(!lockout_running(m->tpm));
}
END_TEST

START_TEST(another_process_does_not_help)
{
	fail_times(LOCKOUT_THRESHOLD + 6);
	m->clock_us += 63 * SECOND;
	machine_take_over(m);
	ck_assert_uint_eq(lockout_left(m->tpm), 64);
}
END_TEST

START_TEST(a_clock_that_starts_anew_with_the_process)
{
	m->clock_us = 1ull << 50;
	fail_times(LOCKOUT_THRESHOLD + 6);
	m->clock_us = 0;
	machine_take_over(m);
	ck_assert_uint_eq(lockout_left(m->tpm), 64);
	m->clock_us = 64 * SECOND;
	ck_assert(!lockout_running(m->tpm));
}
END_TEST

START_TEST(reset_ends_it)
{
	fail_times(LOCKOUT_THRESHOLD + 6);
	lockout_reset(m->tpm);
	ck_assert_int_eq(tpm_commit(m->tpm), 0);
	ck_assert(!lockout_running(m->tpm));
	ck_assert_uint_eq(lockout_left(m->tpm), 0);
	fail_times(1);
	ck_assert(!lockout_running(m->tpm));
	machine_reboot(m);
	ck_assert_uint_eq(m->tpm->s.lockout.failures, 1);
}
END_TEST

START_TEST(the_count_does_not_wrap)
{
	m->tpm->s.lockout.failures = 0xffff;
	fail_times(2);
	ck_assert_uint_eq(m->tpm->s.lockout.failures, 0xffff);
	ck_assert_uint_eq(lockout_left(m->tpm), 4096);
}
END_TEST

START_TEST(a_clock_that_goes_back_locks_no_longer_than_it_would)
{
	m->clock_us = 100 * SECOND;
	fail_times(LOCKOUT_THRESHOLD + 6);
	m->clock_us = 0;
	ck_assert_uint_le(lockout_left(m->tpm), 64);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lockout");
	TCase *t = tcase_create("lockout");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, nothing_is_locked_at_first);
	tcase_add_test(t, failures_below_the_threshold_are_borne);
	tcase_add_test(t, the_threshold_locks_for_a_second);
	tcase_add_test(t, each_failure_more_doubles_up_to_a_limit);
	tcase_add_test(t, waiting_does_not_forgive);
	tcase_add_test(t, time_forgets_a_failure_each_ten_minutes);
	tcase_add_test(t, a_failure_sees_what_time_forgot);
	tcase_add_test(t, a_long_lock_is_not_forgotten_before_its_end);
	tcase_add_test(t, a_guess_at_its_end_locks_again);
	tcase_add_test(t, power_does_not_help);
	tcase_add_test(t, another_process_does_not_help);
	tcase_add_test(t, a_clock_that_starts_anew_with_the_process);
	tcase_add_test(t, reset_ends_it);
	tcase_add_test(t, the_count_does_not_wrap);
	tcase_add_test(t, a_clock_that_goes_back_locks_no_longer_than_it_would);
	suite_add_tcase(s, t);
	return suite_run(s);
}
