/* SPDX-License-Identifier: BSD-2-Clause */
/* See device_rig.h. */

#include "config.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device_rig.h"
#include "vring.h"

#define START_MS   20
#define CONNECT_MS 5
#define STOP_MS	   10

/* More steps than any story has: the daemon runs in a circle. */
#define UPDATES_MAX 5000

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* ---- What struct device asks for ---- */

static uint64_t rig_now_ms(void *ctx)
{
	const struct rig_device *d = ctx;

	return d->rig->now;
}

static void rig_set_timer(void *ctx, struct device *device, unsigned int ms)
{
	struct rig_device *d = ctx;

	ck_assert_ptr_eq(device, d->device);
	d->timer = d->rig->now + ms;
}

static void say(struct rig_device *d, enum rig_news news, unsigned int ms)
{
	d->news = news;
	d->news_at = d->rig->now + ms + d->slow_ms;
}

static int rig_worker_start(void *ctx, struct device *device, bool adopt)
{
	struct rig_device *d = ctx;

	ck_assert(!d->running);
	d->starts++;
	if (d->start_error == -EAGAIN)
		return d->start_error;
	if (d->start_error) {
		log_error("domain %u vtpm %u: cannot be started", d->domid,
			  d->handle);
		return d->start_error;
	}
	d->adoptions += adopt;
	d->running = true;
	device->instance = 1 + (uint32_t)(d - d->rig->devices);
	say(d, d->start_text ? RIG_FAILED : RIG_READY, START_MS);
	return 0;
}

bool rig_granted(uint32_t domid, const struct device_ring *ring)
{
	return (ring->protocol == VRING_V2 || ring->protocol == VRING_V1_32 ||
		ring->protocol == VRING_V1_64) &&
	       (ring->ring_ref == RIG_REF(domid) ||
		ring->ring_ref == RIG_REF(domid) + 1) &&
	       (ring->event_channel == RIG_PORT(domid) ||
		ring->event_channel == RIG_PORT(domid) + 1);
}

static int rig_word_bits(void *ctx, struct device *device)
{
	struct rig_device *d = ctx;

	ck_assert_ptr_eq(device, d->device);
	d->asked++;
	return d->word_bits ? d->word_bits : 64;
}

static int rig_worker_connect(void *ctx, struct device *device,
			      const struct device_ring *ring)
{
	struct rig_device *d = ctx;

	ck_assert_ptr_eq(device, d->device);
	ck_assert(d->running);
	d->connects++;
	d->ring = *ring;
	if (d->connect_error) {
		say(d, RIG_GONE, STOP_MS);
		return d->connect_error;
	}
	if (d->connect_text || !rig_granted(d->domid, ring))
		say(d, RIG_FAILED, CONNECT_MS);
	else
		say(d, RIG_CONNECTED, CONNECT_MS);
	return 0;
}

static void rig_worker_stop(void *ctx, struct device *device)
{
	struct rig_device *d = ctx;

	ck_assert_ptr_eq(device, d->device);
	ck_assert(d->running);
	d->stops++;
	say(d, RIG_GONE, STOP_MS);
}

static int rig_let_go(void *ctx, struct device *device)
{
	struct rig_device *d = ctx;

	ck_assert_ptr_eq(device, d->device);
	ck_assert(!d->running);
	d->let_gos++;
	return d->let_go_error;
}

static const struct device_ops rig_ops = {
	.now_ms = rig_now_ms,
	.set_timer = rig_set_timer,
	.worker_start = rig_worker_start,
	.word_bits = rig_word_bits,
	.worker_connect = rig_worker_connect,
	.worker_stop = rig_worker_stop,
	.let_go = rig_let_go,
};

/* ---- Workers ---- */

static const char *failure(const struct rig_device *d)
{
	static char text[80];

	if (d->device->worker == DEVICE_WORKER_STARTING)
		return d->start_text;
	if (d->connect_text)
		return d->connect_text;
	snprintf(text, sizeof(text), "ring-ref %u, event-channel %u: %s",
		 d->ring.ring_ref, d->ring.event_channel, strerror(EPERM));
	return text;
}

