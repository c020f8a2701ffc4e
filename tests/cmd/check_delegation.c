/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 19: Delegation Commands. */
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

static void set_up(void)
{
	setup_owner(m);
	family = new_family(m);
}

static struct delegate_blob owner_blob(uint32_t per1)
{
	const struct delegate_public pub = delegate_owner(family, per1);
	struct delegate_blob blob;

	ck_assert_result(call_create_owner(m, false, &pub, &blob), 0);
	return blob;
}

static struct delegate_blob key_blob(uint32_t per1)
{
	const struct delegate_public pub = delegate_key(family, per1);
	struct delegate_blob blob;

	ck_assert_result(
		call_create_key(m, TPM_KH_SRK, &secret_srk, &pub, &blob), 0);
	return blob;
}

/* Delegated to row 0, and a session of it. */
static struct tss_session delegated(uint32_t per1)
{
	const struct delegate_blob blob = owner_blob(per1);
	struct tss_session s;

	ck_assert_result(call_load_row(m, 0, &blob), 0);
	ck_assert_result(open_row(m, &s, 0), 0);
	return s;
}

static uint32_t manage_in(struct tss_session *s, uint32_t id, uint32_t op,
			  const void *data, size_t len)
{
	struct tss_command c;

	tss_begin(&c, ORD_Delegate_Manage);
	tss_put_u32(&c, id);
	tss_put_u32(&c, op);
	tss_put_blob(&c, data, len);
	tss_use(&c, s, &secret_owner, true);
	return machine_run(m, &c);
}

static uint32_t update_in(struct tss_session *s, const void *data, size_t len)
{
	struct tss_command c;

	tss_begin(&c, ORD_Delegate_UpdateVerification);
	tss_put_blob(&c, data, len);
	tss_use(&c, s, &secret_owner, true);
	return machine_run(m, &c);
}

static uint32_t update(const void *data, size_t len)
{
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	return update_in(&s, data, len);
}

static uint32_t verify(const struct delegate_blob *blob)
{
	return call_blob(m, ORD_Delegate_VerifyDelegation, blob->b, blob->len);
}

static bool is_open(const struct tss_session *s)
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

static void read_family(struct tables *t)
{
	ck_assert_uint_lt(t->n_families, 16);
	ck_assert_uint_eq(tss_get_u16(&m->answer), TPM_TAG_FAMILY_TABLE_ENTRY);
	t->families[t->n_families].label = tss_get_u8(&m->answer);
	t->families[t->n_families].id = tss_get_u32(&m->answer);
	t->families[t->n_families].count = tss_get_u32(&m->answer);
	t->families[t->n_families].flags = tss_get_u32(&m->answer);
	t->n_families++;
}

static struct tables read_tables(void)
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

/* ---- 19.1 TPM_Delegate_Manage ---- */

START_TEST(a_family_begins_disabled_and_is_counted)
{
	struct tables t;

	ck_assert_result(call_manage(m, 77, TPM_FAMILY_CREATE, "g", 1), 0);
	ck_assert_uint_eq(tss_get_u32(&m->answer), 4);
	ck_assert_uint_eq(tss_get_u32(&m->answer), family + 1);
	t = read_tables();
	ck_assert_uint_eq(t.n_families, 2);
	ck_assert_uint_eq(t.families[0].flags, TPM_FAMFLAG_ENABLED);
	ck_assert_uint_eq(t.families[1].label, 'g');
	ck_assert_uint_eq(t.families[1].id, family + 1);
	ck_assert_uint_eq(t.families[1].count, 1);
	ck_assert_uint_eq(t.families[1].flags, 0);
}
END_TEST

START_TEST(families_survive_power)
{
	machine_reboot(m);
	ck_assert_uint_eq(read_tables().families[0].id, family);
}
END_TEST

START_TEST(labels_of_one_byte)
{
	ck_assert_result(call_manage(m, 0, TPM_FAMILY_CREATE, "", 0),
			 TPM_BAD_PARAM_SIZE);
	ck_assert_result(call_manage(m, 0, TPM_FAMILY_CREATE, "ab", 2),
			 TPM_BAD_PARAM_SIZE);
	ck_assert_uint_eq(read_tables().n_families, 1);
}
END_TEST

START_TEST(no_more_families_than_there_are_rows)
{
	const uint32_t n = property(m, TPM_CAP_PROP_FAMILYROWS);

	for (uint32_t i = 1; i < n; i++)
		ck_assert_result(call_manage(m, 0, TPM_FAMILY_CREATE, "x", 1),
				 0);
	ck_assert_result(call_manage(m, 0, TPM_FAMILY_CREATE, "x", 1),
			 TPM_RESOURCES);
	/* A number is not given again. */
	ck_assert_result(call_manage(m, family, TPM_FAMILY_INVALIDATE, NULL, 0),
			 0);
	ck_assert_result(call_manage(m, 0, TPM_FAMILY_CREATE, "x", 1), 0);
	tss_get_u32(&m->answer);
	ck_assert_uint_eq(tss_get_u32(&m->answer), family + n);
}
END_TEST

