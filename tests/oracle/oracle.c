/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Holds libtpms and executes what it is sent over descriptor 3
 * (circumstances.h).  The functions of libc and libcrypto through which libtpms
 * learns the time and gets random bytes and keys are replaced here, so that a
 * run can be repeated and both TPMs make the same keys.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <sys/time.h>
#include <unistd.h>

#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "circumstances.h"
#include "keys.h"
#include "libtpms.h"

#define SOCKET	    3
#define REQUEST_MAX 65536u
#define ANSWER_MAX  4096u
#define MILLION	    1000000u

static struct circumstances now;
static struct draws draws;

/* ---- In place of libc's and libcrypto's ---- */

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	tv->tv_sec = (time_t)(now.clock_us / MILLION);
	tv->tv_usec = (suseconds_t)(now.clock_us % MILLION);
	return 0;
}

int RAND_bytes(unsigned char *buf, int num)
{
	draw(&draws, buf, (size_t)num);
	return 1;
}

int RSA_generate_key_ex(RSA *rsa, int bits, BIGNUM *e, BN_GENCB *cb)
{
	return bits > 0 && keys_set(rsa, (unsigned int)bits, now.key);
}

/* ---- Serving ---- */

static bool serve(void)
{
	static uint8_t req[REQUEST_MAX], rsp[ANSWER_MAX];
	struct request r;
	uint32_t n = 0;

	if (!read_all(SOCKET, &r, sizeof(r)) || r.len > sizeof(req) ||
	    !read_all(SOCKET, req, r.len))
		return false;
	now = r.now;
	draws = (struct draws){ .from = now.random, .repeat = now.repeat };
	libtpms_surroundings(now.locality, now.present);
	switch (r.kind) {
	case REQUEST_FRESH:
		libtpms_fresh();
		break;
	case REQUEST_POWER:
		libtpms_power();
		break;
	default:
		n = (uint32_t)libtpms_execute(req, r.len, rsp);
		break;
	}
	return write_all(SOCKET, &n, sizeof(n)) && write_all(SOCKET, rsp, n);
}

int main(void)
{
	while (serve())
		;
	libtpms_off();
	return 0;
}
