/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 27: Deprecated Commands. */
#include "chapter.h"

#include "keycalls.h"
#include "nv_calls.h"
#include "sessioncalls.h"
#include "ownercalls.h"

static uint32_t terminate(uint32_t handle)
{
	struct tss_command c;

	tss_begin(&c, ORD_Terminate_Handle);
	tss_put_handle(&c, handle);
	return machine_run(m, &c);
}

/* ---- 27.1.2 TPM_Terminate_Handle ---- */

START_TEST(a_session_is_gone)
{
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(terminate(s.handle), 0);
	ck_assert_result(terminate(s.handle), TPM_INVALID_AUTHHANDLE);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_AUTHSESS),
			  property(m, TPM_CAP_PROP_MAX_AUTHSESS));
}
END_TEST

START_TEST(a_session_that_never_was)
{
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(terminate(0), TPM_INVALID_AUTHHANDLE);
	ck_assert_result(terminate(s.handle + 1), TPM_INVALID_AUTHHANDLE);
	ck_assert_result(terminate(0xffffffff), TPM_INVALID_AUTHHANDLE);
	ck_assert_result(terminate(s.handle), 0);
}
END_TEST

/* ---- 27.2: contexts ---- */

static uint32_t sign(uint32_t key, struct tss_session *s)
{
	struct tss_command c;

	tss_begin(&c, ORD_Sign);
	tss_put_handle(&c, key);
	tss_put_blob(&c, zeros.b, sizeof(zeros.b));
	tss_use(&c, s, &secret_key, true);
	return machine_run(m, &c);
}

static uint32_t save_key(uint32_t key, struct context_blob *blob)
{
	return call_save_old(m, ORD_SaveKeyContext, key, blob);
}

static uint32_t load_key(const struct context_blob *blob, uint32_t *handle)
{
	return call_load_old(m, ORD_LoadKeyContext, blob, handle);
}

static uint32_t save_auth(uint32_t session, struct context_blob *blob)
{
	return call_save_old(m, ORD_SaveAuthContext, session, blob);
}

static uint32_t load_auth(const struct context_blob *blob, uint32_t *handle)
{
	return call_load_old(m, ORD_LoadAuthContext, blob, handle);
}

START_TEST(a_key_leaves_and_comes_back)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	struct context_blob blob;
	struct tss_session s;
	uint32_t handle;

	ck_assert_result(save_key(key, &blob), 0);
	ck_assert_result(save_key(key, &blob), TPM_INVALID_KEYHANDLE);
	ck_assert_result(load_key(&blob, &handle), 0);
	ck_assert_uint_eq(handle, key);
	ck_assert_result(load_key(&blob, &handle), 0);
	ck_assert_uint_ne(handle, key);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(sign(handle, &s), 0);
}
END_TEST

START_TEST(keys_that_do_not_leave)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	struct context_blob blob;

	setup_owner_evict(m, key);
	ck_assert_result(save_key(key, &blob), TPM_OWNER_CONTROL);
	ck_assert_result(save_key(0, &blob), TPM_INVALID_KEYHANDLE);
	ck_assert_result(save_key(TPM_KH_SRK, &blob), TPM_INVALID_KEYHANDLE);
	ck_assert_result(save_key(TPM_KH_EK, &blob), TPM_INVALID_KEYHANDLE);
}
END_TEST

/* Which a TPM 1.2's context of the same key would do. */
START_TEST(an_old_key_context_does_not_outlast_power)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	struct context_blob blob;
	uint32_t handle;

	ck_assert_result(save_key(key, &blob), 0);
	machine_reboot(m);
	ck_assert_result(load_key(&blob, &handle), TPM_BADCONTEXT);
}
END_TEST

START_TEST(no_slot_for_a_key)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	const uint32_t n = property(m, TPM_CAP_PROP_MAX_KEYS);
	struct context_blob blob;
	uint32_t handle;

	ck_assert_result(save_key(key, &blob), 0);
	for (uint32_t i = 0; i < n; i++)
		ck_assert_result(load_key(&blob, &handle), 0);
	ck_assert_result(load_key(&blob, &handle), TPM_RESOURCES);
}
END_TEST

