# SPDX-License-Identifier: BSD-2-Clause

sbin_PROGRAMS += vtpm-userback
pkglibexec_PROGRAMS += vtpm-template

# What both programs and the unit tests use.
noinst_LTLIBRARIES += libuserback.la
libuserback_la_SOURCES = \
	vtpmback-user/bundle.c vtpmback-user/bundle.h \
	vtpmback-user/bytes.h \
	vtpmback-user/channel.c vtpmback-user/channel.h \
	vtpmback-user/cmdline.c vtpmback-user/cmdline.h \
	vtpmback-user/device.c vtpmback-user/device.h \
	vtpmback-user/domains.h \
	vtpmback-user/fileio.c vtpmback-user/fileio.h \
	vtpmback-user/files.c vtpmback-user/files.h \
	vtpmback-user/identity.c vtpmback-user/identity.h \
	vtpmback-user/live.c vtpmback-user/live.h \
	vtpmback-user/log.c vtpmback-user/log.h \
	vtpmback-user/masterkey.c vtpmback-user/masterkey.h \
	vtpmback-user/power.c vtpmback-user/power.h \
	vtpmback-user/seal.c vtpmback-user/seal.h \
	vtpmback-user/settings.c vtpmback-user/settings.h \
	vtpmback-user/statedir.c vtpmback-user/statedir.h \
	vtpmback-user/store.c vtpmback-user/store.h \
	vtpmback-user/store_impl.h \
	vtpmback-user/store_saved.c vtpmback-user/store_saved.h \
	vtpmback-user/vtpmdb.c vtpmback-user/vtpmdb.h \
	vtpmback-user/worker.c vtpmback-user/worker.h vtpmback-user/engine.h \
	vtpmback-user/sandbox.c vtpmback-user/sandbox.h \
	vtpmback-user/template_serve.c \
	vtpmback-user/xenbus.c vtpmback-user/xenbus.h \
	vtpmback-user/xs.c vtpmback-user/xs.h
libuserback_la_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS) $(CRYPTO_CFLAGS) \
	$(SECCOMP_CFLAGS)

vtpm_userback_SOURCES = \
	vtpmback-user/main.c \
	vtpmback-user/options.c vtpmback-user/options.h \
	vtpmback-user/options.def \
	vtpmback-user/admin_socket.c vtpmback-user/admin_socket.h \
	vtpmback-user/parent.c vtpmback-user/parent.h \
	vtpmback-user/slot.c vtpmback-user/slot.h \
	vtpmback-user/launch.c vtpmback-user/launch.h \
	vtpmback-user/template.c vtpmback-user/template.h \
	vtpmback-user/notify.c vtpmback-user/notify.h \
	vtpmback-user/domains_libxen.c \
	vtpmback-user/xs_libxen.c
vtpm_userback_CPPFLAGS = $(AM_CPPFLAGS) \
	-DPKGLIBEXECDIR=\"$(pkglibexecdir)\"
vtpm_userback_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS) $(EVENT_CFLAGS) \
	$(XENSTORE_CFLAGS) $(XENCTRL_CFLAGS)
vtpm_userback_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
vtpm_userback_LDADD = libuserback.la $(EVENT_LIBS) $(XENSTORE_LIBS) \
	$(XENCTRL_LIBS) $(CRYPTO_LIBS)

vtpm_template_SOURCES = \
	vtpmback-user/template_main.c \
	vtpmback-user/engine_tpm12.c
vtpm_template_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS)
vtpm_template_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
vtpm_template_LDADD = libuserback.la libtpm12-core.la libvring-core.la \
	$(SECCOMP_LIBS) $(CRYPTO_LIBS)

dist_man_MANS += vtpmback-user/vtpm-userback.8
EXTRA_DIST += vtpmback-user/vtpm-userback.service.in
CLEANFILES += vtpmback-user/vtpm-userback.service
if SYSTEMD
systemdsystemunit_DATA = vtpmback-user/vtpm-userback.service
endif
vtpmback-user/vtpm-userback.service: \
		$(srcdir)/vtpmback-user/vtpm-userback.service.in
	$(SUBSTITUTE) $< >$@
