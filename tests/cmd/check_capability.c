/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part 3, section 7: the Capability Commands; areas and what they tell are
 * those of Part 2, section 21.
 */
#include "chapter.h"

#include "keycalls.h"

/* The answer of the last TPM_GetCapability, when it succeeded. */
struct answer {
	const uint8_t *p;
	size_t len;
};

static struct answer read_answer(void)
{
	struct answer a;

	a.p = tss_get_blob(&m->answer, &a.len);
	ck_assert(tss_end(&m->answer));
	return a;
}

static uint32_t get_u32(uint32_t area, uint32_t sub)
{
	const uint8_t b[] = { (uint8_t)(sub >> 24), (uint8_t)(sub >> 16),
			      (uint8_t)(sub >> 8), (uint8_t)sub };

	return call_get_capability(m, area, b, sizeof(b));
}

static uint32_t get_u16(uint32_t area, unsigned int sub)
{
	const uint8_t b[] = { (uint8_t)(sub >> 8), (uint8_t)sub };

	return call_get_capability(m, area, b, sizeof(b));
}

static struct answer must_get_u32(uint32_t area, uint32_t sub)
{
	ck_assert_result(get_u32(area, sub), 0);
	return read_answer();
}

static bool read_bool(void)
{
	const struct answer a = read_answer();

	ck_assert_uint_eq(a.len, 1);
	ck_assert_uint_le(*a.p, 1);
	return *a.p;
}

static bool says_u32(uint32_t area, uint32_t sub)
{
	ck_assert_result(get_u32(area, sub), 0);
	return read_bool();
}

static bool says_u16(uint32_t area, unsigned int sub)
{
	ck_assert_result(get_u16(area, sub), 0);
	return read_bool();
}

static bool implements(uint32_t ordinal)
{
	return says_u32(TPM_CAP_ORD, ordinal);
}

#define ck_assert_answer(a, ...)                                \
	do {                                                    \
		static const uint8_t want_[] = { __VA_ARGS__ }; \
		const struct answer got_ = (a);                 \
                                                                \
		ck_assert_uint_eq(got_.len, sizeof(want_));     \
		ck_assert_mem_eq(got_.p, want_, sizeof(want_)); \
	} while (0)

/* ---- The areas as such ---- */

START_TEST(areas_that_are_none)
{
	static const uint32_t areas[] = { 0,	      0x0a,	 0x0b, 0x0e,
					  0x0f,	      0x10,	 0x13, 0x16,
					  0x1b,	      0x1c,	 0x20, 0x100,
					  0x80000000, 0xffffffff };

	for (size_t i = 0; i < sizeof(areas) / sizeof(*areas); i++) {
		ck_assert_result(get_u32(areas[i], 0), TPM_BAD_MODE);
		ck_assert_result(call_get_capability(m, areas[i], NULL, 0),
				 TPM_BAD_MODE);
	}
}
END_TEST

static const struct {
	uint32_t area;
	size_t size;
} sizes[] = {
	{ TPM_CAP_ORD, 4 },	      { TPM_CAP_ALG, 4 },
	{ TPM_CAP_PID, 2 },	      { TPM_CAP_FLAG, 4 },
	{ TPM_CAP_PROPERTY, 4 },      { TPM_CAP_SYM_MODE, 4 },
	{ TPM_CAP_KEY_STATUS, 4 },    { TPM_CAP_NV_INDEX, 4 },
	{ TPM_CAP_TRANS_ALG, 4 },     { TPM_CAP_HANDLE, 4 },
	{ TPM_CAP_TRANS_ES, 2 },      { TPM_CAP_AUTH_ENCRYPT, 4 },
	{ TPM_CAP_SELECT_SIZE, 4 },   { TPM_CAP_DA_LOGIC, 2 },
	{ TPM_CAP_CHECK_LOADED, 24 },
};

