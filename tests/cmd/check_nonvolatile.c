/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part 3, section 20: Non-volatile Storage: areas come and go; and the
 * register that is always there.
 */
#include "nv_chapter.h"

/* ---- 20.1 TPM_NV_DefineSpace ---- */

START_TEST(a_new_area_is_all_ones)
{
	define(INDEX, PP_WRITE, 100);
	expect_ones(NV_ANYBODY, INDEX, 100);
	ck_assert(is_stored(m));
	machine_reboot(m);
	expect_ones(NV_ANYBODY, INDEX, 100);
}
END_TEST

/* "The TPM SHALL ignore the bReadSTClear, bWriteSTClear and bWriteDefine" */
START_TEST(an_area_is_told_as_it_was_defined)
{
	const struct nv_space space = {
		.index = INDEX,
		.permission = TPM_NV_PER_PPREAD | TPM_NV_PER_PPWRITE,
		.size = 77,
		.read = { .mask = 0x010203, .not_from = 1, .digest = ones },
		.write = { .mask = 0x800000, .not_from = 2 },
	};
	struct tss_command want;
	const uint8_t *p;
	size_t len;

	ck_assert_result(nv_define(m, NV_ANYBODY, &space), 0);
	tss_begin(&want, 0);
	put_nv_space(&want, &space, false);
	ck_assert_result(get_index(INDEX), 0);
	p = tss_get_blob(&m->answer, &len);
	ck_assert_uint_eq(len, want.len);
	ck_assert_mem_eq(p, want.params, len);
}
END_TEST

START_TEST(areas_are_listed)
{
	static const uint8_t want[] = { 0, 1, 0x12, 0x34, 0, 1, 0x12, 0x35 };

	define(INDEX, PP_WRITE, 10);
	define(OTHER, PP_WRITE, 10);
	ck_assert_result(call_get_capability(m, TPM_CAP_NV_LIST, NULL, 0), 0);
	ck_assert_mem_eq(answer(sizeof(want)), want, sizeof(want));
	define(INDEX, PP_WRITE, 0);
	ck_assert_result(call_get_capability(m, TPM_CAP_NV_LIST, NULL, 0), 0);
	ck_assert_mem_eq(answer(4), want + 4, 4);
	ck_assert_result(get_index(INDEX), TPM_BADINDEX);
}
END_TEST

START_TEST(what_is_said_to_be_available_is)
{
	const uint32_t all = available();

	ck_assert_result(nv_define_plain(m, INDEX, PP_WRITE, all + 1),
			 TPM_NOSPACE);
	ck_assert(!is_defined(INDEX));
	define(INDEX, PP_WRITE, all);
	ck_assert_uint_eq(available(), 0);
	ck_assert_result(nv_define_plain(m, OTHER, PP_WRITE, 1), TPM_NOSPACE);
	define(INDEX, PP_WRITE, 0);
	ck_assert_uint_eq(available(), all);
	define(OTHER, PP_WRITE, 1000);
	ck_assert_uint_lt(available(), all - 1000);
}
END_TEST

START_TEST(sizes_that_no_tpm_has)
{
	static const uint32_t sizes[] = { 0x0000ffff, 0x00010000, 0x7fffffff,
					  0xffffff9f, 0xffffffff };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		ck_assert_result(nv_define_plain(m, INDEX, PP_WRITE, sizes[i]),
				 TPM_NOSPACE);
}
END_TEST

/* As many as there can be, which is what the list must have room for. */
START_TEST(hundreds_of_areas)
{
	uint32_t n = 0;

	setup_owner(m);
	while (!nv_define_plain(m, 0x00011800 + n, PP_WRITE, 1))
		n++;
	ck_assert_uint_gt(n, 500);
	ck_assert_result(call_get_capability(m, TPM_CAP_NV_LIST, NULL, 0), 0);
	answer(n * (size_t)4);
	machine_reboot(m);
	expect_ones(NV_ANYBODY, 0x00011800 + n - 1, 1);
}
END_TEST

START_TEST(locking_is_for_ever)
{
	lock();
	ck_assert(permanent_flag(m, PF_NV_LOCKED));
	ck_assert(is_stored(m));
	lock();
	machine_reboot(m);
	ck_assert(permanent_flag(m, PF_NV_LOCKED));
}
END_TEST

START_TEST(a_lock_has_no_size)
{
	ck_assert_result(nv_define_plain(m, TPM_NV_INDEX_LOCK, 0, 1),
			 TPM_BADINDEX);
	ck_assert(!permanent_flag(m, PF_NV_LOCKED));
}
END_TEST

