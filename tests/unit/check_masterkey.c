/* SPDX-License-Identifier: BSD-2-Clause */
/* The key of all state: from a file, from a passphrase, and the wrong one. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults.h"
#include "log.h"
#include "masterkey.h"
#include "suite.h"

static char dir[64], secret[80];
static int top;
static uint8_t master[SEAL_KEY_SIZE];
static unsigned int errors; /* in the log */
static char last_line[LOG_LINE_MAX];

static const char *const files[] = { "key",	     "key.new",	     "key.salt",
				     "key.check",    "key.salt.new", "secret",
				     "key.check.new" };

static void count_line(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	if (level > LOG_LEVEL_ERROR)
		return;
	errors++;
	snprintf(last_line, sizeof(last_line), "%s", line);
}

static void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/check_masterkey.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	top = open(dir, O_RDONLY | O_DIRECTORY);
	snprintf(secret, sizeof(secret), "%s/secret", dir);
	faults_arm(FAULTS_ANY, 0, 0);
	errors = 0;
	log_to_function(count_line, NULL);
	umask(0);
}

static void remove_files(void)
{
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlinkat(top, files[i], 0);
}

static void teardown(void)
{
	remove_files();
	close(top);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void put_file(const char *name, const void *bytes, size_t len,
		     mode_t mode)
{
	int fd;

	unlinkat(top, name, 0);
	fd = openat(top, name, O_WRONLY | O_CREAT | O_TRUNC, mode);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, len), (int)len);
	close(fd);
}

static void put_secret(const char *text)
{
	put_file("secret", text, strlen(text), 0600);
}

static bool exists(const char *name)
{
	return !faccessat(top, name, F_OK, AT_SYMLINK_NOFOLLOW);
}

static int from_key_file(bool has_vtpms)
{
	const struct masterkey_source source = { .key_file = secret };

	return masterkey_get(top, dir, &source, has_vtpms, master);
}

static int from_passphrase(bool has_vtpms)
{
	const struct masterkey_source source = { .passphrase_file = secret };

	return masterkey_get(top, dir, &source, has_vtpms, master);
}

static int from_state(bool has_vtpms)
{
	const struct masterkey_source source = { NULL, NULL };

	return masterkey_get(top, dir, &source, has_vtpms, master);
}

static const char key_bytes[] = "0123456789abcdef0123456789ABCDEF";

START_TEST(a_key_file_is_the_key)
{
	put_secret(key_bytes);
	ck_assert_int_eq(from_key_file(false), 0);
	ck_assert_mem_eq(master, key_bytes, SEAL_KEY_SIZE);
	ck_assert(!exists("key"));
	ck_assert(exists("key.check"));
	ck_assert_int_eq(from_key_file(true), 0);
	ck_assert_uint_eq(errors, 0);
}
END_TEST

START_TEST(a_key_file_that_will_not_do_is_refused)
{
	static const uint8_t zeros[SEAL_KEY_SIZE];
	int want = -EBADMSG;

	switch (_i) {
	case 0:
		put_file("secret", key_bytes, 31, 0600);
		break;
	case 1:
		put_file("secret", key_bytes, 33, 0600);
		break;
	case 2:
		put_file("secret", key_bytes, 32, 0640);
		want = -EPERM;
		break;
	case 3:
		put_file("secret", key_bytes, 32, 0604);
		want = -EPERM;
		break;
	case 4:
		want = -ENOENT;
		break;
	default:
		if (geteuid() != 0)
			return;
		put_file("secret", key_bytes, 32, 0600);
		ck_assert_int_eq(fchownat(top, "secret", 1, 1, 0), 0);
		want = -EPERM;
	}
	memset(master, 1, sizeof(master));
	ck_assert_int_eq(from_key_file(false), want);
	ck_assert_uint_eq(errors, 1);
	ck_assert_ptr_nonnull(strstr(last_line, secret));
	ck_assert_mem_eq(master, zeros, sizeof(zeros));
	ck_assert(!exists("key.check"));
}
END_TEST

START_TEST(a_passphrase_makes_a_key)
{
	uint8_t first[SEAL_KEY_SIZE];

	put_secret("open sesame\n");
	ck_assert_int_eq(from_passphrase(false), 0);
	memcpy(first, master, sizeof(first));
	ck_assert(exists("key.salt") && exists("key.check") && !exists("key"));
	/* An end of line is an editor's. */
	put_secret("open sesame");
	ck_assert_int_eq(from_passphrase(true), 0);
	ck_assert_mem_eq(master, first, sizeof(first));
	ck_assert_uint_eq(errors, 0);
	/* Another host, or another beginning: another key. */
	remove_files();
	put_secret("open sesame");
	ck_assert_int_eq(from_passphrase(false), 0);
	ck_assert_mem_ne(master, first, sizeof(first));
}
END_TEST

START_TEST(the_salt_is_what_the_key_is_made_with)
{
	uint8_t salt[SEAL_KEY_SIZE] = "salt", key[SEAL_KEY_SIZE];

	put_file("key.salt", salt, sizeof(salt), 0600);
	put_secret("p");
	ck_assert_int_eq(from_passphrase(true), 0);
	ck_assert_int_eq(seal_passphrase((const uint8_t *)"p", 1, salt, key),
			 0);
	ck_assert_mem_eq(master, key, sizeof(key));
}
END_TEST

START_TEST(a_passphrase_that_will_not_do_is_refused)
{
	char longest[MASTERKEY_PASSPHRASE_MAX + 1];
	int want = -EBADMSG;

	memset(longest, 'x', sizeof(longest));
	switch (_i) {
	case 0:
		put_secret("");
		break;
	case 1:
		put_secret("\n");
		break;
	case 2:
		put_file("secret", longest, sizeof(longest), 0600);
		break;
	case 3:
		put_file("secret", "x", 1, 0644);
		want = -EPERM;
		break;
	default:
		want = -ENOENT;
	}
	ck_assert_int_eq(from_passphrase(false), want);
	ck_assert_uint_eq(errors, 1);
	ck_assert(!exists("key.salt"));
}
END_TEST

