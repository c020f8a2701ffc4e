/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 6: Admin Ownership. */

#include "context.h"
#include "counter.h"
#include "daa.h"
#include "delegation.h"
#include "keys.h"
#include "nv.h"
#include "pcr.h"
#include "transport.h"

/* ---- 6.1 TPM_TakeOwnership ---- */

static enum tpm_rc check_ownable(struct tpm *t, struct tpm_call *c,
				 uint16_t protocolID)
{
	struct tpm_endorsement *ek;

	if (t->s.owner.installed)
		return TPM_OWNER_SET;
	if (!t->s.flags.ownership)
		return TPM_INSTALL_DISABLED;
	TRY(endorsement_get(t, &ek));
	if (c->auth[0].session->protocol != TPM_PID_OIAP)
		return TPM_AUTHFAIL;
	return protocolID == TPM_PID_OWNER ? TPM_SUCCESS : TPM_BAD_PARAMETER;
}

/* A secret that only this TPM can read. */
static enum tpm_rc decrypt_secret(struct tpm *t, struct tpm_bytes enc,
				  struct tpm_digest *secret)
{
	uint8_t b[TPM_RSA_MAX_BYTES] = { 0 };
	size_t len;

	TRY(key_decrypt(t, &t->s.ek.key, enc, b, &len));
	memcpy(secret->b, b, sizeof(secret->b));
	tpm_wipe(b, sizeof(b));
	return len == sizeof(secret->b) ? TPM_SUCCESS : TPM_BAD_KEY_PROPERTY;
}

/* He is not the owner yet, but knows what will prove that he is. */
static enum tpm_rc verify_new_owner(struct tpm *t, struct tpm_call *c,
				    const struct tpm_digest *ownerAuth)
{
	struct tpm_entity who = { .type = TPM_ET_DATA, .secret = *ownerAuth };
	const enum tpm_rc rc = auth_verify(t, c, 0, &who);

	tpm_wipe(&who, sizeof(who));
	return rc;
}

static enum tpm_rc check_srk(const struct tpm *t, const struct tpm_key *srk)
{
	if (srk->keyUsage != TPM_KEY_STORAGE || srk->keyFlags & TPM_MIGRATABLE)
		return TPM_INVALID_KEYUSAGE;
	return key_check_properties(t, srk, TPM_SRK_BITS);
}

void owner_renew_secrets(struct tpm *t)
{
	struct tpm_owner *o = &t->s.owner;

	tpm_random(t->crypto, o->tpmProof.b, sizeof(o->tpmProof.b));
	tpm_random(t->crypto, o->contextKey.b, sizeof(o->contextKey.b));
	tpm_random(t->crypto, o->delegateKey.b, sizeof(o->delegateKey.b));
}

static enum tpm_rc make_srk(struct tpm *t, struct tpm_call *c,
			    const struct tpm_key *params,
			    struct tpm_key *srkPub)
{
	struct tpm_key_entry *srk = &t->s.srk;

	TRY(key_read_public(params, srk));
	/* The usual exponent, and it goes without saying. */
	if (srk->e.len)
		return TPM_BAD_KEY_PROPERTY;
	srk->handle = TPM_KH_SRK;
	srk->payload = TPM_PT_ASYM;
	srk->migrationAuth = t->s.owner.tpmProof;
	if (srk->hasPCRInfo)
		pcr_info_create(t, c->locality, &srk->PCRInfo);
	TRY(key_generate(t, TPM_SRK_BITS, srk));
	TRY(key_wire(c, srk, srkPub));
	return key_public_digest(t, srkPub, &srk->pubDataDigest);
}

enum tpm_rc tpm_TakeOwnership(struct tpm *t, struct tpm_call *c,
			      const struct TakeOwnership_in *in,
			      struct TakeOwnership_out *out)
{
	struct tpm_owner *owner = &t->s.owner;
	struct tpm_digest secret;
	enum tpm_rc rc;

