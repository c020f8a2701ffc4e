/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part 3, section 12: Maintenance.  An archive is a TPM_KEY, the storage root
 * key, in whose encData is what makes another TPM this one: the private half,
 * tpmProof as its usageAuth, and the owner's secret as pHash.
 *
 * It is encrypted for the manufacturer, under a random string that he does not
 * have; he encrypts that for the storage root key of the new TPM, and signs the
 * archive.  What 12.2 leaves to the vendor are therefore the archive, the
 * signature, and the random string, if there is one besides the owner's secret.
 */

#include "migration.h"

/* ---- 12.4 TPM_LoadManuMaintPub, 12.5 TPM_ReadManuMaintPub ---- */

static void checksum(struct tpm *t, const struct tpm_digest *antiReplay,
		     struct tpm_digest *digest)
{
	const struct tpm_manu_maint_pub *pub = &t->s.manuMaintPub;

	tpm_sha1(t->crypto, digest->b,
		 TPM_PARTS({ pub->b, pub->len },
			   { antiReplay->b, sizeof(antiReplay->b) }));
}

enum tpm_rc tpm_LoadManuMaintPub(struct tpm *t, struct tpm_call *c,
				 const struct LoadManuMaintPub_in *in,
				 struct LoadManuMaintPub_out *out)
{
	struct tpm_manu_maint_pub *pub = &t->s.manuMaintPub;
	struct wr w = wr_over(pub->b, sizeof(pub->b));

	if (pub->len)
		return TPM_DISABLED_CMD;
	TRY(key_check_parms(&in->pubKey.algorithmParms, TPM_KEY_STORAGE, 0));
	if (!pubkey_is_strong(&in->pubKey))
		return TPM_BAD_KEY_PROPERTY;
	tpm_touch(t);
	wr_pubkey(&w, &in->pubKey);
	if (w.rc != TPM_SUCCESS)
		return TPM_BAD_KEY_PROPERTY;
	pub->len = (uint16_t)(w.p - pub->b);
	checksum(t, &in->antiReplay, &out->checksum);
	return TPM_SUCCESS;
}

enum tpm_rc tpm_ReadManuMaintPub(struct tpm *t, struct tpm_call *c,
				 const struct ReadManuMaintPub_in *in,
				 struct ReadManuMaintPub_out *out)
{
	if (!t->s.manuMaintPub.len)
		return TPM_KEYNOTFOUND;
	checksum(t, &in->antiReplay, &out->checksum);
	return TPM_SUCCESS;
}

static enum tpm_rc find_pub(const struct tpm *t, struct tpm_pubkey *pub)
{
	const struct tpm_manu_maint_pub *bytes = &t->s.manuMaintPub;
	struct rd r = rd_over(bytes->b, bytes->len);

	if (!bytes->len)
		return TPM_KEYNOTFOUND;
	rd_pubkey(&r, pub);
	return rd_done(&r);
}

/* ---- 12.3 TPM_KillMaintenanceFeature ---- */

enum tpm_rc
tpm_KillMaintenanceFeature(struct tpm *t, struct tpm_call *c,
			   const struct KillMaintenanceFeature_in *in,
			   struct KillMaintenanceFeature_out *out)
{
	tpm_touch(t);
	t->s.flags.allowMaintenance = false;
	return TPM_SUCCESS;
}

/* ---- 12.1 TPM_CreateMaintenanceArchive ---- */

/* The string that the two owners know, if they have the same secret. */
static void owner_mask(struct tpm *t, uint8_t *mask, size_t len)
{
	const struct tpm_digest *auth = &t->s.owner.ownerAuth;

	memset(mask, 0, len);
	tpm_mgf1_xor(t->crypto, mask, len,
		     TPM_PARTS({ auth->b, sizeof(auth->b) }));
}

/* encData of the archive, and the string if it is to be known. */
static enum tpm_rc encrypt_srk(struct tpm *t, struct tpm_call *c,
			       const struct tpm_pubkey *pub,
			       bool generateRandom, struct tpm_bytes *random,
			       struct tpm_bytes *encData)
{
	struct tpm_store_asymkey key = {
		.payload = TPM_PT_MAINT,
		.usageAuth = t->s.owner.tpmProof,
		.migrationAuth = t->s.owner.ownerAuth,
		.pubDataDigest = t->s.srk.pubDataDigest,
		.privKey = { t->s.srk.p.b, t->s.srk.p.len },
	};
	const size_t len = migration_size(&key);
	uint8_t *mask = tpm_scratch(c, len);
	enum tpm_rc rc = TPM_SIZE;

	if (mask && generateRandom) {
		tpm_random(t->crypto, mask, len);
		*random = (struct tpm_bytes){ mask, len };
	} else if (mask) {
		owner_mask(t, mask, len);
	}
	if (mask)
		rc = migration_wrap(t, c, &key, mask, pub, encData);
	tpm_wipe(&key, sizeof(key));
	return rc;
}

enum tpm_rc
tpm_CreateMaintenanceArchive(struct tpm *t, struct tpm_call *c,
			     const struct CreateMaintenanceArchive_in *in,
			     struct CreateMaintenanceArchive_out *out)
{
	uint8_t *b = tpm_scratch(c, KEY_WIRE_MAX);
	struct wr w = wr_over(b, KEY_WIRE_MAX);
	struct tpm_pubkey pub;
	struct tpm_key wire;

