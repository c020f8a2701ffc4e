/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a worker leaves to the next one: the volatile state of a TPM whose
 * domain runs on, and the answer to its last command.  A file on tmpfs,
 * mapped: what is written there is there after the death of the process, which
 * may come at any instant; it goes with the host's power, and so does the
 * domain.
 *
 *   desk	the answer that is being made or published, in the clear, as
 *		in the worker's memory; wiped when it is out
 *   slots	two, written in turn: the volatile state, sealed (seal.h)
 *
 * Each answer has a number, one more than the one before it.  One counts from
 * the moment that it is ready: whoever finds it answers the command with it,
 * and does not execute the command again.  Where a command changed volatile
 * state, its slot says so; where it changed permanent state as well, the slot
 * is written first and is worth nothing until the permanent state has the
 * write counter that is named in it:
 *
 *	nothing changed		live_save
 *	volatile		live_save
 *	permanent		live_prepare, then the store, then live_fulfil;
 *				or live_save, if it failed
 *	then			the answer is published, and live_published
 *
 * Functions return 0 or a negative errno value.
 */
#ifndef LIVE_H
#define LIVE_H

#include <stddef.h>
#include <stdint.h>

#include "seal.h"

/* The largest volatile state and the largest answer, in bytes. */
#define LIVE_STATE_MAX	32768u
#define LIVE_ANSWER_MAX 4096u

struct live;

/*
 * Takes over file fd, of vTPM `instance` in domain domid, for the life of the
 * struct; makes it as long as it will ever be, so that no later write can want
 * for room.
 *
 * Errors: -ENOSPC and what else writing says, -EIO (libcrypto), -ENOMEM.
 */
int live_open(struct live **live, int fd, const uint8_t key[SEAL_KEY_SIZE],
	      uint32_t instance, uint32_t domid);
void live_close(struct live *live);

/*
 * Finds the state that counts; it is the struct's, until the next is saved.
 * `counter` is the write counter of the permanent state (store_counter).
 *
 * Errors: -ENOENT (none was ever written), -EBADMSG (damaged), -ENOTSUP (a
 * later version's), -ENOMEM, or what reading said.
 */
int live_load(struct live *live, uint64_t counter, const uint8_t **state,
	      size_t *len);

/*
 * The same of a file that a worker may be writing just now, which is only read;
 * the state is copied into buf[size] (-ENOBUFS: it is larger).
 */
int live_peek(int fd, const uint8_t key[SEAL_KEY_SIZE], uint32_t instance,
	      uint32_t domid, uint64_t counter, uint8_t *buf, size_t size,
	      size_t *len);

/*
 * What is another after each state that was saved: whether any was since.
 * Times of the file do not tell, since it is mapped.  0 or -errno.
 */
#define LIVE_STAMP_SIZE (2u * SEAL_ID_SIZE)
int live_stamp(int fd, uint8_t stamp[LIVE_STAMP_SIZE]);

/* Where the next state, of up to LIVE_STATE_MAX bytes, is to be put. */
uint8_t *live_room(struct live *live);

/* Where the next answer is to be put, and the last one is until published. */
uint8_t *live_answer(struct live *live);

/* The number of the last answer; 0: none yet.  Its length; 0: published. */
uint64_t live_number(const struct live *live);
size_t live_answer_len(const struct live *live);

/*
 * The state in the room, of len bytes, is from now on the one that counts, and
 * so is the answer of answer_len bytes; 0: there is no new answer.  A state
 * that is as it was is not written.
 *
 * Errors: -EFBIG, -EIO.  The answer counts all the same, and what was kept
 * before is given up (live_give_up).
 */
int live_save(struct live *live, size_t len, size_t answer_len);

/*
 * The same once the permanent state's write counter is `counter`, which has
 * not yet been so high.  live_fulfil: it is so now.
 *
 * Errors: -EFBIG, -EIO: what was kept before stays.
 */
int live_prepare(struct live *live, size_t len, size_t answer_len,
		 uint64_t counter);
void live_fulfil(struct live *live);

/* The guest has the answer. */
void live_published(struct live *live);

/* The state is not what is kept: it must not come back as if it were. */
void live_give_up(struct live *live);

#endif
