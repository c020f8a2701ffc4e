/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 26: DAA: inputs that are refused, each ending the session. */
#include "daa_host.h"

enum spoil {
	SHORT, /* a byte too few */
	LONG,  /* one too many */
	WRONG, /* of the right size */
};

static const struct bad {
	unsigned int stage;
	unsigned int which; /* input */
	enum spoil how;
	uint32_t result;
} bad_joins[] = {
#define D0 TPM_DAA_INPUT_DATA0
#define D1 TPM_DAA_INPUT_DATA1
	{ 0, 0, SHORT, D0 },
	{ 0, 0, LONG, D0 },
	{ 1, 0, SHORT, D0 },
	{ 1, 0, LONG, D0 },
	{ 1, 0, WRONG, TPM_DAA_ISSUER_VALIDITY },
	{ 1, 1, SHORT, D1 },
	{ 1, 1, LONG, D1 },
	{ 1, 1, WRONG, TPM_DAA_ISSUER_VALIDITY },
	{ 2, 0, SHORT, D0 },
	{ 2, 0, LONG, D0 },
	{ 2, 0, WRONG, TPM_DAA_ISSUER_VALIDITY },
	{ 2, 1, SHORT, D1 },
	{ 2, 1, LONG, D1 },
	{ 2, 1, WRONG, TPM_DAA_ISSUER_VALIDITY },
	{ 3, 0, SHORT, D0 },
	{ 3, 0, LONG, D0 },
	{ 4, 0, WRONG, D0 },
	{ 4, 1, WRONG, D1 },
	{ 4, 1, SHORT, D1 },
	{ 5, 0, WRONG, D0 },
	{ 5, 1, WRONG, D1 },
	{ 6, 0, WRONG, D0 },
	{ 6, 1, WRONG, D1 },
	{ 7, 0, WRONG, D0 },
	{ 7, 1, WRONG, D1 },
	{ 8, 0, SHORT, D0 },
	{ 8, 0, LONG, D0 },
	{ 8, 0, WRONG, TPM_DECRYPT_ERROR },
	{ 9, 0, WRONG, D0 },
	{ 9, 1, WRONG, D1 },
	{ 10, 0, WRONG, D0 },
	{ 10, 1, WRONG, D1 },
	{ 11, 0, WRONG, D0 },
	{ 11, 1, WRONG, D1 },
	{ 12, 0, WRONG, D0 },
	{ 12, 1, WRONG, D1 },
	{ 13, 0, WRONG, D0 },
	{ 13, 1, SHORT, D1 },
	{ 13, 1, LONG, D1 },
	{ 13, 1, WRONG, TPM_DAA_WRONG_W },
	{ 14, 0, WRONG, D0 },
	{ 15, 0, WRONG, D0 },
	{ 16, 0, SHORT, D0 },
	{ 16, 0, LONG, D0 },
	{ 22, 0, SHORT, D0 },
	{ 22, 0, LONG, D0 },
	{ 23, 0, SHORT, D0 },
	{ 23, 0, LONG, D0 },
};

static const struct bad bad_signs[] = {
	{ 0, 0, SHORT, D0 },   { 0, 0, LONG, D0 },
	{ 1, 0, SHORT, D0 },   { 1, 0, LONG, D0 },
	{ 1, 0, WRONG, D0 },   { 2, 0, WRONG, D0 },
	{ 2, 1, WRONG, D1 },   { 3, 0, WRONG, D0 },
	{ 3, 1, WRONG, D1 },   { 4, 0, WRONG, D0 },
	{ 4, 1, WRONG, D1 },   { 5, 0, WRONG, D0 },
	{ 5, 1, WRONG, D1 },   { 6, 0, WRONG, D0 },
	{ 6, 1, SHORT, D1 },   { 6, 1, WRONG, TPM_DAA_WRONG_W },
	{ 7, 0, WRONG, D0 },   { 8, 0, WRONG, D0 },
	{ 9, 0, SHORT, D0 },   { 9, 0, LONG, D0 },
	{ 10, 0, SHORT, D0 },  { 10, 0, LONG, D0 },
	{ 10, 0, WRONG, D0 },  { 10, 1, SHORT, D1 },
	{ 10, 1, LONG, D1 },   { 13, 0, SHORT, D0 },
	{ 13, 0, LONG, D0 },   { 13, 0, WRONG, D0 },
	{ 14, 0, SHORT, D0 },  { 14, 0, LONG, D0 },
	{ 14, 0, WRONG, D0 },  { 15, 0, SHORT, D0 },
	{ 15, 0, LONG, D0 },   { 15, 0, WRONG, D0 },
#undef D0
#undef D1
};

