/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 18: Authorization Sessions. */
#include "chapter.h"
#include "delegations.h"
#include "keycalls.h"

/* Part 2, 4.4.1: the owner, the SRK and their like. */
static bool is_reserved(uint32_t handle)
{
	return handle >> 24 == 0x40;
}

static uint32_t max_sessions(void)
{
	return property(m, TPM_CAP_PROP_MAX_AUTHSESS);
}

static uint32_t free_sessions(void)
{
	return property(m, TPM_CAP_PROP_AUTHSESS);
}

static uint32_t osap(struct tss_session *s, enum tss_adip adip, uint8_t type,
		     uint32_t value)
{
	return tss_osap(&m->tss, s, adip, type, value, &secret_srk);
}

/* ---- 18.1 TPM_OIAP ---- */

START_TEST(a_handle_and_a_nonce)
{
	struct tss_session a, b;

	ck_assert_result(tss_oiap(&m->tss, &a), 0);
	ck_assert_result(tss_oiap(&m->tss, &b), 0);
	ck_assert_uint_ne(a.handle, b.handle);
	ck_assert(!is_reserved(a.handle));
	ck_assert_mem_ne(a.even.b, b.even.b, sizeof(a.even.b));
	ck_assert_uint_eq(free_sessions(), max_sessions() - 2);
}
END_TEST

START_TEST(the_nonce_is_what_was_drawn)
{
	struct tss_session s;
	uint8_t want[CLIENT_SHA1];

	machine_random(m->random_at, want, sizeof(want));
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_mem_eq(s.even.b, want, sizeof(want));
}
END_TEST

START_TEST(no_more_than_there_are)
{
	const uint32_t n = max_sessions();
	struct tss_session first, s;

	ck_assert_result(tss_oiap(&m->tss, &first), 0);
	for (uint32_t i = 1; i < n; i++)
		ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_uint_eq(free_sessions(), 0);
	ck_assert_result(tss_oiap(&m->tss, &s), TPM_RESOURCES);
	ck_assert_result(call_flush(m, first.handle, TPM_RT_AUTH), 0);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_uint_ne(s.handle, first.handle);
	ck_assert_result(tss_oiap(&m->tss, &s), TPM_RESOURCES);
}
END_TEST

START_TEST(a_tpm_that_is_off_opens_sessions)
{
	struct tss_session s;

	if (_i)
		setup_disabled(m);
	else
		setup_deactivated(m);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
}
END_TEST

START_TEST(handles_are_not_used_again_soon)
{
	struct tss_session s;
	uint32_t last = 0;

	for (unsigned int i = 0; i < 1000; i++) {
		ck_assert_result(tss_oiap(&m->tss, &s), 0);
		ck_assert_uint_gt(s.handle, last);
		last = s.handle;
		ck_assert_result(call_flush(m, s.handle, TPM_RT_AUTH), 0);
	}
}
END_TEST

START_TEST(sessions_are_not_permanent_state)
{
	const unsigned int stores = m->stores;
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_uint_eq(m->stores, stores);
}
END_TEST

/* ---- 18.2 TPM_OSAP ---- */

START_TEST(nothing_without_an_owner)
{
	struct tss_session s;

	ck_assert_result(osap(&s, TSS_ADIP_XOR, TPM_ET_SRK, TPM_KH_SRK),
			 TPM_NOSRK);
	ck_assert_result(osap(&s, TSS_ADIP_XOR, TPM_ET_OWNER, TPM_KH_OWNER),
			 TPM_NOSRK);
}
END_TEST

static const struct {
	uint8_t type;
	uint32_t value;
} entities[] = {
	{ TPM_ET_OWNER, TPM_KH_OWNER },
	{ TPM_ET_SRK, TPM_KH_SRK },
	{ TPM_ET_KEYHANDLE, TPM_KH_SRK },
};

