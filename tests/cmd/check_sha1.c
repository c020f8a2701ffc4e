/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 13: the SHA-1 thread. */
#include "chapter.h"

/* What is hashed; a multiple of no block. */
static uint8_t text[9000];

static void fill(void)
{
	machine_random(77, text, sizeof(text));
}

static struct tss_digest sha1(const void *p, size_t len)
{
	const struct client_bytes piece = { p, len };
	struct tss_digest d = { { 0 } };

	client_sha1(&piece, 1, d.b);
	return d;
}

static uint32_t start(void)
{
	uint32_t most;

	ck_assert_result(call(m, ORD_SHA1Start), 0);
	most = tss_get_u32(&m->answer);
	ck_assert(tss_end(&m->answer));
	return most;
}

static uint32_t update(size_t len)
{
	return call_blob(m, ORD_SHA1Update, text, len);
}

static uint32_t complete(const void *p, size_t len, struct tss_digest *hash)
{
	const uint32_t result = call_blob(m, ORD_SHA1Complete, p, len);

	if (!result) {
		tss_get_digest(&m->answer, hash);
		ck_assert(tss_end(&m->answer));
	}
	return result;
}

static uint32_t complete_extend(uint32_t pcr, const void *p, size_t len,
				struct tss_digest *hash,
				struct tss_digest *pcr_value)
{
	struct tss_command c;
	uint32_t result;

	tss_begin(&c, ORD_SHA1CompleteExtend);
	tss_put_u32(&c, pcr);
	tss_put_blob(&c, p, len);
	result = machine_run(m, &c);
	if (!result) {
		tss_get_digest(&m->answer, hash);
		tss_get_digest(&m->answer, pcr_value);
		ck_assert(tss_end(&m->answer));
	}
	return result;
}

static void assert_no_thread(void)
{
	struct tss_digest d = { { 0 } };

	ck_assert_result(update(64), TPM_SHA_THREAD);
	ck_assert_result(complete("", 0, &d), TPM_SHA_THREAD);
	ck_assert_result(complete_extend(0, "", 0, &d, &d), TPM_SHA_THREAD);
}

/* ---- 13.1 TPM_SHA1Start ---- */

START_TEST(as_much_as_a_command_carries)
{
	const uint32_t most = start();

	fill();
	ck_assert_uint_eq(most % 64, 0);
	ck_assert_uint_gt(most + 64 + 14, TPM12_BUFFER_SIZE);
	ck_assert_result(update(most), 0);
}
END_TEST

START_TEST(a_second_start_begins_anew)
{
	struct tss_digest d = { { 0 } };

	start();
	ck_assert_result(update(128), 0);
	start();
	ck_assert_result(complete("abc", 3, &d), 0);
	ck_assert_digest(d, sha1("abc", 3));
}
END_TEST

/* ---- 13.2 TPM_SHA1Update ---- */

START_TEST(nothing_goes_on_that_was_not_begun)
{
	assert_no_thread();
}
END_TEST

START_TEST(whole_blocks_only)
{
	static const size_t sizes[] = { 1, 63, 65, 127 };

	start();
	ck_assert_result(update(sizes[_i]), TPM_SHA_ERROR);
	assert_no_thread();
}
END_TEST

START_TEST(no_more_than_was_said)
{
	const uint32_t most = start();
	uint8_t req[TPM12_BUFFER_SIZE + 64] = { 0x00, 0xc1 };
	const size_t len = 14 + (size_t)most + 64;

	req[4] = (uint8_t)(len >> 8);
	req[5] = (uint8_t)len;
	req[9] = ORD_SHA1Update;
	req[12] = (uint8_t)(((size_t)most + 64) >> 8);
	req[13] = (uint8_t)(most + 64);
	ck_assert_result(machine_send(m, req, len), TPM_SHA_ERROR);
	assert_no_thread();
}
END_TEST

