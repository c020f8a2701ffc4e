/* SPDX-License-Identifier: BSD-2-Clause */
/* Random bytes that are none, and a socket's reads and writes. */
#include "circumstances.h"

#include <errno.h>
#include <unistd.h>

#include "random.h"

/* The period of repeated bytes: that of the secrets drawn. */
#define SECRET 20u

void draw(struct draws *d, uint8_t *buf, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const uint64_t at = d->repeat ? i % SECRET : d->at++;
		struct rng r = { d->from + (at << 20) };

		buf[i] = (uint8_t)rng_next(&r);
		/* Who draws a number below another repeats too large ones. */
		if (d->repeat && !i)
			buf[i] &= 0x3f;
	}
}

bool read_all(int fd, void *buf, size_t len)
{
	uint8_t *to = buf;

	while (len) {
		const ssize_t n = read(fd, to, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		to += n;
		len -= (size_t)n;
	}
	return true;
}

bool write_all(int fd, const void *buf, size_t len)
{
	const uint8_t *from = buf;

	while (len) {
		const ssize_t n = write(fd, from, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		from += n;
		len -= (size_t)n;
	}
	return true;
}
