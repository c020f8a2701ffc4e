/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 18: Authorization Sessions. */
#include "chapter.h"

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
	return suite_run(s);
}
