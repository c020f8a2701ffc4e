/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers' rules (emulator/pcr.c) that no command shows by itself. */
#include <check.h>

#include "machine.h"
#include "pcr.h"
#include "primitives.h"
#include "suite.h"
#include "tpm.h"

static struct machine *m;

static void setup(void)
{
	m = machine_started();
}

static void teardown(void)
{
	machine_free(m);
}

static const struct tpm_digest digest = { "a measurement, so mu" };

static bool holds(unsigned int i, uint8_t byte)
{
	const uint8_t *value = m->tpm->s.stclear.pcr.value[i].b;
	bool all = true;

	for (unsigned int k = 0; k < TPM_SHA1_SIZE; k++)
		all = all && value[k] == byte;
	return all;
}

static bool is_launch_register(unsigned int i)
{
	return i >= 17 && i <= 22;
}

START_TEST(there_are_24_with_attributes_for_five_localities)
{
	ck_assert_uint_eq(TPM_NUM_PCR, 24);
	for (unsigned int i = 0; i < TPM_NUM_PCR; i++) {
		const struct pcr_attributes *a = pcr_attributes(i);

		ck_assert_uint_eq(a->extend_localities & ~0x1fu, 0);
		ck_assert_uint_eq(a->reset_localities & ~0x1fu, 0);
		ck_assert_uint_ne(a->extend_localities, 0);
		ck_assert_int_eq(a->reset_localities != 0, i >= 16);
	}
}
END_TEST

/* TOSPresent: there was a dynamic launch, and its registers begin with 0. */
START_TEST(a_launch_makes_the_difference)
{
	for (int present = 0; present < 2; present++) {
		m->tpm->s.stany_flags.TOSPresent = present;
		for (unsigned int i = 16; i < TPM_NUM_PCR; i++) {
			pcr_extend(m->tpm, i, &digest);
			ck_assert(!holds(i, 0) && !holds(i, 0xff));
			pcr_reset(m->tpm, i);
			ck_assert(holds(i, is_launch_register(i) && !present
						   ? 0xff
						   : 0));
		}
	}
}
END_TEST

START_TEST(startup_clear_begins_all_anew)
{
	for (unsigned int i = 0; i < TPM_NUM_PCR; i++)
		pcr_extend(m->tpm, i, &digest);
	pcr_startup_clear(m->tpm);
	for (unsigned int i = 0; i < TPM_NUM_PCR; i++)
		ck_assert(holds(i, is_launch_register(i) ? 0xff : 0));
}
END_TEST

START_TEST(startup_state_begins_the_resettable_anew)
{
	for (unsigned int i = 0; i < TPM_NUM_PCR; i++)
		pcr_extend(m->tpm, i, &digest);
	pcr_startup_state(m->tpm);
	for (unsigned int i = 0; i < TPM_NUM_PCR; i++) {
		if (i < 16)
			ck_assert(!holds(i, 0) && !holds(i, 0xff));
		else
			ck_assert(holds(i, is_launch_register(i) ? 0xff : 0));
	}
}
END_TEST

START_TEST(a_selection_counts_bits_from_the_lowest)
{
	const struct tpm_pcr_selection s = { 3, { 0x01, 0x80, 0x42 } };

	for (unsigned int i = 0; i < TPM_NUM_PCR; i++)
		ck_assert_int_eq(pcr_selected(&s, i),
				 i == 0 || i == 15 || i == 17 || i == 22);
}
END_TEST

/* ---- What is bound to registers ---- */

/* SHA1(TPM_PCR_COMPOSITE), put together by the client. */
START_TEST(a_composite_is_hashed_as_part_2_has_it)
{
	static const uint8_t head[] = { 0, 2, 0x01, 0x04, 0, 0, 0, 40 };
	const struct tpm_pcr_selection s = { 2, { 0x01, 0x04 } };
	const struct tpm_digest *values = m->tpm->s.stclear.pcr.value;
	const struct client_bytes pieces[] = { { head, sizeof(head) },
					       { values[0].b, CLIENT_SHA1 },
					       { values[10].b, CLIENT_SHA1 } };
	struct tpm_digest got;
	uint8_t want[CLIENT_SHA1];

	pcr_extend(m->tpm, 10, &digest);
	client_sha1(pieces, 3, want);
	pcr_composite_hash(m->tpm, &s, &got);
	ck_assert_mem_eq(got.b, want, sizeof(want));
}
END_TEST

START_TEST(no_register_is_hashed_to_zeros)
{
	static const struct tpm_digest none;
	const struct tpm_pcr_selection s = { (uint16_t)_i, { 0 } };
	struct tpm_digest got = digest;

	ck_assert(!pcr_selects_any(&s));
	pcr_composite_hash(m->tpm, &s, &got);
	ck_assert_mem_eq(got.b, none.b, sizeof(none.b));
}
END_TEST

