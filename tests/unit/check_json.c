/* SPDX-License-Identifier: BSD-2-Clause */
/* The writer of JSON. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "suite.h"

static char *text;
static size_t len;
static struct json j;

static void setup(void)
{
	FILE *f = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(f);
	json_begin(&j, f);
}

static const char *written(void)
{
	json_end(&j);
	fclose(j.f);
	return text;
}

static void teardown(void)
{
	free(text);
}

START_TEST(objects_and_lists)
{
	json_open(&j, NULL, '{');
	json_text(&j, "a", "x");
	json_number(&j, "b", UINT64_MAX);
	json_open(&j, "c", '[');
	json_bool(&j, NULL, true);
	json_bool(&j, NULL, false);
	json_null(&j, NULL);
	json_open(&j, NULL, '{');
	json_null(&j, "d");
	json_close(&j);
	json_close(&j);
	json_open(&j, "e", '[');
	json_close(&j);
	json_open(&j, "f", '{');
	json_close(&j);
	json_close(&j);
	ck_assert_str_eq(written(), "{\n"
				    "  \"a\": \"x\",\n"
				    "  \"b\": 18446744073709551615,\n"
				    "  \"c\": [\n"
				    "    true,\n"
				    "    false,\n"
				    "    null,\n"
				    "    {\n"
				    "      \"d\": null\n"
				    "    }\n"
				    "  ],\n"
				    "  \"e\": [],\n"
				    "  \"f\": {}\n"
				    "}\n");
}
END_TEST

/* Names come from files that people and, once, other programs have written. */
START_TEST(texts_are_escaped)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{ "", "\"\"\n" },
		{ "plain ~!", "\"plain ~!\"\n" },
		{ "a\"b", "\"a\\\"b\"\n" },
		{ "a\\b", "\"a\\\\b\"\n" },
		{ "/", "\"/\"\n" },
		{ "\n\t\r\x01\x1f",
		  "\"\\u000a\\u0009\\u000d\\u0001\\u001f\"\n" },
		{ "\x7f\x80\xff", "\"\\u007f\\u0080\\u00ff\"\n" },
	};

	json_text(&j, NULL, rows[_i].text);
	ck_assert_str_eq(written(), rows[_i].wanted);
}
END_TEST

START_TEST(keys_are_escaped)
{
	json_open(&j, NULL, '{');
	json_number(&j, "a\"b", 0);
	json_close(&j);
	ck_assert_str_eq(written(), "{\n  \"a\\\"b\": 0\n}\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("json");
	TCase *t = tcase_create("json");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, objects_and_lists);
	tcase_add_loop_test(t, texts_are_escaped, 0, 7);
	tcase_add_test(t, keys_are_escaped);
	suite_add_tcase(s, t);
	return suite_run(s);
}
