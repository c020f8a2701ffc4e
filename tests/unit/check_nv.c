/* SPDX-License-Identifier: BSD-2-Clause */
/* The pool of areas (emulator/nv.c), and what happens to all of them. */
#include <check.h>
#include <string.h>

#include "machine.h"
#include "nv.h"
#include "suite.h"

static struct machine *m;
static struct tpm *t;

static void setup(void)
{
	m = machine_started();
	t = m->tpm;
}

static void teardown(void)
{
	machine_free(m);
}

static const struct tpm_digest secret = { "the area's own secre" };

static struct tpm_nv_data_public area(uint32_t index, uint32_t attributes,
				      uint32_t size)
{
	return (struct tpm_nv_data_public){
		.nvIndex = index,
		.pcrInfoRead = { .localityAtRelease = 0x1f },
		.pcrInfoWrite = { .localityAtRelease = 0x1f },
		.permission = { attributes },
		.dataSize = size,
	};
}

static void add(uint32_t index, uint32_t attributes, uint32_t size)
{
	const struct tpm_nv_data_public pub = area(index, attributes, size);

	ck_assert(nv_fits(t, &pub));
	nv_add(t, &pub, &secret);
}

static bool is_there(uint32_t index)
{
	struct nv_area a;

	return nv_find(t, index, &a);
}

/* ---- Against a model ---- */

/* What the pool should hold, kept the simplest way that there is. */
#define MODEL_AREAS 24u
#define MODEL_SIZE  4096u

struct model {
	struct model_area {
		bool there;
		struct tpm_nv_data_public pub;
		struct tpm_digest secret;
		uint8_t data[MODEL_SIZE];
	} area[MODEL_AREAS];
	uint64_t random;
};

