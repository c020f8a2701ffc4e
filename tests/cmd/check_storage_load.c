/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 10: Storage Functions: loaded keys. */
#include "chapter.h"

#include "keycalls.h"
#include "rsa.h"
#include "key_kinds.h"

static uint32_t create(const struct key_kind *kind, struct key_blob *out)
{
	return call_create_wrap_key(m, TPM_KH_SRK, &secret_srk, kind, out);
}

static uint32_t load(const struct key_blob *key, uint32_t *handle)
{
	return call_load_key2(m, TPM_KH_SRK, &secret_srk, key, handle);
}

static uint32_t load_forgery(const struct forgery *f)
{
	struct key_blob key;
	uint32_t handle, result;

	forge_key(f, &key);
	result = load(&key, &handle);
	if (!result)
		ck_assert_result(call_evict_key(m, handle), 0);
	return result;
}

/* The newest of the keys that the TPM made. */
static struct client_rsa *last_key(void)
{
	return client_rsa_new(2048, m->primes_taken - 1);
}

/* ---- 10.5 TPM_LoadKey2, 27.8 TPM_LoadKey ---- */

static uint32_t keys_free(void)
{
	return property(m, TPM_CAP_PROP_KEYS);
}

START_TEST(a_loaded_key_has_a_slot)
{
	struct key_blob key;
	uint32_t a, b, n;

	setup_owner(m);
	n = keys_free();
	ck_assert_uint_eq(n, property(m, TPM_CAP_PROP_MAX_KEYS));
	ck_assert_result(create(&kind_signing, &key), 0);
	ck_assert_uint_eq(keys_free(), n);
	ck_assert_result(load(&key, &a), 0);
	ck_assert_result(load(&key, &b), 0);
	ck_assert_uint_ne(a, b);
	ck_assert_uint_eq(keys_free(), n - 2);
	ck_assert_result(call_evict_key(m, a), 0);
	ck_assert_result(call_flush(m, b, TPM_RT_KEY), 0);
	ck_assert_uint_eq(keys_free(), n);
}
END_TEST

START_TEST(no_more_keys_than_slots)
{
	const unsigned int stores = m->stores;
	struct key_blob key;
	uint32_t first, handle;

	setup_owner(m);
	ck_assert_result(create(&kind_signing, &key), 0);
	ck_assert_result(load(&key, &first), 0);
	while (keys_free())
		ck_assert_result(load(&key, &handle), 0);
	ck_assert_result(load(&key, &handle), TPM_NOSPACE);
	ck_assert_result(call_evict_key(m, first), 0);
	ck_assert_result(load(&key, &handle), 0);
	ck_assert_uint_ne(handle, first);
	/* None of it is for ever: the owner is, and that there were audits. */
	ck_assert_uint_eq(m->stores, stores + 2);
}
END_TEST

/* The answer's HMAC covers the handle there, and here it does not. */
START_TEST(the_older_command_loads_as_well)
{
	struct key_blob key, pub;
	struct tss_session s;
	struct tss_command c;
	uint32_t handle;

	setup_owner(m);
	ck_assert_result(create(&kind_signing, &key), 0);
	tss_begin(&c, ORD_LoadKey);
	tss_put_handle(&c, TPM_KH_SRK);
	tss_put_bytes(&c, key.b, key.len);
	use_oiap(m, &c, &s, &secret_srk);
	ck_assert_result(machine_run(m, &c), 0);
	handle = tss_get_u32(&m->answer);
	ck_assert(tss_end(&m->answer));
	ck_assert_result(call_get_pub_key(m, handle, &secret_key, &pub), 0);
}
END_TEST

START_TEST(a_parent_without_a_secret)
{
	struct key_kind kind = kind_storage;
	struct key_blob key;
	uint32_t parent, handle;

	kind.auth = TPM_AUTH_NEVER;
	parent = setup_owner_and_key(m, &kind);
	ck_assert_result(call_create_wrap_key(m, parent, &secret_key,
					      &kind_signing, &key),
			 0);
	ck_assert_result(call_load_key2(m, parent, NULL, &key, &handle), 0);
	ck_assert_result(
		call_load_key2(m, parent, &secret_wrong, &key, &handle),
		TPM_AUTHFAIL);
	ck_assert_result(call_load_key2(m, TPM_KH_SRK, NULL, &key, &handle),
			 TPM_AUTHFAIL);
}
END_TEST

START_TEST(another_parent_cannot_open_it)
{
	const uint32_t parent = setup_owner_and_key(m, &kind_storage);
	struct key_blob key;
	uint32_t handle;

	ck_assert_result(create(&kind_signing, &key), 0);
	ck_assert_result(call_load_key2(m, parent, &secret_key, &key, &handle),
			 TPM_DECRYPT_ERROR);
}
END_TEST

