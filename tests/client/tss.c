/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands, answers, and what is proved with them. */
#include "tss.h"

#include <string.h>

#define PIECES(...)                                                     \
	((const struct client_bytes[]){ __VA_ARGS__ }),                 \
		(sizeof((const struct client_bytes[]){ __VA_ARGS__ }) / \
		 sizeof(struct client_bytes))

#define ORD_OIAP 0x0au
#define ORD_OSAP 0x0bu
#define ORD_DSAP 0x11u

static void store(uint8_t *to, uint32_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)(v >> 8 * (n - 1 - i));
}

static uint32_t load(const uint8_t *from, size_t n)
{
	uint32_t v = 0;

	for (size_t i = 0; from && i < n; i++)
		v = v << 8 | from[i];
	return v;
}

/* ---- Building ---- */

void tss_begin(struct tss_command *c, uint32_t ordinal)
{
	memset(c, 0, sizeof(*c));
	c->ordinal = ordinal;
}

/* More than fits is cut: the TPM then says what it thinks of it. */
void tss_put_bytes(struct tss_command *c, const void *p, size_t len)
{
	const size_t room = TSS_BUFFER - TSS_HEADER - 2 * TSS_AUTH_RQU - c->len;

	if (len > room)
		len = room;
	if (len)
		memcpy(c->params + c->len, p, len);
	c->len += len;
}

static void put_number(struct tss_command *c, uint32_t v, size_t n)
{
	uint8_t b[4];

	store(b, v, n);
	tss_put_bytes(c, b, n);
}

void tss_put_handle(struct tss_command *c, uint32_t handle)
{
	put_number(c, handle, 4);
	c->in_handles += 4;
}

void tss_put_u8(struct tss_command *c, unsigned int v)
{
	put_number(c, v, 1);
}

void tss_put_u16(struct tss_command *c, unsigned int v)
{
	put_number(c, v, 2);
}

void tss_put_u32(struct tss_command *c, uint32_t v)
{
	put_number(c, v, 4);
}

void tss_put_blob(struct tss_command *c, const void *p, size_t len)
{
	put_number(c, (uint32_t)len, 4);
	tss_put_bytes(c, p, len);
}

void tss_use(struct tss_command *c, struct tss_session *s,
	     const struct tss_digest *secret, bool keep)
{
	c->auth[c->n_auth++] = (struct tss_auth){
		.session = s,
		.key = s->bound ? s->shared : *secret,
		.answer_key = s->bound ? s->shared : *secret,
		.keep = keep,
	};
}

void tss_use_changes(struct tss_command *c, const struct tss_digest *secret)
{
	c->auth[c->n_auth - 1].answer_key = *secret;
}

void tss_encrypt(const struct tss_session *s, const struct tss_digest *secret,
		 bool second, struct tss_digest *out)
{
	const struct tss_digest *nonce = second ? &s->odd : &s->even;
	uint8_t pad[CLIENT_SHA1];

	if (s->adip == TSS_ADIP_AES_CTR) {
		client_aes_ctr(s->shared.b, nonce->b, secret->b, out->b,
			       sizeof(out->b));
		return;
	}
	client_sha1(
		PIECES({ s->shared.b, CLIENT_SHA1 }, { nonce->b, CLIENT_SHA1 }),
		pad);
	for (size_t i = 0; i < sizeof(pad); i++)
		out->b[i] = secret->b[i] ^ pad[i];
}

/* ---- Running ---- */

static void auth_hmac(const struct tss_digest *key, const uint8_t *digest,
		      const uint8_t *even, const uint8_t *odd, bool keep,
		      uint8_t out[CLIENT_SHA1])
{
	const uint8_t cont = keep;

	client_hmac(key->b,
		    PIECES({ digest, CLIENT_SHA1 }, { even, CLIENT_SHA1 },
			   { odd, CLIENT_SHA1 }, { &cont, 1 }),
		    out);
}

static void write_auth(const struct tss_auth *a, const uint8_t *digest,
		       uint8_t *at)
{
	const struct tss_session *s = a->session;

	store(at, s->handle, 4);
	memcpy(at + 4, s->odd.b, CLIENT_SHA1);
	at[4 + CLIENT_SHA1] = a->keep;
	auth_hmac(&a->key, digest, s->even.b, s->odd.b, a->keep,
		  at + 4 + CLIENT_SHA1 + 1);
}

