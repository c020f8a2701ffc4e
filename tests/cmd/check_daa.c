/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 26: DAA: what is proved, in which order, in which session. */
#include "daa_host.h"
#include "sessioncalls.h"

/* ---- What is proved ---- */

static void sha1_of(struct daa_bytes a, struct daa_bytes b, struct daa_bytes c,
		    uint8_t out[20])
{
	const struct client_bytes pieces[] = { { a.p, a.len },
					       { b.p, b.len },
					       { c.p, c.len } };

	client_sha1(pieces, 3, out);
}

START_TEST(a_join_proves_what_the_issuer_certifies)
{
	static const struct daa_bytes nothing;
	uint8_t n0[20], name[20], want[20], c[20];
	struct daa_responses r;

	join_until(JOIN_STAGES);
	/* Only the TPM with the endorsement key has this name. */
	ck_assert_uint_eq(join.out[7].len, DAA_MODULUS);
	sha1_of(BYTES(issuer.root), nothing, nothing, n0);
	sha1_of(bytes(&join.out[7]), BYTES(join.number), BYTES(n0), name);
	sha1_of(BYTES(name), BYTES(nonce), nothing, want);
	ck_assert_uint_eq(join.out[8].len, 20);
	ck_assert_mem_eq(join.out[8].b, want, 20);
	/* The challenge has a part of the TPM's. */
	ck_assert_uint_eq(join.out[16].len, 20);
	sha1_of(BYTES(join.asked), bytes(&join.out[16]), nothing, c);
	ck_assert_uint_eq(join.out[20].len, 20);
	ck_assert_mem_eq(join.out[20].b, c, 20);
	ck_assert_uint_eq(join.out[19].len, 128);
	r = (struct daa_responses){ BYTES(c), bytes(&join.out[17]),
				    bytes(&join.out[18]), bytes(&join.out[19]),
				    bytes(&join.out[21]) };
	ck_assert(daa_proof_holds(&issuer, join.out[7].b, join.out[12].b, &r));
	ck_assert(daa_pseudonym_holds(&issuer, bytes(&join.out[14]),
				      bytes(&join.out[15]), &r));
	/* Of this challenge alone. */
	c[0] ^= 1;
	ck_assert(!daa_proof_holds(&issuer, join.out[7].b, join.out[12].b, &r));
	ck_assert(!daa_pseudonym_holds(&issuer, bytes(&join.out[14]),
				       bytes(&join.out[15]), &r));
	expect_gone(ORD_DAA_Join, &join, 24);
}
END_TEST

/* c of a signature of what, which begins with the selector. */
static void sign_challenge(struct daa_bytes selector, struct daa_bytes what,
			   uint8_t c[20])
{
	static const struct daa_bytes nothing;
	uint8_t first[20];

	ck_assert_uint_eq(sign.out[9].len, 20);
	sha1_of(BYTES(sign.asked), bytes(&sign.out[9]), nothing, first);
	sha1_of(BYTES(first), selector, what, c);
	ck_assert_uint_eq(sign.out[10].len, 20);
	ck_assert_mem_eq(sign.out[10].b, c, 20);
}

static void expect_signature(const uint8_t c[20])
{
	const struct daa_responses r = { { c, 20 },
					 bytes(&sign.out[11]),
					 bytes(&sign.out[12]),
					 bytes(&sign.out[13]),
					 bytes(&sign.out[15]) };
	uint8_t v[DAA_MODULUS];

	daa_certified(&issuer, join.out[7].b, u2, u3, v);
	ck_assert_uint_eq(sign.out[5].len, DAA_MODULUS);
	ck_assert(daa_proof_holds(&issuer, v, sign.out[5].b, &r));
	ck_assert(daa_pseudonym_holds(&issuer, bytes(&sign.out[7]),
				      bytes(&sign.out[8]), &r));
	/* Not of what the issuer did not certify. */
	ck_assert(!daa_proof_holds(&issuer, join.out[7].b, sign.out[5].b, &r));
}

START_TEST(a_signature_proves_that_the_issuer_certified_it)
{
	uint8_t c[20];

	joined();
	sign_until(SIGN_STAGES);
	sign_challenge(BYTES(digest_selector), BYTES(message), c);
	expect_signature(c);
	expect_gone(ORD_DAA_Sign, &sign, 15);
}
END_TEST

