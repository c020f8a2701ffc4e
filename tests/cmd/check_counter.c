/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 25: Monotonic Counter. */
#include "chapter.h"

#define NO_COUNTER 0xffffffffu
#define N_COUNTERS 8u

static const struct tss_digest secret_counter = { "what only it knows, " };

/* ---- What the tests say often ---- */

/* TPM_COUNTER_VALUE */
struct value {
	char label[5];
	uint32_t counter;
};

static struct value get_value(void)
{
	struct value v = { "", 0 };
	const uint8_t *label;

	ck_assert_uint_eq(tss_get_u16(&m->answer), TPM_TAG_COUNTER_VALUE);
	label = tss_get_bytes(&m->answer, 4);
	ck_assert_ptr_nonnull(label);
	memcpy(v.label, label, 4);
	v.counter = tss_get_u32(&m->answer);
	ck_assert(tss_end(&m->answer));
	return v;
}

static uint32_t try_create(const char *label)
{
	struct tss_command c;
	struct tss_session s;
	struct tss_digest enc;

	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_OWNER,
				  TPM_KH_OWNER, &secret_owner),
			 0);
	tss_encrypt(&s, &secret_counter, false, &enc);
	tss_begin(&c, ORD_CreateCounter);
	tss_put_bytes(&c, enc.b, sizeof(enc.b));
	tss_put_bytes(&c, label, 4);
	tss_use(&c, &s, &secret_owner, true);
	return machine_run(m, &c);
}

/* Its number; its value. */
static uint32_t create(const char *label, uint32_t *value)
{
	struct value v;
	uint32_t id;

	ck_assert_result(try_create(label), 0);
	id = tss_get_u32(&m->answer);
	v = get_value();
	ck_assert_str_eq(v.label, label);
	if (value)
		*value = v.counter;
	return id;
}

/* The commands whose only parameter is the counter's number. */
static uint32_t run(uint32_t ordinal, uint32_t id,
		    const struct tss_digest *secret)
{
	struct tss_command c;
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	tss_begin(&c, ordinal);
	tss_put_u32(&c, id);
	tss_use(&c, &s, secret, false);
	return machine_run(m, &c);
}

static uint32_t increment(uint32_t id)
{
	return run(ORD_IncrementCounter, id, &secret_counter);
}

static uint32_t release(uint32_t id)
{
	return run(ORD_ReleaseCounter, id, &secret_counter);
}

static struct value read_counter(uint32_t id)
{
	ck_assert_result(call_u32(m, ORD_ReadCounter, id), 0);
	return get_value();
}

static uint32_t active(void)
{
	return property(m, TPM_CAP_PROP_ACTIVE_COUNTER);
}

/* Numbers that there are never, and one that is free. */
static const uint32_t none[] = { 1, 8, 0x80000000, 0xfffffffe, 0xffffffff };

/* ---- 25.1 TPM_CreateCounter ---- */

START_TEST(a_counter_is_there)
{
	uint32_t value, id;
	struct value v;

	setup_owner(m);
	id = create("stay", &value);
	v = read_counter(id);
	ck_assert_uint_eq(v.counter, value);
	ck_assert_str_eq(v.label, "stay");
	ck_assert(is_stored(m));
	machine_reboot(m);
	ck_assert_uint_eq(read_counter(id).counter, value);
}
END_TEST

START_TEST(eight_counters_and_no_more)
{
	uint32_t ids = 0;

	setup_owner(m);
	for (uint32_t i = 0; i < N_COUNTERS; i++) {
		ck_assert_uint_eq(property(m, TPM_CAP_PROP_COUNTERS),
				  N_COUNTERS - i);
		ids |= 1u << create("many", NULL);
	}
	ck_assert_uint_eq(ids, 0xff);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_COUNTERS), 0);
	ck_assert_result(try_create("more"), TPM_RESOURCES);
	ck_assert_result(release(5), 0);
	ck_assert_uint_eq(create("more", NULL), 5);
}
END_TEST

/* Also above those that are no more. */
START_TEST(a_new_one_begins_above_all)
{
	uint32_t first, second, third, id;

	setup_owner(m);
	id = create("old ", &first);
	for (unsigned int i = 0; i < 5; i++)
		ck_assert_result(increment(id), 0);
	create("next", &second);
	ck_assert_uint_eq(second, first + 6);
	ck_assert_result(release(id), 0);
	create("anew", &third);
	ck_assert_uint_eq(third, second + 1);
	for (uint32_t i = 0; i < 2; i++)
		ck_assert_result(release(i), 0);
	machine_reboot(m);
	create("late", &first);
	ck_assert_uint_eq(first, third + 1);
}
END_TEST

