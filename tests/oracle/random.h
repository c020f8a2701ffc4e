/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers that a seed gives again: splitmix64 (public domain). */
#ifndef ORACLE_RANDOM_H
#define ORACLE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t at;
};

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->at += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* 0 to n - 1; n of 0 counts as 1. */
static inline uint32_t rng_below(struct rng *r, uint32_t n)
{
	return n ? (uint32_t)(rng_next(r) >> 32) % n : 0;
}

static inline void rng_bytes(struct rng *r, void *buf, size_t n)
{
	uint8_t *b = buf;

	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)(rng_next(r) >> 40);
}

#endif