START_TEST(the_owner_and_the_srk_with_each_encryption)
{
	struct tss_session s;

	setup_owner(m);
	ck_assert_result(
		osap(&s, TSS_ADIP_XOR, entities[_i].type, entities[_i].value),
		0);
	ck_assert(!is_reserved(s.handle));
	ck_assert_result(osap(&s, TSS_ADIP_AES_CTR, entities[_i].type,
			      entities[_i].value),
			 0);
	ck_assert_uint_eq(free_sessions(), max_sessions() - 2);
}
END_TEST

START_TEST(two_nonces_that_differ)
{
	struct tss_command c;
	struct tss_digest even, even_osap;

	setup_owner(m);
	tss_begin(&c, ORD_OSAP);
	tss_put_u16(&c, TPM_ET_SRK);
	tss_put_u32(&c, TPM_KH_SRK);
	tss_put_bytes(&c, zeros.b, sizeof(zeros.b));
	ck_assert_result(machine_run(m, &c), 0);
	tss_get_u32(&m->answer);
	tss_get_digest(&m->answer, &even);
	tss_get_digest(&m->answer, &even_osap);
	ck_assert(tss_end(&m->answer));
	ck_assert_mem_ne(even.b, even_osap.b, sizeof(even.b));
}
END_TEST

START_TEST(types_without_a_secret)
{
	static const uint8_t types[] = { 0,
					 TPM_ET_DATA,
					 TPM_ET_KEY,
					 TPM_ET_REVOKE,
					 TPM_ET_DEL_OWNER_BLOB,
					 TPM_ET_DEL_ROW,
					 TPM_ET_DEL_KEY_BLOB,
					 TPM_ET_OPERATOR,
					 TPM_ET_RESERVED_HANDLE,
					 0xff };
	struct tss_session s;

	setup_owner(m);
	for (size_t i = 0; i < sizeof(types); i++)
		ck_assert_result(osap(&s, TSS_ADIP_XOR, types[i], TPM_KH_OWNER),
				 TPM_BAD_PARAMETER);
	ck_assert_uint_eq(free_sessions(), max_sessions());
}
END_TEST

START_TEST(keys_that_are_not_loaded)
{
	static const struct {
		uint32_t handle, result;
	} keys[] = {
		{ 0, TPM_INVALID_KEYHANDLE },
		{ 1, TPM_INVALID_KEYHANDLE },
		{ 0x01000001, TPM_INVALID_KEYHANDLE },
		{ TPM_KH_OWNER, TPM_INVALID_RESOURCE },
		{ TPM_KH_OPERATOR, TPM_BAD_HANDLE },
		{ TPM_KH_ADMIN, TPM_INVALID_RESOURCE },
		{ TPM_KH_EK, TPM_KEYNOTFOUND },
		{ 0xffffffff, TPM_INVALID_KEYHANDLE },
	};
	struct tss_session s;

	setup_owner(m);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		ck_assert_result(osap(&s, TSS_ADIP_XOR, TPM_ET_KEYHANDLE,
				      keys[i].handle),
				 keys[i].result);
	ck_assert_uint_eq(free_sessions(), max_sessions());
}
END_TEST

START_TEST(encryptions_that_are_none)
{
	struct tss_command c;

	setup_owner(m);
	for (unsigned int adip = 0; adip < 256; adip++) {
		if (adip == TSS_ADIP_XOR || adip == TSS_ADIP_AES_CTR)
			continue;
		tss_begin(&c, ORD_OSAP);
		tss_put_u16(&c, adip << 8 | TPM_ET_SRK);
		tss_put_u32(&c, TPM_KH_SRK);
		tss_put_bytes(&c, zeros.b, sizeof(zeros.b));
		ck_assert_result(machine_run(m, &c), TPM_INAPPROPRIATE_ENC);
	}
	ck_assert_uint_eq(free_sessions(), max_sessions());
}
END_TEST

