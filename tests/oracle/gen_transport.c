/* SPDX-License-Identifier: BSD-2-Clause */
/* Transport sessions: Part 3, section 24; and the first step of DAA, 26. */
#include "generators.h"

#include <string.h>

#include "bytes.h"
#include "keys.h"

static struct transport *a_transport(struct world *w, bool open)
{
	struct transport *t = NULL;

	for (int i = 0; i < 4; i++) {
		t = &w->m.transports[pick(w, N_TRANSPORTS)];
		if (t->open == open)
			break;
	}
	return t;
}

/* ---- 24.1 ---- */

static void choose_public(struct world *w, struct transport *t)
{
	t->attributes = pick(w, 4);
	if (chance(w, 8))
		t->attributes |= TPM_TRANSPORT_EXCLUSIVE;
	t->alg = ONE_OF(w, TPM_ALG_MGF1, TPM_ALG_AES128, TPM_ALG_AES128);
	if (chance(w, 20))
		t->alg = pick(w, 12);
	t->scheme =
		(uint16_t)(t->alg == TPM_ALG_MGF1
				   ? TPM_ES_NONE
				   : ONE_OF(w, TPM_ES_SYM_CTR, TPM_ES_SYM_OFB));
	random_digest(w, &t->secret);
}

static void put_secret(struct blob *b, const struct transport *t,
		       const struct key *k)
{
	struct blob auth = { 0 };
	uint8_t n[KEY_BYTES_MAX], sealed[KEY_BYTES_MAX];

	put(&auth, TPM_TAG_TRANSPORT_AUTH, 2);
	put_digest(&auth, &t->secret);
	if (!k) {
		put_digest(b, &t->secret);
		return;
	}
	keys_modulus(k->bits, k->number, n);
	keys_seal(n, k->bits / 8, auth.b, auth.len, sealed);
	put_bytes(b, sealed, k->bits / 8);
}

/* A key that may decrypt the session's secret; NULL: it goes in clear. */
static const struct key *a_guard(struct world *w, const struct transport *t)
{
	const struct key *k = a_key(w, is_any);

	if (!(t->attributes & TPM_TRANSPORT_ENCRYPT) && !chance(w, 3))
		return NULL;
	if (!k->bits || k->enc != TPM_ES_RSAESOAEP_SHA1_MGF1 || chance(w, 2))
		k = &w->m.keys[SRK];
	return k->bits ? k : NULL;
}

static void skip_ticks(struct world *w)
{
	pair_skip(w, 2 + 8 + 2 + CLIENT_SHA1);
}

void gen_establish_transport(struct world *w)
{
	struct transport t = { .open = true };
	struct transport *place = a_transport(w, false);
	const struct key *k;
	struct blob secret = { 0 };
	struct tss_digest even[SIDES];
	struct pair handle;

	choose_public(w, &t);
	k = a_guard(w, &t);
	put_secret(&secret, &t, k);
	both_begin(w, ORD_EstablishTransport);
	if (k)
		both_handle(w, &k->handle);
	else
		both_handle_u32(w, TPM_KH_TRANSPORT);
	both_u16(w, TPM_TAG_TRANSPORT_PUBLIC);
	both_u32(w, t.attributes);
	both_u32(w, t.alg);
	both_u16(w, t.scheme);
	both_blob(w, secret.b, secret.len);
	if (k)
		use_key(w, k);
	for (int i = 0; i < SIDES; i++)
		w->c[i].out_handles = 4;
	if (both_run(w))
		return;
	pair_u32(w, &handle);
	same_u32(w, "locality");
	skip_ticks(w);
	pair_digest(w, even);
	same_end(w);
	for (int i = 0; i < SIDES; i++) {
		t.s[i].handle = handle.v[i];
		t.s[i].even = even[i];
		random_digest(w, &t.s[i].odd);
	}
	*place = t;
}

/* Open already or opened now; when that cannot be had, one that is none. */
static struct transport *one_established(struct world *w)
{
	const enum mutation mutation = w->mutation;
	struct transport *t = a_transport(w, true);

	if (t->open)
		return t;
	w->mutation = MUTATE_PLAIN;
	gen_establish_transport(w);
	w->mutation = mutation;
	return a_transport(w, true);
}

/* ---- 24.2 ---- */

static void mgf1(const struct blob *seed, uint8_t *out, size_t len)
{
	for (uint32_t counter = 0; len; counter++) {
		struct blob b = *seed;
		struct tss_digest d;
		const size_t n = len < sizeof(d.b) ? len : sizeof(d.b);

		put(&b, counter, 4);
		d = sha1_of(b.b, b.len);
		memcpy(out, d.b, n);
		out += n;
		len -= n;
	}
}

/* AES-128 in output feedback mode, by its counter mode of one block. */
static void aes_ofb(const uint8_t *key, uint8_t *iv, uint8_t *data, size_t len)
{
	static const uint8_t zeros[CLIENT_AES];

	while (len) {
		const size_t n = len < CLIENT_AES ? len : CLIENT_AES;

		client_aes_ctr(key, iv, zeros, iv, CLIENT_AES);
		for (size_t i = 0; i < n; i++)
			data[i] ^= iv[i];
		data += n;
		len -= n;
	}
}

