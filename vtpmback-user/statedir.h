/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The daemon's directories, as its root part sees them:
 *
 *   STATE/		0711	(a worker must be able to stand in its own)
 *     vtpm.db		0600	vtpmdb.h; vtpm.recent, too
 *     key		0600	the master key, and key.*: masterkey.h
 *     N.conf		0600	settings.h; made with the vTPM
 *     N/		0700	the vTPM of instance N, its worker's; store.h
 *   RUN/		0700	on tmpfs
 *     lock			who serves which domain
 *     live-N-D			volatile state of vTPM N in domain D; store.h
 *     suspended-N-D		that domain D was suspended when it was as it is
 *
 * Functions return 0 (or a descriptor) or a negative errno value, after
 * logging what is wrong and what to do.
 */
#ifndef STATEDIR_H
#define STATEDIR_H

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "domains.h"
#include "masterkey.h"

struct statedir {
	const char *state_path, *run_path;
	int state_fd, run_fd, lock_fd;
	uint8_t master[CHANNEL_KEY_SIZE];
};

/*
 * The user and group of instance N is this plus N: beyond what distributions,
 * systemd and containers hand out.
 */
#define STATEDIR_UID_BASE 2000000000u

/*
 * Opens, and at first start makes, directories and key; source: where the key
 * comes from, NULL: it is made and kept here.
 */
int statedir_open(struct statedir *s, const char *state_path,
		  const char *run_path, const struct masterkey_source *source);

/*
 * STATE alone, without the key, for those who only want to know whose a vTPM
 * is: what follows about domains, volatile state and keys is not for them.
 */
int statedir_open_state(struct statedir *s, const char *state_path);
void statedir_close(struct statedir *s);

/*
 * Takes domain domid for this process until it ends; statedir_everyone instead
 * of a number: the right to serve all.
 *
 * -EBUSY when another process has it (not logged); *pid is whose.
 */
#define STATEDIR_ALL DOMAINS_MAX
int statedir_lock(struct statedir *s, uint32_t domid, int *pid);

/*
 * Makes the directory of a new vTPM, and its settings.  The caller has the lock
 * of vtpm.db.
 *
 * -EEXIST: there is one, and it is somebody's (not logged).
 */
int statedir_claim(const struct statedir *s, uint32_t instance);

/*
 * The same for an instance that vtpm.db names and that may have its directory:
 * one that was named in 2006, or by hand, may not yet.
 *
 * -ENODATA: it had one, which is gone.
 */
int statedir_claim_named(const struct statedir *s, uint32_t instance);

/* A descriptor of the instance's directory. */
int statedir_open_instance(struct statedir *s, uint32_t instance);

/* A descriptor of its volatile state in domain domid. */
int statedir_open_live(struct statedir *s, uint32_t instance, uint32_t domid);

/* Whether there is any; its end; and all that there are. */
bool statedir_has_live(const struct statedir *s, uint32_t instance,
		       uint32_t domid);
void statedir_drop_live(struct statedir *s, uint32_t instance, uint32_t domid);
void statedir_each_live(const struct statedir *s,
			void (*f)(void *ctx, uint32_t instance, uint32_t domid),
			void *ctx);

/*
 * Remembers, for a daemon that is started when the domain is gone, that it was
 * suspended, and whose machine it was; NULL: that it is not suspended (any
 * more).  It holds for as long as the volatile state is not written again.
 */
void statedir_mark_suspended(struct statedir *s, uint32_t instance,
			     uint32_t domid, const uint8_t *uuid);
bool statedir_was_suspended(const struct statedir *s, uint32_t instance,
			    uint32_t domid, uint8_t uuid[DOMAIN_UUID_SIZE]);

/* Whether the vTPM was never manufactured. */
bool statedir_is_new(const struct statedir *s, uint32_t instance);

/* The instance's own key. */
int statedir_key(const struct statedir *s, uint32_t instance,
		 uint8_t key[CHANNEL_KEY_SIZE]);

#endif
