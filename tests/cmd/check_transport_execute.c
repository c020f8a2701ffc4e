/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 24: what transport sessions wrap. */
#include "tpm.h"
#include "transports.h"

/* ---- 24.2 TPM_ExecuteTransport ---- */

START_TEST(commands_follow_each_other)
{
	struct tss_transport t;
	struct tss_digest d;

	open_clear(&t, 0);
	for (unsigned int i = 0; i < 5; i++) {
		ck_assert_result(run_extend(&t, 4), 0);
		ck_assert_result(run_pcr_read(&t, 4, &d), 0);
		ck_assert_digest(d, pcr_value(m, 4));
		ck_assert_mem_ne(d.b, zeros.b, CLIENT_SHA1);
	}
}
END_TEST

START_TEST(both_ways_are_encrypted)
{
	struct tss_transport t;
	struct tss_digest d;
	struct tss_command c;
	size_t len;

	setup_owner(m);
	open_encrypted(&t, (unsigned int)_i, 0);
	ck_assert_result(run_extend(&t, 4), 0);
	ck_assert_result(run_pcr_read(&t, 4, &d), 0);
	ck_assert_digest(d, pcr_value(m, 4));
	/* More than one block of each cipher. */
	tss_begin(&c, ORD_GetRandom);
	tss_put_u32(&c, 1000);
	ck_assert_result(run(&t, &c), 0);
	ck_assert_ptr_nonnull(tss_get_blob(&m->answer, &len));
	ck_assert_uint_eq(len, 1000);
}
END_TEST

static bool contains(const uint8_t *b, size_t len, const uint8_t *what,
		     size_t n)
{
	for (size_t at = 0; at + n <= len; at++)
		if (!memcmp(b + at, what, n))
			return true;
	return false;
}

/* What a listener sees of it is neither the register nor what it holds. */
START_TEST(nothing_can_be_read_on_the_way)
{
	uint8_t req[TSS_BUFFER];
	struct tss_transport t;
	struct tss_command c;
	uint32_t result;
	size_t len;

	setup_owner(m);
	open_encrypted(&t, (unsigned int)_i, 0);
	tss_begin(&c, ORD_Extend);
	tss_put_u32(&c, 4);
	tss_put_bytes(&c, ones.b, sizeof(ones.b));
	len = tss_wrap(&t, &c, req);
	ck_assert(!contains(req, len, ones.b, sizeof(ones.b)));
	ck_assert_result(machine_send(m, req, len), 0);
	memcpy(req, m->answer.b, m->answer.len);
	len = m->answer.len;
	ck_assert_result(tss_unwrap(&m->tss, &t, &c, &m->answer, &result), 0);
	ck_assert_result(result, 0);
	ck_assert(!contains(req, len, m->answer.p, CLIENT_SHA1));
}
END_TEST

/* Part 3, 24.2: ORD, handles and sessions' areas stay readable. */
START_TEST(handles_and_sessions_of_what_is_wrapped)
{
	struct tss_session oiap, stamp;
	struct tss_transport t;
	struct tss_command c;
	uint32_t key;
	size_t len;

	setup_owner(m);
	if (_i == N_CIPHERS)
		ck_assert_result(establish_clear(&t, 0), 0);
	else
		open_encrypted(&t, (unsigned int)_i, 0);
	tss_begin(&c, ORD_OIAP);
	c.out_handles = 24;
	ck_assert_result(run(&t, &c), 0);
	oiap = (struct tss_session){ .handle = tss_get_u32(&m->answer) };
	tss_get_digest(&m->answer, &oiap.even);
	ck_assert(tss_end(&m->answer));
	stamp = oiap;
	key = setup_key(m, TPM_KEY_SIGNING, TPM_ES_NONE,
			TPM_SS_RSASSAPKCS1v15_SHA1, &secret_srk);
	for (unsigned int i = 0; i < 2; i++) {
		tss_begin(&c, ORD_TickStampBlob);
		tss_put_handle(&c, key);
		tss_put_bytes(&c, replay.b, sizeof(replay.b));
		tss_put_bytes(&c, ones.b, sizeof(ones.b));
		tss_use(&c, &stamp, &secret_srk, true);
		ck_assert_result(run(&t, &c), 0);
		tss_get_bytes(&m->answer, TSS_TICKS);
		tss_get_blob(&m->answer, &len);
		ck_assert(tss_end(&m->answer));
		ck_assert_uint_eq(len, 256);
	}
}
END_TEST

