/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 13: Cryptographic Functions, those that sign. */
#include "chapter.h"

#include "keycalls.h"
#include "rsa.h"

static const struct client_bytes none;
static const struct tss_digest anti_replay = { "not seen before, so" };

/* The key that the TPM made nth before the last. */
static struct client_rsa *made(unsigned int before)
{
	return client_rsa_new(2048, m->primes_taken - 1 - before);
}

/* The rest of the answer: one blob. */
static struct client_bytes answer_sig(void)
{
	struct client_bytes sig;

	sig.p = tss_get_blob(&m->answer, &sig.len);
	ck_assert(tss_end(&m->answer));
	return sig;
}

static struct tss_digest sha1_of(const void *p, size_t len)
{
	const struct client_bytes what = { p, len };
	struct tss_digest d = { { 0 } };

	client_sha1(&what, 1, d.b);
	return d;
}

/* ---- 13.5 TPM_Sign ---- */

static uint32_t call_sign(uint32_t key, struct client_bytes what)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_Sign);
	tss_put_handle(&c, key);
	tss_put_blob(&c, what.p, what.len);
	use_oiap(m, &c, &s, &secret_key);
	return machine_run(m, &c);
}

static const struct client_bytes digest_bytes = { ones.b, sizeof(ones.b) };

START_TEST(a_digest)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	struct client_rsa *rsa = made(0);

	ck_assert_result(call_sign(key, digest_bytes), 0);
	ck_assert(client_signed_sha1(rsa, ones.b, answer_sig()));
	client_rsa_free(rsa);
}
END_TEST

START_TEST(a_digest_has_twenty_bytes)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	static const uint8_t b[64];

	for (size_t len = 0; len <= sizeof(b); len++)
		ck_assert_result(
			call_sign(key, (struct client_bytes){ b, len }),
			len == 20 ? 0 : TPM_BAD_PARAMETER);
}
END_TEST

START_TEST(bytes_that_are_padded_as_they_are)
{
	static const uint8_t b[RSA_MAX] = { 0x30 };
	static const size_t lens[] = { 1, 20, 35, RSA_MAX - 11 };
	struct key_kind kind = kind_signing;
	struct client_rsa *rsa;
	uint32_t key;

	kind.sig = TPM_SS_RSASSAPKCS1v15_DER;
	key = setup_owner_and_key(m, _i ? &kind_legacy : &kind);
	rsa = made(0);
	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		const struct client_bytes what = { b, lens[i] };

		ck_assert_result(call_sign(key, what), 0);
		ck_assert(client_signed(rsa, what, answer_sig()));
	}
	client_rsa_free(rsa);
	ck_assert_result(call_sign(key, none), TPM_BAD_PARAMETER);
	ck_assert_result(
		call_sign(key, (struct client_bytes){ b, RSA_MAX - 10 }),
		TPM_BAD_PARAMETER);
}
END_TEST

/* Part 2, 5.12. */
START_TEST(what_the_caller_wants_to_be_fresh)
{
	const struct client_bytes what = { "any number of bytes", 19 };
	struct key_kind kind = kind_signing;
	struct tss_digest digest, odd;
	struct tss_session s;
	struct tss_command c, info;
	struct client_rsa *rsa;
	uint32_t key;

	kind.sig = TPM_SS_RSASSAPKCS1v15_INFO;
	key = setup_owner_and_key(m, &kind);
	rsa = made(0);
	tss_begin(&c, ORD_Sign);
	tss_put_handle(&c, key);
	tss_put_blob(&c, what.p, what.len);
	use_oiap(m, &c, &s, &secret_key);
	odd = s.odd;
	ck_assert_result(machine_run(m, &c), 0);
	tss_begin(&info, 0);
	tss_put_u16(&info, TPM_TAG_SIGNINFO);
	tss_put_bytes(&info, "SIGN", 4);
	tss_put_bytes(&info, odd.b, sizeof(odd.b));
	tss_put_blob(&info, what.p, what.len);
	digest = sha1_of(info.params, info.len);
	ck_assert(client_signed_sha1(rsa, digest.b, answer_sig()));
	client_rsa_free(rsa);
}
END_TEST

