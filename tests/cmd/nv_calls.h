/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands of Part 3, section 20, in one line each: by whom, and what.
 * Each returns the result and leaves the answer in m->answer; a session that
 * one needs is opened for it.
 */
#ifndef NV_CALLS_H
#define NV_CALLS_H

#include "machine.h"

extern const struct tss_digest secret_nv;

/* TPM_PCR_INFO_SHORT: the registers of a mask, all localities but some. */
struct nv_pcrs {
	uint32_t mask;
	uint8_t not_from;
	struct tss_digest digest;
};

/* TPM_NV_DATA_PUBLIC, with all three flags set. */
struct nv_space {
	uint32_t index;
	uint32_t permission;
	uint32_t size;
	struct nv_pcrs read;
	struct nv_pcrs write;
};

enum nv_who {
	NV_ANYBODY, /* no session */
	NV_OWNER,   /* secret_owner */
	NV_AREA,    /* secret_nv, by the ...Auth commands */
};

/* flags: bReadSTClear, bWriteSTClear and bWriteDefine. */
void put_nv_space(struct tss_command *c, const struct nv_space *space,
		  bool flags);

/* The area's secret will be secret_nv. */
uint32_t nv_define(struct machine *m, enum nv_who who,
		   const struct nv_space *space);
/* An area of no registers that all localities may use. */
uint32_t nv_define_plain(struct machine *m, uint32_t index, uint32_t permission,
			 uint32_t size);
/* TPM_NV_INDEX_LOCK. */
uint32_t nv_lock(struct machine *m);

uint32_t nv_write(struct machine *m, enum nv_who who, uint32_t index,
		  uint32_t offset, const void *data, size_t len);
uint32_t nv_read(struct machine *m, enum nv_who who, uint32_t index,
		 uint32_t offset, uint32_t size);

#endif