START_TEST(a_subcap_of_another_size)
{
	static const uint8_t sub[40];

	for (size_t n = 0; n < sizeof(sub); n++) {
		if (n == sizes[_i].size)
			continue;
		/* Empty parameters of an unknown algorithm are well formed. */
		if (sizes[_i].area == TPM_CAP_CHECK_LOADED && n == 12)
			continue;
		ck_assert_result(call_get_capability(m, sizes[_i].area, sub, n),
				 TPM_BAD_MODE);
	}
}
END_TEST

START_TEST(areas_that_have_no_subcap_ignore_it)
{
	static const uint32_t areas[] = { TPM_CAP_VERSION, TPM_CAP_VERSION_VAL,
					  TPM_CAP_KEY_HANDLE, TPM_CAP_NV_LIST };
	static const uint8_t sub[40];

	for (size_t n = 0; n < sizeof(sub); n++)
		ck_assert_result(call_get_capability(m, areas[_i], sub, n), 0);
}
END_TEST

START_TEST(it_answers_in_every_state)
{
	static void (*const states[])(struct machine * m) = {
		setup_failed,
		setup_disabled,
		setup_deactivated,
		setup_locked_out,
	};

	states[_i](m);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_PCR), 24);
}
END_TEST

/* What Linux asks first, and takes as the sign that it must start the TPM. */
START_TEST(but_not_before_startup)
{
	machine_power_cycle(m);
	ck_assert_result(get_u32(TPM_CAP_PROPERTY, TPM_CAP_PROP_TIS_TIMEOUT),
			 TPM_INVALID_POSTINIT);
}
END_TEST

/* ---- TPM_CAP_ORD, _ALG, _PID ---- */

START_TEST(ordinals_that_are_executed)
{
	static const uint32_t bare[] = { ORD_OIAP, ORD_SelfTestFull,
					 ORD_GetTestResult };

	for (size_t i = 0; i < sizeof(bare) / sizeof(*bare); i++) {
		ck_assert(implements(bare[i]));
		ck_assert_result(call(m, bare[i]), 0);
	}
	ck_assert(implements(ORD_PhysicalPresence));
}
END_TEST

/* What is executed or not is what is told; a request of its header tells. */
START_TEST(all_ordinals_are_told_truly)
{
	for (uint32_t n = 0; n < 0x200; n++) {
		const uint32_t result = call(m, n);

		ck_assert_int_eq(implements(n), result != TPM_BAD_ORDINAL);
	}
	ck_assert(!implements(0x20000016));
	ck_assert(!implements(0x40000000));
	ck_assert(!implements(0xffffffff));
}
END_TEST

START_TEST(algorithms)
{
	static const uint32_t known[] = { TPM_ALG_RSA,	TPM_ALG_SHA,
					  TPM_ALG_HMAC, TPM_ALG_AES128,
					  TPM_ALG_MGF1, TPM_ALG_XOR };

	for (uint32_t alg = 0; alg < 0x100; alg++) {
		bool want = false;

		for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
			want = want || known[i] == alg;
		ck_assert_int_eq(says_u32(TPM_CAP_ALG, alg), want);
	}
	ck_assert(!says_u32(TPM_CAP_ALG, 0x10001));
}
END_TEST

START_TEST(a_protocol_is_there_with_the_command_that_begins_it)
{
	static const struct {
		unsigned int pid;
		uint32_t ordinal;
	} pids[] = {
		{ TPM_PID_OIAP, ORD_OIAP },
		{ TPM_PID_OSAP, ORD_OSAP },
		{ TPM_PID_ADIP, ORD_OSAP },
		{ TPM_PID_ADCP, ORD_ChangeAuth },
		{ TPM_PID_OWNER, ORD_TakeOwnership },
		{ TPM_PID_DSAP, ORD_DSAP },
		{ TPM_PID_TRANSPORT, ORD_EstablishTransport },
	};

	for (size_t i = 0; i < sizeof(pids) / sizeof(*pids); i++)
		ck_assert_int_eq(says_u16(TPM_CAP_PID, pids[i].pid),
				 implements(pids[i].ordinal));
	ck_assert(!says_u16(TPM_CAP_PID, 0));
	ck_assert(!says_u16(TPM_CAP_PID, 8));
	ck_assert(!says_u16(TPM_CAP_PID, 0xffff));
}
END_TEST

