/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pipeline, with every command of the table: from a good request of each
 * (tests/cmd/samples.c) come the bad ones, and the states that it may meet.
 *
 * What is refused must leave the TPM as it was.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "constants.h"
#include "ordinals.h"
#include "samples.h"
#include "setup.h"
#include "suite.h"
#include "transport.h"

/* A good request, and the machine that it is for. */
struct probe {
	struct machine *m;
	const struct tpm_command *row;
	const struct sample *sample;
	struct tss_command c;
	struct sample_sessions sessions;
	uint8_t req[TSS_BUFFER];
	size_t len;
	struct snapshot before;
};

static struct probe *probe_new(int i)
{
	struct probe *p = calloc(1, sizeof(*p));

	ck_assert_ptr_nonnull(p);
	p->row = &tpm_commands[i];
	p->sample = sample_find(p->row->ordinal);
	ck_assert_msg(p->sample, "tests/cmd/samples.c has none of %s",
		      p->row->name);
	p->m = machine_started();
	if (p->sample->prepare)
		p->sample->prepare(p->m);
	tss_begin(&p->c, p->row->ordinal);
	p->c.out_handles = p->row->out_skip;
	p->sample->build(p->m, &p->c, &p->sessions);
	p->len = tss_marshal(&p->c, p->req);
	p->before = snapshot_take(p->m);
	return p;
}

static void probe_free(struct probe *p)
{
	snapshot_free(&p->before);
	machine_free(p->m);
	free(p);
}

static void set_tag(struct probe *p, unsigned int tag)
{
	p->req[0] = (uint8_t)(tag >> 8);
	p->req[1] = (uint8_t)tag;
}

static void set_size(struct probe *p, uint64_t size)
{
	for (unsigned int i = 0; i < 4; i++)
		p->req[2 + i] = (uint8_t)(size >> 8 * (3 - i));
}

static void marshal(struct probe *p)
{
	p->len = tss_marshal(&p->c, p->req);
}

static uint32_t send(struct probe *p)
{
	return machine_send(p->m, p->req, p->len);
}

/* Refused with this result, and nothing happened. */
#define ck_assert_refused(p, want)                 \
	do {                                       \
		ck_assert_result(send(p), (want)); \
		assert_unchanged(p);               \
	} while (0)

static void assert_unchanged(struct probe *p)
{
	struct snapshot now = snapshot_take(p->m);

	ck_assert_msg(snapshot_equal(&p->before, &now), "%s has an effect",
		      p->row->name);
	snapshot_free(&now);
}

/* And now as it should be: refusing it left the TPM ready for it. */
static void assert_good(struct probe *p)
{
	marshal(p);
	ck_assert_result(machine_run(p->m, &p->c), 0);
}

/* ---- The table ---- */

START_TEST(the_table_is_sorted_by_ordinal)
{
	for (size_t i = 1; i < tpm_n_commands; i++)
		ck_assert_uint_lt(tpm_commands[i - 1].ordinal,
				  tpm_commands[i].ordinal);
}
END_TEST

START_TEST(every_command_is_found_by_its_ordinal)
{
	const struct tpm_command *row = &tpm_commands[_i];

	ck_assert_ptr_eq(tpm_command_find(row->ordinal), row);
}
END_TEST

START_TEST(every_row_is_consistent)
{
	const struct tpm_command *row = &tpm_commands[_i];

	ck_assert_uint_le(row->auth_min, row->auth_max);
	ck_assert_uint_le(row->auth_max, 2);
	for (unsigned int i = 0; i < 2; i++)
		ck_assert_int_eq(row->auth[i] != AUTH_NONE, i < row->auth_max);
	/* Who may use a delegated secret must have proved one. */
	if (row->owner_bit != NEVER || row->key_bit != NEVER)
		ck_assert_uint_gt(row->auth_max, 0);
	ck_assert_int_lt(row->owner_bit, 32);
	ck_assert_int_lt(row->key_bit, 32);
}
END_TEST

/* ---- A good request ---- */

START_TEST(the_sample_is_executed)
{
	struct probe *p = probe_new(_i);

	ck_assert_result(machine_run(p->m, &p->c), 0);
	probe_free(p);
}
END_TEST

