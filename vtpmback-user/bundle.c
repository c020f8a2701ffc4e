/* SPDX-License-Identifier: BSD-2-Clause */
/* A vTPM as a file: see bundle.h. */

#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bundle.h"
#include "bytes.h"
#include "seal.h"

#define MAGIC	       "vTPMcopy"
#define BUNDLE_VERSION 1u
#define SALT_OFFSET    16u
#define HEADER_SIZE    (SALT_OFFSET + SEAL_KEY_SIZE)
#define CONTEXT	       "copy"
#define FIELD_HEADER   8u

enum field {
	FIELD_UUID,
	FIELD_NAME,
	FIELD_INST,
	FIELD_CNTR,
	FIELD_LOCS,
	FIELD_LATE,
	FIELD_NOV1,
	FIELD_PERM,
	FIELD_SAVE,
	FIELD_GUES,
	FIELDS
};

static const char names[FIELDS][5] = {
	[FIELD_UUID] = "UUID", [FIELD_NAME] = "NAME", [FIELD_INST] = "INST",
	[FIELD_CNTR] = "CNTR", [FIELD_LOCS] = "LOCS", [FIELD_LATE] = "LATE",
	[FIELD_NOV1] = "NOV1", [FIELD_PERM] = "PERM", [FIELD_SAVE] = "SAVE",
	[FIELD_GUES] = "GUES",
};

/* p NULL: the field is not there. */
struct bytes {
	const uint8_t *p;
	size_t len;
};

/* The key that the fields are sealed under. */
static int make_key(const struct bundle_secret *secret, const uint8_t *header,
		    uint8_t key[SEAL_KEY_SIZE])
{
	if (secret->kind == BUNDLE_PASSPHRASE)
		return secret->len ? seal_passphrase(secret->bytes, secret->len,
						     header + SALT_OFFSET, key)
				   : -EINVAL;
	if (secret->len != SEAL_KEY_SIZE)
		return -EINVAL;
	memcpy(key, secret->bytes, SEAL_KEY_SIZE);
	return 0;
}

static int make_header(const struct bundle_secret *secret, uint8_t *header)
{
	memset(header, 0, HEADER_SIZE);
	memcpy(header, MAGIC, 8);
	put32(header + 8, BUNDLE_VERSION);
	put32(header + 12, secret->kind);
	return secret->kind == BUNDLE_PASSPHRASE
		       ? seal_random(header + SALT_OFFSET, SEAL_KEY_SIZE)
		       : 0;
}

static void put_fields(const struct bytes *fields, uint8_t *p)
{
	unsigned int i;

	for (i = 0; i < FIELDS; i++) {
		if (!fields[i].p)
			continue;
		memcpy(p, names[i], 4);
		put32(p + 4, (uint32_t)fields[i].len);
		memcpy(p + FIELD_HEADER, fields[i].p, fields[i].len);
		p += FIELD_HEADER + fields[i].len;
	}
}

static int seal_fields(const uint8_t key[SEAL_KEY_SIZE],
		       const struct bytes *fields, size_t len, uint8_t *out)
{
	struct sealer *sealer = sealer_new(key, CONTEXT);
	uint8_t *plain = malloc(len);
	int r = sealer && plain ? 0 : -ENOMEM;

	if (!r) {
		put_fields(fields, plain);
		r = sealer_seal(sealer, plain, len, out);
		explicit_bzero(plain, len);
	}
	free(plain);
	sealer_free(sealer);
	return r;
}

static int pack(const struct bytes *fields, const struct bundle_secret *secret,
		uint8_t **file, size_t *len)
{
	uint8_t key[SEAL_KEY_SIZE];
	size_t plain_len = 0;
	unsigned int i;
	int r;

	for (i = 0; i < FIELDS; i++)
		if (fields[i].p)
			plain_len += FIELD_HEADER + fields[i].len;
	*len = HEADER_SIZE + plain_len + SEAL_OVERHEAD;
	if (*len > BUNDLE_MAX)
		return -EFBIG;
	*file = malloc(*len);
	if (!*file)
		return -ENOMEM;
	r = make_header(secret, *file);
	if (!r)
		r = make_key(secret, *file, key);
	if (!r)
		r = seal_fields(key, fields, plain_len, *file + HEADER_SIZE);
	explicit_bzero(key, sizeof(key));
	if (r) {
		free(*file);
		*file = NULL;
	}
	return r;
}

