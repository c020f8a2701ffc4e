/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpmctl's commands, but for export and import. */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl_rig.h"
#include "faults.h"
#include "suite.h"

/* SHA-1 of 20 zeros and 20 times 01: PCR 10 after rig_live(..., 1). */
#define PCR10                                                               \
	"PCR-10: C3 AD 7F 64 B8 D9 76 AA F2 B3 A9 C9 8F 7E E5 63 1C DE 71 " \
	"25\n"
#define PCR_ZERO "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"

static void must_print(const char *text)
{
	ck_assert_msg(strstr(rig.out, text) != NULL, "no \"%s\" in:\n%s", text,
		      rig.out);
}

static void must_say(const char *text)
{
	ck_assert_msg(strstr(rig.said, text) != NULL, "no \"%s\" in:\n%s", text,
		      rig.said);
}

static enum ctl_status run(ctl_command *command, const char *arg)
{
	return rig_run(command, arg, NULL, NULL);
}

static void shows(const char *line)
{
	const enum ctl_status status = run(cmd_show, "1");

	ck_assert_msg(status == CTL_OK, "show: %d\n%s", status, rig.said);
	must_print(line);
}

static void let_go(void *ctx)
{
	int *lock = ctx;

	if (*lock >= 0)
		close(*lock);
	*lock = -1;
}

/* ---- add ---- */

START_TEST(add_makes_a_whole_tpm)
{
	char text[256];
	struct stat st;

	rig_add();
	ck_assert_str_eq(rig.out, "# vTPM 1\nvtpm = [ 'backend=0,uuid=" RIG_UUID
				  "' ]\n");
	ck_assert_str_eq(rig.said, "");
	ck_assert(!rig_exists(rig_state("1/new")));
	ck_assert(!rig_exists(rig_state("1.tmp")));
	ck_assert(rig_exists(rig_state("1.conf")));
	text[rig_get(rig_state("vtpm.db"), (uint8_t *)text, sizeof(text) - 1)] =
		'\0';
	ck_assert_ptr_nonnull(strstr(text, "\n" RIG_UUID " 1\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nmail 1\n"));
	if (geteuid() == 0) {
		ck_assert_int_eq(stat(rig_state("1"), &st), 0);
		ck_assert_uint_eq(st.st_uid, STATEDIR_UID_BASE + 1);
	}
	shows("state          off\n");
	must_print("owned          no\n");
	must_print("ek             yes\n");
	must_print("enabled        yes\n");
	must_print("active         yes\n");
	must_print("whole          yes\n");
	must_print("localities     0\n");
	ck_assert_int_eq(run(cmd_check, NULL), CTL_OK);
	ck_assert_str_eq(rig.out, "1: ok\n");
}
END_TEST

START_TEST(add_takes_the_lowest_free_number)
{
	int i;

	rig_add();
	rig.options.instance = 3;
	ck_assert_int_eq(run(cmd_add, NULL), CTL_OK);
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(run(cmd_add, NULL), CTL_OK);
	must_print("# vTPM 4\n");
	/* Each has a uuid of its own, of version 4. */
	ck_assert_int_eq(run(cmd_list, NULL), CTL_OK);
	ck_assert_ptr_nonnull(strstr(rig.out, "\n2  "));
	ck_assert_int_eq(rig.out[strcspn(rig.out, "\n") + 1], '1');
}
END_TEST

/* A directory that nobody claims is not taken either. */
START_TEST(add_refuses_what_is_taken)
{
	rig_add();
	rig.options.instance = 1;
	ck_assert_int_eq(run(cmd_add, NULL), CTL_FAILED);
	must_say("instance 1 is taken");
	rig.options.name = "mail";
	ck_assert_int_eq(run(cmd_add, NULL), CTL_FAILED);
	must_say("\"mail\" has a vTPM already: instance 1");
	rig.options.uuid = RIG_UUID;
	ck_assert_int_eq(run(cmd_add, NULL), CTL_FAILED);
	must_say("has a vTPM already: instance 1");
	ck_assert_int_eq(mkdir(rig_state("5"), 0700), 0);
	rig.options.instance = 5;
	ck_assert_int_eq(run(cmd_add, NULL), CTL_FAILED);
	ck_assert(!rig_exists(rig_state("5.tmp")));
}
END_TEST

