/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authorisation (emulator/auth.c) on calls that are put together by hand, with
 * HMACs that the client computes.
 */
#include <check.h>
#include <string.h>

#include "delegation.h"
#include "keys.h"
#include "machine.h"
#include "primitives.h"
#include "setup.h"
#include "suite.h"
#include "tpm.h"

static struct machine *m;
static struct tpm *t;

static void setup(void)
{
	m = machine_started();
	setup_owner(m);
	t = m->tpm;
}

static void teardown(void)
{
	machine_free(m);
}

static const struct tpm_digest secret = { "open sesame, and now" };
static const struct tpm_digest other = { "open barley, and now" };

/* A key, for what that matters here. */
static const struct tpm_entity entity = {
	.type = TPM_ET_KEYHANDLE,
	.id = { "what it is all about" },
	.secret = { "open sesame, and now" },
};

/* HMAC(key, params || even || odd || continue), as Part 1 has it. */
static void hmac(const struct tpm_digest *key, const struct tpm_digest *params,
		 const struct tpm_digest *even, const struct tpm_auth *a,
		 uint8_t out[CLIENT_SHA1])
{
	const uint8_t cont = a->continueAuthSession;
	const struct client_bytes pieces[] = {
		{ params->b, sizeof(params->b) },
		{ even->b, sizeof(even->b) },
		{ a->nonceOdd.b, sizeof(a->nonceOdd.b) },
		{ &cont, 1 },
	};

	client_hmac(key->b, pieces, 4, out);
}

/* A call whose sessions are proved with the secret, in n areas. */
static struct tpm_call make_call(struct tpm_session **s, unsigned int n)
{
	struct tpm_call c = {
		.cmd = tpm_command_find(TPM_ORD_Unseal), /* takes up to two */
		.n_auth = n,
		.in_digest = { "parameters, digested" },
	};

	for (unsigned int i = 0; i < n; i++) {
		struct tpm_auth *a = &c.auth[i];

		a->handle = s[i]->handle;
		a->nonceOdd = (struct tpm_digest){ "odd" };
		a->nonceOdd.b[19] = (uint8_t)i;
		a->continueAuthSession = true;
		hmac(s[i]->protocol == TPM_PID_OIAP ? &secret
						    : &s[i]->sharedSecret,
		     &c.in_digest, &s[i]->nonceEven, a, a->hmac.b);
	}
	return c;
}

static enum tpm_rc verify(struct tpm_call *c, unsigned int slot)
{
	ck_assert_int_eq(auth_find_sessions(t, c), TPM_SUCCESS);
	return auth_verify(t, c, slot, &entity);
}

/* ---- The table ---- */

START_TEST(a_session_is_found_until_it_is_closed)
{
	struct tpm_session *s = session_open(t, TPM_PID_OIAP);
	const uint32_t handle = s->handle;

	ck_assert_ptr_eq(session_find(t, handle), s);
	ck_assert_uint_eq(session_count(t), 1);
	session_close(s);
	ck_assert_ptr_null(session_find(t, handle));
	ck_assert_ptr_null(session_find(t, 0));
	ck_assert_uint_eq(session_count(t), 0);
}
END_TEST

START_TEST(closing_leaves_no_secret)
{
	static const struct tpm_session none;
	struct tpm_session *s = session_open(t, TPM_PID_OSAP);

	s->sharedSecret = secret;
	session_close(s);
	ck_assert_mem_eq(s, &none, sizeof(none));
}
END_TEST

START_TEST(a_full_table_gives_none)
{
	struct tpm_session *s[TPM_MAX_SESSIONS];

	for (unsigned int i = 0; i < TPM_MAX_SESSIONS; i++) {
		s[i] = session_open(t, TPM_PID_OIAP);
		ck_assert_ptr_nonnull(s[i]);
		for (unsigned int k = 0; k < i; k++)
			ck_assert_uint_ne(s[i]->handle, s[k]->handle);
	}
	ck_assert_ptr_null(session_open(t, TPM_PID_OIAP));
	session_close(s[TPM_MAX_SESSIONS / 2]);
	ck_assert_ptr_eq(session_open(t, TPM_PID_OSAP),
			 s[TPM_MAX_SESSIONS / 2]);
	ck_assert_ptr_null(session_open(t, TPM_PID_OSAP));
}
END_TEST

