/* SPDX-License-Identifier: BSD-2-Clause */
/* Readers and writers of Part 2's structures. */

#include "types.h"

void rd_digest(struct rd *r, struct tpm_digest *v)
{
	rd_bytes(r, v->b, sizeof(v->b));
}

void wr_digest(struct wr *w, const struct tpm_digest *v)
{
	wr_bytes(w, v->b, sizeof(v->b));
}

void rd_pcr_selection(struct rd *r, struct tpm_pcr_selection *v)
{
	memset(v, 0, sizeof(*v));
	rd_u16(r, &v->size);
	if (v->size > sizeof(v->select)) {
		v->size = 0;
		rd_fail(r, TPM_INVALID_PCR_INFO);
	}
	rd_bytes(r, v->select, v->size);
}

void wr_pcr_selection(struct wr *w, const struct tpm_pcr_selection *v)
{
	wr_u16(w, &v->size);
	wr_bytes(w, v->select, v->size);
}

static void rd_tag(struct rd *r, uint16_t tag)
{
	uint16_t found = tag;

	if (tag != NO_TAG)
		rd_u16(r, &found);
	if (found != tag)
		rd_fail(r, TPM_INVALID_STRUCTURE);
}

static void wr_tag(struct wr *w, uint16_t tag)
{
	if (tag != NO_TAG)
		wr_u16(w, &tag);
}

#define RD_FIELD(type, field) rd_##type(r, &v->field);
#define WR_FIELD(type, field) wr_##type(w, &v->field);
#define STRUCTURE(name, tag)                                     \
	void rd_##name(struct rd *r, struct tpm_##name *v)       \
	{                                                        \
		rd_tag(r, tag);                                  \
		FIELDS_##name(RD_FIELD)                          \
	}                                                        \
	void wr_##name(struct wr *w, const struct tpm_##name *v) \
	{                                                        \
		wr_tag(w, tag);                                  \
		FIELDS_##name(WR_FIELD)                          \
	}
#include "structures.def"

#define LOCALITIES 0x1fu

bool localities_exist(uint8_t selection)
{
	return selection && !(selection & ~LOCALITIES);
}

/* Part 2, 20.2.3: the higher ones are reserved; of the owner's none is. */
#define DELEGATED_KEY_BITS 0x1fffffffu

enum tpm_rc delegate_public_check(const struct tpm_delegate_public *v)
{
	const struct tpm_delegations *p = &v->permissions;

	if (!localities_exist(v->pcrInfo.localityAtRelease))
		return TPM_INVALID_STRUCTURE;
	if (p->per2)
		return TPM_BAD_PARAMETER;
	if (p->delegateType == TPM_DEL_KEY_BITS)
		return p->per1 & ~DELEGATED_KEY_BITS ? TPM_BAD_PARAMETER
						     : TPM_SUCCESS;
	return p->delegateType == TPM_DEL_OWNER_BITS ? TPM_SUCCESS
						     : TPM_BAD_PARAMETER;
}

void rd_delegate_wish(struct rd *r, struct tpm_delegate_public *v)
{
	enum tpm_rc rc;

	rd_delegate_public(r, v);
	rc = delegate_public_check(v);
	if (r->rc == TPM_SUCCESS && rc != TPM_SUCCESS)
		rd_fail(r, rc);
}

/* The outer structure fails as the inner one does. */
static void end_sized(struct rd *r, const struct rd *inner)
{
	if (r->rc == TPM_SUCCESS && rd_done(inner) != TPM_SUCCESS)
		rd_fail(r, rd_done(inner));
}

void rd_sized_context(struct rd *r, struct tpm_context_blob *v)
{
	struct tpm_bytes b;
	struct rd inner;

	rd_blob(r, &b);
	inner = rd_over(b.p, b.len);
	rd_context_blob(&inner, v);
	end_sized(r, &inner);
}

void rd_sized_owner_blob(struct rd *r, struct tpm_delegate_owner_blob *v)
{
	struct tpm_bytes b;
	struct rd inner;
	enum tpm_rc rc;

	rd_blob(r, &b);
	inner = rd_over(b.p, b.len);
	rd_delegate_owner_blob(&inner, v);
	end_sized(r, &inner);
	rc = delegate_public_check(&v->pub);
	if (r->rc == TPM_SUCCESS && rc != TPM_SUCCESS)
		rd_fail(r, rc);
}

/*
 * The first two bytes of the older structures are a TPM_STRUCT_VER's 1.1, of
 * the newer ones a tag; which begins with a zero, and unknown is what the
 * result for another one is.
 */
static bool rd_ver_or_tag(struct rd *r, uint16_t tag, enum tpm_rc unknown,
			  struct tpm_struct_ver *ver)
{
	const uint16_t ver11 = 0x0101;
	uint16_t first;

	rd_u16(r, &first);
	if (first == tag)
		return true;
	if (first != ver11)
		rd_fail(r, first >> 8 ? TPM_BAD_VERSION : unknown);
	ver->major = 1;
	ver->minor = 1;
	rd_u8(r, &ver->revMajor);
	rd_u8(r, &ver->revMinor);
	return false;
}

void rd_key(struct rd *r, struct tpm_key *v)
{
	uint16_t fill = 0;

	memset(v, 0, sizeof(*v));
	v->is12 =
		rd_ver_or_tag(r, TPM_TAG_KEY12, TPM_BAD_KEY_PROPERTY, &v->ver);
	if (v->is12)
		rd_u16(r, &fill);
	if (fill)
		rd_fail(r, TPM_BAD_KEY_PROPERTY);
	rd_u16(r, &v->keyUsage);
	rd_u32(r, &v->keyFlags);
	rd_u8(r, &v->authDataUsage);
	rd_key_parms(r, &v->algorithmParms);
	rd_blob(r, &v->PCRInfo);
	rd_blob(r, &v->pubKey);
	rd_blob(r, &v->encData);
}

void wr_key_public(struct wr *w, const struct tpm_key *v)
{
	if (v->is12)
		wr_number(w, (uint32_t)TPM_TAG_KEY12 << 16, 4);
	else
		wr_struct_ver(w, &v->ver);
	wr_u16(w, &v->keyUsage);
	wr_u32(w, &v->keyFlags);
	wr_u8(w, &v->authDataUsage);
	wr_key_parms(w, &v->algorithmParms);
	wr_blob(w, &v->PCRInfo);
	wr_blob(w, &v->pubKey);
}

void wr_key(struct wr *w, const struct tpm_key *v)
{
	wr_key_public(w, v);
	wr_blob(w, &v->encData);
}

void rd_sealed(struct rd *r, struct tpm_sealed *v)
{
	memset(v, 0, sizeof(*v));
	v->is12 = rd_ver_or_tag(r, TPM_TAG_STORED_DATA12, TPM_BAD_VERSION,
				&v->ver);
	if (v->is12)
		rd_u16(r, &v->et);
	rd_blob(r, &v->sealInfo);
	rd_blob(r, &v->encData);
}

void wr_sealed_clear(struct wr *w, const struct tpm_sealed *v)
{
	const uint16_t tag = TPM_TAG_STORED_DATA12;

	if (v->is12) {
		wr_u16(w, &tag);
		wr_u16(w, &v->et);
	} else {
		wr_struct_ver(w, &v->ver);
	}
	wr_blob(w, &v->sealInfo);
}

void wr_sealed(struct wr *w, const struct tpm_sealed *v)
{
	wr_sealed_clear(w, v);
	wr_blob(w, &v->encData);
}
