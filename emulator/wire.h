/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cursors over messages, blobs and saved state: the only code that walks their
 * bytes.
 *
 * Both are sticky.  After the first thing that does not fit, a reader yields
 * zeros and a writer writes nothing, and both remember the result code, so
 * that nobody checks fields one by one: read everything, then ask rd_done().
 *
 * A reader borrows: what rd_take and rd_blob give points into the message and
 * lives as long as it.
 */
#ifndef TPM_WIRE_H
#define TPM_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "crypto.h"
#include "result.h"

struct rd {
	const uint8_t *p;
	const uint8_t *end;
	enum tpm_rc rc;
};

struct wr {
	uint8_t *p;
	uint8_t *end;
	enum tpm_rc rc;
};

/* p may be NULL: there is nothing. */
static inline struct rd rd_over(const void *p, size_t len)
{
	const uint8_t *bytes = p;

	return (struct rd){ .p = bytes, .end = bytes ? bytes + len : NULL };
}

/* p may be NULL: nothing fits. */
static inline struct wr wr_over(void *p, size_t cap)
{
	uint8_t *bytes = p;

	return (struct wr){ .p = bytes, .end = bytes ? bytes + cap : NULL };
}

static inline size_t rd_left(const struct rd *r)
{
	return (size_t)(r->end - r->p);
}

/* The first failure counts. */
static inline void rd_fail(struct rd *r, enum tpm_rc rc)
{
	if (r->rc == TPM_SUCCESS)
		r->rc = rc;
	r->p = r->end;
}

/* n bytes of the message, or NULL; n may be 0. */
static inline const uint8_t *rd_take(struct rd *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->rc != TPM_SUCCESS || n > rd_left(r)) {
		rd_fail(r, TPM_BAD_PARAM_SIZE);
		return NULL;
	}
	if (n)
		r->p += n;
	return p;
}

static inline void rd_bytes(struct rd *r, void *to, size_t n)
{
	const uint8_t *p = rd_take(r, n);

	if (p)
		memcpy(to, p, n);
	else
		memset(to, 0, n);
}

static inline uint64_t rd_number(struct rd *r, size_t n)
{
	const uint8_t *p = rd_take(r, n);
	uint64_t v = 0;

	for (size_t i = 0; p && i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static inline void rd_u8(struct rd *r, uint8_t *v)
{
	*v = (uint8_t)rd_number(r, 1);
}

static inline void rd_u16(struct rd *r, uint16_t *v)
{
	*v = (uint16_t)rd_number(r, 2);
}

static inline void rd_u32(struct rd *r, uint32_t *v)
{
	*v = (uint32_t)rd_number(r, 4);
}

static inline void rd_u64(struct rd *r, uint64_t *v)
{
	*v = rd_number(r, 8);
}

/* BOOL (Part 2, section 2.2.3): any other value is TPM_BAD_PARAMETER. */
static inline void rd_bool(struct rd *r, bool *v)
{
	const uint64_t n = rd_number(r, 1);

	*v = n == 1;
	if (n > 1)
		rd_fail(r, TPM_BAD_PARAMETER);
}

/* A UINT32 of the size, then so many bytes. */
static inline void rd_blob(struct rd *r, struct tpm_bytes *b)
{
	const uint32_t n = (uint32_t)rd_number(r, 4);

	b->p = rd_take(r, n);
	b->len = b->p ? n : 0;
}

/* The same with a UINT16. */
static inline void rd_blob16(struct rd *r, struct tpm_bytes *b)
{
	const uint16_t n = (uint16_t)rd_number(r, 2);

	b->p = rd_take(r, n);
	b->len = b->p ? n : 0;
}

/* All that is left. */
static inline void rd_rest(struct rd *r, struct tpm_bytes *b)
{
	b->len = rd_left(r);
	b->p = rd_take(r, b->len);
}

/* Success when all was read, nothing failed and nothing is left. */
static inline enum tpm_rc rd_done(const struct rd *r)
{
	if (r->rc != TPM_SUCCESS)
		return r->rc;
	return r->p == r->end ? TPM_SUCCESS : TPM_BAD_PARAM_SIZE;
}

static inline size_t wr_left(const struct wr *w)
{
	return (size_t)(w->end - w->p);
}

/* n bytes to fill, or NULL. */
static inline uint8_t *wr_room(struct wr *w, size_t n)
{
	uint8_t *p = w->p;

	if (w->rc != TPM_SUCCESS || n > wr_left(w)) {
		w->rc = TPM_SIZE;
		return NULL;
	}
	if (n)
		w->p += n;
	return p;
}

static inline void wr_bytes(struct wr *w, const void *from, size_t n)
{
	uint8_t *p = wr_room(w, n);

	if (p && n)
		memcpy(p, from, n);
}

static inline void wr_number(struct wr *w, uint64_t v, size_t n)
{
	uint8_t *p = wr_room(w, n);

	for (size_t i = 0; p && i < n; i++)
		p[i] = (uint8_t)(v >> 8 * (n - 1 - i));
}

static inline void wr_u8(struct wr *w, const uint8_t *v)
{
	wr_number(w, *v, 1);
}

static inline void wr_u16(struct wr *w, const uint16_t *v)
{
	wr_number(w, *v, 2);
}

static inline void wr_u32(struct wr *w, const uint32_t *v)
{
	wr_number(w, *v, 4);
}

static inline void wr_u64(struct wr *w, const uint64_t *v)
{
	wr_number(w, *v, 8);
}

static inline void wr_bool(struct wr *w, const bool *v)
{
	wr_number(w, *v, 1);
}

static inline void wr_blob(struct wr *w, const struct tpm_bytes *b)
{
	wr_number(w, b->len, 4);
	wr_bytes(w, b->p, b->len);
}

static inline void wr_blob16(struct wr *w, const struct tpm_bytes *b)
{
	if (b->len > UINT16_MAX)
		w->rc = TPM_SIZE;
	wr_number(w, b->len, 2);
	wr_bytes(w, b->p, b->len);
}

static inline void wr_rest(struct wr *w, const struct tpm_bytes *b)
{
	wr_bytes(w, b->p, b->len);
}

#endif
