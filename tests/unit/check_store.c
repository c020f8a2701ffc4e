/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of a vTPM: each step of each operation fails, stops half way, or
 * is the last before the process dies; and files that are not what was
 * written.  What is loaded then is what was kept before or after, or an error,
 * and only where there never was a TPM a new one is asked for.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults.h"
#include "store.h"
#include "suite.h"

static const uint8_t key[SEAL_KEY_SIZE] = "a key of thirty-two bytes, no 0";
static const uint8_t older[] = "the state as it was";
static const uint8_t newer[] = "the state as it shall be from now on";

static char dir[] = "/tmp/check_store.XXXXXX";
static int top; /* the directory above the vTPM's */
static struct store *store;
static int dir_fd;

/* ---- Helpers ---- */

static void put_file(const char *name, const void *bytes, size_t len)
{
	int fd = openat(top, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, len), (int)len);
	close(fd);
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

static bool exists(const char *name)
{
	return faccessat(top, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static unsigned int open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static int open_as(const uint8_t *with_key, uint32_t instance)
{
	dir_fd = openat(top, "1", O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(dir_fd, 0);
	store = NULL;
	return store_open(&store, dir_fd, with_key, instance);
}

static void open_it(void)
{
	ck_assert_int_eq(open_as(key, 1), 0);
}

static void close_it(void)
{
	store_close(store);
	close(dir_fd);
	store = NULL;
}

static void reopen(void)
{
	close_it();
	open_it();
}

/* A vTPM that was never manufactured. */
static void make_unborn(void)
{
	static const char *const names[] = { "1/permanent", "1/permanent.new",
					     "1/permanent.old", "1/new" };
	size_t i;

	for (i = 0; i < 4; i++)
		unlinkat(top, names[i], 0);
	put_file("1/new", "", 0);
}

static void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/check_store.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	top = open(dir, O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(mkdirat(top, "1", 0700), 0);
	faults_arm(FAULTS_ANY, 0, 0);
	make_unborn();
	open_it();
}

static void teardown(void)
{
	close_it();
	make_unborn();
	unlinkat(top, "1/new", 0);
	unlinkat(top, "1/permanent", AT_REMOVEDIR);
	unlinkat(top, "1", AT_REMOVEDIR);
	unlinkat(top, "other", 0);
	close(top);
	ck_assert_int_eq(rmdir(dir), 0);
}

/* 1: older, 2: newer, 0: neither, with the error in *r. */
static int load(int *r)
{
	uint8_t *state = NULL;
	size_t len = 0;
	int which = 0;

	*r = store_load(store, &state, &len);
	if (*r) {
		ck_assert_ptr_null(state);
		return 0;
	}
	if (len == sizeof(older) && !memcmp(state, older, len))
		which = 1;
	if (len == sizeof(newer) && !memcmp(state, newer, len))
		which = 2;
	free(state);
	ck_assert_int_ne(which, 0);
	return which;
}

#define ck_assert_load(error)                \
	do {                                 \
		int r_;                      \
		(void)load(&r_);             \
		ck_assert_int_eq(r_, error); \
	} while (0)

static int save_older(void)
{
	return store_save(store, older, sizeof(older));
}

static int save_newer(void)
{
	return store_save(store, newer, sizeof(newer));
}

/* ---- The permanent state ---- */

START_TEST(a_new_vtpm_is_asked_for_only_once)
{
	int r;

	ck_assert_load(-ENOENT);
	ck_assert_load(-ENOENT);
	ck_assert_int_eq(save_older(), 0);
	ck_assert(!exists("1/new"));
	ck_assert(!exists("1/permanent.new"));
	reopen();
	ck_assert_int_eq(load(&r), 1);
	ck_assert_int_eq(unlinkat(top, "1/permanent", 0), 0);
	ck_assert_load(-ENODATA);
}
END_TEST

/* Power failed between the state's coming and the mark's going. */
START_TEST(a_mark_beside_a_state_is_taken_away)
{
	int r;

	ck_assert_int_eq(save_older(), 0);
	put_file("1/new", "", 0);
	if (_i)
		put_file("1/permanent", "damaged", 7);
	reopen();
	ck_assert_int_eq(load(&r), _i ? 0 : 1);
	unlinkat(top, "1/permanent", 0);
	ck_assert_load(-ENODATA);
}
END_TEST

START_TEST(every_size_comes_back)
{
	static const size_t sizes[] = { 0, 1, 4095, 4096, 70000, STORE_MAX };
	uint8_t *state = malloc(STORE_MAX + 1), *back;
	size_t i, len;

	ck_assert_ptr_nonnull(state);
	memset(state, 0x5a, STORE_MAX + 1);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		ck_assert_int_eq(store_save(store, state, sizes[i]), 0);
		reopen();
		ck_assert_int_eq(store_load(store, &back, &len), 0);
		ck_assert_uint_eq(len, sizes[i]);
		ck_assert_int_eq(memcmp(back, state, len), 0);
		free(back);
	}
	ck_assert_int_eq(store_save(store, state, STORE_MAX + 1), -EFBIG);
	free(state);
}
END_TEST

static const int errors[] = { EIO, ENOSPC, FAULTS_SHORT, FAULTS_DEATH };
#define ERRORS 4

/* An error, and no death: there is somebody who was told of it. */
#define IS_ERROR(i) (errors[i] > 0)

/* Old or new, whatever step fails, and the next save works. */
START_TEST(a_failed_save_leaves_the_old_state_or_the_new)
{
	unsigned int nth, files;
	int which, r, saved;

	ck_assert_int_eq(save_older(), 0);
	files = open_files();
	for (nth = 1;; nth++) {
		faults_arm(FAULTS_ANY, nth, errors[_i]);
		saved = save_newer();
		if (!faults_disarm())
			break;
		ck_assert_uint_eq(open_files(), files);
		reopen();
		which = load(&r);
		ck_assert_int_eq(r, 0);
		if (saved == 0)
			ck_assert_int_eq(which, 2);
		else if (IS_ERROR(_i))
			ck_assert_int_eq(which, 1);
		ck_assert_int_eq(save_older(), 0);
		reopen();
		ck_assert_int_eq(load(&r), 1);
	}
	/* openat, pwrite, fsync, close, linkat, renameat, fsync at least. */
	ck_assert_uint_gt(nth, 7);
}
END_TEST

/* Each of these has left the old state, without a doubt. */
START_TEST(a_save_that_fails_did_nothing)
{
	static const struct {
		enum faults_call call;
		unsigned int nth;
	} steps[] = {
		{ FAULTS_MEMORY, 1 }, { FAULTS_OPENAT, 1 },
		{ FAULTS_PWRITE, 1 }, { FAULTS_FSYNC, 1 },
		{ FAULTS_CLOSE, 1 },  { FAULTS_RENAMEAT, 1 },
		/* the directory's */
		{ FAULTS_FSYNC, 2 },
	};
	const bool memory = steps[_i].call == FAULTS_MEMORY;
	uint64_t counter;
	int r;

	ck_assert_int_eq(save_older(), 0);
	reopen();
	/* Which has the memory that it needs, once it has loaded. */
	if (!memory)
		ck_assert_int_eq(load(&r), 1);
	counter = store_counter(store);
	faults_arm(steps[_i].call, steps[_i].nth, ENOSPC);
	r = save_newer();
	ck_assert(faults_disarm());
	ck_assert_int_eq(r, memory ? -ENOMEM : -ENOSPC);
	ck_assert_uint_eq(store_counter(store), counter);
	ck_assert(!exists("1/permanent.new"));
	ck_assert(!exists("1/permanent.old"));
	reopen();
	ck_assert_int_eq(load(&r), 1);
}
END_TEST

/* The first save of all: a TPM that nobody has seen, or it. */
START_TEST(a_failed_first_save_asks_again_or_has_saved)
{
	unsigned int nth;
	int which, r, saved;

	for (nth = 1;; nth++) {
		make_unborn();
		reopen();
		faults_arm(FAULTS_ANY, nth, errors[_i]);
		saved = save_older();
		if (!faults_disarm())
			break;
		reopen();
		which = load(&r);
		ck_assert(which == 1 || (saved != 0 && r == -ENOENT));
		if (saved && IS_ERROR(_i))
			ck_assert_int_eq(r, -ENOENT);
		if (which != 1)
			continue;
		/* Having seen it, nothing will ever ask for another. */
		unlinkat(top, "1/permanent", 0);
		ck_assert_load(-ENODATA);
	}
	ck_assert_uint_gt(nth, 8);
}
END_TEST

START_TEST(an_interrupted_write_goes_on)
{
	int r;

	faults_arm(FAULTS_PWRITE, 1, EINTR);
	ck_assert_int_eq(save_older(), 0);
	ck_assert(faults_disarm());
	faults_arm(FAULTS_PREAD, 1, EINTR);
	ck_assert_int_eq(load(&r), 1);
	ck_assert(faults_disarm());
	faults_arm(FAULTS_PREAD, 1, FAULTS_SHORT);
	ck_assert_int_eq(load(&r), 1);
	ck_assert(faults_disarm());
}
END_TEST

START_TEST(a_failed_load_is_an_error)
{
	unsigned int nth, files = 0;
	uint8_t *state = NULL;
	size_t len;
	int r;

	ck_assert_int_eq(save_older(), 0);
	for (nth = 1;; nth++) {
		reopen();
		files = open_files();
		faults_arm(FAULTS_ANY, nth, EIO);
		r = store_load(store, &state, &len);
		free(state);
		state = NULL;
		if (!faults_disarm())
			break;
		ck_assert(r == 0 || r == -EIO || r == -ENOMEM);
		ck_assert_uint_eq(open_files(), files);
	}
	ck_assert_int_eq(r, 0);
	ck_assert_uint_gt(nth, 4);
}
END_TEST

/* Each attempt has a counter of its own, and the file tells whose it is. */
START_TEST(the_counter_tells_which_save_it_was)
{
	uint64_t first, next;
	int r;

	ck_assert_uint_eq(store_counter(store), 0);
	ck_assert_int_eq(save_older(), 0);
	first = store_counter(store);
	ck_assert_uint_gt(first, 0);
	next = store_next_counter(store);
	ck_assert_uint_gt(next, first);
	faults_arm(FAULTS_RENAMEAT, 1, EIO);
	ck_assert_int_eq(save_newer(), -EIO);
	ck_assert(faults_disarm());
	ck_assert_uint_eq(store_counter(store), first);
	ck_assert_uint_gt(store_next_counter(store), next);
	next = store_next_counter(store);
	ck_assert_int_eq(save_newer(), 0);
	ck_assert_uint_eq(store_counter(store), next);
	reopen();
	ck_assert_int_eq(load(&r), 2);
	ck_assert_uint_eq(store_counter(store), next);
	ck_assert_uint_eq(store_next_counter(store), next + 1);
}
END_TEST

/* ---- Files that are not what was written ---- */

START_TEST(every_bit_of_the_file_counts)
{
	uint8_t blob[sizeof(older) + SEAL_OVERHEAD];
	size_t bit;

	ck_assert_int_eq(save_older(), 0);
	ck_assert_uint_eq(get_file("1/permanent", blob, sizeof(blob)),
			  sizeof(blob));
	for (bit = 0; bit < 8 * sizeof(blob); bit++) {
		blob[bit / 8] ^= (uint8_t)(1u << bit % 8);
		put_file("1/permanent", blob, sizeof(blob));
		ck_assert_load(bit / 32 == 2 ? -ENOTSUP : -EBADMSG);
		blob[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}
END_TEST

START_TEST(every_length_of_the_file_counts)
{
	uint8_t blob[sizeof(older) + SEAL_OVERHEAD + 100] = { 0 };
	const size_t right = sizeof(older) + SEAL_OVERHEAD;
	size_t len;

	ck_assert_int_eq(save_older(), 0);
	get_file("1/permanent", blob, right);
	for (len = 0; len <= sizeof(blob); len++) {
		put_file("1/permanent", blob, len);
		ck_assert_load(len == right ? 0 : -EBADMSG);
	}
}
END_TEST

START_TEST(a_file_too_large_is_not_read)
{
	int fd;

	ck_assert_int_eq(save_older(), 0);
	fd = openat(top, "1/permanent", O_WRONLY);
	ck_assert_int_eq(ftruncate(fd, STORE_MAX + SEAL_OVERHEAD + 1), 0);
	close(fd);
	ck_assert_load(-EFBIG);
}
END_TEST

START_TEST(what_is_no_file_is_refused_at_once)
{
	static const int want[] = { -EBADMSG, -EBADMSG, -ELOOP, -ELOOP };

	unlinkat(top, "1/new", 0);
	switch (_i) {
	case 0:
		ck_assert_int_eq(mkdirat(top, "1/permanent", 0700), 0);
		break;
	case 1: /* which would make a careless reader wait for ever */
		ck_assert_int_eq(mkfifoat(top, "1/permanent", 0600), 0);
		break;
	case 2:
		ck_assert_int_eq(symlinkat("/dev/zero", top, "1/permanent"), 0);
		break;
	default:
		ck_assert_int_eq(symlinkat("nowhere", top, "1/permanent"), 0);
	}
	ck_assert_load(want[_i]);
}
END_TEST

START_TEST(another_key_or_another_vtpms_file_does_not_open)
{
	uint8_t other_key[SEAL_KEY_SIZE];

	ck_assert_int_eq(save_older(), 0);
	close_it();
	memcpy(other_key, key, sizeof(other_key));
	other_key[31] ^= 1;
	ck_assert_int_eq(open_as(other_key, 1), 0);
	ck_assert_load(-EBADMSG);
	close_it();
	ck_assert_int_eq(open_as(key, 2), 0);
	ck_assert_load(-EBADMSG);
}
END_TEST

/* The volatile state is not taken for the permanent one. */
START_TEST(a_state_of_the_other_kind_does_not_open)
{
	struct sealer *sealer = sealer_new(key, "live 1 domain 7");
	uint8_t blob[sizeof(older) + SEAL_OVERHEAD];

	ck_assert_int_eq(save_older(), 0);
	ck_assert_int_eq(sealer_seal(sealer, older, sizeof(older), blob), 0);
	put_file("1/permanent", blob, sizeof(blob));
	reopen();
	ck_assert_load(-EBADMSG);
	sealer_free(sealer);
}
END_TEST

/*
 * An older file put back is a backup that was restored, and opens; what is
 * written from then on is sealed unlike anything before.
 */
START_TEST(a_file_put_back_is_the_state_of_its_time)
{
	uint8_t old[sizeof(older) + SEAL_OVERHEAD];
	uint8_t first[sizeof(newer) + SEAL_OVERHEAD], second[sizeof(first)];
	int r;

	ck_assert_int_eq(save_older(), 0);
	get_file("1/permanent", old, sizeof(old));
	ck_assert_int_eq(save_newer(), 0);
	get_file("1/permanent", first, sizeof(first));
	put_file("1/permanent", old, sizeof(old));
	reopen();
	ck_assert_int_eq(load(&r), 1);
	ck_assert_int_eq(save_newer(), 0);
	get_file("1/permanent", second, sizeof(second));
	/* Salt and counter, and so the ciphertext. */
	ck_assert_mem_ne(first + 12, second + 12, 24);
	ck_assert_mem_ne(first + SEAL_HEADER, second + SEAL_HEADER,
			 sizeof(newer));
	reopen();
	ck_assert_int_eq(load(&r), 2);
}
END_TEST

/* ---- Opening ---- */

START_TEST(one_process_has_the_vtpm)
{
	struct store *other = NULL;
	int fd = openat(top, "1", O_RDONLY | O_DIRECTORY);

	faults_arm(FAULTS_ANY, 0, 0);
	ck_assert_int_eq(store_open(&other, fd, key, 1), -EBUSY);
	ck_assert_uint_ge(faults_slept_ms(), STORE_LOCK_MS);
	ck_assert_uint_le(faults_slept_ms(), STORE_LOCK_MS + 100);
	close_it();
	ck_assert_int_eq(store_open(&other, fd, key, 1), 0);
	store_close(other);
	close(fd);
	open_it();
	store_close(NULL);
}
END_TEST

START_TEST(an_open_that_fails_says_why)
{
	struct store *other = NULL;
	unsigned int nth;
	int r;

	close_it();
	open_it();
	store_close(store);
	store = NULL;
	faults_arm(FAULTS_FLOCK, 1, ENOLCK);
	ck_assert_int_eq(store_open(&other, dir_fd, key, 1),
			 -ENOLCK);
	ck_assert(faults_disarm());
	for (nth = 1;; nth++) {
		faults_arm(FAULTS_MEMORY, nth, ENOMEM);
		r = store_open(&other, dir_fd, key, 1);
		if (!faults_disarm())
			break;
		ck_assert(r == -ENOMEM || r == -EIO);
	}
	ck_assert_int_eq(r, 0);
	store_close(other);
}
END_TEST

/* ---- */

static void add_permanent(Suite *s)
{
	TCase *t = tcase_create("permanent");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_new_vtpm_is_asked_for_only_once);
	tcase_add_loop_test(t, a_mark_beside_a_state_is_taken_away, 0, 2);
	tcase_add_test(t, every_size_comes_back);
	tcase_add_loop_test(t, a_failed_save_leaves_the_old_state_or_the_new, 0,
			    ERRORS);
	tcase_add_loop_test(
		t, a_save_that_fails_did_nothing, 0, 7);
	tcase_add_loop_test(t, a_failed_first_save_asks_again_or_has_saved, 0,
			    ERRORS);
	tcase_add_test(t, an_interrupted_write_goes_on);
	tcase_add_test(t, the_counter_tells_which_save_it_was);
	tcase_add_test(t, a_failed_load_is_an_error);
	suite_add_tcase(s, t);
}

static void add_damage(Suite *s)
{
	TCase *t = tcase_create("damage");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, every_bit_of_the_file_counts);
	tcase_add_test(t, every_length_of_the_file_counts);
	tcase_add_test(t, a_file_too_large_is_not_read);
	tcase_add_loop_test(t, what_is_no_file_is_refused_at_once, 0, 4);
	tcase_add_test(t, another_key_or_another_vtpms_file_does_not_open);
	tcase_add_test(t, a_state_of_the_other_kind_does_not_open);
	tcase_add_test(t, a_file_put_back_is_the_state_of_its_time);
	tcase_add_test(t, one_process_has_the_vtpm);
	tcase_add_test(t, an_open_that_fails_says_why);
	suite_add_tcase(s, t);
}

int main(void)
{
	Suite *s = suite_create("store");

	add_permanent(s);
	add_damage(s);
	return suite_run(s);
}
