/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authorisation (Part 1, "Authorization protocols"): the session table, and
 * the proof that a caller knows a secret.
 *
 *	inAuth	= HMAC(key, inParamDigest || nonceEven || nonceOdd || continue)
 *	resAuth = HMAC(key, outParamDigest || new nonceEven || nonceOdd ||
 *		       continue)
 *
 * key is the entity's secret (OIAP) or the session's shared secret (OSAP).
 */

#include "delegation.h"
#include "counter.h"
#include "daa.h"
#include "keys.h"
#include "nv.h"
#include "transport.h"

/* ---- The table ---- */

struct tpm_session *session_find(struct tpm *t, uint32_t handle)
{
	for (unsigned int i = 0; i < TPM_MAX_SESSIONS; i++) {
		struct tpm_session *s = &t->s.sessions[i];

		if (s->protocol && s->handle == handle)
			return s;
	}
	return NULL;
}

/* Of anything that has one: never reserved, and none that was just in use. */
static bool handle_is_taken(struct tpm *t, uint32_t handle)
{
	return session_find(t, handle) || key_find(t, handle) ||
	       transport_find(t, handle) ||
	       daa_find(t, handle);
}

uint32_t tpm_new_handle(struct tpm *t, uint32_t type)
{
	uint32_t handle;

	do {
		t->s.last_handle = (t->s.last_handle + 1) & 0xffffffu;
		handle = type << 24 | t->s.last_handle;
	} while (handle_is_taken(t, handle));
	return handle;
}

uint32_t tpm_take_handle(struct tpm *t, uint32_t wished, bool keep,
			 uint32_t type)
{
	if (!handle_is_taken(t, wished))
		return wished;
	return keep ? 0 : tpm_new_handle(t, type);
}

struct tpm_session *session_free(struct tpm *t)
{
	for (unsigned int i = 0; i < TPM_MAX_SESSIONS; i++)
		if (!t->s.sessions[i].protocol)
			return &t->s.sessions[i];
	return NULL;
}

struct tpm_session *session_open(struct tpm *t, uint16_t protocol)
{
	struct tpm_session *s = session_free(t);

	if (!s)
		return NULL;
	s->handle = tpm_new_handle(t, TPM_RT_AUTH);
	s->protocol = protocol;
	tpm_random(t->crypto, s->nonceEven.b, sizeof(s->nonceEven.b));
	return s;
}

void session_close(struct tpm_session *s)
{
	tpm_wipe(s, sizeof(*s));
}

void sessions_close(struct tpm *t)
{
	for (unsigned int i = 0; i < TPM_MAX_SESSIONS; i++)
		session_close(&t->s.sessions[i]);
}

void sessions_close_entity(struct tpm *t, uint16_t type,
			   const struct tpm_digest *id)
{
	for (unsigned int i = 0; i < TPM_MAX_SESSIONS; i++) {
		struct tpm_session *s = &t->s.sessions[i];

		if (s->protocol && s->protocol != TPM_PID_OIAP &&
		    s->entityType == type &&
		    tpm_equal(s->entity.b, id->b, sizeof(id->b)))
			session_close(s);
	}
}

void sessions_close_bound(struct tpm *t)
{
	for (unsigned int i = 0; i < TPM_MAX_SESSIONS; i++)
		if (t->s.sessions[i].protocol != TPM_PID_OIAP)
			session_close(&t->s.sessions[i]);
}

unsigned int session_count(const struct tpm *t)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < TPM_MAX_SESSIONS; i++)
		n += t->s.sessions[i].protocol != 0;
	return n;
}

/* ---- Entities ---- */

void entity_set(struct tpm *t, struct tpm_entity *e, uint16_t type,
		uint32_t value, const struct tpm_digest *secret)
{
	uint8_t b[4];
	struct wr w = wr_over(b, sizeof(b));

	*e = (struct tpm_entity){ .type = type, .secret = *secret };
	wr_u32(&w, &value);
	tpm_sha1(t->crypto, e->id.b,
		 TPM_PARTS({ b, sizeof(b) }, { secret->b, sizeof(secret->b) }));
}

void entity_owner(struct tpm *t, struct tpm_entity *e)
{
	entity_set(t, e, TPM_ET_OWNER, TPM_KH_OWNER, &t->s.owner.ownerAuth);
}

/* The storage root key is a key, by whichever type it was called. */
void entity_key(const struct tpm *t, const struct tpm_key_entry *key,
		struct tpm_entity *e)
{
	*e = (struct tpm_entity){
		.type = TPM_ET_KEYHANDLE,
		.id = key->pubDataDigest,
		.secret = key->usageAuth,
		.key = key,
	};
}

static enum tpm_rc entity_find_counter(struct tpm *t, uint32_t id,
				       struct tpm_entity *e)
{
	if (!counter_find(t, id))
		return TPM_BAD_COUNTER;
	counter_entity(t, id, e);
	return TPM_SUCCESS;
}

