/* SPDX-License-Identifier: BSD-2-Clause */
/* What is to be known of one vTPM: see ctl.h. */

#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ctl.h"
#include "fileio.h"
#include "files.h"
#include "log.h"
#include "xs.h"

/* A state that was changed while we read it is read again. */
#define LOOK_TRIES   20
#define LOOK_STEP_MS 25

/* Who only looks has the lock for a moment. */
#define LOCK_MS 500

#define PERMANENT "permanent"
#define SAVED	  "saved"
#define UNBORN	  "new"

const char *vtpm_state_name(enum vtpm_state state)
{
	static const char *const names[VTPM_STATES] = {
		[VTPM_OFF] = "off",
		[VTPM_NEW] = "new",
		[VTPM_RUNNING] = "running",
		[VTPM_UNSERVED] = "unserved",
		[VTPM_SUSPENDED] = "suspended",
		[VTPM_LOST] = "lost",
		[VTPM_MISSING] = "missing",
	};

	return names[state];
}

static int open_directory(const struct ctl *ctl, uint32_t instance)
{
	char name[16];
	int fd;

	snprintf(name, sizeof(name), "%u", instance);
	fd = openat(ctl->dirs.state_fd, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fd;
}

/* Takes note of a file's size and time; whether it is there. */
static bool note_file(struct vtpm *v, int dir_fd, const char *name)
{
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (st.st_mtim.tv_sec > v->last_use)
		v->last_use = st.st_mtim.tv_sec;
	if (S_ISREG(st.st_mode))
		v->size += (uint64_t)st.st_size;
	return true;
}

static bool is_alive(const struct ctl *ctl, uint32_t domid)
{
	return domains_state(&ctl->domains, domid) != DOMAIN_GONE;
}

struct search {
	const struct ctl *ctl;
	struct vtpm *v;
};

static void consider_live(void *ctx, uint32_t instance, uint32_t domid)
{
	const struct search *s = ctx;
	uint8_t guest[DOMAIN_UUID_SIZE];
	struct vtpm *v = s->v;

	if (instance != v->instance)
		return;
	if (!is_alive(s->ctl, domid)) {
		/* The daemon makes "saved" of it. */
		v->unsettled = v->unsettled ||
			       statedir_was_suspended(&s->ctl->dirs, instance,
						      domid, guest);
	} else if (!v->has_domain || domid > v->domid) {
		v->has_domain = true;
		v->domid = domid;
	}
}

/* The domain whose volatile state is kept, if that still lives. */
static void find_domain(const struct ctl *ctl, struct vtpm *v)
{
	struct search s = { ctl, v };

	statedir_each_live(&ctl->dirs, consider_live, &s);
	if (v->served && v->served->pid) {
		v->has_domain = true;
		v->domid = v->served->domid;
	}
}

/*
 * A worker holds the lock for as long as it lives.  It is asked for shared:
 * two that only look are not in each other's way.
 */
static bool is_locked(int fd)
{
	return flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

static void read_state(const struct ctl *ctl, struct vtpm *v)
{
	int fd = open_directory(ctl, v->instance);
	bool permanent, saved, unborn;
	char conf[32];

	v->has_directory = fd >= 0;
	v->has_domain = v->unsettled = false;
	v->size = 0;
	v->last_use = 0;
	if (fd < 0) {
		/* It is made with its settings. */
		snprintf(conf, sizeof(conf), "%u.conf", v->instance);
		v->state = faccessat(ctl->dirs.state_fd, conf, F_OK,
				     AT_SYMLINK_NOFOLLOW)
				   ? VTPM_NEW
				   : VTPM_MISSING;
		return;
	}
	permanent = note_file(v, fd, PERMANENT);
	saved = note_file(v, fd, SAVED);
	unborn = !faccessat(fd, UNBORN, F_OK, AT_SYMLINK_NOFOLLOW);
	note_file(v, fd, ".");
	find_domain(ctl, v);
	if (is_locked(fd))
		v->state = VTPM_RUNNING;
	else if (!permanent)
		v->state = unborn ? VTPM_NEW : VTPM_LOST;
	else if (v->has_domain)
		v->state = VTPM_UNSERVED;
	else
		v->state = saved ? VTPM_SUSPENDED : VTPM_OFF;
	close(fd);
}

void vtpm_read(const struct ctl *ctl, const struct vtpmdb *db,
	       uint32_t instance, struct vtpm *v)
{
	memset(v, 0, sizeof(*v));
	v->instance = instance;
	v->associated = vtpmdb_taken(db, instance);
	if (!vtpmdb_key_of(db, instance, true, v->uuid))
		v->uuid[0] = '\0';
	if (!vtpmdb_key_of(db, instance, false, v->name))
		v->name[0] = '\0';
	v->served = daemon_serves(ctl, instance);
	v->bad_settings =
		settings_read(ctl->dirs.state_fd, instance, &v->settings) != 0;
	read_state(ctl, v);
}

static int open_live(const struct ctl *ctl, const struct vtpm *v)
{
	char name[48];
	int fd;

	snprintf(name, sizeof(name), "live-%u-%u", v->instance, v->domid);
	fd = openat(ctl->dirs.run_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fd;
}

static void look_once(const struct ctl *ctl, struct vtpm *v)
{
	struct look_order order = {
		.program = ctl->look,
		.dirs = &ctl->dirs,
		.sandbox = ctl->sandbox,
		.job = LOOK_SEE,
		.power = LOOK_OFF,
		.instance = v->instance,
		.domid = v->domid,
		.live_fd = -1,
	};

	order.state_fd = open_directory(ctl, v->instance);
	if (v->state == VTPM_RUNNING || v->state == VTPM_UNSERVED) {
		order.power = LOOK_LIVE;
		order.live_fd = open_live(ctl, v);
	} else if (v->state == VTPM_SUSPENDED) {
		order.power = LOOK_SAVED;
	}
	if (order.state_fd < 0)
		v->look_error = order.state_fd;
	else if (order.power == LOOK_LIVE && order.live_fd < 0)
		v->look_error = order.live_fd;
	else
		v->look_error = look_ask(&order, &v->answer);
	if (order.live_fd >= 0)
		close(order.live_fd);
	if (order.state_fd >= 0)
		close(order.state_fd);
}

void vtpm_look(const struct ctl *ctl, struct vtpm *v)
{
	const struct timespec step = { 0, LOOK_STEP_MS * 1000000L };
	int tries = LOOK_TRIES;

	v->looked = true;
	look_once(ctl, v);
	/* It was changed while we read it, or its user is gone by now. */
	while (!vtpm_is_whole(v) && v->state == VTPM_RUNNING && tries-- > 0) {
		nanosleep(&step, NULL);
		read_state(ctl, v);
		look_once(ctl, v);
	}
}

bool vtpm_is_whole(const struct vtpm *v)
{
	return v->looked && !v->look_error && v->answer.stage == LOOK_DONE;
}

static const char *describe_answer(const struct look_answer *a)
{
	if (a->stage == LOOK_VOLATILE)
		return a->error == -ENOENT
			       ? "the volatile state of its domain is missing: "
				 "restart the domain"
			       : "the volatile state of its domain is damaged: "
				 "restart the domain";
	switch (a->error) {
	case -ENODATA:
		return "its state is missing: put the file \"permanent\" back "
		       "from a backup, or import an exported copy";
	case -EBADMSG:
		return "its state is damaged, or was sealed under another key: "
		       "put the file \"permanent\" back from a backup, or "
		       "import an exported copy";
	case -ENOTSUP:
		return "its state was written by a later version: upgrade this "
		       "host";
	default:
		return NULL;
	}
}

const char *vtpm_damage(const struct vtpm *v, char *text, size_t size)
{
	const char *known = v->look_error ? NULL : describe_answer(&v->answer);

	if (v->state == VTPM_MISSING)
		snprintf(text, size,
			 "its directory is missing: put it back from a backup, "
			 "or import an exported copy");
	else if (known)
		snprintf(text, size, "%s", known);
	else
		snprintf(text, size, "its state cannot be looked into: %s",
			 strerror(v->look_error ? -v->look_error
						: -v->answer.error));
	return text;
}

bool vtpm_in_use(const struct vtpm *v)
{
	return v->state == VTPM_RUNNING || v->state == VTPM_UNSERVED;
}

static void mark(uint8_t *set, uint32_t instance)
{
	set[instance / 8] |= (uint8_t)(1u << instance % 8);
}

static int mark_key(void *ctx, const char *key, uint32_t instance)
{
	mark(ctx, instance);
	return 0;
}

enum ctl_status vtpm_open_db(const struct ctl *ctl, struct vtpmdb **db)
{
	int r = vtpmdb_open(ctl->dirs.state_fd, db);

	if (!r)
		return CTL_OK;
	log_error("%s/vtpm.db: %s", ctl->dirs.state_path, strerror(-r));
	return CTL_FAILED;
}

static int find_all(const struct ctl *ctl, const struct vtpmdb *db,
		    uint8_t *set)
{
	DIR *dir = files_list(ctl->dirs.state_fd);
	struct dirent *entry;
	uint32_t n;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		if (!xs_parse_u32(entry->d_name, VTPMDB_INSTANCE_MAX, &n))
			mark(set, n);
	closedir(dir);
	return vtpmdb_each(db, mark_key, set);
}

static int read_all(const struct ctl *ctl, const struct vtpmdb *db,
		    struct vtpm **list, size_t *n)
{
	uint8_t set[VTPMDB_INSTANCE_MAX / 8 + 1] = { 0 };
	uint32_t instance;
	size_t count = 0;
	int r = find_all(ctl, db, set);

	if (r)
		return r;
	for (instance = 1; instance <= VTPMDB_INSTANCE_MAX; instance++)
		count += set[instance / 8] >> instance % 8 & 1;
	*list = calloc(count + 1, sizeof(**list));
	if (!*list)
		return -ENOMEM;
	for (instance = 1; instance <= VTPMDB_INSTANCE_MAX; instance++)
		if (set[instance / 8] & 1u << instance % 8)
			vtpm_read(ctl, db, instance, &(*list)[(*n)++]);
	return 0;
}

enum ctl_status vtpm_all(const struct ctl *ctl, struct vtpm **list, size_t *n)
{
	struct vtpmdb *db;
	int r;

	*list = NULL;
	*n = 0;
	if (vtpm_open_db(ctl, &db))
		return CTL_FAILED;
	r = read_all(ctl, db, list, n);
	vtpmdb_close(db);
	if (!r)
		return CTL_OK;
	log_error("%s: %s", ctl->dirs.state_path, strerror(-r));
	return CTL_FAILED;
}

static bool is_free(const struct ctl *ctl, const struct vtpmdb *db, uint32_t n)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", n);
	return !vtpmdb_taken(db, n) &&
	       faccessat(ctl->dirs.state_fd, name, F_OK, AT_SYMLINK_NOFOLLOW);
}

uint32_t vtpm_free_instance(const struct ctl *ctl, const struct vtpmdb *db,
			    uint32_t wish)
{
	uint32_t n;

	if (wish && wish <= VTPMDB_INSTANCE_MAX && is_free(ctl, db, wish))
		return wish;
	for (n = 1; n <= VTPMDB_INSTANCE_MAX; n++)
		if (is_free(ctl, db, n))
			return n;
	return 0;
}

/* Settings first: they say that there was a directory, should that be lost. */
int vtpm_associate(const struct ctl *ctl, struct vtpmdb *db, uint32_t instance,
		   const struct settings *settings, const char *uuid,
		   const char *name)
{
	char directory[16];
	int r;

	r = settings_write(ctl->dirs.state_fd, instance, settings);
	if (!r && uuid[0])
		r = vtpmdb_set(db, uuid, instance);
	if (!r && name[0] && !vtpmdb_find(db, name))
		r = vtpmdb_set(db, name, instance);
	if (!r)
		r = vtpmdb_save(db);
	if (!r)
		return 0;
	/* It may be on disk all the same. */
	vtpmdb_remove(db, instance);
	snprintf(directory, sizeof(directory), "%u", instance);
	if (!vtpmdb_save(db)) {
		(void)nest_remove(ctl->dirs.state_fd, directory);
		(void)settings_remove(ctl->dirs.state_fd, instance);
	}
	return r;
}

enum ctl_status vtpm_find(const struct ctl *ctl, const struct vtpmdb *db,
			  const char *which, struct vtpm *v)
{
	uint32_t instance;

	if (xs_parse_u32(which, VTPMDB_INSTANCE_MAX, &instance))
		instance = vtpmdb_find(db, which);
	if (instance)
		vtpm_read(ctl, db, instance, v);
	if (instance && (v->associated || v->has_directory))
		return CTL_OK;
	log_error("there is no vTPM \"%s\"; see vtpmctl list", which);
	return CTL_NONE;
}

enum ctl_status vtpm_open(const struct ctl *ctl, const char *which,
			  struct vtpm *v, struct vtpmdb **db)
{
	enum ctl_status status;
	struct vtpmdb *opened;

	status = vtpm_open_db(ctl, &opened);
	if (status)
		return status;
	status = vtpm_find(ctl, opened, which, v);
	if (status || !db)
		vtpmdb_close(opened);
	else
		*db = opened;
	return status;
}

static enum ctl_status say_running(const struct vtpm *v)
{
	if (v->has_domain)
		log_error("vTPM %u is in use by domain %u: shut the guest down "
			  "first",
			  v->instance, v->domid);
	else
		log_error("vTPM %u is in use: shut its guest down first",
			  v->instance);
	return CTL_RUNNING;
}

enum ctl_status vtpm_lock(const struct ctl *ctl, const struct vtpm *v, int *fd)
{
	int r = 0;

	*fd = -1;
	if (vtpm_in_use(v))
		return say_running(v);
	if (v->unsettled) {
		log_error("vTPM %u: what its suspended guest had is not saved "
			  "yet: start vtpm-userback, which does it, and try "
			  "again",
			  v->instance);
		return CTL_RUNNING;
	}
	*fd = open_directory(ctl, v->instance);
	if (*fd >= 0)
		r = file_lock(*fd, LOCK_MS);
	if (*fd >= 0 && !r)
		return CTL_OK;
	if (*fd < 0)
		r = *fd;
	else
		close(*fd);
	*fd = -1;
	if (r == -EBUSY)
		return say_running(v);
	log_error("%s/%u: %s", ctl->dirs.state_path, v->instance, strerror(-r));
	return CTL_FAILED;
}