static const struct {
	uint32_t op, flag;
} flags[] = {
	{ TPM_FAMILY_ENABLE, TPM_FAMFLAG_ENABLED },
	{ TPM_FAMILY_ADMIN, TPM_DELEGATE_ADMIN_LOCK },
};

START_TEST(a_flag_is_set_and_reset)
{
	const uint32_t both = TPM_FAMFLAG_ENABLED | TPM_DELEGATE_ADMIN_LOCK;

	set_family(m, family, TPM_FAMILY_ADMIN, true);
	ck_assert_uint_eq(read_tables().families[0].flags, both);
	set_family(m, family, flags[_i].op, false);
	ck_assert_uint_eq(read_tables().families[0].flags,
			  both & ~flags[_i].flag);
	set_family(m, family, flags[_i].op, true);
	ck_assert_uint_eq(read_tables().families[0].flags, both);
	ck_assert_result(call_manage(m, family, flags[_i].op, "", 0),
			 TPM_BAD_PARAM_SIZE);
	ck_assert_result(call_manage(m, family, flags[_i].op, "\1\1", 2),
			 TPM_BAD_PARAM_SIZE);
	ck_assert_result(call_manage(m, family, flags[_i].op, "\2", 1),
			 TPM_BAD_PARAMETER);
}
END_TEST

START_TEST(families_that_there_are_not)
{
	static const uint32_t ops[] = { TPM_FAMILY_ENABLE, TPM_FAMILY_ADMIN,
					TPM_FAMILY_INVALIDATE, 0, 5 };

	for (size_t i = 0; i < 5; i++) {
		ck_assert_result(call_manage(m, 0, ops[i], "\1", 1),
				 TPM_BADINDEX);
		ck_assert_result(call_manage(m, family + 1, ops[i], "\1", 1),
				 TPM_BADINDEX);
	}
	ck_assert_result(call_manage(m, family, TPM_FAMILY_INVALIDATE, NULL, 0),
			 0);
	ck_assert_result(call_manage(m, family, TPM_FAMILY_ENABLE, "\1", 1),
			 TPM_BADINDEX);
	ck_assert_uint_eq(read_tables().n_families, 0);
}
END_TEST

START_TEST(operations_that_are_none)
{
	ck_assert_result(call_manage(m, family, 0, "\1", 1), TPM_BAD_PARAMETER);
	ck_assert_result(call_manage(m, family, 5, "\1", 1), TPM_BAD_PARAMETER);
}
END_TEST

START_TEST(an_owner_must_prove_himself)
{
	ck_assert_result(call_manage_unowned(m, 0, TPM_FAMILY_CREATE, "x", 1),
			 TPM_AUTHFAIL);
	ck_assert_result(
		call_manage_unowned(m, family, TPM_FAMILY_ENABLE, "\0", 1),
		TPM_AUTHFAIL);
}
END_TEST

/* The secret of nobody is not zeros. */
START_TEST(nobody_proves_an_owner_that_there_is_not)
{
	struct tss_session s;

	setup_no_owner(m);
	for (unsigned int i = 0; i < 2; i++) {
		ck_assert_result(tss_oiap(&m->tss, &s), 0);
		s.bound = true;
		s.shared = i ? zeros : secret_owner;
		ck_assert_result(manage_in(&s, 0, TPM_FAMILY_CREATE, "x", 1),
				 TPM_AUTHFAIL);
	}
}
END_TEST

START_TEST(without_an_owner_a_lock_holds)
{
	setup_no_owner(m);
	ck_assert_result(
		call_manage_unowned(m, family, TPM_FAMILY_ADMIN, "\1", 1), 0);
	ck_assert_result(
		call_manage_unowned(m, family, TPM_FAMILY_ADMIN, "\0", 1),
		TPM_DELEGATE_LOCK);
	ck_assert_result(
		call_manage_unowned(m, family, TPM_FAMILY_INVALIDATE, "", 0),
		TPM_DELEGATE_LOCK);
	ck_assert_result(call_manage_unowned(m, 0, TPM_FAMILY_CREATE, "x", 1),
			 0);
}
END_TEST

