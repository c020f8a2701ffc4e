/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cryptography that the client needs.  Whoever links the client brings it:
 * in the tests it is libcrypto itself, not the emulator's wall to it.
 */
#ifndef CLIENT_PRIMITIVES_H
#define CLIENT_PRIMITIVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLIENT_SHA1 20u
#define CLIENT_AES  16u

/* Bytes of somebody else's. */
struct client_bytes {
	const void *p;
	size_t len;
};

/* Of the n pieces one after the other. */
void client_sha1(const struct client_bytes *pieces, size_t n,
		 uint8_t out[CLIENT_SHA1]);
void client_hmac(const uint8_t key[CLIENT_SHA1],
		 const struct client_bytes *pieces, size_t n,
		 uint8_t out[CLIENT_SHA1]);

/*
 * AES-128 in counter mode and in output feedback mode; in and out may be the
 * same.
 */
void client_aes_ctr(const uint8_t key[CLIENT_AES], const uint8_t iv[CLIENT_AES],
		    const uint8_t *in, uint8_t *out, size_t len);
void client_aes_ofb(const uint8_t key[CLIENT_AES], const uint8_t iv[CLIENT_AES],
		    const uint8_t *in, uint8_t *out, size_t len);

/*
 * RSA with public exponent 65537 and a modulus of len bytes: whether sig is its
 * PKCS #1 v1.5 signature of a SHA-1 digest; and RSAES-OAEP with SHA-1 and the
 * label "TCPA", or RSAES-PKCS1-v1_5, into len bytes.
 */
bool client_rsa_verify(const uint8_t *n, size_t len,
		       const uint8_t digest[CLIENT_SHA1], const uint8_t *sig,
		       size_t sig_len);
void client_rsa_encrypt(const uint8_t *n, size_t len, bool oaep,
			const uint8_t *msg, size_t msg_len, uint8_t *out);

#endif
