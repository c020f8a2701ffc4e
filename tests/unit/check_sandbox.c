/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sandbox on a real kernel: children enter it and do what they may or must
 * not.  Root only; skipped for others.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <poll.h>
#include <unistd.h>
/* Linux' two need the types of Xen's two. */
#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/evtchn.h>
#include <xen/gntdev.h>

#include "channel.h"
#include "live.h"
#include "sandbox.h"
#include "seal.h"
#include "store.h"
#include "suite.h"
#include "tpm12.h"

#define UID 2000000123u

static char dir[64];
static int dir_fd, fds[2];

/* How far into the sandbox an act takes place. */
enum place {
	OUTSIDE,
	ENTERED,
	CLOSED,
	CLOSED_MAPPING /* for a ring whose packets are mapped */
};

typedef int act_fn(void);

static void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/check_sandbox.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(fchown(dir_fd, UID, UID), 0);
	ck_assert_int_eq(channel_pair(fds), 0);
}

static void teardown(void)
{
	static const char *const names[] = { "permanent", "new", "a", "b" };
	size_t i;

	for (i = 0; i < 4; i++)
		unlinkat(dir_fd, names[i], 0);
	close(dir_fd);
	close(fds[0]);
	close(fds[1]);
	ck_assert_int_eq(rmdir(dir), 0);
}

/* A worker's descriptors: its channel, where the sandbox reports. */
static void take_place(void)
{
	const int root = fcntl(dir_fd, F_DUPFD, WORKER_FD_END);

	if (fcntl(fds[1], F_GETFD) < 0 || dup2(fds[1], WORKER_FD_CHANNEL) < 0 ||
	    root < 0)
		_exit(90);
	dir_fd = root;
}

static void go(enum sandbox_mode mode, enum place place)
{
	const char *what;

	if (place >= ENTERED && sandbox_enter(mode, dir_fd, UID, &what))
		_exit(91);
	if (place >= CLOSED && sandbox_close(mode, place == CLOSED_MAPPING))
		_exit(92);
}

/* What the child's end says: its status, or minus the signal. */
static int end_of(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int run(enum sandbox_mode mode, enum place place, act_fn *act)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		take_place();
		go(mode, place);
		_exit(act());
	}
	return end_of(pid);
}

/* ---- What a worker is after it has entered ---- */

static int wait_for_end(void)
{
	char c;

	return read(WORKER_FD_CHANNEL, &c, 1) < 0;
}

/* A child that stays in the sandbox, to be looked at. */
static pid_t stay(enum sandbox_mode mode, enum place place)
{
	struct message m;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		const struct message ready = { .type = MESSAGE_READY };

		take_place();
		/* A thread, which is bound by all of it as well. */
		if (!tpm12_keypool_start(512, 1))
			_exit(93);
		go(mode, place);
		channel_send(WORKER_FD_CHANNEL, &ready);
		_exit(wait_for_end());
	}
	ck_assert_int_eq(channel_receive(fds[0], false, true, &m), 0);
	ck_assert_uint_eq(m.type, MESSAGE_READY);
	return pid;
}

static void let_go(pid_t pid)
{
	kill(pid, SIGKILL);
	ck_assert_int_eq(end_of(pid), -SIGKILL);
}

/* The value of a line "NAME:\tVALUE\n" of /proc/PID/task/TID/FILE. */
static const char *proc_line(const char *path, const char *name)
{
	static char line[512];
	const size_t len = strlen(name);
	FILE *f = fopen(path, "re");
	bool found = false;

	ck_assert_msg(f != NULL, "%s", path);
	while (!found && fgets(line, sizeof(line), f))
		found = !strncmp(line, name, len);
	fclose(f);
	ck_assert_msg(found, "%s in %s", name, path);
	line[strcspn(line, "\n")] = '\0';
	return line + len + strspn(line + len, ": \t");
}

static void check_thread(const char *path, int seccomp, bool own)
{
	char ids[64];

	snprintf(ids, sizeof(ids), "%u\t%u\t%u\t%u", UID, UID, UID, UID);
	ck_assert_str_eq(proc_line(path, "Uid:"), ids);
	ck_assert_str_eq(proc_line(path, "Gid:"), ids);
	ck_assert_str_eq(proc_line(path, "Groups:"), "");
	ck_assert_str_eq(proc_line(path, "CapEff:"), "0000000000000000");
	ck_assert_str_eq(proc_line(path, "CapPrm:"), "0000000000000000");
	ck_assert_str_eq(proc_line(path, "CapInh:"), "0000000000000000");
	ck_assert_str_eq(proc_line(path, "CapAmb:"), "0000000000000000");
	/* Without a filter Linux has no way to say this for others. */
	if (own || seccomp)
		ck_assert_str_eq(proc_line(path, "NoNewPrivs:"), "1");
	ck_assert_int_eq((int)strtol(proc_line(path, "Seccomp:"), NULL, 10),
			 seccomp);
}

