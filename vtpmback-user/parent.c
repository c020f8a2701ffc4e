/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop over devices, workers, watches and signals: see parent.h. */

#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "admin_socket.h"
#include "notify.h"
#include "parent.h"
#include "power.h"
#include "slot.h"

#define EVENTS 5

struct parent {
	struct parent_setup setup;
	struct event_base *base;
	struct event *events[EVENTS]; /* the first is xenstore's */
	struct slots slots;
	struct control *control;     /* NULL: could not be had */
	char directory[XS_PATH_MAX]; /* all of our devices are under it */
	bool rescan;		     /* look for new devices there */
	bool swept;		     /* what there was at our start */
	bool released;		     /* a domain may be gone */
	bool stopping;
	int status;
};

/* The next number in a path, and what follows its slash. */
static const char *next_number(const char *path, uint32_t max, uint32_t *n)
{
	char text[16];
	size_t len = strcspn(path, "/");

	if (len == 0 || len >= sizeof(text))
		return NULL;
	memcpy(text, path, len);
	text[len] = '\0';
	if (xs_parse_u32(text, max, n))
		return NULL;
	return path[len] ? path + len + 1 : path + len;
}

/* Makes the device known, unless it is another process' to serve. */
static void discover(struct parent *p, uint32_t domid, uint32_t handle)
{
	int pid;

	if (p->stopping || slot_find(&p->slots, domid, handle))
		return;
	if (statedir_lock(p->setup.dirs, domid, &pid)) {
		log_debug("domain %u vtpm %u: left to process %d", domid,
			  handle, pid);
		return;
	}
	slot_new(&p->slots, domid, handle);
}

struct found {
	struct parent *parent;
	uint32_t domid;
};

static void found_handle(void *arg, const char *name)
{
	const struct found *f = arg;
	uint32_t handle;

	if (!xs_parse_u32(name, UINT32_MAX, &handle))
		discover(f->parent, f->domid, handle);
}

static void scan_domain(struct parent *p, uint32_t domid)
{
	const struct xs *xs = &p->setup.xs;
	struct found f = { p, domid };
	char path[XS_PATH_MAX];

	snprintf(path, sizeof(path), "/local/domain/%u/" DEVICE_DIRECTORY "/%u",
		 p->setup.own_domid, domid);
	xs->ops->list(xs->ctx, path, found_handle, &f);
}

static void found_domain(void *arg, const char *name)
{
	struct parent *p = arg;
	uint32_t domid;

	if (!xs_parse_u32(name, DOMAINS_MAX - 1, &domid))
		scan_domain(p, domid);
}

static void scan(struct parent *p)
{
	const struct xs *xs = &p->setup.xs;
	const uint32_t only = p->setup.options->domain;

	if (only != OPTIONS_ALL_DOMAINS)
		scan_domain(p, only);
	else
		xs->ops->list(xs->ctx, p->directory, found_domain, p);
}

/* A watch says where to look, not what is there. */
static void note_watch(struct parent *p, const char *path, const char *token)
{
	const size_t len = strlen(p->directory);
	uint32_t domid, handle;
	struct slot *s;

	if (token[0] == '@') {
		p->released = true;
		return;
	}
	TAILQ_FOREACH(s, &p->slots.list, link)
		if (!strcmp(s->device->front_state, token))
			s->dirty = true;
	if (strcmp(token, p->directory) != 0)
		return;
	p->rescan = true;
	if (strncmp(path, p->directory, len) != 0 || path[len] != '/')
		return;
	path += len + 1;
	if (p->setup.options->domain == OPTIONS_ALL_DOMAINS)
		path = next_number(path, DOMAINS_MAX - 1, &domid);
	else
		domid = p->setup.options->domain;
	if (!path || !next_number(path, UINT32_MAX, &handle))
		return;
	s = slot_find(&p->slots, domid, handle);
	if (s)
		s->dirty = true;
}

/* Also when a domain has shut itself down, or was suspended. */
static void check_released(struct parent *p)
{
	struct slot *s;

	p->released = false;
	TAILQ_FOREACH(s, &p->slots.list, link)
		slot_domain_changed(s);
	power_sweep(p->setup.dirs, &p->setup.domains, !p->swept);
	p->swept = true;
}

