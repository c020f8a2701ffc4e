/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TPM's state as bytes: images that come back as they were written, images
 * that are damaged, and a store or a power supply that fails at any moment.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "constants.h"
#include "machine.h"
#include "ordinals.h"
#include "setup.h"
#include "suite.h"
#include "tss_transport.h"
#include "tpm.h"

static const struct tss_digest digest = { "measured, and kept s" };

static void open_transport(struct machine *m)
{
	struct tss_transport t = { .attributes = TSS_TRANSPORT_LOG };

	ck_assert_result(
		tss_establish(&m->tss, &t, TPM_KH_TRANSPORT,
			      (struct client_bytes){ t.secret.b, CLIENT_SHA1 },
			      NULL, NULL),
		0);
}

/* A TPM that has something of everything. */
static struct machine *rich(void)
{
	struct machine *m = machine_started();
	struct tss_session s;

	setup_owner(m);
	setup_presence(m);
	ck_assert_int_eq(tpm12_make_ek(m->tpm), 0);
	for (uint32_t i = 0; i < 16; i++)
		ck_assert_result(call_extend(m, i, &digest, NULL), 0);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_SRK,
				  TPM_KH_SRK, &secret_srk),
			 0);
	ck_assert_result(call_u16(m, ORD_PhysicalPresence,
				  TPM_PHYSICAL_PRESENCE_CMD_ENABLE),
			 0);
	ck_assert_result(call_u16(m, ORD_PhysicalPresence,
				  TPM_PHYSICAL_PRESENCE_PRESENT),
			 0);
	open_transport(m);
	ck_assert_result(call_digest(m, ORD_ReadPubek, &digest), 0);
	ck_assert_result(call(m, ORD_SaveState), 0);
	return m;
}

/* ---- Kinds of images ---- */

static const enum tpm_image_kind kinds[] = {
	TPM_IMAGE_PERMANENT,
	TPM_IMAGE_SAVED,
	TPM_IMAGE_VOLATILE,
};
#define N_KINDS 3

/* A block of exactly the image's size, so that a step beside it is seen. */
struct image {
	uint8_t *b;
	size_t len;
};

static struct image image_copy(const uint8_t *b, size_t len)
{
	struct image i = { .b = malloc(len ? len : 1), .len = len };

	ck_assert_ptr_nonnull(i.b);
	if (len)
		memcpy(i.b, b, len);
	return i;
}

static struct image image_of(const struct machine *m, enum tpm_image_kind kind)
{
	uint8_t *b = malloc(TPM_PERMANENT_MAX);
	struct image i;

	ck_assert_ptr_nonnull(b);
	i = image_copy(b, tpm_image_write(m->tpm, kind, b, TPM_PERMANENT_MAX));
	ck_assert_uint_gt(i.len, 0);
	free(b);
	return i;
}

static void image_free(struct image *i)
{
	free(i->b);
}

static struct tpm *new_tpm(struct machine *m)
{
	struct tpm *t = tpm12_new(&machine_platform, m);

	ck_assert_ptr_nonnull(t);
	return t;
}

START_TEST(an_image_comes_back_as_it_was_written)
{
	struct machine *m = rich();
	struct image before = image_of(m, kinds[_i]), after;

	memset(&m->tpm->s, 0, sizeof(m->tpm->s));
	ck_assert_int_eq(
		tpm_image_read(m->tpm, kinds[_i], before.b, before.len), 0);
	after = image_of(m, kinds[_i]);
	ck_assert_uint_eq(before.len, after.len);
	ck_assert_mem_eq(before.b, after.b, before.len);
	image_free(&before);
	image_free(&after);
	machine_free(m);
}
END_TEST

START_TEST(no_room_is_no_image)
{
	struct machine *m = rich();
	const struct image whole = image_of(m, kinds[_i]);
	struct image i = image_copy(whole.b, whole.len);

	ck_assert_uint_eq(tpm_image_write(m->tpm, kinds[_i], i.b, i.len),
			  i.len);
	for (size_t cap = 0; cap < whole.len; cap++) {
		uint8_t *b = malloc(cap ? cap : 1);

		ck_assert_uint_eq(tpm_image_write(m->tpm, kinds[_i], b, cap),
				  0);
		free(b);
	}
	ck_assert_uint_eq(tpm_image_write(m->tpm, kinds[_i], NULL, 0), 0);
	free(whole.b);
	image_free(&i);
	machine_free(m);
}
END_TEST

