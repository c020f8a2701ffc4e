/* SPDX-License-Identifier: BSD-2-Clause */
/* See migrationcalls.h. */
#include "migrationcalls.h"

#include <check.h>
#include <string.h>

#include "constants.h"
#include "ordinals.h"
#include "setup.h"

const struct key_kind kind_movable = {
	.usage = TPM_KEY_SIGNING,
	.enc = TPM_ES_NONE,
	.sig = TPM_SS_RSASSAPKCS1v15_SHA1,
	.bits = 2048,
	.flags = TPM_MIGRATABLE,
	.auth = TPM_AUTH_ALWAYS,
};
const struct key_kind kind_cmk = {
	.usage = TPM_KEY_SIGNING,
	.enc = TPM_ES_NONE,
	.sig = TPM_SS_RSASSAPKCS1v15_SHA1,
	.bits = 2048,
	.flags = TPM_MIGRATABLE | TPM_MIGRATEAUTHORITY,
	.is12 = true,
	.auth = TPM_AUTH_ALWAYS,
};
const struct key_kind kind_migrate = {
	.usage = TPM_KEY_MIGRATE,
	.enc = TPM_ES_RSAESOAEP_SHA1_MGF1,
	.sig = TPM_SS_NONE,
	.bits = 2048,
	.auth = TPM_AUTH_ALWAYS,
};
const struct key_kind kind_authority = {
	.usage = TPM_KEY_SIGNING,
	.enc = TPM_ES_NONE,
	.sig = TPM_SS_RSASSAPKCS1v15_SHA1,
	.bits = 2048,
	.auth = TPM_AUTH_ALWAYS,
};

/* ---- Structures ---- */

struct tss_digest sha1_of(struct client_bytes a, struct client_bytes b)
{
	const struct client_bytes both[] = { a, b };
	struct tss_digest d = { { 0 } };

	client_sha1(both, 2, d.b);
	return d;
}

void blob_put(struct key_blob *b, const void *p, size_t len)
{
	ck_assert_uint_le(len, sizeof(b->b) - b->len);
	if (len)
		memcpy(b->b + b->len, p, len);
	b->len += len;
}

void blob_put_number(struct key_blob *b, uint32_t v, size_t size)
{
	for (size_t i = size; i-- > 0;) {
		const uint8_t byte = (uint8_t)(v >> 8 * i);

		blob_put(b, &byte, 1);
	}
}

static void blob_put_blob(struct key_blob *b, struct client_bytes v)
{
	blob_put_number(b, (uint32_t)v.len, 4);
	blob_put(b, v.p, v.len);
}

struct blob_view blob_view(const struct key_blob *key)
{
	struct tss_answer a = { .p = key->b, .end = key->b + key->len };
	struct blob_view v;
	size_t len;

	tss_get_bytes(&a, 4 + 2 + 4 + 1);
	v.parms.p = a.p;
	tss_get_bytes(&a, 4 + 2 + 2);
	tss_get_blob(&a, &len);
	v.parms.len = 4 + 2 + 2 + 4 + len;
	tss_get_blob(&a, &len);
	v.modulus.p = tss_get_blob(&a, &v.modulus.len);
	v.public_len = (size_t)(a.p - key->b);
	v.encData.p = tss_get_blob(&a, &v.encData.len);
	ck_assert(tss_end(&a));
	return v;
}

void blob_replace(const struct key_blob *key, struct client_bytes encData,
		  struct key_blob *out)
{
	const struct blob_view v = blob_view(key);
	struct key_blob b = { .len = 0 };

	blob_put(&b, key->b, v.public_len);
	blob_put_blob(&b, encData);
	*out = b;
}

void blob_pubkey(const struct key_blob *key, struct key_blob *pub)
{
	const struct blob_view v = blob_view(key);

	pub->len = 0;
	blob_put(pub, v.parms.p, v.parms.len);
	blob_put_blob(pub, v.modulus);
}

void rsa_pubkey(const struct client_rsa *key, const struct key_kind *kind,
		struct key_blob *pub)
{
	uint8_t n[RSA_MAX];

