/* SPDX-License-Identifier: BSD-2-Clause */
/* A worker's life: its state, its daemon, its ring, and its guest. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine_fake.h"
#include "faults.h"
#include "live.h"
#include "store.h"
#include "suite.h"
#include "tpmif.h"
#include "tpmif_v1.h"
#include "vring.h"
#include "worker_rig.h"

/* ---- Starting ---- */

START_TEST(a_new_vtpm_is_made_and_powered_on)
{
	start();
	ck_assert_uint_eq(engine_fake_control()->manufactures, 1);
	ck_assert_uint_eq(engine_fake_control()->loads, 0);
	ck_assert_uint_eq(engine_fake_control()->powers, 1);
	ck_assert(exists("1/permanent"));
	ck_assert(!exists("1/new"));
	connect_ring();
	ck_assert_str_eq(ask("s"), "new/");
	stop();
	ck_assert_uint_eq(engine_fake_control()->destroys, 1);
	ck_assert_uint_eq(w.complaints, 0);
}
END_TEST

START_TEST(the_next_worker_of_the_domain_goes_on)
{
	start_connected();
	ck_assert_str_eq(ask("pforever"), "ok");
	ck_assert_str_eq(ask("vfor now"), "ok");
	stop();
	w.start.adopt = (uint32_t)_i;
	start_connected();
	ck_assert_str_eq(ask("s"), "forever/for now");
	ck_assert_uint_eq(engine_fake_control()->manufactures, 1);
	ck_assert_uint_eq(engine_fake_control()->powers, 1);
	ck_assert_uint_eq(engine_fake_control()->volatile_loads, 1);
}
END_TEST

/* The live file is a new one in a new domain. */
START_TEST(in_a_new_domain_power_has_gone)
{
	start_connected();
	ask("pforever");
	ask("vfor now");
	stop();
	ck_assert_int_eq(ftruncate(w.live_fd, 0), 0);
	start_connected();
	ck_assert_str_eq(ask("s"), "forever/");
	ck_assert_uint_eq(engine_fake_control()->powers, 2);
}
END_TEST

START_TEST(a_tpm_that_does_not_start_is_still_served)
{
	engine_fake_control()->power_error = -EIO;
	start_connected();
	ck_assert_str_eq(ask("ehello"), "hello");
	stop();
	ck_assert_uint_eq(w.complaints, 1);
}
END_TEST

/* Refused, with the reason: never a fresh TPM. */
START_TEST(state_that_is_not_right_is_refused)
{
	static const char *const reasons[] = {
		"missing: put the file \"permanent\" back",
		"damaged, or was sealed under another key",
		"damaged, or was sealed under another key",
		"written by a later version",
		"cannot be read: " /* ... */,
	};
	int fd;

	start();
	stop();
	fd = openat(w.top, "1/permanent", O_RDWR);
	switch (_i) {
	case 0:
		unlinkat(w.top, "1/permanent", 0);
		break;
	case 1:
		ck_assert_int_eq(ftruncate(fd, 20), 0);
		break;
	case 2:
		engine_fake_control()->load_error = -EBADMSG;
		break;
	case 3:
		engine_fake_control()->load_error = -ENOTSUP;
		break;
	default:
		ck_assert_int_eq(ftruncate(fd, 64 * 1024 * 1024), 0);
	}
	close(fd);
	launch();
	send_start();
	check_failed(true);
	ck_assert_msg(strstr(w.failed, reasons[_i]) != NULL, "%s", w.failed);
	ck_assert_uint_eq(engine_fake_control()->manufactures, 1);
	ck_assert_uint_eq(engine_fake_control()->powers, 1);
}
END_TEST

/* Registers that were lost are not shown as fresh ones. */
START_TEST(volatile_state_that_is_not_right_is_refused)
{
	start_connected();
	ask("vfor now");
	stop();
	if (_i == 0) {
		w.start.adopt = 1;
		ck_assert_int_eq(ftruncate(w.live_fd, 0), 0);
	} else {
		ck_assert_int_eq(ftruncate(w.live_fd, 30), 0);
	}
	launch();
	send_start();
	check_failed(true);
	ck_assert_ptr_nonnull(
		strstr(w.failed, _i ? "is damaged" : "is missing"));
	ck_assert_uint_eq(engine_fake_control()->powers, 1);
}
END_TEST

