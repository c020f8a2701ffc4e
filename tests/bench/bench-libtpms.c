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
	double rsa_us;	/* libcrypto's private operation */
	double us[ENGINES][ROUNDS_MAX];
	double key_us;		   /* libcrypto's making of a key, this round */
	double of_key[ROUNDS_MAX]; /* what ours took of that, each round */
};

/* ---- libcrypto by itself ---- */

static double measure_rsa(struct bench *b)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	uint8_t digest[20] = { 0 }, sig[256];
	unsigned int n = 0;
	const double end = now_us() + b->seconds * 1e6;

	EVP_PKEY_sign_init(ctx);
	EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha1());
	while (now_us() < end && n < ROUNDS_MAX) {
		size_t len = sizeof(sig);
		const double start = now_us();

		if (EVP_PKEY_sign(ctx, sig, &len, digest, sizeof(digest)) != 1)
			exit(1);
		b->us[OURS][n++] = now_us() - start;
	}
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return median(b->us[OURS], n);
}

/* Whoever has to make a key now finds the round's random numbers. */
static void begin_round(enum limit limit, unsigned int n)
{
	if (limit == LIMIT_KEY)
		replay_begin(n);
}

static double make_key(void)
{
	const double start = now_us();
	EVP_PKEY *key = EVP_RSA_gen(2048);

	if (!key)
		exit(1);
	EVP_PKEY_free(key);
	return now_us() - start;
}

/* ---- Lines ---- */

/* How many times libcrypto's own work that is, if it is, of n rounds. */
static const char *times_limit(struct bench *b, enum limit limit, double ours,
			       unsigned int n, char text[32])
{
	text[0] = '\0';
	if (limit == LIMIT_PRIVATE)
		snprintf(text, 32, "%.2f x RSA", ours / b->rsa_us);
	if (limit == LIMIT_KEY)
		snprintf(text, 32, "%.3f x key", median(b->of_key, n));
	return text;
}

/* Of the medians of n rounds. */
static void print_line(struct bench *b, const char *name, enum limit limit,
		       unsigned int n)
{
	const double ours = median(b->us[OURS], n);
	const double theirs = median(b->us[THEIRS], n);
	char text[32];

	printf("%-18s ours %9.0f/s %10.1f us  libtpms %9.0f/s %10.1f us  "
	       "%7.2f times  %-11s | %s, %.2f, %.2f, %.3f\n",
	       name, 1e6 / ours, ours, 1e6 / theirs, theirs, theirs / ours,
	       times_limit(b, limit, ours, n, text), name, ours, theirs,
	       theirs / ours);
	fflush(stdout);
}

static const char *result_text(uint32_t result)
{
	const char *name = tpm12_result_name(result);

	return name ? name : "no answer";
}

/* In turn, so that what else the machine does troubles both. */
static void measure(struct bench *b, const struct operation *op)
{
	const unsigned int most = op->rounds ? op->rounds : ROUNDS_MAX;
	const double end = now_us() + 2 * b->seconds * 1e6;
	unsigned int n = 0;

	engine_ours_keys(b->engine[OURS], op->keys);
	while (n < most && (op->rounds || now_us() < end)) {
		engine_ours_wait_for_keys(b->engine[OURS], op->keys);
		begin_round(op->limit, n);
		if (op->limit == LIMIT_KEY)
			b->key_us = make_key();
		for (int i = 0; i < ENGINES; i++) {
			struct engine *e = b->engine[i];
			uint32_t result;

			begin_round(op->limit, n);
			result = op->run(e);
			if (result) {
				printf("%-18s %s: %s\n", op->name, e->name,
				       result_text(result));
				return;
			}
			b->us[i][n] = e->us;
		}
		b->of_key[n] = b->us[OURS][n] / b->key_us;
		n++;
	}
	replay_end();
	print_line(b, op->name, op->limit, n);
}

/* ---- Beginning ---- */

static double once(struct engine *e, bool fresh)
{
	const double start = now_us();

	if (fresh) {
		e->make(e);
		startup(e);
		provision_ek(e);
	} else {
		e->open(e);
		startup(e);
	}
	return now_us() - start;
}

static void measure_start(struct bench *b, const char *name, enum limit limit)
{
	for (unsigned int n = 0; n < STARTS; n++) {
		begin_round(limit, n);
		if (limit == LIMIT_KEY)
			b->key_us = make_key();
		for (int i = 0; i < ENGINES; i++) {
			begin_round(limit, n);
			b->us[i][n] = once(b->engine[i], limit == LIMIT_KEY);
		}
		b->of_key[n] = b->us[OURS][n] / b->key_us;
	}
	replay_end();
	print_line(b, name, limit, STARTS);
}

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

/* Code that was linked just now would count as memory that we have changed. */
static void settle(void)
{
	const int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		perror("/proc/self/exe");
	if (fd >= 0)
		close(fd);
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
	b->rsa_us = measure_rsa(b);
	printf("libcrypto RSA-2048 private operation: %.1f us, %.0f/s\n",
	       b->rsa_us, 1e6 / b->rsa_us);
	measure_start(b, "new TPM", LIMIT_KEY);
	for (int i = 0; i < ENGINES; i++)
		provision(b->engine[i]);
	for (size_t i = 0; i < n_operations; i++) {
		if (tpm12_ordinal_name(operations[i].ordinal))
			measure(b, &operations[i]);
		else
			printf("%-18s is not there\n", operations[i].name);
	}
	measure_start(b, "open TPM", LIMIT_NONE);
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
	run(b);
	for (int i = 0; i < ENGINES; i++)
		b->engine[i]->off(b->engine[i]);
	free(b);
	return 0;
}