START_TEST(no_bytes_are_a_multiple_too)
{
	struct tss_digest d = { { 0 } };

	start();
	ck_assert_result(update(0), 0);
	ck_assert_result(complete("", 0, &d), 0);
	ck_assert_digest(d, sha1("", 0));
}
END_TEST

/* ---- 13.3 TPM_SHA1Complete ---- */

/* FIPS 180-4's examples, among others. */
START_TEST(the_digest_of_all_pieces)
{
	static const size_t blocks[] = { 0, 1, 2, 55, 62 };
	struct tss_digest d = { { 0 } };

	fill();
	for (size_t tail = 0; tail <= 64; tail++) {
		const size_t whole = blocks[_i] * 64;

		start();
		if (whole)
			ck_assert_result(update(whole), 0);
		ck_assert_result(complete(text + whole, tail, &d), 0);
		ck_assert_digest(d, sha1(text, whole + tail));
	}
}
END_TEST

START_TEST(several_updates)
{
	struct tss_digest d = { { 0 } };

	fill();
	start();
	for (size_t at = 0; at < 8192; at += 1024)
		ck_assert_result(call_blob(m, ORD_SHA1Update, text + at, 1024),
				 0);
	ck_assert_result(complete(text + 8192, 64, &d), 0);
	ck_assert_digest(d, sha1(text, 8192 + 64));
}
END_TEST

START_TEST(a_last_piece_of_more_than_a_block)
{
	struct tss_digest d = { { 0 } };

	start();
	ck_assert_result(complete(text, 65, &d), TPM_SHA_ERROR);
	assert_no_thread();
	ck_assert_result(complete(text, 65, &d), TPM_SHA_ERROR);
}
END_TEST

START_TEST(complete_is_the_end)
{
	struct tss_digest d = { { 0 } };

	start();
	ck_assert_result(complete("", 0, &d), 0);
	assert_no_thread();
}
END_TEST

/* "receipt of any command other than TPM_SHA1Update invalidates" it. */
START_TEST(another_command_ends_the_thread)
{
	static const uint32_t others[] = { ORD_GetTicks, ORD_SaveState,
					   ORD_ContinueSelfTest, ORD_OIAP };
	static const uint8_t unknown[] = {
		0, 0xc1, 0, 0, 0, 10, 0, 0, 0, 0x02
	};

	start();
	ck_assert_result(update(64), 0);
	if (_i < 4)
		ck_assert_result(call(m, others[_i]), 0);
	else if (_i == 4)
		ck_assert_result(call_u32(m, ORD_PcrRead, 99), TPM_BADINDEX);
	else
		ck_assert_result(machine_send(m, unknown, sizeof(unknown)),
				 TPM_BAD_ORDINAL);
	assert_no_thread();
}
END_TEST

START_TEST(what_is_no_command_does_not)
{
	static const uint8_t malformed[] = { 0, 0xc1, 0, 0, 0, 11, 0, 0, 0, 1 };
	struct tss_digest d = { { 0 } };

	start();
	ck_assert_result(machine_send(m, malformed, sizeof(malformed)),
			 TPM_BAD_PARAM_SIZE);
	ck_assert_result(complete("abc", 3, &d), 0);
	ck_assert_digest(d, sha1("abc", 3));
}
END_TEST

START_TEST(another_process_goes_on)
{
	struct tss_digest d = { { 0 } };

	fill();
	start();
	ck_assert_result(update(192), 0);
	machine_take_over(m);
	ck_assert_result(complete(text + 192, 11, &d), 0);
	ck_assert_digest(d, sha1(text, 203));
}
END_TEST

START_TEST(the_thread_goes_with_the_power)
{
	start();
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_CLEAR), 0);
	assert_no_thread();
}
END_TEST

/* ---- 13.4 TPM_SHA1CompleteExtend ---- */

