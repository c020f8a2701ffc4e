/* SPDX-License-Identifier: BSD-2-Clause */
/* What a command's user is told: TPM_RESULT (Part 2, section 16). */
#ifndef TPM_RESULT_H
#define TPM_RESULT_H

#define RESULT(name, value) name = (value),
enum tpm_rc {
#include "result.def"
};

#define TPM_CHECKED __attribute__((warn_unused_result))

/*
 * Leaves the function with the first result that is not success.  Only for
 * functions that own nothing.
 */
#define TRY(expr)                                 \
	do {                                      \
		const enum tpm_rc try_rc = (expr); \
                                                  \
		if (try_rc != TPM_SUCCESS)        \
			return try_rc;            \
	} while (0)

#endif
