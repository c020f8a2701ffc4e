/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections, watches and transactions: see xs_fake.h. */

#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

#include "xs_fake.h"
#include "xs_fake_tree.h"

TAILQ_HEAD(watch_list, watch);
struct watch {
	TAILQ_ENTRY(watch) link;
	char *path, *token;
};

TAILQ_HEAD(fired_list, fired);
struct fired {
	TAILQ_ENTRY(fired) link;
	char *path, *token;
};

enum access_kind {
	LOOKED,
	WRITTEN,
	REMOVED
};

TAILQ_HEAD(access_list, access);
/* What a transaction looked at or changed. */
struct access {
	TAILQ_ENTRY(access) link;
	char *path;
	uint64_t generation; /* 0: was not there */
	enum access_kind kind;
	void *value;
	size_t len;
};

TAILQ_HEAD(transaction_list, transaction);
struct transaction {
	TAILQ_ENTRY(transaction) link;
	uint32_t id;
	struct xs_node *root, *base;
	struct access_list accesses;
};

TAILQ_HEAD(connection_list, connection);
struct connection {
	TAILQ_ENTRY(connection) link;
	struct xs_fake_store *store;
	uint32_t domid;
	int fd; /* an eventfd: its count is the length of fired */
	bool lost;
	struct watch_list watches;
	struct fired_list fired;
	struct transaction_list transactions;
	uint32_t last_id;
	unsigned int n_watches, n_transactions;
	unsigned int calls[XS_FAKE_CALLS];
	struct {
		unsigned int first, last; /* counts in calls */
		int error;
	} faults[XS_FAKE_CALLS];
	void (*before_end)(void *arg);
	void *before_end_arg;
};

struct xs_fake_store {
	pthread_mutex_t lock; /* recursive: a hook may make calls */
	struct xs_node *root;
	uint64_t generation;
	struct connection_list connections;
};

static void lock(struct connection *c)
{
	pthread_mutex_lock(&c->store->lock);
}

static int unlock(struct connection *c, int r)
{
	pthread_mutex_unlock(&c->store->lock);
	return r;
}

/* Counts a call; a negative errno value when it is to fail. */
static int enter(struct connection *c, enum xs_fake_call call)
{
	const unsigned int n = ++c->calls[call];

	if (c->lost)
		return -EPIPE;
	if (n >= c->faults[call].first && n <= c->faults[call].last)
		return c->faults[call].error;
	return 0;
}

/* ---- Watches ---- */

static void queue_event(struct connection *c, const char *path,
			const char *token)
{
	struct fired *f = xs_need(calloc(1, sizeof(*f)));

	f->path = xs_need(strdup(path));
	f->token = xs_need(strdup(token));
	TAILQ_INSERT_TAIL(&c->fired, f, link);
	eventfd_write(c->fd, 1);
}

static void fire_connection(struct connection *c, const char *path,
			    bool subtree)
{
	struct watch *w;

	TAILQ_FOREACH (w, &c->watches, link)
		if (xs_path_within(path, w->path))
			queue_event(c, path, w->token);
		else if (subtree && xs_path_within(w->path, path))
			queue_event(c, w->path, w->token);
}

static void fire(struct xs_fake_store *s, const char *path, bool subtree)
{
	struct connection *c;

	/* What a domain may not read it does not hear of either. */
	TAILQ_FOREACH (c, &s->connections, link)
		if (xs_node_may_read(xs_node_nearest(s->root, path), c->domid))
			fire_connection(c, path, subtree);
}

static void free_watch(struct connection *c, struct watch *w)
{
	TAILQ_REMOVE(&c->watches, w, link);
	c->n_watches--;
	free(w->path);
	free(w->token);
	free(w);
}

static void free_fired(struct connection *c, struct fired *f)
{
	eventfd_t ignored;

	eventfd_read(c->fd, &ignored);
	TAILQ_REMOVE(&c->fired, f, link);
	free(f->path);
	free(f->token);
	free(f);
}

