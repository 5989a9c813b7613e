/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * memory.bpf.h - how much of its memory a traced process has in RAM, and the most it ever had.
 *
 * Memory grows by running: a process is looked at when one of its threads leaves the CPU (or its slice is
 * cut) and has run for MEMORY_LOOK_NS since it was looked at last. A look is told where something changed: by
 * little where the thread blocks, which may be the end of its work, else by more. What was higher between two
 * looks is in the kernel's high-water mark. Of a child that still runs in its parent's memory (vfork) nothing
 * is told: it has none of its own.
 */
#ifndef IDLETAX_MEMORY_BPF_H
#define IDLETAX_MEMORY_BPF_H

#include "thread.bpf.h"

#define MEMORY_LOOK_NS 100000ull
#define MEMORY_STEP_PAGES 64ull /* a change that is told */
#define MEMORY_STEP_SHARE 16	/* and of what was told before, while it goes on: 1/16 */
#define PAGES_UNKNOWN 0xffffffffu

struct memory_look {
	__u64 rss_pages, peak_pages;
};

/* False: it has no memory, or not its own. */
static __always_inline bool look_at_memory(struct task_struct *task, struct memory_look *look)
{
	struct mm_struct *mm = task->mm;

	if (!mm || task->vfork_done)
		return false;
	look->rss_pages = resident_pages(mm);
	look->peak_pages = mm->hiwater_rss;
	if (look->peak_pages < look->rss_pages)
		look->peak_pages = look->rss_pages;
	return look->rss_pages != 0;
}

static __always_inline bool is_worth_telling(const struct traced_process *process,
					     const struct memory_look *look, bool is_blocking)
{
	__u64 told = process->told_rss_pages, peak_step = MEMORY_STEP_PAGES;
	__u64 step = MEMORY_STEP_PAGES + told / MEMORY_STEP_SHARE;

	if (!is_blocking)
		peak_step += process->told_peak_pages / MEMORY_STEP_SHARE;
	return look->peak_pages >= process->told_peak_pages + peak_step ||
	       look->rss_pages >= told + step || look->rss_pages + step <= told;
}

static __always_inline void watch_memory(struct task_struct *task, struct thread *thread, __u64 now,
					 bool is_blocking)
{
	__u32 tgid = thread->id >> 32;
	struct record_memory memory = {};
	struct traced_process *process;
	struct memory_look look;

	thread->unlooked_ns += now - thread->on_ns;
	if (thread->unlooked_ns < MEMORY_LOOK_NS)
		return;
	thread->unlooked_ns = 0;
	process = bpf_map_lookup_elem(&traced, &tgid);
	if (!process || !look_at_memory(task, &look) ||
	    !is_worth_telling(process, &look, is_blocking))
		return;
	process->told_rss_pages = look.rss_pages;
	process->told_peak_pages = look.peak_pages;
	fill_header(&memory.header, RECORD_MEMORY, sizeof(memory), now, tgid, (__u32)thread->id);
	memory.rss_bytes = look.rss_pages * PAGE_BYTES;
	memory.peak_rss_bytes = look.peak_pages * PAGE_BYTES;
	emit(&memory, sizeof(memory), RECORD_LOSS_PROCESS);
}

/* It has executed a program: what was told of its memory was another image's. */
static __always_inline void begin_image(struct task_struct *task)
{
	__u32 tgid = current_tgid();
	struct traced_process *process = bpf_map_lookup_elem(&traced, &tgid);

	if (!process)
		return;
	process->told_rss_pages = 0;
	process->told_peak_pages = 0;
	process->inherited_peak_pages = BPF_CORE_READ(task, signal, maxrss);
}

/*
 * The most that the image of a process that ends ever had; 0 unknown. Before 6.16 its memory is gone by
 * now, and what is kept of it is the highest of all its images.
 */
static __always_inline __u64 final_peak_bytes(struct task_struct *task, __u32 tgid)
{
	struct traced_process *process = bpf_map_lookup_elem(&traced, &tgid);
	__u64 highest = BPF_CORE_READ(task, signal, maxrss);
	struct memory_look look;

	if (BPF_CORE_READ(task, mm))
		return look_at_memory(task, &look) ? look.peak_pages * PAGE_BYTES : 0;
	if (!process || highest <= process->inherited_peak_pages)
		return 0;
	return highest * PAGE_BYTES;
}

#endif
