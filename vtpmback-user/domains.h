/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the hypervisor says of domains.  One instance asks Xen
 * (domains_libxen), another is set by tests.
 */
#ifndef DOMAINS_H
#define DOMAINS_H

#include <stdint.h>

/* The first number that is no domain's (Xen, DOMID_FIRST_RESERVED). */
#define DOMAINS_MAX 0x7ff0u

enum domain_state {
	DOMAIN_GONE,	/* does not exist, or is being torn down */
	DOMAIN_RUNNING,	/* running, blocked or paused */
	DOMAIN_SHUTDOWN,/* halted, rebooting or crashed, not yet torn down */
	DOMAIN_SUSPENDED,/* has suspended itself: being saved or migrated */
};

struct domains_ops {
	enum domain_state (*state)(void *ctx, uint32_t domid);
};

struct domains {
	const struct domains_ops *ops;
	void *ctx;
};

/* Xen's; 0 or -errno. */
extern const struct domains_ops domains_libxen;
int domains_libxen_open(void **ctx);
void domains_libxen_close(void *ctx);

#endif