START_TEST(the_same_request_gives_the_same_answer_to_an_equal_tpm)
{
	struct probe *a = probe_new(_i), *b = probe_new(_i);

	ck_assert_uint_eq(a->len, b->len);
	ck_assert_mem_eq(a->req, b->req, a->len);
	ck_assert_result(send(a), 0);
	ck_assert_result(send(b), 0);
	ck_assert_uint_eq(a->m->answer.len, b->m->answer.len);
	ck_assert_mem_eq(a->m->answer.b, b->m->answer.b, a->m->answer.len);
	probe_free(a);
	probe_free(b);
}
END_TEST

static bool may_send(const struct sample *s, unsigned int locality)
{
	return !s->localities || s->localities >> locality & 1;
}

START_TEST(each_locality_is_served_or_refused)
{
	struct probe *p;

	for (unsigned int i = 0; i < 5; i++) {
		p = probe_new(_i);
		p->m->locality = i;
		if (may_send(p->sample, i)) {
			ck_assert_result(send(p), 0);
		} else {
			ck_assert_refused(p, TPM_BAD_LOCALITY);
		}
		probe_free(p);
	}
}
END_TEST

/* ---- Sizes ---- */

START_TEST(truncated_at_every_byte)
{
	struct probe *p = probe_new(_i);
	const size_t whole = p->len;

	for (p->len = 0; p->len < whole; p->len++) {
		set_size(p, p->len);
		ck_assert_refused(p, TPM_BAD_PARAM_SIZE);
	}
	assert_good(p);
	probe_free(p);
}
END_TEST

START_TEST(truncated_without_saying_so)
{
	struct probe *p = probe_new(_i);
	const size_t whole = p->len;

	for (p->len = 0; p->len < whole; p->len++)
		ck_assert_refused(p, TPM_BAD_PARAM_SIZE);
	assert_good(p);
	probe_free(p);
}
END_TEST

START_TEST(bytes_too_many)
{
	static const size_t more[] = { 1, 2, 4, 20, 45 };
	struct probe *p = probe_new(_i);
	const size_t whole = p->len;

	for (size_t i = 0; i < sizeof(more) / sizeof(*more); i++) {
		p->len = whole + more[i];
		ck_assert_uint_le(p->len, sizeof(p->req));
		memset(p->req + whole, 0, more[i]);
		ck_assert_refused(p, TPM_BAD_PARAM_SIZE);
		set_size(p, p->len);
		ck_assert_refused(p, TPM_BAD_PARAM_SIZE);
		set_size(p, whole);
	}
	assert_good(p);
	probe_free(p);
}
END_TEST

START_TEST(paramsize_lies)
{
	struct probe *p = probe_new(_i);
	const uint64_t lies[] = { 0,	       1,	   9,
				  p->len - 1,  p->len + 1, TPM12_BUFFER_SIZE,
				  0x80000000u, 0xffffffffu };

	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		set_size(p, lies[i]);
		ck_assert_refused(p, TPM_BAD_PARAM_SIZE);
	}
	assert_good(p);
	probe_free(p);
}
END_TEST

/* ---- Tags and sessions ---- */

START_TEST(tags_that_are_none)
{
	static const unsigned int tags[] = { 0x0000, 0x00c0, 0x00c4, 0x00c5,
					     0x00c6, 0x01c1, 0xc100, 0x8001,
					     0x8002, 0xffff };
	struct probe *p = probe_new(_i);

	for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++) {
		set_tag(p, tags[i]);
		ck_assert_refused(p, TPM_BADTAG);
	}
	assert_good(p);
	probe_free(p);
}
END_TEST

/* The tag says so, and the areas are as many. */
START_TEST(sessions_too_few_and_too_many)
{
	struct probe *p = probe_new(_i);
	const size_t bare = TSS_HEADER + p->c.len;

	for (unsigned int n = 0; n <= 2; n++) {
		if (n >= p->row->auth_min && n <= p->row->auth_max)
			continue;
		marshal(p);
		p->len = bare + (size_t)n * TSS_AUTH_RQU;
		set_tag(p, TSS_TAG_RQU + n);
		set_size(p, p->len);
		ck_assert_refused(p, TPM_BADTAG);
	}
	assert_good(p);
	probe_free(p);
}
END_TEST

