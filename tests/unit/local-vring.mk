# SPDX-License-Identifier: BSD-2-Clause
# The unit tests of libvring.

check_PROGRAMS += \
	tests/unit/check_vring \
	tests/unit/check_vring_order \
	tests/unit/check_vring_packets \
	tests/unit/check_vring_resume \
	tests/unit/check_vring_v1 \
	tests/unit/check_vring_v1_death \
	tests/unit/check_xen_ops

check_LTLIBRARIES += libvring-rig.la
libvring_rig_la_SOURCES = \
	tests/unit/vring_rig.c tests/unit/vring_rig.h \
	tests/fake/xen_ops_fake.c tests/fake/xen_ops_fake.h
libvring_rig_la_CPPFLAGS = $(TEST_CPPFLAGS)
libvring_rig_la_CFLAGS = $(TEST_CFLAGS) -pthread
libvring_rig_la_LIBADD = libvring-core.la

tests_unit_check_vring_SOURCES = tests/unit/check_vring.c
tests_unit_check_vring_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_check_vring_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_vring_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=calloc
tests_unit_check_vring_LDADD = libvring-rig.la $(CHECK_LIBS) -lpthread

tests_unit_check_vring_order_SOURCES = tests/unit/check_vring_order.c \
	tests/unit/page_trap.c tests/unit/page_trap.h
tests_unit_check_vring_order_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_check_vring_order_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_vring_order_LDADD = libvring-rig.la $(CHECK_LIBS) -lpthread

tests_unit_check_vring_packets_SOURCES = tests/unit/check_vring_packets.c
tests_unit_check_vring_packets_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_check_vring_packets_CFLAGS = $(TEST_CFLAGS) -pthread
tests_unit_check_vring_packets_LDADD = libvring-rig.la $(CHECK_LIBS) -lpthread

tests_unit_check_vring_resume_SOURCES = tests/unit/check_vring_resume.c
tests_unit_check_vring_resume_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_check_vring_resume_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_vring_resume_LDADD = libvring-rig.la $(CHECK_LIBS) -lpthread

tests_unit_check_vring_v1_SOURCES = tests/unit/check_vring_v1.c \
	tests/unit/vring_v1_rig.c tests/unit/vring_v1_rig.h
tests_unit_check_vring_v1_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_check_vring_v1_CFLAGS = $(TEST_CFLAGS) -pthread
tests_unit_check_vring_v1_LDADD = libvring-rig.la $(CHECK_LIBS) -lpthread

tests_unit_check_vring_v1_death_SOURCES = \
	tests/unit/check_vring_v1_death.c \
	tests/unit/page_trap.c tests/unit/page_trap.h \
	tests/unit/vring_v1_rig.c tests/unit/vring_v1_rig.h
tests_unit_check_vring_v1_death_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_check_vring_v1_death_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_vring_v1_death_LDADD = libvring-rig.la $(CHECK_LIBS) -lpthread

tests_unit_check_xen_ops_SOURCES = tests/unit/check_xen_ops.c
tests_unit_check_xen_ops_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_check_xen_ops_CFLAGS = $(TEST_CFLAGS) $(XENGNTTAB_CFLAGS) \
	$(XENEVTCHN_CFLAGS)
tests_unit_check_xen_ops_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=calloc
tests_unit_check_xen_ops_LDADD = libvring-core.la $(CHECK_LIBS)