/*
 * SHA-1 of what the HMACs cover.  A wrapped message, which has `before` bytes
 * in front, is covered by the digest of its code and its parameters.
 */
static void digest_params(const struct tss_command *c,
			  struct client_bytes codes, const uint8_t *p,
			  size_t len, size_t before, uint8_t *digest)
{
	const uint8_t *inner = p + before;

	if (!c->wraps) {
		client_sha1(PIECES(codes, { p, len }), digest);
		return;
	}
	client_sha1(PIECES({ inner + 6, 4 },
			   { c->params + 4 + 6, before > 4 ? 4 : 0 },
			   { inner + TSS_HEADER, len - before - TSS_HEADER }),
		    digest);
	client_sha1(PIECES(codes, { p, before }, { digest, CLIENT_SHA1 }),
		    digest);
}

size_t tss_marshal(const struct tss_command *c, uint8_t *req)
{
	uint8_t digest[CLIENT_SHA1];
	uint8_t *at = req + TSS_HEADER;

	store(req + 6, c->ordinal, 4);
	memcpy(at, c->params, c->len);
	at += c->len;
	digest_params(c, (struct client_bytes){ req + 6, 4 },
		      c->params + c->in_handles, c->len - c->in_handles, 4,
		      digest);
	for (unsigned int i = 0; i < c->n_auth; i++) {
		write_auth(&c->auth[i], digest, at);
		at += TSS_AUTH_RQU;
	}
	store(req, TSS_TAG_RQU + c->n_auth, 2);
	store(req + 2, (uint32_t)(at - req), 4);
	return (size_t)(at - req);
}

static void new_odd(struct tss *tss, struct tss_digest *odd)
{
	const uint64_t n = ++tss->nonces;

	client_sha1(PIECES({ &n, sizeof(n) }), odd->b);
}

/* The area says what we said, and proves it. */
static bool auth_is_good(const struct tss_auth *a, const uint8_t *digest,
			 const uint8_t *area)
{
	const uint8_t keep = area[CLIENT_SHA1];
	uint8_t hmac[CLIENT_SHA1];

	auth_hmac(&a->answer_key, digest, area, a->session->odd.b, keep, hmac);
	return keep <= a->keep &&
	       !memcmp(hmac, area + CLIENT_SHA1 + 1, sizeof(hmac));
}

static bool check_auths(const struct tss_command *c, const struct tss_answer *a)
{
	uint8_t codes[8] = { 0 };
	uint8_t digest[CLIENT_SHA1];
	const size_t len = (size_t)(a->end - a->p);

	store(codes + 4, c->ordinal, 4);
	digest_params(c, (struct client_bytes){ codes, sizeof(codes) },
		      a->p + c->out_handles, len - c->out_handles, 16, digest);
	for (unsigned int i = 0; i < c->n_auth; i++)
		if (!auth_is_good(&c->auth[i], digest,
				  a->end + (size_t)i * TSS_AUTH_RSP))
			return false;
	return true;
}

static void roll_nonces(struct tss *tss, const struct tss_command *c,
			const struct tss_answer *a)
{
	for (unsigned int i = 0; i < c->n_auth; i++) {
		struct tss_session *s = c->auth[i].session;

		memcpy(s->even.b, a->end + (size_t)i * TSS_AUTH_RSP,
		       CLIENT_SHA1);
		new_odd(tss, &s->odd);
	}
}

uint32_t tss_judge(struct tss *tss, const struct tss_command *c,
		   struct tss_answer *a)
{
	const size_t trailer = (size_t)c->n_auth * TSS_AUTH_RSP;
	uint32_t tag, result;

	a->bad = true;
	a->p = a->end = a->b;
	if (a->len < TSS_HEADER || load(a->b + 2, 4) != a->len)
		return TSS_MALFORMED;
	tag = load(a->b, 2);
	result = load(a->b + 6, 4);
	if (result)
		return tag == TSS_TAG_RSP && a->len == TSS_HEADER
			       ? result
			       : TSS_MALFORMED;
	if (tag != TSS_TAG_RSP + c->n_auth ||
	    a->len < TSS_HEADER + c->out_handles + trailer)
		return TSS_MALFORMED;
	a->p = a->b + TSS_HEADER;
	a->end = a->b + a->len - trailer;
	a->bad = false;
	if (!check_auths(c, a))
		return TSS_FORGED;
	roll_nonces(tss, c, a);
	return 0;
}

