/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 27: Deprecated Commands. */
#include "chapter.h"

static uint32_t terminate(uint32_t handle)
{
	struct tss_command c;

	tss_begin(&c, ORD_Terminate_Handle);
	tss_put_handle(&c, handle);
	return machine_run(m, &c);
}

/* ---- 27.1.2 TPM_Terminate_Handle ---- */

START_TEST(a_session_is_gone)
{
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(terminate(s.handle), 0);
	ck_assert_result(terminate(s.handle), TPM_INVALID_AUTHHANDLE);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_AUTHSESS),
			  property(m, TPM_CAP_PROP_MAX_AUTHSESS));
}
END_TEST

START_TEST(a_session_that_never_was)
{
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(terminate(0), TPM_INVALID_AUTHHANDLE);
	ck_assert_result(terminate(s.handle + 1), TPM_INVALID_AUTHHANDLE);
	ck_assert_result(terminate(0xffffffff), TPM_INVALID_AUTHHANDLE);
	ck_assert_result(terminate(s.handle), 0);
}
END_TEST

/* ---- */

int main(void)
{
	Suite *s = suite_create("deprecated");
	TCase *t = section(s, "27.1.2 TPM_Terminate_Handle");

	tcase_add_test(t, a_session_is_gone);
	tcase_add_test(t, a_session_that_never_was);
	return suite_run(s);
}