START_TEST(an_identity_key_is_signed)
{
	static const uint8_t selector[] = { 0 };
	uint8_t c[20], n[DAA_MODULUS], b[4];
	const uint32_t handle = setup_identity(m, n);

	joined();
	for (unsigned int i = 0; i < 4; i++)
		b[i] = (uint8_t)(handle >> (24 - 8 * i));
	sign.in[10][0] = BYTES(selector);
	sign.in[10][1] = BYTES(b);
	sign_until(SIGN_STAGES);
	sign_challenge(BYTES(selector), BYTES(n), c);
	expect_signature(c);
}
END_TEST

static bool same(const struct told *a, const struct told *b)
{
	return a->len == b->len && !memcmp(a->b, b->b, a->len);
}

START_TEST(two_signatures_with_one_w_have_one_pseudonym)
{
	static struct run first;
	uint8_t c[20];

	joined();
	sign_until(SIGN_STAGES);
	first = sign;
	say_sign();
	sign_until(SIGN_STAGES);
	sign_challenge(BYTES(digest_selector), BYTES(message), c);
	expect_signature(c);
	ck_assert(same(&first.out[7], &join.out[14]));
	ck_assert(same(&first.out[7], &sign.out[7]));
	/* And nothing else in common. */
	for (unsigned int i = 0; i < SIGN_STAGES; i++)
		if (sign.out[i].len && i != 7)
			ck_assert(!same(&first.out[i], &sign.out[i]));
}
END_TEST

START_TEST(another_w_is_another_pseudonym)
{
	uint8_t c[20];

	joined();
	daa_other_w(&issuer);
	sign_until(SIGN_STAGES);
	sign_challenge(BYTES(digest_selector), BYTES(message), c);
	expect_signature(c);
	ck_assert(!same(&join.out[14], &sign.out[7]));
}
END_TEST

/* Of the root's key and the number that the host chose. */
START_TEST(f_is_the_same_for_the_same_issuer_and_number)
{
	static struct told first;

	join_until(15);
	first = join.out[14];
	ck_assert_result(call_flush(m, join.handle, TPM_RT_DAA_TPM), 0);
	join_until(15);
	ck_assert(same(&first, &join.out[14]));
	ck_assert_result(call_flush(m, join.handle, TPM_RT_DAA_TPM), 0);
	join.number[3]++;
	join_until(15);
	ck_assert(!same(&first, &join.out[14]));
}
END_TEST

START_TEST(a_chain_of_one_key)
{
	join.count[3] = 1;
	run_stage(ORD_DAA_Join, &join, 0);
	join.in[1][0] = BYTES(issuer.key);
	run_stage(ORD_DAA_Join, &join, 1);
	ck_assert_result(call_stage(ORD_DAA_Join, join.handle, 1, join.in[1],
				    &secret_owner),
			 TPM_DAA_STAGE);
}
END_TEST

/* ---- Stages out of turn ---- */

static const unsigned int strange_stages[] = { 25, 26, 127, 255 };

static void expect_out_of_turn(uint32_t ordinal, const struct run *r,
			       unsigned int at, unsigned int stage)
{
	static const struct daa_bytes nothing[2];

	ck_assert_result(call_stage(ordinal, r->handle, stage,
				    stage < JOIN_STAGES ? r->in[stage] :
							  nothing,
				    &secret_owner),
			 TPM_DAA_STAGE);
	expect_gone(ordinal, r, at);
}

START_TEST(no_stage_of_a_join_is_left_out_or_done_again)
{
	const unsigned int at = (unsigned int)_i;

	join_until(at);
	expect_out_of_turn(ORD_DAA_Join, &join, at, at + 1);
	if (at == 1)
		return;
	join_until(at);
	expect_out_of_turn(ORD_DAA_Join, &join, at, at - 1);
}
END_TEST

START_TEST(no_stage_of_a_signature_is_left_out_or_done_again)
{
	const unsigned int at = (unsigned int)_i;

	joined();
	sign_until(at);
	expect_out_of_turn(ORD_DAA_Sign, &sign, at, at + 1);
	if (at == 1)
		return;
	sign_until(at);
	expect_out_of_turn(ORD_DAA_Sign, &sign, at, at - 1);
}
END_TEST

START_TEST(stages_that_there_are_not)
{
	joined();
	for (size_t i = 0;
	     i < sizeof(strange_stages) / sizeof(*strange_stages); i++) {
		join_until(2);
		expect_out_of_turn(ORD_DAA_Join, &join, 2, strange_stages[i]);
		sign_until(2);
		expect_out_of_turn(ORD_DAA_Sign, &sign, 2, strange_stages[i]);
	}
	sign_until(2);
	expect_out_of_turn(ORD_DAA_Sign, &sign, 2, 16);
}
END_TEST

