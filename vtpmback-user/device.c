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
/*
 * A front end that comes and goes without pause is made to wait: ever longer if
 * it did something wrong each time, which the log tells.
 */
#define SHORT_LIFE_MS	1000
#define SHORT_LIVES_MAX 8
#define PENALTY_MS	1000
#define PENALTY_STEPS	6
/* How long a front end has to give its ring up when it is detached. */
#define GRACE_MS 500
/*
 * Workers that die: try again, each time later, and then no more.  It is no
 * fault of theirs if somebody kills them, if they have lived for a moment.
 */
#define RESTART_MS	20
#define DEATHS_MAX	5
#define KILLED_LIFE_MS	250
/* When xenstore does not do what it was asked. */
#define RETRY_MS	 50
/* How soon to ask again for a vTPM that another domain has. */
#define WAIT_MS		 100
#define TRANSACTIONS_MAX 10

/* As its nodes say it, before the guest's word size is known. */
#define PROTOCOL_1 0

struct nodes {
	enum xenbus_state own, front;
	bool online;
	bool foreign;	/* our directory names another front end than ours */
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

/* Whether a node cannot be read because of what its writer made of it. */
static bool writers_fault(int r)
{
	return r == -EACCES || r == -EINVAL || r == -EMSGSIZE;
}

static int read_state(const struct device *d, uint32_t transaction,
		      const char *dir, enum xenbus_state *state)
{
	char value[XS_VALUE_MAX];
	int r = read_node(d, transaction, dir, "state", value);

	*state = XENBUS_INVALID;
	if (r == -ENOENT)
		*state = XENBUS_UNKNOWN;
	else if (r)
		return writers_fault(r) ? 0 : r;
	else
		*state = xenbus_state_parse(value);
	return 0;
}

/* -ENOENT when our directory does not exist (any more). */
static int read_nodes(const struct device *d, uint32_t transaction,
		      struct nodes *n)
{
	char value[XS_VALUE_MAX];
	int r;

	r = read_node(d, transaction, d->back, "frontend", value);
	if (r && !writers_fault(r))
		return r;
	n->foreign = r || strcmp(value, d->front) != 0;
	r = read_node(d, transaction, d->back, "online", value);
	if (r && r != -ENOENT)
		return r;
	n->online = r || strcmp(value, "0") != 0;
	r = read_state(d, transaction, d->back, &n->own);
	if (!r)
		r = read_state(d, XS_NO_TRANSACTION, d->front, &n->front);
	return r;
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
	/* Front ends of 2005 wait for it. */
	if (state == XENBUS_CONNECTED && d->ring.protocol != VRING_V2)
		r = write_node(d, transaction, d->back, "ready", "1");
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
	r = read_nodes(d, transaction, &now);
	if (r == -ENOENT ||
	    (!r && (now.own != n->own || now.online != n->online)))
		r = -ESTALE;
	if (!r)
		r = write_state(d, transaction, state);
	if (r) {
		xs->ops->end(xs->ctx, transaction, true);
		return r;
	}
	return xs->ops->end(xs->ctx, transaction, false);
}

/* xenstore is busy, or gone: which of the two its user will know. */
static void retry_later(struct device *d, int r)
{
	log_debug(NAME "xenstore: %s", NAME_OF(d), strerror(-r));
	d->ops->set_timer(d->ctx, d, RETRY_MS);
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
		d->moved = true;
		return 0;
	}
	if (r != -ESTALE)
		retry_later(d, r);
	return r;
}

/* For tools; the log has it too, so a failure here is no loss. */
static void write_error(struct device *d, const char *text)
{
	if (!write_node(d, XS_NO_TRANSACTION, d->error, "error", text))
		d->error_written = true;
}

static void count_child(void *arg, const char *name)
{
	unsigned int *n = arg;

	++*n;
}

/* The domain's directory of errors goes with the last of its devices. */
static void clear_error(struct device *d)
{
	const struct xs *xs = &d->xs;
	char dir[XS_PATH_MAX];
	unsigned int n = 0;

	if (!d->error_written)
		return;
	d->error_written = false;
	xs->ops->remove(xs->ctx, XS_NO_TRANSACTION, d->error);
	snprintf(dir, sizeof(dir), "%.*s",
		 (int)(strrchr(d->error, '/') - d->error), d->error);
	if (!xs->ops->list(xs->ctx, dir, count_child, &n) && n == 0)
		xs->ops->remove(xs->ctx, XS_NO_TRANSACTION, dir);
}

