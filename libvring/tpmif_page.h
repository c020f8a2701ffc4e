/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where things are in the shared page of tpmif.h.  Pure arithmetic on numbers
 * that the caller has already copied out of the page; guest modules compile
 * this file too, so it uses no library.
 */
#ifndef TPMIF_PAGE_H
#define TPMIF_PAGE_H

#include "tpmif.h"

#define TPMIF_HEADER_SIZE 8u

_Static_assert(sizeof(struct tpmif_shared_page) == TPMIF_HEADER_SIZE,
	       "the header is an ABI");
_Static_assert(TPMIF_HEADER_SIZE + 4u * TPMIF_EXTRA_PAGES_MAX < TPMIF_PAGE_SIZE,
	       "every number of extra pages leaves room in the first page");

/* Where the packet starts in the first page. */
static inline uint32_t tpmif_data_offset(uint8_t n_extra)
{
	return TPMIF_HEADER_SIZE + 4u * n_extra;
}

/* How much of a packet is in the first page. */
static inline uint32_t tpmif_first_room(uint8_t n_extra)
{
	return TPMIF_PAGE_SIZE - tpmif_data_offset(n_extra);
}

/* The largest packet of a page with its extra pages. */
static inline uint32_t tpmif_room(uint8_t n_extra)
{
	return tpmif_first_room(n_extra) + TPMIF_PAGE_SIZE * n_extra;
}

/* How many of a packet's len bytes are in the first page. */
static inline uint32_t tpmif_first_part(uint8_t n_extra, uint32_t len)
{
	const uint32_t room = tpmif_first_room(n_extra);

	return len < room ? len : room;
}

#endif
