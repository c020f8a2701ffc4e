/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 6: Admin Ownership. */

#include "tpm.h"

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
	 TPM_PHYSICAL_PRESENCE_HW_ENABLE |     \
	 TPM_PHYSICAL_PRESENCE_CMD_ENABLE)
#define SESSION_BITS                                                         \
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