START_TEST(add_refuses_what_cannot_be_a_key)
{
	rig.options.uuid = "0d7c1a52";
	ck_assert_int_eq(run(cmd_add, NULL), CTL_USAGE);
	rig.options.name = "two words";
	ck_assert_int_eq(run(cmd_add, NULL), CTL_USAGE);
	rig.options.name = "#mail";
	ck_assert_int_eq(run(cmd_add, NULL), CTL_USAGE);
	rig.options.name = RIG_UUID;
	ck_assert_int_eq(run(cmd_add, NULL), CTL_USAGE);
}
END_TEST

/* One was killed while it made this very vTPM. */
START_TEST(what_a_killed_one_left_is_replaced)
{
	rig_add();
	ck_assert_int_eq(mkdir(rig_state("2.tmp"), 0700), 0);
	rig_put(rig_state("2.tmp/permanent"), "junk", 4, 0600);
	ck_assert_int_eq(run(cmd_add, NULL), CTL_OK);
	must_print("# vTPM 2\n");
	ck_assert(!rig_exists(rig_state("2.tmp")));
	ck_assert_int_eq(run(cmd_check, NULL), CTL_OK);
}
END_TEST

/* It is for its guest, even if its maker has not quite ended yet. */
START_TEST(what_was_made_is_free_at_once)
{
	rig_add();
	rig_put(rig_state(RIG_LINGER), "", 0, 0600);
	ck_assert_int_eq(run(cmd_add, NULL), CTL_OK);
	close(rig_lock(2, LOCK_EX));
}
END_TEST

START_TEST(add_prints_json)
{
	rig.options.uuid = RIG_UUID;
	rig.options.json = true;
	ck_assert_int_eq(run(cmd_add, NULL), CTL_OK);
	ck_assert_str_eq(rig.out,
			 "{\n  \"instance\": 1,\n  \"uuid\": \"" RIG_UUID
			 "\",\n  \"name\": null,\n  \"xl\": \"vtpm = [ "
			 "'backend=0,uuid=" RIG_UUID "' ]\"\n}\n");
}
END_TEST

/* ---- list, show, pcrs ---- */

START_TEST(list_has_a_line_for_each)
{
	rig_add();
	ck_assert_int_eq(run(cmd_list, NULL), CTL_OK);
	must_print("\n1         " RIG_UUID "  mail          -       off        "
		   "no     0 ");
	must_say("vtpm-userback does not run");
	rig.options.json = true;
	ck_assert_int_eq(run(cmd_list, NULL), CTL_OK);
	must_print("{\n  \"daemon\": false,\n  \"vtpms\": [\n    {\n      "
		   "\"instance\": 1,\n      \"uuid\": \"" RIG_UUID
		   "\",\n      \"name\": \"mail\",\n      \"domain\": "
		   "null,\n      \"state\": \"off\",\n      \"owned\": false,\n"
		   "      \"localities\": [\n        0\n      ],\n      "
		   "\"size\": ");
	ck_assert_str_eq(rig.said, "");
}
END_TEST

START_TEST(all_names_of_a_vtpm_find_it)
{
	static const char *const names[] = {
		"1", "mail", RIG_UUID, "0D7C1A52-9C44-4F0E-9A3B-5B6F2F6B7A01"
	};
	static const char *const others[] = {
		"2",	"0",  "01",    "",
		"Mail", "1 ", "65536", "0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a02",
	};
	size_t i;

	rig_add();
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_int_eq(run(cmd_show, names[i]), CTL_OK);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		ck_assert_int_eq(run(cmd_show, others[i]), CTL_NONE);
		must_say("there is no vTPM");
	}
}
END_TEST

