/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * By ordinal.  A sample without parameters and sessions is SIMPLE(name); any
 * other has a function build_<name>, and prepare_<name> where it needs one.
 */
#include "samples.h"

#include <check.h>
#include <string.h>

#include "calls.h"
#include "constants.h"
#include "keycalls.h"
#include "nv_calls.h"
#include "ordinals.h"
#include "ownercalls.h"
#include "rsa.h"
#include "setup.h"
#include "tss_transport.h"

static void build_OSAP(struct machine *m, struct tss_command *c,
		       struct sample_sessions *s)
{
	tss_put_u16(c, TPM_ET_SRK);
	tss_put_u32(c, TPM_KH_SRK);
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
}

static void build_TakeOwnership(struct machine *m, struct tss_command *c,
				struct sample_sessions *s)
{
	build_take_ownership(m, c, &s->s[0], &kind_srk);
}

static void build_Extend(struct machine *m, struct tss_command *c,
			 struct sample_sessions *s)
{
	tss_put_u32(c, 7);
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
}

static void build_Seal(struct machine *m, struct tss_command *c,
		       struct sample_sessions *s)
{
	struct tss_digest auth;

	tss_put_handle(c, TPM_KH_SRK);
	use_osap(m, c, &s->s[0], TPM_KH_SRK, &secret_srk);
	tss_encrypt(&s->s[0], &secret_key, false, &auth);
	tss_put_bytes(c, auth.b, sizeof(auth.b));
	tss_put_blob(c, NULL, 0);
	tss_put_blob(c, "a seal", 7);
}

static void build_Unseal(struct machine *m, struct tss_command *c,
			 struct sample_sessions *s)
{
	const struct client_bytes data = { "a seal", 7 };
	struct key_blob sealed;

	ck_assert_result(call_seal(m, TPM_KH_SRK, &secret_srk,
				   (struct client_bytes){ NULL, 0 }, data,
				   &secret_key, &sealed),
			 0);
	tss_put_handle(c, TPM_KH_SRK);
	tss_put_bytes(c, sealed.b, sealed.len);
	use_oiap(m, c, &s->s[0], &secret_srk);
	use_oiap(m, c, &s->s[1], &secret_key);
}

static void build_CreateWrapKey(struct machine *m, struct tss_command *c,
				struct sample_sessions *s)
{
	const struct client_bytes none = { NULL, 0 };
	struct tss_digest usage, migration;

	tss_put_handle(c, TPM_KH_SRK);
	use_osap(m, c, &s->s[0], TPM_KH_SRK, &secret_srk);
	tss_encrypt(&s->s[0], &secret_key, false, &usage);
	tss_encrypt(&s->s[0], &secret_migration, true, &migration);
	tss_put_bytes(c, usage.b, sizeof(usage.b));
	tss_put_bytes(c, migration.b, sizeof(migration.b));
	put_key(c, &kind_signing, none, none);
}

static void build_LoadKey(struct machine *m, struct tss_command *c,
			  struct sample_sessions *s)
{
	struct key_blob key;

	ck_assert_result(call_create_wrap_key(m, TPM_KH_SRK, &secret_srk,
					      &kind_signing, &key),
			 0);
	tss_put_handle(c, TPM_KH_SRK);
	tss_put_bytes(c, key.b, key.len);
	use_oiap(m, c, &s->s[0], &secret_srk);
}

static void build_LoadKey2(struct machine *m, struct tss_command *c,
			   struct sample_sessions *s)
{
	build_LoadKey(m, c, s);
	c->out_handles = 4;
}

static void build_GetPubKey(struct machine *m, struct tss_command *c,
			    struct sample_sessions *s)
{
	tss_put_handle(c, make_key(m, &kind_signing));
	use_oiap(m, c, &s->s[0], &secret_key);
}

static void build_EvictKey(struct machine *m, struct tss_command *c,
			   struct sample_sessions *s)
{
	tss_put_handle(c, make_key(m, &kind_signing));
}

static void build_Sign(struct machine *m, struct tss_command *c,
		       struct sample_sessions *s)
{
	tss_put_handle(c, make_key(m, &kind_signing));
	tss_put_blob(c, secret_wrong.b, sizeof(secret_wrong.b));
	use_oiap(m, c, &s->s[0], &secret_key);
}

