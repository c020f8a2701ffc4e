/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cursors (emulator/wire.h) and the structures of Part 2 (emulator/types.c):
 * bytes both ways, and everything that does not fit.
 */
#include <check.h>
#include <stdlib.h>

#include "suite.h"
#include "types.h"

static const uint8_t count[] = { 1, 2,	3,  4,	5,  6,	7, 8,
				 9, 10, 11, 12, 13, 14, 15 };

/* ---- Reading ---- */

START_TEST(numbers_are_big_endian)
{
	struct rd r = rd_over(count, sizeof(count));
	uint8_t a;
	uint16_t b;
	uint32_t c;
	uint64_t d;

	rd_u8(&r, &a);
	rd_u16(&r, &b);
	rd_u32(&r, &c);
	rd_u64(&r, &d);
	ck_assert_uint_eq(a, 0x01);
	ck_assert_uint_eq(b, 0x0203);
	ck_assert_uint_eq(c, 0x04050607);
	ck_assert_uint_eq(d, 0x08090a0b0c0d0e0fu);
	ck_assert_int_eq(rd_done(&r), TPM_SUCCESS);
}
END_TEST

START_TEST(what_is_cut_off_reads_as_zero_and_stays_so)
{
	struct rd r = rd_over(count, 3);
	uint32_t a = 5;
	uint8_t b = 5;

	rd_u32(&r, &a);
	ck_assert_uint_eq(a, 0);
	ck_assert_uint_eq(rd_left(&r), 0);
	rd_u8(&r, &b);
	ck_assert_uint_eq(b, 0);
	ck_assert_int_eq(rd_done(&r), TPM_BAD_PARAM_SIZE);
}
END_TEST

START_TEST(bytes_left_over_are_not_done)
{
	struct rd r = rd_over(count, 2);
	uint8_t a;

	rd_u8(&r, &a);
	ck_assert_int_eq(rd_done(&r), TPM_BAD_PARAM_SIZE);
	rd_u8(&r, &a);
	ck_assert_int_eq(rd_done(&r), TPM_SUCCESS);
}
END_TEST

START_TEST(the_first_failure_counts)
{
	struct rd r = rd_over(count, 3);
	uint64_t v;

	rd_fail(&r, TPM_INVALID_STRUCTURE);
	rd_u64(&r, &v);
	rd_fail(&r, TPM_BAD_PARAMETER);
	ck_assert_uint_eq(v, 0);
	ck_assert_int_eq(rd_done(&r), TPM_INVALID_STRUCTURE);
}
END_TEST

START_TEST(a_bool_is_0_or_1)
{
	for (unsigned int n = 0; n < 256; n++) {
		const uint8_t byte = (uint8_t)n;
		struct rd r = rd_over(&byte, 1);
		bool v = true;

		rd_bool(&r, &v);
		ck_assert_int_eq(v, n == 1);
		ck_assert_int_eq(rd_done(&r),
				 n <= 1 ? TPM_SUCCESS : TPM_BAD_PARAMETER);
	}
}
END_TEST

START_TEST(a_bool_that_is_not_there)
{
	struct rd r = rd_over(count, 0);
	bool v = true;

	rd_bool(&r, &v);
	ck_assert(!v);
	ck_assert_int_eq(rd_done(&r), TPM_BAD_PARAM_SIZE);
}
END_TEST

START_TEST(bytes_are_borrowed)
{
	struct rd r = rd_over(count, sizeof(count));

	ck_assert_ptr_eq(rd_take(&r, 3), count);
	ck_assert_ptr_eq(rd_take(&r, 0), count + 3);
	ck_assert_ptr_null(rd_take(&r, sizeof(count)));
	ck_assert_ptr_null(rd_take(&r, 0));
	ck_assert_int_eq(r.rc, TPM_BAD_PARAM_SIZE);
}
END_TEST

START_TEST(bytes_that_do_not_fit_are_zeros)
{
	struct rd r = rd_over(count, 3);
	uint8_t to[4] = { 9, 9, 9, 9 };
	static const uint8_t none[4];

	rd_bytes(&r, to, sizeof(to));
	ck_assert_mem_eq(to, none, sizeof(to));
	ck_assert_int_eq(r.rc, TPM_BAD_PARAM_SIZE);
}
END_TEST

