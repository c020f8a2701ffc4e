# SPDX-License-Identifier: BSD-2-Clause
#
# vtpm-xl: xl for configurations in the style of 2006.

sbin_PROGRAMS += vtpm-xl
dist_man_MANS += vtpmback-user/xl/vtpm-xl.8

# What the program and its unit tests use.
noinst_LTLIBRARIES += libvtpmxl.la
libvtpmxl_la_SOURCES = \
	vtpmback-user/xl/command.c vtpmback-user/xl/command.h \
	vtpmback-user/xl/guestcfg.c vtpmback-user/xl/guestcfg.h \
	vtpmback-user/xl/rewrite.c vtpmback-user/xl/rewrite.h \
	vtpmback-user/xl/spec.c vtpmback-user/xl/spec.h
libvtpmxl_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/vtpmback-user
libvtpmxl_la_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS) $(XLUTIL_CFLAGS)

vtpm_xl_SOURCES = vtpmback-user/xl/xl_main.c
vtpm_xl_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/vtpmback-user
vtpm_xl_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS)
vtpm_xl_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
vtpm_xl_LDADD = libvtpmxl.la libuserback.la $(XLUTIL_LIBS) $(CRYPTO_LIBS)
