/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 19: Delegation Commands. */

#include "delegation.h"

/* What was delegated is worth something in its own family only. */
static enum tpm_rc check_family(const struct tpm_call *c, uint32_t familyID)
{
	const struct tpm_delegate_public *used = delegation_used(c, 0);

	return used && used->familyID != familyID ? TPM_DELEGATE_FAMILY
						  : TPM_SUCCESS;
}

/*
 * Without an owner anybody may, a few times, until the family is locked; with
 * one he must have proved himself.
 */
static enum tpm_rc check_unowned(const struct tpm *t, const struct tpm_call *c,
				 const struct tpm_family_table_entry *family)
{
	if (c->n_auth)
		return TPM_SUCCESS;
	if (t->s.owner.installed)
		return TPM_AUTHFAIL;
	if (family && family->flags & TPM_DELEGATE_ADMIN_LOCK)
		return TPM_DELEGATE_LOCK;
	return t->s.data.noOwnerNVWrite < TPM_MAX_NV_WRITE_NOOWNER
		       ? TPM_SUCCESS
		       : TPM_MAXNVWRITES;
}

/* After all that can fail: what was delegated so far may be so no more. */
static void tables_change(struct tpm *t, const struct tpm_call *c)
{
	tpm_touch(t);
	sessions_close_bound(t);
	t->s.stclear.ownerReference = TPM_KH_OWNER;
	t->s.data.noOwnerNVWrite += !c->n_auth;
}

/* ---- 19.1 TPM_Delegate_Manage ---- */

static enum tpm_rc family_create(struct tpm *t, struct tpm_call *c,
				 struct tpm_bytes label, struct tpm_bytes *ret)
{
	struct tpm_family_table_entry *row = family_find_free(t);
	uint8_t *b = tpm_scratch(c, sizeof(row->familyID));
	struct wr w = wr_over(b, sizeof(row->familyID));

	TRY(check_unowned(t, c, NULL));
	if (!row || t->s.data.lastFamilyID == UINT32_MAX)
		return TPM_RESOURCES;
	if (label.len != sizeof(row->familyLabel))
		return TPM_BAD_PARAM_SIZE;
	tables_change(t, c);
	*row = (struct tpm_family_table_entry){
		.familyLabel = label.p[0],
		.familyID = ++t->s.data.lastFamilyID,
		.verificationCount = 1,
	};
	wr_u32(&w, &row->familyID);
	*ret = (struct tpm_bytes){ b, sizeof(row->familyID) };
	return w.rc;
}

static enum tpm_rc family_set(struct tpm *t, const struct tpm_call *c,
			      struct tpm_family_table_entry *row, uint32_t flag,
			      struct tpm_bytes data)
{
	struct rd r = rd_over(data.p, data.len);
	bool on;

	rd_bool(&r, &on);
	TRY(rd_done(&r));
	tables_change(t, c);
	if (on)
		row->flags |= flag;
	else
		row->flags &= ~flag;
	return TPM_SUCCESS;
}

enum tpm_rc tpm_Delegate_Manage(struct tpm *t, struct tpm_call *c,
				const struct Delegate_Manage_in *in,
				struct Delegate_Manage_out *out)
{
	struct tpm_family_table_entry *row;

	if (in->opCode == TPM_FAMILY_CREATE)
		return family_create(t, c, in->opData, &out->retData);
	row = family_find(t, in->familyID);
	if (!row)
		return TPM_BADINDEX;
	TRY(check_family(c, in->familyID));
	TRY(check_unowned(t, c, row));
	switch (in->opCode) {
	case TPM_FAMILY_ADMIN:
		return family_set(t, c, row, TPM_DELEGATE_ADMIN_LOCK,
				  in->opData);
	case TPM_FAMILY_ENABLE:
		return family_set(t, c, row, TPM_FAMFLAG_ENABLED, in->opData);
	case TPM_FAMILY_INVALIDATE:
		tables_change(t, c);
		memset(row, 0, sizeof(*row));
		return TPM_SUCCESS;
	default:
		return TPM_BAD_PARAMETER;
	}
}

/* ---- 19.2 and 19.3: making blobs ---- */

/* Nobody hands on more than he has. */
static enum tpm_rc check_grant(const struct tpm_call *c,
			       const struct tpm_family_table_entry *family,
			       const struct tpm_delegate_public *pub)
{
	const struct tpm_delegate_public *used = delegation_used(c, 0);

	if (!used)
		return TPM_SUCCESS;
	TRY(check_family(c, pub->familyID));
	if (!(family->flags & TPM_FAMFLAG_ENABLED))
		return TPM_DISABLED_CMD;
	return pub->permissions.per1 & ~used->permissions.per1 ? TPM_AUTHFAIL
							       : TPM_SUCCESS;
}

