/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 5: Admin Opt-in. */

#include "tpm.h"

/* 5.1 TPM_SetOwnerInstall: with an owner it means nothing, and succeeds. */
enum tpm_rc tpm_SetOwnerInstall(struct tpm *t, struct tpm_call *c,
				const struct SetOwnerInstall_in *in,
				struct SetOwnerInstall_out *out)
{
	if (t->s.owner.installed)
		return TPM_SUCCESS;
	if (!presence_asserted(t))
		return TPM_BAD_PRESENCE;
	tpm_touch(t);
	t->s.flags.ownership = in->state;
	return TPM_SUCCESS;
}

/* 5.2 TPM_OwnerSetDisable */
enum tpm_rc tpm_OwnerSetDisable(struct tpm *t, struct tpm_call *c,
				const struct OwnerSetDisable_in *in,
				struct OwnerSetDisable_out *out)
{
	tpm_touch(t);
	t->s.flags.disable = in->disableState;
	return TPM_SUCCESS;
}

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

static enum tpm_rc verify_operator(struct tpm *t, struct tpm_call *c)
{
	struct tpm_entity operator_;
	enum tpm_rc rc;

	if (!t->s.flags.operator_)
		return TPM_NOOPERATOR;
	entity_set(t, &operator_, TPM_ET_OPERATOR, TPM_KH_OPERATOR,
		   &t->s.data.operatorAuth);
	rc = auth_verify(t, c, 0, &operator_);
	tpm_wipe(&operator_, sizeof(operator_));
	return rc;
}

/* 5.6 TPM_SetTempDeactivated: until the next TPM_Startup(ST_CLEAR). */
enum tpm_rc tpm_SetTempDeactivated(struct tpm *t, struct tpm_call *c,
				   const struct SetTempDeactivated_in *in,
				   struct SetTempDeactivated_out *out)
{
	if (c->n_auth)
		TRY(verify_operator(t, c));
	else if (!presence_asserted(t))
		return TPM_BAD_PRESENCE;
	tpm_preserve(t);
	t->s.stclear_flags.deactivated = true;
	return TPM_SUCCESS;
}

/* 5.7 TPM_SetOperatorAuth */
enum tpm_rc tpm_SetOperatorAuth(struct tpm *t, struct tpm_call *c,
				const struct SetOperatorAuth_in *in,
				struct SetOperatorAuth_out *out)
{
	if (!presence_asserted(t))
		return TPM_BAD_PRESENCE;
	tpm_touch(t);
	t->s.data.operatorAuth = in->operatorAuth;
	t->s.flags.operator_ = true;
	return TPM_SUCCESS;
}
