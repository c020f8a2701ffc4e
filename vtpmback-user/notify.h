/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells systemd how we are (sd_notify(3), Type=notify), without its library:
 * a dom0 need not have systemd.
 */
#ifndef NOTIFY_H
#define NOTIFY_H

/*
 * Sends state ("READY=1", "STOPPING=1", ...) to the service manager; does
 * nothing where there is none.  A failure has no one to care: not reported.
 */
void notify_send(const char *state);

#endif
