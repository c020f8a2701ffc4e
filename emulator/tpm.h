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

#define TPM_EK_BITS  2048u
#define TPM_SRK_BITS 2048u

/* ---- State ---- */

/*
 * A register bank; a number of up to 2048 bits, one of half that, and a public
 * exponent as it was given: len 0 stands for 65537 (Part 2, 10.1.1).
 */
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

struct tpm_exponent {
	uint16_t len;
	uint8_t b[8];
};

/*
 * Numbers of the sessions that are outside (context.c); 0: a free place.
 * is11: TPM 1.1's command saved it.
 */
struct tpm_context_list {
	uint32_t count[TPM_MAX_CONTEXTS];
	bool is11[TPM_MAX_CONTEXTS];
};

typedef struct tpm_pcrs wire_pcrs;
typedef struct tpm_modulus wire_modulus;
typedef struct tpm_prime wire_prime;
typedef struct tpm_exponent wire_exponent;
typedef struct tpm_context_list wire_context_list;
typedef struct tpm_sha1_thread wire_sha1_thread;

#define STRUCTURE(name, tag)                                \
	struct tpm_##name {                                 \
		FIELDS_##name(STRUCT_FIELD)                 \
	};                                                  \
	typedef struct tpm_##name wire_##name;              \
	void rd_##name(struct rd *r, struct tpm_##name *v); \
	void wr_##name(struct wr *w, const struct tpm_##name *v);
#include "state.def"

/*
 * Part 2, 7.4: the manufacturer's key for maintenance, a TPM_PUBKEY as it came;
 * len 0: none was loaded.
 */
#define TPM_MANU_MAINT_PUB_MAX 320u
struct tpm_manu_maint_pub {
	uint16_t len;
	uint8_t b[TPM_MANU_MAINT_PUB_MAX];
};

/*
 * The largest image that TPM_SaveState keeps, in bytes: 20 keys of 540 at most,
 * and the registers.  check_state_full.c fills a TPM for this number, for
 * TPM_PERMANENT_MAX and for TPM12_VOLATILE_MAX.
 */
#define TPM_SAVED_MAX 11776u

/* Part 1, "Self-Test". */
enum tpm_test_state {
	TEST_LIMITED, /* what a platform needs at once was tested */
	TEST_FULL,
	TEST_FAILED, /* failure mode: until the power goes */
};

/*
 * The areas of non-volatile storage (Part 2, section 19), one after the other;
 * nv.c says how.
 */
struct tpm_nv {
	uint32_t len;
	uint8_t b[TPM_NV_SPACE];
};

struct tpm_state {
	/* Survives power (Part 2, 7.1 and 7.4). */
	struct tpm_permanent_flags flags;
	struct tpm_permanent_data data;
	struct tpm_endorsement ek;
	struct tpm_owner owner;
	struct tpm_key_entry srk;
	struct tpm_audit_status audit_status;
	struct tpm_lockout lockout;
	struct tpm_counter_entry counters[TPM_MAX_COUNTERS];
	struct tpm_manu_maint_pub manuMaintPub;
	/* What TPM_SaveState kept for TPM_Startup(ST_STATE); 0: nothing. */
	uint32_t saved_len;

	/*
	 * Delegation (Part 2, 20.6 and 20.9): a row whose familyID is 0 is
	 * free.
	 */
	struct tpm_family_table_entry families[TPM_FAMILY_ROWS];
	struct tpm_delegate_table_row delegates[TPM_DELEGATE_ROWS];

	/* Those with OWNER_EVICT survive power; the others go with it. */
	struct tpm_key_entry keys[TPM_MAX_KEYS];

	/* Until TPM_Startup(ST_CLEAR) (7.2 and 7.5). */
	struct tpm_stclear_flags stclear_flags;
	struct tpm_stclear_data stclear;
	struct tpm_digest auditDigest;
	struct tpm_digest contextNonceKey;
	struct tpm_digest contextNonceKey11; /* of TPM 1.1's command */
	uint32_t countID; /* of 7.5: see counter.h */