START_TEST(bound_and_free_sessions_share_a_table)
{
	const uint32_t n = max_sessions();
	struct tss_session s;

	setup_owner(m);
	for (uint32_t i = 0; i < n; i++)
		ck_assert_result(
			i % 2 ? tss_oiap(&m->tss, &s)
			      : osap(&s, TSS_ADIP_XOR, TPM_ET_SRK, TPM_KH_SRK),
			0);
	ck_assert_result(osap(&s, TSS_ADIP_XOR, TPM_ET_SRK, TPM_KH_SRK),
			 TPM_RESOURCES);
	ck_assert_result(tss_oiap(&m->tss, &s), TPM_RESOURCES);
}
END_TEST

START_TEST(a_tpm_that_is_off_opens_bound_sessions)
{
	struct tss_session s;

	setup_owner(m);
	if (_i)
		setup_disabled(m);
	else
		setup_deactivated(m);
	ck_assert_result(osap(&s, TSS_ADIP_XOR, TPM_ET_OWNER, TPM_KH_OWNER), 0);
}
END_TEST

START_TEST(fips_asks_for_a_cipher)
{
	struct tss_session s;

	setup_owner(m);
	setup_fips(m);
	ck_assert_result(osap(&s, TSS_ADIP_XOR, TPM_ET_SRK, TPM_KH_SRK),
			 TPM_INAPPROPRIATE_ENC);
	ck_assert_result(osap(&s, TSS_ADIP_AES_CTR, TPM_ET_SRK, TPM_KH_SRK), 0);
}
END_TEST

/* ---- 18.3 TPM_DSAP ---- */

/* Part 2, 20.2.1 and 20.2.3. */
#define PER_UpdateVerification	(1u << 5)
#define KEY_CreateKeyDelegation (1u << 7)

static uint32_t family;
static struct delegate_blob owner_blob, key_blob;

/* An owner; the blobs, and row 1: the owner's. */
static void set_up_delegations(void)
{
	struct delegate_public pub;

	setup_owner(m);
	family = new_family(m);
	pub = delegate_owner(family, PER_UpdateVerification);
	ck_assert_result(call_create_owner(m, false, &pub, &owner_blob), 0);
	ck_assert_result(call_load_row(m, 1, &owner_blob), 0);
	pub = delegate_key(family, KEY_CreateKeyDelegation);
	ck_assert_result(
		call_create_key(m, TPM_KH_SRK, &secret_srk, &pub, &key_blob),
		0);
}

/* TPM_COMPOSITE_HASH (Part 2, 8.2) of registers that are zeros. */
static struct tss_digest composite_of_zeros(uint32_t mask)
{
	uint8_t b[2 + 3 + 4 + 24 * CLIENT_SHA1] = { 0, 3, (uint8_t)mask,
						    (uint8_t)(mask >> 8),
						    (uint8_t)(mask >> 16) };
	struct client_bytes all = { b, 9 };
	struct tss_digest out = { { 0 } };
	size_t len = 0;

	for (; mask; mask &= mask - 1)
		len += CLIENT_SHA1;
	b[7] = (uint8_t)(len >> 8);
	b[8] = (uint8_t)len;
	all.len += len;
	client_sha1(&all, 1, out.b);
	return out;
}

/* A command for which row 1 is good, and the owner blob. */
static uint32_t update_in(struct tss_session *s)
{
	struct tss_command c;

	tss_begin(&c, ORD_Delegate_UpdateVerification);
	tss_put_u32(&c, 4);
	tss_put_u32(&c, 1);
	tss_use(&c, s, &secret_delegated, true);
	return machine_run(m, &c);
}

/* And one for which the key's is. */
static uint32_t create_in(struct tss_session *s, uint32_t key)
{
	const struct delegate_public pub =
		delegate_key(family, KEY_CreateKeyDelegation);
	struct delegate_blob blob;

	return create_key_in(m, s, key, &pub, &blob);
}

enum way {
	BY_OWNER_BLOB,
	BY_ROW,
	BY_KEY_BLOB,
	WAYS
};

