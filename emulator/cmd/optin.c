/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 5: Admin Opt-in. */

#include "tpm.h"

/* 5.3 TPM_PhysicalEnable */
enum tpm_rc tpm_PhysicalEnable(struct tpm *t, struct tpm_call *c,
			       const struct PhysicalEnable_in *in,
			       struct PhysicalEnable_out *out)
{
	if (!presence_asserted(t))
		return TPM_BAD_PRESENCE;
	tpm_touch(t);
	t->s.flags.disable = false;
	return TPM_SUCCESS;
}

/* 5.4 TPM_PhysicalDisable */
enum tpm_rc tpm_PhysicalDisable(struct tpm *t, struct tpm_call *c,
				const struct PhysicalDisable_in *in,
				struct PhysicalDisable_out *out)
{
	if (!presence_asserted(t))
		return TPM_BAD_PRESENCE;
	tpm_touch(t);
	t->s.flags.disable = true;
	return TPM_SUCCESS;
}

/* 5.5 TPM_PhysicalSetDeactivated: from the next TPM_Startup(ST_CLEAR) on. */
enum tpm_rc
tpm_PhysicalSetDeactivated(struct tpm *t, struct tpm_call *c,
			   const struct PhysicalSetDeactivated_in *in,
			   struct PhysicalSetDeactivated_out *out)
{
	if (!presence_asserted(t))
		return TPM_BAD_PRESENCE;
	tpm_touch(t);
	t->s.flags.deactivated = in->state;
	return TPM_SUCCESS;
}
