/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker is killed at every step between a command's arrival and the event
 * of its answer: before and after each system call, in the middle of each
 * write, and at each store into what it shares with the guest or leaves to the
 * next worker.  The next one then goes on, and perhaps is killed as well; and
 * at the end the command has been executed once and answered once.
 *
 * A worker is a process, forked off this one, whose mappings of the guest's
 * page and of the live file cannot be written: every store faults, is a step,
 * and is let through for one instruction (the processor's trap flag).  Only
 * where that can be done; elsewhere, and under valgrind, the test is skipped.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "channel.h"
#include "engine_fake.h"
#include "live.h"
#include "seal.h"
#include "suite.h"
#include "tpmif.h"
#include "vring.h"
#include "worker.h"
#include "xen_ops_fake.h"

#if defined(__x86_64__) && defined(REG_EFL)

#define DOMID	  7u
#define REF	  1000u
#define PORT	  12u
#define DATA	  8 /* where a packet is in the page */
#define PAGE	  4096u
#define LIVE_SIZE 81920u
#define TRAP_FLAG 0x100
#define KILLED	  9
#define TEXT_MAX  5000

/* Pages whose every store is a step. */
struct guarded {
	uint8_t *at;
	size_t size;
};

static struct {
	/* Seen by all processes. */
	struct shared {
		unsigned int kill_at; /* 0: never */
		unsigned int steps, events;
	} * shared;
	bool stepping; /* in a worker */
	struct guarded guarded[2];

	char dir[64];
	int top, live_fd;
	uint8_t key[SEAL_KEY_SIZE];
	struct xen_fake *xen;
	struct xen_ops ops;
	uint8_t *page; /* the guest's view */
	uint32_t crashes;

	/* What there is before the command. */
	uint8_t permanent[TEXT_MAX];
	size_t permanent_len;
	uint8_t live[LIVE_SIZE];
	uint8_t page_then[PAGE];
} rig;

/* ---- Steps ---- */

static void step(void)
{
	if (!rig.stepping)
		return;
	if (++rig.shared->steps == rig.shared->kill_at)
		_exit(KILLED);
}

static struct guarded *guarding(const uint8_t *at)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct guarded *g = &rig.guarded[i];

		if (g->at && at >= g->at && at < g->at + g->size)
			return g;
	}
	return NULL;
}

/*
 * memset and memcpy may be one instruction each (rep stos, rep movs), which
 * would fault for every byte or word: some of them are done here, and are one
 * step.
 */
#define PIECE 40u

static bool do_piece(greg_t *regs)
{
	const uint8_t *code = (const uint8_t *)regs[REG_RIP];
	const bool wide = code[1] == 0x48;
	const uint8_t what = wide ? code[2] : code[1];
	const bool is_movs = (what & 0xfe) == 0xa4;
	const bool is_stos = (what & 0xfe) == 0xaa;
	const size_t size = wide ? 8 : 1, left = (size_t)regs[REG_RCX];
	const size_t n = left < PIECE ? left : PIECE;
	uint8_t *to = (uint8_t *)regs[REG_RDI];
	size_t i;

	if (code[0] != 0xf3 || (!is_movs && !is_stos))
		return false;
	for (i = 0; i < n * size; i++)
		to[i] = (uint8_t)(is_movs ? ((const uint8_t *)regs[REG_RSI])[i]
					  : regs[REG_RAX] >> i % size * 8);
	if (is_movs)
		regs[REG_RSI] += (greg_t)(n * size);
	regs[REG_RDI] += (greg_t)(n * size);
	regs[REG_RCX] -= (greg_t)n;
	return true;
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	struct guarded *g = guarding(info->si_addr);

	(void)sig;
	if (!g)
		abort();
	step();
	mprotect(g->at, g->size, PROT_READ | PROT_WRITE);
	if (do_piece(regs))
		mprotect(g->at, g->size, PROT_READ);
	else
		regs[REG_EFL] |= TRAP_FLAG;
}

static void on_trap(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	unsigned int i;

	(void)sig;
	(void)info;
	for (i = 0; i < 2; i++)
		if (rig.guarded[i].at)
			mprotect(rig.guarded[i].at, rig.guarded[i].size,
				 PROT_READ);
	uc->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
}

static void guard(unsigned int i, void *at, size_t size)
{
	rig.guarded[i].at = at;
	rig.guarded[i].size = size;
	mprotect(at, size, PROT_READ);
}

void *__real_mmap(void *at, size_t size, int prot, int flags, int fd,
		  off_t offset);
void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd,
		  off_t offset);
void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd,
		  off_t offset)
{
	void *p = __real_mmap(at, size, prot, flags, fd, offset);

	if (rig.shared && fd == rig.live_fd)
		guard(0, p, size);
	return p;
}

