/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The volatile state in its two slots: the death of a process at any instant
 * leaves the newest or the one before, which nobody had seen replaced; what
 * could not be kept does not let an older one come back.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "faults.h"
#include "store.h"
#include "suite.h"

#define SLOT_SIZE (128 * 1024)

static const uint8_t key[SEAL_KEY_SIZE] = "a key of thirty-two bytes, no 0";

static struct store *store;
static int dir_fd, live_fd;

static void open_for(uint32_t instance, uint32_t domid)
{
	dir_fd = open("/tmp", O_RDONLY | O_DIRECTORY);
	/* As for a worker, which gets a description of its own. */
	ck_assert_int_eq(
		store_open(&store, dir_fd, live_fd, key, instance, domid), 0);
}

static void close_it(void)
{
	store_close(store);
	close(dir_fd);
}

static void reopen(void)
{
	close_it();
	open_for(1, 7);
}

static void setup(void)
{
	faults_arm(FAULTS_ANY, 0, 0);
	/* Where such files are kept, in /run, and with room for them. */
	live_fd = memfd_create("live", MFD_CLOEXEC);
	ck_assert_int_ge(live_fd, 0);
	open_for(1, 7);
}

static void teardown(void)
{
	close_it();
	close(live_fd);
}

static void empty_file(void)
{
	ck_assert_int_eq(ftruncate(live_fd, 0), 0);
	reopen();
}

/* State number n, of a length of its own. */
static size_t state(unsigned int n, uint8_t buf[8000])
{
	const size_t len = 100 + 61 * (size_t)n;

	memset(buf, (int)n, len);
	return len;
}

static int save(unsigned int n)
{
	uint8_t buf[8000];

	return store_live_save(store, buf, state(n, buf));
}

/* The number of the state that is there, or the error. */
static int load(void)
{
	uint8_t buf[8000], want[8000];
	size_t len = 0;
	int r = store_live_load(store, buf, sizeof(buf), &len);

	if (r)
		return r;
	ck_assert_uint_ge(len, 100);
	ck_assert_uint_eq(len, state(buf[0], want));
	ck_assert_mem_eq(buf, want, len);
	return buf[0];
}

START_TEST(the_newest_comes_back)
{
	int n;

	ck_assert_int_eq(load(), -ENOENT);
	for (n = 1; n < 20; n++) {
		ck_assert_int_eq(save((unsigned int)n), 0);
		ck_assert_int_eq(load(), n);
		/* Worker after worker, and none ever the first again. */
		if (n % 3 == 0)
			reopen();
		ck_assert_int_eq(load(), n);
	}
}
END_TEST

START_TEST(the_largest_state_fits)
{
	const size_t max = SLOT_SIZE - SEAL_OVERHEAD;
	uint8_t *buf = calloc(1, max + 1), *back = calloc(1, max);
	size_t len, i;

	for (i = 0; i < 3; i++) {
		memset(buf, (int)i, max);
		ck_assert_int_eq(store_live_save(store, buf, max), 0);
	}
	reopen();
	ck_assert_int_eq(store_live_load(store, back, max, &len), 0);
	ck_assert_uint_eq(len, max);
	ck_assert_int_eq(memcmp(back, buf, max), 0);
	ck_assert_int_eq(store_live_save(store, buf, max + 1), -EFBIG);
	free(buf);
	free(back);
}
END_TEST

START_TEST(a_small_buffer_gets_the_newest_or_nothing)
{
	uint8_t buf[8000];
	size_t len;

	ck_assert_int_eq(save(1), 0);
	ck_assert_int_eq(save(9), 0);
	ck_assert_int_eq(store_live_load(store, buf, 300, &len), -ENOBUFS);
	ck_assert_int_eq(save(1), 0);
	ck_assert_int_eq(save(1), 0);
	ck_assert_int_eq(store_live_load(store, buf, 300, &len), 0);
}
END_TEST

/* Empty states too: a state of no bytes is not no state. */
START_TEST(an_empty_state_is_one)
{
	uint8_t buf[1] = { 0 };
	size_t len = 99;

	ck_assert_int_eq(store_live_save(store, buf, 0), 0);
	ck_assert_int_eq(store_live_load(store, buf, 1, &len), 0);
	ck_assert_uint_eq(len, 0);
}
END_TEST

/* The process dies within the n'th save. */
START_TEST(death_leaves_the_newest_or_the_one_before)
{
	const int n = _i;
	unsigned int nth;
	int i, got;

	for (nth = 1;; nth++) {
		empty_file();
		for (i = 1; i < n; i++)
			ck_assert_int_eq(save((unsigned int)i), 0);
		faults_arm(FAULTS_ANY, nth, FAULTS_DEATH);
		save((unsigned int)n);
		if (!faults_disarm())
			break;
		reopen();
		got = load();
		if (n == 1)
			ck_assert(got == -ENOENT || got == n);
		else
			ck_assert(got == n - 1 || got == n);
		/* Life goes on. */
		ck_assert_int_eq(save(50), 0);
		ck_assert_int_eq(save(51), 0);
		reopen();
		ck_assert_int_eq(load(), 51);
	}
	ck_assert_uint_gt(nth, 2);
}
END_TEST

static const int errors[] = { ENOSPC, EIO };

