/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-userback: the daemon's start. */

#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "options.h"
#include "parent.h"
#include "seal.h"

static void open_xen(struct parent_setup *setup)
{
	const struct xs *xs = &setup->xs;
	char text[XS_VALUE_MAX];
	int r;

	setup->xs.ops = &xs_libxen;
	r = xs_libxen_open(&setup->xs.ctx);
	if (r)
		fatal("xenstore cannot be reached: %s; is this a Xen host, and "
		      "is xenstored running?",
		      strerror(-r));
	setup->domains.ops = &domains_libxen;
	r = domains_libxen_open(&setup->domains.ctx);
	if (r)
		fatal("the hypervisor cannot be asked about domains: %s; "
		      "modprobe xen-privcmd",
		      strerror(-r));
	r = xs->ops->read(xs->ctx, XS_NO_TRANSACTION, "domid", text,
			  sizeof(text));
	/* dom0's own node is written by xen-init-dom0, which may be late. */
	if (r)
		setup->own_domid = 0;
	else if (xs_parse_u32(text, DOMAINS_MAX - 1, &setup->own_domid))
		fatal("xenstore: domid is \"%s\"", text);
}

static void take_domains(struct parent_setup *setup)
{
	const struct domains *domains = &setup->domains;
	const uint32_t only = setup->options->domain;
	int pid;

	if (only == OPTIONS_ALL_DOMAINS) {
		if (statedir_lock(setup->dirs, STATEDIR_ALL, &pid))
			fatal("another vtpm-userback (process %d) serves this "
			      "host: stop it first",
			      pid);
		return;
	}
	if (domains_state(domains, only) == DOMAIN_GONE)
		fatal("domain %u does not exist; see xl list", only);
	if (statedir_lock(setup->dirs, only, &pid))
		fatal("domain %u is served by another vtpm-userback (process "
		      "%d) already",
		      only, pid);
}

static void open_state(struct statedir *dirs, const struct options *options)
{
	const struct masterkey_source key = {
		.key_file = options->key_file,
		.passphrase_file = options->passphrase_file,
	};

	if (key.key_file && key.passphrase_file)
		fatal("--key-file and --passphrase-file: only one can be where "
		      "the key comes from");
	if (statedir_open(dirs, options->state_dir, options->run_dir, &key))
		exit(1);
}

int main(int argc, char **argv)
{
	struct parent_setup setup = { 0 };
	struct options options;
	struct statedir dirs;
	int r, status;

	options_parse(&options, argc, argv);
	log_set_level(options.log_level);
	if (options.log_file) {
		r = log_to_file(options.log_file);
		if (r)
			fatal("%s: %s", options.log_file, strerror(-r));
	}
	if (geteuid() != 0)
		fatal("must be run by root: it maps guests' memory");
	signal(SIGPIPE, SIG_IGN);
	seal_prepare_process();
	setup.options = &options;
	setup.dirs = &dirs;
	open_xen(&setup);
	open_state(&dirs, &options);
	take_domains(&setup);
	status = parent_run(&setup);
	statedir_close(&dirs);
	domains_libxen_close(setup.domains.ctx);
	xs_libxen_close(setup.xs.ctx);
	return status;
}
