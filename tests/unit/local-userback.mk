# SPDX-License-Identifier: BSD-2-Clause

noinst_HEADERS += tests/fake/xs_fake.h tests/fake/xs_fake_tree.h

check_LTLIBRARIES += libxsfake.la
libxsfake_la_SOURCES = tests/fake/xs_fake.c tests/fake/xs_fake_tree.c
libxsfake_la_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/vtpmback-user

USERBACK_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/vtpmback-user
USERBACK_LIBS = libuserback.la $(CHECK_LIBS) $(CRYPTO_LIBS) $(SECCOMP_LIBS)

check_PROGRAMS += tests/unit/check_xs_fake
tests_unit_check_xs_fake_SOURCES = tests/unit/check_xs_fake.c
tests_unit_check_xs_fake_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_xs_fake_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_xs_fake_LDADD = libxsfake.la $(USERBACK_LIBS)

check_PROGRAMS += tests/unit/check_xenbus
tests_unit_check_xenbus_SOURCES = tests/unit/check_xenbus.c
tests_unit_check_xenbus_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_xenbus_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_xenbus_LDADD = $(USERBACK_LIBS)

check_PROGRAMS += tests/unit/check_device
tests_unit_check_device_SOURCES = tests/unit/check_device.c \
	tests/unit/device_rig.c tests/unit/device_rig.h
tests_unit_check_device_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_device_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_device_LDADD = libxsfake.la $(USERBACK_LIBS)

check_PROGRAMS += tests/unit/check_device_hostile
tests_unit_check_device_hostile_SOURCES = tests/unit/check_device_hostile.c \
	tests/unit/device_rig.c tests/unit/device_rig.h
tests_unit_check_device_hostile_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_device_hostile_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_device_hostile_LDADD = libxsfake.la $(USERBACK_LIBS)

check_PROGRAMS += tests/unit/check_device_power
tests_unit_check_device_power_SOURCES = tests/unit/check_device_power.c \
	tests/unit/device_rig.c tests/unit/device_rig.h
tests_unit_check_device_power_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_device_power_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_device_power_LDADD = libxsfake.la $(USERBACK_LIBS)

check_PROGRAMS += tests/unit/check_device_v1
tests_unit_check_device_v1_SOURCES = tests/unit/check_device_v1.c \
	tests/unit/device_rig.c tests/unit/device_rig.h
tests_unit_check_device_v1_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_device_v1_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_device_v1_LDADD = libxsfake.la $(USERBACK_LIBS)

check_PROGRAMS += tests/unit/check_channel
tests_unit_check_channel_SOURCES = tests/unit/check_channel.c
tests_unit_check_channel_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_channel_CFLAGS = $(TEST_CFLAGS) -pthread
tests_unit_check_channel_LDADD = $(USERBACK_LIBS) -lpthread

check_PROGRAMS += tests/unit/check_bundle
tests_unit_check_bundle_SOURCES = tests/unit/check_bundle.c
tests_unit_check_bundle_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_bundle_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_bundle_LDADD = $(USERBACK_LIBS)

check_PROGRAMS += tests/unit/check_domains
tests_unit_check_domains_SOURCES = tests/unit/check_domains.c \
	vtpmback-user/domains_libxen.c
tests_unit_check_domains_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_domains_CFLAGS = $(TEST_CFLAGS) $(XENCTRL_CFLAGS)
tests_unit_check_domains_LDADD = $(USERBACK_LIBS) $(XENCTRL_LIBS)

