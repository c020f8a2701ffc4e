# SPDX-License-Identifier: BSD-2-Clause
# What tests/lab/bench measures with; made when it asks for them.

EXTRA_PROGRAMS += tests/bench/bench-device tests/bench/bench-library \
	tests/bench/bench-many tests/bench/bench-state
CLEANFILES += $(EXTRA_PROGRAMS)

# Static: a guest has no libraries.
tests_bench_bench_device_SOURCES = \
	tests/bench/bench-device.c \
	tests/bench/figures.c tests/bench/figures.h \
	tests/bench/latency.c tests/bench/latency.h
tests_bench_bench_device_LDFLAGS = $(AM_LDFLAGS) -all-static

tests_bench_bench_library_SOURCES = \
	tests/bench/bench-library.c \
	tests/bench/figures.c tests/bench/figures.h \
	tests/bench/latency.c tests/bench/latency.h
tests_bench_bench_library_LDADD = libtpm12-core.la $(CRYPTO_LIBS)

tests_bench_bench_state_SOURCES = tests/bench/bench-state.c
tests_bench_bench_state_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(top_srcdir)/vtpmback-user
tests_bench_bench_state_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fsync \
	-Wl,--wrap=pwrite
tests_bench_bench_state_LDADD = libuserback.la libtpm12-core.la \
	$(CRYPTO_LIBS) $(SECCOMP_LIBS)

tests_bench_bench_many_SOURCES = \
	tests/bench/bench-many.c \
	tests/bench/figures.c tests/bench/figures.h \
	vtpmback-user/engine_tpm12.c \
	$(PARENT_RIG)
tests_bench_bench_many_CPPFLAGS = $(PARENT_RIG_CPPFLAGS) \
	-I$(top_srcdir)/tests/unit
tests_bench_bench_many_CFLAGS = $(PARENT_RIG_CFLAGS)
tests_bench_bench_many_LDFLAGS = $(FAULTS_WRAPPED)
tests_bench_bench_many_LDADD = libtpm12-core.la $(PARENT_RIG_LIBS)

# Beside libtpms, where that is.
if LIBTPMS
BENCH_LIBTPMS = tests/bench/bench-libtpms
EXTRA_PROGRAMS += tests/bench/bench-libtpms
CLEANFILES += tests/bench/bench-libtpms
tests_bench_bench_libtpms_SOURCES = \
	tests/bench/bench-libtpms.c \
	tests/bench/engine.c tests/bench/engine.h \
	tests/bench/figures.c tests/bench/figures.h \
	tests/bench/operations.c tests/bench/operations.h \
	tests/bench/replay.c tests/bench/replay.h \
	tests/client/tss.c \
	tests/cmd/primitives.c \
	tests/oracle/libtpms.c tests/oracle/libtpms.h
tests_bench_bench_libtpms_CPPFLAGS = $(ORACLE_CPPFLAGS)
tests_bench_bench_libtpms_CFLAGS = $(AM_CFLAGS) $(LIBTPMS_CFLAGS) \
	$(CRYPTO_CFLAGS)
tests_bench_bench_libtpms_LDADD = libtpm12-core.la $(LIBTPMS_LIBS) \
	$(CRYPTO_LIBS)
endif

.PHONY: bench
bench: $(BENCH_LIBTPMS) tests/bench/bench-state tests/bench/bench-many
	tests/bench/bench-state .
	tests/bench/bench-many
	$(or $(BENCH_LIBTPMS),@echo "bench: needs libtpms-dev"; false)
