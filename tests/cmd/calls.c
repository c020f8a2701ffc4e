/* SPDX-License-Identifier: BSD-2-Clause */
/* Each is its request, written down. */
#include "calls.h"

#include <check.h>
#include <string.h>

#include "constants.h"
#include "ordinals.h"

uint32_t call(struct machine *m, uint32_t ordinal)
{
	struct tss_command c;

	tss_begin(&c, ordinal);
	return machine_run(m, &c);
}

uint32_t call_u8(struct machine *m, uint32_t ordinal, unsigned int v)
{
	struct tss_command c;

	tss_begin(&c, ordinal);
	tss_put_u8(&c, v);
	return machine_run(m, &c);
}

uint32_t call_u16(struct machine *m, uint32_t ordinal, unsigned int v)
{
	struct tss_command c;

	tss_begin(&c, ordinal);
	tss_put_u16(&c, v);
	return machine_run(m, &c);
}

uint32_t call_u32(struct machine *m, uint32_t ordinal, uint32_t v)
{
	struct tss_command c;

	tss_begin(&c, ordinal);
	tss_put_u32(&c, v);
	return machine_run(m, &c);
}

uint32_t call_digest(struct machine *m, uint32_t ordinal,
		     const struct tss_digest *d)
{
	struct tss_command c;

	tss_begin(&c, ordinal);
	tss_put_bytes(&c, d->b, sizeof(d->b));
	return machine_run(m, &c);
}

uint32_t call_blob(struct machine *m, uint32_t ordinal, const void *p,
		   size_t len)
{
	struct tss_command c;

	tss_begin(&c, ordinal);
	tss_put_blob(&c, p, len);
	return machine_run(m, &c);
}

/* The answer is one digest. */
static uint32_t answer_digest(struct machine *m, uint32_t result,
			      struct tss_digest *out)
{
	struct tss_digest d;

	if (result)
		return result;
	tss_get_digest(&m->answer, &d);
	ck_assert(tss_end(&m->answer));
	if (out)
		*out = d;
	return 0;
}

uint32_t call_extend(struct machine *m, uint32_t pcr,
		     const struct tss_digest *d, struct tss_digest *out)
{
	struct tss_command c;

	tss_begin(&c, ORD_Extend);
	tss_put_u32(&c, pcr);
	tss_put_bytes(&c, d->b, sizeof(d->b));
	return answer_digest(m, machine_run(m, &c), out);
}

uint32_t call_pcr_read(struct machine *m, uint32_t pcr, struct tss_digest *out)
{
	return answer_digest(m, call_u32(m, ORD_PcrRead, pcr), out);
}

uint32_t call_pcr_reset(struct machine *m, uint32_t mask)
{
	struct tss_command c;

	tss_begin(&c, ORD_PCR_Reset);
	tss_put_u16(&c, 3);
	for (unsigned int i = 0; i < 3; i++)
		tss_put_u8(&c, mask >> 8 * i & 0xff);
	return machine_run(m, &c);
}

uint32_t call_flush(struct machine *m, uint32_t handle, uint32_t type)
{
	struct tss_command c;

	tss_begin(&c, ORD_FlushSpecific);
	tss_put_handle(&c, handle);
	tss_put_u32(&c, type);
	return machine_run(m, &c);
}

uint32_t call_get_capability(struct machine *m, uint32_t area, const void *sub,
			     size_t len)
{
	struct tss_command c;

	tss_begin(&c, ORD_GetCapability);
	tss_put_u32(&c, area);
	tss_put_blob(&c, sub, len);
	return machine_run(m, &c);
}

struct tss_digest pcr_value(struct machine *m, uint32_t pcr)
{
	struct tss_digest d;

	ck_assert_result(call_pcr_read(m, pcr, &d), 0);
	return d;
}

/* The answer of a capability that must be so long. */
static const uint8_t *capability(struct machine *m, uint32_t area, uint32_t sub,
				 size_t want)
{
	const uint8_t b[4] = { (uint8_t)(sub >> 24), (uint8_t)(sub >> 16),
			       (uint8_t)(sub >> 8), (uint8_t)sub };
	const uint8_t *p;
	size_t len;

	ck_assert_result(call_get_capability(m, area, b, sizeof(b)), 0);
	p = tss_get_blob(&m->answer, &len);
	ck_assert(tss_end(&m->answer));
	ck_assert_uint_eq(len, want);
	return p;
}

uint32_t property(struct machine *m, uint32_t property)
{
	const uint8_t *p = capability(m, TPM_CAP_PROPERTY, property, 4);

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* The first two bytes are the structure's tag. */
bool permanent_flag(struct machine *m, unsigned int i)
{
	return capability(m, TPM_CAP_FLAG, TPM_CAP_FLAG_PERMANENT,
			  2 + PF_COUNT)[2 + i];
}

bool stclear_flag(struct machine *m, unsigned int i)
{
	return capability(m, TPM_CAP_FLAG, TPM_CAP_FLAG_VOLATILE,
			  2 + SF_COUNT)[2 + i];
}
