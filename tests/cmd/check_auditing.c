/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 8: Auditing. */
#include "chapter.h"

#include "tss_transport.h"

#define TAG_SIGNINFO	    0x0005u
#define TAG_COUNTER_VALUE   0x000eu
#define TAG_AUDIT_EVENT_IN  0x0012u
#define TAG_AUDIT_EVENT_OUT 0x0013u

#define PIECES(...)                                                     \
	((const struct client_bytes[]){ __VA_ARGS__ }),                 \
		(sizeof((const struct client_bytes[]){ __VA_ARGS__ }) / \
		 sizeof(struct client_bytes))

/* TPM_COUNTER_VALUE, whose label is empty. */
#define COUNTER_SIZE 10u

struct audit {
	uint8_t counter[COUNTER_SIZE];
	uint32_t count;
	struct tss_digest digest;
	uint32_t n;
	uint32_t ordinals[128];
};

static void get_counter(struct audit *a)
{
	const uint8_t *at = m->answer.p;

	ck_assert_uint_eq(tss_get_u16(&m->answer), TAG_COUNTER_VALUE);
	ck_assert_uint_eq(tss_get_u32(&m->answer), 0);
	a->count = tss_get_u32(&m->answer);
	ck_assert(!m->answer.bad);
	memcpy(a->counter, at, COUNTER_SIZE);
}

static struct audit audit_from(uint32_t start)
{
	struct audit a;

	ck_assert_result(call_u32(m, ORD_GetAuditDigest, start), 0);
	get_counter(&a);
	tss_get_digest(&m->answer, &a.digest);
	ck_assert_uint_eq(tss_get_u8(&m->answer), 0);
	a.n = tss_get_u32(&m->answer) / 4;
	ck_assert_uint_le(a.n, 128);
	for (uint32_t i = 0; i < a.n; i++)
		a.ordinals[i] = tss_get_u32(&m->answer);
	ck_assert(tss_end(&m->answer));
	return a;
}

static struct audit audit(void)
{
	return audit_from(0);
}

static uint32_t set_status(uint32_t ordinal, unsigned int on,
			   const struct tss_digest *secret)
{
	struct tss_command c;
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	tss_begin(&c, ORD_SetOrdinalAuditStatus);
	tss_put_u32(&c, ordinal);
	tss_put_u8(&c, on);
	tss_use(&c, &s, secret, false);
	return machine_run(m, &c);
}

static void set(uint32_t ordinal, bool on)
{
	ck_assert_result(set_status(ordinal, on, &secret_owner), 0);
}

/* Nothing is audited but what the test says. */
static void set_up_quiet(void)
{
	struct audit a;

	setup_owner(m);
	a = audit();
	for (uint32_t i = 0; i < a.n; i++)
		set(a.ordinals[i], false);
	machine_reboot(m);
	ck_assert_uint_eq(audit().n, 0);
	ck_assert_digest(audit().digest, zeros);
}

/* ---- What the log must be ---- */

static void extend_event(struct tss_digest *log, unsigned int tag,
			 const uint8_t *parameters, const struct audit *a)
{
	const uint8_t t[2] = { 0, (uint8_t)tag };

	client_sha1(PIECES({ log->b, CLIENT_SHA1 }, { t, 2 },
			   { parameters, CLIENT_SHA1 },
			   { a->counter, COUNTER_SIZE }),
		    log->b);
}

/* The ordinal and what follows it, and the same of the answer. */
static void extend_input(struct tss_digest *log, uint32_t ordinal,
			 const void *p, size_t len, const struct audit *a)
{
	const uint8_t code[4] = { (uint8_t)(ordinal >> 24), 0, 0,
				  (uint8_t)ordinal };
	uint8_t d[CLIENT_SHA1];

	client_sha1(PIECES({ code, 4 }, { p, len }), d);
	extend_event(log, TAG_AUDIT_EVENT_IN, d, a);
}

static void extend_output(struct tss_digest *log, uint32_t ordinal,
			  const void *p, size_t len, const struct audit *a)
{
	const uint8_t codes[8] = {
		0, 0, 0, 0, (uint8_t)(ordinal >> 24), 0, 0, (uint8_t)ordinal
	};
	uint8_t d[CLIENT_SHA1];

	client_sha1(PIECES({ codes, 8 }, { p, len }), d);
	extend_event(log, TAG_AUDIT_EVENT_OUT, d, a);
}

