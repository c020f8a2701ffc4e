/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 16: Integrity Collection and Reporting, what is signed. */
#include "chapter.h"

#include "keycalls.h"
#include "rsa.h"

static const struct tss_digest external = { "the verifier's own n" };

/* Registers 0, 10 and 17. */
#define MASK 0x020401u

/* size: of the selection. */
static uint32_t quote(uint32_t key, uint32_t mask, unsigned int size)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_Quote);
	tss_put_handle(&c, key);
	tss_put_bytes(&c, external.b, sizeof(external.b));
	tss_put_u16(&c, size);
	for (unsigned int i = 0; i < size; i++)
		tss_put_u8(&c, i < 4 ? mask >> 8 * i & 0xff : 0);
	use_oiap(m, &c, &s, &secret_key);
	return machine_run(m, &c);
}

static uint32_t quote2(uint32_t key, uint32_t mask, unsigned int size,
		       bool version)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_Quote2);
	tss_put_handle(&c, key);
	tss_put_bytes(&c, external.b, sizeof(external.b));
	tss_put_u16(&c, size);
	for (unsigned int i = 0; i < size; i++)
		tss_put_u8(&c, i < 4 ? mask >> 8 * i & 0xff : 0);
	tss_put_u8(&c, version);
	use_oiap(m, &c, &s, &secret_key);
	return machine_run(m, &c);
}

/* By either command: _i. */
static uint32_t quote_by(int which, uint32_t key)
{
	return which ? quote2(key, MASK, 3, false) : quote(key, MASK, 3);
}

static void assert_signed(const struct tss_command *what)
{
	struct client_rsa *rsa = client_rsa_new(2048, m->primes_taken - 1);
	const struct client_bytes bytes = { what->params, what->len };
	struct client_bytes sig;
	uint8_t digest[CLIENT_SHA1];

	sig.p = tss_get_blob(&m->answer, &sig.len);
	ck_assert(tss_end(&m->answer));
	client_sha1(&bytes, 1, digest);
	ck_assert(client_signed_sha1(rsa, digest, sig));
	client_rsa_free(rsa);
}

static const uint16_t schemes[] = { TPM_SS_RSASSAPKCS1v15_SHA1,
				    TPM_SS_RSASSAPKCS1v15_INFO };

static uint32_t quoting_key(int scheme)
{
	struct key_kind kind = kind_signing;

	kind.sig = schemes[scheme];
	return setup_owner_and_key(m, &kind);
}

/* ---- 16.3 TPM_Quote ---- */

/* The answer's TPM_PCR_COMPOSITE (Part 2, 8.2) is how the registers are. */
static void assert_composite(uint32_t mask, unsigned int size)
{
	struct tss_answer answer = m->answer;
	struct tss_digest d;
	uint32_t n = 0;

	ck_assert_uint_eq(tss_get_u16(&answer), size);
	for (unsigned int i = 0; i < size; i++)
		ck_assert_uint_eq(tss_get_u8(&answer), mask >> 8 * i & 0xff);
	for (unsigned int i = 0; i < 24; i++)
		n += mask >> i & 1;
	ck_assert_uint_eq(tss_get_u32(&answer), n * CLIENT_SHA1);
	for (unsigned int i = 0; i < 24; i++) {
		if (!(mask >> i & 1))
			continue;
		tss_get_digest(&answer, &d);
		ck_assert_digest(d, pcr_value(m, i));
	}
	/* pcr_value() has asked the TPM. */
	m->answer = answer;
}

START_TEST(registers_are_told_and_signed)
{
	const uint32_t key = quoting_key(_i);
	struct tss_command info;
	struct tss_digest now;

	ck_assert_result(call_extend(m, 10, &ones, NULL), 0);
	now = composite(m, MASK);
	ck_assert_result(quote(key, MASK, 3), 0);
	assert_composite(MASK, 3);
	tss_begin(&info, 0);
	tss_put_u32(&info, 0x01010000);
	tss_put_bytes(&info, "QUOT", 4);
	tss_put_bytes(&info, now.b, sizeof(now.b));
	tss_put_bytes(&info, external.b, sizeof(external.b));
	assert_signed(&info);
}
END_TEST

