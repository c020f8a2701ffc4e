/* SPDX-License-Identifier: BSD-2-Clause */
/* What vring.c and the protocols share. */
#ifndef VRING_IMPL_H
#define VRING_IMPL_H

#include "vring.h"

/* One wire protocol.  Only its own file looks at what is shared. */
struct tpmif_proto {
	/*
	 * Maps what ring_ref leads to and sets ring->shared; 0 or -errno, with
	 * nothing left mapped.
	 */
	int (*map)(struct vring *ring, uint32_t ring_ref);
	void (*unmap)(struct vring *ring);

	/* As vring_receive, when no packet is unanswered. */
	ssize_t (*receive)(struct vring *ring, uint8_t *buf, size_t cap,
			   uint8_t *locality);
	/*
	 * Publishes the answer, or that there is none (len is 0), and sends
	 * the event.
	 */
	int (*answer)(struct vring *ring, const uint8_t *rsp, size_t len);
	bool (*cancelled)(const struct vring *ring);
	/* The mark that is shared, and whether a request waits beside it. */
	uint8_t (*look)(struct vring *ring, bool *waits);
	/* Shares ring->mark, which goes with each answer, at once. */
	void (*show_mark)(const struct vring *ring);
	/* Sends the event of the last answer, if it may not have been sent. */
	int (*tell)(struct vring *ring);
	size_t (*packet_max)(const struct vring *ring);

	bool maps_packets; /* each packet brings a grant of its own */
};

struct vring {
	const struct xen_ops *ops;
	void *ctx;
	const struct tpmif_proto *proto;
	void *shared; /* the protocol's */
	uint32_t domid;
	uint32_t port; /* the local one */
	uint8_t mark;  /* of the answers */
	bool busy;     /* a packet was received and not answered */
};

extern const struct tpmif_proto tpmif_v1_32, tpmif_v1_64;
extern const struct tpmif_proto tpmif_v2;

#endif
