/* SPDX-License-Identifier: BSD-2-Clause */
/* The process that looks into a vTPM: see look.h. */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bytes.h"
#include "engine.h"
#include "live.h"
#include "look.h"
#include "sandbox.h"
#include "store.h"
#include "store_saved.h"

struct look {
	struct look_setup setup;
	struct look_request request;
	struct store *store;
	void *tpm;
	bool keep; /* what the TPM stores is for its owner */
	uint8_t volatile_state[ENGINE_VOLATILE_MAX];
	uint8_t rsp[ENGINE_PACKET_MAX];
};

static int host_store(void *ctx, const uint8_t *state, size_t len,
		      size_t answer_len)
{
	struct look *l = ctx;

	return l->keep ? store_save(l->store, state, len) : 0;
}

static bool host_cancelled(void *ctx)
{
	return false;
}

static const struct engine_host host = {
	.store = host_store,
	.cancelled = host_cancelled,
};

static const struct engine *const engine = &engine_tpm12;

/* ---- Commands (TPM Main Part 3) ---- */

#define TAG_REQUEST 0x00, 0xc1
#define HEADER	    10u

/* Runs a command; the answer's parameters and their length, NULL: refused. */
static const uint8_t *run(struct look *l, const uint8_t *req, size_t req_len,
			  size_t *len)
{
	size_t n = engine->execute(l->tpm, 0, req, req_len, l->rsp);

	if (n < HEADER || get32(l->rsp + 6))
		return NULL;
	*len = n - HEADER;
	return l->rsp + HEADER;
}

/* TPM_GetCapability; byte `at` of what it answers, or 0. */
static uint8_t capability(struct look *l, uint32_t area, uint32_t sub,
			  size_t at)
{
	uint8_t req[22] = { TAG_REQUEST, 0, 0, 0, 22, 0, 0, 0, 0x65 };
	const uint8_t *p;
	size_t len;

	put32(req + 10, area);
	put32(req + 14, 4);
	put32(req + 18, sub);
	p = run(l, req, sizeof(req), &len);
	return p && len > 4 + at ? p[4 + at] : 0;
}

static void see_pcrs(struct look *l, struct look_answer *a)
{
	uint8_t req[14] = { TAG_REQUEST, 0, 0, 0, 14, 0, 0, 0, 0x15 };
	const uint8_t *p;
	uint32_t i;
	size_t len;

	for (i = 0; i < LOOK_PCRS; i++) {
		put32(req + 10, i);
		p = run(l, req, sizeof(req), &len);
		if (p && len == LOOK_DIGEST)
			memcpy(a->pcrs[i], p, LOOK_DIGEST);
	}
}

/* TPM_ReadPubek: key parameters, of which the last are of variable length. */
static void see_pubek(struct look *l, struct look_answer *a)
{
	static const uint8_t req[30] = {
		TAG_REQUEST, 0, 0, 0, 30, 0, 0, 0, 0x7c
	};
	const size_t fixed = 12;
	const uint8_t *p;
	size_t len, n;

	p = run(l, req, sizeof(req), &len);
	if (!p || len < fixed)
		return;
	n = get32(p + 8);
	if (n > len - fixed || len - fixed - n < 4 + LOOK_PUBEK ||
	    get32(p + fixed + n) != LOOK_PUBEK)
		return;
	memcpy(a->pubek, p + fixed + n + 4, LOOK_PUBEK);
	a->has_pubek = 1;
}

static void see(struct look *l, struct look_answer *a)
{
	/* TPM_CAP_PROPERTY, _OWNER; TPM_CAP_FLAG, _PERMANENT (Part 2, 7.1). */
	a->owned = capability(l, 5, 0x111, 0) != 0;
	a->enabled = !capability(l, 4, 0x108, 2);
	a->active = !capability(l, 4, 0x108, 4);
	a->has_ek = engine->background_fd(l->tpm) < 0;
	see_pcrs(l, a);
	if (a->has_ek)
		see_pubek(l, a);
}

/* ---- The state ---- */

static int failed(struct look_answer *a, enum look_stage stage, int error)
{
	a->stage = stage;
	a->error = error;
	return error;
}

