/* SPDX-License-Identifier: BSD-2-Clause */
/* The messages between the daemon and a worker that may be hostile. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel.h"
#include "suite.h"

#define HEAD offsetof(struct message, u)

static int daemon_fd, worker_fd;

static void setup(void)
{
	int fds[2];

	ck_assert_int_eq(channel_pair(fds), 0);
	daemon_fd = fds[0];
	worker_fd = fds[1];
}

static void teardown(void)
{
	close(daemon_fd);
	close(worker_fd);
}

static const struct {
	uint32_t type;
	bool to_worker;
	size_t size;
} types[] = {
	{ MESSAGE_START, true, HEAD + sizeof(struct message_start) },
	{ MESSAGE_CONNECT, true, HEAD + sizeof(struct message_connect) },
	{ MESSAGE_STOP, true, HEAD },
	{ MESSAGE_READY, false, HEAD },
	{ MESSAGE_CONNECTED, false, HEAD },
	{ MESSAGE_FAILED, false, HEAD + sizeof(struct message_failed) },
	{ MESSAGE_LOG, false, HEAD + sizeof(struct message_log) },
};
#define TYPES (int)(sizeof(types) / sizeof(types[0]))

/* Sends bytes as they are, from the daemon to the worker or back. */
static void push(bool to_worker, const void *bytes, size_t len)
{
	const int fd = to_worker ? daemon_fd : worker_fd;

	ck_assert_int_eq(send(fd, bytes, len, 0), (int)len);
}

static int fetch(bool to_worker, struct message *m)
{
	return channel_receive(to_worker ? worker_fd : daemon_fd, to_worker,
			       false, m);
}

START_TEST(every_message_arrives_as_it_was_sent)
{
	const bool to_worker = types[_i].to_worker;
	struct message out, in;

	memset(&out, 'a', sizeof(out));
	out.type = types[_i].type;
	if (out.type == MESSAGE_FAILED)
		out.u.failed.text[LOG_LINE_MAX - 1] = '\0';
	if (out.type == MESSAGE_LOG)
		out.u.log.text[LOG_LINE_MAX - 1] = '\0';
	ck_assert_int_eq(channel_send(to_worker ? daemon_fd : worker_fd, &out),
			 0);
	ck_assert_int_eq(fetch(to_worker, &in), 0);
	ck_assert_mem_eq(&in, &out, types[_i].size);
	ck_assert_int_eq(fetch(to_worker, &in), -EAGAIN);
}
END_TEST

/* A worker cannot tell the daemon to start one, nor the daemon fail. */
START_TEST(no_message_goes_the_other_way)
{
	struct message m = { .type = types[_i].type };

	push(!types[_i].to_worker, &m, types[_i].size);
	ck_assert_int_eq(fetch(!types[_i].to_worker, &m), -EBADMSG);
}
END_TEST

/* Each length but the right one, up to well above the largest message. */
START_TEST(no_message_is_longer_or_shorter)
{
	uint8_t bytes[2 * sizeof(struct message)];
	struct message m;
	size_t len;

	for (len = 1; len <= sizeof(bytes); len++) {
		if (len == types[_i].size)
			continue;
		memset(bytes, 0, sizeof(bytes));
		memcpy(bytes, &types[_i].type, sizeof(types[_i].type));
		push(types[_i].to_worker, bytes, len);
		ck_assert_int_eq(fetch(types[_i].to_worker, &m), -EBADMSG);
	}
}
END_TEST

START_TEST(unknown_types_are_no_messages)
{
	static const uint32_t unknown[] = { 0, MESSAGE_TYPES, 255, 256 + 4,
					    UINT32_MAX };
	struct message m;
	size_t i, t;

	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		for (t = 0; t < (size_t)TYPES; t++) {
			memset(&m, 0, sizeof(m));
			m.type = unknown[i];
			push(_i, &m, types[t].size);
			ck_assert_int_eq(fetch(_i, &m), -EBADMSG);
		}
}
END_TEST

START_TEST(an_empty_message_is_no_end)
{
	struct message m;

	push(false, "", 0);
	ck_assert_int_eq(fetch(false, &m), -EBADMSG);
	ck_assert_int_eq(fetch(false, &m), -EAGAIN);
}
END_TEST

