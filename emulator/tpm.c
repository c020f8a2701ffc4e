/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM's life, apart from its commands. */

#include <errno.h>
#include <stdlib.h>

#include "context.h"
#include "counter.h"
#include "daa.h"
#include "keys.h"

struct tpm *tpm12_new(const struct tpm12_platform *platform, void *ctx)
{
	struct tpm *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->platform = *platform;
	t->ctx = ctx;
	t->crypto = tpm_crypto_new(platform->random, ctx);
	if (!t->crypto) {
		free(t);
		return NULL;
	}
	return t;
}

void tpm12_free(struct tpm *t)
{
	if (!t)
		return;
	keys_forget_rsa(t);
	tpm_crypto_free(t->crypto);
	tpm_wipe(t, sizeof(*t));
	free(t);
}

/*
 * Part 2, 7.1: the state in which a platform is delivered, switched on.  The
 * endorsement key is the maker's, and nobody revokes it.
 */
static void set_defaults(struct tpm *t)
{
	t->s.flags.ownership = true;
	t->s.flags.readPubek = true;
	t->s.flags.allowMaintenance = true;
	t->s.ek.promised = true;
	audit_set_defaults(t);
	owner_renew_secrets(t);
	endorsement_renew_daa(t);
}

int tpm12_manufacture(struct tpm *t)
{
	int r;

	if (t->has_state)
		return -EALREADY;
	memset(&t->s, 0, sizeof(t->s));
	set_defaults(t);
	if (tpm_crypto_failed(t->crypto))
		return -EIO;
	r = tpm_commit(t);
	if (r)
		return r;
	t->has_state = true;
	return 0;
}

int tpm12_load(struct tpm *t, const uint8_t *state, size_t len)
{
	int r;

	if (t->has_state)
		return -EALREADY;
	memset(&t->s, 0, sizeof(t->s));
	r = tpm_image_read(t, TPM_IMAGE_PERMANENT, state, len);
	if (r)
		tpm_wipe(&t->s, sizeof(t->s));
	else
		t->has_state = true;
	return r;
}

bool tpm12_needs_ek(const struct tpm *t)
{
	return t->has_state && t->s.ek.promised;
}

int tpm12_make_ek(struct tpm *t)
{
	struct tpm_endorsement *ek;
	int r;

	if (!tpm12_needs_ek(t))
		return 0;
	tpm_touch(t);
	r = endorsement_get(t, &ek) == TPM_SUCCESS ? tpm_commit(t) : -EIO;
	if (r)
		tpm_undo(t);
	else
		tpm_untouch(t);
	return r;
}

/* What power alone keeps. */
static void forget_volatile(struct tpm *t)
{
	memset(&t->s.stclear_flags, 0, sizeof(t->s.stclear_flags));
	memset(&t->s.stclear, 0, sizeof(t->s.stclear));
	memset(&t->s.auditDigest, 0, sizeof(t->s.auditDigest));
	memset(&t->s.stany_flags, 0, sizeof(t->s.stany_flags));
	tpm_wipe(t->s.transports, sizeof(t->s.transports));
	context_startup_clear(t);
	contexts_forget_sessions(t);
	tpm_wipe(&t->launch, sizeof(t->launch));
	tpm_wipe(&t->s.sha1, sizeof(t->s.sha1));
	memset(&t->s.ticks, 0, sizeof(t->s.ticks));
	counters_startup_clear(t);
	sessions_close(t);
	daa_flush_all(t);
	keys_flush_volatile(t);
}

void tpm12_power_on(struct tpm *t)
{
	if (!t->has_state)
		return;
	forget_volatile(t);
	t->s.stany_flags.postInitialise = true;
	t->s.test = TEST_LIMITED;
	t->powered = true;
	lockout_power_on(t);
	ticks_start(t);
	if (selftest_limited(t) != TPM_SUCCESS)
		t->s.test = TEST_FAILED;
}

int tpm12_save_volatile(const struct tpm *t, uint8_t *buf, size_t cap,
			size_t *len)
{
	*len = tpm_image_write(t, TPM_IMAGE_VOLATILE, buf, cap);
	return *len ? 0 : -ENOBUFS;
}

/* What counts time does so by a clock that may be another. */
static void go_on(struct tpm *t)
{
	lockout_power_on(t);
	ticks_resume(t);
}

int tpm12_load_volatile(struct tpm *t, const uint8_t *buf, size_t len)
{
	int r;

	if (!t->has_state)
		return -EBADMSG;
	r = tpm_image_read(t, TPM_IMAGE_VOLATILE, buf, len);
	t->powered = !r;
	if (r)
		forget_volatile(t);
	else
		go_on(t);
	return r;
}
