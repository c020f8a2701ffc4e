/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 3: Admin Startup and State.  TPM_Init is tpm12_power_on. */

#include "context.h"
#include "counter.h"
#include "daa.h"
#include "keys.h"
#include "nv.h"
#include "pcr.h"

static void startup_clear(struct tpm *t)
{
	memset(&t->s.stclear_flags, 0, sizeof(t->s.stclear_flags));
	memset(&t->s.stclear, 0, sizeof(t->s.stclear));
	memset(&t->s.auditDigest, 0, sizeof(t->s.auditDigest));
	t->s.stclear_flags.deactivated = t->s.flags.deactivated;
	t->s.stclear.ownerReference = TPM_KH_OWNER;
	context_startup_clear(t);
	pcr_startup_clear(t);
	nv_startup_clear(t);
	counters_startup_clear(t);
}

/*
 * Started all the same: in failure mode it can be asked what the matter is.
 */
static enum tpm_rc startup_failed(struct tpm *t, enum tpm_rc rc)
{
	t->s.test = TEST_FAILED;
	t->s.stany_flags.postInitialise = false;
	return rc;
}

/* A platform that asks for a state that there is not cannot be trusted. */
static enum tpm_rc startup_state(struct tpm *t)
{
	if (!t->s.saved_len ||
	    tpm_image_read(t, TPM_IMAGE_SAVED, t->s.saved, t->s.saved_len))
		return startup_failed(t, TPM_FAIL);
	pcr_startup_state(t);
	return TPM_SUCCESS;
}

/* 3.2 TPM_Startup */
enum tpm_rc tpm_Startup(struct tpm *t, struct tpm_call *c,
			const struct Startup_in *in, struct Startup_out *out)
{
	if (!t->s.stany_flags.postInitialise)
		return TPM_INVALID_POSTINIT;
	if (t->s.test == TEST_FAILED)
		return startup_failed(t, TPM_FAILEDSELFTEST);
	if (in->startupType < TPM_ST_CLEAR ||
	    in->startupType > TPM_ST_DEACTIVATED)
		return TPM_BAD_PARAMETER;
	if (t->s.saved_len)
		tpm_touch(t);
	sessions_close(t);
	contexts_forget_sessions(t);
	daa_flush_all(t);
	keys_flush_volatile(t);
	if (in->startupType == TPM_ST_STATE)
		TRY(startup_state(t));
	else
		startup_clear(t);
	if (in->startupType == TPM_ST_DEACTIVATED)
		t->s.stclear_flags.deactivated = true;
	t->s.saved_len = 0;
	t->s.stany_flags.postInitialise = false;
	return TPM_SUCCESS;
}

/* 3.3 TPM_SaveState */
enum tpm_rc tpm_SaveState(struct tpm *t, struct tpm_call *c,
			  const struct SaveState_in *in,
			  struct SaveState_out *out)
{
	size_t len;

	tpm_touch(t);
	len = tpm_image_write(t, TPM_IMAGE_SAVED, t->s.saved,
			      sizeof(t->s.saved));
	if (!len)
		return TPM_FAIL;
	t->s.saved_len = (uint32_t)len;
	return TPM_SUCCESS;
}
