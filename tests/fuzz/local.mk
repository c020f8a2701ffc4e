# SPDX-License-Identifier: BSD-2-Clause
#
# Fuzzers; tests/fuzz/run makes and runs them.  By default they are linked to
# standalone.c, with FUZZ_MAIN= FUZZ_LDFLAGS=-fsanitize=fuzzer to libFuzzer.

FUZZERS = tests/fuzz/fuzz_control tests/fuzz/fuzz_execute \
	tests/fuzz/fuzz_ring tests/fuzz/fuzz_state
EXTRA_PROGRAMS += $(FUZZERS) tests/fuzz/make_seeds
noinst_HEADERS += tests/fuzz/fuzz.h
EXTRA_LTLIBRARIES += libfuzzmain.la
CLEANFILES += libfuzzmain.la

libfuzzmain_la_SOURCES = tests/fuzz/standalone.c
FUZZ_MAIN = libfuzzmain.la

tests_fuzz_fuzz_control_SOURCES = tests/fuzz/fuzz_control.c
tests_fuzz_fuzz_control_CPPFLAGS = $(EMULATOR_CPPFLAGS)
tests_fuzz_fuzz_control_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_control_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_control_LDADD = $(FUZZ_MAIN) libemulator.la libuserback.la \
	libtpm12-core.la $(CRYPTO_LIBS)

tests_fuzz_fuzz_execute_SOURCES = tests/fuzz/fuzz_execute.c tests/fuzz/no_check.c
tests_fuzz_fuzz_execute_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_fuzz_fuzz_execute_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_execute_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_execute_LDADD = $(FUZZ_MAIN) $(TPM_TEST_LIBS)

tests_fuzz_fuzz_ring_SOURCES = tests/fuzz/fuzz_ring.c \
	tests/fake/xen_ops_fake.c tests/fake/xen_ops_fake.h
tests_fuzz_fuzz_ring_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_fuzz_ring_CFLAGS = $(TEST_CFLAGS) -pthread
tests_fuzz_fuzz_ring_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_ring_LDADD = $(FUZZ_MAIN) libvring-core.la -lpthread

tests_fuzz_fuzz_state_SOURCES = tests/fuzz/fuzz_state.c tests/fuzz/no_check.c
tests_fuzz_fuzz_state_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_fuzz_fuzz_state_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_state_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_state_LDADD = $(FUZZ_MAIN) $(TPM_TEST_LIBS)

tests_fuzz_make_seeds_SOURCES = tests/fuzz/make_seeds.c tests/fuzz/no_check.c
tests_fuzz_make_seeds_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_fuzz_make_seeds_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_make_seeds_LDADD = $(TPM_TEST_LIBS)
