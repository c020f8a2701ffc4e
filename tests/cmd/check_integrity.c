/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 16: Integrity Collection and Reporting. */
#include "chapter.h"

#define L(n) (1u << (n))
#define ALL  (L(0) | L(1) | L(2) | L(3) | L(4))

/* The PC Client TIS, table "PCR Attributes": who may, of localities 0 to 4. */
static const struct {
	unsigned int extend;
	unsigned int reset;
} pcrs[] = {
	{ ALL, 0 },
	{ ALL, 0 },
	{ ALL, 0 },
	{ ALL, 0 },
	{ ALL, 0 },
	{ ALL, 0 },
	{ ALL, 0 },
	{ ALL, 0 },
	{ ALL, 0 },
	{ ALL, 0 },
	{ ALL, 0 },
	{ ALL, 0 },
	{ ALL, 0 },
	{ ALL, 0 },
	{ ALL, 0 },
	{ ALL, 0 },
	{ ALL, ALL },
	{ L(2) | L(3) | L(4), L(4) },
	{ L(2) | L(3) | L(4), L(4) },
	{ L(2) | L(3), L(4) },
	{ L(1) | L(2) | L(3), L(2) | L(4) },
	{ L(2), L(2) },
	{ L(2), L(2) },
	{ ALL, ALL },
};
#define N_PCR ((int)(sizeof(pcrs) / sizeof(*pcrs)))

static bool is_launch_register(int i)
{
	return i >= 17 && i <= 22;
}

/* A locality of a mask that is not empty. */
static unsigned int one_of(unsigned int mask)
{
	unsigned int i = 0;

	while (!(mask >> i & 1))
		i++;
	return i;
}

static struct tss_digest hash_of_two(const struct tss_digest *a,
				     const struct tss_digest *b)
{
	struct tss_digest out = { { 0 } };

	client_sha1((const struct client_bytes[]){ { a->b, sizeof(a->b) },
						   { b->b, sizeof(b->b) } },
		    2, out.b);
	return out;
}

/* ---- 16.1 TPM_Extend ---- */

/* SHA1 of 20 bytes of 00 and 20 of FF, then once more with FF. */
START_TEST(known_answers)
{
	static const struct tss_digest once = {
		{ 0xba, 0xc3, 0x7b, 0x84, 0xf0, 0x07, 0xd0, 0x23, 0x8a, 0xf9,
		  0x5a, 0xf7, 0x07, 0xca, 0xc8, 0xd6, 0x12, 0x54, 0x87, 0x0e }
	};
	struct tss_digest out, want;

	ck_assert_result(call_extend(m, 0, &ones, &out), 0);
	want = hash_of_two(&zeros, &ones);
	ck_assert_digest(out, want);
	ck_assert_digest(out, once);
	ck_assert_result(call_extend(m, 0, &ones, &out), 0);
	want = hash_of_two(&want, &ones);
	ck_assert_digest(out, want);
}
END_TEST

START_TEST(one_register_and_no_other)
{
	struct tss_digest out, want, pcr;

	m->locality = one_of(pcrs[_i].extend);
	ck_assert_result(call_extend(m, (uint32_t)_i, &secret_wrong, &out), 0);
	m->locality = 0;
	want = hash_of_two(is_launch_register(_i) ? &ones : &zeros,
			   &secret_wrong);
	ck_assert_digest(out, want);
	for (int i = 0; i < N_PCR; i++) {
		pcr = pcr_value(m, (uint32_t)i);
		if (i == _i)
			ck_assert_digest(pcr, want);
		else
			ck_assert_digest(pcr,
					 is_launch_register(i) ? ones : zeros);
	}
}
END_TEST

START_TEST(localities_that_may_extend_a_register)
{
	const uint32_t pcr = (uint32_t)_i;

	for (m->locality = 0; m->locality < 5; m->locality++) {
		const struct tss_digest before = pcr_value(m, pcr);
		struct tss_digest after;

		if (pcrs[_i].extend >> m->locality & 1) {
			ck_assert_result(call_extend(m, pcr, &ones, NULL), 0);
			continue;
		}
		ck_assert_result(call_extend(m, pcr, &ones, NULL),
				 TPM_BAD_LOCALITY);
		after = pcr_value(m, pcr);
		ck_assert_digest(after, before);
	}
}
END_TEST

