/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 16: Integrity Collection and Reporting. */

#include "keys.h"
#include "pcr.h"

/* 16.1 TPM_Extend: measured even when the TPM is off, but not told. */
enum tpm_rc tpm_Extend(struct tpm *t, struct tpm_call *c,
		       const struct Extend_in *in, struct Extend_out *out)
{
	if (in->pcrNum >= TPM_NUM_PCR)
		return TPM_BADINDEX;
	if (!(pcr_attributes(in->pcrNum)->extend_localities >> c->locality & 1))
		return TPM_BAD_LOCALITY;
	pcr_extend(t, in->pcrNum, &in->inDigest);
	if (!t->s.flags.disable && !t->s.stclear_flags.deactivated)
		out->outDigest = t->s.stclear.pcr.value[in->pcrNum];
	return TPM_SUCCESS;
}

/* 16.2 TPM_PCRRead */
enum tpm_rc tpm_PcrRead(struct tpm *t, struct tpm_call *c,
			const struct PcrRead_in *in, struct PcrRead_out *out)
{
	if (in->pcrIndex >= TPM_NUM_PCR)
		return TPM_BADINDEX;
	out->outDigest = t->s.stclear.pcr.value[in->pcrIndex];
	return TPM_SUCCESS;
}

static bool selects_nothing(const struct tpm_pcr_selection *s)
{
	for (unsigned int i = 0; i < s->size; i++)
		if (s->select[i])
			return false;
	return true;
}

/* 16.4 TPM_PCR_Reset: all that are selected, or none. */
enum tpm_rc tpm_PCR_Reset(struct tpm *t, struct tpm_call *c,
			  const struct PCR_Reset_in *in,
			  struct PCR_Reset_out *out)
{
	if (selects_nothing(&in->pcrSelection))
		return TPM_INVALID_PCR_INFO;
	for (unsigned int i = 0; i < TPM_NUM_PCR; i++) {
		const unsigned int who = pcr_attributes(i)->reset_localities;

		if (!pcr_selected(&in->pcrSelection, i))
			continue;
		if (!who)
			return TPM_NOTRESETABLE;
		if (!(who >> c->locality & 1))
			return TPM_NOTLOCAL;
	}
	for (unsigned int i = 0; i < TPM_NUM_PCR; i++)
		if (pcr_selected(&in->pcrSelection, i))
			pcr_reset(t, i);
	return TPM_SUCCESS;
}

/* ---- 16.3, 16.5: signed values ---- */

static enum tpm_rc check_quoter(const struct tpm_key_entry *key)
{
	if (key->sigScheme != TPM_SS_RSASSAPKCS1v15_SHA1 &&
	    key->sigScheme != TPM_SS_RSASSAPKCS1v15_INFO)
		return TPM_INAPPROPRIATE_SIG;
	if (key->keyUsage != TPM_KEY_SIGNING &&
	    key->keyUsage != TPM_KEY_IDENTITY &&
	    key->keyUsage != TPM_KEY_LEGACY)
		return TPM_INVALID_KEYUSAGE;
	return TPM_SUCCESS;
}

/* 16.3 TPM_Quote */
enum tpm_rc tpm_Quote(struct tpm *t, struct tpm_call *c,
		      const struct Quote_in *in, struct Quote_out *out)
{
	struct tpm_quote_info info = {
		.version = { .major = 1, .minor = 1 },
		.fixed = { { 'Q', 'U', 'O', 'T' } },
		.externalData = in->externalData,
	};
	uint8_t b[48];
	struct wr w = wr_over(b, sizeof(b));
	struct tpm_digest digest;

	TRY(check_quoter(c->key[0]));
	TRY(pcr_composite(t, c, &in->targetPCR, &out->pcrData,
			  &info.digestValue));
	wr_quote_info(&w, &info);
	tpm_sha1(t->crypto, digest.b, TPM_PARTS({ b, (size_t)(w.p - b) }));
	return key_sign(t, c, c->key[0], &digest, &out->sig);
}

/* The version as it is answered and signed; nothing when not asked for. */
static enum tpm_rc quoted_version(struct tpm_call *c, bool wanted,
				  struct tpm_bytes *version)
{
	const size_t cap = 32;
	uint8_t *b = tpm_scratch(c, cap);
	struct wr w = wr_over(b, cap);

	if (wanted)
		wr_cap_version_info(&w, tpm_version_info());
	*version = (struct tpm_bytes){ b, b ? (size_t)(w.p - b) : 0 };
	return w.rc;
}

/* 16.5 TPM_Quote2 */
enum tpm_rc tpm_Quote2(struct tpm *t, struct tpm_call *c,
		       const struct Quote2_in *in, struct Quote2_out *out)
{
	struct tpm_quote_info2 info = {
		.fixed = { { 'Q', 'U', 'T', '2' } },
		.externalData = in->externalData,
	};
	struct tpm_pcr_info_short *brief = &info.infoShort;
	uint8_t b[64];
	struct wr w = wr_over(b, sizeof(b));
	struct tpm_digest digest;

	TRY(check_quoter(c->key[0]));
	brief->pcrSelection = in->targetPCR;
	brief->localityAtRelease = locality_bit(c->locality);
	pcr_composite_hash(t, &in->targetPCR, &brief->digestAtRelease);
	out->pcrData = *brief;
	TRY(quoted_version(c, in->addVersion, &out->versionInfo));
	wr_quote_info2(&w, &info);
	tpm_sha1(t->crypto, digest.b,
		 TPM_PARTS({ b, (size_t)(w.p - b) }, out->versionInfo));
	return key_sign(t, c, c->key[0], &digest, &out->sig);
}
