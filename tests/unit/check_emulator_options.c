/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-emulator's command line: options.def, --help and the manual agree. */
#include "config.h"

#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emulator/options.h"
#include "suite.h"

static const struct {
	const char *name, *argument, *help;
	int letter;
} defined[] = {
#define OPTION(name, letter, field, kind, argument, dflt, help) \
	{ #name, argument, help, letter },
#include "emulator/options.def"
#undef OPTION
};
#define DEFINED (int)(sizeof(defined) / sizeof(defined[0]))

#define ARGS_MAX 8

static int build_argv(char **argv, const char *const *args)
{
	static char name[] = "vtpm-emulator";
	int argc = 1;

	argv[0] = name;
	for (; args[argc - 1]; argc++)
		/* Its order may be changed, its texts are not. */
		argv[argc] = (char *)(uintptr_t)args[argc - 1];
	argv[argc] = NULL;
	return argc;
}

/* Texts stay, for the test to look at. */
static struct options parse_all(const char *const *args)
{
	char *argv[ARGS_MAX + 2];
	const int argc = build_argv(argv, args);
	struct options options;

	optind = 0;
	options_parse(&options, argc, argv);
	return options;
}
#define PARSE(...) parse_all((const char *const[]){ __VA_ARGS__, NULL })

/* ---- What ends the program ---- */

static struct {
	int status;
	char out[8192], err[8192];
} ran;

/* exit would go on to end what check has open, which is not the child's. */
static void end_here(int status, void *arg)
{
	fflush(stdout);
	_exit(status);
}

static void fetch(int fd, char *text, size_t size)
{
	const ssize_t n = pread(fd, text, size - 1, 0);

	ck_assert_int_ge((int)n, 0);
	text[n] = '\0';
	close(fd);
}

static void run(const char *const *args)
{
	const int out = memfd_create("out", 0), err = memfd_create("err", 0);
	pid_t pid;

	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		on_exit(end_here, NULL);
		dup2(out, STDOUT_FILENO);
		dup2(err, STDERR_FILENO);
		parse_all(args);
		_exit(99);
	}
	ck_assert_int_eq(waitpid(pid, &ran.status, 0), pid);
	ck_assert(WIFEXITED(ran.status));
	ran.status = WEXITSTATUS(ran.status);
	fetch(out, ran.out, sizeof(ran.out));
	fetch(err, ran.err, sizeof(ran.err));
}
#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })

/* ---- Tests ---- */

START_TEST(defaults)
{
	const struct options o = PARSE("-t1");

	ck_assert_int_eq(o.tcp.kind, ADDRESS_TCP);
	ck_assert_int_eq(o.local.kind, ADDRESS_NONE);
	ck_assert_int_eq(o.control.kind, ADDRESS_NONE);
	ck_assert_ptr_null(o.state_dir);
	ck_assert_ptr_null(o.pid_file);
	ck_assert(!o.presence_by_command);
	ck_assert_int_eq(o.startup, STARTUP_CLEAR);
	ck_assert_int_eq(o.log_level, LOG_LEVEL_INFO);
}
END_TEST

START_TEST(with_a_control_channel_it_waits)
{
	ck_assert_int_eq(PARSE("-cunix:c").startup, STARTUP_OFF);
	ck_assert_int_eq(PARSE("-cunix:c", "-t1").startup, STARTUP_OFF);
	ck_assert_int_eq(PARSE("-cunix:c", "-sclear").startup, STARTUP_CLEAR);
}
END_TEST

START_TEST(every_option_is_read)
{
	struct options o = PARSE("--tcp=h:7", "--control=tcp:1", "--state-dir",
				 "/a b", "--startup=none", "--pid-file=p",
				 "--presence-by-command", "--log-level=debug");

	ck_assert_str_eq(o.tcp.host, "h");
	ck_assert_str_eq(o.tcp.port, "7");
	ck_assert_int_eq(o.control.kind, ADDRESS_TCP);
	ck_assert_str_eq(o.state_dir, "/a b");
	ck_assert_int_eq(o.startup, STARTUP_NONE);
	ck_assert_str_eq(o.pid_file, "p");
	ck_assert(o.presence_by_command);
	ck_assert_int_eq(o.log_level, LOG_LEVEL_DEBUG);
	o = PARSE("-u", "s", "-cunix:c", "-dD", "-Ppf", "-lerror", "-soff");
	ck_assert_str_eq(o.local.path, "s");
	ck_assert_str_eq(o.control.path, "c");
	ck_assert_str_eq(o.state_dir, "D");
	ck_assert(o.presence_by_command);
	ck_assert_str_eq(o.pid_file, "f");
	ck_assert_int_eq(o.log_level, LOG_LEVEL_ERROR);
	ck_assert_int_eq(o.startup, STARTUP_OFF);
	ck_assert_int_eq(PARSE("-t1", "-sstate").startup, STARTUP_STATE);
	ck_assert_int_eq(PARSE("-t1", "-sdeactivated").startup,
			 STARTUP_DEACTIVATED);
	/* Who adds an option adds a line here. */
	ck_assert_int_eq(DEFINED, 8);
}
END_TEST

