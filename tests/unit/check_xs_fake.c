/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The xenstore in memory that other tests stand on: it does what xenstored
 * does, as far as the daemon can tell.  And xs_parse_u32.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"
#include "xs_fake.h"

static struct xs_fake_store *store;
static struct xs dom0, guest;

static void setup(void)
{
	store = xs_fake_new();
	dom0 = xs_fake_connect(store, 0);
	guest = xs_fake_connect(store, 7);
}

static void teardown(void)
{
	ck_assert_uint_eq(xs_fake_transactions(dom0), 0);
	xs_fake_free(store);
}

static int put(struct xs xs, const char *path, const char *value)
{
	return xs.ops->write(xs.ctx, XS_NO_TRANSACTION, path, value);
}

static int get(struct xs xs, const char *path, char value[64])
{
	return xs.ops->read(xs.ctx, XS_NO_TRANSACTION, path, value, 64);
}

static int take(struct xs xs, const char *path)
{
	return xs.ops->remove(xs.ctx, XS_NO_TRANSACTION, path);
}

#define ck_assert_node(xs, path, text)                      \
	do {                                                \
		char value_[64];                            \
		ck_assert_int_eq(get(xs, path, value_), 0); \
		ck_assert_str_eq(value_, text);             \
	} while (0)

/* The next fired watch as "PATH TOKEN", or its error. */
static const char *next(struct xs xs)
{
	static char text[256];
	char path[100], token[100];
	struct pollfd fd = { xs.ops->fd(xs.ctx), POLLIN, 0 };
	int ready = poll(&fd, 1, 0);
	int r = xs.ops->next_watch(xs.ctx, path, sizeof(path), token,
				   sizeof(token));

	ck_assert_int_eq(ready, r != -EAGAIN);
	if (r)
		snprintf(text, sizeof(text), "%d", r);
	else
		snprintf(text, sizeof(text), "%s %s", path, token);
	return text;
}

#define NO_MORE "-11"

START_TEST(what_is_written_is_read)
{
	char value[64];

	_Static_assert(EAGAIN == 11, "NO_MORE");
	ck_assert_int_eq(get(dom0, "/a/b", value), -ENOENT);
	ck_assert_int_eq(put(dom0, "/a/b", "text"), 0);
	ck_assert_node(dom0, "/a/b", "text");
	ck_assert_node(dom0, "/a", "");
	ck_assert_int_eq(put(dom0, "/a/b", ""), 0);
	ck_assert_node(dom0, "/a/b", "");
	ck_assert_int_eq(get(dom0, "/a/bc", value), -ENOENT);
	ck_assert_int_eq(get(dom0, "/a/b/c", value), -ENOENT);
}
END_TEST

START_TEST(values_that_are_no_text_are_refused)
{
	char value[64];

	ck_assert_int_eq(xs_fake_write_bytes(dom0, "/a", "4\0x", 3), 0);
	ck_assert_int_eq(get(dom0, "/a", value), -EINVAL);
	memset(value, 'x', sizeof(value));
	ck_assert_int_eq(xs_fake_write_bytes(dom0, "/a", value, 64), 0);
	ck_assert_int_eq(get(dom0, "/a", value), -EMSGSIZE);
	ck_assert_int_eq(xs_fake_write_bytes(dom0, "/a", value, 63), 0);
	ck_assert_int_eq(get(dom0, "/a", value), 0);
}
END_TEST

START_TEST(removing_takes_the_subtree)
{
	char value[64];

	put(dom0, "/a/b/c", "1");
	put(dom0, "/a/bb", "2");
	ck_assert_int_eq(take(dom0, "/a/b"), 0);
	ck_assert_int_eq(get(dom0, "/a/b/c", value), -ENOENT);
	ck_assert_node(dom0, "/a/bb", "2");
	ck_assert_int_eq(take(dom0, "/a/b"), -ENOENT);
}
END_TEST

static void join(void *arg, const char *name)
{
	char *text = arg;

	const size_t len = strlen(text);

	snprintf(text + len, 64 - len, "%s ", name);
}

