/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands that are measured. */
#include "operations.h"

#include <string.h>

#include "constants.h"
#include "ordinals.h"

#define NV_INDEX 0x00011200u
#define NV_SIZE	 64u
/* As much as libtpms takes as well. */
#define NV_LARGEST 1024u
/* More than either TPM has of anything. */
#define SLOTS_MAX 64u
#define SECRETS	  20u

/* Behind nonceEven in an answer's authorisation. */
#define CONTINUE_AT 20u

/* ---- Sessions ---- */

/* One that goes on and on; opened when there is none. */
static struct tss_session *oiap(struct engine *e, unsigned int i)
{
	if (!e->oiap[i].handle)
		tss_oiap(&e->tss, &e->oiap[i]);
	return &e->oiap[i];
}

static uint32_t run(struct engine *e, struct tss_command *c)
{
	const uint32_t result = tss_run(&e->tss, c, &e->answer);

	/* Which of its sessions go on, the answer says. */
	for (unsigned int i = 0; i < c->n_auth; i++)
		if (result || !e->answer.end[i * TSS_AUTH_RSP + CONTINUE_AT])
			c->auth[i].session->handle = 0;
	return result;
}

static uint32_t flush(struct engine *e, uint32_t handle, uint32_t type)
{
	const double us = e->us;
	struct tss_command c;
	struct tss_answer a;
	uint32_t result;

	tss_begin(&c, ORD_FlushSpecific);
	tss_put_handle(&c, handle);
	tss_put_u32(&c, type);
	result = tss_run(&e->tss, &c, &a);
	e->us = us;
	return result;
}

/* ---- Structures ---- */

static void put_template(struct tss_command *c, unsigned int usage,
			 unsigned int enc, unsigned int sig)
{
	tss_put_u32(c, 0x01010000);
	tss_put_u16(c, usage);
	tss_put_u32(c, 0);
	tss_put_u8(c, TPM_AUTH_ALWAYS);
	tss_put_u32(c, TPM_ALG_RSA);
	tss_put_u16(c, enc);
	tss_put_u16(c, sig);
	tss_put_u32(c, 12);
	tss_put_u32(c, 2048);
	tss_put_u32(c, 2);
	tss_put_u32(c, 0);
	tss_put_u32(c, 0);
	tss_put_u32(c, 0);
	tss_put_u32(c, 0);
}

/* Where the modulus is in a TPM_KEY of such a template. */
#define KEY_MODULUS 39u

static void put_secret_for(struct tss_command *c, const uint8_t *n,
			   const struct tss_digest *secret)
{
	uint8_t sealed[256];

	client_rsa_encrypt(n, 256, true, secret->b, sizeof(secret->b), sealed);
	tss_put_blob(c, sealed, sizeof(sealed));
}

/* ---- Without an owner ---- */

uint32_t startup(struct engine *e)
{
	struct tss_command c;

	memset(e->oiap, 0, sizeof(e->oiap));
	tss_begin(&c, ORD_Startup);
	tss_put_u16(&c, TPM_ST_CLEAR);
	return run(e, &c);
}

static uint32_t get_random(struct engine *e)
{
	struct tss_command c;

	tss_begin(&c, ORD_GetRandom);
	tss_put_u32(&c, 20);
	return run(e, &c);
}

static uint32_t pcr_read(struct engine *e)
{
	struct tss_command c;

	tss_begin(&c, ORD_PcrRead);
	tss_put_u32(&c, 10);
	return run(e, &c);
}

static uint32_t extend(struct engine *e)
{
	struct tss_command c;

	tss_begin(&c, ORD_Extend);
	tss_put_u32(&c, 10);
	tss_put_bytes(&c, e->secret.b, sizeof(e->secret.b));
	return run(e, &c);
}

static uint32_t get_capability(struct engine *e)
{
	struct tss_command c;

	tss_begin(&c, ORD_GetCapability);
	tss_put_u32(&c, TPM_CAP_PROPERTY);
	tss_put_u32(&c, 4);
	tss_put_u32(&c, TPM_CAP_PROP_PCR);
	return run(e, &c);
}

static uint32_t open_oiap(struct engine *e)
{
	struct tss_session s;
	const uint32_t result = tss_oiap(&e->tss, &s);

	return result ? result : flush(e, s.handle, TPM_RT_AUTH);
}