START_TEST(with_a_session_it_is_no_lock)
{
	static const struct nv_space space = { .index = TPM_NV_INDEX_LOCK,
					       .permission = PP_WRITE };

	setup_owner(m);
	ck_assert_result(nv_define(m, NV_OWNER, &space), TPM_BADINDEX);
	ck_assert(!permanent_flag(m, PF_NV_LOCKED));
}
END_TEST

START_TEST(index_0_is_no_area)
{
	ck_assert_result(nv_define_plain(m, TPM_NV_INDEX0, PP_WRITE, 10),
			 TPM_BADINDEX);
	lock();
	setup_presence(m);
	ck_assert_result(nv_define_plain(m, TPM_NV_INDEX0, PP_WRITE, 10),
			 TPM_BADINDEX);
}
END_TEST

START_TEST(d_areas_are_for_manufacturers)
{
	static const struct nv_space space = { .index = D_INDEX,
					       .permission = PP_WRITE,
					       .size = 9 };

	define(D_INDEX, PP_WRITE, 10);
	lock();
	setup_owner(m);
	ck_assert_result(nv_define(m, NV_OWNER, &space), TPM_BADINDEX);
	ck_assert_result(nv_define_plain(m, D_INDEX, PP_WRITE, 0),
			 TPM_BADINDEX);
	ck_assert(is_defined(D_INDEX));
}
END_TEST

/* Part 2, 19.1: reserved bits, foreign purviews, the register, GPIO pins. */
START_TEST(indices_that_cannot_be_defined)
{
	static const uint32_t indices[] = {
		TPM_NV_INDEX_DIR, 0x01000001, 0x08000001, 0x0f000001,
		0x00020001,	  0x00030001, 0x00050001, 0x00060001,
		0x00ff0001,	  0x00011600, 0x00011680, 0x000116ff,
	};

	for (size_t i = 0; i < sizeof(indices) / sizeof(*indices); i++) {
		ck_assert_result(nv_define_plain(m, indices[i], PP_WRITE, 10),
				 TPM_BADINDEX);
		ck_assert(!is_defined(indices[i]));
	}
}
END_TEST

/* "The TPM MUST accept all values for T, P, and U" */
START_TEST(indices_that_can_be_defined)
{
	static const uint32_t indices[] = {
		0x00000001, 0x00010001, 0x00040001, 0x20000001,
		0x40000001, 0x80000001, 0xe0000001, 0x50000001,
		0x0000f000, 0x000115ff, 0x00011700, 0x1000f000,
	};

	for (size_t i = 0; i < sizeof(indices) / sizeof(*indices); i++) {
		define(indices[i], PP_WRITE, 10);
		ck_assert(is_defined(indices[i]));
	}
}
END_TEST

