// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * text_file.c - see text_file.h.
 */
#include "cmd/text_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int text_file_read(char **ret_text, size_t *ret_bytes, const char *path, size_t capacity,
		   struct diag *diag)
{
	char *text = malloc(capacity);
	FILE *file = text ? fopen(path, "re") : NULL;
	int error = file ? 0 : -(text ? errno : ENOMEM);
	size_t bytes = 0;

	if (file) {
		errno = 0;
		bytes = fread(text, 1, capacity, file);
		if (ferror(file))
			error = errno ? -errno : -EIO;
		fclose(file);
	}
	if (error) {
		free(text);
		return diag_set(diag, error, "%s", strerror(-error));
	}
	*ret_text = text;
	*ret_bytes = bytes;
	return 0;
}