/* TPM_PCRRead of a register that is as it was at startup. */
static void extend_pcr_read(struct tss_digest *log, const struct audit *a)
{
	static const uint8_t pcr[4] = { 0, 0, 0, 7 };

	extend_input(log, ORD_PcrRead, pcr, 4, a);
	extend_output(log, ORD_PcrRead, zeros.b, CLIENT_SHA1, a);
}

/* ---- 8.1 Audit generation ---- */

START_TEST(parameters_of_both_ways_are_extended)
{
	struct tss_digest log = zeros;
	struct audit a;

	set_up_quiet();
	set(ORD_PcrRead, true);
	for (unsigned int i = 0; i < 3; i++) {
		ck_assert_result(call_pcr_read(m, 7, NULL), 0);
		a = audit();
		extend_pcr_read(&log, &a);
		ck_assert_digest(a.digest, log);
	}
}
END_TEST

START_TEST(a_log_has_a_number_of_its_own)
{
	struct audit first, second;

	set_up_quiet();
	set(ORD_PcrRead, true);
	first = audit();
	ck_assert_result(call_pcr_read(m, 7, NULL), 0);
	ck_assert_uint_eq(audit().count, first.count + 1);
	ck_assert_result(call_pcr_read(m, 7, NULL), 0);
	second = audit();
	ck_assert_uint_eq(second.count, first.count + 1);
	machine_reboot(m);
	ck_assert_uint_eq(audit().count, second.count);
	ck_assert_result(call_pcr_read(m, 7, NULL), 0);
	ck_assert_uint_eq(audit().count, second.count + 1);
}
END_TEST

START_TEST(the_number_is_stored_before_the_answer)
{
	unsigned int stores;

	set_up_quiet();
	set(ORD_PcrRead, true);
	stores = m->stores;
	ck_assert_result(call_pcr_read(m, 7, NULL), 0);
	ck_assert_uint_eq(m->stores, stores + 1);
	ck_assert(is_stored(m));
	ck_assert_result(call_pcr_read(m, 7, NULL), 0);
	ck_assert_uint_eq(m->stores, stores + 1);
}
END_TEST

/* The command is not done, so it is not in the log. */
START_TEST(a_number_that_cannot_be_stored_undoes_the_command)
{
	struct audit before;

	set_up_quiet();
	set(ORD_Extend, true);
	before = audit();
	m->fail_store = 1;
	ck_assert_result(call_extend(m, 7, &ones, NULL), TPM_FAIL);
	ck_assert_digest(pcr_value(m, 7), zeros);
	ck_assert_digest(audit().digest, zeros);
	ck_assert_uint_eq(audit().count, before.count);
	ck_assert_result(call_extend(m, 7, &ones, NULL), 0);
	ck_assert_uint_eq(audit().count, before.count + 1);
}
END_TEST

START_TEST(what_fails_is_not_audited)
{
	struct tss_digest log = zeros;
	struct audit a;

	set_up_quiet();
	set(ORD_PcrRead, true);
	ck_assert_result(call_pcr_read(m, 24, NULL), TPM_BADINDEX);
	ck_assert_digest(audit().digest, zeros);
	ck_assert_result(call_pcr_read(m, 7, NULL), 0);
	ck_assert_result(call_pcr_read(m, 24, NULL), TPM_BADINDEX);
	a = audit();
	extend_pcr_read(&log, &a);
	ck_assert_digest(a.digest, log);
}
END_TEST

START_TEST(what_is_not_audited_changes_nothing)
{
	const unsigned int stores = m->stores;

	ck_assert_result(call_pcr_read(m, 7, NULL), 0);
	ck_assert_result(call_extend(m, 7, &ones, NULL), 0);
	ck_assert_uint_eq(m->stores, stores);
	ck_assert_digest(audit().digest, zeros);
	ck_assert_uint_eq(audit().count, 0);
}
END_TEST

/* Part 1: handles, and the nonces of new sessions, are no parameters. */
START_TEST(handles_are_left_out)
{
	struct tss_digest log = zeros;
	struct tss_session s;
	struct audit a;

	set_up_quiet();
	set(ORD_OIAP, true);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	a = audit();
	extend_input(&log, ORD_OIAP, NULL, 0, &a);
	extend_output(&log, ORD_OIAP, NULL, 0, &a);
	ck_assert_digest(a.digest, log);
	set(ORD_FlushSpecific, true);
	set(ORD_OIAP, false);
	log = audit().digest;
	ck_assert_result(call_flush(m, s.handle, TPM_RT_AUTH), 0);
	extend_input(&log, ORD_FlushSpecific, "\0\0\0\2", 4, &a);
	extend_output(&log, ORD_FlushSpecific, NULL, 0, &a);
	ck_assert_digest(audit().digest, log);
}
END_TEST

