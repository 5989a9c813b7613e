/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * text_file.h - a small file that the user names, whole: a price plan, rules.
 */
#ifndef IDLETAX_CMD_TEXT_FILE_H
#define IDLETAX_CMD_TEXT_FILE_H

#include <stddef.h>

#include "base/diag.h"

/*
 * At most @capacity bytes of @path, not ended by a 0; so many: there may be more. The text is the caller's
 * to free. 0, or negative errno with the reason in @diag.
 */
int text_file_read(char **ret_text, size_t *ret_bytes, const char *path, size_t capacity,
		   struct diag *diag);

#endif
