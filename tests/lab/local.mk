# SPDX-License-Identifier: BSD-2-Clause
# Programs of the lab's cases; the lab makes those that a case names.

EXTRA_PROGRAMS += tests/lab/tpm-chain
CLEANFILES += tests/lab/tpm-chain

tests_lab_tpm_chain_SOURCES = tests/lab/tpm-chain.c
tests_lab_tpm_chain_LDADD = $(CRYPTO_LIBS)
