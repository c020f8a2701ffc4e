/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 24: Transport Sessions, and their logs. */
#include "transports.h"

/* ---- 24.1 TPM_EstablishTransport ---- */

START_TEST(a_session_with_a_secret_in_the_clear)
{
	struct tss_transport a, b;
	struct tss_digest d;
	const uint32_t n = free_sessions();

	open_clear(&a, 0);
	ck_assert_result(establish_clear(&b, 0), 0);
	ck_assert_uint_ne(a.session.handle, b.session.handle);
	ck_assert_uint_eq(a.session.handle >> 24, TPM_RT_TRANS);
	ck_assert_mem_ne(a.session.even.b, b.session.even.b, CLIENT_SHA1);
	ck_assert_uint_eq(free_sessions(), n - 2);
	ck_assert_result(run_pcr_read(&a, 17, &d), 0);
	ck_assert_digest(d, ones);
}
END_TEST

START_TEST(it_tells_the_time_and_the_locality)
{
	struct tss_transport t;

	setup_owner(m);
	m->locality = 3;
	m->clock_us += 12345;
	ck_assert_result(establish_clear(&t, 0), 0);
	ck_assert_uint_eq(t.locality, 3);
	ck_assert_uint_eq(ticks_of(&t), 12345);
}
END_TEST

static const struct {
	uint16_t usage, scheme;
	bool oaep;
} keepers[] = {
	{ TPM_KEY_STORAGE, TPM_ES_RSAESOAEP_SHA1_MGF1, true },
	{ TPM_KEY_LEGACY, TPM_ES_RSAESOAEP_SHA1_MGF1, true },
	{ TPM_KEY_LEGACY, TPM_ES_RSAESPKCSv15, false },
};

START_TEST(a_secret_that_a_key_protects)
{
	struct tss_transport t = { .secret = secret_wrong };
	struct tss_session s;
	struct tss_digest d;
	uint32_t key;

	setup_owner(m);
	key = setup_key(m, keepers[_i].usage, keepers[_i].scheme,
			keepers[_i].usage == TPM_KEY_LEGACY
				? TPM_SS_RSASSAPKCS1v15_SHA1
				: TPM_SS_NONE,
			&secret_srk);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(establish_sealed(&t, key, keepers[_i].oaep, &s), 0);
	ck_assert_result(run_pcr_read(&t, 17, &d), 0);
	ck_assert_digest(d, ones);
}
END_TEST

START_TEST(the_srk_protects_one_too)
{
	struct tss_transport t = { .secret = secret_wrong };
	struct tss_session s;

	setup_owner(m);
	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_SRK,
				  TPM_KH_SRK, &secret_srk),
			 0);
	ck_assert_result(establish_sealed(&t, TPM_KH_SRK, true, &s), 0);
	ck_assert(is_open(&t));
}
END_TEST

START_TEST(a_key_without_a_secret_needs_no_session)
{
	struct tss_transport t = { .secret = secret_wrong };

	setup_owner(m);
	ck_assert_result(establish_sealed(&t, storage_key(NULL), true, NULL),
			 0);
	ck_assert_result(
		establish_sealed(&t, storage_key(&secret_srk), true, NULL),
		TPM_AUTHFAIL);
}
END_TEST

START_TEST(other_keys_protect_nothing)
{
	static const struct {
		uint16_t usage, enc, sig;
	} others[] = {
		{ TPM_KEY_SIGNING, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_SHA1 },
		{ TPM_KEY_BIND, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE },
		{ TPM_KEY_IDENTITY, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_SHA1 },
	};
	struct tss_transport t = { .secret = secret_wrong };
	uint32_t key;

	setup_owner(m);
	key = setup_key(m, others[_i].usage, others[_i].enc, others[_i].sig,
			NULL);
	ck_assert_result(establish_sealed(&t, key, true, NULL),
			 TPM_INVALID_KEYUSAGE);
	ck_assert_uint_eq(free_sessions(), 10);
}
END_TEST