START_TEST(nothing_is_read_from_nowhere)
{
	struct rd r = rd_over(NULL, 5);
	uint8_t v = 5;

	ck_assert_uint_eq(rd_left(&r), 0);
	ck_assert_ptr_null(rd_take(&r, 0));
	ck_assert_int_eq(rd_done(&r), TPM_SUCCESS);
	rd_u8(&r, &v);
	ck_assert_uint_eq(v, 0);
	ck_assert_int_eq(rd_done(&r), TPM_BAD_PARAM_SIZE);
}
END_TEST

START_TEST(a_blob_has_its_size_in_front)
{
	static const uint8_t bytes[] = {
		0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 0
	};
	struct rd r = rd_over(bytes, sizeof(bytes));
	struct tpm_bytes b;

	rd_blob(&r, &b);
	ck_assert_ptr_eq(b.p, bytes + 4);
	ck_assert_uint_eq(b.len, 3);
	rd_blob(&r, &b);
	ck_assert_uint_eq(b.len, 0);
	ck_assert_int_eq(rd_done(&r), TPM_SUCCESS);
}
END_TEST

START_TEST(a_blob_that_is_larger_than_the_message)
{
	static const uint8_t sizes[][4] = { { 0, 0, 0, 1 },
					    { 0, 0, 1, 0 },
					    { 0x7f, 0xff, 0xff, 0xff },
					    { 0x80, 0, 0, 0 },
					    { 0xff, 0xff, 0xff, 0xff } };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct rd r = rd_over(sizes[i], 4);
		struct tpm_bytes b = { count, 5 };

		rd_blob(&r, &b);
		ck_assert_ptr_null(b.p);
		ck_assert_uint_eq(b.len, 0);
		ck_assert_int_eq(rd_done(&r), TPM_BAD_PARAM_SIZE);
	}
}
END_TEST

/* ---- Writing ---- */

START_TEST(what_is_written_is_what_was_read)
{
	uint8_t out[15];
	struct wr w = wr_over(out, sizeof(out));
	const uint8_t a = 0x01;
	const uint16_t b = 0x0203;
	const uint32_t c = 0x04050607;
	const uint64_t d = 0x08090a0b0c0d0e0fu;

	wr_u8(&w, &a);
	wr_u16(&w, &b);
	wr_u32(&w, &c);
	wr_u64(&w, &d);
	ck_assert_int_eq(w.rc, TPM_SUCCESS);
	ck_assert_uint_eq(wr_left(&w), 0);
	ck_assert_mem_eq(out, count, sizeof(out));
}
END_TEST

START_TEST(what_does_not_fit_is_not_written_nor_what_follows)
{
	uint8_t out[3] = { 9, 9, 9 };
	struct wr w = wr_over(out, sizeof(out));

	wr_number(&w, 0x01020304, 4);
	wr_number(&w, 1, 1);
	ck_assert_int_eq(w.rc, TPM_SIZE);
	ck_assert_mem_eq(out, "\x09\x09\x09", 3);
}
END_TEST

START_TEST(nothing_fits_nowhere)
{
	struct wr w = wr_over(NULL, 100);

	ck_assert_uint_eq(wr_left(&w), 0);
	wr_bytes(&w, NULL, 0);
	ck_assert_int_eq(w.rc, TPM_SUCCESS);
	wr_number(&w, 0, 1);
	ck_assert_int_eq(w.rc, TPM_SIZE);
}
END_TEST

START_TEST(bools_and_blobs)
{
	static const uint8_t want[] = { 1, 0, 0, 0, 0, 2, 1, 2, 0, 0, 0, 0 };
	const struct tpm_bytes two = { count, 2 }, none = { NULL, 0 };
	const bool yes = true, no = false;
	uint8_t out[sizeof(want)];
	struct wr w = wr_over(out, sizeof(out));

	wr_bool(&w, &yes);
	wr_bool(&w, &no);
	wr_blob(&w, &two);
	wr_blob(&w, &none);
	ck_assert_int_eq(w.rc, TPM_SUCCESS);
	ck_assert_uint_eq(wr_left(&w), 0);
	ck_assert_mem_eq(out, want, sizeof(want));
}
END_TEST

