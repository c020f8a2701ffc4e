/* SPDX-License-Identifier: BSD-2-Clause */
/* See keycalls.h. */
#include "keycalls.h"

#include <check.h>
#include <string.h>

#include "calls.h"
#include "constants.h"
#include "ordinals.h"
#include "rsa.h"
#include "setup.h"

const struct tss_digest secret_key = { "what uses the key, o" };
const struct tss_digest secret_migration = { "what moves it, and n" };

const struct key_kind kind_storage = {
	.usage = TPM_KEY_STORAGE,
	.enc = TPM_ES_RSAESOAEP_SHA1_MGF1,
	.sig = TPM_SS_NONE,
	.bits = 2048,
	.auth = TPM_AUTH_ALWAYS,
};
const struct key_kind kind_signing = {
	.usage = TPM_KEY_SIGNING,
	.enc = TPM_ES_NONE,
	.sig = TPM_SS_RSASSAPKCS1v15_SHA1,
	.bits = 2048,
	.auth = TPM_AUTH_ALWAYS,
};
const struct key_kind kind_bind = {
	.usage = TPM_KEY_BIND,
	.enc = TPM_ES_RSAESOAEP_SHA1_MGF1,
	.sig = TPM_SS_NONE,
	.bits = 2048,
	.auth = TPM_AUTH_ALWAYS,
};
const struct key_kind kind_legacy = {
	.usage = TPM_KEY_LEGACY,
	.enc = TPM_ES_RSAESPKCSv15,
	.sig = TPM_SS_RSASSAPKCS1v15_DER,
	.bits = 2048,
	.auth = TPM_AUTH_ALWAYS,
};

static const struct client_bytes none;

void put_key(struct tss_command *c, const struct key_kind *kind,
	     struct client_bytes pubKey, struct client_bytes encData)
{
	tss_put_u32(c, kind->is12 ? TPM_TAG_KEY12 << 16 : 0x01010000);
	tss_put_u16(c, kind->usage);
	tss_put_u32(c, kind->flags);
	tss_put_u8(c, kind->auth);
	tss_put_u32(c, TPM_ALG_RSA);
	tss_put_u16(c, kind->enc);
	tss_put_u16(c, kind->sig);
	tss_put_u32(c, (uint32_t)(12 + kind->exponent.len));
	tss_put_u32(c, kind->bits);
	tss_put_u32(c, 2);
	tss_put_blob(c, kind->exponent.p, kind->exponent.len);
	tss_put_blob(c, kind->pcr_info.p, kind->pcr_info.len);
	tss_put_blob(c, pubKey.p, pubKey.len);
	tss_put_blob(c, encData.p, encData.len);
}

void use_oiap(struct machine *m, struct tss_command *c, struct tss_session *s,
	      const struct tss_digest *secret)
{
	ck_assert_result(tss_oiap(&m->tss, s), 0);
	tss_use(c, s, secret, false);
}

void use_osap(struct machine *m, struct tss_command *c, struct tss_session *s,
	      uint32_t key, const struct tss_digest *secret)
{
	const enum tss_adip adip = permanent_flag(m, PF_FIPS) ? TSS_ADIP_AES_CTR
							      : TSS_ADIP_XOR;

	ck_assert_result(
		tss_osap(&m->tss, s, adip, TPM_ET_KEYHANDLE, key, secret), 0);
	tss_use(c, s, secret, false);
}

/* All of the answer's parameters are one structure. */
static uint32_t answer_blob(struct machine *m, uint32_t result,
			    struct key_blob *out)
{
	if (result)
		return result;
	out->len = (size_t)(m->answer.end - m->answer.p);
	ck_assert_uint_le(out->len, sizeof(out->b));
	memcpy(out->b, tss_get_bytes(&m->answer, out->len), out->len);
	return 0;
}

