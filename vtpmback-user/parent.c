/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop over devices, workers, watches and signals: see parent.h. */

#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "device.h"
#include "launch.h"
#include "notify.h"
#include "parent.h"

#define WORKER_PROGRAM PKGLIBEXECDIR "/vtpm-worker"

/* How long a worker may take to keep its state and end. */
#define STOP_TIMEOUT_S 5

/*
 * What a worker that its guest has taken over may cost the others: so many
 * messages are taken before they have their turn, and so many lines go to the
 * log in a period.
 */
#define MESSAGES_MAX  32
#define LOG_LINES_MAX 50
#define LOG_PERIOD_MS 10000u

#define EVENTS 5

/* A device and its worker's process. */
struct slot {
	TAILQ_ENTRY(slot) link;
	struct parent *parent;
	struct device *device;
	struct event *timer;
	struct event *channel;
	struct event *deadline;
	int channel_fd;
	pid_t pid;		/* 0: no worker */
	bool killed;		/* what it says does not count any more */
	bool told;		/* the log knows why */
	bool known;		/* it was more than half a directory */
	bool dirty;		/* something may have changed */
	uint64_t log_since;	/* the period's start, */
	unsigned int log_lines;	/* and the lines in it */
};

struct parent {
	struct parent_setup setup;
	struct event_base *base;
	struct event *events[EVENTS];	/* the first is xenstore's */
	TAILQ_HEAD(, slot) slots;
	char directory[XS_PATH_MAX];	/* all of our devices are under it */
	bool rescan;			/* look for new devices there */
	bool released;			/* a domain may be gone */
	bool stopping;
	int status;
};

#define NAME	   "domain %u vtpm %u: "
#define NAME_OF(s) (s)->device->domid, (s)->device->handle

static void settle(struct parent *p);

static uint64_t slot_now_ms(void *ctx)
{
	struct timespec ts;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000u + (uint64_t)ts.tv_nsec / 1000000u;
}

static void slot_set_timer(void *ctx, struct device *d, unsigned int ms)
{
	const struct timeval tv = { (time_t)(ms / 1000),
				    (suseconds_t)(ms % 1000) * 1000 };
	struct slot *s = ctx;

	(void)d;
	evtimer_add(s->timer, &tv);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct slot *s = ctx;

	(void)fd;
	(void)what;
	s->dirty = true;
	settle(s->parent);
}

/* A process that was waited for is nobody's to kill, and 0 is our own group. */
static void kill_process(struct slot *s)
{
	s->killed = true;
	if (s->pid)
		kill(s->pid, SIGKILL);
}

static void on_deadline(evutil_socket_t fd, short what, void *ctx)
{
	struct slot *s = ctx;

	(void)fd;
	(void)what;
	if (s->pid && !s->killed)
		log_error(NAME "its worker does not end: killed", NAME_OF(s));
	kill_process(s);
}

/* The worker said what it must not: whoever it obeys, it is not us. */
static void kill_worker(struct slot *s, const char *why)
{
	if (s->killed)
		return;
	log_error(NAME "its worker %s: killed", NAME_OF(s), why);
	s->told = true;
	kill_process(s);
	event_del(s->channel);
}

static bool in_turn(const struct slot *s, uint32_t type)
{
	switch (s->device->worker) {
	case DEVICE_WORKER_STARTING:
		return type == MESSAGE_READY || type == MESSAGE_FAILED;
	case DEVICE_WORKER_CONNECTING:
		return type == MESSAGE_CONNECTED || type == MESSAGE_FAILED;
	case DEVICE_WORKER_STOPPING:
		return true;
	default:
		return false;
	}
}

static void take_log(struct slot *s, const struct message_log *m)
{
	const uint64_t now = slot_now_ms(s);
	char line[LOG_LINE_MAX];

	if (m->level < LOG_LEVEL_ERROR || m->level > LOG_LEVEL_DEBUG)
		return;
	if (now - s->log_since >= LOG_PERIOD_MS) {
		s->log_since = now;
		s->log_lines = 0;
	}
	if (++s->log_lines == LOG_LINES_MAX + 1)
		log_warning(NAME "its worker says too much: what follows is "
				 "left out",
			    NAME_OF(s));
	if (s->log_lines > LOG_LINES_MAX)
		return;
	/* Cut when too long, which a line of ours never is. */
	snprintf(line, sizeof(line), NAME "%.400s", NAME_OF(s), m->text);
	log_line((enum log_level)m->level, line);
}

