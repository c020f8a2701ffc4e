/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing JSON: see json.h. */

#include "config.h"

#include <assert.h>
#include <inttypes.h>

#include "json.h"

void json_begin(struct json *j, FILE *f)
{
	*j = (struct json){ .f = f };
}

void json_end(struct json *j)
{
	assert(j->depth == 0);
	fputc('\n', j->f);
}

static void put_string(struct json *j, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	fputc('"', j->f);
	for (; *p; p++) {
		if (*p == '"' || *p == '\\')
			fprintf(j->f, "\\%c", *p);
		else if (*p < ' ' || *p > '~')
			fprintf(j->f, "\\u%04x", *p);
		else
			fputc(*p, j->f);
	}
	fputc('"', j->f);
}

/* What comes before any value. */
static void begin_value(struct json *j, const char *key)
{
	unsigned int i;

	if (j->filled[j->depth])
		fputc(',', j->f);
	j->filled[j->depth] = true;
	if (j->depth)
		fputc('\n', j->f);
	for (i = 0; i < j->depth; i++)
		fputs("  ", j->f);
	if (key) {
		put_string(j, key);
		fputs(": ", j->f);
	}
}

void json_open(struct json *j, const char *key, char kind)
{
	assert(j->depth < JSON_DEPTH_MAX);
	begin_value(j, key);
	fputc(kind, j->f);
	j->closing[j->depth++] = kind == '{' ? '}' : ']';
	j->filled[j->depth] = false;
}

void json_close(struct json *j)
{
	const bool filled = j->filled[j->depth];
	unsigned int i;

	assert(j->depth > 0);
	j->depth--;
	if (filled) {
		fputc('\n', j->f);
		for (i = 0; i < j->depth; i++)
			fputs("  ", j->f);
	}
	fputc(j->closing[j->depth], j->f);
}

void json_text(struct json *j, const char *key, const char *text)
{
	begin_value(j, key);
	put_string(j, text);
}

void json_number(struct json *j, const char *key, uint64_t number)
{
	begin_value(j, key);
	fprintf(j->f, "%" PRIu64, number);
}

void json_bool(struct json *j, const char *key, bool value)
{
	begin_value(j, key);
	fputs(value ? "true" : "false", j->f);
}

void json_null(struct json *j, const char *key)
{
	begin_value(j, key);
	fputs("null", j->f);
}
