/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole daemon but for Xen: its loop in a thread, a xenstore in memory, a
 * toolstack and guests that the test plays, and workers that are processes of
 * their own (worker_fake.h).
 */
#ifndef PARENT_RIG_H
#define PARENT_RIG_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "log.h"
#include "parent.h"
#include "xs_fake.h"

#define LINES	400
#define DOMAINS 64

struct parent_rig {
	char dir[64], state[80], run[80], pid_file[80];
	struct xs_fake_store *store;
	struct xs tool, daemon;
	struct options options;
	struct statedir dirs;
	pthread_t thread;
	bool running;
	int status;
	unsigned int failing_watch; /* the daemon's nth; 0: none */
	char *before;		    /* the store without any vTPM */
	/* What the hypervisor says; under `lock`. */
	struct domain_info domains[DOMAINS];
	atomic_uint narrow; /* the one whose words have 32 bits */

	pthread_mutex_t lock; /* of the log */
	char lines[LINES][LOG_LINE_MAX];
	enum log_level levels[LINES];
	unsigned int n_lines;
};

/* The one of this program. */
extern struct parent_rig h;

/* A host without a daemon; and its end, with the daemon's if it runs. */
void rig_setup(void);
void rig_teardown(void);

void start_daemon(void);
/* Waits for its end; its exit status.  No process of its is left. */
int join_daemon(void);
/* With SIGTERM. */
int stop_daemon(void);

/*
 * The hypervisor: what becomes of a domain, with the watch that fires then but
 * for a domain that just goes on running.  Each domain is a machine of its own,
 * paused until its guest is connected, unless one is said to be another's.
 */
void domain_is(uint32_t domid, enum domain_state state);
void domain_runs(uint32_t domid);
void domain_is_machine(uint32_t domid, uint32_t machine);

/* How many lines of at least that importance have text in them. */
unsigned int lines_with(enum log_level level, const char *text);
/* Errors and warnings. */
unsigned int complaints(void);

/* A node of the front end's directory, or of the back end's; or all of it. */
const char *node_path(uint32_t domid, bool is_front, const char *node);
void put(uint32_t t, const char *path, const char *value);
void take(uint32_t t, const char *path);
void front(uint32_t domid, const char *node, const char *value);
void back(uint32_t domid, const char *node, const char *value);

/* The toolstack: a vTPM, with a uuid of its own or that (or none). */
void attach(uint32_t domid);
void attach_uuid(uint32_t domid, const char *uuid);
/* As xl destroy; the front end's directory goes first. */
void detach(uint32_t domid);

/* The guest's driver. */
void offer_ring(uint32_t domid, const char *ref);
void connect_guest(uint32_t domid);
void attach_connected(uint32_t domid);

/* The back end's state; and waiting for things to come about. */
int state(uint32_t domid);
void wait_state(uint32_t domid, int wanted);
void wait_lines(enum log_level level, const char *text, unsigned int n);
/* The same where there may be more. */
void wait_some_lines(enum log_level level, const char *text, unsigned int n);

/* Offers a ring of 2006. */
void offer_ring_v1(uint32_t domid, const char *ref);

/* The instance's worker shall behave like this. */
void behave(unsigned int instance, const char *how);

/* Whether a file is there; paths begin with "state/" or "run/". */
bool exists(const char *path);
void wait_exists(const char *path, bool wanted);

/*
 * Our processes of that name, and the workers: how many; the first of them, at
 * most so many, or one.
 */
unsigned int processes(const char *name, pid_t *pids, unsigned int most);
unsigned int workers(pid_t *one);
void wait_workers(unsigned int wanted);

/* The store is as it was before, and no worker is there. */
void check_nothing_left(void);

#endif
