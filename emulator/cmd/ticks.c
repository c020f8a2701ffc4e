/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 23: Timing Ticks. */

#include "keys.h"

/* Microseconds in a tick. */
#define TICK_RATE 1u

void ticks_start(struct tpm *t)
{
	struct tpm_ticks *ticks = &t->s.ticks;

	ticks->origin_us = t->platform.clock_us(t->ctx);
	ticks->told = 0;
	tpm_random(t->crypto, ticks->tickNonce.b, sizeof(ticks->tickNonce.b));
}

/*
 * A clock that shows less than what was told began anew: the ticks then go on
 * from there.
 */
void ticks_resume(struct tpm *t)
{
	const uint64_t clock = t->platform.clock_us(t->ctx);
	struct tpm_ticks *ticks = &t->s.ticks;

	if (clock < ticks->origin_us || clock - ticks->origin_us < ticks->told)
		ticks->origin_us = clock - ticks->told;
}

void ticks_now(struct tpm *t, struct tpm_current_ticks *now)
{
	struct tpm_ticks *ticks = &t->s.ticks;

	ticks->told = t->platform.clock_us(t->ctx) - ticks->origin_us;
	*now = (struct tpm_current_ticks){
		.currentTicks = ticks->told,
		.tickRate = TICK_RATE,
		.tickNonce = ticks->tickNonce,
	};
}

/* 23.1 TPM_GetTicks */
enum tpm_rc tpm_GetTicks(struct tpm *t, struct tpm_call *c,
			 const struct GetTicks_in *in, struct GetTicks_out *out)
{
	ticks_now(t, &out->currentTime);
	return TPM_SUCCESS;
}

/* digestToStamp || currentTicks */
#define STAMPED_MAX 64u

/* 23.2 TPM_TickStampBlob */
enum tpm_rc tpm_TickStampBlob(struct tpm *t, struct tpm_call *c,
			      const struct TickStampBlob_in *in,
			      struct TickStampBlob_out *out)
{
	const struct tpm_key_entry *key = c->key[0];
	uint8_t b[STAMPED_MAX];
	struct wr w = wr_over(b, sizeof(b));
	struct tpm_sign_info info = {
		.fixed = { "TSTP" },
		.replay = in->antiReplay,
	};

	if (!key_is_for_signing(key))
		return TPM_INVALID_KEYUSAGE;
	if (!key_signs_info(key))
		return TPM_INAPPROPRIATE_SIG;
	ticks_now(t, &out->currentTicks);
	wr_digest(&w, &in->digestToStamp);
	wr_current_ticks(&w, &out->currentTicks);
	info.data = (struct tpm_bytes){ b, (size_t)(w.p - b) };
	return key_sign_info(t, c, key, &info, &out->sig);
}
