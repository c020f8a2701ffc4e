/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Command lines: a program's table of options, parsed into its struct of their
 * values.  Every program has --help and --version beside.
 */
#ifndef CMDLINE_H
#define CMDLINE_H

#include <stddef.h>

struct cmdline_option {
	const char *name;     /* without the dashes */
	const char *argument; /* what --help calls it; NULL: it has none */
	const char *help;
	int letter;
	/*
	 * Sets the value, at offset in the program's struct: 0 or -EINVAL.
	 * text is argv's; NULL where there is no argument.
	 */
	int (*parse)(const char *text, void *value);
	size_t offset;
};

/* A row of the table, from a line of options.def. */
#define CMDLINE_ROW(name, letter, field, kind, argument, help)             \
	{                                                                  \
		(name), (argument), (help), (letter), parse_##kind,        \
			offsetof(struct options, field)                    \
	},

struct cmdline {
	const char *program;
	const char *usage;  /* what --help prints ahead of the options */
	const char *manual; /* as in "vtpmctl(8)" */
	const struct cmdline_option *options;
	size_t n_options; /* at most CMDLINE_OPTIONS_MAX */
};

#define CMDLINE_OPTIONS_MAX 30u

/*
 * Parses argv's options, wherever they are, into values.  Calls given, where
 * there is one, with the letter of each.  Returns the index in argv, which is
 * put in another order, of what is no option.
 *
 * Answers --help and --version itself and exits 0; a wrong option gets a
 * message and exit status 2.
 */
int cmdline_parse(const struct cmdline *c, int argc, char **argv, void *values,
		  void (*given)(void *values, int letter));

/* Says what is wrong, with text (NULL: none) in quotes, and exits 2. */
void cmdline_wrong(const struct cmdline *c, const char *about, const char *text,
		   const char *wanted) __attribute__((noreturn));

/* Kinds that every program has: bool, const char *, enum log_level. */
int parse_FLAG(const char *text, void *value);
int parse_TEXT(const char *text, void *value);
int parse_LEVEL(const char *text, void *value);

/* The index of text in names, from first on; -EINVAL: it is none of them. */
int cmdline_choice(const char *text, const char *const *names, int first,
		   int n);

#endif
