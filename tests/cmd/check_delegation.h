/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of Part 3, section 19 share: an owner with a family, and what
 * he and his delegates ask for.
 */
#ifndef CHECK_DELEGATION_H
#define CHECK_DELEGATION_H

#include "chapter.h"
#include "delegations.h"

/* Part 2, 20.2.1 and 20.2.3. */
#define PER(bit)		  (1u << (bit))
#define PER_Manage		  PER(2)
#define PER_CreateOwnerDelegation PER(1)
#define PER_UpdateVerification	  PER(5)
#define PER_LoadOwnerDelegation	  PER(24)
#define KEY_CreateKeyDelegation	  PER(7)

static uint32_t family;

static inline void set_up(void)
{
	setup_owner(m);
	family = new_family(m);
}

static inline struct delegate_blob owner_blob(uint32_t per1)
{
	const struct delegate_public pub = delegate_owner(family, per1);
	struct delegate_blob blob;

	ck_assert_result(call_create_owner(m, false, &pub, &blob), 0);
	return blob;
}

static inline struct delegate_blob key_blob(uint32_t per1)
{
	const struct delegate_public pub = delegate_key(family, per1);
	struct delegate_blob blob;

	ck_assert_result(
		call_create_key(m, TPM_KH_SRK, &secret_srk, &pub, &blob), 0);
	return blob;
}

/* Delegated to row 0, and a session of it. */
static inline struct tss_session delegated(uint32_t per1)
{
	const struct delegate_blob blob = owner_blob(per1);
	struct tss_session s;

	ck_assert_result(call_load_row(m, 0, &blob), 0);
	ck_assert_result(open_row(m, &s, 0), 0);
	return s;
}

static inline uint32_t manage_in(struct tss_session *s, uint32_t id,
				 uint32_t op, const void *data, size_t len)
{
	struct tss_command c;

	tss_begin(&c, ORD_Delegate_Manage);
	tss_put_u32(&c, id);
	tss_put_u32(&c, op);
	tss_put_blob(&c, data, len);
	tss_use(&c, s, &secret_owner, true);
	return machine_run(m, &c);
}

static inline uint32_t update_in(struct tss_session *s, const void *data,
				 size_t len)
{
	struct tss_command c;

	tss_begin(&c, ORD_Delegate_UpdateVerification);
	tss_put_blob(&c, data, len);
	tss_use(&c, s, &secret_owner, true);
	return machine_run(m, &c);
}

static inline uint32_t update(const void *data, size_t len)
{
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	return update_in(&s, data, len);
}

static inline uint32_t verify(const struct delegate_blob *blob)
{
	return call_blob(m, ORD_Delegate_VerifyDelegation, blob->b, blob->len);
}

static inline bool is_open(const struct tss_session *s)
{
	return !call_flush(m, s->handle, TPM_RT_AUTH);
}

/* What TPM_Delegate_ReadTable tells: one family, one row. */
struct tables {
	struct {
		uint8_t label;
		uint32_t id, count, flags;
	} families[16];
	size_t n_families;
	struct {
		uint32_t index;
		uint8_t public[51];
	} rows[4];
	size_t n_rows;
};

static inline void read_family(struct tables *t)
{
	ck_assert_uint_lt(t->n_families, 16);
	ck_assert_uint_eq(tss_get_u16(&m->answer), TPM_TAG_FAMILY_TABLE_ENTRY);
	t->families[t->n_families].label = tss_get_u8(&m->answer);
	t->families[t->n_families].id = tss_get_u32(&m->answer);
	t->families[t->n_families].count = tss_get_u32(&m->answer);
	t->families[t->n_families].flags = tss_get_u32(&m->answer);
	t->n_families++;
}

static inline struct tables read_tables(void)
{
	struct tables t = { .n_families = 0 };
	uint32_t len;

	ck_assert_result(call(m, ORD_Delegate_ReadTable), 0);
	for (len = tss_get_u32(&m->answer); len >= 15; len -= 15)
		read_family(&t);
	ck_assert_uint_eq(len, 0);
	for (len = tss_get_u32(&m->answer); len >= 55; len -= 55) {
		ck_assert_uint_lt(t.n_rows, 4);
		t.rows[t.n_rows].index = tss_get_u32(&m->answer);
		memcpy(t.rows[t.n_rows].public, tss_get_bytes(&m->answer, 51),
		       51);
		t.n_rows++;
	}
	ck_assert_uint_eq(len, 0);
	ck_assert(tss_end(&m->answer));
	return t;
}

/* Tag, TPM_DELEGATE_PUBLIC, and where its verificationCount is. */
#define PUBLIC_AT 2u
#define COUNT_AT  (PUBLIC_AT + 47u)
#define DIGEST_AT (PUBLIC_AT + 51u)

static inline TCase *owned(Suite *s, const char *name)
{
	TCase *t = section(s, name);

	tcase_add_checked_fixture(t, set_up, NULL);
	return t;
}

#endif
