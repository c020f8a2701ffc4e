// SPDX-License-Identifier: GPL-2.0-only
/*
 * The protocol of 2006: a page with a slot for the request, and a page with the
 * packet (tpmif_v1.h).  The second one is granted for as long as the ring is.
 *
 * A request cannot be withdrawn, and nothing in the page says that there is an
 * answer, but an event: what of a packet is there then is the answer, unless it
 * is still a request.  Our own back end also clears the slot's address, which
 * an event that was lost does not hide.
 */

#include <asm/barrier.h>
#include <linux/string.h>
#include <linux/tpm.h>
#include <xen/page.h>

#include "compat.h"
#include "tpm_xenu.h"
#include "tpmif_v1.h"

/* Tags of requests: without, with one, with two sessions. */
#define TAG_REQUEST_FIRST 0x00c1
#define TAG_REQUEST_LAST 0x00c3

static u8 *packet_page(const struct xenu_ring *ring)
{
	return (u8 *)ring->pages + TPMIF_PAGE_SIZE;
}

static void v1_setup(struct xenu_ring *ring)
{
	struct tpmif_v1_request *slot = ring->pages;

	slot->ref = ring->refs[1];
}

static u32 v1_room(const struct xenu_ring *ring)
{
	return tpmif_v1_room(0);
}

/* The slot's other half of a word is the back end's. */
static void v1_publish(struct xenu_ring *ring, const u8 *packet, u32 len,
		       u8 locality)
{
	struct tpmif_v1_request *slot = ring->pages;
	unsigned long frame = virt_to_gfn(packet_page(ring));

	WRITE_ONCE(ring->kicked, false);
	memcpy(packet_page(ring), packet, len);
	WRITE_ONCE(slot->tail.is.size, len);
	/* All of it is there when the address is. */
	virt_store_release(&slot->addr, frame << XEN_PAGE_SHIFT);
}

static enum xenu_news v1_look(struct xenu_ring *ring)
{
	struct tpmif_v1_request *slot = ring->pages;
	u16 tag;

	/* Before the answer is looked at. */
	if (virt_load_acquire(&slot->addr) == 0)
		return XENU_ANSWER;
	/* The event came after the answer was written. */
	if (!smp_load_acquire(&ring->kicked))
		return XENU_NOTHING;
	tag = be16_to_cpu(READ_ONCE(*(__be16 *)packet_page(ring)));
	if (tag >= TAG_REQUEST_FIRST && tag <= TAG_REQUEST_LAST)
		return XENU_NOTHING;
	return XENU_ANSWER;
}

static int v1_take(struct xenu_ring *ring, u8 *buf, u32 size)
{
	struct tpmif_v1_request *slot = ring->pages;
	u32 len = READ_ONCE(slot->tail.is.size);

	if (len < TPM_HEADER_SIZE || len > size || len > v1_room(ring))
		return -EIO;
	memcpy(buf, packet_page(ring), len);
	/* From here on it is the copy that is looked at. */
	barrier();
	return tpmif_v1_length(buf) == len ? len : -EIO;
}

static bool v1_withdraw(struct xenu_ring *ring)
{
	return false;
}

const struct xenu_protocol xenu_v1 = {
	.setup = v1_setup,
	.room = v1_room,
	.publish = v1_publish,
	.look = v1_look,
	.take = v1_take,
	.withdraw = v1_withdraw,
	.offered = XenbusStateConnected,
};