static uint32_t sign_freely(uint32_t key)
{
	struct tss_command c;

	tss_begin(&c, ORD_Sign);
	tss_put_handle(&c, key);
	tss_put_blob(&c, ones.b, sizeof(ones.b));
	return machine_run(m, &c);
}

START_TEST(keys_without_a_secret)
{
	struct key_kind kind = kind_signing;

	setup_owner(m);
	kind.auth = TPM_AUTH_NEVER;
	ck_assert_result(sign_freely(make_key(m, &kind)), 0);
	/* There is no nonce then. */
	kind.sig = TPM_SS_RSASSAPKCS1v15_INFO;
	ck_assert_result(sign_freely(make_key(m, &kind)), TPM_BAD_PARAMETER);
	ck_assert_result(sign_freely(make_key(m, &kind_signing)), TPM_AUTHFAIL);
}
END_TEST

/* An identity, which only other commands make. */
static uint32_t load_identity(void)
{
	struct key_kind kind = kind_signing;
	struct forgery f = forgery_good(m, &kind);
	struct key_blob key;
	uint32_t handle;

	kind.usage = TPM_KEY_IDENTITY;
	forge_key(&f, &key);
	ck_assert_result(
		call_load_key2(m, TPM_KH_SRK, &secret_srk, &key, &handle), 0);
	return handle;
}

START_TEST(keys_that_do_not_sign)
{
	setup_owner(m);
	ck_assert_result(call_sign(make_key(m, &kind_storage), digest_bytes),
			 TPM_INVALID_KEYUSAGE);
	ck_assert_result(call_sign(make_key(m, &kind_bind), digest_bytes),
			 TPM_INVALID_KEYUSAGE);
	ck_assert_result(call_sign(load_identity(), digest_bytes),
			 TPM_INVALID_KEYUSAGE);
}
END_TEST

START_TEST(smaller_keys_sign)
{
	struct key_kind kind = kind_signing;
	struct client_rsa *rsa = client_rsa_new(512, 0);
	uint32_t key;

	kind.bits = 512;
	setup_owner(m);
	m->primes_taken = 0;
	key = make_key(m, &kind);
	ck_assert_result(call_sign(key, digest_bytes), 0);
	ck_assert(client_signed_sha1(rsa, ones.b, answer_sig()));
	client_rsa_free(rsa);
}
END_TEST

/* ---- 13.8 TPM_CertifyKey, 13.9 TPM_CertifyKey2 ---- */

/* Secrets may be NULL, the first one's first. */
static uint32_t certify(uint32_t certifier, const struct tss_digest *secret,
			uint32_t key, const struct tss_digest *key_secret)
{
	struct tss_session s[2];
	struct tss_command c;

	tss_begin(&c, ORD_CertifyKey);
	tss_put_handle(&c, certifier);
	tss_put_handle(&c, key);
	tss_put_bytes(&c, anti_replay.b, sizeof(anti_replay.b));
	if (secret)
		use_oiap(m, &c, &s[0], secret);
	if (key_secret)
		use_oiap(m, &c, &s[1], key_secret);
	return machine_run(m, &c);
}

static uint32_t certify2(uint32_t certifier, const struct tss_digest *secret,
			 uint32_t key, const struct tss_digest *key_secret,
			 const struct tss_digest *msa)
{
	struct tss_session s[2];
	struct tss_command c;

	tss_begin(&c, ORD_CertifyKey2);
	tss_put_handle(&c, key);
	tss_put_handle(&c, certifier);
	tss_put_bytes(&c, msa->b, sizeof(msa->b));
	tss_put_bytes(&c, anti_replay.b, sizeof(anti_replay.b));
	if (key_secret)
		use_oiap(m, &c, &s[0], key_secret);
	if (secret)
		use_oiap(m, &c, &s[1], secret);
	return machine_run(m, &c);
}

/* By either command: _i. */
static uint32_t certify_by(int which, uint32_t certifier,
			   const struct tss_digest *secret, uint32_t key,
			   const struct tss_digest *key_secret)
{
	return which ? certify2(certifier, secret, key, key_secret, &zeros)
		     : certify(certifier, secret, key, key_secret);
}