START_TEST(a_wrong_secret_inside_ends_the_session_inside)
{
	struct tss_transport t;
	struct tss_session s;
	struct tss_command c;

	open_clear(&t, 0);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	tss_begin(&c, ORD_SetOrdinalAuditStatus);
	tss_put_u32(&c, ORD_Extend);
	tss_put_u8(&c, 1);
	tss_use(&c, &s, &secret_wrong, true);
	ck_assert_result(run(&t, &c), TPM_AUTHFAIL);
	ck_assert_result(call_flush(m, s.handle, TPM_RT_AUTH),
			 TPM_BAD_PARAMETER);
	ck_assert_result(run_extend(&t, 4), 0);
}
END_TEST

static void make_guess(struct tss_command *c, struct tss_session *s)
{
	ck_assert_result(tss_oiap(&m->tss, s), 0);
	tss_begin(c, ORD_SetOrdinalAuditStatus);
	tss_put_u32(c, ORD_Extend);
	tss_put_u8(c, 1);
	tss_use(c, s, &secret_wrong, true);
}

/* It is counted as one outside would be. */
START_TEST(wrong_secrets_inside_lock_the_tpm)
{
	struct tss_transport t;
	struct tss_session s;
	struct tss_command c;

	open_clear(&t, 0);
	for (unsigned int i = 0; i < 5; i++) {
		make_guess(&c, &s);
		ck_assert_result(run(&t, &c), TPM_AUTHFAIL);
	}
	tss_begin(&c, ORD_GetTicks);
	ck_assert_result(execute(&t, &c), TPM_DEFEND_LOCK_RUNNING);
}
END_TEST

/* With the command around it, so that neither is kept without the other. */
START_TEST(a_wrong_secret_inside_is_stored_once)
{
	struct tss_transport t;
	struct tss_session s;
	struct tss_command c;
	unsigned int stores;

	open_clear(&t, 0);
	make_guess(&c, &s);
	stores = m->stores;
	ck_assert_result(run(&t, &c), TPM_AUTHFAIL);
	ck_assert_uint_eq(m->stores, stores + 1);
	ck_assert(is_stored(m));
	ck_assert_uint_eq(m->tpm->s.lockout.failures, 1);
	/* What cannot be stored fails, and was a guess all the same. */
	make_guess(&c, &s);
	m->fail_store = 1;
	ck_assert_result(execute(&t, &c), TPM_FAIL);
	ck_assert_uint_eq(m->tpm->s.lockout.failures, 2);
}
END_TEST

START_TEST(a_failure_inside_is_none_outside)
{
	struct tss_transport t;
	struct tss_digest d;

	setup_owner(m);
	if (_i == N_CIPHERS)
		ck_assert_result(establish_clear(&t, 0), 0);
	else
		open_encrypted(&t, (unsigned int)_i, 0);
	ck_assert_result(run_pcr_read(&t, 24, &d), TPM_BADINDEX);
	ck_assert_result(run_pcr_read(&t, 17, &d), 0);
	ck_assert_digest(d, ones);
}
END_TEST

START_TEST(each_answer_tells_the_time_and_the_locality)
{
	struct tss_transport t;

	open_clear(&t, 0);
	m->clock_us += 5000;
	m->locality = 2;
	ck_assert_result(run_extend(&t, 17), 0);
	ck_assert_uint_eq(t.locality, 2);
	ck_assert_uint_eq(ticks_of(&t), 5000);
	m->locality = 0;
	ck_assert_result(run_extend(&t, 17), TPM_BAD_LOCALITY);
	ck_assert_uint_eq(t.locality, 0);
}
END_TEST

/* ---- What is refused ---- */

START_TEST(transport_commands_are_not_wrapped)
{
	static const uint32_t ordinals[] = { ORD_EstablishTransport,
					     ORD_ExecuteTransport,
					     ORD_ReleaseTransportSigned };
	struct tss_transport t;
	struct tss_command c;

	open_clear(&t, 0);
	tss_begin(&c, ordinals[_i]);
	if (ordinals[_i] == ORD_ExecuteTransport)
		tss_put_u32(&c, 0);
	else
		tss_put_handle(&c, TPM_KH_TRANSPORT);
	ck_assert_result(execute(&t, &c), TPM_NO_WRAP_TRANSPORT);
	ck_assert(!is_open(&t));
}
END_TEST

