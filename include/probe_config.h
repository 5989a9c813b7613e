/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * probe_config.h - what the recorder tells the kernel programs before they load (read-only data)
 * and while they run (the `traced` map).
 */
#ifndef IDLETAX_PROBE_CONFIG_H
#define IDLETAX_PROBE_CONFIG_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

struct probe_config {
	__u64 slice_cut_ns;   /* a running slice is cut at latest after this */
	__u32 piece_bytes;    /* payload kept of the start of each send or receive */
	__u32 head_bytes;     /* payload kept where a message head starts */
	__u32 tail_bytes;     /* payload kept of the end of each send or receive */
	__u32 wake_bytes;     /* the reader is woken when this much is waiting */
	__u32 recorder_tgid;  /* never traced */
	__u8 is_scheduler_on; /* slices are recorded */
	__u8 is_following_children;
	__u8 is_socket_by_inode;  /* what identifies a socket in the back end chosen */
	__u8 is_in_pid_namespace; /* the recorder is, in another than the initial one */
	__u8 reserved[8];
};
_Static_assert(sizeof(struct probe_config) == 40, "struct probe_config has implicit padding");

/* The cookie of a native handler's probe: its number in the low 32 bits, and: */
#define NATIVE_COOKIE_IS_GO (1ull << 32)

/* Values of the `traced` hash map, keyed by tgid: presence means traced. */
struct traced_process {
	__u32 flags; /* enum traced_flag */
	/* What the kernel programs know of its memory, in pages; the recorder leaves them 0. */
	__u32 told_rss_pages, told_peak_pages; /* by its latest RECORD_MEMORY */
	__u32 inherited_peak_pages; /* signal_struct.maxrss when its image began: of earlier ones */
};

enum traced_flag {
	TRACED_FOLLOWED = 1,   /* found by following a traced parent */
	TRACED_DISCOVERED = 2, /* found by the kernel (record -a) */
	TRACED_UNTOLD = 4,     /* and the recorder is still to be told of it */
	TRACED_FORM_FITS = 8,  /* its worker messages can be read (bpf/node.bpf.c) */
};

#endif
