/* SPDX-License-Identifier: BSD-2-Clause */
/* Startup, self-test, opt-in, registers, random bytes: without an owner. */
#include "generators.h"

#include <string.h>

/* ---- Part 3, section 3 ---- */

static uint32_t startup_type(struct world *w)
{
	return ONE_OF(w, TPM_ST_CLEAR, TPM_ST_CLEAR, TPM_ST_CLEAR, TPM_ST_STATE,
		      TPM_ST_DEACTIVATED, 0, 4);
}

void gen_startup(struct world *w)
{
	run_u16(w, ORD_Startup, startup_type(w));
}

/* With other commands before TPM_Startup; at the end it was started. */
void gen_power_cycle(struct world *w)
{
	w->mutation = MUTATE_PLAIN;
	if (chance(w, 3)) {
		life_power(w, TPM_ST_CLEAR);
		return;
	}
	life_power(w, startup_type(w));
	if (w->result[OURS])
		life_power(w, TPM_ST_CLEAR);
}

void gen_save_state(struct world *w)
{
	if (run_plain(w, ORD_SaveState) || chance(w, 2))
		return;
	if (chance(w, 4))
		run_plain(w, ORD_ContinueSelfTest);
	life_power(w, TPM_ST_STATE);
	if (w->result[OURS])
		life_power(w, TPM_ST_CLEAR);
}

/* ---- Section 4 ---- */

void gen_self_test_full(struct world *w)
{
	run_plain(w, ORD_SelfTestFull);
}

void gen_continue_self_test(struct world *w)
{
	run_plain(w, ORD_ContinueSelfTest);
}

/* What it says is the maker's. */
void gen_get_test_result(struct world *w)
{
	run_plain(w, ORD_GetTestResult);
}

/* ---- Sections 5 and 6.6, 6.7 ---- */

/* Who stands before the machine, and where commands come from. */
void gen_circumstances(struct world *w)
{
	const uint32_t locality = chance(w, 3) ? pick(w, 5) : 0;
	const bool present = !chance(w, 4);

	for (int i = 0; i < SIDES; i++) {
		w->side[i]->now.locality = locality;
		w->side[i]->now.present = present;
	}
	run_plain(w, ORD_ContinueSelfTest);
}

void gen_physical_presence(struct world *w)
{
	static const uint32_t good[] = {
		TPM_PHYSICAL_PRESENCE_PRESENT,
		TPM_PHYSICAL_PRESENCE_PRESENT,
		TPM_PHYSICAL_PRESENCE_NOTPRESENT,
		TPM_PHYSICAL_PRESENCE_CMD_ENABLE,
		TPM_PHYSICAL_PRESENCE_HW_ENABLE,
		TPM_PHYSICAL_PRESENCE_HW_DISABLE,
		TPM_PHYSICAL_PRESENCE_CMD_DISABLE,
		TPM_PHYSICAL_PRESENCE_CMD_ENABLE |
			TPM_PHYSICAL_PRESENCE_HW_ENABLE,
		TPM_PHYSICAL_PRESENCE_NOTPRESENT | TPM_PHYSICAL_PRESENCE_LOCK,
		TPM_PHYSICAL_PRESENCE_LOCK,
	};
	uint32_t v = one_of(w, good, sizeof(good) / sizeof(*good));

	if (chance(w, 4))
		v = pick(w, 0x10000);
	if (v & TPM_PHYSICAL_PRESENCE_LIFETIME_LOCK && !chance(w, 10))
		v &= ~TPM_PHYSICAL_PRESENCE_LIFETIME_LOCK;
	run_u16(w, ORD_PhysicalPresence, v);
}

void gen_physical_enable(struct world *w)
{
	run_plain(w, ORD_PhysicalEnable);
}

void gen_physical_disable(struct world *w)
{
	if (!run_plain(w, ORD_PhysicalDisable))
		w->m.asleep = true;
}

void gen_physical_set_deactivated(struct world *w)
{
	const bool state = chance(w, 3);

	both_begin(w, ORD_PhysicalSetDeactivated);
	both_u8(w, chance(w, 20) ? pick(w, 256) : state);
	if (!both_run(w) && state)
		w->m.asleep = true;
}

void gen_reset_establishment_bit(struct world *w)
{
	run_plain(w, ORD_ResetEstablishmentBit);
}

/* ---- Section 16 ---- */

static uint32_t any_register(struct world *w)
{
	return chance(w, 20) ? ONE_OF(w, 24, 25, 0x100, 0xffffffff)
			     : pick(w, 24);
}

void gen_pcr_read(struct world *w)
{
	both_begin(w, ORD_PcrRead);
	both_u32(w, any_register(w));
	if (!both_run(w))
		same_rest(w, "outDigest");
}

