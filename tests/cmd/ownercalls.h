/* SPDX-License-Identifier: BSD-2-Clause */
/* How a client becomes the owner, and speaks as one. */
#ifndef OWNERCALLS_H
#define OWNERCALLS_H

#include "keycalls.h"

/* The storage root key that everybody asks for. */
extern const struct key_kind kind_srk;

/* What only the TPM can read, as the next parameter. */
void put_for_ek(struct machine *m, struct tss_command *c,
		struct client_bytes what);

/* 6.1 TPM_TakeOwnership with secret_owner and secret_srk. */
void build_take_ownership(struct machine *m, struct tss_command *c,
			  struct tss_session *s, const struct key_kind *srk);
uint32_t call_take_ownership(struct machine *m, const struct key_kind *srk);

/* TPM_KEY_PARMS of an endorsement key. */
void put_ek_parms(struct tss_command *c);

/* 14.2 TPM_CreateRevocableEK */
uint32_t call_create_revocable_ek(struct machine *m, bool generate,
				  const struct tss_digest *reset);

bool is_owned(struct machine *m);

/*
 * A command of the owner's, once its parameters are in: by a new session that
 * is not kept.
 */
uint32_t run_owner(struct machine *m, struct tss_command *c);
uint32_t call_owner(struct machine *m, uint32_t ordinal);
uint32_t call_owner_u8(struct machine *m, uint32_t ordinal, unsigned int v);

extern const struct key_kind kind_identity;

/*
 * 15.1 TPM_MakeIdentity for nobody in particular (a label of zeros), with
 * secret_key.  A storage root key without a secret (NULL) is not authorised.
 * s has room for two.
 */
void build_make_identity(struct machine *m, struct tss_command *c,
			 struct tss_session *s, const struct key_kind *kind,
			 const struct tss_digest *srk_secret);
/* What answers it: the key, and what it has signed. */
struct identity {
	struct key_blob key;
	struct key_blob binding;
};
uint32_t call_make_identity(struct machine *m, const struct key_kind *kind,
			    struct identity *out);
/* Makes and loads one, which must succeed. */
uint32_t make_identity(struct machine *m, struct identity *out);

/* SHA-1 of the TPM_PUBKEY of a key that is loaded. */
struct tss_digest identity_digest(struct machine *m, uint32_t key);

/* 15.2 TPM_ActivateIdentity of what the blob for the EK is to hold. */
void build_activate_identity(struct machine *m, struct tss_command *c,
			     struct tss_session *s, uint32_t key,
			     struct client_bytes what);

/* 7.2 TPM_SetCapability, as the owner or as nobody. */
uint32_t call_set_capability(struct machine *m, bool owner, uint32_t area,
			     uint32_t sub, const void *value, size_t len);

#endif
