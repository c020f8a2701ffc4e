/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 10: Storage Functions: what is bound. */
#include "chapter.h"

#include "keycalls.h"
#include "rsa.h"

static const struct client_bytes none;

/* The newest of the keys that the TPM made. */
static struct client_rsa *last_key(void)
{
	return client_rsa_new(2048, m->primes_taken - 1);
}

/* ---- 10.3 TPM_UnBind ---- */

#define BOUND_HEADER 1, 1, 0, 0, TPM_PT_BIND

static uint32_t call_unbind(uint32_t key, struct client_bytes data)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_UnBind);
	tss_put_handle(&c, key);
	tss_put_blob(&c, data.p, data.len);
	use_oiap(m, &c, &s, &secret_key);
	return machine_run(m, &c);
}

static const uint8_t bound[] = { BOUND_HEADER, 'b', 'o', 'u', 'n', 'd' };

static void assert_unbound(const void *want, size_t want_len)
{
	size_t len;
	const uint8_t *p = tss_get_blob(&m->answer, &len);

	ck_assert(tss_end(&m->answer));
	ck_assert_uint_eq(len, want_len);
	ck_assert_mem_eq(p, want, len);
}

/* Encrypts with the newest key in the scheme, and asks for it back. */
static uint32_t unbind(uint32_t key, uint16_t scheme, const uint8_t *p,
		       size_t len)
{
	struct client_rsa *rsa = last_key();
	uint8_t b[RSA_MAX];

	if (scheme == TPM_ES_RSAESOAEP_SHA1_MGF1)
		client_oaep(rsa, (struct client_bytes){ p, len }, b);
	else
		client_pkcs1(rsa, (struct client_bytes){ p, len }, b);
	client_rsa_free(rsa);
	return call_unbind(key, (struct client_bytes){ b, sizeof(b) });
}

static const uint16_t enc_schemes[] = { TPM_ES_RSAESOAEP_SHA1_MGF1,
					TPM_ES_RSAESPKCSv15 };

START_TEST(what_is_bound_is_given_back)
{
	struct key_kind kind = kind_bind;
	uint32_t key;

	kind.enc = enc_schemes[_i];
	key = setup_owner_and_key(m, &kind);
	ck_assert_result(unbind(key, kind.enc, bound, sizeof(bound)), 0);
	assert_unbound(bound + 5, sizeof(bound) - 5);
	ck_assert_result(unbind(key, kind.enc, bound, 5), 0);
	assert_unbound("", 0);
}
END_TEST

START_TEST(a_legacy_key_with_the_newer_padding_is_no_exception)
{
	struct key_kind kind = kind_legacy;
	uint32_t key;

	kind.enc = TPM_ES_RSAESOAEP_SHA1_MGF1;
	key = setup_owner_and_key(m, &kind);
	ck_assert_result(unbind(key, kind.enc, bound, sizeof(bound)), 0);
	assert_unbound(bound + 5, sizeof(bound) - 5);
	ck_assert_result(unbind(key, kind.enc, bound + 5, sizeof(bound) - 5),
			 TPM_BAD_VERSION);
}
END_TEST

START_TEST(a_legacy_key_asks_for_no_structure)
{
	const uint32_t key = setup_owner_and_key(m, &kind_legacy);

	ck_assert_result(unbind(key, kind_legacy.enc, bound, sizeof(bound)), 0);
	assert_unbound(bound, sizeof(bound));
	ck_assert_result(unbind(key, kind_legacy.enc, bound + 5, 3), 0);
	assert_unbound("bou", 3);
}
END_TEST

static const struct {
	uint8_t b[5];
	size_t len;
	uint32_t result;
} not_bound[] = {
	{ { 1, 1, 0, 0, TPM_PT_SEAL }, 5, TPM_INVALID_STRUCTURE },
	{ { 1, 1, 0, 0, TPM_PT_ASYM }, 5, TPM_INVALID_STRUCTURE },
	{ { 1, 2, 0, 0, TPM_PT_BIND }, 5, TPM_BAD_VERSION },
	{ { 2, 1, 0, 0, TPM_PT_BIND }, 5, TPM_BAD_VERSION },
	{ { 1, 2, 0, 0 }, 4, TPM_BAD_VERSION },
	{ { 1, 1, 0, 0, TPM_PT_BIND }, 4, TPM_BAD_PARAM_SIZE },
};

