/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is saved with a suspended guest: it comes back as it was or not at all,
 * never beside another permanent state, and is gone once it is removed.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults.h"
#include "store_saved.h"
#include "suite.h"

static const uint8_t key[SEAL_KEY_SIZE] = "a key of thirty-two bytes, no 0";
static const uint8_t guest[STORE_GUEST_SIZE] = "the machine's id";
static const uint8_t older[] = "what the guest had";
static const uint8_t newer[] = "what it had when it was saved again";
static const uint8_t forever[] = "what is for ever";

static char dir[] = "/tmp/check_saved.XXXXXX";
static int top, dir_fd;
static struct store *store;

/* ---- Helpers ---- */

static void open_as(const uint8_t *with_key, uint32_t instance)
{
	dir_fd = openat(top, "1", O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(dir_fd, 0);
	ck_assert_int_eq(store_open(&store, dir_fd, with_key, instance), 0);
}

static void close_it(void)
{
	store_close(store);
	close(dir_fd);
	store = NULL;
}

static void load_permanent(void)
{
	uint8_t *state = NULL;
	size_t len;

	ck_assert_int_eq(store_load(store, &state, &len), 0);
	free(state);
}

/* As the next process does. */
static void reopen(void)
{
	close_it();
	open_as(key, 1);
	load_permanent();
}

static int save_permanent(void)
{
	return store_save(store, forever, sizeof(forever));
}

static int save_older(void)
{
	return store_saved_save(store, guest, older, sizeof(older));
}

static int save_newer(void)
{
	return store_saved_save(store, guest, newer, sizeof(newer));
}

/* 1: older, 2: newer, or the error; with faults on its way. */
static int load_faulty(bool *reached)
{
	uint8_t whose[STORE_GUEST_SIZE] = { 0 }, buf[100];
	size_t len = 0;
	int r = store_saved_load(store, whose, buf, sizeof(buf), &len);

	*reached = faults_disarm();
	if (r)
		return r;
	ck_assert_mem_eq(whose, guest, sizeof(guest));
	if (len == sizeof(older) && !memcmp(buf, older, len))
		return 1;
	ck_assert_uint_eq(len, sizeof(newer));
	ck_assert_mem_eq(buf, newer, len);
	return 2;
}

static int load(void)
{
	bool reached;

	return load_faulty(&reached);
}

static size_t get_file(const char *name, uint8_t *bytes, size_t size)
{
	int fd = openat(top, name, O_RDONLY);
	ssize_t n;

	ck_assert_int_ge(fd, 0);
	n = read(fd, bytes, size);
	ck_assert_int_ge((int)n, 0);
	close(fd);
	return (size_t)n;
}

static void put_file(const char *name, const uint8_t *bytes, size_t len)
{
	int fd = openat(top, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, len), (int)len);
	close(fd);
}

