/* SPDX-License-Identifier: BSD-2-Clause */
/* Measuring commands: see latency.h. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "latency.h"

#define ROUNDS_MAX 1000000u

static const uint8_t pcr_read[] = { 0, 0xc1, 0,	   0, 0, 14, 0,
				    0, 0,    0x15, 0, 0, 0,  0 };
static const uint8_t get_random[] = { 0, 0xc1, 0,    0, 0, 14, 0,
				      0, 0,    0x46, 0, 0, 0,  16 };

const struct latency_command latency_commands[2] = {
	{ "TPM_PCRRead", pcr_read, sizeof(pcr_read) },
	{ "TPM_GetRandom", get_random, sizeof(get_random) },
};

static int one(const struct latency_command *c, latency_function *execute,
	       void *ctx)
{
	static const uint8_t success[4];
	uint8_t rsp[4096];
	long n = execute(ctx, c->bytes, c->len, rsp);

	if (n < 10 || memcmp(rsp + 6, success, 4) != 0) {
		fprintf(stderr, "%s failed (%ld)\n", c->name, n);
		return 1;
	}
	return 0;
}

static int measure(const char *label, const struct latency_command *c,
		   latency_function *execute, void *ctx, unsigned int n,
		   double *us)
{
	unsigned int i;
	double start, middle;

	for (i = 0; i < n; i++) {
		start = now_us();
		if (one(c, execute, ctx))
			return 1;
		us[i] = now_us() - start;
	}
	middle = median(us, n);
	printf("%s %s %.1f %.1f %.1f %.1f %u\n", c->name, label, us[0],
	       middle, us[n - 1 - n / 100], us[n - 1], n);
	return 0;
}

int latency_measure(const char *label, latency_function *execute, void *ctx,
		    unsigned int n)
{
	double *us = calloc(n, sizeof(*us));
	size_t i;
	int r = !us;

	for (i = 0; !r && i < 2; i++)
		r = measure(label, &latency_commands[i], execute, ctx, n, us);
	free(us);
	return r;
}

unsigned int latency_rounds(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	return *end || n > ROUNDS_MAX ? 0 : (unsigned int)n;
}
