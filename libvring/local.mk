# SPDX-License-Identifier: BSD-2-Clause

# libvring-core.la has every symbol, for our programs and unit tests;
# libvring.la exports vring.map's.
noinst_LTLIBRARIES += libvring-core.la
lib_LTLIBRARIES += libvring.la
include_HEADERS += libvring/vring.h libvring/xen_ops.h
dist_man_MANS += libvring/vring.3
EXTRA_DIST += libvring/vring.map libvring/vring.pc.in
CLEANFILES += libvring/vring.pc
pkgconfig_DATA += libvring/vring.pc

libvring_core_la_SOURCES = \
	libvring/vring.c \
	libvring/vring_impl.h \
	libvring/tpmif.h \
	libvring/tpmif_page.h \
	libvring/tpmif_v1.c \
	libvring/tpmif_v1.h \
	libvring/tpmif_v2.c \
	libvring/xen_ops_libxen.c
libvring_core_la_CFLAGS = $(AM_CFLAGS) $(XENGNTTAB_CFLAGS) $(XENEVTCHN_CFLAGS)
libvring_core_la_LIBADD = $(XENGNTTAB_LIBS) $(XENEVTCHN_LIBS)

libvring_la_SOURCES =
libvring_la_LIBADD = libvring-core.la
libvring_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 -no-undefined \
	-Wl,--version-script=$(srcdir)/libvring/vring.map
libvring_la_DEPENDENCIES = libvring-core.la libvring/vring.map

libvring/vring.pc: $(srcdir)/libvring/vring.pc.in
	$(SUBSTITUTE) $< >$@
