/* SPDX-License-Identifier: BSD-2-Clause */
/* What a guest's configuration says, as xl itself reads it (libxlutil). */
#ifndef GUESTCFG_H
#define GUESTCFG_H

#include <stddef.h>

struct guestcfg;

/*
 * Reads len bytes of text; NULL: xl will not understand it either, and says
 * why, or there is no memory.
 */
struct guestcfg *guestcfg_read(const char *text, size_t len);
void guestcfg_free(struct guestcfg *cfg);

/* The guest's name; NULL: it has none.  It lives as long as cfg. */
const char *guestcfg_name(const struct guestcfg *cfg);

/* The nth text of the list "vtpm", from 0; NULL: there are no more. */
const char *guestcfg_vtpm(const struct guestcfg *cfg, size_t n);

#endif
