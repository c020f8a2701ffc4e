/* SPDX-License-Identifier: BSD-2-Clause */
/* The handshake's table: every state of both sides, wanted and unwanted. */
#include "config.h"

#include "suite.h"
#include "xenbus.h"

/* The whole table once more, by hand: what each letter means is below. */
static const char online[XENBUS_STATES][XENBUS_STATES + 1] = {
	/* front: 0123456789 */
	[XENBUS_UNKNOWN] = "..........",
	[XENBUS_INITIALISING] = "oooooooooo",
	[XENBUS_INIT_WAIT] = "x.xccf.xxx",
	[XENBUS_INITIALISED] = "oooooooooo",
	[XENBUS_CONNECTED] = "xxxkkfxxxx",
	[XENBUS_CLOSING] = "xxxxx.xxxx",
	[XENBUS_CLOSED] = ".r.rr.r...",
	[XENBUS_RECONFIGURING] = "xxxxxxxxxx",
	[XENBUS_RECONFIGURED] = "xxxxxxxxxx",
	[XENBUS_INVALID] = "xxxxxxxxxx",
};

static const char offline[XENBUS_STATES][XENBUS_STATES + 1] = {
	/* front: 0123456789 */
	[XENBUS_UNKNOWN] = "xxxdddxxxx",
	[XENBUS_INITIALISING] = "xxxdddxxxx",
	[XENBUS_INIT_WAIT] = "xxxdddxxxx",
	[XENBUS_INITIALISED] = "xxxdddxxxx",
	[XENBUS_CONNECTED] = "xxxdddxxxx",
	[XENBUS_CLOSING] = "xxxdddxxxx",
	[XENBUS_CLOSED] = "..........",
	[XENBUS_RECONFIGURING] = "xxxdddxxxx",
	[XENBUS_RECONFIGURED] = "xxxdddxxxx",
	[XENBUS_INVALID] = "xxxdddxxxx",
};

static char letter(enum xenbus_action action)
{
	static const char letters[] = {
		[XENBUS_NOTHING] = '.', [XENBUS_OFFER] = 'o',
		[XENBUS_REOPEN] = 'r',	[XENBUS_CONNECT] = 'c',
		[XENBUS_KEEP] = 'k',	[XENBUS_CLOSING_TOO] = 'f',
		[XENBUS_CLOSE] = 'x',	[XENBUS_DETACH] = 'd',
	};

	return letters[action];
}

START_TEST(every_pair_of_states_has_its_action)
{
	const enum xenbus_state own = (enum xenbus_state)_i;
	char is[2][XENBUS_STATES + 1] = { "", "" };
	int front;

	for (front = 0; front < XENBUS_STATES; front++) {
		is[0][front] = letter(
			xenbus_action(own, (enum xenbus_state)front, true));
		is[1][front] = letter(
			xenbus_action(own, (enum xenbus_state)front, false));
	}
	ck_assert_str_eq(is[0], online[own]);
	ck_assert_str_eq(is[1], offline[own]);
}
END_TEST

/* Our state after an action that met no obstacle. */
static enum xenbus_state after(enum xenbus_state own, enum xenbus_state front,
			       bool is_online)
{
	switch (xenbus_action(own, front, is_online)) {
	case XENBUS_OFFER:
	case XENBUS_REOPEN:
		return XENBUS_INIT_WAIT;
	case XENBUS_CONNECT:
		return XENBUS_CONNECTED;
	case XENBUS_CLOSING_TOO:
		return XENBUS_CLOSING;
	case XENBUS_CLOSE:
	case XENBUS_DETACH: /* in the end */
		return XENBUS_CLOSED;
	default:
		return own;
	}
}

/* Where we come to rest while the front end does nothing. */
static enum xenbus_state rest(enum xenbus_state own, enum xenbus_state front,
			      bool is_online)
{
	int steps;

	for (steps = 0; after(own, front, is_online) != own; steps++) {
		ck_assert_msg(steps < 4, "no rest at %s, front end %s",
			      xenbus_state_name(own), xenbus_state_name(front));
		own = after(own, front, is_online);
	}
	return own;
}

static enum xenbus_state place_of_rest(enum xenbus_state front)
{
	switch (front) {
	case XENBUS_INITIALISING:
	case XENBUS_CLOSED:
		return XENBUS_INIT_WAIT;
	case XENBUS_INITIALISED:
	case XENBUS_CONNECTED:
		return XENBUS_CONNECTED;
	default:
		return XENBUS_CLOSED;
	}
}

/* From wherever, the same front end leads to the same place. */
START_TEST(every_state_comes_to_rest_where_the_front_end_wants)
{
	const enum xenbus_state front = (enum xenbus_state)_i;
	int own;

	for (own = XENBUS_INITIALISING; own < XENBUS_STATES; own++) {
		/* A front end that is Closing is waited for where we are. */
		if (front == XENBUS_CLOSING && own != XENBUS_RECONFIGURING)
			continue;
		ck_assert_int_eq(rest((enum xenbus_state)own, front, true),
				 place_of_rest(front));
	}
}
END_TEST