START_TEST(a_running_one_shows_its_registers)
{
	int lock;

	rig_add();
	rig_live(1, 7, 1);
	rig.alive = 7;
	lock = rig_lock(1, LOCK_EX);
	shows("state          running\n");
	must_print("domain         7\n");
	ck_assert_int_eq(run(cmd_pcrs, "mail"), CTL_OK);
	must_print("PCR-00: " PCR_ZERO);
	must_print(PCR10);
	rig.options.json = true;
	ck_assert_int_eq(run(cmd_pcrs, "mail"), CTL_OK);
	must_print("\"c3ad7f64b8d976aaf2b3a9c98f7ee5631cde7125\"");
	close(lock);
}
END_TEST

/* Its daemon is being upgraded, say. */
START_TEST(one_without_a_daemon_shows_its_registers)
{
	rig_add();
	rig_live(1, 7, 1);
	rig.alive = 7;
	shows("state          unserved\n");
	ck_assert_int_eq(run(cmd_pcrs, "mail"), CTL_OK);
	must_print(PCR10);
	rig.alive = 0;
	shows("state          off\n");
}
END_TEST

START_TEST(a_suspended_one_shows_its_registers)
{
	rig_add();
	rig_saved(1, 1);
	shows("state          suspended\n");
	ck_assert_int_eq(run(cmd_pcrs, "mail"), CTL_OK);
	must_print(PCR10);
}
END_TEST

START_TEST(two_may_look_at_once)
{
	int lock;

	rig_add();
	lock = rig_lock(1, LOCK_SH);
	shows("state          off\n");
	ck_assert_int_eq(run(cmd_check, NULL), CTL_OK);
	close(lock);
}
END_TEST

/* A worker that is on its way to its end, another vtpmctl. */
START_TEST(one_whose_user_goes_is_looked_at_again)
{
	int lock;

	rig_add();
	rig_saved(1, 1);
	lock = rig_lock(1, LOCK_EX);
	faults_while_asleep(let_go, &lock);
	shows("state          suspended\n");
	ck_assert_int_lt(lock, 0);
	ck_assert_int_eq(run(cmd_pcrs, "1"), CTL_OK);
	must_print(PCR10);
}
END_TEST

START_TEST(one_that_is_off_has_no_registers)
{
	rig_add();
	ck_assert_int_eq(run(cmd_pcrs, "mail"), CTL_FAILED);
	must_say("is switched off");
	ck_assert_str_eq(rig.out, "");
}
END_TEST

/* It is a copy that is asked: the state is as it was, to the byte. */
START_TEST(looking_changes_nothing)
{
	static uint8_t before[8192], after[8192];
	struct stat first, second;
	size_t n;

	rig_add();
	n = rig_get(rig_state("1/permanent"), before, sizeof(before));
	ck_assert_int_eq(stat(rig_state("1/permanent"), &first), 0);
	run(cmd_list, NULL);
	run(cmd_show, "1");
	run(cmd_check, NULL);
	ck_assert_uint_eq(
		rig_get(rig_state("1/permanent"), after, sizeof(after)), n);
	ck_assert_mem_eq(before, after, n);
	ck_assert_int_eq(stat(rig_state("1/permanent"), &second), 0);
	ck_assert_uint_eq(first.st_ino, second.st_ino);
}
END_TEST

/* ---- check ---- */

static void flip(const char *path, size_t at)
{
	static uint8_t bytes[8192];
	size_t n = rig_get(path, bytes, sizeof(bytes));

	ck_assert_uint_lt(at, n);
	bytes[at] ^= 0x40;
	rig_put(path, bytes, n, 0600);
}