START_TEST(attributes_that_contradict_each_other)
{
	static const struct {
		uint32_t permission;
		uint32_t result;
	} cases[] = {
		{ TPM_NV_PER_OWNERWRITE | TPM_NV_PER_AUTHWRITE,
		  TPM_AUTH_CONFLICT },
		{ TPM_NV_PER_OWNERREAD | TPM_NV_PER_AUTHREAD | PP_WRITE,
		  TPM_AUTH_CONFLICT },
		{ 0, TPM_PER_NOWRITE },
		{ TPM_NV_PER_OWNERREAD, TPM_PER_NOWRITE },
		{ TPM_NV_PER_AUTHREAD | TPM_NV_PER_PPREAD, TPM_PER_NOWRITE },
		{ TPM_NV_PER_GLOBALLOCK | TPM_NV_PER_WRITE_STCLEAR |
			  TPM_NV_PER_WRITEALL | TPM_NV_PER_READ_STCLEAR,
		  TPM_PER_NOWRITE },
		{ TPM_NV_PER_OWNERWRITE, 0 },
		{ TPM_NV_PER_AUTHWRITE, 0 },
		{ TPM_NV_PER_WRITEDEFINE, 0 },
		{ TPM_NV_PER_PPWRITE, 0 },
		{ OWNER_BOTH, 0 },
		{ AREA_BOTH, 0 },
		{ TPM_NV_PER_OWNERREAD | TPM_NV_PER_AUTHWRITE, 0 },
		{ TPM_NV_PER_AUTHREAD | TPM_NV_PER_OWNERWRITE, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		ck_assert_result(
			nv_define_plain(m, INDEX, cases[i].permission, 10),
			cases[i].result);
}
END_TEST

/* Who may write is said by localities as well; who may read is no matter. */
START_TEST(localities_protect_from_writing)
{
	struct nv_space space = {
		.index = INDEX,
		.size = 10,
		.read = { .not_from = 1 },
	};

	ck_assert_result(nv_define(m, NV_ANYBODY, &space), TPM_PER_NOWRITE);
	space.read.not_from = 0;
	space.write.not_from = 1;
	ck_assert_result(nv_define(m, NV_ANYBODY, &space), 0);
}
END_TEST

START_TEST(localities_that_there_are_not)
{
	static const uint8_t bits[] = { 0x1f, 0x20, 0x40, 0x80 };
	struct nv_space space = {
		.index = INDEX,
		.permission = PP_WRITE,
		.size = 10,
	};

	for (size_t i = 0; i < sizeof(bits); i++) {
		space.read.not_from = bits[i];
		space.write.not_from = 0;
		ck_assert_result(nv_define(m, NV_ANYBODY, &space),
				 TPM_INVALID_STRUCTURE);
		space.read.not_from = 0;
		space.write.not_from = bits[i];
		ck_assert_result(nv_define(m, NV_ANYBODY, &space),
				 TPM_INVALID_STRUCTURE);
	}
}
END_TEST

START_TEST(a_structure_with_another_tag)
{
	static const struct nv_space space = {
		INDEX, PP_WRITE, 10, { 0 }, { 0 }
	};
	struct tss_command c;

	for (size_t at = 0; at < 2; at++) {
		tss_begin(&c, ORD_NV_DefineSpace);
		put_nv_space(&c, &space, false);
		/* Its own, and that of the attributes. */
		c.params[at ? c.len - 13 : 0] ^= 1;
		tss_put_bytes(&c, secret_nv.b, sizeof(secret_nv.b));
		ck_assert_result(machine_run(m, &c), TPM_INVALID_STRUCTURE);
	}
}
END_TEST

START_TEST(nothing_of_size_0_is_there_to_be_deleted)
{
	ck_assert_result(nv_define_plain(m, INDEX, PP_WRITE, 0),
			 TPM_BAD_PARAM_SIZE);
}
END_TEST

START_TEST(a_trial_defines_nothing)
{
	const uint32_t all = available();
	const unsigned int stores = m->stores;

	define(TPM_NV_INDEX_TRIAL, PP_WRITE, all);
	ck_assert_result(
		nv_define_plain(m, TPM_NV_INDEX_TRIAL, PP_WRITE, all + 1),
		TPM_NOSPACE);
	ck_assert_result(nv_define_plain(m, TPM_NV_INDEX_TRIAL, 0, 1),
			 TPM_PER_NOWRITE);
	ck_assert(!is_defined(TPM_NV_INDEX_TRIAL));
	ck_assert_uint_eq(available(), all);
	ck_assert_uint_eq(m->stores, stores);
}
END_TEST

START_TEST(the_owner_defines)
{
	static const struct nv_space space = {
		INDEX, AREA_BOTH, 10, { 0 }, { 0 }
	};

	setup_owner(m);
	lock();
	ck_assert_result(nv_define(m, NV_OWNER, &space), 0);
	/* Its secret arrived. */
	ck_assert_result(write(NV_AREA, INDEX, "0123456789"), 0);
	expect_data(NV_AREA, INDEX, "0123456789");
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_AUTHSESS),
			  property(m, TPM_CAP_PROP_MAX_AUTHSESS));
}
END_TEST

START_TEST(the_owner_deletes)
{
	struct nv_space space = { INDEX, AREA_BOTH, 10, { 0 }, { 0 } };

	setup_owner(m);
	lock();
	ck_assert_result(nv_define(m, NV_OWNER, &space), 0);
	space.size = 0;
	ck_assert_result(nv_define(m, NV_OWNER, &space), 0);
	ck_assert(!is_defined(INDEX));
	ck_assert_result(nv_define(m, NV_OWNER, &space), TPM_BAD_PARAM_SIZE);
}
END_TEST

static uint32_t define_in(struct tss_session *s, const struct tss_digest *auth)
{
	static const struct nv_space space = {
		INDEX, PP_WRITE, 10, { 0 }, { 0 }
	};
	struct tss_command c;

	tss_begin(&c, ORD_NV_DefineSpace);
	put_nv_space(&c, &space, false);
	tss_put_bytes(&c, secret_nv.b, sizeof(secret_nv.b));
	tss_use(&c, s, auth, true);
	return machine_run(m, &c);
}

