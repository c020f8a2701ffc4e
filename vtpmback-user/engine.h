/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the worker asks of a TPM, so that another kind of TPM can stand beside
 * the TPM 1.2.
 *
 * Functions return 0 or a negative errno value.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest command and response of any engine, in bytes. */
#define ENGINE_PACKET_MAX 4096u

/* The largest volatile state of any engine, in bytes. */
#define ENGINE_VOLATILE_MAX 32768u

/* What an engine asks of the worker; ctx is the worker's. */
struct engine_host {
	/*
	 * Keeps the permanent state, durably; on an error it is as before, and
	 * the command that is being executed fails.  answer_len: execute's rsp
	 * holds the whole of the command's response now, and save_volatile
	 * writes what it will when execute returns; 0: not yet, what is stored
	 * comes ahead of the command or of no command at all.
	 */
	int (*store)(void *ctx, const uint8_t *state, size_t len,
		     size_t answer_len);
	bool (*cancelled)(void *ctx);
};

struct engine {
	const char *name;

	/*
	 * A TPM without state; NULL when it cannot be had.  Starts what
	 * threads it wants: none can be started later.
	 */
	void *(*create)(const struct engine_host *host, void *ctx);
	void (*destroy)(void *tpm);

	/* The first state of a new TPM; stored before it returns. */
	int (*manufacture)(void *tpm);
	/* The permanent state: -EBADMSG damaged, -ENOTSUP a later version's. */
	int (*load)(void *tpm, const uint8_t *state, size_t len);

	/* Power comes, and the platform's firmware starts the TPM. */
	int (*power_on)(void *tpm);
	/* Or it never went. */
	int (*load_volatile)(void *tpm, const uint8_t *state, size_t len);
	int (*save_volatile)(const void *tpm, uint8_t *buf, size_t size,
			     size_t *len);

	/*
	 * Executes a command of any bytes; rsp has ENGINE_PACKET_MAX.
	 * Returns the response's length.
	 */
	size_t (*execute)(void *tpm, unsigned int locality, const uint8_t *req,
			  size_t len, uint8_t *rsp);
	/*
	 * The response to a command in a locality that the guest may not use.
	 */
	size_t (*refuse_locality)(uint8_t *rsp);
	/* The response to one that cannot be executed. */
	size_t (*fail)(uint8_t *rsp);

	/*
	 * Work for quiet moments: when the descriptor is readable, call
	 * background.  -1: none.
	 */
	int (*background_fd)(void *tpm);
	int (*background)(void *tpm);
};

extern const struct engine engine_tpm12;

#endif
