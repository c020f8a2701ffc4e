/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The owner: Part 3, sections 5 to 8, 14, 17.2, 18.4 and what is deprecated of
 * them.
 */
#include "generators.h"

#include <string.h>

#include "keys.h"

/* ---- Section 6 ---- */

/* A secret as only the endorsement key opens it. */
static void both_for_ek(struct world *w, const struct tss_digest *secret)
{
	uint8_t n[KEY_BYTES_MAX], sealed[KEY_BYTES_MAX];

	keys_modulus(2048, EK_NUMBER, n);
	keys_seal(n, sizeof(n), secret->b, sizeof(secret->b), sealed);
	both_blob(w, sealed, sizeof(sealed));
}

/* The SRK's parameters, as TPM_KEY or TPM_KEY12. */
static void both_srk_template(struct world *w)
{
	const bool key12 = chance(w, 2);

	both_u32(w, key12 ? TPM_TAG_KEY12 << 16 : 0x01010000);
	both_u16(w, TPM_KEY_STORAGE);
	both_u32(w, 0);
	both_u8(w, chance(w, 16) ? TPM_AUTH_NEVER : TPM_AUTH_ALWAYS);
	both_rsa_parms(w, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE, 2048);
	both_u32(w, 0);
	both_u32(w, 0);
	both_u32(w, 0);
}

static void repeat_draws(struct world *w, bool repeat)
{
	for (int i = 0; i < SIDES; i++)
		w->side[i]->now.repeat = repeat;
}

static void note_owner(struct world *w, const struct tss_digest *owner,
		       const struct tss_digest *srk)
{
	struct model *m = &w->m;

	memset(m->keys, 0, sizeof(m->keys));
	m->owner = true;
	m->owner_secret = *owner;
	m->keys[SRK] = (struct key){
		.known = true,
		.loaded = true,
		.usage = TPM_KEY_STORAGE,
		.enc = TPM_ES_RSAESOAEP_SHA1_MGF1,
		.sig = TPM_SS_NONE,
		.bits = 2048,
		.auth_usage = TPM_AUTH_ALWAYS,
		.payload = TPM_PT_ASYM,
		.number = w->side[OURS]->now.key,
		.handle = { { TPM_KH_SRK, TPM_KH_SRK } },
		.secret = *srk,
	};
}

/* What was drawn is known: tpmProof with it. */
static void note_proof(struct world *w)
{
	struct draws d = { .from = w->side[OURS]->now.random, .repeat = true };

	draw(&d, w->m.proof.b, sizeof(w->m.proof.b));
}

static void run_tested(struct world *w)
{
	const enum mutation mutation = w->mutation;

	w->mutation = MUTATE_PLAIN;
	run_plain(w, ORD_ContinueSelfTest);
	w->mutation = mutation;
}

void gen_take_ownership(struct world *w)
{
	struct entity e = { 0 };
	struct session *s;
	struct tss_digest owner, srk;
	uint32_t result;

	/* The test of random bytes wants different ones. */
	run_tested(w);
	random_digest(w, &owner);
	random_digest(w, &srk);
	e.secret = owner;
	s = session_for(w, &e, OIAP_SESSION);
	both_begin(w, ORD_TakeOwnership);
	both_u16(w, TPM_PID_OWNER);
	both_for_ek(w, &owner);
	both_for_ek(w, &srk);
	both_srk_template(w);
	use(w, s, &owner);
	repeat_draws(w, true);
	result = both_run(w);
	repeat_draws(w, false);
	if (result)
		return;
	note_owner(w, &owner, &srk);
	note_proof(w);
	same_rest(w, "srkPub");
}

static void note_clear(struct world *w)
{
	w->m.owner = false;
	w->m.cleared = true;
	w->m.asleep = true;
	forget_sessions(w);
	memset(w->m.keys, 0, sizeof(w->m.keys));
	memset(w->m.transports, 0, sizeof(w->m.transports));
}

static uint32_t run_as_owner(struct world *w, uint32_t ordinal)
{
	struct entity owner = owner_entity(w);

	both_begin(w, ordinal);
	authorise(w, &owner);
	return both_run(w);
}

void gen_owner_clear(struct world *w)
{
	if (!run_as_owner(w, ORD_OwnerClear))
		note_clear(w);
}

void gen_force_clear(struct world *w)
{
	if (!run_plain(w, ORD_ForceClear))
		note_clear(w);
}

void gen_disable_owner_clear(struct world *w)
{
	run_as_owner(w, ORD_DisableOwnerClear);
}

void gen_disable_force_clear(struct world *w)
{
	run_plain(w, ORD_DisableForceClear);
}

