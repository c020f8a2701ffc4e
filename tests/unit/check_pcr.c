/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers' rules (emulator/pcr.c) that no command shows by itself. */
#include <check.h>

#include "machine.h"
#include "pcr.h"
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
	suite_add_tcase(s, t);
	return suite_run(s);
}
