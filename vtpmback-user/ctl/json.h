/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes JSON (RFC 8259), indented, as its parts are said.
 *
 *	json_begin(&j, stdout);
 *	json_open(&j, NULL, '{');
 *	json_text(&j, "name", "mail");
 *	json_close(&j);
 *	json_end(&j);
 *
 * A key is given to what is in an object, NULL to what is in a list or is the
 * whole.  Errors of the stream are the caller's to see, in the end.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH_MAX 8

struct json {
	FILE *f;
	unsigned int depth;
	char closing[JSON_DEPTH_MAX];
	bool filled[JSON_DEPTH_MAX + 1];
};

void json_begin(struct json *j, FILE *f);
void json_end(struct json *j);

/* kind: '{' an object, '[' a list */
void json_open(struct json *j, const char *key, char kind);
void json_close(struct json *j);

/*
 * Text of any bytes: what is no printable ASCII is escaped, each byte as the
 * character of its number, so that any reader has the same.
 */
void json_text(struct json *j, const char *key, const char *text);
void json_number(struct json *j, const char *key, uint64_t number);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);

#endif