static uint32_t draw(struct model *o, uint32_t below)
{
	uint8_t b[4];

	machine_random(o->random, b, sizeof(b));
	o->random += sizeof(b);
	return ((uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
		(uint32_t)b[2] << 8 | b[3]) %
	       below;
}

static void draw_bytes(struct model *o, void *buf, size_t n)
{
	machine_random(o->random, buf, n);
	o->random += n;
}

static struct tpm_pcr_info_short draw_info(struct model *o)
{
	struct tpm_pcr_info_short info = {
		.pcrSelection.size = (uint16_t)draw(o, TPM_PCR_SELECT_MAX + 1),
		.localityAtRelease = (uint8_t)draw(o, 256),
	};

	draw_bytes(o, info.pcrSelection.select, info.pcrSelection.size);
	draw_bytes(o, info.digestAtRelease.b, TPM_SHA1_SIZE);
	return info;
}

/* Bytes that the area takes, counted along Part 2, 19.3. */
static uint32_t model_size(const struct tpm_nv_data_public *pub)
{
	const uint32_t info = 2 + 1 + 20;

	return 4 + (2 + 4 + 2 * info + 6 + 3 + 4) +
	       pub->pcrInfoRead.pcrSelection.size +
	       pub->pcrInfoWrite.pcrSelection.size + 20 + pub->dataSize;
}

static uint32_t model_used(const struct model *o)
{
	uint32_t n = 0;

	for (unsigned int i = 0; i < MODEL_AREAS; i++)
		if (o->area[i].there)
			n += model_size(&o->area[i].pub);
	return n;
}

static void step_define(struct model *o, unsigned int i)
{
	struct model_area *want = &o->area[i];
	struct nv_area old;

	if (want->there) {
		ck_assert(nv_find(t, i, &old));
		nv_remove(t, &old);
		want->there = false;
	}
	want->pub = area(i, draw(o, UINT32_MAX), 1 + draw(o, MODEL_SIZE));
	want->pub.pcrInfoRead = draw_info(o);
	want->pub.pcrInfoWrite = draw_info(o);
	draw_bytes(o, want->secret.b, sizeof(want->secret.b));
	memset(want->data, 0xff, want->pub.dataSize);
	want->there = nv_fits(t, &want->pub);
	ck_assert_int_eq(want->there,
			 model_used(o) - (want->there ? model_size(&want->pub) :
							0) +
					 model_size(&want->pub) <=
				 TPM_NV_SPACE);
	if (want->there)
		nv_add(t, &want->pub, &want->secret);
}

static void step_write(struct model *o, unsigned int i)
{
	struct model_area *want = &o->area[i];
	struct nv_area a;
	uint32_t offset, size;

	ck_assert_int_eq(nv_find(t, i, &a), want->there);
	if (!want->there)
		return;
	offset = draw(o, want->pub.dataSize);
	size = 1 + draw(o, want->pub.dataSize - offset);
	draw_bytes(o, want->data + offset, size);
	memcpy(a.data + offset, want->data + offset, size);
}

static void step_flags(struct model *o, unsigned int i)
{
	struct model_area *want = &o->area[i];
	struct nv_area a;

	if (!nv_find(t, i, &a))
		return;
	want->pub.bReadSTClear = draw(o, 2);
	want->pub.bWriteSTClear = draw(o, 2);
	want->pub.bWriteDefine = draw(o, 2);
	a.pub.bReadSTClear = want->pub.bReadSTClear;
	a.pub.bWriteSTClear = want->pub.bWriteSTClear;
	a.pub.bWriteDefine = want->pub.bWriteDefine;
	nv_update(t, &a);
}

static void step_delete(struct model *o, unsigned int i)
{
	struct nv_area a;

	if (!nv_find(t, i, &a))
		return;
	nv_remove(t, &a);
	o->area[i].there = false;
}

/* As bytes: what a struct has between its fields does not count. */
static void expect_public(const struct tpm_nv_data_public *got,
			  const struct tpm_nv_data_public *want)
{
	uint8_t a[128], b[128];
	struct wr got_w = wr_over(a, sizeof(a)), want_w = wr_over(b, sizeof(b));

	wr_nv_data_public(&got_w, got);
	wr_nv_data_public(&want_w, want);
	ck_assert_uint_eq((size_t)(got_w.p - a), (size_t)(want_w.p - b));
	ck_assert_mem_eq(a, b, (size_t)(got_w.p - a));
}

/* What was deleted is nowhere. */
static bool rest_is_zeros(void)
{
	uint8_t any = 0;

	for (size_t i = t->s.nv.len; i < sizeof(t->s.nv.b); i++)
		any |= t->s.nv.b[i];
	return !any;
}

static void compare(const struct model *o)
{
	struct nv_area a;
	struct tpm_entity e;

	ck_assert(nv_is_sound(&t->s.nv));
	ck_assert_uint_eq(t->s.nv.len, model_used(o));
	for (unsigned int i = 0; i < MODEL_AREAS; i++) {
		const struct model_area *want = &o->area[i];

		ck_assert_int_eq(nv_find(t, i, &a), want->there);
		if (!want->there)
			continue;
		expect_public(&a.pub, &want->pub);
		ck_assert_mem_eq(a.data, want->data, want->pub.dataSize);
		nv_entity(t, &a, &e);
		ck_assert_mem_eq(e.secret.b, want->secret.b, TPM_SHA1_SIZE);
	}
	ck_assert(rest_is_zeros());
}

START_TEST(random_steps_do_to_the_pool_what_they_do_to_a_model)
{
	static void (*const steps[])(struct model *o, unsigned int i) = {
		step_define, step_write, step_define, step_write,
		step_flags,  step_write, step_delete,
	};
	static struct model o;

	memset(&o, 0, sizeof(o));
	o.random = (uint64_t)_i << 32;
	for (unsigned int n = 0; n < 400; n++) {
		steps[draw(&o, sizeof(steps) / sizeof(*steps))](
			&o, draw(&o, MODEL_AREAS));
		compare(&o);
	}
	ck_assert_int_eq(tpm_commit(t), 0);
	machine_power_cycle(m);
	t = m->tpm;
	compare(&o);
}
END_TEST

/* ---- Bytes that come from outside ---- */

static bool is_sound(const struct tpm_nv *nv)
{
	return nv_is_sound(nv);
}

START_TEST(half_an_area_is_none)
{
	static struct tpm_nv nv;

	add(1, TPM_NV_PER_PPWRITE, 40);
	add(2, TPM_NV_PER_PPWRITE, 5);
	nv = t->s.nv;
	for (nv.len = 0; nv.len <= t->s.nv.len; nv.len++) {
		const bool whole = !nv.len || nv.len == t->s.nv.len ||
				   nv.len == t->s.nv.len - (4 + 65 + 20 + 5);

		ck_assert_int_eq(is_sound(&nv), whole);
	}
}
END_TEST

START_TEST(an_area_is_there_once)
{
	add(1, TPM_NV_PER_PPWRITE, 40);
	add(2, TPM_NV_PER_PPWRITE, 40);
	add(3, TPM_NV_PER_PPWRITE, 40);
	ck_assert(is_sound(&t->s.nv));
	add(1, TPM_NV_PER_PPWRITE, 40);
	ck_assert(!is_sound(&t->s.nv));
}
END_TEST

START_TEST(an_area_without_data_is_none)
{
	add(1, TPM_NV_PER_PPWRITE, 0);
	ck_assert(!is_sound(&t->s.nv));
}
END_TEST

/* Every single bit that frames an area, and whatever else is caught. */
START_TEST(an_image_with_a_broken_pool_is_refused)
{
	static struct tpm_nv nv;

	add(1, TPM_NV_PER_PPWRITE, 40);
	for (unsigned int bit = 0; bit < 8 * 4; bit++) {
		nv = t->s.nv;
		nv.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert(!is_sound(&nv));
	}
	t->s.nv.b[3] ^= 1;
	ck_assert_int_eq(tpm_commit(t), 0);
	tpm12_free(m->tpm);
	m->tpm = tpm12_new(&machine_platform, m);
	ck_assert_ptr_nonnull(m->tpm);
	ck_assert_int_ne(tpm12_load(m->tpm, m->image, m->image_len), 0);
}
END_TEST

/* ---- All of them ---- */

#define D TPM_NV_INDEX_D_BIT

static void add_one_of_each(void)
{
	add(1, TPM_NV_PER_OWNERREAD | TPM_NV_PER_PPWRITE, 10);
	add(2, TPM_NV_PER_PPWRITE, 10);
	add(3, TPM_NV_PER_OWNERWRITE, 10);
	add(4, TPM_NV_PER_OWNERWRITE | TPM_NV_PER_OWNERREAD, 10);
	add(5, TPM_NV_PER_AUTHWRITE | TPM_NV_PER_AUTHREAD, 10);
	add(D | 1, TPM_NV_PER_OWNERREAD | TPM_NV_PER_OWNERWRITE, 10);
	add(D | 2, TPM_NV_PER_PPWRITE, 10);
}

START_TEST(what_is_the_owners_goes_with_him)
{
	add_one_of_each();
	nv_owner_clear(t);
	ck_assert(!is_there(1) && !is_there(3) && !is_there(4));
	ck_assert(is_there(2) && is_there(5));
	ck_assert(is_there(D | 1) && is_there(D | 2));
	ck_assert(nv_is_sound(&t->s.nv));
	ck_assert(t->touched);
}
END_TEST

START_TEST(what_manufacturers_left_goes_with_the_trust)
{
	add_one_of_each();
	nv_revoke_trust(t);
	for (unsigned int i = 1; i <= 5; i++)
		ck_assert(is_there(i));
	ck_assert(!is_there(D | 1) && !is_there(D | 2));
	ck_assert(nv_is_sound(&t->s.nv));
	ck_assert(t->touched);
}
END_TEST

static void set_flags(uint32_t index, bool read, bool write, bool define)
{
	struct nv_area a;

	ck_assert(nv_find(t, index, &a));
	a.pub.bReadSTClear = read;
	a.pub.bWriteSTClear = write;
	a.pub.bWriteDefine = define;
	nv_update(t, &a);
}

START_TEST(a_start_resets_two_flags_of_three)
{
	struct nv_area a;

	add_one_of_each();
	set_flags(1, true, false, true);
	set_flags(3, false, true, false);
	set_flags(5, true, true, true);
	nv_startup_clear(t);
	ck_assert(t->touched);
	for (unsigned int i = 1; i <= 5; i++) {
		ck_assert(nv_find(t, i, &a));
		ck_assert(!a.pub.bReadSTClear && !a.pub.bWriteSTClear);
		ck_assert_int_eq(a.pub.bWriteDefine, i == 1 || i == 5);
	}
}
END_TEST

START_TEST(a_start_stores_nothing_where_nothing_was_locked)
{
	add_one_of_each();
	set_flags(2, false, false, true);
	nv_startup_clear(t);
	ck_assert(!t->touched);
}
END_TEST

/* ---- */

int main(void)
{
	Suite *s = suite_create("nv");
	TCase *c = tcase_create("areas");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_set_timeout(c, 120);
	tcase_add_loop_test(
		c, random_steps_do_to_the_pool_what_they_do_to_a_model, 0, 8);
	tcase_add_test(c, half_an_area_is_none);
	tcase_add_test(c, an_area_is_there_once);
	tcase_add_test(c, an_area_without_data_is_none);
	tcase_add_test(c, an_image_with_a_broken_pool_is_refused);
	tcase_add_test(c, what_is_the_owners_goes_with_him);
	tcase_add_test(c, what_manufacturers_left_goes_with_the_trust);
	tcase_add_test(c, a_start_resets_two_flags_of_three);
	tcase_add_test(c, a_start_stores_nothing_where_nothing_was_locked);
	suite_add_tcase(s, c);
	return suite_run(s);
}
