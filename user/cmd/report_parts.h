/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * report_parts.h - the parts of `idletax report` that are not its tables.
 */
#ifndef IDLETAX_CMD_REPORT_PARTS_H
#define IDLETAX_CMD_REPORT_PARTS_H

#include <stdbool.h>

/* `report --lines`. The exit status. */
struct price_options;
int report_print_lines(const char *input, bool is_json, const struct price_options *prices);

#endif