int __real_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;
	int fd;

	va_start(ap, flags);
	if (flags & O_CREAT)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	step();
	fd = __real_openat(dir, path, flags, mode);
	step();
	return fd;
}

ssize_t __real_pwrite(int fd, const void *buf, size_t len, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *buf, size_t len, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *buf, size_t len, off_t offset)
{
	const size_t half = rig.stepping ? (len + 1) / 2 : len;
	ssize_t n;

	step();
	n = __real_pwrite(fd, buf, half, offset);
	step();
	return n;
}

/* The process dies, not the host: what was written is there. */
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	(void)fd;
	step();
	return 0;
}

int __real_linkat(int from_dir, const char *from, int to_dir, const char *to,
		  int flags);
int __wrap_linkat(int from_dir, const char *from, int to_dir, const char *to,
		  int flags);
int __wrap_linkat(int from_dir, const char *from, int to_dir, const char *to,
		  int flags)
{
	int r = __real_linkat(from_dir, from, to_dir, to, flags);

	step();
	return r;
}

int __real_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	int r = __real_renameat(from_dir, from, to_dir, to);

	step();
	return r;
}

int __real_unlinkat(int dir, const char *path, int flags);
int __wrap_unlinkat(int dir, const char *path, int flags);
int __wrap_unlinkat(int dir, const char *path, int flags)
{
	int r = __real_unlinkat(dir, path, flags);

	step();
	return r;
}

static int map(void *ctx, uint32_t domid, const uint32_t *refs, unsigned int n,
	       void **pages)
{
	int r = xen_ops_fake.map(ctx, domid, refs, n, pages);

	if (!r)
		guard(1, *pages, PAGE);
	return r;
}

static int notify(void *ctx, uint32_t local_port)
{
	(void)ctx;
	(void)local_port;
	step();
	rig.shared->events++;
	step();
	return 0;
}

/* ---- A worker ---- */

static void tell(int fd)
{
	struct message m = { .type = MESSAGE_START };

	m.u.start = (struct message_start){
		.instance = 1,
		.domid = DOMID,
		.localities = 1,
		.log_level = LOG_LEVEL_ERROR,
		.crashes = rig.crashes,
	};
	memcpy(m.u.start.key, rig.key, sizeof(rig.key));
	ck_assert_int_eq(channel_send(fd, &m), 0);
	m = (struct message){ .type = MESSAGE_CONNECT };
	m.u.connect = (struct message_connect){ VRING_V2, REF, PORT };
	ck_assert_int_eq(channel_send(fd, &m), 0);
	m.type = MESSAGE_STOP;
	ck_assert_int_eq(channel_send(fd, &m), 0);
}

static int be_worker(int channel_fd)
{
	const struct sigaction fault = { .sa_sigaction = on_fault,
					 .sa_flags = SA_SIGINFO };
	const struct sigaction trap = { .sa_sigaction = on_trap,
					.sa_flags = SA_SIGINFO };
	struct worker_setup setup = {
		.engine = &engine_fake,
		.xen = &rig.ops,
		.xen_ctx = rig.xen,
		.channel_fd = channel_fd,
		.live_fd = rig.live_fd,
	};

	sigaction(SIGSEGV, &fault, NULL);
	sigaction(SIGTRAP, &trap, NULL);
	setup.state_fd = openat(rig.top, "1", O_RDONLY | O_DIRECTORY);
	rig.stepping = true;
	return worker_run(&setup);
}

/*
 * A worker for what waits in the page; it is killed at that step (0: never).
 * Its exit status.
 */