void gen_extend(struct world *w)
{
	struct tss_digest d;

	random_digest(w, &d);
	both_begin(w, ORD_Extend);
	both_u32(w, any_register(w));
	both_digest(w, &d);
	if (!both_run(w))
		same_rest(w, "outDigest");
}

void both_selection(struct world *w, uint32_t selection)
{
	const unsigned int size = chance(w, 20) ? pick(w, 5) : 3;

	both_u16(w, size);
	for (unsigned int i = 0; i < size; i++)
		both_u8(w, selection >> 8 * i & 0xff);
}

void gen_pcr_reset(struct world *w)
{
	uint32_t selection = 1u << ONE_OF(w, 16, 23, 16, 23, 17, 20, 21, 22, 0);

	if (chance(w, 4))
		selection |= 1u << pick(w, 24);
	if (chance(w, 20))
		selection = (uint32_t)rng_next(&w->rng) & 0xffffff;
	both_begin(w, ORD_PCR_Reset);
	both_selection(w, selection);
	both_run(w);
}

/* ---- Sections 13.6 and 13.7 ---- */

void gen_get_random(struct world *w)
{
	struct blobs b;

	both_begin(w, ORD_GetRandom);
	both_u32(w, chance(w, 10) ? ONE_OF(w, 0, 1, 4096, 0xffffffff)
				  : pick(w, 200));
	if (both_run(w))
		return;
	pair_blob(w, &b, "randomBytes' size");
	same_end(w);
}

void gen_stir_random(struct world *w)
{
	uint8_t b[300];

	rng_bytes(&w->rng, b, sizeof(b));
	both_begin(w, ORD_StirRandom);
	both_blob(w, b, chance(w, 4) ? pick(w, 300) : pick(w, 64));
	both_run(w);
}

/* ---- Section 14 ---- */

void gen_read_pubek(struct world *w)
{
	struct tss_digest nonce;

	random_digest(w, &nonce);
	both_begin(w, ORD_ReadPubek);
	both_digest(w, &nonce);
	if (!both_run(w))
		same_rest(w, "pubEndorsementKey");
}

void both_rsa_parms(struct world *w, uint16_t enc, uint16_t sig, uint32_t bits)
{
	static const uint8_t exponent[] = { 1, 0, 1 };
	const bool explicit = chance(w, 8);

	both_u32(w, TPM_ALG_RSA);
	both_u16(w, enc);
	both_u16(w, sig);
	both_u32(w, explicit ? 15 : 12);
	both_u32(w, bits);
	both_u32(w, 2);
	both_blob(w, exponent, explicit ? 3 : 0);
}

void gen_create_endorsement_key_pair(struct world *w)
{
	struct tss_digest nonce;

	random_digest(w, &nonce);
	for (int i = 0; i < SIDES; i++)
		w->side[i]->now.key = EK_NUMBER;
	both_begin(w, ORD_CreateEndorsementKeyPair);
	both_digest(w, &nonce);
	both_rsa_parms(w, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE,
		       chance(w, 8) ? 1024 : 2048);
	if (!both_run(w))
		same_rest(w, "pubEndorsementKey");
}

/* ---- Section 7.1 ---- */

/* Capability areas that have a sub-capability of 4 bytes, and those below. */
static const uint32_t properties[] = {
	TPM_CAP_PROP_PCR,
	TPM_CAP_PROP_DIR,
	TPM_CAP_PROP_MANUFACTURER,
	TPM_CAP_PROP_KEYS,
	TPM_CAP_PROP_MIN_COUNTER,
	TPM_CAP_PROP_AUTHSESS,
	TPM_CAP_PROP_TRANSESS,
	TPM_CAP_PROP_COUNTERS,
	TPM_CAP_PROP_MAX_AUTHSESS,
	TPM_CAP_PROP_MAX_TRANSESS,
	TPM_CAP_PROP_MAX_COUNTERS,
	TPM_CAP_PROP_MAX_KEYS,
	TPM_CAP_PROP_OWNER,
	TPM_CAP_PROP_CONTEXT,
	TPM_CAP_PROP_MAX_CONTEXT,
	TPM_CAP_PROP_FAMILYROWS,
	TPM_CAP_PROP_TIS_TIMEOUT,
	TPM_CAP_PROP_STARTUP_EFFECT,
	TPM_CAP_PROP_DELEGATE_ROW,
	TPM_CAP_PROP_MAX_DAASESS,
	TPM_CAP_PROP_DAASESS,
	TPM_CAP_PROP_CONTEXT_DIST,
	TPM_CAP_PROP_DAA_INTERRUPT,
	TPM_CAP_PROP_SESSIONS,
	TPM_CAP_PROP_MAX_SESSIONS,
	TPM_CAP_PROP_CMK_RESTRICTION,
	TPM_CAP_PROP_DURATION,
	TPM_CAP_PROP_ACTIVE_COUNTER,
	TPM_CAP_PROP_MAX_NV_AVAILABLE,
	TPM_CAP_PROP_INPUT_BUFFER,
};