static void worker_speaks(struct rig_device *d)
{
	const enum rig_news news = d->news;

	d->news = RIG_SILENT;
	d->dirty = true;
	switch (news) {
	case RIG_READY:
		device_worker_ready(d->device);
		break;
	case RIG_CONNECTED:
		device_worker_connected(d->device);
		if (d->dies_connected)
			say(d, RIG_GONE, 1);
		break;
	case RIG_FAILED:
		device_worker_failed(d->device, failure(d));
		say(d, RIG_GONE, STOP_MS);
		break;
	default:
		d->running = false;
		device_worker_gone(d->device, d->killed);
	}
}

void rig_worker_dies(struct rig_device *d)
{
	ck_assert(d->running);
	d->news = RIG_GONE;
	d->news_at = d->rig->now;
}

/* ---- The daemon's loop ---- */

static void note_state(struct rig *rig)
{
	const size_t n = strlen(rig->states);
	const char state = (char)('0' + rig_state(&rig->devices[0]));

	if ((n == 0 || rig->states[n - 1] != state) && n + 1 < RIG_LINES)
		rig->states[n] = state;
}

/* As the parent does: a watch says where to look. */
static void fetch_watches(struct rig *rig)
{
	char path[XS_PATH_MAX], token[XS_PATH_MAX];
	struct rig_device *d;

	while (!rig->daemon.ops->next_watch(rig->daemon.ctx, path, sizeof(path),
					    token, sizeof(token)))
		for (d = rig->devices; d < rig->devices + RIG_DEVICES; d++)
			if (d->device &&
			    (!strcmp(token, d->device->front_state) ||
			     !strncmp(path, d->back, strlen(d->back)) ||
			     !strncmp(d->back, path, strlen(path))))
				d->dirty = true;
}

static void update(struct rig_device *d)
{
	d->dirty = false;
	ck_assert_msg(++d->rig->updates < UPDATES_MAX, "runs in a circle");
	if (device_update(d->device))
		return;
	ck_assert(!d->running);
	device_free(d->device);
	d->device = NULL;
	d->timer = 0;
}

/* Whether anything was due now. */
static bool turn(struct rig *rig)
{
	struct rig_device *d;
	bool busy = false;

	fetch_watches(rig);
	for (d = rig->devices; d < rig->devices + RIG_DEVICES; d++) {
		if (!d->device)
			continue;
		if (d->news && d->news_at <= rig->now)
			worker_speaks(d);
		if (d->timer && d->timer <= rig->now) {
			d->timer = 0;
			d->dirty = true;
		}
		if (!d->dirty)
			continue;
		update(d);
		busy = true;
	}
	note_state(rig);
	return busy;
}

static uint64_t next_event(const struct rig *rig, uint64_t end)
{
	const struct rig_device *d;

	for (d = rig->devices; d < rig->devices + RIG_DEVICES; d++) {
		if (d->device && d->news)
			end = earlier(end, d->news_at);
		if (d->device && d->timer)
			end = earlier(end, d->timer);
	}
	return end;
}

void rig_run(struct rig *rig, unsigned int ms)
{
	const uint64_t end = rig->now + ms;

	rig->updates = 0;
	for (;;) {
		while (turn(rig))
			;
		if (rig->now >= end)
			break;
		rig->now = next_event(rig, end);
	}
	ck_assert_uint_eq(xs_fake_transactions(rig->daemon), 0);
}

/* ---- The toolstack ---- */

static int put(struct xs xs, const char *dir, const char *node,
	       const char *value)
{
	char path[2 * XS_PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, node);
	return xs.ops->write(xs.ctx, XS_NO_TRANSACTION, path, value);
}

void rig_front(struct rig_device *d, const char *node, const char *value)
{
	ck_assert_int_eq(put(d->guest, d->front, node, value), 0);
}