START_TEST(another_process_keeps_its_state)
{
	int fd = openat(w.top, "1", O_RDONLY | O_DIRECTORY);
	struct store *other;

	ck_assert_int_eq(store_open(&other, fd, w.key, 1), 0);
	launch();
	send_start();
	check_failed(true);
	ck_assert_ptr_nonnull(strstr(w.failed, "in use by another process"));
	store_close(other);
	close(fd);
}
END_TEST

START_TEST(a_worker_that_cannot_start_says_why)
{
	switch (_i) {
	case 0:
		engine_fake_control()->no_create = true;
		break;
	case 1:
		engine_fake_control()->manufacture_error = -EIO;
		break;
	case 2:
		faults_arm(FAULTS_FLOCK, 1, ENOLCK);
		break;
	default:
		/* The first write of all. */
		faults_arm(FAULTS_PWRITE, 1, ENOSPC);
	}
	launch();
	send_start();
	check_failed(true);
	ck_assert_str_ne(w.failed, "");
	ck_assert(exists("1/new"));
	ck_assert(!exists("1/permanent"));
	/* It can be tried again. */
	memset(engine_fake_control(), 0, sizeof(*engine_fake_control()));
	engine_fake_control()->background_fd = -1;
	faults_arm(FAULTS_ANY, 0, 0);
	start();
}
END_TEST

static void push(const void *bytes, size_t len)
{
	ck_assert_int_eq(send(w.channel_fd, bytes, len, 0), (int)len);
}

/* What the daemon would never say; to a worker it is the end. */
static void say_nonsense(int i)
{
	struct message m = { .type = MESSAGE_READY };

	switch (i) {
	case 0: /* the wrong direction */
		push(&m, 4);
		break;
	case 1: /* unknown */
		m.type = 99;
		push(&m, sizeof(m));
		break;
	case 2: /* cut short */
		m.type = MESSAGE_CONNECT;
		push(&m, 8);
		break;
	case 3: /* nothing */
		push(&m, 0);
		break;
	default: /* too long */
		m.type = MESSAGE_STOP;
		push(&m, 5);
	}
}

START_TEST(nonsense_in_place_of_start_ends_it)
{
	launch();
	if (_i < 5)
		say_nonsense(_i);
	else if (_i == 5)
		send_connect(VRING_V2, REF, PORT);
	else
		send_type(MESSAGE_STOP);
	check_failed(false);
	ck_assert_uint_eq(engine_fake_control()->creates, 0);
}
END_TEST

START_TEST(nonsense_later_ends_it_and_keeps_the_state)
{
	start_connected();
	ask("pforever");
	ask("vfor now");
	say_nonsense(_i);
	check_failed(false);
	ck_assert_uint_eq(w.complaints, 1);
	start_connected();
	ck_assert_str_eq(ask("s"), "forever/for now");
}
END_TEST

/* Each message but STOP is said once. */
START_TEST(nothing_is_said_twice)
{
	start_connected();
	if (_i)
		send_start();
	else
		send_connect(VRING_V2, REF, PORT);
	check_failed(false);
}
END_TEST

START_TEST(a_worker_ends_with_its_daemon)
{
	launch();
	if (_i > 0) {
		send_start();
		ck_assert_int_eq(next_message(), MESSAGE_READY);
	}
	if (_i > 1) {
		connect_ring();
		ck_assert_str_eq(ask("vfor now"), "ok");
	}
	close(w.channel_fd);
	/* Without a state there was nothing to keep. */
	ck_assert_int_eq(join(), _i ? 0 : 1);
	if (_i < 2)
		return;
	start_connected();
	ck_assert_str_eq(ask("s"), "new/for now");
}
END_TEST

/* ---- Connecting ---- */

START_TEST(a_connected_worker_has_given_up_the_rest)
{
	start();
	ck_assert_uint_eq(xen_fake_mapped(w.xen), 0);
	connect_ring();
	ck_assert_uint_eq(xen_fake_mapped(w.xen), 1);
	ck_assert_uint_eq(xen_fake_bound(w.xen), 1);
	ck_assert_uint_eq(w.restricts, 1);
	ck_assert_uint_eq(w.drops, 1);
}
END_TEST

