/* SPDX-License-Identifier: BSD-2-Clause */
/* Volatile state between domains: see power.h. */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "live.h"
#include "log.h"
#include "power.h"
#include "store_saved.h"

_Static_assert(DOMAIN_UUID_SIZE == STORE_GUEST_SIZE, "one uuid");

/* ---- What is saved ---- */

/* A live file, and whose it is. */
struct live_file {
	int fd;
	uint32_t instance, domid;
	uint8_t key[CHANNEL_KEY_SIZE];
};

/* What was never manufactured, or never powered on, has nothing to save. */
static int save_state(struct store *store, const struct live_file *live,
		      const uint8_t *guest)
{
	uint8_t *permanent = NULL, *buf;
	size_t len;
	int r;

	r = store_load(store, &permanent, &len);
	if (r)
		return r == -ENOENT ? 0 : r;
	explicit_bzero(permanent, len);
	free(permanent);
	buf = malloc(LIVE_STATE_MAX);
	if (!buf)
		return -ENOMEM;
	r = live_peek(live->fd, live->key, live->instance, live->domid,
		      store_counter(store), buf, LIVE_STATE_MAX, &len);
	if (!r)
		r = store_saved_save(store, guest, buf, len);
	explicit_bzero(buf, LIVE_STATE_MAX);
	free(buf);
	return r == -ENOENT ? 0 : r;
}

