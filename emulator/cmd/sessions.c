/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 18: Authorization Sessions. */

#include "tpm.h"

/* 18.1 TPM_OIAP */
enum tpm_rc tpm_OIAP(struct tpm *t, struct tpm_call *c,
		     const struct OIAP_in *in, struct OIAP_out *out)
{
	const struct tpm_session *s = session_open(t, TPM_PID_OIAP);

	if (!s)
		return TPM_RESOURCES;
	out->authHandle = s->handle;
	out->nonceEven = s->nonceEven;
	return TPM_SUCCESS;
}

/* 18.2 TPM_OSAP.  The type's high byte is how secrets will be encrypted. */
enum tpm_rc tpm_OSAP(struct tpm *t, struct tpm_call *c,
		     const struct OSAP_in *in, struct OSAP_out *out)
{
	const uint8_t adip = (uint8_t)(in->entityType >> 8);
	struct tpm_entity e;
	struct tpm_session *s;

	if (adip != TPM_ET_XOR && adip != TPM_ET_AES128_CTR)
		return TPM_INAPPROPRIATE_ENC;
	TRY(entity_find(t, in->entityType & 0xff, in->entityValue, &e));
	s = session_open(t, TPM_PID_OSAP);
	if (!s)
		return TPM_RESOURCES;
	s->adip = adip;
	s->entityType = e.type;
	s->entity = e.id;
	tpm_random(t->crypto, out->nonceEvenOSAP.b,
		   sizeof(out->nonceEvenOSAP.b));
	tpm_hmac_sha1(t->crypto, s->sharedSecret.b, e.secret.b,
		      sizeof(e.secret.b),
		      TPM_PARTS({ out->nonceEvenOSAP.b, TPM_SHA1_SIZE },
				{ in->nonceOddOSAP.b, TPM_SHA1_SIZE }));
	out->authHandle = s->handle;
	out->nonceEven = s->nonceEven;
	return TPM_SUCCESS;
}
