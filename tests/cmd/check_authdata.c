/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 17: Changing AuthData; 27.4, as it was done in TPM 1.1. */
#include "chapter.h"
#include "delegations.h"
#include "sessioncalls.h"

static const struct tss_digest secret_new = { "what it shall be now" };

static struct key_blob key; /* under the SRK, with secret_key */

static void set_up(void)
{
	setup_owner(m);
	ck_assert_result(call_create_wrap_key(m, TPM_KH_SRK, &secret_srk,
					      &kind_signing, &key),
			 0);
}

static struct tss_session oiap(void)
{
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	return s;
}

static struct tss_session osap(enum tss_adip adip, uint8_t type, uint32_t value,
			       const struct tss_digest *secret)
{
	struct tss_session s;

	ck_assert_result(tss_osap(&m->tss, &s, adip, type, value, secret), 0);
	return s;
}

static struct tss_session of_srk(void)
{
	return osap(TSS_ADIP_XOR, TPM_ET_SRK, TPM_KH_SRK, &secret_srk);
}

static bool is_open(const struct tss_session *s)
{
	return !call_flush(m, s->handle, TPM_RT_AUTH);
}

static uint32_t sign(uint32_t handle, const struct tss_digest *secret)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_Sign);
	tss_put_handle(&c, handle);
	tss_put_blob(&c, zeros.b, sizeof(zeros.b));
	use_oiap(m, &c, &s, secret);
	return machine_run(m, &c);
}

static uint32_t load(const struct key_blob *blob)
{
	uint32_t handle;

	ck_assert_result(
		call_load_key2(m, TPM_KH_SRK, &secret_srk, blob, &handle), 0);
	return handle;
}

/* The blob is of a key whose secret is this, and not what it was. */
static void assert_key_has(const struct key_blob *blob,
			   const struct tss_digest *secret)
{
	const uint32_t handle = load(blob);

	ck_assert_result(sign(handle, secret), 0);
	ck_assert_result(sign(handle, &secret_wrong), TPM_AUTHFAIL);
	ck_assert_result(call_flush(m, handle, TPM_RT_KEY), 0);
}

/* ---- 17.1 TPM_ChangeAuth ---- */

/* Runs it in these sessions; what comes is put into the blob. */
static uint32_t change_in(struct tss_session *parent, struct tss_session *own,
			  unsigned int type, struct key_blob *blob)
{
	struct tss_command c;
	uint32_t result;

	put_change_auth(&c, parent, type, enc_data(blob), &secret_new);
	tss_use(&c, parent, &secret_srk, true);
	tss_use(&c, own, &secret_key, true);
	result = machine_run(m, &c);
	if (!result)
		set_enc_data(blob, answer_is_blob(m));
	return result;
}

static uint32_t change(unsigned int type, struct key_blob *blob)
{
	struct tss_session parent = of_srk(), own = oiap();
	const uint32_t result = change_in(&parent, &own, type, blob);

	ck_assert(!is_open(&parent));
	ck_assert(!is_open(&own));
	return result;
}

START_TEST(a_key_gets_another_secret)
{
	struct key_blob changed = key;

	ck_assert_result(change(TPM_ET_KEY, &changed), 0);
	assert_key_has(&changed, &secret_new);
	/* The old blob is as good as it was. */
	assert_key_has(&key, &secret_key);
}
END_TEST

START_TEST(each_encryption_of_the_new_secret)
{
	struct tss_session own = oiap();
	struct tss_session parent = osap(TSS_ADIP_AES_CTR, TPM_ET_KEYHANDLE,
					 TPM_KH_SRK, &secret_srk);

	ck_assert_result(change_in(&parent, &own, TPM_ET_KEY, &key), 0);
	assert_key_has(&key, &secret_new);
}
END_TEST

static struct key_blob sealed(void)
{
	const struct client_bytes none = { NULL, 0 }, data = { "a secret", 8 };
	struct key_blob blob;

	ck_assert_result(call_seal(m, TPM_KH_SRK, &secret_srk, none, data,
				   &secret_key, &blob),
			 0);
	return blob;
}

START_TEST(data_gets_another_secret)
{
	struct key_blob blob = sealed();
	size_t len;

	ck_assert_result(change(TPM_ET_DATA, &blob), 0);
	ck_assert_result(
		call_unseal(m, TPM_KH_SRK, &secret_srk, &blob, &secret_key),
		TPM_AUTH2FAIL);
	ck_assert_result(
		call_unseal(m, TPM_KH_SRK, &secret_srk, &blob, &secret_new), 0);
	ck_assert_mem_eq(tss_get_blob(&m->answer, &len), "a secret", 8);
}
END_TEST