START_TEST(an_image_of_another_kind_is_none)
{
	struct machine *m = rich();

	for (int k = 0; k < N_KINDS; k++) {
		struct image i = image_of(m, kinds[k]);
		const int r = tpm_image_read(m->tpm, kinds[_i], i.b, i.len);

		ck_assert_int_eq(r, k == _i ? 0 : -EBADMSG);
		image_free(&i);
	}
	machine_free(m);
}
END_TEST

/* ---- Sections: a tag of two bytes, a length of four, contents ---- */

#define IMAGE_HEADER   6u
#define SECTION_HEADER 6u

static size_t section_len(const uint8_t *section)
{
	return (size_t)section[2] << 24 | (size_t)section[3] << 16 |
	       (size_t)section[4] << 8 | section[5];
}

static void set_section_len(uint8_t *section, size_t len)
{
	for (unsigned int i = 0; i < 4; i++)
		section[2 + i] = (uint8_t)(len >> 8 * (3 - i));
}

/* The image with the section at `at` one byte longer or shorter. */
static struct image resized(const struct image *i, size_t at, int by)
{
	const size_t len = section_len(i->b + at);
	const size_t end = at + SECTION_HEADER + len;
	struct image r = { .b = malloc(i->len + 1),
			   .len = i->len + (size_t)by };

	ck_assert_ptr_nonnull(r.b);
	memcpy(r.b, i->b, i->len);
	memmove(r.b + end + by, i->b + end, i->len - end);
	if (by > 0)
		r.b[end] = 0;
	set_section_len(r.b + at, len + (size_t)by);
	return r;
}

static void assert_unread(struct machine *m, enum tpm_image_kind kind,
			  const struct image *i)
{
	ck_assert_int_eq(tpm_image_read(m->tpm, kind, i->b, i->len), -EBADMSG);
}

START_TEST(a_section_of_another_size_or_tag)
{
	struct machine *m = rich();
	struct image whole = image_of(m, kinds[_i]), i;
	unsigned int n = 0;

	for (size_t at = IMAGE_HEADER; at < whole.len;
	     at += SECTION_HEADER + section_len(whole.b + at)) {
		i = resized(&whole, at, 1);
		assert_unread(m, kinds[_i], &i);
		image_free(&i);
		i = resized(&whole, at, -1);
		assert_unread(m, kinds[_i], &i);
		image_free(&i);
		whole.b[at + 1] ^= 0x40;
		assert_unread(m, kinds[_i], &whole);
		whole.b[at + 1] ^= 0x40;
		n++;
	}
	ck_assert_uint_ge(n, 2);
	image_free(&whole);
	machine_free(m);
}
END_TEST

START_TEST(sections_in_another_order)
{
	struct machine *m = rich();
	struct image i = image_of(m, kinds[_i]);
	const size_t first = SECTION_HEADER + section_len(i.b + IMAGE_HEADER);
	const size_t second =
		SECTION_HEADER + section_len(i.b + IMAGE_HEADER + first);
	struct image swapped = image_copy(i.b, i.len);

	memcpy(swapped.b + IMAGE_HEADER, i.b + IMAGE_HEADER + first, second);
	memcpy(swapped.b + IMAGE_HEADER + second, i.b + IMAGE_HEADER, first);
	assert_unread(m, kinds[_i], &swapped);
	image_free(&i);
	image_free(&swapped);
	machine_free(m);
}
END_TEST

/* Where the section of the keys that power takes begins. */
static uint8_t *loaded_keys(const struct image *i)
{
	size_t at = IMAGE_HEADER;

	while (i->b[at + 1] != 0xc9)
		at += SECTION_HEADER + section_len(i->b + at);
	return i->b + at;
}

