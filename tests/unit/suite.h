/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of every unit test program. */
#ifndef SUITE_H
#define SUITE_H

#include <check.h>
#include <stdlib.h>

/* What automake takes for "could not be run here". */
#define SUITE_SKIPPED 77

/*
 * check gives a test four seconds, which on a busy host is too little for one
 * that takes a tenth of one.  It asks when a case is made: so before main.
 */
__attribute__((constructor)) static inline void suite_patience(void)
{
	setenv("CK_DEFAULT_TIMEOUT", "60", 0);
}

/*
 * Runs the suite, as told by check's variables (CK_FORK=no for a debugger or
 * valgrind, CK_RUN_CASE for one case); the program's exit status.
 */
static inline int suite_run(Suite *s)
{
	SRunner *r = srunner_create(s);
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
