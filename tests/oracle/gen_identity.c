/* SPDX-License-Identifier: BSD-2-Clause */
/* Identities, migration: Part 3, sections 11 and 15. */
#include "generators.h"

#include <string.h>

#include "bytes.h"
#include "keys.h"

/* What CreateWrapKey's migration blobs and secrets have. */
#define ENC_SIZE 256u

/* ---- Section 15 ---- */

/* The end of the TPM_KEY at the front of the answer. */
static size_t key_length(const struct tss_answer *a)
{
	struct blob b = { 0 };
	size_t at = 11 + 8;

	put_bytes(&b, a->p, (size_t)(a->end - a->p));
	/* parms, PCRInfo, pubKey, encData */
	for (int i = 0; i < 4; i++)
		at += 4 + get(&b, at, 4);
	return at;
}

static void take_key(struct world *w, struct blobs *key)
{
	for (int i = 0; i < SIDES; i++) {
		const size_t len = key_length(&w->a[i]);
		const uint8_t *p = tss_get_bytes(&w->a[i], len);

		key->s[i].len = 0;
		if (p)
			put_bytes(&key->s[i], p, len);
	}
}

void gen_make_identity(struct world *w)
{
	struct entity owner = owner_entity(w);
	struct key *srk = &w->m.keys[SRK];
	struct entity parent = key_entity(w, srk);
	struct session *s = session_for(w, &owner, BOUND_SESSION);
	struct key k = { .known = true,
			 .usage = TPM_KEY_IDENTITY,
			 .enc = TPM_ES_NONE,
			 .sig = TPM_SS_RSASSAPKCS1v15_SHA1,
			 .bits = 2048,
			 .auth_usage = TPM_AUTH_ALWAYS,
			 .payload = TPM_PT_ASYM,
			 .number = w->side[OURS]->now.key };
	struct tss_digest label;
	struct blob b = { 0 };

	random_digest(w, &k.secret);
	random_digest(w, &label);
	put_key(&b, &k, pick(w, 2) | (chance(w, 8) ? WITH_PCR16 : 0));
	put(&b, 0, 4);
	both_begin(w, ORD_MakeIdentity);
	both_encrypted(w, s, &k.secret, false);
	both_digest(w, &label);
	both_bytes(w, b.b, b.len);
	if (!chance(w, 8))
		authorise(w, &parent);
	use(w, s, &owner.secret);
	if (both_run(w))
		return;
	take_key(w, &k.blob);
	same_encrypted(w, &k.blob, srk, "idKey");
	same_rest(w, "identityBinding");
	cross(w, &k.blob);
	*key_place(w) = k;
}

static bool is_identity(const struct key *k)
{
	return k->usage == TPM_KEY_IDENTITY;
}

static void put_symmetric_key(struct world *w, struct blob *b)
{
	uint8_t key[16];

	rng_bytes(&w->rng, key, sizeof(key));
	put(b, TPM_ALG_AES128, 4);
	put(b, TPM_ES_SYM_CTR, 2);
	put(b, sizeof(key), 2);
	put_bytes(b, key, sizeof(key));
}

/* TPM_ASYM_CA_CONTENTS, or TPM_EK_BLOB with TPM_EK_BLOB_ACTIVATE in it. */
static void put_activation(struct world *w, struct blob *b,
			   const struct tss_digest *id, bool blob12)
{
	struct blob inner = { 0 };

	if (!blob12) {
		put_symmetric_key(w, b);
		put_digest(b, id);
		return;
	}
	put(&inner, TPM_TAG_EK_BLOB_ACTIVATE, 2);
	put_symmetric_key(w, &inner);
	put_digest(&inner, id);
	put_selection(&inner, chance(w, 3) ? 1u << 16 : 0);
	put(&inner, chance(w, 8) ? pick(w, 0x20) : 0x1f, 1);
	put_digest(&inner, &(struct tss_digest){ { 0 } });
	put(b, TPM_TAG_EK_BLOB, 2);
	put(b, chance(w, 10) ? TPM_EK_TYPE_AUTH : TPM_EK_TYPE_ACTIVATE, 2);
	put_sized(b, inner.b, inner.len);
}

