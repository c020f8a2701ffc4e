/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A life as a list of steps: run, made shorter, written and read.  The file has
 * a line "life SEED", a line "GENERATOR MUTATION SEED" for each step, and
 * comments behind #.
 */
#ifndef ORACLE_SCRIPT_H
#define ORACLE_SCRIPT_H

#include <stdio.h>

#include "world.h"

#define SCRIPT_MAX 4096u

struct script {
	uint64_t seed;
	size_t n;
	struct step steps[SCRIPT_MAX];
};

/* Until the first difference that is not explained, or the end. */
void script_run(struct world *w, const struct script *s);

/* Takes steps out as long as the same difference shows. */
void script_reduce(struct world *w, struct script *s,
		   const struct difference *d);

bool same_difference(const struct difference *a, const struct difference *b);

void script_write(FILE *f, const struct script *s);
/* false: it says something else; a message tells what. */
bool script_read(FILE *f, const char *name, struct script *s);

#endif
