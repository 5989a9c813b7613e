// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * failing_malloc.c - for check-memory, by LD_PRELOAD: the allocation of number FAIL_AT fails, all others do not. At the
 * end the descriptor TELL_FD is told how many there were.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *block, size_t bytes);

static unsigned long fail_at, count;

static int fails(void)
{
	const char *number;

	if (!count++) {
		number = getenv("FAIL_AT");
		fail_at = number ? strtoul(number, NULL, 10) : 0;
	}
	if (count != fail_at)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t bytes)
{
	return fails() ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t number, size_t bytes)
{
	return fails() ? NULL : __libc_calloc(number, bytes);
}

void *realloc(void *block, size_t bytes)
{
	return fails() ? NULL : __libc_realloc(block, bytes);
}

void *reallocarray(void *block, size_t number, size_t bytes)
{
	size_t all;

	if (__builtin_mul_overflow(number, bytes, &all)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(block, all);
}

__attribute__((destructor)) static void tell(void)
{
	const char *descriptor = getenv("TELL_FD");

	if (descriptor)
		dprintf(atoi(descriptor), "%lu", count);
}