static void build_Sealx(struct machine *m, struct tss_command *c,
			struct sample_sessions *s)
{
	build_Seal(m, c, s);
}

static void build_UnBind(struct machine *m, struct tss_command *c,
			 struct sample_sessions *s)
{
	static const uint8_t bound[] = { 1, 1, 0, 0, TPM_PT_BIND, 'a', 'b' };
	const uint32_t key = make_key(m, &kind_bind);
	struct client_rsa *rsa = client_rsa_new(2048, m->primes_taken - 1);
	uint8_t b[RSA_MAX];

	client_oaep(rsa, (struct client_bytes){ bound, sizeof(bound) }, b);
	client_rsa_free(rsa);
	tss_put_handle(c, key);
	tss_put_blob(c, b, sizeof(b));
	use_oiap(m, c, &s->s[0], &secret_key);
}

static void build_CertifyKey(struct machine *m, struct tss_command *c,
			     struct sample_sessions *s)
{
	tss_put_handle(c, make_key(m, &kind_signing));
	tss_put_handle(c, make_key(m, &kind_bind));
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
	use_oiap(m, c, &s->s[0], &secret_key);
	use_oiap(m, c, &s->s[1], &secret_key);
}

static void build_CertifyKey2(struct machine *m, struct tss_command *c,
			      struct sample_sessions *s)
{
	tss_put_handle(c, make_key(m, &kind_bind));
	tss_put_handle(c, make_key(m, &kind_signing));
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
	use_oiap(m, c, &s->s[0], &secret_key);
	use_oiap(m, c, &s->s[1], &secret_key);
}

static void build_Quote(struct machine *m, struct tss_command *c,
			struct sample_sessions *s)
{
	tss_put_handle(c, make_key(m, &kind_signing));
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
	tss_put_u16(c, 3);
	tss_put_bytes(c, "\1\2\3", 3);
	use_oiap(m, c, &s->s[0], &secret_key);
}

static void build_Quote2(struct machine *m, struct tss_command *c,
			 struct sample_sessions *s)
{
	build_Quote(m, c, s);
	tss_put_u8(c, 1);
}

static void build_KeyControlOwner(struct machine *m, struct tss_command *c,
				  struct sample_sessions *s)
{
	const uint32_t key = make_key(m, &kind_signing);
	struct key_blob pub;

	ck_assert_result(call_get_pub_key(m, key, &secret_key, &pub), 0);
	tss_put_handle(c, key);
	tss_put_bytes(c, pub.b, pub.len);
	tss_put_u32(c, TPM_KEY_CONTROL_OWNER_EVICT);
	tss_put_u8(c, 1);
	use_oiap(m, c, &s->s[0], &secret_owner);
}

static void build_OwnerReadInternalPub(struct machine *m, struct tss_command *c,
				       struct sample_sessions *s)
{
	tss_put_u32(c, TPM_KH_SRK);
	use_oiap(m, c, &s->s[0], &secret_owner);
}

static void build_PcrRead(struct machine *m, struct tss_command *c,
			  struct sample_sessions *s)
{
	tss_put_u32(c, 7);
}

/* A session of the owner's, to be proved by what comes next. */
static void use_owner(struct machine *m, struct tss_command *c,
		      struct sample_sessions *s)
{
	ck_assert_result(tss_oiap(&m->tss, &s->s[0]), 0);
	tss_use(c, &s->s[0], &secret_owner, true);
}

/* The owner's, in which a new secret is encrypted. */
static void osap_owner(struct machine *m, struct sample_sessions *s,
		       const struct tss_digest *secret, struct tss_digest *enc)
{
	ck_assert_result(tss_osap(&m->tss, &s->s[0], TSS_ADIP_XOR, TPM_ET_OWNER,
				  TPM_KH_OWNER, &secret_owner),
			 0);
	tss_encrypt(&s->s[0], secret, false, enc);
}

static void build_DirWriteAuth(struct machine *m, struct tss_command *c,
			       struct sample_sessions *s)
{
	tss_put_u32(c, 0);
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
	use_owner(m, c, s);
}

static void build_DirRead(struct machine *m, struct tss_command *c,
			  struct sample_sessions *s)
{
	tss_put_u32(c, 0);
}