uint32_t call_create_wrap_key(struct machine *m, uint32_t parent,
			      const struct tss_digest *parent_secret,
			      const struct key_kind *kind, struct key_blob *out)
{
	struct tss_digest usage = { { 0 } }, migration = { { 0 } };
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_CreateWrapKey);
	tss_put_handle(&c, parent);
	use_osap(m, &c, &s, parent, parent_secret);
	tss_encrypt(&s, &secret_key, false, &usage);
	tss_encrypt(&s, &secret_migration, true, &migration);
	tss_put_bytes(&c, usage.b, sizeof(usage.b));
	tss_put_bytes(&c, migration.b, sizeof(migration.b));
	put_key(&c, kind, none, none);
	return answer_blob(m, machine_run(m, &c), out);
}

uint32_t call_load_key2(struct machine *m, uint32_t parent,
			const struct tss_digest *parent_secret,
			const struct key_blob *key, uint32_t *handle)
{
	struct tss_session s;
	struct tss_command c;
	uint32_t result;

	tss_begin(&c, ORD_LoadKey2);
	tss_put_handle(&c, parent);
	tss_put_bytes(&c, key->b, key->len);
	c.out_handles = 4;
	if (parent_secret)
		use_oiap(m, &c, &s, parent_secret);
	result = machine_run(m, &c);
	*handle = tss_get_u32(&m->answer);
	ck_assert(result || tss_end(&m->answer));
	return result;
}

uint32_t call_get_pub_key(struct machine *m, uint32_t key,
			  const struct tss_digest *secret, struct key_blob *out)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_GetPubKey);
	tss_put_handle(&c, key);
	if (secret)
		use_oiap(m, &c, &s, secret);
	return answer_blob(m, machine_run(m, &c), out);
}

uint32_t call_evict_key(struct machine *m, uint32_t handle)
{
	struct tss_command c;

	tss_begin(&c, ORD_EvictKey);
	tss_put_handle(&c, handle);
	return machine_run(m, &c);
}

uint32_t make_key(struct machine *m, const struct key_kind *kind)
{
	struct key_blob blob;
	uint32_t handle;

	ck_assert_result(
		call_create_wrap_key(m, TPM_KH_SRK, &secret_srk, kind, &blob),
		0);
	ck_assert_result(
		call_load_key2(m, TPM_KH_SRK, &secret_srk, &blob, &handle), 0);
	return handle;
}

uint32_t setup_owner_and_key(struct machine *m, const struct key_kind *kind)
{
	setup_owner(m);
	return make_key(m, kind);
}

uint32_t call_seal(struct machine *m, uint32_t key,
		   const struct tss_digest *key_secret,
		   struct client_bytes pcr_info, struct client_bytes data,
		   const struct tss_digest *secret, struct key_blob *out)
{
	struct tss_digest auth = { { 0 } };
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_Seal);
	tss_put_handle(&c, key);
	use_osap(m, &c, &s, key, key_secret);
	tss_encrypt(&s, secret, false, &auth);
	tss_put_bytes(&c, auth.b, sizeof(auth.b));
	tss_put_blob(&c, pcr_info.p, pcr_info.len);
	tss_put_blob(&c, data.p, data.len);
	return answer_blob(m, machine_run(m, &c), out);
}

uint32_t call_unseal(struct machine *m, uint32_t key,
		     const struct tss_digest *key_secret,
		     const struct key_blob *sealed,
		     const struct tss_digest *secret)
{
	struct tss_session s[2];
	struct tss_command c;

	tss_begin(&c, ORD_Unseal);
	tss_put_handle(&c, key);
	tss_put_bytes(&c, sealed->b, sealed->len);
	use_oiap(m, &c, &s[0], key_secret);
	use_oiap(m, &c, &s[1], secret);
	return machine_run(m, &c);
}

/* ---- Forgeries ---- */

/* primes.h's that setup_owner() makes the SRK of. */
#define SRK_NTH 1u

struct forgery forgery_good(struct machine *m, const struct key_kind *kind)
{
	return (struct forgery){
		.kind = kind,
		.payload = TPM_PT_ASYM,
		.usage = secret_key,
		.migration = setup_tpm_proof(m),
		.nth = 3,
		.nth_priv = 3,
		.prime_len = kind->bits / 16u,
	};
}