static void take_message(struct slot *s, const struct message *m)
{
	if (m->type == MESSAGE_LOG) {
		take_log(s, &m->u.log);
		return;
	}
	if (!in_turn(s, m->type)) {
		kill_worker(s, "spoke out of turn");
		return;
	}
	s->dirty = true;
	if (s->device->worker == DEVICE_WORKER_STOPPING)
		return;
	if (m->type == MESSAGE_READY)
		device_worker_ready(s->device);
	else if (m->type == MESSAGE_CONNECTED)
		device_worker_connected(s->device);
	else
		device_worker_failed(s->device, m->u.failed.text);
}

/* Takes what the worker has said; true: there is more. */
static bool drain_channel(struct slot *s)
{
	struct message m;
	int r = 0, n;

	for (n = 0; !r && n < MESSAGES_MAX && !s->killed; n++) {
		r = channel_receive(s->channel_fd, false, false, &m);
		if (!r)
			take_message(s, &m);
	}
	if (r == -EBADMSG) {
		kill_worker(s, "sent what is no message");
	} else if (r && r != -EAGAIN) {
		/* Its end, or that of all talk with it. */
		event_del(s->channel);
		kill_process(s);
	}
	return !r && !s->killed;
}

static void on_channel(evutil_socket_t fd, short what, void *ctx)
{
	struct slot *s = ctx;

	(void)fd;
	(void)what;
	drain_channel(s);
	settle(s->parent);
}

/*
 * The key of a device's vTPM: the uuid that the toolstack gave it, in our own
 * directory, which the guest cannot write.
 */
static int read_uuid(struct slot *s, char *uuid, size_t size)
{
	const struct xs *xs = &s->parent->setup.xs;
	char path[XS_PATH_MAX + 8];
	int r;

	snprintf(path, sizeof(path), "%s/uuid", s->device->back);
	r = xs->ops->read(xs->ctx, XS_NO_TRANSACTION, path, uuid, size);
	if (!r && (strlen(uuid) != 36 ||
		   strspn(uuid, "0123456789abcdefABCDEF-") != 36))
		r = -EINVAL;
	if (r)
		log_error(NAME "it has no usable uuid node (%s): give the vtpm "
			       "line of its configuration a uuid",
			  NAME_OF(s), strerror(-r));
	return r;
}

/* One vTPM never serves two devices. */
static int check_single(struct slot *s, const char *uuid)
{
	struct slot *other;

	TAILQ_FOREACH(other, &s->parent->slots, link) {
		if (other == s || !other->pid ||
		    other->device->instance != s->device->instance)
			continue;
		log_error(NAME "its vTPM (uuid %s, instance %u) is in use by "
			       "domain %u: not started twice",
			  NAME_OF(s), uuid, s->device->instance,
			  other->device->domid);
		return -EBUSY;
	}
	return 0;
}

static int send_start(struct slot *s, bool adopt)
{
	const struct options *o = s->parent->setup.options;
	const uint32_t instance = s->device->instance;
	struct message m = { .type = MESSAGE_START };
	int r;

	m.u.start.instance = instance;
	m.u.start.domid = s->device->domid;
	m.u.start.uid = STATEDIR_UID_BASE + instance;
	m.u.start.localities = 1u << 0;
	m.u.start.sandbox = (uint32_t)o->sandbox;
	m.u.start.log_level = (uint32_t)log_get_level();
	m.u.start.adopt = adopt;
	r = statedir_key(s->parent->setup.dirs, instance, m.u.start.key);
	if (!r)
		r = channel_send(s->channel_fd, &m);
	explicit_bzero(&m, sizeof(m));
	return r;
}

