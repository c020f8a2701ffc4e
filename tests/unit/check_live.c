/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a worker leaves to the next one: the newest state and the newest answer
 * that count, whatever was under the pen when it died; and files that are not
 * what was written.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults.h"
#include "live.h"
#include "suite.h"

#define DESK_SIZE 8192
#define SLOT_SIZE 36864
#define LIVE_SIZE (DESK_SIZE + 2 * SLOT_SIZE)

static const uint8_t key[SEAL_KEY_SIZE] = "a key of thirty-two bytes, no 0";

static struct live *live;
static int live_fd;
static uint64_t counter; /* of the permanent state that there would be */

static void open_for(uint32_t instance, uint32_t domid)
{
	ck_assert_int_eq(live_open(&live, live_fd, key, instance, domid), 0);
}

static void close_it(void)
{
	live_close(live);
	live = NULL;
}

/* The worker dies and another one comes. */
static void reopen(void)
{
	close_it();
	open_for(1, 7);
}

static void setup(void)
{
	faults_arm(FAULTS_ANY, 0, 0);
	counter = 5;
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
	close_it();
	ck_assert_int_eq(ftruncate(live_fd, 0), 0);
	open_for(1, 7);
}

/* State number n, of a length of its own, into the room. */
static size_t state(unsigned int n, uint8_t *buf)
{
	const size_t len = 100 + 61 * (size_t)n;

	memset(buf, (int)n, len);
	return len;
}

static int save(unsigned int n, size_t answer_len)
{
	return live_save(live, state(n, live_room(live)), answer_len);
}

static int prepare(unsigned int n, size_t answer_len)
{
	return live_prepare(live, state(n, live_room(live)), answer_len,
			    counter + 1);
}

/* The number of the state that is there, or the error. */
static int load(void)
{
	const uint8_t *found = NULL;
	uint8_t want[8000];
	size_t len = 0;
	int r = live_load(live, counter, &found, &len);

	if (r)
		return r;
	ck_assert_uint_ge(len, 100);
	ck_assert_uint_eq(len, state(found[0], want));
	ck_assert_mem_eq(found, want, len);
	return found[0];
}

static int peek(size_t size)
{
	uint8_t buf[8000], want[8000];
	size_t len = 0;
	int r = live_peek(live_fd, key, 1, 7, counter, buf, size, &len);

	if (r)
		return r;
	ck_assert_uint_eq(len, state(buf[0], want));
	ck_assert_mem_eq(buf, want, len);
	return buf[0];
}

/* An answer of len bytes of n lies on the desk. */
static size_t answer(unsigned int n, size_t len)
{
	memset(live_answer(live), (int)n, len);
	return len;
}

static void check_answer(uint64_t number, size_t len, unsigned int n,
			 const char *file, int line)
{
	size_t i, same = 0;

	for (i = 0; i < len; i++)
		same += live_answer(live)[i] == (uint8_t)n;
	if (live_number(live) != number || live_answer_len(live) != len ||
	    same != len)
		ck_abort_msg("%s:%d: answer %u of %zu bytes, %zu of them right",
			     file, line, (unsigned int)live_number(live),
			     live_answer_len(live), same);
}

#define ck_assert_answer(number, len, n) \
	check_answer((number), (len), (n), __FILE__, __LINE__)

/* ---- States ---- */

START_TEST(the_newest_comes_back)
{
	int n;

	ck_assert_int_eq(load(), -ENOENT);
	for (n = 1; n < 20; n++) {
		ck_assert_int_eq(save((unsigned int)n, 0), 0);
		ck_assert_int_eq(load(), n);
		ck_assert_int_eq(peek(8000), n);
		/* Worker after worker, and none ever the first again. */
		if (n % 3 == 0)
			reopen();
		ck_assert_int_eq(load(), n);
	}
}
END_TEST

