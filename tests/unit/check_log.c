/* SPDX-License-Identifier: BSD-2-Clause */
/* The log's lines, wherever they go. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "suite.h"

static int captured, real_stderr;
static char dir[64], path[100];

static void setup(void)
{
	static char name[] = "check_log";

	program_invocation_short_name = name;
	captured = memfd_create("stderr", 0);
	real_stderr = dup(STDERR_FILENO);
	dup2(captured, STDERR_FILENO);
	unsetenv("JOURNAL_STREAM");
	snprintf(dir, sizeof(dir), "/tmp/check_log.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/log", dir);
}

static void teardown(void)
{
	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	close(captured);
	unlink(path);
	rmdir(dir);
	log_set_level(LOG_LEVEL_INFO);
	log_to_function(NULL, NULL);
}

static const char *read_fd(int fd)
{
	static char text[8192];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	ck_assert_int_ge((int)n, 0);
	text[n] = '\0';
	return text;
}

static const char *read_file(const char *name)
{
	int fd = open(name, O_RDONLY);
	const char *text;

	ck_assert_int_ge(fd, 0);
	text = read_fd(fd);
	close(fd);
	return text;
}

static bool matches(const char *text, const char *pattern)
{
	regex_t regex;
	int r;

	ck_assert_int_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	r = regexec(&regex, text, 0, NULL, 0);
	regfree(&regex);
	return r == 0;
}

START_TEST(standard_error_names_the_program)
{
	log_error("a %d", 1);
	log_warning("b");
	log_info("c");
	log_debug("d");
	ck_assert_str_eq(read_fd(captured),
			 "check_log: a 1\ncheck_log: b\ncheck_log: c\n");
}
END_TEST

START_TEST(the_journal_gets_levels)
{
	setenv("JOURNAL_STREAM", "1:2", 1);
	log_set_level(LOG_LEVEL_DEBUG);
	log_error("a");
	log_warning("b");
	log_info("c");
	log_debug("d");
	ck_assert_str_eq(read_fd(captured), "<3>a\n<4>b\n<6>c\n<7>d\n");
}
END_TEST

START_TEST(less_important_lines_are_dropped)
{
	static const char *const want[] = {
		[LOG_LEVEL_ERROR] = "check_log: e\n",
		[LOG_LEVEL_WARNING] = "check_log: e\ncheck_log: w\n",
		[LOG_LEVEL_INFO] = "check_log: e\ncheck_log: w\ncheck_log: i\n",
	};

	if (!want[_i])
		return;
	log_set_level((enum log_level)_i);
	ck_assert_int_eq(log_get_level(), _i);
	log_error("e");
	log_warning("w");
	log_info("i");
	log_debug("d");
	ck_assert_str_eq(read_fd(captured), want[_i]);
}
END_TEST

/* A guest or a worker cannot make lines of its own, nor colours. */
START_TEST(a_line_is_one_line_of_plain_text)
{
	log_info("a\nb\r\t\033[31m\x7f\xc3\xa4 %s", "c\nd");
	ck_assert_str_eq(read_fd(captured), "check_log: a?b???[31m??? c?d\n");
}
END_TEST

START_TEST(a_long_line_is_cut)
{
	char text[2 * LOG_LINE_MAX];
	const char *line;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_info("%s", text);
	log_line(LOG_LEVEL_INFO, text);
	line = read_fd(captured);
	ck_assert_uint_eq(strlen(line), 2 * (11 + LOG_LINE_MAX));
	ck_assert_int_eq(line[11 + LOG_LINE_MAX - 1], '\n');
}
END_TEST

START_TEST(logging_leaves_errno_alone)
{
	close(STDERR_FILENO);
	errno = ENOSPC;
	log_error("nobody hears this");
	ck_assert_int_eq(errno, ENOSPC);
	dup2(captured, STDERR_FILENO);
}
END_TEST

START_TEST(levels_have_names)
{
	ck_assert_int_eq(log_level_from_name("error"), LOG_LEVEL_ERROR);
	ck_assert_int_eq(log_level_from_name("warning"), LOG_LEVEL_WARNING);
	ck_assert_int_eq(log_level_from_name("info"), LOG_LEVEL_INFO);
	ck_assert_int_eq(log_level_from_name("debug"), LOG_LEVEL_DEBUG);
	ck_assert_int_eq(log_level_from_name("Error"), -1);
	ck_assert_int_eq(log_level_from_name(""), -1);
}
END_TEST