static int launch(struct slot *s)
{
	struct statedir *dirs = s->parent->setup.dirs;
	int state_fd, live_fd, r;

	state_fd = statedir_open_instance(dirs, s->device->instance);
	if (state_fd < 0)
		return state_fd;
	live_fd = statedir_open_live(dirs, s->device->instance,
				     s->device->domid);
	if (live_fd < 0) {
		close(state_fd);
		return live_fd;
	}
	r = launch_worker(WORKER_PROGRAM, state_fd, live_fd, &s->pid,
			  &s->channel_fd);
	if (r)
		log_error(WORKER_PROGRAM ": %s", strerror(-r));
	close(live_fd);
	close(state_fd);
	return r;
}

static int slot_worker_start(void *ctx, struct device *d, bool adopt)
{
	char uuid[XS_VALUE_MAX];
	struct slot *s = ctx;
	int r;

	r = read_uuid(s, uuid, sizeof(uuid));
	if (!r)
		r = statedir_instance(s->parent->setup.dirs, uuid,
				      &d->instance);
	if (!r)
		r = check_single(s, uuid);
	if (!r)
		r = launch(s);
	if (r)
		return r;
	s->killed = s->told = false;
	s->channel = event_new(s->parent->base, s->channel_fd,
			       EV_READ | EV_PERSIST, on_channel, s);
	if (!s->channel || event_add(s->channel, NULL) ||
	    send_start(s, adopt)) {
		log_error(NAME "its worker cannot be spoken to", NAME_OF(s));
		kill_process(s);
	}
	return 0;
}

static int slot_worker_connect(void *ctx, struct device *d,
			       const struct device_ring *ring)
{
	struct message m = { .type = MESSAGE_CONNECT };
	struct slot *s = ctx;
	int r;

	(void)d;
	m.u.connect.protocol = ring->protocol;
	m.u.connect.ring_ref = ring->ring_ref;
	m.u.connect.event_channel = ring->event_channel;
	r = channel_send(s->channel_fd, &m);
	if (r)
		kill_process(s);
	return r;
}

static void slot_worker_stop(void *ctx, struct device *d)
{
	const struct message m = { .type = MESSAGE_STOP };
	const struct timeval tv = { STOP_TIMEOUT_S, 0 };
	struct slot *s = ctx;

	(void)d;
	if (!s->pid)
		return;
	if (channel_send(s->channel_fd, &m))
		kill_process(s);
	evtimer_add(s->deadline, &tv);
}

static const struct device_ops slot_ops = {
	.now_ms = slot_now_ms,
	.set_timer = slot_set_timer,
	.worker_start = slot_worker_start,
	.worker_connect = slot_worker_connect,
	.worker_stop = slot_worker_stop,
};

static void slot_free(struct slot *s)
{
	if (s->device)
		device_free(s->device);
	if (s->timer)
		event_free(s->timer);
	if (s->deadline)
		event_free(s->deadline);
	free(s);
}

static void slot_new(struct parent *p, uint32_t domid, uint32_t handle)
{
	struct slot *s = calloc(1, sizeof(*s));

	if (!s)
		return;
	s->parent = p;
	s->channel_fd = -1;
	s->timer = evtimer_new(p->base, on_timer, s);
	s->deadline = evtimer_new(p->base, on_deadline, s);
	s->device = device_new(&p->setup.xs, &slot_ops, s, p->setup.own_domid,
			       domid, handle);
	if (!s->timer || !s->deadline || !s->device) {
		log_error("domain %u vtpm %u: no memory", domid, handle);
		slot_free(s);
		return;
	}
	s->dirty = true;
	TAILQ_INSERT_TAIL(&p->slots, s, link);
}

static struct slot *slot_find(struct parent *p, uint32_t domid, uint32_t handle)
{
	struct slot *s;

	TAILQ_FOREACH(s, &p->slots, link)
		if (s->device->domid == domid && s->device->handle == handle)
			return s;
	return NULL;
}

static const char *describe_exit(int status, char *text, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(text, size, "was ended by signal %d",
			 WTERMSIG(status));
	else
		snprintf(text, size, "ended with status %d",
			 WEXITSTATUS(status));
	return text;
}