static void build_DAA_Join(struct machine *m, struct tss_command *c,
			   struct sample_sessions *s)
{
	tss_put_handle(c, 0);
	tss_put_u8(c, 0);
	tss_put_blob(c, "\0\0\0\1", 4);
	tss_put_blob(c, NULL, 0);
	use_owner(m, c, s);
}

/* Stage 0 takes any settings, if they are of the right size. */
static void build_DAA_Sign(struct machine *m, struct tss_command *c,
			   struct sample_sessions *s)
{
	static const uint8_t settings[148] = { 0, TPM_TAG_DAA_ISSUER };

	tss_put_handle(c, 0);
	tss_put_u8(c, 0);
	tss_put_blob(c, settings, sizeof(settings));
	tss_put_blob(c, NULL, 0);
	use_owner(m, c, s);
}

static void build_GetRandom(struct machine *m, struct tss_command *c,
			    struct sample_sessions *s)
{
	tss_put_u32(c, 20);
}

static void build_StirRandom(struct machine *m, struct tss_command *c,
			     struct sample_sessions *s)
{
	tss_put_blob(c, "a spoon", 7);
}

static void build_GetCapability(struct machine *m, struct tss_command *c,
				struct sample_sessions *s)
{
	tss_put_u32(c, TPM_CAP_FLAG);
	tss_put_u32(c, 4);
	tss_put_u32(c, TPM_CAP_FLAG_PERMANENT);
}

/* A command of the owner's that has no parameters. */
static void build_owner(struct machine *m, struct tss_command *c,
			struct sample_sessions *s)
{
	use_oiap(m, c, &s->s[0], &secret_owner);
}

static void build_OwnerSetDisable(struct machine *m, struct tss_command *c,
				  struct sample_sessions *s)
{
	tss_put_u8(c, 1);
	use_oiap(m, c, &s->s[0], &secret_owner);
}

static void build_SetOwnerInstall(struct machine *m, struct tss_command *c,
				  struct sample_sessions *s)
{
	tss_put_u8(c, 0);
}

static void prepare_SetTempDeactivated(struct machine *m)
{
	setup_presence(m);
	ck_assert_result(call_digest(m, ORD_SetOperatorAuth, &secret_key), 0);
}

static void build_SetTempDeactivated(struct machine *m, struct tss_command *c,
				     struct sample_sessions *s)
{
	use_oiap(m, c, &s->s[0], &secret_key);
}

static void build_SetOperatorAuth(struct machine *m, struct tss_command *c,
				  struct sample_sessions *s)
{
	tss_put_bytes(c, secret_key.b, sizeof(secret_key.b));
}

static void build_PhysicalSetDeactivated(struct machine *m,
					 struct tss_command *c,
					 struct sample_sessions *s)
{
	tss_put_u8(c, 1);
}

static void build_CreateEndorsementKeyPair(struct machine *m,
					   struct tss_command *c,
					   struct sample_sessions *s)
{
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
	put_ek_parms(c);
}

static void build_CreateRevocableEK(struct machine *m, struct tss_command *c,
				    struct sample_sessions *s)
{
	build_CreateEndorsementKeyPair(m, c, s);
	tss_put_u8(c, 1);
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
}

static void prepare_RevokeTrust(struct machine *m)
{
	setup_no_ek(m);
	setup_presence(m);
	ck_assert_result(call_create_revocable_ek(m, false, &secret_key), 0);
}

static void build_RevokeTrust(struct machine *m, struct tss_command *c,
			      struct sample_sessions *s)
{
	tss_put_bytes(c, secret_key.b, sizeof(secret_key.b));
}

static void build_MakeIdentity(struct machine *m, struct tss_command *c,
			       struct sample_sessions *s)
{
	build_make_identity(m, c, s->s, &kind_identity, &secret_srk);
}

static void build_ActivateIdentity(struct machine *m, struct tss_command *c,
				   struct sample_sessions *s)
{
	struct identity id;
	const uint32_t key = make_identity(m, &id);
	const struct tss_digest digest = identity_digest(m, key);
	struct tss_command what;

	tss_begin(&what, 0);
	tss_put_u32(&what, TPM_ALG_XOR);
	tss_put_u16(&what, TPM_ES_NONE);
	tss_put_u16(&what, 16);
	tss_put_bytes(&what, secret_wrong.b, 16);
	tss_put_bytes(&what, digest.b, sizeof(digest.b));
	build_activate_identity(m, c, s->s, key,
				(struct client_bytes){ what.params, what.len });
}

