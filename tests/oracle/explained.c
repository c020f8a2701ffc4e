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
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		if (is_property(d, sizes[i]))
			return true;
	return false;
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
