/* SPDX-License-Identifier: BSD-2-Clause */
/* The file that says whose a vTPM is. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults.h"
#include "log.h"
#include "suite.h"
#include "vtpmdb.h"

#define HEAD                                     \
	"#Database for VM to vTPM association\n" \
	"#1st column: domain name\n"             \
	"#2nd column: TPM instance number\n"

#define A "0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a01"
#define B "0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a02"

static char dir[] = "/tmp/check_vtpmdb.XXXXXX";
static int top;
static unsigned int lines; /* of the log */

/* What claim says to each number, and what it was asked for. */
static struct {
	uint32_t taken_below;
	int error;
	unsigned int calls;
	uint32_t last;
} claims;

static void count_line(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)line;
	lines += level <= LOG_LEVEL_WARNING;
}

static void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/check_vtpmdb.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	top = open(dir, O_RDONLY | O_DIRECTORY);
	memset(&claims, 0, sizeof(claims));
	faults_arm(FAULTS_ANY, 0, 0);
	lines = 0;
	log_to_function(count_line, NULL);
}

static void teardown(void)
{
	unlinkat(top, "vtpm.db", 0);
	unlinkat(top, "vtpm.db", AT_REMOVEDIR);
	unlinkat(top, "vtpm.db.new", 0);
	close(top);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void put_bytes(const char *bytes, size_t len)
{
	int fd = openat(top, "vtpm.db", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, len), (int)len);
	close(fd);
}

static void put_file(const char *text)
{
	put_bytes(text, strlen(text));
}