/* What both commands check, in order; the family that was found. */
static enum tpm_rc check_new(struct tpm *t, const struct tpm_call *c,
			     const struct tpm_delegate_public *pub,
			     uint32_t delegateType,
			     struct tpm_family_table_entry **family)
{
	*family = family_find(t, pub->familyID);
	if (!*family)
		return TPM_BADINDEX;
	TRY(check_grant(c, *family, pub));
	if (pub->permissions.delegateType != delegateType)
		return TPM_BAD_PARAMETER;
	return c->auth[0].session->protocol == TPM_PID_OIAP
		       ? TPM_INVALID_AUTHHANDLE
		       : TPM_SUCCESS;
}

static enum tpm_rc make_blob(struct tpm *t, struct tpm_call *c,
			     struct tpm_delegation *d,
			     const struct tpm_digest *delAuth,
			     struct tpm_bytes *out)
{
	struct tpm_digest secret;
	enum tpm_rc rc;

	TRY(auth_decrypt(t, c, 0, false, delAuth, &secret));
	rc = delegation_set_secret(t, c, d, &secret);
	tpm_wipe(&secret, sizeof(secret));
	return rc == TPM_SUCCESS ? delegation_write(t, c, d, out) : rc;
}

/* 19.2 TPM_Delegate_CreateKeyDelegation */
enum tpm_rc tpm_Delegate_CreateKeyDelegation(
	struct tpm *t, struct tpm_call *c,
	const struct Delegate_CreateKeyDelegation_in *in,
	struct Delegate_CreateKeyDelegation_out *out)
{
	struct tpm_delegation d = { .of_key = true };
	struct tpm_family_table_entry *family;

	TRY(check_new(t, c, &in->publicInfo, TPM_DEL_KEY_BITS, &family));
	d.blob.pub = in->publicInfo;
	d.blob.pub.verificationCount = family->verificationCount;
	delegation_key_digest(t, c->key[0], &d.blob.pubKeyDigest);
	return make_blob(t, c, &d, &in->delAuth, &out->blob);
}

/* 19.3 TPM_Delegate_CreateOwnerDelegation */
enum tpm_rc tpm_Delegate_CreateOwnerDelegation(
	struct tpm *t, struct tpm_call *c,
	const struct Delegate_CreateOwnerDelegation_in *in,
	struct Delegate_CreateOwnerDelegation_out *out)
{
	struct tpm_delegation d = { .of_key = false };
	struct tpm_family_table_entry *family;

	TRY(check_new(t, c, &in->publicInfo, TPM_DEL_OWNER_BITS, &family));
	d.blob.pub = in->publicInfo;
	d.blob.pub.verificationCount =
		family->verificationCount + in->increment;
	TRY(make_blob(t, c, &d, &in->delAuth, &out->blob));
	if (in->increment) {
		tables_change(t, c);
		family->verificationCount++;
	}
	return TPM_SUCCESS;
}

/* ---- 19.4 TPM_Delegate_LoadOwnerDelegation ---- */

/* Encrypted for an owner; as it is where there is none yet. */
static enum tpm_rc load_secret(struct tpm *t, const struct tpm_delegation *d,
			       struct tpm_digest *secret)
{
	if (!t->s.owner.installed)
		return delegation_plain_secret(d, secret);
	TRY(delegation_intact(t, d));
	return delegation_secret(t, d, secret);
}

enum tpm_rc tpm_Delegate_LoadOwnerDelegation(
	struct tpm *t, struct tpm_call *c,
	const struct Delegate_LoadOwnerDelegation_in *in,
	struct Delegate_LoadOwnerDelegation_out *out)
{
	const struct tpm_family_table_entry *family;
	struct tpm_delegation d;
	struct tpm_digest secret;
	enum tpm_rc rc;

	TRY(delegation_read(in->blob, &d));
	if (d.of_key)
		return TPM_INVALID_STRUCTURE;
	family = family_find(t, d.blob.pub.familyID);
	if (!family)
		return TPM_BADINDEX;
	TRY(check_family(c, family->familyID));
	TRY(check_unowned(t, c, family));
	if (!(family->flags & TPM_FAMFLAG_ENABLED))
		return TPM_DISABLED_CMD;
	rc = load_secret(t, &d, &secret);
	if (rc == TPM_SUCCESS && in->index >= TPM_DELEGATE_ROWS)
		rc = TPM_BADINDEX;
	if (rc == TPM_SUCCESS) {
		tables_change(t, c);
		t->s.delegates[in->index].pub = d.blob.pub;
		t->s.delegates[in->index].authValue = secret;
	}
	tpm_wipe(&secret, sizeof(secret));
	return rc;
}