/* A guest of 2006, whose packets tell their length. */
static void submit_v1(uint32_t ref, uint8_t *packet, char command)
{
	struct tpmif_v1_request_64 *slot = (void *)w.page;

	memcpy(packet, "?x\0\0\0\x0a    ", 10);
	packet[0] = (uint8_t)command;
	slot->ref = ref;
	slot->tail.is.size = 10;
	__atomic_store_n(&slot->addr, 0x7000, __ATOMIC_RELEASE);
	xen_fake_event(w.xen, DOMID, PORT);
}

static void check_answer_v1(const uint8_t *packet, const char *rsp, size_t len)
{
	const struct tpmif_v1_request_64 *slot = (void *)w.page;

	ck_assert(xen_fake_wait(w.xen, DOMID, PORT, 5000));
	ck_assert_uint_eq(slot->tail.is.size, len);
	ck_assert_int_eq(memcmp(packet, rsp, strlen(rsp)), 0);
}

START_TEST(a_guest_of_2006_is_served)
{
	uint8_t *packet = xen_fake_grant(w.xen, DOMID, REF + 1);

	start();
	send_connect(VRING_V1_64, REF, PORT);
	ck_assert_int_eq(next_message(), MESSAGE_CONNECTED);
	/* Each packet brings its grant: mapping goes on. */
	ck_assert_uint_eq(w.restricts, 1);
	ck_assert_uint_eq(w.drops, 0);
	submit_v1(REF + 1, packet, 'v');
	check_answer_v1(packet, "ok", 2);
	submit_v1(REF + 2, packet, 's');
	ck_assert(!xen_fake_wait(w.xen, DOMID, PORT, 50));
	submit_v1(REF + 1, packet, 's');
	check_answer_v1(packet, "new/x", 5);
	/* An answer of all that fits. */
	submit_v1(REF + 1, packet, 'b');
	check_answer_v1(packet, "bbbb", 4096);
	stop();
	ck_assert_uint_eq(w.complaints, 0);
	/* The next worker of the domain goes on with it. */
	w.start.adopt = 1;
	submit_v1(REF + 1, packet, 's');
	start();
	send_connect(VRING_V1_64, REF, PORT);
	ck_assert_int_eq(next_message(), MESSAGE_CONNECTED);
	check_answer_v1(packet, "new/x", 5);
}
END_TEST

START_TEST(a_ring_that_cannot_be_had_is_told)
{
	static const uint32_t rings[][3] = {
		{ VRING_V2, REF + 1, PORT },
		{ VRING_V2, REF, PORT + 1 },
		{ VRING_V1_64, REF + 1, PORT },
		{ 0, REF, PORT },
		{ 4, REF, PORT },
		{ UINT32_MAX, REF, PORT },
		{ VRING_V2, 0, 0 },
		{ VRING_V2, UINT32_MAX, PORT },
	};

	start();
	send_connect(rings[_i][0], rings[_i][1], rings[_i][2]);
	check_failed(true);
	ck_assert_msg(strstr(w.failed, "ring-ref ") == w.failed, "%s",
		      w.failed);
}
END_TEST

START_TEST(a_restriction_that_fails_ends_it)
{
	start();
	if (_i)
		w.drop_error = -EPERM;
	else
		w.restrict_error = -EPERM;
	send_connect(VRING_V2, REF, PORT);
	check_failed(true);
	ck_assert_ptr_nonnull(strstr(w.failed, "restriction"));
}
END_TEST

/* The worker before may not have let the port go yet. */
START_TEST(an_adopted_port_is_waited_for)
{
	start();
	stop();
	w.start.adopt = 1;
	start();
	xen_fake_fail(w.xen, XEN_FAKE_EVTCHN_BIND, 1, _i ? -EBUSY : -EINVAL);
	connect_ring();
	ck_assert_str_eq(ask("ehello"), "hello");
	ck_assert_uint_eq(xen_fake_calls(w.xen, XEN_FAKE_EVTCHN_BIND), 2);
}
END_TEST

