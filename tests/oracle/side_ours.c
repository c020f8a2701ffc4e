/* SPDX-License-Identifier: BSD-2-Clause */
/* Our TPM, its machine being what the circumstances say. */
#include "side.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "primes.h"
#include "tpm.h"

struct machine {
	struct side side;
	struct tpm *tpm;
	struct draws draws;
	uint8_t *image;
	size_t image_len;
};

static void die(const char *what)
{
	fprintf(stderr, "our TPM: %s\n", what);
	exit(1);
}

static int platform_random(void *ctx, uint8_t *buf, size_t len)
{
	struct machine *m = ctx;

	draw(&m->draws, buf, len);
	return 0;
}

static uint64_t platform_clock(void *ctx)
{
	const struct machine *m = ctx;

	return m->side.now.clock_us;
}

static int platform_store(void *ctx, const uint8_t *state, size_t len)
{
	struct machine *m = ctx;
	uint8_t *copy = realloc(m->image, len);

	if (!copy)
		return -ENOMEM;
	m->image = copy;
	memcpy(copy, state, len);
	m->image_len = len;
	return 0;
}

static bool platform_presence(void *ctx)
{
	const struct machine *m = ctx;

	return m->side.now.present;
}

static int platform_primes(void *ctx, unsigned int bits, uint8_t *p, uint8_t *q)
{
	const struct machine *m = ctx;

	return primes_take(bits, m->side.now.key, p, q) ? -EIO : 0;
}

static const struct tpm12_platform platform = {
	.random = platform_random,
	.clock_us = platform_clock,
	.store = platform_store,
	.physical_presence = platform_presence,
	.rsa_primes = platform_primes,
};

static void start_draws(struct machine *m)
{
	m->draws = (struct draws){ .from = m->side.now.random,
				   .repeat = m->side.now.repeat };
}

static void renew(struct machine *m)
{
	start_draws(m);
	tpm12_free(m->tpm);
	m->tpm = tpm12_new(&platform, m);
	if (!m->tpm)
		die("tpm12_new failed");
}

/* No customer ever sees one without, or with the promise of one. */
static int forget_ek(struct tpm *t)
{
	memset(&t->s.ek, 0, sizeof(t->s.ek));
	t->s.flags.CEKPUsed = false;
	t->s.flags.enableRevokeEK = true;
	return tpm_commit(t);
}

static void fresh(struct side *side)
{
	struct machine *m = side->tpm;

	renew(m);
	if (tpm12_manufacture(m->tpm) ||
	    (side->now.bare ? forget_ek(m->tpm) : tpm12_make_ek(m->tpm)))
		die("tpm12_manufacture failed");
	tpm12_power_on(m->tpm);
}

static void power(struct side *side)
{
	struct machine *m = side->tpm;

	renew(m);
	if (tpm12_load(m->tpm, m->image, m->image_len))
		die("tpm12_load failed");
	tpm12_power_on(m->tpm);
}

/* In blocks of their own, so that the sanitizers see a step beside them. */
static size_t transmit(void *ctx, const uint8_t *req, size_t len, uint8_t *rsp)
{
	struct machine *m = ctx;
	uint8_t *in = malloc(len ? len : 1);
	uint8_t *out = malloc(TPM12_BUFFER_SIZE);
	size_t n = 0;

	if (!in || !out) {
		die("no memory");
	} else {
		memcpy(in, req, len);
		start_draws(m);
		n = tpm12_execute(m->tpm, m->side.now.locality, in, len, out);
		memcpy(rsp, out, n);
	}
	free(in);
	free(out);
	return n;
}

static bool knows(uint32_t ordinal)
{
	return tpm12_ordinal_name(ordinal);
}

static void end(struct side *side)
{
	struct machine *m = side->tpm;

	tpm12_free(m->tpm);
	free(m->image);
	free(m);
}

struct side *side_ours(void)
{
	struct machine *m = calloc(1, sizeof(*m));

	if (!m) {
		die("no memory");
		return NULL;
	}
	m->side = (struct side){
		.name = "ours",
		.tss = { .transmit = transmit, .ctx = m },
		.fresh = fresh,
		.power = power,
		.knows = knows,
		.close = end,
		.tpm = m,
	};
	return &m->side;
}

const char *result_name(uint32_t result)
{
	const char *name = tpm12_result_name(result);

	if (result == TSS_FORGED)
		return "(answer's HMAC is wrong)";
	if (result == TSS_MALFORMED)
		return "(malformed answer)";
	if (result == SIDE_GONE)
		return "(the process ended)";
	return name ? name : "(unknown result)";
}
