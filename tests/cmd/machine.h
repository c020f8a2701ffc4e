/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine with a TPM in it, all in memory: its power, its store, its clock,
 * its random bytes and the person before it do as the test says.  What it asks
 * of the TPM without saying so must succeed, or the test fails.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tpm12.h"
#include "tss.h"

/* More than any permanent state has. */
#define MACHINE_IMAGE_MAX 131072u

struct machine {
	struct tpm *tpm;
	struct tss tss; /* a client of it */
	struct tss_answer answer; /* the last one */
	unsigned int locality;

	/* What survives power, and how often it was stored. */
	uint8_t image[MACHINE_IMAGE_MAX];
	size_t image_len;
	unsigned int stores;
	/* The nth call of store from now fails; 0: none does. */
	unsigned int fail_store;

	/* Random bytes: a sequence that never repeats, and where it is. */
	uint64_t random_at;
	unsigned int draws;
	/* The nth draw from now, and all after it, fail; 0: none does. */
	unsigned int fail_random;

	uint64_t clock_us;
	bool present;  /* physical presence */
	bool impatient; /* the user withdraws what takes long */

	unsigned int primes_taken;
	bool no_primes;
	bool false_primes; /* what is given for primes is none */
};

/* Manufactured, powered on, TPM_Startup to come. */
struct machine *machine_new(void);
/* And TPM_Startup(ST_CLEAR), and the full self-test. */
struct machine *machine_started(void);
void machine_free(struct machine *m);

/* Power goes and comes back: what was stored last is all there is. */
void machine_power_cycle(struct machine *m);
/* And TPM_Startup(ST_CLEAR), and the full self-test. */
void machine_reboot(struct machine *m);
/* The TPM's process goes and a new one takes over; the power stays. */
void machine_take_over(struct machine *m);

/* The platform that the machine is, for a TPM that the test makes itself. */
extern const struct tpm12_platform machine_platform;

/*
 * Sends the bytes, which the TPM sees in a block of exactly that size, as its
 * answer; the result.  The answer is well formed, or the test fails.
 */
uint32_t machine_send(struct machine *m, const void *req, size_t len);

/* Runs a command of the client's; tss_run's result. */
uint32_t machine_run(struct machine *m, const struct tss_command *c);

/* n bytes of the random sequence, from there on. */
void machine_random(uint64_t at, uint8_t *buf, size_t n);

/* Ends the test with the two results by name if they differ. */
#define ck_assert_result(got, want) \
	machine_assert_result((got), (want), __FILE__, __LINE__)
void machine_assert_result(uint32_t got, uint32_t want, const char *file,
			   int line);

#endif