static enum tpm_rc entity_find_nv(struct tpm *t, uint32_t index,
				  struct tpm_entity *e)
{
	struct nv_area a;

	if (!nv_find(t, index, &a))
		return TPM_BADINDEX;
	nv_entity(t, &a, e);
	return TPM_SUCCESS;
}

static enum tpm_rc entity_find_key(struct tpm *t, uint32_t handle,
				   struct tpm_entity *e)
{
	struct tpm_key_entry *key;

	TRY(key_named(t, handle, &key));
	entity_key(t, key, e);
	return TPM_SUCCESS;
}

enum tpm_rc entity_find(struct tpm *t, uint16_t type, uint32_t value,
			struct tpm_entity *e)
{
	switch (type) {
	case TPM_ET_OWNER:
		entity_owner(t, e);
		return TPM_SUCCESS;
	case TPM_ET_SRK:
		return entity_find_key(t, TPM_KH_SRK, e);
	case TPM_ET_KEYHANDLE:
		return entity_find_key(t, value, e);
	case TPM_ET_COUNTER:
		return entity_find_counter(t, value, e);
	case TPM_ET_NV:
		return entity_find_nv(t, value, e);
	default:
		return TPM_BAD_PARAMETER;
	}
}

/* ---- Commands with sessions ---- */

/* In which of the tables the row wants it to be. */
static bool find_session(struct tpm *t, const struct tpm_call *c,
			 unsigned int i, struct tpm_auth *a)
{
	const unsigned int missing = c->cmd->auth_max - c->n_auth;

	if (c->cmd->auth[i + missing] == AUTH_TRANSPORT) {
		transport_keep_exclusive(t, a->handle);
		a->transport = transport_find(t, a->handle);
		return a->transport;
	}
	a->session = session_find(t, a->handle);
	return a->session;
}

enum tpm_rc auth_find_sessions(struct tpm *t, struct tpm_call *c)
{
	bool all = true;

	/* Those that are there end with the command also if one is not. */
	for (unsigned int i = 0; i < c->n_auth; i++)
		all = find_session(t, c, i, &c->auth[i]) && all;
	if (!all)
		return TPM_INVALID_AUTHHANDLE;
	/* Two proofs need two sessions. */
	if (c->n_auth == 2 && c->auth[0].session == c->auth[1].session)
		return TPM_INVALID_AUTHHANDLE;
	return TPM_SUCCESS;
}

static struct tpm_digest *nonce_even(const struct tpm_auth *a)
{
	return a->transport ? &a->transport->nonceEven : &a->session->nonceEven;
}

static bool is_over(const struct tpm_auth *a)
{
	return a->transport ? !a->transport->handle : !a->session->protocol;
}

static void end(struct tpm *t, struct tpm_auth *a)
{
	if (a->transport)
		transport_close(t, a->transport);
	else if (a->session)
		session_close(a->session);
}

static void auth_hmac(struct tpm *t, const struct tpm_auth *a,
		      const struct tpm_digest *params, struct tpm_digest *hmac)
{
	const uint8_t cont = a->continueAuthSession;

	tpm_hmac_sha1(t->crypto, hmac->b, a->key.b, sizeof(a->key.b),
		      TPM_PARTS({ params->b, sizeof(params->b) },
				{ nonce_even(a)->b, TPM_SHA1_SIZE },
				{ a->nonceOdd.b, sizeof(a->nonceOdd.b) },
				{ &cont, 1 }));
}

/* Whether the session may speak for the entity, if it knows the secret. */
static bool session_fits(const struct tpm *t, const struct tpm_session *s,
			 const struct tpm_entity *e)
{
	/* Of an owner who is not there anybody knows the secret. */
	if (e->type == TPM_ET_OWNER && !t->s.owner.installed)
		return false;
	return s->protocol == TPM_PID_OIAP ||
	       (s->entityType == e->type &&
		tpm_equal(s->entity.b, e->id.b, sizeof(e->id.b)));
}

/*
 * Sets the key of the HMACs: of a bound session its own.  Who asks for the
 * owner in an OIAP session means whom TPM_SetOwnerPointer put in his place.
 */
static enum tpm_rc find_auth_key(struct tpm *t, struct tpm_auth *a,
				 const struct tpm_entity *e)
{
	const uint32_t owner = t->s.stclear.ownerReference;
	const struct tpm_delegate_table_row *row;

	a->delegated = NULL;
	if (a->session->protocol != TPM_PID_OIAP) {
		a->key = a->session->sharedSecret;
		if (a->session->protocol == TPM_PID_DSAP)
			a->delegated = &a->session->delegated;
	} else if (e->type == TPM_ET_OWNER && owner != TPM_KH_OWNER) {
		row = delegation_row(t, owner);
		if (!row)
			return TPM_BADINDEX;
		a->key = row->authValue;
		a->delegated = &row->pub;
	} else {
		a->key = e->secret;
	}
	return TPM_SUCCESS;
}

