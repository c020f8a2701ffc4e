// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vTPM on the xenbus.
 *
 * Its callbacks run one at a time: probe before the back end is watched, remove
 * after that, suspend and resume in the thread that the watches run in.
 *
 *   back end	front end
 *   InitWait	offers a ring (v2: Initialised, v1: Connected)
 *   Connected	Connected; registers the chip, the first time
 *   Closing,	Closed, and keeps the chip; the next InitWait gets a new ring.
 *   Closed	If the toolstack has set "online" to 0, the chip goes
 */

#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <xen/platform_pci.h>
#include <xen/xen.h>
#include <xen/xenbus.h>

#include "compat.h"
#include "tpm_xenu.h"

/* Kernels before 2013 and their back ends have 1 only. */
enum { PROTOCOL_BEST, PROTOCOL_V1, PROTOCOL_V2 };

static unsigned int protocol = PROTOCOL_BEST;
module_param(protocol, uint, 0444);
MODULE_PARM_DESC(protocol, "1 or 2; else the best that the back end has (0)");

static bool extra_page = true;
module_param(extra_page, bool, 0444);
MODULE_PARM_DESC(extra_page, "Room for packets of more than 4088 bytes (Y)");

/* Runs without a lock, while the chip answers to nobody else. */
static void enlist(struct work_struct *work)
{
	struct xenu_front *front = container_of(work, struct xenu_front,
						enlist);
	struct device *dev = &front->dev->dev;
	struct tpm_chip *chip;
	int rc;

	if (front->chip)
		return;
	chip = tpm_chip_alloc(dev, &xenu_ops);
	if (IS_ERR(chip)) {
		rc = PTR_ERR(chip);
		goto failed;
	}
	dev_set_drvdata(&chip->dev, front);
	rc = tpm2_probe(chip);
	if (!rc)
		rc = tpm_chip_register(chip);
	if (rc) {
		put_device(&chip->dev);
		goto failed;
	}
	front->chip = chip;
	xenu_view_show(front);
	return;

failed:
	front->failed = true;
	if (!front->gone)
		dev_err(dev, "no TPM: error %d\n", rc);
}

static int write_nodes(struct xenu_ring *ring, struct xenbus_transaction xbt)
{
	const char *dir = ring->front->dev->nodename;
	int rc;

	rc = xenbus_printf(xbt, dir, "ring-ref", "%u", ring->refs[0]);
	if (!rc)
		rc = xenbus_printf(xbt, dir, "event-channel", "%u",
				   ring->evtchn);
	if (rc)
		return rc;
	if (ring->protocol == &xenu_v2)
		return xenbus_printf(xbt, dir, "feature-protocol-v2", "1");
	/* A driver before us may have left it. */
	rc = xenbus_rm(xbt, dir, "feature-protocol-v2");
	return rc == -ENOENT ? 0 : rc;
}

static int announce(struct xenu_ring *ring)
{
	struct xenbus_transaction xbt;
	int rc;

	do {
		rc = xenbus_transaction_start(&xbt);
		if (rc)
			return rc;
		rc = write_nodes(ring, xbt);
		if (rc) {
			xenbus_transaction_end(xbt, 1);
			return rc;
		}
		rc = xenbus_transaction_end(xbt, 0);
	} while (rc == -EAGAIN);
	return rc;
}

static struct xenu_ring *new_ring(struct xenu_front *front)
{
	unsigned int best = xenbus_read_unsigned(front->dev->otherend,
						 "feature-protocol-v2", 0) ?
				    PROTOCOL_V2 : PROTOCOL_V1;

	if ((protocol == PROTOCOL_BEST ? best : protocol) == PROTOCOL_V1)
		return xenu_ring_create(front, &xenu_v1, 1);
	return xenu_ring_create(front, &xenu_v2, extra_page);
}

/* Replaces the ring and offers the new one. */
static void connect(struct xenu_front *front)
{
	struct xenbus_device *dev = front->dev;
	struct xenu_ring *ring;
	int rc;

	/* The back end has closed: what it has not answered it will not do. */
	xenu_ring_destroy(xenu_take_ring(front, XENU_RETRY));
	ring = new_ring(front);
	if (IS_ERR(ring)) {
		rc = PTR_ERR(ring);
		goto failed;
	}
	rc = announce(ring);
	if (rc) {
		xenu_ring_destroy(ring);
		goto failed;
	}
	spin_lock(&front->lock);
	front->ring = ring;
	spin_unlock(&front->lock);
	front->offered = true;
	xenbus_switch_state(dev, ring->protocol->offered);
	return;

failed:
	xenbus_dev_error(dev, rc, "offering a ring");
	xenbus_switch_state(dev, XenbusStateClosed);
}

static void connected(struct xenu_front *front)
{
	if (!front->offered)
		return;
	spin_lock(&front->lock);
	front->up = true;
	spin_unlock(&front->lock);
	wake_up_all(&front->wait);
	xenbus_switch_state(front->dev, XenbusStateConnected);
	schedule_work(&front->enlist);
}

