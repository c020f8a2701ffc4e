/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 27: Deprecated Commands. */

#include "tpm.h"

/* 27.1.2 TPM_Terminate_Handle */
enum tpm_rc tpm_Terminate_Handle(struct tpm *t, struct tpm_call *c,
				 const struct Terminate_Handle_in *in,
				 struct Terminate_Handle_out *out)
{
	struct tpm_session *s = session_find(t, in->handle);

	if (!s)
		return TPM_INVALID_AUTHHANDLE;
	session_close(s);
	return TPM_SUCCESS;
}
