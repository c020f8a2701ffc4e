/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's cryptography, straight from libcrypto. */
#include "primitives.h"

#include <stdbool.h>
#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

/* No failure of libcrypto is ever part of a test. */
static void must(bool ok)
{
	if (!ok)
		abort();
}

static void hash_pieces(EVP_MD_CTX *ctx, const struct client_bytes *pieces,
			size_t n)
{
	for (size_t i = 0; i < n; i++)
		must(EVP_DigestUpdate(ctx, pieces[i].p, pieces[i].len) == 1);
}

void client_sha1(const struct client_bytes *pieces, size_t n,
		 uint8_t out[CLIENT_SHA1])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	must(EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) == 1);
	hash_pieces(ctx, pieces, n);
	must(EVP_DigestFinal_ex(ctx, out, NULL) == 1);
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

	must(EVP_DigestSignInit(ctx, NULL, EVP_sha1(), NULL, pkey) == 1);
	for (size_t i = 0; i < n; i++)
		must(EVP_DigestSignUpdate(ctx, pieces[i].p, pieces[i].len) ==
		     1);
	must(EVP_DigestSignFinal(ctx, out, &len) == 1);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
}

static void aes(const EVP_CIPHER *mode, const uint8_t *key, const uint8_t *iv,
		const uint8_t *in, uint8_t *out, size_t len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0;

	must(EVP_EncryptInit_ex(ctx, mode, NULL, key, iv) == 1);
	must(EVP_EncryptUpdate(ctx, out, &n, in, (int)len) == 1);
	must(n == (int)len);
	EVP_CIPHER_CTX_free(ctx);
}

void client_aes_ctr(const uint8_t key[CLIENT_AES], const uint8_t iv[CLIENT_AES],
		    const uint8_t *in, uint8_t *out, size_t len)
{
	aes(EVP_aes_128_ctr(), key, iv, in, out, len);
}

void client_aes_ofb(const uint8_t key[CLIENT_AES], const uint8_t iv[CLIENT_AES],
		    const uint8_t *in, uint8_t *out, size_t len)
{
	aes(EVP_aes_128_ofb(), key, iv, in, out, len);
}

static EVP_PKEY *rsa_public(const uint8_t *n, size_t len)
{
	BIGNUM *bn = BN_bin2bn(n, (int)len, NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM *params;
	EVP_PKEY *key = NULL;

	must(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, bn) == 1);
	must(OSSL_PARAM_BLD_push_uint(build, OSSL_PKEY_PARAM_RSA_E, 65537) ==
	     1);
	params = OSSL_PARAM_BLD_to_param(build);
	must(EVP_PKEY_fromdata_init(ctx) == 1);
	must(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) == 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_free(bn);
	return key;
}

bool client_rsa_verify(const uint8_t *n, size_t len,
		       const uint8_t digest[CLIENT_SHA1], const uint8_t *sig,
		       size_t sig_len)
{
	EVP_PKEY *key = rsa_public(n, len);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	bool good;

	must(EVP_PKEY_verify_init(ctx) == 1);
	must(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1);
	must(EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha1()) == 1);
	good = EVP_PKEY_verify(ctx, sig, sig_len, digest, CLIENT_SHA1) == 1;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return good;
}

static void use_oaep(EVP_PKEY_CTX *ctx)
{
	void *label = OPENSSL_memdup("TCPA", 4);

	must(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1);
	must(EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha1()) == 1);
	must(EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, label, 4) == 1);
}

void client_rsa_encrypt(const uint8_t *n, size_t len, bool oaep,
			const uint8_t *msg, size_t msg_len, uint8_t *out)
{
	EVP_PKEY *key = rsa_public(n, len);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	size_t out_len = len;

	must(EVP_PKEY_encrypt_init(ctx) == 1);
	if (oaep)
		use_oaep(ctx);
	else
		must(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1);
	must(EVP_PKEY_encrypt(ctx, out, &out_len, msg, msg_len) == 1);
	must(out_len == len);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
}
