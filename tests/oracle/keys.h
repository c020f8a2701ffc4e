/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keys that both TPMs make: known ones (tests/cmd/primes.c), so that the
 * client can open what is encrypted to them and make keys for the TPMs itself.
 */
#ifndef ORACLE_KEYS_H
#define ORACLE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_BYTES_MAX 256u

struct rsa_st;

/* n, e, d, p and q of a known key; 0: there is none. */
int keys_set(struct rsa_st *rsa, unsigned int bits, uint32_t number);

/* The modulus, of bits / 8 bytes, and the first prime, of half of that. */
void keys_modulus(unsigned int bits, uint32_t number, uint8_t *n);
void keys_prime(unsigned int bits, uint32_t number, uint8_t *p);

/*
 * To the public key with this modulus: OAEP as a TPM does, and PKCS#1 v1.5.
 * out has len bytes.  false: the message is too long.
 */
bool keys_seal(const uint8_t *n, size_t len, const void *msg, size_t msg_len,
	       uint8_t *out);
bool keys_bind(const uint8_t *n, size_t len, const void *msg, size_t msg_len,
	       uint8_t *out);

/* What was sealed to a known key with this modulus; false: nothing was. */
bool keys_open(const uint8_t *n, size_t len, const uint8_t *in, uint8_t *out,
	       size_t *out_len);

/* RSASSA-PKCS1-v1_5 with SHA-1 by a known key; sig has bits / 8 bytes. */
void keys_sign(unsigned int bits, uint32_t number, const uint8_t digest[20],
	       uint8_t *sig);

#endif
