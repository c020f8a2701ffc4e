/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vtpm-worker: one vTPM's process.  vtpm-userback starts it with the
 * descriptors of channel.h and no arguments.
 */

#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "channel.h"
#include "seal.h"
#include "worker.h"

static bool started_by_daemon(void)
{
	struct stat st;

	return !fstat(WORKER_FD_CHANNEL, &st) && S_ISSOCK(st.st_mode) &&
	       !fstat(WORKER_FD_STATE, &st) && S_ISDIR(st.st_mode) &&
	       !fstat(WORKER_FD_LIVE, &st) && S_ISREG(st.st_mode);
}

int main(int argc, char **argv)
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

	if (argc > 1 && !strcmp(argv[1], "--version")) {
		puts("vtpm-worker (" PACKAGE_STRING ")");
		return 0;
	}
	if (argc > 1 || !started_by_daemon()) {
		fputs("vtpm-worker: started by vtpm-userback(8) only\n",
		      stderr);
		return 2;
	}
	seal_prepare_process();
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
