/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 8: Auditing. */

#include "keys.h"

/* ---- The audited ordinals, from one on ---- */

static enum tpm_rc list_audited(const struct tpm *t, struct tpm_call *c,
				uint32_t start, struct tpm_bytes *list)
{
	const size_t cap = tpm_n_commands * sizeof(uint32_t);
	uint8_t *b = tpm_scratch(c, cap);
	struct wr w = wr_over(b, cap);

	if (!b)
		return TPM_SIZE;
	for (size_t i = 0; i < tpm_n_commands; i++) {
		const uint32_t ordinal = tpm_commands[i].ordinal;

		if (ordinal >= start && audit_is_on(t, ordinal))
			wr_u32(&w, &ordinal);
	}
	*list = (struct tpm_bytes){ b, (size_t)(w.p - b) };
	return TPM_SUCCESS;
}

/* 8.3 TPM_GetAuditDigest.  All ordinals that there are fit into the answer. */
enum tpm_rc tpm_GetAuditDigest(struct tpm *t, struct tpm_call *c,
			       const struct GetAuditDigest_in *in,
			       struct GetAuditDigest_out *out)
{
	out->counterValue = audit_counter(t);
	out->auditDigest = t->s.auditDigest;
	out->more = false;
	return list_audited(t, c, in->startOrdinal, &out->ordList);
}

/* ---- 8.4 TPM_GetAuditDigestSigned ---- */

/* auditDigest || counterValue || ordinalDigest */
#define SIGNED_MAX 64u

static enum tpm_rc sign_digest(struct tpm *t, struct tpm_call *c,
			       const struct GetAuditDigestSigned_in *in,
			       struct GetAuditDigestSigned_out *out)
{
	uint8_t b[SIGNED_MAX];
	struct wr w = wr_over(b, sizeof(b));
	struct tpm_sign_info info = {
		.fixed = { "ADIG" },
		.replay = in->antiReplay,
	};

	wr_digest(&w, &out->auditDigest);
	wr_counter_value(&w, &out->counterValue);
	wr_digest(&w, &out->ordinalDigest);
	info.data = (struct tpm_bytes){ b, (size_t)(w.p - b) };
	return key_sign_info(t, c, c->key[0], &info, &out->sig);
}

enum tpm_rc
tpm_GetAuditDigestSigned(struct tpm *t, struct tpm_call *c,
			 const struct GetAuditDigestSigned_in *in,
			 struct GetAuditDigestSigned_out *out)
{
	const struct tpm_key_entry *key = c->key[0];
	struct tpm_bytes list;

	if (!key_is_for_signing(key) || !key_signs_info(key))
		return TPM_INVALID_KEYUSAGE;
	if (in->closeAudit && key->keyUsage != TPM_KEY_IDENTITY)
		return TPM_INVALID_KEYUSAGE;
	TRY(list_audited(t, c, 0, &list));
	tpm_sha1(t->crypto, out->ordinalDigest.b, &list, 1);
	out->counterValue = audit_counter(t);
	out->auditDigest = t->s.auditDigest;
	TRY(sign_digest(t, c, in, out));
	if (in->closeAudit)
		memset(&t->s.auditDigest, 0, sizeof(t->s.auditDigest));
	return TPM_SUCCESS;
}

/* 8.5 TPM_SetOrdinalAuditStatus: from the next command on. */
enum tpm_rc
tpm_SetOrdinalAuditStatus(struct tpm *t, struct tpm_call *c,
			  const struct SetOrdinalAuditStatus_in *in,
			  struct SetOrdinalAuditStatus_out *out)
{
	const struct tpm_command *cmd = tpm_command_find(in->ordinalToAudit);

	if (!cmd)
		return TPM_BADINDEX;
	if (in->auditState && cmd->audit == AUDIT_NEVER)
		return TPM_BAD_PARAMETER;
	if (audit_is_on(t, cmd->ordinal) == in->auditState)
		return TPM_SUCCESS;
	tpm_touch(t);
	audit_set(t, cmd->ordinal, in->auditState);
	return TPM_SUCCESS;
}
