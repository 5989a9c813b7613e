/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * plan_file.h - a price plan by the name that the user gives: one that comes with the program, or a file.
 */
#ifndef IDLETAX_CMD_PLAN_FILE_H
#define IDLETAX_CMD_PLAN_FILE_H

#include "analysis/price_plan.h"
#include "base/diag.h"

/* What has a slash in it, or ends with .json, is a file. 0, or negative errno with the reason in @diag. */
int plan_file_load(struct price_plan *ret_plan, const char *name, struct diag *diag);

#endif
