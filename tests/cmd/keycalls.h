/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys as a client makes, loads and uses them. */
#ifndef KEYCALLS_H
#define KEYCALLS_H

#include "machine.h"

#define KEY_BLOB_MAX 1024u

/* What a client says of a key before there is one (Part 2, 10.2, 10.3). */
struct key_kind {
	uint16_t usage;
	uint16_t enc;
	uint16_t sig;
	uint16_t bits;
	uint32_t flags;
	bool is12;
	uint8_t auth; /* authDataUsage */
	struct client_bytes exponent;
	struct client_bytes pcr_info;
};

/* One that a command refuses; with the usual exponent, "", or another. */
struct refused_kind {
	struct key_kind kind;
	uint32_t result;
};

#define REFUSED(usage_, enc_, sig_, bits_, flags_, exponent_, result_)        \
	{                                                                     \
		.kind = { .usage = (usage_),                                  \
			  .enc = (enc_),                                      \
			  .sig = (sig_),                                      \
			  .bits = (bits_),                                    \
			  .flags = (flags_),                                  \
			  .auth = TPM_AUTH_ALWAYS,                            \
			  .exponent = { exponent_, sizeof(exponent_) - 1 } }, \
		.result = (result_)                                           \
	}

extern const struct key_kind kind_storage;
extern const struct key_kind kind_signing;
extern const struct key_kind kind_bind;
extern const struct key_kind kind_legacy;

struct key_blob {
	uint8_t b[KEY_BLOB_MAX];
	size_t len;
};

/* The secrets of keys made here. */
extern const struct tss_digest secret_key;
extern const struct tss_digest secret_migration;

/* A TPM_KEY of the kind with these two parts, either of which may be empty. */
void put_key(struct tss_command *c, const struct key_kind *kind,
	     struct client_bytes pubKey, struct client_bytes encData);

/* The next authorisation is by a new session that is not kept. */
void use_oiap(struct machine *m, struct tss_command *c, struct tss_session *s,
	      const struct tss_digest *secret);
void use_osap(struct machine *m, struct tss_command *c, struct tss_session *s,
	      uint32_t key, const struct tss_digest *secret);

/* 10.4 TPM_CreateWrapKey, with the secrets above. */
uint32_t call_create_wrap_key(struct machine *m, uint32_t parent,
			      const struct tss_digest *parent_secret,
			      const struct key_kind *kind,
			      struct key_blob *out);

/* 10.5 TPM_LoadKey2; a parent without a secret (NULL) is not authorised. */
uint32_t call_load_key2(struct machine *m, uint32_t parent,
			const struct tss_digest *parent_secret,
			const struct key_blob *key, uint32_t *handle);

/* 10.6 TPM_GetPubKey; a key without a secret (NULL) is not authorised. */
uint32_t call_get_pub_key(struct machine *m, uint32_t key,
			  const struct tss_digest *secret,
			  struct key_blob *out);

/* 27.1.1 TPM_EvictKey */
uint32_t call_evict_key(struct machine *m, uint32_t handle);

/* Makes and loads a key under the SRK, which must succeed. */
uint32_t make_key(struct machine *m, const struct key_kind *kind);

/* An owner, and such a key. */
uint32_t setup_owner_and_key(struct machine *m, const struct key_kind *kind);

/*
 * A key as its parent, the owner's SRK, would protect it: what the TPM itself
 * would never write, with a correct digest and a correct encryption.
 */
struct forgery {
	const struct key_kind *kind;
	uint8_t payload;
	struct tss_digest usage;
	struct tss_digest migration;
	unsigned int nth;      /* the public half is this of primes.h's */
	unsigned int nth_priv; /* and the private half */
	size_t prime_len;      /* of so many bytes */
	bool wrong_digest;
	unsigned int n_more; /* bytes that do not belong there */
	unsigned int n_less; /* bytes that are missing */
};
/* One that the TPM takes: not migratable, with secret_key. */
struct forgery forgery_good(struct machine *m, const struct key_kind *kind);
void forge_key(const struct forgery *f, struct key_blob *out);

/*
 * TPM_PCR_INFO and TPM_PCR_INFO_LONG (Part 2, 8.3 and 8.4); registers as a mask
 * of those below 24.
 */
struct pcr_blob {
	uint8_t b[72];
	size_t len;
};
void pcr_info(struct pcr_blob *info, uint32_t mask,
	      const struct tss_digest *release);
void pcr_info_long(struct pcr_blob *info, unsigned int locality_at_release,
		   uint32_t creation_mask, uint32_t release_mask,
		   const struct tss_digest *release);

/* TPM_COMPOSITE_HASH of the registers as they are. */
struct tss_digest composite(struct machine *m, uint32_t mask);

/* 10.1 TPM_Seal */
uint32_t call_seal(struct machine *m, uint32_t key,
		   const struct tss_digest *key_secret,
		   struct client_bytes pcr_info, struct client_bytes data,
		   const struct tss_digest *secret, struct key_blob *out);

/* 10.2 TPM_Unseal with two sessions. */
uint32_t call_unseal(struct machine *m, uint32_t key,
		     const struct tss_digest *key_secret,
		     const struct key_blob *sealed,
		     const struct tss_digest *secret);

#endif