/* Encrypts or decrypts what is transported: "in" or "out". */
static void mask(const struct transport *t, int i, const char *direction,
		 uint8_t *data, size_t len)
{
	struct blob seed = { 0 };
	uint8_t pad[BLOB_MAX], iv[CLIENT_AES];

	if (!(t->attributes & TPM_TRANSPORT_ENCRYPT) || !len)
		return;
	put_digest(&seed, &t->s[i].even);
	put_digest(&seed, &t->s[i].odd);
	put_bytes(&seed, direction, strlen(direction));
	if (t->alg == TPM_ALG_MGF1) {
		put_digest(&seed, &t->secret);
		mgf1(&seed, pad, len);
		for (size_t j = 0; j < len; j++)
			data[j] ^= pad[j];
		return;
	}
	mgf1(&seed, iv, sizeof(iv));
	if (t->scheme == TPM_ES_SYM_OFB)
		aes_ofb(t->secret.b, iv, data, len);
	else
		client_aes_ctr(t->secret.b, iv, data, data, len);
}

/* A command without sessions, and how much in front of it is in clear. */
struct wrapped {
	uint32_t ordinal;
	struct blob req; /* the whole of it */
	size_t clear;	 /* header and handles */
};

static void choose_wrapped(struct world *w, struct wrapped *c)
{
	struct blob params = { 0 };
	struct tss_digest d;

	random_digest(w, &d);
	c->ordinal = ONE_OF(w, ORD_PcrRead, ORD_Extend, ORD_GetCapability,
			    ORD_ContinueSelfTest, ORD_DirRead, 0x9b);
	c->clear = TSS_HEADER;
	if (c->ordinal == ORD_PcrRead || c->ordinal == ORD_Extend)
		put(&params, pick(w, 25), 4);
	if (c->ordinal == ORD_Extend)
		put_digest(&params, &d);
	if (c->ordinal == ORD_GetCapability) {
		put(&params, TPM_CAP_PROPERTY, 4);
		put(&params, 4, 4);
		put(&params, TPM_CAP_PROP_PCR, 4);
	}
	if (c->ordinal == ORD_DirRead)
		put(&params, 0, 4);
	if (chance(w, 12))
		put(&params, 0, 1);
	put(&c->req, TSS_TAG_RQU, 2);
	put(&c->req, (uint32_t)(TSS_HEADER + params.len), 4);
	put(&c->req, c->ordinal, 4);
	put_bytes(&c->req, params.b, params.len);
}

/* The HMAC over a digest, nonces and whether the session goes on. */
static struct tss_digest session_hmac(const struct transport *t, int i,
				      const struct tss_digest *digest,
				      bool keep)
{
	struct blob b = { 0 };

	put_digest(&b, digest);
	put_digest(&b, &t->s[i].even);
	put_digest(&b, &t->s[i].odd);
	put(&b, keep, 1);
	return hmac_of(&t->secret, b.b, b.len);
}

/* inParamDigest is of what is transported in clear (24.2, action 7). */
static void transport_request(const struct transport *t, int i,
			      const struct wrapped *c, bool keep,
			      struct blob *out)
{
	struct blob h1 = { 0 }, in = { 0 }, sent = c->req;
	struct tss_digest d;

	put(&h1, c->ordinal, 4);
	put_bytes(&h1, c->req.b + c->clear, c->req.len - c->clear);
	d = sha1_of(h1.b, h1.len);
	put(&in, ORD_ExecuteTransport, 4);
	put(&in, (uint32_t)c->req.len, 4);
	put_digest(&in, &d);
	d = sha1_of(in.b, in.len);
	d = session_hmac(t, i, &d, keep);
	mask(t, i, "in", sent.b + c->clear, sent.len - c->clear);
	put(out, TSS_TAG_RQU + 1, 2);
	put(out, (uint32_t)(TSS_HEADER + 4 + sent.len + TSS_AUTH_RQU), 4);
	put(out, ORD_ExecuteTransport, 4);
	put_sized(out, sent.b, sent.len);
	put(out, t->s[i].handle, 4);
	put_digest(out, &t->s[i].odd);
	put(out, keep, 1);
	put_digest(out, &d);
}

/* Its answer in clear, for both; the session's nonces move on. */
static void transport_answer(struct world *w, struct transport *t, int i,
			     struct blob *inner, bool *goes_on)
{
	struct tss_answer *a = &w->a[i];
	size_t len;
	const uint8_t *p;

	a->p = a->b + TSS_HEADER;
	a->end = a->b + a->len - TSS_AUTH_RSP;
	a->bad = false;
	memcpy(t->s[i].even.b, a->end, CLIENT_SHA1);
	*goes_on = a->end[CLIENT_SHA1];
	tss_get_bytes(a, 8);
	tss_get_u32(a);
	p = tss_get_blob(a, &len);
	inner->len = 0;
	put_bytes(inner, p, p ? len : 0);
	if (inner->len > TSS_HEADER)
		mask(t, i, "out", inner->b + TSS_HEADER,
		     inner->len - TSS_HEADER);
}

