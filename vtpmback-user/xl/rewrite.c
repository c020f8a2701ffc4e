/* SPDX-License-Identifier: BSD-2-Clause */
/* The line that xl takes in place of that of 2006: see rewrite.h. */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guestcfg.h"
#include "identity.h"
#include "log.h"
#include "rewrite.h"
#include "spec.h"
#include "statedir.h"

/* What libxl can name; more than that is no configuration. */
#define VTPMS_MAX 256

struct rewrite {
	const char *file;
	const char *name; /* the guest's; "": it has none */
	struct statedir dirs;
	bool dry_run;
	struct spec specs[VTPMS_MAX];
	size_t n;
};

static int read_specs(struct rewrite *r, const struct guestcfg *cfg)
{
	const char *text, *wrong;

	for (; (text = guestcfg_vtpm(cfg, r->n)); r->n++) {
		if (r->n == VTPMS_MAX) {
			log_error("%s: more than %u vTPMs", r->file, VTPMS_MAX);
			return -1;
		}
		wrong = spec_parse(text, &r->specs[r->n]);
		if (wrong) {
			log_error("%s: vtpm '%s': %s", r->file, text, wrong);
			return -1;
		}
	}
	return 0;
}

/* For people: what they wished and did not get. */
static void tell(const struct rewrite *r, const struct spec *spec,
		 const struct identity_found *found)
{
	if (!spec->wish || found->instance == spec->wish)
		return;
	if (found->is_new)
		log_warning("%s: instance %u is another's: %s has instance %u",
			    r->file, spec->wish, r->name, found->instance);
	else
		log_warning("%s: %s keeps the instance that it has, %u, and "
			    "does not get %u",
			    r->file, r->name, found->instance, spec->wish);
}

static int settle_one(struct rewrite *r, size_t n)
{
	struct spec *spec = &r->specs[n];
	const struct identity who = {
		.uuid = spec->uuid[0] ? spec->uuid : NULL,
		.name = r->name,
		.handle = (uint32_t)n,
		.wish = spec->wish,
	};
	struct identity_found found;
	int e;

	if (!spec_is_here(spec)) {
		if (!spec->wish || spec->uuid[0])
			return 0;
		log_error("%s: instance %u is one of domain %s, whose vtpm.db "
			  "is there: give the vTPM a uuid",
			  r->file, spec->wish, spec->backend);
		return -1;
	}
	e = r->dry_run ? identity_find(&r->dirs, &who, &found)
		       : identity_settle(&r->dirs, &who, &found);
	if (r->dry_run && e == -ENOENT)
		return 0;
	if (e)
		return -1;
	tell(r, spec, &found);
	memcpy(spec->uuid, found.uuid, sizeof(spec->uuid));
	return 0;
}

static int settle(struct rewrite *r, const char *state_dir)
{
	size_t n;
	int e = 0;

	if (statedir_open_state(&r->dirs, state_dir))
		return -1;
	for (n = 0; !e && n < r->n; n++)
		e = settle_one(r, n);
	statedir_close(&r->dirs);
	return e;
}

static char *format(const struct rewrite *r)
{
	char text[SPEC_TEXT_SIZE], *line;
	size_t n, size;
	FILE *f = open_memstream(&line, &size);

	if (!f)
		return NULL;
	fputs("vtpm=[", f);
	for (n = 0; n < r->n; n++) {
		spec_format(&r->specs[n], text);
		fprintf(f, "%s\"%s\"", n ? "," : "", text);
	}
	fputs("]", f);
	return fclose(f) ? NULL : line;
}

static bool is_xls(const struct rewrite *r)
{
	size_t n;

	for (n = 0; n < r->n && r->specs[n].is_xl; n++)
		;
	return n == r->n;
}

static int rewrite_specs(struct rewrite *r, const struct guestcfg *cfg,
			 const char *state_dir, char **line)
{
	const char *name = guestcfg_name(cfg);

	r->name = name ? name : "";
	if (read_specs(r, cfg))
		return -1;
	if (is_xls(r))
		return 0;
	if (settle(r, state_dir))
		return -1;
	*line = format(r);
	if (*line)
		return 0;
	log_error("%s: no memory", r->file);
	return -1;
}

int rewrite(const char *state_dir, const char *file, const char *text,
	    size_t len, bool dry_run, char **line)
{
	struct guestcfg *cfg = guestcfg_read(text, len);
	struct rewrite *r;
	int e = -1;

	*line = NULL;
	if (!cfg)
		return 0;
	r = calloc(1, sizeof(*r));
	if (r) {
		r->file = file;
		r->dry_run = dry_run;
		e = rewrite_specs(r, cfg, state_dir, line);
		free(r);
	} else {
		log_error("%s: no memory", file);
	}
	guestcfg_free(cfg);
	return e;
}