	/* Until any TPM_Startup (7.3 and 7.6). */
	struct tpm_stany_flags stany_flags;
	enum tpm_test_state test;
	uint32_t last_handle;
	struct tpm_session sessions[TPM_MAX_SESSIONS];
	struct tpm_transport transports[TPM_MAX_TRANSPORT];
	struct tpm_contexts contexts;
	struct tpm_sha1_session sha1;
	struct tpm_ticks ticks;
	struct tpm_daa_session daa[TPM_MAX_DAA];

	/*
	 * Survive power as well.  They are large, and last: of nv tpm_touch()
	 * copies what is used and tpm_preserve() nothing, of saved neither.
	 */
	struct tpm_nv nv;
	uint8_t saved[TPM_SAVED_MAX];
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

/*
 * The largest image of the permanent state, in bytes (state.c).  A key that the
 * owner keeps is not in what TPM_SaveState kept: of both there are 20.
 */
#define TPM_PERMANENT_MAX 63488u

struct tpm {
	struct tpm12_platform platform;
	void *ctx;
	struct tpm_crypto *crypto;

	bool has_state; /* manufactured or loaded */
	bool powered;
	struct tpm_state s;
	struct tpm_launch launch;

	bool touched;  /* undo holds the state before the command */
	bool to_store; /* what is permanent of it has changed */
	struct tpm_state undo;

	/* libcrypto's forms: of each slot, then the SRK's and the EK's. */
	struct tpm_rsa *rsa[TPM_MAX_KEYS + 2u];

