/* SPDX-License-Identifier: BSD-2-Clause */
/* Where clients connect to. */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>

struct address {
	enum {
		ADDRESS_NONE,
		ADDRESS_TCP,
		ADDRESS_UNIX
	} kind;
	/* Of TCP; an empty host is 127.0.0.1. */
	char host[256];
	char port[6];
	/* Of a Unix socket; points into what was parsed. */
	const char *path;
};

/* "HOST:PORT", "[HOST]:PORT", "PORT"; 0 or -EINVAL. */
int address_parse_tcp(const char *text, struct address *a);
/* "PATH" */
int address_parse_unix(const char *text, struct address *a);
/* "tcp:" or "unix:" in front of one of these. */
int address_parse(const char *text, struct address *a);

struct listener {
	int fd; /* -1: none */
	const char *path;
};

/*
 * Listens there, and logs where, or why not.  A Unix socket that nobody listens
 * to any more is replaced; it is for this user alone.  A TCP port that others
 * than this machine can reach is warned of.
 *
 * 0 or a negative errno value.  ADDRESS_NONE: nothing is done.
 */
int listener_open(struct listener *l, const struct address *a,
		  const char *what);
/* And removes the socket's file. */
void listener_close(struct listener *l);

#endif
