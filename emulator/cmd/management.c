/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 21: Session Management. */

#include "keys.h"

/* Slots that keys of anybody can have, whatever the owner keeps. */
#define FREE_SLOTS 2u

static unsigned int keys_kept(const struct tpm *t)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < TPM_MAX_KEYS; i++)
		n += (t->s.keys[i].keyControl &
		      TPM_KEY_CONTROL_OWNER_EVICT) != 0;
	return n;
}

/* The caller names the key itself: handles can be anything by now. */
static enum tpm_rc check_public(struct tpm *t, struct tpm_call *c,
				const struct tpm_key_entry *key,
				const struct tpm_pubkey *named)
{
	struct tpm_pubkey pub;
	struct tpm_digest want, got;

	TRY(key_pubkey(c, key, &pub));
	TRY(pubkey_digest(t, &pub, &want));
	if (pubkey_digest(t, named, &got) != TPM_SUCCESS ||
	    !tpm_equal(want.b, got.b, sizeof(want.b)))
		return TPM_BAD_PARAMETER;
	return TPM_SUCCESS;
}

static enum tpm_rc keep(struct tpm *t, struct tpm_key_entry *key)
{
	if (key->keyControl & TPM_KEY_CONTROL_OWNER_EVICT)
		return TPM_SUCCESS;
	if (keys_kept(t) + 1 + FREE_SLOTS > TPM_MAX_KEYS)
		return TPM_NOSPACE;
	if (key->parentPCRStatus || key->keyFlags & TPM_ISVOLATILE)
		return TPM_BAD_PARAMETER;
	tpm_touch(t);
	key->keyControl |= TPM_KEY_CONTROL_OWNER_EVICT;
	return TPM_SUCCESS;
}

static void keep_no_more(struct tpm *t, struct tpm_key_entry *key)
{
	if (!(key->keyControl & TPM_KEY_CONTROL_OWNER_EVICT))
		return;
	tpm_touch(t);
	key->keyControl &= ~TPM_KEY_CONTROL_OWNER_EVICT;
}

static bool can_be_kept(uint16_t keyUsage)
{
	return keyUsage == TPM_KEY_SIGNING || keyUsage == TPM_KEY_STORAGE ||
	       keyUsage == TPM_KEY_IDENTITY || keyUsage == TPM_KEY_BIND ||
	       keyUsage == TPM_KEY_LEGACY;
}

/* 21.1 TPM_KeyControlOwner */
enum tpm_rc tpm_KeyControlOwner(struct tpm *t, struct tpm_call *c,
				const struct KeyControlOwner_in *in,
				struct KeyControlOwner_out *out)
{
	struct tpm_key_entry *key = key_find(t, in->keyHandle);

	if (!key || in->keyHandle == TPM_KH_SRK)
		return TPM_INVALID_KEYHANDLE;
	if (!can_be_kept(key->keyUsage))
		return TPM_INVALID_KEYUSAGE;
	TRY(check_public(t, c, key, &in->pubKey));
	if (in->bitName != TPM_KEY_CONTROL_OWNER_EVICT)
		return TPM_BAD_MODE;
	if (in->bitValue)
		return keep(t, key);
	keep_no_more(t, key);
	return TPM_SUCCESS;
}
