/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes written as text: for published vectors. */
#ifndef HEX_H
#define HEX_H

#include <check.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"

struct hex {
	uint8_t p[600];
	size_t len;
};

static inline struct hex hex(const char *text)
{
	struct hex h = { .len = strlen(text) / 2 };

	for (size_t i = 0; i < h.len; i++) {
		const char digits[3] = { text[2 * i], text[2 * i + 1], 0 };

		h.p[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return h;
}

static inline struct tpm_bytes bytes(const struct hex *h)
{
	return (struct tpm_bytes){ h->p, h->len };
}

#define ck_assert_hex(buf, text)                             \
	do {                                                 \
		const struct hex want_ = hex(text);          \
		ck_assert_mem_eq((buf), want_.p, want_.len); \
	} while (0)

#endif
