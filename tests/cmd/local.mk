# SPDX-License-Identifier: BSD-2-Clause
#
# What a command does, by chapter of Part 3, and the emulator's modules, seen
# by a client of their own on a machine in memory.

noinst_HEADERS += \
	tests/client/ordinals.h \
	tests/client/primitives.h \
	tests/client/tss.h \
	tests/client/tss_transport.h \
	tests/cmd/calls.h \
	tests/cmd/delegations.h \
	tests/cmd/key_kinds.h \
	tests/cmd/keycalls.h \
	tests/cmd/daa_host.h \
	tests/cmd/daa_issuer.h \
	tests/cmd/machine.h \
	tests/cmd/nv_calls.h \
	tests/cmd/ownercalls.h \
	tests/cmd/migrationcalls.h \
	tests/cmd/primes.h \
	tests/cmd/rsa.h \
	tests/cmd/samples.h \
	tests/cmd/sessioncalls.h \
	tests/cmd/setup.h \
	tests/cmd/transports.h

check_LTLIBRARIES += libtpmtest.la
libtpmtest_la_SOURCES = \
	tests/client/tss.c \
	tests/client/tss_transport.c \
	tests/cmd/calls.c \
	tests/cmd/delegations.c \
	tests/cmd/keycalls.c \
	tests/cmd/machine.c \
	tests/cmd/nv_calls.c \
	tests/cmd/ownercalls.c \
	tests/cmd/migrationcalls.c \
	tests/cmd/primes.c \
	tests/cmd/primitives.c \
	tests/cmd/rsa.c \
	tests/cmd/samples.c \
	tests/cmd/samples_sessions.c \
	tests/cmd/samples_transport.c \
	tests/cmd/sessioncalls.c \
	tests/cmd/samples_migration.c \
	tests/cmd/setup.c
libtpmtest_la_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
libtpmtest_la_CFLAGS = $(TEST_CFLAGS) $(CRYPTO_CFLAGS)

TPM_TEST_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/tests/client \
	-I$(top_srcdir)/tests/cmd -I$(top_srcdir)/tests/unit
TPM_TEST_LIBS = libtpmtest.la libtpm12-core.la $(CHECK_LIBS) $(CRYPTO_LIBS)

check_PROGRAMS += tests/unit/check_answer
tests_unit_check_answer_SOURCES = tests/unit/check_answer.c
tests_unit_check_answer_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_unit_check_answer_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_answer_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/unit/check_execute
tests_unit_check_execute_SOURCES = tests/unit/check_execute.c
tests_unit_check_execute_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_unit_check_execute_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_execute_LDADD = $(TPM_TEST_LIBS)

noinst_HEADERS += tests/cmd/chapter.h tests/cmd/nv_chapter.h
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

noinst_HEADERS += tests/cmd/check_delegation.h
check_PROGRAMS += tests/cmd/check_delegation_rows
tests_cmd_check_delegation_rows_SOURCES = tests/cmd/check_delegation_rows.c
tests_cmd_check_delegation_rows_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_delegation_rows_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_delegation_rows_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_delegation
tests_cmd_check_delegation_SOURCES = tests/cmd/check_delegation.c
tests_cmd_check_delegation_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_delegation_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_delegation_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_context
tests_cmd_check_context_SOURCES = tests/cmd/check_context.c
tests_cmd_check_context_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_context_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_context_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_context_transport
tests_cmd_check_context_transport_SOURCES = tests/cmd/check_context_transport.c
tests_cmd_check_context_transport_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_context_transport_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_context_transport_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_authdata
tests_cmd_check_authdata_SOURCES = tests/cmd/check_authdata.c
tests_cmd_check_authdata_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_authdata_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_authdata_LDADD = $(TPM_TEST_LIBS)

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

