/* SPDX-License-Identifier: BSD-2-Clause */
/* The TPM that is served: see chip.h. */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bytes.h"
#include "chip.h"
#include "home.h"
#include "log.h"
#include "tpm12.h"

_Static_assert(CHIP_PACKET_MAX == TPM12_BUFFER_SIZE, "packets fit");
_Static_assert(CHIP_BLOB_MAX >= TPM12_VOLATILE_MAX, "state fits");

#define HEADER		     10u
#define ORDINAL_OFFSET	     6u
#define ORD_PHYSICALPRESENCE 0x4000000au

struct blob {
	uint8_t *b;
	size_t len; /* 0: there is none */
};

struct chip {
	struct chip_setup setup;
	struct home *home; /* NULL: in memory */
	struct tpm *tpm;   /* NULL: switched off */
	unsigned int locality;
	bool went_on;	/* with a volatile state */
	bool withdrawn; /* the command being executed */
	bool in_trial;	/* what it stores is not kept */
	struct blob permanent;
	struct blob kept_volatile;
};

static void forget(struct blob *blob)
{
	if (blob->b)
		explicit_bzero(blob->b, blob->len);
	free(blob->b);
	blob->b = NULL;
	blob->len = 0;
}

static int copy(struct blob *blob, const uint8_t *b, size_t len)
{
	uint8_t *new = len ? malloc(len) : NULL;

	if (len && !new)
		return -ENOMEM;
	if (len)
		memcpy(new, b, len);
	forget(blob);
	blob->b = new;
	blob->len = len;
	return 0;
}

/* ---- What the TPM asks of its platform ---- */

