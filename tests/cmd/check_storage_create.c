/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 10: Storage Functions: new keys. */
#include "chapter.h"

#include "keycalls.h"
#include "rsa.h"
#include "key_kinds.h"

static const struct client_bytes none;

static uint32_t create(const struct key_kind *kind, struct key_blob *out)
{
	return call_create_wrap_key(m, TPM_KH_SRK, &secret_srk, kind, out);
}

static uint32_t load(const struct key_blob *key, uint32_t *handle)
{
	return call_load_key2(m, TPM_KH_SRK, &secret_srk, key, handle);
}

/* The newest of the keys that the TPM made. */
static struct client_rsa *last_key(void)
{
	return client_rsa_new(2048, m->primes_taken - 1);
}

/* ---- 10.4 TPM_CreateWrapKey ---- */

/* TPM_STORE_ASYMKEY, opened with the SRK. */
static void open_key(const struct key_blob *key, uint8_t b[RSA_MAX])
{
	struct client_rsa *srk = client_rsa_new(2048, 1);
	const struct client_bytes enc = { key->b + key->len - RSA_MAX,
					  RSA_MAX };

	ck_assert_uint_eq(client_open_oaep(srk, enc, b), 193);
	client_rsa_free(srk);
}

static void assert_digest_of(const uint8_t *digest, const void *p, size_t len)
{
	const struct client_bytes what = { p, len };
	uint8_t want[CLIENT_SHA1];

	client_sha1(&what, 1, want);
	ck_assert_mem_eq(digest, want, sizeof(want));
}

/* Part 2, 10.2 and 10.6. */
START_TEST(a_new_key_is_as_part_2_has_it)
{
	struct key_kind kind = kind_signing;
	const struct tss_digest *migration = &secret_migration;
	uint8_t secret[RSA_MAX], n[RSA_MAX], p[RSA_MAX];
	struct tss_digest proof;
	struct client_rsa *rsa;
	struct tss_command c;
	struct key_blob key;

	kind.is12 = _i & 1;
	kind.flags = _i & 2 ? TPM_MIGRATABLE : 0;
	setup_owner(m);
	proof = setup_tpm_proof(m);
	ck_assert_result(create(&kind, &key), 0);
	rsa = last_key();
	client_rsa_modulus(rsa, n);
	client_rsa_prime(rsa, p);
	tss_begin(&c, 0);
	put_key(&c, &kind, (struct client_bytes){ n, sizeof(n) }, none);
	ck_assert_uint_eq(key.len, c.len + RSA_MAX);
	ck_assert_mem_eq(key.b, c.params, c.len - 4);
	open_key(&key, secret);
	ck_assert_uint_eq(secret[0], TPM_PT_ASYM);
	ck_assert_mem_eq(secret + 1, secret_key.b, CLIENT_SHA1);
	ck_assert_mem_eq(secret + 21, kind.flags ? migration->b : proof.b,
			 CLIENT_SHA1);
	assert_digest_of(secret + 41, c.params, c.len - 4);
	ck_assert_mem_eq(secret + 61, "\0\0\0\x80", 4);
	ck_assert_mem_eq(secret + 65, p, 128);
	client_rsa_free(rsa);
}
END_TEST

START_TEST(every_kind_is_made_and_loaded)
{
	struct key_kind kind = kind_signing;
	struct key_blob key, pub;
	uint32_t handle;

	kind.usage = key_kinds[_i].usage;
	kind.enc = key_kinds[_i].enc;
	kind.sig = key_kinds[_i].sig;
	kind.bits = key_kinds[_i].bits;
	setup_owner(m);
	ck_assert_result(create(&kind, &key), 0);
	ck_assert_result(load(&key, &handle), 0);
	ck_assert_result(call_get_pub_key(m, handle, &secret_key, &pub), 0);
	ck_assert_uint_eq(pub.len, 28 + kind.bits / 8);
}
END_TEST

START_TEST(kinds_that_are_not_made)
{
	struct key_kind kind = kind_signing;
	struct key_blob key;
	uint32_t taken;

	kind.usage = key_kinds_bad[_i].usage;
	kind.enc = key_kinds_bad[_i].enc;
	kind.sig = key_kinds_bad[_i].sig;
	kind.bits = key_kinds_bad[_i].bits;
	kind.flags = key_kinds_bad[_i].flags;
	setup_owner(m);
	taken = m->primes_taken;
	ck_assert_result(create(&kind, &key), key_kinds_bad[_i].result);
	ck_assert_uint_eq(m->primes_taken, taken);
}
END_TEST

