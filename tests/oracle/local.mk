# SPDX-License-Identifier: BSD-2-Clause
# Our TPM held against libtpms'; made when tests/all or make soak asks for it.

EXTRA_PROGRAMS += tests/oracle/oracle tests/oracle/diff
CLEANFILES += tests/oracle/oracle tests/oracle/diff

ORACLE_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/tests/client \
	-I$(top_srcdir)/tests/cmd -I$(top_srcdir)/tests/oracle

# What libtpms asks libcrypto and libc for is found here first.
tests_oracle_oracle_SOURCES = \
	tests/cmd/primes.c \
	tests/cmd/primitives.c \
	tests/oracle/circumstances.c tests/oracle/circumstances.h \
	tests/oracle/keys.c tests/oracle/keys.h \
	tests/oracle/libtpms.c tests/oracle/libtpms.h \
	tests/oracle/oracle.c \
	tests/oracle/random.h
tests_oracle_oracle_CPPFLAGS = $(ORACLE_CPPFLAGS)
tests_oracle_oracle_CFLAGS = $(AM_CFLAGS) $(LIBTPMS_CFLAGS) $(CRYPTO_CFLAGS)
tests_oracle_oracle_LDFLAGS = $(AM_LDFLAGS) -rdynamic
tests_oracle_oracle_LDADD = $(LIBTPMS_LIBS) $(CRYPTO_LIBS)

tests_oracle_diff_SOURCES = \
	tests/client/tss.c \
	tests/cmd/primes.c \
	tests/cmd/primitives.c \
	tests/oracle/bytes.c tests/oracle/bytes.h \
	tests/oracle/circumstances.c tests/oracle/circumstances.h \
	tests/oracle/diff.c \
	tests/oracle/explained.c tests/oracle/explained.def \
	tests/oracle/gen_context.c \
	tests/oracle/gen_delegation.c \
	tests/oracle/gen_identity.c \
	tests/oracle/gen_keys.c \
	tests/oracle/gen_nv.c \
	tests/oracle/gen_owner.c \
	tests/oracle/gen_platform.c \
	tests/oracle/gen_storage.c \
	tests/oracle/gen_transport.c \
	tests/oracle/generators.def tests/oracle/generators.h \
	tests/oracle/keys.c tests/oracle/keys.h \
	tests/oracle/life.c \
	tests/oracle/mutations.def \
	tests/oracle/random.h \
	tests/oracle/script.c tests/oracle/script.h \
	tests/oracle/sessions.c \
	tests/oracle/side.h \
	tests/oracle/side_oracle.c \
	tests/oracle/side_ours.c \
	tests/oracle/steps.c \
	tests/oracle/world.c tests/oracle/world.h
tests_oracle_diff_CPPFLAGS = $(ORACLE_CPPFLAGS)
tests_oracle_diff_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_oracle_diff_LDADD = libtpm12-core.la $(CRYPTO_LIBS)