START_TEST(a_handle_in_use_is_not_given_again)
{
	const struct tpm_session *first = session_open(t, TPM_PID_OIAP);
	const struct tpm_session *second;

	t->s.last_handle = (first->handle - 1) & 0xffffff;
	second = session_open(t, TPM_PID_OIAP);
	ck_assert_uint_eq(second->handle, first->handle + 1);
}
END_TEST

START_TEST(handles_wrap_below_the_reserved_ones)
{
	const struct tpm_session *s;

	t->s.last_handle = 0xfffffe;
	s = session_open(t, TPM_PID_OIAP);
	ck_assert_uint_eq(s->handle, 0x02ffffff);
	s = session_open(t, TPM_PID_OIAP);
	ck_assert_uint_eq(s->handle, 0x02000000);
}
END_TEST

/* ---- Proofs ---- */

START_TEST(the_secret_opens)
{
	struct tpm_session *s = session_open(t, TPM_PID_OIAP);
	struct tpm_call c = make_call(&s, 1);

	ck_assert_int_eq(verify(&c, 0), TPM_SUCCESS);
	ck_assert(c.auth[0].verified);
	ck_assert_mem_eq(&c.auth[0].key, &secret, sizeof(secret));
}
END_TEST

START_TEST(another_secret_does_not)
{
	struct tpm_session *s = session_open(t, TPM_PID_OIAP);
	struct tpm_call c = make_call(&s, 1);
	struct tpm_entity e = entity;

	e.secret = other;
	ck_assert_int_eq(auth_find_sessions(t, &c), TPM_SUCCESS);
	ck_assert_int_eq(auth_verify(t, &c, 0, &e), TPM_AUTHFAIL);
	ck_assert(!c.auth[0].verified);
}
END_TEST

/* Everything that is proved, a bit of it changed. */
START_TEST(what_was_not_proved_does_not_pass)
{
	struct tpm_session *s = session_open(t, TPM_PID_OIAP);
	const struct tpm_call good = make_call(&s, 1);
	struct tpm_call c;

	for (unsigned int bit = 0; bit < 8 * TPM_SHA1_SIZE; bit++) {
		const uint8_t flip = (uint8_t)(1u << bit % 8);

		c = good;
		c.in_digest.b[bit / 8] ^= flip;
		ck_assert_int_eq(verify(&c, 0), TPM_AUTHFAIL);
		c = good;
		c.auth[0].nonceOdd.b[bit / 8] ^= flip;
		ck_assert_int_eq(verify(&c, 0), TPM_AUTHFAIL);
		c = good;
		c.auth[0].hmac.b[bit / 8] ^= flip;
		ck_assert_int_eq(verify(&c, 0), TPM_AUTHFAIL);
		c = good;
		s->nonceEven.b[bit / 8] ^= flip;
		ck_assert_int_eq(verify(&c, 0), TPM_AUTHFAIL);
		s->nonceEven.b[bit / 8] ^= flip;
	}
	c = good;
	c.auth[0].continueAuthSession = false;
	ck_assert_int_eq(verify(&c, 0), TPM_AUTHFAIL);
	c = good;
	ck_assert_int_eq(verify(&c, 0), TPM_SUCCESS);
}
END_TEST

START_TEST(the_second_session_has_its_own_refusal)
{
	struct tpm_session *s[2] = { session_open(t, TPM_PID_OIAP),
				     session_open(t, TPM_PID_OIAP) };
	struct tpm_call c = make_call(s, 2);

	ck_assert_int_eq(verify(&c, 1), TPM_SUCCESS);
	c.auth[1].hmac.b[0] ^= 1;
	ck_assert_int_eq(verify(&c, 1), TPM_AUTH2FAIL);
	ck_assert_int_eq(verify(&c, 0), TPM_SUCCESS);
}
END_TEST

START_TEST(a_session_that_was_not_sent_proves_nothing)
{
	struct tpm_session *s = session_open(t, TPM_PID_OIAP);
	struct tpm_call c = make_call(&s, 1), none = { .n_auth = 0 };

	ck_assert_int_eq(verify(&c, 1), TPM_AUTH2FAIL);
	ck_assert_int_eq(verify(&none, 0), TPM_AUTHFAIL);
}
END_TEST

