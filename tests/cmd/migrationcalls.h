/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, sections 11 and 12, as a client calls them; keys as he moves them. */
#ifndef MIGRATIONCALLS_H
#define MIGRATIONCALLS_H

#include "keycalls.h"
#include "rsa.h"

/* Keys that may leave: a signing one, the same with an authority. */
extern const struct key_kind kind_movable;
extern const struct key_kind kind_cmk;
/* An authority's: what it moves keys with, and what it signs with. */
extern const struct key_kind kind_migrate;
extern const struct key_kind kind_authority;

/* ---- Structures ---- */

struct tss_digest sha1_of(struct client_bytes a, struct client_bytes b);

static inline struct client_bytes bytes_of(const struct key_blob *b)
{
	return (struct client_bytes){ b->b, b->len };
}

static inline struct client_bytes digest_of(const struct tss_digest *d)
{
	return (struct client_bytes){ d->b, sizeof(d->b) };
}

void blob_put(struct key_blob *b, const void *p, size_t len);
void blob_put_number(struct key_blob *b, uint32_t v, size_t size);

/* A TPM_KEY's parts; the sizes in front of the last two are none of them. */
struct blob_view {
	struct client_bytes parms;
	struct client_bytes modulus;
	struct client_bytes encData;
	size_t public_len; /* of all in front of encData and its size */
};
struct blob_view blob_view(const struct key_blob *key);

/* The key with another private half. */
void blob_replace(const struct key_blob *key, struct client_bytes encData,
		  struct key_blob *out);

/* A TPM_PUBKEY: of a TPM_KEY, and of a key of the client's. */
void blob_pubkey(const struct key_blob *key, struct key_blob *pub);
void rsa_pubkey(const struct client_rsa *key, const struct key_kind *kind,
		struct key_blob *pub);

/* TPM_MSA_COMPOSITE (Part 2, 5.13) of n authorities. */
void msa_list(const struct tss_digest *authorities, uint32_t n,
	      struct key_blob *list);

/* TPM_CMK_AUTH (5.14). */
void cmk_auth(const struct tss_digest *authority,
	      const struct tss_digest *destination,
	      const struct tss_digest *source, struct key_blob *auth);

/*
 * What travels: the OAEP encoding (RFC 8017, 7.1.1, without its leading zero)
 * of a TPM_MIGRATE_ASYMKEY, with K1 as the seed.  private is K1 and K2, the
 * TPM_STORE_PRIVKEY: a size and a prime.
 */
struct outer {
	uint8_t payload;
	struct tss_digest usage;
	struct tss_digest pub_digest;
	struct tss_digest label; /* pHash */
	struct key_blob private;
};
void outer_encode(const struct outer *o, struct key_blob *out);
/* False: it is none.  The padding has no byte in the way of a message. */
bool outer_decode(const struct key_blob *in, struct outer *o);

/* TPM_STORE_ASYMKEY (Part 2, 10.6) with this private half. */
void store_asymkey(unsigned int payload, const struct tss_digest *migration,
		   const struct tss_digest *pub_digest,
		   struct client_bytes prime, struct key_blob *out);

void blob_xor(struct key_blob *b, const struct key_blob *with);
/* With MGF1 of the seed. */
void blob_mask(struct key_blob *b, struct client_bytes seed);

/* ---- Section 11 ---- */

/* What is on the way. */
struct moved {
	struct key_blob random;
	struct key_blob data;
};

struct create_migration_blob {
	uint32_t parent;
	const struct tss_digest *secret; /* NULL: no session */
	const struct tss_digest *migration;
	uint16_t type;
	const struct key_blob *auth; /* TPM_MIGRATIONKEYAUTH */
	struct client_bytes encData;
};
uint32_t call_create_migration_blob(struct machine *m,
				    const struct create_migration_blob *in,
				    struct moved *out);

/* secret NULL: no session, here and below. */
uint32_t call_convert_migration_blob(struct machine *m, uint32_t parent,
				     const struct tss_digest *secret,
				     const struct moved *in,
				     struct key_blob *out);

uint32_t call_authorize_migration_key(struct machine *m, unsigned int scheme,
				      const struct key_blob *pub,
				      struct key_blob *auth);

