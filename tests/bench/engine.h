/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM whose commands are timed: ours, or libtpms', in this process. */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#include "tss.h"

struct engine {
	const char *name;
	struct tss tss;
	double us; /* how long the TPM took over the last command */
	/* A new one, without state; one with the state of the last; no TPM. */
	void (*make)(struct engine *e);
	void (*open)(struct engine *e);
	void (*off)(struct engine *e);
	void *tpm;

	/* What is prepared in it. */
	struct tss_digest secret; /* of everything */
	uint8_t ek[256];
	uint8_t srk[256];
	uint32_t sign, bind, identity, counter;
	uint8_t bind_n[256];
	uint8_t wrapped[1024]; /* a key to load, a sealed blob, a bound one */
	size_t wrapped_len;
	uint8_t sealed[1024];
	size_t sealed_len;
	uint8_t bound[256];
	uint8_t activation[256];
	struct tss_session oiap[2];
	struct tss_answer answer;
	unsigned int round;
};

struct engine *engine_ours(void);
struct engine *engine_libtpms(void);

/* How many keys of 2048 bits ours finds ready-made, from now on. */
void engine_ours_keys(struct engine *e, unsigned int ready);
void engine_ours_wait_for_keys(struct engine *e, unsigned int ready);

#endif