void gen_change_auth_owner(struct world *w)
{
	struct entity owner = owner_entity(w);
	struct session *s = session_for(w, &owner, BOUND_SESSION);
	const bool srk = chance(w, 2);
	struct tss_digest secret;

	random_digest(w, &secret);
	both_begin(w, ORD_ChangeAuthOwner);
	both_u16(w, TPM_PID_ADCP);
	both_encrypted(w, s, &secret, false);
	both_u16(w, chance(w, 10) ? TPM_ET_KEY
		    : srk	  ? TPM_ET_SRK
				  : TPM_ET_OWNER);
	use(w, s, &owner.secret);
	if (both_run(w))
		return;
	end_bound_sessions(w);
	if (srk)
		w->m.keys[SRK].secret = secret;
	else
		w->m.owner_secret = secret;
	part_contexts(w, ORD_ChangeAuthOwner);
}

/* ---- Section 5 ---- */

static uint32_t run_bool(struct world *w, uint32_t ordinal, bool v)
{
	both_begin(w, ordinal);
	both_u8(w, v);
	return both_run(w);
}

void gen_set_owner_install(struct world *w)
{
	run_bool(w, ORD_SetOwnerInstall, !chance(w, 4));
}

void gen_owner_set_disable(struct world *w)
{
	struct entity owner = owner_entity(w);
	const bool state = chance(w, 3);

	both_begin(w, ORD_OwnerSetDisable);
	both_u8(w, state);
	authorise(w, &owner);
	if (!both_run(w) && state)
		w->m.asleep = true;
}

void gen_set_operator_auth(struct world *w)
{
	struct tss_digest secret;

	random_digest(w, &secret);
	both_begin(w, ORD_SetOperatorAuth);
	both_digest(w, &secret);
	if (!both_run(w))
		w->m.operator_secret = secret;
}

void gen_set_temp_deactivated(struct world *w)
{
	struct entity operator= { .secret = w->m.operator_secret };

	both_begin(w, ORD_SetTempDeactivated);
	if (!chance(w, 3)) {
		w->wish_oiap = true;
		authorise(w, &operator);
		w->wish_oiap = false;
	}
	if (!both_run(w))
		w->m.asleep = true;
}

/* ---- Sections 7.2, 7.3 ---- */

/* Each area's last sub-capability, more or less. */
static void a_setting(struct world *w, uint32_t *area, uint32_t *sub)
{
	static const uint32_t last[] = { 0, 0x15, 0x1a, 6, 7, 5, 7 };

	*area = 1 + pick(w, 6);
	*sub = pick(w, last[*area] + 1);
	if (chance(w, 4)) {
		*area = TPM_SET_PERM_FLAGS;
		*sub = ONE_OF(w, TPM_PF_READPUBEK, TPM_PF_READSRKPUB,
			      TPM_PF_DISABLEFULLDALOGICINFO, TPM_PF_OWNERSHIP,
			      TPM_PF_DISABLEOWNERCLEAR);
	}
}

/* What nobody comes back from, and what only libtpms lets anybody do. */
static bool is_too_much(uint32_t area, uint32_t sub)
{
	return area == TPM_SET_PERM_FLAGS &&
	       (sub == TPM_PF_PHYSICALPRESENCELIFETIMELOCK ||
		sub == TPM_PF_FIPS);
}

void gen_set_capability(struct world *w)
{
	struct entity owner = owner_entity(w);
	uint32_t area, sub;
	uint8_t bytes[4] = { 0 };
	const uint8_t value =
		chance(w, 8) ? (uint8_t)pick(w, 256) : chance(w, 2);
	uint8_t number[4] = { 0, 0, 0, value };

	a_setting(w, &area, &sub);
	if (is_too_much(area, sub) && !chance(w, 20))
		return;
	bytes[3] = (uint8_t)sub;
	both_begin(w, ORD_SetCapability);
	both_u32(w, area);
	both_blob(w, bytes, sizeof(bytes));
	if (area == TPM_SET_PERM_FLAGS || area == TPM_SET_STCLEAR_FLAGS ||
	    area == TPM_SET_STANY_FLAGS)
		both_blob(w, &value, 1);
	else
		both_blob(w, number, sizeof(number));
	if (w->m.owner && chance(w, 2))
		authorise(w, &owner);
	if (!both_run(w) &&
	    (sub == TPM_PF_DISABLE || sub == TPM_PF_DEACTIVATED))
		w->m.asleep = true;
}

/* Each has its own way to its endorsement key, and not both maintenance. */
static void same_permanent_bits(struct world *w)
{
	const uint32_t own = 1u << (TPM_PF_CEKPUSED - 1) |
			     1u << (TPM_PF_ENABLEREVOKEEK - 1) |
			     1u << (TPM_PF_ALLOWMAINTENANCE - 1);
	struct pair bits;

	pair_u32(w, &bits);
	if ((bits.v[OURS] ^ bits.v[THEIRS]) & ~own)
		differ(w, "flags");
}

