# SPDX-License-Identifier: BSD-2-Clause

# libtpm12-core.la has every symbol, for our programs and unit tests;
# libtpm12.la exports tpm12.map's.
noinst_LTLIBRARIES += libtpm12-core.la
lib_LTLIBRARIES += libtpm12.la
include_HEADERS += emulator/tpm12.h
dist_man_MANS += emulator/tpm12.3
EXTRA_DIST += emulator/tpm12.map

libtpm12_core_la_SOURCES = \
	emulator/audit.c \
	emulator/auth.c \
	emulator/cmd/administration.c \
	emulator/cmd/auditing.c \
	emulator/cmd/authdata.c \
	emulator/cmd/capability.c \
	emulator/cmd/context.c \
	emulator/cmd/counter.c \
	emulator/cmd/cmk.c \
	emulator/cmd/cryptographic.c \
	emulator/cmd/delegation.c \
	emulator/cmd/daa.c \
	emulator/cmd/daa_join.c \
	emulator/cmd/daa_proof.c \
	emulator/cmd/daa_stage.c \
	emulator/cmd/deprecated.c \
	emulator/cmd/endorsement.c \
	emulator/cmd/eviction.c \
	emulator/cmd/identity.c \
	emulator/cmd/integrity.c \
	emulator/cmd/management.c \
	emulator/cmd/nonvolatile.c \
	emulator/cmd/maintenance.c \
	emulator/cmd/migration.c \
	emulator/cmd/optin.c \
	emulator/cmd/ownership.c \
	emulator/cmd/sessions.c \
	emulator/cmd/setcapability.c \
	emulator/cmd/signing.c \
	emulator/cmd/sha1.c \
	emulator/cmd/startup.c \
	emulator/cmd/storage.c \
	emulator/cmd/testing.c \
	emulator/cmd/ticks.c \
	emulator/cmd/transport.c \
	emulator/commands.def \
	emulator/commands.h \
	emulator/constants.h \
	emulator/context.c \
	emulator/context.h \
	emulator/counter.c \
	emulator/counter.h \
	emulator/crypto.c \
	emulator/crypto.h \
	emulator/crypto_bn.c \
	emulator/crypto_hash.c \
	emulator/crypto_impl.h \
	emulator/crypto_oaep.c \
	emulator/crypto_rsa.c \
	emulator/crypto_rsa_key.c \
	emulator/crypto_sym.c \
	emulator/delegation.c \
	emulator/delegation.h \
	emulator/daa.c \
	emulator/daa.h \
	emulator/daa_stage.h \
	emulator/execute.c \
	emulator/keyblob.c \
	emulator/keypool.c \
	emulator/keys.c \
	emulator/keys.h \
	emulator/launch.c \
	emulator/lockout.c \
	emulator/nv.c \
	emulator/nv.h \
	emulator/migration.c \
	emulator/migration.h \
	emulator/pcr.c \
	emulator/pcr.h \
	emulator/result.c \
	emulator/result.def \
	emulator/result.h \
	emulator/selftest.c \
	emulator/sign.c \
	emulator/state.c \
	emulator/state.def \
	emulator/structures.def \
	emulator/tpm.c \
	emulator/tpm.h \
	emulator/tpm12.h \
	emulator/transport.c \
	emulator/transport.h \
	emulator/types.c \
	emulator/types.h \
	emulator/wrapped.c \
	emulator/wrapped.h \
	emulator/wire.h
libtpm12_core_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) -pthread
libtpm12_core_la_LIBADD = $(CRYPTO_LIBS) -lpthread

libtpm12_la_SOURCES =
libtpm12_la_LIBADD = libtpm12-core.la
libtpm12_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 -no-undefined \
	-Wl,--version-script=$(srcdir)/emulator/tpm12.map
libtpm12_la_DEPENDENCIES = libtpm12-core.la emulator/tpm12.map
