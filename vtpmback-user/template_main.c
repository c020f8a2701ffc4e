/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vtpm-template, which vtpm-userback starts, and its copies vtpm-worker, each
 * one vTPM's process: see template.h.
 */

#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "channel.h"
#include "template.h"
#include "worker.h"

static bool started_by_daemon(const char *argv0)
{
	struct stat st;

	return !strcmp(argv0, TEMPLATE_NAME) &&
	       !fstat(WORKER_FD_CHANNEL, &st) && S_ISSOCK(st.st_mode);
}

static int work(void)
{
	struct worker_setup setup = {
		.engine = &engine_tpm12,
		.xen = &xen_ops_libxen,
		.channel_fd = WORKER_FD_CHANNEL,
		.state_fd = WORKER_FD_STATE,
		.live_fd = WORKER_FD_LIVE,
		.sandbox = true,
	};
	struct message failed = { .type = MESSAGE_FAILED };
	int r, status;

	r = xen_ops_libxen_open(&setup.xen_ctx);
	if (r) {
		snprintf(failed.u.failed.text, sizeof(failed.u.failed.text),
			 "/dev/xen/evtchn or /dev/xen/gntdev: %s; modprobe "
			 "xen-evtchn xen-gntdev",
			 strerror(-r));
		channel_send(WORKER_FD_CHANNEL, &failed);
		return 1;
	}
	status = worker_run(&setup);
	xen_ops_libxen_close(setup.xen_ctx);
	return status;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--version")) {
		puts(TEMPLATE_NAME " (" PACKAGE_STRING ")");
		return 0;
	}
	if (argc != 1 || !started_by_daemon(argv[0])) {
		fputs(TEMPLATE_NAME ": started by vtpm-userback(8) only\n",
		      stderr);
		return 2;
	}
	template_warm_up(&engine_tpm12);
	return template_serve(argv[0], work);
}
