/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TPM's power follows its guest.  What becomes of a vTPM's volatile state
 * when a domain lets it go, and which of two domains has it: for the daemon's
 * parent, which asks when it lets a device go and before it starts a worker.
 *
 *	the domain that it was in	its state		what was saved
 *	suspended			becomes what is saved
 *	runs, only detached		stays, for that domain	removed
 *	never ran			removed			stays
 *	ended in any other way		removed			removed
 *
 * A soft reset, for which the toolstack takes all devices away and gives them
 * back, is the second of these: kexec resets no TPM.
 *
 * A domain that is gone counts as suspended if it was when it was last looked
 * at and its state is as it was then.  The state of a vTPM that another domain
 * takes does not stay, even if the first runs.
 */
#ifndef POWER_H
#define POWER_H

#include <stdbool.h>
#include <stdint.h>

#include "domains.h"
#include "statedir.h"

/*
 * Remembers whether the domain is suspended: call it whenever that may have
 * changed.
 */
void power_note(struct statedir *dirs, const struct domains *domains,
		uint32_t instance, uint32_t domid);

/*
 * Domain domid lets the vTPM go, and no worker has it.  0, -EAGAIN (somebody
 * has it locked: again later), or an error, which was logged; the state stays
 * where it is then.
 */
int power_let_go(struct statedir *dirs, const struct domains *domains,
		 uint32_t instance, uint32_t domid);

/*
 * Domain domid is to have it: settles what was in all others.  As above; on an
 * error it must not be started.
 */
int power_take(struct statedir *dirs, const struct domains *domains,
	       uint32_t instance, uint32_t domid);

/*
 * Settles what was in domains that are gone.  at_start: this daemon has not
 * seen them end, and says so.
 */
void power_sweep(struct statedir *dirs, const struct domains *domains,
		 bool at_start);

/* What a domain may do that asks for a vTPM that another one has. */
enum power_claim {
	POWER_REFUSE,
	POWER_TAKE,	/* from the other, whose worker must end first */
	POWER_WAIT,	/* until the other has no more to do with it */
	POWER_WAIT_SOME,/* the same for as long as a toolstack waits */
};
enum power_claim power_claim(const struct domain_info *mine,
			     const struct domain_info *theirs);

#endif