/* ---- Bound sessions ---- */

static struct tpm_session *open_bound(void)
{
	struct tpm_session *s = session_open(t, TPM_PID_OSAP);

	s->entityType = TPM_ET_KEYHANDLE;
	s->entity = entity.id;
	s->sharedSecret = other;
	return s;
}

START_TEST(a_bound_session_proves_with_its_own_key)
{
	struct tpm_session *s = open_bound();
	struct tpm_call c = make_call(&s, 1);

	ck_assert_int_eq(verify(&c, 0), TPM_SUCCESS);
	ck_assert_mem_eq(&c.auth[0].key, &other, sizeof(other));
	hmac(&secret, &c.in_digest, &s->nonceEven, &c.auth[0],
	     c.auth[0].hmac.b);
	ck_assert_int_eq(verify(&c, 0), TPM_AUTHFAIL);
}
END_TEST

START_TEST(a_bound_session_is_for_one_entity)
{
	struct tpm_session *s = open_bound();
	struct tpm_call c = make_call(&s, 1);
	struct tpm_entity of_other_type = entity, of_other_id = entity;

	of_other_type.type = TPM_ET_OWNER;
	of_other_id.id = other;
	ck_assert_int_eq(auth_find_sessions(t, &c), TPM_SUCCESS);
	ck_assert_int_eq(auth_verify(t, &c, 0, &of_other_type), TPM_AUTHFAIL);
	ck_assert_int_eq(auth_verify(t, &c, 0, &of_other_id), TPM_AUTHFAIL);
	ck_assert(!c.auth[0].verified);
	ck_assert_int_eq(verify(&c, 0), TPM_SUCCESS);
}
END_TEST

/* What TPM_OSAP and the client agree on is what verifies. */
START_TEST(a_shared_secret_of_both_sides)
{
	struct tss_session client;
	struct tpm_entity owner;
	struct tpm_session *s;
	struct tpm_call c;

	ck_assert_result(tss_osap(&m->tss, &client, TSS_ADIP_XOR, TPM_ET_OWNER,
				  TPM_KH_OWNER, &secret_owner),
			 0);
	s = session_find(t, client.handle);
	ck_assert_mem_eq(s->sharedSecret.b, client.shared.b, CLIENT_SHA1);
	ck_assert_mem_eq(s->nonceEven.b, client.even.b, CLIENT_SHA1);
	c = make_call(&s, 1);
	ck_assert_int_eq(entity_find(t, TPM_ET_OWNER, TPM_KH_OWNER, &owner),
			 TPM_SUCCESS);
	ck_assert_int_eq(auth_find_sessions(t, &c), TPM_SUCCESS);
	ck_assert_int_eq(auth_verify(t, &c, 0, &owner), TPM_SUCCESS);
}
END_TEST

START_TEST(a_shared_secret_of_a_client_who_guesses)
{
	struct tss_session client;

	ck_assert_result(tss_osap(&m->tss, &client, TSS_ADIP_XOR, TPM_ET_OWNER,
				  TPM_KH_OWNER, &secret_wrong),
			 0);
	ck_assert_mem_ne(session_find(t, client.handle)->sharedSecret.b,
			 client.shared.b, CLIENT_SHA1);
}
END_TEST

/* ---- Which sessions a command names ---- */

START_TEST(sessions_that_there_are_not)
{
	struct tpm_session *s[2] = { session_open(t, TPM_PID_OIAP),
				     session_open(t, TPM_PID_OIAP) };
	const struct tpm_call good = make_call(s, 2);

	for (unsigned int i = 0; i < 2; i++) {
		struct tpm_call c = good;

		c.auth[i].handle ^= 0x800000;
		ck_assert_int_eq(auth_find_sessions(t, &c),
				 TPM_INVALID_AUTHHANDLE);
	}
}
END_TEST

START_TEST(one_session_for_two_proofs)
{
	struct tpm_session *s[2] = { session_open(t, TPM_PID_OIAP) };
	struct tpm_call c;

	s[1] = s[0];
	c = make_call(s, 2);
	ck_assert_int_eq(auth_find_sessions(t, &c), TPM_INVALID_AUTHHANDLE);
}
END_TEST

