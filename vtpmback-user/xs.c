/* SPDX-License-Identifier: BSD-2-Clause */
/* What both stores share: see xs.h. */

#include "config.h"

#include <errno.h>

#include "xs.h"

int xs_parse_u32(const char *text, uint32_t max, uint32_t *number)
{
	uint64_t n = 0;
	const char *p;

	if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0'))
		return -EINVAL;
	for (p = text; *p; p++) {
		if (*p < '0' || *p > '9')
			return -EINVAL;
		n = n * 10 + (uint64_t)(*p - '0');
		if (n > max)
			return -EINVAL;
	}
	*number = (uint32_t)n;
	return 0;
}
