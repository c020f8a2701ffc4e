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
