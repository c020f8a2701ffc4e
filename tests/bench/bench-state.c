/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What it costs to keep a TPM's state, as a worker keeps it: bench-state
 * DIRECTORY.  Permanent state goes to a new directory there, on whatever disk
 * that is, volatile state to a file in memory.
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "live.h"
#include "store.h"
#include "tpm12.h"

#define ROUNDS	   20000u
#define NV_ROUNDS  300u
#define NV_PER_TPM 60u /* without an owner there are 64 */
#define AREA	   16u

/* System calls of ours since they were last looked at. */
static struct {
	unsigned int syncs;
	size_t bytes;
} cost;

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	cost.syncs++;
	return __real_fsync(fd);
}

ssize_t __real_pwrite(int fd, const void *buf, size_t len, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *buf, size_t len, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *buf, size_t len, off_t offset)
{
	cost.bytes += len;
	return __real_pwrite(fd, buf, len, offset);
}

struct bench {
	char dir[4096];
	int dir_fd, live_fd;
	struct store *store;
	struct live *live;
	struct tpm *tpm;
	const uint8_t *rsp; /* of the command being executed */
	bool keeps, answered;
	double us[ROUNDS];
};

__attribute__((noreturn)) static void give_up(const char *what)
{
	fprintf(stderr, "bench-state: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void must(bool ok, const char *what)
{
	if (!ok)
		give_up(what);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static uint64_t clock_us(void *ctx)
{
	(void)ctx;
	return now_ns() / 1000u;
}

static size_t save_volatile(struct bench *b)
{
	size_t len = 0;

	must(!tpm12_save_volatile(b->tpm, live_room(b->live), LIVE_STATE_MAX,
				  &len),
	     "tpm12_save_volatile");
	return len;
}

static int store(void *ctx, const uint8_t *state, size_t len)
{
	struct bench *b = ctx;

	if (!b->rsp)
		return store_save(b->store, state, len);
	must(!live_prepare(b->live, save_volatile(b), b->rsp[5],
			   store_next_counter(b->store)),
	     "live_prepare");
	must(!store_save(b->store, state, len), "store_save");
	live_fulfil(b->live);
	b->answered = true;
	return 0;
}

static void execute(struct bench *b, const uint8_t *req, size_t len)
{
	uint8_t *rsp = live_answer(b->live);
	size_t n;

	b->answered = false;
	b->rsp = b->keeps ? rsp : NULL;
	n = tpm12_execute(b->tpm, 0, req, len, rsp);
	b->rsp = NULL;
	if (b->keeps && !b->answered)
		must(!live_save(b->live, save_volatile(b), n), "live_save");
	errno = 0;
	must(!rsp[6] && !rsp[7] && !rsp[8] && !rsp[9], "a command");
	if (b->keeps)
		live_published(b->live);
}

/* ---- A vTPM ---- */

static void begin(struct bench *b)
{
	static const struct tpm12_platform platform = { .clock_us = clock_us,
							.store = store };
	static const uint8_t key[SEAL_KEY_SIZE] = { 1 };
	static const uint8_t startup[] = { 0, 0xc1, 0, 0, 0,	12,
					   0, 0,    0, 0x99, 0, 1 };

	must(mkdtemp(b->dir) != NULL, b->dir);
	b->dir_fd = open(b->dir, O_RDONLY | O_DIRECTORY);
	b->live_fd = memfd_create("live", 0);
	must(b->dir_fd >= 0 && b->live_fd >= 0, b->dir);
	must(!store_open(&b->store, b->dir_fd, key, 1), "store_open");
	must(!live_open(&b->live, b->live_fd, key, 1, 1), "live_open");
	b->tpm = tpm12_new(&platform, b);
	must(b->tpm && !tpm12_manufacture(b->tpm), "a TPM");
	tpm12_power_on(b->tpm);
	b->keeps = true;
	execute(b, startup, sizeof(startup));
}

static void end(struct bench *b)
{
	tpm12_free(b->tpm);
	live_close(b->live);
	store_close(b->store);
	unlinkat(b->dir_fd, "permanent", 0);
	close(b->live_fd);
	close(b->dir_fd);
	rmdir(b->dir);
	memcpy(b->dir + strlen(b->dir) - 6, "XXXXXX", 6);
}

/* ---- Figures ---- */

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double part(const struct bench *b, unsigned int n, unsigned int percent)
{
	return b->us[(size_t)n * percent / 100];
}

static void extend(uint8_t req[34], unsigned int i)
{
	static const uint8_t head[] = { 0, 0xc1, 0, 0, 0, 34, 0,
					0, 0,	 0x14, 0, 0, 0, 10 };

	memset(req, 0, 34);
	memcpy(req, head, sizeof(head));
	memcpy(req + 14, &i, sizeof(i));
}

/* Medians of executing a command with and without keeping what it leaves. */
static void measure_live(struct bench *b, const char *name, bool extends)
{
	static const uint8_t pcr_read[] = { 0, 0xc1, 0, 0, 0, 14, 0,
					    0, 0,    0x15, 0, 0, 0, 10 };
	double median[2];

	for (int keeps = 0; keeps < 2; keeps++) {
		b->keeps = keeps;
		for (unsigned int i = 0; i < ROUNDS; i++) {
			uint8_t req[34];
			uint64_t start;

			extend(req, i);
			start = now_ns();
			execute(b, extends ? req : pcr_read,
				extends ? sizeof(req) : sizeof(pcr_read));
			b->us[i] = (double)(now_ns() - start) / 1000;
		}
		qsort(b->us, ROUNDS, sizeof(*b->us), by_size);
		median[keeps] = part(b, ROUNDS, 50);
	}
	b->keeps = true;
	printf("%-14s %7.2f us, and %5.2f us to keep what it leaves "
	       "(medians of %u)\n",
	       name, median[0], median[1] - median[0], ROUNDS);
}

static void define_area(struct bench *b)
{
	static const uint8_t pcrs[] = { 0, 3, 0, 0, 0, 0x1f };
	uint8_t req[101] = { 0,	   0xc1, 0, 0, 0, 101, 0, 0,
			     0,	   0xcc, 0, 0x18, 0, 1,	 0x18, 0 };

	memcpy(req + 16, pcrs, sizeof(pcrs));
	memcpy(req + 42, pcrs, sizeof(pcrs));
	req[69] = 0x17;
	req[73] = 1; /* TPM_NV_PER_PPWRITE */
	req[80] = AREA;
	execute(b, req, sizeof(req));
}

static void write_area(struct bench *b, unsigned int n)
{
	uint8_t req[22 + AREA] = { 0, 0xc1, 0, 0, 0,	22 + AREA, 0, 0,
				   0, 0xcd, 0, 1, 0x18, 0 };

	req[21] = AREA;
	memset(req + 22, (int)n, AREA);
	execute(b, req, sizeof(req));
}

static void measure_store(struct bench *b)
{
	unsigned int i;

	for (i = 0; i < NV_ROUNDS; i++) {
		uint64_t start;

		if (i % NV_PER_TPM == 0) {
			begin(b);
			define_area(b);
			cost.syncs = 0;
			cost.bytes = 0;
		}
		start = now_ns();
		write_area(b, i + 1);
		b->us[i] = (double)(now_ns() - start) / 1000;
		if ((i + 1) % NV_PER_TPM == 0)
			end(b);
	}
	qsort(b->us, NV_ROUNDS, sizeof(*b->us), by_size);
	printf("NV write       p50 %.0f us, p99 %.0f us, with %.1f syncs and "
	       "%.0f bytes (%u writes)\n",
	       part(b, NV_ROUNDS, 50), part(b, NV_ROUNDS, 99),
	       (double)cost.syncs / NV_PER_TPM, (double)cost.bytes / NV_PER_TPM,
	       NV_ROUNDS);
}

int main(int argc, char **argv)
{
	static struct bench b;

	if (argc != 2 || strlen(argv[1]) > 4000) {
		fputs("usage: bench-state DIRECTORY\n", stderr);
		return 2;
	}
	snprintf(b.dir, sizeof(b.dir), "%s/bench-state.XXXXXX", argv[1]);
	begin(&b);
	cost.syncs = 0;
	measure_live(&b, "TPM_PCRRead", false);
	measure_live(&b, "TPM_Extend", true);
	printf("               %u syncs in all that\n", cost.syncs);
	end(&b);
	measure_store(&b);
	return 0;
}
