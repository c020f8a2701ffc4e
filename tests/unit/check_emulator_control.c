/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-emulator's control channel: what QEMU and swtpm_ioctl ask. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bytes.h"
#include "emulator_rig.h"
#include "suite.h"

enum {
	SUCCESS = 0x00,
	BAD_PARAMETER = 0x03,
	BAD_ORDINAL = 0x0a,
	KEYNOTFOUND = 0x0d,
	SHA_THREAD = 0x1a,
	IOERROR = 0x1f,
	INVALID_POSTINIT = 0x26,
	BAD_LOCALITY = 0x3d,
	FAIL = 0x09,
};

static struct rig *r;

static void setup(void)
{
	r = rig_new();
}

static void teardown(void)
{
	rig_free(r);
}

static void switch_on(void)
{
	ck_assert_uint_eq(ASK(r, CMD_INIT, 0, 0, 0, 0), SUCCESS);
}

static void start(void)
{
	switch_on();
	ck_assert_uint_eq(do_startup_clear(r->chip), SUCCESS);
}

/*
 * Every command with the shortest fields that it has, the length of its
 * answer, and the result that it has while the TPM is off and while it is on.
 */
static const struct {
	uint32_t command;
	size_t fields;
	size_t answer;
	uint32_t off, on;
} commands[] = {
	{ CMD_GET_CAPABILITY, 0, 8, SUCCESS, SUCCESS },
	{ CMD_GET_TPMESTABLISHED, 0, 8, BAD_ORDINAL, SUCCESS },
	{ CMD_SET_LOCALITY, 1, 4, SUCCESS, SUCCESS },
	{ CMD_HASH_START, 0, 4, BAD_ORDINAL, SUCCESS },
	{ CMD_HASH_DATA, 4, 4, BAD_ORDINAL, SUCCESS },
	{ CMD_HASH_END, 0, 4, BAD_ORDINAL, SUCCESS },
	{ CMD_CANCEL_TPM_CMD, 0, 4, BAD_ORDINAL, SUCCESS },
	{ CMD_STORE_VOLATILE, 0, 4, BAD_ORDINAL, SUCCESS },
	{ CMD_RESET_TPMESTABLISHED, 1, 4, BAD_ORDINAL, BAD_LOCALITY },
	{ CMD_GET_STATEBLOB, 12, 16, BAD_ORDINAL, BAD_PARAMETER },
	{ CMD_SET_STATEBLOB, 12, 4, BAD_PARAMETER, BAD_ORDINAL },
	{ CMD_GET_CONFIG, 0, 8, SUCCESS, SUCCESS },
	{ CMD_SET_DATAFD, 0, 4, BAD_PARAMETER, BAD_PARAMETER },
	{ CMD_SET_BUFFERSIZE, 4, 16, SUCCESS, SUCCESS },
	{ CMD_GET_INFO, 16, 12 + 3, SUCCESS, SUCCESS },
	{ CMD_INIT, 4, 4, SUCCESS, SUCCESS },
	{ CMD_STOP, 0, 4, SUCCESS, SUCCESS },
	{ CMD_SHUTDOWN, 0, 4, SUCCESS, SUCCESS },
};
#define N_COMMANDS (int)(sizeof(commands) / sizeof(*commands))

/* Loop 0 to N_COMMANDS off, as many on. */
static uint32_t state_for(int i)
{
	if (i < N_COMMANDS)
		return commands[i].off;
	start();
	if (commands[i - N_COMMANDS].command == CMD_HASH_DATA ||
	    commands[i - N_COMMANDS].command == CMD_HASH_END)
		ck_assert_uint_eq(ASK_NOTHING(r, CMD_HASH_START), SUCCESS);
	return commands[i - N_COMMANDS].on;
}

