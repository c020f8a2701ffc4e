/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: see options.h. */

#include "config.h"

#include "cmdline.h"
#include "domains.h"
#include "options.h"
#include "xs.h"

static int parse_DOMAIN(const char *text, void *value)
{
	return xs_parse_u32(text, DOMAINS_MAX - 1, value);
}

static int parse_SANDBOX(const char *text, void *value)
{
	static const char *const names[] = {
		[SANDBOX_OFF] = "off",
		[SANDBOX_LOG] = "log",
		[SANDBOX_ENFORCE] = "enforce",
	};
	enum sandbox_mode *mode = value;
	int n = cmdline_choice(text, names, 0, sizeof(names) / sizeof(*names));

	if (n < 0)
		return n;
	*mode = (enum sandbox_mode)n;
	return 0;
}

static const struct cmdline_option rows[] = {
#define OPTION(name, letter, field, kind, argument, dflt, help) \
	CMDLINE_ROW(#name, letter, field, kind, argument, help)
#include "options.def"
#undef OPTION
};

static const struct cmdline cmdline = {
	.program = "vtpm-userback",
	.usage = "Usage: vtpm-userback [OPTION]...\n"
		 "Gives Xen guests the virtual TPMs that their configurations "
		 "ask for.\n",
	.manual = "vtpm-userback(8)",
	.options = rows,
	.n_options = sizeof(rows) / sizeof(*rows),
};

void options_parse(struct options *options, int argc, char **argv)
{
	int first;

	*options = (struct options){
#define OPTION(name, letter, field, kind, argument, dflt, help) .field = dflt,
#include "options.def"
#undef OPTION
	};
	first = cmdline_parse(&cmdline, argc, argv, options, NULL);
	if (first < argc)
		cmdline_wrong(&cmdline, "argument", argv[first],
			      "none is expected");
}
