/* SPDX-License-Identifier: BSD-2-Clause */
/* The callbacks that libtpms wants, in memory. */
#include "libtpms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libtpms/tpm_error.h>
#include <libtpms/tpm_library.h>
#include <libtpms/tpm_memory.h>

#define ANSWER_MAX 4096u

/* "permall", "volatilestate", "savestate". */
struct file {
	const char *name;
	unsigned char *data;
	uint32_t len;
};

static struct {
	bool on;
	bool registered;
	uint32_t locality;
	bool present;
	unsigned int stores;
	struct file files[4];
	unsigned char *answer;
	uint32_t answer_len;
	uint32_t answer_room;
} machine;

static void die(const char *what)
{
	fprintf(stderr, "libtpms: %s\n", what);
	exit(1);
}

/* The file of this name; with its name set if it is new. */
static struct file *file(const char *name)
{
	struct file *unused = NULL;

	for (size_t i = 0; i < sizeof(machine.files) / sizeof(struct file);
	     i++) {
		struct file *f = &machine.files[i];

		if (f->name && !strcmp(f->name, name))
			return f;
		if (!f->name)
			unused = f;
	}
	if (!unused)
		die("more files than are known");
	else
		unused->name = strdup(name);
	return unused;
}

static TPM_RESULT ready(void)
{
	return TPM_SUCCESS;
}

static TPM_RESULT load(unsigned char **data, uint32_t *len, uint32_t tpm,
		       const char *name)
{
	const struct file *f = file(name);

	if (!f->data)
		return TPM_RETRY;
	if (TPM_Malloc(data, f->len) != TPM_SUCCESS)
		return TPM_FAIL;
	memcpy(*data, f->data, f->len);
	*len = f->len;
	return TPM_SUCCESS;
}

static TPM_RESULT store(const unsigned char *data, uint32_t len, uint32_t tpm,
			const char *name)
{
	struct file *f = file(name);
	unsigned char *copy = malloc(len ? len : 1);

	if (!copy)
		return TPM_FAIL;
	memcpy(copy, data, len);
	free(f->data);
	f->data = copy;
	f->len = len;
	machine.stores++;
	return TPM_SUCCESS;
}

static TPM_RESULT delete (uint32_t tpm, const char *name, TPM_BOOL must_exist)
{
	struct file *f = file(name);

	if (!f->data && must_exist)
		return TPM_FAIL;
	free(f->data);
	f->data = NULL;
	return TPM_SUCCESS;
}

static TPM_RESULT get_locality(TPM_MODIFIER_INDICATOR *locality, uint32_t tpm)
{
	*locality = machine.locality;
	return TPM_SUCCESS;
}

static TPM_RESULT get_presence(TPM_BOOL *present, uint32_t tpm)
{
	*present = machine.present;
	return TPM_SUCCESS;
}

static void once(void)
{
	struct libtpms_callbacks callbacks = {
		.sizeOfStruct = sizeof(callbacks),
		.tpm_nvram_init = ready,
		.tpm_nvram_loaddata = load,
		.tpm_nvram_storedata = store,
		.tpm_nvram_deletename = delete,
		.tpm_io_init = ready,
		.tpm_io_getlocality = get_locality,
		.tpm_io_getphysicalpresence = get_presence,
	};

	if (machine.registered)
		return;
	if (TPMLIB_ChooseTPMVersion(TPMLIB_TPM_VERSION_1_2) != TPM_SUCCESS ||
	    TPMLIB_RegisterCallbacks(&callbacks) != TPM_SUCCESS)
		die("cannot be set up");
	machine.registered = true;
}

void libtpms_off(void)
{
	if (machine.on)
		TPMLIB_Terminate();
	machine.on = false;
}

void libtpms_power(void)
{
	once();
	libtpms_off();
	if (TPMLIB_MainInit() != TPM_SUCCESS)
		die("TPMLIB_MainInit failed");
	machine.on = true;
}

void libtpms_fresh(void)
{
	libtpms_off();
	for (size_t i = 0; i < sizeof(machine.files) / sizeof(struct file);
	     i++) {
		free(machine.files[i].data);
		machine.files[i].data = NULL;
	}
	libtpms_power();
}

void libtpms_surroundings(uint32_t locality, bool present)
{
	machine.locality = locality;
	machine.present = present;
}

size_t libtpms_execute(const uint8_t *req, size_t len, uint8_t *rsp)
{
	unsigned char *copy = malloc(len ? len : 1);

	if (!copy)
		die("no memory");
	else
		memcpy(copy, req, len);
	if (TPMLIB_Process(&machine.answer, &machine.answer_len,
			   &machine.answer_room, copy,
			   (uint32_t)len) != TPM_SUCCESS)
		die("TPMLIB_Process failed");
	free(copy);
	if (machine.answer_len > ANSWER_MAX)
		die("the answer is too long");
	memcpy(rsp, machine.answer, machine.answer_len);
	return machine.answer_len;
}

unsigned int libtpms_stores(void)
{
	return machine.stores;
}
