/* SPDX-License-Identifier: BSD-2-Clause */
/* What keys do with data: Part 3, sections 10, 13 and 16. */
#include "generators.h"

#include <string.h>

#include "bytes.h"
#include "keys.h"

#define DATA_MAX 300u

/* ---- Sealing ---- */

/* Bound to what register 16 holds after a reset; mostly to nothing. */
static void choose_pcr_info(struct world *w, struct blob *b, bool is_long)
{
	const struct tss_digest release = pcr16_digest();
	const uint32_t selection = 1u << ONE_OF(w, 16, 16, 16, 23, 10);

	if (is_long) {
		put(b, TPM_TAG_PCR_INFO_LONG, 2);
		put(b, chance(w, 8) ? pick(w, 0x22) : 1, 1);
		put(b, chance(w, 4) ? pick(w, 0x22) : 0x1f, 1);
		put_selection(b, selection);
	}
	put_selection(b, selection);
	put_digest(b, &release);
	put_digest(b, &release);
}

static struct sealed *some_sealed(struct world *w)
{
	return &w->m.sealed[pick(w, N_SEALED)];
}

static const struct sealed *a_sealed(struct world *w)
{
	for (int i = 0; i < 8; i++) {
		const struct sealed *s = some_sealed(w);

		if (s->known)
			return s;
	}
	return some_sealed(w);
}

static uint32_t seal(struct world *w, struct key *k, bool sealx,
		     struct sealed *sealed)
{
	struct entity e = key_entity(w, k);
	struct session *s = session_for(w, &e, BOUND_SESSION);
	const uint32_t len = chance(w, 8) ? pick(w, 300) : pick(w, 140);
	uint8_t data[DATA_MAX];
	struct blob info = { 0 };

	if (sealx || chance(w, 3))
		choose_pcr_info(w, &info, sealx || chance(w, 2));
	rng_bytes(&w->rng, data, sizeof(data));
	both_begin(w, sealx ? ORD_Sealx : ORD_Seal);
	both_handle(w, &k->handle);
	both_encrypted(w, s, &sealed->secret, false);
	both_blob(w, info.b, info.len);
	both_blob(w, data, len);
	use(w, s, &e.secret);
	return both_run(w);
}

static void gen_seal_any(struct world *w, bool sealx)
{
	struct key *k = a_parent(w);
	struct sealed sealed = { .known = true,
				 .sealx = sealx,
				 .parent = key_at(w, k) };

	random_digest(w, &sealed.secret);
	if (seal(w, k, sealx, &sealed))
		return;
	pair_rest(w, &sealed.blob, "sealedData's size");
	/* The data of TPM_Sealx are encrypted by each session's own key. */
	if (!sealx)
		same_encrypted(w, &sealed.blob, k, "sealedData");
	if (!sealx)
		cross(w, &sealed.blob);
	*some_sealed(w) = sealed;
}

void gen_seal(struct world *w)
{
	gen_seal_any(w, false);
}

void gen_sealx(struct world *w)
{
	gen_seal_any(w, true);
}

void gen_unseal(struct world *w)
{
	const struct sealed *sealed = a_sealed(w);
	const struct key *k = &w->m.keys[sealed->parent];
	struct entity parent = key_entity(w, k);
	struct entity data = { .secret = sealed->secret };
	struct blobs secret;

	both_begin(w, ORD_Unseal);
	both_handle(w, &k->handle);
	both_raw(w, &sealed->blob);
	authorise(w, &parent);
	if (!chance(w, 8)) {
		w->wish_oiap = true;
		authorise(w, &data);
		w->wish_oiap = false;
	}
	if (both_run(w))
		return;
	if (sealed->sealx)
		pair_rest(w, &secret, "secret's size");
	else
		same_rest(w, "secret");
}

/* ---- Binding ---- */

static bool binds(const struct key *k)
{
	return k->usage == TPM_KEY_BIND || k->usage == TPM_KEY_LEGACY;
}