/* "authHandle session type MUST be OSAP", unlocked or not. */
START_TEST(the_secret_comes_encrypted)
{
	struct tss_session s;

	setup_owner(m);
	if (_i)
		lock();
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	ck_assert_result(define_in(&s, &secret_owner), TPM_BAD_MODE);
	ck_assert(!is_defined(INDEX));
}
END_TEST

START_TEST(somebody_else_defines_nothing)
{
	struct tss_session s;

	setup_owner(m);
	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_OWNER,
				  TPM_KH_OWNER, &secret_wrong),
			 0);
	ck_assert_result(define_in(&s, &secret_wrong), TPM_AUTHFAIL);
	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_SRK,
				  TPM_KH_SRK, &secret_srk),
			 0);
	ck_assert_result(define_in(&s, &secret_srk), TPM_AUTHFAIL);
	ck_assert(!is_defined(INDEX));
}
END_TEST

START_TEST(who_stands_before_it_defines_while_there_is_no_owner)
{
	lock();
	ck_assert_result(nv_define_plain(m, INDEX, PP_WRITE, 10),
			 TPM_BAD_PRESENCE);
	setup_presence(m);
	define(INDEX, PP_WRITE, 10);
	/* But deletes nothing. */
	ck_assert_result(nv_define_plain(m, INDEX, PP_WRITE, 0),
			 TPM_BAD_DATASIZE);
	setup_owner(m);
	ck_assert_result(nv_define_plain(m, OTHER, PP_WRITE, 10),
			 TPM_OWNER_SET);
	m->present = false;
	ck_assert_result(nv_define_plain(m, OTHER, PP_WRITE, 10),
			 TPM_BAD_PRESENCE);
}
END_TEST

START_TEST(a_definition_replaces_the_former)
{
	define(INDEX, PP_WRITE, 10);
	define(OTHER, PP_WRITE, 4);
	ck_assert_result(write(NV_ANYBODY, INDEX, "0123456789"), 0);
	ck_assert_result(write(NV_ANYBODY, OTHER, "else"), 0);
	define(INDEX, PP_WRITE, 12);
	expect_ones(NV_ANYBODY, INDEX, 12);
	expect_data(NV_ANYBODY, OTHER, "else");
}
END_TEST

START_TEST(a_definition_that_fails_leaves_the_former)
{
	define(INDEX, PP_WRITE, 4);
	ck_assert_result(write(NV_ANYBODY, INDEX, "good"), 0);
	ck_assert_result(nv_define_plain(m, INDEX, 0, 4), TPM_PER_NOWRITE);
	ck_assert_result(nv_define_plain(m, INDEX, PP_WRITE, 60000),
			 TPM_NOSPACE);
	expect_data(NV_ANYBODY, INDEX, "good");
}
END_TEST

START_TEST(sessions_of_an_area_go_with_it)
{
	struct tss_session s, other;

	setup_owner(m);
	define(INDEX, AREA_BOTH, 4);
	define(OTHER, AREA_BOTH, 4);
	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_NV, INDEX,
				  &secret_nv),
			 0);
	ck_assert_result(tss_osap(&m->tss, &other, TSS_ADIP_XOR, TPM_ET_NV,
				  OTHER, &secret_nv),
			 0);
	define(INDEX, AREA_BOTH, _i ? 4 : 0);
	ck_assert_result(call_flush(m, s.handle, TPM_RT_AUTH),
			 TPM_BAD_PARAMETER);
	ck_assert_result(call_flush(m, other.handle, TPM_RT_AUTH), 0);
}
END_TEST

/* Redefined, and deleted. */
START_TEST(a_locked_area_stays)
{
	const uint32_t lock_bit =
		_i & 1 ? TPM_NV_PER_GLOBALLOCK : TPM_NV_PER_WRITE_STCLEAR;
	struct nv_space space = {
		INDEX, PP_WRITE, _i & 2 ? 4 : 0, { 0 }, { 0 }
	};

	setup_owner(m);
	define(INDEX, PP_WRITE | lock_bit, 4);
	if (_i & 1)
		lock_globally();
	else
		lock_by_write(NV_ANYBODY, INDEX);
	lock();
	ck_assert_result(nv_define(m, NV_OWNER, &space), TPM_AREA_LOCKED);
	machine_reboot(m);
	ck_assert_result(nv_define(m, NV_OWNER, &space), 0);
}
END_TEST

