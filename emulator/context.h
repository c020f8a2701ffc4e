/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contexts (Part 1, "Session Management"; Part 2, section 18): keys and
 * sessions that leave the TPM as blobs, and come back.
 *
 * A blob is encrypted with contextKey and authenticated with tpmProof.  It
 * carries a nonce that tells until when it is good.  A key's may come back any
 * number of times; a session's once, since it has a number that is on the list
 * of those outside.  What TPM 1.1's commands save (Part 3, 27.2) is told from
 * the rest, since TPM_Reset makes it void.
 */
#ifndef TPM_CONTEXT_H
#define TPM_CONTEXT_H

#include "tpm.h"

/*
 * The resource as a blob, in the call's scratch space.  A session is then gone
 * from the TPM, a key is not.
 *
 * Errors: TPM_INVALID_RESOURCE (not this type, no such thing, or the transport
 * session that the command came in),
 * TPM_OWNER_CONTROL (a key that the owner keeps), TPM_TOOMANYCONTEXTS,
 * TPM_NOCONTEXTSPACE, TPM_SIZE.
 */
enum tpm_rc context_save(struct tpm *t, struct tpm_call *c, uint32_t handle,
			 uint32_t resourceType, const struct tpm_bytes16 *label,
			 struct tpm_bytes *blob) TPM_CHECKED;

/* The same for TPM 1.1's commands. */
enum tpm_rc context_save11(struct tpm *t, struct tpm_call *c, uint32_t handle,
			   uint32_t resourceType,
			   struct tpm_bytes *blob) TPM_CHECKED;

/* How a blob is to come back. */
struct context_wish {
	uint32_t type; /* TPM_RT_*; 0: any */
	bool keep;     /* under the handle that it had, or not at all */
	bool fresh; /* saved since TPM_Startup, also if its type may be older */
	/* What a session is bound to; nobody says so in TPM 1.1's commands. */
	bool has_entity;
	uint32_t entity;
};

/*
 * Errors: TPM_BAD_PARAMETER (another type),
 * TPM_INVALID_RESOURCE (no type), TPM_BADCONTEXT (forged, replayed, or of an
 * earlier time), TPM_RESOURCEMISSING (what a session is bound to is not
 * there), TPM_BAD_HANDLE (entity is something else; the handle is taken),
 * TPM_NOSPACE or TPM_RESOURCES (the slots are full).
 */
enum tpm_rc context_load(struct tpm *t, struct tpm_call *c,
			 const struct context_wish *wish,
			 const struct tpm_context_blob *blob,
			 uint32_t *handle) TPM_CHECKED;

/* Takes a number off the list; false: it is not on it. */
bool context_forget(struct tpm *t, uint32_t count);

/* The places on the list that are free. */
unsigned int contexts_free(const struct tpm *t);

/* Nothing comes back any more that TPM 1.1's commands saved. */
void contexts_forget11(struct tpm *t);

/* No session that is outside comes back any more. */
void contexts_forget_sessions(struct tpm *t);

/* TPM_Startup(ST_CLEAR): nor does any key that must not. */
void context_startup_clear(struct tpm *t);

/* All that was saved under an owner is void. */
void context_owner_clear(struct tpm *t);

#endif
