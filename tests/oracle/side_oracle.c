/* SPDX-License-Identifier: BSD-2-Clause */
/* libtpms' TPM in a process of its own (oracle.c). */
#include "side.h"

#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOCKET 3

struct child {
	struct side side;
	pid_t pid;
	int fd;
	const char *path;
};

static void die(const char *what)
{
	fprintf(stderr, "oracle: %s\n", what);
	exit(1);
}

static void start(struct child *c);

/* A crash is a finding, not our end. */
static size_t begin_anew(struct child *c, const uint8_t *req, size_t len)
{
	int status;

	fputs("oracle: ended by", stderr);
	for (size_t i = 0; i < len; i++)
		fprintf(stderr, " %02x", req[i]);
	fputc('\n', stderr);
	close(c->fd);
	if (waitpid(c->pid, &status, 0) != c->pid || !WIFSIGNALED(status))
		die("the process ended by itself");
	start(c);
	c->side.gone = true;
	return 0;
}

static size_t ask(struct child *c, enum request_kind kind, const uint8_t *req,
		  size_t len, uint8_t *rsp)
{
	const struct request r = { .kind = kind,
				   .len = (uint32_t)len,
				   .now = c->side.now };
	uint32_t n;

	if (!write_all(c->fd, &r, sizeof(r)) || !write_all(c->fd, req, len) ||
	    !read_all(c->fd, &n, sizeof(n)) || n > TSS_BUFFER ||
	    !read_all(c->fd, rsp, n))
		return begin_anew(c, req, len);
	return n;
}

static size_t transmit(void *ctx, const uint8_t *req, size_t len, uint8_t *rsp)
{
	const struct child *c = ctx;

	/* What it knew is gone: there is nothing to ask. */
	if (c->side.gone)
		return 0;
	return ask(ctx, REQUEST_EXECUTE, req, len, rsp);
}

static void fresh(struct side *side)
{
	side->gone = false;
	ask(side->tpm, REQUEST_FRESH, NULL, 0, NULL);
}

static void power(struct side *side)
{
	ask(side->tpm, REQUEST_POWER, NULL, 0, NULL);
}

/* All that there is, as far as we ask. */
static bool knows(uint32_t ordinal)
{
	return true;
}

static void end(struct side *side)
{
	struct child *c = side->tpm;

	close(c->fd);
	waitpid(c->pid, NULL, 0);
	free(c);
}

static void start(struct child *c)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
		die("no socket");
	c->pid = fork();
	if (c->pid < 0)
		die("no process");
	if (!c->pid) {
		/* dup2 to itself would keep close-on-exec. */
		if (dup2(dup(fd[1]), SOCKET) != SOCKET)
			_exit(126);
		execl(c->path, c->path, (char *)NULL);
		perror(c->path);
		_exit(127);
	}
	close(fd[1]);
	c->fd = fd[0];
}

struct side *side_oracle(const char *path)
{
	struct child *c = calloc(1, sizeof(*c));

	if (!c) {
		die("no memory");
		return NULL;
	}
	c->side = (struct side){
		.name = "libtpms",
		.tss = { .transmit = transmit, .ctx = c },
		.fresh = fresh,
		.power = power,
		.knows = knows,
		.close = end,
		.tpm = c,
	};
	/* A process that is gone is noticed by reading. */
	signal(SIGPIPE, SIG_IGN);
	c->path = path;
	start(c);
	return &c->side;
}
