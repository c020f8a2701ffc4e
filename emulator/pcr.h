/* SPDX-License-Identifier: BSD-2-Clause */
/* The platform configuration registers: what each allows, and doing it. */
#ifndef TPM_PCR_H
#define TPM_PCR_H

#include "types.h"

struct tpm;

/*
 * TPM_PCR_ATTRIBUTES (Part 2, 8.8): the localities, a bit each, that may reset
 * and extend a register.  None may reset one whose pcrReset is FALSE.
 */
struct pcr_attributes {
	uint8_t reset_localities;
	uint8_t extend_localities;
};

/* i is below TPM_NUM_PCR, here and below. */
const struct pcr_attributes *pcr_attributes(unsigned int i);

/* Extends it, whoever asks. */
void pcr_extend(struct tpm *t, unsigned int i, const struct tpm_digest *digest);

/* Gives it the value that TPM_PCR_Reset gives it. */
void pcr_reset(struct tpm *t, unsigned int i);

/* What TPM_Startup(ST_CLEAR) makes of all registers. */
void pcr_startup_clear(struct tpm *t);

/* TPM_Startup(ST_STATE): the resettable ones are not restored. */
void pcr_startup_state(struct tpm *t);

#endif
