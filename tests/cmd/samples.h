/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A good request of every command.  From these the tests of the pipeline make
 * the bad ones, so a row of commands.def without a sample here fails them.
 */
#ifndef SAMPLES_H
#define SAMPLES_H

#include "machine.h"

/* Sessions that a request uses; they must live as long as it. */
struct sample_sessions {
	struct tss_session s[2];
};

struct sample {
	uint32_t ordinal;
	/*
	 * On a TPM that is started, tested, enabled and active and has no owner
	 * (machine_started): what the command needs.  NULL: nothing.
	 */
	void (*prepare)(struct machine *m);
	/* Builds it; opens its sessions. */
	void (*build)(struct machine *m, struct tss_command *c,
		      struct sample_sessions *s);
	/* The localities that may send it, a bit each; 0: all five. */
	unsigned int localities;
};

/* Of a part of the commands each; the others are in samples.c. */
extern const struct sample samples_sessions[];
extern const size_t n_samples_sessions;
extern const struct sample samples_migration[];
extern const size_t n_samples_migration;

/* NULL: nobody has written one. */
const struct sample *sample_find(uint32_t ordinal);

#endif