/* Each key has the number of its slot in front, all have theirs. */
START_TEST(keys_in_slots_that_there_are_not)
{
	struct machine *m = rich();
	struct image i;
	uint8_t *first, *second;
	size_t entries;

	for (unsigned int n = 0; n < 2; n++)
		setup_key(m, TPM_KEY_SIGNING, TPM_ES_NONE,
			  TPM_SS_RSASSAPKCS1v15_SHA1, NULL);
	i = image_of(m, TPM_IMAGE_VOLATILE);
	entries = section_len(loaded_keys(&i)) - 1;
	first = loaded_keys(&i) + SECTION_HEADER + 1;
	second = first + entries / 2;
	ck_assert_uint_eq(first[0], 0);
	ck_assert_uint_eq(second[0], 1);
	second[0] = 0;
	assert_unread(m, TPM_IMAGE_VOLATILE, &i);
	second[0] = TPM_MAX_KEYS;
	assert_unread(m, TPM_IMAGE_VOLATILE, &i);
	second[0] = TPM_MAX_KEYS - 1;
	ck_assert_int_eq(tpm_image_read(m->tpm, TPM_IMAGE_VOLATILE, i.b, i.len),
			 0);
	image_free(&i);
	machine_free(m);
}
END_TEST

/* ---- The permanent image ---- */

/* Refused, and nothing of it is left: the TPM takes the right one. */
static void assert_not_loaded(struct tpm *t, const struct image *i, int want)
{
	static const uint8_t startup[] = { 0, 0xc1, 0, 0,    0, 12,
					   0, 0,    0, 0x99, 0, 1 };
	static const struct tpm_state none;
	uint8_t rsp[TPM12_BUFFER_SIZE];

	ck_assert_int_eq(tpm12_load(t, i->b, i->len), want);
	ck_assert_mem_eq(&t->s, &none, sizeof(none));
	ck_assert(!tpm12_needs_ek(t));
	tpm12_power_on(t);
	ck_assert_uint_eq(tpm12_execute(t, 0, startup, sizeof(startup), rsp),
			  10);
	ck_assert_uint_eq(rsp[9], TPM_FAIL);
}

START_TEST(permanent_truncated_at_every_byte)
{
	struct machine *m = rich();
	struct tpm *t = new_tpm(m);

	for (size_t n = 0; n < m->image_len; n++) {
		struct image i = image_copy(m->image, n);

		assert_not_loaded(t, &i, -EBADMSG);
		image_free(&i);
	}
	ck_assert_int_eq(tpm12_load(t, m->image, m->image_len), 0);
	tpm12_free(t);
	machine_free(m);
}
END_TEST

START_TEST(permanent_with_bytes_too_many)
{
	struct machine *m = rich();
	struct tpm *t = new_tpm(m);
	struct image i;

	m->image[m->image_len] = 0;
	i = image_copy(m->image, m->image_len + 1);
	assert_not_loaded(t, &i, -EBADMSG);
	image_free(&i);
	tpm12_free(t);
	machine_free(m);
}
END_TEST

/* A TPM whose state was damaged so that it cannot be told, in use. */
static void use(struct machine *m)
{
	call_u16(m, ORD_Startup, TPM_ST_STATE);
	call(m, ORD_GetTestResult);
	call_get_capability(m, TPM_CAP_FLAG, "\0\0\1\x08", 4);
	call_get_capability(m, TPM_CAP_HANDLE, "\0\0\0\2", 4);
	call_get_capability(m, TPM_CAP_DA_LOGIC, "\0\4", 2);
	call_extend(m, 0, &digest, NULL);
	call_digest(m, ORD_ReadPubek, &digest);
	call(m, ORD_SaveState);
}

/* Whether it was taken; if not, nothing of it was. */
static void use_damaged(struct machine *m, const struct image *i)
{
	struct tpm *t = m->tpm;
	int r;

	m->tpm = new_tpm(m);
	r = tpm12_load(m->tpm, i->b, i->len);
	if (r) {
		ck_assert(r == -EBADMSG || r == -ENOTSUP);
		assert_not_loaded(m->tpm, i, r);
	} else {
		tpm12_power_on(m->tpm);
		use(m);
	}
	tpm12_free(m->tpm);
	m->tpm = t;
}

START_TEST(permanent_with_any_byte_flipped)
{
	static const uint8_t flips[] = { 0x01, 0x80, 0xff };
	struct machine *m = rich();
	struct image i = image_copy(m->image, m->image_len);

	for (size_t at = 0; at < i.len; at++) {
		i.b[at] ^= flips[_i];
		use_damaged(m, &i);
		i.b[at] ^= flips[_i];
	}
	image_free(&i);
	machine_free(m);
}
END_TEST