void gen_activate_identity(struct world *w)
{
	struct entity owner = owner_entity(w);
	const struct key *k = a_key(w, chance(w, 10) ? is_any : is_identity);
	struct entity id = key_entity(w, k);
	struct blob pub = { 0 }, b = { 0 };
	struct tss_digest digest;
	uint8_t n[KEY_BYTES_MAX], sealed[KEY_BYTES_MAX];

	put_pubkey(&pub, k);
	digest = sha1_of(pub.b, pub.len);
	if (chance(w, 10))
		random_digest(w, &digest);
	put_activation(w, &b, &digest, chance(w, 2));
	keys_modulus(2048, EK_NUMBER, n);
	keys_seal(n, sizeof(n), b.b, b.len, sealed);
	both_begin(w, ORD_ActivateIdentity);
	both_handle(w, &k->handle);
	both_blob(w, sealed, sizeof(sealed));
	if (!chance(w, 8))
		authorise(w, &id);
	authorise(w, &owner);
	if (!both_run(w))
		same_rest(w, "symmetricKey");
}

/* ---- Sections 11.1 to 11.4 ---- */

static bool migrates(const struct key *k)
{
	return k->usage == TPM_KEY_MIGRATE || k->usage == TPM_KEY_STORAGE;
}

/* Somebody else's storage key, of which a TPM sees the public half. */
static const struct key foreign = { .known = true,
				    .usage = TPM_KEY_STORAGE,
				    .enc = TPM_ES_RSAESOAEP_SHA1_MGF1,
				    .sig = TPM_SS_NONE,
				    .bits = 2048,
				    .number = 2 };

/* Where a key may migrate to: one that is loaded, or a foreign one. */
static const struct key *a_target(struct world *w,
				  bool (*fits)(const struct key *k))
{
	const struct key *k = a_key(w, fits);

	return k->bits ? k : &foreign;
}

static uint16_t a_scheme(struct world *w)
{
	return (uint16_t)ONE_OF(w, TPM_MS_MIGRATE, TPM_MS_REWRAP,
				TPM_MS_RESTRICT_MIGRATE,
				TPM_MS_RESTRICT_APPROVE, TPM_MS_REWRAP);
}

/* A TPM_MIGRATIONKEYAUTH from each; its digest is for who made it. */
static uint32_t authorise_migration(struct world *w, const struct key *k,
				    uint16_t scheme, struct blobs *auth)
{
	struct entity owner = owner_entity(w);
	struct blob pub = { 0 };

	put_pubkey(&pub, k);
	both_begin(w, ORD_AuthorizeMigrationKey);
	both_u16(w, scheme);
	both_bytes(w, pub.b, pub.len);
	authorise(w, &owner);
	for (int i = 0; i < SIDES; i++)
		auth->s[i] = pub;
	if (both_run(w))
		return w->result[OURS];
	for (int i = 0; i < SIDES; i++) {
		auth->s[i].len = 0;
		put_bytes(&auth->s[i], w->a[i].p,
			  (size_t)(w->a[i].end - w->a[i].p));
	}
	same_bytes(w, pub.len + 2, "migrationKey");
	pair_skip(w, CLIENT_SHA1);
	same_end(w);
	return 0;
}

void gen_authorize_migration_key(struct world *w)
{
	struct blobs auth;

	authorise_migration(
		w, a_target(w, migrates),
		(uint16_t)(chance(w, 10) ? pick(w, 8) : a_scheme(w)), &auth);
}

/* Without damage: that is for the command to come. */
static void authorised_for(struct world *w, const struct key *k,
			   uint16_t scheme, struct blobs *auth)
{
	const enum mutation mutation = w->mutation;

	w->mutation = MUTATE_PLAIN;
	authorise_migration(w, k, scheme, auth);
	w->mutation = mutation;
}

static bool is_wrapped(const struct key *k)
{
	return k->known && k->blob.s[OURS].len > ENC_SIZE &&
	       k->blob.s[THEIRS].len > ENC_SIZE;
}

/* A key that is known to be migratable, loaded or not. */
static struct key *a_migratable(struct world *w, bool cmk)
{
	const uint32_t from = pick(w, N_KEYS);

	for (uint32_t i = 0; i < N_KEYS; i++) {
		struct key *k = &w->m.keys[(from + i) % N_KEYS];

		if (is_wrapped(k) && k->migratable && k->cmk == cmk)
			return k;
	}
	return &w->m.keys[from];
}