/* The tag alone says so. */
START_TEST(sessions_other_than_the_tag_says)
{
	struct probe *p = probe_new(_i);

	for (unsigned int n = 0; n <= 2; n++) {
		if (n == p->c.n_auth)
			continue;
		set_tag(p, TSS_TAG_RQU + n);
		if (n < p->row->auth_min || n > p->row->auth_max)
			ck_assert_refused(p, TPM_BADTAG);
		else
			ck_assert_refused(p, TPM_BAD_PARAM_SIZE);
	}
	assert_good(p);
	probe_free(p);
}
END_TEST

/* Nothing but the sessions, and the memory of wrong secrets. */
static void assert_calm(struct probe *p, struct snapshot *before)
{
	struct snapshot now = snapshot_take_calm(p->m);

	ck_assert_msg(snapshot_equal(before, &now), "%s has an effect",
		      p->row->name);
	snapshot_free(&now);
	snapshot_free(before);
}

static bool session_is_there(struct probe *p, unsigned int i)
{
	const uint32_t handle = p->c.auth[i].session->handle;

	return session_find(p->m->tpm, handle) ||
	       transport_find(p->m->tpm, handle);
}

static uint8_t *auth_area(struct probe *p, unsigned int i)
{
	return p->req + TSS_HEADER + p->c.len + (size_t)i * TSS_AUTH_RQU;
}

/* Spoils byte `at` of each of the request's authorisation areas in turn. */
static void spoil_areas(int row, size_t at, uint32_t first, uint32_t second)
{
	struct probe *p = probe_new(row);
	const unsigned int n = p->c.n_auth;

	probe_free(p);
	for (unsigned int i = 0; i < n; i++) {
		struct snapshot before;

		p = probe_new(row);
		before = snapshot_take_calm(p->m);
		auth_area(p, i)[at] ^= 1;
		ck_assert_result(send(p), i ? second : first);
		assert_calm(p, &before);
		for (unsigned int k = 0; k < n; k++)
			ck_assert(!session_is_there(p, k) ||
				  first == TPM_INVALID_AUTHHANDLE);
		probe_free(p);
	}
}

START_TEST(a_wrong_hmac_ends_the_sessions)
{
	spoil_areas(_i, TSS_AUTH_RQU - 1, TPM_AUTHFAIL, TPM_AUTH2FAIL);
}
END_TEST

START_TEST(a_nonce_that_was_not_proved)
{
	spoil_areas(_i, 4, TPM_AUTHFAIL, TPM_AUTH2FAIL);
}
END_TEST

START_TEST(a_session_that_there_is_not)
{
	spoil_areas(_i, 0, TPM_INVALID_AUTHHANDLE, TPM_INVALID_AUTHHANDLE);
}
END_TEST

START_TEST(a_session_is_over_when_the_client_says_so)
{
	struct probe *p = probe_new(_i);
	const unsigned int n = p->c.n_auth;

	for (unsigned int i = 0; i < n; i++)
		p->c.auth[i].keep = false;
	ck_assert_result(machine_run(p->m, &p->c), 0);
	for (unsigned int i = 0; i < n; i++)
		ck_assert(!session_is_there(p, i));
	probe_free(p);
}
END_TEST

/* ---- States ---- */

/*
 * With the TPM in the state: refused if the row asks for another; and if it
 * does not, refused for no such reason.
 */
static void in_state(int i, void (*set_up)(struct machine *m), unsigned int bit,
		     uint32_t refusal)
{
	struct probe *p = probe_new(i);
	uint32_t result;

	set_up(p->m);
	snapshot_free(&p->before);
	p->before = snapshot_take(p->m);
	result = send(p);
	if (p->row->when & bit) {
		ck_assert_result(result, refusal);
		assert_unchanged(p);
	} else if (p->row->ordinal != TPM_ORD_Startup) {
		ck_assert_uint_ne(result, refusal);
	}
	probe_free(p);
}

