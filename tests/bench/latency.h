/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long commands take: runs one many times and prints a line of figures.
 */
#ifndef LATENCY_H
#define LATENCY_H

#include <stddef.h>
#include <stdint.h>

struct latency_command {
	const char *name;
	const uint8_t *bytes;
	size_t len;
};

/* TPM_PCRRead of PCR 0, and TPM_GetRandom of 16 bytes. */
extern const struct latency_command latency_commands[2];

/*
 * Sends a command and takes its response into rsp (4096 bytes); returns the
 * response's length, or a negative errno value.
 */
typedef long latency_function(void *ctx, const uint8_t *req, size_t len,
			      uint8_t *rsp);

/*
 * Runs each command n times and prints, for each, a line of words: its name,
 * the label, the least time, the median, the 99th percentile and the greatest,
 * in microseconds, and n.  Returns 0, or 1 after saying what failed; a response
 * that is not TPM_SUCCESS is a failure.
 */
int latency_measure(const char *label, latency_function *execute, void *ctx,
		    unsigned int n);

/* The number of rounds that the command line asks for; 0: none that is one. */
unsigned int latency_rounds(const char *text);

#endif
