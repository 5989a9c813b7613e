// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * node.bpf.c - messages between the threads of a Node process (worker_threads).
 *
 * Goes in: the entry of node::worker::MessagePortData::AddToIncomingQueue and Message::Deserialize. Comes
 * out: RECORD_WORKER_MESSAGE. Node promises nothing about the layout of Message, so its content is checked
 * to be a V8 structured clone before it is believed; what fits and what does not is counted per process for
 * the recorder to tell (user/capture/node_probe.c).
 */
#include "thread.bpf.h"

#define MESSAGE_BUFFER_OFFSET 8 /* Message::main_message_buf_ */
#define MESSAGE_LENGTH_MAX (1ull << 31)
#define CLONE_TAG 0xff /* SerializationTag::kVersion */
#define CLONE_VERSION_MIN 9
#define CLONE_VERSION_MAX 31

struct message_buffer { /* the beginning of node::MallocedBuffer<char> */
	__u64 data;	/* char * */
	__u64 length;	/* size_t */
};

struct worker_buffer {
	__u8 bytes[sizeof(struct record_worker_message) + RECORD_WORKER_MAX];
};

/*
 * Unlike a tracepoint a uprobe can be preempted: the CPU's buffer is owned through `is_busy`, and a message
 * that finds it taken is counted as lost.
 */
struct worker_slot {
	__u64 is_busy; /* 64 bits: clang 14 has no other atomic exchange */
	struct worker_buffer buffer;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct worker_slot);
} worker_slots SEC(".maps");

struct worker_form {
	__u64 fits;    /* messages that are structured clones, until TRACED_FORM_FITS is set */
	__u64 misfits; /* that are not */
	__u64 empty;   /* that have no content */
	__u64 program; /* the probe's cookie: which of the recorder's programs */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32); /* process */
	__type(value, struct worker_form);
} worker_forms SEC(".maps");

__u64 worker_misfits = 0; /* of all processes: tells the recorder to look */

/* @kept: copy_message's result. */
static __always_inline void count_form(struct pt_regs *regs, struct traced_process *process,
				       __s64 kept)
{
	struct worker_form *form, new_form = {};
	__u32 tgid = current_tgid();

	if (kept > 0 && process->flags & TRACED_FORM_FITS)
		return;
	if (kept > 0)
		process->flags |= TRACED_FORM_FITS;
	form = bpf_map_lookup_elem(&worker_forms, &tgid);
	if (!form) {
		new_form.program = bpf_get_attach_cookie(regs);
		new_form.fits = process->flags & TRACED_FORM_FITS ? 1 : 0;
		bpf_map_update_elem(&worker_forms, &tgid, &new_form, BPF_NOEXIST);
		form = bpf_map_lookup_elem(&worker_forms, &tgid);
	}
	if (!form)
		return;
	if (kept > 0)
		__sync_fetch_and_add(&form->fits, 1);
	else if (!kept)
		__sync_fetch_and_add(&form->empty, 1);
	else
		__sync_fetch_and_add(&form->misfits, 1);
	if (kept < 0)
		__sync_fetch_and_add(&worker_misfits, 1);
}

/* Copies the message's bytes behind @record. Returns how many, or -1 where it is not to be believed. */
static __always_inline __s64 copy_message(struct record_worker_message *record, __u64 message)
{
	struct message_buffer buffer = {};
	__u64 kept;

	if (bpf_probe_read_user(&buffer, sizeof(buffer), (void *)(message + MESSAGE_BUFFER_OFFSET)))
		return -1;
	record->length = buffer.length;
	if (!buffer.length)
		return 0;
	if (buffer.length > MESSAGE_LENGTH_MAX)
		return -1;
	kept = buffer.length > RECORD_WORKER_MAX ? RECORD_WORKER_MAX : buffer.length;
	asm volatile("" : "+r"(kept));
	if (kept > RECORD_WORKER_MAX ||
	    bpf_probe_read_user(record->data, kept, (void *)buffer.data))
		return -1;
	if (kept < 2 || record->data[0] != CLONE_TAG || record->data[1] < CLONE_VERSION_MIN ||
	    record->data[1] > CLONE_VERSION_MAX)
		return -1;
	return kept;
}

static __always_inline void emit_message(struct pt_regs *regs, struct traced_process *process,
					 __u64 message, __u64 port, __u8 operation)
{
	struct record_worker_message *record;
	struct worker_slot *slot;
	__u32 zero = 0;
	__s64 kept;
	__u64 bytes;

	slot = bpf_map_lookup_elem(&worker_slots, &zero);
	if (!slot || !message)
		return;
	if (__sync_lock_test_and_set(&slot->is_busy, 1)) {
		count_loss(RECORD_LOSS_SOCKET, sizeof(*record));
		return;
	}
	record = (struct record_worker_message *)slot->buffer.bytes;
	kept = copy_message(record, message);
	count_form(regs, process, kept);
	if (kept < 0)
		goto out;
	bytes = kept;
	asm volatile("" : "+r"(bytes));
	if (bytes > RECORD_WORKER_MAX)
		goto out;
	record->data_bytes = bytes;
	bytes += sizeof(*record);
	fill_current(&record->header, RECORD_WORKER_MESSAGE, bytes);
	record->message = message;
	record->port = port;
	record->operation = operation;
	emit(record, bytes, RECORD_LOSS_SOCKET);
out:
	__sync_lock_test_and_set(&slot->is_busy, 0);
}

/* (this = rdi: the receiving port's data, rsi: std::shared_ptr<Message> by reference) */
SEC("uprobe")
int on_worker_send(struct pt_regs *regs)
{
	struct traced_process *process = find_traced(current_tgid());
	__u64 message = 0;

	if (!process)
		return 0;
	bpf_probe_read_user(&message, sizeof(message), (void *)regs->si);
	emit_message(regs, process, message, regs->di, RECORD_WORKER_SENT);
	return 0;
}

/* (this = rdi: the Message) */
SEC("uprobe")
int on_worker_receive(struct pt_regs *regs)
{
	struct traced_process *process = find_traced(current_tgid());

	if (process)
		emit_message(regs, process, regs->di, 0, RECORD_WORKER_RECEIVED);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
