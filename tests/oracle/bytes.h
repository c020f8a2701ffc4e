/* SPDX-License-Identifier: BSD-2-Clause */
/* Structures of Part 2 as bytes: written into a blob, taken out of one. */
#ifndef ORACLE_BYTES_H
#define ORACLE_BYTES_H

#include "world.h"

void put(struct blob *b, uint32_t v, size_t n);
void put_bytes(struct blob *b, const void *p, size_t len);
/* A UINT32 of the size in front. */
void put_sized(struct blob *b, const void *p, size_t len);
void put_digest(struct blob *b, const struct tss_digest *d);

/* The number that n bytes at an offset are; 0: there are none. */
uint32_t get(const struct blob *b, size_t at, size_t n);

struct tss_digest sha1_of(const void *p, size_t len);
struct tss_digest hmac_of(const struct tss_digest *key, const void *p,
			  size_t len);

/* ---- Parts of keys ---- */

/* TPM_KEY_PARMS of an RSA key. */
void put_parms(struct blob *b, uint16_t enc, uint16_t sig, uint32_t bits);
/* TPM_PUBKEY of the known key. */
void put_pubkey(struct blob *b, const struct key *k);
/* TPM_PCR_SELECTION of three bytes. */
void put_selection(struct blob *b, uint32_t selection);

#define KEY12	   1u /* TPM_KEY12 rather than TPM_KEY */
#define WITH_PUB   2u
#define WITH_PCR16 4u /* bound to what register 16 holds after a reset */

/* A TPM_KEY or TPM_KEY12 before its encData. */
void put_key(struct blob *b, const struct key *k, unsigned int options);

/* TPM_STORE_ASYMKEY of the known key whose public part is in `public`. */
void put_asymkey(struct blob *b, const struct key *k,
		 const struct tss_digest *migration, const struct blob *public);

/* What TPM_PCR_COMPOSITE of register 16, all zeros, hashes to. */
struct tss_digest pcr16_digest(void);

#endif
