/* SPDX-License-Identifier: BSD-2-Clause */
/* The generators of generators.def, and what they share. */
#ifndef ORACLE_GENERATORS_H
#define ORACLE_GENERATORS_H

#include "world.h"

#define GENERATOR(weight, ordinal, name) void gen_##name(struct world *w);
#include "generators.def"

/* Without parameters, and with a number; the result. */
uint32_t run_plain(struct world *w, uint32_t ordinal);
uint32_t run_u16(struct world *w, uint32_t ordinal, unsigned int v);

/* A TPM_PCR_SELECTION; mostly of three bytes. */
void both_selection(struct world *w, uint32_t selection);
/* A TPM_PCR_INFO_SHORT. */
void both_pcr_info_short(struct world *w, uint32_t selection);
/* A TPM_KEY_PARMS. */
void both_rsa_parms(struct world *w, uint16_t enc, uint16_t sig, uint32_t bits);

/*
 * After a command that ends saved sessions on one of the TPMs and not on the
 * other: shows that, and ends the life if there were any; gen_context.c.
 */
void part_contexts(struct world *w, uint32_t ordinal);

/* ---- Keys: gen_keys.c ---- */

/* The known key that is the endorsement key. */
#define EK_NUMBER 0u

/* A loaded one that fits, or any other. */
struct key *a_key(struct world *w, bool (*fits)(const struct key *k));
bool is_any(const struct key *k);
bool is_parent(const struct key *k);
bool signs(const struct key *k);
bool attests(const struct key *k);
struct key *a_parent(struct world *w);
const struct key *a_signer(struct world *w);
unsigned int key_at(const struct world *w, const struct key *k);
struct key *key_place(struct world *w);
void key_unloaded(struct key *k);
void choose_key(struct world *w, struct key *k);
void use_key(struct world *w, const struct key *k);

/* A key of the client's in this place of the model. */
void load_soft_key(struct world *w, unsigned int at, uint16_t usage);

/* Either each keeps its own, or both get what one of them made. */
void cross(struct world *w, struct blobs *b);

/*
 * Blobs whose last bytes are encrypted to the parent: all in front is the same,
 * and so is what they hide.
 */
void same_encrypted(struct world *w, const struct blobs *b,
		    const struct key *parent, const char *what);

#endif
