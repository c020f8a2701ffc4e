/* SPDX-License-Identifier: BSD-2-Clause */
/* EME-OAEP with SHA-1 (RFC 8017, 7.1.1 step 2 and 7.1.2 step 3). */
#include "crypto_impl.h"

#include <string.h>

/* EM = masked seed || masked DB;  DB = label hash || 00.. || 01 || message. */

int tpm_oaep_encode(struct tpm_crypto *c, uint8_t *em, size_t em_len,
		    const uint8_t *msg, size_t msg_len,
		    const uint8_t label_hash[TPM_SHA1_SIZE],
		    const uint8_t seed[TPM_SHA1_SIZE])
{
	uint8_t *db = em + TPM_SHA1_SIZE;
	size_t db_len;

	if (em_len < TPM_OAEP_OVERHEAD || msg_len > em_len - TPM_OAEP_OVERHEAD)
		return -1;
	db_len = em_len - TPM_SHA1_SIZE;
	memcpy(em, seed, TPM_SHA1_SIZE);
	memcpy(db, label_hash, TPM_SHA1_SIZE);
	memset(db + TPM_SHA1_SIZE, 0, db_len - TPM_SHA1_SIZE - msg_len);
	db[db_len - msg_len - 1] = 1;
	if (msg_len > 0)
		memcpy(db + (db_len - msg_len), msg, msg_len);
	tpm_mgf1_xor(c, db, db_len, TPM_PARTS({ em, TPM_SHA1_SIZE }));
	tpm_mgf1_xor(c, em, TPM_SHA1_SIZE, TPM_PARTS({ db, db_len }));
	return 0;
}

/* All ones when a is zero, else zero; no branch. */
static uint32_t mask_zero(uint32_t a)
{
	return (uint32_t)(((uint64_t)a - 1) >> 32);
}

/*
 * The offset of the message in the padding 00.. 01 message, or 0 when it is
 * something else.  Looks at every byte, whatever the ones before were.
 */
static uint32_t find_message(const uint8_t *pad, uint32_t len)
{
	uint32_t zeros = ~0u; /* ones while only zeros were seen */
	uint32_t offset = 0;

	for (uint32_t i = 0; i < len; i++) {
		offset |= zeros & mask_zero(pad[i] ^ 1u) & (i + 1);
		zeros &= mask_zero(pad[i]);
	}
	return offset;
}

/*
 * Moves the last len - shift bytes of buf to its front by steps of powers of
 * two, so that what is touched does not depend on shift.
 */
static void shift_down(uint8_t *buf, uint32_t len, uint32_t shift)
{
	for (uint32_t step = 1; step < len; step <<= 1) {
		const uint8_t keep = (uint8_t)mask_zero(shift & step);

		for (uint32_t i = 0; i < len; i++) {
			const uint8_t moved =
				i + step < len ? buf[i + step] : 0;

			buf[i] = (uint8_t)((buf[i] & keep) | (moved & ~keep));
		}
	}
}

int tpm_oaep_decode(struct tpm_crypto *c, const uint8_t *em, size_t em_len,
		    uint8_t *msg, size_t *msg_len,
		    uint8_t label_hash[TPM_SHA1_SIZE],
		    uint8_t seed[TPM_SHA1_SIZE])
{
	const uint8_t *db = em + TPM_SHA1_SIZE;
	uint8_t plain[TPM_RSA_MAX_BYTES];
	uint32_t db_len, pad_len, offset;

	if (em_len < TPM_OAEP_OVERHEAD || em_len > sizeof(plain))
		return -1;
	db_len = (uint32_t)(em_len - TPM_SHA1_SIZE);
	pad_len = db_len - TPM_SHA1_SIZE;

	memcpy(seed, em, TPM_SHA1_SIZE);
	tpm_mgf1_xor(c, seed, TPM_SHA1_SIZE, TPM_PARTS({ db, db_len }));
	memcpy(plain, db, db_len);
	tpm_mgf1_xor(c, plain, db_len, TPM_PARTS({ seed, TPM_SHA1_SIZE }));
	memcpy(label_hash, plain, TPM_SHA1_SIZE);

	offset = find_message(plain + TPM_SHA1_SIZE, pad_len);
	shift_down(plain + TPM_SHA1_SIZE, pad_len, offset);
	*msg_len = pad_len - offset;
	memcpy(msg, plain + TPM_SHA1_SIZE, pad_len);
	tpm_wipe(plain, sizeof(plain));
	return offset == 0 ? -1 : 0;
}
