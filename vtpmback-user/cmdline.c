/* SPDX-License-Identifier: BSD-2-Clause */
/* Command lines: see cmdline.h. */

#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmdline.h"
#include "log.h"

enum {
	OPTION_HELP = 'h',
	OPTION_VERSION = 'V'
};

int parse_FLAG(const char *text, void *value)
{
	bool *flag = value;

	(void)text;
	*flag = true;
	return 0;
}

int parse_TEXT(const char *text, void *value)
{
	const char **v = value;

	*v = text;
	return text[0] ? 0 : -EINVAL;
}

int parse_LEVEL(const char *text, void *value)
{
	enum log_level *level = value;
	int n = log_level_from_name(text);

	if (n < 0)
		return -EINVAL;
	*level = (enum log_level)n;
	return 0;
}

int cmdline_choice(const char *text, const char *const *names, int first, int n)
{
	int i;

	for (i = first; i < n; i++)
		if (!strcmp(names[i], text))
			return i;
	return -EINVAL;
}

static void usage(const struct cmdline *c)
{
	char text[64];
	size_t i;

	printf("%s\n", c->usage);
	for (i = 0; i < c->n_options; i++) {
		const struct cmdline_option *o = &c->options[i];

		snprintf(text, sizeof(text), "%s%s%s", o->name,
			 o->argument ? "=" : "",
			 o->argument ? o->argument : "");
		printf("  -%c, --%-20s %s\n", o->letter, text, o->help);
	}
	printf("  -h, --help                 print this and exit\n"
	       "  -V, --version              print the version and exit\n"
	       "\nSee %s.\n",
	       c->manual);
}

__attribute__((noreturn)) static void send_to_help(const struct cmdline *c)
{
	fprintf(stderr, "Try %s --help.\n", c->program);
	exit(2);
}

void cmdline_wrong(const struct cmdline *c, const char *about, const char *text,
		   const char *wanted)
{
	fprintf(stderr, "%s: %s%s%s%s: %s\n", c->program, about,
		text ? " \"" : "", text ? text : "", text ? "\"" : "", wanted);
	send_to_help(c);
}

/* As the GNU coding standards have it, whose package it is too. */
static void print_version(const char *program)
{
	if (strcmp(program, PACKAGE_NAME) != 0)
		printf("%s (" PACKAGE_STRING ")\n", program);
	else
		puts(PACKAGE_STRING);
}

/* What getopt_long wants to know. */
struct grammar {
	struct option longs[CMDLINE_OPTIONS_MAX + 3];
	char shorts[2 * CMDLINE_OPTIONS_MAX + 3];
};

static void make_grammar(const struct cmdline *c, struct grammar *g)
{
	char *s = g->shorts;
	size_t i;

	memset(g, 0, sizeof(*g));
	for (i = 0; i < c->n_options; i++) {
		const struct cmdline_option *o = &c->options[i];

		g->longs[i].name = o->name;
		g->longs[i].has_arg = o->argument ? required_argument
						  : no_argument;
		g->longs[i].val = o->letter;
		*s++ = (char)o->letter;
		if (o->argument)
			*s++ = ':';
	}
	g->longs[i++] = (struct option){ "help", 0, NULL, OPTION_HELP };
	g->longs[i] = (struct option){ "version", 0, NULL, OPTION_VERSION };
	*s++ = OPTION_HELP;
	*s = OPTION_VERSION;
}

static void take(const struct cmdline *c, const struct cmdline_option *o,
		 uint8_t *values)
{
	char about[64], wanted[160];

	if (!o->parse(optarg, values + o->offset))
		return;
	snprintf(about, sizeof(about), "--%s", o->name);
	snprintf(wanted, sizeof(wanted), "wanted: %s", o->help);
	cmdline_wrong(c, about, optarg, wanted);
}

static void one_option(const struct cmdline *c, int letter, void *values)
{
	size_t i;

	for (i = 0; i < c->n_options; i++) {
		if (c->options[i].letter != letter)
			continue;
		take(c, &c->options[i], values);
		return;
	}
	switch (letter) {
	case OPTION_HELP:
		usage(c);
		exit(0);
	case OPTION_VERSION:
		print_version(c->program);
		exit(0);
	default:
		/* getopt_long has said what is wrong. */
		send_to_help(c);
	}
}

int cmdline_parse(const struct cmdline *c, int argc, char **argv, void *values,
		  void (*given)(void *values, int letter))
{
	struct grammar g;
	int letter;

	make_grammar(c, &g);
	while ((letter = getopt_long(argc, argv, g.shorts, g.longs, NULL)) !=
	       -1) {
		one_option(c, letter, values);
		if (given)
			given(values, letter);
	}
	return optind;
}