static struct tpm_pcr_info_long long_info(void)
{
	struct tpm_pcr_info_long info = {
		.localityAtCreation = 1,
		.localityAtRelease = LOCALITY_ANY,
		.releasePCRSelection = { 3, { 0, 4, 0 } },
	};

	pcr_composite_hash(m->tpm, &info.releasePCRSelection,
			   &info.digestAtRelease);
	return info;
}

START_TEST(registers_come_before_the_locality)
{
	struct tpm_pcr_info_long info = long_info();

	ck_assert_int_eq(pcr_check_release(m->tpm, 0, &info), TPM_SUCCESS);
	info.localityAtRelease = locality_bit(3);
	ck_assert_int_eq(pcr_check_release(m->tpm, 0, &info), TPM_BAD_LOCALITY);
	ck_assert_int_eq(pcr_check_release(m->tpm, 3, &info), TPM_SUCCESS);
	pcr_extend(m->tpm, 10, &digest);
	ck_assert_int_eq(pcr_check_release(m->tpm, 0, &info), TPM_WRONGPCRVAL);
	ck_assert_int_eq(pcr_check_release(m->tpm, 3, &info), TPM_WRONGPCRVAL);
}
END_TEST

/* A digest that nobody could meet means nothing then. */
START_TEST(no_registers_no_digest)
{
	const struct tpm_pcr_info_short info = {
		.pcrSelection = { 3, { 0 } },
		.localityAtRelease = locality_bit(1),
		.digestAtRelease = digest,
	};

	ck_assert_int_eq(pcr_check_short(m->tpm, 1, &info), TPM_SUCCESS);
	ck_assert_int_eq(pcr_check_short(m->tpm, 0, &info), TPM_BAD_LOCALITY);
}
END_TEST

/* By what Part 2 counts: the bytes between members are nobody's. */
static void assert_selection(const struct tpm_pcr_selection *got,
			     const struct tpm_pcr_selection *want)
{
	ck_assert_uint_eq(got->size, want->size);
	ck_assert_mem_eq(got->select, want->select, sizeof(want->select));
}

/* Both ways, nothing gets lost. */
START_TEST(the_older_structure_fits_into_the_newer)
{
	const struct tpm_pcr_info old = {
		.pcrSelection = { 2, { 1, 2 } },
		.digestAtRelease = { "how it shall be then" },
		.digestAtCreation = { "how it was, and when" },
	};
	struct tpm_pcr_info_long info;
	struct tpm_pcr_info back;

	pcr_info_to_long(&old, &info);
	ck_assert_uint_eq(info.localityAtRelease, LOCALITY_ANY);
	assert_selection(&info.creationPCRSelection, &old.pcrSelection);
	pcr_info_from_long(&info, &back);
	assert_selection(&back.pcrSelection, &old.pcrSelection);
	ck_assert_mem_eq(back.digestAtRelease.b, old.digestAtRelease.b,
			 sizeof(old.digestAtRelease.b));
	ck_assert_mem_eq(back.digestAtCreation.b, old.digestAtCreation.b,
			 sizeof(old.digestAtCreation.b));
}
END_TEST

START_TEST(how_things_are_when_something_is_made)
{
	struct tpm_pcr_info_long info = long_info();
	struct tpm_digest now;

	info.creationPCRSelection = info.releasePCRSelection;
	pcr_extend(m->tpm, 10, &digest);
	pcr_composite_hash(m->tpm, &info.creationPCRSelection, &now);
	pcr_info_create(m->tpm, 4, &info);
	ck_assert_uint_eq(info.localityAtCreation, 1u << 4);
	ck_assert_mem_eq(&info.digestAtCreation, &now, sizeof(now));
	ck_assert_mem_ne(&info.digestAtRelease, &now, sizeof(now));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pcr");
	TCase *t = tcase_create("pcr");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, there_are_24_with_attributes_for_five_localities);
	tcase_add_test(t, a_launch_makes_the_difference);
	tcase_add_test(t, startup_clear_begins_all_anew);
	tcase_add_test(t, startup_state_begins_the_resettable_anew);
	tcase_add_test(t, a_selection_counts_bits_from_the_lowest);
	tcase_add_test(t, a_composite_is_hashed_as_part_2_has_it);
	tcase_add_loop_test(t, no_register_is_hashed_to_zeros, 0, 4);
	tcase_add_test(t, registers_come_before_the_locality);
	tcase_add_test(t, no_registers_no_digest);
	tcase_add_test(t, the_older_structure_fits_into_the_newer);
	tcase_add_test(t, how_things_are_when_something_is_made);
	suite_add_tcase(s, t);
	return suite_run(s);
}