static struct bytes text(const char *t)
{
	return (struct bytes){ t[0] ? (const uint8_t *)t : NULL, strlen(t) };
}

int bundle_pack(const struct bundle *b, const struct bundle_secret *secret,
		uint8_t **file, size_t *len)
{
	uint8_t instance[4], counter[8], localities[4], late[4], no_v1[4];
	const uint8_t *guest = b->saved ? b->guest : NULL;
	struct bytes fields[FIELDS] = {
		[FIELD_UUID] = text(b->uuid),
		[FIELD_NAME] = text(b->name),
		[FIELD_INST] = { instance, sizeof(instance) },
		[FIELD_CNTR] = { counter, sizeof(counter) },
		[FIELD_LOCS] = { localities, sizeof(localities) },
		[FIELD_LATE] = { late, sizeof(late) },
		[FIELD_NOV1] = { no_v1, sizeof(no_v1) },
		[FIELD_PERM] = { b->permanent, b->permanent_len },
		[FIELD_SAVE] = { b->saved, b->saved_len },
		[FIELD_GUES] = { guest, sizeof(b->guest) },
	};

	if ((!b->uuid[0] && !b->name[0]) || !b->permanent)
		return -EINVAL;
	put32(instance, b->instance);
	put32(counter, (uint32_t)(b->counter >> 32));
	put32(counter + 4, (uint32_t)b->counter);
	put32(localities, b->localities);
	put32(late, b->late);
	put32(no_v1, b->no_protocol_1);
	return pack(fields, secret, file, len);
}

/* Every bit of the header is either checked here or goes into the key. */
int bundle_kind(const uint8_t *file, size_t len, enum bundle_kind *kind)
{
	static const uint8_t zeros[SEAL_KEY_SIZE];
	uint32_t k;

	if (len < HEADER_SIZE + SEAL_OVERHEAD || len > BUNDLE_MAX ||
	    memcmp(file, MAGIC, 8) != 0)
		return -EBADMSG;
	if (get32(file + 8) != BUNDLE_VERSION)
		return -ENOTSUP;
	k = get32(file + 12);
	if (k != BUNDLE_PASSPHRASE && k != BUNDLE_KEY)
		return -EBADMSG;
	if (k == BUNDLE_KEY &&
	    memcmp(file + SALT_OFFSET, zeros, sizeof(zeros)) != 0)
		return -EBADMSG;
	*kind = (enum bundle_kind)k;
	return 0;
}

/* Finds the fields; -ENOTSUP: one that we do not know. */
static int find_fields(const uint8_t *p, size_t len, struct bytes *fields)
{
	unsigned int i;
	size_t n;

	while (len) {
		if (len < FIELD_HEADER)
			return -EBADMSG;
		n = get32(p + 4);
		if (n > len - FIELD_HEADER)
			return -EBADMSG;
		for (i = 0; i < FIELDS && memcmp(names[i], p, 4) != 0; i++)
			;
		if (i == FIELDS)
			return -ENOTSUP;
		if (fields[i].p)
			return -EBADMSG;
		fields[i] = (struct bytes){ p + FIELD_HEADER, n };
		p += FIELD_HEADER + n;
		len -= FIELD_HEADER + n;
	}
	return 0;
}

static int get_text(const struct bytes *field, char *t, size_t size)
{
	if (field->len >= size ||
	    memchr(field->p ? (const char *)field->p : "", '\0', field->len))
		return -EBADMSG;
	if (field->p)
		memcpy(t, field->p, field->len);
	t[field->len] = '\0';
	return 0;
}

