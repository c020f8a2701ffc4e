/* SPDX-License-Identifier: BSD-2-Clause */
/* See parent_rig.h. */

#include "config.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults.h"
#include "parent_rig.h"
#include "template.h"
#include "tree.h"
#include "xenbus.h"

struct parent_rig h;

/* ---- The log ---- */

static void on_line(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	pthread_mutex_lock(&h.lock);
	if (h.n_lines < LINES) {
		snprintf(h.lines[h.n_lines], LOG_LINE_MAX, "%s", line);
		h.levels[h.n_lines++] = level;
	}
	pthread_mutex_unlock(&h.lock);
}

/* How many lines of at least that importance have text in them. */
unsigned int lines_with(enum log_level level, const char *text)
{
	unsigned int i, n = 0;

	pthread_mutex_lock(&h.lock);
	for (i = 0; i < h.n_lines; i++)
		n += h.levels[i] <= level && strstr(h.lines[i], text);
	pthread_mutex_unlock(&h.lock);
	return n;
}

unsigned int complaints(void)
{
	return lines_with(LOG_LEVEL_WARNING, "");
}

/* ---- The daemon ---- */

static void look(void *ctx, uint32_t domid, struct domain_info *info)
{
	(void)ctx;
	memset(info, 0, sizeof(*info));
	pthread_mutex_lock(&h.lock);
	if (domid < DOMAINS)
		*info = h.domains[domid];
	pthread_mutex_unlock(&h.lock);
}

void domain_is(uint32_t domid, enum domain_state state)
{
	pthread_mutex_lock(&h.lock);
	h.domains[domid].state = state;
	h.domains[domid].ran = true;
	pthread_mutex_unlock(&h.lock);
	if (state != DOMAIN_RUNNING)
		xs_fake_fire(h.store, "@releaseDomain");
}

void domain_runs(uint32_t domid)
{
	domain_is(domid, DOMAIN_RUNNING);
}

void domain_is_machine(uint32_t domid, uint32_t machine)
{
	pthread_mutex_lock(&h.lock);
	h.domains[domid].uuid[0] = (uint8_t)machine;
	pthread_mutex_unlock(&h.lock);
}

static int word_bits(void *ctx, uint32_t domid)
{
	(void)ctx;
	return domid == h.narrow ? 32 : 64;
}

static void *run_parent(void *arg)
{
	static const struct domains_ops ops = { look, word_bits };
	const struct parent_setup setup = {
		.options = &h.options,
		.xs = h.daemon,
		.domains = { &ops, NULL },
		.dirs = &h.dirs,
		.own_domid = 0,
	};

	(void)arg;
	h.status = parent_run(&setup);
	return NULL;
}

void start_daemon(void)
{
	ck_assert_int_eq(statedir_open(&h.dirs, h.state, h.run, NULL), 0);
	h.daemon = xs_fake_connect(h.store, 0);
	if (h.failing_watch)
		xs_fake_fail(h.daemon, XS_FAKE_WATCH, h.failing_watch, 1, -EIO);
	ck_assert_int_eq(pthread_create(&h.thread, NULL, run_parent, NULL), 0);
	h.running = true;
}

/* Waits for its end; its exit status.  No process of its is left. */
int join_daemon(void)
{
	ck_assert_int_eq(pthread_join(h.thread, NULL), 0);
	h.running = false;
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	statedir_close(&h.dirs);
	xs_fake_disconnect(h.daemon);
	return h.status;
}

int stop_daemon(void)
{
	kill(getpid(), SIGTERM);
	return join_daemon();
}

