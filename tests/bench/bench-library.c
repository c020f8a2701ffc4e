/* SPDX-License-Identifier: BSD-2-Clause */
/* Measures libtpm12 in this process: bench-library ROUNDS. */

#include <stdio.h>
#include <time.h>

#include "latency.h"
#include "tpm12.h"

static uint64_t clock_us(void *ctx)
{
	struct timespec ts;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

static int no_store(void *ctx, const uint8_t *state, size_t len)
{
	(void)ctx;
	(void)state;
	(void)len;
	return 0;
}

static long execute(void *ctx, const uint8_t *req, size_t len, uint8_t *rsp)
{
	return (long)tpm12_execute(ctx, 0, req, len, rsp);
}

static int run(struct tpm *tpm, unsigned int rounds)
{
	static const uint8_t startup[] = { 0, 0xc1, 0, 0,    0, 12,
					   0, 0,    0, 0x99, 0, 1 };
	uint8_t rsp[TPM12_BUFFER_SIZE];

	if (tpm12_manufacture(tpm))
		return 1;
	tpm12_power_on(tpm);
	tpm12_execute(tpm, 0, startup, sizeof(startup), rsp);
	return latency_measure("library", execute, tpm, rounds);
}

int main(int argc, char **argv)
{
	static const struct tpm12_platform platform = {
		.clock_us = clock_us,
		.store = no_store,
	};
	const unsigned int rounds = argc == 2 ? latency_rounds(argv[1]) : 0;
	struct tpm *tpm;
	int r;

	if (!rounds) {
		fputs("usage: bench-library ROUNDS\n", stderr);
		return 2;
	}
	tpm = tpm12_new(&platform, NULL);
	if (!tpm) {
		fputs("bench-library: no TPM\n", stderr);
		return 1;
	}
	r = run(tpm, rounds);
	tpm12_free(tpm);
	return r;
}