START_TEST(before_startup)
{
	in_state(_i, setup_not_started, WHEN_STARTED, TPM_INVALID_POSTINIT);
}
END_TEST

START_TEST(in_failure_mode)
{
	in_state(_i, setup_failed, NOT_FAILED, TPM_FAILEDSELFTEST);
}
END_TEST

START_TEST(while_disabled)
{
	in_state(_i, setup_disabled, WHEN_ENABLED, TPM_DISABLED);
}
END_TEST

START_TEST(while_deactivated)
{
	in_state(_i, setup_deactivated, WHEN_ACTIVE, TPM_DEACTIVATED);
}
END_TEST

START_TEST(without_an_owner)
{
	in_state(_i, setup_no_owner, HAS_OWNER, TPM_NOSRK);
}
END_TEST

/* Which refusal a guest sees when there are several to choose from. */
START_TEST(the_first_of_several_reasons_is_told)
{
	static void (*const all[])(struct machine * m) = {
		setup_no_owner,	   setup_deactivated, setup_disabled,
		setup_not_started, setup_failed,
	};
	static const struct {
		unsigned int bit;
		uint32_t refusal;
	} order[] = {
		{ HAS_OWNER, TPM_NOSRK },
		{ WHEN_ACTIVE, TPM_DEACTIVATED },
		{ WHEN_ENABLED, TPM_DISABLED },
		{ WHEN_STARTED, TPM_INVALID_POSTINIT },
		{ NOT_FAILED, TPM_FAILEDSELFTEST },
	};
	struct probe *p = probe_new(_i);
	uint32_t want = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		all[i](p->m);
		if (p->row->when & order[i].bit)
			want = order[i].refusal;
	}
	if (want)
		ck_assert_result(send(p), want);
	probe_free(p);
}
END_TEST

START_TEST(without_power)
{
	struct probe *p = probe_new(_i);

	p->m->tpm->powered = false;
	ck_assert_refused(p, TPM_FAIL);
	probe_free(p);
}
END_TEST

START_TEST(an_untested_tpm_tests_itself_first)
{
	struct probe *p = probe_new(_i);

	p->m->tpm->s.test = TEST_LIMITED;
	ck_assert_result(send(p), 0);
	if (p->row->when & TESTED)
		ck_assert_int_eq(p->m->tpm->s.test, TEST_FULL);
	probe_free(p);
}
END_TEST

/* ---- A store that fails ---- */

/* How often the sample stores. */
static unsigned int stores_of(int row)
{
	struct probe *p = probe_new(row);
	unsigned int n = p->m->stores;

	ck_assert_result(send(p), 0);
	n = p->m->stores - n;
	probe_free(p);
	return n;
}

START_TEST(a_store_that_fails_undoes_the_command)
{
	const unsigned int n = stores_of(_i);

	for (unsigned int nth = 1; nth <= n; nth++) {
		struct probe *p = probe_new(_i);
		struct snapshot before = snapshot_take_calm(p->m);

		p->m->fail_store = nth;
		ck_assert_result(send(p), TPM_FAIL);
		assert_calm(p, &before);
		/* And the power goes: what was there before comes back. */
		machine_power_cycle(p->m);
		probe_free(p);
	}
}
END_TEST

START_TEST(a_command_stores_once_or_not_at_all)
{
	ck_assert_uint_le(stores_of(_i), 1);
}
END_TEST

START_TEST(what_is_permanent_is_stored_when_the_answer_is_out)
{
	struct probe *p = probe_new(_i);

	ck_assert(is_stored(p->m));
	ck_assert_result(send(p), 0);
	ck_assert(is_stored(p->m));
	probe_free(p);
}
END_TEST

/* ---- Random bytes that run out ---- */

/* How often the sample draws some. */
static unsigned int draws_of(int row)
{
	struct probe *p = probe_new(row);
	unsigned int n = p->m->draws;

	ck_assert_result(send(p), 0);
	n = p->m->draws - n;
	probe_free(p);
	return n;
}