/* The EK before any other key, as a TPM that has an owner. */
static void prepare_identity(struct machine *m)
{
	ck_assert_int_eq(tpm12_make_ek(m->tpm), 0);
	setup_owner(m);
}

static void build_SetCapability(struct machine *m, struct tss_command *c,
				struct sample_sessions *s)
{
	tss_put_u32(c, TPM_SET_PERM_FLAGS);
	tss_put_u32(c, 4);
	tss_put_u32(c, TPM_PF_DISABLEFULLDALOGICINFO);
	tss_put_blob(c, "\1", 1);
	use_oiap(m, c, &s->s[0], &secret_owner);
}

static void build_ReadPubek(struct machine *m, struct tss_command *c,
			    struct sample_sessions *s)
{
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
}

static void build_Terminate_Handle(struct machine *m, struct tss_command *c,
				   struct sample_sessions *s)
{
	ck_assert_result(tss_oiap(&m->tss, &s->s[0]), 0);
	tss_put_handle(c, s->s[0].handle);
}

static void build_Startup(struct machine *m, struct tss_command *c,
			  struct sample_sessions *s)
{
	tss_put_u16(c, TPM_ST_CLEAR);
}

static void start_sha1(struct machine *m)
{
	struct tss_command c;

	tss_begin(&c, ORD_SHA1Start);
	ck_assert_result(machine_run(m, &c), 0);
}

static void build_SHA1Update(struct machine *m, struct tss_command *c,
			     struct sample_sessions *s)
{
	const uint8_t block[64] = "a block of what is to be hashed";

	tss_put_blob(c, block, sizeof(block));
}

static void build_SHA1Complete(struct machine *m, struct tss_command *c,
			       struct sample_sessions *s)
{
	tss_put_blob(c, "the end", 7);
}

static void build_SHA1CompleteExtend(struct machine *m, struct tss_command *c,
				     struct sample_sessions *s)
{
	tss_put_u32(c, 7);
	tss_put_blob(c, "the end", 7);
}

static void build_FlushSpecific(struct machine *m, struct tss_command *c,
				struct sample_sessions *s)
{
	ck_assert_result(tss_oiap(&m->tss, &s->s[0]), 0);
	tss_put_handle(c, s->s[0].handle);
	tss_put_u32(c, TPM_RT_AUTH);
}

static void build_PCR_Reset(struct machine *m, struct tss_command *c,
			    struct sample_sessions *s)
{
	tss_put_u16(c, 3);
	tss_put_bytes(c, "\0\0\x81", 3);
}

#define SAMPLE_NV 0x00011200u

static void prepare_NV_DefineSpace(struct machine *m)
{
	setup_owner(m);
	ck_assert_result(nv_lock(m), 0);
}

static void build_NV_DefineSpace(struct machine *m, struct tss_command *c,
				 struct sample_sessions *s)
{
	static const struct nv_space space = {
		.index = SAMPLE_NV,
		.permission = TPM_NV_PER_OWNERWRITE,
		.size = 32,
	};
	struct tss_digest enc;

	osap_owner(m, s, &secret_nv, &enc);
	put_nv_space(c, &space, false);
	tss_put_bytes(c, enc.b, sizeof(enc.b));
	tss_use(c, &s->s[0], &secret_owner, true);
}

static void prepare_owners_area(struct machine *m)
{
	setup_owner(m);
	ck_assert_result(nv_define_plain(m, SAMPLE_NV,
					 TPM_NV_PER_OWNERREAD |
						 TPM_NV_PER_OWNERWRITE,
					 32),
			 0);
}

static void prepare_area(struct machine *m)
{
	setup_owner(m);
	ck_assert_result(nv_define_plain(m, SAMPLE_NV,
					 TPM_NV_PER_AUTHREAD |
						 TPM_NV_PER_AUTHWRITE,
					 32),
			 0);
}

static void use_area(struct machine *m, struct tss_command *c,
		     struct sample_sessions *s)
{
	ck_assert_result(tss_oiap(&m->tss, &s->s[0]), 0);
	tss_use(c, &s->s[0], &secret_nv, true);
}