START_TEST(every_thread_has_given_up_its_privileges)
{
	static const struct {
		enum sandbox_mode mode;
		enum place place;
		int seccomp;
	} cases[] = {
		{ SANDBOX_OFF, ENTERED, 0 },	 { SANDBOX_OFF, CLOSED, 0 },
		{ SANDBOX_LOG, ENTERED, 2 },	 { SANDBOX_LOG, CLOSED, 2 },
		{ SANDBOX_ENFORCE, ENTERED, 2 }, { SANDBOX_ENFORCE, CLOSED, 2 },
	};
	pid_t pid = stay(cases[_i].mode, cases[_i].place);
	char path[128], root[128];
	unsigned int threads = 0;
	ssize_t n;
	int tid;

	/* Threads of a process that was just forked are numbered closely. */
	for (tid = pid; tid < pid + 200; tid++) {
		snprintf(path, sizeof(path), "/proc/%d/task/%d/status", pid,
			 tid);
		if (faccessat(AT_FDCWD, path, F_OK, 0))
			continue;
		check_thread(path, cases[_i].seccomp, tid == pid);
		threads++;
	}
	ck_assert_uint_eq(threads, 2);
	snprintf(path, sizeof(path), "/proc/%d/root", pid);
	n = readlink(path, root, sizeof(root) - 1);
	ck_assert_int_gt((int)n, 0);
	root[n] = '\0';
	ck_assert_str_eq(root, dir);
	snprintf(path, sizeof(path), "/proc/%d/limits", pid);
	ck_assert_str_eq(
		proc_line(path, "Max core file size"),
		"0                    0                    bytes     ");
	ck_assert_str_eq(proc_line(path, "Max processes"),
			 "0                    0                    "
			 "processes ");
	let_go(pid);
}
END_TEST

/* Not dumpable: nobody of its own user id can look into it. */
START_TEST(its_memory_is_nobodys)
{
	pid_t pid = stay(SANDBOX_ENFORCE, CLOSED);
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_uid, 0);
	let_go(pid);
}
END_TEST

/* ---- What it may do ---- */

static int work_on_files(void)
{
	struct timespec ts = { 0, 1000 };
	struct pollfd p = { WORKER_FD_CHANNEL, POLLIN, 0 };
	char text[5] = "";
	int fd = openat(dir_fd, "a", O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || pwrite(fd, "text", 4, 0) != 4 || fsync(fd) ||
	    pread(fd, text, 4, 0) != 4 || strcmp(text, "text") != 0 ||
	    close(fd) || linkat(dir_fd, "a", dir_fd, "b", 0) ||
	    renameat(dir_fd, "a", dir_fd, "c") || unlinkat(dir_fd, "b", 0) ||
	    unlinkat(dir_fd, "c", 0))
		return 1;
	if (poll(&p, 1, 1) != 0 || nanosleep(&ts, NULL) ||
	    clock_gettime(CLOCK_MONOTONIC, &ts))
		return 2;
	return 0;
}

static int use_memory(void)
{
	void *blocks[64];
	size_t i;

	/* Small ones, and those that malloc maps. */
	for (i = 0; i < 64; i++) {
		blocks[i] = malloc((size_t)1 << (i % 22));
		if (!blocks[i])
			return 1;
		memset(blocks[i], 1, (size_t)1 << (i % 22));
	}
	for (i = 0; i < 64; i++) {
		blocks[i] = realloc(blocks[i], 300000);
		if (!blocks[i])
			return 2;
	}
	for (i = 0; i < 64; i++)
		free(blocks[i]);
	return 0;
}

static int use_libcrypto(void)
{
	static const uint8_t key[SEAL_KEY_SIZE] = { 1 };
	uint8_t text[100] = { 2 }, blob[sizeof(text) + SEAL_OVERHEAD];
	struct sealer *s = sealer_new(key, "a place");
	uint64_t counter;
	int r;

	if (!s)
		return 1;
	r = sealer_seal(s, text, sizeof(text), blob);
	if (!r)
		r = sealer_open(s, blob, sizeof(blob), text, &counter);
	sealer_free(s);
	return r != 0;
}

static int talk(void)
{
	const struct message m = { .type = MESSAGE_READY };

	return channel_send(WORKER_FD_CHANNEL, &m) != 0;
}

