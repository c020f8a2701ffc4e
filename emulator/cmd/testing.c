/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 4: Admin Testing. */

#include "tpm.h"

/* 4.1 TPM_SelfTestFull */
enum tpm_rc tpm_SelfTestFull(struct tpm *t, struct tpm_call *c,
			     const struct SelfTestFull_in *in,
			     struct SelfTestFull_out *out)
{
	return selftest_full(t);
}

/* 4.2 TPM_ContinueSelfTest */
enum tpm_rc tpm_ContinueSelfTest(struct tpm *t, struct tpm_call *c,
				 const struct ContinueSelfTest_in *in,
				 struct ContinueSelfTest_out *out)
{
	return t->s.test == TEST_FULL ? TPM_SUCCESS : selftest_full(t);
}

/* 4.3 TPM_GetTestResult: the manufacturer's own format, here the state. */
enum tpm_rc tpm_GetTestResult(struct tpm *t, struct tpm_call *c,
			      const struct GetTestResult_in *in,
			      struct GetTestResult_out *out)
{
	uint8_t *result = tpm_scratch(c, 1);

	if (!result)
		return TPM_SIZE;
	*result = (uint8_t)t->s.test;
	out->outData = (struct tpm_bytes){ result, 1 };
	return TPM_SUCCESS;
}
