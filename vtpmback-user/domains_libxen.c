/* SPDX-License-Identifier: BSD-2-Clause */
/* domains.h on libxenctrl. */

#include "config.h"

#include <errno.h>
#include <xenctrl.h>

#include "domains.h"

static enum domain_state libxen_state(void *ctx, uint32_t domid)
{
	xc_domaininfo_t info;
	uint32_t reason;

	/* getinfolist: the one such call that every Xen since 4.0 has. */
	if (xc_domain_getinfolist(ctx, domid, 1, &info) != 1 ||
	    info.domain != domid || (info.flags & XEN_DOMINF_dying))
		return DOMAIN_GONE;
	if (!(info.flags & XEN_DOMINF_shutdown))
		return DOMAIN_RUNNING;
	reason = (info.flags >> XEN_DOMINF_shutdownshift) &
		 XEN_DOMINF_shutdownmask;
	return reason == SHUTDOWN_suspend ? DOMAIN_SUSPENDED : DOMAIN_SHUTDOWN;
}

const struct domains_ops domains_libxen = {
	.state = libxen_state,
};

int domains_libxen_open(void **ctx)
{
	*ctx = xc_interface_open(NULL, NULL, 0);
	return *ctx ? 0 : -errno;
}

void domains_libxen_close(void *ctx)
{
	xc_interface_close(ctx);
}