	client_rsa_modulus(key, n);
	pub->len = 0;
	blob_put_number(pub, TPM_ALG_RSA, 4);
	blob_put_number(pub, kind->enc, 2);
	blob_put_number(pub, kind->sig, 2);
	blob_put_number(pub, (uint32_t)(12 + kind->exponent.len), 4);
	blob_put_number(pub, (uint32_t)client_rsa_size(key) * 8, 4);
	blob_put_number(pub, 2, 4);
	blob_put_blob(pub, kind->exponent);
	blob_put_blob(pub, (struct client_bytes){ n, client_rsa_size(key) });
}

void msa_list(const struct tss_digest *authorities, uint32_t n,
	      struct key_blob *list)
{
	list->len = 0;
	blob_put_number(list, n, 4);
	for (uint32_t i = 0; i < n; i++)
		blob_put(list, authorities[i].b, CLIENT_SHA1);
}

void cmk_auth(const struct tss_digest *authority,
	      const struct tss_digest *destination,
	      const struct tss_digest *source, struct key_blob *auth)
{
	auth->len = 0;
	blob_put(auth, authority->b, CLIENT_SHA1);
	blob_put(auth, destination->b, CLIENT_SHA1);
	blob_put(auth, source->b, CLIENT_SHA1);
}

/* ---- What travels ---- */

void blob_xor(struct key_blob *b, const struct key_blob *with)
{
	ck_assert_uint_eq(b->len, with->len);
	for (size_t i = 0; i < b->len; i++)
		b->b[i] ^= with->b[i];
}

/* MGF1 (RFC 8017, B.2.1). */
static void mask(uint8_t *p, size_t len, const uint8_t *seed, size_t seed_len)
{
	struct tss_digest d = { { 0 } };

	for (size_t i = 0; i < len; i++) {
		const uint8_t n[4] = { 0, 0, 0, (uint8_t)(i / CLIENT_SHA1) };

		if (i % CLIENT_SHA1 == 0)
			d = sha1_of((struct client_bytes){ seed, seed_len },
				    (struct client_bytes){ n, sizeof(n) });
		p[i] ^= d.b[i % CLIENT_SHA1];
	}
}

void blob_mask(struct key_blob *b, struct client_bytes seed)
{
	mask(b->b, b->len, seed.p, seed.len);
}

void outer_encode(const struct outer *o, struct key_blob *out)
{
	uint8_t *db = out->b + CLIENT_SHA1;
	const uint8_t one = 1;

	out->len = 0;
	blob_put(out, o->private.b, CLIENT_SHA1);
	blob_put(out, o->label.b, CLIENT_SHA1);
	blob_put(out, &one, 1);
	blob_put(out, &o->payload, 1);
	blob_put(out, o->usage.b, CLIENT_SHA1);
	blob_put(out, o->pub_digest.b, CLIENT_SHA1);
	blob_put_blob(out,
		      (struct client_bytes){ o->private.b + CLIENT_SHA1,
					     o->private.len - CLIENT_SHA1 });
	mask(db, out->len - CLIENT_SHA1, out->b, CLIENT_SHA1);
	mask(out->b, CLIENT_SHA1, db, out->len - CLIENT_SHA1);
}

bool outer_decode(const struct key_blob *in, struct outer *o)
{
	struct key_blob b = *in;
	struct tss_answer a = { .p = b.b, .end = b.b + b.len };
	const uint8_t *k;
	size_t len;

	mask(b.b, CLIENT_SHA1, b.b + CLIENT_SHA1, b.len - CLIENT_SHA1);
	mask(b.b + CLIENT_SHA1, b.len - CLIENT_SHA1, b.b, CLIENT_SHA1);
	o->private.len = 0;
	blob_put(&o->private, tss_get_bytes(&a, CLIENT_SHA1), CLIENT_SHA1);
	tss_get_digest(&a, &o->label);
	if (tss_get_u8(&a) != 1)
		return false;
	o->payload = tss_get_u8(&a);
	tss_get_digest(&a, &o->usage);
	tss_get_digest(&a, &o->pub_digest);
	k = tss_get_blob(&a, &len);
	blob_put(&o->private, k, len);
	return tss_end(&a);
}

