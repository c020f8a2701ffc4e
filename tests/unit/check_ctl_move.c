/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpmctl export and import: one living copy, whole, never an older one. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl_rig.h"
#include "faults.h"
#include "suite.h"

#define KEY "thirty-two bytes that are a key."

static char key_file[80], words_file[80], file[80];

static void setup(void)
{
	rig_setup();
	snprintf(key_file, sizeof(key_file), "%s/key", rig.dir);
	snprintf(words_file, sizeof(words_file), "%s/words", rig.dir);
	snprintf(file, sizeof(file), "%s/mail.vtpm", rig.dir);
	rig_put(key_file, KEY, 32, 0600);
	rig_put(words_file, "correct horse\nnot this\n", 23, 0600);
	rig_add();
}

static void must_say(const char *text)
{
	ck_assert_msg(strstr(rig.said, text) != NULL, "no \"%s\" in:\n%s", text,
		      rig.said);
}

static enum ctl_status do_export(const char *to)
{
	if (!rig.options.copy_passphrase_file && !rig.options.copy_key_file)
		rig.options.copy_key_file = key_file;
	return rig_run(cmd_export, "mail", to, NULL);
}

static enum ctl_status do_import(const char *from)
{
	if (!rig.options.copy_passphrase_file && !rig.options.copy_key_file)
		rig.options.copy_key_file = key_file;
	return rig_run(cmd_import, from, NULL, NULL);
}

static enum ctl_status move(const char *to)
{
	rig.options.move = true;
	return do_export(to);
}

static void shows(const char *line)
{
	ck_assert_int_eq(rig_run(cmd_show, "mail", NULL, NULL), CTL_OK);
	ck_assert_msg(strstr(rig.out, line) != NULL, "no \"%s\" in:\n%s", line,
		      rig.out);
}

/* What of a page tells one TPM from another. */
static void get_pubek(char *text, size_t size)
{
	const char *line;

	ck_assert_int_eq(rig_run(cmd_show, "mail", NULL, NULL), CTL_OK);
	line = strstr(rig.out, "\npubek ");
	ck_assert_ptr_nonnull(line);
	ck_assert_uint_gt(strlen(line), 500);
	snprintf(text, size, "%.1000s", line);
}

static void get_pcrs(char *text, size_t size)
{
	ck_assert_int_eq(rig_run(cmd_pcrs, "mail", NULL, NULL), CTL_OK);
	snprintf(text, size, "%.4000s", rig.out);
}

/* ---- A whole life ---- */

START_TEST(a_suspended_one_moves_with_its_registers)
{
	char pcrs[4096], pubek[1024], text[4096];
	struct stat st;

	rig_saved(1, 0x42);
	get_pcrs(pcrs, sizeof(pcrs));
	get_pubek(pubek, sizeof(pubek));
	ck_assert_int_eq(rig_run(cmd_set, "mail", "localities=0,1", NULL),
			 CTL_OK);
	rig.options.to = "hostb";
	ck_assert_int_eq(move(file), CTL_OK);
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	shows("moved          yes\n");
	shows("moved_to       hostb\n");

	rig.host = 1;
	ck_assert_int_eq(do_import(file), CTL_OK);
	ck_assert_str_eq(rig.out, "vTPM 1\n");
	shows("state          suspended\n");
	shows("moved          no\n");
	shows("localities     0,1\n");
	get_pcrs(text, sizeof(text));
	ck_assert_str_eq(text, pcrs);
	get_pubek(text, sizeof(text));
	ck_assert_str_eq(text, pubek);
	ck_assert_int_eq(rig_run(cmd_show, RIG_UUID, NULL, NULL), CTL_OK);
	if (geteuid() == 0) {
		ck_assert_int_eq(stat(rig_state("1/permanent"), &st), 0);
		ck_assert_uint_eq(st.st_uid, STATEDIR_UID_BASE + 1);
		ck_assert_int_eq(stat(rig_state("1/saved"), &st), 0);
		ck_assert_uint_eq(st.st_uid, STATEDIR_UID_BASE + 1);
	}
	/* And back. */
	rig_write_again(1);
	ck_assert_int_eq(move(rig_path("back")), CTL_OK);
	rig.host = 0;
	ck_assert_int_eq(do_import(rig_path("back")), CTL_OK);
	shows("moved          no\n");
	shows("moved_to       -\n");
}
END_TEST

/* The number here may be another's there. */
START_TEST(it_gets_another_number_where_its_own_is_taken)
{
	char pubek[1024], text[1024];

	get_pubek(pubek, sizeof(pubek));
	ck_assert_int_eq(move(file), CTL_OK);
	rig.host = 1;
	ck_assert_int_eq(rig_run(cmd_add, NULL, NULL, NULL), CTL_OK);
	ck_assert_int_eq(do_import(file), CTL_OK);
	ck_assert_str_eq(rig.out, "vTPM 2\n");
	get_pubek(text, sizeof(text));
	ck_assert_str_eq(text, pubek);
	ck_assert_int_eq(rig_run(cmd_check, NULL, NULL, NULL), CTL_OK);
}
END_TEST

