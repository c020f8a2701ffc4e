/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands without sessions in one line each, for the tests of chapters.  Each
 * returns the result and leaves the answer in m->answer, from where what it is
 * given is also copied.
 */
#ifndef CALLS_H
#define CALLS_H

#include "machine.h"

/* No parameters. */
uint32_t call(struct machine *m, uint32_t ordinal);

uint32_t call_u8(struct machine *m, uint32_t ordinal, unsigned int v);
uint32_t call_u16(struct machine *m, uint32_t ordinal, unsigned int v);
uint32_t call_u32(struct machine *m, uint32_t ordinal, uint32_t v);
uint32_t call_digest(struct machine *m, uint32_t ordinal,
		     const struct tss_digest *d);
uint32_t call_blob(struct machine *m, uint32_t ordinal, const void *p,
		   size_t len);

/* out may be NULL. */
uint32_t call_extend(struct machine *m, uint32_t pcr,
		     const struct tss_digest *d, struct tss_digest *out);
uint32_t call_pcr_read(struct machine *m, uint32_t pcr,
		       struct tss_digest *out);
/* The registers of a mask, in a selection of three bytes. */
uint32_t call_pcr_reset(struct machine *m, uint32_t mask);
uint32_t call_flush(struct machine *m, uint32_t handle, uint32_t type);
uint32_t call_get_capability(struct machine *m, uint32_t area,
			     const void *sub, size_t len);

/* What a register holds, whatever keeps TPM_PCRRead from telling. */
struct tss_digest pcr_value(struct machine *m, uint32_t pcr);

/* TPM_GetCapability, which must succeed, of an answer that is a number. */
uint32_t property(struct machine *m, uint32_t property);
/* A flag of TPM_PERMANENT_FLAGS or TPM_STCLEAR_FLAGS: PF_*, SF_*. */
bool permanent_flag(struct machine *m, unsigned int i);
bool stclear_flag(struct machine *m, unsigned int i);

/* Part 2, 7.1 and 7.2: where the flags are. */
enum {
	PF_DISABLE,
	PF_OWNERSHIP,
	PF_DEACTIVATED,
	PF_READ_PUBEK,
	PF_DISABLE_OWNER_CLEAR,
	PF_ALLOW_MAINTENANCE,
	PF_PP_LIFETIME_LOCK,
	PF_PP_HW_ENABLE,
	PF_PP_CMD_ENABLE,
	PF_CEKP_USED,
	PF_TPM_POST,
	PF_TPM_POST_LOCK,
	PF_FIPS,
	PF_OPERATOR,
	PF_ENABLE_REVOKE_EK,
	PF_NV_LOCKED,
	PF_READ_SRK_PUB,
	PF_TPM_ESTABLISHED,
	PF_MAINTENANCE_DONE,
	PF_DISABLE_FULL_DA_LOGIC_INFO,
	PF_COUNT
};
enum {
	SF_DEACTIVATED,
	SF_DISABLE_FORCE_CLEAR,
	SF_PHYSICAL_PRESENCE,
	SF_PHYSICAL_PRESENCE_LOCK,
	SF_GLOBAL_LOCK,
	SF_COUNT
};

#endif