/* The selection's size is part of what is hashed. */
START_TEST(a_selection_of_another_size)
{
	static const uint8_t selected[] = { 0, 2, 1, 4, 0, 0, 0, 40 };
	const uint32_t key = quoting_key(0);
	const struct tss_digest a = pcr_value(m, 0), b = pcr_value(m, 10);
	const struct client_bytes pieces[] = { { selected, sizeof(selected) },
					       { a.b, sizeof(a.b) },
					       { b.b, sizeof(b.b) } };
	struct tss_command info;
	struct tss_digest now;

	client_sha1(pieces, 3, now.b);
	ck_assert_result(quote(key, MASK, 2), 0);
	assert_composite(MASK & 0xffff, 2);
	tss_begin(&info, 0);
	tss_put_u32(&info, 0x01010000);
	tss_put_bytes(&info, "QUOT", 4);
	tss_put_bytes(&info, now.b, sizeof(now.b));
	tss_put_bytes(&info, external.b, sizeof(external.b));
	assert_signed(&info);
}
END_TEST

START_TEST(no_registers_at_all)
{
	const uint32_t key = quoting_key(0);
	struct tss_command info;

	ck_assert_result(quote(key, 0, (unsigned int)_i), 0);
	assert_composite(0, (unsigned int)_i);
	tss_begin(&info, 0);
	tss_put_u32(&info, 0x01010000);
	tss_put_bytes(&info, "QUOT", 4);
	tss_put_bytes(&info, zeros.b, sizeof(zeros.b));
	tss_put_bytes(&info, external.b, sizeof(external.b));
	assert_signed(&info);
}
END_TEST

/* ---- 16.5 TPM_Quote2 ---- */

START_TEST(the_newer_quote_tells_the_locality)
{
	const uint32_t key = quoting_key(_i % 2);
	const bool version = _i / 2;
	struct tss_command info;
	struct tss_digest now;
	const uint8_t *p;
	size_t len;

	ck_assert_result(call_extend(m, 10, &ones, NULL), 0);
	now = composite(m, MASK);
	m->locality = 3;
	ck_assert_result(quote2(key, MASK, 3, version), 0);
	tss_begin(&info, 0);
	tss_put_u16(&info, TPM_TAG_QUOTE_INFO2);
	tss_put_bytes(&info, "QUT2", 4);
	tss_put_bytes(&info, external.b, sizeof(external.b));
	tss_put_bytes(&info, "\0\3\1\4\2", 5);
	tss_put_u8(&info, 1u << 3);
	tss_put_bytes(&info, now.b, sizeof(now.b));
	p = tss_get_bytes(&m->answer, 26);
	ck_assert_ptr_nonnull(p);
	ck_assert_mem_eq(p, info.params + 26, 26);
	p = tss_get_blob(&m->answer, &len);
	ck_assert_uint_eq(len, version ? 15 : 0);
	tss_put_bytes(&info, p, len);
	assert_signed(&info);
}
END_TEST

/* The version is what TPM_GetCapability tells. */
START_TEST(the_version_that_is_signed)
{
	const uint32_t key = quoting_key(0);
	uint8_t version[15];
	const uint8_t *p;
	size_t len;

	ck_assert_result(call_get_capability(m, TPM_CAP_VERSION_VAL, NULL, 0),
			 0);
	p = tss_get_blob(&m->answer, &len);
	ck_assert_uint_eq(len, sizeof(version));
	memcpy(version, p, len);
	ck_assert_result(quote2(key, MASK, 3, true), 0);
	tss_get_bytes(&m->answer, 26);
	p = tss_get_blob(&m->answer, &len);
	ck_assert_uint_eq(len, sizeof(version));
	ck_assert_mem_eq(p, version, len);
}
END_TEST

/* ---- Of both ---- */

