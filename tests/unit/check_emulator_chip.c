/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-emulator's TPM: its state in a directory, its power, its presence. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "emulator_rig.h"
#include "suite.h"

static struct rig *r;
static char path[128];
static struct chip_setup state;

static void setup(void)
{
	r = rig_new();
	state = rig_setup(r, path, "tpm");
}

static void teardown(void)
{
	rig_free(r);
}

static struct chip *open_chip(void)
{
	struct chip *chip = NULL;

	ck_assert_int_eq(chip_open(&chip, &state), 0);
	return chip;
}

static int open_fails(void)
{
	struct chip *chip = NULL;
	const int error = chip_open(&chip, &state);

	ck_assert_ptr_null(chip);
	ck_assert_int_ne(error, 0);
	return error;
}

static struct chip *started(void)
{
	struct chip *chip = open_chip();

	ck_assert_uint_eq(chip_power_on(chip, true), 0);
	ck_assert_uint_eq(chip_start(chip, CHIP_STARTUP_CLEAR), 0);
	return chip;
}

/* A TPM that is known again: it has seen a launch. */
static void make_marked(void)
{
	struct chip *chip = started();

	ck_assert_uint_eq(chip_hash_start(chip), 0);
	chip_close(chip);
}

static bool is_marked(struct chip *chip)
{
	ck_assert_uint_eq(chip_power_on(chip, true), 0);
	return chip_established(chip);
}

static const char *file(const char *name)
{
	static char full[256];

	snprintf(full, sizeof(full), "%s/%s", path, name);
	return full;
}

static void flip(const char *name, off_t at)
{
	const int fd = open(file(name), O_RDWR);
	uint8_t b;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq((int)pread(fd, &b, 1, at), 1);
	b ^= 0x10;
	ck_assert_int_eq((int)pwrite(fd, &b, 1, at), 1);
	close(fd);
}

static off_t size_of(const char *name)
{
	struct stat st;

	return stat(file(name), &st) ? -1 : st.st_size;
}

/* ---- State ---- */