static uint32_t dsap(enum tss_adip adip, enum way way, struct tss_session *s)
{
	static const uint8_t types[] = { TPM_ET_DEL_OWNER_BLOB, TPM_ET_DEL_ROW,
					 TPM_ET_DEL_KEY_BLOB };
	const struct client_bytes values[] = {
		{ owner_blob.b, owner_blob.len },
		{ "\0\0\0\1", 4 },
		{ key_blob.b, key_blob.len },
	};

	return tss_dsap(&m->tss, s, adip, types[way], TPM_KH_SRK, &values[way],
			&secret_delegated);
}

static uint32_t use_in(enum way way, struct tss_session *s)
{
	return way == BY_KEY_BLOB ? create_in(s, TPM_KH_SRK) : update_in(s);
}

START_TEST(each_kind_of_delegation_with_each_encryption)
{
	static const enum tss_adip adips[] = { TSS_ADIP_XOR, TSS_ADIP_AES_CTR };
	struct tss_session s;

	for (unsigned int i = 0; i < 2; i++) {
		ck_assert_result(dsap(adips[i], (enum way)_i, &s), 0);
		ck_assert(!is_reserved(s.handle));
		ck_assert_result(use_in((enum way)_i, &s), 0);
	}
}
END_TEST

START_TEST(another_secret_than_the_delegated_one)
{
	struct tss_session s;

	for (int way = 0; way < WAYS; way++) {
		ck_assert_result(dsap(TSS_ADIP_XOR, (enum way)way, &s), 0);
		s.shared.b[19] ^= 1;
		ck_assert_result(use_in((enum way)way, &s), TPM_AUTHFAIL);
	}
}
END_TEST

START_TEST(a_delegation_is_for_one_entity)
{
	struct tss_session s;

	ck_assert_result(dsap(TSS_ADIP_XOR, BY_KEY_BLOB, &s), 0);
	ck_assert_result(update_in(&s), TPM_AUTHFAIL);
	ck_assert_result(dsap(TSS_ADIP_XOR, BY_ROW, &s), 0);
	ck_assert_result(create_in(&s, TPM_KH_SRK), TPM_AUTHFAIL);
}
END_TEST

START_TEST(types_that_are_no_delegation)
{
	static const uint8_t types[] = {
		0, TPM_ET_KEYHANDLE, TPM_ET_OWNER, TPM_ET_SRK, TPM_ET_NV, 0xff
	};
	const struct client_bytes row = { "\0\0\0\1", 4 };
	struct tss_session s;

	for (size_t i = 0; i < sizeof(types); i++)
		ck_assert_result(tss_dsap(&m->tss, &s, TSS_ADIP_XOR, types[i],
					  TPM_KH_SRK, &row, &secret_delegated),
				 TPM_BAD_PARAMETER);
	ck_assert_result(tss_dsap(&m->tss, &s, (enum tss_adip)1, TPM_ET_DEL_ROW,
				  0, &row, &secret_delegated),
			 TPM_INAPPROPRIATE_ENC);
	ck_assert_uint_eq(free_sessions(), max_sessions());
}
END_TEST

/* Opens a session of the type with these bytes. */
static uint32_t dsap_of(uint8_t type, const void *p, size_t len)
{
	const struct client_bytes entity = { p, len };
	struct tss_session s;

	return tss_dsap(&m->tss, &s, TSS_ADIP_XOR, type, TPM_KH_SRK, &entity,
			&secret_delegated);
}

START_TEST(blobs_that_are_none)
{
	ck_assert_result(
		dsap_of(TPM_ET_DEL_OWNER_BLOB, key_blob.b, key_blob.len),
		TPM_WRONG_ENTITYTYPE);
	ck_assert_result(
		dsap_of(TPM_ET_DEL_KEY_BLOB, owner_blob.b, owner_blob.len),
		TPM_WRONG_ENTITYTYPE);
	for (size_t len = 0; len < key_blob.len; len++)
		ck_assert_result(dsap_of(TPM_ET_DEL_KEY_BLOB, key_blob.b, len),
				 TPM_WRONG_ENTITYTYPE);
	for (size_t len = 0; len < owner_blob.len; len++)
		ck_assert_result(
			dsap_of(TPM_ET_DEL_OWNER_BLOB, owner_blob.b, len),
			TPM_WRONG_ENTITYTYPE);
}
END_TEST

