/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * report_log_text.h - the text form of a REPORT. Private to user/import.
 */
#ifndef IDLETAX_IMPORT_REPORT_LOG_TEXT_H
#define IDLETAX_IMPORT_REPORT_LOG_TEXT_H

#include <stddef.h>

#include "base/diag.h"
#include "model/reported.h"

/* Where the first one begins; NULL: there is none. */
const char *report_text_find(const char *text, size_t bytes);

/* @text begins with one, and ends before the next. Keeps the line. 0, or -EINVAL with the reason. */
int report_text_read(const char *text, size_t bytes, struct reported *ret_reported,
		     struct diag *diag);

#endif
