/* SPDX-License-Identifier: BSD-2-Clause */
/* Of delegation, authorisation, and sessions. */
#include "samples.h"

#include <check.h>

#include "constants.h"
#include "delegations.h"
#include "ordinals.h"
#include "sessioncalls.h"
#include "setup.h"

/* ---- Delegation ---- */

/* An owner with a family, number 1, and a delegation in row 2. */
static void prepare_family(struct machine *m)
{
	setup_owner(m);
	ck_assert_uint_eq(new_family(m), 1);
}

static void prepare_row(struct machine *m)
{
	const struct delegate_public pub = delegate_owner(1, 0xffffffff);
	struct delegate_blob blob;

	prepare_family(m);
	ck_assert_result(call_create_owner(m, false, &pub, &blob), 0);
	ck_assert_result(call_load_row(m, 2, &blob), 0);
}

static void put_row(struct tss_command *c)
{
	tss_put_u32(c, 4);
	tss_put_u32(c, 2);
}

static void build_DSAP(struct machine *m, struct tss_command *c,
		       struct sample_sessions *s)
{
	tss_put_u16(c, TPM_ET_DEL_ROW);
	tss_put_u32(c, 0);
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
	put_row(c);
}

static void build_SetOwnerPointer(struct machine *m, struct tss_command *c,
				  struct sample_sessions *s)
{
	tss_put_u16(c, TPM_ET_DEL_ROW);
	tss_put_u32(c, 2);
}

static void use_owner(struct machine *m, struct tss_command *c,
		      struct tss_session *s)
{
	ck_assert_result(tss_oiap(&m->tss, s), 0);
	tss_use(c, s, &secret_owner, true);
}

static void build_Delegate_Manage(struct machine *m, struct tss_command *c,
				  struct sample_sessions *s)
{
	tss_put_u32(c, 0);
	tss_put_u32(c, TPM_FAMILY_CREATE);
	tss_put_blob(c, "n", 1);
	use_owner(m, c, &s->s[0]);
}

static void put_delegation(struct machine *m, struct tss_command *c,
			   struct tss_session *s,
			   const struct delegate_public *pub)
{
	struct tss_digest enc;

	put_delegate_public(c, pub);
	tss_encrypt(s, &secret_delegated, false, &enc);
	tss_put_bytes(c, enc.b, sizeof(enc.b));
	tss_use(c, s, &secret_owner, true);
}

static void build_Delegate_CreateKeyDelegation(struct machine *m,
					       struct tss_command *c,
					       struct sample_sessions *s)
{
	const struct delegate_public pub = delegate_key(1, 3);

	ck_assert_result(tss_osap(&m->tss, &s->s[0], TSS_ADIP_AES_CTR,
				  TPM_ET_SRK, TPM_KH_SRK, &secret_srk),
			 0);
	tss_put_handle(c, TPM_KH_SRK);
	put_delegation(m, c, &s->s[0], &pub);
}

static void build_Delegate_CreateOwnerDelegation(struct machine *m,
						 struct tss_command *c,
						 struct sample_sessions *s)
{
	const struct delegate_public pub = delegate_owner(1, 3);

	ck_assert_result(tss_osap(&m->tss, &s->s[0], TSS_ADIP_XOR, TPM_ET_OWNER,
				  TPM_KH_OWNER, &secret_owner),
			 0);
	tss_put_u8(c, true);
	put_delegation(m, c, &s->s[0], &pub);
}

static void put_new_blob(struct machine *m, struct tss_command *c)
{
	const struct delegate_public pub = delegate_owner(1, 3);
	struct delegate_blob blob;

	ck_assert_result(call_create_owner(m, false, &pub, &blob), 0);
	tss_put_blob(c, blob.b, blob.len);
}

static void build_Delegate_LoadOwnerDelegation(struct machine *m,
					       struct tss_command *c,
					       struct sample_sessions *s)
{
	tss_put_u32(c, 3);
	put_new_blob(m, c);
	use_owner(m, c, &s->s[0]);
}

static void build_Delegate_ReadTable(struct machine *m, struct tss_command *c,
				     struct sample_sessions *s)
{
}

static void build_Delegate_UpdateVerification(struct machine *m,
					      struct tss_command *c,
					      struct sample_sessions *s)
{
	put_row(c);
	use_owner(m, c, &s->s[0]);
}

static void build_Delegate_VerifyDelegation(struct machine *m,
					    struct tss_command *c,
					    struct sample_sessions *s)
{
	put_new_blob(m, c);
}

/* ---- Secrets that change ---- */

static void build_ChangeAuth(struct machine *m, struct tss_command *c,
			     struct sample_sessions *s)
{
	struct key_blob key;

	ck_assert_result(call_create_wrap_key(m, TPM_KH_SRK, &secret_srk,
					      &kind_signing, &key),
			 0);
	ck_assert_result(tss_osap(&m->tss, &s->s[0], TSS_ADIP_XOR, TPM_ET_SRK,
				  TPM_KH_SRK, &secret_srk),
			 0);
	put_change_auth(c, &s->s[0], TPM_ET_KEY, enc_data(&key), &secret_wrong);
	tss_use(c, &s->s[0], &secret_srk, true);
	use_oiap(m, c, &s->s[1], &secret_key);
}

static void build_ChangeAuthOwner(struct machine *m, struct tss_command *c,
				  struct sample_sessions *s)
{
	struct tss_digest enc;