START_TEST(without_an_owner_writes_are_counted)
{
	setup_no_owner(m);
	for (unsigned int i = 0; i < TPM_MAX_NV_WRITE_NOOWNER; i++)
		ck_assert_result(call_manage_unowned(
					 m, family, TPM_FAMILY_ENABLE, "\1", 1),
				 0);
	ck_assert_result(
		call_manage_unowned(m, family, TPM_FAMILY_ENABLE, "\1", 1),
		TPM_MAXNVWRITES);
	ck_assert_result(call_manage_unowned(m, 0, TPM_FAMILY_CREATE, "x", 1),
			 TPM_MAXNVWRITES);
}
END_TEST

/* 19.1, 19.3 and 19.4: what changes the tables ends what they opened. */
static void expect_sessions_end(void (*change)(void))
{
	const struct delegate_blob blob = owner_blob(PER_Manage);
	const struct delegate_blob of_key = key_blob(1);
	struct tss_session row, key, osap, oiap;

	ck_assert_result(call_load_row(m, 1, &blob), 0);
	ck_assert_result(tss_osap(&m->tss, &osap, TSS_ADIP_XOR, TPM_ET_SRK, 0,
				  &secret_srk),
			 0);
	ck_assert_result(tss_oiap(&m->tss, &oiap), 0);
	ck_assert_result(open_row(m, &row, 1), 0);
	ck_assert_result(open_key_blob(m, &key, TPM_KH_SRK, &of_key), 0);
	ck_assert_result(call_set_owner_pointer(m, TPM_ET_DEL_ROW, 1), 0);
	change();
	ck_assert(!is_open(&row));
	ck_assert(!is_open(&key));
	ck_assert(!is_open(&osap));
	ck_assert(is_open(&oiap));
	/* The owner is the owner again. */
	ck_assert_result(call_manage(m, 0, TPM_FAMILY_CREATE, "x", 1), 0);
}

/* The owner's own word, although the pointer is elsewhere. */
static void change_in(uint32_t (*run)(struct tss_session *s))
{
	struct tss_session s;

	ck_assert_result(call_set_owner_pointer(m, TPM_ET_OWNER, 0), 0);
	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_OWNER, 0,
				  &secret_owner),
			 0);
	ck_assert_result(call_set_owner_pointer(m, TPM_ET_DEL_ROW, 1), 0);
	ck_assert_result(run(&s), 0);
}

static uint32_t run_manage(struct tss_session *s)
{
	return manage_in(s, family, TPM_FAMILY_ENABLE, "\1", 1);
}

static void by_manage(void)
{
	change_in(run_manage);
}

static uint32_t run_increment(struct tss_session *s)
{
	const struct delegate_public pub = delegate_owner(family, 1);
	struct delegate_blob blob;

	return create_owner_in(m, s, true, &pub, &blob);
}

static void by_increment(void)
{
	change_in(run_increment);
}

static uint32_t run_load(struct tss_session *s)
{
	struct delegate_blob blob;
	struct tss_command c;

	ck_assert_result(call_set_owner_pointer(m, TPM_ET_OWNER, 0), 0);
	blob = owner_blob(PER_Manage);
	ck_assert_result(call_set_owner_pointer(m, TPM_ET_DEL_ROW, 1), 0);
	tss_begin(&c, ORD_Delegate_LoadOwnerDelegation);
	tss_put_u32(&c, 2);
	tss_put_blob(&c, blob.b, blob.len);
	tss_use(&c, s, &secret_owner, true);
	return machine_run(m, &c);
}

static void by_load(void)
{
	change_in(run_load);
}

START_TEST(changed_tables_end_what_they_opened)
{
	static void (*const changes[])(void) = { by_manage, by_increment,
						 by_load };

	expect_sessions_end(changes[_i]);
}
END_TEST

START_TEST(a_delegate_manages_his_own_family)
{
	struct tss_session s = delegated(PER_Manage);
	const uint32_t mine = family, other = new_family(m);

	ck_assert_result(open_row(m, &s, 0), 0);
	ck_assert_result(manage_in(&s, other, TPM_FAMILY_ENABLE, "\0", 1),
			 TPM_DELEGATE_FAMILY);
	ck_assert_result(open_row(m, &s, 0), 0);
	ck_assert_result(manage_in(&s, other, TPM_FAMILY_CREATE, "x", 1), 0);
	ck_assert(!is_open(&s));
	ck_assert_result(open_row(m, &s, 0), 0);
	ck_assert_result(manage_in(&s, mine, TPM_FAMILY_ENABLE, "\0", 1), 0);
	ck_assert(!is_open(&s));
	ck_assert_result(open_row(m, &s, 0), TPM_DISABLED_CMD);
}
END_TEST

