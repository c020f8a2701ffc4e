/* SPDX-License-Identifier: BSD-2-Clause */
/* Contexts: Part 3, sections 21.2, 21.3 and 27.2. */
#include "generators.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

static struct context *some_context(struct world *w, bool known)
{
	struct context *c = NULL;

	for (int i = 0; i < 8; i++) {
		c = &w->m.contexts[pick(w, N_CONTEXTS)];
		if (c->known == known)
			break;
	}
	return c;
}

static struct session *an_open_session(struct world *w)
{
	for (int i = 0; i < 8; i++) {
		struct session *s = &w->m.sessions[pick(w, N_SESSIONS)];

		if (s->open)
			return s;
	}
	return &w->m.sessions[0];
}

/* What is saved: a key or a session. */
static struct session *choose(struct world *w, struct context *c)
{
	struct session *s = NULL;

	c->known = true;
	if (chance(w, 2)) {
		c->type = TPM_RT_KEY;
		c->what = key_at(w, a_key(w, is_any));
		c->handle = w->m.keys[c->what].handle;
		return NULL;
	}
	s = an_open_session(w);
	c->type = TPM_RT_AUTH;
	c->session = *s;
	for (int i = 0; i < SIDES; i++)
		c->handle.v[i] = s->s[i].handle;
	return s;
}

void gen_save_context(struct world *w)
{
	struct context *place = some_context(w, false);
	struct context *c = calloc(1, sizeof(*c));
	struct session *s;
	uint8_t label[16];

	if (!c)
		return;
	s = choose(w, c);
	rng_bytes(&w->rng, label, sizeof(label));
	both_begin(w, ORD_SaveContext);
	both_handle(w, &c->handle);
	both_u32(w, chance(w, 20) ? pick(w, 12) : c->type);
	both_bytes(w, label, sizeof(label));
	if (!both_run(w)) {
		for (int i = 0; i < SIDES; i++) {
			size_t len;
			const uint8_t *p = tss_get_blob(&w->a[i], &len);

			put_bytes(&c->blob.s[i], p, p ? len : 0);
		}
		same_end(w);
		if (s)
			s->open = false;
		w->m.saved |= s != NULL;
		*place = *c;
	}
	free(c);
}

static void restore(struct world *w, struct context *c,
		    const struct pair *handle)
{
	if (c->type == TPM_RT_KEY) {
		struct key *k = &w->m.keys[c->what];

		/* It may be there already, under its old name too. */
		if (!k->known || k->loaded)
			return;
		k->handle = *handle;
		k->loaded = true;
	} else {
		struct session *s = session_place(w);

		*s = c->session;
		for (int i = 0; i < SIDES; i++)
			s->s[i].handle = handle->v[i];
		c->known = chance(w, 3);
	}
}

/* A key that is there twice is better not there at all. */
static void drop_key(struct world *w, struct key *k, const struct pair *handle)
{
	const struct pair both[] = { *handle, k->handle };

	if (!memcmp(&both[0], &both[1], sizeof(both[0])))
		return;
	for (int n = 0; n < 2; n++) {
		for (int i = 0; i < SIDES; i++) {
			struct tss_command c;
			struct tss_answer a;

			tss_begin(&c, ORD_FlushSpecific);
			tss_put_handle(&c, both[n].v[i]);
			tss_put_u32(&c, TPM_RT_KEY);
			tss_run(&w->side[i]->tss, &c, &a);
		}
	}
	key_unloaded(k);
	end_bound_sessions(w);
}