START_TEST(what_is_no_command_is_not_wrapped)
{
	static const uint32_t ordinals[] = { 0, 0x09, 0x97, 0x82, 0xffffffff };
	struct tss_transport t;
	struct tss_command c;

	open_clear(&t, 0);
	tss_begin(&c, ordinals[_i]);
	ck_assert_result(execute(&t, &c), TPM_BAD_PARAMETER);
	ck_assert(!is_open(&t));
}
END_TEST

/* Bytes that are to be wrapped as they are. */
static uint32_t execute_bytes(struct tss_transport *t, const uint8_t *b,
			      size_t len)
{
	uint8_t req[2 * TSS_BUFFER];
	const size_t n = tss_wrap_bytes(t, b, len, len, 0, req);

	return machine_send(m, req, n);
}

/* The ordinal cannot be determined: action 3. */
START_TEST(less_than_a_header)
{
	static const uint8_t b[] = { 0, 0xc1, 0, 0, 0, 10, 0, 0, 0, 0xf1 };
	struct tss_transport t;

	for (size_t len = 0; len < sizeof(b); len++) {
		open_clear(&t, 0);
		ck_assert_result(execute_bytes(&t, b, len), TPM_BAD_PARAMETER);
		ck_assert(!is_open(&t));
	}
}
END_TEST

START_TEST(a_size_inside_that_lies)
{
	uint8_t b[] = { 0, 0xc1, 0, 0, 0, 10, 0, 0, 0, 0xf1 };
	static const uint8_t sizes[] = { 0, 9, 11, 255 };
	struct tss_transport t;

	open_clear(&t, 0);
	b[5] = sizes[_i];
	ck_assert_result(execute_bytes(&t, b, sizeof(b)), TPM_BAD_PARAM_SIZE);
}
END_TEST

/* LEN1 is less than 0. */
START_TEST(less_than_handles_and_areas)
{
	static const struct {
		uint8_t b[16];
		size_t len;
	} bad[] = {
		{ { 0, 0xc1, 0, 0, 0, 13, 0, 0, 0, 0xba }, 13 },
		{ { 0, 0xc2, 0, 0, 0, 10, 0, 0, 0, 0xf1 }, 10 },
		{ { 0, 0xc3, 0, 0, 0, 16, 0, 0, 0, 0xf1 }, 16 },
	};
	struct tss_transport t;

	open_clear(&t, 0);
	ck_assert_result(execute_bytes(&t, bad[_i].b, bad[_i].len),
			 TPM_BAD_PARAMETER);
}
END_TEST

/* Such a command is the wrapped one's own mistake. */
START_TEST(a_tag_inside_that_is_none)
{
	static const uint8_t b[] = { 0, 0xc4, 0, 0, 0, 10, 0, 0, 0, 0xf1 };
	struct tss_transport t;

	open_clear(&t, 0);
	ck_assert_result(execute_bytes(&t, b, sizeof(b)), 0);
	ck_assert_uint_eq(m->answer.b[TSS_HEADER + 16 + 9], TPM_BADTAG);
}
END_TEST

START_TEST(more_than_a_command_has)
{
	struct tss_transport t;
	uint8_t b[TPM12_BUFFER_SIZE + 1] = { 0, 0xc1, 0, 0 };

	open_clear(&t, 0);
	b[4] = sizeof(b) >> 8;
	b[5] = sizeof(b) & 0xff;
	b[9] = ORD_GetTicks;
	ck_assert_result(execute_bytes(&t, b, sizeof(b)), TPM_BAD_PARAM_SIZE);
}
END_TEST

START_TEST(a_wrong_hmac_ends_the_session)
{
	uint8_t req[TSS_BUFFER];
	struct tss_transport t;
	struct tss_command c;
	size_t len;

	open_clear(&t, 0);
	tss_begin(&c, ORD_Extend);
	tss_put_u32(&c, 4);
	tss_put_bytes(&c, ones.b, sizeof(ones.b));
	len = tss_wrap(&t, &c, req);
	/* Of the wrapped parameters, the nonce, and the HMAC itself. */
	req[len - (_i == 0 ? 60 : _i == 1 ? 30 : 1)] ^= 1;
	ck_assert_result(machine_send(m, req, len), TPM_AUTHFAIL);
	ck_assert_digest(pcr_value(m, 4), zeros);
	ck_assert(!is_open(&t));
}
END_TEST