START_TEST(one_is_not_the_other)
{
	struct key_blob blob = sealed();

	ck_assert_result(change(TPM_ET_KEY, &blob), TPM_INVALID_STRUCTURE);
	ck_assert_result(change(TPM_ET_DATA, &key), TPM_INVALID_STRUCTURE);
}
END_TEST

START_TEST(entities_that_no_parent_protects)
{
	static const uint8_t types[] = {
		0, TPM_ET_KEYHANDLE, TPM_ET_OWNER, TPM_ET_SRK, TPM_ET_NV, 0xff
	};

	for (size_t i = 0; i < sizeof(types); i++)
		ck_assert_result(change(types[i], &key), TPM_WRONG_ENTITYTYPE);
}
END_TEST

START_TEST(kinds_of_sessions)
{
	struct tss_session open = oiap(), own = oiap(), parent = of_srk();
	struct tss_session bound = of_srk();

	open.bound = true;
	open.shared = secret_srk;
	ck_assert_result(change_in(&open, &own, TPM_ET_KEY, &key),
			 TPM_BAD_MODE);
	ck_assert_result(change_in(&parent, &bound, TPM_ET_KEY, &key),
			 TPM_BAD_MODE);
}
END_TEST

START_TEST(a_secret_that_was_not_known)
{
	struct tss_session parent = of_srk(), own = oiap();

	own.bound = true;
	own.shared = secret_wrong;
	ck_assert_result(change_in(&parent, &own, TPM_ET_KEY, &key),
			 TPM_AUTH2FAIL);
	ck_assert(!is_open(&parent));
}
END_TEST

START_TEST(another_protocol)
{
	struct tss_session parent = of_srk(), own = oiap();
	struct tss_command c;

	put_change_auth(&c, &parent, TPM_ET_KEY, enc_data(&key), &secret_new);
	c.params[5] = TPM_PID_OWNER;
	tss_use(&c, &parent, &secret_srk, true);
	tss_use(&c, &own, &secret_key, true);
	ck_assert_result(machine_run(m, &c), TPM_BAD_PARAMETER);
}
END_TEST

START_TEST(what_the_parent_never_protected)
{
	struct key_blob bad = key;

	bad.b[bad.len - 1] ^= 1;
	ck_assert_result(change(TPM_ET_KEY, &bad), TPM_DECRYPT_ERROR);
}
END_TEST

START_TEST(a_parent_that_is_none)
{
	const uint32_t handle = load(&key);
	struct tss_session own = oiap();
	struct tss_session s =
		osap(TSS_ADIP_XOR, TPM_ET_KEYHANDLE, handle, &secret_key);
	struct tss_command c;

	put_change_auth(&c, &s, TPM_ET_KEY, enc_data(&key), &secret_new);
	c.params[0] = (uint8_t)(handle >> 24);
	c.params[1] = (uint8_t)(handle >> 16);
	c.params[2] = (uint8_t)(handle >> 8);
	c.params[3] = (uint8_t)handle;
	tss_use(&c, &s, &secret_key, true);
	tss_use(&c, &own, &secret_key, true);
	ck_assert_result(machine_run(m, &c), TPM_INVALID_KEYUSAGE);
}
END_TEST

START_TEST(a_delegate_changes_a_secret)
{
	const uint32_t family = new_family(m);
	const struct delegate_public pub = delegate_key(family, 1u << 6);
	struct tss_session parent, own = oiap();
	struct delegate_blob blob;

	ck_assert_result(
		call_create_key(m, TPM_KH_SRK, &secret_srk, &pub, &blob), 0);
	ck_assert_result(open_key_blob(m, &parent, TPM_KH_SRK, &blob), 0);
	ck_assert_result(change_in(&parent, &own, TPM_ET_KEY, &key), 0);
	assert_key_has(&key, &secret_new);
}
END_TEST

/* ---- 17.2 TPM_ChangeAuthOwner ---- */

