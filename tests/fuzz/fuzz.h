/* SPDX-License-Identifier: BSD-2-Clause */
/* What each fuzzer has, for libFuzzer or for standalone.c. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Takes any bytes; crashes, or hangs, if it finds something.  Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- What is left of an input; zeros after its end ---- */

struct input {
	const uint8_t *p;
	const uint8_t *end;
};

static inline size_t input_left(const struct input *in)
{
	return (size_t)(in->end - in->p);
}

static inline uint8_t input_u8(struct input *in)
{
	return in->p < in->end ? *in->p++ : 0;
}

static inline uint16_t input_u16(struct input *in)
{
	const unsigned int high = input_u8(in);

	return (uint16_t)(high << 8 | input_u8(in));
}

/* As many of n bytes as there are. */
static inline const uint8_t *input_take(struct input *in, size_t *n)
{
	const uint8_t *p = in->p;

	if (*n > input_left(in))
		*n = input_left(in);
	in->p += *n;
	return p;
}

#endif
