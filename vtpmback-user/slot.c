/* SPDX-License-Identifier: BSD-2-Clause */
/* One device and its worker's process: see slot.h. */

#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "identity.h"
#include "power.h"
#include "sandbox.h"
#include "settings.h"
#include "slot.h"

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

/* How long a domain waits for another one's vTPM; libxl waits 10 s for us. */
#define CLAIM_MS 5000

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
	s->all->changed(s->all->ctx);
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
		log_error(SLOT_NAME "its worker does not end: killed",
			  SLOT_NAME_OF(s));
	kill_process(s);
}

/* The worker said what it must not: whoever it obeys, it is not us. */
static void kill_worker(struct slot *s, const char *why)
{
	if (s->killed)
		return;
	log_error(SLOT_NAME "its worker %s: killed", SLOT_NAME_OF(s), why);
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
		log_warning(SLOT_NAME
			    "its worker says too much: what follows is "
			    "left out",
			    SLOT_NAME_OF(s));
	if (s->log_lines > LOG_LINES_MAX)
		return;
	/* Cut when too long, which a line of ours never is. */
	snprintf(line, sizeof(line), SLOT_NAME "%.400s", SLOT_NAME_OF(s),
		 m->text);
	log_line((enum log_level)m->level, line);
}

/* What the administrator has said of the vTPM; whether it may start at all. */
static int read_settings(struct slot *s, struct settings *settings)
{
	const struct statedir *dirs = s->all->dirs;
	const uint32_t instance = s->device->instance;
	int r;

	r = settings_read(dirs->state_fd, instance, settings);
	if (r || !settings->moved)
		return r;
	log_error(SLOT_NAME
		  "its vTPM (instance %u) has moved to %s: not started "
		  "here, so that there are no two of it; if it is to "
		  "live here again, see vtpmctl(8), import and set",
		  SLOT_NAME_OF(s), instance,
		  settings->moved_to[0] ? settings->moved_to : "another host");
	return -EPERM;
}

/*
 * From now on it has the vTPM's lock, which vtpmctl had if it moved the vTPM
 * since we looked.
 */
static void take_ready(struct slot *s)
{
	struct settings settings;

	if (read_settings(s, &settings)) {
		s->holds = false;
		device_worker_failed(s->device, "its vTPM was moved");
		kill_process(s);
	} else {
		device_worker_ready(s->device);
	}
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
		take_ready(s);
	else if (m->type == MESSAGE_CONNECTED)
		device_worker_connected(s->device);
	else {
		/* Before it was ready, it has not had the vTPM. */
		if (s->device->worker == DEVICE_WORKER_STARTING)
			s->holds = false;
		device_worker_failed(s->device, m->u.failed.text);
	}
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
	s->all->changed(s->all->ctx);
}

/*
 * The key of a device's vTPM: the uuid that the toolstack gave it, in our own
 * directory, which the guest cannot write.
 */
static int read_uuid(struct slot *s, char *uuid, size_t size)
{
	const struct xs *xs = &s->all->xs;
	char path[XS_PATH_MAX + 8];
	int r;

	snprintf(path, sizeof(path), "%s/uuid", s->device->back);
	r = xs->ops->read(xs->ctx, XS_NO_TRANSACTION, path, uuid, size);
	if (!r && !vtpmdb_is_uuid(uuid))
		r = -EINVAL;
	if (r)
		log_error(SLOT_NAME
			  "it has no usable uuid node (%s): give the vtpm "
			  "line of its configuration a uuid",
			  SLOT_NAME_OF(s), strerror(-r));
	return r;
}

/*
 * The guest's name, which dom0 alone can write.  A guest without one, or one
 * that a back end in another domain may not read, is known by its vTPM's uuid.
 */
static int read_name(struct slot *s, char *name, size_t size)
{
	const struct xs *xs = &s->all->xs;
	char path[XS_PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "/local/domain/%u/name", s->device->domid);
	r = xs->ops->read(xs->ctx, XS_NO_TRANSACTION, path, name, size);
	if (r == -ENOENT || r == -EACCES || r == -EMSGSIZE || r == -EINVAL) {
		name[0] = '\0';
		return 0;
	}
	/* To go on without would be to take it for another's. */
	if (r)
		log_error(SLOT_NAME "%s: %s", SLOT_NAME_OF(s), path,
			  strerror(-r));
	return r;
}

