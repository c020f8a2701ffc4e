/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wall to libcrypto: only emulator/crypto_*.c include its headers, and the
 * rest of the emulator knows only what is declared here.
 *
 * A `struct tpm_crypto` holds the fetched algorithms and the contexts that are
 * used again and again; each TPM has its own, and like the TPM it is used by
 * one thread at a time.
 *
 * Two kinds of failure are told apart.  What depends on the input (a padding
 * that is not there, a prime that does not divide the modulus) is a function's
 * result, 0 or -1.  What cannot happen on a healthy machine (a hash that fails,
 * a source of random bytes that is dry) is remembered in the tpm_crypto: the
 * function then gives zeros, and who executes a command asks
 * tpm_crypto_failed() once before anything is committed or answered.  So
 * hashing and nonces need no check at each use.
 *
 * Byte strings are big-endian numbers where they are numbers.  Outputs may not
 * overlap inputs unless said.  Every secret intermediate is wiped.
 */
#ifndef TPM_CRYPTO_H
#define TPM_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TPM_MUST_CHECK __attribute__((warn_unused_result))

#define TPM_SHA1_SIZE	  20u
#define TPM_SHA1_BLOCK	  64u
#define TPM_AES_BLOCK	  16u
#define TPM_AES128_SIZE	  16u
#define TPM_RSA_MAX_BYTES 256u

/* What EME-OAEP with SHA-1 adds to a message, the leading zero byte not
 * counted (RFC 8017, 7.1.1). */
#define TPM_OAEP_OVERHEAD (2u * TPM_SHA1_SIZE + 1u)

/* Bytes that somebody else owns. */
struct tpm_bytes {
	const uint8_t *p;
	size_t len;
};

/*
 * Arguments "const struct tpm_bytes *parts, size_t n" written in place:
 *
 *	tpm_sha1(c, digest, TPM_PARTS({ code, 4 }, { params, len }));
 */
#define TPM_PARTS(...)                                               \
	((const struct tpm_bytes[]){ __VA_ARGS__ }),                 \
		(sizeof((const struct tpm_bytes[]){ __VA_ARGS__ }) / \
		 sizeof(struct tpm_bytes))

struct tpm_crypto;

/* Fills buf; 0 or an error. */
typedef int tpm_random_fn(void *ctx, uint8_t *buf, size_t len);

/*
 * random: NULL for libcrypto's generator.
 * Returns NULL when an algorithm or memory cannot be had.
 */
struct tpm_crypto *tpm_crypto_new(tpm_random_fn *random, void *ctx);
void tpm_crypto_free(struct tpm_crypto *c);

/*
 * Whether a function that has no result of its own failed since this was
 * last asked.
 */
bool tpm_crypto_failed(struct tpm_crypto *c) TPM_MUST_CHECK;

/* Unpredictable bytes. */
void tpm_random(struct tpm_crypto *c, void *buf, size_t len);

/*
 * Adds bytes to the generator's pool, trusting them with nothing; what was
 * drawn before is not given out any more.
 */
void tpm_random_stir(struct tpm_crypto *c, const void *buf, size_t len);

/* Zeroes that the compiler does not optimise away. */
void tpm_wipe(void *buf, size_t len);

/*
 * The same for a part of what tpm12_new got that is seldom used: of a large one
 * the memory goes back to the system too, until it is used again.
 */
void tpm_give_back(void *buf, size_t len);

/* Equality in a time that depends on len alone. */
bool tpm_equal(const void *a, const void *b, size_t len) TPM_MUST_CHECK;

/* ---- Hashes: crypto_hash.c ---- */

/* SHA-1 (FIPS 180-4) of the parts one after the other.  out may be a part. */
void tpm_sha1(struct tpm_crypto *c, uint8_t out[TPM_SHA1_SIZE],
	      const struct tpm_bytes *parts, size_t n);

/* HMAC-SHA-1 (RFC 2104) of the parts; any key length.  out may be a part. */
void tpm_hmac_sha1(struct tpm_crypto *c, uint8_t out[TPM_SHA1_SIZE],
		   const void *key, size_t key_len,
		   const struct tpm_bytes *parts, size_t n);

/*
 * XORs MGF1 with SHA-1 (RFC 8017, B.2.1) of the parts onto buf.  A buf of
 * zeros becomes the mask itself.
 */
void tpm_mgf1_xor(struct tpm_crypto *c, uint8_t *buf, size_t len,
		  const struct tpm_bytes *seed, size_t n);