/* The encrypted part of a wrapped key. */
static void both_enc_data(struct world *w, const struct key *k)
{
	for (int i = 0; i < SIDES; i++) {
		const struct blob *b = &k->blob.s[i];
		const size_t n = b->len < ENC_SIZE ? b->len : ENC_SIZE;

		tss_put_blob(&w->c[i], b->b + b->len - n, n);
	}
}

/* What a key was migrated to, for who takes it over. */
static void migrate(struct world *w, const struct key *k,
		    const struct key *target, uint16_t scheme,
		    struct blobs *random, struct blobs *out)
{
	const struct key *parent = &w->m.keys[k->parent];
	struct entity e = key_entity(w, parent);
	struct entity migration = { .secret = k->migration };
	const uint16_t type = chance(w, 20) ? a_scheme(w) : scheme;
	struct blobs auth;

	authorised_for(w, target, scheme, &auth);
	both_begin(w, ORD_CreateMigrationBlob);
	both_handle(w, &parent->handle);
	both_u16(w, type);
	both_raw(w, &auth);
	both_enc_data(w, k);
	authorise(w, &e);
	w->wish_oiap = true;
	authorise(w, &migration);
	w->wish_oiap = false;
	if (both_run(w))
		return;
	pair_blob(w, random, "random's size");
	pair_blob(w, out, "outData's size");
	same_end(w);
	if (type == TPM_MS_REWRAP)
		same_encrypted(w, out, target, "outData");
}

void gen_create_migration_blob(struct world *w)
{
	const struct key *k = a_migratable(w, false);
	const struct key *target = a_target(w, is_parent);
	const uint16_t scheme = chance(w, 2) ? TPM_MS_MIGRATE : a_scheme(w);
	struct blobs random = { 0 }, out = { 0 }, back = { 0 };
	struct entity e;

	migrate(w, k, target, scheme, &random, &out);
	if (!out.s[OURS].len || !out.s[THEIRS].len || scheme != TPM_MS_MIGRATE)
		return;
	/* The way back: the one's goes to the other. */
	if (chance(w, 2)) {
		const struct blob ours = out.s[OURS];
		const struct blob random_ours = random.s[OURS];

		out.s[OURS] = out.s[THEIRS];
		out.s[THEIRS] = ours;
		random.s[OURS] = random.s[THEIRS];
		random.s[THEIRS] = random_ours;
	}
	e = key_entity(w, target);
	both_begin(w, ORD_ConvertMigrationBlob);
	both_handle(w, &target->handle);
	both_blobs(w, &out);
	both_blobs(w, &random);
	if (target->auth_usage == TPM_AUTH_ALWAYS)
		authorise(w, &e);
	if (both_run(w))
		return;
	pair_blob(w, &back, "outData's size");
	same_end(w);
	same_encrypted(w, &back, target, "outData");
}

void gen_convert_migration_blob(struct world *w)
{
	const struct key *k = a_key(w, is_parent);
	struct entity e = key_entity(w, k);
	uint8_t random[200], data[256];

	rng_bytes(&w->rng, random, sizeof(random));
	rng_bytes(&w->rng, data, sizeof(data));
	data[0] &= 0x3f;
	both_begin(w, ORD_ConvertMigrationBlob);
	both_handle(w, &k->handle);
	both_blob(w, data, chance(w, 4) ? pick(w, 257) : 256);
	both_blob(w, random, chance(w, 4) ? pick(w, 200) : 198);
	authorise(w, &e);
	both_run(w);
}

void gen_migrate_key(struct world *w)
{
	const struct key *ma = a_key(w, chance(w, 8) ? is_any : migrates);
	const struct key *target = a_target(w, migrates);
	struct blob pub = { 0 };
	uint8_t n[KEY_BYTES_MAX], data[120], sealed[KEY_BYTES_MAX] = { 0 };
	struct blobs out;

	rng_bytes(&w->rng, data, sizeof(data));
	put_pubkey(&pub, target);
	if (ma->bits) {
		keys_modulus(ma->bits, ma->number, n);
		keys_seal(n, ma->bits / 8, data, 60 + pick(w, 60), sealed);
	}
	both_begin(w, ORD_MigrateKey);
	both_handle(w, &ma->handle);
	both_bytes(w, pub.b, pub.len);
	both_blob(w, sealed, ma->bits / 8);
	use_key(w, ma);
	if (both_run(w))
		return;
	pair_blob(w, &out, "outData's size");
	same_end(w);
	same_encrypted(w, &out, target, "outData");
}

