/* SPDX-License-Identifier: BSD-2-Clause */
/* See disk.h. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"

#define FILES	 16
#define NAMES	 8
#define CHANGES	 64
#define NAME_LEN 32
#define FILE_MAX 131072u
#define SECTOR	 64u

struct content {
	size_t len;
	uint8_t *b; /* FILE_MAX */
};

struct file {
	struct content now, synced;
	bool used;
};

struct name {
	char text[NAME_LEN]; /* "": none */
	int file;
};

/* A change of names: `to` is the file's, `from` is nobody's any more. */
struct change {
	char from[NAME_LEN], to[NAME_LEN];
	int file;
};

struct disk {
	struct file files[FILES];
	struct name now[NAMES], synced[NAMES];
	struct change changes[CHANGES]; /* since the directory was synced */
	unsigned int n_changes;
};

static struct {
	struct disk *disk;
	void (*watch)(void *ctx);
	void *ctx;
	unsigned int fail_in;
	int error;
	bool failed;
	struct disk_counts counts;
} all;

/* ---- The disk ---- */

static void set_name(struct name *names, const char *text, int file)
{
	struct name *empty = NULL;

	for (unsigned int i = 0; i < NAMES; i++) {
		if (!strcmp(names[i].text, text)) {
			names[i].file = file;
			return;
		}
		if (!names[i].text[0])
			empty = &names[i];
	}
	if (!empty)
		abort();
	snprintf(empty->text, sizeof(empty->text), "%s", text);
	empty->file = file;
}

static struct name *find_name(struct name *names, const char *text)
{
	for (unsigned int i = 0; i < NAMES; i++)
		if (names[i].text[0] && !strcmp(names[i].text, text))
			return &names[i];
	return NULL;
}

static void apply(struct name *names, const struct change *c)
{
	struct name *from = c->from[0] ? find_name(names, c->from) : NULL;

	if (from)
		from->text[0] = '\0';
	if (c->to[0])
		set_name(names, c->to, c->file);
}

static void change(const char *from, const char *to, int file)
{
	struct disk *d = all.disk;
	struct change *c;

	if (d->n_changes == CHANGES)
		abort();
	c = &d->changes[d->n_changes++];
	snprintf(c->from, sizeof(c->from), "%s", from);
	snprintf(c->to, sizeof(c->to), "%s", to);
	c->file = file;
	apply(d->now, c);
}

static bool is_named(const struct disk *d, int file)
{
	for (unsigned int i = 0; i < NAMES; i++)
		if ((d->now[i].text[0] && d->now[i].file == file) ||
		    (d->synced[i].text[0] && d->synced[i].file == file))
			return true;
	for (unsigned int i = 0; i < d->n_changes; i++)
		if (d->changes[i].to[0] && d->changes[i].file == file)
			return true;
	return false;
}

static void make_content(struct content *c)
{
	c->b = calloc(1, FILE_MAX);
	c->len = 0;
	if (!c->b)
		abort();
}

static int new_file(struct disk *d)
{
	for (int i = 0; i < FILES; i++) {
		struct file *f = &d->files[i];

		/* One that no name can come back to is free again. */
		if (f->used && is_named(d, i))
			continue;
		if (!f->used) {
			make_content(&f->now);
			make_content(&f->synced);
		}
		f->used = true;
		f->now.len = f->synced.len = 0;
		return i;
	}
	abort();
}

struct disk *disk_new(const char *name)
{
	struct disk *d = calloc(1, sizeof(*d));

	if (!d)
		abort();
	if (name) {
		set_name(d->now, name, new_file(d));
		set_name(d->synced, name, 0);
	}
	return d;
}

void disk_free(struct disk *d)
{
	for (unsigned int i = 0; d && i < FILES; i++) {
		free(d->files[i].now.b);
		free(d->files[i].synced.b);
	}
	free(d);
}

struct disk *disk_use(struct disk *disk)
{
	struct disk *before = all.disk;

	all.disk = disk;
	return before;
}

void disk_watch(void (*function)(void *ctx), void *ctx)
{
	all.watch = function;
	all.ctx = ctx;
}