START_TEST(the_owner_pointers_delegate_as_well)
{
	const uint32_t other = new_family(m);
	struct tss_session s;

	delegated(PER_Manage);
	ck_assert_result(call_set_owner_pointer(m, TPM_ET_DEL_ROW, 0), 0);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	s.bound = true;
	s.shared = secret_delegated;
	ck_assert_result(manage_in(&s, other, TPM_FAMILY_ENABLE, "\0", 1),
			 TPM_DELEGATE_FAMILY);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	s.bound = true;
	s.shared = secret_delegated;
	ck_assert_result(manage_in(&s, family, TPM_FAMILY_ENABLE, "\1", 1), 0);
}
END_TEST

START_TEST(permission_for_each_command_apart)
{
	struct tss_session s = delegated(~PER_Manage);

	ck_assert_result(manage_in(&s, family, TPM_FAMILY_ENABLE, "\1", 1),
			 TPM_AUTHFAIL);
	ck_assert(!is_open(&s));
	s = delegated(~PER_UpdateVerification);
	ck_assert_result(update_in(&s, "\0\0\0\0", 4), TPM_AUTHFAIL);
	s = delegated(PER_UpdateVerification);
	ck_assert_result(update_in(&s, "\0\0\0\0", 4), 0);
}
END_TEST

/* ---- 19.2 and 19.3: making blobs ---- */

static uint32_t create(bool of_key, const struct delegate_public *pub,
		       struct delegate_blob *blob)
{
	return of_key ? call_create_key(m, TPM_KH_SRK, &secret_srk, pub, blob)
		      : call_create_owner(m, false, pub, blob);
}

static struct delegate_public public_of(bool of_key, uint32_t per1)
{
	return of_key ? delegate_key(family, per1)
		      : delegate_owner(family, per1);
}

/* Tag, TPM_DELEGATE_PUBLIC, and where its verificationCount is. */
#define PUBLIC_AT 2u
#define COUNT_AT  (PUBLIC_AT + 47u)
#define DIGEST_AT (PUBLIC_AT + 51u)

START_TEST(a_blob_says_what_was_delegated)
{
	struct delegate_public pub = public_of(_i, 0x01020304);
	struct delegate_blob blob;
	struct tss_command c;
	uint8_t want[51];

	pub.verificationCount = 99;
	ck_assert_result(create(_i, &pub, &blob), 0);
	pub.verificationCount = 1;
	tss_begin(&c, 0);
	put_delegate_public(&c, &pub);
	ck_assert_uint_eq(c.len, sizeof(want));
	ck_assert_uint_eq(blob.b[0] << 8 | blob.b[1],
			  _i ? TPM_TAG_DELG_KEY_BLOB
			     : TPM_TAG_DELEGATE_OWNER_BLOB);
	ck_assert_mem_eq(blob.b + PUBLIC_AT, c.params, c.len);
	ck_assert_result(verify(&blob), 0);
}
END_TEST

START_TEST(a_blob_hides_its_secret)
{
	const struct delegate_public pub = public_of(_i, 1);
	struct delegate_blob a, b;

	ck_assert_result(create(_i, &pub, &a), 0);
	ck_assert_result(create(_i, &pub, &b), 0);
	ck_assert_uint_eq(a.len, b.len);
	/* The last bytes: the same secret, encrypted differently. */
	ck_assert_mem_ne(a.b + a.len - 20, b.b + b.len - 20, 20);
	for (size_t i = 0; i + 20 <= a.len; i++)
		ck_assert_mem_ne(a.b + i, secret_delegated.b, 20);
}
END_TEST

START_TEST(the_session_is_over)
{
	const struct delegate_public pub = public_of(_i, 1);
	struct delegate_blob blob;
	struct tss_session s;

	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR,
				  _i ? TPM_ET_SRK : TPM_ET_OWNER, 0,
				  _i ? &secret_srk : &secret_owner),
			 0);
	ck_assert_result(_i ? create_key_in(m, &s, TPM_KH_SRK, &pub, &blob)
			    : create_owner_in(m, &s, false, &pub, &blob),
			 0);
	ck_assert(!is_open(&s));
}
END_TEST

START_TEST(an_open_session_encrypts_nothing)
{
	const struct delegate_public pub = public_of(_i, 1);
	struct delegate_blob blob;
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	s.bound = true;
	s.shared = _i ? secret_srk : secret_owner;
	ck_assert_result(_i ? create_key_in(m, &s, TPM_KH_SRK, &pub, &blob)
			    : create_owner_in(m, &s, false, &pub, &blob),
			 TPM_INVALID_AUTHHANDLE);
}
END_TEST

