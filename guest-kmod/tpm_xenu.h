/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tpm_xenu, the front end of a Xen guest's virtual TPM.
 *
 *	front.c		its life on the xenbus: probe, connect, suspend, remove
 *	command.c	one command, from the TPM core to its answer
 *	ring.c		what a connection shares with the back end
 *	ring_v1.c	what is written and read there, since 2006,
 *	ring_v2.c	and since 2013
 *	sysfs.c		/sys/devices/xen/vtpm-N
 *
 * A chip outlives its connections.  The back end may close its device and come
 * back, or the guest may be resumed in front of another one: the ring is
 * replaced and the command that was under way goes on.  Only the toolstack,
 * who takes the device from the guest, and the driver's end remove the chip.
 *
 * The back end is not trusted: what it shares is read once, into private
 * memory, and checked there; nothing waits for it without a limit.
 */
#ifndef TPM_XENU_H
#define TPM_XENU_H

#include <linux/device.h>
#include <linux/spinlock.h>
#include <linux/tpm.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <xen/grant_table.h>
#include <xen/xenbus.h>

/* The TPM core's buffers are no larger. */
#define XENU_PACKET_MAX 4096u

/* A ring has a page, and one more: for packets, or where long ones go on. */
#define XENU_RING_PAGES 2u

/* How long a command waits for a back end that is not there. */
#define XENU_PATIENCE (60 * HZ)

/* The longest that a back end may ask us to wait for a command. */
#define XENU_DURATION_MAX (600 * HZ)

struct xenu_ring;

/* What there is for the command in the ring. */
enum xenu_news {
	XENU_NOTHING,		/* the back end has it */
	XENU_ANSWER,
	XENU_NO_ANSWER,		/* it was withdrawn or refused */
};

/* How packets are laid out in the shared pages.  All but setup: under lock. */
struct xenu_protocol {
	/* Prepares the pages, before the back end hears of them. */
	void (*setup)(struct xenu_ring *ring);
	/* The largest packet. */
	u32 (*room)(const struct xenu_ring *ring);
	/* Hands over a packet of at most that size; the event is not sent. */
	void (*publish)(struct xenu_ring *ring, const u8 *packet, u32 len,
			u8 locality);
	enum xenu_news (*look)(struct xenu_ring *ring);
	/*
	 * After XENU_ANSWER: copies the answer to @buf.  Its length; -EIO if
	 * it is not what it says it is, or is larger than @size.
	 */
	int (*take)(struct xenu_ring *ring, u8 *buf, u32 size);
	/* Withdraws the packet; whether there is something to be told. */
	bool (*withdraw)(struct xenu_ring *ring);
	/* The state of a front end that has a ring to offer. */
	enum xenbus_state offered;
};

extern const struct xenu_protocol xenu_v1;
extern const struct xenu_protocol xenu_v2;

/* A connection. */
struct xenu_ring {
	struct xenu_front *front;
	const struct xenu_protocol *protocol;
	void *pages;		/* n_pages, contiguous, shared */
	unsigned int n_pages;
	grant_ref_t refs[XENU_RING_PAGES];
	evtchn_port_t evtchn;
	int irq;
	bool expected;		/* an event for what was sent last */
	bool kicked;		/* one came */
};

enum xenu_step {
	XENU_EMPTY,		/* no command */
	XENU_QUEUED,		/* for a ring that takes it */
	XENU_SUBMITTED,		/* the back end has it */
	XENU_ANSWERED,		/* @result says how */
};

/* The command under way; the TPM core has but one at a time. */
struct xenu_command {
	enum xenu_step step;
	int result;		/* the answer's length, or -errno */
	unsigned long duration;	/* jiffies that it may take */
	unsigned long since;	/* jiffies when it was queued */
	unsigned long due;	/* jiffies when this step is to be over */
	unsigned long end;	/* and all, however often a ring is replaced */
	bool again;		/* withdrawn by ourselves, for a later ring */
	u32 len;
	u8 packet[XENU_PACKET_MAX];	/* then its answer */
};

/* A vTPM. */
struct xenu_front {
	struct xenbus_device *dev;
	struct tpm_chip *chip;		/* NULL until it is registered */
	struct device *view;		/* /sys/devices/xen/vtpm-N */
	struct work_struct enlist;	/* registers the chip */
	bool offered;			/* the back end may take our ring */
	bool failed;			/* there was no TPM behind it */
	wait_queue_head_t wait;		/* for any of the following */

	spinlock_t lock;		/* for all that follows */
	struct xenu_ring *ring;
	bool up;			/* the back end has taken @ring */
	bool suspended;			/* nothing new is to be sent */
	bool gone;			/* for good */
	struct xenu_command command;
};

/* command.c */

extern const struct tpm_class_ops xenu_ops;

/* Ends the command under way early, if the back end lets us. */
void xenu_cancel(struct xenu_front *front);

/*
 * Nothing is sent from here on until xenu_wake; waits for a while, so that the
 * guest is not suspended with a command in the ring.
 */
void xenu_quiesce(struct xenu_front *front);
void xenu_wake(struct xenu_front *front);

/* What becomes of a command that the back end had when it went away. */
enum xenu_fate {
	XENU_RETRY,		/* it was not executed */
	XENU_LOSE,		/* nobody knows: it fails */
};

/*
 * Takes the ring from @front, and out of it what it holds for the command.
 * NULL if there was none.
 */
struct xenu_ring *xenu_take_ring(struct xenu_front *front,
				 enum xenu_fate fate);

/* ring.c */

/* The pages and the event channel of a new connection, or an ERR_PTR. */
struct xenu_ring *xenu_ring_create(struct xenu_front *front,
				   const struct xenu_protocol *protocol,
				   unsigned int n_extra);
/* NULL is allowed. */
void xenu_ring_destroy(struct xenu_ring *ring);

/* Tells the back end to look. */
void xenu_ring_notify(struct xenu_ring *ring);

/* sysfs.c */

int xenu_sysfs_init(void);
void xenu_sysfs_exit(void);

/* Makes the view of a vTPM, and shows a chip's attributes in it. */
int xenu_view_create(struct xenu_front *front);
void xenu_view_show(struct xenu_front *front);
void xenu_view_destroy(struct xenu_front *front);

#endif