/* ---- 19.5 TPM_Delegate_ReadTable ---- */

#define FAMILY_TABLE_MAX   (TPM_FAMILY_ROWS * 15u)
#define DELEGATE_TABLE_MAX (TPM_DELEGATE_ROWS * 64u)

static enum tpm_rc write_families(const struct tpm *t, struct tpm_call *c,
				  struct tpm_bytes *out)
{
	uint8_t *b = tpm_scratch(c, FAMILY_TABLE_MAX);
	struct wr w = wr_over(b, FAMILY_TABLE_MAX);

	for (unsigned int i = 0; i < TPM_FAMILY_ROWS; i++)
		if (t->s.families[i].familyID)
			wr_family_table_entry(&w, &t->s.families[i]);
	*out = (struct tpm_bytes){ b, b ? (size_t)(w.p - b) : 0 };
	return w.rc;
}

enum tpm_rc tpm_Delegate_ReadTable(struct tpm *t, struct tpm_call *c,
				   const struct Delegate_ReadTable_in *in,
				   struct Delegate_ReadTable_out *out)
{
	uint8_t *b = tpm_scratch(c, DELEGATE_TABLE_MAX);
	struct wr w = wr_over(b, DELEGATE_TABLE_MAX);

	for (uint32_t i = 0; i < TPM_DELEGATE_ROWS; i++) {
		if (!delegation_row(t, i))
			continue;
		wr_u32(&w, &i);
		wr_delegate_public(&w, &t->s.delegates[i].pub);
	}
	if (w.rc != TPM_SUCCESS)
		return w.rc;
	out->delegateTable = (struct tpm_bytes){ b, (size_t)(w.p - b) };
	return write_families(t, c, &out->familyTable);
}

/* ---- 19.6 TPM_Delegate_UpdateVerification ---- */

/* The family's count as it is now, for what the caller may speak of. */
static enum tpm_rc current_count(struct tpm *t, const struct tpm_call *c,
				 uint32_t familyID, uint32_t *count)
{
	const struct tpm_family_table_entry *family = family_find(t, familyID);

	if (!family)
		return TPM_BADINDEX;
	TRY(check_family(c, familyID));
	if (delegation_used(c, 0) && !(family->flags & TPM_FAMFLAG_ENABLED))
		return TPM_DISABLED_CMD;
	*count = family->verificationCount;
	return TPM_SUCCESS;
}

static enum tpm_rc update_row(struct tpm *t, const struct tpm_call *c,
			      struct tpm_bytes input)
{
	struct rd r = rd_over(input.p, input.len);
	struct tpm_delegate_table_row *row;
	uint32_t index, count;

	rd_u32(&r, &index);
	row = delegation_row(t, index);
	if (!row)
		return TPM_BADINDEX;
	TRY(current_count(t, c, row->pub.familyID, &count));
	tpm_touch(t);
	row->pub.verificationCount = count;
	return TPM_SUCCESS;
}

/* A row by its index, which is shorter than any blob. */
enum tpm_rc
tpm_Delegate_UpdateVerification(struct tpm *t, struct tpm_call *c,
				const struct Delegate_UpdateVerification_in *in,
				struct Delegate_UpdateVerification_out *out)
{
	struct tpm_delegation d;

	if (in->inputData.len == sizeof(uint32_t))
		return update_row(t, c, in->inputData);
	TRY(delegation_read(in->inputData, &d));
	TRY(delegation_intact(t, &d));
	TRY(current_count(t, c, d.blob.pub.familyID,
			  &d.blob.pub.verificationCount));
	return delegation_write(t, c, &d, &out->outputData);
}

/* ---- 19.7 TPM_Delegate_VerifyDelegation ---- */

enum tpm_rc
tpm_Delegate_VerifyDelegation(struct tpm *t, struct tpm_call *c,
			      const struct Delegate_VerifyDelegation_in *in,
			      struct Delegate_VerifyDelegation_out *out)
{
	struct tpm_delegation d;
	struct tpm_digest secret;
	enum tpm_rc rc;

	TRY(delegation_read(in->delegation, &d));
	TRY(delegation_alive(t, &d.blob.pub));
	TRY(delegation_intact(t, &d));
	rc = delegation_secret(t, &d, &secret);
	tpm_wipe(&secret, sizeof(secret));
	return rc == TPM_BAD_DELEGATE ? TPM_BAD_PARAMETER : rc;
}
