/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 27: Deprecated Commands. */
#include "chapter.h"

#include "keycalls.h"
#include "nv_calls.h"

static uint32_t terminate(uint32_t handle)
{
	struct tss_command c;

	tss_begin(&c, ORD_Terminate_Handle);
	tss_put_handle(&c, handle);
	return machine_run(m, &c);
}

/* ---- 27.1.2 TPM_Terminate_Handle ---- */

START_TEST(a_session_is_gone)
{
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(terminate(s.handle), 0);
	ck_assert_result(terminate(s.handle), TPM_INVALID_AUTHHANDLE);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_AUTHSESS),
			  property(m, TPM_CAP_PROP_MAX_AUTHSESS));
}
END_TEST

START_TEST(a_session_that_never_was)
{
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(terminate(0), TPM_INVALID_AUTHHANDLE);
	ck_assert_result(terminate(s.handle + 1), TPM_INVALID_AUTHHANDLE);
	ck_assert_result(terminate(0xffffffff), TPM_INVALID_AUTHHANDLE);
	ck_assert_result(terminate(s.handle), 0);
}
END_TEST

/* ---- 27.3.1 TPM_DirWriteAuth, 27.3.2 TPM_DirRead ---- */

static uint32_t dir_write(uint32_t index, const struct tss_digest *value,
			  const struct tss_digest *auth)
{
	struct tss_command c;
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	tss_begin(&c, ORD_DirWriteAuth);
	tss_put_u32(&c, index);
	tss_put_bytes(&c, value->b, sizeof(value->b));
	tss_use(&c, &s, auth, false);
	return machine_run(m, &c);
}

static struct tss_digest dir_read(void)
{
	struct tss_digest d;

	ck_assert_result(call_u32(m, ORD_DirRead, 0), 0);
	tss_get_digest(&m->answer, &d);
	ck_assert(tss_end(&m->answer));
	return d;
}

START_TEST(the_owner_writes_and_anybody_reads)
{
	ck_assert_digest(dir_read(), zeros);
	setup_owner(m);
	ck_assert_result(dir_write(0, &ones, &secret_owner), 0);
	ck_assert_digest(dir_read(), ones);
	machine_reboot(m);
	ck_assert_digest(dir_read(), ones);
}
END_TEST

START_TEST(there_is_one_register)
{
	static const uint32_t none[] = { 1, 2, 0x10000001, 0xffffffff };

	setup_owner(m);
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		ck_assert_result(dir_write(none[i], &ones, &secret_owner),
				 TPM_BADINDEX);
		ck_assert_result(call_u32(m, ORD_DirRead, none[i]),
				 TPM_BADINDEX);
	}
	ck_assert_digest(dir_read(), zeros);
}
END_TEST

START_TEST(nobody_else_writes)
{
	/* Without an owner his secret would be twenty zeros. */
	ck_assert_result(dir_write(0, &ones, &zeros), TPM_AUTHFAIL);
	setup_owner(m);
	ck_assert_result(dir_write(0, &ones, &secret_wrong), TPM_AUTHFAIL);
	ck_assert_digest(dir_read(), zeros);
}
END_TEST

START_TEST(it_is_the_one_that_storage_has)
{
	setup_owner(m);
	ck_assert_result(dir_write(0, &ones, &secret_owner), 0);
	ck_assert_result(nv_read(m, NV_ANYBODY, TPM_NV_INDEX_DIR, 0, 20), 0);
	ck_assert_mem_eq(m->answer.p + 4, ones.b, 20);
	ck_assert_result(nv_write(m, NV_OWNER, TPM_NV_INDEX_DIR, 0, zeros.b,
				  20),
			 0);
	ck_assert_digest(dir_read(), zeros);
}
END_TEST

/* ---- 27.1.1 TPM_EvictKey ---- */

START_TEST(a_key_is_gone)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	const uint32_t other = make_key(m, &kind_signing);
	struct key_blob pub;

	ck_assert_result(call_evict_key(m, key), 0);
	ck_assert_result(call_evict_key(m, key), TPM_INVALID_KEYHANDLE);
	ck_assert_result(call_get_pub_key(m, key, &secret_key, &pub),
			 TPM_INVALID_KEYHANDLE);
	ck_assert_result(call_get_pub_key(m, other, &secret_key, &pub), 0);
}
END_TEST

START_TEST(keys_that_are_not_evicted)
{
	static const uint32_t handles[] = { 0, 0x01000066, TPM_KH_SRK,
					    TPM_KH_EK };

	setup_owner(m);
	for (size_t i = 0; i < sizeof(handles) / sizeof(*handles); i++)
		ck_assert_result(call_evict_key(m, handles[i]),
				 TPM_INVALID_KEYHANDLE);
	/* The SRK is still there. */
	(void)make_key(m, &kind_signing);
}
END_TEST

/* ---- */

int main(void)
{
	Suite *s = suite_create("deprecated");
	TCase *t = section(s, "27.1.2 TPM_Terminate_Handle");

	tcase_add_test(t, a_session_is_gone);
	tcase_add_test(t, a_session_that_never_was);
	t = section(s, "27.3.1 TPM_DirWriteAuth, 27.3.2 TPM_DirRead");
	tcase_add_test(t, the_owner_writes_and_anybody_reads);
	tcase_add_test(t, there_is_one_register);
	tcase_add_test(t, nobody_else_writes);
	tcase_add_test(t, it_is_the_one_that_storage_has);
	t = section(s, "27.1.1 TPM_EvictKey");
	tcase_add_test(t, a_key_is_gone);
	tcase_add_test(t, keys_that_are_not_evicted);
	return suite_run(s);
}