/* One that both have, or neither. */
static uint32_t an_ordinal(struct world *w)
{
	const uint32_t ordinal =
		generators[pick(w, (uint32_t)n_generators)].ordinal;

	return chance(w, 8) || !w->side[OURS]->knows(ordinal)
		       ? ONE_OF(w, 0, 0x82, 0x8c, 0x97, 0x9b, 0x1ff)
		       : ordinal;
}

static uint32_t sub_capability(struct world *w, uint32_t area)
{
	switch (area) {
	case TPM_CAP_ORD:
		return an_ordinal(w);
	case TPM_CAP_FLAG:
		return ONE_OF(w, TPM_CAP_FLAG_PERMANENT, TPM_CAP_FLAG_VOLATILE,
			      TPM_CAP_FLAG_PERMANENT, 0x10a);
	case TPM_CAP_PROPERTY:
		return chance(w, 10)
			       ? 0x100 + pick(w, 0x28)
			       : one_of(w, properties,
					sizeof(properties) / sizeof(uint32_t));
	case TPM_CAP_NV_INDEX:
		return w->m.areas[pick(w, N_AREAS)].index;
	case TPM_CAP_HANDLE:
		return pick(w, 12);
	default:
		return pick(w, 16);
	}
}

/* Handles are each TPM's own. */
static bool lists_handles(uint32_t area)
{
	return area == TPM_CAP_KEY_HANDLE || area == TPM_CAP_HANDLE;
}

/* TPM_PERMANENT_FLAGS, one by one. */
static void same_permanent_flags(struct world *w)
{
	static const char *const names[] = {
		"disable",
		"ownership",
		"deactivated",
		"readPubek",
		"disableOwnerClear",
		"allowMaintenance",
		"physicalPresenceLifetimeLock",
		"physicalPresenceHWEnable",
		"physicalPresenceCMDEnable",
		"CEKPUsed",
		"TPMpost",
		"TPMpostLock",
		"FIPS",
		"operator",
		"enableRevokeEK",
		"nvLocked",
		"readSRKPub",
		"tpmEstablished",
		"maintenanceDone",
		"disableFullDALogicInfo",
	};

	same_u32(w, "resp's size");
	same_u16(w, "flags' tag");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		same_u8(w, names[i]);
	same_end(w);
}

/* The indices of NV areas, in whatever order. */
static void same_indices(struct world *w)
{
	const uint32_t size = same_u32(w, "resp's size");
	uint32_t sum[SIDES] = { 0, 0 };

	for (int i = 0; i < SIDES; i++)
		for (uint32_t n = 0; n < size / 4; n++)
			sum[i] += tss_get_u32(&w->a[i]) * 2654435761u;
	if (sum[OURS] != sum[THEIRS])
		differ(w, "the indices");
	same_end(w);
}

void gen_get_capability(struct world *w)
{
	static const uint32_t areas[] = {
		TPM_CAP_ORD,	     TPM_CAP_ALG,	   TPM_CAP_PID,
		TPM_CAP_FLAG,	     TPM_CAP_FLAG,	   TPM_CAP_PROPERTY,
		TPM_CAP_PROPERTY,    TPM_CAP_PROPERTY,	   TPM_CAP_VERSION,
		TPM_CAP_KEY_HANDLE,  TPM_CAP_SYM_MODE,	   TPM_CAP_NV_LIST,
		TPM_CAP_NV_INDEX,    TPM_CAP_TRANS_ALG,	   TPM_CAP_HANDLE,
		TPM_CAP_TRANS_ES,    TPM_CAP_AUTH_ENCRYPT, TPM_CAP_DA_LOGIC,
		TPM_CAP_VERSION_VAL,
	};
	uint32_t area = chance(w, 20) ? pick(w, 0x20)
				      : one_of(w, areas,
					       sizeof(areas) / sizeof(*areas));
	const uint32_t sub = sub_capability(w, area);
	const uint8_t bytes[4] = { (uint8_t)(sub >> 24), (uint8_t)(sub >> 16),
				   (uint8_t)(sub >> 8), (uint8_t)sub };
	struct blobs handles;

	both_begin(w, ORD_GetCapability);
	both_u32(w, area);
	both_blob(w, bytes, chance(w, 20) ? pick(w, 5) : 4);
	if (both_run(w))
		return;
	/* It may have been another that was asked for. */
	area = sent_u32(w, 0);
	if (lists_handles(area))
		pair_blob(w, &handles, "resp's size");
	else if (area == TPM_CAP_NV_LIST)
		same_indices(w);
	else if (area == TPM_CAP_FLAG &&
		 sent_u32(w, 8) == TPM_CAP_FLAG_PERMANENT)
		same_permanent_flags(w);
	else
		same_rest(w, "resp");
}

