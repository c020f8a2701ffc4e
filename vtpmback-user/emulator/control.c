/* SPDX-License-Identifier: BSD-2-Clause */
/* The control channel: see control.h. */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "control.h"
#include "control_protocol.h"
#include "log.h"

#define NUMBER 4u /* a command's, a TPM_RESULT */

/*
 * What some clients send behind a locality, which is one byte: QEMU sends the
 * whole union that it stands in.
 */
#define LOCALITY_PADDING 3u

#define REQUEST_MAX 16u
#define ANSWER_MAX  16u

/* An answer behind its result. */
struct answer {
	uint8_t b[ANSWER_MAX - NUMBER];
	uint8_t *tail; /* to be wiped and freed */
	size_t tail_len;
};

enum control_when {
	ANY,
	WHEN_ON,
	WHEN_OFF
};

struct control_command {
	uint8_t request; /* bytes behind the command */
	uint8_t answer;	 /* bytes with the result, which all answers have */
	bool padded;	 /* LOCALITY_PADDING may follow */
	enum control_when when;
	uint32_t (*run)(struct control *c, const uint8_t *req,
			struct answer *a);
	/*
	 * A body follows, whose length is the request's last number.  run
	 * comes before it; chunk takes a piece; done comes after it.
	 */
	void (*chunk)(struct control *c, const uint8_t *b, size_t n);
	uint32_t (*done)(struct control *c);
};

/* ---- The requests ---- */

static uint32_t get_capability(struct control *c, const uint8_t *req,
			       struct answer *a)
{
	put32(a->b,
	      PTM_CAP_INIT | PTM_CAP_SHUTDOWN | PTM_CAP_GET_TPMESTABLISHED |
		      PTM_CAP_SET_LOCALITY | PTM_CAP_HASHING |
		      PTM_CAP_CANCEL_TPM_CMD | PTM_CAP_STORE_VOLATILE |
		      PTM_CAP_RESET_TPMESTABLISHED | PTM_CAP_GET_STATEBLOB |
		      PTM_CAP_SET_STATEBLOB | PTM_CAP_STOP |
		      PTM_CAP_GET_CONFIG | PTM_CAP_SET_DATAFD |
		      PTM_CAP_SET_BUFFERSIZE | PTM_CAP_GET_INFO);
	return CHIP_SUCCESS;
}

static uint32_t init(struct control *c, const uint8_t *req, struct answer *a)
{
	return chip_power_on(c->chip,
			     get32(req) & PTM_INIT_FLAG_DELETE_VOLATILE);
}

static uint32_t stop(struct control *c, const uint8_t *req, struct answer *a)
{
	chip_power_off(c->chip);
	return CHIP_SUCCESS;
}

static uint32_t shut_down(struct control *c, const uint8_t *req,
			  struct answer *a)
{
	chip_power_off(c->chip);
	c->shutdown = true;
	return CHIP_SUCCESS;
}

static uint32_t get_established(struct control *c, const uint8_t *req,
				struct answer *a)
{
	a->b[0] = chip_established(c->chip);
	return CHIP_SUCCESS;
}

static uint32_t reset_established(struct control *c, const uint8_t *req,
				  struct answer *a)
{
	return chip_reset_established(c->chip, req[0]);
}

static uint32_t set_locality(struct control *c, const uint8_t *req,
			     struct answer *a)
{
	return chip_set_locality(c->chip, req[0]);
}

static uint32_t hash_start(struct control *c, const uint8_t *req,
			   struct answer *a)
{
	return chip_hash_start(c->chip);
}

static uint32_t hash_data(struct control *c, const uint8_t *req,
			  struct answer *a)
{
	return CHIP_SUCCESS;
}

static void hash_chunk(struct control *c, const uint8_t *b, size_t n)
{
	c->result = chip_hash_data(c->chip, b, n);
}

static uint32_t hash_done(struct control *c)
{
	return CHIP_SUCCESS;
}

static uint32_t hash_end(struct control *c, const uint8_t *req,
			 struct answer *a)
{
	return chip_hash_end(c->chip);
}

/* None runs: control_cancels would have taken the request. */
static uint32_t cancel(struct control *c, const uint8_t *req, struct answer *a)
{
	return CHIP_SUCCESS;
}

