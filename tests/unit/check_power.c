/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of a vTPM's volatile state when a domain lets it go: every row
 * of power.h's table, with what was saved before and without; and which of two
 * domains has a vTPM, for every pair.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults.h"
#include "live.h"
#include "log.h"
#include "power.h"
#include "store_saved.h"
#include "suite.h"
#include "tree.h"

#define DOMAINS 10

static char dir[] = "/tmp/check_power.XXXXXX";
static int top;
static struct statedir dirs;
static struct domain_info infos[DOMAINS];
static unsigned int errors, warnings;

static void look(void *ctx, uint32_t domid, struct domain_info *info)
{
	(void)ctx;
	*info = infos[domid];
}

static const struct domains_ops ops = { .look = look };
static const struct domains domains = { &ops, NULL };

static void count(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)line;
	errors += level == LOG_LEVEL_ERROR;
	warnings += level == LOG_LEVEL_WARNING;
}

/* ---- Helpers ---- */

static bool exists(const char *name)
{
	return faccessat(top, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void is(uint32_t domid, enum domain_state state, bool ran)
{
	infos[domid].state = state;
	infos[domid].ran = ran;
}

struct opened {
	int dir_fd;
	struct store *store;
};

static struct opened open_store(void)
{
	uint8_t key[CHANNEL_KEY_SIZE];
	struct opened o;

	o.dir_fd = statedir_open_instance(&dirs, 1);
	ck_assert_int_eq(statedir_key(&dirs, 1, key), 0);
	ck_assert_int_eq(store_open(&o.store, o.dir_fd, key, 1), 0);
	return o;
}

static void close_store(struct opened *o)
{
	store_close(o->store);
	close(o->dir_fd);
}

static void load_permanent(struct opened *o)
{
	uint8_t *state = NULL;
	size_t len;

	ck_assert_int_eq(store_load(o->store, &state, &len), 0);
	free(state);
}

/* The vTPM in that domain has a state that says so. */
static void live_in(uint32_t domid)
{
	const int fd = statedir_open_live(&dirs, 1, domid);
	uint8_t key[CHANNEL_KEY_SIZE];
	struct live *file;
	char text[16];

	ck_assert_int_eq(statedir_key(&dirs, 1, key), 0);
	ck_assert_int_eq(live_open(&file, fd, key, 1, domid), 0);
	snprintf(text, sizeof(text), "domain %u", domid);
	memcpy(live_room(file), text, 9);
	ck_assert_int_eq(live_save(file, 9, 0), 0);
	live_close(file);
	close(fd);
}

/* The domain that was saved, by its state; 0: none was. */
static uint32_t saved(void)
{
	struct opened o = open_store();
	uint8_t guest[STORE_GUEST_SIZE];
	char text[16] = "";
	uint32_t domid = 0;
	size_t len;
	int r;

	load_permanent(&o);
	r = store_saved_load(o.store, guest, (uint8_t *)text, sizeof(text),
			     &len);
	close_store(&o);
	if (r == -ENOENT)
		return 0;
	ck_assert_int_eq(r, 0);
	ck_assert_mem_eq(text, "domain ", 7);
	domid = (uint32_t)(text[7] - '0');
	ck_assert_uint_eq(guest[0], domid);
	return domid;
}

static void save_as(uint32_t domid)
{
	uint8_t guest[STORE_GUEST_SIZE] = { (uint8_t)domid };
	struct opened o = open_store();
	char text[16];

	snprintf(text, sizeof(text), "domain %u", domid);
	load_permanent(&o);
	ck_assert_int_eq(
		store_saved_save(o.store, guest, (const uint8_t *)text, 9), 0);
	close_store(&o);
}

static bool live(uint32_t domid)
{
	return statedir_has_live(&dirs, 1, domid);
}

static void setup(void)
{
	static char state[64], run[64];
	struct opened o;
	uint32_t i;

	snprintf(dir, sizeof(dir), "/tmp/check_power.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	top = open(dir, O_RDONLY | O_DIRECTORY);
	snprintf(state, sizeof(state), "%s/state", dir);
	snprintf(run, sizeof(run), "%s/run", dir);
	faults_arm(FAULTS_ANY, 0, 0);
	log_to_function(count, NULL);
	ck_assert_int_eq(statedir_open(&dirs, state, run, NULL), 0);
	ck_assert_int_eq(statedir_claim(&dirs, 1), 0);
	o = open_store();
	ck_assert_int_eq(store_save(o.store, (const uint8_t *)"P", 1), 0);
	close_store(&o);
	memset(infos, 0, sizeof(infos));
	for (i = 0; i < DOMAINS; i++)
		infos[i].uuid[0] = (uint8_t)i;
	errors = warnings = 0;
}

static void teardown(void)
{
	log_to_function(NULL, NULL);
	statedir_close(&dirs);
	close(top);
	tree_remove(dir);
}

/* ---- One domain ---- */

static const struct row {
	enum domain_state state;
	bool ran, marked;
	/* Which is there afterwards; saved_before: domain 5 was saved. */
	bool live;
	uint32_t saved, saved_before;
	/* The same once another domain takes it. */
	bool taken_live;
	uint32_t taken_saved_before;
} rows[] = {
	{ DOMAIN_SUSPENDED, true, false, false, 4, 4, false, 4 },
	{ DOMAIN_SUSPENDED, true, true, false, 4, 4, false, 4 },
	{ DOMAIN_RUNNING, true, false, true, 0, 0, false, 0 },
	/* Resumed: what was noted earlier is not so any more. */
	{ DOMAIN_RUNNING, true, true, true, 0, 0, false, 0 },
	{ DOMAIN_RUNNING, false, false, false, 0, 5, false, 5 },
	{ DOMAIN_SHUTDOWN, true, false, false, 0, 0, false, 0 },
	{ DOMAIN_SHUTDOWN, true, true, false, 0, 0, false, 0 },
	{ DOMAIN_GONE, false, false, false, 0, 0, false, 0 },
	{ DOMAIN_GONE, false, true, false, 4, 4, false, 4 },
};
#define ROWS (int)(sizeof(rows) / sizeof(rows[0]))

static void prepare(const struct row *row, bool saved_before)
{
	live_in(4);
	if (row->marked) {
		is(4, DOMAIN_SUSPENDED, true);
		power_note(&dirs, &domains, 1, 4);
	}
	is(4, row->state, row->ran);
	/* What is gone has no name. */
	if (row->state == DOMAIN_GONE)
		memset(infos[4].uuid, 0, sizeof(infos[4].uuid));
	if (saved_before)
		save_as(5);
}

START_TEST(each_end_has_its_outcome)
{
	const struct row *row = &rows[_i / 2];
	const bool before = _i % 2;

	prepare(row, before);
	ck_assert_int_eq(power_let_go(&dirs, &domains, 1, 4), 0);
	ck_assert_int_eq(live(4), row->live);
	ck_assert_uint_eq(saved(), before ? row->saved_before : row->saved);
	if (!row->live)
		ck_assert(!exists("run/suspended-1-4"));
	/* Asked again, nothing more happens. */
	ck_assert_int_eq(power_let_go(&dirs, &domains, 1, 4), 0);
	ck_assert_uint_eq(saved(), before ? row->saved_before : row->saved);
	ck_assert_uint_eq(errors + warnings, 0);
}
END_TEST

START_TEST(who_takes_it_settles_the_others)
{
	const struct row *row = &rows[_i];

	prepare(row, true);
	live_in(6);
	is(6, DOMAIN_RUNNING, false);
	ck_assert_int_eq(power_take(&dirs, &domains, 1, 6), 0);
	ck_assert(live(6));
	ck_assert_int_eq(live(4), row->taken_live);
	ck_assert_uint_eq(saved(), row->taken_saved_before);
}
END_TEST

/* Only what is gone, and only that is told which nobody saw. */
START_TEST(a_sweep_settles_what_is_gone)
{
	const struct row *row = &rows[_i];
	const bool gone = row->state == DOMAIN_GONE;

	prepare(row, true);
	power_sweep(&dirs, &domains, false);
	ck_assert_uint_eq(warnings, 0);
	ck_assert_int_eq(live(4), !gone);
	ck_assert_uint_eq(saved(), gone ? row->saved_before : 5);
	if (!gone)
		return;
	prepare(row, true);
	power_sweep(&dirs, &domains, true);
	ck_assert_uint_eq(warnings, row->marked ? 0 : 1);
	ck_assert_int_eq(live(4), false);
}
END_TEST

START_TEST(another_vtpms_state_is_not_touched)
{
	ck_assert_int_eq(statedir_claim(&dirs, 2), 0);
	close(statedir_open_live(&dirs, 2, 4));
	is(4, DOMAIN_SUSPENDED, true);
	ck_assert_int_eq(power_take(&dirs, &domains, 1, 6), 0);
	ck_assert(exists("run/live-2-4"));
	/* Never manufactured, it has nothing to save. */
	ck_assert_int_eq(power_let_go(&dirs, &domains, 2, 4), 0);
	ck_assert(!exists("run/live-2-4"));
	ck_assert(!exists("state/2/saved"));
	/* Nor has one that was never powered on. */
	close(statedir_open_live(&dirs, 1, 4));
	ck_assert_int_eq(power_let_go(&dirs, &domains, 1, 4), 0);
	ck_assert(!exists("state/1/saved"));
	ck_assert_uint_eq(errors, 0);
}
END_TEST

/* A daemon does not wait for a worker of the one before. */
START_TEST(a_vtpm_that_is_locked_is_for_later)
{
	int fd = statedir_open_instance(&dirs, 1);

	live_in(4);
	is(4, DOMAIN_SUSPENDED, true);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	ck_assert_int_eq(power_let_go(&dirs, &domains, 1, 4), -EAGAIN);
	ck_assert_int_eq(power_take(&dirs, &domains, 1, 6), -EAGAIN);
	ck_assert(live(4));
	close(fd);
	ck_assert_int_eq(power_let_go(&dirs, &domains, 1, 4), 0);
	ck_assert_uint_eq(saved(), 4);
	ck_assert_uint_eq(errors, 0);
}
END_TEST

/* Whatever step fails: the state is here or there, and never nowhere. */
START_TEST(a_state_that_cannot_be_saved_stays)
{
	static const int how[] = { EIO, ENOSPC, FAULTS_SHORT };
	unsigned int nth;
	int r;

	for (nth = 1;; nth++) {
		live_in(4);
		is(4, DOMAIN_SUSPENDED, true);
		faults_arm(FAULTS_ANY, nth, how[_i]);
		r = power_let_go(&dirs, &domains, 1, 4);
		if (!faults_disarm())
			break;
		ck_assert(live(4) || saved() == 4);
		if (r)
			ck_assert(live(4));
		ck_assert(!r || errors > 0);
		ck_assert_int_eq(power_let_go(&dirs, &domains, 1, 4), 0);
		ck_assert_uint_eq(saved(), 4);
	}
	ck_assert_int_eq(r, 0);
	ck_assert_uint_gt(nth, 15);
}
END_TEST

/* ... and nobody else is started meanwhile. */
START_TEST(nobody_takes_what_cannot_be_saved)
{
	live_in(4);
	is(4, DOMAIN_SUSPENDED, true);
	faults_arm(FAULTS_FSYNC, 1, EIO);
	ck_assert_int_eq(power_take(&dirs, &domains, 1, 6), -EIO);
	ck_assert(faults_disarm());
	ck_assert_uint_eq(errors, 1);
	ck_assert(live(4));
	ck_assert_int_eq(power_take(&dirs, &domains, 1, 6), 0);
	ck_assert_uint_eq(saved(), 4);
}
END_TEST

START_TEST(what_was_saved_and_cannot_be_removed_stops_all)
{
	live_in(4);
	save_as(5);
	is(4, DOMAIN_SHUTDOWN, true);
	faults_arm(FAULTS_UNLINKAT, 1, EROFS);
	ck_assert_int_eq(power_take(&dirs, &domains, 1, 6), -EROFS);
	ck_assert(faults_disarm());
	ck_assert_uint_eq(errors, 1);
	ck_assert(live(4));
	ck_assert_int_eq(power_take(&dirs, &domains, 1, 6), 0);
	ck_assert_uint_eq(saved(), 0);
}
END_TEST

/* ---- Two domains ---- */

static const struct domain_info standings[] = {
	{ .state = DOMAIN_RUNNING, .ran = false },
	{ .state = DOMAIN_RUNNING, .ran = true },
	{ .state = DOMAIN_SUSPENDED, .ran = true },
	{ .state = DOMAIN_SHUTDOWN, .ran = true },
	{ .state = DOMAIN_GONE },
};

/* Refuse, Take, Wait, wait Some time; the columns are the other's. */
static const char *const same_guest[] = {
	"SSTSS", "TRTSS", "WWWWW", "WWWWW", "WWWWW",
};
static const char *const another_guest[] = {
	"RRRSS", "RRRSS", "RRRSS", "RRRSS", "RRRSS",
};

START_TEST(each_pair_has_its_decision)
{
	static const char names[] = {
		[POWER_REFUSE] = 'R',
		[POWER_TAKE] = 'T',
		[POWER_WAIT] = 'W',
		[POWER_WAIT_SOME] = 'S',
	};
	struct domain_info mine = standings[_i / 5];
	struct domain_info theirs = standings[_i % 5];

	ck_assert_int_eq(names[power_claim(&mine, &theirs)],
			 same_guest[_i / 5][_i % 5]);
	theirs.uuid[15] = 1;
	ck_assert_int_eq(names[power_claim(&mine, &theirs)],
			 another_guest[_i / 5][_i % 5]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("power");
	TCase *t = tcase_create("power");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, each_end_has_its_outcome, 0, 2 * ROWS);
	tcase_add_loop_test(t, who_takes_it_settles_the_others, 0, ROWS);
	tcase_add_loop_test(t, a_sweep_settles_what_is_gone, 0, ROWS);
	tcase_add_test(t, another_vtpms_state_is_not_touched);
	tcase_add_test(t, a_vtpm_that_is_locked_is_for_later);
	tcase_add_loop_test(t, a_state_that_cannot_be_saved_stays, 0, 3);
	tcase_add_test(t, nobody_takes_what_cannot_be_saved);
	tcase_add_test(t, what_was_saved_and_cannot_be_removed_stops_all);
	tcase_add_loop_test(t, each_pair_has_its_decision, 0, 25);
	suite_add_tcase(s, t);
	return suite_run(s);
}