START_TEST(a_refused_command_ends_the_sessions_it_found)
{
	struct tpm_session *s[2] = { session_open(t, TPM_PID_OIAP),
				     session_open(t, TPM_PID_OIAP) };
	struct tpm_call c = make_call(s, 2);

	auth_abandon(t, &c);
	ck_assert_uint_eq(session_count(t), 2);
	ck_assert_int_eq(auth_find_sessions(t, &c), TPM_SUCCESS);
	auth_abandon(t, &c);
	ck_assert_uint_eq(session_count(t), 0);
}
END_TEST

/* ---- Answers ---- */

#define AREA 41u

/* An area: new nonceEven, continueAuthSession, HMAC. */
static void assert_area(const uint8_t *area, const struct tpm_auth *a,
			const struct tpm_digest *digest)
{
	struct tpm_digest even;
	uint8_t want[CLIENT_SHA1];

	memcpy(even.b, area, sizeof(even.b));
	hmac(&secret, digest, &even, a, want);
	ck_assert_uint_eq(area[20], a->continueAuthSession);
	ck_assert_mem_eq(area + 21, want, sizeof(want));
}

START_TEST(both_areas_prove_the_answer)
{
	static const struct tpm_digest digest = { "out parameters in 20" };
	struct tpm_session *s[2] = { session_open(t, TPM_PID_OIAP),
				     session_open(t, TPM_PID_OIAP) };
	const struct tpm_digest even = s[0]->nonceEven;
	struct tpm_call c = make_call(s, 2);
	uint8_t out[2 * AREA];
	struct wr w = wr_over(out, sizeof(out));

	c.auth[1].continueAuthSession = false;
	hmac(&secret, &c.in_digest, &s[1]->nonceEven, &c.auth[1],
	     c.auth[1].hmac.b);
	ck_assert_int_eq(verify(&c, 0), TPM_SUCCESS);
	ck_assert_int_eq(verify(&c, 1), TPM_SUCCESS);
	auth_respond(t, &c, &w, &digest);
	ck_assert_int_eq(w.rc, TPM_SUCCESS);
	ck_assert_uint_eq(wr_left(&w), 0);
	assert_area(out, &c.auth[0], &digest);
	assert_area(out + AREA, &c.auth[1], &digest);
	/* The nonce rolled; who did not want to go on is gone. */
	ck_assert_mem_eq(s[0]->nonceEven.b, out, CLIENT_SHA1);
	ck_assert_mem_ne(s[0]->nonceEven.b, even.b, CLIENT_SHA1);
	ck_assert_ptr_null(session_find(t, c.auth[1].handle));
	ck_assert_uint_eq(session_count(t), 1);
}
END_TEST

START_TEST(an_old_request_does_not_pass_twice)
{
	static const struct tpm_digest digest = { "out" };
	struct tpm_session *s = session_open(t, TPM_PID_OIAP);
	const struct tpm_call good = make_call(&s, 1);
	struct tpm_call c = good;
	uint8_t out[AREA];
	struct wr w = wr_over(out, sizeof(out));

	ck_assert_int_eq(verify(&c, 0), TPM_SUCCESS);
	auth_respond(t, &c, &w, &digest);
	c = good;
	ck_assert_int_eq(verify(&c, 0), TPM_AUTHFAIL);
}
END_TEST

/* ---- Entities ---- */

static struct tpm_entity find(uint16_t type, uint32_t value)
{
	struct tpm_entity e;

	ck_assert_int_eq(entity_find(t, type, value, &e), TPM_SUCCESS);
	return e;
}

static bool is_same(const struct tpm_entity *a, const struct tpm_entity *b)
{
	return a->type == b->type && !memcmp(&a->id, &b->id, sizeof(a->id));
}

START_TEST(entities_and_their_secrets)
{
	const struct tpm_entity owner = find(TPM_ET_OWNER, TPM_KH_OWNER);
	const struct tpm_entity srk = find(TPM_ET_SRK, TPM_KH_SRK);
	const struct tpm_entity srk_key = find(TPM_ET_KEYHANDLE, TPM_KH_SRK);

	ck_assert_mem_eq(owner.secret.b, secret_owner.b, CLIENT_SHA1);
	ck_assert_mem_eq(srk.secret.b, secret_srk.b, CLIENT_SHA1);
	/* Two names of one thing. */
	ck_assert(is_same(&srk, &srk_key));
	ck_assert(!is_same(&srk, &owner));
}
END_TEST

