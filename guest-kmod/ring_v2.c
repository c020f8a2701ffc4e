// SPDX-License-Identifier: GPL-2.0-only
/*
 * The protocol of 2013: a shared page with a state, and extra pages behind it
 * (tpmif.h).
 */

#include <asm/barrier.h>
#include <linux/string.h>
#include <linux/tpm.h>

#include "compat.h"
#include "tpm_xenu.h"
#include "tpmif_page.h"

static u8 n_extra(const struct xenu_ring *ring)
{
	return ring->n_pages - 1;
}

static u8 *first_data(const struct xenu_ring *ring)
{
	return (u8 *)ring->pages + tpmif_data_offset(n_extra(ring));
}

static u8 *second_data(const struct xenu_ring *ring)
{
	return (u8 *)ring->pages + TPMIF_PAGE_SIZE;
}

static void v2_setup(struct xenu_ring *ring)
{
	struct tpmif_shared_page *shared = ring->pages;
	u8 i;

	for (i = 0; i < n_extra(ring); i++)
		shared->extra_pages[i] = ring->refs[1 + i];
	shared->nr_extra_pages = n_extra(ring);
}

static u32 v2_room(const struct xenu_ring *ring)
{
	return tpmif_room(n_extra(ring));
}

/* The byte between locality and nr_extra_pages is the back end's. */
static void v2_publish(struct xenu_ring *ring, const u8 *packet, u32 len,
		       u8 locality)
{
	struct tpmif_shared_page *shared = ring->pages;
	u32 first = tpmif_first_part(n_extra(ring), len);

	memcpy(first_data(ring), packet, first);
	memcpy(second_data(ring), packet + first, len - first);
	WRITE_ONCE(shared->length, len);
	WRITE_ONCE(shared->locality, locality);
	/* All of it is there when the state is. */
	virt_store_release(&shared->state, TPMIF_STATE_SUBMIT);
}

static enum xenu_news v2_look(struct xenu_ring *ring)
{
	struct tpmif_shared_page *shared = ring->pages;

	/* Before the answer is looked at. */
	switch (virt_load_acquire(&shared->state)) {
	case TPMIF_STATE_IDLE:
		return XENU_NO_ANSWER;
	case TPMIF_STATE_FINISH:
		return XENU_ANSWER;
	default:
		return XENU_NOTHING;
	}
}

static int v2_take(struct xenu_ring *ring, u8 *buf, u32 size)
{
	struct tpmif_shared_page *shared = ring->pages;
	u32 len = READ_ONCE(shared->length);
	u32 first;

	if (len < TPM_HEADER_SIZE || len > size || len > v2_room(ring))
		return -EIO;
	first = tpmif_first_part(n_extra(ring), len);
	memcpy(buf, first_data(ring), first);
	memcpy(buf + first, second_data(ring), len - first);
	/* From here on it is the copy that is looked at. */
	barrier();
	if (get_unaligned_be32(buf + 2) != len)
		return -EIO;
	return len;
}

/* An answer that has come meanwhile stays. */
static bool v2_withdraw(struct xenu_ring *ring)
{
	struct tpmif_shared_page *shared = ring->pages;

	return cmpxchg(&shared->state, TPMIF_STATE_SUBMIT,
		       TPMIF_STATE_CANCEL) == TPMIF_STATE_SUBMIT;
}

const struct xenu_protocol xenu_v2 = {
	.setup = v2_setup,
	.room = v2_room,
	.publish = v2_publish,
	.look = v2_look,
	.take = v2_take,
	.withdraw = v2_withdraw,
	.offered = XenbusStateInitialised,
};