check_PROGRAMS += tests/unit/check_seal
tests_unit_check_seal_SOURCES = tests/unit/check_seal.c
tests_unit_check_seal_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_seal_CFLAGS = $(TEST_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_check_seal_LDADD = $(USERBACK_LIBS)

# System calls that fail on demand; faults.h names them.
FAULTS_WRAPPED = $(AM_LDFLAGS) -Wl,--wrap=openat -Wl,--wrap=read \
	-Wl,--wrap=pread -Wl,--wrap=write -Wl,--wrap=pwrite \
	-Wl,--wrap=fstat -Wl,--wrap=fsync -Wl,--wrap=close \
	-Wl,--wrap=linkat -Wl,--wrap=renameat -Wl,--wrap=unlinkat -Wl,--wrap=mkdirat \
	-Wl,--wrap=fchownat -Wl,--wrap=flock -Wl,--wrap=malloc \
	-Wl,--wrap=calloc -Wl,--wrap=realloc -Wl,--wrap=strdup \
	-Wl,--wrap=nanosleep

check_PROGRAMS += tests/unit/check_store
tests_unit_check_store_SOURCES = tests/unit/check_store.c \
	tests/fake/faults.c tests/fake/faults.h
tests_unit_check_store_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_store_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_store_LDFLAGS = $(FAULTS_WRAPPED)
tests_unit_check_store_LDADD = $(USERBACK_LIBS)

check_PROGRAMS += tests/unit/check_live
tests_unit_check_live_SOURCES = tests/unit/check_live.c \
	tests/fake/faults.c tests/fake/faults.h
tests_unit_check_live_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_live_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_live_LDFLAGS = $(FAULTS_WRAPPED)
tests_unit_check_live_LDADD = $(USERBACK_LIBS)

check_PROGRAMS += tests/unit/check_saved
tests_unit_check_saved_SOURCES = tests/unit/check_saved.c \
	tests/fake/faults.c tests/fake/faults.h
tests_unit_check_saved_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_saved_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_saved_LDFLAGS = $(FAULTS_WRAPPED)
tests_unit_check_saved_LDADD = $(USERBACK_LIBS)

check_PROGRAMS += tests/unit/check_power
tests_unit_check_power_SOURCES = tests/unit/check_power.c \
	tests/unit/tree.c tests/unit/tree.h \
	tests/fake/faults.c tests/fake/faults.h
tests_unit_check_power_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_power_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_power_LDFLAGS = $(FAULTS_WRAPPED)
tests_unit_check_power_LDADD = $(USERBACK_LIBS)

check_PROGRAMS += tests/unit/check_vtpmdb
tests_unit_check_vtpmdb_SOURCES = tests/unit/check_vtpmdb.c \
	tests/fake/faults.c tests/fake/faults.h
tests_unit_check_vtpmdb_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_vtpmdb_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_vtpmdb_LDFLAGS = $(FAULTS_WRAPPED)
tests_unit_check_vtpmdb_LDADD = $(USERBACK_LIBS)

check_PROGRAMS += tests/unit/check_identity
tests_unit_check_identity_SOURCES = tests/unit/check_identity.c \
	tests/fake/faults.c tests/fake/faults.h
tests_unit_check_identity_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_identity_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_identity_LDFLAGS = $(FAULTS_WRAPPED)
tests_unit_check_identity_LDADD = $(USERBACK_LIBS)

check_PROGRAMS += tests/unit/check_masterkey
tests_unit_check_masterkey_SOURCES = tests/unit/check_masterkey.c \
	tests/fake/faults.c tests/fake/faults.h
tests_unit_check_masterkey_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_masterkey_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_masterkey_LDFLAGS = $(FAULTS_WRAPPED)
tests_unit_check_masterkey_LDADD = $(USERBACK_LIBS)

check_PROGRAMS += tests/unit/check_settings
tests_unit_check_settings_SOURCES = tests/unit/check_settings.c \
	tests/fake/faults.c tests/fake/faults.h
tests_unit_check_settings_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_settings_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_settings_LDFLAGS = $(FAULTS_WRAPPED)
tests_unit_check_settings_LDADD = $(USERBACK_LIBS)

check_PROGRAMS += tests/unit/check_statedir
tests_unit_check_statedir_SOURCES = tests/unit/check_statedir.c \
	tests/fake/faults.c tests/fake/faults.h
tests_unit_check_statedir_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_statedir_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_statedir_LDFLAGS = $(FAULTS_WRAPPED)
tests_unit_check_statedir_LDADD = $(USERBACK_LIBS)

check_PROGRAMS += tests/unit/check_options
tests_unit_check_options_SOURCES = tests/unit/check_options.c \
	vtpmback-user/options.c vtpmback-user/options.h
tests_unit_check_options_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_options_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_options_LDADD = $(USERBACK_LIBS)

check_PROGRAMS += tests/unit/check_log
tests_unit_check_log_SOURCES = tests/unit/check_log.c
tests_unit_check_log_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_log_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_log_LDADD = $(USERBACK_LIBS)

check_PROGRAMS += tests/unit/check_admin_socket
tests_unit_check_admin_socket_SOURCES = tests/unit/check_admin_socket.c \
	vtpmback-user/admin_socket.c vtpmback-user/admin_socket.h
tests_unit_check_admin_socket_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_admin_socket_CFLAGS = $(TEST_CFLAGS) $(EVENT_CFLAGS)
tests_unit_check_admin_socket_LDADD = $(USERBACK_LIBS) $(EVENT_LIBS)

check_PROGRAMS += tests/unit/check_notify
tests_unit_check_notify_SOURCES = tests/unit/check_notify.c \
	vtpmback-user/notify.c vtpmback-user/notify.h
tests_unit_check_notify_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_notify_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_notify_LDADD = $(USERBACK_LIBS)

# The address sanitizer makes system calls of its own.
if !SANITIZERS
check_PROGRAMS += tests/unit/check_sandbox
endif
tests_unit_check_sandbox_SOURCES = tests/unit/check_sandbox.c
tests_unit_check_sandbox_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_sandbox_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_sandbox_LDADD = $(USERBACK_LIBS) libtpm12-core.la -lpthread

check_PROGRAMS += tests/unit/check_template
tests_unit_check_template_SOURCES = tests/unit/check_template.c
tests_unit_check_template_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_template_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_template_LDADD = $(USERBACK_LIBS)

# A worker, in a thread.
WORKER_RIG = \
	tests/unit/worker_rig.c tests/unit/worker_rig.h \
	tests/fake/engine_fake.c tests/fake/engine_fake.h \
	tests/fake/faults.c tests/fake/faults.h
WORKER_RIG_LIBS = $(USERBACK_LIBS) libvring-rig.la -lpthread

check_PROGRAMS += tests/unit/check_worker
tests_unit_check_worker_SOURCES = tests/unit/check_worker.c $(WORKER_RIG)
tests_unit_check_worker_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_worker_CFLAGS = $(TEST_CFLAGS) -pthread
tests_unit_check_worker_LDFLAGS = $(FAULTS_WRAPPED)
tests_unit_check_worker_LDADD = $(WORKER_RIG_LIBS)

if !SANITIZERS
check_PROGRAMS += tests/unit/check_orphan
endif
tests_unit_check_orphan_SOURCES = tests/unit/check_orphan.c
tests_unit_check_orphan_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_orphan_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_orphan_LDADD = $(USERBACK_LIBS)

# A real TPM on the store, whose system calls go to a disk in memory.
check_PROGRAMS += tests/unit/check_powercut
tests_unit_check_powercut_SOURCES = tests/unit/check_powercut.c \
	tests/fake/disk.c tests/fake/disk.h
tests_unit_check_powercut_CPPFLAGS = $(TPM_TEST_CPPFLAGS) \
	$(USERBACK_CPPFLAGS)
tests_unit_check_powercut_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_powercut_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=openat \
	-Wl,--wrap=pread -Wl,--wrap=pwrite -Wl,--wrap=fsync \
	-Wl,--wrap=close -Wl,--wrap=fstat -Wl,--wrap=faccessat \
	-Wl,--wrap=linkat -Wl,--wrap=renameat -Wl,--wrap=unlinkat \
	-Wl,--wrap=flock
tests_unit_check_powercut_LDADD = $(TPM_TEST_LIBS) $(USERBACK_LIBS)

check_PROGRAMS += tests/unit/check_journal
tests_unit_check_journal_SOURCES = tests/unit/check_journal.c \
	tests/fake/engine_fake.c tests/fake/engine_fake.h
tests_unit_check_journal_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_journal_CFLAGS = $(TEST_CFLAGS) -pthread
tests_unit_check_journal_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=mmap \
	-Wl,--wrap=openat -Wl,--wrap=pwrite -Wl,--wrap=fsync \
	-Wl,--wrap=linkat -Wl,--wrap=renameat -Wl,--wrap=unlinkat
tests_unit_check_journal_LDADD = $(USERBACK_LIBS) libvring-rig.la -lpthread

check_PROGRAMS += tests/unit/check_worker_resume
tests_unit_check_worker_resume_SOURCES = tests/unit/check_worker_resume.c \
	$(WORKER_RIG)
tests_unit_check_worker_resume_CPPFLAGS = $(USERBACK_CPPFLAGS)
tests_unit_check_worker_resume_CFLAGS = $(TEST_CFLAGS) -pthread
tests_unit_check_worker_resume_LDFLAGS = $(FAULTS_WRAPPED)
tests_unit_check_worker_resume_LDADD = $(WORKER_RIG_LIBS)

# The whole daemon.  Its workers are the test itself, found in the directory that
# it is in.
PARENT_RIG = \
	tests/unit/parent_rig.c tests/unit/parent_rig.h \
	tests/unit/tree.c tests/unit/tree.h \
	tests/fake/worker_fake.c tests/fake/worker_fake.h \
	tests/fake/engine_fake.c tests/fake/engine_fake.h \
	tests/fake/faults.c tests/fake/faults.h \
	vtpmback-user/admin_socket.c vtpmback-user/admin_socket.h \
	vtpmback-user/parent.c vtpmback-user/parent.h \
	vtpmback-user/slot.c vtpmback-user/slot.h \
	vtpmback-user/launch.c vtpmback-user/launch.h \
	vtpmback-user/template.c vtpmback-user/template.h \
	vtpmback-user/notify.c vtpmback-user/notify.h
PARENT_RIG_CPPFLAGS = $(USERBACK_CPPFLAGS) -DPKGLIBEXECDIR=\".\"
PARENT_RIG_CFLAGS = $(TEST_CFLAGS) $(EVENT_CFLAGS) -pthread
PARENT_RIG_LIBS = libxsfake.la $(USERBACK_LIBS) libvring-core.la $(EVENT_LIBS) \
	-lpthread

check_PROGRAMS += tests/unit/check_parent
tests_unit_check_parent_SOURCES = tests/unit/check_parent.c $(PARENT_RIG)
tests_unit_check_parent_CPPFLAGS = $(PARENT_RIG_CPPFLAGS)
tests_unit_check_parent_CFLAGS = $(PARENT_RIG_CFLAGS)
tests_unit_check_parent_LDFLAGS = $(FAULTS_WRAPPED)
tests_unit_check_parent_LDADD = $(PARENT_RIG_LIBS)

check_PROGRAMS += tests/unit/check_suspend
tests_unit_check_suspend_SOURCES = tests/unit/check_suspend.c $(PARENT_RIG)
tests_unit_check_suspend_CPPFLAGS = $(PARENT_RIG_CPPFLAGS)
tests_unit_check_suspend_CFLAGS = $(PARENT_RIG_CFLAGS)
tests_unit_check_suspend_LDFLAGS = $(FAULTS_WRAPPED)
tests_unit_check_suspend_LDADD = $(PARENT_RIG_LIBS)
