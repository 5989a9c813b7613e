/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * log.h - chatter for people, on stderr through a handler that user/cmd installs. Library code
 * reports errors through struct diag; it uses this only for what is worth knowing and not an error.
 */
#ifndef IDLETAX_BASE_LOG_H
#define IDLETAX_BASE_LOG_H

enum log_level {
	LOG_DEBUG = 0,
	LOG_NOTE = 1,
	LOG_WARNING = 2,
};

typedef void (*log_handler)(enum log_level level, const char *text);

void log_set_handler(log_handler handler); /* NULL: silent, the default */
void log_message(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