/* The wrapped handles are in no digest, as without a transport session. */
START_TEST(the_hmac_does_not_cover_handles)
{
	uint8_t req[TSS_BUFFER];
	struct tss_transport t;
	struct tss_session s;
	struct tss_command c;
	uint32_t result;
	size_t len;

	open_clear(&t, 0);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	tss_begin(&c, ORD_FlushSpecific);
	tss_put_handle(&c, s.handle ^ 0xff);
	tss_put_u32(&c, TPM_RT_AUTH);
	len = tss_wrap(&t, &c, req);
	req[TSS_HEADER + 4 + TSS_HEADER + 3] ^= 0xff;
	ck_assert_result(machine_send(m, req, len), 0);
	ck_assert_result(tss_unwrap(&m->tss, &t, &c, &m->answer, &result), 0);
	ck_assert_result(result, 0);
}
END_TEST

START_TEST(a_request_is_not_taken_twice)
{
	uint8_t req[TSS_BUFFER];
	struct tss_transport t;
	struct tss_command c;
	size_t len;

	open_clear(&t, 0);
	tss_begin(&c, ORD_GetTicks);
	len = tss_wrap(&t, &c, req);
	ck_assert_result(machine_send(m, req, len), 0);
	ck_assert_result(machine_send(m, req, len), TPM_AUTHFAIL);
}
END_TEST

START_TEST(an_authorisation_session_is_none)
{
	struct tss_transport t;
	struct tss_session s;
	struct tss_command c;

	open_clear(&t, 0);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	t.session = s;
	tss_begin(&c, ORD_GetTicks);
	ck_assert_result(execute(&t, &c), TPM_INVALID_AUTHHANDLE);
	ck_assert_result(call_flush(m, s.handle, TPM_RT_AUTH), 0);
}
END_TEST

START_TEST(a_transport_session_proves_nothing_else)
{
	struct tss_transport t;
	struct tss_command c;

	open_clear(&t, 0);
	tss_begin(&c, ORD_SetOrdinalAuditStatus);
	tss_put_u32(&c, ORD_Extend);
	tss_put_u8(&c, 1);
	tss_use(&c, &t.session, &secret_owner, true);
	ck_assert_result(machine_run(m, &c), TPM_INVALID_AUTHHANDLE);
	ck_assert(is_open(&t));
}
END_TEST

/* ---- The SHA-1 thread ---- */

static uint32_t run_simple(struct tss_transport *t, uint32_t ordinal)
{
	struct tss_command c;

	tss_begin(&c, ordinal);
	return run(t, &c);
}

static uint32_t run_complete(struct tss_transport *t)
{
	struct tss_command c;

	tss_begin(&c, ORD_SHA1Complete);
	tss_put_blob(&c, "abc", 3);
	return run(t, &c);
}

START_TEST(a_hash_within_a_session)
{
	struct tss_transport a, b;

	open_clear(&a, 0);
	ck_assert_result(establish_clear(&b, 0), 0);
	ck_assert_result(run_simple(&a, ORD_SHA1Start), 0);
	ck_assert_result(run_complete(&a), 0);
	/* Not partly in another, */
	ck_assert_result(run_simple(&a, ORD_SHA1Start), 0);
	ck_assert_result(run_complete(&b), TPM_SHA_THREAD);
	/* nor partly in none, */
	ck_assert_result(run_simple(&a, ORD_SHA1Start), 0);
	ck_assert_result(call_blob(m, ORD_SHA1Complete, "abc", 3),
			 TPM_SHA_THREAD);
	ck_assert_result(call(m, ORD_SHA1Start), 0);
	ck_assert_result(run_complete(&a), TPM_SHA_THREAD);
	/* nor with something else in between. */
	ck_assert_result(run_simple(&a, ORD_SHA1Start), 0);
	ck_assert_result(run_simple(&a, ORD_GetTicks), 0);
	ck_assert_result(run_complete(&a), TPM_SHA_THREAD);
}
END_TEST

/* ---- Permanent state ---- */

