/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest with its ring page, in the hypervisor in memory, and libvring
 * connected to it.  Functions fail the test that calls them.
 */
#ifndef VRING_RIG_H
#define VRING_RIG_H

#include <stdbool.h>

#include "tpmif_page.h"
#include "vring.h"
#include "xen_ops_fake.h"

#define DOMID 7u
#define REF   1000u
#define PORT  12u
#define PAGE  TPMIF_PAGE_SIZE

struct rig {
	struct xen_fake *x;
	struct tpmif_shared_page *page; /* the guest's view */
	uint8_t *extra[TPMIF_EXTRA_PAGES_MAX];
	uint8_t n_extra;
	struct vring *ring;
};

/* The guest alone; then connecting; or both, with its first event taken. */
void rig_guest(struct rig *r, uint8_t n_extra);
int rig_connect(struct rig *r);
void rig_start(struct rig *r, uint8_t n_extra);

/* Closes, and sees that nothing is still mapped or bound. */
void rig_stop(struct rig *r);
void assert_nothing_held(struct rig *r);

/* The guest writes a state, or a packet of a pattern, and sends the event. */
void guest_state(struct rig *r, uint8_t state);
void guest_submit(struct rig *r, uint32_t len, uint8_t seed);

/*
 * vring_receive, into memory of just that size so that a byte too much shows;
 * what is received must be the pattern.
 */
ssize_t receive(struct rig *r, size_t cap, uint8_t seed);

/* vring_send of a pattern. */
int send_pattern(struct rig *r, size_t len, uint8_t seed);

/*
 * The pages hold that pattern and nothing else, FINISH (or IDLE, when len is
 * 0), and the guest got one event.
 */
void assert_answer(struct rig *r, uint32_t len, uint8_t seed);
#define assert_idle(r) assert_answer(r, 0, 0)

/* The guest got no event. */
void assert_silent(struct rig *r);

#endif
