/* SPDX-License-Identifier: BSD-2-Clause */
/* Sealing on libcrypto: see seal.h. */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/core_names.h>
#include <openssl/rand.h>

#include "bytes.h"
#include "seal.h"

#define MAGIC	     "vTPMseal"
#define SEAL_VERSION 1u
#define SALT_OFFSET  12u
#define SALT_SIZE    16u
#define COUNT_OFFSET (SALT_OFFSET + SALT_SIZE)
#define LEN_OFFSET   (COUNT_OFFSET + 8u)
#define NONCE_SIZE   12u
#define TAG_SIZE     16u
#define CONTEXT_MAX  64u

struct sealer {
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *ctx;	 /* to open, with any key */
	EVP_CIPHER_CTX *sealing; /* has our own key, set up once */
	uint8_t key[SEAL_KEY_SIZE];
	uint8_t salt[SALT_SIZE];
	uint64_t counter;
	char context[CONTEXT_MAX + 1];
};

void seal_prepare_process(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
					  OPENSSL_INIT_NO_LOAD_CONFIG,
				  NULL);
}

/* HMAC-SHA256 of up to three parts; the last is text. */
static int hmac(const uint8_t key[SEAL_KEY_SIZE], const char *label,
		const uint8_t *bytes, size_t len, const char *text,
		uint8_t out[SEAL_KEY_SIZE])
{
	uint8_t data[32 + SALT_SIZE + CONTEXT_MAX];
	size_t n = 0, out_len = 0;

	memcpy(data, label, strlen(label));
	n += strlen(label);
	if (len)
		memcpy(data + n, bytes, len);
	n += len;
	memcpy(data + n, text, strlen(text));
	n += strlen(text);
	if (!EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, SEAL_KEY_SIZE,
		       data, n, out, SEAL_KEY_SIZE, &out_len) ||
	    out_len != SEAL_KEY_SIZE)
		return -EIO;
	return 0;
}

static int salt_key(const struct sealer *s, const uint8_t salt[SALT_SIZE],
		    uint8_t key[SEAL_KEY_SIZE])
{
	return hmac(s->key, "vtpm-userback seal", salt, SALT_SIZE, s->context,
		    key);
}

/* A salt of this sealer's, and the key for it. */
static int own_key(struct sealer *s)
{
	uint8_t key[SEAL_KEY_SIZE];
	int r;

	if (seal_random(s->salt, SALT_SIZE) || salt_key(s, s->salt, key))
		return -EIO;
	r = EVP_CipherInit_ex2(s->sealing, s->cipher, key, NULL, 1, NULL)
		    ? 0
		    : -EIO;
	OPENSSL_cleanse(key, sizeof(key));
	return r;
}

struct sealer *sealer_new(const uint8_t key[SEAL_KEY_SIZE], const char *context)
{
	struct sealer *s;

	if (strlen(context) > CONTEXT_MAX)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	memcpy(s->key, key, SEAL_KEY_SIZE);
	memcpy(s->context, context, strlen(context) + 1);
	s->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	s->ctx = EVP_CIPHER_CTX_new();
	s->sealing = EVP_CIPHER_CTX_new();
	if (!s->cipher || !s->ctx || !s->sealing || own_key(s)) {
		sealer_free(s);
		return NULL;
	}
	return s;
}

void sealer_free(struct sealer *s)
{
	if (!s)
		return;
	EVP_CIPHER_CTX_free(s->ctx);
	EVP_CIPHER_CTX_free(s->sealing);
	EVP_CIPHER_free(s->cipher);
	OPENSSL_cleanse(s, sizeof(*s));
	free(s);
}

uint64_t sealer_counter(const struct sealer *s)
{
	return s->counter;
}

/* The header is authenticated with what is sealed. */
static int run(EVP_CIPHER_CTX *ctx, const uint8_t *header, const uint8_t *in,
	       size_t len, uint8_t *out)
{
	int n;

	if (!EVP_CipherUpdate(ctx, NULL, &n, header, SEAL_HEADER) ||
	    !EVP_CipherUpdate(ctx, out, &n, in, (int)len))
		return -EIO;
	return 0;
}

static void set_nonce(uint8_t nonce[NONCE_SIZE], const uint8_t *header)
{
	memset(nonce, 0, NONCE_SIZE - 8);
	memcpy(nonce + NONCE_SIZE - 8, header + COUNT_OFFSET, 8);
}

