/* SPDX-License-Identifier: BSD-2-Clause */
/* See engine_fake.h. */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine_fake.h"

#define TEXT_MAX 2000

struct tpm_fake {
	const struct engine_host *host;
	void *ctx;
	char permanent[TEXT_MAX], volatile_text[TEXT_MAX];
};

struct engine_fake_control *engine_fake_control(void)
{
	static struct engine_fake_control control;

	return &control;
}

static void *fake_create(const struct engine_host *host, void *ctx)
{
	struct tpm_fake *t;

	if (engine_fake_control()->no_create)
		return NULL;
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	engine_fake_control()->creates++;
	t->host = host;
	t->ctx = ctx;
	return t;
}

static void fake_destroy(void *tpm)
{
	if (tpm)
		engine_fake_control()->destroys++;
	free(tpm);
}

static int store(struct tpm_fake *t, const char *text, size_t answer_len)
{
	char state[TEXT_MAX + 1];
	int r;

	snprintf(state, sizeof(state), "P%s", text);
	r = t->host->store(t->ctx, (const uint8_t *)state, strlen(state),
			   answer_len);
	if (!r)
		snprintf(t->permanent, sizeof(t->permanent), "%s", text);
	return r;
}

static int fake_manufacture(void *tpm)
{
	engine_fake_control()->manufactures++;
	if (engine_fake_control()->manufacture_error)
		return engine_fake_control()->manufacture_error;
	return store(tpm, "new", 0);
}

/* A letter and a text. */
static int take_text(uint8_t letter, char *text, const uint8_t *state,
		     size_t len)
{
	if (len == 0 || len > TEXT_MAX || state[0] != letter)
		return -EBADMSG;
	memcpy(text, state + 1, len - 1);
	text[len - 1] = '\0';
	return 0;
}

static int fake_load(void *tpm, const uint8_t *state, size_t len)
{
	struct tpm_fake *t = tpm;

	engine_fake_control()->loads++;
	if (engine_fake_control()->load_error)
		return engine_fake_control()->load_error;
	return take_text('P', t->permanent, state, len);
}

static int fake_power_on(void *tpm)
{
	struct tpm_fake *t = tpm;

	engine_fake_control()->powers++;
	t->volatile_text[0] = '\0';
	return engine_fake_control()->power_error;
}

static int fake_load_volatile(void *tpm, const uint8_t *state, size_t len)
{
	struct tpm_fake *t = tpm;

	engine_fake_control()->volatile_loads++;
	if (engine_fake_control()->volatile_load_error)
		return engine_fake_control()->volatile_load_error;
	return take_text('V', t->volatile_text, state, len);
}

static int fake_save_volatile(const void *tpm, uint8_t *buf, size_t size,
			      size_t *len)
{
	const struct tpm_fake *t = tpm;

	if (engine_fake_control()->volatile_error)
		return engine_fake_control()->volatile_error;
	*len = 1 + strlen(t->volatile_text);
	if (*len > size)
		return -ENOBUFS;
	buf[0] = 'V';
	memcpy(buf + 1, t->volatile_text, *len - 1);
	return 0;
}

static size_t answer(uint8_t *rsp, const char *text)
{
	const size_t len = strlen(text);

	memcpy(rsp, text, len);
	return len;
}

static size_t wait_cancelled(struct tpm_fake *t, uint8_t *rsp)
{
	unsigned int i;

	for (i = 0; i < 5000 && !t->host->cancelled(t->ctx); i++)
		usleep(1000);
	return answer(rsp, i < 5000 ? "cancelled" : "never");
}

static size_t keep_permanent(struct tpm_fake *t, const char *text, uint8_t *rsp)
{
	return store(t, text, answer(rsp, "ok")) ? answer(rsp, "no")
						 : answer(rsp, "ok");
}

/* What is there, and then text. */
static const char *added(const char *there, const char *text, char *both)
{
	snprintf(both, TEXT_MAX, "%.900s%.900s", there, text);
	return both;
}

static size_t change(struct tpm_fake *t, char what, const char *text,
		     uint8_t *rsp)
{
	char both[TEXT_MAX];

	switch (what) {
	case 'P':
		return keep_permanent(t, added(t->permanent, text, both), rsp);
	case 'p':
		return keep_permanent(t, text, rsp);
	case 'V':
		text = added(t->volatile_text, text, both);
		break;
	default:
		break;
	}
	snprintf(t->volatile_text, sizeof(t->volatile_text), "%s", text);
	return answer(rsp, "ok");
}

static size_t fake_execute(void *tpm, unsigned int locality, const uint8_t *req,
			   size_t len, uint8_t *rsp)
{
	struct tpm_fake *t = tpm;
	char text[TEXT_MAX] = "", shown[2 * TEXT_MAX];

	engine_fake_control()->executes++;
	if (len - 1 < sizeof(text))
		memcpy(text, req + 1, len - 1);
	switch (req[0]) {
	case 'P':
	case 'p':
	case 'V':
	case 'v':
		return change(t, (char)req[0], text, rsp);
	case 's':
		snprintf(shown, sizeof(shown), "%s/%s", t->permanent,
			 t->volatile_text);
		return answer(rsp, shown);
	case 'l':
		rsp[0] = (uint8_t)locality;
		return 1;
	case 'c':
		return wait_cancelled(t, rsp);
	case 'b':
		memset(rsp, 'b', ENGINE_PACKET_MAX);
		return ENGINE_PACKET_MAX;
	default:
		return answer(rsp, text);
	}
}

static size_t fake_refuse_locality(uint8_t *rsp)
{
	engine_fake_control()->refusals++;
	return answer(rsp, "refused");
}

static size_t fake_fail(uint8_t *rsp)
{
	engine_fake_control()->fails++;
	return answer(rsp, "failed");
}

static int fake_background_fd(void *tpm)
{
	(void)tpm;
	return engine_fake_control()->background_fd;
}

static int fake_background(void *tpm)
{
	char byte;

	(void)tpm;
	engine_fake_control()->backgrounds++;
	if (engine_fake_control()->background_error)
		return engine_fake_control()->background_error;
	return read(engine_fake_control()->background_fd, &byte, 1) == 1 ? 0
									 : -EIO;
}

const struct engine engine_fake = {
	.name = "fake TPM",
	.create = fake_create,
	.destroy = fake_destroy,
	.manufacture = fake_manufacture,
	.load = fake_load,
	.power_on = fake_power_on,
	.load_volatile = fake_load_volatile,
	.save_volatile = fake_save_volatile,
	.execute = fake_execute,
	.refuse_locality = fake_refuse_locality,
	.fail = fake_fail,
	.background_fd = fake_background_fd,
	.background = fake_background,
};
