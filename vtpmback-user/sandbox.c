/* SPDX-License-Identifier: BSD-2-Clause */
/* A worker's sandbox: see sandbox.h. */

#include "config.h"

#include <errno.h>
#include <grp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
/* Linux' two need the types of Xen's two. */
#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/evtchn.h>
#include <xen/gntdev.h>

#include "sandbox.h"

/* What one argument must be: (argument & mask) == value. */
struct check {
	int arg;		/* its number; -1: no more to check */
	uint64_t mask, value;
};

/* How long a system call is allowed. */
enum phase {
	SERVING,		/* to the end */
	MAPPING,		/* ... if each packet is to be mapped */
	CONNECTING,		/* up to sandbox_close */
};

/* A rule: a system call, at times only with arguments as given. */
struct rule {
	int call;
	enum phase phase;
	struct check checks[2];
};

#define ANY	      { { -1, 0, 0 }, { -1, 0, 0 } }
#define ARG(...)      { { __VA_ARGS__ }, { -1, 0, 0 } }
#define ALLOW(name)   { SCMP_SYS(name), SERVING, ANY }
#define ENTERING(name) { SCMP_SYS(name), CONNECTING, ANY }
#define IOCTL(phase, request)                                                  \
	{ SCMP_SYS(ioctl), (phase), ARG(1, UINT32_MAX, (request)) }
#define ALLOW_IOCTL(request)	IOCTL(SERVING, request)
#define MAPPING_IOCTL(request)	IOCTL(MAPPING, request)
#define ENTERING_IOCTL(request) IOCTL(CONNECTING, request)

static const struct rule rules[] = {
	/* the loop: event channel, ring, daemon */
	ALLOW(poll), ALLOW(ppoll), ALLOW(read), ALLOW(write), ALLOW(sendto),
	ALLOW(recvfrom), ALLOW(restart_syscall),
	ALLOW_IOCTL(IOCTL_EVTCHN_NOTIFY), ALLOW_IOCTL(IOCTL_EVTCHN_UNBIND),
	/* the state */
	ALLOW(openat), ALLOW(close), ALLOW(fsync), ALLOW(renameat),
	ALLOW(renameat2), ALLOW(linkat), ALLOW(unlinkat), ALLOW(pread64),
	ALLOW(pwrite64), ALLOW(fstat), ALLOW(newfstatat),
	/* memory; never executable */
	{ SCMP_SYS(mmap), SERVING, { { 3, MAP_ANONYMOUS, MAP_ANONYMOUS },
				     { 2, PROT_EXEC, 0 } } },
	{ SCMP_SYS(mprotect), SERVING, ARG(2, PROT_EXEC, 0) },
	ALLOW(munmap), ALLOW(mremap), ALLOW(madvise), ALLOW(brk),
	/* threads, time, random bytes, the end */
	ALLOW(futex), ALLOW(gettid), ALLOW(getpid), ALLOW(sched_yield),
	ALLOW(clock_gettime), ALLOW(clock_nanosleep), ALLOW(nanosleep),
	ALLOW(getrandom), ALLOW(rt_sigprocmask), ALLOW(rt_sigreturn),
	ALLOW(tgkill), ALLOW(exit), ALLOW(exit_group),
	/* reading the state and connecting */
	ENTERING(flock), ENTERING(faccessat), ENTERING(faccessat2),
	ENTERING(lseek), ENTERING(fcntl), ENTERING(prctl), ENTERING(seccomp),
	{ SCMP_SYS(mmap), CONNECTING, ARG(2, PROT_EXEC, 0) },
	ENTERING_IOCTL(IOCTL_EVTCHN_BIND_INTERDOMAIN),
	ENTERING_IOCTL(IOCTL_EVTCHN_RESTRICT_DOMID),
	/* mapping the ring; with protocol 1, each packet */
	MAPPING_IOCTL(IOCTL_GNTDEV_MAP_GRANT_REF),
	MAPPING_IOCTL(IOCTL_GNTDEV_UNMAP_GRANT_REF),
	MAPPING_IOCTL(IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR),
	{ SCMP_SYS(mmap), MAPPING, { { 3, UINT32_MAX, MAP_SHARED },
				     { 2, PROT_EXEC, 0 } } },
};

