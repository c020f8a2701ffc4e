/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 21: Session Management. */
#include "chapter.h"
#include "delegations.h"
#include "sessioncalls.h"

static void set_up(void)
{
	setup_owner(m);
}

static uint32_t free_sessions(void)
{
	return property(m, TPM_CAP_PROP_AUTHSESS);
}

static uint32_t max_sessions(void)
{
	return property(m, TPM_CAP_PROP_MAX_AUTHSESS);
}

static uint32_t save(uint32_t handle, uint32_t type, struct context_blob *blob)
{
	return call_save_context(m, handle, type, blob);
}

/* For a session of this key, or of none. */
static uint32_t load(uint32_t entity, const struct context_blob *blob,
		     uint32_t *handle)
{
	return call_load_context(m, entity, false, blob, handle);
}

/* What must be so. */
static struct context_blob saved(uint32_t handle, uint32_t type)
{
	struct context_blob blob;

	ck_assert_result(save(handle, type, &blob), 0);
	return blob;
}

static uint32_t loaded(uint32_t entity, const struct context_blob *blob)
{
	uint32_t handle;

	ck_assert_result(load(entity, blob, &handle), 0);
	return handle;
}

static struct tss_session oiap(void)
{
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	return s;
}

static struct tss_session osap(uint8_t type, uint32_t value,
			       const struct tss_digest *secret)
{
	struct tss_session s;

	ck_assert_result(
		tss_osap(&m->tss, &s, TSS_ADIP_XOR, type, value, secret), 0);
	return s;
}

/* A use that any key's, or the owner's, session is good for. */
static uint32_t use_owner(struct tss_session *s)
{
	struct tss_command c;

	tss_begin(&c, ORD_Delegate_Manage);
	tss_put_u32(&c, 0);
	tss_put_u32(&c, TPM_FAMILY_CREATE);
	tss_put_blob(&c, "x", 1);
	tss_use(&c, s, &secret_owner, true);
	return machine_run(m, &c);
}

static uint32_t sign(uint32_t key, struct tss_session *s)
{
	struct tss_command c;

	tss_begin(&c, ORD_Sign);
	tss_put_handle(&c, key);
	tss_put_blob(&c, zeros.b, sizeof(zeros.b));
	tss_use(&c, s, &secret_key, true);
	return machine_run(m, &c);
}

static void flush(uint32_t handle, uint32_t type)
{
	ck_assert_result(call_flush(m, handle, type), 0);
}

/* ---- 21.2 TPM_SaveContext ---- */

/* TPM_CONTEXT_BLOB (Part 2, 18.1). */
START_TEST(the_blob_says_what_it_is)
{
	static const uint8_t head[] = { 0, TPM_TAG_CONTEXTBLOB, 0, 0,
					0, TPM_RT_AUTH };
	const struct tss_session s = oiap();
	const struct context_blob blob = saved(s.handle, TPM_RT_AUTH);

	ck_assert_mem_eq(blob.b, head, sizeof(head));
	ck_assert_uint_eq((uint32_t)blob.b[6] << 24 |
				  (uint32_t)blob.b[7] << 16 |
				  (uint32_t)blob.b[8] << 8 | blob.b[9],
			  s.handle);
	ck_assert_mem_eq(blob.b + 10, "sixteen of label", 16);
	/* contextCount: the first. */
	ck_assert_mem_eq(blob.b + 26, "\0\0\0\1", 4);
}
END_TEST

START_TEST(a_key_has_no_number)
{
	const uint32_t key = make_key(m, &kind_signing);
	const struct context_blob blob = saved(key, TPM_RT_KEY);

	ck_assert_mem_eq(blob.b + 26, "\0\0\0\0", 4);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_CONTEXT), 128);
}
END_TEST

START_TEST(a_session_leaves_and_a_key_stays)
{
	const uint32_t key = make_key(m, &kind_signing);
	const uint32_t auth = oiap().handle;

	saved(key, TPM_RT_KEY);
	flush(key, TPM_RT_KEY);
	saved(auth, TPM_RT_AUTH);
	ck_assert_result(call_flush(m, auth, TPM_RT_AUTH), TPM_BAD_PARAMETER);
	ck_assert_uint_eq(free_sessions(), max_sessions());
}
END_TEST

