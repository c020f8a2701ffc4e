/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TPM whose disk loses power before and after each change that it makes
 * there, and what was not synced is lost, torn or out of order (disk.h).  What
 * is loaded then is the state of the last command that was answered, or the
 * one that was being stored; never less, never anything else.
 *
 * POWERCUTS is how many cuts there are at each step (the long form has more).
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "disk.h"
#include "nv_calls.h"
#include "ordinals.h"
#include "setup.h"
#include "store.h"
#include "suite.h"
#include "tpm.h"

#define INDEX 0x00011800u
#define AREA  16u
#define ROUNDS 12

static const struct tss_digest ones_digest = { { 1, 1, 1 } };

static const uint8_t key[SEAL_KEY_SIZE] = "a key of thirty-two bytes, no 0";

struct image {
	uint8_t b[MACHINE_IMAGE_MAX];
	size_t len;
};

static struct {
	struct machine *m;
	struct disk *disk;
	struct store *store;
	struct image acked, coming, before;
	bool busy, looking;
	unsigned int per_step, cuts, old, new, never;
	uint64_t seed;
	int last_error;
} rig;

/* ---- What is left after a cut ---- */

static bool is_image(const struct image *i, const uint8_t *state, size_t len)
{
	return i->len && i->len == len && !memcmp(i->b, state, len);
}

/* It can be gone on with, and power may fail again. */
static void check_goes_on(struct disk *left, struct store *s)
{
	static const uint8_t more[] = "a state that comes later";
	struct disk *again;
	struct store *other;
	uint8_t *state;
	size_t len;

	ck_assert_int_eq(store_save(s, more, sizeof(more)), 0);
	again = disk_cut(left, rig.seed++);
	disk_use(again);
	ck_assert_int_eq(store_open(&other, DISK_DIR, key, 1), 0);
	ck_assert_int_eq(store_load(other, &state, &len), 0);
	ck_assert_uint_eq(len, sizeof(more));
	ck_assert_mem_eq(state, more, len);
	free(state);
	store_close(other);
	disk_use(left);
	disk_free(again);
}

static void check_left(struct disk *left)
{
	uint8_t *state = NULL;
	struct store *s;
	size_t len = 0;
	int r;

	ck_assert_int_eq(store_open(&s, DISK_DIR, key, 1), 0);
	r = store_load(s, &state, &len);
	if (r == -ENOENT && !rig.acked.len) {
		rig.never++;
	} else {
		ck_assert_int_eq(r, 0);
		if (is_image(&rig.acked, state, len))
			rig.old++;
		else if (rig.busy && is_image(&rig.coming, state, len))
			rig.new++;
		else
			ck_abort_msg("neither the old state nor the new one");
	}
	free(state);
	if (rig.cuts % 16 == 0)
		check_goes_on(left, s);
	store_close(s);
}

static void cut(void *ctx)
{
	struct disk *left;
	unsigned int i;

	(void)ctx;
	if (rig.looking)
		return;
	rig.looking = true;
	for (i = 0; i < rig.per_step; i++) {
		left = disk_cut(rig.disk, rig.seed++);
		disk_use(left);
		check_left(left);
		disk_use(rig.disk);
		disk_free(left);
		rig.cuts++;
	}
	rig.looking = false;
}

/* ---- The TPM ---- */

static int store(void *ctx, const uint8_t *state, size_t len)
{
	(void)ctx;
	memcpy(rig.coming.b, state, len);
	rig.coming.len = len;
	rig.busy = true;
	rig.last_error = store_save(rig.store, state, len);
	if (!rig.last_error)
		rig.acked = rig.coming;
	rig.busy = false;
	return rig.last_error;
}

static void start(unsigned int per_step)
{
	struct tpm12_platform platform = machine_platform;

	memset(&rig, 0, sizeof(rig));
	rig.per_step = per_step;
	rig.disk = disk_new("new");
	disk_use(rig.disk);
	ck_assert_int_eq(store_open(&rig.store, DISK_DIR, key, 1), 0);
	disk_watch(cut, NULL);
	/* From the first moment of its life, which machine_new is not. */
	rig.m = machine_started();
	tpm12_free(rig.m->tpm);
	platform.store = store;
	rig.m->tpm = tpm12_new(&platform, rig.m);
	ck_assert_ptr_nonnull(rig.m->tpm);
	ck_assert_int_eq(tpm12_manufacture(rig.m->tpm), 0);
	tpm12_power_on(rig.m->tpm);
	ck_assert_result(call_u16(rig.m, ORD_Startup, 1), 0);
	setup_owner(rig.m);
}

static void end(void)
{
	disk_watch(NULL, NULL);
	store_close(rig.store);
	disk_use(NULL);
	disk_free(rig.disk);
	machine_free(rig.m);
}

static uint32_t counter_create(struct machine *m)
{
	struct tss_digest enc;
	struct tss_command c;
	struct tss_session s;

	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_OWNER,
				  TPM_KH_OWNER, &secret_owner),
			 0);
	tss_encrypt(&s, &secret_nv, false, &enc);
	tss_begin(&c, ORD_CreateCounter);
	tss_put_bytes(&c, enc.b, sizeof(enc.b));
	tss_put_bytes(&c, "tick", 4);
	tss_use(&c, &s, &secret_owner, false);
	ck_assert_result(machine_run(m, &c), 0);
	return tss_get_u32(&m->answer);
}

