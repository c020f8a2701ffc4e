/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-emulator: a TPM 1.2 behind a socket. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "options.h"
#include "seal.h"
#include "server.h"

struct program {
	struct options options;
	struct server server;
	struct listener data, control;
	bool has_pid_file;
};

/* Before anything can be left behind. */
static int take_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int switch_on(struct program *p)
{
	struct chip *chip = p->server.chip;
	uint32_t result;

	if (p->options.startup == STARTUP_OFF)
		return 0;
	/* Who starts it takes the power that was kept, once. */
	result = chip_power_on(chip, true);
	if (result != CHIP_SUCCESS)
		return -1;
	if (p->options.startup == STARTUP_NONE)
		return 0;
	result = chip_start(chip, p->options.startup == STARTUP_STATE
					  ? CHIP_STARTUP_STATE
				  : p->options.startup == STARTUP_DEACTIVATED
					  ? CHIP_STARTUP_DEACTIVATED
					  : CHIP_STARTUP_CLEAR);
	if (result != CHIP_SUCCESS)
		log_error("TPM_Startup failed: TPM_RESULT 0x%x", result);
	return result == CHIP_SUCCESS ? 0 : -1;
}

static int write_pid(struct program *p)
{
	const char *path = p->options.pid_file;
	char text[16];
	ssize_t n;
	int fd, len, r = 0;

	if (!path)
		return 0;
	len = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	n = fd < 0 ? -1 : write(fd, text, (size_t)len);
	if (n != len)
		r = n < 0 ? -errno : -ENOSPC;
	if (fd >= 0) {
		p->has_pid_file = true;
		close(fd);
	}
	if (r)
		log_error("%s: %s", path, strerror(-r));
	return r;
}

static int start(struct program *p)
{
	const struct options *o = &p->options;
	const struct chip_setup setup = {
		.state_dir = o->state_dir,
		.presence_by_command = o->presence_by_command,
		.withdrawn = server_withdrawn,
		.ctx = &p->server,
	};

	if (chip_open(&p->server.chip, &setup) || switch_on(p) ||
	    listener_open(&p->data, o->tcp.kind ? &o->tcp : &o->local,
			  "commands") ||
	    listener_open(&p->control, &o->control, "control") || write_pid(p))
		return -1;
	p->server.data_fd = p->data.fd;
	p->server.control_fd = p->control.fd;
	return 0;
}

static void end(struct program *p)
{
	listener_close(&p->data);
	listener_close(&p->control);
	if (p->has_pid_file)
		unlink(p->options.pid_file);
	chip_close(p->server.chip);
	close(p->server.end_fd);
}

int main(int argc, char **argv)
{
	struct program *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		fatal("no memory");
	seal_prepare_process();
	options_parse(&p->options, argc, argv);
	log_set_level(p->options.log_level);
	p->data.fd = p->control.fd = -1;
	server_init(&p->server);
	p->server.end_fd = take_signals();
	if (p->server.end_fd < 0)
		fatal("signals: %s", strerror(errno));
	r = start(p);
	if (!r) {
		r = server_run(&p->server);
		if (r)
			log_error("%s", strerror(-r));
	}
	end(p);
	free(p);
	return r ? 1 : 0;
}