START_TEST(commands_of_the_connection_are_audited_too)
{
	struct tss_digest log = zeros;
	struct audit a;

	set_up_quiet();
	set(ORD_PhysicalPresence, true);
	a = audit();
	ck_assert_uint_eq(a.n, 1);
	ck_assert_uint_eq(a.ordinals[0], ORD_PhysicalPresence);
	ck_assert_result(call_u16(m, ORD_PhysicalPresence,
				  TPM_PHYSICAL_PRESENCE_CMD_ENABLE),
			 0);
	a = audit();
	extend_input(&log, ORD_PhysicalPresence, "\0\x20", 2, &a);
	extend_output(&log, ORD_PhysicalPresence, NULL, 0, &a);
	ck_assert_digest(a.digest, log);
}
END_TEST

/* Only its input is, and what is saved tells of it. */
START_TEST(savestate_is_in_what_it_saves)
{
	struct tss_digest log = zeros;
	struct audit a;

	set_up_quiet();
	set(ORD_SaveState, true);
	ck_assert_result(call(m, ORD_SaveState), 0);
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), 0);
	a = audit();
	extend_input(&log, ORD_SaveState, NULL, 0, &a);
	ck_assert_digest(a.digest, log);
	ck_assert_uint_gt(a.count, 0);
}
END_TEST

START_TEST(the_log_ends_with_startup_clear)
{
	set_up_quiet();
	set(ORD_PcrRead, true);
	ck_assert_result(call_pcr_read(m, 7, NULL), 0);
	ck_assert_result(call(m, ORD_SaveState), 0);
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_CLEAR), 0);
	ck_assert_digest(audit().digest, zeros);
}
END_TEST

START_TEST(startup_can_begin_the_log)
{
	struct tss_digest log = zeros;
	struct audit a;

	set_up_quiet();
	set(ORD_Startup, true);
	machine_reboot(m);
	a = audit();
	extend_input(&log, ORD_Startup, "\0\1", 2, &a);
	extend_output(&log, ORD_Startup, NULL, 0, &a);
	ck_assert_digest(a.digest, log);
}
END_TEST

START_TEST(another_process_goes_on_with_the_log)
{
	struct audit before;

	set_up_quiet();
	set(ORD_PcrRead, true);
	ck_assert_result(call_pcr_read(m, 7, NULL), 0);
	before = audit();
	machine_take_over(m);
	ck_assert_digest(audit().digest, before.digest);
	ck_assert_uint_eq(audit().count, before.count);
	ck_assert_uint_eq(audit().n, before.n);
}
END_TEST

/* ---- Inside a transport session ---- */

static void establish(struct tss_transport *t, uint32_t attributes)
{
	uint8_t n[256], sealed[256];
	uint8_t auth[22] = { 0, TPM_TAG_TRANSPORT_AUTH };
	const uint32_t key =
		setup_key(m, TPM_KEY_STORAGE, TPM_ES_RSAESOAEP_SHA1_MGF1,
			  TPM_SS_NONE, NULL);

	memset(t, 0, sizeof(*t));
	t->attributes = attributes;
	t->algorithm = TPM_ALG_MGF1;
	t->scheme = TPM_ES_NONE;
	t->secret = secret_wrong;
	memcpy(auth + 2, t->secret.b, CLIENT_SHA1);
	setup_modulus(m, key, n);
	client_rsa_encrypt(n, sizeof(n), true, auth, sizeof(auth), sealed);
	ck_assert_result(
		tss_establish(&m->tss, t, key,
			      (struct client_bytes){ sealed, sizeof(sealed) },
			      NULL, NULL),
		0);
}

static void wrap_pcr_read(struct tss_transport *t)
{
	struct tss_command c;
	uint32_t result;

	tss_begin(&c, ORD_PcrRead);
	tss_put_u32(&c, 7);
	ck_assert_result(tss_execute(&m->tss, t, &c, &m->answer, &result), 0);
	ck_assert_result(result, 0);
}

START_TEST(a_wrapped_command_is_audited_as_itself)
{
	struct tss_digest log = zeros;
	struct tss_transport t;
	struct audit a;

	set_up_quiet();
	set(ORD_PcrRead, true);
	establish(&t, 0);
	wrap_pcr_read(&t);
	a = audit();
	extend_pcr_read(&log, &a);
	ck_assert_digest(a.digest, log);
}
END_TEST

