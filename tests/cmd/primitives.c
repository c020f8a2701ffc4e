/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's cryptography, straight from libcrypto. */
#include "primitives.h"

#include <check.h>
#include <string.h>

#include <openssl/evp.h>

static void hash_pieces(EVP_MD_CTX *ctx, const struct client_bytes *pieces,
			size_t n)
{
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(
			EVP_DigestUpdate(ctx, pieces[i].p, pieces[i].len), 1);
}

void client_sha1(const struct client_bytes *pieces, size_t n,
		 uint8_t out[CLIENT_SHA1])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	ck_assert_int_eq(EVP_DigestInit_ex(ctx, EVP_sha1(), NULL), 1);
	hash_pieces(ctx, pieces, n);
	ck_assert_int_eq(EVP_DigestFinal_ex(ctx, out, NULL), 1);
	EVP_MD_CTX_free(ctx);
}

void client_hmac(const uint8_t key[CLIENT_SHA1],
		 const struct client_bytes *pieces, size_t n,
		 uint8_t out[CLIENT_SHA1])
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, key,
						      CLIENT_SHA1);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = CLIENT_SHA1;

	ck_assert_int_eq(EVP_DigestSignInit(ctx, NULL, EVP_sha1(), NULL, pkey),
			 1);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(
			EVP_DigestSignUpdate(ctx, pieces[i].p, pieces[i].len),
			1);
	ck_assert_int_eq(EVP_DigestSignFinal(ctx, out, &len), 1);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
}

void client_aes_ctr(const uint8_t key[CLIENT_AES], const uint8_t iv[CLIENT_AES],
		    const uint8_t *in, uint8_t *out, size_t len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0;

	ck_assert_int_eq(
		EVP_EncryptInit_ex(ctx, EVP_aes_128_ctr(), NULL, key, iv), 1);
	ck_assert_int_eq(EVP_EncryptUpdate(ctx, out, &n, in, (int)len), 1);
	ck_assert_int_eq(n, (int)len);
	EVP_CIPHER_CTX_free(ctx);
}