START_TEST(what_is_not_saved)
{
	const uint32_t key = make_key(m, &kind_signing);
	const uint32_t auth = oiap().handle;
	static const uint32_t others[] = { 0, TPM_RT_HASH, TPM_RT_CONTEXT,
					   TPM_RT_COUNTER, 0xff };
	struct context_blob blob;

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		ck_assert_result(save(key, others[i], &blob),
				 TPM_INVALID_RESOURCE);
		ck_assert_result(save(auth, others[i], &blob),
				 TPM_INVALID_RESOURCE);
	}
	ck_assert_result(save(auth, TPM_RT_KEY, &blob), TPM_INVALID_RESOURCE);
	ck_assert_result(save(key, TPM_RT_AUTH, &blob), TPM_INVALID_RESOURCE);
	ck_assert_result(save(0, TPM_RT_KEY, &blob), TPM_INVALID_RESOURCE);
	ck_assert_result(save(TPM_KH_SRK, TPM_RT_KEY, &blob),
			 TPM_INVALID_RESOURCE);
	ck_assert_result(save(TPM_KH_EK, TPM_RT_KEY, &blob),
			 TPM_INVALID_RESOURCE);
}
END_TEST

START_TEST(keys_that_the_owner_keeps_stay)
{
	const uint32_t key = make_key(m, &kind_signing);
	struct context_blob blob;

	setup_owner_evict(m, key);
	ck_assert_result(save(key, TPM_RT_KEY, &blob), TPM_OWNER_CONTROL);
}
END_TEST

START_TEST(secrets_are_hidden)
{
	const struct tss_session s = osap(TPM_ET_SRK, 0, &secret_srk);
	const uint32_t key = make_key(m, &kind_signing);
	const struct context_blob blobs[] = { saved(s.handle, TPM_RT_AUTH),
					      saved(key, TPM_RT_KEY) };
	const void *hidden[] = { s.shared.b, secret_key.b };

	for (unsigned int i = 0; i < 2; i++)
		for (size_t at = 0; at + 20 <= blobs[i].len; at++)
			ck_assert_mem_ne(blobs[i].b + at, hidden[i], 20);
}
END_TEST

START_TEST(no_more_outside_than_the_list_takes)
{
	const uint32_t n = property(m, TPM_CAP_PROP_MAX_CONTEXT);
	struct context_blob first = saved(oiap().handle, TPM_RT_AUTH), blob;
	uint32_t last;

	for (uint32_t i = 1; i < n; i++)
		saved(oiap().handle, TPM_RT_AUTH);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_CONTEXT), 0);
	last = oiap().handle;
	ck_assert_result(save(last, TPM_RT_AUTH, &blob), TPM_NOCONTEXTSPACE);
	/* The session is still there; and another one coming makes room. */
	loaded(0, &first);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_CONTEXT), 1);
	blob = saved(last, TPM_RT_AUTH);
	ck_assert_uint_eq(blob.b[29], n + 1);
}
END_TEST

START_TEST(numbers_run_out)
{
	const uint32_t auth = oiap().handle;
	struct context_blob blob;

	setup_context_count(m, 0xfffffffe);
	blob = saved(oiap().handle, TPM_RT_AUTH);
	ck_assert_mem_eq(blob.b + 26, "\xff\xff\xff\xff", 4);
	ck_assert_result(save(auth, TPM_RT_AUTH, &blob), TPM_TOOMANYCONTEXTS);
	flush(auth, TPM_RT_AUTH);
}
END_TEST

/* ---- 21.3 TPM_LoadContext ---- */

START_TEST(an_open_session_goes_on)
{
	struct tss_session s = oiap();
	const struct context_blob blob = saved(s.handle, TPM_RT_AUTH);

	ck_assert_uint_eq(loaded(0, &blob), s.handle);
	ck_assert_result(use_owner(&s), 0);
}
END_TEST

START_TEST(a_bound_session_goes_on)
{
	const uint32_t key = make_key(m, &kind_signing);
	struct tss_session s = osap(TPM_ET_KEYHANDLE, key, &secret_key);
	struct tss_session owner = osap(TPM_ET_OWNER, 0, &secret_owner);
	struct tss_session srk = osap(TPM_ET_SRK, 0, &secret_srk);
	struct context_blob blob = saved(s.handle, TPM_RT_AUTH);

	ck_assert_uint_eq(loaded(key, &blob), s.handle);
	ck_assert_result(sign(key, &s), 0);
	blob = saved(owner.handle, TPM_RT_AUTH);
	ck_assert_uint_eq(loaded(0, &blob), owner.handle);
	blob = saved(srk.handle, TPM_RT_AUTH);
	ck_assert_uint_eq(loaded(0, &blob), srk.handle);
	ck_assert_result(use_owner(&owner), 0);
}
END_TEST