START_TEST(the_end_is_told_after_the_last_word)
{
	struct message m = { .type = MESSAGE_READY };

	push(false, &m, HEAD);
	close(worker_fd);
	ck_assert_int_eq(fetch(false, &m), 0);
	ck_assert_uint_eq(m.type, MESSAGE_READY);
	ck_assert_int_eq(fetch(false, &m), -EPIPE);
	ck_assert_int_eq(fetch(false, &m), -EPIPE);
	m.type = MESSAGE_STOP;
	ck_assert_int_eq(channel_send(daemon_fd, &m), -EPIPE);
	worker_fd = open("/dev/null", O_RDONLY);
}
END_TEST

/* A worker that dies with a message unread has still said what it said. */
START_TEST(a_hurried_end_loses_no_word)
{
	struct message m = { .type = MESSAGE_STOP };

	push(true, &m, HEAD);
	m.type = MESSAGE_READY;
	push(false, &m, HEAD);
	close(worker_fd);
	ck_assert_int_eq(fetch(false, &m), 0);
	ck_assert_uint_eq(m.type, MESSAGE_READY);
	ck_assert_int_eq(fetch(false, &m), -EPIPE);
	worker_fd = open("/dev/null", O_RDONLY);
}
END_TEST

/* Escape sequences and texts without an end do not get through. */
START_TEST(texts_are_plain_and_terminated)
{
	struct message m;
	char *text = _i ? m.u.log.text : m.u.failed.text;
	size_t i;

	memset(&m, '\n', sizeof(m));
	m.type = _i ? MESSAGE_LOG : MESSAGE_FAILED;
	memcpy(text, "a\033[2J\xff\x7f~ b", 10);
	push(false, &m, _i ? types[6].size : types[5].size);
	memset(&m, 0, sizeof(m));
	ck_assert_int_eq(fetch(false, &m), 0);
	ck_assert_int_eq(memcmp(text, "a?[2J??~ b?", 11), 0);
	ck_assert_uint_eq(strlen(text), LOG_LINE_MAX - 1);
	for (i = 10; i < LOG_LINE_MAX - 1; i++)
		ck_assert_int_eq(text[i], '?');
}
END_TEST

/* A worker that does not listen cannot make the daemon wait. */
START_TEST(sending_never_waits)
{
	const struct message m = { .type = MESSAGE_STOP };
	unsigned int n = 0;
	int r;

	while (!(r = channel_send(daemon_fd, &m)))
		ck_assert_uint_lt(++n, 1000000);
	ck_assert_int_eq(r, -EAGAIN);
}
END_TEST

START_TEST(nothing_of_an_earlier_message_shows)
{
	struct message m = { .type = MESSAGE_READY };
	static const struct message empty;

	push(false, &m, HEAD);
	memset(&m, 0x55, sizeof(m));
	ck_assert_int_eq(fetch(false, &m), 0);
	ck_assert_mem_eq(&m.u, &empty.u, sizeof(m.u));
}
END_TEST

START_TEST(both_ends_close_on_exec)
{
	ck_assert(fcntl(daemon_fd, F_GETFD) & FD_CLOEXEC);
	ck_assert(fcntl(worker_fd, F_GETFD) & FD_CLOEXEC);
}
END_TEST

static void *send_stop(void *arg)
{
	const struct message m = { .type = MESSAGE_STOP };

	(void)arg;
	channel_send(daemon_fd, &m);
	return NULL;
}

START_TEST(a_worker_may_wait)
{
	struct message m;
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, send_stop, NULL), 0);
	ck_assert_int_eq(channel_receive(worker_fd, true, true, &m), 0);
	ck_assert_uint_eq(m.type, MESSAGE_STOP);
	pthread_join(thread, NULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("channel");
	TCase *t = tcase_create("channel");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, every_message_arrives_as_it_was_sent, 0, TYPES);
	tcase_add_loop_test(t, no_message_goes_the_other_way, 0, TYPES);
	tcase_add_loop_test(t, no_message_is_longer_or_shorter, 0, TYPES);
	tcase_add_loop_test(t, unknown_types_are_no_messages, 0, 2);
	tcase_add_test(t, an_empty_message_is_no_end);
	tcase_add_test(t, the_end_is_told_after_the_last_word);
	tcase_add_test(t, a_hurried_end_loses_no_word);
	tcase_add_loop_test(t, texts_are_plain_and_terminated, 0, 2);
	tcase_add_test(t, sending_never_waits);
	tcase_add_test(t, nothing_of_an_earlier_message_shows);
	tcase_add_test(t, both_ends_close_on_exec);
	tcase_add_test(t, a_worker_may_wait);
	suite_add_tcase(s, t);
	return suite_run(s);
}
