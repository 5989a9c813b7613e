// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * blind_spots.c - see blind_spots.h. A Node that lacks symbols may have had no worker messages; one whose
 * messages have an unknown form did have some: these are lost.
 */
#include "analysis/blind_spots.h"

#include <errno.h>
#include <string.h>

#include "base/text_equal.h"

void blind_spots_init(struct blind_spots *spots)
{
	memset(spots, 0, sizeof(*spots));
	string_pool_init(&spots->strings);
}

void blind_spots_release(struct blind_spots *spots)
{
	string_pool_release(&spots->strings);
}

static struct blind_spot_row *find(struct blind_spots *spots, const struct fact_blind_spot *spot)
{
	for (size_t i = 0; i < spots->count; i++) {
		struct blind_spot_row *row = &spots->rows[i];

		if (row->subject == spot->subject && row->reason == spot->reason &&
		    text_is_equal(row->program, spot->program) &&
		    text_is_equal(row->version, spot->program_version))
			return row;
	}
	return NULL;
}

int blind_spots_add(struct blind_spots *spots, const struct fact *fact)
{
	const struct fact_blind_spot *spot = &fact->blind_spot;
	struct blind_spot_row *row = find(spots, spot);

	if (spot->reason == BLIND_UNKNOWN_FORM)
		spots->has_loss = true;
	if (row) {
		row->processes++;
		return 0;
	}
	if (spots->count == BLIND_SPOTS_MAX)
		return 0;
	row = &spots->rows[spots->count];
	row->subject = (enum blind_subject)spot->subject;
	row->reason = (enum blind_reason)spot->reason;
	row->program = string_pool_intern(&spots->strings, spot->program);
	row->version = string_pool_intern(&spots->strings, spot->program_version);
	row->processes = 1;
	row->first_pid = fact->tgid;
	if ((spot->program && !row->program) || (spot->program_version && !row->version))
		return -ENOMEM;
	spots->count++;
	return 0;
}
