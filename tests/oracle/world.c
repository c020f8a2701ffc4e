/* SPDX-License-Identifier: BSD-2-Clause */
/* Building, running and reading, twice. */
#include "world.h"

#include <stdio.h>
#include <string.h>

/* ---- Random choices ---- */

uint32_t pick(struct world *w, uint32_t n)
{
	return rng_below(&w->rng, n);
}

bool chance(struct world *w, uint32_t one_in)
{
	return !pick(w, one_in);
}

void random_digest(struct world *w, struct tss_digest *d)
{
	rng_bytes(&w->rng, d->b, sizeof(d->b));
}

uint32_t one_of(struct world *w, const uint32_t *numbers, size_t n)
{
	return numbers[pick(w, (uint32_t)n)];
}

/* ---- Building ---- */

void both_begin(struct world *w, uint32_t ordinal)
{
	w->n_used = 0;
	for (int i = 0; i < SIDES; i++)
		tss_begin(&w->c[i], ordinal);
}

void both_handle(struct world *w, const struct pair *handle)
{
	for (int i = 0; i < SIDES; i++)
		tss_put_handle(&w->c[i], handle->v[i]);
}

void both_handle_u32(struct world *w, uint32_t handle)
{
	both_handle(w, &(struct pair){ { handle, handle } });
}

void both_u8(struct world *w, unsigned int v)
{
	for (int i = 0; i < SIDES; i++)
		tss_put_u8(&w->c[i], v);
}

void both_u16(struct world *w, unsigned int v)
{
	for (int i = 0; i < SIDES; i++)
		tss_put_u16(&w->c[i], v);
}

void both_u32(struct world *w, uint32_t v)
{
	for (int i = 0; i < SIDES; i++)
		tss_put_u32(&w->c[i], v);
}

void both_pair(struct world *w, const struct pair *v)
{
	for (int i = 0; i < SIDES; i++)
		tss_put_u32(&w->c[i], v->v[i]);
}

void both_bytes(struct world *w, const void *p, size_t len)
{
	for (int i = 0; i < SIDES; i++)
		tss_put_bytes(&w->c[i], p, len);
}

void both_blob(struct world *w, const void *p, size_t len)
{
	for (int i = 0; i < SIDES; i++)
		tss_put_blob(&w->c[i], p, len);
}

void both_digest(struct world *w, const struct tss_digest *d)
{
	both_bytes(w, d->b, sizeof(d->b));
}

void both_raw(struct world *w, const struct blobs *b)
{
	for (int i = 0; i < SIDES; i++)
		tss_put_bytes(&w->c[i], b->s[i].b, b->s[i].len);
}

void both_blobs(struct world *w, const struct blobs *b)
{
	for (int i = 0; i < SIDES; i++)
		tss_put_blob(&w->c[i], b->s[i].b, b->s[i].len);
}

/* ---- Damage ---- */

static void store(uint8_t *to, uint32_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)(v >> 8 * (n - 1 - i));
}