START_TEST(the_largest_state_fits)
{
	const uint8_t *found;
	size_t len, i;

	for (i = 1; i < 4; i++) {
		memset(live_room(live), (int)i, LIVE_STATE_MAX);
		ck_assert_int_eq(live_save(live, LIVE_STATE_MAX, 0), 0);
	}
	reopen();
	ck_assert_int_eq(live_load(live, counter, &found, &len), 0);
	ck_assert_uint_eq(len, LIVE_STATE_MAX);
	for (i = 0; i < len; i++)
		ck_assert_uint_eq(found[i], 3);
}
END_TEST

/* Empty states too: a state of no bytes is not no state. */
START_TEST(an_empty_state_is_one)
{
	const uint8_t *found;
	size_t len = 99;

	ck_assert_int_eq(live_save(live, 0, 0), 0);
	reopen();
	ck_assert_int_eq(live_load(live, counter, &found, &len), 0);
	ck_assert_uint_eq(len, 0);
}
END_TEST

START_TEST(a_state_as_it_was_is_not_written)
{
	uint8_t *before = malloc(2 * LIVE_SIZE), *after = before + LIVE_SIZE;

	ck_assert_int_eq(save(1, 0), 0);
	ck_assert_int_eq(pread(live_fd, before, LIVE_SIZE, 0), LIVE_SIZE);
	ck_assert_int_eq(save(1, 0), 0);
	if (_i) {
		/* Nor is it by the next worker. */
		reopen();
		ck_assert_int_eq(load(), 1);
		ck_assert_int_eq(save(1, 0), 0);
	}
	ck_assert_int_eq(pread(live_fd, after, LIVE_SIZE, 0), LIVE_SIZE);
	ck_assert_int_eq(memcmp(before, after, LIVE_SIZE), 0);
	free(before);
}
END_TEST

START_TEST(a_small_buffer_gets_no_state_to_see)
{
	ck_assert_int_eq(peek(8000), -ENOENT);
	ck_assert_int_eq(save(9, 0), 0);
	ck_assert_int_eq(peek(300), -ENOBUFS);
	ck_assert_int_eq(peek(8000), 9);
}
END_TEST

/* The pen is in a slot when the process dies. */
START_TEST(one_whole_slot_is_enough)
{
	unsigned int i;
	size_t cut;

	for (cut = 0; cut < 160 + SEAL_OVERHEAD; cut += 7) {
		uint8_t slot[161 + 16 + SEAL_OVERHEAD], junk[sizeof(slot)];
		off_t at = DESK_SIZE;

		empty_file();
		for (i = 0; i < 3; i++)
			ck_assert_int_eq(save(1 + i % 2, 0), 0);
		/* The newest, 1, is in the first slot; 2 is whole. */
		ck_assert_int_eq(pread(live_fd, slot, sizeof(slot), at),
				 (int)sizeof(slot));
		memset(junk, 0x77, sizeof(junk));
		memcpy(junk, slot, cut);
		ck_assert_int_eq(pwrite(live_fd, junk, sizeof(junk), at),
				 (int)sizeof(junk));
		reopen();
		ck_assert_int_eq(load(), 2);
		ck_assert_int_eq(save(50, 0), 0);
		ck_assert_int_eq(save(51, 0), 0);
		reopen();
		ck_assert_int_eq(load(), 51);
	}
}
END_TEST

START_TEST(what_is_given_up_does_not_come_back)
{
	ck_assert_int_eq(save(1, 0), 0);
	ck_assert_int_eq(save(2, 0), 0);
	if (_i == 0)
		live_give_up(live);
	else
		ck_assert_int_eq(live_save(live, LIVE_STATE_MAX + 1, 0),
				 -EFBIG);
	ck_assert_int_eq(load(), -EBADMSG);
	/* The next that is kept counts, though it is what it was. */
	ck_assert_int_eq(save(2, 0), 0);
	reopen();
	ck_assert_int_eq(load(), 2);
}
END_TEST

/* ---- Answers ---- */

