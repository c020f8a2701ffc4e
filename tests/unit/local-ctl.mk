# SPDX-License-Identifier: BSD-2-Clause
# The unit tests of vtpmctl.

CTL_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/vtpmback-user/ctl \
	-I$(top_srcdir)/vtpmback-user

check_PROGRAMS += tests/unit/check_json
tests_unit_check_json_SOURCES = tests/unit/check_json.c
tests_unit_check_json_CPPFLAGS = $(CTL_CPPFLAGS)
tests_unit_check_json_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_json_LDADD = libctl.la $(USERBACK_LIBS)

# vtpm-look is the test program itself.
CTL_RIG = tests/unit/ctl_rig.c tests/unit/ctl_rig.h \
	tests/fake/faults.c tests/fake/faults.h \
	vtpmback-user/ctl/look.c vtpmback-user/engine_tpm12.c

check_PROGRAMS += tests/unit/check_ctl
tests_unit_check_ctl_SOURCES = tests/unit/check_ctl.c $(CTL_RIG)
tests_unit_check_ctl_CPPFLAGS = $(CTL_CPPFLAGS)
tests_unit_check_ctl_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_ctl_LDFLAGS = $(FAULTS_WRAPPED)
tests_unit_check_ctl_LDADD = libctl.la libtpm12-core.la $(USERBACK_LIBS)

check_PROGRAMS += tests/unit/check_ctl_move
tests_unit_check_ctl_move_SOURCES = tests/unit/check_ctl_move.c $(CTL_RIG)
tests_unit_check_ctl_move_CPPFLAGS = $(CTL_CPPFLAGS)
tests_unit_check_ctl_move_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_ctl_move_LDFLAGS = $(FAULTS_WRAPPED)
tests_unit_check_ctl_move_LDADD = libctl.la libtpm12-core.la $(USERBACK_LIBS)

TESTS += tests/unit/check_migrate.sh
EXTRA_DIST += tests/unit/check_migrate.sh
