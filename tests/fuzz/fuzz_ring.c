/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes in a guest's ring and in the page of its packets, at any moment of
 * a connection.
 *
 * An input is a protocol, then steps: what to do, and what belongs to it.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "tpmif.h"
#include "vring.h"
#include "xen_ops_fake.h"

#define DOMID	 7u
#define RING_REF 8u
#define PORT	 9u
#define PAGE	 TPMIF_PAGE_SIZE
#define CAP	 4096u

/* More than a ring's page and all that a packet of it may be in. */
#define MAPPED_MAX (1u + TPMIF_EXTRA_PAGES_MAX)

enum step {
	STEP_RING,	/* u8 offset, u8 n, n bytes */
	STEP_PACKET,	/* u16 offset, u8 n, n bytes */
	STEP_RECEIVE,
	STEP_SEND,	/* u16 length */
	STEP_ABORT,
	STEP_CANCELLED,
	STEP_TAKE_OVER, /* u8 before, u8 mark, u16 length */
	STEPS
};

struct world {
	struct xen_fake *x;
	uint8_t *ring_page, *packet;
	enum vring_protocol protocol;
	struct vring *ring; /* NULL: what is in the page cannot be connected */
	uint8_t *buf;	    /* of just CAP bytes, so that one more is seen */
};

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void connect(struct world *w)
{
	const int r = vring_connect(&xen_ops_fake, w->x, w->protocol, DOMID,
				    RING_REF, PORT, &w->ring);

	must(!r == (w->ring != NULL));
}

static void disconnect(struct world *w)
{
	vring_close(w->ring);
	w->ring = NULL;
	must(xen_fake_mapped(w->x) == 0 && xen_fake_bound(w->x) == 0);
}

static void scribble(uint8_t *page, size_t offset, struct input *in)
{
	size_t n = input_u8(in);
	const uint8_t *bytes = input_take(in, &n);

	offset %= PAGE;
	if (n > PAGE - offset)
		n = PAGE - offset;
	memcpy(page + offset, bytes, n);
}

static void receive(struct world *w)
{
	uint8_t locality;
	ssize_t n = vring_receive(w->ring, w->buf, CAP, &locality);

	must(n <= (ssize_t)CAP);
	must(vring_packet_max(w->ring) <= VRING_PACKET_MAX);
}

static void send(struct world *w, size_t len)
{
	uint8_t *rsp = calloc(1, len ? len : 1);

	must(rsp != NULL);
	vring_send(w->ring, rsp, len);
	free(rsp);
}

static void take_over(struct world *w, struct input *in)
{
	const uint8_t before = input_u8(in), mark = input_u8(in);
	const size_t len = input_u16(in) % (CAP + 1);

	disconnect(w);
	connect(w);
	memset(w->buf, 0x5a, CAP);
	if (w->ring)
		vring_resume(w->ring, before, mark, w->buf, len);
}

static void act(struct world *w, enum step step, struct input *in)
{
	switch (step) {
	case STEP_RING:
		scribble(w->ring_page, input_u8(in), in);
		break;
	case STEP_PACKET:
		scribble(w->packet, input_u16(in), in);
		break;
	case STEP_TAKE_OVER:
		take_over(w, in);
		break;
	default:
		if (!w->ring)
			break;
		if (step == STEP_RECEIVE)
			receive(w);
		else if (step == STEP_SEND)
			send(w, input_u16(in));
		else if (step == STEP_ABORT)
			vring_abort(w->ring);
		else
			vring_cancelled(w->ring);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum vring_protocol protocols[] = { VRING_V1_32, VRING_V2,
							 VRING_V1_64 };
	struct input in = { data, data + size };
	struct world w = { .protocol = protocols[input_u8(&in) % 3] };

	w.x = xen_fake_new();
	w.buf = malloc(CAP);
	must(w.x && w.buf);
	w.ring_page = xen_fake_grant(w.x, DOMID, RING_REF);
	/* A number that inputs come upon. */
	w.packet = xen_fake_grant(w.x, DOMID, 1);
	xen_fake_grant(w.x, DOMID, 2);
	xen_fake_offer(w.x, DOMID, PORT);
	connect(&w);
	while (input_left(&in)) {
		act(&w, (enum step)(input_u8(&in) % STEPS), &in);
		must(xen_fake_mapped(w.x) <= MAPPED_MAX);
	}
	disconnect(&w);
	xen_fake_free(w.x);
	free(w.buf);
	return 0;
}
