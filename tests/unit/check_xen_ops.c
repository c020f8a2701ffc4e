/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xen_ops_libxen on stand-ins for Xen's two libraries, defined here, which the
 * linker prefers to the shared ones: what is asked of them, and what becomes
 * of their errors.
 */

#include "config.h"

#include <check.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xenevtchn.h>
#include <xengnttab.h>
#include <xentoollog.h>

#include "xen_ops.h"

#define PAGE 4096u

/* One of each at most: the libraries' functions know no other context. */
struct xenevtchn_handle {
	xentoollog_logger *logger;
	int fds[2];
	uint32_t restricted_to, unmasked, notified;
};

struct xengntdev_handle {
	unsigned int mapped;
};

static struct xenevtchn_handle *evtchn;
static struct xengntdev_handle *gnttab;
static int fail_with; /* the errno of the next call, -1: none is set */
static int fail_skip; /* not the next, but so many later */

static bool failing(void)
{
	if (!fail_with || fail_skip-- > 0)
		return false;
	fail_skip = 0;
	errno = fail_with < 0 ? 0 : fail_with;
	fail_with = 0;
	return true;
}

__attribute__((format(printf, 2, 3))) static void say(xentoollog_logger *logger,
						      const char *format, ...)
{
	va_list al;

	va_start(al, format);
	logger->vmessage(logger, XTL_ERROR, errno, "stand-in", format, al);
	va_end(al);
}

xenevtchn_handle *xenevtchn_open(xentoollog_logger *logger, unsigned int flags)
{
	ck_assert_uint_eq(flags, 0);
	ck_assert_ptr_nonnull(logger);
	if (failing())
		return NULL;
	evtchn = calloc(1, sizeof(*evtchn));
	ck_assert_int_eq(pipe(evtchn->fds), 0);
	evtchn->logger = logger;
	say(logger, "opened %d", 1);
	return evtchn;
}

int xenevtchn_close(xenevtchn_handle *xce)
{
	ck_assert_ptr_eq(xce, evtchn);
	close(xce->fds[0]);
	close(xce->fds[1]);
	free(xce);
	evtchn = NULL;
	return 0;
}

int xenevtchn_fd(xenevtchn_handle *xce)
{
	return failing() ? -1 : xce->fds[0];
}

int xenevtchn_notify(xenevtchn_handle *xce, evtchn_port_t port)
{
	xce->notified = port;
	return failing() ? -1 : 0;
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *xce,
						     uint32_t domid,
						     evtchn_port_t remote_port)
{
	ck_assert_ptr_eq(xce, evtchn);
	return failing() ? -1 : (int)(domid * 100 + remote_port);
}

int xenevtchn_unbind(xenevtchn_handle *xce, evtchn_port_t port)
{
	ck_assert_ptr_eq(xce, evtchn);
	ck_assert_uint_ne(port, 0);
	return failing() ? -1 : 0;
}

xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle *xce)
{
	uint8_t port;

	/* The real one would block where this one does. */
	ck_assert_int_eq(read(xce->fds[0], &port, 1), 1);
	return failing() ? -1 : port;
}

int xenevtchn_unmask(xenevtchn_handle *xce, evtchn_port_t port)
{
	xce->unmasked = port;
	return failing() ? -1 : 0;
}

int xenevtchn_restrict(xenevtchn_handle *xce, domid_t domid)
{
	xce->restricted_to = domid;
	return failing() ? -1 : 0;
}

xengnttab_handle *xengnttab_open(xentoollog_logger *logger, unsigned int flags)
{
	ck_assert_uint_eq(flags, 0);
	ck_assert_ptr_nonnull(logger);
	if (failing())
		return NULL;
	gnttab = calloc(1, sizeof(*gnttab));
	return gnttab;
}

int xengnttab_close(xengnttab_handle *xgt)
{
	ck_assert_ptr_eq(xgt, gnttab);
	free(xgt);
	gnttab = NULL;
	return failing() ? -1 : 0;
}

