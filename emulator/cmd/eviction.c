/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part 3, section 22: Eviction.  What is not there is TPM_BAD_PARAMETER,
 * whatever it is not.
 */

#include "context.h"
#include "keys.h"
#include "transport.h"
#include "daa.h"

static enum tpm_rc flush_session(struct tpm *t, uint32_t handle)
{
	struct tpm_session *s = session_find(t, handle);

	if (!s)
		return TPM_BAD_PARAMETER;
	session_close(s);
	return TPM_SUCCESS;
}

static enum tpm_rc flush_transport(struct tpm *t, uint32_t handle)
{
	struct tpm_transport *s = transport_find(t, handle);

	if (!s)
		return TPM_BAD_PARAMETER;
	transport_close(t, s);
	return TPM_SUCCESS;
}

static enum tpm_rc flush_key(struct tpm *t, uint32_t handle)
{
	struct tpm_key_entry *key = key_find(t, handle);

	if (!key || handle == TPM_KH_SRK)
		return TPM_BAD_PARAMETER;
	if (key->keyControl & TPM_KEY_CONTROL_OWNER_EVICT)
		return TPM_KEY_OWNER_CONTROL;
	key_flush(t, key);
	return TPM_SUCCESS;
}

static enum tpm_rc flush_daa(struct tpm *t, uint32_t handle)
{
	struct tpm_daa_session *s = daa_find(t, handle);

	if (!s)
		return TPM_BAD_PARAMETER;
	daa_flush(s);
	return TPM_SUCCESS;
}

/* 22.1 TPM_FlushSpecific */
enum tpm_rc tpm_FlushSpecific(struct tpm *t, struct tpm_call *c,
			      const struct FlushSpecific_in *in,
			      struct FlushSpecific_out *out)
{
	switch (in->resourceType) {
	case TPM_RT_AUTH:
		return flush_session(t, in->handle);
	case TPM_RT_DAA_TPM:
		return flush_daa(t, in->handle);
	case TPM_RT_KEY:
		return flush_key(t, in->handle);
	case TPM_RT_CONTEXT:
		return context_forget(t, in->handle) ? TPM_SUCCESS
						     : TPM_BAD_PARAMETER;
	case TPM_RT_TRANS:
		return flush_transport(t, in->handle);
	default:
		return TPM_INVALID_RESOURCE;
	}
}
