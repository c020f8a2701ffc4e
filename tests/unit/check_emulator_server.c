/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-emulator's loop: clients that come, go, stall and lie. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "address.h"
#include "bytes.h"
#include "emulator_rig.h"
#include "server.h"
#include "suite.h"

static struct rig *r; /* for its directory */
static struct server *s;
static struct listener data, control;
static pthread_t thread;
static int status;

static const char *path(const char *name)
{
	static char paths[2][128];
	static unsigned int next;

	next = 1 - next;
	snprintf(paths[next], sizeof(paths[next]), "%s/%s", r->dir, name);
	return paths[next];
}

static void *serve(void *arg)
{
	status = server_run(s);
	return NULL;
}

static void listen_at(struct listener *l, const char *name)
{
	static char text[2][128];
	struct address a;
	char *copy = text[l == &data];

	snprintf(copy, sizeof(text[0]), "%s", path(name));
	ck_assert_int_eq(address_parse_unix(copy, &a), 0);
	ck_assert_int_eq(listener_open(l, &a, name), 0);
}

static void setup(void)
{
	struct chip_setup chip_setup;

	r = rig_new();
	s = calloc(1, sizeof(*s));
	server_init(s);
	chip_setup = rig_setup(r, NULL, NULL);
	chip_setup.withdrawn = server_withdrawn;
	chip_setup.ctx = s;
	ck_assert_int_eq(chip_open(&s->chip, &chip_setup), 0);
	ck_assert_uint_eq(chip_power_on(s->chip, true), 0);
	ck_assert_uint_eq(chip_start(s->chip, CHIP_STARTUP_CLEAR), 0);
	listen_at(&data, "data");
	listen_at(&control, "control");
	s->data_fd = data.fd;
	s->control_fd = control.fd;
	s->end_fd = eventfd(0, 0);
	status = -1;
	ck_assert_int_eq(pthread_create(&thread, NULL, serve, NULL), 0);
}

static void end(void)
{
	eventfd_write(s->end_fd, 1);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(status, 0);
}

static void teardown(void)
{
	listener_close(&data);
	listener_close(&control);
	close(s->end_fd);
	chip_close(s->chip);
	free(s);
	rig_free(r);
}

static int connect_to(const char *name)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path(name));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	return fd;
}

static void put(int fd, const void *b, size_t len)
{
	ck_assert_int_eq((int)send(fd, b, len, MSG_NOSIGNAL), (int)len);
}

/* Exactly so many bytes. */
static void get(int fd, uint8_t *b, size_t len)
{
	if (len)
		ck_assert_int_eq((int)recv(fd, b, len, MSG_WAITALL), (int)len);
}

static bool is_ended(int fd)
{
	uint8_t b;

	return recv(fd, &b, 1, 0) == 0;
}

static bool is_silent(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 100) == 0;
}

static const uint8_t pcr_read[] = { 0x00, 0xc1, 0,    0, 0, 14, 0,
				    0,	  0,	0x15, 0, 0, 0,	7 };
static const uint8_t extend[34] = { 0x00, 0xc1, 0,    0, 0, 34, 0,
				    0,	  0,	0x14, 0, 0, 0,	7 };

/* The response to TPM_PCRRead or TPM_Extend: 30 bytes. */
static void get_pcr(int fd, uint8_t value[20])
{
	uint8_t rsp[30];

	get(fd, rsp, sizeof(rsp));
	ck_assert_uint_eq(get32(rsp + 2), 30);
	ck_assert_uint_eq(get32(rsp + 6), 0);
	memcpy(value, rsp + 10, 20);
}

/* ---- The data channel ---- */

START_TEST(the_tpm_stays_while_clients_come_and_go)
{
	uint8_t first[20], second[20];
	int fd = connect_to("data");

	put(fd, extend, sizeof(extend));
	get_pcr(fd, first);
	close(fd);
	fd = connect_to("data");
	put(fd, pcr_read, sizeof(pcr_read));
	get_pcr(fd, second);
	ck_assert(!memcmp(first, second, 20));
	close(fd);
	end();
}
END_TEST