/*
 * A running SHA-1 of plain data that can be written down and taken up in
 * another process: the thread that TPM_SHA1Start begins (Part 3, section 13)
 * is part of the volatile state, and EVP gives a running digest's state to
 * nobody.  The compression function is therefore our own here, and only here:
 * EVP with the processor's SHA instructions takes 80 ns for what an Extend
 * hashes, portable C 320 ns.
 *
 * h and bytes are the whole state whenever the data so far is a multiple of
 * TPM_SHA1_BLOCK, and the commands guarantee that until the last piece.
 */
struct tpm_sha1_thread {
	uint32_t h[5];
	uint64_t bytes;
};

void tpm_sha1_thread_start(struct tpm_sha1_thread *t);

/* len must be a multiple of TPM_SHA1_BLOCK. */
void tpm_sha1_thread_update(struct tpm_sha1_thread *t, const uint8_t *data,
			    size_t len);

/* The last piece, of any length; t is wiped. */
void tpm_sha1_thread_complete(struct tpm_sha1_thread *t, const uint8_t *data,
			      size_t len, uint8_t out[TPM_SHA1_SIZE]);

/* ---- Symmetric ciphers: crypto_sym.c ---- */

/*
 * AES-128 in counter mode (the whole block counts, big-endian) and in output
 * feedback mode (NIST SP 800-38A, 6.5 and 6.4); encryption and decryption are
 * the same.  iv is not changed: a caller that goes on with a stream keeps its
 * own count.  out may be in.
 */
void tpm_aes128_ctr(struct tpm_crypto *c, const uint8_t key[TPM_AES128_SIZE],
		    const uint8_t iv[TPM_AES_BLOCK], const uint8_t *in,
		    uint8_t *out, size_t len);
void tpm_aes128_ofb(struct tpm_crypto *c, const uint8_t key[TPM_AES128_SIZE],
		    const uint8_t iv[TPM_AES_BLOCK], const uint8_t *in,
		    uint8_t *out, size_t len);

/* ---- RSA: crypto_rsa.c ---- */

/*
 * A key of 512, 1024 or 2048 bits with two primes.  The parameters of the
 * Chinese remainder theorem and libcrypto's own form of the key are made once:
 * at the first private operation, because that costs half of one and many keys
 * are loaded to serve as parents of a single other.  Blinding is kept.  A
 * private key can do everything that a public one can.
 *
 * "size" below is tpm_rsa_size(key), at most TPM_RSA_MAX_BYTES.  Private
 * operations of a public key give -1.
 */
struct tpm_rsa;

/*
 * Makes the two primes of a key with public exponent 65537, half the key's
 * bytes each; their product has exactly `bits` bits.  The random bytes are
 * libcrypto's own.  Needs no tpm_crypto, so any thread may.
 *
 * cancelled (may be NULL) is asked from time to time; true ends the search.
 * 0, or -1: not a size that is known, cancelled, or libcrypto failed.
 */
int tpm_rsa_make_primes(unsigned int bits, uint8_t *p, uint8_t *q,
			bool (*cancelled)(void *ctx), void *ctx) TPM_MUST_CHECK;

/*
 * The key with these primes, each len bytes, and public exponent 65537.
 * NULL: these are no primes of such a key, as far as that can be told without
 * testing for primality.
 */
struct tpm_rsa *tpm_rsa_from_primes(const uint8_t *p, const uint8_t *q,
				    size_t len) TPM_MUST_CHECK;

/*
 * The key with modulus n, public exponent e (len 0: 65537) and prime p, as
 * TPM_STORE_ASYMKEY keeps it.  NULL: p does not divide n, or as above.
 */
struct tpm_rsa *tpm_rsa_private(struct tpm_bytes n, struct tpm_bytes e,
				struct tpm_bytes p) TPM_MUST_CHECK;

/* The public half alone; n of a known size and odd, e odd and 3 or more. */
struct tpm_rsa *tpm_rsa_public(struct tpm_bytes n,
			       struct tpm_bytes e) TPM_MUST_CHECK;

/* Wipes and frees; NULL is allowed. */
void tpm_rsa_free(struct tpm_rsa *key);

/* Bytes of the modulus, and the modulus. */
size_t tpm_rsa_size(const struct tpm_rsa *key);
void tpm_rsa_modulus(const struct tpm_rsa *key, uint8_t *n);

/*
 * RSAES-OAEP with SHA-1 and the label "TCPA", TPM_ES_RSAESOAEP_SHA1_MGF1
 * (Part 1, "RSA").  out has size bytes.  0, or -1: len above
 * size - TPM_OAEP_OVERHEAD - 1.
 */
int tpm_rsa_encrypt_oaep(struct tpm_crypto *c, const struct tpm_rsa *key,
			 const uint8_t *msg, size_t len,
			 uint8_t *out) TPM_MUST_CHECK;