static int do_nothing(void)
{
	return 0;
}

/* What the toolchain's libraries ask for does not always come at once. */
static act_fn *const allowed[] = { work_on_files, use_memory, use_libcrypto,
				   talk, do_nothing };

START_TEST(a_worker_can_do_its_work)
{
	ck_assert_int_eq(run(SANDBOX_ENFORCE, ENTERED, allowed[_i]), 0);
	ck_assert_int_eq(run(SANDBOX_ENFORCE, CLOSED, allowed[_i]), 0);
	ck_assert_int_eq(run(SANDBOX_LOG, CLOSED, allowed[_i]), 0);
}
END_TEST

/* Its state is read inside, and kept to the end. */
static int keep_state(void)
{
	static const uint8_t key[SEAL_KEY_SIZE] = { 1 };
	struct store *store;
	struct live *kept;
	uint8_t *state;
	size_t len;
	int r, live = memfd_create("live", 0);

	go(SANDBOX_ENFORCE, ENTERED);
	r = store_open(&store, dir_fd, key, 1);
	if (!r)
		r = live_open(&kept, live, key, 1, 7);
	if (r || store_load(store, &state, &len) != -ENOENT)
		return 1;
	if (store_save(store, key, sizeof(key)) ||
	    live_save(kept, sizeof(key), 0) ||
	    store_load(store, &state, &len))
		return 2;
	free(state);
	if (sandbox_close(SANDBOX_ENFORCE, false))
		return 3;
	if (store_save(store, key, 20) || live_save(kept, 30, 5))
		return 4;
	live_close(kept);
	store_close(store);
	return 0;
}

START_TEST(state_is_kept_from_inside)
{
	close(openat(dir_fd, "new", O_WRONLY | O_CREAT, 0600));
	ck_assert_int_eq(run(SANDBOX_OFF, OUTSIDE, keep_state), 0);
	ck_assert_int_eq(faccessat(dir_fd, "new", F_OK, 0), -1);
	ck_assert_int_eq(faccessat(dir_fd, "permanent", F_OK, 0), 0);
}
END_TEST

/* The pool's thread may not have run yet when its filter comes. */
static int make_keys(void)
{
	struct tpm12_keypool *pool = tpm12_keypool_start(512, 2);
	uint8_t p[32], q[32];
	int i;

	if (!pool)
		return 1;
	go(SANDBOX_ENFORCE, CLOSED);
	for (i = 0; i < 4; i++)
		if (tpm12_keypool_take(pool, 512, p, q))
			return 2;
	tpm12_keypool_stop(pool);
	return 0;
}

START_TEST(keys_are_made_inside)
{
	int i;

	for (i = 0; i < 20; i++)
		ck_assert_int_eq(run(SANDBOX_OFF, OUTSIDE, make_keys), 0);
}
END_TEST

/* ---- What it may do until the ring is mapped ---- */

static int lock_directory(void)
{
	return flock(dir_fd, LOCK_EX | LOCK_NB) != 0;
}

static int see_file(void)
{
	return faccessat(dir_fd, "a", F_OK, 0) == 0;
}

static int seek(void)
{
	return lseek(dir_fd, 0, SEEK_SET) != 0;
}

static int get_flags(void)
{
	return fcntl(dir_fd, F_GETFD) < 0;
}

static int get_name(void)
{
	char name[16];

	return prctl(PR_GET_NAME, name) != 0;
}

static int map_file(void)
{
	int fd = openat(dir_fd, "a", O_RDWR | O_CREAT, 0600);
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return p == MAP_FAILED;
}

/* Of no grant device, so nothing comes of it. */
static int map_grant(void)
{
	return !ioctl(WORKER_FD_CHANNEL, IOCTL_GNTDEV_MAP_GRANT_REF, NULL);
}

static int bind_channel(void)
{
	return !ioctl(WORKER_FD_CHANNEL, IOCTL_EVTCHN_BIND_INTERDOMAIN, NULL);
}

#ifndef SYS_faccessat2
#define SYS_faccessat2 SYS_faccessat
#endif

static const struct {
	act_fn *act;
	int call;
	bool mapping; /* as long as packets are mapped, too */
} entering[] = {
	{ lock_directory, SYS_flock, false },
	{ see_file, SYS_faccessat2, false },
	{ seek, SYS_lseek, false },
	{ get_flags, SYS_fcntl, false },
	{ get_name, SYS_prctl, false }, { bind_channel, SYS_ioctl, false },
	{ map_file, SYS_mmap, true },	 { map_grant, SYS_ioctl, true },
};
#define ENTERING (int)(sizeof(entering) / sizeof(entering[0]))