#define N_BAD_JOINS ((int)(sizeof(bad_joins) / sizeof(*bad_joins)))
#define N_BAD_SIGNS ((int)(sizeof(bad_signs) / sizeof(*bad_signs)))

/* The stage, with one of its inputs spoiled. */
static void expect_refused(uint32_t ordinal, const struct run *r,
			   const struct bad *bad)
{
	struct daa_bytes in[2] = { r->in[bad->stage][0],
				   r->in[bad->stage][1] };
	static uint8_t b[ANSWER_MAX + 1];
	const size_t len = in[bad->which].len;

	memcpy(b, in[bad->which].p, len);
	b[len] = 0;
	/* Not at the edges, where sizes and tags are; a selector has one. */
	if (bad->how == WRONG)
		b[len / 2] ^= 2;
	in[bad->which].p = b;
	if (bad->how != WRONG)
		in[bad->which].len = bad->how == SHORT ? len - 1 : len + 1;
	ck_assert_result(call_stage(ordinal, r->handle, bad->stage, in,
				    &secret_owner),
			 bad->result);
	ck_assert_uint_eq(sessions_left(), 2);
	if (bad->stage)
		expect_gone(ordinal, r, bad->stage);
}

START_TEST(what_a_join_refuses)
{
	const struct bad *bad = &bad_joins[_i];

	join_until(bad->stage);
	if (bad->stage == 1) {
		join.in[1][0] = BYTES(issuer.root);
		run_stage(ORD_DAA_Join, &join, 1);
		join.in[1][0] = BYTES(issuer.key);
		join.in[1][1] = BYTES(issuer.key_signature);
	}
	expect_refused(ORD_DAA_Join, &join, bad);
}
END_TEST

START_TEST(what_a_signature_refuses)
{
	const struct bad *bad = &bad_signs[_i];

	joined();
	sign_until(bad->stage);
	expect_refused(ORD_DAA_Sign, &sign, bad);
}
END_TEST

static void expect_stage(uint32_t ordinal, struct run *r, unsigned int stage,
			 uint32_t result)
{
	ck_assert_result(call_stage(ordinal, r->handle, stage, r->in[stage],
				    &secret_owner),
			 result);
	ck_assert_uint_eq(sessions_left(), 2);
}

START_TEST(a_chain_has_a_key)
{
	join.count[3] = 0;
	expect_stage(ORD_DAA_Join, &join, 0, TPM_DAA_INPUT_DATA0);
}
END_TEST

START_TEST(a_root_that_is_no_key)
{
	static const uint8_t even[DAA_MODULUS] = { 0x80 };

	run_stage(ORD_DAA_Join, &join, 0);
	join.in[1][0] = BYTES(even);
	run_stage(ORD_DAA_Join, &join, 1);
	join.in[1][0] = BYTES(issuer.key);
	join.in[1][1] = BYTES(issuer.key_signature);
	expect_stage(ORD_DAA_Join, &join, 1, TPM_DAA_ISSUER_VALIDITY);
}
END_TEST

START_TEST(settings_with_another_tag)
{
	static uint8_t settings[DAA_SETTINGS];

	memcpy(settings, issuer.settings, sizeof(settings));
	settings[1] ^= 1;
	join_until(2);
	join.in[2][0] = BYTES(settings);
	expect_stage(ORD_DAA_Join, &join, 2, TPM_DAA_INPUT_DATA0);
	say_sign();
	sign.in[0][0] = BYTES(settings);
	expect_stage(ORD_DAA_Sign, &sign, 0, TPM_DAA_INPUT_DATA0);
}
END_TEST

/* Signed by the issuer though they are. */
START_TEST(numbers_that_are_no_modulus)
{
	issuer.n[DAA_MODULUS - 1] ^= 1;
	daa_issuer_sign(&issuer);
	join_until(4);
	expect_stage(ORD_DAA_Join, &join, 4, TPM_DAA_INPUT_DATA1);
}
END_TEST

START_TEST(a_group_that_is_none)
{
	issuer.gamma[DAA_GAMMA - 1] ^= 1;
	daa_issuer_sign(&issuer);
	join_until(13);
	expect_stage(ORD_DAA_Join, &join, 13, TPM_DAA_INPUT_DATA0);
}
END_TEST