/* Encrypted to the key, as it wants it or not quite. */
static size_t bind(struct world *w, const struct key *k, uint8_t *out)
{
	const size_t size = k->bits / 8;
	struct blob b = { 0 };
	uint8_t n[KEY_BYTES_MAX], data[200];
	bool ok;

	if (!size)
		return pick(w, 64);
	keys_modulus(k->bits, k->number, n);
	rng_bytes(&w->rng, data, sizeof(data));
	if (!chance(w, 6)) {
		put(&b, chance(w, 10) ? 0x01020000 : 0x01010000, 4);
		put(&b, chance(w, 10) ? pick(w, 9) : TPM_PT_BIND, 1);
	}
	put_bytes(&b, data, pick(w, (uint32_t)(size - 47 < 128 ? 16 : 80)));
	if ((k->enc == TPM_ES_RSAESPKCSv15) ^ chance(w, 10))
		ok = keys_bind(n, size, b.b, b.len, out);
	else
		ok = keys_seal(n, size, b.b, b.len, out);
	if (!ok)
		rng_bytes(&w->rng, out, size);
	return chance(w, 20) ? size - 1 : size;
}

void use_key(struct world *w, const struct key *k)
{
	struct entity e = key_entity(w, k);

	if (k->auth_usage == TPM_AUTH_ALWAYS ||
	    k->auth_usage == TPM_NO_READ_PUBKEY_AUTH || chance(w, 3))
		authorise(w, &e);
}

void gen_unbind(struct world *w)
{
	const struct key *k = a_key(w, chance(w, 10) ? is_any : binds);
	uint8_t bound[KEY_BYTES_MAX] = { 0 };
	size_t len;

	len = bind(w, k, bound);
	both_begin(w, ORD_UnBind);
	both_handle(w, &k->handle);
	both_blob(w, bound, len);
	use_key(w, k);
	if (!both_run(w))
		same_rest(w, "outData");
}

/* ---- Signing ---- */

bool attests(const struct key *k)
{
	return signs(k) || k->usage == TPM_KEY_IDENTITY;
}

const struct key *a_signer(struct world *w)
{
	return a_key(w, chance(w, 10) ? is_any : attests);
}

void gen_sign(struct world *w)
{
	const struct key *k = a_key(w, chance(w, 10) ? is_any : signs);
	uint8_t area[DATA_MAX];
	uint32_t len = CLIENT_SHA1;

	rng_bytes(&w->rng, area, sizeof(area));
	if (k->sig != TPM_SS_RSASSAPKCS1v15_SHA1)
		len = pick(w, k->bits / 8 + 2u);
	if (chance(w, 10))
		len = pick(w, DATA_MAX);
	both_begin(w, ORD_Sign);
	both_handle(w, &k->handle);
	both_blob(w, area, len);
	use_key(w, k);
	if (!both_run(w))
		same_rest(w, "sig");
}

static void begin_quote(struct world *w, uint32_t ordinal, const struct key *k)
{
	struct tss_digest nonce;

	random_digest(w, &nonce);
	both_begin(w, ordinal);
	both_handle(w, &k->handle);
	both_digest(w, &nonce);
	both_selection(w, (uint32_t)rng_next(&w->rng) & 0xffffff);
}

void gen_quote(struct world *w)
{
	const struct key *k = a_signer(w);

	begin_quote(w, ORD_Quote, k);
	use_key(w, k);
	if (!both_run(w))
		same_rest(w, "sig");
}

void gen_quote2(struct world *w)
{
	const struct key *k = a_signer(w);
	const struct tss_command *c = &w->c[OURS];
	struct blobs version, sig;

	begin_quote(w, ORD_Quote2, k);
	both_u8(w, chance(w, 2));
	use_key(w, k);
	if (both_run(w))
		return;
	if (!c->params[c->len - 1]) {
		same_rest(w, "sig");
		return;
	}
	/* It signs the maker's version, too. */
	same_bytes(w, same_u16(w, "sizeOfSelect") + 1u + CLIENT_SHA1,
		   "pcrData");
	pair_blob(w, &version, "versionInfo's size");
	pair_blob(w, &sig, "sig's size");
	same_end(w);
}

