/* SPDX-License-Identifier: BSD-2-Clause */
/* The set of algorithms, random bytes, and care with secrets. */
#include "crypto_impl.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>

struct tpm_crypto *tpm_crypto_new(tpm_random_fn *random, void *ctx)
{
	struct tpm_crypto *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->random = random;
	c->random_ctx = ctx;
	c->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	c->digest = EVP_MD_CTX_new();
	c->ctr = EVP_CIPHER_fetch(NULL, "AES-128-CTR", NULL);
	c->ofb = EVP_CIPHER_fetch(NULL, "AES-128-OFB", NULL);
	c->cipher = EVP_CIPHER_CTX_new();
	if (c->sha1 == NULL || c->digest == NULL || c->ctr == NULL ||
	    c->ofb == NULL || c->cipher == NULL) {
		tpm_crypto_free(c);
		return NULL;
	}
	return c;
}

void tpm_crypto_free(struct tpm_crypto *c)
{
	if (c == NULL)
		return;
	EVP_CIPHER_CTX_free(c->cipher);
	EVP_CIPHER_free(c->ofb);
	EVP_CIPHER_free(c->ctr);
	EVP_MD_CTX_free(c->digest);
	EVP_MD_free(c->sha1);
	tpm_wipe(c->ahead, sizeof(c->ahead));
	free(c);
}

bool tpm_crypto_failed(struct tpm_crypto *c)
{
	const bool failed = c->failed;

	c->failed = false;
	return failed;
}

static int random_libcrypto(uint8_t *buf, size_t len)
{
	if (len > INT_MAX)
		return -1;
	return RAND_bytes(buf, (int)len) == 1 ? 0 : -1;
}

/*
 * libcrypto's generator takes as long over a nonce as over many: they are drawn
 * ahead, and those that were given out are wiped.
 */
static int random_ahead(struct tpm_crypto *c, uint8_t *buf, size_t len)
{
	uint8_t *next;

	if (len > sizeof(c->ahead) / 8)
		return random_libcrypto(buf, len);
	if (c->n_ahead < len) {
		c->n_ahead = 0;
		if (random_libcrypto(c->ahead, sizeof(c->ahead)))
			return -1;
		c->n_ahead = sizeof(c->ahead);
	}
	c->n_ahead -= len;
	next = c->ahead + c->n_ahead;
	memcpy(buf, next, len);
	tpm_wipe(next, len);
	return 0;
}

void tpm_random(struct tpm_crypto *c, void *buf, size_t len)
{
	const int r = c->random != NULL ? c->random(c->random_ctx, buf, len)
					: random_ahead(c, buf, len);

	if (r == 0)
		return;
	memset(buf, 0, len);
	c->failed = true;
}

void tpm_random_stir(struct tpm_crypto *c, const void *buf, size_t len)
{
	if (len)
		RAND_add(buf, (int)len, 0.0);
	tpm_wipe(c->ahead, sizeof(c->ahead));
	c->n_ahead = 0;
}

void tpm_wipe(void *buf, size_t len)
{
	OPENSSL_cleanse(buf, len);
}

/* Below it, what the system takes to find pages again is not worth it. */
#define GIVE_BACK_MIN 16384u
#define PAGE	      4096u

void tpm_give_back(void *buf, size_t len)
{
	const size_t before = -(uintptr_t)buf % PAGE;

	tpm_wipe(buf, len);
	/* Private memory that no file is behind: it reads as zeros then. */
	if (len >= GIVE_BACK_MIN)
		(void)madvise((uint8_t *)buf + before,
			      (len - before) / PAGE * PAGE, MADV_DONTNEED);
}

bool tpm_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

int tpm_crypto_refuse(void)
{
	ERR_clear_error();
	return -1;
}
