/* SPDX-License-Identifier: BSD-2-Clause */
/* The nodes of xs_fake.h: values and permissions, without connections. */
#ifndef XS_FAKE_TREE_H
#define XS_FAKE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct xs_node {
	char *name; /* of the last part of its path */
	void *value;
	size_t len;
	uint64_t generation; /* of the change that last touched it; never 0 */
	uint32_t owner;
	uint32_t reader; /* who may read besides: a domain, or one of these */
	struct xs_node *children, *next;
};

#define XS_READER_NONE UINT32_MAX
#define XS_READER_ALL  (UINT32_MAX - 1)

struct xs_node *xs_node_root(void);
struct xs_node *xs_node_copy(const struct xs_node *node);
void xs_node_free(struct xs_node *node);

/* NULL when there is none. */
struct xs_node *xs_node_find(struct xs_node *root, const char *path);

/* The node, or the nearest above it that exists. */
struct xs_node *xs_node_nearest(struct xs_node *root, const char *path);

/* The node, made with its parents if need be; new ones are `owner`'s. */
struct xs_node *xs_node_make(struct xs_node *root, const char *path,
			     uint32_t owner, uint64_t generation);

void xs_node_set(struct xs_node *node, const void *value, size_t len,
		 uint64_t generation);

/* Takes a node that exists out of its tree, and frees it. */
void xs_node_remove(struct xs_node *root, const char *path);

bool xs_node_may_read(const struct xs_node *node, uint32_t domid);
bool xs_node_may_write(const struct xs_node *node, uint32_t domid);

/* Whether path is below, or, dir. */
bool xs_path_within(const char *path, const char *dir);

/* For allocations that a test cannot go on without. */
void *xs_need(void *p);

#endif