START_TEST(an_answer_counts_once_it_is_saved)
{
	ck_assert_int_eq(save(1, 0), 0);
	ck_assert_answer(0, 0, 0);
	ck_assert_int_eq(save(_i ? 2 : 1, answer(9, 40)), 0);
	ck_assert_answer(1, 40, 9);
	reopen();
	ck_assert_int_eq(load(), _i ? 2 : 1);
	ck_assert_answer(1, 40, 9);
	live_published(live);
	ck_assert_answer(1, 0, 0);
	/* What was there is gone. */
	ck_assert_uint_eq(live_answer(live)[0], 0);
	ck_assert_uint_eq(live_answer(live)[39], 0);
	reopen();
	ck_assert_int_eq(load(), _i ? 2 : 1);
	ck_assert_answer(1, 0, 0);
}
END_TEST

START_TEST(numbers_go_on_from_worker_to_worker)
{
	unsigned int n;

	ck_assert_int_eq(save(1, 0), 0);
	for (n = 1; n < 600; n++) {
		ck_assert_int_eq(save(1 + n % 7 / 5, answer(3, 10)), 0);
		ck_assert_uint_eq(live_number(live), n);
		if (n % 3)
			live_published(live);
		if (n % 11 == 0) {
			reopen();
			ck_assert_int_ge(load(), 1);
			ck_assert_uint_eq(live_number(live), n);
		}
	}
}
END_TEST

/* It was begun, and is the next worker's to make. */
START_TEST(an_answer_that_was_not_saved_is_none)
{
	ck_assert_int_eq(save(1, answer(3, 10)), 0);
	live_published(live);
	answer(9, 4000);
	reopen();
	ck_assert_int_eq(load(), 1);
	ck_assert_answer(1, 0, 0);
}
END_TEST

START_TEST(the_largest_answer_fits)
{
	ck_assert_int_eq(save(1, answer(7, LIVE_ANSWER_MAX)), 0);
	reopen();
	ck_assert_int_eq(load(), 1);
	ck_assert_answer(1, LIVE_ANSWER_MAX, 7);
}
END_TEST

/* ---- With permanent state ---- */

START_TEST(what_is_prepared_counts_with_its_permanent_state)
{
	ck_assert_int_eq(save(1, 0), 0);
	ck_assert_int_eq(prepare(2, answer(9, 40)), 0);
	if (_i < 2) {
		/* Dies before or after the permanent state has come. */
		counter += (uint64_t)_i;
	} else {
		counter++;
		live_fulfil(live);
		ck_assert_answer(1, 40, 9);
	}
	reopen();
	ck_assert_int_eq(load(), _i ? 2 : 1);
	ck_assert_answer(_i ? 1u : 0u, _i ? 40u : 0u, 9);
	/* And when more was stored since. */
	counter += 3;
	reopen();
	ck_assert_int_eq(load(), _i ? 2 : 1);
}
END_TEST

/* Its counter goes to another attempt, which has nothing to do with it. */
START_TEST(what_never_came_does_not_come_later)
{
	ck_assert_int_eq(save(1, 0), 0);
	ck_assert_int_eq(prepare(2, answer(9, 40)), 0);
	reopen();
	ck_assert_int_eq(load(), 1);
	counter++;
	reopen();
	ck_assert_int_eq(load(), 1);
	ck_assert_answer(0, 0, 0);
}
END_TEST

/* The store failed, and so the command: another answer. */
START_TEST(what_failed_is_replaced)
{
	ck_assert_int_eq(save(1, 0), 0);
	ck_assert_int_eq(prepare(2, answer(9, 40)), 0);
	ck_assert_int_eq(save(_i ? 3 : 1, answer(8, 10)), 0);
	ck_assert_answer(1, 10, 8);
	reopen();
	ck_assert_int_eq(load(), _i ? 3 : 1);
	ck_assert_answer(1, 10, 8);
	/* Also when that counter is reached. */
	counter++;
	reopen();
	ck_assert_int_eq(load(), _i ? 3 : 1);
	ck_assert_answer(1, 10, 8);
}
END_TEST