START_TEST(equal_secrets_do_not_make_one_entity_of_two)
{
	struct tpm_entity a, b;

	t->s.srk.usageAuth = t->s.owner.ownerAuth;
	a = find(TPM_ET_OWNER, TPM_KH_OWNER);
	b = find(TPM_ET_SRK, TPM_KH_SRK);
	ck_assert(!is_same(&a, &b));
	entity_set(t, &a, TPM_ET_COUNTER, 1, &secret);
	entity_set(t, &b, TPM_ET_COUNTER, 2, &secret);
	ck_assert(!is_same(&a, &b));
}
END_TEST

START_TEST(a_new_secret_makes_another_entity)
{
	const struct tpm_entity before = find(TPM_ET_OWNER, TPM_KH_OWNER);
	struct tpm_entity after;

	t->s.owner.ownerAuth = other;
	after = find(TPM_ET_OWNER, TPM_KH_OWNER);
	ck_assert(!is_same(&before, &after));
}
END_TEST

/* ---- What was delegated ---- */

/* A family that lets its delegations live, number 1. */
static void make_family(void)
{
	t->s.families[3] = (struct tpm_family_table_entry){
		.familyID = 1,
		.verificationCount = 5,
		.flags = TPM_FAMFLAG_ENABLED,
	};
}

static struct tpm_delegate_public make_public(uint32_t type, uint32_t per1)
{
	return (struct tpm_delegate_public){
		.pcrInfo.localityAtRelease = 1,
		.permissions = { .delegateType = type, .per1 = per1 },
		.familyID = 1,
		.verificationCount = 5,
	};
}

static enum tpm_rc permits(const struct tpm_command *row, uint32_t type,
			   uint32_t per1, const struct tpm_entity *e)
{
	const struct tpm_call c = { .cmd = row };
	const struct tpm_delegate_public pub = make_public(type, per1);

	return delegation_permits(t, &c, &pub, e);
}

/* Every bit by itself, and all without it. */
START_TEST(a_permission_is_for_one_command)
{
	const struct tpm_command *row = &tpm_commands[_i];
	const struct tpm_entity owner = find(TPM_ET_OWNER, TPM_KH_OWNER);
	const struct tpm_entity key = find(TPM_ET_SRK, TPM_KH_SRK);

	make_family();
	for (int bit = 0; bit < 32; bit++) {
		const uint32_t only = 1u << bit;

		ck_assert_int_eq(permits(row, TPM_DEL_OWNER_BITS, only, &owner),
				 row->owner_bit == bit ? TPM_SUCCESS
						       : TPM_AUTHFAIL);
		ck_assert_int_eq(permits(row, TPM_DEL_KEY_BITS, only, &key),
				 row->key_bit == bit ? TPM_SUCCESS
						     : TPM_AUTHFAIL);
	}
	ck_assert_int_eq(permits(row, TPM_DEL_KEY_BITS, 0xffffffff, &owner),
			 TPM_AUTHFAIL);
	ck_assert_int_eq(permits(row, TPM_DEL_OWNER_BITS, 0xffffffff, &key),
			 TPM_AUTHFAIL);
}
END_TEST

/* Two commands would be delegated together. */
START_TEST(no_two_commands_share_a_permission)
{
	for (size_t i = 0; i < tpm_n_commands; i++) {
		for (size_t k = 0; k < i; k++) {
			const struct tpm_command *a = &tpm_commands[i];
			const struct tpm_command *b = &tpm_commands[k];

			ck_assert(a->owner_bit == NEVER ||
				  a->owner_bit != b->owner_bit);
			ck_assert(a->key_bit == NEVER ||
				  a->key_bit != b->key_bit);
		}
	}
}
END_TEST

static const struct tpm_command *a_delegable_one(void)
{
	return tpm_command_find(TPM_ORD_Delegate_CreateKeyDelegation);
}

START_TEST(other_entities_are_not_delegated)
{
	const struct tpm_command *row = a_delegable_one();
	struct tpm_entity e;

	make_family();
	entity_set(t, &e, TPM_ET_NV, 1, &secret);
	ck_assert_int_eq(permits(row, TPM_DEL_KEY_BITS, 0xffffffff, &e),
			 TPM_AUTHFAIL);
	ck_assert_int_eq(permits(row, TPM_DEL_OWNER_BITS, 0xffffffff, &e),
			 TPM_AUTHFAIL);
}
END_TEST