void store_asymkey(unsigned int payload, const struct tss_digest *migration,
		   const struct tss_digest *pub_digest,
		   struct client_bytes prime, struct key_blob *out)
{
	out->len = 0;
	blob_put_number(out, payload, 1);
	blob_put(out, secret_key.b, CLIENT_SHA1);
	blob_put(out, migration->b, CLIENT_SHA1);
	blob_put(out, pub_digest->b, CLIENT_SHA1);
	blob_put_blob(out, prime);
}

/* ---- Answers ---- */

static void get_blob(struct machine *m, struct key_blob *out)
{
	size_t len;
	const uint8_t *p = tss_get_blob(&m->answer, &len);

	out->len = 0;
	blob_put(out, p, len);
}

/* One blob. */
static uint32_t answer_blob(struct machine *m, uint32_t result,
			    struct key_blob *out)
{
	if (result)
		return result;
	get_blob(m, out);
	ck_assert(tss_end(&m->answer));
	return 0;
}

/* Two. */
static uint32_t answer_moved(struct machine *m, uint32_t result,
			     struct moved *out)
{
	if (result)
		return result;
	get_blob(m, &out->random);
	get_blob(m, &out->data);
	ck_assert(tss_end(&m->answer));
	return 0;
}

/* A structure that is all of it. */
static uint32_t answer_all(struct machine *m, uint32_t result,
			   struct key_blob *out)
{
	if (result)
		return result;
	out->len = 0;
	blob_put(out, m->answer.p, (size_t)(m->answer.end - m->answer.p));
	return 0;
}

static uint32_t answer_digest(struct machine *m, uint32_t result,
			      struct tss_digest *out)
{
	if (result)
		return result;
	tss_get_digest(&m->answer, out);
	ck_assert(tss_end(&m->answer));
	return 0;
}

static void put_digest(struct tss_command *c, const struct tss_digest *d)
{
	tss_put_bytes(c, d->b, sizeof(d->b));
}

static void put_blob(struct tss_command *c, struct client_bytes b)
{
	tss_put_blob(c, b.p, b.len);
}

/* ---- Section 11 ---- */

uint32_t call_create_migration_blob(struct machine *m,
				    const struct create_migration_blob *in,
				    struct moved *out)
{
	struct tss_session s[2];
	struct tss_command c;

	tss_begin(&c, ORD_CreateMigrationBlob);
	tss_put_handle(&c, in->parent);
	tss_put_u16(&c, in->type);
	tss_put_bytes(&c, in->auth->b, in->auth->len);
	put_blob(&c, in->encData);
	if (in->secret)
		use_oiap(m, &c, &s[0], in->secret);
	use_oiap(m, &c, &s[1], in->migration);
	return answer_moved(m, machine_run(m, &c), out);
}

uint32_t call_convert_migration_blob(struct machine *m, uint32_t parent,
				     const struct tss_digest *secret,
				     const struct moved *in,
				     struct key_blob *out)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_ConvertMigrationBlob);
	tss_put_handle(&c, parent);
	put_blob(&c, bytes_of(&in->data));
	put_blob(&c, bytes_of(&in->random));
	if (secret)
		use_oiap(m, &c, &s, secret);
	return answer_blob(m, machine_run(m, &c), out);
}

uint32_t call_authorize_migration_key(struct machine *m, unsigned int scheme,
				      const struct key_blob *pub,
				      struct key_blob *auth)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_AuthorizeMigrationKey);
	tss_put_u16(&c, scheme);
	tss_put_bytes(&c, pub->b, pub->len);
	use_oiap(m, &c, &s, &secret_owner);
	return answer_all(m, machine_run(m, &c), auth);
}

uint32_t call_migrate_key(struct machine *m, uint32_t authority,
			  const struct tss_digest *secret,
			  const struct key_blob *pub, struct client_bytes in,
			  struct key_blob *out)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_MigrateKey);
	tss_put_handle(&c, authority);
	tss_put_bytes(&c, pub->b, pub->len);
	put_blob(&c, in);
	if (secret)
		use_oiap(m, &c, &s, secret);
	return answer_blob(m, machine_run(m, &c), out);
}

uint32_t call_cmk_set_restrictions(struct machine *m, uint32_t restriction)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_CMK_SetRestrictions);
	tss_put_u32(&c, restriction);
	use_oiap(m, &c, &s, &secret_owner);
	return machine_run(m, &c);
}

