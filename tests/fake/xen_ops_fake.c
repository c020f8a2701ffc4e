/* SPDX-License-Identifier: BSD-2-Clause */
/* A hypervisor in memory: see xen_ops_fake.h. */

#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>

#include "xen_ops_fake.h"

#define PAGE 4096u

struct grant {
	SLIST_ENTRY(grant) link;
	uint32_t domid, ref;
	off_t offset; /* of its page in the memory file */
	uint8_t *view;
	bool revoked;
};

struct mapping {
	SLIST_ENTRY(mapping) link;
	void *pages;
	unsigned int n;
	bool unmapped; /* its addresses stay reserved, to fault */
};

struct port {
	SLIST_ENTRY(port) link;
	uint32_t domid, remote;
	uint32_t local; /* 0: not bound */
	bool pending, masked;
	unsigned int events; /* for the guest */
};

struct fault {
	unsigned int countdown;
	int error;
};

struct xen_fake {
	pthread_mutex_t lock;
	pthread_cond_t guest_event;
	SLIST_HEAD(, grant) grants;
	SLIST_HEAD(, mapping) mappings;
	SLIST_HEAD(, port) ports;
	int memory_fd, event_fd;
	off_t memory_size;
	uint32_t last_local;
	bool readable; /* event_fd */
	bool restricted, map_dropped;
	uint32_t restricted_to;
	struct fault faults[XEN_FAKE_OPS];
	unsigned int calls[XEN_FAKE_OPS];
};

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

struct xen_fake *xen_fake_new(void)
{
	struct xen_fake *x = calloc(1, sizeof(*x));
	pthread_condattr_t attr;

	if (!x)
		return NULL;
	must(sysconf(_SC_PAGESIZE) == PAGE, "pages of 4096 bytes");
	pthread_mutex_init(&x->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&x->guest_event, &attr);
	pthread_condattr_destroy(&attr);
	x->memory_fd = memfd_create("guests", MFD_CLOEXEC);
	x->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	must(x->memory_fd >= 0 && x->event_fd >= 0, "descriptors");
	return x;
}

void xen_fake_free(struct xen_fake *x)
{
	struct mapping *m;
	struct grant *g;
	struct port *p;

	while ((m = SLIST_FIRST(&x->mappings))) {
		SLIST_REMOVE_HEAD(&x->mappings, link);
		munmap(m->pages, (size_t)m->n * PAGE);
		free(m);
	}
	while ((g = SLIST_FIRST(&x->grants))) {
		SLIST_REMOVE_HEAD(&x->grants, link);
		munmap(g->view, PAGE);
		free(g);
	}
	while ((p = SLIST_FIRST(&x->ports))) {
		SLIST_REMOVE_HEAD(&x->ports, link);
		free(p);
	}
	close(x->memory_fd);
	close(x->event_fd);
	pthread_cond_destroy(&x->guest_event);
	pthread_mutex_destroy(&x->lock);
	free(x);
}

static struct grant *find_grant(struct xen_fake *x, uint32_t domid,
				uint32_t ref)
{
	struct grant *g;

	SLIST_FOREACH (g, &x->grants, link)
		if (g->domid == domid && g->ref == ref && !g->revoked)
			return g;
	return NULL;
}

static struct port *find_remote(struct xen_fake *x, uint32_t domid,
				uint32_t remote)
{
	struct port *p;

	SLIST_FOREACH (p, &x->ports, link)
		if (p->domid == domid && p->remote == remote)
			return p;
	return NULL;
}

static struct port *find_local(struct xen_fake *x, uint32_t local)
{
	struct port *p;

	SLIST_FOREACH (p, &x->ports, link)
		if (local != 0 && p->local == local)
			return p;
	return NULL;
}

/* Makes event_fd readable when a port has an event, and only then. */
static void update_fd(struct xen_fake *x)
{
	eventfd_t value;
	bool any = false;
	struct port *p;

	SLIST_FOREACH (p, &x->ports, link)
		any = any || (p->local && p->pending && !p->masked);
	if (any && !x->readable)
		eventfd_write(x->event_fd, 1);
	else if (!any && x->readable)
		eventfd_read(x->event_fd, &value);
	x->readable = any;
}

uint8_t *xen_fake_grant(struct xen_fake *x, uint32_t domid, uint32_t ref)
{
	struct grant *g = calloc(1, sizeof(*g));

	must(g != NULL, "memory");
	pthread_mutex_lock(&x->lock);
	g->domid = domid;
	g->ref = ref;
	g->offset = x->memory_size;
	x->memory_size += PAGE;
	must(ftruncate(x->memory_fd, x->memory_size) == 0, "memory");
	g->view = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		       x->memory_fd, g->offset);
	must(g->view != MAP_FAILED, "memory");
	SLIST_INSERT_HEAD(&x->grants, g, link);
	pthread_mutex_unlock(&x->lock);
	return g->view;
}

void xen_fake_revoke(struct xen_fake *x, uint32_t domid, uint32_t ref)
{
	struct grant *g;

	pthread_mutex_lock(&x->lock);
	g = find_grant(x, domid, ref);
	if (g)
		g->revoked = true;
	pthread_mutex_unlock(&x->lock);
}

