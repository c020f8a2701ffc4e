/* SPDX-License-Identifier: BSD-2-Clause */
/* What is measured: one command each, by whoever has what it needs. */
#ifndef BENCH_OPERATIONS_H
#define BENCH_OPERATIONS_H

#include "engine.h"

/* What libcrypto takes for the same, by itself. */
enum limit {
	LIMIT_NONE,
	LIMIT_PRIVATE, /* an RSA private operation */
	LIMIT_KEY,     /* making an RSA key, of the same random numbers */
};

struct operation {
	const char *name;
	uint32_t ordinal;
	/* Its last command is the one that is timed; its result. */
	uint32_t (*run)(struct engine *e);
	enum limit limit;
	unsigned int rounds; /* at most; 0: by time */
	unsigned int keys;   /* that ours finds ready-made */
};
extern const struct operation operations[];
extern const size_t n_operations;

/*
 * Startup, endorsement key, owner, keys, NV, a counter.  What a TPM cannot do
 * is left out: its operations then fail.
 */
void provision(struct engine *e);
void provision_ek(struct engine *e);
uint32_t startup(struct engine *e);
/* Keys, sessions and areas, until there is no place for more. */
void fill(struct engine *e);

#endif
