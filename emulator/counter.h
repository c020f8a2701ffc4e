/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The monotonic counters (Part 1, "Monotonic Counter").  A counter's number is
 * its slot.  A released one keeps its value, so that no new one ever begins
 * below it.
 */
#ifndef TPM_COUNTER_H
#define TPM_COUNTER_H

#include "tpm.h"

/* TPM_STCLEAR_DATA.countID: nobody was incremented; who was is no more. */
#define COUNT_ID_NULL	 0xffffffffu
#define COUNT_ID_ILLEGAL 0xfffffffeu

/* NULL: there is none. */
struct tpm_counter_entry *counter_find(struct tpm *t, uint32_t id);

/*
 * A free slot, and the value that a counter in it would begin with; NULL: none
 * is free, or the values have come to their end.
 */
struct tpm_counter_entry *counter_free(struct tpm *t, uint32_t *id,
				       uint32_t *value);

/* The counter as what a session proves the secret of; to be wiped. */
void counter_entity(struct tpm *t, uint32_t id, struct tpm_entity *e);

/* After tpm_touch().  Sessions that were opened for it end. */
void counter_release(struct tpm *t, uint32_t id);

uint32_t counters_left(const struct tpm *t);
/* The one that was incremented since the start; COUNT_ID_NULL: none. */
uint32_t counters_active(const struct tpm *t);
/* A TPM_KEY_HANDLE_LIST. */
void counters_list(const struct tpm *t, struct wr *w);

/* TPM_OwnerClear, and TPM_Startup(ST_CLEAR). */
void counters_owner_clear(struct tpm *t);
void counters_startup_clear(struct tpm *t);

#endif
