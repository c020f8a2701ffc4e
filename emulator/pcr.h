/* SPDX-License-Identifier: BSD-2-Clause */
/* The platform configuration registers: what each allows, and doing it. */
#ifndef TPM_PCR_H
#define TPM_PCR_H

#include "types.h"

struct tpm;
struct tpm_call;

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

/* ---- What is bound to registers (Part 2, section 8) ---- */

/*
 * TPM_COMPOSITE_HASH: SHA-1 of the TPM_PCR_COMPOSITE of the selected ones;
 * zeros when none is.
 */
void pcr_composite_hash(struct tpm *t, const struct tpm_pcr_selection *s,
			struct tpm_digest *digest);

/* The same, with what it is of, in the call's scratch space: TPM_SIZE. */
enum tpm_rc pcr_composite(struct tpm *t, struct tpm_call *c,
			  const struct tpm_pcr_selection *s,
			  struct tpm_pcr_composite *composite,
			  struct tpm_digest *digest) TPM_CHECKED;

/* Whether any register is selected. */
bool pcr_selects_any(const struct tpm_pcr_selection *s);

/*
 * Whether registers and locality are as they have to be for a release.
 * Errors: TPM_WRONGPCRVAL, TPM_BAD_LOCALITY.
 */
enum tpm_rc pcr_check_release(struct tpm *t, unsigned int locality,
			      const struct tpm_pcr_info_long *info) TPM_CHECKED;
enum tpm_rc pcr_check_short(struct tpm *t, unsigned int locality,
			    const struct tpm_pcr_info_short *info) TPM_CHECKED;

/*
 * TPM_PCR_INFO (8.3) as a TPM_PCR_INFO_LONG (8.4), which says more: any
 * locality, and the same registers at creation as at release; and back.
 */
void pcr_info_to_long(const struct tpm_pcr_info *old,
		      struct tpm_pcr_info_long *info);
void pcr_info_from_long(const struct tpm_pcr_info_long *info,
			struct tpm_pcr_info *old);

/*
 * Reads either, is12 the newer, as the newer one.
 *
 * Errors: TPM_INVALID_PCR_INFO (registers that there are not),
 * TPM_INVALID_STRUCTURE (the tag; localities that cannot be),
 * TPM_BAD_PARAM_SIZE.
 */
enum tpm_rc pcr_info_read(struct tpm_bytes b, bool is12,
			  struct tpm_pcr_info_long *info) TPM_CHECKED;

/* Writes either, into the call's scratch space.  Errors: TPM_SIZE. */
enum tpm_rc pcr_info_write(struct tpm_call *c,
			   const struct tpm_pcr_info_long *info, bool is12,
			   struct tpm_bytes *out) TPM_CHECKED;

/* What of it matters for a release: TPM_PCR_INFO_SHORT; in the same way. */
enum tpm_rc pcr_info_write_short(struct tpm_call *c,
				 const struct tpm_pcr_info_long *info,
				 struct tpm_bytes *out) TPM_CHECKED;

/* Sets what tells in which state and from where something was created. */
void pcr_info_create(struct tpm *t, unsigned int locality,
		     struct tpm_pcr_info_long *info);

/* All five, in a TPM_LOCALITY_SELECTION. */
#define LOCALITY_ANY 0x1fu

/* The locality as a bit of a TPM_LOCALITY_SELECTION (8.6). */
static inline uint8_t locality_bit(unsigned int locality)
{
	return (uint8_t)(1u << locality);
}

/* Those of a dynamic launch's trusted code and hardware. */
static inline bool locality_is_trusted(unsigned int locality)
{
	return locality == 3 || locality == 4;
}

#endif