	TRY(check_ownable(t, c, in->protocolID));
	rc = decrypt_secret(t, in->encOwnerAuth, &secret);
	if (rc == TPM_SUCCESS)
		rc = verify_new_owner(t, c, &secret);
	if (rc == TPM_SUCCESS) {
		tpm_touch(t);
		owner->ownerAuth = secret;
	}
	tpm_wipe(&secret, sizeof(secret));
	TRY(rc);
	TRY(check_srk(t, &in->srkParams));
	owner_renew_secrets(t);
	TRY(make_srk(t, c, &in->srkParams, &out->srkPub));
	TRY(decrypt_secret(t, in->encSrkAuth, &t->s.srk.usageAuth));
	owner->installed = true;
	t->s.flags.readPubek = false;
	return TPM_SUCCESS;
}

/* ---- 6.2 TPM_OwnerClear, 6.3 TPM_ForceClear ---- */

static void clear_flags(struct tpm_permanent_flags *f)
{
	f->disable = true;
	f->deactivated = true;
	f->readPubek = true;
	f->disableOwnerClear = false;
	f->disableFullDALogicInfo = false;
	f->allowMaintenance = true;
	f->readSRKPub = false;
	f->ownership = true;
	f->operator_ = false;
	f->maintenanceDone = false;
}

static void clear_data(struct tpm *t)
{
	struct tpm_permanent_data *d = &t->s.data;

	tpm_wipe(&t->s.owner, sizeof(t->s.owner));
	owner_renew_secrets(t);
	tpm_wipe(&d->operatorAuth, sizeof(d->operatorAuth));
	d->noOwnerNVWrite = 0;
	d->restrictDelegate = 0;
	t->s.stclear.ownerReference = TPM_KH_OWNER;
	t->s.stclear.disableResetLock = false;
	t->s.stclear.deferredPhysicalPresence = 0;
}

/* The endorsement key, the registers and what belongs to nobody stay. */
void owner_clear(struct tpm *t)
{
	tpm_touch(t);
	sessions_close(t);
	keys_flush_all(t);
	key_flush(t, &t->s.srk);
	daa_flush_all(t);
	audit_owner_clear(t);
	context_owner_clear(t);
	counters_owner_clear(t);
	delegation_owner_clear(t);
	nv_owner_clear(t);
	transport_owner_clear(t);
	clear_data(t);
	clear_flags(&t->s.flags);
	lockout_reset(t);
}

/* Its own session ends with it. */
enum tpm_rc tpm_OwnerClear(struct tpm *t, struct tpm_call *c,
			   const struct OwnerClear_in *in,
			   struct OwnerClear_out *out)
{
	if (t->s.flags.disableOwnerClear)
		return TPM_CLEAR_DISABLED;
	owner_clear(t);
	return TPM_SUCCESS;
}

enum tpm_rc tpm_ForceClear(struct tpm *t, struct tpm_call *c,
			   const struct ForceClear_in *in,
			   struct ForceClear_out *out)
{
	if (!presence_asserted(t))
		return TPM_BAD_PRESENCE;
	if (t->s.stclear_flags.disableForceClear)
		return TPM_CLEAR_DISABLED;
	owner_clear(t);
	return TPM_SUCCESS;
}

/* 6.4 TPM_DisableOwnerClear: until TPM_ForceClear. */
enum tpm_rc tpm_DisableOwnerClear(struct tpm *t, struct tpm_call *c,
				  const struct DisableOwnerClear_in *in,
				  struct DisableOwnerClear_out *out)
{
	tpm_touch(t);
	t->s.flags.disableOwnerClear = true;
	return TPM_SUCCESS;
}

/* 6.5 TPM_DisableForceClear: until the next TPM_Startup(ST_CLEAR). */
enum tpm_rc tpm_DisableForceClear(struct tpm *t, struct tpm_call *c,
				  const struct DisableForceClear_in *in,
				  struct DisableForceClear_out *out)
{
	t->s.stclear_flags.disableForceClear = true;
	return TPM_SUCCESS;
}

/* ---- Physical presence ---- */

bool presence_asserted(const struct tpm *t)
{
	const struct tpm_permanent_flags *f = &t->s.flags;

	if (f->physicalPresenceCMDEnable && t->s.stclear_flags.physicalPresence)
		return true;
	return f->physicalPresenceHWEnable && t->platform.physical_presence &&
	       t->platform.physical_presence(t->ctx);
}

