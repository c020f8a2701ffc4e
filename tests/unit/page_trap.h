/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sees every access to a page, one by one: the page is without permissions,
 * each access faults and is let through for one instruction (the processor's
 * trap flag).  For one page of one thread at a time.
 */
#ifndef PAGE_TRAP_H
#define PAGE_TRAP_H

#include <stdbool.h>

/*
 * False where it cannot be done: on another processor than x86-64, and under
 * valgrind.
 */
bool page_trap_possible(void);

/*
 * From now on both are called with each access of the calling thread, before
 * and after it, in a signal handler; `before` may leave by siglongjmp, which
 * ends the watch as page_trap_stop does.  NULL: nothing to call.
 */
struct page_trap {
	void (*before)(bool write, unsigned int offset);
	void (*after)(bool write, unsigned int offset);
};

void page_trap_start(void *page, const struct page_trap *trap);
void page_trap_stop(void);

#endif
