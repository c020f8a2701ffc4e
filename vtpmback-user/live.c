/* SPDX-License-Identifier: BSD-2-Clause */
/* What a worker leaves to the next one: see live.h. */

#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "fileio.h"
#include "live.h"

#define DESK_SIZE 8192u
#define SLOT_SIZE 36864u
#define LIVE_SIZE (DESK_SIZE + 2u * SLOT_SIZE)

/* The desk's first bytes; the last of them is the file's version. */
#define MAGIC	   "vTPMliv1"
#define MAGIC_SIZE 8u

struct desk {
	uint8_t magic[MAGIC_SIZE]; /* zeros: nothing was ever kept */
	uint64_t counts;	   /* this answer counts, slot or no slot */
	uint64_t number;	   /* of the answer that is here */
	uint32_t len;		   /* 0: it was published */
	uint8_t answer[LIVE_ANSWER_MAX];
};

_Static_assert(sizeof(struct desk) <= DESK_SIZE, "the desk has room");

/*
 * What is sealed in a slot, integers big-endian:
 *	 8  the number of the last answer
 *	 8  the permanent state's write counter that it depends on; 0: none
 *	 n  the volatile state
 */
#define HEAD_SIZE 16u

_Static_assert(HEAD_SIZE + LIVE_STATE_MAX + SEAL_OVERHEAD <= SLOT_SIZE,
	       "a slot has room");

struct live {
	int fd;
	uint8_t *map;
	struct desk *desk;
	struct sealer *sealer;
	uint64_t number;
	unsigned int next_slot;
	bool has_kept; /* `kept` is what the other slot has */
	size_t kept_len, prepared_len;
	uint8_t *next, *kept; /* each HEAD_SIZE and a state */
};

/* What is known of the slots while they are read. */
struct search {
	int fd;
	struct sealer *sealer;
	uint64_t counter; /* of the permanent state */
	uint64_t newest;  /* of the sealer's; 0: none is whole */
	uint64_t number;
	unsigned int slot; /* in which it was */
	bool unfulfilled[2];
	uint8_t *blob, *plain; /* SLOT_SIZE each */
	uint8_t *buf;	       /* for what is found */
	size_t size, len;
};

static struct sealer *new_sealer(const uint8_t key[SEAL_KEY_SIZE],
				 uint32_t instance, uint32_t domid)
{
	char context[64];

	snprintf(context, sizeof(context), "live %u domain %u", instance,
		 domid);
	return sealer_new(key, context);
}

/* ---- Opening ---- */

/* A hole could not be filled later: the file has none. */
static int fill(int fd)
{
	static const uint8_t zeros[4096];
	struct stat st;
	off_t at;
	int r = 0;

	if (fstat(fd, &st) < 0)
		return -errno;
	for (at = st.st_size; !r && at < (off_t)LIVE_SIZE;
	     at += (off_t)sizeof(zeros))
		r = file_write(fd, zeros, sizeof(zeros), at);
	return r;
}