static uint32_t open_osap(struct engine *e)
{
	struct tss_session s;
	const uint32_t result = tss_osap(&e->tss, &s, TSS_ADIP_XOR, TPM_ET_SRK,
					 TPM_KH_SRK, &e->secret);

	return result ? result : flush(e, s.handle, TPM_RT_AUTH);
}

/* ---- NV and counters ---- */

static uint32_t nv_define_area(struct engine *e, uint32_t index, uint32_t size)
{
	struct tss_command c;

	tss_begin(&c, ORD_NV_DefineSpace);
	tss_put_u16(&c, TPM_TAG_NV_DATA_PUBLIC);
	tss_put_u32(&c, index);
	for (int i = 0; i < 2; i++) {
		static const uint8_t nothing[SECRETS];

		tss_put_u16(&c, 3);
		tss_put_bytes(&c, nothing, 3);
		tss_put_u8(&c, 0x1f);
		tss_put_bytes(&c, nothing, SECRETS);
	}
	tss_put_u16(&c, TPM_TAG_NV_ATTRIBUTES);
	tss_put_u32(&c, TPM_NV_PER_AUTHREAD | TPM_NV_PER_AUTHWRITE);
	tss_put_u8(&c, 0);
	tss_put_u16(&c, 0);
	tss_put_u32(&c, size);
	tss_put_bytes(&c, e->secret.b, SECRETS);
	return run(e, &c);
}

static uint32_t nv_define(struct engine *e)
{
	return nv_define_area(e, NV_INDEX, NV_SIZE);
}

/* Other bytes each time: equal ones are not stored. */
static uint32_t nv_write(struct engine *e)
{
	uint8_t data[NV_SIZE];
	struct tss_command c;

	memset(data, (int)++e->round, sizeof(data));
	tss_begin(&c, ORD_NV_WriteValueAuth);
	tss_put_u32(&c, NV_INDEX);
	tss_put_u32(&c, 0);
	tss_put_blob(&c, data, sizeof(data));
	tss_use(&c, oiap(e, 0), &e->secret, true);
	return run(e, &c);
}

static uint32_t nv_read(struct engine *e)
{
	struct tss_command c;

	tss_begin(&c, ORD_NV_ReadValueAuth);
	tss_put_u32(&c, NV_INDEX);
	tss_put_u32(&c, 0);
	tss_put_u32(&c, NV_SIZE);
	tss_use(&c, oiap(e, 0), &e->secret, true);
	return run(e, &c);
}

static uint32_t create_counter(struct engine *e)
{
	struct tss_session s;
	struct tss_digest encrypted;
	struct tss_command c;
	uint32_t result;

	result = tss_osap(&e->tss, &s, TSS_ADIP_XOR, TPM_ET_OWNER, TPM_KH_OWNER,
			  &e->secret);
	if (result)
		return result;
	tss_encrypt(&s, &e->secret, false, &encrypted);
	tss_begin(&c, ORD_CreateCounter);
	tss_put_bytes(&c, encrypted.b, SECRETS);
	tss_put_u32(&c, 1);
	tss_use(&c, &s, &e->secret, false);
	result = run(e, &c);
	e->counter = tss_get_u32(&e->answer);
	return result;
}

static uint32_t increment_counter(struct engine *e)
{
	struct tss_command c;

	tss_begin(&c, ORD_IncrementCounter);
	tss_put_u32(&c, e->counter);
	tss_use(&c, oiap(e, 0), &e->secret, true);
	return run(e, &c);
}

/* ---- Keys ---- */

static uint32_t create_wrap_key_of(struct engine *e, unsigned int usage,
				   unsigned int enc, unsigned int sig)
{
	struct tss_session s;
	struct tss_digest one, two;
	struct tss_command c;
	uint32_t result;

	result = tss_osap(&e->tss, &s, TSS_ADIP_XOR, TPM_ET_SRK, TPM_KH_SRK,
			  &e->secret);
	if (result)
		return result;
	tss_encrypt(&s, &e->secret, false, &one);
	tss_encrypt(&s, &e->secret, true, &two);
	tss_begin(&c, ORD_CreateWrapKey);
	tss_put_handle(&c, TPM_KH_SRK);
	tss_put_bytes(&c, one.b, SECRETS);
	tss_put_bytes(&c, two.b, SECRETS);
	put_template(&c, usage, enc, sig);
	tss_use(&c, &s, &e->secret, false);
	result = run(e, &c);
	if (result)
		return result;
	e->wrapped_len = (size_t)(e->answer.end - e->answer.p);
	memcpy(e->wrapped, e->answer.p, e->wrapped_len);
	return 0;
}

