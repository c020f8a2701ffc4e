/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest client of a TPM 1.2, written from the specification: it is what
 * the emulator is held against, so the two share nothing.
 *
 * A command is built field by field, run, and its answer read field by field:
 *
 *	tss_begin(&c, ORDINAL);
 *	tss_put_handle(&c, key);
 *	tss_put_blob(&c, data, len);
 *	tss_use(&c, &session, secret, true);
 *	result = tss_run(&tss, &c, &a);
 *	tss_get_blob(&a, &len);
 *	ok = tss_end(&a);
 *
 * Nothing is allocated and nothing is kept but in the caller's structs.
 */
#ifndef CLIENT_TSS_H
#define CLIENT_TSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "primitives.h"

/* More than a TPM takes. */
#define TSS_BUFFER 4608u

/* Part 1, "Command structure". */
#define TSS_TAG_RQU 0x00c1u
#define TSS_TAG_RSP 0x00c4u
#define TSS_HEADER  10u
/* An authorisation area: of a command, and of an answer. */
#define TSS_AUTH_RQU 45u
#define TSS_AUTH_RSP 41u

/* What tss_run returns besides results of the TPM, which are below 0x1000. */
#define TSS_MALFORMED 0xffff0001u /* the answer is no answer */
#define TSS_FORGED    0xffff0002u /* its HMAC is wrong */

/* The high byte of an OSAP session's entity type (Part 2, 4.3). */
enum tss_adip {
	TSS_ADIP_XOR = 0x00,
	TSS_ADIP_AES_CTR = 0x06,
};

struct tss_digest {
	uint8_t b[CLIENT_SHA1];
};

struct tss_session {
	uint32_t handle;
	struct tss_digest even; /* the TPM's nonce, of its last answer */
	struct tss_digest odd;	/* ours, of the next command */
	bool bound;		/* OSAP: to an entity, with a key of its own */
	enum tss_adip adip;
	struct tss_digest shared; /* secret of a bound one */
};

struct tss_command {
	uint32_t ordinal;
	uint8_t params[TSS_BUFFER];
	size_t len;
	/* Bytes in front of each that no digest covers. */
	size_t in_handles;
	size_t out_handles;
	/*
	 * Of TPM_ExecuteTransport: its parameter is a command without handles
	 * and sessions, not encrypted (tss_transport.h has the others).
	 */
	bool wraps;
	unsigned int n_auth;
	struct tss_auth {
		struct tss_session *session;
		struct tss_digest key;
		struct tss_digest answer_key;
		bool keep;
	} auth[2];
};

struct tss_answer {
	uint8_t b[TSS_BUFFER];
	size_t len;
	/* What was not read yet of its parameters. */
	const uint8_t *p;
	const uint8_t *end;
	bool bad;
};

/*
 * A way to a TPM: takes a request, gives the length of the answer in rsp, which
 * has room for TSS_BUFFER bytes.
 */
struct tss {
	size_t (*transmit)(void *ctx, const uint8_t *req, size_t len,
			   uint8_t *rsp);
	void *ctx;
	uint64_t nonces;
};

/* ---- Building ---- */

void tss_begin(struct tss_command *c, uint32_t ordinal);
/* In front of all other parameters. */
void tss_put_handle(struct tss_command *c, uint32_t handle);
void tss_put_u8(struct tss_command *c, unsigned int v);
void tss_put_u16(struct tss_command *c, unsigned int v);
void tss_put_u32(struct tss_command *c, uint32_t v);
void tss_put_bytes(struct tss_command *c, const void *p, size_t len);
/* A UINT32 of the size in front. */
void tss_put_blob(struct tss_command *c, const void *p, size_t len);

/*
 * The next authorisation proves `secret` through the session, which a bound
 * session does with its own key; keep: continueAuthSession.
 */
void tss_use(struct tss_command *c, struct tss_session *s,
	     const struct tss_digest *secret, bool keep);

/* From the answer on the last tss_use's entity has this secret. */
void tss_use_changes(struct tss_command *c, const struct tss_digest *secret);

/*
 * AuthData Insertion Protocol (Part 1): a secret as the command that uses the
 * bound session s next will carry it.  second: the later of two in the same
 * command.
 */
void tss_encrypt(const struct tss_session *s, const struct tss_digest *secret,
		 bool second, struct tss_digest *out);

/* ---- Running ---- */

/* The request as bytes, TSS_BUFFER of them at most; its length. */
size_t tss_marshal(const struct tss_command *c, uint8_t *req);

/*
 * Looks at an answer that arrived: the TPM's result, or TSS_MALFORMED or
 * TSS_FORGED.  Sessions that go on get their nonces.
 */
uint32_t tss_judge(struct tss *tss, const struct tss_command *c,
		   struct tss_answer *a);

/* Both, with the way to the TPM in between. */
uint32_t tss_run(struct tss *tss, const struct tss_command *c,
		 struct tss_answer *a);

/* ---- Reading; after what does not fit, all is zeros ---- */

uint8_t tss_get_u8(struct tss_answer *a);
uint16_t tss_get_u16(struct tss_answer *a);
uint32_t tss_get_u32(struct tss_answer *a);
/* len bytes inside the answer; NULL. */
const uint8_t *tss_get_bytes(struct tss_answer *a, size_t len);
const uint8_t *tss_get_blob(struct tss_answer *a, size_t *len);
void tss_get_digest(struct tss_answer *a, struct tss_digest *d);
/* Whether all fitted and all was read. */
bool tss_end(const struct tss_answer *a);

/* ---- Sessions: Part 3, section 18 ---- */

uint32_t tss_oiap(struct tss *tss, struct tss_session *s);

/* secret: what the client believes the entity's to be. */
uint32_t tss_osap(struct tss *tss, struct tss_session *s, enum tss_adip adip,
		  uint8_t type, uint32_t value,
		  const struct tss_digest *secret);

/* entity: the row's index or the blob, as the type wants it. */
uint32_t tss_dsap(struct tss *tss, struct tss_session *s, enum tss_adip adip,
		  uint8_t type, uint32_t key, const struct client_bytes *entity,
		  const struct tss_digest *secret);

#endif
