/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fuzz_v8_clone.c - the input is a message between Node workers: reading it must end, within bounds.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/v8_clone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static const uint8_t key[16] = "0123456789abcdef";
	struct v8_clone clone;

	v8_clone_read(&clone, data, bytes, true, key);
	if (clone.has_digest && !clone.json_bytes)
		abort();
	if (clone.clone_class == V8_CLONE_EVENT && !clone.request_id[0])
		abort();
	v8_clone_read(&clone, data, bytes, false, key);
	if (clone.clone_class == V8_CLONE_VALUE && clone.has_digest)
		abort();
	return 0;
}
