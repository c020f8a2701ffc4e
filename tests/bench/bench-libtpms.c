/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our TPM and libtpms' in one process, told the same in turn: a line for each
 * command with both medians, how many that is in a second, how many times
 * faster ours is, and for what signs, decrypts or makes a key how many of
 * libcrypto's RSA private operations, or of its own makings of a key, ours
 * takes.  Behind the bar is the same for programs: name, ours in us, libtpms'
 * in us, ratio.
 *
 *	bench-libtpms [SECONDS for each line]
 */
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "figures.h"
#include "operations.h"
#include "ordinals.h"
#include "replay.h"
#include "tpm12.h"

#define ROUNDS_MAX 20000u
#define STARTS	   25u

enum {
	OURS,
	THEIRS,
	ENGINES
};

struct bench {
	struct engine *engine[ENGINES];
	double seconds; /* for each line */
	EVP_PKEY_CTX *rsa;
	double us[ENGINES][ROUNDS_MAX];
	double of_limit[ROUNDS_MAX]; /* times libcrypto's own work */
};

/* ---- libcrypto by itself ---- */

static EVP_PKEY_CTX *rsa_open(void)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);

	EVP_PKEY_free(key);
	if (!ctx || EVP_PKEY_sign_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha1()) != 1)
		exit(1);
	return ctx;
}

static void private_operation(EVP_PKEY_CTX *ctx)
{
	uint8_t digest[20] = { 0 }, sig[256];
	size_t len = sizeof(sig);

	if (EVP_PKEY_sign(ctx, sig, &len, digest, sizeof(digest)) != 1)
		exit(1);
}

static void make_key(void)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);

	if (!key)
		exit(1);
	EVP_PKEY_free(key);
}

/* What it takes for the work that limits an operation, in round n. */
static double limit_us(struct bench *b, enum limit limit, unsigned int n)
{
	double start;

	if (limit == LIMIT_KEY)
		replay_begin(n);
	start = now_us();
	if (limit == LIMIT_PRIVATE)
		private_operation(b->rsa);
	if (limit == LIMIT_KEY)
		make_key();
	return now_us() - start;
}

static double measure_rsa(struct bench *b)
{
	const double end = now_us() + b->seconds * 1e6;
	unsigned int n = 0;

	while (now_us() < end && n < ROUNDS_MAX)
		b->of_limit[n++] = limit_us(b, LIMIT_PRIVATE, 0);
	return median(b->of_limit, n);
}

/* ---- Lines ---- */

/* How many times libcrypto's own work that is, if it is. */
static void print_of_limit(enum limit limit, double times, char text[32])
{
	static const char *const units[] = {
		[LIMIT_PRIVATE] = "RSA",
		[LIMIT_KEY] = "key",
	};

	text[0] = '\0';
	if (units[limit])
		snprintf(text, 32, "%.2f x %s", times, units[limit]);
}

/* Of the medians of n rounds. */
static void print_line(struct bench *b, const char *name, enum limit limit,
		       unsigned int n)
{
	const double ours = median(b->us[OURS], n);
	const double theirs = median(b->us[THEIRS], n);
	char text[32];

	print_of_limit(limit, median(b->of_limit, n), text);
	printf("%-18s ours %9.0f/s %10.1f us  libtpms %9.0f/s %10.1f us  "
	       "%7.2f times  %-11s | %s, %.2f, %.2f, %.3f\n",
	       name, 1e6 / ours, ours, 1e6 / theirs, theirs, theirs / ours,
	       text, name, ours, theirs, theirs / ours);
	fflush(stdout);
}

static const char *result_text(uint32_t result)
{
	const char *name = tpm12_result_name(result);

	return name ? name : "no answer";
}

/* Round n of one engine; false: the operation fails, which was printed. */
static bool measure_one(struct bench *b, const struct operation *op, int which,
			unsigned int n)
{
	struct engine *e = b->engine[which];
	uint32_t result;

	if (op->limit == LIMIT_KEY)
		replay_begin(n);
	result = op->run(e);
	if (result)
		printf("%-18s %s: %s\n", op->name, e->name,
		       result_text(result));
	b->us[which][n] = e->us;
	return !result;
}

/* In turn, so that what else the machine does troubles both. */
static void measure(struct bench *b, const struct operation *op)
{
	const unsigned int most = op->rounds ? op->rounds : ROUNDS_MAX;
	const double end = now_us() + 2 * b->seconds * 1e6;
	unsigned int n = 0;

	engine_ours_keys(b->engine[OURS], op->keys);
	while (n < most && (op->rounds || now_us() < end)) {
		double limit;

		engine_ours_wait_for_keys(b->engine[OURS], op->keys);
		limit = limit_us(b, op->limit, n);
		for (int i = 0; i < ENGINES; i++)
			if (!measure_one(b, op, i, n)) {
				replay_end();
				return;
			}
		b->of_limit[n] = b->us[OURS][n] / limit;
		n++;
	}
	replay_end();
	print_line(b, op->name, op->limit, n);
}

