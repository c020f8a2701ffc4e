/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 19: Delegation Commands; 19.4 to 19.7. */
#include "check_delegation.h"

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
	Suite *s = suite_create("delegation rows");
	TCase *t;

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
