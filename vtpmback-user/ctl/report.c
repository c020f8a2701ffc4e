/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said of a vTPM: see report.h. */

#include "config.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "report.h"
#include "xenbus.h"

struct value {
	enum {
		VALUE_NONE, /* not known, or there is none */
		VALUE_TEXT,
		VALUE_NUMBER,
		VALUE_BOOL,
		VALUE_SET, /* bit n of number: n is in it */
	} kind;
	const char *text;
	uint64_t number;
	char buffer[2 * LOOK_PUBEK + 1];
};

static void set_number(struct value *x, uint64_t number)
{
	x->kind = VALUE_NUMBER;
	x->number = number;
}

static void set_bool(struct value *x, bool value)
{
	x->kind = VALUE_BOOL;
	x->number = value;
}

static void set_text(struct value *x, const char *text)
{
	x->kind = text[0] ? VALUE_TEXT : VALUE_NONE;
	x->text = text;
}

void report_hex(const uint8_t *bytes, size_t len, char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < len; i++) {
		*text++ = digits[bytes[i] >> 4];
		*text++ = digits[bytes[i] & 15];
	}
	*text = '\0';
}

static void get_instance(const struct vtpm *v, struct value *x)
{
	set_number(x, v->instance);
}

static void get_uuid(const struct vtpm *v, struct value *x)
{
	set_text(x, v->uuid);
}

static void get_name(const struct vtpm *v, struct value *x)
{
	set_text(x, v->name);
}

static void get_domain(const struct vtpm *v, struct value *x)
{
	if (v->has_domain)
		set_number(x, v->domid);
}

static void get_state(const struct vtpm *v, struct value *x)
{
	set_text(x, vtpm_state_name(v->state));
}

static void get_whole(const struct vtpm *v, struct value *x)
{
	if (v->looked && v->state != VTPM_NEW)
		set_bool(x, vtpm_is_whole(v));
}

static void get_owned(const struct vtpm *v, struct value *x)
{
	if (vtpm_is_whole(v))
		set_bool(x, v->answer.owned);
}

static void get_localities(const struct vtpm *v, struct value *x)
{
	if (v->bad_settings)
		return;
	x->kind = VALUE_SET;
	x->number = v->settings.localities;
}

static void get_size(const struct vtpm *v, struct value *x)
{
	set_number(x, v->size);
}

static void get_last_use(const struct vtpm *v, struct value *x)
{
	const time_t t = (time_t)v->last_use;
	struct tm tm;

	if (!t || !gmtime_r(&t, &tm))
		return;
	strftime(x->buffer, sizeof(x->buffer), "%Y-%m-%dT%H:%M:%SZ", &tm);
	set_text(x, x->buffer);
}

static void get_late(const struct vtpm *v, struct value *x)
{
	set_bool(x, v->settings.attached_late);
}

static void get_protocol_1(const struct vtpm *v, struct value *x)
{
	set_bool(x, v->settings.protocol_1);
}

static void get_moved(const struct vtpm *v, struct value *x)
{
	set_bool(x, v->settings.moved);
}

static void get_associated(const struct vtpm *v, struct value *x)
{
	set_bool(x, v->associated);
}

static void get_moved_to(const struct vtpm *v, struct value *x)
{
	set_text(x, v->settings.moved_to);
}

static void get_writes(const struct vtpm *v, struct value *x)
{
	if (v->answer.counter)
		set_number(x, v->answer.counter);
}

static void get_enabled(const struct vtpm *v, struct value *x)
{
	if (vtpm_is_whole(v))
		set_bool(x, v->answer.enabled);
}

static void get_active(const struct vtpm *v, struct value *x)
{
	if (vtpm_is_whole(v))
		set_bool(x, v->answer.active);
}

static void get_ek(const struct vtpm *v, struct value *x)
{
	if (vtpm_is_whole(v))
		set_bool(x, v->answer.has_ek);
}

static void get_pubek(const struct vtpm *v, struct value *x)
{
	if (!vtpm_is_whole(v) || !v->answer.has_pubek)
		return;
	report_hex(v->answer.pubek, LOOK_PUBEK, x->buffer);
	set_text(x, x->buffer);
}

static void get_handle(const struct vtpm *v, struct value *x)
{
	if (v->served)
		set_number(x, v->served->handle);
}

static void get_device(const struct vtpm *v, struct value *x)
{
	if (v->served && v->served->state < XENBUS_STATES)
		set_text(x, xenbus_state_name(
				    (enum xenbus_state)v->served->state));
}

static void get_worker(const struct vtpm *v, struct value *x)
{
	if (v->served && v->served->pid)
		set_number(x, v->served->pid);
}