/* ---- Transactions ---- */

static struct transaction *find_transaction(struct connection *c, uint32_t id)
{
	struct transaction *t;

	TAILQ_FOREACH (t, &c->transactions, link)
		if (t->id == id)
			break;
	return t;
}

static uint64_t generation_of(struct xs_node *root, const char *path)
{
	const struct xs_node *node = xs_node_find(root, path);

	return node ? node->generation : 0;
}

static struct access *note(struct transaction *t, const char *path,
			   enum access_kind kind)
{
	struct access *a = xs_need(calloc(1, sizeof(*a)));

	a->path = xs_need(strdup(path));
	a->generation = generation_of(t->base, path);
	a->kind = kind;
	TAILQ_INSERT_TAIL(&t->accesses, a, link);
	return a;
}

static void free_transaction(struct connection *c, struct transaction *t)
{
	struct access *a;

	while ((a = TAILQ_FIRST(&t->accesses))) {
		TAILQ_REMOVE(&t->accesses, a, link);
		free(a->value);
		free(a->path);
		free(a);
	}
	TAILQ_REMOVE(&c->transactions, t, link);
	c->n_transactions--;
	xs_node_free(t->root);
	xs_node_free(t->base);
	free(t);
}

/* ---- Reading ---- */

/* The tree that a call works on: the store's, or the transaction's. */
static int open_tree(struct connection *c, uint32_t id, struct transaction **t,
		     struct xs_node **root)
{
	*t = NULL;
	*root = c->store->root;
	if (id == XS_NO_TRANSACTION)
		return 0;
	*t = find_transaction(c, id);
	if (!*t)
		return -EINVAL;
	*root = (*t)->root;
	return 0;
}

static int readable(struct connection *c, struct xs_node *root,
		    const char *path, struct xs_node **node)
{
	*node = xs_node_find(root, path);
	if (!*node)
		return xs_node_may_read(xs_node_nearest(root, path), c->domid)
			       ? -ENOENT
			       : -EACCES;
	return xs_node_may_read(*node, c->domid) ? 0 : -EACCES;
}

static int as_text(const struct xs_node *node, char *value, size_t size)
{
	if (node->len >= size)
		return -EMSGSIZE;
	if (node->len && memchr(node->value, '\0', node->len))
		return -EINVAL;
	memcpy(value, node->value, node->len);
	value[node->len] = '\0';
	return 0;
}

static int fake_read(void *ctx, uint32_t transaction, const char *path,
		     char *value, size_t size)
{
	struct connection *c = ctx;
	struct transaction *t;
	struct xs_node *root, *node;
	int r;

	lock(c);
	r = enter(c, XS_FAKE_READ);
	if (!r)
		r = open_tree(c, transaction, &t, &root);
	if (r)
		return unlock(c, r);
	if (t)
		note(t, path, LOOKED);
	r = readable(c, root, path, &node);
	if (!r)
		r = as_text(node, value, size);
	return unlock(c, r);
}

/* The children's names as they are now: `each` may make calls. */
static char **copy_names(const struct xs_node *node, size_t *n)
{
	const struct xs_node *child;
	char **names;

	*n = 0;
	for (child = node->children; child; child = child->next)
		++*n;
	names = xs_need(calloc(*n + 1, sizeof(*names)));
	*n = 0;
	for (child = node->children; child; child = child->next)
		names[(*n)++] = xs_need(strdup(child->name));
	return names;
}

static int fake_list(void *ctx, const char *path,
		     void (*each)(void *arg, const char *name), void *arg)
{
	struct connection *c = ctx;
	struct xs_node *node = NULL;
	char **names;
	size_t i, n;
	int r;

	lock(c);
	r = enter(c, XS_FAKE_LIST);
	if (!r)
		r = readable(c, c->store->root, path, &node);
	if (r)
		return unlock(c, r);
	names = copy_names(node, &n);
	unlock(c, 0);
	for (i = 0; i < n; i++) {
		each(arg, names[i]);
		free(names[i]);
	}
	free(names);
	return 0;
}