START_TEST(delegations_that_there_cannot_be)
{
	const struct delegate_public good = public_of(_i, 1);
	struct delegate_public bad = good;
	struct delegate_blob blob;

	bad.familyID = family + 1;
	ck_assert_result(create(_i, &bad, &blob), TPM_BADINDEX);
	bad.familyID = 0;
	ck_assert_result(create(_i, &bad, &blob), TPM_BADINDEX);
	bad = public_of(!_i, 1);
	ck_assert_result(create(_i, &bad, &blob), TPM_BAD_PARAMETER);
	bad = good;
	bad.delegateType = 3;
	ck_assert_result(create(_i, &bad, &blob), TPM_BAD_PARAMETER);
	bad = good;
	bad.per2 = 1;
	ck_assert_result(create(_i, &bad, &blob), TPM_BAD_PARAMETER);
	bad = good;
	bad.localityAtRelease = 0;
	ck_assert_result(create(_i, &bad, &blob), TPM_INVALID_STRUCTURE);
	bad.localityAtRelease = 0x20;
	ck_assert_result(create(_i, &bad, &blob), TPM_INVALID_STRUCTURE);
	bad = good;
	bad.per1 = 0x20000000;
	ck_assert_result(create(_i, &bad, &blob), _i ? TPM_BAD_PARAMETER : 0);
}
END_TEST

START_TEST(nobody_hands_on_more_than_he_has)
{
	const uint32_t may =
		_i ? KEY_CreateKeyDelegation : PER_CreateOwnerDelegation;
	struct delegate_public pub = public_of(_i, may | 8);
	struct delegate_blob mine, blob;
	struct tss_session s;
	uint32_t result;

	ck_assert_result(create(_i, &pub, &mine), 0);
	for (uint32_t bit = 0; bit < 29; bit++) {
		const bool has = (may | 8) >> bit & 1;

		pub.per1 = PER(bit);
		ck_assert_result(_i ? open_key_blob(m, &s, TPM_KH_SRK, &mine)
				    : open_owner_blob(m, &s, &mine),
				 0);
		result = _i ? create_key_in(m, &s, TPM_KH_SRK, &pub, &blob)
			    : create_owner_in(m, &s, false, &pub, &blob);
		ck_assert_result(result, has ? 0 : TPM_AUTHFAIL);
	}
}
END_TEST

START_TEST(a_delegate_makes_blobs_of_his_own_family)
{
	const uint32_t may =
		_i ? KEY_CreateKeyDelegation : PER_CreateOwnerDelegation;
	struct delegate_public pub = public_of(_i, may);
	struct delegate_blob mine, blob;
	struct tss_session s;

	pub.familyID = new_family(m);
	ck_assert_result(create(_i, &pub, &mine), 0);
	ck_assert_result(_i ? open_key_blob(m, &s, TPM_KH_SRK, &mine)
			    : open_owner_blob(m, &s, &mine),
			 0);
	pub.familyID = family;
	ck_assert_result(_i ? create_key_in(m, &s, TPM_KH_SRK, &pub, &blob)
			    : create_owner_in(m, &s, false, &pub, &blob),
			 TPM_DELEGATE_FAMILY);
}
END_TEST

START_TEST(an_increment_makes_the_others_void)
{
	const struct delegate_public pub = delegate_owner(family, 1);
	const struct delegate_blob old = owner_blob(1), old_key = key_blob(1);
	struct delegate_blob blob;

	ck_assert_result(call_create_owner(m, true, &pub, &blob), 0);
	ck_assert_uint_eq(read_tables().families[0].count, 2);
	ck_assert_uint_eq(blob.b[COUNT_AT + 3], 2);
	ck_assert_result(verify(&blob), 0);
	ck_assert_result(verify(&old), TPM_FAMILYCOUNT);
	ck_assert_result(verify(&old_key), TPM_FAMILYCOUNT);
}
END_TEST

/* ---- 19.4 TPM_Delegate_LoadOwnerDelegation ---- */

START_TEST(a_row_holds_what_was_loaded)
{
	const struct delegate_blob a = owner_blob(1), b = owner_blob(2);
	struct tables t;

	ck_assert_result(call_load_row(m, 1, &a), 0);
	ck_assert_result(call_load_row(m, 3, &a), 0);
	ck_assert_result(call_load_row(m, 3, &b), 0);
	machine_reboot(m);
	t = read_tables();
	ck_assert_uint_eq(t.n_rows, 2);
	ck_assert_uint_eq(t.rows[0].index, 1);
	ck_assert_mem_eq(t.rows[0].public, a.b + PUBLIC_AT, 51);
	ck_assert_uint_eq(t.rows[1].index, 3);
	ck_assert_mem_eq(t.rows[1].public, b.b + PUBLIC_AT, 51);
}
END_TEST

START_TEST(rows_that_there_are_not)
{
	const struct delegate_blob blob = owner_blob(1);
	const uint32_t n = property(m, TPM_CAP_PROP_DELEGATE_ROW);

	ck_assert_result(call_load_row(m, n - 1, &blob), 0);
	ck_assert_result(call_load_row(m, n, &blob), TPM_BADINDEX);
	ck_assert_result(call_load_row(m, 0xffffffff, &blob), TPM_BADINDEX);
}
END_TEST

