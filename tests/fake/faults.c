/* SPDX-License-Identifier: BSD-2-Clause */
/* See faults.h. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "faults.h"

static struct {
	pthread_mutex_t lock; /* of what follows */
	enum faults_call call;
	unsigned int nth;
	int error;
	bool hit, dead;
	uint64_t slept_ns;
	void (*while_asleep)(void *ctx);
	void *ctx;
	unsigned int calls[FAULTS_CALLS + 1];
} faults = { .lock = PTHREAD_MUTEX_INITIALIZER };

void faults_arm(enum faults_call call, unsigned int nth, int error)
{
	pthread_mutex_lock(&faults.lock);
	memset(faults.calls, 0, sizeof(faults.calls));
	faults.call = call;
	faults.nth = nth;
	faults.error = error;
	faults.hit = faults.dead = false;
	faults.slept_ns = 0;
	pthread_mutex_unlock(&faults.lock);
}

bool faults_disarm(void)
{
	bool hit;

	pthread_mutex_lock(&faults.lock);
	faults.nth = 0;
	faults.dead = false;
	hit = faults.hit;
	pthread_mutex_unlock(&faults.lock);
	return hit;
}

unsigned int faults_calls(enum faults_call call)
{
	return faults.calls[call];
}

enum fate {
	DO,
	DO_HALF,
	FAIL
};

static enum fate decide(enum faults_call call)
{
	faults.calls[call]++;
	faults.calls[FAULTS_ANY]++;
	if (faults.dead) {
		errno = EIO;
		return FAIL;
	}
	if (faults.nth == 0 ||
	    (faults.call != FAULTS_ANY && faults.call != call) ||
	    faults.calls[faults.call] != faults.nth)
		return DO;
	faults.hit = true;
	if (faults.error == FAULTS_SHORT)
		return DO_HALF;
	faults.dead = faults.error == FAULTS_DEATH;
	errno = faults.dead ? EIO : faults.error;
	/* The process dies in the middle of what it does. */
	return faults.dead ? DO_HALF : FAIL;
}

static enum fate fate_of(enum faults_call call)
{
	enum fate fate;

	pthread_mutex_lock(&faults.lock);
	fate = decide(call);
	pthread_mutex_unlock(&faults.lock);
	return fate;
}

/* For calls that know no half. */
static bool fails(enum faults_call call)
{
	return fate_of(call) == FAIL;
}

static size_t cut(enum fate fate, size_t len)
{
	return fate == DO_HALF ? len / 2 : len;
}

int __real_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if (flags & O_CREAT) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return fails(FAULTS_OPENAT) ? -1
				    : __real_openat(dir, path, flags, mode);
}

ssize_t __real_read(int fd, void *buf, size_t len);
ssize_t __wrap_read(int fd, void *buf, size_t len);
ssize_t __wrap_read(int fd, void *buf, size_t len)
{
	const enum fate fate = fate_of(FAULTS_READ);

	return fate == FAIL ? -1 : __real_read(fd, buf, cut(fate, len));
}

ssize_t __real_pread(int fd, void *buf, size_t len, off_t offset);
ssize_t __wrap_pread(int fd, void *buf, size_t len, off_t offset);
ssize_t __wrap_pread(int fd, void *buf, size_t len, off_t offset)
{
	const enum fate fate = fate_of(FAULTS_PREAD);

	return fate == FAIL ? -1
			    : __real_pread(fd, buf, cut(fate, len), offset);
}

ssize_t __real_write(int fd, const void *buf, size_t len);
ssize_t __wrap_write(int fd, const void *buf, size_t len);
ssize_t __wrap_write(int fd, const void *buf, size_t len)
{
	const enum fate fate = fate_of(FAULTS_WRITE);

	return fate == FAIL ? -1 : __real_write(fd, buf, cut(fate, len));
}

ssize_t __real_pwrite(int fd, const void *buf, size_t len, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *buf, size_t len, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *buf, size_t len, off_t offset)
{
	const enum fate fate = fate_of(FAULTS_PWRITE);

	return fate == FAIL ? -1
			    : __real_pwrite(fd, buf, cut(fate, len), offset);
}

int __real_fstat(int fd, struct stat *st);
int __wrap_fstat(int fd, struct stat *st);
int __wrap_fstat(int fd, struct stat *st)
{
	return fails(FAULTS_FSTAT) ? -1 : __real_fstat(fd, st);
}

int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	struct stat st;

	/*
	 * No test pulls the plug: that there is something to sync will do,
	 * found out by a call that a worker may make.
	 */
	return fails(FAULTS_FSYNC) || __real_fstat(fd, &st) < 0 ? -1 : 0;
}

int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
	const bool failed = fails(FAULTS_CLOSE);
	const int error = errno;
	int r = __real_close(fd);

	if (!failed)
		return r;
	errno = error;
	return -1;
}

int __real_linkat(int from_dir, const char *from, int to_dir, const char *to,
		  int flags);
int __wrap_linkat(int from_dir, const char *from, int to_dir, const char *to,
		  int flags);
int __wrap_linkat(int from_dir, const char *from, int to_dir, const char *to,
		  int flags)
{
	return fails(FAULTS_LINKAT)
		       ? -1
		       : __real_linkat(from_dir, from, to_dir, to, flags);
}

int __real_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	return fails(FAULTS_RENAMEAT)
		       ? -1
		       : __real_renameat(from_dir, from, to_dir, to);
}

int __real_unlinkat(int dir, const char *path, int flags);
int __wrap_unlinkat(int dir, const char *path, int flags);
int __wrap_unlinkat(int dir, const char *path, int flags)
{
	return fails(FAULTS_UNLINKAT) ? -1 : __real_unlinkat(dir, path, flags);
}

int __real_mkdirat(int dir, const char *path, mode_t mode);
int __wrap_mkdirat(int dir, const char *path, mode_t mode);
int __wrap_mkdirat(int dir, const char *path, mode_t mode)
{
	return fails(FAULTS_MKDIRAT) ? -1 : __real_mkdirat(dir, path, mode);
}

int __real_fchownat(int dir, const char *path, uid_t uid, gid_t gid, int flags);
int __wrap_fchownat(int dir, const char *path, uid_t uid, gid_t gid, int flags);
int __wrap_fchownat(int dir, const char *path, uid_t uid, gid_t gid, int flags)
{
	if (fails(FAULTS_FCHOWNAT))
		return -1;
	/* Only root can, and tests are for everybody. */
	return geteuid() == 0 ? __real_fchownat(dir, path, uid, gid, flags) : 0;
}

int __real_flock(int fd, int operation);
int __wrap_flock(int fd, int operation);
int __wrap_flock(int fd, int operation)
{
	return fails(FAULTS_FLOCK) ? -1 : __real_flock(fd, operation);
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
	return fails(FAULTS_MEMORY) ? NULL : __real_malloc(size);
}

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
	return fails(FAULTS_MEMORY) ? NULL : __real_calloc(n, size);
}

void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size)
{
	return fails(FAULTS_MEMORY) ? NULL : __real_realloc(p, size);
}

char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
char *__wrap_strdup(const char *text)
{
	return fails(FAULTS_MEMORY) ? NULL : __real_strdup(text);
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *left);
int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
	(void)left;
	faults.slept_ns +=
		(uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_nsec;
	if (faults.while_asleep)
		faults.while_asleep(faults.ctx);
	return 0;
}

void faults_while_asleep(void (*happen)(void *ctx), void *ctx)
{
	faults.while_asleep = happen;
	faults.ctx = ctx;
}

unsigned int faults_slept_ms(void)
{
	return (unsigned int)(faults.slept_ns / 1000000u);
}
