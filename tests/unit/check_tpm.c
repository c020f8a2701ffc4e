/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM's life as tpm12.h tells it, by those who own one. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "constants.h"
#include "machine.h"
#include "ordinals.h"
#include "result.h"
#include "setup.h"
#include "suite.h"

/* The nth block from now is not to be had (--wrap); 0: all are. */
static unsigned int fail_alloc;

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
	if (fail_alloc && !--fail_alloc)
		return NULL;
	return __real_calloc(n, size);
}

static const struct tss_digest nonce = { "not seen before, so" };

/* A machine whose TPM has no state yet. */
static struct machine *empty(void)
{
	struct machine *m = machine_new();

	tpm12_free(m->tpm);
	m->tpm = tpm12_new(&machine_platform, m);
	ck_assert_ptr_nonnull(m->tpm);
	m->stores = 0;
	return m;
}

/* ---- Birth ---- */

START_TEST(no_memory_no_tpm)
{
	for (unsigned int n = 1; n <= 2; n++) {
		fail_alloc = n;
		ck_assert_ptr_null(tpm12_new(&machine_platform, NULL));
		ck_assert_uint_eq(fail_alloc, 0);
	}
}
END_TEST

START_TEST(none_is_freed_too)
{
	tpm12_free(NULL);
}
END_TEST

START_TEST(a_new_tpm_does_nothing)
{
	struct machine *m = empty();

	ck_assert(!tpm12_needs_ek(m->tpm));
	ck_assert_int_eq(tpm12_make_ek(m->tpm), 0);
	tpm12_power_on(m->tpm);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_CLEAR), TPM_FAIL);
	ck_assert_result(call(m, ORD_GetTestResult), TPM_FAIL);
	ck_assert_uint_eq(m->stores, 0);
	machine_free(m);
}
END_TEST

START_TEST(manufactured_once)
{
	struct machine *m = empty();

	ck_assert_int_eq(tpm12_manufacture(m->tpm), 0);
	ck_assert_uint_eq(m->stores, 1);
	ck_assert_int_eq(tpm12_manufacture(m->tpm), -EALREADY);
	ck_assert_int_eq(tpm12_load(m->tpm, m->image, m->image_len), -EALREADY);
	ck_assert_uint_eq(m->stores, 1);
	machine_free(m);
}
END_TEST

START_TEST(manufactured_and_off)
{
	struct machine *m = empty();

	ck_assert_int_eq(tpm12_manufacture(m->tpm), 0);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_CLEAR), TPM_FAIL);
	tpm12_power_on(m->tpm);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_CLEAR), 0);
	machine_free(m);
}
END_TEST

START_TEST(no_store_no_manufacture)
{
	struct machine *m = empty();

	m->fail_store = 1;
	ck_assert_int_eq(tpm12_manufacture(m->tpm), -EIO);
	ck_assert(!tpm12_needs_ek(m->tpm));
	tpm12_power_on(m->tpm);
	ck_assert_result(call(m, ORD_GetTestResult), TPM_FAIL);
	ck_assert_int_eq(tpm12_manufacture(m->tpm), 0);
	machine_free(m);
}
END_TEST

START_TEST(no_random_bytes_no_manufacture)
{
	struct machine *m = empty();

	m->fail_random = 1;
	ck_assert_int_eq(tpm12_manufacture(m->tpm), -EIO);
	ck_assert_uint_eq(m->stores, 0);
	m->fail_random = 0;
	ck_assert_int_eq(tpm12_manufacture(m->tpm), 0);
	machine_free(m);
}
END_TEST

/* ---- The endorsement key ---- */

START_TEST(a_promised_key_is_made_and_stored_once)
{
	struct machine *m = machine_started();
	const unsigned int stores = m->stores;

	ck_assert(tpm12_needs_ek(m->tpm));
	ck_assert_int_eq(tpm12_make_ek(m->tpm), 0);
	ck_assert(!tpm12_needs_ek(m->tpm));
	ck_assert_uint_eq(m->stores, stores + 1);
	ck_assert_int_eq(tpm12_make_ek(m->tpm), 0);
	ck_assert_uint_eq(m->stores, stores + 1);
	ck_assert_uint_eq(m->primes_taken, 1);
	machine_reboot(m);
	ck_assert(!tpm12_needs_ek(m->tpm));
	machine_free(m);
}
END_TEST

START_TEST(no_primes_no_key)
{
	struct machine *m = machine_started();
	struct snapshot before = snapshot_take(m), after;

	m->no_primes = true;
	ck_assert_int_eq(tpm12_make_ek(m->tpm), -EIO);
	after = snapshot_take(m);
	ck_assert(snapshot_equal(&before, &after));
	ck_assert(tpm12_needs_ek(m->tpm));
	m->no_primes = false;
	ck_assert_int_eq(tpm12_make_ek(m->tpm), 0);
	snapshot_free(&before);
	snapshot_free(&after);
	machine_free(m);
}
END_TEST

START_TEST(a_key_that_was_not_stored_was_not_made)
{
	struct machine *m = machine_started();
	struct snapshot before = snapshot_take(m), after;

	m->fail_store = 1;
	ck_assert_int_eq(tpm12_make_ek(m->tpm), -EIO);
	after = snapshot_take(m);
	ck_assert(snapshot_equal(&before, &after));
	ck_assert(tpm12_needs_ek(m->tpm));
	ck_assert_int_eq(tpm12_make_ek(m->tpm), 0);
	snapshot_free(&before);
	snapshot_free(&after);
	machine_free(m);
}
END_TEST

