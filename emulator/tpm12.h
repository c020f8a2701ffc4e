/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libtpm12: a TPM 1.2 (TPM Main Specification Level 2 Revision 116) as a
 * library.
 *
 * A `struct tpm` is one TPM.  Any number of them may live in one process; one
 * thread at a time may use a given one.  The library opens no file, owns no
 * loop, never logs and never exits: everything it needs of the outside it asks
 * of the `struct tpm12_platform` it was created with.
 *
 * Life of a TPM:
 *
 *	tpm12_new -> tpm12_manufacture (the first time) or tpm12_load
 *	          -> tpm12_power_on -> TPM_Startup -> tpm12_execute ...
 *	          -> tpm12_free
 *
 * A process that must go away while its TPM's power stays on (a restarted
 * daemon, a suspended domain) calls tpm12_save_volatile before, and in the
 * next process tpm12_load_volatile in place of tpm12_power_on and TPM_Startup.
 *
 * Functions return 0 or a negative errno value unless they say otherwise; what
 * a TPM's user sees are TPM_RESULT values inside responses.
 */
#ifndef TPM12_H
#define TPM12_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The largest command and the largest response, in bytes; what
 * TPM_CAP_PROP_INPUT_BUFFER reports.  4096 less the header of the shared page
 * (Xen, public/io/tpmif.h).
 */
#define TPM12_BUFFER_SIZE 4088u

/* An upper bound of what tpm12_save_volatile writes, in bytes. */
#define TPM12_VOLATILE_MAX 16896u

/* The bytes of each prime of a key that `rsa_primes` makes. */
#define TPM12_PRIME_BYTES(bits) ((bits) / 16u)

struct tpm;

/*
 * What a TPM asks of the machine it lives in.  The table is copied by
 * tpm12_new; `ctx` is handed back at each call.  Entries marked "optional" may
 * be NULL.
 */
struct tpm12_platform {
	/*
	 * Fills buf with len unpredictable bytes.  Optional: libcrypto's
	 * generator is used.  A failure puts the TPM into failure mode.
	 */
	int (*random)(void *ctx, uint8_t *buf, size_t len);

	/* A clock that never goes back, in microseconds from any origin. */
	uint64_t (*clock_us)(void *ctx);

	/*
	 * Keeps the permanent state: all or nothing, and durable when it
	 * returns 0.  On an error the command that changed it answers TPM_FAIL,
	 * with nothing of it done, and the TPM goes on with its state as it
	 * was.
	 *
	 * It is the last that happens in tpm12_execute: the response that it
	 * was given then holds the whole answer, its length included, and
	 * tpm12_save_volatile writes what it will after the command.  Only
	 * where something is stored ahead of the command (Part 3, 3.3), which
	 * is harmless to do again, the response still begins with ten zeros.
	 */
	int (*store)(void *ctx, const uint8_t *state, size_t len);

	/*
	 * Asks whether the user has withdrawn the command being executed;
	 * polled in long ones.  Optional.
	 */
	bool (*cancelled)(void *ctx);

	/*
	 * The state of the hardware's physical presence signal (Part 1,
	 * "Physical Presence").  Optional: never asserted.
	 */
	bool (*physical_presence)(void *ctx);

	/*
	 * Delivers the two primes, each TPM12_PRIME_BYTES(bits) big-endian
	 * bytes, of a new RSA key of `bits` bits with public exponent 65537;
	 * may wait for them.  Optional: made on the spot.  See
	 * tpm12_keypool_take.
	 */
	int (*rsa_primes)(void *ctx, unsigned int bits, uint8_t *p, uint8_t *q);
};

/*
 * A TPM without state.  Returns NULL when memory or libcrypto's algorithms
 * cannot be had.  The caller frees it with tpm12_free.
 */
struct tpm *tpm12_new(const struct tpm12_platform *platform, void *ctx);

/* Frees and wipes a TPM.  Its state is not stored again.  NULL is allowed. */
void tpm12_free(struct tpm *tpm);

/*
 * Gives a new TPM its first permanent state, as the platform's maker would:
 * enabled, activated, without an owner, with its endorsement key to be made
 * (tpm12_make_ek), and stores it.
 *
 * Errors: -EALREADY (it has state), -EIO (no random bytes), or what
 * the platform's store returned.
 */
int tpm12_manufacture(struct tpm *tpm);

/*
 * Takes over the permanent state that `store` was last given.
 *
 * Errors: -EALREADY (it has state), -EBADMSG (truncated, damaged or not ours),
 * -ENOTSUP (written by a newer version).  The TPM is then as before the call.
 */
int tpm12_load(struct tpm *tpm, const uint8_t *state, size_t len);

/*
 * Makes the endorsement key when the TPM was manufactured without one so far,
 * and stores it; returns at once when there is one.  Commands that need the
 * key do the same, so a caller may leave it to a quiet moment.
 *
 * Errors: what the platform's rsa_primes or store returned; -EIO.
 */
int tpm12_make_ek(struct tpm *tpm);

/* Whether tpm12_make_ek still has something to do. */
bool tpm12_needs_ek(const struct tpm *tpm);

