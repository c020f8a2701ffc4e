# SPDX-License-Identifier: BSD-2-Clause
# The unit tests of vtpm-emulator.

EMULATOR_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/vtpmback-user/emulator \
	-I$(top_srcdir)/vtpmback-user
EMULATOR_LIBS = libemulator.la libuserback.la libtpm12-core.la $(CHECK_LIBS) \
	$(CRYPTO_LIBS)
EMULATOR_RIG = tests/unit/emulator_rig.c tests/unit/emulator_rig.h

check_PROGRAMS += tests/unit/check_emulator_control
tests_unit_check_emulator_control_SOURCES = \
	tests/unit/check_emulator_control.c $(EMULATOR_RIG)
tests_unit_check_emulator_control_CPPFLAGS = $(EMULATOR_CPPFLAGS)
tests_unit_check_emulator_control_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_emulator_control_LDADD = $(EMULATOR_LIBS)

check_PROGRAMS += tests/unit/check_emulator_chip
tests_unit_check_emulator_chip_SOURCES = \
	tests/unit/check_emulator_chip.c $(EMULATOR_RIG)
tests_unit_check_emulator_chip_CPPFLAGS = $(EMULATOR_CPPFLAGS)
tests_unit_check_emulator_chip_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_emulator_chip_LDADD = $(EMULATOR_LIBS)

check_PROGRAMS += tests/unit/check_emulator_server
tests_unit_check_emulator_server_SOURCES = \
	tests/unit/check_emulator_server.c $(EMULATOR_RIG)
tests_unit_check_emulator_server_CPPFLAGS = $(EMULATOR_CPPFLAGS)
tests_unit_check_emulator_server_CFLAGS = $(TEST_CFLAGS) -pthread
tests_unit_check_emulator_server_LDADD = $(EMULATOR_LIBS) -lpthread

check_PROGRAMS += tests/unit/check_emulator_options
tests_unit_check_emulator_options_SOURCES = \
	tests/unit/check_emulator_options.c \
	vtpmback-user/emulator/options.c vtpmback-user/emulator/options.h
tests_unit_check_emulator_options_CPPFLAGS = $(EMULATOR_CPPFLAGS)
tests_unit_check_emulator_options_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_emulator_options_LDADD = $(EMULATOR_LIBS)