START_TEST(every_answer_has_its_length_and_result)
{
	static const uint8_t zeros[16];
	const int i = _i % N_COMMANDS;
	const uint32_t want = state_for(_i);

	ck_assert_uint_eq(
		rig_ask(r, commands[i].command, zeros, commands[i].fields),
		want);
	ck_assert_uint_eq(r->answer_len, commands[i].answer);
	if (commands[i].command == CMD_SHUTDOWN)
		return;
	/* And the next request is understood. */
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_GET_CAPABILITY), SUCCESS);
	ck_assert_uint_eq(r->answer_len, 8);
}
END_TEST

START_TEST(a_request_may_come_byte_by_byte)
{
	const int i = _i % N_COMMANDS;
	const uint32_t want = state_for(_i);
	uint8_t b[20] = { 0 };
	size_t got = 0;

	put32(b, commands[i].command);
	for (size_t at = 0; at < 4 + commands[i].fields; at++) {
		ck_assert_uint_eq(got, 0);
		rig_send(r, b + at, 1);
		got += r->answer_len;
	}
	ck_assert_uint_eq(got, commands[i].answer);
	ck_assert_uint_eq(get32(r->answer), want);
}
END_TEST

START_TEST(requests_may_come_together)
{
	const uint8_t b[] = { 0, 0, 0, CMD_SET_LOCALITY,  2,	      /**/
			      0, 0, 0, CMD_GET_CONFIG,		      /**/
			      0, 0, 0, CMD_SET_LOCALITY,  3, 0, 0, 0, /**/
			      0, 0, 0, CMD_GET_CAPABILITY };

	rig_send(r, b, sizeof(b));
	ck_assert_uint_eq(r->answer_len, 4 + 8 + 4 + 8);
	ck_assert_uint_eq(get32(r->answer + 16), 0);
	ck_assert_uint_eq(get32(r->answer + 20), 0x7fff);
}
END_TEST

START_TEST(capabilities_are_those_that_qemu_asks_for)
{
	/* QEMU's tpm_emulator.c, of a TPM 1.2, and what migration needs. */
	static const uint32_t needed =
		PTM_CAP_INIT | PTM_CAP_SHUTDOWN | PTM_CAP_GET_TPMESTABLISHED |
		PTM_CAP_SET_LOCALITY | PTM_CAP_SET_DATAFD | PTM_CAP_STOP |
		PTM_CAP_SET_BUFFERSIZE | PTM_CAP_GET_STATEBLOB |
		PTM_CAP_SET_STATEBLOB;

	ck_assert_uint_eq(ASK_NOTHING(r, CMD_GET_CAPABILITY), SUCCESS);
	ck_assert_uint_eq(get32(r->answer + 4) & needed, needed);
	/* Those of TPM 2.0 and of shared storage are not. */
	ck_assert_uint_eq(get32(r->answer + 4) >> 15, 0);
}
END_TEST

START_TEST(an_unknown_command_is_answered_and_dropped)
{
	const uint8_t b[] = { 0, 0, 0, (uint8_t)_i, 1, 2, 3, 4, 5, 6, 7 };
	const uint8_t large[] = { 0x80, 0, 0, 1 };

	rig_send(r, b, sizeof(b));
	ck_assert_uint_eq(r->answer_len, 4);
	ck_assert_uint_eq(get32(r->answer), BAD_ORDINAL);
	rig_send(r, large, sizeof(large));
	ck_assert_uint_eq(get32(r->answer), BAD_ORDINAL);
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_GET_CAPABILITY), SUCCESS);
}
END_TEST

/* ---- Power ---- */

START_TEST(init_is_a_power_cycle)
{
	static const uint8_t zeros[20];

	start();
	ck_assert_uint_eq(do_extend(r->chip, 7, 1), SUCCESS);
	ck_assert(pcr_is(r->chip, 7, extended_01));
	switch_on();
	ck_assert_uint_eq(do_extend(r->chip, 7, 1), INVALID_POSTINIT);
	ck_assert_uint_eq(do_startup_clear(r->chip), SUCCESS);
	ck_assert(pcr_is(r->chip, 7, zeros));
}
END_TEST

