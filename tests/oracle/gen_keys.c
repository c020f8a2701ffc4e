/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys: Part 3, sections 10.4 to 10.6, 21.1, 27.1.1 and 27.8. */
#include "generators.h"

#include <string.h>

#include "bytes.h"
#include "keys.h"

/* ---- Choosing ---- */

struct key *a_key(struct world *w, bool (*fits)(const struct key *k))
{
	const uint32_t from = pick(w, N_KEYS);

	for (uint32_t i = 0; i < N_KEYS; i++) {
		struct key *k = &w->m.keys[(from + i) % N_KEYS];

		if (k->loaded && fits(k))
			return k;
	}
	return &w->m.keys[from];
}

bool is_parent(const struct key *k)
{
	return k->usage == TPM_KEY_STORAGE;
}

bool is_any(const struct key *k)
{
	return k->known;
}

bool signs(const struct key *k)
{
	return k->usage == TPM_KEY_SIGNING || k->usage == TPM_KEY_LEGACY;
}

/* The SRK more often than others, which may not be there. */
struct key *a_parent(struct world *w)
{
	return chance(w, 3) ? a_key(w, is_parent) : &w->m.keys[SRK];
}

unsigned int key_at(const struct world *w, const struct key *k)
{
	return (unsigned int)(k - w->m.keys);
}

/* Its handle may be another's next; with libtpms it is not. */
void key_unloaded(struct key *k)
{
	k->loaded = false;
	memset(&k->handle, 0, sizeof(k->handle));
}

/* A place for another, never the SRK's; what was there is put out first. */
struct key *key_place(struct world *w)
{
	struct key *k = &w->m.keys[1 + pick(w, N_KEYS - 1)];

	if (k->loaded) {
		const enum mutation mutation = w->mutation;

		w->mutation = MUTATE_PLAIN;
		both_begin(w, ORD_FlushSpecific);
		both_handle(w, &k->handle);
		both_u32(w, TPM_RT_KEY);
		both_run(w);
		end_bound_sessions(w);
		w->mutation = mutation;
	}
	memset(k, 0, sizeof(*k));
	return k;
}

static void choose_schemes(struct world *w, struct key *k)
{
	switch (k->usage) {
	case TPM_KEY_SIGNING:
		k->enc = TPM_ES_NONE;
		k->sig = (uint16_t)(TPM_SS_RSASSAPKCS1v15_SHA1 + pick(w, 3));
		break;
	case TPM_KEY_BIND:
		k->enc = (uint16_t)(TPM_ES_RSAESPKCSv15 + pick(w, 2));
		k->sig = TPM_SS_NONE;
		break;
	case TPM_KEY_LEGACY:
		k->enc = (uint16_t)(TPM_ES_RSAESPKCSv15 + pick(w, 2));
		k->sig = (uint16_t)(TPM_SS_RSASSAPKCS1v15_SHA1 + pick(w, 2));
		break;
	case TPM_KEY_IDENTITY:
		k->enc = TPM_ES_NONE;
		k->sig = TPM_SS_RSASSAPKCS1v15_SHA1;
		break;
	default:
		k->enc = TPM_ES_RSAESOAEP_SHA1_MGF1;
		k->sig = TPM_SS_NONE;
		break;
	}
	if (chance(w, 25))
		k->enc = (uint16_t)pick(w, 6);
	if (chance(w, 25))
		k->sig = (uint16_t)pick(w, 6);
}

/* A key that can be: mostly. */
void choose_key(struct world *w, struct key *k)
{
	k->usage = (uint16_t)ONE_OF(w, TPM_KEY_SIGNING, TPM_KEY_SIGNING,
				    TPM_KEY_STORAGE, TPM_KEY_BIND,
				    TPM_KEY_LEGACY, TPM_KEY_MIGRATE);
	if (chance(w, 30))
		k->usage = (uint16_t)(0xf + pick(w, 9));
	k->bits = (uint16_t)ONE_OF(w, 512, 1024, 2048);
	if ((k->usage == TPM_KEY_STORAGE || k->usage == TPM_KEY_MIGRATE) &&
	    !chance(w, 8))
		k->bits = 2048;
	choose_schemes(w, k);
	k->auth_usage =
		(uint8_t)ONE_OF(w, TPM_AUTH_ALWAYS, TPM_AUTH_ALWAYS,
				TPM_AUTH_NEVER, TPM_NO_READ_PUBKEY_AUTH);
	k->migratable = chance(w, 2);
	k->payload = TPM_PT_ASYM;
	k->number = w->side[OURS]->now.key;
	random_digest(w, &k->secret);
	random_digest(w, &k->migration);
}

