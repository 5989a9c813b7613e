/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fuzz_records.c - the input is a list of steps (record_steps.h); every fact that comes out of the records
 * must keep what fact.h promises.
 */
#include "record_steps.h"
#include "trace/fact_schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static int check(void *context, const struct fact *fact)
{
	if (fact_check(fact))
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct fact_sink sink = { check, NULL };

	run_steps(data, bytes, &sink);
	return 0;
}
