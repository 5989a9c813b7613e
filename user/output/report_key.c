// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * report_key.c - see report_key.h.
 */
#include "output/report_key.h"

#include <errno.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *const key_names[] = {
	[REPORT_BY_BILLED] = "billed", [REPORT_BY_OWN] = "own",	  [REPORT_BY_IDLE] = "idle",
	[REPORT_BY_DOUBLE] = "double", [REPORT_BY_COST] = "cost", [REPORT_BY_CALLS] = "calls",
	[REPORT_BY_NAME] = "name",
};

int report_key_parse(enum report_key *ret_key, const char *text)
{
	for (size_t i = 0; i < COUNT_OF(key_names); i++) {
		if (strcmp(key_names[i], text) != 0)
			continue;
		*ret_key = (enum report_key)i;
		return 0;
	}
	return -EINVAL;
}

uint64_t report_idle_ns(const struct sums *sums)
{
	uint64_t idle_ns = 0;

	for (unsigned int state = STATE_WAIT_LAMBDA; state <= STATE_WAIT_LOCK; state++)
		idle_ns += sums->state_ns[state];
	return idle_ns;
}

uint64_t report_sums_weight(const struct sums *sums, enum report_key key)
{
	switch (key) {
	case REPORT_BY_OWN:
		return sums_own_ns(sums);
	case REPORT_BY_IDLE:
		return report_idle_ns(sums);
	case REPORT_BY_DOUBLE:
		return sums->double_billed_ns;
	case REPORT_BY_COST:
		return (uint64_t)(sums->cost_pico + sums->init_cost_pico);
	case REPORT_BY_CALLS:
		return sums->invocations;
	case REPORT_BY_NAME:
		return 0;
	case REPORT_BY_BILLED:
		break;
	}
	return sums->billed_ns;
}