START_TEST(a_salt_that_will_not_do_is_refused)
{
	put_secret("x");
	if (_i == 0) {
		ck_assert_int_eq(from_passphrase(true), -ENODATA);
		ck_assert(!exists("key.salt"));
	} else {
		put_file("key.salt", key_bytes, _i == 1 ? 31 : 33, 0600);
		ck_assert_int_eq(from_passphrase(false),
				 _i == 1 ? -EBADMSG : -EFBIG);
	}
	ck_assert_uint_eq(errors, 1);
}
END_TEST

/* A fifo, as a password manager's command leaves it. */
START_TEST(a_passphrase_may_come_through_a_pipe)
{
	uint8_t first[SEAL_KEY_SIZE];
	int pipes[2], out;

	put_secret("open sesame");
	ck_assert_int_eq(from_passphrase(false), 0);
	memcpy(first, master, sizeof(first));
	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_eq(write(pipes[1], "open sesame\n", 12), 12);
	close(pipes[1]);
	out = pipes[0];
	snprintf(secret, sizeof(secret), "/proc/self/fd/%d", out);
	ck_assert_int_eq(from_passphrase(true), 0);
	ck_assert_mem_eq(master, first, sizeof(first));
	close(out);
}
END_TEST

/* One message, and nothing is sealed or opened with it. */
START_TEST(a_wrong_key_is_refused)
{
	switch (_i) {
	case 0:
		put_secret("open sesame");
		ck_assert_int_eq(from_passphrase(false), 0);
		put_secret("open barley");
		ck_assert_int_eq(from_passphrase(true), -EKEYREJECTED);
		ck_assert_ptr_nonnull(strstr(last_line, "passphrase"));
		break;
	case 1:
		put_secret(key_bytes);
		ck_assert_int_eq(from_key_file(false), 0);
		put_secret("0123456789abcdef0123456789ABCDEG");
		ck_assert_int_eq(from_key_file(true), -EKEYREJECTED);
		ck_assert_ptr_nonnull(strstr(last_line, secret));
		break;
	case 2:
		ck_assert_int_eq(from_state(false), 0);
		put_file("key", key_bytes, 32, 0600);
		ck_assert_int_eq(from_state(true), -EKEYREJECTED);
		ck_assert_ptr_nonnull(strstr(last_line, "/key "));
		break;
	default:
		/* From one kind to another. */
		ck_assert_int_eq(from_state(false), 0);
		put_secret(key_bytes);
		ck_assert_int_eq(from_key_file(true), -EKEYREJECTED);
	}
	ck_assert_uint_eq(errors, 1);
}
END_TEST

/* As long as nothing is sealed, who is to say which is right? */
START_TEST(before_the_first_vtpm_the_key_may_change)
{
	ck_assert_int_eq(from_state(false), 0);
	put_secret(key_bytes);
	ck_assert_int_eq(from_key_file(false), 0);
	ck_assert_int_eq(from_key_file(true), 0);
	ck_assert_int_eq(from_state(true), -EKEYREJECTED);
	ck_assert_uint_eq(errors, 1);
}
END_TEST

/* From before there was one, or lost: the key counts, and it is made again. */
START_TEST(a_check_that_is_missing_is_made)
{
	ck_assert_int_eq(from_state(false), 0);
	unlinkat(top, "key.check", 0);
	ck_assert_int_eq(from_state(true), 0);
	ck_assert(exists("key.check"));
	put_file("key.check", "nonsense", 8, 0600);
	ck_assert_int_eq(from_state(true), -EBADMSG);
	ck_assert_uint_eq(errors, 1);
}
END_TEST

static const int faults[] = { EIO, ENOSPC, FAULTS_SHORT, FAULTS_DEATH };

START_TEST(every_step_may_fail)
{
	unsigned int nth;
	int r;

	for (nth = 1;; nth++) {
		remove_files();
		put_secret(key_bytes);
		errors = 0;
		faults_arm(FAULTS_ANY, nth, faults[_i % 4]);
		r = _i < 4 ? from_key_file(false) : from_state(false);
		if (!faults_disarm())
			break;
		ck_assert_uint_eq(errors, r ? 1 : 0);
		errors = 0;
		r = _i < 4 ? from_key_file(false) : from_state(false);
		ck_assert_int_eq(r, 0);
		ck_assert_uint_eq(errors, 0);
	}
	ck_assert_uint_gt(nth, 8);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("masterkey");
	TCase *t = tcase_create("masterkey");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_key_file_is_the_key);
	tcase_add_loop_test(t, a_key_file_that_will_not_do_is_refused, 0, 6);
	tcase_add_test(t, a_passphrase_makes_a_key);
	tcase_add_test(t, the_salt_is_what_the_key_is_made_with);
	tcase_add_loop_test(t, a_passphrase_that_will_not_do_is_refused, 0, 5);
	tcase_add_loop_test(t, a_salt_that_will_not_do_is_refused, 0, 3);
	tcase_add_test(t, a_passphrase_may_come_through_a_pipe);
	tcase_add_loop_test(t, a_wrong_key_is_refused, 0, 4);
	tcase_add_test(t, before_the_first_vtpm_the_key_may_change);
	tcase_add_test(t, a_check_that_is_missing_is_made);
	tcase_add_loop_test(t, every_step_may_fail, 0, 8);
	suite_add_tcase(s, t);
	return suite_run(s);
}