/*
 * TPM_Init: the power-on reset (Part 3, section 3.1).  Needs permanent state.
 * Until TPM_Startup is executed, most commands answer
 * TPM_INVALID_POSTINIT.
 */
void tpm12_power_on(struct tpm *tpm);

/*
 * Writes everything that a power cycle would lose into buf (cap bytes,
 * TPM12_VOLATILE_MAX are always enough) and its length into *len.  The bytes
 * hold secrets and are not protected against change: the caller seals them.
 *
 * Errors: -ENOBUFS.
 */
int tpm12_save_volatile(const struct tpm *tpm, uint8_t *buf, size_t cap,
			size_t *len);

/*
 * Takes over what tpm12_save_volatile wrote; in place of tpm12_power_on and
 * TPM_Startup.  The permanent state must have been loaded before.
 *
 * Errors: -EBADMSG, -ENOTSUP as tpm12_load.  The TPM is then off and wants
 * tpm12_power_on.
 */
int tpm12_load_volatile(struct tpm *tpm, const uint8_t *buf, size_t len);

/*
 * Executes one command.
 *
 * req, len: the bytes that arrived, any bytes and any length.  They must not
 *           change during the call.
 * locality: 0..4, decided by the caller's policy.
 * rsp:      TPM12_BUFFER_SIZE bytes for the response; not req.
 *
 * Returns the length of the response: always at least 10, always a well-formed
 * one.
 */
size_t tpm12_execute(struct tpm *tpm, unsigned int locality, const uint8_t *req,
		     size_t len, uint8_t *rsp);

/*
 * A dynamic launch (PC Client TPM Interface Specification 1.21, "Locality 4"):
 * what a processor's launch instruction does to the TPM, for platforms that
 * have one.  No command does it, so that nothing else can write PCR 17.
 *
 * _start clears PCRs 17 to 22 and sets TOSPresent and tpmEstablished, _data
 * takes what is launched, in pieces of any length, _end extends PCR 17 with the
 * SHA-1 of it all.  Another _start begins anew; the power ends it.
 *
 * They return a TPM_RESULT: 0; TPM_FAIL (no power, or the store failed);
 * TPM_FAILEDSELFTEST; TPM_INVALID_POSTINIT (_start before TPM_Startup);
 * TPM_SHA_THREAD (_data or _end without _start).  As the TIS asks, an error of
 * _start or _end puts the TPM into failure mode; a stray _data or _end does
 * nothing.
 */
uint32_t tpm12_hash_start(struct tpm *tpm);
uint32_t tpm12_hash_data(struct tpm *tpm, const uint8_t *data, size_t len);
uint32_t tpm12_hash_end(struct tpm *tpm);

/*
 * tpmEstablished: whether there ever was a launch.  It is permanent; the TIS
 * shows it, the other way round, as TPM_ACCESS_x.tpmEstablishment.
 */
bool tpm12_established(const struct tpm *tpm);

/*
 * Clears it, as TSC_ResetEstablishmentBit does (Part 3, section 6).
 *
 * Returns a TPM_RESULT: 0; TPM_BAD_LOCALITY (not 3 or 4); TPM_FAIL (no power,
 * or the store failed: it stays set); TPM_FAILEDSELFTEST.
 */
uint32_t tpm12_reset_established(struct tpm *tpm, unsigned int locality);

/*
 * The name of a TPM_RESULT ("TPM_BADINDEX") or of an ordinal
 * ("TPM_Extend"); NULL when there is none.
 */
const char *tpm12_result_name(uint32_t result);
const char *tpm12_ordinal_name(uint32_t ordinal);

/*
 * A thread of lowest priority that makes RSA keys ahead of need, for the
 * platform's rsa_primes.  Safe to use from several threads.
 */
struct tpm12_keypool;

/*
 * Starts the thread; it makes `depth` (0..8) keys of `bits` bits and then
 * rests until one is taken.  Must be called before a seccomp filter forbids
 * threads.  Returns NULL with errno set.
 */
struct tpm12_keypool *tpm12_keypool_start(unsigned int bits,
					  unsigned int depth);

/*
 * From now on keeps `depth` keys ready; what is ready above that stays until
 * it is taken.  0: makes no more, and gives up one that it has begun.
 *
 * Errors: -EINVAL (above 8).
 */
int tpm12_keypool_set_depth(struct tpm12_keypool *pool, unsigned int depth);

/* A descriptor that is readable while a finished key waits. */
int tpm12_keypool_fd(const struct tpm12_keypool *pool);

/*
 * Takes a key, waiting for it if none is ready; the shapes are those of
 * rsa_primes.  A size that the pool does not make is made on the spot.
 *
 * Errors: -EIO (libcrypto failed).
 */
int tpm12_keypool_take(struct tpm12_keypool *pool, unsigned int bits,
		       uint8_t *p, uint8_t *q);

/* Ends the thread, wipes and frees the keys.  NULL is allowed. */
void tpm12_keypool_stop(struct tpm12_keypool *pool);

#ifdef __cplusplus
}
#endif
#endif
