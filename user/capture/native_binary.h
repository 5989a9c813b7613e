/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * native_binary.h - finds a function in a program file or library and says where probes see it called and
 * return. Reads the file only; knows nothing of processes.
 */
#ifndef IDLETAX_CAPTURE_NATIVE_BINARY_H
#define IDLETAX_CAPTURE_NATIVE_BINARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "capture/native_code.h"

struct native_function {
	uint64_t entry; /* offset in the file */
	uint64_t returns[NATIVE_RETURNS_MAX];
	size_t return_count;
	bool is_by_return_probe; /* returns has the function's own offset, for a return probe */
	bool has_other_exits;	 /* it may also leave by a jump, which is not among the returns */
	bool is_go;
};

/*
 * @path: what the file is called in errors. @symbol: a name as the symbol table has it, or a C++ name without
 * templates (ns::function, its arguments are not looked at). -ENOENT with near matches as a hint, -ENOTUNIQ,
 * -ENODATA where its returns cannot be told, or why the file cannot be read.
 */
int native_binary_find(struct native_function *ret_function, int fd, const char *path,
		       const char *symbol, struct diag *diag);

#endif