	uint64_t lockout_since_us;
	/*
	 * struct tpm_call's: an answer, and of TPM_ExecuteTransport the wrapped
	 * command and its answer as well.
	 */
	uint8_t scratch[3u * TPM12_BUFFER_SIZE];
	uint8_t image[TPM_PERMANENT_MAX];
};

/* ---- The command being executed ---- */

/* One authorisation area of a command (Part 1, "Authorization protocols"). */
struct tpm_auth {
	uint32_t handle;
	/* One of the two, by the row. */
	struct tpm_session *session;
	struct tpm_transport *transport;
	struct tpm_digest nonceOdd;
	bool continueAuthSession;
	struct tpm_digest hmac;
	bool verified;
	struct tpm_digest key; /* of the answer's HMAC, once verified */
	/* Verified with what was delegated (delegation.h); or NULL. */
	const struct tpm_delegate_public *delegated;
};

/*
 * Something with a secret that a session can prove.  id tells it from others
 * of its type: for a key it is the digest of its public half; for what has none
 * the secret is part of it, so that a session is worth nothing any more when
 * the secret changes.
 */
struct tpm_entity {
	uint16_t type; /* TPM_ET_*, without how secrets are encrypted */
	struct tpm_digest id;
	struct tpm_digest secret;
	const struct tpm_key_entry *key; /* of a key */
};

struct tpm_call {
	const struct tpm_command *cmd;
	unsigned int locality;
	unsigned int n_auth;
	struct tpm_auth auth[2];
	/* Of a command with sessions, or audited. */
	struct tpm_digest in_digest;
	struct tpm_digest out_digest;
	/*
	 * Of TPM_ExecuteTransport, whose handler makes out_digest and the new
	 * nonce: the digests of what is wrapped, which are audited instead.
	 */
	bool digested;
	struct tpm_digest h1, h2;
	bool audited;
	/*
	 * The transport session that it came in.  secret: encrypted, so that
	 * nothing of its parameters may be told.
	 */
	const struct tpm_transport *wrapped_in;
	bool secret;
	bool wrong_secret; /* one of them was not proved: lockout.c counts */
	/* The keys of the handles for which the row says AUTH_KEY0, _KEY1. */
	struct tpm_key_entry *key[2];
	/* Answers that are built; wiped at the end. */
	struct wr scratch;
	/* The bytes that the answer may have, apart from its header. */
	size_t room;
};

/* ---- execute.c ---- */

/*
 * Must be called before permanent state changes; the pipeline then stores it,
 * before the answer, if the command succeeds.
 */
void tpm_touch(struct tpm *t);

/* The same before other state changes: it comes back if the command fails. */
void tpm_preserve(struct tpm *t);

/* The row of an ordinal; NULL: there is none. */
const struct tpm_command *tpm_command_find(uint32_t ordinal);

/*
 * Executes a command that another one, which goes on afterwards, has unwrapped
 * from a transport session; the length of the answer, which has at most cap
 * bytes.  What it makes permanent is stored, and the wrong secrets in it are
 * counted, with the other's.
 */
size_t tpm_execute_wrapped(struct tpm *t, struct tpm_call *outer,
			   const struct tpm_transport *session,
			   struct tpm_bytes req, uint8_t *rsp,
			   size_t cap) TPM_MUST_CHECK;

/* n bytes that live until the answer is out, or NULL when there are no more. */
uint8_t *tpm_scratch(struct tpm_call *c, size_t n) TPM_MUST_CHECK;

/* Puts back what tpm_touch() kept; or forgets it. */
void tpm_undo(struct tpm *t);
void tpm_untouch(struct tpm *t);

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
/* A slot of nobody's; NULL. */
struct tpm_session *session_free(struct tpm *t);
void session_close(struct tpm_session *s);
void sessions_close(struct tpm *t);
unsigned int session_count(const struct tpm *t);

/* Ends the OSAP and DSAP sessions of an entity that goes, or changes. */
void sessions_close_entity(struct tpm *t, uint16_t type,
			   const struct tpm_digest *id);

/* Ends all OSAP and DSAP sessions: delegations have changed. */
void sessions_close_bound(struct tpm *t);

/* A handle that was not in use, for the type TPM_RT_*. */
uint32_t tpm_new_handle(struct tpm *t, uint32_t type);

/* The wished one, if nobody has it; 0 if only that would do. */
uint32_t tpm_take_handle(struct tpm *t, uint32_t wished, bool keep,
			 uint32_t type);

/*
 * An entity that is no key: its type, the value that tells it from others of
 * the type, and its secret.
 */
void entity_set(struct tpm *t, struct tpm_entity *e, uint16_t type,
		uint32_t value, const struct tpm_digest *secret);
void entity_owner(struct tpm *t, struct tpm_entity *e);
void entity_key(const struct tpm *t, const struct tpm_key_entry *key,
		struct tpm_entity *e);

/*
 * What an OSAP session is opened for.
 *
 * Errors: TPM_BAD_PARAMETER (a type that has no secret), and what Part 3 says
 * for each type of something that is not there.
 */
enum tpm_rc entity_find(struct tpm *t, uint16_t type, uint32_t value,
			struct tpm_entity *e) TPM_CHECKED;

/* The sessions that a command names exist: TPM_INVALID_AUTHHANDLE. */
enum tpm_rc auth_find_sessions(struct tpm *t, struct tpm_call *c) TPM_CHECKED;

/*
 * The command's session `i` proves knowledge of the entity's secret, or of one
 * that was delegated in its place: success, TPM_AUTHFAIL (i is 0) or
 * TPM_AUTH2FAIL; also when there is no such session.
 *
 * Errors: those of delegation_permits (delegation.h) as well.
 */
enum tpm_rc auth_verify(struct tpm *t, struct tpm_call *c, unsigned int i,
			const struct tpm_entity *e) TPM_CHECKED;

/* The same for the owner; where there is none, nobody proves to be him. */
enum tpm_rc auth_verify_owner(struct tpm *t, struct tpm_call *c,
			      unsigned int i) TPM_CHECKED;

/*
 * The same for a key that may have none: without a session it must not ask
 * for one (authDataUsage), else TPM_AUTHFAIL.  attached: session i is there.
 */
enum tpm_rc auth_verify_key(struct tpm *t, struct tpm_call *c, bool attached,
			    unsigned int i,
			    const struct tpm_key_entry *key) TPM_CHECKED;

/*
 * AuthData Insertion Protocol (Part 1): the secret that the caller encrypted
 * in session i, which must be verified and is then over.  second: the later
 * one of two in the same command.
 *
 * Errors: TPM_BAD_MODE (not an OSAP or DSAP session).
 */
enum tpm_rc auth_decrypt(struct tpm *t, struct tpm_call *c, unsigned int i,
			 bool second, const struct tpm_digest *enc,
			 struct tpm_digest *secret) TPM_CHECKED;

/* Writes the answer's authorisation areas, and rolls or ends the sessions. */
void auth_respond(struct tpm *t, struct tpm_call *c, struct wr *w,
		  const struct tpm_digest *out_digest);

/*
 * The command's session i, a transport session, proves its own secret; refused:
 * the result if it does not.
 */
enum tpm_rc auth_verify_transport(struct tpm *t, struct tpm_call *c,
				  unsigned int i,
				  enum tpm_rc refused) TPM_CHECKED;

/* A failed command ends the sessions that it named. */
void auth_abandon(struct tpm *t, struct tpm_call *c);

/* ---- audit.c ---- */

/* Of an ordinal that has a row. */
bool audit_is_on(const struct tpm *t, uint32_t ordinal);
void audit_set(struct tpm *t, uint32_t ordinal, bool on);
void audit_set_defaults(struct tpm *t);
void audit_owner_clear(struct tpm *t);

/* auditMonotonicCounter */
struct tpm_counter_value audit_counter(const struct tpm *t);

/* Before an audited command's handler, and when it has succeeded. */
void audit_begin(struct tpm *t, const struct tpm_call *c);
/* Errors: TPM_AUDITFAIL_SUCCESSFUL, and failure mode. */
enum tpm_rc audit_end(struct tpm *t, const struct tpm_call *c) TPM_CHECKED;

/* ---- cmd/capability.c ---- */

/* What TPM_CAP_VERSION_VAL tells. */
const struct tpm_cap_version_info *tpm_version_info(void);

/* ---- endorsement.c ---- */

/*
 * The endorsement key, made if it was promised so far.
 * Errors: TPM_NO_ENDORSEMENT, TPM_FAIL.
 */
enum tpm_rc endorsement_get(struct tpm *t,
			    struct tpm_endorsement **ek) TPM_CHECKED;

/* New DAA secrets: what was joined with the old ones is worth nothing. */
void endorsement_renew_daa(struct tpm *t);

/* ---- lockout.c: dictionary attacks ---- */

/* The failures that are borne before the TPM locks itself. */
#define LOCKOUT_THRESHOLD 5u

bool lockout_running(struct tpm *t);
void lockout_failure(struct tpm *t);
void lockout_reset(struct tpm *t);
/* Seconds until it ends; 0: it is not running. */
uint32_t lockout_left(struct tpm *t);
void lockout_power_on(struct tpm *t);

/* ---- cmd/sha1.c ---- */

/*
 * Any command but those that go on with the SHA-1 thread ends it (Part 3,
 * section 13).
 */
void sha1_keep(struct tpm *t, const struct tpm_call *c, uint32_t ordinal);

/* ---- cmd/ticks.c ---- */

/* Ticks of a microsecond, counted since the power came. */
void ticks_now(struct tpm *t, struct tpm_current_ticks *now);
/* A new count, with a nonce of its own. */
void ticks_start(struct tpm *t);
/* Another process goes on counting, perhaps by another clock. */
void ticks_resume(struct tpm *t);

/* ---- selftest.c ---- */

/* Known answers of every algorithm; TPM_FAILEDSELFTEST and failure mode. */
enum tpm_rc selftest_full(struct tpm *t) TPM_CHECKED;
enum tpm_rc selftest_limited(struct tpm *t) TPM_CHECKED;

/* ---- the owner: cmd/ownership.c ---- */

/*
 * New ones of the secrets with which the TPM tells its own things from
 * others': whatever was made with the old ones is worth nothing.
 */
void owner_renew_secrets(struct tpm *t);

/*
 * What ends with the owner (6.2), whoever ends it; calls each module's
 * <module>_owner_clear().
 */
void owner_clear(struct tpm *t);

/* Whether someone stands before the machine, or says so (Part 1). */
bool presence_asserted(const struct tpm *t);

#endif
