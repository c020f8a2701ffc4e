/* SPDX-License-Identifier: BSD-2-Clause */
/* A vTPM as a file: what was packed comes out, and nothing else does. */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle.h"
#include "bytes.h"
#include "seal.h"
#include "suite.h"

#define UUID   "0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a01"
#define HEADER 48u

static uint8_t key_bytes[SEAL_KEY_SIZE] = "thirty-two bytes that are a key.";
static const struct bundle_secret key = { BUNDLE_KEY, key_bytes,
					  SEAL_KEY_SIZE };
static const struct bundle_secret words = { BUNDLE_PASSPHRASE,
					    (const uint8_t *)"correct horse",
					    13 };

static uint8_t permanent[3000], saved[700];

static struct bundle sample(void)
{
	struct bundle b = {
		.uuid = UUID,
		.name = "mail",
		.instance = 7,
		.counter = 0x123456789abcull,
		.localities = 0x15,
		.late = 1,
		.no_protocol_1 = 1,
		.permanent = permanent,
		.permanent_len = sizeof(permanent),
		.saved = saved,
		.saved_len = sizeof(saved),
		.guest = "guest's own uuid",
	};
	size_t i;

	for (i = 0; i < sizeof(permanent); i++)
		permanent[i] = (uint8_t)(i * 7);
	memset(saved, 0x5a, sizeof(saved));
	return b;
}

static uint8_t *pack(const struct bundle *b, const struct bundle_secret *secret,
		     size_t *len)
{
	uint8_t *file = NULL;

	ck_assert_int_eq(bundle_pack(b, secret, &file, len), 0);
	ck_assert_ptr_nonnull(file);
	return file;
}

static int unpack(const struct bundle_secret *secret, const uint8_t *file,
		  size_t len)
{
	/* Of its own length, so that reading beyond it is seen. */
	uint8_t *copy = malloc(len + 1);
	struct bundle b;
	int r;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, file, len);
	r = bundle_unpack(&b, secret, copy, len);
	if (!r)
		bundle_free(&b);
	else
		ck_assert_ptr_null(b.permanent);
	free(copy);
	return r;
}

static void check_same(const struct bundle *a, const struct bundle *b)
{
	ck_assert_str_eq(a->uuid, b->uuid);
	ck_assert_str_eq(a->name, b->name);
	ck_assert_uint_eq(a->localities, b->localities);
	ck_assert_uint_eq(a->late, b->late);
	ck_assert_uint_eq(a->no_protocol_1, b->no_protocol_1);
	ck_assert_uint_eq(a->instance, b->instance);
	ck_assert(a->counter == b->counter);
	ck_assert_uint_eq(a->permanent_len, b->permanent_len);
	ck_assert_mem_eq(a->permanent, b->permanent, a->permanent_len);
	ck_assert_uint_eq(a->saved_len, b->saved_len);
	if (a->saved) {
		ck_assert_mem_eq(a->saved, b->saved, a->saved_len);
		ck_assert_mem_eq(a->guest, b->guest, sizeof(a->guest));
	} else {
		ck_assert_ptr_null(b->saved);
	}
}

START_TEST(comes_back)
{
	const struct bundle_secret *const secret = _i ? &words : &key;
	struct bundle b = sample(), got;
	size_t len;
	uint8_t *file = pack(&b, secret, &len);
	enum bundle_kind kind;

	ck_assert_int_eq(bundle_kind(file, len, &kind), 0);
	ck_assert_int_eq(kind, secret->kind);
	ck_assert_int_eq(bundle_unpack(&got, secret, file, len), 0);
	check_same(&b, &got);
	bundle_free(&got);
	free(file);
}
END_TEST

/* Switched off, known by its name alone, with the defaults for settings. */
START_TEST(comes_back_with_less)
{
	struct bundle b = sample(), got;
	uint8_t *file;
	size_t len;

	b.uuid[0] = '\0';
	b.localities = b.late = b.no_protocol_1 = 0;
	b.saved = NULL;
	b.saved_len = 0;
	file = pack(&b, &key, &len);
	ck_assert_int_eq(bundle_unpack(&got, &key, file, len), 0);
	check_same(&b, &got);
	bundle_free(&got);
	free(file);
}
END_TEST

START_TEST(hides_what_it_holds)
{
	struct bundle b = sample();
	size_t len;
	uint8_t *file = pack(&b, &key, &len);

	ck_assert_ptr_null(memmem(file, len, UUID, strlen(UUID)));
	ck_assert_ptr_null(memmem(file, len, "mail", 4));
	ck_assert_ptr_null(memmem(file, len, permanent, 32));
	ck_assert_ptr_null(memmem(file, len, saved, 32));
	free(file);
}
END_TEST

