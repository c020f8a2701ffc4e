/* SPDX-License-Identifier: BSD-2-Clause */
/* One vTPM's files: see store.h. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fileio.h"
#include "store.h"
#include "store_impl.h"

#define PERMANENT     "permanent"
#define PERMANENT_NEW "permanent.new"
#define PERMANENT_OLD "permanent.old"
#define UNBORN	      "new"

static int open_store(struct store **store, int dir_fd,
		      const uint8_t key[SEAL_KEY_SIZE], uint32_t instance)
{
	char context[64];
	struct store *s;

	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->dir_fd = dir_fd;
	snprintf(context, sizeof(context), "permanent %u", instance);
	s->permanent = sealer_new(key, context);
	snprintf(context, sizeof(context), "saved %u", instance);
	s->saved = sealer_new(key, context);
	if (!s->permanent || !s->saved) {
		store_close(s);
		return -EIO;
	}
	*store = s;
	return 0;
}

int store_open(struct store **store, int dir_fd,
	       const uint8_t key[SEAL_KEY_SIZE], uint32_t instance)
{
	int r = file_lock(dir_fd, STORE_LOCK_MS);

	return r ? r : open_store(store, dir_fd, key, instance);
}

int store_open_reader(struct store **store, int dir_fd,
		      const uint8_t key[SEAL_KEY_SIZE], uint32_t instance)
{
	int r = open_store(store, dir_fd, key, instance);

	if (!r)
		(*store)->reader = true;
	return r;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	sealer_free(s->permanent);
	sealer_free(s->saved);
	free(s->blob);
	free(s);
}

int store_need_blob(struct store *s, size_t size)
{
	uint8_t *blob;

	if (size <= s->blob_size)
		return 0;
	blob = realloc(s->blob, size);
	if (!blob)
		return -ENOMEM;
	s->blob = blob;
	s->blob_size = size;
	return 0;
}

static int read_blob(struct store *s, int fd, size_t *len)
{
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	if (st.st_size > (off_t)(STORE_MAX + SEAL_OVERHEAD))
		return -EFBIG;
	r = store_need_blob(s, (size_t)st.st_size + 1);
	if (r)
		return r;
	return file_read(fd, s->blob, (size_t)st.st_size, 0, len);
}

int store_read_file(struct store *s, const char *name, size_t *len)
{
	int fd, r;

	fd = openat(s->dir_fd, name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = read_blob(s, fd, len);
	close(fd);
	return r;
}

static int open_blob(struct store *s, size_t blob_len, uint8_t **state,
		     size_t *len)
{
	int r;

	if (blob_len < SEAL_OVERHEAD)
		return -EBADMSG;
	*len = blob_len - SEAL_OVERHEAD;
	*state = malloc(*len + 1);
	if (!*state)
		return -ENOMEM;
	r = sealer_open(s->permanent, s->blob, blob_len, *state, &s->counter);
	if (r) {
		free(*state);
		*state = NULL;
	}
	return r;
}

/*
 * From the first state on there was a TPM.  Where power fails between the two
 * changes of the directory the mark is found later, beside a state.
 */
static void forget_unborn(struct store *s)
{
	if (!unlinkat(s->dir_fd, UNBORN, 0))
		fsync(s->dir_fd);
}

/* Which of all its writes this is: see store_saved.h. */
static void note_permanent(struct store *s)
{
	memcpy(s->permanent_id, s->blob + SEAL_ID_OFFSET, SEAL_ID_SIZE);
	s->permanent_known = true;
}

int store_load(struct store *s, uint8_t **state, size_t *len)
{
	size_t blob_len = 0;
	int r = store_read_file(s, PERMANENT, &blob_len);

	if (r == -ENOENT)
		return faccessat(s->dir_fd, UNBORN, F_OK, 0) ? -ENODATA
							     : -ENOENT;
	if (r)
		return r;
	if (!s->reader)
		forget_unborn(s);
	r = open_blob(s, blob_len, state, len);
	if (!r)
		note_permanent(s);
	return r;
}

uint64_t store_counter(const struct store *s)
{
	return s->counter;
}

uint64_t store_next_counter(const struct store *s)
{
	return sealer_counter(s->permanent) + 1;
}

void store_set_counter(struct store *s, uint64_t counter)
{
	sealer_skip(s->permanent, counter - 1);
}

/* What root writes here is its owner's, too: the worker's. */
static int give_to_owner(const struct store *s, int fd)
{
	struct stat dir, file;

	if (fstat(s->dir_fd, &dir) < 0 || fstat(fd, &file) < 0)
		return -errno;
	if (dir.st_uid == file.st_uid && dir.st_gid == file.st_gid)
		return 0;
	return fchown(fd, dir.st_uid, dir.st_gid) ? -errno : 0;
}

/*
 * A file of its own, never one that has been known by another name: power may
 * fail with any of the directory's latest changes undone.
 */
static int write_new(struct store *s, const char *name, size_t len)
{
	int fd, r;

	unlinkat(s->dir_fd, name, 0);
	fd = openat(s->dir_fd, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = give_to_owner(s, fd);
	if (!r)
		r = file_write(fd, s->blob, len, 0);
	if (!r && fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && !r)
		r = -errno;
	return r;
}

int store_replace_file(struct store *s, const char *name, size_t len)
{
	char new_name[32];
	int r;

	snprintf(new_name, sizeof(new_name), "%s.new", name);
	r = write_new(s, new_name, len);
	if (!r && renameat(s->dir_fd, new_name, s->dir_fd, name) < 0)
		r = -errno;
	if (r)
		unlinkat(s->dir_fd, new_name, 0);
	return r;
}

/*
 * A second name for the state that is going to be replaced; whether there is
 * none to come back to, now or ever.
 */
static void keep_old(struct store *s, bool *is_first)
{
	unlinkat(s->dir_fd, PERMANENT_OLD, 0);
	*is_first =
		linkat(s->dir_fd, PERMANENT, s->dir_fd, PERMANENT_OLD, 0) < 0 &&
		errno == ENOENT;
}

/* Undoes the change of names, as far as that can be done at all. */
static void put_back(struct store *s, bool is_first)
{
	if (is_first)
		unlinkat(s->dir_fd, PERMANENT, 0);
	else
		(void)renameat(s->dir_fd, PERMANENT_OLD, s->dir_fd, PERMANENT);
}

/* Gives the new file the name, durably. */
static int replace(struct store *s)
{
	bool is_first;
	int r;

	keep_old(s, &is_first);
	if (renameat(s->dir_fd, PERMANENT_NEW, s->dir_fd, PERMANENT) < 0)
		return -errno;
	if (!fsync(s->dir_fd))
		return 0;
	r = -errno;
	put_back(s, is_first);
	return r;
}

int store_save(struct store *s, const uint8_t *state, size_t len)
{
	int r;

	if (len > STORE_MAX)
		return -EFBIG;
	r = store_need_blob(s, len + SEAL_OVERHEAD);
	if (!r)
		r = sealer_seal(s->permanent, state, len, s->blob);
	if (!r)
		r = write_new(s, PERMANENT_NEW, len + SEAL_OVERHEAD);
	if (!r)
		r = replace(s);
	if (r)
		unlinkat(s->dir_fd, PERMANENT_NEW, 0);
	unlinkat(s->dir_fd, PERMANENT_OLD, 0);
	if (r)
		return r;
	s->counter = sealer_counter(s->permanent);
	note_permanent(s);
	forget_unborn(s);
	return 0;
}
