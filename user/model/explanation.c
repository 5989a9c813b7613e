// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * explanation.c - the life of struct explanation, and the names of the rules.
 */
#include "model/explanation.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"

struct explanation *explanation_new(void)
{
	return calloc(1, sizeof(struct explanation));
}

void explanation_free(struct explanation *explanation)
{
	if (!explanation)
		return;
	free(explanation->causes);
	free(explanation->others);
	free(explanation);
}

/* In all but time. */
static bool is_alike(const struct wait_cause *a, const struct wait_cause *b)
{
	return a->state == b->state && a->reason == b->reason && a->rule == b->rule &&
	       a->is_share == b->is_share && a->scope == b->scope &&
	       a->is_carrier == b->is_carrier && a->attempt == b->attempt &&
	       a->outstanding == b->outstanding && a->others == b->others && a->tid == b->tid &&
	       a->threads == b->threads && a->blocked_ns == b->blocked_ns &&
	       a->woken_ns == b->woken_ns && a->deadline_ns == b->deadline_ns &&
	       a->waker_tgid == b->waker_tgid && a->waker_tid == b->waker_tid &&
	       a->waker == b->waker && a->off_reason == b->off_reason &&
	       a->blocked_in == b->blocked_in;
}

int explanation_add(struct explanation *explanation, const struct wait_cause *cause)
{
	size_t count = explanation->cause_count;
	struct wait_cause *last = count ? &explanation->causes[count - 1] : NULL;

	if (cause->start_ns >= cause->end_ns)
		return 0;
	if (last && last->end_ns == cause->start_ns && is_alike(last, cause)) {
		last->end_ns = cause->end_ns;
		return 0;
	}
	if (array_make_room(&explanation->causes, count, &explanation->cause_capacity,
			    sizeof(*explanation->causes)))
		return -ENOMEM;
	explanation->causes[explanation->cause_count++] = *cause;
	return 0;
}

const char *wait_rule_name(enum wait_rule rule)
{
	static const char *const names[] = {
		[RULE_NONE] = "none",
		[RULE_ON_CPU] = "on_cpu",
		[RULE_READY] = "ready",
		[RULE_STOPPED] = "stopped",
		[RULE_ATTEMPT] = "attempt",
		[RULE_DOUBTFUL] = "doubtful_call",
		[RULE_ESTIMATED] = "estimated",
		[RULE_LOSS] = "loss",
		[RULE_DISK] = "disk",
		[RULE_DEADLINE] = "deadline",
		[RULE_SLEEP] = "sleep",
		[RULE_WOKEN_INSIDE] = "woken_inside",
		[RULE_WOKEN_OTHERWISE] = "woken_otherwise",
		[RULE_WOKEN_OUTSIDE] = "woken_outside",
		[RULE_INTERRUPT] = "interrupt",
		[RULE_WAKER_UNSEEN] = "waker_unseen",
		[RULE_NOT_ASLEEP] = "not_asleep",
		[RULE_BEFORE_UNSEEN] = "before_unseen",
		[RULE_LAST_DEADLINE] = "last_deadline",
		[RULE_LAST_UNTIMED] = "last_untimed",
		[RULE_AT_OTHERS_WORK] = "at_others_work",
		[RULE_THROTTLED] = "throttled",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == RULE_COUNT, "a name each");
	return rule < RULE_COUNT ? names[rule] : "none";
}
