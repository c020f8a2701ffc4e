/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TPM that is served, as the machine around it sees it: its power, its
 * state, the locality that commands come from.
 *
 * Functions that return uint32_t return a TPM_RESULT; others 0 or a negative
 * errno value.
 */
#ifndef CHIP_H
#define CHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest command and the largest response, in bytes. */
#define CHIP_PACKET_MAX 4088u

/* No state is larger. */
#define CHIP_BLOB_MAX (256u * 1024u)

/* TPM_RESULTs of ours (TPM Main Part 2, section 16). */
enum {
	CHIP_SUCCESS = 0x00,
	CHIP_BAD_PARAMETER = 0x03,
	CHIP_FAIL = 0x09,
	CHIP_BAD_ORDINAL = 0x0a,
	CHIP_KEYNOTFOUND = 0x0d,
	CHIP_IOERROR = 0x1f,
	CHIP_BAD_LOCALITY = 0x3d,
};

/* TPM_STARTUP_TYPE (Part 2, 4.5). */
enum chip_startup {
	CHIP_STARTUP_CLEAR = 1,
	CHIP_STARTUP_STATE = 2,
	CHIP_STARTUP_DEACTIVATED = 3,
};

/* Two states, as blobs. */
enum chip_blob {
	CHIP_PERMANENT, /* what survives power; TPM_SaveState's is part of it */
	CHIP_VOLATILE,	/* what a power cycle loses */
};

struct chip_setup {
	/* Where the state is kept (home.h); NULL: in memory. */
	const char *state_dir;
	/* Clients may say that somebody stands before the machine. */
	bool presence_by_command;
	/*
	 * Whether the command being executed has been withdrawn; asked in
	 * long ones.  Optional.
	 */
	bool (*withdrawn)(void *ctx);
	void *ctx;
};

struct chip;

/*
 * A TPM that is switched off: with the state that is kept, or a new one where
 * there never was any.  Logs why it cannot be had.
 */
int chip_open(struct chip **chip, const struct chip_setup *setup);
void chip_close(struct chip *chip);

bool chip_is_on(const struct chip *chip);

/* Whether its state is sealed on a disk. */
bool chip_is_sealed(const struct chip *chip);

/*
 * Switches it on, off and on again where it is on.  With a kept volatile state
 * it goes on with that, as if the power had never gone; `forget` says that the
 * next time it must not.  CHIP_FAIL: it is off, and the log says why.
 */
uint32_t chip_power_on(struct chip *chip, bool forget);
void chip_power_off(struct chip *chip);

/* What firmware does then: TPM_Startup, unless it went on. */
uint32_t chip_start(struct chip *chip, enum chip_startup type);

/*
 * Executes a command in the current locality; rsp has CHIP_PACKET_MAX bytes.
 * Returns the response's length.  Switched off it answers TPM_FAIL.
 */
size_t chip_execute(struct chip *chip, const uint8_t *req, size_t len,
		    uint8_t *rsp);

/* Of all commands from now on; CHIP_BAD_LOCALITY: above 4. */
uint32_t chip_set_locality(struct chip *chip, unsigned int locality);

/* The dynamic launch, and what remembers it.  It must be on. */
uint32_t chip_hash_start(struct chip *chip);
uint32_t chip_hash_data(struct chip *chip, const uint8_t *data, size_t len);
uint32_t chip_hash_end(struct chip *chip);
bool chip_established(const struct chip *chip);
uint32_t chip_reset_established(struct chip *chip, unsigned int locality);

/* Keeps the volatile state for the next chip_power_on.  It must be on. */
uint32_t chip_store_volatile(struct chip *chip);

/* A copy of a state, the caller's to wipe and free.  It must be on. */
uint32_t chip_get_blob(struct chip *chip, enum chip_blob which, uint8_t **blob,
		       size_t *len);

/*
 * Takes over a state that another had; a volatile one goes with the permanent
 * one that is there.  No bytes: there is none, which only a volatile one may
 * be.  It must be off.
 */
uint32_t chip_set_blob(struct chip *chip, enum chip_blob which,
		       const uint8_t *blob, size_t len);

#endif