START_TEST(keys_that_there_are_not)
{
	struct tss_transport t = { .secret = secret_wrong };

	setup_owner(m);
	ck_assert_result(
		tss_establish(&m->tss, &t, 0x01abcdef,
			      (struct client_bytes){ ones.b, CLIENT_SHA1 },
			      NULL, NULL),
		TPM_INVALID_KEYHANDLE);
}
END_TEST

static uint32_t establish_with(uint32_t key, const uint8_t *auth, size_t len)
{
	struct tss_transport t = { .secret = secret_wrong };
	uint8_t sealed[256];

	seal_secret(key, true, auth, len, sealed);
	return tss_establish(&m->tss, &t, key,
			     (struct client_bytes){ sealed, sizeof(sealed) },
			     NULL, NULL);
}

START_TEST(secrets_that_are_none)
{
	uint8_t b[AUTH_SIZE + 1] = { 0, TPM_TAG_TRANSPORT_AUTH };
	struct tss_transport t = { .secret = secret_wrong };
	uint8_t junk[256] = { 0 };
	uint32_t key;

	setup_owner(m);
	key = storage_key(NULL);
	ck_assert_result(establish_with(key, b, AUTH_SIZE), 0);
	ck_assert_result(establish_with(key, b, AUTH_SIZE - 1),
			 TPM_BAD_PARAM_SIZE);
	ck_assert_result(establish_with(key, b, AUTH_SIZE + 1),
			 TPM_BAD_PARAM_SIZE);
	b[1]++;
	ck_assert_result(establish_with(key, b, AUTH_SIZE),
			 TPM_INVALID_STRUCTURE);
	junk[255] = 1;
	for (size_t len = 0; len <= sizeof(junk); len += 64)
		ck_assert_result(
			tss_establish(&m->tss, &t, key,
				      (struct client_bytes){ junk, len }, NULL,
				      NULL),
			TPM_DECRYPT_ERROR);
	ck_assert_uint_eq(free_sessions(), 9);
}
END_TEST

START_TEST(a_secret_with_a_padding_that_is_none)
{
	struct tss_transport t = { .secret = secret_wrong };
	uint32_t key;

	setup_owner(m);
	key = setup_key(m, TPM_KEY_LEGACY, TPM_ES_RSAESPKCSv15,
			TPM_SS_RSASSAPKCS1v15_SHA1, NULL);
	ck_assert_result(establish_sealed(&t, key, true, NULL),
			 TPM_DECRYPT_ERROR);
	ck_assert_uint_eq(free_sessions(), 10);
}
END_TEST

START_TEST(a_secret_in_the_clear_encrypts_nothing)
{
	struct tss_transport t;

	setup_owner(m);
	ck_assert_result(establish_clear(&t, TPM_TRANSPORT_ENCRYPT),
			 TPM_BAD_SCHEME);
}
END_TEST

START_TEST(a_secret_in_the_clear_has_twenty_bytes)
{
	struct tss_transport t = { .secret = secret_wrong };
	static const size_t sizes[] = { 0, 1, 19, 21, 22, 256 };
	const uint8_t b[256] = { 0 };

	setup_owner(m);
	ck_assert_result(tss_establish(&m->tss, &t, TPM_KH_TRANSPORT,
				       (struct client_bytes){ b, sizes[_i] },
				       NULL, NULL),
			 TPM_BAD_PARAM_SIZE);
}
END_TEST

START_TEST(a_secret_in_the_clear_wants_no_session)
{
	struct tss_transport t = { .secret = secret_wrong };
	struct tss_session s;

	setup_owner(m);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(
		tss_establish(&m->tss, &t, TPM_KH_TRANSPORT,
			      (struct client_bytes){ t.secret.b, CLIENT_SHA1 },
			      &s, &secret_srk),
		TPM_BADTAG);
}
END_TEST

