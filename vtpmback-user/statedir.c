/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's directories: see statedir.h. */

#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "live.h"
#include "log.h"
#include "seal.h"
#include "settings.h"
#include "statedir.h"
#include "vtpmdb.h"
#include "xs.h"

#define DB_FILE	  "vtpm.db"
#define LOCK_FILE "lock"
#define UNBORN	  "new"
#define PERMANENT "permanent"

_Static_assert(CHANNEL_KEY_SIZE == SEAL_KEY_SIZE, "one key");

static int open_directory(const char *path, mode_t mode)
{
	struct stat st;
	int fd, r = 0;

	if (mkdir(path, mode) < 0 && errno != EEXIST) {
		r = -errno;
		log_error("%s cannot be made: %s", path, strerror(-r));
		return r;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		r = -errno;
	else if (st.st_uid != geteuid() || (st.st_mode & 022))
		r = -EPERM;
	if (r) {
		log_error("%s: %s; it must be a directory that is root's and "
			  "that nobody else can write",
			  path, strerror(-r));
		if (fd >= 0)
			close(fd);
		return r;
	}
	return fd;
}

static bool exists(const struct statedir *s, const char *path)
{
	return !faccessat(s->state_fd, path, F_OK, AT_SYMLINK_NOFOLLOW);
}

/* Whether a TPM is kept here; when in doubt, yes. */
static bool has_vtpms(const struct statedir *s)
{
	char path[NAME_MAX + sizeof("/" PERMANENT)];
	struct dirent *entry;
	bool found = false;
	uint32_t n;
	DIR *dir = files_list(s->state_fd);

	if (!dir)
		return true;
	while (!found && (entry = readdir(dir))) {
		if (xs_parse_u32(entry->d_name, VTPMDB_INSTANCE_MAX, &n))
			continue;
		snprintf(path, sizeof(path), "%s/" PERMANENT, entry->d_name);
		found = exists(s, path);
	}
	closedir(dir);
	return found;
}

static int check_db(const struct statedir *s)
{
	if (exists(s, DB_FILE) || !has_vtpms(s))
		return 0;
	log_error("%s/" DB_FILE " is missing, and there are vTPMs: put it back "
		  "from a backup; without it nobody knows whose they are",
		  s->state_path);
	return -ENODATA;
}

static int open_lock(struct statedir *s)
{
	int r;

	s->lock_fd = openat(s->run_fd, LOCK_FILE,
			    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->lock_fd >= 0)
		return 0;
	r = -errno;
	log_error("%s/" LOCK_FILE ": %s", s->run_path, strerror(-r));
	return r;
}

int statedir_open_state(struct statedir *s, const char *state_path)
{
	int r;

	memset(s, 0, sizeof(*s));
	s->state_path = state_path;
	s->lock_fd = s->run_fd = -1;
	r = s->state_fd = open_directory(state_path, 0711);
	if (r >= 0)
		r = check_db(s);
	if (r < 0)
		statedir_close(s);
	return r;
}

int statedir_open(struct statedir *s, const char *state_path,
		  const char *run_path, const struct masterkey_source *source)
{
	static const struct masterkey_source made = { NULL, NULL };
	int r = statedir_open_state(s, state_path);

	if (r < 0)
		return r;
	s->run_path = run_path;
	r = s->run_fd = open_directory(run_path, 0700);
	if (r >= 0)
		r = open_lock(s);
	if (r >= 0)
		r = masterkey_get(s->state_fd, state_path,
				  source ? source : &made, has_vtpms(s),
				  s->master);
	if (r < 0)
		statedir_close(s);
	return r;
}

void statedir_close(struct statedir *s)
{
	explicit_bzero(s->master, sizeof(s->master));
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	if (s->run_fd >= 0)
		close(s->run_fd);
	if (s->state_fd >= 0)
		close(s->state_fd);
}

int statedir_lock(struct statedir *s, uint32_t domid, int *pid)
{
	struct flock lock = {
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = (off_t)domid,
		.l_len = 1,
	};
	int r;

	/* Process locks, which tell whose they are; one descriptor, never
	 * closed before the end, so they are not lost by accident. */
	if (!fcntl(s->lock_fd, F_SETLK, &lock))
		return 0;
	r = -errno;
	*pid = 0;
	if ((r == -EAGAIN || r == -EACCES) &&
	    !fcntl(s->lock_fd, F_GETLK, &lock) && lock.l_type != F_UNLCK)
		*pid = lock.l_pid;
	return -EBUSY;
}

static void instance_name(char name[16], uint32_t instance)
{
	snprintf(name, 16, "%u", instance);
}

/* An empty directory with the mark of a vTPM that is not manufactured yet. */
static int make_instance(const struct statedir *s, const char *name,
			 const char *mark)
{
	int fd, r = 0;

	if (mkdirat(s->state_fd, name, 0700) < 0)
		return -errno;
	fd = openat(s->state_fd, mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    0600);
	if (fd < 0)
		r = -errno;
	else
		close(fd);
	fd = openat(s->state_fd, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (!r && (fd < 0 || fsync(fd) < 0))
		r = -errno;
	if (fd >= 0)
		close(fd);
	if (r) {
		unlinkat(s->state_fd, mark, 0);
		unlinkat(s->state_fd, name, AT_REMOVEDIR);
	}
	return r;
}

/* Makes the directory, or takes over what an attempt left that never got as far
 * as a TPM. */
static int claim(const struct statedir *s, uint32_t instance)
{
	const uid_t uid = STATEDIR_UID_BASE + instance;
	char name[16], mark[32];
	int r;

	instance_name(name, instance);
	snprintf(mark, sizeof(mark), "%s/" UNBORN, name);
	if (!statedir_is_new(s, instance)) {
		/* Empty, it was not even marked. */
		unlinkat(s->state_fd, name, AT_REMOVEDIR);
		r = make_instance(s, name, mark);
		if (r)
			return r;
	}
	if (fchownat(s->state_fd, name, uid, uid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

int statedir_claim(const struct statedir *s, uint32_t instance)
{
	const struct settings settings = SETTINGS_DEFAULT;
	int r = claim(s, instance);

	if (r == -EEXIST)
		return r;
	if (r) {
		log_error("%s/%u cannot be made: %s", s->state_path, instance,
			  strerror(-r));
		return r;
	}
	/* From here on a directory that is missing is lost. */
	return settings_write(s->state_fd, instance, &settings);
}

int statedir_claim_named(const struct statedir *s, uint32_t instance)
{
	char name[16], conf[32];

	instance_name(name, instance);
	snprintf(conf, sizeof(conf), "%s.conf", name);
	if (exists(s, name))
		return 0;
	if (!exists(s, conf))
		return statedir_claim(s, instance);
	log_error("%s/%s, which vtpm.db names, is missing: put it back from a "
		  "backup; if it is lost for good, vtpmctl delete and add make "
		  "a new vTPM",
		  s->state_path, name);
	return -ENODATA;
}

int statedir_open_instance(struct statedir *s, uint32_t instance)
{
	char name[16];
	int fd, r;

	instance_name(name, instance);
	fd = openat(s->state_fd, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	r = -errno;
	log_error("%s/%s, which vtpm.db names: %s; put it back from a backup",
		  s->state_path, name, strerror(-r));
	return r;
}

/* The names of a vTPM's files in the run directory. */
#define LIVE_FILE      "live"
#define SUSPENDED_FILE "suspended"

static void run_name(char name[48], const char *what, uint32_t instance,
		     uint32_t domid)
{
	snprintf(name, 48, "%s-%u-%u", what, instance, domid);
}

int statedir_open_live(struct statedir *s, uint32_t instance, uint32_t domid)
{
	char name[48];
	int fd, r;

	run_name(name, LIVE_FILE, instance, domid);
	fd = openat(s->run_fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd >= 0)
		return fd;
	r = -errno;
	log_error("%s/%s: %s", s->run_path, name, strerror(-r));
	return r;
}

bool statedir_has_live(const struct statedir *s, uint32_t instance,
		       uint32_t domid)
{
	char name[48];

	run_name(name, LIVE_FILE, instance, domid);
	return !faccessat(s->run_fd, name, F_OK, AT_SYMLINK_NOFOLLOW);
}

void statedir_drop_live(struct statedir *s, uint32_t instance, uint32_t domid)
{
	char name[48];

	run_name(name, LIVE_FILE, instance, domid);
	unlinkat(s->run_fd, name, 0);
	run_name(name, SUSPENDED_FILE, instance, domid);
	unlinkat(s->run_fd, name, 0);
}

/* "live-N-D" */
static bool parse_live_name(const char *name, uint32_t *instance,
			    uint32_t *domid)
{
	const size_t head = sizeof(LIVE_FILE "-") - 1;
	char text[32], *dash;

	if (strncmp(name, LIVE_FILE "-", head) != 0 ||
	    strlen(name + head) >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%s", name + head);
	dash = strchr(text, '-');
	if (!dash)
		return false;
	*dash = '\0';
	return !xs_parse_u32(text, UINT32_MAX, instance) &&
	       !xs_parse_u32(dash + 1, DOMAINS_MAX - 1, domid);
}

void statedir_each_live(const struct statedir *s,
			void (*f)(void *ctx, uint32_t instance, uint32_t domid),
			void *ctx)
{
	uint32_t instance, domid;
	struct dirent *entry;
	DIR *dir = files_list(s->run_fd);

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (parse_live_name(entry->d_name, &instance, &domid))
			f(ctx, instance, domid);
	closedir(dir);
}

/* The mark has the stamp of the state that it speaks of. */
struct mark {
	uint8_t uuid[DOMAIN_UUID_SIZE];
	uint8_t stamp[LIVE_STAMP_SIZE];
};

static bool stamp_live(const struct statedir *s, uint32_t instance,
		       uint32_t domid, uint8_t stamp[LIVE_STAMP_SIZE])
{
	char name[48];
	int fd, r;

	run_name(name, LIVE_FILE, instance, domid);
	fd = openat(s->run_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return false;
	r = live_stamp(fd, stamp);
	close(fd);
	return r == 0;
}

void statedir_mark_suspended(struct statedir *s, uint32_t instance,
			     uint32_t domid, const uint8_t *uuid)
{
	struct mark mark;
	char name[48];
	int fd = -1;

	run_name(name, SUSPENDED_FILE, instance, domid);
	unlinkat(s->run_fd, name, 0);
	if (!uuid || !statedir_has_live(s, instance, domid))
		return;
	memcpy(mark.uuid, uuid, sizeof(mark.uuid));
	if (stamp_live(s, instance, domid, mark.stamp))
		fd = openat(s->run_fd, name,
			    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
				    O_CLOEXEC,
			    0600);
	if (fd < 0 || write(fd, &mark, sizeof(mark)) != sizeof(mark))
		log_error("%s/%s cannot be written; it would tell the next "
			  "daemon that domain %u is suspended",
			  s->run_path, name, domid);
	if (fd >= 0)
		close(fd);
}

bool statedir_was_suspended(const struct statedir *s, uint32_t instance,
			    uint32_t domid, uint8_t uuid[DOMAIN_UUID_SIZE])
{
	uint8_t stamp[LIVE_STAMP_SIZE];
	struct mark mark;
	bool was = false;
	char name[48];
	int fd;

	run_name(name, SUSPENDED_FILE, instance, domid);
	fd = openat(s->run_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, &mark, sizeof(mark)) == sizeof(mark) &&
	    stamp_live(s, instance, domid, stamp))
		was = !memcmp(stamp, mark.stamp, sizeof(stamp));
	if (was)
		memcpy(uuid, mark.uuid, sizeof(mark.uuid));
	close(fd);
	return was;
}

bool statedir_is_new(const struct statedir *s, uint32_t instance)
{
	char mark[32], permanent[32];

	snprintf(mark, sizeof(mark), "%u/" UNBORN, instance);
	snprintf(permanent, sizeof(permanent), "%u/" PERMANENT, instance);
	return exists(s, mark) && !exists(s, permanent);
}

int statedir_key(const struct statedir *s, uint32_t instance,
		 uint8_t key[CHANNEL_KEY_SIZE])
{
	return seal_derive_key(s->master, instance, key);
}
