/* SPDX-License-Identifier: BSD-2-Clause */
#include "tss_transport.h"

#include <string.h>

#define ORD_EstablishTransport	   0xe6u
#define ORD_ExecuteTransport	   0xe7u
#define ORD_ReleaseTransportSigned 0xe8u

#define TAG_SIGNINFO	     0x0005u
#define TAG_TRANSPORT_LOG_IN 0x0010u
#define TAG_LOG_OUT	     0x0011u
#define TAG_TRANSPORT_PUBLIC 0x001eu

#define ALG_AES128 0x06u
#define ES_SYM_CTR 0x04u

#define PIECES(...)                                                     \
	((const struct client_bytes[]){ __VA_ARGS__ }),                 \
		(sizeof((const struct client_bytes[]){ __VA_ARGS__ }) / \
		 sizeof(struct client_bytes))
#define WHOLE(d)                   \
	{                          \
		(d).b, CLIENT_SHA1 \
	}

static void store(uint8_t *to, uint32_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)(v >> 8 * (n - 1 - i));
}

static uint32_t load(const uint8_t *from, size_t n)
{
	uint32_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | from[i];
	return v;
}

/* ---- Encryption ---- */

/* RFC 8017, B.2.1, onto the bytes. */
static void mgf1_xor(const uint8_t *seed, size_t seed_len, uint8_t *b,
		     size_t len)
{
	uint8_t count[4], mask[CLIENT_SHA1];

	for (size_t i = 0; i < len; i++) {
		if (i % sizeof(mask) == 0) {
			store(count, (uint32_t)(i / sizeof(mask)), 4);
			client_sha1(PIECES({ seed, seed_len },
					   { count, sizeof(count) }),
				    mask);
		}
		b[i] ^= mask[i % sizeof(mask)];
	}
}

static void crypt(const struct tss_transport *t, const char *label, uint8_t *b,
		  size_t len)
{
	uint8_t seed[3 * CLIENT_SHA1 + 3], iv[CLIENT_AES] = { 0 };
	size_t n = 2 * CLIENT_SHA1;

	if (!(t->attributes & TSS_TRANSPORT_ENCRYPT))
		return;
	memcpy(seed, t->session.even.b, CLIENT_SHA1);
	memcpy(seed + CLIENT_SHA1, t->session.odd.b, CLIENT_SHA1);
	memcpy(seed + n, label, strlen(label));
	n += strlen(label);
	if (t->algorithm != ALG_AES128) {
		memcpy(seed + n, t->secret.b, CLIENT_SHA1);
		mgf1_xor(seed, n + CLIENT_SHA1, b, len);
		return;
	}
	mgf1_xor(seed, n, iv, sizeof(iv));
	if (t->scheme == ES_SYM_CTR)
		client_aes_ctr(t->secret.b, iv, b, b, len);
	else
		client_aes_ofb(t->secret.b, iv, b, b, len);
}

/* ---- The log ---- */

static void log_in(struct tss_transport *t, const uint8_t *parameters)
{
	static const uint8_t tag[2] = { 0, TAG_TRANSPORT_LOG_IN };

	if (t->attributes & TSS_TRANSPORT_LOG)
		client_sha1(PIECES(WHOLE(t->log), { tag, 2 },
				   { parameters, CLIENT_SHA1 },
				   WHOLE(t->pub_key_hash)),
			    t->log.b);
}

static void log_out(struct tss_transport *t, const uint8_t *parameters)
{
	static const uint8_t tag[2] = { 0, TAG_LOG_OUT };
	uint8_t locality[4];

	store(locality, t->locality, 4);
	if (t->attributes & TSS_TRANSPORT_LOG)
		client_sha1(PIECES(WHOLE(t->log), { tag, 2 },
				   { t->ticks, TSS_TICKS },
				   { parameters, CLIENT_SHA1 },
				   { locality, 4 }),
			    t->log.b);
}

/* ---- TPM_EstablishTransport ---- */

static void take_ticks(struct tss_transport *t, struct tss_answer *a)
{
	const uint8_t *p;

	t->locality = tss_get_u32(a);
	p = tss_get_bytes(a, TSS_TICKS);
	if (p)
		memcpy(t->ticks, p, TSS_TICKS);
}

static void next_odd(struct tss *tss, struct tss_digest *odd)
{
	const uint64_t n = ++tss->nonces;

	client_sha1(PIECES({ &n, sizeof(n) }), odd->b);
}