START_TEST(a_session_leaves_and_comes_back_once)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	struct context_blob blob;
	struct tss_session s[2];
	uint32_t handle;

	ck_assert_result(tss_oiap(&m->tss, &s[0]), 0);
	ck_assert_result(tss_osap(&m->tss, &s[1], TSS_ADIP_XOR,
				  TPM_ET_KEYHANDLE, key, &secret_key),
			 0);
	for (unsigned int i = 0; i < 2; i++) {
		ck_assert_result(save_auth(s[i].handle, &blob), 0);
		ck_assert_result(save_auth(s[i].handle, &blob),
				 TPM_INVALID_AUTHHANDLE);
		ck_assert_result(load_auth(&blob, &handle), 0);
		ck_assert_uint_eq(handle, s[i].handle);
		ck_assert_result(load_auth(&blob, &handle), TPM_BADCONTEXT);
		ck_assert_result(sign(key, &s[i]), 0);
	}
}
END_TEST

START_TEST(a_session_of_a_key_that_is_gone)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	struct context_blob blob;
	struct tss_session s;
	uint32_t handle;

	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_KEYHANDLE,
				  key, &secret_key),
			 0);
	ck_assert_result(save_auth(s.handle, &blob), 0);
	ck_assert_result(call_evict_key(m, key), 0);
	ck_assert_result(load_auth(&blob, &handle), TPM_RESOURCEMISSING);
}
END_TEST

START_TEST(one_is_not_the_other)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	struct context_blob keys, auth;
	struct tss_session s;
	uint32_t handle;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(save_key(key, &keys), 0);
	ck_assert_result(save_auth(s.handle, &auth), 0);
	ck_assert_result(load_key(&auth, &handle), TPM_BAD_PARAMETER);
	ck_assert_result(load_auth(&keys, &handle), TPM_BAD_PARAMETER);
	keys.b[keys.len - 1] ^= 1;
	ck_assert_result(load_key(&keys, &handle), TPM_BADCONTEXT);
	auth.b[auth.len - 1] ^= 1;
	ck_assert_result(load_auth(&auth, &handle), TPM_BADCONTEXT);
}
END_TEST

START_TEST(sessions_leave_a_tpm_without_an_owner)
{
	struct context_blob blob;
	struct tss_session s;
	uint32_t handle;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(save_auth(s.handle, &blob), 0);
	ck_assert_result(load_auth(&blob, &handle), 0);
	ck_assert_uint_eq(handle, s.handle);
}
END_TEST

/* ---- 27.3.1 TPM_DirWriteAuth, 27.3.2 TPM_DirRead ---- */

static uint32_t dir_write(uint32_t index, const struct tss_digest *value,
			  const struct tss_digest *auth)
{
	struct tss_command c;
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	tss_begin(&c, ORD_DirWriteAuth);
	tss_put_u32(&c, index);
	tss_put_bytes(&c, value->b, sizeof(value->b));
	tss_use(&c, &s, auth, false);
	return machine_run(m, &c);
}

static struct tss_digest dir_read(void)
{
	struct tss_digest d;

	ck_assert_result(call_u32(m, ORD_DirRead, 0), 0);
	tss_get_digest(&m->answer, &d);
	ck_assert(tss_end(&m->answer));
	return d;
}

START_TEST(the_owner_writes_and_anybody_reads)
{
	ck_assert_digest(dir_read(), zeros);
	setup_owner(m);
	ck_assert_result(dir_write(0, &ones, &secret_owner), 0);
	ck_assert_digest(dir_read(), ones);
	machine_reboot(m);
	ck_assert_digest(dir_read(), ones);
}
END_TEST

START_TEST(there_is_one_register)
{
	static const uint32_t none[] = { 1, 2, 0x10000001, 0xffffffff };

	setup_owner(m);
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		ck_assert_result(dir_write(none[i], &ones, &secret_owner),
				 TPM_BADINDEX);
		ck_assert_result(call_u32(m, ORD_DirRead, none[i]),
				 TPM_BADINDEX);
	}
	ck_assert_digest(dir_read(), zeros);
}
END_TEST

START_TEST(nobody_else_writes)
{
	/* Without an owner his secret would be twenty zeros. */
	ck_assert_result(dir_write(0, &ones, &zeros), TPM_AUTHFAIL);
	setup_owner(m);
	ck_assert_result(dir_write(0, &ones, &secret_wrong), TPM_AUTHFAIL);
	ck_assert_digest(dir_read(), zeros);
}
END_TEST

START_TEST(it_is_the_one_that_storage_has)
{
	setup_owner(m);
	ck_assert_result(dir_write(0, &ones, &secret_owner), 0);
	ck_assert_result(nv_read(m, NV_ANYBODY, TPM_NV_INDEX_DIR, 0, 20), 0);
	ck_assert_mem_eq(m->answer.p + 4, ones.b, 20);
	ck_assert_result(nv_write(m, NV_OWNER, TPM_NV_INDEX_DIR, 0, zeros.b,
				  20),
			 0);
	ck_assert_digest(dir_read(), zeros);
}
END_TEST