check_PROGRAMS += tests/unit/check_state_full
tests_unit_check_state_full_SOURCES = tests/unit/check_state_full.c
tests_unit_check_state_full_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_unit_check_state_full_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_state_full_LDADD = $(TPM_TEST_LIBS)

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
check_PROGRAMS += tests/unit/check_launch
tests_unit_check_launch_SOURCES = tests/unit/check_launch.c
tests_unit_check_launch_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_unit_check_launch_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_launch_LDADD = $(TPM_TEST_LIBS)
check_PROGRAMS += tests/cmd/check_sha1
tests_cmd_check_sha1_SOURCES = tests/cmd/check_sha1.c
tests_cmd_check_sha1_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_sha1_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_sha1_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_ticks
tests_cmd_check_ticks_SOURCES = tests/cmd/check_ticks.c
tests_cmd_check_ticks_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_ticks_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_ticks_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_auditing
tests_cmd_check_auditing_SOURCES = tests/cmd/check_auditing.c
tests_cmd_check_auditing_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_auditing_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_auditing_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_transport
tests_cmd_check_transport_SOURCES = tests/cmd/check_transport.c
tests_cmd_check_transport_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_transport_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_transport_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_transport_execute
tests_cmd_check_transport_execute_SOURCES = tests/cmd/check_transport_execute.c
tests_cmd_check_transport_execute_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_transport_execute_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_transport_execute_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_transport_end
tests_cmd_check_transport_end_SOURCES = tests/cmd/check_transport_end.c
tests_cmd_check_transport_end_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_transport_end_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_transport_end_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/unit/check_audit
tests_unit_check_audit_SOURCES = tests/unit/check_audit.c
tests_unit_check_audit_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_unit_check_audit_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_audit_LDADD = $(TPM_TEST_LIBS)
tests_unit_check_audit_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=tpm_crypto_failed
check_PROGRAMS += tests/cmd/check_nonvolatile
tests_cmd_check_nonvolatile_SOURCES = tests/cmd/check_nonvolatile.c
tests_cmd_check_nonvolatile_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_nonvolatile_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_nonvolatile_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_nonvolatile_use
tests_cmd_check_nonvolatile_use_SOURCES = tests/cmd/check_nonvolatile_use.c
tests_cmd_check_nonvolatile_use_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_nonvolatile_use_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_nonvolatile_use_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/unit/check_nv
tests_unit_check_nv_SOURCES = tests/unit/check_nv.c
tests_unit_check_nv_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_unit_check_nv_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_nv_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_counter
tests_cmd_check_counter_SOURCES = tests/cmd/check_counter.c
tests_cmd_check_counter_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_counter_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_counter_LDADD = $(TPM_TEST_LIBS)


check_PROGRAMS += tests/cmd/check_migration
tests_cmd_check_migration_SOURCES = tests/cmd/check_migration.c
tests_cmd_check_migration_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_migration_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_migration_LDADD = $(TPM_TEST_LIBS)

noinst_HEADERS += tests/cmd/migration_rig.h
check_PROGRAMS += tests/cmd/check_migration_key
tests_cmd_check_migration_key_SOURCES = tests/cmd/check_migration_key.c
tests_cmd_check_migration_key_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_migration_key_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_migration_key_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_cmk
tests_cmd_check_cmk_SOURCES = tests/cmd/check_cmk.c
tests_cmd_check_cmk_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_cmk_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_cmk_LDADD = $(TPM_TEST_LIBS)

noinst_HEADERS += tests/cmd/cmk_rig.h
check_PROGRAMS += tests/cmd/check_cmk_blob
tests_cmd_check_cmk_blob_SOURCES = tests/cmd/check_cmk_blob.c
tests_cmd_check_cmk_blob_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_cmk_blob_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_cmk_blob_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_cmk_convert
tests_cmd_check_cmk_convert_SOURCES = tests/cmd/check_cmk_convert.c
tests_cmd_check_cmk_convert_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_cmk_convert_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_cmk_convert_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_maintenance
tests_cmd_check_maintenance_SOURCES = tests/cmd/check_maintenance.c
tests_cmd_check_maintenance_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_maintenance_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_maintenance_LDADD = $(TPM_TEST_LIBS)
check_PROGRAMS += tests/cmd/check_storage_bind
tests_cmd_check_storage_bind_SOURCES = tests/cmd/check_storage_bind.c
tests_cmd_check_storage_bind_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_storage_bind_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_storage_bind_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_storage_create
tests_cmd_check_storage_create_SOURCES = tests/cmd/check_storage_create.c
tests_cmd_check_storage_create_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_storage_create_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_storage_create_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_storage_load
tests_cmd_check_storage_load_SOURCES = tests/cmd/check_storage_load.c
tests_cmd_check_storage_load_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_storage_load_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_storage_load_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_quote
tests_cmd_check_quote_SOURCES = tests/cmd/check_quote.c
tests_cmd_check_quote_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_quote_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_quote_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_management
tests_cmd_check_management_SOURCES = tests/cmd/check_management.c
tests_cmd_check_management_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_management_CFLAGS = $(TEST_CFLAGS)
tests_cmd_check_management_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/unit/check_keys
tests_unit_check_keys_SOURCES = tests/unit/check_keys.c
tests_unit_check_keys_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_unit_check_keys_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_keys_LDADD = $(TPM_TEST_LIBS)
tests_unit_check_keys_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=tpm_rsa_private

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
check_PROGRAMS += tests/cmd/check_daa
tests_cmd_check_daa_SOURCES = tests/cmd/check_daa.c tests/cmd/daa_issuer.c
tests_cmd_check_daa_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_daa_CFLAGS = $(TEST_CFLAGS) $(CRYPTO_CFLAGS)
tests_cmd_check_daa_LDADD = $(TPM_TEST_LIBS)

check_PROGRAMS += tests/cmd/check_daa_inputs
tests_cmd_check_daa_inputs_SOURCES = tests/cmd/check_daa_inputs.c \
	tests/cmd/daa_issuer.c
tests_cmd_check_daa_inputs_CPPFLAGS = $(TPM_TEST_CPPFLAGS)
tests_cmd_check_daa_inputs_CFLAGS = $(TEST_CFLAGS) $(CRYPTO_CFLAGS)
tests_cmd_check_daa_inputs_LDADD = $(TPM_TEST_LIBS)
