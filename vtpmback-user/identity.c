/* SPDX-License-Identifier: BSD-2-Clause */
/* From guests to instances: see identity.h. */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "identity.h"
#include "log.h"
#include "seal.h"

/* What xl adds to the name of a domain that is being migrated to this host. */
#define INCOMING "--incoming"

/* ---- Names as keys ---- */

/*
 * The key of a guest's vTPM number `handle`: its name, and "name/handle" for
 * those beyond the first.  False: its name is none.  A name that looks like a
 * uuid would take that vTPM.
 */
static bool name_key(const struct identity *who, char key[VTPMDB_KEY_MAX])
{
	const char *name = who->name;
	int len;

	if (!name || !vtpmdb_is_key(name) || strchr(name, '/') ||
	    vtpmdb_is_uuid(name))
		return false;
	if (who->handle)
		len = snprintf(key, VTPMDB_KEY_MAX, "%s/%u", name, who->handle);
	else
		len = snprintf(key, VTPMDB_KEY_MAX, "%s", name);
	return len < VTPMDB_KEY_MAX;
}

static uint32_t find_name(const struct vtpmdb *db, const struct identity *who)
{
	struct identity arrived = *who;
	char key[VTPMDB_KEY_MAX], name[VTPMDB_KEY_MAX];
	const size_t tail = sizeof(INCOMING) - 1;
	uint32_t instance;
	size_t len;

	if (!name_key(who, key))
		return 0;
	instance = vtpmdb_find(db, key);
	len = strlen(who->name);
	if (instance || len <= tail ||
	    strcmp(who->name + len - tail, INCOMING) != 0)
		return instance;
	snprintf(name, sizeof(name), "%.*s", (int)(len - tail), who->name);
	arrived.name = name;
	return name_key(&arrived, key) ? vtpmdb_find(db, key) : 0;
}

/* ---- Uuids ---- */

int identity_make_uuid(char uuid[VTPMDB_UUID_SIZE])
{
	uint8_t b[16];
	int r = seal_random(b, sizeof(b));

	if (r)
		return r;
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	snprintf(uuid, VTPMDB_UUID_SIZE,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		 "%02x%02x%02x%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
		 b[10], b[11], b[12], b[13], b[14], b[15]);
	return 0;
}

/* Without a given one, that of the instance; false: it has none. */
static bool known_uuid(const struct vtpmdb *db, const struct identity *who,
		       struct identity_found *found)
{
	char key[VTPMDB_KEY_MAX];

	if (who->uuid)
		snprintf(key, sizeof(key), "%s", who->uuid);
	else if (!vtpmdb_key_of(db, found->instance, true, key))
		return false;
	memcpy(found->uuid, key, sizeof(found->uuid));
	return true;
}

/* ---- Finding and making ---- */

/* Where its instance comes from. */
enum how {
	BY_UUID,
	BY_NAME,
	NOT_AT_ALL
};

static enum how find(const struct vtpmdb *db, const struct identity *who,
		     struct identity_found *found)
{
	memset(found, 0, sizeof(*found));
	if (who->uuid)
		found->instance = vtpmdb_find(db, who->uuid);
	if (found->instance)
		return BY_UUID;
	found->instance = find_name(db, who);
	return found->instance ? BY_NAME : NOT_AT_ALL;
}

static int complain(const struct statedir *dirs, const struct identity *who,
		    int r)
{
	log_error("%s/vtpm.db: no instance for vTPM %s of guest %s: %s",
		  dirs->state_path, who->uuid ? who->uuid : "",
		  who->name ? who->name : "", strerror(-r));
	return r;
}

static int claim_free(const struct statedir *dirs, const struct vtpmdb *db,
		      const struct identity *who, uint32_t *instance)
{
	const uint32_t wish = who->wish;
	uint32_t n;
	int r = -EEXIST;

	if (wish && wish <= VTPMDB_INSTANCE_MAX && !vtpmdb_taken(db, wish)) {
		*instance = wish;
		r = statedir_claim(dirs, wish);
	}
	for (n = 1; r == -EEXIST && n <= VTPMDB_INSTANCE_MAX; n++)
		if (!vtpmdb_taken(db, n)) {
			*instance = n;
			r = statedir_claim(dirs, n);
		}
	return r == -EEXIST ? complain(dirs, who, -ENOSPC) : r;
}

