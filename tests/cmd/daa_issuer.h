/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An issuer of DAA credentials, and who verifies what a TPM proves with them
 * (Brickell, Camenisch and Chen, "Direct Anonymous Attestation", 2004; Part 1,
 * "DAA"): the other side of TPM_DAA_Join and TPM_DAA_Sign, in plain numbers.
 */
#ifndef DAA_ISSUER_H
#define DAA_ISSUER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DAA_MODULUS 256u
#define DAA_GAMMA   128u
#define DAA_Q	    26u
#define DAA_V0	    128u
#define DAA_V1	    192u

/* Part 2, 22.3, as bytes. */
#define DAA_SETTINGS (2u + 6u * 20u + DAA_Q)

struct daa_issuer {
	/* A chain of two RSA keys; the second signs the settings. */
	uint8_t root[DAA_MODULUS];
	uint8_t key[DAA_MODULUS];
	uint8_t key_signature[DAA_MODULUS];
	uint8_t settings[DAA_SETTINGS];
	uint8_t settings_signature[DAA_MODULUS];

	/* S1 is S0 ^ 2^1024, mod n. */
	uint8_t n[DAA_MODULUS];
	uint8_t r0[DAA_MODULUS], r1[DAA_MODULUS];
	uint8_t s0[DAA_MODULUS], s1[DAA_MODULUS];

	/* A group of order q, mod gamma; w generates it. */
	uint8_t gamma[DAA_GAMMA];
	uint8_t q[DAA_Q];
	uint8_t w[DAA_MODULUS];
};

struct daa_bytes {
	const uint8_t *p;
	size_t len;
};

/* What a TPM answers to a challenge. */
struct daa_responses {
	struct daa_bytes c;
	struct daa_bytes s0, s1, s2, s3;
};

void daa_issuer_make(struct daa_issuer *i);

/* Makes the settings of the numbers, and signs them. */
void daa_issuer_sign(struct daa_issuer *i);

/* Another generator: a different verifier's. */
void daa_other_w(struct daa_issuer *i);

/* What R0^f0 R1^f1 S0^v0 S1^v1 is, when the issuer adds to the TPM's u. */
void daa_certified(const struct daa_issuer *i, const uint8_t *u,
		   const uint8_t u2[DAA_V0], const uint8_t u3[DAA_V1],
		   uint8_t v[DAA_MODULUS]);

/* commitment = product^-c R0^s0 R1^s1 S0^s2 S1^s3 mod n */
bool daa_proof_holds(const struct daa_issuer *i, const uint8_t *product,
		     const uint8_t *commitment, const struct daa_responses *r);

/* e1 = e^-c w^(s0 + 2^104 s1) mod gamma */
bool daa_pseudonym_holds(const struct daa_issuer *i, struct daa_bytes e,
			 struct daa_bytes e1, const struct daa_responses *r);

/* RSAES-OAEP, as for an endorsement key with modulus n. */
void daa_encrypt(const uint8_t n[DAA_MODULUS], struct daa_bytes msg,
		 uint8_t out[DAA_MODULUS]);

#endif
