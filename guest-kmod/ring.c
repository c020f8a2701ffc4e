// SPDX-License-Identifier: GPL-2.0-only
/* A connection: shared pages and an event channel. */

#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/slab.h>
#include <xen/events.h>
#include <xen/xenbus.h>

#include "compat.h"
#include "tpm_xenu.h"

/*
 * Each thing that we send gives the back end one event.  Those beyond are
 * reported as spurious, which makes them slower and slower.
 */
static irqreturn_t interrupt(int irq, void *dev_id)
{
	struct xenu_ring *ring = dev_id;
	bool expected = xchg(&ring->expected, false);

	/* After what the other end wrote before it. */
	smp_store_release(&ring->kicked, true);
	wake_up_all(&ring->front->wait);
	xen_irq_lateeoi(irq, expected ? 0 : XEN_EOI_FLAG_SPURIOUS);
	return IRQ_HANDLED;
}

static int bind(struct xenu_ring *ring)
{
	struct xenbus_device *dev = ring->front->dev;
	int rc;

	rc = xenbus_alloc_evtchn(dev, &ring->evtchn);
	if (rc)
		return rc;
	rc = bind_evtchn_to_irqhandler_lateeoi(ring->evtchn, interrupt, 0,
					       dev_name(&dev->dev), ring);
	if (rc < 0) {
		xenbus_free_evtchn(dev, ring->evtchn);
		return rc;
	}
	ring->irq = rc;
	return 0;
}

struct xenu_ring *xenu_ring_create(struct xenu_front *front,
				   const struct xenu_protocol *protocol,
				   unsigned int n_extra)
{
	struct xenu_ring *ring = kzalloc(sizeof(*ring), GFP_KERNEL);
	int rc;

	if (!ring)
		return ERR_PTR(-ENOMEM);
	ring->front = front;
	ring->protocol = protocol;
	ring->n_pages = 1 + n_extra;
	rc = xenu_share_pages(front->dev, &ring->pages, ring->n_pages,
			      ring->refs);
	if (rc)
		goto free;
	protocol->setup(ring);
	rc = bind(ring);
	if (rc)
		goto unshare;
	return ring;

unshare:
	xenu_unshare_pages(ring->pages, ring->n_pages, ring->refs);
free:
	kfree(ring);
	return ERR_PTR(rc);
}

void xenu_ring_destroy(struct xenu_ring *ring)
{
	if (!ring)
		return;
	unbind_from_irqhandler(ring->irq, ring);
	xenu_unshare_pages(ring->pages, ring->n_pages, ring->refs);
	kfree(ring);
}

void xenu_ring_notify(struct xenu_ring *ring)
{
	WRITE_ONCE(ring->expected, true);
	notify_remote_via_irq(ring->irq);
}
