/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Protocol 1: a slot in a shared page, and for each packet a page of its own
 * (tpmif_v1.h), which is mapped from when the packet is received to when it is
 * answered.
 *
 * Whatever is in either page may change at any moment.  load_slot and
 * load_packet are the only reads of them; each field is loaded once per use.
 */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tpmif_v1.h"
#include "vring_impl.h"

/*
 * The note in a slot: the last answer's mark, and how far that answer has come,
 * for a back end that goes on where another stopped.  v1_answer takes the steps
 * in this order, v1_tell finishes what it finds half done.  Whatever else is
 * there is the same as NOTE_TOLD without a mark.
 */
enum note {
	NOTE_MASK = 0xff00,
	NOTE_ANSWERED = 0xa200, /* it is there, and its size in the slot */
	NOTE_FREED = 0xa300,	/* the slot has no address any more */
	NOTE_TOLD = 0xa400,	/* the event was sent */
};

struct v1 {
	void *page; /* the ring's */
	uint32_t ring_ref;
	bool wide;	 /* its guest's words have 64 bits */
	uint8_t *packet; /* the page of the packet received; NULL: none */
	uint32_t offset; /* and where the packet is in it */
};

/* What the slot says, at one moment. */
struct slot {
	uint64_t addr;
	uint32_t ref;
	union tpmif_v1_tail tail;
};

static union tpmif_v1_tail *tail_of(const struct v1 *v)
{
	struct tpmif_v1_request_32 *narrow = v->page;
	struct tpmif_v1_request_64 *wide = v->page;

	return v->wide ? &wide->tail : &narrow->tail;
}

static struct slot load_slot(const struct v1 *v)
{
	const struct tpmif_v1_request_32 *narrow = v->page;
	const struct tpmif_v1_request_64 *wide = v->page;
	struct slot s;

	/* Acquire: the rest of the slot, and the packet, come before it. */
	s.addr = v->wide ? __atomic_load_n(&wide->addr, __ATOMIC_ACQUIRE)
			 : __atomic_load_n(&narrow->addr, __ATOMIC_ACQUIRE);
	s.ref = __atomic_load_n(v->wide ? &wide->ref : &narrow->ref,
				__ATOMIC_RELAXED);
	s.tail.word = __atomic_load_n(&tail_of(v)->word, __ATOMIC_RELAXED);
	return s;
}

static void clear_addr(const struct v1 *v)
{
	struct tpmif_v1_request_32 *narrow = v->page;
	struct tpmif_v1_request_64 *wide = v->page;

	if (v->wide)
		__atomic_store_n(&wide->addr, 0, __ATOMIC_RELEASE);
	else
		__atomic_store_n(&narrow->addr, 0, __ATOMIC_RELEASE);
}

/* Leaves the size, which the front end may be writing. */
static void store_note(const struct vring *ring, enum note note)
{
	const struct v1 *v = ring->shared;

	__atomic_store_n(&tail_of(v)->is.unused,
			 (uint16_t)((unsigned int)note | ring->mark),
			 __ATOMIC_RELEASE);
}

/* Size, mark and note in one: from here on there is an answer. */
static void store_size(const struct vring *ring, uint32_t len)
{
	const struct v1 *v = ring->shared;
	const union tpmif_v1_tail
		tail = { .is = {
				 .unused =
					 (uint16_t)(NOTE_ANSWERED | ring->mark),
				 .size = (uint16_t)len,
			 } };

	__atomic_store_n(&tail_of(v)->word, tail.word, __ATOMIC_RELEASE);
}

static void unmap_packet(struct vring *ring)
{
	struct v1 *v = ring->shared;

	if (v->packet)
		ring->ops->unmap(ring->ctx, v->packet, 1);
	v->packet = NULL;
}

static bool well_formed(const struct v1 *v, const struct slot *s)
{
	const uint32_t size = s->tail.is.size;

	/* A page in two places would have our own writes change each other. */
	return s->ref != v->ring_ref && size >= TPMIF_V1_PACKET_MIN &&
	       size <= tpmif_v1_room(tpmif_v1_offset(s->addr));
}

static int map_packet(struct vring *ring, const struct slot *s)
{
	struct v1 *v = ring->shared;
	void *page;
	int r;

	if (!well_formed(v, s))
		return -EMSGSIZE;
	r = ring->ops->map(ring->ctx, ring->domid, &s->ref, 1, &page);
	if (r)
		return r;
	v->packet = page;
	v->offset = tpmif_v1_offset(s->addr);
	return 0;
}