/* ---- Sections 11.5 to 11.10: certified migratable keys ---- */

/* The one migration authority: a known key of 2048 bits that signs. */
static const struct key authority = { .known = true,
				      .usage = TPM_KEY_SIGNING,
				      .enc = TPM_ES_NONE,
				      .sig = TPM_SS_RSASSAPKCS1v15_SHA1,
				      .bits = 2048,
				      .number = 3 };

static struct tss_digest pub_digest(const struct key *k)
{
	struct blob b = { 0 };

	put_pubkey(&b, k);
	return sha1_of(b.b, b.len);
}

/* TPM_MSA_COMPOSITE of that one, and its digest. */
static struct tss_digest put_msa_list(struct blob *b)
{
	const struct tss_digest digest = pub_digest(&authority);

	put(b, 1, 4);
	put_digest(b, &digest);
	return sha1_of(b->b, b->len);
}

/* HMAC by tpmProof of TPM_CMK_MA_APPROVAL. */
static struct tss_digest approval(const struct world *w,
				  const struct tss_digest *msa)
{
	struct blob b = { 0 };

	put(&b, TPM_TAG_CMK_MA_APPROVAL, 2);
	put_digest(&b, msa);
	return hmac_of(&w->m.proof, b.b, b.len);
}

void gen_cmk_approve_ma(struct world *w)
{
	struct entity owner = owner_entity(w);
	struct blob b = { 0 };
	const struct tss_digest msa = put_msa_list(&b);

	both_begin(w, ORD_CMK_ApproveMA);
	both_digest(w, &msa);
	authorise(w, &owner);
	if (!both_run(w))
		same_rest(w, "outData");
}

void gen_cmk_create_key(struct world *w)
{
	struct key *parent = a_parent(w);
	struct entity e = key_entity(w, parent);
	struct session *s = session_for(w, &e, BOUND_SESSION);
	struct key k = { .known = true, .parent = key_at(w, parent) };
	struct blob b = { 0 }, list = { 0 };
	struct tss_digest msa = put_msa_list(&list), ok;

	choose_key(w, &k);
	k.migratable = !chance(w, 20);
	k.cmk = !chance(w, 20);
	k.payload = TPM_PT_MIGRATE_RESTRICTED;
	put_key(&b, &k, chance(w, 20) ? 0 : KEY12);
	put(&b, 0, 4);
	ok = approval(w, &msa);
	both_begin(w, ORD_CMK_CreateKey);
	both_handle(w, &parent->handle);
	both_encrypted(w, s, &k.secret, false);
	both_bytes(w, b.b, b.len);
	both_digest(w, &ok);
	both_digest(w, &msa);
	use(w, s, &e.secret);
	if (both_run(w))
		return;
	pair_rest(w, &k.blob, "wrappedKey's size");
	same_encrypted(w, &k.blob, parent, "wrappedKey");
	cross(w, &k.blob);
	*key_place(w) = k;
}

void gen_cmk_set_restrictions(struct world *w)
{
	struct entity owner = owner_entity(w);
	uint32_t v = pick(w, 32) << 27;

	if (chance(w, 6))
		v |= 1u << pick(w, 32);
	both_begin(w, ORD_CMK_SetRestrictions);
	both_u32(w, v);
	authorise(w, &owner);
	both_run(w);
}

/* What the authority signs: SHA1(SHA1(authority) ...) as 11.9 wants it. */
static struct tss_digest ticket_data(const struct key *target,
				     const struct key *source,
				     struct blob *restrict_ticket)
{
	const struct tss_digest ma = pub_digest(&authority);
	const struct tss_digest to = pub_digest(target);
	const struct tss_digest from = pub_digest(source);

	put_digest(restrict_ticket, &ma);
	put_digest(restrict_ticket, &to);
	put_digest(restrict_ticket, &from);
	return sha1_of(restrict_ticket->b, restrict_ticket->len);
}

