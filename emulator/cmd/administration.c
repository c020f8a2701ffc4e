/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part 3, section 9: Administrative Management.  TPM_FieldUpgrade and
 * TPM_SetRedirection are optional, and this TPM has nothing for them.
 */

#include "tpm.h"

/*
 * 9.3 TPM_ResetLockValue: who is locked out has one try, and if that is wrong,
 * none until the time is over.
 */
enum tpm_rc tpm_ResetLockValue(struct tpm *t, struct tpm_call *c,
			       const struct ResetLockValue_in *in,
			       struct ResetLockValue_out *out)
{
	bool *spent = &t->s.stclear.disableResetLock;
	struct tpm_entity owner;
	enum tpm_rc rc;

	if (!lockout_running(t))
		*spent = false;
	if (*spent)
		return TPM_AUTHFAIL;
	entity_owner(t, &owner);
	rc = auth_verify(t, c, 0, &owner);
	tpm_wipe(&owner, sizeof(owner));
	*spent = rc != TPM_SUCCESS;
	TRY(rc);
	lockout_reset(t);
	return TPM_SUCCESS;
}
