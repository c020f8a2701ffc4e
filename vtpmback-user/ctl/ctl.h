/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpmctl: what its commands share. */
#ifndef CTL_H
#define CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "admin_socket.h"
#include "domains.h"
#include "look.h"
#include "options.h"
#include "settings.h"
#include "statedir.h"
#include "vtpmdb.h"

/* How a command ends; the program's exit status. */
enum ctl_status {
	CTL_OK = 0,
	CTL_FAILED = 1,
	CTL_USAGE = 2,
	CTL_DAMAGE = 3,	 /* check found some */
	CTL_NONE = 4,	 /* no such vTPM */
	CTL_RUNNING = 5, /* not while it runs */
};

struct ctl {
	const struct options *options;
	struct statedir dirs;
	struct domains domains;
	const char *look; /* the program vtpm-look */
	enum sandbox_mode sandbox;
	FILE *out;
	/* What the daemons of this host serve; ctl_free's. */
	bool daemon; /* there is one */
	struct control_reply *served;
	size_t n_served;
};

/* ---- The daemon (daemon.c) ---- */

/*
 * Asks every daemon whose socket is in the run directory.  One that does not
 * answer is told of in the log and left out.
 */
void daemon_ask(struct ctl *ctl);

/* What serves this instance; NULL: nothing. */
const struct control_reply *daemon_serves(const struct ctl *ctl,
					  uint32_t instance);

/* ---- vTPMs (vtpm.c) ---- */

enum vtpm_state {
	VTPM_OFF,	/* its guest does not run */
	VTPM_NEW,	/* ... and never did */
	VTPM_RUNNING,	/* its worker has it */
	VTPM_UNSERVED,	/* its guest runs, but no worker has it just now */
	VTPM_SUSPENDED, /* its guest's domain was saved */
	VTPM_LOST,	/* its state is missing, */
	VTPM_MISSING,	/* or all of its directory is */
	VTPM_STATES
};

struct vtpm {
	uint32_t instance;
	bool associated;				 /* vtpm.db has it */
	char uuid[VTPMDB_KEY_MAX], name[VTPMDB_KEY_MAX]; /* the first of each */
	enum vtpm_state state;
	bool has_directory;
	bool unsettled; /* a suspended guest's registers are not saved yet */
	bool has_domain;
	uint32_t domid;
	struct settings settings;
	bool bad_settings; /* the defaults are shown in their place */
	uint64_t size;	   /* of its files, in bytes */
	int64_t last_use;  /* seconds since 1970; 0: not known */
	const struct control_reply *served;
	/* Of vtpm_look. */
	bool looked;
	int look_error; /* of look_ask */
	struct look_answer answer;
};

const char *vtpm_state_name(enum vtpm_state state);

/* Reads what is to be known of an instance without looking into its state. */
void vtpm_read(const struct ctl *ctl, const struct vtpmdb *db,
	       uint32_t instance, struct vtpm *v);

/* Looks into its state; once more where it changed under our eyes. */
void vtpm_look(const struct ctl *ctl, struct vtpm *v);

/* Whether that found a whole TPM. */
bool vtpm_is_whole(const struct vtpm *v);

/* What is wrong with it, and what to do. */
const char *vtpm_damage(const struct vtpm *v, char *text, size_t size);

/* Whether a guest has it, or may have it again any moment. */
bool vtpm_in_use(const struct vtpm *v);

/*
 * Every instance that vtpm.db has or that has a directory, in order; *list is
 * the caller's to free.  CTL_OK; or CTL_FAILED, having said why.
 */
enum ctl_status vtpm_all(const struct ctl *ctl, struct vtpm **list, size_t *n);

/* Opens vtpm.db: only for moments, since the daemon waits meanwhile. */
enum ctl_status vtpm_open_db(const struct ctl *ctl, struct vtpmdb **db);

/* A number that is nobody's: `wish`, or the lowest; 0: there is none. */
uint32_t vtpm_free_instance(const struct ctl *ctl, const struct vtpmdb *db,
			    uint32_t wish);

/*
 * Gives a new vTPM, whose directory is in its place, its settings and these
 * keys (or ""); a name that another one has stays with that.  On an error
 * nothing of it is left.
 */
int vtpm_associate(const struct ctl *ctl, struct vtpmdb *db, uint32_t instance,
		   const struct settings *settings, const char *uuid,
		   const char *name);

/*
 * The vTPM that the administrator means: an instance's number, a uuid or a
 * name.  CTL_OK; or CTL_NONE or CTL_FAILED, having said so.
 */
enum ctl_status vtpm_find(const struct ctl *ctl, const struct vtpmdb *db,
			  const char *which, struct vtpm *v);

/* The same with the database opened for it; left open where db is not NULL. */
enum ctl_status vtpm_open(const struct ctl *ctl, const char *which,
			  struct vtpm *v, struct vtpmdb **db);

/*
 * Its directory, locked so that no worker takes it; closing it unlocks.
 * CTL_OK, or CTL_RUNNING or CTL_FAILED, having said so.
 */
enum ctl_status vtpm_lock(const struct ctl *ctl, const struct vtpm *v, int *fd);

/* ---- A new vTPM's directory, made aside (nest.c) ---- */

struct nest {
	const struct ctl *ctl;
	uint32_t instance;
	char name[24];
	int fd; /* locked */
};

/*
 * An empty directory for instance, beside where it is to be.
 * -EBUSY: another vtpmctl makes one; or what making it said.
 */
int nest_make(const struct ctl *ctl, uint32_t instance, struct nest *nest);

/*
 * Puts it, with all that is in it, in its place: at once, and on disk before it
 * returns.  With `replace` what is there goes; without, there must be nothing.
 * On an error everything is as it was, and the nest is still there.
 */
int nest_install(struct nest *nest, bool replace);

/* Closes it; removes what was not installed. */
void nest_close(struct nest *nest);

/* Removes a directory of one vTPM's, with what is in it.  0 or -errno. */
int nest_remove(int state_fd, const char *name);

/* ---- People (ask.c) ---- */

/* Whether the answer is yes; without a terminal it is no, with a message. */
bool ask_yes(const struct options *options, const char *question);

/*
 * A passphrase, from a terminal; 0, or -errno after a message.  twice: it is
 * new.  The caller wipes it.
 */
int ask_passphrase(bool twice, char *text, size_t size);

/* ---- The commands ---- */

typedef enum ctl_status ctl_command(struct ctl *ctl, char **args);

ctl_command cmd_list, cmd_show, cmd_pcrs, cmd_check;
ctl_command cmd_add, cmd_assign, cmd_delete, cmd_set;
ctl_command cmd_export, cmd_import;

#endif