START_TEST(list_names_the_children)
{
	char text[64] = "";

	put(dom0, "/a/2", "");
	put(dom0, "/a/1/x", "");
	ck_assert_int_eq(dom0.ops->list(dom0.ctx, "/a", join, text), 0);
	ck_assert_str_eq(text, "1 2 ");
	ck_assert_int_eq(dom0.ops->list(dom0.ctx, "/b", join, text), -ENOENT);
}
END_TEST

START_TEST(a_domain_needs_permission)
{
	char value[64];

	put(dom0, "/local/domain/7/device/state", "1");
	xs_fake_give(store, "/local/domain/7/device", 7, 0);
	xs_fake_give(store, "/secret", 0, 0);
	put(dom0, "/secret/x", "1");
	ck_assert_int_eq(get(guest, "/secret/x", value), -EACCES);
	ck_assert_int_eq(get(guest, "/secret/y", value), -EACCES);
	ck_assert_int_eq(put(guest, "/secret/x", "2"), -EACCES);
	ck_assert_int_eq(take(guest, "/secret/x"), -EACCES);
	ck_assert_int_eq(put(guest, "/local/domain/8", "2"), -EACCES);
	/* What is above its own it sees. */
	ck_assert_node(guest, "/local", "");
	/* The older node inside is still domain 0's. */
	ck_assert_int_eq(put(guest, "/local/domain/7/device/state", "2"),
			 -EACCES);
	ck_assert_int_eq(put(guest, "/local/domain/7/device/own", "2"), 0);
	ck_assert_int_eq(put(guest, "/local/domain/7/device/own", "3"), 0);
	ck_assert_node(dom0, "/local/domain/7/device/own", "3");
	ck_assert_int_eq(take(guest, "/local/domain/7/device"), 0);
}
END_TEST

START_TEST(a_watch_fires_at_once_and_for_changes)
{
	ck_assert_int_eq(dom0.ops->watch(dom0.ctx, "/a/b", "t"), 0);
	ck_assert_int_eq(dom0.ops->watch(dom0.ctx, "/a/b", "t"), -EEXIST);
	ck_assert_str_eq(next(dom0), "/a/b t");
	ck_assert_str_eq(next(dom0), NO_MORE);
	put(guest, "/a/b/c", "denied");
	put(dom0, "/a/bb", "beside");
	put(dom0, "/a", "above");
	ck_assert_str_eq(next(dom0), NO_MORE);
	put(dom0, "/a/b/c", "below");
	put(dom0, "/a/b/c", "below");
	ck_assert_str_eq(next(dom0), "/a/b/c t");
	ck_assert_str_eq(next(dom0), "/a/b/c t");
	take(dom0, "/a/b/c");
	ck_assert_str_eq(next(dom0), "/a/b/c t");
	take(dom0, "/a");
	ck_assert_str_eq(next(dom0), "/a/b t");
	ck_assert_str_eq(next(dom0), NO_MORE);
}
END_TEST

START_TEST(unwatch_takes_back_what_was_not_fetched)
{
	dom0.ops->watch(dom0.ctx, "/a", "one");
	dom0.ops->watch(dom0.ctx, "/a", "two");
	put(dom0, "/a/b", "1");
	ck_assert_uint_eq(xs_fake_watches(dom0), 2);
	ck_assert_int_eq(dom0.ops->unwatch(dom0.ctx, "/a", "one"), 0);
	ck_assert_int_eq(dom0.ops->unwatch(dom0.ctx, "/a", "one"), -ENOENT);
	ck_assert_uint_eq(xs_fake_watches(dom0), 1);
	ck_assert_str_eq(next(dom0), "/a two");
	ck_assert_str_eq(next(dom0), "/a/b two");
	ck_assert_str_eq(next(dom0), NO_MORE);
}
END_TEST

START_TEST(a_domain_does_not_hear_of_what_it_may_not_read)
{
	xs_fake_give(store, "/secret", 0, 0);
	guest.ops->watch(guest.ctx, "/secret", "t");
	ck_assert_str_eq(next(guest), "/secret t");
	put(dom0, "/secret/x", "1");
	ck_assert_str_eq(next(guest), NO_MORE);
	xs_fake_give(store, "/secret/x", 0, 7);
	put(dom0, "/secret/x", "2");
	ck_assert_str_eq(next(guest), "/secret/x t");
}
END_TEST