/* A name that another vTPM has there stays with that one. */
START_TEST(a_name_that_is_taken_is_left_alone)
{
	ck_assert_int_eq(move(file), CTL_OK);
	rig.host = 1;
	rig.options.name = "mail";
	ck_assert_int_eq(rig_run(cmd_add, NULL, NULL, NULL), CTL_OK);
	ck_assert_int_eq(do_import(file), CTL_OK);
	shows("instance       1\n");
	ck_assert_int_eq(rig_run(cmd_show, RIG_UUID, NULL, NULL), CTL_OK);
	ck_assert_ptr_nonnull(strstr(rig.out, "instance       2\n"));
}
END_TEST

START_TEST(a_passphrase_opens_it)
{
	rig.options.copy_passphrase_file = words_file;
	ck_assert_int_eq(do_export(file), CTL_OK);
	rig.host = 1;
	rig.options.copy_passphrase_file = words_file;
	rig.options.json = true;
	ck_assert_int_eq(do_import(file), CTL_OK);
	ck_assert_str_eq(rig.out, "{\n  \"instance\": 1,\n  \"writes\": 2,\n"
				  "  \"suspended\": false\n}\n");
}
END_TEST

/* ---- What is refused ---- */

START_TEST(an_older_one_is_refused)
{
	ck_assert_int_eq(do_export(file), CTL_OK);
	ck_assert_int_eq(do_import(file), CTL_OK);
	rig_write_again(1);
	ck_assert_int_eq(do_import(file), CTL_FAILED);
	must_say("vTPM 1 here is newer: it was written 3 times, the imported "
		 "one 2 times");
	shows("writes         3\n");
	ck_assert(!rig_exists(rig_state("1.tmp")));
	rig.options.force_older = true;
	ck_assert_int_eq(do_import(file), CTL_OK);
	shows("writes         2\n");
}
END_TEST

/* What is damaged may have been newer. */
START_TEST(a_damaged_one_is_replaced_only_when_told)
{
	ck_assert_int_eq(do_export(file), CTL_OK);
	rig_put(rig_state("1/permanent"), "junk", 4, 0600);
	ck_assert_int_eq(do_import(file), CTL_FAILED);
	must_say("nobody knows which is newer");
	rig.options.force_older = true;
	ck_assert_int_eq(do_import(file), CTL_OK);
	ck_assert_int_eq(rig_run(cmd_check, NULL, NULL, NULL), CTL_OK);
}
END_TEST

START_TEST(one_whose_directory_is_gone_comes_back)
{
	ck_assert_int_eq(do_export(file), CTL_OK);
	unlink(rig_state("1/permanent"));
	ck_assert_int_eq(rmdir(rig_state("1")), 0);
	ck_assert_int_eq(do_import(file), CTL_OK);
	ck_assert_str_eq(rig.out, "vTPM 1\n");
	ck_assert_int_eq(rig_run(cmd_check, NULL, NULL, NULL), CTL_OK);
}
END_TEST

START_TEST(a_running_one_is_neither_moved_nor_replaced)
{
	char copy[80];
	int lock;

	snprintf(copy, sizeof(copy), "%s/copy", rig.dir);
	ck_assert_int_eq(do_export(file), CTL_OK);
	rig_live(1, 7, 1);
	rig.alive = 7;
	lock = rig_lock(1, LOCK_EX);
	ck_assert_int_eq(move(copy), CTL_RUNNING);
	must_say("in use by domain 7");
	ck_assert(!rig_exists(copy));
	ck_assert_int_eq(do_import(file), CTL_RUNNING);
	/* But there may be a backup. */
	ck_assert_int_eq(do_export(copy), CTL_OK);
	close(lock);
	ck_assert_int_eq(move(rig_path("third")), CTL_RUNNING);
	rig.host = 1;
	ck_assert_int_eq(do_import(copy), CTL_OK);
	shows("state          off\n");
}
END_TEST

/* Its daemon ended with its guest, and has not saved what that had. */
START_TEST(one_that_is_not_settled_waits)
{
	rig_live(1, 7, 1);
	rig_suspend(1, 7);
	ck_assert_int_eq(move(file), CTL_RUNNING);
	must_say("is not saved yet");
	ck_assert(!rig_exists(file));
}
END_TEST

