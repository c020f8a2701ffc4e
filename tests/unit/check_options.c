/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: options.def, --help and the manual say the same. */
#include "config.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "domains.h"
#include "options.h"
#include "suite.h"

/* What options.def says, as text. */
static const struct {
	const char *name, *argument, *help;
	int letter;
} defined[] = {
#define OPTION(name, letter, field, kind, argument, dflt, help) \
	{ #name, argument, help, letter },
#include "options.def"
#undef OPTION
};
#define DEFINED (int)(sizeof(defined) / sizeof(defined[0]))

#define ARGS_MAX 8

/* A program that has parsed a command line. */
static struct {
	int status;
	char out[8192], err[8192];
	struct options options;
} ran;

/* exit would go on to end what check has open, which is not the child's. */
static void end_here(int status, void *arg)
{
	(void)arg;
	fflush(stdout);
	_exit(status);
}

static void parse_in_child(int argc, char **argv, int out, int err, int result)
{
	struct options options;

	on_exit(end_here, NULL);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	optind = 0;
	options_parse(&options, argc, argv);
	if (write(result, &options, sizeof(options)) != sizeof(options))
		_exit(99);
	_exit(0);
}

static void fetch(int fd, char *text, size_t size)
{
	ssize_t n = pread(fd, text, size - 1, 0);

	ck_assert_int_ge((int)n, 0);
	text[n] = '\0';
	close(fd);
}

/* Runs options_parse in a process of its own; the last is NULL. */
static void run(const char *const *args)
{
	static char name[] = "vtpm-userback";
	char *argv[ARGS_MAX + 2] = { name };
	int out = memfd_create("out", 0), err = memfd_create("err", 0);
	int result = memfd_create("result", 0), argc = 1;
	pid_t pid;

	for (; args[argc - 1]; argc++)
		argv[argc] = strdup(args[argc - 1]);
	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		parse_in_child(argc, argv, out, err, result);
	ck_assert_int_eq(waitpid(pid, &ran.status, 0), pid);
	ck_assert(WIFEXITED(ran.status));
	ran.status = WEXITSTATUS(ran.status);
	fetch(out, ran.out, sizeof(ran.out));
	fetch(err, ran.err, sizeof(ran.err));
	memset(&ran.options, 0, sizeof(ran.options));
	if (pread(result, &ran.options, sizeof(ran.options), 0) < 0)
		ck_abort();
	close(result);
	while (--argc > 0)
		free(argv[argc]);
}

#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })

/* The same here, where texts can be looked at. */
static struct options parse(const char *a, const char *b)
{
	static char name[] = "vtpm-userback", first[100], second[100];
	char *argv[] = { name, first, second, NULL };
	struct options options;

	snprintf(first, sizeof(first), "%s", a ? a : "");
	snprintf(second, sizeof(second), "%s", b ? b : "");
	if (!b)
		argv[2] = NULL;
	if (!a)
		argv[1] = NULL;
	optind = 0;
	options_parse(&options, 1 + (a != NULL) + (b != NULL), argv);
	return options;
}

START_TEST(without_options_the_defaults_hold)
{
	const struct options o = parse(NULL, NULL);

	ck_assert_uint_eq(o.domain, OPTIONS_ALL_DOMAINS);
	ck_assert_str_eq(o.state_dir, "/var/vtpm");
	ck_assert_str_eq(o.run_dir, "/run/vtpm-userback");
	ck_assert_int_eq(o.sandbox, SANDBOX_ENFORCE);
	ck_assert_int_eq(o.log_level, LOG_LEVEL_INFO);
	ck_assert_ptr_null(o.log_file);
	ck_assert_ptr_null(o.pid_file);
	ck_assert_ptr_null(o.key_file);
	ck_assert_ptr_null(o.passphrase_file);
}
END_TEST

/* --name=value, --name value, -n value, -nvalue */
static struct options in_form(int form, int i, const char *value)
{
	char text[100];

	switch (form) {
	case 0:
		snprintf(text, sizeof(text), "--%s=%s", defined[i].name, value);
		return parse(text, NULL);
	case 1:
		snprintf(text, sizeof(text), "--%s", defined[i].name);
		return parse(text, value);
	case 2:
		snprintf(text, sizeof(text), "-%c", defined[i].letter);
		return parse(text, value);
	default:
		snprintf(text, sizeof(text), "-%c%s", defined[i].letter, value);
		return parse(text, NULL);
	}
}

static int index_of(const char *name)
{
	int i;

	for (i = 0; i < DEFINED; i++)
		if (!strcmp(defined[i].name, name))
			return i;
	ck_abort_msg("%s is not in options.def", name);
}

START_TEST(every_option_is_read_in_every_form)
{
	struct options o = in_form(_i, index_of("domain"), "7");

	ck_assert_uint_eq(o.domain, 7);
	o = in_form(_i, index_of("state-dir"), "/a b");
	ck_assert_str_eq(o.state_dir, "/a b");
	ck_assert_str_eq(o.run_dir, "/run/vtpm-userback");
	o = in_form(_i, index_of("run-dir"), "rel");
	ck_assert_str_eq(o.run_dir, "rel");
	o = in_form(_i, index_of("sandbox"), "off");
	ck_assert_int_eq(o.sandbox, SANDBOX_OFF);
	o = in_form(_i, index_of("log-level"), "debug");
	ck_assert_int_eq(o.log_level, LOG_LEVEL_DEBUG);
	o = in_form(_i, index_of("log-file"), "/var/log/x");
	ck_assert_str_eq(o.log_file, "/var/log/x");
	o = in_form(_i, index_of("pid-file"), "-");
	ck_assert_str_eq(o.pid_file, "-");
	o = in_form(_i, index_of("key-file"), "/mnt/key");
	ck_assert_str_eq(o.key_file, "/mnt/key");
	o = in_form(_i, index_of("passphrase-file"), "/dev/stdin");
	ck_assert_str_eq(o.passphrase_file, "/dev/stdin");
	/* Who adds an option adds a line here, or a flag below. */
	ck_assert_int_eq(DEFINED, 9 + 1);
}
END_TEST

START_TEST(a_flag_is_read_in_both_forms)
{
	ck_assert(!parse(NULL, NULL).no_late_attach);
	ck_assert(parse("--no-late-attach", NULL).no_late_attach);
	ck_assert(parse("-n", NULL).no_late_attach);
	/* What follows is an option of its own. */
	ck_assert_uint_eq(parse("-n", "-d7").domain, 7);
	ck_assert(parse("-nd7", NULL).no_late_attach);
}
END_TEST

START_TEST(every_word_has_its_meaning)
{
	ck_assert_int_eq(parse("-Senforce", NULL).sandbox, SANDBOX_ENFORCE);
	ck_assert_int_eq(parse("-Slog", NULL).sandbox, SANDBOX_LOG);
	ck_assert_int_eq(parse("-Soff", NULL).sandbox, SANDBOX_OFF);
	ck_assert_int_eq(parse("-lerror", NULL).log_level, LOG_LEVEL_ERROR);
	ck_assert_int_eq(parse("-lwarning", NULL).log_level, LOG_LEVEL_WARNING);
	ck_assert_int_eq(parse("-linfo", NULL).log_level, LOG_LEVEL_INFO);
	ck_assert_int_eq(parse("-ldebug", NULL).log_level, LOG_LEVEL_DEBUG);
	ck_assert_uint_eq(parse("-d0", NULL).domain, 0);
	ck_assert_uint_eq(parse("-d32751", NULL).domain, DOMAINS_MAX - 1);
	ck_assert_uint_eq(parse("-d7", "-d8").domain, 8);
}
END_TEST

static const struct {
	const char *args[3];
	const char *named; /* in the message */
} wrong[] = {
	{ { "--domain=32752" }, "--domain \"32752\"" },
	{ { "--domain=" }, "--domain \"\"" },
	{ { "--domain=-1" }, "--domain \"-1\"" },
	{ { "--domain=7x" }, "--domain \"7x\"" },
	{ { "--domain=all" }, "--domain \"all\"" },
	{ { "-d", "" }, "--domain \"\"" },
	{ { "--state-dir=" }, "--state-dir \"\"" },
	{ { "--run-dir", "" }, "--run-dir \"\"" },
	{ { "--log-file=" }, "--log-file \"\"" },
	{ { "--pid-file=" }, "--pid-file \"\"" },
	{ { "--key-file=" }, "--key-file \"\"" },
	{ { "--passphrase-file=" }, "--passphrase-file \"\"" },
	{ { "--sandbox=on" }, "wanted: enforce, log or off" },
	{ { "--sandbox=OFF" }, "--sandbox \"OFF\"" },
	{ { "--log-level=7" }, "wanted: error, warning, info or debug" },
	{ { "--log-level=notice" }, "--log-level \"notice\"" },
	{ { "--nothing" }, "nothing" },
	{ { "-x" }, "x" },
	{ { "--domain" }, "domain" },
	{ { "--no-late-attach=yes" }, "no-late-attach" },
	{ { "-n", "yes" }, "\"yes\": none is expected" },
	{ { "-s" }, "s" },
	{ { "--help=yes" }, "help" },
	{ { "guest" }, "\"guest\": none is expected" },
	{ { "-d7", "--", "guest" }, "\"guest\"" },
};
#define WRONG (int)(sizeof(wrong) / sizeof(wrong[0]))

START_TEST(a_wrong_command_line_is_told_and_ends_with_2)
{
	RUN(wrong[_i].args[0], wrong[_i].args[1], wrong[_i].args[2]);
	ck_assert_int_eq(ran.status, 2);
	ck_assert_str_eq(ran.out, "");
	ck_assert_msg(strstr(ran.err, wrong[_i].named) != NULL, "%s", ran.err);
	ck_assert_ptr_nonnull(strstr(ran.err, "Try vtpm-userback --help.\n"));
	ck_assert_ptr_nonnull(strstr(ran.err, "vtpm-userback: "));
}
END_TEST

START_TEST(help_lists_every_option)
{
	char line[256];
	int i;

	RUN(_i ? "--help" : "-h");
	ck_assert_int_eq(ran.status, 0);
	ck_assert_str_eq(ran.err, "");
	for (i = 0; i < DEFINED; i++) {
		snprintf(line, sizeof(line), "  -%c, --%s%s%s ",
			 defined[i].letter, defined[i].name,
			 defined[i].argument ? "=" : "",
			 defined[i].argument ? defined[i].argument : "");
		ck_assert_msg(strstr(ran.out, line) != NULL, "%s", line);
		snprintf(line, sizeof(line), " %s\n", defined[i].help);
		ck_assert_msg(strstr(ran.out, line) != NULL, "%s", line);
	}
	ck_assert_ptr_nonnull(strstr(ran.out, "  -h, --help "));
	ck_assert_ptr_nonnull(strstr(ran.out, "  -V, --version "));
}
END_TEST

/* Nobody's terminal is wider. */
START_TEST(help_fits_in_80_columns)
{
	char *line, *save;

	RUN("--help");
	for (line = strtok_r(ran.out, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		ck_assert_msg(strlen(line) <= 80, "%s", line);
}
END_TEST

START_TEST(version_names_the_package)
{
	RUN(_i ? "--version" : "-V");
	ck_assert_int_eq(ran.status, 0);
	ck_assert_str_eq(ran.out, PACKAGE_STRING "\n");
}
END_TEST

START_TEST(letters_and_names_are_unique)
{
	int i, j;

	for (i = 0; i < DEFINED; i++) {
		ck_assert_int_ne(defined[i].letter, 'h');
		ck_assert_int_ne(defined[i].letter, 'V');
		for (j = 0; j < i; j++) {
			ck_assert_int_ne(defined[i].letter, defined[j].letter);
			ck_assert_str_ne(defined[i].name, defined[j].name);
		}
	}
}
END_TEST

/* ---- The manual ---- */

static char *read_manual(void)
{
	const char *srcdir = getenv("srcdir");
	char path[512], *text = calloc(1, 65536);
	FILE *f;

	snprintf(path, sizeof(path), "%s/vtpmback-user/vtpm-userback.8",
		 srcdir ? srcdir : ".");
	f = fopen(path, "re");
	ck_assert_msg(f != NULL, "%s", path);
	ck_assert_uint_gt(fread(text, 1, 65535, f), 1000);
	fclose(f);
	return text;
}

static unsigned int count(const char *text, const char *word)
{
	unsigned int n = 0;

	for (; (text = strstr(text, word)); text += strlen(word))
		n++;
	return n;
}

/* The lines of an option, in the list and in the synopsis. */
static void list_lines(int i, char *item, char *op, size_t size)
{
	const char *argument = defined[i].argument;
	const int letter = defined[i].letter;

	if (!argument) {
		snprintf(item, size, "\n.It Fl %c , Fl -%s\n", letter,
			 defined[i].name);
		snprintf(op, size, "\n.Op Fl %c\n", letter);
		return;
	}
	snprintf(item, size, "\n.It Fl %c Ar %s , Fl -%s Ns = Ns Ar %s\n",
		 letter, argument, defined[i].name, argument);
	snprintf(op, size, "\n.Op Fl %c Ar %s\n", letter, argument);
}

START_TEST(the_manual_lists_every_option_and_no_other)
{
	char *text = read_manual(), item[256], op[256];
	int i;

	for (i = 0; i < DEFINED; i++) {
		list_lines(i, item, op, sizeof(item));
		ck_assert_msg(count(text, item) == 1, "%s", item);
		ck_assert_msg(count(text, op) == 1, "%s", op);
	}
	ck_assert_uint_eq(count(text, "\n.It Fl "), (unsigned int)DEFINED + 2);
	ck_assert_uint_eq(count(text, "\n.Op Fl "), (unsigned int)DEFINED);
	free(text);
}
END_TEST

START_TEST(the_manual_knows_the_defaults)
{
	const struct options o = parse(NULL, NULL);
	char *text = read_manual(), line[256];

	snprintf(line, sizeof(line), "default\n.Pa %s .\n", o.state_dir);
	ck_assert_uint_eq(count(text, line), 1);
	snprintf(line, sizeof(line), "default\n.Pa %s .\n", o.run_dir);
	ck_assert_uint_eq(count(text, line), 1);
	ck_assert_uint_eq(count(text, ".Sy enforce ,\nthe default,"), 1);
	ck_assert_uint_eq(count(text, "info\n(the default)"), 1);
	free(text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("options");
	TCase *t = tcase_create("options");

	tcase_add_test(t, without_options_the_defaults_hold);
	tcase_add_loop_test(t, every_option_is_read_in_every_form, 0, 4);
	tcase_add_test(t, a_flag_is_read_in_both_forms);
	tcase_add_test(t, every_word_has_its_meaning);
	tcase_add_loop_test(t, a_wrong_command_line_is_told_and_ends_with_2, 0,
			    WRONG);
	tcase_add_loop_test(t, help_lists_every_option, 0, 2);
	tcase_add_test(t, help_fits_in_80_columns);
	tcase_add_loop_test(t, version_names_the_package, 0, 2);
	tcase_add_test(t, letters_and_names_are_unique);
	tcase_add_test(t, the_manual_lists_every_option_and_no_other);
	tcase_add_test(t, the_manual_knows_the_defaults);
	suite_add_tcase(s, t);
	return suite_run(s);
}
