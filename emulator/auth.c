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

#include "tpm.h"

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

/* Never a reserved one (Part 2, 4.4.1), and none that was just in use. */
static uint32_t new_handle(struct tpm *t)
{
	do {
		t->s.last_handle = (t->s.last_handle + 1) & 0xffffffu;
	} while (session_find(t, TPM_RT_AUTH << 24 | t->s.last_handle));
	return TPM_RT_AUTH << 24 | t->s.last_handle;
}

struct tpm_session *session_open(struct tpm *t, uint16_t protocol)
{
	for (unsigned int i = 0; i < TPM_MAX_SESSIONS; i++) {
		struct tpm_session *s = &t->s.sessions[i];

		if (s->protocol)
			continue;
		s->handle = new_handle(t);
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

unsigned int session_count(const struct tpm *t)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < TPM_MAX_SESSIONS; i++)
		n += t->s.sessions[i].protocol != 0;
	return n;
}

/* ---- Entities ---- */

static void identify(struct tpm *t, uint16_t type,
		     const struct tpm_digest *secret, struct tpm_digest *entity)
{
	const uint8_t code[2] = { (uint8_t)(type >> 8), (uint8_t)type };

	tpm_sha1(t->crypto, entity->b,
		 TPM_PARTS({ code, sizeof(code) },
			   { secret->b, sizeof(secret->b) }));
}

enum tpm_rc entity_secret(struct tpm *t, uint16_t type, uint32_t value,
			  struct tpm_digest *secret, struct tpm_digest *entity)
{
	const bool srk = type == TPM_ET_SRK ||
			 (type == TPM_ET_KEYHANDLE && value == TPM_KH_SRK);

	if (type == TPM_ET_OWNER)
		*secret = t->s.owner.ownerAuth;
	else if (srk)
		*secret = t->s.owner.srkAuth;
	else if (type == TPM_ET_KEYHANDLE)
		return TPM_INVALID_KEYHANDLE;
	else
		return TPM_BAD_PARAMETER;
	identify(t, srk ? TPM_ET_SRK : type, secret, entity);
	return TPM_SUCCESS;
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

enum tpm_rc auth_verify(struct tpm *t, struct tpm_call *c, unsigned int slot,
			uint16_t type, const struct tpm_digest *secret,
			const struct tpm_digest *entity)
{
	const enum tpm_rc refused = slot ? TPM_AUTH2FAIL : TPM_AUTHFAIL;
	struct tpm_auth *a = &c->auth[slot];
	struct tpm_digest expected;

	if (slot >= c->n_auth)
		return refused;
	if (a->session->protocol == TPM_PID_OIAP) {
		a->key = *secret;
	} else {
		if (a->session->entityType != type ||
		    !tpm_equal(a->session->entity.b, entity->b,
			       sizeof(entity->b)))
			return refused;
		a->key = a->session->sharedSecret;
	}
	auth_hmac(t, a, &c->in_digest, &expected);
	a->verified = tpm_equal(expected.b, a->hmac.b, sizeof(expected.b));
	return a->verified ? TPM_SUCCESS : refused;
}

void auth_respond(struct tpm *t, struct tpm_call *c, struct wr *w,
		  const struct tpm_digest *out_digest)
{
	for (unsigned int i = 0; i < c->n_auth; i++) {
		struct tpm_auth *a = &c->auth[i];
		struct tpm_digest hmac;

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