/* Which instance it is: what the toolstack says, and vtpm.db. */
static int find_instance(struct slot *s)
{
	char uuid[XS_VALUE_MAX], name[XS_VALUE_MAX];
	struct identity who = { .handle = s->device->handle };
	struct identity_found found;
	int r;

	r = read_uuid(s, uuid, sizeof(uuid));
	if (!r)
		r = read_name(s, name, sizeof(name));
	if (r)
		return r;
	who.uuid = uuid;
	who.name = name[0] ? name : NULL;
	r = identity_settle(s->all->dirs, &who, &found);
	if (!r)
		s->device->instance = found.instance;
	return r;
}

static int refuse_claim(struct slot *s, const struct slot *holder)
{
	log_error(SLOT_NAME
		  "its vTPM (instance %u) is in use by domain %u: not started "
		  "twice",
		  SLOT_NAME_OF(s), s->device->instance, holder->device->domid);
	s->waits_since = 0;
	return -EBUSY;
}

/* Another domain has the vTPM. */
static int contest(struct slot *s, struct slot *holder)
{
	const struct domains *domains = &s->all->domains;
	struct domain_info mine, theirs;

	if (!s->waits_since)
		s->waits_since = slot_now_ms(s);
	domains_look(domains, s->device->domid, &mine);
	domains_look(domains, holder->device->domid, &theirs);
	switch (power_claim(&mine, &theirs)) {
	case POWER_TAKE:
		log_info(SLOT_NAME
			 "its vTPM (instance %u) is handed over by domain %u",
			 SLOT_NAME_OF(s), s->device->instance,
			 holder->device->domid);
		holder->holds = false;
		device_yield(holder->device);
		return 0;
	case POWER_WAIT:
		return -EAGAIN;
	case POWER_WAIT_SOME:
		if (slot_now_ms(s) - s->waits_since < CLAIM_MS)
			return -EAGAIN;
		return refuse_claim(s, holder);
	default:
		return refuse_claim(s, holder);
	}
}

/* One vTPM never serves two domains. */
static int claim(struct slot *s)
{
	const uint32_t instance = s->device->instance;
	struct slot *other;
	bool busy = false;
	int r = 0;

	TAILQ_FOREACH(other, &s->all->list, link) {
		if (other == s || other->device->instance != instance)
			continue;
		if (!r && other->holds)
			r = contest(s, other);
		busy = busy || other->pid;
	}
	if (r)
		return r;
	s->holds = true;
	s->waits_since = 0;
	/* Its last worker has to end first. */
	if (busy)
		return -EAGAIN;
	return power_take(s->all->dirs, &s->all->domains, instance,
			  s->device->domid);
}

/* Kept with the vTPM, for those who ask later. */
static void note_late(struct slot *s, struct settings *settings)
{
	settings->attached_late = true;
	/* What went wrong was logged, and so is that it was late. */
	(void)settings_write(s->all->dirs->state_fd, s->device->instance,
			     settings);
}

/* A guest that runs could have written the record of its own boot. */
static int check_late(struct slot *s, const struct domain_info *info,
		      struct settings *settings)
{
	struct statedir *dirs = s->all->dirs;

	if (!info->ran || !statedir_is_new(dirs, s->device->instance))
		return 0;
	if (s->all->options->no_late_attach) {
		log_error(SLOT_NAME
			  "its vTPM is new and the guest runs already: "
			  "refused (--no-late-attach)",
			  SLOT_NAME_OF(s));
		return -EPERM;
	}
	log_warning(SLOT_NAME
		    "its vTPM is new and the guest runs already: what its PCRs "
		    "say of the guest's start is the guest's word only",
		    SLOT_NAME_OF(s));
	note_late(s, settings);
	return 0;
}