START_TEST(a_stopped_tpm_answers_fail)
{
	uint8_t value[20];

	start();
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_STOP), SUCCESS);
	ck_assert_uint_eq(do_pcr_read(r->chip, 0, value), FAIL);
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_STOP), SUCCESS);
	ck_assert(!r->control.shutdown);
}
END_TEST

START_TEST(shutdown_stops_and_ends)
{
	start();
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_SHUTDOWN), SUCCESS);
	ck_assert(r->control.shutdown);
	ck_assert(!chip_is_on(r->chip));
}
END_TEST

START_TEST(stored_volatile_state_goes_on)
{
	const bool delete = _i;

	start();
	ck_assert_uint_eq(do_extend(r->chip, 7, 1), SUCCESS);
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_STORE_VOLATILE), SUCCESS);
	ck_assert_uint_eq(do_extend(r->chip, 7, 2), SUCCESS);
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_STOP), SUCCESS);
	ck_assert_uint_eq(ASK(r, CMD_INIT, 0, 0, 0, delete), SUCCESS);
	ck_assert(pcr_is(r->chip, 7, extended_01));
	/* Once, or again. */
	switch_on();
	ck_assert_uint_eq(do_startup_clear(r->chip),
			  delete ? SUCCESS : INVALID_POSTINIT);
	ck_assert_int_eq(pcr_is(r->chip, 7, extended_01), !delete);
}
END_TEST

/* ---- Localities ---- */

START_TEST(commands_come_from_the_locality_that_was_set)
{
	start();
	ck_assert_uint_eq(do_extend(r->chip, 22, 1), BAD_LOCALITY);
	ck_assert_uint_eq(ASK(r, CMD_SET_LOCALITY, 2), SUCCESS);
	ck_assert_uint_eq(do_extend(r->chip, 22, 1), SUCCESS);
	/* As QEMU sends it, and in two pieces. */
	ck_assert_uint_eq(ASK(r, CMD_SET_LOCALITY, 0, 0, 0, 0), SUCCESS);
	ck_assert_uint_eq(do_extend(r->chip, 22, 1), BAD_LOCALITY);
	ck_assert_uint_eq(ASK(r, CMD_SET_LOCALITY, 2, 0), SUCCESS);
	rig_send(r, "\0", 2);
	ck_assert_uint_eq(r->answer_len, 0);
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_GET_CAPABILITY), SUCCESS);
	ck_assert_uint_eq(do_extend(r->chip, 22, 1), SUCCESS);
}
END_TEST

START_TEST(there_are_five_localities)
{
	start();
	for (unsigned int l = 0; l < 256; l++)
		ck_assert_uint_eq(ASK(r, CMD_SET_LOCALITY, (uint8_t)l),
				  l < 5 ? SUCCESS : BAD_LOCALITY);
	/* The last good one stands. */
	ck_assert_uint_eq(do_extend(r->chip, 17, 1), SUCCESS);
}
END_TEST

/* ---- The dynamic launch ---- */

static bool is_established(void)
{
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_GET_TPMESTABLISHED), SUCCESS);
	ck_assert_uint_le(r->answer[4], 1);
	ck_assert(!r->answer[5] && !r->answer[6] && !r->answer[7]);
	return r->answer[4];
}

START_TEST(a_launch_is_hashed_into_17)
{
	start();
	ck_assert(!is_established());
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_HASH_START), SUCCESS);
	ck_assert_uint_eq(ASK(r, CMD_HASH_DATA, 0, 0, 0, 3, '1', '2', '3'),
			  SUCCESS);
	ck_assert_uint_eq(ASK(r, CMD_HASH_DATA, 0, 0, 0, 0), SUCCESS);
	ck_assert_uint_eq(ASK(r, CMD_HASH_DATA, 0, 0, 0, 1, '4'), SUCCESS);
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_HASH_END), SUCCESS);
	ck_assert(pcr_is(r->chip, 17, launched_1234));
	ck_assert(is_established());
}
END_TEST

