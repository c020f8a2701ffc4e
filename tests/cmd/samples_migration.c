/* SPDX-License-Identifier: BSD-2-Clause */
/* Of migration and maintenance. */
#include "samples.h"

#include <check.h>

#include "constants.h"
#include "migrationcalls.h"
#include "ordinals.h"
#include "setup.h"

/* ---- Section 11: from one TPM to itself ---- */

/* Of what setup_owner gives a TPM. */
static void srk_pubkey(struct key_blob *pub)
{
	struct client_rsa *srk = client_rsa_new(2048, SRK_PRIMES);

	rsa_pubkey(srk, &kind_storage, pub);
	client_rsa_free(srk);
}

static void build_AuthorizeMigrationKey(struct machine *m,
					struct tss_command *c,
					struct sample_sessions *s)
{
	struct key_blob pub;

	srk_pubkey(&pub);
	tss_put_u16(c, TPM_MS_MIGRATE);
	tss_put_bytes(c, pub.b, pub.len);
	use_oiap(m, c, &s->s[0], &secret_owner);
}

/* A key that may go, and the owner's word where. */
static void make_movable(struct machine *m, struct key_blob *key,
			 struct key_blob *auth)
{
	struct key_blob pub;

	srk_pubkey(&pub);
	ck_assert_result(
		call_authorize_migration_key(m, TPM_MS_MIGRATE, &pub, auth), 0);
	ck_assert_result(call_create_wrap_key(m, TPM_KH_SRK, &secret_srk,
					      &kind_movable, key),
			 0);
}

static void build_CreateMigrationBlob(struct machine *m, struct tss_command *c,
				      struct sample_sessions *s)
{
	struct key_blob key, auth;
	struct client_bytes encData;

	make_movable(m, &key, &auth);
	encData = blob_view(&key).encData;
	tss_put_handle(c, TPM_KH_SRK);
	tss_put_u16(c, TPM_MS_MIGRATE);
	tss_put_bytes(c, auth.b, auth.len);
	tss_put_blob(c, encData.p, encData.len);
	use_oiap(m, c, &s->s[0], &secret_srk);
	use_oiap(m, c, &s->s[1], &secret_migration);
}

static void build_ConvertMigrationBlob(struct machine *m, struct tss_command *c,
				       struct sample_sessions *s)
{
	struct key_blob key, auth;
	struct moved moved;
	struct create_migration_blob in = {
		.parent = TPM_KH_SRK,
		.secret = &secret_srk,
		.migration = &secret_migration,
		.type = TPM_MS_MIGRATE,
		.auth = &auth,
	};

	make_movable(m, &key, &auth);
	in.encData = blob_view(&key).encData;
	ck_assert_result(call_create_migration_blob(m, &in, &moved), 0);
	tss_put_handle(c, TPM_KH_SRK);
	tss_put_blob(c, moved.data.b, moved.data.len);
	tss_put_blob(c, moved.random.b, moved.random.len);
	use_oiap(m, c, &s->s[0], &secret_srk);
}

static void build_MigrateKey(struct machine *m, struct tss_command *c,
			     struct sample_sessions *s)
{
	struct client_rsa *rsa = client_rsa_new(2048, m->primes_taken);
	struct key_blob pub;
	uint8_t moved[RSA_MAX];

	client_oaep(rsa, (struct client_bytes){ "any bytes", 9 }, moved);
	client_rsa_free(rsa);
	srk_pubkey(&pub);
	tss_put_handle(c, make_key(m, &kind_migrate));
	tss_put_bytes(c, pub.b, pub.len);
	tss_put_blob(c, moved, sizeof(moved));
	use_oiap(m, c, &s->s[0], &secret_key);
}

static void build_CMK_SetRestrictions(struct machine *m, struct tss_command *c,
				      struct sample_sessions *s)
{
	tss_put_u32(c, TPM_CMK_DELEGATE_SIGNING);
	use_oiap(m, c, &s->s[0], &secret_owner);
}

static void build_CMK_ApproveMA(struct machine *m, struct tss_command *c,
				struct sample_sessions *s)
{
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
	use_oiap(m, c, &s->s[0], &secret_owner);
}

static void build_CMK_CreateTicket(struct machine *m, struct tss_command *c,
				   struct sample_sessions *s)
{
	struct authority a;
	uint8_t sig[RSA_MAX];

	authority_new(&a, &kind_authority);
	client_sign_sha1(a.rsa, secret_wrong.b, sig);
	tss_put_bytes(c, a.pub.b, a.pub.len);
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
	tss_put_blob(c, sig, sizeof(sig));
	use_oiap(m, c, &s->s[0], &secret_owner);
	authority_free(&a);
}

static void build_CMK_CreateKey(struct machine *m, struct tss_command *c,
				struct sample_sessions *s)
{
	const struct client_bytes none = { NULL, 0 };
	struct tss_digest approval, usage;

	ck_assert_result(call_cmk_approve_ma(m, &secret_wrong, &approval), 0);
	tss_put_handle(c, TPM_KH_SRK);
	use_osap(m, c, &s->s[0], TPM_KH_SRK, &secret_srk);
	tss_encrypt(&s->s[0], &secret_key, false, &usage);
	tss_put_bytes(c, usage.b, sizeof(usage.b));
	put_key(c, &kind_cmk, none, none);
	tss_put_bytes(c, approval.b, sizeof(approval.b));
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
}

