/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * diag.h - why something failed, told by library code and printed (once) by user/cmd.
 */
#ifndef IDLETAX_BASE_DIAG_H
#define IDLETAX_BASE_DIAG_H

#include <stdbool.h>
#include <stdint.h>

#define DIAG_TEXT_MAX 512

struct diag {
	bool has_offset;
	uint64_t offset; /* byte (binary input) or line (text input) at which input was wrong */
	char text[DIAG_TEXT_MAX];
	char hint[DIAG_TEXT_MAX]; /* a remedy, or empty */
};

/*
 * Setting returns `error` (a negative errno), so that a caller can write `return diag_set(...)`, and empties
 * the hint: give it afterwards. @diag may be NULL.
 */
int diag_set(struct diag *diag, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int diag_set_at(struct diag *diag, int error, uint64_t offset, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void diag_hint(struct diag *diag, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