START_TEST(primes_that_are_none_make_no_key)
{
	struct machine *m = machine_started();

	m->false_primes = true;
	ck_assert_int_eq(tpm12_make_ek(m->tpm), -EIO);
	ck_assert(tpm12_needs_ek(m->tpm));
	ck_assert_result(call_digest(m, ORD_ReadPubek, &nonce), TPM_FAIL);
	machine_free(m);
}
END_TEST

/* ---- What the platform may leave out ---- */

static struct machine *with(struct tpm12_platform platform)
{
	struct machine *m = machine_new();

	tpm12_free(m->tpm);
	m->tpm = tpm12_new(&platform, m);
	ck_assert_ptr_nonnull(m->tpm);
	ck_assert_int_eq(tpm12_manufacture(m->tpm), 0);
	tpm12_power_on(m->tpm);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_CLEAR), 0);
	return m;
}

START_TEST(only_a_clock_and_a_store)
{
	const struct tpm12_platform bare = {
		.clock_us = machine_platform.clock_us,
		.store = machine_platform.store,
	};
	struct machine *m = with(bare);
	struct tss_session a, b;
	size_t len;

	m->present = true;
	ck_assert_result(call_u16(m, ORD_PhysicalPresence,
				  TPM_PHYSICAL_PRESENCE_HW_ENABLE),
			 0);
	ck_assert_result(call(m, ORD_PhysicalEnable), TPM_BAD_PRESENCE);
	ck_assert_result(tss_oiap(&m->tss, &a), 0);
	ck_assert_result(tss_oiap(&m->tss, &b), 0);
	ck_assert_mem_ne(a.even.b, b.even.b, sizeof(a.even.b));
	ck_assert_result(call_u32(m, ORD_GetRandom, 32), 0);
	ck_assert_ptr_nonnull(tss_get_blob(&m->answer, &len));
	ck_assert_uint_eq(len, 32);
	ck_assert_result(call_digest(m, ORD_ReadPubek, &nonce), 0);
	ck_assert_uint_eq(m->primes_taken, 0);
	machine_free(m);
}
END_TEST

START_TEST(who_has_no_patience_gets_no_key)
{
	struct tpm12_platform slow = machine_platform;
	struct machine *m;

	slow.rsa_primes = NULL;
	m = with(slow);
	m->impatient = true;
	ck_assert_result(call_digest(m, ORD_ReadPubek, &nonce), TPM_FAIL);
	ck_assert(tpm12_needs_ek(m->tpm));
	ck_assert_result(call_pcr_read(m, 0, NULL), 0);
	machine_free(m);
}
END_TEST

/* ---- Several, and again ---- */

START_TEST(two_tpms_know_nothing_of_each_other)
{
	struct machine *a = machine_started(), *b = machine_started();
	struct snapshot before = snapshot_take(b), after;

	setup_owner(a);
	ck_assert_result(call_extend(a, 0, &nonce, NULL), 0);
	ck_assert_result(call(a, ORD_OIAP), 0);
	setup_failed(a);
	after = snapshot_take(b);
	ck_assert(snapshot_equal(&before, &after));
	ck_assert_result(call_pcr_read(b, 0, NULL), 0);
	snapshot_free(&before);
	snapshot_free(&after);
	machine_free(a);
	machine_free(b);
}
END_TEST

/* A reset without the process going: as with new power. */
START_TEST(powered_on_twice)
{
	static const struct tss_digest zeros;
	struct machine *m = machine_started();
	struct tss_session s;

	ck_assert_result(call_extend(m, 0, &nonce, NULL), 0);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	tpm12_power_on(m->tpm);
	ck_assert_result(call_pcr_read(m, 0, NULL), TPM_INVALID_POSTINIT);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_CLEAR), 0);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_AUTHSESS),
			  property(m, TPM_CAP_PROP_MAX_AUTHSESS));
	ck_assert_mem_eq(pcr_value(m, 0).b, zeros.b, sizeof(zeros.b));
	machine_free(m);
}
END_TEST

START_TEST(a_launch_does_not_outlast_power)
{
	static const struct tss_digest zeros;
	struct machine *m = machine_started();

	setup_launched(m);
	tpm12_power_on(m->tpm);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_CLEAR), 0);
	ck_assert_mem_ne(pcr_value(m, 17).b, zeros.b, sizeof(zeros.b));
	machine_free(m);
}
END_TEST

/* ---- */

int main(void)
{
	Suite *s = suite_create("tpm");
	TCase *t = tcase_create("tpm");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, no_memory_no_tpm);
	tcase_add_test(t, none_is_freed_too);
	tcase_add_test(t, a_new_tpm_does_nothing);
	tcase_add_test(t, manufactured_once);
	tcase_add_test(t, manufactured_and_off);
	tcase_add_test(t, no_store_no_manufacture);
	tcase_add_test(t, no_random_bytes_no_manufacture);
	tcase_add_test(t, a_promised_key_is_made_and_stored_once);
	tcase_add_test(t, no_primes_no_key);
	tcase_add_test(t, a_key_that_was_not_stored_was_not_made);
	tcase_add_test(t, primes_that_are_none_make_no_key);
	tcase_add_test(t, only_a_clock_and_a_store);
	tcase_add_test(t, who_has_no_patience_gets_no_key);
	tcase_add_test(t, two_tpms_know_nothing_of_each_other);
	tcase_add_test(t, powered_on_twice);
	tcase_add_test(t, a_launch_does_not_outlast_power);
	suite_add_tcase(s, t);
	return suite_run(s);
}
