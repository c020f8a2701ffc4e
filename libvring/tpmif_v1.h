/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TPM ring's shared page, protocol 1 (Xen before 2013, public/io/tpmif.h),
 * and where things are in it.  Pure arithmetic on numbers that the caller has
 * already copied out of the page; guest modules compile this file too, so it
 * uses no library.
 *
 * The page is an array of slots, whose layout is that of the guest's C
 * compiler, and has no indices.  There is one request at a time, in slot 0; the
 * packet is in a page of its own, which the request grants.  Ten slots (before
 * April 2007) or one look the same from here: a further slot is for what of a
 * packet does not fit a page, and no front end's TPM driver sends so much.
 *
 * A front end writes the packet, then the slot, then sends the event; the next
 * one only when it has its answer, and the first only when the back end is
 * Connected.  In the slot it should write addr last: with an address it is a
 * request.  The back end writes the answer where the request was, and its size
 * into the slot, and sends the event.  It leaves ref, which front ends read
 * again to give it back; and it sends no event too many, since front ends take
 * their own next request for the answer then.
 *
 * Two things are ours, and disturb no front end, since none looks: addr is 0
 * in a slot that has been answered; and unused, which front ends since March
 * 2006 do not write, has a note of the back end's for the next one.
 */
#ifndef TPMIF_V1_H
#define TPMIF_V1_H

#include "tpmif.h"

/* A slot's last word, the same in both layouts. */
union tpmif_v1_tail {
	struct {
		uint16_t unused;
		uint16_t size; /* of the packet, in bytes */
	} is;
	uint32_t word;
};

struct tpmif_v1_request_32 {
	uint32_t addr; /* the packet's machine address */
	uint32_t ref;  /* the grant of its page */
	union tpmif_v1_tail tail;
};

struct tpmif_v1_request_64 {
	uint64_t addr;
	uint32_t ref;
	union tpmif_v1_tail tail;
};

/* A front end's own. */
#if __SIZEOF_LONG__ == 8
#define tpmif_v1_request tpmif_v1_request_64
#else
#define tpmif_v1_request tpmif_v1_request_32
#endif

_Static_assert(sizeof(union tpmif_v1_tail) == 4, "the last word is one");
_Static_assert(sizeof(struct tpmif_v1_request_32) == 12 &&
		       __builtin_offsetof(struct tpmif_v1_request_32, ref) ==
			       4 &&
		       __builtin_offsetof(struct tpmif_v1_request_32, tail) ==
			       8,
	       "slots of 32-bit guests are an ABI");
_Static_assert(sizeof(struct tpmif_v1_request_64) == 16 &&
		       __builtin_offsetof(struct tpmif_v1_request_64, ref) ==
			       8 &&
		       __builtin_offsetof(struct tpmif_v1_request_64, tail) ==
			       12,
	       "slots of 64-bit guests are an ABI");
_Static_assert(sizeof(((struct tpmif_v1_request *)0)->addr) == sizeof(long),
	       "an address is a long of its guest");

/* A packet has a tag, its own length and an ordinal or a result. */
#define TPMIF_V1_PACKET_MIN 10u

/* Where in its page a packet at machine address addr starts. */
static inline uint32_t tpmif_v1_offset(uint64_t addr)
{
	return (uint32_t)addr & (TPMIF_PAGE_SIZE - 1);
}

/* The largest packet, either way, that starts at an offset. */
static inline uint32_t tpmif_v1_room(uint32_t offset)
{
	return TPMIF_PAGE_SIZE - offset;
}

/*
 * The length that a packet's first TPMIF_V1_PACKET_MIN bytes tell.  The back
 * end of 2006 took no packet whose slot told another.
 */
static inline uint32_t tpmif_v1_length(const uint8_t *packet)
{
	return (uint32_t)packet[2] << 24 | (uint32_t)packet[3] << 16 |
	       (uint32_t)packet[4] << 8 | packet[5];
}

#endif
