/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 20: Non-volatile Storage: writing and reading areas. */
#include "nv_chapter.h"

/* ---- 20.2 TPM_NV_WriteValue ---- */

START_TEST(what_is_written_is_read)
{
	define(INDEX, PP_WRITE, 10);
	ck_assert_result(write(NV_ANYBODY, INDEX, "0123456789"), 0);
	ck_assert_result(nv_write(m, NV_ANYBODY, INDEX, 3, "abc", 3), 0);
	expect_data(NV_ANYBODY, INDEX, "012abc6789");
	ck_assert_result(nv_write(m, NV_ANYBODY, INDEX, 9, "z", 1), 0);
	ck_assert_result(nv_read(m, NV_ANYBODY, INDEX, 6, 4), 0);
	ck_assert_mem_eq(answer(4), "678z", 4);
	ck_assert(is_stored(m));
	machine_reboot(m);
	expect_data(NV_ANYBODY, INDEX, "012abc678z");
}
END_TEST

START_TEST(the_same_again_is_not_stored)
{
	unsigned int stores;

	define(INDEX, PP_WRITE, 4);
	ck_assert_result(write(NV_ANYBODY, INDEX, "same"), 0);
	stores = m->stores;
	ck_assert_result(write(NV_ANYBODY, INDEX, "same"), 0);
	ck_assert_uint_eq(m->stores, stores);
}
END_TEST

/* Beyond its end, also where the sum is no UINT32 any more. */
static const struct {
	uint32_t offset;
	uint32_t size;
} outside[] = {
	{ 0, 11 }, { 1, 10 },	      { 9, 2 },		 { 10, 1 },
	{ 11, 1 }, { 0xffffffff, 1 }, { 0xfffffff8, 9 }, { 0x80000000, 10 },
};

#define N_OUTSIDE ((int)(sizeof(outside) / sizeof(*outside)))

START_TEST(writes_beyond_the_end)
{
	static const uint8_t data[16];
	const enum nv_who who = _i & 1 ? NV_AREA : NV_ANYBODY;

	setup_owner(m);
	define(INDEX, who == NV_AREA ? AREA_BOTH : PP_WRITE, 10);
	ck_assert_result(nv_write(m, who, INDEX, outside[_i / 2].offset, data,
				  outside[_i / 2].size),
			 TPM_NOSPACE);
	expect_ones(who, INDEX, 10);
}
END_TEST

START_TEST(all_or_nothing)
{
	const enum nv_who who = _i ? NV_AREA : NV_ANYBODY;

	setup_owner(m);
	define(INDEX, (_i ? AREA_BOTH : PP_WRITE) | TPM_NV_PER_WRITEALL, 4);
	ck_assert_result(write(who, INDEX, "abc"), TPM_NOT_FULLWRITE);
	ck_assert_result(nv_write(m, who, INDEX, 1, "abc", 3),
			 TPM_NOT_FULLWRITE);
	ck_assert_result(write(who, INDEX, "abcd"), 0);
	expect_data(who, INDEX, "abcd");
}
END_TEST

START_TEST(an_area_that_is_not_there)
{
	static const uint32_t indices[] = { 1, INDEX, TPM_NV_INDEX_LOCK,
					    TPM_NV_INDEX_TRIAL };

	setup_owner(m);
	for (size_t i = 0; i < sizeof(indices) / sizeof(*indices); i++)
		for (unsigned int who = 0; who < 3; who++) {
			ck_assert_result(write(who, indices[i], "x"),
					 TPM_BADINDEX);
			ck_assert_result(read(who, indices[i]), TPM_BADINDEX);
		}
}
END_TEST

/*
 * Who may write and who may read what, before and after the lock: nobody,
 * the owner, who has the area's secret.
 */