START_TEST(the_owner_alone_creates)
{
	struct tss_command c;
	struct tss_session s;

	setup_owner(m);
	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_OWNER,
				  TPM_KH_OWNER, &secret_wrong),
			 0);
	tss_begin(&c, ORD_CreateCounter);
	tss_put_bytes(&c, zeros.b, sizeof(zeros.b));
	tss_put_bytes(&c, "evil", 4);
	tss_use(&c, &s, &secret_wrong, true);
	ck_assert_result(machine_run(m, &c), TPM_AUTHFAIL);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_COUNTERS), N_COUNTERS);
}
END_TEST

/* "The authorization session MUST be OSAP or DSAP" */
START_TEST(the_secret_comes_encrypted)
{
	struct tss_command c;
	struct tss_session s;

	setup_owner(m);
	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	tss_begin(&c, ORD_CreateCounter);
	tss_put_bytes(&c, secret_counter.b, sizeof(secret_counter.b));
	tss_put_bytes(&c, "bare", 4);
	tss_use(&c, &s, &secret_owner, true);
	ck_assert_result(machine_run(m, &c), TPM_BAD_MODE);
}
END_TEST

/* "Ignore continueAuthSession on input and set to FALSE on output" */
START_TEST(the_session_is_over)
{
	setup_owner(m);
	create("once", NULL);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_AUTHSESS),
			  property(m, TPM_CAP_PROP_MAX_AUTHSESS));
}
END_TEST

START_TEST(counters_are_listed)
{
	static const uint8_t sub[4] = { 0, 0, 0, TPM_RT_COUNTER };
	static const uint8_t want[] = { 0, 2, 0, 0, 0, 0, 0, 0, 0, 2 };
	const uint8_t *p;
	size_t len;

	setup_owner(m);
	for (unsigned int i = 0; i < 3; i++)
		create("list", NULL);
	ck_assert_result(release(1), 0);
	ck_assert_result(call_get_capability(m, TPM_CAP_HANDLE, sub, 4), 0);
	p = tss_get_blob(&m->answer, &len);
	ck_assert_uint_eq(len, sizeof(want));
	ck_assert_mem_eq(p, want, len);
}
END_TEST

/* ---- 25.2 TPM_IncrementCounter ---- */

START_TEST(it_counts)
{
	uint32_t value, id;

	setup_owner(m);
	id = create("tick", &value);
	for (uint32_t i = 1; i <= 10; i++) {
		struct value v;

		ck_assert_result(increment(id), 0);
		v = get_value();
		ck_assert_uint_eq(v.counter, value + i);
		ck_assert_str_eq(v.label, "tick");
		ck_assert(is_stored(m));
	}
	machine_reboot(m);
	ck_assert_uint_eq(read_counter(id).counter, value + 10);
}
END_TEST

START_TEST(one_counter_a_start)
{
	uint32_t a, b;

	setup_owner(m);
	a = create("one ", NULL);
	b = create("two ", NULL);
	ck_assert_uint_eq(active(), NO_COUNTER);
	ck_assert_result(increment(b), 0);
	ck_assert_uint_eq(active(), b);
	ck_assert_result(increment(a), TPM_BAD_COUNTER);
	ck_assert_result(increment(b), 0);
	machine_take_over(m);
	ck_assert_result(increment(a), TPM_BAD_COUNTER);
	machine_reboot(m);
	ck_assert_uint_eq(active(), NO_COUNTER);
	ck_assert_result(increment(a), 0);
	ck_assert_result(increment(b), TPM_BAD_COUNTER);
}
END_TEST

START_TEST(a_suspend_is_no_start)
{
	uint32_t a, b;

	setup_owner(m);
	a = create("one ", NULL);
	b = create("two ", NULL);
	ck_assert_result(increment(b), 0);
	ck_assert_result(call(m, ORD_SaveState), 0);
	machine_power_cycle(m);
	ck_assert_result(call_u16(m, ORD_Startup, TPM_ST_STATE), 0);
	ck_assert_uint_eq(active(), b);
	ck_assert_result(increment(a), TPM_BAD_COUNTER);
	ck_assert_result(increment(b), 0);
}
END_TEST