static void load_packet(const struct v1 *v, uint8_t *buf, uint32_t len)
{
	memcpy(buf, v->packet + v->offset, len);
	/* The compiler must not read the page again in place of the copy. */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/* Writes a packet and clears what is behind it, whoever left it there. */
static void store_packet(const struct v1 *v, const uint8_t *rsp, uint32_t len)
{
	uint8_t *at = v->packet + v->offset;

	memcpy(at, rsp, len);
	memset(at + len, 0, tpmif_v1_room(v->offset) - len);
}

static int send_event(struct vring *ring)
{
	int r = ring->ops->evtchn_notify(ring->ctx, ring->port);

	if (!r)
		store_note(ring, NOTE_TOLD);
	return r;
}

static int free_slot(struct vring *ring)
{
	clear_addr(ring->shared);
	store_note(ring, NOTE_FREED);
	return send_event(ring);
}

static int v1_answer(struct vring *ring, const uint8_t *rsp, size_t len)
{
	/*
	 * The protocol has no word for "no answer", and front ends lose a
	 * grant to an answer of no bytes.  The back end of 2006 said TPM_FAIL.
	 */
	static const uint8_t none[TPMIF_V1_PACKET_MIN] = { 0,  0xc4, 0, 0, 0,
							   10, 0,    0, 0, 9 };
	const struct v1 *v = ring->shared;
	const struct slot s = load_slot(v);
	int r = 0;

	/* It was received by an earlier back end. */
	if (!v->packet)
		r = map_packet(ring, &s);
	if (r)
		return r;
	if (len == 0 || len > tpmif_v1_room(v->offset)) {
		rsp = none;
		len = sizeof(none);
	}
	store_packet(v, rsp, (uint32_t)len);
	/* Before the front end can know: it may take its page away then. */
	unmap_packet(ring);
	store_size(ring, (uint32_t)len);
	return free_slot(ring);
}

static unsigned int note_of(const struct slot *s)
{
	return s->tail.is.unused & NOTE_MASK;
}

static uint8_t v1_look(struct vring *ring, bool *waits)
{
	const struct slot s = load_slot(ring->shared);
	const unsigned int note = note_of(&s);

	*waits = s.addr != 0 && note != NOTE_ANSWERED;
	if (note < NOTE_ANSWERED || note > NOTE_TOLD)
		return 0;
	return (uint8_t)(s.tail.is.unused & ~NOTE_MASK);
}

static void v1_show_mark(const struct vring *ring)
{
	store_note(ring, NOTE_TOLD);
}

static int v1_tell(struct vring *ring)
{
	const struct slot s = load_slot(ring->shared);

	if (note_of(&s) == NOTE_ANSWERED)
		return free_slot(ring);
	if (note_of(&s) == NOTE_FREED && s.addr == 0)
		return send_event(ring);
	return 0;
}

/*
 * What makes no sense is left as it is: a guest that is still writing its slot
 * looks just like it, and has an event to send yet.
 */
static ssize_t receive_request(struct vring *ring, const struct slot *s,
			       uint8_t *buf, size_t cap)
{
	const struct v1 *v = ring->shared;
	const uint32_t size = s->tail.is.size;
	int r;

	if (size > cap)
		return -EMSGSIZE;
	r = map_packet(ring, s);
	if (r)
		return r;
	load_packet(v, buf, size);
	if (tpmif_v1_length(buf) == size)
		return (ssize_t)size;
	unmap_packet(ring);
	return -EMSGSIZE;
}

static ssize_t v1_receive(struct vring *ring, uint8_t *buf, size_t cap,
			  uint8_t *locality)
{
	const struct slot s = load_slot(ring->shared);

	*locality = 0;
	return s.addr != 0 ? receive_request(ring, &s, buf, cap) : 0;
}

static bool v1_cancelled(const struct vring *ring)
{
	(void)ring;
	return false;
}

static size_t v1_packet_max(const struct vring *ring)
{
	const struct v1 *v = ring->shared;

	return tpmif_v1_room(v->packet ? v->offset : 0);
}

static int map_ring(struct vring *ring, uint32_t ring_ref, bool wide)
{
	struct v1 *v = calloc(1, sizeof(*v));
	int r;

	if (!v)
		return -ENOMEM;
	v->wide = wide;
	v->ring_ref = ring_ref;
	r = ring->ops->map(ring->ctx, ring->domid, &ring_ref, 1, &v->page);
	if (r)
		free(v);
	else
		ring->shared = v;
	return r;
}

static int v1_map_32(struct vring *ring, uint32_t ring_ref)
{
	return map_ring(ring, ring_ref, false);
}

static int v1_map_64(struct vring *ring, uint32_t ring_ref)
{
	return map_ring(ring, ring_ref, true);
}

static void v1_unmap(struct vring *ring)
{
	struct v1 *v = ring->shared;

	unmap_packet(ring);
	ring->ops->unmap(ring->ctx, v->page, 1);
	free(v);
}

#define PROTOCOL_1(map_)                                                     \
	{                                                                    \
		.map = (map_), .unmap = v1_unmap, .receive = v1_receive,     \
		.answer = v1_answer, .cancelled = v1_cancelled,              \
		.look = v1_look, .show_mark = v1_show_mark, .tell = v1_tell, \
		.packet_max = v1_packet_max, .maps_packets = true,           \
	}

const struct tpmif_proto tpmif_v1_32 = PROTOCOL_1(v1_map_32);
const struct tpmif_proto tpmif_v1_64 = PROTOCOL_1(v1_map_64);
