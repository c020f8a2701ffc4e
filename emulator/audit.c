/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Auditing (Part 1, "Audit"; Part 3, 8.1).  Of a command that the owner wants
 * audited, and that succeeds, the digests of its input and output parameters
 * are extended into auditDigest.  A log begins with the first of them, which
 * counts it: the count is stored with whatever the command stores, so a store
 * that fails is the command's own failure and there is nothing to audit.
 */

#include "tpm.h"

/* TPM_AUDIT_EVENT_IN and _OUT (Part 2, section 14). */
#define EVENT_MAX 32u

/* ---- ordinalAuditStatus: a bit for each ordinal ---- */

#define N_TPM_ORDINALS 256u
#define N_TSC_ORDINALS 16u

_Static_assert(sizeof(((struct tpm_audit_status *)0)->ordinals.b) * 8 ==
		       N_TPM_ORDINALS + N_TSC_ORDINALS,
	       "state.def has a bit for each ordinal");

/* The number of its bit; those of the connection come last. */
static size_t bit_of(uint32_t ordinal)
{
	return ordinal & TSC ?
		       N_TPM_ORDINALS + (ordinal & (N_TSC_ORDINALS - 1)) :
		       ordinal & (N_TPM_ORDINALS - 1);
}

bool audit_is_on(const struct tpm *t, uint32_t ordinal)
{
	const size_t bit = bit_of(ordinal);

	return t->s.audit_status.ordinals.b[bit / 8] >> bit % 8 & 1;
}

void audit_set(struct tpm *t, uint32_t ordinal, bool on)
{
	const size_t bit = bit_of(ordinal);
	uint8_t *byte = &t->s.audit_status.ordinals.b[bit / 8];
	const uint8_t mask = (uint8_t)(1u << bit % 8);

	*byte = (uint8_t)(on ? *byte | mask : *byte & ~mask);
}

void audit_set_defaults(struct tpm *t)
{
	memset(&t->s.audit_status, 0, sizeof(t->s.audit_status));
	for (size_t i = 0; i < tpm_n_commands; i++)
		if (tpm_commands[i].audit == AUDIT_ON)
			audit_set(t, tpm_commands[i].ordinal, true);
}

void audit_owner_clear(struct tpm *t)
{
	audit_set_defaults(t);
}

/* ---- auditDigest ---- */

static bool is_begun(const struct tpm *t)
{
	static const struct tpm_digest none;

	return !tpm_equal(t->s.auditDigest.b, none.b, sizeof(none.b));
}

struct tpm_counter_value audit_counter(const struct tpm *t)
{
	return (struct tpm_counter_value){
		.counter = t->s.data.auditMonotonicCounter,
	};
}

static void extend(struct tpm *t, const uint8_t *event, const struct wr *end)
{
	uint8_t *digest = t->s.auditDigest.b;

	tpm_sha1(t->crypto, digest,
		 TPM_PARTS({ digest, TPM_SHA1_SIZE },
			   { event, (size_t)(end->p - event) }));
}

/*
 * What an encrypted transport session hides the log must not tell: of what was
 * wrapped in one it has no more than the ordinal and the result.
 */
static void digest_codes(struct tpm *t, const struct tpm_call *c, bool result,
			 struct tpm_digest *digest)
{
	uint8_t b[2 * sizeof(uint32_t)];
	struct wr w = wr_over(b, sizeof(b));

	if (result)
		wr_number(&w, TPM_SUCCESS, 4);
	wr_u32(&w, &c->cmd->ordinal);
	tpm_sha1(t->crypto, digest->b, TPM_PARTS({ b, (size_t)(w.p - b) }));
}

static void extend_input(struct tpm *t, const struct tpm_call *c)
{
	uint8_t b[EVENT_MAX];
	struct wr w = wr_over(b, sizeof(b));
	struct tpm_audit_event_in event = {
		.inputParms = c->digested ? c->h1 : c->in_digest,
	};

	if (!is_begun(t)) {
		tpm_touch(t);
		t->s.data.auditMonotonicCounter++;
	}
	if (c->secret)
		digest_codes(t, c, false, &event.inputParms);
	event.auditCount = audit_counter(t);
	wr_audit_event_in(&w, &event);
	extend(t, b, &w);
}

static void extend_output(struct tpm *t, const struct tpm_call *c)
{
	uint8_t b[EVENT_MAX];
	struct wr w = wr_over(b, sizeof(b));
	struct tpm_audit_event_out event = {
		.outputParms = c->digested ? c->h2 : c->out_digest,
	};

	if (c->secret)
		digest_codes(t, c, true, &event.outputParms);
	event.auditCount = audit_counter(t);
	wr_audit_event_out(&w, &event);
	extend(t, b, &w);
}

/* ---- The pipeline's part ---- */

/* What is saved tells that it was: the output is none of it. */
static bool is_audited_first(const struct tpm_call *c)
{
	return c->cmd->ordinal == TPM_ORD_SaveState;
}

void audit_begin(struct tpm *t, const struct tpm_call *c)
{
	if (!is_begun(t))
		tpm_touch(t);
	if (is_audited_first(c))
		extend_input(t, c);
}

enum tpm_rc audit_end(struct tpm *t, const struct tpm_call *c)
{
	if (!is_audited_first(c)) {
		extend_input(t, c);
		extend_output(t, c);
	}
	if (!tpm_crypto_failed(t->crypto))
		return TPM_SUCCESS;
	t->s.test = TEST_FAILED;
	return TPM_AUDITFAIL_SUCCESSFUL;
}
