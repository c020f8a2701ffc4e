/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of non-volatile storage say often, on their machine. */
#ifndef NV_CHAPTER_H
#define NV_CHAPTER_H

#include "chapter.h"
#include "nv_calls.h"

#define INDEX	   0x00011234u
#define OTHER	   0x00011235u
#define D_INDEX	   0x10011234u
#define PP_WRITE   TPM_NV_PER_PPWRITE
#define OWNER_BOTH (TPM_NV_PER_OWNERREAD | TPM_NV_PER_OWNERWRITE)
#define AREA_BOTH  (TPM_NV_PER_AUTHREAD | TPM_NV_PER_AUTHWRITE)

/* ---- What the tests say often ---- */

static inline void define(uint32_t index, uint32_t permission, uint32_t size)
{
	ck_assert_result(nv_define_plain(m, index, permission, size), 0);
}

static inline void lock(void)
{
	ck_assert_result(nv_lock(m), 0);
}

/* What was read last. */
static inline const uint8_t *answer(size_t want)
{
	const uint8_t *p;
	size_t len;

	p = tss_get_blob(&m->answer, &len);
	ck_assert(tss_end(&m->answer));
	ck_assert_uint_eq(len, want);
	return p;
}

static inline void expect_data(enum nv_who who, uint32_t index,
			       const char *data)
{
	const size_t len = strlen(data);

	ck_assert_result(nv_read(m, who, index, 0, (uint32_t)len), 0);
	ck_assert_mem_eq(answer(len), data, len);
}

static inline void expect_ones(enum nv_who who, uint32_t index, uint32_t size)
{
	const uint8_t *p;

	ck_assert_result(nv_read(m, who, index, 0, size), 0);
	p = answer(size);
	for (uint32_t i = 0; i < size; i++)
		ck_assert_uint_eq(p[i], 0xff);
}

static inline uint32_t write(enum nv_who who, uint32_t index, const char *data)
{
	return nv_write(m, who, index, 0, data, strlen(data));
}

static inline uint32_t read(enum nv_who who, uint32_t index)
{
	return nv_read(m, who, index, 0, 1);
}

/* By a write, or by reading, of nothing. */
static inline void lock_by_write(enum nv_who who, uint32_t index)
{
	ck_assert_result(nv_write(m, who, index, 0, NULL, 0), 0);
}

static inline void lock_by_read(enum nv_who who, uint32_t index)
{
	ck_assert_result(nv_read(m, who, index, 0, 0), 0);
	answer(0);
}

static inline void lock_globally(void)
{
	ck_assert_result(nv_write(m, NV_ANYBODY, TPM_NV_INDEX0, 0, NULL, 0), 0);
}

static inline uint32_t get_index(uint32_t index)
{
	const uint8_t sub[4] = { (uint8_t)(index >> 24), (uint8_t)(index >> 16),
				 (uint8_t)(index >> 8), (uint8_t)index };

	return call_get_capability(m, TPM_CAP_NV_INDEX, sub, sizeof(sub));
}

static inline bool is_defined(uint32_t index)
{
	return get_index(index) == 0;
}

/* The three flags of an area, a bit each as they come. */
static inline unsigned int flags(uint32_t index)
{
	const uint8_t *p;
	size_t len;

	ck_assert_result(get_index(index), 0);
	p = tss_get_blob(&m->answer, &len);
	ck_assert(tss_end(&m->answer));
	ck_assert_uint_gt(len, 7);
	p += len - 7;
	return (unsigned int)(p[0] << 2 | p[1] << 1 | p[2]);
}

#define READ_STCLEAR  4u
#define WRITE_STCLEAR 2u
#define WRITE_DEFINE  1u

static inline uint32_t available(void)
{
	return property(m, TPM_CAP_PROP_MAX_NV_AVAILABLE);
}

/* What register 16 holds, as a TPM_COMPOSITE_HASH of it alone. */
static inline struct nv_pcrs bound_to_16(void)
{
	const struct tss_digest value = pcr_value(m, 16);
	const uint8_t head[9] = { 0, 3, 0, 0, 1, 0, 0, 0, 20 };
	const struct client_bytes parts[] = { { head, sizeof(head) },
					      { value.b, sizeof(value.b) } };
	struct nv_pcrs pcrs = { .mask = 1u << 16 };

	client_sha1(parts, 2, pcrs.digest.b);
	return pcrs;
}

static inline void change_16(void)
{
	ck_assert_result(call_extend(m, 16, &ones, NULL), 0);
}

static inline void switch_off(int how)
{
	if (how)
		setup_disabled(m);
	else
		setup_deactivated(m);
}

static inline uint32_t off(int how)
{
	return how ? TPM_DISABLED : TPM_DEACTIVATED;
}

#endif