bool disk_fail(unsigned int nth, int error)
{
	const bool failed = all.failed;

	all.fail_in = nth;
	all.error = error;
	all.failed = false;
	return failed;
}

struct disk_counts disk_count(void)
{
	const struct disk_counts counts = all.counts;

	all.counts = (struct disk_counts){ 0 };
	return counts;
}

/* ---- A cut ---- */

static uint64_t next(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static void cut_file(const struct file *f, struct file *left, uint64_t *seed)
{
	const size_t a = f->synced.len, b = f->now.len;
	const size_t least = a < b ? a : b, most = a < b ? b : a;

	left->used = true;
	make_content(&left->now);
	make_content(&left->synced);
	switch (next(seed) % 4) {
	case 0:
		left->now.len = a;
		break;
	case 1:
		left->now.len = b;
		break;
	default:
		left->now.len = least + next(seed) % (most - least + 1);
	}
	for (size_t at = 0; at < left->now.len; at += SECTOR) {
		const struct content *from =
			next(seed) % 2 ? &f->synced : &f->now;

		memcpy(left->now.b + at, from->b + at, SECTOR);
	}
	memcpy(left->synced.b, left->now.b, left->now.len);
	left->synced.len = left->now.len;
}

struct disk *disk_cut(const struct disk *d, uint64_t seed)
{
	struct disk *left = calloc(1, sizeof(*left));
	/* All and none are likelier than chance would have them. */
	const unsigned int luck = (unsigned int)(next(&seed) % 4);

	if (!left)
		abort();
	memcpy(left->now, d->synced, sizeof(left->now));
	for (unsigned int i = 0; i < d->n_changes; i++)
		if (luck == 0 || (luck > 1 && next(&seed) % 2))
			apply(left->now, &d->changes[i]);
	memcpy(left->synced, left->now, sizeof(left->synced));
	for (unsigned int i = 0; i < NAMES; i++) {
		const int n = left->now[i].file;

		if (left->now[i].text[0] && !left->files[n].used)
			cut_file(&d->files[n], &left->files[n], &seed);
	}
	return left;
}

/* ---- System calls ---- */

/* What whoever watches does itself neither fails nor counts. */
static void watch(void)
{
	const struct disk_counts counts = all.counts;
	const unsigned int fail_in = all.fail_in;

	if (!all.watch)
		return;
	all.fail_in = 0;
	all.watch(all.ctx);
	all.fail_in = fail_in;
	all.counts = counts;
}

/* Before a change: whether it fails. */
static bool fails(void)
{
	watch();
	all.counts.changes++;
	if (!all.fail_in || --all.fail_in)
		return false;
	all.failed = true;
	errno = all.error;
	return true;
}

static int done(void)
{
	watch();
	return 0;
}

static bool is_ours(int fd)
{
	return all.disk && fd >= DISK_DIR && fd <= DISK_DIR + FILES;
}

static struct file *file_of(int fd)
{
	return &all.disk->files[fd - DISK_DIR - 1];
}

int __real_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...)
{
	struct name *name;
	mode_t mode = 0;
	va_list ap;
	int file;

	va_start(ap, flags);
	if (flags & O_CREAT)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	if (!is_ours(dir))
		return __real_openat(dir, path, flags, mode);
	name = find_name(all.disk->now, path);
	if (name && flags & O_EXCL) {
		errno = EEXIST;
		return -1;
	}
	if (!name && !(flags & O_CREAT)) {
		errno = ENOENT;
		return -1;
	}
	if (name && !(flags & O_TRUNC))
		return DISK_DIR + 1 + name->file;
	if (fails())
		return -1;
	file = name ? name->file : new_file(all.disk);
	all.disk->files[file].now.len = 0;
	if (!name)
		change("", path, file);
	done();
	return DISK_DIR + 1 + file;
}