static uint32_t change_owner_in(struct tss_session *s, unsigned int protocol,
				unsigned int type)
{
	struct tss_digest enc;
	struct tss_command c;

	tss_begin(&c, ORD_ChangeAuthOwner);
	tss_put_u16(&c, protocol);
	tss_encrypt(s, &secret_new, false, &enc);
	tss_put_bytes(&c, enc.b, sizeof(enc.b));
	tss_put_u16(&c, type);
	tss_use(&c, s, &secret_owner, true);
	return machine_run(m, &c);
}

static struct tss_session of_owner(enum tss_adip adip)
{
	return osap(adip, TPM_ET_OWNER, TPM_KH_OWNER, &secret_owner);
}

/* Whether this is the owner's secret. */
static uint32_t manage(const struct tss_digest *secret)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_Delegate_Manage);
	tss_put_u32(&c, 0);
	tss_put_u32(&c, TPM_FAMILY_CREATE);
	tss_put_blob(&c, "x", 1);
	use_oiap(m, &c, &s, secret);
	return machine_run(m, &c);
}

static const enum tss_adip adips[] = { TSS_ADIP_XOR, TSS_ADIP_AES_CTR };

START_TEST(the_owner_gets_another_secret)
{
	struct tss_session s = of_owner(adips[_i]);

	ck_assert_result(change_owner_in(&s, TPM_PID_ADCP, TPM_ET_OWNER), 0);
	ck_assert(!is_open(&s));
	ck_assert_result(manage(&secret_new), 0);
	ck_assert_result(manage(&secret_owner), TPM_AUTHFAIL);
	machine_reboot(m);
	ck_assert_result(manage(&secret_new), 0);
}
END_TEST

START_TEST(the_srk_gets_another_secret)
{
	struct tss_session s = of_owner(adips[_i]);
	uint32_t handle;

	ck_assert_result(change_owner_in(&s, TPM_PID_ADCP, TPM_ET_SRK), 0);
	ck_assert_result(
		call_load_key2(m, TPM_KH_SRK, &secret_srk, &key, &handle),
		TPM_AUTHFAIL);
	machine_reboot(m);
	ck_assert_result(
		call_load_key2(m, TPM_KH_SRK, &secret_new, &key, &handle), 0);
	ck_assert_result(manage(&secret_owner), 0);
}
END_TEST

static const uint8_t changeable[] = { TPM_ET_OWNER, TPM_ET_SRK };

START_TEST(sessions_of_the_old_secret_end)
{
	struct tss_session s = of_owner(TSS_ADIP_XOR);
	const struct tss_session owner = of_owner(TSS_ADIP_XOR);
	const struct tss_session away = of_owner(TSS_ADIP_XOR);
	const struct tss_session srk = of_srk(), open = oiap();
	struct context_blob blob;
	uint32_t handle;

	ck_assert_result(call_save_context(m, away.handle, TPM_RT_AUTH, &blob),
			 0);
	ck_assert_result(change_owner_in(&s, TPM_PID_ADCP, changeable[_i]), 0);
	ck_assert(!is_open(&owner));
	ck_assert_int_eq(is_open(&srk), changeable[_i] == TPM_ET_OWNER);
	ck_assert(is_open(&open));
	ck_assert_result(call_load_context(m, 0, false, &blob, &handle),
			 TPM_BADCONTEXT);
}
END_TEST

START_TEST(what_an_owner_cannot_change)
{
	struct tss_session s = of_owner(TSS_ADIP_XOR);
	static const uint8_t types[] = { TPM_ET_KEYHANDLE, TPM_ET_KEY,
					 TPM_ET_DATA, 0 };

	ck_assert_result(change_owner_in(&s, TPM_PID_OWNER, TPM_ET_OWNER),
			 TPM_BAD_PARAMETER);
	for (size_t i = 0; i < sizeof(types); i++) {
		s = of_owner(TSS_ADIP_XOR);
		ck_assert_result(change_owner_in(&s, TPM_PID_ADCP, types[i]),
				 TPM_WRONG_ENTITYTYPE);
		ck_assert(!is_open(&s));
	}
	s = oiap();
	s.bound = true;
	s.shared = secret_owner;
	ck_assert_result(change_owner_in(&s, TPM_PID_ADCP, TPM_ET_OWNER),
			 TPM_BAD_MODE);
	ck_assert_result(manage(&secret_owner), 0);
}
END_TEST

