/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * same_service.h - whether two functions are of one service, by their names: by the user's rules, else where
 * they begin with the same words ("shop-dev-cart", "shop-dev-pay"). Names are a convention, no proof.
 */
#ifndef IDLETAX_ANALYSIS_SAME_SERVICE_H
#define IDLETAX_ANALYSIS_SAME_SERVICE_H

#include <stddef.h>

#include "analysis/advice.h"

#define SERVICE_NAME_MAX 128

/*
 * Writes the service that both are of into @name (SERVICE_NAME_MAX bytes) and returns true; else false. Where
 * a rule matches one of them, rules alone decide.
 */
bool same_service(char *name, const struct advice_options *options, const char *caller,
		  const char *callee);

#endif
