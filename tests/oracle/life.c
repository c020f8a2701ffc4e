/* SPDX-License-Identifier: BSD-2-Clause */
/* How TPMs come into the world, and are brought to the same state. */
#include "world.h"

#include <string.h>

#include "generators.h"

/* The wrong secrets that both bear without locking themselves. */
#define FAILURES_MAX 3u

static void both_now(struct world *w, const struct circumstances *now)
{
	for (int i = 0; i < SIDES; i++)
		w->side[i]->now = *now;
}

uint32_t run_u16(struct world *w, uint32_t ordinal, unsigned int v)
{
	both_begin(w, ordinal);
	both_u16(w, v);
	return both_run(w);
}

uint32_t run_plain(struct world *w, uint32_t ordinal)
{
	both_begin(w, ordinal);
	return both_run(w);
}

/* What was volatile is gone; what a session or key was called is not. */
static void forget_volatile(struct world *w)
{
	forget_sessions(w);
	for (unsigned int i = 1; i < N_KEYS; i++)
		if (w->m.keys[i].loaded && !w->m.keys[i].evict)
			key_unloaded(&w->m.keys[i]);
	memset(w->m.transports, 0, sizeof(w->m.transports));
	memset(w->m.contexts, 0, sizeof(w->m.contexts));
}

static void flush_all(struct side *s, uint32_t type)
{
	struct tss_command c;
	struct tss_answer a, flushed;
	uint32_t n;

	tss_begin(&c, ORD_GetCapability);
	tss_put_u32(&c, TPM_CAP_HANDLE);
	tss_put_u32(&c, 4);
	tss_put_u32(&c, type);
	if (tss_run(&s->tss, &c, &a))
		return;
	tss_get_u32(&a);
	for (n = tss_get_u16(&a); n > 0; n--) {
		tss_begin(&c, ORD_FlushSpecific);
		tss_put_handle(&c, tss_get_u32(&a));
		tss_put_u32(&c, type);
		tss_run(&s->tss, &c, &flushed);
	}
}

/* Part 3, 3.3: what had sessions MAY be preserved; libtpms does, ours not. */
static void flush_preserved(struct world *w)
{
	static const uint32_t types[] = { TPM_RT_AUTH, TPM_RT_TRANS,
					  TPM_RT_DAA_TPM, TPM_RT_CONTEXT };

	for (int i = 0; i < SIDES; i++)
		for (size_t k = 0; k < sizeof(types) / sizeof(*types); k++)
			flush_all(w->side[i], types[k]);
}

void life_power(struct world *w, uint32_t startup_type)
{
	for (int i = 0; i < SIDES; i++) {
		w->side[i]->now.random = w->seed + w->commands;
		w->side[i]->power(w->side[i]);
	}
	forget_volatile(w);
	w->m.startup = startup_type;
	if (!run_u16(w, ORD_Startup, startup_type) &&
	    startup_type == TPM_ST_STATE)
		flush_preserved(w);
}

/* Where none came with them; RevokeTrust may take it away again. */
static void make_any_ek(struct world *w)
{
	if (chance(w, 2))
		gen_create_revocable_ek(w);
	else
		gen_create_endorsement_key_pair(w);
}

/* Ours comes with one. */
static void make_ek(struct world *w)
{
	struct side *s = w->side[THEIRS];
	static const uint8_t parms[] = { 0, 0, 8, 0, 0, 0, 0, 2, 0, 0, 0, 0 };
	static const uint8_t nonce[CLIENT_SHA1];
	struct tss_command c;

	if (!strcmp(w->side[OURS]->name, s->name))
		s = w->side[OURS];
	for (;;) {
		struct tss_answer a;

		tss_begin(&c, ORD_CreateEndorsementKeyPair);
		tss_put_bytes(&c, nonce, sizeof(nonce));
		tss_put_u32(&c, TPM_ALG_RSA);
		tss_put_u16(&c, TPM_ES_RSAESOAEP_SHA1_MGF1);
		tss_put_u16(&c, TPM_SS_NONE);
		tss_put_blob(&c, parms, sizeof(parms));
		tss_run(&s->tss, &c, &a);
		if (s == w->side[THEIRS])
			return;
		s = w->side[THEIRS];
	}
}

static void presence(struct world *w)
{
	run_u16(w, ORD_PhysicalPresence,
		TPM_PHYSICAL_PRESENCE_HW_ENABLE |
			TPM_PHYSICAL_PRESENCE_CMD_ENABLE);
}

static void load_keys(struct world *w)
{
	static const uint16_t usages[] = { TPM_KEY_SIGNING, TPM_KEY_BIND,
					   TPM_KEY_STORAGE, TPM_KEY_MIGRATE,
					   TPM_KEY_LEGACY,  TPM_KEY_IDENTITY };

	for (unsigned int i = 0; i < sizeof(usages) / sizeof(*usages); i++)
		load_soft_key(w, i + 1, usages[i]);
}

void life_begin(struct world *w, uint64_t seed)
{
	const struct circumstances now = { .clock_us = 1000000000u,
					   .random = seed,
					   .key = EK_NUMBER,
					   .present = true,
					   .bare = seed % 8 == 0 };
	uint32_t srk;

	memset(&w->m, 0, sizeof(w->m));
	w->over = false;
	w->difference.found = false;
	w->seed = seed;
	w->rng.at = seed;
	w->commands = 0;
	w->n_used = 0;
	w->held = NULL;
	w->mutation = MUTATE_PLAIN;
	w->stats->lives++;
	both_now(w, &now);
	for (int i = 0; i < SIDES; i++) {
		w->side[i]->tss.nonces = seed << 20;
		w->side[i]->fresh(w->side[i]);
	}
	run_u16(w, ORD_Startup, TPM_ST_CLEAR);
	presence(w);
	if (now.bare)
		make_any_ek(w);
	else
		make_ek(w);
	srk = 1 + pick(w, 3);
	for (int i = 0; i < SIDES; i++)
		w->side[i]->now.key = srk;
	if (w->side[OURS]->knows(ORD_TakeOwnership) && !chance(w, 4))
		gen_take_ownership(w);
	if (w->m.owner && w->side[OURS]->knows(ORD_LoadKey2) && !chance(w, 8))
		load_keys(w);
	if (w->side[OURS]->knows(ORD_NV_DefineSpace) && !chance(w, 4))
		gen_nv_lock(w);
}

/* Nobody learns much from a TPM that is off. */
static void wake(struct world *w)
{
	for (int i = 0; i < SIDES; i++)
		w->side[i]->now.present = true;
	life_power(w, TPM_ST_CLEAR);
	run_plain(w, ORD_PhysicalEnable);
	both_begin(w, ORD_PhysicalSetDeactivated);
	both_u8(w, false);
	if (both_run(w))
		w->over = true;
	life_power(w, TPM_ST_CLEAR);
	w->m.asleep = false;
}

void life_settle(struct world *w)
{
	if (w->m.asleep && chance(w, 4))
		wake(w);
	if (w->m.failures <= FAILURES_MAX)
		return;
	if (w->side[OURS]->knows(ORD_ResetLockValue))
		gen_reset_lock(w);
	/* Locks are each maker's own: who cannot be helped starts again. */
	if (w->m.failures)
		w->over = true;
}