/* ---- Files ---- */

#define DATE "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} "

START_TEST(a_file_gets_dates)
{
	struct stat st;

	umask(0);
	ck_assert_int_eq(log_to_file(path), 0);
	log_info("one");
	log_error("two\n");
	ck_assert(matches(read_file(path), "^" DATE "one\n" DATE "two\\?\n$"));
	ck_assert_str_eq(read_fd(captured), "");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0640);
}
END_TEST

START_TEST(a_file_is_opened_anew_after_rotation)
{
	char old[120];

	snprintf(old, sizeof(old), "%s.1", path);
	ck_assert_int_eq(log_to_file(path), 0);
	log_info("one");
	ck_assert_int_eq(rename(path, old), 0);
	log_info("two");
	ck_assert_int_eq(log_reopen(), 0);
	log_info("three");
	ck_assert(matches(read_file(old), "^" DATE "one\n" DATE "two\n$"));
	ck_assert(matches(read_file(path), "^" DATE "three\n$"));
	unlink(old);
	/* What is there is kept. */
	ck_assert_int_eq(log_reopen(), 0);
	log_info("four");
	ck_assert(matches(read_file(path), "^" DATE "three\n" DATE "four\n$"));
}
END_TEST

START_TEST(a_file_that_cannot_be_opened_leaves_the_earlier_one)
{
	char nowhere[120];

	snprintf(nowhere, sizeof(nowhere), "%s/no/log", dir);
	ck_assert_int_eq(log_to_file(nowhere), -ENOENT);
	log_info("one");
	ck_assert_str_eq(read_fd(captured), "check_log: one\n");
	ck_assert_int_eq(log_to_file(path), 0);
	ck_assert_int_eq(log_to_file(nowhere), -ENOENT);
	log_info("two");
	ck_assert(matches(read_file(path), "^" DATE "two\n$"));
}
END_TEST

START_TEST(standard_error_is_not_opened_anew)
{
	ck_assert_int_eq(log_reopen(), 0);
	log_info("one");
	ck_assert_str_eq(read_fd(captured), "check_log: one\n");
}
END_TEST

/* ---- Functions, and the end ---- */

static char heard[100];

static void hear(void *ctx, enum log_level level, const char *line)
{
	snprintf(heard, sizeof(heard), "%s %d %s", (const char *)ctx, level,
		 line);
}

START_TEST(a_function_hears_every_line_that_counts)
{
	char ctx[] = "ctx";

	log_to_function(hear, ctx);
	log_warning("line %u", 2u);
	ck_assert_str_eq(heard, "ctx 4 line 2");
	log_debug("not this");
	ck_assert_str_eq(heard, "ctx 4 line 2");
	log_line(LOG_LEVEL_ERROR, "100% as it is");
	ck_assert_str_eq(heard, "ctx 3 100% as it is");
	ck_assert_str_eq(read_fd(captured), "");
}
END_TEST

/* exit would go on to end what check has open, which is not the child's. */
static void end_here(int status, void *arg)
{
	(void)arg;
	_exit(status);
}

START_TEST(fatal_says_why_and_ends_with_1)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		on_exit(end_here, NULL);
		fatal("cannot: %s", "so");
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 1);
	ck_assert_str_eq(read_fd(captured), "check_log: cannot: so\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("log");
	TCase *t = tcase_create("log");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, standard_error_names_the_program);
	tcase_add_test(t, the_journal_gets_levels);
	tcase_add_loop_test(t, less_important_lines_are_dropped,
			    LOG_LEVEL_ERROR, LOG_LEVEL_INFO + 1);
	tcase_add_test(t, a_line_is_one_line_of_plain_text);
	tcase_add_test(t, a_long_line_is_cut);
	tcase_add_test(t, logging_leaves_errno_alone);
	tcase_add_test(t, levels_have_names);
	tcase_add_test(t, standard_error_is_not_opened_anew);
	tcase_add_test(t, a_function_hears_every_line_that_counts);
	tcase_add_test(t, fatal_says_why_and_ends_with_1);
	/* From a file there is no way back: last, where check does not fork. */
	tcase_add_test(t, a_file_that_cannot_be_opened_leaves_the_earlier_one);
	tcase_add_test(t, a_file_gets_dates);
	tcase_add_test(t, a_file_is_opened_anew_after_rotation);
	suite_add_tcase(s, t);
	return suite_run(s);
}
