/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 23: Timing Ticks. */
#include "chapter.h"

#define TAG_CURRENT_TICKS 0x0014u
#define TAG_SIGNINFO	  0x0005u
#define TICKS_SIZE	  32u

struct ticks {
	uint8_t b[TICKS_SIZE];
	uint64_t ticks;
	struct tss_digest nonce;
};

/* A TPM_CURRENT_TICKS (Part 2, 15.1) of microseconds. */
static struct ticks get_current_ticks(void)
{
	const uint8_t *at = m->answer.p;
	struct ticks t;

	ck_assert_uint_eq(tss_get_u16(&m->answer), TAG_CURRENT_TICKS);
	t.ticks = (uint64_t)tss_get_u32(&m->answer) << 32;
	t.ticks |= tss_get_u32(&m->answer);
	ck_assert_uint_eq(tss_get_u16(&m->answer), 1);
	tss_get_digest(&m->answer, &t.nonce);
	ck_assert(!m->answer.bad);
	memcpy(t.b, at, sizeof(t.b));
	return t;
}

static struct ticks get_ticks(void)
{
	struct ticks t;

	ck_assert_result(call(m, ORD_GetTicks), 0);
	t = get_current_ticks();
	ck_assert(tss_end(&m->answer));
	return t;
}

/* ---- 23.1 TPM_GetTicks ---- */

START_TEST(a_tick_is_a_microsecond)
{
	const struct ticks first = get_ticks();
	struct ticks t;

	m->clock_us += 1;
	ck_assert_uint_eq(get_ticks().ticks, first.ticks + 1);
	m->clock_us += 86400000000;
	t = get_ticks();
	ck_assert_uint_eq(t.ticks, first.ticks + 86400000001);
	ck_assert_digest(t.nonce, first.nonce);
}
END_TEST

START_TEST(ticks_count_from_power_on)
{
	m->clock_us += 1000;
	machine_reboot(m);
	m->clock_us += 77;
	ck_assert_uint_eq(get_ticks().ticks, 77);
}
END_TEST

START_TEST(each_startup_has_a_nonce_of_its_own)
{
	const struct ticks first = get_ticks();

	machine_reboot(m);
	ck_assert_mem_ne(get_ticks().nonce.b, first.nonce.b, CLIENT_SHA1);
	ck_assert_result(call(m, ORD_SaveState), 0);
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), 0);
	ck_assert_mem_ne(get_ticks().nonce.b, first.nonce.b, CLIENT_SHA1);
	ck_assert_mem_ne(get_ticks().nonce.b, zeros.b, CLIENT_SHA1);
}
END_TEST

START_TEST(another_process_goes_on_counting)
{
	struct ticks before, after;

	m->clock_us += 500;
	before = get_ticks();
	m->clock_us += 2000;
	machine_take_over(m);
	m->clock_us += 30;
	after = get_ticks();
	ck_assert_uint_eq(after.ticks, before.ticks + 2030);
	ck_assert_digest(after.nonce, before.nonce);
}
END_TEST

/* As after a restart of the host: the clock shows less than it did. */
START_TEST(ticks_do_not_go_back_with_the_clock)
{
	struct ticks before, after;

	m->clock_us = 5000000;
	before = get_ticks();
	m->clock_us = _i ? 3 : before.ticks - 1;
	machine_take_over(m);
	after = get_ticks();
	ck_assert_uint_eq(after.ticks, before.ticks);
	m->clock_us += 10;
	ck_assert_uint_eq(get_ticks().ticks, before.ticks + 10);
	ck_assert_digest(after.nonce, before.nonce);
}
END_TEST

/* ---- 23.2 TPM_TickStampBlob ---- */

static const struct tss_digest replay = { "seen here once only" };
static const struct tss_digest stamped = { "what is to be dated" };

static uint32_t stamp(uint32_t key, struct tss_session *s)
{
	struct tss_command c;

	tss_begin(&c, ORD_TickStampBlob);
	tss_put_handle(&c, key);
	tss_put_bytes(&c, replay.b, sizeof(replay.b));
	tss_put_bytes(&c, stamped.b, sizeof(stamped.b));
	if (s)
		tss_use(&c, s, &secret_srk, true);
	return machine_run(m, &c);
}

