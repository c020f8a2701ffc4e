/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key pool, with the search for primes in the test's hands: the linker
 * sends its calls of tpm_rsa_make_primes, eventfd, pthread_create and free
 * here (--wrap).
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crypto.h"
#include "suite.h"
#include "tpm12.h"

#define BITS 512u
#define LEN  TPM12_PRIME_BYTES(BITS)

typedef int make_fn(unsigned int bits, uint8_t *p, uint8_t *q,
		    bool (*cancelled)(void *ctx), void *ctx);

/* How the pool's thread, and how anybody else, finds primes. */
static struct {
	_Atomic(make_fn *) by_thread;
	_Atomic(make_fn *) by_others;
	pthread_t others; /* the test's own thread */
	atomic_uint calls;
	atomic_uint cancelled;
	atomic_bool thread_may_go_on;
	int eventfd_error, create_error;
	void *watched; /* memory that must be wiped before it is freed */
	bool was_wiped;
} fake;

/* The linker's names. */
int __real_tpm_rsa_make_primes(unsigned int bits, uint8_t *p, uint8_t *q,
			       bool (*cancelled)(void *ctx), void *ctx);
int __wrap_tpm_rsa_make_primes(unsigned int bits, uint8_t *p, uint8_t *q,
			       bool (*cancelled)(void *ctx), void *ctx);
int __real_eventfd(unsigned int count, int flags);
int __wrap_eventfd(unsigned int count, int flags);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*start)(void *arg), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*start)(void *arg), void *arg);
void __real_free(void *p);
void __wrap_free(void *p);

int __wrap_tpm_rsa_make_primes(unsigned int bits, uint8_t *p, uint8_t *q,
			       bool (*cancelled)(void *ctx), void *ctx)
{
	make_fn *make = pthread_equal(pthread_self(), fake.others)
				? fake.by_others
				: fake.by_thread;

	fake.calls++;
	return make(bits, p, q, cancelled, ctx);
}

int __wrap_eventfd(unsigned int count, int flags)
{
	if (!fake.eventfd_error)
		return __real_eventfd(count, flags);
	errno = fake.eventfd_error;
	return -1;
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*start)(void *arg), void *arg)
{
	return fake.create_error
		       ? fake.create_error
		       : __real_pthread_create(thread, attr, start, arg);
}

void __wrap_free(void *p)
{
	const uint8_t *bytes = p;
	size_t i, n;

	if (p && p == fake.watched) {
		n = malloc_usable_size(p);
		for (i = 0; i < n && bytes[i] == 0; i++)
			;
		fake.was_wiped = i == n;
	}
	__real_free(p);
}

static void sleep_ms(unsigned int ms)
{
	const struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000L };

	nanosleep(&t, NULL);
}

/* ---- Ways to find primes ---- */

/* Bytes that tell the calls apart; nobody here looks for primality. */
static int make_marked(unsigned int bits, uint8_t *p, uint8_t *q,
		       bool (*cancelled)(void *ctx), void *ctx)
{
	(void)cancelled;
	(void)ctx;
	memset(p, (int)fake.calls, bits / 16);
	memset(q, 0xee, bits / 16);
	return 0;
}

static int make_fails(unsigned int bits, uint8_t *p, uint8_t *q,
		      bool (*cancelled)(void *ctx), void *ctx)
{
	(void)bits;
	(void)p;
	(void)q;
	(void)cancelled;
	(void)ctx;
	return -1;
}

/* Searches until it is cancelled. */
static int make_never(unsigned int bits, uint8_t *p, uint8_t *q,
		      bool (*cancelled)(void *ctx), void *ctx)
{
	(void)bits;
	(void)p;
	(void)q;
	while (!cancelled(ctx))
		sleep_ms(1);
	fake.cancelled++;
	return -1;
}

/* Waits for the test; a cancelled search ends. */
static int make_when_told(unsigned int bits, uint8_t *p, uint8_t *q,
			  bool (*cancelled)(void *ctx), void *ctx)
{
	while (!fake.thread_may_go_on) {
		if (cancelled(ctx))
			return -1;
		sleep_ms(1);
	}
	fake.thread_may_go_on = false;
	return make_marked(bits, p, q, cancelled, ctx);
}

