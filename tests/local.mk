# SPDX-License-Identifier: BSD-2-Clause
include tests/unit/local-crypto.mk
include tests/unit/local-vring.mk
include tests/unit/local-userback.mk
include tests/unit/local-ctl.mk
include tests/unit/local-emulator.mk
include tests/unit/local-schema.mk
include tests/unit/local-xl.mk
include tests/cmd/local.mk
include tests/bench/local.mk
include tests/fuzz/local.mk
include tests/lab/local.mk
if LIBTPMS
include tests/oracle/local.mk
endif

# Long forms of what tests/all does in a minute; as root, with what it installs.
.PHONY: soak
soak: all tests/unit/check_powercut
	BUILD=$(abs_top_builddir) $(top_srcdir)/tests/oracle/run --soak
	POWERCUTS=1000 tests/unit/check_powercut
	VALGRIND=all FUZZ_SECONDS=600 $(top_srcdir)/tests/all valgrind fuzz
	$(top_srcdir)/tests/lab/bench --build-dir $(abs_top_builddir)
	$(top_srcdir)/tests/lab/run-cases --long --all --jobs 2 \
		--build-dir $(abs_top_builddir)

# How much of the emulator the unit tests reach.
.PHONY: coverage
coverage:
	$(top_srcdir)/tests/coverage
