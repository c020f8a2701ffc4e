/* SPDX-License-Identifier: BSD-2-Clause */
/* domains.h on libxenctrl. */

#include "config.h"

#include <errno.h>
#include <string.h>
#include <xenctrl.h>

#include "domains.h"

_Static_assert(sizeof(xen_domain_handle_t) == DOMAIN_UUID_SIZE, "one uuid");

static enum domain_state state_of(const xc_domaininfo_t *info)
{
	uint32_t reason;

	if (info->flags & XEN_DOMINF_dying)
		return DOMAIN_GONE;
	if (!(info->flags & XEN_DOMINF_shutdown))
		return DOMAIN_RUNNING;
	reason = (info->flags >> XEN_DOMINF_shutdownshift) &
		 XEN_DOMINF_shutdownmask;
	return reason == SHUTDOWN_suspend ? DOMAIN_SUSPENDED : DOMAIN_SHUTDOWN;
}

static void libxen_look(void *ctx, uint32_t domid, struct domain_info *info)
{
	xc_domaininfo_t xen;

	memset(info, 0, sizeof(*info));
	info->state = DOMAIN_GONE;
	/* getinfolist: the one such call that every Xen since 4.0 has. */
	if (xc_domain_getinfolist(ctx, domid, 1, &xen) != 1 ||
	    xen.domain != domid)
		return;
	info->state = state_of(&xen);
	if (info->state == DOMAIN_GONE)
		return;
	info->ran = xen.cpu_time != 0;
	memcpy(info->uuid, xen.handle, sizeof(info->uuid));
}

const struct domains_ops domains_libxen = {
	.look = libxen_look,
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