START_TEST(a_command_may_come_byte_by_byte)
{
	const int fd = connect_to("data");
	uint8_t value[20];

	for (size_t i = 0; i < sizeof(pcr_read); i++)
		put(fd, pcr_read + i, 1);
	get_pcr(fd, value);
	close(fd);
	end();
}
END_TEST

START_TEST(commands_may_come_together)
{
	const int fd = connect_to("data");
	uint8_t b[3 * sizeof(pcr_read)], value[20];

	for (size_t i = 0; i < 3; i++)
		memcpy(b + i * sizeof(pcr_read), pcr_read, sizeof(pcr_read));
	put(fd, b, sizeof(b));
	for (size_t i = 0; i < 3; i++)
		get_pcr(fd, value);
	close(fd);
	end();
}
END_TEST

START_TEST(one_client_after_the_other)
{
	const int first = connect_to("data"), second = connect_to("data");
	uint8_t value[20];

	put(first, pcr_read, sizeof(pcr_read));
	get_pcr(first, value);
	put(second, pcr_read, sizeof(pcr_read));
	ck_assert(is_silent(second));
	put(first, pcr_read, sizeof(pcr_read));
	get_pcr(first, value);
	close(first);
	get_pcr(second, value);
	close(second);
	end();
}
END_TEST

START_TEST(who_leaves_in_the_middle_is_forgotten)
{
	uint8_t value[20];
	int fd;

	for (size_t n = 1; n < sizeof(extend); n += 3) {
		fd = connect_to("data");
		put(fd, extend, n);
		close(fd);
	}
	/* And who does not wait for the response. */
	fd = connect_to("data");
	put(fd, pcr_read, sizeof(pcr_read));
	close(fd);
	fd = connect_to("data");
	put(fd, pcr_read, sizeof(pcr_read));
	get_pcr(fd, value);
	close(fd);
	end();
}
END_TEST

START_TEST(a_size_that_no_command_has_ends_it)
{
	static const uint32_t sizes[] = { 0, 9, 4089, 0x7fffffff, 0xffffffff };
	uint8_t b[10] = { 0x00, 0xc1 }, value[20];
	int fd = connect_to("data");

	put32(b + 2, sizes[_i]);
	put(fd, b, sizeof(b));
	get(fd, b, sizeof(b));
	ck_assert_uint_eq(get32(b + 6), 0x19);
	ck_assert(is_ended(fd));
	close(fd);
	fd = connect_to("data");
	put(fd, pcr_read, sizeof(pcr_read));
	get_pcr(fd, value);
	close(fd);
	end();
}
END_TEST

START_TEST(the_largest_command_is_taken)
{
	uint8_t b[4088] = { 0x00, 0xc1, 0, 0, 0x0f, 0xf8, 0, 0, 0, 0x15 };
	const int fd = connect_to("data");

	put(fd, b, sizeof(b));
	get(fd, b, 10);
	ck_assert_uint_eq(get32(b + 6), 0x19);
	ck_assert(is_silent(fd));
	close(fd);
	end();
}
END_TEST

/* Until nothing goes in any more; then all responses come. */
START_TEST(who_does_not_listen_stops_nobody_else)
{
	const int fd = connect_to("data"), other = connect_to("control");
	uint8_t answer[8], value[20];
	unsigned int sent = 0;
	size_t partial = 0;
	ssize_t n;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLOUT };

		if (poll(&p, 1, 300) == 0)
			break;
		n = send(fd, pcr_read + partial, sizeof(pcr_read) - partial,
			 MSG_NOSIGNAL);
		if (n < 0)
			continue;
		partial = (partial + (size_t)n) % sizeof(pcr_read);
		sent += partial == 0;
		ck_assert_uint_lt(sent, 1000000);
	}
	put(other, "\0\0\0\x01", 4);
	get(other, answer, sizeof(answer));
	fcntl(fd, F_SETFL, 0);
	while (sent--)
		get_pcr(fd, value);
	close(fd);
	close(other);
	end();
}
END_TEST