START_TEST(of_an_encrypted_command_nothing_is_told)
{
	struct tss_digest log = zeros;
	struct tss_transport t;
	struct audit a;

	set_up_quiet();
	set(ORD_PcrRead, true);
	establish(&t, TPM_TRANSPORT_ENCRYPT);
	wrap_pcr_read(&t);
	a = audit();
	extend_input(&log, ORD_PcrRead, NULL, 0, &a);
	extend_output(&log, ORD_PcrRead, NULL, 0, &a);
	ck_assert_digest(a.digest, log);
}
END_TEST

/* 24.2, actions 8 and 20: with H1 and H2, which are of the wrapped command. */
START_TEST(executetransport_is_audited_by_what_it_wraps)
{
	struct tss_digest log = zeros;
	struct tss_transport t;
	struct audit a;

	set_up_quiet();
	set(ORD_ExecuteTransport, true);
	establish(&t, _i ? TPM_TRANSPORT_ENCRYPT : 0);
	wrap_pcr_read(&t);
	a = audit();
	extend_pcr_read(&log, &a);
	ck_assert_digest(a.digest, log);
}
END_TEST

/* ---- 8.3 TPM_GetAuditDigest ---- */

/* Part 2, section 17, of those that there are. */
static const uint32_t defaults[] = {
	ORD_CreateWrapKey,
	ORD_TakeOwnership,
	ORD_ChangeAuthOwner,
	ORD_MakeIdentity,
	ORD_ActivateIdentity,
	ORD_OwnerClear,
	ORD_DisableOwnerClear,
	ORD_ForceClear,
	ORD_DisableForceClear,
	ORD_OwnerSetDisable,
	ORD_PhysicalEnable,
	ORD_PhysicalDisable,
	ORD_SetOwnerInstall,
	ORD_PhysicalSetDeactivated,
	ORD_SetTempDeactivated,
	ORD_CreateMigrationBlob,
	ORD_ConvertMigrationBlob,
	ORD_AuthorizeMigrationKey,
	ORD_ReadPubek,
	ORD_OwnerReadPubek,
	ORD_CreateMaintenanceArchive,
	ORD_LoadMaintenanceArchive,
	ORD_KillMaintenanceFeature,
	ORD_LoadManuMaintPub,
	ORD_ReadManuMaintPub,
	ORD_DisablePubekRead,
	ORD_SetOrdinalAuditStatus,
};

static bool is_default(uint32_t ordinal)
{
	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++)
		if (defaults[i] == ordinal)
			return true;
	return false;
}

START_TEST(what_is_audited_unless_the_owner_says_otherwise)
{
	const struct audit a = audit();

	ck_assert_uint_ge(a.n, 5);
	for (uint32_t i = 0; i < a.n; i++)
		ck_assert_msg(is_default(a.ordinals[i]), "%#x is audited",
			      a.ordinals[i]);
}
END_TEST

START_TEST(the_list_is_in_order_and_begins_where_asked)
{
	const struct audit all = audit();

	for (uint32_t i = 1; i < all.n; i++)
		ck_assert_uint_gt(all.ordinals[i], all.ordinals[i - 1]);
	for (uint32_t i = 0; i < all.n; i++) {
		struct audit some = audit_from(all.ordinals[i]);

		ck_assert_uint_eq(some.n, all.n - i);
		ck_assert_uint_eq(some.ordinals[0], all.ordinals[i]);
		some = audit_from(all.ordinals[i] + 1);
		ck_assert_uint_eq(some.n, all.n - i - 1);
	}
	ck_assert_uint_eq(audit_from(0xffffffff).n, 0);
}
END_TEST

/* ---- 8.4 TPM_GetAuditDigestSigned ---- */

static const struct tss_digest replay = { "seen here once only" };

static uint32_t get_signed(uint32_t key, bool close)
{
	struct tss_command c;
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	tss_begin(&c, ORD_GetAuditDigestSigned);
	tss_put_handle(&c, key);
	tss_put_u8(&c, close);
	tss_put_bytes(&c, replay.b, sizeof(replay.b));
	tss_use(&c, &s, &secret_srk, false);
	return machine_run(m, &c);
}

static struct tss_digest list_digest(const struct audit *a)
{
	uint8_t b[4 * 128];
	struct tss_digest d = { { 0 } };