/* What Part 2 has between the version or the tag and PCRInfo. */
static void put_certified(struct tss_command *c, const struct key_kind *kind,
			  const struct client_rsa *key)
{
	uint8_t n[RSA_MAX];
	struct tss_digest digest;

	client_rsa_modulus(key, n);
	digest = sha1_of(n, client_rsa_size(key));
	tss_put_u16(c, kind->usage);
	tss_put_u32(c, kind->flags);
	tss_put_u8(c, kind->auth);
	tss_put_u32(c, TPM_ALG_RSA);
	tss_put_u16(c, kind->enc);
	tss_put_u16(c, kind->sig);
	tss_put_u32(c, 12);
	tss_put_u32(c, kind->bits);
	tss_put_u32(c, 2);
	tss_put_u32(c, 0);
	tss_put_bytes(c, digest.b, sizeof(digest.b));
	tss_put_bytes(c, anti_replay.b, sizeof(anti_replay.b));
}

/* The answer is that structure, and the certifier's signature of it. */
static void assert_certified(const struct tss_command *want,
			     const struct client_rsa *certifier)
{
	const uint8_t *info = tss_get_bytes(&m->answer, want->len);
	const struct tss_digest digest = sha1_of(want->params, want->len);

	ck_assert_ptr_nonnull(info);
	ck_assert_mem_eq(info, want->params, want->len);
	ck_assert(client_signed_sha1(certifier, digest.b, answer_sig()));
}

static void put_info2_head(struct tss_command *c, unsigned int payload)
{
	tss_put_u16(c, TPM_TAG_CERTIFY_INFO2);
	tss_put_u8(c, 0);
	tss_put_u8(c, payload);
}

static const uint16_t certifying_schemes[] = { TPM_SS_RSASSAPKCS1v15_SHA1,
					       TPM_SS_RSASSAPKCS1v15_INFO };

START_TEST(a_key_without_registers)
{
	struct key_kind kind = kind_signing;
	uint32_t certifier, key;
	struct tss_command want;
	struct client_rsa *a, *b;

	kind.sig = certifying_schemes[_i];
	certifier = setup_owner_and_key(m, &kind);
	key = make_key(m, &kind_bind);
	a = made(1);
	b = made(0);
	ck_assert_result(certify(certifier, &secret_key, key, &secret_key), 0);
	tss_begin(&want, 0);
	tss_put_u32(&want, 0x01010000);
	put_certified(&want, &kind_bind, b);
	tss_put_u8(&want, 0);
	tss_put_u32(&want, 0);
	assert_certified(&want, a);
	ck_assert_result(
		certify2(certifier, &secret_key, key, &secret_key, &zeros), 0);
	tss_begin(&want, 0);
	put_info2_head(&want, TPM_PT_ASYM);
	put_certified(&want, &kind_bind, b);
	tss_put_u8(&want, 0);
	tss_put_u32(&want, 0);
	tss_put_u32(&want, 0);
	assert_certified(&want, a);
	client_rsa_free(a);
	client_rsa_free(b);
}
END_TEST

/* 13.8, step 9b: 44 bytes, zeros for how it was at creation. */
START_TEST(a_key_with_lower_registers)
{
	const struct tss_digest release = composite(m, 0x401);
	const uint32_t certifier = setup_owner_and_key(m, &kind_signing);
	struct key_kind kind = kind_bind;
	struct tss_command want;
	struct client_rsa *a = made(0), *b;
	struct pcr_blob info;
	uint32_t key;

	kind.is12 = _i;
	if (_i)
		pcr_info_long(&info, 0x1f, 0x401, 0x401, &release);
	else
		pcr_info(&info, 0x401, &release);
	kind.pcr_info = (struct client_bytes){ info.b, info.len };
	key = make_key(m, &kind);
	b = made(0);
	ck_assert_result(certify(certifier, &secret_key, key, &secret_key), 0);
	tss_begin(&want, 0);
	tss_put_u32(&want, 0x01010000);
	put_certified(&want, &kind, b);
	tss_put_u8(&want, 0);
	tss_put_u32(&want, 44);
	tss_put_bytes(&want, "\0\2\1\4", 4);
	tss_put_bytes(&want, release.b, sizeof(release.b));
	tss_put_bytes(&want, zeros.b, sizeof(zeros.b));
	assert_certified(&want, a);
	client_rsa_free(a);
	client_rsa_free(b);
}
END_TEST