/* Ended by the filter, which has told the daemon which call it was. */
static void check_killed(int end, int call)
{
	char want[64];
	struct message m;

	ck_assert_int_eq(end, SANDBOX_EXIT);
	ck_assert_int_eq(channel_receive(fds[0], false, false, &m), 0);
	ck_assert_uint_eq(m.type, MESSAGE_LOG);
	ck_assert_uint_eq(m.u.log.level, LOG_LEVEL_ERROR);
	snprintf(want, sizeof(want), "sandbox: system call number %04d", call);
	ck_assert_str_eq(m.u.log.text, want);
	ck_assert_int_eq(channel_receive(fds[0], false, false, &m), -EAGAIN);
}

START_TEST(connecting_may_more_than_serving)
{
	int end;

	ck_assert_int_eq(run(SANDBOX_ENFORCE, ENTERED, entering[_i].act), 0);
	check_killed(run(SANDBOX_ENFORCE, CLOSED, entering[_i].act),
		     entering[_i].call);
	end = run(SANDBOX_ENFORCE, CLOSED_MAPPING, entering[_i].act);
	if (entering[_i].mapping)
		ck_assert_int_eq(end, 0);
	else
		check_killed(end, entering[_i].call);
}
END_TEST

/* ---- What it must not ---- */

static int open_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0;
}

static int open_unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) < 0;
}

static int start_process(void)
{
	return (int)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) < 0;
}

static int start_process_too(void)
{
	return (int)syscall(SYS_fork) < 0;
}

static int execute(void)
{
	return (int)syscall(SYS_execve, "/a", NULL, NULL);
}

static int execute_descriptor(void)
{
	return (int)syscall(SYS_execveat, dir_fd, "a", NULL, NULL, 0);
}

static int trace(void)
{
	return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static int kill_parent(void)
{
	return kill(getppid(), 0);
}

static int become_root(void)
{
	return (int)syscall(SYS_setuid, 0);
}

static int become_group(void)
{
	return (int)syscall(SYS_setgid, 0);
}

static int leave_root(void)
{
	return chroot(".");
}

static int change_mode(void)
{
	return fchmod(dir_fd, 0777);
}

static int make_device(void)
{
	return mknodat(dir_fd, "a", S_IFCHR, 0);
}

static int make_symlink(void)
{
	return symlinkat("/", dir_fd, "a");
}

static int make_directory(void)
{
	return mkdirat(dir_fd, "a", 0700);
}

static int look_at_terminal(void)
{
	struct winsize size;

	return ioctl(0, TIOCGWINSZ, &size);
}

static int type_into_terminal(void)
{
	return ioctl(0, TIOCSTI, "x");
}

static int map_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

static int map_code_only(void)
{
	return mmap(NULL, 4096, PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0) == MAP_FAILED;
}

static int make_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static int change_signals(void)
{
	return signal(SIGSYS, SIG_IGN) == SIG_ERR;
}

static int read_other_memory(void)
{
	return (int)syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0,
			    0);
}

static int load_filter(void)
{
	return (int)syscall(SYS_bpf, 0, NULL, 0);
}

static int make_namespace(void)
{
	return unshare(CLONE_NEWUSER);
}

static int make_ring(void)
{
	return (int)syscall(SYS_io_uring_setup, 1, NULL);
}

static const struct {
	act_fn *act;
	int call;
} forbidden[] = {
	{ open_socket, SYS_socket },
	{ open_unix_socket, SYS_socket },
	{ start_process, SYS_clone },
	{ start_process_too, SYS_fork },
	{ execute, SYS_execve },
	{ execute_descriptor, SYS_execveat },
	{ trace, SYS_ptrace },
	{ kill_parent, SYS_getppid },
	{ become_root, SYS_setuid },
	{ become_group, SYS_setgid },
	{ leave_root, SYS_chroot },
	{ change_mode, SYS_fchmod },
	{ make_device, SYS_mknodat },
	{ make_symlink, SYS_symlinkat },
	{ make_directory, SYS_mkdirat },
	{ look_at_terminal, SYS_ioctl },
	{ type_into_terminal, SYS_ioctl },
	{ map_code, SYS_mmap },
	{ map_code_only, SYS_mmap },
	{ make_code, SYS_mprotect },
	{ change_signals, SYS_rt_sigaction },
	{ read_other_memory, SYS_getppid },
	{ load_filter, SYS_bpf },
	{ make_namespace, SYS_unshare },
	{ make_ring, SYS_io_uring_setup },
};
#define FORBIDDEN (int)(sizeof(forbidden) / sizeof(forbidden[0]))

