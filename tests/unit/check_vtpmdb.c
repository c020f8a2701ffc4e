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
static char last_line[LOG_LINE_MAX];

static void count_line(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	if (level > LOG_LEVEL_WARNING)
		return;
	lines++;
	snprintf(last_line, sizeof(last_line), "%s", line);
}

static void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/check_vtpmdb.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	top = open(dir, O_RDONLY | O_DIRECTORY);
	faults_arm(FAULTS_ANY, 0, 0);
	lines = 0;
	log_to_function(count_line, NULL);
}

static void teardown(void)
{
	unlinkat(top, "vtpm.db", 0);
	unlinkat(top, "vtpm.db", AT_REMOVEDIR);
	unlinkat(top, "vtpm.db.new", 0);
	unlinkat(top, "vtpm.recent", 0);
	unlinkat(top, "vtpm.recent.new", 0);
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

static unsigned int open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static struct vtpmdb *db;

static void must_open(void)
{
	ck_assert_int_eq(vtpmdb_open(top, &db), 0);
}

/* Opens, and says so if it cannot. */
static int open_error(void)
{
	int r = vtpmdb_open(top, &db);

	if (!r)
		vtpmdb_close(db);
	return r;
}

/* The instance of a key, as the next one to open finds it. */
static int find(const char *key)
{
	int n;

	must_open();
	n = (int)vtpmdb_find(db, key);
	vtpmdb_close(db);
	return n;
}

static int set(const char *key, uint32_t instance)
{
	int r;

	must_open();
	r = vtpmdb_set(db, key, instance);
	if (!r)
		r = vtpmdb_save(db);
	vtpmdb_close(db);
	return r;
}

static int note(const char *uuid, uint32_t instance)
{
	int r;

	must_open();
	r = vtpmdb_note(db, uuid, instance);
	if (!r)
		r = vtpmdb_save(db);
	vtpmdb_close(db);
	return r;
}

/* How many lines that removed. */
static int drop(uint32_t instance, const char *key)
{
	unsigned int n;

	must_open();
	n = key ? vtpmdb_remove_key(db, key) : vtpmdb_remove(db, instance);
	ck_assert_int_eq(vtpmdb_save(db), 0);
	vtpmdb_close(db);
	return (int)n;
}

START_TEST(a_new_file_is_that_of_2006)
{
	struct stat st;

	ck_assert_int_eq(find(A), 0);
	ck_assert_str_eq(get_file("vtpm.db"), "");
	ck_assert_int_eq(set(A, 1), 0);
	ck_assert_str_eq(get_file("vtpm.db"), HEAD A " 1\n");
	ck_assert_int_eq(set("U1", 1), 0);
	ck_assert_str_eq(get_file("vtpm.db"), HEAD A " 1\nU1 1\n");
	ck_assert_int_eq(find(A), 1);
	ck_assert_int_eq(find("U1"), 1);
	ck_assert_int_eq(fstatat(top, "vtpm.db", &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(faccessat(top, "vtpm.db.new", F_OK, 0), -1);
	ck_assert_int_eq(faccessat(top, "vtpm.recent", F_OK, 0), -1);
}
END_TEST

/* Toolstacks write uuids as they like; names are what they are. */
START_TEST(only_uuids_match_in_either_case)
{
	put_file(HEAD B " 2\nU1 3\nabcdef 4\n");
	ck_assert_int_eq(find("0D7C1A52-9C44-4F0E-9A3B-5B6F2F6B7A02"), 2);
	ck_assert_int_eq(find("U1"), 3);
	ck_assert_int_eq(find("u1"), 0);
	ck_assert_int_eq(find("ABCDEF"), 0);
	ck_assert_int_eq(find("U"), 0);
	ck_assert_int_eq(find(""), 0);
}
END_TEST

START_TEST(a_key_moves_where_it_stands)
{
	put_file(HEAD "x 1\ny 2\n# mine\nz 3\ny 4\ny");
	ck_assert_int_eq(set("y", 5), 0);
	ck_assert_str_eq(get_file("vtpm.db"), HEAD "x 1\ny 5\n# mine\nz 3\ny");
	/* What is so already is left as it is written. */
	put_file(HEAD "  x\t1");
	ck_assert_int_eq(set("x", 1), 0);
	ck_assert_str_eq(get_file("vtpm.db"), HEAD "  x\t1");
	ck_assert_int_eq(set("x", 2), 0);
	ck_assert_str_eq(get_file("vtpm.db"), HEAD "x 2\n");
}
END_TEST

START_TEST(a_key_with_two_instances_has_the_first)
{
	put_file("x 1\ny 2\nx 3\nx 1\n");
	ck_assert_int_eq(find("y"), 2);
	ck_assert_uint_eq(lines, 0);
	ck_assert_int_eq(find("x"), 1);
	ck_assert_uint_eq(lines, 1);
	ck_assert_ptr_nonnull(strstr(last_line, "vtpm.db line 3 "));
	must_open();
	ck_assert(vtpmdb_taken(db, 3));
	vtpmdb_close(db);
}
END_TEST

START_TEST(an_instance_is_removed_with_all_its_keys)
{
	put_file(HEAD A " 1\nU1 1\n# 1 1\nnonsense 1 1\nU2 2\n" B " 1");
	ck_assert_int_eq(note("0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a03", 1), 0);
	ck_assert_int_eq(drop(1, NULL), 3);
	ck_assert_str_eq(get_file("vtpm.db"),
			 HEAD "# 1 1\nnonsense 1 1\nU2 2\n");
	ck_assert_int_eq(find("0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a03"), 0);
	ck_assert_int_eq(drop(1, NULL), 0);
	ck_assert_int_eq(drop(0, NULL), 0);
	ck_assert_int_eq(drop(0, "U3"), 0);
	ck_assert_int_eq(drop(0, "U2"), 1);
	ck_assert_str_eq(get_file("vtpm.db"), HEAD "# 1 1\nnonsense 1 1\n");
}
END_TEST

START_TEST(what_is_taken_is_known)
{
	put_file(HEAD "x 1\ny 65535\n0 0\n");
	must_open();
	ck_assert(!vtpmdb_taken(db, 0));
	ck_assert(vtpmdb_taken(db, 1));
	ck_assert(!vtpmdb_taken(db, 2));
	ck_assert(vtpmdb_taken(db, 65535));
	ck_assert(!vtpmdb_taken(db, 65536));
	ck_assert_int_eq(vtpmdb_set(db, "z", 2), 0);
	ck_assert(vtpmdb_taken(db, 2));
	ck_assert_int_eq(vtpmdb_set(db, "z", 3), 0);
	ck_assert(!vtpmdb_taken(db, 2));
	ck_assert_uint_eq(vtpmdb_remove(db, 1), 1);
	ck_assert(!vtpmdb_taken(db, 1));
	/* Nothing was saved. */
	vtpmdb_close(db);
	ck_assert_int_eq(find("z"), 0);
	ck_assert_int_eq(find("x"), 1);
}
END_TEST

static int add_up(void *ctx, const char *key, uint32_t instance)
{
	char *text = ctx;
	const size_t len = strlen(text);

	snprintf(text + len, 256 - len, "%s=%u ", key, instance);
	return instance == 7 ? 77 : 0;
}

START_TEST(lines_are_listed_in_their_order)
{
	char text[256] = "", key[VTPMDB_KEY_MAX];

	put_file(HEAD "U1 2\nwrong\n\n" B " 2\n" A " 2\nU3 7\nU4 8\n");
	must_open();
	ck_assert_int_eq(vtpmdb_each(db, add_up, text), 77);
	ck_assert_str_eq(text, "U1=2 " B "=2 " A "=2 U3=7 ");
	ck_assert(vtpmdb_key_of(db, 2, true, key));
	ck_assert_str_eq(key, B);
	ck_assert(vtpmdb_key_of(db, 2, false, key));
	ck_assert_str_eq(key, "U1");
	ck_assert(!vtpmdb_key_of(db, 7, true, key));
	ck_assert(!vtpmdb_key_of(db, 0, false, key));
	vtpmdb_close(db);
}
END_TEST

/* Else the file would grow at every create. */
START_TEST(a_made_up_uuid_replaces_the_one_before)
{
	char *old = strdup("");
	const char *text;
	int i;

	put_file(HEAD "U1 1\nU2 2\n");
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(note(i % 2 ? A : B, 1), 0);
		ck_assert_int_eq(find(A), i % 2 ? 1 : 0);
		ck_assert_int_eq(find(B), i % 2 ? 0 : 1);
		text = get_file("vtpm.recent");
		if (i > 0)
			ck_assert_uint_eq(strlen(text), strlen(old));
		free(old);
		old = strdup(text);
	}
	/* It may be another's now. */
	ck_assert_int_eq(note(B, 2), 0);
	ck_assert_int_eq(find(B), 2);
	ck_assert_uint_eq(strlen(get_file("vtpm.recent")), strlen(old));
	free(old);
	/* vtpm.db comes first. */
	ck_assert_int_eq(set(B, 3), 0);
	ck_assert_int_eq(find(B), 3);
	ck_assert_str_eq(get_file("vtpm.db"), HEAD "U1 1\nU2 2\n" B " 3\n");
}
END_TEST

/* ... and names are never looked for there. */
START_TEST(a_list_of_recent_ones_that_is_damaged_is_made_anew)
{
	int fd;

	put_file(HEAD "U1 1\n");
	fd = openat(top, "vtpm.recent", O_WRONLY | O_CREAT, 0600);
	ck_assert_int_eq(write(fd, "U2 2\n\0\0\n", 8), 8);
	close(fd);
	ck_assert_int_eq(find("U1"), 1);
	ck_assert_int_eq(find("U2"), 0);
	ck_assert_uint_eq(lines, 2);
	ck_assert_int_eq(note(A, 1), 0);
	lines = 0;
	ck_assert_int_eq(find(A), 1);
	ck_assert_uint_eq(lines, 0);
}
END_TEST

/* As people edit files, and as other systems end lines. */
START_TEST(files_written_by_hand_are_read)
{
	put_file("# mine\n\n  \t\n" A "\t 17 \r\n#" B " 18\n  " B "  19");
	ck_assert_int_eq(find(A), 17);
	ck_assert_int_eq(find(B), 19);
	ck_assert_int_eq(set("new", 1), 0);
	ck_assert_str_eq(get_file("vtpm.db"),
			 "# mine\n\n  \t\n" A "\t 17 \r\n#" B " 18\n  " B
			 "  19\nnew 1\n");
	ck_assert_uint_eq(lines, 0);
}
END_TEST

/* What vtpm-common.sh left, of either year; it appended with echo. */
START_TEST(files_of_2006_are_read)
{
	put_file(HEAD "TPMUserDomain0 1\nExampleHVMDomain 2\n" A
		      " 3\nd/o-m_a.i+n:4 4\n#gone 5\n");
	ck_assert_int_eq(find("TPMUserDomain0"), 1);
	ck_assert_int_eq(find("ExampleHVMDomain"), 2);
	ck_assert_int_eq(find(A), 3);
	ck_assert_int_eq(find("d/o-m_a.i+n:4"), 4);
	ck_assert_int_eq(find("gone"), 0);
	ck_assert_int_eq(find("#gone"), 0);
	must_open();
	ck_assert(!vtpmdb_taken(db, 5));
	vtpmdb_close(db);
	ck_assert_uint_eq(lines, 0);
}
END_TEST

#define X16 "xxxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16

static const char *const senseless[] = {
	"x",	 "x ",	    "x y",	  "x 0",	  "x -1",
	"x 01",	 "x\001 1", "x 1x",	  "x 1 2",	  "x 65536",
	"x 1 #", "x 1.0",   X64 X64 " 1", "x 4294967297",
};
#define SENSELESS (int)(sizeof(senseless) / sizeof(senseless[0]))

START_TEST(senseless_lines_are_reported_and_kept)
{
	char text[512], want[600];

	snprintf(text, sizeof(text), HEAD "%s\n" A " 7\n", senseless[_i]);
	put_file(text);
	ck_assert_int_eq(find("x"), 0);
	ck_assert_uint_eq(lines, 1);
	ck_assert_ptr_nonnull(strstr(last_line, "vtpm.db line 4 "));
	ck_assert_int_eq(find(A), 7);
	ck_assert_int_eq(set(B, 1), 0);
	snprintf(want, sizeof(want), "%s" B " 1\n", text);
	ck_assert_str_eq(get_file("vtpm.db"), want);
}
END_TEST

/* However long: it is no line of ours. */
START_TEST(a_line_without_end_is_kept)
{
	static char text[3000];

	memset(text, 'x', sizeof(text) - 1);
	put_file(text);
	ck_assert_int_eq(set(A, 1), 0);
	ck_assert_uint_eq(lines, 1);
	ck_assert_int_eq(find(A), 1);
	ck_assert_uint_eq(strlen(get_file("vtpm.db")),
			  sizeof(text) - 1 + sizeof("\n" A " 1\n") - 1);
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
	ck_assert_int_eq(open_error(), -EBADMSG);
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
	int fd;

	switch (_i) {
	case 0:
		ck_assert_int_eq(mkdirat(top, "vtpm.db", 0700), 0);
		ck_assert_int_eq(open_error(), -EFBIG);
		break;
	case 1:
		ck_assert_int_eq(symlinkat("/etc/passwd", top, "vtpm.db"), 0);
		ck_assert_int_eq(open_error(), -ELOOP);
		break;
	default:
		put_file("");
		fd = openat(top, "vtpm.db", O_WRONLY);
		ck_assert_int_eq(ftruncate(fd, 17 * 1024 * 1024), 0);
		close(fd);
		ck_assert_int_eq(open_error(), -EFBIG);
	}
}
END_TEST

START_TEST(an_empty_file_is_one)
{
	put_file("");
	ck_assert_int_eq(set(A, 1), 0);
	ck_assert_str_eq(get_file("vtpm.db"), A " 1\n");
}
END_TEST

START_TEST(what_cannot_be_written_is_refused)
{
	char longest[VTPMDB_KEY_MAX + 1];
	static const char *const wrong[] = { "",   "a b",  "a\tb", "a\nb",
					     "#a", "a\rb", "a\r",  "a\177" };
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert(!vtpmdb_is_key(wrong[i]));
		ck_assert_int_eq(set(wrong[i], 1), -EINVAL);
	}
	memset(longest, 'k', VTPMDB_KEY_MAX);
	longest[VTPMDB_KEY_MAX] = '\0';
	ck_assert_int_eq(set(longest, 1), -EINVAL);
	longest[VTPMDB_KEY_MAX - 1] = '\0';
	ck_assert_int_eq(set(longest, VTPMDB_INSTANCE_MAX), 0);
	ck_assert_int_eq(find(longest), VTPMDB_INSTANCE_MAX);
	ck_assert_int_eq(set("a", 0), -EINVAL);
	ck_assert_int_eq(set("a", VTPMDB_INSTANCE_MAX + 1), -EINVAL);
	ck_assert_int_eq(note(A, 0), -EINVAL);
	ck_assert_int_eq(set("gr\303\274n#1", 1), 0);
	ck_assert_int_eq(find("gr\303\274n#1"), 1);
}
END_TEST

START_TEST(a_uuid_is_known_by_its_form)
{
	static const char *const wrong[] = {
		"",
		"0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a0",
		"0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a011",
		"0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a0g",
		"0d7c1a52-9c44-4f0e-9a3b5-b6f2f6b7a01",
		"0d7c1a5209c44-4f0e-9a3b-5b6f2f6b7a01",
		"0d7c1a52-9c44-4f0e-9a3b",
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!vtpmdb_is_uuid(wrong[i]), "%s", wrong[i]);
	ck_assert(vtpmdb_is_uuid(A));
	ck_assert(vtpmdb_is_uuid("0D7C1A52-9C44-4F0E-9A3B-5B6F2F6B7A01"));
}
END_TEST

static const int errors[] = { EIO, ENOSPC, FAULTS_SHORT, FAULTS_DEATH };

/* All of the file, or all of the file and the new line. */
START_TEST(every_step_may_fail)
{
	unsigned int nth, files = open_files();
	const char *text;
	int r;

	for (nth = 1;; nth++) {
		put_file(HEAD A " 1\n");
		faults_arm(FAULTS_ANY, nth, errors[_i]);
		r = vtpmdb_open(top, &db);
		if (!r) {
			r = vtpmdb_set(db, B, 2);
			if (!r)
				r = vtpmdb_save(db);
			vtpmdb_close(db);
		}
		if (!faults_disarm())
			break;
		ck_assert_uint_eq(open_files(), files);
		text = get_file("vtpm.db");
		ck_assert(!strcmp(text, HEAD A " 1\n" B " 2\n") ||
			  (r && !strcmp(text, HEAD A " 1\n")));
		ck_assert_int_eq(set(B, 2), 0);
		ck_assert_str_eq(get_file("vtpm.db"), HEAD A " 1\n" B " 2\n");
	}
	ck_assert_uint_gt(nth, 14);
}
END_TEST

START_TEST(finding_may_fail)
{
	unsigned int nth, files = open_files();
	uint32_t found = 0;
	int r;

	put_file(HEAD A " 1\n");
	for (nth = 1;; nth++) {
		faults_arm(FAULTS_ANY, nth, EIO);
		r = vtpmdb_open(top, &db);
		if (!r) {
			found = vtpmdb_find(db, A);
			vtpmdb_close(db);
		}
		if (!faults_disarm())
			break;
		ck_assert(r == -EIO || r == -ENOMEM || r == 0);
		/* Never that there is none. */
		ck_assert(r || found == 1);
		ck_assert_uint_eq(open_files(), files);
	}
	ck_assert_uint_gt(nth, 8);
}
END_TEST

/* The lowest that is free: two that do not wait for each other get the same. */
static int take_lowest(const char *key)
{
	uint32_t n = 1;
	int r;

	must_open();
	while (vtpmdb_taken(db, n))
		n++;
	r = vtpmdb_set(db, key, n);
	if (!r)
		r = vtpmdb_save(db);
	vtpmdb_close(db);
	return r;
}

START_TEST(processes_do_not_get_in_each_others_way)
{
	bool seen[41] = { false };
	char key[8];
	int i, n, status;

	for (i = 0; i < 4; i++)
		if (fork() == 0) {
			for (n = 0; n < 10; n++) {
				snprintf(key, sizeof(key), "k%d-%d", i, n);
				if (take_lowest(key))
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
	tcase_add_test(t, only_uuids_match_in_either_case);
	tcase_add_test(t, a_key_moves_where_it_stands);
	tcase_add_test(t, a_key_with_two_instances_has_the_first);
	tcase_add_test(t, an_instance_is_removed_with_all_its_keys);
	tcase_add_test(t, what_is_taken_is_known);
	tcase_add_test(t, lines_are_listed_in_their_order);
	tcase_add_test(t, a_made_up_uuid_replaces_the_one_before);
	tcase_add_test(t, a_list_of_recent_ones_that_is_damaged_is_made_anew);
	tcase_add_test(t, files_written_by_hand_are_read);
	tcase_add_test(t, files_of_2006_are_read);
	tcase_add_loop_test(t, senseless_lines_are_reported_and_kept, 0,
			    SENSELESS);
	tcase_add_test(t, a_line_without_end_is_kept);
	tcase_add_test(t, a_file_with_zeros_is_refused);
	tcase_add_loop_test(t, what_is_no_file_is_refused, 0, 3);
	tcase_add_test(t, an_empty_file_is_one);
	tcase_add_test(t, what_cannot_be_written_is_refused);
	tcase_add_test(t, a_uuid_is_known_by_its_form);
	tcase_add_loop_test(t, every_step_may_fail, 0, 4);
	tcase_add_test(t, finding_may_fail);
	tcase_add_test(t, processes_do_not_get_in_each_others_way);
	suite_add_tcase(s, t);
	return suite_run(s);
}
