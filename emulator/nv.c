/* SPDX-License-Identifier: BSD-2-Clause */
/* The pool of areas: see nv.h. */

#include "nv.h"

/* Of a record: its length, and what is before the index in what follows. */
#define LENGTH_SIZE  4u
#define INDEX_OFFSET 2u

/* A TPM_NV_DATA_PUBLIC that selects no registers, and the AuthData. */
#define PUBLIC_SIZE 65u
#define FIXED_SIZE  (LENGTH_SIZE + PUBLIC_SIZE + TPM_SHA1_SIZE)

/* ---- Walking ---- */

static bool next_record(struct rd *r, struct tpm_bytes *record)
{
	if (!rd_left(r))
		return false;
	rd_blob(r, record);
	return r->rc == TPM_SUCCESS;
}

/* Of every record on the way to the one that is read: so no cursor. */
static uint32_t index_of(struct tpm_bytes record)
{
	const uint8_t *p = record.p + INDEX_OFFSET;

	if (record.len < INDEX_OFFSET + sizeof(uint32_t))
		return TPM_NV_INDEX_LOCK;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static struct rd all_records(const struct tpm_nv *nv)
{
	return rd_over(nv->b, nv->len);
}

static bool find_from(struct rd *r, uint32_t index, struct tpm_bytes *record)
{
	while (next_record(r, record))
		if (index_of(*record) == index)
			return true;
	return false;
}

static void open_record(struct tpm *t, struct tpm_bytes record,
			struct nv_area *a)
{
	struct rd r = rd_over(record.p, record.len);

	rd_nv_data_public(&r, &a->pub);
	a->dir = false;
	a->at = (size_t)(record.p - t->s.nv.b) - LENGTH_SIZE;
	a->data =
		t->s.nv.b + a->at + LENGTH_SIZE + record.len - a->pub.dataSize;
}

bool nv_find(struct tpm *t, uint32_t index, struct nv_area *a)
{
	struct rd r = all_records(&t->s.nv);
	struct tpm_bytes record;

	if (!find_from(&r, index, &record))
		return false;
	open_record(t, record, a);
	return true;
}

void nv_list(const struct tpm *t, struct wr *w)
{
	struct rd r = all_records(&t->s.nv);
	struct tpm_bytes record;

	while (next_record(&r, &record))
		wr_number(w, index_of(record), 4);
}

static bool record_is_sound(struct tpm_bytes record)
{
	struct rd r = rd_over(record.p, record.len);
	struct tpm_nv_data_public pub;

	rd_nv_data_public(&r, &pub);
	(void)rd_take(&r, TPM_SHA1_SIZE);
	(void)rd_take(&r, pub.dataSize);
	return pub.dataSize && rd_done(&r) == TPM_SUCCESS;
}

bool nv_is_sound(const struct tpm_nv *nv)
{
	struct rd r = all_records(nv);
	struct tpm_bytes record, twin;

	while (next_record(&r, &record)) {
		struct rd rest = r;

		if (!record_is_sound(record) ||
		    find_from(&rest, index_of(record), &twin))
			return false;
	}
	return rd_done(&r) == TPM_SUCCESS;
}

/* ---- Coming and going ---- */

static uint64_t record_size(const struct tpm_nv_data_public *pub)
{
	return (uint64_t)FIXED_SIZE + pub->pcrInfoRead.pcrSelection.size +
	       pub->pcrInfoWrite.pcrSelection.size + pub->dataSize;
}

static uint32_t bytes_free(const struct tpm *t)
{
	return (uint32_t)sizeof(t->s.nv.b) - t->s.nv.len;
}

bool nv_fits(const struct tpm *t, const struct tpm_nv_data_public *pub)
{
	return record_size(pub) <= bytes_free(t);
}

uint32_t nv_available(const struct tpm *t)
{
	const uint32_t overhead = FIXED_SIZE + 2 * TPM_PCR_SELECT_MAX;

	return bytes_free(t) > overhead ? bytes_free(t) - overhead : 0;
}

void nv_add(struct tpm *t, const struct tpm_nv_data_public *pub,
	    const struct tpm_digest *secret)
{
	struct tpm_nv *nv = &t->s.nv;
	struct wr w = wr_over(nv->b + nv->len, bytes_free(t));
	uint8_t *data;

	wr_number(&w, record_size(pub) - LENGTH_SIZE, LENGTH_SIZE);
	wr_nv_data_public(&w, pub);
	wr_digest(&w, secret);
	data = wr_room(&w, pub->dataSize);
	if (data)
		memset(data, 0xff, pub->dataSize);
	if (w.rc == TPM_SUCCESS)
		nv->len = (uint32_t)(w.p - nv->b);
}

void nv_entity(struct tpm *t, const struct nv_area *a, struct tpm_entity *e)
{
	struct tpm_digest secret;

	memcpy(secret.b, a->data - sizeof(secret.b), sizeof(secret.b));
	entity_set(t, e, TPM_ET_NV, a->pub.nvIndex, &secret);
	tpm_wipe(&secret, sizeof(secret));
}

void nv_remove(struct tpm *t, const struct nv_area *a)
{
	struct tpm_nv *nv = &t->s.nv;
	uint8_t *start = nv->b + a->at;
	const uint8_t *end = a->data + a->pub.dataSize;
	const size_t rest = (size_t)(nv->b + nv->len - end);
	struct tpm_entity e;

	nv_entity(t, a, &e);
	sessions_close_entity(t, TPM_ET_NV, &e.id);
	tpm_wipe(&e, sizeof(e));
	memmove(start, end, rest);
	tpm_wipe(start + rest, (size_t)(end - start));
	nv->len -= (uint32_t)(end - start);
}

void nv_update(struct tpm *t, const struct nv_area *a)
{
	uint8_t *pub = t->s.nv.b + a->at + LENGTH_SIZE;
	struct wr w = wr_over(pub, (size_t)(a->data - pub));

	wr_nv_data_public(&w, &a->pub);
}

/* ---- All of them ---- */

static bool is_defined_for_ever(const struct tpm_nv_data_public *pub)
{
	return pub->nvIndex & TPM_NV_INDEX_D_BIT;
}

static bool is_the_owners(const struct tpm_nv_data_public *pub)
{
	return !is_defined_for_ever(pub) &&
	       pub->permission.attributes &
		       (TPM_NV_PER_OWNERREAD | TPM_NV_PER_OWNERWRITE);
}

static void remove_those(struct tpm *t,
			 bool (*goes)(const struct tpm_nv_data_public *pub))
{
	struct rd r = all_records(&t->s.nv);
	struct tpm_bytes record;
	struct nv_area a;

	while (next_record(&r, &record)) {
		open_record(t, record, &a);
		if (!goes(&a.pub))
			continue;
		nv_remove(t, &a);
		/* What comes next has taken its place. */
		r = rd_over(t->s.nv.b + a.at, t->s.nv.len - a.at);
	}
}

void nv_owner_clear(struct tpm *t)
{
	tpm_touch(t);
	remove_those(t, is_the_owners);
}

void nv_revoke_trust(struct tpm *t)
{
	tpm_touch(t);
	remove_those(t, is_defined_for_ever);
}

void nv_startup_clear(struct tpm *t)
{
	struct rd r = all_records(&t->s.nv);
	struct tpm_bytes record;
	struct nv_area a;

	while (next_record(&r, &record)) {
		open_record(t, record, &a);
		if (!a.pub.bReadSTClear && !a.pub.bWriteSTClear)
			continue;
		tpm_touch(t);
		a.pub.bReadSTClear = false;
		a.pub.bWriteSTClear = false;
		nv_update(t, &a);
	}
}