static struct tss_digest extended(struct tss_digest pcr,
				  const struct tss_digest *by)
{
	const struct client_bytes pieces[] = { { pcr.b, sizeof(pcr.b) },
					       { by->b, sizeof(by->b) } };

	client_sha1(pieces, 2, pcr.b);
	return pcr;
}

START_TEST(the_digest_goes_into_the_register)
{
	struct tss_digest hash, pcr, want;

	fill();
	start();
	ck_assert_result(update(64), 0);
	ck_assert_result(complete_extend(4, text + 64, 20, &hash, &pcr), 0);
	ck_assert_digest(hash, sha1(text, 84));
	want = extended(zeros, &hash);
	ck_assert_digest(pcr, want);
	ck_assert_digest(pcr_value(m, 4), want);
	assert_no_thread();
}
END_TEST

START_TEST(registers_that_there_are_not_or_not_here)
{
	static const struct {
		uint32_t pcr;
		uint32_t result;
	} bad[] = {
		{ 24, TPM_BADINDEX },
		{ 0xffffffff, TPM_BADINDEX },
		{ 17, TPM_BAD_LOCALITY },
	};
	struct tss_digest d = { { 0 } };

	start();
	ck_assert_result(complete_extend(bad[_i].pcr, "", 0, &d, &d),
			 bad[_i].result);
	assert_no_thread();
}
END_TEST

START_TEST(a_last_piece_of_more_than_a_block_extends_nothing)
{
	struct tss_digest d = { { 0 } };

	start();
	ck_assert_result(complete_extend(4, text, 65, &d, &d), TPM_SHA_ERROR);
	ck_assert_digest(pcr_value(m, 4), zeros);
	assert_no_thread();
}
END_TEST

/* It measures all the same, as TPM_Extend does. */
START_TEST(a_tpm_that_is_off_does_not_tell_the_register)
{
	struct tss_digest hash, pcr;

	start();
	if (_i)
		setup_disabled(m);
	else
		setup_deactivated(m);
	ck_assert_result(complete_extend(4, "abc", 3, &hash, &pcr), 0);
	ck_assert_digest(hash, sha1("abc", 3));
	ck_assert_digest(pcr, zeros);
	setup_enabled(m);
	ck_assert_digest(pcr_value(m, 4), extended(zeros, &hash));
}
END_TEST

/* ---- */

int main(void)
{
	Suite *s = suite_create("sha1");
	TCase *t = section(s, "13.1 TPM_SHA1Start");

	tcase_add_test(t, as_much_as_a_command_carries);
	tcase_add_test(t, a_second_start_begins_anew);
	t = section(s, "13.2 TPM_SHA1Update");
	tcase_add_test(t, nothing_goes_on_that_was_not_begun);
	tcase_add_loop_test(t, whole_blocks_only, 0, 4);
	tcase_add_test(t, no_more_than_was_said);
	tcase_add_test(t, no_bytes_are_a_multiple_too);
	t = section(s, "13.3 TPM_SHA1Complete");
	tcase_add_loop_test(t, the_digest_of_all_pieces, 0, 5);
	tcase_add_test(t, several_updates);
	tcase_add_test(t, a_last_piece_of_more_than_a_block);
	tcase_add_test(t, complete_is_the_end);
	tcase_add_loop_test(t, another_command_ends_the_thread, 0, 6);
	tcase_add_test(t, what_is_no_command_does_not);
	tcase_add_test(t, another_process_goes_on);
	tcase_add_test(t, the_thread_goes_with_the_power);
	t = section(s, "13.4 TPM_SHA1CompleteExtend");
	tcase_add_test(t, the_digest_goes_into_the_register);
	tcase_add_loop_test(t, registers_that_there_are_not_or_not_here, 0, 3);
	tcase_add_test(t, a_last_piece_of_more_than_a_block_extends_nothing);
	tcase_add_loop_test(t, a_tpm_that_is_off_does_not_tell_the_register, 0,
			    2);
	return suite_run(s);
}