/* ---- Helpers ---- */

static void setup(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.others = pthread_self();
	fake.by_thread = __real_tpm_rsa_make_primes;
	fake.by_others = __real_tpm_rsa_make_primes;
}

static struct tpm12_keypool *start(unsigned int depth)
{
	struct tpm12_keypool *pool = tpm12_keypool_start(BITS, depth);

	ck_assert_ptr_nonnull(pool);
	return pool;
}

static bool readable(const struct tpm12_keypool *pool, int ms)
{
	struct pollfd fd = { tpm12_keypool_fd(pool), POLLIN, 0 };

	return poll(&fd, 1, ms) == 1;
}

static void wait_calls(unsigned int n)
{
	for (int i = 0; i < 2000 && fake.calls < n; i++)
		sleep_ms(1);
	ck_assert_uint_ge(fake.calls, n);
}

/* ---- Keys ---- */

START_TEST(keys_of_the_pool_are_keys)
{
	struct tpm12_keypool *pool = start(2);
	uint8_t p[LEN], q[LEN], sig[TPM_RSA_MAX_BYTES];
	const uint8_t digest[TPM_SHA1_SIZE] = { 7 };
	struct tpm_rsa *key;

	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(tpm12_keypool_take(pool, BITS, p, q), 0);
		key = tpm_rsa_from_primes(p, q, LEN);
		ck_assert_ptr_nonnull(key);
		ck_assert_int_eq(tpm_rsa_sign_sha1(key, digest, sig), 0);
		ck_assert_int_eq(
			tpm_rsa_verify_sha1(
				key, digest,
				(struct tpm_bytes){ sig, tpm_rsa_size(key) }),
			0);
		tpm_rsa_free(key);
	}
	tpm12_keypool_stop(pool);
}
END_TEST

START_TEST(other_sizes_are_made_on_the_spot)
{
	struct tpm12_keypool *pool = start(1);
	uint8_t p[64], q[64];
	struct tpm_rsa *key;

	ck_assert_int_eq(tpm12_keypool_take(pool, 1024, p, q), 0);
	key = tpm_rsa_from_primes(p, q, sizeof(p));
	ck_assert_ptr_nonnull(key);
	ck_assert_uint_eq(tpm_rsa_size(key), 128);
	tpm_rsa_free(key);
	ck_assert_int_eq(tpm12_keypool_take(pool, 1000, p, q), -EIO);
	tpm12_keypool_stop(pool);
}
END_TEST

START_TEST(the_pool_fills_up_and_rests)
{
	struct tpm12_keypool *pool;
	uint8_t p[LEN], q[LEN];

	fake.by_thread = make_marked;
	fake.by_others = make_fails;
	pool = start(8);
	wait_calls(8);
	sleep_ms(30);
	ck_assert_uint_eq(fake.calls, 8);
	for (unsigned int n = 1; n <= 3; n++) {
		ck_assert_int_eq(tpm12_keypool_take(pool, BITS, p, q), 0);
		wait_calls(8 + n);
	}
	sleep_ms(30);
	ck_assert_uint_eq(fake.calls, 8 + 3);
	tpm12_keypool_stop(pool);
}
END_TEST

START_TEST(a_pool_of_depth_0_makes_keys_only_once_it_is_deeper)
{
	struct tpm12_keypool *pool;

	fake.by_thread = make_marked;
	pool = start(0);
	ck_assert(!readable(pool, 20));
	ck_assert_uint_eq(fake.calls, 0);
	ck_assert_int_eq(tpm12_keypool_set_depth(pool, 2), 0);
	wait_calls(2);
	ck_assert(readable(pool, 1000));
	ck_assert_int_eq(tpm12_keypool_set_depth(pool, 9), -EINVAL);
	tpm12_keypool_stop(pool);
}
END_TEST

