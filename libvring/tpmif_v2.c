/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Protocol 2: one shared page with a state, and extra pages behind it
 * (tpmif.h).
 *
 * Whatever is in the page may change at any moment.  The load_ functions below
 * are the only reads of it; each field is loaded once per use.
 */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tpmif_page.h"
#include "vring_impl.h"

/*
 * Bytes 4 to 7 of the page, which are read and written in one: an answer's
 * state never goes without its mark.
 */
union word {
	uint32_t all;
	struct {
		uint8_t state, locality, mark, n_extra;
	} is;
};

_Static_assert(sizeof(union word) == sizeof(uint32_t),
	       "a word is what one store writes");

typedef uint32_t __attribute__((may_alias)) shared_word;

struct v2 {
	struct tpmif_shared_page *page;
	union word word; /* as it was when a packet was last looked for */
	uint8_t *extra;	 /* the extra pages, contiguous */
	uint8_t n_extra; /* as the page said when it was mapped */
	uint32_t refs[TPMIF_EXTRA_PAGES_MAX];
};

static union word load_word(const struct v2 *v)
{
	const shared_word *shared = (const void *)&v->page->state;
	union word word;

	/* Acquire: the rest of the header, and the data, come before it. */
	word.all = __atomic_load_n(shared, __ATOMIC_ACQUIRE);
	return word;
}

static void store_word(const struct v2 *v, union word word)
{
	shared_word *shared = (void *)&v->page->state;

	/* Release: the answer comes before it. */
	__atomic_store_n(shared, word.all, __ATOMIC_RELEASE);
}

static uint32_t load_length(const struct v2 *v)
{
	return __atomic_load_n(&v->page->length, __ATOMIC_RELAXED);
}

static void load_refs(struct v2 *v)
{
	unsigned int i;

	for (i = 0; i < v->n_extra; i++)
		v->refs[i] = __atomic_load_n(&v->page->extra_pages[i],
					     __ATOMIC_RELAXED);
}

static uint8_t *first_data(const struct v2 *v)
{
	return (uint8_t *)v->page + tpmif_data_offset(v->n_extra);
}