static size_t shorter(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* What is damaged before the HMACs are made: they then fit. */
static void damage_parameters(struct world *w)
{
	const size_t from = w->c[OURS].in_handles;
	const size_t len = shorter(w->c[OURS].len, w->c[THEIRS].len);
	const uint32_t handle = ONE_OF(w, 0, 1, TPM_KH_SRK, TPM_KH_OWNER,
				       TPM_KH_EK, 0xffffffff);
	uint8_t flip = (uint8_t)(1u << pick(w, 8));
	size_t at;

	if (w->mutation == MUTATE_HANDLE && from) {
		for (int i = 0; i < SIDES; i++)
			store(w->c[i].params, handle, 4);
	}
	if (w->mutation != MUTATE_FLIP || len <= from)
		return;
	at = from + pick(w, (uint32_t)(len - from));
	/* Most numbers are at the front. */
	if (chance(w, 2) && len - from > 48)
		at = from + pick(w, 48);
	for (int i = 0; i < SIDES; i++)
		w->c[i].params[at] ^= flip;
}

/* How much is cut off both, also where one of them is longer. */
static size_t cut(const struct world *w, uint32_t word)
{
	const size_t trailer = (size_t)w->c[OURS].n_auth * TSS_AUTH_RQU;

	return word % (shorter(w->c[OURS].len, w->c[THEIRS].len) + trailer + 1);
}

/* What is damaged after them. */
static size_t damage_bytes(struct world *w, uint32_t word, int i, uint8_t *req,
			   size_t len)
{
	static const uint8_t tags[] = { 0xc1, 0xc2, 0xc3, 0xc4, 0xc0 };
	const unsigned int n_auth = w->c[i].n_auth;
	const size_t trailer = (size_t)n_auth * TSS_AUTH_RQU;
	uint8_t *area = req + len - trailer;

	if (n_auth == 2 && word & 1)
		area += TSS_AUTH_RQU;
	switch (w->mutation) {
	case MUTATE_SECRET:
		if (n_auth)
			area[TSS_AUTH_RQU - 1 - word % 20] ^= 0x10;
		break;
	case MUTATE_SESSION:
		if (n_auth)
			store(area, word & 2 ? 0x3fffffff : 0, 4);
		break;
	case MUTATE_CUT:
		len -= cut(w, word);
		store(req + 2, (uint32_t)len, 4);
		break;
	case MUTATE_LONG:
		req[len++] = (uint8_t)word;
		store(req + 2, (uint32_t)len, 4);
		break;
	case MUTATE_SIZE:
		store(req + 2, (uint32_t)len + (word & 1 ? 1 : -1u), 4);
		break;
	case MUTATE_TAG:
		req[1] = tags[word % sizeof(tags)];
		break;
	default:
		break;
	}
	return len;
}

/* ---- Running ---- */

void note_result(struct world *w, uint32_t ordinal)
{
	struct statistics *st = w->stats;

	w->detail = 0;
	st->commands++;
	st->sent[ordinal % N_ORDINALS]++;
	if (w->result[OURS] == TPM_AUTHFAIL || w->result[OURS] == TPM_AUTH2FAIL)
		w->m.failures++;
	if (!w->result[OURS] && !w->result[THEIRS])
		st->good[ordinal % N_ORDINALS]++;
	if (w->result[OURS] != w->result[THEIRS])
		differ(w, "result");
	w->over |= w->side[OURS]->gone || w->side[THEIRS]->gone;
}

static void say(const struct world *w)
{
	printf("  %-28s %-9s %#6x %s", ordinal_name(w->c[OURS].ordinal),
	       mutation_name((enum mutation)w->run_mutation), w->result[OURS],
	       result_name(w->result[OURS]));
	if (w->result[OURS] != w->result[THEIRS])
		printf(" | %#x %s", w->result[THEIRS],
		       result_name(w->result[THEIRS]));
	printf("\n");
}

void send_to(struct world *w, int i, const uint8_t *req, size_t len)
{
	struct side *s = w->side[i];
	struct rng r = { w->seed + ((uint64_t)w->commands << 8) };

	s->now.random = rng_next(&r) + (s->now.repeat ? 0 : (uint64_t)i);
	memcpy(w->request[i], req, len);
	w->request_len[i] = len;
	w->a[i].len = s->tss.transmit(s->tss.ctx, req, len, w->a[i].b);
	w->result[i] = tss_judge(&s->tss, &w->c[i], &w->a[i]);
}

uint32_t both_run(struct world *w)
{
	const uint32_t word = (uint32_t)rng_next(&w->rng);
	const uint32_t locality = w->side[OURS]->now.locality;
	const uint32_t elsewhere = pick(w, 5);

	damage_parameters(w);
	w->commands++;
	for (int i = 0; i < SIDES; i++) {
		uint8_t req[TSS_BUFFER + 1];
		size_t len = tss_marshal(&w->c[i], req);

		if (w->mutation == MUTATE_LOCALITY)
			w->side[i]->now.locality = elsewhere;
		len = damage_bytes(w, word, i, req, len);
		send_to(w, i, req, len);
		w->side[i]->now.locality = locality;
	}
	w->run_mutation = w->mutation;
	w->mutation = MUTATE_PLAIN;
	note_result(w, w->c[OURS].ordinal);
	if (w->verbose)
		say(w);
	settle_sessions(w);
	return w->result[OURS] == w->result[THEIRS] ? w->result[OURS]
						    : DISAGREE;
}

uint32_t both_send(struct world *w, const uint8_t *req, size_t len)
{
	const uint32_t ordinal =
		len < TSS_HEADER ? 0 : (uint32_t)req[8] << 8 | req[9];

	w->commands++;
	w->mutation = MUTATE_PLAIN;
	w->run_mutation = MUTATE_FLIP;
	for (int i = 0; i < SIDES; i++) {
		tss_begin(&w->c[i], ordinal);
		send_to(w, i, req, len);
	}
	note_result(w, ordinal);
	return w->result[OURS] == w->result[THEIRS] ? w->result[OURS]
						    : DISAGREE;
}

/* ---- Reading ---- */

uint32_t sent_u32(const struct world *w, size_t at)
{
	const uint8_t *p = w->request[OURS] + TSS_HEADER + at;

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

void differ(struct world *w, const char *what)
{
	struct difference *d = &w->difference;

	if (d->found || w->over)
		return;
	d->what = what;
	d->ordinal = w->c[OURS].ordinal;
	for (int i = 0; i < SIDES; i++) {
		d->result[i] = w->side[i]->gone ? SIDE_GONE : w->result[i];
		d->answer[i] = w->a[i];
		memcpy(d->request[i], w->request[i], sizeof(d->request[i]));
		d->request_len[i] = w->request_len[i];
		w->over |= w->side[i]->gone;
	}
	d->detail = w->detail;
	w->detail = 0;
	if (d->ordinal == ORD_GetCapability)
		d->detail = sent_u32(w, 0) << 16 ^ sent_u32(w, 8);
	d->found = !is_explained(w, d);
	if (d->found)
		return;
	w->stats->explained++;
	/* What one of them did, the other did not; libtpms then gives up. */
	if (d->result[OURS] != d->result[THEIRS] &&
	    (!d->result[OURS] || !d->result[THEIRS] ||
	     d->result[THEIRS] == TPM_FAIL))
		w->over = true;
}

void same_bytes(struct world *w, size_t len, const char *what)
{
	const uint8_t *ours = tss_get_bytes(&w->a[OURS], len);
	const uint8_t *theirs = tss_get_bytes(&w->a[THEIRS], len);

	if (!ours || !theirs || memcmp(ours, theirs, len) != 0)
		differ(w, what);
}

uint8_t same_u8(struct world *w, const char *what)
{
	const uint8_t v = tss_get_u8(&w->a[OURS]);

	if (v != tss_get_u8(&w->a[THEIRS]))
		differ(w, what);
	return v;
}

uint16_t same_u16(struct world *w, const char *what)
{
	const uint16_t v = tss_get_u16(&w->a[OURS]);

	if (v != tss_get_u16(&w->a[THEIRS]))
		differ(w, what);
	return v;
}

uint32_t same_u32(struct world *w, const char *what)
{
	const uint32_t v = tss_get_u32(&w->a[OURS]);

	if (v != tss_get_u32(&w->a[THEIRS]))
		differ(w, what);
	return v;
}

const uint8_t *same_blob(struct world *w, size_t *len, const char *what)
{
	size_t n;
	const uint8_t *ours = tss_get_blob(&w->a[OURS], len);
	const uint8_t *theirs = tss_get_blob(&w->a[THEIRS], &n);

	if (!ours || !theirs || *len != n || memcmp(ours, theirs, n) != 0)
		differ(w, what);
	return ours;
}

void same_rest(struct world *w, const char *what)
{
	const size_t ours = (size_t)(w->a[OURS].end - w->a[OURS].p);
	const size_t theirs = (size_t)(w->a[THEIRS].end - w->a[THEIRS].p);

	if (ours != theirs)
		differ(w, what);
	else if (ours)
		same_bytes(w, ours, what);
}

void same_end(struct world *w)
{
	if (!tss_end(&w->a[OURS]) || !tss_end(&w->a[THEIRS]))
		differ(w, "the answer's end");
}

void pair_u32(struct world *w, struct pair *v)
{
	for (int i = 0; i < SIDES; i++)
		v->v[i] = tss_get_u32(&w->a[i]);
}

void pair_skip(struct world *w, size_t len)
{
	for (int i = 0; i < SIDES; i++)
		tss_get_bytes(&w->a[i], len);
}

void pair_digest(struct world *w, struct tss_digest d[SIDES])
{
	for (int i = 0; i < SIDES; i++)
		tss_get_digest(&w->a[i], &d[i]);
}

static void keep(struct blob *to, const uint8_t *p, size_t len)
{
	to->len = p && len <= sizeof(to->b) ? len : 0;
	if (to->len)
		memcpy(to->b, p, to->len);
}

void pair_blob(struct world *w, struct blobs *b, const char *what)
{
	for (int i = 0; i < SIDES; i++) {
		size_t len;
		const uint8_t *p = tss_get_blob(&w->a[i], &len);

		keep(&b->s[i], p, len);
	}
	if (what && b->s[OURS].len != b->s[THEIRS].len)
		differ(w, what);
}

void pair_rest(struct world *w, struct blobs *b, const char *what)
{
	for (int i = 0; i < SIDES; i++) {
		const size_t len = (size_t)(w->a[i].end - w->a[i].p);

		keep(&b->s[i], tss_get_bytes(&w->a[i], len), len);
	}
	if (b->s[OURS].len != b->s[THEIRS].len)
		differ(w, what);
}
