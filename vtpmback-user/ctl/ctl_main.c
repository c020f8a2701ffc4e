/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpmctl: its commands and its start. */

#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl.h"
#include "log.h"

#define LOOK_PROGRAM PKGLIBEXECDIR "/vtpm-look"

#define ANY_NUMBER 64

/* The options of all commands. */
#define COMMON "srkPj"

/*
 * letters: the options that it takes besides COMMON
 * makes:   it may be the first to use the directories
 */
static const struct command {
	const char *name, *arguments, *letters;
	int min, max;
	bool makes;
	ctl_command *run;
	const char *help;
} commands[] = {
	{ "list", "", "", 0, 0, false, cmd_list, "all vTPMs" },
	{ "show", "VTPM", "", 1, 1, false, cmd_show, "all about one" },
	{ "pcrs", "VTPM", "", 1, 1, false, cmd_pcrs,
	  "its registers, as its guest sees them" },
	{ "check", "[VTPM]...", "", 0, ANY_NUMBER, false, cmd_check,
	  "verify stored states" },
	{ "add", "", "inu", 0, 0, true, cmd_add, "make a new one" },
	{ "assign", "VTPM", "nuy", 1, 1, false, cmd_assign,
	  "give it to a guest" },
	{ "set", "VTPM KEY=VALUE...", "y", 2, ANY_NUMBER, false, cmd_set,
	  "change its settings" },
	{ "delete", "VTPM", "y", 1, 1, false, cmd_delete,
	  "destroy it and its keys" },
	{ "export", "VTPM FILE", "cCmt", 2, 2, false, cmd_export,
	  "write it to FILE, encrypted" },
	{ "import", "FILE", "cCf", 1, 1, true, cmd_import,
	  "take it over from FILE" },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void describe_commands(char *text, size_t size)
{
	size_t i, n = 0;

	for (i = 0; i < COMMANDS && n < size; i++)
		n += (size_t)snprintf(text + n, size - n, "  %-7s %-18s %s\n",
				      commands[i].name, commands[i].arguments,
				      commands[i].help);
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; name && i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	options_wrong("command", name ? name : "", "there is no such one");
}

static void check_usage(const struct command *c, const struct options *o,
			int n_args)
{
	const char *letter;
	char about[64];

	for (letter = o->given; *letter; letter++)
		if (!strchr(COMMON, *letter) && !strchr(c->letters, *letter)) {
			snprintf(about, sizeof(about), "%s: --%s", c->name,
				 options_name(*letter));
			options_wrong(about, NULL, "not with this command");
		}
	if (n_args < c->min || n_args > c->max) {
		snprintf(about, sizeof(about), "%s %s", c->name, c->arguments);
		options_wrong(about, NULL, "these are its arguments");
	}
}

/*
 * The hypervisor is asked when a domain is to be asked about, which may be
 * never.  Where it cannot be, a domain is there.
 */
struct hypervisor {
	bool asked;
	void *ctx;
};

static void lazy_look(void *ctx, uint32_t domid, struct domain_info *info)
{
	struct hypervisor *h = ctx;

	if (!h->asked && domains_libxen_open(&h->ctx))
		h->ctx = NULL;
	h->asked = true;
	*info = (struct domain_info){ .state = DOMAIN_RUNNING };
	if (h->ctx)
		domains_libxen.look(h->ctx, domid, info);
}

static const struct domains_ops lazy = {
	.look = lazy_look,
};

static enum ctl_status run(struct ctl *ctl, const struct command *c,
			   char **args)
{
	const struct options *o = ctl->options;
	const struct masterkey_source key = {
		.key_file = o->key_file,
		.passphrase_file = o->passphrase_file,
	};
	enum ctl_status status;
	struct stat st;

	if (!c->makes && stat(o->state_dir, &st) < 0) {
		log_error("%s: %s; there are no vTPMs", o->state_dir,
			  strerror(errno));
		return CTL_FAILED;
	}
	/* It has said what is wrong. */
	if (statedir_open(&ctl->dirs, o->state_dir, o->run_dir, &key))
		return c->run == cmd_check ? CTL_DAMAGE : CTL_FAILED;
	status = c->run(ctl, args);
	statedir_close(&ctl->dirs);
	free(ctl->served);
	return status;
}

int main(int argc, char **argv)
{
	struct hypervisor hypervisor = { false, NULL };
	struct ctl ctl = { .look = LOOK_PROGRAM, .sandbox = SANDBOX_ENFORCE };
	const struct command *c;
	char text[1024] = "";
	struct options options;
	enum ctl_status status;

	describe_commands(text, sizeof(text));
	options_parse(&options, argc, argv, text);
	c = find_command(argv[options.first]);
	check_usage(c, &options, argc - options.first - 1);
	if (options.key_file && options.passphrase_file)
		options_wrong("--key-file, --passphrase-file", NULL,
			      "one of the two");
	if (geteuid() != 0)
		fatal("must be run by root: vTPMs are root's");
	signal(SIGPIPE, SIG_IGN);
	ctl.options = &options;
	ctl.out = stdout;
	ctl.domains = (struct domains){ &lazy, &hypervisor };
	status = run(&ctl, c, argv + options.first + 1);
	if (hypervisor.ctx)
		domains_libxen_close(hypervisor.ctx);
	if (fflush(stdout) || ferror(stdout))
		fatal("standard output: %s", strerror(errno));
	return (int)status;
}