static void put_write(struct tss_command *c)
{
	tss_put_u32(c, SAMPLE_NV);
	tss_put_u32(c, 4);
	tss_put_blob(c, "a note", 6);
}

static void build_NV_WriteValue(struct machine *m, struct tss_command *c,
				struct sample_sessions *s)
{
	put_write(c);
	use_owner(m, c, s);
}

static void build_NV_WriteValueAuth(struct machine *m, struct tss_command *c,
				    struct sample_sessions *s)
{
	put_write(c);
	use_area(m, c, s);
}

static void put_read(struct tss_command *c)
{
	tss_put_u32(c, SAMPLE_NV);
	tss_put_u32(c, 4);
	tss_put_u32(c, 28);
}

static void build_NV_ReadValue(struct machine *m, struct tss_command *c,
			       struct sample_sessions *s)
{
	put_read(c);
	use_owner(m, c, s);
}

static void build_NV_ReadValueAuth(struct machine *m, struct tss_command *c,
				   struct sample_sessions *s)
{
	put_read(c);
	use_area(m, c, s);
}

static void put_counter(struct tss_command *c, const struct tss_digest *enc)
{
	tss_put_bytes(c, enc->b, sizeof(enc->b));
	tss_put_bytes(c, "stay", 4);
}

static void build_CreateCounter(struct machine *m, struct tss_command *c,
				struct sample_sessions *s)
{
	struct tss_digest enc;

	osap_owner(m, s, &secret_nv, &enc);
	put_counter(c, &enc);
	tss_use(c, &s->s[0], &secret_owner, true);
}

/* Counter 0, whose secret is secret_nv. */
static void prepare_counter(struct machine *m)
{
	struct tss_command c;
	struct sample_sessions s;

	setup_owner(m);
	tss_begin(&c, ORD_CreateCounter);
	build_CreateCounter(m, &c, &s);
	ck_assert_result(machine_run(m, &c), 0);
}

static void build_IncrementCounter(struct machine *m, struct tss_command *c,
				   struct sample_sessions *s)
{
	tss_put_u32(c, 0);
	use_area(m, c, s);
}

static void build_ReadCounter(struct machine *m, struct tss_command *c,
			      struct sample_sessions *s)
{
	tss_put_u32(c, 0);
}

static void build_ReleaseCounter(struct machine *m, struct tss_command *c,
				 struct sample_sessions *s)
{
	tss_put_u32(c, 0);
	use_area(m, c, s);
}

static void build_ReleaseCounterOwner(struct machine *m, struct tss_command *c,
				      struct sample_sessions *s)
{
	tss_put_u32(c, 0);
	use_owner(m, c, s);
}

static void prepare_PhysicalPresence(struct machine *m)
{
	struct tss_command c;

	tss_begin(&c, ORD_PhysicalPresence);
	tss_put_u16(&c, TPM_PHYSICAL_PRESENCE_CMD_ENABLE);
	ck_assert_result(machine_run(m, &c), 0);
}

static void build_PhysicalPresence(struct machine *m, struct tss_command *c,
				   struct sample_sessions *s)
{
	tss_put_u16(c, TPM_PHYSICAL_PRESENCE_PRESENT);
}

static void build_GetAuditDigest(struct machine *m, struct tss_command *c,
				 struct sample_sessions *s)
{
	tss_put_u32(c, 0);
}

static void build_GetAuditDigestSigned(struct machine *m,
				       struct tss_command *c,
				       struct sample_sessions *s)
{
	ck_assert_result(tss_oiap(&m->tss, &s->s[0]), 0);
	tss_put_handle(c, setup_key(m, TPM_KEY_IDENTITY, TPM_ES_NONE,
				    TPM_SS_RSASSAPKCS1v15_SHA1, &secret_srk));
	tss_put_u8(c, 0);
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
	tss_use(c, &s->s[0], &secret_srk, true);
}

static void build_SetOrdinalAuditStatus(struct machine *m,
					struct tss_command *c,
					struct sample_sessions *s)
{
	ck_assert_result(tss_oiap(&m->tss, &s->s[0]), 0);
	tss_put_u32(c, ORD_Extend);
	tss_put_u8(c, 1);
	tss_use(c, &s->s[0], &secret_owner, true);
}