static void cut(const char *path)
{
	static uint8_t bytes[8192];
	size_t n = rig_get(path, bytes, sizeof(bytes));

	rig_put(path, bytes, n / 2, 0600);
}

/* A whole state, of another vTPM. */
static void swap(void)
{
	static uint8_t bytes[8192];
	size_t n;

	ck_assert_int_eq(run(cmd_add, NULL), CTL_OK);
	n = rig_get(rig_state("2/permanent"), bytes, sizeof(bytes));
	rig_put(rig_state("1/permanent"), bytes, n, 0600);
}

static void damage(int how)
{
	switch (how) {
	case 0:
		flip(rig_state("1/permanent"), 300);
		break;
	case 1:
		flip(rig_state("1/permanent"), 0);
		break;
	case 2:
		cut(rig_state("1/permanent"));
		break;
	case 3:
		swap();
		break;
	case 4:
		unlink(rig_state("1/permanent"));
		break;
	case 5:
		/* The version. */
		flip(rig_state("1/permanent"), 11);
		break;
	case 6:
		unlink(rig_state("1/permanent"));
		rmdir(rig_state("1"));
		break;
	case 7:
		rig_saved(1, 1);
		flip(rig_state("1/saved"), 100);
		break;
	case 8:
		rig_put(rig_state("1.conf"), "localities 7\n", 13, 0600);
		break;
	default:
		rig_put(rig_state("vtpm.db"), "", 0, 0600);
	}
}

START_TEST(check_names_the_damage)
{
	static const char *const named[] = {
		"1: its state is damaged, or was sealed under another key",
		"1: its state is damaged, or was sealed under another key",
		"1: its state is damaged, or was sealed under another key",
		"1: its state is damaged, or was sealed under another key",
		"1: its state is missing",
		"1: its state was written by a later version",
		"1: its directory is missing",
		"1: the volatile state of its domain is damaged",
		"1: its settings cannot be read",
		"1: it is nobody's",
	};

	rig_add();
	damage(_i);
	ck_assert_int_eq(run(cmd_check, NULL), CTL_DAMAGE);
	must_print(named[_i]);
	ck_assert_int_eq(run(cmd_check, "1"), CTL_DAMAGE);
	rig.options.json = true;
	ck_assert_int_eq(run(cmd_check, NULL), CTL_DAMAGE);
	must_print("\"ok\": false");
	must_print(named[_i] + 3);
	/* It hinders nobody from seeing the others. */
	ck_assert_int_eq(run(cmd_list, NULL), CTL_OK);
	must_print("\n1 ");
}
END_TEST

/* As in 2006, or by hand: its TPM is made when its guest is. */
START_TEST(one_that_is_only_named_is_new)
{
	static const char text[] = "web 9\n";

	ck_assert_int_eq(run(cmd_list, NULL), CTL_OK);
	rig_put(rig_state("vtpm.db"), text, sizeof(text) - 1, 0600);
	ck_assert_int_eq(run(cmd_check, NULL), CTL_OK);
	ck_assert_str_eq(rig.out, "9: ok\n");
	ck_assert_int_eq(run(cmd_show, "web"), CTL_OK);
	must_print("state          new\n");
	rig.options.yes = true;
	ck_assert_int_eq(run(cmd_delete, "web"), CTL_OK);
	ck_assert_int_eq(run(cmd_show, "web"), CTL_NONE);
}
END_TEST

START_TEST(check_of_nobody_is_told)
{
	rig_add();
	ck_assert_int_eq(rig_run(cmd_check, "1", "2", NULL), CTL_NONE);
	must_print("1: ok\n");
	must_say("there is no vTPM \"2\"");
}
END_TEST

/* ---- assign, set, delete ---- */

