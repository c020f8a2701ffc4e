/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What surrounds a TPM while it executes a command, the same for both TPMs; and
 * how the process that holds libtpms, of which there is one TPM in a process,
 * is asked to execute one: over a socket, a struct request with so many bytes
 * behind it, answered by a uint32_t and so many bytes.
 */
#ifndef ORACLE_CIRCUMSTANCES_H
#define ORACLE_CIRCUMSTANCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct circumstances {
	uint64_t clock_us;
	uint64_t random; /* what the random bytes are made of */
	uint32_t locality;
	uint32_t key; /* which of tests/cmd/primes.c is made next */
	bool present; /* physical presence, the hardware's signal */
	/*
	 * Each draw of random bytes gives the same ones, so that two TPMs that
	 * draw the same secrets in another order still have the same.
	 */
	bool repeat;
	bool bare; /* a fresh TPM comes without an endorsement key */
};

/* Where the TPM's random bytes come from, during one command. */
struct draws {
	uint64_t from;
	uint64_t at;
	bool repeat;
};

/* A draw of len bytes. */
void draw(struct draws *d, uint8_t *buf, size_t len);

enum request_kind {
	REQUEST_FRESH, /* a TPM without any state, its power on */
	REQUEST_POWER, /* the power goes and comes back */
	REQUEST_EXECUTE,
};

struct request {
	uint32_t kind;
	uint32_t len;
	struct circumstances now;
};

/* All of it, or false. */
bool read_all(int fd, void *buf, size_t len);
bool write_all(int fd, const void *buf, size_t len);

#endif
