/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Marks: each answer carries one, and a back end that takes over the page of
 * another sees by it whether the last answer was published.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "suite.h"
#include "vring_rig.h"

#define BEFORE 41u
#define MARK   42u

static struct rig r;

static void setup(void)
{
	rig_start(&r, 0);
}

static void teardown(void)
{
	rig_stop(&r);
}

/* ---- What goes with an answer ---- */

START_TEST(an_answer_has_its_mark)
{
	unsigned int mark;

	for (mark = 0; mark < 256; mark++) {
		guest_submit(&r, 10, 1);
		ck_assert_int_eq(receive(&r, 10, 1), 10);
		vring_set_mark(r.ring, (uint8_t)mark);
		ck_assert_int_eq(send_pattern(&r, 20, 9), 0);
		assert_answer(&r, 20, 9);
		ck_assert_uint_eq(r.page->pad, mark);
	}
}
END_TEST

/* Each way to say that there is no answer, and what else is in the word. */
START_TEST(no_answer_has_its_mark_too)
{
	r.page->locality = 3;
	vring_set_mark(r.ring, MARK);
	switch (_i) {
	case 0:
		guest_submit(&r, 0, 1);
		ck_assert_int_eq(receive(&r, 10, 1), -EMSGSIZE);
		break;
	case 1:
		guest_state(&r, TPMIF_STATE_CANCEL);
		ck_assert_int_eq(receive(&r, 10, 1), 0);
		break;
	case 2:
		guest_submit(&r, 10, 1);
		ck_assert_int_eq(receive(&r, 10, 1), 10);
		ck_assert_int_eq(vring_abort(r.ring), 0);
		break;
	default:
		guest_submit(&r, 10, 1);
		ck_assert_int_eq(receive(&r, 10, 1), 10);
		ck_assert_int_eq(send_pattern(&r, 5000, 9), -EMSGSIZE);
	}
	assert_idle(&r);
	ck_assert_uint_eq(r.page->pad, MARK);
	ck_assert_uint_eq(r.page->locality, 3);
	ck_assert_uint_eq(r.page->nr_extra_pages, 0);
}
END_TEST

/* The guest's own fields are its own. */
START_TEST(the_rest_of_the_word_stays)
{
	r.page->locality = 4;
	r.page->nr_extra_pages = 9;
	vring_set_mark(r.ring, MARK);
	guest_submit(&r, 10, 1);
	ck_assert_int_eq(receive(&r, 10, 1), -EMSGSIZE);
	ck_assert_uint_eq(r.page->locality, 4);
	ck_assert_uint_eq(r.page->nr_extra_pages, 9);
	ck_assert_uint_eq(r.page->pad, MARK);
}
END_TEST

/* ---- Going on ---- */

static int resume(size_t len)
{
	uint8_t rsp[5000];

	memset(rsp, 0x5a, sizeof(rsp));
	return vring_resume(r.ring, BEFORE, MARK, rsp, len);
}

static void assert_untouched(uint8_t state, uint8_t mark)
{
	ck_assert_uint_eq(r.page->state, state);
	ck_assert_uint_eq(r.page->pad, mark);
	ck_assert_uint_eq(r.page->length, 10);
	ck_assert_uint_eq(((uint8_t *)r.page)[8], 1);
}

/* Of every state and every mark: published only where it is waited for. */
START_TEST(only_an_answer_that_is_waited_for_is_published)
{
	const uint8_t state = (uint8_t)_i;
	const bool waits = state == TPMIF_STATE_SUBMIT ||
			   state == TPMIF_STATE_CANCEL;
	unsigned int mark;

	for (mark = 0; mark < 256; mark++) {
		guest_submit(&r, 10, 1);
		r.page->pad = (uint8_t)mark;
		guest_state(&r, state);
		ck_assert_int_eq(resume(30), 0);
		if (waits && mark == BEFORE) {
			ck_assert_uint_eq(r.page->state, TPMIF_STATE_FINISH);
			ck_assert_uint_eq(r.page->pad, MARK);
			ck_assert_uint_eq(r.page->length, 30);
			ck_assert_uint_eq(((uint8_t *)r.page)[8 + 29], 0x5a);
			ck_assert_uint_eq(((uint8_t *)r.page)[8 + 30], 0);
		} else {
			assert_untouched(state, MARK);
		}
		/* Twice does no harm: the guest finds things as they are. */
		ck_assert_uint_eq(xen_fake_events(r.x, DOMID, PORT),
				  (waits && mark == BEFORE) ||
					  (!waits && mark == MARK));
	}
}
END_TEST

START_TEST(what_was_never_answered_is_marked)
{
	guest_submit(&r, 10, 1);
	r.page->pad = BEFORE;
	ck_assert_int_eq(resume(0), 0);
	assert_untouched(TPMIF_STATE_SUBMIT, MARK);
	assert_silent(&r);
	/* And served. */
	ck_assert_int_eq(receive(&r, 10, 1), 10);
	ck_assert_int_eq(send_pattern(&r, 20, 9), 0);
	assert_answer(&r, 20, 9);
	ck_assert_uint_eq(r.page->pad, MARK);
}
END_TEST

START_TEST(an_answer_that_does_not_fit_is_none)
{
	guest_submit(&r, 10, 1);
	r.page->pad = BEFORE;
	ck_assert_int_eq(resume(5000), -EMSGSIZE);
	assert_idle(&r);
	ck_assert_uint_eq(r.page->pad, MARK);
	/* The next is received. */
	guest_submit(&r, 10, 1);
	ck_assert_int_eq(receive(&r, 10, 1), 10);
	ck_assert_int_eq(vring_abort(r.ring), 0);
}
END_TEST

START_TEST(an_event_that_fails_is_told)
{
	guest_submit(&r, 10, 1);
	r.page->pad = _i ? MARK : BEFORE;
	if (_i)
		guest_state(&r, TPMIF_STATE_FINISH);
	xen_fake_fail(r.x, XEN_FAKE_EVTCHN_NOTIFY, 1, -EIO);
	ck_assert_int_eq(resume(30), -EIO);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vring_resume");
	TCase *t = tcase_create("marks");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, an_answer_has_its_mark);
	tcase_add_loop_test(t, no_answer_has_its_mark_too, 0, 4);
	tcase_add_test(t, the_rest_of_the_word_stays);
	tcase_add_loop_test(t, only_an_answer_that_is_waited_for_is_published,
			    0, 5);
	tcase_add_test(t, what_was_never_answered_is_marked);
	tcase_add_test(t, an_answer_that_does_not_fit_is_none);
	tcase_add_loop_test(t, an_event_that_fails_is_told, 0, 2);
	suite_add_tcase(s, t);
	return suite_run(s);
}