/*
 * Decrypts that.  out has TPM_RSA_MAX_BYTES bytes, whatever the message's
 * length.  -1 tells not which check failed, neither by value nor by time.
 * in may be out.
 */
int tpm_rsa_decrypt_oaep(struct tpm_rsa *key, struct tpm_bytes in,
			 uint8_t out[TPM_RSA_MAX_BYTES],
			 size_t *len) TPM_MUST_CHECK;

/*
 * RSAES-PKCS1-v1_5, TPM_ES_RSAESPKCSv15; as above, len at most size - 11.
 * A wrong padding is an error, as Part 3's TPM_UnBind wants it, also where
 * libcrypto by itself would answer a false message.
 */
int tpm_rsa_encrypt_pkcs1(struct tpm_crypto *c, const struct tpm_rsa *key,
			  const uint8_t *msg, size_t len,
			  uint8_t *out) TPM_MUST_CHECK;
int tpm_rsa_decrypt_pkcs1(struct tpm_rsa *key, struct tpm_bytes in,
			  uint8_t out[TPM_RSA_MAX_BYTES],
			  size_t *len) TPM_MUST_CHECK;

/*
 * RSASSA-PKCS1-v1_5; sig has size bytes.
 *
 * _sha1: the DigestInfo of a SHA-1 digest (TPM_SS_RSASSAPKCS1v15_SHA1, and
 *        _INFO over the digest of a TPM_SIGN_INFO).
 * _der:  data, at most size - 11 bytes, padded as it is
 *        (TPM_SS_RSASSAPKCS1v15_DER).
 */
int tpm_rsa_sign_sha1(struct tpm_rsa *key, const uint8_t digest[TPM_SHA1_SIZE],
		      uint8_t *sig) TPM_MUST_CHECK;
int tpm_rsa_sign_der(struct tpm_rsa *key, const uint8_t *data, size_t len,
		     uint8_t *sig) TPM_MUST_CHECK;

/* 0 if sig is the key's signature of the digest. */
int tpm_rsa_verify_sha1(const struct tpm_rsa *key,
			const uint8_t digest[TPM_SHA1_SIZE],
			struct tpm_bytes sig) TPM_MUST_CHECK;

/*
 * EME-OAEP with SHA-1 by itself, with the seed and the label's hash given or
 * returned: TPM_CreateMigrationBlob and its relatives (Part 3, section 11)
 * keep data in both.  em has em_len bytes and no leading zero byte.
 *
 * encode: -1 when msg_len + TPM_OAEP_OVERHEAD exceeds em_len.
 * decode: msg has em_len bytes; decodes in constant time; -1 when the padding
 *         is wrong.  It does not check label_hash, it returns it: the caller
 *         compares.
 */
int tpm_oaep_encode(struct tpm_crypto *c, uint8_t *em, size_t em_len,
		    const uint8_t *msg, size_t msg_len,
		    const uint8_t label_hash[TPM_SHA1_SIZE],
		    const uint8_t seed[TPM_SHA1_SIZE]) TPM_MUST_CHECK;
int tpm_oaep_decode(struct tpm_crypto *c, const uint8_t *em, size_t em_len,
		    uint8_t *msg, size_t *msg_len,
		    uint8_t label_hash[TPM_SHA1_SIZE],
		    uint8_t seed[TPM_SHA1_SIZE]) TPM_MUST_CHECK;

/* ---- Numbers, for DAA (Part 3, section 26): crypto_bn.c ---- */

/*
 * Numbers of up to 512 bytes; exponents are treated as secrets.  Results fill
 * exactly out_len bytes, with zeros in front.  -1: a result does not fit, a
 * modulus is zero (or even, for powers), or no memory.  out may be an input.
 */

/* a mod m */
int tpm_bn_mod(uint8_t *out, size_t out_len, struct tpm_bytes a,
	       struct tpm_bytes m) TPM_MUST_CHECK;

/* a * b mod m */
int tpm_bn_mod_mul(uint8_t *out, size_t out_len, struct tpm_bytes a,
		   struct tpm_bytes b, struct tpm_bytes m) TPM_MUST_CHECK;

/* base ^ exp mod m */
int tpm_bn_mod_exp(uint8_t *out, size_t out_len, struct tpm_bytes base,
		   struct tpm_bytes exp, struct tpm_bytes m) TPM_MUST_CHECK;

/* a * b + c */
int tpm_bn_mul_add(uint8_t *out, size_t out_len, struct tpm_bytes a,
		   struct tpm_bytes b, struct tpm_bytes c) TPM_MUST_CHECK;

#endif
