/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The daemon's directories, as its root part sees them:
 *
 *   STATE/		0711	(a worker must be able to stand in its own)
 *     vtpm.db		0600	vtpmdb.h
 *     key		0600	32 random bytes; every vTPM's key comes of it
 *     N/		0700	the vTPM of instance N, its worker's; store.h
 *   RUN/		0700	on tmpfs
 *     lock			who serves which domain
 *     live-N-D			volatile state of vTPM N in domain D; store.h
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

/* Opens, and at first start makes, directories and key. */
int statedir_open(struct statedir *s, const char *state_path,
		  const char *run_path);
void statedir_close(struct statedir *s);

/*
 * Takes domain domid for this process until it ends; statedir_everyone instead
 * of a number: the right to serve all.
 *
 * -EBUSY when another process has it (not logged); *pid is whose.
 */
#define STATEDIR_ALL DOMAINS_MAX
int statedir_lock(struct statedir *s, uint32_t domid, int *pid);

/* The instance that belongs to the vTPM with this uuid (or other key). */
int statedir_instance(struct statedir *s, const char *key, uint32_t *instance);

/* A descriptor of the instance's directory. */
int statedir_open_instance(struct statedir *s, uint32_t instance);

/* A descriptor of its volatile state in domain domid. */
int statedir_open_live(struct statedir *s, uint32_t instance, uint32_t domid);

/* Removes the volatile state of domains that are gone: their power is off. */
void statedir_sweep_live(struct statedir *s, const struct domains *domains);

/* The instance's own key. */
int statedir_key(const struct statedir *s, uint32_t instance,
		 uint8_t key[CHANNEL_KEY_SIZE]);

#endif
