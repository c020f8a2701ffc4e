/* SPDX-License-Identifier: BSD-2-Clause */
/* One vTPM: see worker.h. */

#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "channel.h"
#include "live.h"
#include "log.h"
#include "sandbox.h"
#include "seal.h"
#include "store.h"
#include "store_saved.h"
#include "vring.h"
#include "worker.h"

/*
 * The end of an earlier worker may not have reached the hypervisor when its
 * lock is gone: the port is bound for a moment longer.
 */
#define BIND_TRIES   50
#define BIND_STEP_MS 20

/* A command that has ended so many workers is not executed once more. */
#define CRASHES_MAX 2

_Static_assert(ENGINE_VOLATILE_MAX <= LIVE_STATE_MAX &&
		       ENGINE_PACKET_MAX <= LIVE_ANSWER_MAX,
	       "what an engine has can be kept");

struct worker {
	struct worker_setup setup;
	struct message_start start;
	struct store *store;
	struct live *live;
	void *tpm;
	struct vring *ring;
	bool answered;			/* the command, when it was stored */
	bool store_failed, live_failed; /* and that has been said */
	bool background_failed;		/* not tried again by itself */
	bool resumed; /* on what was saved, which is still there */
	uint8_t req[ENGINE_PACKET_MAX];
};

static void send_log(void *ctx, enum log_level level, const char *line)
{
	struct worker *w = ctx;
	struct message m = { .type = MESSAGE_LOG };

	m.u.log.level = (uint32_t)level;
	snprintf(m.u.log.text, sizeof(m.u.log.text), "%s", line);
	/* A full channel costs the line: the guest must not wait for a log. */
	channel_send(w->setup.channel_fd, &m);
}

__attribute__((format(printf, 2, 3))) static int fail(struct worker *w,
						      const char *fmt, ...)
{
	struct message m = { .type = MESSAGE_FAILED };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(m.u.failed.text, sizeof(m.u.failed.text), fmt, ap);
	va_end(ap);
	channel_send(w->setup.channel_fd, &m);
	return -1;
}

static int reply(struct worker *w, enum message_type type)
{
	const struct message m = { .type = (uint32_t)type };

	return channel_send(w->setup.channel_fd, &m);
}

/*
 * The new state with the command's answer: either both come to be or neither,
 * whatever happens to this process meanwhile.
 */
static int store_answer(struct worker *w, const uint8_t *state, size_t len,
			size_t answer_len)
{
	size_t n = 0;
	int r;

	r = w->setup.engine->save_volatile(w->tpm, live_room(w->live),
					   LIVE_STATE_MAX, &n);
	if (!r)
		r = live_prepare(w->live, n, answer_len,
				 store_next_counter(w->store));
	if (!r)
		r = store_save(w->store, state, len);
	if (r)
		return r;
	live_fulfil(w->live);
	w->answered = true;
	return 0;
}

static int host_store(void *ctx, const uint8_t *state, size_t len,
		      size_t answer_len)
{
	struct worker *w = ctx;
	int r;

	if (answer_len && !w->answered)
		r = store_answer(w, state, len, answer_len);
	else
		r = store_save(w->store, state, len);
	/* Once: a guest can try as often as it likes. */
	if (r && !w->store_failed)
		log_error("its state cannot be written (%s); the command "
			  "fails, the earlier state stands",
			  strerror(-r));
	w->store_failed = r != 0;
	return r;
}

static bool host_cancelled(void *ctx)
{
	struct worker *w = ctx;

	return w->ring && vring_cancelled(w->ring);
}

static const struct engine_host host = {
	.store = host_store,
	.cancelled = host_cancelled,
};

/*
 * Keeps the volatile state where the next worker finds it, and with it the
 * answer of answer_len bytes, if there is one.
 */
static void keep_live(struct worker *w, size_t answer_len)
{
	const struct engine *e = w->setup.engine;
	size_t len = 0;
	int r, saved;

	r = e->save_volatile(w->tpm, live_room(w->live), LIVE_STATE_MAX, &len);
	if (r)
		live_give_up(w->live);
	saved = live_save(w->live, r ? 0 : len, answer_len);
	if (!r)
		r = saved;
	if (r && !w->live_failed)
		log_error("its volatile state cannot be kept (%s): a restart "
			  "of this daemon would lose it",
			  strerror(-r));
	w->live_failed = r != 0;
}

