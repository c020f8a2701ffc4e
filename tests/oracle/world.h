/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two TPMs that are told the same, and what is believed to be in them.
 *
 * A generator (generators.def) builds one command for both TPMs, field by
 * field, each with its own handles, nonces and encrypted secrets; both_run
 * sends them and compares the results; the same_ functions read the two answers
 * and compare them, the pair_ functions read what may differ.
 *
 * What the model holds may be wrong, after a command was damaged on purpose:
 * that only makes what follows fail, which it must do on both.
 */
#ifndef ORACLE_WORLD_H
#define ORACLE_WORLD_H

#include "constants.h"
#include "ordinals.h"
#include "random.h"
#include "result.h"
#include "side.h"

/* What both_run returns when the two disagree. */
#define DISAGREE 0xffff0003u

#define BLOB_MAX 1536u

struct pair {
	uint32_t v[SIDES];
};

struct blob {
	size_t len;
	uint8_t b[BLOB_MAX];
};

struct blobs {
	struct blob s[SIDES];
};

/* ---- What is believed to exist ---- */

/* What a session can prove knowledge of. */
struct entity {
	uint16_t type; /* TPM_ET_* */
	struct pair value;
	struct tss_digest secret;
};

struct session {
	bool open;
	struct entity bound; /* type 0: OIAP */
	bool area_defined;   /* or deleted, since: bound to an area of NV */
	struct tss_session s[SIDES];
};

struct key {
	bool known;  /* there is a wrapped blob */
	bool loaded; /* and a handle */
	bool evict;
	bool migratable;
	bool cmk;
	unsigned int parent; /* which of the keys; 0: the SRK */
	uint16_t usage;
	uint16_t enc;
	uint16_t sig;
	uint16_t bits;
	uint8_t auth_usage;
	uint8_t payload;
	uint32_t number; /* of those that are there already */
	struct pair handle;
	struct tss_digest secret;
	struct tss_digest migration;
	struct blobs blob; /* TPM_KEY or TPM_KEY12 */
};

struct sealed {
	bool known;
	bool sealx;
	unsigned int parent;
	struct tss_digest secret;
	struct blobs blob;
};

struct area {
	bool known;
	uint32_t index;
	uint32_t size;
	uint32_t permissions;
	struct tss_digest secret;
};

struct counter {
	bool known;
	struct pair id;
	struct tss_digest secret;
};

struct context {
	bool known;
	uint32_t type;
	unsigned int what; /* which key or session */
	struct pair handle;
	struct blobs blob;
	struct session session;
};

struct family {
	bool known;
	uint32_t id;
	uint32_t count; /* verificationCount */
};

struct delegation {
	bool known;
	bool of_key;
	unsigned int key;
	struct tss_digest secret;
	struct blobs blob;
};

struct transport {
	bool open;
	uint32_t attributes;
	uint32_t alg;
	uint16_t scheme;
	struct tss_digest secret;
	struct tss_session s[SIDES];
};

#define N_SESSIONS    8u
#define N_KEYS	      12u
#define N_SEALED      4u
#define N_AREAS	      6u
#define N_COUNTERS    4u
#define N_CONTEXTS    4u
#define N_FAMILIES    4u
#define N_DELEGATIONS 4u
#define N_TRANSPORTS  2u

/* Key 0 is the SRK: known when there is an owner. */
#define SRK 0u

struct model {
	bool owner;
	bool cleared; /* there was an owner's end */
	bool saved;   /* a session was saved, in this life */
	bool asleep;  /* disabled, or will be deactivated */
	uint32_t parted_by; /* the command that ends saved sessions on one */
	uint32_t startup; /* TPM_ST_* of the last power cycle of this life */
	struct tss_digest owner_secret;
	struct tss_digest operator_secret;
	struct tss_digest proof;  /* tpmProof */
	struct tss_digest revoke; /* resets the EK */
	unsigned int failures;	  /* wrong secrets since the last reset */
	struct session sessions[N_SESSIONS];
	struct key keys[N_KEYS];
	struct sealed sealed[N_SEALED];
	struct area areas[N_AREAS];
	struct counter counters[N_COUNTERS];
	struct context contexts[N_CONTEXTS];
	struct family families[N_FAMILIES];
	struct delegation delegations[N_DELEGATIONS];
	struct tss_digest row_secrets[4]; /* of the delegate table */
	struct transport transports[N_TRANSPORTS];
};

/* ---- How a step is damaged ---- */

#define MUTATION(name, weight) MUTATE_##name,
enum mutation {
#include "mutations.def"
	N_MUTATIONS,
};

struct step {
	unsigned int generator;
	enum mutation mutation;
	uint32_t seed;
};

/* Where a session still is. */
#define THERE_OURS   1u
#define THERE_THEIRS 2u

struct difference {
	bool found;
	const char *what; /* result, or the field of the answer */
	uint32_t ordinal;
	uint32_t detail; /* which capability; where the session still is */
	uint32_t result[SIDES];
	struct tss_answer answer[SIDES];
	uint8_t request[SIDES][TSS_BUFFER];
	size_t request_len[SIDES];
};

/* What came of everything. */
#define N_ORDINALS 0x100u

struct statistics {
	uint64_t steps;
	uint64_t commands;
	uint64_t lives;
	uint64_t explained;
	uint64_t sent[N_ORDINALS];
	uint64_t good[N_ORDINALS];
};

struct world {
	struct side *side[SIDES];
	struct model m;
	struct statistics *stats;

