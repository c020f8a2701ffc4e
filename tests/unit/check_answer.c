/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the platform's store finds when it is called: the whole answer of the
 * command, and the volatile state that will be after it.  Whoever keeps all
 * three at once can say after any death whether the command has happened.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "ordinals.h"
#include "samples.h"
#include "setup.h"
#include "suite.h"
#include "tpm.h"

#define HEADER 10u

/* A request with its TPM, and what the stores during it have found. */
struct spy {
	struct machine *m;
	uint8_t req[TSS_BUFFER];
	size_t len;
	uint8_t rsp[TPM12_BUFFER_SIZE];
	size_t n;
	unsigned int early, late; /* stores without and with an answer */
	uint8_t answer[TPM12_BUFFER_SIZE];
	size_t answer_len;
	uint8_t before[TPM12_VOLATILE_MAX];
	size_t before_len;
	bool failing;
};

static struct spy spy;

static size_t save(uint8_t *buf)
{
	size_t len;

	ck_assert_int_eq(
		tpm12_save_volatile(spy.m->tpm, buf, TPM12_VOLATILE_MAX, &len),
		0);
	return len;
}

static int store(void *ctx, const uint8_t *state, size_t len)
{
	static const uint8_t zeros[HEADER];

	if (!memcmp(spy.rsp, zeros, HEADER)) {
		spy.early++;
		return machine_platform.store(ctx, state, len);
	}
	spy.late++;
	spy.answer_len = (size_t)spy.rsp[4] << 8 | spy.rsp[5];
	ck_assert_uint_ge(spy.answer_len, HEADER);
	ck_assert_uint_le(spy.answer_len, sizeof(spy.rsp));
	memcpy(spy.answer, spy.rsp, spy.answer_len);
	spy.before_len = save(spy.before);
	return spy.failing ? -1 : machine_platform.store(ctx, state, len);
}

static void begin(struct machine *m)
{
	memset(&spy, 0, sizeof(spy));
	spy.m = m;
}

/* A good request of row i; its first session's HMAC is wrong if spoilt. */
static void prepare(int i, bool spoilt)
{
	const struct tpm_command *row = &tpm_commands[i];
	const struct sample *sample = sample_find(row->ordinal);
	struct sample_sessions sessions;
	struct tss_command c;

	ck_assert_ptr_nonnull(sample);
	begin(machine_started());
	if (sample->prepare)
		sample->prepare(spy.m);
	tss_begin(&c, row->ordinal);
	c.out_handles = row->out_skip;
	sample->build(spy.m, &c, &sessions);
	spy.len = tss_marshal(&c, spy.req);
	if (spoilt && c.n_auth)
		spy.req[TSS_HEADER + c.len + TSS_AUTH_RQU - 1] ^= 1;
}

static uint32_t execute(void)
{
	spy.m->tpm->platform.store = store;
	/* What an earlier answer left there counts for nothing. */
	memset(spy.rsp, 0xff, sizeof(spy.rsp));
	spy.n = tpm12_execute(spy.m->tpm, spy.m->locality, spy.req, spy.len,
			      spy.rsp);
	return (uint32_t)spy.rsp[6] << 24 | (uint32_t)spy.rsp[7] << 16 |
	       (uint32_t)spy.rsp[8] << 8 | spy.rsp[9];
}

/* The last store of the command found what there is now. */
static void assert_seen(void)
{
	uint8_t *now = malloc(TPM12_VOLATILE_MAX);
	size_t len;

	ck_assert_ptr_nonnull(now);
	ck_assert_uint_eq(spy.late, 1);
	ck_assert_uint_eq(spy.answer_len, spy.n);
	ck_assert_mem_eq(spy.answer, spy.rsp, spy.n);
	len = save(now);
	ck_assert_uint_eq(spy.before_len, len);
	ck_assert_int_eq(memcmp(spy.before, now, len), 0);
	free(now);
}

static void end(void)
{
	machine_free(spy.m);
	spy.m = NULL;
}

START_TEST(the_answer_is_there_when_the_state_is_stored)
{
	prepare(_i, false);
	ck_assert_result(execute(), 0);
	ck_assert_uint_eq(spy.early, 0);
	if (spy.late)
		assert_seen();
	end();
}
END_TEST

START_TEST(so_it_is_when_a_guess_is_counted)
{
	uint32_t result;

	prepare(_i, true);
	result = execute();
	if (result == TPM_AUTHFAIL && spy.late) {
		ck_assert_uint_eq(spy.n, HEADER);
		assert_seen();
	}
	ck_assert_uint_eq(spy.early, 0);
	end();
}
END_TEST

/* Of rows that prove a secret at all there are many. */
START_TEST(guesses_are_counted)
{
	unsigned int counted = 0;

	for (int i = 0; i < (int)tpm_n_commands; i++) {
		prepare(i, true);
		if (execute() == TPM_AUTHFAIL)
			counted += spy.late;
		end();
	}
	ck_assert_uint_gt(counted, 50);
}
END_TEST

START_TEST(an_answer_that_is_not_stored_is_replaced)
{
	uint32_t result;

	prepare(_i, false);
	spy.failing = true;
	result = execute();
	ck_assert_result(result, spy.late ? TPM_FAIL : 0);
	if (spy.late) {
		ck_assert_uint_eq(spy.n, HEADER);
		/* It would have been a success. */
		ck_assert_mem_eq(spy.answer + 6, "\0\0\0\0", 4);
	}
	end();
}
END_TEST

/* What precedes any command has no answer: the command is still to come. */
START_TEST(what_is_stored_ahead_has_no_answer)
{
	static const uint8_t get_ticks[] = { 0, 0xc1, 0, 0, 0,
					     10, 0,   0, 0, 0xf1 };
	struct machine *m = machine_started();

	ck_assert_result(call(m, ORD_SaveState), 0);
	begin(m);
	memcpy(spy.req, get_ticks, sizeof(get_ticks));
	spy.len = sizeof(get_ticks);
	ck_assert_result(execute(), 0);
	ck_assert_uint_eq(spy.early, 1);
	ck_assert_uint_eq(spy.late, 0);
	/* And once is enough. */
	ck_assert_result(execute(), 0);
	ck_assert_uint_eq(spy.early, 1);
	end();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("answer");
	TCase *t = tcase_create("stores");
	const int n = (int)tpm_n_commands;

	tcase_set_timeout(t, 300);
	tcase_add_loop_test(t, the_answer_is_there_when_the_state_is_stored, 0,
			    n);
	tcase_add_loop_test(t, so_it_is_when_a_guess_is_counted, 0, n);
	tcase_add_test(t, guesses_are_counted);
	tcase_add_loop_test(t, an_answer_that_is_not_stored_is_replaced, 0, n);
	tcase_add_test(t, what_is_stored_ahead_has_no_answer);
	suite_add_tcase(s, t);
	return suite_run(s);
}
