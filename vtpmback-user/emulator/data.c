/* SPDX-License-Identifier: BSD-2-Clause */
/* TPM commands from a socket: see data.h. */

#include "config.h"

#include <string.h>

#include "bytes.h"
#include "data.h"

/* Tag, size and ordinal (TPM Main Part 2, section 6). */
#define HEADER	    10u
#define SIZE_OFFSET 2u

static size_t bad_param_size(uint8_t *rsp)
{
	/* TPM_TAG_RSP_COMMAND, ten bytes, TPM_BAD_PARAM_SIZE. */
	static const uint8_t answer[] = {
		0x00, 0xc4, 0, 0, 0, 10, 0, 0, 0, 0x19
	};

	memcpy(rsp, answer, sizeof(answer));
	return sizeof(answer);
}

void data_serve(struct conn *conn, struct chip *chip)
{
	uint8_t rsp[CHIP_PACKET_MAX];
	size_t size, n;

	conn_drop_descriptor(conn);
	while (conn->in_len >= HEADER && conn_is_flushed(conn) &&
	       !conn->ending) {
		size = get32(conn->in + SIZE_OFFSET);
		if (size < HEADER || size > CHIP_PACKET_MAX) {
			conn->ending = true;
			n = bad_param_size(rsp);
		} else if (conn->in_len < size) {
			return;
		} else {
			n = chip_execute(chip, conn->in, size, rsp);
			conn_take(conn, size);
		}
		conn_queue(conn, rsp, n);
		conn_flush(conn);
		explicit_bzero(rsp, n);
	}
}
