// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * report_spool.c - see report_spool.h. The temporary file has no name: it is gone with the program.
 */
#include "output/report_spool.h"

#include <errno.h>
#include <stdlib.h>

#include "output/chain_json.h"

struct report_spool {
	FILE *file;
	struct json_writer writer;
	long begin; /* where the elements begin */
	uint64_t chains;
};

static int last_error(void)
{
	return errno ? -errno : -EIO;
}

int report_spool_new(struct report_spool **ret)
{
	struct report_spool *spool = calloc(1, sizeof(*spool));

	if (!spool)
		return -ENOMEM;
	errno = 0;
	spool->file = tmpfile();
	if (!spool->file) {
		free(spool);
		return last_error();
	}
	/* As deep as in the report, so that it is indented alike. */
	json_writer_init(&spool->writer, spool->file, true);
	json_object_begin(&spool->writer, NULL);
	json_array_begin(&spool->writer, "chains");
	json_writer_flush(&spool->writer);
	spool->begin = ftell(spool->file);
	*ret = spool;
	return 0;
}

void report_spool_free(struct report_spool *spool)
{
	if (!spool)
		return;
	fclose(spool->file);
	free(spool);
}

int report_spool_chain(void *context, const struct chain *chain)
{
	struct report_spool *spool = context;

	errno = 0;
	json_chain(&spool->writer, chain);
	spool->chains++;
	return ferror(spool->file) ? last_error() : 0;
}

int report_spool_finish(struct report_spool *spool)
{
	return json_writer_flush(&spool->writer);
}

int report_spool_copy(struct report_spool *spool, struct json_writer *writer)
{
	int error = report_spool_finish(spool);

	if (error || !spool->chains)
		return error;
	if (fseek(spool->file, spool->begin, SEEK_SET))
		return last_error();
	json_copy(writer, spool->file);
	return ferror(spool->file) ? last_error() : 0;
}