START_TEST(blobs_of_somebody_else)
{
	owner_blob.b[owner_blob.len - 1] ^= 1;
	ck_assert_result(
		dsap_of(TPM_ET_DEL_OWNER_BLOB, owner_blob.b, owner_blob.len),
		TPM_AUTHFAIL);
	key_blob.b[key_blob.len - 1] ^= 1;
	ck_assert_result(dsap_of(TPM_ET_DEL_KEY_BLOB, key_blob.b, key_blob.len),
			 TPM_AUTHFAIL);
}
END_TEST

START_TEST(rows_that_hold_nothing)
{
	ck_assert_result(dsap_of(TPM_ET_DEL_ROW, "\0\0\0\0", 4), TPM_BADINDEX);
	ck_assert_result(dsap_of(TPM_ET_DEL_ROW, "\0\0\0\4", 4), TPM_BADINDEX);
	ck_assert_result(dsap_of(TPM_ET_DEL_ROW, "\xff\xff\xff\xff", 4),
			 TPM_BADINDEX);
	ck_assert_result(dsap_of(TPM_ET_DEL_ROW, "\0\0\1", 3),
			 TPM_BAD_PARAM_SIZE);
	ck_assert_result(dsap_of(TPM_ET_DEL_ROW, "\0\0\0\1\0", 5),
			 TPM_BAD_PARAM_SIZE);
}
END_TEST

START_TEST(keys_that_the_blob_is_not_for)
{
	const uint32_t key = make_key(m, &kind_storage);
	struct tss_session s;

	ck_assert_result(open_key_blob(m, &s, key, &key_blob), TPM_KEYNOTFOUND);
	ck_assert_result(open_key_blob(m, &s, 0x01ffffff, &key_blob),
			 TPM_INVALID_KEYHANDLE);
	ck_assert_result(dsap(TSS_ADIP_XOR, BY_KEY_BLOB, &s), 0);
	ck_assert_result(create_in(&s, key), TPM_AUTHFAIL);
}
END_TEST

START_TEST(a_key_goes_and_so_do_its_sessions)
{
	const uint32_t key = make_key(m, &kind_storage);
	const struct delegate_public pub =
		delegate_key(family, KEY_CreateKeyDelegation);
	struct tss_session s, bound;

	ck_assert_result(call_create_key(m, key, &secret_key, &pub, &key_blob),
			 0);
	ck_assert_result(open_key_blob(m, &s, key, &key_blob), 0);
	ck_assert_result(tss_osap(&m->tss, &bound, TSS_ADIP_XOR,
				  TPM_ET_KEYHANDLE, key, &secret_key),
			 0);
	ck_assert_result(call_flush(m, key, TPM_RT_KEY), 0);
	ck_assert_uint_eq(free_sessions(), max_sessions());
	ck_assert_result(open_key_blob(m, &s, key, &key_blob),
			 TPM_INVALID_KEYHANDLE);
}
END_TEST

START_TEST(families_that_let_no_delegation_live)
{
	struct delegate_public pub = delegate_owner(family, 1);
	struct tss_session s;
	struct delegate_blob blob;

	ck_assert_result(call_create_owner(m, true, &pub, &blob), 0);
	ck_assert_result(dsap(TSS_ADIP_XOR, (enum way)_i, &s), TPM_FAMILYCOUNT);
	set_family(m, family, TPM_FAMILY_ENABLE, false);
	ck_assert_result(dsap(TSS_ADIP_XOR, (enum way)_i, &s),
			 TPM_DISABLED_CMD);
	ck_assert_result(call_manage(m, family, TPM_FAMILY_INVALIDATE, NULL, 0),
			 0);
	ck_assert_result(dsap(TSS_ADIP_XOR, (enum way)_i, &s), TPM_BADINDEX);
}
END_TEST

