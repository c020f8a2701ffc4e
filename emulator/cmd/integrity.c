/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 16: Integrity Collection and Reporting. */

#include "pcr.h"
#include "tpm.h"

/* 16.1 TPM_Extend: measured even when the TPM is off, but not told. */
enum tpm_rc tpm_Extend(struct tpm *t, struct tpm_call *c,
		       const struct Extend_in *in, struct Extend_out *out)
{
	if (in->pcrNum >= TPM_NUM_PCR)
		return TPM_BADINDEX;
	if (!(pcr_attributes(in->pcrNum)->extend_localities >> c->locality & 1))
		return TPM_BAD_LOCALITY;
	pcr_extend(t, in->pcrNum, &in->inDigest);
	if (!t->s.flags.disable && !t->s.stclear_flags.deactivated)
		out->outDigest = t->s.stclear.pcr.value[in->pcrNum];
	return TPM_SUCCESS;
}

/* 16.2 TPM_PCRRead */
enum tpm_rc tpm_PcrRead(struct tpm *t, struct tpm_call *c,
			const struct PcrRead_in *in, struct PcrRead_out *out)
{
	if (in->pcrIndex >= TPM_NUM_PCR)
		return TPM_BADINDEX;
	out->outDigest = t->s.stclear.pcr.value[in->pcrIndex];
	return TPM_SUCCESS;
}

static bool selects_nothing(const struct tpm_pcr_selection *s)
{
	for (unsigned int i = 0; i < s->size; i++)
		if (s->select[i])
			return false;
	return true;
}

/* 16.4 TPM_PCR_Reset: all that are selected, or none. */
enum tpm_rc tpm_PCR_Reset(struct tpm *t, struct tpm_call *c,
			  const struct PCR_Reset_in *in,
			  struct PCR_Reset_out *out)
{
	if (selects_nothing(&in->pcrSelection))
		return TPM_INVALID_PCR_INFO;
	for (unsigned int i = 0; i < TPM_NUM_PCR; i++) {
		const unsigned int who = pcr_attributes(i)->reset_localities;

		if (!pcr_selected(&in->pcrSelection, i))
			continue;
		if (!who)
			return TPM_NOTRESETABLE;
		if (!(who >> c->locality & 1))
			return TPM_NOTLOCAL;
	}
	for (unsigned int i = 0; i < TPM_NUM_PCR; i++)
		if (pcr_selected(&in->pcrSelection, i))
			pcr_reset(t, i);
	return TPM_SUCCESS;
}