static uint32_t increment(struct machine *m, uint32_t id)
{
	struct tss_command c;
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	tss_begin(&c, ORD_IncrementCounter);
	tss_put_u32(&c, id);
	tss_use(&c, &s, &secret_nv, false);
	return machine_run(m, &c);
}

static uint32_t write_area(struct machine *m, unsigned int n)
{
	uint8_t b[AREA];

	memset(b, (int)n, sizeof(b));
	return nv_write(m, NV_ANYBODY, INDEX, 0, b, sizeof(b));
}

static unsigned int per_step(void)
{
	const char *text = getenv("POWERCUTS");
	const long n = text ? strtol(text, NULL, 10) : 0;

	return n > 0 ? (unsigned int)n : 30;
}

/* ---- */

START_TEST(power_that_fails_takes_nothing_that_was_answered)
{
	unsigned int i, stores;
	uint32_t id;

	start(per_step());
	ck_assert_result(nv_define_plain(rig.m, INDEX, TPM_NV_PER_PPWRITE,
					 AREA),
			 0);
	id = counter_create(rig.m);
	for (i = 1; i <= ROUNDS; i++) {
		ck_assert_result(write_area(rig.m, i), 0);
		ck_assert_result(increment(rig.m, id), 0);
		/* Nothing of it is for ever. */
		stores = rig.cuts;
		ck_assert_result(call_extend(rig.m, 16, &ones_digest, NULL), 0);
		ck_assert_uint_eq(rig.cuts, stores);
	}
	printf("%u cuts of power: the old state %u times, the new one %u, "
	       "none yet %u\n",
	       rig.cuts, rig.old, rig.new, rig.never);
	ck_assert_uint_ge(rig.cuts, 10000);
	ck_assert_uint_gt(rig.old, rig.cuts / 10);
	ck_assert_uint_gt(rig.new, rig.cuts / 10);
	ck_assert_uint_gt(rig.never, 0);
	end();
}
END_TEST

/* What fails is undone, on the disk too, and when it can be it goes on. */
START_TEST(a_disk_that_fails_loses_nothing)
{
	static const int errors[] = { ENOSPC, EIO };
	unsigned int nth, failed = 0;
	uint32_t id, result;

	start(1);
	ck_assert_result(nv_define_plain(rig.m, INDEX, TPM_NV_PER_PPWRITE,
					 AREA),
			 0);
	id = counter_create(rig.m);
	ck_assert_result(write_area(rig.m, 1), 0);
	for (nth = 1;; nth++) {
		rig.before = rig.acked;
		disk_fail(nth, errors[_i]);
		result = nth % 2 ? write_area(rig.m, 100 + nth)
				 : increment(rig.m, id);
		if (!disk_fail(0, 0))
			break;
		if (result) {
			uint8_t *state;
			size_t len;

			failed++;
			ck_assert_result(result, TPM_FAIL);
			/* As it is on the disk now, if power stays. */
			ck_assert_int_eq(store_load(rig.store, &state, &len),
					 0);
			ck_assert(is_image(&rig.before, state, len));
			free(state);
		}
		ck_assert_result(write_area(rig.m, 1), 0);
		ck_assert_result(increment(rig.m, id), 0);
	}
	ck_assert_result(result, 0);
	/* The file's making, write, sync; the rename and its sync. */
	ck_assert_uint_ge(failed, 5);
	end();
}
END_TEST

/* For the figures of what a command costs. */
START_TEST(what_commands_cost)
{
	struct disk_counts cost;
	uint32_t id;

	start(0);
	ck_assert_result(nv_define_plain(rig.m, INDEX, TPM_NV_PER_PPWRITE,
					 AREA),
			 0);
	id = counter_create(rig.m);
	ck_assert_result(increment(rig.m, id), 0);
	disk_count();
	ck_assert_result(write_area(rig.m, 1), 0);
	cost = disk_count();
	printf("an NV write: %u syncs, %zu bytes in %u writes\n", cost.syncs,
	       cost.bytes, cost.writes);
	/* The file, and then its name. */
	ck_assert_uint_eq(cost.syncs, 2);
	ck_assert_uint_le(cost.bytes, 8192);
	ck_assert_result(increment(rig.m, id), 0);
	cost = disk_count();
	printf("a counter's increment: %u syncs, %zu bytes in %u writes\n",
	       cost.syncs, cost.bytes, cost.writes);
	ck_assert_uint_eq(cost.syncs, 2);
	ck_assert_result(call_extend(rig.m, 16, &ones_digest, NULL), 0);
	cost = disk_count();
	ck_assert_uint_eq(cost.syncs, 0);
	ck_assert_uint_eq(cost.changes, 0);
	end();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("powercut");
	TCase *t = tcase_create("power");

	tcase_set_timeout(t, 600);
	tcase_add_test(t, power_that_fails_takes_nothing_that_was_answered);
	tcase_add_loop_test(t, a_disk_that_fails_loses_nothing, 0, 2);
	tcase_add_test(t, what_commands_cost);
	suite_add_tcase(s, t);
	return suite_run(s);
}
