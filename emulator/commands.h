/* SPDX-License-Identifier: BSD-2-Clause */
/* The command table as C: parameters, handlers, rows (commands.def). */
#ifndef TPM_COMMANDS_H
#define TPM_COMMANDS_H

#include "types.h"

struct tpm;
struct tpm_call;

/*
 * The states in which a command is executed, in the order in which they are
 * checked.
 */
enum tpm_when {
	WHEN_ANY = 0,
	NOT_FAILED = 1 << 0,   /* TPM_FAILEDSELFTEST in failure mode */
	WHEN_STARTED = 1 << 1, /* TPM_INVALID_POSTINIT before TPM_Startup */
	TESTED = 1 << 2,       /* the full self-test is done first */
	WHEN_ENABLED = 1 << 3, /* TPM_DISABLED */
	WHEN_ACTIVE = 1 << 4,  /* TPM_DEACTIVATED */
	HAS_OWNER = 1 << 5,    /* TPM_NOSRK */
	IN_LOCKOUT = 1 << 6,   /* also while TPM_DEFEND_LOCK_RUNNING */
	/* Of ENABLED, ACTIVE and HAS_OWNER nothing until nvLocked is set. */
	UNLESS_NV_UNLOCKED = 1 << 7,

	/* The sets that Part 3 uses. */
	WHEN_MEASURING = WHEN_STARTED | NOT_FAILED,
	WHEN_WORKING = WHEN_MEASURING | TESTED,
	WHEN_USABLE = WHEN_ENABLED | WHEN_ACTIVE,
	WHEN_OPERATIONAL = WHEN_WORKING | WHEN_USABLE,
	WHEN_OWNED = WHEN_WORKING | HAS_OWNER,
};

enum tpm_audit {
	AUDIT_NEVER,
	AUDIT_OFF, /* can be */
	AUDIT_ON,  /* can be, and is unless the owner says otherwise */
};

/* Part 2, section 17: those of the connection rather than of the TPM. */
#define TSC 0x40000000u

/* Part 1, "Command structure": a header, and a session's area in each. */
#define HEADER_SIZE   10u
#define AUTH_IN_SIZE  45u
#define AUTH_OUT_SIZE 41u

/* Not delegable. */
#define NEVER (-1)

/* Whose secret a session proves. */
enum tpm_auth_kind {
	AUTH_NONE,  /* there is no such session */
	AUTH_OWNER, /* the owner */
	AUTH_KEY0,  /* the key of the first handle; it may ask for no proof */
	AUTH_KEY1,  /* that of the second */
	AUTH_LATER, /* the handler knows, and calls auth_verify */
	AUTH_TRANSPORT, /* a transport session; auth_verify_transport */
};

#define COMMAND(ordinal, name, ...)                                       \
	struct name##_in {                                                \
		IN_##name(STRUCT_FIELD) char end;                         \
	};                                                                \
	struct name##_out {                                               \
		OUT_##name(STRUCT_FIELD) char end;                        \
	};                                                                \
	enum tpm_rc tpm_##name(struct tpm *t, struct tpm_call *c,         \
			       const struct name##_in *in,                \
			       struct name##_out *out) TPM_CHECKED;
#include "commands.def"

#define COMMAND(ordinal, name, ...) TPM_ORD_##name = (ordinal),
enum tpm_ordinal {
#include "commands.def"
};

/* The parameters of any command. */
#define COMMAND(ordinal, name, ...) struct name##_in name;
union tpm_in {
#include "commands.def"
};

#define COMMAND(ordinal, name, ...) struct name##_out name;
union tpm_out {
#include "commands.def"
};

struct tpm_command {
	uint32_t ordinal;
	const char *name;
	const char *section; /* of Part 3 */
	uint8_t in_skip;
	uint8_t out_skip;
	uint8_t auth_min;
	uint8_t auth_max;
	uint8_t when;
	uint8_t audit;
	int8_t owner_bit;
	int8_t key_bit;
	uint8_t auth[2];
	void (*read)(struct rd *r, union tpm_in *in);
	void (*write)(struct wr *w, const union tpm_out *out);
	enum tpm_rc (*run)(struct tpm *t, struct tpm_call *c,
			   const union tpm_in *in, union tpm_out *out);
};

/* All of them, by ordinal. */
extern const struct tpm_command tpm_commands[];
extern const size_t tpm_n_commands;

#endif