START_TEST(no_two_are_alike)
{
	struct bundle b = sample();
	size_t len, other_len;
	uint8_t *file = pack(&b, &key, &len);
	uint8_t *other = pack(&b, &key, &other_len);

	ck_assert_uint_eq(len, other_len);
	ck_assert_mem_ne(file + HEADER, other + HEADER, len - HEADER);
	free(file);
	free(other);
}
END_TEST

START_TEST(opens_with_its_secret_only)
{
	static const uint8_t other_bytes[SEAL_KEY_SIZE] = "another";
	const struct bundle_secret other_key = { BUNDLE_KEY, other_bytes,
						 SEAL_KEY_SIZE };
	const struct bundle_secret short_key = { BUNDLE_KEY, key_bytes,
						 SEAL_KEY_SIZE - 1 };
	const struct bundle_secret other_words = {
		BUNDLE_PASSPHRASE, (const uint8_t *)"correct horsf", 13
	};
	const struct bundle_secret no_words = { BUNDLE_PASSPHRASE, NULL, 0 };
	struct bundle b = sample();
	uint8_t *file, *none;
	size_t len;

	file = pack(&b, &key, &len);
	ck_assert_int_eq(unpack(&key, file, len), 0);
	ck_assert_int_eq(unpack(&other_key, file, len), -EBADMSG);
	ck_assert_int_eq(unpack(&short_key, file, len), -EINVAL);
	ck_assert_int_eq(unpack(&words, file, len), -EINVAL);
	free(file);
	file = pack(&b, &words, &len);
	ck_assert_int_eq(unpack(&words, file, len), 0);
	ck_assert_int_eq(unpack(&other_words, file, len), -EBADMSG);
	ck_assert_int_eq(unpack(&no_words, file, len), -EINVAL);
	ck_assert_int_eq(unpack(&key, file, len), -EINVAL);
	free(file);
	ck_assert_int_eq(bundle_pack(&b, &no_words, &none, &len), -EINVAL);
	ck_assert_int_eq(bundle_pack(&b, &short_key, &none, &len), -EINVAL);
}
END_TEST

START_TEST(any_change_is_seen)
{
	struct bundle b = sample();
	size_t len, i;
	uint8_t *file = pack(&b, &key, &len);

	for (i = 0; i < len; i++) {
		file[i] ^= (uint8_t)(1u << i % 8);
		ck_assert_msg(unpack(&key, file, len) != 0, "byte %zu", i);
		file[i] ^= (uint8_t)(1u << i % 8);
	}
	free(file);
}
END_TEST

START_TEST(any_cut_is_seen)
{
	struct bundle b = sample();
	size_t len, i;
	uint8_t *file = pack(&b, &key, &len);

	for (i = 0; i < len; i += i < 200 ? 1 : 97)
		ck_assert_int_eq(unpack(&key, file, i), -EBADMSG);
	free(file);
}
END_TEST

START_TEST(a_later_format_is_told)
{
	struct bundle b = sample();
	enum bundle_kind kind;
	size_t len;
	uint8_t *file = pack(&b, &key, &len);

	put32(file + 8, 2);
	ck_assert_int_eq(bundle_kind(file, len, &kind), -ENOTSUP);
	ck_assert_int_eq(unpack(&key, file, len), -ENOTSUP);
	free(file);
}
END_TEST

/* Seals fields of a test's own as bundle_pack does. */
static int unpack_fields(const uint8_t *fields, size_t len)
{
	uint8_t file[512] = "vTPMcopy";
	struct sealer *sealer = sealer_new(key_bytes, "copy");

	put32(file + 8, 1);
	put32(file + 12, BUNDLE_KEY);
	ck_assert_ptr_nonnull(sealer);
	ck_assert_uint_le(HEADER + len + SEAL_OVERHEAD, sizeof(file));
	ck_assert_int_eq(sealer_seal(sealer, fields, len, file + HEADER), 0);
	sealer_free(sealer);
	return unpack(&key, file, HEADER + len + SEAL_OVERHEAD);
}

#define F_UUID "UUID\0\0\0\1x"
#define F_CNTR "CNTR\0\0\0\10\0\0\0\0\0\0\0\1"
#define F_GUES          \
	"GUES\0\0\0\20" \
	"sixteen letters."
#define F_PERM "PERM\0\0\0\4abcd"