START_TEST(a_moved_one_is_not_moved_again)
{
	char copy[80];

	snprintf(copy, sizeof(copy), "%s/copy", rig.dir);
	rig.options.to = "hostb";
	ck_assert_int_eq(move(file), CTL_OK);
	ck_assert_int_eq(move(copy), CTL_FAILED);
	must_say("was moved to hostb already");
	ck_assert(!rig_exists(copy));
}
END_TEST

/* A file is never overwritten, and a secret never read from an open one. */
START_TEST(files_are_treated_with_care)
{
	rig_put(file, "mine", 4, 0644);
	ck_assert_int_eq(move(file), CTL_FAILED);
	must_say("File exists");
	shows("moved          no\n");
	unlink(file);
	rig_put(key_file, KEY, 32, 0644);
	ck_assert_int_eq(do_export(file), CTL_FAILED);
	must_say("its owner alone can read");
	rig_put(key_file, KEY, 31, 0600);
	ck_assert_int_eq(do_export(file), CTL_FAILED);
	must_say("a key has 32 bytes, and this file 31");
	rig_put(words_file, "\nsecond line", 12, 0600);
	rig.options.copy_passphrase_file = words_file;
	ck_assert_int_eq(do_export(file), CTL_FAILED);
	must_say("its first line is empty");
	ck_assert_int_eq(rig_run(cmd_export, "mail", file, NULL), CTL_FAILED);
	must_say("no terminal to ask at");
	ck_assert(!rig_exists(file));
	ck_assert_int_eq(do_export("/nowhere/file"), CTL_FAILED);
	ck_assert_int_eq(rig_run(cmd_export, "web", file, NULL), CTL_NONE);
}
END_TEST

START_TEST(what_is_no_copy_is_refused)
{
	static uint8_t bytes[16384];
	size_t n;

	ck_assert_int_eq(do_export(file), CTL_OK);
	n = rig_get(file, bytes, sizeof(bytes));
	rig.host = 1;
	bytes[n / 2] ^= 1;
	rig_put(file, bytes, n, 0600);
	ck_assert_int_eq(do_import(file), CTL_FAILED);
	must_say("is no exported vTPM, is damaged, or was exported with "
		 "another");
	bytes[n / 2] ^= 1;
	bytes[11] = 2;
	rig_put(file, bytes, n, 0600);
	ck_assert_int_eq(do_import(file), CTL_FAILED);
	must_say("was written by a later version");
	bytes[11] = 1;
	rig_put(file, bytes, n, 0600);
	rig_put(key_file, "thirty-two bytes that are a kex.", 32, 0600);
	ck_assert_int_eq(do_import(file), CTL_FAILED);
	rig.options.copy_passphrase_file = words_file;
	ck_assert_int_eq(do_import(file), CTL_FAILED);
	must_say("it was exported with a --copy-key-file");
	ck_assert_int_eq(do_import(rig_path("nothing")), CTL_FAILED);
	ck_assert(!rig_exists(rig_state("1")));
	ck_assert_int_eq(rig_run(cmd_list, NULL, NULL, NULL), CTL_OK);
	ck_assert_ptr_null(strstr(rig.out, "mail"));
}
END_TEST

/* ---- Full disks ---- */

static const struct {
	enum faults_call call;
	int error;
} faults[] = {
	{ FAULTS_PWRITE, ENOSPC },  { FAULTS_OPENAT, ENOSPC },
	{ FAULTS_FSYNC, EIO },	    { FAULTS_RENAMEAT, EIO },
	{ FAULTS_MKDIRAT, ENOSPC }, { FAULTS_PWRITE, FAULTS_SHORT },
	{ FAULTS_CLOSE, EIO },
};
#define FAULTS (int)(sizeof(faults) / sizeof(faults[0]))

static void arm(unsigned int nth, int i)
{
	rig.fault_call = faults[i].call;
	rig.fault_error = faults[i].error;
	rig.fault_nth = nth;
}

/* Whether such a failure must have been seen at all. */
static bool must_fail(int i)
{
	return faults[i].error != FAULTS_SHORT &&
	       faults[i].call != FAULTS_CLOSE;
}

/*
 * Fails each such call in turn: an import that failed has left what was here
 * as it was, or put the new one there whole; and another one succeeds.
 */
START_TEST(an_import_is_done_or_not_done)
{
	unsigned int nth, failures = 0;
	enum ctl_status status;
	bool reached = true;

	rig_write_again(1);
	ck_assert_int_eq(do_export(file), CTL_OK);
	for (nth = 1; reached && nth < 200; nth++) {
		rig.host = 1;
		arm(nth, _i);
		status = do_import(file);
		reached = rig.fault_reached;
		failures += status != CTL_OK;
		ck_assert(!rig_exists(rig_state("1.tmp")) || status != CTL_OK);
		/* Never anything but nothing, or a whole one. */
		ck_assert_int_eq(rig_run(cmd_check, NULL, NULL, NULL), CTL_OK);
		ck_assert(!rig_exists(rig_state("1/new")));
		ck_assert_int_eq(do_import(file), CTL_OK);
		shows("writes         3\n");
		rig.options.yes = true;
		ck_assert_int_eq(rig_run(cmd_delete, "mail", NULL, NULL),
				 CTL_OK);
	}
	ck_assert_uint_lt(nth, 200);
	ck_assert(failures || !must_fail(_i));
}
END_TEST