/* With --domain: whether there is nothing left to serve, ever. */
static bool finished(struct parent *p)
{
	const uint32_t only = p->setup.options->domain;
	struct slot *s;

	TAILQ_FOREACH(s, &p->slots.list, link)
		if (s->pid)
			return false;
	return p->stopping ||
	       (only != OPTIONS_ALL_DOMAINS &&
		domains_state(&p->setup.domains, only) == DOMAIN_GONE);
}

/* Looks at all that may have changed, until nothing does. */
static void settle(struct parent *p)
{
	struct slot *s, *next;
	bool alive;

	if (p->released)
		check_released(p);
	if (p->rescan && !p->stopping)
		scan(p);
	p->rescan = false;
	for (s = TAILQ_FIRST(&p->slots.list); s; s = next) {
		next = TAILQ_NEXT(s, link);
		if (!s->dirty || p->stopping)
			continue;
		s->dirty = false;
		alive = device_update(s->device);
		if (alive) {
			s->known = true;
		} else {
			if (s->known)
				log_info(SLOT_NAME "gone", SLOT_NAME_OF(s));
			slot_free(s);
		}
	}
	if (finished(p))
		event_base_loopbreak(p->base);
}

static void on_slots_changed(void *ctx)
{
	settle(ctx);
}

static void on_child(evutil_socket_t sig, short what, void *ctx)
{
	struct parent *p = ctx;
	struct slot *s;
	int status;
	pid_t pid;

	(void)sig;
	(void)what;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		template_ended(&p->slots.template, pid);
		TAILQ_FOREACH(s, &p->slots.list, link)
			if (s->pid == pid) {
				slot_worker_ended(s, status);
				break;
			}
	}
	/* What it kept may be a gone domain's, and can be settled now. */
	p->released = true;
	settle(p);
}

static void stop(struct parent *p)
{
	struct slot *s;

	if (p->stopping)
		return;
	p->stopping = true;
	notify_send("STOPPING=1");
	/* Our state nodes stay: guests keep their devices for our return. */
	TAILQ_FOREACH(s, &p->slots.list, link) {
		slot_domain_changed(s);
		slot_stop(s);
	}
	settle(p);
}

static void on_stop(evutil_socket_t sig, short what, void *ctx)
{
	(void)what;
	log_info("ending on signal %d; guests keep their devices", (int)sig);
	stop(ctx);
}

static void on_hangup(evutil_socket_t sig, short what, void *ctx)
{
	int r = log_reopen();

	(void)sig;
	(void)what;
	(void)ctx;
	if (r)
		log_error("the log file cannot be opened anew: %s",
			  strerror(-r));
}

static void on_watch(evutil_socket_t fd, short what, void *ctx)
{
	char path[XS_PATH_MAX], token[XS_PATH_MAX];
	struct parent *p = ctx;
	const struct xs *xs = &p->setup.xs;
	int r;

	(void)fd;
	(void)what;
	while (!(r = xs->ops->next_watch(xs->ctx, path, sizeof(path), token,
					 sizeof(token))))
		note_watch(p, path, token);
	if (r != -EAGAIN && !p->stopping) {
		log_error("xenstore is gone: ending; guests keep their devices "
			  "until this daemon is started again");
		p->status = 1;
		/* It stays readable for ever. */
		event_del(p->events[0]);
		stop(p);
		return;
	}
	settle(p);
}

static int watch(struct parent *p)
{
	const struct xs *xs = &p->setup.xs;
	const uint32_t only = p->setup.options->domain;
	int r;

	if (only == OPTIONS_ALL_DOMAINS)
		snprintf(p->directory, sizeof(p->directory),
			 "/local/domain/%u/" DEVICE_DIRECTORY,
			 p->setup.own_domid);
	else
		snprintf(p->directory, sizeof(p->directory),
			 "/local/domain/%u/" DEVICE_DIRECTORY "/%u",
			 p->setup.own_domid, only);
	r = xs->ops->watch(xs->ctx, "@releaseDomain", "@releaseDomain");
	if (!r)
		r = xs->ops->watch(xs->ctx, p->directory, p->directory);
	if (r)
		log_error("xenstore: %s: %s", p->directory, strerror(-r));
	return r;
}