/* A megabyte of zeros in one request, as known from swtpm's tests. */
START_TEST(what_is_launched_may_be_large)
{
	static const uint8_t want[20] = { 0xd8, 0x0e, 0x7a, 0x7b, 0x3c,
					  0x37, 0x88, 0x7d, 0xb4, 0xc2,
					  0x88, 0x08, 0x1d, 0xa7, 0x53,
					  0xf6, 0x4b, 0x11, 0x3a, 0x9c };
	const size_t len = 1024 * 1024;
	uint8_t *fields = calloc(1, 4 + len);

	start();
	put32(fields, (uint32_t)len);
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_HASH_START), SUCCESS);
	ck_assert_uint_eq(rig_ask(r, CMD_HASH_DATA, fields, 4 + len), SUCCESS);
	ck_assert_uint_eq(r->answer_len, 4);
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_HASH_END), SUCCESS);
	ck_assert(pcr_is(r->chip, 17, want));
	free(fields);
}
END_TEST

START_TEST(data_without_a_launch_is_refused_as_a_whole)
{
	start();
	ck_assert_uint_eq(ASK(r, CMD_HASH_DATA, 0, 0, 0, 4, 0, 0, 0, 2),
			  SHA_THREAD);
	ck_assert_uint_eq(r->answer_len, 4);
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_HASH_END), SHA_THREAD);
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_STOP), SUCCESS);
	ck_assert_uint_eq(ASK(r, CMD_HASH_DATA, 0, 0, 0, 4, 0, 0, 0, 2),
			  BAD_ORDINAL);
	ck_assert_uint_eq(r->answer_len, 4);
}
END_TEST

START_TEST(a_launch_before_startup_is_an_error)
{
	switch_on();
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_HASH_START), INVALID_POSTINIT);
}
END_TEST

START_TEST(localities_3_and_4_reset_the_establishment)
{
	start();
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_HASH_START), SUCCESS);
	ck_assert_uint_eq(ASK(r, CMD_RESET_TPMESTABLISHED, 2), BAD_LOCALITY);
	ck_assert_uint_eq(ASK(r, CMD_RESET_TPMESTABLISHED, 5), BAD_LOCALITY);
	ck_assert(is_established());
	ck_assert_uint_eq(ASK(r, CMD_RESET_TPMESTABLISHED, (uint8_t)(3 + _i)),
			  SUCCESS);
	ck_assert(!is_established());
	/* It is that request's own. */
	ck_assert_uint_eq(do_extend(r->chip, 22, 1), BAD_LOCALITY);
}
END_TEST

/* ---- Blobs ---- */

struct copy {
	uint8_t *b;
	size_t len;
};

static struct copy get(uint32_t type)
{
	struct copy copy = { 0 };

	ck_assert_uint_eq(rig_get_blob(r, type, 0), SUCCESS);
	ck_assert_uint_eq(get32(r->answer + 4), 0);
	copy.len = get32(r->answer + 12);
	ck_assert_uint_eq(get32(r->answer + 8), copy.len);
	copy.b = malloc(copy.len + 1);
	memcpy(copy.b, r->answer + 16, copy.len);
	return copy;
}

/* As QEMU migrates: to another process. */
START_TEST(a_tpm_moves_as_blobs)
{
	struct copy permanent, volatile_, saved;
	struct rig *source = r;

	start();
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_HASH_START), SUCCESS);
	ck_assert_uint_eq(do_extend(r->chip, 7, 1), SUCCESS);
	permanent = get(PTM_BLOB_TYPE_PERMANENT);
	volatile_ = get(PTM_BLOB_TYPE_VOLATILE);
	saved = get(PTM_BLOB_TYPE_SAVESTATE);
	ck_assert_uint_gt(permanent.len, 0);
	ck_assert_uint_gt(volatile_.len, 0);
	ck_assert_uint_eq(saved.len, 0);
	rig_free(source);

	r = rig_new();
	ck_assert_uint_eq(rig_set_blob(r, PTM_BLOB_TYPE_PERMANENT, permanent.b,
				       permanent.len),
			  SUCCESS);
	ck_assert_uint_eq(rig_set_blob(r, PTM_BLOB_TYPE_VOLATILE, volatile_.b,
				       volatile_.len),
			  SUCCESS);
	ck_assert_uint_eq(
		rig_set_blob(r, PTM_BLOB_TYPE_SAVESTATE, saved.b, saved.len),
		SUCCESS);
	ck_assert_uint_eq(ASK(r, CMD_INIT, 0, 0, 0, 1), SUCCESS);
	ck_assert(pcr_is(r->chip, 7, extended_01));
	ck_assert(is_established());
	free(permanent.b);
	free(volatile_.b);
	free(saved.b);
}
END_TEST

