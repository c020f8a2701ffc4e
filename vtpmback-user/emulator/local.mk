# SPDX-License-Identifier: BSD-2-Clause
#
# vtpm-emulator: the TPM behind a socket.

bin_PROGRAMS += vtpm-emulator
dist_man_MANS += vtpmback-user/emulator/vtpm-emulator.1

# What the program and its unit tests use.
noinst_LTLIBRARIES += libemulator.la
libemulator_la_SOURCES = \
	vtpmback-user/emulator/address.c vtpmback-user/emulator/address.h \
	vtpmback-user/emulator/chip.c vtpmback-user/emulator/chip.h \
	vtpmback-user/emulator/conn.c vtpmback-user/emulator/conn.h \
	vtpmback-user/emulator/control.c vtpmback-user/emulator/control.h \
	vtpmback-user/emulator/control_protocol.h \
	vtpmback-user/emulator/data.c vtpmback-user/emulator/data.h \
	vtpmback-user/emulator/home.c vtpmback-user/emulator/home.h \
	vtpmback-user/emulator/server.c vtpmback-user/emulator/server.h
libemulator_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/vtpmback-user
libemulator_la_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS)

vtpm_emulator_SOURCES = \
	vtpmback-user/emulator/emulator_main.c \
	vtpmback-user/emulator/options.c vtpmback-user/emulator/options.h \
	vtpmback-user/emulator/options.def
vtpm_emulator_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/vtpmback-user
vtpm_emulator_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS)
vtpm_emulator_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
vtpm_emulator_LDADD = libemulator.la libuserback.la libtpm12-core.la \
	$(CRYPTO_LIBS)