	/* Of the step that runs. */
	struct rng rng;
	enum mutation mutation; /* to come; PLAIN: done */
	uint32_t run_mutation;	/* the one of the last both_run */
	struct tss_command c[SIDES];
	struct tss_answer a[SIDES];
	uint32_t result[SIDES];
	uint8_t request[SIDES][TSS_BUFFER];
	size_t request_len[SIDES];
	struct session *used[2];
	unsigned int n_used;
	struct session *held; /* for the command to come */
	bool wish_oiap;	      /* by what is authorised next */
	uint32_t commands;    /* of this life */
	uint64_t seed;	      /* of this life */
	bool verbose;

	uint32_t detail; /* of the next difference */
	const struct session *ended; /* whose being there makes it */

	bool over; /* the two have parted in an explained way */
	struct difference difference;
};

/* ---- Random choices ---- */

uint32_t pick(struct world *w, uint32_t n); /* 0 to n - 1 */
bool chance(struct world *w, uint32_t one_in);
void random_digest(struct world *w, struct tss_digest *d);
/* One of the n numbers. */
uint32_t one_of(struct world *w, const uint32_t *numbers, size_t n);
#define ONE_OF(w, ...)                                 \
	one_of((w), (const uint32_t[]){ __VA_ARGS__ }, \
	       sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

/* ---- Building ---- */

void both_begin(struct world *w, uint32_t ordinal);
void both_handle(struct world *w, const struct pair *handle);
void both_handle_u32(struct world *w, uint32_t handle);
void both_u8(struct world *w, unsigned int v);
void both_u16(struct world *w, unsigned int v);
void both_u32(struct world *w, uint32_t v);
void both_pair(struct world *w, const struct pair *v);
void both_bytes(struct world *w, const void *p, size_t len);
void both_blob(struct world *w, const void *p, size_t len);
void both_digest(struct world *w, const struct tss_digest *d);
/* To each its own; no size in front of the first. */
void both_raw(struct world *w, const struct blobs *b);
void both_blobs(struct world *w, const struct blobs *b);

/* ---- Running ---- */

/* The result, when it is the same; DISAGREE. */
uint32_t both_run(struct world *w);

/*
 * The parts of both_run, for who builds requests himself: sends to one and has
 * its answer judged by w->c; compares both results.
 */
void send_to(struct world *w, int i, const uint8_t *req, size_t len);
void note_result(struct world *w, uint32_t ordinal);

/* The number at an offset of the parameters that our TPM was sent. */
uint32_t sent_u32(const struct world *w, size_t at);

/* Bytes as they are, the same to both; answers are read with same_rest. */
uint32_t both_send(struct world *w, const uint8_t *req, size_t len);

/* ---- Reading, and comparing ---- */

void differ(struct world *w, const char *what);
uint8_t same_u8(struct world *w, const char *what);
uint16_t same_u16(struct world *w, const char *what);
uint32_t same_u32(struct world *w, const char *what);
void same_bytes(struct world *w, size_t len, const char *what);
/* NULL or the len bytes of our answer. */
const uint8_t *same_blob(struct world *w, size_t *len, const char *what);
/* All that is left; nothing may be left by others: same_end. */
void same_rest(struct world *w, const char *what);
void same_end(struct world *w);
void pair_u32(struct world *w, struct pair *v);
void pair_skip(struct world *w, size_t len);
void pair_digest(struct world *w, struct tss_digest d[SIDES]);
/* The lengths are the same, unless what is NULL. */
void pair_blob(struct world *w, struct blobs *b, const char *what);
void pair_rest(struct world *w, struct blobs *b, const char *what);

/* ---- Sessions: sessions.c ---- */

enum session_wish {
	ANY_SESSION,
	BOUND_SESSION, /* OSAP for the entity */
	OIAP_SESSION,
};

/*
 * A session for what the command to come proves, open already or opened now;
 * when that cannot be had, one that is none.
 */
struct session *session_for(struct world *w, const struct entity *e,
			    enum session_wish wish);
/* The command being built uses it. */
void use(struct world *w, struct session *s, const struct tss_digest *secret);
/* Both in one, for commands that carry no encrypted secret. */
void authorise(struct world *w, const struct entity *e);
/* The secret as this session's command carries it. */
void both_encrypted(struct world *w, const struct session *s,
		    const struct tss_digest *secret, bool second);
/* After a command: which of its sessions are still there. */
void settle_sessions(struct world *w);
void forget_sessions(struct world *w);
/* Where a TPM may end those of an entity: nobody has them any more. */
void end_bound_sessions(struct world *w);
/* A free place for a session that was opened in another way. */
struct session *session_place(struct world *w);
/* What was just tried on both, by the ordinal; whether both have it now. */
bool note_session(struct world *w, uint32_t ordinal, struct session *s);

struct entity owner_entity(const struct world *w);
struct entity key_entity(const struct world *w, const struct key *k);

/* ---- Lives: life.c ---- */

/* New TPMs, and what a life begins with, by the seed. */
void life_begin(struct world *w, uint64_t seed);
/* Startup after a power cycle. */
void life_power(struct world *w, uint32_t startup_type);
/* After each step: lockout is kept away. */
void life_settle(struct world *w);

/* ---- Steps: steps.c ---- */

struct generator {
	const char *name;
	uint32_t ordinal; /* both must know it */
	uint32_t weight;
	void (*run)(struct world *w);
};
extern const struct generator generators[];
extern const size_t n_generators;

void step_run(struct world *w, const struct step *s);
const char *mutation_name(enum mutation m);

/* ---- Differences that stay: explained.c ---- */

/* Whether the difference just found is one of those of explained.def. */
bool is_explained(const struct world *w, const struct difference *d);
/* A line for each row that was met. */
void print_explained(void);

#endif