static void tell_made(const struct identity *who,
		      const struct identity_found *found)
{
	char key[VTPMDB_KEY_MAX];

	if (who->name && !name_key(who, key))
		log_warning("vTPM %s is new: made instance %u; its guest's "
			    "name, \"%s\", cannot be noted: give its "
			    "configuration a uuid",
			    found->uuid, found->instance, who->name);
	else
		log_info("vTPM %s is new: made instance %u%s%s", found->uuid,
			 found->instance, who->name ? " for guest " : "",
			 who->name ? key : "");
}

/* A new vTPM, and who has it. */
static int make(const struct statedir *dirs, struct vtpmdb *db,
		const struct identity *who, struct identity_found *found)
{
	char key[VTPMDB_KEY_MAX];
	int r = claim_free(dirs, db, who, &found->instance);

	if (r)
		return r;
	if (!known_uuid(db, who, found))
		r = identity_make_uuid(found->uuid);
	if (!r)
		r = vtpmdb_set(db, found->uuid, found->instance);
	if (!r && name_key(who, key))
		r = vtpmdb_set(db, key, found->instance);
	if (!r)
		r = vtpmdb_save(db);
	if (r)
		return complain(dirs, who, r);
	found->is_new = true;
	tell_made(who, found);
	return 0;
}

/* An earlier vTPM under a uuid that is new, or none. */
static int take_name(const struct statedir *dirs, struct vtpmdb *db,
		     const struct identity *who, struct identity_found *found)
{
	int r = 0;

	if (who->uuid) {
		log_info("vTPM %s is not known; guest %s has instance %u",
			 who->uuid, who->name, found->instance);
		r = vtpmdb_note(db, who->uuid, found->instance);
	} else if (!known_uuid(db, who, found)) {
		r = identity_make_uuid(found->uuid);
		if (!r)
			r = vtpmdb_set(db, found->uuid, found->instance);
	}
	if (!r)
		r = vtpmdb_save(db);
	return r ? complain(dirs, who, r) : 0;
}

static int settle(const struct statedir *dirs, struct vtpmdb *db,
		  const struct identity *who, struct identity_found *found)
{
	const enum how how = find(db, who, found);
	int r;

	if (how == NOT_AT_ALL)
		return make(dirs, db, who, found);
	r = statedir_claim_named(dirs, found->instance);
	if (!r && how == BY_NAME)
		r = take_name(dirs, db, who, found);
	if (!r)
		known_uuid(db, who, found);
	return r;
}

static int check(const struct identity *who)
{
	char key[VTPMDB_KEY_MAX];

	if (who->uuid ? vtpmdb_is_uuid(who->uuid) : name_key(who, key))
		return 0;
	if (who->uuid)
		log_error("\"%s\" is no uuid", who->uuid);
	else
		log_error("\"%s\" cannot be noted as a guest's name, and there "
			  "is no uuid: give its configuration one",
			  who->name ? who->name : "");
	return -EINVAL;
}

static int open_db(const struct statedir *dirs, const struct identity *who,
		   struct vtpmdb **db)
{
	int r = check(who);

	if (r)
		return r;
	r = vtpmdb_open(dirs->state_fd, db);
	if (r)
		log_error("%s/vtpm.db: %s", dirs->state_path, strerror(-r));
	return r;
}

int identity_settle(const struct statedir *dirs, const struct identity *who,
		    struct identity_found *found)
{
	struct vtpmdb *db;
	int r = open_db(dirs, who, &db);

	if (r)
		return r;
	r = settle(dirs, db, who, found);
	vtpmdb_close(db);
	return r;
}

int identity_find(const struct statedir *dirs, const struct identity *who,
		  struct identity_found *found)
{
	struct vtpmdb *db;
	int r = open_db(dirs, who, &db);

	if (r)
		return r;
	if (find(db, who, found) == NOT_AT_ALL)
		r = -ENOENT;
	else
		known_uuid(db, who, found);
	vtpmdb_close(db);
	return r;
}
