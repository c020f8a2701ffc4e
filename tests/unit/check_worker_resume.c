/* SPDX-License-Identifier: BSD-2-Clause */
/* A worker whose guest was saved: what it goes on with, once and no more. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine_fake.h"
#include "faults.h"
#include "store_saved.h"
#include "suite.h"
#include "vring.h"
#include "worker_rig.h"

static const uint8_t machine[STORE_GUEST_SIZE] = "the machine's id";

/*
 * The vTPM was saved with the state "Vfor now", in an earlier domain; its live
 * file is a new one.
 */
static void save_it(void)
{
	static const uint8_t state[] = "Vfor now";
	uint8_t *permanent = NULL;
	struct store *store;
	size_t len;
	int fd;

	start();
	stop();
	ck_assert_int_eq(ftruncate(w.live_fd, 0), 0);
	fd = openat(w.top, "1", O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(store_open(&store, fd, w.key, 1), 0);
	ck_assert_int_eq(store_load(store, &permanent, &len), 0);
	free(permanent);
	ck_assert_int_eq(
		store_saved_save(store, machine, state, sizeof(state) - 1), 0);
	store_close(store);
	close(fd);
	memcpy(w.start.guest, machine, sizeof(machine));
}

/* adopt: the source of a migration that failed. */
START_TEST(a_restored_guest_finds_what_was_saved)
{
	save_it();
	w.start.adopt = (uint32_t)_i;
	start();
	ck_assert(exists("1/saved"));
	connect_ring();
	ck_assert(!exists("1/saved"));
	ck_assert_str_eq(ask("s"), "new/for now");
	ck_assert_uint_eq(engine_fake_control()->powers, 1);
	ask("vother");
	stop();
	/* From here on it is as in any domain that lives. */
	w.start.adopt = 1;
	start_connected();
	ck_assert_str_eq(ask("s"), "new/other");
	ck_assert_uint_eq(engine_fake_control()->powers, 1);
	stop();
	ck_assert_uint_eq(w.complaints, 0);
}
END_TEST

/* Its domain lives: what was saved is of the past, and must not come back. */
START_TEST(a_running_domains_state_comes_first)
{
	save_it();
	start();
	stop();
	ck_assert(exists("1/saved"));
	start_connected();
	ck_assert(!exists("1/saved"));
	ck_assert_str_eq(ask("s"), "new/for now");
	ask("vlater");
	stop();
	save_it();
	w.start.adopt = 1;
	start_connected();
	ck_assert(!exists("1/saved"));
}
END_TEST

START_TEST(another_guest_does_not_find_it)
{
	save_it();
	w.start.guest[15] ^= 1;
	start();
	ck_assert(exists("1/saved"));
	connect_ring();
	ck_assert(!exists("1/saved"));
	ck_assert_str_eq(ask("s"), "new/");
	stop();
	ck_assert_uint_eq(w.complaints, 1);
}
END_TEST

/* Neither fresh registers nor any others: the administrator decides. */
START_TEST(what_was_saved_and_is_not_right_is_refused)
{
	static const char *const reasons[] = { "is damaged",
					       "not of the same moment",
					       "later version",
					       "cannot be used", "damaged" };
	int fd;

	save_it();
	fd = openat(w.top, "1/saved", O_RDWR);
	switch (_i) {
	case 0:
		ck_assert_int_eq(ftruncate(fd, 50), 0);
		break;
	case 1:
		unlinkat(w.top, "1/permanent", 0);
		close(openat(w.top, "1/new", O_WRONLY | O_CREAT, 0600));
		break;
	case 2:
		ck_assert_int_eq(pwrite(fd, "\377", 1, 8), 1);
		break;
	case 3:
		ck_assert_int_eq(ftruncate(fd, 64 * 1024 * 1024), 0);
		break;
	default:
		engine_fake_control()->volatile_load_error = -EBADMSG;
	}
	close(fd);
	launch();
	send_start();
	check_failed(true);
	ck_assert_msg(strstr(w.failed, reasons[_i]) != NULL, "%s", w.failed);
	ck_assert_uint_eq(engine_fake_control()->powers, 1);
	ck_assert(exists("1/saved"));
	unlinkat(w.top, "1/saved", 0);
}
END_TEST

/* It would be used twice. */
START_TEST(what_cannot_be_removed_is_not_used)
{
	save_it();
	start();
	faults_arm(FAULTS_UNLINKAT, 1, EROFS);
	send_connect(VRING_V2, REF, PORT);
	check_failed(true);
	ck_assert(faults_disarm());
	ck_assert_ptr_nonnull(strstr(w.failed, "\"saved\" cannot be removed"));
	unlinkat(w.top, "1/saved", 0);
}
END_TEST

/* What it stores would part the two files. */
START_TEST(nothing_is_stored_while_it_waits)
{
	int fds[2], i;

	save_it();
	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], "x", 1), 1);
	engine_fake_control()->background_fd = fds[0];
	start();
	usleep(50000);
	ck_assert_uint_eq(engine_fake_control()->backgrounds, 0);
	connect_ring();
	ck_assert_str_eq(ask("s"), "new/for now");
	for (i = 0; i < 1000 && !engine_fake_control()->backgrounds; i++)
		usleep(5000);
	ck_assert_uint_eq(engine_fake_control()->backgrounds, 1);
	stop();
	close(fds[0]);
	close(fds[1]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("worker of a saved guest");
	TCase *t = tcase_create("resume");

	tcase_add_checked_fixture(t, rig_setup, rig_teardown);
	tcase_add_loop_test(t, a_restored_guest_finds_what_was_saved, 0, 2);
	tcase_add_test(t, a_running_domains_state_comes_first);
	tcase_add_test(t, another_guest_does_not_find_it);
	tcase_add_loop_test(t, what_was_saved_and_is_not_right_is_refused, 0,
			    5);
	tcase_add_test(t, what_cannot_be_removed_is_not_used);
	tcase_add_test(t, nothing_is_stored_while_it_waits);
	suite_add_tcase(s, t);
	return suite_run(s);
}
