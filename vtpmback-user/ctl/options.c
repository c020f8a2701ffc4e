/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: see options.h. */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmdline.h"
#include "options.h"
#include "vtpmdb.h"
#include "xs.h"

static int parse_INSTANCE(const char *text, void *value)
{
	uint32_t *n = value;

	return xs_parse_u32(text, VTPMDB_INSTANCE_MAX, n) || *n == 0 ? -EINVAL
								     : 0;
}

static const struct cmdline_option rows[] = {
#define OPTION(name, letter, field, kind, argument, dflt, help) \
	CMDLINE_ROW(#name, letter, field, kind, argument, help)
#include "options.def"
#undef OPTION
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

_Static_assert(sizeof(((struct options *)0)->given) > N_ROWS, "all given");

static const struct cmdline cmdline = {
	.program = "vtpmctl",
	.manual = "vtpmctl(8)",
	.options = rows,
	.n_options = N_ROWS,
};

void options_wrong(const char *about, const char *text, const char *wanted)
{
	cmdline_wrong(&cmdline, about, text, wanted);
}

const char *options_name(char letter)
{
	size_t i;

	for (i = 0; i < N_ROWS; i++)
		if (rows[i].letter == letter)
			return rows[i].name;
	return "";
}

static void note_given(void *values, int letter)
{
	struct options *options = values;

	if (!strchr(options->given, letter))
		options->given[strlen(options->given)] = (char)letter;
}

void options_parse(struct options *options, int argc, char **argv,
		   const char *commands)
{
	struct cmdline c = cmdline;
	char text[2048];

	snprintf(text, sizeof(text),
		 "Usage: vtpmctl COMMAND [OPTION]... [ARGUMENT]...\n"
		 "Looks after this host's virtual TPMs.\n\n%s",
		 commands);
	c.usage = text;
	*options = (struct options){
#define OPTION(name, letter, field, kind, argument, dflt, help) .field = dflt,
#include "options.def"
#undef OPTION
	};
	options->first = cmdline_parse(&c, argc, argv, options, note_given);
}