static const struct {
	uint32_t algorithm;
	uint16_t scheme;
	uint32_t result;
} encryptions[] = {
	{ TPM_ALG_MGF1, TPM_ES_NONE, 0 },
	{ TPM_ALG_MGF1, 0, TPM_INAPPROPRIATE_ENC },
	{ TPM_ALG_MGF1, TPM_ES_SYM_CTR, TPM_INAPPROPRIATE_ENC },
	{ TPM_ALG_AES128, TPM_ES_SYM_CTR, 0 },
	{ TPM_ALG_AES128, TPM_ES_SYM_OFB, 0 },
	{ TPM_ALG_AES128, TPM_ES_NONE, TPM_INAPPROPRIATE_ENC },
	{ TPM_ALG_AES128, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_INAPPROPRIATE_ENC },
	{ TPM_ALG_AES128, 6, TPM_INAPPROPRIATE_ENC },
	{ TPM_ALG_AES192, TPM_ES_SYM_CTR, TPM_BAD_KEY_PROPERTY },
	{ TPM_ALG_AES256, TPM_ES_SYM_CTR, TPM_BAD_KEY_PROPERTY },
	{ TPM_ALG_RSA, TPM_ES_NONE, TPM_BAD_KEY_PROPERTY },
	{ TPM_ALG_XOR, TPM_ES_NONE, TPM_BAD_KEY_PROPERTY },
	{ 0, 0, TPM_BAD_KEY_PROPERTY },
};
#define N_ENCRYPTIONS 13

START_TEST(encryptions_that_there_are)
{
	struct tss_transport t = {
		.attributes = TPM_TRANSPORT_ENCRYPT,
		.algorithm = encryptions[_i].algorithm,
		.scheme = encryptions[_i].scheme,
		.secret = secret_wrong,
	};

	setup_owner(m);
	ck_assert_result(establish_sealed(&t, storage_key(NULL), true, NULL),
			 encryptions[_i].result);
}
END_TEST

START_TEST(without_encryption_nobody_looks_at_the_algorithm)
{
	struct tss_transport t = {
		.algorithm = encryptions[_i].algorithm,
		.scheme = encryptions[_i].scheme,
		.secret = secret_wrong,
	};

	setup_owner(m);
	ck_assert_result(establish_sealed(&t, storage_key(NULL), true, NULL),
			 0);
}
END_TEST

START_TEST(mgf1_is_not_for_fips)
{
	struct tss_transport t;

	setup_owner(m);
	setup_fips(m);
	t = (struct tss_transport){
		.attributes = TPM_TRANSPORT_ENCRYPT,
		.algorithm = ciphers[_i].algorithm,
		.scheme = ciphers[_i].scheme,
		.secret = secret_wrong,
	};
	ck_assert_result(establish_sealed(&t, storage_key(NULL), true, NULL),
			 _i ? 0 : TPM_INAPPROPRIATE_ENC);
}
END_TEST

START_TEST(no_more_than_there_are)
{
	struct tss_transport first, t;

	setup_owner(m);
	ck_assert_result(establish_clear(&first, 0), 0);
	for (unsigned int i = 1; i < 10; i++)
		ck_assert_result(establish_clear(&t, 0), 0);
	ck_assert_uint_eq(free_sessions(), 0);
	ck_assert_result(establish_clear(&t, 0), TPM_RESOURCES);
	ck_assert_result(call_flush(m, first.session.handle, TPM_RT_TRANS), 0);
	ck_assert_result(establish_clear(&t, 0), 0);
	ck_assert_uint_ne(t.session.handle, first.session.handle);
}
END_TEST

/* ---- 24.3 TPM_ReleaseTransportSigned ---- */

/* The signature is that of what the client saw happen. */
static void assert_released(struct tss_transport *t, uint32_t key)
{
	struct tss_digest d;
	uint8_t n[256];
	const uint8_t *sig;
	size_t len;

	sig = tss_released(t, &m->answer, &replay, &d, &len);
	ck_assert(tss_end(&m->answer));
	setup_modulus(m, key, n);
	ck_assert(client_rsa_verify(n, sizeof(n), d.b, sig, len));
}

static void release(struct tss_transport *t)
{
	const uint32_t key = signing_key(NULL);
	struct tss_command c;

	tss_release(&c, t, key, &replay, NULL, NULL);
	ck_assert_result(machine_run(m, &c), 0);
	assert_released(t, key);
	ck_assert(!is_open(t));
	ck_assert_uint_eq(free_sessions(), 10);
}