START_TEST(blobs_of_keys_are_not_loaded)
{
	const struct delegate_blob blob = key_blob(1);

	ck_assert_result(call_load_row(m, 0, &blob), TPM_INVALID_STRUCTURE);
}
END_TEST

START_TEST(a_blob_that_was_changed_is_not_loaded)
{
	const struct delegate_blob good = owner_blob(1);
	struct delegate_blob bad;

	for (size_t i = 0; i < good.len; i++) {
		bad = good;
		bad.b[i] ^= 1;
		ck_assert_uint_ne(call_load_row(m, 0, &bad), 0);
		ck_assert_uint_ne(verify(&bad), 0);
	}
	bad = good;
	bad.b[DIGEST_AT] ^= 1;
	ck_assert_result(call_load_row(m, 0, &bad), TPM_AUTHFAIL);
	bad = good;
	bad.b[bad.len - 1] ^= 1;
	ck_assert_result(call_load_row(m, 0, &bad), TPM_AUTHFAIL);
	ck_assert_uint_eq(read_tables().n_rows, 0);
}
END_TEST

START_TEST(families_that_take_no_delegation)
{
	const struct delegate_blob blob = owner_blob(1);

	set_family(m, family, TPM_FAMILY_ENABLE, false);
	ck_assert_result(call_load_row(m, 0, &blob), TPM_DISABLED_CMD);
	ck_assert_result(call_manage(m, family, TPM_FAMILY_INVALIDATE, NULL, 0),
			 0);
	ck_assert_result(call_load_row(m, 0, &blob), TPM_BADINDEX);
}
END_TEST

static uint32_t load_unowned(const struct delegate_blob *blob)
{
	struct tss_command c;

	tss_begin(&c, ORD_Delegate_LoadOwnerDelegation);
	tss_put_u32(&c, 0);
	tss_put_blob(&c, blob->b, blob->len);
	return machine_run(m, &c);
}

/* What a platform's maker loads: not encrypted, and by nobody made. */
static struct delegate_blob plain_blob(unsigned int tag)
{
	const struct delegate_public pub = delegate_owner(family, 0xffffffff);
	struct delegate_blob blob;
	struct tss_command c;

	tss_begin(&c, 0);
	tss_put_u16(&c, TPM_TAG_DELEGATE_OWNER_BLOB);
	put_delegate_public(&c, &pub);
	tss_put_bytes(&c, zeros.b, 20);
	tss_put_u32(&c, 0);
	tss_put_u32(&c, 22);
	tss_put_u16(&c, tag);
	tss_put_bytes(&c, secret_delegated.b, 20);
	memcpy(blob.b, c.params, c.len);
	blob.b[COUNT_AT + 3] = 1;
	blob.len = c.len;
	return blob;
}

START_TEST(without_an_owner_as_it_is)
{
	const struct delegate_blob blob =
		plain_blob(TPM_TAG_DELEGATE_SENSITIVE);
	const struct delegate_blob bad = plain_blob(0);
	struct tss_session s;

	ck_assert_result(load_unowned(&blob), TPM_AUTHFAIL);
	setup_no_owner(m);
	ck_assert_result(load_unowned(&bad), TPM_INVALID_STRUCTURE);
	ck_assert_result(load_unowned(&blob), 0);
	setup_owner(m);
	ck_assert_result(open_row(m, &s, 0), 0);
	ck_assert_result(update_in(&s, "\0\0\0\0", 4), 0);
}
END_TEST

START_TEST(without_an_owner_loads_are_locked_and_counted)
{
	const struct delegate_blob blob =
		plain_blob(TPM_TAG_DELEGATE_SENSITIVE);

	setup_no_owner(m);
	for (unsigned int i = 1; i < TPM_MAX_NV_WRITE_NOOWNER; i++)
		ck_assert_result(load_unowned(&blob), 0);
	ck_assert_result(
		call_manage_unowned(m, family, TPM_FAMILY_ADMIN, "\1", 1), 0);
	ck_assert_result(load_unowned(&blob), TPM_DELEGATE_LOCK);
	setup_owner(m);
	set_family(m, family, TPM_FAMILY_ADMIN, false);
	setup_no_owner(m);
	ck_assert_result(load_unowned(&blob), TPM_MAXNVWRITES);
}
END_TEST