ssize_t __real_pwrite(int fd, const void *buf, size_t len, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *buf, size_t len, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *buf, size_t len, off_t offset)
{
	const size_t at = (size_t)offset;
	struct content *c;
	bool failed;

	if (!is_ours(fd))
		return __real_pwrite(fd, buf, len, offset);
	c = &file_of(fd)->now;
	failed = fails();
	if (at + len > FILE_MAX)
		abort();
	memcpy(c->b + at, buf, failed ? len / 2 : len);
	if (c->len < at + (failed ? len / 2 : len))
		c->len = at + (failed ? len / 2 : len);
	all.counts.writes++;
	all.counts.bytes += len;
	done();
	if (failed) {
		errno = all.error;
		return -1;
	}
	return (ssize_t)len;
}

ssize_t __real_pread(int fd, void *buf, size_t len, off_t offset);
ssize_t __wrap_pread(int fd, void *buf, size_t len, off_t offset);
ssize_t __wrap_pread(int fd, void *buf, size_t len, off_t offset)
{
	const size_t at = (size_t)offset;
	const struct content *c;

	if (!is_ours(fd))
		return __real_pread(fd, buf, len, offset);
	c = &file_of(fd)->now;
	if (at >= c->len)
		return 0;
	if (len > c->len - at)
		len = c->len - at;
	memcpy(buf, c->b + at, len);
	return (ssize_t)len;
}

static void sync_directory(struct disk *d)
{
	memcpy(d->synced, d->now, sizeof(d->synced));
	d->n_changes = 0;
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	struct file *f;

	if (!is_ours(fd))
		return __real_fsync(fd);
	if (fails())
		return -1;
	all.counts.syncs++;
	if (fd == DISK_DIR) {
		sync_directory(all.disk);
	} else {
		f = file_of(fd);
		memcpy(f->synced.b, f->now.b, f->now.len);
		f->synced.len = f->now.len;
	}
	return done();
}

int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
	return is_ours(fd) ? 0 : __real_close(fd);
}

int __real_fstat(int fd, struct stat *st);
int __wrap_fstat(int fd, struct stat *st);
int __wrap_fstat(int fd, struct stat *st)
{
	if (!is_ours(fd))
		return __real_fstat(fd, st);
	memset(st, 0, sizeof(*st));
	st->st_mode = fd == DISK_DIR ? S_IFDIR : S_IFREG;
	if (fd != DISK_DIR)
		st->st_size = (off_t)file_of(fd)->now.len;
	return 0;
}

int __real_faccessat(int dir, const char *path, int mode, int flags);
int __wrap_faccessat(int dir, const char *path, int mode, int flags);
int __wrap_faccessat(int dir, const char *path, int mode, int flags)
{
	if (!is_ours(dir))
		return __real_faccessat(dir, path, mode, flags);
	if (find_name(all.disk->now, path))
		return 0;
	errno = ENOENT;
	return -1;
}

/* A name for a file, and one less if it is moved. */
static int name_file(const char *from, const char *to, bool move)
{
	const struct name *name = find_name(all.disk->now, from);

	if (!name) {
		errno = ENOENT;
		return -1;
	}
	if (fails())
		return -1;
	change(move ? from : "", to, name->file);
	return done();
}

int __real_linkat(int from_dir, const char *from, int to_dir, const char *to,
		  int flags);
int __wrap_linkat(int from_dir, const char *from, int to_dir, const char *to,
		  int flags);
int __wrap_linkat(int from_dir, const char *from, int to_dir, const char *to,
		  int flags)
{
	if (!is_ours(from_dir))
		return __real_linkat(from_dir, from, to_dir, to, flags);
	return name_file(from, to, false);
}

int __real_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	if (!is_ours(from_dir))
		return __real_renameat(from_dir, from, to_dir, to);
	return name_file(from, to, true);
}

int __real_unlinkat(int dir, const char *path, int flags);
int __wrap_unlinkat(int dir, const char *path, int flags);
int __wrap_unlinkat(int dir, const char *path, int flags)
{
	if (!is_ours(dir))
		return __real_unlinkat(dir, path, flags);
	if (!find_name(all.disk->now, path)) {
		errno = ENOENT;
		return -1;
	}
	if (fails())
		return -1;
	change(path, "", 0);
	return done();
}

int __real_flock(int fd, int operation);
int __wrap_flock(int fd, int operation);
int __wrap_flock(int fd, int operation)
{
	return is_ours(fd) ? 0 : __real_flock(fd, operation);
}
