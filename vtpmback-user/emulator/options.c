/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: see options.h. */

#include "config.h"

#include "cmdline.h"
#include "options.h"

static int parse_TCP(const char *text, void *value)
{
	return address_parse_tcp(text, value);
}

static int parse_UNIX(const char *text, void *value)
{
	return address_parse_unix(text, value);
}

static int parse_ADDRESS(const char *text, void *value)
{
	return address_parse(text, value);
}

static int parse_STARTUP(const char *text, void *value)
{
	static const char *const names[] = {
		[STARTUP_DEFAULT] = "",
		[STARTUP_OFF] = "off",
		[STARTUP_NONE] = "none",
		[STARTUP_CLEAR] = "clear",
		[STARTUP_STATE] = "state",
		[STARTUP_DEACTIVATED] = "deactivated",
	};
	enum startup *startup = value;
	int n = cmdline_choice(text, names, STARTUP_OFF,
			       sizeof(names) / sizeof(*names));

	if (n < 0)
		return n;
	*startup = (enum startup)n;
	return 0;
}

static const struct cmdline_option rows[] = {
#define OPTION(name, letter, field, kind, argument, dflt, help) \
	CMDLINE_ROW(#name, letter, field, kind, argument, help)
#include "options.def"
#undef OPTION
};

static const struct cmdline cmdline = {
	.program = "vtpm-emulator",
	.usage = "Usage: vtpm-emulator [OPTION]...\n"
		 "Emulates a TPM 1.2 behind a socket.\n",
	.manual = "vtpm-emulator(1)",
	.options = rows,
	.n_options = sizeof(rows) / sizeof(*rows),
};

static void check(struct options *o)
{
	const bool control = o->control.kind != ADDRESS_NONE;

	if (o->tcp.kind && o->local.kind)
		cmdline_wrong(&cmdline, "--tcp, --unix", NULL,
			      "one of the two");
	if (!o->tcp.kind && !o->local.kind && !control)
		cmdline_wrong(&cmdline, "--tcp, --unix or --control", NULL,
			      "without any of them nobody can reach the TPM");
	if (o->startup == STARTUP_OFF && !control)
		cmdline_wrong(&cmdline, "--startup=off", NULL,
			      "only --control could switch the TPM on");
	if (o->startup == STARTUP_DEFAULT)
		o->startup = control ? STARTUP_OFF : STARTUP_CLEAR;
}

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
	check(options);
}
