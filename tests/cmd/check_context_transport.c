/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 21: transport sessions that leave the TPM, and come back. */
#include "transports.h"

#include "sessioncalls.h"

static struct context_blob saved(const struct tss_transport *t)
{
	struct context_blob blob;

	ck_assert_result(
		call_save_context(m, t->session.handle, TPM_RT_TRANS, &blob),
		0);
	return blob;
}

static uint32_t load(const struct context_blob *blob, bool keep,
		     uint32_t *handle)
{
	return call_load_context(m, 0, keep, blob, handle);
}

static uint32_t loaded(const struct context_blob *blob)
{
	uint32_t handle;

	ck_assert_result(load(blob, false, &handle), 0);
	return handle;
}

/* The TPM's log and the client's are the same. */
static void release(struct tss_transport *t)
{
	const uint32_t key = signing_key(NULL);
	struct tss_digest d;
	struct tss_command c;
	const uint8_t *sig;
	uint8_t n[256];
	size_t len;

	setup_modulus(m, key, n);
	tss_release(&c, t, key, &replay, NULL, NULL);
	ck_assert_result(machine_run(m, &c), 0);
	sig = tss_released(t, &m->answer, &replay, &d, &len);
	ck_assert_ptr_nonnull(sig);
	ck_assert(client_rsa_verify(n, sizeof(n), d.b, sig, len));
}

/* ---- 21.2 TPM_SaveContext ---- */

START_TEST(a_session_leaves)
{
	struct tss_transport t;
	struct context_blob blob;

	open_clear(&t, 0);
	blob = saved(&t);
	ck_assert_mem_eq(blob.b + 2, "\0\0\0\4", 4);
	ck_assert_uint_eq(free_sessions(), 10);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_CONTEXT), 127);
	ck_assert_result(
		call_save_context(m, t.session.handle, TPM_RT_TRANS, &blob),
		TPM_INVALID_RESOURCE);
	ck_assert(!is_open(&t));
}
END_TEST

START_TEST(one_kind_of_session_is_not_another)
{
	struct tss_transport t;
	struct tss_session s;
	struct context_blob blob;

	open_clear(&t, 0);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(
		call_save_context(m, t.session.handle, TPM_RT_AUTH, &blob),
		TPM_INVALID_RESOURCE);
	ck_assert_result(call_save_context(m, s.handle, TPM_RT_TRANS, &blob),
			 TPM_INVALID_RESOURCE);
	ck_assert_result(call_save_context(m, 0, TPM_RT_TRANS, &blob),
			 TPM_INVALID_RESOURCE);
	ck_assert(is_open(&t));
}
END_TEST

START_TEST(its_secret_is_hidden)
{
	struct tss_transport t;
	struct context_blob blob;

	setup_owner(m);
	open_encrypted(&t, 0, 0);
	blob = saved(&t);
	for (size_t at = 0; at + CLIENT_SHA1 <= blob.len; at++)
		ck_assert_mem_ne(blob.b + at, t.secret.b, CLIENT_SHA1);
}
END_TEST

static void begin_save(struct tss_command *c, const struct tss_transport *t)
{
	tss_begin(c, ORD_SaveContext);
	tss_put_handle(c, t->session.handle);
	tss_put_u32(c, TPM_RT_TRANS);
	tss_put_bytes(c, "sixteen of label", 16);
}

/* Whatever it has promised: it goes on. */
START_TEST(not_from_inside_itself)
{
	static const uint32_t attributes[] = { 0, TPM_TRANSPORT_LOG,
					       TPM_TRANSPORT_EXCLUSIVE };
	struct tss_transport t;
	struct tss_command c;

	open_clear(&t, attributes[_i]);
	begin_save(&c, &t);
	ck_assert_result(run(&t, &c), TPM_INVALID_RESOURCE);
	ck_assert_uint_eq(run_extend(&t, 4), 0);
	ck_assert_uint_eq(free_sessions(), _i == 2 ? 10 : 9);
}
END_TEST

START_TEST(from_inside_another)
{
	struct tss_transport t, other;
	struct context_blob blob;
	struct tss_command c;
	const uint8_t *p;

	open_clear(&t, TPM_TRANSPORT_LOG);
	ck_assert_result(establish_clear(&other, 0), 0);
	begin_save(&c, &t);
	ck_assert_result(run(&other, &c), 0);
	p = tss_get_blob(&m->answer, &blob.len);
	ck_assert_uint_le(blob.len, sizeof(blob.b));
	memcpy(blob.b, p, blob.len);
	ck_assert_uint_eq(loaded(&blob), t.session.handle);
	ck_assert_result(run_extend(&t, 4), 0);
	ck_assert_result(run_extend(&other, 4), 0);
	release(&t);
}
END_TEST

/* TPM_SaveContext is a command from outside. */
START_TEST(an_exclusive_session_ends_instead)
{
	struct tss_transport t;
	struct context_blob blob;

	open_clear(&t, TPM_TRANSPORT_EXCLUSIVE);
	ck_assert_result(
		call_save_context(m, t.session.handle, TPM_RT_TRANS, &blob),
		TPM_INVALID_RESOURCE);
	ck_assert_uint_eq(free_sessions(), 10);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_CONTEXT), 128);
}
END_TEST

/* ---- 21.3 TPM_LoadContext ---- */