uint32_t call_cmk_approve_ma(struct machine *m,
			     const struct tss_digest *authority,
			     struct tss_digest *approval)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_CMK_ApproveMA);
	put_digest(&c, authority);
	use_oiap(m, &c, &s, &secret_owner);
	return answer_digest(m, machine_run(m, &c), approval);
}

uint32_t call_cmk_create_key(struct machine *m, const struct cmk_create_key *in,
			     struct key_blob *out)
{
	const struct client_bytes none = { NULL, 0 };
	struct tss_digest usage;
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_CMK_CreateKey);
	tss_put_handle(&c, in->parent);
	ck_assert_result(tss_osap(&m->tss, &s, in->adip, TPM_ET_KEYHANDLE,
				  in->parent, in->secret),
			 0);
	tss_use(&c, &s, in->secret, false);
	tss_encrypt(&s, &secret_key, false, &usage);
	put_digest(&c, &usage);
	put_key(&c, in->kind, none, none);
	put_digest(&c, &in->approval);
	put_digest(&c, &in->authority);
	return answer_all(m, machine_run(m, &c), out);
}

uint32_t call_cmk_create_ticket(struct machine *m, const struct key_blob *pub,
				const struct tss_digest *data,
				struct client_bytes sig,
				struct tss_digest *ticket)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_CMK_CreateTicket);
	tss_put_bytes(&c, pub->b, pub->len);
	put_digest(&c, data);
	put_blob(&c, sig);
	use_oiap(m, &c, &s, &secret_owner);
	return answer_digest(m, machine_run(m, &c), ticket);
}

uint32_t call_cmk_create_blob(struct machine *m,
			      const struct cmk_create_blob *in,
			      struct moved *out)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_CMK_CreateBlob);
	tss_put_handle(&c, in->parent);
	tss_put_u16(&c, in->type);
	tss_put_bytes(&c, in->auth->b, in->auth->len);
	put_digest(&c, &in->source);
	put_blob(&c, in->list);
	put_blob(&c, in->restriction);
	put_blob(&c, in->ticket);
	put_blob(&c, in->encData);
	use_oiap(m, &c, &s, in->secret);
	return answer_moved(m, machine_run(m, &c), out);
}

uint32_t call_cmk_convert_migration(struct machine *m,
				    const struct cmk_convert *in,
				    struct key_blob *out)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_CMK_ConvertMigration);
	tss_put_handle(&c, in->parent);
	tss_put_bytes(&c, in->restriction.b, in->restriction.len);
	put_digest(&c, &in->ticket);
	tss_put_bytes(&c, in->key.b, in->key.len);
	put_blob(&c, in->list);
	put_blob(&c, in->random);
	use_oiap(m, &c, &s, in->secret);
	return answer_blob(m, machine_run(m, &c), out);
}

/* ---- Authorities ---- */

void authority_new(struct authority *a, const struct key_kind *kind)
{
	const struct client_bytes none = { NULL, 0 };

	a->rsa = client_rsa_new(2048, AUTHORITY_PRIMES);
	rsa_pubkey(a->rsa, kind, &a->pub);
	a->id = sha1_of(bytes_of(&a->pub), none);
	msa_list(&a->id, 1, &a->list);
	a->list_digest = sha1_of(bytes_of(&a->list), none);
}

void authority_free(struct authority *a)
{
	client_rsa_free(a->rsa);
}

void make_cmk(struct machine *m, const struct authority *a,
	      struct key_blob *key)
{
	struct cmk_create_key in = {
		.parent = TPM_KH_SRK,
		.secret = &secret_srk,
		.kind = &kind_cmk,
		.authority = a->list_digest,
	};

	ck_assert_result(call_cmk_approve_ma(m, &in.authority, &in.approval),
			 0);
	ck_assert_result(call_cmk_create_key(m, &in, key), 0);
}

void authority_approves(struct machine *m, const struct authority *a,
			const struct key_blob *destination,
			const struct key_blob *key,
			struct key_blob *restriction, struct tss_digest *ticket)
{
	const struct client_bytes none = { NULL, 0 };
	const struct tss_digest to = sha1_of(bytes_of(destination), none);
	struct tss_digest from, what;
	struct key_blob pub, sig = { .len = RSA_MAX };

