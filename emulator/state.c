/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TPM's state as bytes.  An image is a magic number, a version, and
 * sections: tag, length, contents.  All sections of a kind are always there,
 * in the order below.
 */

#include <errno.h>

#include "keys.h"
#include "nv.h"

#define IMAGE_MAGIC   0x54503132u /* "TP12" */
#define IMAGE_VERSION 1u

/* ---- Structures (state.def) ---- */

static void rd_pcrs(struct rd *r, struct tpm_pcrs *v)
{
	rd_bytes(r, v->value, sizeof(v->value));
}

static void wr_pcrs(struct wr *w, const struct tpm_pcrs *v)
{
	wr_bytes(w, v->value, sizeof(v->value));
}

/* Numbers with their length in front. */
static void rd_sized(struct rd *r, uint16_t *len, uint8_t *b, size_t cap)
{
	memset(b, 0, cap);
	rd_u16(r, len);
	if (*len > cap) {
		*len = 0;
		rd_fail(r, TPM_BAD_PARAM_SIZE);
	}
	rd_bytes(r, b, *len);
}

static void rd_modulus(struct rd *r, struct tpm_modulus *v)
{
	rd_sized(r, &v->len, v->b, sizeof(v->b));
}

static void wr_modulus(struct wr *w, const struct tpm_modulus *v)
{
	wr_u16(w, &v->len);
	wr_bytes(w, v->b, v->len);
}

static void rd_prime(struct rd *r, struct tpm_prime *v)
{
	rd_sized(r, &v->len, v->b, sizeof(v->b));
}

static void wr_prime(struct wr *w, const struct tpm_prime *v)
{
	wr_u16(w, &v->len);
	wr_bytes(w, v->b, v->len);
}

static void rd_exponent(struct rd *r, struct tpm_exponent *v)
{
	rd_sized(r, &v->len, v->b, sizeof(v->b));
}

static void wr_exponent(struct wr *w, const struct tpm_exponent *v)
{
	wr_u16(w, &v->len);
	wr_bytes(w, v->b, v->len);
}

/*
 * Where most of many places are free, only the others are written: how many,
 * and in front of each the number of its place.  Reads such a number.
 */
static unsigned int rd_place(struct rd *r, unsigned int n)
{
	uint8_t place;

	rd_u8(r, &place);
	if (place < n)
		return place;
	rd_fail(r, TPM_BAD_PARAMETER);
	return 0;
}

static void rd_context_list(struct rd *r, struct tpm_context_list *v)
{
	uint8_t n;

	memset(v, 0, sizeof(*v));
	rd_u8(r, &n);
	while (n-- && r->rc == TPM_SUCCESS) {
		const unsigned int i = rd_place(r, TPM_MAX_CONTEXTS);

		if (v->count[i])
			rd_fail(r, TPM_BAD_PARAMETER);
		rd_u32(r, &v->count[i]);
		rd_bool(r, &v->is11[i]);
		if (!v->count[i])
			rd_fail(r, TPM_BAD_PARAMETER);
	}
}

static void wr_context_list(struct wr *w, const struct tpm_context_list *v)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < TPM_MAX_CONTEXTS; i++)
		n += v->count[i] != 0;
	wr_number(w, n, 1);
	for (uint8_t i = 0; i < TPM_MAX_CONTEXTS; i++) {
		if (!v->count[i])
			continue;
		wr_u8(w, &i);
		wr_u32(w, &v->count[i]);
		wr_bool(w, &v->is11[i]);
	}
}

/* What was hashed so far is whole blocks. */
static void rd_sha1_thread(struct rd *r, struct tpm_sha1_thread *v)
{
	for (size_t i = 0; i < sizeof(v->h) / sizeof(*v->h); i++)
		rd_u32(r, &v->h[i]);
	rd_u64(r, &v->bytes);
	if (v->bytes % TPM_SHA1_BLOCK)
		rd_fail(r, TPM_BAD_PARAMETER);
}

static void wr_sha1_thread(struct wr *w, const struct tpm_sha1_thread *v)
{
	for (size_t i = 0; i < sizeof(v->h) / sizeof(*v->h); i++)
		wr_u32(w, &v->h[i]);
	wr_u64(w, &v->bytes);
}

#define RD_FIELD(type, field) rd_##type(r, &v->field);
#define WR_FIELD(type, field) wr_##type(w, &v->field);
#define STRUCTURE(name, tag)                                     \
	void rd_##name(struct rd *r, struct tpm_##name *v)       \
	{                                                        \
		FIELDS_##name(RD_FIELD)                          \
	}                                                        \
	void wr_##name(struct wr *w, const struct tpm_##name *v) \
	{                                                        \
		FIELDS_##name(WR_FIELD)                          \
	}
#include "state.def"

