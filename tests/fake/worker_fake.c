/* SPDX-License-Identifier: BSD-2-Clause */
/* See worker_fake.h. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel.h"
#include "engine_fake.h"
#include "worker.h"
#include "worker_fake.h"

extern char **environ;

/* ---- A ring that leads nowhere ---- */

static int none_bind(void *ctx, uint32_t domid, uint32_t port)
{
	(void)ctx;
	(void)domid;
	return port == WORKER_FAKE_PORT ? 1 : -EINVAL;
}

static int none_unbind(void *ctx, uint32_t local_port)
{
	(void)ctx;
	(void)local_port;
	return 0;
}

static int none_fd(void *ctx)
{
	return *(const int *)ctx;
}

static int none_pending(void *ctx)
{
	(void)ctx;
	return -EAGAIN;
}

static int none_map(void *ctx, uint32_t domid, const uint32_t *refs,
		    unsigned int n, void **pages)
{
	(void)ctx;
	(void)domid;
	if (refs[0] != WORKER_FAKE_REF)
		return -EPERM;
	*pages = mmap(NULL, n * 4096u, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return *pages == MAP_FAILED ? -ENOMEM : 0;
}

static int none_unmap(void *ctx, void *pages, unsigned int n)
{
	(void)ctx;
	return munmap(pages, n * 4096u) ? -errno : 0;
}

static int none_drop(void *ctx)
{
	(void)ctx;
	return 0;
}

static const struct xen_ops xen_ops_none = {
	.evtchn_bind = none_bind,
	.evtchn_unbind = none_unbind,
	.evtchn_fd = none_fd,
	.evtchn_pending = none_pending,
	.evtchn_unmask = none_unbind,
	.evtchn_notify = none_unbind,
	.evtchn_restrict = none_unbind,
	.map = none_map,
	.unmap = none_unmap,
	.map_drop = none_drop,
};

int worker_fake_serve(const struct engine *engine, bool sandbox)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	const struct worker_setup setup = {
		.engine = engine,
		.xen = &xen_ops_none,
		.xen_ctx = &fd,
		.channel_fd = WORKER_FD_CHANNEL,
		.state_fd = WORKER_FD_STATE,
		.live_fd = WORKER_FD_LIVE,
		.sandbox = sandbox,
	};

	return worker_run(&setup);
}

static int serve(bool sandbox)
{
	engine_fake_control()->background_fd = -1;
	return worker_fake_serve(&engine_fake, sandbox);
}

/* ---- Others ---- */

static void say(uint32_t type, const char *text)
{
	struct message m = { .type = type };

	if (type == MESSAGE_FAILED)
		snprintf(m.u.failed.text, sizeof(m.u.failed.text), "%s", text);
	if (type == MESSAGE_LOG) {
		m.u.log.level = LOG_LEVEL_INFO;
		snprintf(m.u.log.text, sizeof(m.u.log.text), "%s", text);
	}
	channel_send(WORKER_FD_CHANNEL, &m);
}

static void hear(void)
{
	struct message m;

	channel_receive(WORKER_FD_CHANNEL, true, true, &m);
}

/* Until it is killed. */
static int wait_for_ever(void)
{
	do
		pause();
	while (errno == EINTR);
	return 1;
}

static bool is_null(int fd)
{
	struct stat st, null;

	return !fstat(fd, &st) && !stat("/dev/null", &null) &&
	       st.st_rdev == null.st_rdev;
}

static const char *inspect_descriptors(void)
{
	struct stat st;
	int i;

	for (i = 0; i < 3; i++)
		if (!is_null(i))
			return "a standard stream is not /dev/null";
	if (fstat(WORKER_FD_CHANNEL, &st) || !S_ISSOCK(st.st_mode))
		return "no channel";
	if (fstat(WORKER_FD_STATE, &st) || !S_ISDIR(st.st_mode))
		return "no directory";
	if (fstat(WORKER_FD_LIVE, &st) || !S_ISREG(st.st_mode))
		return "no live file";
	for (i = WORKER_FD_END; i < 1024; i++)
		if (fcntl(i, F_GETFD) >= 0)
			return "a descriptor more";
	return "";
}

/* Of those that no sanitizer deals with. */
static const char *inspect_signals(void)
{
	static const int signals[] = { SIGHUP,	SIGINT,	 SIGPIPE, SIGTERM,
				       SIGCHLD, SIGUSR1, SIGALRM };
	struct sigaction sa;
	sigset_t mask;
	size_t i;

	if (sigprocmask(SIG_SETMASK, NULL, &mask))
		return "no signal mask";
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigismember(&mask, signals[i]) ||
		    sigaction(signals[i], NULL, &sa) ||
		    sa.sa_handler != SIG_DFL)
			return "a signal that is dealt with";
	return getpgid(0) == getpid() ? "" : "no process group of its own";
}