START_TEST(an_adopted_port_is_not_waited_for_for_ever)
{
	start();
	stop();
	w.start.adopt = 1;
	start();
	faults_arm(FAULTS_ANY, 0, 0);
	send_connect(VRING_V2, REF, PORT + 1);
	check_failed(true);
	ck_assert_uint_le(faults_slept_ms(), 1100);
}
END_TEST

/* ---- Serving ---- */

START_TEST(commands_are_answered_one_after_the_other)
{
	char command[32], want[32];
	unsigned int i;

	start_connected();
	for (i = 0; i < 500; i++) {
		snprintf(command, sizeof(command), "ehello %u", i);
		snprintf(want, sizeof(want), "hello %u", i);
		ck_assert_str_eq(ask(command), want);
	}
	ck_assert_uint_eq(engine_fake_control()->executes, 500);
}
END_TEST

/* Sent before there was anybody to hear the event. */
START_TEST(a_command_that_waits_is_executed)
{
	start();
	submit("ehello", 0);
	connect_ring();
	ck_assert_str_eq(answer(), "hello");
	stop();
	ck_assert_uint_eq(engine_fake_control()->executes, 1);
}
END_TEST

/* What the guest has seen is kept, whatever happens to the worker. */
START_TEST(volatile_state_is_kept_before_the_answer)
{
	uint8_t state[100];
	size_t len;

	start_connected();
	ck_assert_str_eq(ask("vfor now"), "ok");
	ck_assert_int_eq(live_peek(w.live_fd, w.key, 1, DOMID, 99, state,
				   sizeof(state), &len),
			 0);
	ck_assert_uint_eq(len, 8);
	ck_assert_mem_eq(state, "Vfor now", 8);
}
END_TEST

#define LIVE_SIZE 81920

START_TEST(state_that_did_not_change_is_not_written)
{
	uint8_t *before = calloc(2, LIVE_SIZE), *after = before + LIVE_SIZE;
	const size_t slots = 8192;

	start_connected();
	ask("vfor now");
	ck_assert_int_eq(pread(w.live_fd, before, LIVE_SIZE, 0), LIVE_SIZE);
	ask("ehello");
	ask("vfor now");
	ck_assert_int_eq(pread(w.live_fd, after, LIVE_SIZE, 0), LIVE_SIZE);
	ck_assert_mem_eq(before + slots, after + slots, LIVE_SIZE - slots);
	ask("vfor later");
	ck_assert_int_eq(pread(w.live_fd, after, LIVE_SIZE, 0), LIVE_SIZE);
	ck_assert_mem_ne(before + slots, after + slots, LIVE_SIZE - slots);
	free(before);
}
END_TEST

/* An answer may be a secret, and is in the clear while it goes out. */
START_TEST(no_answer_stays_in_the_file)
{
	uint8_t *file = calloc(1, LIVE_SIZE + 1);
	size_t i;

	start_connected();
	ck_assert_str_eq(ask("eabracadabra"), "abracadabra");
	stop();
	ck_assert_int_eq(pread(w.live_fd, file, LIVE_SIZE, 0), LIVE_SIZE);
	for (i = 0; i < LIVE_SIZE - 11; i++)
		ck_assert(memcmp(file + i, "abracadabra", 11) != 0);
	free(file);
}
END_TEST

START_TEST(a_guest_has_only_its_localities)
{
	unsigned int locality;
	char want[2] = "";

	w.start.localities = _i ? 1u << 0 | 1u << 3 : 1u << 0;
	start_connected();
	for (locality = 1; locality < 256; locality++) {
		if (_i && locality == 3)
			continue;
		ck_assert_str_eq(ask_in("l", (uint8_t)locality), "refused");
	}
	ck_assert_uint_eq(engine_fake_control()->executes, 0);
	want[0] = 3;
	if (_i)
		ck_assert_str_eq(ask_in("l", 3), want);
	ck_assert_str_eq(ask_in("l", 0), "");
}
END_TEST

START_TEST(impossible_lengths_are_refused_and_serving_goes_on)
{
	static const uint32_t lengths[] = { 0, 4089, 4096, 65536, UINT32_MAX };
	size_t i;

	start_connected();
	for (i = 0; i < 5; i++) {
		memcpy(w.page, &lengths[i], 4);
		set_state(TPMIF_STATE_SUBMIT);
		xen_fake_event(w.xen, DOMID, PORT);
		ck_assert_str_eq(answer(), "");
		ck_assert_uint_eq(page_state(), TPMIF_STATE_IDLE);
		ck_assert_str_eq(ask("ehello"), "hello");
	}
	ck_assert_uint_eq(engine_fake_control()->executes, 5);
	stop();
	ck_assert_uint_eq(w.complaints, 0);
}
END_TEST

