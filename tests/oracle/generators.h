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
/* A TPM_KEY_PARMS. */
void both_rsa_parms(struct world *w, uint16_t enc, uint16_t sig, uint32_t bits);

#endif
