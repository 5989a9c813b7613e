/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * log.c - hands chatter to the installed handler; messages longer than MESSAGE_BYTES are cut.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#define MESSAGE_BYTES 1024

static log_handler installed_handler;

void log_set_handler(log_handler handler)
{
	installed_handler = handler;
}

void log_message(enum log_level level, const char *format, ...)
{
	char text[MESSAGE_BYTES];
	va_list arguments;

	if (!installed_handler)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	installed_handler(level, text);
}
