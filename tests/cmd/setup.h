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
/*
 * A loaded key of 2048 bits under its handle, with that secret, or without any
 * if it is NULL (TPM_AUTH_NEVER).  The schemes are those that TPM_Sign and
 * TPM_UnBind would want.
 */
uint32_t setup_key(struct machine *m, uint16_t usage, uint16_t enc_scheme,
		   uint16_t sig_scheme, const struct tss_digest *secret);
/* The modulus of a loaded key, or of the SRK. */
void setup_modulus(struct machine *m, uint32_t handle, uint8_t n[256]);
/* What the TPM tells nobody: it makes forgeries possible. */
struct tss_digest setup_tpm_proof(const struct machine *m);
/* As if another owner had come. */
void setup_other_proof(struct machine *m);
/* TPM_PERMANENT_FLAGS.readSRKPub */
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

/* A counter's value, which takes long to get to by counting. */
void setup_counter(struct machine *m, uint32_t id, uint32_t value);
/* What TPM_OwnerClear does to the counters. */
void setup_counters_cleared(struct machine *m);

/* A loaded identity key of the owner's; its handle, and its modulus. */
uint32_t setup_identity(struct machine *m, uint8_t n[256]);
/* TPM_SetCapability of TPM_PD_DAAPROOF: older DAA blobs are worth nothing. */
void setup_daa_proof(struct machine *m);

/* As a dynamic launch leaves it. */
void setup_launched(struct machine *m);

/* Loads an identity of the owner's with this secret; its handle. */
uint32_t setup_identity_key(struct machine *m, const struct tss_digest *secret);

/*
 * OAEP under a loaded key with the machine's own random bytes, so that it is
 * the same on machines that are; the length.
 */
size_t setup_encrypt(struct machine *m, uint32_t handle, const void *p,
		     size_t len, uint8_t *out);

/* The owner keeps the key; its parent was bound to registers. */
void setup_owner_evict(struct machine *m, uint32_t handle);
void setup_parent_pcr_status(struct machine *m, uint32_t handle);
/* The next one of its type, if it is free. */
void setup_next_handle(struct machine *m, uint32_t handle);
/* So many sessions were saved. */
void setup_context_count(struct machine *m, uint32_t count);

/* Every flag of TPM_PERMANENT_FLAGS but disable, deactivated and FIPS. */
void setup_all_flags(struct machine *m);
/* And without disableOwnerClear. */
void setup_owner_clearable(struct machine *m);

void setup_disabled(struct machine *m);
void setup_deactivated(struct machine *m);
/* Neither. */
void setup_enabled(struct machine *m);
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
