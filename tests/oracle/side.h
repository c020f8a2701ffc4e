/* SPDX-License-Identifier: BSD-2-Clause */
/* One of the two TPMs that are compared. */
#ifndef ORACLE_SIDE_H
#define ORACLE_SIDE_H

#include "circumstances.h"
#include "tss.h"

enum {
	OURS,
	THEIRS,
	SIDES,
};

struct side {
	const char *name;
	struct tss tss; /* a client of it */
	struct circumstances now;
	/* Those of struct request. */
	void (*fresh)(struct side *side);
	void (*power)(struct side *side);
	bool (*knows)(uint32_t ordinal);
	void (*close)(struct side *side);
	void *tpm;
	bool gone; /* it ended while it executed a command */
};

/* The result of a command that ended the TPM. */
#define SIDE_GONE 0xffff0004u

/* libtpm12, in this process. */
struct side *side_ours(void);

/* The program at this path, in a process of its own. */
struct side *side_oracle(const char *path);

/* The name of an ordinal or a result, for people. */
const char *ordinal_name(uint32_t ordinal);
const char *result_name(uint32_t result);

#endif