START_TEST(a_blob_may_be_read_from_an_offset)
{
	struct copy all;

	start();
	all = get(PTM_BLOB_TYPE_PERMANENT);
	for (uint32_t at = 0; at <= all.len + 5; at += 7) {
		const size_t left = at < all.len ? all.len - at : 0;

		ck_assert_uint_eq(rig_get_blob(r, PTM_BLOB_TYPE_PERMANENT, at),
				  SUCCESS);
		ck_assert_uint_eq(get32(r->answer + 12), left);
		ck_assert(
			!memcmp(r->answer + 16, all.b + all.len - left, left));
	}
	ck_assert_uint_eq(rig_get_blob(r, PTM_BLOB_TYPE_PERMANENT, UINT32_MAX),
			  SUCCESS);
	ck_assert_uint_eq(get32(r->answer + 12), 0);
	free(all.b);
}
END_TEST

START_TEST(reading_the_volatile_state_stores_nothing)
{
	start();
	free(get(PTM_BLOB_TYPE_VOLATILE).b);
	switch_on();
	ck_assert_uint_eq(do_startup_clear(r->chip), SUCCESS);
}
END_TEST

START_TEST(there_are_three_types)
{
	start();
	ck_assert_uint_eq(rig_get_blob(r, 0, 0), BAD_PARAMETER);
	ck_assert_uint_eq(rig_get_blob(r, 4, 0), BAD_PARAMETER);
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_STOP), SUCCESS);
	ck_assert_uint_eq(rig_set_blob(r, 0, "x", 1), BAD_PARAMETER);
	ck_assert_uint_eq(rig_set_blob(r, 4, "x", 1), BAD_PARAMETER);
	ck_assert_uint_eq(rig_set_blob(r, PTM_BLOB_TYPE_SAVESTATE, "x", 1),
			  BAD_PARAMETER);
}
END_TEST

START_TEST(a_damaged_blob_changes_nothing)
{
	const uint32_t type =
		_i ? PTM_BLOB_TYPE_VOLATILE : PTM_BLOB_TYPE_PERMANENT;
	struct copy before, blob, after;

	start();
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_HASH_START), SUCCESS);
	before = get(PTM_BLOB_TYPE_PERMANENT);
	blob = get(type);
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_STOP), SUCCESS);
	blob.b[0] ^= 1;
	ck_assert_uint_eq(rig_set_blob(r, type, blob.b, blob.len),
			  BAD_PARAMETER);
	blob.b[0] ^= 1;
	for (size_t len = _i ? 1 : 0; len < blob.len; len++)
		ck_assert_uint_eq(rig_set_blob(r, type, blob.b, len),
				  BAD_PARAMETER);
	switch_on();
	ck_assert_uint_eq(do_startup_clear(r->chip), SUCCESS);
	after = get(PTM_BLOB_TYPE_PERMANENT);
	ck_assert_uint_eq(after.len, before.len);
	ck_assert(!memcmp(after.b, before.b, before.len));
	free(before.b);
	free(blob.b);
	free(after.b);
}
END_TEST

START_TEST(no_volatile_blob_is_none)
{
	start();
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_STORE_VOLATILE), SUCCESS);
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_STOP), SUCCESS);
	ck_assert_uint_eq(rig_set_blob(r, PTM_BLOB_TYPE_VOLATILE, "", 0),
			  SUCCESS);
	start();
}
END_TEST