static uint32_t create_wrap_key(struct engine *e)
{
	return create_wrap_key_of(e, TPM_KEY_SIGNING, TPM_ES_NONE,
				  TPM_SS_RSASSAPKCS1v15_SHA1);
}

static uint32_t load(struct engine *e, uint32_t *handle)
{
	struct tss_command c;
	uint32_t result;

	tss_begin(&c, ORD_LoadKey2);
	tss_put_handle(&c, TPM_KH_SRK);
	tss_put_bytes(&c, e->wrapped, e->wrapped_len);
	tss_use(&c, oiap(e, 0), &e->secret, true);
	c.out_handles = 4;
	result = run(e, &c);
	*handle = result ? 0 : tss_get_u32(&e->answer);
	return result;
}

static uint32_t load_key2(struct engine *e)
{
	uint32_t handle;
	const uint32_t result = load(e, &handle);

	return result ? result : flush(e, handle, TPM_RT_KEY);
}

static uint32_t seal(struct engine *e)
{
	struct tss_session s;
	struct tss_digest encrypted;
	struct tss_command c;
	uint32_t result;

	result = tss_osap(&e->tss, &s, TSS_ADIP_XOR, TPM_ET_SRK, TPM_KH_SRK,
			  &e->secret);
	if (result)
		return result;
	tss_encrypt(&s, &e->secret, false, &encrypted);
	tss_begin(&c, ORD_Seal);
	tss_put_handle(&c, TPM_KH_SRK);
	tss_put_bytes(&c, encrypted.b, SECRETS);
	tss_put_u32(&c, 0);
	tss_put_blob(&c, e->secret.b, SECRETS);
	tss_use(&c, &s, &e->secret, false);
	result = run(e, &c);
	if (result)
		return result;
	e->sealed_len = (size_t)(e->answer.end - e->answer.p);
	memcpy(e->sealed, e->answer.p, e->sealed_len);
	return 0;
}

static uint32_t unseal(struct engine *e)
{
	struct tss_command c;

	tss_begin(&c, ORD_Unseal);
	tss_put_handle(&c, TPM_KH_SRK);
	tss_put_bytes(&c, e->sealed, e->sealed_len);
	tss_use(&c, oiap(e, 0), &e->secret, true);
	tss_use(&c, oiap(e, 1), &e->secret, true);
	return run(e, &c);
}

static uint32_t unbind(struct engine *e)
{
	struct tss_command c;

	tss_begin(&c, ORD_UnBind);
	tss_put_handle(&c, e->bind);
	tss_put_blob(&c, e->bound, sizeof(e->bound));
	tss_use(&c, oiap(e, 0), &e->secret, true);
	return run(e, &c);
}

static uint32_t sign(struct engine *e)
{
	struct tss_command c;

	tss_begin(&c, ORD_Sign);
	tss_put_handle(&c, e->sign);
	tss_put_blob(&c, e->secret.b, SECRETS);
	tss_use(&c, oiap(e, 0), &e->secret, true);
	return run(e, &c);
}

static uint32_t quote_by(struct engine *e, uint32_t ordinal)
{
	static const uint8_t all[] = { 0xff, 0xff, 0xff };
	struct tss_command c;

	tss_begin(&c, ordinal);
	tss_put_handle(&c, e->sign);
	tss_put_bytes(&c, e->secret.b, SECRETS);
	tss_put_u16(&c, sizeof(all));
	tss_put_bytes(&c, all, sizeof(all));
	if (ordinal == ORD_Quote2)
		tss_put_u8(&c, 0);
	tss_use(&c, oiap(e, 0), &e->secret, true);
	return run(e, &c);
}

static uint32_t quote(struct engine *e)
{
	return quote_by(e, ORD_Quote);
}

static uint32_t quote2(struct engine *e)
{
	return quote_by(e, ORD_Quote2);
}