START_TEST(registers_that_there_are_not_to_extend)
{
	static const uint32_t none[] = { 24,	     25,	 32,
					 0x18000000, 0x80000000, 0xffffffff };

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		ck_assert_result(call_extend(m, none[i], &ones, NULL),
				 TPM_BADINDEX);
}
END_TEST

/* What is measured while the TPM is off must not be lost, or told. */
START_TEST(a_tpm_that_is_off_measures_in_silence)
{
	struct tss_digest out;

	if (_i)
		setup_disabled(m);
	else
		setup_deactivated(m);
	ck_assert_result(call_extend(m, 5, &secret_wrong, &out), 0);
	ck_assert_digest(out, zeros);
}
END_TEST

START_TEST(what_was_measured_while_off_is_there_when_on)
{
	struct tss_digest pcr, want;

	setup_presence(m);
	ck_assert_result(call(m, ORD_PhysicalDisable), 0);
	ck_assert_result(call_extend(m, 5, &ones, NULL), 0);
	ck_assert_result(call(m, ORD_PhysicalEnable), 0);
	pcr = pcr_value(m, 5);
	want = hash_of_two(&zeros, &ones);
	ck_assert_digest(pcr, want);
}
END_TEST

START_TEST(a_register_is_not_permanent_state)
{
	const unsigned int stores = m->stores;

	ck_assert_result(call_extend(m, 0, &ones, NULL), 0);
	ck_assert_uint_eq(m->stores, stores);
}
END_TEST

/* ---- 16.2 TPM_PCRRead ---- */

START_TEST(any_register_to_any_locality)
{
	for (m->locality = 0; m->locality < 5; m->locality++) {
		const struct tss_digest pcr = pcr_value(m, (uint32_t)_i);

		ck_assert_digest(pcr, is_launch_register(_i) ? ones : zeros);
	}
}
END_TEST

START_TEST(registers_that_there_are_not_to_read)
{
	static const uint32_t none[] = { 24,	     25,	 32,
					 0x18000000, 0x80000000, 0xffffffff };

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		ck_assert_result(call_pcr_read(m, none[i], NULL), TPM_BADINDEX);
}
END_TEST

START_TEST(a_tpm_that_is_off_is_not_read)
{
	setup_deactivated(m);
	ck_assert_result(call_pcr_read(m, 0, NULL), TPM_DEACTIVATED);
	setup_disabled(m);
	ck_assert_result(call_pcr_read(m, 0, NULL), TPM_DISABLED);
}
END_TEST

/* ---- 16.4 TPM_PCR_Reset ---- */

/* Extends what may be extended, so that every reset shows. */
static void extend_all(void)
{
	for (int i = 0; i < N_PCR; i++) {
		m->locality = one_of(pcrs[i].extend);
		ck_assert_result(
			call_extend(m, (uint32_t)i, &secret_wrong, NULL), 0);
	}
	m->locality = 0;
}

START_TEST(localities_that_may_reset_a_register)
{
	extend_all();
	for (m->locality = 0; m->locality < 5; m->locality++) {
		const struct tss_digest before = pcr_value(m, (uint32_t)_i);
		const uint32_t result = call_pcr_reset(m, 1u << _i);
		const struct tss_digest after = pcr_value(m, (uint32_t)_i);

		if (pcrs[_i].reset >> m->locality & 1) {
			ck_assert_result(result, 0);
			ck_assert_digest(after,
					 is_launch_register(_i) ? ones : zeros);
			continue;
		}
		ck_assert_result(result, pcrs[_i].reset ? TPM_NOTLOCAL
							: TPM_NOTRESETABLE);
		ck_assert_digest(after, before);
	}
}
END_TEST

START_TEST(several_at_once)
{
	struct tss_digest pcr;

	extend_all();
	ck_assert_result(call_pcr_reset(m, 1u << 16 | 1u << 23), 0);
	for (uint32_t i = 16; i < 24; i++) {
		pcr = pcr_value(m, i);
		if (i == 16 || i == 23)
			ck_assert_digest(pcr, zeros);
		else
			ck_assert_mem_ne(pcr.b, ones.b, sizeof(ones.b));
	}
}
END_TEST