START_TEST(a_new_directory_gets_a_new_tpm)
{
	struct chip *chip = open_chip();
	struct stat st;

	ck_assert(chip_is_sealed(chip));
	ck_assert(!chip_is_on(chip));
	ck_assert(!is_marked(chip));
	chip_close(chip);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	ck_assert_int_eq(stat(file("key"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(st.st_size, 32);
	ck_assert_int_gt(size_of("permanent"), 0);
	ck_assert_int_eq(size_of("new"), -1);
}
END_TEST

START_TEST(an_empty_directory_that_is_there_will_do)
{
	ck_assert_int_eq(mkdir(path, 0755), 0);
	chip_close(open_chip());
}
END_TEST

START_TEST(the_state_is_there_again)
{
	struct chip *chip;

	make_marked();
	chip = open_chip();
	ck_assert(is_marked(chip));
	chip_close(chip);
}
END_TEST

/* Before the answer: the process may be killed right behind it. */
START_TEST(what_was_answered_was_stored)
{
	struct chip *chip = started();
	uint8_t before[4096], after[4096];
	int fd = open(file("permanent"), O_RDONLY);
	ssize_t n;

	ck_assert_int_gt((int)read(fd, before, sizeof(before)), 0);
	close(fd);
	ck_assert_uint_eq(chip_hash_start(chip), 0);
	fd = open(file("permanent"), O_RDONLY);
	n = read(fd, after, sizeof(after));
	close(fd);
	ck_assert_int_gt((int)n, 0);
	ck_assert(memcmp(before, after, (size_t)n) != 0);
	chip_close(chip);
}
END_TEST

START_TEST(in_memory_each_is_new)
{
	struct stat st;

	state = rig_setup(r, NULL, NULL);
	make_marked();
	for (int i = 0; i < 2; i++) {
		struct chip *chip = open_chip();

		ck_assert(!chip_is_sealed(chip));
		ck_assert(!is_marked(chip));
		chip_close(chip);
	}
	ck_assert_int_eq(stat(path, &st), -1);
}
END_TEST

START_TEST(a_damaged_state_is_never_a_new_tpm)
{
	off_t size;

	make_marked();
	size = size_of("permanent");
	for (off_t at = 0; at < size; at += 11) {
		flip("permanent", at);
		/* The version's byte says that it is newer. */
		ck_assert_int_eq(open_fails(),
				 at >= 8 && at < 12 ? -ENOTSUP : -EBADMSG);
		flip("permanent", at);
	}
	ck_assert_int_eq(truncate(file("permanent"), size - 1), 0);
	ck_assert_int_eq(open_fails(), -EBADMSG);
	ck_assert_int_eq(size_of("permanent"), size - 1);
}
END_TEST

START_TEST(a_lost_state_is_never_a_new_tpm)
{
	make_marked();
	ck_assert_int_eq(unlink(file("permanent")), 0);
	ck_assert_int_eq(open_fails(), -ENODATA);
	ck_assert_int_eq(size_of("permanent"), -1);
}
END_TEST

START_TEST(a_lost_key_is_never_a_new_one)
{
	make_marked();
	ck_assert_int_eq(unlink(file("key")), 0);
	ck_assert_int_eq(open_fails(), -ENODATA);
	ck_assert_int_eq(size_of("key"), -1);
}
END_TEST

/* Where power failed between the key and the first state. */
START_TEST(an_unborn_tpm_may_be_born_later)
{
	make_marked();
	ck_assert_int_eq(unlink(file("permanent")), 0);
	close(open(file("new"), O_WRONLY | O_CREAT, 0600));
	chip_close(open_chip());
	ck_assert_int_gt(size_of("permanent"), 0);
}
END_TEST

START_TEST(the_key_is_its_owners_alone_and_whole)
{
	make_marked();
	flip("key", 7);
	ck_assert_int_eq(open_fails(), -EBADMSG);
	flip("key", 7);
	ck_assert_int_eq(chmod(file("key"), 0640), 0);
	ck_assert_int_eq(open_fails(), -EPERM);
	ck_assert_int_eq(chmod(file("key"), 0600), 0);
	ck_assert_int_eq(truncate(file("key"), 31), 0);
	ck_assert_int_eq(open_fails(), -EBADMSG);
}
END_TEST

START_TEST(a_directory_that_others_can_write_will_not_do)
{
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(chmod(path, 0770), 0);
	ck_assert_int_eq(open_fails(), -EPERM);
	ck_assert_int_eq(chmod(path, 0700), 0);
	chip_close(open_chip());
}
END_TEST

START_TEST(what_is_no_directory_will_not_do)
{
	close(open(path, O_WRONLY | O_CREAT, 0600));
	ck_assert_int_eq(open_fails(), -ENOTDIR);
	state.state_dir = "/nonexistent/tpm";
	ck_assert_int_eq(open_fails(), -ENOENT);
}
END_TEST

START_TEST(two_do_not_serve_one_state)
{
	struct chip *chip = open_chip();

	ck_assert_int_eq(open_fails(), -EBUSY);
	chip_close(chip);
	chip_close(open_chip());
}
END_TEST

/* ---- The volatile state ---- */

static void store_volatile(void)
{
	struct chip *chip = started();

	ck_assert_uint_eq(do_extend(chip, 7, 1), 0);
	ck_assert_uint_eq(chip_store_volatile(chip), 0);
	chip_close(chip);
}

START_TEST(it_outlives_the_process_once)
{
	static const uint8_t zeros[20];
	struct chip *chip;

	store_volatile();
	chip = started();
	ck_assert(pcr_is(chip, 7, extended_01));
	chip_close(chip);
	chip = started();
	ck_assert(pcr_is(chip, 7, zeros));
	chip_close(chip);
}
END_TEST

START_TEST(it_outlives_as_often_as_it_is_kept)
{
	store_volatile();
	for (int i = 0; i < 3; i++) {
		struct chip *chip = open_chip();

		ck_assert_uint_eq(chip_power_on(chip, false), 0);
		ck_assert(pcr_is(chip, 7, extended_01));
		chip_close(chip);
	}
}
END_TEST

START_TEST(the_newest_is_kept)
{
	uint8_t stored[20];
	struct chip *chip;

	store_volatile();
	chip = started();
	ck_assert(pcr_is(chip, 7, extended_01));
	ck_assert_uint_eq(do_extend(chip, 7, 2), 0);
	ck_assert_uint_eq(chip_store_volatile(chip), 0);
	ck_assert_uint_eq(do_pcr_read(chip, 7, stored), 0);
	ck_assert_uint_eq(do_extend(chip, 7, 3), 0);
	chip_close(chip);
	chip = started();
	ck_assert(pcr_is(chip, 7, stored));
	chip_close(chip);
}
END_TEST

START_TEST(a_damaged_one_is_no_power_cycle)
{
	store_volatile();
	flip("volatile", 300);
	ck_assert_int_eq(open_fails(), -EBADMSG);
	ck_assert_int_eq(unlink(file("volatile")), 0);
	chip_close(started());
}
END_TEST

/* ---- Presence, and no power ---- */

static uint32_t presence(struct chip *chip, uint8_t high, uint8_t low)
{
	const uint8_t req[] = { 0x00, 0xc1, 0, 0,    0,	   12,
				0x40, 0,    0, 0x0a, high, low };
	uint8_t rsp[CHIP_PACKET_MAX];

	ck_assert_uint_eq(chip_execute(chip, req, sizeof(req), rsp), 10);
	return get32(rsp + 6);
}

/* TSC_PhysicalPresence: CMD_ENABLE, PRESENT. */
START_TEST(presence_by_command_is_an_option)
{
	struct chip *chip;

	state.presence_by_command = _i;
	chip = started();
	ck_assert_uint_eq(presence(chip, 0x00, 0x20), _i ? 0 : 3);
	ck_assert_uint_eq(presence(chip, 0x00, 0x08), _i ? 0 : 3);
	chip_close(chip);
}
END_TEST

START_TEST(without_the_option_it_is_not_even_where_it_was)
{
	struct chip *chip;

	state.presence_by_command = true;
	chip = started();
	ck_assert_uint_eq(presence(chip, 0x00, 0x20), 0);
	chip_close(chip);
	state.presence_by_command = false;
	chip = started();
	ck_assert_uint_eq(presence(chip, 0x00, 0x08), 3);
	chip_close(chip);
}
END_TEST

START_TEST(switched_off_it_answers_fail)
{
	uint8_t value[20];
	struct chip *chip = open_chip();

	ck_assert_uint_eq(do_pcr_read(chip, 0, value), 9);
	ck_assert_uint_eq(chip_power_on(chip, true), 0);
	chip_power_off(chip);
	ck_assert_uint_eq(do_pcr_read(chip, 0, value), 9);
	chip_close(chip);
}
END_TEST

START_TEST(startup_has_three_types)
{
	struct chip *chip = open_chip();
	uint8_t value[20];

	ck_assert_uint_eq(chip_power_on(chip, true), 0);
	/* Nothing was saved. */
	ck_assert_uint_ne(chip_start(chip, CHIP_STARTUP_STATE), 0);
	ck_assert_uint_eq(chip_power_on(chip, true), 0);
	ck_assert_uint_eq(chip_start(chip, CHIP_STARTUP_DEACTIVATED), 0);
	ck_assert_uint_eq(chip_power_on(chip, true), 0);
	ck_assert_uint_eq(do_pcr_read(chip, 0, value), 0x26);
	ck_assert_uint_eq(chip_start(chip, CHIP_STARTUP_CLEAR), 0);
	ck_assert_uint_eq(do_pcr_read(chip, 0, value), 0);
	chip_close(chip);
}
END_TEST

static TCase *in_a_directory(void)
{
	TCase *t = tcase_create("state");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_new_directory_gets_a_new_tpm);
	tcase_add_test(t, an_empty_directory_that_is_there_will_do);
	tcase_add_test(t, the_state_is_there_again);
	tcase_add_test(t, what_was_answered_was_stored);
	tcase_add_test(t, in_memory_each_is_new);
	tcase_add_test(t, a_damaged_state_is_never_a_new_tpm);
	tcase_add_test(t, a_lost_state_is_never_a_new_tpm);
	tcase_add_test(t, a_lost_key_is_never_a_new_one);
	tcase_add_test(t, an_unborn_tpm_may_be_born_later);
	tcase_add_test(t, the_key_is_its_owners_alone_and_whole);
	tcase_add_test(t, a_directory_that_others_can_write_will_not_do);
	tcase_add_test(t, what_is_no_directory_will_not_do);
	tcase_add_test(t, two_do_not_serve_one_state);
	return t;
}

int main(void)
{
	Suite *s = suite_create("emulator chip");
	TCase *t = tcase_create("power");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, it_outlives_the_process_once);
	tcase_add_test(t, it_outlives_as_often_as_it_is_kept);
	tcase_add_test(t, the_newest_is_kept);
	tcase_add_test(t, a_damaged_one_is_no_power_cycle);
	tcase_add_loop_test(t, presence_by_command_is_an_option, 0, 2);
	tcase_add_test(t, without_the_option_it_is_not_even_where_it_was);
	tcase_add_test(t, switched_off_it_answers_fail);
	tcase_add_test(t, startup_has_three_types);
	suite_add_tcase(s, in_a_directory());
	suite_add_tcase(s, t);
	return suite_run(s);
}