/* ---- Writing ---- */

static void change(struct xs_fake_store *s, const char *path, uint32_t domid,
		   const void *value, size_t len)
{
	struct xs_node *node;

	node = xs_node_make(s->root, path, domid, ++s->generation);
	xs_node_set(node, value, len, s->generation);
	fire(s, path, false);
}

static void take_away(struct xs_fake_store *s, const char *path)
{
	if (!xs_node_find(s->root, path))
		return;
	++s->generation;
	xs_node_remove(s->root, path);
	fire(s, path, true);
}

static int write_bytes(struct connection *c, uint32_t transaction,
		       const char *path, const void *value, size_t len)
{
	struct transaction *t;
	struct xs_node *root;
	struct access *a;
	int r = open_tree(c, transaction, &t, &root);

	if (r)
		return r;
	if (!xs_node_may_write(xs_node_nearest(root, path), c->domid))
		return -EACCES;
	if (!t) {
		change(c->store, path, c->domid, value, len);
		return 0;
	}
	a = note(t, path, WRITTEN);
	a->value = xs_need(malloc(len + 1));
	memcpy(a->value, value, len);
	a->len = len;
	xs_node_set(xs_node_make(root, path, c->domid, 1), value, len, 1);
	return 0;
}

static int fake_write(void *ctx, uint32_t transaction, const char *path,
		      const char *value)
{
	struct connection *c = ctx;
	int r;

	lock(c);
	r = enter(c, XS_FAKE_WRITE);
	if (!r)
		r = write_bytes(c, transaction, path, value, strlen(value));
	return unlock(c, r);
}

int xs_fake_write_bytes(struct xs xs, const char *path, const void *bytes,
			size_t len)
{
	struct connection *c = xs.ctx;

	lock(c);
	return unlock(c, write_bytes(c, XS_NO_TRANSACTION, path, bytes, len));
}

static int fake_remove(void *ctx, uint32_t transaction, const char *path)
{
	struct connection *c = ctx;
	struct transaction *t;
	struct xs_node *root, *node;
	int r;

	lock(c);
	r = enter(c, XS_FAKE_REMOVE);
	if (!r)
		r = open_tree(c, transaction, &t, &root);
	if (r)
		return unlock(c, r);
	node = xs_node_find(root, path);
	if (!node)
		r = -ENOENT;
	else if (!xs_node_may_write(node, c->domid))
		r = -EACCES;
	else if (!t)
		take_away(c->store, path);
	if (!r && t) {
		note(t, path, REMOVED);
		xs_node_remove(root, path);
	}
	return unlock(c, r);
}

static int fake_start(void *ctx, uint32_t *transaction)
{
	struct connection *c = ctx;
	struct transaction *t;
	int r;

	lock(c);
	r = enter(c, XS_FAKE_START);
	if (r)
		return unlock(c, r);
	t = xs_need(calloc(1, sizeof(*t)));
	t->id = ++c->last_id;
	t->root = xs_node_copy(c->store->root);
	t->base = xs_node_copy(c->store->root);
	TAILQ_INIT(&t->accesses);
	TAILQ_INSERT_TAIL(&c->transactions, t, link);
	c->n_transactions++;
	*transaction = t->id;
	return unlock(c, 0);
}

static bool still_so(struct xs_fake_store *s, const struct transaction *t)
{
	const struct access *a;

	TAILQ_FOREACH (a, &t->accesses, link)
		if (generation_of(s->root, a->path) != a->generation)
			return false;
	return true;
}

static void commit(struct connection *c, const struct transaction *t)
{
	const struct access *a;

	TAILQ_FOREACH (a, &t->accesses, link)
		if (a->kind == WRITTEN)
			change(c->store, a->path, c->domid, a->value, a->len);
		else if (a->kind == REMOVED)
			take_away(c->store, a->path);
}

