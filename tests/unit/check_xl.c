/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-xl: command lines, texts of 2006, and what xl gets in their place. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "faults.h"
#include "guestcfg.h"
#include "log.h"
#include "rewrite.h"
#include "spec.h"
#include "suite.h"

#define A "0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a01"
#define B "0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a02"

/* ---- Command lines ---- */

#define WORDS 12

static const struct {
	const char *line; /* words, with one blank between them */
	const char *file; /* NULL: none */
	bool extends, dry_run;
} lines[] = {
	{ "create U1.cfg", "U1.cfg", true, false },
	{ "create -c U1.cfg", "U1.cfg", true, false },
	{ "create U1.cfg -c -p", "U1.cfg", true, false },
	{ "create -f U1.cfg", "U1.cfg", true, false },
	{ "create -cfU1.cfg", "U1.cfg", true, false },
	{ "create --defconfig U1.cfg", "U1.cfg", true, false },
	{ "create --defconfig=U1.cfg -q", "U1.cfg", true, false },
	{ "create --def=U1.cfg", "U1.cfg", true, false },
	{ "create other -f U1.cfg", "U1.cfg", true, false },
	{ "create memory=64 U1.cfg name=x", "U1.cfg", true, false },
	{ "create -f a=b x=y", "a=b", true, false },
	{ "create x=y", NULL, true, false },
	{ "create", NULL, true, false },
	{ "create -- U1.cfg", "U1.cfg", true, false },
	{ "create --newer-flag U1.cfg -Z", "U1.cfg", true, false },
	{ "create -n U1.cfg", "U1.cfg", true, true },
	{ "create --dryrun U1.cfg", "U1.cfg", true, true },
	{ "-vN create U1.cfg", "U1.cfg", true, true },
	{ "-v -f create U1.cfg", "U1.cfg", true, false },
	{ "cr U1.cfg", "U1.cfg", true, false },
	{ "config-update 7 U1.cfg memory=64", "U1.cfg", true, false },
	{ "config-update 7", NULL, true, false },
	{ "config-update U1 -f U1.cfg", "U1.cfg", true, false },
	{ "restore U1.save", NULL, false, false },
	{ "restore -p U1.cfg U1.save", "U1.cfg", false, false },
	{ "restore U1.cfg -e a=b", "U1.cfg", false, false },
	{ "restore a b c", NULL, false, false },
	{ "save U1 U1.save", NULL, false, false },
	{ "save -c U1 U1.save U1.cfg", "U1.cfg", false, false },
	{ "migrate U1 host", NULL, false, false },
	{ "migrate -s ssh U1 host -C U1.cfg", "U1.cfg", false, false },
	{ "migrate -CU1.cfg --live U1 host", "U1.cfg", false, false },
};
#define LINES (int)(sizeof(lines) / sizeof(lines[0]))

static int split(const char *line, char copy[256], char *argv[WORDS])
{
	static char program[] = "vtpm-xl";
	char *word, *save;
	int argc = 1;

	argv[0] = program;
	snprintf(copy, 256, "%s", line);
	for (word = strtok_r(copy, " ", &save); word;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	ck_assert_int_lt(argc, WORDS);
	argv[argc] = NULL;
	return argc;
}

START_TEST(the_file_is_found)
{
	char copy[256], *argv[WORDS];
	struct command c;
	int argc = split(lines[_i].line, copy, argv);

	ck_assert(command_parse(argc, argv, &c));
	ck_assert_msg(!c.file == !lines[_i].file, "%s", lines[_i].line);
	if (c.file)
		ck_assert_str_eq(c.file, lines[_i].file);
	ck_assert(c.extends == lines[_i].extends);
	ck_assert(c.dry_run == lines[_i].dry_run);
}
END_TEST

START_TEST(what_has_no_configuration_is_left_alone)
{
	static const char *const others[] = {
		"",
		"list",
		"destroy U1",
		"createx U1.cfg",
		"vtpm-list 1",
		"help",
		"migrate-receive",
		"-v",
	};
	char copy[256], *argv[WORDS];
	struct command c;
	size_t i;
	int argc;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		argc = split(others[i], copy, argv);
		ck_assert_msg(!command_parse(argc, argv, &c), "%s", others[i]);
	}
}
END_TEST

