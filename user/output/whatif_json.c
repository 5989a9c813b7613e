// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * whatif_json.c - see whatif_json.h.
 */
#include "output/whatif_json.h"

#include "base/json_writer.h"
#include "output/sums_json.h"
#include "output/whatif_words.h"

static void write_side(struct json_writer *writer, const char *key, const struct whatif *whatif,
		       const struct whatif_side *side)
{
	const struct sums *sums = &side->sums;

	json_object_begin(writer, key);
	json_uint(writer, "invocations", sums->invocations);
	json_uint(writer, "chains", side->chains);
	json_uint(writer, "cold_starts", sums->cold_starts);
	json_uint(writer, "incomplete", sums->incomplete);
	json_uint(writer, "estimated", sums->estimated);
	json_uint(writer, "shared", sums->shared);
	json_sums_bill(writer, sums);
	json_sums_ratios(writer, sums);
	if (whatif->requests)
		json_int(writer, "cost_per_million_pico",
			 whatif_cost_per_million_pico(whatif, side));
	else
		json_null(writer, "cost_per_million_pico");
	if (whatif->touched) {
		json_uint(writer, "p50_ns", side->p50_ns);
		json_uint(writer, "p99_ns", side->p99_ns);
	} else {
		json_null(writer, "p50_ns");
		json_null(writer, "p99_ns");
	}
	json_object_end(writer);
}

static void write_change(struct json_writer *writer, const struct replay_change *change,
			 const struct replay_tally *tally)
{
	json_object_begin(writer, NULL);
	json_string(writer, "kind", whatif_kind_name(change->kind));
	switch (change->kind) {
	case REPLAY_INLINE:
	case REPLAY_ASYNC:
		json_string(writer, "caller", change->caller);
		json_string(writer, "callee", change->callee);
		break;
	case REPLAY_PARALLEL:
		json_string(writer, "caller", change->caller);
		break;
	case REPLAY_MEMORY:
		json_string(writer, "function", change->caller);
		json_uint(writer, "memory_mb", change->memory_mb);
		break;
	case REPLAY_PRICE_PLAN:
		json_string(writer, "plan", change->plan->name);
		break;
	}
	if (change->kind == REPLAY_ASYNC && change->accept_ns)
		json_uint(writer, "accept_ns", change->accept_ns);
	json_uint(writer, "taken", tally->taken);
	json_object_begin(writer, "left");
	for (unsigned int left = 0; left < REPLAY_LEFT_COUNT; left++)
		if (tally->left[left])
			json_uint(writer, whatif_left_name(left), tally->left[left]);
	json_object_end(writer);
	json_object_end(writer);
}

static void write_sentence(void *context, const struct words *sentence)
{
	json_string(context, NULL, sentence->text);
}

int whatif_json(FILE *file, const struct whatif *whatif, const struct results *results)
{
	struct json_writer writer;
	const struct whatif_teller teller = { &writer, write_sentence, true };

	json_writer_init(&writer, file, true);
	json_object_begin(&writer, NULL);
	json_string(&writer, "schema", "idletax.whatif/1");
	json_bool(&writer, "complete", results->is_complete);
	json_uint(&writer, "requests", whatif->requests);
	json_uint(&writer, "touched", whatif->touched);
	write_side(&writer, "before", whatif, &whatif->before);
	write_side(&writer, "after", whatif, &whatif->after);
	json_array_begin(&writer, "changes");
	for (size_t i = 0; i < whatif->change_count; i++)
		write_change(&writer, &whatif->changes[i], &whatif->tallies[i]);
	json_array_end(&writer);
	json_array_begin(&writer, "assumptions");
	whatif_tell(whatif, results, &teller);
	json_array_end(&writer);
	json_object_end(&writer);
	return json_writer_finish(&writer);
}
