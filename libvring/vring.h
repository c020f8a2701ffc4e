/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libvring: the back end's side of the TPM ring between a Xen guest and its
 * virtual TPM (Xen, public/io/tpmif.h).
 *
 * The library owns no loop and never logs: poll vring_fd for reading, call
 * vring_event when it is readable, then vring_receive until it returns 0.
 *
 * The page is shared with a hostile writer.  Its rules, kept here and nowhere
 * else:
 *   - each shared field is loaded once, into a local that is then checked;
 *   - a packet is copied out before anyone looks at it, and only the copy is
 *     used;
 *   - an answer is written first, the rest of the page cleared, then its
 *     length, then state and mark in one (release), then the event is sent;
 *   - nothing that an earlier answer or another guest left is ever in it.
 *
 * Functions return 0 (or what they say) or a negative errno value.
 */
#ifndef VRING_H
#define VRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "xen_ops.h"

/* The largest packet of any guest: a page and 255 extra ones, less headers. */
#define VRING_PACKET_MAX (256u * 4096u - 1028u)

enum vring_protocol {
	/* 2006: ring page, one grant per packet; by the guest's word size */
	VRING_V1_32 = 1,
	VRING_V1_64 = 3,
	/* 2013: one shared page; feature-protocol-v2 */
	VRING_V2 = 2,
};

struct vring;

/*
 * Connects to the ring that domain `domid` offers: maps `ring_ref`, and the
 * extra pages that the page announces at this moment (v2), and binds
 * `event_channel`.  A command that is already waiting in the page is delivered
 * by the first vring_receive.  `ops` and `ctx` must outlive the vring.
 *
 * Errors, with nothing left mapped or bound:
 *   -EPROTONOSUPPORT  a protocol that this version does not serve
 *   -EPROTO           the page's layout is impossible (extra pages)
 *   others            what the hypervisor said to map or bind
 */
int vring_connect(const struct xen_ops *ops, void *ctx,
		  enum vring_protocol protocol, uint32_t domid,
		  uint32_t ring_ref, uint32_t event_channel,
		  struct vring **ring);

/*
 * Gives up what the connection no longer needs: other domains' event channels,
 * and the ability to map grants (v2).  For a process about to enter its
 * sandbox.
 */
int vring_restrict(struct vring *ring);

/* The descriptor to poll for reading. */
int vring_fd(const struct vring *ring);

/*
 * Takes the event that made vring_fd readable and unmasks the channel.
 * Returns 0, or -EAGAIN when there was none.
 */
int vring_event(struct vring *ring);

/*
 * Copies the guest's next packet into buf.  Withdrawn requests (CANCEL) that
 * no command is running for are answered here, as the protocol wants.
 *
 *   > 0        bytes in buf; *locality is the byte that the guest gave with
 *              them, not yet checked against any policy.  The caller must
 *              follow with vring_send or vring_abort.
 *   0          nothing to do
 *   -EMSGSIZE  the guest announced an impossible length (0, or more than fits
 *              its pages or cap); the request was answered with IDLE.  In v1
 *              also a length that is not the packet's own, or less than ten;
 *              nothing was answered
 *   -EBUSY     called again before the previous packet was answered
 *   others     what the hypervisor said to sending an event, or to mapping the
 *              packet's page (v1), whose grant may be any number
 */
ssize_t vring_receive(struct vring *ring, uint8_t *buf, size_t cap,
		      uint8_t *locality);

/*
 * Whether the guest withdrew the packet being executed.  The caller may end it
 * early and call vring_abort, or finish it and call vring_send.  v1 has no word
 * for it.
 */
bool vring_cancelled(const struct vring *ring);

/*
 * Publishes the answer to the packet last received.
 *
 * Errors: -EMSGSIZE (len is 0 or does not fit; as after vring_abort),
 * -EINVAL (nothing was received).
 */
int vring_send(struct vring *ring, const uint8_t *rsp, size_t len);

/*
 * Ends the packet last received without an answer: state IDLE, or TPM_FAIL in
 * v1, which has no word for it.
 */
int vring_abort(struct vring *ring);

/*
 * The mark that goes with every answer from the next on, and with the word that
 * there is none; 0 at first.  It is in the page beside the state and is written
 * with it at once, so that a back end that takes over the page of one that died
 * sees there which answers were published.
 */
void vring_set_mark(struct vring *ring, uint8_t mark);

/*
 * Goes on where an earlier back end of the same ring stopped; to be called
 * before the first vring_receive.  rsp, len and mark are those of the last
 * answer that it had ready, `before` the mark of the one before it (both not
 * 0); len is 0 when there never was any.
 *
 * If the page still waits for that answer it is published, as by vring_send.
 * Otherwise it has been, and the guest gets its event again in case the first
 * was not sent (v1: only if the slot does not say that it was, as one too many
 * would be taken for the next answer); or the page has never been answered, and
 * is marked.
 *
 * Errors: as vring_send, or what the hypervisor said to the event, or to
 * mapping the packet's page (v1).
 */
int vring_resume(struct vring *ring, uint8_t before, uint8_t mark,
		 const uint8_t *rsp, size_t len);

/*
 * The largest packet that this connection can carry, in bytes; in v1, after
 * the packet last received, as long as it is not answered.
 */
size_t vring_packet_max(const struct vring *ring);

/*
 * Unbinds and unmaps.  The page's contents are left as they are, so that a
 * next back end can adopt the ring (a waiting command stays waiting).  NULL is
 * allowed.
 */
void vring_close(struct vring *ring);

#endif