/* What the older structure cannot tell: 16 and above; localities. */
START_TEST(a_key_with_higher_registers_or_localities)
{
	const uint32_t mask = _i ? 0x400 : 0x10400;
	const struct tss_digest release = composite(m, mask);
	const uint8_t localities = _i ? 3 : 0x1f;
	const uint32_t certifier = setup_owner_and_key(m, &kind_signing);
	struct key_kind kind = kind_bind;
	struct tss_command want;
	struct client_rsa *a = made(0), *b;
	struct pcr_blob info;
	uint32_t key;

	kind.is12 = true;
	pcr_info_long(&info, localities, 0, mask, &release);
	kind.pcr_info = (struct client_bytes){ info.b, info.len };
	key = make_key(m, &kind);
	b = made(0);
	tss_begin(&want, 0);
	put_info2_head(&want, TPM_PT_ASYM);
	put_certified(&want, &kind, b);
	tss_put_u8(&want, 0);
	tss_put_u32(&want, 26);
	tss_put_bytes(&want, "\0\3\0\4", 4);
	tss_put_u8(&want, mask >> 16);
	tss_put_u8(&want, localities);
	tss_put_bytes(&want, release.b, sizeof(release.b));
	tss_put_u32(&want, 0);
	ck_assert_result(certify(certifier, &secret_key, key, &secret_key), 0);
	assert_certified(&want, a);
	ck_assert_result(
		certify2(certifier, &secret_key, key, &secret_key, &zeros), 0);
	assert_certified(&want, a);
	client_rsa_free(a);
	client_rsa_free(b);
}
END_TEST

/* A parent that needed registers is told of. */
START_TEST(what_the_platform_went_through)
{
	const uint32_t certifier = setup_owner_and_key(m, &kind_signing);
	const struct tss_digest release = composite(m, 1);
	struct key_kind kind = kind_storage;
	struct key_blob blob;
	struct pcr_blob info;
	uint32_t parent, key;

	pcr_info(&info, 1, &release);
	kind.pcr_info = (struct client_bytes){ info.b, info.len };
	parent = make_key(m, &kind);
	for (unsigned int generation = 0; generation < 2; generation++) {
		ck_assert_result(call_create_wrap_key(m, parent, &secret_key,
						      &kind_storage, &blob),
				 0);
		ck_assert_result(
			call_load_key2(m, parent, &secret_key, &blob, &key), 0);
		ck_assert_result(
			certify(certifier, &secret_key, key, &secret_key), 0);
		ck_assert_uint_eq(m->answer.p[75], 1);
		parent = key;
	}
}
END_TEST

START_TEST(registers_of_what_is_certified)
{
	const uint32_t certifier = setup_owner_and_key(m, &kind_signing);
	struct key_kind kind = kind_bind;
	struct pcr_blob info;
	uint32_t key;

	kind.is12 = true;
	pcr_info_long(&info, 1, 0, 0x400, &ones);
	kind.pcr_info = (struct client_bytes){ info.b, info.len };
	key = make_key(m, &kind);
	ck_assert_result(
		certify_by(_i, certifier, &secret_key, key, &secret_key),
		TPM_WRONGPCRVAL);
	pcr_info_long(&info, 2, 0, 0, &ones);
	key = make_key(m, &kind);
	ck_assert_result(
		certify_by(_i, certifier, &secret_key, key, &secret_key),
		TPM_BAD_LOCALITY);
	kind.flags = TPM_PCRIGNOREDONREAD;
	key = make_key(m, &kind);
	ck_assert_result(
		certify_by(_i, certifier, &secret_key, key, &secret_key), 0);
}
END_TEST

