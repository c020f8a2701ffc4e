/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 19: Delegation Commands; 19.1 to 19.3. */
#include "check_delegation.h"

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

/* 19.1, 19.3 and 19.4: what changes the tables ends what they opened. */
static void expect_sessions_end(uint32_t (*change)(struct tss_session *s))
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
	change_in(change);
	ck_assert(!is_open(&row));
	ck_assert(!is_open(&key));
	ck_assert(!is_open(&osap));
	ck_assert(is_open(&oiap));
	/* The owner is the owner again. */
	ck_assert_result(call_manage(m, 0, TPM_FAMILY_CREATE, "x", 1), 0);
}

static uint32_t run_manage(struct tss_session *s)
{
	return manage_in(s, family, TPM_FAMILY_ENABLE, "\1", 1);
}

static uint32_t run_increment(struct tss_session *s)
{
	const struct delegate_public pub = delegate_owner(family, 1);
	struct delegate_blob blob;

	return create_owner_in(m, s, true, &pub, &blob);
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

START_TEST(changed_tables_end_what_they_opened)
{
	static uint32_t (*const changes[])(struct tss_session * s) = {
		run_manage, run_increment, run_load
	};

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
	ck_assert_uint_eq((unsigned int)blob.b[0] << 8 | blob.b[1],
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

/* ---- */

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

int main(void)
{
	Suite *s = suite_create("delegation");

	add_manage(s);
	add_blobs(s);
	return suite_run(s);
}