/* "keeps an attacker from creating a denial-of-service attack" */
START_TEST(who_does_not_know_the_secret_chooses_no_counter)
{
	uint32_t a, b;

	setup_owner(m);
	a = create("one ", NULL);
	b = create("two ", NULL);
	ck_assert_result(run(ORD_IncrementCounter, a, &secret_wrong),
			 TPM_AUTHFAIL);
	ck_assert_uint_eq(active(), NO_COUNTER);
	ck_assert_result(increment(b), 0);
}
END_TEST

START_TEST(the_active_counter_is_released)
{
	uint32_t a, b;

	setup_owner(m);
	a = create("one ", NULL);
	b = create("two ", NULL);
	ck_assert_result(increment(a), 0);
	ck_assert_result(_i ? run(ORD_ReleaseCounterOwner, a, &secret_owner) :
			      release(a),
			 0);
	/* None is, and none can be any more. */
	ck_assert_uint_eq(active(), NO_COUNTER);
	ck_assert_result(increment(b), TPM_BAD_COUNTER);
	ck_assert_uint_eq(create("new ", NULL), a);
	ck_assert_result(increment(a), TPM_BAD_COUNTER);
	machine_reboot(m);
	ck_assert_result(increment(b), 0);
}
END_TEST

START_TEST(no_counter_begins_again)
{
	uint32_t id;

	setup_owner(m);
	id = create("last", NULL);
	setup_counter(m, id, 0xfffffffe);
	ck_assert_result(increment(id), 0);
	ck_assert_result(increment(id), TPM_BAD_COUNTER);
	ck_assert_uint_eq(read_counter(id).counter, 0xffffffff);
	ck_assert_result(try_create("more"), TPM_RESOURCES);
}
END_TEST

START_TEST(a_session_for_a_counter)
{
	struct tss_command c;
	struct tss_session s;
	uint32_t id;

	setup_owner(m);
	id = create("osap", NULL);
	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_COUNTER,
				  id, &secret_counter),
			 0);
	tss_begin(&c, ORD_IncrementCounter);
	tss_put_u32(&c, id);
	tss_use(&c, &s, &secret_counter, true);
	ck_assert_result(machine_run(m, &c), 0);
	ck_assert_result(machine_run(m, &c), 0);
	/* Two counters with the same secret. */
	id = create("else", NULL);
	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_COUNTER,
				  id, &secret_counter),
			 0);
	tss_begin(&c, ORD_ReleaseCounter);
	tss_put_u32(&c, 0);
	tss_use(&c, &s, &secret_counter, true);
	ck_assert_result(machine_run(m, &c), TPM_AUTHFAIL);
	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_COUNTER,
				  id + 1, &secret_counter),
			 TPM_BAD_COUNTER);
}
END_TEST

/* ---- 25.3 TPM_ReadCounter, 25.4 TPM_ReleaseCounter, 25.5 ...Owner ---- */

START_TEST(counters_that_there_are_not)
{
	setup_owner(m);
	create("here", NULL);
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		ck_assert_result(call_u32(m, ORD_ReadCounter, none[i]),
				 TPM_BAD_COUNTER);
		ck_assert_result(increment(none[i]), TPM_BAD_COUNTER);
		ck_assert_result(release(none[i]), TPM_BAD_COUNTER);
		ck_assert_result(run(ORD_ReleaseCounterOwner, none[i],
				     &secret_owner),
				 TPM_BAD_COUNTER);
	}
}
END_TEST

START_TEST(a_released_counter_is_gone)
{
	uint32_t id;

	setup_owner(m);
	id = create("gone", NULL);
	ck_assert_result(_i ? run(ORD_ReleaseCounterOwner, id, &secret_owner) :
			      release(id),
			 0);
	ck_assert_result(call_u32(m, ORD_ReadCounter, id), TPM_BAD_COUNTER);
	ck_assert_result(increment(id), TPM_BAD_COUNTER);
	ck_assert_result(release(id), TPM_BAD_COUNTER);
	ck_assert(is_stored(m));
	machine_reboot(m);
	ck_assert_result(call_u32(m, ORD_ReadCounter, id), TPM_BAD_COUNTER);
}
END_TEST

