# SPDX-License-Identifier: BSD-2-Clause
# Programs of the lab's cases; the lab makes those that a case names.

EXTRA_PROGRAMS += tests/lab/hammer tests/lab/tpm-chain
CLEANFILES += tests/lab/hammer tests/lab/tpm-chain

tests_lab_hammer_SOURCES = tests/lab/hammer.c \
	tests/client/tss.c \
	tests/cmd/primitives.c
tests_lab_hammer_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/tests/client
tests_lab_hammer_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_lab_hammer_LDADD = $(CRYPTO_LIBS)

tests_lab_tpm_chain_SOURCES = tests/lab/tpm-chain.c
# Static: what a dynamic linker does takes an emulated machine half a second.
tests_lab_tpm_chain_LDFLAGS = $(AM_LDFLAGS) -all-static
tests_lab_tpm_chain_LDADD = $(CRYPTO_LIBS)

EXTRA_PROGRAMS += tests/lab/hostile-back
CLEANFILES += tests/lab/hostile-back

tests_lab_hostile_back_SOURCES = tests/lab/hostile-back.c
tests_lab_hostile_back_CFLAGS = $(AM_CFLAGS) $(XENGNTTAB_CFLAGS) \
	$(XENEVTCHN_CFLAGS) $(XENSTORE_CFLAGS)
tests_lab_hostile_back_LDADD = $(XENGNTTAB_LIBS) $(XENEVTCHN_LIBS) \
	$(XENSTORE_LIBS)