static void build_EstablishTransport(struct machine *m, struct tss_command *c,
				     struct sample_sessions *s)
{
	tss_put_handle(c, TPM_KH_TRANSPORT);
	tss_put_u16(c, TPM_TAG_TRANSPORT_PUBLIC);
	tss_put_u32(c, TPM_TRANSPORT_LOG | TPM_TRANSPORT_EXCLUSIVE);
	tss_put_u32(c, 0);
	tss_put_u16(c, 0);
	tss_put_blob(c, secret_wrong.b, sizeof(secret_wrong.b));
}

/* A session with a log and nothing else. */
static void open_transport(struct machine *m, struct tss_session *s)
{
	struct tss_transport t = { .attributes = TPM_TRANSPORT_LOG,
				   .secret = secret_wrong };

	ck_assert_result(
		tss_establish(&m->tss, &t, TPM_KH_TRANSPORT,
			      (struct client_bytes){ t.secret.b, CLIENT_SHA1 },
			      NULL, NULL),
		0);
	*s = t.session;
}

static void build_ExecuteTransport(struct machine *m, struct tss_command *c,
				   struct sample_sessions *s)
{
	struct tss_command inner;
	uint8_t b[TSS_BUFFER];

	open_transport(m, &s->s[0]);
	tss_begin(&inner, ORD_GetTicks);
	tss_put_blob(c, b, tss_marshal(&inner, b));
	c->wraps = true;
	tss_use(c, &s->s[0], &secret_wrong, true);
}

static void build_ReleaseTransportSigned(struct machine *m,
					 struct tss_command *c,
					 struct sample_sessions *s)
{
	ck_assert_result(tss_oiap(&m->tss, &s->s[0]), 0);
	open_transport(m, &s->s[1]);
	tss_put_handle(c, setup_key(m, TPM_KEY_SIGNING, TPM_ES_NONE,
				    TPM_SS_RSASSAPKCS1v15_SHA1, &secret_srk));
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
	tss_use(c, &s->s[0], &secret_srk, true);
	tss_use(c, &s->s[1], &secret_wrong, true);
}

static void build_TickStampBlob(struct machine *m, struct tss_command *c,
				struct sample_sessions *s)
{
	ck_assert_result(tss_oiap(&m->tss, &s->s[0]), 0);
	tss_put_handle(c, setup_key(m, TPM_KEY_SIGNING, TPM_ES_NONE,
				    TPM_SS_RSASSAPKCS1v15_SHA1, &secret_srk));
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
	tss_put_bytes(c, secret_owner.b, sizeof(secret_owner.b));
	tss_use(c, &s->s[0], &secret_srk, true);
}

static void prepare_locality_3(struct machine *m)
{
	m->locality = 3;
}

static void build_nothing(struct machine *m, struct tss_command *c,
			  struct sample_sessions *s)
{
}

#define SIMPLE(name)                               \
	{                                          \
		ORD_##name, NULL, build_nothing, 0 \
	}
#define OWNER(name)                                     \
	{                                               \
		ORD_##name, setup_owner, build_owner, 0 \
	}
#define SAMPLE(name, prepare)                        \
	{                                            \
		ORD_##name, prepare, build_##name, 0 \
	}

