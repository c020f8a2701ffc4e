/* SPDX-License-Identifier: BSD-2-Clause */
/* Non-volatile storage and counters: Part 3, sections 20, 25 and 27.3. */
#include "generators.h"

#include <string.h>

#define DATA_MAX 600u

/* ---- Section 20 ---- */

static struct entity area_entity(const struct area *a)
{
	return (struct entity){ .type = TPM_ET_NV,
				.value = { { a->index, a->index } },
				.secret = a->secret };
}

static struct area *some_area(struct world *w)
{
	return &w->m.areas[pick(w, N_AREAS)];
}

static uint32_t an_index(struct world *w)
{
	if (!chance(w, 3))
		return 0x00011100 + pick(w, N_AREAS);
	return ONE_OF(w, 0x1000f001, TPM_NV_INDEX_TRIAL, 0x20000101, 0x80000101,
		      0x40000101, TPM_NV_INDEX_DIR, TPM_NV_INDEX_GPIO_00,
		      TPM_NV_INDEX_EKCert, 0x01000000, 0x00000001, 0x00020001,
		      TPM_NV_INDEX0, TPM_NV_INDEX_PlatformCert);
}

static uint32_t permissions(struct world *w)
{
	static const uint32_t bits[] = {
		TPM_NV_PER_AUTHREAD,	 TPM_NV_PER_AUTHWRITE,
		TPM_NV_PER_OWNERREAD,	 TPM_NV_PER_OWNERWRITE,
		TPM_NV_PER_PPREAD,	 TPM_NV_PER_PPWRITE,
		TPM_NV_PER_READ_STCLEAR, TPM_NV_PER_WRITE_STCLEAR,
		TPM_NV_PER_GLOBALLOCK,	 TPM_NV_PER_WRITEDEFINE,
		TPM_NV_PER_WRITEALL,	 TPM_NV_PER_AUTHREAD,
	};
	uint32_t v = ONE_OF(w, TPM_NV_PER_AUTHREAD | TPM_NV_PER_AUTHWRITE,
			    TPM_NV_PER_OWNERREAD | TPM_NV_PER_OWNERWRITE,
			    TPM_NV_PER_PPWRITE, TPM_NV_PER_OWNERWRITE,
			    TPM_NV_PER_AUTHWRITE);

	while (chance(w, 2))
		v |= one_of(w, bits, sizeof(bits) / sizeof(*bits));
	if (chance(w, 20))
		v |= 1u << pick(w, 32);
	return v;
}

void both_pcr_info_short(struct world *w, uint32_t selection)
{
	static const struct tss_digest nothing;
	const uint32_t locality = chance(w, 8) ? pick(w, 0x22) : 0x1f;

	both_u16(w, 3);
	for (unsigned int i = 0; i < 3; i++)
		both_u8(w, selection >> 8 * i & 0xff);
	both_u8(w, locality);
	both_digest(w, &nothing);
}

static void both_nv_public(struct world *w, const struct area *a)
{
	both_u16(w, TPM_TAG_NV_DATA_PUBLIC);
	both_u32(w, a->index);
	both_pcr_info_short(w, chance(w, 16) ? 1u << pick(w, 24) : 0);
	both_pcr_info_short(w, chance(w, 16) ? 1u << pick(w, 24) : 0);
	both_u16(w, TPM_TAG_NV_ATTRIBUTES);
	both_u32(w, a->permissions);
	both_u8(w, 0);
	both_u8(w, 0);
	both_u8(w, 0);
	both_u32(w, a->size);
}

static uint32_t define(struct world *w, const struct area *a)
{
	struct entity owner = owner_entity(w);
	struct session *s = NULL;

	if (w->m.owner && !chance(w, 6))
		s = session_for(w, &owner, BOUND_SESSION);
	both_begin(w, ORD_NV_DefineSpace);
	both_nv_public(w, a);
	if (s)
		both_encrypted(w, s, &a->secret, false);
	else
		both_digest(w, &a->secret);
	if (s)
		use(w, s, &owner.secret);
	return both_run(w);
}

/* From now on authorisation is asked for. */
void gen_nv_lock(struct world *w)
{
	const struct area lock = { .index = TPM_NV_INDEX_LOCK };

	define(w, &lock);
}

/* Sessions of what was there under this index end with it. */
static void note_defined(struct world *w, uint32_t index)
{
	for (unsigned int i = 0; i < N_SESSIONS; i++) {
		struct session *s = &w->m.sessions[i];

		if (s->bound.type == TPM_ET_NV &&
		    s->bound.value.v[OURS] == index)
			s->area_defined = true;
	}
}

void gen_nv_define_space(struct world *w)
{
	struct area a = { .known = true,
			  .index = an_index(w),
			  .size = chance(w, 8) ? pick(w, 0x800) : pick(w, 64),
			  .permissions = permissions(w) };
	const bool delete = chance(w, 5);

	random_digest(w, &a.secret);
	if (delete)
		a.size = 0;
	if (chance(w, 40))
		a.size =
			ONE_OF(w, 0xffffffff, 0x10000, 60000, 4096, 0x7fffffff);
	if (define(w, &a))
		return;
	w->m.areas[a.index % N_AREAS] = a;
	if (w->run_mutation == MUTATE_PLAIN)
		note_defined(w, a.index);
}