/* ---- 27.1.1 TPM_EvictKey ---- */

START_TEST(a_key_is_gone)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	const uint32_t other = make_key(m, &kind_signing);
	struct key_blob pub;

	ck_assert_result(call_evict_key(m, key), 0);
	ck_assert_result(call_evict_key(m, key), TPM_INVALID_KEYHANDLE);
	ck_assert_result(call_get_pub_key(m, key, &secret_key, &pub),
			 TPM_INVALID_KEYHANDLE);
	ck_assert_result(call_get_pub_key(m, other, &secret_key, &pub), 0);
}
END_TEST

START_TEST(keys_that_are_not_evicted)
{
	static const uint32_t handles[] = { 0, 0x01000066, TPM_KH_SRK,
					    TPM_KH_EK };

	setup_owner(m);
	for (size_t i = 0; i < sizeof(handles) / sizeof(*handles); i++)
		ck_assert_result(call_evict_key(m, handles[i]),
				 TPM_INVALID_KEYHANDLE);
	/* The SRK is still there. */
	(void)make_key(m, &kind_signing);
}
END_TEST

/* ---- 27.5 TPM_Reset ---- */

START_TEST(all_sessions_end_and_nothing_else)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	struct tss_digest measured;
	struct key_blob pub;
	struct tss_session s;

	ck_assert_result(call_extend(m, 7, &ones, &measured), 0);
	ck_assert_result(call(m, ORD_DisableForceClear), 0);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_OWNER,
				  TPM_KH_OWNER, &secret_owner),
			 0);
	ck_assert_result(call(m, ORD_Reset), 0);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_AUTHSESS),
			  property(m, TPM_CAP_PROP_MAX_AUTHSESS));
	ck_assert_result(terminate(s.handle), TPM_INVALID_AUTHHANDLE);
	ck_assert_digest(pcr_value(m, 7), measured);
	ck_assert(stclear_flag(m, SF_DISABLE_FORCE_CLEAR));
	ck_assert_result(call_get_pub_key(m, key, &secret_key, &pub), 0);
}
END_TEST

/* Actions 1a and 1d. */
START_TEST(what_the_older_commands_saved_is_void)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	const uint32_t other = make_key(m, &kind_signing);
	struct context_blob keys[2], auth[2];
	struct tss_session s[2];
	uint32_t handle;

	for (unsigned int i = 0; i < 2; i++)
		ck_assert_result(tss_oiap(&m->tss, &s[i]), 0);
	ck_assert_result(save_key(key, &keys[0]), 0);
	ck_assert_result(save_auth(s[0].handle, &auth[0]), 0);
	ck_assert_result(
		call_save_context(m, other, TPM_RT_KEY, &keys[1]), 0);
	ck_assert_result(
		call_save_context(m, s[1].handle, TPM_RT_AUTH, &auth[1]), 0);
	ck_assert_result(call(m, ORD_Reset), 0);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_CONTEXT), 127);
	ck_assert_result(load_key(&keys[0], &handle), TPM_BADCONTEXT);
	ck_assert_result(load_auth(&auth[0], &handle), TPM_BADCONTEXT);
	/* Nor by the newer commands. */
	ck_assert_result(call_load_context(m, 0, false, &keys[0], &handle),
			 TPM_BADCONTEXT);
	ck_assert_result(call_load_context(m, 0, false, &auth[0], &handle),
			 TPM_BADCONTEXT);
	ck_assert_result(load_key(&keys[1], &handle), 0);
	ck_assert_result(call_load_context(m, 0, false, &auth[1], &handle), 0);
	ck_assert_uint_eq(handle, s[1].handle);
	ck_assert_result(sign(other, &s[1]), 0);
}
END_TEST

/* A place on the list is of whatever was saved last. */
START_TEST(what_is_saved_afterwards_is_not_void)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	struct context_blob keys, auth;
	struct tss_session s;
	uint32_t handle;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(save_auth(s.handle, &auth), 0);
	ck_assert_result(load_auth(&auth, &handle), 0);
	ck_assert_result(call_save_context(m, handle, TPM_RT_AUTH, &auth), 0);
	ck_assert_result(call(m, ORD_Reset), 0);
	ck_assert_result(load_auth(&auth, &handle), 0);
	ck_assert_result(save_auth(handle, &auth), 0);
	ck_assert_result(save_key(key, &keys), 0);
	machine_take_over(m);
	ck_assert_result(load_key(&keys, &handle), 0);
	ck_assert_result(load_auth(&auth, &handle), 0);
	ck_assert_result(sign(key, &s), 0);
}
END_TEST

