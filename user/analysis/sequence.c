// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * sequence.c - see sequence.h. Both lists are short and filled nearly in order: arrays with insertion
 * from the end.
 */
#include "analysis/sequence.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/chain.h"
#include "base/array.h"

void sequence_init(struct sequence *sequence)
{
	memset(sequence, 0, sizeof(*sequence));
}

void sequence_release(struct sequence *sequence)
{
	for (size_t i = 0; i < sequence->unnumbered_count; i++)
		invocation_unref(sequence->unnumbered[i]);
	for (size_t i = 0; i < sequence->held_count; i++)
		chain_free(sequence->held[i]);
	free(sequence->unnumbered);
	free(sequence->held);
	sequence_init(sequence);
}

static bool is_before(const struct invocation *a, const struct invocation *b)
{
	return a->start_ns != b->start_ns ? a->start_ns < b->start_ns : a->id < b->id;
}

int sequence_begin(struct sequence *sequence, struct invocation *invocation)
{
	size_t i = sequence->unnumbered_count;
	struct invocation **list;

	if (array_make_room(&sequence->unnumbered, i, &sequence->unnumbered_capacity,
			    sizeof(*list)))
		return -ENOMEM;
	list = sequence->unnumbered;
	for (; i > 0 && is_before(invocation, list[i - 1]); i--)
		list[i] = list[i - 1];
	list[i] = invocation_ref(invocation);
	sequence->unnumbered_count++;
	return 0;
}

void sequence_number(struct sequence *sequence, uint64_t until_ns)
{
	struct invocation **list = sequence->unnumbered;
	size_t count = 0;

	for (; count < sequence->unnumbered_count && list[count]->start_ns <= until_ns; count++) {
		list[count]->id = sequence->next_invocation++;
		invocation_unref(list[count]);
	}
	sequence->unnumbered_count -= count;
	if (count)
		memmove(list, list + count, sequence->unnumbered_count * sizeof(*list));
}

int sequence_hold(struct sequence *sequence, struct chain *chain)
{
	size_t i = sequence->held_count;
	struct chain **held;

	if (array_make_room(&sequence->held, i, &sequence->held_capacity, sizeof(*held))) {
		chain_free(chain);
		return -ENOMEM;
	}
	held = sequence->held;
	for (; i > 0 && is_before(chain->root, held[i - 1]->root); i--)
		held[i] = held[i - 1];
	held[i] = chain;
	sequence->held_count++;
	return 0;
}

int sequence_tell(struct sequence *sequence, uint64_t before_ns)
{
	struct chain **held = sequence->held;
	size_t count = 0;
	int error = 0;

	while (count < sequence->held_count && !error) {
		struct chain *chain = held[count];

		if (chain->root->start_ns >= before_ns &&
		    sequence->held_count - count <= SEQUENCE_HELD_MAX)
			break;
		count++;
		chain->id = sequence->next_chain++;
		error = sequence->tell(sequence->context, chain);
	}
	sequence->held_count -= count;
	if (count)
		memmove(held, held + count, sequence->held_count * sizeof(*held));
	return error;
}