static void both_place(struct world *w, const struct area *a, uint32_t *offset,
		       uint32_t *size)
{
	*offset = chance(w, 3) ? pick(w, a->size + 2) : 0;
	*size = a->size > *offset ? a->size - *offset : 0;
	if (chance(w, 2))
		*size = pick(w, *size + 2);
	if (*size > DATA_MAX)
		*size = DATA_MAX;
	both_u32(w, chance(w, 6) ? an_index(w) : a->index);
	both_u32(w, *offset);
}

static void begin_write(struct world *w, uint32_t ordinal, const struct area *a)
{
	uint8_t data[DATA_MAX];
	uint32_t offset, size;

	rng_bytes(&w->rng, data, sizeof(data));
	both_begin(w, ordinal);
	both_place(w, a, &offset, &size);
	both_blob(w, data, size);
}

void gen_nv_write_value(struct world *w)
{
	const struct area *a = some_area(w);
	const bool wants = a->permissions & TPM_NV_PER_OWNERWRITE;
	struct entity owner = owner_entity(w);

	begin_write(w, ORD_NV_WriteValue, a);
	if (w->m.owner && (wants ^ chance(w, 6)))
		authorise(w, &owner);
	both_run(w);
}

void gen_nv_write_value_auth(struct world *w)
{
	const struct area *a = some_area(w);
	struct entity e = area_entity(a);

	begin_write(w, ORD_NV_WriteValueAuth, a);
	authorise(w, &e);
	both_run(w);
}

static void begin_read(struct world *w, uint32_t ordinal, const struct area *a)
{
	uint32_t offset, size;

	both_begin(w, ordinal);
	both_place(w, a, &offset, &size);
	both_u32(w, size);
}

void gen_nv_read_value(struct world *w)
{
	const struct area *a = some_area(w);
	const bool wants = a->permissions & TPM_NV_PER_OWNERREAD;
	struct entity owner = owner_entity(w);

	begin_read(w, ORD_NV_ReadValue, a);
	if (w->m.owner && (wants ^ chance(w, 6)))
		authorise(w, &owner);
	if (!both_run(w))
		same_rest(w, "data");
}

void gen_nv_read_value_auth(struct world *w)
{
	const struct area *a = some_area(w);
	struct entity e = area_entity(a);

	begin_read(w, ORD_NV_ReadValueAuth, a);
	authorise(w, &e);
	if (!both_run(w))
		same_rest(w, "data");
}

/* ---- Section 27.3 ---- */

static uint32_t a_dir(struct world *w)
{
	return chance(w, 6) ? pick(w, 3) : 0;
}

void gen_dir_write_auth(struct world *w)
{
	struct entity owner = owner_entity(w);
	struct tss_digest d;

	random_digest(w, &d);
	both_begin(w, ORD_DirWriteAuth);
	both_u32(w, a_dir(w));
	both_digest(w, &d);
	authorise(w, &owner);
	both_run(w);
}

void gen_dir_read(struct world *w)
{
	both_begin(w, ORD_DirRead);
	both_u32(w, a_dir(w));
	if (!both_run(w))
		same_rest(w, "dirContents");
}

/* ---- Section 25 ---- */

static struct counter *some_counter(struct world *w)
{
	return &w->m.counters[pick(w, N_COUNTERS)];
}

void gen_create_counter(struct world *w)
{
	struct entity owner = owner_entity(w);
	struct session *s = session_for(w, &owner, BOUND_SESSION);
	struct counter *c = some_counter(w);
	const uint32_t label = pick(w, 0xffff);
	struct counter made = { .known = true };

	random_digest(w, &made.secret);
	both_begin(w, ORD_CreateCounter);
	both_encrypted(w, s, &made.secret, false);
	both_u32(w, label);
	use(w, s, &owner.secret);
	if (both_run(w))
		return;
	pair_u32(w, &made.id);
	same_rest(w, "counterValue");
	*c = made;
}

static struct entity counter_entity(const struct counter *c)
{
	return (struct entity){ .type = TPM_ET_COUNTER,
				.value = c->id,
				.secret = c->secret };
}

static uint32_t run_counter(struct world *w, uint32_t ordinal,
			    const struct counter *c, const struct entity *e)
{
	both_begin(w, ordinal);
	both_pair(w, &c->id);
	if (e)
		authorise(w, e);
	return both_run(w);
}

void gen_increment_counter(struct world *w)
{
	const struct counter *c = some_counter(w);
	struct entity e = counter_entity(c);

	if (!run_counter(w, ORD_IncrementCounter, c, &e))
		same_rest(w, "count");
}

void gen_read_counter(struct world *w)
{
	if (!run_counter(w, ORD_ReadCounter, some_counter(w), NULL))
		same_rest(w, "count");
}

void gen_release_counter(struct world *w)
{
	struct counter *c = some_counter(w);
	struct entity e = counter_entity(c);

	if (!run_counter(w, ORD_ReleaseCounter, c, &e))
		c->known = false;
}

void gen_release_counter_owner(struct world *w)
{
	struct counter *c = some_counter(w);
	struct entity owner = owner_entity(w);

	if (!run_counter(w, ORD_ReleaseCounterOwner, c, &owner))
		c->known = false;
}