static int explain_load(struct worker *w, int r)
{
	switch (r) {
	case -ENODATA:
		return fail(w, "its state is missing: put the file "
			       "\"permanent\" back from a backup; a new TPM is "
			       "never made in its place");
	case -EBADMSG:
		return fail(w, "its state is damaged, or was sealed under "
			       "another key: put the file \"permanent\" back "
			       "from a backup; a new TPM is never made in its "
			       "place");
	case -ENOTSUP:
		return fail(w, "its state was written by a later version: "
			       "upgrade this host");
	default:
		return fail(w, "its state cannot be read: %s", strerror(-r));
	}
}

static int load_permanent(struct worker *w)
{
	const struct engine *e = w->setup.engine;
	uint8_t *state = NULL;
	size_t len;
	int r;

	r = store_load(w->store, &state, &len);
	if (r == -ENOENT) {
		r = e->manufacture(w->tpm);
		if (r)
			return fail(w, "a new TPM cannot be made: %s",
				    strerror(-r));
		log_info("made a new %s", e->name);
		return 0;
	}
	if (!r) {
		r = e->load(w->tpm, state, len);
		explicit_bzero(state, len);
		free(state);
	}
	return r ? explain_load(w, r) : 0;
}

#define SAVED "the file \"saved\", its PCRs when its guest was suspended, "

static int explain_saved(struct worker *w, int r)
{
	switch (r) {
	case -ESTALE:
		return fail(w, SAVED "and the file \"permanent\" are not of "
				     "the same moment: put both back from one "
				     "backup, or remove \"saved\" to start the "
				     "guest anew");
	case -EBADMSG:
		return fail(w, SAVED "is damaged, or was sealed under another "
				     "key: put it back from a backup, or "
				     "remove it to start the guest anew");
	case -ENOTSUP:
		return fail(w, SAVED "was written by a later version: upgrade "
				     "this host");
	default:
		return fail(w, SAVED "cannot be used: %s", strerror(-r));
	}
}

/*
 * What was saved when the guest was suspended.  -ENOENT: nothing was, or it is
 * not for this guest; other errors were told.
 */
static int load_saved(struct worker *w)
{
	const struct engine *e = w->setup.engine;
	uint8_t guest[STORE_GUEST_SIZE];
	size_t len;
	int r;

	r = store_saved_load(w->store, guest, live_room(w->live),
			     LIVE_STATE_MAX, &len);
	if (!r && memcmp(guest, w->start.guest, sizeof(guest)) != 0) {
		log_warning("what was saved when its guest was suspended is "
			    "given up: this is another guest, or that one "
			    "created anew");
		r = -ENOENT;
	}
	if (!r)
		r = e->load_volatile(w->tpm, live_room(w->live), len);
	if (!r)
		log_info("goes on as it was when its guest was suspended");
	w->resumed = r == 0;
	return !r || r == -ENOENT ? r : explain_saved(w, r);
}

static int power_on(struct worker *w)
{
	if (w->setup.engine->power_on(w->tpm))
		log_error("it does not start; its guest sees it in failure "
			  "mode");
	return 0;
}

/* Power stays on for as long as the domain lives; see ARCHITECTURE.md. */
static int load_volatile(struct worker *w)
{
	const struct engine *e = w->setup.engine;
	const uint8_t *state;
	size_t len;
	int r;

	r = live_load(w->live, store_counter(w->store), &state, &len);
	if (r == -ENOENT) {
		r = load_saved(w);
		if (r != -ENOENT)
			return r;
		if (!w->start.adopt)
			return power_on(w);
	}
	if (!r)
		r = e->load_volatile(w->tpm, state, len);
	if (r)
		return fail(w,
			    "the volatile state of the running domain is "
			    "%s: its PCRs are lost and will not be shown as "
			    "fresh; restart the domain",
			    r == -ENOENT ? "missing" : "damaged");
	return 0;
}

