/* SPDX-License-Identifier: BSD-2-Clause */
/* xen_ops.h on libxenevtchn and libxengnttab. */

#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <xenevtchn.h>
#include <xengnttab.h>
#include <xentoollog.h>

#include "tpmif.h"
#include "xen_ops.h"

struct libxen {
	xentoollog_logger silent;
	xenevtchn_handle *evtchn;
	xengnttab_handle *gnttab; /* NULL once given up */
};

/* By themselves the libraries would write to standard error. */
static void say_nothing(struct xentoollog_logger *logger,
			xentoollog_level level, int errnoval,
			const char *context, const char *format, va_list al)
{
	(void)logger;
	(void)level;
	(void)errnoval;
	(void)context;
	(void)format;
	(void)al;
}

/* The libraries' errno, which must not pass for success. */
static int error(void)
{
	return errno > 0 ? -errno : -EIO;
}

static int libxen_evtchn_bind(void *ctx, uint32_t domid, uint32_t port)
{
	struct libxen *x = ctx;
	int local = xenevtchn_bind_interdomain(x->evtchn, domid, port);

	return local < 0 ? error() : local;
}

static int libxen_evtchn_unbind(void *ctx, uint32_t local_port)
{
	struct libxen *x = ctx;

	return xenevtchn_unbind(x->evtchn, local_port) < 0 ? error() : 0;
}

static int libxen_evtchn_fd(void *ctx)
{
	struct libxen *x = ctx;
	int fd = xenevtchn_fd(x->evtchn);

	return fd < 0 ? error() : fd;
}

static int libxen_evtchn_pending(void *ctx)
{
	struct libxen *x = ctx;
	struct pollfd fd = { .fd = xenevtchn_fd(x->evtchn), .events = POLLIN };
	int port, n = poll(&fd, 1, 0);

	/* Without an event, reading blocks on some kernels, flags or no. */
	if (n <= 0)
		return n < 0 ? error() : -EAGAIN;
	port = xenevtchn_pending(x->evtchn);
	return port < 0 ? error() : port;
}

static int libxen_evtchn_unmask(void *ctx, uint32_t local_port)
{
	struct libxen *x = ctx;

	return xenevtchn_unmask(x->evtchn, local_port) < 0 ? error() : 0;
}

static int libxen_evtchn_notify(void *ctx, uint32_t local_port)
{
	struct libxen *x = ctx;

	return xenevtchn_notify(x->evtchn, local_port) < 0 ? error() : 0;
}

static int libxen_evtchn_restrict(void *ctx, uint32_t domid)
{
	struct libxen *x = ctx;

	if (domid > UINT16_MAX)
		return -EINVAL;
	return xenevtchn_restrict(x->evtchn, (domid_t)domid) < 0 ? error() : 0;
}

static int libxen_map(void *ctx, uint32_t domid, const uint32_t *refs,
		      unsigned int n, void **pages)
{
	struct libxen *x = ctx;
	uint32_t copy[TPMIF_EXTRA_PAGES_MAX];
	unsigned int i;

	if (!x->gnttab)
		return -EBADF;
	if (n == 0 || n > sizeof(copy) / sizeof(copy[0]))
		return -EINVAL;
	/* The library's argument is not const. */
	for (i = 0; i < n; i++)
		copy[i] = refs[i];
	*pages = xengnttab_map_domain_grant_refs(x->gnttab, n, domid, copy,
						 PROT_READ | PROT_WRITE);
	return *pages ? 0 : error();
}

static int libxen_unmap(void *ctx, void *pages, unsigned int n)
{
	struct libxen *x = ctx;

	/*
	 * Without the handle, taking the memory away does it: the kernel keeps
	 * the closed device for as long as memory of it is mapped.
	 */
	if (!x->gnttab)
		return munmap(pages, (size_t)n * TPMIF_PAGE_SIZE) ? error() : 0;
	return xengnttab_unmap(x->gnttab, pages, n) ? error() : 0;
}

static int libxen_map_drop(void *ctx)
{
	struct libxen *x = ctx;
	int r;

	if (!x->gnttab)
		return 0;
	r = xengnttab_close(x->gnttab) ? error() : 0;
	x->gnttab = NULL;
	return r;
}

const struct xen_ops xen_ops_libxen = {
	.evtchn_bind = libxen_evtchn_bind,
	.evtchn_unbind = libxen_evtchn_unbind,
	.evtchn_fd = libxen_evtchn_fd,
	.evtchn_pending = libxen_evtchn_pending,
	.evtchn_unmask = libxen_evtchn_unmask,
	.evtchn_notify = libxen_evtchn_notify,
	.evtchn_restrict = libxen_evtchn_restrict,
	.map = libxen_map,
	.unmap = libxen_unmap,
	.map_drop = libxen_map_drop,
};

int xen_ops_libxen_open(void **ctx)
{
	struct libxen *x = calloc(1, sizeof(*x));
	int r;

	*ctx = NULL;
	if (!x)
		return -ENOMEM;
	x->silent.vmessage = say_nothing;
	x->evtchn = xenevtchn_open(&x->silent, 0);
	if (x->evtchn)
		x->gnttab = xengnttab_open(&x->silent, 0);
	if (!x->gnttab) {
		r = error();
		xen_ops_libxen_close(x);
		return r;
	}
	*ctx = x;
	return 0;
}

void xen_ops_libxen_close(void *ctx)
{
	struct libxen *x = ctx;

	if (!x)
		return;
	if (x->gnttab)
		xengnttab_close(x->gnttab);
	if (x->evtchn)
		xenevtchn_close(x->evtchn);
	free(x);
}