/* ---- The version ---- */

static void set_version(struct image *i, unsigned int version)
{
	i->b[4] = (uint8_t)(version >> 8);
	i->b[5] = (uint8_t)version;
}

START_TEST(a_newer_version_is_told_from_damage)
{
	struct machine *m = rich();
	struct image i = image_of(m, kinds[_i]);
	const unsigned int ours = (unsigned int)i.b[4] << 8 | i.b[5];

	set_version(&i, ours + 1);
	ck_assert_int_eq(tpm_image_read(m->tpm, kinds[_i], i.b, i.len),
			 -ENOTSUP);
	set_version(&i, 0xffff);
	ck_assert_int_eq(tpm_image_read(m->tpm, kinds[_i], i.b, i.len),
			 -ENOTSUP);
	set_version(&i, 0);
	ck_assert_int_eq(tpm_image_read(m->tpm, kinds[_i], i.b, i.len),
			 -EBADMSG);
	image_free(&i);
	machine_free(m);
}
END_TEST

START_TEST(a_newer_tpm_is_not_loaded)
{
	struct machine *m = rich();
	struct image i = image_copy(m->image, m->image_len);
	struct tpm *t = new_tpm(m);

	set_version(&i, 0x7fff);
	assert_not_loaded(t, &i, -ENOTSUP);
	i.b[0] ^= 1;
	assert_not_loaded(t, &i, -EBADMSG);
	image_free(&i);
	tpm12_free(t);
	machine_free(m);
}
END_TEST

/* ---- The volatile image ---- */

/* What tpm12_save_volatile gives, and the machine with its power gone. */
static struct image save_and_stop(struct machine *m)
{
	uint8_t *b = malloc(TPM12_VOLATILE_MAX);
	struct image i;
	size_t len;

	ck_assert_ptr_nonnull(b);
	ck_assert_int_eq(
		tpm12_save_volatile(m->tpm, b, TPM12_VOLATILE_MAX, &len), 0);
	i = image_copy(b, len);
	free(b);
	tpm12_free(m->tpm);
	m->tpm = new_tpm(m);
	ck_assert_int_eq(tpm12_load(m->tpm, m->image, m->image_len), 0);
	return i;
}

START_TEST(a_new_process_goes_on_where_the_old_one_stopped)
{
	struct machine *m = rich();
	struct snapshot before = snapshot_take(m), after;
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	snapshot_free(&before);
	before = snapshot_take(m);
	machine_take_over(m);
	after = snapshot_take(m);
	ck_assert(snapshot_equal(&before, &after));
	ck_assert_result(call_flush(m, s.handle, TPM_RT_AUTH), 0);
	snapshot_free(&before);
	snapshot_free(&after);
	machine_free(m);
}
END_TEST

START_TEST(a_tpm_that_was_not_started_is_not_started_by_it)
{
	struct machine *m = machine_new();

	machine_take_over(m);
	ck_assert_result(call_extend(m, 0, &digest, NULL),
			 TPM_INVALID_POSTINIT);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_CLEAR), 0);
	machine_take_over(m);
	ck_assert_result(call_extend(m, 0, &digest, NULL), 0);
	machine_free(m);
}
END_TEST

START_TEST(a_failed_tpm_is_not_healed_by_it)
{
	struct machine *m = machine_started();

	setup_failed(m);
	machine_take_over(m);
	ck_assert_result(call(m, ORD_OIAP), TPM_FAILEDSELFTEST);
	machine_free(m);
}
END_TEST

START_TEST(handles_go_on_counting)
{
	struct machine *m = machine_started();
	struct tss_session before, after;

	ck_assert_result(tss_oiap(&m->tss, &before), 0);
	ck_assert_result(call_flush(m, before.handle, TPM_RT_AUTH), 0);
	machine_take_over(m);
	ck_assert_result(tss_oiap(&m->tss, &after), 0);
	ck_assert_uint_ne(before.handle, after.handle);
	machine_free(m);
}
END_TEST