/* What is set once for the platform's life, and what for this start. */
#define LIFETIME_BITS                          \
	(TPM_PHYSICAL_PRESENCE_HW_DISABLE |    \
	 TPM_PHYSICAL_PRESENCE_CMD_DISABLE |   \
	 TPM_PHYSICAL_PRESENCE_LIFETIME_LOCK | \
	 TPM_PHYSICAL_PRESENCE_HW_ENABLE | TPM_PHYSICAL_PRESENCE_CMD_ENABLE)
#define SESSION_BITS                                                        \
	(TPM_PHYSICAL_PRESENCE_PRESENT | TPM_PHYSICAL_PRESENCE_NOTPRESENT | \
	 TPM_PHYSICAL_PRESENCE_LOCK)

static bool has_all(unsigned int bits, unsigned int which)
{
	return (bits & which) == which;
}

static enum tpm_rc presence_lifetime(struct tpm *t, unsigned int bits)
{
	struct tpm_permanent_flags *f = &t->s.flags;

	if (f->physicalPresenceLifetimeLock || bits & SESSION_BITS ||
	    has_all(bits, TPM_PHYSICAL_PRESENCE_HW_DISABLE |
				  TPM_PHYSICAL_PRESENCE_HW_ENABLE) ||
	    has_all(bits, TPM_PHYSICAL_PRESENCE_CMD_DISABLE |
				  TPM_PHYSICAL_PRESENCE_CMD_ENABLE))
		return TPM_BAD_PARAMETER;
	tpm_touch(t);
	if (bits & TPM_PHYSICAL_PRESENCE_HW_DISABLE)
		f->physicalPresenceHWEnable = false;
	if (bits & TPM_PHYSICAL_PRESENCE_HW_ENABLE)
		f->physicalPresenceHWEnable = true;
	if (bits & TPM_PHYSICAL_PRESENCE_CMD_DISABLE)
		f->physicalPresenceCMDEnable = false;
	if (bits & TPM_PHYSICAL_PRESENCE_CMD_ENABLE)
		f->physicalPresenceCMDEnable = true;
	if (bits & TPM_PHYSICAL_PRESENCE_LIFETIME_LOCK)
		f->physicalPresenceLifetimeLock = true;
	return TPM_SUCCESS;
}

static enum tpm_rc presence_session(struct tpm *t, unsigned int bits)
{
	struct tpm_stclear_flags *f = &t->s.stclear_flags;

	if (!t->s.flags.physicalPresenceCMDEnable || f->physicalPresenceLock ||
	    has_all(bits, TPM_PHYSICAL_PRESENCE_PRESENT |
				  TPM_PHYSICAL_PRESENCE_LOCK) ||
	    has_all(bits, TPM_PHYSICAL_PRESENCE_PRESENT |
				  TPM_PHYSICAL_PRESENCE_NOTPRESENT))
		return TPM_BAD_PARAMETER;
	f->physicalPresence = bits & TPM_PHYSICAL_PRESENCE_PRESENT;
	f->physicalPresenceLock = bits & TPM_PHYSICAL_PRESENCE_LOCK;
	return TPM_SUCCESS;
}

/* 6.6 TSC_PhysicalPresence */
enum tpm_rc tpm_PhysicalPresence(struct tpm *t, struct tpm_call *c,
				 const struct PhysicalPresence_in *in,
				 struct PhysicalPresence_out *out)
{
	const unsigned int bits = in->physicalPresence;

	if (bits & TPM_PHYSICAL_PRESENCE_MASK)
		return TPM_BAD_PARAMETER;
	if (bits & LIFETIME_BITS)
		return presence_lifetime(t, bits);
	if (bits & SESSION_BITS)
		return presence_session(t, bits);
	return TPM_BAD_PARAMETER;
}

/* 6.7 TSC_ResetEstablishmentBit */
enum tpm_rc tpm_ResetEstablishmentBit(struct tpm *t, struct tpm_call *c,
				      const struct ResetEstablishmentBit_in *in,
				      struct ResetEstablishmentBit_out *out)
{
	if (!locality_is_trusted(c->locality))
		return TPM_BAD_LOCALITY;
	tpm_touch(t);
	t->s.flags.tpmEstablished = false;
	return TPM_SUCCESS;
}
