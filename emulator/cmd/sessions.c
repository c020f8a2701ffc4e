/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 18: Authorization Sessions. */

#include "delegation.h"
#include "keys.h"

/* 18.1 TPM_OIAP */
enum tpm_rc tpm_OIAP(struct tpm *t, struct tpm_call *c,
		     const struct OIAP_in *in, struct OIAP_out *out)
{
	const struct tpm_session *s = session_open(t, TPM_PID_OIAP);

	if (!s)
		return TPM_RESOURCES;
	out->authHandle = s->handle;
	out->nonceEven = s->nonceEven;
	return TPM_SUCCESS;
}

/* ---- Bound sessions ---- */

/* How secrets will be encrypted: the high byte of the type. */
static enum tpm_rc check_adip(const struct tpm *t, uint16_t entityType)
{
	const unsigned int adip = entityType >> 8;

	if (adip == TPM_ET_AES128_CTR ||
	    (adip == TPM_ET_XOR && !t->s.flags.FIPS))
		return TPM_SUCCESS;
	return TPM_INAPPROPRIATE_ENC;
}

/* What a session is bound to: an entity, or what was delegated of it. */
struct binding {
	struct tpm_entity e;
	const struct tpm_delegate_public *delegated; /* NULL: nothing */
	struct tpm_digest secret;
};

/* The answer of OSAP and of DSAP is the same. */
static enum tpm_rc open_bound(struct tpm *t, uint16_t entityType,
			      const struct binding *b,
			      const struct tpm_digest *odd,
			      struct OSAP_out *out)
{
	struct tpm_session *s =
		session_open(t, b->delegated ? TPM_PID_DSAP : TPM_PID_OSAP);

	if (!s)
		return TPM_RESOURCES;
	s->adip = (uint8_t)(entityType >> 8);
	s->entityType = b->e.type;
	s->entity = b->e.id;
	if (b->delegated)
		s->delegated = *b->delegated;
	tpm_random(t->crypto, out->nonceEvenOSAP.b,
		   sizeof(out->nonceEvenOSAP.b));
	tpm_hmac_sha1(t->crypto, s->sharedSecret.b, b->secret.b,
		      sizeof(b->secret.b),
		      TPM_PARTS({ out->nonceEvenOSAP.b, TPM_SHA1_SIZE },
				{ odd->b, TPM_SHA1_SIZE }));
	out->authHandle = s->handle;
	out->nonceEven = s->nonceEven;
	return TPM_SUCCESS;
}

/* The owner, by a row of the delegate table. */
static enum tpm_rc bind_row(struct tpm *t, uint32_t index, struct binding *b)
{
	const struct tpm_delegate_table_row *row = delegation_row(t, index);

	if (!row)
		return TPM_BADINDEX;
	TRY(delegation_alive(t, &row->pub));
	entity_owner(t, &b->e);
	b->delegated = &row->pub;
	b->secret = row->authValue;
	return TPM_SUCCESS;
}

/* ---- 18.2 TPM_OSAP ---- */

static enum tpm_rc bind_entity(struct tpm *t, uint16_t type, uint32_t value,
			       struct binding *b)
{
	const uint32_t owner = t->s.stclear.ownerReference;

	if (type == TPM_ET_OWNER && owner != TPM_KH_OWNER)
		return bind_row(t, owner, b);
	if (type == TPM_ET_KEYHANDLE && value == TPM_KH_OPERATOR)
		return TPM_BAD_HANDLE;
	TRY(entity_find(t, type, value, &b->e));
	b->secret = b->e.secret;
	return TPM_SUCCESS;
}

enum tpm_rc tpm_OSAP(struct tpm *t, struct tpm_call *c,
		     const struct OSAP_in *in, struct OSAP_out *out)
{
	struct binding b = { .delegated = NULL };
	enum tpm_rc rc;

	TRY(check_adip(t, in->entityType));
	rc = bind_entity(t, in->entityType & 0xff, in->entityValue, &b);
	if (rc == TPM_SUCCESS)
		rc = open_bound(t, in->entityType, &b, &in->nonceOddOSAP, out);
	tpm_wipe(&b, sizeof(b));
	return rc;
}