START_TEST(a_join_is_no_signature)
{
	joined();
	join_until(4);
	ck_assert_result(call_stage(ORD_DAA_Sign, join.handle, 4, sign.in[4],
				    &secret_owner),
			 TPM_DAA_TPM_SETTINGS);
	expect_gone(ORD_DAA_Join, &join, 4);
	/* Before the issuer is known, that is seen first. */
	join_until(2);
	ck_assert_result(call_stage(ORD_DAA_Sign, join.handle, 2, sign.in[2],
				    &secret_owner),
			 TPM_DAA_ISSUER_SETTINGS);
	expect_gone(ORD_DAA_Join, &join, 2);
}
END_TEST

START_TEST(a_signature_is_no_join)
{
	joined();
	for (unsigned int at = 1; at < 5; at += 3) {
		sign_until(at);
		ck_assert_result(call_stage(ORD_DAA_Join, sign.handle, at,
					    join.in[at], &secret_owner),
				 TPM_DAA_TPM_SETTINGS);
		expect_gone(ORD_DAA_Sign, &sign, at);
	}
}
END_TEST

/* ---- Sessions ---- */

START_TEST(two_sessions_and_no_more)
{
	static const uint8_t sub[4] = { 0, 0, 0, TPM_RT_DAA_TPM };
	uint32_t first;
	const uint8_t *p;
	size_t len;

	ck_assert_uint_eq(sessions_left(), 2);
	join_until(1);
	first = join.handle;
	join_until(1);
	ck_assert_uint_ne(first, join.handle);
	ck_assert_uint_eq(sessions_left(), 0);
	ck_assert_result(call_get_capability(m, TPM_CAP_HANDLE, sub, 4), 0);
	p = tss_get_blob(&m->answer, &len);
	ck_assert_uint_eq(len, 10);
	ck_assert_uint_eq(p[1], 2);
	ck_assert_mem_eq(p + 6, join.out[0].b, 4);
	ck_assert_result(call_stage(ORD_DAA_Join, 0, 0, join.in[0],
				    &secret_owner),
			 TPM_RESOURCES);
	say_sign();
	ck_assert_result(call_stage(ORD_DAA_Sign, 0, 0, sign.in[0],
				    &secret_owner),
			 TPM_RESOURCES);
	ck_assert_result(call_flush(m, first, TPM_RT_DAA_TPM), 0);
	ck_assert_uint_eq(sessions_left(), 1);
	ck_assert_result(call_flush(m, first, TPM_RT_DAA_TPM),
			 TPM_BAD_PARAMETER);
	sign_until(1);
}
END_TEST

START_TEST(two_sessions_do_not_mix)
{
	static struct run first;

	join_until(5);
	first = join;
	say_join();
	join_until(13);
	for (unsigned int i = 5; i < 13; i++)
		run_stage(ORD_DAA_Join, &first, i);
	ck_assert(!same(&first.out[7], &join.out[7]));
	ck_assert(!same(&first.out[12], &join.out[12]));
}
END_TEST

START_TEST(handles_that_are_no_session)
{
	static const uint32_t handles[] = { 0, 1, 0x08000000, 0xffffffff };

	for (size_t i = 0; i < sizeof(handles) / sizeof(*handles); i++) {
		ck_assert_result(call_stage(ORD_DAA_Join, handles[i], 1,
					    join.in[2], &secret_owner),
				 TPM_BAD_HANDLE);
		ck_assert_result(call_stage(ORD_DAA_Sign, handles[i], 1,
					    join.in[2], &secret_owner),
				 TPM_BAD_HANDLE);
	}
}
END_TEST

/* "Any error return results in the TPM invalidating all resources" */
START_TEST(who_is_not_the_owner_ends_it)
{
	join_until(3);
	ck_assert_result(call_stage(ORD_DAA_Join, join.handle, 3, join.in[3],
				    &secret_wrong),
			 TPM_AUTHFAIL);
	expect_gone(ORD_DAA_Join, &join, 3);
	ck_assert_result(call_stage(ORD_DAA_Join, 0, 0, join.in[0],
				    &secret_wrong),
			 TPM_AUTHFAIL);
	ck_assert_uint_eq(sessions_left(), 2);
}
END_TEST