/* The words of an argument list, with one blank behind each. */
static const char *join(char *const *argv)
{
	static char text[512];
	size_t len = 0;

	text[0] = '\0';
	for (; *argv; argv++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s ",
					*argv);
	return text;
}

static const char *rewritten(const char *line, const char *file,
			     const char *word)
{
	static char copy[256], *argv[WORDS];
	int argc = split(line, copy, argv);
	struct command c;
	char **changed;
	const char *text;
	int i;

	ck_assert(command_parse(argc, argv, &c));
	changed = command_rewrite(argc, argv, &c, file, word);
	ck_assert_ptr_nonnull(changed);
	text = join(changed);
	for (i = 0; changed[i]; i++)
		if (i >= argc || changed[i] != argv[i])
			free(changed[i]);
	free(changed);
	return text;
}

START_TEST(a_word_is_replaced_or_added)
{
	ck_assert_str_eq(rewritten("create -c U1.cfg x=y", NULL, "vtpm=[]"),
			 "vtpm-xl create -c U1.cfg x=y vtpm=[] ");
	ck_assert_str_eq(rewritten("restore -p U1.cfg s", "/f/3", NULL),
			 "vtpm-xl restore -p /f/3 s ");
	ck_assert_str_eq(rewritten("save U1 s U1", "/f/3", NULL),
			 "vtpm-xl save U1 s /f/3 ");
	ck_assert_str_eq(rewritten("migrate -CU1.cfg U1 h", "/f/3", NULL),
			 "vtpm-xl migrate -C/f/3 U1 h ");
	ck_assert_str_eq(rewritten("migrate U1 h -C U1.cfg", "/f/3", NULL),
			 "vtpm-xl migrate U1 h -C /f/3 ");
}
END_TEST

/* ---- Texts ---- */

static const struct {
	const char *text, *formatted;
	uint32_t wish;
	bool is_xl, is_here;
} specs[] = {
	{ "instance=1,backend=0", "backend=0", 1, false, true },
	{ "backend=0,instance=65535", "backend=0", 65535, false, true },
	{ "instance=7", "backend=0", 7, false, true },
	{ " instance = 1 ,\tbackend = 0 ", "backend=0", 1, false, true },
	{ "type=pvm,backend=0", "backend=0", 0, false, true },
	{ "type=", "backend=0", 0, false, true },
	{ "", "backend=0", 0, false, true },
	{ "backend=0", "backend=0", 0, false, true },
	{ "backend=Domain-0", "backend=Domain-0", 0, false, true },
	{ "backend=tpmdom", "backend=tpmdom", 0, false, false },
	{ "backend=0,uuid=" A, "backend=0,uuid=" A, 0, true, true },
	{ "uuid=" A, "backend=0,uuid=" A, 0, false, true },
	{ "uuid=" A ",backend=5", "backend=5,uuid=" A, 0, true, false },
	{ "uuid=" A ",backend=0,instance=3", "backend=0,uuid=" A, 3, false,
	  true },
	{ "uuid=" A ",backend=0,type=hvm", "backend=0,uuid=" A, 0, false,
	  true },
};
#define SPECS (int)(sizeof(specs) / sizeof(specs[0]))

START_TEST(texts_of_both_styles_are_read)
{
	char text[SPEC_TEXT_SIZE];
	struct spec s;

	ck_assert_ptr_null(spec_parse(specs[_i].text, &s));
	ck_assert_uint_eq(s.wish, specs[_i].wish);
	ck_assert(s.is_xl == specs[_i].is_xl);
	ck_assert(spec_is_here(&s) == specs[_i].is_here);
	spec_format(&s, text);
	ck_assert_str_eq(text, specs[_i].formatted);
}
END_TEST

