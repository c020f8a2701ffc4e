/* SPDX-License-Identifier: BSD-2-Clause */
/* See worker_rig.h. */

#include "config.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine_fake.h"
#include "faults.h"
#include "tpmif.h"
#include "vring.h"
#include "worker_rig.h"

#define DATA 8 /* where a packet is in the page */

struct worker_rig w;

/* ---- The worker's thread ---- */

static int drop_map(void *ctx)
{
	(void)ctx;
	w.drops++;
	return w.drop_error;
}

static int restrict_events(void *ctx, uint32_t domid)
{
	(void)ctx;
	ck_assert_uint_eq(domid, DOMID);
	w.restricts++;
	return w.restrict_error;
}

static void *work(void *arg)
{
	(void)arg;
	w.status = worker_run(&w.setup);
	/* As the end of its process would. */
	close(w.worker_end);
	close(w.state_fd);
	return NULL;
}

void launch(void)
{
	int fds[2];

	ck_assert(!w.running);
	ck_assert_int_eq(channel_pair(fds), 0);
	w.channel_fd = fds[0];
	w.worker_end = fds[1];
	w.state_fd = openat(w.top, "1", O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(w.state_fd, 0);
	w.setup = (struct worker_setup){
		.engine = &engine_fake,
		.xen = &w.ops,
		.xen_ctx = w.xen,
		.channel_fd = w.worker_end,
		.state_fd = w.state_fd,
		.live_fd = w.live_fd,
	};
	w.status = -1;
	w.complaints = 0;
	w.failed[0] = '\0';
	ck_assert_int_eq(pthread_create(&w.thread, NULL, work, NULL), 0);
	w.running = true;
}

/* Waits for the worker's end; its status. */
int join(void)
{
	ck_assert(w.running);
	ck_assert_int_eq(pthread_join(w.thread, NULL), 0);
	w.running = false;
	return w.status;
}

/* ---- The daemon ---- */

static void send_message(const struct message *m)
{
	ck_assert_int_eq(channel_send(w.channel_fd, m), 0);
}

void send_type(uint32_t type)
{
	const struct message m = { .type = type };

	send_message(&m);
}

void send_start(void)
{
	struct message m = { .type = MESSAGE_START };

	m.u.start = w.start;
	memcpy(m.u.start.key, w.key, sizeof(w.key));
	send_message(&m);
}

void send_connect(uint32_t protocol, uint32_t ref, uint32_t port)
{
	struct message m = { .type = MESSAGE_CONNECT };

	m.u.connect.protocol = protocol;
	m.u.connect.ring_ref = ref;
	m.u.connect.event_channel = port;
	send_message(&m);
}

static void note_line(const struct message_log *m)
{
	w.complaints += m->level <= LOG_LEVEL_WARNING;
}

/* The type of the next message that is no line of the log, or an error. */
int next_message(void)
{
	struct message m;
	int r;

	while (!(r = channel_receive(w.channel_fd, false, true, &m))) {
		if (m.type == MESSAGE_FAILED)
			snprintf(w.failed, sizeof(w.failed), "%s",
				 m.u.failed.text);
		if (m.type != MESSAGE_LOG)
			return (int)m.type;
		note_line(&m.u.log);
	}
	return r;
}

/* Ends it in an orderly way. */
void stop(void)
{
	send_type(MESSAGE_STOP);
	ck_assert_int_eq(next_message(), -EPIPE);
	ck_assert_int_eq(join(), 0);
	close(w.channel_fd);
}

/* It has ended by itself, having said FAILED if `said`. */
void check_failed(bool said)
{
	if (said)
		ck_assert_int_eq(next_message(), MESSAGE_FAILED);
	ck_assert_int_eq(next_message(), -EPIPE);
	ck_assert_int_eq(join(), 1);
	close(w.channel_fd);
	ck_assert_uint_eq(xen_fake_mapped(w.xen), 0);
	ck_assert_uint_eq(xen_fake_bound(w.xen), 0);
	ck_assert_uint_eq(engine_fake_control()->creates,
			  engine_fake_control()->destroys);
}

void start(void)
{
	launch();
	send_start();
	ck_assert_int_eq(next_message(), MESSAGE_READY);
}

void connect_ring(void)
{
	send_connect(VRING_V2, REF, PORT);
	ck_assert_msg(next_message() == MESSAGE_CONNECTED, "%s", w.failed);
}

void start_connected(void)
{
	start();
	connect_ring();
}

/* ---- The guest ---- */

uint8_t page_state(void)
{
	return __atomic_load_n(&w.page[4], __ATOMIC_ACQUIRE);
}

void set_state(uint8_t state)
{
	__atomic_store_n(&w.page[4], state, __ATOMIC_RELEASE);
}

void submit(const char *command, uint8_t locality)
{
	const uint32_t len = (uint32_t)strlen(command);

	memcpy(w.page, &len, sizeof(len));
	w.page[5] = locality;
	memcpy(w.page + DATA, command, len);
	set_state(TPMIF_STATE_SUBMIT);
	xen_fake_event(w.xen, DOMID, PORT);
}

/* The answer as text; "" when there is none. */
const char *answer(void)
{
	static char text[4096];
	uint32_t len;

	/* A worker that takes over sends an event, for what was there. */
	do {
		ck_assert(xen_fake_wait(w.xen, DOMID, PORT, 5000));
	} while (page_state() == TPMIF_STATE_SUBMIT ||
		 page_state() == TPMIF_STATE_CANCEL);
	if (page_state() != TPMIF_STATE_FINISH)
		return "";
	memcpy(&len, w.page, sizeof(len));
	ck_assert_uint_le(len, 4088);
	memcpy(text, w.page + DATA, len);
	text[len] = '\0';
	return text;
}

const char *ask_in(const char *command, uint8_t locality)
{
	submit(command, locality);
	return answer();
}

const char *ask(const char *command)
{
	return ask_in(command, 0);
}

/* ---- All of it ---- */

static void make_unborn(void)
{
	unlinkat(w.top, "1/permanent", 0);
	close(openat(w.top, "1/new", O_WRONLY | O_CREAT, 0600));
	ck_assert_int_eq(ftruncate(w.live_fd, 0), 0);
}

void rig_setup(void)
{
	memset(&w, 0, sizeof(w));
	memcpy(w.key, "a key of thirty-two bytes, no 0", sizeof(w.key));
	memset(engine_fake_control(), 0, sizeof(*engine_fake_control()));
	engine_fake_control()->background_fd = -1;
	faults_arm(FAULTS_ANY, 0, 0);
	snprintf(w.dir, sizeof(w.dir), "/tmp/check_worker.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(w.dir));
	w.top = open(w.dir, O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(mkdirat(w.top, "1", 0700), 0);
	w.live_fd = memfd_create("live", MFD_CLOEXEC);
	make_unborn();
	w.xen = xen_fake_new();
	w.ops = xen_ops_fake;
	w.ops.map_drop = drop_map;
	w.ops.evtchn_restrict = restrict_events;
	w.page = xen_fake_grant(w.xen, DOMID, REF);
	xen_fake_offer(w.xen, DOMID, PORT);
	w.start = (struct message_start){
		.instance = 1,
		.domid = DOMID,
		.localities = 1,
		.log_level = LOG_LEVEL_INFO,
	};
}

void rig_teardown(void)
{
	if (w.running)
		stop();
	ck_assert_uint_eq(xen_fake_mapped(w.xen), 0);
	ck_assert_uint_eq(xen_fake_bound(w.xen), 0);
	xen_fake_free(w.xen);
	unlinkat(w.top, "1/permanent", 0);
	unlinkat(w.top, "1/new", 0);
	unlinkat(w.top, "1", AT_REMOVEDIR);
	close(w.live_fd);
	close(w.top);
	ck_assert_int_eq(rmdir(w.dir), 0);
}

bool exists(const char *name)
{
	return !faccessat(w.top, name, F_OK, 0);
}