static int send_start(struct slot *s, const struct domain_info *info,
		      uint32_t localities, bool adopt)
{
	const struct options *o = s->all->options;
	const uint32_t instance = s->device->instance;
	struct message m = { .type = MESSAGE_START };
	int r;

	m.u.start.instance = instance;
	m.u.start.domid = s->device->domid;
	m.u.start.uid = STATEDIR_UID_BASE + instance;
	m.u.start.localities = localities;
	m.u.start.sandbox = (uint32_t)o->sandbox;
	m.u.start.log_level = (uint32_t)log_get_level();
	m.u.start.adopt = adopt;
	m.u.start.crashes = s->crashes;
	memcpy(m.u.start.guest, info->uuid, sizeof(m.u.start.guest));
	r = statedir_key(s->all->dirs, instance, m.u.start.key);
	if (!r)
		r = channel_send(s->channel_fd, &m);
	explicit_bzero(&m, sizeof(m));
	return r;
}

static int start_worker(struct slot *s)
{
	struct statedir *dirs = s->all->dirs;
	int state_fd, live_fd, r;

	state_fd = statedir_open_instance(dirs, s->device->instance);
	if (state_fd < 0)
		return state_fd;
	live_fd =
		statedir_open_live(dirs, s->device->instance, s->device->domid);
	if (live_fd < 0) {
		close(state_fd);
		return live_fd;
	}
	r = template_start_worker(&s->all->template, state_fd, live_fd, &s->pid,
				  &s->channel_fd);
	if (r)
		log_error("%s: %s", s->all->template.path, strerror(-r));
	close(live_fd);
	close(state_fd);
	return r;
}

static int slot_worker_start(void *ctx, struct device *d, bool adopt)
{
	struct domain_info info;
	struct settings settings;
	struct slot *s = ctx;
	int r;

	domains_look(&s->all->domains, d->domid, &info);
	r = find_instance(s);
	if (!r)
		r = read_settings(s, &settings);
	if (!r)
		r = claim(s);
	if (!r)
		r = check_late(s, &info, &settings);
	if (!r)
		r = start_worker(s);
	if (r) {
		s->holds = s->holds && r == -EAGAIN;
		return r;
	}
	s->killed = s->told = false;
	s->no_protocol_1 = !settings.protocol_1;
	s->channel = event_new(s->all->base, s->channel_fd,
			       EV_READ | EV_PERSIST, on_channel, s);
	if (!s->channel || event_add(s->channel, NULL) ||
	    send_start(s, &info, settings.localities, adopt)) {
		log_error(SLOT_NAME "its worker cannot be spoken to",
			  SLOT_NAME_OF(s));
		kill_process(s);
	}
	return 0;
}

