/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the TPM: its state, the command being executed, and what the parts
 * of the emulator offer each other.
 *
 * The state is plain data without pointers.  That is what makes "nothing of a
 * failed command remains" a copy: who is about to change permanent state calls
 * tpm_touch() first, which keeps a copy of everything; if the command then
 * fails, or the store does, the copy comes back (execute.c).
 */
#ifndef TPM_INTERNAL_H
#define TPM_INTERNAL_H

#include "commands.h"
#include "tpm12.h"
#include "types.h"

/* ---- What the TPM has; reported by TPM_GetCapability ---- */

#define TPM_MAX_SESSIONS  16u
#define TPM_MAX_KEYS	  20u
#define TPM_MAX_TRANSPORT 10u
#define TPM_MAX_COUNTERS  8u
#define TPM_MAX_CONTEXTS  128u
#define TPM_MAX_DAA	  2u
#define TPM_FAMILY_ROWS	  16u
#define TPM_DELEGATE_ROWS 4u
#define TPM_NV_SPACE	  49152u

#define TPM_EK_BITS 2048u

/* ---- State ---- */

/* A register bank; a number of up to 2048 bits, and one of half that. */
struct tpm_pcrs {
	struct tpm_digest value[TPM_NUM_PCR];
};

struct tpm_modulus {
	uint16_t len;
	uint8_t b[TPM_RSA_MAX_BYTES];
};

struct tpm_prime {
	uint16_t len;
	uint8_t b[TPM_RSA_MAX_BYTES / 2];
};

typedef struct tpm_pcrs wire_pcrs;
typedef struct tpm_modulus wire_modulus;
typedef struct tpm_prime wire_prime;

#define STRUCTURE(name, tag)                \
	struct tpm_##name {                 \
		FIELDS_##name(STRUCT_FIELD) \
	};
#include "state.def"

/* What TPM_SaveState kept for TPM_Startup(ST_STATE); len 0: nothing. */
#define TPM_SAVED_MAX 24576u
struct tpm_saved {
	uint32_t len;
	uint8_t image[TPM_SAVED_MAX];
};

/* Part 1, "Self-Test". */
enum tpm_test_state {
	TEST_LIMITED, /* what a platform needs at once was tested */
	TEST_FULL,
	TEST_FAILED, /* failure mode: until the power goes */
};

struct tpm_state {
	/* Survives power (Part 2, 7.1 and 7.4). */
	struct tpm_permanent_flags flags;
	struct tpm_endorsement ek;
	struct tpm_owner owner;
	struct tpm_lockout lockout;
	struct tpm_saved saved;

	/* Until TPM_Startup(ST_CLEAR) (7.2 and 7.5). */
	struct tpm_stclear_flags stclear_flags;
	struct tpm_stclear_data stclear;

	/* Until any TPM_Startup (7.3 and 7.6). */
	struct tpm_stany_flags stany_flags;
	enum tpm_test_state test;
	uint32_t last_handle;
	struct tpm_session sessions[TPM_MAX_SESSIONS];
};

/*
 * A dynamic launch between TPM_HASH_START and TPM_HASH_END (launch.c).  It is
 * in no image: who takes a TPM over in the middle of one starts it again.
 */
struct tpm_launch {
	bool running;
	struct tpm_sha1_thread sha1;
	uint8_t block[TPM_SHA1_BLOCK]; /* n_block bytes wait for the rest */
	size_t n_block;
};

/* The largest image of the permanent state, in bytes (state.c). */
#define TPM_PERMANENT_MAX 98304u

struct tpm {
	struct tpm12_platform platform;
	void *ctx;
	struct tpm_crypto *crypto;

	bool has_state; /* manufactured or loaded */
	bool powered;
	struct tpm_state s;
	struct tpm_launch launch;

	bool touched; /* undo holds the state before the command */
	struct tpm_state undo;
	uint64_t lockout_since_us;
	uint8_t scratch[TPM12_BUFFER_SIZE]; /* struct tpm_call's */
	uint8_t image[TPM_PERMANENT_MAX];
};

/* ---- The command being executed ---- */

/* One authorisation area of a command (Part 1, "Authorization protocols"). */
struct tpm_auth {
	uint32_t handle;
	struct tpm_session *session;
	struct tpm_digest nonceOdd;
	bool continueAuthSession;
	struct tpm_digest hmac;
	bool verified;
	struct tpm_digest key; /* of the answer's HMAC, once verified */
};

