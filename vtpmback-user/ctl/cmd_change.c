/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpmctl add, assign, delete and set. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl.h"
#include "identity.h"
#include "json.h"
#include "log.h"
#include "seal.h"

/* How often another number is taken when the one that was free is gone. */
#define ADD_TRIES 5

static enum ctl_status save_db(const struct ctl *ctl, struct vtpmdb *db)
{
	int r = vtpmdb_save(db);

	if (!r)
		return CTL_OK;
	log_error("%s/vtpm.db cannot be written: %s", ctl->dirs.state_path,
		  strerror(-r));
	return CTL_FAILED;
}

/* ---- add ---- */

struct add {
	const char *name; /* or NULL */
	char uuid[VTPMDB_UUID_SIZE];
	uint32_t instance;
	struct nest nest;
};

static bool check_keys(const struct options *o)
{
	if (o->uuid && !vtpmdb_is_uuid(o->uuid)) {
		log_error("\"%s\" is no uuid", o->uuid);
		return false;
	}
	if (o->name && (!vtpmdb_is_key(o->name) || vtpmdb_is_uuid(o->name))) {
		log_error("\"%s\" cannot be a guest's name", o->name);
		return false;
	}
	return true;
}

/* Whether a key is free; NULL: there is none. */
static bool is_free(const struct vtpmdb *db, const char *key)
{
	uint32_t instance = key ? vtpmdb_find(db, key) : 0;

	if (instance)
		log_error("\"%s\" has a vTPM already: instance %u", key,
			  instance);
	return !instance;
}

static enum ctl_status choose_number(const struct ctl *ctl,
				     const struct vtpmdb *db, uint32_t *n)
{
	const uint32_t wish = ctl->options->instance;

	*n = vtpm_free_instance(ctl, db, wish);
	if (*n && (!wish || *n == wish))
		return CTL_OK;
	if (wish)
		log_error("instance %u is taken; see vtpmctl list", wish);
	else
		log_error("all %u instance numbers are taken",
			  VTPMDB_INSTANCE_MAX);
	return CTL_FAILED;
}

/* Takes a number, and the place where its directory is made. */
static enum ctl_status begin_add(struct ctl *ctl, struct add *a)
{
	enum ctl_status status;
	struct vtpmdb *db;
	int r;

	if (vtpm_open_db(ctl, &db))
		return CTL_FAILED;
	status = is_free(db, a->name) && is_free(db, a->uuid) ? CTL_OK
							      : CTL_FAILED;
	if (!status)
		status = choose_number(ctl, db, &a->instance);
	if (!status) {
		r = nest_make(ctl, a->instance, &a->nest);
		if (r) {
			log_error("%s/%u cannot be made: %s",
				  ctl->dirs.state_path, a->instance,
				  strerror(-r));
			status = CTL_FAILED;
		}
	}
	vtpmdb_close(db);
	return status;
}

