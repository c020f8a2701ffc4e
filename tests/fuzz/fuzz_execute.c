/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any commands in any order at a TPM that has an owner and keys.  A hostile
 * guest knows its own secrets, so commands come with right proofs too: of an
 * input a command's parameters are taken as they are, and the header and the
 * sessions are made to fit.
 *
 * An input is a list of steps: a byte says what (enum step), what follows is
 * the step's.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "keys.h"
#include "machine.h"
#include "ordinals.h"
#include "setup.h"

enum step {
	STEP_RAW,     /* u16 length, a request as it is */
	STEP_COMMAND, /* u8 ordinal, u8 sessions, u16 length, parameters */
	STEP_MACHINE, /* u8: the machine around it changes */
	N_STEPS
};

/* More is not seen by anybody. */
#define STEPS_MAX 64

static void expect(bool ok)
{
	if (!ok)
		abort();
}

/* ---- The machine that every input starts from ---- */

static struct tpm_state start_state;

static const struct tss_digest secret_key = { "a secret of all keys" };

/* One of each usage, so that every command finds what it wants. */
static void add_key(struct machine *m, uint16_t usage, uint16_t enc_scheme,
		    uint16_t sig_scheme)
{
	struct tpm *t = m->tpm;
	struct tpm_call c = { .scratch = wr_over(t->scratch,
						 sizeof(t->scratch)) };
	struct tpm_key_entry key = {
		.ver = { .major = 1, .minor = 1 },
		.keyUsage = usage,
		.keyFlags = usage == TPM_KEY_BIND ? TPM_MIGRATABLE : 0,
		.authDataUsage = TPM_AUTH_ALWAYS,
		.encScheme = enc_scheme,
		.sigScheme = sig_scheme,
		.payload = TPM_PT_ASYM,
	};
	struct tpm_key_entry *slot;
	struct tpm_key wire;

	memcpy(key.usageAuth.b, secret_key.b, sizeof(key.usageAuth.b));
	key.migrationAuth = usage == TPM_KEY_BIND ? key.usageAuth
						  : t->s.owner.tpmProof;
	expect(key_generate(t, 2048, &key) == TPM_SUCCESS);
	expect(key_wire(&c, &key, &wire) == TPM_SUCCESS);
	expect(key_public_digest(t, &wire, &key.pubDataDigest) == TPM_SUCCESS);
	expect(key_add(t, &key, &slot) == TPM_SUCCESS);
}

static struct machine *make_machine(void)
{
	struct machine *m = machine_started();

	setup_owner(m);
	setup_presence(m);
	add_key(m, TPM_KEY_SIGNING, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_SHA1);
	add_key(m, TPM_KEY_SIGNING, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_INFO);
	add_key(m, TPM_KEY_STORAGE, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE);
	add_key(m, TPM_KEY_BIND, TPM_ES_RSAESPKCSv15, TPM_SS_NONE);
	add_key(m, TPM_KEY_IDENTITY, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_SHA1);
	add_key(m, TPM_KEY_LEGACY, TPM_ES_RSAESOAEP_SHA1_MGF1,
		TPM_SS_RSASSAPKCS1v15_DER);
	add_key(m, TPM_KEY_MIGRATE, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE);
	start_state = m->tpm->s;
	return m;
}

static void restart(struct machine *m)
{
	struct tpm *t = m->tpm;

	t->s = start_state;
	keys_forget_rsa(t);
	t->powered = true;
	m->locality = 0;
	m->clock_us = 0;
	m->random_at = 0;
	m->primes_taken = 0;
	m->tss.nonces = 0;
	m->image_len = 0;
	lockout_power_on(t);
	expect(tpm_commit(t) == 0);
}

/* ---- Commands ---- */

static uint32_t number(const uint8_t b[4])
{
	struct rd r = rd_over(b, 4);

	return (uint32_t)rd_number(&r, 4);
}