START_TEST(a_delegate_loads_his_own_family)
{
	const struct delegate_blob blob = owner_blob(1);
	const uint32_t other = new_family(m), mine = family;
	struct tss_session s;

	for (unsigned int i = 0; i < 2; i++) {
		struct tss_command c;

		family = i ? mine : other;
		s = delegated(PER_LoadOwnerDelegation);
		tss_begin(&c, ORD_Delegate_LoadOwnerDelegation);
		tss_put_u32(&c, 1);
		tss_put_blob(&c, blob.b, blob.len);
		tss_use(&c, &s, &secret_owner, true);
		ck_assert_result(machine_run(m, &c),
				 i ? 0 : TPM_DELEGATE_FAMILY);
		ck_assert(!is_open(&s));
	}
}
END_TEST

/* ---- 19.5 TPM_Delegate_ReadTable ---- */

START_TEST(empty_tables)
{
	struct tables t;

	ck_assert_result(call_manage(m, family, TPM_FAMILY_INVALIDATE, NULL, 0),
			 0);
	t = read_tables();
	ck_assert_uint_eq(t.n_families, 0);
	ck_assert_uint_eq(t.n_rows, 0);
}
END_TEST

START_TEST(full_tables_fit_into_an_answer)
{
	struct tables t;

	for (uint32_t i = 0; i < 4; i++) {
		const struct delegate_blob blob = owner_blob(i);

		ck_assert_result(call_load_row(m, i, &blob), 0);
	}
	for (uint32_t i = 1; i < 16; i++)
		ck_assert_result(call_manage(m, 0, TPM_FAMILY_CREATE, "x", 1),
				 0);
	t = read_tables();
	ck_assert_uint_eq(t.n_families, 16);
	ck_assert_uint_eq(t.n_rows, 4);
}
END_TEST

/* ---- 19.6 TPM_Delegate_UpdateVerification ---- */

/* A new count, without a session of anything. */
static void increment(void)
{
	const struct delegate_public pub = delegate_owner(family, 0);
	struct delegate_blob blob;

	ck_assert_result(call_create_owner(m, true, &pub, &blob), 0);
}

START_TEST(a_row_lives_again)
{
	const struct delegate_blob blob = owner_blob(1);
	struct tss_session s;
	size_t len;

	ck_assert_result(call_load_row(m, 2, &blob), 0);
	increment();
	ck_assert_result(open_row(m, &s, 2), TPM_FAMILYCOUNT);
	ck_assert_result(update("\0\0\0\2", 4), 0);
	tss_get_blob(&m->answer, &len);
	ck_assert(tss_end(&m->answer));
	ck_assert_uint_eq(len, 0);
	ck_assert_result(open_row(m, &s, 2), 0);
	machine_reboot(m);
	ck_assert_result(open_row(m, &s, 2), 0);
}
END_TEST

START_TEST(a_blob_lives_again)
{
	const struct delegate_blob blob = _i ? key_blob(1) : owner_blob(1);
	struct delegate_blob now;
	const uint8_t *p;

	increment();
	ck_assert_result(verify(&blob), TPM_FAMILYCOUNT);
	ck_assert_result(update(blob.b, blob.len), 0);
	p = tss_get_blob(&m->answer, &now.len);
	ck_assert(tss_end(&m->answer));
	ck_assert_uint_eq(now.len, blob.len);
	memcpy(now.b, p, now.len);
	ck_assert_result(verify(&now), 0);
	ck_assert_result(verify(&blob), TPM_FAMILYCOUNT);
}
END_TEST

START_TEST(what_is_not_updated)
{
	struct delegate_blob blob = owner_blob(1);

	ck_assert_result(update("\0\0\0\0", 4), TPM_BADINDEX);
	ck_assert_result(update("\0\0\0\4", 4), TPM_BADINDEX);
	ck_assert_result(update("", 0), TPM_BAD_PARAM_SIZE);
	ck_assert_result(update("\0\x28", 2), TPM_BAD_PARAMETER);
	blob.b[DIGEST_AT] ^= 1;
	ck_assert_result(update(blob.b, blob.len), TPM_AUTHFAIL);
	blob.b[DIGEST_AT] ^= 1;
	ck_assert_result(update(blob.b, blob.len - 1), TPM_BAD_PARAM_SIZE);
	ck_assert_result(call_manage(m, family, TPM_FAMILY_INVALIDATE, NULL, 0),
			 0);
	ck_assert_result(update(blob.b, blob.len), TPM_BADINDEX);
}
END_TEST

START_TEST(a_delegate_updates_his_own_family)
{
	const struct delegate_blob blob = owner_blob(1);
	struct tss_session s;

	family = new_family(m);
	s = delegated(PER_UpdateVerification);
	ck_assert_result(update_in(&s, blob.b, blob.len), TPM_DELEGATE_FAMILY);
	ck_assert_result(open_row(m, &s, 0), 0);
	ck_assert_result(update_in(&s, "\0\0\0\0", 4), 0);
}
END_TEST