static int get_copy(const struct bytes *field, uint8_t **copy, size_t *len)
{
	if (!field->p)
		return 0;
	*copy = malloc(field->len + 1);
	if (!*copy)
		return -ENOMEM;
	memcpy(*copy, field->p, field->len);
	*len = field->len;
	return 0;
}

/* Where the field is not there the number stays 0. */
static int get_number(const struct bytes *field, uint32_t *n)
{
	if (field->p && field->len != 4)
		return -EBADMSG;
	*n = field->p ? get32(field->p) : 0;
	return 0;
}

static int get_numbers(const struct bytes *fields, struct bundle *b)
{
	const struct bytes *counter = &fields[FIELD_CNTR];
	int r;

	if (!counter->p || counter->len != 8)
		return -EBADMSG;
	b->counter = (uint64_t)get32(counter->p) << 32 | get32(counter->p + 4);
	r = get_number(&fields[FIELD_INST], &b->instance);
	if (!r)
		r = get_number(&fields[FIELD_LOCS], &b->localities);
	if (!r)
		r = get_number(&fields[FIELD_LATE], &b->late);
	if (!r)
		r = get_number(&fields[FIELD_NOV1], &b->no_protocol_1);
	return r;
}

static int get_states(const struct bytes *fields, struct bundle *b)
{
	const struct bytes *guest = &fields[FIELD_GUES];
	int r;

	if (!fields[FIELD_PERM].p || !fields[FIELD_SAVE].p != !guest->p ||
	    (guest->p && guest->len != sizeof(b->guest)))
		return -EBADMSG;
	if (guest->p)
		memcpy(b->guest, guest->p, sizeof(b->guest));
	r = get_copy(&fields[FIELD_PERM], &b->permanent, &b->permanent_len);
	if (!r)
		r = get_copy(&fields[FIELD_SAVE], &b->saved, &b->saved_len);
	return r;
}

static int get_fields(const struct bytes *fields, struct bundle *b)
{
	int r;

	if (!fields[FIELD_UUID].p && !fields[FIELD_NAME].p)
		return -EBADMSG;
	r = get_numbers(fields, b);
	if (!r)
		r = get_text(&fields[FIELD_UUID], b->uuid, sizeof(b->uuid));
	if (!r)
		r = get_text(&fields[FIELD_NAME], b->name, sizeof(b->name));
	if (!r)
		r = get_states(fields, b);
	return r;
}

static int open_fields(const uint8_t key[SEAL_KEY_SIZE], const uint8_t *blob,
		       size_t len, struct bundle *b)
{
	struct bytes fields[FIELDS] = { { NULL, 0 } };
	struct sealer *sealer = sealer_new(key, CONTEXT);
	uint8_t *plain = malloc(len);
	uint64_t counter;
	int r = sealer && plain ? 0 : -ENOMEM;

	if (!r)
		r = sealer_open(sealer, blob, len, plain, &counter);
	if (!r)
		r = find_fields(plain, len - SEAL_OVERHEAD, fields);
	if (!r)
		r = get_fields(fields, b);
	if (plain)
		explicit_bzero(plain, len);
	free(plain);
	sealer_free(sealer);
	return r;
}

int bundle_unpack(struct bundle *b, const struct bundle_secret *secret,
		  const uint8_t *file, size_t len)
{
	uint8_t key[SEAL_KEY_SIZE];
	enum bundle_kind kind;
	int r;

	memset(b, 0, sizeof(*b));
	r = bundle_kind(file, len, &kind);
	if (r)
		return r;
	if (kind != secret->kind)
		return -EINVAL;
	r = make_key(secret, file, key);
	if (!r)
		r = open_fields(key, file + HEADER_SIZE, len - HEADER_SIZE, b);
	explicit_bzero(key, sizeof(key));
	if (r)
		bundle_free(b);
	return r;
}

void bundle_free(struct bundle *b)
{
	if (b->permanent)
		explicit_bzero(b->permanent, b->permanent_len);
	if (b->saved)
		explicit_bzero(b->saved, b->saved_len);
	free(b->permanent);
	free(b->saved);
	memset(b, 0, sizeof(*b));
}
