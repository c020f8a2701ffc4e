/* SPDX-License-Identifier: BSD-2-Clause */
/* Guests' configurations, on libxlutil: see guestcfg.h. */

#include "config.h"

#include <limits.h>
#include <libxlutil.h>
#include <stdio.h>
#include <stdlib.h>

#include "guestcfg.h"

struct guestcfg {
	XLU_Config *cfg;
	FILE *nowhere; /* for what xl will say, too */
};

void guestcfg_free(struct guestcfg *c)
{
	if (!c)
		return;
	if (c->cfg)
		xlu_cfg_destroy(c->cfg);
	if (c->nowhere)
		fclose(c->nowhere);
	free(c);
}

struct guestcfg *guestcfg_read(const char *text, size_t len)
{
	struct guestcfg *c = calloc(1, sizeof(*c));

	if (!c || len > INT_MAX) {
		free(c);
		return NULL;
	}
	c->nowhere = fopen("/dev/null", "we");
	if (c->nowhere)
		c->cfg = xlu_cfg_init(c->nowhere, "");
	if (!c->cfg || xlu_cfg_readdata(c->cfg, text, (int)len)) {
		guestcfg_free(c);
		return NULL;
	}
	return c;
}

const char *guestcfg_name(const struct guestcfg *c)
{
	const char *name;

	return xlu_cfg_get_string(c->cfg, "name", &name, 1) ? NULL : name;
}

const char *guestcfg_vtpm(const struct guestcfg *c, size_t n)
{
	XLU_ConfigList *list;

	if (n > INT_MAX || xlu_cfg_get_list(c->cfg, "vtpm", &list, NULL, 1))
		return NULL;
	return xlu_cfg_get_listitem(list, (int)n);
}
