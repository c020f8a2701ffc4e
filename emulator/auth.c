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

#include "counter.h"
#include "daa.h"
#include "keys.h"
#include "nv.h"

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

struct tpm_session *session_open(struct tpm *t, uint16_t protocol)
{
	for (unsigned int i = 0; i < TPM_MAX_SESSIONS; i++) {
		struct tpm_session *s = &t->s.sessions[i];

		if (s->protocol)
			continue;
		s->handle = tpm_new_handle(t, TPM_RT_AUTH);
		s->protocol = protocol;
		tpm_random(t->crypto, s->nonceEven.b, sizeof(s->nonceEven.b));
		return s;
	}
	return NULL;
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

enum tpm_rc auth_find_sessions(struct tpm *t, struct tpm_call *c)
{
	for (unsigned int i = 0; i < c->n_auth; i++) {
		c->auth[i].session = session_find(t, c->auth[i].handle);
		if (!c->auth[i].session)
			return TPM_INVALID_AUTHHANDLE;
	}
	/* Two proofs need two sessions. */
	if (c->n_auth == 2 && c->auth[0].session == c->auth[1].session)
		return TPM_INVALID_AUTHHANDLE;
	return TPM_SUCCESS;
}

static void auth_hmac(struct tpm *t, const struct tpm_auth *a,
		      const struct tpm_digest *params, struct tpm_digest *hmac)
{
	const uint8_t cont = a->continueAuthSession;

	tpm_hmac_sha1(t->crypto, hmac->b, a->key.b, sizeof(a->key.b),
		      TPM_PARTS({ params->b, sizeof(params->b) },
				{ a->session->nonceEven.b,
				  sizeof(a->session->nonceEven.b) },
				{ a->nonceOdd.b, sizeof(a->nonceOdd.b) },
				{ &cont, 1 }));
}

/* Whether the session may speak for the entity, if it knows the secret. */
static bool session_fits(const struct tpm_session *s,
			 const struct tpm_entity *e)
{
	return s->protocol == TPM_PID_OIAP ||
	       (s->entityType == e->type &&
		tpm_equal(s->entity.b, e->id.b, sizeof(e->id.b)));
}

enum tpm_rc auth_verify(struct tpm *t, struct tpm_call *c, unsigned int i,
			const struct tpm_entity *e)
{
	const enum tpm_rc refused = i ? TPM_AUTH2FAIL : TPM_AUTHFAIL;
	struct tpm_auth *a = &c->auth[i];
	struct tpm_digest expected;

	if (i >= c->n_auth || !session_fits(a->session, e))
		return refused;
	a->key = a->session->protocol == TPM_PID_OIAP ?
			 e->secret :
			 a->session->sharedSecret;
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

enum tpm_rc auth_decrypt(struct tpm *t, struct tpm_call *c, unsigned int i,
			 bool second, const struct tpm_digest *enc,
			 struct tpm_digest *secret)
{
	struct tpm_auth *a = &c->auth[i];
	const struct tpm_session *s = a->session;
	const struct tpm_digest *nonce = second ? &a->nonceOdd : &s->nonceEven;
	struct tpm_digest pad;

	if (i >= c->n_auth || s->protocol == TPM_PID_OIAP)
		return TPM_BAD_MODE;
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
		if (!a->session->protocol)
			a->continueAuthSession = false;
		tpm_random(t->crypto, a->session->nonceEven.b,
			   sizeof(a->session->nonceEven.b));
		auth_hmac(t, a, out_digest, &hmac);
		wr_digest(w, &a->session->nonceEven);
		wr_bool(w, &a->continueAuthSession);
		wr_digest(w, &hmac);
		if (!a->continueAuthSession)
			session_close(a->session);
	}
}

void auth_abandon(struct tpm_call *c)
{
	for (unsigned int i = 0; i < c->n_auth; i++)
		if (c->auth[i].session)
			session_close(c->auth[i].session);
}
