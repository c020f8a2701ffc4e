/* SPDX-License-Identifier: BSD-2-Clause */
/* See xs_fake_tree.h. */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "xs_fake_tree.h"

void *xs_need(void *p)
{
	if (!p)
		abort();
	return p;
}

static struct xs_node *node_new(const char *name, size_t len)
{
	struct xs_node *node = xs_need(calloc(1, sizeof(*node)));

	node->name = xs_need(strndup(name, len));
	node->value = xs_need(calloc(1, 1));
	node->reader = XS_READER_NONE;
	node->generation = 1;
	return node;
}

/* As xenstored's: everybody may look at the upper levels. */
struct xs_node *xs_node_root(void)
{
	struct xs_node *root = node_new("", 0);

	root->reader = XS_READER_ALL;
	return root;
}

struct xs_node *xs_node_copy(const struct xs_node *node)
{
	struct xs_node *copy, **end;
	const struct xs_node *child;

	copy = node_new(node->name, strlen(node->name));
	xs_node_set(copy, node->value, node->len, node->generation);
	copy->owner = node->owner;
	copy->reader = node->reader;
	end = &copy->children;
	for (child = node->children; child; child = child->next) {
		*end = xs_node_copy(child);
		end = &(*end)->next;
	}
	return copy;
}

void xs_node_free(struct xs_node *node)
{
	struct xs_node *child;

	while ((child = node->children)) {
		node->children = child->next;
		xs_node_free(child);
	}
	free(node->value);
	free(node->name);
	free(node);
}

static struct xs_node *find_child(struct xs_node *node, const char *name,
				  size_t len)
{
	struct xs_node *child;

	for (child = node->children; child; child = child->next)
		if (strlen(child->name) == len &&
		    !memcmp(child->name, name, len))
			break;
	return child;
}

/* Follows path; *rest is what of it leads nowhere. */
static struct xs_node *walk(struct xs_node *root, const char *path,
			    const char **rest)
{
	struct xs_node *node = root, *child;
	size_t len;

	for (;; path += len) {
		path += strspn(path, "/");
		len = strcspn(path, "/");
		child = len ? find_child(node, path, len) : NULL;
		if (!child)
			break;
		node = child;
	}
	*rest = path;
	return node;
}

struct xs_node *xs_node_find(struct xs_node *root, const char *path)
{
	const char *rest;
	struct xs_node *node = walk(root, path, &rest);

	return *rest ? NULL : node;
}

struct xs_node *xs_node_nearest(struct xs_node *root, const char *path)
{
	const char *rest;

	return walk(root, path, &rest);
}

/* Children are kept in their names' order, so that dumps can be compared. */
static void insert(struct xs_node *parent, struct xs_node *child)
{
	struct xs_node **at = &parent->children;

	while (*at && strcmp((*at)->name, child->name) < 0)
		at = &(*at)->next;
	child->next = *at;
	*at = child;
}

struct xs_node *xs_node_make(struct xs_node *root, const char *path,
			     uint32_t owner, uint64_t generation)
{
	const char *rest;
	struct xs_node *node = walk(root, path, &rest), *child;
	size_t len;

	for (; *rest; rest += len, rest += strspn(rest, "/")) {
		len = strcspn(rest, "/");
		child = node_new(rest, len);
		/* As xenstored does: the parent's, but an owner of its own. */
		child->owner = owner ? owner : node->owner;
		child->reader = node->reader;
		child->generation = generation;
		insert(node, child);
		node = child;
	}
	return node;
}

void xs_node_set(struct xs_node *node, const void *value, size_t len,
		 uint64_t generation)
{
	void *copy = xs_need(malloc(len + 1));

	memcpy(copy, value, len);
	free(node->value);
	node->value = copy;
	node->len = len;
	node->generation = generation;
}

void xs_node_remove(struct xs_node *root, const char *path)
{
	struct xs_node *node = xs_node_find(root, path), *parent, **at;
	char *above = xs_need(strdup(path)), *slash = strrchr(above, '/');

	*slash = '\0';
	parent = xs_node_find(root, above);
	for (at = &parent->children; *at != node; at = &(*at)->next)
		;
	*at = node->next;
	xs_node_free(node);
	free(above);
}

bool xs_node_may_read(const struct xs_node *node, uint32_t domid)
{
	return domid == 0 || node->owner == domid || node->reader == domid ||
	       node->reader == XS_READER_ALL;
}

bool xs_node_may_write(const struct xs_node *node, uint32_t domid)
{
	return domid == 0 || node->owner == domid;
}

bool xs_path_within(const char *path, const char *dir)
{
	const size_t len = strlen(dir);

	return !strncmp(path, dir, len) &&
	       (path[len] == '\0' || path[len] == '/');
}
