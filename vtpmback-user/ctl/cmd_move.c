/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpmctl export and import. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle.h"
#include "ctl.h"
#include "engine.h"
#include "files.h"
#include "json.h"
#include "log.h"
#include "seal.h"
#include "store.h"
#include "store_saved.h"

_Static_assert(BUNDLE_GUEST_SIZE == STORE_GUEST_SIZE, "one kind of guest");

#define PASSPHRASE_MAX 1024

/* ---- The secret ---- */

struct secret {
	struct bundle_secret s;
	uint8_t bytes[PASSPHRASE_MAX];
};

/* A file that others can read holds no secret. */
static int read_secret_file(const char *path, char **bytes, size_t *len)
{
	struct stat st;
	int r;

	if (stat(path, &st) < 0)
		r = -errno;
	else if (st.st_mode & 077)
		r = -EPERM;
	else
		r = files_read(AT_FDCWD, path, PASSPHRASE_MAX - 1, bytes, len);
	if (r)
		log_error("%s: %s; it must be a short file that its owner "
			  "alone can read",
			  path, strerror(-r));
	return r;
}

static int take_secret(struct secret *secret, const char *path,
		       enum bundle_kind kind)
{
	char *bytes = NULL;
	size_t len = 0;

	if (read_secret_file(path, &bytes, &len) || !bytes)
		return -EINVAL;
	if (kind == BUNDLE_PASSPHRASE)
		len = strcspn(bytes, "\r\n");
	memcpy(secret->bytes, bytes, len);
	secret->s = (struct bundle_secret){ kind, secret->bytes, len };
	explicit_bzero(bytes, len);
	free(bytes);
	if (kind == BUNDLE_KEY && len != SEAL_KEY_SIZE)
		log_error("%s: a key has %u bytes, and this file %zu", path,
			  SEAL_KEY_SIZE, len);
	else if (!len)
		log_error("%s: its first line is empty", path);
	else
		return 0;
	return -EINVAL;
}

/* `wanted`: the kind that an import needs; 0: as the options say. */
static int get_secret(const struct options *o, unsigned int wanted,
		      struct secret *secret)
{
	char *const text = (char *)secret->bytes;
	int r;

	memset(secret, 0, sizeof(*secret));
	if (o->copy_key_file && o->copy_passphrase_file)
		options_wrong("--copy-key-file, --copy-passphrase-file", NULL,
			      "one of the two");
	if (o->copy_key_file && wanted != BUNDLE_PASSPHRASE)
		return take_secret(secret, o->copy_key_file, BUNDLE_KEY);
	if (o->copy_passphrase_file && wanted != BUNDLE_KEY)
		return take_secret(secret, o->copy_passphrase_file,
				   BUNDLE_PASSPHRASE);
	if (wanted == BUNDLE_KEY || o->copy_key_file) {
		log_error("it was exported with a %s",
			  wanted == BUNDLE_KEY ? "--copy-key-file"
					       : "passphrase");
		return -EINVAL;
	}
	r = ask_passphrase(!wanted, text, sizeof(secret->bytes));
	secret->s = (struct bundle_secret){ BUNDLE_PASSPHRASE, secret->bytes,
					    strlen(text) };
	return r;
}

/* ---- Files ---- */

/* A path's directory, and its last part. */
static int open_parent(const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char dir[4096] = ".";
	int fd;

	*name = slash ? slash + 1 : path;
	if (!(*name)[0] || strlen(path) >= sizeof(dir) ||
	    strlen(*name) + sizeof(".new") > FILES_NAME_MAX)
		return -ENAMETOOLONG;
	if (slash)
		snprintf(dir, sizeof(dir), "%.*s",
			 slash == path ? 1 : (int)(slash - path), path);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fd;
}

/* Of a file that may not be on disk nothing is left to be used. */
static int replace(int fd, const char *name, const uint8_t *bytes, size_t len)
{
	int r = files_replace(fd, name, (const char *)bytes, len);

	if (r)
		unlinkat(fd, name, 0);
	return r;
}

static int write_file(const char *path, const uint8_t *bytes, size_t len)
{
	const char *name;
	int fd = open_parent(path, &name), r = fd;

	if (fd >= 0) {
		if (!faccessat(fd, name, F_OK, AT_SYMLINK_NOFOLLOW))
			r = -EEXIST;
		else
			r = replace(fd, name, bytes, len);
		close(fd);
	}
	if (r < 0)
		log_error("%s cannot be written: %s", path, strerror(-r));
	return r;
}