START_TEST(a_changed_public_half)
{
	/* a flag, authDataUsage, the modulus' first and last byte */
	static const size_t changes[] = { 9, 10, 43, 298 };
	struct key_blob key;
	uint32_t handle;

	setup_owner(m);
	ck_assert_result(create(&kind_signing, &key), 0);
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		key.b[changes[i]] ^= 2;
		ck_assert_result(load(&key, &handle), TPM_AUTHFAIL);
		key.b[changes[i]] ^= 2;
	}
	ck_assert_result(load(&key, &handle), 0);
}
END_TEST

START_TEST(a_forgery_that_is_perfect)
{
	struct forgery f;

	setup_owner(m);
	f = forgery_good(m, &kind_signing);
	ck_assert_result(load_forgery(&f), 0);
	f.kind = &kind_storage;
	ck_assert_result(load_forgery(&f), 0);
}
END_TEST

START_TEST(a_key_of_another_tpm)
{
	struct key_kind kind = kind_signing;
	struct forgery f;

	setup_owner(m);
	f = forgery_good(m, &kind);
	f.migration = secret_migration;
	ck_assert_result(load_forgery(&f), TPM_INVALID_KEYUSAGE);
	kind.flags = TPM_MIGRATABLE;
	ck_assert_result(load_forgery(&f), 0);
}
END_TEST

START_TEST(halves_that_do_not_belong_together)
{
	struct key_kind kind = kind_signing;
	struct forgery f;

	kind.flags = _i ? TPM_MIGRATABLE : 0;
	setup_owner(m);
	f = forgery_good(m, &kind);
	f.nth_priv = f.nth + 1;
	ck_assert_result(load_forgery(&f), TPM_BAD_PARAMETER);
	f.nth_priv = f.nth;
	f.prime_len = 127;
	ck_assert_result(load_forgery(&f), TPM_BAD_PARAMETER);
	f.prime_len = 0;
	ck_assert_result(load_forgery(&f), TPM_BAD_PARAMETER);
	f.prime_len = 128;
	f.wrong_digest = true;
	ck_assert_result(load_forgery(&f), TPM_AUTHFAIL);
}
END_TEST

START_TEST(secrets_that_are_none)
{
	struct forgery f;

	setup_owner(m);
	f = forgery_good(m, &kind_signing);
	for (unsigned int payload = 0; payload < 256; payload += 1) {
		f.payload = (uint8_t)payload;
		ck_assert_result(
			load_forgery(&f),
			payload == TPM_PT_ASYM ||
					payload == TPM_PT_MIGRATE_RESTRICTED ||
					payload == TPM_PT_MIGRATE_EXTERNAL
				? 0
				: TPM_INVALID_STRUCTURE);
		if (payload == 9)
			payload = 254;
	}
	f.payload = TPM_PT_ASYM;
	f.n_more = 1;
	ck_assert_result(load_forgery(&f), TPM_BAD_PARAM_SIZE);
	f.n_more = 0;
	f.n_less = 1;
	ck_assert_result(load_forgery(&f), TPM_BAD_PARAM_SIZE);
}
END_TEST

START_TEST(kinds_that_are_not_loaded)
{
	struct key_kind kind = kind_signing;
	struct forgery f;

	setup_owner(m);
	f = forgery_good(m, &kind);
	kind.usage = key_kinds_bad[_i].usage;
	kind.enc = key_kinds_bad[_i].enc;
	kind.sig = key_kinds_bad[_i].sig;
	kind.flags = key_kinds_bad[_i].flags;
	if (key_kinds_bad[_i].bits != 2048 ||
	    key_kinds_bad[_i].result == TPM_INVALID_KEYUSAGE)
		return;
	ck_assert_result(load_forgery(&f), key_kinds_bad[_i].result);
}
END_TEST

/* Which another command makes, and this one loads. */
START_TEST(identities_cannot_migrate)
{
	struct key_kind kind = kind_signing;
	struct forgery f;

	setup_owner(m);
	kind.usage = TPM_KEY_IDENTITY;
	f = forgery_good(m, &kind);
	ck_assert_result(load_forgery(&f), 0);
	kind.flags = TPM_MIGRATABLE;
	ck_assert_result(load_forgery(&f), TPM_INVALID_KEYUSAGE);
}
END_TEST

START_TEST(a_key_for_a_change_of_secrets_is_not_loaded)
{
	struct key_kind kind = kind_bind;
	struct forgery f;

	setup_owner(m);
	kind.usage = TPM_KEY_AUTHCHANGE;
	f = forgery_good(m, &kind);
	ck_assert_result(load_forgery(&f), TPM_INVALID_KEYUSAGE);
}
END_TEST

