/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * States that a test wants a TPM in: made the short way, by writing them into
 * the TPM, where the way that Part 3 gives is not what is tested.
 */
#ifndef SETUP_H
#define SETUP_H

#include "machine.h"

/* The secrets of whatever is made here. */
extern const struct tss_digest secret_owner;
extern const struct tss_digest secret_srk;
/* Nobody's. */
extern const struct tss_digest secret_wrong;

void setup_owner(struct machine *m);
/* The same on a TPM that shares no secret and no key with the first. */
void setup_other_owner(struct machine *m);
/* There is one; with another secret. */
void setup_owner_secret(struct machine *m, const struct tss_digest *secret);
void setup_no_owner(struct machine *m);
/* What the TPM tells nobody: it makes forgeries possible. */
struct tss_digest setup_tpm_proof(const struct machine *m);
/* As if another owner had come. */
void setup_other_proof(struct machine *m);
/* TPM_PERMANENT_FLAGS.FIPS; readSRKPub. */
void setup_fips(struct machine *m);
void setup_read_srk(struct machine *m);
/* TPM_AUTH_NEVER */
void setup_srk_without_secret(struct machine *m);
/* Somebody stands before the machine, and the TPM takes notice of him. */
void setup_presence(struct machine *m);
/* As TPM_RevokeTrust leaves it. */
void setup_no_ek(struct machine *m);
/* As TPM_DisablePubekRead leaves it. */
void setup_no_read_pubek(struct machine *m);

/* As a dynamic launch leaves it. */
void setup_launched(struct machine *m);

void setup_disabled(struct machine *m);
void setup_deactivated(struct machine *m);
void setup_failed(struct machine *m);
void setup_not_started(struct machine *m);
/* Locked out for a minute, as after many wrong secrets. */
void setup_locked_out(struct machine *m);
/* disableFullDALogicInfo. */
void setup_secret_lockout(struct machine *m);

/*
 * All of a TPM's state, as bytes that are equal if it is.  Calm: without what
 * a refused command may change: sessions, and the memory of wrong secrets.
 */
struct snapshot {
	uint8_t *b;
	size_t len;
};
struct snapshot snapshot_take(const struct machine *m);
struct snapshot snapshot_take_calm(const struct machine *m);
void snapshot_free(struct snapshot *s);
bool snapshot_equal(const struct snapshot *a, const struct snapshot *b);

/* Whether what the TPM means to keep for ever is what was stored last. */
bool is_stored(const struct machine *m);

#endif