/* ---- TPM_CAP_FLAG ---- */

/* Bytes 2, 3 and 4 are what Linux shows as enabled, owned ... in sysfs. */
START_TEST(permanent_flags_of_a_new_tpm)
{
	ck_assert_answer(
		must_get_u32(TPM_CAP_FLAG, 0x108), 0x00, 0x1f, 0 /* disable */,
		1 /* ownership */, 0 /* deactivated */, 1 /* readPubek */,
		0 /* disableOwnerClear */, 1 /* allowMaintenance */,
		0 /* physicalPresenceLifetimeLock */,
		0 /* physicalPresenceHWEnable */,
		0 /* physicalPresenceCMDEnable */, 0 /* CEKPUsed */,
		0 /* TPMpost */, 0 /* TPMpostLock */, 0 /* FIPS */,
		0 /* operator */, 0 /* enableRevokeEK */, 0 /* nvLocked */,
		0 /* readSRKPub */, 0 /* tpmEstablished */,
		0 /* maintenanceDone */, 0 /* disableFullDALogicInfo */);
}
END_TEST

START_TEST(volatile_flags_of_a_new_tpm)
{
	ck_assert_answer(must_get_u32(TPM_CAP_FLAG, 0x109), 0x00, 0x20,
			 0 /* deactivated */, 0 /* disableForceClear */,
			 0 /* physicalPresence */, 0 /* physicalPresenceLock */,
			 0 /* bGlobalLock */);
}
END_TEST

START_TEST(each_flag_at_its_place)
{
	setup_presence(m);
	ck_assert_result(call(m, ORD_PhysicalDisable), 0);
	ck_assert(must_get_u32(TPM_CAP_FLAG, 0x108).p[2]);
	ck_assert(must_get_u32(TPM_CAP_FLAG, 0x108).p[9]);
	ck_assert_result(call(m, ORD_PhysicalEnable), 0);
	ck_assert_result(call_u8(m, ORD_PhysicalSetDeactivated, 1), 0);
	ck_assert(must_get_u32(TPM_CAP_FLAG, 0x108).p[4]);
	ck_assert(!must_get_u32(TPM_CAP_FLAG, 0x109).p[2]);
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_CLEAR), 0);
	ck_assert(must_get_u32(TPM_CAP_FLAG, 0x109).p[2]);
}
END_TEST

START_TEST(flags_that_are_none)
{
	static const uint32_t none[] = { 0, 1, 0x107, 0x10a, 0xffffffff };

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		ck_assert_result(get_u32(TPM_CAP_FLAG, none[i]), TPM_BAD_MODE);
}
END_TEST

/* ---- TPM_CAP_PROPERTY ---- */