START_TEST(who_may_use_an_area)
{
	static const struct {
		uint32_t permission;
		uint32_t write[3], read[3]; /* unlocked */
		uint32_t locked_write[3], locked_read[3];
	} cases[] = {
#define NO TPM_AUTH_CONFLICT
		{ PP_WRITE,
		  { 0, NO, NO },
		  { 0, NO, NO },
		  { 0, NO, NO },
		  { 0, NO, NO } },
		{ OWNER_BOTH,
		  { 0, 0, NO },
		  { 0, 0, NO },
		  { NO, 0, NO },
		  { NO, 0, NO } },
		{ AREA_BOTH,
		  { NO, NO, 0 },
		  { NO, NO, 0 },
		  { NO, NO, 0 },
		  { NO, NO, 0 } },
		{ TPM_NV_PER_OWNERWRITE,
		  { 0, 0, NO },
		  { 0, NO, NO },
		  { NO, 0, NO },
		  { 0, NO, NO } },
		{ TPM_NV_PER_AUTHREAD | PP_WRITE,
		  { 0, NO, NO },
		  { NO, NO, 0 },
		  { 0, NO, NO },
		  { NO, NO, 0 } },
#undef NO
	};

	setup_owner(m);
	setup_presence(m);
	define(INDEX, cases[_i].permission, 1);
	for (unsigned int who = 0; who < 3; who++) {
		ck_assert_result(write(who, INDEX, "x"), cases[_i].write[who]);
		ck_assert_result(read(who, INDEX), cases[_i].read[who]);
	}
	lock();
	for (unsigned int who = 0; who < 3; who++) {
		ck_assert_result(write(who, INDEX, "x"),
				 cases[_i].locked_write[who]);
		ck_assert_result(read(who, INDEX), cases[_i].locked_read[who]);
	}
}
END_TEST

/* Runs it in a session of somebody's who does not know the secret. */
static uint32_t as_a_stranger(uint32_t ordinal)
{
	struct tss_command c;
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	tss_begin(&c, ordinal);
	tss_put_u32(&c, INDEX);
	tss_put_u32(&c, 0);
	if (ordinal == ORD_NV_WriteValue || ordinal == ORD_NV_WriteValueAuth)
		tss_put_blob(&c, "x", 1);
	else
		tss_put_u32(&c, 1);
	tss_use(&c, &s, &secret_wrong, true);
	return machine_run(m, &c);
}

START_TEST(a_wrong_secret)
{
	setup_owner(m);
	define(INDEX, _i & 1 ? AREA_BOTH : OWNER_BOTH, 1);
	if (_i & 2)
		lock();
	ck_assert_result(as_a_stranger(_i & 1 ? ORD_NV_WriteValueAuth
					      : ORD_NV_WriteValue),
			 TPM_AUTHFAIL);
	ck_assert_result(
		as_a_stranger(_i & 1 ? ORD_NV_ReadValueAuth : ORD_NV_ReadValue),
		TPM_AUTHFAIL);
	expect_ones(_i & 1 ? NV_AREA : NV_OWNER, INDEX, 1);
}
END_TEST

/* Nobody is asked to prove anything to an area that has no such secret. */
START_TEST(the_area_is_looked_at_before_the_secret)
{
	setup_owner(m);
	ck_assert_result(as_a_stranger(ORD_NV_WriteValue), TPM_BADINDEX);
	ck_assert_result(as_a_stranger(ORD_NV_ReadValue), TPM_BADINDEX);
	define(INDEX, PP_WRITE, 1);
	ck_assert_result(as_a_stranger(ORD_NV_WriteValue), TPM_AUTH_CONFLICT);
	ck_assert_result(as_a_stranger(ORD_NV_ReadValue), TPM_AUTH_CONFLICT);
}
END_TEST

/* Whose secret would be twenty zeros. */
START_TEST(without_an_owner_nobody_is_he)
{
	struct tss_command c;
	struct tss_session s;

	define(INDEX, OWNER_BOTH, 1);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	tss_begin(&c, ORD_NV_ReadValue);
	tss_put_u32(&c, INDEX);
	tss_put_u32(&c, 0);
	tss_put_u32(&c, 1);
	tss_use(&c, &s, &zeros, true);
	ck_assert_result(machine_run(m, &c), TPM_AUTHFAIL);
}
END_TEST

START_TEST(a_session_for_an_area)
{
	struct tss_command c;
	struct tss_session s;

	setup_owner(m);
	define(INDEX, AREA_BOTH, 4);
	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_NV, INDEX,
				  &secret_nv),
			 0);
	tss_begin(&c, ORD_NV_WriteValueAuth);
	tss_put_u32(&c, INDEX);
	tss_put_u32(&c, 0);
	tss_put_blob(&c, "osap", 4);
	tss_use(&c, &s, &secret_nv, false);
	ck_assert_result(machine_run(m, &c), 0);
	expect_data(NV_AREA, INDEX, "osap");
	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_NV, OTHER,
				  &secret_nv),
			 TPM_BADINDEX);
}
END_TEST

