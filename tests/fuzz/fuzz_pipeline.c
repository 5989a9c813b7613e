/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fuzz_pipeline.c - the input is a list of steps (record_steps.h): kernel records -> facts -> in order of
 * time -> assembler -> analysis -> report.
 */
#include "pipeline.h"
#include "record_steps.h"
#include "trace/order.h"

#define END_NS 3600000000000ull

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct pipeline pipeline;
	struct fact_sink ordered = { pipeline_push, &pipeline };
	struct fact_order *order;
	struct fact_sink sink;

	pipeline_start(&pipeline, 1000000000, 1700000000000000000);
	pipeline_require(
		!fact_order_new(&order, &ordered, FACT_ORDER_WINDOW_NS, FACT_ORDER_FACTS_MAX));
	sink = (struct fact_sink){ fact_order_push, order };
	run_steps(data, bytes, &sink);
	pipeline_require(!fact_order_flush(order));
	pipeline_finish(&pipeline, END_NS);
	fact_order_free(order);
	return 0;
}