static int open_state(struct worker *w)
{
	int r = store_open(&w->store, w->setup.state_fd, w->start.key,
			   w->start.instance);

	if (r == -EBUSY)
		return fail(w, "its state is in use by another process");
	if (r)
		return fail(w, "its state cannot be opened: %s", strerror(-r));
	r = live_open(&w->live, w->setup.live_fd, w->start.key,
		      w->start.instance, w->start.domid);
	if (r)
		return fail(w,
			    "the file of its volatile state cannot be made: "
			    "%s; see to space in the run directory",
			    strerror(-r));
	return 0;
}

static int take_state(struct worker *w)
{
	int r = open_state(w);

	explicit_bzero(w->start.key, sizeof(w->start.key));
	if (r || load_permanent(w) || load_volatile(w))
		return -1;
	keep_live(w, 0);
	return 0;
}

static int enter_sandbox(struct worker *w)
{
	const char *what;
	int r;

	if (!w->setup.sandbox)
		return 0;
	r = sandbox_enter((enum sandbox_mode)w->start.sandbox,
			  w->setup.state_fd, w->start.uid, &what);
	return r ? fail(w, "sandbox: %s: %s", what, strerror(-r)) : 0;
}

static int start(struct worker *w)
{
	struct message m;

	if (channel_receive(w->setup.channel_fd, true, true, &m) ||
	    m.type != MESSAGE_START)
		return -1;
	w->start = m.u.start;
	explicit_bzero(&m, sizeof(m));
	log_set_level((enum log_level)w->start.log_level);
	log_to_function(send_log, w);
	/* Its algorithms and threads come before the sandbox. */
	w->tpm = w->setup.engine->create(&host, w);
	if (!w->tpm)
		return fail(w, "no memory, or libcrypto lacks an algorithm");
	if (enter_sandbox(w) || take_state(w))
		return -1;
	return reply(w, MESSAGE_READY);
}

/* Of the number of an answer; never 0, and another than that of its like. */
static uint8_t mark(uint64_t number)
{
	return (uint8_t)(1 + number % UINT8_MAX);
}

/*
 * What the worker before this one had ready for the page and did not get out,
 * or not for certain.
 */
static void resume(struct worker *w)
{
	const uint64_t number = live_number(w->live);
	int r;

	r = vring_resume(w->ring, mark(number - 1), mark(number),
			 live_answer(w->live), live_answer_len(w->live));
	if (r)
		log_warning("an answer could not be published: %s",
			    strerror(-r));
	live_published(w->live);
}

static size_t answer(struct worker *w, size_t len, uint8_t locality)
{
	const struct engine *e = w->setup.engine;
	uint8_t *rsp = live_answer(w->live);

	if (w->start.crashes >= CRASHES_MAX) {
		log_error("a command has ended %u workers: it is answered with "
			  "a failure",
			  w->start.crashes);
		return e->fail(rsp);
	}
	if (locality < 32 && (w->start.localities & 1u << locality))
		return e->execute(w->tpm, locality, w->req, len, rsp);
	return e->refuse_locality(rsp);
}

static void serve_packet(struct worker *w, size_t len, uint8_t locality)
{
	size_t n;
	int r;

	w->answered = false;
	n = answer(w, len, locality);
	/* Before the guest can know: a restart must not undo what it saw. */
	if (!w->answered)
		keep_live(w, n);
	vring_set_mark(w->ring, mark(live_number(w->live)));
	r = vring_send(w->ring, live_answer(w->live), n);
	if (r)
		log_warning("an answer of %zu bytes does not fit the guest's "
			    "ring: %s",
			    n, strerror(-r));
	live_published(w->live);
	explicit_bzero(w->req, len);
}

static void serve_ring(struct worker *w)
{
	uint8_t locality;
	ssize_t n;

	n = vring_receive(w->ring, w->req, sizeof(w->req), &locality);
	if (n > 0)
		serve_packet(w, (size_t)n, locality);
	else if (n < 0)
		log_debug("the guest's packet was refused: %s",
			  strerror((int)-n));
}

