/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Transport sessions (Part 1, "Transport Protection"; Part 3, section 24):
 * their table, their encryption and their log.
 */
#ifndef TPM_TRANSPORT_H
#define TPM_TRANSPORT_H

#include "tpm.h"

/* ---- The table ---- */

/* A new session; NULL: none is free. */
struct tpm_transport *transport_open(struct tpm *t,
				     const struct tpm_transport_public *pub,
				     const struct tpm_digest *authData);
struct tpm_transport *transport_find(struct tpm *t, uint32_t handle);
/* A slot of nobody's; NULL. */
struct tpm_transport *transport_free(struct tpm *t);
void transport_close(struct tpm *t, struct tpm_transport *s);
void transport_owner_clear(struct tpm *t);
unsigned int transport_count(const struct tpm *t);

/* An exclusive session ends, unless it is the one with this handle. */
void transport_keep_exclusive(struct tpm *t, uint32_t handle);

/* Whether the TPM encrypts in this way: Part 2, 13.1. */
bool transport_has_algorithm(uint32_t algId);
bool transport_has_scheme(uint16_t encScheme);

/* ---- What a session does with what is wrapped in it ---- */

static inline bool transport_has(const struct tpm_transport *s, uint32_t bit)
{
	return s->transPublic.transAttributes & bit;
}

/*
 * Encrypts or decrypts in place, if the session does at all.  in: of the
 * command, or of the answer; nonceEven is the session's.
 */
void transport_crypt(struct tpm *t, const struct tpm_transport *s,
		     const struct tpm_digest *nonceOdd, bool in, uint8_t *data,
		     size_t len);

/* Extends transDigest by a record, if the session has a log. */
void transport_log_in(struct tpm *t, struct tpm_transport *s,
		      const struct tpm_digest *parameters,
		      const struct tpm_digest *pubKeyHash);
void transport_log_out(struct tpm *t, struct tpm_transport *s,
		       const struct tpm_current_ticks *ticks,
		       const struct tpm_digest *parameters,
		       unsigned int locality);

#endif