START_TEST(special_watches_fire_when_told)
{
	dom0.ops->watch(dom0.ctx, "@releaseDomain", "t");
	ck_assert_str_eq(next(dom0), "@releaseDomain t");
	xs_fake_fire(store, "@releaseDomain");
	ck_assert_str_eq(next(dom0), "@releaseDomain t");
}
END_TEST

START_TEST(a_transaction_is_all_or_nothing)
{
	char value[64];
	uint32_t t;

	put(dom0, "/a", "1");
	guest.ops->watch(guest.ctx, "/b", "t");
	next(guest);
	ck_assert_int_eq(dom0.ops->start(dom0.ctx, &t), 0);
	ck_assert_int_eq(dom0.ops->write(dom0.ctx, t, "/b/c", "2"), 0);
	ck_assert_int_eq(dom0.ops->remove(dom0.ctx, t, "/a"), 0);
	ck_assert_int_eq(dom0.ops->read(dom0.ctx, t, "/b/c", value, 64), 0);
	ck_assert_int_eq(dom0.ops->read(dom0.ctx, t, "/a", value, 64), -ENOENT);
	ck_assert_node(dom0, "/a", "1");
	ck_assert_int_eq(get(dom0, "/b/c", value), -ENOENT);
	ck_assert_str_eq(next(guest), NO_MORE);
	ck_assert_int_eq(dom0.ops->end(dom0.ctx, t, _i), 0);
	ck_assert_int_eq(get(dom0, "/a", value), _i ? 0 : -ENOENT);
	ck_assert_int_eq(get(dom0, "/b/c", value), _i ? -ENOENT : 0);
	ck_assert_str_eq(next(guest), _i ? NO_MORE : "/b/c t");
	ck_assert_int_eq(dom0.ops->end(dom0.ctx, t, false), -ENOENT);
	ck_assert_int_eq(dom0.ops->write(dom0.ctx, t, "/b", "2"), -EINVAL);
}
END_TEST

START_TEST(a_transaction_notices_what_others_changed)
{
	char value[64];
	uint32_t t;

	put(dom0, "/a", "1");
	put(dom0, "/z", "1");
	dom0.ops->start(dom0.ctx, &t);
	dom0.ops->read(dom0.ctx, t, "/a", value, 64);
	dom0.ops->read(dom0.ctx, t, "/missing", value, 64);
	dom0.ops->write(dom0.ctx, t, "/b", "2");
	switch (_i) {
	case 0: /* what it did not look at */
		put(dom0, "/z", "2");
		break;
	case 1: /* what it read */
		put(dom0, "/a", "1");
		break;
	case 2: /* what it saw was not there */
		put(dom0, "/missing", "2");
		break;
	case 3: /* what it wrote */
		put(dom0, "/b", "3");
		break;
	default:
		take(dom0, "/a");
	}
	ck_assert_int_eq(dom0.ops->end(dom0.ctx, t, false), _i ? -EAGAIN : 0);
	ck_assert_int_eq(get(dom0, "/b", value),
			 _i == 0 || _i == 3 ? 0 : -ENOENT);
}
END_TEST

static void change_a(void *arg)
{
	put(dom0, "/a", arg);
}

START_TEST(a_hook_may_interfere_before_the_end)
{
	char value[64], now[] = "now";
	uint32_t t;

	xs_fake_before_end(dom0, change_a, now);
	dom0.ops->start(dom0.ctx, &t);
	dom0.ops->read(dom0.ctx, t, "/a", value, 64);
	ck_assert_int_eq(dom0.ops->end(dom0.ctx, t, false), -EAGAIN);
	ck_assert_node(dom0, "/a", "now");
}
END_TEST