static uint32_t store_volatile(struct control *c, const uint8_t *req,
			       struct answer *a)
{
	return chip_store_volatile(c->chip);
}

/* What comes before an offset is not asked for. */
static void skip(struct answer *a, uint32_t offset)
{
	const size_t n = offset < a->tail_len ? offset : a->tail_len;

	if (!n)
		return;
	memmove(a->tail, a->tail + n, a->tail_len - n);
	explicit_bzero(a->tail + a->tail_len - n, n);
	a->tail_len -= n;
}

/* Request: flags, type, offset.  Answer: flags, total length, length, bytes. */
static uint32_t get_blob(struct control *c, const uint8_t *req,
			 struct answer *a)
{
	const uint32_t type = get32(req + 4), offset = get32(req + 8);
	uint32_t result = CHIP_SUCCESS;

	switch (type) {
	case PTM_BLOB_TYPE_PERMANENT:
		result = chip_get_blob(c->chip, CHIP_PERMANENT, &a->tail,
				       &a->tail_len);
		break;
	case PTM_BLOB_TYPE_VOLATILE:
		result = chip_get_blob(c->chip, CHIP_VOLATILE, &a->tail,
				       &a->tail_len);
		break;
	case PTM_BLOB_TYPE_SAVESTATE:
		/* It is part of the permanent state. */
		break;
	default:
		result = CHIP_BAD_PARAMETER;
	}
	skip(a, offset);
	put32(a->b + 4, (uint32_t)a->tail_len);
	put32(a->b + 8, (uint32_t)a->tail_len);
	return result;
}

/* Request: flags, type, length, bytes. */
static uint32_t set_blob(struct control *c, const uint8_t *req,
			 struct answer *a)
{
	c->blob_type = get32(req + 4);
	if (get32(req) & PTM_STATE_FLAG_ENCRYPTED)
		return CHIP_KEYNOTFOUND;
	if (c->blob_type < PTM_BLOB_TYPE_PERMANENT ||
	    c->blob_type > PTM_BLOB_TYPE_SAVESTATE)
		return CHIP_BAD_PARAMETER;
	c->blob = malloc((size_t)c->body_left + 1);
	return c->blob ? CHIP_SUCCESS : CHIP_FAIL;
}

static void blob_chunk(struct control *c, const uint8_t *b, size_t n)
{
	memcpy(c->blob + c->blob_len, b, n);
	c->blob_len += n;
}

static uint32_t blob_done(struct control *c)
{
	/* It came with the permanent state. */
	if (c->blob_type == PTM_BLOB_TYPE_SAVESTATE)
		return c->blob_len ? CHIP_BAD_PARAMETER : CHIP_SUCCESS;
	return chip_set_blob(c->chip,
			     c->blob_type == PTM_BLOB_TYPE_VOLATILE
				     ? CHIP_VOLATILE
				     : CHIP_PERMANENT,
			     c->blob, c->blob_len);
}

static uint32_t get_config(struct control *c, const uint8_t *req,
			   struct answer *a)
{
	put32(a->b, chip_is_sealed(c->chip) ? PTM_CONFIG_FLAG_FILE_KEY : 0);
	return CHIP_SUCCESS;
}

static uint32_t set_data_fd(struct control *c, const uint8_t *req,
			    struct answer *a)
{
	if (c->conn->passed_fd < 0)
		return CHIP_BAD_PARAMETER;
	if (c->data->fd >= 0)
		return CHIP_IOERROR;
	conn_open(c->data, conn_take_descriptor(c->conn));
	return CHIP_SUCCESS;
}

/* Answer: the size, the least and the largest: there is one only. */
static uint32_t set_buffer_size(struct control *c, const uint8_t *req,
				struct answer *a)
{
	if (get32(req) && chip_is_on(c->chip))
		return CHIP_BAD_ORDINAL;
	for (size_t i = 0; i < 3; i++)
		put32(a->b + 4 * i, CHIP_PACKET_MAX);
	return CHIP_SUCCESS;
}

