/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Direct anonymous attestation (Part 1 of that name; Part 2, section 22): the
 * sessions of TPM_DAA_Join and TPM_DAA_Sign, the numbers that these compute
 * with, and the blobs in which the TPM gives its secrets to the host.
 */
#ifndef TPM_DAA_H
#define TPM_DAA_H

#include "tpm.h"

/* ---- Sessions ---- */

/* NULL: there is none; none is free. */
struct tpm_daa_session *daa_find(struct tpm *t, uint32_t handle);
struct tpm_daa_session *daa_free(struct tpm *t);
/* One that was free, and has a handle now. */
struct tpm_daa_session *daa_open(struct tpm *t);
void daa_flush(struct tpm_daa_session *s);
void daa_flush_all(struct tpm *t);

uint32_t daa_left(const struct tpm *t);
/* A TPM_KEY_HANDLE_LIST. */
void daa_list(const struct tpm *t, struct wr *w);

/* ---- Numbers ---- */

/*
 * Part 2, 22.2: 2^power0 splits f, 2^power1 splits v; in bytes.  All numbers
 * fit into DAA_NUMBER bytes.
 */
#define DAA_POWER0 13u
#define DAA_POWER1 128u
#define DAA_NUMBER 256u
#define DAA_F	   (2u * DAA_POWER0)
#define DAA_V0	   128u
#define DAA_V1	   192u

enum daa_number {
	DAA_F0, /* the TPM's secret for this issuer, and its two halves */
	DAA_F1,
	DAA_U0, /* what blinds it in a join */
	DAA_U1,
	DAA_R0, /* what blinds each of them in a proof */
	DAA_R1,
	DAA_R2,
	DAA_R3,
	DAA_R4,
};

/* f itself.  Errors: TPM_DAA_ISSUER_SETTINGS (no f is below q). */
enum tpm_rc daa_f(struct tpm *t, const struct tpm_daa_session *s,
		  uint8_t f[DAA_F]) TPM_CHECKED;

/* One of the others, and its length.  Errors: as above. */
enum tpm_rc daa_number(struct tpm *t, const struct tpm_daa_session *s,
		       enum daa_number which, uint8_t out[DAA_NUMBER],
		       size_t *len) TPM_CHECKED;

/* ---- Blobs ---- */

/* TPM_DAA_BLOB of a type, in the call's scratch space.  Errors: TPM_SIZE. */
enum tpm_rc daa_wrap(struct tpm *t, struct tpm_call *c, uint32_t type,
		     struct tpm_bytes secret,
		     struct tpm_bytes *blob) TPM_CHECKED;

/* The reverse.  Errors: TPM_DAA_INPUT_DATA0 (not ours, or another type). */
enum tpm_rc daa_unwrap(struct tpm *t, struct tpm_call *c, uint32_t type,
		       struct tpm_bytes blob,
		       struct tpm_bytes *secret) TPM_CHECKED;

#endif
