/* SPDX-License-Identifier: BSD-2-Clause */
/* Auditing, where it fails; what it does is in tests/cmd/check_auditing.c. */
#include <check.h>

#include "calls.h"
#include "constants.h"
#include "ordinals.h"
#include "result.h"
#include "setup.h"
#include "suite.h"
#include "tpm.h"

/* The nth time from now that somebody asks whether libcrypto failed, it did. */
static unsigned int fail_at;

bool __real_tpm_crypto_failed(struct tpm_crypto *c);
bool __wrap_tpm_crypto_failed(struct tpm_crypto *c);

bool __wrap_tpm_crypto_failed(struct tpm_crypto *c)
{
	if (fail_at && !--fail_at)
		return true;
	return __real_tpm_crypto_failed(c);
}

static struct machine *machine_audited(uint32_t ordinal)
{
	struct machine *m = machine_started();

	audit_set(m->tpm, ordinal, true);
	return m;
}

/* Part 3, 8.1.1: the command succeeded, the audit did not. */
START_TEST(an_audit_that_fails_is_told_and_is_failure_mode)
{
	struct machine *m = machine_audited(ORD_PcrRead);

	fail_at = 2;
	ck_assert_result(call_pcr_read(m, 7, NULL), TPM_AUDITFAIL_SUCCESSFUL);
	ck_assert_uint_eq(fail_at, 0);
	ck_assert_result(call_pcr_read(m, 7, NULL), TPM_FAILEDSELFTEST);
	ck_assert_uint_eq(audit_counter(m->tpm).counter, 0);
	machine_free(m);
}
END_TEST

START_TEST(a_command_that_fails_before_is_not_audited)
{
	struct machine *m = machine_audited(ORD_PcrRead);

	fail_at = 1;
	ck_assert_result(call_pcr_read(m, 7, NULL), TPM_FAIL);
	ck_assert_result(call_pcr_read(m, 7, NULL), TPM_FAILEDSELFTEST);
	ck_assert_uint_eq(audit_counter(m->tpm).counter, 0);
	machine_free(m);
}
END_TEST

START_TEST(nobody_asks_for_what_is_not_audited)
{
	struct machine *m = machine_started();

	fail_at = 2;
	ck_assert_result(call_pcr_read(m, 7, NULL), 0);
	ck_assert_uint_eq(fail_at, 1);
	fail_at = 0;
	machine_free(m);
}
END_TEST

/* ---- ordinalAuditStatus ---- */

START_TEST(each_ordinal_has_a_bit_of_its_own)
{
	struct machine *m = machine_started();
	struct tpm *t = m->tpm;

	memset(&t->s.audit_status, 0, sizeof(t->s.audit_status));
	for (size_t i = 0; i < tpm_n_commands; i++) {
		audit_set(t, tpm_commands[i].ordinal, true);
		for (size_t k = 0; k < tpm_n_commands; k++)
			ck_assert_int_eq(
				audit_is_on(t, tpm_commands[k].ordinal),
				k == i);
		audit_set(t, tpm_commands[i].ordinal, false);
	}
	machine_free(m);
}
END_TEST

START_TEST(a_new_owner_finds_the_defaults)
{
	struct machine *m = machine_started();
	struct tpm *t = m->tpm;

	for (size_t i = 0; i < tpm_n_commands; i++)
		audit_set(t, tpm_commands[i].ordinal, i % 2);
	audit_owner_clear(t);
	for (size_t i = 0; i < tpm_n_commands; i++)
		ck_assert_int_eq(audit_is_on(t, tpm_commands[i].ordinal),
				 tpm_commands[i].audit == AUDIT_ON);
	machine_free(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("audit");
	TCase *t = tcase_create("failures");

	tcase_add_test(t, an_audit_that_fails_is_told_and_is_failure_mode);
	tcase_add_test(t, a_command_that_fails_before_is_not_audited);
	tcase_add_test(t, nobody_asks_for_what_is_not_audited);
	suite_add_tcase(s, t);
	t = tcase_create("status");
	tcase_add_test(t, each_ordinal_has_a_bit_of_its_own);
	tcase_add_test(t, a_new_owner_finds_the_defaults);
	suite_add_tcase(s, t);
	return suite_run(s);
}