/* The same where there is an older one. */
START_TEST(a_replacement_is_done_or_not_done)
{
	static uint8_t old[8192], now[8192];
	unsigned int nth, failures = 0;
	enum ctl_status status;
	bool reached = true;
	size_t n, m;

	ck_assert_int_eq(do_export(rig_path("old")), CTL_OK);
	rig_write_again(1);
	ck_assert_int_eq(do_export(file), CTL_OK);
	for (nth = 1; reached && nth < 200; nth++) {
		rig.options.force_older = true;
		ck_assert_int_eq(do_import(rig_path("old")), CTL_OK);
		n = rig_get(rig_state("1/permanent"), old, sizeof(old));
		arm(nth, _i);
		status = do_import(file);
		reached = rig.fault_reached;
		failures += status != CTL_OK;
		ck_assert_int_eq(rig_run(cmd_check, NULL, NULL, NULL), CTL_OK);
		ck_assert_int_eq(rig_run(cmd_show, "1", NULL, NULL), CTL_OK);
		m = rig_get(rig_state("1/permanent"), now, sizeof(now));
		if (strstr(rig.out, "writes         2\n")) {
			ck_assert_int_ne(status, CTL_OK);
			ck_assert(n == m && !memcmp(old, now, n));
		} else {
			ck_assert_ptr_nonnull(
				strstr(rig.out, "writes         3\n"));
		}
	}
	ck_assert_uint_lt(nth, 200);
	ck_assert(failures || !must_fail(_i));
}
END_TEST

/* A move that failed has not moved: the file is gone, or it is marked. */
START_TEST(a_move_is_done_or_not_done)
{
	unsigned int nth, failures = 0;
	enum ctl_status status;
	bool reached = true;

	for (nth = 1; reached && nth < 200; nth++) {
		unlink(file);
		arm(nth, _i);
		status = move(file);
		reached = rig.fault_reached;
		failures += status != CTL_OK;
		if (status == CTL_OK) {
			shows("moved          yes\n");
			ck_assert(rig_exists(file));
		} else if (rig_exists(file)) {
			/* Not both may be used. */
			shows("moved          yes\n");
		}
		rig.options.yes = true;
		ck_assert_int_eq(rig_run(cmd_set, "mail", "moved=no", NULL),
				 CTL_OK);
		unlink(rig_path("mail.vtpm.new"));
	}
	ck_assert_uint_lt(nth, 200);
	ck_assert(failures || !must_fail(_i) ||
		  faults[_i].call == FAULTS_MKDIRAT);
}
END_TEST

static TCase *cases(Suite *s, const char *name)
{
	TCase *t = tcase_create(name);

	tcase_add_checked_fixture(t, setup, rig_teardown);
	suite_add_tcase(s, t);
	return t;
}

int main(int argc, char **argv)
{
	int status = rig_main(argc, argv);
	TCase *t;
	Suite *s;

	if (status >= 0)
		return status;
	s = suite_create("ctl_move");
	t = cases(s, "life");
	tcase_add_test(t, a_suspended_one_moves_with_its_registers);
	tcase_add_test(t, it_gets_another_number_where_its_own_is_taken);
	tcase_add_test(t, a_name_that_is_taken_is_left_alone);
	tcase_add_test(t, a_passphrase_opens_it);
	t = cases(s, "refused");
	tcase_add_test(t, an_older_one_is_refused);
	tcase_add_test(t, a_damaged_one_is_replaced_only_when_told);
	tcase_add_test(t, one_whose_directory_is_gone_comes_back);
	tcase_add_test(t, a_running_one_is_neither_moved_nor_replaced);
	tcase_add_test(t, one_that_is_not_settled_waits);
	tcase_add_test(t, a_moved_one_is_not_moved_again);
	tcase_add_test(t, files_are_treated_with_care);
	tcase_add_test(t, what_is_no_copy_is_refused);
	t = cases(s, "faults");
	tcase_add_loop_test(t, an_import_is_done_or_not_done, 0, FAULTS);
	tcase_add_loop_test(t, a_replacement_is_done_or_not_done, 0, FAULTS);
	tcase_add_loop_test(t, a_move_is_done_or_not_done, 0, FAULTS);
	return suite_run(s);
}