START_TEST(events_without_reason_do_no_harm)
{
	unsigned int i;

	start_connected();
	for (i = 0; i < 200; i++) {
		set_state((uint8_t)(i * 4));
		xen_fake_event(w.xen, DOMID, PORT);
	}
	ck_assert_str_eq(ask("ehello"), "hello");
}
END_TEST

START_TEST(a_running_command_can_be_cancelled)
{
	unsigned int i;

	start_connected();
	submit("c", 0);
	for (i = 0; i < 5000 && !engine_fake_control()->executes; i++)
		usleep(1000);
	set_state(TPMIF_STATE_CANCEL);
	xen_fake_event(w.xen, DOMID, PORT);
	ck_assert_str_eq(answer(), "cancelled");
	ck_assert_str_eq(ask("ehello"), "hello");
}
END_TEST

START_TEST(an_answer_that_does_not_fit_is_told)
{
	start_connected();
	ck_assert_str_eq(ask("b"), "");
	ck_assert_uint_eq(page_state(), TPMIF_STATE_IDLE);
	ck_assert_str_eq(ask("ehello"), "hello");
	stop();
	ck_assert_uint_eq(w.complaints, 1);
}
END_TEST

/* A full disk: each command fails, one line says so, and then it is over. */
START_TEST(a_state_that_cannot_be_kept_fails_its_command)
{
	int i;

	start_connected();
	ck_assert_str_eq(ask("pold"), "ok");
	for (i = 0; i < 10; i++) {
		faults_arm(FAULTS_OPENAT, 1, ENOSPC);
		ck_assert_str_eq(ask("pnew"), "no");
		ck_assert(faults_disarm());
	}
	ck_assert_str_eq(ask("s"), "old/");
	ck_assert_str_eq(ask("pnewer"), "ok");
	faults_arm(FAULTS_OPENAT, 1, ENOSPC);
	ck_assert_str_eq(ask("pnew"), "no");
	faults_disarm();
	stop();
	ck_assert_uint_eq(w.complaints, 2);
	start_connected();
	ck_assert_str_eq(ask("s"), "newer/");
}
END_TEST

/* The command counts, but a restart must not show registers of before. */
START_TEST(volatile_state_that_cannot_be_kept_does_not_come_back)
{
	start_connected();
	ck_assert_str_eq(ask("vold"), "ok");
	engine_fake_control()->volatile_error = -ENOBUFS;
	ck_assert_str_eq(ask("vnew"), "ok");
	ck_assert_str_eq(ask("s"), "new/new");
	/* Said once; and what cannot be kept with its answer is not stored. */
	ck_assert_str_eq(ask("pnewer"), "no");
	if (_i == 0)
		engine_fake_control()->volatile_error = 0;
	ck_assert_str_eq(ask("ehello"), "hello");
	stop();
	ck_assert_uint_eq(w.complaints, 2);
	engine_fake_control()->volatile_error = 0;
	w.start.adopt = 1;
	if (_i == 0) {
		/* The next command has kept it. */
		start_connected();
		ck_assert_str_eq(ask("s"), "new/new");
		return;
	}
	launch();
	send_start();
	check_failed(true);
	ck_assert_ptr_nonnull(strstr(w.failed, "is damaged"));
}
END_TEST

/* ---- Quiet moments ---- */

START_TEST(work_is_done_in_quiet_moments)
{
	unsigned int i;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	engine_fake_control()->background_fd = fds[0];
	start_connected();
	ck_assert_str_eq(ask("ehello"), "hello");
	ck_assert_uint_eq(engine_fake_control()->backgrounds, 0);
	for (i = 1; i <= 3; i++) {
		ck_assert_int_eq(write(fds[1], "x", 1), 1);
		ck_assert_str_eq(ask("ehello"), "hello");
	}
	for (i = 0; i < 5000 && engine_fake_control()->backgrounds < 3; i++)
		usleep(1000);
	ck_assert_uint_eq(engine_fake_control()->backgrounds, 3);
	stop();
	close(fds[0]);
	close(fds[1]);
	ck_assert_uint_eq(w.complaints, 0);
}
END_TEST