struct handler {
	evutil_socket_t fd;
	short what;
	event_callback_fn function;
};

static int add_handlers(struct parent *p)
{
	const struct xs *xs = &p->setup.xs;
	const struct handler handlers[EVENTS] = {
		{ xs->ops->fd(xs->ctx), EV_READ, on_watch },
		{ SIGTERM, EV_SIGNAL, on_stop },
		{ SIGINT, EV_SIGNAL, on_stop },
		{ SIGHUP, EV_SIGNAL, on_hangup },
		{ SIGCHLD, EV_SIGNAL, on_child },
	};
	size_t i;

	for (i = 0; i < EVENTS; i++) {
		p->events[i] = event_new(p->base, handlers[i].fd,
					 (short)(handlers[i].what | EV_PERSIST),
					 handlers[i].function, p);
		if (!p->events[i] || event_add(p->events[i], NULL))
			return -ENOMEM;
	}
	return 0;
}

static int write_pid(const char *path)
{
	FILE *f = fopen(path, "we");
	int r = 0;

	if (!f || fprintf(f, "%d\n", (int)getpid()) < 0)
		r = -errno;
	if (f && fclose(f) && !r)
		r = -errno;
	if (r)
		log_error("%s: %s", path, strerror(-r));
	return r;
}

static void list_devices(void *ctx,
			 void (*each)(void *arg, const struct control_reply *d),
			 void *arg)
{
	const struct parent *p = ctx;
	struct control_reply d;
	const struct slot *s;

	TAILQ_FOREACH(s, &p->slots.list, link) {
		slot_describe(s, &d);
		each(arg, &d);
	}
}

static void start_control(struct parent *p)
{
	static const struct control_ops ops = { .devices = list_devices };
	const uint32_t only = p->setup.options->domain;
	char path[PATH_MAX], number[16] = "";

	if (only != OPTIONS_ALL_DOMAINS)
		snprintf(number, sizeof(number), "-%u", only);
	snprintf(path, sizeof(path), "%s/" CONTROL_FILE "%s",
		 p->setup.dirs->run_path, number);
	p->control = control_start(p->base, path, &ops, p);
}

/* All that was there at our start has been looked at. */
static void serve(struct parent *p)
{
	const char *pid_file = p->setup.options->pid_file;
	bool written;

	p->rescan = p->released = true;
	settle(p);
	start_control(p);
	written = pid_file && !write_pid(pid_file);
	notify_send("READY=1");
	event_base_dispatch(p->base);
	if (written)
		unlink(pid_file);
	control_stop(p->control);
}

static void init_slots(struct parent *p)
{
	const struct parent_setup *setup = &p->setup;

	p->slots = (struct slots){
		.base = p->base,
		.xs = setup->xs,
		.domains = setup->domains,
		.options = setup->options,
		.dirs = setup->dirs,
		.own_domid = setup->own_domid,
		.changed = on_slots_changed,
		.ctx = p,
	};
	template_init(&p->slots.template, PKGLIBEXECDIR "/" TEMPLATE_NAME);
	TAILQ_INIT(&p->slots.list);
}

int parent_run(const struct parent_setup *setup)
{
	struct parent p = { .setup = *setup };
	struct slot *s;
	size_t i;

	p.base = event_base_new();
	init_slots(&p);
	if (!p.base || add_handlers(&p) || watch(&p)) {
		log_error("cannot set up the event loop or xenstore's watches");
		p.status = 1;
	} else {
		serve(&p);
	}
	while ((s = TAILQ_FIRST(&p.slots.list)))
		slot_free(s);
	template_end(&p.slots.template);
	for (i = 0; i < EVENTS; i++)
		if (p.events[i])
			event_free(p.events[i]);
	if (p.base)
		event_base_free(p.base);
	return p.status;
}
