// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/devices/xen/vtpm-N, where the kernels of 2006 had the device: links to
 * the attributes of its chip, and a cancel of our own.  The TPM core's waits
 * for the command that it is to cancel.
 *
 * Today's kernels have xenbus devices in /sys/devices.
 */

#include <linux/device.h>
#include <linux/err.h>
#include <linux/pm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "tpm_xenu.h"

static struct device *root;

static ssize_t cancel_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t count)
{
	xenu_cancel(dev_get_drvdata(dev));
	return count;
}
static DEVICE_ATTR_WO(cancel);

static struct attribute *view_attrs[] = {
	&dev_attr_cancel.attr,
	NULL
};
ATTRIBUTE_GROUPS(view);

/*
 * The xenbus does not tell its drivers that the guest was not suspended after
 * all; a device's type hears of it.  This device is woken after the xenbus
 * device, which was there first.
 */
static int view_resume(struct device *dev)
{
	xenu_wake(dev_get_drvdata(dev));
	return 0;
}

static const struct dev_pm_ops view_pm = {
	.thaw = view_resume,
	.restore = view_resume,
};

static const struct device_type view_type = {
	.name = "tpm_xenu",
	.groups = view_groups,
	.pm = &view_pm,
};

static void view_release(struct device *dev)
{
	kfree(dev);
}

int xenu_view_create(struct xenu_front *front)
{
	struct device *view = kzalloc(sizeof(*view), GFP_KERNEL);
	int rc;

	if (!view)
		return -ENOMEM;
	device_initialize(view);
	view->parent = root;
	view->type = &view_type;
	view->release = view_release;
	dev_set_drvdata(view, front);
	rc = dev_set_name(view, "%s", dev_name(&front->dev->dev));
	if (!rc)
		rc = device_add(view);
	if (rc)
		put_device(view);
	else
		front->view = view;
	return rc;
}

/* The links go with the view. */
void xenu_view_show(struct xenu_front *front)
{
	struct tpm_chip *chip = front->chip;
	struct attribute **attr;
	int rc;

	for (attr = chip->groups[0]->attrs; *attr; attr++) {
		if (!strcmp((*attr)->name, dev_attr_cancel.attr.name))
			continue;
		rc = xenu_link_entry(&front->view->kobj, &chip->dev.kobj,
				     (*attr)->name);
		if (rc)
			dev_warn(&front->dev->dev, "no link to %s: error %d\n",
				 (*attr)->name, rc);
	}
}

void xenu_view_destroy(struct xenu_front *front)
{
	if (front->view)
		device_unregister(front->view);
	front->view = NULL;
}

int xenu_sysfs_init(void)
{
	root = root_device_register("xen");
	return PTR_ERR_OR_ZERO(root);
}

void xenu_sysfs_exit(void)
{
	root_device_unregister(root);
}