START_TEST(both_have_to_agree)
{
	const uint32_t certifier = setup_owner_and_key(m, &kind_signing);
	const uint32_t key = make_key(m, &kind_bind);

	ck_assert_result(
		certify_by(_i, certifier, &secret_wrong, key, &secret_key),
		_i ? TPM_AUTH2FAIL : TPM_AUTHFAIL);
	ck_assert_result(
		certify_by(_i, certifier, &secret_key, key, &secret_wrong),
		_i ? TPM_AUTHFAIL : TPM_AUTH2FAIL);
	ck_assert_result(certify_by(_i, certifier, NULL, key, NULL),
			 TPM_AUTHFAIL);
	ck_assert_result(certify_by(_i, certifier, NULL, key, &secret_key),
			 TPM_AUTHFAIL);
	ck_assert_result(certify_by(_i, certifier, &secret_key, key, NULL),
			 TPM_AUTHFAIL);
}
END_TEST

static const uint8_t readable[] = { TPM_AUTH_NEVER, TPM_NO_READ_PUBKEY_AUTH };

START_TEST(those_that_want_no_proof)
{
	struct key_kind silent = kind_signing, kind = kind_bind;
	uint32_t certifier, key;

	silent.auth = TPM_AUTH_NEVER;
	kind.auth = readable[_i % 2];
	certifier = setup_owner_and_key(m, &silent);
	key = make_key(m, &kind);
	ck_assert_result(certify_by(_i / 2, certifier, NULL, key, NULL), 0);
	/* One session is the second key's. */
	ck_assert_result(certify_by(_i / 2, certifier, NULL, key, &secret_key),
			 0);
	ck_assert_result(
		certify_by(_i / 2, certifier, NULL, key, &secret_wrong),
		TPM_AUTHFAIL);
	/* To read is not to use. */
	silent.auth = TPM_NO_READ_PUBKEY_AUTH;
	certifier = make_key(m, &silent);
	ck_assert_result(certify_by(_i / 2, certifier, NULL, key, NULL),
			 TPM_AUTHFAIL);
}
END_TEST

START_TEST(certifiers_of_other_schemes)
{
	struct key_kind kind = kind_signing;
	uint32_t key;

	setup_owner(m);
	key = make_key(m, &kind_bind);
	kind.sig = TPM_SS_RSASSAPKCS1v15_DER;
	ck_assert_result(certify_by(_i, make_key(m, &kind), &secret_key, key,
				    &secret_key),
			 TPM_BAD_KEY_PROPERTY);
	ck_assert_result(certify_by(_i, make_key(m, &kind_bind), &secret_key,
				    key, &secret_key),
			 TPM_BAD_KEY_PROPERTY);
}
END_TEST

/* Which no command loads. */
START_TEST(a_scheme_does_not_make_a_key_certify)
{
	uint32_t certifier, key;

	setup_owner(m);
	key = make_key(m, &kind_bind);
	certifier = setup_key(m, TPM_KEY_BIND, TPM_ES_RSAESOAEP_SHA1_MGF1,
			      TPM_SS_RSASSAPKCS1v15_SHA1, &secret_key);
	ck_assert_result(
		certify_by(_i, certifier, &secret_key, key, &secret_key),
		TPM_INVALID_KEYUSAGE);
}
END_TEST

START_TEST(keys_that_are_not_certified)
{
	const uint32_t certifier = setup_owner_and_key(m, &kind_signing);
	struct key_kind kind = kind_storage;

	kind.usage = TPM_KEY_MIGRATE;
	ck_assert_result(certify_by(_i, certifier, &secret_key,
				    make_key(m, &kind), &secret_key),
			 TPM_INVALID_KEYUSAGE);
}
END_TEST

#define N_CERTIFIABLE 4u
static const struct key_kind *const certifiable[N_CERTIFIABLE] = {
	&kind_signing, &kind_storage, &kind_bind, &kind_legacy
};