/*
 * The ring stays until there is another: its last word to the command under
 * way is there once the back end has let go of it.
 */
static void disconnected(struct xenu_front *front)
{
	/* As a driver before us left it: it may become a device of ours yet. */
	if (!front->offered)
		return;
	front->offered = false;
	spin_lock(&front->lock);
	front->up = false;
	spin_unlock(&front->lock);
	xenbus_switch_state(front->dev, XenbusStateClosed);
}

/* The device is taken from the guest, or the driver from the device. */
static void detach(struct xenu_front *front)
{
	spin_lock(&front->lock);
	front->gone = true;
	spin_unlock(&front->lock);
	wake_up_all(&front->wait);

	cancel_work_sync(&front->enlist);
	xenu_view_destroy(front);
	if (front->chip) {
		tpm_chip_unregister(front->chip);
		put_device(&front->chip->dev);
		front->chip = NULL;
	}
	xenu_ring_destroy(xenu_take_ring(front, XENU_LOSE));
}

static void otherend_changed(struct xenbus_device *dev,
			     enum xenbus_state state)
{
	struct xenu_front *front = dev_get_drvdata(&dev->dev);

	if (front->gone)
		return;
	switch (state) {
	case XenbusStateInitWait:
		if (!front->offered)
			connect(front);
		break;
	case XenbusStateConnected:
		connected(front);
		break;
	case XenbusStateClosing:
	case XenbusStateClosed:
		disconnected(front);
		if (!xenbus_read_unsigned(dev->otherend, "online", 1))
			detach(front);
		break;
	default:
		break;
	}
}

/* As it is now; each later one is told. */
static enum xenbus_state back_state(struct xenbus_device *dev)
{
	return xenbus_read_driver_state(dev->otherend);
}

static int probe(struct xenbus_device *dev, const struct xenbus_device_id *id)
{
	struct xenu_front *front = kzalloc(sizeof(*front), GFP_KERNEL);
	int rc;

	if (!front)
		return -ENOMEM;
	front->dev = dev;
	INIT_WORK(&front->enlist, enlist);
	init_waitqueue_head(&front->wait);
	spin_lock_init(&front->lock);
	rc = xenu_view_create(front);
	if (rc) {
		kfree(front);
		return rc;
	}
	dev_set_drvdata(&dev->dev, front);
	/*
	 * The node may say Closed, of a driver before us: until the back end
	 * has seen that, it does not wait for another.  For the xenbus we have
	 * begun; it makes modprobe wait.
	 */
	dev->state = XenbusStateInitialising;
	if (back_state(dev) == XenbusStateInitWait)
		connect(front);
	return 0;
}

static XENU_REMOVE_TYPE remove(struct xenbus_device *dev)
{
	struct xenu_front *front = dev_get_drvdata(&dev->dev);

	detach(front);
	dev_set_drvdata(&dev->dev, NULL);
	kfree(front);
	return (XENU_REMOVE_TYPE)0;
}

static int suspend(struct xenbus_device *dev)
{
	xenu_quiesce(dev_get_drvdata(&dev->dev));
	return 0;
}

/*
 * The back end is another, or, if the guest could not be suspended, the same
 * and still connected, to a ring that it then exchanges.
 */
static int resume(struct xenbus_device *dev)
{
	struct xenu_front *front = dev_get_drvdata(&dev->dev);
	enum xenbus_state state = back_state(dev);

	if (front->gone)
		return 0;
	front->offered = false;
	xenu_ring_destroy(xenu_take_ring(front, XENU_LOSE));
	if (state == XenbusStateInitWait || state == XenbusStateConnected)
		connect(front);
	return 0;
}

/* Until then modprobe does not come back, for some seconds at most. */
static int is_ready(struct xenbus_device *dev)
{
	struct xenu_front *front = dev_get_drvdata(&dev->dev);

	return !front || front->chip || front->failed;
}

static const struct xenbus_device_id ids[] = {
	{ "vtpm" },
	{ "" }
};
MODULE_ALIAS("xen:vtpm");

static struct xenbus_driver driver = {
	.name = "tpm_xenu",
	.ids = ids,
	.not_essential = true,
	.probe = probe,
	.remove = remove,
	.suspend = suspend,
	.resume = resume,
	.otherend_changed = otherend_changed,
	.is_ready = is_ready,
};

static int __init xenu_init(void)
{
	int rc;

	if (!xen_domain() || !xen_has_pv_devices())
		return -ENODEV;
	if (protocol > PROTOCOL_V2)
		return -EINVAL;
	rc = xenu_sysfs_init();
	if (rc)
		return rc;
	/* Without an owner: devices would keep the module from going. */
	rc = __xenbus_register_frontend(&driver, NULL, KBUILD_MODNAME);
	if (rc)
		xenu_sysfs_exit();
	return rc;
}
module_init(xenu_init);

static void __exit xenu_exit(void)
{
	xenbus_unregister_driver(&driver);
	xenu_sysfs_exit();
}
module_exit(xenu_exit);

MODULE_DESCRIPTION("Front end of a Xen guest's virtual TPM");
MODULE_LICENSE("GPL");
