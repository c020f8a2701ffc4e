# SPDX-License-Identifier: BSD-2-Clause

check_PROGRAMS += tests/unit/check_crypto tests/unit/check_rsa
noinst_HEADERS += tests/unit/hex.h tests/unit/suite.h

tests_unit_check_crypto_SOURCES = tests/unit/check_crypto.c
tests_unit_check_crypto_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_check_crypto_CFLAGS = $(TEST_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_check_crypto_LDADD = libtpm12-core.la $(CHECK_LIBS) $(CRYPTO_LIBS)

tests_unit_check_rsa_SOURCES = tests/unit/check_rsa.c
tests_unit_check_rsa_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_check_rsa_CFLAGS = $(TEST_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_check_rsa_LDADD = libtpm12-core.la $(CHECK_LIBS) $(CRYPTO_LIBS)

check_PROGRAMS += tests/unit/check_keypool
tests_unit_check_keypool_SOURCES = tests/unit/check_keypool.c
tests_unit_check_keypool_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_check_keypool_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_keypool_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=tpm_rsa_make_primes \
	-Wl,--wrap=eventfd \
	-Wl,--wrap=pthread_create -Wl,--wrap=free
tests_unit_check_keypool_LDADD = libtpm12-core.la $(CHECK_LIBS) $(CRYPTO_LIBS) -lpthread

check_PROGRAMS += tests/unit/check_crypto_faults
tests_unit_check_crypto_faults_SOURCES = tests/unit/check_crypto_faults.c
tests_unit_check_crypto_faults_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_check_crypto_faults_CFLAGS = $(TEST_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_check_crypto_faults_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=calloc
tests_unit_check_crypto_faults_LDADD = libtpm12-core.la $(CHECK_LIBS) $(CRYPTO_LIBS)
