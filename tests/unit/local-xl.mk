# SPDX-License-Identifier: BSD-2-Clause
# The unit tests of vtpm-xl.

check_PROGRAMS += tests/unit/check_xl
tests_unit_check_xl_SOURCES = tests/unit/check_xl.c \
	tests/fake/faults.c tests/fake/faults.h
tests_unit_check_xl_CPPFLAGS = $(USERBACK_CPPFLAGS) \
	-I$(top_srcdir)/vtpmback-user/xl
tests_unit_check_xl_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_xl_LDFLAGS = $(FAULTS_WRAPPED)
tests_unit_check_xl_LDADD = libvtpmxl.la $(USERBACK_LIBS) $(XLUTIL_LIBS)

# It runs the program.
TESTS += tests/unit/check_vtpm_xl.sh
EXTRA_DIST += tests/unit/check_vtpm_xl.sh
