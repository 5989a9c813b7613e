// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * xray.c - `export -f xray`: X-Ray segment documents, one a line (xray_document.h). Written as chains are
 * told; memory does not grow with the recording.
 */
#include "output/exporter.h"

#include "output/xray_document.h"

static int begin(struct export *export)
{
	return 0;
}

static int write_chain(struct export *export, const struct chain *chain)
{
	const struct results *results = export->results;
	uint64_t offset_ns = results->start_realtime_ns - results->start_monotonic_ns;
	int error = 0;

	for (size_t i = 0; i < chain->invocation_count && !error; i++)
		error = xray_document_write(export->file, chain->invocations[i], offset_ns);
	return error;
}

static int end(struct export *export)
{
	return 0;
}

const struct exporter xray_exporter = {
	.name = "xray",
	.is_streamed = true,
	.begin = begin,
	.chain = write_chain,
	.end = end,
};
