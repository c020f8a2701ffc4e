/* SPDX-License-Identifier: BSD-2-Clause */
/* AES-128 in the two modes that TPM 1.2 names (Part 2, TPM_ENC_SCHEME). */
#include "crypto_impl.h"

#include <limits.h>
#include <string.h>

static bool run(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *mode, const uint8_t *key,
		const uint8_t *iv, const uint8_t *in, uint8_t *out, size_t len)
{
	int n = 0;

	return len <= INT_MAX &&
	       EVP_EncryptInit_ex2(ctx, mode, key, iv, NULL) == 1 &&
	       EVP_EncryptUpdate(ctx, out, &n, in, (int)len) == 1 &&
	       n == (int)len;
}

/* The context is emptied afterwards: it holds the key. */
static void stream(struct tpm_crypto *c, const EVP_CIPHER *mode,
		   const uint8_t *key, const uint8_t *iv, const uint8_t *in,
		   uint8_t *out, size_t len)
{
	if (len == 0)
		return;
	if (!run(c->cipher, mode, key, iv, in, out, len)) {
		memset(out, 0, len);
		c->failed = true;
	}
	(void)EVP_CIPHER_CTX_reset(c->cipher);
}

void tpm_aes128_ctr(struct tpm_crypto *c, const uint8_t key[TPM_AES128_SIZE],
		    const uint8_t iv[TPM_AES_BLOCK], const uint8_t *in,
		    uint8_t *out, size_t len)
{
	stream(c, c->ctr, key, iv, in, out, len);
}

void tpm_aes128_ofb(struct tpm_crypto *c, const uint8_t key[TPM_AES128_SIZE],
		    const uint8_t iv[TPM_AES_BLOCK], const uint8_t *in,
		    uint8_t *out, size_t len)
{
	stream(c, c->ofb, key, iv, in, out, len);
}