static void remove_file(const char *path)
{
	const char *name;
	int fd = open_parent(path, &name);

	if (fd < 0)
		return;
	if (!unlinkat(fd, name, 0))
		fsync(fd);
	close(fd);
}

/* ---- export ---- */

/* Only bytes are moved here: what they mean is vtpm-look's. */
static int load_saved(struct store *store, struct bundle *b)
{
	int r;

	b->saved = malloc(ENGINE_VOLATILE_MAX);
	if (!b->saved)
		return -ENOMEM;
	r = store_saved_load(store, b->guest, b->saved, ENGINE_VOLATILE_MAX,
			     &b->saved_len);
	if (!r)
		return 0;
	free(b->saved);
	b->saved = NULL;
	b->saved_len = 0;
	/* Switched off; or of another state, and will not be used either. */
	return r == -ENOENT || r == -ESTALE ? 0 : r;
}

static int load(const struct ctl *ctl, const struct vtpm *v, int state_fd,
		struct bundle *b)
{
	uint8_t key[SEAL_KEY_SIZE];
	struct store *store = NULL;
	int r = statedir_key(&ctl->dirs, v->instance, key);

	if (!r)
		r = store_open_reader(&store, state_fd, key, v->instance);
	explicit_bzero(key, sizeof(key));
	if (!r)
		r = store_load(store, &b->permanent, &b->permanent_len);
	if (!r) {
		b->counter = store_counter(store);
		r = load_saved(store, b);
	}
	store_close(store);
	snprintf(b->uuid, sizeof(b->uuid), "%s", v->uuid);
	snprintf(b->name, sizeof(b->name), "%s", v->name);
	b->instance = v->instance;
	b->localities = v->settings.localities;
	b->late = v->settings.attached_late;
	b->no_protocol_1 = !v->settings.protocol_1;
	return r;
}

static enum ctl_status write_bundle(const struct bundle *b,
				    const struct secret *secret,
				    const char *path)
{
	uint8_t *file;
	size_t len;
	int r = bundle_pack(b, &secret->s, &file, &len);

	if (r) {
		log_error("%s cannot be made: %s", path, strerror(-r));
		return CTL_FAILED;
	}
	r = write_file(path, file, len);
	free(file);
	return r ? CTL_FAILED : CTL_OK;
}

/* The file is on disk: from now on it, not what is here, is the vTPM. */
static enum ctl_status mark_moved(const struct ctl *ctl, const struct vtpm *v,
				  const char *path)
{
	struct settings s = v->settings;

	s.moved = true;
	snprintf(s.moved_to, sizeof(s.moved_to), "%s",
		 ctl->options->to ? ctl->options->to : "");
	if (!settings_write(ctl->dirs.state_fd, v->instance, &s))
		return CTL_OK;
	remove_file(path);
	log_error("vTPM %u stays here: %s was removed again", v->instance,
		  path);
	return CTL_FAILED;
}

static enum ctl_status export_vtpm(const struct ctl *ctl, const struct vtpm *v,
				   int state_fd, const char *path)
{
	struct bundle b = { .permanent = NULL };
	enum ctl_status status = CTL_FAILED;
	struct secret secret;
	int r;

	if (get_secret(ctl->options, 0, &secret))
		return CTL_FAILED;
	r = load(ctl, v, state_fd, &b);
	if (r)
		log_error("vTPM %u cannot be read: %s; see vtpmctl check",
			  v->instance, strerror(-r));
	else
		status = write_bundle(&b, &secret, path);
	if (!status && ctl->options->move)
		status = mark_moved(ctl, v, path);
	explicit_bzero(&secret, sizeof(secret));
	bundle_free(&b);
	return status;
}

static enum ctl_status may_export(const struct ctl *ctl, const struct vtpm *v)
{
	if (ctl->options->to && !ctl->options->move)
		options_wrong("--to", NULL, "it is for --move");
	if (v->bad_settings)
		return CTL_FAILED;
	if (!ctl->options->move || !v->settings.moved)
		return CTL_OK;
	log_error("vTPM %u was moved%s%s already", v->instance,
		  v->settings.moved_to[0] ? " to " : "", v->settings.moved_to);
	return CTL_FAILED;
}

enum ctl_status cmd_export(struct ctl *ctl, char **args)
{
	enum ctl_status status;
	struct vtpm v;
	char name[16];
	int fd = -1;