/* ---- Sections 18.1, 18.2, 22.1 and 27.1 ---- */

static struct session *some_session(struct world *w)
{
	return &w->m.sessions[pick(w, N_SESSIONS)];
}

static void handle_of(const struct session *s, struct pair *handle)
{
	for (int i = 0; i < SIDES; i++)
		handle->v[i] = s->s[i].handle;
}

void gen_flush_specific(struct world *w)
{
	struct session *s = some_session(w);
	struct pair handle;

	handle_of(s, &handle);
	both_begin(w, ORD_FlushSpecific);
	both_handle(w, &handle);
	both_u32(w, chance(w, 8) ? pick(w, 12) : TPM_RT_AUTH);
	if (!both_run(w))
		s->open = false;
}

void gen_terminate_handle(struct world *w)
{
	struct session *s = some_session(w);
	struct pair handle;

	handle_of(s, &handle);
	both_begin(w, ORD_Terminate_Handle);
	both_handle(w, &handle);
	if (!both_run(w))
		s->open = false;
}

/* Damaged ones only: good ones are what all others begin with. */
void gen_oiap(struct world *w)
{
	struct pair handle;

	both_begin(w, ORD_OIAP);
	if (both_run(w))
		return;
	pair_u32(w, &handle);
	pair_skip(w, CLIENT_SHA1);
	same_end(w);
	both_begin(w, ORD_FlushSpecific);
	both_handle(w, &handle);
	both_u32(w, TPM_RT_AUTH);
	both_run(w);
}

void gen_osap(struct world *w)
{
	const uint32_t type = ONE_OF(w, TPM_ET_KEYHANDLE, TPM_ET_OWNER,
				     TPM_ET_DATA, TPM_ET_SRK, TPM_ET_KEY,
				     TPM_ET_COUNTER, TPM_ET_NV, 0x602, 0x102);
	struct pair value = { { TPM_KH_SRK, TPM_KH_SRK } };
	struct tss_digest nonce;

	random_digest(w, &nonce);
	if (type == TPM_ET_COUNTER)
		value = w->m.counters[pick(w, N_COUNTERS)].id;
	else if (chance(w, 2))
		value = w->m.keys[pick(w, N_KEYS)].handle;
	else if (chance(w, 4))
		value.v[OURS] = value.v[THEIRS] =
			ONE_OF(w, 0, TPM_KH_OWNER, TPM_KH_EK, TPM_KH_OPERATOR);
	both_begin(w, ORD_OSAP);
	both_u16(w, type);
	both_pair(w, &value);
	both_digest(w, &nonce);
	if (both_run(w))
		return;
	pair_u32(w, &value);
	pair_skip(w, 2 * CLIENT_SHA1);
	same_end(w);
	both_begin(w, ORD_FlushSpecific);
	both_handle(w, &value);
	both_u32(w, TPM_RT_AUTH);
	both_run(w);
}

/* ---- What is no command ---- */

static uint32_t a_command(struct world *w)
{
	const uint32_t ordinal =
		generators[pick(w, (uint32_t)n_generators)].ordinal;

	if (chance(w, 4) || !w->side[OURS]->knows(ordinal))
		return ONE_OF(w, 0, 1, 0x82, 0x83, 0x8c, 0x97, 0x9b, 0x100,
			      0x40000000, 0xffffffff);
	return ordinal;
}

void gen_junk(struct world *w)
{
	uint8_t req[80];
	const size_t len = pick(w, sizeof(req));
	const uint32_t ordinal = a_command(w);

	rng_bytes(&w->rng, req, sizeof(req));
	if (!chance(w, 3)) {
		req[0] = 0;
		req[1] = (uint8_t)(0xc1 + pick(w, 3));
		req[2] = req[3] = req[4] = 0;
		req[5] = (uint8_t)len;
	}
	req[6] = (uint8_t)(ordinal >> 24);
	req[7] = (uint8_t)(ordinal >> 16);
	req[8] = (uint8_t)(ordinal >> 8);
	req[9] = (uint8_t)ordinal;
	both_send(w, req, len);
}