/* Request: flags of 64 bits, offset, padding.  Answer: total, length, text. */
static uint32_t get_info(struct control *c, const uint8_t *req,
			 struct answer *a)
{
	const char *text =
		get32(req + 4) & SWTPM_INFO_TPMSPECIFICATION
			? "{\"TPMSpecification\":{\"family\":\"1.2\","
			  "\"level\":2,\"revision\":116}}"
			: "{}";
	const size_t total = strlen(text) + 1;
	const uint32_t offset = get32(req + 8);

	if (offset >= total)
		return CHIP_BAD_PARAMETER;
	a->tail_len = total - offset;
	a->tail = malloc(a->tail_len);
	if (!a->tail)
		return CHIP_FAIL;
	memcpy(a->tail, text + offset, a->tail_len);
	put32(a->b, (uint32_t)total);
	put32(a->b + 4, (uint32_t)a->tail_len);
	return CHIP_SUCCESS;
}

/* Bytes of the request, bytes of the answer, and so on. */
static const struct control_command commands[] = {
	[CMD_GET_CAPABILITY] = { 0, 8, .run = get_capability },
	[CMD_INIT] = { 4, 4, .run = init },
	[CMD_SHUTDOWN] = { 0, 4, .run = shut_down },
	[CMD_GET_TPMESTABLISHED] = { 0, 8, .when = WHEN_ON,
				     .run = get_established },
	[CMD_SET_LOCALITY] = { 1, 4, .padded = true, .run = set_locality },
	[CMD_HASH_START] = { 0, 4, .when = WHEN_ON, .run = hash_start },
	[CMD_HASH_DATA] = { 4, 4, .when = WHEN_ON, .run = hash_data,
			    .chunk = hash_chunk, .done = hash_done },
	[CMD_HASH_END] = { 0, 4, .when = WHEN_ON, .run = hash_end },
	[CMD_CANCEL_TPM_CMD] = { 0, 4, .when = WHEN_ON, .run = cancel },
	[CMD_STORE_VOLATILE] = { 0, 4, .when = WHEN_ON, .run = store_volatile },
	[CMD_RESET_TPMESTABLISHED] = { 1, 4, .padded = true, .when = WHEN_ON,
				       .run = reset_established },
	[CMD_GET_STATEBLOB] = { 12, 16, .when = WHEN_ON, .run = get_blob },
	[CMD_SET_STATEBLOB] = { 12, 4, .when = WHEN_OFF, .run = set_blob,
				.chunk = blob_chunk, .done = blob_done },
	[CMD_STOP] = { 0, 4, .run = stop },
	[CMD_GET_CONFIG] = { 0, 8, .run = get_config },
	[CMD_SET_DATAFD] = { 0, 4, .run = set_data_fd },
	[CMD_SET_BUFFERSIZE] = { 4, 16, .run = set_buffer_size },
	[CMD_GET_INFO] = { 16, 12, .run = get_info },
};

/* ---- Requests and answers ---- */

void control_init(struct control *c, struct conn *conn, struct chip *chip,
		  struct conn *data)
{
	memset(c, 0, sizeof(*c));
	c->conn = conn;
	c->chip = chip;
	c->data = data;
}

void control_forget(struct control *c)
{
	if (c->blob)
		explicit_bzero(c->blob, c->blob_len);
	free(c->blob);
	c->blob = NULL;
	c->blob_len = 0;
	c->coming = NULL;
	c->body_left = 0;
	c->may_pad = false;
}

/*
 * In one piece: swtpm_ioctl reads once.  Errors have the length of the whole
 * answer too: a client that waits for it must not wait for ever.
 */
static void answer(struct control *c, const struct control_command *command,
		   uint32_t result, struct answer *a)
{
	uint8_t b[ANSWER_MAX];

	put32(b, result);
	memcpy(b + NUMBER, a->b, sizeof(a->b));
	if (result != CHIP_SUCCESS)
		memset(b + NUMBER, 0, sizeof(a->b));
	conn_queue(c->conn, b, command->answer);
	if (a->tail && result == CHIP_SUCCESS)
		conn_queue(c->conn, a->tail, a->tail_len);
	conn_flush(c->conn);
	if (a->tail)
		explicit_bzero(a->tail, a->tail_len);
	free(a->tail);
}

static bool may_run(const struct control *c,
		    const struct control_command *command)
{
	return command->when == ANY ||
	       (command->when == WHEN_ON) == chip_is_on(c->chip);
}

