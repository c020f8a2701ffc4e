/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's directories: what is made, kept, and refused. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults.h"
#include "live.h"
#include "log.h"
#include "settings.h"
#include "statedir.h"
#include "suite.h"

static char dir[64], state_path[80], run_path[80];
static int top;
static struct statedir dirs;
static unsigned int errors; /* in the log */

static void count_line(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)line;
	errors += level <= LOG_LEVEL_ERROR;
}

static void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/check_statedir.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	top = open(dir, O_RDONLY | O_DIRECTORY);
	snprintf(state_path, sizeof(state_path), "%s/state", dir);
	snprintf(run_path, sizeof(run_path), "%s/run", dir);
	faults_arm(FAULTS_ANY, 0, 0);
	errors = 0;
	log_to_function(count_line, NULL);
	/* The modes that are asked for are the modes that are made. */
	umask(0);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_all(const char *path)
{
	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void teardown(void)
{
	close(top);
	remove_all(dir);
}

static int open_it(void)
{
	return statedir_open(&dirs, state_path, run_path, NULL);
}

static void must_open(void)
{
	ck_assert_int_eq(open_it(), 0);
}

static void put_file(const char *name, const void *bytes, size_t len,
		     mode_t mode)
{
	int fd = openat(top, name, O_WRONLY | O_CREAT | O_TRUNC, mode);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, len), (int)len);
	close(fd);
}

static bool exists(const char *name)
{
	return !faccessat(top, name, F_OK, AT_SYMLINK_NOFOLLOW);
}

