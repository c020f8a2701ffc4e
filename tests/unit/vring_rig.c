/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest and its ring, for tests: see vring_rig.h. */

#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "vring_rig.h"

void rig_guest(struct rig *r, uint8_t n_extra)
{
	unsigned int i;

	memset(r, 0, sizeof(*r));
	r->x = xen_fake_new();
	ck_assert_ptr_nonnull(r->x);
	r->page = (void *)xen_fake_grant(r->x, DOMID, REF);
	r->n_extra = n_extra;
	r->page->nr_extra_pages = n_extra;
	for (i = 0; i < n_extra; i++) {
		r->extra[i] = xen_fake_grant(r->x, DOMID, REF + 1 + i);
		r->page->extra_pages[i] = REF + 1 + i;
	}
	xen_fake_offer(r->x, DOMID, PORT);
}

int rig_connect(struct rig *r)
{
	return vring_connect(&xen_ops_fake, r->x, VRING_V2, DOMID, REF, PORT,
			     &r->ring);
}

void rig_start(struct rig *r, uint8_t n_extra)
{
	rig_guest(r, n_extra);
	ck_assert_int_eq(rig_connect(r), 0);
	ck_assert_int_eq(vring_event(r->ring), 0);
}

void assert_nothing_held(struct rig *r)
{
	ck_assert_uint_eq(xen_fake_mapped(r->x), 0);
	ck_assert_uint_eq(xen_fake_bound(r->x), 0);
}

void rig_stop(struct rig *r)
{
	vring_close(r->ring);
	assert_nothing_held(r);
	xen_fake_free(r->x);
}

/* The guest's view of its packet's nth byte. */
static uint8_t *guest_byte(struct rig *r, uint32_t n)
{
	const uint32_t room = tpmif_first_room(r->n_extra);

	if (n < room)
		return (uint8_t *)r->page + tpmif_data_offset(r->n_extra) + n;
	return &r->extra[(n - room) / PAGE][(n - room) % PAGE];
}

static uint8_t pattern(uint32_t n, uint8_t seed)
{
	return (uint8_t)(seed + n * 7u + n / 251u) | 1u;
}

void guest_state(struct rig *r, uint8_t state)
{
	__atomic_store_n(&r->page->state, state, __ATOMIC_RELEASE);
	xen_fake_event(r->x, DOMID, PORT);
}

void guest_submit(struct rig *r, uint32_t len, uint8_t seed)
{
	const uint32_t room = tpmif_room(r->n_extra);
	uint32_t i;

	for (i = 0; i < len && i < room; i++)
		*guest_byte(r, i) = pattern(i, seed);
	r->page->length = len;
	guest_state(r, TPMIF_STATE_SUBMIT);
}

ssize_t receive(struct rig *r, size_t cap, uint8_t seed)
{
	uint8_t *buf = malloc(cap ? cap : 1);
	uint8_t locality = 0xee;
	ssize_t i, n, same = 0;

	ck_assert_ptr_nonnull(buf);
	n = vring_receive(r->ring, buf, cap, &locality);
	for (i = 0; i < n; i++)
		same += buf[i] == pattern((uint32_t)i, seed);
	ck_assert(n < 0 || same == n);
	if (n > 0)
		ck_assert_uint_eq(locality, r->page->locality);
	free(buf);
	return n;
}

int send_pattern(struct rig *r, size_t len, uint8_t seed)
{
	uint8_t *rsp = malloc(len ? len : 1);
	size_t i;
	int ret;

	ck_assert_ptr_nonnull(rsp);
	for (i = 0; i < len; i++)
		rsp[i] = pattern((uint32_t)i, seed);
	ret = vring_send(r->ring, rsp, len);
	free(rsp);
	return ret;
}

void assert_answer(struct rig *r, uint32_t len, uint8_t seed)
{
	const uint32_t room = tpmif_room(r->n_extra);
	uint32_t i, wrong = 0;

	ck_assert_uint_eq(r->page->state,
			  len ? TPMIF_STATE_FINISH : TPMIF_STATE_IDLE);
	ck_assert_uint_eq(r->page->length, len);
	for (i = 0; i < room; i++)
		wrong += *guest_byte(r, i) != (i < len ? pattern(i, seed) : 0);
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(xen_fake_events(r->x, DOMID, PORT), 1);
}

void assert_silent(struct rig *r)
{
	ck_assert_uint_eq(xen_fake_events(r->x, DOMID, PORT), 0);
}
