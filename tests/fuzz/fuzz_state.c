/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a TPM's permanent and volatile state.  The daemon seals both, so
 * this is the second line of defence: what is accepted must be usable.
 *
 * An input is u16 length, the permanent state, the volatile state; the two
 * magic numbers and versions are put right, so that what follows is read.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "machine.h"
#include "ordinals.h"
#include "setup.h"
#include "tpm.h"

#define INPUT_MAX 65536u

static void put_right(uint8_t *image, size_t len)
{
	static const uint8_t start[] = { 'T', 'P', '1', '2', 0, 1 };

	memcpy(image, start, len < sizeof(start) ? len : sizeof(start));
}

/* Reads everything that can be asked for without a proof. */
static void use(struct machine *m)
{
	static const uint32_t areas[] = { TPM_CAP_FLAG, TPM_CAP_PROPERTY,
					  TPM_CAP_KEY_HANDLE, TPM_CAP_NV_LIST,
					  TPM_CAP_HANDLE, TPM_CAP_NV_INDEX };
	struct tss_command c;
	const struct tss_digest d = { { 1 } };

	for (size_t i = 0; i < sizeof(areas) / sizeof(*areas); i++) {
		tss_begin(&c, ORD_GetCapability);
		tss_put_u32(&c, areas[i]);
		tss_put_u32(&c, 4);
		tss_put_u32(&c, i == 1 ? TPM_CAP_PROP_MAX_NV_AVAILABLE :
				i == 4 ? TPM_RT_AUTH :
					 TPM_CAP_FLAG_PERMANENT);
		machine_run(m, &c);
	}
	tss_begin(&c, ORD_Extend);
	tss_put_u32(&c, 3);
	tss_put_bytes(&c, d.b, sizeof(d.b));
	machine_run(m, &c);
	tss_begin(&c, ORD_SaveState);
	machine_run(m, &c);
}

static void load(struct machine *m, uint8_t *state, size_t permanent,
		 size_t len)
{
	put_right(state, permanent);
	put_right(state + permanent, len - permanent);
	if (tpm12_load(m->tpm, state, permanent))
		return;
	if (tpm12_load_volatile(m->tpm, state + permanent, len - permanent))
		tpm12_power_on(m->tpm);
	use(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, data + size };
	size_t permanent = input_u16(&in), len = input_left(&in);
	struct machine *m;
	uint8_t *state;

	if (len > INPUT_MAX)
		return 0;
	if (permanent > len)
		permanent = len;
	state = malloc(len ? len : 1);
	if (!state)
		abort();
	memcpy(state, in.p, len);
	m = machine_new();
	tpm12_free(m->tpm);
	m->tpm = tpm12_new(&machine_platform, m);
	load(m, state, permanent, len);
	machine_free(m);
	free(state);
	return 0;
}
