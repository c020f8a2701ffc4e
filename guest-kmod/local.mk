# SPDX-License-Identifier: BSD-2-Clause
#
# What goes into guests is installed as source, in one folder from which make,
# make install and dkms add work as they are.  Nothing of it is built here.

kmoddir = $(pkgdatadir)/guest-kmod
dist_kmod_DATA = \
	guest-kmod/Kbuild \
	guest-kmod/Makefile \
	guest-kmod/README \
	guest-kmod/command.c \
	guest-kmod/compat.h \
	guest-kmod/front.c \
	guest-kmod/ring.c \
	guest-kmod/ring_v1.c \
	guest-kmod/ring_v2.c \
	guest-kmod/sysfs.c \
	guest-kmod/tpm_xenu-stock.conf \
	guest-kmod/tpm_xenu.conf \
	guest-kmod/tpm_xenu.h
kmod_DATA = \
	guest-kmod/dkms.conf \
	libvring/tpmif.h \
	libvring/tpmif_page.h \
	libvring/tpmif_v1.h
EXTRA_DIST += guest-kmod/dkms.conf.in
CLEANFILES += guest-kmod/dkms.conf

guest-kmod/dkms.conf: $(srcdir)/guest-kmod/dkms.conf.in
	$(SUBSTITUTE) $< >$@