static void rd_manu_maint_pub(struct rd *r, struct tpm_manu_maint_pub *v)
{
	rd_sized(r, &v->len, v->b, sizeof(v->b));
}

static void wr_manu_maint_pub(struct wr *w, const struct tpm_manu_maint_pub *v)
{
	wr_u16(w, &v->len);
	wr_bytes(w, v->b, v->len);
}

static void rd_nv(struct rd *r, struct tpm_nv *v)
{
	memset(v, 0, sizeof(*v));
	rd_u32(r, &v->len);
	if (v->len > sizeof(v->b)) {
		v->len = 0;
		rd_fail(r, TPM_BAD_PARAM_SIZE);
	}
	rd_bytes(r, v->b, v->len);
	if (!nv_is_sound(v)) {
		memset(v, 0, sizeof(*v));
		rd_fail(r, TPM_INVALID_STRUCTURE);
	}
}

static void wr_nv(struct wr *w, const struct tpm_nv *v)
{
	wr_u32(w, &v->len);
	wr_bytes(w, v->b, v->len);
}

/* ---- Keys: those that the owner keeps, and the others ---- */

static bool is_kept(const struct tpm_key_entry *key)
{
	return key->keyControl & TPM_KEY_CONTROL_OWNER_EVICT;
}

static bool is_volatile(const struct tpm_key_entry *key)
{
	return !is_kept(key);
}

/* Adds to the slots; the number of the slot is in front of each. */
static void rd_keys(struct rd *r, struct tpm_key_entry *v, bool kept)
{
	uint8_t n, slot;

	for (unsigned int i = 0; i < TPM_MAX_KEYS; i++)
		if (is_kept(&v[i]) == kept)
			memset(&v[i], 0, sizeof(v[i]));
	rd_u8(r, &n);
	for (unsigned int i = 0; i < n && r->rc == TPM_SUCCESS; i++) {
		rd_u8(r, &slot);
		if (slot >= TPM_MAX_KEYS || v[slot].handle) {
			rd_fail(r, TPM_BAD_PARAMETER);
			break;
		}
		rd_key_entry(r, &v[slot]);
		if (!v[slot].handle || is_kept(&v[slot]) != kept)
			rd_fail(r, TPM_BAD_PARAMETER);
	}
}

static void wr_keys(struct wr *w, const struct tpm_key_entry *v,
		    bool (*is_meant)(const struct tpm_key_entry *key))
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < TPM_MAX_KEYS; i++)
		n += v[i].handle && is_meant(&v[i]);
	wr_number(w, n, 1);
	for (uint8_t i = 0; i < TPM_MAX_KEYS; i++) {
		if (!v[i].handle || !is_meant(&v[i]))
			continue;
		wr_u8(w, &i);
		wr_key_entry(w, &v[i]);
	}
}

static void rd_kept_keys(struct rd *r, struct tpm_key_entry *v)
{
	rd_keys(r, v, true);
}

static void wr_kept_keys(struct wr *w, const struct tpm_key_entry *v)
{
	wr_keys(w, v, is_kept);
}

static void rd_loaded_keys(struct rd *r, struct tpm_key_entry *v)
{
	rd_keys(r, v, false);
}

static void wr_loaded_keys(struct wr *w, const struct tpm_key_entry *v)
{
	wr_keys(w, v, is_volatile);
}

/*
 * Part 3, 3.3: of the others, TPM_SaveState keeps those that may live through
 * a restart.
 */
static bool is_saved(const struct tpm_key_entry *key)
{
	return is_volatile(key) && !(key->keyFlags & TPM_ISVOLATILE) &&
	       !key->parentPCRStatus;
}

static void rd_saved_keys(struct rd *r, struct tpm_key_entry *v)
{
	rd_keys(r, v, false);
}

static void wr_saved_keys(struct wr *w, const struct tpm_key_entry *v)
{
	wr_keys(w, v, is_saved);
}

static void rd_saved(struct rd *r, struct tpm_state *s)
{
	memset(s->saved, 0, sizeof(s->saved));
	rd_u32(r, &s->saved_len);
	if (s->saved_len > sizeof(s->saved)) {
		s->saved_len = 0;
		rd_fail(r, TPM_BAD_PARAM_SIZE);
	}
	rd_bytes(r, s->saved, s->saved_len);
}

static void wr_saved(struct wr *w, const struct tpm_state *s)
{
	wr_u32(w, &s->saved_len);
	wr_bytes(w, s->saved, s->saved_len);
}

static void rd_counters(struct rd *r, struct tpm_counter_entry *v)
{
	for (unsigned int i = 0; i < TPM_MAX_COUNTERS; i++)
		rd_counter_entry(r, &v[i]);
}