START_TEST(a_closing_front_end_is_waited_for)
{
	ck_assert_int_eq(rest(XENBUS_INITIALISING, XENBUS_CLOSING, true),
			 XENBUS_CLOSING);
	ck_assert_int_eq(rest(XENBUS_INIT_WAIT, XENBUS_CLOSING, true),
			 XENBUS_CLOSING);
	ck_assert_int_eq(rest(XENBUS_CONNECTED, XENBUS_CLOSING, true),
			 XENBUS_CLOSING);
	ck_assert_int_eq(rest(XENBUS_CLOSED, XENBUS_CLOSING, true),
			 XENBUS_CLOSED);
}
END_TEST

START_TEST(a_device_that_is_not_wanted_ends_closed)
{
	int own;

	for (own = 0; own < XENBUS_STATES; own++)
		ck_assert_int_eq(rest((enum xenbus_state)own,
				      (enum xenbus_state)_i, false),
				 XENBUS_CLOSED);
}
END_TEST

/* What hurts most if it is wrong, said in words. */
START_TEST(rules)
{
	const enum xenbus_state front = (enum xenbus_state)_i;
	enum xenbus_action action;
	int own, wanted;

	for (own = 0; own < XENBUS_STATES; own++)
		for (wanted = 0; wanted < 2; wanted++) {
			action = xenbus_action((enum xenbus_state)own, front,
					       wanted);
			/* The ring is taken only when both offer it. */
			if (action == XENBUS_CONNECT || action == XENBUS_KEEP) {
				ck_assert(wanted);
				ck_assert(front == XENBUS_INITIALISED ||
					  front == XENBUS_CONNECTED);
				ck_assert(own == XENBUS_INIT_WAIT ||
					  own == XENBUS_CONNECTED);
			}
			/* A step back from Closed is a failure for libxl. */
			if (own == XENBUS_CLOSED && !wanted)
				ck_assert_int_eq(action, XENBUS_NOTHING);
			/* Linux takes it for the end of the device. */
			if (own == XENBUS_CONNECTED && wanted &&
			    (front == XENBUS_INITIALISED ||
			     front == XENBUS_CONNECTED))
				ck_assert_int_eq(action, XENBUS_KEEP);
		}
}
END_TEST

/* ---- The text of a state node ---- */

static const struct {
	const char *text;
	enum xenbus_state state;
} texts[] = {
	{ NULL, XENBUS_UNKNOWN },	 { "0", XENBUS_UNKNOWN },
	{ "1", XENBUS_INITIALISING },	 { "2", XENBUS_INIT_WAIT },
	{ "3", XENBUS_INITIALISED },	 { "4", XENBUS_CONNECTED },
	{ "5", XENBUS_CLOSING },	 { "6", XENBUS_CLOSED },
	{ "7", XENBUS_RECONFIGURING },	 { "8", XENBUS_RECONFIGURED },
	{ "9", XENBUS_INVALID },	 { "", XENBUS_INVALID },
	{ "04", XENBUS_INVALID },	 { "40", XENBUS_INVALID },
	{ "4 ", XENBUS_INVALID },	 { " 4", XENBUS_INVALID },
	{ "4\n", XENBUS_INVALID },	 { "+4", XENBUS_INVALID },
	{ "-4", XENBUS_INVALID },	 { "/", XENBUS_INVALID },
	{ "Connected", XENBUS_INVALID }, { "4294967300", XENBUS_INVALID },
	{ "\xff", XENBUS_INVALID },
};

START_TEST(a_state_is_one_digit)
{
	ck_assert_int_eq(xenbus_state_parse(texts[_i].text), texts[_i].state);
}
END_TEST

START_TEST(every_state_has_a_name)
{
	ck_assert_str_eq(xenbus_state_name(XENBUS_UNKNOWN), "Unknown");
	ck_assert_str_eq(xenbus_state_name(XENBUS_CLOSED), "Closed");
	ck_assert_str_eq(xenbus_state_name(XENBUS_INVALID), "(invalid)");
	ck_assert_ptr_nonnull(xenbus_state_name((enum xenbus_state)_i));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("xenbus");
	TCase *t = tcase_create("table");

	tcase_add_loop_test(t, every_pair_of_states_has_its_action, 0,
			    XENBUS_STATES);
	tcase_add_loop_test(t,
			    every_state_comes_to_rest_where_the_front_end_wants,
			    0, XENBUS_STATES);
	tcase_add_test(t, a_closing_front_end_is_waited_for);
	tcase_add_loop_test(t, a_device_that_is_not_wanted_ends_closed, 0,
			    XENBUS_STATES);
	tcase_add_loop_test(t, rules, 0, XENBUS_STATES);
	suite_add_tcase(s, t);
	t = tcase_create("states");
	tcase_add_loop_test(t, a_state_is_one_digit, 0,
			    (int)(sizeof(texts) / sizeof(texts[0])));
	tcase_add_loop_test(t, every_state_has_a_name, 0, XENBUS_STATES);
	suite_add_tcase(s, t);
	return suite_run(s);
}