static void get_deaths(const struct vtpm *v, struct value *x)
{
	if (v->served)
		set_number(x, v->served->deaths);
}

static void get_connected(const struct vtpm *v, struct value *x)
{
	if (v->served && v->served->connected)
		set_number(x, v->served->connected_ms / 1000);
}

/* title: in the list; width: of its column there, 0: on a page only */
static const struct field {
	const char *key, *title;
	int width;
	void (*get)(const struct vtpm *v, struct value *x);
} fields[] = {
	{ "instance", "INSTANCE", 8, get_instance },
	{ "uuid", "UUID", 36, get_uuid },
	{ "name", "NAME", 12, get_name },
	{ "domain", "DOMAIN", 6, get_domain },
	{ "state", "STATE", 9, get_state },
	{ "owned", "OWNED", 5, get_owned },
	{ "localities", "LOCALITIES", 10, get_localities },
	{ "size", "SIZE", 6, get_size },
	{ "last_use", "LAST-USE", 20, get_last_use },
	{ "late", "LATE", 4, get_late },
	{ "moved", "MOVED", 5, get_moved },
	{ "whole", "WHOLE", 5, get_whole },
	{ "moved_to", NULL, 0, get_moved_to },
	{ "protocol_1", NULL, 0, get_protocol_1 },
	{ "associated", NULL, 0, get_associated },
	{ "writes", NULL, 0, get_writes },
	{ "enabled", NULL, 0, get_enabled },
	{ "active", NULL, 0, get_active },
	{ "ek", NULL, 0, get_ek },
	{ "device", NULL, 0, get_handle },
	{ "device_state", NULL, 0, get_device },
	{ "worker", NULL, 0, get_worker },
	{ "worker_deaths", NULL, 0, get_deaths },
	{ "connected_s", NULL, 0, get_connected },
	{ "pubek", NULL, 0, get_pubek },
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static void get(const struct field *f, const struct vtpm *v, struct value *x)
{
	x->kind = VALUE_NONE;
	f->get(v, x);
}

/* As people read it. */
static const char *as_text(struct value *x)
{
	char *p = x->buffer;
	unsigned int n;

	switch (x->kind) {
	case VALUE_TEXT:
		return x->text;
	case VALUE_BOOL:
		return x->number ? "yes" : "no";
	case VALUE_NUMBER:
		snprintf(x->buffer, sizeof(x->buffer), "%" PRIu64, x->number);
		return x->buffer;
	case VALUE_SET:
		for (n = 0; n < 32; n++)
			if (x->number & 1u << n)
				p += snprintf(p, 8, "%s%u",
					      p == x->buffer ? "" : ",", n);
		return x->buffer;
	default:
		return "-";
	}
}

void report_head(FILE *f)
{
	size_t i;

	for (i = 0; i < FIELDS; i++)
		if (fields[i].width)
			fprintf(f, "%s%-*s", i ? "  " : "", fields[i].width,
				fields[i].title);
	fputc('\n', f);
}

void report_line(FILE *f, const struct vtpm *v)
{
	struct value x;
	size_t i;

	for (i = 0; i < FIELDS; i++) {
		if (!fields[i].width)
			continue;
		get(&fields[i], v, &x);
		fprintf(f, "%s%-*s", i ? "  " : "", fields[i].width,
			as_text(&x));
	}
	fputc('\n', f);
}

void report_page(FILE *f, const struct vtpm *v)
{
	struct value x;
	size_t i;

	for (i = 0; i < FIELDS; i++) {
		get(&fields[i], v, &x);
		fprintf(f, "%-14s %s\n", fields[i].key, as_text(&x));
	}
}

static void put_set(struct json *j, const char *key, uint64_t set)
{
	unsigned int n;

	json_open(j, key, '[');
	for (n = 0; n < 32; n++)
		if (set & 1u << n)
			json_number(j, NULL, n);
	json_close(j);
}

void report_json(struct json *j, const struct vtpm *v, bool all)
{
	struct value x;
	size_t i;

	json_open(j, NULL, '{');
	for (i = 0; i < FIELDS; i++) {
		if (!all && !fields[i].width)
			continue;
		get(&fields[i], v, &x);
		if (x.kind == VALUE_TEXT)
			json_text(j, fields[i].key, x.text);
		else if (x.kind == VALUE_NUMBER)
			json_number(j, fields[i].key, x.number);
		else if (x.kind == VALUE_BOOL)
			json_bool(j, fields[i].key, x.number);
		else if (x.kind == VALUE_SET)
			put_set(j, fields[i].key, x.number);
		else
			json_null(j, fields[i].key);
	}
	json_close(j);
}

void report_bytes(FILE *f, const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		fprintf(f, "%s%02X", i ? " " : "", bytes[i]);
}
