/* SPDX-License-Identifier: BSD-2-Clause */
/* The TPM 1.2 as an engine: libtpm12 and its key pool. */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine.h"
#include "tpm12.h"

_Static_assert(ENGINE_PACKET_MAX >= TPM12_BUFFER_SIZE, "packets fit");
_Static_assert(ENGINE_VOLATILE_MAX >= TPM12_VOLATILE_MAX, "state fits");

/* Part 1: the key sizes that an endorsement key may have begin here. */
#define EK_BITS 2048

struct machine {
	struct tpm *tpm;
	struct tpm12_keypool *pool;
	const struct engine_host *host;
	void *host_ctx;
	const uint8_t *rsp; /* of the guest's command being executed */
};

static uint64_t machine_clock(void *ctx)
{
	struct timespec ts;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

static int machine_store(void *ctx, const uint8_t *state, size_t len)
{
	struct machine *m = ctx;
	const uint8_t *rsp = m->rsp;
	size_t answer_len = 0;

	/* The header's length; tpm12.h: zeros, while there is no response. */
	if (rsp)
		answer_len = (size_t)rsp[2] << 24 | (size_t)rsp[3] << 16 |
			     (size_t)rsp[4] << 8 | rsp[5];
	return m->host->store(m->host_ctx, state, len, answer_len);
}

static bool machine_cancelled(void *ctx)
{
	struct machine *m = ctx;

	return m->host->cancelled(m->host_ctx);
}

/*
 * Who makes one key often makes another.  But not before: a search that nobody
 * waits for still takes a host's time.
 */
static int machine_primes(void *ctx, unsigned int bits, uint8_t *p, uint8_t *q)
{
	struct machine *m = ctx;

	tpm12_keypool_set_depth(m->pool, tpm12_needs_ek(m->tpm) ? 0 : 1);
	return tpm12_keypool_take(m->pool, bits, p, q);
}

static void machine_destroy(void *ctx)
{
	struct machine *m = ctx;

	if (!m)
		return;
	tpm12_free(m->tpm);
	tpm12_keypool_stop(m->pool);
	free(m);
}

static void *machine_create(const struct engine_host *host, void *ctx)
{
	static const struct tpm12_platform platform = {
		.clock_us = machine_clock,
		.store = machine_store,
		.cancelled = machine_cancelled,
		.rsa_primes = machine_primes,
	};
	struct machine *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->host = host;
	m->host_ctx = ctx;
	m->pool = tpm12_keypool_start(EK_BITS, 0);
	m->tpm = tpm12_new(&platform, m);
	if (!m->pool || !m->tpm) {
		machine_destroy(m);
		return NULL;
	}
	return m;
}

static int machine_manufacture(void *ctx)
{
	struct machine *m = ctx;

	return tpm12_manufacture(m->tpm);
}

static int machine_load(void *ctx, const uint8_t *state, size_t len)
{
	struct machine *m = ctx;

	return tpm12_load(m->tpm, state, len);
}

/*
 * Guests' drivers leave TPM_Startup to the firmware (Linux sends it only when
 * the TPM says that it is missing), and here that is us.
 */
static int machine_power_on(void *ctx)
{
	static const uint8_t startup_clear[] = { 0x00, 0xc1, 0, 0, 0, 12,
						 0,    0,    0, 0x99, 0, 1 };
	struct machine *m = ctx;
	uint8_t rsp[TPM12_BUFFER_SIZE];
	size_t n;

	tpm12_power_on(m->tpm);
	n = tpm12_execute(m->tpm, 0, startup_clear, sizeof(startup_clear), rsp);
	if (n < 10 || rsp[6] || rsp[7] || rsp[8] || rsp[9])
		return -EIO;
	return 0;
}

static int machine_load_volatile(void *ctx, const uint8_t *state, size_t len)
{
	struct machine *m = ctx;

	return tpm12_load_volatile(m->tpm, state, len);
}

static int machine_save_volatile(const void *ctx, uint8_t *buf, size_t size,
				 size_t *len)
{
	const struct machine *m = ctx;

	return tpm12_save_volatile(m->tpm, buf, size, len);
}

static size_t machine_execute(void *ctx, unsigned int locality,
			      const uint8_t *req, size_t len, uint8_t *rsp)
{
	struct machine *m = ctx;
	size_t n;

	m->rsp = rsp;
	n = tpm12_execute(m->tpm, locality, req, len, rsp);
	m->rsp = NULL;
	return n;
}

/* TPM_TAG_RSP_COMMAND, ten bytes, a result below 256. */
static size_t answer_result(uint8_t *rsp, uint8_t result)
{
	const uint8_t answer[] = { 0x00, 0xc4, 0, 0, 0, 10, 0, 0, 0, result };

	memcpy(rsp, answer, sizeof(answer));
	return sizeof(answer);
}

static size_t machine_refuse_locality(uint8_t *rsp)
{
	return answer_result(rsp, 0x3d); /* TPM_BAD_LOCALITY */
}

static size_t machine_fail(uint8_t *rsp)
{
	return answer_result(rsp, 0x09); /* TPM_FAIL */
}

static int machine_background_fd(void *ctx)
{
	struct machine *m = ctx;

	if (!tpm12_needs_ek(m->tpm))
		return -1;
	tpm12_keypool_set_depth(m->pool, 1);
	return tpm12_keypool_fd(m->pool);
}

static int machine_background(void *ctx)
{
	struct machine *m = ctx;

	return tpm12_make_ek(m->tpm);
}

const struct engine engine_tpm12 = {
	.name = "TPM 1.2",
	.create = machine_create,
	.destroy = machine_destroy,
	.manufacture = machine_manufacture,
	.load = machine_load,
	.power_on = machine_power_on,
	.load_volatile = machine_load_volatile,
	.save_volatile = machine_save_volatile,
	.execute = machine_execute,
	.refuse_locality = machine_refuse_locality,
	.fail = machine_fail,
	.background_fd = machine_background_fd,
	.background = machine_background,
};