START_TEST(a_new_process_goes_on_with_it)
{
	struct daa_responses r;

	for (unsigned int i = 0; i < JOIN_STAGES; i++) {
		join_stage(i);
		machine_take_over(m);
	}
	r = (struct daa_responses){ bytes(&join.out[20]), bytes(&join.out[17]),
				    bytes(&join.out[18]), bytes(&join.out[19]),
				    bytes(&join.out[21]) };
	ck_assert(daa_proof_holds(&issuer, join.out[7].b, join.out[12].b, &r));
}
END_TEST

/* 21.2 TPM_SaveContext, 21.3 TPM_LoadContext: with the handle it had. */
START_TEST(a_session_that_was_outside_goes_on)
{
	struct daa_responses r;
	struct context_blob blob;
	uint32_t handle;

	for (unsigned int i = 0; i < JOIN_STAGES - 1; i++) {
		join_stage(i);
		ck_assert_result(call_save_context(m, join.handle,
						   TPM_RT_DAA_TPM, &blob),
				 0);
		ck_assert_uint_eq(sessions_left(), 2);
		ck_assert_result(call_load_context(m, 0, true, &blob, &handle),
				 0);
		ck_assert_uint_eq(handle, join.handle);
	}
	join_stage(JOIN_STAGES - 1);
	r = (struct daa_responses){ bytes(&join.out[20]), bytes(&join.out[17]),
				    bytes(&join.out[18]), bytes(&join.out[19]),
				    bytes(&join.out[21]) };
	ck_assert(daa_proof_holds(&issuer, join.out[7].b, join.out[12].b, &r));
}
END_TEST

START_TEST(a_session_comes_back_once)
{
	struct context_blob blob;
	uint32_t handle, other;

	join_until(3);
	ck_assert_result(call_save_context(m, join.handle, TPM_RT_DAA_TPM,
					   &blob),
			 0);
	/* Its place, and then its handle, may be somebody else's. */
	handle = join.handle;
	join_until(1);
	other = join.handle;
	join_until(1);
	ck_assert_result(call_load_context(m, 0, false, &blob, &handle),
			 TPM_RESOURCES);
	ck_assert_result(call_flush(m, other, TPM_RT_DAA_TPM), 0);
	ck_assert_result(call_load_context(m, 0, false, &blob, &handle), 0);
	ck_assert_result(call_stage(ORD_DAA_Join, handle, 3, join.in[3],
				    &secret_owner),
			 0);
	ck_assert_result(call_load_context(m, 0, false, &blob, &handle),
			 TPM_BADCONTEXT);
	ck_assert_result(call_save_context(m, other, TPM_RT_DAA_TPM, &blob),
			 TPM_INVALID_RESOURCE);
}
END_TEST

START_TEST(a_start_ends_it)
{
	join_until(3);
	machine_reboot(m);
	expect_gone(ORD_DAA_Join, &join, 3);
}
END_TEST

/* ---- */

int main(void)
{
	Suite *s = suite_create("daa");
	TCase *t = daa_section(s, "26.1 TPM_DAA_Join, 26.2 TPM_DAA_Sign");

	tcase_add_test(t, a_join_proves_what_the_issuer_certifies);
	tcase_add_test(t, a_signature_proves_that_the_issuer_certified_it);
	tcase_add_test(t, an_identity_key_is_signed);
	tcase_add_test(t, two_signatures_with_one_w_have_one_pseudonym);
	tcase_add_test(t, another_w_is_another_pseudonym);
	tcase_add_test(t, f_is_the_same_for_the_same_issuer_and_number);
	tcase_add_test(t, a_chain_of_one_key);
	t = daa_section(s, "stages");
	tcase_add_loop_test(t, no_stage_of_a_join_is_left_out_or_done_again, 1,
			    JOIN_STAGES);
	tcase_add_loop_test(
		t, no_stage_of_a_signature_is_left_out_or_done_again, 1,
		SIGN_STAGES);
	tcase_add_test(t, stages_that_there_are_not);
	tcase_add_test(t, a_join_is_no_signature);
	tcase_add_test(t, a_signature_is_no_join);
	t = daa_section(s, "sessions");
	tcase_add_test(t, two_sessions_and_no_more);
	tcase_add_test(t, two_sessions_do_not_mix);
	tcase_add_test(t, handles_that_are_no_session);
	tcase_add_test(t, who_is_not_the_owner_ends_it);
	tcase_add_test(t, a_new_process_goes_on_with_it);
	tcase_add_test(t, a_session_that_was_outside_goes_on);
	tcase_add_test(t, a_session_comes_back_once);
	tcase_add_test(t, a_start_ends_it);
	return suite_run(s);
}
