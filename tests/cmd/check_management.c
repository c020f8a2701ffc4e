/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 21: Session Management: keys that the owner keeps. */
#include "chapter.h"

#include "keycalls.h"

static uint32_t control(uint32_t key, const struct key_blob *pub, uint32_t bit,
			bool value)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_KeyControlOwner);
	tss_put_handle(&c, key);
	tss_put_bytes(&c, pub->b, pub->len);
	tss_put_u32(&c, bit);
	tss_put_u8(&c, value);
	use_oiap(m, &c, &s, &secret_owner);
	return machine_run(m, &c);
}

static uint32_t keep(uint32_t key, bool value)
{
	struct key_blob pub;

	ck_assert_result(call_get_pub_key(m, key, &secret_key, &pub), 0);
	return control(key, &pub, TPM_KEY_CONTROL_OWNER_EVICT, value);
}

static uint32_t use_it(uint32_t key)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_Sign);
	tss_put_handle(&c, key);
	tss_put_blob(&c, ones.b, sizeof(ones.b));
	use_oiap(m, &c, &s, &secret_key);
	return machine_run(m, &c);
}

static bool is_kept(uint32_t key)
{
	const uint8_t sub[] = { (uint8_t)(key >> 24), (uint8_t)(key >> 16),
				(uint8_t)(key >> 8), (uint8_t)key };
	const uint8_t *p;
	size_t len;

	ck_assert_result(
		call_get_capability(m, TPM_CAP_KEY_STATUS, sub, sizeof(sub)),
		0);
	p = tss_get_blob(&m->answer, &len);
	ck_assert_uint_eq(len, 1);
	return *p;
}

/* ---- 21.1 TPM_KeyControlOwner ---- */

START_TEST(a_kept_key_outlives_the_power)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	const uint32_t other = make_key(m, &kind_signing);
	uint32_t third;

	ck_assert(!is_kept(key));
	ck_assert_result(keep(key, true), 0);
	ck_assert(is_stored(m));
	ck_assert(is_kept(key));
	machine_reboot(m);
	ck_assert(is_kept(key));
	ck_assert_result(use_it(key), 0);
	ck_assert_result(use_it(other), TPM_INVALID_KEYHANDLE);
	/* Nobody else gets its handle. */
	third = make_key(m, &kind_signing);
	ck_assert_uint_ne(third, key);
	ck_assert_result(use_it(third), 0);
}
END_TEST

START_TEST(only_the_owner_lets_it_go)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);

	ck_assert_result(keep(key, true), 0);
	ck_assert_result(call_flush(m, key, TPM_RT_KEY), TPM_KEY_OWNER_CONTROL);
	ck_assert_result(call_evict_key(m, key), TPM_KEY_OWNER_CONTROL);
	ck_assert_result(keep(key, false), 0);
	ck_assert(is_stored(m));
	ck_assert(!is_kept(key));
	ck_assert_result(use_it(key), 0);
	ck_assert_result(call_flush(m, key, TPM_RT_KEY), 0);
	ck_assert_result(use_it(key), TPM_INVALID_KEYHANDLE);
}
END_TEST

START_TEST(a_key_that_is_let_go_goes_with_the_power)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);

	ck_assert_result(keep(key, true), 0);
	ck_assert_result(keep(key, false), 0);
	machine_reboot(m);
	ck_assert_result(use_it(key), TPM_INVALID_KEYHANDLE);
}
END_TEST

START_TEST(what_is_so_already_is_not_stored_again)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	unsigned int stores = m->stores;

	ck_assert_result(keep(key, false), 0);
	ck_assert_uint_eq(m->stores, stores);
	ck_assert_result(keep(key, true), 0);
	stores = m->stores;
	ck_assert_result(keep(key, true), 0);
	ck_assert_uint_eq(m->stores, stores);
}
END_TEST

START_TEST(a_store_that_fails_keeps_nothing)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);

	m->fail_store = 1;
	ck_assert_result(keep(key, true), TPM_FAIL);
	ck_assert(!is_kept(key));
	/* What libcrypto had made of it was thrown away, and is made again. */
	ck_assert_result(use_it(key), 0);
}
END_TEST

