/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes of structures. */
#include "bytes.h"

#include <string.h>

#include "keys.h"

#define PCR16 (1u << 16)

void put_bytes(struct blob *b, const void *p, size_t len)
{
	if (len > sizeof(b->b) - b->len)
		len = sizeof(b->b) - b->len;
	if (len)
		memcpy(b->b + b->len, p, len);
	b->len += len;
}

void put(struct blob *b, uint32_t v, size_t n)
{
	while (n--) {
		const uint8_t byte = (uint8_t)(v >> 8 * n);

		put_bytes(b, &byte, 1);
	}
}

void put_sized(struct blob *b, const void *p, size_t len)
{
	put(b, (uint32_t)len, 4);
	put_bytes(b, p, len);
}

void put_digest(struct blob *b, const struct tss_digest *d)
{
	put_bytes(b, d->b, sizeof(d->b));
}

uint32_t get(const struct blob *b, size_t at, size_t n)
{
	uint32_t v = 0;

	if (at > b->len || n > b->len - at)
		return 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | b->b[at + i];
	return v;
}

struct tss_digest sha1_of(const void *p, size_t len)
{
	const struct client_bytes piece = { p, len };
	struct tss_digest d = { { 0 } };

	client_sha1(&piece, 1, d.b);
	return d;
}

struct tss_digest hmac_of(const struct tss_digest *key, const void *p,
			  size_t len)
{
	const struct client_bytes piece = { p, len };
	struct tss_digest d = { { 0 } };

	client_hmac(key->b, &piece, 1, d.b);
	return d;
}

/* ---- Parts of keys ---- */

void put_parms(struct blob *b, uint16_t enc, uint16_t sig, uint32_t bits)
{
	put(b, TPM_ALG_RSA, 4);
	put(b, enc, 2);
	put(b, sig, 2);
	put(b, 12, 4);
	put(b, bits, 4);
	put(b, 2, 4);
	put(b, 0, 4);
}

static void put_modulus(struct blob *b, const struct key *k)
{
	uint8_t n[KEY_BYTES_MAX];

	keys_modulus(k->bits, k->number, n);
	put_sized(b, n, k->bits / 8);
}

void put_pubkey(struct blob *b, const struct key *k)
{
	put_parms(b, k->enc, k->sig, k->bits);
	if (k->bits)
		put_modulus(b, k);
}

void put_selection(struct blob *b, uint32_t selection)
{
	put(b, 3, 2);
	for (unsigned int i = 0; i < 3; i++)
		put(b, selection >> 8 * i & 0xff, 1);
}

struct tss_digest pcr16_digest(void)
{
	static const struct tss_digest zeros;
	struct blob b = { 0 };

	put_selection(&b, PCR16);
	put_sized(&b, zeros.b, sizeof(zeros.b));
	return sha1_of(b.b, b.len);
}

/* TPM_PCR_INFO_LONG, or TPM_PCR_INFO; digestAtCreation is the TPM's to fill. */
static void put_pcr_info(struct blob *b, bool is_long)
{
	const struct tss_digest release = pcr16_digest();

	put(b, is_long ? 2 + 1 + 1 + 5 + 5 + 40 : 5 + 40, 4);
	if (is_long) {
		put(b, TPM_TAG_PCR_INFO_LONG, 2);
		put(b, 1, 1);
		put(b, 0x1f, 1);
		put_selection(b, PCR16);
	}
	put_selection(b, PCR16);
	/* Their order differs. */
	put_digest(b, &release);
	put_digest(b, &release);
}

void put_key(struct blob *b, const struct key *k, unsigned int options)
{
	uint32_t flags = 0;

	if (k->migratable)
		flags |= TPM_MIGRATABLE;
	if (k->cmk)
		flags |= TPM_MIGRATEAUTHORITY;
	put(b, options & KEY12 ? (uint32_t)TPM_TAG_KEY12 << 16 : 0x01010000u,
	    4);
	put(b, k->usage, 2);
	put(b, flags, 4);
	put(b, k->auth_usage, 1);
	put_parms(b, k->enc, k->sig, k->bits);
	if (options & WITH_PCR16)
		put_pcr_info(b, options & KEY12);
	else
		put(b, 0, 4);
	if (options & WITH_PUB)
		put_modulus(b, k);
	else
		put(b, 0, 4);
}

void put_asymkey(struct blob *b, const struct key *k,
		 const struct tss_digest *migration, const struct blob *public)
{
	const struct tss_digest digest = sha1_of(public->b, public->len);
	uint8_t p[KEY_BYTES_MAX / 2];

	put(b, k->payload, 1);
	put_digest(b, &k->secret);
	put_digest(b, migration);
	put_digest(b, &digest);
	keys_prime(k->bits, k->number, p);
	put_sized(b, p, k->bits / 16);
}