	for (uint32_t i = 0; i < a->n; i++)
		for (unsigned int k = 0; k < 4; k++)
			b[4 * i + k] = (uint8_t)(a->ordinals[i] >> 8 * (3 - k));
	client_sha1(PIECES({ b, 4 * (size_t)a->n }), d.b);
	return d;
}

/* TPM_SIGN_INFO (Part 2, 5.12) of what is told. */
static void assert_signed(uint32_t key, const struct audit *want)
{
	static const uint8_t head[6] = { 0, TAG_SIGNINFO, 'A', 'D', 'I', 'G' };
	static const uint8_t size[4] = { 0, 0, 0, 50 };
	const struct tss_digest list = list_digest(want);
	struct tss_digest digest, ordinals;
	struct audit got;
	uint8_t n[256], d[CLIENT_SHA1];
	const uint8_t *sig;
	size_t len;

	get_counter(&got);
	tss_get_digest(&m->answer, &digest);
	tss_get_digest(&m->answer, &ordinals);
	sig = tss_get_blob(&m->answer, &len);
	ck_assert(tss_end(&m->answer));
	ck_assert_uint_eq(got.count, want->count);
	ck_assert_digest(digest, want->digest);
	ck_assert_digest(ordinals, list);
	client_sha1(PIECES({ head, 6 }, { replay.b, CLIENT_SHA1 }, { size, 4 },
			   { digest.b, CLIENT_SHA1 },
			   { got.counter, COUNTER_SIZE },
			   { ordinals.b, CLIENT_SHA1 }),
		    d);
	setup_modulus(m, key, n);
	ck_assert(client_rsa_verify(n, sizeof(n), d, sig, len));
}

