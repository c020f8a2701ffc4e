/* SPDX-License-Identifier: BSD-2-Clause */
/* A dynamic launch, as the PC Client TIS tells it. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "constants.h"
#include "machine.h"
#include "ordinals.h"
#include "result.h"
#include "setup.h"
#include "suite.h"
#include "transport.h"

static struct machine *m;

static void setup(void)
{
	m = machine_started();
}

static void teardown(void)
{
	machine_free(m);
}

static const struct tss_digest zeros;
static const struct tss_digest measurement = { "a measurement, so mu" };

static bool is(uint32_t pcr, const struct tss_digest *want)
{
	const struct tss_digest got = pcr_value(m, pcr);

	return !memcmp(got.b, want->b, sizeof(got.b));
}

/* SHA1 of twenty zeros and the SHA1 of the data. */
static struct tss_digest launched(const void *data, size_t len)
{
	struct tss_digest digest, out;

	client_sha1(&(const struct client_bytes){ data, len }, 1, digest.b);
	client_sha1(
		(const struct client_bytes[]){ { zeros.b, sizeof(zeros.b) },
					       { digest.b, sizeof(digest.b) } },
		2, out.b);
	return out;
}

/* Puts something else into the registers 16 to 23. */
static void dirty(void)
{
	for (uint32_t i = 16; i < 24; i++) {
		m->locality = i == 16 || i == 23 ? 0 : 2;
		ck_assert_result(call_extend(m, i, &measurement, NULL), 0);
	}
	m->locality = 0;
}

START_TEST(a_known_answer)
{
	static const struct tss_digest want = {
		{ 0x97, 0xe9, 0x76, 0xe4, 0xf2, 0x2c, 0xd6, 0xd2, 0x4a, 0xfd,
		  0x21, 0x20, 0x85, 0xad, 0x7a, 0x86, 0x64, 0x7f, 0x2a, 0xe5 }
	};

	ck_assert_result(tpm12_hash_start(m->tpm), 0);
	ck_assert_result(tpm12_hash_data(m->tpm, (const uint8_t *)"1234", 4),
			 0);
	ck_assert_result(tpm12_hash_end(m->tpm), 0);
	ck_assert(is(17, &want));
}
END_TEST

START_TEST(start_clears_17_to_22_and_no_other)
{
	const struct tss_digest before[] = { pcr_value(m, 16),
					     pcr_value(m, 23) };

	dirty();
	ck_assert(!is(16, &before[0]) && !is(23, &before[1]));
	ck_assert_result(tpm12_hash_start(m->tpm), 0);
	for (uint32_t i = 17; i <= 22; i++)
		ck_assert(is(i, &zeros));
	ck_assert(!is(16, &zeros) && !is(23, &zeros));
	ck_assert(is(0, &zeros));
}
END_TEST

/* TOSPresent: TPM_PCR_Reset gives zeros from now on, not ones. */
START_TEST(after_a_launch_registers_begin_with_zeros)
{
	ck_assert_result(tpm12_hash_start(m->tpm), 0);
	ck_assert_result(tpm12_hash_end(m->tpm), 0);
	dirty();
	m->locality = 2;
	ck_assert_result(call_pcr_reset(m, 1u << 21), 0);
	ck_assert(is(21, &zeros));
}
END_TEST

/* Lengths around SHA-1's block, in pieces that fit none of them. */
START_TEST(pieces_of_any_length_make_the_same)
{
	static const size_t lengths[] = { 0,  1,   55,	56,  63,  64,
					  65, 127, 128, 129, 200, 4096 };
	const size_t len = lengths[_i];
	uint8_t data[4096];
	struct tss_digest want;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	want = launched(data, len);
	for (size_t piece = 1; piece <= 200; piece += 33) {
		ck_assert_result(tpm12_hash_start(m->tpm), 0);
		for (size_t at = 0; at < len; at += piece)
			ck_assert_result(tpm12_hash_data(m->tpm, data + at,
							 len - at < piece
								 ? len - at
								 : piece),
					 0);
		ck_assert_result(tpm12_hash_data(m->tpm, data, 0), 0);
		ck_assert_result(tpm12_hash_end(m->tpm), 0);
		ck_assert(is(17, &want));
		ck_assert(is(18, &zeros));
	}
}
END_TEST