static uint64_t platform_clock(void *ctx)
{
	struct timespec ts;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

static int platform_store(void *ctx, const uint8_t *state, size_t len)
{
	struct chip *chip = ctx;
	int r = 0;

	if (chip->in_trial)
		return 0;
	if (chip->home)
		r = home_save(chip->home, state, len);
	if (!r)
		r = copy(&chip->permanent, state, len);
	if (r)
		log_error("the state cannot be kept (%s); the command fails, "
			  "the earlier state stands",
			  strerror(-r));
	return r;
}

/* Once it is withdrawn it stays so: libcrypto does not listen each time. */
static bool platform_cancelled(void *ctx)
{
	struct chip *chip = ctx;

	if (chip->setup.withdrawn && chip->setup.withdrawn(chip->setup.ctx))
		chip->withdrawn = true;
	return chip->withdrawn;
}

/*
 * Keys are made on the spot, as a chip makes them: that is what can be
 * cancelled.
 */
static const struct tpm12_platform platform = {
	.clock_us = platform_clock,
	.store = platform_store,
	.cancelled = platform_cancelled,
};

/* ---- Its state ---- */

static int no_state(const struct chip *chip, int r)
{
	const char *path = home_path(chip->home);

	switch (r) {
	case -ENODATA:
		log_error("%s/permanent is missing: put it back from a "
			  "backup; a new TPM is never made in its place",
			  path);
		break;
	case -EBADMSG:
		log_error("%s/permanent is damaged, or was sealed under "
			  "another key: put it back from a backup; a new TPM "
			  "is never made in its place",
			  path);
		break;
	case -ENOTSUP:
		log_error("%s/permanent was written by a later version", path);
		break;
	default:
		log_error("%s/permanent: %s", path, strerror(-r));
	}
	return r;
}

static int manufacture(struct chip *chip)
{
	struct tpm *tpm = tpm12_new(&platform, chip);
	int r = tpm ? tpm12_manufacture(tpm) : -ENOMEM;

	tpm12_free(tpm);
	if (r)
		log_error("a new TPM cannot be made: %s", strerror(-r));
	else
		log_info("made a new TPM 1.2");
	return r;
}

/* A TPM with a permanent state, and with a volatile one if it has bytes. */
static struct tpm *revive(struct chip *chip, const struct blob *permanent,
			  const struct blob *vol, int *r)
{
	struct tpm *tpm = tpm12_new(&platform, chip);

	*r = tpm ? tpm12_load(tpm, permanent->b, permanent->len) : -ENOMEM;
	if (!*r && vol->len)
		*r = tpm12_load_volatile(tpm, vol->b, vol->len);
	if (*r) {
		tpm12_free(tpm);
		return NULL;
	}
	return tpm;
}

/* Whether the states are states. */
static int try_on(struct chip *chip, const struct blob *permanent,
		  const struct blob *vol)
{
	int r;

	chip->in_trial = true;
	tpm12_free(revive(chip, permanent, vol, &r));
	chip->in_trial = false;
	return r;
}

static int load_permanent(struct chip *chip)
{
	const struct blob none = { 0 };
	int r = -ENOENT;

	if (chip->home)
		r = home_load(chip->home, &chip->permanent.b,
			      &chip->permanent.len);
	if (r == -ENOENT)
		return manufacture(chip);
	if (!r)
		r = try_on(chip, &chip->permanent, &none);
	return r ? no_state(chip, r) : 0;
}

static int load_volatile(struct chip *chip)
{
	uint8_t *buf;
	size_t len = 0;
	int r;

	if (!chip->home)
		return 0;
	buf = malloc(CHIP_BLOB_MAX);
	if (!buf)
		return -ENOMEM;
	r = home_load_volatile(chip->home, buf, CHIP_BLOB_MAX, &len);
	if (!r)
		r = copy(&chip->kept_volatile, buf, len);
	if (!r)
		r = try_on(chip, &chip->permanent, &chip->kept_volatile);
	explicit_bzero(buf, len);
	free(buf);
	if (r && r != -ENOENT)
		log_error("%s/volatile: %s; it is damaged or not this TPM's: "
			  "remove it to start as after a power cut",
			  home_path(chip->home), strerror(-r));
	return r == -ENOENT ? 0 : r;
}

int chip_open(struct chip **out, const struct chip_setup *setup)
{
	struct chip *chip = calloc(1, sizeof(*chip));
	int r = 0;

	if (!chip)
		return -ENOMEM;
	chip->setup = *setup;
	if (setup->state_dir)
		r = home_open(&chip->home, setup->state_dir);
	if (!r)
		r = load_permanent(chip);
	if (!r)
		r = load_volatile(chip);
	if (r)
		chip_close(chip);
	else
		*out = chip;
	return r;
}

void chip_close(struct chip *chip)
{
	if (!chip)
		return;
	chip_power_off(chip);
	forget(&chip->permanent);
	forget(&chip->kept_volatile);
	home_close(chip->home);
	free(chip);
}

/* ---- Power ---- */

bool chip_is_on(const struct chip *chip)
{
	return chip->tpm != NULL;
}

bool chip_is_sealed(const struct chip *chip)
{
	return chip->home != NULL;
}

void chip_power_off(struct chip *chip)
{
	tpm12_free(chip->tpm);
	chip->tpm = NULL;
}

static int keep_volatile(struct chip *chip, const uint8_t *b, size_t len)
{
	int r = chip->home ? home_save_volatile(chip->home, b, len) : 0;

	if (!r)
		r = copy(&chip->kept_volatile, b, len);
	if (r)
		log_error("the volatile state cannot be kept: %s",
			  strerror(-r));
	return r;
}

uint32_t chip_power_on(struct chip *chip, bool forget_volatile)
{
	int r;

	chip_power_off(chip);
	chip->went_on = chip->kept_volatile.len != 0;
	chip->tpm = revive(chip, &chip->permanent, &chip->kept_volatile, &r);
	if (!chip->tpm) {
		log_error("the TPM cannot be switched on: %s", strerror(-r));
		return CHIP_FAIL;
	}
	if (!chip->went_on) {
		tpm12_power_on(chip->tpm);
		return CHIP_SUCCESS;
	}
	/* It must not come back: who cannot make sure of it does not begin. */
	if (forget_volatile && keep_volatile(chip, NULL, 0)) {
		chip_power_off(chip);
		return CHIP_FAIL;
	}
	return CHIP_SUCCESS;
}

uint32_t chip_start(struct chip *chip, enum chip_startup type)
{
	const uint8_t startup[] = { 0x00, 0xc1, 0, 0,	 0, 12,
				    0,	  0,	0, 0x99, 0, (uint8_t)type };
	uint8_t rsp[CHIP_PACKET_MAX];

	if (chip->went_on)
		return CHIP_SUCCESS;
	tpm12_execute(chip->tpm, 0, startup, sizeof(startup), rsp);
	return get32(rsp + ORDINAL_OFFSET);
}

/* ---- Commands ---- */

static size_t refuse(uint8_t *rsp, uint8_t result)
{
	static const uint8_t answer[HEADER] = { 0x00, 0xc4, 0, 0, 0, 10 };

	memcpy(rsp, answer, HEADER);
	rsp[HEADER - 1] = result;
	return HEADER;
}

/* Names, never what a command carries. */
static void log_command(const struct chip *chip, uint32_t ordinal,
			const uint8_t *rsp)
{
	const uint32_t result = get32(rsp + ORDINAL_OFFSET);
	const char *command = tpm12_ordinal_name(ordinal);
	const char *name = tpm12_result_name(result);

	log_debug("%s (0x%x), locality %u: %s (0x%x)", command ? command : "?",
		  ordinal, chip->locality, name ? name : "?", result);
}

size_t chip_execute(struct chip *chip, const uint8_t *req, size_t len,
		    uint8_t *rsp)
{
	const uint32_t ordinal = len < HEADER ? 0 : get32(req + ORDINAL_OFFSET);
	size_t n;

	chip->withdrawn = false;
	if (!chip->tpm)
		n = refuse(rsp, CHIP_FAIL);
	else if (ordinal == ORD_PHYSICALPRESENCE &&
		 !chip->setup.presence_by_command)
		/* As a TPM whose physicalPresenceCMDEnable stays FALSE. */
		n = refuse(rsp, CHIP_BAD_PARAMETER);
	else
		n = tpm12_execute(chip->tpm, chip->locality, req, len, rsp);
	log_command(chip, ordinal, rsp);
	return n;
}

uint32_t chip_set_locality(struct chip *chip, unsigned int locality)
{
	if (locality > 4)
		return CHIP_BAD_LOCALITY;
	chip->locality = locality;
	return CHIP_SUCCESS;
}

uint32_t chip_hash_start(struct chip *chip)
{
	return tpm12_hash_start(chip->tpm);
}

uint32_t chip_hash_data(struct chip *chip, const uint8_t *data, size_t len)
{
	return tpm12_hash_data(chip->tpm, data, len);
}

uint32_t chip_hash_end(struct chip *chip)
{
	return tpm12_hash_end(chip->tpm);
}

bool chip_established(const struct chip *chip)
{
	return tpm12_established(chip->tpm);
}

uint32_t chip_reset_established(struct chip *chip, unsigned int locality)
{
	return tpm12_reset_established(chip->tpm, locality);
}

/* ---- States as blobs ---- */

static int save_volatile(const struct chip *chip, struct blob *blob)
{
	int r;

	blob->b = calloc(1, TPM12_VOLATILE_MAX);
	if (!blob->b)
		return -ENOMEM;
	r = tpm12_save_volatile(chip->tpm, blob->b, TPM12_VOLATILE_MAX,
				&blob->len);
	if (r)
		forget(blob);
	return r;
}

uint32_t chip_store_volatile(struct chip *chip)
{
	struct blob blob = { 0 };
	int r = save_volatile(chip, &blob);

	if (!r)
		r = keep_volatile(chip, blob.b, blob.len);
	forget(&blob);
	return r ? CHIP_FAIL : CHIP_SUCCESS;
}

uint32_t chip_get_blob(struct chip *chip, enum chip_blob which, uint8_t **b,
		       size_t *len)
{
	struct blob blob = { 0 };
	int r;

	if (which == CHIP_VOLATILE)
		r = save_volatile(chip, &blob);
	else
		r = copy(&blob, chip->permanent.b, chip->permanent.len);
	*b = blob.b;
	*len = blob.len;
	return r ? CHIP_FAIL : CHIP_SUCCESS;
}

static int set_permanent(struct chip *chip, const struct blob *blob)
{
	const struct blob none = { 0 };
	int r = try_on(chip, blob, &none);

	/* A volatile state of the TPM that was here is nobody's any more. */
	if (!r && chip->kept_volatile.len)
		r = keep_volatile(chip, NULL, 0);
	return r ? r : platform_store(chip, blob->b, blob->len);
}

static int set_volatile(struct chip *chip, const struct blob *blob)
{
	int r = try_on(chip, &chip->permanent, blob);

	return r ? r : keep_volatile(chip, blob->b, blob->len);
}

uint32_t chip_set_blob(struct chip *chip, enum chip_blob which,
		       const uint8_t *b, size_t len)
{
	struct blob blob = { 0 };
	int r = copy(&blob, b, len);

	if (!r)
		r = which == CHIP_VOLATILE ? set_volatile(chip, &blob)
					   : set_permanent(chip, &blob);
	forget(&blob);
	if (r == -EBADMSG || r == -ENOTSUP)
		return CHIP_BAD_PARAMETER;
	return r ? CHIP_FAIL : CHIP_SUCCESS;
}
