/* SPDX-License-Identifier: BSD-2-Clause */
/* xs.h on libxenstore. */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "xs.h"

static int libxen_read(void *ctx, uint32_t transaction, const char *path,
		       char *value, size_t size)
{
	unsigned int len;
	char *text = xs_read(ctx, transaction, path, &len);
	int r = 0;

	if (!text)
		return -errno;
	if (len >= size) {
		r = -EMSGSIZE;
	} else if (memchr(text, '\0', len)) {
		/* As text it would be another value than it is. */
		r = -EINVAL;
	} else {
		memcpy(value, text, len);
		value[len] = '\0';
	}
	free(text);
	return r;
}

static int libxen_write(void *ctx, uint32_t transaction, const char *path,
			const char *value)
{
	size_t len = strlen(value);

	if (!xs_write(ctx, transaction, path, value, (unsigned int)len))
		return -errno;
	return 0;
}

static int libxen_remove(void *ctx, uint32_t transaction, const char *path)
{
	return xs_rm(ctx, transaction, path) ? 0 : -errno;
}

static int libxen_list(void *ctx, const char *path,
		       void (*each)(void *arg, const char *name), void *arg)
{
	unsigned int n, i;
	char **names = xs_directory(ctx, XBT_NULL, path, &n);

	if (!names)
		return -errno;
	for (i = 0; i < n; i++)
		each(arg, names[i]);
	free(names);
	return 0;
}

static int libxen_start(void *ctx, uint32_t *transaction)
{
	*transaction = xs_transaction_start(ctx);
	return *transaction == XBT_NULL ? -errno : 0;
}

static int libxen_end(void *ctx, uint32_t transaction, bool abort)
{
	return xs_transaction_end(ctx, transaction, abort) ? 0 : -errno;
}

static int libxen_watch(void *ctx, const char *path, const char *token)
{
	return xs_watch(ctx, path, token) ? 0 : -errno;
}

static int libxen_unwatch(void *ctx, const char *path, const char *token)
{
	return xs_unwatch(ctx, path, token) ? 0 : -errno;
}

static int libxen_fd(void *ctx)
{
	return xs_fileno(ctx);
}

static int libxen_next_watch(void *ctx, char *path, size_t path_size,
			     char *token, size_t token_size)
{
	char **event;

	errno = EAGAIN;
	event = xs_check_watch(ctx);
	if (!event)
		return errno == EAGAIN ? -EAGAIN : -EPIPE;
	snprintf(path, path_size, "%s", event[XS_WATCH_PATH]);
	snprintf(token, token_size, "%s", event[XS_WATCH_TOKEN]);
	free(event);
	return 0;
}

const struct xs_ops xs_libxen = {
	.read = libxen_read,
	.write = libxen_write,
	.remove = libxen_remove,
	.list = libxen_list,
	.start = libxen_start,
	.end = libxen_end,
	.watch = libxen_watch,
	.unwatch = libxen_unwatch,
	.fd = libxen_fd,
	.next_watch = libxen_next_watch,
};

int xs_libxen_open(void **ctx)
{
	*ctx = xs_open(0);
	return *ctx ? 0 : -errno;
}

void xs_libxen_close(void *ctx)
{
	xs_close(ctx);
}