static mode_t mode_of(const char *name)
{
	struct stat st;

	ck_assert_int_eq(fstatat(top, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_mode & 07777;
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

/* What is there when it is closed. */
static void put_db(const char *text)
{
	put_file("state/vtpm.db", text, strlen(text), 0600);
}

/* ---- The first start and the next ---- */

START_TEST(the_first_start_makes_what_is_needed)
{
	uint8_t first[CHANNEL_KEY_SIZE], second[CHANNEL_KEY_SIZE];
	struct stat st;

	must_open();
	ck_assert_uint_eq(mode_of("state"), 0711);
	ck_assert_uint_eq(mode_of("run"), 0700);
	ck_assert_uint_eq(mode_of("state/key"), 0600);
	ck_assert(!exists("state/key.new"));
	ck_assert_int_eq(fstatat(top, "state/key", &st, 0), 0);
	ck_assert_int_eq((int)st.st_size, CHANNEL_KEY_SIZE);
	ck_assert_int_eq(statedir_key(&dirs, 1, first), 0);
	statedir_close(&dirs);
	must_open();
	ck_assert_int_eq(statedir_key(&dirs, 1, second), 0);
	ck_assert_mem_eq(first, second, sizeof(first));
	ck_assert_int_eq(statedir_key(&dirs, 2, second), 0);
	ck_assert_mem_ne(first, second, sizeof(first));
	statedir_close(&dirs);
	ck_assert_uint_eq(errors, 0);
}
END_TEST

START_TEST(closing_wipes_the_key)
{
	static const uint8_t zeros[CHANNEL_KEY_SIZE];

	must_open();
	ck_assert_mem_ne(dirs.master, zeros, sizeof(zeros));
	statedir_close(&dirs);
	ck_assert_mem_eq(dirs.master, zeros, sizeof(zeros));
}
END_TEST

static const int faults[] = { EIO, ENOSPC, FAULTS_SHORT, FAULTS_DEATH };

/* Whatever fails at the first start: it is said, and the next succeeds. */
START_TEST(a_failed_first_start_can_be_repeated)
{
	unsigned int nth, files = open_files();
	int r;

	for (nth = 1;; nth++) {
		remove_all(state_path);
		remove_all(run_path);
		errors = 0;
		faults_arm(FAULTS_ANY, nth, faults[_i]);
		r = open_it();
		if (!faults_disarm())
			break;
		if (r)
			ck_assert_uint_eq(errors, 1);
		else
			statedir_close(&dirs);
		ck_assert_uint_eq(open_files(), files);
		must_open();
		statedir_close(&dirs);
	}
	statedir_close(&dirs);
	ck_assert_uint_gt(nth, 8);
}
END_TEST

/* ... and at any other, the key is never another one. */
START_TEST(a_failed_start_leaves_the_key)
{
	unsigned int nth, files = open_files();
	uint8_t key[CHANNEL_KEY_SIZE];
	int r;

	must_open();
	memcpy(key, dirs.master, sizeof(key));
	statedir_close(&dirs);
	for (nth = 1;; nth++) {
		errors = 0;
		faults_arm(FAULTS_ANY, nth, faults[_i]);
		r = open_it();
		if (!faults_disarm())
			break;
		if (r)
			ck_assert_uint_eq(errors, 1);
		else
			statedir_close(&dirs);
		ck_assert_uint_eq(open_files(), files);
		must_open();
		ck_assert_mem_eq(dirs.master, key, sizeof(key));
		statedir_close(&dirs);
	}
	statedir_close(&dirs);
}
END_TEST

/* ---- What is refused ---- */

START_TEST(a_wrong_key_file_is_refused)
{
	uint8_t bytes[CHANNEL_KEY_SIZE + 1] = { 1 };
	int want = -EBADMSG;

	must_open();
	statedir_close(&dirs);
	unlinkat(top, "state/key", 0);
	switch (_i) {
	case 0:
		put_file("state/key", bytes, CHANNEL_KEY_SIZE, 0640);
		want = -EPERM;
		break;
	case 1:
		put_file("state/key", bytes, CHANNEL_KEY_SIZE, 0604);
		want = -EPERM;
		break;
	case 2:
		put_file("state/key", bytes, CHANNEL_KEY_SIZE - 1, 0600);
		break;
	case 3:
		put_file("state/key", bytes, CHANNEL_KEY_SIZE + 1, 0600);
		break;
	case 4:
		put_file("state/key", bytes, 0, 0600);
		break;
	default:
		put_file("elsewhere", bytes, CHANNEL_KEY_SIZE, 0600);
		ck_assert_int_eq(symlinkat("../elsewhere", top, "state/key"),
				 0);
		want = -ELOOP;
	}
	ck_assert_int_eq(open_it(), want);
	ck_assert_uint_eq(errors, 1);
}
END_TEST

/* A new key would be the end of all vTPMs. */
START_TEST(a_lost_key_is_not_made_anew)
{
	must_open();
	ck_assert_int_eq(statedir_claim(&dirs, 1), 0);
	put_file("state/1/permanent", "state", 5, 0600);
	statedir_close(&dirs);
	unlinkat(top, "state/key", 0);
	if (!_i)
		put_db("U1 1\n");
	ck_assert_int_eq(open_it(), -ENODATA);
	ck_assert_uint_eq(errors, 1);
	ck_assert(!exists("state/key"));
}
END_TEST

/* Nothing is sealed yet. */
START_TEST(a_database_of_2006_is_no_reason_to_miss_a_key)
{
	ck_assert_int_eq(mkdir(state_path, 0711), 0);
	put_db("U1 1\n");
	must_open();
	ck_assert(exists("state/key"));
	statedir_close(&dirs);
	ck_assert_uint_eq(errors, 0);
}
END_TEST

/* Without it every guest would get a new vTPM. */
START_TEST(a_lost_database_is_not_made_anew)
{
	static const char *const names[] = { "1", "9", "65535" };
	char path[64];

	must_open();
	statedir_close(&dirs);
	snprintf(path, sizeof(path), "state/%s", names[_i]);
	ck_assert_int_eq(mkdirat(top, path, 0700), 0);
	snprintf(path, sizeof(path), "state/%s/permanent", names[_i]);
	put_file(path, "state", 5, 0600);
	ck_assert_int_eq(open_it(), -ENODATA);
	ck_assert_uint_eq(errors, 1);
	put_file("state/vtpm.db", "", 0, 0600);
	must_open();
	statedir_close(&dirs);
}
END_TEST

/* What is no vTPM is no reason for that. */
START_TEST(other_directories_are_nobodys)
{
	static const char *const names[] = { "0",    "65536", "1x",
					     "old1", "01",    "lost+found" };
	char path[64];
	size_t i;

	must_open();
	statedir_close(&dirs);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "state/%s", names[i]);
		ck_assert_int_eq(mkdirat(top, path, 0700), 0);
	}
	/* Left by an attempt that never got as far as a TPM. */
	ck_assert_int_eq(mkdirat(top, "state/7", 0700), 0);
	put_file("state/7/new", "", 0, 0600);
	must_open();
	statedir_close(&dirs);
}
END_TEST

START_TEST(a_directory_that_others_can_write_is_refused)
{
	const char *which = _i & 1 ? state_path : run_path;
	int want = -EPERM;

	switch (_i / 2) {
	case 0:
		ck_assert_int_eq(mkdir(which, 0), 0);
		ck_assert_int_eq(chmod(which, 0733), 0);
		break;
	case 1:
		ck_assert_int_eq(mkdir(which, 0), 0);
		ck_assert_int_eq(chmod(which, 0770), 0);
		break;
	case 2:
		put_file(_i & 1 ? "state" : "run", "", 0, 0600);
		want = -ENOTDIR;
		break;
	default:
		if (geteuid() != 0)
			return;
		ck_assert_int_eq(mkdir(which, 0700), 0);
		ck_assert_int_eq(chown(which, 1, 1), 0);
	}
	ck_assert_int_eq(open_it(), want);
	ck_assert_uint_eq(errors, 1);
}
END_TEST

START_TEST(a_directory_without_parent_is_told)
{
	snprintf(state_path, sizeof(state_path), "%s/no/state", dir);
	ck_assert_int_eq(open_it(), -ENOENT);
	ck_assert_uint_eq(errors, 1);
}
END_TEST

/* ---- Instances ---- */

static void check_unborn(const char *name, uint32_t instance)
{
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "state/%s", name);
	ck_assert_int_eq(fstatat(top, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	ck_assert(S_ISDIR(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	if (geteuid() == 0) {
		ck_assert_uint_eq(st.st_uid, STATEDIR_UID_BASE + instance);
		ck_assert_uint_eq(st.st_gid, STATEDIR_UID_BASE + instance);
	}
	snprintf(path, sizeof(path), "state/%s/new", name);
	ck_assert(exists(path));
}

START_TEST(a_new_vtpm_has_a_directory_of_its_own)
{
	int fd;

	must_open();
	ck_assert_int_eq(statedir_claim(&dirs, 1), 0);
	check_unborn("1", 1);
	ck_assert_int_eq(statedir_claim(&dirs, 65535), 0);
	check_unborn("65535", 65535);
	ck_assert_int_eq(statedir_claim_named(&dirs, 1), 0);
	ck_assert_uint_eq(errors, 0);
	fd = statedir_open_instance(&dirs, 1);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(faccessat(fd, "new", F_OK, 0), 0);
	close(fd);
	statedir_close(&dirs);
}
END_TEST

START_TEST(somebodys_directory_is_not_taken)
{
	uint32_t n;

	must_open();
	/* 1: a vTPM's; 2: what nobody knows; 3: both */
	ck_assert_int_eq(mkdirat(top, "state/1", 0700), 0);
	put_file("state/1/permanent", "state", 5, 0600);
	ck_assert_int_eq(mkdirat(top, "state/2", 0700), 0);
	put_file("state/2/notes", "", 0, 0600);
	ck_assert_int_eq(mkdirat(top, "state/3", 0700), 0);
	put_file("state/3/permanent", "state", 5, 0600);
	put_file("state/3/new", "", 0, 0600);
	put_file("state/4", "", 0, 0600);
	for (n = 1; n <= 4; n++)
		ck_assert_int_eq(statedir_claim(&dirs, n), -EEXIST);
	ck_assert_uint_eq(errors, 0);
	ck_assert(exists("state/2/notes"));
	ck_assert(exists("state/3/permanent"));
	statedir_close(&dirs);
}
END_TEST

/* Whatever fails: no number is lost, and what is there is whole. */
START_TEST(a_failed_attempt_can_be_repeated)
{
	unsigned int nth, files;
	int r;

	must_open();
	files = open_files();
	for (nth = 1;; nth++) {
		remove_all(state_path);
		statedir_close(&dirs);
		must_open();
		errors = 0;
		faults_arm(FAULTS_ANY, nth, faults[_i]);
		r = statedir_claim(&dirs, 1);
		if (!faults_disarm())
			break;
		ck_assert_uint_eq(errors, r ? 1 : 0);
		ck_assert_uint_eq(open_files(), files);
		ck_assert_int_eq(statedir_claim(&dirs, 1), 0);
		check_unborn("1", 1);
	}
	statedir_close(&dirs);
	ck_assert_uint_gt(nth, 14);
}
END_TEST

START_TEST(a_directory_that_is_gone_is_told)
{
	must_open();
	ck_assert_int_eq(statedir_open_instance(&dirs, 3), -ENOENT);
	ck_assert_uint_eq(errors, 1);
	ck_assert_int_eq(symlinkat("..", top, "state/4"), 0);
	ck_assert_int_lt(statedir_open_instance(&dirs, 4), 0);
	ck_assert_uint_eq(errors, 2);
	statedir_close(&dirs);
}
END_TEST

/* Named in 2006, or by hand: it has none yet. */
START_TEST(an_instance_that_never_was_gets_its_directory)
{
	must_open();
	ck_assert_int_eq(statedir_claim_named(&dirs, 7), 0);
	check_unborn("7", 7);
	ck_assert(exists("state/7.conf"));
	statedir_close(&dirs);
	ck_assert_uint_eq(errors, 0);
}
END_TEST

/* ... and this one had: a new vTPM in its place would be another. */
START_TEST(an_instance_that_was_is_not_made_anew)
{
	struct settings settings;

	must_open();
	ck_assert_int_eq(statedir_claim(&dirs, 7), 0);
	unlinkat(top, "state/7/new", 0);
	unlinkat(top, "state/7", AT_REMOVEDIR);
	ck_assert_int_eq(statedir_claim_named(&dirs, 7), -ENODATA);
	ck_assert_uint_eq(errors, 1);
	ck_assert(!exists("state/7"));
	/* For another it is free: who had it has been forgotten. */
	put_file("state/7.conf", "moved yes\n", 10, 0600);
	ck_assert_int_eq(statedir_claim(&dirs, 7), 0);
	ck_assert_int_eq(settings_read(dirs.state_fd, 7, &settings), 0);
	ck_assert(!settings.moved);
	statedir_close(&dirs);
}
END_TEST

START_TEST(without_the_key_associations_can_be_had)
{
	ck_assert_int_eq(statedir_open_state(&dirs, state_path), 0);
	ck_assert_int_eq(statedir_claim(&dirs, 1), 0);
	statedir_close(&dirs);
	ck_assert(!exists("state/key"));
	ck_assert(!exists("run"));
	must_open();
	ck_assert(exists("state/key"));
	statedir_close(&dirs);
	put_file("state/1/permanent", "state", 5, 0600);
	ck_assert_int_eq(statedir_open_state(&dirs, state_path), -ENODATA);
	ck_assert_uint_eq(errors, 1);
}
END_TEST

/* ---- Volatile state ---- */

static void make_live(uint32_t instance, uint32_t domid)
{
	static const uint8_t key[SEAL_KEY_SIZE];
	static uint8_t states;
	int fd = statedir_open_live(&dirs, instance, domid);
	struct live *live;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(live_open(&live, fd, key, instance, domid), 0);
	*live_room(live) = ++states;
	ck_assert_int_eq(live_save(live, 1, 0), 0);
	live_close(live);
	close(fd);
}

static unsigned int seen;

static void see(void *ctx, uint32_t instance, uint32_t domid)
{
	ck_assert_ptr_eq(ctx, &seen);
	seen |= 1u << (instance * 8 + domid);
}

START_TEST(volatile_state_is_known_by_instance_and_domain)
{
	uint32_t domid;
	int fd;

	must_open();
	for (domid = 4; domid < 8; domid++)
		make_live(1, domid);
	ck_assert_uint_eq(mode_of("run/live-1-4"), 0600);
	put_file("run/live-1-3x", "", 0, 0600);
	put_file("run/live-1", "", 0, 0600);
	ck_assert(statedir_has_live(&dirs, 1, 5));
	ck_assert(!statedir_has_live(&dirs, 2, 5));
	ck_assert(!statedir_has_live(&dirs, 1, 3));
	statedir_drop_live(&dirs, 1, 5);
	statedir_drop_live(&dirs, 1, 3);
	ck_assert(!statedir_has_live(&dirs, 1, 5));
	seen = 0;
	statedir_each_live(&dirs, see, &seen);
	ck_assert_uint_eq(seen, 0xd000);
	ck_assert(exists("run/live-1-3x"));
	ck_assert(exists("run/live-1"));
	ck_assert(exists("run/lock"));
	/* What is there is kept. */
	fd = statedir_open_live(&dirs, 1, 4);
	ck_assert_int_gt((int)lseek(fd, 0, SEEK_END), 0);
	close(fd);
	statedir_close(&dirs);
}
END_TEST

START_TEST(volatile_state_without_a_place_is_told)
{
	must_open();
	ck_assert_int_eq(symlinkat("elsewhere", top, "run/live-1-4"), 0);
	ck_assert_int_eq(statedir_open_live(&dirs, 1, 4), -ELOOP);
	ck_assert_uint_eq(errors, 1);
	seen = 0;
	faults_arm(FAULTS_OPENAT, 1, EMFILE);
	statedir_each_live(&dirs, see, &seen);
	ck_assert(faults_disarm());
	ck_assert_uint_eq(seen, 0);
	statedir_close(&dirs);
}
END_TEST

START_TEST(a_suspension_is_remembered_until_it_is_over)
{
	const uint8_t mine[DOMAIN_UUID_SIZE] = "the machine's id";
	uint8_t uuid[DOMAIN_UUID_SIZE] = { 0 };

	must_open();
	statedir_mark_suspended(&dirs, 1, 4, mine);
	ck_assert(!exists("run/suspended-1-4"));
	make_live(1, 4);
	ck_assert(!statedir_was_suspended(&dirs, 1, 4, uuid));
	statedir_mark_suspended(&dirs, 1, 4, mine);
	ck_assert(statedir_was_suspended(&dirs, 1, 4, uuid));
	ck_assert_mem_eq(uuid, mine, sizeof(uuid));
	ck_assert(!statedir_was_suspended(&dirs, 1, 5, uuid));
	make_live(1, 4);
	ck_assert(!statedir_was_suspended(&dirs, 1, 4, uuid));
	statedir_mark_suspended(&dirs, 1, 4, mine);
	ck_assert(statedir_was_suspended(&dirs, 1, 4, uuid));
	statedir_mark_suspended(&dirs, 1, 4, NULL);
	ck_assert(!statedir_was_suspended(&dirs, 1, 4, uuid));
	ck_assert(!exists("run/suspended-1-4"));
	statedir_mark_suspended(&dirs, 1, 4, mine);
	statedir_drop_live(&dirs, 1, 4);
	ck_assert(!exists("run/suspended-1-4"));
	statedir_close(&dirs);
}
END_TEST

/* In doubt it was not. */
START_TEST(a_suspension_that_cannot_be_noted_is_told)
{
	static const enum faults_call steps[] = { FAULTS_OPENAT, FAULTS_OPENAT,
						  FAULTS_WRITE, FAULTS_WRITE };
	static const unsigned int nth[] = { 1, 2, 1, 1 };
	static const int how[] = { EMFILE, ENOSPC, ENOSPC, FAULTS_SHORT };
	const uint8_t mine[DOMAIN_UUID_SIZE] = "the machine's id";
	uint8_t uuid[DOMAIN_UUID_SIZE];

	must_open();
	make_live(1, 4);
	faults_arm(steps[_i], nth[_i], how[_i]);
	statedir_mark_suspended(&dirs, 1, 4, mine);
	ck_assert(faults_disarm());
	ck_assert_uint_eq(errors, 1);
	ck_assert(!statedir_was_suspended(&dirs, 1, 4, uuid));
	statedir_close(&dirs);
}
END_TEST

START_TEST(a_vtpm_is_new_until_it_is_manufactured)
{
	must_open();
	ck_assert_int_eq(statedir_claim(&dirs, 1), 0);
	ck_assert(statedir_is_new(&dirs, 1));
	put_file("state/1/permanent", "x", 1, 0600);
	ck_assert(!statedir_is_new(&dirs, 1));
	ck_assert_int_eq(unlinkat(top, "state/1/permanent", 0), 0);
	ck_assert_int_eq(unlinkat(top, "state/1/new", 0), 0);
	ck_assert(!statedir_is_new(&dirs, 1));
	ck_assert(!statedir_is_new(&dirs, 2));
	statedir_close(&dirs);
}
END_TEST

/* ---- Who serves whom ---- */

START_TEST(a_domain_is_one_process)
{
	int ready[2], end[2], pid = -1, status;
	struct statedir mine;
	pid_t child;
	char c;

	ck_assert_int_eq(pipe(ready), 0);
	ck_assert_int_eq(pipe(end), 0);
	must_open();
	statedir_close(&dirs);
	child = fork();
	if (child == 0) {
		if (open_it() || statedir_lock(&dirs, 7, &pid) ||
		    statedir_lock(&dirs, 8, &pid) ||
		    statedir_lock(&dirs, 7, &pid))
			_exit(1);
		close(end[1]);
		if (write(ready[1], "x", 1) != 1)
			_exit(2);
		_exit(read(end[0], &c, 1) == 0 ? 0 : 3);
	}
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	ck_assert_int_eq(statedir_open(&mine, state_path, run_path, NULL), 0);
	ck_assert_int_eq(statedir_lock(&mine, 7, &pid), -EBUSY);
	ck_assert_int_eq(pid, child);
	ck_assert_int_eq(statedir_lock(&mine, 8, &pid), -EBUSY);
	ck_assert_int_eq(statedir_lock(&mine, 9, &pid), 0);
	ck_assert_int_eq(statedir_lock(&mine, STATEDIR_ALL, &pid), 0);
	ck_assert_uint_eq(errors, 0);
	close(end[1]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(statedir_lock(&mine, 7, &pid), 0);
	statedir_close(&mine);
}
END_TEST

/* ---- */

static void add_starts(Suite *s)
{
	TCase *t = tcase_create("starts");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_first_start_makes_what_is_needed);
	tcase_add_test(t, closing_wipes_the_key);
	tcase_add_loop_test(t, a_failed_first_start_can_be_repeated, 0, 4);
	tcase_add_loop_test(t, a_failed_start_leaves_the_key, 0, 4);
	tcase_add_loop_test(t, a_wrong_key_file_is_refused, 0, 6);
	tcase_add_loop_test(t, a_lost_key_is_not_made_anew, 0, 2);
	tcase_add_test(t, a_database_of_2006_is_no_reason_to_miss_a_key);
	tcase_add_loop_test(t, a_lost_database_is_not_made_anew, 0, 3);
	tcase_add_test(t, other_directories_are_nobodys);
	tcase_add_loop_test(t, a_directory_that_others_can_write_is_refused, 0,
			    8);
	tcase_add_test(t, a_directory_without_parent_is_told);
	suite_add_tcase(s, t);
}

static void add_instances(Suite *s)
{
	TCase *t = tcase_create("instances");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_new_vtpm_has_a_directory_of_its_own);
	tcase_add_test(t, somebodys_directory_is_not_taken);
	tcase_add_loop_test(t, a_failed_attempt_can_be_repeated, 0, 4);
	tcase_add_test(t, a_directory_that_is_gone_is_told);
	tcase_add_test(t, an_instance_that_never_was_gets_its_directory);
	tcase_add_test(t, an_instance_that_was_is_not_made_anew);
	tcase_add_test(t, without_the_key_associations_can_be_had);
	tcase_add_test(t, volatile_state_is_known_by_instance_and_domain);
	tcase_add_test(t, a_suspension_is_remembered_until_it_is_over);
	tcase_add_loop_test(t, a_suspension_that_cannot_be_noted_is_told, 0, 4);
	tcase_add_test(t, a_vtpm_is_new_until_it_is_manufactured);
	tcase_add_test(t, volatile_state_without_a_place_is_told);
	tcase_add_test(t, a_domain_is_one_process);
	suite_add_tcase(s, t);
}

int main(void)
{
	Suite *s = suite_create("statedir");

	add_starts(s);
	add_instances(s);
	return suite_run(s);
}
