/* SPDX-License-Identifier: BSD-2-Clause */
/* The slots of loaded keys: see keys.h. */

#include "keys.h"

#include "pcr.h"

struct tpm_key_entry *key_find(struct tpm *t, uint32_t handle)
{
	if (handle == TPM_KH_SRK)
		return t->s.owner.installed ? &t->s.srk : NULL;
	for (unsigned int i = 0; handle && i < TPM_MAX_KEYS; i++)
		if (t->s.keys[i].handle == handle)
			return &t->s.keys[i];
	return NULL;
}

enum tpm_rc key_named(struct tpm *t, uint32_t handle,
		      struct tpm_key_entry **key)
{
	*key = key_find(t, handle);
	if (*key)
		return TPM_SUCCESS;
	if (handle == TPM_KH_SRK || handle == TPM_KH_EK)
		return TPM_KEYNOTFOUND;
	if (handle >= TPM_KH_OWNER && handle <= TPM_KH_ADMIN)
		return TPM_INVALID_RESOURCE;
	return TPM_INVALID_KEYHANDLE;
}

/* Part 1, "Validate Key for use" */
static enum tpm_rc check_release(struct tpm *t, const struct tpm_call *c,
				 const struct tpm_key_entry *key)
{
	return key->hasPCRInfo
		       ? pcr_check_release(t, c->locality, &key->PCRInfo)
		       : TPM_SUCCESS;
}

enum tpm_rc key_use(struct tpm *t, const struct tpm_call *c, uint32_t handle,
		    struct tpm_key_entry **key)
{
	TRY(key_named(t, handle, key));
	return check_release(t, c, *key);
}

enum tpm_rc key_use_public(struct tpm *t, const struct tpm_call *c,
			   uint32_t handle, struct tpm_key_entry **key)
{
	TRY(key_named(t, handle, key));
	return (*key)->keyFlags & TPM_PCRIGNOREDONREAD
		       ? TPM_SUCCESS
		       : check_release(t, c, *key);
}

enum tpm_rc key_verify_public(struct tpm *t, struct tpm_call *c, bool attached,
			      unsigned int i, const struct tpm_key_entry *key)
{
	if (!attached && key->authDataUsage == TPM_NO_READ_PUBKEY_AUTH)
		return TPM_SUCCESS;
	return auth_verify_key(t, c, attached, i, key);
}

bool key_uses_pcrs(const struct tpm_key_entry *key)
{
	return key->hasPCRInfo &&
	       pcr_selects_any(&key->PCRInfo.releasePCRSelection);
}

/* ---- Coming and going ---- */

static struct tpm_rsa **rsa_place(struct tpm *t,
				  const struct tpm_key_entry *key)
{
	if (key == &t->s.srk)
		return &t->rsa[TPM_MAX_KEYS];
	if (key == &t->s.ek.key)
		return &t->rsa[TPM_MAX_KEYS + 1];
	return &t->rsa[key - t->s.keys];
}

enum tpm_rc key_add(struct tpm *t, const struct tpm_key_entry *key,
		    struct tpm_key_entry **slot)
{
	const uint32_t wished = key->handle;

	for (unsigned int i = 0; i < TPM_MAX_KEYS; i++) {
		struct tpm_key_entry *s = &t->s.keys[i];

		if (s->handle)
			continue;
		*s = *key;
		s->handle = 0;
		s->handle = wished && !key_find(t, wished)
				    ? wished
				    : tpm_new_handle(t, TPM_RT_KEY);
		tpm_rsa_free(t->rsa[i]);
		t->rsa[i] = NULL;
		*slot = s;
		return TPM_SUCCESS;
	}
	return TPM_NOSPACE;
}

/*
 * 10.5, step 7.  That the halves belong together is looked at for all keys,
 * not only for those that come from elsewhere: what it makes is kept.
 */
static enum tpm_rc check_loaded(const struct tpm *t,
				const struct tpm_key_entry *key)
{
	const struct tpm_digest *proof = &t->s.owner.tpmProof;

	if (key->keyUsage == TPM_KEY_AUTHCHANGE ||
	    (key->keyUsage == TPM_KEY_IDENTITY && key_is_migratable(key)))
		return TPM_INVALID_KEYUSAGE;
	if (!key_is_migratable(key) &&
	    !tpm_equal(key->migrationAuth.b, proof->b, sizeof(proof->b)))
		return TPM_INVALID_KEYUSAGE;
	return TPM_SUCCESS;
}

static enum tpm_rc load(struct tpm *t, const struct tpm_key_entry *parent,
			struct tpm_key_entry *key, uint32_t *handle)
{
	struct tpm_key_entry *slot;
	struct tpm_rsa *rsa;
	enum tpm_rc rc;

	TRY(check_loaded(t, key));
	rsa = key_make_rsa(key);
	if (!rsa)
		return TPM_BAD_PARAMETER;
	key->parentPCRStatus = parent->parentPCRStatus || key_uses_pcrs(parent);
	tpm_preserve(t);
	rc = key_add(t, key, &slot);
	if (rc != TPM_SUCCESS) {
		tpm_rsa_free(rsa);
		return rc;
	}
	*rsa_place(t, slot) = rsa;
	*handle = slot->handle;
	return TPM_SUCCESS;
}

enum tpm_rc key_load(struct tpm *t, const struct tpm_key_entry *parent,
		     const struct tpm_key *wire, uint32_t *handle)
{
	struct tpm_key_entry key;
	enum tpm_rc rc;

	if (parent->keyUsage != TPM_KEY_STORAGE)
		return TPM_INVALID_KEYUSAGE;
	TRY(key_check_properties(t, wire, 0));
	rc = key_unwrap(t, parent, wire, &key);
	if (rc == TPM_SUCCESS)
		rc = load(t, parent, &key, handle);
	tpm_wipe(&key, sizeof(key));
	return rc;
}

void key_flush(struct tpm *t, struct tpm_key_entry *key)
{
	struct tpm_rsa **rsa = rsa_place(t, key);

	sessions_close_entity(t, TPM_ET_KEYHANDLE, &key->pubDataDigest);
	tpm_rsa_free(*rsa);
	*rsa = NULL;
	tpm_wipe(key, sizeof(*key));
}

void keys_flush_volatile(struct tpm *t)
{
	for (unsigned int i = 0; i < TPM_MAX_KEYS; i++)
		if (t->s.keys[i].handle &&
		    !(t->s.keys[i].keyControl & TPM_KEY_CONTROL_OWNER_EVICT))
			key_flush(t, &t->s.keys[i]);
}

void keys_flush_all(struct tpm *t)
{
	for (unsigned int i = 0; i < TPM_MAX_KEYS; i++)
		if (t->s.keys[i].handle)
			key_flush(t, &t->s.keys[i]);
}

unsigned int keys_loaded(const struct tpm *t)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < TPM_MAX_KEYS; i++)
		n += t->s.keys[i].handle != 0;
	return n;
}

/* ---- libcrypto's form ---- */

struct tpm_rsa *key_rsa(struct tpm *t, const struct tpm_key_entry *key)
{
	struct tpm_rsa **rsa = rsa_place(t, key);

	if (!*rsa)
		*rsa = key_make_rsa(key);
	return *rsa;
}

void keys_forget_rsa(struct tpm *t)
{
	for (size_t i = 0; i < TPM_MAX_KEYS + 2u; i++) {
		tpm_rsa_free(t->rsa[i]);
		t->rsa[i] = NULL;
	}
}