static int make_tpm(const struct ctl *ctl, const struct add *a)
{
	const struct look_order order = {
		.program = ctl->look,
		.dirs = &ctl->dirs,
		.sandbox = ctl->sandbox,
		.job = LOOK_MAKE,
		.power = LOOK_OFF,
		.instance = a->instance,
		.state_fd = a->nest.fd,
		.live_fd = -1,
	};
	struct look_answer answer;
	int fd, r;

	fd = openat(a->nest.fd, "new",
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	close(fd);
	r = look_ask(&order, &answer);
	return r ? r : answer.error;
}

/* -EEXIST: somebody was quicker. */
static int finish_add(struct ctl *ctl, struct add *a)
{
	const struct settings settings = SETTINGS_DEFAULT;
	struct vtpmdb *db;
	int r;

	if (vtpm_open_db(ctl, &db))
		return -EIO;
	if (vtpmdb_taken(db, a->instance) || !is_free(db, a->uuid) ||
	    !is_free(db, a->name))
		r = -EEXIST;
	else
		r = nest_install(&a->nest, false);
	if (!r)
		r = vtpm_associate(ctl, db, a->instance, &settings, a->uuid,
				   a->name ? a->name : "");
	vtpmdb_close(db);
	return r;
}

static void print_added(const struct ctl *ctl, const struct add *a)
{
	char line[96];
	struct json j;

	snprintf(line, sizeof(line), "vtpm = [ 'backend=0,uuid=%s' ]", a->uuid);
	if (!ctl->options->json) {
		fprintf(ctl->out, "# vTPM %u\n%s\n", a->instance, line);
		return;
	}
	json_begin(&j, ctl->out);
	json_open(&j, NULL, '{');
	json_number(&j, "instance", a->instance);
	json_text(&j, "uuid", a->uuid);
	if (a->name)
		json_text(&j, "name", a->name);
	else
		json_null(&j, "name");
	json_text(&j, "xl", line);
	json_close(&j);
	json_end(&j);
}

static enum ctl_status add_once(struct ctl *ctl, struct add *a, int *r)
{
	enum ctl_status status = begin_add(ctl, a);

	if (status)
		return status;
	*r = make_tpm(ctl, a);
	if (!*r)
		*r = finish_add(ctl, a);
	nest_close(&a->nest);
	return *r ? CTL_FAILED : CTL_OK;
}

enum ctl_status cmd_add(struct ctl *ctl, char **args)
{
	const struct options *o = ctl->options;
	struct add a = { .name = o->name, .nest = { .fd = -1 } };
	enum ctl_status status = CTL_FAILED;
	int tries = ADD_TRIES, r = 0;

	if (!check_keys(o))
		return CTL_USAGE;
	if (o->uuid)
		snprintf(a.uuid, sizeof(a.uuid), "%s", o->uuid);
	else if (identity_make_uuid(a.uuid))
		return CTL_FAILED;
	do {
		r = 0;
		status = add_once(ctl, &a, &r);
	} while (r == -EEXIST && !o->instance && --tries > 0);
	if (status == CTL_OK)
		print_added(ctl, &a);
	else if (r)
		log_error("vTPM %u cannot be made: %s", a.instance,
			  strerror(-r));
	return status;
}

/* ---- assign ---- */

/* Whether key, which another vTPM may have, is to be this one's. */
static bool may_take(const struct ctl *ctl, uint32_t instance, const char *key)
{
	char question[VTPMDB_KEY_MAX + 96];
	uint32_t other;
	struct vtpmdb *db;

	if (!key)
		return true;
	if (vtpm_open_db(ctl, &db))
		return false;
	other = vtpmdb_find(db, key);
	vtpmdb_close(db);
	if (!other || other == instance)
		return true;
	snprintf(question, sizeof(question),
		 "\"%s\" has vTPM %u; is it to have vTPM %u?", key, other,
		 instance);
	return ask_yes(ctl->options, question);
}

enum ctl_status cmd_assign(struct ctl *ctl, char **args)
{
	const struct options *o = ctl->options;
	enum ctl_status status;
	struct vtpmdb *db;
	struct vtpm v;
	int r = 0;

	if (!o->name && !o->uuid)
		options_wrong("assign", NULL, "--name, --uuid or both");
	if (!check_keys(o))
		return CTL_USAGE;
	status = vtpm_open(ctl, args[0], &v, NULL);
	if (status)
		return status;
	if (!may_take(ctl, v.instance, o->name) ||
	    !may_take(ctl, v.instance, o->uuid) || vtpm_open_db(ctl, &db))
		return CTL_FAILED;
	if (o->uuid)
		r = vtpmdb_set(db, o->uuid, v.instance);
	if (!r && o->name)
		r = vtpmdb_set(db, o->name, v.instance);
	if (r)
		log_error("vtpm.db: %s", strerror(-r));
	status = r ? CTL_FAILED : save_db(ctl, db);
	vtpmdb_close(db);
	return status;
}

/* ---- delete ---- */

static void remove_files(const struct ctl *ctl, const struct vtpm *v)
{
	char name[16];
	int r = 0;

	settings_remove(ctl->dirs.state_fd, v->instance);
	snprintf(name, sizeof(name), "%u", v->instance);
	if (v->has_directory)
		r = nest_remove(ctl->dirs.state_fd, name);
	if (r)
		log_error("%s/%s is nobody's any more, but cannot be removed: "
			  "%s; remove it by hand",
			  ctl->dirs.state_path, name, strerror(-r));
}

/* The lock keeps workers off until nothing is left to serve. */
static enum ctl_status delete_vtpm(const struct ctl *ctl, struct vtpmdb *db,
				   const struct vtpm *v)
{
	enum ctl_status status = CTL_OK;
	int fd = -1;

	if (v->has_directory)
		status = vtpm_lock(ctl, v, &fd);
	if (!status && v->associated) {
		vtpmdb_remove(db, v->instance);
		status = save_db(ctl, db);
	}
	if (!status)
		remove_files(ctl, v);
	if (fd >= 0)
		close(fd);
	return status;
}

enum ctl_status cmd_delete(struct ctl *ctl, char **args)
{
	char question[2 * VTPMDB_KEY_MAX + 96];
	enum ctl_status status;
	struct vtpmdb *db;
	struct vtpm v;
	int fd = -1;

	daemon_ask(ctl);
	status = vtpm_open(ctl, args[0], &v, NULL);
	if (!status && v.has_directory)
		status = vtpm_lock(ctl, &v, &fd);
	if (fd >= 0)
		close(fd);
	if (status)
		return status;
	snprintf(question, sizeof(question),
		 "vTPM %u (%s%s%s) and all of its keys are lost for ever.  "
		 "Delete it?",
		 v.instance, v.name, v.name[0] && v.uuid[0] ? ", " : "",
		 v.uuid);
	if (!ask_yes(ctl->options, question))
		return CTL_FAILED;
	status = vtpm_open(ctl, args[0], &v, &db);
	if (status)
		return status;
	status = delete_vtpm(ctl, db, &v);
	vtpmdb_close(db);
	return status;
}

/* ---- set ---- */

static bool apply(struct settings *s, const char *pair)
{
	const char *value = strchr(pair, '='), *wanted = NULL;
	char key[32];
	int r = -ENOENT;

	if (value && (size_t)(value - pair) < sizeof(key)) {
		memcpy(key, pair, (size_t)(value - pair));
		key[value - pair] = '\0';
		r = settings_set(s, key, value + 1, &wanted);
	}
	if (r)
		log_error("\"%s\" will not do: %s", pair,
			  wanted ? wanted : "no such setting; see vtpmctl(8)");
	return !r;
}

/* Two living copies of one TPM are what the mark is there to prevent. */
static bool may_come_back(const struct ctl *ctl, const struct vtpm *v,
			  const struct settings *s)
{
	char question[320];

	if (!v->settings.moved || s->moved)
		return true;
	snprintf(question, sizeof(question),
		 "vTPM %u was moved%s%s; where its copy lives on, there will "
		 "be two.  Is it to start here?",
		 v->instance, v->settings.moved_to[0] ? " to " : "",
		 v->settings.moved_to);
	return ask_yes(ctl->options, question);
}

static enum ctl_status write_settings(const struct ctl *ctl,
				      const struct vtpm *v,
				      const struct settings *s)
{
	enum ctl_status status = CTL_OK;
	int fd = -1;

	/* A running one is not moved. */
	if (s->moved && !v->settings.moved)
		status = vtpm_lock(ctl, v, &fd);
	if (!status && settings_write(ctl->dirs.state_fd, v->instance, s))
		status = CTL_FAILED;
	if (fd >= 0)
		close(fd);
	if (!status && vtpm_in_use(v))
		log_info("vTPM %u has them when its guest's device is opened "
			 "the next time",
			 v->instance);
	return status;
}

enum ctl_status cmd_set(struct ctl *ctl, char **args)
{
	const char *which = *args++;
	enum ctl_status status;
	struct settings s;
	struct vtpm v;

	daemon_ask(ctl);
	status = vtpm_open(ctl, which, &v, NULL);
	if (status)
		return status;
	s = v.settings;
	for (; *args; args++)
		if (!apply(&s, *args))
			return CTL_USAGE;
	if (!s.moved)
		s.moved_to[0] = '\0';
	if (!may_come_back(ctl, &v, &s))
		return CTL_FAILED;
	return write_settings(ctl, &v, &s);
}