static int fake_end(void *ctx, uint32_t transaction, bool abort)
{
	struct connection *c = ctx;
	struct transaction *t;
	int r;

	lock(c);
	if (!abort && c->before_end)
		c->before_end(c->before_end_arg);
	r = enter(c, XS_FAKE_END);
	t = find_transaction(c, transaction);
	if (!t)
		return unlock(c, r ? r : -ENOENT);
	if (!r && !abort)
		r = still_so(c->store, t) ? 0 : -EAGAIN;
	if (!r && !abort)
		commit(c, t);
	free_transaction(c, t);
	return unlock(c, r);
}

/* ---- Watching ---- */

static struct watch *find_watch(struct connection *c, const char *path,
				const char *token)
{
	struct watch *w;

	TAILQ_FOREACH (w, &c->watches, link)
		if (!strcmp(w->path, path) && !strcmp(w->token, token))
			break;
	return w;
}

static int fake_watch(void *ctx, const char *path, const char *token)
{
	struct connection *c = ctx;
	struct watch *w;
	int r;

	lock(c);
	r = enter(c, XS_FAKE_WATCH);
	if (!r && find_watch(c, path, token))
		r = -EEXIST;
	if (r)
		return unlock(c, r);
	w = xs_need(calloc(1, sizeof(*w)));
	w->path = xs_need(strdup(path));
	w->token = xs_need(strdup(token));
	TAILQ_INSERT_TAIL(&c->watches, w, link);
	c->n_watches++;
	queue_event(c, path, token);
	return unlock(c, 0);
}

static int fake_unwatch(void *ctx, const char *path, const char *token)
{
	struct connection *c = ctx;
	struct fired *f, *next;
	struct watch *w;
	int r;

	lock(c);
	r = enter(c, XS_FAKE_UNWATCH);
	w = find_watch(c, path, token);
	if (!r && !w)
		r = -ENOENT;
	if (r)
		return unlock(c, r);
	free_watch(c, w);
	/* libxenstore takes back what has not been fetched. */
	for (f = TAILQ_FIRST(&c->fired); f; f = next) {
		next = TAILQ_NEXT(f, link);
		if (!strcmp(f->token, token) && xs_path_within(f->path, path))
			free_fired(c, f);
	}
	return unlock(c, 0);
}

static int fake_fd(void *ctx)
{
	const struct connection *c = ctx;

	return c->fd;
}

static int fake_next_watch(void *ctx, char *path, size_t path_size, char *token,
			   size_t token_size)
{
	struct connection *c = ctx;
	struct fired *f;

	lock(c);
	if (c->lost)
		return unlock(c, -EPIPE);
	f = TAILQ_FIRST(&c->fired);
	if (!f)
		return unlock(c, -EAGAIN);
	snprintf(path, path_size, "%s", f->path);
	snprintf(token, token_size, "%s", f->token);
	free_fired(c, f);
	return unlock(c, 0);
}

const struct xs_ops xs_fake = {
	.read = fake_read,
	.write = fake_write,
	.remove = fake_remove,
	.list = fake_list,
	.start = fake_start,
	.end = fake_end,
	.watch = fake_watch,
	.unwatch = fake_unwatch,
	.fd = fake_fd,
	.next_watch = fake_next_watch,
};

/* ---- Stores and connections ---- */

struct xs_fake_store *xs_fake_new(void)
{
	struct xs_fake_store *s = xs_need(calloc(1, sizeof(*s)));
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&s->lock, &attr);
	pthread_mutexattr_destroy(&attr);
	s->root = xs_node_root();
	s->generation = 1;
	TAILQ_INIT(&s->connections);
	return s;
}