START_TEST(no_delegate_changes_the_owners_secret)
{
	const struct delegate_public pub =
		delegate_owner(new_family(m), 0xffffffff);
	struct delegate_blob blob;
	struct tss_session s;

	ck_assert_result(call_create_owner(m, false, &pub, &blob), 0);
	ck_assert_result(open_owner_blob(m, &s, &blob), 0);
	ck_assert_result(change_owner_in(&s, TPM_PID_ADCP, TPM_ET_OWNER),
			 TPM_AUTHFAIL);
}
END_TEST

/* ---- 27.4.1 TPM_ChangeAuthAsymStart ---- */

START_TEST(an_ephemeral_key_is_certified)
{
	const uint32_t id = setup_identity_key(m, &secret_key);
	const unsigned int nth = m->primes_taken - 1;
	struct client_rsa *rsa = client_rsa_new(2048, nth);
	struct tss_command c;
	struct tss_session s;
	struct client_bytes info, sig, n;
	uint8_t digest[CLIENT_SHA1], modulus[RSA_MAX];

	put_asym_start(&c, id, 1024);
	use_oiap(m, &c, &s, &secret_key);
	ck_assert_result(machine_run(m, &c), 0);
	info = (struct client_bytes){ m->answer.p, 80 };
	/* 1.1; an AUTHCHANGE key, volatile, without a secret. */
	ck_assert_uint_eq(tss_get_u32(&m->answer), 0x01010000);
	ck_assert_uint_eq(tss_get_u16(&m->answer), TPM_KEY_AUTHCHANGE);
	ck_assert_uint_eq(tss_get_u32(&m->answer), TPM_ISVOLATILE);
	ck_assert_uint_eq(tss_get_u8(&m->answer), TPM_AUTH_NEVER);
	tss_get_bytes(&m->answer, 12 + 12);
	n = (struct client_bytes){ tss_get_bytes(&m->answer, 20), 20 };
	ck_assert_mem_eq(tss_get_bytes(&m->answer, 20), secret_wrong.b, 20);
	ck_assert_uint_eq(tss_get_u8(&m->answer), 0);
	ck_assert_uint_eq(tss_get_u32(&m->answer), 0);
	sig.p = tss_get_blob(&m->answer, &sig.len);
	client_sha1(&info, 1, digest);
	ck_assert(client_signed_sha1(rsa, digest, sig));
	client_rsa_free(rsa);
	/* The key that it is about. */
	rsa = client_rsa_new(1024, nth + 1);
	client_rsa_modulus(rsa, modulus);
	info = (struct client_bytes){ modulus, client_rsa_size(rsa) };
	client_sha1(&info, 1, digest);
	ck_assert_mem_eq(n.p, digest, sizeof(digest));
	client_rsa_free(rsa);
}
END_TEST

START_TEST(only_identities_certify)
{
	const uint32_t handle = load(&key);
	struct ephemeral e;

	ck_assert_result(call_asym_start(m, handle, 1024, &e),
			 TPM_INVALID_KEYUSAGE);
}
END_TEST

START_TEST(ephemeral_keys_that_there_are_not)
{
	const uint32_t id = setup_identity_key(m, &secret_key);
	static const unsigned int sizes[] = { 0, 256, 1000, 4096 };
	struct ephemeral e;
	const uint32_t n = property(m, TPM_CAP_PROP_MAX_KEYS);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		ck_assert_result(call_asym_start(m, id, sizes[i], &e),
				 TPM_BAD_KEY_PROPERTY);
	setup_fips(m);
	ck_assert_result(call_asym_start(m, id, 512, &e), TPM_NOTFIPS);
	for (uint32_t i = 1; i < n; i++) {
		ck_assert_result(call_asym_start(m, id, 1024, &e), 0);
		client_rsa_free(e.rsa);
	}
	ck_assert_result(call_asym_start(m, id, 1024, &e), TPM_NOSPACE);
}
END_TEST

START_TEST(an_identity_is_not_used_for_nothing)
{
	const uint32_t id = setup_identity_key(m, &secret_key);
	struct tss_command c;

	put_asym_start(&c, id, 1024);
	ck_assert_result(machine_run(m, &c), TPM_AUTHFAIL);
}
END_TEST

/* ---- 27.4.2 TPM_ChangeAuthAsymFinish ---- */

static struct ephemeral start(void)
{
	const uint32_t id = setup_identity_key(m, &secret_key);
	struct ephemeral e;

	ck_assert_result(call_asym_start(m, id, 1024, &e), 0);
	return e;
}

