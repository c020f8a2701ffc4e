/* SPDX-License-Identifier: BSD-2-Clause */
/* The only file of the tests of commands that looks into a TPM. */
#include "setup.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "counter.h"
#include "keys.h"

const struct tss_digest secret_owner = { "the owner's own wor" };
const struct tss_digest secret_srk = { "the storage root's " };
const struct tss_digest secret_wrong = { "nobody's at all, no" };

/* Of which TPM_TakeOwnership makes three at random. */
static const struct tss_digest secret_daa = { "what f comes from, a" };

static struct tpm_digest digest(const struct tss_digest *d)
{
	struct tpm_digest out;

	memcpy(out.b, d->b, sizeof(out.b));
	return out;
}

/* As TPM_TakeOwnership leaves it; one of the keys that there are already. */
static void setup_srk(struct machine *m, unsigned int primes)
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
	m->primes_taken = primes;
	ck_assert_int_eq(key_generate(t, TPM_SRK_BITS, &t->s.srk), 0);
	m->primes_taken = taken;
	ck_assert_int_eq(key_wire(&c, &t->s.srk, &wire), 0);
	ck_assert_int_eq(key_public_digest(t, &wire, &t->s.srk.pubDataDigest),
			 0);
}

static void set_owner(struct machine *m, unsigned int primes)
{
	struct tpm_owner *owner = &m->tpm->s.owner;

	owner->installed = true;
	owner->ownerAuth = digest(&secret_owner);
	m->tpm->s.data.tpmDAASeed = digest(&secret_daa);
	m->tpm->s.data.daaProof = digest(&secret_daa);
	memcpy(m->tpm->s.data.daaBlobKey.b, secret_daa.b,
	       sizeof(m->tpm->s.data.daaBlobKey.b));
	setup_srk(m, primes);
	ck_assert_int_eq(tpm_commit(m->tpm), 0);
}

void setup_owner(struct machine *m)
{
	set_owner(m, 1);
}

void setup_other_owner(struct machine *m)
{
	m->tpm->s.owner.tpmProof = digest(&secret_wrong);
	set_owner(m, 2);
}

void setup_owner_secret(struct machine *m, const struct tss_digest *secret)
{
	m->tpm->s.owner.ownerAuth = digest(secret);
	ck_assert_int_eq(tpm_commit(m->tpm), 0);
}

uint32_t setup_key(struct machine *m, uint16_t usage, uint16_t enc_scheme,
		   uint16_t sig_scheme, const struct tss_digest *secret)
{
	struct tpm *t = m->tpm;
	struct tpm_key_entry *slot;
	struct tpm_key_entry key = {
		.ver = { .major = 1, .minor = 1 },
		.keyUsage = usage,
		.authDataUsage = secret ? TPM_AUTH_ALWAYS : TPM_AUTH_NEVER,
		.encScheme = enc_scheme,
		.sigScheme = sig_scheme,
		.payload = TPM_PT_ASYM,
	};

	if (secret)
		key.usageAuth = digest(secret);
	ck_assert_int_eq(key_generate(t, 2048, &key), 0);
	key_store_pubkey_digest(t, &key, &key.pubDataDigest);
	ck_assert_int_eq(key_add(t, &key, &slot), 0);
	return slot->handle;
}

void setup_modulus(struct machine *m, uint32_t handle, uint8_t n[256])
{
	const struct tpm_key_entry *key = key_find(m->tpm, handle);

	ck_assert_ptr_nonnull(key);
	ck_assert_uint_eq(key->n.len, 256);
	memcpy(n, key->n.b, 256);
}

void setup_no_owner(struct machine *m)
{
	m->tpm->s.owner.installed = false;
}

struct tss_digest setup_tpm_proof(const struct machine *m)
{
	struct tss_digest d;

	memcpy(d.b, m->tpm->s.owner.tpmProof.b, sizeof(d.b));
	return d;
}

void setup_other_proof(struct machine *m)
{
	m->tpm->s.owner.tpmProof.b[0] ^= 1;
}

void setup_srk_without_secret(struct machine *m)
{
	m->tpm->s.srk.authDataUsage = TPM_AUTH_NEVER;
}

