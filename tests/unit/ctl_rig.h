/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vtpmctl's commands on two hosts that are directories: what they print and
 * say is kept, and vtpm-look is this program itself, without a sandbox.
 */
#ifndef CTL_RIG_H
#define CTL_RIG_H

#include "ctl.h"
#include "faults.h"

#define RIG_UUID  "0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a01"
#define RIG_GUEST "the guest's uuid"

struct ctl_rig {
	char dir[64], look[80];
	char state[2][80], run[2][80];
	unsigned int host;	/* which of the two is meant: 0 or 1 */
	struct options options; /* of the next command */
	char out[16384];	/* what the last command printed */
	char said[4096];	/* and logged, of warnings and errors */
	uint32_t alive;		/* the domain that exists; 0: none */
	unsigned int fault_nth; /* of the next command's calls; 0: none */
	enum faults_call fault_call;
	int fault_error;
	bool fault_reached;
};

extern struct ctl_rig rig;

/* What main does first: it may be vtpm-look.  -1: it is not. */
int rig_main(int argc, char **argv);

void rig_setup(void);
void rig_teardown(void);

/* Runs a command with up to three arguments; options are then forgotten. */
enum ctl_status rig_run(ctl_command *command, const char *a, const char *b,
			const char *c);

/* A path in the temporary directory, or in a host's state; a static buffer. */
const char *rig_path(const char *name);
const char *rig_state(const char *name);

/* Makes instance 1 of RIG_UUID and the name "mail". */
void rig_add(void);

/*
 * The volatile state of a guest that has extended PCR 10 with 20 times
 * `byte`: of domain domid, which runs, or that was suspended.
 */
void rig_live(uint32_t instance, uint32_t domid, uint8_t byte);
/* And that the domain was suspended when it was so. */
void rig_suspend(uint32_t instance, uint32_t domid);
void rig_saved(uint32_t instance, uint8_t byte);

/* As a guest that has changed the permanent state would leave it. */
void rig_write_again(uint32_t instance);

/*
 * With this file in the state directory, vtpm-look leaves behind a process that
 * has its descriptors for a moment yet, as that of a sanitizer does.
 */
#define RIG_LINGER    "linger"
#define RIG_LINGER_MS 1000

/* Locks the instance, LOCK_EX: as a worker does; closing it unlocks. */
int rig_lock(uint32_t instance, int how);

/* A file of the temporary directory or of the state; its bytes, a static. */
void rig_put(const char *path, const void *bytes, size_t len, unsigned mode);
size_t rig_get(const char *path, uint8_t *bytes, size_t size);
bool rig_exists(const char *path);

#endif
