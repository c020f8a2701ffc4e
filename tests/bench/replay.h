/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long the search for two primes takes is luck, and the luck of two is not
 * compared: here both try the same candidates.
 */
#ifndef BENCH_REPLAY_H
#define BENCH_REPLAY_H

#include <stdint.h>

/*
 * From now on what libcrypto draws follows from seed: the same numbers of each
 * length after each call with it.  For one thread; none of it is secret.
 */
void replay_begin(uint64_t seed);
/* libcrypto's own random numbers again. */
void replay_end(void);

#endif
