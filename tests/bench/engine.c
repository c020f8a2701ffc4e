/* SPDX-License-Identifier: BSD-2-Clause */
/* Both TPMs, with a clock around each command. */
#include "engine.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "figures.h"
#include "libtpms.h"
#include "tpm12.h"

#define STATE_MAX 131072u

/* ---- Ours ---- */

struct ours {
	struct engine engine;
	struct tpm *tpm;
	struct tpm12_keypool *pool;
	uint8_t state[STATE_MAX];
	size_t state_len;
};

static void die(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(1);
}

static uint64_t platform_clock(void *ctx)
{
	return (uint64_t)now_us();
}

static int platform_store(void *ctx, const uint8_t *state, size_t len)
{
	struct ours *o = ctx;

	if (len > sizeof(o->state))
		return -ENOSPC;
	memcpy(o->state, state, len);
	o->state_len = len;
	return 0;
}

static int platform_primes(void *ctx, unsigned int bits, uint8_t *p, uint8_t *q)
{
	struct ours *o = ctx;

	return tpm12_keypool_take(o->pool, bits, p, q);
}

static const struct tpm12_platform platform = {
	.clock_us = platform_clock,
	.store = platform_store,
	.rsa_primes = platform_primes,
};

static size_t transmit_ours(void *ctx, const uint8_t *req, size_t len,
			    uint8_t *rsp)
{
	struct ours *o = ctx;
	const double start = now_us();
	const size_t n = tpm12_execute(o->tpm, 0, req, len, rsp);

	o->engine.us = now_us() - start;
	return n;
}

static void renew(struct ours *o)
{
	tpm12_free(o->tpm);
	o->tpm = tpm12_new(&platform, o);
	if (!o->tpm)
		die("tpm12_new failed");
}

static void make_ours(struct engine *e)
{
	struct ours *o = e->tpm;

	renew(o);
	if (tpm12_manufacture(o->tpm) || tpm12_make_ek(o->tpm))
		die("tpm12_manufacture failed");
	tpm12_power_on(o->tpm);
}

static void open_ours(struct engine *e)
{
	struct ours *o = e->tpm;

	renew(o);
	if (tpm12_load(o->tpm, o->state, o->state_len))
		die("tpm12_load failed");
	tpm12_power_on(o->tpm);
}

static void off_ours(struct engine *e)
{
	struct ours *o = e->tpm;

	tpm12_free(o->tpm);
	o->tpm = NULL;
}

struct engine *engine_ours(void)
{
	struct ours *o = calloc(1, sizeof(*o));

	if (!o) {
		die("no memory");
		return NULL;
	}
	/* Not the TPM's: it is there before anything is measured. */
	memset(o->state, 1, sizeof(o->state));
	o->pool = tpm12_keypool_start(2048, 0);
	if (!o->pool)
		die("no key pool");
	o->engine = (struct engine){
		.name = "ours",
		.tss = { .transmit = transmit_ours, .ctx = o },
		.make = make_ours,
		.open = open_ours,
		.off = off_ours,
		.tpm = o,
	};
	return &o->engine;
}

void engine_ours_keys(struct engine *e, unsigned int ready)
{
	struct ours *o = e->tpm;

	tpm12_keypool_set_depth(o->pool, ready);
}

/* All that were asked for: one after the other is taken and comes again. */
void engine_ours_wait_for_keys(struct engine *e, unsigned int ready)
{
	struct ours *o = e->tpm;
	struct pollfd fd = { .fd = tpm12_keypool_fd(o->pool),
			     .events = POLLIN };

	if (ready)
		poll(&fd, 1, -1);
}

/* ---- libtpms ---- */

static size_t transmit_libtpms(void *ctx, const uint8_t *req, size_t len,
			       uint8_t *rsp)
{
	struct engine *e = ctx;
	const double start = now_us();
	const size_t n = libtpms_execute(req, len, rsp);

	e->us = now_us() - start;
	return n;
}

static void make_libtpms(struct engine *e)
{
	libtpms_fresh();
}

static void open_libtpms(struct engine *e)
{
	libtpms_power();
}

static void off_libtpms(struct engine *e)
{
	libtpms_off();
}

struct engine *engine_libtpms(void)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (!e) {
		die("no memory");
		return NULL;
	}
	*e = (struct engine){
		.name = "libtpms",
		.tss = { .transmit = transmit_libtpms, .ctx = e },
		.make = make_libtpms,
		.open = open_libtpms,
		.off = off_libtpms,
		.tpm = e,
	};
	return e;
}