void xs_fake_free(struct xs_fake_store *s)
{
	struct connection *c;

	while ((c = TAILQ_FIRST(&s->connections)))
		xs_fake_disconnect((struct xs){ &xs_fake, c });
	xs_node_free(s->root);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

struct xs xs_fake_connect(struct xs_fake_store *s, uint32_t domid)
{
	struct connection *c = xs_need(calloc(1, sizeof(*c)));

	c->store = s;
	c->domid = domid;
	c->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	if (c->fd < 0)
		abort();
	TAILQ_INIT(&c->watches);
	TAILQ_INIT(&c->fired);
	TAILQ_INIT(&c->transactions);
	lock(c);
	TAILQ_INSERT_TAIL(&s->connections, c, link);
	unlock(c, 0);
	return (struct xs){ &xs_fake, c };
}

void xs_fake_disconnect(struct xs xs)
{
	struct connection *c = xs.ctx;
	struct transaction *t;
	struct watch *w;
	struct fired *f;

	lock(c);
	while ((t = TAILQ_FIRST(&c->transactions)))
		free_transaction(c, t);
	while ((w = TAILQ_FIRST(&c->watches)))
		free_watch(c, w);
	while ((f = TAILQ_FIRST(&c->fired)))
		free_fired(c, f);
	TAILQ_REMOVE(&c->store->connections, c, link);
	unlock(c, 0);
	close(c->fd);
	free(c);
}

void xs_fake_lose(struct xs xs)
{
	struct connection *c = xs.ctx;

	lock(c);
	c->lost = true;
	eventfd_write(c->fd, 1);
	unlock(c, 0);
}

void xs_fake_give(struct xs_fake_store *s, const char *path, uint32_t owner,
		  uint32_t reader)
{
	struct xs_node *node;

	pthread_mutex_lock(&s->lock);
	node = xs_node_make(s->root, path, 0, ++s->generation);
	node->owner = owner;
	node->reader = reader;
	pthread_mutex_unlock(&s->lock);
}

void xs_fake_fire(struct xs_fake_store *s, const char *name)
{
	struct connection *c;

	pthread_mutex_lock(&s->lock);
	TAILQ_FOREACH (c, &s->connections, link)
		fire_connection(c, name, false);
	pthread_mutex_unlock(&s->lock);
}

static void dump(FILE *f, const struct xs_node *node, const char *above)
{
	const struct xs_node *child;
	char *path = NULL;

	for (child = node->children; child; child = child->next) {
		if (asprintf(&path, "%s/%s", above, child->name) < 0)
			abort();
		fprintf(f, "%s = %.*s\n", path, (int)child->len,
			(const char *)child->value);
		dump(f, child, path);
		free(path);
	}
}

char *xs_fake_dump(struct xs_fake_store *s)
{
	char *text = NULL;
	size_t len;
	FILE *f = xs_need(open_memstream(&text, &len));

	pthread_mutex_lock(&s->lock);
	dump(f, s->root, "");
	pthread_mutex_unlock(&s->lock);
	fclose(f);
	return xs_need(text);
}

void xs_fake_fail(struct xs xs, enum xs_fake_call call, unsigned int nth,
		  unsigned int times, int error)
{
	struct connection *c = xs.ctx;

	lock(c);
	c->faults[call].first = c->calls[call] + nth;
	c->faults[call].last = c->calls[call] + nth + times - 1;
	c->faults[call].error = error;
	unlock(c, 0);
}

unsigned int xs_fake_calls(struct xs xs, enum xs_fake_call call)
{
	const struct connection *c = xs.ctx;

	return c->calls[call];
}

void xs_fake_before_end(struct xs xs, void (*hook)(void *arg), void *arg)
{
	struct connection *c = xs.ctx;

	lock(c);
	c->before_end = hook;
	c->before_end_arg = arg;
	unlock(c, 0);
}

unsigned int xs_fake_transactions(struct xs xs)
{
	const struct connection *c = xs.ctx;

	return c->n_transactions;
}

unsigned int xs_fake_watches(struct xs xs)
{
	const struct connection *c = xs.ctx;

	return c->n_watches;
}