	ck_assert_result(tss_osap(&m->tss, &s->s[0], TSS_ADIP_AES_CTR,
				  TPM_ET_OWNER, TPM_KH_OWNER, &secret_owner),
			 0);
	tss_put_u16(c, TPM_PID_ADCP);
	tss_encrypt(&s->s[0], &secret_wrong, false, &enc);
	tss_put_bytes(c, enc.b, sizeof(enc.b));
	tss_put_u16(c, TPM_ET_OWNER);
	tss_use(c, &s->s[0], &secret_owner, true);
}

static void build_ChangeAuthAsymStart(struct machine *m, struct tss_command *c,
				      struct sample_sessions *s)
{
	put_asym_start(c, setup_identity_key(m, &secret_key), 1024);
	use_oiap(m, c, &s->s[0], &secret_key);
}

static void build_ChangeAuthAsymFinish(struct machine *m, struct tss_command *c,
				       struct sample_sessions *s)
{
	const uint32_t id = setup_identity_key(m, &secret_key);
	const struct change_validate v = change_validate(&secret_wrong);
	struct client_bytes enc;
	uint8_t sent[RSA_MAX];
	struct key_blob key;
	struct ephemeral e;

	ck_assert_result(call_create_wrap_key(m, TPM_KH_SRK, &secret_srk,
					      &kind_signing, &key),
			 0);
	enc = enc_data(&key);
	ck_assert_result(call_asym_start(m, id, 1024, &e), 0);
	tss_put_handle(c, TPM_KH_SRK);
	tss_put_handle(c, e.handle);
	put_asym_link(c, TPM_ET_KEY, &secret_key, &secret_wrong,
		      (struct client_bytes){
			      sent, setup_encrypt(m, e.handle, v.b, sizeof(v.b),
						  sent) });
	tss_put_blob(c, enc.p, enc.len);
	client_rsa_free(e.rsa);
	use_owner(m, c, &s->s[0]);
}

/* ---- Contexts ---- */

static uint32_t new_session(struct machine *m, struct sample_sessions *s)
{
	ck_assert_result(tss_oiap(&m->tss, &s->s[0]), 0);
	return s->s[0].handle;
}

static void build_SaveContext(struct machine *m, struct tss_command *c,
			      struct sample_sessions *s)
{
	tss_put_handle(c, new_session(m, s));
	tss_put_u32(c, TPM_RT_AUTH);
	tss_put_bytes(c, "sixteen of label", 16);
}

static void build_LoadContext(struct machine *m, struct tss_command *c,
			      struct sample_sessions *s)
{
	struct context_blob blob;

	ck_assert_result(
		call_save_context(m, new_session(m, s), TPM_RT_AUTH, &blob), 0);
	tss_put_handle(c, 0);
	tss_put_u8(c, true);
	tss_put_blob(c, blob.b, blob.len);
}

static void build_SaveKeyContext(struct machine *m, struct tss_command *c,
				 struct sample_sessions *s)
{
	tss_put_handle(c, make_key(m, &kind_signing));
}

static void build_LoadKeyContext(struct machine *m, struct tss_command *c,
				 struct sample_sessions *s)
{
	struct context_blob blob;

	ck_assert_result(call_save_old(m, ORD_SaveKeyContext,
				       make_key(m, &kind_signing), &blob),
			 0);
	tss_put_blob(c, blob.b, blob.len);
}

static void build_SaveAuthContext(struct machine *m, struct tss_command *c,
				  struct sample_sessions *s)
{
	tss_put_handle(c, new_session(m, s));
}

static void build_LoadAuthContext(struct machine *m, struct tss_command *c,
				  struct sample_sessions *s)
{
	struct context_blob blob;

	ck_assert_result(
		call_save_old(m, ORD_SaveAuthContext, new_session(m, s), &blob),
		0);
	tss_put_blob(c, blob.b, blob.len);
}

/* ---- */

#define SAMPLE(name, prepare)                        \
	{                                            \
		ORD_##name, prepare, build_##name, 0 \
	}

const struct sample samples_sessions[] = {
	SAMPLE(ChangeAuth, setup_owner),
	SAMPLE(ChangeAuthOwner, setup_owner),
	SAMPLE(ChangeAuthAsymStart, setup_owner),
	SAMPLE(ChangeAuthAsymFinish, setup_owner),
	SAMPLE(SaveContext, setup_owner),
	SAMPLE(LoadContext, setup_owner),
	SAMPLE(SaveKeyContext, setup_owner),
	SAMPLE(LoadKeyContext, setup_owner),
	SAMPLE(SaveAuthContext, NULL),
	SAMPLE(LoadAuthContext, NULL),
	SAMPLE(DSAP, prepare_row),
	SAMPLE(SetOwnerPointer, prepare_row),
	SAMPLE(Delegate_Manage, setup_owner),
	SAMPLE(Delegate_CreateKeyDelegation, prepare_family),
	SAMPLE(Delegate_CreateOwnerDelegation, prepare_family),
	SAMPLE(Delegate_LoadOwnerDelegation, prepare_family),
	SAMPLE(Delegate_ReadTable, prepare_row),
	SAMPLE(Delegate_UpdateVerification, prepare_row),
	SAMPLE(Delegate_VerifyDelegation, prepare_family),
};
const size_t n_samples_sessions =
	sizeof(samples_sessions) / sizeof(*samples_sessions);
