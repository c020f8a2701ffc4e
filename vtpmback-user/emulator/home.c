/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM's state in a directory: see home.h. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fileio.h"
#include "home.h"
#include "log.h"
#include "seal.h"
#include "store.h"

#define KEY_FILE      "key"
#define KEY_FILE_NEW  "key.new"
#define VOLATILE_FILE "volatile"
#define PERMANENT     "permanent"
#define UNBORN	      "new"

struct home {
	const char *path;
	int dir_fd;
	int volatile_fd;
	struct store *store;
	struct sealer *sealer; /* of the volatile state */
	uint8_t key[SEAL_KEY_SIZE];
};

static bool exists(const struct home *h, const char *name)
{
	return !faccessat(h->dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW);
}

static int open_directory(struct home *h)
{
	struct stat st;

	if (mkdir(h->path, 0700) < 0 && errno != EEXIST)
		return -errno;
	h->dir_fd = open(h->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (h->dir_fd < 0 || fstat(h->dir_fd, &st) < 0)
		return -errno;
	return st.st_uid != geteuid() || st.st_mode & 022 ? -EPERM : 0;
}

/* A file of these bytes under its name, or none. */
static int write_key(struct home *h)
{
	ssize_t n;
	int fd, r = 0;

	fd = openat(h->dir_fd, KEY_FILE_NEW,
		    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return -errno;
	n = write(fd, h->key, sizeof(h->key));
	if (n != (ssize_t)sizeof(h->key))
		r = n < 0 ? -errno : -ENOSPC;
	if (!r && fsync(fd) < 0)
		r = -errno;
	close(fd);
	if (!r && renameat(h->dir_fd, KEY_FILE_NEW, h->dir_fd, KEY_FILE) < 0)
		r = -errno;
	if (r)
		unlinkat(h->dir_fd, KEY_FILE_NEW, 0);
	return r;
}

static int make_file(const struct home *h, const char *name)
{
	const int fd =
		openat(h->dir_fd, name,
		       O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 || close(fd) < 0 ? -errno : 0;
}

/* The mark first: a key without it is one whose state was lost. */
static int make_key(struct home *h)
{
	int r;

	if (exists(h, PERMANENT))
		return -ENODATA;
	r = make_file(h, UNBORN);
	if (!r)
		r = seal_random(h->key, sizeof(h->key));
	if (!r)
		r = write_key(h);
	if (!r && fsync(h->dir_fd) < 0)
		r = -errno;
	return r;
}

static int read_key(struct home *h)
{
	struct stat st;
	int fd, r = 0;

	fd = openat(h->dir_fd, KEY_FILE,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return make_key(h);
	if (fd < 0 || fstat(fd, &st) < 0)
		r = -errno;
	else if (st.st_mode & 077)
		r = -EPERM;
	else if (st.st_size != (off_t)sizeof(h->key) ||
		 read(fd, h->key, sizeof(h->key)) != (ssize_t)sizeof(h->key))
		r = -EBADMSG;
	if (fd >= 0)
		close(fd);
	return r;
}

static int open_volatile(struct home *h)
{
	h->volatile_fd =
		openat(h->dir_fd, VOLATILE_FILE,
		       O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return h->volatile_fd < 0 ? -errno : 0;
}

static int open_store(struct home *h)
{
	int r = store_open(&h->store, h->dir_fd, h->key, 0);

	if (!r) {
		h->sealer = sealer_new(h->key, "volatile");
		r = h->sealer ? 0 : -EIO;
	}
	explicit_bzero(h->key, sizeof(h->key));
	return r;
}

static int complain(const struct home *h, const char *what, int r,
		    const char *advice)
{
	log_error("%s%s: %s; %s", h->path, what, strerror(-r), advice);
	return r;
}

static int open_all(struct home *h)
{
	int r = open_directory(h);

	if (r)
		return complain(h, "", r,
				"it must be a directory of yours that nobody "
				"else can write");
	r = read_key(h);
	if (r == -ENODATA)
		return complain(h, "/" KEY_FILE, r,
				"there is a TPM: put its key back from a "
				"backup, without it the state cannot be read");
	if (r)
		return complain(h, "/" KEY_FILE, r,
				"it must be 32 bytes long and readable by you "
				"alone");
	r = open_volatile(h);
	if (r)
		return complain(h, "/" VOLATILE_FILE, r,
				"it must be a file of yours");
	r = open_store(h);
	if (r == -EBUSY)
		return complain(h, "", r, "another process serves this TPM");
	return r ? complain(h, "", r, "the state cannot be opened") : 0;
}

int home_open(struct home **home, const char *path)
{
	struct home *h = calloc(1, sizeof(*h));
	int r;

	if (!h)
		return -ENOMEM;
	h->path = path;
	h->dir_fd = h->volatile_fd = -1;
	r = open_all(h);
	if (r)
		home_close(h);
	else
		*home = h;
	return r;
}

void home_close(struct home *h)
{
	if (!h)
		return;
	store_close(h->store);
	sealer_free(h->sealer);
	if (h->volatile_fd >= 0)
		close(h->volatile_fd);
	if (h->dir_fd >= 0)
		close(h->dir_fd);
	explicit_bzero(h, sizeof(*h));
	free(h);
}

const char *home_path(const struct home *h)
{
	return h->path;
}

int home_load(struct home *h, uint8_t **state, size_t *len)
{
	return store_load(h->store, state, len);
}

int home_save(struct home *h, const uint8_t *state, size_t len)
{
	return store_save(h->store, state, len);
}

int home_load_volatile(struct home *h, uint8_t *buf, size_t size, size_t *len)
{
	const size_t max = size + SEAL_OVERHEAD;
	uint8_t *blob = malloc(max + 1);
	uint64_t counter;
	int r = -ENOMEM;
	size_t n = 0;

	if (blob)
		r = file_read(h->volatile_fd, blob, max + 1, 0, &n);
	if (!r && n == 0)
		r = -ENOENT;
	else if (!r && n > max)
		r = -ENOBUFS;
	if (!r)
		r = sealer_open(h->sealer, blob, n, buf, &counter);
	if (!r)
		*len = n - SEAL_OVERHEAD;
	free(blob);
	return r;
}

static int write_volatile(struct home *h, const uint8_t *buf, size_t len)
{
	uint8_t *blob = malloc(len + SEAL_OVERHEAD);
	int r = -ENOMEM;

	if (blob)
		r = sealer_seal(h->sealer, buf, len, blob);
	if (!r)
		r = file_write(h->volatile_fd, blob, len + SEAL_OVERHEAD, 0);
	free(blob);
	return r;
}

int home_save_volatile(struct home *h, const uint8_t *buf, size_t len)
{
	int r = 0;

	/* What was kept must not come back where the new one is lost. */
	if (ftruncate(h->volatile_fd, 0) < 0)
		r = -errno;
	if (!r && len)
		r = write_volatile(h, buf, len);
	if (!r && fsync(h->volatile_fd) < 0)
		r = -errno;
	return r;
}