void gen_cmk_create_ticket(struct world *w)
{
	struct entity owner = owner_entity(w);
	struct tss_digest data;
	struct blob pub = { 0 };
	uint8_t sig[KEY_BYTES_MAX];

	random_digest(w, &data);
	put_pubkey(&pub, &authority);
	keys_sign(authority.bits, authority.number, data.b, sig);
	if (chance(w, 8))
		sig[pick(w, sizeof(sig))] ^= 1;
	both_begin(w, ORD_CMK_CreateTicket);
	both_bytes(w, pub.b, pub.len);
	both_digest(w, &data);
	both_blob(w, sig, sizeof(sig));
	authorise(w, &owner);
	if (!both_run(w))
		same_rest(w, "sigTicket");
}

/* As TPM_CMK_CreateTicket makes it. */
static struct tss_digest sig_ticket(const struct world *w,
				    const struct tss_digest *data)
{
	const struct tss_digest ma = pub_digest(&authority);
	struct blob b = { 0 };

	put(&b, TPM_TAG_CMK_SIGTICKET, 2);
	put_digest(&b, &ma);
	put_digest(&b, data);
	return hmac_of(&w->m.proof, b.b, b.len);
}

/* Moves the key; what comes back goes through TPM_CMK_ConvertMigration. */
static void convert_cmk(struct world *w, const struct key *k,
			const struct key *target, const struct blobs *random,
			const struct blobs *out)
{
	struct entity e = key_entity(w, target);
	struct blob list = { 0 }, ticket = { 0 };
	struct tss_digest sig, data;
	struct blobs back;

	put_msa_list(&list);
	data = ticket_data(target, k, &ticket);
	sig = sig_ticket(w, &data);
	both_begin(w, ORD_CMK_ConvertMigration);
	both_handle(w, &target->handle);
	both_bytes(w, ticket.b, ticket.len);
	both_digest(w, &sig);
	for (int i = 0; i < SIDES; i++) {
		const struct blob *b = &k->blob.s[i];

		tss_put_bytes(&w->c[i], b->b, b->len - ENC_SIZE - 4);
		tss_put_blob(&w->c[i], out->s[i].b, out->s[i].len);
	}
	both_blob(w, list.b, list.len);
	both_blobs(w, random);
	authorise(w, &e);
	if (both_run(w))
		return;
	pair_blob(w, &back, "outData's size");
	same_end(w);
	same_encrypted(w, &back, target, "outData");
}

void gen_cmk_create_blob(struct world *w)
{
	const struct key *k = a_migratable(w, true);
	const struct key *parent = &w->m.keys[k->parent];
	const struct key *target = a_target(w, is_parent);
	struct entity e = key_entity(w, parent);
	const bool approve = chance(w, 2);
	const uint16_t scheme =
		approve ? TPM_MS_RESTRICT_APPROVE : TPM_MS_RESTRICT_MIGRATE;
	struct blob list = { 0 }, ticket = { 0 };
	struct blobs auth;
	struct tss_digest source, data, sig;
	struct blobs random = { 0 }, out = { 0 };

	authorised_for(w, approve ? target : &authority, scheme, &auth);
	put_msa_list(&list);
	source = pub_digest(k);
	data = ticket_data(target, k, &ticket);
	sig = sig_ticket(w, &data);
	both_begin(w, ORD_CMK_CreateBlob);
	both_handle(w, &parent->handle);
	both_u16(w, scheme);
	both_raw(w, &auth);
	both_digest(w, &source);
	both_blob(w, list.b, list.len);
	both_blob(w, ticket.b, approve ? ticket.len : 0);
	both_blob(w, sig.b, approve ? sizeof(sig.b) : 0);
	both_enc_data(w, k);
	authorise(w, &e);
	if (both_run(w))
		return;
	pair_blob(w, &random, "random's size");
	pair_blob(w, &out, "outData's size");
	same_end(w);
	if (approve && is_wrapped(k))
		convert_cmk(w, k, target, &random, &out);
}

void gen_cmk_convert_migration(struct world *w)
{
	const struct key *k = a_migratable(w, true);
	struct blobs random = { 0 }, out = { 0 };

	if (!is_wrapped(k))
		return;
	for (int i = 0; i < SIDES; i++) {
		random.s[i].len = 198;
		out.s[i].len = ENC_SIZE;
	}
	convert_cmk(w, k, &w->m.keys[SRK], &random, &out);
}

/* ---- Section 17.1, 27.4: other secrets ---- */