START_TEST(a_session_comes_back_once)
{
	struct tss_session s = oiap();
	const struct context_blob first = saved(s.handle, TPM_RT_AUTH);
	struct context_blob second;
	uint32_t handle;

	loaded(0, &first);
	ck_assert_result(load(0, &first, &handle), TPM_BADCONTEXT);
	flush(s.handle, TPM_RT_AUTH);
	ck_assert_result(load(0, &first, &handle), TPM_BADCONTEXT);
	s = oiap();
	second = saved(s.handle, TPM_RT_AUTH);
	loaded(0, &second);
	ck_assert_result(use_owner(&s), 0);
	/* Not with the nonce that it had once. */
	ck_assert_result(load(0, &second, &handle), TPM_BADCONTEXT);
	ck_assert_result(use_owner(&s), 0);
}
END_TEST

START_TEST(a_key_comes_back_as_often_as_one_likes)
{
	const uint32_t key = make_key(m, &kind_signing);
	const struct context_blob blob = saved(key, TPM_RT_KEY);
	uint32_t handles[3];
	struct tss_session s;

	flush(key, TPM_RT_KEY);
	for (unsigned int i = 0; i < 3; i++) {
		handles[i] = loaded(0, &blob);
		s = oiap();
		ck_assert_result(sign(handles[i], &s), 0);
	}
	ck_assert_uint_eq(handles[0], key);
	ck_assert_uint_ne(handles[1], key);
	ck_assert_uint_ne(handles[1], handles[2]);
}
END_TEST

START_TEST(a_handle_is_kept_or_nothing)
{
	const uint32_t key = make_key(m, &kind_signing);
	const struct context_blob blob = saved(key, TPM_RT_KEY);
	uint32_t handle;

	ck_assert_result(call_load_context(m, 0, true, &blob, &handle),
			 TPM_BAD_HANDLE);
	flush(key, TPM_RT_KEY);
	ck_assert_result(call_load_context(m, 0, true, &blob, &handle), 0);
	ck_assert_uint_eq(handle, key);
}
END_TEST

START_TEST(no_room_to_come_back_to)
{
	const uint32_t key = make_key(m, &kind_signing);
	const struct context_blob keys = saved(key, TPM_RT_KEY);
	const struct context_blob auth = saved(oiap().handle, TPM_RT_AUTH);
	const uint32_t n = property(m, TPM_CAP_PROP_MAX_KEYS);
	uint32_t last = 0, handle;

	for (uint32_t i = 1; i < n; i++)
		loaded(0, &keys);
	ck_assert_result(load(0, &keys, &handle), TPM_NOSPACE);
	for (uint32_t i = 0; i < max_sessions(); i++)
		last = oiap().handle;
	ck_assert_result(load(0, &auth, &handle), TPM_RESOURCES);
	/* It is not lost by that. */
	flush(last, TPM_RT_AUTH);
	loaded(0, &auth);
}
END_TEST

START_TEST(a_blob_that_was_changed)
{
	const uint32_t key = make_key(m, &kind_signing);
	const struct context_blob good =
		_i ? saved(key, TPM_RT_KEY) : saved(oiap().handle, TPM_RT_AUTH);
	struct context_blob bad;
	uint32_t handle;

	flush(key, TPM_RT_KEY);
	for (size_t i = 0; i < good.len; i++) {
		bad = good;
		bad.b[i] ^= 1;
		ck_assert_uint_ne(load(0, &bad, &handle), 0);
		bad.len = i;
		ck_assert_uint_ne(load(0, &bad, &handle), 0);
	}
	bad = good;
	bad.b[10] ^= 1; /* the label */
	ck_assert_result(load(0, &bad, &handle), TPM_BADCONTEXT);
	bad = good;
	bad.b[bad.len - 1] ^= 1;
	ck_assert_result(load(0, &bad, &handle), TPM_BADCONTEXT);
	bad = good;
	bad.b[5] = TPM_RT_HASH;
	ck_assert_result(load(0, &bad, &handle), TPM_INVALID_RESOURCE);
	bad = good;
	bad.b[1] ^= 0x80;
	ck_assert_result(load(0, &bad, &handle), TPM_INVALID_STRUCTURE);
	ck_assert_result(load(0, &good, &handle), 0);
}
END_TEST

START_TEST(a_blob_larger_than_any)
{
	struct context_blob blob = saved(oiap().handle, TPM_RT_AUTH);
	uint8_t big[3900];
	struct tss_command c;
	const size_t size_at = 2 + 4 + 4 + 16 + 4 + 20 + 4 + 17;
	const size_t room = sizeof(big) - size_at - 4;

	memset(big, 0, sizeof(big));
	memcpy(big, blob.b, size_at);
	big[size_at + 2] = (uint8_t)(room >> 8);
	big[size_at + 3] = (uint8_t)room;
	tss_begin(&c, ORD_LoadContext);
	tss_put_handle(&c, 0);
	tss_put_u8(&c, 0);
	tss_put_blob(&c, big, sizeof(big));
	ck_assert_result(machine_run(m, &c), TPM_BADCONTEXT);
}
END_TEST