START_TEST(a_search_ends_when_its_key_is_not_wanted_any_more)
{
	struct tpm12_keypool *pool;

	fake.by_thread = make_never;
	pool = start(1);
	wait_calls(1);
	ck_assert_int_eq(tpm12_keypool_set_depth(pool, 0), 0);
	for (int i = 0; i < 2000 && fake.cancelled == 0; i++)
		sleep_ms(1);
	ck_assert_uint_eq(fake.cancelled, 1);
	sleep_ms(20);
	ck_assert_uint_eq(fake.calls, 1);
	tpm12_keypool_stop(pool);
}
END_TEST

START_TEST(the_descriptor_says_whether_a_key_waits)
{
	struct tpm12_keypool *pool;
	uint8_t p[LEN], q[LEN];

	fake.by_thread = make_when_told;
	pool = start(2);
	for (int i = 0; i < 2; i++) {
		ck_assert(!readable(pool, 10));
		fake.thread_may_go_on = true;
		ck_assert(readable(pool, 5000));
		ck_assert(readable(pool, 0));
		ck_assert_int_eq(tpm12_keypool_take(pool, BITS, p, q), 0);
		ck_assert(!readable(pool, 0));
	}
	tpm12_keypool_stop(pool);
}
END_TEST

/* ---- An empty pool ---- */

START_TEST(who_finds_it_empty_searches_himself)
{
	struct tpm12_keypool *pool;
	uint8_t p[LEN], q[LEN];

	fake.by_thread = make_never;
	fake.by_others = make_marked;
	pool = start(1);
	ck_assert_int_eq(tpm12_keypool_take(pool, BITS, p, q), 0);
	ck_assert_uint_eq(q[0], 0xee);
	tpm12_keypool_stop(pool);
}
END_TEST

START_TEST(a_ready_key_ends_the_takers_search)
{
	struct tpm12_keypool *pool;
	uint8_t p[LEN], q[LEN];

	fake.by_thread = make_when_told;
	fake.by_others = make_never;
	pool = start(1);
	fake.thread_may_go_on = true;
	ck_assert_int_eq(tpm12_keypool_take(pool, BITS, p, q), 0);
	ck_assert_uint_eq(q[0], 0xee);
	tpm12_keypool_stop(pool);
}
END_TEST

/* Waits for the pool's key, but somebody is faster. */
static struct tpm12_keypool *raced_pool;

static int make_never_and_lose(unsigned int bits, uint8_t *p, uint8_t *q,
			       bool (*cancelled)(void *ctx), void *ctx)
{
	uint8_t other_p[LEN], other_q[LEN];
	int r = make_never(bits, p, q, cancelled, ctx);

	fake.by_others = make_marked;
	ck_assert_int_eq(tpm12_keypool_take(raced_pool, BITS, other_p, other_q),
			 0);
	return r;
}

START_TEST(a_key_lost_to_another_taker_is_no_failure)
{
	uint8_t p[LEN], q[LEN];

	fake.by_thread = make_when_told;
	fake.by_others = make_never_and_lose;
	raced_pool = start(1);
	fake.thread_may_go_on = true;
	ck_assert_int_eq(tpm12_keypool_take(raced_pool, BITS, p, q), 0);
	ck_assert_uint_eq(fake.cancelled, 1);
	tpm12_keypool_stop(raced_pool);
}
END_TEST

START_TEST(a_failed_search_is_an_error)
{
	struct tpm12_keypool *pool;
	uint8_t p[LEN], q[LEN];

	fake.by_thread = make_never;
	fake.by_others = make_fails;
	pool = start(1);
	ck_assert_int_eq(tpm12_keypool_take(pool, BITS, p, q), -EIO);
	ck_assert_int_eq(tpm12_keypool_take(pool, 2048, p, q), -EIO);
	tpm12_keypool_stop(pool);
}
END_TEST

static int make_lose_then_fail(unsigned int bits, uint8_t *p, uint8_t *q,
			       bool (*cancelled)(void *ctx), void *ctx)
{
	int r = make_never_and_lose(bits, p, q, cancelled, ctx);

	fake.by_others = make_fails;
	return r;
}

START_TEST(an_error_after_a_lost_key_is_still_an_error)
{
	uint8_t p[LEN], q[LEN];

	fake.by_thread = make_when_told;
	fake.by_others = make_lose_then_fail;
	raced_pool = start(1);
	fake.thread_may_go_on = true;
	ck_assert_int_eq(tpm12_keypool_take(raced_pool, BITS, p, q), -EIO);
	tpm12_keypool_stop(raced_pool);
}
END_TEST