/* Its registers are not those of the TPM that comes. */
START_TEST(another_permanent_state_takes_the_volatile_one_along)
{
	struct copy permanent;

	start();
	permanent = get(PTM_BLOB_TYPE_PERMANENT);
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_STORE_VOLATILE), SUCCESS);
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_STOP), SUCCESS);
	ck_assert_uint_eq(rig_set_blob(r, PTM_BLOB_TYPE_PERMANENT, permanent.b,
				       permanent.len),
			  SUCCESS);
	start();
	free(permanent.b);
}
END_TEST

START_TEST(an_encrypted_blob_has_no_key_here)
{
	ck_assert_uint_eq(ASK(r, CMD_SET_STATEBLOB, 0, 0, 0,
			      PTM_STATE_FLAG_ENCRYPTED, 0, 0, 0,
			      PTM_BLOB_TYPE_PERMANENT, 0, 0, 0, 2, 1, 2),
			  KEYNOTFOUND);
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_GET_CAPABILITY), SUCCESS);
}
END_TEST

START_TEST(a_blob_larger_than_any_ends_the_connection)
{
	uint8_t fields[12] = { 0 };

	put32(fields + 4, PTM_BLOB_TYPE_PERMANENT);
	put32(fields + 8, _i ? UINT32_MAX : CHIP_BLOB_MAX + 1);
	ck_assert_uint_eq(rig_ask(r, CMD_SET_STATEBLOB, fields, 12), FAIL);
	ck_assert(rig_is_closed(r));
}
END_TEST

START_TEST(the_largest_blob_is_taken_and_refused)
{
	uint8_t *b = calloc(1, CHIP_BLOB_MAX);

	ck_assert_uint_eq(
		rig_set_blob(r, PTM_BLOB_TYPE_PERMANENT, b, CHIP_BLOB_MAX),
		BAD_PARAMETER);
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_GET_CAPABILITY), SUCCESS);
	free(b);
}
END_TEST

/* ---- The rest ---- */

static unsigned int open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static uint32_t hand_over(uint32_t command, int fd)
{
	uint8_t b[4];

	put32(b, command);
	rig_send_fd(r, b, sizeof(b), fd);
	ck_assert_uint_ge(r->answer_len, 4);
	return get32(r->answer);
}

START_TEST(a_descriptor_becomes_the_data_channel)
{
	const unsigned int before = open_descriptors();
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	ck_assert_uint_eq(hand_over(CMD_SET_DATAFD, fds[1]), SUCCESS);
	close(fds[1]);
	ck_assert_int_ge(r->data.fd, 0);
	ck_assert_int_ne(fcntl(r->data.fd, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_ne(fcntl(r->data.fd, F_GETFL) & O_NONBLOCK, 0);
	/* There is one. */
	ck_assert_uint_eq(hand_over(CMD_SET_DATAFD, fds[0]), IOERROR);
	conn_close(&r->data);
	close(fds[0]);
	ck_assert_uint_eq(open_descriptors(), before);
}
END_TEST

START_TEST(descriptors_that_nobody_wants_are_closed)
{
	const unsigned int before = open_descriptors();

	ck_assert_uint_eq(hand_over(CMD_GET_CAPABILITY, 0), SUCCESS);
	ck_assert_uint_eq(hand_over(0x7777, 0), BAD_ORDINAL);
	ck_assert_uint_eq(open_descriptors(), before);
	/* It came with another request. */
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_SET_DATAFD), BAD_PARAMETER);
	/* One that waits goes with the connection. */
	rig_send_fd(r, "\0", 1, 0);
	ck_assert_uint_eq(open_descriptors(), before + 1);
	conn_close(&r->conn);
	ck_assert_uint_eq(open_descriptors(), before - 1);
}
END_TEST

