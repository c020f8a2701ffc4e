/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: see options.h. */

#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

enum {
	OPTION_HELP = 'h',
	OPTION_VERSION = 'V'
};

static const struct {
	const char *name, *argument, *help;
	int letter;
} rows[] = {
#define OPTION(name, letter, field, kind, argument, dflt, help) \
	{ #name, argument, help, letter },
#include "options.def"
#undef OPTION
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static int parse_TCP(const char *text, struct address *a)
{
	return address_parse_tcp(text, a);
}

static int parse_UNIX(const char *text, struct address *a)
{
	return address_parse_unix(text, a);
}

static int parse_ADDRESS(const char *text, struct address *a)
{
	return address_parse(text, a);
}

static int parse_TEXT(const char *text, const char **value)
{
	*value = text;
	return text[0] ? 0 : -EINVAL;
}

static int parse_FLAG(const char *text, bool *flag)
{
	*flag = true;
	return 0;
}

static int parse_LEVEL(const char *text, enum log_level *level)
{
	int n = log_level_from_name(text);

	if (n < 0)
		return -EINVAL;
	*level = (enum log_level)n;
	return 0;
}

static int parse_STARTUP(const char *text, enum startup *startup)
{
	static const char *const names[] = {
		[STARTUP_DEFAULT] = "",
		[STARTUP_OFF] = "off",
		[STARTUP_NONE] = "none",
		[STARTUP_CLEAR] = "clear",
		[STARTUP_STATE] = "state",
		[STARTUP_DEACTIVATED] = "deactivated",
	};
	size_t i;

	for (i = STARTUP_OFF; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], text) != 0)
			continue;
		*startup = (enum startup)i;
		return 0;
	}
	return -EINVAL;
}

static void usage(void)
{
	char text[64];
	size_t i;

	puts("Usage: vtpm-emulator [OPTION]...\n"
	     "Emulates a TPM 1.2 behind a socket.\n");
	for (i = 0; i < N_ROWS; i++) {
		snprintf(text, sizeof(text), "%s%s%s", rows[i].name,
			 rows[i].argument ? "=" : "",
			 rows[i].argument ? rows[i].argument : "");
		printf("  -%c, --%-20s %s\n", rows[i].letter, text,
		       rows[i].help);
	}
	puts("  -h, --help                 print this and exit\n"
	     "  -V, --version              print the version and exit\n"
	     "\nSee vtpm-emulator(1).");
}

__attribute__((noreturn)) static void wrong(const char *about, const char *text,
					    const char *wanted)
{
	fprintf(stderr,
		"vtpm-emulator: %s%s%s%s: %s\n"
		"Try vtpm-emulator --help.\n",
		about, text ? " \"" : "", text ? text : "", text ? "\"" : "",
		wanted);
	exit(2);
}

static void one_option(struct options *options, int letter)
{
	switch (letter) {
#define OPTION(name, letter, field, kind, argument, dflt, help)     \
	case letter:                                                \
		if (parse_##kind(optarg, &options->field))          \
			wrong("--" #name, optarg, "wanted: " help); \
		break;
#include "options.def"
#undef OPTION
	case OPTION_HELP:
		usage();
		exit(0);
	case OPTION_VERSION:
		puts("vtpm-emulator (" PACKAGE_STRING ")");
		exit(0);
	default:
		/* getopt_long has said what is wrong. */
		fputs("Try vtpm-emulator --help.\n", stderr);
		exit(2);
	}
}

/* What getopt_long wants to know. */
struct grammar {
	struct option longs[N_ROWS + 3];
	char shorts[2 * N_ROWS + 3];
};

static struct grammar make_grammar(void)
{
	struct grammar g = { 0 };
	char *s = g.shorts;
	size_t i;

	for (i = 0; i < N_ROWS; i++) {
		g.longs[i].name = rows[i].name;
		g.longs[i].has_arg =
			rows[i].argument ? required_argument : no_argument;
		g.longs[i].val = rows[i].letter;
		*s++ = (char)rows[i].letter;
		if (rows[i].argument)
			*s++ = ':';
	}
	g.longs[i++] = (struct option){ "help", 0, NULL, OPTION_HELP };
	g.longs[i] = (struct option){ "version", 0, NULL, OPTION_VERSION };
	*s++ = OPTION_HELP;
	*s = OPTION_VERSION;
	return g;
}

static void check(struct options *o)
{
	const bool control = o->control.kind != ADDRESS_NONE;

	if (o->tcp.kind && o->local.kind)
		wrong("--tcp, --unix", NULL, "one of the two");
	if (!o->tcp.kind && !o->local.kind && !control)
		wrong("--tcp, --unix or --control", NULL,
		      "without any of them nobody can reach the TPM");
	if (o->startup == STARTUP_OFF && !control)
		wrong("--startup=off", NULL,
		      "only --control could switch the TPM on");
	if (o->startup == STARTUP_DEFAULT)
		o->startup = control ? STARTUP_OFF : STARTUP_CLEAR;
}

void options_parse(struct options *options, int argc, char **argv)
{
	const struct grammar g = make_grammar();
	int letter;

	*options = (struct options){
#define OPTION(name, letter, field, kind, argument, dflt, help) .field = dflt,
#include "options.def"
#undef OPTION
	};
	while ((letter = getopt_long(argc, argv, g.shorts, g.longs, NULL)) !=
	       -1)
		one_option(options, letter);
	if (optind < argc)
		wrong("argument", argv[optind], "none is expected");
	check(options);
}