/* ---- The thread ---- */

START_TEST(the_thread_does_not_spin_when_libcrypto_fails)
{
	struct tpm12_keypool *pool;

	fake.by_thread = make_fails;
	pool = start(1);
	sleep_ms(50);
	ck_assert_uint_eq(fake.calls, 1);
	ck_assert(!readable(pool, 0));
	/* ... and its rest does not delay the end. */
	tpm12_keypool_stop(pool);
}
END_TEST

START_TEST(the_thread_tries_again_after_a_failure)
{
	struct tpm12_keypool *pool;
	uint8_t p[LEN], q[LEN];

	fake.by_thread = make_fails;
	pool = start(1);
	wait_calls(1);
	fake.by_thread = make_marked;
	ck_assert(readable(pool, 5000));
	ck_assert_int_eq(tpm12_keypool_take(pool, BITS, p, q), 0);
	tpm12_keypool_stop(pool);
}
END_TEST

START_TEST(stop_ends_a_search)
{
	struct tpm12_keypool *pool;

	fake.by_thread = make_never;
	pool = start(1);
	wait_calls(1);
	tpm12_keypool_stop(pool);
	ck_assert_uint_eq(fake.cancelled, 1);
	tpm12_keypool_stop(NULL);
}
END_TEST

/* A field of the other thread's lines "NAME:\tVALUE" in its status. */
static unsigned long long thread_status(const char *task, const char *name)
{
	char path[300], line[256];
	unsigned long long value = 0;
	const size_t len = strlen(name);
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%s/status", task);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, len))
			value = strtoull(line + len, NULL, 16);
	fclose(f);
	return value;
}

/* The name of the only thread that is not this one. */
static void find_thread(char *task, size_t size)
{
	char own[16];
	struct dirent *e;
	unsigned int n = 0;
	DIR *dir = opendir("/proc/self/task");

	ck_assert_ptr_nonnull(dir);
	snprintf(own, sizeof(own), "%d", (int)gettid());
	while ((e = readdir(dir))) {
		if (e->d_name[0] == '.' || !strcmp(e->d_name, own))
			continue;
		snprintf(task, size, "%s", e->d_name);
		n++;
	}
	closedir(dir);
	ck_assert_uint_eq(n, 1);
}

/* A filter may forbid the calls that this takes as soon as start returns. */
START_TEST(the_thread_is_idle_and_deaf_to_signals_once_started)
{
	struct tpm12_keypool *pool;
	const unsigned long long sigsys = 1ull << (SIGSYS - 1);
	unsigned long long blocked;
	char task[256];

	fake.by_thread = make_never;
	pool = start(1);
	find_thread(task, sizeof(task));
	ck_assert_int_eq(sched_getscheduler((pid_t)strtol(task, NULL, 10)),
			 SCHED_IDLE);
	blocked = thread_status(task, "SigBlk:");
	ck_assert(blocked & 1ull << (SIGTERM - 1));
	ck_assert(blocked & 1ull << (SIGCHLD - 1));
	ck_assert(!(blocked & sigsys));
	/* The caller's own signals are as they were. */
	snprintf(task, sizeof(task), "%d", (int)gettid());
	blocked = thread_status(task, "SigBlk:");
	ck_assert(!(blocked & 1ull << (SIGTERM - 1)));
	tpm12_keypool_stop(pool);
}
END_TEST

static void *take_many(void *arg)
{
	struct tpm12_keypool *pool = arg;
	uint8_t p[LEN], q[LEN];
	intptr_t failed = 0;

	for (int i = 0; i < 200; i++)
		if (tpm12_keypool_take(pool, BITS, p, q) || q[0] != 0xee)
			failed++;
	return (void *)failed;
}

START_TEST(threads_may_take_at_the_same_time)
{
	struct tpm12_keypool *pool;
	pthread_t threads[4];
	void *failed;

	fake.by_thread = make_marked;
	fake.by_others = make_marked;
	pool = start(3);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, take_many, pool), 0);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
		ck_assert_ptr_null(failed);
	}
	tpm12_keypool_stop(pool);
}
END_TEST

