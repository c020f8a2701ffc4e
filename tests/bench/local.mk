# SPDX-License-Identifier: BSD-2-Clause
# What tests/lab/bench measures with; made when it asks for them.

EXTRA_PROGRAMS += tests/bench/bench-device tests/bench/bench-library \
	tests/bench/bench-state
CLEANFILES += $(EXTRA_PROGRAMS)

# Static: a guest has no libraries.
tests_bench_bench_device_SOURCES = \
	tests/bench/bench-device.c \
	tests/bench/latency.c tests/bench/latency.h
tests_bench_bench_device_LDFLAGS = $(AM_LDFLAGS) -all-static

tests_bench_bench_library_SOURCES = \
	tests/bench/bench-library.c \
	tests/bench/latency.c tests/bench/latency.h
tests_bench_bench_library_LDADD = libtpm12-core.la $(CRYPTO_LIBS)

tests_bench_bench_state_SOURCES = tests/bench/bench-state.c
tests_bench_bench_state_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(top_srcdir)/vtpmback-user
tests_bench_bench_state_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fsync \
	-Wl,--wrap=pwrite
tests_bench_bench_state_LDADD = libuserback.la libtpm12-core.la \
	$(CRYPTO_LIBS) $(SECCOMP_LIBS)

# Beside libtpms, where that is.
if LIBTPMS
BENCH_LIBTPMS = tests/bench/bench-libtpms
EXTRA_PROGRAMS += tests/bench/bench-libtpms
CLEANFILES += tests/bench/bench-libtpms
tests_bench_bench_libtpms_SOURCES = \
	tests/bench/bench-libtpms.c \
	tests/bench/engine.c tests/bench/engine.h \
	tests/bench/operations.c tests/bench/operations.h \
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
bench: $(BENCH_LIBTPMS) tests/bench/bench-state
	tests/bench/bench-state .
	$(or $(BENCH_LIBTPMS),@echo "bench: needs libtpms-dev"; false)