static const struct {
	const char *text, *says;
} wrong[] = {
	{ "instance=0,backend=0", "instance 0 is" },
	{ "backend=0,instance=VTPMD", "instance 0 is" },
	{ "instance=-1", "from 1 to 65535" },
	{ "instance=", "from 1 to 65535" },
	{ "instance=65536", "from 1 to 65535" },
	{ "instance=01", "from 1 to 65535" },
	{ "instance=one", "from 1 to 65535" },
	{ "backend=", "backend must be" },
	{ "backend=a\"b", "backend must be" },
	{ "uuid=", "uuid is not one" },
	{ "uuid=1", "uuid is not one" },
	{ "instance=1,mac=5", "nothing else" },
	{ "instance=1,backend", "KEY=VALUE" },
	{ "1", "KEY=VALUE" },
};
#define WRONG (int)(sizeof(wrong) / sizeof(wrong[0]))

START_TEST(what_will_not_do_is_told)
{
	struct spec s;
	const char *says = spec_parse(wrong[_i].text, &s);

	ck_assert_ptr_nonnull(says);
	ck_assert_msg(strstr(says, wrong[_i].says) != NULL, "%s", says);
}
END_TEST

START_TEST(texts_may_be_long_but_not_too_long)
{
	char text[5000];
	struct spec s;

	memset(text, ',', sizeof(text));
	text[1000] = '\0';
	ck_assert_ptr_null(spec_parse(text, &s));
	text[1000] = ',';
	text[sizeof(text) - 1] = '\0';
	ck_assert_ptr_nonnull(spec_parse(text, &s));
	snprintf(text, sizeof(text), "backend=%0128d", 0);
	ck_assert_ptr_nonnull(spec_parse(text, &s));
	snprintf(text, sizeof(text), "backend=%0127d", 0);
	ck_assert_ptr_null(spec_parse(text, &s));
}
END_TEST

/* ---- Configurations ---- */

START_TEST(configurations_are_read_as_xl_does)
{
	static const char text[] = "# a comment\n"
				   "name = \"U1\"\n"
				   "vtpm = [ 'instance=1,backend=0', \"x\" ]\n"
				   "memory = 32\n"
				   "\nname=\"U2\"\n";
	struct guestcfg *cfg = guestcfg_read(text, sizeof(text) - 1);

	ck_assert_ptr_nonnull(cfg);
	/* What comes last counts: so does what the command line adds. */
	ck_assert_str_eq(guestcfg_name(cfg), "U2");
	ck_assert_str_eq(guestcfg_vtpm(cfg, 0), "instance=1,backend=0");
	ck_assert_str_eq(guestcfg_vtpm(cfg, 1), "x");
	ck_assert_ptr_null(guestcfg_vtpm(cfg, 2));
	guestcfg_free(cfg);
}
END_TEST

START_TEST(configurations_without_them_have_none)
{
	struct guestcfg *cfg = guestcfg_read("", 0);

	ck_assert_ptr_nonnull(cfg);
	ck_assert_ptr_null(guestcfg_name(cfg));
	ck_assert_ptr_null(guestcfg_vtpm(cfg, 0));
	guestcfg_free(cfg);
	cfg = guestcfg_read("vtpm = 'x'\nname = [ 'y' ]\n", 27);
	ck_assert_ptr_nonnull(cfg);
	ck_assert_ptr_null(guestcfg_name(cfg));
	ck_assert_ptr_null(guestcfg_vtpm(cfg, 0));
	guestcfg_free(cfg);
	ck_assert_ptr_null(guestcfg_read("name = \"U1\nx\n", 13));
}
END_TEST

/* ---- All of it ---- */

