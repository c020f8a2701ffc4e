/* SPDX-License-Identifier: BSD-2-Clause */
/* See replay.h. */

/* An application's own random numbers: no other way in has so few lines. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "replay.h"

#include <string.h>

#include <openssl/rand.h>

/*
 * One for each length: what else is drawn between, like a nonce, has another
 * length than what keys are made of.  OpenSSL's callbacks have no context.
 */
#define LENGTHS 256u
static uint64_t streams[LENGTHS];

/* splitmix64 */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static int draw(unsigned char *buf, int num)
{
	uint64_t *state = &streams[(unsigned int)num % LENGTHS];

	for (int i = 0; i < num; i += 8) {
		const uint64_t n = next(state);

		memcpy(buf + i, &n, num - i < 8 ? (size_t)(num - i) : 8);
	}
	return 1;
}

static int status(void)
{
	return 1;
}

void replay_begin(uint64_t seed)
{
	static const RAND_METHOD method = {
		.bytes = draw,
		.pseudorand = draw,
		.status = status,
	};

	for (unsigned int i = 0; i < LENGTHS; i++)
		streams[i] = seed * LENGTHS + i;
	RAND_set_rand_method(&method);
}

void replay_end(void)
{
	RAND_set_rand_method(RAND_OpenSSL());
}
