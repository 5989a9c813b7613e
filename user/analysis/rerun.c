// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * rerun.c - see rerun.h.
 */
#include "analysis/rerun.h"

#include <string.h>

#include "base/hash_map.h"

static uint64_t hash_of_id(const struct invocation *invocation)
{
	return hash_bytes(invocation->request_id, strlen(invocation->request_id));
}

static void forget(struct failed_run *run)
{
	invocation_unref(run->run);
	exchange_unref(run->attempt);
	invocation_unref(run->caller);
	memset(run, 0, sizeof(*run));
}

void reruns_release(struct reruns *reruns)
{
	for (unsigned int i = 0; i < RERUNS_MAX; i++)
		forget(&reruns->runs[i]);
	reruns->count = reruns->next = 0;
}

static bool has_failed(const struct invocation *run)
{
	return run->status == STATUS_ERROR || run->status == STATUS_TIMEOUT ||
	       run->status == STATUS_KILLED;
}

bool rerun_is_of(const struct invocation *later, const struct invocation *run)
{
	return later != run && has_failed(run) && run->request_id && later->request_id &&
	       run->dispatcher_tgid == later->dispatcher_tgid && run->end_ns <= later->start_ns &&
	       !strcmp(run->request_id, later->request_id) &&
	       digest_is_same(&run->event_body, &later->event_body);
}

bool rerun_may_follow(const struct link_decision *decision)
{
	return decision->is_event && decision->caller && decision->attempt &&
	       has_failed(decision->invocation) && decision->invocation->request_id;
}

void reruns_note(struct reruns *reruns, const struct link_decision *decision)
{
	struct failed_run *run = &reruns->runs[reruns->next];

	forget(run);
	run->run = invocation_ref(decision->invocation);
	run->attempt = exchange_ref(decision->attempt);
	run->caller = invocation_ref(decision->caller);
	run->link = decision->link;
	run->alternatives = decision->alternatives;
	run->basis = decision->basis;
	run->id_hash = hash_of_id(decision->invocation);
	reruns->next = (reruns->next + 1) % RERUNS_MAX;
	if (reruns->count < RERUNS_MAX)
		reruns->count++;
}

struct failed_run *reruns_find(struct reruns *reruns, const struct invocation *invocation)
{
	uint64_t id_hash;

	if (!reruns->count || !invocation->request_id)
		return NULL;
	id_hash = hash_of_id(invocation);
	for (unsigned int i = 0; i < reruns->count; i++) {
		struct failed_run *run = &reruns->runs[i];

		if (run->run && run->id_hash == id_hash && rerun_is_of(invocation, run->run))
			return run;
	}
	return NULL;
}

/* Never exact: a request id that comes back may be an emulator's that gives the same one to all. */
struct link_decision rerun_decide(const struct failed_run *run, struct invocation *invocation)
{
	struct link_decision decision = { .invocation = invocation,
					  .attempt = run->attempt,
					  .caller = run->caller,
					  .link = run->link > LINK_INFERRED ? run->link
									    : LINK_INFERRED,
					  .alternatives = run->alternatives,
					  .basis = run->basis,
					  .is_event = true,
					  .is_rerun = true };

	decision.basis.evidence |= LINK_BY_RERUN;
	return decision;
}

void rerun_end(struct failed_run *run, const struct invocation *invocation)
{
	if (!has_failed(invocation))
		forget(run);
}