/* Two with the same secret. */
START_TEST(a_session_for_another_area)
{
	struct tss_command c;
	struct tss_session s;

	setup_owner(m);
	define(INDEX, AREA_BOTH, 4);
	define(OTHER, AREA_BOTH, 4);
	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_NV, OTHER,
				  &secret_nv),
			 0);
	tss_begin(&c, ORD_NV_WriteValueAuth);
	tss_put_u32(&c, INDEX);
	tss_put_u32(&c, 0);
	tss_put_blob(&c, "osap", 4);
	tss_use(&c, &s, &secret_nv, false);
	ck_assert_result(machine_run(m, &c), TPM_AUTHFAIL);
}
END_TEST

START_TEST(writing_in_person)
{
	const enum nv_who who = _i ? NV_AREA : NV_ANYBODY;

	setup_owner(m);
	define(INDEX, PP_WRITE | (_i ? TPM_NV_PER_AUTHWRITE : 0), 4);
	if (!_i)
		ck_assert_result(write(who, INDEX, "open"), 0);
	lock();
	ck_assert_result(write(who, INDEX, "away"), TPM_BAD_PRESENCE);
	setup_presence(m);
	ck_assert_result(write(who, INDEX, "here"), 0);
	expect_data(NV_ANYBODY, INDEX, "here");
}
END_TEST

START_TEST(writing_from_a_locality)
{
	const enum nv_who who = _i ? NV_AREA : NV_ANYBODY;
	const struct nv_space space = {
		.index = INDEX,
		.permission = _i ? TPM_NV_PER_AUTHWRITE : 0,
		.size = 4,
		.write = { .not_from = 0x1f & ~(1u << 2 | 1u << 4) },
	};
	static const uint32_t want[] = { TPM_BAD_LOCALITY, TPM_BAD_LOCALITY, 0,
					 TPM_BAD_LOCALITY, 0 };

	setup_owner(m);
	ck_assert_result(nv_define(m, NV_ANYBODY, &space), 0);
	lock();
	for (unsigned int i = 0; i < 5; i++) {
		m->locality = i;
		ck_assert_result(write(who, INDEX, "data"), want[i]);
		ck_assert_result(read(NV_ANYBODY, INDEX), 0);
	}
}
END_TEST

START_TEST(writing_when_registers_say_so)
{
	const enum nv_who who = _i ? NV_AREA : NV_OWNER;
	const struct nv_space space = {
		.index = INDEX,
		.permission = _i ? TPM_NV_PER_AUTHWRITE : TPM_NV_PER_OWNERWRITE,
		.size = 4,
		.write = bound_to_16(),
	};

	setup_owner(m);
	ck_assert_result(nv_define(m, NV_ANYBODY, &space), 0);
	lock();
	ck_assert_result(write(who, INDEX, "good"), 0);
	change_16();
	ck_assert_result(write(who, INDEX, "evil"), TPM_WRONGPCRVAL);
	expect_data(NV_ANYBODY, INDEX, "good");
	ck_assert_result(call_pcr_reset(m, 1u << 16), 0);
	ck_assert_result(write(who, INDEX, "fine"), 0);
}
END_TEST

/* Until it is defined anew. */
START_TEST(written_once)
{
	const enum nv_who who = _i ? NV_AREA : NV_OWNER;
	const struct nv_space space = {
		.index = INDEX,
		.permission =
			TPM_NV_PER_WRITEDEFINE | (_i ? AREA_BOTH : OWNER_BOTH),
		.size = 4,
	};

	setup_owner(m);
	ck_assert_result(nv_define(m, NV_ANYBODY, &space), 0);
	lock();
	ck_assert_result(write(who, INDEX, "once"), 0);
	lock_by_write(who, INDEX);
	ck_assert_uint_eq(flags(INDEX), WRITE_STCLEAR | WRITE_DEFINE);
	ck_assert_result(write(who, INDEX, "more"), TPM_AREA_LOCKED);
	ck_assert_result(nv_write(m, who, INDEX, 0, NULL, 0), TPM_AREA_LOCKED);
	machine_reboot(m);
	ck_assert_result(write(who, INDEX, "more"), TPM_AREA_LOCKED);
	ck_assert_uint_eq(flags(INDEX), WRITE_DEFINE);
	expect_data(who, INDEX, "once");
	ck_assert_result(nv_define(m, NV_OWNER, &space), 0);
	ck_assert_result(write(who, INDEX, "anew"), 0);
}
END_TEST