START_TEST(one_after_the_other_is_prepared)
{
	unsigned int n;

	ck_assert_int_eq(save(1, 0), 0);
	for (n = 1; n < 30; n++) {
		ck_assert_int_eq(prepare(1 + n % 3, answer(n, 40)), 0);
		counter++;
		if (n % 2)
			live_fulfil(live);
		reopen();
		ck_assert_int_eq(load(), (int)(1 + n % 3));
		ck_assert_answer(n, 40, n);
		live_published(live);
	}
}
END_TEST

START_TEST(too_large_a_state_is_not_prepared)
{
	ck_assert_int_eq(save(1, 0), 0);
	ck_assert_int_eq(live_prepare(live, LIVE_STATE_MAX + 1, 10, 6),
			 -EFBIG);
	reopen();
	ck_assert_int_eq(load(), 1);
	ck_assert_answer(0, 0, 0);
}
END_TEST

/* ---- Files that are not what was written ---- */

START_TEST(room_is_there_before_it_is_needed)
{
	static const int errors[] = { ENOSPC, EIO };
	struct stat st;
	unsigned int nth;
	int r;

	for (nth = 1;; nth++) {
		close_it();
		ck_assert_int_eq(ftruncate(live_fd, 0), 0);
		faults_arm(FAULTS_PWRITE, nth, errors[_i]);
		r = live_open(&live, live_fd, key, 1, 7);
		if (!faults_disarm())
			break;
		ck_assert_int_eq(r, -errors[_i]);
		ck_assert_ptr_null(live);
		open_for(1, 7);
		ck_assert_int_eq(load(), -ENOENT);
	}
	ck_assert_uint_gt(nth, 2);
	ck_assert_int_eq(fstat(live_fd, &st), 0);
	ck_assert_int_eq(st.st_size, LIVE_SIZE);
}
END_TEST

START_TEST(an_open_that_wants_memory_says_so)
{
	unsigned int nth;
	int r;

	for (nth = 1;; nth++) {
		close_it();
		faults_arm(FAULTS_MEMORY, nth, ENOMEM);
		r = live_open(&live, live_fd, key, 1, 7);
		if (!faults_disarm())
			break;
		ck_assert(r == -ENOMEM || r == -EIO);
	}
	ck_assert_int_eq(r, 0);
}
END_TEST

/* A slot that cannot be read may be the newest. */
START_TEST(a_failed_read_is_not_made_up_for_by_the_other_slot)
{
	const enum faults_call call = _i < 2 ? FAULTS_PREAD : FAULTS_MEMORY;

	ck_assert_int_eq(save(1, 0), 0);
	ck_assert_int_eq(save(2, 0), 0);
	ck_assert_int_eq(load(), 2);
	faults_arm(call, 1 + (unsigned int)_i % 2, EIO);
	ck_assert_int_eq(load(), _i < 2 ? -EIO : -ENOMEM);
	ck_assert(faults_disarm());
	ck_assert_int_eq(load(), 2);
}
END_TEST

static void flip(size_t bit)
{
	uint8_t byte;

	ck_assert_int_eq(pread(live_fd, &byte, 1, (off_t)(bit / 8)), 1);
	byte ^= (uint8_t)(1u << bit % 8);
	ck_assert_int_eq(pwrite(live_fd, &byte, 1, (off_t)(bit / 8)), 1);
}

START_TEST(every_bit_of_the_only_slot_counts)
{
	const size_t len = 161 + 16 + SEAL_OVERHEAD;
	size_t bit;
	int want;

	ck_assert_int_eq(save(1, 0), 0);
	for (bit = 0; bit < 8 * len; bit++) {
		flip(8 * (size_t)DESK_SIZE + bit);
		want = bit / 32 == 2 ? -ENOTSUP : -EBADMSG;
		ck_assert_int_eq(load(), want);
		flip(8 * (size_t)DESK_SIZE + bit);
	}
	ck_assert_int_eq(load(), 1);
}
END_TEST

