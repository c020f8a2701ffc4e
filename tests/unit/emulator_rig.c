/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM and its client: see emulator_rig.h. */
#include "emulator_rig.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bytes.h"
#include "log.h"

const uint8_t launched_1234[20] = { 0x97, 0xe9, 0x76, 0xe4, 0xf2, 0x2c, 0xd6,
				    0xd2, 0x4a, 0xfd, 0x21, 0x20, 0x85, 0xad,
				    0x7a, 0x86, 0x64, 0x7f, 0x2a, 0xe5 };
const uint8_t extended_01[20] = { 0xc3, 0xad, 0x7f, 0x64, 0xb8, 0xd9, 0x76,
				  0xaa, 0xf2, 0xb3, 0xa9, 0xc9, 0x8f, 0x7e,
				  0xe5, 0x63, 0x1c, 0xde, 0x71, 0x25 };

struct chip_setup rig_setup(const struct rig *r, char path[128],
			    const char *name)
{
	struct chip_setup setup = { 0 };

	if (name) {
		snprintf(path, 128, "%s/%s", r->dir, name);
		setup.state_dir = path;
	}
	return setup;
}

struct rig *rig_new(void)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct chip_setup setup;
	int fds[2];

	/* What is wrong on purpose is not to be read. */
	log_set_level((enum log_level)0);
	snprintf(r->dir, sizeof(r->dir), "/tmp/check-emulator-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(r->dir));
	r->answer = malloc(RIG_ANSWER_MAX);
	ck_assert(r->answer != NULL);
	setup = rig_setup(r, NULL, NULL);
	ck_assert_int_eq(chip_open(&r->chip, &setup), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	conn_init(&r->data);
	conn_open(&r->conn, fds[0]);
	control_init(&r->control, &r->conn, r->chip, &r->data);
	r->fd = fds[1];
	fcntl(r->fd, F_SETFL, O_NONBLOCK);
	return r;
}

static void remove_all(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char name[512];

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (unlink(name) < 0)
			remove_all(name);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

void rig_free(struct rig *r)
{
	control_forget(&r->control);
	conn_close(&r->conn);
	conn_close(&r->data);
	if (r->fd >= 0)
		close(r->fd);
	chip_close(r->chip);
	remove_all(r->dir);
	free(r->answer);
	free(r);
}

static void collect(struct rig *r)
{
	ssize_t n;

	while (r->fd >= 0) {
		n = read(r->fd, r->answer + r->answer_len,
			 RIG_ANSWER_MAX - r->answer_len);
		if (n < 0) {
			ck_assert_int_eq(errno, EAGAIN);
			return;
		}
		if (n == 0) {
			close(r->fd);
			r->fd = -1;
			return;
		}
		r->answer_len += (size_t)n;
	}
}

static void transmit(struct rig *r, const uint8_t *b, size_t len, int fd)
{
	union {
		char b[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct iovec iov = { (void *)(uintptr_t)b, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;

	if (fd >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	}
	ck_assert_int_eq((int)sendmsg(r->fd, &msg, MSG_NOSIGNAL), (int)len);
}

void rig_send_fd(struct rig *r, const void *b, size_t len, int fd)
{
	const uint8_t *p = b;
	size_t n;

	r->answer_len = 0;
	for (; len && r->fd >= 0; p += n, len -= n) {
		n = len < 50000 ? len : 50000;
		transmit(r, p, n, fd);
		while (!conn_receive(&r->conn))
			control_serve(&r->control);
		while (r->conn.fd >= 0 && !conn_is_flushed(&r->conn)) {
			collect(r);
			conn_flush(&r->conn);
		}
		collect(r);
	}
}

void rig_send(struct rig *r, const void *b, size_t len)
{
	rig_send_fd(r, b, len, -1);
}

uint32_t rig_ask(struct rig *r, uint32_t command, const void *fields,
		 size_t len)
{
	uint8_t *b = malloc(4 + len);

	put32(b, command);
	memcpy(b + 4, fields, len);
	rig_send(r, b, 4 + len);
	free(b);
	ck_assert_uint_ge(r->answer_len, 4);
	return get32(r->answer);
}

uint32_t rig_set_blob(struct rig *r, uint32_t type, const void *b, size_t len)
{
	uint8_t *fields = malloc(12 + len);
	uint32_t result;

	put32(fields, 0);
	put32(fields + 4, type);
	put32(fields + 8, (uint32_t)len);
	if (len)
		memcpy(fields + 12, b, len);
	result = rig_ask(r, CMD_SET_STATEBLOB, fields, 12 + len);
	free(fields);
	return result;
}

uint32_t rig_get_blob(struct rig *r, uint32_t type, uint32_t offset)
{
	uint8_t fields[12];
	uint32_t result;

	put32(fields, 0);
	put32(fields + 4, type);
	put32(fields + 8, offset);
	result = rig_ask(r, CMD_GET_STATEBLOB, fields, sizeof(fields));
	ck_assert_uint_ge(r->answer_len, 16);
	ck_assert_uint_eq(r->answer_len, 16 + get32(r->answer + 12));
	return result;
}

bool rig_is_closed(struct rig *r)
{
	collect(r);
	return r->fd < 0 && r->conn.fd < 0;
}

/* ---- TPM commands ---- */

static uint32_t execute(struct chip *chip, const uint8_t *req, size_t len,
			uint8_t *rsp)
{
	const size_t n = chip_execute(chip, req, len, rsp);

	ck_assert_uint_ge(n, 10);
	ck_assert_uint_eq(n, get32(rsp + 2));
	return get32(rsp + 6);
}

uint32_t do_startup_clear(struct chip *chip)
{
	static const uint8_t req[] = { 0x00, 0xc1, 0, 0,    0, 12,
				       0,    0,	   0, 0x99, 0, 1 };
	uint8_t rsp[CHIP_PACKET_MAX];

	return execute(chip, req, sizeof(req), rsp);
}

uint32_t do_extend(struct chip *chip, unsigned int pcr, uint8_t byte)
{
	uint8_t req[34] = { 0x00, 0xc1, 0, 0, 0, 34, 0, 0, 0, 0x14 };
	uint8_t rsp[CHIP_PACKET_MAX];

	put32(req + 10, pcr);
	memset(req + 14, byte, 20);
	return execute(chip, req, sizeof(req), rsp);
}

uint32_t do_pcr_read(struct chip *chip, unsigned int pcr, uint8_t value[20])
{
	uint8_t req[14] = { 0x00, 0xc1, 0, 0, 0, 14, 0, 0, 0, 0x15 };
	uint8_t rsp[CHIP_PACKET_MAX];
	uint32_t result;

	put32(req + 10, pcr);
	result = execute(chip, req, sizeof(req), rsp);
	memcpy(value, rsp + 10, 20);
	return result;
}

bool pcr_is(struct chip *chip, unsigned int pcr, const uint8_t value[20])
{
	uint8_t got[20];

	ck_assert_uint_eq(do_pcr_read(chip, pcr, got), 0);
	return !memcmp(got, value, sizeof(got));
}