/* TPM_SIGN_INFO (Part 2, 5.12): "TSTP", antiReplay, digest and ticks. */
static void assert_stamp(uint32_t key, const struct ticks *t,
			 const uint8_t *sig, size_t len)
{
	static const uint8_t head[6] = { 0, TAG_SIGNINFO, 'T', 'S', 'T', 'P' };
	static const uint8_t size[4] = { 0, 0, 0, CLIENT_SHA1 + TICKS_SIZE };
	const struct client_bytes pieces[] = {
		{ head, sizeof(head) }, { replay.b, sizeof(replay.b) },
		{ size, sizeof(size) }, { stamped.b, sizeof(stamped.b) },
		{ t->b, sizeof(t->b) },
	};
	uint8_t n[256], digest[CLIENT_SHA1];

	setup_modulus(m, key, n);
	client_sha1(pieces, sizeof(pieces) / sizeof(*pieces), digest);
	ck_assert(client_rsa_verify(n, sizeof(n), digest, sig, len));
}

static void check_stamp(uint32_t key)
{
	struct ticks t = get_current_ticks();
	const uint8_t *sig;
	size_t len;

	sig = tss_get_blob(&m->answer, &len);
	ck_assert(tss_end(&m->answer));
	assert_stamp(key, &t, sig, len);
}

static const struct {
	uint16_t usage, enc, sig;
} signers[] = {
	{ TPM_KEY_SIGNING, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_SHA1 },
	{ TPM_KEY_SIGNING, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_INFO },
	{ TPM_KEY_IDENTITY, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_SHA1 },
	{ TPM_KEY_LEGACY, TPM_ES_RSAESOAEP_SHA1_MGF1,
	  TPM_SS_RSASSAPKCS1v15_SHA1 },
};

START_TEST(each_key_that_signs_stamps)
{
	struct tss_session s;
	uint32_t key;

	setup_owner(m);
	key = setup_key(m, signers[_i].usage, signers[_i].enc, signers[_i].sig,
			&secret_srk);
	m->clock_us += 1234567;
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(stamp(key, &s), 0);
	check_stamp(key);
}
END_TEST

START_TEST(a_key_without_a_secret_stamps_without_a_session)
{
	uint32_t key;

	setup_owner(m);
	key = setup_key(m, TPM_KEY_SIGNING, TPM_ES_NONE,
			TPM_SS_RSASSAPKCS1v15_SHA1, NULL);
	ck_assert_result(stamp(key, NULL), 0);
	check_stamp(key);
}
END_TEST

START_TEST(a_key_with_a_secret_does_not)
{
	uint32_t key;

	setup_owner(m);
	key = setup_key(m, TPM_KEY_SIGNING, TPM_ES_NONE,
			TPM_SS_RSASSAPKCS1v15_SHA1, &secret_srk);
	ck_assert_result(stamp(key, NULL), TPM_AUTHFAIL);
}
END_TEST

static const struct {
	uint16_t usage, enc, sig;
	uint32_t result;
} misfits[] = {
	{ TPM_KEY_STORAGE, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE,
	  TPM_INVALID_KEYUSAGE },
	{ TPM_KEY_BIND, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE,
	  TPM_INVALID_KEYUSAGE },
	{ TPM_KEY_SIGNING, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_DER,
	  TPM_INAPPROPRIATE_SIG },
};

START_TEST(other_keys_do_not_stamp)
{
	struct tss_session s;
	uint32_t key;

	setup_owner(m);
	key = setup_key(m, misfits[_i].usage, misfits[_i].enc, misfits[_i].sig,
			&secret_srk);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(stamp(key, &s), misfits[_i].result);
}
END_TEST

/* ---- */

int main(void)
{
	Suite *s = suite_create("ticks");
	TCase *t = section(s, "23.1 TPM_GetTicks");

	tcase_add_test(t, a_tick_is_a_microsecond);
	tcase_add_test(t, ticks_count_from_power_on);
	tcase_add_test(t, each_startup_has_a_nonce_of_its_own);
	tcase_add_test(t, another_process_goes_on_counting);
	tcase_add_loop_test(t, ticks_do_not_go_back_with_the_clock, 0, 2);
	t = section(s, "23.2 TPM_TickStampBlob");
	tcase_add_loop_test(t, each_key_that_signs_stamps, 0, 4);
	tcase_add_test(t, a_key_without_a_secret_stamps_without_a_session);
	tcase_add_test(t, a_key_with_a_secret_does_not);
	tcase_add_loop_test(t, other_keys_do_not_stamp, 0, 3);
	return suite_run(s);
}
