/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * exporter.c - the table of formats, and the walk over the results that they share.
 */
#include "output/exporter.h"

#include <errno.h>
#include <string.h>

static const struct exporter *const exporters[] = {
	&report_json_exporter,
	&folded_exporter,
	&svg_exporter,
};

const struct exporter *exporter_find(const char *name)
{
	for (size_t i = 0; i < sizeof(exporters) / sizeof(exporters[0]); i++)
		if (!strcmp(exporters[i]->name, name))
			return exporters[i];
	return NULL;
}

static int flush(FILE *file)
{
	errno = 0;
	if (fflush(file) || ferror(file))
		return errno ? -errno : -EIO;
	return 0;
}

static int tell_lost(const struct exporter *exporter, struct export *export)
{
	const struct results *results = export->results;

	if (!exporter->lost || results->is_complete)
		return 0;
	return exporter->lost(export, results->lost_records, results->lost_bytes);
}

static int walk(const struct exporter *exporter, struct export *export)
{
	const struct results *results = export->results;
	int error = exporter->begin(export);

	if (!error)
		error = tell_lost(exporter, export);
	for (size_t i = 0; !error && exporter->chain && i < results->chain_kept_count; i++)
		error = exporter->chain(export, results->chains[i]);
	return error ? error : exporter->end(export);
}

int exporter_run(const struct exporter *exporter, FILE *file, const struct results *results,
		 const struct export_options *options)
{
	struct export export = { file, results, options, NULL };
	int error = walk(exporter, &export);

	if (exporter->release)
		exporter->release(&export);
	return error ? error : flush(file);
}

int exporter_stream_begin(struct exporter_stream *stream, const struct exporter *exporter,
			  const struct export *export)
{
	stream->exporter = exporter;
	stream->export = *export;
	return exporter->begin(&stream->export);
}

int exporter_stream_chain(struct exporter_stream *stream, const struct chain *chain)
{
	return stream->exporter->chain(&stream->export, chain);
}

int exporter_stream_end(struct exporter_stream *stream)
{
	int error = tell_lost(stream->exporter, &stream->export);

	if (!error)
		error = stream->exporter->end(&stream->export);
	return error ? error : flush(stream->export.file);
}

void exporter_stream_release(struct exporter_stream *stream)
{
	if (stream->exporter && stream->exporter->release)
		stream->exporter->release(&stream->export);
	stream->exporter = NULL;
}