int sealer_seal(struct sealer *s, const uint8_t *plain, size_t len,
		uint8_t *out)
{
	uint8_t nonce[NONCE_SIZE], *tag;
	int n;

	if (len > INT32_MAX - SEAL_OVERHEAD)
		return -EIO;
	tag = out + SEAL_HEADER + len;
	memcpy(out, MAGIC, 8);
	put32(out + 8, SEAL_VERSION);
	memcpy(out + SALT_OFFSET, s->salt, SALT_SIZE);
	put64(out + COUNT_OFFSET, ++s->counter);
	put32(out + LEN_OFFSET, (uint32_t)len);
	set_nonce(nonce, out);
	if (!EVP_CipherInit_ex2(s->sealing, NULL, NULL, nonce, 1, NULL) ||
	    run(s->sealing, out, plain, len, out + SEAL_HEADER) ||
	    !EVP_CipherFinal_ex(s->sealing, tag, &n) ||
	    EVP_CIPHER_CTX_ctrl(s->sealing, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE,
				tag) <= 0)
		return -EIO;
	return 0;
}

/* -EBADMSG: the tag is another than what follows the len bytes. */
static int open_with(struct sealer *s, const uint8_t *key, const uint8_t *blob,
		     size_t len, uint8_t *plain)
{
	uint8_t nonce[NONCE_SIZE], tag[TAG_SIZE];
	int n;

	set_nonce(nonce, blob);
	memcpy(tag, blob + SEAL_HEADER + len, TAG_SIZE);
	if (!EVP_CipherInit_ex2(s->ctx, s->cipher, key, nonce, 0, NULL) ||
	    run(s->ctx, blob, blob + SEAL_HEADER, len, plain) ||
	    EVP_CIPHER_CTX_ctrl(s->ctx, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) <=
		    0)
		return -EIO;
	return EVP_CipherFinal_ex(s->ctx, plain + len, &n) > 0 ? 0 : -EBADMSG;
}

int sealer_open(struct sealer *s, const uint8_t *blob, size_t len,
		uint8_t *plain, uint64_t *counter)
{
	uint8_t key[SEAL_KEY_SIZE];
	size_t n;
	int r;

	if (len < SEAL_OVERHEAD || memcmp(blob, MAGIC, 8) != 0)
		return -EBADMSG;
	if (get32(blob + 8) != SEAL_VERSION)
		return -ENOTSUP;
	n = len - SEAL_OVERHEAD;
	if (n > INT32_MAX || get32(blob + LEN_OFFSET) != n)
		return -EBADMSG;
	if (salt_key(s, blob + SALT_OFFSET, key))
		return -EIO;
	r = open_with(s, key, blob, n, plain);
	OPENSSL_cleanse(key, sizeof(key));
	if (r) {
		OPENSSL_cleanse(plain, n);
		return r;
	}
	*counter = get64(blob + COUNT_OFFSET);
	if (*counter > s->counter)
		s->counter = *counter;
	return 0;
}

void sealer_skip(struct sealer *s, uint64_t counter)
{
	if (counter > s->counter)
		s->counter = counter;
}

int seal_derive_key(const uint8_t master[SEAL_KEY_SIZE], uint32_t instance,
		    uint8_t key[SEAL_KEY_SIZE])
{
	uint8_t n[4];

	put32(n, instance);
	return hmac(master, "vtpm-userback instance", n, sizeof(n), "", key);
}

/* 128 * r * N bytes, and a little more that libcrypto counts with them. */
#define SCRYPT_N   (1u << 16)
#define SCRYPT_R   8u
#define SCRYPT_MAX (uint64_t)((SEAL_PASSPHRASE_MIB + 1) << 20)

int seal_passphrase(const uint8_t *text, size_t len,
		    const uint8_t salt[SEAL_KEY_SIZE],
		    uint8_t key[SEAL_KEY_SIZE])
{
	return EVP_PBE_scrypt((const char *)text, len, salt, SEAL_KEY_SIZE,
			      SCRYPT_N, SCRYPT_R, 1, SCRYPT_MAX, key,
			      SEAL_KEY_SIZE) == 1
		       ? 0
		       : -EIO;
}

int seal_key_check(const uint8_t master[SEAL_KEY_SIZE],
		   uint8_t sum[SEAL_KEY_SIZE])
{
	return hmac(master, "vtpm-userback key check", NULL, 0, "", sum);
}

int seal_random(uint8_t *buf, size_t len)
{
	return RAND_bytes(buf, (int)len) == 1 ? 0 : -EIO;
}
