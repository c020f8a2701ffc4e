/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions: two of each, one in each TPM. */
#include "world.h"

#include <string.h>

/* An answer's authorisation: nonceEven, continueAuthSession, the HMAC. */
#define CONTINUE_AT 20u

struct entity owner_entity(const struct world *w)
{
	return (struct entity){ .type = TPM_ET_OWNER,
				.value = { { TPM_KH_OWNER, TPM_KH_OWNER } },
				.secret = w->m.owner_secret };
}

struct entity key_entity(const struct world *w, const struct key *k)
{
	const bool srk = k == &w->m.keys[SRK];

	return (struct entity){ .type = srk ? TPM_ET_SRK : TPM_ET_KEYHANDLE,
				.value = k->handle,
				.secret = k->secret };
}

static bool is_bound_to(const struct session *s, const struct entity *e)
{
	return s->bound.type == e->type &&
	       !memcmp(&s->bound.value, &e->value, sizeof(e->value)) &&
	       !memcmp(&s->bound.secret, &e->secret, sizeof(e->secret));
}

static bool serves(const struct session *s, const struct entity *e,
		   enum session_wish wish)
{
	if (!s->open)
		return false;
	if (is_bound_to(s, e))
		return wish != OIAP_SESSION;
	return !s->bound.type && wish != BOUND_SESSION;
}

static bool is_used(const struct world *w, const struct session *s)
{
	return w->held == s || (w->n_used > 0 && w->used[0] == s) ||
	       (w->n_used > 1 && w->used[1] == s);
}

/* By which code a session is missed is FlushSpecific's own matter. */
static void end(struct world *w, struct session *s, bool there[SIDES])
{
	for (int i = 0; i < SIDES; i++) {
		struct tss_command c;
		struct tss_answer a;

		tss_begin(&c, ORD_FlushSpecific);
		tss_put_handle(&c, s->s[i].handle);
		tss_put_u32(&c, TPM_RT_AUTH);
		there[i] = !tss_run(&w->side[i]->tss, &c, &a);
	}
	s->open = false;
	w->stats->commands++;
}

/* Whether the TPMs still have it, they must agree upon. */
static void flush(struct world *w, struct session *s)
{
	bool there[SIDES];

	end(w, s, there);
	if (there[OURS] == there[THEIRS])
		return;
	w->ended = s;
	w->detail = there[OURS] ? THERE_OURS : THERE_THEIRS;
	differ(w, "whether the session is still there");
}

struct session *session_place(struct world *w)
{
	const uint32_t from = pick(w, N_SESSIONS);

	for (uint32_t i = 0; i < N_SESSIONS; i++) {
		struct session *s = &w->m.sessions[(from + i) % N_SESSIONS];

		if (!s->open && !is_used(w, s))
			return s;
	}
	for (uint32_t i = 0;; i++) {
		struct session *s = &w->m.sessions[(from + i) % N_SESSIONS];

		if (is_used(w, s))
			continue;
		flush(w, s);
		return s;
	}
}

bool note_session(struct world *w, uint32_t ordinal, struct session *s)
{
	s->open = !w->result[OURS] && !w->result[THEIRS];
	tss_begin(&w->c[OURS], ordinal);
	w->stats->commands++;
	w->stats->sent[ordinal]++;
	w->stats->good[ordinal] += s->open;
	if (w->result[OURS] != w->result[THEIRS])
		differ(w, "result");
	return s->open;
}

static void open_session(struct world *w, struct session *s,
			 const struct entity *e, bool bound)
{
	const enum tss_adip adip =
		chance(w, 4) ? TSS_ADIP_AES_CTR : TSS_ADIP_XOR;
	const uint32_t ordinal = bound ? ORD_OSAP : ORD_OIAP;

	memset(s, 0, sizeof(*s));
	w->commands++;
	for (int i = 0; i < SIDES; i++) {
		struct tss *tss = &w->side[i]->tss;
		struct rng r = { w->seed + ((uint64_t)w->commands << 8) };

		w->side[i]->now.random = rng_next(&r) + (uint64_t)i;
		w->result[i] =
			bound ? tss_osap(tss, &s->s[i], adip, (uint8_t)e->type,
					 e->value.v[i], &e->secret)
			      : tss_oiap(tss, &s->s[i]);
	}
	if (bound)
		s->bound = *e;
	note_session(w, ordinal, s);
}

struct session *session_for(struct world *w, const struct entity *e,
			    enum session_wish wish)
{
	const uint32_t from = pick(w, N_SESSIONS);
	const bool bound =
		wish == BOUND_SESSION || (wish == ANY_SESSION && chance(w, 2));
	struct session *s;

	for (uint32_t i = 0; i < N_SESSIONS && !chance(w, 3); i++) {
		s = &w->m.sessions[(from + i) % N_SESSIONS];
		if (serves(s, e, wish) && !is_used(w, s)) {
			w->held = s;
			return s;
		}
	}
	s = session_place(w);
	open_session(w, s, e, bound);
	w->held = s;
	return s;
}

void use(struct world *w, struct session *s, const struct tss_digest *secret)
{
	const bool keep = !chance(w, 3);

	for (int i = 0; i < SIDES; i++)
		tss_use(&w->c[i], &s->s[i], secret, keep);
	w->used[w->n_used++] = s;
	if (w->held == s)
		w->held = NULL;
}

void authorise(struct world *w, const struct entity *e)
{
	/* Opening one builds commands of its own. */
	const struct tss_command ours = w->c[OURS];
	struct session *s =
		session_for(w, e, w->wish_oiap ? OIAP_SESSION : ANY_SESSION);

	w->c[OURS] = ours;
	use(w, s, &e->secret);
}

void both_encrypted(struct world *w, const struct session *s,
		    const struct tss_digest *secret, bool second)
{
	for (int i = 0; i < SIDES; i++) {
		struct tss_digest encrypted;

		tss_encrypt(&s->s[i], secret, second, &encrypted);
		tss_put_bytes(&w->c[i], encrypted.b, sizeof(encrypted.b));
	}
}

void end_bound_sessions(struct world *w)
{
	bool there[SIDES];

	for (unsigned int n = 0; n < N_SESSIONS; n++) {
		struct session *s = &w->m.sessions[n];

		if (s->open && s->bound.type)
			end(w, s, there);
	}
}

static void settle_session(struct world *w, unsigned int n)
{
	struct session *s = w->used[n];
	bool goes_on[SIDES];

	if (!s->open)
		return;
	if (w->result[OURS] || w->result[THEIRS]) {
		flush(w, s);
		return;
	}
	for (int i = 0; i < SIDES; i++)
		goes_on[i] = w->a[i].end[n * TSS_AUTH_RSP + CONTINUE_AT];
	s->open = goes_on[OURS] && goes_on[THEIRS];
	if (goes_on[OURS] != goes_on[THEIRS])
		differ(w, "continueAuthSession");
}

void settle_sessions(struct world *w)
{
	for (unsigned int i = 0; i < w->n_used; i++)
		settle_session(w, i);
	w->n_used = 0;
}

void forget_sessions(struct world *w)
{
	memset(w->m.sessions, 0, sizeof(w->m.sessions));
}
