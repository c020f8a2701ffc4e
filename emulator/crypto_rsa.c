/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RSA as TPM 1.2 uses it (Part 2, TPM_ENC_SCHEME and TPM_SIG_SCHEME), with the
 * schemes of RFC 8017.
 *
 * Random bytes that end in ciphertexts come from the tpm_crypto, so that a
 * test can repeat them: for these the padding is made here.  Paddings are
 * taken off by libcrypto, which does it in constant time.
 */
#include "crypto_impl.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#define PKCS1_OVERHEAD 11u /* the least that PKCS #1 v1.5 adds */

/* ---- Encryption ---- */

typedef int init_fn(EVP_PKEY_CTX *ctx, const OSSL_PARAM params[]);
typedef int operation_fn(EVP_PKEY_CTX *ctx, unsigned char *out, size_t *out_len,
			 const unsigned char *in, size_t in_len);

static int operate(EVP_PKEY *pkey, init_fn *init, operation_fn *operation,
		   const OSSL_PARAM *params, struct tpm_bytes in, uint8_t *out,
		   size_t *out_len)
{
	EVP_PKEY_CTX *ctx;
	bool ok;

	if (pkey == NULL)
		return tpm_crypto_refuse();
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	ok = ctx != NULL && init(ctx, params) == 1 &&
	     operation(ctx, out, out_len, in.p, in.len) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok ? 0 : tpm_crypto_refuse();
}

/* The bare function; in and out have size bytes. */
static int encrypt_raw(const struct tpm_rsa *key, const uint8_t *in,
		       uint8_t *out)
{
	char none[] = OSSL_PKEY_RSA_PAD_MODE_NONE;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_PAD_MODE, none,
				       sizeof(none) - 1),
		OSSL_PARAM_END,
	};
	size_t len = key->size;

	return operate(key->public, EVP_PKEY_encrypt_init_ex, EVP_PKEY_encrypt,
		       params, (struct tpm_bytes){ in, key->size }, out, &len);
}

#define LABEL "TCPA"

int tpm_rsa_encrypt_oaep(struct tpm_crypto *c, const struct tpm_rsa *key,
			 const uint8_t *msg, size_t len, uint8_t *out)
{
	static const uint8_t label[] = LABEL;
	uint8_t em[TPM_RSA_MAX_BYTES] = { 0 };
	uint8_t seed[TPM_SHA1_SIZE], label_hash[TPM_SHA1_SIZE];
	int r;

	tpm_random(c, seed, sizeof(seed));
	tpm_sha1(c, label_hash, TPM_PARTS({ label, sizeof(label) - 1 }));
	r = tpm_oaep_encode(c, em + 1, key->size - 1, msg, len, label_hash,
			    seed);
	if (r == 0)
		r = encrypt_raw(key, em, out);
	tpm_wipe(seed, sizeof(seed));
	tpm_wipe(em, sizeof(em));
	return r;
}

/* Ciphertexts have the modulus' length, no shorter form is taken. */
static int decrypt(struct tpm_rsa *key, const OSSL_PARAM *params,
		   struct tpm_bytes in, uint8_t *out, size_t *len)
{
	*len = TPM_RSA_MAX_BYTES;
	if (in.len != key->size)
		return -1;
	return operate(tpm_rsa_pkey_private(key), EVP_PKEY_decrypt_init_ex,
		       EVP_PKEY_decrypt, params, in, out, len);
}

int tpm_rsa_decrypt_oaep(struct tpm_rsa *key, struct tpm_bytes in,
			 uint8_t out[TPM_RSA_MAX_BYTES], size_t *len)
{
	char mode[] = OSSL_PKEY_RSA_PAD_MODE_OAEP;
	char sha1[] = "SHA1";
	char label[] = LABEL;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_ASYM_CIPHER_PARAM_PAD_MODE, mode,
				       sizeof(mode) - 1),
		OSSL_PARAM_utf8_string(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST, sha1,
				       sizeof(sha1) - 1),
		OSSL_PARAM_octet_string(OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL,
					label, sizeof(label) - 1),
		OSSL_PARAM_END,
	};

	return decrypt(key, params, in, out, len);
}