START_TEST(what_a_session_was_bound_to_must_be_there)
{
	const uint32_t key = make_key(m, &kind_signing);
	const uint32_t other = make_key(m, &kind_signing);
	const struct context_blob keys = saved(key, TPM_RT_KEY);
	struct tss_session s = osap(TPM_ET_KEYHANDLE, key, &secret_key);
	const struct context_blob blob = saved(s.handle, TPM_RT_AUTH);
	uint32_t handle;

	ck_assert_result(load(other, &blob, &handle), TPM_BAD_HANDLE);
	ck_assert_result(load(0, &blob, &handle), TPM_BAD_HANDLE);
	flush(key, TPM_RT_KEY);
	ck_assert_result(load(key, &blob, &handle), TPM_RESOURCEMISSING);
	ck_assert_result(load(other, &blob, &handle), TPM_RESOURCEMISSING);
	loaded(0, &keys);
	loaded(key, &blob);
	ck_assert_result(sign(key, &s), 0);
}
END_TEST

START_TEST(delegated_sessions_come_back)
{
	const uint32_t family = new_family(m);
	struct delegate_public pub = delegate_owner(family, 1u << 5);
	struct delegate_blob owner;
	struct tss_session s;
	struct context_blob blob;
	struct tss_command c;

	ck_assert_result(call_create_owner(m, false, &pub, &owner), 0);
	ck_assert_result(call_load_row(m, 0, &owner), 0);
	ck_assert_result(open_row(m, &s, 0), 0);
	blob = saved(s.handle, TPM_RT_AUTH);
	/* Its family changes while it is away, where nothing ends it. */
	if (_i)
		set_family(m, family, TPM_FAMILY_ENABLE, false);
	loaded(0, &blob);
	tss_begin(&c, ORD_Delegate_UpdateVerification);
	tss_put_u32(&c, 4);
	tss_put_u32(&c, 0);
	tss_use(&c, &s, &secret_delegated, true);
	ck_assert_result(machine_run(m, &c), _i ? TPM_DISABLED_CMD : 0);
}
END_TEST

/* ---- How long contexts last ---- */

static void restart(uint32_t type)
{
	if (type == TPM_ST_STATE)
		ck_assert_result(call(m, ORD_SaveState), 0);
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, type), 0);
}

static const uint32_t startups[] = { TPM_ST_CLEAR, TPM_ST_STATE };

START_TEST(sessions_do_not_outlast_a_restart)
{
	const struct context_blob blob = saved(oiap().handle, TPM_RT_AUTH);
	uint32_t handle;

	restart(startups[_i]);
	ck_assert_result(load(0, &blob, &handle), TPM_BADCONTEXT);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_CONTEXT), 128);
	/* Nor when there are new ones with the same number. */
	saved(oiap().handle, TPM_RT_AUTH);
	ck_assert_result(load(0, &blob, &handle), TPM_BADCONTEXT);
}
END_TEST

static struct context_blob saved_and_flushed(uint32_t flags)
{
	struct key_kind kind = kind_signing;
	struct context_blob blob;
	uint32_t key;

	kind.flags = flags;
	key = make_key(m, &kind);
	blob = saved(key, TPM_RT_KEY);
	flush(key, TPM_RT_KEY);
	return blob;
}

START_TEST(keys_do_unless_they_are_volatile)
{
	const struct context_blob plain = saved_and_flushed(0);
	const struct context_blob bound = saved_and_flushed(TPM_ISVOLATILE);
	uint32_t handle;

	restart(TPM_ST_CLEAR);
	loaded(0, &plain);
	ck_assert_result(load(0, &bound, &handle), TPM_BADCONTEXT);
	/* A new nonce is not the old one. */
	saved_and_flushed(0);
	ck_assert_result(load(0, &bound, &handle), TPM_BADCONTEXT);
}
END_TEST

START_TEST(volatile_keys_outlast_a_sleep)
{
	const struct context_blob blob = saved_and_flushed(TPM_ISVOLATILE);

	restart(TPM_ST_STATE);
	loaded(0, &blob);
}
END_TEST

START_TEST(keys_of_a_parent_with_registers_do_not)
{
	const uint32_t key = make_key(m, &kind_signing);
	struct context_blob blob;
	uint32_t handle;

	setup_parent_pcr_status(m, key);
	blob = saved(key, TPM_RT_KEY);
	flush(key, TPM_RT_KEY);
	loaded(0, &blob);
	restart(TPM_ST_CLEAR);
	ck_assert_result(load(0, &blob, &handle), TPM_BADCONTEXT);
}
END_TEST

