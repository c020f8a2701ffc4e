# SPDX-License-Identifier: BSD-2-Clause
# What tests/lab/bench measures with; made when it asks for them.

EXTRA_PROGRAMS += tests/bench/bench-device tests/bench/bench-library
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
