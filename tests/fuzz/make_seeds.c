/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes inputs to start from, made of the samples that the tests have of every
 * command, and of the state of a TPM that is in use:
 *
 *	make_seeds execute|state DIR
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "machine.h"
#include "samples.h"
#include "setup.h"
#include "tpm12.h"

/* Of fuzz_execute.c: a command's step, and its keys. */
#define STEP_COMMAND 1u
#define N_KEYS	     7u

static int write_file(const char *dir, const char *name, unsigned int n,
		      const uint8_t *b, size_t len)
{
	char path[4096];
	FILE *f;
	size_t done;

	snprintf(path, sizeof(path), "%s/%s-%u", dir, name, n);
	f = fopen(path, "wb");
	if (!f) {
		perror(path);
		return -1;
	}
	done = fwrite(b, 1, len, f);
	return fclose(f) || done != len ? -1 : 0;
}

/* Whose secret each session proves, as fuzz_execute.c numbers them. */
static unsigned int how(const struct tpm_command *cmd,
			const struct tss_command *c)
{
	unsigned int bits = c->n_auth;

	for (unsigned int i = 0; i < c->n_auth; i++) {
		const unsigned int kind =
			cmd->auth[i + cmd->auth_max - c->n_auth];

		bits |= (kind == AUTH_OWNER ? 0u : 2u) << (2 + 2 * i);
	}
	if (c->n_auth && c->auth[0].session->bound)
		bits |= 0x40;
	return bits;
}

/* The same with each of the keys in place of its first handle. */
static int write_sample(const char *dir, const struct tpm_command *cmd,
			unsigned int row)
{
	const struct sample *sample = sample_find(cmd->ordinal);
	struct machine *m;
	struct sample_sessions s;
	struct tss_command c;
	uint8_t b[5 + TSS_BUFFER];
	int r = 0;

	if (!sample)
		return 0;
	m = machine_started();
	if (sample->prepare)
		sample->prepare(m);
	tss_begin(&c, cmd->ordinal);
	sample->build(m, &c, &s);
	b[0] = STEP_COMMAND;
	b[1] = (uint8_t)row;
	b[2] = (uint8_t)how(cmd, &c);
	b[3] = (uint8_t)(c.len >> 8);
	b[4] = (uint8_t)c.len;
	memcpy(b + 5, c.params, c.len);
	for (uint8_t key = 0; !r && key < (cmd->in_skip ? N_KEYS : 1); key++) {
		if (cmd->in_skip)
			memcpy(b + 5, (uint8_t[]){ 0, 0, 0, key }, 4);
		r = write_file(dir, cmd->name, key, b, 5 + c.len);
	}
	machine_free(m);
	return r;
}

static int write_samples(const char *dir)
{
	for (unsigned int i = 0; i < tpm_n_commands; i++)
		if (write_sample(dir, &tpm_commands[i], i))
			return 1;
	return 0;
}

static int write_state(const char *dir)
{
	struct machine *m = machine_started();
	uint8_t *b = malloc(2 + sizeof(m->image) + TPM12_VOLATILE_MAX);
	size_t len;
	int r;

	if (!b)
		return 1;
	setup_owner(m);
	b[0] = (uint8_t)(m->image_len >> 8);
	b[1] = (uint8_t)m->image_len;
	memcpy(b + 2, m->image, m->image_len);
	r = tpm12_save_volatile(m->tpm, b + 2 + m->image_len,
				TPM12_VOLATILE_MAX, &len);
	if (!r)
		r = write_file(dir, "state", 0, b, 2 + m->image_len + len);
	free(b);
	machine_free(m);
	return r ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "execute"))
		return write_samples(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "state"))
		return write_state(argv[2]);
	fputs("usage: make_seeds execute|state DIR\n", stderr);
	return 2;
}