START_TEST(keys_that_are_certified)
{
	const uint32_t certifier = setup_owner_and_key(m, &kind_signing);

	for (size_t i = 0; i < N_CERTIFIABLE; i++)
		ck_assert_result(certify_by(_i, certifier, &secret_key,
					    make_key(m, certifiable[i]),
					    &secret_key),
				 0);
	ck_assert_result(certify_by(_i, certifier, &secret_key, load_identity(),
				    &secret_key),
			 0);
}
END_TEST

/* An identity vouches for no key that could be elsewhere. */
START_TEST(identities_certify_what_stays)
{
	struct key_kind kind = kind_bind;
	uint32_t identity;

	setup_owner(m);
	identity = load_identity();
	ck_assert_result(certify_by(_i, identity, &secret_key,
				    make_key(m, &kind), &secret_key),
			 0);
	kind.flags = TPM_MIGRATABLE;
	ck_assert_result(certify_by(_i, identity, &secret_key,
				    make_key(m, &kind), &secret_key),
			 TPM_MIGRATEFAIL);
}
END_TEST

/* ---- Certified migratable keys ---- */

/* What TPM_CMK_CreateKey puts into migrationAuth (Part 2, 5.15). */
static struct tss_digest cmk_auth(const struct key_kind *kind, unsigned int nth,
				  const struct tss_digest *msa)
{
	struct client_rsa *rsa = client_rsa_new(kind->bits, nth);
	const struct tss_digest proof = setup_tpm_proof(m);
	struct tss_digest hmac = { { 0 } }, pub;
	struct client_bytes what;
	struct tss_command c;
	uint8_t n[RSA_MAX];

	client_rsa_modulus(rsa, n);
	client_rsa_free(rsa);
	tss_begin(&c, 0);
	tss_put_u32(&c, TPM_ALG_RSA);
	tss_put_u16(&c, kind->enc);
	tss_put_u16(&c, kind->sig);
	tss_put_u32(&c, 12);
	tss_put_u32(&c, kind->bits);
	tss_put_u32(&c, 2);
	tss_put_u32(&c, 0);
	tss_put_blob(&c, n, kind->bits / 8u);
	pub = sha1_of(c.params, c.len);
	tss_begin(&c, 0);
	tss_put_u16(&c, TPM_TAG_CMK_MIGAUTH);
	tss_put_bytes(&c, msa->b, sizeof(msa->b));
	tss_put_bytes(&c, pub.b, sizeof(pub.b));
	what = (struct client_bytes){ c.params, c.len };
	client_hmac(proof.b, &what, 1, hmac.b);
	return hmac;
}

static struct key_kind cmk_kind(void)
{
	struct key_kind kind = kind_bind;

	kind.flags = TPM_MIGRATABLE | TPM_MIGRATEAUTHORITY;
	return kind;
}

static uint32_t load_cmk(const struct key_kind *kind, uint8_t payload,
			 const struct tss_digest *msa)
{
	struct forgery f = forgery_good(m, kind);
	struct key_blob key;
	uint32_t handle;

	f.payload = payload;
	f.migration = cmk_auth(kind, f.nth, msa);
	forge_key(&f, &key);
	ck_assert_result(
		call_load_key2(m, TPM_KH_SRK, &secret_srk, &key, &handle), 0);
	return handle;
}

static const uint8_t cmk_payloads[] = { TPM_PT_MIGRATE_RESTRICTED,
					TPM_PT_MIGRATE_EXTERNAL };

START_TEST(whose_word_a_migration_takes)
{
	const uint8_t payload = cmk_payloads[_i];
	const struct client_bytes authority[] = { { ones.b, sizeof(ones.b) },
						  { &payload, 1 } };
	const struct key_kind kind = cmk_kind();
	struct client_rsa *identity, *rsa;
	uint32_t certifier, key;
	struct tss_command want;
	struct tss_digest d;

	setup_owner(m);
	certifier = load_identity();
	key = load_cmk(&kind, payload, &ones);
	identity = client_rsa_new(2048, 3);
	rsa = client_rsa_new(2048, 3);
	ck_assert_result(
		certify2(certifier, &secret_key, key, &secret_key, &ones), 0);
	client_sha1(authority, 2, d.b);
	tss_begin(&want, 0);
	put_info2_head(&want, payload);
	put_certified(&want, &kind, rsa);
	tss_put_u8(&want, 0);
	tss_put_u32(&want, 0);
	tss_put_blob(&want, d.b, sizeof(d.b));
	assert_certified(&want, identity);
	client_rsa_free(rsa);
	client_rsa_free(identity);
}
END_TEST