static bool exists(const char *name)
{
	return faccessat(top, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/check_saved.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	top = open(dir, O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(mkdirat(top, "1", 0700), 0);
	faults_arm(FAULTS_ANY, 0, 0);
	open_as(key, 1);
	ck_assert_int_eq(save_permanent(), 0);
}

static void teardown(void)
{
	static const char *const names[] = { "1/permanent", "1/permanent.new",
					     "1/saved", "1/saved.new", "live" };
	size_t i;

	close_it();
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(top, names[i], 0);
	unlinkat(top, "1/saved", AT_REMOVEDIR);
	unlinkat(top, "1", AT_REMOVEDIR);
	close(top);
	ck_assert_int_eq(rmdir(dir), 0);
}

/* ---- ---- */

START_TEST(it_comes_back_until_it_is_removed)
{
	ck_assert_int_eq(load(), -ENOENT);
	ck_assert_int_eq(save_older(), 0);
	ck_assert_int_eq(load(), 1);
	reopen();
	ck_assert_int_eq(load(), 1);
	ck_assert_int_eq(load(), 1);
	ck_assert_int_eq(save_newer(), 0);
	ck_assert_int_eq(load(), 2);
	ck_assert(!exists("1/saved.new"));
	ck_assert_int_eq(store_saved_remove(dir_fd), 0);
	ck_assert_int_eq(load(), -ENOENT);
	ck_assert_int_eq(store_saved_remove(dir_fd), 0);
}
END_TEST

START_TEST(every_size_comes_back)
{
	static const size_t sizes[] = { 0, 1, 4096, 65536, STORE_MAX - 40 };
	uint8_t *state = malloc(STORE_MAX), *back = malloc(STORE_MAX);
	uint8_t whose[STORE_GUEST_SIZE];
	size_t i, len;

	memset(state, 0x5a, STORE_MAX);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		ck_assert_int_eq(
			store_saved_save(store, guest, state, sizes[i]), 0);
		reopen();
		ck_assert_int_eq(
			store_saved_load(store, whose, back, STORE_MAX, &len),
			0);
		ck_assert_uint_eq(len, sizes[i]);
		ck_assert_int_eq(memcmp(state, back, len), 0);
		ck_assert_int_eq(len ? store_saved_load(store, whose, back,
							len - 1, &len)
				     : -ENOBUFS,
				 -ENOBUFS);
	}
	ck_assert_int_eq(store_saved_save(store, guest, state, STORE_MAX - 39),
			 -EFBIG);
	free(state);
	free(back);
}
END_TEST

/* Not beside what was stored since, nor beside what was put back. */
START_TEST(it_belongs_to_one_permanent_state)
{
	uint8_t permanent[200], saved[200];
	size_t permanent_len, saved_len;

	ck_assert_int_eq(save_older(), 0);
	permanent_len = get_file("1/permanent", permanent, sizeof(permanent));
	saved_len = get_file("1/saved", saved, sizeof(saved));
	ck_assert_int_eq(save_permanent(), 0);
	ck_assert_int_eq(load(), -ESTALE);
	reopen();
	ck_assert_int_eq(load(), -ESTALE);
	ck_assert_int_eq(save_newer(), 0);
	ck_assert_int_eq(load(), 2);
	/* Each alone as it was before, and then both. */
	if (_i) {
		put_file("1/saved", saved, saved_len);
		reopen();
		ck_assert_int_eq(load(), -ESTALE);
		put_file("1/permanent", permanent, permanent_len);
	} else {
		put_file("1/permanent", permanent, permanent_len);
		reopen();
		ck_assert_int_eq(load(), -ESTALE);
		put_file("1/saved", saved, saved_len);
	}
	reopen();
	ck_assert_int_eq(load(), 1);
}
END_TEST

/* Whatever it was sealed beside, a store that has seen none does not know. */
START_TEST(without_a_permanent_state_there_is_none)
{
	ck_assert_int_eq(save_older(), 0);
	close_it();
	open_as(key, 1);
	ck_assert_int_eq(load(), -ESTALE);
	ck_assert_int_eq(save_newer(), -EINVAL);
	load_permanent();
	ck_assert_int_eq(load(), 1);
}
END_TEST

static const int errors[] = { EIO, ENOSPC, FAULTS_SHORT, FAULTS_DEATH };

START_TEST(a_failed_save_leaves_the_old_or_the_new)
{
	unsigned int nth;
	int r, which;

	for (nth = 1;; nth++) {
		ck_assert_int_eq(save_older(), 0);
		faults_arm(FAULTS_ANY, nth, errors[_i]);
		r = save_newer();
		if (!faults_disarm())
			break;
		reopen();
		which = load();
		ck_assert(which == 2 || (which == 1 && r));
	}
	ck_assert_int_eq(r, 0);
	/* Memory, openat, two fstats, pwrite, fsync, close, renameat, fsync */
	ck_assert_uint_gt(nth, 8);
}
END_TEST

START_TEST(a_failed_load_is_an_error)
{
	bool reached = true;
	unsigned int nth;
	int r = 0;

	ck_assert_int_eq(save_older(), 0);
	for (nth = 1; reached; nth++) {
		faults_arm(FAULTS_ANY, nth, EIO);
		r = load_faulty(&reached);
		ck_assert(r == 1 || r == -EIO || r == -ENOMEM);
	}
	ck_assert_int_eq(r, 1);
	ck_assert_uint_gt(nth, 4);
}
END_TEST

/* Gone is what the caller may rely on. */
START_TEST(a_removal_that_fails_is_told)
{
	ck_assert_int_eq(save_older(), 0);
	faults_arm(FAULTS_UNLINKAT, 1, EROFS);
	ck_assert_int_eq(store_saved_remove(dir_fd), -EROFS);
	ck_assert(faults_disarm());
	ck_assert_int_eq(load(), 1);
	faults_arm(FAULTS_FSYNC, 1, EIO);
	ck_assert_int_eq(store_saved_remove(dir_fd), -EIO);
	ck_assert(faults_disarm());
}
END_TEST

START_TEST(every_bit_of_the_file_counts)
{
	uint8_t blob[200];
	size_t bit, len;

	ck_assert_int_eq(save_older(), 0);
	len = get_file("1/saved", blob, sizeof(blob));
	for (bit = 0; bit < 8 * len; bit++) {
		blob[bit / 8] ^= (uint8_t)(1u << bit % 8);
		put_file("1/saved", blob, len);
		ck_assert_int_eq(load(), bit / 32 == 2 ? -ENOTSUP : -EBADMSG);
		blob[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}
END_TEST

START_TEST(every_length_of_the_file_counts)
{
	uint8_t blob[300] = { 0 };
	size_t len, right;

	ck_assert_int_eq(save_older(), 0);
	right = get_file("1/saved", blob, sizeof(blob));
	for (len = 0; len <= sizeof(blob); len++) {
		put_file("1/saved", blob, len);
		ck_assert_int_eq(load(), len == right ? 1 : -EBADMSG);
	}
}
END_TEST

START_TEST(another_key_or_another_vtpms_file_does_not_open)
{
	uint8_t other_key[SEAL_KEY_SIZE], buf[100];
	struct sealer *sealer;

	ck_assert_int_eq(save_older(), 0);
	close_it();
	memcpy(other_key, key, sizeof(other_key));
	other_key[0] ^= (uint8_t)(_i == 0);
	open_as(other_key, _i == 0 ? 1 : 2);
	/* Its own permanent state is not the reason. */
	ck_assert_int_eq(save_permanent(), 0);
	ck_assert_int_eq(load(), -EBADMSG);
	/* Nor is the volatile state of a running domain taken for it. */
	sealer = sealer_new(key, "live 1 domain 7");
	ck_assert_int_eq(sealer_seal(sealer, older, sizeof(older), buf), 0);
	sealer_free(sealer);
	put_file("1/saved", buf, sizeof(older) + SEAL_OVERHEAD);
	ck_assert_int_eq(load(), -EBADMSG);
}
END_TEST

START_TEST(what_is_no_file_is_refused_at_once)
{
	static const int want[] = { -EBADMSG, -EBADMSG, -ELOOP };

	if (_i == 0)
		ck_assert_int_eq(mkdirat(top, "1/saved", 0700), 0);
	else if (_i == 1)
		ck_assert_int_eq(mkfifoat(top, "1/saved", 0600), 0);
	else
		ck_assert_int_eq(symlinkat("permanent", top, "1/saved"), 0);
	ck_assert_int_eq(load(), want[_i]);
	/* Removing is of names, not of what they lead to. */
	ck_assert_int_eq(store_saved_remove(dir_fd), _i ? 0 : -EISDIR);
	ck_assert(exists("1/permanent"));
}
END_TEST

/* The daemon's root writes it, the vTPM's worker reads it. */
START_TEST(it_is_the_directory_owners)
{
	struct stat st;

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(fchownat(top, "1", 2000000001, 2000000001, 0), 0);
	ck_assert_int_eq(save_older(), 0);
	ck_assert_int_eq(fstatat(top, "1/saved", &st, 0), 0);
	ck_assert_uint_eq(st.st_uid, 2000000001);
	ck_assert_uint_eq(st.st_gid, 2000000001);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("saved");
	TCase *t = tcase_create("saved");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, it_comes_back_until_it_is_removed);
	tcase_add_test(t, every_size_comes_back);
	tcase_add_loop_test(t, it_belongs_to_one_permanent_state, 0, 2);
	tcase_add_test(t, without_a_permanent_state_there_is_none);
	tcase_add_loop_test(t, a_failed_save_leaves_the_old_or_the_new, 0, 4);
	tcase_add_test(t, a_failed_load_is_an_error);
	tcase_add_test(t, a_removal_that_fails_is_told);
	tcase_add_test(t, every_bit_of_the_file_counts);
	tcase_add_test(t, every_length_of_the_file_counts);
	tcase_add_loop_test(t, another_key_or_another_vtpms_file_does_not_open,
			    0, 2);
	tcase_add_loop_test(t, what_is_no_file_is_refused_at_once, 0, 3);
	tcase_add_test(t, it_is_the_directory_owners);
	suite_add_tcase(s, t);
	return suite_run(s);
}
