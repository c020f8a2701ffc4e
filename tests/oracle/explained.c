/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of differences that stay. */
#include <stdio.h>
#include <string.h>

#include "world.h"

/* In a row: any result. */
#define ANY 0xfffffffeu

static uint32_t number(const uint8_t *b, size_t n)
{
	uint32_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | b[i];
	return v;
}

/* The parameters at an offset, in our request. */
static inline uint32_t p32(const struct difference *d, size_t at)
{
	return number(d->request[OURS] + TSS_HEADER + at, 4);
}

static inline uint32_t p16(const struct difference *d, size_t at)
{
	return number(d->request[OURS] + TSS_HEADER + at, 2);
}

static inline uint32_t tag(const struct difference *d)
{
	return number(d->request[OURS], 2);
}

static inline uint32_t theirs(const struct difference *d)
{
	return d->result[THEIRS];
}

/* What ours calls a key, or one that is always called so. */
static inline bool is_key_handle(uint32_t handle)
{
	return handle >> 24 == TPM_RT_KEY || handle == TPM_KH_SRK;
}

/*
 * TPM_NV_DATA_PUBLICs that differ in the digests of selections without any
 * register alone.
 */
static inline bool is_digest_of_nothing(const struct difference *d)
{
	const size_t tag_and_index = 6, select = 5, info = select + 1 + 20;
	struct tss_answer a[SIDES] = { d->answer[OURS], d->answer[THEIRS] };
	size_t at = TSS_HEADER + 4 + tag_and_index;

	if (a[OURS].len != a[THEIRS].len || a[OURS].len < at + 2 * info)
		return false;
	for (unsigned int i = 0; i < 2; i++, at += info)
		for (unsigned int side = 0; side < SIDES; side++)
			if (!number(a[side].b + at + 2, 3))
				memset(a[side].b + at + select + 1, 0, 20);
	return !memcmp(a[OURS].b, a[THEIRS].b, a[OURS].len);
}

/* Answers that differ from one offset to another, before the end, alone. */
static inline bool differ_within(const struct difference *d, size_t from,
				 size_t to)
{
	const struct tss_answer *a = d->answer;

	return a[OURS].len > to && a[OURS].len == a[THEIRS].len &&
	       !memcmp(a[OURS].b, a[THEIRS].b, from) &&
	       !memcmp(a[OURS].b + to, a[THEIRS].b + to, a[OURS].len - to);
}

/* TPM_NV_DATA_PUBLICs that differ in bReadSTClear and bWriteSTClear alone. */
static inline bool is_stclear_lock(const struct difference *d)
{
	const size_t len = d->answer[OURS].len, behind = 1 + 4;

	return len > TSS_HEADER + 2 + behind &&
	       differ_within(d, len - behind - 2, len - behind);
}

/* Answers that differ in TPM_DA_INFO's currentCount alone. */
static inline bool is_other_count(const struct difference *d)
{
	const size_t at = TSS_HEADER + 4 + 2 + 1;

	return differ_within(d, at, at + 2);
}

static inline bool is_proof_failure(const struct difference *d)
{
	return d->result[OURS] == TPM_AUTHFAIL ||
	       d->result[OURS] == TPM_AUTH2FAIL;
}

/* The bytes from an offset of the parameters to the sessions. */
static inline size_t blob_room(const struct world *w,
			       const struct difference *d, size_t at)
{
	return d->request_len[OURS] - TSS_HEADER - at -
	       (size_t)w->c[OURS].n_auth * TSS_AUTH_RQU;
}

/* What an area refuses later than another locality. */
static inline bool is_behind_locality(const struct difference *d)
{
	return theirs(d) == TPM_AREA_LOCKED || theirs(d) == TPM_WRONGPCRVAL ||
	       theirs(d) == TPM_DISABLED_CMD;
}

/* A result in their answer, whatever is wrong with that. */
static inline bool theirs_is(const struct difference *d, uint32_t result)
{
	const struct tss_answer *a = &d->answer[THEIRS];

	return a->len == TSS_HEADER && number(a->b + 6, 4) == result;
}