START_TEST(a_log_of_nothing_but_the_session)
{
	struct tss_transport t;

	open_clear(&t, TPM_TRANSPORT_LOG);
	m->clock_us += 33;
	m->locality = (unsigned int)_i;
	release(&t);
}
END_TEST

START_TEST(a_log_of_commands)
{
	struct tss_transport t;
	struct tss_digest d;

	setup_owner(m);
	if (_i == N_CIPHERS)
		ck_assert_result(establish_clear(&t, TPM_TRANSPORT_LOG), 0);
	else
		open_encrypted(&t, (unsigned int)_i, TPM_TRANSPORT_LOG);
	m->clock_us += 1000;
	ck_assert_result(run_extend(&t, 4), 0);
	m->clock_us += 1000;
	ck_assert_result(run_pcr_read(&t, 4, &d), 0);
	ck_assert_result(run_pcr_read(&t, 24, &d), TPM_BADINDEX);
	release(&t);
}
END_TEST

START_TEST(an_exclusive_session_is_released_too)
{
	struct tss_transport t;

	open_clear(&t, TPM_TRANSPORT_LOG | TPM_TRANSPORT_EXCLUSIVE);
	ck_assert_result(run_extend(&t, 4), 0);
	release(&t);
}
END_TEST

/* SHA-1 of the keys' TPM_STORE_PUBKEY, of SHA-1s of them. */
static void expect_modulus(struct tss_transport *t, const uint8_t n[256])
{
	static const uint8_t size[4] = { 0, 0, 1, 0 };
	uint8_t d[CLIENT_SHA1];
	const struct client_bytes key[] = { { size, 4 }, { n, 256 } };
	const struct client_bytes hash = { d, sizeof(d) };

	client_sha1(key, 2, d);
	client_sha1(&hash, 1, t->pub_key_hash.b);
}

static void expect_key(struct tss_transport *t, uint32_t handle)
{
	uint8_t n[256];

	setup_modulus(m, handle, n);
	expect_modulus(t, n);
}

START_TEST(the_log_names_the_keys)
{
	struct tss_transport t;
	struct tss_command c;
	uint32_t key;

	setup_owner(m);
	if (_i == N_CIPHERS)
		ck_assert_result(establish_clear(&t, TPM_TRANSPORT_LOG), 0);
	else
		open_encrypted(&t, (unsigned int)_i, TPM_TRANSPORT_LOG);
	key = signing_key(NULL);
	tss_begin(&c, ORD_TickStampBlob);
	tss_put_handle(&c, key);
	tss_put_bytes(&c, replay.b, sizeof(replay.b));
	tss_put_bytes(&c, ones.b, sizeof(ones.b));
	expect_key(&t, key);
	ck_assert_result(run(&t, &c), 0);
	memset(&t.pub_key_hash, 0, sizeof(t.pub_key_hash));
	ck_assert_result(run_extend(&t, 4), 0);
	release(&t);
}
END_TEST

/* A handle is a key's or another's by what follows it. */
START_TEST(the_log_names_a_key_that_is_flushed)
{
	struct tss_transport t;
	struct tss_session s;
	struct tss_command c;

	setup_owner(m);
	open_encrypted(&t, 0, TPM_TRANSPORT_LOG);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	tss_begin(&c, ORD_FlushSpecific);
	tss_put_handle(&c, s.handle);
	tss_put_u32(&c, TPM_RT_AUTH);
	ck_assert_result(run(&t, &c), 0);
	tss_begin(&c, ORD_FlushSpecific);
	tss_put_handle(&c, TPM_KH_SRK);
	tss_put_u32(&c, TPM_RT_KEY);
	expect_key(&t, TPM_KH_SRK);
	ck_assert_result(run(&t, &c), TPM_BAD_PARAMETER);
	memset(&t.pub_key_hash, 0, sizeof(t.pub_key_hash));
	release(&t);
}
END_TEST

/* TPM_PUBKEY (Part 2, 10.4): the parameters, and the modulus. */
#define PUBKEY_N_AT (4u + 2u + 2u + 4u + 12u + 4u)