static const struct {
	uint32_t id;
	uint32_t value;
} numbers[] = {
	{ 0x101, 24 },	       /* PCR */
	{ 0x102, 1 },	       /* DIR */
	{ 0x103, 0x58454e56 }, /* MANUFACTURER: "XENV" */
	{ 0x104, 20 },	       /* KEYS */
	{ 0x107, 0 },	       /* MIN_COUNTER */
	{ 0x10a, 16 },	       /* AUTHSESS */
	{ 0x10b, 10 },	       /* TRANSESS */
	{ 0x10c, 8 },	       /* COUNTERS */
	{ 0x10d, 16 },	       /* MAX_AUTHSESS */
	{ 0x10e, 10 },	       /* MAX_TRANSESS */
	{ 0x10f, 8 },	       /* MAX_COUNTERS */
	{ 0x110, 20 },	       /* MAX_KEYS */
	{ 0x112, 128 },	       /* CONTEXT */
	{ 0x113, 128 },	       /* MAX_CONTEXT */
	{ 0x114, 16 },	       /* FAMILYROWS */
	{ 0x117, 4 },	       /* DELEGATE_ROW */
	{ 0x119, 2 },	       /* MAX_DAASESS */
	{ 0x11a, 2 },	       /* DAASESS */
	{ 0x11b, 0xffffffff }, /* CONTEXT_DIST */
	{ 0x11d, 26 },	       /* SESSIONS */
	{ 0x11e, 26 },	       /* MAX_SESSIONS */
	{ 0x11f, 0 },	       /* CMK_RESTRICTION */
	{ 0x122, 0xffffffff }, /* ACTIVE_COUNTER */
	{ 0x124, 4088 },       /* INPUT_BUFFER */
};

START_TEST(numbers_of_a_new_tpm)
{
	ck_assert_uint_eq(property(m, numbers[_i].id), numbers[_i].value);
}
END_TEST

START_TEST(open_sessions_are_counted)
{
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_AUTHSESS), 15);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_SESSIONS), 25);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_MAX_AUTHSESS), 16);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_MAX_SESSIONS), 26);
}
END_TEST

/* As Part 2 orders the bits: none but what is true of this TPM. */
START_TEST(startup_effects)
{
	const uint32_t effects = property(m, TPM_CAP_PROP_STARTUP_EFFECT);

	ck_assert_uint_eq(effects & ~0x1ffu, 0);
	/* Keys can be saved; the audit digest ends with some starts. */
	ck_assert(!(effects & TPM_STARTUP_EFFECTS_ST_ANY_RT_KEY));
	ck_assert(effects & TPM_STARTUP_EFFECTS_ST_CLEAR_AUDITDIGEST);
}
END_TEST

START_TEST(whether_there_is_an_owner)
{
	ck_assert_answer(must_get_u32(TPM_CAP_PROPERTY, 0x111), 0);
	setup_owner(m);
	ck_assert_answer(must_get_u32(TPM_CAP_PROPERTY, 0x111), 1);
}
END_TEST

START_TEST(daa_can_be_interrupted)
{
	ck_assert_answer(must_get_u32(TPM_CAP_PROPERTY, 0x11c), 1);
}
END_TEST

/* Microseconds; what is below 10 ms Linux takes for milliseconds. */
START_TEST(timeouts_and_durations_in_microseconds)
{
	/* 30 s, four times */
	ck_assert_answer(must_get_u32(TPM_CAP_PROPERTY, 0x115), 0x01, 0xc9,
			 0xc3, 0x80, 0x01, 0xc9, 0xc3, 0x80, 0x01, 0xc9, 0xc3,
			 0x80, 0x01, 0xc9, 0xc3, 0x80);
	/* 50 s, 100 s, 300 s */
	ck_assert_answer(must_get_u32(TPM_CAP_PROPERTY, 0x120), 0x02, 0xfa,
			 0xf0, 0x80, 0x05, 0xf5, 0xe1, 0x00, 0x11, 0xe1, 0xa3,
			 0x00);
}
END_TEST

START_TEST(room_for_non_volatile_storage)
{
	/* More than any hardware has, and less than the state may have. */
	ck_assert_uint_ge(property(m, TPM_CAP_PROP_MAX_NV_AVAILABLE), 28666);
	ck_assert_uint_lt(property(m, TPM_CAP_PROP_MAX_NV_AVAILABLE), 65536);
}
END_TEST

START_TEST(properties_that_are_none)
{
	static const uint32_t none[] = { 0,	0x100, 0x105,	  0x106,
					 0x108, 0x109, 0x118,	  0x121,
					 0x125, 0x200, 0xffffffff };

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		ck_assert_result(get_u32(TPM_CAP_PROPERTY, none[i]),
				 TPM_BAD_MODE);
}
END_TEST