/* ---- Secrets ---- */

/*
 * Whether p is in the block.  The pool's thread is waiting for the test and
 * writes nothing, which a sanitizer cannot know.
 */
__attribute__((no_sanitize_thread))
static bool holds(void *block, const uint8_t *p)
{
	const uint8_t *bytes = block;
	const size_t n = malloc_usable_size(block);
	size_t i, same = 0;

	for (i = 0; i < n && same < LEN; i++)
		same = bytes[i] == p[same] ? same + 1 : 0;
	return same == LEN;
}

START_TEST(a_taken_key_is_wiped_from_the_pool)
{
	struct tpm12_keypool *pool;
	uint8_t p[LEN], q[LEN];

	fake.by_thread = make_when_told;
	pool = start(1);
	fake.thread_may_go_on = true;
	ck_assert(readable(pool, 5000));
	memset(q, 0xee, sizeof(q));
	ck_assert(holds(pool, q));
	ck_assert_int_eq(tpm12_keypool_take(pool, BITS, p, q), 0);
	wait_calls(2);
	ck_assert(!holds(pool, q));
	ck_assert(!holds(pool, p));
	tpm12_keypool_stop(pool);
}
END_TEST

START_TEST(stop_wipes_the_keys)
{
	struct tpm12_keypool *pool;

	fake.by_thread = make_marked;
	pool = start(8);
	wait_calls(8);
	fake.watched = pool;
	tpm12_keypool_stop(pool);
	ck_assert(fake.was_wiped);
}
END_TEST

/* ---- Starting ---- */

START_TEST(wrong_sizes_and_depths_are_refused)
{
	static const unsigned int wrong[][2] = {
		{ 0, 1 }, { 513, 1 }, { 4096, 1 }, { BITS, 9 },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		errno = 0;
		ck_assert_ptr_null(
			tpm12_keypool_start(wrong[i][0], wrong[i][1]));
		ck_assert_int_eq(errno, EINVAL);
	}
}
END_TEST

START_TEST(start_says_what_could_not_be_had)
{
	fake.eventfd_error = EMFILE;
	ck_assert_ptr_null(tpm12_keypool_start(BITS, 1));
	ck_assert_int_eq(errno, EMFILE);
	fake.eventfd_error = 0;
	fake.create_error = EAGAIN;
	ck_assert_ptr_null(tpm12_keypool_start(BITS, 1));
	ck_assert_int_eq(errno, EAGAIN);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("keypool");
	TCase *t = tcase_create("keypool");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, keys_of_the_pool_are_keys);
	tcase_add_test(t, other_sizes_are_made_on_the_spot);
	tcase_add_test(t, the_pool_fills_up_and_rests);
	tcase_add_test(t, a_pool_of_depth_0_makes_keys_only_once_it_is_deeper);
	tcase_add_test(t, a_search_ends_when_its_key_is_not_wanted_any_more);
	tcase_add_test(t, the_descriptor_says_whether_a_key_waits);
	tcase_add_test(t, who_finds_it_empty_searches_himself);
	tcase_add_test(t, a_ready_key_ends_the_takers_search);
	tcase_add_test(t, a_key_lost_to_another_taker_is_no_failure);
	tcase_add_test(t, a_failed_search_is_an_error);
	tcase_add_test(t, an_error_after_a_lost_key_is_still_an_error);
	tcase_add_test(t, the_thread_does_not_spin_when_libcrypto_fails);
	tcase_add_test(t, the_thread_tries_again_after_a_failure);
	tcase_add_test(t, stop_ends_a_search);
	tcase_add_test(t, the_thread_is_idle_and_deaf_to_signals_once_started);
	tcase_add_test(t, threads_may_take_at_the_same_time);
	tcase_add_test(t, a_taken_key_is_wiped_from_the_pool);
	tcase_add_test(t, stop_wipes_the_keys);
	tcase_add_test(t, wrong_sizes_and_depths_are_refused);
	tcase_add_test(t, start_says_what_could_not_be_had);
	suite_add_tcase(s, t);
	return suite_run(s);
}