static void begin_stamp_with_ek(struct tss_command *c)
{
	tss_begin(c, ORD_TickStampBlob);
	tss_put_handle(c, TPM_KH_EK);
	tss_put_bytes(c, replay.b, sizeof(replay.b));
	tss_put_bytes(c, ones.b, sizeof(ones.b));
}

static void expect_ek(struct tss_transport *t)
{
	ck_assert_result(call_digest(m, ORD_ReadPubek, &zeros), 0);
	tss_get_bytes(&m->answer, PUBKEY_N_AT);
	expect_modulus(t, tss_get_bytes(&m->answer, 256));
}

/*
 * The wrapped command fails, but the key stays.  The client learns only then
 * which it is, and does its own log again.
 */
START_TEST(the_endorsement_key_is_made_for_the_log)
{
	struct tss_transport t, before;
	struct tss_command c;
	struct tss_answer a;
	uint8_t req[TSS_BUFFER];
	uint32_t result;
	size_t len;

	open_clear(&t, TPM_TRANSPORT_LOG);
	ck_assert(tpm12_needs_ek(m->tpm));
	begin_stamp_with_ek(&c);
	before = t;
	len = tss_wrap(&t, &c, req);
	ck_assert_result(machine_send(m, req, len), 0);
	a = m->answer;
	ck_assert(!tpm12_needs_ek(m->tpm));
	ck_assert(is_stored(m));
	expect_ek(&before);
	tss_wrap(&before, &c, req);
	ck_assert_result(tss_unwrap(&m->tss, &before, &c, &a, &result), 0);
	ck_assert_result(result, TPM_KEYNOTFOUND);
	memset(&before.pub_key_hash, 0, sizeof(before.pub_key_hash));
	release(&before);
}
END_TEST

START_TEST(an_endorsement_key_that_cannot_be_had_is_not_logged)
{
	struct tss_transport t;
	struct tss_command c;

	open_clear(&t, TPM_TRANSPORT_LOG);
	begin_stamp_with_ek(&c);
	if (_i)
		setup_no_ek(m);
	else
		m->fail_store = 1;
	ck_assert_result(execute(&t, &c),
			 _i ? TPM_INVALID_KEYHANDLE : TPM_FAIL);
	ck_assert(!is_open(&t));
	ck_assert_int_eq(tpm12_needs_ek(m->tpm), !_i);
}
END_TEST

static uint32_t run_dsap(struct tss_transport *t, unsigned int type,
			 uint32_t key)
{
	struct tss_command c;

	tss_begin(&c, ORD_DSAP);
	tss_put_u16(&c, type);
	tss_put_u32(&c, key);
	tss_put_bytes(&c, replay.b, sizeof(replay.b));
	tss_put_blob(&c, ones.b, sizeof(ones.b));
	/* What comes first is no parameter of a transport session. */
	c.in_handles = c.len - sizeof(ones.b);
	return run(t, &c);
}

/* Only a key's delegation has a key; also where it turns out to be none. */
START_TEST(the_log_names_a_key_that_was_delegated)
{
	struct tss_transport t;
	uint32_t key;

	open_clear(&t, TPM_TRANSPORT_LOG);
	key = signing_key(NULL);
	ck_assert_result(run_dsap(&t, TPM_ET_DEL_OWNER_BLOB, key),
			 TPM_WRONG_ENTITYTYPE);
	expect_key(&t, key);
	ck_assert_result(run_dsap(&t, TPM_ET_DEL_KEY_BLOB, key),
			 TPM_WRONG_ENTITYTYPE);
	memset(&t.pub_key_hash, 0, sizeof(t.pub_key_hash));
	release(&t);
}
END_TEST

static void begin_read_internal(struct tss_command *c, uint32_t key,
				struct tss_session *s)
{
	ck_assert_result(tss_oiap(&m->tss, s), 0);
	tss_begin(c, ORD_OwnerReadInternalPub);
	tss_put_u32(c, key);
	tss_use(c, s, &secret_owner, false);
}

