/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the command line of an xl subcommand says about configurations.  Nothing
 * here knows what is in one.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct command {
	const char *file; /* its name, in a word of argv or at its end;
				 * NULL: no configuration is named */
	bool extends;	  /* words "key=value" are added to it */
	bool dry_run;	  /* xl only says what it would do */
	size_t first;	  /* the first word behind the subcommand's name */
};

/*
 * Reads argv, which ends with NULL; argv[0] is the program.  Words point into
 * it.  False when no subcommand that takes a configuration is there: the rest
 * is xl's.
 */
bool command_parse(int argc, char **argv, struct command *command);

/* Whether the word at this place in argv is such a "key=value". */
bool command_is_setting(const struct command *command, const char *word);

/*
 * argv with another file, and with one word more at the end (each may be NULL);
 * NULL: no memory.  What it points to is argv's and new; all of it stays until
 * the program ends.
 */
char **command_rewrite(int argc, char **argv, const struct command *command,
		       const char *file, const char *word);

#endif