/* Registers and locality are looked at when it is used. */
START_TEST(a_delegation_of_a_state_of_the_platform)
{
	struct delegate_public pub =
		delegate_owner(family, PER_UpdateVerification);
	struct tss_session s;

	pub.pcrs = 1u << 8;
	pub.digestAtRelease = composite_of_zeros(pub.pcrs);
	pub.localityAtRelease = 1u << 2;
	ck_assert_result(call_create_owner(m, false, &pub, &owner_blob), 0);
	ck_assert_result(dsap(TSS_ADIP_XOR, BY_OWNER_BLOB, &s), 0);
	ck_assert_result(update_in(&s), TPM_BAD_LOCALITY);
	m->locality = 2;
	ck_assert_result(dsap(TSS_ADIP_XOR, BY_OWNER_BLOB, &s), 0);
	ck_assert_result(update_in(&s), 0);
	ck_assert_result(call_extend(m, 8, &zeros, NULL), 0);
	ck_assert_result(update_in(&s), TPM_WRONGPCRVAL);
}
END_TEST

/* ---- 18.4 TPM_SetOwnerPointer ---- */

/* Both kinds of sessions, as somebody opens them who knows no delegation. */
static uint32_t open_legacy(bool bound, const struct tss_digest *secret,
			    struct tss_session *s)
{
	uint32_t result;

	if (bound)
		return tss_osap(&m->tss, s, TSS_ADIP_XOR, TPM_ET_OWNER,
				TPM_KH_OWNER, secret);
	result = tss_oiap(&m->tss, s);
	s->bound = true;
	s->shared = *secret;
	return result;
}

START_TEST(the_pointed_ones_secret_is_the_owners)
{
	const struct delegate_public none = delegate_owner(family, 0);
	struct tss_session s;

	ck_assert_result(call_set_owner_pointer(m, TPM_ET_DEL_ROW, 1), 0);
	ck_assert_result(open_legacy(_i, &secret_owner, &s), 0);
	ck_assert_result(update_in(&s), TPM_AUTHFAIL);
	ck_assert_result(open_legacy(_i, &secret_delegated, &s), 0);
	ck_assert_result(update_in(&s), 0);
	/* What was not delegated. */
	ck_assert_result(create_owner_in(m, &s, false, &none, &owner_blob),
			 TPM_AUTHFAIL);
	ck_assert_result(call_set_owner_pointer(m, TPM_ET_OWNER, 99), 0);
	ck_assert_result(open_legacy(_i, &secret_delegated, &s), 0);
	ck_assert_result(update_in(&s), TPM_AUTHFAIL);
	ck_assert_result(open_legacy(_i, &secret_owner, &s), 0);
	ck_assert_result(update_in(&s), 0);
}
END_TEST

START_TEST(sessions_of_the_owner_stay_his)
{
	struct tss_session s;

	ck_assert_result(open_legacy(true, &secret_owner, &s), 0);
	ck_assert_result(call_set_owner_pointer(m, TPM_ET_DEL_ROW, 1), 0);
	ck_assert_result(update_in(&s), 0);
}
END_TEST

START_TEST(pointers_to_nothing)
{
	const struct delegate_public pub = delegate_owner(family, 1);
	struct delegate_blob blob;

	ck_assert_result(call_set_owner_pointer(m, TPM_ET_DEL_ROW, 0),
			 TPM_BADINDEX);
	ck_assert_result(call_set_owner_pointer(m, TPM_ET_DEL_ROW, 4),
			 TPM_BADINDEX);
	ck_assert_result(call_set_owner_pointer(m, TPM_ET_SRK, 1),
			 TPM_BAD_PARAMETER);
	ck_assert_result(call_set_owner_pointer(m, TPM_ET_DEL_ROW | 0x0600, 1),
			 TPM_BAD_PARAMETER);
	ck_assert_result(call_create_owner(m, true, &pub, &blob), 0);
	ck_assert_result(call_set_owner_pointer(m, TPM_ET_DEL_ROW, 1),
			 TPM_FAMILYCOUNT);
	set_family(m, family, TPM_FAMILY_ENABLE, false);
	ck_assert_result(call_set_owner_pointer(m, TPM_ET_DEL_ROW, 1),
			 TPM_DISABLED_CMD);
	ck_assert_result(call_manage(m, family, TPM_FAMILY_INVALIDATE, NULL, 0),
			 0);
	ck_assert_result(call_set_owner_pointer(m, TPM_ET_DEL_ROW, 1),
			 TPM_BADINDEX);
}
END_TEST