static void log_establish(struct tss_transport *t, const struct tss_command *c)
{
	uint8_t codes[12] = { 0 }, digest[CLIENT_SHA1];

	store(codes + 4, c->ordinal, 4);
	store(codes + 8, t->locality, 4);
	client_sha1(PIECES({ codes + 4, 4 }, { c->params + 4, c->len - 4 }),
		    digest);
	log_in(t, digest);
	client_sha1(PIECES({ codes, 12 }, { t->ticks, TSS_TICKS },
			   WHOLE(t->session.even)),
		    digest);
	log_out(t, digest);
}

uint32_t tss_establish(struct tss *tss, struct tss_transport *t, uint32_t key,
		       struct client_bytes blob, struct tss_session *auth,
		       const struct tss_digest *auth_secret)
{
	struct tss_command c;
	struct tss_answer a;
	uint32_t result;

	memset(&t->log, 0, sizeof(t->log));
	memset(&t->pub_key_hash, 0, sizeof(t->pub_key_hash));
	tss_begin(&c, ORD_EstablishTransport);
	tss_put_handle(&c, key);
	tss_put_u16(&c, TAG_TRANSPORT_PUBLIC);
	tss_put_u32(&c, t->attributes);
	tss_put_u32(&c, t->algorithm);
	tss_put_u16(&c, t->scheme);
	tss_put_blob(&c, blob.p, blob.len);
	c.out_handles = 4;
	if (auth)
		tss_use(&c, auth, auth_secret, true);
	result = tss_run(tss, &c, &a);
	if (result)
		return result;
	t->session = (struct tss_session){ .handle = tss_get_u32(&a) };
	take_ticks(t, &a);
	tss_get_digest(&a, &t->session.even);
	next_odd(tss, &t->session.odd);
	t->keep = true;
	log_establish(t, &c);
	return tss_end(&a) ? 0 : TSS_MALFORMED;
}

/* ---- TPM_ExecuteTransport ---- */

static void transport_hmac(const struct tss_transport *t, const uint8_t *digest,
			   bool keep, uint8_t *hmac)
{
	const uint8_t cont = keep;

	client_hmac(t->secret.b,
		    PIECES({ digest, CLIENT_SHA1 }, WHOLE(t->session.even),
			   WHOLE(t->session.odd), { &cont, 1 }),
		    hmac);
}

size_t tss_wrap_bytes(struct tss_transport *t, const uint8_t *wrapped,
		      size_t len, size_t data, size_t data_len, uint8_t *req)
{
	uint8_t *at = req + TSS_HEADER + 4;
	uint8_t *auth = at + len;
	uint8_t h1[CLIENT_SHA1], digest[CLIENT_SHA1];

	store(req, TSS_TAG_RQU + 1, 2);
	store(req + 2, (uint32_t)(TSS_HEADER + 4 + len + TSS_AUTH_RQU), 4);
	store(req + 6, ORD_ExecuteTransport, 4);
	store(req + TSS_HEADER, (uint32_t)len, 4);
	memcpy(at, wrapped, len);
	client_sha1(PIECES({ at + 6, 4 }, { at + data, data_len }), h1);
	client_sha1(PIECES({ req + 6, 8 }, { h1, CLIENT_SHA1 }), digest);
	log_in(t, h1);
	crypt(t, "in", at + data, data_len);
	store(auth, t->session.handle, 4);
	memcpy(auth + 4, t->session.odd.b, CLIENT_SHA1);
	auth[4 + CLIENT_SHA1] = t->keep;
	transport_hmac(t, digest, t->keep, auth + 4 + CLIENT_SHA1 + 1);
	return TSS_HEADER + 4 + len + TSS_AUTH_RQU;
}

size_t tss_wrap(struct tss_transport *t, const struct tss_command *c,
		uint8_t *req)
{
	uint8_t inner[TSS_BUFFER];
	const size_t len = tss_marshal(c, inner);

	return tss_wrap_bytes(t, inner, len, TSS_HEADER + c->in_handles,
			      c->len - c->in_handles, req);
}

/* The wrapped answer's DATAw. */
static uint8_t *answer_data(const struct tss_command *c, uint8_t *b, size_t len,
			    size_t *data_len)
{
	const size_t before = TSS_HEADER + c->out_handles;
	const size_t trailer = (size_t)c->n_auth * TSS_AUTH_RSP;

	*data_len = 0;
	if (len < before + trailer || load(b + 6, 4))
		return b;
	*data_len = len - before - trailer;
	return b + before;
}

