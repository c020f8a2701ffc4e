/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process that workers are copies of.
 *
 * A program that starts has its libraries' relocations and tables to itself,
 * some 700 KiB with libcrypto.  The template is the worker's program, started
 * once and with all of that done; a worker is made of it by clone(2), shares
 * what it never writes, and is the daemon's child, not the template's.  The
 * template reads nothing but the daemon's requests, and has no secret and no
 * thread.
 *
 * Copies are laid out in memory like the template.  So that a guest cannot
 * learn that layout from one that it brought down, the daemon takes a new
 * template after a worker's fault.
 *
 * A request is one byte and three descriptors (SCM_RIGHTS): the worker's
 * WORKER_FD_CHANNEL, _STATE and _LIVE.  The answer is an int32_t: the worker's
 * process id, or -errno.
 */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include <sys/types.h>

#include "engine.h"

/* The program's name as a template, and as a worker. */
#define TEMPLATE_NAME "vtpm-template"
#define WORKER_NAME   "vtpm-worker"

/* ---- The daemon's side ---- */

struct template {
	const char *path; /* the worker's program */
	int fd;		  /* -1: there is none now */
	pid_t pid;	  /* 0: it was waited for */
};

/* Starts nothing yet.  path stays the caller's. */
void template_init(struct template *t, const char *path);

/*
 * Starts a worker with state_fd and live_fd, which stay the caller's, and a
 * template first where there is none.  *channel_fd is our end of its channel,
 * the caller's to close; *pid is a child of ours.
 *
 * Returns 0 or -errno: what starting a program can say, -ETIMEDOUT (the
 * template does not answer), -EPIPE (it ends as soon as it is started).
 */
int template_start_worker(struct template *t, int state_fd, int live_fd,
			  pid_t *pid, int *channel_fd);

/* Ends the template; workers stay, and the next has another. */
void template_end(struct template *t);

/* A child that is no worker was waited for: it may have been the template. */
void template_ended(struct template *t, pid_t pid);

/* ---- The template's side ---- */

/*
 * Does what every worker would do first, with a TPM that nobody gets.  What
 * cannot be had is no error here: a worker is going to tell.
 */
void template_warm_up(const struct engine *engine);

/*
 * Makes workers until the daemon lets the template go; then returns 0, or 1
 * after a request that makes no sense.  In each worker returns what worker
 * did, its descriptors being those of channel.h and no others.
 *
 * argv0: the program's argv[0], TEMPLATE_NAME
 */
int template_serve(char *argv0, int (*worker)(void));

#endif
