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
	int fd; /* its count is 1 while n_ready > 0, else 0 */
	pthread_t thread;
	pthread_mutex_t lock;  /* guards what follows */
	pthread_cond_t wanted; /* a key was taken, depth or stop was set */
	pthread_cond_t begun;  /* running was set */
	unsigned int depth;
	unsigned int n_ready;
	bool running;
	bool stop;
	struct primes ready[DEPTH_MAX];
};

/* ---- The thread ---- */

static bool is_full(const struct tpm12_keypool *pool)
{
	return pool->n_ready >= pool->depth;
}

/* Nobody wants the key that is being searched for any more. */
static bool unwanted(void *ctx)
{
	struct tpm12_keypool *pool = ctx;
	bool end;

	pthread_mutex_lock(&pool->lock);
	end = pool->stop || is_full(pool);
	pthread_mutex_unlock(&pool->lock);
	return end;
}

/* Waits until a key is to be made; false: the end. */
static bool wait_wanted(struct tpm12_keypool *pool)
{
	bool stop;

	pthread_mutex_lock(&pool->lock);
	while (!pool->stop && is_full(pool))
		pthread_cond_wait(&pool->wanted, &pool->lock);
	stop = pool->stop;
	pthread_mutex_unlock(&pool->lock);
	return !stop;
}

static void put(struct tpm12_keypool *pool, const struct primes *key)
{
	pthread_mutex_lock(&pool->lock);
	if (!is_full(pool)) {
		pool->ready[pool->n_ready++] = *key;
		if (pool->n_ready == 1)
			(void)eventfd_write(pool->fd, 1);
	}
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
 * All that a thread asks of the system once, so that a filter may forbid it
 * as soon as the pool was started.  The first allocation is part of that: it
 * counts the processors.
 */
static void begin(struct tpm12_keypool *pool)
{
	void *volatile first = malloc(1);

	free(first);
	/* Linux gives priorities to threads: this slows nobody else. */
	(void)setpriority(PRIO_PROCESS, 0, 19);
	pthread_mutex_lock(&pool->lock);
	pool->running = true;
	pthread_cond_signal(&pool->begun);
	pthread_mutex_unlock(&pool->lock);
}

static void *make_keys(void *arg)
{
	struct tpm12_keypool *pool = arg;
	struct primes key = { { 0 }, { 0 } };

	begin(pool);
	while (wait_wanted(pool)) {
		if (tpm_rsa_make_primes(pool->bits, key.p, key.q, unwanted,
					pool) == 0)
			put(pool, &key);
		else if (!unwanted(pool))
			rest(pool);
		tpm_wipe(&key, sizeof(key));
	}
	return NULL;
}

/* ---- Starting and ending ---- */

/* Linux' locks and conditions cannot fail to be made. */
static void make_locks(struct tpm12_keypool *pool)
{
	pthread_condattr_t attr;

	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_mutex_init(&pool->lock, NULL);
	(void)pthread_cond_init(&pool->wanted, &attr);
	(void)pthread_cond_init(&pool->begun, NULL);
	(void)pthread_condattr_destroy(&attr);
}

static void destroy_locks(struct tpm12_keypool *pool)
{
	(void)pthread_cond_destroy(&pool->begun);
	(void)pthread_cond_destroy(&pool->wanted);
	(void)pthread_mutex_destroy(&pool->lock);
}

/* The program's signals are the program's, but for a filter's complaint. */
static int create_thread(struct tpm12_keypool *pool)
{
	sigset_t others, before;
	int err;

	(void)sigfillset(&others);
	(void)sigdelset(&others, SIGSYS);
	(void)pthread_sigmask(SIG_SETMASK, &others, &before);
	err = pthread_create(&pool->thread, NULL, make_keys, pool);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

/*
 * The last step down is not the thread's own: on a busy machine it would
 * hardly get to say that it runs.
 */
static void wait_begun(struct tpm12_keypool *pool)
{
	const struct sched_param none = { 0 };

	pthread_mutex_lock(&pool->lock);
	while (!pool->running)
		pthread_cond_wait(&pool->begun, &pool->lock);
	pthread_mutex_unlock(&pool->lock);
	(void)pthread_setschedparam(pool->thread, SCHED_IDLE, &none);
}

static int run(struct tpm12_keypool *pool)
{
	int err;

	make_locks(pool);
	err = create_thread(pool);
	if (err == 0)
		wait_begun(pool);
	else
		destroy_locks(pool);
	return err;
}

static bool valid(unsigned int bits, unsigned int depth)
{
	return (bits == 512 || bits == 1024 || bits == 2048) &&
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
	err = pool->fd < 0 ? errno : run(pool);
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
	destroy_locks(pool);
	(void)close(pool->fd);
	tpm_wipe(pool, sizeof(*pool));
	free(pool);
}

int tpm12_keypool_set_depth(struct tpm12_keypool *pool, unsigned int depth)
{
	if (depth > DEPTH_MAX)
		return -EINVAL;
	pthread_mutex_lock(&pool->lock);
	pool->depth = depth;
	pthread_cond_signal(&pool->wanted);
	pthread_mutex_unlock(&pool->lock);
	return 0;
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

/* A search that a ready key makes pointless. */
struct own_search {
	struct tpm12_keypool *pool;
	bool overtaken;
};

static bool overtaken(void *ctx)
{
	struct own_search *s = ctx;

	pthread_mutex_lock(&s->pool->lock);
	s->overtaken = s->pool->n_ready > 0;
	pthread_mutex_unlock(&s->pool->lock);
	return s->overtaken;
}

int tpm12_keypool_take(struct tpm12_keypool *pool, unsigned int bits,
		       uint8_t *p, uint8_t *q)
{
	struct own_search s = { .pool = pool };

	if (bits != pool->bits)
		return tpm_rsa_make_primes(bits, p, q, NULL, NULL) == 0 ? 0
									: -EIO;
	while (!pop(pool, p, q)) {
		s.overtaken = false;
		if (tpm_rsa_make_primes(bits, p, q, overtaken, &s) == 0)
			return 0;
		if (!s.overtaken)
			return -EIO;
	}
	return 0;
}
