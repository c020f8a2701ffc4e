/* SPDX-License-Identifier: BSD-2-Clause */
/* Names for people. */

#include "tpm.h"

const char *tpm12_result_name(uint32_t result)
{
#define RESULT(name, value) { (value), #name },
	static const struct {
		uint32_t value;
		const char *name;
	} results[] = {
#include "result.def"
	};

	for (size_t i = 0; i < sizeof(results) / sizeof(*results); i++)
		if (results[i].value == result)
			return results[i].name;
	return NULL;
}

const char *tpm12_ordinal_name(uint32_t ordinal)
{
	const struct tpm_command *cmd = tpm_command_find(ordinal);

	return cmd ? cmd->name : NULL;
}
