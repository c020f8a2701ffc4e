/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose vTPM is whose: uuids, names, wishes. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults.h"
#include "identity.h"
#include "log.h"
#include "suite.h"

#define HEAD                                     \
	"#Database for VM to vTPM association\n" \
	"#1st column: domain name\n"             \
	"#2nd column: TPM instance number\n"

#define A "0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a01"
#define B "0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a02"
#define C "0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a03"

static char dir[64];
static int top;
static struct statedir dirs;
static struct identity_found found;
static unsigned int errors, warnings; /* in the log */
static char last_line[LOG_LINE_MAX];

static void count_line(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	errors += level == LOG_LEVEL_ERROR;
	warnings += level == LOG_LEVEL_WARNING;
	snprintf(last_line, sizeof(last_line), "%s", line);
}

static void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/check_identity.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	top = open(dir, O_RDONLY | O_DIRECTORY);
	faults_arm(FAULTS_ANY, 0, 0);
	errors = warnings = 0;
	log_to_function(count_line, NULL);
	ck_assert_int_eq(statedir_open_state(&dirs, dir), 0);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void teardown(void)
{
	statedir_close(&dirs);
	close(top);
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void put_db(const char *text)
{
	int fd = openat(top, "vtpm.db", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
}

static const char *get_file(const char *name)
{
	static char text[4096];
	int fd = openat(top, name, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return "";
	n = read(fd, text, sizeof(text) - 1);
	ck_assert_int_ge((int)n, 0);
	text[n] = '\0';
	close(fd);
	return text;
}

static const char *get_db(void)
{
	return get_file("vtpm.db");
}

/* The instance, or the error. */
static int settle(const char *uuid, const char *name, uint32_t wish)
{
	const struct identity who = { uuid, name, 0, wish };
	int r = identity_settle(&dirs, &who, &found);

	return r ? r : (int)found.instance;
}

static int settle_handle(const char *uuid, const char *name, uint32_t handle)
{
	const struct identity who = { uuid, name, handle, 0 };
	int r = identity_settle(&dirs, &who, &found);

	return r ? r : (int)found.instance;
}

static int look(const char *uuid, const char *name)
{
	const struct identity who = { uuid, name, 0, 0 };
	int r = identity_find(&dirs, &who, &found);

	return r ? r : (int)found.instance;
}

static bool exists(const char *name)
{
	return !faccessat(top, name, F_OK, AT_SYMLINK_NOFOLLOW);
}

START_TEST(a_new_vtpm_is_noted_under_both)
{
	ck_assert_int_eq(settle(A, "U1", 0), 1);
	ck_assert(found.is_new);
	ck_assert_str_eq(found.uuid, A);
	ck_assert_str_eq(get_db(), HEAD A " 1\nU1 1\n");
	ck_assert(exists("1/new"));
	ck_assert(exists("1.conf"));
	ck_assert_int_eq(settle(B, "U2", 0), 2);
	ck_assert_str_eq(get_db(), HEAD A " 1\nU1 1\n" B " 2\nU2 2\n");
	ck_assert_int_eq(settle(A, "U1", 0), 1);
	ck_assert(!found.is_new);
	ck_assert_int_eq(
		settle("0D7C1A52-9C44-4F0E-9A3B-5B6F2F6B7A02", "U2", 0), 2);
	ck_assert_str_eq(get_db(), HEAD A " 1\nU1 1\n" B " 2\nU2 2\n");
	ck_assert_uint_eq(errors + warnings, 0);
}
END_TEST

/* Whatever the guest is called, and whoever else is called so. */
START_TEST(a_known_uuid_decides)
{
	put_db(HEAD A " 1\nU1 1\n" B " 2\nU2 2\n");
	ck_assert_int_eq(settle(A, "U2", 0), 1);
	ck_assert_int_eq(settle(B, NULL, 9), 2);
	ck_assert_int_eq(settle(B, "two words", 0), 2);
	ck_assert_str_eq(get_db(), HEAD A " 1\nU1 1\n" B " 2\nU2 2\n");
	ck_assert_uint_eq(errors + warnings, 0);
}
END_TEST

/* xl without uuid= at every create, and what follows: reboot, migration. */
START_TEST(a_made_up_uuid_finds_the_guests_vtpm)
{
	ck_assert_int_eq(settle(A, "U1", 0), 1);
	ck_assert_int_eq(settle(B, "U1", 0), 1);
	ck_assert(!found.is_new);
	ck_assert_str_eq(found.uuid, B);
	ck_assert_str_eq(get_db(), HEAD A " 1\nU1 1\n");
	/* The same again, under a name for the time being, and renamed. */
	ck_assert_int_eq(settle(B, "U1", 0), 1);
	ck_assert_int_eq(settle(B, "U1--incoming", 0), 1);
	ck_assert_int_eq(settle(B, "renamed", 0), 1);
	ck_assert_int_eq(settle(B, NULL, 0), 1);
	/* The next create. */
	ck_assert_int_eq(settle(C, "U1", 0), 1);
	ck_assert_str_eq(get_db(), HEAD A " 1\nU1 1\n");
	ck_assert_int_eq(settle(C, "renamed", 0), 1);
	ck_assert_int_eq(settle(A, "renamed", 0), 1);
	ck_assert_ptr_null(strstr(get_file("vtpm.recent"), B));
	ck_assert_ptr_nonnull(strstr(get_file("vtpm.recent"), C " 1\n"));
	ck_assert_uint_eq(errors + warnings, 0);
}
END_TEST

/* Of a migration from another host, where the uuid is not known here. */
START_TEST(an_arriving_guest_is_known_by_its_own_name)
{
	put_db(HEAD "U1 4\nU2--incoming 5\nU2 6\n--incoming 7\n");
	ck_assert_int_eq(settle(A, "U1--incoming", 0), 4);
	ck_assert_int_eq(settle(B, "U2--incoming", 0), 5);
	ck_assert_int_eq(settle(C, "--incoming", 0), 7);
	ck_assert_int_eq(settle("0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a04",
				"U1-incoming", 0),
			 1);
}
END_TEST

START_TEST(a_wish_is_granted_if_it_can_be)
{
	ck_assert_int_eq(settle(A, "U1", 5), 5);
	ck_assert_int_eq(settle(B, "U2", 5), 1);
	ck_assert_int_eq(settle(C, "U3", 70000), 2);
	/* Who has one keeps it. */
	ck_assert_int_eq(settle(A, "U1", 9), 5);
	ck_assert_str_eq(get_db(),
			 HEAD A " 5\nU1 5\n" B " 1\nU2 1\n" C " 2\nU3 2\n");
}
END_TEST

/* ... and a directory that is there is somebody's, named or not. */
START_TEST(what_is_not_free_is_not_given)
{
	ck_assert_int_eq(mkdirat(top, "1", 0700), 0);
	ck_assert_int_eq(mkdirat(top, "1/notes", 0700), 0);
	ck_assert_int_eq(mkdirat(top, "3", 0700), 0);
	ck_assert_int_eq(mkdirat(top, "3/notes", 0700), 0);
	put_db("x 2\n");
	ck_assert_int_eq(settle(A, "U1", 3), 4);
	ck_assert_int_eq(settle(B, "U2", 1), 5);
}
END_TEST

/* What vtpm-xl asks: the configuration has no uuid. */
START_TEST(without_a_uuid_that_of_the_instance_is_told)
{
	char first[VTPMDB_UUID_SIZE];

	ck_assert_int_eq(settle(NULL, "U1", 3), 3);
	ck_assert(found.is_new);
	ck_assert(vtpmdb_is_uuid(found.uuid));
	ck_assert_int_eq(found.uuid[14], '4');
	ck_assert_ptr_nonnull(strchr("89ab", found.uuid[19]));
	snprintf(first, sizeof(first), "%s", found.uuid);
	ck_assert_int_eq(settle(NULL, "U1", 0), 3);
	ck_assert_str_eq(found.uuid, first);
	ck_assert_int_eq(settle(first, "renamed", 0), 3);
	/* xl makes up one, and then vtpm-xl is used again. */
	ck_assert_int_eq(settle(B, "U1", 0), 3);
	ck_assert_int_eq(settle(NULL, "U1", 0), 3);
	ck_assert_str_eq(found.uuid, first);
	ck_assert_int_eq(settle(NULL, "U2", 3), 1);
	ck_assert_str_ne(found.uuid, first);
}
END_TEST

/* A file of 2006 has names alone: its instances have no vTPM and no uuid. */
START_TEST(a_file_of_2006_is_honoured)
{
	char first[VTPMDB_UUID_SIZE];

	put_db(HEAD "TPMUserDomain0 1\nU2 17\n");
	ck_assert_int_eq(settle(A, "new", 17), 2);
	ck_assert_int_eq(settle(NULL, "U2", 1), 17);
	ck_assert(exists("17/new"));
	snprintf(first, sizeof(first), "%s", found.uuid);
	ck_assert_int_eq(settle(NULL, "U2", 0), 17);
	ck_assert_str_eq(found.uuid, first);
	ck_assert_int_eq(settle(B, "TPMUserDomain0", 0), 1);
	ck_assert(exists("1/new"));
	ck_assert_int_eq(settle(NULL, "TPMUserDomain0", 0), 1);
	ck_assert_str_ne(found.uuid, B);
}
END_TEST

/* Its state, not just a line of a file: no new one in its place. */
START_TEST(a_vtpm_that_is_lost_is_not_made_anew)
{
	ck_assert_int_eq(settle(A, "U1", 0), 1);
	unlinkat(top, "1/new", 0);
	unlinkat(top, "1", AT_REMOVEDIR);
	ck_assert_int_eq(settle(A, "U1", 0), -ENODATA);
	ck_assert_uint_eq(errors, 1);
	ck_assert_int_eq(settle(B, "U1", 0), -ENODATA);
	ck_assert_uint_eq(errors, 2);
	ck_assert(!exists("1"));
	/* Others do not mind. */
	ck_assert_int_eq(settle(C, "U2", 1), 2);
}
END_TEST

#define N16 "nnnnnnnnnnnnnnnn"
#define N64 N16 N16 N16 N16

static const char *const no_keys[] = {
	"two words", "a/b", "#1", "tab\there", "", A, N64 N64,
};
#define NO_KEYS (int)(sizeof(no_keys) / sizeof(no_keys[0]))

/* ... and then it takes nobody's vTPM and loses nobody's. */
START_TEST(a_name_that_is_no_key_is_left_out)
{
	put_db(HEAD A " 1\na/b 2\n");
	ck_assert_int_eq(settle(B, no_keys[_i], 0), 3);
	ck_assert_uint_eq(warnings, 1);
	ck_assert_str_eq(get_db(), HEAD A " 1\na/b 2\n" B " 3\n");
	ck_assert_int_eq(settle(B, no_keys[_i], 0), 3);
	ck_assert_uint_eq(errors, 0);
	/* With neither there is nothing to go by. */
	ck_assert_int_eq(settle(NULL, no_keys[_i], 0), -EINVAL);
	ck_assert_uint_eq(errors, 1);
	ck_assert_int_eq(look(NULL, no_keys[_i]), -EINVAL);
}
END_TEST

START_TEST(a_guest_may_have_several)
{
	ck_assert_int_eq(settle_handle(A, "U1", 0), 1);
	ck_assert_int_eq(settle_handle(B, "U1", 1), 2);
	ck_assert_str_eq(get_db(), HEAD A " 1\nU1 1\n" B " 2\nU1/1 2\n");
	ck_assert_int_eq(settle_handle(C, "U1", 1), 2);
	ck_assert_int_eq(settle_handle(C, "U1--incoming", 1), 2);
	ck_assert_int_eq(settle_handle(NULL, "U1", 0), 1);
	ck_assert_str_eq(found.uuid, A);
	ck_assert_int_eq(settle_handle(NULL, "U1", 2), 3);
}
END_TEST

START_TEST(what_is_no_uuid_is_refused)
{
	ck_assert_int_eq(settle("", "U1", 0), -EINVAL);
	ck_assert_int_eq(settle("0d7c1a52", "U1", 0), -EINVAL);
	ck_assert_uint_eq(errors, 2);
	ck_assert_str_eq(get_db(), "");
	ck_assert_int_eq(settle(NULL, NULL, 0), -EINVAL);
}
END_TEST

START_TEST(looking_changes_nothing)
{
	ck_assert_int_eq(look(A, "U1"), -ENOENT);
	ck_assert_int_eq(look(NULL, "U1"), -ENOENT);
	ck_assert_str_eq(get_db(), "");
	ck_assert(!exists("1"));
	put_db("U1 7\n");
	ck_assert_int_eq(look(A, "U1"), 7);
	ck_assert_str_eq(found.uuid, A);
	ck_assert_int_eq(look(NULL, "U1"), 7);
	ck_assert_str_eq(found.uuid, "");
	ck_assert(!exists("7"));
	ck_assert_str_eq(get_db(), "U1 7\n");
	ck_assert_uint_eq(errors, 0);
}
END_TEST

START_TEST(a_database_that_cannot_be_read_ends_it)
{
	ck_assert_int_eq(symlinkat("elsewhere", top, "vtpm.db"), 0);
	ck_assert_int_eq(settle(A, "U1", 0), -ELOOP);
	ck_assert_int_eq(look(A, "U1"), -ELOOP);
	ck_assert_uint_eq(errors, 2);
	ck_assert(!exists("1"));
}
END_TEST

static const int faults[] = { EIO, ENOSPC, FAULTS_SHORT, FAULTS_DEATH };

/*
 * Whatever fails while a vTPM is made: one line says so, and the next attempt
 * makes one and not two.
 */
START_TEST(every_step_of_making_may_fail)
{
	unsigned int nth;
	int r;

	for (nth = 1;; nth++) {
		nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
		statedir_close(&dirs);
		ck_assert_int_eq(statedir_open_state(&dirs, dir), 0);
		close(top);
		top = open(dir, O_RDONLY | O_DIRECTORY);
		errors = 0;
		faults_arm(FAULTS_ANY, nth, faults[_i]);
		r = settle(A, "U1", 3);
		if (!faults_disarm())
			break;
		ck_assert_uint_eq(errors, r < 0 ? 1u : 0u);
		ck_assert_int_eq(settle(A, "U1", 3), 3);
		ck_assert_str_eq(get_db(), HEAD A " 3\nU1 3\n");
		ck_assert_int_eq(settle(B, "U2", 0), 1);
	}
	ck_assert_uint_gt(nth, 25);
}
END_TEST

/* ... and while one is found: never another. */
START_TEST(every_step_of_finding_may_fail)
{
	unsigned int nth;
	int r;

	for (nth = 1;; nth++) {
		put_db(HEAD A " 2\nU1 2\n");
		unlinkat(top, "vtpm.recent", 0);
		errors = 0;
		faults_arm(FAULTS_ANY, nth, faults[_i]);
		r = settle(B, "U1", 3);
		if (!faults_disarm())
			break;
		ck_assert(r == 2 || r < 0);
		ck_assert_uint_eq(errors, r < 0 ? 1u : 0u);
		ck_assert_int_eq(settle(B, "U1", 3), 2);
		ck_assert_str_eq(get_db(), HEAD A " 2\nU1 2\n");
	}
	ck_assert_int_eq(r, 2);
	ck_assert_uint_gt(nth, 15);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("identity");
	TCase *t = tcase_create("identity");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_new_vtpm_is_noted_under_both);
	tcase_add_test(t, a_known_uuid_decides);
	tcase_add_test(t, a_made_up_uuid_finds_the_guests_vtpm);
	tcase_add_test(t, an_arriving_guest_is_known_by_its_own_name);
	tcase_add_test(t, a_wish_is_granted_if_it_can_be);
	tcase_add_test(t, what_is_not_free_is_not_given);
	tcase_add_test(t, without_a_uuid_that_of_the_instance_is_told);
	tcase_add_test(t, a_file_of_2006_is_honoured);
	tcase_add_test(t, a_vtpm_that_is_lost_is_not_made_anew);
	tcase_add_loop_test(t, a_name_that_is_no_key_is_left_out, 0, NO_KEYS);
	tcase_add_test(t, a_guest_may_have_several);
	tcase_add_test(t, what_is_no_uuid_is_refused);
	tcase_add_test(t, looking_changes_nothing);
	tcase_add_test(t, a_database_that_cannot_be_read_ends_it);
	tcase_add_loop_test(t, every_step_of_making_may_fail, 0, 4);
	tcase_add_loop_test(t, every_step_of_finding_may_fail, 0, 4);
	suite_add_tcase(s, t);
	return suite_run(s);
}
