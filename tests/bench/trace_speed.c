/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * trace_speed.c - how fast facts go into a trace file and come out of it, on one core: encoding
 * with compression, reading with inflate, CRC and checks, and ordering. A mix like a recording's:
 * 80 % slices, 20 % messages with their strings. Prints one JSON object.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_writer.h"
#include "base/units.h"
#include "trace/order.h"
#include "trace/reader.h"
#include "trace/writer.h"

#define START_NS 1000000000ull

static uint64_t next_random(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void make_slice(struct fact *fact)
{
	fact->kind = FACT_SLICE;
	fact->slice.on_ns = fact->time_ns - next_random() % 8000;
	fact->slice.woken_ns = fact->slice.on_ns - next_random() % 9000;
	fact->slice.off_reason = OFF_SLEEP;
	fact->slice.blocked_in = next_random() % 2 ? BLOCKED_POLL : BLOCKED_FUTEX;
	fact->slice.waker = WAKER_TASK;
	fact->slice.waker_tgid = 1000;
	fact->slice.waker_tid = 1000 + next_random() % 20;
}

static void make_message(struct fact *fact, char *request_id)
{
	snprintf(request_id, 40, "%08x-0000-4000-8000-%012x", (unsigned int)next_random(),
		 (unsigned int)next_random());
	fact->kind = FACT_MESSAGE;
	fact->message.connection = next_random() % 100;
	fact->message.sequence = next_random() % 1000;
	fact->message.last_ns = fact->time_ns;
	fact->message.first_ns = fact->time_ns - next_random() % 100000;
	fact->message.kind = MESSAGE_INVOKE;
	fact->message.method = HTTP_METHOD_POST;
	fact->message.wire_bytes = 900;
	fact->message.body_bytes = 100;
	fact->message.body.value = next_random();
	fact->message.body.bytes = 100;
	fact->message.last_tid = fact->tid;
	fact->message.request_id = request_id;
	fact->message.function = "svc-dev-a";
	fact->message.host = "127.0.0.1:3002";
	fact->message.path = "/2015-03-31/functions/svc-dev-a/invocations";
}

static int ignore(void *context, const struct fact *fact)
{
	(*(uint64_t *)context) += fact->time_ns;
	return 0;
}

static double rate(unsigned long facts, uint64_t begun_ns)
{
	return (double)facts * 1e9 / (double)(clock_monotonic_ns() - begun_ns);
}

static int write_trace(const char *path, struct fact *facts, unsigned long count)
{
	struct trace_start start = { .monotonic_ns = START_NS };
	struct trace_writer *writer;
	int error;

	if (trace_writer_open(&writer, path, &start, NULL))
		return -1;
	for (unsigned long i = 0; i < count; i++)
		trace_writer_push(writer, &facts[i]);
	error = trace_writer_finish(writer, facts[count - 1].time_ns);
	trace_writer_free(writer);
	return error;
}

static int read_trace(const char *path, unsigned long count, uint64_t *ret_bytes)
{
	struct trace_reader *reader;
	uint64_t sum = 0;
	struct fact_sink sink = { ignore, &sum };
	int error;

	if (trace_reader_open(&reader, path, NULL))
		return -1;
	error = trace_reader_run(reader, &sink, NULL);
	if (trace_reader_info(reader)->facts != count)
		error = -1;
	*ret_bytes = trace_reader_info(reader)->file_bytes;
	trace_reader_free(reader);
	return error;
}

static int order_facts(const struct fact *facts, unsigned long count)
{
	uint64_t sum = 0;
	struct fact_sink sink = { ignore, &sum };
	struct fact_order *order;
	int error;

	error = fact_order_new(&order, &sink, FACT_ORDER_WINDOW_NS, FACT_ORDER_FACTS_MAX);
	for (unsigned long i = 0; i < count && !error; i++)
		error = fact_order_push(order, &facts[i]);
	if (!error)
		error = fact_order_flush(order);
	fact_order_free(order);
	return error;
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : 500000;
	struct fact *facts = calloc(count ? count : 1, sizeof(*facts));
	char(*ids)[40] = calloc(count ? count : 1, sizeof(*ids));
	double write_rate, read_rate = 0, order_rate;
	struct json_writer json;
	uint64_t begun_ns, bytes = 0;

	if (argc < 2 || !count || !facts || !ids)
		return 2;
	for (unsigned long i = 0; i < count; i++) {
		facts[i].time_ns = START_NS + 1000000 + i * 10000;
		facts[i].tgid = 1000;
		facts[i].tid = 1000 + (uint32_t)(next_random() % 20);
		if (i % 5)
			make_slice(&facts[i]);
		else
			make_message(&facts[i], ids[i]);
	}
	begun_ns = clock_monotonic_ns();
	if (write_trace(argv[1], facts, count))
		return 1;
	write_rate = rate(count, begun_ns);
	for (unsigned int i = 0; i < 5; i++) { /* the best: others use this machine too */
		begun_ns = clock_monotonic_ns();
		if (read_trace(argv[1], count, &bytes))
			return 1;
		if (rate(count, begun_ns) > read_rate)
			read_rate = rate(count, begun_ns);
	}
	begun_ns = clock_monotonic_ns();
	if (order_facts(facts, count))
		return 1;
	order_rate = rate(count, begun_ns);
	json_writer_init(&json, stdout, false);
	json_object_begin(&json, NULL);
	json_uint(&json, "facts", count);
	json_ratio(&json, "bytes_per_fact", (double)bytes / (double)count);
	json_ratio(&json, "written_per_s", write_rate);
	json_ratio(&json, "read_per_s", read_rate);
	json_ratio(&json, "ordered_per_s", order_rate);
	json_object_end(&json);
	free(facts);
	free(ids);
	return json_writer_finish(&json) ? 1 : 0;
}
