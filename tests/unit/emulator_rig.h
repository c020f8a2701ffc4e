/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TPM of vtpm-emulator's and a client at its control channel, in one thread:
 * what the client sends is served when the rig says so.
 */
#ifndef EMULATOR_RIG_H
#define EMULATOR_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chip.h"
#include "control.h"
#include "control_protocol.h"

#define RIG_ANSWER_MAX (300u * 1024u)

struct rig {
	char dir[64]; /* a directory of the test's own, empty at first */
	struct chip *chip;
	struct conn conn, data;
	struct control control;
	int fd; /* the client's end; -1: closed */
	uint8_t *answer;
	size_t answer_len;
};

struct rig *rig_new(void);
void rig_free(struct rig *r);

/* NULL: in memory; else in rig.dir/NAME. */
struct chip_setup rig_setup(const struct rig *r, char path[128],
			    const char *name);

/* Sends bytes and serves; what came back is in answer. */
void rig_send(struct rig *r, const void *b, size_t len);
/* Without a descriptor to hand over: -1. */
void rig_send_fd(struct rig *r, const void *b, size_t len, int fd);

/*
 * Asks a command with its fields; the TPM_RESULT.  The answer, which has at
 * least that, follows in answer + 4.
 */
uint32_t rig_ask(struct rig *r, uint32_t command, const void *fields,
		 size_t len);
#define ASK(r, command, ...)                                  \
	rig_ask(r, command, (const uint8_t[]){ __VA_ARGS__ }, \
		sizeof((const uint8_t[]){ __VA_ARGS__ }))
#define ASK_NOTHING(r, command) rig_ask(r, command, "", 0)

/* CMD_SET_STATEBLOB and CMD_GET_STATEBLOB, the bytes being in answer + 16. */
uint32_t rig_set_blob(struct rig *r, uint32_t type, const void *b, size_t len);
uint32_t rig_get_blob(struct rig *r, uint32_t type, uint32_t offset);

/* Whether the connection was ended. */
bool rig_is_closed(struct rig *r);

/* TPM commands; each returns the TPM_RESULT. */
uint32_t do_startup_clear(struct chip *chip);
uint32_t do_extend(struct chip *chip, unsigned int pcr, uint8_t byte);
uint32_t do_pcr_read(struct chip *chip, unsigned int pcr, uint8_t value[20]);
/* TPM_Startup must have been executed. */
bool pcr_is(struct chip *chip, unsigned int pcr, const uint8_t value[20]);

/* SHA1(twenty zeros, SHA1("1234")): what launching that leaves in PCR 17. */
extern const uint8_t launched_1234[20];
/* SHA1(twenty zeros, twenty times 01). */
extern const uint8_t extended_01[20];

#endif
