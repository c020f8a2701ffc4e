/* SPDX-License-Identifier: BSD-2-Clause */
/* One vTPM's way through xenbus: see device.h. */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "log.h"
#include "vring.h"

/*
 * libxl waits to see InitWait itself, not a later state, so a running guest's
 * front end must not carry us on before libxl has looked (hot attach).
 */
#define SETTLE_INIT_WAIT_MS 250
/*
 * A kexec'ed Linux waits to see our Closed; a driver that is loaded again
 * would take it for the end of the device.
 */
#define SETTLE_CLOSED_MS 100
/* A front end that comes and goes without pause is made to wait. */
#define SHORT_LIFE_MS	 1000
#define SHORT_LIVES_MAX	 8
#define SETTLE_BUSY_MS	 1000
/* How long a front end has to give its ring up when it is detached. */
#define GRACE_MS 500
/* Workers that die: try again, each time later, and then no more. */
#define RESTART_MS    50
#define DEATHS_MAX    5
#define RETRY_MS      50
#define TRANSACTIONS_MAX 10

struct nodes {
	enum xenbus_state own, front;
	bool online;
};

#define NAME	   "domain %u vtpm %u: "
#define NAME_OF(d) (d)->domid, (d)->handle

struct device *device_new(const struct xs *xs, const struct device_ops *ops,
			  void *ctx, uint32_t back_domid, uint32_t domid,
			  uint32_t handle)
{
	struct device *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->domid = domid;
	d->handle = handle;
	d->xs = *xs;
	d->ops = ops;
	d->ctx = ctx;
	snprintf(d->back, sizeof(d->back),
		 "/local/domain/%u/" DEVICE_DIRECTORY "/%u/%u", back_domid,
		 domid, handle);
	/* Never what the guest says of paths: ours gives the domain away. */
	snprintf(d->front, sizeof(d->front), "/local/domain/%u/device/vtpm/%u",
		 domid, handle);
	snprintf(d->front_state, sizeof(d->front_state),
		 "/local/domain/%u/device/vtpm/%u/state", domid, handle);
	snprintf(d->error, sizeof(d->error),
		 "/local/domain/%u/error/" DEVICE_DIRECTORY "/%u/%u",
		 back_domid, domid, handle);
	if (xs->ops->watch(xs->ctx, d->front_state, d->front_state)) {
		free(d);
		return NULL;
	}
	return d;
}

void device_free(struct device *d)
{
	const struct xs *xs = &d->xs;

	xs->ops->unwatch(xs->ctx, d->front_state, d->front_state);
	if (d->error_written)
		xs->ops->remove(xs->ctx, XS_NO_TRANSACTION, d->error);
	free(d);
}

