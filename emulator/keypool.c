/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RSA keys made ahead of need by a thread of lowest priority.
 *
 * The ready keys are a stack under one lock.  A taker who finds it empty does
 * not wait for the thread, which on a busy machine may hardly ever run: it
 * searches for itself, and gives up as soon as the thread has a key.
 */
#define _GNU_SOURCE /* SCHED_IDLE */
#include "tpm12.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "crypto.h"

#define DEPTH_MAX 8u
#define PRIME_MAX (TPM_RSA_MAX_BYTES / 2)

struct primes {
	uint8_t p[PRIME_MAX];
	uint8_t q[PRIME_MAX];
};

struct tpm12_keypool {
	unsigned int bits;
	unsigned int depth;
	int fd; /* its count is 1 while n_ready > 0, else 0 */
	pthread_t thread;
	pthread_mutex_t lock;  /* guards what follows */
	pthread_cond_t wanted; /* a key was taken, or stop was set */
	unsigned int n_ready;
	bool stop;
	struct primes ready[DEPTH_MAX];
};

static bool stopping(void *ctx)
{
	struct tpm12_keypool *pool = ctx;
	bool stop;

	pthread_mutex_lock(&pool->lock);
	stop = pool->stop;
	pthread_mutex_unlock(&pool->lock);
	return stop;
}

static bool key_ready(void *ctx)
{
	struct tpm12_keypool *pool = ctx;
	bool ready;

	pthread_mutex_lock(&pool->lock);
	ready = pool->n_ready > 0;
	pthread_mutex_unlock(&pool->lock);
	return ready;
}

/* ---- The thread ---- */

/* Waits until a key is to be made; false: the end. */
static bool wait_wanted(struct tpm12_keypool *pool)
{
	bool stop;

	pthread_mutex_lock(&pool->lock);
	while (!pool->stop && pool->n_ready == pool->depth)
		pthread_cond_wait(&pool->wanted, &pool->lock);
	stop = pool->stop;
	pthread_mutex_unlock(&pool->lock);
	return !stop;
}

static void put(struct tpm12_keypool *pool, const struct primes *key)
{
	pthread_mutex_lock(&pool->lock);
	pool->ready[pool->n_ready++] = *key;
	if (pool->n_ready == 1)
		(void)eventfd_write(pool->fd, 1);
	pthread_mutex_unlock(&pool->lock);
}

/* libcrypto failed, so memory is short: not again at once. */
static void rest(struct tpm12_keypool *pool)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	pthread_mutex_lock(&pool->lock);
	if (!pool->stop)
		(void)pthread_cond_timedwait(&pool->wanted, &pool->lock,
					     &until);
	pthread_mutex_unlock(&pool->lock);
}

/*
 * Linux gives priorities to threads, not processes, so this slows nobody
 * else.  Where the one is refused the other may do; neither is no reason to
 * have no keys.
 */
static void lower_priority(void)
{
	const struct sched_param none = { 0 };

	if (pthread_setschedparam(pthread_self(), SCHED_IDLE, &none) != 0)
		(void)setpriority(PRIO_PROCESS, 0, 19);
}

static void *make_keys(void *arg)
{
	struct tpm12_keypool *pool = arg;
	struct primes key;

	lower_priority();
	while (wait_wanted(pool)) {
		if (tpm_rsa_make_primes(pool->bits, key.p, key.q, stopping,
					pool) == 0)
			put(pool, &key);
		else
			rest(pool);
	}
	tpm_wipe(&key, sizeof(key));
	return NULL;
}

/* ---- Starting and ending ---- */

static int init_wanted(pthread_cond_t *wanted)
{
	pthread_condattr_t attr;
	int err = pthread_condattr_init(&attr);

	if (err != 0)
		return err;
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	err = pthread_cond_init(wanted, &attr);
	(void)pthread_condattr_destroy(&attr);
	return err;
}

/* The program's signals are the program's. */
static int create_thread(struct tpm12_keypool *pool)
{
	sigset_t all, before;
	int err;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&pool->thread, NULL, make_keys, pool);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

static int init_and_create(struct tpm12_keypool *pool)
{
	int err = pthread_mutex_init(&pool->lock, NULL);

	if (err != 0)
		return err;
	err = init_wanted(&pool->wanted);
	if (err == 0) {
		err = create_thread(pool);
		if (err == 0)
			return 0;
		(void)pthread_cond_destroy(&pool->wanted);
	}
	(void)pthread_mutex_destroy(&pool->lock);
	return err;
}

static bool valid(unsigned int bits, unsigned int depth)
{
	return (bits == 512 || bits == 1024 || bits == 2048) && depth >= 1 &&
	       depth <= DEPTH_MAX;
}

struct tpm12_keypool *tpm12_keypool_start(unsigned int bits, unsigned int depth)
{
	struct tpm12_keypool *pool;
	int err;

	if (!valid(bits, depth)) {
		errno = EINVAL;
		return NULL;
	}
	pool = calloc(1, sizeof(*pool));
	if (pool == NULL)
		return NULL;
	pool->bits = bits;
	pool->depth = depth;
	pool->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = pool->fd < 0 ? errno : init_and_create(pool);
	if (err == 0)
		return pool;
	if (pool->fd >= 0)
		(void)close(pool->fd);
	free(pool);
	errno = err;
	return NULL;
}

void tpm12_keypool_stop(struct tpm12_keypool *pool)
{
	if (pool == NULL)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->stop = true;
	pthread_cond_signal(&pool->wanted);
	pthread_mutex_unlock(&pool->lock);
	(void)pthread_join(pool->thread, NULL);
	(void)pthread_cond_destroy(&pool->wanted);
	(void)pthread_mutex_destroy(&pool->lock);
	(void)close(pool->fd);
	tpm_wipe(pool, sizeof(*pool));
	free(pool);
}

/* ---- Taking ---- */

int tpm12_keypool_fd(const struct tpm12_keypool *pool)
{
	return pool->fd;
}

/* A ready key, if there is one. */
static bool pop(struct tpm12_keypool *pool, uint8_t *p, uint8_t *q)
{
	const size_t len = TPM12_PRIME_BYTES(pool->bits);
	struct primes *key;
	eventfd_t count;
	bool found;

	pthread_mutex_lock(&pool->lock);
	found = pool->n_ready > 0;
	if (found) {
		key = &pool->ready[--pool->n_ready];
		memcpy(p, key->p, len);
		memcpy(q, key->q, len);
		tpm_wipe(key, sizeof(*key));
		if (pool->n_ready == 0)
			(void)eventfd_read(pool->fd, &count);
		pthread_cond_signal(&pool->wanted);
	}
	pthread_mutex_unlock(&pool->lock);
	return found;
}

int tpm12_keypool_take(struct tpm12_keypool *pool, unsigned int bits,
		       uint8_t *p, uint8_t *q)
{
	if (bits != pool->bits)
		return tpm_rsa_make_primes(bits, p, q, NULL, NULL) == 0 ? 0
									: -EIO;
	while (!pop(pool, p, q)) {
		if (tpm_rsa_make_primes(bits, p, q, key_ready, pool) == 0)
			return 0;
		/* Cancelled for a key that another thread may get first. */
		if (!key_ready(pool))
			return -EIO;
	}
	return 0;
}