/* TIS: "PCR[Locality 4]" is zero before it is extended. */
START_TEST(what_is_extended_in_between_does_not_count)
{
	const struct tss_digest want = launched("kernel", 6);

	ck_assert_result(tpm12_hash_start(m->tpm), 0);
	m->locality = 4;
	ck_assert_result(call_extend(m, 17, &measurement, NULL), 0);
	ck_assert_result(tpm12_hash_data(m->tpm, (const uint8_t *)"kernel", 6),
			 0);
	ck_assert_result(tpm12_hash_end(m->tpm), 0);
	ck_assert(is(17, &want));
}
END_TEST

START_TEST(another_start_begins_anew)
{
	const struct tss_digest want = launched("second", 6);

	ck_assert_result(tpm12_hash_start(m->tpm), 0);
	ck_assert_result(tpm12_hash_data(m->tpm, (const uint8_t *)"first", 5),
			 0);
	ck_assert_result(tpm12_hash_start(m->tpm), 0);
	ck_assert_result(tpm12_hash_data(m->tpm, (const uint8_t *)"second", 6),
			 0);
	ck_assert_result(tpm12_hash_end(m->tpm), 0);
	ck_assert(is(17, &want));
}
END_TEST

START_TEST(an_exclusive_transport_session_ends_and_no_other)
{
	static const struct tpm_transport_public pub;
	static const struct tpm_digest auth;
	const uint32_t other = transport_open(m->tpm, &pub, &auth)->handle;

	m->tpm->s.stany_flags.transportExclusive =
		transport_open(m->tpm, &pub, &auth)->handle;
	ck_assert_result(tpm12_hash_start(m->tpm), 0);
	ck_assert_uint_eq(m->tpm->s.stany_flags.transportExclusive, 0);
	ck_assert_uint_eq(transport_count(m->tpm), 1);
	ck_assert_ptr_nonnull(transport_find(m->tpm, other));
}
END_TEST

/* ---- Errors ---- */

static bool failure_mode(void)
{
	return call_extend(m, 0, &measurement, NULL) == TPM_FAILEDSELFTEST;
}

START_TEST(without_power_nothing)
{
	struct tpm *t = tpm12_new(&machine_platform, m);

	ck_assert_result(tpm12_hash_start(t), TPM_FAIL);
	ck_assert_result(tpm12_hash_data(t, (const uint8_t *)"x", 1), TPM_FAIL);
	ck_assert_result(tpm12_hash_end(t), TPM_FAIL);
	ck_assert_result(tpm12_reset_established(t, 4), TPM_FAIL);
	tpm12_free(t);
}
END_TEST

START_TEST(before_startup_it_is_fatal)
{
	setup_not_started(m);
	ck_assert_result(tpm12_hash_start(m->tpm), TPM_INVALID_POSTINIT);
	ck_assert(!tpm12_established(m->tpm));
	ck_assert(failure_mode());
	ck_assert_result(tpm12_hash_start(m->tpm), TPM_FAILEDSELFTEST);
	ck_assert_result(tpm12_hash_data(m->tpm, NULL, 0), TPM_FAILEDSELFTEST);
	ck_assert_result(tpm12_hash_end(m->tpm), TPM_FAILEDSELFTEST);
	ck_assert_result(tpm12_reset_established(m->tpm, 4),
			 TPM_FAILEDSELFTEST);
}
END_TEST

START_TEST(data_and_end_without_a_start_do_nothing)
{
	const struct tss_digest before = pcr_value(m, 17);

	for (int launches = 0; launches < 2; launches++) {
		ck_assert_result(
			tpm12_hash_data(m->tpm, (const uint8_t *)"x", 1),
			TPM_SHA_THREAD);
		ck_assert_result(tpm12_hash_end(m->tpm), TPM_SHA_THREAD);
		ck_assert(!failure_mode());
		if (launches)
			break;
		ck_assert(is(17, &before));
		ck_assert_result(tpm12_hash_start(m->tpm), 0);
		ck_assert_result(tpm12_hash_end(m->tpm), 0);
	}
}
END_TEST