START_TEST(a_family_is_asked_at_each_use)
{
	const struct tpm_entity key = find(TPM_ET_SRK, TPM_KH_SRK);
	const struct tpm_command *row = a_delegable_one();
	const uint32_t all = 0xffffffff;

	ck_assert_int_eq(permits(row, TPM_DEL_KEY_BITS, all, &key),
			 TPM_BADINDEX);
	make_family();
	ck_assert_int_eq(permits(row, TPM_DEL_KEY_BITS, all, &key),
			 TPM_SUCCESS);
	t->s.families[3].verificationCount++;
	ck_assert_int_eq(permits(row, TPM_DEL_KEY_BITS, all, &key),
			 TPM_FAMILYCOUNT);
	t->s.families[3].flags = TPM_DELEGATE_ADMIN_LOCK;
	ck_assert_int_eq(permits(row, TPM_DEL_KEY_BITS, all, &key),
			 TPM_DISABLED_CMD);
}
END_TEST

/* Part 2, 5.17 */
static const struct {
	uint16_t usage;
	uint32_t bit;
} restricted[] = {
	{ TPM_KEY_SIGNING, TPM_CMK_DELEGATE_SIGNING },
	{ TPM_KEY_STORAGE, TPM_CMK_DELEGATE_STORAGE },
	{ TPM_KEY_BIND, TPM_CMK_DELEGATE_BIND },
	{ TPM_KEY_LEGACY, TPM_CMK_DELEGATE_LEGACY },
	{ TPM_KEY_MIGRATE, TPM_CMK_DELEGATE_MIGRATE },
	{ TPM_KEY_IDENTITY, 0 },
};

START_TEST(certifiable_keys_are_delegated_as_the_owner_allows)
{
	const struct tpm_command *row = a_delegable_one();
	const uint32_t all = 0xffffffff;
	struct tpm_key_entry k = t->s.srk;
	struct tpm_entity e;

	make_family();
	k.keyUsage = restricted[_i].usage;
	entity_key(t, &k, &e);
	ck_assert_int_eq(permits(row, TPM_DEL_KEY_BITS, all, &e), TPM_SUCCESS);
	k.keyFlags |= TPM_MIGRATEAUTHORITY;
	ck_assert_int_eq(permits(row, TPM_DEL_KEY_BITS, all, &e),
			 TPM_INVALID_KEYUSAGE);
	t->s.data.restrictDelegate = ~restricted[_i].bit;
	ck_assert_int_eq(permits(row, TPM_DEL_KEY_BITS, all, &e),
			 TPM_INVALID_KEYUSAGE);
	t->s.data.restrictDelegate = restricted[_i].bit;
	ck_assert_int_eq(permits(row, TPM_DEL_KEY_BITS, all, &e),
			 restricted[_i].bit ? TPM_SUCCESS
					    : TPM_INVALID_KEYUSAGE);
}
END_TEST

START_TEST(an_owner_goes_and_so_do_his_delegations)
{
	make_family();
	t->s.delegates[1].pub.familyID = 1;
	t->s.delegates[1].authValue = secret;
	t->s.stclear.ownerReference = 1;
	delegation_owner_clear(t);
	ck_assert_ptr_null(family_find(t, 1));
	ck_assert_ptr_null(delegation_row(t, 1));
	ck_assert_mem_ne(t->s.delegates[1].authValue.b, secret.b, CLIENT_SHA1);
	ck_assert_uint_eq(t->s.stclear.ownerReference, TPM_KH_OWNER);
}
END_TEST

/* ---- Encrypted secrets ---- */

static const uint32_t adips[] = { TSS_ADIP_XOR, TSS_ADIP_AES_CTR };