START_TEST(a_session_goes_on)
{
	struct tss_transport t;
	struct tss_digest d;
	struct context_blob blob;

	setup_owner(m);
	open_encrypted(&t, (unsigned int)_i, TPM_TRANSPORT_LOG);
	ck_assert_result(run_extend(&t, 4), 0);
	blob = saved(&t);
	ck_assert_uint_eq(loaded(&blob), t.session.handle);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_CONTEXT), 128);
	ck_assert_result(run_pcr_read(&t, 4, &d), 0);
	ck_assert_digest(d, pcr_value(m, 4));
	release(&t);
}
END_TEST

START_TEST(it_comes_back_once)
{
	struct tss_transport t;
	struct context_blob first, second;
	uint32_t handle;

	open_clear(&t, 0);
	first = saved(&t);
	loaded(&first);
	ck_assert_result(load(&first, false, &handle), TPM_BADCONTEXT);
	ck_assert_result(run_extend(&t, 4), 0);
	second = saved(&t);
	ck_assert_result(load(&first, false, &handle), TPM_BADCONTEXT);
	loaded(&second);
	ck_assert_result(run_extend(&t, 4), 0);
	ck_assert_result(call_flush(m, t.session.handle, TPM_RT_TRANS), 0);
	ck_assert_result(load(&second, false, &handle), TPM_BADCONTEXT);
	ck_assert_uint_eq(free_sessions(), 10);
}
END_TEST

START_TEST(its_handle_is_kept_or_another)
{
	struct tss_transport t, other;
	struct context_blob blob;
	uint32_t handle;

	open_clear(&t, 0);
	blob = saved(&t);
	setup_next_handle(m, t.session.handle);
	ck_assert_result(establish_clear(&other, 0), 0);
	ck_assert_uint_eq(other.session.handle, t.session.handle);
	ck_assert_result(load(&blob, true, &handle), TPM_BAD_HANDLE);
	ck_assert_result(load(&blob, false, &handle), 0);
	ck_assert_uint_ne(handle, t.session.handle);
	ck_assert_uint_eq(handle >> 24, TPM_RT_TRANS);
	t.session.handle = handle;
	ck_assert_result(run_extend(&t, 4), 0);
}
END_TEST

START_TEST(no_room_to_come_back_to)
{
	struct tss_transport t, others[10];
	struct context_blob blob;
	uint32_t handle;

	open_clear(&t, 0);
	blob = saved(&t);
	for (unsigned int i = 0; i < 10; i++)
		ck_assert_result(establish_clear(&others[i], 0), 0);
	ck_assert_result(load(&blob, false, &handle), TPM_RESOURCES);
	/* It is not lost by that. */
	ck_assert_result(call_flush(m, others[5].session.handle, TPM_RT_TRANS),
			 0);
	loaded(&blob);
	ck_assert_result(run_extend(&t, 4), 0);
}
END_TEST

START_TEST(a_blob_that_was_changed)
{
	struct tss_transport t;
	struct context_blob good, bad;
	uint32_t handle;

	open_clear(&t, 0);
	good = saved(&t);
	for (size_t i = 0; i < good.len; i++) {
		bad = good;
		bad.b[i] ^= 1;
		ck_assert_uint_ne(load(&bad, false, &handle), 0);
	}
	bad = good;
	bad.b[5] = TPM_RT_AUTH;
	ck_assert_result(load(&bad, false, &handle), TPM_BADCONTEXT);
	loaded(&good);
}
END_TEST

START_TEST(it_does_not_outlast_a_restart)
{
	static const uint32_t startups[] = { TPM_ST_CLEAR, TPM_ST_STATE };
	struct tss_transport t;
	struct context_blob blob;
	uint32_t handle;

	open_clear(&t, 0);
	blob = saved(&t);
	ck_assert_result(call(m, ORD_SaveState), 0);
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, startups[_i]), 0);
	ck_assert_result(load(&blob, false, &handle), TPM_BADCONTEXT);
}
END_TEST

START_TEST(it_is_taken_over_or_forgotten)
{
	struct tss_transport t;
	struct context_blob blob;
	uint32_t handle;

	open_clear(&t, 0);
	blob = saved(&t);
	machine_take_over(m);
	loaded(&blob);
	ck_assert_result(run_extend(&t, 4), 0);
	blob = saved(&t);
	ck_assert_result(call_flush(m, 2, TPM_RT_CONTEXT), 0);
	ck_assert_result(load(&blob, false, &handle), TPM_BADCONTEXT);
}
END_TEST

/* ---- */

int main(void)
{
	Suite *s = suite_create("context_transport");
	TCase *t = section(s, "21.2 TPM_SaveContext");

	tcase_add_test(t, a_session_leaves);
	tcase_add_test(t, one_kind_of_session_is_not_another);
	tcase_add_test(t, its_secret_is_hidden);
	tcase_add_loop_test(t, not_from_inside_itself, 0, 3);
	tcase_add_test(t, from_inside_another);
	tcase_add_test(t, an_exclusive_session_ends_instead);
	t = section(s, "21.3 TPM_LoadContext");
	tcase_add_loop_test(t, a_session_goes_on, 0, N_CIPHERS);
	tcase_add_test(t, it_comes_back_once);
	tcase_add_test(t, its_handle_is_kept_or_another);
	tcase_add_test(t, no_room_to_come_back_to);
	tcase_add_test(t, a_blob_that_was_changed);
	tcase_add_loop_test(t, it_does_not_outlast_a_restart, 0, 2);
	tcase_add_test(t, it_is_taken_over_or_forgotten);
	return suite_run(s);
}