static void certify(struct world *w, uint32_t ordinal)
{
	const struct key *cert = a_signer(w), *k = a_key(w, is_any);
	struct tss_digest nonce, digest = { 0 };
	const bool first = ordinal == ORD_CertifyKey;

	random_digest(w, &nonce);
	if (chance(w, 3))
		random_digest(w, &digest);
	both_begin(w, ordinal);
	both_handle(w, first ? &cert->handle : &k->handle);
	both_handle(w, first ? &k->handle : &cert->handle);
	if (!first)
		both_digest(w, &digest);
	both_digest(w, &nonce);
	use_key(w, first ? cert : k);
	use_key(w, first ? k : cert);
	if (!both_run(w))
		same_rest(w, "certifyInfo");
}

void gen_certify_key(struct world *w)
{
	certify(w, ORD_CertifyKey);
}

void gen_certify_key2(struct world *w)
{
	certify(w, ORD_CertifyKey2);
}

void gen_get_audit_digest_signed(struct world *w)
{
	const struct key *k = a_signer(w);
	struct tss_digest nonce;
	struct blobs sig;

	random_digest(w, &nonce);
	both_begin(w, ORD_GetAuditDigestSigned);
	both_handle(w, &k->handle);
	both_u8(w, chance(w, 2));
	both_digest(w, &nonce);
	use_key(w, k);
	if (both_run(w))
		return;
	same_bytes(w, 2 + 4 + 4, "counterValue");
	pair_skip(w, CLIENT_SHA1);
	/* libtpms has no maintenance that could be audited. */
	pair_skip(w, CLIENT_SHA1);
	pair_blob(w, &sig, "sig's size");
	same_end(w);
}

/* ---- Ticks: section 23 ---- */

static void skip_ticks(struct world *w)
{
	same_u16(w, "currentTicks' tag");
	pair_skip(w, 8);
	same_u16(w, "tickRate");
	pair_skip(w, CLIENT_SHA1);
}

void gen_get_ticks(struct world *w)
{
	if (run_plain(w, ORD_GetTicks))
		return;
	skip_ticks(w);
	same_end(w);
}

void gen_tick_stamp_blob(struct world *w)
{
	const struct key *k = a_signer(w);
	struct tss_digest nonce, digest;
	struct blobs sig;

	random_digest(w, &nonce);
	random_digest(w, &digest);
	both_begin(w, ORD_TickStampBlob);
	both_handle(w, &k->handle);
	both_digest(w, &nonce);
	both_digest(w, &digest);
	use_key(w, k);
	if (both_run(w))
		return;
	skip_ticks(w);
	pair_blob(w, &sig, "sig's size");
	same_end(w);
}

/* ---- SHA-1 threads: section 13.1 to 13.4 ---- */

void gen_sha1_start(struct world *w)
{
	if (!run_plain(w, ORD_SHA1Start))
		same_rest(w, "maxNumBytes");
}

static void sha1(struct world *w, uint32_t ordinal, uint32_t len)
{
	uint8_t data[DATA_MAX];

	if (!chance(w, 4))
		run_plain(w, ORD_SHA1Start);
	if (chance(w, 4)) {
		static const uint8_t more[64];

		both_begin(w, ORD_SHA1Update);
		both_blob(w, more, sizeof(more));
		both_run(w);
	}
	rng_bytes(&w->rng, data, sizeof(data));
	both_begin(w, ordinal);
	if (ordinal == ORD_SHA1CompleteExtend)
		both_u32(w, pick(w, 26));
	both_blob(w, data, len);
	if (!both_run(w))
		same_rest(w, "hashValue");
}

void gen_sha1_update(struct world *w)
{
	sha1(w, ORD_SHA1Update, chance(w, 6) ? pick(w, 200) : 64 * pick(w, 5));
}

void gen_sha1_complete(struct world *w)
{
	sha1(w, ORD_SHA1Complete, chance(w, 6) ? pick(w, 200) : pick(w, 65));
}

void gen_sha1_complete_extend(struct world *w)
{
	sha1(w, ORD_SHA1CompleteExtend,
	     chance(w, 6) ? pick(w, 200) : pick(w, 65));
}
