/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part 3, section 7: the Capability Commands; what they tell is listed in
 * Part 2, section 21.
 *
 * Each area is a row: how its subCap is read, and what is answered.
 */

#include "context.h"
#include "keys.h"
#include "counter.h"
#include "daa.h"
#include "nv.h"
#include "transport.h"

/*
 * TPM_CAP_PROP_MANUFACTURER, and the version that TPM_CAP_VERSION_VAL tells:
 * level 2, errata 3 is revision 116 of the specification.
 */
#define VENDOR_ID	 0x58454e56u /* "XENV" */
#define SPEC_LEVEL	 2u
#define ERRATA_REVISION	 3u
#define FIRMWARE_MAJOR	 0u
#define FIRMWARE_MINOR	 1u

/* Part 2, 4.6: what is saved (TPM_SaveState) outlives a restart. */
#define STARTUP_EFFECTS TPM_STARTUP_EFFECTS_ST_CLEAR_AUDITDIGEST

/*
 * In microseconds (PC Client TPM Interface Specification).  Generous: a guest
 * on a busy host must not take a late answer for a broken TPM.
 */
#define TIS_TIMEOUT	30000000u
#define DURATION_SHORT	50000000u
#define DURATION_MEDIUM 100000000u
#define DURATION_LONG	300000000u

/* What one area answers: subCap, already the right size, to the answer. */
typedef enum tpm_rc answer_fn(struct tpm *t, struct rd *sub, struct wr *w);

static void answer_bool(struct wr *w, bool v)
{
	wr_number(w, v, 1);
}

static uint32_t sub_u16(struct rd *sub)
{
	return (uint32_t)rd_number(sub, 2);
}

static uint32_t sub_u32(struct rd *sub)
{
	return (uint32_t)rd_number(sub, 4);
}

static bool is_implemented(uint32_t ordinal)
{
	return tpm_command_find(ordinal) != NULL;
}

static enum tpm_rc cap_ord(struct tpm *t, struct rd *sub, struct wr *w)
{
	answer_bool(w, is_implemented(sub_u32(sub)));
	return TPM_SUCCESS;
}

static enum tpm_rc cap_alg(struct tpm *t, struct rd *sub, struct wr *w)
{
	switch (sub_u32(sub)) {
	case TPM_ALG_RSA:
	case TPM_ALG_SHA:
	case TPM_ALG_HMAC:
	case TPM_ALG_AES128:
	case TPM_ALG_MGF1:
	case TPM_ALG_XOR:
		answer_bool(w, true);
		break;
	default:
		answer_bool(w, false);
	}
	return TPM_SUCCESS;
}

/* A protocol is there when the command that begins it is (Part 3). */
static enum tpm_rc cap_pid(struct tpm *t, struct rd *sub, struct wr *w)
{
	static const struct {
		uint16_t pid;
		uint32_t ordinal;
	} begins[] = {
		{ TPM_PID_OIAP, 0x0a },	 { TPM_PID_OSAP, 0x0b },
		{ TPM_PID_ADIP, 0x0b },	 { TPM_PID_ADCP, 0x0c },
		{ TPM_PID_OWNER, 0x0d }, { TPM_PID_DSAP, 0x11 },
		{ TPM_PID_TRANSPORT, 0xe6 },
	};
	const uint32_t pid = sub_u16(sub);
	bool found = false;

	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		if (begins[i].pid == pid)
			found = is_implemented(begins[i].ordinal);
	answer_bool(w, found);
	return TPM_SUCCESS;
}

static enum tpm_rc cap_flag(struct tpm *t, struct rd *sub, struct wr *w)
{
	switch (sub_u32(sub)) {
	case TPM_CAP_FLAG_PERMANENT:
		wr_permanent_flags(w, &t->s.flags);
		return TPM_SUCCESS;
	case TPM_CAP_FLAG_VOLATILE:
		wr_stclear_flags(w, &t->s.stclear_flags);
		return TPM_SUCCESS;
	default:
		return TPM_BAD_MODE;
	}
}

/* ---- TPM_CAP_PROPERTY ---- */

static uint32_t sessions_free(const struct tpm *t)
{
	return TPM_MAX_SESSIONS - session_count(t);
}

static uint32_t transports_free(const struct tpm *t)
{
	return TPM_MAX_TRANSPORT - transport_count(t);
}

static uint32_t all_sessions_free(const struct tpm *t)
{
	return sessions_free(t) + transports_free(t);
}

static uint32_t keys_free(const struct tpm *t)
{
	return TPM_MAX_KEYS - keys_loaded(t);
}

static uint32_t cmk_restriction(const struct tpm *t)
{
	return t->s.data.restrictDelegate;
}