/* With secret_key as what the client believes the old one to be. */
static void begin_finish(struct tss_command *c, uint32_t parent,
			 const struct ephemeral *e, unsigned int type,
			 const struct tss_digest *old_secret,
			 const struct key_blob *blob)
{
	const struct client_bytes enc = enc_data(blob);

	tss_begin(c, ORD_ChangeAuthAsymFinish);
	tss_put_handle(c, parent);
	tss_put_handle(c, e->handle);
	put_asym_secret(c, e, type, old_secret, &secret_new);
	tss_put_blob(c, enc.p, enc.len);
}

static uint32_t finish(const struct ephemeral *e, unsigned int type,
		       struct key_blob *blob)
{
	struct tss_command c;
	struct tss_session s;
	struct client_bytes out;
	uint32_t result;

	begin_finish(&c, TPM_KH_SRK, e, type, &secret_key, blob);
	use_oiap(m, &c, &s, &secret_owner);
	result = machine_run(m, &c);
	if (result)
		return result;
	out.p = tss_get_blob(&m->answer, &out.len);
	set_enc_data(blob, out);
	return 0;
}

START_TEST(a_key_gets_a_secret_that_its_parent_does_not_see)
{
	const struct ephemeral e = start();
	struct tss_digest salt, proof;
	struct client_bytes pieces[2] = { { salt.b, 20 },
					  { secret_wrong.b, 20 } };
	uint8_t want[CLIENT_SHA1];

	ck_assert_result(finish(&e, TPM_ET_KEY, &key), 0);
	tss_get_digest(&m->answer, &salt);
	tss_get_digest(&m->answer, &proof);
	ck_assert(tss_end(&m->answer));
	client_hmac(secret_new.b, pieces, 2, want);
	ck_assert_mem_eq(proof.b, want, sizeof(want));
	assert_key_has(&key, &secret_new);
	/* The ephemeral key served once. */
	ck_assert_result(finish(&e, TPM_ET_KEY, &key), TPM_INVALID_KEYHANDLE);
	client_rsa_free(e.rsa);
}
END_TEST

START_TEST(data_gets_one_as_well)
{
	const struct ephemeral e = start();
	struct key_blob blob = sealed();

	ck_assert_result(finish(&e, TPM_ET_DATA, &blob), 0);
	ck_assert_result(
		call_unseal(m, TPM_KH_SRK, &secret_srk, &blob, &secret_new), 0);
	client_rsa_free(e.rsa);
}
END_TEST

START_TEST(a_parent_below_the_root_proves_itself)
{
	const struct ephemeral e = start();
	const uint32_t parent = make_key(m, &kind_storage);
	struct key_blob child;
	struct tss_command c;
	struct tss_session s;

	ck_assert_result(call_create_wrap_key(m, parent, &secret_key,
					      &kind_signing, &child),
			 0);
	begin_finish(&c, parent, &e, TPM_ET_KEY, &secret_key, &child);
	use_oiap(m, &c, &s, &secret_owner);
	ck_assert_result(machine_run(m, &c), TPM_AUTHFAIL);
	begin_finish(&c, parent, &e, TPM_ET_KEY, &secret_key, &child);
	use_oiap(m, &c, &s, &secret_key);
	ck_assert_result(machine_run(m, &c), 0);
	client_rsa_free(e.rsa);
}
END_TEST

/* The storage root key is the owner's. */
START_TEST(the_root_is_proved_by_the_owner)
{
	const struct ephemeral e = start();
	struct tss_command c;
	struct tss_session s;

	begin_finish(&c, TPM_KH_SRK, &e, TPM_ET_KEY, &secret_key, &key);
	use_oiap(m, &c, &s, &secret_srk);
	ck_assert_result(machine_run(m, &c), TPM_AUTHFAIL);
	begin_finish(&c, TPM_KH_SRK, &e, TPM_ET_KEY, &secret_key, &key);
	ck_assert_result(machine_run(m, &c), TPM_AUTHFAIL);
	client_rsa_free(e.rsa);
}
END_TEST

START_TEST(who_guesses_the_old_secret_is_counted)
{
	const struct ephemeral e = start();
	struct tss_command c;
	struct tss_session s;
	uint32_t result;

	for (unsigned int i = 0; i < 20; i++) {
		begin_finish(&c, TPM_KH_SRK, &e, TPM_ET_KEY, &secret_wrong,
			     &key);
		use_oiap(m, &c, &s, &secret_owner);
		result = machine_run(m, &c);
		if (result == TPM_DEFEND_LOCK_RUNNING)
			break;
		ck_assert_result(result, TPM_AUTHFAIL);
	}
	ck_assert_result(result, TPM_DEFEND_LOCK_RUNNING);
	client_rsa_free(e.rsa);
}
END_TEST