START_TEST(a_secret_comes_out_as_the_client_put_it_in)
{
	struct tpm_session *s = open_bound();
	struct tpm_call c = make_call(&s, 1);
	struct tss_session client = { .adip = (enum tss_adip)adips[_i / 2] };
	struct tpm_digest out, enc;
	struct tss_digest in, sent;

	s->adip = (uint8_t)adips[_i / 2];
	memcpy(client.shared.b, s->sharedSecret.b, CLIENT_SHA1);
	memcpy(client.even.b, s->nonceEven.b, CLIENT_SHA1);
	memcpy(client.odd.b, c.auth[0].nonceOdd.b, CLIENT_SHA1);
	memcpy(in.b, secret.b, CLIENT_SHA1);
	tss_encrypt(&client, &in, _i % 2, &sent);
	memcpy(enc.b, sent.b, CLIENT_SHA1);
	ck_assert_int_eq(auth_find_sessions(t, &c), TPM_SUCCESS);
	ck_assert_int_eq(auth_decrypt(t, &c, 0, _i % 2, &enc, &out),
			 TPM_SUCCESS);
	ck_assert_mem_eq(out.b, secret.b, CLIENT_SHA1);
	ck_assert(!c.auth[0].continueAuthSession);
}
END_TEST

START_TEST(a_free_session_carries_no_secret)
{
	struct tpm_session *s = session_open(t, TPM_PID_OIAP);
	struct tpm_call c = make_call(&s, 1);
	struct tpm_digest out;

	ck_assert_int_eq(auth_find_sessions(t, &c), TPM_SUCCESS);
	ck_assert_int_eq(auth_decrypt(t, &c, 0, false, &secret, &out),
			 TPM_BAD_MODE);
	ck_assert_int_eq(auth_decrypt(t, &c, 1, false, &secret, &out),
			 TPM_BAD_MODE);
}
END_TEST

/* ---- */

static void add_sessions(Suite *s)
{
	TCase *c = tcase_create("sessions");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, a_session_is_found_until_it_is_closed);
	tcase_add_test(c, closing_leaves_no_secret);
	tcase_add_test(c, a_full_table_gives_none);
	tcase_add_test(c, a_handle_in_use_is_not_given_again);
	tcase_add_test(c, handles_wrap_below_the_reserved_ones);
	tcase_add_test(c, sessions_that_there_are_not);
	tcase_add_test(c, one_session_for_two_proofs);
	tcase_add_test(c, a_refused_command_ends_the_sessions_it_found);
	suite_add_tcase(s, c);
}

static void add_proofs(Suite *s)
{
	TCase *c = tcase_create("proofs");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, the_secret_opens);
	tcase_add_test(c, another_secret_does_not);
	tcase_add_test(c, what_was_not_proved_does_not_pass);
	tcase_add_test(c, the_second_session_has_its_own_refusal);
	tcase_add_test(c, a_session_that_was_not_sent_proves_nothing);
	tcase_add_test(c, a_bound_session_proves_with_its_own_key);
	tcase_add_test(c, a_bound_session_is_for_one_entity);
	tcase_add_test(c, a_shared_secret_of_both_sides);
	tcase_add_test(c, a_shared_secret_of_a_client_who_guesses);
	tcase_add_test(c, both_areas_prove_the_answer);
	tcase_add_test(c, an_old_request_does_not_pass_twice);
	tcase_add_test(c, entities_and_their_secrets);
	tcase_add_test(c, equal_secrets_do_not_make_one_entity_of_two);
	tcase_add_test(c, a_new_secret_makes_another_entity);
	suite_add_tcase(s, c);
}

static void add_delegations(Suite *s)
{
	TCase *c = tcase_create("delegations");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_loop_test(c, a_permission_is_for_one_command, 0,
			    (int)tpm_n_commands);
	tcase_add_test(c, no_two_commands_share_a_permission);
	tcase_add_test(c, other_entities_are_not_delegated);
	tcase_add_test(c, a_family_is_asked_at_each_use);
	tcase_add_loop_test(
		c, certifiable_keys_are_delegated_as_the_owner_allows, 0, 6);
	tcase_add_test(c, an_owner_goes_and_so_do_his_delegations);
	tcase_add_loop_test(c, a_secret_comes_out_as_the_client_put_it_in, 0,
			    4);
	tcase_add_test(c, a_free_session_carries_no_secret);
	suite_add_tcase(s, c);
}

int main(void)
{
	Suite *s = suite_create("auth");

	add_sessions(s);
	add_proofs(s);
	add_delegations(s);
	return suite_run(s);
}