/* As TPM_CMK_CreateKey makes them. */
START_TEST(certified_migratable_keys_are_loaded)
{
	struct key_kind kind = kind_signing;
	struct forgery f;

	setup_owner(m);
	kind.flags = TPM_MIGRATABLE | TPM_MIGRATEAUTHORITY;
	f = forgery_good(m, &kind);
	f.migration = secret_migration;
	f.payload = TPM_PT_MIGRATE_RESTRICTED;
	ck_assert_result(load_forgery(&f), 0);
	f.payload = TPM_PT_MIGRATE_EXTERNAL;
	ck_assert_result(load_forgery(&f), 0);
}
END_TEST

START_TEST(sizes_that_are_not_the_key_s)
{
	struct key_kind kind = kind_signing;
	struct key_blob key;
	struct forgery f;
	uint32_t handle;

	setup_owner(m);
	kind.bits = 1024;
	f = forgery_good(m, &kind);
	forge_key(&f, &key);
	ck_assert_result(load(&key, &handle), 0);
	key.b[26] = 8; /* keyLength */
	ck_assert_result(load(&key, &handle), TPM_BAD_KEY_PROPERTY);
}
END_TEST

START_TEST(versions_of_keys_that_there_are_not)
{
	struct forgery f;
	struct key_blob key;
	uint32_t handle;

	setup_owner(m);
	f = forgery_good(m, &kind_signing);
	forge_key(&f, &key);
	key.b[1] = 2;
	ck_assert_result(load(&key, &handle), TPM_BAD_VERSION);
	key.b[0] = 0;
	key.b[1] = TPM_TAG_KEY12;
	key.b[3] = 1;
	ck_assert_result(load(&key, &handle), TPM_BAD_KEY_PROPERTY);
}
END_TEST

/* ---- Part 1, "Validate Key for use" ---- */

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

START_TEST(registers_of_a_key)
{
	struct key_kind kind = kind_signing;
	struct tss_digest release;
	struct pcr_blob info;
	uint32_t key;

	setup_owner(m);
	release = composite(m, 0x401);
	kind.is12 = _i;
	if (_i)
		pcr_info_long(&info, 0x1f, 0, 0x401, &release);
	else
		pcr_info(&info, 0x401, &release);
	kind.pcr_info = (struct client_bytes){ info.b, info.len };
	key = make_key(m, &kind);
	ck_assert_result(use_it(key), 0);
	ck_assert_result(call_extend(m, 10, &ones, NULL), 0);
	ck_assert_result(use_it(key), TPM_WRONGPCRVAL);
}
END_TEST

START_TEST(localities_of_a_key)
{
	struct key_kind kind = kind_signing;
	struct pcr_blob info;
	uint32_t key;

	kind.is12 = true;
	pcr_info_long(&info, 1u << 1 | 1u << 3, 0, 0, &ones);
	kind.pcr_info = (struct client_bytes){ info.b, info.len };
	key = setup_owner_and_key(m, &kind);
	for (m->locality = 0; m->locality < 5; m->locality++)
		ck_assert_result(use_it(key),
				 m->locality == 1 || m->locality == 3
					 ? 0
					 : TPM_BAD_LOCALITY);
}
END_TEST

/* ---- 10.6 TPM_GetPubKey ---- */

START_TEST(a_public_key)
{
	static const uint8_t head[] = { 0, 0,  0, 1, 0, 1, 0, 2, 0, 0,
					0, 12, 0, 0, 8, 0, 0, 0, 0, 2,
					0, 0,  0, 0, 0, 0, 1, 0 };
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	struct client_rsa *rsa = last_key();
	struct key_blob pub;
	uint8_t n[RSA_MAX];

	ck_assert_result(call_get_pub_key(m, key, &secret_key, &pub), 0);
	ck_assert_uint_eq(pub.len, sizeof(head) + sizeof(n));
	ck_assert_mem_eq(pub.b, head, sizeof(head));
	client_rsa_modulus(rsa, n);
	client_rsa_free(rsa);
	ck_assert_mem_eq(pub.b + sizeof(head), n, sizeof(n));
	ck_assert_result(call_get_pub_key(m, key, &secret_wrong, &pub),
			 TPM_AUTHFAIL);
}
END_TEST

START_TEST(who_may_read_it_without_a_secret)
{
	struct key_kind kind = kind_signing;
	struct key_blob pub;

	setup_owner(m);
	kind.auth = TPM_AUTH_ALWAYS;
	ck_assert_result(call_get_pub_key(m, make_key(m, &kind), NULL, &pub),
			 TPM_AUTHFAIL);
	kind.auth = TPM_NO_READ_PUBKEY_AUTH;
	ck_assert_result(call_get_pub_key(m, make_key(m, &kind), NULL, &pub),
			 0);
	kind.auth = TPM_AUTH_NEVER;
	ck_assert_result(call_get_pub_key(m, make_key(m, &kind), NULL, &pub),
			 0);
	/* But a wrong one is wrong. */
	ck_assert_result(
		call_get_pub_key(m, make_key(m, &kind), &secret_wrong, &pub),
		TPM_AUTHFAIL);
}
END_TEST