	if (!t->s.flags.allowMaintenance)
		return TPM_DISABLED_CMD;
	TRY(find_pub(t, &pub));
	TRY(key_wire(c, &t->s.srk, &wire));
	TRY(encrypt_srk(t, c, &pub, in->generateRandom, &out->random,
			&wire.encData));
	wr_key(&w, &wire);
	if (w.rc != TPM_SUCCESS)
		return w.rc;
	out->archive = (struct tpm_bytes){ b, (size_t)(w.p - b) };
	tpm_touch(t);
	t->s.flags.maintenanceDone = true;
	return TPM_SUCCESS;
}

/* ---- 12.2 TPM_LoadMaintenanceArchive ---- */

/* The manufacturer sent it; he has but one key. */
static enum tpm_rc check_sender(struct tpm *t, struct tpm_bytes archive,
				struct tpm_bytes sig)
{
	struct tpm_pubkey pub;
	struct tpm_digest digest;
	struct tpm_rsa *rsa;
	int wrong;

	TRY(find_pub(t, &pub));
	rsa = pubkey_rsa(&pub);
	if (!rsa)
		return TPM_FAIL;
	tpm_sha1(t->crypto, digest.b, TPM_PARTS({ archive.p, archive.len }));
	wrong = tpm_rsa_verify_sha1(rsa, digest.b, sig);
	tpm_rsa_free(rsa);
	return wrong ? TPM_BAD_SIGNATURE : TPM_SUCCESS;
}

/* The public half: a key that TPM_TakeOwnership could have made. */
static enum tpm_rc read_archive(struct tpm_bytes archive, struct tpm_key *wire,
				struct tpm_key_entry *srk)
{
	struct rd r = rd_over(archive.p, archive.len);

	rd_key(&r, wire);
	TRY(rd_done(&r));
	if (wire->keyUsage != TPM_KEY_STORAGE ||
	    wire->keyFlags & TPM_MIGRATABLE)
		return TPM_INVALID_KEYUSAGE;
	TRY(key_check_parms(&wire->algorithmParms, TPM_KEY_STORAGE, 0));
	return key_read_public(wire, srk);
}

static enum tpm_rc decrypt_srk(struct tpm *t, struct tpm_bytes encData,
			       struct tpm_bytes random,
			       struct private_half *half)
{
	uint8_t mask[TPM_RSA_MAX_BYTES];

	if (random.len)
		return migration_unwrap(t, &t->s.srk, encData, random, half);
	TRY(migration_decrypt(t, &t->s.srk, encData, half));
	owner_mask(t, mask, half->len);
	return migration_decode(t, mask, half);
}

/* The private half; it and the secrets belong to the public one. */
static enum tpm_rc take_private(struct tpm *t, const struct tpm_key *wire,
				const struct tpm_store_asymkey *key,
				struct tpm_key_entry *srk)
{
	struct tpm_rsa *rsa;

	if (key->payload != TPM_PT_MAINT)
		return TPM_BAD_MIGRATION;
	TRY(key_public_digest(t, wire, &srk->pubDataDigest));
	if (!tpm_equal(srk->pubDataDigest.b, key->pubDataDigest.b,
		       sizeof(key->pubDataDigest.b)))
		return TPM_AUTHFAIL;
	srk->p.len = (uint16_t)key->privKey.len;
	memcpy(srk->p.b, key->privKey.p, srk->p.len);
	rsa = key_make_rsa(srk);
	if (!rsa)
		return TPM_BAD_PARAMETER;
	tpm_rsa_free(rsa);
	srk->handle = TPM_KH_SRK;
	srk->payload = TPM_PT_ASYM;
	srk->usageAuth = key->migrationAuth;
	srk->migrationAuth = key->usageAuth;
	return TPM_SUCCESS;
}

/* The actions of TPM_OwnerClear, and an owner again. */
static void become(struct tpm *t, const struct tpm_key_entry *srk)
{
	struct tpm_owner *owner = &t->s.owner;

	owner_clear(t);
	owner->installed = true;
	owner->ownerAuth = srk->usageAuth;
	owner->tpmProof = srk->migrationAuth;
	t->s.srk = *srk;
	t->s.flags.maintenanceDone = true;
}

enum tpm_rc
tpm_LoadMaintenanceArchive(struct tpm *t, struct tpm_call *c,
			   const struct LoadMaintenanceArchive_in *in,
			   struct LoadMaintenanceArchive_out *out)
{
	struct private_half half;
	struct tpm_key_entry srk;
	struct tpm_key wire;
	enum tpm_rc rc;

	TRY(check_sender(t, in->archive, in->sig));
	TRY(read_archive(in->archive, &wire, &srk));
	rc = decrypt_srk(t, wire.encData, in->random, &half);
	if (rc == TPM_SUCCESS)
		rc = take_private(t, &wire, &half.key, &srk);
	if (rc == TPM_SUCCESS)
		become(t, &srk);
	tpm_wipe(&half, sizeof(half));
	tpm_wipe(&srk, sizeof(srk));
	return rc;
}
