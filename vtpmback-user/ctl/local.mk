# SPDX-License-Identifier: BSD-2-Clause
#
# vtpmctl, and the process that looks into a vTPM for it.

sbin_PROGRAMS += vtpmctl
dist_man_MANS += vtpmback-user/ctl/vtpmctl.8
pkglibexec_PROGRAMS += vtpm-look

# What the programs and their unit tests use.
noinst_LTLIBRARIES += libctl.la
libctl_la_SOURCES = \
	vtpmback-user/ctl/ask.c \
	vtpmback-user/ctl/cmd_change.c \
	vtpmback-user/ctl/cmd_move.c \
	vtpmback-user/ctl/cmd_show.c \
	vtpmback-user/ctl/ctl.h \
	vtpmback-user/ctl/daemon.c \
	vtpmback-user/ctl/json.c vtpmback-user/ctl/json.h \
	vtpmback-user/ctl/look.h \
	vtpmback-user/ctl/look_ask.c \
	vtpmback-user/ctl/nest.c \
	vtpmback-user/ctl/options.c vtpmback-user/ctl/options.h \
	vtpmback-user/ctl/options.def \
	vtpmback-user/ctl/report.c vtpmback-user/ctl/report.h \
	vtpmback-user/ctl/vtpm.c \
	vtpmback-user/launch.c vtpmback-user/launch.h
libctl_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/vtpmback-user
libctl_la_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS)

vtpmctl_SOURCES = \
	vtpmback-user/ctl/ctl_main.c \
	vtpmback-user/domains_libxen.c
vtpmctl_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/vtpmback-user \
	-DPKGLIBEXECDIR=\"$(pkglibexecdir)\"
vtpmctl_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS) $(XENCTRL_CFLAGS)
vtpmctl_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
vtpmctl_LDADD = libctl.la libuserback.la $(XENCTRL_LIBS) $(CRYPTO_LIBS)

vtpm_look_SOURCES = \
	vtpmback-user/ctl/look_main.c \
	vtpmback-user/ctl/look.c \
	vtpmback-user/engine_tpm12.c
vtpm_look_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/vtpmback-user
vtpm_look_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS)
vtpm_look_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
vtpm_look_LDADD = libuserback.la libtpm12-core.la $(SECCOMP_LIBS) \
	$(CRYPTO_LIBS)