START_TEST(two_slots_are_everybody_s)
{
	const uint32_t max = property(m, TPM_CAP_PROP_MAX_KEYS);
	struct key_blob blob, pub;
	uint32_t key = 0, last;

	setup_owner(m);
	ck_assert_result(call_create_wrap_key(m, TPM_KH_SRK, &secret_srk,
					      &kind_signing, &blob),
			 0);
	for (uint32_t i = 0; i < max - 2; i++) {
		ck_assert_result(
			call_load_key2(m, TPM_KH_SRK, &secret_srk, &blob, &key),
			0);
		ck_assert_result(call_get_pub_key(m, key, &secret_key, &pub),
				 0);
		ck_assert_result(
			control(key, &pub, TPM_KEY_CONTROL_OWNER_EVICT, true),
			0);
	}
	ck_assert_result(
		call_load_key2(m, TPM_KH_SRK, &secret_srk, &blob, &last), 0);
	ck_assert_result(keep(last, true), TPM_NOSPACE);
	ck_assert_result(keep(key, true), 0);
	machine_reboot(m);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_KEYS), 2);
	ck_assert_result(keep(key, false), 0);
	ck_assert_result(call_evict_key(m, key), 0);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_KEYS), 3);
}
END_TEST

START_TEST(keys_that_depend_on_this_start)
{
	struct key_kind kind = kind_storage;
	struct tss_digest release;
	struct key_blob blob;
	struct pcr_blob info;
	uint32_t parent, key;

	setup_owner(m);
	kind.flags = TPM_ISVOLATILE;
	ck_assert_result(keep(make_key(m, &kind), true), TPM_BAD_PARAMETER);
	kind.flags = 0;
	release = composite(m, 1);
	pcr_info(&info, 1, &release);
	kind.pcr_info = (struct client_bytes){ info.b, info.len };
	parent = make_key(m, &kind);
	ck_assert_result(call_create_wrap_key(m, parent, &secret_key,
					      &kind_signing, &blob),
			 0);
	ck_assert_result(call_load_key2(m, parent, &secret_key, &blob, &key),
			 0);
	ck_assert_result(keep(key, true), TPM_BAD_PARAMETER);
	/* The parent itself asks its registers each time. */
	ck_assert_result(keep(parent, true), 0);
}
END_TEST

START_TEST(another_key_s_public_half)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	const uint32_t other = make_key(m, &kind_signing);
	struct key_blob pub;

	ck_assert_result(call_get_pub_key(m, other, &secret_key, &pub), 0);
	ck_assert_result(control(key, &pub, TPM_KEY_CONTROL_OWNER_EVICT, true),
			 TPM_BAD_PARAMETER);
	ck_assert(!is_kept(key));
}
END_TEST

START_TEST(bits_that_there_are_not)
{
	static const uint32_t bits[] = { 0, 2, 3, 0x80000001 };
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	struct key_blob pub;

	ck_assert_result(call_get_pub_key(m, key, &secret_key, &pub), 0);
	for (size_t i = 0; i < sizeof(bits) / sizeof(*bits); i++)
		ck_assert_result(control(key, &pub, bits[i], true),
				 TPM_BAD_MODE);
}
END_TEST

START_TEST(handles_of_no_key)
{
	static const uint32_t handles[] = { 0, 0x01000077, TPM_KH_SRK,
					    TPM_KH_EK, TPM_KH_OWNER };
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	struct key_blob pub;

	ck_assert_result(call_get_pub_key(m, key, &secret_key, &pub), 0);
	for (size_t i = 0; i < sizeof(handles) / sizeof(*handles); i++)
		ck_assert_result(control(handles[i], &pub,
					 TPM_KEY_CONTROL_OWNER_EVICT, true),
				 TPM_INVALID_KEYHANDLE);
}
END_TEST

START_TEST(kinds_that_are_not_kept)
{
	struct key_kind kind = kind_storage;

	kind.usage = TPM_KEY_MIGRATE;
	ck_assert_result(keep(setup_owner_and_key(m, &kind), true),
			 TPM_INVALID_KEYUSAGE);
}
END_TEST

/* ---- */

int main(void)
{
	Suite *s = suite_create("management");
	TCase *t = section(s, "21.1 TPM_KeyControlOwner");

	tcase_add_test(t, a_kept_key_outlives_the_power);
	tcase_add_test(t, only_the_owner_lets_it_go);
	tcase_add_test(t, a_key_that_is_let_go_goes_with_the_power);
	tcase_add_test(t, what_is_so_already_is_not_stored_again);
	tcase_add_test(t, a_store_that_fails_keeps_nothing);
	tcase_add_test(t, two_slots_are_everybody_s);
	tcase_add_test(t, keys_that_depend_on_this_start);
	tcase_add_test(t, another_key_s_public_half);
	tcase_add_test(t, bits_that_there_are_not);
	tcase_add_test(t, handles_of_no_key);
	tcase_add_test(t, kinds_that_are_not_kept);
	return suite_run(s);
}