START_TEST(the_buffer_has_one_size)
{
	for (unsigned int i = 0; i < 3; i++) {
		ck_assert_uint_eq(
			ASK(r, CMD_SET_BUFFERSIZE, 0, 0, (uint8_t)(i * 8), 0),
			SUCCESS);
		for (size_t at = 4; at < 16; at += 4)
			ck_assert_uint_eq(get32(r->answer + at), 4088);
	}
	switch_on();
	ck_assert_uint_eq(ASK(r, CMD_SET_BUFFERSIZE, 0, 0, 0, 0), SUCCESS);
	ck_assert_uint_eq(get32(r->answer + 4), 4088);
	ck_assert_uint_eq(ASK(r, CMD_SET_BUFFERSIZE, 0, 0, 8, 0), BAD_ORDINAL);
	ck_assert_uint_eq(get32(r->answer + 4), 0);
}
END_TEST

static uint32_t info(uint32_t flags, uint32_t offset)
{
	uint8_t fields[16] = { 0 };

	put32(fields + 4, flags);
	put32(fields + 8, offset);
	return rig_ask(r, CMD_GET_INFO, fields, sizeof(fields));
}

START_TEST(info_tells_the_specification)
{
	static const char want[] = "{\"TPMSpecification\":{\"family\":\"1.2\","
				   "\"level\":2,\"revision\":116}}";

	for (uint32_t at = 0; at < sizeof(want); at++) {
		ck_assert_uint_eq(info(1, at), SUCCESS);
		ck_assert_uint_eq(get32(r->answer + 4), sizeof(want));
		ck_assert_uint_eq(get32(r->answer + 8), sizeof(want) - at);
		ck_assert_uint_eq(r->answer_len, 12 + sizeof(want) - at);
		ck_assert_str_eq((const char *)r->answer + 12, want + at);
	}
	ck_assert_uint_eq(info(1, sizeof(want)), BAD_PARAMETER);
	ck_assert_uint_eq(r->answer_len, 12);
	ck_assert_uint_eq(info(0, 0), SUCCESS);
	ck_assert_str_eq((const char *)r->answer + 12, "{}");
}
END_TEST

START_TEST(config_tells_of_no_key_in_memory)
{
	ck_assert_uint_eq(ASK_NOTHING(r, CMD_GET_CONFIG), SUCCESS);
	ck_assert_uint_eq(get32(r->answer + 4), 0);
}
END_TEST

/* While a command is executed nobody serves the channel. */
static void wait_with(const void *b, size_t len)
{
	ck_assert_int_eq((int)write(r->fd, b, len), (int)len);
}

START_TEST(a_waiting_cancel_cancels_once)
{
	uint8_t answer[8];

	start();
	ck_assert(!control_cancels(&r->control));
	wait_with("\0\0", 2);
	ck_assert(!control_cancels(&r->control));
	wait_with("\0\x09", 2);
	ck_assert(control_cancels(&r->control));
	ck_assert_int_eq((int)read(r->fd, answer, sizeof(answer)), 4);
	ck_assert_uint_eq(get32(answer), SUCCESS);
	ck_assert(!control_cancels(&r->control));
}
END_TEST

START_TEST(other_requests_wait_for_their_turn)
{
	start();
	wait_with("\0\0\0\x0f", 4);
	ck_assert(!control_cancels(&r->control));
	control_serve(&r->control);
	rig_send(r, "\0\0\0\x01", 4);
	ck_assert_uint_eq(r->answer_len, 8 + 8);
}
END_TEST

START_TEST(a_client_that_goes_takes_his_request_along)
{
	uint8_t fields[14] = { 0 };

	put32(fields, CMD_SET_STATEBLOB);
	put32(fields + 8, PTM_BLOB_TYPE_PERMANENT);
	fields[13] = 0;
	rig_send(r, fields, sizeof(fields));
	ck_assert_uint_eq(r->answer_len, 0);
	close(r->fd);
	r->fd = -1;
	ck_assert(!control_cancels(&r->control));
	ck_assert_int_eq(r->conn.fd, -1);
	control_forget(&r->control);
}
END_TEST

