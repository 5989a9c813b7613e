// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * waste.c - see waste.h.
 */
#include "model/waste.h"

#include <stddef.h>

const char *orphan_cause_name(enum orphan_cause cause)
{
	switch (cause) {
	case ORPHAN_CALLER_DIED:
		return "caller_died";
	case ORPHAN_GAVE_UP:
		return "gave_up";
	case ORPHAN_BROKEN:
		return "broken";
	case ORPHAN_NOT_AWAITED:
		return "not_awaited";
	case ORPHAN_ANSWERED_FOR:
		return "answered_for";
	case ORPHAN_ABOVE:
		return "above";
	case ORPHAN_NONE:
		break;
	}
	return NULL;
}
