/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 21: Session Management. */

#include "context.h"

/* 21.2 TPM_SaveContext */
enum tpm_rc tpm_SaveContext(struct tpm *t, struct tpm_call *c,
			    const struct SaveContext_in *in,
			    struct SaveContext_out *out)
{
	return context_save(t, c, in->handle, in->resourceType, &in->label,
			    &out->contextBlob);
}

/* 21.3 TPM_LoadContext */
enum tpm_rc tpm_LoadContext(struct tpm *t, struct tpm_call *c,
			    const struct LoadContext_in *in,
			    struct LoadContext_out *out)
{
	const struct context_wish wish = {
		.keep = in->keepHandle,
		.has_entity = true,
		.entity = in->entityHandle,
	};

	return context_load(t, c, &wish, in->contextBlob, &out->handle);
}
