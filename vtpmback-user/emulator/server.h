/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop: one client of the data channel and one of the control channel at a
 * time; the next waits until it is gone.
 */
#ifndef SERVER_H
#define SERVER_H

#include "chip.h"
#include "conn.h"
#include "control.h"

struct server {
	struct chip *chip;
	struct conn data_conn, control_conn;
	struct control control;
	/* -1: none.  Listening sockets; readable when it is to end. */
	int data_fd, control_fd, end_fd;
};

/* All descriptors are -1, and the chip is still to come. */
void server_init(struct server *s);

/* For chip_setup.withdrawn; ctx is the server. */
bool server_withdrawn(void *ctx);

/*
 * Serves until end_fd is readable or the control channel says so.  The
 * descriptors stay the caller's.  Returns 0 or a negative errno value.
 */
int server_run(struct server *s);

#endif