void xen_fake_offer(struct xen_fake *x, uint32_t domid, uint32_t port)
{
	struct port *p = calloc(1, sizeof(*p));

	must(p != NULL, "memory");
	p->domid = domid;
	p->remote = port;
	pthread_mutex_lock(&x->lock);
	SLIST_INSERT_HEAD(&x->ports, p, link);
	pthread_mutex_unlock(&x->lock);
}

void xen_fake_event(struct xen_fake *x, uint32_t domid, uint32_t port)
{
	struct port *p;

	pthread_mutex_lock(&x->lock);
	p = find_remote(x, domid, port);
	if (p && p->local) {
		p->pending = true;
		update_fd(x);
	}
	pthread_mutex_unlock(&x->lock);
}

unsigned int xen_fake_events(struct xen_fake *x, uint32_t domid, uint32_t port)
{
	unsigned int n = 0;
	struct port *p;

	pthread_mutex_lock(&x->lock);
	p = find_remote(x, domid, port);
	if (p) {
		n = p->events;
		p->events = 0;
	}
	pthread_mutex_unlock(&x->lock);
	return n;
}

bool xen_fake_wait(struct xen_fake *x, uint32_t domid, uint32_t port,
		   int timeout_ms)
{
	struct timespec end;
	struct port *p;
	bool came = false;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += timeout_ms / 1000;
	end.tv_nsec += (long)(timeout_ms % 1000) * 1000000L;
	end.tv_sec += end.tv_nsec / 1000000000L;
	end.tv_nsec %= 1000000000L;
	pthread_mutex_lock(&x->lock);
	p = find_remote(x, domid, port);
	while (p && !p->events &&
	       !pthread_cond_timedwait(&x->guest_event, &x->lock, &end))
		;
	if (p && p->events) {
		p->events = 0;
		came = true;
	}
	pthread_mutex_unlock(&x->lock);
	return came;
}

void xen_fake_fail(struct xen_fake *x, enum xen_fake_op op, unsigned int nth,
		   int error)
{
	pthread_mutex_lock(&x->lock);
	x->faults[op].countdown = nth;
	x->faults[op].error = error;
	pthread_mutex_unlock(&x->lock);
}

unsigned int xen_fake_calls(struct xen_fake *x, enum xen_fake_op op)
{
	unsigned int n;

	pthread_mutex_lock(&x->lock);
	n = x->calls[op];
	pthread_mutex_unlock(&x->lock);
	return n;
}

unsigned int xen_fake_mapped(struct xen_fake *x)
{
	unsigned int n = 0;
	struct mapping *m;

	pthread_mutex_lock(&x->lock);
	SLIST_FOREACH (m, &x->mappings, link)
		n += m->unmapped ? 0 : m->n;
	pthread_mutex_unlock(&x->lock);
	return n;
}

unsigned int xen_fake_bound(struct xen_fake *x)
{
	unsigned int n = 0;
	struct port *p;

	pthread_mutex_lock(&x->lock);
	SLIST_FOREACH (p, &x->ports, link)
		n += p->local ? 1 : 0;
	pthread_mutex_unlock(&x->lock);
	return n;
}

bool xen_fake_restricted(struct xen_fake *x, uint32_t domid)
{
	bool restricted;

	pthread_mutex_lock(&x->lock);
	restricted = x->restricted && x->restricted_to == domid;
	pthread_mutex_unlock(&x->lock);
	return restricted;
}

bool xen_fake_map_dropped(struct xen_fake *x)
{
	bool dropped;

	pthread_mutex_lock(&x->lock);
	dropped = x->map_dropped;
	pthread_mutex_unlock(&x->lock);
	return dropped;
}

/*
 * Counts the call; returns 0 with the lock held, or the error that the test
 * asked for.
 */
static int enter(struct xen_fake *x, enum xen_fake_op op)
{
	struct fault *f = &x->faults[op];
	int r = 0;

	pthread_mutex_lock(&x->lock);
	x->calls[op]++;
	if (f->countdown && --f->countdown == 0)
		r = f->error;
	if (r)
		pthread_mutex_unlock(&x->lock);
	return r;
}

static int leave(struct xen_fake *x, int r)
{
	update_fd(x);
	pthread_mutex_unlock(&x->lock);
	return r;
}

static int fake_evtchn_bind(void *ctx, uint32_t domid, uint32_t port)
{
	struct xen_fake *x = ctx;
	int r = enter(x, XEN_FAKE_EVTCHN_BIND);
	struct port *p;

	if (r)
		return r;
	if (x->restricted && x->restricted_to != domid)
		return leave(x, -EACCES);
	p = find_remote(x, domid, port);
	if (!p || p->local)
		return leave(x, -EINVAL);
	p->local = ++x->last_local;
	p->pending = true;
	p->masked = false;
	return leave(x, (int)p->local);
}

