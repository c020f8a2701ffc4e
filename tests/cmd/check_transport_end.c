/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 24: how transport sessions end. */
#include "transports.h"

/* ---- The end of a session ---- */

START_TEST(a_session_is_over_when_the_client_says_so)
{
	struct tss_transport t;

	open_clear(&t, 0);
	t.keep = false;
	ck_assert_result(run_extend(&t, 4), 0);
	ck_assert(!t.keep);
	ck_assert(!is_open(&t));
	ck_assert_uint_eq(free_sessions(), 10);
}
END_TEST

/* The answer still comes by it. */
START_TEST(a_session_that_is_flushed_from_inside)
{
	struct tss_transport t;
	struct tss_command c;

	setup_owner(m);
	if (_i == N_CIPHERS)
		ck_assert_result(establish_clear(&t, 0), 0);
	else
		open_encrypted(&t, (unsigned int)_i, 0);
	tss_begin(&c, ORD_FlushSpecific);
	tss_put_handle(&c, t.session.handle);
	tss_put_u32(&c, TPM_RT_TRANS);
	ck_assert_result(run(&t, &c), 0);
	ck_assert(!t.keep);
	ck_assert(!is_open(&t));
	ck_assert_uint_eq(free_sessions(), 10);
}
END_TEST

START_TEST(sessions_go_with_the_power)
{
	struct tss_transport t;

	open_clear(&t, TPM_TRANSPORT_EXCLUSIVE);
	ck_assert_result(call(m, ORD_SaveState), 0);
	machine_power_cycle(m);
	ck_assert_result(
		call_u16(m, ORD_Startup, _i ? TPM_ST_CLEAR : TPM_ST_STATE), 0);
	ck_assert_uint_eq(free_sessions(), 10);
	ck_assert(!is_open(&t));
}
END_TEST

START_TEST(another_process_goes_on)
{
	struct tss_transport t;
	struct tss_digest d;

	setup_owner(m);
	open_encrypted(&t, (unsigned int)_i, TPM_TRANSPORT_LOG);
	ck_assert_result(run_extend(&t, 4), 0);
	machine_take_over(m);
	ck_assert_result(run_pcr_read(&t, 4, &d), 0);
	ck_assert_digest(d, pcr_value(m, 4));
}
END_TEST

START_TEST(handles_are_listed)
{
	static const uint8_t sub[4] = { 0, 0, 0, TPM_RT_TRANS };
	struct tss_transport a, b;
	size_t len;

	open_clear(&a, 0);
	ck_assert_result(establish_clear(&b, 0), 0);
	ck_assert_result(call_get_capability(m, TPM_CAP_HANDLE, sub, 4), 0);
	ck_assert_uint_eq(tss_get_u32(&m->answer), 10);
	ck_assert_uint_eq(tss_get_u16(&m->answer), 2);
	ck_assert_uint_eq(tss_get_u32(&m->answer), a.session.handle);
	ck_assert_uint_eq(tss_get_u32(&m->answer), b.session.handle);
	ck_assert(tss_end(&m->answer));
	len = property(m, TPM_CAP_PROP_SESSIONS);
	ck_assert_result(call_flush(m, b.session.handle, TPM_RT_TRANS), 0);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_SESSIONS), len + 1);
	ck_assert_result(call_flush(m, b.session.handle, TPM_RT_TRANS),
			 TPM_BAD_PARAMETER);
	ck_assert_result(call_flush(m, a.session.handle, TPM_RT_AUTH),
			 TPM_BAD_PARAMETER);
}
END_TEST

/* ---- TPM_TRANSPORT_EXCLUSIVE ---- */

START_TEST(another_command_ends_an_exclusive_session)
{
	struct tss_transport t;
	static const uint8_t unknown[] = {
		0, 0xc1, 0, 0, 0, 10, 0, 0, 0, 0x02
	};

	open_clear(&t, TPM_TRANSPORT_EXCLUSIVE);
	ck_assert_result(run_extend(&t, 4), 0);
	ck_assert_result(run_extend(&t, 4), 0);
	if (_i == 0)
		ck_assert_result(call(m, ORD_GetTicks), 0);
	else if (_i == 1)
		ck_assert_result(call_pcr_read(m, 24, NULL), TPM_BADINDEX);
	else
		ck_assert_result(machine_send(m, unknown, sizeof(unknown)),
				 TPM_BAD_ORDINAL);
	ck_assert(!is_open(&t));
}
END_TEST

START_TEST(so_does_another_session)
{
	struct tss_transport other, t;

	open_clear(&other, 0);
	ck_assert_result(establish_clear(&t, TPM_TRANSPORT_EXCLUSIVE), 0);
	ck_assert_result(run_extend(&t, 4), 0);
	ck_assert_result(run_extend(&other, 4), 0);
	ck_assert(!is_open(&t));
	ck_assert_result(run_extend(&other, 4), 0);
}
END_TEST

START_TEST(and_a_new_session)
{
	struct tss_transport first, second;

	open_clear(&first, TPM_TRANSPORT_EXCLUSIVE);
	ck_assert_result(establish_clear(&second, TPM_TRANSPORT_EXCLUSIVE), 0);
	ck_assert_result(run_extend(&second, 4), 0);
	ck_assert(!is_open(&first));
}
END_TEST

START_TEST(an_exclusive_session_that_is_over_bothers_nobody)
{
	struct tss_transport exclusive, t;

	open_clear(&exclusive, TPM_TRANSPORT_EXCLUSIVE);
	exclusive.keep = false;
	ck_assert_result(run_extend(&exclusive, 4), 0);
	ck_assert_result(establish_clear(&t, 0), 0);
	ck_assert_result(call(m, ORD_GetTicks), 0);
	ck_assert_result(run_extend(&t, 4), 0);
}
END_TEST

/* ---- */

static void add_ends(Suite *s)
{
	TCase *t = section(s, "24.2 The end of a session");

	tcase_add_test(t, a_session_is_over_when_the_client_says_so);
	tcase_add_loop_test(t, a_session_that_is_flushed_from_inside, 0,
			    N_CIPHERS + 1);
	tcase_add_loop_test(t, sessions_go_with_the_power, 0, 2);
	tcase_add_loop_test(t, another_process_goes_on, 0, N_CIPHERS);
	tcase_add_test(t, handles_are_listed);
	tcase_add_loop_test(t, another_command_ends_an_exclusive_session, 0, 3);
	tcase_add_test(t, so_does_another_session);
	tcase_add_test(t, and_a_new_session);
	tcase_add_test(t, an_exclusive_session_that_is_over_bothers_nobody);
}

int main(void)
{
	Suite *s = suite_create("transport_end");

	add_ends(s);
	return suite_run(s);
}
