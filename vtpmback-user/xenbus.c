/* SPDX-License-Identifier: BSD-2-Clause */
/* The handshake's table: see xenbus.h. */

#include "config.h"

#include <stddef.h>

#include "xenbus.h"

/*
 * The columns are the front end's states, in their numbers' order.  Rows that
 * are not self-evident:
 *
 * Init      Whatever the front end has already written, InitWait comes first:
 *           libxl waits to see exactly that.
 * InitWait  Linux talks to its TPM while it is still Initialised, so the ring
 *           is taken then; mini-os goes straight to Connected.  A front end
 *           that is Closed is one whose driver was unloaded: it comes back as
 *           Initialised.  What no front end of a TPM says, or none at all,
 *           closes the device; the front end may try again.
 * Connected Linux goes from Connected to Initialised with another ring when it
 *           resumes.  A front end that is Initialising again was replaced
 *           (kexec): it waits for us to be InitWait, by way of Closed.
 * Closed    We do not stay there while online: a driver that probes meanwhile
 *           would take our Closed for the end of the device.
 */
#define NONE  XENBUS_NOTHING
#define OFFER XENBUS_OFFER
#define REOPN XENBUS_REOPEN
#define CONN  XENBUS_CONNECT
#define KEEP  XENBUS_KEEP
#define FOLLW XENBUS_CLOSING_TOO
#define CLOSE XENBUS_CLOSE
#define LEAVE XENBUS_DETACH

static const enum xenbus_action online_table[XENBUS_STATES][XENBUS_STATES] = {
	/*                          none   init   wait   initd  conn   closng
	                            closed recfng recfgd invalid */
	[XENBUS_UNKNOWN] =        { NONE,  NONE,  NONE,  NONE,  NONE,  NONE,
	                            NONE,  NONE,  NONE,  NONE },
	[XENBUS_INITIALISING] =   { OFFER, OFFER, OFFER, OFFER, OFFER, OFFER,
	                            OFFER, OFFER, OFFER, OFFER },
	[XENBUS_INIT_WAIT] =      { CLOSE, NONE,  CLOSE, CONN,  CONN,  FOLLW,
	                            NONE,  CLOSE, CLOSE, CLOSE },
	[XENBUS_INITIALISED] =    { OFFER, OFFER, OFFER, OFFER, OFFER, OFFER,
	                            OFFER, OFFER, OFFER, OFFER },
	[XENBUS_CONNECTED] =      { CLOSE, CLOSE, CLOSE, KEEP,  KEEP,  FOLLW,
	                            CLOSE, CLOSE, CLOSE, CLOSE },
	[XENBUS_CLOSING] =        { CLOSE, CLOSE, CLOSE, CLOSE, CLOSE, NONE,
	                            CLOSE, CLOSE, CLOSE, CLOSE },
	[XENBUS_CLOSED] =         { NONE,  REOPN, NONE,  REOPN, REOPN, NONE,
	                            REOPN, NONE,  NONE,  NONE },
	[XENBUS_RECONFIGURING] =  { CLOSE, CLOSE, CLOSE, CLOSE, CLOSE, CLOSE,
	                            CLOSE, CLOSE, CLOSE, CLOSE },
	[XENBUS_RECONFIGURED] =   { CLOSE, CLOSE, CLOSE, CLOSE, CLOSE, CLOSE,
	                            CLOSE, CLOSE, CLOSE, CLOSE },
	[XENBUS_INVALID] =        { CLOSE, CLOSE, CLOSE, CLOSE, CLOSE, CLOSE,
	                            CLOSE, CLOSE, CLOSE, CLOSE },
};

/*
 * The toolstack lets the device go.  A front end that still has the ring gets
 * a short time to leave it; one whose directory is gone, none.
 */
static const enum xenbus_action offline_row[XENBUS_STATES] = {
	[XENBUS_UNKNOWN] = CLOSE,      [XENBUS_INITIALISING] = CLOSE,
	[XENBUS_INIT_WAIT] = CLOSE,    [XENBUS_INITIALISED] = LEAVE,
	[XENBUS_CONNECTED] = LEAVE,    [XENBUS_CLOSING] = LEAVE,
	[XENBUS_CLOSED] = CLOSE,       [XENBUS_RECONFIGURING] = CLOSE,
	[XENBUS_RECONFIGURED] = CLOSE, [XENBUS_INVALID] = CLOSE,
};

enum xenbus_action xenbus_action(enum xenbus_state own, enum xenbus_state front,
				 bool online)
{
	if (online)
		return online_table[own][front];
	/* libxl waits for Closed, and counts a step back from it as failure. */
	if (own == XENBUS_CLOSED)
		return XENBUS_NOTHING;
	return offline_row[front];
}

enum xenbus_state xenbus_state_parse(const char *text)
{
	if (!text)
		return XENBUS_UNKNOWN;
	if (text[0] < '0' || text[0] > '8' || text[1] != '\0')
		return XENBUS_INVALID;
	return (enum xenbus_state)(text[0] - '0');
}

const char *xenbus_state_name(enum xenbus_state state)
{
	static const char *const names[XENBUS_STATES] = {
		"Unknown", "Initialising", "InitWait", "Initialised",
		"Connected", "Closing", "Closed", "Reconfiguring",
		"Reconfigured", "(invalid)",
	};

	return names[state];
}
