/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking vtpm-look: see look.h. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "launch.h"
#include "look.h"

/* An endorsement key is the longest that a TPM ever takes. */
#define PATIENCE_MS 120000

static int send_request(const struct look_order *o, int fd)
{
	struct look_request q = {
		.job = (uint32_t)o->job,
		.power = (uint32_t)o->power,
		.instance = o->instance,
		.domid = o->domid,
		.uid = STATEDIR_UID_BASE + o->instance,
		.sandbox = (uint32_t)o->sandbox,
	};
	int r = statedir_key(o->dirs, o->instance, q.key);

	if (!r && send(fd, &q, sizeof(q), MSG_NOSIGNAL) != (ssize_t)sizeof(q))
		r = -EIO;
	explicit_bzero(&q, sizeof(q));
	return r;
}

/* What it says is believed as far as it is of the right shape. */
static int receive_answer(int fd, struct look_answer *a)
{
	int r = channel_wait(fd, PATIENCE_MS);

	if (r)
		return r;
	if (recv(fd, a, sizeof(*a), MSG_TRUNC | MSG_DONTWAIT) !=
		    (ssize_t)sizeof(*a) ||
	    a->stage >= LOOK_STAGES || a->error > 0 ||
	    (a->stage == LOOK_DONE) != (a->error == 0))
		return -EIO;
	return 0;
}

int look_ask(const struct look_order *o, struct look_answer *a)
{
	int live_fd = o->live_fd, channel, r;
	pid_t pid;

	memset(a, 0, sizeof(*a));
	if (o->live_fd < 0)
		live_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (live_fd < 0)
		return -errno;
	r = launch(o->program, "vtpm-look", (int[]){ o->state_fd, live_fd }, 2,
		   &pid, &channel);
	if (live_fd != o->live_fd)
		close(live_fd);
	if (r)
		return r;
	r = send_request(o, channel);
	if (!r)
		r = receive_answer(channel, a);
	close(channel);
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}
