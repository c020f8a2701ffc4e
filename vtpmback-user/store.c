/* SPDX-License-Identifier: BSD-2-Clause */
/* One vTPM's files: see store.h. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store.h"
#include "store_impl.h"

#define PERMANENT    "permanent"
#define UNBORN	     "new"

#define SLOT_SIZE    (128u * 1024u)
#define LOCK_STEP_MS 20

static int lock(int fd)
{
	const struct timespec step = { 0, LOCK_STEP_MS * 1000000L };
	int left = STORE_LOCK_MS;

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (left <= 0)
			return -EBUSY;
		nanosleep(&step, NULL);
		left -= LOCK_STEP_MS;
	}
	return 0;
}

int store_open(struct store **store, int dir_fd, int live_fd,
	       const uint8_t key[SEAL_KEY_SIZE], uint32_t instance,
	       uint32_t domid)
{
	char context[64];
	struct store *s;
	int r = lock(dir_fd);

	if (r)
		return r;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->dir_fd = dir_fd;
	s->live_fd = live_fd;
	snprintf(context, sizeof(context), "permanent %u", instance);
	s->permanent = sealer_new(key, context);
	snprintf(context, sizeof(context), "live %u domain %u", instance,
		 domid);
	s->live = sealer_new(key, context);
	snprintf(context, sizeof(context), "saved %u", instance);
	s->saved = sealer_new(key, context);
	if (!s->permanent || !s->live || !s->saved) {
		store_close(s);
		return -EIO;
	}
	*store = s;
	return 0;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	sealer_free(s->permanent);
	sealer_free(s->live);
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

static int read_all(int fd, uint8_t *buf, size_t len, off_t offset, size_t *got)
{
	ssize_t n;

	for (*got = 0; *got < len; *got += (size_t)n) {
		n = pread(fd, buf + *got, len - *got, offset + (off_t)*got);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			return -errno;
		else if (n == 0)
			break;
	}
	return 0;
}

static int write_all(int fd, const uint8_t *buf, size_t len, off_t offset)
{
	size_t done;
	ssize_t n;

	for (done = 0; done < len; done += (size_t)n) {
		n = pwrite(fd, buf + done, len - done, offset + (off_t)done);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			return n < 0 ? -errno : -EIO;
	}
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
	return read_all(fd, s->blob, (size_t)st.st_size, 0, len);
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
	uint64_t counter;
	int r;

	if (blob_len < SEAL_OVERHEAD)
		return -EBADMSG;
	*len = blob_len - SEAL_OVERHEAD;
	*state = malloc(*len + 1);
	if (!*state)
		return -ENOMEM;
	r = sealer_open(s->permanent, s->blob, blob_len, *state, &counter);
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
	forget_unborn(s);
	r = open_blob(s, blob_len, state, len);
	if (!r)
		note_permanent(s);
	return r;
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

static int write_new(struct store *s, const char *name, size_t len)
{
	int fd, r;

	fd = openat(s->dir_fd, name,
		    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return -errno;
	r = give_to_owner(s, fd);
	if (!r)
		r = write_all(fd, s->blob, len, 0);
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

int store_save(struct store *s, const uint8_t *state, size_t len)
{
	int r;

	if (len > STORE_MAX)
		return -EFBIG;
	r = store_need_blob(s, len + SEAL_OVERHEAD);
	if (!r)
		r = sealer_seal(s->permanent, state, len, s->blob);
	if (!r)
		r = store_replace_file(s, PERMANENT, len + SEAL_OVERHEAD);
	if (r)
		return r;
	note_permanent(s);
	if (fsync(s->dir_fd) < 0)
		return -errno;
	forget_unborn(s);
	return 0;
}

/*
 * The length of the blob in a slot, by its header; 0: the slot is empty; less
 * than SEAL_OVERHEAD: it makes no sense.
 */
static size_t slot_length(const uint8_t *slot, size_t got)
{
	const uint8_t *p = slot + SEAL_HEADER - 4;
	size_t n;

	if (got == 0 || slot[0] == 0)
		return 0;
	if (got < SEAL_HEADER)
		return SEAL_HEADER;
	n = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	return n > SLOT_SIZE - SEAL_OVERHEAD ? SEAL_HEADER : n + SEAL_OVERHEAD;
}

/*
 * Opens one slot into buf.  -ENOENT: empty, or older than *newest.
 */
static int load_slot(struct store *s, unsigned int slot, uint64_t *newest,
		     uint8_t *buf, size_t size, size_t *len)
{
	uint64_t counter;
	size_t got, n;
	uint8_t *plain;
	int r;

	r = read_all(s->live_fd, s->blob, SLOT_SIZE, (off_t)slot * SLOT_SIZE,
		     &got);
	if (r)
		return r;
	n = slot_length(s->blob, got);
	if (n == 0)
		return -ENOENT;
	if (n > got || n < SEAL_OVERHEAD)
		return -EBADMSG;
	plain = malloc(n);
	if (!plain)
		return -ENOMEM;
	r = sealer_open(s->live, s->blob, n, plain, &counter);
	n -= SEAL_OVERHEAD;
	if (!r && counter <= *newest)
		r = -ENOENT;
	if (!r && n > size)
		r = -ENOBUFS;
	if (!r) {
		memcpy(buf, plain, n);
		*len = n;
		*newest = counter;
		s->next_slot = 1 - slot;
	}
	explicit_bzero(plain, n);
	free(plain);
	return r;
}

/* One whole slot is enough: the other may have been under the pen. */
static bool may_be_left_out(int r)
{
	return r == 0 || r == -ENOENT || r == -EBADMSG;
}

int store_live_load(struct store *s, uint8_t *buf, size_t size, size_t *len)
{
	uint64_t newest = 0;
	int first, second, r;

	r = store_need_blob(s, SLOT_SIZE);
	if (r)
		return r;
	first = load_slot(s, 0, &newest, buf, size, len);
	second = load_slot(s, 1, &newest, buf, size, len);
	/* Others may be the newer one, which just cannot be had now. */
	if (!may_be_left_out(first))
		return first;
	if (!may_be_left_out(second))
		return second;
	if (newest)
		return 0;
	return first != -ENOENT ? first : second;
}

/*
 * What was kept is older than what the guest has seen by now: it must not come
 * back.  Overwriting takes no room; where it fails nothing helps.
 */
static void spoil_slots(struct store *s)
{
	static const uint8_t junk[] = { 0xff };

	(void)write_all(s->live_fd, junk, sizeof(junk), 0);
	(void)write_all(s->live_fd, junk, sizeof(junk), SLOT_SIZE);
}

/*
 * The first byte last: until then an empty slot stays empty, and one that was
 * in use is damaged, which the other makes up for.
 */
static int write_slot(struct store *s, unsigned int slot, size_t len)
{
	const off_t offset = (off_t)slot * SLOT_SIZE;
	int r;

	r = write_all(s->live_fd, s->blob + 1, len - 1, offset + 1);
	return r ? r : write_all(s->live_fd, s->blob, 1, offset);
}

int store_live_save(struct store *s, const uint8_t *buf, size_t len)
{
	int r;

	if (len > SLOT_SIZE - SEAL_OVERHEAD)
		r = -EFBIG;
	else
		r = store_need_blob(s, len + SEAL_OVERHEAD);
	if (!r)
		r = sealer_seal(s->live, buf, len, s->blob);
	if (!r)
		r = write_slot(s, s->next_slot, len + SEAL_OVERHEAD);
	if (r)
		spoil_slots(s);
	else
		s->next_slot = 1 - s->next_slot;
	return r;
}