/* The handle is a parameter there, and the key is the endorsement key. */
START_TEST(the_log_names_the_keys_of_the_tpm)
{
	struct tss_transport t;
	struct tss_session s;
	struct tss_command c;

	open_clear(&t, TPM_TRANSPORT_LOG);
	expect_ek(&t);
	begin_read_internal(&c, TPM_KH_EK, &s);
	ck_assert_result(run(&t, &c), 0);
	expect_key(&t, TPM_KH_SRK);
	begin_read_internal(&c, TPM_KH_SRK, &s);
	ck_assert_result(run(&t, &c), 0);
	memset(&t.pub_key_hash, 0, sizeof(t.pub_key_hash));
	release(&t);
}
END_TEST

START_TEST(a_key_that_is_not_loaded_cannot_be_logged)
{
	struct tss_transport t;
	struct tss_command c;

	open_clear(&t, _i ? TPM_TRANSPORT_LOG : 0);
	tss_begin(&c, ORD_TickStampBlob);
	tss_put_handle(&c, 0x01abcdef);
	tss_put_bytes(&c, replay.b, sizeof(replay.b));
	tss_put_bytes(&c, ones.b, sizeof(ones.b));
	if (_i)
		ck_assert_result(execute(&t, &c), TPM_INVALID_KEYHANDLE);
	else
		ck_assert_result(run(&t, &c), TPM_INVALID_KEYHANDLE);
	ck_assert_int_eq(is_open(&t), !_i);
}
END_TEST

START_TEST(a_key_with_a_secret_releases_with_two_sessions)
{
	struct tss_transport t;
	struct tss_session s;
	struct tss_command c;
	uint32_t key;

	open_clear(&t, TPM_TRANSPORT_LOG);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	key = signing_key(&secret_srk);
	tss_release(&c, &t, key, &replay, &s, &secret_srk);
	ck_assert_result(machine_run(m, &c), 0);
	assert_released(&t, key);
	ck_assert_result(call_flush(m, s.handle, TPM_RT_AUTH), 0);
}
END_TEST

START_TEST(a_key_with_a_secret_does_not_with_one)
{
	struct tss_transport t;
	struct tss_command c;

	open_clear(&t, TPM_TRANSPORT_LOG);
	tss_release(&c, &t, signing_key(&secret_srk), &replay, NULL, NULL);
	ck_assert_result(machine_run(m, &c), TPM_AUTHFAIL);
	ck_assert(!is_open(&t));
}
END_TEST

/* Whichever session the key has: action 5. */
START_TEST(a_wrong_transport_secret_is_the_second)
{
	struct tss_transport t;
	struct tss_session s;
	struct tss_command c;

	open_clear(&t, TPM_TRANSPORT_LOG);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	t.secret = secret_owner;
	if (_i)
		tss_release(&c, &t, signing_key(&secret_srk), &replay, &s,
			    &secret_srk);
	else
		tss_release(&c, &t, signing_key(NULL), &replay, NULL, NULL);
	ck_assert_result(machine_run(m, &c), TPM_AUTH2FAIL);
	ck_assert(!is_open(&t));
}
END_TEST

START_TEST(a_session_without_a_log)
{
	struct tss_transport t;
	struct tss_command c;

	open_clear(&t, 0);
	tss_release(&c, &t, signing_key(NULL), &replay, NULL, NULL);
	ck_assert_result(machine_run(m, &c), TPM_BAD_MODE);
	ck_assert(!is_open(&t));
}
END_TEST

static const struct {
	uint16_t usage, enc, sig;
	uint32_t result;
} signers[] = {
	{ TPM_KEY_SIGNING, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_INFO, 0 },
	{ TPM_KEY_SIGNING, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_DER,
	  TPM_INAPPROPRIATE_SIG },
	{ TPM_KEY_STORAGE, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE,
	  TPM_INAPPROPRIATE_SIG },
	{ TPM_KEY_IDENTITY, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_SHA1,
	  TPM_INVALID_KEYUSAGE },
	{ TPM_KEY_LEGACY, TPM_ES_RSAESOAEP_SHA1_MGF1,
	  TPM_SS_RSASSAPKCS1v15_SHA1, TPM_INVALID_KEYUSAGE },
};

