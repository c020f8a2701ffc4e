/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of vtpmctl, made from options.def. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
#define TYPE_TEXT     const char *
#define TYPE_INSTANCE uint32_t
#define TYPE_FLAG     bool
#define OPTION(name, letter, field, kind, argument, dflt, help) \
	TYPE_##kind field;
#include "options.def"
#undef OPTION
	char given[32]; /* the letters of the options that were given */
	int first;	/* of argv: what is no option begins there */
};

/*
 * Reads the options, wherever they are on the command line.  Texts point into
 * argv, which is put in another order.  Answers --help, with `commands` in it,
 * and --version itself and exits 0; a wrong option gets a message and exit
 * status 2.
 */
void options_parse(struct options *options, int argc, char **argv,
		   const char *commands);

/* Says what is wrong with the command line, and exits 2. */
void options_wrong(const char *about, const char *text, const char *wanted)
	__attribute__((noreturn));

/* The name of an option, for messages. */
const char *options_name(char letter);

#endif
