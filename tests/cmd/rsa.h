/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RSA of the client's own, straight from libcrypto, with keys of which the
 * test knows both halves: those of primes.h.
 */
#ifndef RSA_H
#define RSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "primitives.h"

#define RSA_MAX 256u

struct client_rsa;

/* The nth key of primes.h of so many bits.  The caller frees it. */
struct client_rsa *client_rsa_new(unsigned int bits, unsigned int nth);
void client_rsa_free(struct client_rsa *key);

size_t client_rsa_size(const struct client_rsa *key);
void client_rsa_modulus(const struct client_rsa *key, uint8_t *n);
/* One of the two, half the size; no key keeps more. */
void client_rsa_prime(const struct client_rsa *key, uint8_t *p);

/*
 * Part 1, "RSA": the schemes.  Outputs have RSA_MAX bytes; the same message
 * gives the same ones again.
 */
void client_oaep(const struct client_rsa *key, struct client_bytes in,
		 uint8_t *out);
void client_pkcs1(const struct client_rsa *key, struct client_bytes in,
		  uint8_t *out);
/* Of what is padded already. */
void client_raw(const struct client_rsa *key, const uint8_t *em, uint8_t *out);
/* The message's length; fails the test if there is none. */
size_t client_open_oaep(const struct client_rsa *key, struct client_bytes in,
			uint8_t *out);
size_t client_open_pkcs1(const struct client_rsa *key, struct client_bytes in,
			 uint8_t *out);

/* PKCS #1 v1.5 over a SHA-1 digest, as long as the key. */
void client_sign_sha1(const struct client_rsa *key, const void *digest,
		      uint8_t *sig);

/* Whether sig is PKCS #1 v1.5 over what is given; over the SHA-1 of it. */
bool client_signed(const struct client_rsa *key, struct client_bytes what,
		   struct client_bytes sig);
bool client_signed_sha1(const struct client_rsa *key, const void *digest,
			struct client_bytes sig);

#endif
