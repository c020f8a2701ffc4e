/* SPDX-License-Identifier: BSD-2-Clause */
/* See sessioncalls.h. */
#include "sessioncalls.h"

#include <check.h>
#include <string.h>

#include "constants.h"
#include "ordinals.h"
#include "setup.h"

struct client_bytes answer_is_blob(struct machine *m)
{
	struct client_bytes b;

	b.p = tss_get_blob(&m->answer, &b.len);
	ck_assert(tss_end(&m->answer));
	return b;
}

/* ---- Contexts ---- */

static uint32_t run_save(struct machine *m, const struct tss_command *c,
			 struct context_blob *out)
{
	const uint32_t result = machine_run(m, c);
	struct client_bytes b;

	if (result)
		return result;
	b = answer_is_blob(m);
	ck_assert_uint_le(b.len, sizeof(out->b));
	memcpy(out->b, b.p, b.len);
	out->len = b.len;
	return 0;
}

static uint32_t run_load(struct machine *m, struct tss_command *c,
			 uint32_t *handle)
{
	uint32_t result;

	c->out_handles = 4;
	result = machine_run(m, c);
	*handle = tss_get_u32(&m->answer);
	ck_assert(result || tss_end(&m->answer));
	return result;
}

uint32_t call_save_context(struct machine *m, uint32_t handle, uint32_t type,
			   struct context_blob *out)
{
	struct tss_command c;

	tss_begin(&c, ORD_SaveContext);
	tss_put_handle(&c, handle);
	tss_put_u32(&c, type);
	tss_put_bytes(&c, "sixteen of label", 16);
	return run_save(m, &c, out);
}

uint32_t call_load_context(struct machine *m, uint32_t entity, bool keep,
			   const struct context_blob *blob, uint32_t *handle)
{
	struct tss_command c;

	tss_begin(&c, ORD_LoadContext);
	tss_put_handle(&c, entity);
	tss_put_u8(&c, keep);
	tss_put_blob(&c, blob->b, blob->len);
	return run_load(m, &c, handle);
}

uint32_t call_save_old(struct machine *m, uint32_t ordinal, uint32_t handle,
		       struct context_blob *out)
{
	struct tss_command c;

	tss_begin(&c, ordinal);
	tss_put_handle(&c, handle);
	return run_save(m, &c, out);
}

uint32_t call_load_old(struct machine *m, uint32_t ordinal,
		       const struct context_blob *blob, uint32_t *handle)
{
	struct tss_command c;

	tss_begin(&c, ordinal);
	tss_put_blob(&c, blob->b, blob->len);
	return run_load(m, &c, handle);
}

/* ---- Secrets that change ---- */

/* Every parent here has 2048 bits. */
struct client_bytes enc_data(const struct key_blob *blob)
{
	ck_assert_uint_gt(blob->len, RSA_MAX);
	return (struct client_bytes){ blob->b + blob->len - RSA_MAX, RSA_MAX };
}

void set_enc_data(struct key_blob *blob, struct client_bytes encData)
{
	ck_assert_uint_eq(encData.len, RSA_MAX);
	memcpy(blob->b + blob->len - RSA_MAX, encData.p, RSA_MAX);
}

void put_change_auth(struct tss_command *c, const struct tss_session *parent,
		     unsigned int type, struct client_bytes encData,
		     const struct tss_digest *new_secret)
{
	struct tss_digest enc;

	tss_begin(c, ORD_ChangeAuth);
	tss_put_handle(c, TPM_KH_SRK);
	tss_put_u16(c, TPM_PID_ADCP);
	tss_encrypt(parent, new_secret, false, &enc);
	tss_put_bytes(c, enc.b, sizeof(enc.b));
	tss_put_u16(c, type);
	tss_put_blob(c, encData.p, encData.len);
}

void put_asym_start(struct tss_command *c, uint32_t id, unsigned int bits)
{
	tss_begin(c, ORD_ChangeAuthAsymStart);
	tss_put_handle(c, id);
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
	tss_put_u32(c, TPM_ALG_RSA);
	tss_put_u16(c, TPM_ES_RSAESOAEP_SHA1_MGF1);
	tss_put_u16(c, TPM_SS_NONE);
	tss_put_u32(c, 12);
	tss_put_u32(c, bits);
	tss_put_u32(c, 2);
	tss_put_u32(c, 0);
}

/* TPM_CERTIFY_INFO (Part 2, 11.1) of an RSA key without registers. */
#define CERTIFY_INFO (4u + 2 + 4 + 1 + 12 + 12 + 20 + 20 + 1 + 4)

uint32_t call_asym_start(struct machine *m, uint32_t id, unsigned int bits,
			 struct ephemeral *e)
{
	const unsigned int nth = m->primes_taken;
	struct tss_command c;
	struct tss_session s;
	uint32_t result;
	size_t len;

	put_asym_start(&c, id, bits);
	use_oiap(m, &c, &s, &secret_key);
	result = machine_run(m, &c);
	if (result)
		return result;
	tss_get_bytes(&m->answer, CERTIFY_INFO);
	tss_get_blob(&m->answer, &len);
	e->handle = tss_get_u32(&m->answer);
	ck_assert(!m->answer.bad);
	e->rsa = client_rsa_new(bits, nth);
	return 0;
}

struct change_validate change_validate(const struct tss_digest *new_secret)
{
	struct change_validate v;

	memcpy(v.b, new_secret->b, CLIENT_SHA1);
	memcpy(v.b + CLIENT_SHA1, secret_wrong.b, CLIENT_SHA1);
	return v;
}

void put_asym_link(struct tss_command *c, unsigned int type,
		   const struct tss_digest *old_secret,
		   const struct tss_digest *new_secret,
		   struct client_bytes encNewAuth)
{
	const struct client_bytes proof = { new_secret->b, CLIENT_SHA1 };
	uint8_t link[CLIENT_SHA1];

	client_hmac(old_secret->b, &proof, 1, link);
	tss_put_u16(c, type);
	tss_put_bytes(c, link, sizeof(link));
	tss_put_blob(c, encNewAuth.p, encNewAuth.len);
}

void put_asym_secret(struct tss_command *c, const struct ephemeral *e,
		     unsigned int type, const struct tss_digest *old_secret,
		     const struct tss_digest *new_secret)
{
	const struct change_validate v = change_validate(new_secret);
	uint8_t enc[RSA_MAX];

	client_oaep(e->rsa, (struct client_bytes){ v.b, sizeof(v.b) }, enc);
	put_asym_link(c, type, old_secret, new_secret,
		      (struct client_bytes){ enc, client_rsa_size(e->rsa) });
}
