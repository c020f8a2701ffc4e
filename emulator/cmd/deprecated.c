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