START_TEST(a_dry_random_source_undoes_the_command)
{
	const unsigned int n = draws_of(_i);

	for (unsigned int nth = 1; nth <= n; nth++) {
		struct probe *p = probe_new(_i);
		struct snapshot before = snapshot_take_calm(p->m);
		const unsigned int stores = p->m->stores;

		p->m->fail_random = nth;
		ck_assert_uint_ne(send(p), 0);
		p->m->fail_random = 0;
		ck_assert_int_eq(p->m->tpm->s.test, TEST_FAILED);
		ck_assert_uint_eq(p->m->stores, stores);
		p->m->tpm->s.test = TEST_FULL;
		assert_calm(p, &before);
		probe_free(p);
	}
}
END_TEST

/* ---- What is no command ---- */

static uint32_t send_bare(struct machine *m, unsigned int tag, uint32_t ordinal)
{
	const uint8_t req[10] = {
		(uint8_t)(tag >> 8),
		(uint8_t)tag,
		0,
		0,
		0,
		10,
		(uint8_t)(ordinal >> 24),
		(uint8_t)(ordinal >> 16),
		(uint8_t)(ordinal >> 8),
		(uint8_t)ordinal,
	};

	return machine_send(m, req, sizeof(req));
}

static void expect_unknown(struct machine *m, uint32_t ordinal)
{
	if (!tpm_command_find(ordinal))
		ck_assert_result(send_bare(m, 0xc1, ordinal), TPM_BAD_ORDINAL);
}

START_TEST(unknown_ordinals)
{
	static const uint32_t purviews[] = { 0, 0x20000000, 0x40000000,
					     0x80000000, 0xc0000000 };
	struct machine *m = machine_started();

	for (size_t i = 0; i < sizeof(purviews) / sizeof(*purviews); i++)
		for (uint32_t n = 0; n < 0x200; n++)
			expect_unknown(m, purviews[i] + n);
	expect_unknown(m, 0xffffffff);
	machine_free(m);
}
END_TEST

/* Part 2, section 17: unused in 1.2, and TPM_Init, which is a signal. */
START_TEST(deleted_ordinals_are_unknown)
{
	static const uint32_t deleted[] = { 0x52, 0x64, 0x82, 0x83,
					    0x8c, 0x97, 0x9a, 0xaa };

	for (size_t i = 0; i < sizeof(deleted) / sizeof(*deleted); i++)
		ck_assert_ptr_null(tpm_command_find(deleted[i]));
}
END_TEST

/* Linux and QEMU take whoever answers with tag 8001 for a TPM 2.0. */
START_TEST(a_tpm_2_probe_gets_ten_bytes_of_a_tpm_1)
{
	static const uint8_t get_capability[] = {
		0x80, 0x01, 0, 0, 0, 22, 0, 0, 0x01, 0x7a, 0,
		0,    0,    6, 0, 0, 1,	 0, 0, 0,    0,	   1,
	};
	static const uint8_t ten[] = { 0x00, 0xc4, 0, 0, 0, 10, 0, 0, 0, 0x0a };
	static const uint32_t ordinals[] = { 0x144, 0x17a, 0x17e, 0x181 };
	struct machine *m = machine_new();

	ck_assert_result(
		machine_send(m, get_capability, sizeof(get_capability)),
		TPM_BAD_ORDINAL);
	ck_assert_uint_eq(m->answer.len, sizeof(ten));
	ck_assert_mem_eq(m->answer.b, ten, sizeof(ten));
	for (size_t i = 0; i < sizeof(ordinals) / sizeof(*ordinals); i++) {
		ck_assert_result(send_bare(m, 0x8001, ordinals[i]),
				 TPM_BAD_ORDINAL);
		ck_assert_mem_eq(m->answer.b, ten, sizeof(ten));
	}
	machine_free(m);
}
END_TEST

START_TEST(requests_of_any_length_are_answered)
{
	static const size_t lengths[] = { 0,	1,    2,    5,	   6,	   9,
					  4087, 4088, 4089, 65536, 1048576 };
	struct machine *m = machine_started();
	uint8_t *req = calloc(1, 1048576);

	ck_assert_ptr_nonnull(req);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		ck_assert_result(machine_send(m, req, lengths[i]),
				 TPM_BAD_PARAM_SIZE);
	}
	free(req);
	machine_free(m);
}
END_TEST

