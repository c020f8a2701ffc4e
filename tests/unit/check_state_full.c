/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TPM in which nothing more has room: what tpm.h and tpm12.h promise of the
 * sizes of its images.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "constants.h"
#include "machine.h"
#include "nv.h"
#include "nv_calls.h"
#include "ordinals.h"
#include "setup.h"
#include "suite.h"
#include "tpm.h"

/* What a limit may be larger than what it is a limit of. */
#define LITTLE 1024u

#define FULL(array) (sizeof(array) / sizeof(*(array)))

/* ---- The longest of each ---- */

static struct tpm_pcr_selection selection(void)
{
	return (struct tpm_pcr_selection){
		.size = TPM_PCR_SELECT_MAX,
		.select = { 0xff, 0xff, 0xff },
	};
}

static void lengthen(struct tpm_key_entry *key)
{
	key->is12 = true;
	key->hasPCRInfo = true;
	key->PCRInfo.creationPCRSelection = selection();
	key->PCRInfo.releasePCRSelection = selection();
	key->e.len = sizeof(key->e.b);
	ck_assert_uint_eq(key->n.len, sizeof(key->n.b));
	ck_assert_uint_eq(key->p.len, sizeof(key->p.b));
}

/* kept: so many are the owner's, the rest is gone with the power. */
static void fill_keys(struct tpm *t, unsigned int kept)
{
	for (unsigned int i = 0; i < FULL(t->s.keys); i++) {
		t->s.keys[i] = t->s.srk;
		t->s.keys[i].handle = 0x01000100 + i;
		t->s.keys[i].keyControl =
			i < kept ? TPM_KEY_CONTROL_OWNER_EVICT : 0;
		lengthen(&t->s.keys[i]);
	}
	lengthen(&t->s.srk);
	lengthen(&t->s.ek.key);
}

static void fill_delegate(struct tpm_delegate_public *pub)
{
	*pub = (struct tpm_delegate_public){
		.pcrInfo.pcrSelection = selection(),
		.permissions.delegateType = 1,
		.familyID = 1,
	};
}

static void fill_tables(struct tpm *t)
{
	for (unsigned int i = 0; i < FULL(t->s.families); i++)
		t->s.families[i].familyID = i + 1;
	for (unsigned int i = 0; i < FULL(t->s.delegates); i++)
		fill_delegate(&t->s.delegates[i].pub);
	for (unsigned int i = 0; i < FULL(t->s.counters); i++)
		t->s.counters[i].valid = true;
	t->s.manuMaintPub.len = sizeof(t->s.manuMaintPub.b);
}

/* One area, since it has the least around its data. */
static void fill_nv(struct machine *m)
{
	ck_assert_result(
		nv_define_plain(m, 0x1000,
				TPM_NV_PER_AUTHREAD | TPM_NV_PER_AUTHWRITE,
				nv_available(m->tpm)),
		0);
	ck_assert_uint_eq(m->tpm->s.nv.len, TPM_NV_SPACE);
}

static void fill_sessions(struct tpm *t)
{
	for (unsigned int i = 0; i < FULL(t->s.sessions); i++) {
		t->s.sessions[i].handle = 0x02000100 + i;
		t->s.sessions[i].protocol = TPM_PID_DSAP;
		fill_delegate(&t->s.sessions[i].delegated);
	}
	for (unsigned int i = 0; i < FULL(t->s.transports); i++)
		t->s.transports[i].handle = 0x04000100 + i;
	for (unsigned int i = 0; i < FULL(t->s.daa); i++) {
		t->s.daa[i].handle = 0x06000100 + i;
		t->s.daa[i].has_scratch = true;
	}
	for (unsigned int i = 0; i < TPM_MAX_CONTEXTS; i++)
		t->s.contexts.contextList.count[i] = i + 1;
	t->s.sha1.active = true;
}

static struct machine *full(unsigned int kept)
{
	struct machine *m = machine_started();

	ck_assert_int_eq(tpm12_make_ek(m->tpm), 0);
	fill_nv(m);
	setup_owner(m);
	fill_keys(m->tpm, kept);
	fill_tables(m->tpm);
	return m;
}

/* ---- */

static const unsigned int kept[] = { TPM_MAX_KEYS, TPM_MAX_KEYS / 2, 0 };

/* By the command that makes the largest image of all. */
START_TEST(all_of_it_is_stored_and_loaded)
{
	struct machine *m = full(kept[_i]);

	ck_assert_result(call(m, ORD_SaveState), 0);
	ck_assert(is_stored(m));
	ck_assert_uint_le(m->image_len, TPM_PERMANENT_MAX);
	ck_assert_uint_lt(TPM_PERMANENT_MAX - m->image_len, LITTLE);
	machine_power_cycle(m);
	ck_assert(is_stored(m));
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), 0);
	for (unsigned int i = 0; i < TPM_MAX_KEYS; i++)
		ck_assert_uint_eq(m->tpm->s.keys[i].handle, 0x01000100 + i);
	machine_free(m);
}
END_TEST

/* Beside it, a failed command's state must come back. */
START_TEST(a_full_tpm_is_left_as_it_was_by_a_store_that_fails)
{
	struct machine *m = full(kept[_i]);
	struct snapshot before, after;

	ck_assert_int_eq(tpm_commit(m->tpm), 0);
	before = snapshot_take(m);
	m->fail_store = 1;
	ck_assert_result(call(m, ORD_SaveState), TPM_FAIL);
	after = snapshot_take(m);
	ck_assert(snapshot_equal(&before, &after));
	snapshot_free(&before);
	snapshot_free(&after);
	machine_free(m);
}
END_TEST

START_TEST(no_limit_of_saved_state_is_a_guess)
{
	struct machine *m = full(0);

	ck_assert_result(call(m, ORD_SaveState), 0);
	ck_assert_uint_lt(TPM_SAVED_MAX - m->tpm->s.saved_len, LITTLE);
	machine_free(m);
}
END_TEST

START_TEST(a_full_tpm_is_taken_over)
{
	struct machine *m = full(0);
	uint8_t *b = malloc(TPM12_VOLATILE_MAX);
	struct snapshot before, after;
	size_t len;

	fill_sessions(m->tpm);
	ck_assert_ptr_nonnull(b);
	ck_assert_int_eq(
		tpm12_save_volatile(m->tpm, b, TPM12_VOLATILE_MAX, &len), 0);
	free(b);
	ck_assert_uint_lt(TPM12_VOLATILE_MAX - len, LITTLE);
	ck_assert_int_eq(tpm_commit(m->tpm), 0);
	before = snapshot_take(m);
	machine_take_over(m);
	after = snapshot_take(m);
	ck_assert(snapshot_equal(&before, &after));
	snapshot_free(&before);
	snapshot_free(&after);
	machine_free(m);
}
END_TEST

/* A TPM is allocated whole: a host has many. */
START_TEST(a_tpm_is_small)
{
	ck_assert_uint_lt(sizeof(struct tpm), (300u - 16u) * 1024u);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("state_full");
	TCase *t = tcase_create("full");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, all_of_it_is_stored_and_loaded, 0, 3);
	tcase_add_loop_test(
		t, a_full_tpm_is_left_as_it_was_by_a_store_that_fails, 0, 3);
	tcase_add_test(t, no_limit_of_saved_state_is_a_guess);
	tcase_add_test(t, a_full_tpm_is_taken_over);
	tcase_add_test(t, a_tpm_is_small);
	suite_add_tcase(s, t);
	return suite_run(s);
}
