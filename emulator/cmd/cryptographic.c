/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 13: Cryptographic Functions; SHA-1 is in sha1.c. */

#include "tpm.h"

#define STIR_MAX 255u

/* 13.6 TPM_GetRandom: as many as fit, which may be fewer than asked for. */
enum tpm_rc tpm_GetRandom(struct tpm *t, struct tpm_call *c,
			  const struct GetRandom_in *in,
			  struct GetRandom_out *out)
{
	const size_t most = c->room - sizeof(uint32_t); /* its size */
	const size_t n = in->bytesRequested < most ? in->bytesRequested : most;
	uint8_t *bytes = tpm_scratch(c, n);

	if (!bytes)
		return TPM_SIZE;
	tpm_random(t->crypto, bytes, n);
	out->randomBytes = (struct tpm_bytes){ bytes, n };
	return TPM_SUCCESS;
}

/* 13.7 TPM_StirRandom */
enum tpm_rc tpm_StirRandom(struct tpm *t, struct tpm_call *c,
			   const struct StirRandom_in *in,
			   struct StirRandom_out *out)
{
	if (in->inData.len > STIR_MAX)
		return TPM_BAD_PARAMETER;
	tpm_random_stir(t->crypto, in->inData.p, in->inData.len);
	return TPM_SUCCESS;
}
