/* SPDX-License-Identifier: BSD-2-Clause */
/* The subcommands of xl that take a configuration: see command.h. */

#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

/* Those that matter here. */
static const struct option create_options[] = {
	{ "defconfig", required_argument, NULL, 'f' },
	{ "dryrun", no_argument, NULL, 'n' },
	{ NULL, 0, NULL, 0 },
};
static const struct option no_options[] = { { NULL, 0, NULL, 0 } };

/*
 * As xl(1) of Xen 4.17 describes them.  Flags that are not here, of later
 * versions, are taken for flags.
 */
static const struct row {
	const char *name;
	const char *letters;
	const struct option *options;
	int file_letter; /* the option that names the file, */
	int file_word;	 /* or the word's place, from 0 */
	int words;	 /* only if there are so many; 0: any number */
	bool extends;
} rows[] = {
	{ "create", "-:f:n", create_options, 'f', 0, 0, true },
	{ "config-update", "-:f:", create_options, 'f', 1, 0, true },
	{ "restore", "-:", no_options, 0, 0, 2, false },
	{ "save", "-:", no_options, 0, 2, 3, false },
	{ "migrate", "-:C:s:", no_options, 'C', -1, 0, false },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* xl takes the first letters of a name for it, if no other begins so. */
static const struct row *find_row(const char *word)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (*word && !strncmp(rows[i].name, word, strlen(word)))
			return &rows[i];
	return NULL;
}

/* xl's own flags come before the subcommand; none has an argument. */
static const struct row *find_subcommand(char **argv, struct command *c)
{
	size_t i;

	for (i = 1; argv[i] && argv[i][0] == '-'; i++)
		if (argv[i][1] != '-' && strchr(argv[i], 'N'))
			c->dry_run = true;
	c->first = i + 1;
	return argv[i] ? find_row(argv[i]) : NULL;
}

/* A word that is no option: may be the file. */
static void take_word(const struct row *row, struct command *c,
		      const char *word, int *words)
{
	if (command_is_setting(c, word))
		return;
	if (*words == row->file_word && !c->file)
		c->file = word;
	++*words;
}

bool command_is_setting(const struct command *command, const char *word)
{
	return command->extends && word[0] != '-' && strchr(word, '=');
}

bool command_parse(int argc, char **argv, struct command *c)
{
	const struct row *row;
	const char *named = NULL;
	int letter, words = 0;

	memset(c, 0, sizeof(*c));
	row = find_subcommand(argv, c);
	if (!row)
		return false;
	c->extends = row->extends;
	optind = 0;
	/* The name of the subcommand is in the program's place. */
	argc -= (int)c->first - 1;
	argv += c->first - 1;
	while ((letter = getopt_long(argc, argv, row->letters, row->options,
				     NULL)) != -1) {
		if (letter == 1)
			take_word(row, c, optarg, &words);
		else if (letter == row->file_letter)
			named = optarg;
		else if (letter == 'n')
			c->dry_run = true;
	}
	for (; optind < argc; optind++)
		take_word(row, c, argv[optind], &words);
	if (row->words && words != row->words)
		c->file = NULL;
	if (named)
		c->file = named;
	return true;
}

/* The word with the file's name at its end replaced. */
static char *replace_name(const char *word, const char *name, const char *file)
{
	char *changed;

	if (asprintf(&changed, "%.*s%s", (int)(name - word), word, file) < 0)
		return NULL;
	return changed;
}

char **command_rewrite(int argc, char **argv, const struct command *c,
		       const char *file, const char *word)
{
	char **changed = calloc((size_t)argc + 2, sizeof(*changed));
	bool failed = false;
	int i;

	if (!changed)
		return NULL;
	for (i = 0; i < argc; i++) {
		changed[i] = argv[i];
		if (!file || c->file < argv[i] ||
		    c->file > argv[i] + strlen(argv[i]))
			continue;
		changed[i] = replace_name(argv[i], c->file, file);
		failed = !changed[i];
	}
	if (word) {
		changed[argc] = strdup(word);
		failed = failed || !changed[argc];
	}
	if (!failed)
		return changed;
	free(changed);
	return NULL;
}