/* Off, without anything volatile, and good for a power cycle. */
static void assert_off(struct machine *m)
{
	ck_assert_uint_eq(session_count(m->tpm), 0);
	ck_assert_result(call(m, ORD_GetTestResult), TPM_FAIL);
	tpm12_power_on(m->tpm);
	ck_assert_result(call_extend(m, 0, &digest, NULL),
			 TPM_INVALID_POSTINIT);
}

START_TEST(volatile_truncated_at_every_byte)
{
	struct machine *m = rich();
	struct image whole = save_and_stop(m);

	for (size_t n = 0; n < whole.len; n++) {
		struct image i = image_copy(whole.b, n);

		ck_assert_int_eq(tpm12_load_volatile(m->tpm, i.b, i.len),
				 -EBADMSG);
		assert_off(m);
		image_free(&i);
	}
	ck_assert_int_eq(tpm12_load_volatile(m->tpm, whole.b, whole.len), 0);
	image_free(&whole);
	machine_free(m);
}
END_TEST

START_TEST(volatile_with_any_byte_flipped)
{
	static const uint8_t flips[] = { 0x01, 0x80, 0xff };
	struct machine *m = rich();
	struct image i = save_and_stop(m);
	int r;

	for (size_t at = 0; at < i.len; at++) {
		i.b[at] ^= flips[_i];
		r = tpm12_load_volatile(m->tpm, i.b, i.len);
		i.b[at] ^= flips[_i];
		if (r)
			assert_off(m);
		else
			use(m);
	}
	image_free(&i);
	machine_free(m);
}
END_TEST

START_TEST(volatile_of_a_newer_version)
{
	struct machine *m = rich();
	struct image i = save_and_stop(m);

	set_version(&i, 0x7fff);
	ck_assert_int_eq(tpm12_load_volatile(m->tpm, i.b, i.len), -ENOTSUP);
	assert_off(m);
	image_free(&i);
	machine_free(m);
}
END_TEST

/* The power that the TPM had is gone, too: half of two states is none. */
START_TEST(volatile_that_is_damaged_switches_a_running_tpm_off)
{
	struct machine *m = rich();

	ck_assert_int_eq(
		tpm12_load_volatile(m->tpm, (const uint8_t *)"TP12", 4),
		-EBADMSG);
	assert_off(m);
	machine_free(m);
}
END_TEST

START_TEST(volatile_without_permanent_state)
{
	struct machine *m = rich();
	struct image i = save_and_stop(m);
	struct tpm *t = new_tpm(m);

	ck_assert_int_eq(tpm12_load_volatile(t, i.b, i.len), -EBADMSG);
	tpm12_free(t);
	image_free(&i);
	machine_free(m);
}
END_TEST

START_TEST(volatile_in_too_little_room)
{
	struct machine *m = rich();
	uint8_t *b = malloc(TPM12_VOLATILE_MAX);
	size_t len, again;

	ck_assert_ptr_nonnull(b);
	ck_assert_int_eq(
		tpm12_save_volatile(m->tpm, b, TPM12_VOLATILE_MAX, &len), 0);
	ck_assert_int_eq(tpm12_save_volatile(m->tpm, b, len, &again), 0);
	ck_assert_uint_eq(len, again);
	ck_assert_int_eq(tpm12_save_volatile(m->tpm, b, len - 1, &again),
			 -ENOBUFS);
	ck_assert_int_eq(tpm12_save_volatile(m->tpm, b, 0, &again), -ENOBUFS);
	free(b);
	machine_free(m);
}
END_TEST

START_TEST(volatile_state_at_its_largest_fits)
{
	struct machine *m = rich();
	struct tss_session s;
	uint8_t *b = malloc(TPM12_VOLATILE_MAX);
	size_t len;

	while (!tss_oiap(&m->tss, &s))
		continue;
	ck_assert_int_eq(
		tpm12_save_volatile(m->tpm, b, TPM12_VOLATILE_MAX, &len), 0);
	free(b);
	machine_free(m);
}
END_TEST

/* ---- What TPM_SaveState keeps ---- */