START_TEST(an_order_that_is_none)
{
	memset(issuer.q, 0, sizeof(issuer.q));
	daa_issuer_sign(&issuer);
	join_until(4);
	expect_stage(ORD_DAA_Join, &join, 4, TPM_DAA_ISSUER_SETTINGS);
}
END_TEST

/* v1 = u3 + u1 + ... must not need a byte more. */
START_TEST(an_issuer_that_adds_too_much)
{
	memset(u3, 0xff, sizeof(u3));
	join_until(23);
	expect_stage(ORD_DAA_Join, &join, 23, TPM_DAA_INPUT_DATA0);
}
END_TEST

START_TEST(an_endorsement_key_that_is_not_there)
{
	join_until(8);
	setup_no_ek(m);
	expect_stage(ORD_DAA_Join, &join, 8, TPM_DECRYPT_ERROR);
}
END_TEST

START_TEST(settings_of_another_issuer)
{
	joined();
	issuer.q[0] ^= 1;
	daa_issuer_sign(&issuer);
	sign_until(1);
	expect_stage(ORD_DAA_Sign, &sign, 1, TPM_DAA_ISSUER_SETTINGS);
}
END_TEST

/* v0, v1 and the rest are not taken for each other. */
START_TEST(a_blob_of_another_type)
{
	static const struct {
		unsigned int stage;
		unsigned int blob;
	} cases[] = { { 1, 22 },  { 1, 23 },  { 13, 23 }, { 13, 24 },
		      { 14, 23 }, { 15, 22 }, { 15, 24 } };

	joined();
	sign_until(cases[_i].stage);
	sign.in[cases[_i].stage][0] = bytes(&join.out[cases[_i].blob]);
	expect_stage(ORD_DAA_Sign, &sign, cases[_i].stage,
		     TPM_DAA_INPUT_DATA0);
}
END_TEST

/* v0 and v1 of another join. */
START_TEST(secrets_of_another_join)
{
	static struct run first;
	const unsigned int stage = _i ? 15 : 13;

	joined();
	first = join;
	say_join();
	joined();
	sign_until(stage);
	sign.in[stage][0] = bytes(&first.out[_i ? 23 : 22]);
	expect_stage(ORD_DAA_Sign, &sign, stage, TPM_DAA_INPUT_DATA0);
}
END_TEST

START_TEST(a_blob_of_another_tpm)
{
	joined();
	setup_daa_proof(m);
	sign_until(1);
	expect_stage(ORD_DAA_Sign, &sign, 1, TPM_DAA_INPUT_DATA0);
}
END_TEST

/* "inputData1 is a handle to a TPM identity key" */
START_TEST(keys_that_are_no_identity)
{
	static const uint8_t selector[] = { 0 };
	static const uint8_t handles[][4] = { { 0x40, 0, 0, 0 }, /* the SRK */
					      { 0, 0, 0, 0 },
					      { 1, 2, 3, 4 } };

	joined();
	sign_until(10);
	sign.in[10][0] = BYTES(selector);
	sign.in[10][1] = (struct daa_bytes){ handles[_i / 2],
					     _i & 1 ? 3 : 4 };
	expect_stage(ORD_DAA_Sign, &sign, 10, TPM_DAA_INPUT_DATA1);
}
END_TEST

/* ---- */

int main(void)
{
	Suite *s = suite_create("inputs of daa");
	TCase *t = daa_section(s, "26.1 TPM_DAA_Join, 26.2 TPM_DAA_Sign");

	tcase_add_loop_test(t, what_a_join_refuses, 0, N_BAD_JOINS);
	tcase_add_loop_test(t, what_a_signature_refuses, 0, N_BAD_SIGNS);
	tcase_add_test(t, a_chain_has_a_key);
	tcase_add_test(t, a_root_that_is_no_key);
	tcase_add_test(t, settings_with_another_tag);
	tcase_add_test(t, numbers_that_are_no_modulus);
	tcase_add_test(t, a_group_that_is_none);
	tcase_add_test(t, an_order_that_is_none);
	tcase_add_test(t, an_issuer_that_adds_too_much);
	tcase_add_test(t, an_endorsement_key_that_is_not_there);
	tcase_add_test(t, settings_of_another_issuer);
	tcase_add_loop_test(t, a_blob_of_another_type, 0, 7);
	tcase_add_loop_test(t, secrets_of_another_join, 0, 2);
	tcase_add_test(t, a_blob_of_another_tpm);
	tcase_add_loop_test(t, keys_that_are_no_identity, 0, 6);
	return suite_run(s);
}