static void load_packet(const struct v2 *v, uint8_t *buf, uint32_t len)
{
	const uint32_t first = tpmif_first_part(v->n_extra, len);

	memcpy(buf, first_data(v), first);
	if (len > first)
		memcpy(buf + first, v->extra, len - first);
	/* The compiler must not read the page again in place of the copy. */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/* Writes a packet and clears what is behind it, whoever left it there. */
static void store_packet(const struct v2 *v, const uint8_t *rsp, uint32_t len)
{
	const uint32_t first = tpmif_first_part(v->n_extra, len);
	const uint32_t first_room = tpmif_first_room(v->n_extra);
	const uint32_t extra_room = TPMIF_PAGE_SIZE * v->n_extra;

	if (rsp)
		memcpy(first_data(v), rsp, first);
	memset(first_data(v) + first, 0, first_room - first);
	if (len > first)
		memcpy(v->extra, rsp + first, len - first);
	if (extra_room)
		memset(v->extra + (len - first), 0, extra_room - (len - first));
}

static int v2_answer(struct vring *ring, const uint8_t *rsp, size_t len)
{
	const struct v2 *v = ring->shared;
	union word word = v->word;

	store_packet(v, rsp, (uint32_t)len);
	__atomic_store_n(&v->page->length, (uint32_t)len, __ATOMIC_RELAXED);
	word.is.state = len ? TPMIF_STATE_FINISH : TPMIF_STATE_IDLE;
	word.is.mark = ring->mark;
	store_word(v, word);
	return ring->ops->evtchn_notify(ring->ctx, ring->port);
}

static int refuse(struct vring *ring)
{
	int r = v2_answer(ring, NULL, 0);

	return r ? r : -EMSGSIZE;
}

static ssize_t receive_submitted(struct vring *ring, uint8_t *buf, size_t cap,
				 uint8_t *locality)
{
	const struct v2 *v = ring->shared;
	const uint32_t length = load_length(v);

	/* Other extra pages than those that are mapped hold no packet. */
	if (v->word.is.n_extra != v->n_extra || length == 0 || length > cap ||
	    length > tpmif_room(v->n_extra))
		return refuse(ring);
	load_packet(v, buf, length);
	*locality = v->word.is.locality;
	return (ssize_t)length;
}

static ssize_t v2_receive(struct vring *ring, uint8_t *buf, size_t cap,
			  uint8_t *locality)
{
	struct v2 *v = ring->shared;

	v->word = load_word(v);
	switch (v->word.is.state) {
	case TPMIF_STATE_SUBMIT:
		return receive_submitted(ring, buf, cap, locality);
	case TPMIF_STATE_CANCEL:
		/* It has been answered; its front end waits for a word. */
		return v2_answer(ring, NULL, 0);
	default:
		return 0;
	}
}

static bool v2_cancelled(const struct vring *ring)
{
	return load_word(ring->shared).is.state == TPMIF_STATE_CANCEL;
}

static uint8_t v2_look(struct vring *ring, bool *waits)
{
	struct v2 *v = ring->shared;

	v->word = load_word(v);
	*waits = v->word.is.state == TPMIF_STATE_SUBMIT ||
		 v->word.is.state == TPMIF_STATE_CANCEL;
	return v->word.is.mark;
}

static void v2_show_mark(const struct vring *ring)
{
	const struct v2 *v = ring->shared;

	__atomic_store_n(&v->page->pad, ring->mark, __ATOMIC_RELAXED);
}

/* One too many does no harm: the front end looks at the state. */
static int v2_tell(struct vring *ring)
{
	return ring->ops->evtchn_notify(ring->ctx, ring->port);
}

static size_t v2_packet_max(const struct vring *ring)
{
	const struct v2 *v = ring->shared;

	return tpmif_room(v->n_extra);
}

/* A page in two places would have our own writes change each other. */
static bool refs_distinct(const struct v2 *v, uint32_t ring_ref)
{
	unsigned int i, j;

	for (i = 0; i < v->n_extra; i++) {
		if (v->refs[i] == ring_ref)
			return false;
		for (j = 0; j < i; j++)
			if (v->refs[i] == v->refs[j])
				return false;
	}
	return true;
}

static int map_extra(struct vring *ring, struct v2 *v, uint32_t ring_ref)
{
	void *pages;
	int r;

	v->n_extra = load_word(v).is.n_extra;
	if (v->n_extra == 0)
		return 0;
	load_refs(v);
	if (!refs_distinct(v, ring_ref))
		return -EPROTO;
	r = ring->ops->map(ring->ctx, ring->domid, v->refs, v->n_extra, &pages);
	if (!r)
		v->extra = pages;
	return r;
}

static int map_pages(struct vring *ring, struct v2 *v, uint32_t ring_ref)
{
	void *page;
	int r;

	r = ring->ops->map(ring->ctx, ring->domid, &ring_ref, 1, &page);
	if (r)
		return r;
	v->page = page;
	r = map_extra(ring, v, ring_ref);
	if (r)
		ring->ops->unmap(ring->ctx, page, 1);
	return r;
}

static int v2_map(struct vring *ring, uint32_t ring_ref)
{
	struct v2 *v = calloc(1, sizeof(*v));
	int r;

	if (!v)
		return -ENOMEM;
	r = map_pages(ring, v, ring_ref);
	if (r)
		free(v);
	else
		ring->shared = v;
	return r;
}

static void v2_unmap(struct vring *ring)
{
	struct v2 *v = ring->shared;

	if (v->n_extra)
		ring->ops->unmap(ring->ctx, v->extra, v->n_extra);
	ring->ops->unmap(ring->ctx, v->page, 1);
	free(v);
}

const struct tpmif_proto tpmif_v2 = {
	.map = v2_map,
	.unmap = v2_unmap,
	.receive = v2_receive,
	.answer = v2_answer,
	.cancelled = v2_cancelled,
	.look = v2_look,
	.show_mark = v2_show_mark,
	.tell = v2_tell,
	.packet_max = v2_packet_max,
	.maps_packets = false,
};