static void set_saved(struct machine *m, const struct image *i)
{
	memset(&m->tpm->s.saved, 0, sizeof(m->tpm->s.saved));
	memcpy(m->tpm->s.saved, i->b, i->len);
	m->tpm->s.saved_len = (uint32_t)i->len;
	ck_assert_int_eq(tpm_commit(m->tpm), 0);
	machine_power_cycle(m);
}

/* Failure mode, and registers as at power-on. */
static void assert_not_restored(struct machine *m)
{
	static const struct tpm_pcrs none;

	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), TPM_FAIL);
	ck_assert_result(call_extend(m, 0, &digest, NULL), TPM_FAILEDSELFTEST);
	ck_assert_mem_eq(&m->tpm->s.stclear.pcr, &none, sizeof(none));
}

START_TEST(saved_truncated_at_every_byte)
{
	struct machine *m = rich();
	struct image whole = image_of(m, TPM_IMAGE_SAVED);

	for (size_t n = 1; n < whole.len; n++) {
		struct image i = image_copy(whole.b, n);

		set_saved(m, &i);
		assert_not_restored(m);
		image_free(&i);
	}
	set_saved(m, &whole);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), 0);
	image_free(&whole);
	machine_free(m);
}
END_TEST

START_TEST(saved_by_a_newer_version)
{
	struct machine *m = rich();
	struct image i = image_of(m, TPM_IMAGE_SAVED);

	set_version(&i, 2);
	set_saved(m, &i);
	assert_not_restored(m);
	image_free(&i);
	machine_free(m);
}
END_TEST

START_TEST(saved_state_does_not_bring_sessions_back)
{
	struct machine *m = rich();

	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), 0);
	ck_assert_uint_eq(session_count(m->tpm), 0);
	machine_free(m);
}
END_TEST

/* ---- A life, and what interrupts it ---- */

/* One step of it; most change permanent state. */
static uint32_t step(struct machine *m, unsigned int i)
{
	switch (i) {
	case 0:
		return call_u16(m, ORD_PhysicalPresence,
				TPM_PHYSICAL_PRESENCE_CMD_ENABLE);
	case 1:
		return call_u16(m, ORD_PhysicalPresence,
				TPM_PHYSICAL_PRESENCE_PRESENT);
	case 2:
		return call(m, ORD_PhysicalDisable);
	case 3:
		return call(m, ORD_PhysicalEnable);
	case 4:
		return call_u8(m, ORD_PhysicalSetDeactivated, 1);
	case 5:
		return call_digest(m, ORD_ReadPubek, &digest);
	case 6:
		return call(m, ORD_SaveState);
	case 7:
		return call_extend(m, 0, &digest, NULL);
	case 8:
		return call_u8(m, ORD_PhysicalSetDeactivated, 0);
	default:
		return call(m, ORD_SaveState);
	}
}
#define STEPS 10u

START_TEST(what_is_permanent_is_stored_when_the_answer_is_out)
{
	struct machine *m = machine_started();

	ck_assert(is_stored(m));
	for (unsigned int i = 0; i < STEPS; i++) {
		ck_assert_result(step(m, i), 0);
		ck_assert(is_stored(m));
	}
	machine_free(m);
}
END_TEST

START_TEST(power_fails_after_each_step)
{
	struct machine *m = machine_started();
	struct image before, after;

	for (unsigned int i = 0; i < (unsigned int)_i; i++)
		ck_assert_result(step(m, i), 0);
	before = image_of(m, TPM_IMAGE_PERMANENT);
	machine_power_cycle(m);
	after = image_of(m, TPM_IMAGE_PERMANENT);
	ck_assert_uint_eq(before.len, after.len);
	ck_assert_mem_eq(before.b, after.b, before.len);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_CLEAR), 0);
	image_free(&before);
	image_free(&after);
	machine_free(m);
}
END_TEST

/* Fails once, changes nothing; the second try is the first. */
static void step_with_a_fault(struct machine *m, unsigned int i)
{
	struct snapshot before = snapshot_take(m), after;

	m->fail_store = 1;
	if (!step(m, i)) {
		/* It stores nothing. */
		ck_assert_uint_eq(m->fail_store, 1);
		m->fail_store = 0;
		snapshot_free(&before);
		return;
	}
	after = snapshot_take(m);
	ck_assert(snapshot_equal(&before, &after));
	snapshot_free(&before);
	snapshot_free(&after);
	ck_assert_result(step(m, i), 0);
}

