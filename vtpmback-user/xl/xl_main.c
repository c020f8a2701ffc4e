/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-xl: xl, for configurations in the style of 2006. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "log.h"
#include "rewrite.h"

#define STATE_OPTION "--state-dir="

/* Where xl is, should PATH not say. */
#define SBIN "/usr/local/sbin:/usr/sbin:/sbin"

static void usage(void)
{
	puts("Usage: vtpm-xl [--state-dir=DIR] XL-ARGUMENT...\n"
	     "Runs xl, which then takes vtpm lines such as "
	     "'instance=1,backend=0'.\n\n"
	     "      --state-dir=DIR    where vTPMs are kept (/var/vtpm)\n"
	     "      --help             print this and exit; xl's: vtpm-xl "
	     "help\n"
	     "      --version          print the version and exit\n"
	     "\nSee vtpm-xl(8).");
}

static void print_line(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	if (level <= LOG_LEVEL_WARNING)
		fprintf(stderr, "vtpm-xl: %s\n", line);
}

/* ---- The configuration ---- */

/*
 * The file's bytes, and the settings that the command line adds to it.  NULL:
 * it cannot be read, which xl will say.
 */
static char *read_config(char **argv, const struct command *c, size_t *len)
{
	FILE *in = fopen(c->file, "re"), *out;
	char buf[4096], *text = NULL;
	bool failed;
	size_t i, n;

	if (!in)
		return NULL;
	out = open_memstream(&text, len);
	if (!out) {
		fclose(in);
		return NULL;
	}
	while ((n = fread(buf, 1, sizeof(buf), in)) > 0)
		fwrite(buf, 1, n, out);
	for (i = c->first; argv[i]; i++)
		if (command_is_setting(c, argv[i]))
			fprintf(out, "\n%s\n", argv[i]);
	failed = ferror(in) != 0;
	fclose(in);
	if (fclose(out) || failed) {
		free(text);
		return NULL;
	}
	return text;
}

/*
 * A file of the new text; its name, which this process and the xl that it
 * becomes can open.  NULL: it cannot be had.
 */
static char *make_file(const char *text, size_t len, const char *line)
{
	int fd = memfd_create("vtpm-xl", 0);
	char *path = NULL;
	FILE *f = fd < 0 ? NULL : fdopen(dup(fd), "w");

	if (!f)
		return NULL;
	fwrite(text, 1, len, f);
	fprintf(f, "\n%s\n", line);
	if (fclose(f) || asprintf(&path, "/proc/self/fd/%d", fd) < 0)
		return NULL;
	return path;
}

/* The arguments for xl; NULL: not to be run. */
static char **convert(int argc, char **argv, const char *state_dir)
{
	char *text, *line, *file = NULL, **changed = argv;
	struct command c;
	size_t len;
	int r;

	if (!command_parse(argc, argv, &c) || !c.file)
		return argv;
	text = read_config(argv, &c, &len);
	if (!text)
		return argv;
	r = rewrite(state_dir, c.file, text, len, c.dry_run, &line);
	if (r || !line) {
		free(text);
		return r ? NULL : argv;
	}
	if (!c.extends)
		file = make_file(text, len, line);
	if (c.extends || file)
		changed = command_rewrite(argc, argv, &c, file,
					  c.extends ? line : NULL);
	else
		changed = NULL;
	if (!changed)
		log_error("%s: %s", c.file, strerror(errno));
	free(file);
	free(line);
	free(text);
	return changed;
}

/* ---- xl ---- */

/* This program may go by xl's name. */
static bool is_myself(const char *path)
{
	struct stat mine, its;

	return !stat("/proc/self/exe", &mine) && !stat(path, &its) &&
	       mine.st_dev == its.st_dev && mine.st_ino == its.st_ino;
}

/* Runs the first xl of a search path that is another program. */
static void run_from(const char *path, char **argv)
{
	char file[4096];
	size_t len;

	for (; *path; path += len + (path[len] == ':')) {
		len = strcspn(path, ":");
		if (!len || (size_t)snprintf(file, sizeof(file), "%.*s/xl",
					     (int)len, path) >= sizeof(file))
			continue;
		if (faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) ||
		    is_myself(file))
			continue;
		execv(file, argv);
		log_error("%s: %s", file, strerror(errno));
		exit(126);
	}
}

int main(int argc, char **argv)
{
	const char *path = getenv("PATH"), *state_dir = "/var/vtpm";
	char xl[] = "xl";
	char **words;

	log_to_function(print_line, NULL);
	if (argc > 1 && !strcmp(argv[1], "--help")) {
		usage();
		return 0;
	}
	if (argc > 1 && !strcmp(argv[1], "--version")) {
		puts(PACKAGE_STRING);
		return 0;
	}
	if (argc > 1 &&
	    !strncmp(argv[1], STATE_OPTION, sizeof(STATE_OPTION) - 1)) {
		state_dir = argv[1] + sizeof(STATE_OPTION) - 1;
		argc--;
		argv++;
	}
	argv[0] = xl;
	words = convert(argc, argv, state_dir);
	if (!words)
		return 1;
	if (path)
		run_from(path, words);
	run_from(SBIN, words);
	log_error("there is no xl in $PATH or " SBIN ": apt-get install "
		  "xen-utils");
	return 127;
}