START_TEST(the_wrong_authority)
{
	const struct key_kind kind = cmk_kind();
	uint32_t certifier, key;

	certifier = setup_owner_and_key(m, &kind_signing);
	key = load_cmk(&kind, cmk_payloads[_i], &ones);
	ck_assert_result(
		certify2(certifier, &secret_key, key, &secret_key, &zeros),
		TPM_MA_SOURCE);
}
END_TEST

/* The older command does not know them. */
START_TEST(the_older_command_certifies_none)
{
	const struct key_kind kind = cmk_kind();
	uint32_t certifier, key;

	certifier = setup_owner_and_key(m, &kind_signing);
	key = load_cmk(&kind, cmk_payloads[_i], &ones);
	ck_assert_result(certify(certifier, &secret_key, key, &secret_key),
			 TPM_INVALID_KEYUSAGE);
}
END_TEST

/* The payload says it, and the flag says it. */
START_TEST(half_a_certified_migratable_key)
{
	struct key_kind kind = cmk_kind();
	uint32_t identity, key;

	setup_owner(m);
	identity = load_identity();
	kind.flags = TPM_MIGRATABLE;
	key = load_cmk(&kind, TPM_PT_MIGRATE_RESTRICTED, &ones);
	ck_assert_result(
		certify2(identity, &secret_key, key, &secret_key, &ones),
		TPM_MIGRATEFAIL);
	kind = cmk_kind();
	key = load_cmk(&kind, TPM_PT_ASYM, &ones);
	ck_assert_result(
		certify2(identity, &secret_key, key, &secret_key, &ones),
		TPM_MIGRATEFAIL);
}
END_TEST

/* ---- */

static void add_sign(Suite *s)
{
	TCase *t = section(s, "13.5 TPM_Sign");

	tcase_add_test(t, a_digest);
	tcase_add_test(t, a_digest_has_twenty_bytes);
	tcase_add_loop_test(t, bytes_that_are_padded_as_they_are, 0, 2);
	tcase_add_test(t, what_the_caller_wants_to_be_fresh);
	tcase_add_test(t, keys_without_a_secret);
	tcase_add_test(t, keys_that_do_not_sign);
	tcase_add_test(t, smaller_keys_sign);
}

static void add_certify(Suite *s)
{
	TCase *t = section(s, "13.8 TPM_CertifyKey, 13.9 TPM_CertifyKey2");

	tcase_add_loop_test(t, a_key_without_registers, 0, 2);
	tcase_add_loop_test(t, a_key_with_lower_registers, 0, 2);
	tcase_add_loop_test(t, a_key_with_higher_registers_or_localities, 0, 2);
	tcase_add_test(t, what_the_platform_went_through);
	tcase_add_loop_test(t, registers_of_what_is_certified, 0, 2);
	tcase_add_loop_test(t, both_have_to_agree, 0, 2);
	tcase_add_loop_test(t, those_that_want_no_proof, 0, 4);
	tcase_add_loop_test(t, certifiers_of_other_schemes, 0, 2);
	tcase_add_loop_test(t, a_scheme_does_not_make_a_key_certify, 0, 2);
	tcase_add_loop_test(t, keys_that_are_not_certified, 0, 2);
	tcase_add_loop_test(t, keys_that_are_certified, 0, 2);
	tcase_add_loop_test(t, identities_certify_what_stays, 0, 2);
	tcase_add_loop_test(t, whose_word_a_migration_takes, 0, 2);
	tcase_add_loop_test(t, the_wrong_authority, 0, 2);
	tcase_add_loop_test(t, the_older_command_certifies_none, 0, 2);
	tcase_add_test(t, half_a_certified_migratable_key);
}

int main(void)
{
	Suite *s = suite_create("signing");

	add_sign(s);
	add_certify(s);
	return suite_run(s);
}
