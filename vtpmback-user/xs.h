/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The few xenstore calls that the daemon makes.  One instance speaks to
 * xenstored (xs_libxen), another is a store in memory for tests
 * (tests/fake/xs_fake.h).
 *
 * Paths are absolute.  Functions return 0 (or what they say) or a negative
 * errno value; -ENOENT where a node does not exist.
 */
#ifndef XS_H
#define XS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest path that we make (xenstore allows 3072), with its final 0. */
#define XS_PATH_MAX 128

/* The longest value that we take; a longer one reads as -EMSGSIZE. */
#define XS_VALUE_MAX 256

/* Outside any transaction. */
#define XS_NO_TRANSACTION 0u

struct xs_ops {
	/* Reads a node as text, with a final 0 added, into value[size]. */
	int (*read)(void *ctx, uint32_t transaction, const char *path,
		    char *value, size_t size);
	int (*write)(void *ctx, uint32_t transaction, const char *path,
		     const char *value);
	/* Removes a node and what is under it. */
	int (*remove)(void *ctx, uint32_t transaction, const char *path);

	/*
	 * Calls `each` with the name of every child of path, in any order.
	 */
	int (*list)(void *ctx, const char *path,
		    void (*each)(void *arg, const char *name), void *arg);

	/* Returns a transaction's number, never XS_NO_TRANSACTION. */
	int (*start)(void *ctx, uint32_t *transaction);
	/*
	 * Ends a transaction; -EAGAIN when others changed what it read, and
	 * nothing was done.
	 */
	int (*end)(void *ctx, uint32_t transaction, bool abort);

	/*
	 * A watch fires once at once, and then for each change of path or
	 * anything under it.  The token tells watches apart.
	 */
	int (*watch)(void *ctx, const char *path, const char *token);
	int (*unwatch)(void *ctx, const char *path, const char *token);

	/* Readable when a watch has fired, or when the connection is lost. */
	int (*fd)(void *ctx);
	/*
	 * Takes one fired watch: the path that changed (or the watched one),
	 * cut to size, and the token.  -EAGAIN: none waits.  -EPIPE:
	 * connection lost.
	 */
	int (*next_watch)(void *ctx, char *path, size_t path_size, char *token,
			  size_t token_size);
};

/* A store to speak to: the calls and their context. */
struct xs {
	const struct xs_ops *ops;
	void *ctx;
};

/* xenstored's; 0 or -errno.  *ctx is closed with xs_libxen_close. */
extern const struct xs_ops xs_libxen;
int xs_libxen_open(void **ctx);
void xs_libxen_close(void *ctx);

/*
 * The decimal number that text is, whole and without sign, space or leading
 * zeros, at most max; -EINVAL otherwise.
 */
int xs_parse_u32(const char *text, uint32_t max, uint32_t *number);

#endif
