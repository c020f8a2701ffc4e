/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 27: Deprecated Commands. */

#include "context.h"
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

/* ---- 27.2: contexts, before there were kinds of them ---- */

/* 27.2.1 TPM_SaveKeyContext: the key leaves. */
enum tpm_rc tpm_SaveKeyContext(struct tpm *t, struct tpm_call *c,
			       const struct SaveKeyContext_in *in,
			       struct SaveKeyContext_out *out)
{
	struct tpm_key_entry *key = key_find(t, in->keyHandle);

	if (!key || in->keyHandle == TPM_KH_SRK)
		return TPM_INVALID_KEYHANDLE;
	TRY(context_save11(t, c, in->keyHandle, TPM_RT_KEY,
			   &out->keyContextBlob));
	key_flush(t, key);
	return TPM_SUCCESS;
}

/* 27.2.2 TPM_LoadKeyContext */
enum tpm_rc tpm_LoadKeyContext(struct tpm *t, struct tpm_call *c,
			       const struct LoadKeyContext_in *in,
			       struct LoadKeyContext_out *out)
{
	static const struct context_wish wish = {
		.type = TPM_RT_KEY,
		.fresh = true,
	};
	const enum tpm_rc rc = context_load(t, c, &wish, &in->keyContextBlob,
					    &out->keyHandle);

	return rc == TPM_NOSPACE ? TPM_RESOURCES : rc;
}

/* 27.2.3 TPM_SaveAuthContext */
enum tpm_rc tpm_SaveAuthContext(struct tpm *t, struct tpm_call *c,
				const struct SaveAuthContext_in *in,
				struct SaveAuthContext_out *out)
{
	if (!session_find(t, in->authHandle))
		return TPM_INVALID_AUTHHANDLE;
	return context_save11(t, c, in->authHandle, TPM_RT_AUTH,
			      &out->authContextBlob);
}

/* 27.2.4 TPM_LoadAuthContext */
enum tpm_rc tpm_LoadAuthContext(struct tpm *t, struct tpm_call *c,
				const struct LoadAuthContext_in *in,
				struct LoadAuthContext_out *out)
{
	static const struct context_wish wish = { .type = TPM_RT_AUTH };

	return context_load(t, c, &wish, &in->authContextBlob,
			    &out->authHandle);
}

/* 27.8 TPM_LoadKey: as TPM_LoadKey2, but that the answer's HMAC covers more. */
enum tpm_rc tpm_LoadKey(struct tpm *t, struct tpm_call *c,
			const struct LoadKey_in *in, struct LoadKey_out *out)
{
	return key_load(t, c->key[0], &in->inKey, &out->inkeyHandle);
}

/* ---- 27.3: the register, which is also TPM_NV_INDEX_DIR ---- */

/* 27.3.1 TPM_DirWriteAuth */
enum tpm_rc tpm_DirWriteAuth(struct tpm *t, struct tpm_call *c,
			     const struct DirWriteAuth_in *in,
			     struct DirWriteAuth_out *out)
{
	if (in->dirIndex)
		return TPM_BADINDEX;
	tpm_touch(t);
	t->s.data.authDIR = in->newContents;
	return TPM_SUCCESS;
}

/* 27.3.2 TPM_DirRead */
enum tpm_rc tpm_DirRead(struct tpm *t, struct tpm_call *c,
			const struct DirRead_in *in, struct DirRead_out *out)
{
	if (in->dirIndex)
		return TPM_BADINDEX;
	out->dirContents = t->s.data.authDIR;
	return TPM_SUCCESS;
}

/*
 * 27.5 TPM_Reset: all authorisation sessions end, and what the commands of its
 * time have saved is void; nothing else.
 */
enum tpm_rc tpm_Reset(struct tpm *t, struct tpm_call *c,
		      const struct Reset_in *in, struct Reset_out *out)
{
	sessions_close(t);
	contexts_forget11(t);
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
