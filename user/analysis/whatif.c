// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * whatif.c - see whatif.h.
 */
#include "analysis/whatif.h"

#include <errno.h>
#include <string.h>

#include "analysis/billing.h"
#include "analysis/sums.h"

#define MILLION 1000000

void whatif_init(struct whatif *whatif, const struct replay_change *changes, size_t count,
		 const struct price_plan *plan)
{
	memset(whatif, 0, sizeof(*whatif));
	whatif->changes = changes;
	whatif->change_count = count;
	whatif->plan = plan;
	histogram_init(&whatif->before.latency);
	histogram_init(&whatif->after.latency);
}

void whatif_release(struct whatif *whatif)
{
	histogram_release(&whatif->before.latency);
	histogram_release(&whatif->after.latency);
}

static int add_side(struct whatif_side *side, const struct replay_figures *figures, bool is_touched)
{
	sums_add(&side->sums, &figures->sums);
	side->chains += figures->chains;
	return is_touched ? histogram_add(&side->latency, figures->latency_ns) : 0;
}

static bool add_tallies(struct whatif *whatif, const struct replay_figures *after)
{
	bool is_touched = false;

	for (size_t i = 0; i < whatif->change_count; i++) {
		struct replay_tally *tally = &whatif->tallies[i];

		tally->taken += after->tallies[i].taken;
		is_touched |= after->tallies[i].taken > 0;
		for (unsigned int left = 0; left < REPLAY_LEFT_COUNT; left++)
			tally->left[left] += after->tallies[i].left[left];
	}
	return is_touched;
}

int whatif_note_accepted(struct histogram *accepted, const struct chain *chain)
{
	int error = 0;

	for (size_t i = 0; i < chain->invocation_count; i++) {
		const struct invocation *invocation = chain->invocations[i];

		for (size_t j = 0; j < invocation->attempt_count && !error; j++) {
			const struct exchange *attempt = invocation->attempts[j];

			if (attempt->service_class == SERVICE_LAMBDA_EVENT &&
			    attempt->status == 202 && attempt->is_over && !attempt->is_cut)
				error = histogram_add(accepted,
						      attempt->end_ns - attempt->start_ns);
		}
	}
	return error;
}

static uint64_t count_unpriced(const struct chain *chain)
{
	uint64_t count = 0;

	for (size_t i = 0; i < chain->invocation_count; i++)
		count += !!(chain->invocations[i]->flags & INVOCATION_UNKNOWN_MEMORY);
	return count;
}

int whatif_add_chain(struct whatif *whatif, const struct chain *chain)
{
	struct replay_figures before, after;
	int error = replay_chain(chain, NULL, 0, whatif->plan, &before);
	bool is_touched;

	if (!error)
		error = replay_chain(chain, whatif->changes, whatif->change_count, whatif->plan,
				     &after);
	if (error)
		return error;
	is_touched = add_tallies(whatif, &after);
	if (add_side(&whatif->before, &before, is_touched) ||
	    add_side(&whatif->after, &after, is_touched))
		return -ENOMEM;
	whatif->touched += is_touched;
	whatif->unpriced += count_unpriced(chain);
	whatif->requests += chain->root->link == LINK_ROOT;
	return 0;
}

static void finish_side(struct whatif_side *side)
{
	side->p50_ns = histogram_percentile(&side->latency, 50);
	side->p99_ns = histogram_percentile(&side->latency, 99);
}

void whatif_finish(struct whatif *whatif)
{
	finish_side(&whatif->before);
	finish_side(&whatif->after);
}

int64_t whatif_cost_pico(const struct whatif_side *side)
{
	return billing_add_pico(side->sums.cost_pico, side->sums.init_cost_pico);
}

int64_t whatif_cost_per_million_pico(const struct whatif *whatif, const struct whatif_side *side)
{
	unsigned __int128 pico = (unsigned __int128)whatif_cost_pico(side) * MILLION;

	if (!whatif->requests)
		return 0;
	pico = (pico + whatif->requests / 2) / whatif->requests;
	return pico > INT64_MAX ? INT64_MAX : (int64_t)pico;
}