/* The last byte of our answer, of this length. */
static inline bool ours_is(const struct difference *d, size_t len, uint8_t v)
{
	const struct tss_answer *a = &d->answer[OURS];

	return a->len == len && a->b[len - 1] == v;
}

static inline bool is_property(const struct difference *d, uint32_t property)
{
	return p32(d, 0) == TPM_CAP_PROPERTY && p32(d, 8) == property;
}

/* Properties that say how large a maker's TPM is, or how fast. */
static inline bool is_size(const struct difference *d)
{
	static const uint32_t sizes[] = {
		TPM_CAP_PROP_MAX_NV_AVAILABLE, TPM_CAP_PROP_INPUT_BUFFER,
		TPM_CAP_PROP_TRANSESS,	       TPM_CAP_PROP_MAX_TRANSESS,
		TPM_CAP_PROP_SESSIONS,	       TPM_CAP_PROP_MAX_SESSIONS,
		TPM_CAP_PROP_TIS_TIMEOUT,      TPM_CAP_PROP_DURATION,
		TPM_CAP_PROP_STARTUP_EFFECT,
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		if (is_property(d, sizes[i]))
			return true;
	return false;
}

/* Of a mobile or peripheral, or of general purpose IO (Part 2, 19.1). */
static inline bool is_foreign_index(const struct difference *d)
{
	const uint32_t index = p32(d, 2);
	const uint32_t purview = (index & TPM_NV_INDEX_PURVIEW_MASK) >> 16;

	return (purview > 1 && purview != 4) ||
	       (index >= TPM_NV_INDEX_GPIO_START &&
		index <= TPM_NV_INDEX_GPIO_END);
}

/* Where dataSize of TPM_NV_DATA_PUBLIC is, and both localities. */
#define AREA_SIZE    67u
#define AREA_READ    11u
#define AREA_WRITE   37u
#define LOCALITY_ALL 0x1fu

static inline bool has_illegal_locality(const struct difference *d)
{
	const uint8_t *p = d->request[OURS] + TSS_HEADER;

	return !p[AREA_READ] || p[AREA_READ] > LOCALITY_ALL || !p[AREA_WRITE] ||
	       p[AREA_WRITE] > LOCALITY_ALL;
}

static bool is_one_of(uint32_t v, const uint32_t *of, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (of[i] == v)
			return true;
	return false;
}

/* What a TPM says of a command that is no good by itself. */
static bool is_fault(uint32_t result)
{
	static const uint32_t faults[] = {
		TPM_BAD_PARAM_SIZE,   TPM_SIZE,
		TPM_BAD_KEY_PROPERTY, TPM_BAD_PARAMETER,
		TPM_BAD_VERSION,      TPM_INVALID_STRUCTURE,
		TPM_BAD_DATASIZE,     TPM_INVALID_PCR_INFO,
		TPM_BADTAG,	      TPM_BAD_SCHEME,
	};

	return is_one_of(result, faults, sizeof(faults) / sizeof(*faults));
}

/* What it says of a good one that it does not execute now. */
static bool is_refusal(uint32_t result)
{
	static const uint32_t refusals[] = {
		TPM_NOSRK,	    TPM_DISABLED,
		TPM_DEACTIVATED,    TPM_INVALID_POSTINIT,
		TPM_FAILEDSELFTEST,
	};

	return is_one_of(result, refusals,
			 sizeof(refusals) / sizeof(*refusals));
}

/* Their word for something else that is wrong with a command without proof. */
static inline bool is_other_fault(const struct difference *d)
{
	static const uint32_t others[] = {
		TPM_AUTHFAIL,	   TPM_AUTH2FAIL,	  TPM_INVALID_KEYUSAGE,
		TPM_AUTH_CONFLICT, TPM_INAPPROPRIATE_SIG, TPM_WRONGPCRVAL,
	};

	return is_fault(theirs(d)) ||
	       is_one_of(theirs(d), others, sizeof(others) / sizeof(*others));
}

/* One that could not be opened, or was put out of the way on purpose. */
static inline bool lacks_session(const struct world *w,
				 const struct difference *d)
{
	if (d->ordinal == ORD_ExecuteTransport ||
	    d->ordinal == ORD_ReleaseTransportSigned)
		return true;
	for (unsigned int i = 0; i < w->n_used; i++)
		if (!w->used[i]->open)
			return true;
	return w->run_mutation == MUTATE_SESSION;
}

/* The first session is for one entity. */
static inline bool is_bound(const struct world *w)
{
	return w->n_used && w->used[0]->bound.type;
}

/* Two things are wrong, and each names another first. */
static inline bool is_refused_fault(const struct difference *d)
{
	const uint32_t ours = d->result[OURS], theirs = d->result[THEIRS];

	return (is_refusal(ours) && is_fault(theirs)) ||
	       (is_fault(ours) && is_refusal(theirs));
}

/* A command that was damaged on purpose is wrong in more than one way. */
static inline bool is_damaged(const struct world *w, const struct difference *d)
{
	const uint32_t m = w->run_mutation;

	return (m == MUTATE_FLIP || m == MUTATE_CUT || m == MUTATE_LONG ||
		m == MUTATE_TAG) &&
	       is_fault(d->result[OURS]) && is_fault(d->result[THEIRS]);
}

/* One that is to be made, in the command. */
static inline bool has_key_template(const struct difference *d)
{
	return d->ordinal == ORD_CreateWrapKey ||
	       d->ordinal == ORD_CMK_CreateKey ||
	       d->ordinal == ORD_MakeIdentity ||
	       d->ordinal == ORD_TakeOwnership;
}

/* libtpms looks at the form of a key first of all. */
static inline bool is_damaged_key(const struct world *w,
				  const struct difference *d)
{
	const uint32_t m = w->run_mutation;

	return (m == MUTATE_FLIP || m == MUTATE_CUT) && d->result[OURS] &&
	       (d->result[THEIRS] == TPM_BAD_KEY_PROPERTY ||
		d->result[THEIRS] == TPM_SIZE ||
		d->result[THEIRS] == TPM_BAD_PARAM_SIZE);
}

/* Any four bytes that are a size of more than 64 KiB. */
static inline bool has_large_number(const struct difference *d)
{
	for (size_t at = 0; at + 4 + TSS_HEADER <= d->request_len[OURS]; at++)
		if (p32(d, at) >= 0x10000)
			return true;
	return false;
}

struct row {
	const char *what;
	uint32_t ordinal;
	uint32_t ours;
	uint32_t theirs;
	const char *why;
};

#define EXPLAINED(ordinal_, what_, ours_, theirs_, condition, why_) \
	{ (what_), (ordinal_), (ours_), (theirs_), (why_) },
static const struct row rows[] = {
#include "explained.def"
};

#define N_ROWS (sizeof(rows) / sizeof(*rows))

static uint64_t met[N_ROWS];

/* The row's condition, an expression of w and d. */
static bool holds(size_t row, const struct world *w, const struct difference *d)
{
	size_t n = 0;

#define EXPLAINED(ordinal_, what_, ours_, theirs_, condition, why_) \
	if (n++ == row)                                             \
		return (condition);
#include "explained.def"
	return false;
}

static bool is_result(uint32_t row, uint32_t got)
{
	return row == ANY || row == got;
}

bool is_explained(const struct world *w, const struct difference *d)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		const struct row *r = &rows[i];

		if ((r->ordinal == d->ordinal || r->ordinal == ANY) &&
		    !strcmp(r->what, d->what) &&
		    is_result(r->ours, d->result[OURS]) &&
		    is_result(r->theirs, d->result[THEIRS]) && holds(i, w, d)) {
			met[i]++;
			return true;
		}
	}
	return false;
}

void print_explained(void)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (met[i])
			printf("  %8llu  %s: %s\n", (unsigned long long)met[i],
			       ordinal_name(rows[i].ordinal), rows[i].why);
}
