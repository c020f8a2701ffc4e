/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers' rules that more than one chapter needs. */

#include "pcr.h"

#include "tpm.h"

#define L(n)  (1u << (n))
#define L_ANY 0x1fu

/* PC Client TPM Interface Specification, PCR attributes. */
static const struct pcr_attributes attributes[TPM_NUM_PCR] = {
	[0] = { 0, L_ANY },
	[1] = { 0, L_ANY },
	[2] = { 0, L_ANY },
	[3] = { 0, L_ANY },
	[4] = { 0, L_ANY },
	[5] = { 0, L_ANY },
	[6] = { 0, L_ANY },
	[7] = { 0, L_ANY },
	[8] = { 0, L_ANY },
	[9] = { 0, L_ANY },
	[10] = { 0, L_ANY },
	[11] = { 0, L_ANY },
	[12] = { 0, L_ANY },
	[13] = { 0, L_ANY },
	[14] = { 0, L_ANY },
	[15] = { 0, L_ANY },
	[16] = { L_ANY, L_ANY },
	[17] = { L(4), L(4) | L(3) | L(2) },
	[18] = { L(4), L(4) | L(3) | L(2) },
	[19] = { L(4), L(3) | L(2) },
	[20] = { L(4) | L(2), L(3) | L(2) | L(1) },
	[21] = { L(2), L(2) },
	[22] = { L(2), L(2) },
	[23] = { L_ANY, L_ANY },
};

const struct pcr_attributes *pcr_attributes(unsigned int i)
{
	return &attributes[i];
}

/* The debug and the application register. */
static bool pcr_is_free(unsigned int i)
{
	return attributes[i].reset_localities == L_ANY;
}

/*
 * Registers of a dynamic launch hold ones until there was one, so that what
 * is sealed to it cannot be had without.
 */
static void pcr_init(struct tpm *t, unsigned int i)
{
	const bool launch = attributes[i].reset_localities && !pcr_is_free(i);

	memset(t->s.stclear.pcr.value[i].b,
	       launch && !t->s.stany_flags.TOSPresent ? 0xff : 0,
	       TPM_SHA1_SIZE);
}

void pcr_startup_clear(struct tpm *t)
{
	for (unsigned int i = 0; i < TPM_NUM_PCR; i++)
		pcr_init(t, i);
}

void pcr_startup_state(struct tpm *t)
{
	for (unsigned int i = 0; i < TPM_NUM_PCR; i++)
		if (attributes[i].reset_localities)
			pcr_init(t, i);
}

void pcr_reset(struct tpm *t, unsigned int i)
{
	pcr_init(t, i);
}

void pcr_extend(struct tpm *t, unsigned int i, const struct tpm_digest *digest)
{
	uint8_t *value = t->s.stclear.pcr.value[i].b;

	tpm_sha1(t->crypto, value,
		 TPM_PARTS({ value, TPM_SHA1_SIZE },
			   { digest->b, sizeof(digest->b) }));
}