START_TEST(a_disabled_or_deactivated_tpm_resets_sessions)
{
	if (_i)
		setup_disabled(m);
	else
		setup_deactivated(m);
	ck_assert_result(call(m, ORD_Reset), 0);
}
END_TEST

/* ---- 27.6 TPM_OwnerReadPubek, 27.7 TPM_DisablePubekRead ---- */

START_TEST(the_owner_reads_the_same_key_as_everybody)
{
	uint8_t pub[284];

	ck_assert_result(call_digest(m, ORD_ReadPubek, &zeros), 0);
	memcpy(pub, tss_get_bytes(&m->answer, sizeof(pub)), sizeof(pub));
	setup_owner(m);
	ck_assert_result(call_owner(m, ORD_OwnerReadPubek), 0);
	ck_assert_mem_eq(tss_get_bytes(&m->answer, sizeof(pub)), pub,
			 sizeof(pub));
	ck_assert(tss_end(&m->answer));
}
END_TEST

START_TEST(the_owner_reads_a_key_that_was_promised)
{
	setup_owner(m);
	ck_assert(tpm12_needs_ek(m->tpm));
	ck_assert_result(call_owner(m, ORD_OwnerReadPubek), 0);
	ck_assert(!tpm12_needs_ek(m->tpm));
}
END_TEST

START_TEST(the_owner_of_a_tpm_without_a_key)
{
	setup_owner(m);
	setup_no_ek(m);
	ck_assert_result(call_owner(m, ORD_OwnerReadPubek), TPM_NO_ENDORSEMENT);
}
END_TEST

START_TEST(nobody_but_the_owner_reads_it_then)
{
	setup_owner(m);
	ck_assert_result(call_owner(m, ORD_DisablePubekRead), 0);
	ck_assert(!permanent_flag(m, PF_READ_PUBEK));
	ck_assert_result(call_digest(m, ORD_ReadPubek, &zeros),
			 TPM_DISABLED_CMD);
	machine_reboot(m);
	ck_assert_result(call_digest(m, ORD_ReadPubek, &zeros),
			 TPM_DISABLED_CMD);
	ck_assert_result(call_owner(m, ORD_OwnerReadPubek), 0);
}
END_TEST

/* ---- */

int main(void)
{
	Suite *s = suite_create("deprecated");
	TCase *t = section(s, "27.1.2 TPM_Terminate_Handle");

	tcase_add_test(t, a_session_is_gone);
	tcase_add_test(t, a_session_that_never_was);
	t = section(s, "27.2 TPM_SaveKeyContext to TPM_LoadAuthContext");
	tcase_add_test(t, a_key_leaves_and_comes_back);
	tcase_add_test(t, keys_that_do_not_leave);
	tcase_add_test(t, an_old_key_context_does_not_outlast_power);
	tcase_add_test(t, no_slot_for_a_key);
	tcase_add_test(t, a_session_leaves_and_comes_back_once);
	tcase_add_test(t, a_session_of_a_key_that_is_gone);
	tcase_add_test(t, one_is_not_the_other);
	tcase_add_test(t, sessions_leave_a_tpm_without_an_owner);
	t = section(s, "27.3.1 TPM_DirWriteAuth, 27.3.2 TPM_DirRead");
	tcase_add_test(t, the_owner_writes_and_anybody_reads);
	tcase_add_test(t, there_is_one_register);
	tcase_add_test(t, nobody_else_writes);
	tcase_add_test(t, it_is_the_one_that_storage_has);
	t = section(s, "27.1.1 TPM_EvictKey");
	tcase_add_test(t, a_key_is_gone);
	tcase_add_test(t, keys_that_are_not_evicted);
	t = section(s, "27.5 TPM_Reset");
	tcase_add_test(t, all_sessions_end_and_nothing_else);
	tcase_add_test(t, what_the_older_commands_saved_is_void);
	tcase_add_test(t, what_is_saved_afterwards_is_not_void);
	tcase_add_loop_test(t, a_disabled_or_deactivated_tpm_resets_sessions, 0,
			    2);
	t = section(s, "27.6 TPM_OwnerReadPubek, 27.7 TPM_DisablePubekRead");
	tcase_add_test(t, the_owner_reads_the_same_key_as_everybody);
	tcase_add_test(t, the_owner_reads_a_key_that_was_promised);
	tcase_add_test(t, the_owner_of_a_tpm_without_a_key);
	tcase_add_test(t, nobody_but_the_owner_reads_it_then);
	return suite_run(s);
}