void gen_get_capability_owner(struct world *w)
{
	if (run_as_owner(w, ORD_GetCapabilityOwner))
		return;
	/* The version, which is the maker's. */
	pair_skip(w, 4);
	same_permanent_bits(w);
	same_rest(w, "volatile flags");
}

void gen_reset_lock(struct world *w)
{
	if (!run_as_owner(w, ORD_ResetLockValue))
		w->m.failures = 0;
}

/* ---- Section 8 ---- */

/* The next audited ordinal that both could have; 0: no more. */
static uint32_t next_ordinal(struct tss_answer *a)
{
	while (a->p != a->end && !a->bad) {
		const uint32_t ordinal = tss_get_u32(a);

		if (ordinal < ORD_CreateMaintenanceArchive ||
		    ordinal > ORD_ReadManuMaintPub)
			return ordinal;
	}
	return 0;
}

/* libtpms has no maintenance. */
static void same_ordinals(struct world *w)
{
	uint32_t ours, theirs;

	for (int i = 0; i < SIDES; i++)
		tss_get_u32(&w->a[i]);
	do {
		ours = next_ordinal(&w->a[OURS]);
		theirs = next_ordinal(&w->a[THEIRS]);
		if (ours != theirs)
			differ(w, "ordList");
	} while (ours && ours == theirs);
}

void gen_get_audit_digest(struct world *w)
{
	both_begin(w, ORD_GetAuditDigest);
	both_u32(w, chance(w, 3) ? pick(w, 0x100) : 0);
	if (both_run(w))
		return;
	same_bytes(w, 2 + 4 + 4, "counterValue");
	/* Of nonces and secrets among others. */
	pair_skip(w, CLIENT_SHA1);
	same_u8(w, "more");
	same_ordinals(w);
}

void gen_set_ordinal_audit_status(struct world *w)
{
	struct entity owner = owner_entity(w);
	const uint32_t which = pick(w, (uint32_t)n_generators);

	both_begin(w, ORD_SetOrdinalAuditStatus);
	both_u32(w, chance(w, 8) ? pick(w, 0x100) : generators[which].ordinal);
	both_u8(w, !chance(w, 3));
	authorise(w, &owner);
	both_run(w);
}

/* ---- Sections 14.2, 14.3, 14.5, 27.6, 27.7 ---- */

void gen_create_revocable_ek(struct world *w)
{
	struct tss_digest nonce, reset;
	const bool generate = chance(w, 2);
	struct tss_digest given[SIDES];

	run_tested(w);
	random_digest(w, &nonce);
	random_digest(w, &reset);
	for (int i = 0; i < SIDES; i++)
		w->side[i]->now.key = EK_NUMBER;
	both_begin(w, ORD_CreateRevocableEK);
	both_digest(w, &nonce);
	both_rsa_parms(w, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE, 2048);
	both_u8(w, generate);
	both_digest(w, &reset);
	repeat_draws(w, true);
	both_run(w);
	repeat_draws(w, false);
	if (w->result[OURS] || w->result[THEIRS])
		return;
	/* TPM_PUBKEY, which may have its exponent, and a checksum. */
	same_bytes(w, (size_t)(w->a[OURS].end - w->a[OURS].p) - CLIENT_SHA1,
		   "pubEndorsementKey");
	pair_digest(w, given);
	same_end(w);
	w->m.revoke = given[OURS];
	if (memcmp(given[OURS].b, given[THEIRS].b, CLIENT_SHA1) != 0)
		differ(w, "outputEKreset");
}

void gen_revoke_trust(struct world *w)
{
	struct tss_digest reset = w->m.revoke;

	if (chance(w, 4))
		random_digest(w, &reset);
	both_begin(w, ORD_RevokeTrust);
	both_digest(w, &reset);
	if (!both_run(w))
		note_clear(w);
}

void gen_owner_read_internal_pub(struct world *w)
{
	struct entity owner = owner_entity(w);

	both_begin(w, ORD_OwnerReadInternalPub);
	both_u32(w, ONE_OF(w, TPM_KH_EK, TPM_KH_SRK, TPM_KH_EK, TPM_KH_SRK, 0,
			   TPM_KH_OWNER));
	authorise(w, &owner);
	if (!both_run(w))
		same_rest(w, "publicPortion");
}

void gen_owner_read_pubek(struct world *w)
{
	if (!run_as_owner(w, ORD_OwnerReadPubek))
		same_rest(w, "pubEndorsementKey");
}

void gen_disable_pubek_read(struct world *w)
{
	run_as_owner(w, ORD_DisablePubekRead);
}

/* Ends all sessions: TPM_Reset is deprecated (Part 3, 27.5). */
void gen_reset(struct world *w)
{
	if (run_plain(w, ORD_Reset))
		return;
	forget_sessions(w);
	part_contexts(w, ORD_Reset);
}
