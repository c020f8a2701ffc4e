/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part 3, section 7: what of the TPM's state can be set one by one, and by
 * whom.  Which that is, and what keeps it from being set, Part 2 says in the
 * tables of sections 7.1 to 7.6.
 */

#include <stddef.h>

#include "pcr.h"
#include "tpm.h"

/* ---- 7.2 TPM_SetCapability ---- */

enum who {
	BY_ANYBODY,
	BY_OWNER,
	BY_PRESENCE,
	BY_EITHER,
	BY_PRESENCE_UNOWNED, /* as long as there is no owner */
	BY_LOCALITY,	     /* 3 or 4 */
};

enum values {
	EITHER,
	ONLY_TRUE,
	ONLY_FALSE,
};

/* What is set: a flag, or what a function sets. */
struct setting {
	uint32_t area;
	uint32_t sub;
	uint8_t who;
	uint8_t when;
	uint8_t values;
	uint16_t flag; /* of struct tpm_state */
	enum tpm_rc (*set)(struct tpm *t, struct rd *value);
};

static enum tpm_rc set_restrict_delegate(struct tpm *t, struct rd *value)
{
	rd_u32(value, &t->s.data.restrictDelegate);
	return TPM_SUCCESS;
}

/* It has no value that anybody could choose. */
static enum tpm_rc set_daa_proof(struct tpm *t, struct rd *value)
{
	struct tpm_bytes none;

	rd_rest(value, &none);
	endorsement_renew_daa(t);
	return TPM_SUCCESS;
}

/* Part 2, 7.5.1: taken back by anybody, given by who is there. */
static enum tpm_rc set_deferred_presence(struct tpm *t, struct rd *value)
{
	uint32_t *deferred = &t->s.stclear.deferredPhysicalPresence;
	uint32_t bits;

	rd_u32(value, &bits);
	if (bits & ~*deferred && !presence_asserted(t))
		return TPM_BAD_PRESENCE;
	*deferred = bits;
	return TPM_SUCCESS;
}

#define FLAG(name) offsetof(struct tpm_state, name), NULL
#define PF(sub, ...)                                          \
	{                                                     \
		TPM_SET_PERM_FLAGS, TPM_PF_##sub, __VA_ARGS__ \
	}
static const struct setting settings[] = {
	PF(DISABLE, BY_EITHER, WHEN_ANY, EITHER, FLAG(flags.disable)),
	PF(OWNERSHIP, BY_PRESENCE_UNOWNED, WHEN_USABLE, EITHER,
	   FLAG(flags.ownership)),
	PF(DEACTIVATED, BY_PRESENCE, WHEN_ENABLED, EITHER,
	   FLAG(flags.deactivated)),
	PF(READPUBEK, BY_OWNER, WHEN_USABLE, EITHER, FLAG(flags.readPubek)),
	PF(DISABLEOWNERCLEAR, BY_OWNER, WHEN_USABLE, ONLY_TRUE,
	   FLAG(flags.disableOwnerClear)),
	PF(ALLOWMAINTENANCE, BY_OWNER, WHEN_USABLE, ONLY_FALSE,
	   FLAG(flags.allowMaintenance)),
	PF(READSRKPUB, BY_OWNER, WHEN_USABLE, EITHER, FLAG(flags.readSRKPub)),
	PF(TPMESTABLISHED, BY_LOCALITY, WHEN_ANY, ONLY_FALSE,
	   FLAG(flags.tpmEstablished)),
	PF(DISABLEFULLDALOGICINFO, BY_OWNER, WHEN_ANY, EITHER,
	   FLAG(flags.disableFullDALogicInfo)),
	{ TPM_SET_PERM_DATA, TPM_PD_RESTRICTDELEGATE, BY_OWNER, WHEN_USABLE,
	  EITHER, 0, set_restrict_delegate },
	{ TPM_SET_PERM_DATA, TPM_PD_DAAPROOF, BY_OWNER, WHEN_ANY, EITHER, 0,
	  set_daa_proof },
	{ TPM_SET_STCLEAR_FLAGS, TPM_SF_DISABLEFORCECLEAR, BY_ANYBODY,
	  WHEN_USABLE, ONLY_TRUE, FLAG(stclear_flags.disableForceClear) },
	{ TPM_SET_STCLEAR_DATA, TPM_SD_DEFERREDPHYSICALPRESENCE, BY_ANYBODY,
	  WHEN_ANY, EITHER, 0, set_deferred_presence },
	{ TPM_SET_STANY_FLAGS, TPM_AF_TOSPRESENT, BY_LOCALITY, WHEN_USABLE,
	  ONLY_FALSE, FLAG(stany_flags.TOSPresent) },
};

