/* SPDX-License-Identifier: BSD-2-Clause */
#include "nv_calls.h"

#include <check.h>

#include "constants.h"
#include "ordinals.h"
#include "setup.h"

const struct tss_digest secret_nv = { "what opens the areas" };

static void put_pcrs(struct tss_command *c, const struct nv_pcrs *pcrs)
{
	tss_put_u16(c, 3);
	for (unsigned int i = 0; i < 3; i++)
		tss_put_u8(c, pcrs->mask >> 8 * i & 0xff);
	tss_put_u8(c, 0x1f ^ pcrs->not_from);
	tss_put_bytes(c, pcrs->digest.b, sizeof(pcrs->digest.b));
}

void put_nv_space(struct tss_command *c, const struct nv_space *space,
		  bool flags)
{
	tss_put_u16(c, TPM_TAG_NV_DATA_PUBLIC);
	tss_put_u32(c, space->index);
	put_pcrs(c, &space->read);
	put_pcrs(c, &space->write);
	tss_put_u16(c, TPM_TAG_NV_ATTRIBUTES);
	tss_put_u32(c, space->permission);
	for (unsigned int i = 0; i < 3; i++)
		tss_put_u8(c, flags);
	tss_put_u32(c, space->size);
}

uint32_t nv_define(struct machine *m, enum nv_who who,
		   const struct nv_space *space)
{
	struct tss_digest enc = secret_nv;
	struct tss_command c;
	struct tss_session s;

	tss_begin(&c, ORD_NV_DefineSpace);
	put_nv_space(&c, space, true);
	if (who == NV_OWNER) {
		ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR,
					  TPM_ET_OWNER, TPM_KH_OWNER,
					  &secret_owner),
				 0);
		tss_encrypt(&s, &secret_nv, false, &enc);
	}
	tss_put_bytes(&c, enc.b, sizeof(enc.b));
	if (who == NV_OWNER)
		tss_use(&c, &s, &secret_owner, true);
	return machine_run(m, &c);
}

uint32_t nv_define_plain(struct machine *m, uint32_t index, uint32_t permission,
			 uint32_t size)
{
	const struct nv_space space = {
		.index = index,
		.permission = permission,
		.size = size,
	};

	return nv_define(m, NV_ANYBODY, &space);
}

uint32_t nv_lock(struct machine *m)
{
	return nv_define_plain(m, TPM_NV_INDEX_LOCK, 0, 0);
}

/* Adds the session that is wanted, and runs it. */
static uint32_t run_as(struct machine *m, enum nv_who who,
		       struct tss_command *c)
{
	struct tss_session s;

	if (who != NV_ANYBODY) {
		ck_assert_result(tss_oiap(&m->tss, &s), 0);
		tss_use(c, &s, who == NV_OWNER ? &secret_owner : &secret_nv,
			false);
	}
	return machine_run(m, c);
}

uint32_t nv_write(struct machine *m, enum nv_who who, uint32_t index,
		  uint32_t offset, const void *data, size_t len)
{
	struct tss_command c;

	tss_begin(&c,
		  who == NV_AREA ? ORD_NV_WriteValueAuth : ORD_NV_WriteValue);
	tss_put_u32(&c, index);
	tss_put_u32(&c, offset);
	tss_put_blob(&c, data, len);
	return run_as(m, who, &c);
}

uint32_t nv_read(struct machine *m, enum nv_who who, uint32_t index,
		 uint32_t offset, uint32_t size)
{
	struct tss_command c;

	tss_begin(&c, who == NV_AREA ? ORD_NV_ReadValueAuth : ORD_NV_ReadValue);
	tss_put_u32(&c, index);
	tss_put_u32(&c, offset);
	tss_put_u32(&c, size);
	return run_as(m, who, &c);
}