/* One number each: a constant, or what fn finds. */
static const struct property {
	uint32_t id;
	uint32_t value;
	uint32_t (*fn)(const struct tpm *t);
} properties[] = {
	{ TPM_CAP_PROP_PCR, TPM_NUM_PCR, NULL },
	{ TPM_CAP_PROP_DIR, 1, NULL },
	{ TPM_CAP_PROP_MANUFACTURER, VENDOR_ID, NULL },
	{ TPM_CAP_PROP_KEYS, 0, keys_free },
	{ TPM_CAP_PROP_MIN_COUNTER, 0, NULL },
	{ TPM_CAP_PROP_AUTHSESS, 0, sessions_free },
	{ TPM_CAP_PROP_TRANSESS, 0, transports_free },
	{ TPM_CAP_PROP_COUNTERS, 0, counters_left },
	{ TPM_CAP_PROP_MAX_AUTHSESS, TPM_MAX_SESSIONS, NULL },
	{ TPM_CAP_PROP_MAX_TRANSESS, TPM_MAX_TRANSPORT, NULL },
	{ TPM_CAP_PROP_MAX_COUNTERS, TPM_MAX_COUNTERS, NULL },
	{ TPM_CAP_PROP_MAX_KEYS, TPM_MAX_KEYS, NULL },
	{ TPM_CAP_PROP_CONTEXT, 0, contexts_free },
	{ TPM_CAP_PROP_MAX_CONTEXT, TPM_MAX_CONTEXTS, NULL },
	{ TPM_CAP_PROP_FAMILYROWS, TPM_FAMILY_ROWS, NULL },
	{ TPM_CAP_PROP_STARTUP_EFFECT, STARTUP_EFFECTS, NULL },
	{ TPM_CAP_PROP_DELEGATE_ROW, TPM_DELEGATE_ROWS, NULL },
	{ TPM_CAP_PROP_MAX_DAASESS, TPM_MAX_DAA, NULL },
	{ TPM_CAP_PROP_DAASESS, 0, daa_left },
	{ TPM_CAP_PROP_CONTEXT_DIST, UINT32_MAX, NULL },
	{ TPM_CAP_PROP_SESSIONS, 0, all_sessions_free },
	{ TPM_CAP_PROP_MAX_SESSIONS, TPM_MAX_SESSIONS + TPM_MAX_TRANSPORT,
	  NULL },
	{ TPM_CAP_PROP_CMK_RESTRICTION, 0, cmk_restriction },
	{ TPM_CAP_PROP_ACTIVE_COUNTER, 0, counters_active },
	{ TPM_CAP_PROP_MAX_NV_AVAILABLE, 0, nv_available },
	{ TPM_CAP_PROP_INPUT_BUFFER, TPM12_BUFFER_SIZE, NULL },
};

static const struct property *property_find(uint32_t id)
{
	for (size_t i = 0; i < sizeof(properties) / sizeof(*properties); i++)
		if (properties[i].id == id)
			return &properties[i];
	return NULL;
}

static enum tpm_rc cap_property(struct tpm *t, struct rd *sub, struct wr *w)
{
	const uint32_t id = sub_u32(sub);
	const struct property *p = property_find(id);

	if (p) {
		wr_number(w, p->fn ? p->fn(t) : p->value, 4);
		return TPM_SUCCESS;
	}
	switch (id) {
	case TPM_CAP_PROP_OWNER:
		answer_bool(w, t->s.owner.installed);
		return TPM_SUCCESS;
	case TPM_CAP_PROP_DAA_INTERRUPT:
		answer_bool(w, true);
		return TPM_SUCCESS;
	case TPM_CAP_PROP_TIS_TIMEOUT:
		for (unsigned int i = 0; i < 4; i++)
			wr_number(w, TIS_TIMEOUT, 4);
		return TPM_SUCCESS;
	case TPM_CAP_PROP_DURATION:
		wr_number(w, DURATION_SHORT, 4);
		wr_number(w, DURATION_MEDIUM, 4);
		wr_number(w, DURATION_LONG, 4);
		return TPM_SUCCESS;
	default:
		return TPM_BAD_MODE;
	}
}

/* ---- Versions ---- */

static enum tpm_rc cap_version(struct tpm *t, struct rd *sub, struct wr *w)
{
	static const struct tpm_struct_ver ver = { .major = 1, .minor = 1 };

	wr_struct_ver(w, &ver);
	return TPM_SUCCESS;
}

const struct tpm_cap_version_info *tpm_version_info(void)
{
	static const struct tpm_cap_version_info info = {
		.version = { 1, 2, FIRMWARE_MAJOR, FIRMWARE_MINOR },
		.specLevel = SPEC_LEVEL,
		.errataRev = ERRATA_REVISION,
		.tpmVendorID = VENDOR_ID,
	};

	return &info;
}