static const struct {
	const char *args[4];
	const char *named; /* in the message */
} wrong[] = {
	{ { NULL }, "--tcp, --unix or --control" },
	{ { "-P" }, "nobody can reach the TPM" },
	{ { "-t1", "-us" }, "one of the two" },
	{ { "-t1", "-soff" }, "--startup=off" },
	{ { "--tcp=host" }, "--tcp \"host\"" },
	{ { "--tcp=" }, "--tcp \"\"" },
	{ { "--unix=" }, "--unix \"\"" },
	{ { "--control=c" }, "--control \"c\"" },
	{ { "--control=tcp:x" }, "tcp:HOST:PORT or unix:PATH" },
	{ { "-t1", "--startup=" }, "--startup \"\"" },
	{ { "-t1", "--startup=yes" }, "clear, state, deactivated, none or" },
	{ { "-t1", "--state-dir=" }, "--state-dir \"\"" },
	{ { "-t1", "--pid-file=" }, "--pid-file \"\"" },
	{ { "-t1", "--log-level=7" }, "--log-level \"7\"" },
	{ { "-t1", "--presence-by-command=no" }, "presence-by-command" },
	{ { "-t1", "--nothing" }, "nothing" },
	{ { "-t1", "-x" }, "x" },
	{ { "-t" }, "t" },
	{ { "-t1", "tpm" }, "\"tpm\": none is expected" },
};
#define WRONG (int)(sizeof(wrong) / sizeof(wrong[0]))

START_TEST(a_wrong_command_line_is_told_and_ends_with_2)
{
	run(wrong[_i].args);
	ck_assert_int_eq(ran.status, 2);
	ck_assert_str_eq(ran.out, "");
	ck_assert_msg(strstr(ran.err, wrong[_i].named) != NULL, "%s", ran.err);
	ck_assert_ptr_nonnull(strstr(ran.err, "vtpm-emulator: "));
	ck_assert_ptr_nonnull(strstr(ran.err, "Try vtpm-emulator --help.\n"));
}
END_TEST

START_TEST(help_lists_every_option)
{
	char *line, *save, text[256];

	RUN(_i ? "--help" : "-h");
	ck_assert_int_eq(ran.status, 0);
	ck_assert_str_eq(ran.err, "");
	for (int i = 0; i < DEFINED; i++) {
		snprintf(text, sizeof(text), "  -%c, --%s%s%s ",
			 defined[i].letter, defined[i].name,
			 defined[i].argument ? "=" : "",
			 defined[i].argument ? defined[i].argument : "");
		ck_assert_msg(strstr(ran.out, text) != NULL, "%s", text);
		snprintf(text, sizeof(text), " %s\n", defined[i].help);
		ck_assert_msg(strstr(ran.out, text) != NULL, "%s", text);
	}
	for (line = strtok_r(ran.out, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		ck_assert_msg(strlen(line) <= 80, "%s", line);
}
END_TEST

START_TEST(version_names_the_package)
{
	RUN(_i ? "--version" : "-V");
	ck_assert_int_eq(ran.status, 0);
	ck_assert_str_eq(ran.out, "vtpm-emulator (" PACKAGE_STRING ")\n");
}
END_TEST

START_TEST(letters_and_names_are_unique)
{
	for (int i = 0; i < DEFINED; i++) {
		ck_assert_int_ne(defined[i].letter, 'h');
		ck_assert_int_ne(defined[i].letter, 'V');
		for (int k = 0; k < i; k++) {
			ck_assert_int_ne(defined[i].letter, defined[k].letter);
			ck_assert_str_ne(defined[i].name, defined[k].name);
		}
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("emulator options");
	TCase *t = tcase_create("options");

	tcase_add_test(t, defaults);
	tcase_add_test(t, with_a_control_channel_it_waits);
	tcase_add_test(t, every_option_is_read);
	tcase_add_loop_test(t, a_wrong_command_line_is_told_and_ends_with_2, 0,
			    WRONG);
	tcase_add_loop_test(t, help_lists_every_option, 0, 2);
	tcase_add_loop_test(t, version_names_the_package, 0, 2);
	tcase_add_test(t, letters_and_names_are_unique);
	suite_add_tcase(s, t);
	return suite_run(s);
}
