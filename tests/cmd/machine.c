/* SPDX-License-Identifier: BSD-2-Clause */
/* The platform in memory, and the power switch. */
#include "machine.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "primes.h"

#define ORD_Startup	 0x99u
#define ORD_SelfTestFull 0x50u
#define ST_CLEAR	 1u

/* ---- The platform ---- */

/* Counts a call of those of which the nth fails. */
static bool is_the_nth(unsigned int *n)
{
	if (!*n)
		return false;
	--*n;
	return !*n;
}

/* splitmix64 (public domain), a byte of it each: no two draws are alike. */
static uint8_t random_byte(uint64_t at)
{
	uint64_t z = (at + 1) * 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (uint8_t)(z >> 40);
}

void machine_random(uint64_t at, uint8_t *buf, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf[i] = random_byte(at + i);
}

static int platform_random(void *ctx, uint8_t *buf, size_t len)
{
	struct machine *m = ctx;

	m->draws++;
	if (is_the_nth(&m->fail_random)) {
		m->fail_random = 1;
		return -EIO;
	}
	machine_random(m->random_at, buf, len);
	m->random_at += len;
	return 0;
}

static uint64_t platform_clock(void *ctx)
{
	const struct machine *m = ctx;

	return m->clock_us;
}

static int platform_store(void *ctx, const uint8_t *state, size_t len)
{
	struct machine *m = ctx;

	m->stores++;
	if (is_the_nth(&m->fail_store))
		return -EIO;
	ck_assert_uint_le(len, sizeof(m->image));
	memcpy(m->image, state, len);
	m->image_len = len;
	return 0;
}

static bool platform_cancelled(void *ctx)
{
	const struct machine *m = ctx;

	return m->impatient;
}

static bool platform_presence(void *ctx)
{
	const struct machine *m = ctx;

	return m->present;
}

static int platform_primes(void *ctx, unsigned int bits, uint8_t *p, uint8_t *q)
{
	struct machine *m = ctx;

	if (m->no_primes)
		return -EIO;
	if (m->false_primes) {
		memset(p, 0xee, TPM12_PRIME_BYTES(bits));
		memset(q, 0xee, TPM12_PRIME_BYTES(bits));
		return 0;
	}
	return primes_take(bits, m->primes_taken++, p, q);
}

const struct tpm12_platform machine_platform = {
	.random = platform_random,
	.clock_us = platform_clock,
	.store = platform_store,
	.cancelled = platform_cancelled,
	.physical_presence = platform_presence,
	.rsa_primes = platform_primes,
};

/* ---- Commands ---- */

/* Both in blocks of their own, so that a step beside them is seen. */
static size_t transmit(void *ctx, const uint8_t *req, size_t len, uint8_t *rsp)
{
	struct machine *m = ctx;
	uint8_t *in = malloc(len ? len : 1);
	uint8_t *out = malloc(TPM12_BUFFER_SIZE);
	size_t n;

	ck_assert_ptr_nonnull(in);
	ck_assert_ptr_nonnull(out);
	if (len)
		memcpy(in, req, len);
	n = tpm12_execute(m->tpm, m->locality, len ? in : in + 1, len, out);
	ck_assert_uint_ge(n, TSS_HEADER);
	ck_assert_uint_le(n, TPM12_BUFFER_SIZE);
	memcpy(rsp, out, n);
	free(in);
	free(out);
	return n;
}

static uint32_t number(const uint8_t *b, size_t n)
{
	uint32_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | b[i];
	return v;
}

uint32_t machine_send(struct machine *m, const void *req, size_t len)
{
	struct tss_answer *a = &m->answer;
	uint32_t result, tag;

	a->len = transmit(m, req, len, a->b);
	tag = number(a->b, 2);
	result = number(a->b + 6, 4);
	ck_assert_uint_eq(number(a->b + 2, 4), a->len);
	ck_assert_uint_ge(tag, TSS_TAG_RSP);
	ck_assert_uint_le(tag, TSS_TAG_RSP + 2);
	if (result) {
		ck_assert_uint_eq(tag, TSS_TAG_RSP);
		ck_assert_uint_eq(a->len, TSS_HEADER);
	}
	a->p = a->b + TSS_HEADER;
	a->end = a->b + a->len;
	a->bad = false;
	return result;
}

uint32_t machine_run(struct machine *m, const struct tss_command *c)
{
	return tss_run(&m->tss, c, &m->answer);
}

void machine_assert_result(uint32_t got, uint32_t want, const char *file,
			   int line)
{
	const char *got_name = tpm12_result_name(got);
	const char *want_name = tpm12_result_name(want);

	if (got == want) {
		mark_point();
		return;
	}
	ck_abort_msg("%s:%d: result is %#x %s, not %#x %s", file, line, got,
		     got_name ? got_name : "", want,
		     want_name ? want_name : "");
}

/* ---- Power ---- */

static void start(struct machine *m)
{
	struct tss_command c;

	tss_begin(&c, ORD_Startup);
	tss_put_u16(&c, ST_CLEAR);
	ck_assert_result(machine_run(m, &c), 0);
	tss_begin(&c, ORD_SelfTestFull);
	ck_assert_result(machine_run(m, &c), 0);
}

struct machine *machine_new(void)
{
	struct machine *m = calloc(1, sizeof(*m));

	ck_assert_ptr_nonnull(m);
	m->tss = (struct tss){ .transmit = transmit, .ctx = m };
	m->tpm = tpm12_new(&machine_platform, m);
	ck_assert_ptr_nonnull(m->tpm);
	ck_assert_int_eq(tpm12_manufacture(m->tpm), 0);
	tpm12_power_on(m->tpm);
	return m;
}

struct machine *machine_started(void)
{
	struct machine *m = machine_new();

	start(m);
	return m;
}

void machine_free(struct machine *m)
{
	if (!m)
		return;
	tpm12_free(m->tpm);
	free(m);
}

static void load(struct machine *m)
{
	tpm12_free(m->tpm);
	m->tpm = tpm12_new(&machine_platform, m);
	ck_assert_ptr_nonnull(m->tpm);
	ck_assert_int_eq(tpm12_load(m->tpm, m->image, m->image_len), 0);
}

void machine_power_cycle(struct machine *m)
{
	load(m);
	tpm12_power_on(m->tpm);
}

void machine_reboot(struct machine *m)
{
	machine_power_cycle(m);
	start(m);
}

void machine_take_over(struct machine *m)
{
	uint8_t *saved = malloc(TPM12_VOLATILE_MAX);
	size_t len;

	ck_assert_ptr_nonnull(saved);
	ck_assert_int_eq(
		tpm12_save_volatile(m->tpm, saved, TPM12_VOLATILE_MAX, &len),
		0);
	load(m);
	ck_assert_int_eq(tpm12_load_volatile(m->tpm, saved, len), 0);
	free(saved);
}