START_TEST(calls_fail_when_told)
{
	char value[64];
	uint32_t t;

	put(dom0, "/a", "1");
	xs_fake_fail(dom0, XS_FAKE_READ, 2, 2, -EIO);
	ck_assert_int_eq(get(dom0, "/a", value), 0);
	ck_assert_int_eq(get(dom0, "/a", value), -EIO);
	ck_assert_int_eq(get(dom0, "/a", value), -EIO);
	ck_assert_int_eq(get(dom0, "/a", value), 0);
	ck_assert_uint_eq(xs_fake_calls(dom0, XS_FAKE_READ), 4);
	xs_fake_fail(dom0, XS_FAKE_END, 1, 1, -EAGAIN);
	dom0.ops->start(dom0.ctx, &t);
	dom0.ops->write(dom0.ctx, t, "/b", "1");
	ck_assert_int_eq(dom0.ops->end(dom0.ctx, t, false), -EAGAIN);
	ck_assert_int_eq(get(dom0, "/b", value), -ENOENT);
	xs_fake_lose(dom0);
	ck_assert_int_eq(get(dom0, "/a", value), -EPIPE);
	ck_assert_int_eq(strtol(next(dom0), NULL, 10), -EPIPE);
}
END_TEST

START_TEST(a_dump_shows_everything_in_order)
{
	char *text;

	put(dom0, "/b", "2");
	put(dom0, "/a/y", "1");
	put(dom0, "/a/x", "");
	text = xs_fake_dump(store);
	ck_assert_str_eq(text, "/a = \n/a/x = \n/a/y = 1\n/b = 2\n");
	free(text);
}
END_TEST

/* ---- Numbers in nodes ---- */

static const struct {
	const char *text;
	uint32_t max;
	int64_t number; /* -1: refused */
} numbers[] = {
	{ "0", 0, 0 },
	{ "7", 7, 7 },
	{ "8", 7, -1 },
	{ "4294967295", UINT32_MAX, UINT32_MAX },
	{ "4294967296", UINT32_MAX, -1 },
	{ "99999999999999999999999999", UINT32_MAX, -1 },
	{ "18446744073709551617", UINT32_MAX, -1 }, /* 2^64 + 1 */
	{ "", 9, -1 },
	{ "00", 9, -1 },
	{ "01", 9, -1 },
	{ "+1", 9, -1 },
	{ "-1", 9, -1 },
	{ " 1", 9, -1 },
	{ "1 ", 9, -1 },
	{ "1\n", 9, -1 },
	{ "0x1", 9, -1 },
	{ "1a", 9, -1 },
	{ "\xef\xbc\x91", 9, -1 }, /* a full-width 1 */
};

START_TEST(numbers_are_whole_and_decimal)
{
	uint32_t n = 99;
	int r = xs_parse_u32(numbers[_i].text, numbers[_i].max, &n);

	ck_assert_int_eq(r, numbers[_i].number < 0 ? -EINVAL : 0);
	ck_assert_int_eq(n, numbers[_i].number < 0 ? 99 : numbers[_i].number);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("xs_fake");
	TCase *t = tcase_create("store");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_is_written_is_read);
	tcase_add_test(t, values_that_are_no_text_are_refused);
	tcase_add_test(t, removing_takes_the_subtree);
	tcase_add_test(t, list_names_the_children);
	tcase_add_test(t, a_domain_needs_permission);
	tcase_add_test(t, a_watch_fires_at_once_and_for_changes);
	tcase_add_test(t, unwatch_takes_back_what_was_not_fetched);
	tcase_add_test(t, a_domain_does_not_hear_of_what_it_may_not_read);
	tcase_add_test(t, special_watches_fire_when_told);
	tcase_add_loop_test(t, a_transaction_is_all_or_nothing, 0, 2);
	tcase_add_loop_test(t, a_transaction_notices_what_others_changed, 0, 5);
	tcase_add_test(t, a_hook_may_interfere_before_the_end);
	tcase_add_test(t, calls_fail_when_told);
	tcase_add_test(t, a_dump_shows_everything_in_order);
	suite_add_tcase(s, t);
	t = tcase_create("numbers");
	tcase_add_loop_test(t, numbers_are_whole_and_decimal, 0,
			    (int)(sizeof(numbers) / sizeof(numbers[0])));
	suite_add_tcase(s, t);
	return suite_run(s);
}