START_TEST(a_file_cut_off_is_damaged)
{
	int cut;

	for (cut = 1; cut < DESK_SIZE + 200; cut += cut < 20 ? 1 : 61) {
		empty_file();
		ck_assert_int_eq(save(1, 0), 0);
		close_it();
		ck_assert_int_eq(ftruncate(live_fd, cut), 0);
		open_for(1, 7);
		ck_assert_int_eq(load(), -EBADMSG);
	}
}
END_TEST

START_TEST(a_later_versions_file_is_told)
{
	ck_assert_int_eq(pwrite(live_fd, "vTPMliv2", 8, 0), 8);
	ck_assert_int_eq(load(), -ENOTSUP);
	ck_assert_int_eq(pwrite(live_fd, "vTPMliv0", 8, 0), 8);
	ck_assert_int_eq(load(), -EBADMSG);
}
END_TEST

/* The desk is not sealed, and says nothing that could do harm. */
START_TEST(a_desk_of_nonsense_has_no_answer)
{
	const uint8_t ff[16] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				 0xff, 0xff, 0xff, 0xff };

	ck_assert_int_eq(save(1, answer(1, 10)), 0);
	/* counts and number; len */
	ck_assert_int_eq(pwrite(live_fd, ff, 16, 8), 16);
	ck_assert_int_eq(pwrite(live_fd, ff, 4, 24), 4);
	reopen();
	ck_assert_int_eq(load(), 1);
	ck_assert_uint_eq(live_answer_len(live), 0);
}
END_TEST

START_TEST(a_state_of_another_domain_or_vtpm_does_not_open)
{
	ck_assert_int_eq(save(1, 0), 0);
	close_it();
	open_for(_i ? 2 : 1, _i ? 7 : 8);
	ck_assert_int_eq(load(), -EBADMSG);
}
END_TEST

/* ---- */

static void add_states(Suite *s)
{
	TCase *t = tcase_create("states");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_newest_comes_back);
	tcase_add_test(t, the_largest_state_fits);
	tcase_add_test(t, an_empty_state_is_one);
	tcase_add_loop_test(t, a_state_as_it_was_is_not_written, 0, 2);
	tcase_add_test(t, a_small_buffer_gets_no_state_to_see);
	tcase_add_test(t, one_whole_slot_is_enough);
	tcase_add_loop_test(t, what_is_given_up_does_not_come_back, 0, 2);
	suite_add_tcase(s, t);
}

static void add_answers(Suite *s)
{
	TCase *t = tcase_create("answers");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, an_answer_counts_once_it_is_saved, 0, 2);
	tcase_add_test(t, numbers_go_on_from_worker_to_worker);
	tcase_add_test(t, an_answer_that_was_not_saved_is_none);
	tcase_add_test(t, the_largest_answer_fits);
	tcase_add_loop_test(t, what_is_prepared_counts_with_its_permanent_state,
			    0, 3);
	tcase_add_test(t, what_never_came_does_not_come_later);
	tcase_add_loop_test(t, what_failed_is_replaced, 0, 2);
	tcase_add_test(t, one_after_the_other_is_prepared);
	tcase_add_test(t, too_large_a_state_is_not_prepared);
	suite_add_tcase(s, t);
}

static void add_damage(Suite *s)
{
	TCase *t = tcase_create("damage");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, room_is_there_before_it_is_needed, 0, 2);
	tcase_add_test(t, an_open_that_wants_memory_says_so);
	tcase_add_loop_test(
		t, a_failed_read_is_not_made_up_for_by_the_other_slot, 0, 4);
	tcase_add_test(t, every_bit_of_the_only_slot_counts);
	tcase_add_test(t, a_file_cut_off_is_damaged);
	tcase_add_test(t, a_later_versions_file_is_told);
	tcase_add_test(t, a_desk_of_nonsense_has_no_answer);
	tcase_add_loop_test(t, a_state_of_another_domain_or_vtpm_does_not_open,
			    0, 2);
	suite_add_tcase(s, t);
}

int main(void)
{
	Suite *s = suite_create("live");

	add_states(s);
	add_answers(s);
	add_damage(s);
	return suite_run(s);
}
