/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part 3, section 11: Migration, of keys whose owner alone decides; those with
 * a migration authority are in cmk.c.
 */

#include "migration.h"

/* ---- 11.1 TPM_CreateMigrationBlob ---- */

/*
 * Migration has a secret of its own.  No entity stands for it, so only OIAP can
 * prove it; it is the last of the sessions.
 */
static enum tpm_rc verify_migration(struct tpm *t, struct tpm_call *c,
				    const struct tpm_digest *migrationAuth)
{
	const unsigned int i = c->n_auth - 1;
	struct tpm_entity e = { .secret = *migrationAuth };
	enum tpm_rc rc = TPM_BAD_MODE;

	if (c->auth[i].session->protocol == TPM_PID_OIAP)
		rc = auth_verify(t, c, i, &e);
	tpm_wipe(&e, sizeof(e));
	return rc == TPM_AUTHFAIL ? TPM_AUTH2FAIL : rc;
}

/* TPM_MS_MIGRATE: outside of any parent, under a random string. */
static enum tpm_rc migrate(struct tpm *t, struct tpm_call *c,
			   const struct private_half *half,
			   const struct tpm_pubkey *to,
			   struct CreateMigrationBlob_out *out)
{
	struct tpm_store_asymkey key = half->key;
	const size_t len = migration_size(&key);
	uint8_t *random = tpm_scratch(c, len);
	enum tpm_rc rc;

	if (!random)
		return TPM_SIZE;
	tpm_random(t->crypto, random, len);
	out->random = (struct tpm_bytes){ random, len };
	key.payload = TPM_PT_MIGRATE;
	rc = migration_wrap(t, c, &key, random, to, &out->outData);
	tpm_wipe(&key, sizeof(key));
	return rc;
}

static enum tpm_rc create_blob(struct tpm *t, struct tpm_call *c,
			       const struct CreateMigrationBlob_in *in,
			       const struct private_half *half,
			       struct CreateMigrationBlob_out *out)
{
	const struct tpm_pubkey *to = &in->migrationKeyAuth.migrationKey;

	if (half->key.payload != TPM_PT_ASYM)
		return TPM_BAD_MIGRATION;
	TRY(verify_migration(t, c, &half->key.migrationAuth));
	TRY(migrationkeyauth_check(t, &in->migrationKeyAuth));
	if (in->migrationType == TPM_MS_MIGRATE)
		return migrate(t, c, half, to, out);
	if (in->migrationType == TPM_MS_REWRAP)
		return pubkey_encrypt(t, c, to,
				      (struct tpm_bytes){ half->b, half->len },
				      &out->outData);
	return TPM_BAD_PARAMETER;
}

enum tpm_rc tpm_CreateMigrationBlob(struct tpm *t, struct tpm_call *c,
				    const struct CreateMigrationBlob_in *in,
				    struct CreateMigrationBlob_out *out)
{
	struct private_half half;
	enum tpm_rc rc;

	if (c->key[0]->keyUsage != TPM_KEY_STORAGE)
		return TPM_INVALID_KEYUSAGE;
	rc = private_half_open(t, c->key[0], in->encData, &half);
	if (rc == TPM_SUCCESS)
		rc = create_blob(t, c, in, &half, out);
	tpm_wipe(&half, sizeof(half));
	return rc;
}

/* ---- 11.2 TPM_ConvertMigrationBlob ---- */

/* pHash was migrationAuth, and is again. */
static enum tpm_rc convert_blob(struct tpm *t, struct tpm_call *c,
				struct private_half *half,
				struct tpm_bytes *outData)
{
	if (half->key.payload != TPM_PT_MIGRATE)
		return TPM_BAD_MIGRATION;
	half->key.payload = TPM_PT_ASYM;
	return private_half_close(t, c, c->key[0], &half->key, outData);
}

enum tpm_rc tpm_ConvertMigrationBlob(struct tpm *t, struct tpm_call *c,
				     const struct ConvertMigrationBlob_in *in,
				     struct ConvertMigrationBlob_out *out)
{
	struct private_half half;
	enum tpm_rc rc;

	if (c->key[0]->keyUsage != TPM_KEY_STORAGE)
		return TPM_INVALID_KEYUSAGE;
	rc = migration_unwrap(t, c->key[0], in->inData, in->random, &half);
	if (rc == TPM_SUCCESS)
		rc = convert_blob(t, c, &half, &out->outData);
	tpm_wipe(&half, sizeof(half));
	return rc;
}

/* ---- 11.3 TPM_AuthorizeMigrationKey ---- */

enum tpm_rc tpm_AuthorizeMigrationKey(struct tpm *t, struct tpm_call *c,
				      const struct AuthorizeMigrationKey_in *in,
				      struct AuthorizeMigrationKey_out *out)
{
	const struct tpm_pubkey *key = &in->migrationKey;

	if (!pubkey_is_strong(key))
		return TPM_BAD_KEY_PROPERTY;
	if (key->algorithmParms.encScheme != TPM_ES_RSAESOAEP_SHA1_MGF1)
		return TPM_INAPPROPRIATE_ENC;
	out->outData.migrationKey = *key;
	out->outData.migrationScheme = in->migrationScheme;
	return migrationkeyauth_sign(t, &out->outData);
}

/* ---- 11.4 TPM_MigrateKey ---- */

enum tpm_rc tpm_MigrateKey(struct tpm *t, struct tpm_call *c,
			   const struct MigrateKey_in *in,
			   struct MigrateKey_out *out)
{
	struct private_half half;
	enum tpm_rc rc;

	if (c->key[0]->keyUsage != TPM_KEY_MIGRATE)
		return TPM_INVALID_KEYUSAGE;
	rc = migration_decrypt(t, c->key[0], in->inData, &half);
	if (rc == TPM_SUCCESS)
		rc = pubkey_encrypt(t, c, &in->pubKey,
				    (struct tpm_bytes){ half.b, half.len },
				    &out->outData);
	tpm_wipe(&half, sizeof(half));
	return rc;
}
