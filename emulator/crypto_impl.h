/* SPDX-License-Identifier: BSD-2-Clause */
/* What the crypto_*.c share among themselves. */
#ifndef TPM_CRYPTO_IMPL_H
#define TPM_CRYPTO_IMPL_H

#include "crypto.h"

#include <openssl/bn.h>
#include <openssl/evp.h>

struct tpm_crypto {
	tpm_random_fn *random;
	void *random_ctx;
	EVP_MD *sha1;
	EVP_MD_CTX *digest;
	EVP_CIPHER *ctr;
	EVP_CIPHER *ofb;
	EVP_CIPHER_CTX *cipher;
	bool failed;
	size_t n_ahead; /* random bytes, the first of these */
	uint8_t ahead[512];
};

struct tpm_rsa {
	EVP_PKEY *public;
	EVP_PKEY *private; /* NULL until it is needed; then public as well */
	BIGNUM *n;
	BIGNUM *e;
	BIGNUM *p; /* NULL: a public key, or in private */
	BIGNUM *q;
	size_t size;
};

/* The private key, made at the first call; NULL for a public key. */
EVP_PKEY *tpm_rsa_pkey_private(struct tpm_rsa *key);

/* -1, with libcrypto's queue of reasons emptied: nobody here reads it. */
int tpm_crypto_refuse(void);

#endif