	blob_pubkey(key, &pub);
	from = sha1_of(bytes_of(&pub), none);
	cmk_auth(&a->id, &to, &from, restriction);
	what = sha1_of(bytes_of(restriction), none);
	client_sign_sha1(a->rsa, what.b, sig.b);
	ck_assert_result(call_cmk_create_ticket(m, &a->pub, &what,
						bytes_of(&sig), ticket),
			 0);
}

void send_cmk(struct machine *m, const struct authority *a,
	      const struct key_blob *destination, const struct key_blob *key,
	      struct moved *out)
{
	const struct client_bytes none = { NULL, 0 };
	struct key_blob auth, restriction, pub;
	struct tss_digest ticket;
	struct cmk_create_blob in = {
		.parent = TPM_KH_SRK,
		.secret = &secret_srk,
		.type = TPM_MS_RESTRICT_APPROVE,
		.auth = &auth,
		.list = bytes_of(&a->list),
		.encData = blob_view(key).encData,
	};

	blob_pubkey(key, &pub);
	in.source = sha1_of(bytes_of(&pub), none);
	authority_approves(m, a, destination, key, &restriction, &ticket);
	in.restriction = bytes_of(&restriction);
	in.ticket = digest_of(&ticket);
	ck_assert_result(call_authorize_migration_key(m,
						      TPM_MS_RESTRICT_APPROVE,
						      destination, &auth),
			 0);
	ck_assert_result(call_cmk_create_blob(m, &in, out), 0);
}

/* ---- Section 12 ---- */

uint32_t call_load_manu_maint_pub(struct machine *m,
				  const struct tss_digest *nonce,
				  const struct key_blob *pub,
				  struct tss_digest *checksum)
{
	struct tss_command c;

	tss_begin(&c, ORD_LoadManuMaintPub);
	put_digest(&c, nonce);
	tss_put_bytes(&c, pub->b, pub->len);
	return answer_digest(m, machine_run(m, &c), checksum);
}

uint32_t call_read_manu_maint_pub(struct machine *m,
				  const struct tss_digest *nonce,
				  struct tss_digest *checksum)
{
	struct tss_command c;

	tss_begin(&c, ORD_ReadManuMaintPub);
	put_digest(&c, nonce);
	return answer_digest(m, machine_run(m, &c), checksum);
}

uint32_t call_create_maintenance_archive(struct machine *m, bool random,
					 struct moved *out)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_CreateMaintenanceArchive);
	tss_put_u8(&c, random);
	use_oiap(m, &c, &s, &secret_owner);
	return answer_moved(m, machine_run(m, &c), out);
}

uint32_t call_load_maintenance_archive(struct machine *m,
				       const struct tss_digest *owner,
				       struct client_bytes archive,
				       struct client_bytes sig,
				       struct client_bytes random)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_LoadMaintenanceArchive);
	put_blob(&c, archive);
	put_blob(&c, sig);
	put_blob(&c, random);
	use_oiap(m, &c, &s, owner);
	return machine_run(m, &c);
}

uint32_t call_kill_maintenance_feature(struct machine *m)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_KillMaintenanceFeature);
	use_oiap(m, &c, &s, &secret_owner);
	return machine_run(m, &c);
}

void manufacturer_sends(const struct client_rsa *manufacturer,
			const struct moved *from, const struct client_rsa *srk,
			struct archive *out)
{
	const struct client_bytes none = { NULL, 0 };
	uint8_t plain[RSA_MAX], again[RSA_MAX];
	struct tss_digest digest;
	const size_t len = client_open_oaep(
		manufacturer, blob_view(&from->data).encData, plain);

	client_oaep(srk, (struct client_bytes){ plain, len }, again);
	blob_replace(&from->data,
		     (struct client_bytes){ again, client_rsa_size(srk) },
		     &out->key);
	digest = sha1_of(bytes_of(&out->key), none);
	client_sign_sha1(manufacturer, digest.b, out->sig.b);
	out->sig.len = client_rsa_size(manufacturer);
	out->random = from->random;
}