static int map_ring(struct worker *w, const struct message_connect *c)
{
	const struct timespec step = { 0, BIND_STEP_MS * 1000000L };
	int r, tries = BIND_TRIES;

	/* What was saved is used once: before the guest can change it. */
	r = store_saved_remove(w->setup.state_fd);
	if (r)
		return fail(w, "the file \"saved\" cannot be removed: %s",
			    strerror(-r));
	w->resumed = false;
	do {
		r = vring_connect(w->setup.xen, w->setup.xen_ctx,
				  (enum vring_protocol)c->protocol,
				  w->start.domid, c->ring_ref, c->event_channel,
				  &w->ring);
		if (r != -EINVAL && r != -EBUSY)
			break;
		nanosleep(&step, NULL);
	} while (w->start.adopt && --tries > 0);
	if (r)
		return fail(w, "ring-ref %u, event-channel %u: %s", c->ring_ref,
			    c->event_channel, strerror(-r));
	r = vring_restrict(w->ring);
	if (r)
		return fail(w, "the ring's restriction: %s", strerror(-r));
	if (!w->setup.sandbox)
		return 0;
	r = sandbox_close((enum sandbox_mode)w->start.sandbox,
			  c->protocol != VRING_V2);
	return r ? fail(w, "sandbox: %s", strerror(-r)) : 0;
}

static int connect_ring(struct worker *w, const struct message_connect *c)
{
	const bool found = w->start.adopt || w->start.crashes;
	int r = 0;

	if (map_ring(w, c))
		return -1;
	resume(w);
	if (!found)
		r = reply(w, MESSAGE_CONNECTED);
	/* What waits in the page made its event earlier. */
	serve_ring(w);
	/* By this the daemon knows that what waited did not end the worker. */
	if (found)
		r = reply(w, MESSAGE_CONNECTED);
	w->start.crashes = 0;
	return r;
}

/* Returns false when the worker is to end. */
static bool serve_daemon(struct worker *w, int *status)
{
	struct message m;
	int r = channel_receive(w->setup.channel_fd, true, false, &m);

	if (r == -EAGAIN)
		return true;
	if (!r && m.type == MESSAGE_CONNECT && !w->ring) {
		if (!connect_ring(w, &m.u.connect))
			return true;
		*status = 1;
	} else if (r != -EPIPE && (r || m.type != MESSAGE_STOP)) {
		log_error("the daemon's message makes no sense");
		*status = 1;
	}
	return false;
}

static void work_in_background(struct worker *w)
{
	if (!w->setup.engine->background(w->tpm))
		return;
	log_error("its endorsement key cannot be made or kept; the next "
		  "command that needs it tries again");
	w->background_failed = true;
}

static int serve(struct worker *w)
{
	const struct engine *e = w->setup.engine;
	struct pollfd fds[3] = {
		{ .fd = w->setup.channel_fd, .events = POLLIN },
		{ .fd = -1, .events = POLLIN },
		{ .fd = -1, .events = POLLIN },
	};
	int status = 0;

	for (;;) {
		fds[1].fd = w->ring ? vring_fd(w->ring) : -1;
		/* What was saved belongs to the permanent state as it is. */
		fds[2].fd = w->background_failed || w->resumed
				    ? -1
				    : e->background_fd(w->tpm);
		if (poll(fds, 3, -1) < 0) {
			if (errno == EINTR)
				continue;
			return 1;
		}
		if (fds[0].revents && !serve_daemon(w, &status))
			return status;
		if (fds[1].revents && w->ring && !vring_event(w->ring))
			serve_ring(w);
		if (fds[2].revents)
			work_in_background(w);
	}
}

int worker_run(const struct worker_setup *setup)
{
	struct worker *w = calloc(1, sizeof(*w));
	int status = 1;

	if (!w)
		return 1;
	w->setup = *setup;
	if (!start(w)) {
		status = serve(w);
		keep_live(w, 0);
	}
	vring_close(w->ring);
	w->setup.engine->destroy(w->tpm);
	live_close(w->live);
	store_close(w->store);
	log_to_function(NULL, NULL);
	explicit_bzero(w, sizeof(*w));
	free(w);
	return status;
}