/* ---- Both ---- */

static void hand_over(int control_fd, int fd)
{
	union {
		char b[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} buf = { { 0 } };
	uint8_t b[4] = { 0, 0, 0, CMD_SET_DATAFD };
	struct iovec iov = { b, sizeof(b) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &buf,
			      .msg_controllen = sizeof(buf) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	ck_assert_int_eq((int)sendmsg(control_fd, &msg, 0), 4);
	get(control_fd, b, sizeof(b));
	ck_assert_uint_eq(get32(b), 0);
}

/* As QEMU does, and QEMU may be killed and started again. */
START_TEST(a_client_may_be_handed_over)
{
	uint8_t value[20];
	int fd, fds[2];

	for (int i = 0; i < 3; i++) {
		fd = connect_to("control");
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		hand_over(fd, fds[1]);
		close(fds[1]);
		put(fds[0], pcr_read, sizeof(pcr_read));
		get_pcr(fds[0], value);
		close(fds[0]);
		close(fd);
	}
	end();
}
END_TEST

START_TEST(what_is_no_socket_is_dropped)
{
	const int fd = connect_to("control");
	const int file = open("/dev/null", O_RDWR);
	uint8_t value[20];
	int other;

	hand_over(fd, file);
	close(file);
	other = connect_to("data");
	put(other, pcr_read, sizeof(pcr_read));
	get_pcr(other, value);
	close(other);
	close(fd);
	end();
}
END_TEST

START_TEST(a_new_control_client_starts_afresh)
{
	const uint8_t part[] = { 0, 0, 0, CMD_HASH_DATA, 0, 0, 1, 0, 1, 2, 3 };
	uint8_t answer[8];
	int fd = connect_to("control");

	put(fd, part, sizeof(part));
	close(fd);
	fd = connect_to("control");
	put(fd, "\0\0\0\x01", 4);
	get(fd, answer, sizeof(answer));
	ck_assert_uint_eq(get32(answer), 0);
	ck_assert_uint_eq(get32(answer + 4), 0x7fff);
	close(fd);
	end();
}
END_TEST

START_TEST(shutdown_is_answered_and_ends)
{
	const int fd = connect_to("control");
	uint8_t answer[4];

	put(fd, "\0\0\0\x03", 4);
	get(fd, answer, sizeof(answer));
	ck_assert_uint_eq(get32(answer), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(status, 0);
	ck_assert(is_ended(fd));
	close(fd);
}
END_TEST

START_TEST(the_end_closes_what_is_open)
{
	const int first = connect_to("data"), second = connect_to("control");
	uint8_t answer[8], value[20];

	put(first, pcr_read, sizeof(pcr_read));
	get_pcr(first, value);
	put(second, "\0\0\0\x01", 4);
	get(second, answer, sizeof(answer));
	end();
	ck_assert(is_ended(first));
	ck_assert(is_ended(second));
	close(first);
	close(second);
}
END_TEST

/* ---- Cancelling: a key is being made ---- */

static void ask(int fd, const void *b, size_t len)
{
	uint8_t answer[4];

	put(fd, b, len);
	get(fd, answer, sizeof(answer));
	ck_assert_uint_eq(get32(answer), 0);
}

/* The state of a TPM whose endorsement key is still to be made. */
static size_t keyless(int fd, uint8_t *request, size_t size)
{
	static const uint8_t get_blob[16] = {
		0, 0, 0, CMD_GET_STATEBLOB,	 0, 0, 0, 0,
		0, 0, 0, PTM_BLOB_TYPE_PERMANENT
	};
	uint8_t answer[16];
	size_t len;

	put(fd, get_blob, sizeof(get_blob));
	get(fd, answer, sizeof(answer));
	len = get32(answer + 12);
	ck_assert_uint_le(16 + len, size);
	memset(request, 0, 16);
	put32(request, CMD_SET_STATEBLOB);
	put32(request + 8, PTM_BLOB_TYPE_PERMANENT);
	put32(request + 12, (uint32_t)len);
	get(fd, request + 16, len);
	return 16 + len;
}

/* TPM_ReadPubek makes it; the cancel may come too late, but not always. */
START_TEST(cancel_reaches_the_command_that_runs)
{
	static const uint8_t read_pubek[30] = { 0x00, 0xc1, 0, 0, 0,
						30,   0,    0, 0, 0x7c };
	static const uint8_t startup[] = { 0x00, 0xc1, 0, 0,	0, 12,
					   0,	 0,    0, 0x99, 0, 1 };
	const int fd = connect_to("data"), other = connect_to("control");
	uint8_t request[4096], rsp[4096], value[20];
	const size_t len = keyless(other, request, sizeof(request));
	bool cancelled = false;

	for (int i = 0; i < 50 && !cancelled; i++) {
		ask(other, "\0\0\0\x0e", 4);
		ask(other, request, len);
		ask(other, "\0\0\0\x02\0\0\0\0", 8);
		put(fd, startup, sizeof(startup));
		get(fd, rsp, 10);
		put(fd, read_pubek, sizeof(read_pubek));
		usleep(3000);
		ask(other, "\0\0\0\x09", 4);
		get(fd, rsp, 10);
		get(fd, rsp + 10, get32(rsp + 2) - 10);
		cancelled = get32(rsp + 6) == 9;
		ck_assert(cancelled || get32(rsp + 6) == 0);
	}
	ck_assert(cancelled);
	put(fd, pcr_read, sizeof(pcr_read));
	get_pcr(fd, value);
	close(fd);
	close(other);
	end();
}
END_TEST

/* ---- Addresses ---- */

static void fixture_directory(void)
{
	r = rig_new();
}

static void fixture_directory_end(void)
{
	rig_free(r);
}

START_TEST(a_unix_socket_is_its_owners_and_goes_at_the_end)
{
	struct stat st;

	listen_at(&data, "data");
	ck_assert_int_eq(stat(path("data"), &st), 0);
	ck_assert(S_ISSOCK(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
	listener_close(&data);
	ck_assert_int_eq(stat(path("data"), &st), -1);
}
END_TEST

START_TEST(a_socket_is_replaced_only_if_nobody_listens)
{
	struct listener second;
	struct address a;
	struct stat st;
	char name[128];

	snprintf(name, sizeof(name), "%s", path("data"));
	ck_assert_int_eq(address_parse_unix(name, &a), 0);
	listen_at(&data, "data");
	ck_assert_int_eq(listener_open(&second, &a, "x"), -EADDRINUSE);
	close(connect_to("data"));
	/* As one that was killed leaves it. */
	close(data.fd);
	data.fd = -1;
	ck_assert_int_eq(listener_open(&second, &a, "x"), 0);
	close(connect_to("data"));
	listener_close(&second);
	/* What is no socket is somebody's. */
	close(open(name, O_WRONLY | O_CREAT, 0600));
	ck_assert_int_eq(listener_open(&second, &a, "x"), -EADDRINUSE);
	ck_assert_int_eq(stat(name, &st), 0);
	ck_assert(S_ISREG(st.st_mode));
}
END_TEST

START_TEST(a_free_port_can_be_had)
{
	struct address a;

	ck_assert_int_eq(address_parse_tcp("0", &a), 0);
	ck_assert_int_eq(listener_open(&data, &a, "x"), 0);
	ck_assert_int_ge(data.fd, 0);
	listener_close(&data);
	ck_assert_int_eq(address_parse_tcp("no such host.invalid:1", &a), 0);
	ck_assert_int_ne(listener_open(&data, &a, "x"), 0);
	ck_assert_int_eq(data.fd, -1);
}
END_TEST

static const struct {
	const char *text, *host, *port;
} good[] = {
	{ "6545", "", "6545" },
	{ ":6545", "", "6545" },
	{ "localhost:0", "localhost", "0" },
	{ "127.0.0.1:65535", "127.0.0.1", "65535" },
	{ "[::1]:1", "::1", "1" },
};
static const char *const bad[] = {
	"",
	"host",
	"host:",
	"host:x",
	"host:65536",
	"host:-1",
	"::1:1",
	"[::1]",
	"a:b:1",
	"host:1 ",
	"host:99999999999999999999",
};
#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

START_TEST(tcp_addresses_are_host_and_port)
{
	struct address a;
	char text[64];

	ck_assert_int_eq(address_parse_tcp(good[_i].text, &a), 0);
	ck_assert_str_eq(a.host, good[_i].host);
	ck_assert_str_eq(a.port, good[_i].port);
	snprintf(text, sizeof(text), "tcp:%s", good[_i].text);
	ck_assert_int_eq(address_parse(text, &a), 0);
	ck_assert_int_eq(a.kind, ADDRESS_TCP);
}
END_TEST

START_TEST(what_is_no_address_is_refused)
{
	char text[512] = "tcp:";
	struct address a;

	ck_assert_int_eq(address_parse_tcp(bad[_i], &a), -EINVAL);
	memset(text + 4, 'a', 300);
	snprintf(text + 304, 8, ":1");
	ck_assert_int_eq(address_parse(text, &a), -EINVAL);
	ck_assert_int_eq(address_parse("1234", &a), -EINVAL);
	ck_assert_int_eq(address_parse("unix:", &a), -EINVAL);
	memset(text, 'a', 108);
	text[108] = '\0';
	ck_assert_int_eq(address_parse_unix(text, &a), -EINVAL);
	ck_assert_int_eq(address_parse_unix(text + 1, &a), 0);
}
END_TEST

static TCase *addresses(void)
{
	TCase *t = tcase_create("addresses");

	tcase_add_checked_fixture(t, fixture_directory, fixture_directory_end);
	tcase_add_test(t, a_unix_socket_is_its_owners_and_goes_at_the_end);
	tcase_add_test(t, a_socket_is_replaced_only_if_nobody_listens);
	tcase_add_test(t, a_free_port_can_be_had);
	tcase_add_loop_test(t, tcp_addresses_are_host_and_port, 0, COUNT(good));
	tcase_add_loop_test(t, what_is_no_address_is_refused, 0, COUNT(bad));
	return t;
}

int main(void)
{
	Suite *suite = suite_create("emulator server");
	TCase *t = tcase_create("server");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_tpm_stays_while_clients_come_and_go);
	tcase_add_test(t, a_command_may_come_byte_by_byte);
	tcase_add_test(t, commands_may_come_together);
	tcase_add_test(t, one_client_after_the_other);
	tcase_add_test(t, who_leaves_in_the_middle_is_forgotten);
	tcase_add_loop_test(t, a_size_that_no_command_has_ends_it, 0, 5);
	tcase_add_test(t, the_largest_command_is_taken);
	tcase_add_test(t, who_does_not_listen_stops_nobody_else);
	tcase_add_test(t, a_client_may_be_handed_over);
	tcase_add_test(t, what_is_no_socket_is_dropped);
	tcase_add_test(t, a_new_control_client_starts_afresh);
	tcase_add_test(t, shutdown_is_answered_and_ends);
	tcase_add_test(t, the_end_closes_what_is_open);
	tcase_add_test(t, cancel_reaches_the_command_that_runs);
	suite_add_tcase(suite, t);
	suite_add_tcase(suite, addresses());
	return suite_run(suite);
}