void device_free(struct device *d)
{
	const struct xs *xs = &d->xs;

	xs->ops->unwatch(xs->ctx, d->front_state, d->front_state);
	clear_error(d);
	free(d);
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

/* How long a front end is made to wait that was served too often of late. */
static unsigned int penalty_ms(const struct device *d)
{
	unsigned int n = d->short_lives;

	if (n < SHORT_LIVES_MAX)
		return d->brief_lives < SHORT_LIVES_MAX ? 0 : PENALTY_MS;
	n -= SHORT_LIVES_MAX;
	return (unsigned int)PENALTY_MS << (n < PENALTY_STEPS ? n
							      : PENALTY_STEPS);
}

/*
 * A directory that is being taken away is no fault of anybody's: its state was
 * another then, of which we are going to hear.
 */
static bool front_moved(const struct device *d, const struct nodes *n)
{
	enum xenbus_state state;

	return !read_state(d, XS_NO_TRANSACTION, d->front, &state) &&
	       state != n->front;
}

/*
 * A number of the front end's.  On an error either the device has failed, by
 * the front end's fault, or we come back.
 */
static int read_number(struct device *d, const struct nodes *n,
		       const char *node, uint32_t *number)
{
	char value[XS_VALUE_MAX], text[XS_PATH_MAX + 64];
	int r = read_node(d, XS_NO_TRANSACTION, d->front, node, value);

	if (!r)
		r = xs_parse_u32(value, UINT32_MAX, number);
	if (!r)
		return 0;
	if (r != -ENOENT && !writers_fault(r)) {
		retry_later(d, r);
		return r;
	}
	if (front_moved(d, n))
		return -ESTALE;
	snprintf(text, sizeof(text), "its front end's %s is %s: closing", node,
		 r == -ENOENT  ? "missing"
		 : r == -EACCES ? "not readable"
				: "not a number");
	device_fail(d, text);
	return r;
}

static int read_ring(struct device *d, const struct nodes *n,
		     struct device_ring *ring)
{
	char value[XS_VALUE_MAX];
	int r;

	memset(ring, 0, sizeof(*ring));
	r = read_number(d, n, "ring-ref", &ring->ring_ref);
	if (!r)
		r = read_number(d, n, "event-channel", &ring->event_channel);
	if (r)
		return r;
	r = read_node(d, XS_NO_TRANSACTION, d->front, "feature-protocol-v2",
		      value);
	if (r && r != -ENOENT && !writers_fault(r)) {
		retry_later(d, r);
		return r;
	}
	ring->protocol = !r && !strcmp(value, "1") ? VRING_V2 : PROTOCOL_1;
	return 0;
}

/* Protocol 1 is two, by the size of a long in the guest's kernel. */
static int choose_protocol(struct device *d, struct device_ring *ring)
{
	char text[XS_PATH_MAX + 64];
	int bits;

	if (ring->protocol != PROTOCOL_1)
		return 0;
	bits = d->ops->word_bits(d->ctx, d);
	if (bits > 0) {
		ring->protocol = bits == 32 ? VRING_V1_32 : VRING_V1_64;
		return 0;
	}
	if (bits == -EACCES)
		snprintf(text, sizeof(text),
			 "its front end has protocol 1, which the settings of "
			 "vTPM %u refuse (vtpmctl set %u protocol-1=yes "
			 "allows it): closing",
			 d->instance, d->instance);
	else
		snprintf(text, sizeof(text),
			 "its front end has protocol 1, for which the domain's "
			 "word size is needed: %s: closing",
			 strerror(-bits));
	device_fail(d, text);
	return bits;
}

/* Whether the front end still offers what the worker was given. */
static bool same_ring(const struct device *d, const struct device_ring *ring)
{
	return ring->ring_ref == d->ring.ring_ref &&
	       ring->event_channel == d->ring.event_channel &&
	       (ring->protocol == VRING_V2) == (d->ring.protocol == VRING_V2);
}

static void stop_worker(struct device *d)
{
	if (d->worker == DEVICE_WORKER_NONE ||
	    d->worker == DEVICE_WORKER_STOPPING)
		return;
	d->worker = DEVICE_WORKER_STOPPING;
	d->ops->worker_stop(d->ctx, d);
}

static bool holds_ring(const struct device *d)
{
	return d->worker == DEVICE_WORKER_CONNECTING ||
	       d->worker == DEVICE_WORKER_CONNECTED;
}

/* Returns true when there is a worker, in whatever state. */
static bool have_worker(struct device *d, bool adopt)
{
	int r;

	if (d->worker != DEVICE_WORKER_NONE)
		return true;
	if (d->refused || wait_until(d, d->restart_at))
		return false;
	r = d->ops->worker_start(d->ctx, d, adopt);
	if (r == -EAGAIN) {
		d->ops->set_timer(d->ctx, d, WAIT_MS);
		return false;
	}
	if (r) {
		d->refused = true;
		write_error(d, "its vTPM cannot be started: see the log");
		d->ops->set_timer(d->ctx, d, 0);
		return false;
	}
	d->adopts = adopt;
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
	int r = read_ring(d, n, &ring);

	if (!r)
		r = choose_protocol(d, &ring);
	if (d->failed)
		set_state(d, n, XENBUS_CLOSING);
	if (r)
		return;
	d->ring = ring;
	d->worker = DEVICE_WORKER_CONNECTING;
	/* On an error its end is on the way here. */
	if (d->ops->worker_connect(d->ctx, d, &ring))
		d->worker = DEVICE_WORKER_STOPPING;
}

static void connect_ring(struct device *d, struct nodes *n)
{
	if (d->failed) {
		set_state(d, n, XENBUS_CLOSING);
		return;
	}
	if (wait_until(d, d->settle_until) || !have_worker(d, false))
		return;
	if (d->worker == DEVICE_WORKER_READY) {
		give_ring(d, n);
	} else if (d->worker == DEVICE_WORKER_CONNECTED &&
		   !set_state(d, n, XENBUS_CONNECTED)) {
		clear_error(d);
		log_info(NAME "connected (instance %u)", NAME_OF(d),
			 d->instance);
	}
}

/*
 * Connected on both sides.  Without a worker: it died, or we are a daemon that
 * was started again, and the ring is adopted.
 */
static void keep_ring(struct device *d, struct nodes *n)
{
	struct device_ring ring;
	int r;

	if (d->failed) {
		set_state(d, n, XENBUS_CLOSING);
		return;
	}
	if (!have_worker(d, true))
		return;
	if (d->worker == DEVICE_WORKER_READY)
		give_ring(d, n);
	if (d->worker != DEVICE_WORKER_CONNECTED)
		return;
	r = read_ring(d, n, &ring);
	if (d->failed)
		set_state(d, n, XENBUS_CLOSING);
	else if (!r && !same_ring(d, &ring))
		stop_worker(d);
}

/* What was wrong with the front end, if anything was, when we closed. */
static void log_close(struct device *d, const struct nodes *n,
		      enum xenbus_state from)
{
	if (!n->online || n->front == XENBUS_CLOSED ||
	    (from != XENBUS_INIT_WAIT && from != XENBUS_CONNECTED))
		return;
	log_warning(NAME "its front end is %s while we are %s: closed",
		    NAME_OF(d),
		    n->front == XENBUS_UNKNOWN ? "gone"
					       : xenbus_state_name(n->front),
		    xenbus_state_name(from));
	d->short_lives++;
}

/* Returns false, with the timer set, when it has to be asked again. */
static bool let_go(struct device *d)
{
	if (d->ops->let_go(d->ctx, d) != -EAGAIN)
		return true;
	d->ops->set_timer(d->ctx, d, WAIT_MS);
	return false;
}

static void close_ring(struct device *d, struct nodes *n)
{
	const enum xenbus_state from = n->own;

	/* Who has just been told that we wait is given the time to hear it. */
	if (from == XENBUS_INIT_WAIT && n->online &&
	    wait_until(d, d->settle_until))
		return;
	if (!n->online || holds_ring(d))
		stop_worker(d);
	if (d->worker == DEVICE_WORKER_STOPPING)
		return;
	/* The toolstack ends the domain once it has seen Closed. */
	if (!n->online && !let_go(d))
		return;
	if (set_state(d, n, XENBUS_CLOSED))
		return;
	log_close(d, n, from);
	d->settle_until = now(d) + penalty_ms(d);
	if (d->settle_until < now(d) + SETTLE_CLOSED_MS)
		d->settle_until = now(d) + SETTLE_CLOSED_MS;
	wait_until(d, d->settle_until);
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
		else if (n->own == XENBUS_INIT_WAIT)
			have_worker(d, false);
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

/* A ring is held for a front end that offers it, and no longer. */
static bool ring_wanted(const struct nodes *n)
{
	if (n->own == XENBUS_INIT_WAIT)
		return n->front == XENBUS_INITIALISED ||
		       n->front == XENBUS_CONNECTED;
	return n->own == XENBUS_CONNECTED || n->own == XENBUS_CLOSING;
}

/* The front end gave up before we had told it that it is connected. */
static void drop_ring(struct device *d)
{
	if (d->worker == DEVICE_WORKER_CONNECTING)
		d->short_lives++;
	stop_worker(d);
}

/*
 * The toolstack has made the device anew in the same place: it may be another
 * vTPM's.
 */
static void start_over(struct device *d)
{
	stop_worker(d);
	clear_error(d);
	d->moved = d->refused = d->failed = false;
	d->short_lives = d->brief_lives = d->deaths = 0;
	d->settle_until = d->restart_at = 0;
}

/* Our own directory says what only a broken toolstack could have written. */
static void refuse_foreign(struct device *d)
{
	if (d->refused)
		return;
	device_fail(d, "the node frontend does not name the device's own front "
		       "end: refused");
	d->refused = true;
}

static void step(struct device *d, struct nodes *n)
{
	/* A front end that let its ring go may try again with a better one. */
	if (n->front != XENBUS_INITIALISED && n->front != XENBUS_CONNECTED)
		d->failed = false;
	if (n->online)
		d->offline_seen = false;
	if (n->own == XENBUS_INITIALISING && d->moved)
		start_over(d);
	if (n->foreign)
		refuse_foreign(d);
	if (holds_ring(d) && !ring_wanted(n))
		drop_ring(d);
	else if (d->refused && n->online &&
		 (n->own == XENBUS_INIT_WAIT || n->own == XENBUS_CONNECTED))
		set_state(d, n, XENBUS_CLOSING);
	else
		act(d, n);
}

bool device_update(struct device *d)
{
	struct nodes n;
	int r = read_nodes(d, XS_NO_TRANSACTION, &n);

	if (r == -ENOENT) {
		stop_worker(d);
		return d->worker != DEVICE_WORKER_NONE || !let_go(d);
	}
	if (r)
		retry_later(d, r);
	else
		step(d, &n);
	return true;
}

void device_domain_gone(struct device *d)
{
	d->refused = true;
	stop_worker(d);
}

void device_yield(struct device *d)
{
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
	if (d->adopts)
		log_info(NAME "goes on (instance %u)", NAME_OF(d),
			 d->instance);
}

void device_worker_failed(struct device *d, const char *text)
{
	/* Before it was ready, the fault is the vTPM's; later, the guest's. */
	if (d->worker == DEVICE_WORKER_STARTING)
		d->refused = true;
	device_fail(d, text);
	d->worker = DEVICE_WORKER_STOPPING;
}

static void worker_died(struct device *d, uint64_t lived_ms, bool was_killed)
{
	if (lived_ms > (was_killed ? KILLED_LIFE_MS : SHORT_LIFE_MS))
		d->deaths = 0;
	d->restart_at += (uint64_t)RESTART_MS << d->deaths;
	d->deaths++;
	if (d->deaths > DEATHS_MAX) {
		d->refused = true;
		device_fail(d, "its worker ended too often: it is given up "
			       "until the device is attached anew");
	}
}

void device_worker_gone(struct device *d, bool was_killed)
{
	uint64_t lived_ms = 0;

	if (d->connected_at) {
		lived_ms = now(d) - d->connected_at;
		if (lived_ms >= SHORT_LIFE_MS)
			d->short_lives = d->brief_lives = 0;
		else if (d->worker == DEVICE_WORKER_STOPPING && !d->failed)
			d->brief_lives++;
		else if (!was_killed)
			d->short_lives++;
		d->connected_at = 0;
	}
	d->restart_at = now(d) + penalty_ms(d);
	if (d->worker != DEVICE_WORKER_STOPPING)
		worker_died(d, lived_ms, was_killed);
	d->worker = DEVICE_WORKER_NONE;
}