/* ---- Beginning ---- */

static uint32_t make_new(struct engine *e)
{
	const double start = now_us();
	uint32_t result;

	e->make(e);
	result = startup(e);
	provision_ek(e);
	e->us = now_us() - start;
	return result;
}

static uint32_t open_again(struct engine *e)
{
	const double start = now_us();
	uint32_t result;

	e->open(e);
	result = startup(e);
	e->us = now_us() - start;
	return result;
}

static const struct operation new_tpm = {
	"new TPM", ORD_Startup, make_new, LIMIT_KEY, STARTS, 0,
};
static const struct operation open_tpm = {
	"open TPM", ORD_Startup, open_again, LIMIT_NONE, STARTS, 0,
};

/* Memory that is the process's alone, in KiB. */
static double private_kib(void)
{
	FILE *f = fopen("/proc/self/smaps_rollup", "r");
	char line[128];
	double kib = 0;

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "Private_Dirty:", 14))
			kib = strtod(line + 14, NULL);
	if (f)
		fclose(f);
	return kib;
}

/* Code that was linked just now would count as memory that we have changed. */
static void settle(void)
{
	const int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		perror("/proc/self/exe");
	if (fd >= 0)
		close(fd);
}

static void use(struct engine *e)
{
	e->make(e);
	provision(e);
}

/*
 * Of a TPM with all slots in use, over what libcrypto has for itself: the other
 * TPM has made it have that before.
 */
static double memory_over(int which)
{
	struct engine *e[ENGINES] = { engine_ours(), engine_libtpms() };
	double before;

	use(e[which == OURS ? THEIRS : OURS]);
	/* What that has given back is not there for the other one to use. */
	malloc_trim(0);
	before = private_kib();
	use(e[which]);
	fill(e[which]);
	return private_kib() - before;
}

/* Of a process that begins with one, provisioned: with libcrypto's. */
static double memory_all(int which)
{
	const double before = private_kib();

	use(which == OURS ? engine_ours() : engine_libtpms());
	return private_kib() - before;
}

/* In a process of its own. */
static double measured(double (*memory)(int which), int which)
{
	int fd[2];
	double kib = 0;
	pid_t pid;

	if (pipe(fd))
		return 0;
	pid = fork();
	if (!pid) {
		kib = memory(which);
		_exit(write(fd[1], &kib, sizeof(kib)) == sizeof(kib) ? 0 : 1);
	}
	close(fd[1]);
	if (read(fd[0], &kib, sizeof(kib)) != sizeof(kib))
		kib = 0;
	close(fd[0]);
	waitpid(pid, NULL, 0);
	return kib;
}

static void measure_memory(const char *name, double (*memory)(int which))
{
	const double ours = measured(memory, OURS);
	const double theirs = measured(memory, THEIRS);

	printf("%-18s ours %8.0f KiB  libtpms %8.0f KiB | %s_KiB, %.0f, "
	       "%.0f, %.3f\n",
	       name, ours, theirs, name, ours, theirs,
	       ours > 0 ? theirs / ours : 0);
	fflush(stdout);
}

/* ---- */

static void run(struct bench *b)
{
	const double rsa_us = measure_rsa(b);

	printf("libcrypto RSA-2048 private operation: %.1f us, %.0f/s\n",
	       rsa_us, 1e6 / rsa_us);
	measure(b, &new_tpm);
	for (int i = 0; i < ENGINES; i++)
		provision(b->engine[i]);
	for (size_t i = 0; i < n_operations; i++) {
		if (tpm12_ordinal_name(operations[i].ordinal))
			measure(b, &operations[i]);
		else
			printf("%-18s is not there\n", operations[i].name);
	}
	measure(b, &open_tpm);
}

int main(int argc, char **argv)
{
	struct bench *b = calloc(1, sizeof(*b));

	if (!b)
		return 1;
	settle();
	/* Before there are threads, and memory that was used before. */
	measure_memory("memory", memory_over);
	measure_memory("process", memory_all);
	b->seconds = argc > 1 ? strtod(argv[1], NULL) : 0.5;
	b->engine[OURS] = engine_ours();
	b->engine[THEIRS] = engine_libtpms();
	b->rsa = rsa_open();
	run(b);
	EVP_PKEY_CTX_free(b->rsa);
	for (int i = 0; i < ENGINES; i++)
		b->engine[i]->off(b->engine[i]);
	free(b);
	return 0;
}