START_TEST(what_is_not_bound)
{
	const uint32_t key = setup_owner_and_key(m, &kind_bind);

	ck_assert_result(
		unbind(key, kind_bind.enc, not_bound[_i].b, not_bound[_i].len),
		not_bound[_i].result);
}
END_TEST

/* The padding, and what is behind it: the same answer. */
START_TEST(the_older_padding_is_no_oracle)
{
	struct key_kind kind = kind_bind;
	uint8_t em[RSA_MAX], b[RSA_MAX];
	struct client_rsa *rsa;
	uint32_t key;

	kind.enc = TPM_ES_RSAESPKCSv15;
	key = setup_owner_and_key(m, &kind);
	ck_assert_result(
		unbind(key, kind.enc, not_bound[_i].b, not_bound[_i].len),
		TPM_DECRYPT_ERROR);
	rsa = last_key();
	memset(em, 0x11, sizeof(em));
	em[0] = 0;
	client_raw(rsa, em, b);
	client_rsa_free(rsa);
	ck_assert_result(
		call_unbind(key, (struct client_bytes){ b, sizeof(b) }),
		TPM_DECRYPT_ERROR);
}
END_TEST

START_TEST(encryptions_that_are_none)
{
	static const uint8_t b[RSA_MAX + 1] = { 1, 2, 3 };
	const uint32_t key = setup_owner_and_key(m, &kind_bind);

	ck_assert_result(call_unbind(key, none), TPM_BAD_PARAMETER);
	ck_assert_result(call_unbind(key, (struct client_bytes){ b, 255 }),
			 TPM_DECRYPT_ERROR);
	ck_assert_result(call_unbind(key, (struct client_bytes){ b, 256 }),
			 TPM_DECRYPT_ERROR);
	ck_assert_result(call_unbind(key, (struct client_bytes){ b, 257 }),
			 TPM_BAD_DATASIZE);
}
END_TEST

static const struct key_kind *const not_for_binding[] = { &kind_signing,
							  &kind_storage };

START_TEST(keys_that_do_not_unbind)
{
	const uint32_t key = setup_owner_and_key(m, not_for_binding[_i]);

	ck_assert_result(
		unbind(key, TPM_ES_RSAESOAEP_SHA1_MGF1, bound, sizeof(bound)),
		TPM_INVALID_KEYUSAGE);
}
END_TEST

START_TEST(smaller_keys_unbind)
{
	struct key_kind kind = kind_bind;
	struct client_rsa *rsa = client_rsa_new(512, 0);
	uint8_t b[RSA_MAX];
	uint32_t key;

	kind.bits = 512;
	setup_owner(m);
	m->primes_taken = 0;
	key = make_key(m, &kind);
	client_oaep(rsa, (struct client_bytes){ bound, sizeof(bound) }, b);
	client_rsa_free(rsa);
	ck_assert_result(call_unbind(key, (struct client_bytes){ b, 64 }), 0);
	assert_unbound(bound + 5, sizeof(bound) - 5);
}
END_TEST

/* ---- */

#define COUNT(array) ((int)(sizeof(array) / sizeof(*(array))))

int main(void)
{
	Suite *s = suite_create("storage: bind");
	TCase *t = section(s, "10.3 TPM_UnBind");

	tcase_add_loop_test(t, what_is_bound_is_given_back, 0, 2);
	tcase_add_test(t, a_legacy_key_with_the_newer_padding_is_no_exception);
	tcase_add_test(t, a_legacy_key_asks_for_no_structure);
	tcase_add_loop_test(t, what_is_not_bound, 0, COUNT(not_bound));
	tcase_add_loop_test(t, the_older_padding_is_no_oracle, 0,
			    COUNT(not_bound));
	tcase_add_test(t, encryptions_that_are_none);
	tcase_add_loop_test(t, keys_that_do_not_unbind, 0, 2);
	tcase_add_test(t, smaller_keys_unbind);
	return suite_run(s);
}