static void wr_counters(struct wr *w, const struct tpm_counter_entry *v)
{
	for (unsigned int i = 0; i < TPM_MAX_COUNTERS; i++)
		wr_counter_entry(w, &v[i]);
}

/* ---- Sections ---- */

static void rd_test(struct rd *r, enum tpm_test_state *v)
{
	uint8_t n;

	rd_u8(r, &n);
	if (n > TEST_FAILED)
		rd_fail(r, TPM_BAD_PARAMETER);
	*v = n > TEST_FAILED ? TEST_FAILED : (enum tpm_test_state)n;
}

static void wr_test(struct wr *w, const enum tpm_test_state *v)
{
	wr_number(w, *v, 1);
}


static void rd_delegation(struct rd *r, struct tpm_state *s)
{
	for (unsigned int i = 0; i < TPM_FAMILY_ROWS; i++)
		rd_family_table_entry(r, &s->families[i]);
	for (unsigned int i = 0; i < TPM_DELEGATE_ROWS; i++)
		rd_delegate_table_row(r, &s->delegates[i]);
}

static void wr_delegation(struct wr *w, const struct tpm_state *s)
{
	for (unsigned int i = 0; i < TPM_FAMILY_ROWS; i++)
		wr_family_table_entry(w, &s->families[i]);
	for (unsigned int i = 0; i < TPM_DELEGATE_ROWS; i++)
		wr_delegate_table_row(w, &s->delegates[i]);
}

/* PLACES(name, type, n, used): n of a type; `used` is 0 in free ones. */
#define PLACES(name, type, n_places, used)                                   \
	static void rd_##name(struct rd *r, struct tpm_##type *v)            \
	{                                                                    \
		uint8_t n;                                                   \
                                                                             \
		memset(v, 0, (n_places) * sizeof(*v));                       \
		rd_u8(r, &n);                                                \
		while (n-- && r->rc == TPM_SUCCESS) {                        \
			const unsigned int i = rd_place(r, n_places);        \
                                                                             \
			if (v[i].used)                                       \
				rd_fail(r, TPM_BAD_PARAMETER);               \
			rd_##type(r, &v[i]);                                 \
			if (!v[i].used)                                      \
				rd_fail(r, TPM_BAD_PARAMETER);               \
		}                                                            \
	}                                                                    \
	static void wr_##name(struct wr *w, const struct tpm_##type *v)      \
	{                                                                    \
		unsigned int n = 0;                                          \
                                                                             \
		for (unsigned int i = 0; i < (n_places); i++)                \
			n += v[i].used != 0;                                 \
		wr_number(w, n, 1);                                          \
		for (uint8_t i = 0; i < (n_places); i++) {                   \
			if (!v[i].used)                                      \
				continue;                                    \
			wr_u8(w, &i);                                        \
			wr_##type(w, &v[i]);                                 \
		}                                                            \
	}
PLACES(sessions, session, TPM_MAX_SESSIONS, protocol)
PLACES(transports, transport, TPM_MAX_TRANSPORT, handle)
PLACES(daa, daa_session, TPM_MAX_DAA, handle)

/*
 * SECTION(tag, kinds, type, field): a field of struct tpm_state and the images
 * that it is part of.  A tag is never used for anything else again.
 */
#define FOR_EVER TPM_IMAGE_PERMANENT
#define ST_CLEAR (TPM_IMAGE_SAVED | TPM_IMAGE_VOLATILE)
#define ST_ANY	 TPM_IMAGE_VOLATILE
#define SECTIONS(SECTION)                                              \
	SECTION(0x01, FOR_EVER, permanent_flags, &s->flags)      \
	SECTION(0x02, FOR_EVER, endorsement, &s->ek)             \
	SECTION(0x03, FOR_EVER, owner, &s->owner)                \
	SECTION(0x04, FOR_EVER, lockout, &s->lockout)            \
	SECTION(0x05, FOR_EVER, saved, s)                        \
	SECTION(0x06, FOR_EVER, permanent_data, &s->data)        \
	SECTION(0x07, FOR_EVER, key_entry, &s->srk)              \
	SECTION(0x08, FOR_EVER, kept_keys, s->keys)              \
	SECTION(0x09, FOR_EVER, nv, &s->nv)                      \
	SECTION(0x0a, FOR_EVER, counters, s->counters)           \
	SECTION(0x0b, FOR_EVER, delegation, s)                   \
	SECTION(0x0c, FOR_EVER, audit_status, &s->audit_status)  \
	SECTION(0x0d, FOR_EVER, manu_maint_pub, &s->manuMaintPub) \
	SECTION(0x81, ST_CLEAR, stclear_flags, &s->stclear_flags) \
	SECTION(0x82, ST_CLEAR, stclear_data, &s->stclear)       \
	SECTION(0x83, TPM_IMAGE_SAVED, saved_keys, s->keys)      \
	SECTION(0x84, ST_CLEAR, u32, &s->countID)                \
	SECTION(0x85, ST_CLEAR, digest, &s->contextNonceKey)     \
	SECTION(0x86, ST_CLEAR, digest, &s->auditDigest)         \
	SECTION(0x87, ST_CLEAR, digest, &s->contextNonceKey11)   \
	SECTION(0xc1, ST_ANY, stany_flags, &s->stany_flags)      \
	SECTION(0xc2, ST_ANY, test, &s->test)                    \
	SECTION(0xc3, ST_ANY, u32, &s->last_handle)              \
	SECTION(0xc4, ST_ANY, sessions, s->sessions)             \
	SECTION(0xc5, ST_ANY, transports, s->transports)         \
	SECTION(0xc6, ST_ANY, sha1_session, &s->sha1)            \
	SECTION(0xc7, ST_ANY, ticks, &s->ticks)                  \
	SECTION(0xc8, ST_ANY, daa, s->daa)                       \
	SECTION(0xc9, ST_ANY, loaded_keys, s->keys)              \
	SECTION(0xca, ST_ANY, contexts, &s->contexts)