START_TEST(a_blob_with_a_shorter_size)
{
	static const uint8_t want[] = { 0, 2, 1, 2, 0, 0 };
	static uint8_t large[UINT16_MAX + 1];
	static uint8_t out[sizeof(large) + 2];
	const struct tpm_bytes two = { count, 2 }, none = { NULL, 0 };
	const struct tpm_bytes much = { large, sizeof(large) };
	struct wr w = wr_over(out, sizeof(want));

	wr_blob16(&w, &two);
	wr_blob16(&w, &none);
	ck_assert_int_eq(w.rc, TPM_SUCCESS);
	ck_assert_uint_eq(wr_left(&w), 0);
	ck_assert_mem_eq(out, want, sizeof(want));
	w = wr_over(out, sizeof(out));
	wr_blob16(&w, &much);
	ck_assert_int_eq(w.rc, TPM_SIZE);
	ck_assert_uint_eq(wr_left(&w), sizeof(out));
}
END_TEST

/* ---- TPM_PCR_SELECTION ---- */

START_TEST(selections_of_up_to_24_registers)
{
	static const uint8_t bytes[] = { 0, 0, 0xff, 0xff, 0xff, 0xff };

	for (unsigned int n = 0; n <= 4; n++) {
		uint8_t in[6], out[6];
		struct tpm_pcr_selection s;
		struct rd r = rd_over(in, 2 + n);
		struct wr w = wr_over(out, sizeof(out));

		memcpy(in, bytes, sizeof(in));
		in[1] = (uint8_t)n;
		rd_pcr_selection(&r, &s);
		if (n > 3) {
			ck_assert_int_eq(rd_done(&r), TPM_INVALID_PCR_INFO);
			ck_assert_uint_eq(s.size, 0);
			continue;
		}
		ck_assert_int_eq(rd_done(&r), TPM_SUCCESS);
		for (unsigned int i = 0; i < TPM_NUM_PCR; i++)
			ck_assert_int_eq(pcr_selected(&s, i), i < 8 * n);
		wr_pcr_selection(&w, &s);
		ck_assert_mem_eq(out, in, 2 + n);
	}
}
END_TEST

START_TEST(unused_bytes_of_a_selection_are_zero)
{
	static const uint8_t one[] = { 0, 1, 0x80 };
	struct tpm_pcr_selection s;
	struct rd r = rd_over(one, sizeof(one));

	memset(&s, 0xff, sizeof(s));
	rd_pcr_selection(&r, &s);
	ck_assert_uint_eq(s.select[0], 0x80);
	ck_assert_uint_eq(s.select[1], 0);
	ck_assert_uint_eq(s.select[2], 0);
}
END_TEST

/* ---- Structures (structures.def) ---- */

/* Of one that is empty, and a byte more. */
#define STRUCTURE_MAX 512

/* A reader and a writer of each, of any type. */
#define STRUCTURE(name, tag)                                           \
	static enum tpm_rc again_##name(const uint8_t *in, size_t len, \
					uint8_t *out, size_t *out_len) \
	{                                                              \
		struct tpm_##name v;                                   \
		struct rd r = rd_over(in, len);                        \
		struct wr w = wr_over(out, STRUCTURE_MAX);             \
                                                                       \
		rd_##name(&r, &v);                                     \
		if (rd_done(&r) == TPM_SUCCESS)                        \
			wr_##name(&w, &v);                             \
		*out_len = (size_t)(w.p - out);                        \
		return rd_done(&r);                                    \
	}                                                              \
	static size_t empty_##name(uint8_t *out)                       \
	{                                                              \
		struct tpm_##name v;                                   \
		struct wr w = wr_over(out, STRUCTURE_MAX);             \
                                                                       \
		memset(&v, 0, sizeof(v));                              \
		wr_##name(&w, &v);                                     \
		ck_assert_int_eq(w.rc, TPM_SUCCESS);                   \
		return (size_t)(w.p - out);                            \
	}
#include "structures.def"

#define STRUCTURE(name, tag) { #name, tag, empty_##name, again_##name },
static const struct {
	const char *name;
	uint16_t tag;
	size_t (*empty)(uint8_t *out);
	enum tpm_rc (*again)(const uint8_t *in, size_t len, uint8_t *out,
			     size_t *out_len);
} structures[] = {
#include "structures.def"
};
#define N_STRUCTURES ((int)(sizeof(structures) / sizeof(*structures)))