/* And may be used with one only. */
START_TEST(reading_is_not_using)
{
	struct key_kind kind = kind_signing;
	struct tss_command c;

	kind.auth = TPM_NO_READ_PUBKEY_AUTH;
	tss_begin(&c, ORD_Sign);
	tss_put_handle(&c, setup_owner_and_key(m, &kind));
	tss_put_blob(&c, ones.b, sizeof(ones.b));
	ck_assert_result(machine_run(m, &c), TPM_AUTHFAIL);
}
END_TEST

START_TEST(the_srk_is_not_read)
{
	struct key_blob pub;

	setup_owner(m);
	ck_assert_result(call_get_pub_key(m, TPM_KH_SRK, &secret_srk, &pub),
			 TPM_INVALID_KEYHANDLE);
	ck_assert_result(call_get_pub_key(m, TPM_KH_SRK, &secret_wrong, &pub),
			 TPM_AUTHFAIL);
	setup_read_srk(m);
	ck_assert_result(call_get_pub_key(m, TPM_KH_SRK, &secret_srk, &pub), 0);
}
END_TEST

START_TEST(registers_when_it_is_read)
{
	struct key_kind kind = kind_signing;
	struct pcr_blob info;
	struct key_blob pub;
	uint32_t key;

	kind.is12 = true;
	kind.flags = _i ? TPM_PCRIGNOREDONREAD : 0;
	pcr_info_long(&info, 1u << 1, 0, 0x400, &ones);
	kind.pcr_info = (struct client_bytes){ info.b, info.len };
	key = setup_owner_and_key(m, &kind);
	ck_assert_result(call_get_pub_key(m, key, &secret_key, &pub),
			 _i ? 0 : TPM_WRONGPCRVAL);
	ck_assert_result(use_it(key), TPM_WRONGPCRVAL);
}
END_TEST

START_TEST(handles_of_no_key)
{
	static const struct {
		uint32_t handle, result;
	} keys[] = {
		{ 0, TPM_INVALID_KEYHANDLE },
		{ 0x01000099, TPM_INVALID_KEYHANDLE },
		{ TPM_KH_OWNER, TPM_INVALID_RESOURCE },
		{ TPM_KH_EK, TPM_KEYNOTFOUND },
		{ 0xffffffff, TPM_INVALID_KEYHANDLE },
	};
	struct key_blob pub;

	setup_owner(m);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		ck_assert_result(
			call_get_pub_key(m, keys[i].handle, &secret_key, &pub),
			keys[i].result);
		ck_assert_result(use_it(keys[i].handle), keys[i].result);
	}
}
END_TEST

/* ---- */

#define COUNT(array) ((int)(sizeof(array) / sizeof(*(array))))

int main(void)
{
	Suite *s = suite_create("storage: loaded keys");
	TCase *t = section(s, "10.5 TPM_LoadKey2");

	tcase_add_test(t, a_loaded_key_has_a_slot);
	tcase_add_test(t, no_more_keys_than_slots);
	tcase_add_test(t, the_older_command_loads_as_well);
	tcase_add_test(t, a_parent_without_a_secret);
	tcase_add_test(t, another_parent_cannot_open_it);
	tcase_add_test(t, a_changed_public_half);
	tcase_add_test(t, a_forgery_that_is_perfect);
	tcase_add_test(t, a_key_of_another_tpm);
	tcase_add_loop_test(t, halves_that_do_not_belong_together, 0, 2);
	tcase_add_test(t, secrets_that_are_none);
	tcase_add_loop_test(t, kinds_that_are_not_loaded, 0,
			    COUNT(key_kinds_bad));
	tcase_add_test(t, identities_cannot_migrate);
	tcase_add_test(t, a_key_for_a_change_of_secrets_is_not_loaded);
	tcase_add_test(t, certified_migratable_keys_are_loaded);
	tcase_add_test(t, sizes_that_are_not_the_key_s);
	tcase_add_test(t, versions_of_keys_that_there_are_not);
	tcase_add_loop_test(t, registers_of_a_key, 0, 2);
	tcase_add_test(t, localities_of_a_key);
	t = section(s, "10.6 TPM_GetPubKey");
	tcase_add_test(t, a_public_key);
	tcase_add_test(t, who_may_read_it_without_a_secret);
	tcase_add_test(t, reading_is_not_using);
	tcase_add_test(t, the_srk_is_not_read);
	tcase_add_loop_test(t, registers_when_it_is_read, 0, 2);
	tcase_add_test(t, handles_of_no_key);
	return suite_run(s);
}
