/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: see options.h. */

#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "vtpmdb.h"
#include "xs.h"

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

_Static_assert(sizeof(((struct options *)0)->given) > N_ROWS, "all given");

static int parse_TEXT(const char *text, const char **value)
{
	*value = text;
	return text[0] ? 0 : -EINVAL;
}

static int parse_INSTANCE(const char *text, uint32_t *n)
{
	return xs_parse_u32(text, VTPMDB_INSTANCE_MAX, n) || *n == 0 ? -EINVAL
								     : 0;
}

static int parse_FLAG(const char *text, bool *flag)
{
	*flag = true;
	return 0;
}

static void usage(const char *commands)
{
	char text[64];
	size_t i;

	printf("Usage: vtpmctl COMMAND [OPTION]... [ARGUMENT]...\n"
	       "Looks after this host's virtual TPMs.\n\n%s\n",
	       commands);
	for (i = 0; i < N_ROWS; i++) {
		snprintf(text, sizeof(text), "%s%s%s", rows[i].name,
			 rows[i].argument ? "=" : "",
			 rows[i].argument ? rows[i].argument : "");
		printf("  -%c, --%-20s %s\n", rows[i].letter, text,
		       rows[i].help);
	}
	puts("  -h, --help                 print this and exit\n"
	     "  -V, --version              print the version and exit\n"
	     "\nSee vtpmctl(8).");
}

void options_wrong(const char *about, const char *text, const char *wanted)
{
	fprintf(stderr,
		"vtpmctl: %s%s%s%s: %s\n"
		"Try vtpmctl --help.\n",
		about, text ? " \"" : "", text ? text : "", text ? "\"" : "",
		wanted);
	exit(2);
}

const char *options_name(char letter)
{
	size_t i;

	for (i = 0; i < N_ROWS; i++)
		if (rows[i].letter == letter)
			return rows[i].name;
	return "";
}

static void one_option(struct options *options, int letter,
		       const char *commands)
{
	switch (letter) {
#define OPTION(name, letter, field, kind, argument, dflt, help)             \
	case letter:                                                        \
		if (parse_##kind(optarg, &options->field))                  \
			options_wrong("--" #name, optarg, "wanted: " help); \
		break;
#include "options.def"
#undef OPTION
	case OPTION_HELP:
		usage(commands);
		exit(0);
	case OPTION_VERSION:
		puts("vtpmctl (" PACKAGE_STRING ")");
		exit(0);
	default:
		/* getopt_long has said what is wrong. */
		fputs("Try vtpmctl --help.\n", stderr);
		exit(2);
	}
	if (!strchr(options->given, letter))
		options->given[strlen(options->given)] = (char)letter;
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

void options_parse(struct options *options, int argc, char **argv,
		   const char *commands)
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
		one_option(options, letter, commands);
	options->first = optind;
}
