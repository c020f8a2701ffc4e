// SPDX-License-Identifier: GPL-2.0-only
/*
 * One command, from the TPM core to its answer.
 *
 * Whoever looks moves it on, under the lock: the caller that waits for it, the
 * guest's suspend, the end of a ring.  So it does not matter which of them sees
 * the answer first, nor which ring it came from.
 */

#include <linux/freezer.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "compat.h"
#include "tpm_xenu.h"

/* How long a guest that is to be suspended waits for an answer, or for a no. */
#define QUIESCE_TIME (40 * HZ)
#define WITHDRAW_TIME (5 * HZ)

static unsigned char locality;
module_param(locality, byte, 0644);
MODULE_PARM_DESC(locality, "Of all commands; the back end must allow it (0)");

static void finish(struct xenu_front *front, int result)
{
	front->command.result = result;
	front->command.step = XENU_ANSWERED;
}

/* For a ring, this one or the next, that takes it. */
static void queue(struct xenu_front *front)
{
	front->command.since = jiffies;
	front->command.due = jiffies + XENU_PATIENCE;
	front->command.step = XENU_QUEUED;
}

/* Takes what the ring has for the command. */
static void collect(struct xenu_front *front)
{
	struct xenu_command *command = &front->command;
	struct xenu_ring *ring = front->ring;

	if (command->step != XENU_SUBMITTED || !ring)
		return;
	switch (ring->protocol->look(ring)) {
	case XENU_ANSWER:
		finish(front, ring->protocol->take(ring, command->packet,
						   sizeof(command->packet)));
		break;
	case XENU_NO_ANSWER:
		if (command->again)
			queue(front);
		else
			finish(front, -ECANCELED);
		break;
	default:
		break;
	}
}

/* Hands the command over, if there is a ring that takes it. */
static void submit(struct xenu_front *front)
{
	struct xenu_command *command = &front->command;
	struct xenu_ring *ring = front->ring;
	unsigned long due;

	if (command->step != XENU_QUEUED || !front->up || front->suspended)
		return;
	if (command->len > ring->protocol->room(ring)) {
		finish(front, -EMSGSIZE);
		return;
	}
	/* One that was given up is still in there; it may take as long. */
	if (ring->protocol->look(ring) == XENU_NOTHING) {
		due = command->since + command->duration;
		if (time_before(due, command->due))
			command->due = due;
		return;
	}
	ring->protocol->publish(ring, command->packet, command->len,
				READ_ONCE(locality));
	xenu_ring_notify(ring);
	command->again = false;
	command->due = jiffies + command->duration;
	command->step = XENU_SUBMITTED;
}

static void withdraw(struct xenu_front *front)
{
	struct xenu_ring *ring = front->ring;

	if (front->command.step == XENU_SUBMITTED && ring &&
	    ring->protocol->withdraw(ring))
		xenu_ring_notify(ring);
}

/* Moves the command on; the jiffies left for it, 0 when it has ended. */
static long progress(struct xenu_front *front)
{
	struct xenu_command *command = &front->command;
	long left = 0;

	spin_lock(&front->lock);
	collect(front);
	submit(front);
	if (front->gone && command->step != XENU_ANSWERED)
		finish(front, -EPIPE);
	if (command->step != XENU_ANSWERED) {
		left = min_t(long, command->due - jiffies,
			     command->end - jiffies);
		if (left <= 0) {
			withdraw(front);
			finish(front, -ETIME);
			left = 0;
		}
	}
	spin_unlock(&front->lock);
	return left;
}

/* For one that was killed; the core says nothing of EPIPE in the log. */
static void give_up(struct xenu_front *front)
{
	spin_lock(&front->lock);
	collect(front);
	withdraw(front);
	finish(front, -EPIPE);
	spin_unlock(&front->lock);
}

/*
 * A back end that dies between its answer and the event leaves us to find the
 * answer ourselves: hence a look each second.
 */
static void wait_for_answer(struct xenu_front *front)
{
	DEFINE_WAIT(wait);
	long left;

	for (;;) {
		prepare_to_wait(&front->wait, &wait, XENU_TASK_STATE);
		left = progress(front);
		if (!left)
			break;
		if (fatal_signal_pending(current)) {
			give_up(front);
			break;
		}
		schedule_timeout(min_t(long, left, HZ));
	}
	finish_wait(&front->wait, &wait);
}

