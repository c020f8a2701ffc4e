/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check's assertions, which the machine makes, outside of its tests: what fails
 * is a finding.
 */
#include <stdio.h>
#include <stdlib.h>

#include <check.h>

void _mark_point(const char *file, int line)
{
	(void)file;
	(void)line;
}

void _ck_assert_failed(const char *file, int line, const char *expr,
		       const char *msg, ...)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, expr ? expr : msg);
	abort();
}