/* A command is the nearest thing to a buffer that fields are put into. */
static void put_store_asymkey(struct tss_command *c, const struct forgery *f,
			      const uint8_t digest[CLIENT_SHA1])
{
	struct client_rsa *key = client_rsa_new(f->kind->bits, f->nth_priv);
	uint8_t prime[RSA_MAX] = { 0 };

	client_rsa_prime(key, prime);
	client_rsa_free(key);
	tss_put_u8(c, f->payload);
	tss_put_bytes(c, f->usage.b, sizeof(f->usage.b));
	tss_put_bytes(c, f->migration.b, sizeof(f->migration.b));
	tss_put_bytes(c, digest, CLIENT_SHA1);
	tss_put_blob(c, prime, f->prime_len);
	tss_put_bytes(c, "more than that", f->n_more);
	c->len -= f->n_less;
}

void forge_key(const struct forgery *f, struct key_blob *out)
{
	struct client_rsa *key = client_rsa_new(f->kind->bits, f->nth);
	struct client_rsa *srk = client_rsa_new(2048, SRK_NTH);
	uint8_t n[RSA_MAX], enc[RSA_MAX], digest[CLIENT_SHA1];
	const struct client_bytes pubKey = { n, client_rsa_size(key) };
	struct client_bytes public_half;
	struct tss_command c;

	client_rsa_modulus(key, n);
	tss_begin(&c, 0);
	put_key(&c, f->kind, pubKey, none);
	public_half = (struct client_bytes){ c.params, c.len - 4 };
	client_sha1(&public_half, 1, digest);
	digest[0] ^= f->wrong_digest;
	tss_begin(&c, 0);
	put_store_asymkey(&c, f, digest);
	client_oaep(srk, (struct client_bytes){ c.params, c.len }, enc);
	tss_begin(&c, 0);
	put_key(&c, f->kind, pubKey, (struct client_bytes){ enc, sizeof(enc) });
	out->len = c.len;
	memcpy(out->b, c.params, c.len);
	client_rsa_free(srk);
	client_rsa_free(key);
}

/* ---- Registers ---- */

static void put_selection(struct tss_command *c, uint32_t mask)
{
	tss_put_u16(c, 3);
	for (unsigned int i = 0; i < 3; i++)
		tss_put_u8(c, mask >> 8 * i & 0xff);
}

static void take(struct pcr_blob *info, const struct tss_command *c)
{
	ck_assert_uint_le(c->len, sizeof(info->b));
	info->len = c->len;
	memcpy(info->b, c->params, c->len);
}

static const struct tss_digest unset = { "the TPM sets this, o" };

void pcr_info(struct pcr_blob *info, uint32_t mask,
	      const struct tss_digest *release)
{
	struct tss_command c;

	tss_begin(&c, 0);
	put_selection(&c, mask);
	tss_put_bytes(&c, release->b, sizeof(release->b));
	tss_put_bytes(&c, unset.b, sizeof(unset.b));
	take(info, &c);
}

void pcr_info_long(struct pcr_blob *info, unsigned int locality_at_release,
		   uint32_t creation_mask, uint32_t release_mask,
		   const struct tss_digest *release)
{
	struct tss_command c;

	tss_begin(&c, 0);
	tss_put_u16(&c, TPM_TAG_PCR_INFO_LONG);
	tss_put_u8(&c, 0x1f);
	tss_put_u8(&c, locality_at_release);
	put_selection(&c, creation_mask);
	put_selection(&c, release_mask);
	tss_put_bytes(&c, unset.b, sizeof(unset.b));
	tss_put_bytes(&c, release->b, sizeof(release->b));
	take(info, &c);
}

struct tss_digest composite(struct machine *m, uint32_t mask)
{
	struct tss_command c;
	struct tss_digest d = { { 0 } };
	uint32_t n = 0;

	tss_begin(&c, 0);
	put_selection(&c, mask);
	for (unsigned int i = 0; i < 24; i++)
		n += mask >> i & 1;
	tss_put_u32(&c, n * CLIENT_SHA1);
	for (unsigned int i = 0; i < 24; i++) {
		if (!(mask >> i & 1))
			continue;
		d = pcr_value(m, i);
		tss_put_bytes(&c, d.b, sizeof(d.b));
	}
	if (n)
		client_sha1(&(struct client_bytes){ c.params, c.len }, 1, d.b);
	return d;
}
