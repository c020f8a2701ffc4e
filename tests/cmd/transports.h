/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening transport sessions and running commands in them, for the tests of
 * Part 3, section 24.
 */
#ifndef TRANSPORTS_H
#define TRANSPORTS_H

#include "chapter.h"

#include "tss_transport.h"

static const struct tss_digest replay = { "seen here once only" };

/* TPM_TRANSPORT_AUTH (Part 2, 13.5). */
#define AUTH_SIZE 22u

/* How a session encrypts: MGF1, and AES in two modes. */
static const struct {
	uint32_t algorithm;
	uint16_t scheme;
} ciphers[] = {
	{ TPM_ALG_MGF1, TPM_ES_NONE },
	{ TPM_ALG_AES128, TPM_ES_SYM_CTR },
	{ TPM_ALG_AES128, TPM_ES_SYM_OFB },
};
#define N_CIPHERS 3

/* ---- Opening ---- */

/* With a secret in the clear. */
static inline uint32_t establish_clear(struct tss_transport *t,
				       uint32_t attributes)
{
	*t = (struct tss_transport){
		.attributes = attributes,
		.secret = secret_wrong,
	};
	return tss_establish(&m->tss, t, TPM_KH_TRANSPORT,
			     (struct client_bytes){ t->secret.b, CLIENT_SHA1 },
			     NULL, NULL);
}

static inline uint32_t storage_key(const struct tss_digest *secret)
{
	return setup_key(m, TPM_KEY_STORAGE, TPM_ES_RSAESOAEP_SHA1_MGF1,
			 TPM_SS_NONE, secret);
}

static inline void seal_secret(uint32_t key, bool oaep, const uint8_t *auth,
			       size_t len, uint8_t sealed[256])
{
	uint8_t n[256];

	setup_modulus(m, key, n);
	client_rsa_encrypt(n, sizeof(n), oaep, auth, len, sealed);
}

/* With a secret that the key protects. */
static inline uint32_t establish_sealed(struct tss_transport *t, uint32_t key,
					bool oaep, struct tss_session *auth)
{
	uint8_t b[AUTH_SIZE] = { 0, TPM_TAG_TRANSPORT_AUTH };
	uint8_t sealed[256];

	memcpy(b + 2, t->secret.b, CLIENT_SHA1);
	seal_secret(key, oaep, b, sizeof(b), sealed);
	return tss_establish(&m->tss, t, key,
			     (struct client_bytes){ sealed, sizeof(sealed) },
			     auth, &secret_srk);
}

/* One that encrypts in the nth way. */
static inline void open_encrypted(struct tss_transport *t, unsigned int n,
				  uint32_t attributes)
{
	*t = (struct tss_transport){
		.attributes = TPM_TRANSPORT_ENCRYPT | attributes,
		.algorithm = ciphers[n].algorithm,
		.scheme = ciphers[n].scheme,
		.secret = secret_wrong,
	};
	ck_assert_result(establish_sealed(t, storage_key(NULL), true, NULL), 0);
}

static inline void open_clear(struct tss_transport *t, uint32_t attributes)
{
	setup_owner(m);
	ck_assert_result(establish_clear(t, attributes), 0);
}

/* ---- Running ---- */

/* The result of the wrapped command; the outer one must succeed. */
static inline uint32_t run(struct tss_transport *t, const struct tss_command *c)
{
	uint32_t result;

	ck_assert_result(tss_execute(&m->tss, t, c, &m->answer, &result), 0);
	return result;
}

static inline uint32_t run_pcr_read(struct tss_transport *t, uint32_t pcr,
				    struct tss_digest *d)
{
	struct tss_command c;
	uint32_t result;

	tss_begin(&c, ORD_PcrRead);
	tss_put_u32(&c, pcr);
	result = run(t, &c);
	if (!result)
		tss_get_digest(&m->answer, d);
	return result;
}

static inline uint32_t run_extend(struct tss_transport *t, uint32_t pcr)
{
	struct tss_command c;

	tss_begin(&c, ORD_Extend);
	tss_put_u32(&c, pcr);
	tss_put_bytes(&c, ones.b, sizeof(ones.b));
	return run(t, &c);
}

/* TPM_ExecuteTransport's own result. */
static inline uint32_t execute(struct tss_transport *t,
			       const struct tss_command *c)
{
	uint32_t result;

	return tss_execute(&m->tss, t, c, &m->answer, &result);
}

/* If it is, one command more was run in it. */
static inline bool is_open(struct tss_transport *t)
{
	struct tss_command c;

	tss_begin(&c, ORD_GetTicks);
	return execute(t, &c) != TPM_INVALID_AUTHHANDLE;
}

static inline uint32_t free_sessions(void)
{
	return property(m, TPM_CAP_PROP_TRANSESS);
}

static inline uint64_t ticks_of(const struct tss_transport *t)
{
	uint64_t v = 0;

	for (unsigned int i = 2; i < 10; i++)
		v = v << 8 | t->ticks[i];
	return v;
}

static inline uint32_t signing_key(const struct tss_digest *secret)
{
	return setup_key(m, TPM_KEY_SIGNING, TPM_ES_NONE,
			 TPM_SS_RSASSAPKCS1v15_SHA1, secret);
}

#endif