void gen_load_context(struct world *w)
{
	struct context *c = some_context(w, true);
	const struct entity *bound = &c->session.bound;
	const bool keep = chance(w, 2);
	const struct pair none = { { 0, 0 } };
	const bool has_entity =
		c->type == TPM_RT_AUTH && bound->type == TPM_ET_KEYHANDLE;
	struct pair handle;

	both_begin(w, ORD_LoadContext);
	both_handle(w, has_entity ? &bound->value : &none);
	both_u8(w, keep);
	both_blobs(w, &c->blob);
	for (int i = 0; i < SIDES; i++)
		w->c[i].out_handles = 4;
	if (both_run(w)) {
		/* libtpms loses the key that is in the way, the owner's too. */
		if (c->type != TPM_RT_KEY)
			return;
		w->over |= w->result[THEIRS] == TPM_BAD_HANDLE &&
			   w->m.keys[c->what].evict;
		drop_key(w, &w->m.keys[c->what], &none);
		return;
	}
	pair_u32(w, &handle);
	same_end(w);
	if (keep && memcmp(&handle, &c->handle, sizeof(handle)) != 0)
		differ(w, "the handle that was to be kept");
	restore(w, c, &handle);
	if (c->type == TPM_RT_KEY)
		drop_key(w, &w->m.keys[c->what], &handle);
}

/* A context's count is its handle; it is in the blob, behind tag and label. */
static void flush(struct world *w, const struct context *c)
{
	struct pair count;

	for (int i = 0; i < SIDES; i++)
		count.v[i] = get(&c->blob.s[i], 2 + 4 + 4 + 16, 4);
	both_begin(w, ORD_FlushSpecific);
	both_handle(w, &count);
	both_u32(w, TPM_RT_CONTEXT);
	both_run(w);
}

void gen_flush_context(struct world *w)
{
	flush(w, some_context(w, true));
}

void part_contexts(struct world *w, uint32_t ordinal)
{
	if (!w->m.saved)
		return;
	w->m.parted_by = ordinal;
	for (unsigned int i = 0; i < N_CONTEXTS && !w->over; i++)
		if (w->m.contexts[i].known &&
		    w->m.contexts[i].type == TPM_RT_AUTH)
			flush(w, &w->m.contexts[i]);
	w->over = true;
}

/* ---- Section 27.2 ---- */

/* Saves and at once loads again, one or the other damaged. */
static void there_and_back(struct world *w, uint32_t save, uint32_t load,
			   struct pair *handle)
{
	struct blobs blob;

	both_begin(w, save);
	both_handle(w, handle);
	if (both_run(w))
		return;
	w->m.saved |= save == ORD_SaveAuthContext;
	pair_blob(w, &blob, NULL);
	both_begin(w, load);
	both_blobs(w, &blob);
	for (int i = 0; i < SIDES; i++)
		w->c[i].out_handles = 4;
	if (both_run(w))
		return;
	pair_u32(w, handle);
	same_end(w);
}

void gen_save_key_context(struct world *w)
{
	const struct key *k = a_key(w, is_any);
	struct pair handle = k->handle;

	there_and_back(w, ORD_SaveKeyContext, ORD_LoadKeyContext, &handle);
	end_bound_sessions(w);
	if (!memcmp(&handle, &k->handle, sizeof(handle)))
		return;
	both_begin(w, ORD_EvictKey);
	both_handle(w, &handle);
	both_run(w);
	end_bound_sessions(w);
}

void gen_load_key_context(struct world *w)
{
	struct context *c = some_context(w, true);

	both_begin(w, ORD_LoadKeyContext);
	both_blobs(w, &c->blob);
	both_run(w);
}

void gen_save_auth_context(struct world *w)
{
	struct session *s = an_open_session(w);
	struct pair handle;

	for (int i = 0; i < SIDES; i++)
		handle.v[i] = s->s[i].handle;
	there_and_back(w, ORD_SaveAuthContext, ORD_LoadAuthContext, &handle);
	if (w->result[OURS] || w->result[THEIRS])
		s->open = false;
	for (int i = 0; i < SIDES; i++)
		s->s[i].handle = handle.v[i];
}

void gen_load_auth_context(struct world *w)
{
	struct context *c = some_context(w, true);

	both_begin(w, ORD_LoadAuthContext);
	both_blobs(w, &c->blob);
	both_run(w);
}