START_TEST(nobody_else_releases)
{
	uint32_t id;

	setup_owner(m);
	id = create("mine", NULL);
	ck_assert_result(run(ORD_ReleaseCounter, id, &secret_owner),
			 TPM_AUTHFAIL);
	ck_assert_result(run(ORD_ReleaseCounterOwner, id, &secret_counter),
			 TPM_AUTHFAIL);
	read_counter(id);
}
END_TEST

/* "MUST invalidate all OSAP sessions associated with the counter" */
START_TEST(sessions_of_a_counter_go_with_it)
{
	struct tss_session s, other;
	uint32_t a, b;

	setup_owner(m);
	a = create("one ", NULL);
	b = create("two ", NULL);
	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_COUNTER, a,
				  &secret_counter),
			 0);
	ck_assert_result(tss_osap(&m->tss, &other, TSS_ADIP_XOR,
				  TPM_ET_COUNTER, b, &secret_counter),
			 0);
	ck_assert_result(_i ? run(ORD_ReleaseCounterOwner, a, &secret_owner) :
			      release(a),
			 0);
	ck_assert_result(call_flush(m, s.handle, TPM_RT_AUTH),
			 TPM_BAD_PARAMETER);
	ck_assert_result(call_flush(m, other.handle, TPM_RT_AUTH), 0);
}
END_TEST

/* The session in which it is released is one of them. */
START_TEST(a_counter_is_released_in_its_own_session)
{
	struct tss_command c;
	struct tss_session s;
	uint32_t id;

	setup_owner(m);
	id = create("self", NULL);
	ck_assert_result(tss_osap(&m->tss, &s, TSS_ADIP_XOR, TPM_ET_COUNTER,
				  id, &secret_counter),
			 0);
	tss_begin(&c, ORD_ReleaseCounter);
	tss_put_u32(&c, id);
	tss_use(&c, &s, &secret_counter, true);
	ck_assert_result(machine_run(m, &c), 0);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_AUTHSESS),
			  property(m, TPM_CAP_PROP_MAX_AUTHSESS));
}
END_TEST

/* ---- TPM_OwnerClear ---- */

START_TEST(counters_go_with_the_owner_but_not_their_values)
{
	uint32_t id, value, after;

	setup_owner(m);
	id = create("past", &value);
	ck_assert_result(increment(id), 0);
	setup_counters_cleared(m);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_COUNTERS), N_COUNTERS);
	ck_assert_result(call_u32(m, ORD_ReadCounter, id), TPM_BAD_COUNTER);
	ck_assert_uint_eq(create("next", &after), id);
	ck_assert_uint_eq(after, value + 2);
	ck_assert_result(increment(id), TPM_BAD_COUNTER);
}
END_TEST

/* ---- */

int main(void)
{
	Suite *s = suite_create("monotonic counter");
	TCase *t = section(s, "25.1 TPM_CreateCounter");

	tcase_add_test(t, a_counter_is_there);
	tcase_add_test(t, eight_counters_and_no_more);
	tcase_add_test(t, a_new_one_begins_above_all);
	tcase_add_test(t, the_owner_alone_creates);
	tcase_add_test(t, the_secret_comes_encrypted);
	tcase_add_test(t, the_session_is_over);
	tcase_add_test(t, counters_are_listed);
	t = section(s, "25.2 TPM_IncrementCounter");
	tcase_add_test(t, it_counts);
	tcase_add_test(t, one_counter_a_start);
	tcase_add_test(t, a_suspend_is_no_start);
	tcase_add_test(t, who_does_not_know_the_secret_chooses_no_counter);
	tcase_add_loop_test(t, the_active_counter_is_released, 0, 2);
	tcase_add_test(t, no_counter_begins_again);
	tcase_add_test(t, a_session_for_a_counter);
	t = section(s, "25.3 to 25.5");
	tcase_add_test(t, counters_that_there_are_not);
	tcase_add_loop_test(t, a_released_counter_is_gone, 0, 2);
	tcase_add_test(t, nobody_else_releases);
	tcase_add_loop_test(t, sessions_of_a_counter_go_with_it, 0, 2);
	tcase_add_test(t, a_counter_is_released_in_its_own_session);
	tcase_add_test(t, counters_go_with_the_owner_but_not_their_values);
	return suite_run(s);
}