uint32_t call_migrate_key(struct machine *m, uint32_t authority,
			  const struct tss_digest *secret,
			  const struct key_blob *pub, struct client_bytes in,
			  struct key_blob *out);

uint32_t call_cmk_set_restrictions(struct machine *m, uint32_t restriction);

uint32_t call_cmk_approve_ma(struct machine *m,
			     const struct tss_digest *authority,
			     struct tss_digest *approval);

struct cmk_create_key {
	enum tss_adip adip;
	uint32_t parent;
	const struct tss_digest *secret;
	const struct key_kind *kind;
	struct tss_digest approval;
	struct tss_digest authority; /* SHA-1 of the list */
};
uint32_t call_cmk_create_key(struct machine *m, const struct cmk_create_key *in,
			     struct key_blob *out);

uint32_t call_cmk_create_ticket(struct machine *m, const struct key_blob *pub,
				const struct tss_digest *data,
				struct client_bytes sig,
				struct tss_digest *ticket);

struct cmk_create_blob {
	uint32_t parent;
	const struct tss_digest *secret;
	uint16_t type;
	const struct key_blob *auth;
	struct tss_digest source;
	struct client_bytes list;
	struct client_bytes restriction; /* restrictTicket */
	struct client_bytes ticket;	 /* sigTicket */
	struct client_bytes encData;
};
uint32_t call_cmk_create_blob(struct machine *m,
			      const struct cmk_create_blob *in,
			      struct moved *out);

struct cmk_convert {
	uint32_t parent;
	const struct tss_digest *secret;
	struct key_blob restriction;
	struct tss_digest ticket;
	struct key_blob key; /* migratedKey, with what was moved in encData */
	struct client_bytes list;
	struct client_bytes random;
};
uint32_t call_cmk_convert_migration(struct machine *m,
				    const struct cmk_convert *in,
				    struct key_blob *out);

/*
 * Which of primes.h has whom: the SRKs of setup_owner and setup_other_owner,
 * authorities and manufacturers.  0 is left for the first key that is made.
 */
#define SRK_PRIMES	 1u
#define OTHER_SRK_PRIMES 2u
#define AUTHORITY_PRIMES 3u

/* A migration authority, outside of any TPM, the only one on its list. */
struct authority {
	struct client_rsa *rsa;
	struct key_blob pub;
	struct tss_digest id; /* SHA-1 of pub */
	struct key_blob list; /* TPM_MSA_COMPOSITE */
	struct tss_digest list_digest;
};
void authority_new(struct authority *a, const struct key_kind *kind);
void authority_free(struct authority *a);

/* The owner approves of it, and a key of it is made under the SRK. */
void make_cmk(struct machine *m, const struct authority *a,
	      struct key_blob *key);

/* It signs that the key may go there; the TPM's owner makes the ticket. */
void authority_approves(struct machine *m, const struct authority *a,
			const struct key_blob *destination,
			const struct key_blob *key,
			struct key_blob *restriction,
			struct tss_digest *ticket);

/* Such a key on its way to the destination, approved by the authority. */
void send_cmk(struct machine *m, const struct authority *a,
	      const struct key_blob *destination, const struct key_blob *key,
	      struct moved *out);

/* ---- Section 12 ---- */

uint32_t call_load_manu_maint_pub(struct machine *m,
				  const struct tss_digest *nonce,
				  const struct key_blob *pub,
				  struct tss_digest *checksum);
uint32_t call_read_manu_maint_pub(struct machine *m,
				  const struct tss_digest *nonce,
				  struct tss_digest *checksum);
uint32_t call_create_maintenance_archive(struct machine *m, bool random,
					 struct moved *out);
uint32_t call_load_maintenance_archive(struct machine *m,
				       const struct tss_digest *owner,
				       struct client_bytes archive,
				       struct client_bytes sig,
				       struct client_bytes random);
uint32_t call_kill_maintenance_feature(struct machine *m);

/* What TPM_LoadMaintenanceArchive takes. */
struct archive {
	struct key_blob key;
	struct key_blob sig;
	struct key_blob random;
};
/* The manufacturer gives what came from one TPM to another, with this SRK. */
void manufacturer_sends(const struct client_rsa *manufacturer,
			const struct moved *from, const struct client_rsa *srk,
			struct archive *out);

#endif