START_TEST(assign_gives_it_another_key)
{
	rig_add();
	ck_assert_int_eq(run(cmd_add, NULL), CTL_OK);
	rig.options.name = "web";
	ck_assert_int_eq(run(cmd_assign, "2"), CTL_OK);
	ck_assert_int_eq(run(cmd_show, "web"), CTL_OK);
	must_print("instance       2\n");
	/* Another's is taken away from it only when told. */
	rig.options.name = "mail";
	ck_assert_int_eq(run(cmd_assign, "2"), CTL_FAILED);
	must_say("\"mail\" has vTPM 1; is it to have vTPM 2?");
	ck_assert_int_eq(run(cmd_show, "mail"), CTL_OK);
	must_print("instance       1\n");
	rig.options.name = "mail";
	rig.options.yes = true;
	ck_assert_int_eq(run(cmd_assign, "2"), CTL_OK);
	ck_assert_int_eq(run(cmd_show, "mail"), CTL_OK);
	must_print("instance       2\n");
	rig.options.name = "x y";
	ck_assert_int_eq(run(cmd_assign, "2"), CTL_USAGE);
	rig.options.name = "x";
	ck_assert_int_eq(run(cmd_assign, "9"), CTL_NONE);
}
END_TEST

START_TEST(set_changes_settings)
{
	rig_add();
	ck_assert_int_eq(rig_run(cmd_set, "1", "localities=0,2", NULL), CTL_OK);
	shows("localities     0,2\n");
	ck_assert_int_eq(rig_run(cmd_set, "1", "localities=5", NULL),
			 CTL_USAGE);
	ck_assert_int_eq(rig_run(cmd_set, "1", "localities", NULL), CTL_USAGE);
	ck_assert_int_eq(rig_run(cmd_set, "1", "colour=red", NULL), CTL_USAGE);
	/* All of it or nothing. */
	ck_assert_int_eq(rig_run(cmd_set, "1", "localities=4", "moved=maybe"),
			 CTL_USAGE);
	shows("localities     0,2\n");
	ck_assert_int_eq(rig_run(cmd_set, "9", "localities=0", NULL), CTL_NONE);
}
END_TEST

START_TEST(a_moved_one_comes_back_only_when_told)
{
	rig_add();
	ck_assert_int_eq(rig_run(cmd_set, "1", "moved=yes", "moved-to=hostb"),
			 CTL_OK);
	shows("moved          yes\n");
	must_print("moved_to       hostb\n");
	ck_assert_int_eq(rig_run(cmd_set, "1", "moved=no", NULL), CTL_FAILED);
	must_say("was moved to hostb");
	shows("moved          yes\n");
	rig.options.yes = true;
	ck_assert_int_eq(rig_run(cmd_set, "1", "moved=no", NULL), CTL_OK);
	shows("moved          no\n");
	must_print("moved_to       -\n");
}
END_TEST

START_TEST(delete_leaves_nothing)
{
	char text[256];

	rig_add();
	ck_assert_int_eq(rig_run(cmd_set, "1", "localities=0,2", NULL), CTL_OK);
	rig_saved(1, 1);
	ck_assert_int_eq(run(cmd_delete, "mail"), CTL_FAILED);
	must_say("are lost for ever");
	shows("state          suspended\n");
	rig.options.yes = true;
	ck_assert_int_eq(run(cmd_delete, "mail"), CTL_OK);
	ck_assert(!rig_exists(rig_state("1")));
	ck_assert(!rig_exists(rig_state("1.conf")));
	text[rig_get(rig_state("vtpm.db"), (uint8_t *)text, sizeof(text) - 1)] =
		'\0';
	ck_assert_ptr_null(strstr(text, " 1\n"));
	ck_assert_int_eq(run(cmd_show, "1"), CTL_NONE);
}
END_TEST

/* What is left over of one can be deleted, too. */
START_TEST(delete_takes_what_is_damaged)
{
	rig_add();
	damage(_i);
	rig.options.yes = true;
	ck_assert_int_eq(run(cmd_delete, "1"), CTL_OK);
	ck_assert(!rig_exists(rig_state("1")));
	ck_assert_int_eq(run(cmd_show, "1"), CTL_NONE);
}
END_TEST

