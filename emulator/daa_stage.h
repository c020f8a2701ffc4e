/* SPDX-License-Identifier: BSD-2-Clause */
/* The stages of TPM_DAA_Join and TPM_DAA_Sign, for their tables (cmd/daa.c). */
#ifndef TPM_DAA_STAGE_H
#define TPM_DAA_STAGE_H

#include "daa.h"

struct daa_step {
	struct tpm *t;
	struct tpm_call *c;
	struct tpm_daa_session *s;
	const struct daa_stage *stage;
	struct tpm_bytes in0;
	struct tpm_bytes in1;
	struct tpm_bytes out;
};

enum daa_flags {
	AGAIN = 1 << 0,	     /* until DAA_count is 0 */
	NEW_SEED = 1 << 1,   /* the proof begins: its masks are drawn */
	FIRST = 1 << 2,	     /* of the powers that are multiplied */
	TELL = 1 << 3,	     /* the product is done, and the answer */
	NAME = 1 << 4,	     /* it names the TPM to the issuer */
	LOW = 1 << 5,	     /* of the sum the part below 2^power1 */
	HIGH = 1 << 6,	     /* the rest, which is kept for the next one */
	ADD_HIGH = 1 << 7,   /* that was kept */
	TELL_DIGEST = 1 << 8 /* the answer is the challenge */
};

struct daa_stage {
	enum tpm_rc (*run)(struct daa_step *d);
	/* Of the issuer's settings, what in0 must be. */
	size_t base;
	enum daa_number number; /* an exponent, or a mask */
	enum daa_number secret; /* what it masks */
	uint32_t blob;		/* or the type of the blob that has it */
	unsigned int flags;
};

/* ---- What they share: cmd/daa_stage.c ---- */

/* Whether the TPM_SHA1_SIZE bytes are. */
bool daa_is_digest_of(struct tpm *t, const void *digest,
		      struct tpm_bytes b) TPM_MUST_CHECK;

/* in0 is what the stage's row says it is. */
bool daa_base_fits(const struct daa_step *d) TPM_MUST_CHECK;

/* Whether it is odd, and below 2^2048. */
bool daa_is_modulus(struct tpm_bytes n) TPM_MUST_CHECK;

/* DAA_scratch, a number of DAA_NUMBER bytes. */
struct tpm_bytes daa_scratch(const struct tpm_daa_session *s);
void daa_scratch_set(struct tpm_daa_session *s, const uint8_t *number);
void daa_scratch_clear(struct tpm_daa_session *s);

/*
 * The answer, which is copied; a number without the zeros in front; the
 * session's DAA_digest.  Errors: TPM_SIZE.
 */
enum tpm_rc daa_answer(struct daa_step *d, const void *p,
		       size_t len) TPM_CHECKED;
enum tpm_rc daa_answer_number(struct daa_step *d,
			      const uint8_t *number) TPM_CHECKED;
enum tpm_rc daa_answer_digest(struct daa_step *d) TPM_CHECKED;

/* An input that is a UINT32; false: it is none. */
bool daa_read_u32(struct tpm_bytes in, uint32_t *v) TPM_MUST_CHECK;

/* Of the issuer's settings. */
void daa_issuer_digest(const struct daa_step *d, struct tpm_digest *digest);

/* a + b.  -1: it is longer than that. */
int daa_add(uint8_t out[DAA_NUMBER], struct tpm_bytes a,
	    struct tpm_bytes b) TPM_MUST_CHECK;

/* ---- Stages ---- */

/* 2 of a join, and 0 of a signature: the issuer's settings. */
enum tpm_rc daa_read_issuer(struct daa_step *d) TPM_CHECKED;

/* Of a join: cmd/daa_join.c */
enum tpm_rc daa_join_begin(struct daa_step *d) TPM_CHECKED;
enum tpm_rc daa_join_chain(struct daa_step *d) TPM_CHECKED;
enum tpm_rc daa_join_issuer(struct daa_step *d) TPM_CHECKED;
enum tpm_rc daa_join_count(struct daa_step *d) TPM_CHECKED;
enum tpm_rc daa_join_endorsement(struct daa_step *d) TPM_CHECKED;
enum tpm_rc daa_join_v0(struct daa_step *d) TPM_CHECKED;
enum tpm_rc daa_join_v1(struct daa_step *d) TPM_CHECKED;
enum tpm_rc daa_join_end(struct daa_step *d) TPM_CHECKED;

/* Of a signature, and of both: cmd/daa_proof.c */
enum tpm_rc daa_sign_tpm(struct daa_step *d) TPM_CHECKED;
enum tpm_rc daa_sign_what(struct daa_step *d) TPM_CHECKED;
enum tpm_rc daa_power(struct daa_step *d) TPM_CHECKED;
enum tpm_rc daa_pseudonym_base(struct daa_step *d) TPM_CHECKED;
enum tpm_rc daa_pseudonym(struct daa_step *d) TPM_CHECKED;
enum tpm_rc daa_pseudonym_proof(struct daa_step *d) TPM_CHECKED;
enum tpm_rc daa_challenge(struct daa_step *d) TPM_CHECKED;
enum tpm_rc daa_response(struct daa_step *d) TPM_CHECKED;

#endif