/* The locks of areas that do not want to be locked so; and while open. */
START_TEST(an_area_goes_that_is_not_locked)
{
	const uint32_t lock_bits =
		TPM_NV_PER_GLOBALLOCK | TPM_NV_PER_WRITE_STCLEAR;
	struct nv_space space = { OTHER, PP_WRITE, 4, { 0 }, { 0 } };

	setup_owner(m);
	define(INDEX, PP_WRITE | lock_bits, 4);
	define(OTHER, PP_WRITE, 4);
	lock_globally();
	lock_by_write(NV_ANYBODY, INDEX);
	lock_by_write(NV_ANYBODY, OTHER);
	define(INDEX, PP_WRITE, 0);
	lock();
	ck_assert_result(nv_define(m, NV_OWNER, &space), 0);
}
END_TEST

/* 64 without an owner, of any kind; unlocked as well. */
START_TEST(writes_without_an_owner_are_counted)
{
	char data[] = "data";

	define(INDEX, PP_WRITE, 4);
	define(INDEX, PP_WRITE, 0);
	define(INDEX, PP_WRITE, 4);
	for (unsigned int i = 3; i < 64; i++) {
		data[0] = (char)i;
		ck_assert_result(write(NV_ANYBODY, INDEX, data), 0);
	}
	ck_assert_result(write(NV_ANYBODY, INDEX, "late"), TPM_MAXNVWRITES);
	ck_assert_result(nv_define_plain(m, INDEX, PP_WRITE, 0),
			 TPM_MAXNVWRITES);
	ck_assert_result(nv_define_plain(m, OTHER, PP_WRITE, 4),
			 TPM_MAXNVWRITES);
	machine_reboot(m);
	ck_assert_result(write(NV_ANYBODY, INDEX, "late"), TPM_MAXNVWRITES);
	lock();
	/* Of an owner's TPM nobody counts them. */
	setup_owner(m);
	setup_presence(m);
	for (unsigned int i = 0; i < 70; i++) {
		data[0] = (char)i;
		ck_assert_result(write(NV_ANYBODY, INDEX, data), 0);
	}
}
END_TEST

START_TEST(what_writes_nothing_is_not_counted)
{
	define(INDEX, PP_WRITE | TPM_NV_PER_WRITEDEFINE, 4);
	ck_assert_result(write(NV_ANYBODY, INDEX, "same"), 0);
	for (unsigned int i = 0; i < 70; i++) {
		ck_assert_result(write(NV_ANYBODY, INDEX, "same"), 0);
		define(TPM_NV_INDEX_TRIAL, PP_WRITE, 4);
		lock_by_write(NV_ANYBODY, INDEX);
		ck_assert_result(read(NV_ANYBODY, INDEX), 0);
	}
	ck_assert_result(write(NV_ANYBODY, INDEX, "else"), 0);
}
END_TEST

START_TEST(a_tpm_that_is_off_can_be_filled_until_it_is_locked)
{
	define(INDEX, OWNER_BOTH, 4);
	switch_off(_i);
	define(OTHER, PP_WRITE, 4);
	ck_assert_result(write(NV_ANYBODY, INDEX, "read"), 0);
	expect_data(NV_ANYBODY, INDEX, "read");
	lock();
	ck_assert_result(nv_define_plain(m, OTHER, PP_WRITE, 4), off(_i));
}
END_TEST

/* ---- The register: TPM_NV_INDEX_DIR ---- */

START_TEST(the_register_is_always_there)
{
	static const char twenty[] = "of twenty characters";

	setup_owner(m);
	lock();
	ck_assert_result(nv_read(m, NV_ANYBODY, TPM_NV_INDEX_DIR, 0, 20), 0);
	ck_assert_mem_eq(answer(20), zeros.b, 20);
	ck_assert_result(write(NV_ANYBODY, TPM_NV_INDEX_DIR, twenty),
			 TPM_AUTH_CONFLICT);
	ck_assert_result(write(NV_AREA, TPM_NV_INDEX_DIR, twenty),
			 TPM_BADINDEX);
	ck_assert_result(write(NV_OWNER, TPM_NV_INDEX_DIR, twenty), 0);
	expect_data(NV_ANYBODY, TPM_NV_INDEX_DIR, twenty);
	expect_data(NV_OWNER, TPM_NV_INDEX_DIR, "of twenty");
	machine_reboot(m);
	ck_assert_result(nv_read(m, NV_ANYBODY, TPM_NV_INDEX_DIR, 3, 6), 0);
	ck_assert_mem_eq(answer(6), twenty + 3, 6);
	ck_assert_result(nv_read(m, NV_ANYBODY, TPM_NV_INDEX_DIR, 15, 6),
			 TPM_NOSPACE);
	ck_assert_result(get_index(TPM_NV_INDEX_DIR), TPM_BADINDEX);
}
END_TEST