static void slot_worker_ended(struct slot *s, int status)
{
	char text[64];

	s->pid = 0;
	/* What it said last comes before its end. */
	if (s->channel) {
		while (drain_channel(s))
			;
		event_free(s->channel);
		s->channel = NULL;
	}
	close(s->channel_fd);
	s->channel_fd = -1;
	evtimer_del(s->deadline);
	describe_exit(status, text, sizeof(text));
	if (status && !s->told && s->device->worker != DEVICE_WORKER_STOPPING)
		log_error(NAME "its worker %s", NAME_OF(s), text);
	else
		log_debug(NAME "its worker %s", NAME_OF(s), text);
	device_worker_gone(s->device);
	s->dirty = true;
}

static void on_child(evutil_socket_t sig, short what, void *ctx)
{
	struct parent *p = ctx;
	struct slot *s;
	int status;
	pid_t pid;

	(void)sig;
	(void)what;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		TAILQ_FOREACH(s, &p->slots, link)
			if (s->pid == pid) {
				slot_worker_ended(s, status);
				break;
			}
	settle(p);
}

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

	if (p->stopping || slot_find(p, domid, handle))
		return;
	if (statedir_lock(p->setup.dirs, domid, &pid)) {
		log_debug("domain %u vtpm %u: left to process %d", domid,
			  handle, pid);
		return;
	}
	slot_new(p, domid, handle);
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
	TAILQ_FOREACH(s, &p->slots, link)
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
	s = slot_find(p, domid, handle);
	if (s)
		s->dirty = true;
}

static void check_released(struct parent *p)
{
	const struct domains *domains = &p->setup.domains;
	struct slot *s;

	p->released = false;
	TAILQ_FOREACH(s, &p->slots, link)
		if (domains->ops->state(domains->ctx, s->device->domid) ==
		    DOMAIN_GONE) {
			device_domain_gone(s->device);
			s->dirty = true;
		}
	statedir_sweep_live(p->setup.dirs, domains);
}

/* With --domain: whether there is nothing left to serve, ever. */
static bool finished(struct parent *p)
{
	const struct domains *domains = &p->setup.domains;
	const uint32_t only = p->setup.options->domain;
	struct slot *s;

	TAILQ_FOREACH(s, &p->slots, link)
		if (s->pid)
			return false;
	return p->stopping ||
	       (only != OPTIONS_ALL_DOMAINS &&
		domains->ops->state(domains->ctx, only) == DOMAIN_GONE);
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
	for (s = TAILQ_FIRST(&p->slots); s; s = next) {
		next = TAILQ_NEXT(s, link);
		if (!s->dirty || p->stopping)
			continue;
		s->dirty = false;
		alive = device_update(s->device);
		if (alive) {
			s->known = true;
		} else {
			if (s->known)
				log_info(NAME "gone", NAME_OF(s));
			TAILQ_REMOVE(&p->slots, s, link);
			slot_free(s);
		}
	}
	if (finished(p))
		event_base_loopbreak(p->base);
}

static void stop(struct parent *p)
{
	struct slot *s;

	if (p->stopping)
		return;
	p->stopping = true;
	notify_send("STOPPING=1");
	/* Our state nodes stay: guests keep their devices for our return. */
	TAILQ_FOREACH(s, &p->slots, link) {
		s->device->worker = DEVICE_WORKER_STOPPING;
		slot_worker_stop(s, s->device);
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

/* All that was there at our start has been looked at. */
static void serve(struct parent *p)
{
	const char *pid_file = p->setup.options->pid_file;
	bool written;

	p->rescan = p->released = true;
	settle(p);
	written = pid_file && !write_pid(pid_file);
	notify_send("READY=1");
	event_base_dispatch(p->base);
	if (written)
		unlink(pid_file);
}

int parent_run(const struct parent_setup *setup)
{
	struct parent p = { .setup = *setup };
	struct slot *s;
	size_t i;

	TAILQ_INIT(&p.slots);
	p.base = event_base_new();
	if (!p.base || add_handlers(&p) || watch(&p)) {
		log_error("cannot set up the event loop or xenstore's watches");
		p.status = 1;
	} else {
		serve(&p);
	}
	while ((s = TAILQ_FIRST(&p.slots))) {
		TAILQ_REMOVE(&p.slots, s, link);
		slot_free(s);
	}
	for (i = 0; i < EVENTS; i++)
		if (p.events[i])
			event_free(p.events[i]);
	if (p.base)
		event_base_free(p.base);
	return p.status;
}