static int load_permanent(struct look *l, struct look_answer *a)
{
	uint8_t *state = NULL;
	size_t len = 0;
	int r;

	r = store_load(l->store, &state, &len);
	if (r)
		return failed(a, LOOK_READ, r);
	a->counter = store_counter(l->store);
	a->size = (uint32_t)len;
	r = engine->load(l->tpm, state, len);
	explicit_bzero(state, len);
	free(state);
	return r ? failed(a, LOOK_IMAGE, r) : 0;
}

static int load_volatile(struct look *l, struct look_answer *a)
{
	uint8_t guest[STORE_GUEST_SIZE];
	size_t len = 0;
	int r = -ENOENT;

	if (l->request.power == LOOK_OFF)
		return engine->power_on(l->tpm) ? failed(a, LOOK_IMAGE, -EIO)
						: 0;
	if (l->request.power == LOOK_LIVE)
		r = live_peek(l->setup.live_fd, l->request.key,
			      l->request.instance, l->request.domid,
			      store_counter(l->store), l->volatile_state,
			      sizeof(l->volatile_state), &len);
	if (l->request.power == LOOK_SAVED)
		r = store_saved_load(l->store, guest, l->volatile_state,
				     sizeof(l->volatile_state), &len);
	if (!r)
		r = engine->load_volatile(l->tpm, l->volatile_state, len);
	return r ? failed(a, LOOK_VOLATILE, r) : 0;
}

static int make(struct look *l, struct look_answer *a)
{
	int r;

	l->keep = true;
	r = engine->manufacture(l->tpm);
	if (!r && engine->background_fd(l->tpm) >= 0)
		r = engine->background(l->tpm);
	l->keep = false;
	a->counter = store_counter(l->store);
	if (!r)
		r = engine->power_on(l->tpm);
	return r ? failed(a, LOOK_MAKING, r) : 0;
}

static int open_store(struct look *l, struct look_answer *a)
{
	const struct look_request *q = &l->request;
	int r;

	if (q->job == LOOK_MAKE)
		r = store_open(&l->store, l->setup.state_fd, q->key,
			       q->instance);
	else
		r = store_open_reader(&l->store, l->setup.state_fd, q->key,
				      q->instance);
	return r ? failed(a, LOOK_LOCK, r) : 0;
}

static int enter_sandbox(struct look *l, struct look_answer *a)
{
	const char *what;
	int r;

	if (!l->setup.sandbox)
		return 0;
	r = sandbox_enter((enum sandbox_mode)l->request.sandbox,
			  l->setup.state_fd, l->request.uid, &what);
	return r ? failed(a, LOOK_SANDBOX, r) : 0;
}

/* Only a directory that says so is empty by right. */
static int must_be_new(struct look *l, struct look_answer *a)
{
	uint8_t *state = NULL;
	size_t len = 0;
	int r = store_load(l->store, &state, &len);

	free(state);
	if (r == -ENOENT)
		return 0;
	return failed(a, LOOK_READ, r ? r : -EEXIST);
}

static void answer(struct look *l, struct look_answer *a)
{
	int r = enter_sandbox(l, a);

	if (!r)
		r = open_store(l, a);
	if (!r && l->request.job == LOOK_MAKE) {
		r = must_be_new(l, a);
		if (!r)
			r = make(l, a);
	} else if (!r) {
		r = load_permanent(l, a);
		if (!r)
			r = load_volatile(l, a);
	}
	if (!r)
		see(l, a);
}

int look_run(const struct look_setup *setup)
{
	struct look_answer a = { .stage = LOOK_DONE };
	struct look *l = calloc(1, sizeof(*l));
	ssize_t n = -1;

	if (!l)
		return 1;
	l->setup = *setup;
	/* Its algorithms and threads come before the sandbox. */
	l->tpm = engine->create(&host, l);
	if (l->tpm)
		n = recv(setup->channel_fd, &l->request, sizeof(l->request), 0);
	if (n == (ssize_t)sizeof(l->request)) {
		answer(l, &a);
		n = send(setup->channel_fd, &a, sizeof(a), MSG_NOSIGNAL);
	}
	engine->destroy(l->tpm);
	store_close(l->store);
	explicit_bzero(l, sizeof(*l));
	free(l);
	return n == (ssize_t)sizeof(a) ? 0 : 1;
}
