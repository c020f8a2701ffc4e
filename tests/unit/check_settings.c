/* SPDX-License-Identifier: BSD-2-Clause */
/* The settings of one vTPM: read, written, refused. */
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
#include "settings.h"
#include "suite.h"

static char dir[] = "/tmp/check_settings.XXXXXX";
static int top;
static unsigned int lines; /* of the log */
static char last_line[LOG_LINE_MAX];

static void keep_line(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	lines++;
	snprintf(last_line, sizeof(last_line), "%s", line);
}

static void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/check_settings.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	top = open(dir, O_RDONLY | O_DIRECTORY);
	faults_arm(FAULTS_ANY, 0, 0);
	lines = 0;
	log_to_function(keep_line, NULL);
}

static void teardown(void)
{
	unlinkat(top, "7.conf", 0);
	unlinkat(top, "7.conf.new", 0);
	close(top);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void put_bytes(const char *bytes, size_t len)
{
	int fd = openat(top, "7.conf", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, len), (int)len);
	close(fd);
}

static void put_file(const char *text)
{
	put_bytes(text, strlen(text));
}

static const struct settings none = SETTINGS_DEFAULT;

static void check_same(const struct settings *a, const struct settings *b)
{
	ck_assert_uint_eq(a->localities, b->localities);
	ck_assert(a->moved == b->moved);
	ck_assert_str_eq(a->moved_to, b->moved_to);
	ck_assert(a->attached_late == b->attached_late);
	ck_assert(a->protocol_1 == b->protocol_1);
}

static struct settings must_read(void)
{
	struct settings s;

	memset(&s, 0xff, sizeof(s));
	ck_assert_int_eq(settings_read(top, 7, &s), 0);
	ck_assert_uint_eq(lines, 0);
	return s;
}

START_TEST(without_a_file_the_defaults_hold)
{
	struct settings s = must_read();

	ck_assert_uint_eq(s.localities, 1);
	ck_assert(!s.moved && !s.attached_late && !s.moved_to[0]);
	ck_assert(s.protocol_1);
	put_file("");
	s = must_read();
	check_same(&s, &none);
	put_file("# for later\n\n   \n\t# localities 3\n");
	s = must_read();
	check_same(&s, &none);
}
END_TEST

static const struct {
	const char *text;
	struct settings want;
} right[] = {
	{ "localities 0,2\n", { .protocol_1 = true, .localities = 5 } },
	{ "localities 4", { .protocol_1 = true, .localities = 16 } },
	{ "  localities \t 4,3,2,1,0  \r\n",
	  { .protocol_1 = true, .localities = 31 } },
	{ "moved yes\n",
	  { .protocol_1 = true, .localities = 1, .moved = true } },
	{ "moved no\nlocalities 1\n", { .protocol_1 = true, .localities = 2 } },
	{ "moved-to the other  host\nmoved yes\n",
	  { .protocol_1 = true,
	    .localities = 1,
	    .moved = true,
	    .moved_to = "the other  host" } },
	{ "attached-late yes\n",
	  { .protocol_1 = true, .localities = 1, .attached_late = true } },
	{ "protocol-1 no\n", { .localities = 1 } },
	{ "protocol-1 yes\n", { .protocol_1 = true, .localities = 1 } },
};
#define RIGHT (int)(sizeof(right) / sizeof(right[0]))

START_TEST(what_is_written_by_hand_is_read)
{
	struct settings s;

	put_file(right[_i].text);
	s = must_read();
	check_same(&s, &right[_i].want);
}
END_TEST