static uint32_t certify_key(struct engine *e)
{
	struct tss_command c;

	tss_begin(&c, ORD_CertifyKey);
	tss_put_handle(&c, e->sign);
	tss_put_handle(&c, e->bind);
	tss_put_bytes(&c, e->secret.b, SECRETS);
	tss_use(&c, oiap(e, 0), &e->secret, true);
	tss_use(&c, oiap(e, 1), &e->secret, true);
	return run(e, &c);
}

/* ---- Identities ---- */

/* TPM_ASYM_CA_CONTENTS for the identity whose TPM_KEY is in `wrapped`. */
static void prepare_activation(struct engine *e)
{
	uint8_t pub[24 + 4 + 256], contents[8 + 16 + SECRETS] = {
		0, 0, 0, TPM_ALG_AES128, 0, TPM_ES_SYM_CTR, 0, 16
	};
	const struct client_bytes piece = { pub, sizeof(pub) };

	/* TPM_KEY_PARMS is behind ver, usage, flags and authDataUsage. */
	memcpy(pub, e->wrapped + 11, 24);
	memcpy(pub + 24, e->wrapped + 11 + 24 + 4, 4 + 256);
	client_sha1(&piece, 1, contents + 24);
	client_rsa_encrypt(e->ek, 256, true, contents, sizeof(contents),
			   e->activation);
}

static uint32_t make_identity(struct engine *e)
{
	struct tss_session s;
	struct tss_digest encrypted;
	struct tss_command c;
	uint32_t result;

	result = tss_osap(&e->tss, &s, TSS_ADIP_XOR, TPM_ET_OWNER, TPM_KH_OWNER,
			  &e->secret);
	if (result)
		return result;
	tss_encrypt(&s, &e->secret, false, &encrypted);
	tss_begin(&c, ORD_MakeIdentity);
	tss_put_bytes(&c, encrypted.b, SECRETS);
	tss_put_bytes(&c, e->secret.b, SECRETS);
	put_template(&c, TPM_KEY_IDENTITY, TPM_ES_NONE,
		     TPM_SS_RSASSAPKCS1v15_SHA1);
	tss_use(&c, oiap(e, 0), &e->secret, true);
	tss_use(&c, &s, &e->secret, false);
	result = run(e, &c);
	if (result)
		return result;
	e->wrapped_len = KEY_MODULUS + 4 + 256 + 4 + 256;
	memcpy(e->wrapped, e->answer.p, e->wrapped_len);
	prepare_activation(e);
	return 0;
}

static uint32_t activate_identity(struct engine *e)
{
	struct tss_command c;

	tss_begin(&c, ORD_ActivateIdentity);
	tss_put_handle(&c, e->identity);
	tss_put_blob(&c, e->activation, sizeof(e->activation));
	tss_use(&c, oiap(e, 0), &e->secret, true);
	tss_use(&c, oiap(e, 1), &e->secret, true);
	return run(e, &c);
}

/* ---- Preparing ---- */

static void read_pubek(struct engine *e)
{
	struct tss_command c;
	size_t len;
	const uint8_t *n;

	tss_begin(&c, ORD_ReadPubek);
	tss_put_bytes(&c, e->secret.b, SECRETS);
	if (run(e, &c))
		return;
	tss_get_bytes(&e->answer, 24);
	n = tss_get_blob(&e->answer, &len);
	if (n && len == sizeof(e->ek))
		memcpy(e->ek, n, len);
}

/* Ours has one: it says so, and nothing is lost. */
void provision_ek(struct engine *e)
{
	struct tss_command c;

	tss_begin(&c, ORD_CreateEndorsementKeyPair);
	tss_put_bytes(&c, e->secret.b, SECRETS);
	tss_put_u32(&c, TPM_ALG_RSA);
	tss_put_u16(&c, TPM_ES_RSAESOAEP_SHA1_MGF1);
	tss_put_u16(&c, TPM_SS_NONE);
	tss_put_u32(&c, 12);
	tss_put_u32(&c, 2048);
	tss_put_u32(&c, 2);
	tss_put_u32(&c, 0);
	run(e, &c);
}

static uint32_t take_ownership(struct engine *e)
{
	struct tss_command c;

	tss_begin(&c, ORD_TakeOwnership);
	tss_put_u16(&c, TPM_PID_OWNER);
	put_secret_for(&c, e->ek, &e->secret);
	put_secret_for(&c, e->ek, &e->secret);
	put_template(&c, TPM_KEY_STORAGE, TPM_ES_RSAESOAEP_SHA1_MGF1,
		     TPM_SS_NONE);
	tss_use(&c, oiap(e, 0), &e->secret, true);
	return run(e, &c);
}