static char dir[64];
static unsigned int complaints, errors; /* in the log */
static char last_line[LOG_LINE_MAX];

static void count_line(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	if (level > LOG_LEVEL_WARNING)
		return;
	complaints++;
	errors += level == LOG_LEVEL_ERROR;
	snprintf(last_line, sizeof(last_line), "%s", line);
}

static void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/check_xl.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	faults_arm(FAULTS_ANY, 0, 0);
	complaints = 0;
	log_to_function(count_line, NULL);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void teardown(void)
{
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static char *line_of(const char *text, bool dry_run)
{
	char *line = NULL;

	ck_assert_int_eq(
		rewrite(dir, "U.cfg", text, strlen(text), dry_run, &line), 0);
	return line;
}

static void refuse(const char *text, const char *says)
{
	char *line = NULL;

	complaints = 0;
	ck_assert_int_eq(
		rewrite(dir, "U.cfg", text, strlen(text), false, &line), -1);
	ck_assert_ptr_null(line);
	ck_assert_uint_eq(complaints, 1);
	ck_assert_msg(strstr(last_line, says) != NULL, "%s", last_line);
}

static const char *db(void)
{
	static char text[4096];
	char path[96];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/vtpm.db", dir);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

#define LINE_HEAD "vtpm=[\"backend=0,uuid="
#define LINE_LEN  (sizeof(LINE_HEAD) - 1 + 36 + 2)

START_TEST(a_guest_of_2006_gets_a_uuid_for_life)
{
	static const char u1[] = "name='U1'\nvtpm=['instance=1,backend=0']\n";
	char *first = line_of(u1, false), *second, text[64];

	ck_assert_ptr_nonnull(first);
	ck_assert_uint_eq(strlen(first), LINE_LEN);
	ck_assert(!strncmp(first, LINE_HEAD, sizeof(LINE_HEAD) - 1));
	ck_assert_ptr_nonnull(strstr(db(), "\nU1 1\n"));
	snprintf(text, sizeof(text), "%.36s 1\n",
		 first + sizeof(LINE_HEAD) - 1);
	ck_assert_ptr_nonnull(strstr(db(), text));
	second = line_of(u1, false);
	ck_assert_str_eq(first, second);
	free(second);
	free(first);
	ck_assert_uint_eq(complaints, 0);
	/* Another that wishes the same. */
	second = line_of("name='U2'\nvtpm=['instance=1,backend=0']\n", false);
	ck_assert_ptr_nonnull(strstr(db(), "\nU2 2\n"));
	ck_assert_uint_eq(complaints, 1);
	ck_assert_ptr_nonnull(strstr(last_line, "U2 has instance 2"));
	free(second);
}
END_TEST

START_TEST(what_xl_takes_is_left_alone)
{
	static const char *const texts[] = {
		"name='U1'\nvtpm=['backend=0,uuid=" A "']\n",
		"name='U1'\n",
		"name='U1'\nvtpm=[]\n",
		"name='U1'\nvtpm=['backend=0,uuid=" A "', 'uuid=" B
		",backend=0']\n",
		"vtpm=['instance=1,backend=0']\nvtpm=['backend=0,uuid=" A
		"']\n",
		"this is none",
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_ptr_null(line_of(texts[i], false));
	ck_assert_str_eq(db(), "");
	ck_assert_uint_eq(complaints, 0);
}
END_TEST

START_TEST(several_vtpms_have_their_own)
{
	char *line = line_of("name='U1'\nvtpm=['instance=5','backend=0','"
			     "backend=tpmdom','uuid=" A "']\n",
			     false);

	ck_assert_ptr_nonnull(strstr(line, "\"backend=tpmdom\","));
	ck_assert_ptr_nonnull(strstr(line, "\"backend=0,uuid=" A "\"]"));
	ck_assert_ptr_nonnull(strstr(db(), "\nU1 5\n"));
	ck_assert_ptr_nonnull(strstr(db(), "\nU1/1 1\n"));
	ck_assert_ptr_nonnull(strstr(db(), "\n" A " 2\nU1/3 2\n"));
	free(line);
}
END_TEST

START_TEST(a_dry_run_changes_nothing)
{
	static const char u1[] = "name='U1'\nvtpm=['instance=1']\n";
	char *line = line_of(u1, true), *again;

	ck_assert_str_eq(line, "vtpm=[\"backend=0\"]");
	ck_assert_str_eq(db(), "");
	free(line);
	line = line_of(u1, false);
	again = line_of(u1, true);
	ck_assert_str_eq(line, again);
	free(line);
	free(again);
}
END_TEST

START_TEST(what_cannot_be_had_is_refused)
{
	char text[8192] = "name='U1'\nvtpm=[";
	size_t i, len = strlen(text);

	refuse("name='U1'\nvtpm=['instance=0,backend=0']\n", "instance 0 is");
	ck_assert_ptr_nonnull(strstr(last_line, "U.cfg: "));
	refuse("name='U1'\nvtpm=['instance=1','x=y']\n", "'x=y'");
	refuse("name='U1'\nvtpm=['instance=1,backend=tpmdom']\n", "tpmdom");
	refuse("vtpm=['instance=1']\n", "uuid");
	refuse("name='two words'\nvtpm=['instance=1']\n", "two words");
	for (i = 0; i < 257; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"'instance=1',");
	snprintf(text + len, sizeof(text) - len, "]\n");
	refuse(text, "more than");
	ck_assert_str_eq(db(), "");
}
END_TEST

static const int faults[] = { EIO, ENOSPC, FAULTS_DEATH };

/* xl is not run then; and when it is, it is with what vtpm.db says. */
START_TEST(every_step_may_fail)
{
	static const char u1[] = "name='U1'\nvtpm=['instance=3']\n";
	unsigned int nth;
	char *line;
	int r;

	for (nth = 1;; nth++) {
		nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
		errors = 0;
		line = NULL;
		faults_arm(FAULTS_ANY, nth, faults[_i]);
		r = rewrite(dir, "U.cfg", u1, sizeof(u1) - 1, false, &line);
		if (!faults_disarm())
			break;
		ck_assert_uint_eq(errors, r ? 1u : 0u);
		ck_assert(!r || !line);
		free(line);
		line = line_of(u1, false);
		ck_assert_ptr_nonnull(strstr(db(), "\nU1 3\n"));
		free(line);
	}
	free(line);
	ck_assert_uint_gt(nth, 20);
}
END_TEST

static void add_words(Suite *s)
{
	TCase *t = tcase_create("words");

	tcase_add_loop_test(t, the_file_is_found, 0, LINES);
	tcase_add_test(t, what_has_no_configuration_is_left_alone);
	tcase_add_test(t, a_word_is_replaced_or_added);
	tcase_add_loop_test(t, texts_of_both_styles_are_read, 0, SPECS);
	tcase_add_loop_test(t, what_will_not_do_is_told, 0, WRONG);
	tcase_add_test(t, texts_may_be_long_but_not_too_long);
	tcase_add_test(t, configurations_are_read_as_xl_does);
	tcase_add_test(t, configurations_without_them_have_none);
	suite_add_tcase(s, t);
}

int main(void)
{
	Suite *s = suite_create("xl");
	TCase *t = tcase_create("rewrite");

	add_words(s);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_guest_of_2006_gets_a_uuid_for_life);
	tcase_add_test(t, what_xl_takes_is_left_alone);
	tcase_add_test(t, several_vtpms_have_their_own);
	tcase_add_test(t, a_dry_run_changes_nothing);
	tcase_add_test(t, what_cannot_be_had_is_refused);
	tcase_add_loop_test(t, every_step_may_fail, 0, 3);
	suite_add_tcase(s, t);
	return suite_run(s);
}
