/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes on vtpm-emulator's two channels, in any pieces.
 *
 * An input is u8: whether the TPM is on; then steps: u8 (bit 0: the control
 * channel, or that of commands; bit 1: somebody withdraws a command), u16
 * length, bytes.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chip.h"
#include "conn.h"
#include "control.h"
#include "data.h"
#include "fuzz.h"
#include "log.h"

#define STEPS_MAX 64

struct channel {
	struct conn conn;
	int fd; /* the client's end; -1: closed */
};

struct world {
	struct chip *chip;
	struct control control;
	struct channel commands, controls;
};

static void expect(bool ok)
{
	if (!ok)
		abort();
}

static void open_channel(struct channel *c)
{
	int fds[2];

	expect(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
	conn_open(&c->conn, fds[0]);
	c->fd = fds[1];
}

static void close_channel(struct channel *c)
{
	conn_close(&c->conn);
	close(c->fd);
}

static bool withdrawn(void *ctx)
{
	struct world *w = ctx;

	return control_cancels(&w->control);
}

static void drain(struct channel *c)
{
	uint8_t b[65536];

	while (read(c->fd, b, sizeof(b)) > 0)
		;
}

static void serve(struct world *w, struct channel *c)
{
	if (c == &w->controls)
		control_serve(&w->control);
	else
		data_serve(&c->conn, w->chip);
}

/* Until nothing more happens. */
static void settle(struct world *w, struct channel *c)
{
	bool more = true;

	while (more && c->conn.fd >= 0 && !w->control.shutdown) {
		more = !conn_receive(&c->conn);
		if (!conn_is_flushed(&c->conn)) {
			drain(c);
			conn_flush(&c->conn);
			more = true;
		}
		serve(w, c);
	}
	drain(c);
	expect(c->conn.in_len <= CONN_IN_MAX);
}

static void step(struct world *w, struct input *in)
{
	const unsigned int how = input_u8(in);
	struct channel *c = how & 1 ? &w->controls : &w->commands;
	size_t len = input_u16(in);
	const uint8_t *p = input_take(in, &len);

	if (c->conn.fd < 0)
		return;
	if (len && send(c->fd, p, len, MSG_NOSIGNAL) < 0)
		expect(errno == EAGAIN || errno == EPIPE);
	if (how & 2)
		withdrawn(w);
	settle(w, c);
	if (w->controls.conn.fd < 0)
		control_forget(&w->control);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, data + size };
	struct world w = { 0 };
	const struct chip_setup setup = { .presence_by_command = true,
					  .withdrawn = withdrawn,
					  .ctx = &w };

	log_set_level((enum log_level)0);
	expect(!chip_open(&w.chip, &setup));
	open_channel(&w.commands);
	open_channel(&w.controls);
	control_init(&w.control, &w.controls.conn, w.chip, &w.commands.conn);
	if (input_u8(&in) & 1) {
		expect(chip_power_on(w.chip, false) == CHIP_SUCCESS);
		expect(chip_start(w.chip, CHIP_STARTUP_CLEAR) == CHIP_SUCCESS);
	}
	for (unsigned int i = 0; i < STEPS_MAX && input_left(&in); i++)
		step(&w, &in);
	control_forget(&w.control);
	close_channel(&w.commands);
	close_channel(&w.controls);
	chip_close(w.chip);
	return 0;
}