void gen_change_auth(struct world *w)
{
	struct key *k = a_migratable(w, false);
	const struct key *parent = &w->m.keys[k->parent];
	struct entity e = key_entity(w, parent);
	struct entity entity = { .secret = k->secret };
	struct session *s = session_for(w, &e, BOUND_SESSION);
	struct tss_digest secret;
	struct blobs out;

	random_digest(w, &secret);
	both_begin(w, ORD_ChangeAuth);
	both_handle(w, &parent->handle);
	both_u16(w, chance(w, 20) ? pick(w, 8) : TPM_PID_ADCP);
	both_encrypted(w, s, &secret, false);
	both_u16(w, chance(w, 10) ? TPM_ET_DATA : TPM_ET_KEY);
	both_enc_data(w, k);
	use(w, s, &e.secret);
	w->wish_oiap = true;
	authorise(w, &entity);
	w->wish_oiap = false;
	if (both_run(w))
		return;
	pair_blob(w, &out, "outData's size");
	same_end(w);
	same_encrypted(w, &out, parent, "outData");
	cross(w, &out);
	for (int i = 0; i < SIDES; i++)
		if (is_wrapped(k) && out.s[i].len == ENC_SIZE)
			memcpy(k->blob.s[i].b + k->blob.s[i].len - ENC_SIZE,
			       out.s[i].b, ENC_SIZE);
	k->secret = secret;
}

/* TPM_ChangeAuthAsymFinish with what TPM_ChangeAuthAsymStart has begun. */
static void finish_asym(struct world *w, const struct pair *eph,
			unsigned int bits, uint32_t number)
{
	struct key *k = a_migratable(w, false);
	const struct key *parent = &w->m.keys[k->parent];
	/* 27.4.2: who is the SRK's user is not enough. */
	struct entity e =
		k->parent == SRK ? owner_entity(w) : key_entity(w, parent);
	struct tss_digest secret, n1, link, salt[SIDES];
	struct blob validate = { 0 };
	uint8_t n[KEY_BYTES_MAX], sealed[KEY_BYTES_MAX];
	struct blobs out;

	random_digest(w, &secret);
	random_digest(w, &n1);
	put_digest(&validate, &secret);
	put_digest(&validate, &n1);
	link = hmac_of(&k->secret, secret.b, sizeof(secret.b));
	keys_modulus(bits, number, n);
	keys_seal(n, bits / 8, validate.b, validate.len, sealed);
	both_begin(w, ORD_ChangeAuthAsymFinish);
	both_handle(w, &parent->handle);
	both_handle(w, eph);
	both_u16(w, TPM_ET_KEY);
	both_digest(w, &link);
	both_blob(w, sealed, bits / 8);
	both_enc_data(w, k);
	authorise(w, &e);
	if (both_run(w))
		return;
	pair_blob(w, &out, "outData's size");
	pair_digest(w, salt);
	pair_skip(w, CLIENT_SHA1);
	same_end(w);
	same_encrypted(w, &out, parent, "outData");
}

void gen_change_auth_asym_start(struct world *w)
{
	const struct key *k = a_key(w, chance(w, 8) ? is_any : is_identity);
	const uint32_t number = w->side[OURS]->now.key;
	const uint16_t bits = (uint16_t)ONE_OF(w, 512, 1024, 2048);
	struct tss_digest nonce;
	struct blob parms = { 0 };
	struct blobs sig;
	struct pair eph;

	random_digest(w, &nonce);
	put_parms(&parms, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE, bits);
	both_begin(w, ORD_ChangeAuthAsymStart);
	both_handle(w, &k->handle);
	both_digest(w, &nonce);
	both_bytes(w, parms.b, parms.len);
	use_key(w, k);
	if (both_run(w))
		return;
	/* TPM_CERTIFY_INFO without PCRInfo. */
	same_bytes(w, 11 + 24 + 40, "certifyInfo");
	/* parentPCRStatus of a key without a parent. */
	pair_skip(w, 1);
	same_u32(w, "PCRInfoSize");
	pair_blob(w, &sig, "sig's size");
	pair_u32(w, &eph);
	same_rest(w, "tempKey");
	finish_asym(w, &eph, bits, number);
	both_begin(w, ORD_FlushSpecific);
	both_handle(w, &eph);
	both_u32(w, TPM_RT_KEY);
	both_run(w);
}

void gen_change_auth_asym_finish(struct world *w)
{
	const struct key *k = a_key(w, is_any);

	finish_asym(w, &k->handle, 512, 0);
}
