/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long the search for two primes takes is luck, and the luck of two is not
 * compared: here both try the same candidates.
 */
#ifndef BENCH_REPLAY_H
#define BENCH_REPLAY_H

#include <stdint.h>

/*
 * From now on what libcrypto draws to find the primes of an RSA-2048 key
 * follows from seed, the same numbers after each call with it; what else it
 * draws does not.  For one thread; none of it is secret.
 */
void replay_begin(uint64_t seed);
/* libcrypto's own random numbers again. */
void replay_end(void);

#endif