void setup_fips(struct machine *m)
{
	m->tpm->s.flags.FIPS = true;
}

void setup_read_srk(struct machine *m)
{
	m->tpm->s.flags.readSRKPub = true;
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

void setup_counter(struct machine *m, uint32_t id, uint32_t value)
{
	m->tpm->s.counters[id].counter = value;
}

void setup_counters_cleared(struct machine *m)
{
	counters_owner_clear(m->tpm);
	ck_assert_int_eq(tpm_commit(m->tpm), 0);
	tpm_untouch(m->tpm);
}

uint32_t setup_identity(struct machine *m, uint8_t n[256])
{
	struct tpm_key_entry key = m->tpm->s.srk, *slot;

	key.handle = 0;
	key.keyUsage = TPM_KEY_IDENTITY;
	ck_assert_int_eq(key_add(m->tpm, &key, &slot), 0);
	memcpy(n, key.n.b, key.n.len);
	return slot->handle;
}

void setup_daa_proof(struct machine *m)
{
	m->tpm->s.data.daaProof = digest(&secret_wrong);
}

void setup_launched(struct machine *m)
{
	m->tpm->s.stany_flags.TOSPresent = true;
}

uint32_t setup_identity_key(struct machine *m, const struct tss_digest *secret)
{
	struct tpm *t = m->tpm;
	struct tpm_call c = { .scratch = wr_over(t->scratch,
						 sizeof(t->scratch)) };
	struct tpm_key_entry *slot, key = {
		.ver = { .major = 1, .minor = 1 },
		.keyUsage = TPM_KEY_IDENTITY,
		.authDataUsage = TPM_AUTH_ALWAYS,
		.encScheme = TPM_ES_NONE,
		.sigScheme = TPM_SS_RSASSAPKCS1v15_SHA1,
		.payload = TPM_PT_ASYM,
		.usageAuth = digest(secret),
		.migrationAuth = t->s.owner.tpmProof,
	};
	struct tpm_key wire;

	ck_assert_int_eq(key_generate(t, 2048, &key), 0);
	ck_assert_int_eq(key_wrap(t, &c, &t->s.srk, &key, &wire), 0);
	ck_assert_int_eq(key_add(t, &key, &slot), 0);
	return slot->handle;
}

static struct tpm_key_entry *key_of(struct machine *m, uint32_t handle)
{
	struct tpm_key_entry *key = key_find(m->tpm, handle);

	ck_assert_ptr_nonnull(key);
	return key;
}

size_t setup_encrypt(struct machine *m, uint32_t handle, const void *p,
		     size_t len, uint8_t *out)
{
	struct tpm *t = m->tpm;
	struct tpm_call c = { .scratch = wr_over(t->scratch,
						 sizeof(t->scratch)) };
	struct tpm_bytes enc;

	ck_assert_int_eq(key_encrypt(t, &c, key_of(m, handle),
				     (struct tpm_bytes){ p, len }, &enc),
			 0);
	memcpy(out, enc.p, enc.len);
	return enc.len;
}

void setup_owner_evict(struct machine *m, uint32_t handle)
{
	key_of(m, handle)->keyControl |= TPM_KEY_CONTROL_OWNER_EVICT;
	ck_assert_int_eq(tpm_commit(m->tpm), 0);
}

void setup_parent_pcr_status(struct machine *m, uint32_t handle)
{
	key_of(m, handle)->parentPCRStatus = true;
}

void setup_next_handle(struct machine *m, uint32_t handle)
{
	m->tpm->s.last_handle = (handle - 1) & 0xffffffu;
}

void setup_context_count(struct machine *m, uint32_t count)
{
	m->tpm->s.contexts.contextCount = count;
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

void setup_enabled(struct machine *m)
{
	m->tpm->s.flags.disable = false;
	m->tpm->s.stclear_flags.deactivated = false;
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
	memset(copy->s.transports, 0, sizeof(copy->s.transports));
	copy->s.stany_flags.transportExclusive = 0;
	memset(copy->s.daa, 0, sizeof(copy->s.daa));
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