/* ---- 19.7 TPM_Delegate_VerifyDelegation ---- */

START_TEST(what_is_no_delegation)
{
	const struct delegate_blob good = owner_blob(1);
	struct delegate_blob bad = good;

	bad.b[1] ^= 0xff;
	ck_assert_result(verify(&bad), TPM_BAD_PARAMETER);
	bad.len = 1;
	ck_assert_result(verify(&bad), TPM_BAD_PARAM_SIZE);
	bad = good;
	bad.b[DIGEST_AT] ^= 1;
	ck_assert_result(verify(&bad), TPM_AUTHFAIL);
	set_family(m, family, TPM_FAMILY_ENABLE, false);
	ck_assert_result(verify(&good), TPM_DISABLED_CMD);
	ck_assert_result(call_manage(m, family, TPM_FAMILY_INVALIDATE, NULL, 0),
			 0);
	ck_assert_result(verify(&good), TPM_BADINDEX);
}
END_TEST

/* ---- */

static TCase *owned(Suite *s, const char *name)
{
	TCase *t = section(s, name);

	tcase_add_checked_fixture(t, set_up, NULL);
	return t;
}

static void add_manage(Suite *s)
{
	TCase *t = owned(s, "19.1 TPM_Delegate_Manage");

	tcase_add_test(t, a_family_begins_disabled_and_is_counted);
	tcase_add_test(t, families_survive_power);
	tcase_add_test(t, labels_of_one_byte);
	tcase_add_test(t, no_more_families_than_there_are_rows);
	tcase_add_loop_test(t, a_flag_is_set_and_reset, 0, 2);
	tcase_add_test(t, families_that_there_are_not);
	tcase_add_test(t, operations_that_are_none);
	tcase_add_test(t, an_owner_must_prove_himself);
	tcase_add_test(t, nobody_proves_an_owner_that_there_is_not);
	tcase_add_test(t, without_an_owner_a_lock_holds);
	tcase_add_test(t, without_an_owner_writes_are_counted);
	tcase_add_loop_test(t, changed_tables_end_what_they_opened, 0, 3);
	tcase_add_test(t, a_delegate_manages_his_own_family);
	tcase_add_test(t, the_owner_pointers_delegate_as_well);
	tcase_add_test(t, permission_for_each_command_apart);
}

static void add_blobs(Suite *s)
{
	TCase *t = owned(s, "19.2 TPM_Delegate_CreateKeyDelegation, 19.3");

	tcase_add_loop_test(t, a_blob_says_what_was_delegated, 0, 2);
	tcase_add_loop_test(t, a_blob_hides_its_secret, 0, 2);
	tcase_add_loop_test(t, the_session_is_over, 0, 2);
	tcase_add_loop_test(t, an_open_session_encrypts_nothing, 0, 2);
	tcase_add_loop_test(t, delegations_that_there_cannot_be, 0, 2);
	tcase_add_loop_test(t, nobody_hands_on_more_than_he_has, 0, 2);
	tcase_add_loop_test(t, a_delegate_makes_blobs_of_his_own_family, 0, 2);
	tcase_add_test(t, an_increment_makes_the_others_void);
}

static void add_rows(Suite *s)
{
	TCase *t = owned(s, "19.4 TPM_Delegate_LoadOwnerDelegation");

	tcase_add_test(t, a_row_holds_what_was_loaded);
	tcase_add_test(t, rows_that_there_are_not);
	tcase_add_test(t, blobs_of_keys_are_not_loaded);
	tcase_add_test(t, a_blob_that_was_changed_is_not_loaded);
	tcase_add_test(t, families_that_take_no_delegation);
	tcase_add_test(t, without_an_owner_as_it_is);
	tcase_add_test(t, without_an_owner_loads_are_locked_and_counted);
	tcase_add_test(t, a_delegate_loads_his_own_family);
	t = owned(s, "19.5 TPM_Delegate_ReadTable");
	tcase_add_test(t, empty_tables);
	tcase_add_test(t, full_tables_fit_into_an_answer);
}

int main(void)
{
	Suite *s = suite_create("delegation");
	TCase *t;

	add_manage(s);
	add_blobs(s);
	add_rows(s);
	t = owned(s, "19.6 TPM_Delegate_UpdateVerification");
	tcase_add_test(t, a_row_lives_again);
	tcase_add_loop_test(t, a_blob_lives_again, 0, 2);
	tcase_add_test(t, what_is_not_updated);
	tcase_add_test(t, a_delegate_updates_his_own_family);
	t = owned(s, "19.7 TPM_Delegate_VerifyDelegation");
	tcase_add_test(t, what_is_no_delegation);
	return suite_run(s);
}