static enum tpm_rc cap_version_val(struct tpm *t, struct rd *sub, struct wr *w)
{
	wr_cap_version_info(w, tpm_version_info());
	return TPM_SUCCESS;
}

/* ---- Keys and handles ---- */

static void key_handles(const struct tpm *t, struct wr *w)
{
	wr_number(w, keys_loaded(t), 2);
	for (unsigned int i = 0; i < TPM_MAX_KEYS; i++)
		if (t->s.keys[i].handle)
			wr_u32(w, &t->s.keys[i].handle);
}

static enum tpm_rc cap_key_handle(struct tpm *t, struct rd *sub, struct wr *w)
{
	key_handles(t, w);
	return TPM_SUCCESS;
}

static void auth_handles(const struct tpm *t, struct wr *w)
{
	wr_number(w, session_count(t), 2);
	for (unsigned int i = 0; i < TPM_MAX_SESSIONS; i++)
		if (t->s.sessions[i].protocol)
			wr_u32(w, &t->s.sessions[i].handle);
}

static void transport_handles(const struct tpm *t, struct wr *w)
{
	wr_number(w, transport_count(t), 2);
	for (unsigned int i = 0; i < TPM_MAX_TRANSPORT; i++)
		if (t->s.transports[i].handle)
			wr_u32(w, &t->s.transports[i].handle);
}

/* No handles, but the numbers that TPM_FlushSpecific takes for such. */
static void context_handles(const struct tpm *t, struct wr *w)
{
	const uint32_t *count = t->s.contexts.contextList.count;

	wr_number(w, TPM_MAX_CONTEXTS - contexts_free(t), 2);
	for (unsigned int i = 0; i < TPM_MAX_CONTEXTS; i++)
		if (count[i])
			wr_u32(w, &count[i]);
}

static enum tpm_rc cap_handle(struct tpm *t, struct rd *sub, struct wr *w)
{
	switch (sub_u32(sub)) {
	case TPM_RT_AUTH:
		auth_handles(t, w);
		return TPM_SUCCESS;
	case TPM_RT_CONTEXT:
		context_handles(t, w);
		return TPM_SUCCESS;
	case TPM_RT_DAA_TPM:
		daa_list(t, w);
		return TPM_SUCCESS;
	case TPM_RT_COUNTER:
		counters_list(t, w);
		return TPM_SUCCESS;
	case TPM_RT_KEY:
		key_handles(t, w);
		return TPM_SUCCESS;
	case TPM_RT_TRANS:
		transport_handles(t, w);
		return TPM_SUCCESS;
	default:
		return TPM_BAD_MODE;
	}
}

/* Whether a key with these parameters could be loaded now. */
static enum tpm_rc cap_check_loaded(struct tpm *t, struct rd *sub,
				    struct wr *w)
{
	struct tpm_key_parms parms;

	rd_key_parms(sub, &parms);
	answer_bool(w, sub->rc == TPM_SUCCESS && key_parms_size(&parms) &&
			       keys_free(t));
	return TPM_SUCCESS;
}

/* Whether the owner keeps it. */
static enum tpm_rc cap_key_status(struct tpm *t, struct rd *sub, struct wr *w)
{
	const uint32_t handle = sub_u32(sub);
	const struct tpm_key_entry *key = key_find(t, handle);

	if (!key || handle == TPM_KH_SRK)
		return TPM_INVALID_KEYHANDLE;
	answer_bool(w, key->keyControl & TPM_KEY_CONTROL_OWNER_EVICT);
	return TPM_SUCCESS;
}

/* ---- Non-volatile storage ---- */

static enum tpm_rc cap_nv_list(struct tpm *t, struct rd *sub, struct wr *w)
{
	nv_list(t, w);
	return TPM_SUCCESS;
}

static enum tpm_rc cap_nv_index(struct tpm *t, struct rd *sub, struct wr *w)
{
	struct nv_area a;

	if (!nv_find(t, sub_u32(sub), &a))
		return TPM_BADINDEX;
	wr_nv_data_public(w, &a.pub);
	return TPM_SUCCESS;
}

/* ---- Schemes ---- */

static enum tpm_rc cap_sym_mode(struct tpm *t, struct rd *sub, struct wr *w)
{
	/* Modes for keys of a user, which no command takes. */
	(void)sub_u32(sub);
	answer_bool(w, false);
	return TPM_SUCCESS;
}

static enum tpm_rc cap_trans_alg(struct tpm *t, struct rd *sub, struct wr *w)
{
	answer_bool(w, transport_has_algorithm(sub_u32(sub)));
	return TPM_SUCCESS;
}

static enum tpm_rc cap_trans_es(struct tpm *t, struct rd *sub, struct wr *w)
{
	answer_bool(w, transport_has_scheme((uint16_t)sub_u16(sub)));
	return TPM_SUCCESS;
}

