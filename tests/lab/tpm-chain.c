/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Holds a TPM's device open and extends a register, as fast as it answers, till
 * it is told to stop (SIGTERM) or a command fails: tpm-chain DEVICE PCR REPORT.
 *
 * The TPM must have executed each command once, neither less nor more: the
 * register is what we compute beside it.  REPORT is written after each command:
 * how many there were, the longest of them in milliseconds, the register.
 */

#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HEADER 10u
#define DIGEST 20u

struct chain {
	int fd;
	FILE *report;
	uint8_t pcr;
	uint8_t value[DIGEST];
	unsigned long commands;
	long long longest;
};

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static bool say(const char *what)
{
	fprintf(stderr, "tpm-chain: %s: %s\n", what, strerror(errno));
	return false;
}

/* A command about the register, with a digest or without; its answer's. */
static bool run(struct chain *c, uint8_t ordinal, const uint8_t *in,
		uint8_t *out)
{
	uint8_t buf[HEADER + 4 + DIGEST] = { 0x00, 0xc1, [9] = ordinal,
					     [13] = c->pcr };
	const size_t len = in ? sizeof(buf) : sizeof(buf) - DIGEST;
	ssize_t n;

	buf[5] = (uint8_t)len;
	if (in)
		memcpy(buf + HEADER + 4, in, DIGEST);
	n = write(c->fd, buf, len);
	if (n != (ssize_t)len)
		return say("write");
	n = read(c->fd, buf, sizeof(buf));
	if (n < 0)
		return say("read");
	if (n != HEADER + DIGEST || memcmp(buf + 6, "\0\0\0", 4) != 0) {
		fprintf(stderr, "tpm-chain: %zd bytes, TPM error %02x%02x\n", n,
			buf[8], buf[9]);
		return false;
	}
	memcpy(out, buf + HEADER, DIGEST);
	return true;
}

static void report(struct chain *c)
{
	unsigned int i;

	rewind(c->report);
	fprintf(c->report, "%lu %lld ", c->commands, c->longest);
	for (i = 0; i < DIGEST; i++)
		fprintf(c->report, "%02x", c->value[i]);
	fputs("                \n", c->report);
	fflush(c->report);
}

static bool extend(struct chain *c)
{
	uint8_t both[2 * DIGEST], got[DIGEST];
	long long took = now_ms();

	memcpy(both, c->value, DIGEST);
	SHA1((const uint8_t *)&c->commands, sizeof(c->commands), both + DIGEST);
	SHA1(both, sizeof(both), c->value);
	if (!run(c, 0x14, both + DIGEST, got))
		return false;
	took = now_ms() - took;
	if (took > c->longest)
		c->longest = took;
	c->commands++;
	report(c);
	if (memcmp(got, c->value, DIGEST) == 0)
		return true;
	fprintf(stderr, "tpm-chain: after %lu commands the register is other\n",
		c->commands);
	return false;
}

int main(int argc, char **argv)
{
	struct chain c = { .fd = -1 };

	if (argc != 4) {
		fputs("usage: tpm-chain DEVICE PCR REPORT\n", stderr);
		return 2;
	}
	c.pcr = (uint8_t)strtoul(argv[2], NULL, 10);
	c.report = fopen(argv[3], "w");
	c.fd = open(argv[1], O_RDWR | O_CLOEXEC);
	if (!c.report || c.fd < 0)
		return say(c.report ? argv[1] : argv[3]), 1;
	signal(SIGTERM, stop);
	if (!run(&c, 0x15, NULL, c.value))
		return 1;
	while (!stopped)
		if (!extend(&c))
			return 1;
	return 0;
}