uint32_t tss_run(struct tss *tss, const struct tss_command *c,
		 struct tss_answer *a)
{
	uint8_t req[TSS_BUFFER];
	const size_t len = tss_marshal(c, req);

	a->len = tss->transmit(tss->ctx, req, len, a->b);
	return tss_judge(tss, c, a);
}

/* ---- Reading ---- */

const uint8_t *tss_get_bytes(struct tss_answer *a, size_t len)
{
	const uint8_t *p = a->p;

	if (a->bad || len > (size_t)(a->end - a->p)) {
		a->bad = true;
		return NULL;
	}
	a->p += len;
	return p;
}

uint8_t tss_get_u8(struct tss_answer *a)
{
	return (uint8_t)load(tss_get_bytes(a, 1), 1);
}

uint16_t tss_get_u16(struct tss_answer *a)
{
	return (uint16_t)load(tss_get_bytes(a, 2), 2);
}

uint32_t tss_get_u32(struct tss_answer *a)
{
	return load(tss_get_bytes(a, 4), 4);
}

const uint8_t *tss_get_blob(struct tss_answer *a, size_t *len)
{
	const uint8_t *p;

	*len = tss_get_u32(a);
	p = tss_get_bytes(a, *len);
	if (!p)
		*len = 0;
	return p;
}

void tss_get_digest(struct tss_answer *a, struct tss_digest *d)
{
	const uint8_t *p = tss_get_bytes(a, sizeof(d->b));

	memset(d->b, 0, sizeof(d->b));
	if (p)
		memcpy(d->b, p, sizeof(d->b));
}

bool tss_end(const struct tss_answer *a)
{
	return !a->bad && a->p == a->end;
}

/* ---- Sessions ---- */

uint32_t tss_oiap(struct tss *tss, struct tss_session *s)
{
	struct tss_command c;
	struct tss_answer a;
	uint32_t result;

	memset(s, 0, sizeof(*s));
	tss_begin(&c, ORD_OIAP);
	result = tss_run(tss, &c, &a);
	if (result)
		return result;
	s->handle = tss_get_u32(&a);
	tss_get_digest(&a, &s->even);
	new_odd(tss, &s->odd);
	return tss_end(&a) ? 0 : TSS_MALFORMED;
}

/* The second half of OSAP and DSAP. */
static uint32_t open_bound(struct tss *tss, struct tss_session *s,
			   const struct tss_command *c,
			   const struct tss_digest *odd,
			   const struct tss_digest *secret)
{
	struct tss_answer a;
	struct tss_digest even;
	const uint32_t result = tss_run(tss, c, &a);

	if (result)
		return result;
	s->handle = tss_get_u32(&a);
	tss_get_digest(&a, &s->even);
	tss_get_digest(&a, &even);
	client_hmac(
		secret->b,
		PIECES({ even.b, sizeof(even.b) }, { odd->b, sizeof(odd->b) }),
		s->shared.b);
	new_odd(tss, &s->odd);
	return tss_end(&a) ? 0 : TSS_MALFORMED;
}

uint32_t tss_osap(struct tss *tss, struct tss_session *s, enum tss_adip adip,
		  uint8_t type, uint32_t value, const struct tss_digest *secret)
{
	struct tss_command c;
	struct tss_digest odd;

	*s = (struct tss_session){ .bound = true, .adip = adip };
	new_odd(tss, &odd);
	tss_begin(&c, ORD_OSAP);
	tss_put_u16(&c, (unsigned int)adip << 8 | type);
	tss_put_u32(&c, value);
	tss_put_bytes(&c, odd.b, sizeof(odd.b));
	return open_bound(tss, s, &c, &odd, secret);
}

uint32_t tss_dsap(struct tss *tss, struct tss_session *s, enum tss_adip adip,
		  uint8_t type, uint32_t key, const struct client_bytes *entity,
		  const struct tss_digest *secret)
{
	struct tss_command c;
	struct tss_digest odd;

	*s = (struct tss_session){ .bound = true, .adip = adip };
	new_odd(tss, &odd);
	tss_begin(&c, ORD_DSAP);
	tss_put_u16(&c, (unsigned int)adip << 8 | type);
	tss_put_u32(&c, key);
	tss_put_bytes(&c, odd.b, sizeof(odd.b));
	tss_put_blob(&c, entity->p, entity->len);
	return open_bound(tss, s, &c, &odd, secret);
}