struct section {
	uint16_t tag;
	uint8_t kinds;
	void (*read)(struct rd *r, struct tpm_state *s);
	void (*write)(struct wr *w, const struct tpm_state *s);
};

#define SECTION_FUNCTIONS(tag, kinds, type, field)                           \
	static void read_section_##tag(struct rd *r, struct tpm_state *s)    \
	{                                                                    \
		rd_##type(r, field);                                         \
	}                                                                    \
	static void write_section_##tag(struct wr *w,                        \
					const struct tpm_state *s)           \
	{                                                                    \
		wr_##type(w, field);                                         \
	}
SECTIONS(SECTION_FUNCTIONS)

#define SECTION_ROW(tag, kinds, type, field) \
	{ (tag), (kinds), read_section_##tag, write_section_##tag },
static const struct section sections[] = { SECTIONS(SECTION_ROW) };

#define N_SECTIONS (sizeof(sections) / sizeof(*sections))

static void write_section(struct wr *w, const struct section *section,
			  const struct tpm_state *s)
{
	struct wr length;
	const uint8_t *start;

	wr_number(w, section->tag, 2);
	length = *w;
	wr_number(w, 0, 4);
	start = w->p;
	section->write(w, s);
	wr_number(&length, (size_t)(w->p - start), 4);
}

size_t tpm_image_write(const struct tpm *t, enum tpm_image_kind kind,
		       uint8_t *buf, size_t cap)
{
	struct wr w = wr_over(buf, cap);

	wr_number(&w, IMAGE_MAGIC, 4);
	wr_number(&w, IMAGE_VERSION, 2);
	for (size_t i = 0; i < N_SECTIONS; i++)
		if (sections[i].kinds & kind)
			write_section(&w, &sections[i], &t->s);
	return w.rc == TPM_SUCCESS ? (size_t)(w.p - buf) : 0;
}

static void read_section(struct rd *r, const struct section *section,
			 struct tpm_state *s)
{
	struct tpm_bytes body;
	uint16_t tag;
	struct rd inner;

	rd_u16(r, &tag);
	rd_blob(r, &body);
	if (tag != section->tag)
		rd_fail(r, TPM_INVALID_STRUCTURE);
	if (r->rc != TPM_SUCCESS)
		return;
	inner = rd_over(body.p, body.len);
	section->read(&inner, s);
	if (rd_done(&inner) != TPM_SUCCESS)
		rd_fail(r, TPM_INVALID_STRUCTURE);
}

int tpm_image_read(struct tpm *t, enum tpm_image_kind kind, const uint8_t *buf,
		   size_t len)
{
	struct rd r = rd_over(buf, len);
	const uint64_t magic = rd_number(&r, 4);
	const uint64_t version = rd_number(&r, 2);

	if (r.rc != TPM_SUCCESS || magic != IMAGE_MAGIC || !version)
		return -EBADMSG;
	if (version > IMAGE_VERSION)
		return -ENOTSUP;
	keys_forget_rsa(t);
	for (size_t i = 0; i < N_SECTIONS; i++)
		if (sections[i].kinds & kind)
			read_section(&r, &sections[i], &t->s);
	return rd_done(&r) == TPM_SUCCESS ? 0 : -EBADMSG;
}

int tpm_commit(struct tpm *t)
{
	const size_t len = tpm_image_write(t, TPM_IMAGE_PERMANENT, t->image,
					   sizeof(t->image));
	int r;

	r = len ? t->platform.store(t->ctx, t->image, len) : -ENOBUFS;
	tpm_give_back(t->image, len);
	return r;
}