/* What UnBind opens: TPM_BOUND_DATA. */
static void bind(struct engine *e)
{
	uint8_t data[5 + SECRETS] = { 1, 1, 0, 0, TPM_PT_BIND };

	memcpy(e->bind_n, e->wrapped + KEY_MODULUS + 4, sizeof(e->bind_n));
	client_rsa_encrypt(e->bind_n, sizeof(e->bind_n), true, data,
			   sizeof(data), e->bound);
}

void provision(struct engine *e)
{
	startup(e);
	provision_ek(e);
	read_pubek(e);
	nv_define(e);
	if (take_ownership(e))
		return;
	create_counter(e);
	if (!create_wrap_key_of(e, TPM_KEY_BIND, TPM_ES_RSAESOAEP_SHA1_MGF1,
				TPM_SS_NONE)) {
		bind(e);
		load(e, &e->bind);
	}
	if (!make_identity(e))
		load(e, &e->identity);
	if (!create_wrap_key(e))
		load(e, &e->sign);
	seal(e);
}

/* Keys are used, since what libcrypto makes of one is made then. */
static void fill_keys(struct engine *e)
{
	const uint32_t mine = e->sign;

	for (unsigned int i = 0; i < SLOTS_MAX; i++)
		if (load(e, &e->sign) || sign(e))
			break;
	e->sign = mine;
}

void fill(struct engine *e)
{
	fill_keys(e);
	for (unsigned int i = 0; i < SLOTS_MAX; i++) {
		struct tss_session s;

		if (tss_oiap(&e->tss, &s))
			break;
	}
	for (uint32_t size = NV_LARGEST, at = 1; size >= NV_SIZE; size /= 2)
		while (!nv_define_area(e, NV_INDEX + at, size))
			at++;
}

/* ---- The table ---- */

const struct operation operations[] = {
	{ "Sign", ORD_Sign, sign, LIMIT_PRIVATE, 0, 0 },
	{ "Quote", ORD_Quote, quote, LIMIT_PRIVATE, 0, 0 },
	{ "Quote2", ORD_Quote2, quote2, LIMIT_PRIVATE, 0, 0 },
	{ "Unseal", ORD_Unseal, unseal, LIMIT_PRIVATE, 0, 0 },
	{ "UnBind", ORD_UnBind, unbind, LIMIT_PRIVATE, 0, 0 },
	{ "LoadKey2", ORD_LoadKey2, load_key2, LIMIT_PRIVATE, 0, 0 },
	{ "CertifyKey", ORD_CertifyKey, certify_key, LIMIT_PRIVATE, 0, 0 },
	{ "ActivateIdentity", ORD_ActivateIdentity, activate_identity,
	  LIMIT_PRIVATE, 0, 0 },
	{ "Seal", ORD_Seal, seal, LIMIT_NONE, 0, 0 },
	{ "GetRandom", ORD_GetRandom, get_random, LIMIT_NONE, 0, 0 },
	{ "OIAP", ORD_OIAP, open_oiap, LIMIT_NONE, 0, 0 },
	{ "OSAP", ORD_OSAP, open_osap, LIMIT_NONE, 0, 0 },
	{ "PcrRead", ORD_PcrRead, pcr_read, LIMIT_NONE, 0, 0 },
	{ "Extend", ORD_Extend, extend, LIMIT_NONE, 0, 0 },
	{ "GetCapability", ORD_GetCapability, get_capability, LIMIT_NONE, 0,
	  0 },
	{ "NV_ReadValue", ORD_NV_ReadValueAuth, nv_read, LIMIT_NONE, 0, 0 },
	{ "NV_WriteValue", ORD_NV_WriteValueAuth, nv_write, LIMIT_NONE, 0, 0 },
	{ "IncrementCounter", ORD_IncrementCounter, increment_counter,
	  LIMIT_NONE, 0, 0 },
	{ "CreateWrapKey_cold", ORD_CreateWrapKey, create_wrap_key, LIMIT_KEY,
	  25, 0 },
	{ "CreateWrapKey_pool", ORD_CreateWrapKey, create_wrap_key, LIMIT_NONE,
	  12, 4 },
};
const size_t n_operations = sizeof(operations) / sizeof(*operations);