/* Takes what is there of a request's body. */
static void serve_body(struct control *c)
{
	const struct control_command *command = c->coming;
	struct conn *conn = c->conn;
	struct answer a = { 0 };
	const size_t n =
		conn->in_len < c->body_left ? conn->in_len : c->body_left;

	if (n && c->result == CHIP_SUCCESS)
		command->chunk(c, conn->in, n);
	conn_take(conn, n);
	c->body_left -= (uint32_t)n;
	if (c->body_left)
		return;
	if (c->result == CHIP_SUCCESS)
		c->result = command->done(c);
	control_forget(c);
	answer(c, command, c->result, &a);
}

/* A body that is larger than any is not waited for. */
static bool too_large(const struct control *c,
		      const struct control_command *command)
{
	return command->done == blob_done && c->body_left > CHIP_BLOB_MAX;
}

static void begin_body(struct control *c, const struct control_command *command,
		       const uint8_t *req)
{
	struct answer a = { 0 };

	c->body_left = get32(req + command->request - NUMBER);
	if (too_large(c, command)) {
		c->conn->ending = true;
		control_forget(c);
		answer(c, command, CHIP_FAIL, &a);
		return;
	}
	c->coming = command;
	c->result = may_run(c, command) ? command->run(c, req, &a)
					: CHIP_BAD_ORDINAL;
	serve_body(c);
}

static void serve_request(struct control *c,
			  const struct control_command *command)
{
	uint8_t req[REQUEST_MAX] = { 0 };
	struct answer a = { 0 };
	uint32_t result;

	memcpy(req, c->conn->in + NUMBER, command->request);
	conn_take(c->conn, NUMBER + command->request);
	if (command->chunk) {
		begin_body(c, command, req);
		return;
	}
	result = may_run(c, command) ? command->run(c, req, &a)
				     : CHIP_BAD_ORDINAL;
	answer(c, command, result, &a);
	c->may_pad = command->padded;
}

/* Nobody knows where it ends: all that came with it goes. */
static void refuse(struct control *c, uint32_t number)
{
	uint8_t b[NUMBER];

	log_debug("there is no control command 0x%x", number);
	conn_take(c->conn, c->conn->in_len);
	put32(b, CHIP_BAD_ORDINAL);
	conn_queue(c->conn, b, sizeof(b));
	conn_flush(c->conn);
}

static const struct control_command *find(uint32_t number)
{
	const size_t n = sizeof(commands) / sizeof(*commands);

	return number < n && commands[number].run ? &commands[number] : NULL;
}

/* No command is 0, so that padding, which is, can be told from the next. */
static void skip_padding(struct control *c)
{
	if (c->may_pad && get32(c->conn->in) == 0)
		conn_take(c->conn, LOCALITY_PADDING);
	c->may_pad = false;
}

/* Returns false when more must come. */
static bool serve_one(struct control *c)
{
	struct conn *conn = c->conn;
	const struct control_command *command;

	if (c->coming) {
		serve_body(c);
		return conn->in_len > 0;
	}
	if (conn->in_len < NUMBER)
		return false;
	skip_padding(c);
	if (conn->in_len < NUMBER)
		return false;
	command = find(get32(conn->in));
	if (!command) {
		refuse(c, get32(conn->in));
		return false;
	}
	if (conn->in_len < NUMBER + command->request)
		return false;
	serve_request(c, command);
	return true;
}

void control_serve(struct control *c)
{
	while (conn_is_flushed(c->conn) && !c->conn->ending && !c->shutdown &&
	       serve_one(c))
		;
	/* It came with a request that did not want it. */
	if (c->conn->in_len == 0)
		conn_drop_descriptor(c->conn);
}

bool control_cancels(struct control *c)
{
	struct answer a = { 0 };

	conn_receive(c->conn);
	if (c->coming || c->conn->in_len < NUMBER)
		return false;
	skip_padding(c);
	if (c->conn->in_len < NUMBER ||
	    get32(c->conn->in) != CMD_CANCEL_TPM_CMD)
		return false;
	conn_take(c->conn, NUMBER);
	answer(c, &commands[CMD_CANCEL_TPM_CMD], CHIP_SUCCESS, &a);
	return true;
}