START_TEST(not_written_until_the_next_start)
{
	const enum nv_who who = _i ? NV_AREA : NV_OWNER;

	setup_owner(m);
	define(INDEX, TPM_NV_PER_WRITE_STCLEAR | (_i ? AREA_BOTH : OWNER_BOTH),
	       4);
	lock();
	lock_by_write(who, INDEX);
	ck_assert_result(write(who, INDEX, "more"), TPM_AREA_LOCKED);
	machine_take_over(m);
	ck_assert_result(write(who, INDEX, "more"), TPM_AREA_LOCKED);
	machine_reboot(m);
	ck_assert_result(write(who, INDEX, "anew"), 0);
}
END_TEST

START_TEST(not_written_until_the_next_start_by_a_global_lock)
{
	const enum nv_who who = _i ? NV_AREA : NV_OWNER;

	setup_owner(m);
	define(INDEX, TPM_NV_PER_GLOBALLOCK | (_i ? AREA_BOTH : OWNER_BOTH), 4);
	define(OTHER, _i ? AREA_BOTH : OWNER_BOTH, 4);
	lock();
	lock_globally();
	ck_assert(stclear_flag(m, SF_GLOBAL_LOCK));
	ck_assert_result(write(who, INDEX, "more"), TPM_AREA_LOCKED);
	ck_assert_result(write(who, OTHER, "free"), 0);
	machine_reboot(m);
	ck_assert(!stclear_flag(m, SF_GLOBAL_LOCK));
	ck_assert_result(write(who, INDEX, "anew"), 0);
}
END_TEST

/* TPM_SaveState keeps all three. */
START_TEST(locks_survive_a_suspend)
{
	static const uint32_t bits =
		TPM_NV_PER_WRITE_STCLEAR | TPM_NV_PER_READ_STCLEAR;

	setup_presence(m);
	define(INDEX, PP_WRITE | bits, 4);
	define(OTHER, PP_WRITE | TPM_NV_PER_GLOBALLOCK, 4);
	lock();
	lock_globally();
	lock_by_write(NV_ANYBODY, INDEX);
	lock_by_read(NV_ANYBODY, INDEX);
	ck_assert_result(call(m, ORD_SaveState), 0);
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), 0);
	ck_assert_result(write(NV_ANYBODY, INDEX, "more"), TPM_AREA_LOCKED);
	ck_assert_result(write(NV_ANYBODY, OTHER, "more"), TPM_AREA_LOCKED);
	ck_assert_result(read(NV_ANYBODY, INDEX), TPM_DISABLED_CMD);
}
END_TEST

START_TEST(no_lock_holds_before_the_lock)
{
	const struct nv_space space = {
		.index = INDEX,
		.permission = OWNER_BOTH | PP_WRITE | TPM_NV_PER_PPREAD |
			      TPM_NV_PER_WRITEDEFINE | TPM_NV_PER_GLOBALLOCK |
			      TPM_NV_PER_WRITE_STCLEAR |
			      TPM_NV_PER_READ_STCLEAR,
		.size = 4,
		.read = { .mask = 1, .not_from = 0x0f, .digest = ones },
		.write = { .mask = 1, .not_from = 0x0f, .digest = ones },
	};

	ck_assert_result(nv_define(m, NV_ANYBODY, &space), 0);
	lock_globally();
	lock_by_write(NV_ANYBODY, INDEX);
	lock_by_read(NV_ANYBODY, INDEX);
	ck_assert_uint_eq(flags(INDEX), 7);
	ck_assert_result(write(NV_ANYBODY, INDEX, "free"), 0);
	expect_data(NV_ANYBODY, INDEX, "free");
}
END_TEST

START_TEST(the_global_lock_is_of_size_0)
{
	ck_assert_result(write(NV_ANYBODY, TPM_NV_INDEX0, "x"), TPM_BADINDEX);
	ck_assert(!stclear_flag(m, SF_GLOBAL_LOCK));
	setup_owner(m);
	lock();
	ck_assert_result(nv_write(m, NV_OWNER, TPM_NV_INDEX0, 0, NULL, 0), 0);
	ck_assert(stclear_flag(m, SF_GLOBAL_LOCK));
	ck_assert_result(read(NV_ANYBODY, TPM_NV_INDEX0), TPM_BADINDEX);
}
END_TEST

START_TEST(a_stranger_does_not_lock_for_the_owner)
{
	struct tss_command c;
	struct tss_session s;

	setup_owner(m);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	tss_begin(&c, ORD_NV_WriteValue);
	tss_put_u32(&c, TPM_NV_INDEX0);
	tss_put_u32(&c, 0);
	tss_put_u32(&c, 0);
	tss_use(&c, &s, &secret_wrong, true);
	ck_assert_result(machine_run(m, &c), TPM_AUTHFAIL);
	ck_assert(!stclear_flag(m, SF_GLOBAL_LOCK));
}
END_TEST