/* ---- 18.3 TPM_DSAP ---- */

/* The key of a blob, which it was made for. */
static enum tpm_rc bind_key(struct tpm *t, uint32_t handle,
			    const struct tpm_digest *pubKeyDigest,
			    struct tpm_entity *e)
{
	struct tpm_key_entry *key;
	struct tpm_digest digest;

	TRY(key_named(t, handle, &key));
	delegation_key_digest(t, key, &digest);
	if (!tpm_equal(digest.b, pubKeyDigest->b, sizeof(digest.b)))
		return TPM_KEYNOTFOUND;
	entity_key(t, key, e);
	return TPM_SUCCESS;
}

static enum tpm_rc bind_blob(struct tpm *t, const struct DSAP_in *in,
			     bool of_key, struct tpm_delegation *d,
			     struct binding *b)
{
	if (delegation_read(in->entityValue, d) != TPM_SUCCESS ||
	    d->of_key != of_key)
		return TPM_WRONG_ENTITYTYPE;
	TRY(delegation_alive(t, &d->blob.pub));
	TRY(delegation_intact(t, d));
	if (of_key)
		TRY(bind_key(t, in->keyHandle, &d->blob.pubKeyDigest, &b->e));
	else
		entity_owner(t, &b->e);
	b->delegated = &d->blob.pub;
	return delegation_secret(t, d, &b->secret);
}

static enum tpm_rc bind_row_of(struct tpm *t, struct tpm_bytes value,
			       struct binding *b)
{
	struct rd r = rd_over(value.p, value.len);
	uint32_t index;

	rd_u32(&r, &index);
	TRY(rd_done(&r));
	return bind_row(t, index, b);
}

static enum tpm_rc bind_delegation(struct tpm *t, const struct DSAP_in *in,
				   struct tpm_delegation *d, struct binding *b)
{
	switch (in->entityType & 0xff) {
	case TPM_ET_DEL_OWNER_BLOB:
		return bind_blob(t, in, false, d, b);
	case TPM_ET_DEL_ROW:
		return bind_row_of(t, in->entityValue, b);
	case TPM_ET_DEL_KEY_BLOB:
		return bind_blob(t, in, true, d, b);
	default:
		return TPM_BAD_PARAMETER;
	}
}

enum tpm_rc tpm_DSAP(struct tpm *t, struct tpm_call *c,
		     const struct DSAP_in *in, struct DSAP_out *out)
{
	struct binding b = { .delegated = NULL };
	struct tpm_delegation d;
	struct OSAP_out opened = { 0 };
	enum tpm_rc rc;

	TRY(check_adip(t, in->entityType));
	rc = bind_delegation(t, in, &d, &b);
	if (rc == TPM_SUCCESS)
		rc = open_bound(t, in->entityType, &b, &in->nonceOddDSAP,
				&opened);
	tpm_wipe(&b, sizeof(b));
	out->authHandle = opened.authHandle;
	out->nonceEven = opened.nonceEven;
	out->nonceEvenDSAP = opened.nonceEvenOSAP;
	return rc;
}

/* ---- 18.4 TPM_SetOwnerPointer ---- */

enum tpm_rc tpm_SetOwnerPointer(struct tpm *t, struct tpm_call *c,
				const struct SetOwnerPointer_in *in,
				struct SetOwnerPointer_out *out)
{
	const struct tpm_delegate_table_row *row;

	switch (in->entityType) {
	case TPM_ET_DEL_ROW:
		row = delegation_row(t, in->entityValue);
		if (!row)
			return TPM_BADINDEX;
		TRY(delegation_alive(t, &row->pub));
		t->s.stclear.ownerReference = in->entityValue;
		return TPM_SUCCESS;
	case TPM_ET_OWNER:
		t->s.stclear.ownerReference = TPM_KH_OWNER;
		return TPM_SUCCESS;
	default:
		return TPM_BAD_PARAMETER;
	}
}