enum tpm_rc auth_verify(struct tpm *t, struct tpm_call *c, unsigned int i,
			const struct tpm_entity *e)
{
	const enum tpm_rc refused = i ? TPM_AUTH2FAIL : TPM_AUTHFAIL;
	struct tpm_auth *a = &c->auth[i];
	struct tpm_digest expected;

	if (i >= c->n_auth || !session_fits(t, a->session, e))
		return refused;
	TRY(find_auth_key(t, a, e));
	if (a->delegated)
		TRY(delegation_permits(t, c, a->delegated, e));
	auth_hmac(t, a, &c->in_digest, &expected);
	a->verified = tpm_equal(expected.b, a->hmac.b, sizeof(expected.b));
	c->wrong_secret |= !a->verified;
	return a->verified ? TPM_SUCCESS : refused;
}

enum tpm_rc auth_verify_owner(struct tpm *t, struct tpm_call *c, unsigned int i)
{
	struct tpm_entity owner;
	enum tpm_rc rc;

	if (!t->s.owner.installed)
		return i ? TPM_AUTH2FAIL : TPM_AUTHFAIL;
	entity_owner(t, &owner);
	rc = auth_verify(t, c, i, &owner);
	tpm_wipe(&owner, sizeof(owner));
	return rc;
}

enum tpm_rc auth_verify_key(struct tpm *t, struct tpm_call *c, bool attached,
			    unsigned int i, const struct tpm_key_entry *key)
{
	struct tpm_entity e;
	enum tpm_rc rc;

	if (!attached)
		return key->authDataUsage == TPM_AUTH_NEVER ? TPM_SUCCESS
							    : TPM_AUTHFAIL;
	entity_key(t, key, &e);
	rc = auth_verify(t, c, i, &e);
	tpm_wipe(&e, sizeof(e));
	return rc;
}

enum tpm_rc auth_verify_transport(struct tpm *t, struct tpm_call *c,
				  unsigned int i, enum tpm_rc refused)
{
	struct tpm_auth *a = &c->auth[i];
	struct tpm_digest expected;

	a->key = a->transport->authData;
	auth_hmac(t, a, &c->in_digest, &expected);
	a->verified = tpm_equal(expected.b, a->hmac.b, sizeof(expected.b));
	return a->verified ? TPM_SUCCESS : refused;
}

enum tpm_rc auth_decrypt(struct tpm *t, struct tpm_call *c, unsigned int i,
			 bool second, const struct tpm_digest *enc,
			 struct tpm_digest *secret)
{
	struct tpm_auth *a = &c->auth[i];
	const struct tpm_session *s = a->session;
	const struct tpm_digest *nonce;
	struct tpm_digest pad;

	if (i >= c->n_auth || s->protocol == TPM_PID_OIAP)
		return TPM_BAD_MODE;
	nonce = second ? &a->nonceOdd : &s->nonceEven;
	a->continueAuthSession = false;
	if (s->adip == TPM_ET_AES128_CTR) {
		tpm_aes128_ctr(t->crypto, s->sharedSecret.b, nonce->b, enc->b,
			       secret->b, sizeof(secret->b));
		return TPM_SUCCESS;
	}
	tpm_sha1(t->crypto, pad.b,
		 TPM_PARTS({ s->sharedSecret.b, sizeof(s->sharedSecret.b) },
			   { nonce->b, sizeof(nonce->b) }));
	for (size_t n = 0; n < sizeof(pad.b); n++)
		secret->b[n] = enc->b[n] ^ pad.b[n];
	tpm_wipe(&pad, sizeof(pad));
	return TPM_SUCCESS;
}

void auth_respond(struct tpm *t, struct tpm_call *c, struct wr *w,
		  const struct tpm_digest *out_digest)
{
	for (unsigned int i = 0; i < c->n_auth; i++) {
		struct tpm_auth *a = &c->auth[i];
		struct tpm_digest hmac;

		/* What it was opened for may be gone, and it with that. */
		if (is_over(a))
			a->continueAuthSession = false;
		if (!c->digested)
			tpm_random(t->crypto, nonce_even(a)->b, TPM_SHA1_SIZE);
		auth_hmac(t, a, out_digest, &hmac);
		wr_digest(w, nonce_even(a));
		wr_bool(w, &a->continueAuthSession);
		wr_digest(w, &hmac);
		if (!a->continueAuthSession)
			end(t, a);
	}
}

void auth_abandon(struct tpm *t, struct tpm_call *c)
{
	for (unsigned int i = 0; i < c->n_auth; i++)
		end(t, &c->auth[i]);
}
