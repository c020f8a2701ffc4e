/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers on the wire, which are big-endian. */
#ifndef BYTES_H
#define BYTES_H

#include <stdint.h>

static inline uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static inline void put32(uint8_t *p, uint32_t n)
{
	p[0] = (uint8_t)(n >> 24);
	p[1] = (uint8_t)(n >> 16);
	p[2] = (uint8_t)(n >> 8);
	p[3] = (uint8_t)n;
}

static inline uint64_t get64(const uint8_t *p)
{
	return (uint64_t)get32(p) << 32 | get32(p + 4);
}

static inline void put64(uint8_t *p, uint64_t n)
{
	put32(p, (uint32_t)(n >> 32));
	put32(p + 4, (uint32_t)n);
}

#endif
