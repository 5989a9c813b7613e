/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * native_code.h - where in a function's machine code (x86-64) a call of it begins and where it returns.
 */
#ifndef IDLETAX_CAPTURE_NATIVE_CODE_H
#define IDLETAX_CAPTURE_NATIVE_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NATIVE_RETURNS_MAX 256
#define NATIVE_PARTS_MAX 2

struct native_part { /* a piece of a function: compilers set what is rarely run apart */
	const uint8_t *bytes;
	size_t count;
	uint64_t address;
};

struct native_code { /* addresses */
	uint64_t entry;
	uint64_t returns[NATIVE_RETURNS_MAX];
	size_t return_count;
	bool has_other_exits; /* it may leave by a jump, too */
};

/*
 * @parts: the first one begins with the function. The entry is its start; in Go, what follows the check of the
 * stack, which runs once more from the start when the stack has grown. -EILSEQ: not all of it could be decoded,
 * -E2BIG: too many returns.
 */
int native_code_read(struct native_code *ret_code, const struct native_part *parts, size_t count,
		     bool is_go);

#endif