START_TEST(a_restart_points_at_the_owner)
{
	struct tss_session s;

	ck_assert_result(call_set_owner_pointer(m, TPM_ET_DEL_ROW, 1), 0);
	machine_take_over(m);
	ck_assert_result(open_legacy(false, &secret_delegated, &s), 0);
	ck_assert_result(update_in(&s), 0);
	machine_reboot(m);
	ck_assert_result(open_legacy(false, &secret_owner, &s), 0);
	ck_assert_result(update_in(&s), 0);
}
END_TEST

/* ---- */

static void add_osap(Suite *s)
{
	TCase *t = section(s, "18.2 TPM_OSAP");

	tcase_add_test(t, nothing_without_an_owner);
	tcase_add_loop_test(t, the_owner_and_the_srk_with_each_encryption, 0,
			    3);
	tcase_add_test(t, two_nonces_that_differ);
	tcase_add_test(t, types_without_a_secret);
	tcase_add_test(t, keys_that_are_not_loaded);
	tcase_add_test(t, encryptions_that_are_none);
	tcase_add_test(t, bound_and_free_sessions_share_a_table);
	tcase_add_loop_test(t, a_tpm_that_is_off_opens_bound_sessions, 0, 2);
	tcase_add_test(t, fips_asks_for_a_cipher);
}

static void add_dsap(Suite *s)
{
	TCase *t = section(s, "18.3 TPM_DSAP");

	tcase_add_checked_fixture(t, set_up_delegations, NULL);
	tcase_add_loop_test(t, each_kind_of_delegation_with_each_encryption, 0,
			    WAYS);
	tcase_add_test(t, another_secret_than_the_delegated_one);
	tcase_add_test(t, a_delegation_is_for_one_entity);
	tcase_add_test(t, types_that_are_no_delegation);
	tcase_add_test(t, blobs_that_are_none);
	tcase_add_test(t, blobs_of_somebody_else);
	tcase_add_test(t, rows_that_hold_nothing);
	tcase_add_test(t, keys_that_the_blob_is_not_for);
	tcase_add_test(t, a_key_goes_and_so_do_its_sessions);
	tcase_add_loop_test(t, families_that_let_no_delegation_live, 0, WAYS);
	tcase_add_test(t, a_delegation_of_a_state_of_the_platform);
	t = section(s, "18.4 TPM_SetOwnerPointer");
	tcase_add_checked_fixture(t, set_up_delegations, NULL);
	tcase_add_loop_test(t, the_pointed_ones_secret_is_the_owners, 0, 2);
	tcase_add_test(t, sessions_of_the_owner_stay_his);
	tcase_add_test(t, pointers_to_nothing);
	tcase_add_test(t, a_restart_points_at_the_owner);
}

int main(void)
{
	Suite *s = suite_create("sessions");
	TCase *t = section(s, "18.1 TPM_OIAP");

	tcase_add_test(t, a_handle_and_a_nonce);
	tcase_add_test(t, the_nonce_is_what_was_drawn);
	tcase_add_test(t, no_more_than_there_are);
	tcase_add_loop_test(t, a_tpm_that_is_off_opens_sessions, 0, 2);
	tcase_add_test(t, handles_are_not_used_again_soon);
	tcase_add_test(t, sessions_are_not_permanent_state);
	add_osap(s);
	add_dsap(s);
	return suite_run(s);
}