START_TEST(keys_that_sign_logs)
{
	struct tss_transport t;
	struct tss_command c;

	open_clear(&t, TPM_TRANSPORT_LOG);
	tss_release(&c, &t,
		    setup_key(m, signers[_i].usage, signers[_i].enc,
			      signers[_i].sig, NULL),
		    &replay, NULL, NULL);
	ck_assert_result(machine_run(m, &c), signers[_i].result);
}
END_TEST

START_TEST(a_session_that_there_is_not)
{
	struct tss_transport t;
	struct tss_command c;

	open_clear(&t, TPM_TRANSPORT_LOG);
	ck_assert_result(call_flush(m, t.session.handle, TPM_RT_TRANS), 0);
	tss_release(&c, &t, signing_key(NULL), &replay, NULL, NULL);
	ck_assert_result(machine_run(m, &c), TPM_INVALID_AUTHHANDLE);
}
END_TEST

/* ---- */

static void add_establish(Suite *s)
{
	TCase *t = section(s, "24.1 TPM_EstablishTransport");

	tcase_add_test(t, a_session_with_a_secret_in_the_clear);
	tcase_add_test(t, it_tells_the_time_and_the_locality);
	tcase_add_loop_test(t, a_secret_that_a_key_protects, 0, 3);
	tcase_add_test(t, the_srk_protects_one_too);
	tcase_add_test(t, a_key_without_a_secret_needs_no_session);
	tcase_add_loop_test(t, other_keys_protect_nothing, 0, 3);
	tcase_add_test(t, keys_that_there_are_not);
	tcase_add_test(t, secrets_that_are_none);
	tcase_add_test(t, a_secret_with_a_padding_that_is_none);
	tcase_add_test(t, a_secret_in_the_clear_encrypts_nothing);
	tcase_add_loop_test(t, a_secret_in_the_clear_has_twenty_bytes, 0, 6);
	tcase_add_test(t, a_secret_in_the_clear_wants_no_session);
	tcase_add_loop_test(t, encryptions_that_there_are, 0, N_ENCRYPTIONS);
	tcase_add_loop_test(t, without_encryption_nobody_looks_at_the_algorithm,
			    0, N_ENCRYPTIONS);
	tcase_add_loop_test(t, mgf1_is_not_for_fips, 0, N_CIPHERS);
	tcase_add_test(t, no_more_than_there_are);
}

static void add_release(Suite *s)
{
	TCase *t = section(s, "24.3 TPM_ReleaseTransportSigned");

	tcase_add_loop_test(t, a_log_of_nothing_but_the_session, 0, 5);
	tcase_add_loop_test(t, a_log_of_commands, 0, N_CIPHERS + 1);
	tcase_add_test(t, an_exclusive_session_is_released_too);
	tcase_add_loop_test(t, the_log_names_the_keys, 0, N_CIPHERS + 1);
	tcase_add_test(t, the_log_names_a_key_that_is_flushed);
	tcase_add_test(t, the_endorsement_key_is_made_for_the_log);
	tcase_add_loop_test(
		t, an_endorsement_key_that_cannot_be_had_is_not_logged, 0, 2);
	tcase_add_test(t, the_log_names_a_key_that_was_delegated);
	tcase_add_test(t, the_log_names_the_keys_of_the_tpm);
	tcase_add_loop_test(t, a_key_that_is_not_loaded_cannot_be_logged, 0, 2);
	tcase_add_test(t, a_key_with_a_secret_releases_with_two_sessions);
	tcase_add_test(t, a_key_with_a_secret_does_not_with_one);
	tcase_add_loop_test(t, a_wrong_transport_secret_is_the_second, 0, 2);
	tcase_add_test(t, a_session_without_a_log);
	tcase_add_loop_test(t, keys_that_sign_logs, 0, 5);
	tcase_add_test(t, a_session_that_there_is_not);
}

int main(void)
{
	Suite *s = suite_create("transport");

	add_establish(s);
	add_release(s);
	return suite_run(s);
}
