/* SPDX-License-Identifier: BSD-2-Clause */
/* Sees every access to a page: see page_trap.h. */

#include "config.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "page_trap.h"

#define PAGE 4096u

#if defined(__x86_64__) && defined(REG_EFL)

#define TRAP_FLAG 0x100
#define PF_WRITE  2 /* in a page fault's error code */

/* Signal handlers have no other way to it. */
static struct {
	uint8_t *page;
	struct page_trap trap;
	bool write;
	unsigned int offset;
} watch;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	const uint8_t *at = info->si_addr;
	ucontext_t *uc = context;
	greg_t *regs = uc->uc_mcontext.gregs;

	(void)sig;
	if (at < watch.page || at >= watch.page + PAGE)
		abort();
	watch.write = regs[REG_ERR] & PF_WRITE;
	watch.offset = (unsigned int)(at - watch.page);
	mprotect(watch.page, PAGE, PROT_READ | PROT_WRITE);
	if (watch.trap.before)
		watch.trap.before(watch.write, watch.offset);
	regs[REG_EFL] |= TRAP_FLAG;
}

static void on_step(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	mprotect(watch.page, PAGE, PROT_NONE);
	uc->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
	if (watch.trap.after)
		watch.trap.after(watch.write, watch.offset);
}

bool page_trap_possible(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return !preload || !strstr(preload, "vgpreload");
}

void page_trap_start(void *page, const struct page_trap *trap)
{
	struct sigaction fault = { .sa_sigaction = on_fault,
				   .sa_flags = SA_SIGINFO };
	struct sigaction step = { .sa_sigaction = on_step,
				  .sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &fault, NULL);
	sigaction(SIGTRAP, &step, NULL);
	watch.page = page;
	watch.trap = *trap;
	mprotect(page, PAGE, PROT_NONE);
}

void page_trap_stop(void)
{
	mprotect(watch.page, PAGE, PROT_READ | PROT_WRITE);
	signal(SIGSEGV, SIG_DFL);
	signal(SIGTRAP, SIG_DFL);
}

#else

bool page_trap_possible(void)
{
	return false;
}

void page_trap_start(void *page, const struct page_trap *trap)
{
	(void)page;
	(void)trap;
	abort();
}

void page_trap_stop(void)
{
}

#endif