static int open_and_save(struct statedir *dirs, struct live_file *live,
			 const uint8_t *guest, int dir_fd)
{
	struct store *store;
	int r;

	/* Who opens a store waits for it, which we have no time for. */
	if (flock(dir_fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	r = statedir_key(dirs, live->instance, live->key);
	if (!r)
		r = store_open(&store, dir_fd, live->key, live->instance);
	if (!r) {
		r = save_state(store, live, guest);
		store_close(store);
	}
	explicit_bzero(live->key, sizeof(live->key));
	return r;
}

static int save(struct statedir *dirs, uint32_t instance, uint32_t domid,
		const uint8_t *guest)
{
	struct live_file live = { .instance = instance, .domid = domid };
	int dir_fd, r;

	dir_fd = statedir_open_instance(dirs, instance);
	if (dir_fd < 0)
		return dir_fd;
	live.fd = statedir_open_live(dirs, instance, domid);
	r = live.fd < 0 ? live.fd : open_and_save(dirs, &live, guest, dir_fd);
	if (live.fd >= 0)
		close(live.fd);
	close(dir_fd);
	if (!r)
		log_info("vTPM %u: saved with domain %u, which is suspended",
			 instance, domid);
	else if (r != -EAGAIN)
		log_error("vTPM %u: the PCRs of domain %u, which is suspended, "
			  "cannot be saved to %s/%u/saved: %s; they are kept "
			  "in %s until the host restarts, and it is tried "
			  "again when the domain is resumed",
			  instance, domid, dirs->state_path, instance,
			  strerror(-r), dirs->run_path);
	return r;
}

static int forget_saved(struct statedir *dirs, uint32_t instance)
{
	int r, fd = statedir_open_instance(dirs, instance);

	if (fd < 0)
		return fd;
	r = store_saved_remove(fd);
	close(fd);
	if (r)
		log_error("%s/%u/saved, which is not to be used any more, "
			  "cannot be removed: %s",
			  dirs->state_path, instance, strerror(-r));
	return r;
}

/* ---- One domain's state ---- */

/* stays: the vTPM may come back to the domain. */
static int settle(struct statedir *dirs, uint32_t instance, uint32_t domid,
		  const struct domain_info *info, bool stays)
{
	uint8_t guest[DOMAIN_UUID_SIZE];
	bool suspended = info->state == DOMAIN_SUSPENDED;
	int r = 0;

	if (!statedir_has_live(dirs, instance, domid))
		return 0;
	memcpy(guest, info->uuid, sizeof(guest));
	if (info->state == DOMAIN_GONE)
		suspended =
			statedir_was_suspended(dirs, instance, domid, guest);
	if (suspended)
		r = save(dirs, instance, domid, guest);
	else if (info->state != DOMAIN_RUNNING || info->ran)
		r = forget_saved(dirs, instance);
	if (!r && !(stays && info->state == DOMAIN_RUNNING && info->ran))
		statedir_drop_live(dirs, instance, domid);
	return r;
}

void power_note(struct statedir *dirs, const struct domains *domains,
		uint32_t instance, uint32_t domid)
{
	struct domain_info info;

	domains_look(domains, domid, &info);
	if (info.state != DOMAIN_GONE)
		statedir_mark_suspended(
			dirs, instance, domid,
			info.state == DOMAIN_SUSPENDED ? info.uuid : NULL);
}

int power_let_go(struct statedir *dirs, const struct domains *domains,
		 uint32_t instance, uint32_t domid)
{
	struct domain_info info;

	domains_look(domains, domid, &info);
	return settle(dirs, instance, domid, &info, true);
}

/* ---- All that there are ---- */

struct tour {
	struct statedir *dirs;
	const struct domains *domains;
	uint32_t instance, domid;
	bool at_start;
	int r;
};

static void take_from(void *ctx, uint32_t instance, uint32_t domid)
{
	struct tour *t = ctx;
	struct domain_info info;
	int r;

	if (instance != t->instance || domid == t->domid)
		return;
	domains_look(t->domains, domid, &info);
	r = settle(t->dirs, instance, domid, &info, false);
	if (r)
		t->r = r;
}

int power_take(struct statedir *dirs, const struct domains *domains,
	       uint32_t instance, uint32_t domid)
{
	struct tour t = { dirs, domains, instance, domid, false, 0 };

	statedir_each_live(dirs, take_from, &t);
	return t.r;
}

static void sweep_one(void *ctx, uint32_t instance, uint32_t domid)
{
	struct tour *t = ctx;
	struct domain_info info;
	uint8_t guest[DOMAIN_UUID_SIZE];

	domains_look(t->domains, domid, &info);
	if (info.state != DOMAIN_GONE)
		return;
	if (t->at_start &&
	    !statedir_was_suspended(t->dirs, instance, domid, guest))
		log_warning("vTPM %u: domain %u ended while no daemon ran: its "
			    "power is off; if that domain was saved or "
			    "migrated, its guest will find its PCRs reset",
			    instance, domid);
	settle(t->dirs, instance, domid, &info, false);
}

void power_sweep(struct statedir *dirs, const struct domains *domains,
		 bool at_start)
{
	struct tour t = { dirs, domains, 0, 0, at_start, 0 };

	statedir_each_live(dirs, sweep_one, &t);
}

/* ---- Two domains ---- */

/* How a domain stands; the order is that of the table below. */
enum standing {
	INCOMING, /* was made and not started: may be a migrated one */
	RUNNING,
	SUSPENDED,
	ENDING,
	STANDINGS
};

static enum standing standing(const struct domain_info *info)
{
	switch (info->state) {
	case DOMAIN_RUNNING:
		return info->ran ? RUNNING : INCOMING;
	case DOMAIN_SUSPENDED:
		return SUSPENDED;
	default:
		return ENDING;
	}
}

/*
 * Two domains that are one guest, which is being migrated within this host.
 * The new one takes the vTPM from the old one's suspended domain.  If that
 * fails the old one runs again, and takes it back from the new one, which
 * never ran.
 */
static const enum power_claim claims[STANDINGS][STANDINGS] = {
	/* mine           theirs: incoming, running, suspended, ending */
	[INCOMING] = { POWER_WAIT_SOME, POWER_WAIT_SOME, POWER_TAKE,
		       POWER_WAIT_SOME },
	[RUNNING] = { POWER_TAKE, POWER_REFUSE, POWER_TAKE, POWER_WAIT_SOME },
	[SUSPENDED] = { POWER_WAIT, POWER_WAIT, POWER_WAIT, POWER_WAIT },
	[ENDING] = { POWER_WAIT, POWER_WAIT, POWER_WAIT, POWER_WAIT },
};

enum power_claim power_claim(const struct domain_info *mine,
			     const struct domain_info *theirs)
{
	if (memcmp(mine->uuid, theirs->uuid, sizeof(mine->uuid)) != 0)
		return standing(theirs) == ENDING ? POWER_WAIT_SOME
						  : POWER_REFUSE;
	return claims[standing(mine)][standing(theirs)];
}