START_TEST(the_power_ends_a_launch)
{
	ck_assert_result(tpm12_hash_start(m->tpm), 0);
	tpm12_power_on(m->tpm);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_CLEAR), 0);
	ck_assert_result(tpm12_hash_end(m->tpm), TPM_SHA_THREAD);
}
END_TEST

/* ---- tpmEstablished ---- */

START_TEST(a_launch_is_remembered_for_ever)
{
	ck_assert(!tpm12_established(m->tpm));
	ck_assert_result(tpm12_hash_start(m->tpm), 0);
	ck_assert(tpm12_established(m->tpm));
	ck_assert(permanent_flag(m, PF_TPM_ESTABLISHED));
	ck_assert(is_stored(m));
	machine_reboot(m);
	ck_assert(tpm12_established(m->tpm));
}
END_TEST

START_TEST(what_is_set_already_is_not_stored_again)
{
	unsigned int stores;

	ck_assert_result(tpm12_hash_start(m->tpm), 0);
	stores = m->stores;
	ck_assert_result(tpm12_hash_start(m->tpm), 0);
	ck_assert_uint_eq(m->stores, stores);
}
END_TEST

START_TEST(a_launch_that_cannot_be_remembered_is_fatal)
{
	m->fail_store = 1;
	ck_assert_result(tpm12_hash_start(m->tpm), TPM_FAIL);
	ck_assert(!tpm12_established(m->tpm));
	ck_assert(failure_mode());
}
END_TEST

START_TEST(localities_3_and_4_forget_it)
{
	const bool allowed = _i == 3 || _i == 4;

	ck_assert_result(tpm12_hash_start(m->tpm), 0);
	ck_assert_result(tpm12_reset_established(m->tpm, (unsigned int)_i),
			 allowed ? 0 : TPM_BAD_LOCALITY);
	ck_assert_int_eq(tpm12_established(m->tpm), !allowed);
	ck_assert(is_stored(m));
	machine_reboot(m);
	ck_assert_int_eq(tpm12_established(m->tpm), !allowed);
}
END_TEST

START_TEST(what_cannot_be_stored_is_not_forgotten)
{
	ck_assert_result(tpm12_hash_start(m->tpm), 0);
	m->fail_store = 1;
	ck_assert_result(tpm12_reset_established(m->tpm, 3), TPM_FAIL);
	ck_assert(tpm12_established(m->tpm));
	ck_assert(!failure_mode());
	ck_assert_result(tpm12_reset_established(m->tpm, 3), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("launch");
	TCase *t = tcase_create("launch");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_known_answer);
	tcase_add_test(t, start_clears_17_to_22_and_no_other);
	tcase_add_test(t, after_a_launch_registers_begin_with_zeros);
	tcase_add_loop_test(t, pieces_of_any_length_make_the_same, 0, 12);
	tcase_add_test(t, what_is_extended_in_between_does_not_count);
	tcase_add_test(t, another_start_begins_anew);
	tcase_add_test(t, an_exclusive_transport_session_ends_and_no_other);
	tcase_add_test(t, without_power_nothing);
	tcase_add_test(t, before_startup_it_is_fatal);
	tcase_add_test(t, data_and_end_without_a_start_do_nothing);
	tcase_add_test(t, the_power_ends_a_launch);
	tcase_add_test(t, a_launch_is_remembered_for_ever);
	tcase_add_test(t, what_is_set_already_is_not_stored_again);
	tcase_add_test(t, a_launch_that_cannot_be_remembered_is_fatal);
	tcase_add_loop_test(t, localities_3_and_4_forget_it, 0, 6);
	tcase_add_test(t, what_cannot_be_stored_is_not_forgotten);
	suite_add_tcase(s, t);
	return suite_run(s);
}