/* ---- Versions ---- */

/* "Fixed at 1.1": it is the version of structures. */
START_TEST(version)
{
	ck_assert_result(call_get_capability(m, TPM_CAP_VERSION, NULL, 0), 0);
	ck_assert_answer(read_answer(), 1, 1, 0, 0);
}
END_TEST

START_TEST(version_val)
{
	ck_assert_result(call_get_capability(m, TPM_CAP_VERSION_VAL, NULL, 0),
			 0);
	ck_assert_answer(read_answer(), 0x00, 0x30, 1, 2, 0, 1, 0x00, 0x02, 3,
			 'X', 'E', 'N', 'V', 0x00, 0x00);
}
END_TEST

/* ---- Keys and handles ---- */

START_TEST(handles_of_what_is_not_there)
{
	static const uint32_t types[] = { TPM_RT_KEY,	  TPM_RT_AUTH,
					  TPM_RT_TRANS,	  TPM_RT_COUNTER,
					  TPM_RT_CONTEXT, TPM_RT_DAA_TPM };

	ck_assert_answer(must_get_u32(TPM_CAP_HANDLE, types[_i]), 0, 0);
}
END_TEST

START_TEST(key_handles)
{
	ck_assert_result(call_get_capability(m, TPM_CAP_KEY_HANDLE, NULL, 0),
			 0);
	ck_assert_answer(read_answer(), 0, 0);
}
END_TEST

/* Both areas tell of the same; the SRK is not loaded, it is there. */
START_TEST(handles_of_keys)
{
	const uint32_t keys[] = { setup_owner_and_key(m, &kind_signing),
				  make_key(m, &kind_bind),
				  make_key(m, &kind_legacy) };
	struct answer a;

	ck_assert_result(call_evict_key(m, keys[1]), 0);
	if (_i) {
		a = must_get_u32(TPM_CAP_HANDLE, TPM_RT_KEY);
	} else {
		ck_assert_result(
			call_get_capability(m, TPM_CAP_KEY_HANDLE, NULL, 0),
			0);
		a = read_answer();
	}
	ck_assert_uint_eq(a.len, 10);
	ck_assert_mem_eq(a.p, "\0\2", 2);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_uint_eq(a.p[2 + i], keys[0] >> (24 - 8 * i) & 0xff);
		ck_assert_uint_eq(a.p[6 + i], keys[2] >> (24 - 8 * i) & 0xff);
	}
}
END_TEST

/* TPM_KEY_HANDLE_LIST: the number, then so many. */
START_TEST(handles_of_sessions)
{
	struct tss_session s[3];
	struct answer a;

	for (size_t i = 0; i < 3; i++)
		ck_assert_result(tss_oiap(&m->tss, &s[i]), 0);
	ck_assert_result(call_flush(m, s[1].handle, TPM_RT_AUTH), 0);
	a = must_get_u32(TPM_CAP_HANDLE, TPM_RT_AUTH);
	ck_assert_uint_eq(a.len, 10);
	ck_assert_uint_eq(a.p[0], 0);
	ck_assert_uint_eq(a.p[1], 2);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_uint_eq(a.p[2 + i],
				  s[0].handle >> (24 - 8 * i) & 0xff);
		ck_assert_uint_eq(a.p[6 + i],
				  s[2].handle >> (24 - 8 * i) & 0xff);
	}
}
END_TEST

START_TEST(handles_of_a_full_table)
{
	struct tss_session s;

	for (unsigned int i = 0; i < 16; i++)
		ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_uint_eq(must_get_u32(TPM_CAP_HANDLE, TPM_RT_AUTH).len,
			  2 + 16 * 4);
}
END_TEST

