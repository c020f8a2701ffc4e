/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 22: Eviction. */
#include "chapter.h"

#include "keycalls.h"

/* ---- 22.1 TPM_FlushSpecific ---- */

START_TEST(a_session_is_gone)
{
	struct tss_session a, b;
	const uint32_t free_ones = property(m, TPM_CAP_PROP_AUTHSESS);

	ck_assert_result(tss_oiap(&m->tss, &a), 0);
	ck_assert_result(tss_oiap(&m->tss, &b), 0);
	ck_assert_result(call_flush(m, a.handle, TPM_RT_AUTH), 0);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_AUTHSESS), free_ones - 1);
	ck_assert_result(call_flush(m, a.handle, TPM_RT_AUTH),
			 TPM_BAD_PARAMETER);
	ck_assert_result(call_flush(m, b.handle, TPM_RT_AUTH), 0);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_AUTHSESS), free_ones);
}
END_TEST

/* "points to a valid allocated resource.  Return TPM_BAD_PARAMETER on error" */
START_TEST(what_is_not_there)
{
	static const uint32_t types[] = { TPM_RT_AUTH, TPM_RT_KEY, TPM_RT_TRANS,
					  TPM_RT_CONTEXT, TPM_RT_DAA_TPM };
	static const uint32_t handles[] = { 0, 1, 0x02000000, 0x40000000,
					    0xffffffff };

	for (size_t i = 0; i < sizeof(handles) / sizeof(*handles); i++)
		ck_assert_result(call_flush(m, handles[i], types[_i]),
				 TPM_BAD_PARAMETER);
}
END_TEST

START_TEST(a_session_is_no_other_type_of_thing)
{
	static const uint32_t types[] = { TPM_RT_KEY, TPM_RT_TRANS,
					  TPM_RT_CONTEXT, TPM_RT_DAA_TPM };
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		ck_assert_result(call_flush(m, s.handle, types[i]),
				 TPM_BAD_PARAMETER);
	ck_assert_result(call_flush(m, s.handle, TPM_RT_AUTH), 0);
}
END_TEST

START_TEST(types_that_are_not_flushed)
{
	static const uint32_t types[] = { 0,
					  TPM_RT_HASH,
					  TPM_RT_COUNTER,
					  TPM_RT_DELEGATE,
					  TPM_RT_DAA_V0,
					  TPM_RT_DAA_V1,
					  11,
					  0x100,
					  0x02000000,
					  0xffffffff };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		ck_assert_result(call_flush(m, 1, types[i]),
				 TPM_INVALID_RESOURCE);
}
END_TEST

START_TEST(a_disabled_or_deactivated_tpm_flushes)
{
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	if (_i)
		setup_disabled(m);
	else
		setup_deactivated(m);
	ck_assert_result(call_flush(m, s.handle, TPM_RT_AUTH), 0);
}
END_TEST

START_TEST(a_key_is_gone)
{
	const uint32_t n = property(m, TPM_CAP_PROP_KEYS);
	struct key_blob pub;
	uint32_t key;

	setup_owner(m);
	key = make_key(m, &kind_signing);
	ck_assert_result(call_flush(m, key, TPM_RT_AUTH), TPM_BAD_PARAMETER);
	ck_assert_result(call_flush(m, key, TPM_RT_KEY), 0);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_KEYS), n);
	ck_assert_result(call_flush(m, key, TPM_RT_KEY), TPM_BAD_PARAMETER);
	ck_assert_result(call_get_pub_key(m, key, &secret_key, &pub),
			 TPM_INVALID_KEYHANDLE);
}
END_TEST

START_TEST(the_srk_is_not_flushed)
{
	setup_owner(m);
	ck_assert_result(call_flush(m, TPM_KH_SRK, TPM_RT_KEY),
			 TPM_BAD_PARAMETER);
	(void)make_key(m, &kind_signing);
}
END_TEST

/* "all internal resources allocated to" it; those of others stay. */
START_TEST(sessions_of_a_key_go_with_it)
{
	const uint32_t n = property(m, TPM_CAP_PROP_AUTHSESS);
	struct tss_session s[3];
	uint32_t key, other;

	key = setup_owner_and_key(m, &kind_signing);
	other = make_key(m, &kind_signing);
	ck_assert_result(tss_osap(&m->tss, &s[0], TSS_ADIP_XOR,
				  TPM_ET_KEYHANDLE, key, &secret_key),
			 0);
	ck_assert_result(tss_osap(&m->tss, &s[1], TSS_ADIP_XOR,
				  TPM_ET_KEYHANDLE, other, &secret_key),
			 0);
	ck_assert_result(tss_oiap(&m->tss, &s[2]), 0);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_AUTHSESS), n - 3);
	ck_assert_result(call_flush(m, key, TPM_RT_KEY), 0);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_AUTHSESS), n - 2);
	ck_assert_result(call_flush(m, s[0].handle, TPM_RT_AUTH),
			 TPM_BAD_PARAMETER);
	ck_assert_result(call_flush(m, s[1].handle, TPM_RT_AUTH), 0);
	ck_assert_result(call_flush(m, s[2].handle, TPM_RT_AUTH), 0);
}
END_TEST

/* ---- */

int main(void)
{
	Suite *s = suite_create("eviction");
	TCase *t = section(s, "22.1 TPM_FlushSpecific");

	tcase_add_test(t, a_session_is_gone);
	tcase_add_loop_test(t, what_is_not_there, 0, 5);
	tcase_add_test(t, a_session_is_no_other_type_of_thing);
	tcase_add_test(t, types_that_are_not_flushed);
	tcase_add_test(t, a_key_is_gone);
	tcase_add_test(t, the_srk_is_not_flushed);
	tcase_add_test(t, sessions_of_a_key_go_with_it);
	tcase_add_loop_test(t, a_disabled_or_deactivated_tpm_flushes, 0, 2);
	return suite_run(s);
}
