/* SPDX-License-Identifier: BSD-2-Clause */
/* See ownercalls.h. */
#include "ownercalls.h"

#include <check.h>
#include <string.h>

#include "calls.h"
#include "constants.h"
#include "ordinals.h"
#include "rsa.h"
#include "setup.h"

const struct key_kind kind_srk = {
	.usage = TPM_KEY_STORAGE,
	.enc = TPM_ES_RSAESOAEP_SHA1_MGF1,
	.sig = TPM_SS_NONE,
	.bits = 2048,
	.auth = TPM_AUTH_ALWAYS,
};

const struct key_kind kind_identity = {
	.usage = TPM_KEY_IDENTITY,
	.enc = TPM_ES_NONE,
	.sig = TPM_SS_RSASSAPKCS1v15_SHA1,
	.bits = 2048,
	.auth = TPM_AUTH_ALWAYS,
};

static const struct client_bytes none;

/* The machine's first key, which is made if need be. */
void put_for_ek(struct machine *m, struct tss_command *c,
		struct client_bytes what)
{
	struct client_rsa *ek = client_rsa_new(2048, 0);
	uint8_t b[RSA_MAX];

	ck_assert_int_eq(tpm12_make_ek(m->tpm), 0);
	client_oaep(ek, what, b);
	client_rsa_free(ek);
	tss_put_blob(c, b, sizeof(b));
}

void build_take_ownership(struct machine *m, struct tss_command *c,
			  struct tss_session *s, const struct key_kind *srk)
{
	tss_begin(c, ORD_TakeOwnership);
	tss_put_u16(c, TPM_PID_OWNER);
	put_for_ek(m, c, (struct client_bytes){ secret_owner.b, 20 });
	put_for_ek(m, c, (struct client_bytes){ secret_srk.b, 20 });
	put_key(c, srk, none, none);
	use_oiap(m, c, s, &secret_owner);
}

uint32_t call_take_ownership(struct machine *m, const struct key_kind *srk)
{
	struct tss_command c;
	struct tss_session s;

	build_take_ownership(m, &c, &s, srk);
	return machine_run(m, &c);
}

bool is_owned(struct machine *m)
{
	static const uint8_t owner[] = { 0, 0, 1, 0x11 };
	size_t len;

	ck_assert_result(call_get_capability(m, TPM_CAP_PROPERTY, owner, 4), 0);
	return *tss_get_blob(&m->answer, &len);
}

void put_ek_parms(struct tss_command *c)
{
	tss_put_u32(c, TPM_ALG_RSA);
	tss_put_u16(c, TPM_ES_RSAESOAEP_SHA1_MGF1);
	tss_put_u16(c, TPM_SS_NONE);
	tss_put_u32(c, 12);
	tss_put_u32(c, 2048);
	tss_put_u32(c, 2);
	tss_put_u32(c, 0);
}

uint32_t call_create_revocable_ek(struct machine *m, bool generate,
				  const struct tss_digest *reset)
{
	struct tss_command c;

	tss_begin(&c, ORD_CreateRevocableEK);
	tss_put_bytes(&c, secret_wrong.b, sizeof(secret_wrong.b));
	put_ek_parms(&c);
	tss_put_u8(&c, generate);
	tss_put_bytes(&c, reset->b, sizeof(reset->b));
	return machine_run(m, &c);
}

uint32_t run_owner(struct machine *m, struct tss_command *c)
{
	struct tss_session s;

	use_oiap(m, c, &s, &secret_owner);
	return machine_run(m, c);
}

uint32_t call_owner(struct machine *m, uint32_t ordinal)
{
	struct tss_command c;

	tss_begin(&c, ordinal);
	return run_owner(m, &c);
}

uint32_t call_owner_u8(struct machine *m, uint32_t ordinal, unsigned int v)
{
	struct tss_command c;

	tss_begin(&c, ordinal);
	tss_put_u8(&c, v);
	return run_owner(m, &c);
}

void build_make_identity(struct machine *m, struct tss_command *c,
			 struct tss_session *s, const struct key_kind *kind,
			 const struct tss_digest *srk_secret)
{
	static const uint8_t label[20];
	struct tss_digest auth;

	tss_begin(c, ORD_MakeIdentity);
	ck_assert_result(tss_osap(&m->tss, &s[1], TSS_ADIP_XOR, TPM_ET_OWNER,
				  TPM_KH_OWNER, &secret_owner),
			 0);
	tss_encrypt(&s[1], &secret_key, false, &auth);
	tss_put_bytes(c, auth.b, sizeof(auth.b));
	tss_put_bytes(c, label, sizeof(label));
	put_key(c, kind, none, none);
	if (srk_secret)
		use_oiap(m, c, &s[0], srk_secret);
	tss_use(c, &s[1], &secret_owner, false);
}

static void take(struct machine *m, size_t len, struct key_blob *out)
{
	const uint8_t *b = tss_get_bytes(&m->answer, len);

	ck_assert_ptr_nonnull(b);
	ck_assert_uint_le(len, sizeof(out->b));
	memcpy(out->b, b, len);
	out->len = len;
}

uint32_t call_make_identity(struct machine *m, const struct key_kind *kind,
			    struct identity *out)
{
	struct tss_command c;
	struct tss_session s[2];
	uint32_t result;

	build_make_identity(m, &c, s, kind, &secret_srk);
	result = machine_run(m, &c);
	if (result)
		return result;
	/* The signature is a blob of the key's size. */
	take(m, (size_t)(m->answer.end - m->answer.p) - 4 - kind->bits / 8,
	     &out->key);
	ck_assert_uint_eq(tss_get_u32(&m->answer), kind->bits / 8);
	take(m, kind->bits / 8, &out->binding);
	ck_assert(tss_end(&m->answer));
	return 0;
}

uint32_t make_identity(struct machine *m, struct identity *out)
{
	uint32_t key;

	ck_assert_result(call_make_identity(m, &kind_identity, out), 0);
	ck_assert_result(
		call_load_key2(m, TPM_KH_SRK, &secret_srk, &out->key, &key), 0);
	return key;
}

struct tss_digest identity_digest(struct machine *m, uint32_t key)
{
	struct key_blob pub;
	struct tss_digest d = { { 0 } };

	ck_assert_result(call_get_pub_key(m, key, &secret_key, &pub), 0);
	client_sha1((const struct client_bytes[]){ { pub.b, pub.len } }, 1,
		    d.b);
	return d;
}

void build_activate_identity(struct machine *m, struct tss_command *c,
			     struct tss_session *s, uint32_t key,
			     struct client_bytes what)
{
	tss_begin(c, ORD_ActivateIdentity);
	tss_put_handle(c, key);
	put_for_ek(m, c, what);
	use_oiap(m, c, &s[0], &secret_key);
	use_oiap(m, c, &s[1], &secret_owner);
}

uint32_t call_set_capability(struct machine *m, bool owner, uint32_t area,
			     uint32_t sub, const void *value, size_t len)
{
	struct tss_command c;

	tss_begin(&c, ORD_SetCapability);
	tss_put_u32(&c, area);
	tss_put_u32(&c, 4);
	tss_put_u32(&c, sub);
	tss_put_blob(&c, value, len);
	return owner ? run_owner(m, &c) : machine_run(m, &c);
}