START_TEST(handles_of_types_without)
{
	static const uint32_t types[] = { 0, TPM_RT_HASH, TPM_RT_DELEGATE, 0x0b,
					  0xffffffff };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		ck_assert_result(get_u32(TPM_CAP_HANDLE, types[i]),
				 TPM_BAD_MODE);
}
END_TEST

static const struct {
	uint32_t algorithm;
	uint32_t bits;
	uint32_t primes;
	bool loadable;
} keys[] = {
	{ TPM_ALG_RSA, 512, 2, true },	   { TPM_ALG_RSA, 1024, 2, true },
	{ TPM_ALG_RSA, 2048, 2, true },	   { TPM_ALG_RSA, 768, 2, false },
	{ TPM_ALG_RSA, 4096, 2, false },   { TPM_ALG_RSA, 0, 2, false },
	{ TPM_ALG_RSA, 2048, 3, false },   { TPM_ALG_RSA, 2048, 0, false },
	{ TPM_ALG_AES128, 128, 2, false }, { TPM_ALG_SHA, 2048, 2, false },
};

START_TEST(whether_a_key_could_be_loaded)
{
	struct tss_command sub;

	tss_begin(&sub, 0);
	tss_put_u32(&sub, keys[_i].algorithm);
	tss_put_u16(&sub, TPM_ES_NONE);
	tss_put_u16(&sub, TPM_SS_RSASSAPKCS1v15_SHA1);
	tss_put_u32(&sub, 12);
	tss_put_u32(&sub, keys[_i].bits);
	tss_put_u32(&sub, keys[_i].primes);
	tss_put_u32(&sub, 0);
	ck_assert_result(call_get_capability(m, TPM_CAP_CHECK_LOADED,
					     sub.params, sub.len),
			 0);
	ck_assert_int_eq(read_bool(), keys[_i].loadable);
}
END_TEST

START_TEST(no_key_could_be_loaded_into_full_slots)
{
	static const uint8_t rsa[] = { 0, 0, 0, 1, 0, 1, 0, 2, 0, 0, 0, 12,
				       0, 0, 8, 0, 0, 0, 0, 2, 0, 0, 0, 0 };

	setup_owner(m);
	for (uint32_t n = property(m, TPM_CAP_PROP_MAX_KEYS); n; n--) {
		ck_assert_result(call_get_capability(m, TPM_CAP_CHECK_LOADED,
						     rsa, sizeof(rsa)),
				 0);
		ck_assert(read_bool());
		(void)make_key(m, &kind_signing);
	}
	ck_assert_result(call_get_capability(m, TPM_CAP_CHECK_LOADED, rsa,
					     sizeof(rsa)),
			 0);
	ck_assert(!read_bool());
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_KEYS), 0);
}
END_TEST

START_TEST(parameters_of_a_key_that_are_cut_off)
{
	static const uint8_t rsa[] = { 0, 0, 0, 1, 0, 1, 0, 2,
				       0, 0, 0, 4, 0, 0, 8, 0 };

	ck_assert_result(
		call_get_capability(m, TPM_CAP_CHECK_LOADED, rsa, sizeof(rsa)),
		0);
	ck_assert(!read_bool());
}
END_TEST

START_TEST(status_of_a_key_that_is_not_there)
{
	static const uint32_t handles[] = { 0, 1, 0x01000000, TPM_KH_SRK,
					    0xffffffff };

	setup_owner(m);
	for (size_t i = 0; i < sizeof(handles) / sizeof(*handles); i++)
		ck_assert_result(get_u32(TPM_CAP_KEY_STATUS, handles[i]),
				 TPM_INVALID_KEYHANDLE);
}
END_TEST

/* ---- Non-volatile storage ---- */

START_TEST(an_area_that_is_not_there)
{
	static const uint32_t none[] = { 1, 0x00011200, 0x1000f000,
					 0xfffffffe };

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		ck_assert_result(get_u32(TPM_CAP_NV_INDEX, none[i]),
				 TPM_BADINDEX);
}
END_TEST