static const char *get_file(void)
{
	static char text[4096];
	int fd = openat(top, "vtpm.db", O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return "";
	n = read(fd, text, sizeof(text) - 1);
	ck_assert_int_ge((int)n, 0);
	text[n] = '\0';
	close(fd);
	return text;
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

static int claim(void *ctx, uint32_t instance)
{
	(void)ctx;
	claims.calls++;
	claims.last = instance;
	if (claims.error)
		return claims.error;
	return instance < claims.taken_below ? -EEXIST : 0;
}

/* The instance, or the error. */
static int assign(const char *key)
{
	uint32_t instance = 0;
	int r = vtpmdb_assign(top, key, claim, NULL, &instance);

	return r ? r : (int)instance;
}

static int find(const char *key)
{
	uint32_t instance = 0;
	int r = vtpmdb_find(top, key, &instance);

	return r ? r : (int)instance;
}

START_TEST(a_new_file_is_that_of_2006)
{
	struct stat st;

	ck_assert_int_eq(find(A), -ENOENT);
	ck_assert_int_eq(assign(A), 1);
	ck_assert_str_eq(get_file(), HEAD A " 1\n");
	ck_assert_int_eq(assign(B), 2);
	ck_assert_str_eq(get_file(), HEAD A " 1\n" B " 2\n");
	ck_assert_int_eq(fstatat(top, "vtpm.db", &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(faccessat(top, "vtpm.db.new", F_OK, 0), -1);
}
END_TEST

START_TEST(an_association_stays)
{
	ck_assert_int_eq(assign(A), 1);
	ck_assert_int_eq(assign(B), 2);
	claims.calls = 0;
	ck_assert_int_eq(assign(A), 1);
	ck_assert_int_eq(find(A), 1);
	ck_assert_int_eq(find(B), 2);
	ck_assert_uint_eq(claims.calls, 0);
	/* However a toolstack writes a uuid. */
	ck_assert_int_eq(find("0D7C1A52-9C44-4F0E-9A3B-5B6F2F6B7A02"), 2);
}
END_TEST

START_TEST(the_lowest_free_number_is_given)
{
	put_file(HEAD "x 1\ny 3\nz 4\n");
	ck_assert_int_eq(assign(A), 2);
	ck_assert_int_eq(assign(B), 5);
	claims.taken_below = 9;
	ck_assert_int_eq(assign("c"), 9);
	ck_assert_str_eq(get_file(),
			 HEAD "x 1\ny 3\nz 4\n" A " 2\n" B " 5\nc 9\n");
}
END_TEST

/* As people edit files, and as other systems end lines. */
START_TEST(files_written_by_hand_are_read)
{
	put_file("# mine\n\n  \t\n" A "\t 17 \r\n#" B " 18\n  " B "  19");
	ck_assert_int_eq(find(A), 17);
	ck_assert_int_eq(find(B), 19);
	ck_assert_int_eq(assign("new"), 1);
	ck_assert_str_eq(get_file(), "# mine\n\n  \t\n" A "\t 17 \r\n#" B
				     " 18\n  " B "  19\nnew 1\n");
	ck_assert_uint_eq(lines, 0);
}
END_TEST

static const char *const senseless[] = {
	"x",	"x ",	 "x y",	    "x 0",   "x -1",  "x 01",
	"x 1x", "x 1 2", "x 65536", "x 1 #", "x 1.0", "x 4294967297",
};
#define SENSELESS (int)(sizeof(senseless) / sizeof(senseless[0]))

START_TEST(senseless_lines_are_reported_and_kept)
{
	char text[512], want[600];

	snprintf(text, sizeof(text), HEAD "%s\n" A " 7\n", senseless[_i]);
	put_file(text);
	ck_assert_int_eq(find("x"), -ENOENT);
	ck_assert_uint_eq(lines, 1);
	ck_assert_int_eq(find(A), 7);
	ck_assert_int_eq(assign(B), 1);
	snprintf(want, sizeof(want), "%s" B " 1\n", text);
	ck_assert_str_eq(get_file(), want);
}
END_TEST

/*
 * After a crash of the host's file system, say.  The lines behind are not
 * missing: their owners must not get new vTPMs.
 */
START_TEST(a_file_with_zeros_is_refused)
{
	static const char text[] = HEAD "x 1\n\0\0\0\n" A " 7\n";

	put_bytes(text, sizeof(text) - 1);
	ck_assert_int_eq(find(A), -EBADMSG);
	ck_assert_int_eq(assign(A), -EBADMSG);
	ck_assert_int_eq(assign("x"), -EBADMSG);
	ck_assert_uint_eq(claims.calls, 0);
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
	int fd;

	switch (_i) {
	case 0:
		ck_assert_int_eq(mkdirat(top, "vtpm.db", 0700), 0);
		ck_assert_int_eq(assign(A), -EFBIG);
		break;
	case 1:
		ck_assert_int_eq(symlinkat("/etc/passwd", top, "vtpm.db"), 0);
		ck_assert_int_eq(assign(A), -ELOOP);
		break;
	default:
		put_file("");
		fd = openat(top, "vtpm.db", O_WRONLY);
		ck_assert_int_eq(ftruncate(fd, 17 * 1024 * 1024), 0);
		close(fd);
		ck_assert_int_eq(assign(A), -EFBIG);
	}
	ck_assert_uint_eq(claims.calls, 0);
}
END_TEST

START_TEST(an_empty_file_is_one)
{
	put_file("");
	ck_assert_int_eq(assign(A), 1);
	ck_assert_str_eq(get_file(), A " 1\n");
}
END_TEST

START_TEST(keys_that_would_break_the_format_are_refused)
{
	char longest[VTPMDB_KEY_MAX + 1];
	static const char *const wrong[] = { "",   "a b", "a\tb", "a\nb",
					     "#a", "a#b", "a\r" };
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_int_eq(assign(wrong[i]), -EINVAL);
	memset(longest, 'k', VTPMDB_KEY_MAX);
	longest[VTPMDB_KEY_MAX] = '\0';
	ck_assert_int_eq(assign(longest), -EINVAL);
	longest[VTPMDB_KEY_MAX - 1] = '\0';
	ck_assert_int_eq(assign(longest), 1);
	ck_assert_int_eq(find(longest), 1);
}
END_TEST

START_TEST(numbers_may_run_out)
{
	claims.taken_below = VTPMDB_INSTANCE_MAX + 1;
	ck_assert_int_eq(assign(A), -ENOSPC);
	ck_assert_uint_eq(claims.calls, VTPMDB_INSTANCE_MAX);
	claims.taken_below = VTPMDB_INSTANCE_MAX;
	ck_assert_int_eq(assign(A), VTPMDB_INSTANCE_MAX);
	ck_assert_int_eq(find(A), VTPMDB_INSTANCE_MAX);
}
END_TEST

START_TEST(a_claim_that_fails_ends_it)
{
	claims.error = -EROFS;
	ck_assert_int_eq(assign(A), -EROFS);
	ck_assert_uint_eq(claims.calls, 1);
	ck_assert_str_eq(get_file(), "");
}
END_TEST

static const int errors[] = { EIO, ENOSPC, FAULTS_SHORT, FAULTS_DEATH };

/* All of the file, or all of the file and the new line. */
START_TEST(every_step_may_fail)
{
	unsigned int nth, files = open_files();
	uint32_t instance;
	const char *text;
	int r;

	for (nth = 1;; nth++) {
		put_file(HEAD A " 1\n");
		faults_arm(FAULTS_ANY, nth, errors[_i]);
		r = vtpmdb_assign(top, B, claim, NULL, &instance);
		if (!faults_disarm())
			break;
		ck_assert_uint_eq(open_files(), files);
		text = get_file();
		ck_assert(!strcmp(text, HEAD A " 1\n" B " 2\n") ||
			  (r && !strcmp(text, HEAD A " 1\n")));
		ck_assert_int_eq(assign(B), 2);
		ck_assert_str_eq(get_file(), HEAD A " 1\n" B " 2\n");
	}
	ck_assert_uint_gt(nth, 12);
}
END_TEST

START_TEST(finding_may_fail)
{
	unsigned int nth, files = open_files();
	uint32_t instance;
	int r;

	put_file(HEAD A " 1\n");
	for (nth = 1;; nth++) {
		faults_arm(FAULTS_ANY, nth, EIO);
		r = vtpmdb_find(top, A, &instance);
		if (!faults_disarm())
			break;
		/* Never that there is none. */
		ck_assert(r == -EIO || r == -ENOMEM || r == 0);
		ck_assert_uint_eq(open_files(), files);
	}
	ck_assert_uint_gt(nth, 6);
}
END_TEST

/* Several processes at once: each key gets a number of its own. */
START_TEST(processes_do_not_get_in_each_others_way)
{
	bool seen[41] = { false };
	char key[8];
	int i, n, status;

	for (i = 0; i < 4; i++)
		if (fork() == 0) {
			for (n = 0; n < 10; n++) {
				snprintf(key, sizeof(key), "k%d-%d", i, n);
				if (assign(key) < 1)
					_exit(1);
			}
			_exit(0);
		}
	for (i = 0; i < 4; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	for (i = 0; i < 40; i++) {
		snprintf(key, sizeof(key), "k%d-%d", i / 10, i % 10);
		n = find(key);
		ck_assert_int_ge(n, 1);
		ck_assert_int_le(n, 40);
		ck_assert(!seen[n]);
		seen[n] = true;
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vtpmdb");
	TCase *t = tcase_create("vtpmdb");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_new_file_is_that_of_2006);
	tcase_add_test(t, an_association_stays);
	tcase_add_test(t, the_lowest_free_number_is_given);
	tcase_add_test(t, files_written_by_hand_are_read);
	tcase_add_loop_test(t, senseless_lines_are_reported_and_kept, 0,
			    SENSELESS);
	tcase_add_test(t, a_file_with_zeros_is_refused);
	tcase_add_loop_test(t, what_is_no_file_is_refused, 0, 3);
	tcase_add_test(t, an_empty_file_is_one);
	tcase_add_test(t, keys_that_would_break_the_format_are_refused);
	tcase_add_test(t, numbers_may_run_out);
	tcase_add_test(t, a_claim_that_fails_ends_it);
	tcase_add_loop_test(t, every_step_may_fail, 0, 4);
	tcase_add_test(t, finding_may_fail);
	tcase_add_test(t, processes_do_not_get_in_each_others_way);
	suite_add_tcase(s, t);
	return suite_run(s);
}
