/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 27: Deprecated Commands. */
#include "chapter.h"

#include "keycalls.h"

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
	t = section(s, "27.1.1 TPM_EvictKey");
	tcase_add_test(t, a_key_is_gone);
	tcase_add_test(t, keys_that_are_not_evicted);
	return suite_run(s);
}