START_TEST(the_register_is_written_as_a_whole)
{
	ck_assert_result(write(NV_ANYBODY, TPM_NV_INDEX_DIR, "short"),
			 TPM_NOT_FULLWRITE);
	ck_assert_result(
		write(NV_ANYBODY, TPM_NV_INDEX_DIR, "of twenty characters"), 0);
	ck_assert_result(nv_write(m, NV_ANYBODY, TPM_NV_INDEX_DIR, 1,
				  "of twenty characters", 20),
			 TPM_NOSPACE);
}
END_TEST

/* "MUST NOT set an error code for the dataSize = 0 action" */
START_TEST(the_register_is_not_locked)
{
	ck_assert_result(nv_write(m, NV_ANYBODY, TPM_NV_INDEX_DIR, 0, NULL, 0),
			 0);
	ck_assert_result(nv_read(m, NV_ANYBODY, TPM_NV_INDEX_DIR, 0, 0), 0);
	ck_assert_result(
		write(NV_ANYBODY, TPM_NV_INDEX_DIR, "of twenty characters"), 0);
	expect_data(NV_ANYBODY, TPM_NV_INDEX_DIR, "of twenty characters");
}
END_TEST

/* ---- */

static void add_define(Suite *s)
{
	TCase *t = section(s, "20.1 TPM_NV_DefineSpace");

	tcase_add_test(t, a_new_area_is_all_ones);
	tcase_add_test(t, an_area_is_told_as_it_was_defined);
	tcase_add_test(t, areas_are_listed);
	tcase_add_test(t, what_is_said_to_be_available_is);
	tcase_add_test(t, sizes_that_no_tpm_has);
	tcase_add_test(t, hundreds_of_areas);
	tcase_add_test(t, locking_is_for_ever);
	tcase_add_test(t, a_lock_has_no_size);
	tcase_add_test(t, with_a_session_it_is_no_lock);
	tcase_add_test(t, index_0_is_no_area);
	tcase_add_test(t, d_areas_are_for_manufacturers);
	tcase_add_test(t, indices_that_cannot_be_defined);
	tcase_add_test(t, indices_that_can_be_defined);
	tcase_add_test(t, attributes_that_contradict_each_other);
	tcase_add_test(t, localities_protect_from_writing);
	tcase_add_test(t, localities_that_there_are_not);
	tcase_add_test(t, a_structure_with_another_tag);
	tcase_add_test(t, nothing_of_size_0_is_there_to_be_deleted);
	tcase_add_test(t, a_trial_defines_nothing);
	tcase_add_test(t, the_owner_defines);
	tcase_add_test(t, the_owner_deletes);
	tcase_add_loop_test(t, the_secret_comes_encrypted, 0, 2);
	tcase_add_test(t, somebody_else_defines_nothing);
	tcase_add_test(t, who_stands_before_it_defines_while_there_is_no_owner);
	tcase_add_test(t, a_definition_replaces_the_former);
	tcase_add_test(t, a_definition_that_fails_leaves_the_former);
	tcase_add_loop_test(t, sessions_of_an_area_go_with_it, 0, 2);
	tcase_add_loop_test(t, a_locked_area_stays, 0, 4);
	tcase_add_test(t, an_area_goes_that_is_not_locked);
	tcase_add_test(t, writes_without_an_owner_are_counted);
	tcase_add_test(t, what_writes_nothing_is_not_counted);
	tcase_add_loop_test(
		t, a_tpm_that_is_off_can_be_filled_until_it_is_locked, 0, 2);
}

static void add_register(Suite *s)
{
	TCase *t = section(s, "TPM_NV_INDEX_DIR");

	tcase_add_test(t, the_register_is_always_there);
	tcase_add_test(t, the_register_is_written_as_a_whole);
	tcase_add_test(t, the_register_is_not_locked);
}

int main(void)
{
	Suite *s = suite_create("non-volatile storage");

	add_define(s);
	add_register(s);
	return suite_run(s);
}