/* ---- Our own faults ---- */

START_TEST(a_dry_random_source_is_failure_mode)
{
	struct machine *m = machine_started();

	m->fail_random = 1;
	ck_assert_result(send_bare(m, 0xc1, ORD_OIAP), TPM_FAIL);
	m->fail_random = 0;
	ck_assert_result(send_bare(m, 0xc1, ORD_OIAP), TPM_FAILEDSELFTEST);
	machine_power_cycle(m);
	ck_assert_int_eq(m->tpm->s.test, TEST_LIMITED);
	machine_free(m);
}
END_TEST

/* ---- */

/*
 * The whole matrix takes seconds, but under valgrind ten minutes, for which
 * tests/all sets MATRIX_PARTS to N: each test then looks at one of N parts of
 * the rows, and the next test at the next part.
 */
static TCase *matrix_case(const char *name, const TTest *const *tests)
{
	TCase *t = tcase_create(name);
	const char *said = getenv("MATRIX_PARTS");
	const size_t asked = said ? strtoul(said, NULL, 10) : 1;
	const size_t parts = asked ? asked : 1;

	tcase_set_timeout(t, 300);
	for (size_t i = 0; tests[i]; i++) {
		const size_t part = i % parts;

		tcase_add_loop_test(t, tests[i],
				    (int)(tpm_n_commands * part / parts),
				    (int)(tpm_n_commands * (part + 1) / parts));
	}
	return t;
}

static void add_table(Suite *s)
{
	const int n = (int)tpm_n_commands;
	TCase *t = tcase_create("table");

	tcase_add_test(t, the_table_is_sorted_by_ordinal);
	tcase_add_loop_test(t, every_command_is_found_by_its_ordinal, 0, n);
	tcase_add_loop_test(t, every_row_is_consistent, 0, n);
	tcase_add_test(t, deleted_ordinals_are_unknown);
	suite_add_tcase(s, t);
}

static void add_requests(Suite *s)
{
	const TTest *const tests[] = {
		the_same_request_gives_the_same_answer_to_an_equal_tpm,
		each_locality_is_served_or_refused,
		truncated_at_every_byte,
		truncated_without_saying_so,
		bytes_too_many,
		paramsize_lies,
		tags_that_are_none,
		NULL,
	};
	TCase *t = matrix_case("requests", tests);

	tcase_add_loop_test(t, the_sample_is_executed, 0, (int)tpm_n_commands);
	suite_add_tcase(s, t);
}

static void add_sessions(Suite *s)
{
	const TTest *const tests[] = {
		sessions_too_few_and_too_many,
		sessions_other_than_the_tag_says,
		a_wrong_hmac_ends_the_sessions,
		a_nonce_that_was_not_proved,
		a_session_that_there_is_not,
		a_session_is_over_when_the_client_says_so,
		NULL,
	};

	suite_add_tcase(s, matrix_case("sessions", tests));
}

static void add_states(Suite *s)
{
	const TTest *const tests[] = {
		before_startup,
		in_failure_mode,
		while_disabled,
		while_deactivated,
		without_an_owner,
		the_first_of_several_reasons_is_told,
		without_power,
		an_untested_tpm_tests_itself_first,
		a_store_that_fails_undoes_the_command,
		a_command_stores_once_or_not_at_all,
		what_is_permanent_is_stored_when_the_answer_is_out,
		a_dry_random_source_undoes_the_command,
		NULL,
	};

	suite_add_tcase(s, matrix_case("states", tests));
}

static void add_strangers(Suite *s)
{
	TCase *t = tcase_create("strangers");

	tcase_set_timeout(t, 300);
	tcase_add_test(t, unknown_ordinals);
	tcase_add_test(t, a_tpm_2_probe_gets_ten_bytes_of_a_tpm_1);
	tcase_add_test(t, requests_of_any_length_are_answered);
	tcase_add_test(t, a_dry_random_source_is_failure_mode);
	suite_add_tcase(s, t);
}

int main(void)
{
	Suite *s = suite_create("execute");

	add_table(s);
	add_requests(s);
	add_sessions(s);
	add_states(s);
	add_strangers(s);
	return suite_run(s);
}
