/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 4: Admin Testing. */
#include "chapter.h"

/* The manufacturer's byte of TPM_GetTestResult: how much was tested. */
enum {
	LIMITED,
	FULL,
	FAILED
};

static unsigned int test_result(void)
{
	const uint8_t *p;
	size_t len;

	ck_assert_result(call(m, ORD_GetTestResult), 0);
	p = tss_get_blob(&m->answer, &len);
	ck_assert(tss_end(&m->answer));
	ck_assert_uint_eq(len, 1);
	return *p;
}

/* Started, with the limited self-test alone. */
static void start_untested(void)
{
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_CLEAR), 0);
	ck_assert_uint_eq(test_result(), LIMITED);
}

/* ---- 4.1 TPM_SelfTestFull ---- */

START_TEST(it_tests_everything)
{
	start_untested();
	ck_assert_result(call(m, ORD_SelfTestFull), 0);
	ck_assert_uint_eq(test_result(), FULL);
}
END_TEST

START_TEST(it_tests_again)
{
	ck_assert_result(call(m, ORD_SelfTestFull), 0);
	m->fail_random = 1;
	ck_assert_result(call(m, ORD_SelfTestFull), TPM_FAILEDSELFTEST);
	ck_assert_uint_eq(test_result(), FAILED);
}
END_TEST

START_TEST(nothing_but_power_ends_failure_mode)
{
	m->fail_random = 1;
	ck_assert_result(call(m, ORD_SelfTestFull), TPM_FAILEDSELFTEST);
	m->fail_random = 0;
	ck_assert_result(call(m, ORD_SelfTestFull), TPM_FAILEDSELFTEST);
	ck_assert_result(call(m, ORD_ContinueSelfTest), TPM_FAILEDSELFTEST);
	machine_take_over(m);
	ck_assert_result(call(m, ORD_SelfTestFull), TPM_FAILEDSELFTEST);
	machine_reboot(m);
	ck_assert_uint_eq(test_result(), FULL);
}
END_TEST

START_TEST(a_disabled_or_deactivated_tpm_is_tested)
{
	start_untested();
	if (_i)
		setup_disabled(m);
	else
		setup_deactivated(m);
	ck_assert_result(call(m, ORD_SelfTestFull), 0);
	ck_assert_uint_eq(test_result(), FULL);
}
END_TEST

/* ---- 4.2 TPM_ContinueSelfTest ---- */

START_TEST(it_completes_the_tests)
{
	start_untested();
	ck_assert_result(call(m, ORD_ContinueSelfTest), 0);
	ck_assert_uint_eq(test_result(), FULL);
}
END_TEST

START_TEST(it_has_nothing_to_do_after_the_full_test)
{
	m->fail_random = 1;
	ck_assert_result(call(m, ORD_ContinueSelfTest), 0);
	ck_assert_uint_eq(test_result(), FULL);
}
END_TEST

START_TEST(it_fails_as_the_full_test_does)
{
	start_untested();
	m->fail_random = 1;
	ck_assert_result(call(m, ORD_ContinueSelfTest), TPM_FAILEDSELFTEST);
	ck_assert_uint_eq(test_result(), FAILED);
}
END_TEST

/* Part 1: what firmware measures with must not wait for the full test. */
START_TEST(measuring_does_not_wait_for_it)
{
	start_untested();
	ck_assert_result(call_extend(m, 0, &ones, NULL), 0);
	ck_assert_result(call_pcr_read(m, 0, NULL), 0);
	ck_assert_result(call(m, ORD_SaveState), 0);
	ck_assert_result(call_get_capability(m, TPM_CAP_VERSION, NULL, 0), 0);
	ck_assert_uint_eq(test_result(), LIMITED);
}
END_TEST

START_TEST(anything_else_does_it_by_the_way)
{
	start_untested();
	ck_assert_result(call_u32(m, ORD_GetRandom, 1), 0);
	ck_assert_uint_eq(test_result(), FULL);
}
END_TEST

START_TEST(anything_else_is_refused_if_it_fails)
{
	start_untested();
	m->fail_random = 1;
	ck_assert_result(call(m, ORD_OIAP), TPM_FAILEDSELFTEST);
	ck_assert_uint_eq(test_result(), FAILED);
}
END_TEST

/* ---- 4.3 TPM_GetTestResult ---- */

START_TEST(it_answers_in_every_state)
{
	static void (*const states[])(struct machine * m) = {
		setup_failed,
		setup_disabled,
		setup_deactivated,
		setup_locked_out,
	};

	states[_i](m);
	ck_assert_result(call(m, ORD_GetTestResult), 0);
}
END_TEST

START_TEST(exact_bytes)
{
	static const uint8_t answer[] = { 0x00, 0xc4, 0, 0, 0, 15, 0,	0,
					  0,	0,    0, 0, 0, 1,  FULL };

	ck_assert_result(call(m, ORD_GetTestResult), 0);
	ck_assert_uint_eq(m->answer.len, sizeof(answer));
	ck_assert_mem_eq(m->answer.b, answer, sizeof(answer));
}
END_TEST

/* ---- */

int main(void)
{
	Suite *s = suite_create("testing");
	TCase *t = section(s, "4.1 TPM_SelfTestFull");

	tcase_add_test(t, it_tests_everything);
	tcase_add_test(t, it_tests_again);
	tcase_add_test(t, nothing_but_power_ends_failure_mode);
	tcase_add_loop_test(t, a_disabled_or_deactivated_tpm_is_tested, 0, 2);
	t = section(s, "4.2 TPM_ContinueSelfTest");
	tcase_add_test(t, it_completes_the_tests);
	tcase_add_test(t, it_has_nothing_to_do_after_the_full_test);
	tcase_add_test(t, it_fails_as_the_full_test_does);
	tcase_add_test(t, measuring_does_not_wait_for_it);
	tcase_add_test(t, anything_else_does_it_by_the_way);
	tcase_add_test(t, anything_else_is_refused_if_it_fails);
	t = section(s, "4.3 TPM_GetTestResult");
	tcase_add_loop_test(t, it_answers_in_every_state, 0, 4);
	tcase_add_test(t, exact_bytes);
	return suite_run(s);
}