static const struct {
	uint8_t b[9];
	size_t len;
	uint32_t made;
} exponents[] = {
	{ { 1, 0, 1 }, 3, 0 },
	{ { 0, 1, 0, 1 }, 4, 0 },
	{ { 3 }, 1, TPM_BAD_KEY_PROPERTY },
	{ { 1, 0, 3 }, 3, TPM_BAD_KEY_PROPERTY },
	{ { 1 }, 1, TPM_BAD_KEY_PROPERTY },
	{ { 0, 0, 0, 0, 0, 0, 1, 0, 1 }, 9, TPM_BAD_KEY_PROPERTY },
};

START_TEST(the_usual_exponent_only)
{
	struct key_kind kind = kind_signing;
	struct key_blob key;
	uint32_t handle;

	kind.exponent =
		(struct client_bytes){ exponents[_i].b, exponents[_i].len };
	setup_owner(m);
	ck_assert_result(create(&kind, &key), exponents[_i].made);
	if (!exponents[_i].made)
		ck_assert_result(load(&key, &handle), 0);
}
END_TEST

START_TEST(only_storage_keys_are_parents)
{
	static const struct key_kind *const children[] = { &kind_signing,
							   &kind_bind,
							   &kind_legacy };
	const uint32_t parent = setup_owner_and_key(m, children[_i]);
	struct key_blob key;
	uint32_t handle;

	ck_assert_result(call_create_wrap_key(m, parent, &secret_key,
					      &kind_signing, &key),
			 TPM_INVALID_KEYUSAGE);
	ck_assert_result(create(&kind_signing, &key), 0);
	ck_assert_result(call_load_key2(m, parent, &secret_key, &key, &handle),
			 TPM_INVALID_KEYUSAGE);
}
END_TEST

/* What others could have protects nothing that they must not have. */
START_TEST(a_migratable_parent_has_migratable_children)
{
	struct key_kind parent = kind_storage, child = kind_signing;
	struct key_blob key;
	uint32_t handle;

	parent.flags = TPM_MIGRATABLE;
	handle = setup_owner_and_key(m, &parent);
	ck_assert_result(
		call_create_wrap_key(m, handle, &secret_key, &child, &key),
		TPM_INVALID_KEYUSAGE);
	child.flags = TPM_MIGRATABLE;
	ck_assert_result(
		call_create_wrap_key(m, handle, &secret_key, &child, &key), 0);
	ck_assert_result(call_load_key2(m, handle, &secret_key, &key, &handle),
			 0);
}
END_TEST

/* The other encryption of secrets is not for that mode. */
static uint32_t create_in_fips_mode(const struct key_kind *kind)
{
	struct tss_digest usage, migration;
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_CreateWrapKey);
	tss_put_handle(&c, TPM_KH_SRK);
	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_AES_CTR, TPM_ET_SRK,
				  TPM_KH_SRK, &secret_srk),
			 0);
	tss_use(&c, &s, &secret_srk, false);
	tss_encrypt(&s, &secret_key, false, &usage);
	tss_encrypt(&s, &secret_migration, true, &migration);
	tss_put_bytes(&c, usage.b, sizeof(usage.b));
	tss_put_bytes(&c, migration.b, sizeof(migration.b));
	put_key(&c, kind, none, none);
	return machine_run(m, &c);
}

START_TEST(fips_mode)
{
	struct key_kind kind = kind_legacy;
	struct key_blob key;
	uint32_t handle;

	setup_owner(m);
	ck_assert_result(create(&kind, &key), 0);
	setup_fips(m);
	ck_assert_result(create_in_fips_mode(&kind), TPM_NOTFIPS);
	ck_assert_result(load(&key, &handle), TPM_NOTFIPS);
	kind = kind_signing;
	kind.bits = 512;
	ck_assert_result(create_in_fips_mode(&kind), TPM_NOTFIPS);
	kind.bits = 1024;
	ck_assert_result(create_in_fips_mode(&kind), 0);
	kind.auth = TPM_AUTH_NEVER;
	ck_assert_result(create_in_fips_mode(&kind), TPM_NOTFIPS);
}
END_TEST

/* Part 2, 5.1: what a TPM makes is of revision 0. */
START_TEST(a_new_key_is_of_this_revision)
{
	struct tss_session s;
	struct tss_command c;

	setup_owner(m);
	tss_begin(&c, ORD_CreateWrapKey);
	tss_put_handle(&c, TPM_KH_SRK);
	tss_put_bytes(&c, zeros.b, sizeof(zeros.b));
	tss_put_bytes(&c, zeros.b, sizeof(zeros.b));
	put_key(&c, &kind_signing, none, none);
	c.params[4 + 2 * CLIENT_SHA1 + 2] = 2;
	c.params[4 + 2 * CLIENT_SHA1 + 3] = 3;
	use_osap(m, &c, &s, TPM_KH_SRK, &secret_srk);
	ck_assert_result(machine_run(m, &c), 0);
	ck_assert_mem_eq(tss_get_bytes(&m->answer, 4), "\1\1\0\0", 4);
}
END_TEST

