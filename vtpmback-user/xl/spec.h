/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One text of a configuration's list "vtpm": xl's "backend=0,uuid=..." and that
 * of 2006, "instance=1,backend=0", which xl refuses.
 */
#ifndef SPEC_H
#define SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vtpmdb.h"

#define SPEC_BACKEND_SIZE 128
#define SPEC_TEXT_SIZE	  (SPEC_BACKEND_SIZE + VTPMDB_UUID_SIZE + 32)

struct spec {
	char backend[SPEC_BACKEND_SIZE]; /* "0" where none is given */
	char uuid[VTPMDB_UUID_SIZE];	 /* "": none is given */
	uint32_t wish;			 /* an instance; 0: none */
	bool is_xl; /* xl takes the text as it is, and it has a uuid */
};

/*
 * Reads a text: keys backend, uuid, instance and type (which said in 2006 what
 * kind of guest it is, and says nothing now), with commas between them and
 * blanks around them.  Returns NULL, or what is wrong with it and what to do.
 */
const char *spec_parse(const char *text, struct spec *spec);

/* Whether the vTPM is served from this domain. */
bool spec_is_here(const struct spec *spec);

/* As xl takes it. */
void spec_format(const struct spec *spec, char text[SPEC_TEXT_SIZE]);

#endif