static const struct setting *setting_find(uint32_t area, struct tpm_bytes sub)
{
	struct rd r = rd_over(sub.p, sub.len);
	uint32_t id;

	rd_u32(&r, &id);
	if (rd_done(&r) != TPM_SUCCESS)
		return NULL;
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		if (settings[i].area == area && settings[i].sub == id)
			return &settings[i];
	return NULL;
}

static enum tpm_rc by_presence(const struct tpm *t)
{
	return presence_asserted(t) ? TPM_SUCCESS : TPM_AUTHFAIL;
}

static enum tpm_rc check_who(const struct tpm *t, const struct tpm_call *c,
			     enum who who)
{
	const bool owner = c->n_auth != 0;

	switch (who) {
	case BY_OWNER:
		return owner ? TPM_SUCCESS : TPM_AUTHFAIL;
	case BY_EITHER:
		return owner ? TPM_SUCCESS : by_presence(t);
	case BY_PRESENCE_UNOWNED:
		return t->s.owner.installed ? TPM_OWNER_SET : by_presence(t);
	case BY_PRESENCE:
		return by_presence(t);
	case BY_LOCALITY:
		return locality_is_trusted(c->locality) ? TPM_SUCCESS
							: TPM_BAD_LOCALITY;
	case BY_ANYBODY:
		break;
	}
	return TPM_SUCCESS;
}

static enum tpm_rc check_when(const struct tpm *t, unsigned int when)
{
	if (when & WHEN_ENABLED && t->s.flags.disable)
		return TPM_DISABLED;
	if (when & WHEN_ACTIVE && t->s.stclear_flags.deactivated)
		return TPM_DEACTIVATED;
	return TPM_SUCCESS;
}

static enum tpm_rc set_flag(struct tpm *t, const struct setting *s,
			    struct rd *value)
{
	bool *flag = (bool *)((uint8_t *)&t->s + s->flag);
	bool v;

	rd_bool(value, &v);
	if (v ? s->values == ONLY_FALSE : s->values == ONLY_TRUE)
		return TPM_BAD_PARAMETER;
	*flag = v;
	return TPM_SUCCESS;
}

/* What is set is put back if there turns out to be more or less of a value. */
static enum tpm_rc set(struct tpm *t, const struct setting *s,
		       struct tpm_bytes setValue)
{
	struct rd value = rd_over(setValue.p, setValue.len);

	if (s->area == TPM_SET_PERM_FLAGS || s->area == TPM_SET_PERM_DATA)
		tpm_touch(t);
	else
		tpm_preserve(t);
	TRY(s->set ? s->set(t, &value) : set_flag(t, s, &value));
	return rd_done(&value) == TPM_SUCCESS ? TPM_SUCCESS : TPM_BAD_PARAMETER;
}

enum tpm_rc tpm_SetCapability(struct tpm *t, struct tpm_call *c,
			      const struct SetCapability_in *in,
			      struct SetCapability_out *out)
{
	const struct setting *s = setting_find(in->capArea, in->subCap);

	if (!s)
		return TPM_BAD_PARAMETER;
	TRY(check_who(t, c, s->who));
	TRY(check_when(t, s->when));
	return set(t, s, in->setValue);
}

/* ---- 7.3 TPM_GetCapabilityOwner ---- */

#define MAX_FLAGS 32u
/* The tag comes first. */
#define FLAGS_SIZE (2u + MAX_FLAGS)

/* The flags of a structure, the first in bit 0, from how it is written. */
static uint32_t bitmap(const uint8_t b[FLAGS_SIZE])
{
	uint32_t bits = 0;

	for (size_t i = 0; i < MAX_FLAGS; i++)
		bits |= (uint32_t)b[2 + i] << i;
	return bits;
}

enum tpm_rc tpm_GetCapabilityOwner(struct tpm *t, struct tpm_call *c,
				   const struct GetCapabilityOwner_in *in,
				   struct GetCapabilityOwner_out *out)
{
	uint8_t permanent[FLAGS_SIZE] = { 0 };
	uint8_t stclear[FLAGS_SIZE] = { 0 };
	struct wr w = wr_over(permanent, sizeof(permanent));

	wr_permanent_flags(&w, &t->s.flags);
	w = wr_over(stclear, sizeof(stclear));
	wr_stclear_flags(&w, &t->s.stclear_flags);
	out->non_volatile_flags = bitmap(permanent);
	out->volatile_flags = bitmap(stclear);
	out->version = tpm_version_info()->version;
	return TPM_SUCCESS;
}
