/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which vTPM is meant: from what the toolstack says of a guest to an instance.
 *
 * A uuid that vtpm.db knows decides.  Without uuid in a guest's configuration
 * the toolstack makes up a new one at every create, which nobody knows: then
 * the guest's name decides, if vtpm.db has it, and the uuid is noted as the
 * latest made-up one (vtpmdb_note), so that the vTPM is found also when its
 * guest is renamed and then rebooted, saved or migrated.  Where neither is
 * known a new vTPM is made: with the wished number, if it is free, or the
 * lowest free one, and its uuid and its guest's name are written to vtpm.db.
 *
 * Functions return 0 or a negative errno value, after logging what is wrong
 * and what to do.
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "statedir.h"
#include "vtpmdb.h"

/* What is known of a guest's vTPM. */
struct identity {
	const char *uuid; /* NULL: none is given */
	const char *name; /* the guest's; NULL: not known */
	uint32_t handle;  /* which of the guest's vTPMs, from 0 */
	uint32_t wish;	  /* an instance; 0, or beyond all: none */
};

struct identity_found {
	uint32_t instance;
	bool is_new;		     /* its vTPM was made now */
	char uuid[VTPMDB_UUID_SIZE]; /* what was given, or what is written
					 * in vtpm.db for want of it */
};

/*
 * Finds the instance, or makes it.  Where no uuid is given, one of the
 * instance's is taken from vtpm.db, or made up and written there.
 *
 * Errors: -EINVAL (what is given is no uuid, or nothing tells the vTPM from
 * others), -ENOSPC (no instance is free), -ENODATA (its state is gone), those
 * of vtpmdb_open, or what writing said.
 */
int identity_settle(const struct statedir *dirs, const struct identity *who,
		    struct identity_found *found);

/* Finds it and changes nothing; -ENOENT (not logged): it would be made. */
int identity_find(const struct statedir *dirs, const struct identity *who,
		  struct identity_found *found);

/* A random uuid (RFC 4122, version 4); 0 or -EIO. */
int identity_make_uuid(char uuid[VTPMDB_UUID_SIZE]);

#endif