/* ... but not again and again when it cannot be. */
START_TEST(work_that_fails_is_left_alone)
{
	unsigned int i;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], "x", 1), 1);
	engine_fake_control()->background_fd = fds[0];
	engine_fake_control()->background_error = -ENOSPC;
	start_connected();
	for (i = 0; i < 10; i++)
		ck_assert_str_eq(ask("ehello"), "hello");
	stop();
	ck_assert_uint_eq(engine_fake_control()->backgrounds, 1);
	ck_assert_uint_eq(w.complaints, 1);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

/* ---- */

static void add_starting(Suite *s)
{
	TCase *t = tcase_create("starting");

	tcase_add_checked_fixture(t, rig_setup, rig_teardown);
	tcase_add_test(t, a_new_vtpm_is_made_and_powered_on);
	tcase_add_loop_test(t, the_next_worker_of_the_domain_goes_on, 0, 2);
	tcase_add_test(t, in_a_new_domain_power_has_gone);
	tcase_add_test(t, a_tpm_that_does_not_start_is_still_served);
	tcase_add_loop_test(t, state_that_is_not_right_is_refused, 0, 5);
	tcase_add_loop_test(t, volatile_state_that_is_not_right_is_refused, 0,
			    2);
	tcase_add_test(t, another_process_keeps_its_state);
	tcase_add_loop_test(t, a_worker_that_cannot_start_says_why, 0, 4);
	tcase_add_loop_test(t, nonsense_in_place_of_start_ends_it, 0, 7);
	tcase_add_loop_test(t, nonsense_later_ends_it_and_keeps_the_state, 0,
			    5);
	tcase_add_loop_test(t, nothing_is_said_twice, 0, 2);
	tcase_add_loop_test(t, a_worker_ends_with_its_daemon, 0, 3);
	suite_add_tcase(s, t);
}

static void add_connecting(Suite *s)
{
	TCase *t = tcase_create("connecting");

	tcase_add_checked_fixture(t, rig_setup, rig_teardown);
	tcase_add_test(t, a_connected_worker_has_given_up_the_rest);
	tcase_add_test(t, a_guest_of_2006_is_served);
	tcase_add_loop_test(t, a_ring_that_cannot_be_had_is_told, 0, 8);
	tcase_add_loop_test(t, a_restriction_that_fails_ends_it, 0, 2);
	tcase_add_loop_test(t, an_adopted_port_is_waited_for, 0, 2);
	tcase_add_test(t, an_adopted_port_is_not_waited_for_for_ever);
	suite_add_tcase(s, t);
}

static void add_serving(Suite *s)
{
	TCase *t = tcase_create("serving");

	tcase_add_checked_fixture(t, rig_setup, rig_teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, commands_are_answered_one_after_the_other);
	tcase_add_test(t, a_command_that_waits_is_executed);
	tcase_add_test(t, volatile_state_is_kept_before_the_answer);
	tcase_add_test(t, state_that_did_not_change_is_not_written);
	tcase_add_test(t, no_answer_stays_in_the_file);
	tcase_add_loop_test(t, a_guest_has_only_its_localities, 0, 2);
	tcase_add_test(t, impossible_lengths_are_refused_and_serving_goes_on);
	tcase_add_test(t, events_without_reason_do_no_harm);
	tcase_add_test(t, a_running_command_can_be_cancelled);
	tcase_add_test(t, an_answer_that_does_not_fit_is_told);
	tcase_add_test(t, a_state_that_cannot_be_kept_fails_its_command);
	tcase_add_loop_test(
		t, volatile_state_that_cannot_be_kept_does_not_come_back, 0, 2);
	tcase_add_test(t, work_is_done_in_quiet_moments);
	tcase_add_test(t, work_that_fails_is_left_alone);
	suite_add_tcase(s, t);
}

int main(void)
{
	Suite *s = suite_create("worker");

	add_starting(s);
	add_connecting(s);
	add_serving(s);
	return suite_run(s);
}