void rig_back(struct rig_device *d, const char *node, const char *value)
{
	ck_assert_int_eq(put(d->rig->tool, d->back, node, value), 0);
}

static void take(struct xs xs, const char *path)
{
	xs.ops->remove(xs.ctx, XS_NO_TRANSACTION, path);
}

void rig_front_remove(struct rig_device *d, const char *node)
{
	char path[2 * XS_PATH_MAX];

	snprintf(path, sizeof(path), "%s%s%s", d->front, *node ? "/" : "",
		 node);
	take(d->guest, path);
}

static void make_directories(struct rig_device *d)
{
	struct rig *rig = d->rig;

	/* What the daemon would see of a half-made one is not what we test. */
	xs_fake_give(rig->store, d->front, d->domid, rig->back_domid);
	xs_fake_give(rig->store, d->back, rig->back_domid, d->domid);
	put(d->guest, d->front, "state", "1");
	put(d->guest, d->front, "backend", d->back);
	put(rig->tool, d->back, "state", "1");
	put(rig->tool, d->back, "online", "1");
	put(rig->tool, d->back, "uuid", "0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a01");
	put(rig->tool, d->back, "frontend", d->front);
}

struct rig_device *rig_make(struct rig *rig, uint32_t domid, uint32_t handle)
{
	struct rig_device *d = rig->devices;

	while (d->domid && (d->domid != domid || d->handle != handle))
		d++;
	ck_assert(d < rig->devices + RIG_DEVICES);
	if (!d->domid)
		d->guest = xs_fake_connect(rig->store, domid);
	d->rig = rig;
	d->domid = domid;
	d->handle = handle;
	snprintf(d->back, sizeof(d->back),
		 "/local/domain/%u/backend/vtpm/%u/%u", rig->back_domid, domid,
		 handle);
	snprintf(d->front, sizeof(d->front), "/local/domain/%u/device/vtpm/%u",
		 domid, handle);
	make_directories(d);
	return d;
}

void rig_discover(struct rig_device *d)
{
	struct rig *rig = d->rig;

	d->device = device_new(&rig->daemon, &rig_ops, d, rig->back_domid,
			       d->domid, d->handle);
	ck_assert_ptr_nonnull(d->device);
	d->dirty = true;
}

struct rig_device *rig_attach(struct rig *rig, uint32_t domid, uint32_t handle)
{
	struct rig_device *d = rig_make(rig, domid, handle);

	if (!d->device)
		rig_discover(d);
	return d;
}

static void watch_directory(struct rig *rig)
{
	char path[XS_PATH_MAX];

	rig->daemon = xs_fake_connect(rig->store, rig->back_domid);
	snprintf(path, sizeof(path), "/local/domain/%u/backend/vtpm",
		 rig->back_domid);
	rig->daemon.ops->watch(rig->daemon.ctx, path, path);
}

void rig_kill_daemon(struct rig *rig)
{
	struct rig_device *d;

	for (d = rig->devices; d < rig->devices + RIG_DEVICES; d++) {
		free(d->device);
		d->device = NULL;
		d->running = false;
		d->news = RIG_SILENT;
		d->timer = 0;
	}
	xs_fake_disconnect(rig->daemon);
	watch_directory(rig);
}

static void count(void *arg, const char *name)
{
	unsigned int *n = arg;

	(void)name;
	++*n;
}

/* libxl takes a path, and then its parents for as long as they are empty. */
static void clean_up(struct rig *rig, const char *path)
{
	char dir[XS_PATH_MAX];
	unsigned int n = 0;

	snprintf(dir, sizeof(dir), "%s", path);
	do {
		take(rig->tool, dir);
		*strrchr(dir, '/') = '\0';
		n = 0;
	} while (*dir && !rig->tool.ops->list(rig->tool.ctx, dir, count, &n) &&
		 !n);
}