static uint32_t result_of(const struct tss_answer *a)
{
	uint32_t v = 0;

	for (size_t i = 6; i < TSS_HEADER; i++)
		v = v << 8 | a->b[i];
	return a->len < TSS_HEADER ? TSS_MALFORMED : v;
}

static uint32_t execute(struct world *w, struct transport *t,
			const struct wrapped *c, bool keep, uint32_t damage)
{
	for (int i = 0; i < SIDES; i++) {
		struct blob req = { 0 };

		transport_request(t, i, c, keep, &req);
		if (damage)
			req.b[req.len - 1 - damage % req.len] ^= 1;
		tss_begin(&w->c[i], ORD_ExecuteTransport);
		send_to(w, i, req.b, req.len);
		w->result[i] = result_of(&w->a[i]);
	}
	w->commands++;
	note_result(w, ORD_ExecuteTransport);
	return w->result[OURS] == w->result[THEIRS] ? w->result[OURS]
						    : DISAGREE;
}

void gen_execute_transport(struct world *w)
{
	struct transport *t = one_established(w);
	struct wrapped c = { 0 };
	struct blobs inner = { 0 };
	const bool keep = !chance(w, 6);
	const uint32_t damage = chance(w, 8) ? 1 + pick(w, 69) : 0;
	bool goes_on[SIDES] = { false, false };

	choose_wrapped(w, &c);
	w->run_mutation = MUTATE_PLAIN;
	if (execute(w, t, &c, keep, damage)) {
		t->open = false;
		return;
	}
	for (int i = 0; i < SIDES; i++)
		transport_answer(w, t, i, &inner.s[i], &goes_on[i]);
	if (goes_on[OURS] != goes_on[THEIRS])
		differ(w, "continueTransSession");
	if (inner.s[OURS].len != inner.s[THEIRS].len ||
	    memcmp(inner.s[OURS].b, inner.s[THEIRS].b, inner.s[OURS].len) != 0)
		differ(w, "wrappedRsp");
	t->open = goes_on[OURS];
	for (int i = 0; i < SIDES; i++)
		random_digest(w, &t->s[i].odd);
}

/* ---- 24.3 and its end ---- */

void gen_release_transport_signed(struct world *w)
{
	struct transport *t = one_established(w);
	const struct key *k = a_signer(w);
	struct tss_digest nonce;
	struct blobs sig;

	random_digest(w, &nonce);
	both_begin(w, ORD_ReleaseTransportSigned);
	both_handle(w, &k->handle);
	both_digest(w, &nonce);
	use_key(w, k);
	for (int i = 0; i < SIDES; i++)
		tss_use(&w->c[i], &t->s[i], &t->secret, false);
	if (both_run(w)) {
		t->open = false;
		return;
	}
	t->open = false;
	same_u32(w, "locality");
	skip_ticks(w);
	pair_blob(w, &sig, "signature's size");
	same_end(w);
}

void gen_flush_transport(struct world *w)
{
	struct transport *t = a_transport(w, true);
	struct pair handle;

	for (int i = 0; i < SIDES; i++)
		handle.v[i] = t->s[i].handle;
	both_begin(w, ORD_FlushSpecific);
	both_handle(w, &handle);
	both_u32(w, TPM_RT_TRANS);
	if (!both_run(w))
		t->open = false;
}

/* ---- Section 26: what needs no issuer ---- */

static void daa(struct world *w, uint32_t ordinal, const struct blob *first)
{
	struct entity owner = owner_entity(w);
	const uint32_t stage = chance(w, 3) ? pick(w, 30) : 0;
	struct pair handle = { { 0, 0 } };

	both_begin(w, ordinal);
	both_handle(w, &handle);
	both_u8(w, stage);
	both_blob(w, first->b, first->len - chance(w, 8));
	both_blob(w, NULL, 0);
	authorise(w, &owner);
	if (both_run(w))
		return;
	same_u32(w, "outputData's size");
	pair_u32(w, &handle);
	same_end(w);
	both_begin(w, ORD_FlushSpecific);
	both_handle(w, &handle);
	both_u32(w, TPM_RT_DAA_TPM);
	both_run(w);
}

/* It is told how many keys there are to be. */
void gen_daa_join(struct world *w)
{
	struct blob count = { 0 };

	put(&count, 1, 4);
	daa(w, ORD_DAA_Join, &count);
}

/* It is told whose key it is: TPM_DAA_ISSUER, of six digests and q. */
void gen_daa_sign(struct world *w)
{
	struct blob issuer = { 0 };
	uint8_t parts[6 * CLIENT_SHA1 + 26];

	rng_bytes(&w->rng, parts, sizeof(parts));
	put(&issuer, TPM_TAG_DAA_ISSUER, 2);
	put_bytes(&issuer, parts, sizeof(parts));
	daa(w, ORD_DAA_Sign, &issuer);
}