START_TEST(a_structure_is_written_as_it_was_read)
{
	uint8_t in[STRUCTURE_MAX], out[STRUCTURE_MAX];
	const size_t len = structures[_i].empty(in);
	size_t again;

	ck_assert_int_eq(structures[_i].again(in, len, out, &again),
			 TPM_SUCCESS);
	ck_assert_uint_eq(again, len);
	ck_assert_mem_eq(in, out, len);
}
END_TEST

START_TEST(a_structure_truncated_at_every_byte)
{
	uint8_t whole[STRUCTURE_MAX], out[STRUCTURE_MAX];
	const size_t len = structures[_i].empty(whole);
	size_t again;

	for (size_t n = 0; n < len; n++) {
		uint8_t *in = malloc(n ? n : 1);

		ck_assert_ptr_nonnull(in);
		memcpy(in, whole, n);
		ck_assert_int_ne(structures[_i].again(in, n, out, &again),
				 TPM_SUCCESS);
		free(in);
	}
}
END_TEST

/* But for those that end in whatever is left. */
START_TEST(a_structure_and_a_byte_more)
{
	uint8_t in[STRUCTURE_MAX], out[STRUCTURE_MAX];
	const size_t len = structures[_i].empty(in);
	const bool open = !strcmp(structures[_i].name, "bound_data") ||
			  !strcmp(structures[_i].name, "msa_composite");
	size_t again;

	ck_assert_int_eq(structures[_i].again(in, len + 1, out, &again),
			 open ? TPM_SUCCESS : TPM_BAD_PARAM_SIZE);
}
END_TEST

START_TEST(a_structure_with_another_tag)
{
	uint8_t in[STRUCTURE_MAX], out[STRUCTURE_MAX];
	const size_t len = structures[_i].empty(in);
	size_t again;

	if (structures[_i].tag == NO_TAG)
		return;
	ck_assert_uint_eq((unsigned int)in[0] << 8 | in[1],
			  structures[_i].tag);
	in[1] ^= 1;
	ck_assert_int_eq(structures[_i].again(in, len, out, &again),
			 TPM_INVALID_STRUCTURE);
}
END_TEST

/* ---- */

static void add_cursors(Suite *s)
{
	TCase *t = tcase_create("reading");

	tcase_add_test(t, numbers_are_big_endian);
	tcase_add_test(t, what_is_cut_off_reads_as_zero_and_stays_so);
	tcase_add_test(t, bytes_left_over_are_not_done);
	tcase_add_test(t, the_first_failure_counts);
	tcase_add_test(t, a_bool_is_0_or_1);
	tcase_add_test(t, a_bool_that_is_not_there);
	tcase_add_test(t, bytes_are_borrowed);
	tcase_add_test(t, bytes_that_do_not_fit_are_zeros);
	tcase_add_test(t, nothing_is_read_from_nowhere);
	tcase_add_test(t, a_blob_has_its_size_in_front);
	tcase_add_test(t, a_blob_that_is_larger_than_the_message);
	suite_add_tcase(s, t);
	t = tcase_create("writing");
	tcase_add_test(t, what_is_written_is_what_was_read);
	tcase_add_test(t, what_does_not_fit_is_not_written_nor_what_follows);
	tcase_add_test(t, nothing_fits_nowhere);
	tcase_add_test(t, bools_and_blobs);
	tcase_add_test(t, a_blob_with_a_shorter_size);
	suite_add_tcase(s, t);
}

static void add_structures(Suite *s)
{
	TCase *t = tcase_create("structures");

	tcase_add_test(t, selections_of_up_to_24_registers);
	tcase_add_test(t, unused_bytes_of_a_selection_are_zero);
	tcase_add_loop_test(t, a_structure_is_written_as_it_was_read, 0,
			    N_STRUCTURES);
	tcase_add_loop_test(t, a_structure_truncated_at_every_byte, 0,
			    N_STRUCTURES);
	tcase_add_loop_test(t, a_structure_and_a_byte_more, 0, N_STRUCTURES);
	tcase_add_loop_test(t, a_structure_with_another_tag, 0, N_STRUCTURES);
	suite_add_tcase(s, t);
}

int main(void)
{
	Suite *s = suite_create("wire");

	add_cursors(s);
	add_structures(s);
	return suite_run(s);
}