/* ---- Schemes ---- */

START_TEST(no_symmetric_modes)
{
	for (uint32_t mode = 0; mode < 8; mode++)
		ck_assert(!says_u32(TPM_CAP_SYM_MODE, mode));
}
END_TEST

START_TEST(transport_sessions_that_there_are)
{
	const bool there = implements(ORD_EstablishTransport);

	for (uint32_t alg = 0; alg < 16; alg++)
		ck_assert_int_eq(says_u32(TPM_CAP_TRANS_ALG, alg),
				 there && (alg == TPM_ALG_MGF1 ||
					   alg == TPM_ALG_AES128));
	for (unsigned int es = 0; es < 16; es++)
		ck_assert_int_eq(says_u16(TPM_CAP_TRANS_ES, es),
				 there && (es == TPM_ES_SYM_CTR ||
					   es == TPM_ES_SYM_OFB));
}
END_TEST

START_TEST(encryption_of_secrets)
{
	for (uint32_t alg = 0; alg < 16; alg++)
		ck_assert_int_eq(says_u32(TPM_CAP_AUTH_ENCRYPT, alg),
				 alg == TPM_ALG_XOR || alg == TPM_ALG_AES128);
}
END_TEST

static const struct {
	uint8_t sub[4];
	bool fits;
} selects[] = {
	{ { 1, 1, 0, 0 }, true },	 { { 1, 1, 0, 2 }, true },
	{ { 1, 2, 0, 3 }, true },	 { { 1, 2, 0, 4 }, false },
	{ { 1, 2, 0xff, 0xff }, false }, { { 1, 3, 0, 2 }, false },
	{ { 2, 0, 0, 2 }, false },	 { { 1, 0, 0, 2 }, false },
};

START_TEST(sizes_of_selections)
{
	ck_assert_result(call_get_capability(m, TPM_CAP_SELECT_SIZE,
					     selects[_i].sub,
					     sizeof(selects[_i].sub)),
			 0);
	ck_assert_int_eq(read_bool(), selects[_i].fits);
}
END_TEST

/* ---- Dictionary attacks ---- */

START_TEST(defence_at_rest)
{
	ck_assert_result(get_u16(TPM_CAP_DA_LOGIC, TPM_ET_SRK), 0);
	ck_assert_answer(read_answer(), 0x00, 0x37, 0 /* inactive */, 0,
			 0 /* failures */, 0, 5 /* are borne */, 0x00, 0x39, 0,
			 0, 0, 1 /* timeout */, 0, 0, 0, 0 /* seconds */, 0, 0,
			 0, 0);
}
END_TEST

START_TEST(defence_in_action)
{
	setup_locked_out(m);
	ck_assert_result(get_u16(TPM_CAP_DA_LOGIC, TPM_ET_OWNER), 0);
	ck_assert_answer(read_answer(), 0x00, 0x37, 1 /* active */, 0, 10, 0, 5,
			 0x00, 0x39, 0, 0, 0, 1, 0, 0, 0, 60 /* seconds */, 0,
			 0, 0, 0);
	m->clock_us += 59999999;
	ck_assert_result(get_u16(TPM_CAP_DA_LOGIC, TPM_ET_OWNER), 0);
	ck_assert_uint_eq(read_answer().p[16], 1);
	m->clock_us++;
	ck_assert_result(get_u16(TPM_CAP_DA_LOGIC, TPM_ET_OWNER), 0);
	ck_assert_uint_eq(read_answer().p[2], 0);
}
END_TEST

START_TEST(defence_that_keeps_its_numbers_to_itself)
{
	setup_secret_lockout(m);
	ck_assert_result(get_u16(TPM_CAP_DA_LOGIC, TPM_ET_SRK), 0);
	ck_assert_answer(read_answer(), 0x00, 0x38, 0, 0x00, 0x39, 0, 0, 0, 1,
			 0, 0, 0, 0);
	setup_locked_out(m);
	ck_assert_result(get_u16(TPM_CAP_DA_LOGIC, TPM_ET_SRK), 0);
	ck_assert_uint_eq(read_answer().p[2], 1);
}
END_TEST

