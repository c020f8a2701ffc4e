/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls that fail when a test says so: the linker sends the calls of
 * the code under test here (-Wl,--wrap=NAME for each of FAULTS_CALLS).
 */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdbool.h>

enum faults_call {
	FAULTS_OPENAT,
	FAULTS_READ,
	FAULTS_PREAD,
	FAULTS_WRITE,
	FAULTS_PWRITE,
	FAULTS_FSTAT,
	FAULTS_FSYNC,
	FAULTS_CLOSE,
	FAULTS_LINKAT,
	FAULTS_RENAMEAT,
	FAULTS_UNLINKAT,
	FAULTS_MKDIRAT,
	FAULTS_FCHOWNAT,
	FAULTS_FLOCK,
	FAULTS_MEMORY,	/* malloc, calloc, realloc, strdup */
	FAULTS_CALLS,
	FAULTS_ANY = FAULTS_CALLS
};

/* Instead of an error: half of what was asked for is done. */
#define FAULTS_SHORT (-1)

/* ... and the process is gone: this call and all that follow do nothing. */
#define FAULTS_DEATH (-2)

/*
 * The nth such call from now (1: the next; 0: none any more) fails with
 * `error`, an errno value, and does nothing else; or does as above.  Close
 * closes all the same.
 */
void faults_arm(enum faults_call call, unsigned int nth, int error);

/* Ends that; whether the call was reached. */
bool faults_disarm(void);

/* How often it was called since faults_arm. */
unsigned int faults_calls(enum faults_call call);

/* nanosleep returns at once, and adds up here since faults_arm. */
unsigned int faults_slept_ms(void);

/* What happens while the code under test sleeps; NULL: nothing. */
void faults_while_asleep(void (*happen)(void *ctx), void *ctx);

#endif
