/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 27: Deprecated Commands. */

#include "keys.h"

/* 27.1.1 TPM_EvictKey */
enum tpm_rc tpm_EvictKey(struct tpm *t, struct tpm_call *c,
			 const struct EvictKey_in *in, struct EvictKey_out *out)
{
	struct tpm_key_entry *key = key_find(t, in->evictHandle);

	if (!key || in->evictHandle == TPM_KH_SRK)
		return TPM_INVALID_KEYHANDLE;
	if (key->keyControl & TPM_KEY_CONTROL_OWNER_EVICT)
		return TPM_KEY_OWNER_CONTROL;
	key_flush(t, key);
	return TPM_SUCCESS;
}

/* 27.1.2 TPM_Terminate_Handle */
enum tpm_rc tpm_Terminate_Handle(struct tpm *t, struct tpm_call *c,
				 const struct Terminate_Handle_in *in,
				 struct Terminate_Handle_out *out)
{
	struct tpm_session *s = session_find(t, in->handle);

	if (!s)
		return TPM_INVALID_AUTHHANDLE;
	session_close(s);
	return TPM_SUCCESS;
}

/* 27.8 TPM_LoadKey: as TPM_LoadKey2, but that the answer's HMAC covers more. */
enum tpm_rc tpm_LoadKey(struct tpm *t, struct tpm_call *c,
			const struct LoadKey_in *in, struct LoadKey_out *out)
{
	return key_load(t, c->key[0], &in->inKey, &out->inkeyHandle);
}

/* 27.5 TPM_Reset: all authorisation sessions end, and nothing else. */
enum tpm_rc tpm_Reset(struct tpm *t, struct tpm_call *c,
		      const struct Reset_in *in, struct Reset_out *out)
{
	sessions_close(t);
	return TPM_SUCCESS;
}

/* 27.6 TPM_OwnerReadPubek */
enum tpm_rc tpm_OwnerReadPubek(struct tpm *t, struct tpm_call *c,
			       const struct OwnerReadPubek_in *in,
			       struct OwnerReadPubek_out *out)
{
	struct tpm_endorsement *ek;

	TRY(endorsement_get(t, &ek));
	return key_pubkey(c, &ek->key, &out->pubEndorsementKey);
}

/* 27.7 TPM_DisablePubekRead: but the owner reads it. */
enum tpm_rc tpm_DisablePubekRead(struct tpm *t, struct tpm_call *c,
				 const struct DisablePubekRead_in *in,
				 struct DisablePubekRead_out *out)
{
	tpm_touch(t);
	t->s.flags.readPubek = false;
	return TPM_SUCCESS;
}