static int read_node(const struct device *d, uint32_t transaction,
		     const char *dir, const char *node, char *value)
{
	char path[XS_PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/%s", dir, node);
	return d->xs.ops->read(d->xs.ctx, transaction, path, value,
			       XS_VALUE_MAX);
}

static int write_node(const struct device *d, uint32_t transaction,
		      const char *dir, const char *node, const char *value)
{
	char path[XS_PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/%s", dir, node);
	return d->xs.ops->write(d->xs.ctx, transaction, path, value);
}

static enum xenbus_state read_state(const struct device *d,
				    uint32_t transaction, const char *dir)
{
	char value[XS_VALUE_MAX];
	int r = read_node(d, transaction, dir, "state", value);

	if (r == -ENOENT)
		return XENBUS_UNKNOWN;
	return r ? XENBUS_INVALID : xenbus_state_parse(value);
}

/* Returns false when our directory does not exist (any more). */
static bool read_nodes(const struct device *d, uint32_t transaction,
		       struct nodes *n)
{
	char value[XS_VALUE_MAX];

	if (read_node(d, transaction, d->back, "frontend", value))
		return false;
	n->own = read_state(d, transaction, d->back);
	n->online = read_node(d, transaction, d->back, "online", value) ||
		    strcmp(value, "0") != 0;
	n->front = read_state(d, XS_NO_TRANSACTION, d->front);
	return true;
}

/* The nodes that go with a state, in the same transaction. */
static int write_state(const struct device *d, uint32_t transaction,
		       enum xenbus_state state)
{
	char text[16];
	int r = 0;

	if (state == XENBUS_INIT_WAIT) {
		r = write_node(d, transaction, d->back, "feature-protocol-v2",
			       "1");
		snprintf(text, sizeof(text), "%u", d->instance);
		if (!r)
			r = write_node(d, transaction, d->back, "instance",
				       text);
	}
	snprintf(text, sizeof(text), "%u", (unsigned int)state);
	return r ? r : write_node(d, transaction, d->back, "state", text);
}

/*
 * Writes our state, if all that led to it still stands: writing into a
 * directory that the toolstack has removed would make a ghost of it.
 */
static int try_state(const struct device *d, const struct nodes *n,
		     enum xenbus_state state)
{
	const struct xs *xs = &d->xs;
	uint32_t transaction;
	struct nodes now;
	int r;

	r = xs->ops->start(xs->ctx, &transaction);
	if (r)
		return r;
	if (!read_nodes(d, transaction, &now) || now.own != n->own ||
	    now.online != n->online)
		r = -ESTALE;
	else
		r = write_state(d, transaction, state);
	if (r) {
		xs->ops->end(xs->ctx, transaction, true);
		return r;
	}
	return xs->ops->end(xs->ctx, transaction, false);
}

/*
 * 0: done.  Otherwise what led here is no longer so, and its change calls
 * device_update again; or a timer does.
 */
static int set_state(struct device *d, struct nodes *n, enum xenbus_state state)
{
	int r, tries = TRANSACTIONS_MAX;

	do {
		r = try_state(d, n, state);
	} while (r == -EAGAIN && --tries > 0);
	if (!r) {
		log_debug(NAME "%s -> %s (front end %s)", NAME_OF(d),
			  xenbus_state_name(n->own), xenbus_state_name(state),
			  xenbus_state_name(n->front));
		n->own = state;
		return 0;
	}
	if (r != -ESTALE) {
		log_warning(NAME "xenstore: state %s: %s", NAME_OF(d),
			    xenbus_state_name(state), strerror(-r));
		d->ops->set_timer(d->ctx, d, RETRY_MS);
	}
	return r;
}

static void write_error(struct device *d, const char *text)
{
	/* For tools; the log has it too, so a failure here is no loss. */
	if (!write_node(d, XS_NO_TRANSACTION, d->error, "error", text))
		d->error_written = true;
}

static void device_fail(struct device *d, const char *text)
{
	log_error(NAME "%s", NAME_OF(d), text);
	write_error(d, text);
	d->failed = true;
	d->short_lives++;
}

static uint64_t now(const struct device *d)
{
	return d->ops->now_ms(d->ctx);
}

/* Returns true, with the timer set, while the time has not come. */
static bool wait_until(struct device *d, uint64_t time)
{
	uint64_t t = now(d);

	if (t >= time)
		return false;
	d->ops->set_timer(d->ctx, d, (unsigned int)(time - t));
	return true;
}

static int read_number(struct device *d, const char *node, uint32_t *number)
{
	char value[XS_VALUE_MAX], text[XS_PATH_MAX + 64];
	int r = read_node(d, XS_NO_TRANSACTION, d->front, node, value);

	if (!r)
		r = xs_parse_u32(value, UINT32_MAX, number);
	if (!r)
		return 0;
	snprintf(text, sizeof(text), "its front end's %s is %s: closing", node,
		 r == -ENOENT ? "missing" : "not a number");
	device_fail(d, text);
	return r;
}

static int read_ring(struct device *d, struct device_ring *ring)
{
	char value[XS_VALUE_MAX];
	int r;

	memset(ring, 0, sizeof(*ring));
	r = read_number(d, "ring-ref", &ring->ring_ref);
	if (!r)
		r = read_number(d, "event-channel", &ring->event_channel);
	if (r)
		return r;
	r = read_node(d, XS_NO_TRANSACTION, d->front, "feature-protocol-v2",
		      value);
	ring->protocol = !r && !strcmp(value, "1") ? VRING_V2 : VRING_V1;
	return 0;
}

static void stop_worker(struct device *d)
{
	if (d->worker == DEVICE_WORKER_NONE ||
	    d->worker == DEVICE_WORKER_STOPPING)
		return;
	d->worker = DEVICE_WORKER_STOPPING;
	d->ops->worker_stop(d->ctx, d);
}

/* Returns true when there is a worker, in whatever state. */
static bool have_worker(struct device *d, bool adopt)
{
	if (d->worker != DEVICE_WORKER_NONE)
		return true;
	if (d->refused || wait_until(d, d->restart_at))
		return false;
	if (d->ops->worker_start(d->ctx, d, adopt)) {
		d->refused = true;
		write_error(d, "its vTPM cannot be started: see the log");
		return false;
	}
	d->worker = DEVICE_WORKER_STARTING;
	return true;
}

/* InitWait, once the TPM is there. */
static void offer(struct device *d, struct nodes *n, unsigned int settle_ms)
{
	if (!have_worker(d, false) || d->worker != DEVICE_WORKER_READY)
		return;
	if (!set_state(d, n, XENBUS_INIT_WAIT)) {
		d->settle_until = now(d) + settle_ms;
		wait_until(d, d->settle_until);
	}
}

/* Hands the front end's ring to a worker that has none. */
static void give_ring(struct device *d, struct nodes *n)
{
	struct device_ring ring;

	if (!read_ring(d, &ring)) {
		d->ring = ring;
		d->worker = DEVICE_WORKER_CONNECTING;
		if (!d->ops->worker_connect(d->ctx, d, &ring))
			return;
		/* Its end is on the way here. */
		d->worker = DEVICE_WORKER_STOPPING;
		return;
	}
	set_state(d, n, XENBUS_CLOSING);
}

static void connect_ring(struct device *d, struct nodes *n)
{
	if (d->failed) {
		set_state(d, n, XENBUS_CLOSING);
		return;
	}
	if (wait_until(d, d->settle_until) || !have_worker(d, false))
		return;
	if (d->worker == DEVICE_WORKER_READY)
		give_ring(d, n);
	else if (d->worker == DEVICE_WORKER_CONNECTED &&
		 !set_state(d, n, XENBUS_CONNECTED))
		log_info(NAME "connected (instance %u)", NAME_OF(d),
			 d->instance);
}

/*
 * Connected on both sides.  Without a worker: it died, or we are a daemon that
 * was started again, and the ring is adopted.
 */
static void keep_ring(struct device *d, struct nodes *n)
{
	struct device_ring ring;

	if (d->failed || d->refused) {
		set_state(d, n, XENBUS_CLOSING);
		return;
	}
	if (!have_worker(d, true)) {
		/* It could not be started; closing is the next step. */
		if (d->refused)
			set_state(d, n, XENBUS_CLOSING);
		return;
	}
	if (d->worker == DEVICE_WORKER_READY) {
		give_ring(d, n);
		return;
	}
	if (d->worker != DEVICE_WORKER_CONNECTED)
		return;
	if (read_ring(d, &ring))
		set_state(d, n, XENBUS_CLOSING);
	else if (memcmp(&ring, &d->ring, sizeof(ring)) != 0)
		stop_worker(d);
}

static void close_ring(struct device *d, struct nodes *n)
{
	unsigned int settle = d->short_lives < SHORT_LIVES_MAX
				      ? SETTLE_CLOSED_MS
				      : SETTLE_BUSY_MS;

	if (!n->online || d->worker == DEVICE_WORKER_CONNECTING ||
	    d->worker == DEVICE_WORKER_CONNECTED)
		stop_worker(d);
	if (d->worker == DEVICE_WORKER_STOPPING)
		return;
	if (n->own == XENBUS_CONNECTED && n->front != XENBUS_UNKNOWN &&
	    n->front != XENBUS_CLOSED && n->online)
		log_warning(NAME "its front end went from Connected to %s: "
				 "closing",
			    NAME_OF(d), xenbus_state_name(n->front));
	if (!set_state(d, n, XENBUS_CLOSED)) {
		d->settle_until = now(d) + settle;
		wait_until(d, d->settle_until);
	}
}

static void detach(struct device *d, struct nodes *n)
{
	if (!d->offline_seen) {
		d->offline_seen = true;
		d->grace_until = now(d) + GRACE_MS;
	}
	if (n->own != XENBUS_CLOSING && set_state(d, n, XENBUS_CLOSING))
		return;
	if (!wait_until(d, d->grace_until))
		close_ring(d, n);
}

static void act(struct device *d, struct nodes *n)
{
	switch (xenbus_action(n->own, n->front, n->online)) {
	case XENBUS_NOTHING:
		if (!n->online)
			stop_worker(d);
		break;
	case XENBUS_OFFER:
		offer(d, n, SETTLE_INIT_WAIT_MS);
		break;
	case XENBUS_REOPEN:
		if (!d->failed && !wait_until(d, d->settle_until))
			offer(d, n, 0);
		break;
	case XENBUS_CONNECT:
		connect_ring(d, n);
		break;
	case XENBUS_KEEP:
		keep_ring(d, n);
		break;
	case XENBUS_CLOSING_TOO:
		set_state(d, n, XENBUS_CLOSING);
		break;
	case XENBUS_CLOSE:
		close_ring(d, n);
		break;
	case XENBUS_DETACH:
		detach(d, n);
		break;
	}
}

bool device_update(struct device *d)
{
	struct nodes n;

	if (!read_nodes(d, XS_NO_TRANSACTION, &n)) {
		stop_worker(d);
		return d->worker != DEVICE_WORKER_NONE;
	}
	/* A front end that let its ring go may try again with a better one. */
	if (n.front != XENBUS_INITIALISED && n.front != XENBUS_CONNECTED)
		d->failed = false;
	if (n.online)
		d->offline_seen = false;
	act(d, &n);
	return true;
}

void device_domain_gone(struct device *d)
{
	d->refused = true;
	stop_worker(d);
}

void device_worker_ready(struct device *d)
{
	if (d->worker == DEVICE_WORKER_STARTING)
		d->worker = DEVICE_WORKER_READY;
}

void device_worker_connected(struct device *d)
{
	if (d->worker != DEVICE_WORKER_CONNECTING)
		return;
	d->worker = DEVICE_WORKER_CONNECTED;
	d->connected_at = now(d);
}

void device_worker_failed(struct device *d, const char *text)
{
	/* Before it was ready, the fault is the vTPM's; later, the guest's. */
	if (d->worker == DEVICE_WORKER_STARTING)
		d->refused = true;
	device_fail(d, text);
	d->worker = DEVICE_WORKER_STOPPING;
}

static void worker_died(struct device *d, uint64_t lived_ms)
{
	if (lived_ms > SHORT_LIFE_MS)
		d->deaths = 0;
	d->restart_at = now(d) + ((uint64_t)RESTART_MS << d->deaths);
	d->deaths++;
	if (d->deaths > DEATHS_MAX) {
		d->refused = true;
		device_fail(d, "its worker ended too often: it is given up "
			       "until the device is attached anew");
	}
}

void device_worker_gone(struct device *d)
{
	uint64_t lived_ms = 0;

	if (d->connected_at) {
		lived_ms = now(d) - d->connected_at;
		d->short_lives =
			lived_ms < SHORT_LIFE_MS ? d->short_lives + 1 : 0;
		d->connected_at = 0;
	}
	if (d->worker != DEVICE_WORKER_STOPPING)
		worker_died(d, lived_ms);
	d->worker = DEVICE_WORKER_NONE;
}