void *xengnttab_map_domain_grant_refs(xengnttab_handle *xgt, uint32_t count,
				      uint32_t domid, uint32_t *refs, int prot)
{
	void *p;

	ck_assert_ptr_eq(xgt, gnttab);
	ck_assert_uint_eq(domid, 5);
	ck_assert_uint_eq(refs[count - 1], count);
	if (failing())
		return NULL;
	p = mmap(NULL, count * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(p, MAP_FAILED);
	xgt->mapped += count;
	return p;
}

int xengnttab_unmap(xengnttab_handle *xgt, void *start_address, uint32_t count)
{
	ck_assert_ptr_eq(xgt, gnttab);
	if (failing())
		return -1;
	xgt->mapped -= count;
	return munmap(start_address, count * PAGE);
}

/* The linker has calls of calloc come here (--wrap). */
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

static bool no_memory;

void *__wrap_calloc(size_t n, size_t size)
{
	return no_memory ? NULL : __real_calloc(n, size);
}

static const struct xen_ops *const ops = &xen_ops_libxen;

static void *opened(void)
{
	void *ctx = NULL;

	ck_assert_int_eq(xen_ops_libxen_open(&ctx), 0);
	ck_assert_ptr_nonnull(ctx);
	return ctx;
}

static void closed(void *ctx)
{
	xen_ops_libxen_close(ctx);
	ck_assert_ptr_null(evtchn);
	ck_assert_ptr_null(gnttab);
}

START_TEST(test_open)
{
	void *ctx = &ctx;

	fail_with = EACCES;
	ck_assert_int_eq(xen_ops_libxen_open(&ctx), -EACCES);
	ck_assert_ptr_null(ctx);
	fail_with = ENOENT;
	fail_skip = 1;
	ck_assert_int_eq(xen_ops_libxen_open(&ctx), -ENOENT);
	ck_assert_ptr_null(ctx);
	no_memory = true;
	ck_assert_int_eq(xen_ops_libxen_open(&ctx), -ENOMEM);
	no_memory = false;
	ck_assert_ptr_null(ctx);
	closed(NULL);
	closed(opened());
}
END_TEST

START_TEST(test_evtchn)
{
	void *ctx = opened();
	const uint8_t port = 44;

	ck_assert_int_eq(ops->evtchn_bind(ctx, 5, 6), 506);
	ck_assert_int_eq(ops->evtchn_fd(ctx), evtchn->fds[0]);
	ck_assert_int_eq(ops->evtchn_pending(ctx), -EAGAIN);
	ck_assert_int_eq(write(evtchn->fds[1], &port, 1), 1);
	ck_assert_int_eq(ops->evtchn_pending(ctx), 44);
	ck_assert_int_eq(ops->evtchn_pending(ctx), -EAGAIN);
	ck_assert_int_eq(ops->evtchn_unmask(ctx, 44), 0);
	ck_assert_uint_eq(evtchn->unmasked, 44);
	ck_assert_int_eq(ops->evtchn_notify(ctx, 45), 0);
	ck_assert_uint_eq(evtchn->notified, 45);
	ck_assert_int_eq(ops->evtchn_restrict(ctx, 5), 0);
	ck_assert_uint_eq(evtchn->restricted_to, 5);
	/* As a domid_t it would be domain 0. */
	ck_assert_int_eq(ops->evtchn_restrict(ctx, 0x10000), -EINVAL);
	ck_assert_int_eq(ops->evtchn_unbind(ctx, 44), 0);
	closed(ctx);
}
END_TEST

START_TEST(test_evtchn_errors)
{
	void *ctx = opened();
	const uint8_t port = 44;

	fail_with = EINVAL;
	ck_assert_int_eq(ops->evtchn_bind(ctx, 5, 6), -EINVAL);
	fail_with = -1;
	ck_assert_int_eq(ops->evtchn_bind(ctx, 5, 6), -EIO);
	fail_with = EBADF;
	ck_assert_int_eq(ops->evtchn_fd(ctx), -EBADF);
	ck_assert_int_eq(write(evtchn->fds[1], &port, 1), 1);
	fail_with = EFBIG;
	ck_assert_int_eq(ops->evtchn_unmask(ctx, 44), -EFBIG);
	fail_with = ENOTCONN;
	ck_assert_int_eq(ops->evtchn_notify(ctx, 44), -ENOTCONN);
	fail_with = EACCES;
	ck_assert_int_eq(ops->evtchn_restrict(ctx, 5), -EACCES);
	fail_with = ENOTCONN;
	ck_assert_int_eq(ops->evtchn_unbind(ctx, 44), -ENOTCONN);
	closed(ctx);
}
END_TEST

START_TEST(test_map)
{
	static const uint32_t refs[256] = { 1, 2, 3, [254] = 255, 256 };
	void *ctx = opened();
	void *pages = NULL;

	ck_assert_int_eq(ops->map(ctx, 5, refs, 3, &pages), 0);
	memset(pages, 1, (size_t)3 * PAGE);
	ck_assert_int_eq(ops->unmap(ctx, pages, 3), 0);
	ck_assert_int_eq(ops->map(ctx, 5, refs, 255, &pages), 0);
	ck_assert_int_eq(ops->unmap(ctx, pages, 255), 0);
	ck_assert_uint_eq(gnttab->mapped, 0);
	ck_assert_int_eq(ops->map(ctx, 5, refs, 256, &pages), -EINVAL);
	ck_assert_int_eq(ops->map(ctx, 5, refs, 0, &pages), -EINVAL);
	fail_with = ENOSPC;
	ck_assert_int_eq(ops->map(ctx, 5, refs, 1, &pages), -ENOSPC);
	fail_with = -1;
	ck_assert_int_eq(ops->map(ctx, 5, refs, 1, &pages), -EIO);
	ck_assert_int_eq(ops->map(ctx, 5, refs, 1, &pages), 0);
	fail_with = EINVAL;
	ck_assert_int_eq(ops->unmap(ctx, pages, 1), -EINVAL);
	ck_assert_int_eq(ops->unmap(ctx, pages, 1), 0);
	closed(ctx);
}
END_TEST

START_TEST(test_map_drop)
{
	static const uint32_t refs[] = { 1, 2 };
	void *ctx = opened();
	void *pages = NULL;

	ck_assert_int_eq(ops->map(ctx, 5, refs, 2, &pages), 0);
	ck_assert_int_eq(ops->map_drop(ctx), 0);
	ck_assert_ptr_null(gnttab);
	memset(pages, 1, (size_t)2 * PAGE);
	ck_assert_int_eq(ops->map(ctx, 5, refs, 2, &pages), -EBADF);
	ck_assert_int_eq(ops->map_drop(ctx), 0);
	ck_assert_int_eq(ops->unmap(ctx, pages, 2), 0);
	ck_assert_int_eq(ops->unmap(ctx, (char *)pages + 1, 1), -EINVAL);
	closed(ctx);
	ctx = opened();
	fail_with = EIO;
	ck_assert_int_eq(ops->map_drop(ctx), -EIO);
	closed(ctx);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("xen_ops");
	TCase *t = tcase_create("libxen");
	SRunner *runner = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, test_open);
	tcase_add_test(t, test_evtchn);
	tcase_add_test(t, test_evtchn_errors);
	tcase_add_test(t, test_map);
	tcase_add_test(t, test_map_drop);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
