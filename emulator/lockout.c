/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The defence against dictionary attacks (Part 1, "Dictionary Attack
 * Considerations").  Wrong secrets are counted; from the threshold on each
 * locks authorised commands out, twice as long as the one before.  Time heals:
 * one failure is forgotten for each while without a new one.  Both survive
 * power: who switches it off and on again waits from the start.
 */

#include "tpm.h"

#define SECOND_US    1000000u
#define MAX_DOUBLING 12u  /* 4096 s at most */
#define FORGET_S     600u /* one failure per ten minutes */

static uint32_t lock_seconds(uint16_t failures)
{
	unsigned int over;

	if (failures < LOCKOUT_THRESHOLD)
		return 0;
	over = failures - LOCKOUT_THRESHOLD;
	return 1u << (over < MAX_DOUBLING ? over : MAX_DOUBLING);
}

static uint64_t seconds_since(struct tpm *t)
{
	const uint64_t now = t->platform.clock_us(t->ctx);

	return (now - t->lockout_since_us) / SECOND_US;
}

uint32_t lockout_left(struct tpm *t)
{
	const uint64_t since = seconds_since(t);

	return since < t->s.lockout.locked_s ?
		       t->s.lockout.locked_s - (uint32_t)since :
		       0;
}

/* Not stored: the next failure does. */
static void forget_old_failures(struct tpm *t)
{
	const uint64_t old = seconds_since(t) / FORGET_S;

	if (!old)
		return;
	if (old < t->s.lockout.failures)
		t->s.lockout.failures = (uint16_t)(t->s.lockout.failures - old);
	else
		t->s.lockout.failures = 0;
	t->s.lockout.locked_s = 0;
	t->lockout_since_us += old * FORGET_S * SECOND_US;
}

bool lockout_running(struct tpm *t)
{
	if (!t->s.lockout.failures)
		return false;
	if (lockout_left(t))
		return true;
	forget_old_failures(t);
	return false;
}

void lockout_failure(struct tpm *t)
{
	tpm_touch(t);
	forget_old_failures(t);
	if (t->s.lockout.failures < UINT16_MAX)
		t->s.lockout.failures++;
	t->s.lockout.locked_s = lock_seconds(t->s.lockout.failures);
	t->lockout_since_us = t->platform.clock_us(t->ctx);
}

void lockout_reset(struct tpm *t)
{
	tpm_touch(t);
	t->s.lockout = (struct tpm_lockout){ 0 };
}

void lockout_power_on(struct tpm *t)
{
	t->lockout_since_us = t->platform.clock_us(t->ctx);
}