static void build_CMK_CreateBlob(struct machine *m, struct tss_command *c,
				 struct sample_sessions *s)
{
	const struct client_bytes none = { NULL, 0 };
	struct key_blob key, pub, auth;
	struct client_bytes encData;
	struct tss_digest source;
	struct authority a;

	authority_new(&a, &kind_storage);
	make_cmk(m, &a, &key);
	blob_pubkey(&key, &pub);
	source = sha1_of(bytes_of(&pub), none);
	encData = blob_view(&key).encData;
	ck_assert_result(call_authorize_migration_key(
				 m, TPM_MS_RESTRICT_MIGRATE, &a.pub, &auth),
			 0);
	tss_put_handle(c, TPM_KH_SRK);
	tss_put_u16(c, TPM_MS_RESTRICT_MIGRATE);
	tss_put_bytes(c, auth.b, auth.len);
	tss_put_bytes(c, source.b, sizeof(source.b));
	tss_put_blob(c, a.list.b, a.list.len);
	tss_put_blob(c, NULL, 0);
	tss_put_blob(c, NULL, 0);
	tss_put_blob(c, encData.p, encData.len);
	use_oiap(m, c, &s->s[0], &secret_srk);
	authority_free(&a);
}

static void build_CMK_ConvertMigration(struct machine *m, struct tss_command *c,
				       struct sample_sessions *s)
{
	struct key_blob key, srk, restriction;
	struct tss_digest ticket;
	struct moved moved;
	struct authority a;

	srk_pubkey(&srk);
	authority_new(&a, &kind_authority);
	make_cmk(m, &a, &key);
	send_cmk(m, &a, &srk, &key, &moved);
	authority_approves(m, &a, &srk, &key, &restriction, &ticket);
	blob_replace(&key, bytes_of(&moved.data), &key);
	tss_put_handle(c, TPM_KH_SRK);
	tss_put_bytes(c, restriction.b, restriction.len);
	tss_put_bytes(c, ticket.b, sizeof(ticket.b));
	tss_put_bytes(c, key.b, key.len);
	tss_put_blob(c, a.list.b, a.list.len);
	tss_put_blob(c, moved.random.b, moved.random.len);
	use_oiap(m, c, &s->s[0], &secret_srk);
	authority_free(&a);
}

/* ---- Section 12: the authority's key is the manufacturer's ---- */

static void prepare_maintenance(struct machine *m)
{
	struct authority maker;
	struct tss_digest checksum;

	setup_owner(m);
	authority_new(&maker, &kind_storage);
	ck_assert_result(call_load_manu_maint_pub(m, &secret_wrong, &maker.pub,
						  &checksum),
			 0);
	authority_free(&maker);
}

static void build_CreateMaintenanceArchive(struct machine *m,
					   struct tss_command *c,
					   struct sample_sessions *s)
{
	tss_put_u8(c, 1);
	use_oiap(m, c, &s->s[0], &secret_owner);
}

static void build_LoadMaintenanceArchive(struct machine *m,
					 struct tss_command *c,
					 struct sample_sessions *s)
{
	struct client_rsa *srk = client_rsa_new(2048, SRK_PRIMES);
	struct authority maker;
	struct archive archive;
	struct moved moved;

	ck_assert_result(call_create_maintenance_archive(m, true, &moved), 0);
	authority_new(&maker, &kind_storage);
	manufacturer_sends(maker.rsa, &moved, srk, &archive);
	authority_free(&maker);
	client_rsa_free(srk);
	tss_put_blob(c, archive.key.b, archive.key.len);
	tss_put_blob(c, archive.sig.b, archive.sig.len);
	tss_put_blob(c, archive.random.b, archive.random.len);
	use_oiap(m, c, &s->s[0], &secret_owner);
}

static void build_KillMaintenanceFeature(struct machine *m,
					 struct tss_command *c,
					 struct sample_sessions *s)
{
	use_oiap(m, c, &s->s[0], &secret_owner);
}

static void build_LoadManuMaintPub(struct machine *m, struct tss_command *c,
				   struct sample_sessions *s)
{
	struct authority maker;

	authority_new(&maker, &kind_storage);
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
	tss_put_bytes(c, maker.pub.b, maker.pub.len);
	authority_free(&maker);
}

static void build_ReadManuMaintPub(struct machine *m, struct tss_command *c,
				   struct sample_sessions *s)
{
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
}

/* ---- */

#define SAMPLE(name, prepare)                        \
	{                                            \
		ORD_##name, prepare, build_##name, 0 \
	}

const struct sample samples_migration[] = {
	SAMPLE(CMK_CreateTicket, setup_owner),
	SAMPLE(CMK_CreateKey, setup_owner),
	SAMPLE(CMK_CreateBlob, setup_owner),
	SAMPLE(CMK_SetRestrictions, setup_owner),
	SAMPLE(CMK_ApproveMA, setup_owner),
	SAMPLE(CMK_ConvertMigration, setup_owner),
	SAMPLE(MigrateKey, setup_owner),
	SAMPLE(CreateMigrationBlob, setup_owner),
	SAMPLE(ConvertMigrationBlob, setup_owner),
	SAMPLE(AuthorizeMigrationKey, setup_owner),
	SAMPLE(CreateMaintenanceArchive, prepare_maintenance),
	SAMPLE(LoadMaintenanceArchive, prepare_maintenance),
	SAMPLE(KillMaintenanceFeature, setup_owner),
	SAMPLE(LoadManuMaintPub, NULL),
	SAMPLE(ReadManuMaintPub, prepare_maintenance),
};
const size_t n_samples_migration =
	sizeof(samples_migration) / sizeof(*samples_migration);
