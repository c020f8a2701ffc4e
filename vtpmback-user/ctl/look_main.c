/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vtpm-look: looks into one vTPM.  vtpmctl starts it with the descriptors of
 * channel.h and no arguments.
 */

#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "channel.h"
#include "look.h"

static bool started_by_vtpmctl(void)
{
	struct stat st;

	return !fstat(WORKER_FD_CHANNEL, &st) && S_ISSOCK(st.st_mode) &&
	       !fstat(WORKER_FD_STATE, &st) && S_ISDIR(st.st_mode) &&
	       !fstat(WORKER_FD_LIVE, &st);
}

int main(int argc, char **argv)
{
	const struct look_setup setup = {
		.channel_fd = WORKER_FD_CHANNEL,
		.state_fd = WORKER_FD_STATE,
		.live_fd = WORKER_FD_LIVE,
		.sandbox = true,
	};

	if (argc > 1 && !strcmp(argv[1], "--version")) {
		puts("vtpm-look (" PACKAGE_STRING ")");
		return 0;
	}
	if (argc > 1 || !started_by_vtpmctl()) {
		fputs("vtpm-look: started by vtpmctl(8) only\n", stderr);
		return 2;
	}
	return look_run(&setup);
}