	daemon_ask(ctl);
	status = vtpm_open(ctl, args[0], &v, NULL);
	if (!status)
		status = may_export(ctl, &v);
	if (status)
		return status;
	/* A running one has a permanent state that is whole at any time. */
	if (!vtpm_in_use(&v) || ctl->options->move) {
		status = vtpm_lock(ctl, &v, &fd);
		if (status)
			return status;
	} else {
		snprintf(name, sizeof(name), "%u", v.instance);
		fd = openat(ctl->dirs.state_fd, name,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return CTL_FAILED;
	}
	status = export_vtpm(ctl, &v, fd, args[1]);
	close(fd);
	return status;
}

/* ---- import ---- */

struct import {
	struct ctl *ctl;
	struct bundle b;
	struct vtpm old; /* instance 0: there is none */
	struct nest nest;
	int lock_fd; /* of the old one */
};

static enum ctl_status read_bundle(struct ctl *ctl, const char *path,
				   struct bundle *b)
{
	enum bundle_kind kind;
	struct secret secret;
	char *file;
	size_t len;
	int r = files_read(AT_FDCWD, path, BUNDLE_MAX, &file, &len);

	if (r) {
		log_error("%s: %s", path, strerror(-r));
		return CTL_FAILED;
	}
	r = bundle_kind((const uint8_t *)file, len, &kind);
	if (!r)
		r = get_secret(ctl->options, kind, &secret) ? -ECANCELED : 0;
	if (!r)
		r = bundle_unpack(b, &secret.s, (const uint8_t *)file, len);
	explicit_bzero(&secret, sizeof(secret));
	free(file);
	if (r == -EBADMSG)
		log_error("%s is no exported vTPM, is damaged, or was exported "
			  "with another passphrase or key",
			  path);
	else if (r == -ENOTSUP)
		log_error("%s was written by a later version: upgrade this "
			  "host",
			  path);
	else if (r && r != -ECANCELED)
		log_error("%s: %s", path, strerror(-r));
	return r ? CTL_FAILED : CTL_OK;
}

/* The vTPM of these keys that is here already; its uuid decides. */
static uint32_t find_old(const struct vtpmdb *db, const struct bundle *b)
{
	uint32_t instance = b->uuid[0] ? vtpmdb_find(db, b->uuid) : 0;

	if (!instance && !b->uuid[0])
		instance = vtpmdb_find(db, b->name);
	return instance;
}

/* Neither half of the bytes is believed before vtpm-look understood it. */
static int try_it(const struct import *i, struct look_answer *a)
{
	const struct ctl *ctl = i->ctl;
	struct look_order order = {
		.program = ctl->look,
		.dirs = &ctl->dirs,
		.sandbox = ctl->sandbox,
		.job = LOOK_SEE,
		.power = i->b.saved ? LOOK_SAVED : LOOK_OFF,
		.instance = i->nest.instance,
		.state_fd = i->nest.fd,
		.live_fd = -1,
	};
	int r = look_ask(&order, a);

	return r ? r : a->error;
}

/* Seals it for its instance on this host. */
static int fill_nest(struct import *i)
{
	struct look_answer answer;
	uint8_t key[SEAL_KEY_SIZE];
	struct store *store = NULL;
	int r = statedir_key(&i->ctl->dirs, i->nest.instance, key);

	if (!r)
		r = store_open(&store, i->nest.fd, key, i->nest.instance);
	explicit_bzero(key, sizeof(key));
	if (!r) {
		store_set_counter(store, i->b.counter);
		r = store_save(store, i->b.permanent, i->b.permanent_len);
	}
	if (!r && i->b.saved)
		r = store_saved_save(store, i->b.guest, i->b.saved,
				     i->b.saved_len);
	store_close(store);
	return r ? r : try_it(i, &answer);
}

/* Whether what is here is no newer; CTL_OK if so, or if it does not matter. */
static enum ctl_status compare(struct import *i)
{
	struct vtpm *old = &i->old;
	uint64_t here;

	if (i->ctl->options->force_older || old->state == VTPM_NEW ||
	    old->state == VTPM_MISSING)
		return CTL_OK;
	vtpm_look(i->ctl, old);
	here = old->answer.counter;
	if (!here)
		log_error(
			"the state of vTPM %u here cannot be read, so that "
			"nobody knows which is newer; --force-older takes the "
			"imported one",
			old->instance);
	else if (here > i->b.counter)
		log_error("vTPM %u here is newer: it was written %llu times, "
			  "the imported one %llu times; --force-older goes "
			  "back",
			  old->instance, (unsigned long long)here,
			  (unsigned long long)i->b.counter);
	else
		return CTL_OK;
	return CTL_FAILED;
}

/* Finds and locks what is here, and has a place to fill. */
static enum ctl_status begin_import(struct import *i, struct vtpmdb *db)
{
	struct ctl *ctl = i->ctl;
	uint32_t instance = find_old(db, &i->b);
	enum ctl_status status = CTL_OK;
	int r;

