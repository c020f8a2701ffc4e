/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 13: Cryptographic Functions. */
#include "chapter.h"

#include <stdlib.h>

/* An answer's header, and the size in front of the bytes. */
#define OVERHEAD 14u

/* ---- 13.6 TPM_GetRandom ---- */

START_TEST(as_many_as_asked_for_and_those_that_were_drawn)
{
	static const uint32_t sizes[] = { 1,   2,   20,	 32,   64,
					  128, 256, 512, 1024, 4000 };
	uint8_t want[4096];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		const uint8_t *p;
		size_t len;

		machine_random(m->random_at, want, sizes[i]);
		ck_assert_result(call_u32(m, ORD_GetRandom, sizes[i]), 0);
		p = tss_get_blob(&m->answer, &len);
		ck_assert(tss_end(&m->answer));
		ck_assert_uint_eq(len, sizes[i]);
		ck_assert_mem_eq(p, want, len);
	}
}
END_TEST

START_TEST(none_when_none_are_asked_for)
{
	size_t len;

	ck_assert_result(call_u32(m, ORD_GetRandom, 0), 0);
	ck_assert_ptr_nonnull(tss_get_blob(&m->answer, &len));
	ck_assert(tss_end(&m->answer));
	ck_assert_uint_eq(len, 0);
}
END_TEST

START_TEST(as_many_as_fit_when_more_are_asked_for)
{
	static const uint32_t sizes[] = { TPM12_BUFFER_SIZE - OVERHEAD,
					  TPM12_BUFFER_SIZE - OVERHEAD + 1,
					  TPM12_BUFFER_SIZE,
					  0x10000,
					  0x80000000,
					  0xffffffff };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		size_t len;

		ck_assert_result(call_u32(m, ORD_GetRandom, sizes[i]), 0);
		ck_assert_ptr_nonnull(tss_get_blob(&m->answer, &len));
		ck_assert(tss_end(&m->answer));
		ck_assert_uint_eq(len, TPM12_BUFFER_SIZE - OVERHEAD);
	}
}
END_TEST

START_TEST(a_dry_source_gives_no_zeros_but_fails)
{
	m->fail_random = 1;
	ck_assert_result(call_u32(m, ORD_GetRandom, 20), TPM_FAIL);
	m->fail_random = 0;
	ck_assert_result(call_u32(m, ORD_GetRandom, 20), TPM_FAILEDSELFTEST);
}
END_TEST

/* ---- 13.7 TPM_StirRandom ---- */

START_TEST(up_to_255_bytes)
{
	uint8_t bytes[256] = { 0 };

	for (size_t n = 0; n < 256; n++)
		ck_assert_result(call_blob(m, ORD_StirRandom, bytes, n), 0);
	ck_assert_result(call_blob(m, ORD_StirRandom, bytes, 256),
			 TPM_BAD_PARAMETER);
}
END_TEST

START_TEST(as_many_as_a_command_carries)
{
	uint8_t *bytes = calloc(1, TPM12_BUFFER_SIZE);

	ck_assert_ptr_nonnull(bytes);
	ck_assert_result(call_blob(m, ORD_StirRandom, bytes,
				   TPM12_BUFFER_SIZE - OVERHEAD),
			 TPM_BAD_PARAMETER);
	free(bytes);
}
END_TEST

/* ---- */

int main(void)
{
	Suite *s = suite_create("cryptographic");
	TCase *t = section(s, "13.6 TPM_GetRandom");

	tcase_add_test(t, as_many_as_asked_for_and_those_that_were_drawn);
	tcase_add_test(t, none_when_none_are_asked_for);
	tcase_add_test(t, as_many_as_fit_when_more_are_asked_for);
	tcase_add_test(t, a_dry_source_gives_no_zeros_but_fails);
	t = section(s, "13.7 TPM_StirRandom");
	tcase_add_test(t, up_to_255_bytes);
	tcase_add_test(t, as_many_as_a_command_carries);
	return suite_run(s);
}
