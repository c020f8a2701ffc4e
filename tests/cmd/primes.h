/* SPDX-License-Identifier: BSD-2-Clause */
/* RSA keys that are there already, so that no test waits for one. */
#ifndef PRIMES_H
#define PRIMES_H

#include <stdint.h>

/*
 * The two primes of the nth key of so many bits; after the last comes the
 * first again.  0, or -1: there is none of this size.
 */
int primes_take(unsigned int bits, unsigned int nth, uint8_t *p, uint8_t *q);

#endif
