/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_route.c - which requests a function that is named by its route serves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analysis/route.h"
#include "trace_format.h"

static void test_routes(void **state)
{
	static const struct {
		const char *name;
		uint8_t method;
		const char *path;
		bool is_allowed;
	} cases[] = {
		{ "@http get /a", HTTP_METHOD_GET, "/a", true },
		{ "@http get /a", HTTP_METHOD_GET, "/a/", true },
		{ "@http get /a", HTTP_METHOD_GET, "/b", false },
		{ "@http get /a", HTTP_METHOD_GET, "/ab", false },
		{ "@http get /a", HTTP_METHOD_GET, "/a/b", false },
		{ "@http get /a/b", HTTP_METHOD_GET, "/a", false },
		{ "@http get /a", HTTP_METHOD_POST, "/a", false },
		{ "@http any /a", HTTP_METHOD_POST, "/a", true },
		{ "@http get /a", HTTP_METHOD_OTHER, "/a", true },
		{ "@http get /", HTTP_METHOD_GET, "/", true },
		{ "@http get /", HTTP_METHOD_GET, "/a", false },
		{ "@http get /u/:id/x", HTTP_METHOD_GET, "/u/7/x", true },
		{ "@http get /u/:id/x", HTTP_METHOD_GET, "/u/7/y", false },
		{ "@http get /u/:id/x", HTTP_METHOD_GET, "/u/7", false },
		{ "@http get /u/*", HTTP_METHOD_GET, "/u/7/y", true },
		{ "@http get /*", HTTP_METHOD_GET, "/", true },
		/* what facts hide can be anything, what they cut off too */
		{ "@http get /u/long", HTTP_METHOD_GET, "/*/long", true },
		{ "@http get /u/long", HTTP_METHOD_GET, "/*/other", false },
		{ "@http get /u/long/x", HTTP_METHOD_GET, "/u/*", true },
		{ "@http get /u/long/x", HTTP_METHOD_GET, "/v/*", false },
		{ "@http get /u", HTTP_METHOD_GET, NULL, true },
		/* these say nothing of a route */
		{ "svc-dev-a", HTTP_METHOD_GET, "/b", true },
		{ "@events placed", HTTP_METHOD_POST, "/", true },
		{ "@http get", HTTP_METHOD_GET, "/b", true },
		{ "@http ", HTTP_METHOD_GET, "/b", true },
		{ NULL, HTTP_METHOD_GET, "/b", true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (route_allows(cases[i].name, cases[i].method, cases[i].path) !=
		    cases[i].is_allowed)
			fail_msg("%s and %s", cases[i].name, cases[i].path);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_routes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