START_TEST(what_is_written_is_read)
{
	struct settings s;
	struct stat st;

	ck_assert_int_eq(settings_write(top, 7, &right[_i].want), 0);
	ck_assert_int_eq(fstatat(top, "7.conf", &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	s = must_read();
	check_same(&s, &right[_i].want);
	ck_assert_int_eq(settings_remove(top, 7), 0);
	ck_assert_int_eq(settings_remove(top, 7), 0);
	s = must_read();
	check_same(&s, &none);
}
END_TEST

static const char *const wrong[] = {
	"localities\n",
	"localities 5\n",
	"localities 0,\n",
	"localities ,0\n",
	"localities 0 2\n",
	"localities 00\n",
	"localities -1\n",
	"localities all\n",
	"moved\n",
	"moved maybe\n",
	"moved YES\n",
	"attached-late 1\n",
	"attached-late yes no\n",
	"nonsense yes\n",
	"Moved yes\n",
	"moved yes\n\nmoved yes\n",
	"localities 0\nlocalities 0\n",
	"x\n",
};
#define WRONG (int)(sizeof(wrong) / sizeof(wrong[0]))

/* Whatever else the file says: who wrote that meant something. */
START_TEST(a_line_that_will_not_do_is_an_error)
{
	char text[256];
	struct settings s;
	const char *p;
	int line = 3;

	snprintf(text, sizeof(text), "# a comment\n\n%s", wrong[_i]);
	put_file(text);
	ck_assert_int_eq(settings_read(top, 7, &s), -EINVAL);
	check_same(&s, &none);
	ck_assert_uint_eq(lines, 1);
	for (p = wrong[_i]; p[strcspn(p, "\n") + 1]; line++)
		p += strcspn(p, "\n") + 1;
	snprintf(text, sizeof(text), "7.conf line %d ", line);
	ck_assert_msg(!strncmp(last_line, text, strlen(text)), "%s", last_line);
}
END_TEST

START_TEST(what_is_no_text_is_an_error)
{
	struct settings s;
	static char text[5000];

	switch (_i) {
	case 0:
		put_bytes("moved no\n\0moved yes\n", 20);
		ck_assert_int_eq(settings_read(top, 7, &s), -EBADMSG);
		break;
	case 1:
		memset(text, '#', sizeof(text));
		put_bytes(text, sizeof(text));
		ck_assert_int_eq(settings_read(top, 7, &s), -EFBIG);
		break;
	case 2:
		ck_assert_int_eq(symlinkat("/dev/null", top, "7.conf"), 0);
		ck_assert_int_eq(settings_read(top, 7, &s), -ELOOP);
		break;
	default:
		snprintf(text, sizeof(text), "moved-to %0128d\n", 0);
		put_file(text);
		ck_assert_int_eq(settings_read(top, 7, &s), -EINVAL);
	}
	check_same(&s, &none);
	ck_assert_uint_eq(lines, 1);
}
END_TEST

START_TEST(what_would_not_be_read_is_not_written)
{
	struct settings s = none;
	size_t i;
	static const char *const texts[] = { "a\nmoved no", "a\r", " a",
					     "a\t" };

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(s.moved_to, sizeof(s.moved_to), "%s", texts[i]);
		ck_assert_int_eq(settings_write(top, 7, &s), -EINVAL);
	}
	memset(s.moved_to, 'x', sizeof(s.moved_to));
	ck_assert_int_eq(settings_write(top, 7, &s), -EINVAL);
	s.moved_to[sizeof(s.moved_to) - 1] = '\0';
	ck_assert_int_eq(settings_write(top, 7, &s), 0);
	s.localities = 0;
	ck_assert_int_eq(settings_write(top, 7, &s), -EINVAL);
	s.localities = 32;
	ck_assert_int_eq(settings_write(top, 7, &s), -EINVAL);
	ck_assert_uint_eq(lines, i + 3);
	lines = 0;
	s.localities = 1;
	s = must_read();
	ck_assert_uint_eq(strlen(s.moved_to), sizeof(s.moved_to) - 1);
}
END_TEST

static const int errors[] = { EIO, ENOSPC, FAULTS_SHORT, FAULTS_DEATH };

/* The old ones or the new ones, and never the defaults. */
START_TEST(every_step_may_fail)
{
	const struct settings old = { .localities = 6 };
	const struct settings new = { .localities = 8, .moved = true };
	struct settings s;
	unsigned int nth;
	int r;

	for (nth = 1;; nth++) {
		ck_assert_int_eq(settings_write(top, 7, &old), 0);
		faults_arm(FAULTS_ANY, nth, errors[_i]);
		r = settings_write(top, 7, &new);
		if (!faults_disarm())
			break;
		/* A short write is gone on with. */
		ck_assert(!r == !lines);
		lines = 0;
		s = must_read();
		if (s.localities == old.localities)
			ck_assert_int_ne(r, 0);
		else
			check_same(&s, &new);
	}
	ck_assert_uint_gt(nth, 5);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("settings");
	TCase *t = tcase_create("settings");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, without_a_file_the_defaults_hold);
	tcase_add_loop_test(t, what_is_written_by_hand_is_read, 0, RIGHT);
	tcase_add_loop_test(t, what_is_written_is_read, 0, RIGHT);
	tcase_add_loop_test(t, a_line_that_will_not_do_is_an_error, 0, WRONG);
	tcase_add_loop_test(t, what_is_no_text_is_an_error, 0, 4);
	tcase_add_test(t, what_would_not_be_read_is_not_written);
	tcase_add_loop_test(t, every_step_may_fail, 0, 4);
	suite_add_tcase(s, t);
	return suite_run(s);
}
