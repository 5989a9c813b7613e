/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * blind_spots.h - what the recorder told that it could not see, one row per program and reason.
 */
#ifndef IDLETAX_ANALYSIS_BLIND_SPOTS_H
#define IDLETAX_ANALYSIS_BLIND_SPOTS_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/results.h"
#include "base/string_pool.h"
#include "trace/fact.h"

#define BLIND_SPOTS_MAX 32 /* rows; what comes later is not kept */

struct blind_spots {
	struct blind_spot_row rows[BLIND_SPOTS_MAX];
	size_t count;
	bool has_loss; /* what was not seen is known to have been there */
	struct string_pool strings;
};

void blind_spots_init(struct blind_spots *spots);
void blind_spots_release(struct blind_spots *spots);
int blind_spots_add(struct blind_spots *spots, const struct fact *fact); /* 0 or -ENOMEM */

#endif