static int slot_word_bits(void *ctx, struct device *d)
{
	const struct slot *s = ctx;
	const struct domains *domains = &s->all->domains;

	if (s->no_protocol_1)
		return -EACCES;
	return domains->ops->word_bits(domains->ctx, d->domid);
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

/* A daemon that was started since knows it by the node that we wrote. */
static int read_instance(struct slot *s)
{
	const struct xs *xs = &s->all->xs;
	char path[XS_PATH_MAX + 16], text[XS_VALUE_MAX];
	int r;

	if (s->device->instance)
		return 0;
	snprintf(path, sizeof(path), "%s/instance", s->device->back);
	r = xs->ops->read(xs->ctx, XS_NO_TRANSACTION, path, text, sizeof(text));
	return r ? r : xs_parse_u32(text, UINT32_MAX, &s->device->instance);
}

static int slot_let_go(void *ctx, struct device *d)
{
	struct slot *s = ctx;
	int r = read_instance(s);

	if (!r && d->instance)
		r = power_let_go(s->all->dirs, &s->all->domains, d->instance,
				 d->domid);
	s->holds = s->holds && r == -EAGAIN;
	return r;
}

static const struct device_ops slot_ops = {
	.now_ms = slot_now_ms,
	.set_timer = slot_set_timer,
	.worker_start = slot_worker_start,
	.word_bits = slot_word_bits,
	.worker_connect = slot_worker_connect,
	.worker_stop = slot_worker_stop,
	.let_go = slot_let_go,
};

void slot_domain_changed(struct slot *s)
{
	const struct domains *domains = &s->all->domains;
	const uint32_t domid = s->device->domid;

	if (s->device->instance)
		power_note(s->all->dirs, domains, s->device->instance, domid);
	if (domains_state(domains, domid) != DOMAIN_GONE)
		return;
	s->holds = false;
	device_domain_gone(s->device);
	s->dirty = true;
}

void slot_stop(struct slot *s)
{
	s->device->worker = DEVICE_WORKER_STOPPING;
	slot_worker_stop(s, s->device);
}

void slot_free(struct slot *s)
{
	TAILQ_REMOVE(&s->all->list, s, link);
	if (s->device)
		device_free(s->device);
	if (s->timer)
		event_free(s->timer);
	if (s->deadline)
		event_free(s->deadline);
	free(s);
}

void slot_new(struct slots *all, uint32_t domid, uint32_t handle)
{
	struct slot *s = calloc(1, sizeof(*s));

	if (!s)
		return;
	s->all = all;
	s->channel_fd = -1;
	s->timer = evtimer_new(all->base, on_timer, s);
	s->deadline = evtimer_new(all->base, on_deadline, s);
	s->device = device_new(&all->xs, &slot_ops, s, all->own_domid, domid,
			       handle);
	TAILQ_INSERT_TAIL(&all->list, s, link);
	if (!s->timer || !s->deadline || !s->device) {
		log_error("domain %u vtpm %u: no memory", domid, handle);
		slot_free(s);
		return;
	}
	s->dirty = true;
}

struct slot *slot_find(struct slots *all, uint32_t domid, uint32_t handle)
{
	struct slot *s;

	TAILQ_FOREACH(s, &all->list, link)
		if (s->device->domid == domid && s->device->handle == handle)
			return s;
	return NULL;
}

/* A node of the back end's own directory; empty where there is none. */
static void read_node(const struct slot *s, const char *name, char *text,
		      size_t size)
{
	const struct xs *xs = &s->all->xs;
	char path[XS_PATH_MAX + 8];

	snprintf(path, sizeof(path), "%s/%s", s->device->back, name);
	if (xs->ops->read(xs->ctx, XS_NO_TRANSACTION, path, text, size))
		text[0] = '\0';
}

void slot_describe(const struct slot *s, struct control_reply *d)
{
	const struct device *device = s->device;
	char state[16];

	memset(d, 0, sizeof(*d));
	d->domid = device->domid;
	d->handle = device->handle;
	d->instance = device->instance;
	d->pid = (uint32_t)s->pid;
	d->deaths = device->deaths;
	d->connected = device->worker == DEVICE_WORKER_CONNECTED;
	if (d->connected)
		d->connected_ms = slot_now_ms(NULL) - device->connected_at;
	read_node(s, "state", state, sizeof(state));
	d->state = (uint32_t)xenbus_state_parse(state[0] ? state : NULL);
	read_node(s, "uuid", d->uuid, sizeof(d->uuid));
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

static bool was_killed(int status)
{
	return WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL ||
				       WTERMSIG(status) == SIGTERM);
}

static bool crashed(int status)
{
	return WIFSIGNALED(status) ? !was_killed(status)
				   : WEXITSTATUS(status) == SANDBOX_EXIT;
}

/* Before it is connected a worker looks at what the last one left waiting. */
static void count_crash(struct slot *s, int status)
{
	if (!crashed(status))
		s->crashes = 0;
	else if (s->device->worker == DEVICE_WORKER_CONNECTED)
		s->crashes = 1;
	else if (s->device->worker == DEVICE_WORKER_CONNECTING)
		s->crashes++;
}

void slot_worker_ended(struct slot *s, int status)
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
	count_crash(s, status);
	/* What a guest may have learned is worth nothing any more. */
	if (crashed(status))
		template_end(&s->all->template);
	describe_exit(status, text, sizeof(text));
	if (status && !s->told && s->device->worker != DEVICE_WORKER_STOPPING)
		log_error(SLOT_NAME "its worker %s", SLOT_NAME_OF(s), text);
	else
		log_debug(SLOT_NAME "its worker %s", SLOT_NAME_OF(s), text);
	device_worker_gone(s->device, was_killed(status) && !s->told);
	s->dirty = true;
}
