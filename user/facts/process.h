/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * process.h - arguments and environment of an exec -> what of them is kept: the program, the script that
 * an interpreter runs, and an allow-list of Lambda's variables. Nothing else of either leaves this file.
 */
#ifndef IDLETAX_FACTS_PROCESS_H
#define IDLETAX_FACTS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/fact.h"

#define PROCESS_TEXT_MAX 257

struct process_image {
	struct fact_exec exec; /* its strings point into this struct */
	char program[PROCESS_TEXT_MAX];
	char script[PROCESS_TEXT_MAX];
	char runtime_api[PROCESS_TEXT_MAX];
	char function[PROCESS_TEXT_MAX];
	char version[PROCESS_TEXT_MAX];
	char handler[PROCESS_TEXT_MAX];
	char initialization_type[PROCESS_TEXT_MAX];
};

/* NUL-separated strings, of which the last may be cut. */
struct process_strings {
	const char *args;
	size_t args_bytes;
	const char *env;
	size_t env_bytes;
	bool is_env_whole;
	const char *name; /* the kernel's, where there are no arguments */
	size_t name_bytes;
};

void process_image_read(struct process_image *ret, const struct process_strings *strings);

#endif
