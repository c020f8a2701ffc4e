/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpmctl list, show, pcrs and check: they change nothing. */

#include "config.h"

#include <stdlib.h>

#include "ctl.h"
#include "log.h"
#include "report.h"

static void look(const struct ctl *ctl, struct vtpm *v)
{
	if (v->state != VTPM_NEW && v->state != VTPM_MISSING)
		vtpm_look(ctl, v);
}

static void list_json(const struct ctl *ctl, struct vtpm *list, size_t n)
{
	struct json j;
	size_t i;

	json_begin(&j, ctl->out);
	json_open(&j, NULL, '{');
	json_bool(&j, "daemon", ctl->daemon);
	json_open(&j, "vtpms", '[');
	for (i = 0; i < n; i++) {
		look(ctl, &list[i]);
		report_json(&j, &list[i], false);
	}
	json_close(&j);
	json_close(&j);
	json_end(&j);
}

enum ctl_status cmd_list(struct ctl *ctl, char **args)
{
	struct vtpm *list;
	size_t n, i;

	daemon_ask(ctl);
	if (vtpm_all(ctl, &list, &n))
		return CTL_FAILED;
	if (ctl->options->json) {
		list_json(ctl, list, n);
		free(list);
		return CTL_OK;
	}
	report_head(ctl->out);
	for (i = 0; i < n; i++) {
		look(ctl, &list[i]);
		report_line(ctl->out, &list[i]);
	}
	free(list);
	if (!ctl->daemon)
		log_warning("vtpm-userback does not run: no guest is served");
	return CTL_OK;
}

static enum ctl_status open_and_look(struct ctl *ctl, const char *which,
				     struct vtpm *v)
{
	enum ctl_status status;

	daemon_ask(ctl);
	status = vtpm_open(ctl, which, v, NULL);
	if (!status)
		look(ctl, v);
	return status;
}

static void say_damage(const struct vtpm *v)
{
	char text[256];

	log_error("vTPM %u: %s", v->instance,
		  vtpm_damage(v, text, sizeof(text)));
}

enum ctl_status cmd_show(struct ctl *ctl, char **args)
{
	enum ctl_status status;
	struct json j;
	struct vtpm v;

	status = open_and_look(ctl, args[0], &v);
	if (status)
		return status;
	if (ctl->options->json) {
		json_begin(&j, ctl->out);
		report_json(&j, &v, true);
		json_end(&j);
	} else {
		report_page(ctl->out, &v);
	}
	if (vtpm_is_whole(&v) || v.state == VTPM_NEW)
		return CTL_OK;
	say_damage(&v);
	return CTL_FAILED;
}

static void print_pcrs(FILE *f, const struct look_answer *a)
{
	unsigned int i;

	for (i = 0; i < LOOK_PCRS; i++) {
		fprintf(f, "PCR-%02u: ", i);
		report_bytes(f, a->pcrs[i], LOOK_DIGEST);
		fputc('\n', f);
	}
}

static void print_pcrs_json(FILE *f, const struct vtpm *v)
{
	char text[2 * LOOK_DIGEST + 1];
	struct json j;
	unsigned int i;

	json_begin(&j, f);
	json_open(&j, NULL, '{');
	json_number(&j, "instance", v->instance);
	json_text(&j, "state", vtpm_state_name(v->state));
	json_open(&j, "pcrs", '[');
	for (i = 0; i < LOOK_PCRS; i++) {
		report_hex(v->answer.pcrs[i], LOOK_DIGEST, text);
		json_text(&j, NULL, text);
	}
	json_close(&j);
	json_close(&j);
	json_end(&j);
}

enum ctl_status cmd_pcrs(struct ctl *ctl, char **args)
{
	enum ctl_status status;
	struct vtpm v;

	status = open_and_look(ctl, args[0], &v);
	if (status)
		return status;
	if (!vtpm_in_use(&v) && v.state != VTPM_SUSPENDED) {
		log_error("vTPM %u is switched off (%s): it has no registers "
			  "until its guest runs",
			  v.instance, vtpm_state_name(v.state));
		return CTL_FAILED;
	}
	if (!vtpm_is_whole(&v)) {
		say_damage(&v);
		return CTL_FAILED;
	}
	if (ctl->options->json)
		print_pcrs_json(ctl->out, &v);
	else
		print_pcrs(ctl->out, &v.answer);
	return CTL_OK;
}

/* ---- check ---- */

/* What is wrong; NULL: nothing. */
static const char *examine(struct vtpm *v, char *text, size_t size)
{
	if (v->state == VTPM_NEW)
		return NULL;
	if (!vtpm_is_whole(v))
		return vtpm_damage(v, text, size);
	if (v->bad_settings)
		return "its settings cannot be read: mend or remove its .conf "
		       "file";
	if (!v->associated)
		return "it is nobody's: give it to its guest with vtpmctl "
		       "assign, or delete it";
	return NULL;
}

struct checks {
	const struct ctl *ctl;
	struct json json;
	unsigned int damaged;
};

static void check_one(struct checks *c, struct vtpm *v)
{
	const char *damage;
	char text[256];

	look(c->ctl, v);
	damage = examine(v, text, sizeof(text));
	c->damaged += damage != NULL;
	if (!c->ctl->options->json) {
		fprintf(c->ctl->out, "%u: %s\n", v->instance,
			damage ? damage : "ok");
		return;
	}
	json_open(&c->json, NULL, '{');
	json_number(&c->json, "instance", v->instance);
	json_bool(&c->json, "ok", !damage);
	if (damage)
		json_text(&c->json, "damage", damage);
	else
		json_null(&c->json, "damage");
	json_close(&c->json);
}

static enum ctl_status check_all(struct checks *c)
{
	enum ctl_status status;
	struct vtpm *list;
	size_t n, i;

	status = vtpm_all(c->ctl, &list, &n);
	for (i = 0; i < n; i++)
		check_one(c, &list[i]);
	free(list);
	return status;
}

static enum ctl_status check_those(struct checks *c, char **args)
{
	enum ctl_status status = CTL_OK, one;
	struct vtpm v;

	for (; *args; args++) {
		one = vtpm_open(c->ctl, *args, &v, NULL);
		if (one)
			status = one;
		else
			check_one(c, &v);
	}
	return status;
}

enum ctl_status cmd_check(struct ctl *ctl, char **args)
{
	struct checks c = { .ctl = ctl };
	enum ctl_status status;

	daemon_ask(ctl);
	json_begin(&c.json, ctl->out);
	if (ctl->options->json)
		json_open(&c.json, NULL, '[');
	status = args[0] ? check_those(&c, args) : check_all(&c);
	if (ctl->options->json) {
		json_close(&c.json);
		json_end(&c.json);
	}
	return c.damaged ? CTL_DAMAGE : status;
}
