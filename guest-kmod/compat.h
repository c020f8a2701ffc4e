/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels 5.10 and the newest, and what the TPM core
 * exports but declares in drivers/char/tpm/tpm.h only, a header that no
 * package of kernel headers has.
 */
#ifndef TPM_XENU_COMPAT_H
#define TPM_XENU_COMPAT_H

#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/tpm.h>
#include <linux/version.h>
#include <xen/grant_table.h>
#include <xen/page.h>
#include <xen/xenbus.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

struct tpm_chip *tpm_chip_alloc(struct device *dev,
				const struct tpm_class_ops *ops);
int tpm_chip_register(struct tpm_chip *chip);
void tpm_chip_unregister(struct tpm_chip *chip);
unsigned long tpm_calc_ordinal_duration(struct tpm_chip *chip, u32 ordinal);
int tpm2_probe(struct tpm_chip *chip);

/* Since 6.17 send is told how large its buffer is, before how much is in it. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#define XENU_SEND_ARGS \
	struct tpm_chip *chip, u8 *buf, size_t size __maybe_unused, size_t len
#else
#define XENU_SEND_ARGS struct tpm_chip *chip, u8 *buf, size_t len
#endif

/* A process that waits for the TPM does not keep the guest from suspending. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0)
#define XENU_TASK_STATE (TASK_KILLABLE | TASK_FREEZABLE_UNSAFE)
#else
#define XENU_TASK_STATE TASK_KILLABLE
#endif

/* What a xenbus driver's remove returns: int once, nothing today. */
#define XENU_REMOVE_TYPE typeof(((struct xenbus_driver *)NULL)->remove(NULL))

/* A link KOBJ/NAME to the entry of this name in TARGET. */
static inline int xenu_link_entry(struct kobject *kobj, struct kobject *target,
				  const char *name)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
	return compat_only_sysfs_link_entry_to_kobj(kobj, target, name, NULL);
#else
	return __compat_only_sysfs_link_entry_to_kobj(kobj, target, name);
#endif
}

/*
 * Pages that the other end of @dev may read and write, cleared and contiguous;
 * their grants are written to @refs.  0 or -errno, with nothing left.
 */
static inline int xenu_share_pages(struct xenbus_device *dev, void **pages,
				   unsigned int n, grant_ref_t *refs)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 19, 0)
	return xenbus_setup_ring(dev, GFP_KERNEL, pages, n, refs);
#else
	int rc;

	*pages = alloc_pages_exact(n * XEN_PAGE_SIZE, GFP_KERNEL | __GFP_ZERO);
	if (!*pages)
		return -ENOMEM;
	rc = xenbus_grant_ring(dev, *pages, n, refs);
	if (rc)
		free_pages_exact(*pages, n * XEN_PAGE_SIZE);
	return rc;
#endif
}

/*
 * The end of that.  A page that the other end still has mapped is freed when
 * it lets go of it.
 */
static inline void xenu_unshare_pages(void *pages, unsigned int n,
				      grant_ref_t *refs)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 19, 0)
	xenbus_teardown_ring(&pages, n, refs);
#else
	unsigned int i;

	for (i = 0; i < n; i++) {
		unsigned long page = (unsigned long)pages + i * XEN_PAGE_SIZE;

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0)
		gnttab_end_foreign_access(refs[i], page);
#else
		gnttab_end_foreign_access(refs[i], 0, page);
#endif
	}
#endif
}

#endif
