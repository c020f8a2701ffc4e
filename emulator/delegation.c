/* SPDX-License-Identifier: BSD-2-Clause */
/* Families, delegations and their blobs: see delegation.h. */

#include "delegation.h"

#include "pcr.h"

/* The largest blob, and its parts, that this TPM makes. */
#define BLOB_MAX       256u
#define IV_SIZE	       TPM_AES_BLOCK
#define SENSITIVE_SIZE (2u + TPM_SHA1_SIZE)

/* ---- Tables ---- */

static struct tpm_family_table_entry *row_of(struct tpm *t, uint32_t familyID)
{
	for (unsigned int i = 0; i < TPM_FAMILY_ROWS; i++)
		if (t->s.families[i].familyID == familyID)
			return &t->s.families[i];
	return NULL;
}

struct tpm_family_table_entry *family_find(struct tpm *t, uint32_t familyID)
{
	return familyID ? row_of(t, familyID) : NULL;
}

struct tpm_family_table_entry *family_find_free(struct tpm *t)
{
	return row_of(t, 0);
}

/* A row that was loaded is of a family that there was. */
struct tpm_delegate_table_row *delegation_row(struct tpm *t, uint32_t index)
{
	if (index >= TPM_DELEGATE_ROWS || !t->s.delegates[index].pub.familyID)
		return NULL;
	return &t->s.delegates[index];
}

void delegation_owner_clear(struct tpm *t)
{
	tpm_wipe(t->s.families, sizeof(t->s.families));
	tpm_wipe(t->s.delegates, sizeof(t->s.delegates));
	t->s.stclear.ownerReference = TPM_KH_OWNER;
}

/* ---- What a delegation is worth ---- */

enum tpm_rc delegation_alive(struct tpm *t,
			     const struct tpm_delegate_public *pub)
{
	const struct tpm_family_table_entry *family =
		family_find(t, pub->familyID);

	if (!family)
		return TPM_BADINDEX;
	if (!(family->flags & TPM_FAMFLAG_ENABLED))
		return TPM_DISABLED_CMD;
	return family->verificationCount == pub->verificationCount
		       ? TPM_SUCCESS
		       : TPM_FAMILYCOUNT;
}

/* Part 2, 5.17: the kinds of keys that the owner lets be delegated. */
static enum tpm_rc check_restriction(const struct tpm *t,
				     const struct tpm_key_entry *key)
{
	static const struct {
		uint16_t usage;
		uint32_t bit;
	} kinds[] = {
		{ TPM_KEY_SIGNING, TPM_CMK_DELEGATE_SIGNING },
		{ TPM_KEY_STORAGE, TPM_CMK_DELEGATE_STORAGE },
		{ TPM_KEY_BIND, TPM_CMK_DELEGATE_BIND },
		{ TPM_KEY_LEGACY, TPM_CMK_DELEGATE_LEGACY },
		{ TPM_KEY_MIGRATE, TPM_CMK_DELEGATE_MIGRATE },
	};

	if (!(key->keyFlags & TPM_MIGRATEAUTHORITY))
		return TPM_SUCCESS;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].usage == key->keyUsage &&
		    t->s.data.restrictDelegate & kinds[i].bit)
			return TPM_SUCCESS;
	return TPM_INVALID_KEYUSAGE;
}

/* All bits that are in use are in per1. */
static bool has_permission(const struct tpm_call *c,
			   const struct tpm_delegations *permissions,
			   const struct tpm_entity *e)
{
	const bool owner = e->type == TPM_ET_OWNER;
	const int bit = owner ? c->cmd->owner_bit : c->cmd->key_bit;
	const uint32_t type = owner ? TPM_DEL_OWNER_BITS : TPM_DEL_KEY_BITS;

	return permissions->delegateType == type && bit != NEVER &&
	       permissions->per1 >> bit & 1u;
}

enum tpm_rc delegation_permits(struct tpm *t, const struct tpm_call *c,
			       const struct tpm_delegate_public *pub,
			       const struct tpm_entity *e)
{
	if (e->type != TPM_ET_OWNER && e->type != TPM_ET_KEYHANDLE)
		return TPM_AUTHFAIL;
	if (!has_permission(c, &pub->permissions, e))
		return TPM_AUTHFAIL;
	TRY(delegation_alive(t, pub));
	TRY(pcr_check_short(t, c->locality, &pub->pcrInfo));
	return e->key ? check_restriction(t, e->key) : TPM_SUCCESS;
}

const struct tpm_delegate_public *delegation_used(const struct tpm_call *c,
						  unsigned int i)
{
	return i < c->n_auth ? c->auth[i].delegated : NULL;
}

/* ---- Blobs ---- */

enum tpm_rc delegation_read(struct tpm_bytes in, struct tpm_delegation *d)
{
	struct rd peek = rd_over(in.p, in.len), r = peek;
	struct tpm_delegate_owner_blob owner;
	uint16_t tag;

	rd_u16(&peek, &tag);
	if (peek.rc != TPM_SUCCESS)
		return peek.rc;
	if (tag != TPM_TAG_DELEGATE_OWNER_BLOB && tag != TPM_TAG_DELG_KEY_BLOB)
		return TPM_BAD_PARAMETER;
	memset(d, 0, sizeof(*d));
	d->of_key = tag == TPM_TAG_DELG_KEY_BLOB;
	if (d->of_key) {
		rd_delegate_key_blob(&r, &d->blob);
	} else {
		rd_delegate_owner_blob(&r, &owner);
		d->blob.pub = owner.pub;
		d->blob.integrityDigest = owner.integrityDigest;
		d->blob.additionalArea = owner.additionalArea;
		d->blob.sensitiveArea = owner.sensitiveArea;
	}
	TRY(rd_done(&r));
	return delegate_public_check(&d->blob.pub);
}

