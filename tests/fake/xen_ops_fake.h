/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hypervisor in memory, for tests: xen_ops.h's other instance.
 *
 * A guest's pages are real shared memory: what the back end maps is at another
 * address than the guest's own view of it, and using it after unmap ends the
 * test with SIGSEGV.  Event channels behave as Linux' and Xen's do: a port is
 * masked from evtchn_pending to evtchn_unmask, an event on a masked port waits,
 * a port is pending when it is bound, and can be bound again once unbound.
 *
 * The guest's side may be another thread than the back end's.
 */
#ifndef XEN_OPS_FAKE_H
#define XEN_OPS_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "xen_ops.h"

extern const struct xen_ops xen_ops_fake;

/* A hypervisor; the ctx of xen_ops_fake's entries.  NULL: no memory. */
struct xen_fake;
struct xen_fake *xen_fake_new(void);

/* Ends it, with whatever is still mapped or bound. */
void xen_fake_free(struct xen_fake *x);

/*
 * The guest.  Domain `domid` grants a page of zeros as `ref`, or offers its
 * port `port` to the back end; both exist until xen_fake_free, or until
 * xen_fake_revoke.  Running out of memory aborts.
 */
uint8_t *xen_fake_grant(struct xen_fake *x, uint32_t domid, uint32_t ref);
void xen_fake_offer(struct xen_fake *x, uint32_t domid, uint32_t port);

/* The grant can be mapped no more; what is mapped stays. */
void xen_fake_revoke(struct xen_fake *x, uint32_t domid, uint32_t ref);

/* The guest sends an event.  Without a back end it is lost, as with Xen. */
void xen_fake_event(struct xen_fake *x, uint32_t domid, uint32_t port);

/* How many events the back end has sent to the port, since the last call. */
unsigned int xen_fake_events(struct xen_fake *x, uint32_t domid, uint32_t port);

/*
 * Waits until the back end has sent one or more; they are then taken.  False
 * when none came in that time.
 */
bool xen_fake_wait(struct xen_fake *x, uint32_t domid, uint32_t port,
		   int timeout_ms);

/* The operations of struct xen_ops that can fail. */
enum xen_fake_op {
	XEN_FAKE_EVTCHN_BIND,
	XEN_FAKE_EVTCHN_UNBIND,
	XEN_FAKE_EVTCHN_PENDING,
	XEN_FAKE_EVTCHN_UNMASK,
	XEN_FAKE_EVTCHN_NOTIFY,
	XEN_FAKE_EVTCHN_RESTRICT,
	XEN_FAKE_MAP,
	XEN_FAKE_UNMAP,
	XEN_FAKE_MAP_DROP,
	XEN_FAKE_OPS
};

/*
 * Faults: the operation's nth call from now (1: the next) returns `error`, a
 * negative errno value, and does nothing else.
 */
void xen_fake_fail(struct xen_fake *x, enum xen_fake_op op, unsigned int nth,
		   int error);

/* How often an operation was called. */
unsigned int xen_fake_calls(struct xen_fake *x, enum xen_fake_op op);

/* What the back end holds: both are 0 when it leaks nothing. */
unsigned int xen_fake_mapped(struct xen_fake *x); /* pages */
unsigned int xen_fake_bound(struct xen_fake *x);  /* event channels */

/* What it has given up. */
bool xen_fake_restricted(struct xen_fake *x, uint32_t domid);
bool xen_fake_map_dropped(struct xen_fake *x);

#endif