/* Nothing to expect but that it lives, and still listens. */
START_TEST(nonsense_does_no_harm)
{
	uint32_t seed = 1;
	uint8_t b[64];

	for (unsigned int i = 0; i < 20000; i++) {
		const size_t len = 4 + i % 60;

		for (size_t k = 0; k < len; k++) {
			seed = seed * 1664525 + 1013904223;
			b[k] = (uint8_t)(seed >> 24);
		}
		memset(b, 0, 3);
		b[3] %= 20;
		if (b[3] == CMD_HASH_DATA)
			memset(b + 4, 0, 3);
		rig_send(r, b, len);
		if (!rig_is_closed(r) && !r->control.shutdown)
			continue;
		rig_free(r);
		r = rig_new();
	}
	rig_free(r);
	r = rig_new();
}
END_TEST

static TCase *power_and_launch(void)
{
	TCase *t = tcase_create("power and launch");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, init_is_a_power_cycle);
	tcase_add_test(t, a_stopped_tpm_answers_fail);
	tcase_add_test(t, shutdown_stops_and_ends);
	tcase_add_loop_test(t, stored_volatile_state_goes_on, 0, 2);
	tcase_add_test(t, commands_come_from_the_locality_that_was_set);
	tcase_add_test(t, there_are_five_localities);
	tcase_add_test(t, a_launch_is_hashed_into_17);
	tcase_add_test(t, what_is_launched_may_be_large);
	tcase_add_test(t, data_without_a_launch_is_refused_as_a_whole);
	tcase_add_test(t, a_launch_before_startup_is_an_error);
	tcase_add_loop_test(t, localities_3_and_4_reset_the_establishment, 0,
			    2);
	return t;
}

static TCase *blobs(void)
{
	TCase *t = tcase_create("blobs");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_tpm_moves_as_blobs);
	tcase_add_test(t, a_blob_may_be_read_from_an_offset);
	tcase_add_test(t, reading_the_volatile_state_stores_nothing);
	tcase_add_test(t, there_are_three_types);
	tcase_add_loop_test(t, a_damaged_blob_changes_nothing, 0, 2);
	tcase_add_test(t, no_volatile_blob_is_none);
	tcase_add_test(t, another_permanent_state_takes_the_volatile_one_along);
	tcase_add_test(t, an_encrypted_blob_has_no_key_here);
	tcase_add_loop_test(t, a_blob_larger_than_any_ends_the_connection, 0,
			    2);
	tcase_add_test(t, the_largest_blob_is_taken_and_refused);
	return t;
}

static TCase *requests(void)
{
	TCase *t = tcase_create("requests");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, every_answer_has_its_length_and_result, 0,
			    2 * N_COMMANDS);
	tcase_add_loop_test(t, a_request_may_come_byte_by_byte, 0,
			    2 * N_COMMANDS);
	tcase_add_test(t, requests_may_come_together);
	tcase_add_test(t, capabilities_are_those_that_qemu_asks_for);
	tcase_add_loop_test(t, an_unknown_command_is_answered_and_dropped,
			    CMD_GET_INFO + 1, CMD_GET_INFO + 5);
	tcase_add_test(t, a_descriptor_becomes_the_data_channel);
	tcase_add_test(t, descriptors_that_nobody_wants_are_closed);
	tcase_add_test(t, the_buffer_has_one_size);
	tcase_add_test(t, info_tells_the_specification);
	tcase_add_test(t, config_tells_of_no_key_in_memory);
	tcase_add_test(t, a_waiting_cancel_cancels_once);
	tcase_add_test(t, other_requests_wait_for_their_turn);
	tcase_add_test(t, a_client_that_goes_takes_his_request_along);
	tcase_add_test(t, nonsense_does_no_harm);
	return t;
}

int main(void)
{
	Suite *s = suite_create("emulator control");

	suite_add_tcase(s, requests());
	suite_add_tcase(s, power_and_launch());
	suite_add_tcase(s, blobs());
	return suite_run(s);
}