START_TEST(all_or_none)
{
	struct tss_digest before, after;

	extend_all();
	before = pcr_value(m, 23);
	ck_assert_result(call_pcr_reset(m, 1u << 23 | 1u << 0),
			 TPM_NOTRESETABLE);
	ck_assert_result(call_pcr_reset(m, 1u << 16 | 1u << 17), TPM_NOTLOCAL);
	ck_assert_result(call_pcr_reset(m, 0xffffff), TPM_NOTRESETABLE);
	after = pcr_value(m, 23);
	ck_assert_digest(after, before);
}
END_TEST

static uint32_t reset_selection(unsigned int size, const void *select,
				size_t len)
{
	struct tss_command c;

	tss_begin(&c, ORD_PCR_Reset);
	tss_put_u16(&c, size);
	tss_put_bytes(&c, select, len);
	return machine_run(m, &c);
}

START_TEST(selections_that_select_nothing)
{
	ck_assert_result(reset_selection(0, "", 0), TPM_INVALID_PCR_INFO);
	ck_assert_result(reset_selection(1, "\0", 1), TPM_INVALID_PCR_INFO);
	ck_assert_result(reset_selection(2, "\0\0", 2), TPM_INVALID_PCR_INFO);
	ck_assert_result(reset_selection(3, "\0\0\0", 3), TPM_INVALID_PCR_INFO);
}
END_TEST

START_TEST(selections_of_more_than_there_are)
{
	ck_assert_result(reset_selection(4, "\0\0\x80\0", 4),
			 TPM_INVALID_PCR_INFO);
	ck_assert_result(reset_selection(4, "\0\0\x80\x01", 4),
			 TPM_INVALID_PCR_INFO);
	ck_assert_result(reset_selection(0xffff, "\0\0\x80", 3),
			 TPM_INVALID_PCR_INFO);
}
END_TEST

START_TEST(selections_that_are_short)
{
	ck_assert_result(reset_selection(1, "\x01", 1), TPM_NOTRESETABLE);
	ck_assert_result(reset_selection(3, "\0\0", 2), TPM_BAD_PARAM_SIZE);
	ck_assert_result(reset_selection(2, "\0\0\x80", 3), TPM_BAD_PARAM_SIZE);
}
END_TEST

START_TEST(a_tpm_that_is_off_resets)
{
	if (_i)
		setup_disabled(m);
	else
		setup_deactivated(m);
	ck_assert_result(call_pcr_reset(m, 1u << 23), 0);
}
END_TEST

/* ---- */

static void add_extend(Suite *s)
{
	TCase *t = section(s, "16.1 TPM_Extend");

	tcase_add_test(t, known_answers);
	tcase_add_loop_test(t, one_register_and_no_other, 0, N_PCR);
	tcase_add_loop_test(t, localities_that_may_extend_a_register, 0, N_PCR);
	tcase_add_test(t, registers_that_there_are_not_to_extend);
	tcase_add_loop_test(t, a_tpm_that_is_off_measures_in_silence, 0, 2);
	tcase_add_test(t, what_was_measured_while_off_is_there_when_on);
	tcase_add_test(t, a_register_is_not_permanent_state);
}

static void add_reset(Suite *s)
{
	TCase *t = section(s, "16.4 TPM_PCR_Reset");

	tcase_add_loop_test(t, localities_that_may_reset_a_register, 0, N_PCR);
	tcase_add_test(t, several_at_once);
	tcase_add_test(t, all_or_none);
	tcase_add_test(t, selections_that_select_nothing);
	tcase_add_test(t, selections_of_more_than_there_are);
	tcase_add_test(t, selections_that_are_short);
	tcase_add_loop_test(t, a_tpm_that_is_off_resets, 0, 2);
}

int main(void)
{
	Suite *s = suite_create("integrity");
	TCase *t;

	add_extend(s);
	t = section(s, "16.2 TPM_PCRRead");
	tcase_add_loop_test(t, any_register_to_any_locality, 0, N_PCR);
	tcase_add_test(t, registers_that_there_are_not_to_read);
	tcase_add_test(t, a_tpm_that_is_off_is_not_read);
	add_reset(s);
	return suite_run(s);
}
