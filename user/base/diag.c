/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * diag.c - fills a struct diag. Text that does not fit is cut. The last failure told is the one
 * kept.
 */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>

int diag_set(struct diag *diag, int error, const char *format, ...)
{
	va_list arguments;

	if (!diag)
		return error;
	diag->has_offset = false;
	diag->offset = 0;
	diag->hint[0] = 0;
	va_start(arguments, format);
	vsnprintf(diag->text, sizeof(diag->text), format, arguments);
	va_end(arguments);
	return error;
}

int diag_set_at(struct diag *diag, int error, uint64_t offset, const char *format, ...)
{
	va_list arguments;

	if (!diag)
		return error;
	diag->has_offset = true;
	diag->offset = offset;
	diag->hint[0] = 0;
	va_start(arguments, format);
	vsnprintf(diag->text, sizeof(diag->text), format, arguments);
	va_end(arguments);
	return error;
}

void diag_hint(struct diag *diag, const char *format, ...)
{
	va_list arguments;

	if (!diag)
		return;
	va_start(arguments, format);
	vsnprintf(diag->hint, sizeof(diag->hint), format, arguments);
	va_end(arguments);
}
