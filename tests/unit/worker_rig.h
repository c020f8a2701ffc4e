/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker in a thread, between a daemon that the test plays, a guest with a
 * page in a hypervisor in memory, a TPM of a few bytes (engine_fake.h), and
 * real files.
 */
#ifndef WORKER_RIG_H
#define WORKER_RIG_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "seal.h"
#include "worker.h"
#include "xen_ops_fake.h"

#define DOMID 7u
#define REF   1000u
#define PORT  12u

struct worker_rig {
	char dir[64];
	int top, state_fd, live_fd, channel_fd, worker_end;
	struct xen_fake *xen;
	/* xen's; but a worker is another process, and gives up only its own. */
	struct xen_ops ops;
	unsigned int restricts, drops;
	int restrict_error, drop_error;
	uint8_t *page;
	struct worker_setup setup;
	struct message_start start; /* what START will say, less the key */
	uint8_t key[SEAL_KEY_SIZE];
	pthread_t thread;
	bool running;
	int status;
	char failed[LOG_LINE_MAX]; /* the last FAILED's text */
	unsigned int complaints;   /* errors and warnings that it logged */
};

/* The one of this program. */
extern struct worker_rig w;

/* A new vTPM, and no worker yet; and the end, of a worker too. */
void rig_setup(void);
void rig_teardown(void);

/* A worker that has been told nothing; READY; and CONNECTED. */
void launch(void);
void start(void);
void start_connected(void);
void connect_ring(void);

/* Waits for its end; its status. */
int join(void);
/* Ends it in an orderly way. */
void stop(void);
/* It has ended by itself, having said FAILED if `said`, and holds nothing. */
void check_failed(bool said);

/* The daemon's messages. */
void send_type(uint32_t type);
void send_start(void);
void send_connect(uint32_t protocol, uint32_t ref, uint32_t port);
/* The type of the next message that is no line of the log, or an error. */
int next_message(void);

/* The guest: a command, its answer ("" when there is none), or both. */
uint8_t page_state(void);
void set_state(uint8_t state);
void submit(const char *command, uint8_t locality);
const char *answer(void);
const char *ask(const char *command);
const char *ask_in(const char *command, uint8_t locality);

/* Whether a file exists; "1/..." is the vTPM's. */
bool exists(const char *name);

#endif
