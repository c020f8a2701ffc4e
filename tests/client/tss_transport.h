/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client's end of a transport session (Part 3, section 24), which does for
 * itself all that the TPM must do: it encrypts, and it keeps the log.
 */
#ifndef CLIENT_TRANSPORT_H
#define CLIENT_TRANSPORT_H

#include "tss.h"

/* TPM_TRANSPORT_PUBLIC (Part 2, 13.1). */
#define TSS_TRANSPORT_ENCRYPT	1u
#define TSS_TRANSPORT_LOG	2u
#define TSS_TRANSPORT_EXCLUSIVE 4u

/* TPM_CURRENT_TICKS on the wire (15.1). */
#define TSS_TICKS 32u

struct tss_transport {
	/* To be set before tss_establish. */
	uint32_t attributes;
	uint32_t algorithm;
	uint16_t scheme;
	struct tss_digest secret;

	struct tss_session session;
	uint8_t ticks[TSS_TICKS]; /* of the last answer, and its locality */
	uint32_t locality;
	/* transDigest, if there is a log. */
	struct tss_digest log;
	/* Of the keys that the next wrapped command uses. */
	struct tss_digest pub_key_hash;
	bool keep; /* continueTransSession: asked for next, or answered */
};

/*
 * Opens it; blob is the secret as the TPM gets it, and auth the session that
 * the key with that secret wants, or NULL.
 */
uint32_t tss_establish(struct tss *tss, struct tss_transport *t, uint32_t key,
		       struct client_bytes blob, struct tss_session *auth,
		       const struct tss_digest *auth_secret);

/*
 * Runs a command inside; the result of TPM_ExecuteTransport.  *result is the
 * wrapped command's and a its answer, when that is 0.
 */
uint32_t tss_execute(struct tss *tss, struct tss_transport *t,
		     const struct tss_command *c, struct tss_answer *a,
		     uint32_t *result);

/* The same in two steps: the request, and the judgement of its answer. */
size_t tss_wrap(struct tss_transport *t, const struct tss_command *c,
		uint8_t *req);
/* wrapped: any bytes, of which those from `data` on are encrypted. */
size_t tss_wrap_bytes(struct tss_transport *t, const uint8_t *wrapped,
		      size_t len, size_t data, size_t data_len, uint8_t *req);
uint32_t tss_unwrap(struct tss *tss, struct tss_transport *t,
		    const struct tss_command *c, struct tss_answer *a,
		    uint32_t *result);

/* Builds TPM_ReleaseTransportSigned; auth as in tss_establish. */
void tss_release(struct tss_command *c, struct tss_transport *t, uint32_t key,
		 const struct tss_digest *replay, struct tss_session *auth,
		 const struct tss_digest *auth_secret);

/*
 * Takes its answer, which must have come; what was signed, by SHA-1, and the
 * signature inside the answer.
 */
const uint8_t *tss_released(struct tss_transport *t, struct tss_answer *a,
			    const struct tss_digest *replay,
			    struct tss_digest *signed_digest, size_t *len);

#endif