static int work(unsigned int kill_at)
{
	int fds[2], status;
	pid_t pid;

	ck_assert_int_eq(channel_pair(fds), 0);
	tell(fds[0]);
	rig.shared->kill_at = kill_at;
	rig.shared->steps = 0;
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(be_worker(fds[1]));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	close(fds[0]);
	close(fds[1]);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* ---- The guest ---- */

static void submit(const char *command)
{
	const uint32_t len = (uint32_t)strlen(command);

	memcpy(rig.page, &len, sizeof(len));
	memcpy(rig.page + DATA, command, len);
	rig.page[4] = TPMIF_STATE_SUBMIT;
	rig.shared->events = 0;
}

/* The answer as text; NULL: there is none. */
static const char *answer(void)
{
	static char text[PAGE];
	uint32_t len;

	if (rig.page[4] != TPMIF_STATE_FINISH)
		return NULL;
	memcpy(&len, rig.page, sizeof(len));
	ck_assert_uint_le(len, PAGE - DATA);
	memcpy(text, rig.page + DATA, len);
	text[len] = '\0';
	return text;
}

static const char *ask(const char *command)
{
	submit(command);
	ck_assert_int_eq(work(0), 0);
	ck_assert_ptr_nonnull(answer());
	return answer();
}

/* ---- The rig ---- */

static void setup(void)
{
	struct sealer *warm;

	memset(&rig, 0, sizeof(rig));
	memset(engine_fake_control(), 0, sizeof(*engine_fake_control()));
	engine_fake_control()->background_fd = -1;
	memcpy(rig.key, "a key of thirty-two bytes, no 0", sizeof(rig.key));
	/* What libcrypto does once it does here, not in each worker. */
	warm = sealer_new(rig.key, "");
	sealer_free(warm);
	snprintf(rig.dir, sizeof(rig.dir), "/tmp/check_journal.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(rig.dir));
	rig.top = open(rig.dir, O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(mkdirat(rig.top, "1", 0700), 0);
	close(openat(rig.top, "1/new", O_WRONLY | O_CREAT, 0600));
	rig.live_fd = memfd_create("live", MFD_CLOEXEC);
	rig.xen = xen_fake_new();
	rig.ops = xen_ops_fake;
	rig.ops.map = map;
	rig.ops.evtchn_notify = notify;
	rig.page = xen_fake_grant(rig.xen, DOMID, REF);
	xen_fake_offer(rig.xen, DOMID, PORT);
	rig.shared = __real_mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(rig.shared != MAP_FAILED);
}

static void teardown(void)
{
	static const char *const names[] = { "1/permanent", "1/permanent.new",
					     "1/permanent.old", "1/new" };
	size_t i;

	for (i = 0; i < 4; i++)
		unlinkat(rig.top, names[i], 0);
	unlinkat(rig.top, "1", AT_REMOVEDIR);
	close(rig.top);
	close(rig.live_fd);
	xen_fake_free(rig.xen);
	munmap(rig.shared, PAGE);
	ck_assert_int_eq(rmdir(rig.dir), 0);
}

static void remember(void)
{
	int fd = openat(rig.top, "1/permanent", O_RDONLY);
	ssize_t n = read(fd, rig.permanent, sizeof(rig.permanent));

	ck_assert_int_gt((int)n, 0);
	rig.permanent_len = (size_t)n;
	close(fd);
	ck_assert_int_eq(pread(rig.live_fd, rig.live, LIVE_SIZE, 0),
			 (int)LIVE_SIZE);
	memcpy(rig.page_then, rig.page, PAGE);
}

static void restore(void)
{
	int fd = openat(rig.top, "1/permanent", O_WRONLY | O_CREAT | O_TRUNC,
			0600);

	ck_assert_int_eq(write(fd, rig.permanent, rig.permanent_len),
			 (int)rig.permanent_len);
	close(fd);
	ck_assert_int_eq(pwrite(rig.live_fd, rig.live, LIVE_SIZE, 0),
			 (int)LIVE_SIZE);
	memcpy(rig.page, rig.page_then, PAGE);
	rig.shared->events = 0;
}

/* ---- Commands, and what they are to do ---- */

struct command {
	const char *text, *answer, *after, *after_twice;
};

static char echo_long[1901];

static const struct command commands[] = {
	{ "ehello", "hello", "a/b", "a/b" },
	{ echo_long, echo_long + 1, "a/b", "a/b" },
	{ "Vx", "ok", "a/bx", "a/bxx" },
	{ "Px", "ok", "ax/b", "axx/b" },
	{ "s", "a/b", "a/b", "a/b" },
};
#define COMMANDS (int)(sizeof(commands) / sizeof(commands[0]))

/* Of the many steps each test after the first takes some. */
#define STRIDE 5u

/* a is what is for ever, b what is for now, and the command waits. */
static void begin(const struct command *c)
{
	memset(echo_long, 'e', sizeof(echo_long) - 1);
	ck_assert_str_eq(ask("pa"), "ok");
	ck_assert_str_eq(ask("vb"), "ok");
	/* The state is where the command will not write first. */
	ck_assert_str_eq(ask("vb"), "ok");
	submit(c->text);
	remember();
}

static void check_once(const struct command *c)
{
	ck_assert_ptr_nonnull(answer());
	ck_assert_str_eq(answer(), c->answer);
	ck_assert_uint_ge(rig.shared->events, 1);
	ck_assert_str_eq(ask("s"), c->after);
}

/* ---- */

START_TEST(killed_at_any_step_a_command_happens_once)
{
	const struct command *c = &commands[_i];
	unsigned int k;
	int status;

	begin(c);
	for (k = 1;; k++) {
		restore();
		status = work(k);
		if (status != KILLED)
			break;
		ck_assert_int_eq(work(0), 0);
		check_once(c);
	}
	ck_assert_int_eq(status, 0);
	check_once(c);
	/* The answer's bytes, length and state, and both events' sides. */
	ck_assert_uint_gt(k, 10);
}
END_TEST

/* ... and so does one that is like the one before it. */
START_TEST(the_same_command_twice_happens_twice)
{
	const struct command *c = &commands[_i];
	unsigned int k;

	begin(c);
	ck_assert_str_eq(ask(c->text), c->answer);
	submit(c->text);
	remember();
	for (k = 1 + (unsigned int)_i;; k += STRIDE) {
		restore();
		if (work(k) != KILLED)
			break;
		ck_assert_int_eq(work(0), 0);
		ck_assert_str_eq(answer(), c->answer);
		ck_assert_str_eq(ask("s"), c->after_twice);
	}
}
END_TEST

/* The second of the two workers at another step each time. */
START_TEST(killed_again_a_command_happens_once)
{
	const struct command *c = &commands[_i];
	unsigned int k, at = 0;

	begin(c);
	for (k = 1 + (unsigned int)_i;; k += STRIDE) {
		restore();
		if (work(k) != KILLED)
			break;
		/* Of some hundred steps, each in its turn. */
		at = (at + 37) % 101;
		if (work(1 + at) == KILLED)
			ck_assert_int_eq(work(0), 0);
		check_once(c);
	}
}
END_TEST

/* The guest has withdrawn it meanwhile: once, or not at all. */
START_TEST(a_withdrawn_command_happens_once_or_never)
{
	const struct command *c = &commands[_i];
	unsigned int k, answered = 0, withdrawn = 0;

	begin(c);
	for (k = 1 + (unsigned int)_i;; k += STRIDE) {
		restore();
		if (work(k) != KILLED)
			break;
		if (rig.page[4] == TPMIF_STATE_SUBMIT)
			rig.page[4] = TPMIF_STATE_CANCEL;
		ck_assert_int_eq(work(0), 0);
		ck_assert_uint_ge(rig.shared->events, 1);
		if (answer()) {
			answered++;
			check_once(c);
			continue;
		}
		withdrawn++;
		ck_assert_uint_eq(rig.page[4], TPMIF_STATE_IDLE);
		ck_assert_str_eq(ask("s"), "a/b");
	}
	ck_assert_uint_gt(answered, 0);
	ck_assert_uint_gt(withdrawn, 0);
}
END_TEST

/* The guest gives its page up and comes back with another one. */
START_TEST(a_fresh_page_has_nothing_of_the_old_one)
{
	const struct command *c = &commands[_i];
	unsigned int k;

	begin(c);
	for (k = 1 + (unsigned int)_i;; k += STRIDE) {
		restore();
		if (work(k) != KILLED)
			break;
		memset(rig.page, 0, PAGE);
		ck_assert_str_eq(ask("efresh"), "fresh");
	}
}
END_TEST

/* It has ended two workers by their own fault: not a third. */
START_TEST(a_command_that_ends_workers_is_answered_with_a_failure)
{
	const struct command *c = &commands[_i];

	begin(c);
	rig.crashes = 1;
	ck_assert_str_eq(ask(c->text), c->answer);
	restore();
	rig.crashes = 2;
	ck_assert_str_eq(ask(c->text), "failed");
	rig.crashes = 0;
	ck_assert_str_eq(ask("s"), "a/b");
	/* What is already done is not undone by that. */
	restore();
	ck_assert_int_eq(work(0), 0);
	memcpy(rig.page, rig.page_then, PAGE);
	rig.crashes = 2;
	ck_assert_int_eq(work(0), 0);
	ck_assert_str_eq(answer(), "failed");
}
END_TEST

static bool under_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload && strstr(preload, "vgpreload");
}

static int run(void)
{
	Suite *s = suite_create("journal");
	TCase *t = tcase_create("deaths");

	tcase_set_timeout(t, 300);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, killed_at_any_step_a_command_happens_once, 0,
			    COMMANDS);
	tcase_add_loop_test(t, the_same_command_twice_happens_twice, 0,
			    COMMANDS);
	tcase_add_loop_test(t, killed_again_a_command_happens_once, 0,
			    COMMANDS);
	tcase_add_loop_test(t, a_withdrawn_command_happens_once_or_never, 0,
			    COMMANDS);
	tcase_add_loop_test(t, a_fresh_page_has_nothing_of_the_old_one, 0,
			    COMMANDS);
	tcase_add_loop_test(
		t, a_command_that_ends_workers_is_answered_with_a_failure, 0,
		COMMANDS);
	suite_add_tcase(s, t);
	return suite_run(s);
}

int main(void)
{
	return under_valgrind() ? SUITE_SKIPPED : run();
}

#else

int main(void)
{
	return SUITE_SKIPPED;
}

#endif