void cross(struct world *w, struct blobs *b)
{
	switch (pick(w, 3)) {
	case 0:
		b->s[OURS] = b->s[THEIRS];
		break;
	case 1:
		b->s[THEIRS] = b->s[OURS];
		break;
	default:
		break;
	}
}

void same_encrypted(struct world *w, const struct blobs *b,
		    const struct key *parent, const char *what)
{
	const size_t size = parent->bits / 8;
	uint8_t n[KEY_BYTES_MAX], plain[SIDES][KEY_BYTES_MAX];
	size_t len[SIDES] = { 0 };
	bool opens[SIDES];

	if (w->difference.found || w->over)
		return;
	if (b->s[OURS].len != b->s[THEIRS].len || b->s[OURS].len < size ||
	    memcmp(b->s[OURS].b, b->s[THEIRS].b, b->s[OURS].len - size) != 0) {
		differ(w, what);
		return;
	}
	keys_modulus(parent->bits, parent->number, n);
	for (int i = 0; i < SIDES; i++)
		opens[i] = keys_open(n, size, b->s[i].b + b->s[i].len - size,
				     plain[i], &len[i]);
	/* Damaged on the way in, it may be to another. */
	if (opens[OURS] != opens[THEIRS])
		differ(w, "what was encrypted to the parent");
	if (len[OURS] != len[THEIRS] ||
	    memcmp(plain[OURS], plain[THEIRS], len[OURS]) != 0)
		differ(w, what);
}

/* ---- Section 10 ---- */

void gen_create_wrap_key(struct world *w)
{
	struct key *parent = a_parent(w);
	struct entity e = key_entity(w, parent);
	struct session *s = session_for(w, &e, BOUND_SESSION);
	const unsigned int options =
		pick(w, 2) | (chance(w, 8) ? WITH_PCR16 : 0);
	struct blob b = { 0 };
	struct key k = { .known = true, .parent = key_at(w, parent) };
	struct key *place;

	choose_key(w, &k);
	put_key(&b, &k, options);
	put(&b, 0, 4);
	both_begin(w, ORD_CreateWrapKey);
	both_handle(w, &parent->handle);
	both_encrypted(w, s, &k.secret, false);
	both_encrypted(w, s, &k.migration, true);
	both_bytes(w, b.b, b.len);
	use(w, s, &e.secret);
	if (both_run(w))
		return;
	pair_rest(w, &k.blob, "wrappedKey's size");
	same_encrypted(w, &k.blob, parent, "wrappedKey");
	cross(w, &k.blob);
	place = key_place(w);
	if (place != parent)
		*place = k;
}

static uint32_t load(struct world *w, struct key *k, bool old)
{
	const struct key *parent = &w->m.keys[k->parent];
	struct entity e = key_entity(w, parent);

	both_begin(w, old ? ORD_LoadKey : ORD_LoadKey2);
	both_handle(w, &parent->handle);
	both_raw(w, &k->blob);
	if (parent->auth_usage == TPM_AUTH_ALWAYS || chance(w, 3))
		authorise(w, &e);
	/* TPM_LoadKey's HMAC covers the handle, TPM_LoadKey2's does not. */
	for (int i = 0; i < SIDES; i++)
		w->c[i].out_handles = old ? 0 : 4;
	if (both_run(w))
		return w->result[OURS];
	pair_u32(w, &k->handle);
	same_end(w);
	k->loaded = true;
	return 0;
}