START_TEST(who_only_looks_is_waited_for)
{
	int lock;

	rig_add();
	rig.options.yes = true;
	lock = rig_lock(1, LOCK_SH);
	ck_assert_int_eq(run(cmd_delete, "1"), CTL_RUNNING);
	must_say("vTPM 1 is in use: shut its guest down first");
	faults_while_asleep(let_go, &lock);
	rig.options.yes = true;
	ck_assert_int_eq(run(cmd_delete, "1"), CTL_OK);
	ck_assert_int_lt(lock, 0);
}
END_TEST

START_TEST(a_running_one_is_left_alone)
{
	int lock = -1;

	rig_add();
	rig_live(1, 7, 1);
	rig.alive = 7;
	/* Served, or waiting for its daemon. */
	if (_i == 0)
		lock = rig_lock(1, LOCK_EX);
	rig.options.yes = true;
	ck_assert_int_eq(run(cmd_delete, "1"), CTL_RUNNING);
	must_say("in use by domain 7");
	ck_assert_int_eq(rig_run(cmd_set, "1", "moved=yes", NULL), CTL_RUNNING);
	ck_assert_int_eq(rig_run(cmd_set, "1", "localities=0,1", NULL), CTL_OK);
	shows("moved          no\n");
	if (lock >= 0)
		close(lock);
}
END_TEST

static TCase *cases(Suite *s, const char *name)
{
	TCase *t = tcase_create(name);

	tcase_add_checked_fixture(t, rig_setup, rig_teardown);
	suite_add_tcase(s, t);
	return t;
}

static void add_cases(Suite *s)
{
	TCase *t = cases(s, "add");

	tcase_add_test(t, add_makes_a_whole_tpm);
	tcase_add_test(t, add_takes_the_lowest_free_number);
	tcase_add_test(t, add_refuses_what_is_taken);
	tcase_add_test(t, add_refuses_what_cannot_be_a_key);
	tcase_add_test(t, what_a_killed_one_left_is_replaced);
	tcase_add_test(t, what_was_made_is_free_at_once);
	tcase_add_test(t, add_prints_json);
}

static void show_cases(Suite *s)
{
	TCase *t = cases(s, "show");

	tcase_add_test(t, list_has_a_line_for_each);
	tcase_add_test(t, all_names_of_a_vtpm_find_it);
	tcase_add_test(t, a_running_one_shows_its_registers);
	tcase_add_test(t, one_without_a_daemon_shows_its_registers);
	tcase_add_test(t, a_suspended_one_shows_its_registers);
	tcase_add_test(t, two_may_look_at_once);
	tcase_add_test(t, one_whose_user_goes_is_looked_at_again);
	tcase_add_test(t, one_that_is_off_has_no_registers);
	tcase_add_test(t, looking_changes_nothing);
	tcase_add_loop_test(t, check_names_the_damage, 0, 10);
	tcase_add_test(t, one_that_is_only_named_is_new);
	tcase_add_test(t, check_of_nobody_is_told);
}

static void change_cases(Suite *s)
{
	TCase *t = cases(s, "change");

	tcase_add_test(t, assign_gives_it_another_key);
	tcase_add_test(t, set_changes_settings);
	tcase_add_test(t, a_moved_one_comes_back_only_when_told);
	tcase_add_test(t, delete_leaves_nothing);
	tcase_add_loop_test(t, delete_takes_what_is_damaged, 0, 10);
	tcase_add_test(t, who_only_looks_is_waited_for);
	tcase_add_loop_test(t, a_running_one_is_left_alone, 0, 2);
}

int main(int argc, char **argv)
{
	int status = rig_main(argc, argv);
	Suite *s;

	if (status >= 0)
		return status;
	s = suite_create("ctl");
	add_cases(s);
	show_cases(s);
	change_cases(s);
	return suite_run(s);
}
