/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking into a vTPM without changing it, and making a new one.
 *
 * A state was written by a worker, which its guest may have taken over.  So a
 * process of its own makes sense of it, vtpm-look, which is started like a
 * worker (launch.h) and goes into a worker's sandbox before it reads a byte.
 * It loads a copy of the TPM, asks it with commands, and what the copy wants to
 * store is thrown away.
 */
#ifndef LOOK_H
#define LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "statedir.h"

enum look_job {
	LOOK_SEE = 1,
	LOOK_MAKE, /* a new TPM with its endorsement key; then see */
};

/* Where the copy's volatile state comes from. */
enum look_power {
	LOOK_OFF,   /* nowhere: it is switched on */
	LOOK_LIVE,  /* its running domain's */
	LOOK_SAVED, /* its suspended domain's */
};

/* What could not be done. */
enum look_stage {
	LOOK_DONE,
	LOOK_SANDBOX,
	LOOK_LOCK,     /* it is in use */
	LOOK_READ,     /* reading and opening the permanent state */
	LOOK_IMAGE,    /* the TPM's own understanding of it */
	LOOK_VOLATILE, /* the same of the volatile state */
	LOOK_MAKING,
	LOOK_STAGES
};

#define LOOK_PCRS   24u
#define LOOK_DIGEST 20u
#define LOOK_PUBEK  256u

struct look_request {
	uint32_t job, power;
	uint32_t instance, domid, uid, sandbox;
	uint8_t key[CHANNEL_KEY_SIZE];
};

/* From LOOK_IMAGE on, `size` and `counter` are set. */
struct look_answer {
	uint32_t stage;
	int32_t error;	  /* 0 or -errno; -ENOENT: not made yet */
	uint64_t counter; /* of the permanent state */
	uint32_t size;	  /* its own, in bytes */
	uint8_t owned, enabled, active;
	uint8_t has_ek;
	uint8_t has_pubek;	   /* and who asks may see it */
	uint8_t pubek[LOOK_PUBEK]; /* its modulus */
	uint8_t pcrs[LOOK_PCRS][LOOK_DIGEST];
};

/* The process' side; its exit status. */
struct look_setup {
	int channel_fd, state_fd, live_fd;
	bool sandbox; /* tests leave it out */
};
int look_run(const struct look_setup *setup);

/*
 * Starts `program` for instance's directory state_fd and has its answer.
 * live_fd: of LOOK_LIVE; else -1.
 *
 * Returns 0 when there is an answer, whatever it says; -EIO: the process ended
 * without one (a state that breaks it, too), -ETIMEDOUT, or what starting it
 * said.
 */
struct look_order {
	const char *program;
	const struct statedir *dirs;
	enum sandbox_mode sandbox;
	enum look_job job;
	enum look_power power;
	uint32_t instance, domid;
	int state_fd, live_fd;
};
int look_ask(const struct look_order *order, struct look_answer *answer);

#endif
