/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a configuration to the line "vtpm=[...]" that overrides the one in it:
 * every vTPM of this host with a uuid, and its association in vtpm.db.
 */
#ifndef REWRITE_H
#define REWRITE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * text: the configuration, len bytes; file: its name, for messages.  With
 * dry_run vtpm.db is looked at and nothing is changed.
 *
 * Returns 0, with *line to be freed or, when xl takes the configuration as it
 * is, NULL; or -1, after logging what is wrong and what to do.
 */
int rewrite(const char *state_dir, const char *file, const char *text,
	    size_t len, bool dry_run, char **line);

#endif