static int map_file(struct live *l, int fd)
{
	void *map;
	int r = fill(fd);

	if (r)
		return r;
	map = mmap(NULL, LIVE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	l->fd = fd;
	l->map = map;
	l->desk = map;
	return 0;
}

int live_open(struct live **live, int fd, const uint8_t key[SEAL_KEY_SIZE],
	      uint32_t instance, uint32_t domid)
{
	struct live *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	l->next = calloc(1, HEAD_SIZE + LIVE_STATE_MAX);
	l->kept = calloc(1, HEAD_SIZE + LIVE_STATE_MAX);
	l->sealer = new_sealer(key, instance, domid);
	if (!l->next || !l->kept)
		r = -ENOMEM;
	else
		r = l->sealer ? map_file(l, fd) : -EIO;
	if (r)
		live_close(l);
	else
		*live = l;
	return r;
}

static void free_state(uint8_t *state)
{
	if (state)
		explicit_bzero(state, HEAD_SIZE + LIVE_STATE_MAX);
	free(state);
}

void live_close(struct live *l)
{
	if (!l)
		return;
	if (l->map)
		munmap(l->map, LIVE_SIZE);
	sealer_free(l->sealer);
	free_state(l->next);
	free_state(l->kept);
	free(l);
}

/* ---- Reading ---- */

/*
 * The length of the blob in a slot, by its header; 0: the slot is empty; less
 * than SEAL_OVERHEAD: it makes no sense.
 */
static size_t slot_length(const uint8_t *slot, size_t got)
{
	const uint8_t *p = slot + SEAL_HEADER - 4;
	size_t n;

	if (got == 0 || slot[0] == 0)
		return 0;
	if (got < SEAL_HEADER)
		return SEAL_HEADER;
	n = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	return n > SLOT_SIZE - SEAL_OVERHEAD ? SEAL_HEADER : n + SEAL_OVERHEAD;
}

/* Takes an opened state if it counts; -ENOENT: it does not. */
static int consider(struct search *s, unsigned int slot, uint64_t sealed,
		    size_t len)
{
	if (len < HEAD_SIZE)
		return -EBADMSG;
	len -= HEAD_SIZE;
	/* The permanent state that it was to go with has not come. */
	s->unfulfilled[slot] = get64(s->plain + 8) > s->counter;
	if (s->unfulfilled[slot] || sealed <= s->newest)
		return -ENOENT;
	if (len > s->size)
		return -ENOBUFS;
	memcpy(s->buf, s->plain + HEAD_SIZE, len);
	s->len = len;
	s->number = get64(s->plain);
	s->newest = sealed;
	s->slot = slot;
	return 0;
}

/* -ENOENT: empty, or not the one that counts. */
static int read_slot(struct search *s, unsigned int slot)
{
	const off_t at = (off_t)(DESK_SIZE + slot * SLOT_SIZE);
	uint64_t sealed;
	size_t got, n;
	int r;

	r = file_read(s->fd, s->blob, SLOT_SIZE, at, &got);
	if (r)
		return r;
	n = slot_length(s->blob, got);
	if (n == 0)
		return -ENOENT;
	if (n > got || n < SEAL_OVERHEAD)
		return -EBADMSG;
	r = sealer_open(s->sealer, s->blob, n, s->plain, &sealed);
	return r ? r : consider(s, slot, sealed, n - SEAL_OVERHEAD);
}

/* One whole slot is enough: the other may have been under the pen. */
static bool may_be_left_out(int r)
{
	return r == 0 || r == -ENOENT || r == -EBADMSG;
}

/* Why no slot has a state, as far as the desk knows. */
static int explain_none(const struct search *s)
{
	static const uint8_t never[MAGIC_SIZE];
	uint8_t magic[MAGIC_SIZE] = { 0 };
	size_t got;
	int r = file_read(s->fd, magic, sizeof(magic), 0, &got);

	if (r)
		return r;
	if (!memcmp(magic, MAGIC, MAGIC_SIZE - 1) &&
	    magic[MAGIC_SIZE - 1] > MAGIC[MAGIC_SIZE - 1])
		return -ENOTSUP;
	return memcmp(magic, never, MAGIC_SIZE) != 0 ? -EBADMSG : -ENOENT;
}

static int read_slots(struct search *s)
{
	const int first = read_slot(s, 0), second = read_slot(s, 1);

	/* Others may be the newer one, which just cannot be had now. */
	if (!may_be_left_out(first))
		return first;
	if (!may_be_left_out(second))
		return second;
	if (s->newest)
		return 0;
	if (first == -EBADMSG || second == -EBADMSG)
		return -EBADMSG;
	return explain_none(s);
}

static int search(struct search *s)
{
	int r = -ENOMEM;

	s->blob = malloc(SLOT_SIZE);
	s->plain = malloc(SLOT_SIZE);
	if (s->blob && s->plain)
		r = read_slots(s);
	if (s->plain)
		explicit_bzero(s->plain, SLOT_SIZE);
	free(s->plain);
	free(s->blob);
	return r;
}

/* ---- Taking over ---- */

static uint8_t *slot_of(const struct live *l, unsigned int slot)
{
	return l->map + DESK_SIZE + (size_t)slot * SLOT_SIZE;
}

static void take_desk(struct live *l)
{
	struct desk *desk = l->desk;

	if (desk->counts > l->number)
		l->number = desk->counts;
	/* One that was begun, and never counted. */
	if (desk->number != l->number || desk->len > LIVE_ANSWER_MAX)
		desk->len = 0;
}

int live_load(struct live *l, uint64_t counter, const uint8_t **state,
	      size_t *len)
{
	struct search s = {
		.fd = l->fd,
		.sealer = l->sealer,
		.counter = counter,
		.buf = l->kept + HEAD_SIZE,
		.size = LIVE_STATE_MAX,
	};
	int r = search(&s);

	if (r)
		return r;
	/*
	 * A state whose permanent one never came must not look as if it had
	 * when another one is written with that counter.
	 */
	if (s.unfulfilled[1 - s.slot])
		*slot_of(l, 1 - s.slot) = 0xff;
	l->next_slot = 1 - s.slot;
	l->number = s.number;
	take_desk(l);
	l->kept_len = s.len;
	l->has_kept = true;
	*state = l->kept + HEAD_SIZE;
	*len = s.len;
	return 0;
}

int live_peek(int fd, const uint8_t key[SEAL_KEY_SIZE], uint32_t instance,
	      uint32_t domid, uint64_t counter, uint8_t *buf, size_t size,
	      size_t *len)
{
	struct search s = {
		.fd = fd,
		.sealer = new_sealer(key, instance, domid),
		.counter = counter,
		.buf = buf,
		.size = size,
	};
	int r = s.sealer ? search(&s) : -EIO;

	sealer_free(s.sealer);
	*len = s.len;
	return r;
}

int live_stamp(int fd, uint8_t stamp[LIVE_STAMP_SIZE])
{
	size_t got;
	int i, r = 0;

	memset(stamp, 0, LIVE_STAMP_SIZE);
	for (i = 0; !r && i < 2; i++)
		r = file_read(fd, stamp + (size_t)i * SEAL_ID_SIZE,
			      SEAL_ID_SIZE,
			      (off_t)(DESK_SIZE + (size_t)i * SLOT_SIZE +
				      SEAL_ID_OFFSET),
			      &got);
	return r;
}

/* ---- Writing ---- */

uint8_t *live_room(struct live *l)
{
	return l->next + HEAD_SIZE;
}

uint8_t *live_answer(struct live *l)
{
	return l->desk->answer;
}

uint64_t live_number(const struct live *l)
{
	return l->number;
}

size_t live_answer_len(const struct live *l)
{
	return l->desk->len;
}

/*
 * Death at any instant leaves what was written before it, in the order of the
 * program: the compiler must keep to that.
 */
static void count_answer(struct live *l, uint64_t number)
{
	l->number = number;
	__atomic_store_n(&l->desk->counts, number, __ATOMIC_RELEASE);
}

/* What the answer that lies on the desk is; it does not count yet. */
static uint64_t announce(struct live *l, size_t answer_len)
{
	const uint64_t number = l->number + (answer_len ? 1 : 0);

	if (answer_len) {
		l->desk->number = number;
		__atomic_store_n(&l->desk->len, (uint32_t)answer_len,
				 __ATOMIC_RELEASE);
	}
	return number;
}

/* The state in the room into the next slot, with its number and condition. */
static int write_slot(struct live *l, uint64_t number, uint64_t counter,
		      size_t len)
{
	int r;

	if (len > LIVE_STATE_MAX)
		return -EFBIG;
	memcpy(l->desk->magic, MAGIC, MAGIC_SIZE);
	put64(l->next, number);
	put64(l->next + 8, counter);
	r = sealer_seal(l->sealer, l->next, HEAD_SIZE + len,
			slot_of(l, l->next_slot));
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return r;
}

/* The state in the room is the one that was written last. */
static void turn(struct live *l, size_t len)
{
	uint8_t *next = l->kept;

	l->kept = l->next;
	l->kept_len = len;
	l->has_kept = true;
	l->next = next;
	l->next_slot = 1 - l->next_slot;
}

static bool is_kept(const struct live *l, size_t len)
{
	return l->has_kept && len == l->kept_len &&
	       !memcmp(l->next + HEAD_SIZE, l->kept + HEAD_SIZE, len);
}

int live_save(struct live *l, size_t len, size_t answer_len)
{
	const uint64_t number = announce(l, answer_len);
	int r = 0;

	if (!is_kept(l, len)) {
		r = write_slot(l, number, 0, len);
		if (r)
			live_give_up(l);
		else
			turn(l, len);
	}
	count_answer(l, number);
	return r;
}

int live_prepare(struct live *l, size_t len, size_t answer_len,
		 uint64_t counter)
{
	const uint64_t number = announce(l, answer_len);
	int r = write_slot(l, number, counter, len);

	/* What half a slot says is nothing. */
	if (!r)
		l->prepared_len = len;
	return r;
}

void live_fulfil(struct live *l)
{
	turn(l, l->prepared_len);
	count_answer(l, l->desk->number);
}

void live_published(struct live *l)
{
	struct desk *desk = l->desk;

	if (!desk->len)
		return;
	explicit_bzero(desk->answer, desk->len);
	__atomic_store_n(&desk->len, 0, __ATOMIC_RELEASE);
}

void live_give_up(struct live *l)
{
	l->has_kept = false;
	*slot_of(l, 0) = 0xff;
	*slot_of(l, 1) = 0xff;
}