static bool open_answer(struct tss_transport *t, const struct tss_command *c,
			struct tss_answer *a, uint8_t *inner, size_t len)
{
	const uint8_t *area = a->b + a->len - TSS_AUTH_RSP;
	uint8_t codes[8] = { 0 }, ordinal[4];
	uint8_t h2[CLIENT_SHA1], digest[CLIENT_SHA1], hmac[CLIENT_SHA1];
	size_t data_len;
	uint8_t *data = answer_data(c, inner, len, &data_len);

	memcpy(t->session.even.b, area, CLIENT_SHA1);
	crypt(t, "out", data, data_len);
	store(ordinal, c->ordinal, 4);
	client_sha1(
		PIECES({ inner + 6, 4 }, { ordinal, 4 }, { data, data_len }),
		h2);
	store(codes + 4, ORD_ExecuteTransport, 4);
	client_sha1(PIECES({ codes, 8 }, { a->b + TSS_HEADER, 16 },
			   { h2, CLIENT_SHA1 }),
		    digest);
	log_out(t, h2);
	t->keep = area[CLIENT_SHA1];
	transport_hmac(t, digest, t->keep, hmac);
	return !memcmp(hmac, area + CLIENT_SHA1 + 1, sizeof(hmac));
}

uint32_t tss_unwrap(struct tss *tss, struct tss_transport *t,
		    const struct tss_command *c, struct tss_answer *a,
		    uint32_t *result)
{
	const size_t around = TSS_HEADER + 16 + TSS_AUTH_RSP;
	uint8_t inner[TSS_BUFFER];
	size_t len;

	if (a->len < TSS_HEADER || load(a->b + 2, 4) != a->len)
		return TSS_MALFORMED;
	if (load(a->b + 6, 4))
		return load(a->b + 6, 4);
	if (load(a->b, 2) != TSS_TAG_RSP + 1 || a->len < around)
		return TSS_MALFORMED;
	len = load(a->b + TSS_HEADER + 12, 4);
	if (len != a->len - around || len < TSS_HEADER)
		return TSS_MALFORMED;
	memcpy(t->ticks + 2, a->b + TSS_HEADER, 8);
	t->locality = load(a->b + TSS_HEADER + 8, 4);
	memcpy(inner, a->b + TSS_HEADER + 16, len);
	if (!open_answer(t, c, a, inner, len))
		return TSS_FORGED;
	next_odd(tss, &t->session.odd);
	memcpy(a->b, inner, len);
	a->len = len;
	*result = tss_judge(tss, c, a);
	return 0;
}

uint32_t tss_execute(struct tss *tss, struct tss_transport *t,
		     const struct tss_command *c, struct tss_answer *a,
		     uint32_t *result)
{
	uint8_t req[2 * TSS_BUFFER];
	const size_t len = tss_wrap(t, c, req);

	a->len = tss->transmit(tss->ctx, req, len, a->b);
	return tss_unwrap(tss, t, c, a, result);
}

/* ---- TPM_ReleaseTransportSigned ---- */

void tss_release(struct tss_command *c, struct tss_transport *t, uint32_t key,
		 const struct tss_digest *replay, struct tss_session *auth,
		 const struct tss_digest *auth_secret)
{
	tss_begin(c, ORD_ReleaseTransportSigned);
	tss_put_handle(c, key);
	tss_put_bytes(c, replay->b, sizeof(replay->b));
	if (auth)
		tss_use(c, auth, auth_secret, true);
	tss_use(c, &t->session, &t->secret, true);
}

const uint8_t *tss_released(struct tss_transport *t, struct tss_answer *a,
			    const struct tss_digest *replay,
			    struct tss_digest *signed_digest, size_t *len)
{
	static const uint8_t head[6] = { 0, TAG_SIGNINFO, 'T', 'R', 'A', 'N' };
	static const uint8_t size[4] = { 0, 0, 0, CLIENT_SHA1 };
	static const uint8_t ordinal[4] = { 0, 0, 0,
					    ORD_ReleaseTransportSigned };
	uint8_t digest[CLIENT_SHA1];

	take_ticks(t, a);
	client_sha1(PIECES({ ordinal, 4 }, WHOLE(*replay)), digest);
	log_out(t, digest);
	client_sha1(
		PIECES({ head, 6 }, WHOLE(*replay), { size, 4 }, WHOLE(t->log)),
		signed_digest->b);
	return tss_get_blob(a, len);
}