START_TEST(selections_that_are_none)
{
	const uint32_t key = quoting_key(0);

	ck_assert_result(_i ? quote2(key, MASK, 4, false) : quote(key, MASK, 4),
			 TPM_INVALID_PCR_INFO);
}
END_TEST

START_TEST(keys_of_other_schemes)
{
	struct key_kind kind = kind_signing;

	kind.sig = TPM_SS_RSASSAPKCS1v15_DER;
	setup_owner(m);
	ck_assert_result(quote_by(_i, make_key(m, &kind)),
			 TPM_INAPPROPRIATE_SIG);
	ck_assert_result(quote_by(_i, make_key(m, &kind_legacy)),
			 TPM_INAPPROPRIATE_SIG);
	ck_assert_result(quote_by(_i, make_key(m, &kind_storage)),
			 TPM_INAPPROPRIATE_SIG);
	ck_assert_result(quote_by(_i, make_key(m, &kind_bind)),
			 TPM_INAPPROPRIATE_SIG);
	kind = kind_legacy;
	kind.sig = TPM_SS_RSASSAPKCS1v15_SHA1;
	ck_assert_result(quote_by(_i, make_key(m, &kind)), 0);
}
END_TEST

/* Which no command loads. */
START_TEST(a_scheme_does_not_make_a_key_quote)
{
	uint32_t key;

	setup_owner(m);
	key = setup_key(m, TPM_KEY_BIND, TPM_ES_RSAESOAEP_SHA1_MGF1,
			TPM_SS_RSASSAPKCS1v15_SHA1, &secret_key);
	ck_assert_result(quote_by(_i, key), TPM_INVALID_KEYUSAGE);
}
END_TEST

START_TEST(an_identity_quotes)
{
	struct key_kind kind = kind_signing;
	struct key_blob blob;
	struct forgery f;
	uint32_t key;

	setup_owner(m);
	kind.usage = TPM_KEY_IDENTITY;
	f = forgery_good(m, &kind);
	forge_key(&f, &blob);
	ck_assert_result(
		call_load_key2(m, TPM_KH_SRK, &secret_srk, &blob, &key), 0);
	ck_assert_result(quote_by(_i, key), 0);
}
END_TEST

static uint32_t quote_freely(int which, uint32_t key)
{
	struct tss_command c;

	tss_begin(&c, which ? ORD_Quote2 : ORD_Quote);
	tss_put_handle(&c, key);
	tss_put_bytes(&c, external.b, sizeof(external.b));
	tss_put_bytes(&c, "\0\3\1\0\0", 5);
	if (which)
		tss_put_u8(&c, 0);
	return machine_run(m, &c);
}

START_TEST(keys_without_a_secret)
{
	struct key_kind kind = kind_signing;

	setup_owner(m);
	ck_assert_result(quote_freely(_i, make_key(m, &kind)), TPM_AUTHFAIL);
	kind.auth = TPM_AUTH_NEVER;
	ck_assert_result(quote_freely(_i, make_key(m, &kind)), 0);
}
END_TEST

/* ---- */

int main(void)
{
	Suite *s = suite_create("quote");
	TCase *t = section(s, "16.3 TPM_Quote");

	tcase_add_loop_test(t, registers_are_told_and_signed, 0, 2);
	tcase_add_test(t, a_selection_of_another_size);
	tcase_add_loop_test(t, no_registers_at_all, 0, 4);
	t = section(s, "16.5 TPM_Quote2");
	tcase_add_loop_test(t, the_newer_quote_tells_the_locality, 0, 4);
	tcase_add_test(t, the_version_that_is_signed);
	t = section(s, "16.3 TPM_Quote, 16.5 TPM_Quote2");
	tcase_add_loop_test(t, selections_that_are_none, 0, 2);
	tcase_add_loop_test(t, keys_of_other_schemes, 0, 2);
	tcase_add_loop_test(t, a_scheme_does_not_make_a_key_quote, 0, 2);
	tcase_add_loop_test(t, an_identity_quotes, 0, 2);
	tcase_add_loop_test(t, keys_without_a_secret, 0, 2);
	return suite_run(s);
}
