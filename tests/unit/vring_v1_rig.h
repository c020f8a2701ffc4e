/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest of 2006 in the hypervisor in memory: its ring page, the page of its
 * packets, and libvring connected to it.  Functions fail the test that calls
 * them.
 */
#ifndef VRING_V1_RIG_H
#define VRING_V1_RIG_H

#include <stdbool.h>

#include "tpmif_v1.h"
#include "vring.h"
#include "xen_ops_fake.h"

#define DOMID	   7u
#define RING_REF   1000u
#define PACKET_REF 8u /* as front ends do: the same every time */
#define PORT	   12u
#define PAGE	   TPMIF_PAGE_SIZE

struct rig {
	struct xen_fake *x;
	bool wide;
	void *page;	 /* the guest's view of its ring */
	uint8_t *packet; /* and of its packet's page */
	uint32_t offset; /* where in it the guest has its packets */
	uint64_t frame;	 /* its machine address */
	struct vring *ring;
};

/*
 * The guest alone, with words of 64 bits or 32; then connecting; or both, with
 * its first event taken.
 */
void rig_guest(struct rig *r, bool wide);
int rig_connect(struct rig *r);
void rig_start(struct rig *r, bool wide);

/* Closes, and sees that nothing is still mapped or bound. */
void rig_stop(struct rig *r);

/* The slot. */
void set_addr(struct rig *r, uint64_t addr);
void set_ref(struct rig *r, uint32_t ref);
uint64_t get_addr(const struct rig *r);
uint32_t get_ref(const struct rig *r);
union tpmif_v1_tail *tail(const struct rig *r);

/* A packet of len bytes, which says so itself where it has room to. */
void make_packet(uint8_t *packet, uint32_t len, uint8_t seed);

/* The guest writes such a packet and its slot, as one of 2006 does. */
void guest_write(struct rig *r, uint32_t len, uint8_t seed);

/* ... and sends the event. */
void guest_submit(struct rig *r, uint32_t len, uint8_t seed);

/*
 * vring_receive, into memory of just that size so that a byte too much shows;
 * what is received must be the packet.
 */
ssize_t receive(struct rig *r, size_t cap, uint8_t seed);

/* vring_send of a packet. */
int send_packet(struct rig *r, size_t len, uint8_t seed);

/*
 * The packet's page holds that packet and, up to its end, nothing else; the
 * slot is free and has its size; the packet's page is no longer mapped.
 */
void assert_answered(struct rig *r, uint32_t len, uint8_t seed);

/* As above, and the guest got one event. */
void assert_answer(struct rig *r, uint32_t len, uint8_t seed);

/* ... of TPM_FAIL. */
void assert_failed(struct rig *r);

/* The guest got no event. */
void assert_silent(struct rig *r);

#endif
