/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the hypervisor says of domains.  One instance asks Xen
 * (domains_libxen), another is set by tests.
 */
#ifndef DOMAINS_H
#define DOMAINS_H

#include <stdbool.h>
#include <stdint.h>

/* The first number that is no domain's (Xen, DOMID_FIRST_RESERVED). */
#define DOMAINS_MAX 0x7ff0u

enum domain_state {
	DOMAIN_GONE,	/* does not exist, or is being torn down */
	/*
	 * Running, blocked or paused, or in a soft reset: its kernel has asked
	 * for kexec, which resets no TPM.
	 */
	DOMAIN_RUNNING,
	DOMAIN_SHUTDOWN,/* halted, rebooting or crashed, not yet torn down */
	DOMAIN_SUSPENDED,/* has suspended itself: being saved or migrated */
};

#define DOMAIN_UUID_SIZE 16

struct domain_info {
	enum domain_state state;
	bool ran;	/* was unpaused, if only for a moment */
	/*
	 * The toolstack's name for the machine: that of a guest that is saved
	 * and restored, or migrated, stays the same.  Zeros when it is gone.
	 */
	uint8_t uuid[DOMAIN_UUID_SIZE];
};

struct domains_ops {
	void (*look)(void *ctx, uint32_t domid, struct domain_info *info);
	/*
	 * How many bits a word of the domain's kernel has, 32 or 64, or
	 * -errno.  Of a paravirtualised domain Xen knows it.  Any other can run
	 * what it likes, but a 64-bit kernel only in long mode: to be asked
	 * when that kernel runs, not while it boots.
	 */
	int (*word_bits)(void *ctx, uint32_t domid);
};

struct domains {
	const struct domains_ops *ops;
	void *ctx;
};

static inline void domains_look(const struct domains *d, uint32_t domid,
				struct domain_info *info)
{
	d->ops->look(d->ctx, domid, info);
}

static inline enum domain_state domains_state(const struct domains *d,
					      uint32_t domid)
{
	struct domain_info info;

	domains_look(d, domid, &info);
	return info.state;
}

/* Xen's; 0 or -errno. */
extern const struct domains_ops domains_libxen;
int domains_libxen_open(void **ctx);
void domains_libxen_close(void *ctx);

#endif
