/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every check_<chapter>.c begins with: a machine for each test, and a test
 * case for each section of Part 3, which is named for it.
 */
#ifndef CHAPTER_H
#define CHAPTER_H

#include <check.h>
#include <string.h>

#include "calls.h"
#include "constants.h"
#include "machine.h"
#include "ordinals.h"
#include "result.h"
#include "setup.h"
#include "suite.h"

/* Of the test that runs; started and tested. */
static struct machine *m;

static void chapter_set_up(void)
{
	m = machine_started();
}

static void chapter_tear_down(void)
{
	machine_free(m);
}

static inline TCase *section(Suite *s, const char *name)
{
	TCase *t = tcase_create(name);

	tcase_add_checked_fixture(t, chapter_set_up, chapter_tear_down);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return t;
}

/* Registers: 20 bytes of 00 and of FF. */
static const struct tss_digest zeros;
static const struct tss_digest ones = {
	{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }
};

#define ck_assert_digest(got, want) \
	ck_assert_mem_eq((got).b, (want).b, sizeof((want).b))

#endif
