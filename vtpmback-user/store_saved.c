/* SPDX-License-Identifier: BSD-2-Clause */
/* A suspended guest's volatile state: see store_saved.h. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store_impl.h"
#include "store_saved.h"

#define SAVED "saved"

#define GUEST_OFFSET SEAL_ID_SIZE
#define STATE_OFFSET (SEAL_ID_SIZE + STORE_GUEST_SIZE)

int store_saved_save(struct store *s, const uint8_t guest[STORE_GUEST_SIZE],
		     const uint8_t *buf, size_t len)
{
	uint8_t *plain;
	int r;

	if (!s->permanent_known)
		return -EINVAL;
	if (len > STORE_MAX - STATE_OFFSET)
		return -EFBIG;
	plain = malloc(STATE_OFFSET + len);
	if (!plain)
		return -ENOMEM;
	memcpy(plain, s->permanent_id, SEAL_ID_SIZE);
	memcpy(plain + GUEST_OFFSET, guest, STORE_GUEST_SIZE);
	memcpy(plain + STATE_OFFSET, buf, len);
	r = store_need_blob(s, STATE_OFFSET + len + SEAL_OVERHEAD);
	if (!r)
		r = sealer_seal(s->saved, plain, STATE_OFFSET + len, s->blob);
	if (!r)
		r = store_replace_file(s, SAVED,
				       STATE_OFFSET + len + SEAL_OVERHEAD);
	if (!r && fsync(s->dir_fd) < 0)
		r = -errno;
	explicit_bzero(plain, STATE_OFFSET + len);
	free(plain);
	return r;
}

/* What was sealed, which is whole: whether it is ours to use, and the parts. */
static int take_parts(const struct store *s, const uint8_t *plain, size_t n,
		      uint8_t guest[STORE_GUEST_SIZE], uint8_t *buf,
		      size_t size, size_t *len)
{
	if (n < STATE_OFFSET)
		return -EBADMSG;
	if (!s->permanent_known ||
	    memcmp(plain, s->permanent_id, SEAL_ID_SIZE) != 0)
		return -ESTALE;
	if (n - STATE_OFFSET > size)
		return -ENOBUFS;
	memcpy(guest, plain + GUEST_OFFSET, STORE_GUEST_SIZE);
	*len = n - STATE_OFFSET;
	memcpy(buf, plain + STATE_OFFSET, *len);
	return 0;
}

int store_saved_load(struct store *s, uint8_t guest[STORE_GUEST_SIZE],
		     uint8_t *buf, size_t size, size_t *len)
{
	uint64_t counter;
	uint8_t *plain;
	size_t n = 0;
	int r;

	r = store_read_file(s, SAVED, &n);
	if (r)
		return r;
	if (n < SEAL_OVERHEAD)
		return -EBADMSG;
	plain = malloc(n);
	if (!plain)
		return -ENOMEM;
	r = sealer_open(s->saved, s->blob, n, plain, &counter);
	if (!r)
		r = take_parts(s, plain, n - SEAL_OVERHEAD, guest, buf, size,
			       len);
	explicit_bzero(plain, n);
	free(plain);
	return r;
}

int store_saved_remove(int dir_fd)
{
	if (unlinkat(dir_fd, SAVED, 0) < 0)
		return errno == ENOENT ? 0 : -errno;
	return fsync(dir_fd) < 0 ? -errno : 0;
}