unsigned int rig_detach(struct rig_device *d, bool destroy)
{
	struct rig *rig = d->rig;
	unsigned int waited;

	if (destroy)
		take(rig->tool, d->front);
	rig_back(d, "online", "0");
	if (rig_state(d) != XENBUS_CLOSED)
		rig_back(d, "state", "5");
	for (waited = 0; waited < 10000; waited += 10) {
		rig_run(rig, 10);
		if (rig_state(d) == XENBUS_CLOSED)
			break;
	}
	clean_up(rig, d->front);
	clean_up(rig, d->back);
	rig_run(rig, 100);
	return waited;
}

/* ---- The guest ---- */

void rig_front_ring_v1(struct rig_device *d, uint32_t ref, uint32_t port)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", ref);
	rig_front(d, "ring-ref", text);
	snprintf(text, sizeof(text), "%u", port);
	rig_front(d, "event-channel", text);
}

void rig_front_ring(struct rig_device *d, uint32_t ref, uint32_t port)
{
	rig_front_ring_v1(d, ref, port);
	rig_front(d, "feature-protocol-v2", "1");
}

void rig_connect(struct rig_device *d)
{
	rig_front_ring(d, RIG_REF(d->domid), RIG_PORT(d->domid));
	rig_front(d, "state", "3");
	rig_run(d->rig, 500);
	ck_assert_int_eq(rig_state(d), XENBUS_CONNECTED);
	rig_front(d, "state", "4");
	rig_run(d->rig, 100);
	ck_assert_int_eq(rig_state(d), XENBUS_CONNECTED);
}

/* ---- Looking ---- */

bool rig_exists(const struct rig *rig, const char *path)
{
	char value[XS_VALUE_MAX];

	return rig->tool.ops->read(rig->tool.ctx, XS_NO_TRANSACTION, path,
				   value, sizeof(value)) != -ENOENT;
}

const char *rig_read(const struct rig_device *d, const char *node)
{
	static char value[XS_VALUE_MAX];
	char path[2 * XS_PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", d->back, node);
	if (d->rig->tool.ops->read(d->rig->tool.ctx, XS_NO_TRANSACTION, path,
				   value, sizeof(value)))
		value[0] = '\0';
	return value;
}

int rig_state(const struct rig_device *d)
{
	const char *text = rig_read(d, "state");

	return *text ? (int)xenbus_state_parse(text) : 0;
}

static void rig_log(void *ctx, enum log_level level, const char *line)
{
	struct rig *rig = ctx;

	ck_assert_uint_lt(rig->n_lines, RIG_LINES);
	rig->levels[rig->n_lines] = level;
	snprintf(rig->lines[rig->n_lines++], LOG_LINE_MAX, "%s", line);
}

unsigned int rig_complaints(struct rig *rig)
{
	unsigned int i, n = 0;

	for (i = 0; i < rig->n_lines; i++)
		if (rig->levels[i] <= LOG_LEVEL_WARNING)
			n++;
	rig->n_lines = 0;
	return n;
}

/* ---- The host ---- */

struct rig *rig_new(uint32_t back_domid)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	char path[XS_PATH_MAX];

	ck_assert_ptr_nonnull(rig);
	rig->store = xs_fake_new();
	rig->tool = xs_fake_connect(rig->store, 0);
	rig->back_domid = back_domid;
	rig->now = 1000000;
	/* What a host has before its first vTPM. */
	snprintf(path, sizeof(path), "/local/domain/%u", back_domid);
	xs_fake_give(rig->store, path, back_domid, 0);
	snprintf(path, sizeof(path), "/local/domain/%u/error/backend/vtpm",
		 back_domid);
	xs_fake_give(rig->store, path, back_domid, 0);
	watch_directory(rig);
	log_to_function(rig_log, rig);
	return rig;
}

void rig_free(struct rig *rig)
{
	struct rig_device *d;

	for (d = rig->devices; d < rig->devices + RIG_DEVICES; d++)
		if (d->device)
			device_free(d->device);
	xs_fake_free(rig->store);
	log_to_function(NULL, NULL);
	free(rig);
}
