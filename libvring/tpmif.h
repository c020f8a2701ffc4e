/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TPM ring's shared page, protocol 2 (Xen, public/io/tpmif.h; the names are
 * Xen's).  Guest modules compile this file too.
 *
 * A packet starts after the header and its extra_pages, at offset
 * 8 + 4 * nr_extra_pages; a comment in Xen's header says 16, which no front
 * end does.  Numbers are in the byte order of the machine, a packet is the
 * TPM's.
 *
 *   from              to                written by   means
 *   IDLE, FINISH      SUBMIT            front end    a request is in the page
 *   SUBMIT            FINISH            back end     its answer is in the page
 *   SUBMIT, FINISH    CANCEL            front end    the request is withdrawn
 *   CANCEL            FINISH            back end     too late: it was answered
 *   SUBMIT, CANCEL    IDLE              back end     it has no answer
 */
#ifndef TPMIF_H
#define TPMIF_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

enum tpmif_state {
	TPMIF_STATE_IDLE = 0,
	TPMIF_STATE_SUBMIT = 1,
	TPMIF_STATE_FINISH = 2,
	TPMIF_STATE_CANCEL = 3,
};

/* A grant's page, whatever the size of either kernel's pages. */
#define TPMIF_PAGE_SIZE 4096u

/* nr_extra_pages is a byte. */
#define TPMIF_EXTRA_PAGES_MAX 255u

struct tpmif_shared_page {
	uint32_t length;	/* of the packet, in bytes */
	uint8_t state;		/* enum tpmif_state */
	uint8_t locality;	/* that the request asks for */
	uint8_t pad;		/* the back end's mark; see vring.h */
	uint8_t nr_extra_pages; /* that a long packet goes on in */
	uint32_t extra_pages[]; /* their grants */
};

#endif