static void make_log(void)
{
	set_up_quiet();
	set(ORD_PcrRead, true);
	set(ORD_Extend, true);
	ck_assert_result(call_pcr_read(m, 7, NULL), 0);
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

START_TEST(each_key_that_signs_signs_the_log)
{
	struct audit want;
	uint32_t key;

	make_log();
	want = audit();
	key = setup_key(m, signers[_i].usage, signers[_i].enc, signers[_i].sig,
			&secret_srk);
	ck_assert_result(get_signed(key, false), 0);
	assert_signed(key, &want);
	ck_assert_digest(audit().digest, want.digest);
}
END_TEST

/* What is signed is the log that is closed, and not the empty one after it. */
START_TEST(an_identity_closes_the_log)
{
	struct audit want;
	uint32_t key;

	make_log();
	want = audit();
	key = setup_key(m, TPM_KEY_IDENTITY, TPM_ES_NONE,
			TPM_SS_RSASSAPKCS1v15_SHA1, &secret_srk);
	ck_assert_result(get_signed(key, true), 0);
	assert_signed(key, &want);
	ck_assert_digest(audit().digest, zeros);
	ck_assert_result(call_pcr_read(m, 7, NULL), 0);
	ck_assert_uint_eq(audit().count, want.count + 1);
}
END_TEST

START_TEST(another_key_does_not)
{
	struct audit before;
	uint32_t key;

	make_log();
	before = audit();
	key = setup_key(m, TPM_KEY_SIGNING, TPM_ES_NONE,
			TPM_SS_RSASSAPKCS1v15_SHA1, &secret_srk);
	ck_assert_result(get_signed(key, true), TPM_INVALID_KEYUSAGE);
	ck_assert_digest(audit().digest, before.digest);
}
END_TEST

static const struct {
	uint16_t usage, enc, sig;
} misfits[] = {
	{ TPM_KEY_STORAGE, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE },
	{ TPM_KEY_BIND, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE },
	{ TPM_KEY_SIGNING, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_DER },
};

START_TEST(other_keys_do_not_sign_it)
{
	uint32_t key;

	setup_owner(m);
	key = setup_key(m, misfits[_i].usage, misfits[_i].enc, misfits[_i].sig,
			&secret_srk);
	ck_assert_result(get_signed(key, false), TPM_INVALID_KEYUSAGE);
}
END_TEST

/* ---- 8.5 TPM_SetOrdinalAuditStatus ---- */

START_TEST(the_status_survives_power)
{
	set_up_quiet();
	set(ORD_Extend, true);
	ck_assert_uint_eq(audit().n, 1);
	ck_assert_uint_eq(audit().ordinals[0], ORD_Extend);
	machine_reboot(m);
	ck_assert_uint_eq(audit().n, 1);
	set(ORD_Extend, false);
	machine_reboot(m);
	ck_assert_uint_eq(audit().n, 0);
}
END_TEST

START_TEST(what_is_so_already_is_not_stored_again)
{
	unsigned int stores;

	set_up_quiet();
	set(ORD_Extend, true);
	stores = m->stores;
	set(ORD_Extend, true);
	ck_assert_uint_eq(m->stores, stores);
}
END_TEST

START_TEST(ordinals_that_there_are_not)
{
	static const uint32_t none[] = { 0,	     1,		0x26,
					 0x82,	     0x10a,	0x4000000c,
					 0x4000001a, 0xffffffff };

	setup_owner(m);
	for (unsigned int on = 0; on < 2; on++)
		ck_assert_result(set_status(none[_i], on, &secret_owner),
				 TPM_BADINDEX);
}
END_TEST

START_TEST(what_reads_the_log_is_never_in_it)
{
	static const uint32_t never[] = { ORD_GetAuditDigest,
					  ORD_GetAuditDigestSigned };

	setup_owner(m);
	ck_assert_result(set_status(never[_i], 1, &secret_owner),
			 TPM_BAD_PARAMETER);
	ck_assert_result(set_status(never[_i], 0, &secret_owner), 0);
}
END_TEST

START_TEST(the_owner_alone_sets_it)
{
	setup_owner(m);
	ck_assert_result(set_status(ORD_Extend, 1, &secret_srk), TPM_AUTHFAIL);
	ck_assert_uint_eq(audit_from(ORD_Extend).ordinals[0] == ORD_Extend, 0);
}
END_TEST

/* 8.1: by the status that it finds. */
START_TEST(switching_its_own_audit_is_audited_by_what_was_before)
{
	struct audit a;

	set_up_quiet();
	set(ORD_SetOrdinalAuditStatus, true);
	ck_assert_digest(audit().digest, zeros);
	set(ORD_SetOrdinalAuditStatus, false);
	a = audit();
	ck_assert_mem_ne(a.digest.b, zeros.b, CLIENT_SHA1);
	set(ORD_Extend, true);
	ck_assert_digest(audit().digest, a.digest);
}
END_TEST

/* ---- */

static void add_generation(Suite *s)
{
	TCase *t = section(s, "8.1 Audit generation");

	tcase_add_test(t, parameters_of_both_ways_are_extended);
	tcase_add_test(t, a_log_has_a_number_of_its_own);
	tcase_add_test(t, the_number_is_stored_before_the_answer);
	tcase_add_test(t, a_number_that_cannot_be_stored_undoes_the_command);
	tcase_add_test(t, what_fails_is_not_audited);
	tcase_add_test(t, what_is_not_audited_changes_nothing);
	tcase_add_test(t, handles_are_left_out);
	tcase_add_test(t, commands_of_the_connection_are_audited_too);
	tcase_add_test(t, savestate_is_in_what_it_saves);
	tcase_add_test(t, the_log_ends_with_startup_clear);
	tcase_add_test(t, startup_can_begin_the_log);
	tcase_add_test(t, another_process_goes_on_with_the_log);
	tcase_add_test(t, a_wrapped_command_is_audited_as_itself);
	tcase_add_test(t, of_an_encrypted_command_nothing_is_told);
	tcase_add_loop_test(t, executetransport_is_audited_by_what_it_wraps, 0,
			    2);
}

int main(void)
{
	Suite *s = suite_create("auditing");
	TCase *t;

	add_generation(s);
	t = section(s, "8.3 TPM_GetAuditDigest");
	tcase_add_test(t, what_is_audited_unless_the_owner_says_otherwise);
	tcase_add_test(t, the_list_is_in_order_and_begins_where_asked);
	t = section(s, "8.4 TPM_GetAuditDigestSigned");
	tcase_add_loop_test(t, each_key_that_signs_signs_the_log, 0, 4);
	tcase_add_test(t, an_identity_closes_the_log);
	tcase_add_test(t, another_key_does_not);
	tcase_add_loop_test(t, other_keys_do_not_sign_it, 0, 3);
	t = section(s, "8.5 TPM_SetOrdinalAuditStatus");
	tcase_add_test(t, the_status_survives_power);
	tcase_add_test(t, what_is_so_already_is_not_stored_again);
	tcase_add_loop_test(t, ordinals_that_there_are_not, 0, 8);
	tcase_add_loop_test(t, what_reads_the_log_is_never_in_it, 0, 2);
	tcase_add_test(t, the_owner_alone_sets_it);
	tcase_add_test(t,
		       switching_its_own_audit_is_audited_by_what_was_before);
	return suite_run(s);
}
