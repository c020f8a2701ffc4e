/* SPDX-License-Identifier: BSD-2-Clause */
#include "delegations.h"

#include <check.h>
#include <string.h>

#include "constants.h"
#include "ordinals.h"
#include "setup.h"

const struct tss_digest secret_delegated = { "on loan, return it  " };

struct delegate_public delegate_owner(uint32_t family, uint32_t per1)
{
	return (struct delegate_public){
		.rowLabel = 'o',
		.localityAtRelease = ANY_LOCALITY,
		.delegateType = TPM_DEL_OWNER_BITS,
		.per1 = per1,
		.familyID = family,
	};
}

struct delegate_public delegate_key(uint32_t family, uint32_t per1)
{
	struct delegate_public pub = delegate_owner(family, per1);

	pub.rowLabel = 'k';
	pub.delegateType = TPM_DEL_KEY_BITS;
	return pub;
}

void put_delegate_public(struct tss_command *c,
			 const struct delegate_public *pub)
{
	tss_put_u16(c, TPM_TAG_DELEGATE_PUBLIC);
	tss_put_u8(c, pub->rowLabel);
	tss_put_u16(c, 3);
	for (unsigned int i = 0; i < 3; i++)
		tss_put_u8(c, pub->pcrs >> 8 * i & 0xff);
	tss_put_u8(c, pub->localityAtRelease);
	tss_put_bytes(c, pub->digestAtRelease.b, CLIENT_SHA1);
	tss_put_u16(c, TPM_TAG_DELEGATIONS);
	tss_put_u32(c, pub->delegateType);
	tss_put_u32(c, pub->per1);
	tss_put_u32(c, pub->per2);
	tss_put_u32(c, pub->familyID);
	tss_put_u32(c, pub->verificationCount);
}

/* ---- Families ---- */

static void begin_manage(struct tss_command *c, uint32_t family, uint32_t op,
			 const void *data, size_t len)
{
	tss_begin(c, ORD_Delegate_Manage);
	tss_put_u32(c, family);
	tss_put_u32(c, op);
	tss_put_blob(c, data, len);
}

uint32_t call_manage(struct machine *m, uint32_t family, uint32_t op,
		     const void *data, size_t len)
{
	struct tss_command c;
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	begin_manage(&c, family, op, data, len);
	tss_use(&c, &s, &secret_owner, false);
	return machine_run(m, &c);
}

uint32_t call_manage_unowned(struct machine *m, uint32_t family, uint32_t op,
			     const void *data, size_t len)
{
	struct tss_command c;

	begin_manage(&c, family, op, data, len);
	return machine_run(m, &c);
}

void set_family(struct machine *m, uint32_t family, uint32_t op, bool on)
{
	const uint8_t b = on;

	ck_assert_result(call_manage(m, family, op, &b, 1), 0);
}

uint32_t new_family(struct machine *m)
{
	uint32_t family;

	ck_assert_result(call_manage(m, 0, TPM_FAMILY_CREATE, "f", 1), 0);
	ck_assert_uint_eq(tss_get_u32(&m->answer), 4);
	family = tss_get_u32(&m->answer);
	ck_assert(tss_end(&m->answer));
	set_family(m, family, TPM_FAMILY_ENABLE, true);
	return family;
}

/* ---- Blobs ---- */

static uint32_t run_create(struct machine *m, struct tss_command *c,
			   struct tss_session *s, struct delegate_blob *blob)
{
	struct tss_digest enc;
	const uint8_t *p;
	uint32_t result;

	tss_encrypt(s, &secret_delegated, false, &enc);
	tss_put_bytes(c, enc.b, sizeof(enc.b));
	tss_use(c, s, &secret_owner, true);
	result = machine_run(m, c);
	if (result)
		return result;
	p = tss_get_blob(&m->answer, &blob->len);
	ck_assert(tss_end(&m->answer));
	ck_assert_uint_le(blob->len, sizeof(blob->b));
	memcpy(blob->b, p, blob->len);
	return 0;
}

uint32_t create_owner_in(struct machine *m, struct tss_session *s,
			 bool increment, const struct delegate_public *pub,
			 struct delegate_blob *blob)
{
	struct tss_command c;

	tss_begin(&c, ORD_Delegate_CreateOwnerDelegation);
	tss_put_u8(&c, increment);
	put_delegate_public(&c, pub);
	return run_create(m, &c, s, blob);
}

uint32_t create_key_in(struct machine *m, struct tss_session *s, uint32_t key,
		       const struct delegate_public *pub,
		       struct delegate_blob *blob)
{
	struct tss_command c;

	tss_begin(&c, ORD_Delegate_CreateKeyDelegation);
	tss_put_handle(&c, key);
	put_delegate_public(&c, pub);
	return run_create(m, &c, s, blob);
}

uint32_t call_create_owner(struct machine *m, bool increment,
			   const struct delegate_public *pub,
			   struct delegate_blob *blob)
{
	struct tss_session s;

	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_OWNER,
				  TPM_KH_OWNER, &secret_owner),
			 0);
	return create_owner_in(m, &s, increment, pub, blob);
}

uint32_t call_create_key(struct machine *m, uint32_t key,
			 const struct tss_digest *secret,
			 const struct delegate_public *pub,
			 struct delegate_blob *blob)
{
	struct tss_session s;

	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_AES_CTR,
				  TPM_ET_KEYHANDLE, key, secret),
			 0);
	return create_key_in(m, &s, key, pub, blob);
}

uint32_t call_load_row(struct machine *m, uint32_t index,
		       const struct delegate_blob *blob)
{
	struct tss_command c;
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	tss_begin(&c, ORD_Delegate_LoadOwnerDelegation);
	tss_put_u32(&c, index);
	tss_put_blob(&c, blob->b, blob->len);
	tss_use(&c, &s, &secret_owner, false);
	return machine_run(m, &c);
}

/* ---- Sessions ---- */

uint32_t open_owner_blob(struct machine *m, struct tss_session *s,
			 const struct delegate_blob *blob)
{
	const struct client_bytes entity = { blob->b, blob->len };

	return tss_dsap(&m->tss, s, TSS_ADIP_XOR, TPM_ET_DEL_OWNER_BLOB, 0,
			&entity, &secret_delegated);
}

uint32_t open_key_blob(struct machine *m, struct tss_session *s, uint32_t key,
		       const struct delegate_blob *blob)
{
	const struct client_bytes entity = { blob->b, blob->len };

	return tss_dsap(&m->tss, s, TSS_ADIP_AES_CTR, TPM_ET_DEL_KEY_BLOB, key,
			&entity, &secret_delegated);
}

uint32_t open_row(struct machine *m, struct tss_session *s, uint32_t index)
{
	const uint8_t b[4] = { (uint8_t)(index >> 24), (uint8_t)(index >> 16),
			       (uint8_t)(index >> 8), (uint8_t)index };
	const struct client_bytes entity = { b, sizeof(b) };

	return tss_dsap(&m->tss, s, TSS_ADIP_XOR, TPM_ET_DEL_ROW, 0, &entity,
			&secret_delegated);
}

uint32_t call_set_owner_pointer(struct machine *m, unsigned int type,
				uint32_t value)
{
	struct tss_command c;

	tss_begin(&c, ORD_SetOwnerPointer);
	tss_put_u16(&c, type);
	tss_put_u32(&c, value);
	return machine_run(m, &c);
}