static const struct {
	const char *bytes;
	size_t len;
	int result;
} odd[] = {
#define ODD(text, result)                      \
	{                                      \
		text, sizeof(text) - 1, result \
	}
	ODD(F_UUID F_CNTR F_PERM, 0),
	ODD(F_PERM F_UUID F_CNTR, 0),
	ODD(F_UUID F_CNTR F_PERM "INST\0\0\0\4\0\0\0\1", 0),
	ODD("", -EBADMSG),
	ODD(F_UUID F_CNTR, -EBADMSG),
	ODD(F_UUID F_PERM, -EBADMSG),
	ODD(F_CNTR F_PERM, -EBADMSG),
	ODD(F_UUID F_UUID F_CNTR F_PERM, -EBADMSG),
	ODD(F_UUID F_CNTR F_PERM "NEWS\0\0\0\0", -ENOTSUP),
	ODD(F_UUID F_CNTR F_PERM "INST\0\0\0\3\0\0\1", -EBADMSG),
	ODD(F_UUID F_CNTR F_PERM "NAME\0\0\0\3a\0b", -EBADMSG),
	ODD(F_UUID F_CNTR F_PERM "NAME\0\0\0\4abc", -EBADMSG),
	ODD(F_UUID F_CNTR F_PERM "NAME\377\377\377\377abc", -EBADMSG),
	ODD(F_UUID F_CNTR F_PERM "NAME\0\0\0", -EBADMSG),
	ODD(F_UUID F_CNTR F_PERM "SAVE\0\0\0\1x", -EBADMSG),
	ODD(F_UUID F_CNTR F_PERM F_GUES, -EBADMSG),
	ODD(F_UUID F_CNTR F_PERM "SAVE\0\0\0\1x" F_GUES, 0),
	ODD(F_UUID F_CNTR F_PERM "SAVE\0\0\0\1xGUES\0\0\0\1x", -EBADMSG),
	ODD(F_UUID F_CNTR F_PERM "LOCS\0\0\0\1x", -EBADMSG),
	ODD(F_UUID "CNTR\0\0\0\4\0\0\0\1" F_PERM, -EBADMSG),
};

/* Of a passphrase's header; the salt goes into the key byte by byte. */
START_TEST(any_change_of_the_header_is_seen)
{
	static const unsigned int at[] = { 0, 7, 8, 11, 12, 15, 16, 47 };
	struct bundle b = sample();
	size_t len;
	uint8_t *file = pack(&b, &words, &len);

	file[at[_i]] ^= 2;
	ck_assert_int_ne(unpack(&words, file, len), 0);
	free(file);
}
END_TEST

START_TEST(fields_are_read_strictly)
{
	ck_assert_int_eq(
		unpack_fields((const uint8_t *)odd[_i].bytes, odd[_i].len),
		odd[_i].result);
}
END_TEST

START_TEST(texts_are_bounded)
{
	uint8_t fields[300];
	size_t n = sizeof(F_CNTR F_PERM) - 1;

	memcpy(fields, F_CNTR F_PERM, n);
	memcpy(fields + n, "UUID", 4);
	put32(fields + n + 4, VTPMDB_KEY_MAX - 1);
	memset(fields + n + 8, 'a', VTPMDB_KEY_MAX);
	ck_assert_int_eq(unpack_fields(fields, n + 8 + VTPMDB_KEY_MAX - 1), 0);
	put32(fields + n + 4, VTPMDB_KEY_MAX);
	ck_assert_int_eq(unpack_fields(fields, n + 8 + VTPMDB_KEY_MAX),
			 -EBADMSG);
}
END_TEST

START_TEST(nameless_or_empty_is_not_packed)
{
	struct bundle b = sample();
	uint8_t *file;
	size_t len;

	b.uuid[0] = b.name[0] = '\0';
	ck_assert_int_eq(bundle_pack(&b, &key, &file, &len), -EINVAL);
	b = sample();
	b.permanent = NULL;
	ck_assert_int_eq(bundle_pack(&b, &key, &file, &len), -EINVAL);
	b = sample();
	b.saved_len = BUNDLE_MAX;
	ck_assert_int_eq(bundle_pack(&b, &key, &file, &len), -EFBIG);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("bundle");
	TCase *t = tcase_create("bundle");

	tcase_add_loop_test(t, comes_back, 0, 2);
	tcase_add_test(t, comes_back_with_less);
	tcase_add_test(t, hides_what_it_holds);
	tcase_add_test(t, no_two_are_alike);
	tcase_add_test(t, opens_with_its_secret_only);
	tcase_add_test(t, any_change_is_seen);
	tcase_add_loop_test(t, any_change_of_the_header_is_seen, 0, 8);
	tcase_add_test(t, any_cut_is_seen);
	tcase_add_test(t, a_later_format_is_told);
	tcase_add_loop_test(t, fields_are_read_strictly, 0,
			    (int)(sizeof(odd) / sizeof(odd[0])));
	tcase_add_test(t, texts_are_bounded);
	tcase_add_test(t, nameless_or_empty_is_not_packed);
	suite_add_tcase(s, t);
	return suite_run(s);
}