struct tpm_call {
	const struct tpm_command *cmd;
	unsigned int locality;
	unsigned int n_auth;
	struct tpm_auth auth[2];
	struct tpm_digest in_digest;
	/* Answers that are built; wiped at the end. */
	struct wr scratch;
};

/* ---- execute.c ---- */

/*
 * Must be called before permanent state changes; the pipeline then stores it,
 * before the answer, if the command succeeds.
 */
void tpm_touch(struct tpm *t);

/* The row of an ordinal; NULL: there is none. */
const struct tpm_command *tpm_command_find(uint32_t ordinal);

/* n bytes that live until the answer is out, or NULL when there are no more. */
uint8_t *tpm_scratch(struct tpm_call *c, size_t n) TPM_MUST_CHECK;

/* ---- state.c ---- */

enum tpm_image_kind {
	TPM_IMAGE_PERMANENT = 1, /* survives power */
	TPM_IMAGE_SAVED = 2,	 /* TPM_SaveState's */
	TPM_IMAGE_VOLATILE = 4,	 /* all that a power cycle loses */
};

/* Writes the sections of a kind; the length, or 0 when cap is too small. */
size_t tpm_image_write(const struct tpm *t, enum tpm_image_kind kind,
		       uint8_t *buf, size_t cap) TPM_MUST_CHECK;

/*
 * Reads them: 0, -EBADMSG or -ENOTSUP, t->s then being half of each: the
 * caller puts it back.
 */
int tpm_image_read(struct tpm *t, enum tpm_image_kind kind, const uint8_t *buf,
		   size_t len) TPM_MUST_CHECK;

/* Stores the permanent state: 0, or what the platform said. */
int tpm_commit(struct tpm *t) TPM_MUST_CHECK;

/* ---- auth.c: sessions, and what they prove ---- */

/* A new session of a protocol (TPM_PID_*); NULL: none is free. */
struct tpm_session *session_open(struct tpm *t, uint16_t protocol);
struct tpm_session *session_find(struct tpm *t, uint32_t handle);
void session_close(struct tpm_session *s);
unsigned int session_count(const struct tpm *t);

/*
 * The secret and the identity of what an OSAP session is opened for, or of
 * what a command uses.
 *
 * Errors: TPM_BAD_PARAMETER (a type that has no secret), and what Part 3 says
 * for each type of something that is not there.
 */
enum tpm_rc entity_secret(struct tpm *t, uint16_t type, uint32_t value,
			  struct tpm_digest *secret,
			  struct tpm_digest *entity) TPM_CHECKED;

/* The sessions that a command names exist: TPM_INVALID_AUTHHANDLE. */
enum tpm_rc auth_find_sessions(struct tpm *t, struct tpm_call *c) TPM_CHECKED;

/*
 * Session `slot` of the command proves knowledge of the secret of an entity of
 * this type and identity: success, TPM_AUTHFAIL (slot 0) or TPM_AUTH2FAIL.
 */
enum tpm_rc auth_verify(struct tpm *t, struct tpm_call *c, unsigned int slot,
			uint16_t type, const struct tpm_digest *secret,
			const struct tpm_digest *entity) TPM_CHECKED;

/* Writes the answer's authorisation areas, and rolls or ends the sessions. */
void auth_respond(struct tpm *t, struct tpm_call *c, struct wr *w,
		  const struct tpm_digest *out_digest);

/* A failed command ends the sessions that it named. */
void auth_abandon(struct tpm_call *c);

/* ---- endorsement.c ---- */

/*
 * The endorsement key, made if it was promised so far.
 * Errors: TPM_NO_ENDORSEMENT, TPM_FAIL.
 */
enum tpm_rc endorsement_get(struct tpm *t,
			    struct tpm_endorsement **ek) TPM_CHECKED;

/* ---- lockout.c: dictionary attacks ---- */

/* The failures that are borne before the TPM locks itself. */
#define LOCKOUT_THRESHOLD 5u

bool lockout_running(struct tpm *t);
void lockout_failure(struct tpm *t);
void lockout_reset(struct tpm *t);
/* Seconds until it ends; 0: it is not running. */
uint32_t lockout_left(struct tpm *t);
void lockout_power_on(struct tpm *t);

/* ---- selftest.c ---- */

/* Known answers of every algorithm; TPM_FAILEDSELFTEST and failure mode. */
enum tpm_rc selftest_full(struct tpm *t) TPM_CHECKED;
enum tpm_rc selftest_limited(struct tpm *t) TPM_CHECKED;

/* ---- physical presence: cmd/ownership.c ---- */

/* Whether someone stands before the machine, or says so (Part 1). */
bool presence_asserted(const struct tpm *t);

#endif
