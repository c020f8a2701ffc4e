# SPDX-License-Identifier: BSD-2-Clause
#
# What a command does, by chapter of Part 3, and the emulator's modules, seen
# by a client of their own on a machine in memory.

noinst_HEADERS += \
	tests/client/ordinals.h \
	tests/client/primitives.h \
	tests/client/tss.h \
	tests/cmd/calls.h \
	tests/cmd/delegations.h \
	tests/cmd/keycalls.h \
	tests/cmd/machine.h \
	tests/cmd/ownercalls.h \
	tests/cmd/primes.h \
	tests/cmd/rsa.h \
	tests/cmd/samples.h \
	tests/cmd/setup.h

check_LTLIBRARIES += libtpmtest.la
libtpmtest_la_SOURCES = \
	tests/client/tss.c \
	tests/cmd/calls.c \
	tests/cmd/delegations.c \
	tests/cmd/keycalls.c \
	tests/cmd/machine.c \
	tests/cmd/ownercalls.c \
	tests/cmd/primes.c \
	tests/cmd/primitives.c \
	tests/cmd/rsa.c \
	tests/cmd/samples.c \
	tests/cmd/samples_sessions.c \
	tests/cmd/setup.c
libtpmtest_la_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
libtpmtest_la_CFLAGS = $(TEST_CFLAGS) $(CRYPTO_CFLAGS)

TPM_TEST_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/tests/client \
	-I$(top_srcdir)/tests/cmd -I$(top_srcdir)/tests/unit
TPM_TEST_LIBS = libtpmtest.la libtpm12-core.la $(CHECK_LIBS) $(CRYPTO_LIBS)

check_PROGRAMS += tests/unit/check_execute
tests_unit_check_execute_SOURCES = tests/unit/check_execute.c
tests_unit_check_execute_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_unit_check_execute_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_execute_LDADD = $(TPM_TEST_LIBS)

noinst_HEADERS += tests/cmd/chapter.h
check_PROGRAMS += tests/cmd/check_startup
tests_cmd_check_startup_SOURCES = tests/cmd/check_startup.c
tests_cmd_check_startup_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_startup_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_startup_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/unit/check_result
tests_unit_check_result_SOURCES = tests/unit/check_result.c
tests_unit_check_result_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_unit_check_result_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_result_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_testing
tests_cmd_check_testing_SOURCES = tests/cmd/check_testing.c
tests_cmd_check_testing_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_testing_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_testing_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_optin
tests_cmd_check_optin_SOURCES = tests/cmd/check_optin.c
tests_cmd_check_optin_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_optin_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_optin_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_ownership
tests_cmd_check_ownership_SOURCES = tests/cmd/check_ownership.c
tests_cmd_check_ownership_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_ownership_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_ownership_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_cryptographic
tests_cmd_check_cryptographic_SOURCES = tests/cmd/check_cryptographic.c
tests_cmd_check_cryptographic_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_cryptographic_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_cryptographic_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_eviction
tests_cmd_check_eviction_SOURCES = tests/cmd/check_eviction.c
tests_cmd_check_eviction_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_eviction_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_eviction_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_deprecated
tests_cmd_check_deprecated_SOURCES = tests/cmd/check_deprecated.c
tests_cmd_check_deprecated_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_deprecated_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_deprecated_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_endorsement
tests_cmd_check_endorsement_SOURCES = tests/cmd/check_endorsement.c
tests_cmd_check_endorsement_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_endorsement_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_endorsement_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_integrity
tests_cmd_check_integrity_SOURCES = tests/cmd/check_integrity.c
tests_cmd_check_integrity_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_integrity_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_integrity_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_delegation
tests_cmd_check_delegation_SOURCES = tests/cmd/check_delegation.c
tests_cmd_check_delegation_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_delegation_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_delegation_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_sessions
tests_cmd_check_sessions_SOURCES = tests/cmd/check_sessions.c
tests_cmd_check_sessions_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_sessions_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_sessions_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_capability
tests_cmd_check_capability_SOURCES = tests/cmd/check_capability.c
tests_cmd_check_capability_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_capability_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_capability_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/unit/check_state
tests_unit_check_state_SOURCES = tests/unit/check_state.c
tests_unit_check_state_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_unit_check_state_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_state_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/unit/check_lockout
tests_unit_check_lockout_SOURCES = tests/unit/check_lockout.c
tests_unit_check_lockout_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_unit_check_lockout_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_lockout_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/unit/check_selftest
tests_unit_check_selftest_SOURCES = tests/unit/check_selftest.c
tests_unit_check_selftest_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_unit_check_selftest_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_selftest_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/unit/check_pcr
tests_unit_check_pcr_SOURCES = tests/unit/check_pcr.c
tests_unit_check_pcr_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_unit_check_pcr_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_pcr_LDADD = $(TPM_TEST_LIBS)
tests_unit_check_selftest_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=tpm_sha1 \
	-Wl,--wrap=tpm_hmac_sha1 -Wl,--wrap=tpm_aes128_ctr \
	-Wl,--wrap=tpm_random -Wl,--wrap=tpm_rsa_from_primes \
	-Wl,--wrap=tpm_rsa_sign_sha1 -Wl,--wrap=tpm_rsa_verify_sha1 \
	-Wl,--wrap=tpm_rsa_encrypt_oaep -Wl,--wrap=tpm_rsa_decrypt_oaep

check_PROGRAMS += tests/unit/check_auth
tests_unit_check_auth_SOURCES = tests/unit/check_auth.c
tests_unit_check_auth_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_unit_check_auth_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_auth_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/unit/check_wire
tests_unit_check_wire_SOURCES = tests/unit/check_wire.c
tests_unit_check_wire_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_unit_check_wire_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_wire_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/unit/check_tpm
tests_unit_check_tpm_SOURCES = tests/unit/check_tpm.c
tests_unit_check_tpm_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_unit_check_tpm_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_tpm_LDADD = $(TPM_TEST_LIBS)
tests_unit_check_tpm_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=calloc

check_PROGRAMS += tests/cmd/check_storage
tests_cmd_check_storage_SOURCES = tests/cmd/check_storage.c
tests_cmd_check_storage_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_storage_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_storage_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_signing
tests_cmd_check_signing_SOURCES = tests/cmd/check_signing.c
tests_cmd_check_signing_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_signing_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_signing_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_identity
tests_cmd_check_identity_SOURCES = tests/cmd/check_identity.c
tests_cmd_check_identity_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_identity_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_identity_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_setcapability
tests_cmd_check_setcapability_SOURCES = tests/cmd/check_setcapability.c
tests_cmd_check_setcapability_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_setcapability_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_setcapability_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_administration
tests_cmd_check_administration_SOURCES = tests/cmd/check_administration.c
tests_cmd_check_administration_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_administration_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_administration_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_takeownership
tests_cmd_check_takeownership_SOURCES = tests/cmd/check_takeownership.c
tests_cmd_check_takeownership_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_takeownership_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_takeownership_LDADD = $(TPM_TEST_LIBS)
