/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libvring asks of a hypervisor.  One instance talks to Xen
 * (xen_ops_libxen), another is a hypervisor in memory for tests
 * (tests/fake/xen_ops_fake.h).
 *
 * All entries return 0 (or what they say) or a negative errno value and never
 * log.  An instance is used by one thread.
 */
#ifndef XEN_OPS_H
#define XEN_OPS_H

#include <stdint.h>

struct xen_ops {
	/*
	 * Binds the event channel whose other end is `port` of domain `domid`.
	 * Returns the local port.  The local port may be pending at once: the
	 * first event is to be treated as any other.
	 */
	int (*evtchn_bind)(void *ctx, uint32_t domid, uint32_t port);
	int (*evtchn_unbind)(void *ctx, uint32_t local_port);

	/* Readable when a bound port has an event. */
	int (*evtchn_fd)(void *ctx);

	/*
	 * Takes one event; returns its local port, or -EAGAIN when there is
	 * none.  The port stays masked until evtchn_unmask.
	 */
	int (*evtchn_pending)(void *ctx);
	int (*evtchn_unmask)(void *ctx, uint32_t local_port);
	int (*evtchn_notify)(void *ctx, uint32_t local_port);

	/*
	 * From now on only channels to `domid` can be bound, whatever happens
	 * to this process (xenevtchn_restrict).
	 */
	int (*evtchn_restrict)(void *ctx, uint32_t domid);

	/*
	 * Maps n pages that domain `domid` granted, contiguous, readable and
	 * writable.  Returns 0 and the address in *pages.  All or nothing.
	 */
	int (*map)(void *ctx, uint32_t domid, const uint32_t *refs,
		   unsigned int n, void **pages);
	int (*unmap)(void *ctx, void *pages, unsigned int n);

	/*
	 * Gives up the ability to map; what is mapped stays mapped until
	 * unmap or the end of the process.
	 */
	int (*map_drop)(void *ctx);
};

/*
 * The real one.  xen_ops_libxen_open opens /dev/xen/evtchn and
 * /dev/xen/gntdev: 0 or -errno, *ctx to be freed with xen_ops_libxen_close.
 */
extern const struct xen_ops xen_ops_libxen;
int xen_ops_libxen_open(void **ctx);
void xen_ops_libxen_close(void *ctx);

#endif