START_TEST(a_new_key_says_how_things_were)
{
	struct key_kind kind = kind_signing;
	struct tss_digest now;
	struct key_blob key;
	struct pcr_blob info;

	setup_owner(m);
	ck_assert_result(call_extend(m, 10, &ones, NULL), 0);
	now = composite(m, 0x400);
	kind.is12 = _i;
	if (_i)
		pcr_info_long(&info, 0x1f, 0x400, 1, &ones);
	else
		pcr_info(&info, 0x400, &ones);
	kind.pcr_info = (struct client_bytes){ info.b, info.len };
	m->locality = 2;
	ck_assert_result(create(&kind, &key), 0);
	ck_assert_uint_eq(key.b[38], info.len);
	if (_i) {
		ck_assert_uint_eq(key.b[39 + 2], 1u << 2);
		ck_assert_mem_eq(key.b + 39 + 14, now.b, CLIENT_SHA1);
		ck_assert_mem_eq(key.b + 39 + 34, ones.b, CLIENT_SHA1);
	} else {
		ck_assert_mem_eq(key.b + 39 + 5, ones.b, CLIENT_SHA1);
		ck_assert_mem_eq(key.b + 39 + 25, now.b, CLIENT_SHA1);
	}
}
END_TEST

START_TEST(pcr_info_that_is_none)
{
	struct key_kind kind = kind_signing;
	struct key_blob key;
	struct pcr_blob info;

	setup_owner(m);
	kind.is12 = true;
	pcr_info_long(&info, 0x1f, 1, 1, &ones);
	kind.pcr_info = (struct client_bytes){ info.b, info.len - 1 };
	ck_assert_result(create(&kind, &key), TPM_BAD_PARAM_SIZE);
	kind.pcr_info.len++;
	info.b[3] = 0;
	ck_assert_result(create(&kind, &key), TPM_INVALID_STRUCTURE);
	info.b[3] = 0x20;
	ck_assert_result(create(&kind, &key), TPM_INVALID_STRUCTURE);
	info.b[3] = 1;
	info.b[5] = 4;
	ck_assert_result(create(&kind, &key), TPM_INVALID_PCR_INFO);
	info.b[5] = 3;
	ck_assert_result(create(&kind, &key), 0);
}
END_TEST

START_TEST(no_primes_is_a_failure)
{
	struct key_blob key;

	setup_owner(m);
	m->no_primes = true;
	ck_assert_result(create(&kind_signing, &key), TPM_FAIL);
	m->no_primes = false;
	m->false_primes = true;
	ck_assert_result(create(&kind_signing, &key), TPM_FAIL);
}
END_TEST

START_TEST(a_new_key_needs_a_bound_session)
{
	struct tss_session s;
	struct tss_command c;

	setup_owner(m);
	tss_begin(&c, ORD_CreateWrapKey);
	tss_put_handle(&c, TPM_KH_SRK);
	tss_put_bytes(&c, zeros.b, sizeof(zeros.b));
	tss_put_bytes(&c, zeros.b, sizeof(zeros.b));
	put_key(&c, &kind_signing, none, none);
	use_oiap(m, &c, &s, &secret_srk);
	ck_assert_result(machine_run(m, &c), TPM_BAD_MODE);
}
END_TEST

/* ---- */

#define COUNT(array) ((int)(sizeof(array) / sizeof(*(array))))

int main(void)
{
	Suite *s = suite_create("storage: new keys");
	TCase *t = section(s, "10.4 TPM_CreateWrapKey");

	tcase_add_loop_test(t, a_new_key_is_as_part_2_has_it, 0, 4);
	tcase_add_loop_test(t, every_kind_is_made_and_loaded, 0,
			    COUNT(key_kinds));
	tcase_add_loop_test(t, kinds_that_are_not_made, 0,
			    COUNT(key_kinds_bad));
	tcase_add_loop_test(t, the_usual_exponent_only, 0, COUNT(exponents));
	tcase_add_loop_test(t, only_storage_keys_are_parents, 0, 3);
	tcase_add_test(t, a_migratable_parent_has_migratable_children);
	tcase_add_test(t, fips_mode);
	tcase_add_test(t, a_new_key_is_of_this_revision);
	tcase_add_loop_test(t, a_new_key_says_how_things_were, 0, 2);
	tcase_add_test(t, pcr_info_that_is_none);
	tcase_add_test(t, no_primes_is_a_failure);
	tcase_add_test(t, a_new_key_needs_a_bound_session);
	return suite_run(s);
}
