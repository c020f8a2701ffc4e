/* SPDX-License-Identifier: BSD-2-Clause */
/* The only file of the tests of commands that looks into a TPM. */
#include "setup.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"

const struct tss_digest secret_owner = { "the owner's own wor" };
const struct tss_digest secret_srk = { "the storage root's " };
const struct tss_digest secret_wrong = { "nobody's at all, no" };

static struct tpm_digest digest(const struct tss_digest *d)
{
	struct tpm_digest out;

	memcpy(out.b, d->b, sizeof(out.b));
	return out;
}

/* As TPM_TakeOwnership leaves it; one of the keys that there are already. */
static void setup_srk(struct machine *m)
{
	struct tpm *t = m->tpm;
	struct tpm_call c = { .scratch =
				      wr_over(t->scratch, sizeof(t->scratch)) };
	const unsigned int taken = m->primes_taken;
	struct tpm_key wire;

	t->s.srk = (struct tpm_key_entry){
		.handle = TPM_KH_SRK,
		.ver = { .major = 1, .minor = 1 },
		.keyUsage = TPM_KEY_STORAGE,
		.authDataUsage = TPM_AUTH_ALWAYS,
		.encScheme = TPM_ES_RSAESOAEP_SHA1_MGF1,
		.sigScheme = TPM_SS_NONE,
		.payload = TPM_PT_ASYM,
		.usageAuth = digest(&secret_srk),
		.migrationAuth = t->s.owner.tpmProof,
	};
	m->primes_taken = 1;
	ck_assert_int_eq(key_generate(t, TPM_SRK_BITS, &t->s.srk), 0);
	m->primes_taken = taken;
	ck_assert_int_eq(key_wire(&c, &t->s.srk, &wire), 0);
	ck_assert_int_eq(key_public_digest(t, &wire, &t->s.srk.pubDataDigest),
			 0);
}

void setup_owner(struct machine *m)
{
	struct tpm_owner *owner = &m->tpm->s.owner;

	owner->installed = true;
	owner->ownerAuth = digest(&secret_owner);
	setup_srk(m);
	ck_assert_int_eq(tpm_commit(m->tpm), 0);
}

void setup_no_owner(struct machine *m)
{
	m->tpm->s.owner.installed = false;
}

void setup_presence(struct machine *m)
{
	m->tpm->s.flags.physicalPresenceHWEnable = true;
	m->present = true;
	ck_assert_int_eq(tpm_commit(m->tpm), 0);
}

void setup_no_ek(struct machine *m)
{
	memset(&m->tpm->s.ek, 0, sizeof(m->tpm->s.ek));
	ck_assert_int_eq(tpm_commit(m->tpm), 0);
}

void setup_no_read_pubek(struct machine *m)
{
	m->tpm->s.flags.readPubek = false;
}

void setup_launched(struct machine *m)
{
	m->tpm->s.stany_flags.TOSPresent = true;
}

void setup_fips(struct machine *m)
{
	m->tpm->s.flags.FIPS = true;
}

void setup_all_flags(struct machine *m)
{
	struct tpm_permanent_flags *f = &m->tpm->s.flags;

	f->ownership = f->readPubek = f->disableOwnerClear = true;
	f->allowMaintenance = f->physicalPresenceLifetimeLock = true;
	f->physicalPresenceHWEnable = f->physicalPresenceCMDEnable = true;
	f->CEKPUsed = f->TPMpost = f->TPMpostLock = f->operator_ = true;
	f->enableRevokeEK = f->nvLocked = f->readSRKPub = true;
	f->tpmEstablished = f->maintenanceDone = true;
	f->disableFullDALogicInfo = true;
}

void setup_owner_clearable(struct machine *m)
{
	m->tpm->s.flags.disableOwnerClear = false;
}

void setup_disabled(struct machine *m)
{
	m->tpm->s.flags.disable = true;
}

void setup_deactivated(struct machine *m)
{
	m->tpm->s.stclear_flags.deactivated = true;
}

void setup_failed(struct machine *m)
{
	m->tpm->s.test = TEST_FAILED;
}

void setup_not_started(struct machine *m)
{
	m->tpm->s.stany_flags.postInitialise = true;
}

void setup_locked_out(struct machine *m)
{
	m->tpm->s.lockout.failures = LOCKOUT_THRESHOLD + 5;
	m->tpm->s.lockout.locked_s = 60;
	lockout_power_on(m->tpm);
}

void setup_secret_lockout(struct machine *m)
{
	m->tpm->s.flags.disableFullDALogicInfo = true;
}

/* ---- Snapshots ---- */

static struct snapshot take(const struct tpm *t)
{
	const size_t cap = TPM_PERMANENT_MAX + TPM12_VOLATILE_MAX;
	struct snapshot s = { .b = malloc(cap) };
	size_t len;

	ck_assert_ptr_nonnull(s.b);
	len = tpm_image_write(t, TPM_IMAGE_PERMANENT, s.b, cap);
	ck_assert_uint_gt(len, 0);
	s.len = tpm_image_write(t, TPM_IMAGE_VOLATILE, s.b + len, cap - len);
	ck_assert_uint_gt(s.len, 0);
	s.len += len;
	return s;
}

struct snapshot snapshot_take(const struct machine *m)
{
	return take(m->tpm);
}

struct snapshot snapshot_take_calm(const struct machine *m)
{
	struct tpm *copy = malloc(sizeof(*copy));
	struct snapshot s;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, m->tpm, sizeof(*copy));
	memset(copy->s.sessions, 0, sizeof(copy->s.sessions));
	memset(&copy->s.lockout, 0, sizeof(copy->s.lockout));
	copy->s.stclear.disableResetLock = false;
	copy->s.last_handle = 0;
	s = take(copy);
	free(copy);
	return s;
}

void snapshot_free(struct snapshot *s)
{
	free(s->b);
	s->b = NULL;
}

bool snapshot_equal(const struct snapshot *a, const struct snapshot *b)
{
	return a->len == b->len && !memcmp(a->b, b->b, a->len);
}

bool is_stored(const struct machine *m)
{
	uint8_t *b = malloc(TPM_PERMANENT_MAX);
	size_t len;
	bool same;

	ck_assert_ptr_nonnull(b);
	len = tpm_image_write(m->tpm, TPM_IMAGE_PERMANENT, b,
			      TPM_PERMANENT_MAX);
	same = len == m->image_len && !memcmp(b, m->image, len);
	free(b);
	return same;
}