/* What the owner has to do with is off; firmware's areas are not. */
START_TEST(areas_of_a_tpm_that_is_off)
{
	setup_owner(m);
	setup_presence(m);
	define(INDEX, OWNER_BOTH, 4);
	define(OTHER, PP_WRITE, 4);
	lock();
	switch_off(_i);
	ck_assert_result(write(NV_OWNER, INDEX, "data"), off(_i));
	ck_assert_result(read(NV_OWNER, INDEX), off(_i));
	ck_assert_result(write(NV_ANYBODY, OTHER, "data"), 0);
	expect_data(NV_ANYBODY, OTHER, "data");
	ck_assert_result(write(NV_ANYBODY, TPM_NV_INDEX_DIR, "data"), off(_i));
	ck_assert_result(read(NV_ANYBODY, TPM_NV_INDEX_DIR), 0);
}
END_TEST

/* ---- 20.4 TPM_NV_ReadValue, 20.5 TPM_NV_ReadValueAuth ---- */

START_TEST(reads_beyond_the_end)
{
	const enum nv_who who = _i & 1 ? NV_AREA : NV_ANYBODY;

	setup_owner(m);
	define(INDEX, who == NV_AREA ? AREA_BOTH : PP_WRITE, 10);
	ck_assert_result(nv_read(m, who, INDEX, outside[_i / 2].offset,
				 outside[_i / 2].size),
			 TPM_NOSPACE);
}
END_TEST

/* 4088 bytes less the header and the size. */
START_TEST(as_much_as_an_answer_holds)
{
	define(INDEX, PP_WRITE, 5000);
	ck_assert_result(nv_read(m, NV_ANYBODY, INDEX, 0, 4074), 0);
	answer(4074);
	ck_assert_result(nv_read(m, NV_ANYBODY, INDEX, 0, 4075), TPM_SIZE);
	ck_assert_result(nv_read(m, NV_ANYBODY, INDEX, 4999, 1), 0);
}
END_TEST

START_TEST(reading_in_person)
{
	const enum nv_who who = _i ? NV_AREA : NV_ANYBODY;

	setup_owner(m);
	define(INDEX,
	       PP_WRITE | TPM_NV_PER_PPREAD | (_i ? TPM_NV_PER_AUTHREAD : 0),
	       4);
	lock();
	ck_assert_result(read(who, INDEX), TPM_BAD_PRESENCE);
	setup_presence(m);
	ck_assert_result(read(who, INDEX), 0);
}
END_TEST

START_TEST(reading_from_a_locality)
{
	const enum nv_who who = _i ? NV_AREA : NV_ANYBODY;
	const struct nv_space space = {
		.index = INDEX,
		.permission = PP_WRITE | (_i ? TPM_NV_PER_AUTHREAD : 0),
		.size = 4,
		.read = { .not_from = 0x1f & ~(1u << 3) },
	};

	setup_owner(m);
	ck_assert_result(nv_define(m, NV_ANYBODY, &space), 0);
	lock();
	for (unsigned int i = 0; i < 5; i++) {
		m->locality = i;
		ck_assert_result(read(who, INDEX),
				 i == 3 ? 0 : TPM_BAD_LOCALITY);
	}
}
END_TEST

START_TEST(reading_when_registers_say_so)
{
	const enum nv_who who = _i ? NV_AREA : NV_ANYBODY;
	const struct nv_space space = {
		.index = INDEX,
		.permission = PP_WRITE | (_i ? TPM_NV_PER_AUTHREAD : 0),
		.size = 4,
		.read = bound_to_16(),
	};

	setup_owner(m);
	ck_assert_result(nv_define(m, NV_ANYBODY, &space), 0);
	lock();
	ck_assert_result(read(who, INDEX), 0);
	change_16();
	ck_assert_result(read(who, INDEX), TPM_WRONGPCRVAL);
}
END_TEST