static enum tpm_rc cap_auth_encrypt(struct tpm *t, struct rd *sub, struct wr *w)
{
	const uint32_t alg = sub_u32(sub);

	answer_bool(w, alg == TPM_ALG_XOR || alg == TPM_ALG_AES128);
	return TPM_SUCCESS;
}

static enum tpm_rc cap_select_size(struct tpm *t, struct rd *sub, struct wr *w)
{
	struct tpm_select_size size;

	rd_select_size(sub, &size);
	answer_bool(w, size.major == 1 && size.minor >= 1 && size.minor <= 2 &&
			       size.reqSize <= TPM_PCR_SELECT_MAX);
	return TPM_SUCCESS;
}

/* ---- Dictionary attacks (Part 2, 21.9) ---- */

#define DA_STATE_INACTIVE 0u
#define DA_STATE_ACTIVE	  1u
#define DA_ACTION_TIMEOUT 1u

static enum tpm_rc cap_da_logic(struct tpm *t, struct rd *sub, struct wr *w)
{
	static const struct tpm_da_action_type action = { DA_ACTION_TIMEOUT };
	const bool locked = lockout_running(t);
	const uint8_t state = locked ? DA_STATE_ACTIVE : DA_STATE_INACTIVE;
	const struct tpm_da_info full = {
		.state = state,
		.currentCount = t->s.lockout.failures,
		.thresholdCount = LOCKOUT_THRESHOLD,
		.actionAtThreshold = action,
		.actionDependValue = locked ? lockout_left(t) : 0,
	};
	const struct tpm_da_info_limited limited = {
		.state = state,
		.actionAtThreshold = action,
	};

	/* One defence for all types of entity, whichever is asked for. */
	(void)sub_u16(sub);
	if (t->s.flags.disableFullDALogicInfo)
		wr_da_info_limited(w, &limited);
	else
		wr_da_info(w, &full);
	return TPM_SUCCESS;
}

/* ---- 7.1 TPM_GetCapability ---- */

static const struct area {
	uint32_t area;
	answer_fn *answer;
	bool any_sub; /* subCap means nothing */
} areas[] = {
	{ TPM_CAP_ORD, cap_ord, false },
	{ TPM_CAP_ALG, cap_alg, false },
	{ TPM_CAP_PID, cap_pid, false },
	{ TPM_CAP_FLAG, cap_flag, false },
	{ TPM_CAP_PROPERTY, cap_property, false },
	{ TPM_CAP_VERSION, cap_version, true },
	{ TPM_CAP_KEY_HANDLE, cap_key_handle, true },
	{ TPM_CAP_CHECK_LOADED, cap_check_loaded, false },
	{ TPM_CAP_SYM_MODE, cap_sym_mode, false },
	{ TPM_CAP_KEY_STATUS, cap_key_status, false },
	{ TPM_CAP_NV_LIST, cap_nv_list, true },
	{ TPM_CAP_NV_INDEX, cap_nv_index, false },
	{ TPM_CAP_TRANS_ALG, cap_trans_alg, false },
	{ TPM_CAP_HANDLE, cap_handle, false },
	{ TPM_CAP_TRANS_ES, cap_trans_es, false },
	{ TPM_CAP_AUTH_ENCRYPT, cap_auth_encrypt, false },
	{ TPM_CAP_SELECT_SIZE, cap_select_size, false },
	{ TPM_CAP_DA_LOGIC, cap_da_logic, false },
	{ TPM_CAP_VERSION_VAL, cap_version_val, true },
};

static const struct area *area_find(uint32_t id)
{
	for (size_t i = 0; i < sizeof(areas) / sizeof(*areas); i++)
		if (areas[i].area == id)
			return &areas[i];
	return NULL;
}

enum tpm_rc tpm_GetCapability(struct tpm *t, struct tpm_call *c,
			      const struct GetCapability_in *in,
			      struct GetCapability_out *out)
{
	const struct area *area = area_find(in->capArea);
	struct rd sub = rd_over(in->subCap.p, in->subCap.len);
	const size_t cap = 3072; /* the longest is the list of areas */
	uint8_t *answer = tpm_scratch(c, cap);
	struct wr w = wr_over(answer, cap);
	enum tpm_rc rc;

	if (!area)
		return TPM_BAD_MODE;
	if (!answer)
		return TPM_SIZE;
	rc = area->answer(t, &sub, &w);
	if (!area->any_sub && rd_done(&sub) != TPM_SUCCESS)
		return TPM_BAD_MODE;
	out->resp = (struct tpm_bytes){ answer, (size_t)(w.p - answer) };
	return rc == TPM_SUCCESS ? w.rc : rc;
}
