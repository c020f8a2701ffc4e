/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: see options.h. */

#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domains.h"
#include "options.h"
#include "xs.h"

enum { OPTION_HELP = 'h', OPTION_VERSION = 'V' };

/*
 * What comes behind an option of a kind, for people and, twice, for getopt:
 * nothing behind a flag, whose letter stands twice.
 */
#define SHOWN_FLAG(name, argument)    name
#define SHOWN_DOMAIN(name, argument)  name "=" argument
#define SHOWN_TEXT(name, argument)    name "=" argument
#define SHOWN_LEVEL(name, argument)   name "=" argument
#define SHOWN_SANDBOX(name, argument) name "=" argument
#define BEHIND_FLAG(letter, yes)      letter
#define BEHIND_DOMAIN(letter, yes)    yes
#define BEHIND_TEXT(letter, yes)      yes
#define BEHIND_LEVEL(letter, yes)     yes
#define BEHIND_SANDBOX(letter, yes)   yes

static int parse_DOMAIN(const char *text, uint32_t *domain)
{
	return xs_parse_u32(text, DOMAINS_MAX - 1, domain);
}

static int parse_TEXT(const char *text, const char **value)
{
	*value = text;
	return text[0] ? 0 : -EINVAL;
}

static int parse_LEVEL(const char *text, enum log_level *level)
{
	int n = log_level_from_name(text);

	if (n < 0)
		return -EINVAL;
	*level = (enum log_level)n;
	return 0;
}

static int parse_SANDBOX(const char *text, enum sandbox_mode *mode)
{
	static const char *const names[] = {
		[SANDBOX_OFF] = "off",
		[SANDBOX_LOG] = "log",
		[SANDBOX_ENFORCE] = "enforce",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], text) != 0)
			continue;
		*mode = (enum sandbox_mode)i;
		return 0;
	}
	return -EINVAL;
}

static int parse_FLAG(const char *text, bool *flag)
{
	(void)text;
	*flag = true;
	return 0;
}

static void usage(void)
{
	puts("Usage: vtpm-userback [OPTION]...\n"
	     "Gives Xen guests the virtual TPMs that their configurations ask "
	     "for.\n");
#define OPTION(name, letter, field, kind, argument, dflt, help)                \
	printf("  -%c, --%-16s %s\n", letter,                             \
	       SHOWN_##kind(#name, argument), help);
#include "options.def"
#undef OPTION
	puts("  -h, --help             print this and exit\n"
	     "  -V, --version          print the version and exit\n"
	     "\nSee vtpm-userback(8).");
}

static void wrong(const char *name, const char *text, const char *help)
{
	fprintf(stderr,
		"vtpm-userback: --%s: \"%s\" will not do; wanted: %s\n"
		"Try vtpm-userback --help.\n",
		name, text, help);
	exit(2);
}

static const struct option long_options[] = {
#define OPTION(name, letter, field, kind, argument, dflt, help)                \
	{ #name, BEHIND_##kind(no_argument, required_argument), NULL, letter },
#include "options.def"
#undef OPTION
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* ":": a missing argument is told from an unknown option. */
static const char short_options[] = {
#define OPTION(name, letter, field, kind, argument, dflt, help)                \
	letter, BEHIND_##kind(letter, ':'),
#include "options.def"
#undef OPTION
	OPTION_HELP, OPTION_VERSION, '\0',
};

static void one_option(struct options *options, int letter)
{
	switch (letter) {
#define OPTION(name, letter, field, kind, argument, dflt, help)                \
	case letter:                                                           \
		if (parse_##kind(optarg, &options->field))                     \
			wrong(#name, optarg, help);                            \
		break;
#include "options.def"
#undef OPTION
	case OPTION_HELP:
		usage();
		exit(0);
	case OPTION_VERSION:
		puts(PACKAGE_STRING);
		exit(0);
	default:
		/* getopt_long has said what is wrong. */
		fputs("Try vtpm-userback --help.\n", stderr);
		exit(2);
	}
}

void options_parse(struct options *options, int argc, char **argv)
{
	int letter;

	*options = (struct options){
#define OPTION(name, letter, field, kind, argument, dflt, help) .field = dflt,
#include "options.def"
#undef OPTION
	};
	while ((letter = getopt_long(argc, argv, short_options, long_options,
				     NULL)) != -1)
		one_option(options, letter);
	if (optind < argc) {
		fprintf(stderr,
			"vtpm-userback: \"%s\": no argument is expected\n"
			"Try vtpm-userback --help.\n",
			argv[optind]);
		exit(2);
	}
}