START_TEST(not_read_until_the_next_start)
{
	const enum nv_who who = _i ? NV_AREA : NV_OWNER;
	const uint32_t permission = _i ? AREA_BOTH : OWNER_BOTH;

	setup_owner(m);
	define(INDEX, TPM_NV_PER_READ_STCLEAR | permission, 4);
	define(OTHER, permission, 4);
	lock();
	lock_by_read(who, INDEX);
	lock_by_read(who, OTHER);
	ck_assert_uint_eq(flags(INDEX), READ_STCLEAR);
	ck_assert_result(read(who, INDEX), TPM_DISABLED_CMD);
	ck_assert_result(read(who, OTHER), 0);
	ck_assert(is_stored(m));
	machine_take_over(m);
	ck_assert_result(read(who, INDEX), TPM_DISABLED_CMD);
	machine_reboot(m);
	ck_assert_result(read(who, INDEX), 0);
}
END_TEST

/* "Set D1 -> bReadSTClear to FALSE" */
START_TEST(a_write_unlocks_reading)
{
	const enum nv_who who = _i ? NV_AREA : NV_OWNER;

	setup_owner(m);
	define(INDEX, TPM_NV_PER_READ_STCLEAR | (_i ? AREA_BOTH : OWNER_BOTH),
	       4);
	lock();
	lock_by_read(who, INDEX);
	ck_assert_result(write(who, INDEX, "data"), 0);
	expect_data(who, INDEX, "data");
	lock_by_read(who, INDEX);
	/* The same again changes nothing else. */
	ck_assert_result(write(who, INDEX, "data"), 0);
	expect_data(who, INDEX, "data");
}
END_TEST

START_TEST(reading_stores_nothing)
{
	unsigned int stores;

	define(INDEX, PP_WRITE | TPM_NV_PER_READ_STCLEAR, 4);
	lock();
	stores = m->stores;
	expect_ones(NV_ANYBODY, INDEX, 4);
	ck_assert_uint_eq(m->stores, stores);
	lock_by_read(NV_ANYBODY, INDEX);
	ck_assert_uint_eq(m->stores, stores + 1);
}
END_TEST

/* ---- */

/* What is said of both ways to write is a loop of two. */
static void add_write(Suite *s)
{
	TCase *t = section(s, "20.2 TPM_NV_WriteValue, 20.3 ...Auth");

	tcase_add_test(t, what_is_written_is_read);
	tcase_add_test(t, the_same_again_is_not_stored);
	tcase_add_loop_test(t, writes_beyond_the_end, 0, 2 * N_OUTSIDE);
	tcase_add_loop_test(t, all_or_nothing, 0, 2);
	tcase_add_test(t, an_area_that_is_not_there);
	tcase_add_loop_test(t, who_may_use_an_area, 0, 5);
	tcase_add_loop_test(t, a_wrong_secret, 0, 4);
	tcase_add_test(t, the_area_is_looked_at_before_the_secret);
	tcase_add_test(t, without_an_owner_nobody_is_he);
	tcase_add_test(t, a_session_for_an_area);
	tcase_add_test(t, a_session_for_another_area);
	tcase_add_loop_test(t, writing_in_person, 0, 2);
	tcase_add_loop_test(t, writing_from_a_locality, 0, 2);
	tcase_add_loop_test(t, writing_when_registers_say_so, 0, 2);
	tcase_add_loop_test(t, written_once, 0, 2);
	tcase_add_loop_test(t, not_written_until_the_next_start, 0, 2);
	tcase_add_loop_test(
		t, not_written_until_the_next_start_by_a_global_lock, 0, 2);
	tcase_add_test(t, locks_survive_a_suspend);
	tcase_add_test(t, no_lock_holds_before_the_lock);
	tcase_add_test(t, the_global_lock_is_of_size_0);
	tcase_add_test(t, a_stranger_does_not_lock_for_the_owner);
	tcase_add_loop_test(t, areas_of_a_tpm_that_is_off, 0, 2);
}

static void add_read(Suite *s)
{
	TCase *t = section(s, "20.4 TPM_NV_ReadValue, 20.5 ...Auth");

	tcase_add_loop_test(t, reads_beyond_the_end, 0, 2 * N_OUTSIDE);
	tcase_add_test(t, as_much_as_an_answer_holds);
	tcase_add_loop_test(t, reading_in_person, 0, 2);
	tcase_add_loop_test(t, reading_from_a_locality, 0, 2);
	tcase_add_loop_test(t, reading_when_registers_say_so, 0, 2);
	tcase_add_loop_test(t, not_read_until_the_next_start, 0, 2);
	tcase_add_loop_test(t, a_write_unlocks_reading, 0, 2);
	tcase_add_test(t, reading_stores_nothing);
}

int main(void)
{
	Suite *s = suite_create("use of non-volatile storage");

	add_write(s);
	add_read(s);
	return suite_run(s);
}
