/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest of 2006, for tests: see vring_v1_rig.h. */

#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "vring_v1_rig.h"

void rig_guest(struct rig *r, bool wide)
{
	memset(r, 0, sizeof(*r));
	r->x = xen_fake_new();
	ck_assert_ptr_nonnull(r->x);
	r->wide = wide;
	r->page = xen_fake_grant(r->x, DOMID, RING_REF);
	r->packet = xen_fake_grant(r->x, DOMID, PACKET_REF);
	/* Beyond what 32 bits hold, where there are more. */
	r->frame = wide ? 0x5a00001000 : 0x7f001000;
	xen_fake_offer(r->x, DOMID, PORT);
}

int rig_connect(struct rig *r)
{
	return vring_connect(&xen_ops_fake, r->x,
			     r->wide ? VRING_V1_64 : VRING_V1_32, DOMID,
			     RING_REF, PORT, &r->ring);
}

void rig_start(struct rig *r, bool wide)
{
	rig_guest(r, wide);
	ck_assert_int_eq(rig_connect(r), 0);
	ck_assert_int_eq(vring_event(r->ring), 0);
}

void rig_stop(struct rig *r)
{
	vring_close(r->ring);
	ck_assert_uint_eq(xen_fake_mapped(r->x), 0);
	ck_assert_uint_eq(xen_fake_bound(r->x), 0);
	xen_fake_free(r->x);
}

void set_addr(struct rig *r, uint64_t addr)
{
	struct tpmif_v1_request_32 *narrow = r->page;
	struct tpmif_v1_request_64 *wide = r->page;

	if (r->wide)
		__atomic_store_n(&wide->addr, addr, __ATOMIC_RELEASE);
	else
		__atomic_store_n(&narrow->addr, (uint32_t)addr,
				 __ATOMIC_RELEASE);
}

void set_ref(struct rig *r, uint32_t ref)
{
	struct tpmif_v1_request_32 *narrow = r->page;
	struct tpmif_v1_request_64 *wide = r->page;

	__atomic_store_n(r->wide ? &wide->ref : &narrow->ref, ref,
			 __ATOMIC_RELAXED);
}

uint64_t get_addr(const struct rig *r)
{
	const struct tpmif_v1_request_32 *narrow = r->page;
	const struct tpmif_v1_request_64 *wide = r->page;

	return r->wide ? __atomic_load_n(&wide->addr, __ATOMIC_ACQUIRE)
		       : __atomic_load_n(&narrow->addr, __ATOMIC_ACQUIRE);
}

uint32_t get_ref(const struct rig *r)
{
	const struct tpmif_v1_request_32 *narrow = r->page;
	const struct tpmif_v1_request_64 *wide = r->page;

	return r->wide ? wide->ref : narrow->ref;
}

union tpmif_v1_tail *tail(const struct rig *r)
{
	struct tpmif_v1_request_32 *narrow = r->page;
	struct tpmif_v1_request_64 *wide = r->page;

	return r->wide ? &wide->tail : &narrow->tail;
}

static uint8_t packet_byte(uint32_t n, uint32_t len, uint8_t seed)
{
	if (n >= 2 && n < 6)
		return (uint8_t)(len >> (8 * (5 - n)));
	return (uint8_t)(seed + n * 7u + n / 251u) | 1u;
}

void make_packet(uint8_t *packet, uint32_t len, uint8_t seed)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		packet[i] = packet_byte(i, len, seed);
}

void guest_write(struct rig *r, uint32_t len, uint8_t seed)
{
	make_packet(r->packet + r->offset, len, seed);
	set_addr(r, r->frame + r->offset);
	__atomic_store_n(&tail(r)->is.size, (uint16_t)len, __ATOMIC_RELAXED);
	set_ref(r, PACKET_REF);
}

void guest_submit(struct rig *r, uint32_t len, uint8_t seed)
{
	guest_write(r, len, seed);
	xen_fake_event(r->x, DOMID, PORT);
}

ssize_t receive(struct rig *r, size_t cap, uint8_t seed)
{
	uint8_t *buf = malloc(cap ? cap : 1);
	uint8_t locality = 0xee;
	ssize_t i, n, same = 0;

	ck_assert_ptr_nonnull(buf);
	n = vring_receive(r->ring, buf, cap, &locality);
	for (i = 0; i < n; i++)
		same += buf[i] == packet_byte((uint32_t)i, (uint32_t)n, seed);
	ck_assert(n < 0 || same == n);
	if (n > 0)
		ck_assert_uint_eq(locality, 0);
	free(buf);
	return n;
}

int send_packet(struct rig *r, size_t len, uint8_t seed)
{
	uint8_t *rsp = malloc(len ? len : 1);
	int ret;

	ck_assert_ptr_nonnull(rsp);
	make_packet(rsp, (uint32_t)len, seed);
	ret = vring_send(r->ring, rsp, len);
	free(rsp);
	return ret;
}

static void assert_bytes(struct rig *r, const uint8_t *rsp, uint32_t len)
{
	const uint8_t *at = r->packet + r->offset;
	uint32_t i, wrong = 0;

	ck_assert_uint_eq(get_addr(r), 0);
	ck_assert_uint_eq(get_ref(r), PACKET_REF);
	ck_assert_uint_eq(tail(r)->is.size, len);
	for (i = 0; i < PAGE - r->offset; i++)
		wrong += at[i] != (i < len ? rsp[i] : 0);
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(xen_fake_mapped(r->x), 1);
}

void assert_answered(struct rig *r, uint32_t len, uint8_t seed)
{
	uint8_t rsp[PAGE];

	make_packet(rsp, len, seed);
	assert_bytes(r, rsp, len);
}

void assert_answer(struct rig *r, uint32_t len, uint8_t seed)
{
	assert_answered(r, len, seed);
	ck_assert_uint_eq(xen_fake_events(r->x, DOMID, PORT), 1);
}

void assert_failed(struct rig *r)
{
	static const uint8_t fail[] = { 0, 0xc4, 0, 0, 0, 10, 0, 0, 0, 9 };

	assert_bytes(r, fail, sizeof(fail));
	ck_assert_uint_eq(xen_fake_events(r->x, DOMID, PORT), 1);
}

void assert_silent(struct rig *r)
{
	ck_assert_uint_eq(xen_fake_events(r->x, DOMID, PORT), 0);
}