START_TEST(all_else_ends_it)
{
	check_killed(run(SANDBOX_ENFORCE, ENTERED, forbidden[_i].act),
		     forbidden[_i].call);
	check_killed(run(SANDBOX_ENFORCE, CLOSED, forbidden[_i].act),
		     forbidden[_i].call);
	check_killed(run(SANDBOX_ENFORCE, CLOSED_MAPPING, forbidden[_i].act),
		     forbidden[_i].call);
}
END_TEST

/* Other words for the same, which a list of names could overlook. */
static int call_32_bits(void)
{
#ifdef __x86_64__
	long r;

	/* getpid, as i386 numbers it */
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20L) : "memory");
	return r < 0;
#else
	raise(SIGSYS);
	return 0;
#endif
}

START_TEST(another_architectures_calls_end_it)
{
	const int end = run(SANDBOX_ENFORCE, CLOSED, call_32_bits);

	ck_assert_msg(end == -SIGSYS || end == -SIGSEGV || end == SANDBOX_EXIT,
		      "%d", end);
}
END_TEST

/* Without a filter there are still the user and the root directory. */
static int see_outside(void)
{
	return faccessat(AT_FDCWD, "/etc", F_OK, 0) == 0 ||
	       faccessat(AT_FDCWD, "/proc", F_OK, 0) == 0;
}

static int regain(void)
{
	return syscall(SYS_setuid, 0) == 0 || setresuid(0, 0, 0) == 0 ||
	       syscall(SYS_setgid, 0) == 0 || chroot("/") == 0 || fork() > 0;
}

START_TEST(without_a_filter_privileges_are_gone_all_the_same)
{
	ck_assert_int_eq(run(SANDBOX_OFF, CLOSED, see_outside), 0);
	ck_assert_int_eq(run(SANDBOX_OFF, CLOSED, regain), 0);
	ck_assert_int_eq(run(SANDBOX_LOG, CLOSED, regain), 0);
}
END_TEST

/* To find what is missing in the list: it goes on. */
START_TEST(a_logged_call_is_made)
{
	ck_assert_int_eq(run(SANDBOX_LOG, CLOSED, open_unix_socket), 0);
}
END_TEST

/* ---- What can go wrong ---- */

static int enter_nowhere(void)
{
	const char *what = "";
	int r = sandbox_enter(SANDBOX_ENFORCE, 999, UID, &what);

	return r != -EBADF || strcmp(what, "chroot") != 0;
}

static int enter_file(void)
{
	const char *what = "";
	int r = sandbox_enter(SANDBOX_ENFORCE, WORKER_FD_CHANNEL, UID, &what);

	return r != -ENOTDIR || strcmp(what, "chroot") != 0;
}

static int enter_as_root(void)
{
	const char *what = "";
	int r = sandbox_enter(SANDBOX_ENFORCE, dir_fd, 0, &what);

	return r != -EPERM ||
	       strcmp(what, "changing to the vTPM's own user") != 0;
}

static int enter_as_nobody(void)
{
	const char *what = "";
	int r;

	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		return 1;
	r = sandbox_enter(SANDBOX_ENFORCE, dir_fd, UID, &what);
	return r != -EPERM && r != -EACCES;
}

static act_fn *const failures[] = { enter_nowhere, enter_file, enter_as_root,
				    enter_as_nobody };

START_TEST(a_step_that_fails_is_named)
{
	ck_assert_int_eq(run(SANDBOX_OFF, OUTSIDE, failures[_i]), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sandbox");
	TCase *t = tcase_create("sandbox");

	if (geteuid() != 0) {
		puts("check_sandbox: skipped: must be run by root");
		return SUITE_SKIPPED;
	}
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, every_thread_has_given_up_its_privileges, 0, 6);
	tcase_add_test(t, its_memory_is_nobodys);
	tcase_add_loop_test(t, a_worker_can_do_its_work, 0, 5);
	tcase_add_test(t, state_is_kept_from_inside);
	tcase_add_test(t, keys_are_made_inside);
	tcase_add_loop_test(t, connecting_may_more_than_serving, 0,
			    ENTERING);
	tcase_add_loop_test(t, all_else_ends_it, 0, FORBIDDEN);
	tcase_add_test(t, another_architectures_calls_end_it);
	tcase_add_test(t, without_a_filter_privileges_are_gone_all_the_same);
	tcase_add_test(t, a_logged_call_is_made);
	tcase_add_loop_test(t, a_step_that_fails_is_named, 0, 4);
	suite_add_tcase(s, t);
	return suite_run(s);
}
