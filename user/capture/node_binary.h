/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * node_binary.h - what a program file, or libnode.so, says of itself as a Node: where two of its C++
 * functions are, and its version. Reads the file only; knows nothing of processes.
 */
#ifndef IDLETAX_CAPTURE_NODE_BINARY_H
#define IDLETAX_CAPTURE_NODE_BINARY_H

#include <stdbool.h>
#include <stdint.h>

#define NODE_VERSION_MAX 32

struct node_binary {
	/* Offsets in the file where a probe is cheap and the arguments are intact; 0: not there. */
	uint64_t send;			/* node::worker::MessagePortData::AddToIncomingQueue */
	uint64_t receive;		/* node::worker::Message::Deserialize */
	char version[NODE_VERSION_MAX]; /* "v20.20.2"; empty: this is no Node */
};

/*
 * @is_thorough: looks for the functions in the full symbol table too, which is large, and for the version
 * also where they are missing. A file of another kind, or one that cannot be read, has neither.
 */
void node_binary_read(struct node_binary *ret_binary, int fd, bool is_thorough);

#endif