	if (instance) {
		vtpm_read(ctl, db, instance, &i->old);
		if (i->old.has_directory)
			status = vtpm_lock(ctl, &i->old, &i->lock_fd);
	} else {
		instance = vtpm_free_instance(ctl, db, i->b.instance);
	}
	if (status)
		return status;
	r = instance ? nest_make(ctl, instance, &i->nest) : -ENOSPC;
	if (!r)
		return CTL_OK;
	log_error("a vTPM %u cannot be made: %s", instance, strerror(-r));
	return CTL_FAILED;
}

/* What this host's administrator has said about it stays. */
static struct settings choose_settings(const struct import *i)
{
	struct settings s = SETTINGS_DEFAULT;

	if (i->old.instance && !i->old.bad_settings) {
		s = i->old.settings;
	} else {
		if (i->b.localities)
			s.localities = i->b.localities;
		s.attached_late = i->b.late != 0;
		s.protocol_1 = i->b.no_protocol_1 == 0;
	}
	s.moved = false;
	s.moved_to[0] = '\0';
	return s;
}

/*
 * Of one that is here already the settings come last: until then what was
 * moved away stays so.  An association without a state behind it would make a
 * fresh TPM: so it comes after the state.
 */
static int put_in_place(struct import *i, struct vtpmdb *db)
{
	const struct settings s = choose_settings(i);
	const uint32_t instance = i->nest.instance;
	int r;

	/* The daemon may have been quicker. */
	if (!i->old.instance &&
	    (vtpmdb_taken(db, instance) || find_old(db, &i->b)))
		return -EEXIST;
	r = nest_install(&i->nest, i->old.has_directory);
	if (r)
		return r;
	if (i->old.instance)
		return settings_write(i->ctl->dirs.state_fd, instance, &s);
	return vtpm_associate(i->ctl, db, instance, &s, i->b.uuid, i->b.name);
}

static enum ctl_status finish_import(struct import *i, struct vtpmdb *db)
{
	int r = put_in_place(i, db);

	if (!r)
		return CTL_OK;
	log_error("vTPM %u cannot be put in its place: %s", i->nest.instance,
		  strerror(-r));
	return CTL_FAILED;
}

static enum ctl_status with_db(struct import *i,
			       enum ctl_status (*step)(struct import *,
						       struct vtpmdb *))
{
	enum ctl_status status;
	struct vtpmdb *db;

	status = vtpm_open_db(i->ctl, &db);
	if (status)
		return status;
	status = step(i, db);
	vtpmdb_close(db);
	return status;
}

static void print_imported(const struct import *i)
{
	struct json j;

	if (!i->ctl->options->json) {
		fprintf(i->ctl->out, "vTPM %u\n", i->nest.instance);
		return;
	}
	json_begin(&j, i->ctl->out);
	json_open(&j, NULL, '{');
	json_number(&j, "instance", i->nest.instance);
	json_number(&j, "writes", i->b.counter);
	json_bool(&j, "suspended", i->b.saved != NULL);
	json_close(&j);
	json_end(&j);
}

static enum ctl_status import_vtpm(struct import *i)
{
	enum ctl_status status = with_db(i, begin_import);
	int r;

	if (!status && i->old.instance)
		status = compare(i);
	if (!status) {
		r = fill_nest(i);
		if (r) {
			log_error("what was exported is no TPM of this "
				  "version, or cannot be kept here: %s",
				  strerror(-r));
			status = CTL_FAILED;
		}
	}
	if (!status)
		status = with_db(i, finish_import);
	if (!status)
		print_imported(i);
	return status;
}

enum ctl_status cmd_import(struct ctl *ctl, char **args)
{
	struct import i = { .ctl = ctl, .nest = { .fd = -1 }, .lock_fd = -1 };
	enum ctl_status status;

	daemon_ask(ctl);
	status = read_bundle(ctl, args[0], &i.b);
	if (status)
		return status;
	status = import_vtpm(&i);
	nest_close(&i.nest);
	if (i.lock_fd >= 0)
		close(i.lock_fd);
	bundle_free(&i.b);
	return status;
}