/* ---- */

#define N(table) ((int)(sizeof(table) / sizeof(*(table))))

static void add_areas(Suite *s)
{
	TCase *t = section(s, "7.1 TPM_GetCapability");

	tcase_add_test(t, areas_that_are_none);
	tcase_add_loop_test(t, a_subcap_of_another_size, 0, N(sizes));
	tcase_add_loop_test(t, areas_that_have_no_subcap_ignore_it, 0, 4);
	tcase_add_loop_test(t, it_answers_in_every_state, 0, 4);
	tcase_add_test(t, but_not_before_startup);
	t = section(s, "7.1 TPM_CAP_ORD, _ALG, _PID");
	tcase_add_test(t, ordinals_that_are_executed);
	tcase_add_test(t, all_ordinals_are_told_truly);
	tcase_add_test(t, algorithms);
	tcase_add_test(t, a_protocol_is_there_with_the_command_that_begins_it);
	t = section(s, "7.1 TPM_CAP_FLAG");
	tcase_add_test(t, permanent_flags_of_a_new_tpm);
	tcase_add_test(t, volatile_flags_of_a_new_tpm);
	tcase_add_test(t, each_flag_at_its_place);
	tcase_add_test(t, flags_that_are_none);
}

static void add_properties(Suite *s)
{
	TCase *t = section(s, "7.1 TPM_CAP_PROPERTY");

	tcase_add_loop_test(t, numbers_of_a_new_tpm, 0, N(numbers));
	tcase_add_test(t, open_sessions_are_counted);
	tcase_add_test(t, startup_effects);
	tcase_add_test(t, whether_there_is_an_owner);
	tcase_add_test(t, daa_can_be_interrupted);
	tcase_add_test(t, timeouts_and_durations_in_microseconds);
	tcase_add_test(t, room_for_non_volatile_storage);
	tcase_add_test(t, properties_that_are_none);
	t = section(s, "7.1 TPM_CAP_VERSION, _VERSION_VAL");
	tcase_add_test(t, version);
	tcase_add_test(t, version_val);
}

static void add_things(Suite *s)
{
	TCase *t = section(s, "7.1 keys, handles, areas");

	tcase_add_loop_test(t, handles_of_what_is_not_there, 0, 6);
	tcase_add_test(t, key_handles);
	tcase_add_loop_test(t, handles_of_keys, 0, 2);
	tcase_add_test(t, handles_of_sessions);
	tcase_add_test(t, handles_of_a_full_table);
	tcase_add_test(t, handles_of_types_without);
	tcase_add_loop_test(t, whether_a_key_could_be_loaded, 0, N(keys));
	tcase_add_test(t, parameters_of_a_key_that_are_cut_off);
	tcase_add_test(t, no_key_could_be_loaded_into_full_slots);
	tcase_add_test(t, status_of_a_key_that_is_not_there);
	tcase_add_test(t, an_area_that_is_not_there);
	t = section(s, "7.1 schemes");
	tcase_add_test(t, no_symmetric_modes);
	tcase_add_test(t, transport_sessions_that_there_are);
	tcase_add_test(t, encryption_of_secrets);
	tcase_add_loop_test(t, sizes_of_selections, 0, N(selects));
	t = section(s, "7.1 TPM_CAP_DA_LOGIC");
	tcase_add_test(t, defence_at_rest);
	tcase_add_test(t, defence_in_action);
	tcase_add_test(t, defence_that_keeps_its_numbers_to_itself);
}

int main(void)
{
	Suite *s = suite_create("capability");

	add_areas(s);
	add_properties(s);
	add_things(s);
	return suite_run(s);
}