START_TEST(another_process_takes_over_what_is_outside)
{
	struct tss_session s = oiap();
	const struct context_blob blob = saved(s.handle, TPM_RT_AUTH);
	const struct context_blob key = saved_and_flushed(TPM_ISVOLATILE);

	machine_take_over(m);
	loaded(0, &blob);
	ck_assert_result(use_owner(&s), 0);
	loaded(0, &key);
}
END_TEST

/* ---- 22.1 TPM_FlushSpecific, 7.1 TPM_GetCapability ---- */

/* The numbers of TPM_CAP_HANDLE, of which there must be n. */
static void assert_outside(const uint32_t *numbers, size_t n)
{
	size_t len;

	ck_assert_result(call_get_capability(m, TPM_CAP_HANDLE, "\0\0\0\5", 4),
			 0);
	tss_get_blob(&m->answer, &len);
	ck_assert_uint_eq(len, 2 + 4 * n);
	m->answer.p -= len;
	ck_assert_uint_eq(tss_get_u16(&m->answer), n);
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_eq(tss_get_u32(&m->answer), numbers[i]);
}

START_TEST(what_is_outside_can_be_told_and_forgotten)
{
	static const uint32_t all[] = { 1, 2, 3 }, some[] = { 1, 3 };
	struct context_blob blobs[3];
	uint32_t handle;

	assert_outside(NULL, 0);
	for (unsigned int i = 0; i < 3; i++)
		blobs[i] = saved(oiap().handle, TPM_RT_AUTH);
	assert_outside(all, 3);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_CONTEXT), 125);
	flush(2, TPM_RT_CONTEXT);
	assert_outside(some, 2);
	ck_assert_result(call_flush(m, 2, TPM_RT_CONTEXT), TPM_BAD_PARAMETER);
	ck_assert_result(call_flush(m, 0, TPM_RT_CONTEXT), TPM_BAD_PARAMETER);
	ck_assert_result(call_flush(m, 4, TPM_RT_CONTEXT), TPM_BAD_PARAMETER);
	ck_assert_result(load(0, &blobs[1], &handle), TPM_BADCONTEXT);
	loaded(0, &blobs[2]);
	loaded(0, &blobs[0]);
	assert_outside(NULL, 0);
}
END_TEST

/* ---- */

static TCase *owned(Suite *s, const char *name)
{
	TCase *t = section(s, name);

	tcase_add_checked_fixture(t, set_up, NULL);
	return t;
}

static void add_load(Suite *s)
{
	TCase *t = owned(s, "21.3 TPM_LoadContext");

	tcase_add_test(t, an_open_session_goes_on);
	tcase_add_test(t, a_bound_session_goes_on);
	tcase_add_test(t, a_session_comes_back_once);
	tcase_add_test(t, a_key_comes_back_as_often_as_one_likes);
	tcase_add_test(t, a_handle_is_kept_or_nothing);
	tcase_add_test(t, no_room_to_come_back_to);
	tcase_add_loop_test(t, a_blob_that_was_changed, 0, 2);
	tcase_add_test(t, a_blob_larger_than_any);
	tcase_add_test(t, what_a_session_was_bound_to_must_be_there);
	tcase_add_loop_test(t, delegated_sessions_come_back, 0, 2);
	tcase_add_loop_test(t, sessions_do_not_outlast_a_restart, 0, 2);
	tcase_add_test(t, keys_do_unless_they_are_volatile);
	tcase_add_test(t, volatile_keys_outlast_a_sleep);
	tcase_add_test(t, keys_of_a_parent_with_registers_do_not);
	tcase_add_test(t, another_process_takes_over_what_is_outside);
	tcase_add_test(t, what_is_outside_can_be_told_and_forgotten);
}

int main(void)
{
	Suite *s = suite_create("context");
	TCase *t = owned(s, "21.2 TPM_SaveContext");

	tcase_add_test(t, the_blob_says_what_it_is);
	tcase_add_test(t, a_key_has_no_number);
	tcase_add_test(t, a_session_leaves_and_a_key_stays);
	tcase_add_test(t, what_is_not_saved);
	tcase_add_test(t, keys_that_the_owner_keeps_stay);
	tcase_add_test(t, secrets_are_hidden);
	tcase_add_test(t, no_more_outside_than_the_list_takes);
	tcase_add_test(t, numbers_run_out);
	add_load(s);
	return suite_run(s);
}