/* Small numbers stand for what there is. */
static void resolve_handle(const struct tpm *t, uint8_t *at)
{
	const uint32_t n = number(at);
	uint32_t handle = n;
	struct wr w = wr_over(at, 4);

	if (n < TPM_MAX_KEYS)
		handle = t->s.keys[n].handle;
	else if (n - TPM_MAX_KEYS < TPM_MAX_SESSIONS)
		handle = t->s.sessions[n - TPM_MAX_KEYS].handle;
	wr_u32(&w, &handle);
}

static const struct tss_digest *secret_of(unsigned int which)
{
	static const struct tss_digest *const secrets[] = {
		&secret_owner,
		&secret_srk,
		&secret_key,
		&secret_wrong,
	};

	return secrets[which % 4];
}

/* Bits 0-1: how many, 2-3 and 4-5: whose, 6: OSAP, 7: it ends. */
static void use_sessions(struct machine *m, struct tss_command *c,
			 unsigned int how, const uint8_t *params, size_t len)
{
	static struct tss_session s[2];
	static const uint8_t types[] = { TPM_ET_OWNER, TPM_ET_SRK,
					 TPM_ET_KEYHANDLE, TPM_ET_KEYHANDLE };
	uint32_t handle = TPM_KH_SRK;

	if (len >= 4)
		handle = number(params);
	for (unsigned int i = 0; i < (how & 3u) && i < 2; i++) {
		const unsigned int who = how >> (2 + 2 * i) & 3u;
		uint32_t r;

		if (how & 0x40 && i == 0)
			r = tss_osap(&m->tss, &s[i],
				     how & 2 ? TSS_ADIP_XOR : TSS_ADIP_AES_CTR,
				     types[who], handle, secret_of(who));
		else
			r = tss_oiap(&m->tss, &s[i]);
		if (r)
			return;
		tss_use(c, &s[i], secret_of(who), !(how & 0x80));
	}
}

static void step_command(struct machine *m, struct input *in)
{
	const struct tpm_command *cmd =
		&tpm_commands[input_u8(in) % tpm_n_commands];
	const unsigned int how = input_u8(in);
	size_t len = input_u16(in) % TPM12_BUFFER_SIZE;
	uint8_t params[TPM12_BUFFER_SIZE];
	struct tss_command c;

	memcpy(params, input_take(in, &len), len);
	for (size_t i = 0; i + 4 <= len && i < cmd->in_skip && i < 8; i += 4)
		resolve_handle(m->tpm, params + i);
	tss_begin(&c, cmd->ordinal);
	tss_put_bytes(&c, params, len);
	c.in_handles = cmd->in_skip < len ? cmd->in_skip : len;
	c.out_handles = cmd->out_skip;
	use_sessions(m, &c, how, params, len);
	expect(machine_run(m, &c) != TSS_MALFORMED);
}

static void step_raw(struct machine *m, struct input *in)
{
	size_t len = input_u16(in) % (TPM12_BUFFER_SIZE + 16u);
	const uint8_t *req = input_take(in, &len);

	machine_send(m, req, len);
}

static void step_machine(struct machine *m, struct input *in)
{
	const unsigned int what = input_u8(in);

	switch (what >> 5) {
	case 0:
		m->locality = what % 5;
		break;
	case 1:
		m->present = what & 1;
		break;
	case 2:
		m->clock_us += (uint64_t)what << 20;
		break;
	case 3:
		machine_take_over(m);
		break;
	case 4:
		machine_power_cycle(m);
		break;
	case 5:
		m->fail_store = what & 7;
		break;
	default:
		m->impatient = what & 1;
	}
}

/* What is true after every command. */
static void check(struct machine *m)
{
	expect(m->tpm->s.test != TEST_FAILED);
	expect(!m->tpm->touched);
	expect(!tpm_crypto_failed(m->tpm->crypto));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct machine *m;
	struct input in = { data, data + size };

	if (!m)
		m = make_machine();
	restart(m);
	for (unsigned int i = 0; i < STEPS_MAX && input_left(&in); i++) {
		switch (input_u8(&in) % N_STEPS) {
		case STEP_RAW:
			step_raw(m, &in);
			break;
		case STEP_COMMAND:
			step_command(m, &in);
			break;
		default:
			step_machine(m, &in);
		}
		check(m);
	}
	machine_take_over(m);
	m->fail_store = 0;
	return 0;
}