START_TEST(what_finish_does_not_take)
{
	struct ephemeral e = start();
	const struct ephemeral other = { load(&key), e.rsa };
	struct key_blob blob = sealed();

	ck_assert_result(finish(&e, TPM_ET_OWNER, &key), TPM_WRONG_ENTITYTYPE);
	ck_assert_result(finish(&e, TPM_ET_DATA, &key), TPM_INVALID_STRUCTURE);
	ck_assert_result(finish(&e, TPM_ET_KEY, &blob), TPM_INVALID_STRUCTURE);
	ck_assert_result(finish(&other, TPM_ET_KEY, &key), TPM_BAD_PARAMETER);
	blob = key;
	blob.b[blob.len - 1] ^= 1;
	ck_assert_result(finish(&e, TPM_ET_KEY, &blob), TPM_DECRYPT_ERROR);
	/* Encrypted for another key than e's. */
	client_rsa_free(e.rsa);
	e.rsa = client_rsa_new(1024, m->primes_taken);
	ck_assert_result(finish(&e, TPM_ET_KEY, &key), TPM_DECRYPT_ERROR);
	client_rsa_free(e.rsa);
}
END_TEST

START_TEST(a_parent_of_another_kind)
{
	const struct ephemeral e = start();
	struct tss_command c;
	struct tss_session s;

	begin_finish(&c, load(&key), &e, TPM_ET_KEY, &secret_key, &key);
	use_oiap(m, &c, &s, &secret_key);
	ck_assert_result(machine_run(m, &c), TPM_INVALID_KEYUSAGE);
	client_rsa_free(e.rsa);
}
END_TEST

/* ---- */

static TCase *owned(Suite *s, const char *name)
{
	TCase *t = section(s, name);

	tcase_add_checked_fixture(t, set_up, NULL);
	return t;
}

static void add_change(Suite *s)
{
	TCase *t = owned(s, "17.1 TPM_ChangeAuth");

	tcase_add_test(t, a_key_gets_another_secret);
	tcase_add_test(t, each_encryption_of_the_new_secret);
	tcase_add_test(t, data_gets_another_secret);
	tcase_add_test(t, one_is_not_the_other);
	tcase_add_test(t, entities_that_no_parent_protects);
	tcase_add_test(t, kinds_of_sessions);
	tcase_add_test(t, a_secret_that_was_not_known);
	tcase_add_test(t, another_protocol);
	tcase_add_test(t, what_the_parent_never_protected);
	tcase_add_test(t, a_parent_that_is_none);
	tcase_add_test(t, a_delegate_changes_a_secret);
	t = owned(s, "17.2 TPM_ChangeAuthOwner");
	tcase_add_loop_test(t, the_owner_gets_another_secret, 0, 2);
	tcase_add_loop_test(t, the_srk_gets_another_secret, 0, 2);
	tcase_add_loop_test(t, sessions_of_the_old_secret_end, 0, 2);
	tcase_add_test(t, what_an_owner_cannot_change);
	tcase_add_test(t, no_delegate_changes_the_owners_secret);
}

int main(void)
{
	Suite *s = suite_create("authdata");
	TCase *t;

	add_change(s);
	t = owned(s, "27.4.1 TPM_ChangeAuthAsymStart");
	tcase_add_test(t, an_ephemeral_key_is_certified);
	tcase_add_test(t, only_identities_certify);
	tcase_add_test(t, ephemeral_keys_that_there_are_not);
	tcase_add_test(t, an_identity_is_not_used_for_nothing);
	t = owned(s, "27.4.2 TPM_ChangeAuthAsymFinish");
	tcase_add_test(t, a_key_gets_a_secret_that_its_parent_does_not_see);
	tcase_add_test(t, data_gets_one_as_well);
	tcase_add_test(t, a_parent_below_the_root_proves_itself);
	tcase_add_test(t, the_root_is_proved_by_the_owner);
	tcase_add_test(t, who_guesses_the_old_secret_is_counted);
	tcase_add_test(t, what_finish_does_not_take);
	tcase_add_test(t, a_parent_of_another_kind);
	return suite_run(s);
}