/* The guest has seen state n: n - 1 must not come back. */
START_TEST(what_was_not_kept_spoils_what_was_before)
{
	const int n = 1 + _i / 2;
	unsigned int nth;
	int i, got, saved;

	for (nth = 1;; nth++) {
		empty_file();
		for (i = 1; i < n; i++)
			ck_assert_int_eq(save((unsigned int)i), 0);
		faults_arm(FAULTS_PWRITE, nth, errors[_i % 2]);
		saved = save((unsigned int)n);
		if (!faults_disarm())
			break;
		ck_assert_int_eq(saved, -errors[_i % 2]);
		reopen();
		got = load();
		ck_assert(got == -EBADMSG || (n == 1 && got == -ENOENT));
		/* The next that is kept counts. */
		ck_assert_int_eq(save(50), 0);
		reopen();
		ck_assert_int_eq(load(), 50);
	}
	ck_assert_uint_eq(nth, 3);
}
END_TEST

START_TEST(a_state_that_is_too_large_spoils_too)
{
	uint8_t *big = calloc(1, SLOT_SIZE);

	ck_assert_int_eq(save(1), 0);
	ck_assert_int_eq(save(2), 0);
	ck_assert_int_eq(store_live_save(store, big, SLOT_SIZE), -EFBIG);
	ck_assert_int_eq(load(), -EBADMSG);
	free(big);
}
END_TEST

START_TEST(short_and_interrupted_writes_go_on)
{
	ck_assert_int_eq(save(1), 0);
	faults_arm(FAULTS_PWRITE, 1, FAULTS_SHORT);
	ck_assert_int_eq(save(2), 0);
	ck_assert(faults_disarm());
	faults_arm(FAULTS_PWRITE, 2, EINTR);
	ck_assert_int_eq(save(3), 0);
	ck_assert(faults_disarm());
	reopen();
	ck_assert_int_eq(load(), 3);
}
END_TEST

/* A slot that cannot be read may be the newest. */
START_TEST(a_failed_read_is_not_made_up_for_by_the_other_slot)
{
	const enum faults_call call = _i < 2 ? FAULTS_PREAD : FAULTS_MEMORY;
	uint8_t buf[8000];
	size_t len;
	int r;

	ck_assert_int_eq(save(1), 0);
	ck_assert_int_eq(save(2), 0);
	ck_assert_int_eq(load(), 2);
	faults_arm(call, 1 + (unsigned int)_i % 2, EIO);
	r = store_live_load(store, buf, sizeof(buf), &len);
	/* pread: one per slot and none at the file's end */
	ck_assert(faults_disarm());
	ck_assert_int_eq(r, _i < 2 ? -EIO : -ENOMEM);
}
END_TEST

/* ---- Files that are not what was written ---- */

static void flip(size_t bit)
{
	uint8_t byte;

	ck_assert_int_eq(pread(live_fd, &byte, 1, (off_t)(bit / 8)), 1);
	byte ^= (uint8_t)(1u << bit % 8);
	ck_assert_int_eq(pwrite(live_fd, &byte, 1, (off_t)(bit / 8)), 1);
}

START_TEST(every_bit_of_the_only_slot_counts)
{
	const size_t len = 161 + SEAL_OVERHEAD;
	size_t bit;

	ck_assert_int_eq(save(1), 0);
	for (bit = 0; bit < 8 * len; bit++) {
		flip(bit);
		ck_assert_int_eq(load(), bit / 32 == 2 ? -ENOTSUP : -EBADMSG);
		flip(bit);
	}
	ck_assert_int_eq(load(), 1);
}
END_TEST

START_TEST(a_file_cut_off_is_damaged)
{
	const int len = 161 + (int)SEAL_OVERHEAD;
	int cut;

	for (cut = 1; cut < len; cut++) {
		empty_file();
		ck_assert_int_eq(save(1), 0);
		ck_assert_int_eq(ftruncate(live_fd, cut), 0);
		ck_assert_int_eq(load(), -EBADMSG);
	}
}
END_TEST

/* One damaged slot may be the one that a dying worker was writing. */
START_TEST(one_whole_slot_is_enough_and_none_is_not)
{
	ck_assert_int_eq(save(1), 0);
	ck_assert_int_eq(save(2), 0);
	flip(8 * 100);
	ck_assert_int_eq(load(), 2);
	flip(8 * (SLOT_SIZE + 100));
	ck_assert_int_eq(load(), -EBADMSG);
	flip(8 * 100);
	ck_assert_int_eq(load(), 1);
}
END_TEST

START_TEST(a_state_of_another_domain_or_vtpm_does_not_open)
{
	ck_assert_int_eq(save(1), 0);
	close_it();
	open_for(_i ? 2 : 1, _i ? 7 : 8);
	ck_assert_int_eq(load(), -EBADMSG);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("live");
	TCase *t = tcase_create("live");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_newest_comes_back);
	tcase_add_test(t, the_largest_state_fits);
	tcase_add_test(t, a_small_buffer_gets_the_newest_or_nothing);
	tcase_add_test(t, an_empty_state_is_one);
	tcase_add_loop_test(t, death_leaves_the_newest_or_the_one_before, 1, 6);
	tcase_add_loop_test(t, what_was_not_kept_spoils_what_was_before, 0, 8);
	tcase_add_test(t, a_state_that_is_too_large_spoils_too);
	tcase_add_test(t, short_and_interrupted_writes_go_on);
	tcase_add_loop_test(
		t, a_failed_read_is_not_made_up_for_by_the_other_slot, 0, 4);
	tcase_add_test(t, every_bit_of_the_only_slot_counts);
	tcase_add_test(t, a_file_cut_off_is_damaged);
	tcase_add_test(t, one_whole_slot_is_enough_and_none_is_not);
	tcase_add_loop_test(t, a_state_of_another_domain_or_vtpm_does_not_open,
			    0, 2);
	suite_add_tcase(s, t);
	return suite_run(s);
}