/*
 * Random bytes, none of them zero.  The limit is for a generator that is
 * broken in just this way.
 */
static void random_nonzero(struct tpm_crypto *c, uint8_t *buf, size_t len)
{
	unsigned int tries = 1000;

	tpm_random(c, buf, len);
	for (size_t i = 0; i < len; i++) {
		for (; buf[i] == 0 && tries > 0; tries--)
			tpm_random(c, &buf[i], 1);
	}
	if (memchr(buf, 0, len) != NULL)
		c->failed = true;
}

/* RFC 8017, 7.2.1. */
int tpm_rsa_encrypt_pkcs1(struct tpm_crypto *c, const struct tpm_rsa *key,
			  const uint8_t *msg, size_t len, uint8_t *out)
{
	uint8_t em[TPM_RSA_MAX_BYTES] = { 0, 2 };
	size_t pad_len;
	int r;

	if (len > key->size - PKCS1_OVERHEAD)
		return -1;
	pad_len = key->size - len - 3;
	random_nonzero(c, em + 2, pad_len);
	em[2 + pad_len] = 0;
	if (len > 0)
		memcpy(em + 3 + pad_len, msg, len);
	r = encrypt_raw(key, em, out);
	tpm_wipe(em, sizeof(em));
	return r;
}

int tpm_rsa_decrypt_pkcs1(struct tpm_rsa *key, struct tpm_bytes in,
			  uint8_t out[TPM_RSA_MAX_BYTES], size_t *len)
{
	char mode[] = OSSL_PKEY_RSA_PAD_MODE_PKCSV15;
	unsigned int no = 0;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_ASYM_CIPHER_PARAM_PAD_MODE, mode,
				       sizeof(mode) - 1),
		/* Known from OpenSSL 3.2 on, and passed over before. */
		OSSL_PARAM_uint("implicit-rejection", &no),
		OSSL_PARAM_END,
	};

	return decrypt(key, params, in, out, len);
}

/* ---- Signatures ---- */

/* RFC 8017, 9.2, note 1: the DigestInfo of SHA-1 up to the digest. */
#define DIGEST_INFO                                                       \
	0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, \
		0x05, 0x00, 0x04, 0x14
#define DIGEST_INFO_SIZE (15u + TPM_SHA1_SIZE)

/*
 * Made here, because a system's policy may forbid libcrypto to sign SHA-1,
 * which TPM 1.2 cannot do without.
 */
static void digest_info(uint8_t out[DIGEST_INFO_SIZE],
			const uint8_t digest[TPM_SHA1_SIZE])
{
	static const uint8_t prefix[] = { DIGEST_INFO };

	memcpy(out, prefix, sizeof(prefix));
	memcpy(out + sizeof(prefix), digest, TPM_SHA1_SIZE);
}

int tpm_rsa_sign_der(struct tpm_rsa *key, const uint8_t *data, size_t len,
		     uint8_t *sig)
{
	char mode[] = OSSL_PKEY_RSA_PAD_MODE_PKCSV15;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, mode,
				       sizeof(mode) - 1),
		OSSL_PARAM_END,
	};
	size_t sig_len = key->size;

	if (len > key->size - PKCS1_OVERHEAD)
		return -1;
	return operate(tpm_rsa_pkey_private(key), EVP_PKEY_sign_init_ex,
		       EVP_PKEY_sign, params, (struct tpm_bytes){ data, len },
		       sig, &sig_len);
}

int tpm_rsa_sign_sha1(struct tpm_rsa *key, const uint8_t digest[TPM_SHA1_SIZE],
		      uint8_t *sig)
{
	uint8_t info[DIGEST_INFO_SIZE];

	digest_info(info, digest);
	return tpm_rsa_sign_der(key, info, sizeof(info), sig);
}

int tpm_rsa_verify_sha1(const struct tpm_rsa *key,
			const uint8_t digest[TPM_SHA1_SIZE],
			struct tpm_bytes sig)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->public, NULL);
	uint8_t info[DIGEST_INFO_SIZE];
	bool ok;

	digest_info(info, digest);
	ok = ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
	     EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	     EVP_PKEY_verify(ctx, sig.p, sig.len, info, sizeof(info)) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok ? 0 : tpm_crypto_refuse();
}
