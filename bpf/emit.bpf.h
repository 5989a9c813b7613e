/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * emit.bpf.h - the one way in which a record reaches the recorder.
 *
 * A record that does not fit into the ring is counted per CPU and class; when the ring takes records
 * again, one RECORD_LOSS tells how many were lost between the last good and the next good record. The
 * reader is not woken per record: that would preempt the traced thread, whose switch is another record.
 * It polls on a timer and is woken only when the ring's fill crosses config.wake_bytes.
 */
#ifndef IDLETAX_EMIT_BPF_H
#define IDLETAX_EMIT_BPF_H

#include "filter.bpf.h"
#include "record.h"

struct records_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 << 20); /* the recorder sets its own */
};
extern struct records_map records SEC(".maps");

struct loss_counter {
	__u64 good_ns; /* when this CPU last emitted a record of this class */
	__u64 records;
	__u64 bytes;
};

struct losses_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, RECORD_LOSS_CLASS_END);
	__type(key, __u32);
	__type(value, struct loss_counter);
};
extern struct losses_map losses SEC(".maps");

static __always_inline void fill_header(struct record_header *header, __u16 kind, __u32 bytes,
					__u64 time_ns, __u32 tgid, __u32 tid)
{
	header->kind = kind;
	header->cpu = bpf_get_smp_processor_id();
	header->bytes = bytes;
	header->time_ns = time_ns;
	header->tgid = tgid;
	header->tid = tid;
}

static __always_inline void fill_current(struct record_header *header, __u16 kind, __u32 bytes)
{
	__u64 id = current_id();

	fill_header(header, kind, bytes, bpf_ktime_get_ns(), id >> 32, (__u32)id);
}

static __always_inline long put_in_ring(void *record, __u64 bytes)
{
	__u64 waiting = bpf_ringbuf_query(&records, BPF_RB_AVAIL_DATA);
	__u64 flags = BPF_RB_NO_WAKEUP;

	if (waiting < config.wake_bytes && waiting + bytes + 8 >= config.wake_bytes)
		flags = BPF_RB_FORCE_WAKEUP;
	return bpf_ringbuf_output(&records, record, bytes, flags);
}

/* An interrupt can emit in the middle of a task's emission on this CPU: take and add atomically. */
static __always_inline void report_loss(struct loss_counter *counter, __u32 loss_class, __u64 now)
{
	struct record_loss loss = {};

	fill_header(&loss.header, RECORD_LOSS, sizeof(loss), now, 0, 0);
	loss.loss_class = loss_class;
	loss.from_ns = counter->good_ns;
	loss.to_ns = now;
	loss.records = __sync_lock_test_and_set(&counter->records, 0);
	loss.bytes = __sync_lock_test_and_set(&counter->bytes, 0);
	if (put_in_ring(&loss, sizeof(loss))) {
		__sync_fetch_and_add(&counter->records, loss.records);
		__sync_fetch_and_add(&counter->bytes, loss.bytes);
	}
}

/* Counts one record of this class as lost. */
static __always_inline void count_loss(__u32 loss_class, __u64 bytes)
{
	struct loss_counter *counter = bpf_map_lookup_elem(&losses, &loss_class);

	if (!counter)
		return;
	__sync_fetch_and_add(&counter->records, 1);
	__sync_fetch_and_add(&counter->bytes, bytes);
}

/* @record begins with a filled struct record_header; @bytes is bounded by its caller. */
static __always_inline void emit(void *record, __u64 bytes, __u32 loss_class)
{
	struct loss_counter *counter = bpf_map_lookup_elem(&losses, &loss_class);
	__u64 time_ns = ((struct record_header *)record)->time_ns;

	if (!counter)
		return;
	if (put_in_ring(record, bytes)) {
		__sync_fetch_and_add(&counter->records, 1);
		__sync_fetch_and_add(&counter->bytes, bytes);
		return;
	}
	if (counter->records)
		report_loss(counter, loss_class, time_ns);
	if (!counter->records)
		counter->good_ns = time_ns;
}

#endif