static const struct sample samples[] = {
	SIMPLE(OIAP),
	SAMPLE(OSAP, setup_owner),
	SAMPLE(TakeOwnership, NULL),
	SAMPLE(Extend, NULL),
	SAMPLE(PcrRead, NULL),
	SAMPLE(Seal, setup_owner),
	SAMPLE(Unseal, setup_owner),
	SAMPLE(CreateWrapKey, setup_owner),
	SAMPLE(LoadKey, setup_owner),
	SAMPLE(GetPubKey, setup_owner),
	SAMPLE(EvictKey, setup_owner),
	SAMPLE(Sign, setup_owner),
	SAMPLE(Sealx, setup_owner),
	SAMPLE(LoadKey2, setup_owner),
	SAMPLE(UnBind, setup_owner),
	SAMPLE(CertifyKey, setup_owner),
	SAMPLE(CertifyKey2, setup_owner),
	SAMPLE(Quote, setup_owner),
	SAMPLE(Quote2, setup_owner),
	SAMPLE(KeyControlOwner, setup_owner),
	SAMPLE(OwnerReadInternalPub, setup_owner),
	SAMPLE(DirWriteAuth, setup_owner),
	SAMPLE(DirRead, NULL),
	SAMPLE(DAA_Join, setup_owner),
	SAMPLE(DAA_Sign, setup_owner),
	SAMPLE(GetRandom, NULL),
	SAMPLE(StirRandom, NULL),
	SIMPLE(Reset),
	SIMPLE(SelfTestFull),
	SIMPLE(ContinueSelfTest),
	SIMPLE(GetTestResult),
	OWNER(OwnerClear),
	OWNER(DisableOwnerClear),
	{ ORD_ForceClear, setup_presence, build_nothing, 0 },
	SIMPLE(DisableForceClear),
	SAMPLE(GetCapability, NULL),
	OWNER(GetCapabilityOwner),
	SAMPLE(SetCapability, setup_owner),
	OWNER(ResetLockValue),
	SAMPLE(OwnerSetDisable, setup_owner),
	{ ORD_PhysicalEnable, setup_presence, build_nothing, 0 },
	{ ORD_PhysicalDisable, setup_presence, build_nothing, 0 },
	SAMPLE(SetOwnerInstall, setup_presence),
	SAMPLE(PhysicalSetDeactivated, setup_presence),
	SAMPLE(SetTempDeactivated, prepare_SetTempDeactivated),
	SAMPLE(SetOperatorAuth, setup_presence),
	SAMPLE(CreateEndorsementKeyPair, setup_no_ek),
	SAMPLE(MakeIdentity, setup_owner),
	SAMPLE(ActivateIdentity, prepare_identity),
	SAMPLE(ReadPubek, NULL),
	SAMPLE(GetAuditDigest, NULL),
	SAMPLE(GetAuditDigestSigned, setup_owner),
	SAMPLE(SetOrdinalAuditStatus, setup_owner),
	OWNER(OwnerReadPubek),
	OWNER(DisablePubekRead),
	SAMPLE(CreateRevocableEK, setup_no_ek),
	SAMPLE(RevokeTrust, prepare_RevokeTrust),
	SAMPLE(Terminate_Handle, NULL),
	SIMPLE(SaveState),
	SAMPLE(Startup, machine_power_cycle),
	SIMPLE(SHA1Start),
	SAMPLE(SHA1Update, start_sha1),
	SAMPLE(SHA1Complete, start_sha1),
	SAMPLE(SHA1CompleteExtend, start_sha1),
	SAMPLE(FlushSpecific, NULL),
	SAMPLE(PCR_Reset, NULL),
	SAMPLE(EstablishTransport, setup_owner),
	SAMPLE(ExecuteTransport, setup_owner),
	SAMPLE(ReleaseTransportSigned, setup_owner),
	SIMPLE(GetTicks),
	SAMPLE(TickStampBlob, setup_owner),
	SAMPLE(NV_DefineSpace, prepare_NV_DefineSpace),
	SAMPLE(NV_WriteValue, prepare_owners_area),
	SAMPLE(NV_WriteValueAuth, prepare_area),
	SAMPLE(NV_ReadValue, prepare_owners_area),
	SAMPLE(NV_ReadValueAuth, prepare_area),
	SAMPLE(CreateCounter, setup_owner),
	SAMPLE(IncrementCounter, prepare_counter),
	SAMPLE(ReadCounter, prepare_counter),
	SAMPLE(ReleaseCounter, prepare_counter),
	SAMPLE(ReleaseCounterOwner, prepare_counter),
	SAMPLE(PhysicalPresence, prepare_PhysicalPresence),
	{ ORD_ResetEstablishmentBit, prepare_locality_3, build_nothing,
	  1 << 3 | 1 << 4 },
};

static const struct sample *find(const struct sample *all, size_t n,
				 uint32_t ordinal)
{
	for (size_t i = 0; i < n; i++)
		if (all[i].ordinal == ordinal)
			return &all[i];
	return NULL;
}

const struct sample *sample_find(uint32_t ordinal)
{
	const struct sample *found =
		find(samples, sizeof(samples) / sizeof(*samples), ordinal);

	if (!found)
		found = find(samples_sessions, n_samples_sessions, ordinal);
	if (!found)
		found = find(samples_migration, n_samples_migration, ordinal);
	return found;
}