/* What it has inherited and what not; "" when all is as it should be. */
static const char *inspect(void)
{
	const char *text = inspect_descriptors();

	if (*text)
		return text;
	if (!environ[0] || strcmp(environ[0], "LC_ALL=C") != 0 || environ[1])
		return "another environment";
	return inspect_signals();
}

static int report_inspection(void)
{
	const char *text = inspect();

	say(MESSAGE_FAILED, *text ? text : "inherited what it should");
	return 1;
}

__attribute__((noreturn)) static void flood(uint32_t type)
{
	const struct message bad = { .type = type };
	char text[32];
	unsigned int i;

	for (i = 0;; i++) {
		snprintf(text, sizeof(text), "line %u", i);
		if (type == MESSAGE_LOG)
			say(MESSAGE_LOG, text);
		else
			send(WORKER_FD_CHANNEL, &bad, sizeof(bad),
			     MSG_NOSIGNAL);
	}
}

static int last_words(void)
{
	unsigned int i;

	for (i = 0; i < 100; i++)
		say(MESSAGE_LOG, "a line");
	say(MESSAGE_FAILED, "last words");
	return 1;
}

static int misbehave(const char *how)
{
	if (!strcmp(how, "out of turn"))
		say(MESSAGE_CONNECTED, "");
	else if (!strcmp(how, "wrong direction"))
		say(MESSAGE_STOP, "");
	else if (!strcmp(how, "empty"))
		send(WORKER_FD_CHANNEL, "", 0, MSG_NOSIGNAL);
	else if (!strcmp(how, "garbage"))
		send(WORKER_FD_CHANNEL, how, strlen(how), MSG_NOSIGNAL);
	else if (!strcmp(how, "deaf"))
		shutdown(WORKER_FD_CHANNEL, SHUT_RDWR);
	else if (!strcmp(how, "closed"))
		close(WORKER_FD_CHANNEL);
	else if (!strcmp(how, "flood of nonsense"))
		flood(99);
	else if (!strcmp(how, "flood of lines"))
		flood(MESSAGE_LOG);
	else if (!strcmp(how, "ready twice")) {
		say(MESSAGE_READY, "");
		say(MESSAGE_READY, "");
	}
	return wait_for_ever();
}

/* How it was told to connect. */
static int report_protocol(void)
{
	struct message m;
	char text[32];

	hear();
	say(MESSAGE_READY, "");
	channel_receive(WORKER_FD_CHANNEL, true, true, &m);
	snprintf(text, sizeof(text), "protocol %u", m.u.connect.protocol);
	say(MESSAGE_FAILED, text);
	return 1;
}

static int report_localities(const struct message_start *start)
{
	char text[32];

	snprintf(text, sizeof(text), "localities %x", start->localities);
	say(MESSAGE_FAILED, text);
	return 1;
}

/* Tells how many it was told of, and dies when it is to connect. */
static int count_crashes(const struct message_start *start, int sig)
{
	struct message m;
	char text[32];

	snprintf(text, sizeof(text), "crashes: %u", start->crashes);
	say(MESSAGE_LOG, text);
	say(MESSAGE_READY, "");
	channel_receive(WORKER_FD_CHANNEL, true, true, &m);
	return raise(sig);
}

static int act(const char *how, const struct message_start *start)
{
	if (!strcmp(how, "crashes connecting"))
		return count_crashes(start, SIGABRT);
	if (!strcmp(how, "is killed connecting"))
		return count_crashes(start, SIGKILL);
	if (!strcmp(how, "protocol"))
		return report_protocol();
	if (!strcmp(how, "inspect"))
		return report_inspection();
	if (!strcmp(how, "localities"))
		return report_localities(start);
	if (!strcmp(how, "last words"))
		return last_words();
	if (!strcmp(how, "status 9"))
		return 9;
	if (!strcmp(how, "crash"))
		abort();
	if (!strcmp(how, "stubborn")) {
		hear();
		say(MESSAGE_READY, "");
		return wait_for_ever();
	}
	return misbehave(how);
}

int worker_fake_main(void)
{
	char path[32], how[64];
	struct message m;
	ssize_t n;
	int fd;

	/* What the daemon has said stays to be read. */
	n = recv(WORKER_FD_CHANNEL, &m, sizeof(m), MSG_PEEK);
	if (n <= 0)
		return 1;
	snprintf(path, sizeof(path), "behave-%u", m.u.start.instance);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return serve(false);
	n = read(fd, how, sizeof(how) - 1);
	close(fd);
	how[n < 0 ? 0 : n] = '\0';
	if (!strcmp(how, "patient")) {
		while (!faccessat(AT_FDCWD, path, F_OK, 0))
			usleep(1000);
		return serve(false);
	}
	return strcmp(how, "sandbox") != 0 ? act(how, &m.u.start) : serve(true);
}
