/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The daemon's parent process: watches xenstore, keeps one struct device and
 * at most one worker for each vTPM, and never looks at a guest's bytes.
 */
#ifndef PARENT_H
#define PARENT_H

#include "domains.h"
#include "options.h"
#include "statedir.h"
#include "xs.h"

struct parent_setup {
	const struct options *options;
	struct xs xs;
	struct domains domains;
	struct statedir *dirs;
	uint32_t own_domid;
};

/*
 * Serves until SIGTERM or SIGINT, or until options->domain is gone.  Returns
 * the exit status: 0, or 1 when xenstore was lost.
 */
int parent_run(const struct parent_setup *setup);

#endif
