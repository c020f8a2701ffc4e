/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The structures of Part 2 as C, and their readers and writers.  Most are made
 * from structures.def; by hand are only those that are more than a row of
 * fields.
 *
 * A field of type T in a table is a wire_T, read by rd_T and written by wr_T.
 */
#ifndef TPM_TYPES_H
#define TPM_TYPES_H

#include "constants.h"
#include "wire.h"

/* The PC Client's number (PC Client TPM Interface Specification, PCRs). */
#define TPM_NUM_PCR	   24u
#define TPM_PCR_SELECT_MAX (TPM_NUM_PCR / 8u)

/* TPM_DIGEST, TPM_NONCE, TPM_AUTHDATA (Part 2, 5.4 to 5.6): twenty bytes. */
struct tpm_digest {
	uint8_t b[TPM_SHA1_SIZE];
};

/* Part 2, 8.1.  Unused bytes are 0: two equal selections compare equal. */
struct tpm_pcr_selection {
	uint16_t size;
	uint8_t select[TPM_PCR_SELECT_MAX];
};

/* Bytes that are no number. */
#define TPM_FIXED_BYTES(n)                                             \
	struct tpm_bytes##n {                                          \
		uint8_t b[n];                                          \
	};                                                             \
	typedef struct tpm_bytes##n wire_bytes##n;                     \
	static inline void rd_bytes##n(struct rd *r, struct tpm_bytes##n *v) \
	{                                                              \
		rd_bytes(r, v->b, n);                                  \
	}                                                              \
	static inline void wr_bytes##n(struct wr *w,                   \
				       const struct tpm_bytes##n *v)   \
	{                                                              \
		wr_bytes(w, v->b, n);                                  \
	}
TPM_FIXED_BYTES(4)
TPM_FIXED_BYTES(16)
TPM_FIXED_BYTES(26)
TPM_FIXED_BYTES(34)
TPM_FIXED_BYTES(128)
TPM_FIXED_BYTES(138)
TPM_FIXED_BYTES(256)

typedef uint8_t wire_u8;
typedef uint16_t wire_u16;
typedef uint32_t wire_u32;
typedef uint64_t wire_u64;
typedef bool wire_bool;
typedef struct tpm_bytes wire_blob;
typedef struct tpm_bytes wire_blob16;
typedef struct tpm_bytes wire_rest;
typedef struct tpm_digest wire_digest;
typedef struct tpm_pcr_selection wire_pcr_selection;

void rd_digest(struct rd *r, struct tpm_digest *v);
void wr_digest(struct wr *w, const struct tpm_digest *v);

/* A selection of registers that there are not is TPM_INVALID_PCR_INFO. */
void rd_pcr_selection(struct rd *r, struct tpm_pcr_selection *v);
void wr_pcr_selection(struct wr *w, const struct tpm_pcr_selection *v);

/* Whether register i is selected. */
static inline bool pcr_selected(const struct tpm_pcr_selection *s,
				unsigned int i)
{
	return (unsigned int)s->select[i / 8u] >> i % 8u & 1u;
}

#define NO_TAG			  0u
#define STRUCT_FIELD(type, field) wire_##type field;
#define STRUCTURE(name, tag)                                  \
	struct tpm_##name {                                   \
		FIELDS_##name(STRUCT_FIELD)                   \
	};                                                    \
	typedef struct tpm_##name wire_##name;                \
	void rd_##name(struct rd *r, struct tpm_##name *v);   \
	void wr_##name(struct wr *w, const struct tpm_##name *v);
#include "structures.def"

/*
 * TPM_DELEGATE_PUBLIC (Part 2, 20.8) as somebody wants it: one that there can
 * be, with a locality (8.6) and with bits that mean something (20.2).
 * Errors: TPM_INVALID_STRUCTURE, TPM_BAD_PARAMETER.
 */
typedef struct tpm_delegate_public wire_delegate_wish;
void rd_delegate_wish(struct rd *r, struct tpm_delegate_public *v);
enum tpm_rc
delegate_public_check(const struct tpm_delegate_public *v) TPM_CHECKED;

/* Part 2, 8.6: one or more localities, and none that there is not. */
bool localities_exist(uint8_t selection);

/* Structures with a UINT32 of their size in front, which they must have. */
typedef struct tpm_context_blob wire_sized_context;
typedef struct tpm_delegate_owner_blob wire_sized_owner_blob;
void rd_sized_context(struct rd *r, struct tpm_context_blob *v);
void rd_sized_owner_blob(struct rd *r, struct tpm_delegate_owner_blob *v);

/*
 * TPM_KEY and TPM_KEY12 (Part 2, 10.2 and 10.3), which a reader tells apart by
 * their first two bytes.
 */
struct tpm_key {
	bool is12;
	struct tpm_struct_ver ver; /* of a TPM_KEY */
	uint16_t keyUsage;
	uint32_t keyFlags;
	uint8_t authDataUsage;
	struct tpm_key_parms algorithmParms;
	struct tpm_bytes PCRInfo; /* TPM_PCR_INFO; TPM_PCR_INFO_LONG in 12 */
	struct tpm_bytes pubKey;
	struct tpm_bytes encData;
};
typedef struct tpm_key wire_key;

void rd_key(struct rd *r, struct tpm_key *v);
void wr_key(struct wr *w, const struct tpm_key *v);

/* All but encData, which is what TPM_STORE_ASYMKEY.pubDataDigest covers. */
void wr_key_public(struct wr *w, const struct tpm_key *v);

/*
 * TPM_STORED_DATA and TPM_STORED_DATA12 (9.1 and 9.2), told apart in the same
 * way.
 */
struct tpm_sealed {
	bool is12;
	struct tpm_struct_ver ver; /* of a TPM_STORED_DATA */
	uint16_t et;		   /* of a TPM_STORED_DATA12 */
	struct tpm_bytes sealInfo;
	struct tpm_bytes encData;
};
typedef struct tpm_sealed wire_sealed;

void rd_sealed(struct rd *r, struct tpm_sealed *v);
void wr_sealed(struct wr *w, const struct tpm_sealed *v);

/* All but encData, which is what TPM_SEALED_DATA.storedDigest covers. */
void wr_sealed_clear(struct wr *w, const struct tpm_sealed *v);

#endif