static uint32_t audit_extend(struct tss_transport *t, struct tss_session *s)
{
	struct tss_command c;

	tss_begin(&c, ORD_SetOrdinalAuditStatus);
	tss_put_u32(&c, ORD_Extend);
	tss_put_u8(&c, 1);
	tss_use(&c, s, &secret_owner, true);
	return execute(t, &c);
}

START_TEST(what_is_wrapped_is_stored_once)
{
	struct tss_transport t;
	struct tss_session s;
	unsigned int stores;

	open_clear(&t, 0);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	stores = m->stores;
	ck_assert_result(audit_extend(&t, &s), 0);
	ck_assert_uint_eq(m->stores, stores + 1);
	ck_assert(is_stored(m));
}
END_TEST

START_TEST(a_store_that_fails_undoes_what_was_wrapped)
{
	struct snapshot before, after;
	struct tss_transport t;
	struct tss_session s;

	open_clear(&t, 0);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	before = snapshot_take_calm(m);
	m->fail_store = 1;
	ck_assert_result(audit_extend(&t, &s), TPM_FAIL);
	after = snapshot_take_calm(m);
	ck_assert(snapshot_equal(&before, &after));
	ck_assert(!is_open(&t));
	snapshot_free(&before);
	snapshot_free(&after);
}
END_TEST

/* A full answer, and the largest number of bytes that fits into one. */
START_TEST(an_answer_that_fills_the_buffer)
{
	struct tss_transport t;
	struct tss_command c;
	size_t len;

	setup_owner(m);
	open_encrypted(&t, (unsigned int)_i, 0);
	tss_begin(&c, ORD_GetRandom);
	tss_put_u32(&c, 0xffffffff);
	ck_assert_result(run(&t, &c), 0);
	ck_assert_ptr_nonnull(tss_get_blob(&m->answer, &len));
	ck_assert(tss_end(&m->answer));
	ck_assert_uint_eq(len, TPM12_BUFFER_SIZE - 10 - 16 - 41 - 14);
}
END_TEST

/* ---- */

static void add_execute(Suite *s)
{
	TCase *t = section(s, "24.2 TPM_ExecuteTransport");

	tcase_add_test(t, commands_follow_each_other);
	tcase_add_loop_test(t, both_ways_are_encrypted, 0, N_CIPHERS);
	tcase_add_loop_test(t, nothing_can_be_read_on_the_way, 0, N_CIPHERS);
	tcase_add_loop_test(t, handles_and_sessions_of_what_is_wrapped, 0,
			    N_CIPHERS + 1);
	tcase_add_test(t, a_wrong_secret_inside_ends_the_session_inside);
	tcase_add_test(t, wrong_secrets_inside_lock_the_tpm);
	tcase_add_test(t, a_wrong_secret_inside_is_stored_once);
	tcase_add_loop_test(t, a_failure_inside_is_none_outside, 0,
			    N_CIPHERS + 1);
	tcase_add_test(t, each_answer_tells_the_time_and_the_locality);
	tcase_add_test(t, a_hash_within_a_session);
	tcase_add_test(t, what_is_wrapped_is_stored_once);
	tcase_add_test(t, a_store_that_fails_undoes_what_was_wrapped);
	tcase_add_loop_test(t, an_answer_that_fills_the_buffer, 0, N_CIPHERS);
	tcase_add_loop_test(t, transport_commands_are_not_wrapped, 0, 3);
	tcase_add_loop_test(t, what_is_no_command_is_not_wrapped, 0, 5);
	tcase_add_test(t, less_than_a_header);
	tcase_add_loop_test(t, a_size_inside_that_lies, 0, 4);
	tcase_add_loop_test(t, less_than_handles_and_areas, 0, 3);
	tcase_add_test(t, a_tag_inside_that_is_none);
	tcase_add_test(t, more_than_a_command_has);
	tcase_add_loop_test(t, a_wrong_hmac_ends_the_session, 0, 3);
	tcase_add_test(t, the_hmac_does_not_cover_handles);
	tcase_add_test(t, a_request_is_not_taken_twice);
	tcase_add_test(t, an_authorisation_session_is_none);
	tcase_add_test(t, a_transport_session_proves_nothing_else);
}

int main(void)
{
	Suite *s = suite_create("transport_execute");

	add_execute(s);
	return suite_run(s);
}