static int add_rule(scmp_filter_ctx filter, const struct rule *rule)
{
	struct scmp_arg_cmp cmp[2];
	unsigned int n;

	for (n = 0; n < 2 && rule->checks[n].arg >= 0; n++)
		cmp[n] = (struct scmp_arg_cmp){
			.arg = (unsigned int)rule->checks[n].arg,
			.op = SCMP_CMP_MASKED_EQ,
			.datum_a = rule->checks[n].mask,
			.datum_b = rule->checks[n].value,
		};
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rule->call, n,
				      cmp);
}

static int install(enum sandbox_mode mode, enum phase phase)
{
	scmp_filter_ctx filter;
	size_t i;
	int r;

	if (mode == SANDBOX_OFF)
		return 0;
	filter = seccomp_init(mode == SANDBOX_LOG ? SCMP_ACT_LOG
						  : SCMP_ACT_TRAP);
	if (!filter)
		return -ENOMEM;
	r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	for (i = 0; !r && i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].phase <= phase)
			r = add_rule(filter, &rules[i]);
	if (!r)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r;
}

/*
 * The number of the call is what mends a list that is too short.  Only calls
 * that are safe in a signal handler, and in the list.
 */
static void report_and_exit(int sig, siginfo_t *info, void *context)
{
	struct message m = { .type = MESSAGE_LOG };
	static const char text[] = "sandbox: system call number ";
	char *p = m.u.log.text;
	int div, n = info->si_syscall;

	(void)sig;
	(void)context;
	m.u.log.level = LOG_LEVEL_ERROR;
	memcpy(p, text, sizeof(text) - 1);
	p += sizeof(text) - 1;
	for (div = 1000; div > 0; div /= 10)
		*p++ = (char)('0' + n / div % 10);
	channel_send(WORKER_FD_CHANNEL, &m);
	_exit(SANDBOX_EXIT);
}

static int catch_sigsys(void)
{
	struct sigaction sa = { .sa_sigaction = report_and_exit,
				.sa_flags = SA_SIGINFO };

	sigfillset(&sa.sa_mask);
	return sigaction(SIGSYS, &sa, NULL) < 0 ? -errno : 0;
}

static int limit(__rlimit_resource_t resource, rlim_t most)
{
	const struct rlimit limits = { most, most };

	return setrlimit(resource, &limits) < 0 ? -errno : 0;
}

static int become(uint32_t uid)
{
	if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 ||
	    setresuid(uid, uid, uid) < 0)
		return -errno;
	/* Not being root any more is the point: see it. */
	if (setuid(0) == 0 || setgid(0) == 0)
		return -EPERM;
	return 0;
}

static int set_root(int root_fd)
{
	if (fchdir(root_fd) < 0 || chroot(".") < 0)
		return -errno;
	return 0;
}

int sandbox_enter(enum sandbox_mode mode, int root_fd, uint32_t uid,
		  const char **what)
{
	int r;

	*what = "resource limits";
	r = limit(RLIMIT_CORE, 0);
	if (!r)
		r = limit(RLIMIT_NPROC, 0);
	if (!r && prctl(PR_SET_DUMPABLE, 0) < 0)
		r = -errno;
	if (r)
		return r;
	*what = "chroot";
	r = set_root(root_fd);
	if (r)
		return r;
	*what = "changing to the vTPM's own user";
	r = become(uid);
	if (r)
		return r;
	*what = "ending with the daemon";
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	*what = "no-new-privileges";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	*what = "system call filter";
	r = catch_sigsys();
	return r ? r : install(mode, CONNECTING);
}

int sandbox_close(enum sandbox_mode mode, bool maps_packets)
{
	return install(mode, maps_packets ? MAPPING : SERVING);
}
