/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vTPM for people and for programs: one table of what there is to say, for
 * the lines of a list, for a page about one and for JSON.
 */
#ifndef REPORT_H
#define REPORT_H

#include "ctl.h"
#include "json.h"

/* A list's first line, and a vTPM's line. */
void report_head(FILE *f);
void report_line(FILE *f, const struct vtpm *v);

/* All of it, a line each. */
void report_page(FILE *f, const struct vtpm *v);

/* An object; all: what only a page has, too. */
void report_json(struct json *j, const struct vtpm *v, bool all);

/* "AA BB ...": upper-case, as Linux shows registers and keys. */
void report_bytes(FILE *f, const uint8_t *bytes, size_t len);

/* Lower-case hexadecimal digits; text has 2 * len + 1 bytes. */
void report_hex(const uint8_t *bytes, size_t len, char *text);

#endif
