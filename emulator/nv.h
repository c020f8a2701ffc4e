/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The areas of non-volatile storage (Part 2, section 19).
 *
 * t->s.nv holds them one after the other.  Each is its length (a UINT32), its
 * TPM_NV_DATA_PUBLIC, its AuthData, and its data; what is behind a deleted one
 * moves up.  The bits that TPM_Startup(ST_CLEAR) resets are kept there too:
 * they change once a start at most.
 */
#ifndef TPM_NV_H
#define TPM_NV_H

#include "tpm.h"

/*
 * Where an area is; valid until one is added or removed.  Its data may be
 * written after tpm_touch().
 */
struct nv_area {
	struct tpm_nv_data_public pub;
	bool dir;  /* no area, but the data integrity register */
	size_t at; /* of its length in t->s.nv.b */
	uint8_t *data;
};

/* False: there is none. */
bool nv_find(struct tpm *t, uint32_t index, struct nv_area *a) TPM_MUST_CHECK;

/* Whether there is room for one more, of this size. */
bool nv_fits(const struct tpm *t,
	     const struct tpm_nv_data_public *pub) TPM_MUST_CHECK;

/* The most data that an area defined now could have. */
uint32_t nv_available(const struct tpm *t);

/* Adds one that fits, filled with FF.  After tpm_touch(), here and below. */
void nv_add(struct tpm *t, const struct tpm_nv_data_public *pub,
	    const struct tpm_digest *secret);

/* Removes one; sessions that were opened for it end. */
void nv_remove(struct tpm *t, const struct nv_area *a);

/* Keeps a->pub's bReadSTClear, bWriteSTClear and bWriteDefine. */
void nv_update(struct tpm *t, const struct nv_area *a);

/* The area as what a session proves the secret of; to be wiped. */
void nv_entity(struct tpm *t, const struct nv_area *a, struct tpm_entity *e);

/* Their indices. */
void nv_list(const struct tpm *t, struct wr *w);

/* Whether bytes that came from outside are areas, each of them once. */
bool nv_is_sound(const struct tpm_nv *nv) TPM_MUST_CHECK;

/* ---- What happens to all of them ---- */

/* TPM_OwnerClear: what the owner may read or write goes, but for D areas. */
void nv_owner_clear(struct tpm *t);

/* TPM_RevokeTrust, beside that: the D areas go too. */
void nv_revoke_trust(struct tpm *t);

/* TPM_Startup(ST_CLEAR). */
void nv_startup_clear(struct tpm *t);

#endif