static int fake_evtchn_unbind(void *ctx, uint32_t local_port)
{
	struct xen_fake *x = ctx;
	int r = enter(x, XEN_FAKE_EVTCHN_UNBIND);
	struct port *p;

	if (r)
		return r;
	p = find_local(x, local_port);
	if (!p)
		return leave(x, -ENOTCONN);
	p->local = 0;
	return leave(x, 0);
}

static int fake_evtchn_fd(void *ctx)
{
	const struct xen_fake *x = ctx;

	return x->event_fd;
}

static int fake_evtchn_pending(void *ctx)
{
	struct xen_fake *x = ctx;
	int r = enter(x, XEN_FAKE_EVTCHN_PENDING);
	struct port *p;

	if (r)
		return r;
	SLIST_FOREACH (p, &x->ports, link)
		if (p->local && p->pending && !p->masked) {
			p->pending = false;
			p->masked = true;
			return leave(x, (int)p->local);
		}
	return leave(x, -EAGAIN);
}

static int fake_evtchn_unmask(void *ctx, uint32_t local_port)
{
	struct xen_fake *x = ctx;
	int r = enter(x, XEN_FAKE_EVTCHN_UNMASK);
	struct port *p;

	if (r)
		return r;
	p = find_local(x, local_port);
	if (!p)
		return leave(x, -ENOTCONN);
	p->masked = false;
	return leave(x, 0);
}

static int fake_evtchn_notify(void *ctx, uint32_t local_port)
{
	struct xen_fake *x = ctx;
	int r = enter(x, XEN_FAKE_EVTCHN_NOTIFY);
	struct port *p;

	if (r)
		return r;
	p = find_local(x, local_port);
	if (!p)
		return leave(x, -ENOTCONN);
	p->events++;
	pthread_cond_broadcast(&x->guest_event);
	return leave(x, 0);
}

static int fake_evtchn_restrict(void *ctx, uint32_t domid)
{
	struct xen_fake *x = ctx;
	int r = enter(x, XEN_FAKE_EVTCHN_RESTRICT);

	if (r)
		return r;
	if (x->restricted)
		return leave(x, -EACCES);
	x->restricted = true;
	x->restricted_to = domid;
	return leave(x, 0);
}

static int map_locked(struct xen_fake *x, uint32_t domid, const uint32_t *refs,
		      unsigned int n, uint8_t *pages)
{
	const struct grant *g;
	unsigned int i;
	void *at;

	for (i = 0; i < n; i++) {
		g = find_grant(x, domid, refs[i]);
		if (!g)
			return -EINVAL;
		at = mmap(pages + (size_t)i * PAGE, PAGE,
			  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			  x->memory_fd, g->offset);
		must(at != MAP_FAILED, "mmap");
	}
	return 0;
}

static void *reserve(void *at, unsigned int n)
{
	void *p =
		mmap(at, (size_t)n * PAGE, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0), -1, 0);

	must(p != MAP_FAILED, "mmap");
	return p;
}

static int fake_map(void *ctx, uint32_t domid, const uint32_t *refs,
		    unsigned int n, void **pages)
{
	struct xen_fake *x = ctx;
	int r = enter(x, XEN_FAKE_MAP);
	struct mapping *m;

	if (r)
		return r;
	if (x->map_dropped || n == 0)
		return leave(x, n == 0 ? -EINVAL : -EBADF);
	m = calloc(1, sizeof(*m));
	must(m != NULL, "memory");
	m->pages = reserve(NULL, n);
	m->n = n;
	r = map_locked(x, domid, refs, n, m->pages);
	if (r) {
		munmap(m->pages, (size_t)n * PAGE);
		free(m);
		return leave(x, r);
	}
	SLIST_INSERT_HEAD(&x->mappings, m, link);
	*pages = m->pages;
	return leave(x, 0);
}

static int fake_unmap(void *ctx, void *pages, unsigned int n)
{
	struct xen_fake *x = ctx;
	int r = enter(x, XEN_FAKE_UNMAP);
	struct mapping *m;

	if (r)
		return r;
	SLIST_FOREACH (m, &x->mappings, link)
		if (m->pages == pages && m->n == n && !m->unmapped) {
			reserve(m->pages, m->n);
			m->unmapped = true;
			return leave(x, 0);
		}
	return leave(x, -EINVAL);
}

static int fake_map_drop(void *ctx)
{
	struct xen_fake *x = ctx;
	int r = enter(x, XEN_FAKE_MAP_DROP);

	if (r)
		return r;
	x->map_dropped = true;
	return leave(x, 0);
}

const struct xen_ops xen_ops_fake = {
	.evtchn_bind = fake_evtchn_bind,
	.evtchn_unbind = fake_evtchn_unbind,
	.evtchn_fd = fake_evtchn_fd,
	.evtchn_pending = fake_evtchn_pending,
	.evtchn_unmask = fake_evtchn_unmask,
	.evtchn_notify = fake_evtchn_notify,
	.evtchn_restrict = fake_evtchn_restrict,
	.map = fake_map,
	.unmap = fake_unmap,
	.map_drop = fake_map_drop,
};