static struct key *not_loaded(struct world *w)
{
	const uint32_t from = pick(w, N_KEYS);

	for (uint32_t i = 0; i < N_KEYS; i++) {
		struct key *k = &w->m.keys[(from + i) % N_KEYS];

		if (k->known && !k->loaded)
			return k;
	}
	return NULL;
}

/* A key that the client made, wrapped to the SRK; usage 0: any. */
static void make_soft_key(struct world *w, struct key *k, uint16_t usage)
{
	const struct key *srk = &w->m.keys[SRK];
	const unsigned int options = WITH_PUB | pick(w, 2);
	struct blob public = { 0 }, secret = { 0 };
	uint8_t n[KEY_BYTES_MAX], sealed[KEY_BYTES_MAX];

	memset(k, 0, sizeof(*k));
	choose_key(w, k);
	if (usage) {
		k->usage = usage;
		k->bits = 2048;
		choose_schemes(w, k);
		k->migratable &= usage != TPM_KEY_IDENTITY;
	}
	k->known = true;
	put_key(&public, k, options);
	put_asymkey(&secret, k, k->migratable ? &k->migration : &w->m.proof,
		    &public);
	keys_modulus(srk->bits, srk->number, n);
	keys_seal(n, srk->bits / 8, secret.b, secret.len, sealed);
	put_sized(&public, sealed, srk->bits / 8);
	k->blob.s[OURS] = k->blob.s[THEIRS] = public;
}

static void load_some(struct world *w, bool old)
{
	struct key *k = not_loaded(w);

	if (k && !chance(w, 3)) {
		load(w, k, old);
		return;
	}
	if (!w->m.keys[SRK].known)
		return;
	k = key_place(w);
	make_soft_key(w, k, 0);
	load(w, k, old);
}

/* What a life begins with. */
void load_soft_key(struct world *w, unsigned int at, uint16_t usage)
{
	struct key *k = &w->m.keys[at];

	make_soft_key(w, k, usage);
	load(w, k, false);
}

void gen_load_key(struct world *w)
{
	load_some(w, true);
}

void gen_load_key2(struct world *w)
{
	load_some(w, false);
}

void gen_get_pub_key(struct world *w)
{
	const struct key *k = chance(w, 8) ? &w->m.keys[SRK] : a_key(w, is_any);
	struct entity e = key_entity(w, k);

	both_begin(w, ORD_GetPubKey);
	both_handle(w, &k->handle);
	if (k->auth_usage == TPM_AUTH_ALWAYS || chance(w, 3))
		authorise(w, &e);
	if (!both_run(w))
		same_rest(w, "pubKey");
}

/* ---- Sections 22.1, 27.1.1, 21.1 ---- */

static struct key *a_victim(struct world *w)
{
	return &w->m.keys[chance(w, 10) ? SRK : 1 + pick(w, N_KEYS - 1)];
}

void gen_evict_key(struct world *w)
{
	struct key *k = a_victim(w);

	both_begin(w, ORD_EvictKey);
	both_handle(w, &k->handle);
	if (both_run(w))
		return;
	key_unloaded(k);
	end_bound_sessions(w);
}

void gen_flush_key(struct world *w)
{
	struct key *k = a_victim(w);

	both_begin(w, ORD_FlushSpecific);
	both_handle(w, &k->handle);
	both_u32(w, TPM_RT_KEY);
	if (both_run(w))
		return;
	key_unloaded(k);
	end_bound_sessions(w);
}

void gen_key_control_owner(struct world *w)
{
	struct entity owner = owner_entity(w);
	struct key *k = a_key(w, is_any);
	const bool value = chance(w, 2);
	struct blob b = { 0 };

	put_pubkey(&b, k);
	both_begin(w, ORD_KeyControlOwner);
	both_handle(w, &k->handle);
	both_bytes(w, b.b, b.len);
	both_u32(w, chance(w, 10) ? pick(w, 4) : TPM_KEY_CONTROL_OWNER_EVICT);
	both_u8(w, value);
	authorise(w, &owner);
	if (!both_run(w))
		k->evict = value;
}
