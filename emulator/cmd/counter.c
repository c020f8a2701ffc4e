/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 25: Monotonic Counter. */

#include "counter.h"

static void tell(const struct tpm_counter_entry *counter,
		 struct tpm_counter_value *value)
{
	value->label = counter->label;
	value->counter = counter->counter;
}

/* The session proves the secret of a counter that there is. */
static enum tpm_rc verify_counter(struct tpm *t, struct tpm_call *c,
				  uint32_t id)
{
	struct tpm_entity e;
	enum tpm_rc rc;

	if (!counter_find(t, id))
		return TPM_BAD_COUNTER;
	counter_entity(t, id, &e);
	rc = auth_verify(t, c, 0, &e);
	tpm_wipe(&e, sizeof(e));
	return rc;
}

/* 25.1 TPM_CreateCounter */
enum tpm_rc tpm_CreateCounter(struct tpm *t, struct tpm_call *c,
			      const struct CreateCounter_in *in,
			      struct CreateCounter_out *out)
{
	struct tpm_counter_entry counter = { .valid = true,
					     .label = in->label };
	struct tpm_counter_entry *slot;

	if (c->auth[0].session->protocol == TPM_PID_OIAP)
		return TPM_BAD_MODE;
	TRY(auth_verify_owner(t, c, 0));
	slot = counter_free(t, &out->countID, &counter.counter);
	if (!slot)
		return TPM_RESOURCES;
	TRY(auth_decrypt(t, c, 0, false, &in->encAuth, &counter.authData));
	tpm_touch(t);
	*slot = counter;
	tell(slot, &out->counterValue);
	tpm_wipe(&counter, sizeof(counter));
	return TPM_SUCCESS;
}

/*
 * 25.2 TPM_IncrementCounter: the first one since the start is the only one
 * until the next.  Who does not know its secret cannot choose it.
 */
enum tpm_rc tpm_IncrementCounter(struct tpm *t, struct tpm_call *c,
				 const struct IncrementCounter_in *in,
				 struct IncrementCounter_out *out)
{
	struct tpm_counter_entry *counter;

	if (t->s.countID != COUNT_ID_NULL && t->s.countID != in->countID)
		return TPM_BAD_COUNTER;
	TRY(verify_counter(t, c, in->countID));
	counter = counter_find(t, in->countID);
	if (counter->counter == UINT32_MAX)
		return TPM_BAD_COUNTER;
	tpm_touch(t);
	t->s.countID = in->countID;
	counter->counter++;
	tell(counter, &out->count);
	return TPM_SUCCESS;
}

/* 25.3 TPM_ReadCounter */
enum tpm_rc tpm_ReadCounter(struct tpm *t, struct tpm_call *c,
			    const struct ReadCounter_in *in,
			    struct ReadCounter_out *out)
{
	const struct tpm_counter_entry *counter = counter_find(t, in->countID);

	if (!counter)
		return TPM_BAD_COUNTER;
	tell(counter, &out->count);
	return TPM_SUCCESS;
}

/* 25.4 TPM_ReleaseCounter */
enum tpm_rc tpm_ReleaseCounter(struct tpm *t, struct tpm_call *c,
			       const struct ReleaseCounter_in *in,
			       struct ReleaseCounter_out *out)
{
	TRY(verify_counter(t, c, in->countID));
	tpm_touch(t);
	counter_release(t, in->countID);
	return TPM_SUCCESS;
}

/* 25.5 TPM_ReleaseCounterOwner */
enum tpm_rc tpm_ReleaseCounterOwner(struct tpm *t, struct tpm_call *c,
				    const struct ReleaseCounterOwner_in *in,
				    struct ReleaseCounterOwner_out *out)
{
	if (!counter_find(t, in->countID))
		return TPM_BAD_COUNTER;
	tpm_touch(t);
	counter_release(t, in->countID);
	return TPM_SUCCESS;
}
