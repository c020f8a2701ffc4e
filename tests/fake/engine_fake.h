/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TPM of a few bytes, for tests of the worker: engine.h's other instance.
 * What it is to do, and what it was asked, is in engine_fake_control, since
 * who creates an engine has nothing to give it.
 *
 * Its permanent state is 'P' and a text, its volatile state 'V' and a text.  A
 * command is a letter and what belongs to it:
 *	e text		echo: answered with text
 *	p text		permanent: stores it; answered "ok", or "no"
 *	v text		volatile: becomes the volatile state; "ok"
 *	P text, V text	the same, but added to what is there
 *	s		show: the permanent and the volatile text
 *	l		the locality, one byte
 *	c		waits until it is cancelled; "cancelled"
 *	b		an answer of ENGINE_PACKET_MAX bytes
 */
#ifndef ENGINE_FAKE_H
#define ENGINE_FAKE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine.h"

extern const struct engine engine_fake;

struct engine_fake_control {
	/* How it behaves: errors that are returned. */
	bool no_create;
	int manufacture_error, load_error, power_error, volatile_error;
	int background_error, volatile_load_error;
	int background_fd; /* set it to -1 */

	/* What it was asked. */
	atomic_uint creates, destroys, manufactures, loads, powers;
	atomic_uint volatile_loads, executes, refusals, fails, backgrounds;
};

struct engine_fake_control *engine_fake_control(void);

#endif