static void write_blob(struct wr *w, const struct tpm_delegation *d)
{
	const struct tpm_delegate_owner_blob owner = {
		.pub = d->blob.pub,
		.integrityDigest = d->blob.integrityDigest,
		.additionalArea = d->blob.additionalArea,
		.sensitiveArea = d->blob.sensitiveArea,
	};

	if (d->of_key)
		wr_delegate_key_blob(w, &d->blob);
	else
		wr_delegate_owner_blob(w, &owner);
}

/* Of all but itself. */
static enum tpm_rc integrity(struct tpm *t, const struct tpm_delegation *d,
			     struct tpm_digest *digest)
{
	struct tpm_delegation blank = *d;
	uint8_t b[BLOB_MAX];
	struct wr w = wr_over(b, sizeof(b));

	memset(&blank.blob.integrityDigest, 0, sizeof(digest->b));
	write_blob(&w, &blank);
	tpm_hmac_sha1(t->crypto, digest->b, t->s.owner.tpmProof.b,
		      sizeof(t->s.owner.tpmProof.b),
		      TPM_PARTS({ b, (size_t)(w.p - b) }));
	return w.rc;
}

/* What is larger than any that we make is none of them. */
enum tpm_rc delegation_intact(struct tpm *t, const struct tpm_delegation *d)
{
	const struct tpm_digest *have = &d->blob.integrityDigest;
	struct tpm_digest want;

	if (integrity(t, d, &want) != TPM_SUCCESS)
		return TPM_AUTHFAIL;
	return tpm_equal(want.b, have->b, sizeof(want.b)) ? TPM_SUCCESS
							  : TPM_AUTHFAIL;
}

static enum tpm_rc read_sensitive(struct tpm_bytes in,
				  struct tpm_digest *secret)
{
	struct tpm_delegate_sensitive sensitive;
	struct rd r = rd_over(in.p, in.len);

	rd_delegate_sensitive(&r, &sensitive);
	*secret = sensitive.authValue;
	tpm_wipe(&sensitive, sizeof(sensitive));
	return rd_done(&r);
}

enum tpm_rc delegation_secret(struct tpm *t, const struct tpm_delegation *d,
			      struct tpm_digest *secret)
{
	uint8_t b[SENSITIVE_SIZE];
	enum tpm_rc rc;

	if (d->blob.additionalArea.len != IV_SIZE ||
	    d->blob.sensitiveArea.len != sizeof(b))
		return TPM_BAD_DELEGATE;
	tpm_aes128_ctr(t->crypto, t->s.owner.delegateKey.b,
		       d->blob.additionalArea.p, d->blob.sensitiveArea.p, b,
		       sizeof(b));
	rc = read_sensitive((struct tpm_bytes){ b, sizeof(b) }, secret);
	tpm_wipe(b, sizeof(b));
	return rc == TPM_SUCCESS ? TPM_SUCCESS : TPM_BAD_DELEGATE;
}

enum tpm_rc delegation_plain_secret(const struct tpm_delegation *d,
				    struct tpm_digest *secret)
{
	return read_sensitive(d->blob.sensitiveArea, secret) == TPM_SUCCESS
		       ? TPM_SUCCESS
		       : TPM_INVALID_STRUCTURE;
}

enum tpm_rc delegation_set_secret(struct tpm *t, struct tpm_call *c,
				  struct tpm_delegation *d,
				  const struct tpm_digest *secret)
{
	uint8_t *iv = tpm_scratch(c, IV_SIZE);
	uint8_t *b = tpm_scratch(c, SENSITIVE_SIZE);
	struct wr w = wr_over(b, SENSITIVE_SIZE);

	if (!iv || !b)
		return TPM_SIZE;
	tpm_random(t->crypto, iv, IV_SIZE);
	wr_number(&w, TPM_TAG_DELEGATE_SENSITIVE, 2);
	wr_digest(&w, secret);
	tpm_aes128_ctr(t->crypto, t->s.owner.delegateKey.b, iv, b, b,
		       SENSITIVE_SIZE);
	d->blob.additionalArea = (struct tpm_bytes){ iv, IV_SIZE };
	d->blob.sensitiveArea = (struct tpm_bytes){ b, SENSITIVE_SIZE };
	return w.rc;
}

enum tpm_rc delegation_write(struct tpm *t, struct tpm_call *c,
			     struct tpm_delegation *d, struct tpm_bytes *out)
{
	uint8_t *b = tpm_scratch(c, BLOB_MAX);
	struct wr w = wr_over(b, BLOB_MAX);

	TRY(integrity(t, d, &d->blob.integrityDigest));
	write_blob(&w, d);
	if (w.rc != TPM_SUCCESS)
		return w.rc;
	*out = (struct tpm_bytes){ b, (size_t)(w.p - b) };
	return TPM_SUCCESS;
}

void delegation_key_digest(struct tpm *t, const struct tpm_key_entry *key,
			   struct tpm_digest *digest)
{
	uint8_t len[4];
	struct wr w = wr_over(len, sizeof(len));

	wr_number(&w, key->n.len, sizeof(len));
	tpm_sha1(t->crypto, digest->b,
		 TPM_PARTS({ len, sizeof(len) }, { key->n.b, key->n.len }));
}
