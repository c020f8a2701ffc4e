/* SPDX-License-Identifier: BSD-2-Clause */
/* The texts of the list "vtpm": see spec.h. */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "spec.h"
#include "xs.h"

#define TEXT_MAX 1024

static const char *take_backend(const char *value, struct spec *s)
{
	/* It is put between quotes again. */
	if (!*value || strlen(value) >= sizeof(s->backend) ||
	    strpbrk(value, "\"'\\\n"))
		return "backend must be a domain's number or name";
	snprintf(s->backend, sizeof(s->backend), "%s", value);
	return NULL;
}

static const char *take_uuid(const char *value, struct spec *s)
{
	if (!vtpmdb_is_uuid(value))
		return "uuid is not one: uuidgen prints one";
	snprintf(s->uuid, sizeof(s->uuid), "%s", value);
	return NULL;
}

static const char *take_instance(const char *value, struct spec *s)
{
	/* The word is what xend called the host's own. */
	if (!strcmp(value, "0") || !strcmp(value, "VTPMD"))
		return "instance 0 is the host's own and never a guest's: wish "
		       "for one from 1, or for none";
	if (xs_parse_u32(value, VTPMDB_INSTANCE_MAX, &s->wish))
		return "instance must be a number from 1 to 65535";
	s->is_xl = false;
	return NULL;
}

static const char *take_type(const char *value, struct spec *s)
{
	(void)value;
	s->is_xl = false;
	return NULL;
}

static const struct key {
	const char *name;
	const char *(*take)(const char *value, struct spec *s);
} keys[] = {
	{ "backend", take_backend },
	{ "uuid", take_uuid },
	{ "instance", take_instance },
	{ "type", take_type },
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

static char *strip(char *text)
{
	char *end;

	text += strspn(text, " \t");
	for (end = text + strlen(text);
	     end > text && (end[-1] == ' ' || end[-1] == '\t'); end--)
		;
	*end = '\0';
	return text;
}

static const char *take_part(char *part, struct spec *s)
{
	char *value = strchr(part, '=');
	size_t i;

	if (!value)
		return "each part must be KEY=VALUE";
	*value++ = '\0';
	part = strip(part);
	value = strip(value);
	for (i = 0; i < KEYS; i++)
		if (!strcmp(part, keys[i].name))
			return keys[i].take(value, s);
	return "it may have backend, uuid, instance and type, and nothing else";
}

const char *spec_parse(const char *text, struct spec *s)
{
	char copy[TEXT_MAX], *part, *save;
	const char *wrong = NULL;

	memset(s, 0, sizeof(*s));
	s->is_xl = true;
	if (strlen(text) >= sizeof(copy))
		return "it is too long";
	snprintf(copy, sizeof(copy), "%s", text);
	for (part = strtok_r(copy, ",", &save); part && !wrong;
	     part = strtok_r(NULL, ",", &save))
		wrong = take_part(part, s);
	s->is_xl = s->is_xl && s->backend[0] && s->uuid[0];
	if (!s->backend[0])
		snprintf(s->backend, sizeof(s->backend), "0");
	return wrong;
}

bool spec_is_here(const struct spec *s)
{
	return !strcmp(s->backend, "0") || !strcmp(s->backend, "Domain-0");
}

void spec_format(const struct spec *s, char text[SPEC_TEXT_SIZE])
{
	snprintf(text, SPEC_TEXT_SIZE, "backend=%s%s%s", s->backend,
		 s->uuid[0] ? ",uuid=" : "", s->uuid);
}
