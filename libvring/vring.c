/* SPDX-License-Identifier: BSD-2-Clause */
/* The connection, whatever protocol it speaks: see vring.h. */

#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "vring_impl.h"

static const struct tpmif_proto *const protocols[] = {
	[VRING_V1_32] = &tpmif_v1_32,
	[VRING_V2] = &tpmif_v2,
	[VRING_V1_64] = &tpmif_v1_64,
};

static const struct tpmif_proto *find_protocol(enum vring_protocol protocol)
{
	const size_t n = sizeof(protocols) / sizeof(protocols[0]);

	return (size_t)protocol < n ? protocols[protocol] : NULL;
}

static int attach(struct vring *ring, uint32_t ring_ref, uint32_t event_channel)
{
	int r = ring->proto->map(ring, ring_ref);

	if (r)
		return r;
	r = ring->ops->evtchn_bind(ring->ctx, ring->domid, event_channel);
	if (r < 0) {
		ring->proto->unmap(ring);
		return r;
	}
	ring->port = (uint32_t)r;
	return 0;
}

int vring_connect(const struct xen_ops *ops, void *ctx,
		  enum vring_protocol protocol, uint32_t domid,
		  uint32_t ring_ref, uint32_t event_channel,
		  struct vring **ring)
{
	struct vring *v;
	int r;

	*ring = NULL;
	if (!find_protocol(protocol))
		return -EPROTONOSUPPORT;
	v = calloc(1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	v->ops = ops;
	v->ctx = ctx;
	v->proto = find_protocol(protocol);
	v->domid = domid;
	r = attach(v, ring_ref, event_channel);
	if (r) {
		free(v);
		return r;
	}
	*ring = v;
	return 0;
}

int vring_restrict(struct vring *ring)
{
	int r = ring->ops->evtchn_restrict(ring->ctx, ring->domid);

	if (!r && !ring->proto->maps_packets)
		r = ring->ops->map_drop(ring->ctx);
	return r;
}

int vring_fd(const struct vring *ring)
{
	return ring->ops->evtchn_fd(ring->ctx);
}

int vring_event(struct vring *ring)
{
	int r = ring->ops->evtchn_pending(ring->ctx);

	if (r < 0)
		return r;
	/* Somebody else's, who shares the context, stays masked for them. */
	if ((uint32_t)r != ring->port)
		return -EAGAIN;
	return ring->ops->evtchn_unmask(ring->ctx, ring->port);
}

ssize_t vring_receive(struct vring *ring, uint8_t *buf, size_t cap,
		      uint8_t *locality)
{
	ssize_t n;

	if (ring->busy)
		return -EBUSY;
	n = ring->proto->receive(ring, buf, cap, locality);
	ring->busy = n > 0;
	return n;
}

bool vring_cancelled(const struct vring *ring)
{
	return ring->busy && ring->proto->cancelled(ring);
}

int vring_send(struct vring *ring, const uint8_t *rsp, size_t len)
{
	int r;

	if (!ring->busy)
		return -EINVAL;
	if (len == 0 || len > vring_packet_max(ring)) {
		r = vring_abort(ring);
		return r ? r : -EMSGSIZE;
	}
	ring->busy = false;
	return ring->proto->answer(ring, rsp, len);
}

int vring_abort(struct vring *ring)
{
	if (!ring->busy)
		return -EINVAL;
	ring->busy = false;
	return ring->proto->answer(ring, NULL, 0);
}

void vring_set_mark(struct vring *ring, uint8_t mark)
{
	ring->mark = mark;
}

int vring_resume(struct vring *ring, uint8_t before, uint8_t mark,
		 const uint8_t *rsp, size_t len)
{
	bool waits;
	const uint8_t seen = ring->proto->look(ring, &waits);

	ring->mark = mark;
	if (waits && seen == before && before && len) {
		ring->busy = true;
		return vring_send(ring, rsp, len);
	}
	if (seen != mark)
		ring->proto->show_mark(ring);
	else if (!waits)
		return ring->proto->tell(ring);
	return 0;
}

size_t vring_packet_max(const struct vring *ring)
{
	return ring->proto->packet_max(ring);
}

void vring_close(struct vring *ring)
{
	if (!ring)
		return;
	ring->ops->evtchn_unbind(ring->ctx, ring->port);
	ring->proto->unmap(ring);
	free(ring);
}
