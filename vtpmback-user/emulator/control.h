/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control channel: what QEMU's "-tpmdev emulator" and the swtpm_ioctl tool
 * ask of a TPM besides commands.  The numbers and layouts are those of QEMU's
 * backends/tpm/tpm_ioctl.h.
 */
#ifndef CONTROL_H
#define CONTROL_H

#include "chip.h"
#include "conn.h"

struct control {
	struct conn *conn;
	struct chip *chip;
	struct conn *data; /* where CMD_SET_DATAFD's descriptor goes */
	bool shutdown;	   /* asked for */

	/* The request whose body is coming in; NULL: none. */
	const struct control_command *coming;
	uint32_t body_left;
	uint32_t result;
	uint32_t blob_type;
	uint8_t *blob;
	size_t blob_len;
	/* Bytes that some clients send behind the last request. */
	bool may_pad;
};

void control_init(struct control *c, struct conn *conn, struct chip *chip,
		  struct conn *data);

/* Forgets the request of a client that is gone. */
void control_forget(struct control *c);

/* Answers the requests that are whole in the connection's `in`. */
void control_serve(struct control *c);

/*
 * While a TPM command is executed: whether the next request is to cancel it,
 * which is then answered.
 */
bool control_cancels(struct control *c);

#endif