static int xenu_send(XENU_SEND_ARGS)
{
	struct xenu_front *front = dev_get_drvdata(&chip->dev);
	struct xenu_command *command = &front->command;
	u32 ordinal;

	if (len < TPM_HEADER_SIZE || len > sizeof(command->packet))
		return -EINVAL;
	ordinal = get_unaligned_be32(buf + 6);
	spin_lock(&front->lock);
	memcpy(command->packet, buf, len);
	command->len = len;
	command->duration = min_t(unsigned long, XENU_DURATION_MAX,
				  tpm_calc_ordinal_duration(chip, ordinal));
	command->end = jiffies + command->duration + 2 * XENU_PATIENCE;
	command->again = false;
	queue(front);
	spin_unlock(&front->lock);

	wait_for_answer(front);
	if (command->result >= 0)
		return 0;
	memzero_explicit(command->packet, sizeof(command->packet));
	return command->result;
}

static int xenu_recv(struct tpm_chip *chip, u8 *buf, size_t size)
{
	struct xenu_front *front = dev_get_drvdata(&chip->dev);
	struct xenu_command *command = &front->command;
	int len;

	spin_lock(&front->lock);
	len = command->step == XENU_ANSWERED ? command->result : -EIO;
	command->step = XENU_EMPTY;
	spin_unlock(&front->lock);
	if (len > 0 && len > size)
		len = -EIO;
	if (len > 0)
		memcpy(buf, command->packet, len);
	memzero_explicit(command->packet, sizeof(command->packet));
	return len;
}

/* There is nothing to poll for: send comes back with the answer. */
static u8 xenu_status(struct tpm_chip *chip)
{
	return 0;
}

static bool xenu_req_canceled(struct tpm_chip *chip, u8 status)
{
	return false;
}

static void xenu_cancel_chip(struct tpm_chip *chip)
{
	xenu_cancel(dev_get_drvdata(&chip->dev));
}

const struct tpm_class_ops xenu_ops = {
	.flags = TPM_OPS_AUTO_STARTUP,
	.send = xenu_send,
	.recv = xenu_recv,
	.cancel = xenu_cancel_chip,
	.status = xenu_status,
	.req_canceled = xenu_req_canceled,
};

void xenu_cancel(struct xenu_front *front)
{
	spin_lock(&front->lock);
	collect(front);
	front->command.again = false;
	withdraw(front);
	if (front->command.step == XENU_QUEUED)
		finish(front, -ECANCELED);
	spin_unlock(&front->lock);
	wake_up_all(&front->wait);
}

static bool in_ring(struct xenu_front *front)
{
	bool in;

	spin_lock(&front->lock);
	collect(front);
	in = front->command.step == XENU_SUBMITTED;
	spin_unlock(&front->lock);
	return in;
}

void xenu_quiesce(struct xenu_front *front)
{
	spin_lock(&front->lock);
	front->suspended = true;
	spin_unlock(&front->lock);
	if (wait_event_timeout(front->wait, !in_ring(front), QUIESCE_TIME))
		return;
	spin_lock(&front->lock);
	front->command.again = true;
	withdraw(front);
	spin_unlock(&front->lock);
	if (!wait_event_timeout(front->wait, !in_ring(front), WITHDRAW_TIME))
		dev_warn(&front->dev->dev,
			 "suspended without an answer to a command\n");
}

void xenu_wake(struct xenu_front *front)
{
	spin_lock(&front->lock);
	front->suspended = false;
	spin_unlock(&front->lock);
	wake_up_all(&front->wait);
}

struct xenu_ring *xenu_take_ring(struct xenu_front *front, enum xenu_fate fate)
{
	struct xenu_ring *ring;

	spin_lock(&front->lock);
	collect(front);
	if (front->command.step == XENU_SUBMITTED) {
		if (fate == XENU_RETRY)
			queue(front);
		else
			finish(front, -EIO);
	}
	ring = front->ring;
	front->ring = NULL;
	front->up = false;
	spin_unlock(&front->lock);
	wake_up_all(&front->wait);
	return ring;
}