void rig_setup(void)
{
	static const struct options defaults = {
		.domain = OPTIONS_ALL_DOMAINS,
		.sandbox = SANDBOX_ENFORCE,
		.log_level = LOG_LEVEL_INFO,
	};
	char self[PATH_MAX];
	uint32_t domid;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	ck_assert_int_gt((int)n, 0);
	self[n] = '\0';
	memset(&h, 0, sizeof(h));
	pthread_mutex_init(&h.lock, NULL);
	faults_arm(FAULTS_ANY, 0, 0);
	snprintf(h.dir, sizeof(h.dir), "/tmp/check_parent.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(h.dir));
	ck_assert_int_eq(chmod(h.dir, 0755), 0);
	ck_assert_int_eq(chdir(h.dir), 0);
	/* The program to start is here: see main. */
	ck_assert_int_eq(symlink(self, TEMPLATE_NAME), 0);
	snprintf(h.state, sizeof(h.state), "%s/state", h.dir);
	snprintf(h.run, sizeof(h.run), "%s/run", h.dir);
	snprintf(h.pid_file, sizeof(h.pid_file), "%s/pid", h.dir);
	h.options = defaults;
	for (domid = 0; domid < DOMAINS; domid++) {
		h.domains[domid].state = DOMAIN_RUNNING;
		domain_is_machine(domid, domid);
	}
	h.store = xs_fake_new();
	h.tool = xs_fake_connect(h.store, 0);
	xs_fake_give(h.store, "/local/domain/0/error/backend/vtpm", 0, 0);
	xs_fake_give(h.store, "/local/domain/0/backend/vtpm", 0, 0);
	h.before = xs_fake_dump(h.store);
	log_to_function(on_line, NULL);
}

void rig_teardown(void)
{
	if (h.running)
		ck_assert_int_eq(stop_daemon(), 0);
	log_to_function(NULL, NULL);
	xs_fake_free(h.store);
	free(h.before);
	ck_assert_int_eq(chdir("/"), 0);
	tree_remove(h.dir);
}

/* ---- The toolstack and guests ---- */

/* A node of the front end's directory, or of the back end's; or all of it. */
const char *node_path(uint32_t domid, bool is_front, const char *node)
{
	static char path[128];

	snprintf(path, sizeof(path),
		 is_front ? "/local/domain/%u/device/vtpm/0%s%s"
			  : "/local/domain/0/backend/vtpm/%u/0%s%s",
		 domid, *node ? "/" : "", node);
	return path;
}

void put(uint32_t t, const char *path, const char *value)
{
	h.tool.ops->write(h.tool.ctx, t, path, value);
}

void take(uint32_t t, const char *path)
{
	h.tool.ops->remove(h.tool.ctx, t, path);
}

void front(uint32_t domid, const char *node, const char *value)
{
	put(XS_NO_TRANSACTION, node_path(domid, true, node), value);
}

void back(uint32_t domid, const char *node, const char *value)
{
	put(XS_NO_TRANSACTION, node_path(domid, false, node), value);
}

void attach_uuid(uint32_t domid, const char *uuid)
{
	char path[128];

	front(domid, "state", "1");
	back(domid, "online", "1");
	back(domid, "state", "1");
	if (uuid)
		back(domid, "uuid", uuid);
	snprintf(path, sizeof(path), "/local/domain/%u/device/vtpm/0", domid);
	back(domid, "frontend", path);
}

void attach(uint32_t domid)
{
	char uuid[40];

	snprintf(uuid, sizeof(uuid), "0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b%04u",
		 domid);
	attach_uuid(domid, uuid);
}

int state(uint32_t domid)
{
	char path[128], value[16];

	snprintf(path, sizeof(path), "/local/domain/0/backend/vtpm/%u/0/state",
		 domid);
	if (h.tool.ops->read(h.tool.ctx, XS_NO_TRANSACTION, path, value,
			     sizeof(value)))
		return 0;
	return (int)xenbus_state_parse(value);
}

void wait_state(uint32_t domid, int wanted)
{
	int i;

	for (i = 0; i < 2000 && state(domid) != wanted; i++)
		usleep(5000);
	ck_assert_msg(state(domid) == wanted, "%d is not %d", state(domid),
		      wanted);
}

void wait_some_lines(enum log_level level, const char *text, unsigned int n)
{
	int i;

	for (i = 0; i < 2000 && lines_with(level, text) < n; i++)
		usleep(5000);
	ck_assert_uint_ge(lines_with(level, text), n);
}

void wait_lines(enum log_level level, const char *text, unsigned int n)
{
	wait_some_lines(level, text, n);
	ck_assert_uint_eq(lines_with(level, text), n);
}

void offer_ring_v1(uint32_t domid, const char *ref)
{
	front(domid, "ring-ref", ref);
	front(domid, "event-channel", "11");
	front(domid, "state", "4");
}

void offer_ring(uint32_t domid, const char *ref)
{
	front(domid, "ring-ref", ref);
	front(domid, "event-channel", "11");
	front(domid, "feature-protocol-v2", "1");
	front(domid, "state", "3");
}

void connect_guest(uint32_t domid)
{
	wait_state(domid, XENBUS_INIT_WAIT);
	offer_ring(domid, "8");
	wait_state(domid, XENBUS_CONNECTED);
	front(domid, "state", "4");
	domain_runs(domid);
}

void attach_connected(uint32_t domid)
{
	attach(domid);
	connect_guest(domid);
}

/* As xl destroy; the front end's directory goes first. */
void detach(uint32_t domid)
{
	char path[128];
	uint32_t t;

	do {
		h.tool.ops->start(h.tool.ctx, &t);
		take(t, node_path(domid, true, ""));
		put(t, node_path(domid, false, "online"), "0");
		put(t, node_path(domid, false, "state"), "5");
	} while (h.tool.ops->end(h.tool.ctx, t, false) == -EAGAIN);
	wait_state(domid, XENBUS_CLOSED);
	snprintf(path, sizeof(path), "/local/domain/0/backend/vtpm/%u", domid);
	take(XS_NO_TRANSACTION, path);
	snprintf(path, sizeof(path), "/local/domain/%u", domid);
	take(XS_NO_TRANSACTION, path);
}

/* The instance's worker shall behave like this. */
void behave(unsigned int instance, const char *how)
{
	char path[32];
	FILE *f;

	snprintf(path, sizeof(path), "behave-%u", instance);
	f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	fputs(how, f);
	fclose(f);
}

bool exists(const char *path)
{
	/* We are in the directory that has both. */
	return !faccessat(AT_FDCWD, path, F_OK, 0);
}

void wait_exists(const char *path, bool wanted)
{
	int i;

	for (i = 0; i < 2000 && exists(path) != wanted; i++)
		usleep(5000);
	ck_assert_msg(exists(path) == wanted, "%s", path);
}

unsigned int processes(const char *name, pid_t *pids, unsigned int most)
{
	char path[64], line[512], wanted[32];
	unsigned int n = 0;
	struct dirent *e;
	int pid, parent;
	DIR *dir = opendir("/proc");
	FILE *f;

	snprintf(wanted, sizeof(wanted), " (%s) ", name);
	while ((e = readdir(dir))) {
		pid = (int)strtol(e->d_name, NULL, 10);
		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		f = pid > 0 ? fopen(path, "re") : NULL;
		if (!f)
			continue;
		if (fgets(line, sizeof(line), f) && strrchr(line, ')') &&
		    strstr(line, wanted)) {
			parent = (int)strtol(strrchr(line, ')') + 4, NULL, 10);
			if (parent == getpid()) {
				if (n < most)
					pids[n] = pid;
				n++;
			}
		}
		fclose(f);
	}
	closedir(dir);
	return n;
}

unsigned int workers(pid_t *one)
{
	return processes(WORKER_NAME, one, 1);
}

void wait_workers(unsigned int wanted)
{
	pid_t one;
	int i;

	for (i = 0; i < 2000 && workers(&one) != wanted; i++)
		usleep(5000);
	ck_assert_uint_eq(workers(&one), wanted);
}

void check_nothing_left(void)
{
	char *after = NULL;
	int i;

	/* What the daemon removes it removes a moment later. */
	for (i = 0; i < 400; i++) {
		free(after);
		after = xs_fake_dump(h.store);
		if (!strcmp(after, h.before))
			break;
		usleep(5000);
	}
	ck_assert_str_eq(after, h.before);
	free(after);
	wait_workers(0);
}
