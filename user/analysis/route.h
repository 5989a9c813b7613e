/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * route.h - functions that are named by the HTTP route that they serve, as Architect names its own:
 *
 *   name = "@http " method " " path      method: a word in lower case, or "any"
 *   path = { "/" segment }               ":name" stands for any one, a last "*" for all that follow
 */
#ifndef IDLETAX_ANALYSIS_ROUTE_H
#define IDLETAX_ANALYSIS_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * False where the function @name says that it serves other requests than this one; true where it says
 * nothing. @path (or NULL) is as facts have it: a segment "*" can be any. @method: enum http_method.
 */
bool route_allows(const char *name, uint8_t method, const char *path);

/* Whether the function @name (or NULL) says which requests it serves. */
bool route_is_named(const char *name);

#endif
