/* SPDX-License-Identifier: BSD-2-Clause */
/* domains.h on libxenctrl. */

#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <xenctrl.h>
#include <xen/hvm/save.h>

#include "domains.h"

_Static_assert(sizeof(xen_domain_handle_t) == DOMAIN_UUID_SIZE, "one uuid");

/* In long mode (the processor's register EFER). */
#define EFER_LMA 0x400u

/* False: it does not exist, or is being torn down. */
static bool get_info(xc_interface *xch, uint32_t domid, xc_domaininfo_t *info)
{
	/* getinfolist: the one such call that every Xen since 4.0 has. */
	return xc_domain_getinfolist(xch, domid, 1, info) == 1 &&
	       info->domain == domid && !(info->flags & XEN_DOMINF_dying);
}

static enum domain_state state_of(const xc_domaininfo_t *info)
{
	if (!(info->flags & XEN_DOMINF_shutdown))
		return DOMAIN_RUNNING;
	switch ((info->flags >> XEN_DOMINF_shutdownshift) &
		XEN_DOMINF_shutdownmask) {
	case SHUTDOWN_suspend:
		return DOMAIN_SUSPENDED;
	case SHUTDOWN_soft_reset:
		return DOMAIN_RUNNING;
	default:
		return DOMAIN_SHUTDOWN;
	}
}

static void libxen_look(void *ctx, uint32_t domid, struct domain_info *info)
{
	xc_domaininfo_t xen;

	memset(info, 0, sizeof(*info));
	info->state = DOMAIN_GONE;
	if (!get_info(ctx, domid, &xen))
		return;
	info->state = state_of(&xen);
	info->ran = xen.cpu_time != 0;
	memcpy(info->uuid, xen.handle, sizeof(info->uuid));
}

/* The libraries' errno, which must not pass for success. */
static int error(void)
{
	return errno > 0 ? -errno : -EIO;
}

static int mode_bits(xc_interface *xch, const xc_domaininfo_t *info)
{
	struct hvm_hw_cpu cpu;
	uint32_t i;

	/* The first processor that is not switched off. */
	for (i = 0; i <= info->max_vcpu_id; i++)
		if (!xc_domain_hvm_getcontext_partial(
			    xch, info->domain, HVM_SAVE_CODE(CPU), (uint16_t)i,
			    &cpu, sizeof(cpu)))
			return cpu.msr_efer & EFER_LMA ? 64 : 32;
	return error();
}

static int libxen_word_bits(void *ctx, uint32_t domid)
{
	xc_domaininfo_t info;
	unsigned int bytes;

	if (!get_info(ctx, domid, &info))
		return -ESRCH;
	if (info.flags & XEN_DOMINF_hvm_guest)
		return mode_bits(ctx, &info);
	if (xc_domain_get_guest_width(ctx, domid, &bytes))
		return error();
	return bytes == 4 ? 32 : 64;
}

const struct domains_ops domains_libxen = {
	.look = libxen_look,
	.word_bits = libxen_word_bits,
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