START_TEST(the_store_fails_once_at_each_step)
{
	struct machine *m = machine_started();
	struct machine *untroubled = machine_started();

	for (unsigned int i = 0; i < STEPS; i++) {
		step_with_a_fault(m, i);
		ck_assert_result(step(untroubled, i), 0);
		ck_assert(is_stored(m));
	}
	ck_assert_uint_eq(m->image_len, untroubled->image_len);
	/* The flags; a key that could not be stored is never used. */
	ck_assert_mem_eq(m->image, untroubled->image, 34);
	machine_free(m);
	machine_free(untroubled);
}
END_TEST

START_TEST(the_process_is_replaced_after_each_step)
{
	struct machine *m = machine_started();

	for (unsigned int i = 0; i < STEPS; i++) {
		ck_assert_result(step(m, i), 0);
		machine_take_over(m);
		ck_assert(is_stored(m));
	}
	machine_free(m);
}
END_TEST

/* ---- */

static void add_images(Suite *s)
{
	TCase *t = tcase_create("images");

	tcase_set_timeout(t, 300);
	tcase_add_loop_test(t, an_image_comes_back_as_it_was_written, 0,
			    N_KINDS);
	tcase_add_loop_test(t, no_room_is_no_image, 0, N_KINDS);
	tcase_add_loop_test(t, an_image_of_another_kind_is_none, 0, N_KINDS);
	tcase_add_loop_test(t, a_newer_version_is_told_from_damage, 0, N_KINDS);
	tcase_add_loop_test(t, a_section_of_another_size_or_tag, 0, N_KINDS);
	tcase_add_loop_test(t, sections_in_another_order, 0, N_KINDS);
	tcase_add_test(t, keys_in_slots_that_there_are_not);
	suite_add_tcase(s, t);
	t = tcase_create("permanent");
	tcase_set_timeout(t, 300);
	tcase_add_test(t, permanent_truncated_at_every_byte);
	tcase_add_test(t, permanent_with_bytes_too_many);
	tcase_add_loop_test(t, permanent_with_any_byte_flipped, 0, 3);
	tcase_add_test(t, a_newer_tpm_is_not_loaded);
	suite_add_tcase(s, t);
}

static void add_volatile(Suite *s)
{
	TCase *t = tcase_create("volatile");

	tcase_set_timeout(t, 300);
	tcase_add_test(t, a_new_process_goes_on_where_the_old_one_stopped);
	tcase_add_test(t, a_tpm_that_was_not_started_is_not_started_by_it);
	tcase_add_test(t, a_failed_tpm_is_not_healed_by_it);
	tcase_add_test(t, handles_go_on_counting);
	tcase_add_test(t, volatile_truncated_at_every_byte);
	tcase_add_loop_test(t, volatile_with_any_byte_flipped, 0, 3);
	tcase_add_test(t, volatile_of_a_newer_version);
	tcase_add_test(t, volatile_that_is_damaged_switches_a_running_tpm_off);
	tcase_add_test(t, volatile_without_permanent_state);
	tcase_add_test(t, volatile_in_too_little_room);
	tcase_add_test(t, volatile_state_at_its_largest_fits);
	suite_add_tcase(s, t);
}

static void add_lives(Suite *s)
{
	TCase *t = tcase_create("saved");

	tcase_set_timeout(t, 300);
	tcase_add_test(t, saved_truncated_at_every_byte);
	tcase_add_test(t, saved_by_a_newer_version);
	tcase_add_test(t, saved_state_does_not_bring_sessions_back);
	suite_add_tcase(s, t);
	t = tcase_create("interruptions");
	tcase_set_timeout(t, 300);
	tcase_add_test(t, what_is_permanent_is_stored_when_the_answer_is_out);
	tcase_add_loop_test(t, power_fails_after_each_step, 0, STEPS + 1);
	tcase_add_test(t, the_store_fails_once_at_each_step);
	tcase_add_test(t, the_process_is_replaced_after_each_step);
	suite_add_tcase(s, t);
}

int main(void)
{
	Suite *s = suite_create("state");

	add_images(s);
	add_volatile(s);
	add_lives(s);
	return suite_run(s);
}
