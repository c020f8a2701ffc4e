/* SPDX-License-Identifier: BSD-2-Clause */
/* The counters' slots: see counter.h. */

#include "counter.h"

struct tpm_counter_entry *counter_find(struct tpm *t, uint32_t id)
{
	if (id >= TPM_MAX_COUNTERS || !t->s.counters[id].valid)
		return NULL;
	return &t->s.counters[id];
}

/* Of all that there ever were. */
static uint32_t highest(const struct tpm *t)
{
	uint32_t max = 0;

	for (unsigned int i = 0; i < TPM_MAX_COUNTERS; i++)
		if (t->s.counters[i].counter > max)
			max = t->s.counters[i].counter;
	return max;
}

struct tpm_counter_entry *counter_free(struct tpm *t, uint32_t *id,
				       uint32_t *value)
{
	if (highest(t) == UINT32_MAX)
		return NULL;
	*value = highest(t) + 1;
	for (*id = 0; *id < TPM_MAX_COUNTERS; ++*id)
		if (!t->s.counters[*id].valid)
			return &t->s.counters[*id];
	return NULL;
}

void counter_entity(struct tpm *t, uint32_t id, struct tpm_entity *e)
{
	entity_set(t, e, TPM_ET_COUNTER, id, &t->s.counters[id].authData);
}

void counter_release(struct tpm *t, uint32_t id)
{
	struct tpm_counter_entry *counter = &t->s.counters[id];
	const uint32_t value = counter->counter;
	struct tpm_entity e;

	counter_entity(t, id, &e);
	sessions_close_entity(t, TPM_ET_COUNTER, &e.id);
	tpm_wipe(&e, sizeof(e));
	tpm_wipe(counter, sizeof(*counter));
	counter->counter = value;
	if (t->s.countID == id)
		t->s.countID = COUNT_ID_ILLEGAL;
}

uint32_t counters_left(const struct tpm *t)
{
	uint32_t n = 0;

	for (unsigned int i = 0; i < TPM_MAX_COUNTERS; i++)
		n += !t->s.counters[i].valid;
	return n;
}

uint32_t counters_active(const struct tpm *t)
{
	return t->s.countID < TPM_MAX_COUNTERS ? t->s.countID : COUNT_ID_NULL;
}

void counters_list(const struct tpm *t, struct wr *w)
{
	wr_number(w, TPM_MAX_COUNTERS - counters_left(t), 2);
	for (uint32_t i = 0; i < TPM_MAX_COUNTERS; i++)
		if (t->s.counters[i].valid)
			wr_u32(w, &i);
}

void counters_owner_clear(struct tpm *t)
{
	tpm_touch(t);
	for (uint32_t i = 0; i < TPM_MAX_COUNTERS; i++)
		if (t->s.counters[i].valid)
			counter_release(t, i);
}

void counters_startup_clear(struct tpm *t)
{
	t->s.countID = COUNT_ID_NULL;
}
